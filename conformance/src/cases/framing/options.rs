//! What holds for lines, delimited records and records of one length in whatever options a target's
//! address has; F19, F20, F25, F32.
//!
//! The rows of the other tables are bytes written by hand, which hold in one set of options. Here the
//! suite's own textbook writes the frames.

use super::work::{Bytes, client, server};
use crate::{Context, Group, Halt, case};

/// Any options.
pub(super) static GROUP: Group = Group {
    id: "framing.options",
    title: "records that end at a delimiter or a length, in any options",
    speaks: "line",
    cases: CASES,
    decode: Some(super::work::decode),
    ..Group::DEFAULT
};

/// A case for each side: what is sent, framed by the textbook, and which of it is delivered.
macro_rules! sides {
    ($($name:literal $level:ident $refs:tt $title:literal in $params:tt { $records:ident } kills $kills:tt)*) => {
        &[$(
            case! {
                id: (concat!("framing.options.server.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                speaks: "{param}",
                any_options: true,
                needs: ["echo"],
                params: $params,
                killed_by: $kills,
                => |cx| {
                    let Row { bytes, want } = Row::of(cx, $records(cx))?;
                    server::hears(cx, &bytes, &borrowed(&want)).await?
                }
            },
            case! {
                id: (concat!("framing.options.client.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Client,
                speaks: "{param}",
                any_options: true,
                params: $params,
                killed_by: $kills,
                => |cx| {
                    let Row { bytes, want } = Row::of(cx, $records(cx))?;
                    client::hears(cx, &bytes, &borrowed(&want)).await?
                }
            },
        )*]
    };
}

static CASES: &[crate::Case] = sides! {
    "records" Must ["F19", "F25", "F33"] "records are delivered, each by itself"
        in ["line", "delimiter?bytes=3b3b", "fixed?size=4"] { plain }
        kills ["line.forgets-at-a-cut", "fixed.forgets-at-a-cut"]
    "empty" Should ["F19"] "an empty record is a record"
        in ["line", "delimiter?bytes=3b3b"] { empty }
        kills ["line.drops-empty"]
    "longest" Must ["F20"] "a record of the longest length is delivered"
        in ["line", "delimiter?bytes=3b3b"] { longest }
        kills ["endpoint.limit-one-short"]
    "overlong" Must ["F20"] "nothing of an overlong record is delivered, and the next is"
        in ["line", "delimiter?bytes=3b3b"] { overlong }
        kills ["line.delivers-tail-of-overlong"]
    "overlong-by-far" Must ["F20", "F35"] "a record of many times the longest length is dropped to its end"
        in ["line", "delimiter?bytes=3b3b"] { overlong_by_far }
        kills ["line.errors-again-and-again", "endpoint.closes-on-damage"]
};

/// Records that are sent, and whether each is delivered.
type Records = Vec<(Vec<u8>, bool)>;

fn plain(cx: &Context) -> Records {
    let size = server::record_size(cx);
    let record = |letter| (vec![letter; size], true);
    [b'a', b'b', b'c'].map(record).into()
}

fn empty(_: &Context) -> Records {
    let records = [&b""[..], b"", b"x", b""];
    records.map(|record| (record.to_vec(), true)).into()
}

fn longest(cx: &Context) -> Records {
    vec![(vec![b'A'; cx.max_record()], true), (b"b".to_vec(), true)]
}

fn overlong(cx: &Context) -> Records {
    with_long(cx.max_record() + 1)
}

fn overlong_by_far(cx: &Context) -> Records {
    with_long(cx.max_record() + 3000)
}

fn with_long(size: usize) -> Records {
    vec![
        (b"a".to_vec(), true),
        (vec![b'A'; size], false),
        (b"b".to_vec(), true),
    ]
}

struct Row {
    bytes: Vec<u8>,
    want: Vec<Vec<u8>>,
}

impl Row {
    fn of(cx: &Context, records: Records) -> Result<Self, Halt> {
        let textbook = server::textbook(cx)?;
        let frames = records.iter().map(|(record, _)| textbook.encode(record));
        let bytes = frames.collect::<Vec<_>>().concat();
        let want = records.into_iter().filter(|(_, delivered)| *delivered);
        let want = want.map(|(record, _)| record).collect();
        Ok(Self { bytes, want })
    }
}

fn borrowed(records: &[Vec<u8>]) -> Vec<&dyn Bytes> {
    records.iter().map(|record| record as &dyn Bytes).collect()
}
