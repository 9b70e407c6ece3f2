//! The editor: what is seen is the line and the cursor, nothing above it is touched, nothing of a
//! password is shown.

use bytes::BytesMut;
use lineside_telnet::console::{Edit, Editor, Entry, Limits, Terminal, Window};

use super::{
    grid::{Grid, Sight, sees_its_character},
    text, typed,
};
use crate::Dice;

pub(super) fn run(data: &[u8], dice: &mut Dice) {
    if dice.once_in(3) {
        return tells_nothing_of_a_password(data, dice);
    }
    let (keys, setting) = (typed(data, dice), Setting::of(dice));
    if dice.once_in(2) {
        cuts_do_not_matter(&keys, setting, dice);
    } else {
        a_walk(&keys, setting, dice);
    }
}

/// Where an editor stands.
#[derive(Clone, Copy, Debug)]
struct Setting {
    columns: u16,
    rows: u16,
    terminal: Terminal,
    wraps_at_once: bool,
    limit: usize,
    prompt: &'static str,
}

impl Setting {
    fn of(dice: &mut Dice) -> Self {
        Self {
            columns: dice.pick([2, 3, 4, 6, 7, 10, 20, 40]),
            rows: dice.pick([0, 1, 2, 5, 999]),
            terminal: dice.pick([Terminal::UNKNOWN, Terminal::COLOUR, Terminal::DUMB]),
            wraps_at_once: dice.once_in(2),
            limit: dice.pick([0, 1, 7, 40, 200]),
            prompt: dice.pick(["> ", "", "漢> ", "a long prompt> "]),
        }
    }

    fn editor(&self) -> Editor {
        let mut limits = Limits::default();
        (limits.line, limits.history_lines, limits.history_bytes) = (self.limit, 3, 60);
        let mut editor = Editor::new(&limits);
        let mut out = BytesMut::new();
        let window = Window::of(self.columns, self.rows);
        editor.resize(window, false, &mut out);
        editor.set_terminal(self.terminal, false, &mut out);
        assert!(out.is_empty(), "nothing is shown before a line begins");
        editor
    }
}

/// An editor, and what its operator sees.
struct Desk {
    editor: Editor,
    grid: Grid,
    setting: Setting,
    edits: Vec<Edit>,
    /// The row where the prompt is, and what stands above it.
    top: usize,
    above: Vec<String>,
    /// A search shows another prompt and line.
    has_searched: bool,
}

impl Desk {
    fn new(setting: Setting) -> Self {
        let is_dumb = !setting.terminal.moves;
        let mut desk = Self {
            editor: setting.editor(),
            grid: Grid::new(setting.columns.into(), setting.wraps_at_once, is_dumb),
            setting,
            edits: vec![],
            top: 0,
            above: vec![],
            has_searched: false,
        };
        desk.begin();
        desk
    }

    fn begin(&mut self) {
        let (row, column) = self.grid.cursor();
        assert_eq!(column, 0, "a line begins there: {:?}", self.setting);
        self.stands_at(row);
        self.has_searched = false;
        let mut out = BytesMut::new();
        let prompt = self.setting.prompt;
        self.editor.begin(prompt, Entry::Command, &mut out);
        self.show(&out);
    }

    fn stands_at(&mut self, top: usize) {
        self.top = top;
        self.above = self.grid.screen();
        self.above.resize(top, String::new());
    }

    fn types(&mut self, keys: &[u8]) {
        self.has_searched |= keys.contains(&0x12);
        let mut input = keys;
        loop {
            let mut out = BytesMut::new();
            let edit = self.editor.input(&mut input, &mut out);
            self.show(&out);
            let Some(edit) = edit else { break };
            if let Edit::Line(line) = &edit {
                assert!(line.len() <= self.setting.limit, "{line:?} is too long");
                assert!(line.chars().all(text::is_shown), "{line:?}");
            }
            if edit != Edit::Complete {
                self.begin();
                self.has_searched = input.contains(&0x12);
            }
            self.edits.push(edit);
        }
        self.check();
    }

    /// The terminal gets it; nothing above the line changes, unless it is cleared as a whole.
    fn show(&mut self, out: &[u8]) {
        self.grid.write(out);
        if out.windows(3).any(|sequence| sequence == b"\x1b[H") {
            self.stands_at(0);
        }
        let mut screen = self.grid.screen();
        screen.resize(screen.len().max(self.top), String::new());
        assert_eq!(
            screen.get(..self.top),
            Some(&self.above[..]),
            "above the line"
        );
    }

    /// What must be seen, where the line is shown as a whole.
    fn sight(&self) -> Option<Sight> {
        let (text, at) = (self.editor.text(), self.editor.head().len());
        let columns = self.setting.columns.into();
        let sight = Sight::new(self.setting.prompt, text, at, columns);
        let rows = self.editor.window().rows.unwrap_or(24);
        (self.setting.terminal.moves && sight.last < rows).then_some(sight)
    }

    /// What is seen is the line and the cursor.
    fn check(&self) {
        let (text, head) = (self.editor.text(), self.editor.head());
        assert!(text.len() <= self.setting.limit && text.starts_with(head));
        let history: Vec<&str> = self.editor.history().collect();
        assert!(
            history.len() <= 3 && history.concat().len() <= 60,
            "{history:?}"
        );
        if self.has_searched {
            return;
        }
        let story = format!("{head:?} of {text:?}");
        let mut screen = self.grid.screen();
        let (row, column) = self.grid.cursor();
        let Some(sight) = self.sight() else {
            // In part, in one row.
            assert!(screen.len() <= row + 1, "below {story}: {screen:?}");
            if self.setting.columns >= 10 {
                let line = screen.get(row).map_or("", |row| row);
                let columns = self.setting.columns.into();
                let sees = sees_its_character(line, column, text, head.len(), columns);
                assert!(sees, "{screen:?}, column {column}, {story}");
            }
            return;
        };
        let rows = self.top + sight.rows.len();
        screen.resize(screen.len().max(rows), String::new());
        assert_eq!(screen.get(self.top..), Some(&sight.rows[..]), "{story}");
        let cursor = (sight.cursor.0 + self.top, sight.cursor.1);
        assert_eq!((row, column), cursor, "{story}");
    }

    /// The line stands where the cursor shows that it does, not above where it was.
    fn has_moved(&mut self) {
        let (row, _) = self.grid.cursor();
        let before = self.sight().map_or(0, |sight| sight.cursor.0);
        let top = row.checked_sub(before).filter(|top| *top >= self.top);
        let Some(top) = top else {
            panic!("the line is above row {}", self.top);
        };
        self.stands_at(top);
    }

    fn resize(&mut self, columns: u16) {
        if self.has_searched {
            return;
        }
        self.setting.columns = columns;
        self.grid.resize(columns.into());
        self.stands_at(self.top);
        let mut out = BytesMut::new();
        let window = Window::of(columns, self.setting.rows);
        self.editor.resize(window, true, &mut out);
        self.show(&out);
        self.has_moved();
        self.check();
    }

    fn interject(&mut self) {
        if self.has_searched {
            return;
        }
        let mut out = BytesMut::new();
        self.editor.interject("!\r\n", &mut out);
        self.show(&out);
        self.has_moved();
        assert_eq!(self.above.last().map(String::as_str), Some("!"));
        self.check();
    }
}

/// Keys in any pieces, messages above the line, and windows of any width between them.
fn a_walk(keys: &[u8], setting: Setting, dice: &mut Dice) {
    let mut desk = Desk::new(setting);
    for piece in dice.cut(keys, 12) {
        desk.types(piece);
        match dice.below(6) {
            0 => desk.resize(dice.pick([2, 3, 5, 6, 10, 11, 20, 40])),
            1 => desk.interject(),
            _ => {}
        }
    }
}

/// Keys in one piece, a byte at a time and in any pieces make the same of the line and the screen.
fn cuts_do_not_matter(keys: &[u8], setting: Setting, dice: &mut Dice) {
    // What a printer has printed stays.
    let is_kept = |key: &u8| setting.terminal.moves || *key != 0x0c;
    let keys: Vec<u8> = keys.iter().copied().filter(is_kept).collect();
    let play = |pieces: Vec<&[u8]>| {
        let mut desk = Desk::new(setting);
        pieces.iter().for_each(|piece| desk.types(piece));
        let line = (desk.editor.text().to_owned(), desk.editor.head().len());
        (desk.edits, line, desk.grid.screen(), desk.grid.cursor())
    };
    let whole = play(vec![&keys]);
    assert_eq!(play(keys.chunks(1).collect()), whole, "left: by bytes");
    assert_eq!(play(dice.cut(&keys, 9)), whole, "left: in pieces");
}

/// Two passwords of the same kind and length look the same, byte for byte, and none is remembered.
fn tells_nothing_of_a_password(data: &[u8], dice: &mut Dice) {
    let setting = Setting::of(dice);
    let pieces = dice.cut(data, 5);
    let look = |letters: &[u8; 26]| {
        let (mut editor, mut out) = (setting.editor(), BytesMut::new());
        editor.begin("password: ", Entry::Secret, &mut out);
        let mut entered = Vec::new();
        for piece in &pieces {
            let keys: Vec<Vec<u8>> = piece.iter().map(|byte| key(*byte, letters)).collect();
            let keys = keys.concat();
            let mut input = &keys[..];
            while let Some(edit) = editor.input(&mut input, &mut out) {
                if let Edit::Line(line) = edit {
                    entered.push(line.len());
                }
                editor.begin("password: ", Entry::Secret, &mut out);
            }
        }
        assert_eq!(editor.history().count(), 0, "a password is remembered");
        (out, entered)
    };
    let one = look(b"abcdefghijklmnopqrstuvwxyz");
    let other = look(b"ZYXWVUTSRQPONMLKJIHGFEDCBA");
    assert_eq!(one, other, "what was typed shows");
}

/// A letter, or a key that does the same whatever the letters are.
fn key(byte: u8, letters: &[u8; 26]) -> Vec<u8> {
    match byte {
        0..=159 => {
            let letter = letters.get(usize::from(byte) % letters.len());
            letter.map_or(vec![], |letter| vec![*letter])
        }
        160..=199 => vec![b' '],
        _ => {
            let keys = super::KEYS;
            let key = keys.get(usize::from(byte) % keys.len());
            // What is begun here must not take the letter behind it for a key.
            let key = key.filter(|key| !matches!(**key, "\x1b" | "\x1b["));
            key.map_or(vec![], |key| key.as_bytes().to_vec())
        }
    }
}
