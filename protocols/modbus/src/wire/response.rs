//! Responses: Application protocol 6 and 7, each checked against its request.

use super::{
    diagnostics::SubFunction,
    exception::Exception,
    files::{FileData, FileWrites},
    identity::{self, IdentityPage},
    pdu::Misfit,
    request::Request,
    views::{Bits, Span, Words},
    writer::Writer,
};

mod answer;

/// A normal response, borrowed from its PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response<'a> {
    /// 0x01, Application protocol 6.1.
    ReadCoils(Bits<'a>),
    /// 0x02, 6.2.
    ReadDiscreteInputs(Bits<'a>),
    /// 0x03, 6.3.
    ReadHoldingRegisters(Words<'a>),
    /// 0x04, 6.4.
    ReadInputRegisters(Words<'a>),
    /// 0x05, 6.5: the request again.
    WriteSingleCoil {
        /// Which.
        address: u16,
        /// What it was set to.
        on: bool,
    },
    /// 0x06, 6.6: the request again.
    WriteSingleRegister {
        /// Which.
        address: u16,
        /// What it was set to.
        value: u16,
    },
    /// 0x07, 6.7: eight bits whose meaning is the device's.
    ReadExceptionStatus(u8),
    /// 0x08, 6.8.
    Diagnostics {
        /// What was done.
        sub: SubFunction,
        /// The request's data, or the register or counter asked for.
        data: &'a [u8],
    },
    /// 0x0B, 6.9.
    GetCommEventCounter {
        /// FFFF while a program command is being processed, else 0.
        status: u16,
        /// Requests completed.
        events: u16,
    },
    /// 0x0C, 6.10.
    GetCommEventLog {
        /// As in Get Comm Event Counter.
        status: u16,
        /// Requests completed.
        events: u16,
        /// Good frames on the line since the last restart or clear.
        messages: u16,
        /// At most 64 event bytes, the newest first.
        log: &'a [u8],
    },
    /// 0x0F, 6.11.
    WriteMultipleCoils(Span),
    /// 0x10, 6.12.
    WriteMultipleRegisters(Span),
    /// 0x11, 6.13: the server's identifier, 00 or FF for whether it runs, and more. Where one ends and
    /// the next begins is the device's.
    ReportServerId(&'a [u8]),
    /// 0x14, 6.14.
    ReadFileRecord(FileData<'a>),
    /// 0x15, 6.15: the request again.
    WriteFileRecord(FileWrites<'a>),
    /// 0x16, 6.16: the request again.
    MaskWriteRegister {
        /// Which.
        address: u16,
        /// Bits that stayed.
        and: u16,
        /// What the others became.
        or: u16,
    },
    /// 0x17, 6.17: what was read after the write.
    ReadWriteMultipleRegisters(Words<'a>),
    /// 0x18, 6.18: at most 31 registers.
    ReadFifoQueue(Words<'a>),
    /// 0x2B with MEI type 0x0D, 6.20: CANopen's, as it stands.
    CanOpen(&'a [u8]),
    /// 0x2B with MEI type 0x0E, 6.21.
    ReadDeviceIdentification(IdentityPage<'a>),
    /// A function that is not public.
    Custom {
        /// Its code, 1 to 127.
        function: u8,
        /// Its data.
        data: &'a [u8],
    },
}

/// In what a response does not answer its request. The server is to blame, or another request's
/// response came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Mismatch {
    /// There is no byte of it.
    #[error("an empty response")]
    Empty,
    /// Another function's response.
    #[error("a response to function 0x{found:02X} where 0x{asked:02X} was asked")]
    Function {
        /// The function of the request.
        asked: u8,
        /// The function of the response.
        found: u8,
    },
    /// An exception response that is not two bytes long.
    #[error("an exception response of {0} bytes")]
    Exception(usize),
    /// It is too short or too long for its function, or for its own counts.
    #[error("a response whose length does not fit its function or its counts")]
    Length,
    /// It holds more or fewer elements than were asked for.
    #[error("a response with another number of elements than were asked for")]
    Count,
    /// A field that repeats the request does not.
    #[error("a response whose {0} is not the request's")]
    Echo(&'static str),
    /// A field has a value that the function does not allow.
    #[error("a response whose {0} is not allowed")]
    Value(&'static str),
}

impl<'a> Response<'a> {
    /// Parses the response to `request`, and checks every field that the request determines.
    ///
    /// The inner result is an exception response: the server understood, and refused.
    ///
    /// # Errors
    /// It does not answer this request.
    pub fn parse(
        pdu: &'a [u8],
        request: &Request<'_>,
    ) -> Result<Result<Self, Exception>, Mismatch> {
        let asked = request.function();
        let (&code, body) = pdu.split_first().ok_or(Mismatch::Empty)?;
        if code & 0x7F != asked {
            return Err(Mismatch::Function { asked, found: code });
        }
        if code & 0x80 == 0 {
            return Self::answer(body, request).map(Ok);
        }
        match body {
            &[exception] => Ok(Err(Exception(exception))),
            _ => Err(Mismatch::Exception(pdu.len())),
        }
    }

    /// The function code.
    #[must_use]
    pub const fn function(&self) -> u8 {
        match self {
            Self::ReadCoils(_) => 0x01,
            Self::ReadDiscreteInputs(_) => 0x02,
            Self::ReadHoldingRegisters(_) => 0x03,
            Self::ReadInputRegisters(_) => 0x04,
            Self::WriteSingleCoil { .. } => 0x05,
            Self::WriteSingleRegister { .. } => 0x06,
            Self::ReadExceptionStatus(_) => 0x07,
            Self::Diagnostics { .. } => 0x08,
            Self::GetCommEventCounter { .. } => 0x0B,
            Self::GetCommEventLog { .. } => 0x0C,
            Self::WriteMultipleCoils(_) => 0x0F,
            Self::WriteMultipleRegisters(_) => 0x10,
            Self::ReportServerId(_) => 0x11,
            Self::ReadFileRecord(_) => 0x14,
            Self::WriteFileRecord(_) => 0x15,
            Self::MaskWriteRegister { .. } => 0x16,
            Self::ReadWriteMultipleRegisters(_) => 0x17,
            Self::ReadFifoQueue(_) => 0x18,
            Self::CanOpen(_) | Self::ReadDeviceIdentification(_) => 0x2B,
            Self::Custom { function, .. } => *function,
        }
    }

    /// Writes the PDU to the beginning of `room`, and gives its length.
    ///
    /// # Errors
    /// It is longer than a PDU may be, or `room` is too short. 253 bytes always suffice.
    pub fn encode(&self, room: &mut [u8]) -> Result<usize, Misfit> {
        let writer = Writer::new(room).u8(self.function())?;
        let writer = match *self {
            Self::ReadCoils(bits) | Self::ReadDiscreteInputs(bits) => {
                counting(writer, bits.packed())?
            }
            Self::ReadHoldingRegisters(words)
            | Self::ReadInputRegisters(words)
            | Self::ReadWriteMultipleRegisters(words) => counting(writer, words.bytes())?,
            Self::WriteSingleCoil { address, on } => {
                writer.u16(address)?.u16(if on { 0xFF00 } else { 0 })?
            }
            Self::WriteSingleRegister { address, value } => writer.u16(address)?.u16(value)?,
            Self::ReadExceptionStatus(status) => writer.u8(status)?,
            Self::Diagnostics { sub, data } => writer.u16(sub.0)?.bytes(data)?,
            Self::GetCommEventCounter { status, events } => writer.u16(status)?.u16(events)?,
            Self::GetCommEventLog {
                status,
                events,
                messages,
                log,
            } => {
                let writer = writer.count(6 + log.len())?.u16(status)?;
                writer.u16(events)?.u16(messages)?.bytes(log)?
            }
            Self::WriteMultipleCoils(span) | Self::WriteMultipleRegisters(span) => {
                writer.u16(span.address)?.u16(span.quantity)?
            }
            Self::ReportServerId(data) => counting(writer, data)?,
            Self::ReadFileRecord(groups) => counting(writer, groups.bytes())?,
            Self::WriteFileRecord(groups) => counting(writer, groups.bytes())?,
            Self::MaskWriteRegister { address, and, or } => {
                writer.u16(address)?.u16(and)?.u16(or)?
            }
            Self::ReadFifoQueue(words) => {
                let count = u16::try_from(words.len()).map_err(|_| Misfit::TooLong)?;
                let bytes = count.checked_mul(2).and_then(|bytes| bytes.checked_add(2));
                let writer = writer.u16(bytes.ok_or(Misfit::TooLong)?)?;
                writer.u16(count)?.bytes(words.bytes())?
            }
            Self::CanOpen(data) => writer.u8(identity::MEI_CANOPEN)?.bytes(data)?,
            Self::ReadDeviceIdentification(page) => {
                let writer = writer.u8(identity::MEI)?.u8(page.code as u8)?;
                let more = if page.next.is_some() { 0xFF } else { 0 };
                let writer = writer.u8(page.conformity)?.u8(more)?;
                let writer = writer.u8(page.next.unwrap_or(0))?.u8(page.count)?;
                writer.bytes(page.objects)?
            }
            Self::Custom { data, .. } => writer.bytes(data)?,
        };
        Ok(writer.done())
    }
}

/// A byte count, and the bytes.
fn counting<'a>(writer: Writer<'a>, bytes: &[u8]) -> Result<Writer<'a>, Misfit> {
    writer.count(bytes.len())?.bytes(bytes)
}

#[cfg(test)]
mod tests;
