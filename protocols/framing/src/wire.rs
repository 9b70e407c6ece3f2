//! The framings themselves: where a frame ends, what is in it, and how one is made. Nothing here
//! allocates, keeps time or remembers a record; each framing is one file.

use core::ops::Range;

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
}

/// What made the decoder look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Bytes arrived.
    Bytes,
    /// The silence of [`Framing::silence`] passed after the last byte.
    Silence,
    /// A character arrived damaged after the last byte, or a break.
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
    /// here; without, they are idle fill or the rest of what was reported before.
    Skip(usize, Option<Reason>),
}
