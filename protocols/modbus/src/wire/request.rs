//! Requests: Application protocol 6.

use super::{
    diagnostics::SubFunction,
    exception::Exception,
    files::{FileReads, FileWrites},
    function::function,
    identity::{self, ReadCode},
    pdu::{MAX_PDU, Misfit},
    views::{Bits, Span, Words},
    writer::Writer,
};

mod parse;

/// A request: what a client asks, borrowed from its PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request<'a> {
    /// 0x01, Application protocol 6.1: 1 to 2000 coils.
    ReadCoils(Span),
    /// 0x02, 6.2: 1 to 2000 discrete inputs.
    ReadDiscreteInputs(Span),
    /// 0x03, 6.3: 1 to 125 registers.
    ReadHoldingRegisters(Span),
    /// 0x04, 6.4: 1 to 125 registers.
    ReadInputRegisters(Span),
    /// 0x05, 6.5.
    WriteSingleCoil {
        /// Which.
        address: u16,
        /// On (FF00) or off (0000).
        on: bool,
    },
    /// 0x06, 6.6.
    WriteSingleRegister {
        /// Which.
        address: u16,
        /// What it shall hold.
        value: u16,
    },
    /// 0x07, 6.7.
    ReadExceptionStatus,
    /// 0x08, 6.8.
    Diagnostics {
        /// What to do.
        sub: SubFunction,
        /// Two bytes; with Return Query Data any even number.
        data: &'a [u8],
    },
    /// 0x0B, 6.9.
    GetCommEventCounter,
    /// 0x0C, 6.10.
    GetCommEventLog,
    /// 0x0F, 6.11: 1 to 1968 coils.
    WriteMultipleCoils {
        /// The first.
        address: u16,
        /// What they shall be.
        values: Bits<'a>,
    },
    /// 0x10, 6.12: 1 to 123 registers.
    WriteMultipleRegisters {
        /// The first.
        address: u16,
        /// What they shall hold.
        values: Words<'a>,
    },
    /// 0x11, 6.13.
    ReportServerId,
    /// 0x14, 6.14.
    ReadFileRecord(FileReads<'a>),
    /// 0x15, 6.15.
    WriteFileRecord(FileWrites<'a>),
    /// 0x16, 6.16: the register becomes `(itself AND and) OR (or AND NOT and)`.
    MaskWriteRegister {
        /// Which.
        address: u16,
        /// Bits that stay.
        and: u16,
        /// What the others become.
        or: u16,
    },
    /// 0x17, 6.17: writes 1 to 121 registers, then reads 1 to 125.
    ReadWriteMultipleRegisters {
        /// What to read, after the write.
        read: Span,
        /// The first to write.
        address: u16,
        /// What those shall hold.
        values: Words<'a>,
    },
    /// 0x18, 6.18.
    ReadFifoQueue {
        /// The queue's pointer.
        address: u16,
    },
    /// 0x2B with MEI type 0x0D, 6.20: CANopen's, as it stands.
    CanOpen(&'a [u8]),
    /// 0x2B with MEI type 0x0E, 6.21.
    ReadDeviceIdentification {
        /// Which objects.
        code: ReadCode,
        /// The first of them.
        object: u8,
    },
    /// A function that is not public: user-defined (65 to 72, 100 to 110), or anything else.
    Custom {
        /// Its code, 1 to 127.
        function: u8,
        /// Its data.
        data: &'a [u8],
    },
}

impl<'a> Request<'a> {
    /// Parses a request and checks all that can be checked without the server's data, in the order
    /// of the clauses' figures.
    ///
    /// A function that is not public is a [`Custom`](Self::Custom): whether it is served, the server
    /// decides.
    ///
    /// # Errors
    /// The exception that a server answers: [`ILLEGAL_FUNCTION`](Exception::ILLEGAL_FUNCTION) for
    /// function 0, an exception code, a reserved MEI type or sub-function;
    /// [`ILLEGAL_DATA_VALUE`](Exception::ILLEGAL_DATA_VALUE) for a length, a count or a value that
    /// the function does not allow; [`ILLEGAL_DATA_ADDRESS`](Exception::ILLEGAL_DATA_ADDRESS) for
    /// elements beyond 65,535.
    #[inline]
    pub fn parse(pdu: &'a [u8]) -> Result<Self, Exception> {
        let (&code, body) = pdu.split_first().ok_or(Exception::ILLEGAL_FUNCTION)?;
        match function(code) {
            Some(rules) => Self::parse_public(rules, body),
            None if matches!(code, 1..0x80) => Ok(Self::Custom {
                function: code,
                data: body,
            }),
            None => Err(Exception::ILLEGAL_FUNCTION),
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
            Self::ReadExceptionStatus => 0x07,
            Self::Diagnostics { .. } => 0x08,
            Self::GetCommEventCounter => 0x0B,
            Self::GetCommEventLog => 0x0C,
            Self::WriteMultipleCoils { .. } => 0x0F,
            Self::WriteMultipleRegisters { .. } => 0x10,
            Self::ReportServerId => 0x11,
            Self::ReadFileRecord(_) => 0x14,
            Self::WriteFileRecord(_) => 0x15,
            Self::MaskWriteRegister { .. } => 0x16,
            Self::ReadWriteMultipleRegisters { .. } => 0x17,
            Self::ReadFifoQueue { .. } => 0x18,
            Self::CanOpen(_) | Self::ReadDeviceIdentification { .. } => 0x2B,
            Self::Custom { function, .. } => *function,
        }
    }

    /// Whether a client may ask again without harm when no answer came: reads, and device
    /// identification (M21).
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        match self {
            Self::ReadDeviceIdentification { .. } => true,
            _ => function(self.function()).is_some_and(|rules| rules.idempotent),
        }
    }

    /// Whether it may be sent to everyone: it needs no answer. A function that is not public may.
    #[must_use]
    pub fn is_broadcast(&self) -> bool {
        match self {
            Self::Custom { .. } | Self::Diagnostics { .. } => true,
            _ => function(self.function()).is_none_or(|rules| rules.broadcast),
        }
    }

    /// What a server that did it repeats of the request in `pdu`: all of it, or function, address and
    /// quantity. `None` for a function whose response holds something else.
    #[must_use]
    #[cfg(feature = "net")]
    pub(crate) fn echo(pdu: &[u8]) -> Option<&[u8]> {
        match pdu {
            [0x05 | 0x06 | 0x15 | 0x16, ..] => Some(pdu),
            // Of the sub-functions of Diagnostics those that report nothing (6.8.1).
            [0x08, 0, 0x00 | 0x01 | 0x03 | 0x0A | 0x14, ..] => Some(pdu),
            [0x0F | 0x10, ..] => pdu.get(..5),
            _ => None,
        }
    }

    /// Writes the PDU to the beginning of `room`, and gives its length.
    ///
    /// # Errors
    /// The request breaks a limit of its function, or `room` is too short. 253 bytes always suffice.
    pub fn encode(&self, room: &mut [u8]) -> Result<usize, Misfit> {
        let writer = Writer::new(room).u8(self.function())?;
        let writer = match *self {
            Self::ReadCoils(span)
            | Self::ReadDiscreteInputs(span)
            | Self::ReadHoldingRegisters(span)
            | Self::ReadInputRegisters(span) => writer.u16(span.address)?.u16(span.quantity)?,
            Self::WriteSingleCoil { address, on } => {
                writer.u16(address)?.u16(if on { 0xFF00 } else { 0 })?
            }
            Self::WriteSingleRegister { address, value } => writer.u16(address)?.u16(value)?,
            Self::ReadExceptionStatus
            | Self::GetCommEventCounter
            | Self::GetCommEventLog
            | Self::ReportServerId => writer,
            Self::Diagnostics { sub, data } => writer.u16(sub.0)?.bytes(data)?,
            Self::WriteMultipleCoils { address, values } => {
                let head = writer.u16(address)?.u16(values.len())?;
                head.count(values.packed().len())?.bytes(values.packed())?
            }
            Self::WriteMultipleRegisters { address, values } => {
                words(writer.u16(address)?, values)?
            }
            Self::ReadFileRecord(groups) => {
                writer.count(groups.bytes().len())?.bytes(groups.bytes())?
            }
            Self::WriteFileRecord(groups) => {
                writer.count(groups.bytes().len())?.bytes(groups.bytes())?
            }
            Self::MaskWriteRegister { address, and, or } => {
                writer.u16(address)?.u16(and)?.u16(or)?
            }
            Self::ReadWriteMultipleRegisters {
                read,
                address,
                values,
            } => {
                let head = writer.u16(read.address)?.u16(read.quantity)?;
                words(head.u16(address)?, values)?
            }
            Self::ReadFifoQueue { address } => writer.u16(address)?,
            Self::CanOpen(data) => writer.u8(identity::MEI_CANOPEN)?.bytes(data)?,
            Self::ReadDeviceIdentification { code, object } => {
                writer.u8(identity::MEI)?.u8(code as u8)?.u8(object)?
            }
            Self::Custom { data, .. } => writer.bytes(data)?,
        };
        let length = writer.done();
        check(room.get(..length).unwrap_or_default())?;
        Ok(length)
    }
}

/// A request that a server would refuse by its form alone is not sent (M14).
fn check(pdu: &[u8]) -> Result<(), Misfit> {
    if pdu.len() > MAX_PDU {
        return Err(Misfit::TooLong);
    }
    match Request::parse(pdu) {
        Ok(_) => Ok(()),
        Err(Exception::ILLEGAL_DATA_ADDRESS) => Err(Misfit::Address),
        Err(_) => Err(Misfit::Value),
    }
}

/// A quantity, a byte count, and the registers.
fn words<'a>(writer: Writer<'a>, values: Words<'_>) -> Result<Writer<'a>, Misfit> {
    let quantity = u16::try_from(values.len()).map_err(|_| Misfit::Value)?;
    let writer = writer.u16(quantity)?;
    writer.count(values.bytes().len())?.bytes(values.bytes())
}

#[cfg(test)]
mod tests;
