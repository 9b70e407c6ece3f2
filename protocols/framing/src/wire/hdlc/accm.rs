//! Which bytes go escaped, and which arrive uninvited.

use crate::wire::{
    Reason,
    escape::{Escape, Steps, Unescape},
    hdlc::{ESCAPE, FLAG},
};

/// What the receiver exclusive-ors an escaped byte with.
const TWIST: u8 = 0x20;

/// The sender's async control character map (RFC 1662 §7.1, and the extended map of its
/// implementations): bit *n* of word *m* says that byte 32 *m* + *n* goes escaped.
///
/// Flag and escape always go escaped; 5E never does, since its escaped form is an abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accm([u32; 8]);

impl Accm {
    /// All control characters go escaped: the default until the peers agree on less.
    pub const ALL: Self = Self::new(u32::MAX);
    /// Only flag and escape go escaped: for a line that is transparent to control characters.
    pub const NONE: Self = Self::new(0);

    /// The map of the 32 control characters.
    #[must_use]
    pub const fn new(map: u32) -> Self {
        Self::extended([map, 0, 0, 0, 0, 0, 0, 0])
    }

    /// The map of all 256 bytes. What must or must not go escaped is put right.
    #[must_use]
    pub const fn extended(map: [u32; 8]) -> Self {
        let [w0, w1, w2, w3, w4, w5, w6, w7] = map;
        Self([
            w0,
            w1,
            w2 & !(1 << 0x1E),
            w3 | 1 << 0x1D | 1 << 0x1E,
            w4,
            w5,
            w6,
            w7,
        ])
    }

    /// The map's words.
    #[must_use]
    pub const fn words(self) -> [u32; 8] {
        self.0
    }

    /// Whether `byte` goes escaped.
    #[must_use]
    pub fn escapes(self, byte: u8) -> bool {
        let word = self.0.get(usize::from(byte >> 5)).copied().unwrap_or(0);
        word >> (byte & 0x1F) & 1 == 1
    }
}

/// [`Accm::ALL`].
impl Default for Accm {
    fn default() -> Self {
        Self::ALL
    }
}

static TRANSPARENT: Steps = Steps::new()
    .with(FLAG, twisted(FLAG))
    .with(ESCAPE, twisted(ESCAPE));

static CAUTIOUS: Steps = {
    let mut steps = Steps::new()
        .with(FLAG, twisted(FLAG))
        .with(ESCAPE, twisted(ESCAPE));
    let mut control = 0;
    while control < 0x20 {
        steps = steps.with(control, twisted(control));
        control += 1;
    }
    steps
};

/// The escape, and `byte` twisted.
#[inline(always)]
const fn twisted(byte: u8) -> u16 {
    u16::from_le_bytes([ESCAPE, byte ^ TWIST])
}

/// A sender with the map [`Accm::NONE`].
pub(super) struct Transparent;

impl Escape for Transparent {
    const NEEDLES: Option<(u8, u8)> = Some((FLAG, ESCAPE));

    #[inline(always)]
    fn needs(&self, byte: u8) -> bool {
        byte == FLAG || byte == ESCAPE
    }

    #[inline(always)]
    fn pair(&self, byte: u8) -> u16 {
        twisted(byte)
    }

    #[inline(always)]
    fn step(&self, byte: u8) -> u32 {
        TRANSPARENT.of(byte)
    }
}

/// A sender with the map [`Accm::ALL`].
pub(super) struct Cautious;

impl Escape for Cautious {
    const NEEDLES: Option<(u8, u8)> = None;

    #[inline(always)]
    fn needs(&self, byte: u8) -> bool {
        byte < 0x20 || byte == FLAG || byte == ESCAPE
    }

    #[inline(always)]
    fn pair(&self, byte: u8) -> u16 {
        twisted(byte)
    }

    #[inline(always)]
    fn step(&self, byte: u8) -> u32 {
        CAUTIOUS.of(byte)
    }
}

/// A sender with any map.
impl Escape for Accm {
    const NEEDLES: Option<(u8, u8)> = None;

    #[inline(always)]
    fn needs(&self, byte: u8) -> bool {
        self.escapes(byte)
    }

    #[inline(always)]
    fn pair(&self, byte: u8) -> u16 {
        twisted(byte)
    }
}

/// Which control characters a receiver drops where they arrive unescaped: the line put them in.
pub(super) trait Drops {
    /// Whether it takes all.
    const NONE: bool = false;

    /// Whether it drops `byte`.
    fn drops(&self, byte: u8) -> bool;
}

/// Those of a map.
impl Drops for u32 {
    #[inline(always)]
    fn drops(&self, byte: u8) -> bool {
        byte < 0x20 && self >> (byte & 0x1F) & 1 == 1
    }
}

/// All of them.
pub(super) struct All;

impl Drops for All {
    #[inline(always)]
    fn drops(&self, byte: u8) -> bool {
        byte < 0x20
    }
}

/// None of them.
pub(super) struct Nothing;

impl Drops for Nothing {
    const NONE: bool = true;

    #[inline(always)]
    fn drops(&self, _byte: u8) -> bool {
        false
    }
}

/// A receiver that drops these.
pub(super) struct Receiver<D>(pub(super) D);

impl<D: Drops> Unescape for Receiver<D> {
    const ESCAPE: u8 = ESCAPE;
    const NEEDLES: Option<(u8, u8)> = if D::NONE { Some((ESCAPE, FLAG)) } else { None };

    /// A flag ends a frame, and is not in one.
    #[inline(always)]
    fn foreign(&self, byte: u8) -> bool {
        byte == FLAG || self.0.drops(byte)
    }

    #[inline(always)]
    fn dismiss(&self, byte: u8, at: usize) -> Result<(), Reason> {
        if byte == FLAG {
            return Err(Reason::Byte { at });
        }
        Ok(())
    }

    #[inline(always)]
    fn open(&self, stand_in: u8, _at: usize) -> Result<u8, Reason> {
        Ok(stand_in ^ TWIST)
    }
}
