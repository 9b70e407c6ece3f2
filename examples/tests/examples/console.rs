//! `console`, over Telnet and for programs.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

use crate::{Running, program};

/// A console at some port, and a connection to it.
fn console(how: &str) -> (Running, TcpStream) {
    let mut console = Running::start(program("console").args([how, "tcp://127.0.0.1:0"]));
    let line = console.line();
    let address = line.rsplit('/').next().unwrap().to_owned();
    (console, TcpStream::connect(address).unwrap())
}

/// What is said until the words come.
pub(crate) fn until(stream: &mut TcpStream, words: &str) -> String {
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
