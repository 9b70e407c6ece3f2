//! The access server's clients: those that come second, those that have gone, and its own end.

use core::{pin::pin, time::Duration};

use lineside_core::Instant;
use lineside_io::{Line, Net, sim};
use lineside_telnet::net::com_port::{AccessConfig, AccessServer, Leave, Second, Speaks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{ByHand, World, read, sub, with};

#[test]
fn a_second_client_is_refused_and_told_so() {
    sim::run(|clock| async move {
        let world = World::new(clock, AccessConfig::default()).await;
        let mut hand = world.by_hand().await;
        let mut second = world.dial().await;
        let mut told = String::new();
        second.read_to_string(&mut told).await.unwrap();
        assert_eq!(told, "The port is in use.\r\n");
        hand.say(&sub(&[2, 0])).await;
        hand.expect(&sub(&[102, 8])).await;
        // And when the first one has left, the port is free.
        drop(hand);
        let mut third = world.by_hand().await;
        third.say(&sub(&[2, 0])).await;
        third.expect(&sub(&[102, 8])).await;
    });
}

#[test]
fn a_second_client_has_the_port_where_the_first_is_kicked() {
    sim::run(|clock| async move {
        let config = with(|config| config.second = Second::Kick);
        let mut world = World::new(clock, config).await;
        let mut first = world.by_hand().await;
        first.say(&sub(&[5, 5])).await;
        first.expect(&sub(&[105, 5])).await;
        let mut second = world.by_hand().await;
        assert_eq!(first.0.read(&mut [0; 8]).await.unwrap(), 0);
        // The break that the first has left ends.
        second.say(&sub(&[5, 4])).await;
        second.expect(&sub(&[105, 6])).await;
        second.say(b"mine").await;
        assert_eq!(read(&mut world.device, 4).await, b"mine");
    });
}

/// Whether a break that waits for the data before it is ever on the line, when its client has gone in this
/// way.
async fn breaks_without_its_client(clock: lineside_io::Clock, is_kicked: bool) -> bool {
    let config = with(|config| config.second = Second::Kick);
    let mut world = World::new(clock.clone(), config).await;
    let mut first = world.by_hand().await;
    first
        .say(&[&[b'x'; 1_500][..], &sub(&[5, 5])].concat())
        .await;
    clock.sleep(Duration::from_millis(10)).await;
    let second = match is_kicked {
        true => Some(world.by_hand().await),
        false => {
            first.0.reset();
            None
        }
    };
    // The data takes a second and a half.
    clock.sleep(Duration::from_secs(2)).await;
    read(&mut world.device, 1_500).await;
    let mut next = match second {
        Some(second) => second,
        None => world.by_hand().await,
    };
    next.say(&sub(&[5, 4])).await;
    next.expect(&sub(&[105, 6])).await;
    world.device.last_break().is_some() || world.device.take_mark().is_some()
}

#[test]
fn a_break_that_waits_for_data_does_not_begin_when_its_client_has_gone() {
    for is_kicked in [true, false] {
        sim::run(move |clock| async move {
            assert!(!breaks_without_its_client(clock, is_kicked).await);
        });
    }
}

#[test]
fn clients_that_share_a_port_have_options_of_their_own() {
    sim::run(|clock| async move {
        let config = with(|config| config.second = Second::Share);
        let mut world = World::new(clock.clone(), config).await;
        let mut first = world.by_hand().await;
        let mut second = world.by_hand().await;
        first.say(&sub(&[11, 0])).await;
        first.expect(&sub(&[111, 0])).await;
        second.say(&sub(&[8])).await;
        second.say(&sub(&[1, 0, 0, 0, 0])).await;
        second.expect(&sub(&[101, 0, 0, 0x25, 0x80])).await;
        world.device.set_signals(None, Some(false)).unwrap();
        second.expect(&sub(&[107, 0xA1])).await;
        world.device.write_all(b"both").await.unwrap();
        first.expect(b"both").await;
        first.say(&sub(&[1, 0, 0, 0x4B, 0])).await;
        first.expect(&sub(&[101, 0, 0, 0x4B, 0])).await;
        // The second sees what is in effect for both, and has lost nothing.
        second
            .say(&[sub(&[1, 0, 0, 0, 0]), sub(&[9])].concat())
            .await;
        second.expect(&sub(&[101, 0, 0, 0x4B, 0])).await;
        second.expect(b"both").await;
    });
}

#[test]
fn a_port_is_left_as_it_was_found_where_that_is_wanted() {
    sim::run(|clock| async move {
        let config = with(|config| {
            config.leave = Leave {
                hang_up: true,
                restore: true,
            };
        });
        let mut world = World::new(clock.clone(), config).await;
        let mut hand = world.by_hand().await;
        hand.say(&[sub(&[1, 0, 0, 0x4B, 0]), sub(&[5, 5])].concat())
            .await;
        hand.expect(&[sub(&[101, 0, 0, 0x4B, 0]), sub(&[105, 5])].concat())
            .await;
        clock.sleep(Duration::from_millis(10)).await;
        drop(hand);
        clock.sleep(Duration::from_millis(10)).await;
        let signals = world.device.signals().unwrap();
        assert!(!signals.dsr && !signals.cts, "hung up");
        assert!(world.device.last_break().is_some(), "the break has ended");
        let mut next = ByHand(world.dial().await);
        next.say(&[255, 251, 44]).await;
        clock.sleep(Duration::from_millis(10)).await;
        assert!(world.device.signals().unwrap().dsr, "and picked up");
        next.say(&sub(&[1, 0, 0, 0, 0])).await;
        let mut heard = [0; 1_024];
        clock.sleep(Duration::from_millis(10)).await;
        let count = next.0.read(&mut heard).await.unwrap();
        assert!(heard[..count].ends_with(&sub(&[101, 0, 0, 0x25, 0x80])));
    });
}

#[test]
fn a_half_open_client_does_not_hold_the_port() {
    sim::run(|clock| async move {
        let world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut dead = world.by_hand().await;
        // It is asked after a minute, and given up half a minute later.
        dead.expect(&[255, 253, 6]).await;
        assert_eq!(clock.now(), Instant::START + Duration::from_secs(60));
        assert_eq!(dead.0.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(clock.now(), Instant::START + Duration::from_secs(90));
        drop(dead);
        world.by_hand().await;
    });
}

#[test]
fn raw_clients_have_bytes_alone_and_a_banner() {
    sim::run(|clock| async move {
        let config = with(|config| {
            config.speaks = Speaks::Raw;
            config.banner = b"scale 1\r\n"[..].into();
        });
        let mut world = World::new(clock, config).await;
        let mut raw = ByHand(world.dial().await);
        raw.expect(b"scale 1\r\n").await;
        raw.say(&[255, 255, 0, 13, 10]).await;
        assert_eq!(read(&mut world.device, 5).await, [255, 255, 0, 13, 10]);
        world.device.write_all(&[255, 251]).await.unwrap();
        raw.expect(&[255, 251]).await;
    });
}

#[test]
fn a_raw_client_that_sends_nothing_does_not_hold_the_port_where_that_is_wanted() {
    sim::run(|clock| async move {
        let config = with(|config| {
            config.speaks = Speaks::Raw;
            config.raw_idle = Some(Duration::from_secs(60));
        });
        let mut world = World::new(clock.clone(), config).await;
        let mut dead = world.dial().await;
        clock.sleep(Duration::from_secs(30)).await;
        dead.write_all(b"once").await.unwrap();
        clock.sleep(Duration::from_secs(50)).await;
        // What it is sent proves nothing.
        world.device.write_all(b"x").await.unwrap();
        let mut heard = Vec::new();
        dead.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"x");
        assert_eq!(clock.now(), Instant::START + Duration::from_secs(90));
        let mut next = ByHand(world.dial().await);
        next.say(b"mine").await;
        assert_eq!(read(&mut world.device, 8).await, b"oncemine");
    });
}

#[test]
fn a_line_that_has_gone_ends_the_server() {
    sim::run(|clock| async move {
        let modem = sim::NullModemConfig::default();
        let (near, device) = sim::NullModem::pair(&clock, modem);
        let net = sim::MemoryNet::new();
        let at = "127.0.0.1:1".parse().unwrap();
        let listener = net.listen(at).await.unwrap();
        let server = AccessServer::new(near).clock(clock.clone());
        let serving = tokio::spawn(server.serve(listener, core::future::pending()));
        let mut client = net.dial(at).await.unwrap();
        drop(device);
        let error = serving.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
        let mut rest = Vec::new();
        let _ = client.read_to_end(&mut rest).await;
    });
}

#[test]
fn a_stopped_server_sends_what_it_has() {
    sim::run(|clock| async move {
        let modem = sim::NullModemConfig::default();
        let (near, mut device) = sim::NullModem::pair(&clock, modem);
        let net = sim::MemoryNet::new();
        let at = "127.0.0.1:1".parse().unwrap();
        let listener = net.listen(at).await.unwrap();
        let server = AccessServer::new(near).clock(clock.clone());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let mut client = net.dial(at).await.unwrap();
        client.write_all(b"the end").await.unwrap();
        let wait = async {
            let _ = stopped.await;
        };
        let mut serving = pin!(server.serve(listener, wait));
        let end = async {
            clock.sleep(Duration::from_micros(1)).await;
            drop(stop);
            let mut heard = vec![0; 7];
            device.read_exact(&mut heard).await.unwrap();
            assert_eq!(heard, b"the end");
        };
        let (served, ()) = tokio::join!(serving.as_mut(), end);
        served.unwrap();
    });
}

#[test]
fn a_stopped_server_leaves_its_port_though_much_waits_for_it() {
    sim::run(|clock| async move {
        let modem = sim::NullModemConfig::default();
        let (near, mut device) = sim::NullModem::pair(&clock, modem);
        let net = sim::MemoryNet::new();
        let at = "127.0.0.1:1".parse().unwrap();
        let listener = net.listen(at).await.unwrap();
        let config = with(|config| config.leave.hang_up = true);
        let server = AccessServer::new(near).config(config).clock(clock.clone());
        let mut client = net.dial(at).await.unwrap();
        // It takes 21 s.
        client.write_all(&[b'x'; 20_000]).await.unwrap();
        let stopping = clock.clone();
        let stop = async move { stopping.sleep(Duration::from_secs(1)).await };
        let serving = tokio::spawn(server.serve(listener, stop));
        assert!(!device.signals_changed().await.unwrap().dsr, "hung up");
        let hung_up = clock.now();
        assert!(
            hung_up > Instant::START + Duration::from_secs(6),
            "{hung_up}: the grace"
        );
        assert!(
            hung_up < Instant::START + Duration::from_secs(7),
            "{hung_up}"
        );
        serving.await.unwrap().unwrap();
        let mut heard = vec![0; 4_000];
        device.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, [b'x'; 4_000]);
    });
}
