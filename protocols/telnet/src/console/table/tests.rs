use std::{string::ToString, vec};

use super::*;
use crate::console::spec::Hints;

fn table() -> Table {
    Table::new([
        Spec::new("get", "Reads points")
            .with(Argument::word("point").hints(Hints::Asked).repeated()),
        Spec::new("set", "Writes a point")
            .with(Argument::word("point").hints(Hints::Asked).help("Its name"))
            .with(Argument::number("value")),
        Spec::new("speed", "Sets the motor's speed")
            .with(Argument::integer("rpm", 0..=3000).help("Revolutions in a minute"))
            .with(Argument::choice("direction", &["left", "right"]).optional()),
        Spec::new("pump", "Turns the pump on or off").with(Argument::switch("state")),
        Spec::new("show version", "Shows the version"),
        Spec::new("show log", "Shows the log")
            .with(Argument::integer("lines", 1..=1000).optional()),
        Spec::new("say", "Says a text").with(Argument::rest("text")),
        Spec::new("gain", "Sets the gain").with(Argument::number_in("factor", 0.5..=2.0)),
        Spec::new("reset", "Resets the device").level(10),
        Spec::new("watch", "Repeats a command")
            .with(Argument::rest("command").hints(Hints::Commands)),
    ])
}

fn fault_of(line: &str) -> (usize, FaultKind, String) {
    let fault = table().parse(line, 0).unwrap_err();
    (fault.at, fault.kind, fault.to_string())
}

#[test]
fn a_line_calls_a_command_with_its_values() {
    let called = table().parse("speed 0x10 LEFT", 0).unwrap().unwrap();
    assert_eq!(called.name(), "speed");
    assert_eq!(called.integer("rpm"), Some(16));
    assert_eq!(called.text("direction"), Some("left"));
    let called = table().parse("get a \"b c\"", 0).unwrap().unwrap();
    let all = vec![Value::Text("a".into()), Value::Text("b c".into())];
    assert_eq!(called.values("point").cloned().collect::<Vec<_>>(), all);
    let called = table().parse(" say  what's \"this\" ", 0);
    // A quote that is not closed is told, in the rest of the line too.
    assert_eq!(called.unwrap_err().kind, FaultKind::Quote);
    let called = table()
        .parse(" say  'what'  \"this\" ", 0)
        .unwrap()
        .unwrap();
    assert_eq!(called.text("text"), Some("'what'  \"this\""));
    let called = table().parse("SHOW LOG", 0).unwrap().unwrap();
    assert_eq!((called.name(), called.value("lines")), ("show log", None));
    assert_eq!(
        table()
            .parse("pump yes", 0)
            .unwrap()
            .unwrap()
            .switch("state"),
        Some(true)
    );
    assert_eq!(
        table()
            .parse("gain 1e0", 0)
            .unwrap()
            .unwrap()
            .number("factor"),
        Some(1.0)
    );
}

#[test]
fn an_empty_line_and_a_comment_call_nothing() {
    for line in ["", "   ", "# set x 1", "  #"] {
        assert_eq!(table().parse(line, 0), Ok(None));
    }
}

#[test]
fn a_fault_says_what_was_expected_where() {
    use FaultKind as Is;
    for (line, at, kind, says) in [
        (
            "sped 5",
            0,
            Is::Unknown,
            "expected a command, perhaps speed",
        ),
        (
            "xyzzy",
            0,
            Is::Unknown,
            "expected a command (help lists them)",
        ),
        ("show", 4, Is::Unknown, "expected log or version"),
        ("show status", 5, Is::Unknown, "expected log or version"),
        (
            "speed",
            5,
            Is::Missing,
            "expected <rpm>, a whole number from 0 to 3000",
        ),
        (
            "speed fast",
            6,
            Is::Kind,
            "expected <rpm>, a whole number from 0 to 3000",
        ),
        (
            "speed 3001",
            6,
            Is::Range,
            "expected <rpm>, a whole number from 0 to 3000",
        ),
        (
            "speed 99999999999999999999999999999999999999999",
            6,
            Is::Range,
            "expected <rpm>, a whole number from 0 to 3000",
        ),
        ("speed 5 up", 8, Is::Choice, "expected left or right"),
        ("speed 5 left now", 13, Is::Extra, "expected nothing more"),
        (
            "show version 2",
            13,
            Is::Extra,
            "expected nothing behind the command",
        ),
        ("set level NaN", 10, Is::Kind, "expected <value>, a number"),
        (
            "gain 3",
            5,
            Is::Range,
            "expected <factor>, a number from 0.5 to 2",
        ),
        ("pump maybe", 5, Is::Choice, "expected on or off"),
        ("get \"a", 6, Is::Quote, "expected a closing \""),
        ("get", 3, Is::Missing, "expected <point>"),
    ] {
        assert_eq!(fault_of(line), (at, kind, says.into()), "{line}");
    }
}

#[test]
fn a_command_above_the_level_is_not_there() {
    assert_eq!(fault_of("reset").1, FaultKind::Unknown);
    assert!(!fault_of("rese").2.contains("reset"));
    assert!(table().parse("reset", 10).is_ok());
    assert!(!table().help(9, 80).contains("reset"));
    assert_eq!(offered("re"), Vec::<String>::new());
}

fn offered(head: &str) -> Vec<String> {
    match table().complete(head, 0) {
        Completion::Words { words, .. } => words,
        Completion::Ask(query) => panic!("{query:?}"),
    }
}

#[test]
fn tab_offers_commands_and_arguments() {
    assert_eq!(offered("s"), ["say", "set", "show", "speed"]);
    assert_eq!(offered("S"), ["say", "set", "show", "speed"]);
    assert_eq!(offered("show "), ["log", "version"]);
    assert_eq!(offered("show v"), ["version"]);
    assert_eq!(offered("pump "), ["off", "on"]);
    assert_eq!(offered("speed 5 l"), ["left"]);
    assert_eq!(offered("speed 5 left "), Vec::<String>::new());
    assert_eq!(offered("watch show "), ["log", "version"]);
    assert_eq!(offered("watch speed 1 "), ["left", "right"]);
    assert_eq!(offered("").len(), 8);
}

#[test]
fn the_application_is_asked_for_what_it_knows() {
    let Completion::Ask(query) = table().complete("watch get a \"b", 0) else {
        panic!("not asked");
    };
    let expected = Query {
        command: "get".into(),
        argument: "point".into(),
        before: vec!["a".into()],
        word: "b".into(),
        from: 12,
    };
    assert_eq!(query, expected);
}

#[test]
fn what_words_have_in_common_is_put_in() {
    let common = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| String::from(*word)).collect();
        complete::common(&words)
    };
    assert_eq!(common(&["level"]), "level ");
    assert_eq!(common(&["tank level"]), "\"tank level\" ");
    assert_eq!(common(&["tank1", "tank2"]), "tank");
    assert_eq!(common(&["tank 1", "tank 2"]), "\"tank ");
    assert_eq!(common(&["tank", "tank 2"]), "\"tank");
    assert_eq!(common(&["漢字", "漢語"]), "漢");
    assert_eq!(common(&["a", "b"]), "");
}

#[test]
fn help_is_made_from_the_table() {
    let help = table().help(0, 80);
    let line = "set <point> <value>       Writes a point\n";
    assert!(help.contains(line), "{help}");
    assert!(help.lines().all(|line| line.len() < 80));
    let help = table().help_of("speed", 0, 80).unwrap();
    assert_eq!(
        help,
        "speed <rpm> [left|right]\n  Sets the motor's speed\n  rpm        Revolutions in a minute; a whole number from 0 to \
         3000\n  direction  left or right\n"
    );
    assert_eq!(table().help_of("show", 0, 80).unwrap().lines().count(), 2);
    assert_eq!(table().help_of("nothing", 0, 80), None);
}

#[test]
fn help_fits_a_narrow_window() {
    for columns in [12, 20, 33, 40] {
        let help = table().help(0, columns);
        let fits = |line: &str| line.len() < columns || !line.trim().contains(' ');
        assert!(help.lines().all(fits), "{columns}: {help}");
    }
}
