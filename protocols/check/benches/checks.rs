//! Checks beside the `crc` crate (its default table and its sixteen) and crc-fast.
//!
//! `cargo bench -p lineside-check`; a filter such as `modbus` picks a group.

use crc::{CRC_16_MODBUS, CRC_32_ISO_HDLC, Crc, Table};
use crc_fast::CrcAlgorithm;
use divan::{Bencher, black_box, counter::BytesCount};
use lineside_check::Algorithm;

const LENGTHS: &[usize] = &[8, 64, 253, 1_500, 65_536];

fn main() {
    divan::main();
}

fn measure<C>(bencher: Bencher<'_, '_>, len: usize, check: impl Fn(&[u8]) -> C + Sync) {
    let mut random = fastrand::Rng::with_seed(7);
    let data: Vec<u8> = core::iter::repeat_with(|| random.u8(..))
        .take(len)
        .collect();
    bencher
        .counter(BytesCount::new(len))
        .bench(|| check(black_box(&data)));
}

#[divan::bench_group]
mod modbus {
    use super::*;

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn a_lineside(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, lineside_check::crc16_modbus);
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn b_lineside_by_name(bencher: Bencher<'_, '_>, len: usize) {
        let modbus = black_box(Algorithm::CRC_16_MODBUS);
        measure(bencher, len, |data| modbus.checksum(data));
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn c_crc_default(bencher: Bencher<'_, '_>, len: usize) {
        static CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);
        measure(bencher, len, |data| CRC.checksum(data));
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn d_crc_table_16(bencher: Bencher<'_, '_>, len: usize) {
        static CRC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_MODBUS);
        measure(bencher, len, |data| CRC.checksum(data));
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn e_crc_fast(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, |data| {
            crc_fast::checksum(CrcAlgorithm::Crc16Modbus, data)
        });
    }
}

#[divan::bench_group]
mod iso_hdlc {
    use super::*;

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn a_lineside(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, lineside_check::crc32_iso_hdlc);
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn c_crc_default(bencher: Bencher<'_, '_>, len: usize) {
        static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
        measure(bencher, len, |data| CRC.checksum(data));
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn d_crc_table_16(bencher: Bencher<'_, '_>, len: usize) {
        static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
        measure(bencher, len, |data| CRC.checksum(data));
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn e_crc_fast(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, |data| {
            crc_fast::checksum(CrcAlgorithm::Crc32IsoHdlc, data)
        });
    }
}

#[divan::bench_group]
mod sums {
    use super::*;

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn lrc(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, lineside_check::lrc);
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn sum_16(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, |data| Algorithm::SUM_16.checksum(data));
    }

    #[divan::bench(args = LENGTHS, sample_size = 100)]
    fn xor(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, lineside_check::xor);
    }
}

/// The lengths around `SLICE_FROM` and `FAST_FROM`: build without the feature `std` to see the
/// tables alone.
#[divan::bench_group]
mod crossover {
    use super::*;

    const AROUND: &[usize] = &[4, 8, 12, 16, 20, 24, 32, 48, 64, 80, 96, 112, 128, 160, 200];

    #[divan::bench(args = AROUND, sample_size = 1_000)]
    fn lineside(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, lineside_check::crc16_modbus);
    }

    #[divan::bench(args = AROUND, sample_size = 1_000)]
    fn crc_fast(bencher: Bencher<'_, '_>, len: usize) {
        measure(bencher, len, |data| {
            crc_fast::checksum(CrcAlgorithm::Crc16Modbus, data)
        });
    }
}
