//! The plain form and block checks.

use lineside_check::{Algorithm, Order};

use super::*;

fn plain(bcc: Option<Algorithm>) -> Stx {
    Stx::new(Config {
        max_record: 8,
        bcc: bcc.map(|algorithm| Trailer::new(algorithm, Order::Big)),
        ..Config::default()
    })
}

#[track_caller]
fn sends(framing: &Stx, record: &[u8], frame: &[u8]) {
    let mut out = [0; 32];
    let n = framing.encode(&[record], &mut out).unwrap();
    assert_eq!(&out[..n], frame);
    let record_again = framing.decode(&mut out[..n]).unwrap();
    assert_eq!(&out[record_again], record);
}

#[test]
fn a_record_stands_between_stx_and_etx() {
    sends(&plain(None), b"ab", b"\x02ab\x03");
    sends(&plain(None), b"", b"\x02\x03");
    let mut framing = plain(None);
    assert_eq!(framing.find(b"\x02ab", Cause::Bytes), Find::More);
    assert_eq!(
        framing.find(b"\x02ab\x03\x02", Cause::Bytes),
        Find::Frame(4)
    );
}

#[test]
fn the_block_check_covers_what_it_is_told_to() {
    // 'a' ^ 'b' = 3, which is ETX; with ETX it is 0, with STX too it is 2, which is STX.
    for (covers, bcc) in [
        (Covers::Record, 3),
        (Covers::RecordEtx, 0),
        (Covers::StxRecordEtx, 2),
    ] {
        let mut framing = plain(Some(Algorithm::XOR));
        framing.config.covers = covers;
        let frame = [2, b'a', b'b', 3, bcc];
        sends(&framing, b"ab", &frame);
        assert_eq!(framing.find(&frame[..4], Cause::Bytes), Find::More);
        assert_eq!(framing.find(&frame, Cause::Bytes), Find::Frame(5));
        let mut wrong = frame;
        wrong[4] ^= 1;
        assert_eq!(framing.decode(&mut wrong), Err(Reason::Check));
    }
}

#[test]
fn a_block_check_may_be_a_crc() {
    let mut framing = plain(Some(Algorithm::CRC_16_ARC));
    framing.config.max_record = 9;
    framing.config.covers = Covers::Record;
    sends(&framing, b"123456789", b"\x02123456789\x03\xBB\x3D");
}

#[test]
fn noise_is_reported_once_and_ends_with_stx() {
    let mut framing = plain(None);
    assert_eq!(
        framing.find(b"xyz\x02", Cause::Bytes),
        Find::Skip(1, Some(Reason::Noise))
    );
    assert_eq!(framing.find(b"yz\x02", Cause::Bytes), Find::Skip(2, None));
    assert_eq!(framing.find(b"\x02a\x03", Cause::Bytes), Find::Frame(3));
    assert_eq!(
        framing.find(b"x", Cause::Bytes),
        Find::Skip(1, Some(Reason::Noise))
    );
}

#[test]
fn an_stx_begins_anew() {
    let mut framing = plain(None);
    let cut = Some(Reason::Byte { at: 3 });
    assert_eq!(
        framing.find(b"\x02ab\x02cd\x03", Cause::Bytes),
        Find::Skip(3, cut)
    );
    assert_eq!(framing.find(b"\x02cd\x03", Cause::Bytes), Find::Frame(4));
}

#[test]
fn a_long_record_is_reported_once_and_dropped_to_the_next_stx() {
    let mut framing = plain(None);
    assert_eq!(framing.find(b"\x0212345678", Cause::Bytes), Find::More);
    assert_eq!(
        framing.find(b"\x0212345678\x03", Cause::Bytes),
        Find::Frame(10)
    );
    let long = Some(Reason::TooLong { max: 8 });
    assert_eq!(
        framing.find(b"\x02123456789", Cause::Bytes),
        Find::Skip(10, long)
    );
    assert_eq!(
        framing.find(b"a\x03\x02b\x03", Cause::Bytes),
        Find::Skip(2, None)
    );
    assert_eq!(framing.find(b"\x02b\x03", Cause::Bytes), Find::Frame(3));
}

#[test]
fn the_end_of_the_stream_and_damage_cut_a_frame() {
    let mut framing = plain(Some(Algorithm::XOR));
    assert_eq!(
        framing.find(b"\x02ab\x03", Cause::Eof),
        Find::Skip(4, Some(Reason::Truncated))
    );
    assert_eq!(
        framing.find(b"\x02ab", Cause::Mark),
        Find::Skip(3, Some(Reason::Line))
    );
    assert_eq!(
        framing.find(b"c\x03\0\x02", Cause::Bytes),
        Find::Skip(3, None)
    );
    assert_eq!(
        framing.find(b"\x02", Cause::Mark),
        Find::Skip(1, Some(Reason::Line))
    );
}

#[test]
fn a_record_that_would_end_early_is_refused() {
    let mut out = [0; 32];
    let framing = plain(None);
    assert_eq!(
        framing.encode(&[b"a", b"b\x03"], &mut out),
        Err(EncodeError::Delimiter { at: 2 })
    );
    assert_eq!(
        framing.encode(&[&[0; 9]], &mut out),
        Err(EncodeError::TooLong { max: 8 })
    );
    assert_eq!(
        framing.encode(&[b"ab"], &mut out[..3]),
        Err(EncodeError::Room { needed: 4 })
    );
}
