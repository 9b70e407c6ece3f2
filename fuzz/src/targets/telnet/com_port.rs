//! RFC 2217: each machine against a model that knows the specification's numbers alone, and both
//! against each other.

use lineside_core::{Instant, Link, Machine, Step};
use lineside_telnet::{
    Config, Event, Party, Role, Telnet,
    com_port::{Port, Settings},
    wire::{
        TelnetOption,
        com_port::{Control, DataSize, Parity, StopSize},
    },
};

use crate::{
    Dice,
    laws::{End, Pace},
};

mod access;
pub(in crate::targets) mod client;
pub(in crate::targets) mod duel;
pub(in crate::targets) mod server;
mod user;

/// Bytes have no speed here.
const PACE: Pace = Pace {
    char_time: core::time::Duration::ZERO,
    longest: usize::MAX,
};

/// The rates of Cisco's codes, from code 3 on.
const CISCO: [u32; 14] = [
    300, 600, 1_200, 2_400, 4_800, 9_600, 14_400, 19_200, 28_800, 38_400, 57_600, 115_200, 230_400,
    460_800,
];

fn of_cisco(code: u8) -> Option<u32> {
    let at = code.checked_sub(3)?;
    CISCO.get(usize::from(at)).copied()
}

fn to_cisco(rate: u32) -> u8 {
    let mut codes = (3..).zip(CISCO);
    codes
        .find(|(_, known)| *known == rate)
        .map_or(0, |(code, _)| code)
}

/// Which of the five values of SET-CONTROL a number is about, by the number that asks for it.
const fn asks(control: u8) -> Option<u8> {
    Some(match control {
        0..=3 | 17 | 19 => 0,
        4..=6 => 4,
        7..=9 => 7,
        10..=12 => 10,
        13..=16 | 18 => 13,
        _ => return None,
    })
}

/// `IAC SB COM-PORT payload IAC SE`.
fn put(payload: &[u8], out: &mut impl Extend<u8>) {
    out.extend([255, 250, 44]);
    escape(payload, out);
    out.extend([255, 240]);
}

fn escape(bytes: &[u8], out: &mut impl Extend<u8>) {
    for byte in bytes {
        out.extend([*byte]);
        if *byte == 255 {
            out.extend([255]);
        }
    }
}

/// What one end may say: agreements, its commands, which begin at the code `first`, data, and anything.
fn stream(data: &[u8], first: u8, dice: &mut Dice) -> Vec<u8> {
    let mut stream = Vec::new();
    if !dice.once_in(4) {
        for (verb, option) in [(251, 44), (253, 44), (253, 0), (251, 0), (253, 3), (251, 3)] {
            if !dice.once_in(4) {
                stream.extend([255, verb, option]);
            }
        }
    }
    for piece in dice.cut(data, 12) {
        match dice.below(9) {
            0 => stream.extend_from_slice(piece),
            1 => stream.extend([255, dice.pick([251, 252, 253, 254]), option(dice).0]),
            2 => escape(piece, &mut stream),
            3 => stream.extend([255, dice.pick([243, 246, 241, 242, 244])]),
            4 => {
                let all = set(&settings(dice));
                let all = all.map(|payload| in_direction(first, &payload));
                all.iter().for_each(|payload| put(payload, &mut stream));
            }
            _ => put(&message(piece, first, dice), &mut stream),
        }
    }
    stream
}

/// The payloads that set these, as a client says them.
fn set(settings: &Settings) -> [Vec<u8>; 5] {
    [
        [&[1], &settings.baud.to_be_bytes()[..]].concat(),
        vec![2, settings.data_size.0],
        vec![3, settings.parity.0],
        vec![4, settings.stop_size.0],
        vec![5, settings.flow.0],
    ]
}

/// A client's payload as the end says it whose codes begin at `first`.
fn in_direction(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut payload = payload.to_vec();
    if let Some(code) = payload.first_mut() {
        *code += first;
    }
    payload
}

fn option(dice: &mut Dice) -> TelnetOption {
    TelnetOption(dice.pick([44, 44, 0, 0, 3, 6, 1, 99]))
}

/// A command, mostly with a value of its length.
fn message(piece: &[u8], first: u8, dice: &mut Dice) -> Vec<u8> {
    let Some((head, value)) = piece.split_first() else {
        return Vec::new();
    };
    let command = head % 14;
    let mut payload = vec![first + command];
    let wanted = match command {
        0 => value.len(),
        1 => dice.pick([4, 4, 4, 1, 8]),
        8 | 9 => 0,
        _ => 1,
    };
    if dice.once_in(8) {
        payload.extend_from_slice(value);
    } else {
        let small = dice.once_in(2);
        let values = value.iter().copied().chain(core::iter::repeat(0));
        let values = values.map(|byte| if small { byte % 21 } else { byte });
        payload.extend(values.take(wanted));
    }
    payload
}

/// Settings, not all of which exist.
fn settings(dice: &mut Dice) -> Settings {
    Settings {
        baud: dice.pick([50, 300, 9_600, 19_200, 115_200, 65_535, 0xFF00_FFFF]),
        data_size: DataSize(dice.pick([5, 6, 7, 8, 255])),
        parity: Parity(dice.pick([1, 2, 3, 4, 5])),
        stop_size: StopSize(dice.pick([1, 2, 3])),
        flow: Control(dice.pick([1, 2, 3, 17, 19])),
    }
}

fn port(dice: &mut Dice) -> Port {
    Port {
        settings: settings(dice),
        inbound: Control(dice.pick([14, 15, 16, 18])),
        is_break: dice.once_in(2),
        dtr: dice.once_in(2),
        rts: dice.once_in(2),
    }
}

/// What the models of both ends stand on: the machine of Telnet, which has laws of its own.
#[derive(Debug)]
struct Base {
    telnet: Telnet,
    link: Link,
    now: Instant,
    end: End,
}

impl Base {
    fn new(role: Role, config: Config) -> Self {
        Self {
            telnet: Telnet::new(role, config),
            link: Link::default(),
            now: Instant::START,
            end: End::Waits,
        }
    }

    /// The next event; `None` when it waits or is over.
    fn next(&mut self) -> Option<Event> {
        if self.end != End::Waits {
            return None;
        }
        match self.telnet.poll(self.now, &mut self.link) {
            Ok(Step::Event(event)) => return Some(event),
            Ok(Step::Wait(_)) => {}
            Ok(Step::Close) => self.end = End::Closed,
            Err(error) => self.end = End::Failed(error.to_string()),
        }
        None
    }

    fn say(&mut self, payload: &[u8]) {
        put(payload, &mut self.link.tx);
    }

    fn is_on(&self, party: Party) -> bool {
        self.telnet.is_on(party, TelnetOption::COM_PORT)
    }
}
