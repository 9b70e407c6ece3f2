//! Function codes and the lengths of requests, whatever the function: P01 to P07, S03.

use crate::{Case, Context, Halt, case, hex, reference::modbus::adu::Framing};

use super::{row::Reply, unit::Unit};

server_group! {
    /// Function codes and lengths.
    pub(super) static GROUP = "codes", "function codes, lengths and exceptions", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.codes.zero",
        title: "function 0 is refused with 01",
        refs: ["P01", "Application protocol 4.1"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["modbus"],
        killed_by: ["pdu.code-0-is-ignored"],
        => |cx| { super::rows::table(cx, &[("00", "80 01"), ("00 0000 0001", "80 01")]).await? }
    },
    case! {
        id: "modbus.server.codes.unknown",
        title: "every function that the device does not have is refused with 01",
        refs: ["P02", "Application protocol 7"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["modbus"],
        killed_by: ["pdu.unknown-code-is-ignored", "pdu.unknown-code-is-a-value"],
        => |cx| { unknown(cx).await? }
    },
    case! {
        id: "modbus.server.codes.high",
        title: "a request with the code of an exception is never answered as if it were none",
        refs: ["P03", "Application protocol 4.1"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["modbus"],
        killed_by: ["pdu.masks-the-code"],
        => |cx| {
            // The codes are reserved; what a server does with one is not said, so it may close, too.
            for (number, asked) in ["81 0000 0001", "83 0000 0001", "84 0000 0001", "88 0000 A537", "80", "FF 00"].iter().enumerate() {
                let mut unit = Unit::connect(cx).await?;
                let pdu = unit.pdu(asked)?;
                let frame = unit.frame(&pdu);
                let heard = unit.exchange(&frame).await?;
                let code = pdu.first().copied().unwrap_or_default();
                let want = format!("{code:02X} ?? | silence");
                let want = Reply::parse(&want, &unit.fill()).map_err(Halt::Harness)?;
                unit.judge(format!("{} {asked}", number + 1), unit.unit, &heard, &want);
            }
            let mut unit = Unit::connect(cx).await?;
            unit.alive("alive").await?;
        }
    },
    case! {
        id: "modbus.server.codes.short",
        title: "a request with too little data is refused with 03",
        refs: ["P04", "S03", "Application protocol 7"],
        carriers: (crate::cases::modbus::FRAMED),
        needs: ["modbus"],
        killed_by: ["pdu.short-is-ignored", "pdu.short-is-zeros"],
        => |cx| { served(cx, SHORT).await? }
    },
    case! {
        id: "modbus.server.codes.long",
        title: "a request with too much data is answered: with 03, or where its length is fixed as if the rest were not there",
        refs: ["P05", "S03", "Application protocol 7"],
        carriers: (crate::cases::modbus::FRAMED),
        needs: ["modbus"],
        hazard: Writes,
        killed_by: ["any.silent-on-errors"],
        => |cx| { served(cx, LONG).await? }
    },
    case! {
        id: "modbus.server.codes.surplus",
        title: "a request of a fixed length with too much data is refused with 03, and not executed",
        refs: ["P05", "S03", "Application protocol 7"],
        level: Should,
        carriers: (crate::cases::modbus::FRAMED),
        needs: ["modbus"],
        hazard: Writes,
        killed_by: ["pdu.ignores-the-rest"],
        => |cx| { served(cx, SURPLUS).await? }
    },
    case! {
        id: "modbus.server.codes.exception",
        title: "an exception is the function code with 80 added and one byte, no more",
        refs: ["P07", "S03", "Application protocol 4.1"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["modbus"],
        killed_by: ["pdu.exception-without-its-bit", "pdu.exception-says-more", "any.silent-on-errors"],
        => |cx| { served(cx, REFUSED).await? }
    },
    case! {
        id: "modbus.server.codes.oversize",
        title: "a PDU of more than 253 bytes is not answered as if it were one",
        refs: ["P06", "F08", "A07", "Application protocol 4.1"],
        level: Should,
        carriers: (crate::cases::modbus::FRAMED),
        needs: ["modbus"],
        killed_by: ["serial.takes-any-length", "tcp.takes-any-length"],
        => |cx| { oversize(cx).await? }
    },
    case! {
        id: "modbus.server.codes.random",
        title: "no request, however it is made, keeps the unit from answering the next",
        refs: ["S10", "Application protocol 4.1"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["modbus"],
        hazard: Writes,
        params: ["short", "long"],
        killed_by: ["any.panics-on-short-requests", "any.panics-on-long-requests"],
        => |cx| { random(cx).await? }
    },
];

/// By function: a request, and the answer.
type Row = (u8, &'static str, &'static str);

const SHORT: &[Row] = &[
    (1, "01", "81 03"),
    (1, "01 00", "81 03"),
    (1, "01 {coil.first} 00", "81 03"),
    (2, "02 {discrete.first}", "82 03"),
    (3, "03", "83 03"),
    (3, "03 {holding.first}", "83 03"),
    (3, "03 {holding.first} 00", "83 03"),
    (4, "04 {input.first} 00", "84 03"),
    (5, "05", "85 03"),
    (5, "05 {coil.first} FF", "85 03"),
    (6, "06 {holding.first}", "86 03"),
    (6, "06 {holding.first} 12", "86 03"),
    (15, "0F", "8F 03"),
    (15, "0F {coil.first} 0001", "8F 03"),
    (16, "10 {holding.first}", "90 03"),
    (16, "10 {holding.first} 0001", "90 03"),
    (20, "14", "94 03"),
    (21, "15", "95 03"),
    (22, "16 {holding.first} 0000 00", "96 03"),
    (22, "16 {holding.first} 0000", "96 03"),
    (23, "17 {holding.first} 0001 {holding.first} 0001", "97 03"),
    (23, "17 {holding.first} 0001", "97 03"),
    (24, "18", "98 03"),
    (24, "18 04", "98 03"),
];

/// Code 03 is for an implied length that is wrong; whether a server must look behind a fixed one, is not
/// said.
const LONG: &[Row] = &[
    (1, "01 {coil.first} 0001 00", "81 03 | 01 01 ??"),
    (2, "02 {discrete.first} 0001 0000", "82 03 | 02 01 ??"),
    (3, "03 {holding.first} 0001 00", "83 03 | 03 02 ????"),
    (3, "03 {holding.first} 0001 00*20", "83 03 | 03 02 ????"),
    (4, "04 {input.first} 0001 FF", "84 03 | 04 02 ????"),
    (5, "05 {coil.first} FF00 00", "85 03 | 05 {coil.first} FF00"),
    (
        6,
        "06 {holding.first} 1234 56",
        "86 03 | 06 {holding.first} 1234",
    ),
    (15, "0F {coil.first} 0001 01 00 00", "8F 03"),
    (16, "10 {holding.first} 0001 02 1234 00", "90 03"),
    (
        22,
        "16 {holding.first} 0000 0000 00",
        "96 03 | 16 {holding.first} 0000 0000",
    ),
    (24, "18 04DE 00", "98 03 | 98 02 | 18 ..."),
];

const SURPLUS: &[Row] = &[
    (1, "01 {coil.first} 0001 00", "81 03"),
    (2, "02 {discrete.first} 0001 0000", "82 03"),
    (3, "03 {holding.first} 0001 00", "83 03"),
    (3, "03 {holding.first} 0001 00*20", "83 03"),
    (4, "04 {input.first} 0001 FF", "84 03"),
    (5, "05 {coil.first} FF00 00", "85 03"),
    (6, "06 {holding.first} 1234 56", "86 03"),
    (22, "16 {holding.first} 0000 0000 00", "96 03"),
    (24, "18 04DE 00", "98 03"),
];

const REFUSED: &[Row] = &[
    (1, "01 {coil.first} 0000", "81 03"),
    (2, "02 {discrete.first} 0000", "82 03"),
    (3, "03 {holding.first} 0000", "83 03"),
    (4, "04 {input.first} 0000", "84 03"),
    (5, "05 {coil.first} 1234", "85 03"),
    (15, "0F {coil.first} 0000 00", "8F 03"),
    (16, "10 {holding.first} 0000 00", "90 03"),
    (20, "14 00", "94 03"),
    (
        23,
        "17 {holding.first} 0000 {holding.first} 0000 00",
        "97 03",
    ),
    (43, "2B 0E 05 00", "AB 03"),
];

/// The rows whose function and addresses the device has.
async fn served(cx: &Context, rows: &[Row]) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    for (code, asked, want) in rows {
        let has = unit.modbus().functions.contains(code) && unit.pdu(asked).is_ok();
        if has {
            unit.row(asked, want).await?;
        }
    }
    unit.alive("alive").await
}

async fn unknown(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let served = unit.modbus().functions.clone();
    for code in (1..=127_u8).filter(|code| !served.contains(code)) {
        // What stands behind an unknown code does not matter.
        let data = if code % 2 == 0 { "" } else { " 0000 0001" };
        let want = format!("{:02X} 01", code | 0x80);
        unit.row(&format!("{code:02X}{data}"), &want).await?;
    }
    unit.alive("alive").await
}

async fn oversize(cx: &Context) -> Result<(), Halt> {
    let (asked, wanted) = {
        let unit = Unit::connect(cx).await?;
        unit.question()
    };
    for more in [0_usize, 1, 2, 40] {
        let mut unit = Unit::connect(cx).await?;
        let mut pdu = unit.pdu(&asked)?;
        pdu.resize(254 + more, 0);
        let frame = unit.frame(&pdu);
        unit.wire.send(&frame).await?;
        let heard = unit.silence().await;
        let check = cx.check(format!("{}-bytes", pdu.len()));
        check.nothing(&heard);
        // Of a line there is only one.
        let mut next = match unit.framing {
            Framing::Rtu | Framing::Ascii if !heard.closed() => unit,
            _ => Unit::connect(cx).await?,
        };
        let pdu = next.pdu(&asked)?;
        let frame = next.frame(&pdu);
        let heard = next.exchange(&frame).await?;
        let want = Reply::parse(&wanted, &next.fill()).map_err(Halt::Harness)?;
        next.judge(format!("after-{}", 254 + more), next.unit, &heard, &want);
    }
    Ok(())
}

/// Well-framed requests of any function and length. Restarts and silences are left out: they would be
/// obeyed.
async fn random(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let mut rng = cx.rng();
    let longest = if cx.param() == "long" { 252 } else { 8 };
    for nth in 0..40 {
        let mut pdu = vec![rng.u8(1..=127)];
        let length = rng.usize(0..=longest);
        pdu.extend(core::iter::repeat_with(|| rng.u8(..)).take(length));
        if pdu.first() == Some(&8) {
            continue;
        }
        let frame = unit.frame(&pdu);
        unit.wire.send(&frame).await?;
        let heard = unit.wire.receive_until_quiet().await;
        if heard.closed() {
            let what = hex::short(&pdu);
            cx.check("open")
                .fail(format!("request {nth}, {what}: the wire {:?}", heard.ended));
            return Ok(());
        }
    }
    unit.pause().await;
    unit.alive("alive").await
}
