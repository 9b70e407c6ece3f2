//! Byte stuffing: a byte that may not stand in a frame goes as an escape and a stand-in. SLIP and
//! HDLC-like framing differ only in which bytes these are.

use crate::wire::Reason;

mod scan;

pub(super) use scan::Scan;

/// Which bytes a sender escapes.
pub(super) trait Escape {
    /// The byte that announces a stand-in.
    const ESCAPE: u8;

    /// Whether `byte` may not stand in a frame.
    fn needs(&self, byte: u8) -> bool;

    /// What goes after the escape in the place of `byte`.
    fn stand_in(&self, byte: u8) -> u8;
}

/// Which bytes a receiver does not take as they are.
pub(super) trait Unescape {
    /// The byte that announces a stand-in.
    const ESCAPE: u8;

    /// Whether `byte`, which is not the escape, is no data.
    fn foreign(&self, byte: u8) -> bool;

    /// What a foreign byte at `at` is: nothing, or damage.
    fn dismiss(&self, at: usize) -> Result<(), Reason>;

    /// What the byte after the escape at `at` stands for.
    fn open(&self, stand_in: u8, at: usize) -> Result<u8, Reason>;
}

/// Stuffs `part` to the front of `out`; gives the length, or `None` when there is no room.
pub(super) fn stuff<E: Escape>(escape: &E, part: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    for &byte in part {
        if escape.needs(byte) {
            *out.get_mut(at)? = E::ESCAPE;
            *out.get_mut(at + 1)? = escape.stand_in(byte);
            at += 2;
        } else {
            *out.get_mut(at)? = byte;
            at += 1;
        }
    }
    Some(at)
}

/// Opens `frame` in place, from which the delimiters are gone; gives the length of what stands at
/// its front then. `base` is added to the offsets in errors.
pub(super) fn unstuff<U: Unescape>(
    unescape: &U,
    frame: &mut [u8],
    base: usize,
) -> Result<usize, Reason> {
    let (mut from, mut to) = (0, 0);
    while let Some(&byte) = frame.get(from) {
        let mut data = byte;
        if byte == U::ESCAPE {
            let at = base + from;
            from += 1;
            let stand_in = frame.get(from).ok_or(Reason::Escape { at })?;
            data = unescape.open(*stand_in, at)?;
        } else if unescape.foreign(byte) {
            unescape.dismiss(base + from)?;
            from += 1;
            continue;
        }
        if let Some(slot) = frame.get_mut(to) {
            *slot = data;
        }
        (from, to) = (from + 1, to + 1);
    }
    Ok(to)
}
