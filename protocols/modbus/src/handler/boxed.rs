//! Handlers behind a pointer: devices of several kinds on one port.

use alloc::boxed::Box;

use super::{Functions, Handler, Room};
use crate::wire::{Bits, BitsMut, Exception, FileRead, FileWrites, Span, Words, WordsMut};

/// Each method with what a macro is to make of it.
macro_rules! methods {
    ($make:ident) => {
        $make! {
            read_coils(span: Span, out: &mut BitsMut<'_>) -> ();
            read_discrete_inputs(span: Span, out: &mut BitsMut<'_>) -> ();
            read_holding_registers(span: Span, out: &mut WordsMut<'_>) -> ();
            read_input_registers(span: Span, out: &mut WordsMut<'_>) -> ();
            write_single_coil(address: u16, on: bool) -> ();
            write_single_register(address: u16, value: u16) -> ();
            read_exception_status() -> u8;
            write_multiple_coils(address: u16, values: Bits<'_>) -> ();
            write_multiple_registers(address: u16, values: Words<'_>) -> ();
            report_server_id(out: &mut Room<'_>) -> ();
            read_file_record(read: FileRead, out: &mut WordsMut<'_>) -> ();
            write_file_record(writes: FileWrites<'_>) -> ();
            mask_write_register(address: u16, and: u16, or: u16) -> ();
            read_write_multiple_registers(
                read: Span,
                address: u16,
                values: Words<'_>,
                out: &mut WordsMut<'_>
            ) -> ();
            read_fifo_queue(address: u16, out: &mut WordsMut<'_>) -> usize;
            object(id: u8, out: &mut Room<'_>) -> ();
            can_open(data: &[u8], out: &mut Room<'_>) -> ();
            custom(function: u8, data: &[u8], out: &mut Room<'_>) -> ();
        }
    };
}

macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(
            #[inline]
            fn $name(&mut self, $($argument: $type),*) -> Result<$result, Exception> {
                (**self).$name($($argument),*)
            }
        )*
    };
}

impl<H: Handler + ?Sized> Handler for Box<H> {
    #[inline]
    fn functions(&self) -> Functions {
        (**self).functions()
    }

    methods!(forward);
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::{answer, wire::MAX_PDU};

    /// Answers each function with an exception of its own.
    struct Spy;

    macro_rules! refuse {
        ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
            $(
                fn $name(&mut self, $($argument: $type),*) -> Result<$result, Exception> {
                    let _ = ($($argument,)*);
                    Err(own(stringify!($name)))
                }
            )*
        };
    }

    /// A number for a name.
    fn own(name: &str) -> Exception {
        let sum = name
            .bytes()
            .fold(7_u8, |sum, byte| sum.wrapping_mul(31) ^ byte);
        Exception(0x40 | sum >> 2)
    }

    impl Handler for Spy {
        fn functions(&self) -> Functions {
            Functions::ALL.without(0x42)
        }

        methods!(refuse);
    }

    #[test]
    fn a_boxed_handler_is_the_handler() {
        let mut boxed: Box<dyn Handler> = Box::new(Spy);
        let requests: [(&str, &[u8]); 18] = [
            ("read_coils", b"\x01\0\0\0\x01"),
            ("read_discrete_inputs", b"\x02\0\0\0\x01"),
            ("read_holding_registers", b"\x03\0\0\0\x01"),
            ("read_input_registers", b"\x04\0\0\0\x01"),
            ("write_single_coil", b"\x05\0\0\0\0"),
            ("write_single_register", b"\x06\0\0\0\0"),
            ("read_exception_status", b"\x07"),
            ("write_multiple_coils", b"\x0F\0\0\0\x01\x01\0"),
            ("write_multiple_registers", b"\x10\0\0\0\x01\x02\0\0"),
            ("report_server_id", b"\x11"),
            ("read_file_record", b"\x14\x07\x06\0\x01\0\0\0\x01"),
            ("write_file_record", b"\x15\x09\x06\0\x01\0\0\0\x01\0\0"),
            ("mask_write_register", b"\x16\0\0\0\0\0\0"),
            (
                "read_write_multiple_registers",
                b"\x17\0\0\0\x01\0\0\0\x01\x02\0\0",
            ),
            ("read_fifo_queue", b"\x18\0\0"),
            ("object", b"\x2B\x0E\x01\0"),
            ("can_open", b"\x2B\x0D"),
            ("custom", b"\x41"),
        ];
        let mut room = [0; MAX_PDU];
        let mut seen = Vec::new();
        for (name, request) in requests {
            let length = answer(&mut boxed, request, &mut room);
            assert_eq!(room[..length], [request[0] | 0x80, own(name).0], "{name}");
            seen.push(own(name));
        }
        seen.sort();
        seen.dedup();
        assert!(seen.len() > 12, "the exceptions differ: {seen:?}");
        assert_eq!(answer(&mut boxed, b"\x42", &mut room), 2);
        assert_eq!(room[..2], [0xC2, 1]);
    }
}
