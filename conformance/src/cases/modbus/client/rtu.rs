//! RTU frames and their silences (Serial line 2.5.1), as a master sends and receives them.

use core::time::Duration;

use crate::{
    Case, Context, Halt, Profile, case,
    script::modbus::{Answer, Request},
};

use super::{
    super::{FAST, RTUS, SLOW, SPEEDS},
    functions::Function,
    work::{
        AFTERWARDS, Asked, Slave, TIMEOUT, UNIT, VALUE, is_value, pdu, read, read_pdu, shown,
        value, value_pdu, wrong_reply,
    },
};

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.rtu.example",
        title: "a frame is unit, PDU, and the CRC with its low byte first",
        refs: ["Serial line 2.5.1.2", "F10"],
        level: Must,
        side: Client,
        carriers: (RTUS),
        killed_by: ["modbus.client.swaps-check"],
        => |cx| {
            let function = Function::named("read-holding-registers")?;
            let mut slave = Slave::start(cx, vec![function.call()]).await?;
            let heard = slave.client.wire.receive_at_least(8).await;
            cx.check("request").equal(&heard, b"\x11\x03\x00\x6b\x00\x03\x76\x87");
            slave.send(b"\x11\x03\x06\x02\x2b\x00\x00\x00\x64\xc8\xba").await?;
            slave.says("reply", &[Answer::Words(vec![0x022b, 0, 0x64])]).await?;
        }
    },
    case! {
        id: "modbus.client.rtu.silence-before-request",
        title: "a request begins no earlier than t3.5 after the last reply",
        refs: ["Serial line 2.5.1.1", "F01", "F02", "M18"],
        level: Must,
        side: Client,
        carriers: (SLOW),
        params: ["reply", "exception", "long-reply"],
        killed_by: ["modbus.client.no-silence"],
        => |cx| { silence_before_request(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.fixed-silence-before-request",
        title: "above 19200 baud a request begins no earlier than 1.750 ms after the last reply",
        refs: ["Serial line 2.5.1.1", "F03", "M18"],
        level: Should,
        side: Client,
        carriers: (FAST),
        params: ["reply", "exception"],
        killed_by: ["modbus.client.no-silence", "modbus.client.counts-characters-at-any-speed"],
        => |cx| { silence_before_request(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.initial-silence",
        title: "nothing is sent until the line has been silent for t3.5 after it was opened",
        refs: ["Serial line 2.5.1.1", "F06"],
        level: Must,
        side: Client,
        carriers: (SPEEDS),
        killed_by: ["modbus.client.sends-at-once"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1)]).await?;
            let opened = slave.now();
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            let (silence, wanted) = (asked.began.since(opened), slave.t3_5());
            judge_silence(cx, &mut slave, "initial", silence, wanted)?;
            slave.reply(&asked, &value_pdu(1)).await?;
            slave.says("reply", &[Answer::Words(vec![1])]).await?;
        }
    },
    case! {
        id: "modbus.client.rtu.silence-after-noise",
        title: "a request waits for the end of what others send, and t3.5 more",
        refs: ["Serial line 2.5.1.1", "F01", "F06", "M18"],
        level: Must,
        side: Client,
        carriers: (SLOW),
        killed_by: ["modbus.client.no-silence"],
        => |cx| {
            let calls = vec![read(1), read(AFTERWARDS)];
            let mut slave = Slave::start(cx, calls).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            // A foreign frame that is still being sent when the time-out comes.
            cx.clock().sleep(Duration::from_millis(TIMEOUT - 20)).await;
            let foreign = slave.frame_of(&asked, 18, &[vec![3, 60], vec![0x11; 60]].concat());
            slave.client.wire.send(&foreign).await?;
            let ended = slave.now();
            let after = slave.asked(UNIT, &read_pdu(AFTERWARDS)).await?;
            let (silence, wanted) = (after.began.since(ended), slave.t3_5());
            judge_silence(cx, &mut slave, "silence", silence, wanted)?;
            slave.reply(&after, &value_pdu(super::work::VALUE)).await?;
            slave.refused_and_afterwards("reported").await?;
        }
    },
    case! {
        id: "modbus.client.rtu.continuous",
        title: "a request is one stream of characters without a silence",
        refs: ["Serial line 2.5.1", "F07"],
        level: Must,
        side: Client,
        carriers: (SPEEDS),
        params: ["read-coils", "write-multiple-registers", "read-file-record", "read-write-multiple-registers"],
        killed_by: ["modbus.client.sends-in-two-pieces"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let mut slave = Slave::start(cx, vec![function.call()]).await?;
            let asked = slave.asked(UNIT, &function.request_pdu()).await?;
            let length = slave.frame(&asked, &function.request_pdu()).len();
            let took = asked.ended.since(asked.began);
            let wanted = slave.character() * u32::try_from(length).unwrap_or_default();
            let most = wanted + slave.character() * 3 / 2 + tolerance(cx);
            on_a_real_line(&mut slave)?;
            let seen = format!("{length} characters took {took:?}; without a silence {wanted:?}");
            cx.check("continuous").that(took <= most, seen);
        }
    },
    case! {
        id: "modbus.client.rtu.short-gaps",
        title: "a silence of up to 1.5 characters inside a reply means nothing",
        refs: ["Serial line 2.5.1.1", "F04", "M16"],
        level: Must,
        side: Client,
        carriers: (SLOW),
        params: ["5", "10", "14"],
        killed_by: ["modbus.client.ends-frames-at-once"],
        => |cx| {
            for at in 1..7 {
                let mut slave = Slave::start(cx, vec![read(AFTERWARDS)]).await?;
                let asked = slave.asked(UNIT, &read_pdu(AFTERWARDS)).await?;
                let gap = tenths(cx, &mut slave);
                with_gap(&mut slave, &asked, at, gap).await?;
                slave.says(&format!("before-byte-{at}"), &[value()]).await?;
            }
        }
    },
    case! {
        id: "modbus.client.rtu.long-gaps",
        title: "a reply with a silence of more than 1.5 characters inside is not taken",
        refs: ["Serial line 2.5.1.1", "F04"],
        level: Should,
        side: Client,
        carriers: (SLOW),
        params: ["16", "20", "25", "34"],
        killed_by: ["modbus.client.allows-late-characters", "modbus.client.waits-for-the-rest"],
        => |cx| { long_gaps_in_tenths(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.gaps-between-frames",
        title: "a reply with a silence of more than 3.5 characters inside is two frames, and none of them the reply",
        refs: ["Serial line 2.5.1.1", "F04"],
        level: Must,
        side: Client,
        carriers: (SLOW),
        params: ["36", "100"],
        killed_by: ["modbus.client.waits-for-the-rest"],
        => |cx| { long_gaps_in_tenths(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.late-character",
        title: "a character that has come between t1.5 and t3.5 after the end of a reply spoils it",
        refs: ["Serial line 2.5.1.1", "F05"],
        level: Should,
        side: Client,
        carriers: (SLOW),
        params: ["18", "20", "22"],
        killed_by: ["modbus.client.ends-frames-early"],
        => |cx| {
            wrong_reply(cx, "not-taken", read(1), &read_pdu(1), async |slave, asked| {
                slave.reply(asked, &value_pdu(0x1111)).await?;
                let gap = tenths(cx, slave);
                cx.clock().sleep(gap).await;
                slave.client.wire.send(b"\x55").await
            })
            .await?;
        }
    },
    case! {
        id: "modbus.client.rtu.fixed-short-gaps",
        title: "above 19200 baud a silence of less than 0.750 ms inside a reply means nothing",
        refs: ["Serial line 2.5.1.1", "F03", "F04"],
        level: Should,
        side: Client,
        carriers: (FAST),
        params: ["200", "700"],
        killed_by: ["modbus.client.ends-frames-at-once"],
        => |cx| {
            for at in 1..7 {
                let mut slave = Slave::start(cx, vec![read(AFTERWARDS)]).await?;
                let asked = slave.asked(UNIT, &read_pdu(AFTERWARDS)).await?;
                with_gap(&mut slave, &asked, at, micros(cx)).await?;
                slave.says(&format!("before-byte-{at}"), &[value()]).await?;
            }
        }
    },
    case! {
        id: "modbus.client.rtu.fixed-long-gaps",
        title: "above 19200 baud a reply with a silence of more than 0.750 ms inside is not taken",
        refs: ["Serial line 2.5.1.1", "F03", "F04"],
        level: Should,
        side: Client,
        carriers: (FAST),
        params: ["800", "1000", "1700", "1800"],
        killed_by: ["modbus.client.allows-late-characters", "modbus.client.waits-for-the-rest"],
        => |cx| { long_gaps(cx, micros(cx)).await? }
    },
];

/// What a drain and a read may be late by on a line of an operating system; in memory nothing, but for
/// the rounding of character times to nanoseconds.
fn tolerance(cx: &Context) -> Duration {
    if cx.profile().has(Profile::EXACT) {
        Duration::from_nanos(100)
    } else {
        Duration::from_millis(1)
    }
}

/// The parameter as microseconds.
fn micros(cx: &Context) -> Duration {
    Duration::from_micros(cx.param().parse().unwrap_or_default())
}

/// The parameter as tenths of a character's time.
fn tenths(cx: &Context, slave: &mut Slave<'_>) -> Duration {
    slave.character() * cx.param().parse::<u32>().unwrap_or_default() / 10
}

/// A PTY has no speed: nothing can be measured on it.
pub(super) fn on_a_real_line(slave: &mut Slave<'_>) -> Result<(), Halt> {
    let line = slave.client.wire.line();
    if line.is_some_and(|line| line.capabilities().speed) {
        return Ok(());
    }
    Err(Halt::Wire("it has no speed".to_owned()))
}

fn judge_silence(
    cx: &Context,
    slave: &mut Slave<'_>,
    name: &str,
    silence: Duration,
    wanted: Duration,
) -> Result<(), Halt> {
    on_a_real_line(slave)?;
    let seen = format!("silent for {silence:?}; wanted {wanted:?}");
    cx.check(name).that(silence + tolerance(cx) >= wanted, seen);
    Ok(())
}

async fn silence_before_request(cx: &Context) -> Result<(), Halt> {
    let long = Request::ReadHoldingRegisters {
        address: 0,
        count: 125,
    };
    let (call, asks, reply) = match cx.param() {
        "exception" => (read(1), read_pdu(1), pdu("83 02")),
        "long-reply" => (
            long.to(UNIT, TIMEOUT),
            pdu("03 0000 007d"),
            [pdu("03 fa"), vec![0; 250]].concat(),
        ),
        _ => (read(1), read_pdu(1), value_pdu(1)),
    };
    let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &asks).await?;
    slave.reply(&asked, &reply).await?;
    let ended = slave.now();
    let after = slave.asked(UNIT, &read_pdu(AFTERWARDS)).await?;
    let (silence, wanted) = (after.began.since(ended), slave.t3_5());
    judge_silence(cx, &mut slave, "silence", silence, wanted)?;
    slave.reply(&after, &value_pdu(VALUE)).await?;
    let answers = slave.answers().await?;
    let seen = format!("the client reports {}", shown(&answers));
    cx.check("afterwards")
        .that(answers.last().is_some_and(is_value), seen);
    Ok(())
}

/// A reply with a silence before one of its bytes.
async fn with_gap(
    slave: &mut Slave<'_>,
    asked: &Asked,
    at: usize,
    gap: Duration,
) -> Result<(), Halt> {
    let frame = slave.frame(asked, &value_pdu(VALUE));
    let (head, tail) = frame.split_at_checked(at).unwrap_or((&frame, &[]));
    slave.send(head).await?;
    slave.cx.clock().sleep(gap).await;
    slave.client.wire.send(tail).await
}

async fn long_gaps_in_tenths(cx: &Context) -> Result<(), Halt> {
    let mut probe = Slave::start(cx, vec![read(AFTERWARDS)]).await?;
    probe.afterwards().await?;
    let gap = tenths(cx, &mut probe);
    long_gaps(cx, gap).await
}

async fn long_gaps(cx: &Context, gap: Duration) -> Result<(), Halt> {
    for at in 1..7 {
        let name = format!("before-byte-{at}");
        wrong_reply(cx, &name, read(1), &read_pdu(1), async |slave, asked| {
            with_gap(slave, asked, at, gap).await
        })
        .await?;
    }
    Ok(())
}
