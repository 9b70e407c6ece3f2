//! The line editor: keys in, lines and the terminal's bytes out.

use alloc::{boxed::Box, format, string::String};

use bytes::{BufMut, BytesMut};

use super::{
    history::History,
    keys::{Key, Keys},
    line::Line,
    paint::Painter,
    terminal::{Terminal, Window},
    text,
    view::View,
};

mod press;
#[cfg(test)]
mod tests;

use press::Search;

/// Bracketed paste, on and off.
const PASTE_ON: &[u8] = b"\x1b[?2004h";
const PASTE_OFF: &[u8] = b"\x1b[?2004l";

/// What came of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// A line was entered.
    Line(String),
    /// A line was entered that has been longer than the limit: it is thrown away, since what is left of
    /// it may mean something else (T81).
    TooLong,
    /// Ctrl-C: the line is thrown away.
    Interrupt,
    /// Ctrl-D on an empty line.
    Eof,
    /// Tab: what stands before the cursor is to be completed.
    Complete,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// A command: it goes into the history, and Tab completes.
    #[default]
    Command,
    /// An answer: no history.
    Answer,
    /// A password: nothing of it is shown.
    Secret,
}

/// An editor's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest line, in bytes. Default 1,024.
    pub line: usize,
    /// Lines of history. Default 100.
    pub history_lines: usize,
    /// Bytes of history. Default 8 KiB.
    pub history_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 1_024,
            history_lines: 100,
            history_bytes: 8 * 1_024,
        }
    }
}

/// What is put aside while another line is edited.
#[derive(Clone, Debug, Default)]
struct Aside {
    /// How many lines ago the line shown was entered; 0 is the new one.
    back: usize,
    /// The new line, while an old one is shown.
    new: String,
    /// The text that was taken out last.
    killed: String,
}

/// Edits lines at a terminal that is somewhere else.
///
/// Keys are those of GNU readline in its Emacs mode, as far as they are of use in one line: the arrows,
/// Home, End, Delete, Backspace; Ctrl-A E B F D H K U W Y T L P N R G, Alt-B F D, Alt-Backspace; one
/// killed text is kept. A bracketed paste is inserted, with a space for each line end and tab.
///
/// At [`Terminal::DUMB`] a line stays in one row and nothing but BS moves the cursor; else it takes as
/// many rows as the window has, and beyond that it is shown in part, in one row.
#[derive(Clone, Debug)]
pub struct Editor {
    keys: Keys,
    line: Line,
    prompt: String,
    entry: Entry,
    history: History,
    aside: Option<Box<Aside>>,
    search: Option<Box<Search>>,
    painter: Painter,
    limit: usize,
    /// The line has been longer than the limit.
    is_too_long: bool,
    is_pasting: bool,
    /// We show what is typed; else the other end does so itself.
    echoes: bool,
}

impl Editor {
    /// An editor at a terminal of which nothing is known.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            keys: Keys::new(),
            line: Line::default(),
            prompt: String::new(),
            entry: Entry::default(),
            history: History::new(limits.history_lines, limits.history_bytes),
            aside: None,
            search: None,
            painter: Painter::default(),
            limit: limits.line,
            is_too_long: false,
            is_pasting: false,
            echoes: true,
        }
    }

    /// Begins a line. The cursor stands in the first column.
    pub fn begin(&mut self, prompt: &str, entry: Entry, out: &mut BytesMut) {
        self.prompt = text::visible(prompt).replace('\n', " ");
        self.entry = entry;
        self.line.clear();
        if let Some(aside) = &mut self.aside {
            (aside.back, aside.new) = (0, String::new());
        }
        self.aside = self.aside.take().filter(|aside| !aside.killed.is_empty());
        self.search = None;
        self.is_too_long = false;
        self.is_pasting = false;
        self.painter.forget();
        if self.echoes && self.painter.terminal.colours {
            out.put_slice(PASTE_ON);
        }
        self.paint(out);
    }

    /// Takes bytes off the front of `input` until something comes of a key, or none are left. Shows
    /// what has become of the line.
    pub fn input(&mut self, input: &mut &[u8], out: &mut BytesMut) -> Option<Edit> {
        while let Some(key) = self.keys.next(input) {
            let edit = self.press(key, out);
            if edit.is_some() {
                return edit;
            }
        }
        self.paint(out);
        None
    }

    /// The next key of `input`, for those who do something else with it than edit.
    pub fn key(&mut self, input: &mut &[u8]) -> Option<Key> {
        self.keys.next(input)
    }

    /// Forgets the beginning of a key.
    pub(super) fn forget_keys(&mut self) {
        self.keys.reset();
    }

    /// A key. What has become of the line is shown by [`paint`](Self::paint), or with what comes of it.
    pub fn press(&mut self, key: Key, out: &mut BytesMut) -> Option<Edit> {
        let edit = self.pressed(key, out)?;
        match edit {
            Edit::Complete => self.paint(out),
            Edit::Line(_) | Edit::TooLong => return Some(self.enter(out)),
            Edit::Interrupt => self.abandon("^C", out),
            Edit::Eof => self.abandon("", out),
        }
        Some(edit)
    }

    /// Makes the terminal show the line.
    pub fn paint(&mut self, out: &mut BytesMut) {
        let shows_line = self.entry != Entry::Secret && self.echoes;
        let (line, at) = match &self.search {
            _ if !shows_line => ("", 0),
            Some(search) => (search.shown.as_str(), search.at),
            None => (self.line.text(), self.line.at()),
        };
        let searching;
        let prompt = match &self.search {
            Some(search) => {
                searching = search.prompt();
                &searching
            }
            None => &self.prompt,
        };
        let (window, terminal) = (self.painter.window, self.painter.terminal);
        self.painter
            .show(View::of(prompt, line, at, window, terminal), out);
    }

    /// Writes something of its own above the line. It ends with a line end.
    pub fn interject(&mut self, text: &str, out: &mut BytesMut) {
        if self.echoes {
            self.painter.hide(out);
        } else {
            // What the other end shows is not ours to take away.
            out.put_slice(b"\r\n");
            self.painter.forget();
        }
        out.put_slice(text.as_bytes());
        self.paint(out);
    }

    /// Shows the line again in a new row.
    pub(super) fn show_again(&mut self, out: &mut BytesMut) {
        out.put_slice(b"\r\n");
        self.painter.forget();
        self.paint(out);
    }

    /// Gives up the line: the cursor goes below it, and `mark` is written at its end.
    pub fn abandon(&mut self, mark: &str, out: &mut BytesMut) {
        if !self.echoes {
            out.put_slice(b"\r\n");
        }
        self.leave(mark, out);
        self.line.clear();
    }

    /// The window has another size.
    pub fn resize(&mut self, window: Window, is_editing: bool, out: &mut BytesMut) {
        let window = Window {
            columns: window.columns.max(2),
            ..window
        };
        if is_editing && self.echoes {
            self.painter.resize(window, out);
            self.paint(out);
        } else {
            self.painter.window = window;
        }
    }

    /// What the terminal can do has become known.
    pub fn set_terminal(&mut self, terminal: Terminal, is_editing: bool, out: &mut BytesMut) {
        if !is_editing || !self.echoes || self.painter.terminal == terminal {
            self.painter.terminal = terminal;
            return;
        }
        self.painter.hide(out);
        self.painter.terminal = terminal;
        if terminal.colours {
            out.put_slice(PASTE_ON);
        }
        self.paint(out);
    }

    /// Whether what is typed is shown by us, or by the other end itself. Default by us.
    pub fn set_echo(&mut self, echoes: bool, is_editing: bool, out: &mut BytesMut) {
        self.echoes = echoes;
        if is_editing && echoes {
            self.paint(out);
        }
    }

    /// The window.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.painter.window
    }

    /// What the terminal can do.
    #[must_use]
    pub const fn terminal(&self) -> Terminal {
        self.painter.terminal
    }

    /// What the line is for.
    pub(super) const fn entry(&self) -> Entry {
        self.entry
    }

    /// The line.
    #[must_use]
    pub fn text(&self) -> &str {
        self.line.text()
    }

    /// What stands before the cursor.
    #[must_use]
    pub fn head(&self) -> &str {
        self.line.head()
    }

    /// How many columns the prompt takes.
    #[must_use]
    pub fn prompt_columns(&self) -> usize {
        text::columns(&self.prompt)
    }

    /// The lines of the history, the oldest first.
    pub fn history(&self) -> impl Iterator<Item = &str> {
        self.history.iter()
    }

    /// Puts `text` in the place of what stands between the byte `from` and the cursor.
    pub fn complete(&mut self, from: usize, text: &str, out: &mut BytesMut) {
        self.line.cut_from(from);
        text.chars().for_each(|c| self.type_in(c, out));
    }

    fn enter(&mut self, out: &mut BytesMut) -> Edit {
        self.leave("", out);
        let line = self.line.take();
        if core::mem::take(&mut self.is_too_long) {
            return Edit::TooLong;
        }
        if self.entry == Entry::Command {
            self.history.push(&line);
        }
        Edit::Line(line)
    }

    /// Goes below the line, with `mark` at its end, and forgets it on the terminal.
    fn leave(&mut self, mark: &str, out: &mut BytesMut) {
        self.search = None;
        if self.echoes {
            self.line.end();
            self.paint(out);
            if self.painter.terminal.colours {
                out.put_slice(PASTE_OFF);
            }
            self.painter.leave(mark, out);
        }
        self.painter.forget();
    }

    /// Puts a character at the cursor; too many ring the bell, once.
    fn type_in(&mut self, c: char, out: &mut BytesMut) {
        if self.line.text().len() + c.len_utf8() > self.limit {
            if !core::mem::replace(&mut self.is_too_long, true) {
                bell(out);
            }
        } else if !self.line.insert(c) {
            bell(out);
        }
    }
}

/// Rings the terminal's bell.
pub(super) fn bell(out: &mut BytesMut) {
    out.put_u8(7);
}

impl Search {
    fn prompt(&self) -> String {
        let failed = if self.has_failed { "failed " } else { "" };
        format!("({failed}reverse-i-search)`{}': ", self.part)
    }
}
