//! Widths, illegal lengths, and the ways back into step.

use super::*;

fn with(change: impl FnOnce(&mut Config)) -> Length {
    let mut config = Config::default();
    change(&mut config);
    Length::new(config)
}

#[track_caller]
fn there_and_back(mut framing: Length, record: &[u8], frame: &[u8]) {
    let mut out = [0; 600];
    let n = framing.encode(&[record], &mut out).unwrap();
    assert_eq!(&out[..n], frame);
    for cut in 0..n {
        assert_eq!(framing.find(&out[..cut], Cause::Bytes), Find::More, "{cut}");
    }
    assert_eq!(framing.find(&out[..n + 3], Cause::Bytes), Find::Frame(n));
    let range = framing.decode(&mut out[..n]).unwrap();
    assert_eq!(&out[range], record);
}

#[test]
fn each_width_and_order_holds_a_length() {
    use Order::{Big, Little};
    let widths: [(Width, Order, &[u8]); 8] = [
        (Width::U8, Big, b"\x02ab"),
        (Width::U16, Big, b"\0\x02ab"),
        (Width::U16, Little, b"\x02\0ab"),
        (Width::U24, Big, b"\0\0\x02ab"),
        (Width::U24, Little, b"\x02\0\0ab"),
        (Width::U32, Little, b"\x02\0\0\0ab"),
        (Width::U64, Big, b"\0\0\0\0\0\0\0\x02ab"),
        (Width::Varint, Big, b"\x02ab"),
    ];
    for (width, order, frame) in widths {
        let framing = with(|config| (config.width, config.order) = (width, order));
        there_and_back(framing, b"ab", frame);
    }
}

#[test]
fn a_varint_takes_as_many_bytes_as_it_needs_and_may_count_itself() {
    let varint = |includes_header| {
        with(|config| {
            config.width = Width::Varint;
            config.includes_header = includes_header;
        })
    };
    let mut frame = [b'x'; 302];
    frame[..2].copy_from_slice(&[0xAC, 0x02]);
    there_and_back(varint(false), &frame[2..], &frame);
    frame[..2].copy_from_slice(&[0xAE, 0x02]);
    there_and_back(varint(true), &frame[2..], &frame);
    // 126 bytes and the count itself are 127, which one byte holds; 127 and two are 129.
    frame[0] = 127;
    there_and_back(varint(true), &frame[1..127], &frame[..127]);
    frame[..2].copy_from_slice(&[0x81, 0x01]);
    there_and_back(varint(true), &frame[2..129], &frame[..129]);
}

#[test]
fn what_stands_before_the_length_is_the_records() {
    let framing = with(|config| {
        config.magic = Sequence::new(b"\xAA\x55");
        config.offset = 3;
        config.width = Width::U8;
        config.includes_header = true;
        config.adjust = -1;
    });
    there_and_back(framing.clone(), b"Tab", b"\xAA\x55T\x07ab");
    let mut out = [0; 8];
    assert_eq!(
        framing.encode(&[], &mut out),
        Err(EncodeError::TooShort { min: 1 })
    );
}

#[test]
fn an_illegal_length_that_is_believed_drops_its_frame_alone() {
    let mut framing = with(|config| config.max_record = 4);
    let illegal = Some(Reason::Length { length: 6 });
    assert_eq!(
        framing.find(b"\0\x06abc", Cause::Bytes),
        Find::Skip(2, illegal)
    );
    assert_eq!(framing.find(b"abc", Cause::Bytes), Find::Skip(3, None));
    assert_eq!(
        framing.find(b"def\0\x01x", Cause::Bytes),
        Find::Skip(3, None)
    );
    assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
}

#[test]
fn an_illegal_length_that_is_not_believed_is_one_error_until_a_legal_one() {
    let mut framing = with(|config| (config.max_record, config.believe) = (4, 0));
    let illegal = Some(Reason::Length { length: 0x0901 });
    assert_eq!(
        framing.find(b"\x09\x01\0\x01x", Cause::Bytes),
        Find::Skip(1, illegal)
    );
    assert_eq!(
        framing.find(b"\x01\0\x01x", Cause::Bytes),
        Find::Skip(1, None)
    );
    assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
}

#[test]
fn a_magic_brings_the_receiver_back() {
    let mut framing = with(|config| config.magic = Sequence::new(b"\xAA\x55"));
    assert_eq!(
        framing.find(b"ab\xAA\xAA\x55", Cause::Bytes),
        Find::Skip(1, Some(Reason::Noise))
    );
    assert_eq!(
        framing.find(b"b\xAA\xAA\x55", Cause::Bytes),
        Find::Skip(1, None)
    );
    assert_eq!(
        framing.find(b"\xAA\xAA\x55", Cause::Bytes),
        Find::Skip(1, None)
    );
    assert_eq!(
        framing.find(b"\xAA\x55\0\x01x", Cause::Bytes),
        Find::Frame(5)
    );
    let long = Some(Reason::Length { length: 0xFFFF });
    assert_eq!(
        framing.find(b"\xAA\x55\xFF\xFF", Cause::Bytes),
        Find::Skip(1, long)
    );
}

#[test]
fn a_silence_brings_the_receiver_back() {
    let mut framing = with(|config| config.silence = Some(super::super::gap::T3_5));
    let long = Some(Reason::Length { length: 0xFFFF });
    assert_eq!(
        framing.find(b"\xFF\xFF\0\x01x", Cause::Bytes),
        Find::Skip(1, long)
    );
    assert_eq!(
        framing.find(b"\xFF\0\x01x", Cause::Bytes),
        Find::Skip(4, None)
    );
    assert_eq!(framing.find(b"", Cause::Silence), Find::More);
    assert_eq!(
        framing.find(b"\0\x09x", Cause::Silence),
        Find::Skip(3, Some(Reason::Gap))
    );
    assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
}

#[test]
fn a_damaged_character_in_the_body_is_counted() {
    let mut framing = Length::default();
    assert_eq!(
        framing.find(b"\0\x04a", Cause::Mark),
        Find::Skip(3, Some(Reason::Line))
    );
    assert_eq!(
        framing.find(b"cd\0\x01x", Cause::Bytes),
        Find::Skip(2, None)
    );
    assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
}

#[test]
fn a_varint_without_an_end_is_an_illegal_length() {
    let mut framing = with(|config| config.width = Width::Varint);
    assert_eq!(framing.find(&[0x80; 9], Cause::Bytes), Find::More);
    let illegal = Some(Reason::Length { length: u64::MAX });
    assert_eq!(
        framing.find(&[0x80; 10], Cause::Bytes),
        Find::Skip(1, illegal)
    );
    let mut huge = [0xFF; 10];
    huge[9] = 0x7F;
    assert_eq!(framing.find(&huge, Cause::Bytes), Find::Skip(1, None));
}

#[test]
fn a_record_that_the_length_cannot_hold_is_refused() {
    let mut out = [0; 600];
    let narrow = with(|config| config.width = Width::U8);
    let long = EncodeError::TooLong { max: MAX_RECORD };
    assert_eq!(narrow.encode(&[&[0; 256]], &mut out), Err(long));
    assert_eq!(
        Length::default().encode(&[b"ab"], &mut out[..3]),
        Err(EncodeError::Room { needed: 4 })
    );
}

#[test]
fn the_quick_look_at_a_header_agrees_with_the_thorough_one() {
    let widths = [Width::U8, Width::U16, Width::U24, Width::U32];
    let mut quick = [0; 2];
    for width in widths {
        for order in [Order::Big, Order::Little] {
            for (offset, includes_header) in [(0, false), (0, true), (3, false), (3, true)] {
                for adjust in [0, -4, 4, i32::MIN, i32::MAX] {
                    let framing = with(|config| {
                        (config.width, config.order, config.offset) = (width, order, offset);
                        (config.includes_header, config.adjust) = (includes_header, adjust);
                        config.max_record = 300;
                    });
                    for fill in [0, 1, 2, 5, 0x7F, 0x80, 0xFF] {
                        for at in 0..12 {
                            let mut rx = [0; 12];
                            rx[at] = fill;
                            rx[offset] = if fill > 5 { fill } else { 0 };
                            let thorough = match framing.header(&rx) {
                                Header::Good { header, body } => Some((header, body)),
                                _ => None,
                            };
                            assert_eq!(framing.quick.header(&rx), thorough);
                            quick[usize::from(thorough.is_some())] += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(quick.iter().all(|count| *count > 100), "{quick:?}");
}

#[test]
fn a_usual_header_is_looked_at_quickly_and_no_other() {
    let quick = |change: fn(&mut Config)| with(change).quick.header(&[0; 64]).is_some();
    assert!(quick(|_| {}));
    assert!(!quick(|config| config.width = Width::U64));
    assert!(!quick(|config| config.width = Width::Varint));
    assert!(!quick(|config| config.magic = Sequence::new(b"\0")));
    assert!(!quick(|config| config.offset = MAX_RECORD + 1));
    assert!(with(|_| {}).quick.header(&[0; 7]).is_none());
}
