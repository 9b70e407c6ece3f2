use core::{
    future::poll_fn,
    net::Ipv6Addr,
    pin::{Pin, pin},
    task::{Context, Waker},
};
use std::process::Command;

use lineside_io::{Socket as _, Urgent as _};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn listen(net: &Tcp) -> (TcpListener, SocketAddr) {
    let listener = net.listen(SocketAddr::new(LOOPBACK, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    (listener, at)
}

async fn pair() -> (TcpStream, TcpStream) {
    let net = Tcp::default();
    let (mut listener, at) = listen(&net).await;
    let (dialled, accepted) = tokio::join!(net.dial(at), listener.accept());
    (dialled.unwrap(), accepted.unwrap())
}

#[tokio::test]
async fn both_ends_know_each_other() {
    let (dialled, accepted) = pair().await;
    assert_eq!(dialled.peer_addr().unwrap(), accepted.local_addr().unwrap());
    assert_eq!(dialled.local_addr().unwrap(), accepted.peer_addr().unwrap());
}

#[tokio::test]
async fn a_listener_tells_the_host_of_what_it_accepts() {
    let net = Tcp::default();
    let (mut listener, at) = listen(&net).await;
    let (_dialled, accepted) = tokio::join!(net.dial(at), listener.accept());
    assert_eq!(listener.host(&accepted.unwrap()), Some(LOOPBACK));
}

#[tokio::test]
async fn the_options_are_set_on_both_ends() {
    // T08 of Modbus, too.
    let (dialled, accepted) = pair().await;
    for stream in [dialled, accepted] {
        let socket = SockRef::from(stream.get_ref());
        assert!(socket.tcp_nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        let times = KeepAlive::default();
        assert_eq!(socket.tcp_keepalive_time().unwrap(), times.idle);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), times.interval);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), times.probes);
    }
    let plain = Tcp::new(TcpOptions {
        nodelay: false,
        keep_alive: None,
        ..TcpOptions::default()
    });
    let (_listener, at) = listen(&plain).await;
    let stream = plain.dial(at).await.unwrap();
    let socket = SockRef::from(stream.get_ref());
    assert!(!socket.tcp_nodelay().unwrap() && !socket.keepalive().unwrap());
}

#[tokio::test]
async fn keep_alive_times_that_the_kernel_cannot_take_are_rounded() {
    let net = Tcp::new(TcpOptions {
        keep_alive: Some(KeepAlive {
            idle: Duration::from_millis(1_001),
            interval: Duration::ZERO,
            probes: u32::MAX,
        }),
        ..TcpOptions::default()
    });
    let (_listener, at) = listen(&net).await;
    let stream = net.dial(at).await.unwrap();
    let socket = SockRef::from(stream.get_ref());
    assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(2));
    assert_eq!(
        socket.tcp_keepalive_interval().unwrap(),
        Duration::from_secs(1)
    );
    assert_eq!(socket.tcp_keepalive_retries().unwrap(), 127);
}

#[tokio::test]
async fn a_half_closed_connection_still_carries_the_answer() {
    let (mut client, mut server) = pair().await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut got = String::new();
    server.read_to_string(&mut got).await.unwrap();
    assert_eq!(got, "question");
    server.write_all(b"answer").await.unwrap();
    drop(server);
    got.clear();
    client.read_to_string(&mut got).await.unwrap();
    assert_eq!(got, "answer");
}

#[tokio::test]
async fn a_reset_is_an_error_to_the_peer_and_a_close_is_not() {
    let (client, mut server) = pair().await;
    client.reset().unwrap();
    let error = server.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let (client, mut server) = pair().await;
    drop(client);
    assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
#[cfg(unix)]
async fn a_read_that_ends_before_urgent_data_is_not_the_end_of_what_is_there() {
    let (mut sender, mut receiver) = pair().await;
    sender.write_all(b"before").await.unwrap();
    poll_fn(|cx| Pin::new(&mut sender).poll_write_urgent(cx, b'!'))
        .await
        .unwrap();
    sender.write_all(b"behind").await.unwrap();
    // The runtime knows that all is there: it looks at its sockets every 61 times.
    while !receiver.is_urgent() {
        tokio::task::yield_now().await;
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let mut heard = Vec::new();
    while heard.len() < 13 {
        assert!(receiver.read_buf(&mut heard).await.unwrap() > 0);
        receiver.is_urgent();
    }
    assert_eq!(heard, b"before!behind");
}

/// As where a Synch is heard by who does not ask for urgency.
#[tokio::test]
#[cfg(unix)]
async fn a_read_that_ends_before_a_data_mark_is_not_the_end_of_what_is_there() {
    let (mut sender, mut receiver) = pair().await;
    sender.write_all(&[255, 244, 255]).await.unwrap();
    poll_fn(|cx| Pin::new(&mut sender).poll_write_urgent(cx, 242))
        .await
        .unwrap();
    sender.write_all(b"behind").await.unwrap();
    while !stream::is_urgent(receiver.get_ref()) {
        tokio::task::yield_now().await;
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let mut heard = Vec::new();
    while heard.len() < 10 {
        assert!(receiver.read_buf(&mut heard).await.unwrap() > 0);
    }
    assert_eq!(heard, b"\xff\xf4\xff\xf2behind");
}

#[tokio::test]
#[cfg(unix)]
async fn urgent_data_is_told_of_until_it_is_read_and_stays_in_its_place() {
    let (mut sender, mut receiver) = pair().await;
    assert!(!receiver.is_urgent());
    sender.write_all(b"before").await.unwrap();
    poll_fn(|cx| Pin::new(&mut sender).poll_write_urgent(cx, b'!'))
        .await
        .unwrap();
    sender.write_all(b"behind").await.unwrap();
    sender.shutdown().await.unwrap();
    // All is there before the first read, which ends where the urgent byte stands.
    while !receiver.is_urgent() {
        tokio::task::yield_now().await;
    }
    let mut heard = Vec::new();
    receiver.read_buf(&mut heard).await.unwrap();
    assert_eq!((&heard[..], receiver.is_urgent()), (&b"before"[..], true));
    receiver.read_to_end(&mut heard).await.unwrap();
    assert_eq!(
        (&heard[..], receiver.is_urgent()),
        (&b"before!behind"[..], false)
    );
}

#[tokio::test]
async fn a_dual_stack_listener_hears_both_and_calls_ipv4_by_its_name() {
    if Tcp::default()
        .bind(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), 0))
        .is_err()
    {
        println!("skipped: no IPv6 here");
        return;
    }
    let any = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 0);
    let net = Tcp::default();
    let mut listener = net.listen(any).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for ip in [LOOPBACK, Ipv6Addr::LOCALHOST.into()] {
        let dialled = net.dial(SocketAddr::new(ip, port)).await.unwrap();
        let accepted = listener.accept().await.unwrap();
        assert_eq!(accepted.peer_addr().unwrap().ip(), ip);
        assert_eq!(accepted.peer_addr().unwrap(), dialled.local_addr().unwrap());
    }
    let six = Tcp::new(TcpOptions {
        dual_stack: false,
        ..TcpOptions::default()
    });
    let listener = six.listen(any).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let refused = net.dial(SocketAddr::new(LOOPBACK, port)).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_range_of_ports_is_used_up_and_then_says_so() {
    let net = Tcp::default();
    // A port that was free a moment ago: another test may take it meanwhile, so try again.
    let (first, port) = loop {
        let port = listen(&net).await.1.port();
        if let Ok(listener) = net.listen_in_range(LOOPBACK, port..=port) {
            break (listener, port);
        }
    };
    assert_eq!(first.local_addr().unwrap().port(), port);
    let error = net.listen_in_range(LOOPBACK, port..=port).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    drop(first);
    net.listen_in_range(LOOPBACK, port..=port).unwrap();
}

#[tokio::test]
async fn a_range_gives_its_free_ports_until_none_is_left() {
    let net = Tcp::default();
    let (_taken, at) = listen(&net).await;
    let range = at.port()..=at.port().saturating_add(3);
    let mut listeners = Vec::new();
    let error = loop {
        match net.listen_in_range(LOOPBACK, range.clone()) {
            Ok(listener) => listeners.push(listener),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    for listener in &listeners {
        let port = listener.local_addr().unwrap().port();
        assert!(range.contains(&port) && port != at.port());
    }
}

#[tokio::test]
async fn a_range_that_is_none_is_refused() {
    let net = Tcp::default();
    #[expect(clippy::reversed_empty_ranges, reason = "that is the point")]
    for range in [0..=0, 0..=10, 10..=9] {
        let error = net.listen_in_range(LOOPBACK, range).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn errors_name_the_address() {
    let net = Tcp::default();
    let (listener, at) = listen(&net).await;
    let taken = net.listen(at).await.unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    assert!(taken.to_string().starts_with(&at.to_string()), "{taken}");
    drop(listener);
    let refused = net.dial(at).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert!(
        refused.to_string().starts_with(&at.to_string()),
        "{refused}"
    );
}

#[tokio::test]
async fn dialling_gives_up_after_its_time() {
    // A queue that is full does not answer.
    let full = Tcp::new(TcpOptions {
        backlog: 0,
        connect_timeout: Some(Duration::from_millis(20)),
        ..TcpOptions::default()
    });
    let (_listener, at) = listen(&full).await;
    let mut held = Vec::new();
    let error = loop {
        match full.dial(at).await {
            Ok(stream) => held.push(stream),
            Err(error) => break error,
        }
        assert!(held.len() < 100, "the queue does not fill up");
    };
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.to_string().contains("connect_timeout"), "{error}");
}

#[tokio::test]
async fn dialling_comes_from_the_source_that_was_asked_for() {
    let net = Tcp::new(TcpOptions {
        source: Some("127.0.0.2:0".parse().unwrap()),
        ..TcpOptions::default()
    });
    let (mut listener, at) = listen(&Tcp::default()).await;
    match net.dial(at).await {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            println!("skipped: the loopback has one address here");
        }
        dialled => {
            let dialled = dialled.unwrap();
            let accepted = listener.accept().await.unwrap();
            assert_eq!(accepted.peer_addr().unwrap().ip().to_string(), "127.0.0.2");
            drop(dialled);
        }
    }
}

#[tokio::test]
async fn a_dropped_accept_loses_no_connection() {
    let net = Tcp::default();
    let (mut listener, at) = listen(&net).await;
    {
        let mut accepting = pin!(listener.accept());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(accepting.as_mut().poll(&mut cx).is_pending());
    }
    let dialled = net.dial(at).await.unwrap();
    let accepted = listener.accept().await.unwrap();
    assert_eq!(accepted.peer_addr().unwrap(), dialled.local_addr().unwrap());
}

const STARVED: &str = "LINESIDE_TEST_STARVED";

/// Runs with few descriptors, in a process of its own; alone it has nothing to do.
#[tokio::test]
async fn a_starved_child_goes_on_accepting() {
    if std::env::var_os(STARVED).is_none() {
        return;
    }
    let net = Tcp::new(TcpOptions {
        accept_pause: Duration::from_millis(1),
        ..TcpOptions::default()
    });
    let (mut listener, at) = listen(&net).await;
    let dialled = net.dial(at).await.unwrap();
    let mut hoard = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        hoard.push(file);
    }
    while listener.pauses() == 0 {
        let mut accepting = pin!(listener.accept());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(accepting.as_mut().poll(&mut cx).is_pending());
        tokio::task::yield_now().await;
    }
    hoard.clear();
    let accepted = listener.accept().await.unwrap();
    assert_eq!(accepted.peer_addr().unwrap(), dialled.local_addr().unwrap());
    println!("\nstarved and lived");
}

#[test]
#[cfg(unix)]
fn running_out_of_descriptors_does_not_end_a_listener() {
    let child = Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("tcp::tests::a_starved_child_goes_on_accepting")
        .env(STARVED, "yes")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(said.contains("starved and lived"), "{said}");
    assert!(child.status.success());
}
