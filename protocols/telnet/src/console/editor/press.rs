//! What each key does.

use alloc::{boxed::Box, string::String};

use bytes::BytesMut;

use super::{Edit, Editor, Entry, bell};
use crate::console::{keys::Key, text};

/// A search through the history (Ctrl-R).
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// What is looked for.
    pub(super) part: String,
    /// How many lines ago the line was entered that is shown; 0 while none is found.
    back: usize,
    /// The line that was found last.
    pub(super) shown: String,
    /// Where in it the cursor stands.
    pub(super) at: usize,
    pub(super) has_failed: bool,
}

impl Editor {
    pub(super) fn pressed(&mut self, key: Key, out: &mut BytesMut) -> Option<Edit> {
        if self.is_pasting || key == Key::PasteBegin {
            self.pasted(key, out);
            return None;
        }
        if self.search.is_some() && !self.searched(key, out) {
            return None;
        }
        match key {
            // The text is put in where the line is left.
            Key::Enter => return Some(Edit::Line(String::new())),
            Key::Ctrl('c') => return Some(Edit::Interrupt),
            Key::Ctrl('d') if self.line.is_empty() => return Some(Edit::Eof),
            Key::Tab if self.entry == Entry::Command && self.echoes => return Some(Edit::Complete),
            Key::Char(c) => self.type_in(c, out),
            Key::Invalid | Key::Tab => bell(out),
            Key::Ctrl('l') => self.painter.clear(out),
            Key::Up | Key::Ctrl('p') => self.recall(self.back() + 1, out),
            Key::Down | Key::Ctrl('n') => match self.back().checked_sub(1) {
                Some(back) => self.recall(back, out),
                None => bell(out),
            },
            Key::Ctrl('r') if self.entry == Entry::Command && self.echoes => {
                self.search = Some(Box::default());
            }
            _ if self.moved(key) => {}
            _ => self.changed(key, out),
        }
        None
    }

    fn moved(&mut self, key: Key) -> bool {
        match key {
            Key::Left | Key::Ctrl('b') => self.line.left(),
            Key::Right | Key::Ctrl('f') => self.line.right(),
            Key::Home | Key::Ctrl('a') => self.line.home(),
            Key::End | Key::Ctrl('e') => self.line.end(),
            Key::WordLeft | Key::Alt('b' | 'B') => self.line.word_left(),
            Key::WordRight | Key::Alt('f' | 'F') => self.line.word_right(),
            _ => return false,
        }
        true
    }

    fn changed(&mut self, key: Key, out: &mut BytesMut) {
        let was = self.line.text().len();
        let has_worked = match key {
            Key::Backspace => self.line.back(),
            Key::Delete | Key::Ctrl('d') => self.line.delete(),
            Key::Ctrl('t') => self.line.transpose(),
            Key::Ctrl('y') => {
                if let Some(aside) = self.aside.take() {
                    aside.killed.chars().for_each(|c| self.type_in(c, out));
                    self.aside = Some(aside);
                }
                true
            }
            _ => match self.kill(key) {
                Some(killed) if killed.is_empty() => false,
                Some(killed) => {
                    // A password is not kept.
                    if self.entry != Entry::Secret {
                        self.aside.get_or_insert_default().killed = killed;
                    }
                    true
                }
                None => true,
            },
        };
        if !has_worked {
            bell(out);
        }
        // Who takes something out has seen that the line was too long.
        self.is_too_long &= self.line.text().len() >= was;
    }

    fn kill(&mut self, key: Key) -> Option<String> {
        Some(match key {
            Key::Ctrl('k') => self.line.cut_tail(),
            Key::Ctrl('u') => self.line.cut_head(),
            Key::Ctrl('w') => self.line.cut_blank_word(),
            Key::AltBackspace => self.line.cut_word_left(),
            Key::Alt('d' | 'D') => self.line.cut_word_right(),
            _ => return None,
        })
    }

    /// How many lines ago the line shown was entered.
    fn back(&self) -> usize {
        self.aside.as_ref().map_or(0, |aside| aside.back)
    }

    /// The line `back` lines ago is to be shown: the new one is kept.
    fn put_aside(&mut self, back: usize) {
        let aside = self.aside.get_or_insert_default();
        if aside.back == 0 {
            aside.new = self.line.take();
        }
        aside.back = back;
    }

    /// Shows the line `back` lines ago.
    fn recall(&mut self, back: usize, out: &mut BytesMut) {
        let is_allowed = self.entry == Entry::Command && back <= self.history.len();
        if !is_allowed {
            return bell(out);
        }
        self.put_aside(back);
        let new = self.aside.as_ref().map_or("", |aside| &aside.new);
        let line = self.history.back(back).unwrap_or(new);
        self.line.set(line);
        self.is_too_long = false;
    }

    /// Within a paste no key means what it does else: a line end runs nothing.
    fn pasted(&mut self, key: Key, out: &mut BytesMut) {
        match key {
            Key::PasteBegin => {
                self.end_search();
                self.is_pasting = true;
            }
            Key::PasteEnd => self.is_pasting = false,
            Key::Char(c) => self.type_in(c, out),
            Key::Enter | Key::Tab if self.entry != Entry::Secret => self.type_in(' ', out),
            _ => {}
        }
    }

    /// A key while a search goes on. Gives whether it is to be done to the line that was found.
    fn searched(&mut self, key: Key, out: &mut BytesMut) -> bool {
        match key {
            // No line holds it, and it is not to be shown.
            Key::Char(c) if !text::is_shown(c) => bell(out),
            Key::Char(c) => {
                if let Some(search) = &mut self.search
                    && search.part.len() + c.len_utf8() <= self.limit
                {
                    search.part.push(c);
                    let from = search.back;
                    self.look_back(from, out);
                }
            }
            Key::Ctrl('r') => {
                let from = self.search.as_ref().map_or(0, |search| search.back) + 1;
                self.look_back(from, out);
            }
            Key::Backspace => {
                if let Some(search) = &mut self.search {
                    search.part.pop();
                }
                self.look_back(1, out);
            }
            Key::Ctrl('c' | 'g') => self.search = None,
            Key::Alt(_) | Key::Unknown => self.end_search(),
            _ => {
                self.end_search();
                return true;
            }
        }
        false
    }

    fn look_back(&mut self, from: usize, out: &mut BytesMut) {
        let Some(search) = &mut self.search else {
            return;
        };
        if search.part.is_empty() {
            **search = Search::default();
            return;
        }
        let found = self.history.find(&search.part, from);
        search.has_failed = found.is_none();
        if let Some(back) = found
            && let Some(line) = self.history.back(back)
        {
            search.back = back;
            search.at = line.find(&search.part).unwrap_or_default();
            search.shown = line.into();
        } else {
            bell(out);
        }
    }

    /// What was found becomes the line.
    fn end_search(&mut self) {
        if let Some(search) = self.search.take()
            && search.back > 0
        {
            self.put_aside(search.back);
            self.line.set(&search.shown);
            self.is_too_long = false;
        }
    }
}
