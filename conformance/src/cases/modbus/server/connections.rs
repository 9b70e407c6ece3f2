//! Connections of a TCP server, and what goes over them in one piece: T03, T07.

use super::unit::Unit;
use crate::{
    Case, Context, Halt, Modbus, case, hex,
    reference::modbus::adu::{Framing, Read},
};

server_group! {
    /// Connections.
    pub(super) static GROUP = "connections", "connections of a TCP server", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.connections.most",
        title: "with every connection taken one more does not exceed their number, and at most the one that was not used for longest goes for it",
        refs: ["T07", "Messaging on TCP/IP 4.2.1"],
        level: Should,
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus", "connections"],
        hazard: DropsLink,
        killed_by: ["host.takes-everybody-in", "host.closes-the-busiest"],
        => |cx| { most(cx).await? }
    },
    case! {
        id: "modbus.server.connections.place",
        title: "a connection that ends gives its place to another, however often",
        refs: ["T07", "T09", "Messaging on TCP/IP 4.2.1"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus", "connections"],
        hazard: DropsLink,
        killed_by: ["host.is-full-for-ever"],
        => |cx| {
            for turn in 0..3 {
                let mut units = all(cx).await?;
                for (number, unit) in units.iter_mut().enumerate() {
                    unit.alive(&format!("turn-{turn}-{number}")).await?;
                }
                drop(units);
                cx.clock().sleep(cx.profile().timing.quiet(core::time::Duration::ZERO)).await;
            }
        }
    },
    case! {
        id: "modbus.server.connections.segments",
        title: "an answer goes out in one piece and alone, also when sixteen requests came in one",
        refs: ["T03", "Messaging on TCP/IP 4.2.1"],
        level: Should,
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["fc03", "holding.read.16", "segments"],
        killed_by: ["tcp.joins-answers", "any.sends-in-two"],
        => |cx| { segments(cx).await? }
    },
];

/// As many connections as there may be.
async fn all(cx: &Context) -> Result<Vec<Unit<'_>>, Halt> {
    let most = cx.profile().limit(Modbus::CONNECTIONS, 1).clamp(1, 64);
    let mut units = Vec::new();
    for _ in 0..most {
        units.push(Unit::connect(cx).await?);
    }
    Ok(units)
}

/// Whether a harmless question is answered.
async fn answers(unit: &mut Unit<'_>) -> bool {
    let Ok(frame) = unit.harmless() else {
        return false;
    };
    match unit.exchange(&frame).await {
        Ok(heard) => unit.one(unit.unit, &heard).is_ok(),
        Err(_) => false,
    }
}

async fn most(cx: &Context) -> Result<(), Halt> {
    let mut units = all(cx).await?;
    for (number, unit) in units.iter_mut().enumerate() {
        unit.alive(&format!("one-of-the-most-{number}")).await?;
    }
    // Now it is the second, where there are two, that was not used for longest.
    if let [first, _, ..] = &mut *units {
        first.alive("used-again").await?;
    }
    let unused = usize::from(units.len() > 1);
    // Refused, closed at once, left waiting, or taken in: what a server does is its own affair.
    let mut late = Unit::connect(cx).await.ok();
    let taken_in = match &mut late {
        Some(late) => answers(late).await,
        None => false,
    };
    let mut alive = Vec::new();
    for unit in &mut units {
        alive.push(answers(unit).await);
    }
    let served = alive.iter().filter(|one| **one).count() + usize::from(taken_in);
    let seen = format!("{served} are answered of {} that may be", units.len());
    cx.check("no-more").that(served <= units.len(), seen);
    let kept = alive.iter().enumerate();
    let kept = kept.filter(|(number, _)| !taken_in || *number != unused);
    let lost: Vec<usize> = kept
        .filter(|(_, alive)| !**alive)
        .map(|(at, _)| at)
        .collect();
    let seen =
        format!("one more is answered: {taken_in}; lost are {lost:?}, unused for longest {unused}");
    cx.check("others-stay").that(lost.is_empty(), seen);
    Ok(())
}

async fn segments(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let own = unit.unit;
    let mut bytes = Vec::new();
    for count in 1..=16_u16 {
        let pdu = unit.pdu(&format!("03 {{holding.first}} {count:04X}"))?;
        bytes.extend(Framing::Tcp.frame(count, own, &pdu));
    }
    unit.wire.send(&bytes).await?;
    let mut count = 0;
    loop {
        let piece = unit.wire.receive_at_least(1).await;
        if piece.is_empty() {
            break;
        }
        count += 1;
        let alone = matches!(&*Framing::Tcp.read(&piece), [Read::Frame(_)]);
        cx.check(format!("piece-{count}"))
            .that(alone, hex::short(&piece));
    }
    cx.check("pieces").same(&count, &16);
    Ok(())
}
