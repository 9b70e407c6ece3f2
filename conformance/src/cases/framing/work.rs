//! What the rows have in common: how bytes are sent, how records are judged.

use core::time::Duration;

use crate::{
    Context, Dialect, Halt, Probe, hex,
    reference::{Item, Mutation, codec, observe},
    run,
};

pub(crate) mod client;
pub(crate) mod server;

/// Bytes of a row; some depend on the longest record of the subject.
pub(crate) trait Bytes: Sync {
    fn bytes(&self, max: usize) -> Vec<u8>;
}

impl<const N: usize> Bytes for [u8; N] {
    fn bytes(&self, _max: usize) -> Vec<u8> {
        self.to_vec()
    }
}

impl<const N: usize> Bytes for &[u8; N] {
    fn bytes(&self, _max: usize) -> Vec<u8> {
        self.to_vec()
    }
}

impl Bytes for Vec<u8> {
    fn bytes(&self, _max: usize) -> Vec<u8> {
        self.clone()
    }
}

/// `before`, then the longest record and `over` more bytes, all of them `fill`, then `after`.
pub(super) struct Long {
    pub(super) before: &'static [u8],
    pub(super) fill: u8,
    pub(super) over: usize,
    pub(super) after: &'static [u8],
}

impl Bytes for Long {
    fn bytes(&self, max: usize) -> Vec<u8> {
        let fill = core::iter::repeat_n(self.fill, max + self.over);
        let before = self.before.iter().copied();
        before
            .chain(fill)
            .chain(self.after.iter().copied())
            .collect()
    }
}

/// The longest record, all of it one byte.
pub(super) struct Longest(pub(super) u8);

impl Bytes for Longest {
    fn bytes(&self, max: usize) -> Vec<u8> {
        vec![self.0; max]
    }
}

/// Bytes that count up, without wrapping: `Run(1, 254)` is 01 to FE.
pub(super) struct Run {
    pub(super) before: &'static [u8],
    pub(super) from: u8,
    pub(super) to: u8,
    pub(super) after: &'static [u8],
}

impl Bytes for Run {
    fn bytes(&self, _max: usize) -> Vec<u8> {
        let before = self.before.iter().copied();
        before
            .chain(self.from..=self.to)
            .chain(self.after.iter().copied())
            .collect()
    }
}

/// How bytes are cut when they are sent.
#[derive(Clone, Copy)]
enum Cut {
    Whole,
    Bytewise,
}

impl Cut {
    const ALL: [Self; 2] = [Self::Whole, Self::Bytewise];

    const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Bytewise => "bytewise",
        }
    }

    async fn send(self, wire: &mut crate::Wire, bytes: &[u8]) -> Result<(), Halt> {
        match self {
            Self::Whole => wire.send(bytes).await,
            Self::Bytewise => {
                let pieces: Vec<_> = bytes.chunks(1).collect();
                wire.send_pieces(&pieces, Duration::from_millis(1)).await
            }
        }
    }
}

/// Judges the records that a subject delivered.
fn judge(cx: &Context, name: &str, got: &[Vec<u8>], want: &[Vec<u8>]) {
    let seen = format!("delivered {}; wanted {}", shown(got), shown(want));
    cx.check(name).that(got == want, seen);
}

fn shown(records: &[Vec<u8>]) -> String {
    let all: Vec<_> = records
        .iter()
        .map(|record| format!("<{}>", hex::short(record)))
        .collect();
    if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(" ")
    }
}

/// Judges the records in an answer, and that there is nothing else in it.
fn judge_answer(cx: &Context, name: &str, heard: &[u8], want: &[Vec<u8>]) {
    judge(cx, name, &records(cx.dialect(), heard), want);
    let items = observe(cx.dialect(), heard).unwrap_or_default();
    let stray = items.iter().find(|item| matches!(item, Item::Damaged(_)));
    let seen = stray.map_or("nothing else".to_owned(), |stray| {
        format!("beside records: {stray:?}")
    });
    cx.check(format!("{name}-clean"))
        .that(stray.is_none(), seen);
}

/// The records in what a subject sent, in its dialect.
fn records(dialect: &Dialect, heard: &[u8]) -> Vec<Vec<u8>> {
    let items = observe(dialect, heard).unwrap_or_default();
    let record = |item| match item {
        Item::Record(record) => Some(record),
        Item::Damaged(_) => None,
    };
    items.into_iter().filter_map(record).collect()
}

fn wanted(cx: &Context, records: &[&dyn Bytes]) -> Vec<Vec<u8>> {
    records
        .iter()
        .map(|record| record.bytes(cx.max_record()))
        .collect()
}

/// A frame as every sender may write it: without the flags that may stand before it, and with
/// one of those that may stand behind.
fn bare<'a>(dialect: &Dialect, frame: &'a [u8]) -> &'a [u8] {
    let flag = match dialect.name.as_str() {
        "slip" => 0xc0,
        "hdlc" => 0x7e,
        _ => return frame,
    };
    let begin = frame.iter().position(|&byte| byte != flag).unwrap_or(0);
    let frame = frame.get(begin..).unwrap_or_default();
    let end = frame
        .iter()
        .rposition(|&byte| byte != flag)
        .map_or(0, |at| at + 2);
    frame.get(..end).unwrap_or(frame)
}

/// Four records, and every way to damage the frame of the second.
struct Damaged {
    sent: [Vec<u8>; 4],
    frames: [Vec<u8>; 4],
    /// Only every so many places are damaged.
    every: usize,
    /// A check is on: nothing may come that was never sent.
    checked: bool,
}

/// A stream of four frames with one damage.
struct Damage {
    what: String,
    bytes: Vec<u8>,
}

impl Damaged {
    /// `thin` has two bytes: damage every so many places; whether a check is on.
    fn new(cx: &Context, thin: &dyn Bytes, sent: &[&dyn Bytes]) -> Result<Self, Halt> {
        let thin = thin.bytes(0);
        let textbook = codec(cx.dialect(), cx.max_record(), &Mutation::none());
        let textbook = textbook.ok_or_else(no_textbook)?;
        let sent: [Vec<u8>; 4] = wanted(cx, sent)
            .try_into()
            .map_err(|_| Halt::Harness("a row of `survives` has four records".to_owned()))?;
        Ok(Self {
            frames: sent.each_ref().map(|record| textbook.encode(record)),
            sent,
            every: thin.first().map_or(1, |&every| usize::from(every).max(1)),
            checked: thin.get(1).is_some_and(|&checked| checked != 0),
        })
    }

    /// A bit flipped, a byte deleted, a byte inserted, at each place.
    fn all(&self) -> Vec<Damage> {
        let [first, second, third, fourth] = &self.frames;
        let around = |what: String, damaged: Vec<u8>| Damage {
            what,
            bytes: [first, &damaged, third, fourth]
                .into_iter()
                .flatten()
                .copied()
                .collect(),
        };
        let mut all = Vec::new();
        for at in (0..second.len()).step_by(self.every) {
            let mut flipped = second.clone();
            if let Some(byte) = flipped.get_mut(at) {
                *byte ^= 1 << (at % 8);
            }
            all.push(around(
                format!("bit {} of byte {at} flipped", at % 8),
                flipped,
            ));
            let mut deleted = second.clone();
            deleted.remove(at);
            all.push(around(format!("byte {at} deleted"), deleted));
            let mut inserted = second.clone();
            inserted.insert(at, 0x55);
            all.push(around(format!("55 inserted before byte {at}"), inserted));
        }
        all
    }

    /// The first and the last record came, at most one more was lost beside the damaged one, and
    /// with a check on nothing came that was never sent.
    fn judge(&self, cx: &Context, damage: &Damage, got: &[Vec<u8>]) -> bool {
        let [first, _, third, fourth] = &self.sent;
        let came = [first, third, fourth]
            .into_iter()
            .filter(|record| got.contains(record))
            .count();
        let in_place = got.first() == Some(first) && got.last() == Some(fourth);
        let strange = got.iter().any(|record| !self.sent.contains(record));
        let fine = in_place && came >= 2 && !(strange && self.checked);
        if !fine {
            let check = cx.check("one-lost-at-most");
            check.fail(format!("{}: delivered {}", damage.what, shown(got)));
        }
        fine
    }
}

fn sum_up(cx: &Context, fine: usize) {
    let seen = format!("{fine} ways of damage cost at most one good record each");
    cx.check("damages").that(fine > 0, seen);
}

fn no_textbook() -> Halt {
    Halt::Untestable("the suite itself cannot speak this dialect with these options".to_owned())
}

/// What a report says of a run of bytes.
pub(super) fn decode(dialect: &str, bytes: &[u8]) -> Vec<String> {
    let items = dialect
        .parse()
        .ok()
        .and_then(|dialect| observe(&dialect, bytes));
    let line = |item| match item {
        Item::Record(record) => {
            format!("record of {} bytes: {}", record.len(), hex::short(&record))
        }
        Item::Damaged(reason) => format!("no record: {reason}"),
    };
    items.unwrap_or_default().into_iter().map(line).collect()
}

/// What `detect` looks for on a framing's wire.
pub(super) static PROBES: &[Probe] = &[Probe {
    capability: "echo",
    title: "sends every good record back",
    run: run!(|cx| { server::probe_echo(cx).await? }),
}];

/// Sends the two pieces that [`BREAK`] separates, with a break of two characters between them.
async fn send_with_break(wire: &mut crate::Wire, bytes: &[u8]) -> Result<(), Halt> {
    let at = bytes
        .windows(BREAK.len())
        .position(|window| window == BREAK);
    let (before, after) = bytes.split_at(at.unwrap_or(bytes.len()));
    let character = wire
        .line()
        .map_or(Duration::ZERO, |line| line.settings().time_of(1));
    wire.send(before).await?;
    wire.send_break(character * 2).await?;
    wire.pause(10, Duration::ZERO).await;
    wire.send(after.get(BREAK.len()..).unwrap_or_default())
        .await
}

/// Where a row of `breaks` has its break.
const BREAK: &[u8] = b"<break>";

/// A row of `paced` as pieces, each with the silence after it in tenths of a character time:
/// `one<36>two`.
fn pieces(bytes: &[u8]) -> Vec<(Vec<u8>, u32)> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let close = tail.iter().position(|&byte| byte == b'>');
        let tenths =
            close.and_then(|close| core::str::from_utf8(tail.get(..close)?).ok()?.parse().ok());
        match (byte, close, tenths) {
            (b'<', Some(close), Some(tenths)) => {
                pieces.push((core::mem::take(&mut piece), tenths));
                rest = tail.get(close + 1..).unwrap_or_default();
            }
            _ => piece.push(*byte),
        }
    }
    pieces.push((piece, 0));
    pieces
}
