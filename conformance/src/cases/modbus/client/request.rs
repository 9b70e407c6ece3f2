//! What a client sends.

use crate::{
    Case, case,
    script::modbus::{Answer, Call, Failure, FileRead, FileWrite, Request},
};

use super::{
    super::{ALL, SERIAL},
    functions::{Function, NAMES},
    work::{AFTERWARDS, Slave, TIMEOUT, UNIT, no_row, pdu, read, shown, value},
};

/// A request of the greatest or the smallest legal size.
struct Extreme {
    name: &'static str,
    request: fn() -> Request,
    asks: fn() -> Vec<u8>,
}

/// A request that breaks a limit, and must not be sent.
struct Illegal {
    name: &'static str,
    request: fn() -> Request,
}

macro_rules! table {
    ($row:ident $rows:ident $names:ident; $($name:literal: $request:expr $(, asks $asks:expr)?;)*) => {
        static $rows: &[$row] = &[$($row { name: $name, request: || $request $(, asks: || $asks)? }),*];
        const $names: &[&str] = &[$($name),*];
    };
}

table! {
    Extreme EXTREMES EXTREME_NAMES;

    "read-coils-1": Request::ReadCoils { address: 0, count: 1 }, asks pdu("01 0000 0001");
    "read-coils-2000": Request::ReadCoils { address: 63535, count: 2000 }, asks pdu("01 f82f 07d0");
    "read-discrete-inputs-2000": Request::ReadDiscreteInputs { address: 1, count: 2000 },
        asks pdu("02 0001 07d0");
    "read-holding-registers-125": Request::ReadHoldingRegisters { address: 65411, count: 125 },
        asks pdu("03 ff83 007d");
    "read-input-registers-125": Request::ReadInputRegisters { address: 0, count: 125 },
        asks pdu("04 0000 007d");
    "write-coil-65535": Request::WriteSingleCoil { address: 65535, on: true }, asks pdu("05 ffff ff00");
    "write-register-65535": Request::WriteSingleRegister { address: 65535, value: 65535 },
        asks pdu("06 ffff ffff");
    "write-coils-1": Request::WriteMultipleCoils { address: 0, bits: "1".to_owned() },
        asks pdu("0f 0000 0001 01 01");
    "write-coils-8": Request::WriteMultipleCoils { address: 9, bits: "10000000".to_owned() },
        asks pdu("0f 0009 0008 01 01");
    "write-coils-9": Request::WriteMultipleCoils { address: 9, bits: "010000001".to_owned() },
        asks pdu("0f 0009 0009 02 02 01");
    "write-coils-1968": Request::WriteMultipleCoils { address: 0, bits: "1000".repeat(492) },
        asks [pdu("0f 0000 07b0 f6"), vec![0x11; 246]].concat();
    "write-registers-1": Request::WriteMultipleRegisters { address: 0, words: vec![0x0102] },
        asks pdu("10 0000 0001 02 0102");
    "write-registers-123": Request::WriteMultipleRegisters { address: 2, words: vec![0x0506; 123] },
        asks [pdu("10 0002 007b f6"), [5, 6].repeat(123)].concat();
    "read-125-write-121": Request::ReadWriteMultipleRegisters {
            address: 1, count: 125, write_address: 2, words: vec![0x0708; 121],
        },
        asks [pdu("17 0001 007d 0002 0079 f2"), [7, 8].repeat(121)].concat();
    "loopback-longest": Request::Diagnostics { sub: 0, data: vec![0xee; 250] },
        asks [pdu("08 0000"), vec![0xee; 250]].concat();
    "read-file-10000th": Request::ReadFileRecord { records: vec![
            FileRead { file: 65535, record: 9999, count: 1 },
        ] },
        asks pdu("14 07 06 ffff 270f 0001");
    "read-file-35-groups": Request::ReadFileRecord { records: vec![
            FileRead { file: 1, record: 2, count: 1 }; 35
        ] },
        asks [pdu("14 f5"), pdu("06 0001 0002 0001").repeat(35)].concat();
    "write-file-longest": Request::WriteFileRecord { records: vec![
            FileWrite { file: 4, record: 0, words: vec![0x0a0b; 122] },
        ] },
        asks [pdu("15 fb 06 0004 0000 007a"), [10, 11].repeat(122)].concat();
    "extended-identification": Request::ReadDeviceIdentification { code: 3, object: 0x80 },
        asks pdu("2b 0e 03 80");
    "change-ascii-delimiter": Request::Diagnostics { sub: 3, data: vec![0x24, 0] }, asks pdu("08 0003 2400");
    "canopen": Request::Pdu { pdu: pdu("2b 0d 01 02 03") }, asks pdu("2b 0d 01 02 03");
    "longest": Request::Pdu { pdu: [vec![0x42], vec![0x5a; 252]].concat() },
        asks [vec![0x42], vec![0x5a; 252]].concat();
}

table! {
    Illegal ILLEGALS ILLEGAL_NAMES;

    "read-coils-0": Request::ReadCoils { address: 0, count: 0 };
    "read-coils-2001": Request::ReadCoils { address: 0, count: 2001 };
    "read-coils-65535": Request::ReadCoils { address: 0, count: 65535 };
    "read-discrete-inputs-0": Request::ReadDiscreteInputs { address: 0, count: 0 };
    "read-discrete-inputs-2001": Request::ReadDiscreteInputs { address: 0, count: 2001 };
    "read-holding-registers-0": Request::ReadHoldingRegisters { address: 0, count: 0 };
    "read-holding-registers-126": Request::ReadHoldingRegisters { address: 0, count: 126 };
    "read-holding-registers-65535": Request::ReadHoldingRegisters { address: 0, count: 65535 };
    "read-input-registers-0": Request::ReadInputRegisters { address: 0, count: 0 };
    "read-input-registers-126": Request::ReadInputRegisters { address: 0, count: 126 };
    "write-coils-0": Request::WriteMultipleCoils { address: 0, bits: String::new() };
    "write-coils-1969": Request::WriteMultipleCoils { address: 0, bits: "0".repeat(1969) };
    "write-registers-0": Request::WriteMultipleRegisters { address: 0, words: vec![] };
    "write-registers-124": Request::WriteMultipleRegisters { address: 0, words: vec![0; 124] };
    "read-0-write-1": Request::ReadWriteMultipleRegisters {
        address: 0, count: 0, write_address: 0, words: vec![0],
    };
    "read-126-write-1": Request::ReadWriteMultipleRegisters {
        address: 0, count: 126, write_address: 0, words: vec![0],
    };
    "read-1-write-0": Request::ReadWriteMultipleRegisters {
        address: 0, count: 1, write_address: 0, words: vec![],
    };
    "read-1-write-122": Request::ReadWriteMultipleRegisters {
        address: 0, count: 1, write_address: 0, words: vec![0; 122],
    };
    "read-file-no-group": Request::ReadFileRecord { records: vec![] };
    "read-file-36-groups": Request::ReadFileRecord { records: vec![
        FileRead { file: 1, record: 0, count: 1 }; 36
    ] };
    "read-file-reply-too-long": Request::ReadFileRecord { records: vec![
        FileRead { file: 1, record: 0, count: 125 },
    ] };
    "read-file-0": Request::ReadFileRecord { records: vec![FileRead { file: 0, record: 0, count: 1 }] };
    "read-file-record-10000": Request::ReadFileRecord { records: vec![
        FileRead { file: 1, record: 10000, count: 1 },
    ] };
    "write-file-no-group": Request::WriteFileRecord { records: vec![] };
    "write-file-too-long": Request::WriteFileRecord { records: vec![
        FileWrite { file: 1, record: 0, words: vec![0; 123] },
    ] };
    "write-file-record-10000": Request::WriteFileRecord { records: vec![
        FileWrite { file: 1, record: 10000, words: vec![0] },
    ] };
    "identification-code-0": Request::ReadDeviceIdentification { code: 0, object: 0 };
    "identification-code-5": Request::ReadDeviceIdentification { code: 5, object: 0 };
}

/// Requests that are longer than any frame, or have no function.
const NO_PDU: &[&str] = &["empty", "254-bytes", "300-bytes", "loopback-251"];

/// Functions that a broadcast cannot have: each is answered with data.
const READS: &[&str] = &[
    "read-coils",
    "read-discrete-inputs",
    "read-holding-registers",
    "read-input-registers",
    "read-exception-status",
    "get-comm-event-counter",
    "get-comm-event-log",
    "report-server-id",
    "read-file-record",
    "read-fifo-queue",
    "read-device-identification",
];

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.request.bytes",
        title: "a request has the bytes of its function's example, and the reply is understood",
        refs: ["Application protocol 6", "P13", "P15", "P72", "M16"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: (NAMES),
        killed_by: ["modbus.client.pads-requests", "modbus.client.misses-replies"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let mut slave = Slave::start(cx, vec![function.call()]).await?;
            let asked = slave.hear(function.request_pdu().len()).await?;
            cx.check("unit").same(&asked.adu.unit, &UNIT);
            cx.check("bytes").equal(&asked.adu.pdu, &function.request_pdu());
            slave.reply(&asked, &function.reply_pdu()).await?;
            let said: Vec<Answer> = function.answer().into_iter().collect();
            slave.says("reply", &said).await?;
        }
    },
    case! {
        id: "modbus.client.request.words",
        title: "the words of a request are sent high byte first",
        refs: ["Application protocol 4.2", "P72"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["read-coils", "write-single-register", "write-multiple-registers", "mask-write-register",
            "read-write-multiple-registers", "read-fifo-queue", "read-file-record", "write-file-record"],
        killed_by: ["modbus.client.little-endian"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let mut slave = Slave::start(cx, vec![function.call()]).await?;
            let asked = slave.hear(function.request_pdu().len()).await?;
            cx.check("bytes").equal(&asked.adu.pdu, &function.request_pdu());
        }
    },
    case! {
        id: "modbus.client.request.coils",
        title: "coils are written as FF00 and 0000, and packed from the lowest bit",
        refs: ["Application protocol 6.5", "Application protocol 6.11", "P20", "P23"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["write-single-coil", "write-multiple-coils"],
        killed_by: ["modbus.client.coil-on-is-one", "modbus.client.packs-high-bit-first"],
        => |cx| {
            let function = Function::named(cx.param())?;
            let mut slave = Slave::start(cx, vec![function.call()]).await?;
            let asked = slave.hear(function.request_pdu().len()).await?;
            cx.check("bytes").equal(&asked.adu.pdu, &function.request_pdu());
        }
    },
    case! {
        id: "modbus.client.request.extreme",
        title: "the greatest and the smallest legal request are sent as they are",
        refs: ["Application protocol 6", "M14", "F08", "A07"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: (EXTREME_NAMES),
        killed_by: ["modbus.client.pads-requests", "modbus.client.limits-are-short"],
        => |cx| {
            let extreme = EXTREMES.iter().find(|one| one.name == cx.param()).ok_or_else(|| no_row(cx.param()))?;
            let asks = (extreme.asks)();
            let mut slave = Slave::start(cx, vec![(extreme.request)().to(UNIT, TIMEOUT)]).await?;
            let asked = slave.hear(asks.len()).await?;
            cx.check("bytes").equal(&asked.adu.pdu, &asks);
            cx.check("alone").nothing(&slave.rest().await);
        }
    },
    case! {
        id: "modbus.client.request.illegal",
        title: "a request that breaks a limit of its function is refused before it is sent",
        refs: ["Application protocol 6", "M14"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: (ILLEGAL_NAMES),
        killed_by: ["modbus.client.sends-any-quantity"],
        => |cx| {
            let illegal = ILLEGALS.iter().find(|one| one.name == cx.param()).ok_or_else(|| no_row(cx.param()))?;
            refused(cx, (illegal.request)().to(UNIT, TIMEOUT)).await?;
        }
    },
    case! {
        id: "modbus.client.request.no-pdu",
        title: "a request that fits no frame is refused before it is sent",
        refs: ["Application protocol 4.1", "F08", "A07", "M14"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: (NO_PDU),
        killed_by: ["modbus.client.sends-any-length"],
        => |cx| {
            let request = match cx.param() {
                "empty" => Request::Pdu { pdu: vec![] },
                "254-bytes" => Request::Pdu { pdu: vec![0x42; 254] },
                "300-bytes" => Request::Pdu { pdu: vec![0x42; 300] },
                _ => Request::Diagnostics { sub: 0, data: vec![0x42; 251] },
            };
            refused(cx, request.to(UNIT, TIMEOUT)).await?;
        }
    },
    case! {
        id: "modbus.client.request.reserved-unit",
        title: "units 248 to 255 are never asked on a serial line",
        refs: ["Serial line 2.2", "F14", "M08"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["248", "249", "250", "251", "252", "253", "254", "255"],
        killed_by: ["modbus.client.asks-reserved-units"],
        => |cx| {
            let unit = cx.param().parse().unwrap_or(255);
            refused(cx, Call { unit, ..read(1) }).await?;
        }
    },
    case! {
        id: "modbus.client.request.legal-unit",
        title: "units 1 to 247 are asked",
        refs: ["Serial line 2.2", "F14"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["1", "2", "127", "128", "246", "247"],
        killed_by: ["modbus.client.asks-another-unit"],
        => |cx| {
            let unit = cx.param().parse().unwrap_or(1);
            let mut slave = Slave::start(cx, vec![Call { unit, ..read(AFTERWARDS) }]).await?;
            let asked = slave.hear(5).await?;
            cx.check("unit").same(&asked.adu.unit, &unit);
            slave.reply(&asked, &super::work::value_pdu(super::work::VALUE)).await?;
            slave.says("answered", &[value()]).await?;
        }
    },
    case! {
        id: "modbus.client.request.broadcast-read",
        title: "nobody is asked to read in a broadcast",
        refs: ["Serial line 2.1", "M07"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: (READS),
        killed_by: ["modbus.client.broadcasts-anything"],
        => |cx| {
            let call = Function::named(cx.param())?.call();
            refused(cx, Call { unit: 0, ..call }).await?;
        }
    },
];

/// The call is refused, nothing of it is seen on the wire, and the next one is answered.
async fn refused(cx: &crate::Context, call: Call) -> Result<(), crate::Halt> {
    let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
    slave.afterwards().await?;
    let answers = slave.answers().await?;
    let fine = match &*answers {
        [Answer::Failed(Failure::Refused | Failure::Other), after] => *after == value(),
        _ => false,
    };
    let seen = format!("not sent; the client reports {}", shown(&answers));
    cx.check("refused").that(fine, seen);
    Ok(())
}
