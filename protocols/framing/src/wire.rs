//! The framings themselves: where a frame ends, what is in it, and how one is made. Nothing here
//! allocates, keeps time or remembers a record; each framing is one file.

use core::ops::Range;

#[cfg(feature = "machine")]
use bytes::BytesMut;

pub mod checked;
pub mod cobs;
pub mod delimiter;
mod escape;
pub mod fixed;
pub mod gap;
pub mod hdlc;
pub mod length;
pub mod slip;
pub mod stx;

/// The longest record that a framing accepts unless it is told otherwise, in bytes.
pub const MAX_RECORD: usize = 4096;

/// One way to mark where records begin and end on a stream of bytes.
///
/// A decoder calls [`find`](Self::find) with everything that has arrived and is not consumed, until
/// it answers [`Find::More`]. A found frame is then opened in place with
/// [`decode`](Self::decode); a skipped run is dropped. Either way exactly the given number of bytes
/// is consumed from the front, whatever they hold: that is how every framing gets back into step.
pub trait Framing {
    /// The longest encoding of a record of `len` bytes.
    fn max_encoded_len(&self, len: usize) -> usize;

    /// Writes one frame that holds the concatenation of `parts` to the front of `out`; gives the
    /// frame's length. Parts, so that a header or a check needs no copy of the record.
    ///
    /// # Errors
    /// The record does not fit the framing or `out`.
    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError>;

    /// Appends the frame that [`encode`](Self::encode) writes to `out`, which an error leaves as it
    /// was. A framing that sends the bytes of a record as they are copies them once, where this
    /// default first fills their place with zeros.
    ///
    /// # Errors
    /// The record does not fit the framing.
    #[cfg(feature = "machine")]
    fn append(&self, parts: &[&[u8]], out: &mut BytesMut) -> Result<(), EncodeError> {
        append_encoded(self, parts, out)
    }

    /// Looks for the first frame's end, from where the last call left off. `rx` begins at the same
    /// byte until a call answers other than [`Find::More`].
    fn find(&mut self, rx: &[u8], cause: Cause) -> Find;

    /// Opens a frame that `find` found, in place; gives where in `frame` the record now stands.
    ///
    /// # Errors
    /// The frame is damaged.
    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason>;

    /// The silence that ends a frame, in character times, where one does.
    fn silence(&self) -> Option<Silence> {
        None
    }

    /// The longest silence that a frame may hold, where the framing minds: t1.5.
    fn pause(&self) -> Option<Silence> {
        None
    }

    /// Where the record's bytes stand in a frame that `find` gave, as up to two pieces, for a
    /// framing that believes a count and not a mark. A check around it then looks before it
    /// accepts the frame, and moves on by one byte when it does not fit: the count may be damaged.
    fn pieces(&self, _frame: &[u8]) -> Option<[Range<usize>; 2]> {
        None
    }
}

/// What made the decoder look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Bytes arrived.
    Bytes,
    /// Bytes arrived, some of them after a silence longer than [`Framing::pause`] allows inside a
    /// frame, and shorter than [`Framing::silence`].
    Late,
    /// The silence of [`Framing::silence`] passed after the last byte.
    Silence,
    /// A character arrived damaged after the last byte, or a break. `rx` may be empty.
    Mark,
    /// The stream ended: nothing follows.
    Eof,
}

/// What a look at the bytes gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Find {
    /// No frame ends here yet.
    More,
    /// The first this many bytes are one frame.
    Frame(usize),
    /// The first this many bytes belong to no frame. With a reason, a record may have been lost
    /// here; without, they are idle fill or the rest of what was reported before. Their number is
    /// zero only in answer to [`Cause::Mark`], when the damaged character was a frame's first.
    Skip(usize, Option<Reason>),
}

/// A silence on the line, as Modbus and its kin count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its length in tenths of a character time: 35 is t3.5.
    pub tenths: u32,
    /// Never shorter than this many microseconds (1,750 for t3.5 above 19,200 baud).
    pub floor_us: u32,
}

/// Why bytes are no record. The text says what is wrong with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// No end within the longest legal frame.
    #[error("no end within {max} bytes")]
    TooLong {
        /// The limit, in bytes: that of the record, or that of the frame where escapes may double
        /// it.
        max: usize,
    },
    /// Fewer bytes than the framing's shortest frame.
    #[error("shorter than {min} bytes")]
    TooShort {
        /// The shortest legal frame.
        min: usize,
    },
    /// An escape that is followed by a byte it may not precede.
    #[error("bad escape at byte {at}")]
    Escape {
        /// Offset in the frame.
        at: usize,
    },
    /// A byte that may not stand where it stands.
    #[error("byte {at} may not stand there")]
    Byte {
        /// Offset in the frame.
        at: usize,
    },
    /// A length that the framing does not allow.
    #[error("length {length} is not allowed")]
    Length {
        /// The length, as the header gives it.
        length: u64,
    },
    /// The check does not fit the data.
    #[error("the check does not fit the data")]
    Check,
    /// The sender gave the frame up.
    #[error("aborted by the sender")]
    Aborted,
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    Truncated,
    /// A silence inside a frame.
    #[error("a silence inside a frame")]
    Gap,
    /// The line reported a damaged character or a break inside a frame.
    #[error("the line reported damage inside a frame")]
    Line,
    /// Bytes where a frame should begin.
    #[error("bytes outside a frame")]
    Noise,
}

/// Why a record cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The output has no room.
    #[error("the output has no room: {needed} bytes needed")]
    Room {
        /// Bytes that would have sufficed.
        needed: usize,
    },
    /// The record is longer than the framing allows.
    #[error("the record is longer than {max} bytes")]
    TooLong {
        /// The longest record.
        max: usize,
    },
    /// The record is not of the only length that the framing has.
    #[error("the record must be {want} bytes long")]
    Length {
        /// That length.
        want: usize,
    },
    /// The record holds what would end it.
    #[error("byte {at} of the record would end it")]
    Delimiter {
        /// Offset in the record.
        at: usize,
    },
    /// The framing cannot carry an empty record.
    #[error("this framing carries no empty record")]
    Empty,
    /// The record is shorter than what the framing puts before the length.
    #[error("the record is shorter than {min} bytes")]
    TooShort {
        /// The shortest record.
        min: usize,
    },
    /// The record came in more parts than a check can gather without copying.
    #[error("more than {max} parts")]
    Parts {
        /// The most parts.
        max: usize,
    },
}

/// Copies `parts` to the front of `out`; gives their length.
#[inline]
pub(crate) fn gather(parts: &[&[u8]], out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        out.get_mut(at..)?
            .get_mut(..part.len())?
            .copy_from_slice(part);
        at += part.len();
    }
    Some(at)
}

/// Appends what `framing` encodes.
#[cfg(feature = "machine")]
pub(crate) fn append_encoded<F: Framing + ?Sized>(
    framing: &F,
    parts: &[&[u8]],
    out: &mut BytesMut,
) -> Result<(), EncodeError> {
    let old = out.len();
    let room = framing.max_encoded_len(total(parts));
    out.resize(old.saturating_add(room), 0);
    let encoded = framing.encode(parts, out.get_mut(old..).unwrap_or_default());
    out.truncate(old + encoded.unwrap_or(0));
    encoded.map(drop)
}

/// The length of the concatenation of `parts`.
#[inline]
pub(crate) fn total(parts: &[&[u8]]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}
