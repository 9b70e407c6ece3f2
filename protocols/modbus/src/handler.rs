//! What a device implements to be a Modbus server, and the one place where requests become calls.

use crate::wire::{
    Bits, BitsMut, Exception, FileRead, FileWrites, MAX_PDU, Pdu, Request, Span, Words, WordsMut,
};

mod functions;
mod identity;
mod room;
#[cfg(test)]
mod tests;

pub use functions::Functions;
pub(crate) use identity::LONGEST as LONGEST_OBJECT;
pub use room::Room;

/// What every method that is not implemented answers.
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

/// Answers the request in `pdu`: writes the response or the exception response to the beginning of
/// `room`, and gives its length.
///
/// 253 bytes of room always suffice. What does not fit a shorter room is answered with exception
/// 04; the length is 0 when even that does not fit, or `pdu` is empty.
#[inline]
pub fn answer<H: Handler + ?Sized>(handler: &mut H, pdu: &[u8], room: &mut [u8]) -> usize {
    let Some(&code) = pdu.first() else {
        return 0;
    };
    let longest = room.len().min(MAX_PDU);
    let room = room.get_mut(..longest).unwrap_or_default();
    let answered = if handler.functions().contains(code) {
        Request::parse(pdu).and_then(|request| serve(handler, &request, pdu, room))
    } else {
        Err(Exception::ILLEGAL_FUNCTION)
    };
    answered.unwrap_or_else(|exception| refuse(code, exception, room))
}

/// Answers a request that owns its bytes: [`answer`] with room of its own.
pub fn respond<H: Handler + ?Sized>(handler: &mut H, pdu: &Pdu) -> Pdu {
    let written = Pdu::write(|room| Ok::<_, core::convert::Infallible>(answer(handler, pdu, room)));
    written.unwrap_or_default()
}

/// The exception response.
#[cold]
fn refuse(code: u8, exception: Exception, room: &mut [u8]) -> usize {
    let Some(head) = room.first_chunk_mut() else {
        return 0;
    };
    *head = [code | 0x80, exception.0];
    head.len()
}

type Answered = Result<usize, Exception>;

/// The functions that reach the four tables; the others in [`serve_rest`].
#[inline]
fn serve<H: Handler + ?Sized>(
    handler: &mut H,
    request: &Request<'_>,
    pdu: &[u8],
    room: &mut [u8],
) -> Answered {
    let code = request.function();
    match *request {
        Request::ReadCoils(span) => bits(code, span, room, |out| handler.read_coils(span, out)),
        Request::ReadDiscreteInputs(span) => bits(code, span, room, |out| {
            handler.read_discrete_inputs(span, out)
        }),
        Request::ReadHoldingRegisters(span) => words(code, span, room, |out| {
            handler.read_holding_registers(span, out)
        }),
        Request::ReadInputRegisters(span) => words(code, span, room, |out| {
            handler.read_input_registers(span, out)
        }),
        Request::WriteSingleCoil { address, on } => {
            handler.write_single_coil(address, on)?;
            echo(pdu, room)
        }
        Request::WriteSingleRegister { address, value } => {
            handler.write_single_register(address, value)?;
            echo(pdu, room)
        }
        Request::WriteMultipleCoils { address, values } => {
            handler.write_multiple_coils(address, values)?;
            echo(head(pdu), room)
        }
        Request::WriteMultipleRegisters { address, values } => {
            handler.write_multiple_registers(address, values)?;
            echo(head(pdu), room)
        }
        Request::MaskWriteRegister { address, and, or } => {
            handler.mask_write_register(address, and, or)?;
            echo(pdu, room)
        }
        Request::ReadWriteMultipleRegisters {
            read,
            address,
            values,
        } => words(code, read, room, |out| {
            handler.read_write_multiple_registers(read, address, values, out)
        }),
        _ => serve_rest(handler, request, pdu, room),
    }
}

#[inline(never)]
fn serve_rest<H: Handler + ?Sized>(
    handler: &mut H,
    request: &Request<'_>,
    pdu: &[u8],
    room: &mut [u8],
) -> Answered {
    let code = request.function();
    match *request {
        Request::ReadExceptionStatus => echo(&[code, handler.read_exception_status()?], room),
        Request::ReportServerId => counted(code, room, |out| handler.report_server_id(out)),
        Request::ReadFileRecord(groups) => counted(code, room, |out| {
            groups.iter().try_for_each(|read| file(handler, read, out))
        }),
        Request::WriteFileRecord(groups) => {
            handler.write_file_record(groups)?;
            echo(pdu, room)
        }
        Request::ReadFifoQueue { address } => fifo(handler, address, room),
        Request::ReadDeviceIdentification { code, object } => {
            identity::read(handler, code, object, room)
        }
        Request::CanOpen(data) => open(head_of_mei(pdu), room, |out| handler.can_open(data, out)),
        Request::Custom { function, data } => {
            open(&[function], room, |out| handler.custom(function, data, out))
        }
        // Diagnostics and the communication events, which the machine answers.
        _ => Err(Exception::ILLEGAL_FUNCTION),
    }
}

/// A byte count and packed bits.
#[inline]
fn bits(
    code: u8,
    span: Span,
    room: &mut [u8],
    read: impl FnOnce(&mut BitsMut<'_>) -> Result<(), Exception>,
) -> Answered {
    let bytes = usize::from(span.quantity).div_ceil(8);
    let data = behind_count(code, bytes, room)?;
    let mut out = BitsMut::new(data, span.quantity).ok_or(Exception::SERVER_DEVICE_FAILURE)?;
    read(&mut out)?;
    Ok(2 + bytes)
}

/// A byte count and registers.
#[inline]
fn words(
    code: u8,
    span: Span,
    room: &mut [u8],
    read: impl FnOnce(&mut WordsMut<'_>) -> Result<(), Exception>,
) -> Answered {
    let bytes = 2 * usize::from(span.quantity);
    let data = behind_count(code, bytes, room)?;
    // What a handler leaves out must not be what stood in the room before.
    data.fill(0);
    let mut out = WordsMut::new(data).ok_or(Exception::SERVER_DEVICE_FAILURE)?;
    read(&mut out)?;
    Ok(2 + bytes)
}

/// Writes the function code and the byte count, and gives the room for the data.
#[inline]
fn behind_count(code: u8, bytes: usize, room: &mut [u8]) -> Result<&mut [u8], Exception> {
    let count = u8::try_from(bytes).map_err(|_| Exception::SERVER_DEVICE_FAILURE)?;
    let (head, data) = room
        .split_first_chunk_mut()
        .ok_or(Exception::SERVER_DEVICE_FAILURE)?;
    *head = [code, count];
    data.get_mut(..bytes)
        .ok_or(Exception::SERVER_DEVICE_FAILURE)
}

/// A byte count, and as many bytes as `write` writes.
fn counted(
    code: u8,
    room: &mut [u8],
    write: impl FnOnce(&mut Room<'_>) -> Result<(), Exception>,
) -> Answered {
    let length = open(&[code, 0], room, write)?;
    if let Some(count) = room.get_mut(1) {
        *count = u8::try_from(length - 2).map_err(|_| Exception::SERVER_DEVICE_FAILURE)?;
    }
    Ok(length)
}

/// `head`, and what `write` writes behind it.
fn open(
    head: &[u8],
    room: &mut [u8],
    write: impl FnOnce(&mut Room<'_>) -> Result<(), Exception>,
) -> Answered {
    let mut out = Room::new(room);
    out.put(head)?;
    write(&mut out)?;
    Ok(out.len())
}

/// One group of a Read File Record response: its length, the reference type, the registers.
fn file<H: Handler + ?Sized>(
    handler: &mut H,
    read: FileRead,
    out: &mut Room<'_>,
) -> Result<(), Exception> {
    let bytes = 2 * usize::from(read.length);
    let length = u8::try_from(1 + bytes).map_err(|_| Exception::ILLEGAL_DATA_VALUE)?;
    out.put(&[length, 6])?;
    let mut words = WordsMut::new(out.take(bytes)?).ok_or(Exception::SERVER_DEVICE_FAILURE)?;
    handler.read_file_record(read, &mut words)
}

/// The two counts of a Read FIFO Queue response, and the registers.
fn fifo<H: Handler + ?Sized>(handler: &mut H, address: u16, room: &mut [u8]) -> Answered {
    let mut registers = [0; 2 * 31];
    let mut out = WordsMut::new(&mut registers).ok_or(Exception::SERVER_DEVICE_FAILURE)?;
    let count = handler.read_fifo_queue(address, &mut out)?;
    let values = registers
        .get(..2 * count.min(32))
        .ok_or(Exception::ILLEGAL_DATA_VALUE)?;
    let [count, bytes] =
        [count, 2 + values.len()].map(|number| u8::try_from(number).unwrap_or(u8::MAX));
    open(&[0x18, 0, bytes, 0, count], room, |out| out.put(values))
}

/// What comes back of a write: all of the request, or its address and quantity.
#[inline]
fn echo(pdu: &[u8], room: &mut [u8]) -> Answered {
    let room = room
        .get_mut(..pdu.len())
        .ok_or(Exception::SERVER_DEVICE_FAILURE)?;
    room.copy_from_slice(pdu);
    Ok(pdu.len())
}

/// Function code, address and quantity.
fn head(pdu: &[u8]) -> &[u8] {
    pdu.get(..5).unwrap_or_default()
}

/// Function code and MEI type.
fn head_of_mei(pdu: &[u8]) -> &[u8] {
    pdu.get(..2).unwrap_or_default()
}
