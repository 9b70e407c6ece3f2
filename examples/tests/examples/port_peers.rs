//! Other people's access servers and clients, where they are installed.

use std::{
    fs::File,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use crate::{Running, has, has_module, output, program};

/// A program of theirs, ended with its test.
pub(crate) struct Theirs(pub(crate) Child);

impl Theirs {
    pub(crate) fn start(program: &mut Command) -> Self {
        Self(
            program
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A tty at `path` that returns everything.
fn looped(path: &Path) -> Theirs {
    let pty = format!("pty,raw,echo=0,link={}", path.display());
    let socat = Theirs::start(Command::new("socat").args([&pty, "EXEC:cat,pty,raw,echo=0"]));
    until(|| path.exists());
    socat
}

pub(crate) fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        thread::sleep(core::time::Duration::from_millis(10));
    }
    panic!("it did not come to be so in five seconds");
}

/// What comes back from the port at `at` for every byte there is.
fn every_byte(at: &str) {
    let all: Vec<u8> = (0..=255).chain([255, 255, 13, 0, 13, 10]).collect();
    let mut client = program("port_client");
    client.args(["--linger", "1s", &format!("rfc2217://{at}?baud=57600")]);
    client.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut client = client.spawn().unwrap();
    client.stdin.take().unwrap().write_all(&all).unwrap();
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, all);
}

/// The settings that the port at `at` then has, in short.
fn settings(at: &str, wanted: &str) -> String {
    let port = format!("rfc2217://{at}?{wanted}");
    let shown = output(program("port_client").args(["--show", &port]));
    shown.split(';').next().unwrap().to_owned()
}

/// Passes each connection of `listener` on to a Unix socket.
fn relay(listener: TcpListener, to: std::path::PathBuf) {
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), UnixStream::connect(&to).unwrap());
            let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || pass(from, &into, || into.shutdown(Shutdown::Write)));
            thread::spawn(move || pass(server, &client, || client.shutdown(Shutdown::Write)));
        }
    });
}

fn pass(mut from: impl Read, mut into: impl Write, end: impl FnOnce() -> std::io::Result<()>) {
    let mut bytes = [0; 4_096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if into.write_all(bytes.get(..count).unwrap()).is_err() {
            break;
        }
    }
    let _ = end();
}

#[test]
fn a_remote_port_works_with_ser2net() {
    if !has("ser2net", "-v") || !has("socat", "-V") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [tty, socket, file] =
        ["tty", "socket", "ser2net.yaml"].map(|name| folder.path().join(name));
    let _looped = looped(&tty);
    let config = format!(
        "connection: &port\n  accepter: telnet(rfc2217=true),unix,{}\n  \
         connector: serialdev,{},9600n81,local\n",
        socket.display(),
        tty.display()
    );
    std::fs::write(&file, config).unwrap();
    let ser2net = Command::new("ser2net")
        .args(["-n", "-u", "-c"])
        .arg(&file)
        .spawn();
    let _ser2net = Theirs(ser2net.unwrap());
    until(|| socket.exists());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    relay(listener, socket);
    every_byte(&at);
    assert_eq!(settings(&at, "baud=19200&format=7E2"), "19200 7E2");
}

#[test]
fn a_remote_port_works_with_sredird() {
    if !has("sredird", "") || !has("socat", "-V") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [tty, lock] = ["tty", "lock"].map(|name| folder.path().join(name));
    let _looped = looped(&tty);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client: OwnedFd = client.unwrap().into();
            let (input, out) = (client.try_clone().unwrap(), client);
            let mut sredird = Command::new("sredird");
            let sredird = sredird.arg("0").args([&tty, &lock]);
            let sredird = sredird.stdin(File::from(input)).stdout(File::from(out));
            sredird.stderr(Stdio::null()).status().unwrap();
        }
    });
    every_byte(&at);
    // It answers in eight bytes; and what the PTY makes of data bits and parity.
    assert_eq!(settings(&at, "baud=19200&format=8N2"), "19200 8N2");
}

#[test]
fn a_remote_port_works_with_pyserials_server() {
    if !has_module("serial") {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyserial/server.py");
    let mut server = Running::start(Command::new("python3").arg(script));
    let at = server.line();
    every_byte(&at);
    assert_eq!(settings(&at, "baud=19200&format=7E2"), "19200 7E2");
}

/// A server of ours in front of a looped port.
fn server() -> (Running, String) {
    let mut server = program("port_server");
    let words = ["--quiet", "loopback:?baud=9600", "tcp://127.0.0.1:0"];
    let mut server = Running::start(server.args(words));
    let at = server.line().rsplit("tcp://").next().unwrap().to_owned();
    server.until("Ctrl-C");
    (server, at)
}

#[test]
fn serialx_opens_a_port_of_ours() {
    if !has_module("serialx") {
        return;
    }
    let (server, at) = server();
    let script = "import serialx, sys\n\
        with serialx.serial_for_url(sys.argv[1], baudrate=115200) as port:\n    \
            port.write(bytes(range(256)))\n    \
            heard = b''\n    \
            while len(heard) < 256: heard += port.read(256 - len(heard))\n    \
            assert heard == bytes(range(256))\n";
    let mut python = Command::new("python3");
    output(python.args(["-c", script]).arg(format!("rfc2217://{at}")));
    server.end();
}

#[test]
fn gensiot_talks_through_a_port_of_ours() {
    if !has("gensiot", "--version") {
        return;
    }
    let (server, at) = server();
    let (host, port) = at.split_once(':').unwrap();
    let mut gensiot = Command::new("gensiot");
    let gensiot = gensiot.arg(format!("telnet(rfc2217),tcp,{host},{port}"));
    let gensiot = gensiot.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut gensiot = Theirs(gensiot.spawn().unwrap());
    let mut input = gensiot.0.stdin.take().unwrap();
    input.write_all(b"through gensio").unwrap();
    let mut heard = [0; 14];
    gensiot
        .0
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut heard)
        .unwrap();
    assert_eq!(&heard, b"through gensio");
    drop(gensiot);
    // And the port is free again.
    until(|| {
        let mut next = TcpStream::connect(&at).unwrap();
        let mut first = [0];
        next.read_exact(&mut first).is_ok() && first == [255]
    });
    server.end();
}
