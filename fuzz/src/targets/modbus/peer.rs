//! The same PDUs to tokio-modbus: it says the same, or differs where a clause has it so.
//!
//! Its decoders are public as conversions from bytes. What it understood is written out again by
//! hand, and must be the bytes.

use lineside_modbus::wire::{Exception, Request, Response};
use tokio_modbus::{
    ExceptionResponse, Request as TheirRequest, Response as TheirResponse, bytes::Bytes,
};

/// A difference: what it is and the clause that decides it, and the PDUs that have it.
type Difference = (&'static str, fn(&[u8]) -> bool);

/// Requests that they take and we refuse.
const THEY_TAKE: &[Difference] = &[
    ("function 0 is none (4.1, P01)", |pdu| {
        pdu.first() == Some(&0)
    }),
    (
        "a quantity out of its limits (6.1 to 6.4, P10, P15)",
        |pdu| matches!(pdu.first(), Some(1..=4)) && !(1..=most(pdu)).contains(&word(pdu, 3)),
    ),
    ("elements beyond 65535 (6.1 to 6.4, P11)", |pdu| {
        matches!(pdu.first(), Some(1..=4)) && beyond(pdu, 1)
    }),
    ("a quantity or a byte count (6.11, P23)", |pdu| {
        let quantity = word(pdu, 3);
        let count = pdu.get(5).copied().map_or(0, u32::from);
        pdu.first() == Some(&15)
            && (!(1..=1_968).contains(&quantity) || count != quantity.div_ceil(8))
    }),
    ("a quantity (6.12, P24)", |pdu| {
        pdu.first() == Some(&16) && !(1..=123).contains(&word(pdu, 3))
    }),
    ("elements beyond 65535 (6.11, 6.12, P11)", |pdu| {
        matches!(pdu.first(), Some(15 | 16)) && beyond(pdu, 1)
    }),
    ("a quantity (6.17, P31)", |pdu| {
        let (read, write) = (word(pdu, 3), word(pdu, 7));
        pdu.first() == Some(&23) && !((1..=125).contains(&read) && (1..=121).contains(&write))
    }),
    ("elements beyond 65535 (6.17, P31)", |pdu| {
        pdu.first() == Some(&23) && (beyond(pdu, 1) || beyond(pdu, 5))
    }),
    (
        "not decoded there: 6.7 to 6.10, 6.14, 6.15, 6.18 (P04, P05, P33, P42, P49)",
        |pdu| matches!(pdu.first(), Some(7 | 8 | 11 | 12 | 20 | 21 | 24)),
    ),
];

/// Requests that we take and they refuse.
const WE_TAKE: &[Difference] = &[("CANopen has no decoder there (6.20, P69)", |pdu| {
    pdu.starts_with(&[43, 13])
})];

/// Responses that we take and they refuse.
const WE_TAKE_BACK: &[Difference] = &[
    ("CANopen has no decoder there (6.20, P69)", |pdu| {
        pdu.starts_with(&[43, 13])
    }),
    (
        "what a server identifier consists of is the device's (6.13, P52)",
        |pdu| pdu.first() == Some(&17),
    ),
];

/// Where they panic: they are not asked.
const THEY_PANIC: &[Difference] = &[
    ("more coils than bytes (6.11, P23)", |pdu| {
        let bytes = pdu.get(5).copied().map_or(0, u32::from);
        pdu.first() == Some(&15) && word(pdu, 3) > 8 * bytes
    }),
    ("twice the quantity is no u16 (6.12, P24)", |pdu| {
        pdu.first() == Some(&16) && word(pdu, 3) >= 0x8000
    }),
    ("twice the quantity is no u16 (6.17, P31)", |pdu| {
        pdu.first() == Some(&23) && word(pdu, 7) >= 0x8000
    }),
];

/// A request, at most 253 bytes.
pub(super) fn request(pdu: &[u8]) {
    if listed(THEY_PANIC, pdu) {
        return;
    }
    let theirs = TheirRequest::try_from(Bytes::copy_from_slice(pdu)).ok();
    match (Request::parse(pdu), theirs) {
        (Ok(ours), Some(theirs)) => {
            let written = request_bytes(&theirs);
            assert_eq!(
                Request::parse(&written),
                Ok(ours),
                "{pdu:02x?} is {theirs:?} there"
            );
        }
        (Err(exception), Some(theirs)) => assert!(
            listed(THEY_TAKE, pdu),
            "{pdu:02x?} is {exception} here and {theirs:?} there"
        ),
        (Ok(ours), None) => assert!(
            listed(WE_TAKE, pdu),
            "{pdu:02x?} is {ours:?} here and refused there"
        ),
        (Err(_), None) => {}
    }
}

/// A response that we take as the one to a request. They decode it without the request, so that
/// they take more.
pub(super) fn response(pdu: &[u8], ours: Result<Response<'_>, Exception>) {
    if let Err(exception) = ours {
        let theirs = ExceptionResponse::try_from(Bytes::copy_from_slice(pdu)).ok();
        let code = theirs.map(|theirs| u8::from(theirs.exception));
        assert_eq!(code, Some(exception.0), "{pdu:02x?}");
        return;
    }
    match TheirResponse::try_from(Bytes::copy_from_slice(pdu)) {
        Ok(theirs) => assert_eq!(response_bytes(&theirs), pdu, "{theirs:?}"),
        Err(error) => assert!(
            listed(WE_TAKE_BACK, pdu),
            "{pdu:02x?} is {ours:?} here and {error} there"
        ),
    }
}

fn listed(differences: &[Difference], pdu: &[u8]) -> bool {
    differences.iter().any(|(_, has)| has(pdu))
}

fn word(pdu: &[u8], at: usize) -> u32 {
    let word = pdu.get(at..).and_then(<[u8]>::first_chunk);
    word.map_or(0, |word| u32::from(u16::from_be_bytes(*word)))
}

fn most(pdu: &[u8]) -> u32 {
    if matches!(pdu.first(), Some(1 | 2)) {
        2_000
    } else {
        125
    }
}

fn beyond(pdu: &[u8], at: usize) -> bool {
    word(pdu, at) + word(pdu, at + 2) > 0x1_0000
}

fn request_bytes(request: &TheirRequest<'_>) -> Vec<u8> {
    let mut pdu = vec![request.function_code().value()];
    match request {
        TheirRequest::ReadCoils(address, count)
        | TheirRequest::ReadDiscreteInputs(address, count)
        | TheirRequest::ReadInputRegisters(address, count)
        | TheirRequest::ReadHoldingRegisters(address, count)
        | TheirRequest::WriteSingleRegister(address, count) => words(&mut pdu, [*address, *count]),
        TheirRequest::WriteSingleCoil(address, on) => {
            words(&mut pdu, [*address, if *on { 0xFF00 } else { 0 }]);
        }
        TheirRequest::WriteMultipleCoils(address, coils) => {
            words(&mut pdu, [*address, short(coils.len())]);
            counted(&mut pdu, &packed(coils));
        }
        TheirRequest::WriteMultipleRegisters(address, values) => {
            words(&mut pdu, [*address, short(values.len())]);
            counted(&mut pdu, &bytes(values));
        }
        TheirRequest::ReportServerId => {}
        TheirRequest::MaskWriteRegister(address, and, or) => words(&mut pdu, [*address, *and, *or]),
        TheirRequest::ReadWriteMultipleRegisters(from, count, address, values) => {
            words(&mut pdu, [*from, *count, *address, short(values.len())]);
            counted(&mut pdu, &bytes(values));
        }
        TheirRequest::ReadDeviceIdentification(code, object) => {
            pdu.extend([14, code.value(), *object]);
        }
        TheirRequest::Custom(_, data) => pdu.extend(data.iter()),
    }
    pdu
}

fn response_bytes(response: &TheirResponse) -> Vec<u8> {
    let mut pdu = vec![response.function_code().value()];
    match response {
        TheirResponse::ReadCoils(coils) | TheirResponse::ReadDiscreteInputs(coils) => {
            counted(&mut pdu, &packed(coils));
        }
        TheirResponse::ReadInputRegisters(values)
        | TheirResponse::ReadHoldingRegisters(values)
        | TheirResponse::ReadWriteMultipleRegisters(values) => counted(&mut pdu, &bytes(values)),
        TheirResponse::WriteSingleCoil(address, on) => {
            words(&mut pdu, [*address, if *on { 0xFF00 } else { 0 }]);
        }
        TheirResponse::WriteMultipleCoils(address, count)
        | TheirResponse::WriteMultipleRegisters(address, count)
        | TheirResponse::WriteSingleRegister(address, count) => words(&mut pdu, [*address, *count]),
        TheirResponse::ReportServerId(id, runs, more) => {
            let head = [*id, if *runs { 0xFF } else { 0 }];
            counted(&mut pdu, &[&head, more.as_slice()].concat());
        }
        TheirResponse::MaskWriteRegister(address, and, or) => {
            words(&mut pdu, [*address, *and, *or]);
        }
        TheirResponse::ReadDeviceIdentification(page) => {
            pdu.extend([14, page.read_code.value(), page.conformity_level.value()]);
            pdu.extend([
                if page.more_follows { 0xFF } else { 0 },
                page.next_object_id,
            ]);
            pdu.push(u8::try_from(page.device_id_objects.len()).unwrap_or(0));
            for object in &page.device_id_objects {
                pdu.push(object.id);
                counted(&mut pdu, &object.value);
            }
        }
        TheirResponse::Custom(_, data) => pdu.extend(data),
    }
    pdu
}

fn words<const N: usize>(pdu: &mut Vec<u8>, words: [u16; N]) {
    pdu.extend(words.map(u16::to_be_bytes).as_flattened());
}

fn bytes(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn packed(coils: &[bool]) -> Vec<u8> {
    let byte = |eight: &[bool]| {
        let bits = (0..).zip(eight);
        bits.fold(0, |byte, (bit, on)| byte | u8::from(*on) << bit)
    };
    coils.chunks(8).map(byte).collect()
}

fn counted(pdu: &mut Vec<u8>, bytes: &[u8]) {
    pdu.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
    pdu.extend(bytes);
}

fn short(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each difference in its list a PDU that has it.
    const TAKEN: &[&[u8]] = &[
        b"\0",
        b"\x01\0\0\0\0",
        b"\x03\xFF\xFF\0\x02",
        b"\x0F\0\0\0\x01\x02\0\0",
        b"\x10\0\0\0\0\0",
        b"\x10\xFF\xFF\0\x02\x04\0\0\0\0",
        b"\x17\0\0\0\0\0\0\0\x01\x02\0\0",
        b"\x17\0\0\0\x01\xFF\xFF\0\x02\x04\0\0\0\0",
        b"\x14\x01",
    ];

    #[test]
    fn every_difference_is_one() {
        for ((what, has), pdu) in THEY_TAKE.iter().zip(TAKEN) {
            assert!(has(pdu) && !listed(THEY_PANIC, pdu), "{what}");
            assert!(Request::parse(pdu).is_err(), "{what}");
            assert!(
                TheirRequest::try_from(Bytes::from_static(pdu)).is_ok(),
                "{what}"
            );
        }
        assert_eq!(THEY_TAKE.len(), TAKEN.len());
        assert!(Request::parse(b"\x2B\x0D\x01").is_ok());
        assert!(TheirRequest::try_from(Bytes::from_static(b"\x2B\x0D\x01")).is_err());
        let asked = Request::ReportServerId;
        assert!(Response::parse(b"\x11\x01A", &asked).is_ok());
        assert!(TheirResponse::try_from(Bytes::from_static(b"\x11\x01A")).is_err());
    }

    #[test]
    fn they_panic_where_it_is_said() {
        let panics: [&'static [u8]; 3] = [
            b"\x0F\0\0\0\x09\x01\0",
            b"\x10\0\0\x80\0\0",
            b"\x17\0\0\0\x01\0\0\x80\0\0",
        ];
        for ((what, has), pdu) in THEY_PANIC.iter().zip(panics) {
            assert!(has(pdu), "{what}");
            // With overflow checks, as the fuzzer has them.
            let run = std::panic::catch_unwind(|| TheirRequest::try_from(Bytes::from_static(pdu)));
            assert!(run.is_err(), "{what}");
        }
    }
}
