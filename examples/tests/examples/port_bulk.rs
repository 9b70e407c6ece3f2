//! Much data both ways at once through `port_server`, by all its clients: nothing stops, nothing is lost.
//!
//! The port is a tty behind which `cat` returns everything. `cat` on a tty of its own would not do: socat
//! then waits for `cat` to take, and `cat` for socat, also without a server between.

use std::{
    fs::File,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use crate::{
    Running, has, has_module, output,
    port_peers::{Theirs, until},
    program,
};

/// A port that returns everything, and its server at `host:port`.
struct Echo {
    _socat: Theirs,
    server: Running,
    at: String,
    _folder: tempfile::TempDir,
}

impl Echo {
    fn start(words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tty = folder.path().join("tty");
        let pty = format!("pty,raw,echo=0,link={}", tty.display());
        let socat = Theirs::start(Command::new("socat").args([&pty, "EXEC:cat"]));
        until(|| tty.exists());
        let line = format!("serial://{}?baud=115200", tty.display());
        let mut server = program("port_server");
        let server = server.arg("--quiet").args(words);
        let mut server = Running::start(server.args([&line, "tcp://127.0.0.1:0"]));
        let at = server.line().rsplit("tcp://").next().unwrap().to_owned();
        server.until("Ctrl-C");
        Self {
            _socat: socat,
            server,
            at,
            _folder: folder,
        }
    }
}

/// 4 MiB with every byte in them, and pieces of any length up to 64 KiB.
fn data() -> (Vec<u8>, Vec<usize>) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        // xorshift64: the same every time.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let data: Vec<u8> = (0..4 * 1024 * 1024 / 8).flat_map(|_| next()).collect();
    let mut pieces = Vec::new();
    while pieces.iter().sum::<usize>() < data.len() {
        let [low, high, ..] = next();
        pieces.push(1 + usize::from(u16::from_le_bytes([low, high])));
    }
    (data, pieces)
}

/// Writes `data` in `pieces` while what comes back is read; ends the writing side then.
fn echoed(mut into: impl Write + Send + 'static, mut from: impl Read) {
    let (data, pieces) = data();
    let copy = data.clone();
    let writing = thread::spawn(move || {
        let mut rest = &copy[..];
        for piece in pieces {
            let (some, more) = rest.split_at(piece.min(rest.len()));
            into.write_all(some).unwrap();
            rest = more;
        }
    });
    let mut heard = vec![0; data.len()];
    from.read_exact(&mut heard).unwrap();
    assert!(heard == data);
    writing.join().unwrap();
}

#[test]
fn four_megabytes_pass_both_ways_by_bytes_alone() {
    if !has("socat", "-V") {
        return;
    }
    let echo = Echo::start(&["--raw"]);
    let client = TcpStream::connect(&echo.at).unwrap();
    echoed(client.try_clone().unwrap(), &client);
    client.shutdown(Shutdown::Both).unwrap();
    echo.server.end();
}

#[test]
fn four_megabytes_pass_both_ways_by_our_client() {
    if !has("socat", "-V") {
        return;
    }
    let echo = Echo::start(&[]);
    let mut client = program("port_client");
    client.arg(format!("rfc2217://{}?baud=115200", echo.at));
    let mut client = Theirs(
        client
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let (into, from) = (client.0.stdin.take(), client.0.stdout.take());
    // The standard input stays open to the end: what is still to come is not given up.
    let keep = into.unwrap();
    let into = File::from(std::os::fd::OwnedFd::from(keep));
    echoed(into.try_clone().unwrap(), from.unwrap());
    drop(into);
    echo.server.end();
}

#[test]
fn four_megabytes_pass_both_ways_by_a_tty_of_ours() {
    if !has("socat", "-V") {
        return;
    }
    let echo = Echo::start(&[]);
    let link = echo._folder.path().join("front");
    let mut front = program("pty_front");
    let mut front = Running::start(front.arg(format!("rfc2217://{}", echo.at)).arg(&link));
    front.until("Ctrl-C");
    output(
        Command::new("stty")
            .arg("-F")
            .arg(&link)
            .args(["raw", "-echo"]),
    );
    let tty = File::options().read(true).write(true).open(&link).unwrap();
    echoed(tty.try_clone().unwrap(), tty);
    front.end();
    echo.server.end();
}

#[test]
fn much_data_passes_both_ways_by_pyserial() {
    if !has("socat", "-V") || !has_module("serial") {
        return;
    }
    let echo = Echo::start(&[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyserial/bulk.py");
    let mut python = Command::new("python3");
    let python = python.arg(script).arg(format!("rfc2217://{}", echo.at));
    assert_eq!(output(python), "ok\n");
    echo.server.end();
}
