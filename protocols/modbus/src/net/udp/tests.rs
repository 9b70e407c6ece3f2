use core::{future::pending, net::SocketAddr, time::Duration};
use std::sync::{Arc, Mutex};

use lineside_io::{
    Clock, Datagrams,
    sim::{MemoryDatagrams, MemoryMail, run},
};
use tokio::{net::UdpSocket, sync::oneshot, task::JoinHandle};

use super::*;
use crate::{
    Bank, Functions,
    client::Failure,
    net::Service,
    wire::{Exception, Request, Span, Unit},
};

const UNIT: Unit = Unit::new(9);

fn read(quantity: u16) -> Pdu {
    Pdu::of(&Request::ReadHoldingRegisters(Span::new(0, quantity))).unwrap()
}

fn write(value: u16) -> Pdu {
    Pdu::of(&Request::WriteSingleRegister { address: 0, value }).unwrap()
}

fn serve<D: Datagrams, S: Service + 'static>(
    socket: D,
    service: S,
    clock: &Clock,
) -> JoinHandle<()> {
    let server = UdpServer::new().clock(clock.clone()).transactions(2);
    tokio::spawn(async move { server.serve(&socket, service, pending()).await })
}

fn bank() -> Bank {
    Bank::new().with_holding_registers(0, [7, 8])
}

/// A client of a bank behind a network that loses half of all datagrams.
fn losing(clock: &Clock, seed: u64) -> (UdpClient<MemoryDatagrams>, JoinHandle<()>) {
    let mail = MemoryMail::new().losing(0.5, seed);
    let (device, client) = (mail.socket(), mail.socket());
    let at = device.local_addr().unwrap();
    let serving = serve(device, bank(), clock);
    (UdpClient::new(client, at, clock.clone()), serving)
}

#[test]
fn a_read_is_asked_again_until_it_is_answered() {
    run(|clock| async move {
        let (client, serving) = losing(&clock, 5);
        let mut client = client.retries(20);
        for _ in 0..50 {
            let answer = client.call(UNIT, &read(2)).await.unwrap();
            assert_eq!(*answer, [3, 4, 0, 7, 0, 8]);
        }
        // Three of four are lost one way or the other.
        let seconds = clock.now().as_micros() / 1_000_000;
        assert!((75..300).contains(&seconds), "{seconds} s");
        serving.abort();
    });
}

#[test]
fn a_write_is_sent_once() {
    run(|clock| async move {
        let (mut client, serving) = losing(&clock, 6);
        let (mut done, mut lost) = (0, 0);
        for value in 0..50 {
            let before = clock.now();
            match client.call(UNIT, &write(value)).await {
                Ok(answer) => {
                    assert_eq!(answer, write(value));
                    done += 1;
                }
                Err(failure) => {
                    assert_eq!(failure, Failure::Timeout);
                    assert_eq!(clock.now().since(before), Duration::from_secs(1));
                    lost += 1;
                }
            }
        }
        assert!(done > 5 && lost > 20, "{done} {lost}");
        serving.abort();
    });
}

#[test]
fn exceptions_pass_and_what_is_no_modbus_is_dropped() {
    run(|clock| async move {
        let mail = MemoryMail::new();
        let (device, raw, client) = (mail.socket(), mail.socket(), mail.socket());
        let at = device.local_addr().unwrap();
        let serving = serve(device, bank(), &clock);
        for junk in [
            &b""[..],
            b"\0\x01\0\0\0\x06\x09\x03\0\0\0",
            b"\0\x01\0\x01\0\x06\x09\x03\0\0\0\x01",
            b"\0\x01\0\0\0\x06\x09\x03\0\0\0\x01\0",
            &[0; 300],
        ] {
            raw.send(junk, &at).await.unwrap();
        }
        raw.send(b"\x12\x34\0\0\0\x06\x09\x03\0\x01\0\x01", &at)
            .await
            .unwrap();
        let mut room = [0; 300];
        let (length, _) = raw.receive(&mut room).await.unwrap();
        assert_eq!(room[..length], *b"\x12\x34\0\0\0\x05\x09\x03\x02\0\x08");
        let mut client = UdpClient::new(client, at, clock);
        let refused = client.call(UNIT, &read(3)).await;
        assert_eq!(
            refused,
            Err(Failure::Exception(Exception::ILLEGAL_DATA_ADDRESS))
        );
        serving.abort();
    });
}

/// A service that must not be asked, and has two functions.
struct Unasked;

impl Service for Unasked {
    async fn call(&mut self, _: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        panic!("asked {request:?}");
    }

    fn served(&self) -> Functions {
        [3, 8].into_iter().collect()
    }
}

#[test]
fn a_service_is_asked_only_what_is_a_request_to_a_function_that_it_has() {
    run(|clock| async move {
        let mail = MemoryMail::new();
        let (device, client) = (mail.socket(), mail.socket());
        let at = device.local_addr().unwrap();
        let serving = serve(device, Unasked, &clock);
        for (request, refused) in [
            // An exception response first: nothing answers it.
            (&b"\x83\x02"[..], None),
            (b"\x03\0\0\0\0", Some(b"\x83\x03")),
            (b"\x03\0", Some(b"\x83\x03")),
            (b"\x08\0\x13\0\0", Some(b"\x88\x01")),
            (b"\x06\0", Some(b"\x86\x01")),
        ] {
            let header = mbap::Header {
                transaction: 7,
                unit: UNIT,
            };
            let mut room = [0; mbap::MAX_ADU];
            let length = frame(header, &Pdu::new(request).unwrap(), &mut room).unwrap();
            client.send(&room[..length], &at).await.unwrap();
            let Some(refused) = refused else { continue };
            let (length, _) = client.receive(&mut room).await.unwrap();
            assert_eq!(
                open(&room[..length]),
                Some((header, Pdu::new(refused).unwrap()))
            );
        }
        serving.abort();
    });
}

/// A server of the test's own.
async fn by_hand(device: &MemoryDatagrams) -> (Vec<u8>, SocketAddr) {
    let mut room = [0; 300];
    let (length, from) = device.receive(&mut room).await.unwrap();
    (room[..length].to_vec(), from)
}

#[test]
fn only_the_answer_that_is_awaited_is_taken() {
    run(|clock| async move {
        let mail = MemoryMail::new();
        let (device, stranger, client) = (mail.socket(), mail.socket(), mail.socket());
        let at = device.local_addr().unwrap();
        let mut client = UdpClient::new(client, at, clock.clone());
        let answering = tokio::spawn(async move {
            let (first, to) = by_hand(&device).await;
            let answer = |transaction: &[u8], unit: u8, value: u8| {
                let mut frame = transaction.to_vec();
                frame.extend([0, 0, 0, 5, unit, 3, 2, 0, value]);
                frame
            };
            let transaction = &first[..2];
            stranger
                .send(&answer(transaction, 9, 1), &to)
                .await
                .unwrap();
            device
                .send(&answer(&[0xAA, 0xAA], 9, 2), &to)
                .await
                .unwrap();
            device.send(&answer(transaction, 8, 3), &to).await.unwrap();
            device.send(&answer(transaction, 9, 4), &to).await.unwrap();
            // Doubled: the second one must not answer the next call.
            device.send(&answer(transaction, 9, 4), &to).await.unwrap();
            let (second, to) = by_hand(&device).await;
            device.send(&answer(&second[..2], 9, 5), &to).await.unwrap();
        });
        assert_eq!(*client.call(UNIT, &read(1)).await.unwrap(), [3, 2, 0, 4]);
        assert_eq!(*client.call(UNIT, &read(1)).await.unwrap(), [3, 2, 0, 5]);
        answering.await.unwrap();
    });
}

/// Answers after a second, any number at once.
#[derive(Clone)]
struct Slow(Clock, Arc<Mutex<usize>>);

impl Service for Slow {
    async fn call(&mut self, _: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        *self.1.lock().unwrap() += 1;
        self.0.sleep(Duration::from_secs(1)).await;
        assert_ne!(request.last(), Some(&0xDD), "asked to");
        Ok(*request)
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

#[test]
fn a_slow_service_is_at_several_requests_and_busy_beyond() {
    run(|clock| async move {
        let mail = MemoryMail::new();
        let (device, raw) = (mail.socket(), mail.socket());
        let at = device.local_addr().unwrap();
        let called = Arc::default();
        let serving = serve(device, Slow(clock.clone(), Arc::clone(&called)), &clock);
        for number in 1..=3 {
            let frame = [0, number, 0, 0, 0, 6, 9, 6, 0, 0, 0, number];
            raw.send(&frame, &at).await.unwrap();
        }
        let mut room = [0; 300];
        let (length, _) = raw.receive(&mut room).await.unwrap();
        assert_eq!(room[..length], [0, 3, 0, 0, 0, 3, 9, 0x86, 6]);
        assert_eq!(clock.now().as_micros(), 0);
        for _ in 0..2 {
            assert_eq!(raw.receive(&mut room).await.unwrap().0, 12);
            assert_eq!(clock.now().as_micros(), 1_000_000);
        }
        assert_eq!(*called.lock().unwrap(), 2);
        serving.abort();
    });
}

#[test]
fn a_stop_answers_what_was_begun_and_a_panic_is_a_failure() {
    run(|clock| async move {
        let mail = MemoryMail::new();
        let (device, raw) = (mail.socket(), mail.socket());
        let at = device.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let service = Slow(clock.clone(), Arc::default());
        let server = UdpServer::new().clock(clock.clone());
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            server.serve(&device, service, stopped).await;
        });
        raw.send(&[0, 1, 0, 0, 0, 6, 9, 6, 0, 0, 0, 0xDD], &at)
            .await
            .unwrap();
        clock.sleep(Duration::from_millis(500)).await;
        drop(stop);
        let mut room = [0; 300];
        let (length, _) = raw.receive(&mut room).await.unwrap();
        assert_eq!(room[..length], [0, 1, 0, 0, 0, 3, 9, 0x86, 4]);
        serving.await.unwrap();
    });
}

#[tokio::test]
async fn it_works_over_udp() {
    let clock = Clock::tokio();
    let device = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = device.local_addr().unwrap();
    let serving = serve(device, bank(), &clock);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut client = UdpClient::new(socket, at, clock);
    assert_eq!(
        *client.call(UNIT, &read(2)).await.unwrap(),
        [3, 4, 0, 7, 0, 8]
    );
    serving.abort();
}
