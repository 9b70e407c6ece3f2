//! ASCII framing: A01 to A08, A10.

use core::time::Duration;

use super::unit::Unit;
use crate::{Case, Halt, case, hex};

server_group! {
    /// ASCII.
    pub(super) static GROUP = "ascii", "ASCII framing", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.ascii.colon",
        title: "a colon begins a frame at any time, also inside another",
        refs: ["A01", "A10", "Serial line 2.5.2.1"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.colon-is-data"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for noise in [&b":"[..], b":11", b":110300", b"::::", b":1103006B00037E", b":zz:", b"noise:1"] {
                let mut bytes = noise.to_vec();
                bytes.extend(unit.harmless()?);
                one(&mut unit, &format!("behind {}", hex::short(noise)), &bytes).await?;
            }
        }
    },
    case! {
        id: "modbus.server.ascii.outside",
        title: "characters outside a frame are nothing",
        refs: ["A01", "F17", "Serial line 2.5.2.1"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.heeds-what-is-outside"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for noise in [&b"\r\n"[..], b"1103006B00037E\r\n", b"\n\n\n", &[b'x'; 600], b"\x00\x7f"] {
                let mut bytes = noise.to_vec();
                bytes.extend(unit.harmless()?);
                one(&mut unit, &format!("behind {}", hex::short(noise)), &bytes).await?;
            }
        }
    },
    case! {
        id: "modbus.server.ascii.end",
        title: "CR LF ends a frame, and nothing less",
        refs: ["A02", "Serial line 2.5.2.1"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.lf-alone-ends", "ascii.ends-with-lf-cr"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for end in [&b"\n"[..], b"\r", b"", b"\n\r"] {
                let mut bytes = unit.harmless()?;
                bytes.truncate(bytes.len() - 2);
                bytes.extend_from_slice(end);
                none(&mut unit, &format!("ended by {}", hex::short(end)), &bytes).await?;
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.ascii.delimiter",
        title: "the last character of a frame is what 08/03 made it",
        refs: ["A02", "P44", "Application protocol 6.8"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["diag00", "diag03"],
        hazard: Writes,
        killed_by: ["ascii.delimiter-never-changes"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            unit.row("08 0003 2A00", "08 0003 2A00").await?;
            let pdu = unit.pdu("08 0000 A537")?;
            let mut frame = unit.frame(&pdu);
            none(&mut unit, "ended by LF", &frame).await?;
            frame.pop();
            frame.push(b'*');
            let heard = unit.exchange(&frame).await?;
            let body = |frame: &[u8]| frame.get(..frame.len().saturating_sub(1)).unwrap_or_default().to_vec();
            cx.check("ended by *").equal(&body(&heard), &body(&frame));
            // Back again, in a frame that still ends so.
            let pdu = unit.pdu("08 0003 0A00")?;
            let mut back = unit.frame(&pdu);
            back.pop();
            back.push(b'*');
            unit.exchange(&back).await?;
            unit.pause().await;
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.ascii.capitals",
        title: "an answer is written in capitals; what becomes of small letters is left open, but not answered wrongly",
        refs: ["A03", "Serial line 2.5.2"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.small-letters", "ascii.answers-small-letters-wrongly"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            unit.row("6F", "EF 01").await?;
            let mut small = unit.frame(b"\x6f");
            small.make_ascii_lowercase();
            unit.wire.send(&small).await?;
            let heard = unit.silence().await;
            let fine = heard.is_empty() || unit.one(unit.unit, &heard).is_ok_and(|pdu| pdu == b"\xef\x01");
            cx.check("small").that(fine, hex::short(&heard));
            unit.pause().await;
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.ascii.lrc",
        title: "the LRC is the two's complement of the sum, high digit first",
        refs: ["A04", "Serial line 2.5.2.2"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.lrc-low-digit-first", "serial.ignores-the-check"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            unit.row("6F", "EF 01").await?;
            let good = unit.frame(b"\x6f");
            for (name, change) in [("plus-one", 1_u8), ("inverted", 0xff), ("sum", 0x80)] {
                let mut bytes = good.clone();
                let at = bytes.len() - 4;
                if let Some([high, low]) = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied() {
                    let pair = [high, low];
                    let lrc = hex::parse(str::from_utf8(&pair).unwrap_or_default()).unwrap_or_default();
                    let lrc = lrc.first().copied().unwrap_or_default();
                    let other = if change == 1 { lrc.wrapping_add(1) } else { lrc ^ change };
                    bytes.splice(at..at + 2, format!("{other:02X}").bytes());
                }
                none(&mut unit, name, &bytes).await?;
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.ascii.other-characters",
        title: "a frame with a character that is no digit is discarded",
        refs: ["A05", "Serial line 2.5.2.1"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.skips-other-characters"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for other in [b'G', b' ', b'-', b'\t', b'/', b'@'] {
                let good = unit.harmless()?;
                for at in [1, 3, good.len() - 2] {
                    let mut bytes = good.clone();
                    bytes.insert(at, other);
                    none(&mut unit, &format!("{other:02x}-at-{at}"), &bytes).await?;
                }
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.ascii.pause",
        title: "a pause of less than a second inside a frame does not end it",
        refs: ["A06", "Serial line 2.5.2.1"],
        level: Should,
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.waits-half-a-second"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for at in [1, 4, 9] {
                let heard = paused(&mut unit, at, 990).await?;
                let got = unit.one(unit.unit, &heard);
                cx.check(format!("cut-at-{at}")).that(got.is_ok(), format!("{got:?}"));
                unit.pause().await;
            }
        }
    },
    case! {
        id: "modbus.server.ascii.gap",
        title: "a pause of more than a second inside a frame discards it",
        refs: ["A06", "Serial line 2.5.2.1"],
        level: Should,
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.waits-for-ever"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for at in [1, 4, 9] {
                let heard = paused(&mut unit, at, 1010).await?;
                cx.check(format!("cut-at-{at}")).nothing(&heard);
                unit.pause().await;
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.ascii.longest",
        title: "a frame of 513 characters is taken, and one of more is not",
        refs: ["A07", "P41", "Serial line 2.5.2"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["diag00"],
        killed_by: ["serial.takes-any-length", "ascii.ends-on-overlong"],
        => |cx| {
            super::rows::table(cx, &[
                ("08 0000 A55A*125", "08 0000 A55A*125"),
                ("08 0000 A55A*126", "silence"),
                ("08 0000 A55A*300", "silence"),
                ("08 0000 A55A*125", "08 0000 A55A*125"),
            ]).await?
        }
    },
    case! {
        id: "modbus.server.ascii.odd",
        title: "a frame with an odd number of digits is discarded",
        refs: ["A08", "Serial line 2.5.2.1"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.ignores-an-odd-digit"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let good = unit.harmless()?;
            let end = good.len() - 2;
            for at in [1, 2, end - 2, end] {
                let mut bytes = good.clone();
                bytes.insert(at, b'0');
                none(&mut unit, &format!("one more at {at}"), &bytes).await?;
                let mut bytes = good.clone();
                bytes.remove(at.min(end - 1));
                none(&mut unit, &format!("one less at {at}"), &bytes).await?;
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.ascii.truncated",
        title: "a frame that is cut off anywhere does not cost the next one",
        refs: ["F19", "A01", "A10", "Serial line 2.5.2.1"],
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.colon-is-data"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let length = unit.harmless()?.len();
            for cut in 1..length - 1 {
                let mut bytes = unit.harmless()?;
                bytes.truncate(cut);
                bytes.extend(unit.harmless()?);
                one(&mut unit, &format!("cut-at-{cut}"), &bytes).await?;
            }
        }
    },
    case! {
        id: "modbus.server.ascii.together",
        title: "two frames in one piece are two requests",
        refs: ["A02", "F20", "Serial line 2.5.2.1"],
        level: Should,
        carriers: (crate::cases::modbus::ASCIIS),
        needs: ["modbus"],
        killed_by: ["ascii.wants-a-pause"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let absent = unit.modbus().absent_unit();
            let mut bytes = unit.frame_to(absent, b"\x03\x00\x00\x00\x01");
            bytes.extend(unit.harmless()?);
            one(&mut unit, "behind a foreign one", &bytes).await?;
        }
    },
];

/// These bytes are answered once.
async fn one(unit: &mut Unit<'_>, name: &str, bytes: &[u8]) -> Result<(), Halt> {
    let heard = unit.exchange(bytes).await?;
    let got = unit.one(unit.unit, &heard);
    let seen = got
        .as_ref()
        .map_or_else(Clone::clone, |pdu| hex::short(pdu));
    unit.cx.check(name).that(got.is_ok(), seen);
    unit.pause().await;
    Ok(())
}

/// These bytes are not answered; a question behind them is.
async fn none(unit: &mut Unit<'_>, name: &str, bytes: &[u8]) -> Result<(), Halt> {
    unit.wire.send(bytes).await?;
    let heard = unit.silence().await;
    unit.cx.check(name).nothing(&heard);
    Ok(())
}

async fn paused(unit: &mut Unit<'_>, at: usize, millis: u64) -> Result<crate::Heard, Halt> {
    let frame = unit.harmless()?;
    let (before, behind) = frame.split_at_checked(at).unwrap_or((&frame, &[]));
    unit.wire.send(before).await?;
    unit.cx.clock().sleep(Duration::from_millis(millis)).await;
    unit.wire.send(behind).await?;
    Ok(unit.silence().await)
}
