//! RTU on a line: noise, frames that are none, and other stations; F08, F09, F17 to F21, F24, F25.

use super::unit::{Unit, silences};
use crate::{Case, Halt, case, hex, reference::modbus::adu::Read};

server_group! {
    /// What else is on a line.
    pub(super) static GROUP = "noise", "noise, damage and other stations on an RTU line", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.noise.short-frames",
        title: "a frame of fewer than four bytes is none, although its check fits",
        refs: ["F09", "Serial line 2.5.1, 6.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.takes-three-bytes"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let own = unit.unit;
            let three = unit.frame_to(own, b"");
            for (name, frame) in [("three", &*three), ("two", &[own, 0x03]), ("one", &[own]), ("crc-alone", b"\xff\xff")] {
                unit.wire.send(frame).await?;
                cx.check(name).nothing(&unit.silence().await);
                unit.alive(&format!("after-{name}")).await?;
            }
        }
    },
    case! {
        id: "modbus.server.noise.longest",
        title: "a frame of 256 bytes is taken, and one of more is not",
        refs: ["F08", "P41", "Serial line 2.5.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["diag00"],
        killed_by: ["serial.takes-any-length"],
        => |cx| {
            super::rows::table(cx, &[
                ("08 0000 A55A*125", "08 0000 A55A*125"),
                ("08 0000 A55A*126", "silence"),
                ("08 0000 A55A*130", "silence"),
                ("08 0000 A55A*125", "08 0000 A55A*125"),
            ]).await?
        }
    },
    case! {
        id: "modbus.server.noise.garbage",
        title: "garbage, a silence, a request: one answer",
        refs: ["F17", "S10", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.ends-on-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let mut rng = cx.rng();
            for length in [1, 2, 3, 4, 5, 7, 8, 16, 30, 64, 100, 200, 255, 256, 257, 300] {
                let noise: Vec<u8> = core::iter::repeat_with(|| rng.u8(..)).take(length).collect();
                unit.wire.send(&noise).await?;
                unit.pause().await;
                unit.alive(&format!("behind-{length}")).await?;
            }
        }
    },
    case! {
        id: "modbus.server.noise.garbage-before",
        title: "garbage directly before a request costs that request at most, and is never answered twice",
        refs: ["F18", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.ends-on-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for noise in [&b"\x55"[..], b"\x00\x00", b"\xff\x03\x00\x00", &[0x11; 30], &[0xa5; 200]] {
                let frame = unit.harmless()?;
                let mut bytes = noise.to_vec();
                bytes.extend_from_slice(&frame);
                around(&mut unit, &format!("{}-before", noise.len()), &bytes).await?;
            }
        }
    },
    case! {
        id: "modbus.server.noise.noise-behind",
        title: "one to three characters of noise directly behind a request cost that request at most",
        refs: ["F21", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.ends-on-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for noise in [&b"\x55"[..], b"\x00", b"\xff\xff", b"\x11\x03\x00"] {
                let mut bytes = unit.harmless()?;
                bytes.extend_from_slice(noise);
                around(&mut unit, &format!("{}-behind", hex::plain(noise)), &bytes).await?;
            }
        }
    },
    case! {
        id: "modbus.server.noise.truncated",
        title: "a request that is cut off anywhere, a silence, a request: one answer",
        refs: ["F19", "S01", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.ends-on-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let own = unit.unit;
            let mut frames = vec![unit.harmless()?];
            frames.push(unit.frame_to(own, b"\x10\x00\x00\x00\x02\x04\x12\x34\x56\x78"));
            for frame in frames {
                for length in 1..frame.len() {
                    unit.wire.send(frame.get(..length).unwrap_or_default()).await?;
                    unit.pause().await;
                    unit.alive(&format!("{:02x}-cut-at-{length}", frame.get(1).unwrap_or(&0))).await?;
                }
            }
        }
    },
    case! {
        id: "modbus.server.noise.next-after-silence",
        title: "a frame for another unit, t3.5 and a bit, a request: one answer",
        refs: ["F20", "F25", "F02", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::SPEEDS),
        needs: ["modbus", "exact"],
        killed_by: ["rtu.wants-a-long-silence", "rtu.waits-for-the-others"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let absent = unit.modbus().absent_unit();
            let foreign = unit.frame_to(absent, b"\x03\x00\x00\x00\x01");
            unit.wire.send(&foreign).await?;
            let bit = unit.character() / 11;
            let outer = silences(&mut unit.wire).1;
            cx.clock().sleep(outer + bit).await;
            unit.alive("answer").await?;
        }
    },
    case! {
        id: "modbus.server.noise.back-to-back",
        title: "two requests without a silence between them do no lasting harm",
        refs: ["F20", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["any.ends-on-damage", "rtu.keeps-what-is-damaged"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = unit.harmless()?;
            unit.wire.send(&frame.repeat(2)).await?;
            let heard = unit.silence().await;
            let answers = unit.framing.read(&heard);
            let good = answers.len() <= 2 && answers.iter().all(|read| {
                matches!(read, Read::Frame(adu) if adu.unit == unit.unit)
            });
            cx.check("answers").that(good, hex::short(&heard));
            unit.pause().await;
            unit.alive("alive").await?;
        }
    },
    case! {
        id: "modbus.server.noise.foreign-traffic",
        title: "requests to another unit and its answers are never answered, and never cost the next request",
        refs: ["F24", "S02", "Serial line 2.4.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["serial.answers-foreign", "rtu.waits-for-the-others"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let absent = unit.modbus().absent_unit();
            for (asked, answered) in FOREIGN {
                for pdu in [asked, answered] {
                    let pdu = unit.pdu(pdu)?;
                    let frame = unit.frame_to(absent, &pdu);
                    unit.wire.send(&frame).await?;
                    unit.pause().await;
                }
                unit.alive(&format!("behind {asked}")).await?;
            }
        }
    },
    case! {
        id: "modbus.server.noise.foreign-silence",
        title: "a unit that is not there costs nothing: the next request is answered",
        refs: ["F25", "Serial line 2.4.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.waits-for-the-others"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let absent = unit.modbus().absent_unit();
            for (asked, _) in FOREIGN {
                let pdu = unit.pdu(asked)?;
                let frame = unit.frame_to(absent, &pdu);
                unit.wire.send(&frame).await?;
                cx.check(format!("silence {asked}")).nothing(&unit.silence().await);
                unit.alive(&format!("behind {asked}")).await?;
            }
        }
    },
];

/// What another master's unit may be asked, and answer.
const FOREIGN: &[(&str, &str)] = &[
    ("01 0000 07D0", "01 FA A5*250"),
    ("02 0000 0008", "02 01 FF"),
    ("03 0000 007D", "03 FA 1234*125"),
    ("03 0000 0001", "83 02"),
    ("04 0000 0002", "04 04 0000 0000"),
    ("05 0000 FF00", "05 0000 FF00"),
    ("06 0001 0003", "06 0001 0003"),
    ("07", "07 6D"),
    ("08 0000 A537", "08 0000 A537"),
    ("0B", "0B 0000 0108"),
    ("0C", "0C 08 0000 0108 0121 2000"),
    ("0F 0013 000A 02 CD01", "0F 0013 000A"),
    ("10 0000 007B F6 00*246", "10 0000 007B"),
    ("11", "11 05 4C FF 01 02 03"),
    ("14 07 06 0004 0001 0002", "14 06 05 06 0DFE 0020"),
    (
        "15 09 06 0004 0007 0001 06AF",
        "15 09 06 0004 0007 0001 06AF",
    ),
    ("16 0004 00F2 0025", "16 0004 00F2 0025"),
    (
        "17 0003 0006 000E 0003 06 00FF 00FF 00FF",
        "17 0C 00FE 0ACD 0001 0003 000D 00FF",
    ),
    ("18 04DE", "18 0006 0002 01B8 1284"),
    ("2B 0E 01 00", "2B 0E 01 01 00 00 01 00 02 4142"),
    ("41 01 02 03", "41 11 03 00 00 00 01"),
    ("6E", "EE 01"),
];

/// A request with something about it: one answer at most; then a request, and its answer.
async fn around(unit: &mut Unit<'_>, name: &str, bytes: &[u8]) -> Result<(), Halt> {
    unit.wire.send(bytes).await?;
    let heard = unit.silence().await;
    if heard.is_empty() {
        unit.cx.check(name).pass("not answered");
    } else {
        unit.judge_answered(name, &heard, true);
    }
    unit.pause().await;
    unit.alive(&format!("after-{name}")).await
}
