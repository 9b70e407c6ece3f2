//! A pair of wires for both directions: the server's own echo (F23), and the turn of the direction (M22).

use super::unit::{Unit, silences};
use crate::{Carrier, Case, Context, Halt, Profile, case, hex};

server_group! {
    /// Both directions on one pair.
    pub(super) static GROUP = "two-wire", "both directions on one pair of wires", cases CASES
}

/// RTU on a line on which the server hears itself.
static RTU_ECHO: Carrier = Carrier {
    name: "rtu-echo",
    speaks: "modbus-rtu?echo=yes",
    needs: &[Profile::LINE, Profile::EXACT],
    ..crate::cases::modbus::RTU
};
/// The same for ASCII.
static ASCII_ECHO: Carrier = Carrier {
    name: "ascii-echo",
    speaks: "modbus-ascii?echo=yes",
    needs: &[Profile::LINE, Profile::EXACT],
    ..crate::cases::modbus::ASCII
};
static ECHOES: &[&Carrier] = &[&RTU_ECHO, &ASCII_ECHO];

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.two-wire.echo",
        title: "a server that hears itself does not take its own answer for a request",
        refs: ["F23", "S08", "Serial line 3.3.2"],
        carriers: (ECHOES),
        needs: ["fc03", "fc06", "holding.write.1"],
        hazard: Writes,
        killed_by: ["line.hears-itself"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for (asked, want) in [
                ("06 {holding} 1111", "06 {holding} 1111"),
                ("03 {holding} 0001", "03 02 1111"),
                ("03 {holding} 0000", "83 03"),
            ] {
                unit.row(asked, want).await?;
                cx.check(format!("{asked}: no more")).nothing(&unit.silence().await);
            }
            unit.alive("alive").await?;
        }
    },
    case! {
        id: "modbus.server.two-wire.direction",
        title: "an answer is whole to its last bit, and so is a request that begins t3.5 after it",
        refs: ["M22", "F01", "F20", "Serial line 2.5.1.1, 3.3.2"],
        carriers: (crate::cases::modbus::SPEEDS),
        needs: ["fc03", "holding.read.125", "exact"],
        params: ["short", "longest"],
        killed_by: ["rtu.lets-go-early", "rtu.lets-go-late"],
        => |cx| { direction(cx).await? }
    },
];

async fn direction(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let count = if cx.param() == "short" { 1 } else { 125 };
    let pdu = unit.pdu(&format!("03 {{holding.first}} {count:04X}"))?;
    let length = unit.frame(&vec![0; 2 + 2 * count]).len();
    let (_, t3_5) = silences(&mut unit.wire);
    let half = unit.character() / 2;
    for turn in 0..3 {
        let frame = unit.frame(&pdu);
        unit.wire.send(&frame).await?;
        let heard = unit.wire.receive_at_least(length).await;
        let one = unit.one(unit.unit, &heard);
        let seen = one
            .as_ref()
            .map_or_else(Clone::clone, |pdu| hex::short(pdu));
        cx.check(format!("answer-{turn}")).that(one.is_ok(), seen);
        if let Some(last) = heard.last {
            let at = last + t3_5 + half;
            cx.clock().sleep(at.since(cx.clock().now())).await;
        }
    }
    Ok(())
}
