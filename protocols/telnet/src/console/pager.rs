//! Output by the page.

use alloc::{boxed::Box, format, string::String};

use bytes::{BufMut, BytesMut};

use super::{
    event::Style,
    keys::Key,
    terminal::{Terminal, Window},
    text,
};

const MORE: &str = "--More--";

/// Shows output, and stops where a page is full. It takes no room before there is some.
#[derive(Clone, Debug, Default)]
pub(super) struct Pager(Option<Box<Output>>);

/// The output of a command.
#[derive(Clone, Debug, Default)]
struct Output {
    /// Lines that wait, with their sequences.
    held: String,
    /// Bytes that there was no room for.
    lost: usize,
    /// Rows written since the operator last did something.
    rows: usize,
    is_stopped: bool,
    /// No more of this command's output is shown.
    is_quiet: bool,
    /// All of it is shown at once.
    is_open: bool,
}

impl Pager {
    /// A command begins or ends: what comes is a page's first.
    pub(super) fn begin(&mut self) {
        self.0 = None;
    }

    /// Whether it waits for a key.
    pub(super) fn is_stopped(&self) -> bool {
        self.0.as_ref().is_some_and(|output| output.is_stopped)
    }

    /// Whether no more of this command's output is shown.
    pub(super) fn is_quiet(&self) -> bool {
        self.0.as_ref().is_some_and(|output| output.is_quiet)
    }

    /// Shows no more of this command's output.
    pub(super) fn quit(&mut self, terminal: Terminal, out: &mut BytesMut) {
        self.0.get_or_insert_default().quit(terminal, out);
    }

    /// Shows all there is, and all that comes, without a stop.
    pub(super) fn open(&mut self, window: Window, terminal: Terminal, out: &mut BytesMut) {
        self.0.get_or_insert_default().open(window, terminal, out);
    }

    /// Takes output; `most` bytes of it wait at most.
    pub(super) fn print(
        &mut self,
        style: Style,
        printed: &str,
        most: usize,
        seen: (Window, Terminal),
        out: &mut BytesMut,
    ) {
        let output = self.0.get_or_insert_default();
        output.print(style, printed, most, seen, out);
    }

    /// A key while it waits. Gives whether the operator wants no more.
    pub(super) fn press(
        &mut self,
        key: Key,
        window: Window,
        terminal: Terminal,
        out: &mut BytesMut,
    ) -> bool {
        let output = self.0.get_or_insert_default();
        output.press(key, window, terminal, out)
    }
}

impl Output {
    fn quit(&mut self, terminal: Terminal, out: &mut BytesMut) {
        self.start(terminal, out);
        self.held.clear();
        self.lost = 0;
        self.is_quiet = true;
    }

    fn open(&mut self, window: Window, terminal: Terminal, out: &mut BytesMut) {
        self.is_open = true;
        self.start(terminal, out);
        self.flow(window, terminal, out);
    }

    fn print(
        &mut self,
        style: Style,
        printed: &str,
        most: usize,
        (window, terminal): (Window, Terminal),
        out: &mut BytesMut,
    ) {
        if self.is_quiet || printed.is_empty() {
            return;
        }
        let printed = text::visible(printed);
        let lines = printed.strip_suffix('\n').unwrap_or(&printed);
        for line in lines.split('\n') {
            let is_full = self.lost > 0 || self.held.len() + line.len() > most;
            if self.is_stopped && is_full {
                self.lost += line.len() + 1;
                continue;
            }
            if terminal.colours && style != Style::Plain {
                self.held.push_str(style.sequence());
                self.held.push_str(line);
                self.held.push_str("\x1b[m\n");
            } else {
                self.held.push_str(line);
                self.held.push('\n');
            }
            self.flow(window, terminal, out);
        }
    }

    fn press(&mut self, key: Key, window: Window, terminal: Terminal, out: &mut BytesMut) -> bool {
        match key {
            Key::Char(' ' | 'f') | Key::PageDown => self.rows = 0,
            Key::Enter | Key::Down | Key::Char('j') => {
                self.rows = window.rows.unwrap_or_default().saturating_sub(2);
            }
            Key::Char('G') | Key::End => self.is_open = true,
            Key::Char('q' | 'Q') | Key::Ctrl('c' | 'd') => {
                self.quit(terminal, out);
                return true;
            }
            _ => return false,
        }
        self.start(terminal, out);
        self.flow(window, terminal, out);
        false
    }

    /// Shows lines until a page is full.
    fn flow(&mut self, window: Window, terminal: Terminal, out: &mut BytesMut) {
        let page = window
            .rows
            .filter(|rows| *rows > 2 && !self.is_open)
            .map(|rows| rows - 1);
        let mut shown = 0;
        while !self.is_stopped
            && let Some(rest) = self.held.get(shown..)
            && let Some((line, _)) = rest.split_once('\n')
        {
            let rows = rows_of(line, window.columns);
            if page.is_some_and(|page| self.rows > 0 && self.rows + rows > page) {
                self.stop(terminal, out);
                break;
            }
            self.rows += rows;
            out.put_slice(line.as_bytes());
            out.put_slice(b"\r\n");
            shown += line.len() + 1;
        }
        self.held.drain(..shown);
        if self.held.is_empty() && self.lost > 0 {
            let lost = core::mem::take(&mut self.lost);
            out.put_slice(format!("({lost} bytes more are not kept)\r\n").as_bytes());
        }
    }

    fn stop(&mut self, terminal: Terminal, out: &mut BytesMut) {
        self.is_stopped = true;
        if terminal.colours {
            out.put_slice(format!("\x1b[7m{MORE}\x1b[m").as_bytes());
        } else {
            out.put_slice(MORE.as_bytes());
        }
    }

    fn start(&mut self, terminal: Terminal, out: &mut BytesMut) {
        if !core::mem::take(&mut self.is_stopped) {
            return;
        }
        if terminal.moves {
            out.put_slice(b"\r\x1b[K");
        } else {
            out.put_slice(b"\r        \r");
        }
    }
}

/// The rows that a line takes; sequences take no room.
pub(super) fn rows_of(line: &str, columns: usize) -> usize {
    let mut width = 0;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            width += text::width(c);
        }
    }
    width.div_ceil(columns.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: (Window, Terminal) = (
        Window {
            columns: 10,
            rows: Some(4),
        },
        Terminal::DUMB,
    );

    fn printed(pager: &mut Pager, text: &str) -> BytesMut {
        let mut out = BytesMut::new();
        pager.print(Style::Plain, text, 20, SEEN, &mut out);
        out
    }

    fn pressed(pager: &mut Pager, key: Key) -> BytesMut {
        let mut out = BytesMut::new();
        pager.press(key, SEEN.0, SEEN.1, &mut out);
        out
    }

    #[test]
    fn a_page_leaves_a_row_for_the_question() {
        let mut pager = Pager::default();
        assert_eq!(printed(&mut pager, ""), "");
        assert_eq!(printed(&mut pager, "1\n2\n3\n"), "1\r\n2\r\n3\r\n");
        assert_eq!(printed(&mut pager, "4\n5"), "--More--");
        assert_eq!(pressed(&mut pager, Key::Char('x')), "");
        assert_eq!(pressed(&mut pager, Key::Enter), "\r        \r4\r\n--More--");
        assert_eq!(pressed(&mut pager, Key::Char(' ')), "\r        \r5\r\n");
        assert!(!pager.is_stopped());
    }

    #[test]
    fn a_long_line_counts_by_its_rows() {
        let mut pager = Pager::default();
        let out = printed(&mut pager, "aaaaaaaaaaaaaaa\nb\nc");
        assert_eq!(out, "aaaaaaaaaaaaaaa\r\nb\r\n--More--");
    }

    #[test]
    fn what_waits_is_bounded_and_what_is_lost_is_told() {
        let mut pager = Pager::default();
        printed(&mut pager, "1\n2\n3\n4\n5\n");
        printed(&mut pager, &"x".repeat(40));
        let out = pressed(&mut pager, Key::Char('G'));
        assert_eq!(
            out,
            "\r        \r4\r\n5\r\n(41 bytes more are not kept)\r\n"
        );
    }

    #[test]
    fn who_wants_no_more_gets_no_more() {
        let mut pager = Pager::default();
        printed(&mut pager, "1\n2\n3\n4\n5\n");
        assert_eq!(pressed(&mut pager, Key::Char('q')), "\r        \r");
        assert_eq!(printed(&mut pager, "6\n"), "");
        pager.begin();
        assert_eq!(printed(&mut pager, "7\n"), "7\r\n");
    }
}
