//! The plant, and what reads it: our own examples, and other people's programs where installed.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

use crate::{Running, console::until, has, has_module, output, program, room::poll};

/// A plant that runs, and where its devices are.
pub(crate) struct Plant {
    program: Running,
    pub(crate) says: Vec<String>,
    scale_pty: String,
    scale_tcp: String,
    probe_pty: String,
    probe_tcp: String,
    pub(crate) room_rtu: String,
    pub(crate) room_tcp: String,
}

impl Plant {
    pub(crate) fn start() -> Self {
        let mut program = Running::start(&mut program("device"));
        let says = program.until("Ctrl-C ends");
        // Each device begins with its name; where it is stands first in a line.
        let places = |name: &str| {
            let of = says.iter().skip_while(|line| !line.starts_with(name));
            let mut lines = of.map(|line| line.trim_start_matches(name).trim_start());
            let mut place = |scheme: &str| {
                let line = lines.find(|line| line.starts_with(scheme)).unwrap();
                line.split_whitespace().next().unwrap().to_owned()
            };
            (place("/dev/"), place("tcp://"))
        };
        let (scale_pty, scale_tcp) = places("scale");
        let (probe_pty, probe_tcp) = places("probe");
        let (room_rtu, room_tcp) = places("room");
        Self {
            program,
            says,
            scale_pty,
            scale_tcp,
            probe_pty,
            probe_tcp,
            room_rtu,
            room_tcp,
        }
    }

    pub(crate) fn end(self) {
        assert_eq!(self.program.end(), "the plant is closed\n");
    }
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
    if !has("socat", "-V") {
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
    if !has_module("serial") {
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

/// The address of this scheme that the plant prints first.
fn at(plant: &Plant, scheme: &str) -> String {
    let mut words = plant.says.iter().flat_map(|line| line.split_whitespace());
    words
        .find(|word| word.starts_with(scheme))
        .unwrap()
        .to_owned()
}

#[test]
fn an_operator_sees_and_changes_the_room_at_its_console() {
    let plant = Plant::start();
    let address = at(&plant, "telnet://").replace("telnet://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    // DO ECHO, DO SGA, WONT TTYPE, WONT NAWS.
    stream
        .write_all(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f")
        .unwrap();
    until(&mut stream, "login: ");
    stream.write_all(b"operator\r\nplant\r\n").unwrap();
    until(&mut stream, "plant> ");
    stream.write_all(b"setpoint 500\r\n").unwrap();
    until(&mut stream, "to 90\r\nplant> ");
    stream
        .write_all(b"fan on\r\nsetpoint 31.5\r\nroom\r\nweigh\r\n")
        .unwrap();
    let said = until(&mut stream, " g\r\n");
    assert!(said.contains("31.5 °C") && said.contains(" on, "), "{said}");
    let room = format!("modbus-{}", plant.room_tcp);
    let setpoint = output(&mut poll(&room, &["holding:0/i16"]));
    assert!(setpoint.contains("315"), "{setpoint}");
    drop(stream);
    plant.end();
}

/// A visitor of the plant's console, whose client answers nothing of what it is asked.
fn visitor(plant: &Plant) -> TcpStream {
    let address = at(plant, "telnet://").replace("telnet://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    // WONT TTYPE, WONT NAWS, DONT ECHO, DO SGA.
    stream
        .write_all(b"\xff\xfc\x18\xff\xfc\x1f\xff\xfe\x01\xff\xfd\x03")
        .unwrap();
    until(&mut stream, "login: ");
    stream
}

#[test]
fn who_guesses_passwords_at_several_connections_is_locked_out() {
    let plant = Plant::start();
    let mut guesses: Vec<_> = (0..5).map(|_| visitor(&plant)).collect();
    for guess in &mut guesses {
        guess.write_all(b"operator\r\nguess\r\n").unwrap();
    }
    for guess in &mut guesses {
        until(guess, "Login incorrect.");
    }
    let mut right = visitor(&plant);
    right.write_all(b"operator\r\nplant\r\n").unwrap();
    until(&mut right, "Login incorrect.");
    plant.end();
}

#[test]
fn an_operator_sees_who_is_at_the_plant_and_puts_one_out() {
    let plant = Plant::start();
    let mut other = visitor(&plant);
    let from = other.local_addr().unwrap().to_string();
    let mut operator = visitor(&plant);
    operator.write_all(b"operator\r\nplant\r\n").unwrap();
    until(&mut operator, "plant> ");
    operator.write_all(b"who\r\n").unwrap();
    let who = until(&mut operator, "plant> ");
    assert!(who.contains(&from), "{who}");
    operator.write_all(b"kick 1\r\n").unwrap();
    until(&mut other, "Your session was ended.");
    plant.end();
}

#[test]
fn the_scale_is_read_through_its_serial_port_on_the_network() {
    let plant = Plant::start();
    let port = format!("{}?baud=9600", at(&plant, "rfc2217://"));
    let mut client = program("port_client");
    client
        .arg(port)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut client = client.spawn().unwrap();
    client.stdin.take().unwrap().write_all(b"SI\r\n").unwrap();
    let said = client.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.starts_with("S S ") && said.ends_with(" g\r\n"),
        "{said:?}"
    );
    plant.end();
}
