//! How often a master asks again (Serial line 2.4.1).

use crate::{
    Case, case,
    script::modbus::{Answer, Call, Failure},
};

use super::{
    super::{ALL, SERIAL},
    functions::Function,
    noise::damaged,
    work::{AFTERWARDS, Slave, UNIT, read, read_pdu, value, value_pdu},
};

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.retry.count",
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
        id: "modbus.client.retry.answered",
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
        id: "modbus.client.retry.damaged",
        title: "a damaged reply may be followed by a retry, whose reply is taken",
        refs: ["Serial line 2.4.1", "M03"],
        level: Should,
        side: Client,
        carriers: (SERIAL),
        killed_by: ["modbus.client.never-retries"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1).retries(1), read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            let damaged = damaged(slave.frame(&asked, &value_pdu(0x1111)));
            slave.send(&damaged).await?;
            let again = slave.asked(UNIT, &read_pdu(1)).await?;
            slave.reply(&again, &value_pdu(0x2222)).await?;
            slave.afterwards().await?;
            slave.says("reported", &[Answer::Words(vec![0x2222]), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.retry.by-itself",
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
];
