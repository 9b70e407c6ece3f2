use std::{string::String, vec, vec::Vec};

use super::*;
use crate::console::grid::{Grid, Sight, sees_its_character};

/// An editor and what its operator sees.
struct Desk {
    editor: Editor,
    grid: Grid,
    edits: Vec<Edit>,
}

impl Desk {
    fn new(columns: u16) -> Self {
        Self::at(columns, 0, Terminal::UNKNOWN, false)
    }

    fn at(columns: u16, rows: u16, terminal: Terminal, wraps_at_once: bool) -> Self {
        let limits = Limits {
            line: 200,
            ..Limits::default()
        };
        let mut editor = Editor::new(&limits);
        let mut out = BytesMut::new();
        editor.resize(Window::of(columns, rows), false, &mut out);
        editor.set_terminal(terminal, false, &mut out);
        editor.begin("> ", Entry::Command, &mut out);
        let mut grid = Grid::new(columns.into(), wraps_at_once, !terminal.moves);
        grid.write(&out);
        Self {
            editor,
            grid,
            edits: vec![],
        }
    }

    fn types(&mut self, keys: impl AsRef<[u8]>) -> &mut Self {
        let mut input = keys.as_ref();
        let mut out = BytesMut::new();
        while let Some(edit) = self.editor.input(&mut input, &mut out) {
            if edit != Edit::Complete {
                self.editor.begin("> ", Entry::Command, &mut out);
            }
            self.edits.push(edit);
        }
        self.grid.write(&out);
        self
    }

    /// The line with the cursor's place marked.
    fn line(&self) -> String {
        let text = self.editor.text();
        let (head, tail) = text.split_at(self.editor.head().len());
        [head, "|", tail].concat()
    }

    fn lines(&self) -> Vec<&str> {
        let lines = self.edits.iter().map(|edit| match edit {
            Edit::Line(line) => line.as_str(),
            other => panic!("{other:?}"),
        });
        lines.collect()
    }
}

#[test]
fn the_keys_of_readline_edit() {
    for (keys, line) in [
        (&b"set level 12"[..], "set level 12|"),
        (b"abc\x1b[D\x1b[Dx", "ax|bc"),
        (b"abc\x01x\x05y", "xabcy|"),
        (b"abc\x1b[Hx\x1b[Fy", "xabcy|"),
        (b"abc\x02\x02\x06x", "abx|c"),
        (b"abc\x7f\x08", "a|"),
        (b"abc\x01\x1b[3~\x04", "|c"),
        (b"one two\x17", "one |"),
        (b"one two\x1bb\x0b", "one |"),
        (b"one two\x1bb\x15", "|two"),
        (b"one two\x1bb\x15\x05\x19", "twoone |"),
        (b"one two\x01\x1bd", "| two"),
        (b"one two\x01\x1bf!", "one!| two"),
        (b"one two\x1b[1;5D\x1b[1;5D\x1b[1;5C", "one| two"),
        (b"ab\x14", "ba|"),
        (b"one.two\x1b\x7f", "one.|"),
        (b"a\x1b[15~b\x1bOQc", "abc|"),
    ] {
        let mut desk = Desk::new(80);
        desk.types(keys);
        assert_eq!(desk.line(), line, "{:?}", keys.escape_ascii());
        assert_eq!(
            desk.grid.screen(),
            [["> ", &line.replace('|', "")].concat().trim_end()]
        );
    }
}

#[test]
fn every_form_of_enter_gives_the_line() {
    let mut desk = Desk::new(80);
    desk.types("a\r\nb\r\0c\rd\ne");
    assert_eq!(desk.lines(), ["a", "b", "c", "d"]);
    assert_eq!(desk.grid.screen(), ["> a", "> b", "> c", "> d", "> e"]);
}

#[test]
fn the_middle_of_a_line_is_entered_whole() {
    let mut desk = Desk::new(10);
    desk.types("abcdefghijklmnop\x01\r");
    assert_eq!(desk.lines(), ["abcdefghijklmnop"]);
    assert_eq!(desk.grid.screen(), ["> abcdefgh", "ijklmnop", ">"]);
}

#[test]
fn interrupt_and_end_are_told() {
    let mut desk = Desk::new(80);
    desk.types("abc\x01\x03");
    assert_eq!(desk.edits, [Edit::Interrupt]);
    assert_eq!(desk.grid.screen(), ["> abc^C", ">"]);
    desk.types("\x04");
    assert_eq!(desk.edits, [Edit::Interrupt, Edit::Eof]);
}

#[test]
fn history_goes_back_and_returns_to_the_new_line() {
    let mut desk = Desk::new(80);
    desk.types("one\rtwo\rthr\x1b[A");
    assert_eq!(desk.line(), "two|");
    desk.types("\x10\x10");
    assert_eq!(desk.line(), "one|");
    assert_eq!(desk.grid.bells, 1, "there is nothing older");
    desk.types("\x1b[B\x0e");
    assert_eq!(desk.line(), "thr|");
}

#[test]
fn a_search_finds_older_lines_and_runs_them() {
    let mut desk = Desk::new(80);
    desk.types("set level 1\rget level\rset speed 9\r\x12set");
    assert_eq!(
        desk.grid.screen()[3],
        "(reverse-i-search)`set': set speed 9"
    );
    desk.types("\x12");
    assert_eq!(
        desk.grid.screen()[3],
        "(reverse-i-search)`set': set level 1"
    );
    desk.types("\x12");
    assert_eq!(
        desk.grid.screen()[3],
        "(failed reverse-i-search)`set': set level 1"
    );
    desk.types("\r");
    assert_eq!(desk.lines()[3], "set level 1");
    desk.types("draft\x12get\x07");
    assert_eq!(desk.line(), "draft|");
    desk.types("\x12get\x01x");
    assert_eq!(desk.line(), "x|get level");
}

#[test]
fn a_line_that_is_too_long_rings_the_bell_and_is_thrown_away() {
    let mut desk = Desk::new(40);
    desk.types("x".repeat(300));
    assert_eq!((desk.grid.bells, desk.editor.text().len()), (1, 200));
    desk.types("\r");
    assert_eq!(desk.edits, [Edit::TooLong]);
    desk.types("x".repeat(201)).types("\x7f\r");
    assert_eq!(desk.edits[1], Edit::Line("x".repeat(199)));
}

#[test]
fn a_paste_runs_nothing() {
    let mut desk = Desk::new(80);
    desk.types("set \x1b[200~level\r\n12\t\x03\x01!\x1b[201~?");
    assert_eq!(desk.edits, []);
    assert_eq!(desk.line(), "set level 12 !?|");
}

#[test]
fn a_password_is_not_shown_and_not_kept() {
    let mut desk = Desk::new(80);
    let mut out = BytesMut::new();
    desk.editor.begin("password: ", Entry::Secret, &mut out);
    let mut keys = &b"wrong\x15secr\x7fret\r"[..];
    let edit = desk.editor.input(&mut keys, &mut out);
    assert_eq!(edit, Some(Edit::Line("secret".into())));
    assert_eq!(out, "password: \r\n");
    desk.editor.begin("> ", Entry::Command, &mut out);
    desk.types("\x1b[A\x19");
    assert_eq!(desk.line(), "|");
}

#[test]
fn what_the_other_end_shows_itself_is_not_shown_again() {
    let mut editor = Editor::new(&Limits::default());
    let mut out = BytesMut::new();
    editor.set_echo(false, false, &mut out);
    editor.begin("> ", Entry::Command, &mut out);
    assert_eq!(
        editor.input(&mut &b"help\r\n"[..], &mut out),
        Some(Edit::Line("help".into()))
    );
    assert_eq!(out, "> ");
    out.clear();
    editor.begin("> ", Entry::Command, &mut out);
    editor.input(&mut &b"hel"[..], &mut out);
    editor.resize(Window::of(20, 5), true, &mut out);
    editor.set_terminal(Terminal::DUMB, true, &mut out);
    editor.interject("pump on\r\n", &mut out);
    assert_eq!(out, "> \r\npump on\r\n> ");
}

#[test]
fn typing_at_the_end_costs_the_byte_that_was_typed() {
    let mut desk = Desk::new(80);
    desk.types("abc");
    let mut out = BytesMut::new();
    desk.editor.input(&mut &b"d"[..], &mut out);
    assert_eq!(out, "d");
    out.clear();
    desk.editor.input(&mut &b"\x7f"[..], &mut out);
    assert_eq!(out, "\x08\x1b[K");
}

#[test]
fn an_interrupt_behind_a_full_row_has_a_row_of_its_own() {
    let mut desk = Desk::new(10);
    desk.types("abcdefgh\x03x");
    assert_eq!(desk.grid.screen(), ["> abcdefgh", "^C", "> x"]);
}

#[test]
fn a_search_shows_nothing_that_no_line_may_hold() {
    let mut desk = Desk::new(80);
    desk.types("\x12a\u{9b}\u{202e}b");
    assert_eq!(desk.grid.screen(), ["(failed reverse-i-search)`ab':"]);
}

#[test]
fn a_message_stands_above_the_line() {
    let mut desk = Desk::new(10);
    desk.types("abcdefghijkl\x02");
    let mut out = BytesMut::new();
    desk.editor.interject("pump on\r\n", &mut out);
    desk.grid.write(&out);
    assert_eq!(desk.grid.screen(), ["pump on", "> abcdefgh", "ijkl"]);
    assert_eq!(desk.grid.cursor(), (2, 3));
}

#[test]
fn a_line_is_shown_anew_when_the_window_changes_and_nothing_above_it_is_touched() {
    // Each terminal wraps what it shows anew, or does not.
    for (from, to, before, after) in [
        (
            10,
            20,
            &b"above\r\n> abcdefghijkl"[..],
            &["above", "> abcdefghijkl"][..],
        ),
        (
            10,
            20,
            b"above\r\n> abcdefgh\r\nijkl",
            &["above", "> abcdefgh", "> abcdefghijkl"],
        ),
        (
            20,
            10,
            b"above\r\n> abcdefghijkl",
            &["above", "> abcdefgh", "> abcdefgh", "ijkl"],
        ),
    ] {
        let mut desk = Desk::new(from);
        desk.types("abcdefghijkl");
        let mut out = BytesMut::new();
        desk.editor.resize(Window::of(to, 0), true, &mut out);
        let mut grid = Grid::new(to.into(), false, false);
        grid.write(before);
        grid.write(&out);
        assert_eq!(grid.screen(), after);
    }
}

/// Keys that edit, more or less likely.
fn some_keys(rng: &mut fastrand::Rng) -> String {
    const KEYS: &[&str] = &[
        "\x1b[D",
        "\x1b[C",
        "\x1b[H",
        "\x1b[F",
        "\x1b[3~",
        "\x7f",
        "\x7f",
        "\x02",
        "\x06",
        "\x0b",
        "\x15",
        "\x17",
        "\x19",
        "\x14",
        "\x1bb",
        "\x1bf",
        "\x1bd",
        "\x1b\x7f",
        "\x1b[A",
        "\x1b[B",
        "\x12",
        "\x07",
        "\t",
        "\x04",
        "\x1b[200~",
        "\x1b[201~",
        "\x1b[",
        "\x0c",
    ];
    const TEXT: &[&str] = &[
        "a",
        "b",
        " ",
        ".",
        "漢",
        "字",
        "é",
        "e\u{301}",
        "\u{302}",
        "😀",
        "word ",
        "한",
        "\u{1112}\u{1161}",
        "x\u{301}\u{302}",
    ];
    match rng.u8(0..20) {
        0 => "\r".into(),
        1..=6 => rng.choice(KEYS).copied().unwrap_or_default().into(),
        _ => rng.choice(TEXT).copied().unwrap_or_default().into(),
    }
}

fn seen_prompt(editor: &Editor) -> String {
    editor
        .search
        .as_ref()
        .map_or_else(|| "> ".into(), |search| search.prompt())
}

fn seen_line(editor: &Editor) -> (&str, usize) {
    let line = (editor.line.text(), editor.line.at());
    let search = editor.search.as_ref();
    search.map_or(line, |search| (search.shown.as_str(), search.at))
}

#[test]
fn what_is_seen_is_the_line_and_the_cursor_after_any_keys_at_any_width() {
    for seed in 0..400 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let columns = rng.u16(2..40);
        let terminal = *rng.choice(&[Terminal::UNKNOWN, Terminal::COLOUR]).unwrap();
        let mut desk = Desk::at(columns, 999, terminal, rng.bool());
        for step in 0..80 {
            let keys = some_keys(&mut rng);
            let before = desk.edits.len();
            desk.types(&keys);
            if desk.edits.len() > before {
                // Below what was left the screen is ours again.
                desk = Desk {
                    grid: Grid::new(columns.into(), rng.bool(), false),
                    ..desk
                };
                let mut out = BytesMut::new();
                desk.editor.painter.forget();
                desk.editor.paint(&mut out);
                desk.grid.write(&out);
            }
            let (line, at) = seen_line(&desk.editor);
            let sight = Sight::new(&seen_prompt(&desk.editor), line, at, columns.into());
            let mut screen = desk.grid.screen();
            screen.resize(sight.rows.len().max(screen.len()), String::new());
            let story = std::format!(
                "seed {seed} step {step} keys {keys:?} columns {columns} line {line:?} at {at}"
            );
            assert_eq!(screen, sight.rows, "{story}");
            assert_eq!(desk.grid.cursor(), sight.cursor, "{story}");
        }
    }
}

#[test]
fn the_whole_line_is_seen_in_a_window_of_any_other_width() {
    for seed in 0..100 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut desk = Desk::at(rng.u16(2..40), 999, Terminal::UNKNOWN, false);
        for _ in 0..20 {
            let keys = some_keys(&mut rng).replace(['\r', '\x04', '\x12'], "");
            desk.types(&keys);
            let columns = rng.u16(2..40);
            desk.grid.resize(columns.into());
            let mut out = BytesMut::new();
            desk.editor.resize(Window::of(columns, 999), true, &mut out);
            desk.grid.write(&out);
            let (line, at) = seen_line(&desk.editor);
            let sight = Sight::new("> ", line, at, columns.into());
            let (row, column) = desk.grid.cursor();
            let top = row - sight.cursor.0;
            assert_eq!(column, sight.cursor.1, "seed {seed} {columns} {line:?}");
            let mut screen = desk.grid.screen();
            screen.resize(screen.len().max(top + sight.last + 1), String::new());
            let seen = screen[top..].concat();
            assert_eq!(seen, sight.rows.concat(), "seed {seed} {columns} {line:?}");
        }
    }
}

#[test]
fn the_cursor_is_seen_on_its_character_where_a_line_shows_in_part() {
    for seed in 0..400 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let columns = rng.u16(6..40);
        let terminal = if rng.bool() {
            Terminal::DUMB
        } else {
            Terminal::COLOUR
        };
        let mut desk = Desk::at(columns, 1, terminal, false);
        for step in 0..80 {
            let keys = some_keys(&mut rng).replace(['\r', '\x04', '\x0c', '\x12'], "");
            desk.types(&keys);
            let story = std::format!(
                "seed {seed} step {step} keys {keys:?} columns {columns} line {:?}",
                desk.line()
            );
            let mut screen = desk.grid.screen();
            screen.resize(screen.len().max(1), String::new());
            assert!(screen.len() == 1, "{story}: {screen:?}");
            let (row, column) = desk.grid.cursor();
            assert_eq!(row, 0, "{story}");
            let (line, at) = (desk.editor.text(), desk.editor.line.at());
            assert!(
                sees_its_character(&screen[0], column, line, at, columns.into()),
                "{story}: {screen:?}"
            );
        }
    }
}

#[test]
fn cuts_do_not_matter() {
    for seed in 0..200 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let keys: String = (0..60).map(|_| some_keys(&mut rng)).collect();
        let mut whole = Desk::at(20, 999, Terminal::UNKNOWN, false);
        whole.types(&keys);
        let mut bytewise = Desk::at(20, 999, Terminal::UNKNOWN, false);
        keys.as_bytes().chunks(1).for_each(|byte| {
            bytewise.types(byte);
        });
        assert_eq!(bytewise.edits, whole.edits, "seed {seed}");
        assert_eq!(bytewise.line(), whole.line(), "seed {seed}");
        assert_eq!(bytewise.grid.screen(), whole.grid.screen(), "seed {seed}");
    }
}
