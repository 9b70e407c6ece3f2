//! The one place where requests become calls of a handler, and what it gives becomes responses.

use super::{Handler, Room, identity};
use crate::wire::{BitsMut, Exception, FileRead, MAX_PDU, Pdu, Request, Span, WordsMut};

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

pub(super) type Answered = Result<usize, Exception>;

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
