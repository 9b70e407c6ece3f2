use std::{vec, vec::Vec};

use super::*;
use crate::{
    answer,
    wire::value::{Number, Order, Type},
};

fn ask(bank: &mut Bank, pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; 253];
    let length = answer(bank, pdu, &mut room);
    room[..length].to_vec()
}

fn blocks(bank: &Bank) -> Vec<(u16, Vec<u16>)> {
    let blocks = bank.holding_registers().iter();
    blocks
        .map(|(first, values)| (first, values.to_vec()))
        .collect()
}

#[test]
fn blocks_are_sorted_and_join_where_they_touch() {
    let bank = Bank::new()
        .with_holding_registers(20, [1, 2])
        .with_holding_registers(10, [3])
        .with_holding_registers(30, [4]);
    assert_eq!(
        blocks(&bank),
        [(10, vec![3]), (20, vec![1, 2]), (30, vec![4])]
    );
    let joined = bank.clone().with_holding_registers(22, [5; 8]);
    assert_eq!(
        blocks(&joined),
        [(10, vec![3]), (20, vec![1, 2, 5, 5, 5, 5, 5, 5, 5, 5, 4])]
    );
    let covered = bank.clone().with_holding_registers(21, [9]);
    assert_eq!(
        blocks(&covered),
        [(10, vec![3]), (20, vec![1, 9]), (30, vec![4])]
    );
    let all = bank.clone().with_holding_registers(11, vec![7; 40]);
    assert_eq!(blocks(&all), [(10, [&[3][..], &[7; 40]].concat())]);
    let before = bank.with_holding_registers(19, [6]);
    assert_eq!(blocks(&before)[1], (20 - 1, vec![6, 1, 2]));
}

#[test]
fn what_is_beyond_the_last_address_is_dropped() {
    let bank = Bank::new().with_holding_registers(0xFFFE, [1, 2, 3]);
    assert_eq!(blocks(&bank), [(0xFFFE, vec![1, 2])]);
    let bank = bank.with_holding_registers(0, vec![0; 0x2_0000]);
    assert_eq!(blocks(&bank), [(0, vec![0; 0x1_0000])]);
    assert!(
        Bank::new()
            .with_holding_registers(5, [])
            .holding_registers()
            .is_empty()
    );
}

#[test]
fn a_span_over_two_blocks_with_a_gap_is_not_there() {
    let mut bank = Bank::new()
        .with_coils(0, [true; 4])
        .with_coils(5, [true; 4]);
    assert_eq!(ask(&mut bank, b"\x01\x00\x00\x00\x04"), b"\x01\x01\x0F");
    assert_eq!(ask(&mut bank, b"\x01\x00\x00\x00\x09"), b"\x81\x02");
    assert_eq!(ask(&mut bank, b"\x01\x00\x04\x00\x01"), b"\x81\x02");
}

#[test]
fn refusals_hold_for_clients_and_not_for_the_device() {
    let mut bank = Bank::new()
        .with_holding_registers(0, [0; 10])
        .with_coils(0, [false; 10])
        .read_only(Table::HoldingRegisters, Span::new(2, 2))
        .read_only(Table::Coils, Span::new(9, 1))
        .refusing(
            Table::HoldingRegisters,
            Span::new(5, 1),
            Exception::SERVER_DEVICE_BUSY,
        );
    let mut write = |address: u8, count: u8| {
        let data = vec![1; 2 * usize::from(count)];
        let head = [0x10, 0, address, 0, count, 2 * count];
        ask(&mut bank, &[&head[..], &data].concat())
    };
    assert_eq!(write(0, 2), b"\x10\0\0\0\x02");
    assert_eq!(write(0, 3), b"\x90\x02");
    assert_eq!(write(3, 1), b"\x90\x02");
    assert_eq!(write(4, 1), b"\x10\0\x04\0\x01");
    assert_eq!(write(4, 2), b"\x90\x06");
    assert_eq!(write(6, 4), b"\x10\0\x06\0\x04");
    // An address that is not there comes before a refusal.
    assert_eq!(write(5, 6), b"\x90\x02");
    assert_eq!(ask(&mut bank, b"\x06\0\x05\0\x01"), b"\x86\x06");
    assert_eq!(ask(&mut bank, b"\x16\0\x05\0\0\0\0"), b"\x96\x06");
    assert_eq!(ask(&mut bank, b"\x05\0\x09\xFF\0"), b"\x85\x02");
    assert_eq!(ask(&mut bank, b"\x0F\0\x08\0\x02\x01\x03"), b"\x8F\x02");
    assert_eq!(
        ask(&mut bank, b"\x17\0\x00\0\x01\0\x04\0\x02\x04\0\0\0\0"),
        b"\x97\x06"
    );
    assert_eq!(bank.holding_registers_mut().set(5, 77), Some(()));
    assert_eq!(ask(&mut bank, b"\x03\0\x05\0\x01"), b"\x03\x02\0\x4D");
}

#[test]
fn writes_are_counted_and_reads_and_refusals_are_not() {
    let mut bank = Bank::new()
        .with_holding_registers(0, [0; 4])
        .with_coils(0, [false])
        .with_file(1, [0]);
    for (pdu, count) in [
        (&b"\x03\0\0\0\x01"[..], 0),
        (b"\x06\0\x09\0\x01", 0),
        (b"\x06\0\0\0\x01", 1),
        (b"\x10\0\0\0\x01\x02\0\x01", 2),
        (b"\x05\0\0\xFF\0", 3),
        (b"\x0F\0\0\0\x01\x01\x01", 4),
        (b"\x16\0\0\0\0\0\x05", 5),
        (b"\x17\0\0\0\x01\0\0\0\x01\x02\0\x01", 6),
        (b"\x15\x09\x06\0\x01\0\0\0\x01\0\x07", 7),
    ] {
        ask(&mut bank, pdu);
        assert_eq!(bank.writes(), count, "{pdu:02x?}");
    }
    assert_eq!(bank.file(1), Some(&[7][..]));
}

#[test]
fn typed_values_are_read_and_written_in_place() {
    let mut bank = Bank::new().with_input_registers(100, [0; 8]);
    let registers = bank.input_registers_mut();
    registers.write(100, Order::Cdab, -1.5_f32).unwrap();
    registers.write(102, Order::Abcd, i64::MIN + 1).unwrap();
    assert_eq!(registers.read(100, Order::Cdab), Some(-1.5_f32));
    assert_eq!(
        registers.slice(Span::new(100, 3)),
        Some(&[0, 0xBFC0, 0x8000][..])
    );
    let number = registers.number(Type::I64, 102, Order::Abcd);
    assert_eq!(number, Some(Number::I64(i64::MIN + 1)));
    assert_eq!(
        registers.set_number(100, Order::Dcba, Number::U32(1)),
        Some(())
    );
    assert_eq!(registers.get(100), Some(0x0100));
    // One register of it is outside: nothing is written.
    assert_eq!(registers.write(107, Order::Abcd, 1_u32), None);
    assert_eq!(registers.get(107), Some(0));
    assert_eq!(registers.read::<u64>(105, Order::Abcd), None);
    registers
        .set_text(Span::new(106, 2), Order::Badc, "abc")
        .unwrap();
    assert_eq!(
        registers.slice(Span::new(106, 2)),
        Some(&[0x6261, 0x0063][..])
    );
    let text = registers.text(Span::new(106, 2), Order::Badc).unwrap();
    assert!(text.eq(*b"abc\0"));
    assert_eq!(
        registers.set_text(Span::new(106, 2), Order::Badc, "abcde"),
        None
    );
}

#[test]
fn the_device_changes_what_clients_only_read() {
    let mut bank = Bank::new()
        .with_server_id(b"A", b"")
        .with_exception_status(1)
        .with_discrete_inputs(0, [false; 2])
        .with_queue(9, [1]);
    bank.set_running(false);
    bank.set_exception_status(2);
    bank.discrete_inputs_mut().set(1, true).unwrap();
    bank.queue_mut(9).unwrap().push(2);
    assert_eq!(ask(&mut bank, b"\x11"), b"\x11\x02A\0");
    assert_eq!(ask(&mut bank, b"\x07"), b"\x07\x02");
    assert_eq!(ask(&mut bank, b"\x02\0\0\0\x02"), b"\x02\x01\x02");
    assert_eq!(
        ask(&mut bank, b"\x18\0\x09"),
        b"\x18\0\x06\0\x02\0\x01\0\x02"
    );
    let mut without = Bank::new();
    without.set_exception_status(2);
    assert_eq!(ask(&mut without, b"\x07"), b"\x87\x01");
}
