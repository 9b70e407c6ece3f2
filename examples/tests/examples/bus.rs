//! `gateway`, from TCP to serial lines; and `monitor`, on a line and between two ends.

use std::{fs::File, io::Write, path::Path, process::Command};

use crate::{
    Running, failure, has, output, program,
    room::{poll, values},
    units::slave,
};

#[test]
fn a_gateway_routes_units_to_their_buses() {
    let (slave, places) = slave(&["modbus-rtu+pty:", "modbus-ascii+pty:"]);
    let [rtu, ascii] = &places[..] else {
        panic!("{places:?}");
    };
    let mut gateway = program("gateway");
    gateway
        .args([
            "modbus-tcp://127.0.0.1:0",
            "--timeout",
            "50ms",
            "--retries",
            "0",
        ])
        .args([format!("1-3={rtu}"), format!("101-102:1={ascii}")]);
    let mut gateway = Running::start(&mut gateway);
    let place = gateway.until("clients at").pop().unwrap();
    let place = place.strip_prefix("clients at ").unwrap();
    let place = place.split(';').next().unwrap();
    for (unit, point, value) in [
        ("1", "input:12/u64", "123456789"),
        ("2", "holding:0/i32/dcba", "12500"),
        ("101", "input:12/u64", "123456789"),
        ("102", "discrete:0", "on"),
    ] {
        let said = output(&mut poll(place, &["--unit", unit, point]));
        assert_eq!(values(&said), [value], "unit {unit}");
    }
    output(&mut poll(place, &["--unit", "101", "holding:0=41"]));
    let said = output(&mut poll(place, &["--unit", "1", "holding:0"]));
    assert_eq!(values(&said), ["41"]);
    for (unit, point, exception) in [
        ("1", "input:99", "exception 02"),
        ("3", "input:0", "exception 0B"),
        ("50", "input:0", "exception 0A"),
    ] {
        let (code, error) = failure(&mut poll(place, &["--unit", unit, point]));
        assert!(
            code == 1 && error.contains(exception),
            "unit {unit}: {error}"
        );
    }
    gateway.end();
    slave.end();
}

#[test]
fn a_gateway_answers_for_a_bus_that_is_not_there() {
    let bus = "1=modbus-rtu+serial:///dev/no-such-port";
    let mut gateway = Running::start(program("gateway").args(["modbus-tcp://127.0.0.1:0", bus]));
    let place = gateway.until("clients at").pop().unwrap();
    let place = place.strip_prefix("clients at ").unwrap();
    let place = place.split(';').next().unwrap();
    let (code, error) = failure(&mut poll(place, &["input:0"]));
    assert!(code == 1 && error.contains("exception 0A"), "{error}");
    gateway.end();
}

#[test]
fn what_is_no_route_and_no_place_is_named() {
    for (words, said) in [
        (&["modbus-tcp://127.0.0.1:0", "1"][..], "UNITS=ADDRESS"),
        (
            &["modbus-tcp://127.0.0.1:0", "1=modbus-tcp://a"],
            "modbus-rtu+",
        ),
        (&[], "no address for clients"),
    ] {
        let (code, error) = failure(program("gateway").args(words));
        assert!(code == 1 && error.contains(said), "{error}");
    }
    for (words, said) in [
        (&["modbus-tcp://127.0.0.1:1"][..], "Connection refused"),
        (
            &["modbus-tcp://127.0.0.1:0", "modbus-rtu+tcp://a:1"],
            "framed alike",
        ),
        (&[], "one address, or two"),
    ] {
        let (code, error) = failure(program("monitor").args(words));
        assert!(code == 1 && error.contains(said), "{error}");
    }
}

#[test]
fn a_monitor_hears_both_directions_of_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let (link, file) = (
        folder.path().join("line"),
        folder.path().join("line.pcapng"),
    );
    let place = format!("modbus-rtu+pty:{}", link.display());
    let mut program = program("monitor");
    let mut monitor = Running::start_telling(program.args([&place, "--write"]).arg(&file));
    assert!(monitor.told().starts_with("listening to "));
    let mut line = File::options().write(true).open(&link).unwrap();
    line.write_all(b"\x11\x03\x00\x6B\x00\x03\x76\x87").unwrap();
    let request = monitor.line();
    line.write_all(b"\x11\x03\x06\xAE\x41\x56\x52\x43\x40\x49\xAD")
        .unwrap();
    let response = monitor.line();
    assert!(
        request.contains(" unit 17 -> Read Holding Registers 107..110"),
        "{request}"
    );
    let said = " unit 17 <- Read Holding Registers: 44609 22098 17216  (";
    assert!(
        response.contains(said) && response.ends_with(" ms)"),
        "{response}"
    );
    line.write_all(b"noise").unwrap();
    let damage = monitor.line();
    assert!(damage.ends_with("-- 5 bytes: a bad check"), "{damage}");
    monitor.end();
    decodes(
        &file,
        &[
            "Query: Trans:     1; Unit:  17, Func:   3",
            "Response: Trans:     1; Unit:  17, Func:   3",
        ],
    );
}

#[test]
fn a_monitor_between_two_ends_passes_and_captures_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (slave, places) = slave(&[
        "modbus-tcp://127.0.0.1:0",
        "modbus-rtu+tcp://127.0.0.1:0",
        "modbus-ascii+pty:",
    ]);
    for (server, near) in places.iter().zip([
        "modbus-tcp://127.0.0.1:0",
        "modbus-rtu+tcp://127.0.0.1:0",
        "modbus-ascii+tcp://127.0.0.1:0",
    ]) {
        let file = folder.path().join("between.pcapng");
        let mut program = program("monitor");
        let program = program.args([near, server, "--write"]).arg(&file);
        let mut monitor = Running::start_telling(program);
        let place = &monitor.place();
        let points = ["holding:0=5", "input:12/u64", "input:0+3/f32"];
        let said = output(&mut poll(place, &points));
        assert_eq!(
            values(&said),
            ["123456789", "230.1", "229.8", "231"],
            "{near}"
        );
        let (code, error) = failure(&mut poll(place, &["input:99"]));
        assert!(code == 1 && error.contains("exception 02"), "{error}");
        let heard = monitor.end();
        let ways: Vec<_> = heard
            .lines()
            .map(|line| line.split(" unit 1 ").nth(1).unwrap())
            .collect();
        assert_eq!(ways.len(), 8, "{heard}");
        assert_eq!(ways[0], "-> Write Single Register 0: 5");
        assert!(ways[1].starts_with("<- Write Single Register: done  ("));
        assert!(ways[7].starts_with("<- exception 02"));
        decodes(
            &file,
            &[
                "Query: Trans:     1; Unit:   1, Func:   6",
                "Response: Trans:     1; Unit:   1, Func:   6",
                "Query: Trans:     2; Unit:   1, Func:   4",
                "Response: Trans:     2; Unit:   1, Func:   4",
                "Query: Trans:     3; Unit:   1, Func:   4",
                "Response: Trans:     3; Unit:   1, Func:   4",
            ],
        );
    }
    slave.end();
}

/// tshark finds these Modbus packets in a capture first, and nothing in it to warn of.
fn decodes(file: &Path, packets: &[&str]) {
    if !has("tshark", "-v") {
        return;
    }
    let tshark = |filter: &str| {
        let words = ["-Y", filter, "-T", "fields", "-e", "_ws.col.Info"];
        output(Command::new("tshark").arg("-r").arg(file).args(words))
    };
    let said = tshark("mbtcp");
    let found: Vec<_> = said.lines().map(str::trim_start).collect();
    assert!(found.len() >= packets.len(), "{said}");
    for (found, packet) in found.iter().zip(packets) {
        assert!(found.starts_with(packet), "{said}");
    }
    // Severities from a warning on.
    assert_eq!(
        tshark("_ws.malformed || _ws.expert.severity >= 0x600000"),
        ""
    );
}
