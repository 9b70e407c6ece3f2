//! RTU on a line: silences, damaged characters, noise, and other stations; F01 to F09, F13 to F25.
//!
//! In memory, times are exact to a bit. On a real line drain and read are late by what the operating
//! system and the adapter take, so that cases of times shorter than a few characters need `exact`.

use core::time::Duration;

use super::unit::{Unit, silences};
use crate::{Case, Context, Halt, Heard, Profile, case, hex};

server_group! {
    /// RTU on a line.
    pub(super) static GROUP = "rtu", "RTU on a serial line", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.rtu.silence-before-the-answer",
        title: "an answer begins at the earliest t3.5 after the request has ended",
        refs: ["F01", "F02", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::SPEEDS),
        needs: ["modbus"],
        killed_by: ["rtu.answers-early", "rtu.waits-for-no-silence"],
        => |cx| { silence_before_the_answer(cx).await? }
    },
    case! {
        id: "modbus.server.rtu.eleven-bits",
        title: "up to 19200 baud t3.5 is 3.5 characters of 11 bits, to the bit",
        refs: ["F02", "F01", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::SLOW),
        needs: ["modbus"],
        killed_by: ["rtu.times-of-ten-bits"],
        => |cx| { silence_before_the_answer(cx).await? }
    },
    case! {
        id: "modbus.server.rtu.fixed-times",
        title: "above 19200 baud t3.5 is 1.750 ms, whatever the speed",
        refs: ["F03", "Serial line 2.5.1.1"],
        level: Should,
        carriers: (crate::cases::modbus::FAST),
        needs: ["modbus"],
        killed_by: ["rtu.times-never-fixed"],
        => |cx| { silence_before_the_answer(cx).await? }
    },
    case! {
        id: "modbus.server.rtu.pause-inside",
        title: "a pause of 1.4 characters inside a frame does not end it",
        refs: ["F04", "F02", "Serial line 2.5.1.1"],
        level: Should,
        carriers: (crate::cases::modbus::SLOW),
        needs: ["modbus"],
        killed_by: ["rtu.ends-at-a-character"],
        => |cx| { pauses(cx, 14, true).await? }
    },
    case! {
        id: "modbus.server.rtu.gap-inside",
        title: "a frame with a gap of more than t1.5 in it is discarded, wherever the gap is",
        refs: ["F04", "F02", "Serial line 2.5.1.1"],
        level: Should,
        carriers: (crate::cases::modbus::SLOW),
        needs: ["modbus"],
        params: ["16", "24"],
        killed_by: ["rtu.allows-late-characters"],
        => |cx| {
            let tenths = cx.param().parse().unwrap_or(16);
            pauses(cx, tenths, false).await?
        }
    },
    case! {
        id: "modbus.server.rtu.silence-inside",
        title: "a silence of t3.5 ends a frame: what stands before and behind it is not joined",
        refs: ["F01", "F19", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::SLOW),
        needs: ["modbus"],
        killed_by: ["rtu.joins-over-silences"],
        => |cx| { pauses(cx, 36, false).await? }
    },
    case! {
        id: "modbus.server.rtu.gap-above-19200",
        title: "above 19200 baud a gap of more than 0.750 ms discards a frame, and a shorter one does not",
        refs: ["F03", "F04", "Serial line 2.5.1.1"],
        level: Should,
        carriers: (crate::cases::modbus::FAST),
        needs: ["modbus"],
        killed_by: ["rtu.allows-late-characters", "rtu.times-never-fixed"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for (micros, answered) in [(700, true), (800, false)] {
                let heard = split(&mut unit, 4, Duration::from_micros(micros)).await?;
                judge(&unit, &format!("{micros}-us"), &heard, answered);
                unit.pause().await;
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.rtu.late-character",
        title: "a character that comes between t1.5 and t3.5 behind a good frame spoils it",
        refs: ["F05", "Serial line 2.5.1.1, figure 14"],
        level: Should,
        carriers: (crate::cases::modbus::SLOW),
        needs: ["modbus"],
        killed_by: ["rtu.good-stays-good"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = question(&mut unit)?;
            let gap = silences(&mut unit.wire).0 * 12 / 10;
            unit.wire.send(&frame).await?;
            cx.clock().sleep(gap).await;
            unit.wire.send(b"\x55").await?;
            cx.check("spoiled").nothing(&unit.silence().await);
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.rtu.open-in-traffic",
        title: "a unit that is connected in the middle of a frame answers the next one, and only that",
        refs: ["F06", "S08", "Serial line 2.5.1.1, figure 14"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.greets"],
        => |cx| {
            let mut unit = Unit::connect_at_once(cx).await?;
            unit.wire.send(b"\x00\x07\x12\x34\x56").await?;
            cx.check("tail").nothing(&unit.wire.receive_until_quiet().await);
            unit.wire.send(b"\x42\x42").await?;
            unit.pause().await;
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.rtu.in-one-go",
        title: "an answer is sent without a pause between its characters",
        refs: ["F07", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus", "exact"],
        killed_by: ["any.sends-in-two"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = question(&mut unit)?;
            let heard = unit.exchange(&frame).await?;
            judge(&unit, "answer", &heard, true);
            let characters = u32::try_from(heard.len()).unwrap_or(0).saturating_sub(1);
            let want = unit.character() * characters;
            let took = heard.last.zip(heard.first).map(|(last, first)| last.since(first));
            // A character's time is rounded to a nanosecond.
            let close = took.is_some_and(|took| took.abs_diff(want) <= Duration::from_micros(1));
            cx.check("continuous").that(close, format!("took {took:?}; wanted {want:?}"));
        }
    },
    case! {
        id: "modbus.server.rtu.short-frames",
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
        id: "modbus.server.rtu.longest",
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
        id: "modbus.server.rtu.garbage",
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
        id: "modbus.server.rtu.garbage-before",
        title: "garbage directly before a request costs that request at most, and is never answered twice",
        refs: ["F18", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.ends-on-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for noise in [&b"\x55"[..], b"\x00\x00", b"\xff\x03\x00\x00", &[0x11; 30], &[0xa5; 200]] {
                let frame = question(&mut unit)?;
                let mut bytes = noise.to_vec();
                bytes.extend_from_slice(&frame);
                around(&mut unit, &format!("{}-before", noise.len()), &bytes).await?;
            }
        }
    },
    case! {
        id: "modbus.server.rtu.noise-behind",
        title: "one to three characters of noise directly behind a request cost that request at most",
        refs: ["F21", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.ends-on-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for noise in [&b"\x55"[..], b"\x00", b"\xff\xff", b"\x11\x03\x00"] {
                let mut bytes = question(&mut unit)?;
                bytes.extend_from_slice(noise);
                around(&mut unit, &format!("{}-behind", hex::plain(noise)), &bytes).await?;
            }
        }
    },
    case! {
        id: "modbus.server.rtu.truncated",
        title: "a request that is cut off anywhere, a silence, a request: one answer",
        refs: ["F19", "S01", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["rtu.keeps-what-is-damaged", "any.ends-on-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let own = unit.unit;
            let mut frames = vec![question(&mut unit)?];
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
        id: "modbus.server.rtu.next-after-silence",
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
        id: "modbus.server.rtu.back-to-back",
        title: "two requests without a silence between them do no lasting harm",
        refs: ["F20", "Serial line 2.5.1.1"],
        carriers: (crate::cases::modbus::RTU_ONLY),
        needs: ["modbus"],
        killed_by: ["any.ends-on-damage", "rtu.keeps-what-is-damaged"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = question(&mut unit)?;
            unit.wire.send(&frame.repeat(2)).await?;
            let heard = unit.silence().await;
            let answers = unit.framing.read(&heard);
            let good = answers.len() <= 2 && answers.iter().all(|read| {
                matches!(read, crate::reference::modbus::adu::Read::Frame(adu) if adu.unit == unit.unit)
            });
            cx.check("answers").that(good, hex::short(&heard));
            unit.pause().await;
            unit.alive("alive").await?;
        }
    },
    case! {
        id: "modbus.server.rtu.foreign-traffic",
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
        id: "modbus.server.rtu.foreign-silence",
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

/// The frame of a harmless question.
fn question(unit: &mut Unit<'_>) -> Result<Vec<u8>, Halt> {
    let (asked, _) = unit.question();
    let pdu = unit.pdu(&asked)?;
    Ok(unit.frame(&pdu))
}

/// Judges that what came is one answer, or nothing.
fn judge(unit: &Unit<'_>, name: &str, heard: &Heard, answered: bool) {
    let check = unit.cx.check(name);
    if !answered {
        return check.nothing(heard);
    }
    match unit.one(unit.unit, heard) {
        Ok(pdu) => check.pass(format!("got {}", hex::short(&pdu))),
        Err(why) => check.fail(why),
    }
}

/// A request with something about it: one answer at most; then a request, and its answer.
async fn around(unit: &mut Unit<'_>, name: &str, bytes: &[u8]) -> Result<(), Halt> {
    unit.wire.send(bytes).await?;
    let heard = unit.silence().await;
    if heard.is_empty() {
        unit.cx.check(name).pass("not answered");
    } else {
        judge(unit, name, &heard, true);
    }
    unit.pause().await;
    unit.alive(&format!("after-{name}")).await
}

async fn silence_before_the_answer(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let outer = silences(&mut unit.wire).1;
    // What a drain and a read may be late by on a line of an operating system.
    let tolerance = if cx.profile().has(Profile::EXACT) {
        Duration::from_nanos(100)
    } else {
        Duration::from_millis(1)
    };
    for nth in 0..3 {
        let frame = question(&mut unit)?;
        unit.wire.send(&frame).await?;
        let sent = cx.clock().now();
        let heard = unit.answer().await;
        judge(&unit, &format!("answer-{nth}"), &heard, true);
        if let Some(gap) = unit.began_after(sent, &heard) {
            let seen = format!("{gap:?} after the request; t3.5 is {outer:?}");
            cx.check(format!("silence-{nth}"))
                .that(gap + tolerance >= outer, seen);
        }
        unit.pause().await;
    }
    Ok(())
}

/// A request in two pieces, cut everywhere, with a pause of so many tenths of a character between them.
async fn pauses(cx: &Context, tenths: u32, answered: bool) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let length = question(&mut unit)?.len();
    let pause = silences(&mut unit.wire).1 * tenths / 35;
    for at in 1..length {
        let heard = split(&mut unit, at, pause).await?;
        judge(&unit, &format!("cut-at-{at}"), &heard, answered);
        unit.pause().await;
    }
    unit.alive("alive").await
}

async fn split(unit: &mut Unit<'_>, at: usize, pause: Duration) -> Result<Heard, Halt> {
    let frame = question(unit)?;
    let (one, two) = frame.split_at_checked(at).unwrap_or((&frame, &[]));
    unit.wire.send(one).await?;
    unit.cx.clock().sleep(pause).await;
    unit.wire.send(two).await?;
    Ok(unit.silence().await)
}
