//! Operators who come by other people's Telnet clients, where these are installed: each logs in, runs a
//! command, sees its answer, and leaves.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use lineside_io::Net;
use lineside_tcp::Tcp;
use lineside_telnet::{Config, Event, net::Client, wire};

use crate::{Running, has, has_module, output, plant::Plant, program, room::printed};

/// A console over Telnet, and its port.
pub(crate) fn console() -> (Running, String) {
    let mut console = program("console");
    let mut console = Running::start(console.args(["telnet", "tcp://127.0.0.1:0"]));
    let line = console.line();
    let port = line.rsplit(':').next().unwrap().to_owned();
    assert!(console.line().starts_with("log in as operator, guest"));
    (console, port)
}

pub(crate) fn script(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    tests.join("clients").join(name)
}

/// What a terminal shows at which `client` runs in this dialogue.
pub(crate) fn shown(client: &[&str], dialogue: &[&str]) -> String {
    let mut python = Command::new("python3");
    let python = python.arg(script("terminal.py")).args(client).arg("--");
    output(python.args(dialogue))
}

/// Logs in, reads a point whose name Tab completes, and leaves.
const VISIT: [&str; 9] = [
    "login: ",
    "operator\r",
    "password: ",
    "guest\r",
    "farm> ",
    "get tank1.l\t\r",
    "0.00",
    "exit\r",
    "",
];

/// The same by a client at a terminal.
#[track_caller]
fn visits(client: &[&str]) {
    let shown = shown(client, &VISIT);
    assert!(shown.contains("get tank1.level "), "{shown}");
    assert!(!shown.contains("guest"), "{shown}");
}

#[test]
fn inetutils_telnet() {
    if !has("telnet", "--version") || !has("python3", "-V") {
        return;
    }
    let (console, port) = console();
    visits(&["telnet", "127.0.0.1", &port]);
    console.end();
}

#[test]
fn inetutils_telnet_in_linemode() {
    if !has("telnet", "--version") || !has("python3", "-V") {
        return;
    }
    let (console, port) = console();
    let dialogue = [
        "login: ",
        "\x1d",
        "telnet> ",
        "mode line\r",
        "mode line",
        "\r",
        "login: ",
        // Its own editing: DEL takes one back.
        "operatorx\x7f\r",
        "password: ",
        "guest\r",
        "farm> ",
        "get tank1.level\r",
        "0.00",
        // A page's key is sent at once.
        "log 100\r",
        "--More--",
        "q",
        "farm> ",
        // Its own interrupt is a command, and what follows is thrown away up to a timing mark.
        "wait 60\r",
        "wait 60",
        "\x03",
        "farm> ",
        "exit\r",
        "",
    ];
    let shown = shown(&["telnet", "127.0.0.1", &port], &dialogue);
    assert!(!shown.contains("guest"), "{shown}");
    console.end();
}

#[test]
fn plink() {
    if !has("plink", "-V") || !has("python3", "-V") {
        return;
    }
    let (console, port) = console();
    visits(&["plink", "-telnet", "-P", &port, "127.0.0.1"]);
    console.end();
}

#[test]
fn busybox_telnet() {
    if !has("busybox", "telnet") || !has("python3", "-V") {
        return;
    }
    let (console, port) = console();
    visits(&["busybox", "telnet", "127.0.0.1", &port]);
    console.end();
}

#[test]
fn curl() {
    if !has("curl", "-V") {
        return;
    }
    let (console, port) = console();
    let mut curl = Command::new("curl");
    curl.args(["-sN", &format!("telnet://127.0.0.1:{port}")]);
    let curl = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut curl = curl.unwrap();
    // It hears nothing while there is something to be read here: all is typed ahead.
    let typed: String = VISIT.iter().skip(1).step_by(2).copied().collect();
    let mut says = curl.stdin.take().unwrap();
    says.write_all(typed.as_bytes()).unwrap();
    drop(says);
    let ended = curl.wait_with_output().unwrap();
    assert!(ended.status.success());
    let shown = String::from_utf8(ended.stdout).unwrap();
    assert!(
        shown.contains("get tank1.level \r\ntank1.level               0.00"),
        "{shown}"
    );
    assert!(!shown.contains("guest"), "{shown}");
    console.end();
}

#[test]
fn telnetlib3() {
    if !has_module("telnetlib3") {
        return;
    }
    let (console, port) = console();
    let mut python = Command::new("python3");
    let said = output(python.arg(script("telnetlib3_client.py")).arg(port));
    assert!(said.contains("tank1.level               0.00"), "{said}");
    assert!(said.contains("echo: True"), "{said}");
    console.end();
}

#[test]
fn the_lines_that_the_plant_prints_for_its_network_work() {
    if !has("telnet", "--version") || !has_module("serial") {
        return;
    }
    let plant = Plant::start();
    let [telnet] = &printed(&plant, "telnet 127.0.0.1")[..] else {
        panic!("one line: {:?}", plant.says);
    };
    let dialogue = [
        "login: ",
        "operator\r",
        "password: ",
        "plant\r",
        "plant> ",
        "room\r",
        "fan            off",
        "exit\r",
        "",
    ];
    shown(&["sh", "-c", telnet], &dialogue);
    let [miniterm] = &printed(&plant, "python3 -m serial.tools.miniterm")[..] else {
        panic!("one line: {:?}", plant.says);
    };
    let dialogue = ["Quit", "SI\r", "S S ", "\x1d", ""];
    shown(&["sh", "-c", miniterm], &dialogue);
    plant.end();
}

#[tokio::test]
async fn output_that_is_aborted_is_answered_by_urgent_data() {
    let (console, port) = console();
    let at = format!("127.0.0.1:{port}").parse().unwrap();
    let stream = Tcp::default().dial(at).await.unwrap();
    let mut session = Client::new(Config::default()).over_urgent(stream);
    session.write("operator\nguest\nlog 10000\n").await.unwrap();
    let mut said = String::new();
    while !said.contains("nothing happened") {
        let data = session.data().await.unwrap().unwrap();
        said += &String::from_utf8_lossy(&data);
    }
    session.command(wire::Command::AO).await.unwrap();
    // A data mark that was not urgent would be nothing (T46).
    while session.next().await.unwrap().unwrap() != Event::Synch {}
    console.end();
}
