//! A tokio-modbus service as one of ours.

use std::{borrow::Cow, sync::Arc};

use tokio_modbus::{
    ExceptionCode, Request as TheirRequest, Response as TheirResponse, SlaveRequest,
    server::Service as TheirService,
};

use crate::{
    net::Service,
    wire::{Exception, Pdu, Request, Response, Unit},
};

/// A tokio-modbus service that our server runs, over any transport.
///
/// Requests that reach it are well-formed, which tokio-modbus's own servers do not promise: its
/// malformed ones end a connection there, and are answered here. Functions without a variant come as
/// [`Request::Custom`](tokio_modbus::Request::Custom). A response that does not fit its request is
/// answered with exception 04, and `None` not at all.
///
/// Clones call the same service; on TCP it may be called again while a call goes on.
#[derive(Debug)]
pub struct Adapted<S>(Arc<S>);

impl<S> Adapted<S> {
    /// This service for our server.
    pub fn new(service: S) -> Self {
        Self(Arc::new(service))
    }
}

impl<S> Clone for Adapted<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Service for Adapted<S>
where
    S: TheirService + Send + Sync,
    S::Request: From<SlaveRequest<'static>> + Send,
    S::Response: Send,
    S::Exception: Send,
    S::Future: Send,
{
    async fn call(&mut self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        let asked = Request::parse(request)?;
        let slave = unit.get();
        let request = theirs(&asked);
        let answering = self.0.call(SlaveRequest { slave, request }.into());
        let answered = answering.await;
        let response = answered.map_err(|exception| of_code(exception.into()))?;
        match response.into() {
            Some(response) => fitting(&response, &asked).ok_or(Exception::SERVER_DEVICE_FAILURE),
            None => Ok(Pdu::EMPTY),
        }
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

fn of_code(code: ExceptionCode) -> Exception {
    Exception(code.into())
}

/// The request in tokio-modbus's words.
fn theirs(request: &Request<'_>) -> TheirRequest<'static> {
    match *request {
        Request::ReadCoils(span) => TheirRequest::ReadCoils(span.address, span.quantity),
        Request::ReadDiscreteInputs(span) => {
            TheirRequest::ReadDiscreteInputs(span.address, span.quantity)
        }
        Request::ReadHoldingRegisters(span) => {
            TheirRequest::ReadHoldingRegisters(span.address, span.quantity)
        }
        Request::ReadInputRegisters(span) => {
            TheirRequest::ReadInputRegisters(span.address, span.quantity)
        }
        Request::WriteSingleCoil { address, on } => TheirRequest::WriteSingleCoil(address, on),
        Request::WriteSingleRegister { address, value } => {
            TheirRequest::WriteSingleRegister(address, value)
        }
        Request::WriteMultipleCoils { address, values } => {
            TheirRequest::WriteMultipleCoils(address, values.iter().collect())
        }
        Request::WriteMultipleRegisters { address, values } => {
            TheirRequest::WriteMultipleRegisters(address, values.iter().collect())
        }
        Request::ReportServerId => TheirRequest::ReportServerId,
        Request::MaskWriteRegister { address, and, or } => {
            TheirRequest::MaskWriteRegister(address, and, or)
        }
        Request::ReadWriteMultipleRegisters {
            read,
            address,
            values,
        } => TheirRequest::ReadWriteMultipleRegisters(
            read.address,
            read.quantity,
            address,
            values.iter().collect(),
        ),
        _ => identification(request).unwrap_or_else(|| custom(request)),
    }
}

fn identification(request: &Request<'_>) -> Option<TheirRequest<'static>> {
    // Their type of the code is not exported; their parser makes one.
    match *request {
        Request::ReadDeviceIdentification { code, object } => {
            let pdu = bytes::Bytes::from_owner([0x2B, 0x0E, code as u8, object]);
            TheirRequest::try_from(pdu).ok()
        }
        _ => None,
    }
}

/// Function code and data as they stand.
fn custom(request: &Request<'_>) -> TheirRequest<'static> {
    let pdu = Pdu::of(request).unwrap_or_default();
    let data = pdu.get(1..).unwrap_or_default().to_vec();
    TheirRequest::Custom(request.function(), Cow::Owned(data))
}

/// The response as a PDU, when it answers `asked`.
fn fitting(response: &TheirResponse, asked: &Request<'_>) -> Option<Pdu> {
    let pdu = Pdu::new(&encoded(response)?)?;
    Response::parse(&pdu, asked).ok()?.ok()?;
    Some(pdu)
}

/// The bytes of a response; `None` when a length does not fit its byte count.
fn encoded(response: &TheirResponse) -> Option<Vec<u8>> {
    let mut pdu = vec![response.function_code().value()];
    match response {
        TheirResponse::ReadCoils(coils) | TheirResponse::ReadDiscreteInputs(coils) => {
            pdu.push(u8::try_from(coils.len().div_ceil(8)).ok()?);
            pdu.extend(coils.chunks(8).map(packed));
        }
        TheirResponse::ReadInputRegisters(registers)
        | TheirResponse::ReadHoldingRegisters(registers)
        | TheirResponse::ReadWriteMultipleRegisters(registers) => {
            pdu.push(u8::try_from(2 * registers.len()).ok()?);
            words(&mut pdu, registers);
        }
        TheirResponse::WriteSingleCoil(address, on) => {
            words(&mut pdu, &[*address, if *on { 0xFF00 } else { 0 }]);
        }
        TheirResponse::WriteMultipleCoils(address, count)
        | TheirResponse::WriteMultipleRegisters(address, count) => {
            words(&mut pdu, &[*address, *count]);
        }
        TheirResponse::WriteSingleRegister(address, value) => words(&mut pdu, &[*address, *value]),
        TheirResponse::ReportServerId(id, runs, more) => {
            pdu.push(u8::try_from(2 + more.len()).ok()?);
            pdu.extend([*id, if *runs { 0xFF } else { 0 }]);
            pdu.extend(more);
        }
        TheirResponse::MaskWriteRegister(address, and, or) => {
            words(&mut pdu, &[*address, *and, *or]);
        }
        TheirResponse::ReadDeviceIdentification(page) => {
            let more = if page.more_follows { 0xFF } else { 0 };
            let count = u8::try_from(page.device_id_objects.len()).ok()?;
            pdu.extend([0x0E, page.read_code.value()]);
            pdu.extend([
                page.conformity_level.value(),
                more,
                page.next_object_id,
                count,
            ]);
            for object in &page.device_id_objects {
                pdu.extend([object.id, u8::try_from(object.value.len()).ok()?]);
                pdu.extend(&object.value);
            }
        }
        TheirResponse::Custom(_, data) => pdu.extend(data),
    }
    Some(pdu)
}

/// Up to eight coils in a byte, the first in the lowest bit.
fn packed(coils: &[bool]) -> u8 {
    let bits = (0..).zip(coils);
    bits.fold(0, |byte, (bit, on)| byte | u8::from(*on) << bit)
}

fn words(pdu: &mut Vec<u8>, words: &[u16]) {
    pdu.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

#[cfg(test)]
mod tests;
