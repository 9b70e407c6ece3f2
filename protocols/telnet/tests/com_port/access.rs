//! The access server, by bytes.

use core::{pin::pin, time::Duration};

use lineside_core::{Instant, Mark};
use lineside_io::{Line, Net, sim};
use lineside_telnet::net::com_port::{AccessConfig, AccessServer, Leave, Second, Speaks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{ByHand, World, read, sub};

/// A configuration with one thing changed.
fn with(change: impl FnOnce(&mut AccessConfig)) -> AccessConfig {
    let mut config = AccessConfig::default();
    change(&mut config);
    config
}

#[test]
fn data_before_a_setting_leaves_at_the_old_ones() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut hand = world.by_hand().await;
        hand.say(&[b"old", &sub(&[1, 0, 0, 0x4B, 0])[..]].concat())
            .await;
        hand.expect(&sub(&[101, 0, 0, 0x4B, 0])).await;
        // Three characters at 9600 baud.
        assert_eq!(clock.now(), Instant::from_micros(3_125));
        assert_eq!(read(&mut world.device, 3).await, b"old");
        let fast = "19200 8N1".parse().unwrap();
        world.device.configure(fast).await.unwrap();
        hand.say(&[b"new", &sub(&[1, 0, 0, 0, 0])[..]].concat())
            .await;
        hand.expect(&sub(&[101, 0, 0, 0x4B, 0])).await;
        // A question changes nothing, and waits for nothing.
        assert_eq!(clock.now(), Instant::from_micros(3_125));
        assert_eq!(read(&mut world.device, 3).await, b"new");
    });
}

#[test]
fn a_thousand_commands_are_answered_in_order() {
    sim::run(|clock| async move {
        let world = World::new(clock, AccessConfig::default()).await;
        let hand = world.by_hand().await;
        let (mut from, mut to) = tokio::io::split(hand.0);
        let (mut asked, mut wanted) = (Vec::new(), Vec::new());
        for rate in 300..1_300_u32 {
            let rate = rate.to_be_bytes();
            // No byte of these rates is 255 but the last one's.
            let escaped: Vec<u8> = rate
                .iter()
                .flat_map(|byte| vec![*byte; if *byte == 255 { 2 } else { 1 }])
                .collect();
            asked.extend(sub(&[&[1], &escaped[..]].concat()));
            wanted.extend(sub(&[&[101], &escaped[..]].concat()));
        }
        let mut heard = vec![0; wanted.len()];
        let (said, got) = tokio::join!(to.write_all(&asked), from.read_exact(&mut heard));
        said.unwrap();
        got.unwrap();
        assert!(heard == wanted);
    });
}

#[test]
fn breaks_and_modem_lines_go_both_ways() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut hand = world.by_hand().await;
        hand.say(&sub(&[10, 0x1E])).await;
        hand.expect(&sub(&[110, 0x1E])).await;
        // Outwards: DTR and RTS drop, then a break of the server's own length.
        hand.say(&[sub(&[5, 9]), sub(&[5, 12]), vec![255, 243]].concat())
            .await;
        hand.expect(&[sub(&[105, 9]), sub(&[105, 12])].concat())
            .await;
        let signals = world.device.signals().unwrap();
        assert!(!signals.dsr && !signals.cts && !signals.dcd);
        clock.sleep(Duration::from_millis(300)).await;
        assert_eq!(world.device.take_mark(), Some(Mark::Break));
        assert_eq!(world.device.last_break(), Some(Duration::from_millis(250)));
        // Inwards.
        world.device.set_signals(None, Some(false)).unwrap();
        hand.expect(&sub(&[107, 0xA1])).await;
        world.device.write_all(b"x").await.unwrap();
        hand.expect(b"x").await;
        world
            .device
            .send_break(Duration::from_millis(10))
            .await
            .unwrap();
        hand.expect(&sub(&[106, 0x10])).await;
    });
}

#[test]
fn a_damaged_character_is_a_notification_and_no_data() {
    sim::run(|clock| async move {
        let mut world = World::new(clock, AccessConfig::default()).await;
        let mut hand = world.by_hand().await;
        hand.say(&[sub(&[10, 4]), sub(&[3, 3])].concat()).await;
        hand.expect(&[sub(&[110, 4]), sub(&[103, 3])].concat())
            .await;
        let odd = "9600 8O1".parse().unwrap();
        world.device.configure(odd).await.unwrap();
        world.device.write_all(b"?").await.unwrap();
        hand.expect(&sub(&[106, 4])).await;
        world
            .device
            .configure("9600 8E1".parse().unwrap())
            .await
            .unwrap();
        world.device.write_all(b"!").await.unwrap();
        hand.expect(b"!").await;
    });
}

#[test]
fn a_client_that_wants_it_is_told_when_everything_has_left_the_line() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut hand = world.by_hand().await;
        hand.say(&[&sub(&[10, 0x60])[..], &[b'x'; 96]].concat())
            .await;
        hand.expect(&[sub(&[110, 0x60]), sub(&[106, 0x60])].concat())
            .await;
        // 96 characters at 9600 baud.
        assert_eq!(clock.now(), Instant::START + Duration::from_millis(100));
        read(&mut world.device, 96).await;
        // Once, and of what was asked for.
        hand.say(&[&sub(&[10, 0x40])[..], &sub(&[2, 0]), b"x"].concat())
            .await;
        hand.expect(&[sub(&[110, 0x40]), sub(&[102, 8]), sub(&[106, 0x40])].concat())
            .await;
    });
}

#[test]
fn a_suspended_client_loses_nothing() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut hand = world.by_hand().await;
        hand.say(&[sub(&[8]), sub(&[2, 0])].concat()).await;
        hand.expect(&sub(&[102, 8])).await;
        world.device.write_all(b"held").await.unwrap();
        clock.sleep(Duration::from_secs(1)).await;
        hand.say(&sub(&[2, 0])).await;
        hand.expect(&sub(&[102, 8])).await;
        hand.say(&sub(&[9])).await;
        hand.expect(b"held").await;
    });
}

/// A device that echoes, at a speed that does not matter, and with flow control both ways.
async fn echoing(clock: lineside_io::Clock, config: AccessConfig) -> ByHand {
    let fast = "10000000 8N1 hardware".parse().unwrap();
    let world = World::with(clock, config, sim::NullModemConfig::new(fast)).await;
    let hand = world.by_hand().await;
    let (mut from, mut to) = tokio::io::split(world.device);
    tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
    hand
}

#[test]
fn a_client_that_suspends_and_fills_the_port_is_not_waited_for_for_ever() {
    sim::run(|clock| async move {
        let config = with(|config| config.buffer = 1_000);
        let stuck = config.stuck;
        let hand = echoing(clock.clone(), config).await;
        let (mut from, mut to) = tokio::io::split(hand.0);
        let sent: Vec<u8> = (0..40_000_u32)
            .map(|n| b'A' + n.to_le_bytes()[0] % 26)
            .collect();
        let said = [&sub(&[8])[..], &sent, &sub(&[9])].concat();
        let saying = tokio::spawn(async move { to.write_all(&said).await.map(|()| to) });
        let mut heard: Vec<u8> = Vec::new();
        while heard.len() < sent.len() {
            let mut byte = [0; 1_000];
            let count = from.read(&mut byte).await.unwrap();
            // What the server says of its own queue is no letter.
            heard.extend(
                byte[..count]
                    .iter()
                    .filter(|byte| byte.is_ascii_uppercase()),
            );
            if clock.now() < Instant::START + stuck {
                assert!(heard.is_empty(), "it has suspended us, and may yet resume");
            }
        }
        assert!(heard == sent);
        drop(saying.await.unwrap().unwrap());
    });
}

/// What a device says at high speed to a client that answers the server's `WILL BINARY` with `answer` after
/// so long, or never. Its flow control works.
async fn told_while_binary_is_open(clock: lineside_io::Clock, answer: Option<Duration>) {
    let fast = "10000000 8N1 hardware".parse().unwrap();
    let modem = sim::NullModemConfig::new(fast);
    let config = with(|config| config.server.telnet.held = 1_000);
    let world = World::with(clock.clone(), config, modem).await;
    let client = world.dial().await;
    let letters = (b'a'..=b'z').cycle();
    let sent: Vec<u8> = letters.take(10_000).collect();
    let (copy, mut device) = (sent.clone(), world.device);
    tokio::spawn(async move { device.write_all(&copy).await.map(|()| device) });
    let (mut from, mut to) = tokio::io::split(client);
    if let Some(after) = answer {
        let clock = clock.clone();
        tokio::spawn(async move {
            clock.sleep(after).await;
            to.write_all(&[255, 253, 0]).await.map(|()| to)
        });
    }
    // Five offers and questions, then the data.
    let mut heard = vec![0; 15 + sent.len()];
    from.read_exact(&mut heard).await.unwrap();
    assert!(heard.ends_with(&sent));
}

#[test]
fn no_byte_is_lost_while_it_is_open_how_data_goes_to_a_client() {
    for answer in [None, Some(Duration::from_millis(500))] {
        sim::run(move |clock| told_while_binary_is_open(clock, answer));
    }
}

#[test]
fn a_client_that_says_nothing_of_binary_and_fills_the_port_is_not_waited_for() {
    sim::run(|clock| async move {
        let fast = "10000000 8N1 hardware".parse().unwrap();
        let config = with(|config| {
            config.buffer = 1_000;
            config.server.telnet.answer = Duration::MAX;
        });
        let modem = sim::NullModemConfig::new(fast);
        let world = World::with(clock, config, modem).await;
        let client = world.dial().await;
        let (mut from_device, mut to_device) = tokio::io::split(world.device);
        tokio::spawn(async move { tokio::io::copy(&mut from_device, &mut to_device).await });
        let (mut from, mut to) = tokio::io::split(client);
        let sent = vec![b'x'; 40_000];
        let copy = sent.clone();
        tokio::spawn(async move { to.write_all(&copy).await.map(|()| to) });
        let mut heard = vec![0; 15 + sent.len()];
        from.read_exact(&mut heard).await.unwrap();
        assert!(heard.ends_with(&sent));
    });
}

#[test]
fn a_full_port_says_so_and_a_purge_empties_it() {
    sim::run(|clock| async move {
        let config = with(|config| config.buffer = 1_000);
        let mut world = World::new(clock.clone(), config).await;
        let mut hand = world.by_hand().await;
        // The line's own queue takes 4,096.
        hand.say(&[b'x'; 6_000]).await;
        hand.expect(&sub(&[108])).await;
        hand.say(&sub(&[12, 2])).await;
        hand.expect(&[sub(&[109]), sub(&[112, 2])].concat()).await;
        hand.say(b"after").await;
        hand.say(&sub(&[2, 7])).await;
        hand.expect(&sub(&[102, 7])).await;
        let now = clock.now();
        assert!(now < Instant::from_micros(20_000), "{now}: nothing waited");
        let mut heard = vec![0; 100];
        let count = world.device.read(&mut heard).await.unwrap();
        assert!(heard[..count].ends_with(b"after"));
    });
}

#[test]
fn a_full_port_goes_on_when_half_has_gone() {
    sim::run(|clock| async move {
        let config = with(|config| config.buffer = 1_000);
        let world = World::new(clock, config).await;
        let mut hand = world.by_hand().await;
        hand.say(&[b'x'; 6_000]).await;
        hand.expect(&[sub(&[108]), sub(&[109])].concat()).await;
    });
}

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

#[test]
fn a_line_that_does_not_drain_keeps_its_settings() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let hardware = "9600 8N1 hardware".parse().unwrap();
        world.device.configure(hardware).await.unwrap();
        world.device.set_signals(None, Some(false)).unwrap();
        let mut hand = world.by_hand_at(0xA0).await;
        hand.say(&sub(&[5, 3])).await;
        hand.expect(&sub(&[105, 3])).await;
        hand.say(&[b"held", &sub(&[2, 7])[..]].concat()).await;
        hand.expect(&sub(&[102, 8])).await;
        assert_eq!(clock.now(), Instant::START + Duration::from_secs(30));
    });
}
