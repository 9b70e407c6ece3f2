//! What a client makes of replies that are whole frames of the right unit: "When a reply is received, the
//! Master checks the reply before starting the data processing" (Serial line 2.4.1).

use core::time::Duration;

use crate::{
    Case, Context, Halt, case,
    script::{
        Step,
        modbus::{Answer, Request},
    },
};

use super::{
    super::{ALL, FRAMED},
    functions::{Function, NAMES},
    work::{AFTERWARDS, Slave, TIMEOUT, UNIT, pdu, read, read_pdu, value, wrong_reply},
};

/// Codes of the specification, that of the negative acknowledge, and others.
const CODES: &[&str] = &[
    "01", "02", "03", "04", "05", "06", "07", "08", "0a", "0b", "00", "09", "0c", "7f", "80", "ff",
];

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.reply.truncated",
        title: "a reply that ends too early is not taken, wherever it ends",
        refs: ["Serial line 2.4.1", "Application protocol 6", "M05", "F19"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: (NAMES_OF_SHAPES),
        killed_by: ["modbus.client.accepts-short-replies"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let whole = function.reply_pdu();
            for length in 1..whole.len() {
                let part = whole.get(..length).unwrap_or_default();
                let name = format!("{length}-of-{}", whole.len());
                replied(cx, &name, function, part).await?;
            }
        }
    },
    case! {
        id: "modbus.client.reply.overlong",
        title: "a reply with bytes behind its end is not taken",
        refs: ["Serial line 2.4.1", "Application protocol 6", "M10"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: (NAMES_OF_SHAPES),
        killed_by: ["modbus.client.accepts-long-replies"],
        => |cx| {
            let function = Function::named(cx.param())?;
            for more in 1..=3 {
                let overlong = [function.reply_pdu(), vec![0; more]].concat();
                replied(cx, &format!("{more}-more"), function, &overlong).await?;
            }
        }
    },
    case! {
        id: "modbus.client.reply.other-function",
        title: "the reply of another function is not taken",
        refs: ["Application protocol 4.1", "Application protocol 7", "M09"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: (NAMES_OF_SHAPES),
        killed_by: ["modbus.client.ignores-function"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let mut reply = function.reply_pdu();
            let own = reply.first().copied().unwrap_or_default();
            // A neighbour of the same shape, and a function that nobody knows.
            for other in [neighbour(own), 0x64] {
                if let Some(first) = reply.first_mut() {
                    *first = other;
                }
                replied(cx, &format!("{other:02x}"), function, &reply).await?;
            }
        }
    },
    case! {
        id: "modbus.client.reply.exception",
        title: "an exception of the function that was asked is reported with its code",
        refs: ["Application protocol 7", "M13", "P07"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: (NAMES),
        killed_by: ["modbus.client.misses-replies"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let own = function.request_pdu().first().copied().unwrap_or_default();
            excepted(cx, function, own | 0x80, 0x04).await?;
        }
    },
    case! {
        id: "modbus.client.reply.exception-code",
        title: "every exception code is reported, also one that is not in the specification",
        refs: ["Application protocol 7", "M13", "P70", "T13"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: (CODES),
        killed_by: ["modbus.client.hides-unknown-exceptions", "modbus.client.miscounts-exceptions"],
        => |cx| {
            let code = u8::from_str_radix(cx.param(), 16).unwrap_or_default();
            excepted(cx, Function::named("read-holding-registers")?, 0x83, code).await?;
        }
    },
    case! {
        id: "modbus.client.reply.exception-of-another",
        title: "an exception of another function is not taken",
        refs: ["Application protocol 7", "M12"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: (NAMES),
        killed_by: ["modbus.client.accepts-any-exception"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let own = function.request_pdu().first().copied().unwrap_or_default();
            let other = neighbour(own) | 0x80;
            replied(cx, "not-taken", function, &[other, 0x02]).await?;
        }
    },
    case! {
        id: "modbus.client.reply.exception-length",
        title: "an exception has one byte of code: none, or two, are no exception",
        refs: ["Application protocol 7", "M12", "P07"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: ["empty", "two-bytes"],
        killed_by: ["modbus.client.accepts-empty-exceptions", "modbus.client.accepts-long-exceptions"],
        => |cx| {
            let function = Function::named("read-holding-registers")?;
            let reply: &[u8] = if cx.param() == "empty" { &[0x83] } else { &[0x83, 2, 0] };
            let call = function.call();
            let asks = function.request_pdu();
            wrong_reply(cx, "not-taken", call, &asks, async |slave, asked| {
                slave.reply(asked, reply).await
            })
            .await?;
        }
    },
    case! {
        id: "modbus.client.reply.no-pdu",
        title: "a frame without a function code answers nothing",
        refs: ["Serial line 2.5.1", "F09"],
        level: Must,
        side: Client,
        carriers: (super::super::SERIAL),
        killed_by: ["modbus.client.takes-empty-frames"],
        => |cx| {
            let function = Function::named("write-single-coil")?;
            replied(cx, "not-taken", function, b"").await?;
        }
    },
    case! {
        id: "modbus.client.reply.bits",
        title: "the first coil is in the lowest bit of the first byte",
        refs: ["Application protocol 6.1", "P13"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["read-coils", "read-discrete-inputs"],
        killed_by: ["modbus.client.reads-high-bit-first"],
        => |cx| { understood(cx, Function::named(cx.param())?).await? }
    },
    case! {
        id: "modbus.client.reply.words",
        title: "the words of a reply come high byte first",
        refs: ["Application protocol 4.2", "P72"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["read-holding-registers", "read-input-registers", "get-comm-event-counter",
            "read-file-record", "read-write-multiple-registers", "read-fifo-queue"],
        killed_by: ["modbus.client.swaps-bytes"],
        => |cx| { understood(cx, Function::named(cx.param())?).await? }
    },
    case! {
        id: "modbus.client.reply.unused-bits",
        title: "unused bits of the last byte mean nothing",
        refs: ["Application protocol 6.1"],
        level: May,
        side: Client,
        carriers: (ALL),
        killed_by: ["modbus.client.minds-unused-bits"],
        => |cx| {
            let request = Request::ReadCoils { address: 0, count: 3 };
            let mut slave = Slave::start(cx, vec![request.to(UNIT, TIMEOUT)]).await?;
            let asked = slave.asked(UNIT, &pdu("01 0000 0003")).await?;
            slave.reply(&asked, &pdu("01 01 fd")).await?;
            slave.says("bits", &[Answer::Bits(vec![true, false, true])]).await?;
        }
    },
    case! {
        id: "modbus.client.reply.longest",
        title: "the longest replies are understood",
        refs: ["Application protocol 4.1", "F08", "A07", "P10", "P15", "P32"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["bits", "words", "fifo", "fifo-empty"],
        killed_by: ["modbus.client.misses-replies", "modbus.client.has-room-for-200"],
        => |cx| { longest(cx).await? }
    },
    case! {
        id: "modbus.client.reply.user-defined",
        title: "the reply of a function that is not public is taken as it stands, wherever the framing ends it",
        refs: ["Application protocol 5", "F08", "A07"],
        level: Must,
        side: Client,
        carriers: (FRAMED),
        params: ["2", "4", "252", "253"],
        killed_by: ["modbus.client.misses-replies", "modbus.client.has-room-for-200"],
        => |cx| {
            let length = cx.param().parse().unwrap_or(2);
            let reply = [vec![0x41], vec![0x5a; length - 1]].concat();
            let request = Request::Pdu { pdu: vec![0x41, 1, 2] };
            let mut slave = Slave::start(cx, vec![request.to(UNIT, TIMEOUT), read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &[0x41, 1, 2]).await?;
            slave.reply(&asked, &reply).await?;
            slave.afterwards().await?;
            slave.says("reply", &[Answer::Bytes(reply), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.reply.twice",
        title: "a reply that comes twice answers one request",
        refs: ["Serial line 2.4.1", "M04", "F20", "T04"],
        level: Must,
        side: Client,
        carriers: (ALL),
        killed_by: ["modbus.client.keeps-late-replies", "modbus.client.tcp-ignores-transaction"],
        => |cx| {
            let script = vec![Step::call(read(1)), Step::Wait(200), Step::call(read(AFTERWARDS))];
            let mut slave = Slave::follow(cx, script).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            slave.reply(&asked, &pdu("03 02 1111")).await?;
            cx.clock().sleep(Duration::from_millis(50)).await;
            slave.reply(&asked, &pdu("03 02 1111")).await?;
            slave.afterwards().await?;
            slave.says("each-its-own", &[Answer::Words(vec![0x1111]), value()]).await?;
        }
    },
];

/// Of functions whose replies have a shape.
const NAMES_OF_SHAPES: &[&str] = &[
    "read-coils",
    "read-discrete-inputs",
    "read-holding-registers",
    "read-input-registers",
    "write-single-coil",
    "write-single-register",
    "read-exception-status",
    "return-query-data",
    "return-diagnostic-register",
    "get-comm-event-counter",
    "get-comm-event-log",
    "write-multiple-coils",
    "write-multiple-registers",
    "report-server-id",
    "read-file-record",
    "write-file-record",
    "mask-write-register",
    "read-write-multiple-registers",
    "read-fifo-queue",
    "read-device-identification",
    "read-one-object",
];

/// A function whose replies look alike.
const fn neighbour(function: u8) -> u8 {
    match function {
        1 => 2,
        2 => 1,
        3 => 4,
        4 => 3,
        5 => 6,
        6 => 5,
        0x0f => 0x10,
        0x10 => 0x0f,
        0x17 => 3,
        _ => 6,
    }
}

/// This reply to a function's example is not taken, and the next call is answered.
pub(super) async fn replied(
    cx: &Context,
    name: &str,
    function: &Function,
    reply: &[u8],
) -> Result<(), Halt> {
    let (call, asks) = (function.call(), function.request_pdu());
    wrong_reply(cx, name, call, &asks, async |slave, asked| {
        slave.reply(asked, reply).await
    })
    .await
}

async fn excepted(cx: &Context, function: &Function, with: u8, code: u8) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![function.call(), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &function.request_pdu()).await?;
    slave.reply(&asked, &[with, code]).await?;
    slave.afterwards().await?;
    let wanted = [Answer::Exception(code), value()];
    slave.says("exception", &wanted).await
}

async fn understood(cx: &Context, function: &Function) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![function.call()]).await?;
    let asked = slave.asked(UNIT, &function.request_pdu()).await?;
    slave.reply(&asked, &function.reply_pdu()).await?;
    let wanted: Vec<Answer> = function.answer().into_iter().collect();
    slave.says("reply", &wanted).await
}

async fn longest(cx: &Context) -> Result<(), Halt> {
    let (request, asks, reply, wanted) = match cx.param() {
        "bits" => (
            Request::ReadCoils {
                address: 0,
                count: 2000,
            },
            pdu("01 0000 07d0"),
            [pdu("01 fa"), vec![0x55; 250]].concat(),
            Answer::Bits([true, false].repeat(1000)),
        ),
        "words" => (
            Request::ReadHoldingRegisters {
                address: 0,
                count: 125,
            },
            pdu("03 0000 007d"),
            [pdu("03 fa"), [0x12, 0x34].repeat(125)].concat(),
            Answer::Words(vec![0x1234; 125]),
        ),
        "fifo" => (
            Request::ReadFifoQueue { address: 1 },
            pdu("18 0001"),
            [pdu("18 0040 001f"), [0x12, 0x34].repeat(31)].concat(),
            Answer::Words(vec![0x1234; 31]),
        ),
        _ => (
            Request::ReadFifoQueue { address: 1 },
            pdu("18 0001"),
            pdu("18 0002 0000"),
            Answer::Words(vec![]),
        ),
    };
    let mut slave = Slave::start(cx, vec![request.to(UNIT, TIMEOUT), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &asks).await?;
    slave.reply(&asked, &reply).await?;
    slave.afterwards().await?;
    slave.says("reply", &[wanted, value()]).await
}
