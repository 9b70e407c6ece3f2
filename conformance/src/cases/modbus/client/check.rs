//! Checks of frames and characters (Serial line 2.5.1.2, 2.5.2.2, 2.6).

use crate::{Case, Context, Halt, case};

use super::{
    super::{LINES, RTUS, SERIAL},
    functions::Function,
    work::{AFTERWARDS, Slave, UNIT, read, read_pdu, value_pdu, wrong_reply},
};

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.check.does-not-fit",
        title: "a reply whose check does not fit is not taken",
        refs: ["Serial line 2.5.1.2", "Serial line 2.5.2.2", "F10", "A04", "M03"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["plus-one", "minus-one", "complement", "zero", "ones", "swapped", "of-the-pdu"],
        killed_by: ["modbus.client.ignores-check"],
        => |cx| { wrong_check(cx).await? }
    },
    case! {
        id: "modbus.client.check.bit-errors",
        title: "a reply with one wrong bit is not taken, whichever it is",
        refs: ["Serial line 2.5.1.2", "Serial line 2.5.2.2", "F11", "A04"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["read-holding-registers", "write-single-register", "read-coils", "read-exception-status"],
        killed_by: ["modbus.client.ignores-check"],
        => |cx| { bit_errors(cx).await? }
    },
    case! {
        id: "modbus.client.check.double-errors",
        title: "a reply with two wrong bits, or a burst of up to sixteen, is not taken",
        refs: ["Serial line 2.5.1.2", "F12"],
        level: Must,
        side: Client,
        carriers: (RTUS),
        params: ["two-bits", "burst"],
        killed_by: ["modbus.client.ignores-check"],
        => |cx| { double_errors(cx).await? }
    },
    case! {
        id: "modbus.client.check.parity",
        title: "the characters of a request have the line's parity and number of bits",
        refs: ["Serial line 2.5.1", "Serial line 2.5.2", "F15", "A09"],
        level: Must,
        side: Client,
        carriers: (LINES),
        killed_by: ["modbus.client.without-parity"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(AFTERWARDS)]).await?;
            let framing = slave.framing;
            let wanted = framing.frame(0, UNIT, &read_pdu(AFTERWARDS));
            let heard = slave.client.wire.receive_at_least(wanted.len()).await;
            cx.check("undamaged").that(heard.marks.is_empty(), format!("{:?}", heard.marks));
            cx.check("request").equal(&heard, &wanted);
        }
    },
];

/// The place of the check in a frame: two bytes of CRC, or two digits of LRC.
fn check_at(frame: &[u8], ascii: bool) -> usize {
    frame.len().saturating_sub(if ascii { 4 } else { 2 })
}

async fn wrong_check(cx: &Context) -> Result<(), Halt> {
    let kind = cx.param();
    wrong_reply(
        cx,
        "not-taken",
        read(1),
        &read_pdu(1),
        async |slave, asked| {
            let mut frame = slave.frame(asked, &value_pdu(0x1111));
            let ascii = frame.starts_with(b":");
            let at = check_at(&frame, ascii);
            let unit_left_out = slave.frame_of(asked, 0, &value_pdu(0x1111));
            let Some([high, low]) = frame.get_mut(at..at + 2) else {
                return Ok(());
            };
            let digits = |value: u8| format!("{value:02X}").into_bytes();
            let old = u8::from_str_radix(&String::from_utf8_lossy(&[*high, *low]), 16);
            let (bytes, digit) = (u16::from_le_bytes([*high, *low]), old.unwrap_or_default());
            let (wide, narrow) = match kind {
                "plus-one" => (bytes.wrapping_add(1), digit.wrapping_add(1)),
                "minus-one" => (bytes.wrapping_sub(1), digit.wrapping_sub(1)),
                "complement" => (!bytes, !digit),
                "zero" => (0, 0),
                "ones" => (0xffff, 0xff),
                "swapped" => (bytes.swap_bytes(), digit.rotate_left(4)),
                _ => {
                    let other = unit_left_out.get(at..at + 2).unwrap_or_default();
                    let digit = u8::from_str_radix(&String::from_utf8_lossy(other), 16);
                    let wide = other.try_into().map_or(0, u16::from_le_bytes);
                    (wide, digit.unwrap_or_default())
                }
            };
            let new = if ascii {
                digits(narrow)
            } else {
                wide.to_le_bytes().to_vec()
            };
            if let [first, second] = *new {
                (*high, *low) = (first, second);
            }
            slave.send(&frame).await
        },
    )
    .await
}

async fn bit_errors(cx: &Context) -> Result<(), Halt> {
    let function = Function::named(cx.param())?;
    let asks = function.request_pdu();
    for at in 0..64 {
        for bit in 0..8 {
            let mut slave = Slave::start(cx, vec![function.call(), read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &asks).await?;
            let mut frame = slave.frame(&asked, &function.reply_pdu());
            let ascii = frame.starts_with(b":");
            if ascii && bit == 7 {
                // Its characters have seven bits.
                continue;
            }
            let Some(byte) = frame.get_mut(at) else {
                return Ok(());
            };
            if ascii && byte.is_ascii_alphabetic() && bit == 5 {
                // A small letter is the same digit.
                continue;
            }
            *byte ^= 1 << bit;
            slave.send(&frame).await?;
            slave.afterwards().await?;
            slave
                .refused_and_afterwards(&format!("byte-{at}-bit-{bit}"))
                .await?;
        }
    }
    Ok(())
}

async fn double_errors(cx: &Context) -> Result<(), Halt> {
    let function = Function::named("read-holding-registers")?;
    let mut rng = cx.rng();
    let burst = cx.param() == "burst";
    for round in 0..60 {
        let asks = function.request_pdu();
        let name = format!("round-{round}");
        let (first, second, pattern) = (rng.usize(..), rng.usize(..), rng.u16(..));
        wrong_reply(cx, &name, function.call(), &asks, async |slave, asked| {
            let mut frame = slave.frame(asked, &function.reply_pdu());
            let bits = frame.len() * 8;
            let mut flip = |bit: usize| {
                if let Some(byte) = frame.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            };
            if burst {
                // Its first bit is wrong in any case, and the others as they come.
                let at = first % (bits - 16);
                let wrong = (0..16).filter(|bit| pattern >> bit & 1 == 1 || *bit == 0);
                wrong.for_each(|bit| flip(at + bit));
            } else {
                let one = first % bits;
                flip(one);
                flip((one + 1 + second % (bits - 1)) % bits);
            }
            slave.send(&frame).await
        })
        .await?;
    }
    Ok(())
}
