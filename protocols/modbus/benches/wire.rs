//! Frames and turnarounds without input and output, beside the peers' crates.
//!
//! `cargo bench -p lineside-modbus --bench wire`
//!
//! tokio-modbus keeps its codec to itself, so its client and its server run over a wire in memory that
//! never waits: `client` encodes a request of 8 bytes and decodes a response of 255, `server` the
//! other way round. Ours are measured as functions, and in the same way (benches/transaction.rs).

#![expect(clippy::expect_used, reason = "a benchmark fails loudly")]

use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use divan::{Bencher, black_box, counter::ItemsCount};
use lineside_modbus::{
    Bank, answer,
    wire::{MAX_PDU, Pdu, Request, Response, Span, Unit, Words, rtu},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

fn main() {
    divan::main();
}

/// Registers in a response of 255 bytes.
const REGISTERS: u16 = 125;

/// Transactions in one measured run of a peer that is asked through its client or server.
const ROUNDS: usize = 1_000;

fn request() -> Pdu {
    Pdu::of(&Request::ReadHoldingRegisters(Span::new(0, REGISTERS))).expect("a request")
}

fn registers() -> Vec<u16> {
    let mut rng = fastrand::Rng::with_seed(125);
    (0..REGISTERS).map(|_| rng.u16(..)).collect()
}

fn bytes() -> Vec<u8> {
    registers().into_iter().flat_map(u16::to_be_bytes).collect()
}

fn framed(pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; rtu::MAX_ADU];
    let length = rtu::encode(Unit::new(1), pdu, &mut room).expect("a frame");
    room.iter().take(length).copied().collect()
}

fn response() -> Vec<u8> {
    let bytes = bytes();
    let words = Words::new(&bytes).expect("registers");
    let pdu = Pdu::of_response(&Response::ReadHoldingRegisters(words)).expect("a response");
    framed(&pdu)
}

#[divan::bench_group]
mod crc_of_253_bytes {
    use super::*;

    #[divan::bench]
    fn lineside(bencher: Bencher<'_, '_>) {
        let frame = response();
        let covered = frame.get(..MAX_PDU).expect("253 bytes");
        bencher.bench(|| lineside_check::crc16_modbus(black_box(covered)));
    }

    #[divan::bench]
    fn crc_default_table(bencher: Bencher<'_, '_>) {
        let frame = response();
        let covered = frame.get(..MAX_PDU).expect("253 bytes");
        let crc = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS);
        bencher.bench(|| crc.checksum(black_box(covered)));
    }
}

/// A response of 125 registers: encoded, and decoded again with its CRC checked.
#[divan::bench_group]
mod frame_of_255_bytes {
    use super::*;

    #[divan::bench]
    fn lineside(bencher: Bencher<'_, '_>) {
        let (bytes, request) = (bytes(), request());
        let asked = Request::parse(&request).expect("a request");
        let mut frame = [0; rtu::MAX_ADU];
        bencher.bench_local(|| {
            let words = Words::new(black_box(&bytes)).expect("registers");
            let room = frame.get_mut(1..).expect("room for a PDU");
            let length = Response::ReadHoldingRegisters(words).encode(room);
            let length = rtu::enclose(Unit::new(1), length.expect("it fits"), &mut frame);
            let length = length.expect("it fits");
            let (_, pdu) = rtu::decode(black_box(frame.get(..length)).expect("it fits"))
                .expect("a good frame");
            match Response::parse(pdu, &asked) {
                Ok(Ok(Response::ReadHoldingRegisters(words))) => words.iter().map(u32::from).sum(),
                _ => 0_u32,
            }
        });
    }

    #[divan::bench]
    fn modbus_core(bencher: Bencher<'_, '_>) {
        use modbus_core::{
            Data, Response, ResponsePdu,
            rtu::{Header, ResponseAdu, client, server},
        };
        let bytes = bytes();
        let mut frame = [0; rtu::MAX_ADU];
        bencher.bench_local(|| {
            let data = Data::try_from(black_box(&bytes[..])).expect("registers");
            let adu = ResponseAdu {
                hdr: Header { slave: 1 },
                pdu: ResponsePdu(Ok(Response::ReadHoldingRegisters(data))),
            };
            let length = server::encode_response(adu, &mut frame).expect("it fits");
            let frame = black_box(frame.get(..length)).expect("it fits");
            let adu = client::decode_response(frame)
                .expect("a good frame")
                .expect("whole");
            match adu.pdu.0 {
                Ok(Response::ReadHoldingRegisters(data)) => data.into_iter().map(u32::from).sum(),
                _ => 0_u32,
            }
        });
    }

    /// The peer's two sides together, less the 8 bytes of the request that they carry too.
    #[divan::bench]
    fn tokio_modbus_client(bencher: Bencher<'_, '_>) {
        use tokio_modbus::{client::Reader as _, slave::Slave};
        let canned = Canned::new(response(), usize::MAX);
        let runtime = runtime();
        let mut client = tokio_modbus::client::rtu::attach_slave(canned, Slave(1));
        bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
            let read = runtime.block_on(client.read_holding_registers(0, REGISTERS));
            read.expect("a frame").expect("registers")
        });
    }
}

/// A request for 125 registers in, their response out.
#[divan::bench_group]
mod turnaround_of_125_registers {
    use super::*;

    #[divan::bench]
    fn lineside(bencher: Bencher<'_, '_>) {
        let mut bank = Bank::new().with_holding_registers(0, registers());
        let asked = framed(&request());
        let mut frame = [0; rtu::MAX_ADU];
        bencher.bench_local(|| {
            let (unit, request) = rtu::decode(black_box(&asked)).expect("a good frame");
            let room = frame.get_mut(1..).expect("room for a PDU");
            let length = answer(&mut bank, request, room);
            rtu::enclose(unit, length, black_box(&mut frame)).expect("it fits")
        });
    }

    #[divan::bench]
    fn rmodbus(bencher: Bencher<'_, '_>) {
        use rmodbus::{
            ModbusProto,
            server::{ModbusFrame, context::ModbusContext, storage::ModbusStorageFull},
        };
        let mut storage = Box::new(ModbusStorageFull::new());
        for (address, value) in (0..).zip(registers()) {
            storage.set_holding(address, value).expect("a register");
        }
        let asked = framed(&request());
        let mut out: Vec<u8> = Vec::with_capacity(rtu::MAX_ADU);
        bencher.bench_local(|| {
            let mut frame = ModbusFrame::new(1, black_box(&asked), ModbusProto::Rtu, &mut out);
            frame.parse().expect("a request");
            frame.process_read(storage.as_ref()).expect("registers");
            frame.finalize_response().expect("a response");
            black_box(&out).len()
        });
    }

    #[divan::bench]
    fn tokio_modbus_server(bencher: Bencher<'_, '_>) {
        let asked = framed(&request());
        let values = registers();
        let runtime = runtime();
        bencher.counter(ItemsCount::new(ROUNDS)).bench_local(|| {
            let canned = Canned::new(asked.clone(), ROUNDS);
            runtime.block_on(serve(canned, values.clone()));
        });
    }

    struct Registers(Vec<u16>);

    impl tokio_modbus::server::Service for Registers {
        type Request = tokio_modbus::Request<'static>;
        type Response = tokio_modbus::Response;
        type Exception = tokio_modbus::ExceptionCode;
        type Future = core::future::Ready<Result<Self::Response, Self::Exception>>;

        fn call(&self, _: Self::Request) -> Self::Future {
            let values = self.0.clone();
            core::future::ready(Ok(Self::Response::ReadHoldingRegisters(values)))
        }
    }

    /// The peer's server wants a socket to take connections from, and then any stream.
    async fn serve(canned: Canned, values: Vec<u16>) {
        use std::sync::{Arc, Mutex};
        use tokio_modbus::server;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port");
        let at = listener.local_addr().expect("its address");
        let _connection = tokio::net::TcpStream::connect(at)
            .await
            .expect("a connection");
        let (done, over) = tokio::sync::oneshot::channel::<()>();
        let canned = Arc::new(Mutex::new(Some(canned.then(done))));
        let service = Arc::new(Registers(values));
        let on_connected = |_, _| {
            let canned = canned.lock().expect("unpoisoned").take();
            let service = Arc::clone(&service);
            async move { Ok(canned.map(|canned| (service, canned))) }
        };
        let server = server::rtu_over_tcp::Server::new(listener);
        let serving = server.serve(&on_connected, |_| {});
        tokio::select! {
            _ = serving => {}
            _ = over => {}
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// A stream that has the same bytes to read again and again, and takes whatever is written.
struct Canned {
    bytes: Vec<u8>,
    /// How many of them have been read this time.
    at: usize,
    left: usize,
    done: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Canned {
    fn new(bytes: Vec<u8>, times: usize) -> Self {
        Self {
            bytes,
            at: 0,
            left: times,
            done: None,
        }
    }

    fn then(mut self, done: tokio::sync::oneshot::Sender<()>) -> Self {
        self.done = Some(done);
        self
    }
}

impl AsyncRead for Canned {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            if let Some(done) = self.done.take() {
                let _ = done.send(());
            }
            return Poll::Ready(Ok(()));
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.len().min(out.remaining());
        out.put_slice(rest.get(..count).unwrap_or_default());
        self.at += count;
        if self.at == self.bytes.len() {
            self.at = 0;
            self.left -= 1;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Canned {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
