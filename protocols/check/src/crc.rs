//! The CRC register, and what drives it.

#[cfg(feature = "std")]
use crc_fast::CrcAlgorithm;

use crate::tables::Tables;

/// From this length on, bytes are looked up sixteen, eight or four at a time; below, one at a time.
pub const SLICE_FROM: usize = 4;

/// From this length on, `crc-fast` takes the longest part of the data that is a multiple of this
/// (CRCs of 16 and 32 bits; feature `std`; x86-64 and AArch64), and the tables take the rest.
/// crc-fast is at its best at such lengths: 253 bytes take it longer than 512.
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
    #[inline]
    pub(crate) fn checksum(&self, data: &[u8]) -> W {
        #[cfg(feature = "std")]
        if let Some((fast, head, tail)) = self.split(data) {
            let check = W::of(low(crc_fast::checksum(fast, head)));
            let register = self.ordered(check.into() ^ self.xorout.into()).into();
            return self.finish(self.tabled(register, tail));
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
        if let Some((fast, head, tail)) = self.split(data) {
            let state = u64::from(self.ordered(register).into());
            let mut digest = crc_fast::Digest::new_with_init_state(fast, state);
            digest.update(head);
            let register = self.ordered(low(digest.get_state())).into();
            return self.tabled(register, tail);
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

    /// What crc-fast takes of `data`, and the rest for the tables.
    #[cfg(feature = "std")]
    fn split<'d>(&self, data: &'d [u8]) -> Option<(CrcAlgorithm, &'d [u8], &'d [u8])> {
        let kernels = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
        let fast = self.fast.filter(|_| kernels && data.len() >= FAST_FROM)?;
        let (head, tail) = data.split_at_checked(data.len() - data.len() % FAST_FROM)?;
        Some((fast, head, tail))
    }

    #[inline]
    fn tabled(&self, register: u32, data: &[u8]) -> u32 {
        let (sixteens, rest) = data.as_chunks::<16>();
        let (eights, rest) = rest.as_chunks::<8>();
        let (fours, rest) = rest.as_chunks::<SLICE_FROM>();
        let register = self.slices(register, sixteens);
        let register = self.slices(register, eights);
        let register = self.slices(register, fours);
        self.bytewise(register, rest)
    }

    #[inline]
    fn bytewise(&self, register: u32, data: &[u8]) -> u32 {
        let [table, ..] = self.tables;
        data.iter().fold(register, |register, byte| {
            (register >> 8) ^ look_up(table, register.to_le_bytes()[0] ^ byte)
        })
    }

    /// Looks all bytes of a block up at once: a block of `N` bytes, `N` at least the register's
    /// width, moves the register out altogether.
    #[inline]
    fn slices<const N: usize>(&self, register: u32, blocks: &[[u8; N]]) -> u32 {
        blocks.iter().fold(register, |register, block| {
            let mut bytes = *block;
            for (byte, state) in bytes
                .iter_mut()
                .zip(register.to_le_bytes())
                .take(size_of::<W>())
            {
                *byte ^= state;
            }
            // The last bytes first: they do not wait for the register.
            let tables = bytes.iter().rev().zip(self.tables);
            tables.fold(0, |out, (byte, table)| out ^ look_up(table, *byte))
        })
    }
}

#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "a byte is a valid index into 256 entries"
)]
fn look_up<W: Word>(table: &[W; 256], byte: u8) -> u32 {
    table[usize::from(byte)].into()
}

/// The low half.
#[cfg(feature = "std")]
const fn low(wide: u64) -> u32 {
    wide as u32
}
