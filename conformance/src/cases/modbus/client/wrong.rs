//! Replies of the right function and unit that contradict the request, or themselves.

use crate::{Case, Context, Halt, case};

use super::{
    super::ALL,
    functions::Function,
    reply::replied,
    work::{no_row, pdu},
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

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.wrong.byte-count",
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
        id: "modbus.client.wrong.echo",
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
        id: "modbus.client.wrong.shape",
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
];

/// A row of a table is not taken.
async fn not_taken(cx: &Context, rows: &[Wrong]) -> Result<(), Halt> {
    let row = rows.iter().find(|row| row.name == cx.param());
    let row = row.ok_or_else(|| no_row(cx.param()))?;
    let function = Function::named(row.function)?;
    replied(cx, "not-taken", function, &(row.reply)()).await
}
