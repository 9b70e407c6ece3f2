//! Sixteen requests at once over loopback TCP, beside tokio-modbus: Read Holding Registers of one
//! register, in transactions per second.
//!
//! `cargo bench -p lineside-modbus --bench pipelined`
//!
//! The client writes sixteen requests in one piece and reads until their responses are there, and
//! is the same for all; each server has a thread of its own. The rates hold the client's time too, and
//! what it takes to wake each other; at the end stands what the server's thread alone takes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark fails loudly, and prints"
)]

use core::{
    future::{Ready, pending, ready},
    net::SocketAddr,
    time::Duration,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc,
    thread,
};

use divan::{Bencher, counter::ItemsCount};
use lineside_io::{Listener, Net};
use lineside_modbus::{
    Bank, Framing, ServerConfig,
    net::{Server, Shared},
};
use lineside_tcp::Tcp;
use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_modbus::{
    ExceptionCode, Request as PeerRequest, Response as PeerResponse,
    server::{Service, tcp},
};

const ROUNDS: usize = 200;

/// Lineside's server, a write for each response or one for several; the peer's; and one that answers
/// so many bytes with so many, whatever they are.
#[derive(Clone, Copy, Debug)]
enum Who {
    Lineside,
    LinesideCoalescing,
    TokioModbus,
    PingPong,
}

const ALL: [Who; 4] = [
    Who::Lineside,
    Who::LinesideCoalescing,
    Who::TokioModbus,
    Who::PingPong,
];

fn main() {
    divan::main();
    // `cargo test --benches` runs a benchmark to see that it runs.
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let rounds = if is_test { 10 } else { 10_000 };
    for at_once in [1, 16] {
        for who in ALL {
            let one = cpu(who, at_once, rounds).as_secs_f64() * 1e6;
            println!("server CPU, {at_once:>2} at once, {who:?}: {one:.2} us a transaction");
        }
    }
}

/// What the server's thread takes for one transaction, the kernel's share included.
fn cpu(who: Who, at_once: usize, rounds: usize) -> Duration {
    let (tell, at) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = thread::spawn(move || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::select! {
                () = run(who, &tell) => {}
                _ = stopped => {}
            }
        });
        let used = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(
            used.tv_sec.try_into().unwrap(),
            used.tv_nsec.try_into().unwrap(),
        )
    });
    let mut stream = TcpStream::connect(at.recv().unwrap()).unwrap();
    stream.set_nodelay(true).unwrap();
    exchange(&mut stream, at_once, rounds);
    stop.send(()).unwrap();
    let all = u32::try_from(at_once * rounds).unwrap();
    server.join().unwrap() / all
}

fn exchange(stream: &mut TcpStream, at_once: usize, rounds: usize) {
    let requests = b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x01".repeat(at_once);
    let mut responses = vec![0; 11 * at_once];
    for _ in 0..rounds {
        stream.write_all(&requests).unwrap();
        stream.read_exact(&mut responses).unwrap();
    }
}

#[divan::bench(args = ALL, sample_count = 30)]
fn one_at_a_time(bencher: Bencher<'_, '_>, who: Who) {
    transactions(bencher, who, 1);
}

#[divan::bench(args = ALL, sample_count = 30)]
fn sixteen_at_once(bencher: Bencher<'_, '_>, who: Who) {
    transactions(bencher, who, 16);
}

fn transactions(bencher: Bencher<'_, '_>, who: Who, at_once: usize) {
    let at = serve(who);
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_nodelay(true).unwrap();
    let counter = ItemsCount::new(at_once * ROUNDS);
    bencher
        .counter(counter)
        .bench_local(|| exchange(&mut stream, at_once, ROUNDS));
}

/// A server in a thread of its own.
fn serve(who: Who) -> SocketAddr {
    let (tell, at) = mpsc::channel();
    thread::spawn(move || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(run(who, &tell));
    });
    at.recv().unwrap()
}

async fn run(who: Who, tell: &mpsc::Sender<SocketAddr>) {
    let anywhere = "127.0.0.1:0".parse().unwrap();
    if let Who::TokioModbus = who {
        let listener = tokio::net::TcpListener::bind(anywhere).await.unwrap();
        tell.send(listener.local_addr().unwrap()).unwrap();
        let each = |stream: tokio::net::TcpStream, _| async move {
            // Else each response but the first of several waits for the client's delayed ACK.
            stream.set_nodelay(true)?;
            tcp::accept_tcp_connection(stream, "127.0.0.1:1".parse().unwrap(), |_| Ok(Some(Peer)))
        };
        let server = tcp::Server::new(listener);
        server
            .serve(&each, |error| panic!("{error}"))
            .await
            .unwrap();
    } else if let Who::PingPong = who {
        let listener = tokio::net::TcpListener::bind(anywhere).await.unwrap();
        tell.send(listener.local_addr().unwrap()).unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut request = [0; 12];
        while stream.read_exact(&mut request).await.is_ok() {
            stream.write_all(request.get(1..).unwrap()).await.unwrap();
        }
    } else {
        let listener = Tcp::default().listen(anywhere).await.unwrap();
        tell.send(listener.local_addr().unwrap()).unwrap();
        let coalesces = matches!(who, Who::LinesideCoalescing);
        let config = ServerConfig::default().coalesce(coalesces);
        let bank = Shared::new(Bank::new().with_holding_registers(0, [7]));
        let server = Server::new(Framing::Tcp).config(config);
        server.serve(listener, || bank.clone(), pending()).await;
    }
}

struct Peer;

impl Service for Peer {
    type Request = PeerRequest<'static>;
    type Response = PeerResponse;
    type Exception = ExceptionCode;
    type Future = Ready<Result<PeerResponse, ExceptionCode>>;

    fn call(&self, request: PeerRequest<'static>) -> Self::Future {
        ready(match request {
            PeerRequest::ReadHoldingRegisters(_, count) => {
                Ok(PeerResponse::ReadHoldingRegisters(vec![7; count.into()]))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}
