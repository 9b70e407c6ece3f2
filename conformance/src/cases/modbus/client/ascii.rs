//! ASCII frames (Serial line 2.5.2), as a master sends and receives them.

use core::time::Duration;

use crate::{Case, Context, Halt, case, script::modbus::Answer};

use super::{
    super::ASCIIS,
    functions::Function,
    work::{AFTERWARDS, Slave, read, read_pdu, value, value_pdu, wrong_reply},
};

/// A time-out that no silence of these cases reaches.
const LONG: u64 = 4_000;

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.ascii.example",
        title: "a frame is a colon, capital hex digits with the LRC at the end, CR and LF",
        refs: ["Serial line 2.5.2.1", "Serial line 2.5.2.2", "A01", "A02", "A03", "A04"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        killed_by: ["modbus.client.ascii-sends-lower-case", "modbus.client.ascii-ends-with-lf",
            "modbus.client.swaps-check"],
        => |cx| {
            let function = Function::named("read-holding-registers")?;
            let mut slave = Slave::start(cx, vec![function.call()]).await?;
            let heard = slave.client.wire.receive_at_least(17).await;
            cx.check("request").equal(&heard, b":1103006B00037E\r\n");
            slave.send(b":110306022B0000006455\r\n").await?;
            slave.says("reply", &[Answer::Words(vec![0x022b, 0, 0x64])]).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.restart",
        title: "a colon begins a frame anew, whatever came before",
        refs: ["Serial line 2.5.2.1", "A01", "A10"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        params: ["colon", "two-colons", "unit", "half", "all-but-the-end", "foreign", "odd"],
        killed_by: ["modbus.client.ascii-keeps-on-at-a-colon"],
        => |cx| {
            let before: &[u8] = match cx.param() {
                "colon" => b":",
                "two-colons" => b"::",
                "unit" => b":11",
                "half" => b":11030211",
                "all-but-the-end" => b":1103021111C8\r",
                "odd" => b":110",
                _ => b":1203021111",
            };
            taken_behind(cx, before).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.noise-before-colon",
        title: "what stands before a colon means nothing, also when it touches the frame",
        refs: ["Serial line 2.5.2.1", "A10", "M15", "F18"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        params: ["digits", "bytes", "line-end", "long"],
        killed_by: ["modbus.client.ascii-noise-hides-the-colon"],
        => |cx| {
            let before: &[u8] = match cx.param() {
                "digits" => b"1103",
                "bytes" => b"\x00\x7f#!",
                "line-end" => b"\r",
                _ => &[b'F'; 600],
            };
            taken_behind(cx, before).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.end",
        title: "a frame ends with CR and LF, and with neither of them alone",
        refs: ["Serial line 2.5.2.1", "A02"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        params: ["lf", "cr"],
        killed_by: ["modbus.client.ascii-takes-lf-alone", "modbus.client.ascii-takes-cr-alone"],
        => |cx| {
            let reply: &[u8] = match cx.param() {
                "lf" => b":1103021111C8\n",
                _ => b":1103021111C8\r",
            };
            not_taken(cx, reply).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.small-letters",
        title: "small letters are digits too",
        refs: ["A03"],
        level: May,
        side: Client,
        carriers: (ASCIIS),
        killed_by: ["modbus.client.ascii-refuses-lower-case"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
            slave.asked(17, &read_pdu(1)).await?;
            slave.send(b":110302abcd72\r\n").await?;
            slave.afterwards().await?;
            slave.says("taken", &[Answer::Words(vec![0xabcd]), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.other-characters",
        title: "a frame with other characters than hex digits is not taken",
        refs: ["Serial line 2.5.2.1", "A05"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        params: ["G", "g", "space", "minus", "plus", "nul", "dot", "underscore"],
        killed_by: ["modbus.client.ascii-skips-other-characters"],
        => |cx| {
            let other = match cx.param() {
                "G" => b'G',
                "g" => b'g',
                "space" => b' ',
                "minus" => b'-',
                "plus" => b'+',
                "nul" => 0,
                "dot" => b'.',
                _ => b'_',
            };
            // Between two whole bytes, so that what is left is a frame.
            not_taken(cx, &[b":110302", &[other][..], b"1111C8\r\n"].concat()).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.odd",
        title: "a frame with an odd number of digits is not taken",
        refs: ["Serial line 2.5.2.1", "A08"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        params: ["one-more", "one-less"],
        killed_by: ["modbus.client.ascii-drops-odd-digit", "modbus.client.makes-up-what-is-cut"],
        => |cx| {
            let reply: &[u8] = match cx.param() {
                "one-more" => b":1103021111C80\r\n",
                _ => b":1103021111C\r\n",
            };
            not_taken(cx, reply).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.short",
        title: "a frame without unit, function or check is not taken",
        refs: ["Serial line 2.5.2.1", "A08", "F09"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        params: ["empty", "check-only", "unit-only"],
        killed_by: ["modbus.client.makes-up-what-is-cut", "modbus.client.takes-empty-frames"],
        => |cx| {
            let reply: &[u8] = match cx.param() {
                "empty" => b":\r\n",
                "check-only" => b":00\r\n",
                _ => b":11EF\r\n",
            };
            let function = Function::named("write-single-coil")?;
            let (call, asks) = (function.call(), function.request_pdu());
            wrong_reply(cx, "not-taken", call, &asks, async |slave, _| slave.send(reply).await).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.pause",
        title: "a silence of up to a second inside a frame means nothing",
        refs: ["Serial line 2.5.2.1", "A06"],
        level: Must,
        side: Client,
        carriers: (ASCIIS),
        params: ["400", "900"],
        killed_by: ["modbus.client.ascii-times-out-early"],
        => |cx| {
            let mut call = read(1);
            call.timeout_ms = Some(LONG);
            let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
            slave.asked(17, &read_pdu(1)).await?;
            with_pause(cx, &mut slave).await?;
            slave.afterwards().await?;
            slave.says("taken", &[Answer::Words(vec![0x1111]), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.ascii.long-pause",
        title: "a frame with a silence of more than a second inside is not taken",
        refs: ["Serial line 2.5.2.1", "A06"],
        level: Should,
        side: Client,
        carriers: (ASCIIS),
        params: ["1100", "1300"],
        killed_by: ["modbus.client.ascii-never-times-out"],
        => |cx| {
            let mut call = read(1);
            call.timeout_ms = Some(1_500);
            wrong_reply(cx, "not-taken", call, &read_pdu(1), async |slave, _| {
                with_pause(cx, slave).await
            })
            .await?;
        }
    },
];

/// The reply with a silence of as many milliseconds as the parameter says.
async fn with_pause(cx: &Context, slave: &mut Slave<'_>) -> Result<(), Halt> {
    let ms = cx.param().parse().unwrap_or(1_000);
    slave.send(b":110302").await?;
    cx.clock().sleep(Duration::from_millis(ms)).await;
    slave.client.wire.send(b"1111C8\r\n").await
}

/// The right reply directly behind other characters is taken.
async fn taken_behind(cx: &Context, before: &[u8]) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(17, &read_pdu(1)).await?;
    let frame = slave.frame(&asked, &value_pdu(0x1111));
    slave.send(&[before, &frame].concat()).await?;
    slave.afterwards().await?;
    slave
        .says("taken", &[Answer::Words(vec![0x1111]), value()])
        .await
}

async fn not_taken(cx: &Context, reply: &[u8]) -> Result<(), Halt> {
    wrong_reply(cx, "not-taken", read(1), &read_pdu(1), async |slave, _| {
        slave.send(reply).await
    })
    .await
}
