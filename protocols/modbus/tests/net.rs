//! Real sockets and PTYs, and somebody else's client on both.

#![cfg(all(feature = "net", unix))]
#![expect(clippy::unwrap_used, reason = "a test fails loudly, its helpers too")]

use core::{
    future::pending,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::{path::Path, process::Output};

use lineside_io::{
    Clock, Listener, Net, Settings,
    address::{Context, Schemes},
};
use lineside_modbus::{
    Bank, ClientConfig, Framing, ServerConfig,
    net::{Bus, BusConfig, Calls, Client, Gateway, Server, Shared, Stations, gateway::Routes},
    wire::Unit,
};
use lineside_serial::{Options, Tty, pty};
use lineside_tcp::Tcp;
use tokio::{process::Command, task::JoinHandle};

const ANYWHERE: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn settings() -> Settings {
    Settings {
        baud: 115_200,
        ..Settings::default()
    }
}

fn bank() -> Bank {
    Bank::new()
        .with_coils(0, [true, false, true])
        .with_holding_registers(0, 0..125)
        .with_input_registers(0, [0xBEEF])
}

/// Serves a bank on TCP.
async fn serve(framing: Framing, bank: Shared<Bank>) -> (SocketAddr, JoinHandle<()>) {
    let listener = Tcp::default().listen(ANYWHERE).await.unwrap();
    let at = listener.local_addr().unwrap();
    let task = async move {
        let server = Server::new(framing);
        server.serve(listener, || bank.clone(), pending()).await;
    };
    (at, tokio::spawn(task))
}

/// What every client can do with a [`bank`].
async fn works(mut unit: impl Calls) {
    let all: Vec<u16> = (0..125).collect();
    assert_eq!(unit.read_holding_registers(0, 125).await.unwrap(), all);
    assert_eq!(unit.read_coils(0, 3).await.unwrap(), [true, false, true]);
    unit.write_multiple_registers(3, &[7, 8, 9]).await.unwrap();
    assert_eq!(unit.read_holding_registers(3, 3).await.unwrap(), [7, 8, 9]);
    let refused = unit.read_input_registers(1, 1).await.unwrap_err();
    assert_eq!(refused.exception().map(|e| e.0), Some(2));
}

#[tokio::test]
async fn every_framing_works_over_tcp() {
    for framing in [Framing::Tcp, Framing::Rtu, Framing::Ascii] {
        let (at, server) = serve(framing, Shared::new(bank())).await;
        let stream = Tcp::default().dial(at).await.unwrap();
        let config = ClientConfig::default();
        let mut client = Client::new(framing, config, stream, Clock::tokio());
        works(client.unit(1)).await;
        server.abort();
    }
}

#[tokio::test]
async fn a_client_that_is_reset_leaves_a_server_that_goes_on() {
    let (at, server) = serve(Framing::Tcp, Shared::new(bank())).await;
    for _ in 0..10 {
        let stream = Tcp::default().dial(at).await.unwrap();
        stream.reset().unwrap();
    }
    let stream = Tcp::default().dial(at).await.unwrap();
    let config = ClientConfig::default();
    works(Client::new(Framing::Tcp, config, stream, Clock::tokio()).unit(1)).await;
    server.abort();
}

/// Serves two units on a PTY; gives the other side's path.
fn serve_pty(framing: Framing) -> (std::path::PathBuf, JoinHandle<()>) {
    let pty = pty::Pty::open(&with_settings()).unwrap();
    let path = pty.path().to_owned();
    let stations = Stations::new()
        .with(Unit::new(1), bank())
        .with(Unit::new(2), bank());
    let config = ServerConfig::default().units(stations.units().collect());
    let server = Server::new(framing).clock(Clock::precise()).config(config);
    let mut served = server.on_line(pty);
    let task = async move { drop(served.run(&mut { stations }).await) };
    (path, tokio::spawn(task))
}

fn with_settings() -> pty::PtyOptions {
    let mut options = pty::PtyOptions::default();
    options.settings = settings();
    options
}

#[tokio::test]
async fn a_pty_is_a_line() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        let (path, server) = serve_pty(framing);
        let tty = Tty::open(&path, settings(), &Options::default()).unwrap();
        let config = ClientConfig::default();
        let mut client = Client::on_line(framing, config, tty, Clock::precise());
        works(client.unit(1)).await;
        works(client.unit(2)).await;
        client.unit(0).write_single_register(0, 99).await.unwrap();
        for unit in [1, 2] {
            let words = client.unit(unit).read_holding_registers(0, 1).await;
            assert_eq!(words.unwrap(), [99]);
        }
        server.abort();
    }
}

#[tokio::test]
async fn a_gateway_leads_from_tcp_to_a_pty() {
    let (path, server) = serve_pty(Framing::Rtu);
    let dial = move || {
        let tty = Tty::open(&path, settings(), &Options::default());
        let config = ClientConfig::default()
            .retries(0)
            .response(Duration::from_millis(300));
        let on = |tty| Client::on_line(Framing::Rtu, config, tty, Clock::precise());
        core::future::ready(tty.map(on))
    };
    let bus = Bus::spawn(BusConfig::default(), Clock::precise(), dial);
    let mut routes = Routes::new();
    let line = routes.bus(bus);
    routes.renumbered(11..=19, line, 1).unwrap();
    let gateway = Gateway::new(routes);
    let config = gateway.config(ServerConfig::default());
    let listener = Tcp::default().listen(ANYWHERE).await.unwrap();
    let at = listener.local_addr().unwrap();
    let front = Server::new(Framing::Tcp).config(config);
    let front = tokio::spawn(async move {
        front.serve(listener, || gateway.clone(), pending()).await;
    });
    let stream = Tcp::default().dial(at).await.unwrap();
    let config = ClientConfig::default();
    let mut client = Client::new(Framing::Tcp, config, stream, Clock::tokio());
    works(client.unit(11)).await;
    works(client.unit(12)).await;
    for (unit, code) in [(13, 0x0B), (20, 0x0A)] {
        let refused = client.unit(unit).read_coils(0, 1).await.unwrap_err();
        assert_eq!(refused.exception().map(|e| e.0), Some(code));
    }
    front.abort();
    server.abort();
}

#[tokio::test]
async fn whatever_an_address_opens_is_served() {
    let schemes = Schemes::new(Context::new(Clock::precise()));
    let schemes = lineside_tcp::address::register(lineside_serial::address::register(schemes));
    for (address, framing) in [
        ("tcp://127.0.0.1:0", Framing::Tcp),
        ("pty:?baud=19200", Framing::Rtu),
    ] {
        let acceptor = schemes.listen(&address.parse().unwrap()).await.unwrap();
        let local = acceptor.local();
        let server = Server::new(framing).clock(Clock::precise());
        let serving = tokio::spawn(async move {
            server.serve_wires(acceptor, bank, pending()).await;
        });
        let wire = schemes.open(&local).await.unwrap();
        let config = ClientConfig::default();
        let mut client = Client::on_wire(framing, config, wire, Clock::precise());
        works(client.unit(1)).await;
        serving.abort();
    }
}

/// Runs mbpoll once; nothing when it is not installed.
async fn mbpoll(arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("mbpoll");
    let output = command
        .args(["-0", "-1", "-q", "-o", "3"])
        .args(arguments)
        .output();
    output
        .await
        .map_err(|_| eprintln!("skipped: no mbpoll"))
        .ok()
}

fn assert_read(output: &Output, row: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains(row), "{output:?}");
}

#[tokio::test]
async fn mbpoll_reads_and_writes_over_tcp() {
    let bank = Shared::new(bank());
    let (at, server) = serve(Framing::Tcp, bank.clone()).await;
    let port = at.port().to_string();
    let target = ["-m", "tcp", "-p", &port, "-a", "1", "127.0.0.1"];
    let read = [&["-t", "4", "-r", "5", "-c", "3"][..], &target].concat();
    let Some(output) = mbpoll(&read).await else {
        return;
    };
    assert_read(&output, "[7]: \t7");
    let write = [&["-t", "4", "-r", "5"][..], &target, &["4660"]].concat();
    assert!(mbpoll(&write).await.unwrap().status.success());
    assert_eq!(bank.lock().holding_registers().get(5), Some(0x1234));
    let coils = [&["-t", "0", "-r", "0", "-c", "3"][..], &target].concat();
    assert_read(&mbpoll(&coils).await.unwrap(), "[2]: \t1");
    server.abort();
}

#[tokio::test]
async fn mbpoll_reads_and_writes_over_a_pty() {
    let (path, server) = serve_pty(Framing::Rtu);
    let path: &Path = &path;
    let path = path.to_str().unwrap();
    let target = ["-m", "rtu", "-b", "115200", "-P", "none", "-a", "2", path];
    let write = [&["-t", "4", "-r", "5"][..], &target, &["4660"]].concat();
    let Some(output) = mbpoll(&write).await else {
        return;
    };
    assert!(output.status.success(), "{output:?}");
    let read = [&["-t", "4:hex", "-r", "5"][..], &target].concat();
    assert_read(&mbpoll(&read).await.unwrap(), "0x1234");
    server.abort();
}
