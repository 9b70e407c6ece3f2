//! Points against a bank.

use lineside_modbus::{
    Bank,
    client::{Failure, Refusal},
    respond,
    wire::{Exception, Pdu, Request},
};

use super::*;

/// A unit that is a bank in the same program, and the requests that it got.
struct Near {
    bank: Bank,
    asked: Vec<Pdu>,
}

impl Calls for Near {
    async fn call(&mut self, request: Pdu) -> Result<Pdu, CallError> {
        self.asked.push(request);
        let answer = respond(&mut self.bank, &request);
        match answer[..] {
            [code, exception] if code & 0x80 != 0 => {
                Err(Failure::Exception(Exception(exception)).into())
            }
            _ => Ok(answer),
        }
    }
}

fn near(bank: Bank) -> Near {
    Near {
        bank,
        asked: Vec::new(),
    }
}

fn point(said: &str) -> Point {
    said.parse().unwrap()
}

#[tokio::test]
async fn every_table_is_read_in_every_type() {
    let registers = [0x41AC, 0, 0xFFFE, 0x6162, 0x6300, 0, 0x41AC];
    let bank = Bank::new()
        .with_coils(0, [true, false])
        .with_discrete_inputs(5, [false, true])
        .with_input_registers(100, registers)
        .with_holding_registers(0, [7]);
    let mut unit = near(bank);
    for (said, labels, values) in [
        ("coil:0+2", "coil:0 coil:1", "on off"),
        ("discrete:6", "discrete:6", "on"),
        ("input:100/f32", "input:100/f32", "21.5"),
        ("input:0x69/f32/cdab", "input:105/f32", "21.5"),
        ("input:102/i16", "input:102/i16", "-2"),
        ("input:103/text:4", "input:103/text:4", "abc"),
        ("holding:0", "holding:0/u16", "7"),
        (
            "input:100+2/u32",
            "input:100/u32 input:102/u32",
            "1101791232 4294861154",
        ),
    ] {
        let point = point(said);
        assert_eq!(point.labels().collect::<Vec<_>>().join(" "), labels);
        assert_eq!(point.read(&mut unit).await.unwrap().join(" "), values);
    }
}

#[tokio::test]
async fn long_ranges_take_several_requests_that_cut_no_value() {
    let bank = Bank::new().with_holding_registers(0, 0..300);
    let mut unit = near(bank.with_coils(0, [true; 4_001]));
    let values = point("holding:0+60/f64").read(&mut unit).await.unwrap();
    assert_eq!(values.len(), 60);
    let asked: Vec<_> = unit.asked.drain(..).collect();
    let spans = [(0, 124), (124, 116)].map(|(at, count)| Span::new(at, count));
    let requests = spans.map(|span| Pdu::of(&Request::ReadHoldingRegisters(span)).unwrap());
    assert_eq!(asked, requests);
    let bits = point("coil:0+4001").read(&mut unit).await.unwrap();
    assert_eq!((bits.len(), unit.asked.len()), (4_001, 3));
}

#[tokio::test]
async fn values_are_written_in_one_request() {
    let bank = Bank::new()
        .with_coils(0, [false; 3])
        .with_holding_registers(0, [0; 8]);
    let mut unit = near(bank);
    for said in [
        "coil:0=on",
        "coil:1=off,on",
        "holding:0=0xFFFF",
        "holding:1/i16=-5",
        "holding:2/f32/dcba=21.5",
        "holding:4/text:6=a,b=c",
    ] {
        let point = point(said);
        assert!(point.is_write());
        point.write(&mut unit).await.unwrap();
    }
    let codes: Vec<u8> = unit.asked.iter().map(|request| request[0]).collect();
    assert_eq!(codes, [5, 0x0F, 6, 6, 0x10, 0x10]);
    let span = Span::new(0, 7);
    let expected = [0xFFFF, 0xFFFB, 0, 0xAC41, 0x612C, 0x623D, 0x6300];
    assert_eq!(
        unit.bank.holding_registers().slice(span),
        Some(&expected[..])
    );
    let coils = unit.bank.coils().slice(Span::new(0, 3));
    assert_eq!(coils, Some(&[true, false, true][..]));
}

#[tokio::test]
async fn a_write_that_no_request_can_hold_is_not_sent() {
    let mut unit = near(Bank::new());
    let long = point(&format!("holding:0={}", ["1"; 124].join(",")));
    let error = long.write(&mut unit).await.unwrap_err();
    let refused = matches!(
        error,
        CallError::Failed(Failure::Refused(Refusal::Misfit(_)))
    );
    assert!(refused && unit.asked.is_empty(), "{error}");
}

#[test]
fn what_cannot_be_is_named_with_what_can() {
    for (said, why) in [
        ("input", "TABLE:ADDRESS"),
        ("register:1", "coil, discrete, holding and input are"),
        ("input:65536", "0 to 65535"),
        ("input:65535/u32", "65535 is the last"),
        ("input:0+0", "there must be one"),
        ("input:0/u8", "no such type"),
        ("input:0/u32/abdc", "no such order"),
        ("input:0=1", "only coil and holding"),
        ("coil:0/u16", "a bit has nothing"),
        ("coil:0=yes", "on or off"),
        ("holding:0=70000", "not a number of type u16"),
        ("holding:0+2=1,2", "says itself"),
        ("holding:0/text:2=abc", "longer than 2 bytes"),
    ] {
        let error = said.parse::<Point>().unwrap_err().to_string();
        assert!(error.contains(why) && error.contains(said), "{error}");
    }
}

#[test]
fn text_cannot_act_on_a_terminal() {
    assert_eq!(printable(*b"ab\x1b[2J\0\0"), "ab\\u{1b}[2J");
    assert_eq!(printable(*b"\xFFa\0b"), "\u{FFFD}a\\u{0}b");
}
