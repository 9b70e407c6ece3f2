//! Runs the `tap` example between a client and a device.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixListener,
    process::Stdio,
};

use crate::{interrupt, program};

#[test]
fn a_tap_passes_logs_and_captures_a_session_and_ends_on_interrupt() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tap.pcapng");
    let device = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = format!("tcp://{}", device.local_addr().unwrap());
    let mut tap = program("tap")
        .args(["tcp://127.0.0.1:0", &far])
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut says = BufReader::new(tap.stderr.take().unwrap()).lines();
    let mut log = BufReader::new(tap.stdout.take().unwrap()).lines();

    let open = says.next().unwrap().unwrap();
    let near = open.strip_prefix("open tcp://").unwrap();
    let near = near.split(';').next().unwrap();
    let mut client = TcpStream::connect(near).unwrap();
    client.write_all(b"SI\r\n").unwrap();
    let (mut scale, _) = device.accept().unwrap();
    scale.read_exact(&mut [0; 4]).unwrap();
    scale.write_all(b"S S 1.5 g\r\n").unwrap();
    drop(scale);
    let mut got = Vec::new();
    client.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"S S 1.5 g\r\n");

    assert!(log.next().unwrap().unwrap().ends_with("|SI..|"));
    assert!(log.next().unwrap().unwrap().ends_with("|S S 1.5 g..|"));
    interrupt(&tap);
    assert!(tap.wait().unwrap().success());
    let capture = std::fs::read(&file).unwrap();
    assert!(capture.starts_with(b"\x0a\x0d\x0d\x0a"));
    assert!(capture.windows(11).any(|bytes| bytes == got));
}

#[test]
fn a_tap_outlives_a_device_that_is_not_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("device");
    let mut tap = program("tap")
        .args(["tcp://127.0.0.1:0", &format!("unix:{}", place.display())])
        .arg(folder.path().join("tap.pcapng"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut says = BufReader::new(tap.stderr.take().unwrap()).lines();
    let open = says.next().unwrap().unwrap();
    let near = open.strip_prefix("open tcp://").unwrap();
    let near = near.split(';').next().unwrap();
    let mut early = TcpStream::connect(near).unwrap();
    assert_eq!(early.read(&mut [0; 1]).unwrap(), 0, "hung up");

    let device = UnixListener::bind(&place).unwrap();
    let mut client = TcpStream::connect(near).unwrap();
    let (mut scale, _) = device.accept().unwrap();
    scale.write_all(b"S").unwrap();
    client.read_exact(&mut [0; 1]).unwrap();
    interrupt(&tap);
    assert!(tap.wait().unwrap().success());
}

#[test]
fn a_line_behind_a_tap_is_free_for_the_next_client() {
    let folder = tempfile::tempdir().unwrap();
    let line = folder.path().join("line");
    let mut tap = program("tap")
        .args(["tcp://127.0.0.1:0", &format!("pty:{}", line.display())])
        .arg(folder.path().join("tap.pcapng"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut says = BufReader::new(tap.stderr.take().unwrap()).lines();
    let open = says.next().unwrap().unwrap();
    let near = open.strip_prefix("open tcp://").unwrap();
    let near = near.split(';').next().unwrap();
    for _ in 0..2 {
        drop(TcpStream::connect(near).unwrap());
        assert!(says.next().unwrap().unwrap().ends_with("is on the tap"));
        assert_eq!(says.next().unwrap().unwrap(), "ended");
    }
    interrupt(&tap);
    assert!(tap.wait().unwrap().success());
}

#[test]
fn a_bad_address_is_named_and_no_address_gets_the_usage() {
    let output = program("tap")
        .args(["tcp://127.0.0.1:x", "b", "c"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("port"));
    let output = program("tap").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("usage: tap"));
    assert!(
        program("tap")
            .arg("--help")
            .output()
            .unwrap()
            .status
            .success()
    );
}
