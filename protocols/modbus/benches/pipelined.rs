//! Sixteen requests at once over loopback TCP, beside tokio-modbus: Read Holding Registers of one
//! register, in transactions per second.
//!
//! `cargo bench -p lineside-modbus --bench pipelined`
//!
//! The client writes sixteen requests in one piece and reads until their responses are there, and
//! is the same for all; each server has a thread of its own.

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]

use core::{
    future::{Ready, pending, ready},
    net::SocketAddr,
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
use tokio_modbus::{
    ExceptionCode, Request as PeerRequest, Response as PeerResponse,
    server::{Service, tcp},
};

const ROUNDS: usize = 200;

/// Lineside's server, a write for each response or one for several, and the peer's.
#[derive(Clone, Copy, Debug)]
enum Who {
    Lineside,
    LinesideCoalescing,
    TokioModbus,
}

const ALL: [Who; 3] = [Who::Lineside, Who::LinesideCoalescing, Who::TokioModbus];

fn main() {
    divan::main();
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
    let requests = b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x01".repeat(at_once);
    let mut responses = vec![0; 11 * at_once];
    let counter = ItemsCount::new(at_once * ROUNDS);
    bencher.counter(counter).bench_local(|| {
        for _ in 0..ROUNDS {
            stream.write_all(&requests).unwrap();
            stream.read_exact(&mut responses).unwrap();
        }
    });
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
