//! What a device implements to be a Modbus server.

use crate::wire::{Bits, BitsMut, Exception, FileRead, FileWrites, Span, Words, WordsMut};

mod answer;
mod boxed;
mod functions;
mod identity;
mod room;
#[cfg(test)]
mod tests;

pub use answer::{answer, respond};
pub use functions::Functions;
pub(crate) use identity::LONGEST as LONGEST_OBJECT;
pub use room::Room;

/// What a method answers that a device leaves as it is.
const REFUSED: Exception = Exception::ILLEGAL_FUNCTION;

/// A device's data, as the functions of the Application protocol reach them: one method a function,
/// each of which refuses with exception 01 until it is implemented.
///
/// [`answer`] calls them with what already passed every check that needs no data: quantities are
/// in their limits, byte counts agree, and no element is beyond 65,535. A method answers
/// [`ILLEGAL_DATA_ADDRESS`](Exception::ILLEGAL_DATA_ADDRESS) for elements that do not exist, before
/// it changes anything.
///
/// Diagnostics and the communication event counter and log (functions 08, 0B, 0C) are the machine's
/// own: they are about the line.
pub trait Handler {
    /// The functions that this device has at all: any other is refused with exception 01 before
    /// its length, its quantity or its address is looked at (the figures of Application protocol 6).
    /// Default: all.
    fn functions(&self) -> Functions {
        Functions::ALL
    }

    /// Read Coils, Application protocol 6.1. `out` has room for `span`, all off.
    ///
    /// # Errors
    /// The exception to answer.
    fn read_coils(&mut self, span: Span, out: &mut BitsMut<'_>) -> Result<(), Exception> {
        let _ = (span, out);
        Err(REFUSED)
    }

    /// Read Discrete Inputs, Application protocol 6.2. `out` has room for `span`, all off.
    ///
    /// # Errors
    /// The exception to answer.
    fn read_discrete_inputs(&mut self, span: Span, out: &mut BitsMut<'_>) -> Result<(), Exception> {
        let _ = (span, out);
        Err(REFUSED)
    }

    /// Read Holding Registers, Application protocol 6.3. `out` has room for `span`, all 0.
    ///
    /// # Errors
    /// The exception to answer.
    fn read_holding_registers(
        &mut self,
        span: Span,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        let _ = (span, out);
        Err(REFUSED)
    }

    /// Read Input Registers, Application protocol 6.4. `out` has room for `span`, all 0.
    ///
    /// # Errors
    /// The exception to answer.
    fn read_input_registers(
        &mut self,
        span: Span,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        let _ = (span, out);
        Err(REFUSED)
    }

    /// Write Single Coil, Application protocol 6.5.
    ///
    /// # Errors
    /// The exception to answer.
    fn write_single_coil(&mut self, address: u16, on: bool) -> Result<(), Exception> {
        let _ = (address, on);
        Err(REFUSED)
    }

    /// Write Single Register, Application protocol 6.6.
    ///
    /// # Errors
    /// The exception to answer.
    fn write_single_register(&mut self, address: u16, value: u16) -> Result<(), Exception> {
        let _ = (address, value);
        Err(REFUSED)
    }

    /// Read Exception Status, Application protocol 6.7: eight bits whose meaning is the device's.
    ///
    /// # Errors
    /// The exception to answer.
    fn read_exception_status(&mut self) -> Result<u8, Exception> {
        Err(REFUSED)
    }

    /// Write Multiple Coils, Application protocol 6.11: all of them or none (P25).
    ///
    /// # Errors
    /// The exception to answer; nothing was written.
    fn write_multiple_coils(&mut self, address: u16, values: Bits<'_>) -> Result<(), Exception> {
        let _ = (address, values);
        Err(REFUSED)
    }

    /// Write Multiple Registers, Application protocol 6.12: all of them or none (P25).
    ///
    /// # Errors
    /// The exception to answer; nothing was written.
    fn write_multiple_registers(
        &mut self,
        address: u16,
        values: Words<'_>,
    ) -> Result<(), Exception> {
        let _ = (address, values);
        Err(REFUSED)
    }

    /// Report Server ID, Application protocol 6.13: the identifier, then 00 or FF for whether the
    /// device runs, then what else it likes to say.
    ///
    /// # Errors
    /// The exception to answer.
    fn report_server_id(&mut self, out: &mut Room<'_>) -> Result<(), Exception> {
        let _ = out;
        Err(REFUSED)
    }

    /// Read File Record, Application protocol 6.14, one group of the request. `out` has room for it,
    /// all 0.
    ///
    /// # Errors
    /// The exception to answer, to the whole request.
    fn read_file_record(
        &mut self,
        read: FileRead,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        let _ = (read, out);
        Err(REFUSED)
    }

    /// Write File Record, Application protocol 6.15: all groups or none.
    ///
    /// # Errors
    /// The exception to answer; nothing was written.
    fn write_file_record(&mut self, writes: FileWrites<'_>) -> Result<(), Exception> {
        let _ = writes;
        Err(REFUSED)
    }

    /// Mask Write Register, Application protocol 6.16: the register becomes
    /// `(itself AND and) OR (or AND NOT and)`. Default: reads it, and writes it as a single
    /// register.
    ///
    /// # Errors
    /// The exception to answer; nothing was written.
    fn mask_write_register(&mut self, address: u16, and: u16, or: u16) -> Result<(), Exception> {
        let mut old = [0; 2];
        if let Some(mut out) = WordsMut::new(&mut old) {
            self.read_holding_registers(Span::new(address, 1), &mut out)?;
        }
        let old = u16::from_be_bytes(old);
        self.write_single_register(address, old & and | or & !and)
    }

    /// Read/Write Multiple Registers, Application protocol 6.17: writes, then reads into `out`.
    /// Default: tries the read, so that a read that cannot be leaves nothing written (P31), then
    /// writes, then reads.
    ///
    /// # Errors
    /// The exception to answer; nothing was written.
    fn read_write_multiple_registers(
        &mut self,
        read: Span,
        address: u16,
        values: Words<'_>,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        self.read_holding_registers(read, out)?;
        self.write_multiple_registers(address, values)?;
        self.read_holding_registers(read, out)
    }

    /// Read FIFO Queue, Application protocol 6.18: writes the queue's registers to `out`, the oldest
    /// first, as far as its 31 go, and gives how many the queue holds. More than 31 are answered
    /// with exception 03. The queue is left as it is.
    ///
    /// # Errors
    /// The exception to answer.
    fn read_fifo_queue(
        &mut self,
        address: u16,
        out: &mut WordsMut<'_>,
    ) -> Result<usize, Exception> {
        let _ = (address, out);
        Err(REFUSED)
    }

    /// One object of Read Device Identification, Application protocol 6.21: at most 244 bytes.
    /// Categories, pages and the conformity level are worked out from the objects that there are.
    ///
    /// # Errors
    /// [`ILLEGAL_DATA_ADDRESS`](Exception::ILLEGAL_DATA_ADDRESS) for an object that the device does
    /// not have; any other is answered to the whole request.
    fn object(&mut self, id: u8, out: &mut Room<'_>) -> Result<(), Exception> {
        let _ = (id, out);
        Err(REFUSED)
    }

    /// CANopen General Reference, Application protocol 6.20: what follows the MEI type, both ways.
    ///
    /// # Errors
    /// The exception to answer.
    fn can_open(&mut self, data: &[u8], out: &mut Room<'_>) -> Result<(), Exception> {
        let _ = (data, out);
        Err(REFUSED)
    }

    /// A function that is not public: what follows its code, both ways.
    ///
    /// # Errors
    /// The exception to answer.
    fn custom(&mut self, function: u8, data: &[u8], out: &mut Room<'_>) -> Result<(), Exception> {
        let _ = (function, data, out);
        Err(REFUSED)
    }
}
