//! `slave`, units from a file; and `poll` on somebody else's server.

use std::{path::PathBuf, process::Command};

use crate::{
    Running, failure, has, has_module, output, program,
    room::{poll, pymodbus, values},
};

/// The map that stands beside the examples.
pub(crate) fn map() -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    folder.join("slave.toml").display().to_string()
}

/// A slave with that map at these addresses, and where it is.
pub(crate) fn slave(places: &[&str]) -> (Running, Vec<String>) {
    let mut slave = Running::start(program("slave").arg(map()).args(places));
    let lines = slave.until("Ctrl-C ends");
    let places = lines
        .iter()
        .filter_map(|line| line.strip_prefix("units 1, 2 at "));
    let places = places.map(str::to_owned).collect();
    (slave, places)
}

#[test]
fn a_slave_is_what_its_map_says_at_every_address() {
    let addresses = [
        "modbus-tcp://127.0.0.1:0",
        "modbus-rtu+pty:",
        "modbus-ascii+pty:",
    ];
    let (slave, places) = slave(&addresses);
    let [tcp, rtu, ascii] = &places[..] else {
        panic!("{places:?}");
    };
    for place in [tcp, rtu, ascii] {
        let said = output(&mut poll(place, &["--map", &map()]));
        let meter = [
            "230.1",
            "229.8",
            "231",
            "4.75",
            "5",
            "4.25",
            "123456789",
            "50.01",
            "40",
            "A-0042",
        ];
        assert_eq!(values(&said), meter);
        assert!(said.contains("serial number"), "{said}");
        let said = output(&mut poll(place, &["--map", &map(), "--unit", "2"]));
        assert_eq!(values(&said), ["off", "on", "off", "12500"]);
    }
    // The units are the same wherever they are written, a broadcast reaches both, and what is
    // read-only stays.
    output(&mut poll(
        rtu,
        &["--unit", "2", "coil:0=on", "holding:0/i32/dcba=-7"],
    ));
    let said = output(&mut poll(
        tcp,
        &["--unit", "2", "coil:0", "holding:0/i32/dcba"],
    ));
    assert_eq!(values(&said), ["on", "-7"]);
    output(&mut poll(ascii, &["--unit", "0", "holding:0=3"]));
    for unit in ["1", "2"] {
        let said = output(&mut poll(tcp, &["--unit", unit, "holding:0"]));
        assert_eq!(values(&said), ["3"]);
    }
    let (code, error) = failure(&mut poll(tcp, &["holding:10/text:2=no"]));
    assert!(code == 1 && error.contains("exception 02"), "{error}");
    slave.end();
}

#[test]
fn mbpoll_reads_a_slave() {
    if !has("mbpoll", "-V") {
        return;
    }
    let (slave, places) = slave(&["modbus-tcp://127.0.0.1:0"]);
    let port = places[0].rsplit(':').next().unwrap();
    let words = [
        "-p",
        port,
        "-a",
        "1",
        "-0",
        "-1",
        "-q",
        "-t",
        "3:float",
        "-r",
        "16",
        "127.0.0.1",
    ];
    let said = output(Command::new("mbpoll").args(words));
    assert!(said.contains("[16]: \t50.01"), "{said}");
    slave.end();
}

#[test]
fn a_map_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.toml");
    std::fs::write(&file, "[[unit]]\naddress = 300\n").unwrap();
    let place = "modbus-tcp://127.0.0.1:0";
    let (code, error) = failure(program("slave").arg(&file).arg(place));
    assert!(
        code == 1 && error.contains("bad.toml") && error.contains("300"),
        "{error}"
    );
    let (code, error) = failure(program("slave").args(["/no/such.toml", place]));
    assert!(code == 1 && error.contains("/no/such.toml"), "{error}");
    let (code, error) = failure(&mut program("slave"));
    assert!(code == 1 && error.contains("no map"), "{error}");
}

#[test]
fn poll_drives_pymodbus_in_every_framing() {
    if !has_module("pymodbus") || !has_module("serial") || !has("socat", "-V") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let end = |name: &str| folder.path().join(name).display().to_string();
    for kind in ["tcp", "rtu", "ascii"] {
        let (near, far) = (end(&format!("{kind}-near")), end(&format!("{kind}-far")));
        let _wire = (kind != "tcp").then(|| wire(&near, &far));
        let mut server = Running::start(&mut pymodbus("server.py", &[kind, &far]));
        let at = server.line();
        let place = match kind {
            "tcp" => format!("modbus-tcp://127.0.0.1:{}", at.rsplit(' ').next().unwrap()),
            kind => format!("modbus-{kind}+serial:{near}?format=8N1"),
        };
        let points = [
            "coil:1=on,off,on",
            "holding:0/f32/cdab=21.5",
            "holding:2=7",
            "coil:0+4",
            "discrete:0+3",
            "input:0/f32",
            "input:2/i16",
            "holding:0/f32/cdab",
            "holding:2",
        ];
        let said = output(&mut poll(&place, &points));
        let read = [
            "off", "on", "off", "on", "on", "off", "on", "21.5", "-2", "21.5", "7",
        ];
        assert_eq!(values(&said), read, "{kind}");
        let (code, error) = failure(&mut poll(&place, &["input:3"]));
        assert!(
            code == 1 && error.contains("exception 02"),
            "{kind}: {error}"
        );
    }
}

/// Two serial ports joined by a wire.
fn wire(near: &str, far: &str) -> Running {
    let port = |at: &str| format!("pty,raw,echo=0,link={at}");
    let wire = Running::start(Command::new("socat").args([port(near), port(far)]));
    while !(PathBuf::from(near).exists() && PathBuf::from(far).exists()) {
        std::thread::yield_now();
    }
    wire
}
