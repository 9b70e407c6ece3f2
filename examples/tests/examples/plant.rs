//! The plant, and what reads it: our own examples, and other people's programs where installed.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use crate::{interrupt, program};

/// A plant that runs, and where its devices are.
struct Plant {
    program: Child,
    says: BufReader<std::process::ChildStdout>,
    scale_pty: String,
    scale_tcp: String,
    probe_pty: String,
    probe_tcp: String,
}

impl Plant {
    fn start() -> Self {
        let mut program = program("device")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(program.stdout.take().unwrap());
        let mut places = Vec::new();
        let mut line = String::new();
        while !line.starts_with("Ctrl-C") {
            line.clear();
            assert!(
                says.read_line(&mut line).unwrap() > 0,
                "it says where it is"
            );
            let place = |word: &&str| word.starts_with("/dev/") || word.starts_with("tcp://");
            places.extend(line.split_whitespace().find(place).map(str::to_owned));
        }
        // The scale on a PTY, on TCP, the line that reads it, and the same for the probe.
        let [scale_pty, scale_tcp, _, probe_pty, probe_tcp] = places.try_into().unwrap();
        Self {
            program,
            says,
            scale_pty,
            scale_tcp,
            probe_pty,
            probe_tcp,
        }
    }

    fn end(mut self) {
        interrupt(&self.program);
        assert!(self.program.wait().unwrap().success());
        let mut last = String::new();
        self.says.read_line(&mut last).unwrap();
        assert_eq!(last, "the plant is closed\n");
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        let _ = self.program.kill();
    }
}

fn output(program: &mut Command) -> String {
    let output = program.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_scale_is_read_on_tcp_on_its_pty_and_by_hand() {
    let plant = Plant::start();
    let serial = format!("serial://{}", plant.scale_pty);
    for address in [&plant.scale_tcp, &serial] {
        let said = output(program("scale").args(["--count", "1", address]));
        assert!(said.starts_with("S S "), "{said}");
    }
    let host = plant.scale_tcp.strip_prefix("tcp://").unwrap();
    let said = output(program("by_hand").arg(host));
    assert!(said.starts_with("S S "), "{said}");
    plant.end();
}

#[test]
fn the_scale_survives_garbage_and_answers_the_next_line() {
    let plant = Plant::start();
    let mut stream = TcpStream::connect(plant.scale_tcp.strip_prefix("tcp://").unwrap()).unwrap();
    stream.write_all(&[0xff; 100_000]).unwrap();
    stream.write_all(b"\r\nSI\r\n").unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    assert!(answer.starts_with("S S "), "{answer}");
    plant.end();
}

#[test]
fn the_probe_reports_on_tcp_and_on_its_pty() {
    let plant = Plant::start();
    let serial = format!("serial://{}", plant.probe_pty);
    for address in [&plant.probe_tcp, &serial] {
        let said = output(program("scale").args(["--probe", "--count", "1", address]));
        assert!(said.starts_with("Report { number: "), "{said}");
    }
    plant.end();
}

#[test]
fn socat_reads_the_scale_as_the_plant_says() {
    if Command::new("socat").arg("-V").output().is_err() {
        eprintln!("skipped: socat is not installed");
        return;
    }
    let plant = Plant::start();
    let address = format!(
        "TCP:{},crlf",
        plant.scale_tcp.strip_prefix("tcp://").unwrap()
    );
    let mut socat = Command::new("socat")
        .args(["-t2", "-", &address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    socat.stdin.take().unwrap().write_all(b"T\nwhat\n").unwrap();
    let said = String::from_utf8(socat.wait_with_output().unwrap().stdout).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("T S "), "{said}");
    assert_eq!(lines[1], "ES");
    plant.end();
}

#[test]
fn pyserial_reads_the_scale_on_its_pty() {
    const SCRIPT: &str = "import serial, sys\n\
        port = serial.Serial(sys.argv[1], 19200, timeout=5)\n\
        port.write(b'TA\\r\\nwhat\\r\\n')\n\
        print(port.readline().decode().strip(), port.readline().decode().strip())";
    let known = Command::new("python3")
        .args(["-c", "import serial"])
        .output();
    if !known.is_ok_and(|known| known.status.success()) {
        eprintln!("skipped: pyserial is not installed");
        return;
    }
    let plant = Plant::start();
    let said = output(Command::new("python3").args(["-c", SCRIPT, &plant.scale_pty]));
    assert_eq!(said, "TA A       0.00 g ES\n");
    plant.end();
}

#[test]
fn the_interlock_opens_and_closes_its_valve() {
    let said = output(&mut program("interlock"));
    assert_eq!(
        said,
        "level Some(880): the valve opens\nlevel Some(560): the valve closes\n"
    );
}

#[test]
fn a_wrong_address_is_named_with_what_is_allowed() {
    let output = program("scale").arg("tpc://127.0.0.1:1").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("tpc") && error.contains("tcp"), "{error}");
}
