//! Tells data from commands at memory speed: `memchr` over data, the grammar for what follows an IAC.

use core::ops::Range;

use super::{
    Command, IAC, TelnetOption, Verb,
    grammar::{AfterIac, after_iac},
};

/// Between two escaped bytes that are nearer than this the data is moved together; further apart, it is
/// left where it is and found by the next look.
const NEAR: usize = 64;

/// What stands at the beginning of the receive buffer. Drop `take` bytes before the next look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing whole: more input is needed.
    More,
    /// The first `len` bytes are data, without escapes.
    Data {
        /// Bytes of data.
        len: usize,
        /// Bytes to drop, the data included.
        take: usize,
    },
    /// A command, known or not.
    Command {
        /// Which.
        command: Command,
        /// Bytes to drop.
        take: usize,
    },
    /// Something is said of an option.
    Negotiation {
        /// What.
        verb: Verb,
        /// Of which.
        option: TelnetOption,
        /// Bytes to drop.
        take: usize,
    },
    /// A whole subnegotiation, its payload without escapes.
    Subnegotiation {
        /// Of which option.
        option: TelnetOption,
        /// Where its payload stands.
        payload: Range<usize>,
        /// Bytes to drop, the payload included.
        take: usize,
    },
    /// A part of a subnegotiation that is not kept. The last part says what was wrong.
    Absorbed {
        /// At the end of it: its option (0 where the defect stood before that), the bytes of its
        /// payload, and why it was not kept.
        end: Option<(TelnetOption, usize, Defect)>,
        /// Bytes to drop.
        take: usize,
    },
}

/// Why a subnegotiation was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Defect {
    /// Longer than allowed (T16).
    TooLong,
    /// A command stood inside it (T17).
    Command,
    /// There was nothing in it, not even an option (T13).
    Empty,
}

/// Looks at a receive buffer from its beginning, and resumes where it left off.
///
/// It removes escapes in place, so that what it has looked at must stay as it is until it was dropped;
/// the buffer may grow meanwhile. The bytes that it waits on are at most two more than the longest
/// payload, and its escapes.
#[derive(Clone, Debug, Default)]
pub struct Scanner(State);

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    Ground,
    /// Inside a subnegotiation whose beginning stands at the front of the buffer.
    Inside {
        /// Looked at, up to here.
        read: usize,
        /// The payload without escapes, up to here; it begins behind `IAC SB`.
        write: usize,
    },
    /// Inside one that is not kept.
    Absorbing {
        option: TelnetOption,
        bytes: usize,
        defect: Defect,
    },
}

/// `IAC SB`.
const HEAD: usize = 2;

impl Scanner {
    /// A scanner at the beginning of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self(State::Ground)
    }

    /// Whether a subnegotiation has begun and not ended.
    #[must_use]
    pub const fn is_inside(&self) -> bool {
        !matches!(self.0, State::Ground)
    }

    /// Looks at `rx`. `cap` gives the longest payload that is kept of an option's subnegotiations, in
    /// bytes without escapes.
    #[inline]
    pub fn look(&mut self, rx: &mut [u8], cap: impl Fn(TelnetOption) -> usize) -> Found {
        match self.0 {
            // Where commands come one after the other, nothing is to be searched.
            State::Ground if rx.first() == Some(&IAC) => match negotiation(rx) {
                Some(found) => found,
                None => self.meet(rx, 0, cap),
            },
            State::Ground => match memchr::memchr(IAC, rx) {
                None if rx.is_empty() => Found::More,
                None => Found::Data {
                    len: rx.len(),
                    take: rx.len(),
                },
                Some(at) => self.meet(rx, at, cap),
            },
            State::Inside { .. } => self.inside(rx, cap),
            State::Absorbing { .. } => self.absorb(rx, 0),
        }
    }

    /// There is an IAC at `at`.
    #[inline]
    fn meet(&mut self, rx: &mut [u8], at: usize, cap: impl Fn(TelnetOption) -> usize) -> Found {
        let what = after_iac(rx.get(at + 1..).unwrap_or_default());
        match what {
            Some((AfterIac::Data, _)) => compact(rx, at),
            _ if at > 0 => Found::Data { len: at, take: at },
            None => Found::More,
            Some((AfterIac::Negotiation(verb, option), length)) => Found::Negotiation {
                verb,
                option,
                take: 1 + length,
            },
            Some((AfterIac::Command(command), length)) => Found::Command {
                command,
                take: 1 + length,
            },
            Some((AfterIac::Begin, _)) => {
                self.0 = State::Inside {
                    read: HEAD,
                    write: HEAD,
                };
                self.inside(rx, cap)
            }
        }
    }

    /// Looks for the end of a subnegotiation, and moves its payload together.
    fn inside(&mut self, rx: &mut [u8], cap: impl Fn(TelnetOption) -> usize) -> Found {
        let State::Inside {
            mut read,
            mut write,
        } = self.0
        else {
            return Found::More;
        };
        loop {
            let rest = rx.get(read..).unwrap_or_default();
            let plain = memchr::memchr(IAC, rest).unwrap_or(rest.len());
            if read != write {
                rx.copy_within(read..read + plain, write);
            }
            (read, write) = (read + plain, write + plain);
            let body = rx.get(HEAD..write).unwrap_or_default();
            let option = TelnetOption(body.first().copied().unwrap_or_default());
            // The option's byte is none of the payload.
            let bytes = body.len().saturating_sub(1);
            let spoil = |defect| State::Absorbing {
                option,
                bytes,
                defect,
            };
            if !body.is_empty() && bytes > cap(option) {
                self.0 = spoil(Defect::TooLong);
                return self.absorb(rx, read);
            }
            match rx.get(read + 1).copied() {
                None => {
                    self.0 = State::Inside { read, write };
                    return Found::More;
                }
                Some(IAC) => {
                    if let Some(room) = rx.get_mut(write) {
                        *room = IAC;
                    }
                    write += 1;
                }
                Some(next) if next == Command::SE.0 => {
                    self.0 = State::Ground;
                    return ended(option, write, read + 2);
                }
                Some(_) => {
                    self.0 = spoil(Defect::Command);
                    return self.absorb(rx, read);
                }
            }
            read += 2;
        }
    }

    /// Drops what stands behind `from` up to the end of the subnegotiation.
    fn absorb(&mut self, rx: &[u8], from: usize) -> Found {
        let State::Absorbing {
            option,
            mut bytes,
            defect,
        } = self.0
        else {
            return Found::More;
        };
        let mut read = from;
        let end = loop {
            let rest = rx.get(read..).unwrap_or_default();
            let plain = memchr::memchr(IAC, rest).unwrap_or(rest.len());
            (read, bytes) = (read + plain, bytes.saturating_add(plain));
            match rx.get(read + 1).copied() {
                None => break None,
                Some(next) if next == Command::SE.0 => {
                    read += 2;
                    break Some((option, bytes, defect));
                }
                Some(next) => {
                    bytes = bytes.saturating_add(usize::from(next == IAC));
                    read += 2;
                }
            }
        };
        self.0 = match end {
            Some(_) => State::Ground,
            None => State::Absorbing {
                option,
                bytes,
                defect,
            },
        };
        match (end, read) {
            (None, 0) => Found::More,
            (end, take) => Found::Absorbed { end, take },
        }
    }
}

/// What comes in storms, and has one size: there is nothing to be parsed. The grammar says the same.
#[inline]
fn negotiation(rx: &[u8]) -> Option<Found> {
    let (&[IAC, verb, option], _) = rx.split_first_chunk()? else {
        return None;
    };
    Some(Found::Negotiation {
        verb: Verb::of(verb)?,
        option: TelnetOption(option),
        take: 3,
    })
}

/// A subnegotiation has ended; its option and payload stand before `write`.
fn ended(option: TelnetOption, write: usize, take: usize) -> Found {
    if write > HEAD {
        let payload = HEAD + 1..write;
        return Found::Subnegotiation {
            option,
            payload,
            take,
        };
    }
    Found::Absorbed {
        end: Some((option, 0, Defect::Empty)),
        take,
    }
}

/// Data with an escaped IAC at `at`: takes it in, and what follows as long as further ones are near.
fn compact(rx: &mut [u8], at: usize) -> Found {
    let (mut read, mut write) = (at, at);
    loop {
        // What stands doubled here is as good as moved: every byte is the same.
        let pairs = run(rx.get(read..).unwrap_or_default()) / 2;
        if let Some(room) = rx.get_mut(write..write + pairs) {
            room.fill(IAC);
        }
        (read, write) = (read + 2 * pairs, write + pairs);
        let near = rx.len().min(read + NEAR);
        let window = rx.get(read..near).unwrap_or_default();
        match memchr::memchr(IAC, window) {
            Some(plain) if rx.get(read + plain + 1) == Some(&IAC) => {
                rx.copy_within(read..read + plain, write);
                (read, write) = (read + plain, write + plain);
            }
            _ => break,
        }
    }
    Found::Data {
        len: write,
        take: read,
    }
}

/// IACs at the beginning.
fn run(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let whole = blocks.iter().take_while(|block| **block == [IAC; 16]);
    let whole = 16 * whole.count();
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| **byte == IAC).count()
}

#[cfg(test)]
mod tests;
