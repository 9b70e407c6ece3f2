//! Tells the keys of a terminal in its bytes, however these are cut.

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key {
    /// A character.
    Char(char),
    /// A control character, by the letter that is pressed with Ctrl: `Ctrl('a')`. Those with keys of
    /// their own (Enter, Tab, Backspace) are given as these.
    Ctrl(char),
    /// A character with Alt (Escape before it).
    Alt(char),
    /// Enter: CR LF, CR NUL, CR or LF.
    Enter,
    /// Tab.
    Tab,
    /// Backspace (BS or DEL).
    Backspace,
    /// Alt-Backspace.
    AltBackspace,
    /// Delete.
    Delete,
    /// The arrow to the left.
    Left,
    /// The arrow to the right.
    Right,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// The arrow to the left with Ctrl or Alt.
    WordLeft,
    /// The arrow to the right with Ctrl or Alt.
    WordRight,
    /// Home.
    Home,
    /// End.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// From here on the terminal pastes (bracketed paste).
    PasteBegin,
    /// Here its paste ends.
    PasteEnd,
    /// A sequence that means nothing here: a function key, a terminal's answer.
    Unknown,
    /// Bytes that are not UTF-8.
    Invalid,
}

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// A terminal's bytes, as far as they are not yet a key. It holds four of them at most.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    state: State,
    /// A line feed or NUL here belongs to the carriage return before it.
    is_after_cr: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// The beginning of a character.
    Utf8 { bytes: [u8; 4], len: usize },
    /// Behind ESC.
    Escape,
    /// Behind ESC O: one letter follows.
    Single,
    /// Behind ESC [: parameters, then a letter.
    Control(Parameters),
    /// Behind ESC [ [: a function key of the Linux console, one letter.
    Linux,
    /// In a string of the terminal (ESC ], P, X, ^ or _), until BEL or ESC \.
    String,
}

/// The first two parameters of a control sequence; a larger value than 9,999 is that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parameters {
    first: u16,
    second: u16,
    /// How many semicolons were seen, up to two.
    index: u8,
    /// It carries what no key has: private or intermediate characters.
    is_other: bool,
}

impl Parameters {
    fn digit(mut self, digit: u8) -> Self {
        let grown = |value: u16| (value * 10 + u16::from(digit)).min(9_999);
        match self.index {
            0 => self.first = grown(self.first.min(999)),
            1 => self.second = grown(self.second.min(999)),
            _ => {}
        }
        self
    }
}

impl Keys {
    /// Nothing pressed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next key, whose bytes are taken off the front of `input`; `None` when all of it is taken
    /// and no key is complete.
    pub fn next(&mut self, input: &mut &[u8]) -> Option<Key> {
        while let Some((&byte, rest)) = input.split_first() {
            let (key, is_taken) = self.byte(byte);
            if is_taken {
                *input = rest;
            }
            if key.is_some() {
                return key;
            }
        }
        None
    }

    /// Forgets the beginning of a key.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// What comes with a byte, and whether it is used up.
    fn byte(&mut self, byte: u8) -> (Option<Key>, bool) {
        if core::mem::take(&mut self.is_after_cr) && matches!(byte, b'\n' | 0) {
            return (None, true);
        }
        let state = core::mem::take(&mut self.state);
        // A control character ends whatever was begun, and counts.
        let is_control = byte < 0x20 || byte == 0x7f;
        match state {
            State::Ground => (self.ground(byte), true),
            State::Utf8 { bytes, len } => self.character(bytes, len, byte),
            State::Escape => self.escape(byte),
            State::String => (self.string(byte), true),
            _ if is_control => (None, false),
            State::Single => (Some(cursor(byte, Parameters::default())), true),
            State::Linux => (Some(Key::Unknown), true),
            State::Control(parameters) => (self.control(parameters, byte), true),
        }
    }

    fn ground(&mut self, byte: u8) -> Option<Key> {
        match byte {
            0 => None,
            b'\r' => {
                self.is_after_cr = true;
                Some(Key::Enter)
            }
            ESC => {
                self.state = State::Escape;
                None
            }
            0x20..=0x7e => Some(Key::Char(char::from(byte))),
            0x80.. => self.character([0; 4], 0, byte).0,
            _ => Some(control_key(byte)),
        }
    }

    /// A byte of a character in UTF-8. One that cannot belong to it is looked at again.
    fn character(&mut self, mut bytes: [u8; 4], len: usize, byte: u8) -> (Option<Key>, bool) {
        if let Some(room) = bytes.get_mut(len) {
            *room = byte;
        }
        let so_far = bytes.get(..=len).unwrap_or_default();
        match core::str::from_utf8(so_far) {
            Ok(text) => (text.chars().next().map(Key::Char), true),
            Err(error) if error.error_len().is_none() => {
                self.state = State::Utf8 {
                    bytes,
                    len: len + 1,
                };
                (None, true)
            }
            Err(_) => (Some(Key::Invalid), len == 0),
        }
    }

    fn escape(&mut self, byte: u8) -> (Option<Key>, bool) {
        let (state, key) = match byte {
            ESC => (State::Escape, None),
            b'[' => (State::Control(Parameters::default()), None),
            b'O' => (State::Single, None),
            b']' | b'P' | b'X' | b'^' | b'_' => (State::String, None),
            0x7f | 0x08 => (State::Ground, Some(Key::AltBackspace)),
            0x20..=0x7e => (State::Ground, Some(Key::Alt(char::from(byte)))),
            // Escape alone, and then another key.
            _ => return (None, false),
        };
        self.state = state;
        (key, true)
    }

    fn control(&mut self, mut parameters: Parameters, byte: u8) -> Option<Key> {
        match byte {
            b'0'..=b'9' => parameters = parameters.digit(byte - b'0'),
            b';' | b':' => parameters.index = (parameters.index + 1).min(2),
            b'[' if parameters == Parameters::default() => {
                self.state = State::Linux;
                return None;
            }
            0x20..=0x3f => parameters.is_other = true,
            0x40..=0x7e => return Some(cursor(byte, parameters)),
            _ => return Some(Key::Invalid),
        }
        self.state = State::Control(parameters);
        None
    }

    /// A person who pressed Alt with such a letter is not locked in: Enter and Ctrl-C end it too.
    fn string(&mut self, byte: u8) -> Option<Key> {
        match byte {
            BEL => return Some(Key::Unknown),
            ESC => self.state = State::Escape,
            b'\r' | b'\n' | 0x03 => return self.ground(byte),
            _ => self.state = State::String,
        }
        None
    }
}

fn control_key(byte: u8) -> Key {
    match byte {
        b'\n' => Key::Enter,
        b'\t' => Key::Tab,
        0x08 | 0x7f => Key::Backspace,
        0x1c..=0x1f => Key::Unknown,
        _ => Key::Ctrl(char::from(byte | 0x60)),
    }
}

/// The key of a control sequence's last letter, for the VT220, xterm, rxvt, PuTTY and the Linux console.
fn cursor(last: u8, parameters: Parameters) -> Key {
    if parameters.is_other {
        return Key::Unknown;
    }
    // The modifiers are bits above one: 2 Alt, 4 Ctrl.
    let is_word = parameters.second.saturating_sub(1) & 6 != 0;
    match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' if is_word => Key::WordRight,
        b'D' if is_word => Key::WordLeft,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'~' => match parameters.first {
            1 | 7 => Key::Home,
            3 => Key::Delete,
            4 | 8 => Key::End,
            5 => Key::PageUp,
            6 => Key::PageDown,
            200 => Key::PasteBegin,
            201 => Key::PasteEnd,
            _ => Key::Unknown,
        },
        // rxvt with Ctrl.
        b'c' => Key::WordRight,
        b'd' => Key::WordLeft,
        _ => Key::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;

    fn keys(pieces: &[&[u8]]) -> Vec<Key> {
        let (mut keys, mut all) = (Keys::new(), Vec::new());
        for mut piece in pieces.iter().copied() {
            all.extend(core::iter::from_fn(|| keys.next(&mut piece)));
        }
        all
    }

    #[test]
    fn every_form_of_enter_is_one_enter() {
        let e = Key::Enter;
        assert_eq!(keys(&[b"\r\n\r\0\r\n\n"]), [e, e, e, e]);
        assert_eq!(keys(&[b"\r", b"\n", b"\r", b"\0", b"\r"]), [e, e, e]);
        assert_eq!(keys(&[b"\ra\n"]), [e, Key::Char('a'), e]);
    }

    #[test]
    fn a_key_split_at_any_byte_is_that_key() {
        let all: Vec<u8> = [
            &b"\x1b[A\x1bOH\x1b[3~\x1b[1;5D\x1bf\x1b\x7f"[..],
            "é漢😀".as_bytes(),
            b"\x1b[200~x\x1b[201~\x1b[[A\x1b]0;title\x07\x1b[?1;2c\x1b\x1b[B",
        ]
        .concat();
        let expected = vec![
            Key::Up,
            Key::Home,
            Key::Delete,
            Key::WordLeft,
            Key::Alt('f'),
            Key::AltBackspace,
            Key::Char('é'),
            Key::Char('漢'),
            Key::Char('😀'),
            Key::PasteBegin,
            Key::Char('x'),
            Key::PasteEnd,
            Key::Unknown,
            Key::Unknown,
            Key::Unknown,
            Key::Down,
        ];
        assert_eq!(keys(&[&all]), expected);
        for cut in 0..all.len() {
            let (head, tail) = all.split_at(cut);
            assert_eq!(keys(&[head, tail]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_one_key_and_eats_nothing() {
        assert_eq!(keys(&[b"\xe9x"]), [Key::Invalid, Key::Char('x')]);
        assert_eq!(keys(&[b"\x80"]), [Key::Invalid]);
        assert_eq!(
            keys(&[b"\xe2\x82\xe2\x82\xac"]),
            [Key::Invalid, Key::Char('€')]
        );
        assert_eq!(keys(&[b"\xc3\x03"]), [Key::Invalid, Key::Ctrl('c')]);
    }

    #[test]
    fn a_control_character_ends_a_sequence_and_counts() {
        assert_eq!(keys(&[b"\x1b[12\x03"]), [Key::Ctrl('c')]);
        assert_eq!(keys(&[b"\x1b\r"]), [Key::Enter]);
        assert_eq!(keys(&[b"\x1b]never ends\r"]), [Key::Enter]);
    }
}
