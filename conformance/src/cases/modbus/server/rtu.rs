//! RTU on a line: its silences; F01 to F07.
//!
//! In memory, times are exact to a bit. On a real line drain and read are late by what the operating
//! system and the adapter take, so that cases of times shorter than a few characters need `exact`.

use core::time::Duration;

use super::unit::{Unit, silences};
use crate::{Case, Context, Halt, Heard, Profile, case};

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
                unit.judge_answered(&format!("{micros}-us"), &heard, answered);
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
            let frame = unit.harmless()?;
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
            let frame = unit.harmless()?;
            let heard = unit.exchange(&frame).await?;
            unit.judge_answered("answer", &heard, true);
            let characters = u32::try_from(heard.len()).unwrap_or(0).saturating_sub(1);
            let want = unit.character() * characters;
            let took = heard.last.zip(heard.first).map(|(last, first)| last.since(first));
            // A character's time is rounded to a nanosecond.
            let close = took.is_some_and(|took| took.abs_diff(want) <= Duration::from_micros(1));
            cx.check("continuous").that(close, format!("took {took:?}; wanted {want:?}"));
        }
    },
];

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
        let frame = unit.harmless()?;
        unit.wire.send(&frame).await?;
        let sent = cx.clock().now();
        let heard = unit.answer().await;
        unit.judge_answered(&format!("answer-{nth}"), &heard, true);
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
    let length = unit.harmless()?.len();
    let pause = silences(&mut unit.wire).1 * tenths / 35;
    for at in 1..length {
        let heard = split(&mut unit, at, pause).await?;
        unit.judge_answered(&format!("cut-at-{at}"), &heard, answered);
        unit.pause().await;
    }
    unit.alive("alive").await
}

async fn split(unit: &mut Unit<'_>, at: usize, pause: Duration) -> Result<Heard, Halt> {
    let frame = unit.harmless()?;
    let (one, two) = frame.split_at_checked(at).unwrap_or((&frame, &[]));
    unit.wire.send(one).await?;
    unit.cx.clock().sleep(pause).await;
    unit.wire.send(two).await?;
    Ok(unit.silence().await)
}
