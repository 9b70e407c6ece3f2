use std::{vec, vec::Vec};

use super::*;
use crate::wire::grammar::{self, Item};

/// What a stream holds, with data merged.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Data(Vec<u8>),
    Command(u8),
    Negotiation(Verb, u8),
    Subnegotiation(u8, Vec<u8>),
    Dropped(u8, usize, Defect),
}

const CAP: usize = 8;

fn push(told: &mut Vec<Told>, one: Told) {
    if let (Some(Told::Data(data)), Told::Data(more)) = (told.last_mut(), &one) {
        data.extend(more);
    } else {
        told.push(one);
    }
}

/// By the scanner, the stream coming in pieces.
fn scanned<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Told>, Vec<u8>) {
    let (mut scanner, mut rx, mut told) = (Scanner::new(), Vec::new(), Vec::new());
    for piece in pieces {
        rx.extend_from_slice(piece);
        loop {
            let take = match scanner.look(&mut rx, |_| CAP) {
                Found::More => break,
                Found::Data { len, take } => {
                    push(&mut told, Told::Data(rx[..len].to_vec()));
                    take
                }
                Found::Command { command, take } => {
                    push(&mut told, Told::Command(command.0));
                    take
                }
                Found::Negotiation { verb, option, take } => {
                    push(&mut told, Told::Negotiation(verb, option.0));
                    take
                }
                Found::Subnegotiation {
                    option,
                    payload,
                    take,
                } => {
                    push(
                        &mut told,
                        Told::Subnegotiation(option.0, rx[payload].to_vec()),
                    );
                    take
                }
                Found::Absorbed { end, take } => {
                    if let Some((option, bytes, defect)) = end {
                        push(&mut told, Told::Dropped(option.0, bytes, defect));
                    }
                    take
                }
            };
            assert!(take > 0, "a look takes something, or asks for more");
            rx.drain(..take);
        }
        assert!(rx.len() <= 2 * (CAP + 1) + 5, "{} bytes wait", rx.len());
    }
    (told, rx)
}

/// By the grammar of the text.
fn textbook(mut rest: &[u8]) -> Vec<Told> {
    let mut told = Vec::new();
    while let Some((item, taken)) = grammar::item(rest) {
        rest = &rest[taken..];
        let one = match item {
            Item::Data(byte) => Told::Data(vec![byte]),
            Item::Command(command) => Told::Command(command.0),
            Item::Negotiation(verb, option) => Told::Negotiation(verb, option.0),
            Item::Subnegotiation(body) => unescaped(body),
        };
        push(&mut told, one);
    }
    told
}

/// What comes first decides what is wrong: a command inside, or a byte too many.
fn unescaped(mut body: &[u8]) -> Told {
    let (mut bytes, mut defect) = (Vec::new(), None);
    while let Some((&first, rest)) = body.split_first() {
        body = rest;
        let mut byte = first;
        if first == IAC {
            (byte, body) = (body[0], &body[1..]);
            if byte != IAC {
                defect = defect.or(Some((Defect::Command, bytes.is_empty())));
                continue;
            }
        }
        bytes.push(byte);
        if bytes.len() > CAP + 1 {
            defect = defect.or(Some((Defect::TooLong, false)));
        }
    }
    match (defect, bytes.split_first()) {
        (Some((defect, true)), _) => Told::Dropped(0, bytes.len(), defect),
        (Some((defect, false)), Some((&option, payload))) => {
            Told::Dropped(option, payload.len(), defect)
        }
        (None, Some((&option, payload))) => Told::Subnegotiation(option, payload.to_vec()),
        (_, None) => Told::Dropped(0, 0, Defect::Empty),
    }
}

#[test]
fn scanner_and_textbook_agree_however_the_stream_is_cut() {
    let alphabet = [
        b'a', b'\r', 0, 1, 24, 255, 255, 255, 240, 241, 250, 251, 253, 254,
    ];
    for seed in 0..20_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let stream: Vec<u8> = (0..random.usize(1..60))
            .map(|_| alphabet[random.usize(..alphabet.len())])
            .collect();
        let expected = textbook(&stream);
        let (whole, _) = scanned([&stream[..]]);
        assert_eq!(whole, expected, "{stream:02x?} in one piece");
        let (single, _) = scanned(stream.chunks(1));
        assert_eq!(single, expected, "{stream:02x?} by bytes");
        let cut = random.usize(0..=stream.len());
        let (halves, _) = scanned([&stream[..cut], &stream[cut..]]);
        assert_eq!(halves, expected, "{stream:02x?} cut at {cut}");
    }
}

#[test]
fn whatever_follows_an_iac_is_what_the_grammar_says() {
    // A negotiation is found without the grammar.
    for first in 0..=255 {
        for second in 0..=255 {
            let stream = [IAC, first, second];
            let (whole, _) = scanned([&stream[..]]);
            assert_eq!(whole, textbook(&stream), "{stream:02x?}");
        }
    }
}

#[test]
fn every_byte_is_carried_in_data_and_in_a_subnegotiation() {
    let all: Vec<u8> = (0..=255).collect();
    let escaped: Vec<u8> = all
        .iter()
        .flat_map(|&byte| core::iter::repeat_n(byte, 1 + usize::from(byte == IAC)))
        .collect();
    assert_eq!(scanned([&escaped[..]]).0, [Told::Data(all)]);
    let sent = b"\xff\xfa\x1f\xff\xff\x00\xff\xff\xff\xf0";
    assert_eq!(
        scanned(sent.chunks(1)).0,
        [Told::Subnegotiation(31, vec![255, 0, 255])]
    );
}

#[test]
fn what_is_too_long_is_absorbed_and_counted() {
    let sent = [
        &b"x\xff\xfa\x18"[..],
        &[7; 500],
        b"\xff\xff\xff\xf1\xff\xf0y",
    ]
    .concat();
    for size in [1, 3, 1000] {
        assert_eq!(
            scanned(sent.chunks(size)).0,
            [
                Told::Data(b"x".to_vec()),
                Told::Dropped(24, 501, Defect::TooLong),
                Told::Data(b"y".to_vec())
            ],
            "in pieces of {size}"
        );
    }
}
