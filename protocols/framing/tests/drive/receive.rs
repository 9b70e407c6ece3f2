//! Runs a framing over bytes as a receiver does, and damages bytes as a line does.

use lineside_framing::wire::{Cause, Find, Framing, Reason};

/// What came out of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) records: Vec<Vec<u8>>,
    pub(crate) faults: Vec<Reason>,
    /// Bytes of each frame and each skipped run that had a reason, and of all idle fill together.
    pub(crate) counted: (Vec<usize>, usize),
}

/// What comes out of `pieces`, which arrive one after the other before the stream ends.
pub(crate) fn receive<'a, F: Framing>(
    mut framing: F,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Received {
    let mut received = Received::default();
    let mut rx = Vec::new();
    for piece in pieces {
        rx.extend_from_slice(piece);
        drain(&mut framing, &mut rx, Cause::Bytes, &mut received);
    }
    drain(&mut framing, &mut rx, Cause::Eof, &mut received);
    assert!(rx.is_empty(), "bytes left after the end: {rx:02X?}");
    received
}

/// Looks at `rx` until there is no more to find.
pub(crate) fn drain<F: Framing>(
    framing: &mut F,
    rx: &mut Vec<u8>,
    cause: Cause,
    into: &mut Received,
) {
    loop {
        match framing.find(rx, cause) {
            Find::More => return,
            Find::Frame(len) => {
                let mut frame: Vec<u8> = rx.drain(..len).collect();
                into.counted.0.push(len);
                match framing.decode(&mut frame) {
                    Ok(record) => into.records.push(frame[record].to_vec()),
                    Err(reason) => into.faults.push(reason),
                }
            }
            Find::Skip(len, reason) => {
                assert!(
                    len > 0 || cause == Cause::Mark,
                    "an answer without progress"
                );
                rx.drain(..len);
                match reason {
                    Some(reason) => {
                        into.counted.0.push(len);
                        into.faults.push(reason);
                    }
                    None => into.counted.1 += len,
                }
            }
        }
    }
}

/// The frame that holds `record`.
pub(crate) fn sent<F: Framing>(framing: &F, record: &[u8]) -> Vec<u8> {
    sent_in_parts(framing, &[record])
}

/// The frame that holds the concatenation of `parts`, which must fit the worst case's room.
pub(crate) fn sent_in_parts<F: Framing>(framing: &F, parts: &[&[u8]]) -> Vec<u8> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![0xAA; framing.max_encoded_len(len)];
    let written = framing
        .encode(parts, &mut out)
        .expect("the worst case has room");
    out.truncate(written);
    out
}

/// `bytes` in one piece, in each two pieces, and a byte at a time, all give the same; gives that.
pub(crate) fn receive_in_all_cuts<F: Framing + Clone>(framing: &F, bytes: &[u8]) -> Received {
    let whole = receive(framing.clone(), [bytes]);
    for at in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(at);
        let cut = receive(framing.clone(), [head, tail]);
        assert_eq!(cut, whole, "cut at {at} of {bytes:02X?}");
    }
    let single = receive(framing.clone(), bytes.chunks(1));
    assert_eq!(single, whole, "a byte at a time: {bytes:02X?}");
    whole
}

/// Every way to damage one byte of `bytes` at `at`: lost, doubled, put in, each bit flipped.
pub(crate) fn damaged(bytes: &[u8], at: usize) -> Vec<Vec<u8>> {
    let (head, tail) = bytes.split_at(at);
    let with = |middle: &[u8], rest: &[u8]| [head, middle, rest].concat();
    let mut all = vec![with(&[], &tail[1..]), with(&[tail[0]], tail)];
    all.extend([0x00, 0x11, 0x41, 0x7D, 0x7E, 0xC0, 0xDB, 0xFF].map(|byte| with(&[byte], tail)));
    all.extend((0..8).map(|bit| with(&[tail[0] ^ (1 << bit)], &tail[1..])));
    all
}

/// Of `records`, sent one after the other, at most `most` are lost by any damage to one byte.
pub(crate) fn damage_costs_at_most<F: Framing + Clone>(
    framing: &F,
    records: &[&[u8]],
    most: usize,
) {
    let stream: Vec<u8> = records
        .iter()
        .flat_map(|record| sent(framing, record))
        .collect();
    for at in 0..stream.len() {
        for bytes in damaged(&stream, at) {
            let received = receive(framing.clone(), [bytes.as_slice()]).records;
            let mut rest = received.iter();
            let kept = records
                .iter()
                .filter(|record| {
                    let mut look = rest.clone();
                    let there = look.any(|other| other == *record);
                    if there {
                        rest = look;
                    }
                    there
                })
                .count();
            assert!(
                kept + most >= records.len(),
                "byte {at}: {bytes:02X?} gave {received:02X?}"
            );
        }
    }
}

/// Random records of each length up to `longest`, rich in the bytes of `special`.
pub(crate) fn random_records(
    seed: u64,
    longest: usize,
    special: &[u8],
) -> impl Iterator<Item = Vec<u8>> {
    let mut rng = fastrand::Rng::with_seed(seed);
    (1..=longest).map(move |len| {
        let rich = rng.u32(..4);
        let byte = |rng: &mut fastrand::Rng| match rng.u32(..8) {
            n if n < rich => special[rng.usize(..special.len())],
            _ => rng.u8(..),
        };
        (0..len).map(|_| byte(&mut rng)).collect()
    })
}
