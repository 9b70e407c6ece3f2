//! Replies that arrive in pieces, or several in one piece.

use core::time::Duration;

use crate::{Case, Context, Halt, case, script::modbus::Answer};

use super::{
    super::{ALL, ASCII_OVER_TCP, RTU_OVER_TCP},
    functions::Function,
    work::{AFTERWARDS, Slave, TIMEOUT, UNIT, pdu, read, read_pdu, value, value_pdu},
};

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.pieces.cut",
        title: "it does not matter in which pieces a reply arrives",
        refs: ["F22", "M16", "T02"],
        level: Must,
        side: Client,
        carriers: (ALL),
        params: ["read-coils", "read-holding-registers", "write-single-coil", "read-exception-status",
            "return-query-data", "get-comm-event-log", "write-multiple-registers", "report-server-id",
            "read-file-record", "read-fifo-queue", "read-device-identification"],
        killed_by: ["modbus.client.frame-per-read"],
        => |cx| { pieces(cx).await? }
    },
    case! {
        id: "modbus.client.pieces.coalesced",
        title: "a reply that arrives in one piece with another unit's is taken",
        refs: ["T12", "F24", "M02"],
        level: Must,
        side: Client,
        carriers: (&[&RTU_OVER_TCP, &ASCII_OVER_TCP]),
        params: ["behind", "exception", "two", "echo"],
        killed_by: ["modbus.client.drops-coalesced-frames", "modbus.client.foreign-reply-ends-the-wait"],
        => |cx| { coalesced(cx).await? }
    },
];

async fn pieces(cx: &Context) -> Result<(), Halt> {
    let function = Function::named(cx.param())?;
    let wanted: Vec<Answer> = function.answer().into_iter().chain([value()]).collect();
    let length = function.reply_pdu().len() + 6;
    for at in 0..=length {
        let call = (function.request)().to(UNIT, 4 * TIMEOUT);
        let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
        let asked = slave.asked(UNIT, &function.request_pdu()).await?;
        let frame = slave.frame(&asked, &function.reply_pdu());
        slave.pause().await;
        // The first time every byte alone, then two pieces; on a line without a silence between.
        let pieces: Vec<&[u8]> = match frame.split_at_checked(at) {
            Some((_, _)) if at == 0 => frame.chunks(1).collect(),
            Some((head, tail)) => vec![head, tail],
            None => break,
        };
        let between = if slave.is_line() { 0 } else { 2 };
        let between = Duration::from_millis(between);
        slave.client.wire.send_pieces(&pieces, between).await?;
        slave.afterwards().await?;
        let name = if at == 0 {
            "bytewise".to_owned()
        } else {
            format!("cut-at-{at}")
        };
        slave.says(&name, &wanted).await?;
    }
    Ok(())
}

async fn coalesced(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    let own = slave.frame(&asked, &value_pdu(0x2222));
    let framing = slave.framing;
    let foreign = |unit, said: &[u8]| framing.frame(asked.adu.transaction, unit, said);
    let all = match cx.param() {
        "behind" => [foreign(18, &value_pdu(0x1111)), own].concat(),
        "exception" => [foreign(18, &pdu("83 02")), own].concat(),
        "two" => [
            foreign(1, &pdu("10 0001 0002")),
            foreign(2, &pdu("01 03 cd 6b 05")),
            own,
        ]
        .concat(),
        _ => [foreign(18, &pdu("06 0001 0003")), own].concat(),
    };
    slave.send(&all).await?;
    slave.afterwards().await?;
    let wanted = [Answer::Words(vec![0x2222]), value()];
    slave.says("taken", &wanted).await
}
