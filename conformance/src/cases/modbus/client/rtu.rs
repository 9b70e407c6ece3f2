//! RTU frames and their silences (Serial line 2.5.1), as a master sends and receives them.

use core::time::Duration;

use lineside_io::{Parity, Settings};

use crate::{
    Carrier, Case, Context, Halt, case,
    reference::modbus::adu::Framing,
    script::modbus::{Answer, Request},
};

use super::{
    super::{ALL, ASCII, LINES, RTU, RTU_OVER_TCP, SERIAL},
    functions::Function,
    work::{
        AFTERWARDS, Asked, Slave, TIMEOUT, UNIT, is_value, pdu, read, read_pdu, shown, value,
        value_pdu, wrong_reply,
    },
};

/// RTU frames, on a line and on a stream.
pub(super) static CARRIERS: &[&Carrier] = &[&RTU, &RTU_OVER_TCP];

const ON_A_LINE: &[&Carrier] = &[&RTU];

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.rtu.example",
        title: "a frame is unit, PDU, and the CRC with its low byte first",
        refs: ["Serial line 2.5.1.2", "F10"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
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
        id: "modbus.client.rtu.check",
        title: "a reply whose check does not fit is not taken",
        refs: ["Serial line 2.5.1.2", "Serial line 2.5.2.2", "F10", "A04", "M03"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["plus-one", "minus-one", "complement", "zero", "ones", "swapped", "of-the-pdu"],
        killed_by: ["modbus.client.ignores-check"],
        => |cx| { wrong_check(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.bit-errors",
        title: "a reply with one wrong bit is not taken, whichever it is",
        refs: ["Serial line 2.5.1.2", "Serial line 2.5.2.2", "F11", "A04"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["read-holding-registers", "write-single-register", "read-coils", "read-exception-status"],
        killed_by: ["modbus.client.ignores-check"],
        => |cx| { bit_errors(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.double-errors",
        title: "a reply with two wrong bits, or a burst of up to sixteen, is not taken",
        refs: ["Serial line 2.5.1.2", "F12"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        params: ["two-bits", "burst"],
        killed_by: ["modbus.client.ignores-check"],
        => |cx| { double_errors(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.silence-before-request",
        title: "a request begins no earlier than t3.5 after the last reply",
        refs: ["Serial line 2.5.1.1", "F01", "F02", "M18"],
        level: Must,
        side: Client,
        carriers: (ON_A_LINE),
        params: ["reply", "exception", "long-reply"],
        killed_by: ["modbus.client.no-silence"],
        => |cx| { silence_before_request(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.initial-silence",
        title: "nothing is sent until the line has been silent for t3.5 after it was opened",
        refs: ["Serial line 2.5.1.1", "F06"],
        level: Must,
        side: Client,
        carriers: (ON_A_LINE),
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
        carriers: (ON_A_LINE),
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
        carriers: (ON_A_LINE),
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
        carriers: (ON_A_LINE),
        params: ["5", "10", "14"],
        killed_by: ["modbus.client.ends-frames-at-once"],
        => |cx| {
            let tenths = cx.param().parse().unwrap_or(10);
            for at in 1..7 {
                let mut slave = Slave::start(cx, vec![read(AFTERWARDS)]).await?;
                let asked = slave.asked(UNIT, &read_pdu(AFTERWARDS)).await?;
                with_gap(&mut slave, &asked, at, tenths).await?;
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
        carriers: (ON_A_LINE),
        params: ["16", "20", "25", "34"],
        killed_by: ["modbus.client.allows-late-characters", "modbus.client.waits-for-the-rest"],
        => |cx| { long_gaps(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.gaps-between-frames",
        title: "a reply with a silence of more than 3.5 characters inside is two frames, and none of them the reply",
        refs: ["Serial line 2.5.1.1", "F04"],
        level: Must,
        side: Client,
        carriers: (ON_A_LINE),
        params: ["36", "100"],
        killed_by: ["modbus.client.waits-for-the-rest"],
        => |cx| { long_gaps(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.late-character",
        title: "a character that has come between t1.5 and t3.5 after the end of a reply spoils it",
        refs: ["Serial line 2.5.1.1", "F05"],
        level: Should,
        side: Client,
        carriers: (ON_A_LINE),
        params: ["18", "20", "22"],
        killed_by: ["modbus.client.ends-frames-early"],
        => |cx| {
            let tenths = cx.param().parse().unwrap_or(25);
            wrong_reply(cx, "not-taken", read(1), &read_pdu(1), async |slave, asked| {
                slave.reply(asked, &value_pdu(0x1111)).await?;
                slave.client.wire.pause(tenths, Duration::ZERO).await;
                slave.client.wire.send(b"\x55").await
            })
            .await?;
        }
    },
    case! {
        id: "modbus.client.rtu.overlong",
        title: "a frame of more than 256 bytes, or 513 characters, is not taken, whatever its check says",
        refs: ["Serial line 2.5.1", "Serial line 2.5.2.1", "F08", "A07"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["254", "255", "300"],
        killed_by: ["modbus.client.takes-overlong-frames"],
        => |cx| {
            let length = cx.param().parse().unwrap_or(254);
            let call = Request::Pdu { pdu: vec![0x41, 1] }.to(UNIT, 2 * TIMEOUT);
            wrong_reply(cx, "not-taken", call, &[0x41, 1], async |slave, asked| {
                slave.reply(asked, &vec![0x41; length]).await
            })
            .await?;
        }
    },
    case! {
        id: "modbus.client.rtu.damaged-character",
        title: "a reply in which the line reported a damaged character is not taken",
        refs: ["Serial line 2.6.1", "F13"],
        level: Must,
        side: Client,
        hazard: DropsLink,
        carriers: (LINES),
        params: ["parity", "break"],
        killed_by: ["modbus.client.ignores-line-damage"],
        => |cx| { damaged_character(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.noise-before",
        title: "noise before the reply, and a silence, do no harm",
        refs: ["Serial line 2.5.1.1", "F17", "M15"],
        level: Should,
        side: Client,
        carriers: (LINES),
        params: ["1", "2", "3", "4", "8", "50", "255", "256", "257", "300"],
        killed_by: ["modbus.client.noise-ends-the-wait", "modbus.client.ascii-noise-hides-the-colon"],
        => |cx| { noise_before(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.noise-around",
        title: "noise that touches a reply never makes it another one, and does not reach the next",
        refs: ["Serial line 2.5.1.1", "F18", "F21", "M15"],
        level: Must,
        side: Client,
        carriers: (&[&RTU, &ASCII, &RTU_OVER_TCP]),
        params: ["before-1", "before-2", "before-5", "behind-1", "behind-2", "behind-3", "twice"],
        killed_by: ["modbus.client.frame-per-read", "modbus.client.keeps-late-replies",
            "modbus.client.ends-at-damage", "modbus.client.ascii-noise-hides-the-colon"],
        => |cx| { noise_around(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.cut",
        title: "a reply that breaks off is not taken, wherever it does",
        refs: ["Serial line 2.5.1.1", "M05", "F19"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        killed_by: ["modbus.client.makes-up-what-is-cut"],
        => |cx| {
            let framing = Framing::of(cx.dialect()).unwrap_or(Framing::Rtu);
            let frame = framing.frame(0, UNIT, &value_pdu(0x1111));
            for length in 1..frame.len() {
                let part = frame.get(..length).unwrap_or_default();
                let name = format!("{length}-of-{}", frame.len());
                wrong_reply(cx, &name, read(1), &read_pdu(1), async |slave, _| {
                    slave.send(part).await
                })
                .await?;
            }
        }
    },
    case! {
        id: "modbus.client.rtu.cut-and-whole",
        title: "a reply that broke off and then came whole is taken",
        refs: ["Serial line 2.5.1.1", "F19", "M15"],
        level: Should,
        side: Client,
        carriers: (&[&RTU, &ASCII, &super::super::ASCII_OVER_TCP]),
        killed_by: ["modbus.client.noise-ends-the-wait", "modbus.client.ascii-keeps-on-at-a-colon"],
        => |cx| {
            for length in 1..7 {
                let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
                let asked = slave.asked(UNIT, &read_pdu(1)).await?;
                let frame = slave.frame(&asked, &value_pdu(0x2222));
                slave.send(frame.get(..length).unwrap_or_default()).await?;
                slave.send(&frame).await?;
                slave.afterwards().await?;
                let wanted = [Answer::Words(vec![0x2222]), value()];
                slave.says(&format!("after-{length}"), &wanted).await?;
            }
        }
    },
    case! {
        id: "modbus.client.rtu.pieces",
        title: "it does not matter in which pieces a reply arrives",
        refs: ["F22", "M16", "T02"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["read-coils", "read-holding-registers", "write-single-coil", "read-exception-status",
            "return-query-data", "get-comm-event-log", "write-multiple-registers", "report-server-id",
            "read-file-record", "read-fifo-queue", "read-device-identification", "user-defined"],
        killed_by: ["modbus.client.frame-per-read"],
        => |cx| { pieces(cx).await? }
    },
    case! {
        id: "modbus.client.rtu.coalesced",
        title: "a reply that arrives in one piece with another unit's is taken",
        refs: ["T12", "F24", "M02"],
        level: Must,
        side: Client,
        carriers: (&[&RTU_OVER_TCP, &super::super::ASCII_OVER_TCP]),
        params: ["behind", "exception", "two", "echo"],
        killed_by: ["modbus.client.drops-coalesced-frames", "modbus.client.foreign-reply-ends-the-wait"],
        => |cx| { coalesced(cx).await? }
    },
];

/// A frame of which no check fits.
pub(super) fn damaged(mut frame: Vec<u8>) -> Vec<u8> {
    if let Some(byte) = frame.get_mut(4) {
        *byte ^= 1;
    }
    frame
}

/// What the suite's own measurements may be late by, in a profile's limit `tolerance-us`: nothing in
/// memory, but for the rounding of character times to nanoseconds.
fn tolerance(cx: &Context) -> Duration {
    Duration::from_micros(cx.profile().limit("tolerance-us", 0)) + Duration::from_nanos(10)
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
    slave.reply(&after, &value_pdu(super::work::VALUE)).await?;
    let answers = slave.answers().await?;
    let seen = format!("the client reports {}", shown(&answers));
    cx.check("afterwards")
        .that(answers.last().is_some_and(is_value), seen);
    Ok(())
}

/// A reply with a silence of so many tenths of a character before one of its bytes.
async fn with_gap(
    slave: &mut Slave<'_>,
    asked: &Asked,
    at: usize,
    tenths: u32,
) -> Result<(), Halt> {
    let frame = slave.frame(asked, &value_pdu(super::work::VALUE));
    let (head, tail) = frame.split_at_checked(at).unwrap_or((&frame, &[]));
    slave.send(head).await?;
    slave.client.wire.pause(tenths, Duration::ZERO).await;
    slave.client.wire.send(tail).await
}

async fn long_gaps(cx: &Context) -> Result<(), Halt> {
    let tenths = cx.param().parse().unwrap_or(25);
    for at in 1..7 {
        let name = format!("before-byte-{at}");
        wrong_reply(cx, &name, read(1), &read_pdu(1), async |slave, asked| {
            with_gap(slave, asked, at, tenths).await
        })
        .await?;
    }
    Ok(())
}

/// The place of the check in a frame: two bytes of CRC, or two digits of LRC.
fn check_at(frame: &[u8], ascii: bool) -> usize {
    frame.len().saturating_sub(if ascii { 4 } else { 2 })
}

async fn wrong_check(cx: &Context) -> Result<(), Halt> {
    let kind = cx.param();
    wrong_reply(
        cx,
        "not-taken",
        read(1),
        &read_pdu(1),
        async |slave, asked| {
            let mut frame = slave.frame(asked, &value_pdu(0x1111));
            let ascii = frame.starts_with(b":");
            let at = check_at(&frame, ascii);
            let unit_left_out = slave.frame_of(asked, 0, &value_pdu(0x1111));
            let Some([high, low]) = frame.get_mut(at..at + 2) else {
                return Ok(());
            };
            let digits = |value: u8| format!("{value:02X}").into_bytes();
            let old = u8::from_str_radix(&String::from_utf8_lossy(&[*high, *low]), 16);
            let (bytes, digit) = (u16::from_le_bytes([*high, *low]), old.unwrap_or_default());
            let (wide, narrow) = match kind {
                "plus-one" => (bytes.wrapping_add(1), digit.wrapping_add(1)),
                "minus-one" => (bytes.wrapping_sub(1), digit.wrapping_sub(1)),
                "complement" => (!bytes, !digit),
                "zero" => (0, 0),
                "ones" => (0xffff, 0xff),
                "swapped" => (bytes.swap_bytes(), digit.rotate_left(4)),
                _ => {
                    let other = unit_left_out.get(at..at + 2).unwrap_or_default();
                    let digit = u8::from_str_radix(&String::from_utf8_lossy(other), 16);
                    let wide = other.try_into().map_or(0, u16::from_le_bytes);
                    (wide, digit.unwrap_or_default())
                }
            };
            let new = if ascii {
                digits(narrow)
            } else {
                wide.to_le_bytes().to_vec()
            };
            if let [first, second] = *new {
                (*high, *low) = (first, second);
            }
            slave.send(&frame).await
        },
    )
    .await
}

async fn bit_errors(cx: &Context) -> Result<(), Halt> {
    let function = Function::named(cx.param())?;
    let asks = function.request_pdu();
    for at in 0..64 {
        for bit in 0..8 {
            let mut slave = Slave::start(cx, vec![function.call(), read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &asks).await?;
            let mut frame = slave.frame(&asked, &function.reply_pdu());
            let ascii = frame.starts_with(b":");
            if ascii && bit == 7 {
                // Its characters have seven bits.
                continue;
            }
            let Some(byte) = frame.get_mut(at) else {
                return Ok(());
            };
            if ascii && byte.is_ascii_alphabetic() && bit == 5 {
                // A small letter is the same digit.
                continue;
            }
            *byte ^= 1 << bit;
            slave.send(&frame).await?;
            slave.afterwards().await?;
            slave
                .refused_and_afterwards(&format!("byte-{at}-bit-{bit}"))
                .await?;
        }
    }
    Ok(())
}

async fn double_errors(cx: &Context) -> Result<(), Halt> {
    let function = Function::named("read-holding-registers")?;
    let mut rng = cx.rng();
    let burst = cx.param() == "burst";
    for round in 0..60 {
        let asks = function.request_pdu();
        let name = format!("round-{round}");
        let (first, second, pattern) = (rng.usize(..), rng.usize(..), rng.u16(..));
        wrong_reply(cx, &name, function.call(), &asks, async |slave, asked| {
            let mut frame = slave.frame(asked, &function.reply_pdu());
            let bits = frame.len() * 8;
            let mut flip = |bit: usize| {
                if let Some(byte) = frame.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            };
            if burst {
                // Its first bit is wrong in any case, and the others as they come.
                let at = first % (bits - 16);
                let wrong = (0..16).filter(|bit| pattern >> bit & 1 == 1 || *bit == 0);
                wrong.for_each(|bit| flip(at + bit));
            } else {
                let one = first % bits;
                flip(one);
                flip((one + 1 + second % (bits - 1)) % bits);
            }
            slave.send(&frame).await
        })
        .await?;
    }
    Ok(())
}

/// A damaged character in the middle of a reply all of whose own bytes arrive.
async fn damaged_character(cx: &Context) -> Result<(), Halt> {
    let parity = cx.param() == "parity";
    wrong_reply(
        cx,
        "not-taken",
        read(1),
        &read_pdu(1),
        async |slave, asked| {
            let frame = slave.frame(asked, &value_pdu(0x1111));
            let (head, tail) = frame.split_at_checked(4).unwrap_or((&frame, &[]));
            slave.send(head).await?;
            if parity {
                with_wrong_parity(slave, b"\x55").await?;
            } else {
                let character = slave.character();
                slave.client.wire.send_break(character * 2).await?;
            }
            slave.client.wire.send(tail).await
        },
    )
    .await
}

async fn with_wrong_parity(slave: &mut Slave<'_>, character: &[u8]) -> Result<(), Halt> {
    let own = set(slave, |own| Settings {
        parity: match own.parity {
            Parity::Even => Parity::Odd,
            Parity::Odd => Parity::Even,
            other => other,
        },
        ..own
    })
    .await?;
    slave.client.wire.note("a character with the wrong parity");
    slave.client.wire.send(character).await?;
    set(slave, |_| own).await?;
    Ok(())
}

/// Changes the line's settings, and gives those that it had.
async fn set(slave: &mut Slave<'_>, to: impl Fn(Settings) -> Settings) -> Result<Settings, Halt> {
    let none = || Halt::Wire("it has no parity".to_owned());
    let line = slave.client.wire.line().ok_or_else(none)?;
    let own = line.settings();
    if own.parity == Parity::None || !line.capabilities().speed {
        return Err(none());
    }
    line.configure(to(own)).await.map_err(|_| none())?;
    Ok(own)
}

async fn noise_before(cx: &Context) -> Result<(), Halt> {
    let count = cx.param().parse().unwrap_or(1);
    let mut rng = cx.rng();
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    // No colon, and no end of a line.
    let noise: Vec<u8> = (0..count).map(|_| rng.u8(0x40..0x7f)).collect();
    slave.send(&noise).await?;
    slave.client.wire.pause(40, Duration::from_millis(3)).await;
    slave.reply(&asked, &value_pdu(0x2222)).await?;
    slave.afterwards().await?;
    let wanted = [Answer::Words(vec![0x2222]), value()];
    slave.says("taken", &wanted).await
}

async fn noise_around(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    let frame = slave.frame(&asked, &value_pdu(0x2222));
    let noise: &[u8] = match cx.param() {
        "before-1" | "behind-1" => b"\x00",
        "before-2" | "behind-2" => b"\x7f\x00",
        "behind-3" => b"\x11\x03\x02",
        "before-5" => b"\x11\x03\x02\x11\x11",
        _ => &frame,
    };
    let touching = if cx.param().starts_with("before") {
        [noise, &frame].concat()
    } else {
        [&frame, noise].concat()
    };
    slave.send(&touching).await?;
    slave.afterwards().await?;
    let answers = slave.answers().await?;
    let seen = format!("the client reports {}", shown(&answers));
    let own = Answer::Words(vec![0x2222]);
    let fine = matches!(&*answers, [first, after]
        if is_value(after) && (*first == own || matches!(first, Answer::Failed(_))));
    cx.check("right-or-none").that(fine, seen);
    Ok(())
}

async fn pieces(cx: &Context) -> Result<(), Halt> {
    let function = Function::named(cx.param())?;
    let wanted: Vec<Answer> = function.answer().into_iter().chain([value()]).collect();
    let length = function.reply_pdu().len() + 6;
    for at in 0..=length {
        let call = (function.request)().to(UNIT, 4 * TIMEOUT);
        let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
        let asked = slave.asked(UNIT, &function.request_pdu()).await?;
        let frame = slave.frame(&asked, &function.reply_pdu());
        slave.pause().await;
        // The first time every byte alone, then two pieces; on a line without a silence between.
        let pieces: Vec<&[u8]> = match frame.split_at_checked(at) {
            Some((_, _)) if at == 0 => frame.chunks(1).collect(),
            Some((head, tail)) => vec![head, tail],
            None => break,
        };
        let between = if slave.is_line() { 0 } else { 2 };
        let between = Duration::from_millis(between);
        slave.client.wire.send_pieces(&pieces, between).await?;
        slave.afterwards().await?;
        let name = if at == 0 {
            "bytewise".to_owned()
        } else {
            format!("cut-at-{at}")
        };
        slave.says(&name, &wanted).await?;
    }
    Ok(())
}

async fn coalesced(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    let own = slave.frame(&asked, &value_pdu(0x2222));
    let framing = slave.framing;
    let foreign = |unit, said: &[u8]| framing.frame(asked.adu.transaction, unit, said);
    let all = match cx.param() {
        "behind" => [foreign(18, &value_pdu(0x1111)), own].concat(),
        "exception" => [foreign(18, &pdu("83 02")), own].concat(),
        "two" => [
            foreign(1, &pdu("10 0001 0002")),
            foreign(2, &pdu("01 03 cd 6b 05")),
            own,
        ]
        .concat(),
        _ => [foreign(18, &pdu("06 0001 0003")), own].concat(),
    };
    slave.send(&all).await?;
    slave.afterwards().await?;
    let wanted = [Answer::Words(vec![0x2222]), value()];
    slave.says("taken", &wanted).await
}
