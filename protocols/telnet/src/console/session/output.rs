//! What the operator is shown.

use alloc::{format, string::String};

use bytes::{BufMut, BytesMut};

use super::{
    super::{event::Style, fault::Fault, table::wrapped, text},
    Console, State,
};

/// Words that Tab lists at most.
const LISTED: usize = 200;

impl Console {
    /// Output of a command; where none runs, a notice.
    pub(super) fn print(&mut self, style: Style, printed: &str, tx: &mut BytesMut) {
        if self.state != State::Running {
            return self.notice(printed, tx);
        }
        if let Some(watch) = &mut self.watch {
            return watch.print(style, printed, self.config.held, self.editor.terminal());
        }
        let seen = (self.editor.window(), self.editor.terminal());
        self.pager.print(style, printed, self.config.held, seen, tx);
    }

    /// Bytes as they are, unless the operator reads a page or wants no more.
    pub(super) fn raw(&mut self, bytes: &[u8], tx: &mut BytesMut) {
        if self.state != State::Ended && !self.pager.is_stopped() && !self.pager.is_quiet() {
            tx.put_slice(bytes);
        }
    }

    /// A message above the line that is edited, or where the output is.
    pub(super) fn notice(&mut self, notice: &str, tx: &mut BytesMut) {
        let notice = text::visible(notice);
        if self.state == State::Ended || notice.is_empty() {
            return;
        }
        if self.is_editing() {
            let notice = crlf(&notice);
            return self.editor.interject(&notice, tx);
        }
        if self.pager.is_stopped() {
            let seen = (self.editor.window(), self.editor.terminal());
            return self
                .pager
                .print(Style::Plain, &notice, self.config.held, seen, tx);
        }
        if let Some(watch) = &mut self.watch {
            watch.forget();
        }
        self.lines(&notice, tx);
    }

    /// Lines as they are, at once.
    pub(super) fn lines(&self, lines: &str, tx: &mut BytesMut) {
        if !lines.is_empty() {
            tx.put_slice(crlf(lines).as_bytes());
        }
    }

    /// Says what was expected where in the line that was entered last.
    pub(super) fn complain(&mut self, fault: &Fault, line: &str, tx: &mut BytesMut) {
        let columns = self.editor.window().columns;
        let pointed = fault.pointed(line, self.editor.prompt_columns(), columns);
        self.styled_lines(Style::Bad, &pointed, tx);
    }

    pub(super) fn complain_of_length(&mut self, tx: &mut BytesMut) {
        let most = self.config.limits.line;
        let message = format!("The line was thrown away: it was longer than {most} bytes.");
        let columns = self.editor.window().columns;
        self.styled_lines(Style::Bad, &wrapped(&message, 0, 0, columns), tx);
    }

    fn styled_lines(&self, style: Style, lines: &str, tx: &mut BytesMut) {
        if self.editor.terminal().colours {
            tx.put_slice(style.sequence().as_bytes());
            self.lines(lines.trim_end_matches('\n'), tx);
            tx.put_slice(b"\x1b[m");
        } else {
            self.lines(lines, tx);
        }
    }

    /// Lists words above the line, in columns.
    pub(super) fn list(&mut self, words: &[String], tx: &mut BytesMut) {
        let columns = self.editor.window().columns;
        let shown = words.get(..LISTED.min(words.len())).unwrap_or_default();
        let shown: alloc::vec::Vec<String> = shown.iter().map(|word| text::visible(word)).collect();
        let widest = shown.iter().map(|word| text::columns(word)).max();
        let width = widest.unwrap_or_default() + 2;
        let per_row = (columns.saturating_sub(1) / width).max(1);
        let rows = shown.len().div_ceil(per_row);
        let mut list = String::new();
        for row in 0..rows {
            for word in shown.iter().skip(row).step_by(rows) {
                list.push_str(word);
                let gap = width - text::columns(word);
                list.extend(core::iter::repeat_n(' ', gap));
            }
            list.truncate(list.trim_end().len());
            list.push('\n');
        }
        if words.len() > LISTED {
            list.push_str(&format!("and {} more\n", words.len() - LISTED));
        }
        self.editor.interject(&crlf(&list), tx);
    }
}

/// Lines as they are sent; the last one has its line end.
fn crlf(lines: &str) -> String {
    let mut sent = lines
        .strip_suffix('\n')
        .unwrap_or(lines)
        .replace('\n', "\r\n");
    sent.push_str("\r\n");
    sent
}
