//! What other stations do on a bus, and what is no station's: everything that a server must leave
//! unanswered.

use lineside_modbus::{
    respond,
    wire::{Pdu, Request, Response},
};

use super::{bank, book};
use crate::Dice;

/// A piece of a line: characters back to back, or a silence of t3.5 and more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These characters.
    Bytes(Vec<u8>),
    /// A silence, in tenths of a character.
    Silence(u32),
}

/// A silence that ends a frame: t3.5 is 3.5 characters of 11 bits, and a little more.
const GAP: Piece = Piece::Silence(36);

/// One frame of other stations or of nobody, with the silence that is, or is not, behind it; none of it is a
/// good request for a unit below `foreign`.
///
/// Units from `foreign` to 247 are others'. `tail` are the last bytes before, back to the last
/// silence.
#[must_use]
pub fn foreign(foreign: u8, dice: &mut Dice) -> Vec<Piece> {
    let unit = foreign + u8::try_from(dice.below(usize::from(248 - foreign))).unwrap_or(0);
    let asked = book::request(dice);
    let request = book::rtu(unit, &asked);
    match dice.below(16) {
        // A request and its response: as the grammar has them, whatever they say.
        0..=5 => {
            let answer = book::rtu(unit, &answer(&asked));
            vec![Piece::Bytes(request), GAP, Piece::Bytes(answer), GAP]
        }
        // A unit that is not there.
        6 => vec![Piece::Bytes(request), GAP],
        // A function that nobody knows, both ways, with data of any length.
        7 => {
            let code = dice.pick([9, 10, 13, 65, 72, 100, 110, 127]);
            let mut frames = Vec::new();
            for _ in 0..2 {
                let length = dice.pick([0, 1, 4, 60, 252]);
                let pdu = [&[code], dice.bytes(length).as_slice()].concat();
                frames.extend([Piece::Bytes(book::rtu(unit, &pdu)), GAP]);
            }
            frames
        }
        // The longest there is: 125 registers, or 2000 coils.
        8 => {
            let code = dice.pick([1, 3, 4]);
            let data = dice.bytes(250);
            let asked = [
                code,
                0,
                0,
                if code == 1 { 7 } else { 0 },
                if code == 1 { 0xD0 } else { 125 },
            ];
            let answer = [&[code, 250], data.as_slice()].concat();
            vec![
                Piece::Bytes(book::rtu(unit, &asked)),
                GAP,
                Piece::Bytes(book::rtu(unit, &answer)),
                GAP,
            ]
        }
        // An exception.
        9 => {
            let pdu = [
                asked.first().copied().unwrap_or(3) | 0x80,
                1 + dice.byte() % 11,
            ];
            vec![
                Piece::Bytes(request),
                GAP,
                Piece::Bytes(book::rtu(unit, &pdu)),
                GAP,
            ]
        }
        // A frame that broke off.
        10 => {
            let end = dice.below(request.len());
            let head = request.get(..end).unwrap_or_default().to_vec();
            vec![Piece::Bytes(head), GAP]
        }
        // A response without its silence, as fast units have it.
        11 => {
            let answer = book::rtu(unit, &answer(&asked));
            vec![Piece::Bytes([request, answer].concat()), GAP]
        }
        // A request for us, with bits that were turned over.
        12 => {
            let mut frame = book::rtu(1, &book::request(dice));
            for _ in 0..=dice.below(3) {
                let bit = dice.below(8 * frame.len());
                if let Some(byte) = frame.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            vec![Piece::Bytes(frame), GAP]
        }
        // A request for us that broke off.
        13 => {
            let frame = book::rtu(1, &book::request(dice));
            let end = dice.below(frame.len());
            vec![
                Piece::Bytes(frame.get(..end).unwrap_or_default().to_vec()),
                GAP,
            ]
        }
        // Noise, with pauses in it.
        _ => {
            let mut pieces = Vec::new();
            for _ in 0..=dice.below(3) {
                let length = 1 + dice.pick([0, 1, 2, 6, 30, 300]);
                pieces.push(Piece::Bytes(dice.bytes(length)));
                pieces.push(Piece::Silence(dice.pick([10, 16, 36, 100])));
            }
            pieces.push(GAP);
            pieces
        }
    }
}

/// What a unit with a bank answers.
fn answer(asked: &[u8]) -> Vec<u8> {
    let pdu = Pdu::new(asked).unwrap_or_default();
    let answered = respond(&mut bank::small(), &pdu);
    let fits = Request::parse(&pdu).map(|request| Response::parse(&answered, &request).is_ok());
    debug_assert_ne!(fits, Ok(false), "{asked:02x?}");
    answered.to_vec()
}

/// Whether at one of the first `places` of these bytes begins what is, by chance, a good frame: for
/// everyone or for a unit below `foreign`, or one that ends behind them. Nobody could tell the one
/// from a request. The other takes the beginning of the next frame for its end, as when a frame lacks
/// its last byte and the next begins with the same: a tolerant receiver does not believe in silences.
#[must_use]
pub fn has_accident(bytes: &[u8], places: usize, foreign: u8) -> bool {
    (0..places).any(|from| {
        let rest = bytes.get(from..).unwrap_or_default();
        let is_ours = rest.first().is_some_and(|unit| *unit < foreign);
        book::prefixes_that_are_rtu(rest).any(|length| is_ours || from + length > places)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accident_is_found_wherever_it_stands() {
        let good = book::rtu(1, b"\x03\0\0\0\x01");
        let hidden = [b"noise".as_slice(), &good, b"noise"].concat();
        assert!(has_accident(&hidden, 9, 2));
        assert!(!has_accident(&hidden, 5, 2));
        assert!(has_accident(&hidden, 6, 0));
        assert!(!has_accident(&hidden, hidden.len(), 1));
        assert!(!has_accident(b"noise noise noise", 9, 200));
    }
}
