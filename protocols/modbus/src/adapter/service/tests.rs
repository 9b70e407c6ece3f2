use std::{borrow::Cow, sync::Mutex};

use bytes::Bytes;
use core::future::{Ready, ready};
use tokio_modbus::Request as TheirRequest;

use lineside_io::sim::run;

use super::*;

type Answer = Result<Option<TheirResponse>, ExceptionCode>;

/// Notes what it is asked, and gives the answer that it was made with.
struct Fixed {
    asked: Mutex<Vec<(u8, TheirRequest<'static>)>>,
    answer: Answer,
}

impl TheirService for Fixed {
    type Request = SlaveRequest<'static>;
    type Response = Option<TheirResponse>;
    type Exception = ExceptionCode;
    type Future = Ready<Answer>;

    fn call(&self, asked: Self::Request) -> Self::Future {
        self.asked
            .lock()
            .unwrap()
            .push((asked.slave, asked.request));
        ready(self.answer.clone())
    }
}

/// What unit 7 is told and answers.
fn ask(pdu: &[u8], answer: Answer) -> (Vec<(u8, TheirRequest<'static>)>, Result<Pdu, Exception>) {
    let service = Adapted::new(Fixed {
        asked: Mutex::default(),
        answer,
    });
    let mut calling = service.another().unwrap();
    let pdu = Pdu::new(pdu).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    run(move |_| async move {
        sender.send(calling.call(Unit::new(7), &pdu).await).unwrap();
    });
    let asked = service.0.asked.lock().unwrap().clone();
    (asked, receiver.recv().unwrap())
}

/// Asks `pdu`, which the service is to see as `request`, and to answer with `response`: `answer`.
fn holds(pdu: &[u8], request: TheirRequest<'static>, response: TheirResponse, answer: &[u8]) {
    let (asked, answered) = ask(pdu, Ok(Some(response)));
    assert_eq!(asked, [(7, request)]);
    assert_eq!(*answered.unwrap(), *answer);
}

#[test]
fn every_function_arrives_in_their_words_and_is_answered_in_ours() {
    use TheirRequest as Q;
    use TheirResponse as A;
    let coils = vec![true, false, true, true, false, false, true, true, true];
    holds(
        b"\x01\0\x13\0\x09",
        Q::ReadCoils(19, 9),
        A::ReadCoils(coils.clone()),
        b"\x01\x02\xCD\x01",
    );
    holds(
        b"\x02\0\x13\0\x09",
        Q::ReadDiscreteInputs(19, 9),
        A::ReadDiscreteInputs(coils.clone()),
        b"\x02\x02\xCD\x01",
    );
    holds(
        b"\x03\0\x01\0\x02",
        Q::ReadHoldingRegisters(1, 2),
        A::ReadHoldingRegisters(vec![1, 0xABCD]),
        b"\x03\x04\0\x01\xAB\xCD",
    );
    holds(
        b"\x04\0\x01\0\x01",
        Q::ReadInputRegisters(1, 1),
        A::ReadInputRegisters(vec![9]),
        b"\x04\x02\0\x09",
    );
    holds(
        b"\x05\0\x01\xFF\0",
        Q::WriteSingleCoil(1, true),
        A::WriteSingleCoil(1, true),
        b"\x05\0\x01\xFF\0",
    );
    holds(
        b"\x06\0\x01\0\x03",
        Q::WriteSingleRegister(1, 3),
        A::WriteSingleRegister(1, 3),
        b"\x06\0\x01\0\x03",
    );
    holds(
        b"\x0F\0\x13\0\x09\x02\xCD\x01",
        Q::WriteMultipleCoils(19, coils.into()),
        A::WriteMultipleCoils(19, 9),
        b"\x0F\0\x13\0\x09",
    );
    holds(
        b"\x10\0\x01\0\x01\x02\0\x0A",
        Q::WriteMultipleRegisters(1, vec![10].into()),
        A::WriteMultipleRegisters(1, 1),
        b"\x10\0\x01\0\x01",
    );
    holds(
        b"\x11",
        Q::ReportServerId,
        A::ReportServerId(5, true, vec![1, 2]),
        b"\x11\x04\x05\xFF\x01\x02",
    );
    holds(
        b"\x16\0\x04\0\xF2\0\x25",
        Q::MaskWriteRegister(4, 0xF2, 0x25),
        A::MaskWriteRegister(4, 0xF2, 0x25),
        b"\x16\0\x04\0\xF2\0\x25",
    );
    holds(
        b"\x17\0\x03\0\x01\0\x0E\0\x01\x02\0\xFF",
        Q::ReadWriteMultipleRegisters(3, 1, 14, vec![255].into()),
        A::ReadWriteMultipleRegisters(vec![0xFE]),
        b"\x17\x02\0\xFE",
    );
    // Without a variant.
    holds(
        b"\x07",
        Q::Custom(7, Cow::Borrowed(&[])),
        A::Custom(7, Bytes::from_static(b"\x6D")),
        b"\x07\x6D",
    );
    holds(
        b"\x18\x04\xDE",
        Q::Custom(0x18, vec![4, 0xDE].into()),
        A::Custom(0x18, Bytes::from_static(b"\0\x02\0\0")),
        b"\x18\0\x02\0\0",
    );
    holds(
        b"\x2B\x0D\x01",
        Q::Custom(0x2B, vec![0x0D, 1].into()),
        A::Custom(0x2B, Bytes::from_static(b"\x0D\x02")),
        b"\x2B\x0D\x02",
    );
    holds(
        b"\x41\x01",
        Q::Custom(0x41, vec![1].into()),
        A::Custom(0x41, Bytes::from_static(b"\x02")),
        b"\x41\x02",
    );
}

#[test]
fn device_identification_passes_both_ways() {
    let answer = b"\x2B\x0E\x04\x81\0\0\x01\0\x03ABC";
    let response = TheirResponse::try_from(Bytes::from_static(answer)).unwrap();
    let (asked, answered) = ask(b"\x2B\x0E\x04\0", Ok(Some(response)));
    assert!(matches!(
        asked[..],
        [(7, TheirRequest::ReadDeviceIdentification(_, 0))]
    ));
    assert_eq!(*answered.unwrap(), *answer);
}

#[test]
fn exceptions_and_silence_pass() {
    for code in 1..=255 {
        let (_, answered) = ask(b"\x03\0\x01\0\x02", Err(ExceptionCode::new(code)));
        assert_eq!(answered, Err(Exception(code)));
    }
    assert_eq!(ask(b"\x03\0\x01\0\x02", Ok(None)).1, Ok(Pdu::EMPTY));
}

#[test]
fn a_response_that_does_not_fit_is_a_failure_of_the_device() {
    for response in [
        TheirResponse::ReadHoldingRegisters(vec![1]),
        TheirResponse::ReadHoldingRegisters(vec![1; 3]),
        TheirResponse::ReadHoldingRegisters(vec![1; 200]),
        TheirResponse::ReadInputRegisters(vec![1, 2]),
        TheirResponse::Custom(3, Bytes::from_static(b"\x83")),
        TheirResponse::Custom(0x41, Bytes::from_static(&[0; 300])),
    ] {
        let (_, answered) = ask(b"\x03\0\x01\0\x02", Ok(Some(response)));
        assert_eq!(answered, Err(Exception::SERVER_DEVICE_FAILURE));
    }
}

#[test]
fn a_malformed_request_never_arrives() {
    let (asked, answered) = ask(b"\x05\0\x01\0\x01", Ok(None));
    assert!(asked.is_empty());
    assert_eq!(answered, Err(Exception::ILLEGAL_DATA_VALUE));
}
