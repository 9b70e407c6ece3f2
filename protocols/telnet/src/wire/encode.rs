//! Writes data, negotiations and subnegotiations.
//!
//! Each function hands its bytes to `put`, piece by piece, so that it serves any buffer.

use super::{Command, IAC, TelnetOption, Verb};

/// What ends a line on the wire (RFC 854, The NVT printer and keyboard).
const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// `data` as it is, with every IAC doubled (T1).
#[inline]
pub fn binary(data: &[u8], mut put: impl FnMut(&[u8])) {
    let mut rest = data;
    while let Some(at) = memchr::memchr(IAC, rest) {
        let (plain, behind) = rest.split_at(at);
        if !plain.is_empty() {
            put(plain);
        }
        let run = behind.iter().take(BLOCK.len() / 2);
        let run = run.take_while(|byte| **byte == IAC).count();
        put(BLOCK.get(..2 * run).unwrap_or_default());
        rest = behind.get(run..).unwrap_or_default();
    }
    if !rest.is_empty() {
        put(rest);
    }
}

/// As many as are written at once.
const BLOCK: [u8; 64] = [IAC; 64];

/// `data` for the network virtual terminal: every IAC doubled, a line feed that has no carriage return
/// before it as CR LF, a carriage return that has no line feed behind it as CR NUL (T37, T38).
///
/// A line end must not be cut between two calls.
pub fn nvt(data: &[u8], mut put: impl FnMut(&[u8])) {
    let mut rest = data;
    while let Some(at) = memchr::memchr3(IAC, CR, LF, rest) {
        let (plain, behind) = rest.split_at(at);
        if !plain.is_empty() {
            put(plain);
        }
        rest = match behind {
            [CR, LF, after @ ..] | [LF, after @ ..] => {
                put(&[CR, LF]);
                after
            }
            [CR, after @ ..] => {
                put(&[CR, 0]);
                after
            }
            [_, after @ ..] => {
                put(&[IAC, IAC]);
                after
            }
            [] => behind,
        };
    }
    if !rest.is_empty() {
        put(rest);
    }
}

/// `IAC command`.
#[must_use]
pub const fn command(command: Command) -> [u8; 2] {
    [IAC, command.0]
}

/// `IAC verb option`.
#[must_use]
pub const fn negotiation(verb: Verb, option: TelnetOption) -> [u8; 3] {
    [IAC, verb.byte(), option.0]
}

/// `IAC SB option payload IAC SE`, every IAC of the payload doubled.
pub fn subnegotiation(option: TelnetOption, payload: &[u8], mut put: impl FnMut(&[u8])) {
    put(&[IAC, Command::SB.0]);
    binary(&[option.0], &mut put);
    binary(payload, &mut put);
    put(&[IAC, Command::SE.0]);
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn all(write: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut |bytes| out.extend_from_slice(bytes));
        out
    }

    #[test]
    fn every_iac_of_data_is_doubled() {
        for (data, sent) in [
            (&b""[..], &b""[..]),
            (b"ab", b"ab"),
            (b"\xff", b"\xff\xff"),
            (b"a\xffb\xff\xffc", b"a\xff\xffb\xff\xff\xff\xffc"),
        ] {
            assert_eq!(all(|put| binary(data, put)), sent);
        }
    }

    #[test]
    fn no_carriage_return_goes_alone() {
        for (data, sent) in [
            (&b"a\nb"[..], &b"a\r\nb"[..]),
            (b"a\r\nb", b"a\r\nb"),
            (b"50%\r60%\r", b"50%\r\x0060%\r\x00"),
            (b"\r\r\n\n", b"\r\x00\r\n\r\n"),
            (b"\xff\n", b"\xff\xff\r\n"),
        ] {
            assert_eq!(all(|put| nvt(data, put)), sent);
        }
    }

    #[test]
    fn a_payload_is_escaped_and_the_option_too() {
        let sent = all(|put| subnegotiation(TelnetOption::NAWS, &[0, 255, 0, 24], put));
        assert_eq!(sent, b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0");
        let sent = all(|put| subnegotiation(TelnetOption::EXOPL, &[1], put));
        assert_eq!(sent, b"\xff\xfa\xff\xff\x01\xff\xf0");
    }
}
