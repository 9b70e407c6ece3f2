use core::{future::poll_fn, pin::Pin};

use lineside_io::{Clock, Urgent as _, address::Context};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn schemes() -> Schemes {
    register(Schemes::new(Context::new(Clock::tokio())))
}

fn read(text: &str) -> Address {
    text.parse().unwrap()
}

/// Listens at one address and sends a byte through a connection to where that is.
async fn carries_a_byte(at: &str) {
    let schemes = schemes();
    let mut acceptor = schemes.listen(&read(at)).await.unwrap();
    let mut client = schemes.open(&acceptor.local()).await.unwrap();
    let mut server = acceptor.accept().await.unwrap().wire;
    client.write_all(b"x").await.unwrap();
    assert_eq!(server.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn tcp_and_unix_are_opened_where_they_listen() {
    let folder = tempfile::tempdir().unwrap();
    let unix = format!("unix:{}?mode=600", folder.path().join("x.sock").display());
    for at in ["tcp://127.0.0.1:0", "tcp://localhost:0?nodelay=off", &unix] {
        carries_a_byte(at).await;
    }
}

#[tokio::test]
async fn what_tcp_opens_and_accepts_has_urgent_data() {
    let schemes = schemes();
    let mut acceptor = schemes.listen(&read("tcp://127.0.0.1:0")).await.unwrap();
    let mut client = schemes.open(&acceptor.local()).await.unwrap();
    let mut server = acceptor.accept().await.unwrap().wire;
    is_heard(&mut client, &mut server).await;
    is_heard(&mut server, &mut client).await;
}

async fn is_heard(from: &mut Wire, to: &mut Wire) {
    assert!(!to.is_urgent());
    poll_fn(|cx| Pin::new(&mut *from).poll_write_urgent(cx, b'!'))
        .await
        .unwrap();
    while !to.is_urgent() {
        tokio::task::yield_now().await;
    }
    assert_eq!((to.read_u8().await.unwrap(), to.is_urgent()), (b'!', false));
}

#[tokio::test]
async fn a_bad_address_is_named() {
    for (address, names) in [
        ("tcp://127.0.0.1", "port"),
        ("tcp:x", "host"),
        ("tcp://127.0.0.1:1?keepalive=3s", "keepalive"),
        ("tcp://127.0.0.1:1?keep-alive=soon", "keep-alive"),
        ("tcp://127.0.0.1:1?connect-timeout=3", "connect-timeout"),
        ("tcp://127.0.0.1:1/path", "path at column 18"),
        ("tcp://me:secret@127.0.0.1:1", "user at column 7"),
        ("tcp://me:secret@127.0.0.1:1/path", "user at column 7"),
        ("unix://me@/x", "user at column 8"),
        ("unix:", "path"),
        ("unix:/x?mode=660", "mode"),
    ] {
        let error = schemes().open(&read(address)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{address}");
        assert!(error.to_string().contains(names), "{address}: {error}");
        assert!(!error.to_string().contains("secret"), "{address}: {error}");
    }
    let error = schemes().listen(&read("unix:/x?mode=888")).await;
    assert!(error.err().unwrap().to_string().contains("octal"));
}

#[test]
fn keep_alive_is_read_or_turned_off() {
    let keep_alive = |query: &str| {
        let address = read(&format!("tcp://127.0.0.1:1{query}"));
        take_options(address.params()).unwrap().keep_alive
    };
    assert_eq!(keep_alive(""), Some(KeepAlive::default()));
    assert_eq!(keep_alive("?keep-alive=off"), None);
    let idle = keep_alive("?keep-alive=30s").unwrap().idle;
    assert_eq!(idle, Duration::from_secs(30));
}
