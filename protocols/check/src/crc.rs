//! The CRC register, and what drives it.

#[cfg(feature = "std")]
use crc_fast::CrcAlgorithm;

use crate::tables::Tables;

/// From this length on, sixteen bytes are looked up at a time; below, one at a time.
pub const SLICE_FROM: usize = 16;

/// From this length on, `crc-fast` computes the CRCs that it has (16 and 32 bits; feature `std`,
/// on x86-64 and AArch64).
pub const FAST_FROM: usize = 128;

/// The width of a register.
pub(crate) trait Word: Copy + Into<u32> + 'static {
    /// The low bits of `register`.
    fn of(register: u32) -> Self;
    /// Bits reversed, within the width.
    fn reversed(self) -> Self;
    /// Bytes swapped, within the width.
    fn swapped(self) -> Self;
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            fn of(register: u32) -> Self {
                register as Self
            }

            fn reversed(self) -> Self {
                self.reverse_bits()
            }

            fn swapped(self) -> Self {
                self.swap_bytes()
            }
        }
    };
}

word!(u8);
word!(u16);
word!(u32);

/// A CRC in the catalogue's terms; `refin` and `refout` are never different in it.
pub(crate) struct Crc<W: 'static> {
    pub(crate) tables: &'static Tables<W>,
    pub(crate) init: W,
    pub(crate) reflected: bool,
    pub(crate) xorout: W,
    #[cfg(feature = "std")]
    pub(crate) fast: Option<CrcAlgorithm>,
}

impl<W: Word> Crc<W> {
    /// The check of `data`.
    pub(crate) fn checksum(&self, data: &[u8]) -> W {
        #[cfg(feature = "std")]
        if let Some(fast) = self.fast_for(data.len()) {
            return W::of(low(crc_fast::checksum(fast, data)));
        }
        self.finish(self.tabled(self.start(), data))
    }

    /// The register before any data, in stream order.
    pub(crate) fn start(&self) -> u32 {
        if self.reflected {
            self.init.reversed().into()
        } else {
            self.init.swapped().into()
        }
    }

    /// The register after `data`.
    pub(crate) fn update(&self, register: u32, data: &[u8]) -> u32 {
        #[cfg(feature = "std")]
        if let Some(fast) = self.fast_for(data.len()) {
            let state = u64::from(self.ordered(register).into());
            let mut digest = crc_fast::Digest::new_with_init_state(fast, state);
            digest.update(data);
            return self.ordered(low(digest.get_state())).into();
        }
        self.tabled(register, data)
    }

    /// The check that `register` stands for.
    pub(crate) fn finish(&self, register: u32) -> W {
        W::of(self.ordered(register).into() ^ self.xorout.into())
    }

    /// The register, before `xorout`, after a record and its check.
    pub(crate) fn residue(&self) -> W {
        // The register and the check cancel out, whatever the record: what remains is `xorout` alone,
        // shifted through.
        let xorout = self.ordered(self.xorout.into()).into();
        let bytes = xorout.to_le_bytes();
        let width = bytes.get(..size_of::<W>()).unwrap_or_default();
        self.ordered(self.bytewise(0, width))
    }

    /// From stream order to the catalogue's, or back.
    fn ordered(&self, register: u32) -> W {
        let register = W::of(register);
        if self.reflected {
            register
        } else {
            register.swapped()
        }
    }

    #[cfg(feature = "std")]
    fn fast_for(&self, len: usize) -> Option<CrcAlgorithm> {
        let kernels = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
        self.fast.filter(|_| kernels && len >= FAST_FROM)
    }

    fn tabled(&self, mut register: u32, data: &[u8]) -> u32 {
        if data.len() < SLICE_FROM {
            return self.bytewise(register, data);
        }
        let (blocks, rest) = data.as_chunks::<16>();
        for block in blocks {
            register = self.sixteen(register, block);
        }
        self.bytewise(register, rest)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a byte is a valid index into 256 entries"
    )]
    fn bytewise(&self, register: u32, data: &[u8]) -> u32 {
        data.iter().fold(register, |register, byte| {
            let out: u32 = self.tables[0][usize::from(register as u8 ^ byte)].into();
            (register >> 8) ^ out
        })
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a byte is a valid index into 256 entries"
    )]
    fn sixteen(&self, register: u32, block: &[u8; 16]) -> u32 {
        let mut word = u128::from_le_bytes(*block) ^ u128::from(register);
        let mut register = 0;
        for table in self.tables.iter().rev() {
            register ^= table[(word & 0xFF) as usize].into();
            word >>= 8;
        }
        register
    }
}

/// The low half.
#[cfg(feature = "std")]
const fn low(wide: u64) -> u32 {
    wide as u32
}
