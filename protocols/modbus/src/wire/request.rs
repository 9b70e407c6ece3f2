//! Requests: Application protocol 6.

use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::{all_consuming, rest},
    number::complete::{be_u8, be_u16},
};

use super::{
    diagnostics::SubFunction,
    exception::Exception,
    files::{FileReads, FileWrites},
    function::{Function, function},
    identity::{self, ReadCode},
    pdu::{MAX_PDU, Misfit},
    views::{Bits, Span, Words, packed},
    writer::Writer,
};

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

/// A grammar rule. Its errors say nothing: which exception a rule's failure means, the rule that uses
/// it knows.
type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

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

    /// Parses what follows the code of a public function.
    fn parse_public(rules: &Function, body: &'a [u8]) -> Result<Self, Exception> {
        Ok(match rules.code {
            0x01 => Self::ReadCoils(span(rules, body)?),
            0x02 => Self::ReadDiscreteInputs(span(rules, body)?),
            0x03 => Self::ReadHoldingRegisters(span(rules, body)?),
            0x04 => Self::ReadInputRegisters(span(rules, body)?),
            0x05 => single_coil(body)?,
            0x06 => {
                let (address, value) = whole(body, (be_u16, be_u16))?;
                Self::WriteSingleRegister { address, value }
            }
            0x07 => nothing(body, Self::ReadExceptionStatus)?,
            0x08 => diagnostics(body)?,
            0x0B => nothing(body, Self::GetCommEventCounter)?,
            0x0C => nothing(body, Self::GetCommEventLog)?,
            0x0F => multiple_coils(rules, body)?,
            0x10 => multiple_registers(rules, body)?,
            0x11 => nothing(body, Self::ReportServerId)?,
            0x14 => Self::ReadFileRecord(FileReads::parse(whole(body, counted)?)?),
            0x15 => Self::WriteFileRecord(FileWrites::parse(whole(body, counted)?)?),
            0x16 => {
                let (address, and, or) = whole(body, (be_u16, be_u16, be_u16))?;
                Self::MaskWriteRegister { address, and, or }
            }
            0x17 => read_write(rules, body)?,
            0x18 => Self::ReadFifoQueue {
                address: whole(body, be_u16)?,
            },
            _ => encapsulated(body)?,
        })
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
    pub fn echo(pdu: &[u8]) -> Option<&[u8]> {
        match pdu.first()? {
            0x05 | 0x06 | 0x08 | 0x15 | 0x16 => Some(pdu),
            0x0F | 0x10 => pdu.get(..5),
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

/// All of `body` by `rule`, or exception 03: what is too short or too long is an illegal value.
#[inline]
fn whole<'a, T>(
    body: &'a [u8],
    rule: impl Parser<&'a [u8], Output = T, Error = ()>,
) -> Result<T, Exception> {
    match all_consuming(rule).parse_complete(body) {
        Ok((_, parsed)) => Ok(parsed),
        Err(_) => Err(Exception::ILLEGAL_DATA_VALUE),
    }
}

fn nothing<'a>(body: &[u8], request: Request<'a>) -> Result<Request<'a>, Exception> {
    body.is_empty()
        .then_some(request)
        .ok_or(Exception::ILLEGAL_DATA_VALUE)
}

/// An address and a quantity, in figure 11's order: first the quantity, then the address.
#[inline]
fn span(rules: &Function, body: &[u8]) -> Result<Span, Exception> {
    let (address, quantity) = whole(body, (be_u16, be_u16))?;
    limited(rules, Span::new(address, quantity))
}

#[inline]
fn limited(rules: &Function, span: Span) -> Result<Span, Exception> {
    if !rules.quantity.contains(&span.quantity) {
        return Err(Exception::ILLEGAL_DATA_VALUE);
    }
    addressable(span)
}

fn addressable(span: Span) -> Result<Span, Exception> {
    span.is_addressable()
        .then_some(span)
        .ok_or(Exception::ILLEGAL_DATA_ADDRESS)
}

/// A byte count and that many bytes.
fn counted(body: &[u8]) -> Parsed<'_, &[u8]> {
    let (body, count) = be_u8(body)?;
    take(count)(body)
}

fn single_coil<'a>(body: &'a [u8]) -> Result<Request<'a>, Exception> {
    let (address, value) = whole(body, (be_u16, be_u16))?;
    let on = match value {
        0xFF00 => true,
        0x0000 => false,
        _ => return Err(Exception::ILLEGAL_DATA_VALUE),
    };
    Ok(Request::WriteSingleCoil { address, on })
}

fn diagnostics<'a>(body: &'a [u8]) -> Result<Request<'a>, Exception> {
    let (sub, data) = whole(body, (be_u16, rest))?;
    let sub = SubFunction(sub);
    if !sub.is_public() {
        return Err(Exception::ILLEGAL_FUNCTION);
    }
    if !sub.allows(data) {
        return Err(Exception::ILLEGAL_DATA_VALUE);
    }
    Ok(Request::Diagnostics { sub, data })
}

fn multiple_coils<'a>(rules: &Function, body: &'a [u8]) -> Result<Request<'a>, Exception> {
    let (address, quantity, bytes) = whole(body, (be_u16, be_u16, counted))?;
    if bytes.len() != packed(quantity) {
        return Err(Exception::ILLEGAL_DATA_VALUE);
    }
    limited(rules, Span::new(address, quantity))?;
    let values = Bits::new(bytes, quantity).ok_or(Exception::ILLEGAL_DATA_VALUE)?;
    Ok(Request::WriteMultipleCoils { address, values })
}

fn multiple_registers<'a>(rules: &Function, body: &'a [u8]) -> Result<Request<'a>, Exception> {
    let (address, quantity, bytes) = whole(body, (be_u16, be_u16, counted))?;
    let values = registers(quantity, bytes)?;
    limited(rules, Span::new(address, quantity))?;
    Ok(Request::WriteMultipleRegisters { address, values })
}

fn read_write<'a>(rules: &Function, body: &'a [u8]) -> Result<Request<'a>, Exception> {
    let head = (be_u16, be_u16, be_u16, be_u16, counted);
    let (from, count, address, quantity, bytes) = whole(body, head)?;
    let values = registers(quantity, bytes)?;
    if !rules.written.contains(&quantity) {
        return Err(Exception::ILLEGAL_DATA_VALUE);
    }
    let read = limited(rules, Span::new(from, count))?;
    addressable(Span::new(address, quantity))?;
    Ok(Request::ReadWriteMultipleRegisters {
        read,
        address,
        values,
    })
}

/// The registers behind a quantity and a byte count, which must agree.
fn registers(quantity: u16, bytes: &[u8]) -> Result<Words<'_>, Exception> {
    Words::new(bytes)
        .filter(|words| words.len() == usize::from(quantity))
        .ok_or(Exception::ILLEGAL_DATA_VALUE)
}

fn encapsulated<'a>(body: &'a [u8]) -> Result<Request<'a>, Exception> {
    let (kind, data) = whole(body, (be_u8, rest))?;
    match kind {
        identity::MEI => {
            let (code, object) = whole(data, (be_u8, be_u8))?;
            let code = ReadCode::new(code).ok_or(Exception::ILLEGAL_DATA_VALUE)?;
            Ok(Request::ReadDeviceIdentification { code, object })
        }
        identity::MEI_CANOPEN => Ok(Request::CanOpen(data)),
        _ => Err(Exception::ILLEGAL_FUNCTION),
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
