//! The lines that were entered.

use alloc::{collections::VecDeque, string::String};

/// The last lines, bounded in number and bytes.
#[derive(Clone, Debug)]
pub(super) struct History {
    lines: VecDeque<String>,
    bytes: usize,
    max_lines: usize,
    max_bytes: usize,
}

impl History {
    pub(super) const fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            bytes: 0,
            max_lines,
            max_bytes,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The line `back` lines ago: 1 is the last one.
    pub(super) fn back(&self, back: usize) -> Option<&str> {
        let at = self.lines.len().checked_sub(back)?;
        self.lines.get(at).map(String::as_str)
    }

    /// Each, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Keeps a line. The same as the last one, an empty one, and one that begins with a blank are not kept.
    pub(super) fn push(&mut self, line: &str) {
        let is_kept = !line.is_empty()
            && !line.starts_with(char::is_whitespace)
            && self.back(1) != Some(line)
            && line.len() <= self.max_bytes
            && self.max_lines > 0;
        if !is_kept {
            return;
        }
        self.bytes += line.len();
        self.lines.push_back(line.into());
        while self.lines.len() > self.max_lines || self.bytes > self.max_bytes {
            let Some(oldest) = self.lines.pop_front() else {
                return;
            };
            self.bytes -= oldest.len();
        }
    }

    /// How many lines ago `part` last stood in a line, at least `from` lines ago.
    pub(super) fn find(&self, part: &str, from: usize) -> Option<usize> {
        (from.max(1)..=self.len())
            .find(|back| self.back(*back).is_some_and(|line| line.contains(part)))
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
    }
}
