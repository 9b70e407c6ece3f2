//! The side that answers: it is sent frames, and what it sends back is read.

use core::time::Duration;

use super::{Bytes, Cut, Damaged, bare, judge, judge_answer, records, wanted};
use crate::{
    Context, Halt,
    reference::{Codec, Mutation, codec},
};

/// These bytes mean these records, however they are cut; the wire stays open.
pub(crate) async fn hears(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let (bytes, want) = (bytes.bytes(cx.max_record()), wanted(cx, want));
    for cut in Cut::ALL {
        let mut wire = cx.connect().await?;
        cut.send(&mut wire, &bytes).await?;
        let heard = wire.receive_until_quiet().await;
        judge_answer(cx, cut.name(), &heard, &want);
        let open = cx.check(format!("{}-open", cut.name()));
        open.that(!heard.closed(), format!("the wire: {:?}", heard.ended));
    }
    Ok(())
}

/// The same; that nothing was reported as damaged, only a client can show.
pub(crate) async fn hears_silently(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    hears(cx, bytes, want).await
}

/// The same when the stream then ends.
pub(crate) async fn hears_at_end(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let mut wire = cx.connect().await?;
    wire.send(&bytes.bytes(cx.max_record())).await?;
    wire.finish().await?;
    let heard = wire.receive_until_closed().await;
    judge_answer(cx, "records", &heard, &wanted(cx, want));
    cx.check("ends-too")
        .that(heard.closed(), format!("after our end: {:?}", heard.ended));
    Ok(())
}

/// This record makes these bytes: an echo sends back what it was sent.
pub(crate) async fn sends(
    cx: &Context,
    _record: &dyn Bytes,
    frame: &[&dyn Bytes],
) -> Result<(), Halt> {
    let frame: Vec<u8> = wanted(cx, frame).concat();
    let mut wire = cx.connect().await?;
    wire.send(&frame).await?;
    let heard = wire.receive_until_quiet().await;
    cx.check("frame")
        .equal(bare(cx.dialect(), &heard), bare(cx.dialect(), &frame));
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
        let mut wire = cx.connect().await?;
        wire.send(&damage.bytes).await?;
        let heard = wire.receive_until_quiet().await;
        if heard.closed() {
            cx.check("open")
                .fail(format!("{}: the wire {:?}", damage.what, heard.ended));
        }
        let got = records(cx.dialect(), &heard);
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
    let mut wire = cx.connect().await?;
    super::send_with_break(&mut wire, &bytes.bytes(cx.max_record())).await?;
    let heard = wire.receive_until_quiet().await;
    judge_answer(cx, "records", &heard, &wanted(cx, want));
    Ok(())
}

/// Pieces with silences between them; after ten characters the answer is awaited, and is one record.
pub(crate) async fn paced(
    cx: &Context,
    bytes: &dyn Bytes,
    want: &[&dyn Bytes],
) -> Result<(), Halt> {
    let mut wire = cx.connect().await?;
    let mut got = Vec::new();
    for (piece, pause) in super::pieces(&bytes.bytes(cx.max_record())) {
        wire.send(&piece).await?;
        if pause >= 100 {
            got.push(wire.receive_until_quiet().await.bytes);
        } else {
            wire.pause(pause, Duration::ZERO).await;
        }
    }
    got.push(wire.receive_until_quiet().await.bytes);
    got.retain(|answer| !answer.is_empty());
    let want = wanted(cx, want);
    // Answers to records that follow each other closely are heard as one run of bytes.
    if got.len() < want.len() {
        judge(cx, "records", &[got.concat()], &[want.concat()]);
    } else {
        judge(cx, "records", &got, &want);
    }
    Ok(())
}

/// A frame goes, its record comes back; or the profile's first exchange.
pub(crate) async fn alive(cx: &Context, frame: &dyn Bytes, record: &dyn Bytes) -> Result<(), Halt> {
    let max = cx.max_record();
    let (frame, want) = match cx.profile().exchanges.first() {
        None => (frame.bytes(max), record.bytes(max)),
        Some(_) => exchange(cx)?,
    };
    let mut wire = cx.connect().await?;
    wire.send(&frame).await?;
    let heard = wire.receive_until_quiet().await;
    judge_answer(cx, "alive", &heard, &[want]);
    Ok(())
}

/// The frame of a record that is answered, and the answer: the profile's first exchange, or what an
/// echo says.
fn exchange(cx: &Context) -> Result<(Vec<u8>, Vec<u8>), Halt> {
    let textbook = textbook(cx)?;
    if let Some(known) = cx.profile().exchanges.first() {
        return Ok((textbook.encode(&known.send.0), known.expect.0.clone()));
    }
    let record = vec![b'a'; record_size(cx)];
    Ok((textbook.encode(&record), record))
}

/// How long a record may well be.
pub(crate) fn record_size(cx: &Context) -> usize {
    let fixed = cx.dialect().get("size");
    fixed.and_then(|size| size.parse().ok()).unwrap_or(8)
}

/// The textbook of what is spoken.
pub(crate) fn textbook(cx: &Context) -> Result<Box<dyn Codec>, Halt> {
    let textbook = codec(cx.dialect(), cx.max_record(), &Mutation::none());
    textbook.ok_or_else(super::no_textbook)
}

/// A byte at a time, then the answer.
pub(crate) async fn answers_bytewise(cx: &Context) -> Result<(), Halt> {
    let (frame, want) = exchange(cx)?;
    let mut wire = cx.connect().await?;
    Cut::Bytewise.send(&mut wire, &frame).await?;
    let heard = wire.receive_until_quiet().await;
    judge_answer(cx, "answer", &heard, &[want]);
    Ok(())
}

/// Three frames in one piece, then three answers.
pub(crate) async fn answers_together(cx: &Context) -> Result<(), Halt> {
    let (frame, want) = exchange(cx)?;
    let mut wire = cx.connect().await?;
    wire.send(&frame.repeat(3)).await?;
    let heard = wire.receive_until_quiet().await;
    judge_answer(cx, "answers", &heard, &[want.clone(), want.clone(), want]);
    Ok(())
}

/// A frame of many times the longest record, whose answer, if any, does not matter; then a good one.
pub(crate) async fn answers_after_overlong(cx: &Context) -> Result<(), Halt> {
    let (frame, want) = exchange(cx)?;
    let overlong = textbook(cx)?.encode(&vec![b'A'; cx.max_record().saturating_mul(4)]);
    let mut wire = cx.connect().await?;
    wire.send(&overlong).await?;
    let heard = wire.receive_until_quiet().await;
    let open = cx.check("open");
    open.that(!heard.closed(), format!("the wire: {:?}", heard.ended));
    wire.send(&frame).await?;
    let heard = wire.receive_until_quiet().await;
    judge_answer(cx, "answer", &heard, &[want]);
    Ok(())
}

/// Whether a record that nobody could expect comes back.
pub(crate) async fn probe_echo(cx: &Context) -> Result<(), Halt> {
    let (textbook, size) = (textbook(cx)?, record_size(cx));
    let mut rng = cx.rng();
    let record: Vec<u8> = core::iter::repeat_with(|| rng.u8(b'a'..=b'z'))
        .take(size)
        .collect();
    let mut wire = cx.connect().await?;
    wire.send(&textbook.encode(&record)).await?;
    let heard = wire.receive_until_quiet().await;
    judge_answer(cx, "echo", &heard, &[record]);
    Ok(())
}
