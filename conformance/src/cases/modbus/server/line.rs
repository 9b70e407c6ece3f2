//! What both serial framings ask of a line: characters and their parity; F13, F15, A09.

use lineside_io::{Parity, Settings};

use super::unit::Unit;
use crate::{Case, Context, Halt, Wire, case};

server_group! {
    /// Characters of a line.
    pub(super) static GROUP = "line", "characters and their parity", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.line.parity-error",
        title: "a frame with a character whose parity is wrong is neither answered nor executed",
        refs: ["F13", "S01", "Serial line 2.5.1.2, 2.6.1"],
        carriers: (crate::cases::modbus::LINES),
        needs: ["fc03", "fc06", "holding.write.1", "exact"],
        hazard: Writes,
        killed_by: ["line.ignores-damage"],
        => |cx| { parity_error(cx).await? }
    },
    case! {
        id: "modbus.server.line.parity-of-answers",
        title: "the characters of an answer have the line's parity",
        refs: ["F15", "A09", "Serial line 2.5.1, 2.5.2"],
        carriers: (crate::cases::modbus::LINES),
        needs: ["modbus"],
        killed_by: ["line.without-parity"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = unit.harmless()?;
            let heard = unit.exchange(&frame).await?;
            cx.check("undamaged").that(heard.marks.is_empty(), format!("{:?}", heard.marks));
            let one = unit.one(unit.unit, &heard);
            cx.check("answer").that(one.is_ok(), format!("{one:?}"));
        }
    },
    case! {
        id: "modbus.server.line.break",
        title: "a break inside a frame spoils it, and the next request is answered",
        refs: ["F13", "Serial line 2.5.1.2"],
        carriers: (crate::cases::modbus::LINES),
        needs: ["fc03", "fc06", "holding.write.1", "exact"],
        hazard: DropsLink,
        killed_by: ["line.ignores-damage"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            unit.row("06 {holding} 1111", "06 {holding} 1111").await?;
            let pdu = unit.pdu("06 {holding} 2222")?;
            let frame = unit.frame(&pdu);
            let (one, two) = frame.split_at(3);
            unit.wire.send(one).await?;
            // As long as a character and a little more: shorter than t1.5 behind the last one.
            let length = unit.character() * 12 / 10;
            unit.wire.send_break(length).await?;
            unit.wire.send(two).await?;
            cx.check("spoiled").nothing(&unit.silence().await);
            unit.row("03 {holding} 0001", "03 02 1111").await?;
        }
    },
];

/// A character whose parity is wrong comes between two good ones of a good frame; then in the place of
/// one.
async fn parity_error(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    unit.row("06 {holding} 1111", "06 {holding} 1111").await?;
    let pdu = unit.pdu("06 {holding} 2222")?;
    let length = unit.frame(&pdu).len();
    for at in 1..length {
        for (name, skipped) in [("between", 0), ("instead", 1)] {
            let frame = unit.frame(&pdu);
            let (before, behind) = frame.split_at_checked(at).unwrap_or((&frame, &[]));
            unit.wire.send(before).await?;
            // With the other parity, and no character that either framing ends at.
            let bad = behind.first().copied().unwrap_or(0x55);
            with_other_parity(&mut unit.wire, &[bad]).await?;
            unit.wire
                .send(behind.get(skipped..).unwrap_or_default())
                .await?;
            let heard = unit.wire.receive_until_quiet().await;
            cx.check(format!("{name}-{at}")).nothing(&heard);
            unit.pause().await;
        }
    }
    unit.row("03 {holding} 0001", "03 02 1111").await?;
    unit.alive("alive").await
}

async fn with_other_parity(wire: &mut Wire, bytes: &[u8]) -> Result<(), Halt> {
    let none = || Halt::Wire("it has no parity".to_owned());
    let line = wire.line().ok_or_else(none)?;
    let before = line.settings();
    let other = match before.parity {
        Parity::Even => Parity::Odd,
        Parity::Odd => Parity::Even,
        _ => return Err(none()),
    };
    let wrong = Settings {
        parity: other,
        ..before
    };
    line.configure(wrong).await.map_err(|_| none())?;
    wire.send(bytes).await?;
    let line = wire.line().ok_or_else(none)?;
    line.configure(before).await.map_err(|_| none())?;
    Ok(())
}
