//! The scanner finds what the grammar says, however the stream is cut, and holds no more than it must.

use lineside_telnet::wire::{
    Defect, Found, IAC, Scanner, Verb,
    grammar::{self, Item},
};

use crate::Dice;

/// What a stream holds, with data merged.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Data(Vec<u8>),
    Command(u8),
    Negotiation(Verb, u8),
    Subnegotiation(u8, Vec<u8>),
    Dropped(u8, usize, Defect),
}

pub(in crate::targets) fn run(input: &[u8]) {
    let (stream, mut dice) = Dice::of(input);
    let cap = dice.pick([0, 1, 8, 100]);
    let expected = textbook(stream, cap);
    assert_eq!(scanned([stream], cap), expected, "in one piece");
    assert_eq!(scanned(stream.chunks(1), cap), expected, "by bytes");
    assert_eq!(scanned(dice.cut(stream, 9), cap), expected, "in pieces");
}

fn push(told: &mut Vec<Told>, one: Told) {
    match (told.last_mut(), one) {
        (Some(Told::Data(data)), Told::Data(more)) => data.extend(more),
        (_, one) => told.push(one),
    }
}

fn scanned<'d>(pieces: impl IntoIterator<Item = &'d [u8]>, cap: usize) -> Vec<Told> {
    let (mut scanner, mut rx, mut told) = (Scanner::new(), Vec::new(), Vec::new());
    for piece in pieces {
        rx.extend_from_slice(piece);
        while let Some((one, take)) = look(&mut scanner, &mut rx, cap) {
            one.into_iter().for_each(|one| push(&mut told, one));
            assert!(take > 0, "nothing is taken");
            rx.drain(..take);
        }
        assert!(rx.len() <= 2 * (cap + 1) + 5, "{} bytes wait", rx.len());
    }
    told
}

/// One look; `None` when more is needed.
fn look(scanner: &mut Scanner, rx: &mut [u8], cap: usize) -> Option<(Option<Told>, usize)> {
    let found = scanner.look(rx, |_| cap);
    let bytes = |range: core::ops::Range<usize>| rx.get(range).unwrap_or_default().to_vec();
    Some(match found {
        Found::More => return None,
        Found::Data { len, take } => (Some(Told::Data(bytes(0..len))), take),
        Found::Command { command, take } => (Some(Told::Command(command.0)), take),
        Found::Negotiation { verb, option, take } => {
            (Some(Told::Negotiation(verb, option.0)), take)
        }
        Found::Subnegotiation {
            option,
            payload,
            take,
        } => (Some(Told::Subnegotiation(option.0, bytes(payload))), take),
        Found::Absorbed { end, take } => {
            let end = end.map(|(option, length, defect)| Told::Dropped(option.0, length, defect));
            (end, take)
        }
    })
}

fn textbook(mut rest: &[u8], cap: usize) -> Vec<Told> {
    let mut told = Vec::new();
    while let Some((item, taken)) = grammar::item(rest) {
        rest = rest.get(taken..).unwrap_or_default();
        let one = match item {
            Item::Data(byte) => Told::Data(vec![byte]),
            Item::Command(command) => Told::Command(command.0),
            Item::Negotiation(verb, option) => Told::Negotiation(verb, option.0),
            Item::Subnegotiation(body) => subnegotiation(body, cap),
        };
        push(&mut told, one);
    }
    told
}

/// What comes first decides what is wrong: a command inside, or a byte too many.
fn subnegotiation(body: &[u8], cap: usize) -> Told {
    let (mut bytes, mut defect) = (Vec::new(), None);
    let mut rest = body.iter().copied();
    while let Some(first) = rest.next() {
        if first == IAC && rest.next() != Some(IAC) {
            defect = defect.or(Some((Defect::Command, bytes.is_empty())));
            continue;
        }
        bytes.push(first);
        if bytes.len() > cap + 1 {
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
