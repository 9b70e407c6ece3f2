//! The heated room of the plant over Modbus, and `poll`, which reads and writes it.

use std::{path::PathBuf, process::Command};

use crate::{failure, has, has_module, output, plant::Plant, program};

/// `poll` on a place and further words.
pub(crate) fn poll(place: &str, words: &[&str]) -> Command {
    let mut poll = program("poll");
    poll.arg(place).args(words);
    poll
}

/// The values that `poll` prints, without their names.
pub(crate) fn values(said: &str) -> Vec<&str> {
    let lines = said.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(_, value)| value.trim()).collect()
}

/// Where the room is, in every framing.
fn places(plant: &Plant) -> [String; 3] {
    let ascii = plant.says.iter().find_map(|line| {
        let mut words = line.split_whitespace();
        words.find(|word| word.starts_with("modbus-ascii+"))
    });
    [
        format!("modbus-rtu+serial://{}", plant.room_rtu),
        ascii.unwrap().to_owned(),
        format!("modbus-{}", plant.room_tcp),
    ]
}

/// The commands that the plant prints and that begin so.
pub(crate) fn printed(plant: &Plant, program: &str) -> Vec<String> {
    let begins = |line: &String| line.find(program).map(|at| line[at..].to_owned());
    let lines = plant.says.iter().filter_map(begins);
    lines
        .map(|line| line.split("   (").next().unwrap().to_owned())
        .collect()
}

#[test]
fn poll_reads_and_writes_the_room_in_every_framing() {
    let plant = Plant::start();
    for (place, name) in places(&plant).iter().zip(["Cellar", "Attic", "Hall"]) {
        let setpoint = format!("holding:0/i16={}", 300 + name.len());
        let name_is = format!("holding:2/text:16={name}");
        let written = output(&mut poll(place, &[&setpoint, &name_is, "coil:0=on"]));
        assert_eq!(written, "");
        let points = [
            "holding:0/i16",
            "holding:2/text:16",
            "coil:0+2",
            "input:0/i16",
            "input:2/f32",
        ];
        let said = output(&mut poll(place, &points));
        let values = values(&said);
        assert_eq!(
            values[..4],
            [&format!("{}", 300 + name.len()), name, "on", "on"]
        );
        let (tenths, degrees): (f64, f64) =
            (values[4].parse().unwrap(), values[5].parse().unwrap());
        assert!((tenths / 10.0 - degrees).abs() < 1.0, "{said}");
        let said = output(&mut poll(place, &["--identify"]));
        assert!(
            said.starts_with("vendor        Lineside\nproduct code  LS-ROOM\n"),
            "{said}"
        );
    }
    plant.end();
}

#[test]
fn poll_says_who_is_to_blame_and_whether_it_worked() {
    let plant = Plant::start();
    let [rtu, _, tcp] = places(&plant);
    for (place, words, code, said) in [
        (
            &*tcp,
            &["holding:0/i16=2000"][..],
            1,
            "the server answered exception 03",
        ),
        (&rtu, &["input:10"], 1, "the server answered exception 02"),
        (
            &rtu,
            &[
                "--unit",
                "9",
                "--timeout",
                "50ms",
                "--retries",
                "0",
                "input:0",
            ],
            1,
            "did not answer in time",
        ),
        (
            &rtu,
            &["--unit", "0", "input:0"],
            1,
            "not sent: a broadcast",
        ),
        (
            &rtu,
            &["--unit", "250", "input:0"],
            1,
            "not sent: unit 250 is reserved",
        ),
        (
            "modbus-rtu+serial:///dev/no-such-port",
            &["input:0"],
            1,
            "/dev/no-such-port",
        ),
        (&tcp, &["inputs:0"], 2, "no such table"),
        (&tcp, &[], 2, "no point"),
        (
            &tcp,
            &["--every", "1s", "coil:0=on"],
            2,
            "name a point to read",
        ),
        (
            &tcp,
            &["--evrey", "1s", "coil:0"],
            2,
            "no such option: --evrey",
        ),
        ("tcp://127.0.0.1:1", &["coil:0"], 2, "modbus-tcp:"),
    ] {
        let (status, error) = failure(&mut poll(place, words));
        assert_eq!(status, code, "{error}");
        assert!(
            error.starts_with("poll: ") && error.contains(said),
            "{error}"
        );
    }
    // What can be read is read, whatever else cannot.
    let said = poll(&tcp, &["input:10", "holding:0"]).output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert_eq!(
        values(&String::from_utf8(said.stdout).unwrap()),
        ["-", "215"]
    );
    plant.end();
}

#[test]
fn poll_repeats_as_a_table_for_programs() {
    let plant = Plant::start();
    let [_, _, tcp] = places(&plant);
    let words = [
        "--every",
        "20ms",
        "--count",
        "3",
        "--csv",
        "coil:0+2",
        "holding:2/text:16",
    ];
    let said = output(&mut poll(&tcp, &words));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "time,coil:0,coil:1,holding:2/text:16");
    assert_eq!(lines.len(), 4);
    for line in &lines[1..] {
        let (time, values) = line.split_once(',').unwrap();
        assert!(time.parse::<f64>().unwrap() > 1.7e9);
        assert_eq!(values, "off,on,Room 1");
    }
    plant.end();
}

#[test]
fn the_lines_that_the_plant_prints_work() {
    let plant = Plant::start();
    for line in printed(&plant, "cargo run --release --example poll") {
        let words = line.split_once(" -- ").unwrap().1;
        let said = output(program("poll").args(words.split_whitespace()));
        assert!(!said.is_empty() || words.contains('='), "{line}");
    }
    if !has("mbpoll", "-V") {
        return;
    }
    let lines = printed(&plant, "mbpoll");
    assert_eq!(lines.len(), 4);
    let said: Vec<_> = lines
        .iter()
        .map(|line| output(Command::new("sh").args(["-c", line])))
        .collect();
    for (at, value) in [
        (0, "[0]: \t"),
        (1, "Written 1"),
        (2, "[2]: \t"),
        (3, "Written 1"),
    ] {
        assert!(said[at].contains(value), "{}: {}", lines[at], said[at]);
    }
    let [_, _, tcp] = places(&plant);
    let said = output(&mut poll(&tcp, &["holding:0", "coil:0"]));
    assert_eq!(values(&said), ["400", "on"]);
    plant.end();
}

/// A script of ours for pymodbus.
pub(crate) fn pymodbus(script: &str, words: &[&str]) -> Command {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pymodbus");
    let mut python = Command::new("python3");
    python.arg(folder.join(script)).args(words);
    python
}

#[test]
fn pymodbus_drives_the_room_in_every_framing() {
    if !has_module("pymodbus") || !has_module("serial") {
        return;
    }
    let plant = Plant::start();
    let [_, ascii, tcp] = places(&plant);
    let ascii = ascii.strip_prefix("modbus-ascii+serial://").unwrap();
    let tcp = tcp.strip_prefix("modbus-tcp://").unwrap();
    for (kind, place) in [("rtu", &*plant.room_rtu), ("ascii", ascii), ("tcp", tcp)] {
        let said = output(&mut pymodbus("client.py", &[kind, place]));
        assert_eq!(said, "driven\n", "{kind}");
    }
    plant.end();
}
