//! What is asked of everybody at once (Serial line 2.1, 2.4.1).

use core::time::Duration;

use crate::{
    Case, case,
    script::modbus::{Answer, Call},
};

use super::{
    super::SERIAL,
    functions::Function,
    work::{AFTERWARDS, SLACK, Slave, UNIT, judge_time, read, value, value_pdu},
};

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
        id: "modbus.client.broadcast.not-waited",
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
        id: "modbus.client.broadcast.turnaround",
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
            judge_time(cx, after.began.since(asked.ended), Duration::from_millis(ms));
            slave.says("reported", &[Answer::Done, value()]).await?;
        }
    },
    case! {
        id: "modbus.client.broadcast.reply",
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
];
