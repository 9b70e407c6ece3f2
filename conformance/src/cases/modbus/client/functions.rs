//! A transaction of every function, by hand: what is asked, the bytes of the request, those of the reply,
//! and what the client says then. Most are the examples of the application protocol's section 6.

use crate::{
    Halt,
    script::modbus::{Answer, Call, FileRead, FileWrite, Request},
};

use super::work::{TIMEOUT, UNIT, no_row, pdu};

/// A transaction.
pub(super) struct Function {
    /// Its parameter in the cases.
    pub(super) name: &'static str,
    /// What is asked.
    pub(super) request: fn() -> Request,
    /// The request PDU in hex.
    pub(super) asks: &'static str,
    /// A reply PDU in hex.
    pub(super) hears: &'static str,
    /// The report line that says what the reply said.
    pub(super) says: &'static str,
}

impl Function {
    /// The one that a case's parameter names.
    pub(super) fn named(name: &str) -> Result<&'static Self, Halt> {
        let named = FUNCTIONS.iter().find(|function| function.name == name);
        named.ok_or_else(|| no_row(name))
    }

    pub(super) fn call(&self) -> Call {
        (self.request)().to(UNIT, TIMEOUT)
    }

    pub(super) fn request_pdu(&self) -> Vec<u8> {
        pdu(self.asks)
    }

    pub(super) fn reply_pdu(&self) -> Vec<u8> {
        pdu(self.hears)
    }

    pub(super) fn answer(&self) -> Option<Answer> {
        Answer::parse(self.says)
    }
}

macro_rules! functions {
    ($($name:literal: $request:expr, asks $asks:literal, hears $hears:literal, says $says:literal;)*) => {
        /// All of them.
        pub(super) static FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            request: || $request,
            asks: $asks,
            hears: $hears,
            says: $says,
        }),*];

        /// Their names, for the parameters of a case.
        pub(super) const NAMES: &[&str] = &[$($name),*];
    };
}

functions! {
    "read-coils": Request::ReadCoils { address: 19, count: 19 },
        asks "01 0013 0013", hears "01 03 cd 6b 05", says "bits 1011001111010110101";
    "read-discrete-inputs": Request::ReadDiscreteInputs { address: 196, count: 22 },
        asks "02 00c4 0016", hears "02 03 ac db 35", says "bits 0011010111011011101011";
    "read-holding-registers": Request::ReadHoldingRegisters { address: 107, count: 3 },
        asks "03 006b 0003", hears "03 06 022b 0000 0064", says "words 022b 0000 0064";
    "read-input-registers": Request::ReadInputRegisters { address: 8, count: 1 },
        asks "04 0008 0001", hears "04 02 000a", says "words 000a";
    "write-single-coil": Request::WriteSingleCoil { address: 172, on: true },
        asks "05 00ac ff00", hears "05 00ac ff00", says "done";
    "write-single-coil-off": Request::WriteSingleCoil { address: 0x1234, on: false },
        asks "05 1234 0000", hears "05 1234 0000", says "done";
    "write-single-register": Request::WriteSingleRegister { address: 1, value: 3 },
        asks "06 0001 0003", hears "06 0001 0003", says "done";
    "read-exception-status": Request::ReadExceptionStatus,
        asks "07", hears "07 6d", says "bytes 6d";
    "return-query-data": Request::Diagnostics { sub: 0, data: vec![0xa5, 0x37] },
        asks "08 0000 a537", hears "08 0000 a537", says "bytes a537";
    "return-long-query-data": Request::Diagnostics { sub: 0, data: vec![1, 2, 3, 4, 5, 6] },
        asks "08 0000 010203040506", hears "08 0000 010203040506", says "bytes 010203040506";
    "restart-communications": Request::Diagnostics { sub: 1, data: vec![0xff, 0x00] },
        asks "08 0001 ff00", hears "08 0001 ff00", says "bytes ff00";
    "return-diagnostic-register": Request::Diagnostics { sub: 2, data: vec![0, 0] },
        asks "08 0002 0000", hears "08 0002 2a5c", says "bytes 2a5c";
    "clear-counters": Request::Diagnostics { sub: 10, data: vec![0, 0] },
        asks "08 000a 0000", hears "08 000a 0000", says "bytes 0000";
    "return-bus-message-count": Request::Diagnostics { sub: 11, data: vec![0, 0] },
        asks "08 000b 0000", hears "08 000b 0121", says "bytes 0121";
    "get-comm-event-counter": Request::GetCommEventCounter,
        asks "0b", hears "0b ffff 0108", says "words ffff 0108";
    "get-comm-event-log": Request::GetCommEventLog,
        asks "0c", hears "0c 08 0000 0108 0121 20 00", says "bytes 0000010801212000";
    "write-multiple-coils": Request::WriteMultipleCoils { address: 19, bits: "1011001110".to_owned() },
        asks "0f 0013 000a 02 cd 01", hears "0f 0013 000a", says "done";
    "write-multiple-registers": Request::WriteMultipleRegisters { address: 1, words: vec![0x000a, 0x0102] },
        asks "10 0001 0002 04 000a 0102", hears "10 0001 0002", says "done";
    "report-server-id": Request::ReportServerId,
        asks "11", hears "11 06 4c53 ff 313233", says "bytes 4c53ff313233";
    "read-file-record": Request::ReadFileRecord { records: vec![
            FileRead { file: 4, record: 1, count: 2 },
            FileRead { file: 3, record: 9, count: 2 },
        ] },
        asks "14 0e 06 0004 0001 0002 06 0003 0009 0002",
        hears "14 0c 05 06 0dfe 0020 05 06 33cd 0040", says "words 0dfe 0020 33cd 0040";
    "write-file-record": Request::WriteFileRecord { records: vec![
            FileWrite { file: 4, record: 7, words: vec![0x06af, 0x04be, 0x100d] },
        ] },
        asks "15 0d 06 0004 0007 0003 06af 04be 100d",
        hears "15 0d 06 0004 0007 0003 06af 04be 100d", says "done";
    "mask-write-register": Request::MaskWriteRegister { address: 4, and: 0xf2, or: 0x25 },
        asks "16 0004 00f2 0025", hears "16 0004 00f2 0025", says "done";
    "read-write-multiple-registers": Request::ReadWriteMultipleRegisters {
            address: 3, count: 6, write_address: 14, words: vec![0xff, 0xff, 0xff],
        },
        asks "17 0003 0006 000e 0003 06 00ff 00ff 00ff",
        hears "17 0c 00fe 0acd 0001 0003 000d 00ff", says "words 00fe 0acd 0001 0003 000d 00ff";
    "read-fifo-queue": Request::ReadFifoQueue { address: 0x04de },
        asks "18 04de", hears "18 0006 0002 01b8 1284", says "words 01b8 1284";
    "read-device-identification": Request::ReadDeviceIdentification { code: 1, object: 0 },
        asks "2b 0e 01 00", hears "2b 0e 01 01 00 00 03 00 02 4c69 01 01 50 02 02 5631",
        says "objects 00=4c69 01=50 02=5631";
    "read-one-object": Request::ReadDeviceIdentification { code: 4, object: 2 },
        asks "2b 0e 04 02", hears "2b 0e 04 83 00 00 01 02 02 5631", says "objects 02=5631";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_read() {
        for function in FUNCTIONS {
            let said = function.answer();
            assert_eq!(
                said.unwrap().to_string(),
                function.says,
                "{}",
                function.name
            );
            assert_eq!(function.request_pdu()[0], function.reply_pdu()[0]);
            assert!(core::ptr::eq(
                Function::named(function.name).unwrap(),
                function
            ));
        }
    }
}
