//! What the catalogue says of each algorithm, and what a record with its check says of itself.

use std::collections::BTreeSet;

use lineside_check::{
    Algorithm, Order, Trailer, crc16_modbus, crc16_x25, crc32_iso_hdlc, lrc, sum8, xor,
};

const DIGITS: &[u8] = b"123456789";

#[test]
fn every_algorithm_gives_its_check_value() {
    for algorithm in Algorithm::ALL {
        assert_eq!(
            algorithm.checksum(DIGITS),
            algorithm.check_value(),
            "{algorithm}"
        );
    }
}

/// F31, typed from the facts and not from the catalogue.
#[test]
fn the_known_check_values_hold() {
    for (name, check) in [
        ("X-25", 0x906E),
        ("MODBUS", 0x4B37),
        ("CCITT-FALSE", 0x29B1),
        ("XMODEM", 0x31C3),
        ("KERMIT", 0x2189),
        ("CRC-32", 0xCBF4_3926),
        ("CRC-32C", 0xE306_9283),
    ] {
        let algorithm = Algorithm::by_name(name).unwrap();
        assert_eq!(algorithm.checksum(DIGITS), check, "{name}");
    }
}

/// F30: the sum of a record and its LRC is zero.
#[test]
fn the_lrc_is_the_twos_complement_of_the_sum() {
    // A Modbus ASCII request: unit 2, read one holding register from 1.
    let record = [0x02, 0x03, 0x00, 0x01, 0x00, 0x01];
    assert_eq!(lrc(&record), 0xF9);
    assert_eq!(sum8(&record).wrapping_add(lrc(&record)), 0);
    assert_eq!(xor(&record), 0x02 ^ 0x03);
    assert_eq!(xor(&[]), 0);
}

#[test]
fn a_long_sum_does_not_overflow() {
    let ones = vec![0xFF; 70_000];
    let sum = 70_000_u64 * 0xFF;
    assert_eq!(Algorithm::SUM_16.checksum(&ones), sum & 0xFFFF);
    assert_eq!(Algorithm::SUM_8.checksum(&ones), sum & 0xFF);
}

#[test]
fn the_free_functions_are_the_algorithms() {
    for len in 0..300 {
        let data: Vec<u8> = (0..len).map(|at| (at * 7 + 3) as u8).collect();
        let same = |algorithm: Algorithm, value: u64| assert_eq!(algorithm.checksum(&data), value);
        same(Algorithm::CRC_16_MODBUS, crc16_modbus(&data).into());
        same(Algorithm::CRC_16_IBM_SDLC, crc16_x25(&data).into());
        same(Algorithm::CRC_32_ISO_HDLC, crc32_iso_hdlc(&data).into());
        same(Algorithm::LRC, lrc(&data).into());
        same(Algorithm::XOR, xor(&data).into());
        same(Algorithm::SUM_8, sum8(&data).into());
    }
}

#[test]
fn a_name_is_found_whatever_its_case_and_means_one_algorithm() {
    let mut seen = BTreeSet::new();
    for algorithm in Algorithm::ALL {
        for name in algorithm.aliases().iter().chain([&algorithm.name()]) {
            assert!(seen.insert(name.to_lowercase()), "{name} twice");
            for name in [name.to_lowercase(), name.to_uppercase()] {
                assert_eq!(Algorithm::by_name(&name), Some(*algorithm), "{name}");
            }
        }
    }
    assert_eq!(Algorithm::by_name("CRC-16/NONE"), None);
    assert_eq!(Algorithm::by_name(""), None);
}

/// RFC 1662 appendix C gives 0xF0B8 and 0xDEBB20E3.
#[test]
fn the_residue_of_rfc_1662_is_that_of_the_catalogue() {
    assert_eq!(Algorithm::CRC_16_IBM_SDLC.residue(), Some(0xF0B8));
    assert_eq!(Algorithm::CRC_32_ISO_HDLC.residue(), Some(0xDEBB_20E3));
    assert_eq!(Algorithm::CRC_16_MODBUS.residue(), Some(0));
    assert_eq!(Algorithm::LRC.residue(), None);
}

#[test]
fn a_record_with_its_check_leaves_the_residue() {
    for algorithm in Algorithm::ALL {
        let Some(residue) = algorithm.residue() else {
            continue;
        };
        // The final exclusive or is the check of nothing, apart from the initial register; take it
        // from the algorithm's own answer for a record and for the record with its check.
        let mut leaves = BTreeSet::new();
        for len in [0, 1, 9, 40, 300] {
            let mut frame: Vec<u8> = (0..len).map(|at| (at * 31 + 1) as u8).collect();
            let trailer = Trailer::new(*algorithm, algorithm.natural_order());
            let mut check = [0; 4];
            let written = trailer.write(&[&frame], &mut check).unwrap();
            frame.extend_from_slice(&check[..written]);
            leaves.insert(algorithm.checksum(&frame));
        }
        let ones = (1_u64 << algorithm.bits()) - 1;
        let xorout = residue ^ leaves.pop_first().unwrap();
        assert!(
            leaves.is_empty(),
            "{algorithm}: the residue depends on the record"
        );
        assert!(
            [0, 0x55, 1, ones].contains(&xorout),
            "{algorithm}: xorout {xorout:#x}"
        );
    }
}

#[test]
fn a_trailer_fits_only_the_record_it_was_made_for() {
    let record = *b"a record";
    for algorithm in Algorithm::ALL {
        for order in [Order::Little, Order::Big] {
            let trailer = Trailer::new(*algorithm, order);
            let mut frame = [0; 12];
            frame[..8].copy_from_slice(&record);
            let len = trailer
                .write(&[b"a ", b"", b"record"], &mut frame[8..])
                .unwrap();
            assert_eq!(len, trailer.len());
            let frame = &mut frame[..8 + len];
            assert_eq!(trailer.verify(frame), Some(&record[..]), "{trailer:?}");
            for bit in 0..frame.len() * 8 {
                frame[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(trailer.verify(frame), None, "{trailer:?}, bit {bit}");
                frame[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
}

#[test]
fn the_order_is_the_order_on_the_wire() {
    let modbus = Algorithm::CRC_16_MODBUS;
    let mut out = [0xEE; 3];
    assert_eq!(modbus.write(0x4B37, Order::Little, &mut out), Some(2));
    assert_eq!(out, [0x37, 0x4B, 0xEE]);
    assert_eq!(modbus.write(0x4B37, Order::Big, &mut out), Some(2));
    assert_eq!(out, [0x4B, 0x37, 0xEE]);
    assert_eq!(
        modbus.verify_trailer(Order::Big, b"123456789\x4B\x37"),
        Some(DIGITS)
    );
    assert_eq!(
        modbus.verify_trailer(Order::Little, b"123456789\x4B\x37"),
        None
    );
}

#[test]
fn what_is_too_short_is_no_frame_and_no_room() {
    let crc = Algorithm::CRC_32_ISO_HDLC;
    let mut out = [0xEE; 3];
    assert_eq!(crc.write(1, Order::Big, &mut out), None);
    assert_eq!(out, [0xEE; 3]);
    for len in 0..4 {
        assert_eq!(crc.verify_trailer(Order::Little, &[0; 4][..len]), None);
    }
    // The check of an empty record is a frame.
    assert_eq!(crc.verify_trailer(Order::Little, &[0; 4]), Some(&[][..]));
}
