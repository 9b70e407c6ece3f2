//! TSPEED (RFC 1079; T60) and XDISPLOC (RFC 1096; T62): one value, told when it is asked for.

use core::{fmt, str};

use super::{IS, Malformed, SEND, malformed};

/// The terminal's speeds, in bits per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Speed {
    /// From the client.
    pub transmit: u32,
    /// To the client.
    pub receive: u32,
}

impl Speed {
    /// Two decimal numbers with a comma between; what stands behind a second comma was once meant for
    /// more, and is not read.
    ///
    /// # Errors
    /// The first byte that does not fit.
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let mut parts = text.splitn(3, |byte| *byte == b',');
        let transmit = parts.next().unwrap_or_default();
        let receive = parts.next().unwrap_or_default();
        let Some(first) = number(transmit) else {
            return malformed(1, "the transmit speed in decimal digits");
        };
        let Some(second) = number(receive) else {
            return malformed(2 + transmit.len(), "the receive speed in decimal digits");
        };
        Ok(Self {
            transmit: first,
            receive: second,
        })
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits)
        .ok()
        .filter(|_| is_number)?
        .parse()
        .ok()
}

/// As it is told: `38400,9600`.
impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.transmit, self.receive)
    }
}

/// A payload of TSPEED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalSpeed {
    /// The speed is asked for. Only the side that said `DO` sends it.
    Send,
    /// The speed.
    Is(Speed),
}

impl TerminalSpeed {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is neither `SEND` nor `IS` with two numbers.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        match payload {
            [SEND] => Ok(Self::Send),
            [IS, text @ ..] => Speed::parse(text).map(Self::Is),
            [SEND, ..] => malformed(1, "the end of SEND"),
            _ => malformed(0, "IS or SEND"),
        }
    }

    /// Its payload, piece by piece.
    pub fn encode(self, mut put: impl FnMut(&[u8])) {
        match self {
            Self::Send => put(&[SEND]),
            Self::Is(speed) => {
                put(&[IS]);
                // What is written is handed on at once, which cannot fail.
                let _ = fmt::Write::write_fmt(&mut Putter(put), format_args!("{speed}"));
            }
        }
    }
}

struct Putter<F>(F);

impl<F: FnMut(&[u8])> fmt::Write for Putter<F> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        (self.0)(text.as_bytes());
        Ok(())
    }
}

/// A payload of XDISPLOC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisplayLocation<'a> {
    /// The location is asked for. Only the side that said `DO` sends it.
    Send,
    /// `<host>:<display>[.<screen>]`, printable characters of ASCII.
    Is(&'a [u8]),
}

impl<'a> DisplayLocation<'a> {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is neither `SEND` nor `IS` with a text.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload {
            [SEND] => Ok(Self::Send),
            [IS, text @ ..] => match text.iter().position(|byte| !byte.is_ascii_graphic()) {
                Some(at) => malformed(1 + at, "<host>:<display>"),
                None => Ok(Self::Is(text)),
            },
            [SEND, ..] => malformed(1, "the end of SEND"),
            _ => malformed(0, "IS or SEND"),
        }
    }

    /// Its payload, piece by piece.
    pub fn encode(self, mut put: impl FnMut(&[u8])) {
        match self {
            Self::Send => put(&[SEND]),
            Self::Is(text) => {
                put(&[IS]);
                put(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::put_all, *};

    #[test]
    fn a_speed_is_two_decimal_numbers() {
        let speed = TerminalSpeed::Is(Speed {
            transmit: 38_400,
            receive: 9_600,
        });
        for (payload, parsed) in [
            (&b"\0\x33\x38400,9600"[..], speed),
            (b"\x01", TerminalSpeed::Send),
        ] {
            assert_eq!(TerminalSpeed::parse(payload), Ok(parsed));
            assert_eq!(put_all(|put| parsed.encode(put)), payload);
        }
        assert_eq!(TerminalSpeed::parse(b"\x0038400,9600,1"), Ok(speed));
        for (payload, at) in [
            (&b""[..], 0),
            (b"\0", 1),
            (b"\0,1", 1),
            (b"\x001,", 3),
            (b"\x0012 3,4", 1),
            (b"\x001,99999999999", 3),
        ] {
            assert_eq!(TerminalSpeed::parse(payload).unwrap_err().at, at);
        }
    }

    #[test]
    fn a_display_has_no_control_characters() {
        for (payload, parsed) in [
            (&b"\x00here:0.1"[..], DisplayLocation::Is(b"here:0.1")),
            (b"\x01", DisplayLocation::Send),
        ] {
            assert_eq!(DisplayLocation::parse(payload), Ok(parsed));
            assert_eq!(put_all(|put| parsed.encode(put)), payload);
        }
        assert_eq!(DisplayLocation::parse(b"\0a\nb").unwrap_err().at, 2);
    }
}
