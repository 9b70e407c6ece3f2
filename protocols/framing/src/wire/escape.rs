//! Byte stuffing: a byte that may not stand in a frame goes as an escape and a stand-in. SLIP and
//! HDLC-like framing differ only in which bytes these are.

use crate::wire::Reason;

mod block;
mod scan;
mod stuff;
mod unstuff;

pub(super) use block::{BLOCK, mask};
pub(super) use scan::Scan;
pub(super) use stuff::stuff;
pub(super) use unstuff::unstuff;

/// Which bytes a sender escapes.
pub(super) trait Escape {
    /// The only two bytes that may not stand in a frame, where there are but two.
    const NEEDLES: Option<(u8, u8)>;

    /// Whether `byte` may not stand in a frame.
    fn needs(&self, byte: u8) -> bool;

    /// What goes in the place of `byte`, which needs it: the escape, low, and its stand-in, high.
    fn pair(&self, byte: u8) -> u16;

    /// What goes for `byte`, and above its 16 bits the number of bytes that is.
    #[inline(always)]
    fn step(&self, byte: u8) -> u32 {
        if self.needs(byte) {
            u32::from(self.pair(byte)) | 2 << 16
        } else {
            u32::from(byte) | 1 << 16
        }
    }
}

/// [`Escape::step`] of every byte, for a sender whose choice is known before the program runs.
pub(super) struct Steps([u32; 256]);

impl Steps {
    /// The steps of a sender that sends each byte as it is.
    pub(super) const fn new() -> Self {
        let mut steps = [0; 256];
        let (mut rest, mut byte) = (steps.as_mut_slice(), 0);
        while let [step, tail @ ..] = rest {
            *step = byte | 1 << 16;
            rest = tail;
            byte += 1;
        }
        Self(steps)
    }

    /// The steps of a sender that sends `pair` for `byte`.
    pub(super) const fn with(mut self, byte: u8, pair: u16) -> Self {
        if let Some((step, _)) = self.0.split_at_mut(byte as usize).1.split_first_mut() {
            *step = pair as u32 | 2 << 16;
        }
        self
    }

    /// What goes for `byte`.
    #[inline(always)]
    pub(super) fn of(&self, byte: u8) -> u32 {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

/// Which bytes a receiver does not take as they are.
pub(super) trait Unescape {
    /// The byte that announces a stand-in.
    const ESCAPE: u8;

    /// The escape and the only foreign byte, where there is but one.
    const NEEDLES: Option<(u8, u8)>;

    /// Whether `byte`, which is not the escape, is no data.
    fn foreign(&self, byte: u8) -> bool;

    /// What a foreign byte at `at` is: nothing, or damage.
    fn dismiss(&self, byte: u8, at: usize) -> Result<(), Reason>;

    /// What the byte after the escape at `at` stands for.
    fn open(&self, stand_in: u8, at: usize) -> Result<u8, Reason>;
}
