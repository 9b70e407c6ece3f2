//! A line and the place in it.

use alloc::string::String;

use super::text;

/// A line that is edited. The place stands between clusters, and every cluster begins with a character
/// that has a column of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    text: String,
    at: usize,
}

impl Line {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place, in bytes.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What stands before the place.
    pub(super) fn head(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    fn tail(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Another line, with the place at its end.
    pub(super) fn set(&mut self, text: &str) {
        self.clear();
        text.chars().for_each(|c| {
            self.insert(c);
        });
    }

    pub(super) fn take(&mut self) -> String {
        self.at = 0;
        core::mem::take(&mut self.text)
    }

    pub(super) fn clear(&mut self) {
        self.text = String::new();
        self.at = 0;
    }

    /// Puts a character at the place. One that cannot be shown, or has nothing to combine with, is not put.
    pub(super) fn insert(&mut self, c: char) -> bool {
        let fits = text::is_shown(c) && (self.at > 0 || text::width(c) > 0);
        if fits {
            self.text.insert(self.at, c);
            self.at += c.len_utf8();
        }
        fits
    }

    pub(super) fn left(&mut self) {
        self.at = text::before(&self.text, self.at);
    }

    pub(super) fn right(&mut self) {
        self.at = text::next(&self.text, self.at);
    }

    pub(super) const fn home(&mut self) {
        self.at = 0;
    }

    pub(super) const fn end(&mut self) {
        self.at = self.text.len();
    }

    pub(super) fn word_left(&mut self) {
        self.at = start_of(self.head(), char::is_alphanumeric);
    }

    pub(super) fn word_right(&mut self) {
        self.at = self.after_word();
    }

    /// Takes out the cluster before the place.
    pub(super) fn back(&mut self) -> bool {
        let from = text::before(&self.text, self.at);
        !self.cut(from, self.at).is_empty()
    }

    /// Takes out the cluster behind the place.
    pub(super) fn delete(&mut self) -> bool {
        let to = text::next(&self.text, self.at);
        !self.cut(self.at, to).is_empty()
    }

    pub(super) fn cut_tail(&mut self) -> String {
        self.cut(self.at, self.text.len())
    }

    pub(super) fn cut_head(&mut self) -> String {
        self.cut(0, self.at)
    }

    /// Takes out what stands before the place, back to a blank.
    pub(super) fn cut_blank_word(&mut self) -> String {
        let from = start_of(self.head(), |c| !c.is_whitespace());
        self.cut(from, self.at)
    }

    /// Takes out the word before the place.
    pub(super) fn cut_word_left(&mut self) -> String {
        let from = start_of(self.head(), char::is_alphanumeric);
        self.cut(from, self.at)
    }

    /// Takes out the word behind the place.
    pub(super) fn cut_word_right(&mut self) -> String {
        let to = self.after_word();
        self.cut(self.at, to)
    }

    /// Takes out what stands before the place from `from` on.
    pub(super) fn cut_from(&mut self, from: usize) -> String {
        self.cut(from, self.at)
    }

    /// Changes the places of the clusters before and behind the place; at the end, of the last two.
    pub(super) fn transpose(&mut self) -> bool {
        let was = self.at;
        if self.at == self.text.len() {
            self.left();
        }
        let first = text::before(&self.text, self.at);
        if first == self.at {
            self.at = was;
            return false;
        }
        let moved = self.cut(first, self.at);
        self.right();
        self.text.insert_str(self.at, &moved);
        self.at += moved.len();
        true
    }

    fn cut(&mut self, from: usize, to: usize) -> String {
        if from > to || !self.text.is_char_boundary(from) || !self.text.is_char_boundary(to) {
            return String::new();
        }
        self.at = from;
        self.text.drain(from..to).collect()
    }

    fn after_word(&self) -> usize {
        let mut chars = self.tail().char_indices();
        let mut is_inside = false;
        let end = chars.find(|(_, c)| {
            let was_inside = is_inside;
            is_inside = c.is_alphanumeric() || (was_inside && text::width(*c) == 0);
            was_inside && !is_inside
        });
        end.map_or(self.text.len(), |(len, _)| self.at + len)
    }
}

/// Where the last word of `head` begins.
fn start_of(head: &str, is_word: impl Fn(char) -> bool) -> usize {
    // A mark belongs to the character before it, which decides.
    let is_part = |c: char| is_word(c) || text::width(c) == 0;
    let blank = head.trim_end_matches(|c| !is_part(c));
    let start = blank.trim_end_matches(is_part).len();
    let mut behind = head.get(start..).unwrap_or_default().chars();
    match behind.next() {
        Some(mark) if text::width(mark) == 0 => text::next(head, start),
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(marked: &str) -> Line {
        let mut line = Line::default();
        line.set(&marked.replace('|', ""));
        line.at = marked.find('|').unwrap();
        line
    }

    fn marked(line: &Line) -> String {
        [line.head(), "|", line.tail()].concat()
    }

    #[test]
    fn words_are_found_in_both_directions() {
        for (from, left, right) in [
            (
                "set  tank.level|  12",
                "set  tank.|level  12",
                "set  tank.level  12|",
            ),
            ("|set x", "|set x", "set| x"),
            ("set x |", "set |x ", "set x |"),
        ] {
            let mut moved = line(from);
            moved.word_left();
            assert_eq!(marked(&moved), left);
            let mut moved = line(from);
            moved.word_right();
            assert_eq!(marked(&moved), right);
        }
    }

    #[test]
    fn a_cluster_goes_as_a_whole() {
        let mut edited = line("xe\u{301}|漢y");
        assert!(edited.back());
        assert!(edited.delete());
        assert_eq!(marked(&edited), "x|y");
    }

    #[test]
    fn a_mark_needs_a_character_before_it() {
        let mut edited = line("|a");
        assert!(!edited.insert('\u{301}'));
        edited.right();
        assert!(edited.insert('\u{301}'));
        assert_eq!(marked(&edited), "a\u{301}|");
    }

    #[test]
    fn a_mark_is_not_cut_from_its_character() {
        let mut edited = line("a.\u{301}|");
        assert_eq!(edited.cut_word_left(), "");
        let mut edited = line(" \u{301}b|");
        assert_eq!(edited.cut_blank_word(), "b");
        assert_eq!(marked(&edited), " \u{301}|");
    }

    #[test]
    fn clusters_change_places() {
        for (from, to) in [
            ("a|bc", "ba|c"),
            ("ab|", "ba|"),
            ("漢e\u{301}|", "e\u{301}漢|"),
            ("|ab", "|ab"),
            ("a|", "a|"),
        ] {
            let mut edited = line(from);
            edited.transpose();
            assert_eq!(marked(&edited), to, "{from}");
        }
    }

    #[test]
    fn a_word_is_cut_to_a_blank_or_to_a_sign() {
        let mut edited = line("set tank.level|");
        assert_eq!(edited.cut_word_left(), "level");
        assert_eq!(edited.cut_blank_word(), "tank.");
        assert_eq!(marked(&edited), "set |");
    }
}
