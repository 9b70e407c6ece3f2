//! The grammar: what is parsed is written the same, what is written is parsed the same, lengths are
//! told as soon as they can be, and tokio-modbus agrees.

use lineside_modbus::{
    Bank, respond,
    wire::{
        Bits, FileData, IdentityPage, Length, MAX_PDU, Misfit, Pdu, ReadCode, Request, Response,
        Span, SubFunction, Unit, Words, ascii, mbap, request_length, response_length, rtu,
    },
};

use super::{bank, book, peer};
use crate::Dice;

/// Runs an input.
pub(in crate::targets) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let data = data.get(..MAX_PDU).unwrap_or(data);
    match dice.below(7) {
        0 => request(data),
        1 => request(&damaged(book::request(&mut dice), &mut dice)),
        2 => response(data, &book::request(&mut dice)),
        3 => response_of_a_bank(data, &mut dice),
        4 => written_requests_are_read(data, &mut dice),
        5 => written_responses_are_read(data, &mut dice),
        _ => frames(data, &mut dice),
    }
}

/// One change in three.
fn damaged(mut pdu: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    if dice.once_in(3) {
        super::super::framing::damage(&mut pdu, dice);
        pdu.truncate(MAX_PDU);
    }
    pdu
}

/// Any bytes as a request.
fn request(pdu: &[u8]) {
    peer::request(pdu);
    lengths_grow(pdu, request_length);
    let Ok(request) = Request::parse(pdu) else {
        let exception = Request::parse(pdu).err().map(|exception| exception.0);
        assert!(
            matches!(exception, Some(1..=3)),
            "{pdu:02x?}: {exception:?}"
        );
        return;
    };
    assert!(!request.to_string().is_empty());
    assert_eq!(Some(&request.function()), pdu.first());
    fits_exactly(pdu, |room| request.encode(room));
    let is_long_query = matches!(request, Request::Diagnostics { data, .. } if data.len() > 2);
    match request_length(pdu) {
        Length::Is(length) => assert!(length == pdu.len() || is_long_query, "{length}: {pdu:02x?}"),
        Length::AtLeast(more) => panic!("{pdu:02x?} is whole, and wants {more} bytes"),
        Length::Open => assert!(matches!(
            request,
            Request::Custom { .. } | Request::CanOpen(_)
        )),
    }
}

/// Any bytes as a response to `asked`.
fn response(pdu: &[u8], asked: &[u8]) {
    lengths_grow(pdu, response_length);
    let Ok(request) = Request::parse(asked) else {
        return;
    };
    let parsed = match Response::parse(pdu, &request) {
        Ok(parsed) => parsed,
        Err(mismatch) => return assert!(!mismatch.to_string().is_empty()),
    };
    peer::response(pdu, parsed);
    let is_long_query = matches!(request, Request::Diagnostics { data, .. } if data.len() > 2);
    match response_length(pdu) {
        Length::Is(length) => assert!(length == pdu.len() || is_long_query, "{length}: {pdu:02x?}"),
        Length::AtLeast(more) => panic!("{pdu:02x?} is whole, and wants {more} bytes"),
        Length::Open => assert!(matches!(
            request,
            Request::Custom { .. } | Request::CanOpen(_)
        )),
    }
    let response = match parsed {
        Ok(response) => response,
        Err(exception) => {
            return assert_eq!(*Pdu::exception(request.function(), exception), *pdu);
        }
    };
    assert!(!response.to_string().is_empty());
    assert_eq!(response.function(), request.function());
    if let Response::ReadDeviceIdentification(page) = response {
        assert_eq!(page.objects().count(), usize::from(page.count()));
    }
    // The number of the next object says nothing when none follows.
    let is_last =
        matches!(response, Response::ReadDeviceIdentification(page) if page.next.is_none());
    if !is_last {
        fits_exactly(pdu, |room| response.encode(room));
    }
    let again = Pdu::of_response(&response);
    assert_eq!(
        again
            .as_deref()
            .map(|again| Response::parse(again, &request)),
        Ok(Ok(Ok(response)))
    );
}

/// What a bank answers is a response to its request, and few others are.
fn response_of_a_bank(data: &[u8], dice: &mut Dice) {
    let mut bank: Bank = bank::small();
    let asked = book::request(dice);
    let Some(pdu) = Pdu::new(&asked) else {
        return;
    };
    let answer = respond(&mut bank, &pdu);
    if let Ok(request) = Request::parse(&asked) {
        let parsed = Response::parse(&answer, &request);
        assert!(
            parsed.is_ok(),
            "{asked:02x?} is answered {answer:?}: {parsed:?}"
        );
    }
    let mut answer = damaged(answer.to_vec(), dice);
    if dice.once_in(4) {
        answer.extend(data.iter().take(MAX_PDU - answer.len()));
    }
    response(&answer, &asked);
}

/// What an encoder writes stands in a buffer of just its length, and in no shorter one.
fn fits_exactly(pdu: &[u8], encode: impl Fn(&mut [u8]) -> Result<usize, Misfit>) {
    let mut room = [0xEE; MAX_PDU];
    let length = encode(&mut room);
    assert_eq!(length, Ok(pdu.len()));
    assert_eq!(room.get(..pdu.len()), Some(pdu));
    let mut exact = vec![0xEE; pdu.len()];
    assert_eq!(encode(&mut exact), Ok(pdu.len()));
    exact.pop();
    assert_eq!(encode(&mut exact), Err(Misfit::Room), "{pdu:02x?}");
}

/// What the beginnings of a PDU say of its length: first that more is needed, and of that ever more;
/// then one length.
fn lengths_grow(pdu: &[u8], length: fn(&[u8]) -> Length) {
    let mut before = Length::AtLeast(0);
    for end in 0..=pdu.len() {
        let here = length(pdu.get(..end).unwrap_or(pdu));
        match (before, here) {
            (Length::AtLeast(old), Length::AtLeast(new)) => {
                assert!(
                    new >= old && new > end,
                    "{new} after {end} bytes of {pdu:02x?}"
                );
            }
            (Length::AtLeast(old), Length::Is(new)) => {
                assert!(new >= old && old <= end, "{new} after {old}, of {pdu:02x?}");
            }
            (Length::AtLeast(_), Length::Open) => {}
            (before, here) => assert_eq!(before, here, "after {end} bytes of {pdu:02x?}"),
        }
        before = here;
    }
}

/// Requests of any fields: those that are in their limits are read as they were written.
fn written_requests_are_read(data: &[u8], dice: &mut Dice) {
    let (span, address) = (any_span(dice), any(dice));
    let count = u16::try_from(dice.below(2_003)).unwrap_or(0);
    let bits = data.get(..usize::from(count).div_ceil(8));
    let bits = bits.and_then(|packed| Bits::new(packed, count));
    let even = data.len() - data.len() % 2;
    let words = data.get(..even).and_then(Words::new);
    let request = match dice.below(14) {
        0 => Request::ReadCoils(span),
        1 => Request::ReadInputRegisters(span),
        2 => Request::WriteSingleRegister {
            address,
            value: any(dice),
        },
        3 => Request::WriteSingleCoil {
            address,
            on: dice.once_in(2),
        },
        4 => Request::Diagnostics {
            sub: SubFunction(any(dice) % 24),
            data,
        },
        5 => match bits {
            Some(values) => Request::WriteMultipleCoils { address, values },
            None => return,
        },
        6 => match words {
            Some(values) => Request::WriteMultipleRegisters { address, values },
            None => return,
        },
        7 => match words {
            Some(values) => Request::ReadWriteMultipleRegisters {
                read: span,
                address,
                values,
            },
            None => return,
        },
        8 => Request::MaskWriteRegister {
            address,
            and: any(dice),
            or: any(dice),
        },
        9 => Request::ReadFifoQueue { address },
        10 => Request::CanOpen(data),
        11 => Request::ReadDeviceIdentification {
            code: dice.pick([ReadCode::Basic, ReadCode::Specific]),
            object: dice.byte(),
        },
        12 => Request::GetCommEventLog,
        _ => Request::Custom {
            function: dice.byte(),
            data,
        },
    };
    let mut room = [0; MAX_PDU];
    match request.encode(&mut room) {
        Ok(length) => {
            let pdu = room.get(..length).unwrap_or_default();
            // A public function by another name is that function.
            let is_custom = matches!(request, Request::Custom { .. });
            let read = Request::parse(pdu);
            assert!(
                read == Ok(request) || is_custom && read.is_ok(),
                "{request:?} is read as {read:?}"
            );
            self::request(pdu);
        }
        Err(misfit) => assert!(
            misfit != Misfit::Room || too_long(&request),
            "{request:?}: {misfit}"
        ),
    }
    unpacked_values_are_packed(&request);
}

/// The values that stand behind a request do not fit a PDU.
fn too_long(request: &Request<'_>) -> bool {
    match request {
        Request::Diagnostics { data, .. } => data.len() + 3 > MAX_PDU,
        Request::WriteMultipleCoils { values, .. } => values.packed().len() + 6 > MAX_PDU,
        Request::WriteMultipleRegisters { values, .. } => values.bytes().len() + 6 > MAX_PDU,
        Request::ReadWriteMultipleRegisters { values, .. } => values.bytes().len() + 10 > MAX_PDU,
        Request::CanOpen(data) => data.len() + 2 > MAX_PDU,
        Request::Custom { data, .. } => data.len() + 1 > MAX_PDU,
        _ => false,
    }
}

/// The constructors that take values give what the encoder gives.
fn unpacked_values_are_packed(request: &Request<'_>) {
    let (direct, by_values) = match *request {
        Request::WriteMultipleCoils { address, values } => {
            let coils: Vec<bool> = values.iter().collect();
            (Pdu::of(request), Pdu::write_multiple_coils(address, &coils))
        }
        Request::WriteMultipleRegisters { address, values } => {
            let words: Vec<u16> = values.iter().collect();
            let by_values = Pdu::write_multiple_registers(address, &words);
            (Pdu::of(request), by_values)
        }
        Request::ReadWriteMultipleRegisters {
            read,
            address,
            values,
        } => {
            let words: Vec<u16> = values.iter().collect();
            let by_values = Pdu::read_write_multiple_registers(read, address, &words);
            (Pdu::of(request), by_values)
        }
        _ => return,
    };
    match (direct, by_values) {
        // What fills up the last byte of coils is 0 in one, and what it was in the other.
        (Ok(one), Ok(other)) => assert_eq!(Request::parse(&one), Request::parse(&other)),
        (one, other) => assert_eq!(one.is_ok(), other.is_ok(), "{one:?}, {other:?}"),
    }
}

/// Responses of any fields.
fn written_responses_are_read(data: &[u8], dice: &mut Dice) {
    let even = data.len() - data.len() % 2;
    let Some(words) = data.get(..even).and_then(Words::new) else {
        return;
    };
    let asked = Span::new(0, u16::try_from(words.len()).unwrap_or(0));
    let (response, request) = match dice.below(7) {
        0 => (
            Response::ReadHoldingRegisters(words),
            Request::ReadHoldingRegisters(asked),
        ),
        1 => (
            Response::ReadFifoQueue(words),
            Request::ReadFifoQueue { address: 0 },
        ),
        2 => (Response::ReportServerId(data), Request::ReportServerId),
        3 => {
            let log = data;
            let [status, events, messages] = [any(dice), any(dice), any(dice)];
            let response = Response::GetCommEventLog {
                status,
                events,
                messages,
                log,
            };
            (response, Request::GetCommEventLog)
        }
        4 => {
            let next = Some(dice.byte()).filter(|_| dice.once_in(2));
            let Some(page) = IdentityPage::new(ReadCode::Extended, dice.byte(), next, data) else {
                return;
            };
            let request = Request::ReadDeviceIdentification {
                code: ReadCode::Extended,
                object: 0,
            };
            (Response::ReadDeviceIdentification(page), request)
        }
        5 => match FileData::new(data) {
            // What it answers is for another law.
            Some(groups) => return assert!(groups.iter().count() <= data.len() / 2),
            None => return,
        },
        _ => (Response::CanOpen(data), Request::CanOpen(data)),
    };
    let Ok(pdu) = Pdu::of_response(&response) else {
        return;
    };
    match Response::parse(&pdu, &request) {
        Ok(read) => assert_eq!(read, Ok(response)),
        // The limits of its function are the reader's to hold.
        Err(mismatch) => assert!(
            matches!(response.function(), 0x03 | 0x0C | 0x18 | 0x2B),
            "{response:?}: {mismatch}"
        ),
    }
}

/// Frames: what is read is written the same, and one bit makes it none.
fn frames(data: &[u8], dice: &mut Dice) {
    let mut room = [0; ascii::MAX_ADU];
    let mut bytes = [0; MAX_PDU + 2];
    let unit = Unit::new(dice.byte());
    // Raw.
    if let Ok((unit, pdu)) = rtu::decode(data) {
        assert!(book::is_rtu(data));
        let length = rtu::encode(unit, pdu, &mut room);
        assert_eq!(length.map(|length| room.get(..length)), Ok(Some(data)));
    }
    let line = [b":", data, b"\r\n"].concat();
    if let Ok((unit, pdu)) = ascii::decode(&line, ascii::LF, &mut bytes) {
        let written = book::ascii(unit.get(), pdu);
        assert_eq!(written, line.to_ascii_uppercase());
    }
    if let Ok((header, pdu)) = mbap::decode(data) {
        assert_eq!(mbap::length(data), Ok(Some(data.len())));
        assert_eq!(book::tcp(header.transaction, header.unit.get(), pdu), data);
    }
    if data.is_empty() {
        return;
    }
    // Made by hand.
    let mut frame = book::rtu(unit.get(), data);
    assert_eq!(rtu::decode(&frame), Ok((unit, data)));
    let bit = dice.below(8 * frame.len());
    if let Some(byte) = frame.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
    assert_eq!(rtu::decode(&frame), Err(rtu::Bad::Crc), "bit {bit}");
    let frame = book::ascii(unit.get(), data);
    let length = ascii::encode(unit, data, ascii::LF, &mut room);
    assert_eq!(length.map(|length| room.get(..length)), Ok(Some(&*frame)));
    let read = ascii::decode(&frame, ascii::LF, &mut bytes);
    assert_eq!(read, Ok((unit, data)));
    let header = mbap::Header {
        transaction: any(dice),
        unit,
    };
    let frame = book::tcp(header.transaction, unit.get(), data);
    assert_eq!(mbap::decode(&frame), Ok((header, data)));
    let length = mbap::encode(header, data, &mut room);
    assert_eq!(length.map(|length| room.get(..length)), Ok(Some(&*frame)));
}

fn any(dice: &mut Dice) -> u16 {
    u16::try_from(dice.below(0x1_0000)).unwrap_or(0)
}

fn any_span(dice: &mut Dice) -> Span {
    let count = u16::try_from(dice.below(2_003)).unwrap_or(0);
    Span::new(any(dice), count)
}
