//! The rules of Application protocol 6 for a server, by their identifiers (P01 to P52).

use std::{format, vec, vec::Vec};

use super::*;
use crate::{
    Bank,
    wire::{MAX_PDU, Pdu, Request},
};

mod defaults;

/// A device with something for every function that a bank serves.
fn bank() -> Bank {
    Bank::new()
        .with_coils(0, (0..40).map(|at| at % 3 == 0))
        .with_discrete_inputs(0xFFF0, [true; 16])
        .with_holding_registers(0, (0..200).map(|at| at * 7))
        .with_input_registers(8, [0x000A])
        .with_file(4, [0, 0x0DFE, 0x0020, 0, 0, 0, 0, 0, 0, 0])
        .with_file(3, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0x33CD, 0x0040])
        .with_refusing_file(6, Exception::MEMORY_PARITY_ERROR)
        .with_queue(0x04DE, [0x01B8, 0x1284])
        .with_queue(1, [7; 31])
        .with_queue(2, [7; 32])
        .with_queue(3, [])
        .with_server_id(b"LS", b"more")
        .with_exception_status(0x6D)
        .with_object(0, "Lineside")
        .with_object(1, "bank")
        .with_object(2, "V1")
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace()
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

pub(super) fn ask<H: Handler>(handler: &mut H, pdu: &[u8]) -> Vec<u8> {
    // What stood in the room before must not matter.
    let mut room = [0xEE; 260];
    let length = answer(handler, pdu, &mut room);
    assert!(room[length..].iter().all(|&byte| byte == 0xEE) || length <= MAX_PDU);
    let pdu = Pdu::new(pdu).unwrap();
    assert_eq!(*respond(handler, &pdu), room[..length], "twice the same");
    room[..length].to_vec()
}

/// Each line: the rule, the request, the response.
fn check(table: &[(&str, &str, &str)]) {
    for (rule, request, response) in table {
        let got = ask(&mut bank(), &bytes(request));
        assert_eq!(got, bytes(response), "{rule}: {request} got {got:02x?}");
    }
}

#[test]
fn functions_that_are_not_there_are_exception_01_whatever_follows() {
    check(&[
        ("P01", "00", "80 01"),
        ("P03", "83 02", "83 01"),
        ("P03", "FF", "FF 01"),
        ("P02", "2B 0D 00", "AB 01"),
        ("P60", "2B 0F 00", "AB 01"),
        ("P60", "2B 0C", "AB 01"),
    ]);
    // P02: every code but the ones a bank has; malformed or not.
    let has = bank().functions();
    for code in (1..128).filter(|&code| !has.contains(code)) {
        for data in [&[][..], &[0; 4], &[0xFF; 100]] {
            let pdu = [&[code][..], data].concat();
            assert_eq!(ask(&mut bank(), &pdu), [code | 0x80, 1]);
        }
    }
    // An empty bank has none: 01 comes before a quantity of 0 and an address outside.
    for pdu in ["01 00 00 00 00", "03 FF FF 00 02", "10 00", "18", "14 00"] {
        let pdu = bytes(pdu);
        assert_eq!(ask(&mut Bank::new(), &pdu), [pdu[0] | 0x80, 1]);
    }
    assert_eq!(ask(&mut bank(), &[]), [0; 0]);
}

#[test]
fn lengths_and_counts_are_exception_03() {
    let mut table = vec![
        ("P10", "01 00 00 00 00", "81 03"),
        ("P10", "01 00 00 07 D1", "81 03"),
        ("P10", "02 00 00 FF FF", "82 03"),
        ("P15", "03 00 00 00 00", "83 03"),
        ("P15", "03 00 00 00 7E", "83 03"),
        ("P15", "04 00 08 00 7E", "84 03"),
        ("P20", "05 00 00 00 01", "85 03"),
        ("P20", "05 00 00 FF FF", "85 03"),
        ("P20: value before address", "05 99 99 00 01", "85 03"),
        ("P23", "0F 00 00 00 00 00", "8F 03"),
        ("P23", "0F 00 00 00 09 01 FF", "8F 03"),
        ("P24", "10 00 00 00 00 00", "90 03"),
        ("P24", "10 00 00 00 02 02 00 00", "90 03"),
        ("P26", "10 00 00 00 02 04 00 00 00", "90 03"),
        ("P31", "17 00 00 00 00 00 00 00 01 02 00 00", "97 03"),
        ("P31", "17 00 00 00 7E 00 00 00 01 02 00 00", "97 03"),
        ("P31", "17 00 00 00 01 00 00 00 00 00", "97 03"),
        ("P31", "17 00 00 00 01 00 00 00 02 02 00 00", "97 03"),
        ("P32", "18 00 02", "98 03"),
        ("P33", "14 06 06 00 04 00 01 00", "94 03"),
        ("P33", "14 08 06 00 04 00 01 00 02 00", "94 03"),
        ("P34", "15 08 06 00 04 00 01 00 01 00", "95 03"),
        ("P61", "2B 0E 00 00", "AB 03"),
        ("P61", "2B 0E 05 00", "AB 03"),
        ("P04", "07 00", "87 03"),
        ("P05", "03 00 00 00 01 00", "83 03"),
        ("P08", "03 FF FF 00 00", "83 03"),
        ("P08", "01 FF FF FF FF", "81 03"),
    ];
    let coils = format!("0F 00 00 07 B1 F7 {}", "00 ".repeat(0xF7));
    let registers = format!("10 00 00 00 7C F8 {}", "00 ".repeat(246));
    table.push(("P23: 1969 coils", &coils, "8F 03"));
    table.push(("P24: 124 registers", &registers, "90 03"));
    check(&table);
    // P04: each function that a bank has, cut after its code. (07, 11 are whole then.)
    for code in bank()
        .functions()
        .iter()
        .filter(|code| ![7, 8, 11, 12, 17].contains(code))
    {
        assert_eq!(ask(&mut bank(), &[code]), [code | 0x80, 3], "{code}");
    }
}

#[test]
fn addresses_that_are_not_there_are_exception_02() {
    check(&[
        ("P11", "01 FF FF 00 02", "81 02"),
        ("P12", "01 00 27 00 01", "01 01 01"),
        ("P12", "01 00 28 00 01", "81 02"),
        ("P12", "01 00 27 00 02", "81 02"),
        ("P12: the last of all", "02 FF FF 00 01", "02 01 01"),
        ("P12", "03 00 C7 00 01", "03 02 05 71"),
        ("P12", "03 00 C7 00 02", "83 02"),
        ("P12", "04 00 07 00 02", "84 02"),
        ("P12", "05 00 28 FF 00", "85 02"),
        ("P22", "06 00 C8 00 00", "86 02"),
        ("P30", "16 00 C8 00 00 00 00", "96 02"),
        ("P32", "18 00 00", "98 02"),
        ("P33: reference type", "14 07 05 00 04 00 01 00 02", "94 02"),
        ("P33: file 0", "14 07 06 00 00 00 01 00 02", "94 02"),
        ("P33: no such file", "14 07 06 00 09 00 01 00 02", "94 02"),
        ("P33: record", "14 07 06 00 04 27 10 00 01", "94 02"),
        (
            "P33: beyond the file",
            "14 07 06 00 04 00 09 00 02",
            "94 02",
        ),
        ("P33: parity", "14 07 06 00 06 00 00 00 01", "94 08"),
        (
            "P33: longer than a PDU",
            "14 07 06 00 04 00 00 00 7A",
            "94 03",
        ),
        ("P34", "15 09 06 00 09 00 00 00 01 00 01", "95 02"),
        ("P34", "15 09 06 00 06 00 00 00 01 00 01", "95 08"),
        ("P63", "2B 0E 04 03", "AB 02"),
    ]);
}

#[test]
fn the_specifications_examples_are_answered_as_printed() {
    // P13, P15, P20, P21, P23, P30, P32, P33, P34, P40, P52.
    let on = |at: u16| [0xCD_u8, 0x6B, 0x05][usize::from(at / 8)] >> (at % 8) & 1 == 1;
    let mut device = bank()
        .with_coils(0x13, (0..19).map(on))
        .with_holding_registers(107, [555, 0, 100])
        .with_coils(0x00AC, [false]);
    for (request, response) in [
        ("01 00 13 00 13", "01 03 CD 6B 05"),
        ("03 00 6B 00 03", "03 06 02 2B 00 00 00 64"),
        ("04 00 08 00 01", "04 02 00 0A"),
        ("05 00 AC FF 00", "05 00 AC FF 00"),
        ("01 00 AC 00 01", "01 01 01"),
        ("06 00 01 00 03", "06 00 01 00 03"),
        ("03 00 01 00 01", "03 02 00 03"),
        ("07", "07 6D"),
        ("0F 00 13 00 0A 02 CD 01", "0F 00 13 00 0A"),
        ("01 00 13 00 0A", "01 02 CD 01"),
        ("10 00 01 00 02 04 00 0A 01 02", "10 00 01 00 02"),
        ("03 00 01 00 02", "03 04 00 0A 01 02"),
        ("11", "11 07 4C 53 FF 6D 6F 72 65"),
        (
            "14 0E 06 00 04 00 01 00 02 06 00 03 00 09 00 02",
            "14 0C 05 06 0D FE 00 20 05 06 33 CD 00 40",
        ),
        (
            "15 0D 06 00 04 00 07 00 03 06 AF 04 BE 10 0D",
            "15 0D 06 00 04 00 07 00 03 06 AF 04 BE 10 0D",
        ),
        (
            "14 07 06 00 04 00 07 00 03",
            "14 08 07 06 06 AF 04 BE 10 0D",
        ),
        ("06 00 04 00 12", "06 00 04 00 12"),
        ("18 04 DE", "18 00 06 00 02 01 B8 12 84"),
        ("18 00 03", "18 00 02 00 00"),
    ] {
        assert_eq!(
            ask(&mut device, &bytes(request)),
            bytes(response),
            "{request}"
        );
    }
    // 0x12 masked once; `ask` asks twice, and twice is the same here: 0x17 AND F2 is 12 again.
    let mask = bytes("16 00 04 00 F2 00 25");
    assert_eq!(ask(&mut device, &mask), mask);
    assert_eq!(device.holding_registers().get(4), Some(0x17));
    // 6.17's example writes 14 to 16 and reads 3 to 8.
    let both = bytes("17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF");
    let read = ask(&mut device, &both);
    assert_eq!(read[..2], [0x17, 12]);
    assert_eq!(
        device.holding_registers().slice(Span::new(14, 3)),
        Some(&[0xFF; 3][..])
    );
}

#[test]
fn full_responses_fit_a_pdu() {
    let mut device = Bank::new()
        .with_coils(0, vec![true; 2000])
        .with_holding_registers(0, (0..).take(0x1_0000).map(|at: u32| at as u16))
        .with_queue(1, 0..31)
        .with_file(1, 0..200);
    let coils = ask(&mut device, &bytes("01 00 00 07 D0"));
    assert_eq!((coils.len(), coils[1]), (252, 250));
    assert!(coils[2..].iter().all(|&byte| byte == 0xFF));
    let registers = ask(&mut device, &bytes("03 FF 83 00 7D"));
    assert_eq!((registers.len(), registers[1]), (252, 250));
    assert_eq!(registers[2..4], [0xFF, 0x83]);
    assert_eq!(registers[250..], [0xFF, 0xFF]);
    let queue = ask(&mut device, &bytes("18 00 01"));
    assert_eq!((queue.len(), &queue[..5]), (67, &[0x18, 0, 64, 0, 31][..]));
    let file = ask(&mut device, &bytes("14 07 06 00 01 00 00 00 79"));
    assert_eq!((file.len(), file[1], file[2]), (246, 244, 243));
    // P23, P24: the most that can be written.
    let write = [bytes("0F 00 00 07 B0 F6"), vec![0; 0xF6]].concat();
    assert_eq!(ask(&mut device, &write), write[..5]);
    assert_eq!(device.coils().get(1967), Some(false));
    assert_eq!(device.coils().get(1968), Some(true));
    let write = [bytes("10 FF 85 00 7B F6"), vec![0xAB; 0xF6]].concat();
    assert_eq!(ask(&mut device, &write), write[..5]);
    assert_eq!(device.holding_registers().get(0xFFFF), Some(0xABAB));
}

#[test]
fn bits_that_fill_up_a_byte_count_for_nothing() {
    // P13, P14, P23: from an odd address, and with rubbish in the padding.
    let mut device = Bank::new().with_coils(0, [false; 20]);
    assert_eq!(
        ask(&mut device, &bytes("0F 00 03 00 0A 02 FF FF")),
        bytes("0F 00 03 00 0A")
    );
    assert_eq!(
        ask(&mut device, &bytes("01 00 00 00 14")),
        bytes("01 03 F8 1F 00")
    );
    assert_eq!(
        ask(&mut device, &bytes("01 00 05 00 09")),
        bytes("01 02 FF 00")
    );
}

#[test]
fn a_write_that_fails_changes_nothing() {
    // P25, P31, P34: the second half of each is not there.
    let mut device = bank();
    let before = format!("{device:?}");
    for request in [
        "0F 00 20 00 10 02 FF FF",
        "10 00 C6 00 03 06 00 01 00 01 00 01",
        "17 00 C7 00 02 00 00 00 01 02 AB CD",
        "17 00 00 00 01 00 C7 00 02 04 AB CD AB CD",
        "15 12 06 00 04 00 00 00 01 AB CD 06 00 04 00 0A 00 01 AB CD",
        "15 12 06 00 04 00 00 00 01 AB CD 06 00 06 00 00 00 01 AB CD",
        "10 00 00 00 01 02 AB",
        "05 00 00 12 34",
    ] {
        let response = ask(&mut device, &bytes(request));
        assert_eq!(response.len(), 2, "{request}");
        assert_eq!(format!("{device:?}"), before, "{request}");
    }
}

#[test]
fn a_read_behind_a_write_sees_it() {
    let mut device = bank();
    let request = "17 00 09 00 03 00 0A 00 01 02 BE EF";
    assert_eq!(
        ask(&mut device, &bytes(request)),
        bytes("17 06 00 3F BE EF 00 4D")
    );
}

#[test]
fn a_shorter_room_gets_an_exception_and_no_room_nothing() {
    let mut device = bank();
    for (room, length) in [(0, 0), (1, 0), (2, 2), (251, 2), (252, 252)] {
        let mut room = vec![0; room];
        let answered = answer(&mut device, &bytes("03 00 00 00 7D"), &mut room);
        assert_eq!(answered, length);
        assert!(length != 2 || room[..2] == [0x83, 4]);
    }
}

#[test]
fn whatever_is_asked_the_answer_answers_it() {
    let mut rng = fastrand::Rng::with_seed(43);
    let mut device = bank();
    let (mut good, mut exceptions) = (0, 0);
    for _ in 0..100_000 {
        let codes: Vec<u8> = device.functions().iter().collect();
        let mut pdu: Vec<u8> = (0..rng.usize(1..=14)).map(|_| rng.u8(..8)).collect();
        if rng.u8(..) > 16 {
            pdu[0] = codes[rng.usize(..codes.len())];
        }
        if rng.bool() && pdu.len() > 6 {
            pdu[5] = u8::try_from(pdu.len() - 6).unwrap();
        }
        let answered = respond(&mut device, &Pdu::new(&pdu).unwrap());
        match Request::parse(&pdu) {
            Ok(request) => {
                let response = crate::wire::Response::parse(&answered, &request);
                let response = response.unwrap_or_else(|error| panic!("{pdu:02x?}: {error}"));
                good += u32::from(response.is_ok());
                exceptions += u32::from(response.is_err());
            }
            Err(_) => assert_eq!((answered.len(), answered[0]), (2, pdu[0] | 0x80)),
        }
    }
    assert!(good > 500 && exceptions > 500, "{good} and {exceptions}");
}
