//! A server on a wire with other stations, noise and damage.

use core::time::Duration;

use lineside_core::Instant;
use lineside_modbus::{
    Bank, Diagnostics, Framing, ServerConfig, Units, WhenFull, respond,
    server::{Command, Event, Server},
    wire::{Pdu, Unit},
};

use super::{
    bank, book,
    wire::{self, Wire},
};
use crate::{
    Dice,
    laws::{self, Act, Bounds, Company, Talk},
    targets::framing::damage,
};

/// Runs an input on a wire of this framing.
pub(in crate::targets) fn run(input: &[u8], framing: Framing) {
    let (data, mut dice) = Dice::of(input);
    let wire = Wire::choose(framing, &mut dice);
    let config = configure(&wire, &mut dice);
    let acts = script(&wire, data, &mut dice);
    let seed = dice.clone();
    let bytes: usize = acts.iter().map(length).sum();
    let bounds = Bounds {
        // While requests are with the application, a stream is left unread.
        unread: wire.unread() + if wire.is_line() { 0 } else { bytes },
        unsent: wire.longest() * 20,
        own: 0,
    };
    let start = || {
        let server = Server::new(framing, config.clone());
        let company = Application::new(wire, seed.clone());
        Talk::new(
            server,
            company,
            bounds,
            wire.pace(),
            wire.quiet(),
            acts.clone(),
        )
    };
    laws::cuts_do_not_matter_in_a_talk(start, |byte| wire.may_end(byte), &mut dice);
    a_good_request_is_answered(start(), &wire, &config);
}

fn configure(wire: &Wire, dice: &mut Dice) -> ServerConfig {
    let units: Units = UNITS.map(Unit::new).into_iter().collect();
    let mut config = ServerConfig::default().line(wire.line).units(units);
    config = config.transactions(dice.pick([1, 2, 16]));
    config = config.when_full(dice.pick([WhenFull::Busy, WhenFull::Wait]));
    config = config.coalesce(dice.once_in(2));
    config = config.diagnostics(dice.pick([Diagnostics::Own, Diagnostics::Pass]));
    config.turnaround(Duration::from_millis(dice.pick([0, 0, 3])))
}

/// Ours; 1 and 2 of them have a bank.
const UNITS: [u8; 3] = [1, 2, 247];

fn length<C>(act: &Act<C>) -> usize {
    match act {
        Act::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

/// Requests for us and for others, the others' responses, damage, noise and pauses.
pub(super) fn script<C>(wire: &Wire, mut data: &[u8], dice: &mut Dice) -> Vec<Act<C>> {
    let mut acts = Vec::new();
    for turn in 0..3 + dice.below(6) {
        let transaction = u16::try_from(turn).unwrap_or(0);
        let raw = data
            .split_first()
            .map(|(length, rest)| rest.split_at(usize::from(*length % 64).min(rest.len())));
        let unit = dice.pick([1, 1, 1, 2, 247, 0, 9, 9, 248, 255]);
        let mut bytes = match (dice.below(8), raw) {
            (0 | 1, Some((bytes, rest))) => {
                data = rest;
                bytes.to_vec()
            }
            (2 | 3, Some((pdu, rest))) if !pdu.is_empty() => {
                data = rest;
                wire.frame(transaction, unit, pdu)
            }
            (4, _) => {
                let asked = Pdu::new(&book::request(dice)).unwrap_or_default();
                wire.frame(transaction, 9, &respond(&mut bank::small(), &asked))
            }
            _ => wire.frame(transaction, unit, &book::request(dice)),
        };
        if dice.once_in(6) {
            damage(&mut bytes, dice);
        }
        acts.push(Act::Bytes(bytes));
        if dice.once_in(9) {
            acts.push(wire.mark(dice));
        }
        if !dice.once_in(5) {
            acts.push(wire.pause(dice));
        }
    }
    acts
}

/// A bank behind the machine, which answers sooner or later, or not, or wrongly.
#[derive(Debug)]
struct Application {
    wire: Wire,
    bank: Bank,
    dice: Dice,
    /// Answers at once, and always.
    is_prompt: bool,
    answered: Vec<Vec<u8>>,
}

impl Application {
    fn new(wire: Wire, dice: Dice) -> Self {
        Self {
            wire,
            bank: bank::small(),
            dice,
            is_prompt: false,
            answered: Vec::new(),
        }
    }
}

impl Company<Server> for Application {
    fn told(&mut self, event: &Event) -> Vec<(Duration, Command)> {
        let Event::Request(asked) = event else {
            return Vec::new();
        };
        assert!(
            UNITS.contains(&asked.unit.get())
                || self.wire.framing == Framing::Tcp && matches!(asked.unit.get(), 0 | 255),
            "unit {} is not here",
            asked.unit
        );
        let pdu = respond(&mut self.bank, &asked.pdu);
        let ticket = asked.ticket;
        let reply = Command::Reply { ticket, pdu };
        let soon = Duration::from_nanos(1);
        if self.is_prompt {
            return vec![(soon, reply)];
        }
        let after = dice_delay(&mut self.dice);
        match self.dice.below(8) {
            0 => vec![(after, Command::Abandon { ticket })],
            1 => vec![(after, reply), (after * 2, reply)],
            2 => {
                let pdu = Pdu::new(b"\x7F").unwrap_or_default();
                vec![(soon, Command::Reply { ticket, pdu }), (after, reply)]
            }
            _ => vec![(after, reply)],
        }
    }

    fn said(&mut self, _: Instant, bytes: &[u8]) -> Vec<Act<Command>> {
        let mut rest = bytes;
        while self.wire.framing == Framing::Tcp && !rest.is_empty() {
            // Several may go out in one write.
            let length = rest.get(5).map_or(0, |length| 6 + usize::from(*length));
            let (frame, behind) = rest.split_at(length.clamp(1, rest.len()));
            self.is_ours(frame);
            rest = behind;
        }
        if self.wire.framing != Framing::Tcp {
            self.is_ours(bytes);
        }
        Vec::new()
    }
}

impl Application {
    /// Only good frames are said, and only for units that are here.
    fn is_ours(&mut self, frame: &[u8]) {
        let Some((_, unit, pdu)) = wire::open(self.wire.framing, frame) else {
            panic!("said {frame:02x?}, which is no frame");
        };
        let direct = self.wire.framing == Framing::Tcp && matches!(unit, 0 | 255);
        assert!(
            UNITS.contains(&unit) || direct,
            "said {frame:02x?} for {unit}"
        );
        self.answered.push(pdu);
    }
}

fn dice_delay(dice: &mut Dice) -> Duration {
    Duration::from_micros(dice.pick([1, 40, 700, 2_100, 30_000, 2_000_000]))
}

/// Whatever came before: after a silence, a good request is answered.
fn a_good_request_is_answered(
    mut talk: Talk<Server, Application>,
    wire: &Wire,
    config: &ServerConfig,
) {
    talk.play(&mut |rest| rest.len().min(wire.pace().longest));
    let ended = *talk.player().story_end() != laws::End::Waits;
    let delimiter_may_be_another =
        wire.framing == Framing::Ascii && config.diagnostics == Diagnostics::Own;
    // What is unfinished on TCP takes what comes next, whatever the silence.
    let unfinished = wire.framing == Framing::Tcp && talk.player().unread() > 0;
    if ended || unfinished || delimiter_may_be_another {
        return;
    }
    talk.company_mut().is_prompt = true;
    let quiet = || Act::Heard(laws::Heard::Idle(wire.long_quiet()));
    // Listen-only mode is left first. Where this is the answer to a late request, so be it.
    let restart = wire.frame(7, 1, b"\x08\0\x01\0\0");
    let request = wire.frame(8, 1, b"\x03\0\0\0\x01");
    talk.then([
        quiet(),
        Act::Bytes(restart),
        quiet(),
        Act::Bytes(request),
        quiet(),
    ]);
    let before = talk.company().answered.len();
    talk.play(&mut |rest| rest.len().min(wire.pace().longest));
    let answered = talk.company().answered.get(before..).unwrap_or_default();
    let expected = respond(
        &mut talk.company().bank.clone(),
        &Pdu::new(b"\x03\0\0\0\x01").unwrap_or_default(),
    );
    assert_eq!(
        answered.last().map(Vec::as_slice),
        Some(&*expected),
        "with {config:?}: answered {answered:02x?}"
    );
}
