//! Serving: places, and who gets them.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use core::{
    future::{Future, pending},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use lineside_io::{
    Clock, Listener, Net, Stream,
    address::acceptor,
    serve::{Admitting, Full, Limits, Place, Wires, serve},
    sim::{MemoryNet, MemoryStream, run},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Sends every byte back as long as its place lasts; panics at an `!`.
async fn echo(mut stream: impl Stream, mut place: Place, clock: Clock) {
    while let Some(Ok(byte)) = place.unless_over(stream.read_u8()).await {
        assert_ne!(byte, b'!', "asked to");
        place.used(clock.now());
        stream.write_u8(byte).await.unwrap();
    }
}

/// A server of [`echo`] in a task of its own, until `stop`.
async fn serving(
    net: &MemoryNet,
    clock: &Clock,
    limits: Limits,
    stop: impl Future<Output = ()> + Send + 'static,
) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = net.listen(ANYWHERE).await.unwrap();
    let at = listener.local_addr().unwrap();
    let clock = clock.clone();
    let server = tokio::spawn(async move {
        let each = |stream, place| echo(stream, place, clock.clone());
        serve(listener, &limits, &clock, each, stop).await;
    });
    (at, server)
}

async fn answers(stream: &mut MemoryStream) -> bool {
    stream.write_u8(b'?').await.is_ok() && stream.read_u8().await.is_ok()
}

#[test]
fn the_connection_unused_for_longest_makes_room() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let mut limits = Limits::default();
        (limits.connections, limits.full) = (2, Full::CloseUnused);
        let (at, server) = serving(&net, &clock, limits, pending()).await;
        let mut first = net.dial(at).await.unwrap();
        assert!(answers(&mut first).await);
        clock.sleep(Duration::from_secs(1)).await;
        let mut second = net.dial(at).await.unwrap();
        assert!(answers(&mut second).await);
        clock.sleep(Duration::from_secs(1)).await;
        assert!(answers(&mut first).await);
        let mut third = net.dial(at).await.unwrap();
        assert!(answers(&mut third).await);
        assert!(answers(&mut first).await);
        assert!(!answers(&mut second).await);
        server.abort();
    });
}

/// Whether a connection from `host` is served; it stays.
async fn comes_in(net: &MemoryNet, host: &str, at: SocketAddr) -> (MemoryStream, bool) {
    let host = net.on_host(host.parse().unwrap());
    let mut stream = host.dial(at).await.unwrap();
    let is_served = answers(&mut stream).await;
    (stream, is_served)
}

#[test]
fn a_host_has_no_more_than_its_places() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let mut limits = Limits::default();
        (limits.connections, limits.per_peer) = (3, Some(2));
        let (at, server) = serving(&net, &clock, limits, pending()).await;
        let (first, is_served) = comes_in(&net, "10.0.0.7", at).await;
        assert!(is_served);
        let (_second, is_served) = comes_in(&net, "10.0.0.7", at).await;
        assert!(is_served);
        assert!(!comes_in(&net, "10.0.0.7", at).await.1);
        assert!(comes_in(&net, "10.0.0.8", at).await.1);
        // With one of them gone there is room for it again.
        drop(first);
        clock.sleep(Duration::from_secs(1)).await;
        assert!(comes_in(&net, "10.0.0.7", at).await.1);
        server.abort();
    });
}

#[test]
fn an_ipv6_network_is_one_host() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let mut limits = Limits::default();
        limits.per_peer = Some(1);
        let (at, server) = serving(&net, &clock, limits, pending()).await;
        let (_one, is_served) = comes_in(&net, "2001:db8:0:1::7", at).await;
        assert!(is_served);
        assert!(!comes_in(&net, "2001:db8:0:1:8::8", at).await.1);
        assert!(comes_in(&net, "2001:db8:0:2::7", at).await.1);
        let (_old, is_served) = comes_in(&net, "10.0.0.7", at).await;
        assert!(is_served);
        assert!(!comes_in(&net, "::ffff:10.0.0.7", at).await.1);
        server.abort();
    });
}

#[test]
fn whatever_was_listened_at_tells_its_hosts() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(ANYWHERE).await.unwrap();
        let at = listener.local_addr().unwrap();
        let local = format!("mem://{at}").parse().unwrap();
        let wires = Wires::new(acceptor(listener, local));
        let mut limits = Limits::default();
        limits.per_peer = Some(1);
        let server = tokio::spawn(async move {
            let each = |stream, place| echo(stream, place, clock.clone());
            serve(wires, &limits, &clock, each, pending()).await;
        });
        let (_first, is_served) = comes_in(&net, "10.0.0.7", at).await;
        assert!(is_served);
        assert!(!comes_in(&net, "10.0.0.7", at).await.1);
        assert!(comes_in(&net, "10.0.0.8", at).await.1);
        server.abort();
    });
}

#[test]
fn a_place_is_idle_from_its_last_use() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let mut limits = Limits::default();
        limits.idle = Some(Duration::from_secs(10));
        let (at, server) = serving(&net, &clock, limits, pending()).await;
        let mut stream = net.dial(at).await.unwrap();
        for _ in 0..3 {
            clock.sleep(Duration::from_secs(9)).await;
            assert!(answers(&mut stream).await);
        }
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(clock.now().as_micros(), 37_000_000);
        server.abort();
    });
}

#[test]
fn a_panic_ends_one_connection() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let (at, server) = serving(&net, &clock, Limits::default(), pending()).await;
        let (mut one, mut other) = (net.dial(at).await.unwrap(), net.dial(at).await.unwrap());
        one.write_u8(b'!').await.unwrap();
        assert!(one.read_u8().await.is_err());
        assert!(answers(&mut other).await);
        server.abort();
    });
}

#[test]
fn a_stop_ends_idle_connections_at_once() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let until = clock.clone();
        let stop = async move { until.sleep(Duration::from_secs(1)).await };
        let (at, server) = serving(&net, &clock, Limits::default(), stop).await;
        let mut stream = net.dial(at).await.unwrap();
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        server.await.unwrap();
        assert_eq!(clock.now().as_micros(), 1_000_000);
        assert!(net.dial(at).await.is_err());
    });
}

#[test]
fn only_peers_on_the_list_are_admitted() {
    // T07 of Modbus.
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(ANYWHERE).await.unwrap();
        let at = listener.local_addr().unwrap();
        let friend: IpAddr = [10, 0, 0, 7].into();
        let listener = Admitting::new(listener, move |peer: &SocketAddr| peer.ip() == friend);
        assert_eq!(listener.local_addr().unwrap(), at);
        let server = tokio::spawn({
            let clock = clock.clone();
            async move {
                let each = |stream, place| echo(stream, place, clock.clone());
                serve(listener, &Limits::default(), &clock, each, pending()).await;
            }
        });
        let mut stranger = net.on_host([10, 0, 0, 8].into()).dial(at).await.unwrap();
        assert!(!answers(&mut stranger).await);
        let mut known = net.on_host(friend).dial(at).await.unwrap();
        assert!(answers(&mut known).await);
        server.abort();
    });
}
