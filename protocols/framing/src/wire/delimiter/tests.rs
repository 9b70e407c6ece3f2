//! Endings, sets, remainders, limits.

extern crate std;
use std::vec::Vec;

use super::*;

/// What `rx` gives, a byte at a time: records, and reasons.
fn trickle(mut framing: Delimiter, bytes: &[u8], eof: bool) -> Vec<Result<Vec<u8>, Reason>> {
    let mut rx = Vec::new();
    let mut events = Vec::new();
    let mut ask = |rx: &mut Vec<u8>, cause| loop {
        match framing.find(rx, cause) {
            Find::More => break,
            Find::Frame(n) => {
                let mut frame: Vec<u8> = rx.drain(..n).collect();
                let record = framing.decode(&mut frame).unwrap();
                events.push(Ok(frame[record].to_vec()));
            }
            Find::Skip(n, reason) => {
                rx.drain(..n);
                events.extend(reason.map(Err));
            }
        }
    };
    for byte in bytes {
        rx.push(*byte);
        ask(&mut rx, Cause::Bytes);
    }
    if eof {
        ask(&mut rx, Cause::Eof);
    }
    events
}

fn ended_by(ends: Option<Ends>, tail: Tail) -> Delimiter {
    let ends = ends.unwrap();
    Delimiter::new(Config {
        ends,
        tail,
        ..Config::default()
    })
}

fn limited(mut framing: Delimiter, max_record: usize) -> Delimiter {
    framing.config.max_record = max_record;
    framing
}

fn records(framing: Delimiter, bytes: &[u8]) -> Vec<Vec<u8>> {
    trickle(framing, bytes, true)
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn each_line_ending_ends_its_own_lines_only() {
    assert_eq!(records(Delimiter::lf(), b"a\r\nb\n"), [&b"a\r"[..], b"b"]);
    assert_eq!(
        records(Delimiter::crlf(), b"a\n\rb\r\nc\r\n"),
        [&b"a\n\rb"[..], b"c"]
    );
    assert_eq!(records(Delimiter::cr(), b"a\r\nb\r"), [&b"a"[..], b"\nb"]);
}

#[test]
fn any_line_ending_ends_a_line_and_crlf_ends_one_only() {
    let lines = records(Delimiter::lines(), b"a\r\nb\nc\r\rd\n\r\n");
    assert_eq!(lines, [&b"a"[..], b"b", b"c", b"", b"d", b""]);
}

#[test]
fn a_long_delimiter_is_found_across_reads_and_over_itself() {
    let framing = ended_by(Ends::sequence(b"aab"), Tail::Truncated);
    assert_eq!(records(framing, b"xaaabaab"), [&b"xa"[..], b""]);
}

#[test]
fn a_set_of_four_ends_records_and_sends_its_first() {
    let framing = ended_by(Ends::any_of(b"!,;."), Tail::Truncated);
    assert_eq!(
        records(framing.clone(), b"a,b;c.d!"),
        [b"a", b"b", b"c", b"d"]
    );
    let mut out = [0; 8];
    assert_eq!(framing.encode(&[b"ab"], &mut out), Ok(3));
    assert_eq!(&out[..3], b"ab!");
}

#[test]
fn a_kept_delimiter_stays() {
    let mut framing = Delimiter::crlf();
    framing.config.keep = true;
    assert_eq!(records(framing, b"a\r\nb"), [&b"a\r\n"[..], b"b"]);
}

#[test]
fn a_remainder_is_a_record_or_damage_as_configured() {
    let framing = ended_by(Some(Ends::byte(3)), Tail::Truncated);
    assert_eq!(trickle(framing, b"a\x03b", true)[1], Err(Reason::Truncated));
    let framing = ended_by(Some(Ends::byte(3)), Tail::Record);
    assert_eq!(trickle(framing, b"a\x03b", true)[1], Ok(b"b".to_vec()));
}

#[test]
fn a_long_record_is_reported_once_and_the_next_arrives() {
    let framing = limited(Delimiter::crlf(), 3);
    let long = Err(Reason::TooLong { max: 3 });
    assert_eq!(
        trickle(framing, b"abc\r\nabcd\r\nabcdefghijk\r\nabc\r\n", false),
        [Ok(b"abc".to_vec()), long.clone(), long, Ok(b"abc".to_vec())]
    );
}

#[test]
fn a_damaged_character_spoils_its_record_only() {
    let mut framing = Delimiter::lf();
    assert_eq!(framing.find(b"ab", Cause::Bytes), Find::More);
    assert_eq!(
        framing.find(b"ab", Cause::Mark),
        Find::Skip(2, Some(Reason::Line))
    );
    assert_eq!(framing.find(b"cd\nef\n", Cause::Bytes), Find::Skip(3, None));
    assert_eq!(framing.find(b"ef\n", Cause::Bytes), Find::Frame(3));
    assert_eq!(
        framing.find(b"", Cause::Mark),
        Find::Skip(0, Some(Reason::Line))
    );
    assert_eq!(framing.find(b"gh\n", Cause::Bytes), Find::Skip(3, None));
}

#[test]
fn a_record_that_would_end_early_is_refused() {
    let mut out = [0; 16];
    let refused = |framing: Delimiter, record: &[u8], out: &mut [u8]| {
        framing.encode(&[record], out).unwrap_err()
    };
    let at = |at| EncodeError::Delimiter { at };
    assert_eq!(refused(Delimiter::lf(), b"ab\ncd", &mut out), at(2));
    assert_eq!(refused(Delimiter::lines(), b"a\r", &mut out), at(1));
    // The record's end and the delimiter's beginning make a delimiter.
    assert_eq!(
        refused(
            ended_by(Ends::sequence(b"aba"), Tail::Record),
            b"ab",
            &mut out
        ),
        at(0)
    );
    let long = limited(Delimiter::lf(), 3);
    assert_eq!(
        refused(long, b"abcd", &mut out),
        EncodeError::TooLong { max: 3 }
    );
    assert_eq!(
        Delimiter::crlf().encode(&[b"a", b"b"], &mut out[..3]),
        Err(EncodeError::Room { needed: 4 })
    );
}
