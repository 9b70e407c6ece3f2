//! tokio-modbus's services on our server, our clients as its client, and each against its own
//! server and client over TCP.

#![cfg(feature = "tokio-modbus")]
#![expect(clippy::unwrap_used, reason = "a test fails loudly, its helpers too")]

use core::{
    future::{Future, Ready, pending, ready},
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use lineside_io::{
    Clock, Listener, Settings,
    sim::{NullModem, NullModemConfig, run},
};
use lineside_modbus::{
    Bank, ClientConfig, Framing,
    adapter::{Adapted, context},
    net::{Bus, BusConfig, Client, Server},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::{
    ExceptionCode, Request, Response, Slave, SlaveRequest,
    client::{Client as _, Context, Reader as _, Writer as _},
    prelude::{ReadCode, SlaveContext as _},
    server::Service,
};

const ANYWHERE: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Holding registers of any number of units, by tokio-modbus's own trait.
#[derive(Clone, Default)]
struct Registers(Arc<Mutex<BTreeMap<(u8, u16), u16>>>);

impl Service for Registers {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, SlaveRequest { slave, request }: SlaveRequest<'static>) -> Self::Future {
        let mut all = self.0.lock().unwrap();
        let mut set = |at: u16, values: &[u16]| {
            all.extend((at..).zip(values).map(|(at, value)| ((slave, at), *value)));
        };
        ready(Ok(match request {
            Request::ReadHoldingRegisters(at, count) => {
                let one = |at| all.get(&(slave, at)).copied();
                let values: Option<Vec<_>> = (at..at + count).map(one).collect();
                match values {
                    Some(values) => Response::ReadHoldingRegisters(values),
                    None => return ready(Err(ExceptionCode::IllegalDataAddress)),
                }
            }
            Request::WriteMultipleRegisters(at, values) => {
                set(at, &values);
                Response::WriteMultipleRegisters(at, values.len().try_into().unwrap())
            }
            Request::WriteSingleRegister(at, value) => {
                set(at, &[value]);
                Response::WriteSingleRegister(at, value)
            }
            Request::Custom(0x41, data) => Response::Custom(0x41, data.into_owned().into()),
            _ => return ready(Err(ExceptionCode::IllegalFunction)),
        }))
    }
}

/// What any context must do with [`Registers`] behind it.
async fn writes_and_reads(context: &mut Context) {
    let written = context.write_multiple_registers(10, &[1, 2, 3]).await;
    written.unwrap().unwrap();
    let read = context.read_holding_registers(10, 3).await;
    assert_eq!(read.unwrap().unwrap(), [1, 2, 3]);
    context.write_single_register(11, 9).await.unwrap().unwrap();
    let read = context.read_holding_registers(11, 1).await;
    assert_eq!(read.unwrap().unwrap(), [9]);
    let read = context.read_holding_registers(11, 3).await;
    assert_eq!(read.unwrap(), Err(ExceptionCode::IllegalDataAddress));
    let read = context.read_coils(0, 1).await;
    assert_eq!(read.unwrap(), Err(ExceptionCode::IllegalFunction));
    let custom = Request::Custom(0x41, Cow::Borrowed(&[1, 2]));
    let answer = context.call(custom).await.unwrap().unwrap();
    assert_eq!(answer, Response::Custom(0x41, vec![1, 2].into()));
}

#[test]
fn their_service_and_their_context_meet_on_our_serial_line() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        run(move |clock| async move {
            let (a, b) = NullModem::pair(&clock, NullModemConfig::new(Settings::default()));
            let mut served = Server::new(framing).clock(clock.clone()).on_line(a);
            let mut service = Adapted::new(Registers::default());
            let serving = tokio::spawn(async move { served.run(&mut service).await });
            let client = Client::on_line(framing, ClientConfig::default(), b, clock);
            let mut context = context(client, Slave(1));
            writes_and_reads(&mut context).await;
            context.disconnect().await.unwrap();
            serving.await.unwrap().unwrap();
            let gone = context.read_coils(0, 1).await.unwrap_err();
            assert!(gone.to_string().contains("not connected"), "{gone}");
        });
    }
}

/// A TCP listener of tokio's own.
struct Tcp(TcpListener);

impl Listener for Tcp {
    type Addr = SocketAddr;
    type Stream = TcpStream;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<TcpStream> {
        Ok(self.0.accept().await?.0)
    }
}

/// Runs `test` beside a server.
async fn beside(server: impl Future<Output = ()>, test: impl Future<Output = ()>) {
    tokio::select! {
        () = server => panic!("the server has ended"),
        () = test => {}
    }
}

#[tokio::test]
async fn their_tcp_client_reaches_their_service_on_our_server() {
    let listener = Tcp(TcpListener::bind(ANYWHERE).await.unwrap());
    let at = listener.local_addr().unwrap();
    let service = Adapted::new(Registers::default());
    let server = Server::new(Framing::Tcp);
    let serving = server.serve(listener, || service.clone(), pending());
    beside(serving, async {
        for slave in [1, 255] {
            let client = tokio_modbus::client::tcp::connect_slave(at, Slave(slave));
            let mut client = client.await.unwrap();
            writes_and_reads(&mut client).await;
        }
    })
    .await;
}

#[tokio::test]
async fn their_tcp_client_reads_our_bank() {
    let listener = Tcp(TcpListener::bind(ANYWHERE).await.unwrap());
    let at = listener.local_addr().unwrap();
    let bank = || {
        Bank::new()
            .with_coils(0, [true, false, true, true, false, false, true, true, true])
            .with_input_registers(5, [0xABCD])
            .with_server_id(&[0x17], b"lineside")
            .with_object(0, "Lineside")
            .with_object(1, "bank")
            .with_object(2, "1")
    };
    let server = Server::new(Framing::Tcp);
    beside(server.serve(listener, bank, pending()), async {
        let mut client = tokio_modbus::client::tcp::connect(at).await.unwrap();
        let coils = client.read_coils(0, 9).await.unwrap().unwrap();
        assert_eq!(
            coils,
            [true, false, true, true, false, false, true, true, true]
        );
        let words = client.read_input_registers(5, 1).await.unwrap().unwrap();
        assert_eq!(words, [0xABCD]);
        let id = client.call(Request::ReportServerId).await.unwrap().unwrap();
        let Response::ReportServerId(0x17, _, more) = id else {
            panic!("{id:?}");
        };
        assert_eq!(more, b"lineside");
        let page = client.read_device_identification(ReadCode::Basic, 0).await;
        let page = page.unwrap().unwrap();
        let names: Vec<_> = page
            .device_id_objects
            .iter()
            .map(|o| o.value_as_str())
            .collect();
        assert_eq!(names, [Some("Lineside"), Some("bank"), Some("1")]);
    })
    .await;
}

/// tokio-modbus's own TCP server.
async fn their_server(listener: TcpListener, service: Registers) {
    let server = tokio_modbus::server::tcp::Server::new(listener);
    let each = |stream, _| {
        let service = Some(service.clone());
        async move { Ok(service.map(|service| (service, stream))) }
    };
    server
        .serve(&each, |error| panic!("{error}"))
        .await
        .unwrap();
}

#[tokio::test]
async fn our_clients_reach_their_tcp_server() {
    let listener = TcpListener::bind(ANYWHERE).await.unwrap();
    let at = listener.local_addr().unwrap();
    beside(their_server(listener, Registers::default()), async {
        let config = ClientConfig::default();
        let stream = TcpStream::connect(at).await.unwrap();
        let client = Client::new(Framing::Tcp, config, stream, Clock::tokio());
        writes_and_reads(&mut context(client, Slave(3))).await;

        let dial = move || async move {
            let stream = TcpStream::connect(at).await?;
            Ok(Client::new(Framing::Tcp, config, stream, Clock::tokio()))
        };
        let bus = Bus::spawn(BusConfig::default(), Clock::tokio(), dial);
        let mut context = context(bus, Slave(4));
        writes_and_reads(&mut context).await;
        context.set_slave(Slave(3));
        let read = context.read_holding_registers(10, 1).await;
        assert_eq!(read.unwrap().unwrap(), [1]);
    })
    .await;
}

#[test]
fn failures_are_io_errors_of_their_kind() {
    run(|clock| async move {
        let (near, _silent) = tokio::io::duplex(64);
        let config = ClientConfig::default()
            .retries(0)
            .response(Duration::from_secs(1));
        let client = Client::new(Framing::Rtu, config, near, clock);
        let mut context = context(client, Slave(1));
        let kind = |error| match error {
            tokio_modbus::Error::Transport(error) => error.kind(),
            other => panic!("{other}"),
        };
        let silent = context.read_coils(0, 1).await.unwrap_err();
        assert_eq!(kind(silent), io::ErrorKind::TimedOut);
        let refused = context.read_coils(0, 2001).await.unwrap_err();
        assert_eq!(kind(refused), io::ErrorKind::InvalidInput);
        context.set_slave(Slave::broadcast());
        context
            .write_multiple_coils(0, &[true; 9])
            .await
            .unwrap()
            .unwrap();
        context
            .masked_write_register(0, 1, 2)
            .await
            .unwrap()
            .unwrap();
        let refused = context.read_coils(0, 1).await.unwrap_err();
        assert_eq!(kind(refused), io::ErrorKind::InvalidInput);
    });
}
