//! The side that asks: it is told what to send, and reports what it received.

use core::time::Duration;
use std::borrow::Cow;

use super::{Bytes, Cut, Damaged, bare, judge, wanted};
use crate::{
    Client, Context, Halt,
    reference::{Mutation, codec},
    script::{Exit, Report, Step},
};

/// More records than any row has: the client receives until the wire ends.
const ALL: usize = 1_000;

/// These bytes mean these records, however they are cut.
pub(crate) async fn hears(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let (bytes, want) = (bytes.bytes(cx.max_record()), wanted(cx, want));
    for cut in Cut::ALL {
        let mut client = cx.client_with(vec![Step::Recv(ALL)]).await?;
        cut.send(&mut client.wire, &bytes).await?;
        received(cx, cut.name(), client, &want).await?;
    }
    Ok(())
}

/// The same, and nothing is reported as damaged.
pub(crate) async fn hears_silently(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let mut client = cx.client_with(vec![Step::Recv(ALL)]).await?;
    client.wire.send(&bytes.bytes(cx.max_record())).await?;
    let report = received(cx, "records", client, &wanted(cx, want)).await?;
    let damage: Vec<_> = report.damaged().collect();
    cx.check("silently").that(
        damage.is_empty(),
        format!("reported as damaged: {damage:?}"),
    );
    Ok(())
}

/// The same when the stream then ends.
pub(crate) async fn hears_at_end(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let mut client = cx.client_with(vec![Step::Recv(ALL)]).await?;
    client.wire.send(&bytes.bytes(cx.max_record())).await?;
    client.wire.finish().await?;
    received(cx, "records", client, &wanted(cx, want)).await?;
    Ok(())
}

/// This record makes these bytes.
pub(crate) async fn sends(
    cx: &Context,
    record: &dyn Bytes,
    frame: &[&dyn Bytes],
) -> Result<(), Halt> {
    let record = record.bytes(cx.max_record());
    let frame: Vec<u8> = wanted(cx, frame).concat();
    let mut client = cx.client_with(vec![Step::Send(Cow::Owned(record))]).await?;
    let heard = client.wire.receive_until_quiet().await;
    cx.check("frame")
        .equal(bare(cx.dialect(), &heard), bare(cx.dialect(), &frame));
    let report = client.close_and_finish().await?;
    did(cx, "sent", &report);
    Ok(())
}

/// Damage anywhere in the second of four records costs at most one good one.
pub(crate) async fn survives(
    cx: &Context,
    thin: &dyn Bytes,
    sent: &[&dyn Bytes],
) -> Result<(), Halt> {
    let damaged = Damaged::new(cx, thin, sent)?;
    let mut fine = 0;
    for damage in damaged.all() {
        let mut client = cx.client_with(vec![Step::Recv(ALL)]).await?;
        client.wire.send(&damage.bytes).await?;
        client.wire.receive_until_quiet().await;
        let report = client.close_and_finish().await?;
        let got: Vec<_> = report.records().map(<[u8]>::to_vec).collect();
        fine += usize::from(damaged.judge(cx, &damage, &got));
    }
    super::sum_up(cx, fine);
    Ok(())
}

/// The line breaks between the two pieces.
pub(crate) async fn breaks(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let mut client = cx.client_with(vec![Step::Recv(ALL)]).await?;
    super::send_with_break(&mut client.wire, &bytes.bytes(cx.max_record())).await?;
    received(cx, "records", client, &wanted(cx, want)).await?;
    Ok(())
}

/// Pieces with silences between them.
pub(crate) async fn paced(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let mut client = cx.client_with(vec![Step::Recv(ALL)]).await?;
    for (piece, pause) in super::pieces(&bytes.bytes(cx.max_record())) {
        client.wire.send(&piece).await?;
        client.wire.pause(pause, Duration::ZERO).await;
    }
    received(cx, "records", client, &wanted(cx, want)).await?;
    Ok(())
}

/// A frame of many times the longest record is reported as damaged once, however it is cut.
pub(crate) async fn reports_once(cx: &Context) -> Result<(), Halt> {
    let textbook =
        codec(cx.dialect(), cx.max_record(), &Mutation::none()).ok_or_else(super::no_textbook)?;
    let overlong = textbook.encode(&vec![b'A'; cx.max_record().saturating_mul(4)]);
    for cut in Cut::ALL {
        let mut client = cx.client_with(vec![Step::Recv(ALL)]).await?;
        cut.send(&mut client.wire, &overlong).await?;
        client.wire.receive_until_quiet().await;
        let report = client.close_and_finish().await?;
        let times = report.damaged().count();
        cx.check(format!("{}-once", cut.name()))
            .that(times == 1, format!("reported as damaged {times} times"));
        did(cx, cut.name(), &report);
    }
    Ok(())
}

/// A frame comes, its record is reported.
pub(crate) async fn alive(cx: &Context, frame: &dyn Bytes, record: &dyn Bytes) -> Result<(), Halt> {
    let mut client = cx.client_with(vec![Step::Recv(1)]).await?;
    client.wire.send(&frame.bytes(cx.max_record())).await?;
    received(cx, "alive", client, &[record.bytes(cx.max_record())]).await?;
    Ok(())
}

/// Lets the client come to rest, ends its wire, and judges what it reports.
async fn received(
    cx: &Context,
    name: &str,
    mut client: Client,
    want: &[Vec<u8>],
) -> Result<Report, Halt> {
    client.wire.receive_until_quiet().await;
    let report = client.close_and_finish().await?;
    let got: Vec<_> = report.records().map(<[u8]>::to_vec).collect();
    judge(cx, name, &got, want);
    did(cx, name, &report);
    Ok(report)
}

fn did(cx: &Context, name: &str, report: &Report) {
    let check = cx.check(format!("{name}-did"));
    check.that(
        report.exit == Exit::Did,
        format!("the client ended: {:?}", report.exit),
    );
}
