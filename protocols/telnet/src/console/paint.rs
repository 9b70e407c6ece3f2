//! Makes the terminal show what it should, with few bytes.

use alloc::format;

use bytes::{BufMut, BytesMut};

use super::{
    terminal::{Terminal, Window},
    view::View,
};

/// What the terminal shows, and where its cursor is.
///
/// The cursor is never left behind the last column of a row, where terminals differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Painter {
    shown: View,
    at: usize,
    pub(super) window: Window,
    pub(super) terminal: Terminal,
}

impl Painter {
    /// Shows `view`. What is the same is not sent again.
    pub(super) fn show(&mut self, view: View, out: &mut BytesMut) {
        let old = core::mem::take(&mut self.shown);
        let same = view.same(&old);
        let start = view.place(same);
        self.shown = old;
        if view.from(same).is_empty() && self.shown.end == view.end {
            // Nothing but the cursor moves.
        } else {
            self.go(start, out);
            self.write(&view, same, out);
            self.erase(view.end, out);
        }
        self.shown = view;
        self.go(self.shown.cursor, out);
    }

    /// Takes everything off the terminal; the cursor stands where the prompt began.
    pub(super) fn hide(&mut self, out: &mut BytesMut) {
        let prompt = View::default();
        self.show(prompt, out);
    }

    /// Goes to a new row below what is shown, which stays there, with `mark` at its end, and is not
    /// known any more.
    pub(super) fn leave(&mut self, mark: &str, out: &mut BytesMut) {
        self.go(self.shown.end, out);
        out.put_slice(mark.as_bytes());
        // Behind a full row the cursor is in a new one already, unless the mark stands there.
        let is_in_new_row = mark.is_empty()
            && self.shown.end > 0
            && self.shown.end.is_multiple_of(self.window.columns);
        if !is_in_new_row || !self.terminal.moves {
            out.put_slice(b"\r\n");
        }
        self.forget();
    }

    /// The terminal shows nothing of ours, and the cursor is in the first column.
    pub(super) fn forget(&mut self) {
        self.shown = View::default();
        self.at = 0;
    }

    /// The window has another size: what was shown is taken away as far as that can be known, since some
    /// terminals wrap anew and some do not. Nothing above it is touched.
    pub(super) fn resize(&mut self, window: Window, out: &mut BytesMut) {
        let old = core::mem::replace(&mut self.window, window);
        if old.columns == window.columns || self.shown.end == 0 {
            return;
        }
        if self.terminal.moves {
            up((self.at / old.columns).min(self.at / window.columns), out);
            out.put_slice(b"\r\x1b[J");
        } else {
            out.put_slice(b"\r\n");
        }
        self.forget();
    }

    /// Clears the terminal.
    pub(super) fn clear(&mut self, out: &mut BytesMut) {
        out.put_slice(if self.terminal.moves {
            b"\x1b[H\x1b[2J"
        } else {
            b"\r\n"
        });
        self.forget();
    }

    /// Writes the cells of a view from `first` on; the cursor is there.
    fn write(&mut self, view: &View, first: usize, out: &mut BytesMut) {
        let text = view.from(first);
        if text.is_empty() {
            return;
        }
        let head = view.prompt.saturating_sub(first);
        let (prompt, line) = text.split_at(text.len() - view.from(first + head).len());
        if self.terminal.colours && !prompt.is_empty() {
            out.put_slice(b"\x1b[1m");
            out.put_slice(prompt.as_bytes());
            out.put_slice(b"\x1b[m");
        } else {
            out.put_slice(prompt.as_bytes());
        }
        out.put_slice(line.as_bytes());
        self.at = view.end;
        if self.terminal.moves && self.at.is_multiple_of(self.window.columns) {
            // Some terminals are in the next row now, some only with the next character.
            out.put_slice(b" \r");
        }
    }

    /// Erases from the cursor, which is at `end`, to the end of what was shown.
    fn erase(&mut self, end: usize, out: &mut BytesMut) {
        let old = self.shown.end;
        if old <= end {
            return;
        }
        if !self.terminal.moves {
            out.put_bytes(b' ', old - end);
            out.put_bytes(8, old - end);
        } else if old / self.window.columns > end / self.window.columns {
            out.put_slice(b"\x1b[J");
        } else {
            out.put_slice(b"\x1b[K");
        }
    }

    /// Moves the cursor to a place of what is shown.
    fn go(&mut self, to: usize, out: &mut BytesMut) {
        let from = core::mem::replace(&mut self.at, to);
        if !self.terminal.moves {
            match from.checked_sub(to) {
                Some(back) => out.put_bytes(8, back),
                None => out.put_slice(self.shown.between(from, to).as_bytes()),
            }
            return;
        }
        let columns = self.window.columns;
        let (row, column) = (from / columns, from % columns);
        let (to_row, to_column) = (to / columns, to % columns);
        up(row.saturating_sub(to_row), out);
        times(to_row.saturating_sub(row), b'B', out);
        match column.checked_sub(to_column) {
            Some(0) => {}
            Some(_) if to_column == 0 => out.put_u8(b'\r'),
            Some(back) if back < 4 => out.put_bytes(8, back),
            Some(back) => times(back, b'D', out),
            None => times(to_column - column, b'C', out),
        }
    }
}

fn up(rows: usize, out: &mut BytesMut) {
    times(rows, b'A', out);
}

/// A movement, `count` times.
fn times(count: usize, letter: u8, out: &mut BytesMut) {
    match count {
        0 => {}
        1 => out.put_slice(&[0x1b, b'[', letter]),
        _ => out.put_slice(format!("\x1b[{count}{}", char::from(letter)).as_bytes()),
    }
}
