//! The framings that are held to the laws, and what each promises.

use lineside_framing::AnyFraming;

use crate::laws::line::frame;

/// A framing and its promises.
pub(crate) struct Promise {
    pub(crate) text: &'static str,
    /// After one damage, at most this many good records are lost beside the one that was hit.
    pub(crate) lost: usize,
    /// No record is ever delivered that was not sent.
    pub(crate) checked: bool,
}

const fn plain(text: &'static str, lost: usize) -> Promise {
    Promise {
        text,
        lost,
        checked: false,
    }
}

const fn checked(text: &'static str, lost: usize) -> Promise {
    Promise {
        text,
        lost,
        checked: true,
    }
}

/// Every framing, in the forms that promise to get back into step.
pub(crate) const TABLE: &[Promise] = &[
    plain("line", 1),
    plain("line:crlf", 1),
    plain("line:any", 1),
    plain("delimiter:03,04,05,17", 1),
    plain("delimiter:aabbaacc", 1),
    checked("line+crc-32/iso-hdlc:hex", 1),
    plain("fixed:16:gap=35", 0),
    checked("fixed:16+crc-32/iso-hdlc", 0),
    plain("length:2be:gap=35", 0),
    checked("length:1:incl+crc-32/iso-hdlc", 0),
    checked("length:2le+crc-32/iso-hdlc", 0),
    checked("length:varint+crc-32/iscsi", 0),
    checked("length:2be:magic=aa55:offset=3+crc-32/iso-hdlc", 0),
    checked("length:4be:gap=35+crc-32/iso-hdlc", 0),
    plain("gap:35", 0),
    checked("gap:35:pause=15:min=4+crc-32/iso-hdlc", 0),
    plain("stx", 0),
    plain("stx:bcc=xor", 1),
    checked("stx+crc-32/iso-hdlc:hex", 0),
    plain("dle", 1),
    checked("dle:bcc=crc-32/iso-hdlc", 1),
    plain("slip", 0),
    checked("slip:nolead:strict+crc-32/iso-hdlc", 1),
    plain("cobs", 1),
    checked("cobs:lead+crc-32/iso-hdlc", 0),
    // Not in its natural order: see the module doc of `wire::checked`.
    checked("cobsr+crc-32/iso-hdlc:be", 1),
    checked("hdlc:fcs32", 0),
    checked("hdlc:fcs32:accm=0:nolead", 1),
    plain("hdlc:nofcs:noac", 0),
];

impl Promise {
    pub(crate) fn framing(&self) -> AnyFraming {
        self.text.parse().unwrap()
    }
}

/// A record of about `len` bytes that the framing can carry, and its frame.
pub(crate) fn record(
    framing: &AnyFraming,
    random: &mut fastrand::Rng,
    len: usize,
) -> (Vec<u8>, Vec<u8>) {
    let any: Vec<u8> = (0..len).map(|_| random.u8(..)).collect();
    let text: Vec<u8> = (0..len).map(|_| random.u8(b' '..=b'z')).collect();
    let fixed: Vec<u8> = (0..16).map(|_| random.u8(..)).collect();
    for record in [&any[..], &text, &fixed, &fixed[..12]] {
        if let Some(frame) = frame(framing, record) {
            return (record.to_vec(), frame);
        }
    }
    panic!("{framing} carries no record of {len} bytes");
}

/// `count` records and their frames.
pub(crate) fn records(
    framing: &AnyFraming,
    random: &mut fastrand::Rng,
    count: usize,
) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    (0..count)
        .map(|_| {
            let len = random.usize(8..24);
            record(framing, random, len)
        })
        .unzip()
}
