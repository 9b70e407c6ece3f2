//! `port_server` and `port_client` against each other, and pyserial.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{Running, failure, has_module, output, program};

/// A server of a looped port, and where it is: `host:port`.
fn server(words: &[&str]) -> (Running, String) {
    let mut program = program("port_server");
    program.arg("--quiet").args(words);
    let mut server = Running::start(program.args(["loopback:?baud=9600", "tcp://127.0.0.1:0"]));
    let line = server.line();
    assert!(
        line.starts_with("loopback:?baud=9600 (9600 8N1) at tcp://"),
        "{line}"
    );
    let at = line.rsplit("tcp://").next().unwrap().to_owned();
    server.until("Ctrl-C");
    (server, at)
}

/// A client whose standard input is `typed`.
fn client(words: &[&str], typed: &str) -> String {
    let mut program = program("port_client");
    let program = program.args(words).stdin(Stdio::piped());
    let mut client = program.stdout(Stdio::piped()).spawn().unwrap();
    let mut input = client.stdin.take().unwrap();
    input.write_all(typed.as_bytes()).unwrap();
    drop(input);
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_client_has_the_port_with_its_settings() {
    let (server, at) = server(&["--restore"]);
    let port = format!("rfc2217://{at}?baud=19200&format=7E2");
    let heard = client(&["--linger", "300ms", &port], "all of this comes back\n");
    assert_eq!(heard, "all of this comes back\n");
    let shown = output(program("port_client").args(["--show", "--dtr", "off", &port]));
    assert_eq!(
        shown,
        "19200 7E2; DTR off, RTS on; CTS on, DSR off, DCD off, RI off\n"
    );
    let shown = output(program("port_client").args(["--break", "50ms", "--show", &port]));
    assert!(shown.starts_with("19200 7E2; DTR off"), "{shown}");
    let (code, error) = failure(program("port_client").args(["--dtr", "up", &port]));
    assert_eq!(code, 1);
    assert!(error.contains("on or off"), "{error}");
    server.end();
}

#[test]
fn a_port_is_restored_when_its_server_is_interrupted() {
    // The port of the second server is on the first.
    let (first, at) = server(&["--share"]);
    let line = format!("rfc2217://{at}?baud=9600");
    let mut second = Running::start(program("port_server").args([
        "--quiet",
        "--restore",
        &line,
        "tcp://127.0.0.1:0",
    ]));
    let told = second.line();
    second.until("Ctrl-C");
    let mut client = TcpStream::connect(told.rsplit("tcp://").next().unwrap()).unwrap();
    // WILL COM-PORT, and SET-BAUDRATE 19200.
    let fast = [255, 251, 44, 255, 250, 44, 1, 0, 0, 0x4B, 0, 255, 240];
    client.write_all(&fast).unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(&[101, 0, 0, 0x4B, 0, 255, 240]) {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        heard.extend(byte);
    }
    assert_eq!(rate(&at), 19_200);
    second.end();
    assert_eq!(rate(&at), 9_600);
    first.end();
}

#[test]
fn a_raw_port_has_a_banner_and_two_clients() {
    let (server, at) = server(&["--raw", "--share", "--banner", "loop 1"]);
    let mut clients = [&at, &at].map(|at| TcpStream::connect(at).unwrap());
    for client in &mut clients {
        let mut banner = [0; 8];
        client.read_exact(&mut banner).unwrap();
        assert_eq!(&banner, b"loop 1\r\n");
    }
    let [one, other] = &mut clients;
    one.write_all(b"\xFF both").unwrap();
    for client in [one, other] {
        let mut heard = [0; 6];
        client.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"\xFF both");
    }
    let (_, error) = failure(program("port_client").arg(format!("rfc2217://{at}?answer=200ms")));
    // What it is offered comes back, and so it is agreed on; but nobody answers.
    assert!(error.contains("does not answer the settings"), "{error}");
    server.end();
}

#[test]
fn a_file_names_many_ports_and_a_capture() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ports.toml");
    let capture = folder.path().join("ports.pcapng");
    let text = format!(
        "capture = {capture:?}\n{}{}",
        "[[port]]\nline = \"loopback:?baud=9600\"\nlisten = \"tcp://127.0.0.1:0\"\n",
        "[[port]]\nline = \"loopback:?baud=300\"\nlisten = \"tcp://127.0.0.1:0\"\nspeaks = \"telnet\"\n"
    );
    std::fs::write(&file, text).unwrap();
    let mut server = Running::start(program("port_server").arg("--quiet").arg(&file));
    let lines = server.until("Ctrl-C");
    let at = lines[0].rsplit("tcp://").next().unwrap();
    assert!(lines[1].starts_with("loopback:?baud=300 (300 8N1)"));
    let telnet = lines[1].rsplit("tcp://").next().unwrap();
    let heard = client(
        &["--linger", "300ms", &format!("rfc2217://{at}?baud=38400")],
        "captured",
    );
    assert_eq!(heard, "captured");
    // A terminal is offered what makes it send each key at once: WILL BINARY, WILL ECHO, WILL SGA.
    let mut terminal = TcpStream::connect(telnet).unwrap();
    let mut offers = [0; 9];
    terminal.read_exact(&mut offers).unwrap();
    assert_eq!(offers, [255, 251, 0, 255, 251, 1, 255, 251, 3]);
    server.end();
    let capture = std::fs::read(capture).unwrap();
    assert!(capture.windows(8).any(|bytes| bytes == b"captured"));
}

#[test]
fn the_file_beside_the_example_can_be_read() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("port_server.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ports.toml");
    std::fs::write(&copy, text.replace(":4001", ":0").replace(":4002", ":0")).unwrap();
    let mut server = Running::start(program("port_server").arg("--quiet").arg(copy));
    assert_eq!(server.until("Ctrl-C").len(), 3);
    server.end();
}

#[test]
fn modbus_runs_over_a_remote_port_as_over_any_line() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("meter");
    let map = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("slave.toml");
    let pty = format!("modbus-rtu+pty:{}", place.display());
    let mut slave = Running::start(program("slave").arg("--quiet").arg(map).arg(&pty));
    slave.until("Ctrl-C");
    let line = format!("serial://{}?baud=19200&format=8E1", place.display());
    let words = ["--quiet", &line, "tcp://127.0.0.1:0"];
    let mut server = Running::start(program("port_server").args(words));
    let at = server.line();
    let at = at.rsplit("tcp://").next().unwrap();
    let remote = format!("modbus-rtu+rfc2217://{at}");
    let said = output(program("poll").args([&remote, "--unit", "1", "holding:0"]));
    assert!(said.trim_end().ends_with("40"), "{said}");
    server.end();
    slave.end();
}

/// The rate in effect, asked for by a client of bytes beside the others.
fn rate(at: &str) -> u32 {
    let mut client = TcpStream::connect(at).unwrap();
    let question = [255, 250, 44, 1, 0, 0, 0, 0, 255, 240];
    client.write_all(&[255, 251, 44]).unwrap();
    client.write_all(&question).unwrap();
    let mut heard = Vec::new();
    loop {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        heard.extend(byte);
        if let [.., 255, 250, 44, 101, a, b, c, d, 255, 240] = heard[..] {
            return u32::from_be_bytes([a, b, c, d]);
        }
    }
}

#[test]
fn a_program_on_the_tty_has_the_remote_port_with_its_baud_rate() {
    let (server, at) = server(&["--share"]);
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("port");
    let mut front = program("pty_front");
    let front = front.arg(format!("rfc2217://{at}")).arg(&link);
    let mut front = Running::start(front);
    front.until("Ctrl-C");
    let tty = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&link);
    let mut tty = tty.unwrap();
    for baud in ["57600", "1200", "115200"] {
        let mut stty = Command::new("stty");
        output(stty.arg("-F").arg(&link).args(["raw", "-echo", baud]));
        tty.write_all(b"round").unwrap();
        let mut heard = [0; 5];
        tty.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"round");
        assert_eq!(rate(&at).to_string(), baud);
    }
    if has_module("serial") {
        let script = "import serial, sys\n\
            port = serial.Serial(sys.argv[1], 38400, timeout=5)\n\
            port.write(bytes(range(256)))\n\
            assert port.read(256) == bytes(range(256))\n\
            port.baudrate = 230400\n\
            port.write(b'fast')\n\
            assert port.read(4) == b'fast'\n";
        drop(tty);
        let mut python = Command::new("python3");
        output(python.args(["-c", script]).arg(&link));
        assert_eq!(rate(&at), 230_400);
    }
    front.end();
    server.end();
}

#[test]
fn pyserial_drives_everything_of_a_port() {
    if !has_module("serial") {
        return;
    }
    let (server, at) = server(&[]);
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pyserial/client.py");
    let mut python = Command::new("python3");
    let said = output(python.arg(script).arg(format!("rfc2217://{at}")));
    assert!(said.ends_with("ok\n"), "{said}");
    server.end();
}
