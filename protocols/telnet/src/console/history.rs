//! The lines that were entered.

use alloc::string::String;

/// The last lines, bounded in number and bytes.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// Each with a line feed behind it, which no line has in it.
    text: String,
    max_lines: usize,
    max_bytes: usize,
}

impl History {
    pub(super) const fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self {
            text: String::new(),
            max_lines,
            max_bytes,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.iter().count()
    }

    /// The line `back` lines ago: 1 is the last one.
    pub(super) fn back(&self, back: usize) -> Option<&str> {
        // Behind the last line feed there is nothing.
        self.text.rsplit('\n').nth(back).filter(|_| back > 0)
    }

    /// Each, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split_terminator('\n')
    }

    /// Keeps a line. The same as the last one, an empty one, and one that begins with a blank are not kept.
    pub(super) fn push(&mut self, line: &str) {
        let is_kept = !line.is_empty()
            && !line.starts_with(char::is_whitespace)
            && !line.contains('\n')
            && self.back(1) != Some(line)
            && line.len() <= self.max_bytes
            && self.max_lines > 0;
        if !is_kept {
            return;
        }
        self.text.reserve_exact(line.len() + 1);
        self.text.push_str(line);
        self.text.push('\n');
        let (mut lines, mut gone) = (self.len(), 0);
        for oldest in self.iter() {
            if lines <= self.max_lines && self.text.len() - gone - lines <= self.max_bytes {
                break;
            }
            lines -= 1;
            gone += oldest.len() + 1;
        }
        self.text.drain(..gone);
    }

    /// How many lines ago `part` last stood in a line, at least `from` lines ago.
    pub(super) fn find(&self, part: &str, from: usize) -> Option<usize> {
        let mut lines = self.text.rsplit('\n').enumerate().skip(from.max(1));
        lines
            .find(|(_, line)| line.contains(part))
            .map(|(back, _)| back)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn history_is_bounded_in_lines_and_in_bytes() {
        let mut history = History::new(3, 10);
        for line in ["a", "b", "b", "", " secret", "c", "d"] {
            history.push(line);
        }
        assert_eq!(history.iter().collect::<Vec<_>>(), ["b", "c", "d"]);
        history.push("123456789");
        assert_eq!(history.iter().collect::<Vec<_>>(), ["d", "123456789"]);
        history.push("12345678901");
        assert_eq!(history.back(1), Some("123456789"));
        assert_eq!(history.find("d", 1), Some(2));
        assert_eq!(history.find("d", 3), None);
        assert_eq!(
            (history.len(), history.back(0), history.back(3)),
            (2, None, None)
        );
    }
}
