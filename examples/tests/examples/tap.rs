//! Runs the `tap` example between a client and a device.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixListener,
    path::Path,
};

use crate::{Running, program};

/// A tap on the way to `far`, and where clients come to.
fn tap(far: &str, file: &Path) -> (Running, String) {
    let mut program = program("tap");
    let program = program.args(["tcp://127.0.0.1:0", far]).arg(file);
    let mut tap = Running::start_telling(program);
    let near = tap.place();
    let near = near.strip_prefix("tcp://").unwrap().to_owned();
    (tap, near)
}

#[test]
fn a_tap_passes_logs_and_captures_a_session_and_ends_on_interrupt() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tap.pcapng");
    let device = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = format!("tcp://{}", device.local_addr().unwrap());
    let (mut tap, near) = tap(&far, &file);
    let mut client = TcpStream::connect(&near).unwrap();
    client.write_all(b"SI\r\n").unwrap();
    let (mut scale, _) = device.accept().unwrap();
    scale.read_exact(&mut [0; 4]).unwrap();
    scale.write_all(b"S S 1.5 g\r\n").unwrap();
    drop(scale);
    let mut got = Vec::new();
    client.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"S S 1.5 g\r\n");

    assert!(tap.line().ends_with("|SI..|"));
    assert!(tap.line().ends_with("|S S 1.5 g..|"));
    tap.end();
    let capture = std::fs::read(&file).unwrap();
    assert!(capture.starts_with(b"\x0a\x0d\x0d\x0a"));
    assert!(capture.windows(11).any(|bytes| bytes == got));
}

#[test]
fn a_tap_outlives_a_device_that_is_not_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("device");
    let far = format!("unix:{}", place.display());
    let (tap, near) = tap(&far, &folder.path().join("tap.pcapng"));
    let mut early = TcpStream::connect(&near).unwrap();
    assert_eq!(early.read(&mut [0; 1]).unwrap(), 0, "hung up");

    let device = UnixListener::bind(&place).unwrap();
    let mut client = TcpStream::connect(&near).unwrap();
    let (mut scale, _) = device.accept().unwrap();
    scale.write_all(b"S").unwrap();
    client.read_exact(&mut [0; 1]).unwrap();
    tap.end();
}

#[test]
fn a_line_behind_a_tap_is_free_for_the_next_client() {
    let folder = tempfile::tempdir().unwrap();
    let line = folder.path().join("line");
    let far = format!("pty:{}", line.display());
    let (mut tap, near) = tap(&far, &folder.path().join("tap.pcapng"));
    for _ in 0..2 {
        drop(TcpStream::connect(&near).unwrap());
        assert!(tap.told().ends_with("is on the tap"));
        assert_eq!(tap.told(), "ended");
    }
    tap.end();
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
