//! Endpoints over memory, a simulated serial line, and TCP.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use core::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::io;

use bytes::Bytes;
use lineside_framing::{
    AnyFraming, Event,
    net::{Connection, Echo, Endpoint, Handler, Limits},
    wire::Reason,
};
use lineside_io::{
    Clock, Listener, Net, Settings,
    address::{Context, Schemes, Wire},
    sim::{MemoryNet, NullModem, NullModemConfig, run},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};

const ANYWHERE: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn endpoint(framing: &str, clock: &Clock) -> Endpoint<AnyFraming> {
    Endpoint::new(framing.parse().unwrap()).clock(clock.clone())
}

fn record(text: &'static str) -> Option<Event> {
    Some(Event::Record(Bytes::from_static(text.as_bytes())))
}

/// Weighs, on demand; tells of damage.
struct Scale(mpsc::UnboundedSender<Reason>);

impl Handler for Scale {
    async fn record(&mut self, record: Bytes) -> Option<Bytes> {
        (record == "W").then(|| Bytes::from_static(b"12.5 kg"))
    }

    fn damaged(&mut self, reason: Reason, _: usize) {
        self.0.send(reason).unwrap();
    }
}

#[test]
fn a_handler_answers_what_it_will_and_hears_of_damage() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(ANYWHERE).await.unwrap();
        let at = listener.local_addr().unwrap();
        let (damage, mut damaged) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let scale = endpoint("line:crlf:max=8", &clock);
        let client = scale.connect(&net, at);
        let serving = tokio::spawn({
            let scale = scale.clone();
            async move {
                let stopped = async { drop(stopped.await) };
                scale
                    .serve(listener, || Scale(damage.clone()), stopped)
                    .await;
            }
        });
        let mut client = client.await.unwrap();
        client
            .stream_mut()
            .write_all(b"a line that is too long\r\n")
            .await
            .unwrap();
        client.send("tare").await.unwrap();
        client.send("W").await.unwrap();
        assert_eq!(client.next().await.unwrap(), record("12.5 kg"));
        assert_eq!(damaged.recv().await, Some(Reason::TooLong { max: 8 }));
        assert_eq!(client.counters().records, 1);
        drop(stop);
        serving.await.unwrap();
        assert_eq!(client.next().await.unwrap(), None);
    });
}

#[test]
fn the_default_handler_answers_nothing() {
    struct Refuses;
    impl Handler for Refuses {}
    run(|clock| async move {
        let (near, far) = tokio::io::duplex(64);
        let endpoint = endpoint("cobs+crc-16/modbus", &clock);
        let (mut near, mut far) = (endpoint.over(near), endpoint.over(far));
        let run = tokio::spawn(async move { far.run(&mut Refuses).await });
        near.send("anything").await.unwrap();
        near.stream_mut().shutdown().await.unwrap();
        run.await.unwrap().unwrap();
        assert_eq!(near.next().await.unwrap(), None);
    });
}

#[test]
fn a_dropped_next_loses_nothing() {
    run(|clock| async move {
        let (mut near, far) = tokio::io::duplex(64);
        let mut far = endpoint("line", &clock).over(far);
        for piece in ["o", "n", "e", "\ntwo\nthree\n"] {
            near.write_all(piece.as_bytes()).await.unwrap();
            // The record is not complete: the wait is given up, the bytes are kept.
            if !piece.contains('\n') {
                let given_up = clock.timeout(Duration::from_micros(1), far.next()).await;
                assert!(given_up.is_err());
            }
        }
        for text in ["one", "two", "three"] {
            assert_eq!(far.next().await.unwrap(), record(text));
        }
    });
}

#[test]
fn records_on_a_line_are_parted_by_silence_alone() {
    run(|clock| async move {
        let (a, b) = NullModem::pair(&clock, NullModemConfig::new(Settings::default()));
        let endpoint = endpoint("gap:35:pause=15+crc-16/modbus", &clock);
        let (mut a, mut b) = (endpoint.on_line(a), endpoint.on_line(b));
        let echo = tokio::spawn(async move { b.run(&mut Echo).await });
        for text in ["one", "two", "three"] {
            a.send(text).await.unwrap();
        }
        for text in ["one", "two", "three"] {
            assert_eq!(a.next().await.unwrap(), record(text));
        }
        drop(a);
        echo.await.unwrap().unwrap();
    });
}

#[test]
fn connections_beyond_the_limit_wait_their_turn() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(ANYWHERE).await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut limits = Limits::default();
        limits.connections = 1;
        let endpoint = endpoint("slip", &clock).limits(limits);
        let serving = tokio::spawn({
            let endpoint = endpoint.clone();
            async move {
                endpoint
                    .serve(listener, || Echo, core::future::pending())
                    .await
            }
        });
        let mut first = endpoint.connect(&net, at).await.unwrap();
        first.send("first").await.unwrap();
        assert_eq!(first.next().await.unwrap(), record("first"));
        let mut second = endpoint.connect(&net, at).await.unwrap();
        second.send("second").await.unwrap();
        assert!(
            clock
                .timeout(Duration::from_secs(60), second.next())
                .await
                .is_err()
        );
        drop(first);
        assert_eq!(second.next().await.unwrap(), record("second"));
        serving.abort();
        // The task that served it ended with its owner.
        assert_eq!(second.next().await.unwrap_or(None), None);
    });
}

/// Answers after a minute.
struct Slow(Clock);

impl Handler for Slow {
    async fn record(&mut self, record: Bytes) -> Option<Bytes> {
        self.0.sleep(Duration::from_secs(60)).await;
        Some(record)
    }
}

#[test]
fn a_stop_waits_for_the_record_at_hand_as_long_as_its_grace() {
    for (grace, answered) in [(61, true), (59, false)] {
        run(move |clock| async move {
            let net = MemoryNet::new();
            let listener = net.listen(ANYWHERE).await.unwrap();
            let at = listener.local_addr().unwrap();
            let mut limits = Limits::default();
            limits.grace = Duration::from_secs(grace);
            let endpoint = endpoint("hdlc", &clock).limits(limits);
            let (stop, stopped) = oneshot::channel::<()>();
            let slow = clock.clone();
            let serving = tokio::spawn({
                let endpoint = endpoint.clone();
                async move {
                    let stopped = async { drop(stopped.await) };
                    endpoint
                        .serve(listener, || Slow(slow.clone()), stopped)
                        .await;
                }
            });
            let mut client = endpoint.connect(&net, at).await.unwrap();
            client.send("at hand").await.unwrap();
            clock.sleep(Duration::from_micros(10)).await;
            drop(stop);
            let answer = client.next().await.unwrap_or(None);
            assert_eq!(answer == record("at hand"), answered, "{answer:?}");
            serving.await.unwrap();
            let after = clock.now().as_micros() / 1_000_000;
            assert_eq!(after, if answered { 60 } else { 59 });
        });
    }
}

/// A TCP listener of tokio's own: this crate needs no more than the trait.
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

#[tokio::test]
async fn records_travel_over_tcp() {
    let listener = Tcp(TcpListener::bind(ANYWHERE).await.unwrap());
    let at = listener.local_addr().unwrap();
    let endpoint = endpoint("length:2be:magic=aa55+crc-32/iso-hdlc", &Clock::tokio());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn({
        let endpoint = endpoint.clone();
        async move {
            let stopped = async { drop(stopped.await) };
            endpoint.serve(listener, || Echo, stopped).await;
        }
    });
    let mut clients: Vec<Connection<_, _>> = Vec::new();
    for _ in 0..8 {
        clients.push(endpoint.over(TcpStream::connect(at).await.unwrap()));
    }
    let payload = Bytes::from(vec![0xAA; 4096]);
    for client in &mut clients {
        client.send(payload.clone()).await.unwrap();
    }
    for client in &mut clients {
        assert_eq!(client.record().await.unwrap(), Some(payload.clone()));
    }
    drop(stop);
    serving.await.unwrap();
    for client in &mut clients {
        assert_eq!(client.next().await.unwrap_or(None), None);
    }
}

#[test]
fn an_endpoint_serves_whatever_comes_to_an_address() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let schemes = Schemes::new(Context::new(clock.clone())).with(net.scheme());
        let acceptor = schemes.listen(&"mem:scale".parse().unwrap()).await.unwrap();
        let local = acceptor.local();
        let endpoint = endpoint("line:crlf", &clock);
        let served = endpoint.clone();
        let serving = tokio::spawn(async move {
            served
                .serve_wires(acceptor, || Echo, core::future::pending())
                .await;
        });
        let mut client = endpoint.on_wire(schemes.open(&local).await.unwrap());
        client.send("W").await.unwrap();
        assert_eq!(client.next().await.unwrap(), record("W"));
        serving.abort();
    });
}

#[test]
fn a_line_that_an_address_opened_gives_the_time_of_a_character() {
    run(|clock| async move {
        let fast = Settings {
            baud: 115_200,
            ..Settings::default()
        };
        let (near, far) = NullModem::pair(&clock, NullModemConfig::new(fast));
        let endpoint = endpoint("gap:floor=0", &clock);
        let mut near = endpoint.on_wire(Wire::Line(Box::new(near)));
        let mut far = endpoint.on_wire(Wire::Line(Box::new(far)));
        near.send("reading").await.unwrap();
        let sent = clock.now();
        assert_eq!(far.next().await.unwrap(), record("reading"));
        // 3.5 characters of 86,806 ns, rounded up, and not those of the 9,600 baud that are the default.
        assert_eq!(clock.now().since(sent).as_nanos(), 303_821);
    });
}

#[test]
fn a_peer_that_brings_no_record_in_time_makes_room() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(ANYWHERE).await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut limits = Limits::default();
        limits.connections = 1;
        let endpoint = endpoint("line", &clock).limits(limits);
        let served = endpoint.clone();
        let serving = tokio::spawn(async move {
            served
                .serve(listener, || Echo, core::future::pending())
                .await;
        });
        let mut slow = net.dial(at).await.unwrap();
        // A byte a minute is no record either.
        for _ in 0..9 {
            slow.write_all(b"x").await.unwrap();
            clock.sleep(Duration::from_secs(60)).await;
        }
        let mut next = endpoint.connect(&net, at).await.unwrap();
        next.send("ok").await.unwrap();
        assert_eq!(next.next().await.unwrap(), record("ok"));
        assert_eq!(clock.now().as_micros(), 600_000_000);
        serving.abort();
    });
}
