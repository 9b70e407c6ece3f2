//! The wires that the machines are put on: framing, reception, speed, and frames by hand.

use core::time::Duration;

use lineside_core::Mark;
use lineside_modbus::{Framing, Line, Reception, Resync};

use super::book;
use crate::{
    Dice,
    laws::{Act, Heard, Pace},
};

/// A framing on a line of some speed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    pub(super) framing: Framing,
    pub(super) line: Line,
}

impl Wire {
    pub(super) fn choose(framing: Framing, dice: &mut Dice) -> Self {
        let reception = match framing {
            Framing::Rtu => dice.pick([
                Reception::Strict,
                Reception::Strict,
                Reception::Tolerant,
                Reception::Tolerant,
                Reception::Stream,
            ]),
            Framing::Ascii => dice.pick([Reception::Strict, Reception::Stream]),
            Framing::Tcp => Reception::Strict,
        };
        let mut line = Line::default().reception(reception);
        if dice.once_in(3) {
            // Silences of fixed times, of 3.7 and 18 characters.
            line = match dice.below(2) {
                0 => line.speed(19_201, Duration::from_nanos(468_750)),
                _ => line.speed(115_200, Duration::from_nanos(95_487)),
            };
        }
        if framing == Framing::Tcp || reception == Reception::Stream {
            line.char_time = Duration::ZERO;
        }
        if reception == Reception::Tolerant && dice.once_in(4) {
            line.resync = Resync::Everywhere;
        }
        if framing == Framing::Ascii {
            line.ascii_lower = !dice.once_in(4);
            line.ascii_gap = line.ascii_gap.filter(|_| !dice.once_in(4));
        }
        Self { framing, line }
    }

    /// Whether silences tell frames apart.
    pub(super) fn is_line(&self) -> bool {
        self.framing == Framing::Rtu && self.line.reception != Reception::Stream
    }

    /// The silence that must be before anything is sent.
    pub(super) fn quiet(&self) -> Duration {
        if self.is_line() {
            self.line.t3_5()
        } else {
            Duration::ZERO
        }
    }

    /// A silence after which whatever came is forgotten.
    pub(super) fn long_quiet(&self) -> Duration {
        match self.line.reception {
            Reception::Strict if self.framing == Framing::Rtu => self.line.t3_5(),
            _ => self.line.lump.max(Duration::from_secs(2)),
        }
    }

    /// Pieces are fewer characters than make a silence.
    pub(super) fn pace(&self) -> Pace {
        Pace {
            char_time: self.line.char_time,
            longest: if self.is_line() { 3 } else { usize::MAX },
        }
    }

    /// The most that stays unread, but where a request is with the application.
    pub(super) fn unread(&self) -> usize {
        match self.framing {
            Framing::Rtu if self.line.resync == Resync::Everywhere => 512,
            Framing::Rtu => 256,
            Framing::Ascii => 513,
            Framing::Tcp => 260,
        }
    }

    /// The longest frame that is sent.
    pub(super) fn longest(&self) -> usize {
        match self.framing {
            Framing::Rtu => 256,
            Framing::Ascii => 513,
            Framing::Tcp => 260,
        }
    }

    pub(super) fn frame(&self, transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
        match self.framing {
            Framing::Rtu => book::rtu(unit, pdu),
            Framing::Ascii => book::ascii(unit, pdu),
            Framing::Tcp => book::tcp(transaction, unit, pdu),
        }
    }

    /// What may end a frame whatever comes behind it.
    pub(super) fn may_end(&self, byte: u8) -> bool {
        // The end of ASCII frames can be changed, to one of these in nearly all runs.
        self.framing == Framing::Ascii && matches!(byte, b'\n' | b'!' | b':' | b'\r')
    }

    /// A pause that is a silence in any view, or in none: see the framings' script.
    pub(super) fn pause<C>(&self, dice: &mut Dice) -> Act<C> {
        let tenths = dice.pick([10, 14, 15, 16, 24, 35, 36, 37, 50, 200, 1_000, 100_000]);
        let character = self.line.char_time.max(Duration::from_micros(100));
        Act::Heard(Heard::Idle(character * tenths / 10))
    }

    /// What a serial line reports beside data.
    pub(super) fn mark<C>(&self, dice: &mut Dice) -> Act<C> {
        Act::Heard(match self.framing {
            Framing::Tcp => Heard::Idle(Duration::from_millis(1)),
            _ => Heard::Mark(dice.pick([
                Mark::Break,
                Mark::Overrun,
                Mark::Framing(0),
                Mark::Parity(0x41),
            ])),
        })
    }
}

/// Takes a frame apart: transaction, unit, PDU.
pub(super) fn open(framing: Framing, frame: &[u8]) -> Option<(u16, u8, Vec<u8>)> {
    use lineside_modbus::wire::{MAX_PDU, ascii, mbap, rtu};
    match framing {
        Framing::Rtu => {
            let (unit, pdu) = rtu::decode(frame).ok()?;
            Some((0, unit.get(), pdu.to_vec()))
        }
        Framing::Ascii => {
            let end = *frame.last()?;
            let mut room = [0; MAX_PDU + 2];
            let (unit, pdu) = ascii::decode(frame, end, &mut room).ok()?;
            Some((0, unit.get(), pdu.to_vec()))
        }
        Framing::Tcp => {
            let (header, pdu) = mbap::decode(frame).ok()?;
            Some((header.transaction, header.unit.get(), pdu.to_vec()))
        }
    }
}
