use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::{
    Socket,
    address::{Context as Opening, Schemes},
    sim::run,
};

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

async fn connected(net: &MemoryNet) -> (MemoryStream, MemoryStream) {
    let mut listener = net.listen(at("127.0.0.1:0")).await.unwrap();
    let client = net.dial(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap())
}

/// Whether a future has nothing to do now.
async fn is_pending<F: Future>(future: F) -> bool {
    let mut future = core::pin::pin!(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

fn small(capacity: usize, backlog: usize) -> MemoryNet {
    MemoryNet::with_limits(MemoryLimits {
        capacity,
        backlog,
        latency: None,
    })
}

#[test]
fn both_ends_know_both_addresses() {
    run(|_| async {
        let net = MemoryNet::new();
        let mut listener = net.listen(at("10.0.0.1:21")).await.unwrap();
        let far = net.on_host("10.0.0.2".parse().unwrap());
        let client = far.dial(at("10.0.0.1:21")).await.unwrap();
        let server = listener.accept().await.unwrap();
        assert_eq!(client.peer_addr().unwrap(), at("10.0.0.1:21"));
        assert_eq!(server.local_addr().unwrap(), at("10.0.0.1:21"));
        assert_eq!(server.peer_addr().unwrap(), client.local_addr().unwrap());
        assert_eq!(server.peer_addr().unwrap().ip(), at("10.0.0.2:0").ip());
    });
}

#[test]
fn port_0_takes_a_free_port_and_dialling_another() {
    run(|_| async {
        let net = MemoryNet::new();
        let one = net.listen(at("127.0.0.1:0")).await.unwrap();
        let other = net.listen(at("127.0.0.1:0")).await.unwrap();
        assert_ne!(one.at, other.at);
        let (first, second) = (
            net.dial(one.at).await.unwrap(),
            net.dial(one.at).await.unwrap(),
        );
        assert_ne!(first.local_addr().unwrap(), second.local_addr().unwrap());
        assert!(first.local_addr().unwrap().port() >= 49_152);
    });
}

#[test]
fn a_dial_to_nobody_is_refused() {
    run(|_| async {
        let net = MemoryNet::new();
        let error = net.dial(at("127.0.0.1:9")).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let listener = net.listen(at("127.0.0.1:9")).await.unwrap();
        drop(listener);
        let error = net.dial(at("127.0.0.1:9")).await.unwrap_err();
        assert_eq!(error.to_string(), "127.0.0.1:9: nobody listens there");
    });
}

#[test]
fn an_address_is_listened_at_once() {
    run(|_| async {
        let net = MemoryNet::new();
        let first = net.listen(at("127.0.0.1:9")).await.unwrap();
        for taken in ["127.0.0.1:9", "0.0.0.0:9"] {
            let error = net.listen(at(taken)).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "{taken}");
        }
        net.listen(at("127.0.0.2:9")).await.unwrap();
        net.listen(at("[::]:9")).await.unwrap();
        drop(first);
        net.listen(at("0.0.0.0:9")).await.unwrap();
    });
}

#[test]
fn an_unspecified_address_is_every_hosts() {
    run(|_| async {
        let net = MemoryNet::new();
        let mut listener = net.listen(at("0.0.0.0:80")).await.unwrap();
        let client = net.dial(at("10.1.2.3:80")).await.unwrap();
        let server = listener.accept().await.unwrap();
        assert_eq!(server.local_addr().unwrap(), client.peer_addr().unwrap());
        assert!(net.dial(at("[::1]:80")).await.is_err());
    });
}

#[test]
fn a_full_buffer_holds_the_writer_until_it_is_read() {
    run(|_| async {
        let (mut client, mut server) = connected(&small(4, 1)).await;
        assert_eq!(client.write(b"abcdef").await.unwrap(), 4);
        assert!(is_pending(client.write(b"ef")).await);
        let writing = tokio::spawn(async move {
            client.write_all(b"efghijklm").await.unwrap();
            client.shutdown().await.unwrap();
            client
        });
        let mut all = Vec::new();
        server.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"abcdefghijklm");
        writing.await.unwrap();
    });
}

#[test]
fn a_half_close_leaves_the_other_direction_open() {
    run(|_| async {
        let (mut client, mut server) = connected(&MemoryNet::new()).await;
        client.write_all(b"last").await.unwrap();
        client.shutdown().await.unwrap();
        let error = client.write_all(b"more").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let mut heard = Vec::new();
        server.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"last");
        server.write_all(b"answer").await.unwrap();
        drop(server);
        heard.clear();
        client.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"answer");
    });
}

#[test]
fn a_reset_comes_at_once_and_to_both_directions() {
    run(|_| async {
        let (mut client, server) = connected(&MemoryNet::new()).await;
        let (mut queued, mut peer) = connected(&MemoryNet::new()).await;
        let waiting = tokio::spawn(async move {
            let read = client.read_u8().await;
            (
                read.unwrap_err().kind(),
                client.write_all(b"x").await.unwrap_err().kind(),
            )
        });
        tokio::task::yield_now().await;
        server.reset();
        let both = (
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::ConnectionReset,
        );
        assert_eq!(waiting.await.unwrap(), both);
        peer.write_all(b"lost").await.unwrap();
        peer.reset();
        let error = queued.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_reset_wakes_a_writer_that_waits_for_room() {
    run(|_| async {
        let (mut client, server) = connected(&small(1, 1)).await;
        let waiting = tokio::spawn(async move { client.write_all(b"xyz").await });
        tokio::task::yield_now().await;
        server.reset();
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_close_with_bytes_unread_is_a_reset() {
    run(|_| async {
        let (mut client, server) = connected(&MemoryNet::new()).await;
        client.write_all(b"unread").await.unwrap();
        drop(server);
        let error = client.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_write_to_a_closed_end_is_a_broken_pipe_and_its_last_words_are_heard() {
    run(|_| async {
        let (mut client, mut server) = connected(&MemoryNet::new()).await;
        server.write_all(b"bye").await.unwrap();
        drop(server);
        let error = client.write_all(b"hello?").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"bye");
    });
}

#[test]
fn a_full_backlog_makes_dials_wait_and_a_dropped_accept_loses_none() {
    run(|_| async {
        let net = small(16, 1);
        let mut listener = net.listen(at("127.0.0.1:7")).await.unwrap();
        assert!(is_pending(listener.accept()).await);
        let first = net.dial(listener.at).await.unwrap();
        assert!(is_pending(net.dial(listener.at)).await);
        let dialling = tokio::spawn({
            let net = net.clone();
            async move {
                net.dial(at("127.0.0.1:7"))
                    .await
                    .unwrap()
                    .local_addr()
                    .unwrap()
            }
        });
        tokio::task::yield_now().await;
        let accepted = listener.accept().await.unwrap();
        assert_eq!(accepted.peer_addr().unwrap(), first.local_addr().unwrap());
        let second = dialling.await.unwrap();
        let accepted = listener.accept().await.unwrap();
        assert_eq!(accepted.peer_addr().unwrap(), second);
    });
}

#[test]
fn a_closed_listener_resets_whom_it_never_accepted() {
    run(|_| async {
        let net = small(16, 1);
        let listener = net.listen(at("127.0.0.1:7")).await.unwrap();
        let mut first = net.dial(listener.at).await.unwrap();
        let waiting = tokio::spawn(async move { net.dial(at("127.0.0.1:7")).await });
        tokio::task::yield_now().await;
        drop(listener);
        let error = first.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn latency_is_exact_and_keeps_the_order() {
    run(|clock| async move {
        let latency = Some((clock.clone(), Duration::from_millis(10)));
        let net = MemoryNet::with_limits(MemoryLimits {
            latency,
            ..MemoryLimits::default()
        });
        let (mut client, mut server) = connected(&net).await;
        assert_eq!(clock.now().as_micros(), 20_000);
        client.write_all(b"a").await.unwrap();
        clock.sleep(Duration::from_millis(3)).await;
        client.write_all(b"b").await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'a');
        assert_eq!(clock.now().as_micros(), 30_000);
        assert_eq!(server.read_u8().await.unwrap(), b'b');
        assert_eq!(clock.now().as_micros(), 33_000);
        assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(clock.now().as_micros(), 33_000);
    });
}

#[test]
fn a_mem_address_opens_what_listens_under_its_name() {
    run(|clock| async move {
        let schemes = Schemes::new(Opening::new(clock)).with(MemoryNet::new().scheme());
        let named: Address = "mem:scale".parse().unwrap();
        assert!(schemes.open(&named).await.is_err());
        let mut acceptor = schemes.listen(&named).await.unwrap();
        assert_eq!(acceptor.local(), named);
        let taken = schemes.listen(&named).await.err().unwrap();
        assert_eq!(taken.to_string(), "mem:scale: somebody listens there");
        let mut client = schemes.open(&named).await.unwrap();
        let mut accepted = acceptor.accept().await.unwrap();
        client.write_all(b"!").await.unwrap();
        assert_eq!(accepted.wire.read_u8().await.unwrap(), b'!');
        drop(acceptor);
        assert!(schemes.open(&named).await.is_err());
    });
}

#[test]
fn a_mem_address_may_be_a_sockets() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let schemes = Schemes::new(Opening::new(clock)).with(net.scheme());
        let acceptor = schemes
            .listen(&"mem://127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        net.dial(acceptor.local().socket_addr(None).unwrap())
            .await
            .unwrap();
        schemes.open(&acceptor.local()).await.unwrap();
    });
}

#[test]
fn a_scheme_refuses_what_it_cannot_open_and_says_what_is_allowed() {
    run(|clock| async move {
        let nothing = Scheme::new("null", "Nothing.", &["null:"]);
        let schemes = Schemes::new(Opening::new(clock))
            .with(nothing)
            .with(MemoryNet::new().scheme());
        for (address, want) in [
            (
                "tpc://h:1",
                "address: scheme at column 1: found `tpc`; allowed: null, mem",
            ),
            (
                "null:",
                "address: scheme at column 1: found `null`; allowed: mem",
            ),
            (
                "slip+mem:x",
                "address: layer at column 1: found `slip`; allowed: no protocol here",
            ),
            (
                "mem:x?baud=1",
                "address: query at column 7: found `baud`; allowed: no parameters",
            ),
            (
                "mem:",
                "address: path at column 5 is missing; allowed: a path",
            ),
        ] {
            let address: Address = address.parse().unwrap();
            let error = schemes.open(&address).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().starts_with(want), "{error}");
        }
        let help = "null       Nothing.\n             null:\nmem        A network in memory";
        assert!(schemes.help().starts_with(help), "{}", schemes.help());
    });
}
