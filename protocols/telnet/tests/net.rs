//! Servers and clients over the memory network, in virtual time.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use core::{
    future::pending,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::sync::Arc;

use lineside_core::Instant;
use lineside_io::{
    Net,
    sim::{MemoryNet, run},
};
use lineside_telnet::{
    Config, Event, OptionSet, Party,
    net::{Client, Limits, Server, Session},
    options::{ClientOptions, ServerOptions, Tell, Told},
    wire::{Command, TelnetOption, options::WindowSize},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
};

const AT: &str = "127.0.0.1:23";

async fn echo<S: lineside_io::Stream>(mut session: Session<S>) {
    while let Ok(Some(event)) = session.next().await {
        if let Event::Data(data) = event {
            session.write(data).await.unwrap();
        }
    }
}

#[test]
fn both_ends_agree_and_data_passes_as_it_is() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(AT.parse().unwrap()).await.unwrap();
        let both = OptionSet::of(&[TelnetOption::BINARY, TelnetOption::SGA]);
        let mut config = Config::default();
        (config.offer, config.ask) = (both, both);
        let server = Server::new(config.clone()).clock(clock.clone());
        let serving = server.serve(listener, echo, pending());
        let client = async {
            let client = Client::new(config).clock(clock.clone());
            let mut session = client.connect(&net, AT.parse().unwrap()).await.unwrap();
            session.settled().await.unwrap();
            for option in both.iter() {
                assert!(session.is_on(Party::Us, option) && session.is_on(Party::Peer, option));
            }
            let sent: Vec<u8> = (0..=255).cycle().take(100_000).collect();
            let mut back = Vec::new();
            session.write(sent[..50_000].to_vec()).await.unwrap();
            while back.len() < sent.len() {
                if back.len() == 50_000 {
                    session.write(sent[50_000..].to_vec()).await.unwrap();
                }
                back.extend(session.data().await.unwrap().unwrap());
            }
            assert!(back == sent);
        };
        tokio::select! { () = serving => unreachable!(), () = client => {} }
    });
}

#[test]
fn a_stopped_server_lets_its_sessions_say_goodbye() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(AT.parse().unwrap()).await.unwrap();
        let server = Server::new(Config::default()).clock(clock.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let farewell = |mut session: Session<_>| async move {
            while let Ok(Some(_)) = session.next().await {}
            session.write("goodbye\n").await.unwrap();
            session.close().await.unwrap();
        };
        let serving = server.serve(listener, farewell, async {
            let _ = stopped.await;
        });
        let client = async {
            let mut stream = net.dial(AT.parse().unwrap()).await.unwrap();
            stream.write_all(b"hello").await.unwrap();
            clock.sleep(Duration::from_secs(1)).await;
            stop.send(()).unwrap();
            let mut said = Vec::new();
            stream.read_to_end(&mut said).await.unwrap();
            assert_eq!(said, b"\xff\xfb\x03goodbye\r\n");
        };
        tokio::join!(serving, client);
    });
}

#[test]
fn a_silent_session_ends_though_its_terminal_negotiates() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(AT.parse().unwrap()).await.unwrap();
        let mut limits = Limits::default();
        limits.idle = Some(Duration::from_secs(60));
        let server = Server::new(Config::default())
            .limits(limits)
            .clock(clock.clone());
        let serving = server.serve(listener, echo, pending());
        let client = async {
            let mut stream = net.dial(AT.parse().unwrap()).await.unwrap();
            for (second, said) in [(30, &b"x"[..]), (75, b"\xff\xfd\x06")] {
                clock
                    .sleep_until(Instant::from_micros(second * 1_000_000))
                    .await;
                stream.write_all(said).await.unwrap();
            }
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await.unwrap();
            assert_eq!(heard, b"\xff\xfb\x03x\xff\xfb\x06");
            assert_eq!(clock.now().as_micros(), 90_000_000);
        };
        tokio::select! { () = serving => unreachable!(), () = client => {} }
    });
}

#[test]
fn a_peer_that_negotiates_for_ever_is_let_go() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(AT.parse().unwrap()).await.unwrap();
        let server = Server::new(Config::default()).clock(clock.clone());
        let ended = Arc::new(AtomicUsize::new(0));
        let counted = ended.clone();
        let session = move |mut session: Session<_>| {
            let ended = counted.clone();
            async move {
                while let Ok(Some(_)) = session.next().await {}
                assert!(session.next().await.is_err());
                ended.fetch_add(1, Ordering::Relaxed);
            }
        };
        let serving = server.serve(listener, session, pending());
        let client = async {
            let stream = net.dial(AT.parse().unwrap()).await.unwrap();
            let (mut from, mut to) = tokio::io::split(stream);
            let mut heard = 0;
            let hear = async {
                let mut buffer = [0; 1024];
                while let Ok(1..) = from.read(&mut buffer).await.inspect(|n| heard += n) {}
            };
            let talk = async {
                let _ = to.write_all(&b"\xff\xfd\x63".repeat(20_000)).await;
                to.shutdown().await.unwrap();
            };
            tokio::join!(hear, talk);
            assert!((16_000..=17_000).contains(&heard), "{heard} bytes");
        };
        tokio::select! { () = serving => unreachable!(), () = client => {} }
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn events_that_come_before_all_is_settled_are_kept() {
    run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(256);
        let mut config = Config::default();
        config.ask = OptionSet::of(&[TelnetOption::NAWS]);
        let mut session = Server::new(config).clock(clock.clone()).over(near);
        far.write_all(b"early\xff\xf4").await.unwrap();
        session.settled().await.unwrap();
        // Nobody answered: five seconds are the limit.
        assert_eq!(clock.now().as_micros(), 5_000_000);
        let mut told = Vec::new();
        while told.len() < 2 {
            told.push(session.next().await.unwrap().unwrap());
        }
        assert_eq!(told[0], Event::Data("early".into()));
        assert_eq!(told[1], Event::Command(Command::IP));
    });
}

#[tokio::test]
#[cfg(unix)]
async fn an_interrupt_overtakes_what_was_not_read_over_tcp() {
    use lineside_io::Urgent as _;

    let net = lineside_tcp::Tcp::default();
    let mut listener = net.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let at = lineside_io::Listener::local_addr(&listener).unwrap();
    let (near, far) = tokio::join!(net.dial(at), lineside_io::Listener::accept(&mut listener));
    let mut client = Client::new(Config::default()).over_urgent(near.unwrap());
    let mut server = Server::new(Config::default()).over_urgent(far.unwrap());
    client.write("type ahead\n").await.unwrap();
    client.interrupt().await.unwrap();
    client.write("behind").await.unwrap();
    // All of it lies there before the server reads, as where it was busy.
    while !server.stream_mut().is_urgent() {
        tokio::task::yield_now().await;
    }
    let mut told = Vec::new();
    while told.last() != Some(&Event::Data("behind".into())) {
        told.push(server.next().await.unwrap().unwrap());
    }
    let expected = [
        Event::Command(Command::IP),
        Event::Synch,
        Event::Data("behind".into()),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_options_tell_keeps_no_session_open_and_goes_both_ways() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(AT.parse().unwrap()).await.unwrap();
        let mut limits = Limits::default();
        limits.idle = Some(Duration::from_secs(60));
        let config = Config::default().with_server(ServerOptions::default());
        let server = Server::new(config).limits(limits).clock(clock.clone());
        let told = Arc::new(AtomicUsize::new(0));
        let counted = told.clone();
        let session = move |mut session: Session<_>| {
            let told = counted.clone();
            async move {
                while let Ok(Some(event)) = session.next().await {
                    if let Event::Told(Told::WindowSize(size)) = event {
                        told.fetch_add(size.columns.into(), Ordering::Relaxed);
                        let ask = Tell::Ask(TelnetOption::NEW_ENVIRON);
                        assert!(session.tell(ask).await.is_err(), "it was not agreed on");
                    }
                }
            }
        };
        let serving = server.serve(listener, session, pending());
        let client = async {
            let mut options = ClientOptions::default();
            options.window = Some(window(80));
            let client = Client::new(Config::default().with_client(options));
            let client = client.clock(clock.clone());
            let mut session = client.connect(&net, AT.parse().unwrap()).await.unwrap();
            let sleep = clock.sleep(Duration::from_secs(30));
            tokio::select! { () = sleep => {}, _ = session.data() => unreachable!() }
            session.tell(Tell::WindowSize(window(100))).await.unwrap();
            assert_eq!(session.data().await.unwrap(), None);
            assert_eq!(clock.now().as_micros(), 60_000_000);
        };
        tokio::select! { () = serving => unreachable!(), () = client => {} }
        assert_eq!(told.load(Ordering::Relaxed), 180);
    });
}

fn window(columns: u16) -> WindowSize {
    WindowSize { columns, rows: 24 }
}

#[test]
fn a_server_that_sends_no_go_aheads_offers_to_suppress_them() {
    run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(100);
        let server = Server::new(Config::default()).clock(clock);
        let mut session = server.over(near);
        session.submit(lineside_telnet::Command::Close).unwrap();
        while session.next().await.unwrap().is_some() {}
        drop(session);
        let mut opening = Vec::new();
        far.read_to_end(&mut opening).await.unwrap();
        assert_eq!(opening, [255, 251, 3]);
    });
}

#[test]
fn a_session_is_read_by_the_line_and_then_by_the_event() {
    run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(10_000);
        let mut session = Server::new(Config::default()).clock(clock).over(near);
        far.write_all(b"one\r\0tw").await.unwrap();
        assert_eq!(session.line().await.unwrap(), Some("one".into()));
        far.write_all(b"o\r\n").await.unwrap();
        assert_eq!(session.line().await.unwrap(), Some("two".into()));
        far.write_all(&[b'x'; 5_000]).await.unwrap();
        let error = session.line().await.unwrap_err().to_string();
        assert!(error.contains("Config::line"), "{error}");
        far.write_all(b"x\r\nthree\r\nrest").await.unwrap();
        assert_eq!(session.line().await.unwrap(), Some("three".into()));
        assert_eq!(session.data().await.unwrap(), Some("rest".into()));
        far.write_all(b"cut off").await.unwrap();
        drop(far);
        assert_eq!(session.line().await.unwrap(), Some("cut off".into()));
        assert_eq!(session.line().await.unwrap(), None);
    });
}

#[test]
fn a_session_that_is_stopped_says_so_as_often_as_it_is_asked() {
    run(|clock| async move {
        let net = MemoryNet::new();
        let listener = net.listen(AT.parse().unwrap()).await.unwrap();
        let server = Server::new(Config::default()).clock(clock.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let mut tell = Some(tell);
        let read = |mut session: Session<_>| {
            let tell = tell.take().unwrap();
            async move {
                let mut lines = Vec::new();
                while let Some(line) = session.line().await.unwrap() {
                    lines.push(line);
                }
                assert_eq!(session.next().await.unwrap(), None);
                tell.send(lines).unwrap();
            }
        };
        let serving = server.serve(listener, read, async {
            let _ = stopped.await;
        });
        let client = async {
            let mut stream = net.dial(AT.parse().unwrap()).await.unwrap();
            stream.write_all(b"whole\r\nhalf").await.unwrap();
            clock.sleep(Duration::from_secs(1)).await;
            stop.send(()).unwrap();
            assert_eq!(told.await.unwrap(), ["whole", "half"]);
        };
        tokio::join!(serving, client);
    });
}
