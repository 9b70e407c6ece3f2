//! The master's states (Serial line 2.4.1): when it asks, how long it waits, and whose reply it takes.

use core::time::Duration;

use crate::{
    Case, Context, Halt, case,
    script::{
        Step,
        modbus::{Answer, Call, Failure},
    },
};

use super::{
    super::{ALL, SERIAL, STREAMS},
    work::{
        AFTERWARDS, Asked, SLACK, Slave, TIME, TIMEOUT, UNIT, judge_time, pdu, read, read_pdu,
        shown, value, value_pdu,
    },
};

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.master.one-at-a-time",
        title: "on a serial line a second request is not sent before the first is answered or has timed out",
        refs: ["Serial line 2.4.1", "M01"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["answered", "timed-out"],
        killed_by: ["modbus.client.sends-all-at-once"],
        => |cx| { one_at_a_time(cx).await? }
    },
    case! {
        id: "modbus.client.master.unexpected-unit",
        title: "the reply of another unit is waited past, and the right one is taken",
        refs: ["Serial line 2.4.1", "M02", "F24"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["reply", "exception", "three-replies", "other-function", "unit-0", "unit-255", "longest"],
        killed_by: ["modbus.client.accepts-any-unit", "modbus.client.foreign-reply-ends-the-wait"],
        => |cx| { unexpected_unit(cx).await? }
    },
    case! {
        id: "modbus.client.master.unexpected-unit-time",
        title: "the response time-out keeps running while other units talk",
        refs: ["Serial line 2.4.1", "M02"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        killed_by: ["modbus.client.foreign-reply-restarts-the-time"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            for _ in 0..3 {
                cx.clock().sleep(TIME / 4).await;
                let foreign = slave.frame_of(&asked, 18, &value_pdu(0x1111));
                slave.send(&foreign).await?;
            }
            given_up(slave, &asked, TIME).await?;
        }
    },
    case! {
        id: "modbus.client.master.time-out",
        title: "a request without a reply is given up after the response time-out, not earlier and not much later",
        refs: ["Serial line 2.4.1", "M04"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["100", "400", "1000"],
        killed_by: ["modbus.client.waits-half-the-time", "modbus.client.waits-twice-the-time"],
        => |cx| {
            let ms = cx.param().parse().unwrap_or(TIMEOUT);
            let call = Call { timeout_ms: Some(ms), ..read(1) };
            let mut slave = Slave::start(cx, vec![call]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            given_up(slave, &asked, Duration::from_millis(ms)).await?;
        }
    },
    case! {
        id: "modbus.client.master.dead-unit",
        title: "a unit that does not answer delays the calls to others by no more than its own time-outs",
        refs: ["M20", "Serial line 2.4.1"],
        level: Should,
        side: Client,
        carriers: (SERIAL),
        killed_by: ["modbus.client.gives-up-after-a-time-out"],
        => |cx| { dead_unit(cx).await? }
    },
    case! {
        id: "modbus.client.master.wire-lost",
        title: "when the wire is gone a call ends with a failure, and the client goes on to the next",
        refs: ["M23", "T09"],
        level: Must,
        side: Client,
        carriers: (STREAMS),
        params: ["before-the-reply", "within-the-reply"],
        killed_by: ["modbus.client.takes-the-end-for-success"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            if cx.param() == "within-the-reply" {
                let frame = slave.frame(&asked, &value_pdu(0x1111));
                slave.client.wire.send(frame.get(..4).unwrap_or_default()).await?;
            }
            let report = slave.client.close_and_finish().await?;
            let answers: Vec<Answer> = report.answers().cloned().collect();
            let seen = format!("the client reports {}", shown(&answers));
            cx.check("failed").that(matches!(&*answers, [Answer::Failed(_)]), seen);
        }
    },
];

/// The only call ends after `wanted` of waiting, with a time-out: not earlier, and not much later. What a
/// client does before it asks again is its own affair.
async fn given_up(slave: Slave<'_>, asked: &Asked, wanted: Duration) -> Result<(), Halt> {
    let cx = slave.cx;
    let answers = slave.answers().await?;
    judge_time(cx, cx.clock().now().since(asked.ended), wanted);
    let seen = format!("the client reports {}", shown(&answers));
    let fine = matches!(&*answers, [Answer::Failed(_)]);
    cx.check("reported").that(fine, seen);
    Ok(())
}

async fn one_at_a_time(cx: &Context) -> Result<(), Halt> {
    let calls = vec![read(1), read(2), read(AFTERWARDS)];
    let mut slave = Slave::follow(cx, vec![Step::Calls(calls)]).await?;
    let answered = cx.param() == "answered";
    let mut answers = Vec::new();
    for register in [1, 2] {
        let asked = slave.asked(UNIT, &read_pdu(register)).await?;
        let silent = slave.is_silent_for(TIME / 2).await;
        cx.check(format!("alone-{register}"))
            .that(silent, "what came behind the request before its reply");
        if !silent {
            return Err(Halt::Judged);
        }
        if answered {
            slave.reply(&asked, &value_pdu(register)).await?;
            answers.push(Answer::Words(vec![register]));
        } else {
            answers.push(Answer::Failed(Failure::Timeout));
        }
    }
    slave.afterwards().await?;
    answers.push(value());
    slave.says("answers", &answers).await
}

async fn unexpected_unit(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    let foreign: Vec<(u8, Vec<u8>)> = match cx.param() {
        "reply" => vec![(18, value_pdu(0x1111))],
        "exception" => vec![(18, pdu("83 02"))],
        "three-replies" => vec![
            (18, value_pdu(0x1111)),
            (1, value_pdu(0x1112)),
            (247, value_pdu(0x1113)),
        ],
        "other-function" => vec![(18, pdu("06 0001 0003"))],
        "unit-0" => vec![(0, value_pdu(0x1111))],
        "unit-255" => vec![(255, value_pdu(0x1111))],
        _ => vec![(18, [pdu("03 fa"), vec![0x11; 250]].concat())],
    };
    for (unit, said) in foreign {
        let frame = slave.frame_of(&asked, unit, &said);
        slave.send(&frame).await?;
    }
    slave.reply(&asked, &value_pdu(0x2222)).await?;
    slave.afterwards().await?;
    slave
        .says("reported", &[Answer::Words(vec![0x2222]), value()])
        .await
}

async fn dead_unit(cx: &Context) -> Result<(), Halt> {
    let of = |unit: u8, register: u16| Call {
        unit,
        ..read(register)
    };
    let calls = vec![of(1, 1), of(2, 2), of(1, 3), of(3, 4), of(4, 5)];
    let mut slave = Slave::follow(cx, vec![Step::Calls(calls)]).await?;
    let began = slave.now();
    let mut asked_of_dead = 0;
    let mut served = 0;
    while served < 3 {
        let asked = slave.hear(5).await?;
        let [3, _, register, 0, 1] = *asked.adu.pdu else {
            cx.check("request")
                .fail("another request than those of the calls");
            return Err(Halt::Judged);
        };
        if asked.adu.unit == 1 {
            asked_of_dead += 1;
            continue;
        }
        served += 1;
        slave.reply(&asked, &value_pdu(register.into())).await?;
    }
    let took = slave.now().since(began);
    let seen = format!(
        "three live units were answered in {took:?}, beside {asked_of_dead} requests to a dead one"
    );
    cx.check("in-time").that(took <= TIME * 2 + SLACK * 4, seen);
    let answers = slave.answers().await?;
    let words = |register| Answer::Words(vec![register]);
    let live = [answers.get(1), answers.get(3), answers.get(4)];
    let fine = live == [Some(&words(2)), Some(&words(4)), Some(&words(5))];
    let seen = format!("the client reports {}", shown(&answers));
    cx.check("answered").that(fine, seen);
    Ok(())
}
