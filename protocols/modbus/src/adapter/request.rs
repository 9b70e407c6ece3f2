//! Requests in tokio-modbus's words and in ours.

use std::borrow::Cow;

use tokio_modbus::{Request as TheirRequest, prelude::ReadCode as TheirReadCode};

use crate::wire::{Misfit, Pdu, ReadCode, Request, Span};

/// The request in tokio-modbus's words.
pub(super) fn theirs(request: &Request<'_>) -> TheirRequest<'static> {
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
        Request::ReadDeviceIdentification { code, object } => {
            TheirRequest::ReadDeviceIdentification(read_code(code), object)
        }
        _ => custom(request),
    }
}

/// Function code and data as they stand.
fn custom(request: &Request<'_>) -> TheirRequest<'static> {
    let pdu = Pdu::of(request).unwrap_or_default();
    let data = pdu.get(1..).unwrap_or_default().to_vec();
    TheirRequest::Custom(request.function(), Cow::Owned(data))
}

const fn read_code(code: ReadCode) -> TheirReadCode {
    match code {
        ReadCode::Basic => TheirReadCode::Basic,
        ReadCode::Regular => TheirReadCode::Regular,
        ReadCode::Extended => TheirReadCode::Extended,
        ReadCode::Specific => TheirReadCode::Specific,
    }
}

/// The PDU of a request of tokio-modbus's.
///
/// # Errors
/// No server would take it.
pub(super) fn ours(request: &TheirRequest<'_>) -> Result<Pdu, Misfit> {
    let span = |address: &u16, quantity: &u16| Span::new(*address, *quantity);
    match request {
        TheirRequest::ReadCoils(address, quantity) => {
            Pdu::of(&Request::ReadCoils(span(address, quantity)))
        }
        TheirRequest::ReadDiscreteInputs(address, quantity) => {
            Pdu::of(&Request::ReadDiscreteInputs(span(address, quantity)))
        }
        TheirRequest::ReadHoldingRegisters(address, quantity) => {
            Pdu::of(&Request::ReadHoldingRegisters(span(address, quantity)))
        }
        TheirRequest::ReadInputRegisters(address, quantity) => {
            Pdu::of(&Request::ReadInputRegisters(span(address, quantity)))
        }
        TheirRequest::WriteSingleCoil(address, on) => {
            let (address, on) = (*address, *on);
            Pdu::of(&Request::WriteSingleCoil { address, on })
        }
        TheirRequest::WriteSingleRegister(address, value) => {
            let (address, value) = (*address, *value);
            Pdu::of(&Request::WriteSingleRegister { address, value })
        }
        TheirRequest::WriteMultipleCoils(address, coils) => {
            Pdu::write_multiple_coils(*address, coils)
        }
        TheirRequest::WriteMultipleRegisters(address, words) => {
            Pdu::write_multiple_registers(*address, words)
        }
        TheirRequest::ReportServerId => Pdu::of(&Request::ReportServerId),
        TheirRequest::MaskWriteRegister(address, and, or) => {
            let (address, and, or) = (*address, *and, *or);
            Pdu::of(&Request::MaskWriteRegister { address, and, or })
        }
        TheirRequest::ReadWriteMultipleRegisters(from, quantity, address, words) => {
            Pdu::read_write_multiple_registers(span(from, quantity), *address, words)
        }
        TheirRequest::ReadDeviceIdentification(code, object) => {
            let code = ReadCode::new(code.value()).ok_or(Misfit::Value)?;
            let object = *object;
            Pdu::of(&Request::ReadDeviceIdentification { code, object })
        }
        TheirRequest::Custom(function, data) => {
            let bytes = [&[*function], &**data].concat();
            Pdu::new(&bytes).ok_or(Misfit::TooLong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_comes_back_the_same() {
        let bits = [true, false, true, true, false, false, true, true, true];
        for request in [
            TheirRequest::ReadCoils(1, 2),
            TheirRequest::ReadDiscreteInputs(3, 4),
            TheirRequest::ReadHoldingRegisters(5, 6),
            TheirRequest::ReadInputRegisters(7, 8),
            TheirRequest::WriteSingleCoil(9, true),
            TheirRequest::WriteSingleRegister(10, 11),
            TheirRequest::WriteMultipleCoils(12, bits.to_vec().into()),
            TheirRequest::WriteMultipleRegisters(13, vec![14, 15].into()),
            TheirRequest::ReportServerId,
            TheirRequest::MaskWriteRegister(16, 17, 18),
            TheirRequest::ReadWriteMultipleRegisters(19, 20, 21, vec![22].into()),
            TheirRequest::ReadDeviceIdentification(TheirReadCode::Extended, 23),
            TheirRequest::Custom(0x41, vec![24, 25].into()),
            TheirRequest::Custom(0x18, vec![0, 26].into()),
        ] {
            let pdu = ours(&request).unwrap();
            assert_eq!(theirs(&Request::parse(&pdu).unwrap()), request);
        }
    }

    #[test]
    fn a_request_that_no_server_would_take_is_a_misfit() {
        for request in [
            TheirRequest::ReadCoils(0, 0),
            TheirRequest::ReadHoldingRegisters(0, 126),
            TheirRequest::ReadInputRegisters(0xFFFF, 2),
            TheirRequest::WriteMultipleRegisters(0, vec![0; 124].into()),
            TheirRequest::Custom(0x41, vec![0; 253].into()),
        ] {
            assert!(ours(&request).is_err(), "{request:?}");
        }
    }
}
