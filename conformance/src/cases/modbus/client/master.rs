//! The master's states (Serial line 2.4.1): when it asks, how long it waits, and which reply it takes.

use core::time::Duration;

use crate::{
    Case, Context, Halt, case,
    reference::modbus::adu::Framing,
    script::{
        Step,
        modbus::{Answer, Call, Failure},
    },
};

use super::{
    super::{ALL, LINES, SERIAL, TCP},
    functions::Function,
    work::{
        AFTERWARDS, Asked, Slave, TIMEOUT, UNIT, VALUE, pdu, read, read_pdu, shown, value,
        value_pdu,
    },
};

/// How late a client may be on top of what it is told, for its own work: a program, on any machine.
const SLACK: Duration = Duration::from_millis(250);

const TIME: Duration = Duration::from_millis(TIMEOUT);

/// What may be written to everybody.
const WRITES: &[&str] = &[
    "write-single-coil",
    "write-single-register",
    "write-multiple-coils",
    "write-multiple-registers",
    "write-file-record",
    "mask-write-register",
];

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
            let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            for _ in 0..3 {
                cx.clock().sleep(TIME / 4).await;
                let foreign = slave.frame_of(&asked, 18, &value_pdu(0x1111));
                slave.send(&foreign).await?;
            }
            let after = slave.afterwards().await?;
            judge_time(cx, &asked, &after, TIME);
            slave.refused_and_afterwards("no-answer").await?;
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
            let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            let after = slave.afterwards().await?;
            judge_time(cx, &asked, &after, Duration::from_millis(ms));
            slave.says("reported", &[Answer::Failed(Failure::Timeout), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.master.just-in-time",
        title: "a reply that comes shortly before the time-out is taken",
        refs: ["Serial line 2.4.1", "M04"],
        level: Must,
        side: Client,
        carriers: (ALL),
        killed_by: ["modbus.client.waits-half-the-time"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            cx.clock().sleep(TIME * 3 / 4).await;
            slave.reply(&asked, &value_pdu(0x1111)).await?;
            slave.says("reported", &[Answer::Words(vec![0x1111])]).await?;
        }
    },
    case! {
        id: "modbus.client.master.retries",
        title: "a request is repeated as often as the client is told, and no more",
        refs: ["Serial line 2.4.1", "M03"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: ["0", "1", "2", "5"],
        killed_by: ["modbus.client.retries-once-more", "modbus.client.never-retries"],
        => |cx| {
            let retries = cx.param().parse().unwrap_or(0);
            let call = read(1).retries(retries);
            let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
            for _ in 0..=retries {
                slave.asked(UNIT, &read_pdu(1)).await?;
            }
            slave.afterwards().await?;
            slave.says("reported", &[Answer::Failed(Failure::Timeout), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.master.retry-answered",
        title: "the reply to a repeated request is taken, and then it is not repeated again",
        refs: ["Serial line 2.4.1", "M03"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: ["1", "2"],
        killed_by: ["modbus.client.never-retries"],
        => |cx| {
            let lost = cx.param().parse().unwrap_or(1);
            let mut slave = Slave::start(cx, vec![read(1).retries(3), read(AFTERWARDS)]).await?;
            for _ in 0..lost {
                slave.asked(UNIT, &read_pdu(1)).await?;
            }
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            slave.reply(&asked, &value_pdu(0x2222)).await?;
            slave.afterwards().await?;
            slave.says("reported", &[Answer::Words(vec![0x2222]), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.master.retry-damaged",
        title: "a damaged reply may be followed by a retry, whose reply is taken",
        refs: ["Serial line 2.4.1", "M03"],
        level: Should,
        side: Client,
        carriers: (SERIAL),
        killed_by: ["modbus.client.never-retries"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1).retries(1), read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            let damaged = super::rtu::damaged(slave.frame(&asked, &value_pdu(0x1111)));
            slave.send(&damaged).await?;
            let again = slave.asked(UNIT, &read_pdu(1)).await?;
            slave.reply(&again, &value_pdu(0x2222)).await?;
            slave.afterwards().await?;
            slave.says("reported", &[Answer::Words(vec![0x2222]), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.master.retry-by-itself",
        title: "what must not happen twice is not repeated unless the client is told so",
        refs: ["M21"],
        level: May,
        side: Client,
        carriers: (ALL),
        params: ["write-single-coil", "write-single-register", "write-multiple-registers",
            "read-write-multiple-registers", "mask-write-register", "restart-communications"],
        killed_by: ["modbus.client.retries-by-itself"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let call = Call { retries: None, ..function.call() };
            let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
            slave.asked(UNIT, &function.request_pdu()).await?;
            slave.afterwards().await?;
            slave.refused_and_afterwards("once").await?;
        }
    },
    case! {
        id: "modbus.client.master.late-reply",
        title: "a reply that comes after its time-out answers no other request, whenever it comes",
        refs: ["Serial line 2.4.1", "M04", "T04"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["same-shape", "exception", "write"],
        killed_by: ["modbus.client.keeps-late-replies", "modbus.client.tcp-ignores-transaction"],
        => |cx| { late_in_the_pause(cx).await? }
    },
    case! {
        id: "modbus.client.master.late-reply-sweep",
        title: "a late reply that begins before the next request has ended does not answer that",
        refs: ["Serial line 2.4.1", "Serial line 2.5.1.1", "M04", "F01"],
        level: Must,
        side: Client,
        carriers: (LINES),
        killed_by: ["modbus.client.keeps-late-replies"],
        => |cx| { late_sweep(cx).await? }
    },
    case! {
        id: "modbus.client.master.broadcast",
        title: "a broadcast is sent to unit 0, and not waited for",
        refs: ["Serial line 2.1", "Serial line 2.4.1", "M06", "F14"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: (WRITES),
        killed_by: ["modbus.client.waits-after-broadcast"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let call = Call { unit: 0, timeout_ms: Some(1500), ..function.call() };
            let mut slave = Slave::start(cx, vec![call.turnaround(150), read(AFTERWARDS)]).await?;
            let asked = slave.asked(0, &function.request_pdu()).await?;
            let after = slave.afterwards().await?;
            let gap = after.began.since(asked.ended);
            let fine = gap <= Duration::from_millis(150) + SLACK;
            cx.check("not-waited").that(fine, format!("the next request came after {gap:?}"));
            slave.says("reported", &[Answer::Done, value()]).await?;
        }
    },
    case! {
        id: "modbus.client.master.turnaround",
        title: "after a broadcast the stations have the turnaround delay to carry it out",
        refs: ["Serial line 2.4.1", "M06"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["100", "200", "500"],
        killed_by: ["modbus.client.has-no-turnaround"],
        => |cx| {
            let ms = cx.param().parse().unwrap_or(100);
            let function = Function::named("write-single-register")?;
            let call = Call { unit: 0, ..function.call() };
            let mut slave = Slave::start(cx, vec![call.turnaround(ms), read(AFTERWARDS)]).await?;
            let asked = slave.asked(0, &function.request_pdu()).await?;
            let after = slave.afterwards().await?;
            judge_time(cx, &asked, &after, Duration::from_millis(ms));
            slave.says("reported", &[Answer::Done, value()]).await?;
        }
    },
    case! {
        id: "modbus.client.master.broadcast-reply",
        title: "a station that answers a broadcast after all answers nothing",
        refs: ["Serial line 2.1", "M06"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        killed_by: ["modbus.client.keeps-late-replies"],
        => |cx| {
            let function = Function::named("write-single-register")?;
            let call = Call { unit: 0, ..function.call() };
            let mut slave = Slave::start(cx, vec![call.turnaround(200), read(AFTERWARDS)]).await?;
            let asked = slave.asked(0, &function.request_pdu()).await?;
            cx.clock().sleep(Duration::from_millis(50)).await;
            let wrong = slave.frame_of(&asked, UNIT, &value_pdu(0x1111));
            slave.send(&wrong).await?;
            slave.afterwards().await?;
            slave.says("reported", &[Answer::Done, value()]).await?;
        }
    },
    case! {
        id: "modbus.client.master.cancelled",
        title: "a call that is given up at any time does not spoil the next one",
        refs: ["Serial line 2.4.1", "M17", "M01", "M04"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["answered-at-once", "answered-later", "never-answered"],
        killed_by: ["modbus.client.forgets-what-was-cancelled", "modbus.client.stops-when-cancelled"],
        => |cx| { cancelled(cx).await? }
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
        carriers: (&[&TCP, &super::super::RTU_OVER_TCP, &super::super::ASCII_OVER_TCP]),
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

/// The next request came after `wanted` of waiting: not earlier, but for what a program's clock may be
/// off, and not much later.
pub(super) fn judge_time(cx: &Context, asked: &Asked, after: &Asked, wanted: Duration) {
    let gap = after.began.since(asked.ended);
    let seen = format!("the next request came after {gap:?}; wanted {wanted:?}");
    let early = Duration::from_millis(3);
    cx.check("not-earlier").that(gap + early >= wanted, seen.clone());
    cx.check("not-later").that(gap <= wanted + SLACK, seen);
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

/// The late reply comes while the client has nothing to do.
async fn late_in_the_pause(cx: &Context) -> Result<(), Halt> {
    let function = Function::named(match cx.param() {
        "write" => "write-single-register",
        _ => "read-holding-registers",
    })?;
    let (asks, late) = match cx.param() {
        "exception" => (function.request_pdu(), pdu("83 02")),
        _ => (function.request_pdu(), function.reply_pdu()),
    };
    // The second call is the same, so that nothing but the time tells the replies apart.
    let script = vec![
        Step::call(function.call()),
        Step::Wait(200),
        Step::call(function.call()),
        Step::call(read(AFTERWARDS)),
    ];
    let mut slave = Slave::follow(cx, script).await?;
    let asked = slave.asked(UNIT, &asks).await?;
    cx.clock().sleep(TIME + Duration::from_millis(60)).await;
    slave.reply(&asked, &late).await?;
    let again = slave.asked(UNIT, &asks).await?;
    let function = asks.first().copied().unwrap_or_default();
    slave.reply(&again, &[function | 0x80, 0x04]).await?;
    slave.afterwards().await?;
    let wanted = [
        Answer::Failed(Failure::Timeout),
        Answer::Exception(4),
        value(),
    ];
    slave.says("reported", &wanted).await
}

/// The late reply begins at every half millisecond from shortly before the time-out until the next
/// request, sent at the time-out, has ended, and the silence that a station keeps after it.
async fn late_sweep(cx: &Context) -> Result<(), Halt> {
    let mut delay = TIME - Duration::from_millis(3);
    loop {
        let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
        let asked = slave.asked(UNIT, &read_pdu(1)).await?;
        super::rtu::on_a_real_line(&mut slave)?;
        let request = u32::try_from(slave.frame(&asked, &read_pdu(AFTERWARDS)).len());
        let silence = match slave.framing {
            Framing::Rtu => slave.t3_5(),
            _ => Duration::ZERO,
        };
        let next = slave.character() * request.unwrap_or_default() + silence;
        if delay + slave.character() > TIME + next {
            return Ok(());
        }
        let late = slave.frame(&asked, &value_pdu(0x1111));
        let wait = (asked.ended + delay).since(slave.now());
        cx.clock().sleep(wait).await;
        slave.client.wire.send(&late).await?;
        slave.afterwards().await?;
        let answers = slave.answers().await?;
        let seen = format!("the client reports {}", shown(&answers));
        let fine = answers.get(1) == Some(&value());
        cx.check(format!("after-{}us", delay.as_micros()))
            .that(fine, seen);
        delay += Duration::from_micros(500);
    }
}

/// The first call is given up after so many quarters of a millisecond, until it is over by itself.
async fn cancelled(cx: &Context) -> Result<(), Halt> {
    let turnaround = match cx.param() {
        "answered-at-once" => Some(Duration::ZERO),
        "answered-later" => Some(Duration::from_millis(8)),
        _ => None,
    };
    for quarters in 0..100_u64 {
        let us = quarters * 250;
        let first = Call {
            timeout_ms: Some(120),
            ..read(1)
        };
        let calls = vec![first.cancelled_after(us), read(AFTERWARDS)];
        let mut slave = Slave::start(cx, calls).await?;
        let over = serve_two(&mut slave, turnaround).await?;
        let answers = slave.answers().await?;
        let seen = format!("given up after {us} us: {}", shown(&answers));
        let fine = matches!(&*answers, [Answer::Cancelled | Answer::Words(_) | Answer::Failed(_), after]
            if *after == value());
        cx.check(format!("{us}us")).that(fine, seen);
        cx.check(format!("{us}us-alone"))
            .that(over, "the second request, while the first was out");
        if matches!(answers.first(), Some(Answer::Words(_))) {
            return Ok(());
        }
    }
    Ok(())
}

/// Answers the first request if it comes, and then the second. `false`: the second came while the
/// first was out.
async fn serve_two(slave: &mut Slave<'_>, turnaround: Option<Duration>) -> Result<bool, Halt> {
    let asked = slave.hear(5).await?;
    let second = read_pdu(AFTERWARDS);
    if asked.adu.pdu == second {
        slave.reply(&asked, &value_pdu(VALUE)).await?;
        return Ok(true);
    }
    let silent = match turnaround {
        Some(turnaround) => {
            let silent = slave.is_silent_for(turnaround).await;
            slave.reply(&asked, &value_pdu(0x1111)).await?;
            silent
        }
        None => slave.is_silent_for(Duration::from_millis(60)).await,
    };
    let answered = slave.now();
    let after = slave.asked(UNIT, &second).await?;
    slave.reply(&after, &value_pdu(VALUE)).await?;
    let serial = slave.framing != Framing::Tcp;
    // What came while we were sending is read at once, all of it, when we have sent.
    let overlaps = turnaround.is_some() && after.ended <= answered && slave.is_line();
    Ok(!serial || silent && !overlaps)
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
