//! A transaction over a memory duplex, client and server on one thread, beside tokio-modbus: Read
//! Holding Registers of one register, in transactions per second.
//!
//! `cargo bench -p lineside-modbus --bench transaction`
//!
//! `ping_pong` moves the same bytes without any protocol: what tokio's duplex and scheduler take.
//! `canned` has a server that answers without looking: what the client takes.

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]

use core::future::{Ready, ready};
use std::io;

use divan::{Bencher, black_box, counter::ItemsCount};
use lineside_io::{Clock, Driver};
use lineside_modbus::{
    Bank, ClientConfig, Framing, ServerConfig,
    client::CallOptions,
    net::{Calls, Client},
    respond, server,
    wire::{Pdu, Request, Span, Unit},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_modbus::{
    ExceptionCode, Request as PeerRequest, Response as PeerResponse,
    client::{Reader, tcp},
    server::Service,
};

const COUNT: usize = 1_000;

/// Lineside's client by its typed method and by a raw PDU, and the peer's.
#[derive(Clone, Copy, Debug)]
enum Who {
    Typed,
    Raw,
    TokioModbus,
}

const ALL: [Who; 3] = [Who::Typed, Who::Raw, Who::TokioModbus];

fn main() {
    divan::main();
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

#[divan::bench]
fn ping_pong(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let (mut near, far) = duplex(1024);
    runtime.spawn(canned_server(far));
    time(bencher, &runtime, async move || {
        near.write_all(&[0; 12]).await.unwrap();
        near.read_exact(&mut [0; 11]).await.unwrap();
    });
}

#[divan::bench(args = ALL)]
fn canned(bencher: Bencher<'_, '_>, who: Who) {
    let runtime = runtime();
    let (near, far) = duplex(1024);
    runtime.spawn(canned_server(far));
    calls(bencher, &runtime, near, who);
}

#[divan::bench(args = ALL)]
fn both_sides(bencher: Bencher<'_, '_>, who: Who) {
    let runtime = runtime();
    let (near, far) = duplex(1024);
    match who {
        Who::TokioModbus => peer_server(&runtime, far),
        Who::Typed | Who::Raw => {
            let machine = server::Server::new(Framing::Tcp, ServerConfig::default());
            let driver = Driver::new(machine, far, Clock::tokio());
            runtime.spawn(serve(driver));
        }
    }
    calls(bencher, &runtime, near, who);
}

fn calls(bencher: Bencher<'_, '_>, runtime: &Runtime, near: DuplexStream, who: Who) {
    let _guard = runtime.enter();
    if let Who::TokioModbus = who {
        let mut client = tcp::attach(near);
        return time(bencher, runtime, async move || {
            let words = client.read_holding_registers(7, 1).await;
            black_box(words.unwrap().unwrap());
        });
    }
    let config = ClientConfig::default();
    let mut client = Client::new(Framing::Tcp, config, near, Clock::tokio());
    let request = Pdu::of(&Request::ReadHoldingRegisters(Span::new(7, 1))).unwrap();
    match who {
        Who::Typed => time(bencher, runtime, async move || {
            let words = client.unit(1).read_holding_registers(7, 1).await;
            black_box(words.unwrap());
        }),
        _ => time(bencher, runtime, async move || {
            let options = CallOptions::default();
            let response = client.call(Unit::new(1), request, options).await;
            black_box(response.unwrap());
        }),
    }
}

/// Many calls one after the other.
fn time(bencher: Bencher<'_, '_>, runtime: &Runtime, mut call: impl AsyncFnMut()) {
    bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
        runtime.block_on(async {
            for _ in 0..COUNT {
                call().await;
            }
        });
    });
}

/// Answers every twelve bytes with the response to them.
async fn canned_server(mut stream: DuplexStream) {
    let mut request = [0; 12];
    while stream.read_exact(&mut request).await.is_ok() {
        let [t1, t0, ..] = request;
        let response = [t1, t0, 0, 0, 0, 5, request[6], 3, 2, 0, 7];
        stream.write_all(&response).await.unwrap();
    }
}

async fn serve(mut driver: Driver<server::Server, DuplexStream>) {
    let mut bank = Bank::new().with_holding_registers(0, 0..100);
    while let Ok(Some(event)) = driver.next().await {
        if let server::Event::Request(asked) = event {
            let pdu = respond(&mut bank, &asked.pdu);
            let reply = server::Command::Reply {
                ticket: asked.ticket,
                pdu,
            };
            driver.submit(reply).unwrap();
        }
    }
}

/// The peer's server takes its connections from a socket; that it then serves another stream is
/// its own way.
fn peer_server(runtime: &Runtime, far: DuplexStream) {
    let far = std::sync::Mutex::new(Some(far));
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let server = tokio_modbus::server::tcp::Server::new(listener);
        tokio::spawn(async move {
            let connected = |_, _| {
                ready(io::Result::Ok(Some((
                    Peer,
                    far.lock().unwrap().take().unwrap(),
                ))))
            };
            let _ = server.serve(&connected, |_| {}).await;
        });
        TcpStream::connect(at).await.unwrap();
        tokio::task::yield_now().await;
    });
}

struct Peer;

impl Service for Peer {
    type Request = PeerRequest<'static>;
    type Response = PeerResponse;
    type Exception = ExceptionCode;
    type Future = Ready<Result<PeerResponse, ExceptionCode>>;

    fn call(&self, request: PeerRequest<'static>) -> Self::Future {
        ready(match request {
            PeerRequest::ReadHoldingRegisters(first, count) => {
                let words = (first..first + count).collect();
                Ok(PeerResponse::ReadHoldingRegisters(words))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}
