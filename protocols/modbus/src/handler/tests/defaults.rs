//! What a handler does that has some of the methods, or none.

use std::{vec, vec::Vec};

use super::{ask, bytes};
use crate::{
    Handler, Room, answer,
    wire::{Exception, MAX_PDU, Span, Words, WordsMut},
};

#[test]
fn a_handler_refuses_what_it_does_not_implement() {
    struct Nothing;
    impl Handler for Nothing {}
    for function in &crate::wire::FUNCTIONS {
        let example = match function.code {
            0x01..=0x04 => bytes("00 00 00 01"),
            0x05 => bytes("00 00 FF 00"),
            0x06 => bytes("00 00 00 00"),
            0x08 => bytes("00 00 00 00"),
            0x0F => bytes("00 00 00 01 01 01"),
            0x10 => bytes("00 00 00 01 02 00 01"),
            0x14 => bytes("07 06 00 01 00 00 00 01"),
            0x15 => bytes("09 06 00 01 00 00 00 01 00 01"),
            0x16 => bytes("00 00 00 00 00 00"),
            0x17 => bytes("00 00 00 01 00 00 00 01 02 00 01"),
            0x18 => bytes("00 00"),
            0x2B => bytes("0E 01 00"),
            _ => vec![],
        };
        let pdu = [&[function.code][..], &example].concat();
        assert_eq!(ask(&mut Nothing, &pdu), [function.code | 0x80, 1]);
    }
    assert_eq!(ask(&mut Nothing, &[0x41, 1]), [0xC1, 1]);
}

#[test]
fn what_is_open_is_passed_on_as_it_is() {
    struct Open;
    impl Handler for Open {
        fn can_open(&mut self, data: &[u8], out: &mut Room<'_>) -> Result<(), Exception> {
            out.put(data)
        }
        fn custom(&mut self, code: u8, data: &[u8], out: &mut Room<'_>) -> Result<(), Exception> {
            out.put(&[code])?;
            out.put(data)
        }
    }
    // P69
    let longest = [bytes("2B 0D"), vec![7; 251]].concat();
    assert_eq!(ask(&mut Open, &longest), longest);
    assert_eq!(ask(&mut Open, &bytes("41 01 02")), bytes("41 41 01 02"));
    // One byte more than a PDU holds.
    let longest = [vec![0x41], vec![7; 252]].concat();
    assert_eq!(ask(&mut Open, &longest), [0xC1, 4]);
}

/// A device that has two of the methods, and notes what is written.
#[derive(Default)]
struct Few {
    registers: [u16; 4],
    written: Vec<(u16, u16)>,
}

impl Handler for Few {
    fn read_holding_registers(
        &mut self,
        span: Span,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        let (from, to) = (usize::from(span.address), span.end() as usize);
        let registers = self.registers.get(from..to);
        out.fill(
            registers
                .ok_or(Exception::ILLEGAL_DATA_ADDRESS)?
                .iter()
                .copied(),
        );
        Ok(())
    }

    fn write_single_register(&mut self, address: u16, value: u16) -> Result<(), Exception> {
        let register = self.registers.get_mut(usize::from(address));
        *register.ok_or(Exception::ILLEGAL_DATA_ADDRESS)? = value;
        self.written.push((address, value));
        Ok(())
    }

    fn write_multiple_registers(
        &mut self,
        address: u16,
        values: Words<'_>,
    ) -> Result<(), Exception> {
        (address..)
            .zip(values.iter())
            .try_for_each(|(at, value)| self.write_single_register(at, value))
    }
}

#[test]
fn masks_and_reads_behind_writes_are_made_of_the_other_methods() {
    let mut room = [0; MAX_PDU];
    let mut few = Few {
        registers: [0x12, 1, 2, 3],
        ..Few::default()
    };
    let mut ask = |few: &mut Few, request: &str| {
        let length = answer(few, &bytes(request), &mut room);
        room[..length].to_vec()
    };
    assert_eq!(
        ask(&mut few, "16 00 00 00 F2 00 25"),
        bytes("16 00 00 00 F2 00 25")
    );
    assert_eq!(few.written, [(0, 0x17)]);
    assert_eq!(ask(&mut few, "16 00 04 00 F2 00 25"), [0x96, 2]);
    assert_eq!(
        ask(&mut few, "17 00 02 00 02 00 03 00 01 02 BE EF"),
        bytes("17 04 00 02 BE EF")
    );
    assert_eq!(few.written, [(0, 0x17), (3, 0xBEEF)]);
    // P31: what cannot be read is found out before the write.
    assert_eq!(
        ask(&mut few, "17 00 03 00 02 00 00 00 01 02 BE EF"),
        [0x97, 2]
    );
    assert_eq!(few.written.len(), 2);
}
