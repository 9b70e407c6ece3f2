//! What answers a request: every field that the request determines is compared with it.

use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::{all_consuming, rest},
    number::complete::{be_u8, be_u16},
};

use super::{Mismatch, Response};
use crate::wire::{
    diagnostics::SubFunction,
    files::{FileData, FileWrites},
    identity::{self, IdentityPage, ReadCode},
    request::Request,
    views::{Bits, Span, Words, packed},
};

impl<'a> Response<'a> {
    /// What follows the function code of a normal response.
    #[inline]
    pub(super) fn answer(body: &'a [u8], request: &Request<'_>) -> Result<Self, Mismatch> {
        Ok(match *request {
            Request::ReadCoils(span) => Self::ReadCoils(bits(body, span)?),
            Request::ReadDiscreteInputs(span) => Self::ReadDiscreteInputs(bits(body, span)?),
            Request::ReadHoldingRegisters(span) => Self::ReadHoldingRegisters(words(body, span)?),
            Request::ReadInputRegisters(span) => Self::ReadInputRegisters(words(body, span)?),
            Request::WriteSingleCoil { address, on } => {
                let value = if on { 0xFF00 } else { 0 };
                echo(body, [("address", address), ("value", value)])?;
                Self::WriteSingleCoil { address, on }
            }
            Request::WriteSingleRegister { address, value } => {
                echo(body, [("address", address), ("value", value)])?;
                Self::WriteSingleRegister { address, value }
            }
            Request::ReadExceptionStatus => Self::ReadExceptionStatus(whole(body, be_u8)?),
            Request::Diagnostics { sub, data } => diagnostics(body, sub, data)?,
            Request::GetCommEventCounter => {
                let (status, events) = whole(body, (be_u16, be_u16))?;
                Self::GetCommEventCounter { status, events }
            }
            Request::GetCommEventLog => event_log(body)?,
            Request::WriteMultipleCoils { address, values } => {
                echo(body, [("address", address), ("quantity", values.len())])?;
                Self::WriteMultipleCoils(Span::new(address, values.len()))
            }
            Request::WriteMultipleRegisters { address, values } => {
                let quantity = u16::try_from(values.len()).unwrap_or(u16::MAX);
                echo(body, [("address", address), ("quantity", quantity)])?;
                Self::WriteMultipleRegisters(Span::new(address, quantity))
            }
            Request::ReportServerId => Self::ReportServerId(whole(body, counted)?),
            Request::ReadFileRecord(asked) => {
                let groups = FileData::new(whole(body, counted)?).ok_or(Mismatch::Length)?;
                let answers = groups.answers(asked).then_some(groups);
                Self::ReadFileRecord(answers.ok_or(Mismatch::Count)?)
            }
            Request::WriteFileRecord(asked) => {
                let groups = whole(body, counted)?;
                if groups != asked.bytes() {
                    return Err(Mismatch::Echo("file record"));
                }
                let groups = FileWrites::parse(groups).map_err(|_| Mismatch::Length)?;
                Self::WriteFileRecord(groups)
            }
            Request::MaskWriteRegister { address, and, or } => {
                echo(
                    body,
                    [("address", address), ("AND mask", and), ("OR mask", or)],
                )?;
                Self::MaskWriteRegister { address, and, or }
            }
            Request::ReadWriteMultipleRegisters { read, .. } => {
                Self::ReadWriteMultipleRegisters(words(body, read)?)
            }
            Request::ReadFifoQueue { .. } => fifo(body)?,
            Request::CanOpen(_) => Self::CanOpen(mei(body, identity::MEI_CANOPEN)?),
            Request::ReadDeviceIdentification { code, object } => {
                Self::ReadDeviceIdentification(page(mei(body, identity::MEI)?, code, object)?)
            }
            Request::Custom { function, .. } => Self::Custom {
                function,
                data: body,
            },
        })
    }
}

/// A byte count and that many bytes.
fn counted(body: &[u8]) -> IResult<&[u8], &[u8], ()> {
    let (body, count) = be_u8(body)?;
    take(count)(body)
}

#[inline]
fn whole<'a, T>(
    body: &'a [u8],
    rule: impl Parser<&'a [u8], Output = T, Error = ()>,
) -> Result<T, Mismatch> {
    let parsed = all_consuming(rule).parse_complete(body);
    parsed
        .map(|(_, parsed)| parsed)
        .map_err(|_| Mismatch::Length)
}

fn bits(body: &[u8], asked: Span) -> Result<Bits<'_>, Mismatch> {
    let bytes = whole(body, counted)?;
    if bytes.len() != packed(asked.quantity) {
        return Err(Mismatch::Count);
    }
    Bits::new(bytes, asked.quantity).ok_or(Mismatch::Count)
}

fn words(body: &[u8], asked: Span) -> Result<Words<'_>, Mismatch> {
    let words = Words::new(whole(body, counted)?).ok_or(Mismatch::Length)?;
    let same = words.len() == usize::from(asked.quantity);
    same.then_some(words).ok_or(Mismatch::Count)
}

/// Fields that repeat the request's.
fn echo<const N: usize>(body: &[u8], asked: [(&'static str, u16); N]) -> Result<(), Mismatch> {
    let (fields, []) = body.as_chunks() else {
        return Err(Mismatch::Length);
    };
    if fields.len() != N {
        return Err(Mismatch::Length);
    }
    for ((name, wanted), field) in asked.into_iter().zip(fields) {
        if u16::from_be_bytes(*field) != wanted {
            return Err(Mismatch::Echo(name));
        }
    }
    Ok(())
}

fn diagnostics<'a>(
    body: &'a [u8],
    asked: SubFunction,
    sent: &[u8],
) -> Result<Response<'a>, Mismatch> {
    let (sub, data) = whole(body, (be_u16, rest))?;
    if SubFunction(sub) != asked {
        return Err(Mismatch::Echo("sub-function"));
    }
    if data.len() != sent.len() {
        return Err(Mismatch::Length);
    }
    // All but the register and the counters come back as they were sent.
    let is_report = matches!(asked.0, 0x02 | 0x0B..=0x12);
    if !is_report && data != sent {
        return Err(Mismatch::Echo("data"));
    }
    Ok(Response::Diagnostics { sub: asked, data })
}

fn event_log(body: &[u8]) -> Result<Response<'_>, Mismatch> {
    let data = whole(body, counted)?;
    let (status, events, messages, log) = whole(data, (be_u16, be_u16, be_u16, rest))?;
    if log.len() > 64 {
        return Err(Mismatch::Value("number of events"));
    }
    Ok(Response::GetCommEventLog {
        status,
        events,
        messages,
        log,
    })
}

fn fifo(body: &[u8]) -> Result<Response<'_>, Mismatch> {
    let (bytes, count, data) = whole(body, (be_u16, be_u16, rest))?;
    let words = Words::new(data).ok_or(Mismatch::Length)?;
    if usize::from(bytes) != 2 + data.len() || usize::from(count) != words.len() {
        return Err(Mismatch::Length);
    }
    if count > 31 {
        return Err(Mismatch::Value("FIFO count"));
    }
    Ok(Response::ReadFifoQueue(words))
}

/// What follows the MEI type.
fn mei(body: &[u8], asked: u8) -> Result<&[u8], Mismatch> {
    let (kind, data) = whole(body, (be_u8, rest))?;
    let same = kind == asked;
    same.then_some(data).ok_or(Mismatch::Echo("MEI type"))
}

/// A page of the objects asked for. A server that has less than was asked for answers with what it
/// has (P64), and one that does not know the first object starts again at 0 (P62).
fn page(data: &[u8], code: ReadCode, object: u8) -> Result<IdentityPage<'_>, Mismatch> {
    let page = IdentityPage::parse(data).ok_or(Mismatch::Length)?;
    if page.code != code {
        return Err(Mismatch::Echo("device identification code"));
    }
    if code == ReadCode::Specific && !page.objects().map(|one| one.id).eq([object]) {
        return Err(Mismatch::Echo("object"));
    }
    Ok(page)
}
