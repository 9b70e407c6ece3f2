//! The console of a device: its editor against a model of the terminal, the console over Telnet, and the
//! commands without a terminal.

use crate::Dice;

mod editor;
mod plain;
mod session;

/// The terminal that the console's own tests look at.
#[expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "it belongs to tests, whose law is that it does not panic"
)]
#[path = "../../../../protocols/telnet/src/console/grid.rs"]
mod grid;

/// How wide text is, by which the terminal goes.
#[cfg_attr(not(test), expect(dead_code, reason = "the console uses the rest"))]
#[path = "../../../../protocols/telnet/src/console/text.rs"]
mod text;

pub(in crate::targets) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    match dice.below(4) {
        0 | 1 => editor::run(data, &mut dice),
        2 => session::run(data, &mut dice),
        _ => plain::run(data, &mut dice),
    }
}

/// What is typed more often than any bytes: keys that edit.
const KEYS: [&str; 40] = [
    "\x1b[D",
    "\x1b[C",
    "\x1b[H",
    "\x1b[F",
    "\x1b[3~",
    "\x1b[A",
    "\x1b[B",
    "\x1b[1;5D",
    "\x1b[1;5C",
    "\x1b[200~",
    "\x1b[201~",
    "\x1bb",
    "\x1bf",
    "\x1bd",
    "\x1b\x7f",
    "\x1b",
    "\x1b[",
    "\x01",
    "\x02",
    "\x04",
    "\x05",
    "\x06",
    "\x0b",
    "\x0c",
    "\x0e",
    "\x10",
    "\x14",
    "\x15",
    "\x17",
    "\x19",
    "\x7f",
    "\x7f",
    "\x08",
    "\t",
    "\r",
    "\r",
    "\r\n",
    "\x03",
    "\x12",
    "\x07",
];

/// Text of one column, of two and of none, and what is none.
const TEXTS: [&str; 16] = [
    "a",
    "b ",
    " ",
    ".",
    "漢",
    "字",
    "é",
    "e\u{301}",
    "\u{302}",
    "😀",
    "word ",
    "한",
    "\u{1112}\u{1161}",
    "x\u{301}\u{302}",
    "\u{202e}",
    "\u{9b}",
];

/// Bytes as they are, or keys and texts for what is no ASCII.
fn typed(data: &[u8], dice: &mut Dice) -> Vec<u8> {
    if dice.once_in(3) {
        return data.to_vec();
    }
    let keys = data.iter().flat_map(|&byte| match byte {
        0..=127 => vec![byte],
        128..=191 => word(&KEYS, byte),
        _ => word(&TEXTS, byte),
    });
    keys.collect()
}

/// Bytes as they are, or words for what is no ASCII.
fn said(data: &[u8], words: &[&str], dice: &mut Dice) -> Vec<u8> {
    if dice.once_in(3) {
        return data.to_vec();
    }
    let said = data.iter().flat_map(|&byte| match byte {
        0..=127 => vec![byte],
        _ => word(words, byte),
    });
    said.collect()
}

fn word(words: &[&str], byte: u8) -> Vec<u8> {
    let word = words.get(usize::from(byte) % words.len());
    word.map_or(vec![], |word| word.as_bytes().to_vec())
}
