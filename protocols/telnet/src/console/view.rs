//! Where the clusters of a prompt and a line stand on the terminal.

use alloc::{string::String, vec::Vec};

use super::{
    terminal::{Terminal, Window},
    text,
};

/// Rows that a line may take where the window's are not known.
const ROWS: usize = 24;
/// The least columns that a line which is shown in part has for itself.
const LEAST: usize = 4;

/// What is to be seen. Places count columns from the beginning of the prompt's row, through the rows:
/// every row is full but the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    text: String,
    cells: Vec<Cell>,
    /// The place behind the last cell.
    pub(super) end: usize,
    pub(super) cursor: usize,
    /// How many of the first cells are the prompt's.
    pub(super) prompt: usize,
    /// The column of the end, while it is made.
    column: usize,
}

/// A cluster on the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    /// Where its text begins.
    text: u32,
    /// Its place.
    at: u32,
}

impl Cell {
    /// A line is shorter than [`Limits::line`](super::Limits::line), and what is beyond four gigabytes
    /// of it would be drawn wrong.
    fn new(text: usize, at: usize) -> Self {
        let [text, at] = [text, at].map(|it| u32::try_from(it).unwrap_or(u32::MAX));
        Self { text, at }
    }

    const fn text(self) -> usize {
        self.text as usize
    }

    const fn at(self) -> usize {
        self.at as usize
    }
}

impl View {
    /// The view of `prompt` and `line` with the cursor at the byte `at` of the line: over as many rows
    /// as it needs, or a part of it in one row where there are not so many.
    pub(super) fn of(
        prompt: &str,
        line: &str,
        at: usize,
        window: Window,
        terminal: Terminal,
    ) -> Self {
        if terminal.moves {
            let view = Self::wrapped(prompt, line, at, window.columns);
            // The cursor may stand in the row behind the last.
            if view.end / window.columns < window.rows.unwrap_or(ROWS).max(1) {
                return view;
            }
        }
        Self::part(prompt, line, at, window.columns)
    }

    fn wrapped(prompt: &str, line: &str, at: usize, columns: usize) -> Self {
        let bytes = prompt.len() + line.len();
        let mut view = Self {
            text: String::with_capacity(bytes),
            cells: Vec::with_capacity(bytes),
            ..Self::default()
        };
        text::clusters(prompt).for_each(|cluster| view.push(cluster, columns));
        view.prompt = view.cells.len();
        let mut from = 0;
        let mut cursor = None;
        for cluster in text::clusters(line) {
            view.push(cluster, columns);
            if from == at {
                cursor = view.cells.last().map(|cell| cell.at());
            }
            from += cluster.len();
        }
        view.cursor = cursor.unwrap_or(view.end);
        view
    }

    /// One row, whose last column stays free so that no terminal wraps it.
    fn part(prompt: &str, line: &str, at: usize, columns: usize) -> Self {
        let room = columns - 1;
        let mut view = Self::default();
        let prompt = last(prompt, room.saturating_sub(LEAST.max(room / 2)));
        text::clusters(prompt).for_each(|cluster| view.push(cluster, columns));
        view.prompt = view.cells.len();
        let field = room - view.end.min(room);
        let cursor = text::columns(line.get(..at).unwrap_or_default());
        let start = first_column(cursor, field);
        let (begin, until) = (view.end, view.end + field);
        let has_marks = field >= LEAST;
        view.cursor = begin + cursor.saturating_sub(start);
        let mut column = 0;
        for cluster in text::clusters(line) {
            let from = column;
            column += text::columns(cluster);
            if column <= start {
                continue;
            }
            if from < start || (has_marks && start > 0 && from == start) {
                let mark = if has_marks { "<" } else { " " };
                (from.max(start)..column).for_each(|_| view.push(mark, columns));
            } else if view.end + text::columns(cluster) > until {
                view.mark_end(until, has_marks);
                break;
            } else {
                view.push(cluster, columns);
            }
        }
        view
    }

    /// Shows that the line goes on behind the last column of its field, unless the cursor is on that.
    fn mark_end(&mut self, until: usize, has_marks: bool) {
        let last = until - 1;
        let over = self.cells.last().filter(|_| self.end > last).copied();
        if !has_marks || over.is_some_and(|cell| cell.at() <= self.cursor) {
            return;
        }
        if let Some(cell) = over {
            self.cells.pop();
            self.text.truncate(cell.text());
            (self.end, self.column) = (cell.at(), cell.at());
        }
        while self.end < last {
            self.push(" ", usize::MAX);
        }
        self.push(">", usize::MAX);
    }

    /// Puts a cluster behind the others. One that does not fit its row begins the next one; one that
    /// fits no row shows as a question mark.
    fn push(&mut self, cluster: &str, columns: usize) {
        let width = text::columns(cluster);
        if width > columns {
            return self.put("?", 1, columns);
        }
        while self.column + width > columns {
            self.put(" ", 1, columns);
        }
        self.put(cluster, width, columns);
    }

    fn put(&mut self, cluster: &str, width: usize, columns: usize) {
        self.cells.push(Cell::new(self.text.len(), self.end));
        if cluster.len() == 1 {
            self.text.push_str(cluster);
        } else {
            let shown = cluster.chars().filter(|c| !text::joins(*c));
            self.text.extend(shown);
        }
        self.end += width;
        self.column += width;
        if self.column >= columns {
            self.column = 0;
        }
    }

    /// How many cells are the same in both, from the first on.
    pub(super) fn same(&self, other: &Self) -> usize {
        let texts = self.text.bytes().zip(other.text.bytes());
        let bytes = texts.take_while(|(ours, theirs)| ours == theirs).count();
        let cells = self.cells.iter().zip(&other.cells);
        let mut same = cells.take_while(|(ours, theirs)| ours == theirs).count();
        // Of those in the same places, the ones whose whole text is the same too.
        while let Some(last) = same.checked_sub(1) {
            let end = self.text_end(last);
            if end == other.text_end(last) && end <= bytes {
                break;
            }
            same = last;
        }
        same
    }

    /// Where the text of a cell ends.
    fn text_end(&self, cell: usize) -> usize {
        let next = self.cells.get(cell + 1);
        next.map_or(self.text.len(), |next| next.text())
    }

    /// The place of a cell, or that behind the last.
    pub(super) fn place(&self, cell: usize) -> usize {
        self.cells.get(cell).map_or(self.end, |cell| cell.at())
    }

    /// The cells' texts from one cell on.
    pub(super) fn from(&self, cell: usize) -> &str {
        let from = self
            .cells
            .get(cell)
            .map_or(self.text.len(), |cell| cell.text());
        self.text.get(from..).unwrap_or_default()
    }

    /// The texts of the cells whose places are in a range.
    pub(super) fn between(&self, from: usize, to: usize) -> &str {
        let start_of = |place: usize| {
            let cell = self.cells.partition_point(|cell| cell.at() < place);
            self.cells
                .get(cell)
                .map_or(self.text.len(), |cell| cell.text())
        };
        self.text
            .get(start_of(from)..start_of(to))
            .unwrap_or_default()
    }
}

/// The end of a text that takes at most `columns`.
fn last(text: &str, columns: usize) -> &str {
    let mut from = text.len();
    loop {
        let next = text::before(text, from);
        let part = text.get(next..).unwrap_or_default();
        if from == 0 || text::columns(part) > columns {
            return text.get(from..).unwrap_or_default();
        }
        from = next;
    }
}

/// The first column of a line that is shown when the cursor is in column `cursor`: it moves by half a
/// field, so that not every key shifts the line.
const fn first_column(cursor: usize, field: usize) -> usize {
    if cursor < field {
        0
    } else if field < 2 {
        cursor
    } else {
        let half = field / 2;
        (cursor / half - 1) * half
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(prompt: &str, marked: &str, columns: usize) -> (String, usize) {
        let at = marked.find('|').unwrap();
        let view = View::part(prompt, &marked.replace('|', ""), at, columns);
        (view.text, view.cursor)
    }

    #[test]
    fn a_wide_character_does_not_stand_on_an_edge() {
        let view = View::wrapped("> ", "a漢b", 1, 4);
        assert_eq!(
            (view.text.as_str(), view.cursor, view.end),
            ("> a 漢b", 4, 7)
        );
    }

    #[test]
    fn a_picture_of_several_characters_shows_in_its_parts() {
        // A family joined by ZWJ, a heart with a variation selector, a hand of some colour.
        let joined = "\u{1f468}\u{200d}\u{1f469}\u{2764}\u{fe0f}\u{270b}\u{1f3fd}x";
        let view = View::wrapped("", joined, joined.len() - 1, 20);
        assert_eq!(view.text, "\u{1f468}\u{1f469}\u{2764}\u{270b}x");
        assert_eq!((view.cursor, view.end), (7, 8));
    }

    #[test]
    fn a_line_that_is_too_long_for_its_row_shows_in_part() {
        assert_eq!(part("> ", "abc|", 12), ("> abc".into(), 5));
        assert_eq!(part("> ", "|abcdefghijklm", 12), ("> abcdefgh>".into(), 2));
        assert_eq!(part("> ", "abcdefghijklm|", 12), ("> <jklm".into(), 7));
    }
}
