//! A small terminal for the tests: what an operator would see.

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
                _ => self.put(c),
            }
        }
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
