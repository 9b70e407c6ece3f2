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
    super::ALL,
    functions::{Function, NAMES},
    work::{AFTERWARDS, Slave, TIMEOUT, UNIT, no_row, pdu, read, read_pdu, value, wrong_reply},
};

/// A reply that does not answer the request of a function's example.
pub(super) struct Wrong {
    pub(super) name: &'static str,
    function: &'static str,
    reply: fn() -> Vec<u8>,
}

macro_rules! wrong {
    ($rows:ident $names:ident; $($name:literal of $function:literal: $reply:expr;)*) => {
        static $rows: &[Wrong] = &[$(Wrong { name: $name, function: $function, reply: || $reply }),*];
        const $names: &[&str] = &[$($name),*];
    };
}

wrong! {
    COUNTS COUNT_NAMES;

    "coils-one-byte-less" of "read-coils": pdu("01 02 cd 6b");
    "coils-one-byte-more" of "read-coils": pdu("01 04 cd 6b 05 00");
    "coils-none" of "read-coils": pdu("01 00");
    "coils-says-more" of "read-coils": pdu("01 04 cd 6b 05");
    "coils-says-less" of "read-coils": pdu("01 02 cd 6b 05");
    "coils-says-255" of "read-coils": pdu("01 ff cd 6b 05");
    "inputs-one-byte-less" of "read-discrete-inputs": pdu("02 02 ac db");
    "inputs-one-byte-more" of "read-discrete-inputs": pdu("02 04 ac db 35 00");
    "inputs-none" of "read-discrete-inputs": pdu("02 00");
    "inputs-says-less" of "read-discrete-inputs": pdu("02 02 ac db 35");
    "holding-one-less" of "read-holding-registers": pdu("03 04 022b 0000");
    "holding-one-more" of "read-holding-registers": pdu("03 08 022b 0000 0064 0001");
    "holding-odd" of "read-holding-registers": pdu("03 05 022b 0000 00");
    "holding-odd-more" of "read-holding-registers": pdu("03 07 022b 0000 0064 00");
    "holding-none" of "read-holding-registers": pdu("03 00");
    "holding-says-more" of "read-holding-registers": pdu("03 08 022b 0000 0064");
    "holding-says-less" of "read-holding-registers": pdu("03 04 022b 0000 0064");
    "holding-counts-registers" of "read-holding-registers": pdu("03 03 022b 0000 0064");
    "holding-longest" of "read-holding-registers": [pdu("03 fa"), vec![0; 250]].concat();
    "input-registers-one-more" of "read-input-registers": pdu("04 04 000a 0000");
    "input-registers-half" of "read-input-registers": pdu("04 01 00");
    "input-registers-none" of "read-input-registers": pdu("04 00");
    "input-registers-says-less" of "read-input-registers": pdu("04 00 000a");
    "read-write-one-less" of "read-write-multiple-registers": pdu("17 0a 00fe 0acd 0001 0003 000d");
    "read-write-one-more" of "read-write-multiple-registers":
        pdu("17 0e 00fe 0acd 0001 0003 000d 00ff 0000");
    "read-write-odd" of "read-write-multiple-registers": pdu("17 0b 00fe 0acd 0001 0003 000d 00");
    "read-write-echo" of "read-write-multiple-registers": pdu("17 06 00ff 00ff 00ff");
    "log-says-more" of "get-comm-event-log": pdu("0c 09 0000 0108 0121 20 00");
    "log-says-less" of "get-comm-event-log": pdu("0c 07 0000 0108 0121 20 00");
    "log-of-five-bytes" of "get-comm-event-log": pdu("0c 05 0000 0108 01");
    "log-of-65-events" of "get-comm-event-log": [pdu("0c 47 0000 0108 0121"), vec![0x20; 65]].concat();
    "server-id-says-more" of "report-server-id": pdu("11 07 4c53 ff 313233");
    "server-id-says-less" of "report-server-id": pdu("11 05 4c53 ff 313233");
}

wrong! {
    ECHOES ECHO_NAMES;

    "coil-address" of "write-single-coil": pdu("05 00ad ff00");
    "coil-address-high" of "write-single-coil": pdu("05 01ac ff00");
    "coil-off" of "write-single-coil": pdu("05 00ac 0000");
    "coil-value" of "write-single-coil": pdu("05 00ac 00ff");
    "coil-on" of "write-single-coil-off": pdu("05 1234 ff00");
    "register-address" of "write-single-register": pdu("06 0002 0003");
    "register-address-swapped" of "write-single-register": pdu("06 0100 0003");
    "register-value" of "write-single-register": pdu("06 0001 0002");
    "register-value-high" of "write-single-register": pdu("06 0001 8003");
    "coils-address" of "write-multiple-coils": pdu("0f 0014 000a");
    "coils-count" of "write-multiple-coils": pdu("0f 0013 0009");
    "coils-count-none" of "write-multiple-coils": pdu("0f 0013 0000");
    "coils-byte-count" of "write-multiple-coils": pdu("0f 0013 0002");
    "registers-address" of "write-multiple-registers": pdu("10 0000 0002");
    "registers-count" of "write-multiple-registers": pdu("10 0001 0001");
    "registers-count-more" of "write-multiple-registers": pdu("10 0001 0003");
    "registers-byte-count" of "write-multiple-registers": pdu("10 0001 0004");
    "mask-address" of "mask-write-register": pdu("16 0005 00f2 0025");
    "mask-and" of "mask-write-register": pdu("16 0004 00f3 0025");
    "mask-or" of "mask-write-register": pdu("16 0004 00f2 0024");
    "mask-swapped" of "mask-write-register": pdu("16 0004 0025 00f2");
    "file-type" of "write-file-record": pdu("15 0d 07 0004 0007 0003 06af 04be 100d");
    "file-number" of "write-file-record": pdu("15 0d 06 0005 0007 0003 06af 04be 100d");
    "file-record" of "write-file-record": pdu("15 0d 06 0004 0008 0003 06af 04be 100d");
    "file-length" of "write-file-record": pdu("15 0d 06 0004 0007 0002 06af 04be 100d");
    "file-data" of "write-file-record": pdu("15 0d 06 0004 0007 0003 06af 04be 100e");
    "loopback-data" of "return-query-data": pdu("08 0000 a538");
    "loopback-sub-function" of "return-query-data": pdu("08 0001 a537");
    "long-loopback-data" of "return-long-query-data": pdu("08 0000 010203040507");
    "restart-data" of "restart-communications": pdu("08 0001 0000");
    "register-sub-function" of "return-diagnostic-register": pdu("08 0003 2a5c");
    "counter-sub-function" of "return-bus-message-count": pdu("08 000c 0121");
    "clear-sub-function" of "clear-counters": pdu("08 000b 0000");
    "identification-code" of "read-device-identification":
        pdu("2b 0e 02 01 00 00 03 00 02 4c69 01 01 50 02 02 5631");
    "identification-mei" of "read-device-identification":
        pdu("2b 0d 01 01 00 00 03 00 02 4c69 01 01 50 02 02 5631");
}

wrong! {
    SHAPES SHAPE_NAMES;

    "fifo-count-more" of "read-fifo-queue": pdu("18 0006 0003 01b8 1284");
    "fifo-count-less" of "read-fifo-queue": pdu("18 0006 0001 01b8 1284");
    "fifo-count-none" of "read-fifo-queue": pdu("18 0006 0000 01b8 1284");
    "fifo-byte-count-odd" of "read-fifo-queue": pdu("18 0005 0002 01b8 12");
    "fifo-32-registers" of "read-fifo-queue": [pdu("18 0042 0020"), vec![1; 64]].concat();
    "fifo-124-registers" of "read-fifo-queue": [pdu("18 00fa 007c"), vec![1; 248]].concat();
    "file-group-shorter" of "read-file-record": pdu("14 0a 03 06 0dfe 05 06 33cd 0040");
    "file-group-longer" of "read-file-record": pdu("14 0e 07 06 0dfe 0020 0000 05 06 33cd 0040");
    "file-one-group" of "read-file-record": pdu("14 06 05 06 0dfe 0020");
    "file-three-groups" of "read-file-record":
        pdu("14 12 05 06 0dfe 0020 05 06 33cd 0040 05 06 0000 0000");
    "file-lengths-swapped" of "read-file-record": pdu("14 0c 03 06 0dfe 07 06 0020 33cd 0040");
    "file-no-group" of "read-file-record": pdu("14 00");
    "file-group-beyond" of "read-file-record": pdu("14 0c 05 06 0dfe 0020 09 06 33cd 0040");
    "file-group-without-type" of "read-file-record": pdu("14 0c 05 06 0dfe 0020 00 06 33cd 0040");
    "file-first-type" of "read-file-record": pdu("14 0c 05 05 0dfe 0020 05 06 33cd 0040");
    "file-second-type" of "read-file-record": pdu("14 0c 05 06 0dfe 0020 05 07 33cd 0040");
    "identification-level-0" of "read-device-identification":
        pdu("2b 0e 01 00 00 00 03 00 02 4c69 01 01 50 02 02 5631");
    "identification-level-4" of "read-device-identification":
        pdu("2b 0e 01 04 00 00 03 00 02 4c69 01 01 50 02 02 5631");
    "identification-level-80" of "read-device-identification":
        pdu("2b 0e 01 80 00 00 03 00 02 4c69 01 01 50 02 02 5631");
    "identification-more-01" of "read-device-identification":
        pdu("2b 0e 01 01 01 02 03 00 02 4c69 01 01 50 02 02 5631");
    "identification-one-object-missing" of "read-device-identification":
        pdu("2b 0e 01 01 00 00 03 00 02 4c69 01 01 50");
    "identification-object-cut" of "read-device-identification":
        pdu("2b 0e 01 01 00 00 03 00 02 4c69 01 01 50 02 03 5631");
    "identification-object-beyond" of "read-device-identification":
        pdu("2b 0e 01 01 00 00 01 00 ff 4c69");
    "identification-bytes-behind" of "read-device-identification":
        pdu("2b 0e 01 01 00 00 02 00 02 4c69 01 01 50 02 02 5631");
    "identification-255-objects" of "read-device-identification":
        pdu("2b 0e 01 01 00 00 ff 00 02 4c69 01 01 50 02 02 5631");
    "one-object-another" of "read-one-object": pdu("2b 0e 04 83 00 00 01 01 01 50");
    "one-object-two" of "read-one-object": pdu("2b 0e 04 83 00 00 02 02 02 5631 03 01 50");
    "one-object-none" of "read-one-object": pdu("2b 0e 04 83 00 00 00");
}

/// Codes of the specification, that of the negative acknowledge, and others.
const CODES: &[&str] = &[
    "01", "02", "03", "04", "05", "06", "07", "08", "0a", "0b", "00", "09", "0c", "7f", "80", "ff",
];

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.reply.byte-count",
        title: "a reply with another byte count than the request asks for is not taken",
        refs: ["Serial line 2.4.1", "Application protocol 6", "M10"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: (COUNT_NAMES),
        killed_by: ["modbus.client.ignores-byte-count"],
        => |cx| { not_taken(cx, COUNTS).await? }
    },
    case! {
        id: "modbus.client.reply.echo",
        title: "a reply that does not repeat what the function repeats is not taken",
        refs: ["Serial line 2.4.1", "Application protocol 6", "M11"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: (ECHO_NAMES),
        killed_by: ["modbus.client.ignores-echo"],
        => |cx| { not_taken(cx, ECHOES).await? }
    },
    case! {
        id: "modbus.client.reply.shape",
        title: "a reply whose counts and contents contradict each other is not taken",
        refs: ["Application protocol 6.14", "Application protocol 6.18", "Application protocol 6.21", "P32",
            "P33", "P63", "P65", "P66"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: (SHAPE_NAMES),
        killed_by: ["modbus.client.ignores-fifo-count", "modbus.client.ignores-group-length",
            "modbus.client.ignores-reference-type", "modbus.client.ignores-conformity",
            "modbus.client.ignores-more-follows", "modbus.client.ignores-object-count",
            "modbus.client.ignores-object-id"],
        => |cx| { not_taken(cx, SHAPES).await? }
    },
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
        params: (NAMES_BUT_RAW),
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
        params: ["bits", "words", "fifo", "fifo-empty", "raw"],
        killed_by: ["modbus.client.misses-replies", "modbus.client.has-room-for-200"],
        => |cx| { longest(cx).await? }
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

const NAMES_BUT_RAW: &[&str] = NAMES_OF_SHAPES;

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

/// A row of a table is not taken.
async fn not_taken(cx: &Context, rows: &[Wrong]) -> Result<(), Halt> {
    let row = rows.iter().find(|row| row.name == cx.param());
    let row = row.ok_or_else(|| no_row(cx.param()))?;
    let function = Function::named(row.function)?;
    replied(cx, "not-taken", function, &(row.reply)()).await
}

/// This reply to a function's example is not taken, and the next call is answered.
async fn replied(cx: &Context, name: &str, function: &Function, reply: &[u8]) -> Result<(), Halt> {
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
        "fifo-empty" => (
            Request::ReadFifoQueue { address: 1 },
            pdu("18 0001"),
            pdu("18 0002 0000"),
            Answer::Words(vec![]),
        ),
        _ => (
            Request::Pdu { pdu: vec![0x41] },
            vec![0x41],
            [vec![0x41], vec![0x5a; 252]].concat(),
            Answer::Bytes([vec![0x41], vec![0x5a; 252]].concat()),
        ),
    };
    let mut slave = Slave::start(cx, vec![request.to(UNIT, TIMEOUT), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &asks).await?;
    slave.reply(&asked, &reply).await?;
    slave.afterwards().await?;
    slave.says("reply", &[wanted, value()]).await
}
