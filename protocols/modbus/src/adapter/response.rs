//! Responses in tokio-modbus's words and in ours.

use bytes::Bytes;
use tokio_modbus::{
    Response as TheirResponse,
    prelude::{
        ConformityLevel, DeviceIdObject, ReadCode as TheirReadCode,
        ReadDeviceIdentificationResponse,
    },
};

use crate::wire::{IdentityPage, Response};

/// The response in tokio-modbus's words; `None` when it has none, as for a server ID without a run
/// indicator.
pub(super) fn theirs(response: &Response<'_>, pdu: &[u8]) -> Option<TheirResponse> {
    Some(match *response {
        Response::ReadCoils(bits) => TheirResponse::ReadCoils(bits.iter().collect()),
        Response::ReadDiscreteInputs(bits) => {
            TheirResponse::ReadDiscreteInputs(bits.iter().collect())
        }
        Response::ReadHoldingRegisters(words) => {
            TheirResponse::ReadHoldingRegisters(words.iter().collect())
        }
        Response::ReadInputRegisters(words) => {
            TheirResponse::ReadInputRegisters(words.iter().collect())
        }
        Response::WriteSingleCoil { address, on } => TheirResponse::WriteSingleCoil(address, on),
        Response::WriteSingleRegister { address, value } => {
            TheirResponse::WriteSingleRegister(address, value)
        }
        Response::WriteMultipleCoils(span) => {
            TheirResponse::WriteMultipleCoils(span.address, span.quantity)
        }
        Response::WriteMultipleRegisters(span) => {
            TheirResponse::WriteMultipleRegisters(span.address, span.quantity)
        }
        Response::ReportServerId(data) => {
            let (&[id, runs], more) = data.split_first_chunk()?;
            TheirResponse::ReportServerId(id, runs != 0, more.to_vec())
        }
        Response::MaskWriteRegister { address, and, or } => {
            TheirResponse::MaskWriteRegister(address, and, or)
        }
        Response::ReadWriteMultipleRegisters(words) => {
            TheirResponse::ReadWriteMultipleRegisters(words.iter().collect())
        }
        Response::ReadDeviceIdentification(page) => {
            TheirResponse::ReadDeviceIdentification(their_page(page)?)
        }
        _ => {
            let (function, data) = pdu.split_first()?;
            TheirResponse::Custom(*function, Bytes::copy_from_slice(data))
        }
    })
}

fn their_page(page: IdentityPage<'_>) -> Option<ReadDeviceIdentificationResponse> {
    let object = |object: crate::wire::Object<'_>| DeviceIdObject {
        id: object.id,
        value: Bytes::copy_from_slice(object.value),
    };
    Some(ReadDeviceIdentificationResponse {
        read_code: TheirReadCode::try_from_value(page.code as u8)?,
        conformity_level: ConformityLevel::try_from_value(page.conformity)?,
        more_follows: page.next.is_some(),
        next_object_id: page.next.unwrap_or(0),
        device_id_objects: page.objects().map(object).collect(),
    })
}

/// The bytes of a response; `None` when a length does not fit its byte count.
pub(super) fn ours(response: &TheirResponse) -> Option<Vec<u8>> {
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
