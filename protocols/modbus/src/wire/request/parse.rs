//! The grammar of requests: a rule for each public function, in the order of its clause's figure.

use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::{all_consuming, rest},
    number::complete::{be_u8, be_u16},
};

use super::Request;
use crate::wire::{
    diagnostics::SubFunction,
    exception::Exception,
    files::{FileReads, FileWrites},
    function::Function,
    identity::{self, ReadCode},
    views::{Bits, Span, Words, packed},
};

/// A grammar rule. Its errors say nothing: which exception a rule's failure means, the rule that uses
/// it knows.
type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

impl<'a> Request<'a> {
    /// Parses what follows the code of a public function.
    pub(super) fn parse_public(rules: &Function, body: &'a [u8]) -> Result<Self, Exception> {
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
