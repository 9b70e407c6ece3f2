//! A small terminal for the tests: what an operator would see, and what is to be seen. The fuzz target of
//! the console stands on it too.

use std::{string::String, vec, vec::Vec};

use super::text;

/// A grid of cells and a cursor. It knows what an ECMA-48 terminal does with what the editor sends, and
/// panics at anything else.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    columns: usize,
    rows: Vec<Vec<String>>,
    row: usize,
    column: usize,
    /// The last column was written, and the next character goes to the next row.
    is_wrapping: bool,
    /// It goes to the next row at once.
    wraps_at_once: bool,
    pub(super) bells: usize,
    pub(super) colours: usize,
    /// No escape sequence is known.
    is_dumb: bool,
}

impl Grid {
    pub(super) fn new(columns: usize, wraps_at_once: bool, is_dumb: bool) -> Self {
        Self {
            columns,
            rows: vec![],
            row: 0,
            column: 0,
            is_wrapping: false,
            wraps_at_once,
            bells: 0,
            colours: 0,
            is_dumb,
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        let text = core::str::from_utf8(bytes).expect("UTF-8");
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\r' => (self.column, self.is_wrapping) = (0, false),
                '\n' => (self.row, self.is_wrapping) = (self.row + 1, false),
                '\u{8}' => {
                    assert!(self.column > 0, "BS in the first column");
                    (self.column, self.is_wrapping) = (self.column - 1, false);
                }
                '\u{7}' => self.bells += 1,
                '\u{1b}' => self.sequence(&mut chars),
                _ => {
                    assert!(text::is_shown(c), "{c:?} is no text");
                    self.put(c);
                }
            }
        }
    }

    /// The window has another width; what is shown is cut, as most terminals do, and not wrapped anew.
    pub(super) fn resize(&mut self, columns: usize) {
        self.columns = columns;
        self.rows.iter_mut().for_each(|row| row.truncate(columns));
        (self.column, self.is_wrapping) = (self.column.min(columns - 1), false);
    }

    fn sequence(&mut self, chars: &mut core::str::Chars<'_>) {
        assert!(!self.is_dumb, "a sequence at a dumb terminal");
        assert_eq!(chars.next(), Some('['));
        let mut parameters = String::new();
        let last = loop {
            match chars.next().expect("a whole sequence") {
                c @ ('0'..='9' | '?' | ';') => parameters.push(c),
                c => break c,
            }
        };
        let count = parameters.parse().unwrap_or(1);
        match last {
            'A' => self.row = self.row.checked_sub(count).expect("above the first row"),
            'B' => self.row += count,
            'C' => self.column += count,
            'D' => {
                self.column = self
                    .column
                    .checked_sub(count)
                    .expect("left of the first column")
            }
            'K' => self.cut_row(),
            'J' if parameters == "2" => self.rows.clear(),
            'J' => {
                self.cut_row();
                self.rows.truncate(self.row + 1);
            }
            'H' => (self.row, self.column) = (0, 0),
            'm' => {
                self.colours += 1;
                return;
            }
            'h' | 'l' => {
                assert_eq!(parameters, "?2004");
                return;
            }
            other => panic!("unknown sequence: {parameters}{other}"),
        }
        assert!(self.column < self.columns, "right of the last column");
        self.is_wrapping = false;
    }

    fn cut_row(&mut self) {
        if let Some(row) = self.rows.get_mut(self.row) {
            row.truncate(self.column);
        }
    }

    fn put(&mut self, c: char) {
        let width = text::width(c);
        if width == 0 {
            let (row, column) = self.last_cell();
            return self.cell(row, column).push(c);
        }
        if self.is_wrapping || self.column + width > self.columns {
            (self.row, self.column, self.is_wrapping) = (self.row + 1, 0, false);
        }
        let (row, column) = (self.row, self.column);
        // Half of a wide character does not stay.
        if self.cell(row, column).is_empty() && column > 0 {
            *self.cell(row, column - 1) = " ".into();
        }
        *self.cell(row, column) = c.into();
        if width == 2 {
            self.cell(row, column + 1).clear();
        }
        let behind = self.rows[row].get_mut(column + width);
        if let Some(half) = behind.filter(|half| half.is_empty()) {
            half.push(' ');
        }
        self.column += width;
        if self.column == self.columns {
            if self.wraps_at_once {
                (self.row, self.column) = (self.row + 1, 0);
            } else {
                (self.column, self.is_wrapping) = (self.columns - 1, true);
            }
        }
    }

    /// The cell that a mark goes to.
    fn last_cell(&self) -> (usize, usize) {
        let (mut row, mut column) = (self.row, self.column + usize::from(self.is_wrapping));
        if column == 0 {
            (row, column) = (row - 1, self.columns);
        }
        let is_half = self.rows[row][column - 1].is_empty();
        (row, column - 1 - usize::from(is_half))
    }

    /// A cell; an empty one is the right half of a wide character.
    fn cell(&mut self, row: usize, column: usize) -> &mut String {
        while self.rows.len() <= row {
            self.rows.push(vec![]);
        }
        let row = &mut self.rows[row];
        while row.len() <= column {
            row.push(" ".into());
        }
        &mut row[column]
    }

    /// The rows without blanks at their ends, and without empty rows at the end.
    pub(super) fn screen(&self) -> Vec<String> {
        let rows = self.rows.iter().map(|row| row.concat().trim_end().into());
        let mut rows: Vec<String> = rows.collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    /// The cursor's row and column.
    pub(super) fn cursor(&self) -> (usize, usize) {
        assert!(
            !self.is_wrapping,
            "the cursor stands where terminals differ"
        );
        (self.row, self.column)
    }
}

/// What is to be seen of a prompt and a line.
pub(super) struct Sight {
    /// Its rows, without blanks at their ends.
    pub(super) rows: Vec<String>,
    /// The cursor's row and column.
    pub(super) cursor: (usize, usize),
    /// The row in which a cursor behind the line stands.
    pub(super) last: usize,
}

impl Sight {
    /// Of a line that is shown over as many rows as it takes, with the cursor at its byte `at`.
    pub(super) fn new(prompt: &str, line: &str, at: usize, columns: usize) -> Self {
        let mut rows = vec![String::new()];
        let (mut column, mut cursor) = (0, None);
        for (index, cluster) in text::clusters(prompt)
            .map(|c| (None, c))
            .chain(line_clusters(line).map(|(index, c)| (Some(index), c)))
        {
            let width = text::columns(cluster);
            if column + width > columns {
                rows.push(String::new());
                column = 0;
            }
            if index == Some(at) {
                cursor = Some((rows.len() - 1, column));
            }
            rows.last_mut().expect("a row").push_str(cluster);
            column += width;
        }
        let end = if column == columns {
            (rows.len(), 0)
        } else {
            (rows.len() - 1, column)
        };
        let rows = rows.iter().map(|row| row.trim_end().into()).collect();
        Self {
            rows,
            cursor: cursor.unwrap_or(end),
            last: end.0,
        }
    }
}

/// The clusters of a line, and where each begins.
pub(super) fn line_clusters(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text::clusters(line).map(move |cluster| {
        at += cluster.len();
        (at - cluster.len(), cluster)
    })
}

/// In a line that is shown in part, in one row: the cursor stands on its character, as far as that fits.
pub(super) fn sees_its_character(
    row: &str,
    column: usize,
    line: &str,
    at: usize,
    columns: usize,
) -> bool {
    let mut place = 0;
    let mut cells = text::clusters(row).map(|cluster| {
        place += text::columns(cluster);
        (place - text::columns(cluster), cluster)
    });
    let seen = cells
        .find(|cell| cell.0 == column)
        .map_or(" ", |cell| cell.1);
    let meant = line_clusters(line)
        .find(|cell| cell.0 == at)
        .map_or(" ", |cell| cell.1);
    let is_last_column = column + 2 == columns;
    seen == meant || (is_last_column && text::columns(meant) == 2)
}
