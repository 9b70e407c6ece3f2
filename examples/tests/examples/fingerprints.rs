//! What telnetlib3's fingerprinting reads of our server and of our client.

use std::process::Command;

use lineside_io::Net;
use lineside_tcp::Tcp;
use lineside_telnet::{
    Config,
    net::Client,
    options::ClientOptions,
    wire::options::{Speed, WindowSize},
};

use crate::{
    Running, has, has_module,
    operators::{console, script},
    output,
};

fn fingerprint() -> Command {
    let mut python = Command::new("python3");
    python.arg(script("fingerprint.py"));
    python
}

#[test]
fn our_server_reads_clean() {
    if !has_module("telnetlib3") || !has("telnetlib3-fingerprint", "--help") {
        return;
    }
    let (console, port) = console();
    let read = output(fingerprint().arg(port));
    // All else was refused, and nothing was left without an answer.
    assert_eq!(
        read,
        "offered-options BINARY ECHO SGA\nrequested-options NAWS TTYPE\n"
    );
    console.end();
}

#[tokio::test]
async fn our_client_reads_clean() {
    if !has_module("telnetlib3") {
        return;
    }
    let mut server = Running::start(&mut fingerprint());
    let at = format!("127.0.0.1:{}", server.line()).parse().unwrap();
    let mut options = ClientOptions::default();
    options.terminal_types = ["XTERM-256COLOR", "XTERM"].map(Into::into).to_vec();
    options.window = Some(WindowSize {
        columns: 80,
        rows: 24,
    });
    options.speed = Some(Speed {
        transmit: 38_400,
        receive: 38_400,
    });
    options.flow = true;
    options.linemode = true;
    let client = Client::new(Config::default().with_client(options));
    let stream = Tcp::default().dial(at).await.unwrap();
    let mut session = client.over_urgent(stream);
    let mut read = String::new();
    while let Some(data) = session.data().await.unwrap() {
        read += &String::from_utf8_lossy(&data);
    }
    let read: String = read.split_whitespace().collect();
    let supported = "\"supported-options\":[\"BINARY\",\"LFLOW\",\"LINEMODE\",\"NAWS\",\"SGA\",\
        \"STATUS\",\"TSPEED\",\"TTYPE\"]";
    assert!(read.contains(supported), "{read}");
    for told in [
        "\"ttype_cycle\":[\"XTERM-256COLOR\",\"XTERM\",\"XTERM\"]",
        "\"cols\":80",
        "\"tspeed\":\"38400,38400\"",
    ] {
        assert!(read.contains(told), "{told}: {read}");
    }
    // Each probe was answered, and no answer was answered again.
    for bad in ["\"timeout\":{", "looped-negotiation"] {
        assert!(!read.contains(bad), "{bad}: {read}");
    }
}
