//! A remote port before servers that do less than they should.

use core::time::Duration;
use std::io;

use lineside_core::Instant;
use lineside_io::{
    Line, Net, Queue, Settings,
    sim::{self, MemoryNet},
};
use lineside_telnet::net::com_port::{Remote, RemoteConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{ByHand, sub};

#[test]
fn a_server_without_the_option_is_a_clear_error_at_once() {
    sim::run(|clock| async move {
        let net = MemoryNet::new();
        let at = "127.0.0.1:23".parse().unwrap();
        let mut listener = net.listen(at).await.unwrap();
        tokio::spawn(async move {
            let mut plain = ByHand(lineside_io::Listener::accept(&mut listener).await.unwrap());
            plain
                .expect(&[255, 251, 0, 255, 251, 3, 255, 251, 44])
                .await;
            plain.say(&[255, 254, 0, 255, 254, 3, 255, 254, 44]).await;
            core::future::pending::<()>().await;
        });
        let stream = Box::new(net.dial(at).await.unwrap());
        let config = RemoteConfig::default();
        let refused = Remote::connect(stream, Settings::default(), config, clock.clone()).await;
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        assert!(error.to_string().contains("COM-PORT"), "{error}");
        assert_eq!(clock.now(), Instant::START);
    });
}

#[test]
fn a_server_that_says_nothing_is_told_from_one_that_refuses() {
    sim::run(|clock| async move {
        let net = MemoryNet::new();
        let at = "127.0.0.1:23".parse().unwrap();
        let _listener = net.listen(at).await.unwrap();
        let stream = Box::new(net.dial(at).await.unwrap());
        let config = RemoteConfig::default();
        let silent = Remote::connect(stream, Settings::default(), config, clock.clone()).await;
        let error = silent.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("says nothing"), "{error}");
        assert_eq!(clock.now(), Instant::START + Duration::from_secs(5));
    });
}

#[test]
fn a_server_that_answers_settings_alone_will_do() {
    // ser2net in front of a PTY: no mask, no control is acknowledged, nothing is notified.
    sim::run(|clock| async move {
        let net = MemoryNet::new();
        let at = "127.0.0.1:23".parse().unwrap();
        let mut listener = net.listen(at).await.unwrap();
        let server = tokio::spawn(async move {
            let mut server = ByHand(lineside_io::Listener::accept(&mut listener).await.unwrap());
            server.say(&[255, 253, 0, 255, 251, 0, 255, 253, 44]).await;
            let mut heard = vec![0; 15];
            server.0.read_exact(&mut heard).await.unwrap();
            let masks = [sub(&[10, 0x1E]), sub(&[11, 0xFB])].concat();
            server.expect(&masks).await;
            let asked = [
                &[1, 0, 0, 0x25, 0x80][..],
                &[2, 8],
                &[3, 1],
                &[4, 1],
                &[5, 1],
            ];
            for asked in asked {
                server.expect(&sub(asked)).await;
            }
            let answers = [
                &[101, 0, 0, 0x25, 0x80][..],
                &[102, 8],
                &[103, 1],
                &[104, 1],
            ];
            for answer in answers {
                server.say(&sub(answer)).await;
            }
            server
        });
        let stream = Box::new(net.dial(at).await.unwrap());
        let config = RemoteConfig::default();
        let mut port = Remote::connect(stream, Settings::default(), config, clock.clone())
            .await
            .unwrap();
        assert_eq!(clock.now(), Instant::START);
        assert!(!port.capabilities().signals);
        assert_eq!(
            port.signals().unwrap_err().kind(),
            io::ErrorKind::Unsupported
        );
        let mut server = server.await.unwrap();
        server.say(b"data").await;
        let mut heard = [0; 4];
        port.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"data");
    });
}

/// A server that was asked by hand for 9600 8N1 and answers that, and no more.
async fn bare_server(net: &MemoryNet, at: core::net::SocketAddr) -> ByHand {
    let mut listener = net.listen(at).await.unwrap();
    let accepted = lineside_io::Listener::accept(&mut listener).await.unwrap();
    let mut server = ByHand(accepted);
    server.say(&[255, 253, 0, 255, 251, 0, 255, 253, 44]).await;
    for answer in [
        &[101, 0, 0, 0x25, 0x80][..],
        &[102, 8],
        &[103, 1],
        &[104, 1],
    ] {
        server.say(&sub(answer)).await;
    }
    server
}

#[test]
fn a_server_that_answers_no_purge_is_heard_all_the_same() {
    sim::run(|clock| async move {
        let net = MemoryNet::new();
        let at = "127.0.0.1:2217".parse().unwrap();
        let dialled = async {
            clock.sleep(Duration::from_millis(1)).await;
            let stream = Box::new(net.dial(at).await.unwrap());
            let config = RemoteConfig::default();
            Remote::connect(stream, Settings::default(), config, clock.clone()).await
        };
        let (mut server, port) = tokio::join!(bare_server(&net, at), dialled);
        let mut port = port.unwrap();
        let mut heard = 0;
        // A master that throws away what is old before each request, and waits half a second.
        for _ in 0..6 {
            port.discard(Queue::Input).unwrap();
            port.write_all(b"?").await.unwrap();
            server.say(b"!").await;
            let mut answer = [0];
            let read = port.read_exact(&mut answer);
            heard += u32::from(
                clock
                    .timeout(Duration::from_millis(500), read)
                    .await
                    .is_ok(),
            );
        }
        assert_eq!(heard, 4, "but in the first second");
    });
}
