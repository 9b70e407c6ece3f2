//! `console`: over Telnet, raw TCP, a serial line, at a terminal, and for programs.

use core::net::SocketAddr;
use std::{
    fs::File,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    process::Command,
};

use crate::{Running, has, operators::shown, output, program};

/// A console at some port, and a connection to it.
fn console(how: &str) -> (Running, TcpStream) {
    let mut console = Running::start(program("console").args([how, "tcp://127.0.0.1:0"]));
    let line = console.line();
    let address = line.rsplit('/').next().unwrap().to_owned();
    let stream = TcpStream::connect(address).unwrap();
    let patience = core::time::Duration::from_secs(30);
    stream.set_read_timeout(Some(patience)).unwrap();
    (console, stream)
}

/// What is said until the words come.
pub(crate) fn until(stream: &mut impl Read, words: &str) -> String {
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains(words) {
        let mut some = [0; 512];
        let count = stream.read(&mut some).unwrap();
        assert!(count > 0, "it ends before {words:?}");
        said.extend_from_slice(some.get(..count).unwrap());
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn an_operator_logs_in_over_telnet_and_reads_a_point() {
    let (console, mut stream) = console("telnet");
    // DO ECHO, DO SGA, WONT TTYPE, WONT NAWS.
    stream
        .write_all(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f")
        .unwrap();
    until(&mut stream, "login: ");
    stream.write_all(b"operator\r\nguest\r\n").unwrap();
    let said = until(&mut stream, "farm> ");
    assert!(!said.contains("guest"), "{said:?}");
    stream
        .write_all(b"set tank1.level 7.5\r\nget ta\t1.l\t\r\n")
        .unwrap();
    until(&mut stream, "      7.50\r\n");
    stream.write_all(b"reset\r\n").unwrap();
    until(&mut stream, "expected a command");
    stream.write_all(b"exit\r\n").unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    console.end();
}

/// A session at a console that is there, of an engineer.
fn engineer(at: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(at).unwrap();
    // DO ECHO, DO SGA, WONT TTYPE, WONT NAWS.
    stream
        .write_all(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f")
        .unwrap();
    until(&mut stream, "login: ");
    stream.write_all(b"engineer\r\nhush\r\n").unwrap();
    until(&mut stream, "farm> ");
    stream
}

#[test]
fn one_who_waits_is_kicked_and_those_who_reset_leave_their_places() {
    let (console, first) = console("telnet");
    let at = first.peer_addr().unwrap();
    drop(first);
    for _ in 0..3 {
        // More than the eight places.
        let mut waiting: Vec<_> = (0..3).map(|_| engineer(at)).collect();
        for stream in &mut waiting {
            stream.write_all(b"wait 600\r\n").unwrap();
            until(stream, "wait 600\r\n");
            // What is not read makes the close a reset.
            stream.write_all(b"\xff\xf6").unwrap();
            stream.peek(&mut [0]).unwrap();
        }
    }
    let mut waits = engineer(at);
    waits.write_all(b"wait 600\r\n").unwrap();
    until(&mut waits, "wait 600\r\n");
    let mut operator = engineer(at);
    operator.write_all(b"who\r\n").unwrap();
    let who = until(&mut operator, "farm> ");
    let from = waits.local_addr().unwrap().to_string();
    let row = who.lines().find(|row| row.contains(&from)).unwrap();
    let number = row.split_whitespace().next().unwrap();
    operator
        .write_all(format!("kick {number}\r\n").as_bytes())
        .unwrap();
    until(&mut waits, "Your session was ended.");
    console.end();
}

#[test]
fn an_operator_comes_over_raw_tcp() {
    let (console, mut stream) = console("raw");
    until(&mut stream, "login: ");
    stream.write_all(b"operator\rguest\r").unwrap();
    let said = until(&mut stream, "farm> ");
    assert!(!said.contains('\u{fffd}'), "no Telnet: {said:?}");
    // What is typed is shown, Tab completes, and an escape sequence moves the cursor.
    stream
        .write_all(b"get 1.l\x1b[D\x1b[D\x1b[Dtank\x1b[F\t\r")
        .unwrap();
    until(&mut stream, "tank1.level               0.00\r\nfarm> ");
    stream.write_all(b"\x04").unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    console.end();
}

#[test]
fn a_serial_line_is_there_for_the_next_operator() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tty");
    let mut console = program("console");
    let address = format!("pty:{}", path.display());
    let mut console = Running::start(console.args(["raw", &address]));
    console.until("log in as");
    output(
        Command::new("stty")
            .arg("-F")
            .arg(&path)
            .args(["raw", "-echo"]),
    );
    let mut says = File::options().read(true).write(true).open(&path).unwrap();
    for ends in ["exit\r", "\x04"] {
        says.write_all(b"\r").unwrap();
        until(&mut says, "login: ");
        says.write_all(b"operator\r").unwrap();
        until(&mut says, "password: ");
        says.write_all(b"guest\r").unwrap();
        until(&mut says, "farm> ");
        says.write_all(b"get tank1.level\r").unwrap();
        until(&mut says, "0.00\r\nfarm> ");
        says.write_all(ends.as_bytes()).unwrap();
        until(&mut says, "Press Enter.\r\n");
    }
    console.end();
}

#[test]
fn the_console_at_a_terminal_follows_its_size() {
    if !has("python3", "-V") {
        return;
    }
    let console = program("console").get_program().to_owned();
    let dialogue = [
        "farm> ",
        "log 100\r",
        "   23  nothing happened\r\n\x1b[7m--More--",
        "q",
        "farm> ",
        "@size 10 60",
        // In a window of another width the line is shown anew.
        "farm> ",
        "log 100\r",
        "--More--",
        "q",
        "farm> ",
        "exit\r",
        "",
    ];
    let shown = shown(&[console.to_str().unwrap()], &dialogue);
    assert!(
        shown.contains("    9  nothing happened\r\n\x1b[7m--More--"),
        "{shown}"
    );
}

#[test]
fn a_program_speaks_lines() {
    let (console, mut stream) = console("plain");
    stream
        .write_all(b"set tank1.level 7.5\nget tank1.level\nget\tx y\nset tank1.level x\n")
        .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "tank1.level               7.50",
            "ERROR: There is no point x.",
            "ERROR 17: expected <value>, a number",
        ]
    );
    console.end();
}
