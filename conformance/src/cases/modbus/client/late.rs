//! Replies that come late, and calls that are given up: neither may spoil the next call.

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
    super::{ALL, LINES},
    functions::Function,
    rtu::on_a_real_line,
    work::{AFTERWARDS, Slave, TIME, UNIT, VALUE, pdu, read, read_pdu, shown, value, value_pdu},
};

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.late.in-time",
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
        id: "modbus.client.late.in-the-pause",
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
        id: "modbus.client.late.sweep",
        title: "a late reply that begins before the next request has ended does not answer that",
        refs: ["Serial line 2.4.1", "Serial line 2.5.1.1", "M04", "F01"],
        level: Must,
        side: Client,
        carriers: (LINES),
        killed_by: ["modbus.client.keeps-late-replies"],
        => |cx| { late_sweep(cx).await? }
    },
    case! {
        id: "modbus.client.late.cancelled",
        title: "a call that is given up at any time does not spoil the next one",
        refs: ["Serial line 2.4.1", "M17", "M01", "M04"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["answered-at-once", "answered-later", "never-answered"],
        killed_by: ["modbus.client.forgets-what-was-cancelled", "modbus.client.stops-when-cancelled"],
        => |cx| { cancelled(cx).await? }
    },
];

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
        on_a_real_line(&mut slave)?;
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
