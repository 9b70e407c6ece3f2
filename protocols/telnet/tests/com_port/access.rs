//! The access server, by bytes.

use core::time::Duration;

use lineside_core::{Instant, Mark};
use lineside_io::{Line, sim};
use lineside_telnet::net::com_port::AccessConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{ByHand, World, read, sub, with};

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

#[test]
fn a_client_that_suspends_and_asks_behind_data_is_not_waited_for_for_ever() {
    sim::run(|clock| async move {
        let config = AccessConfig::default();
        let stuck = config.stuck;
        let hand = echoing(clock.clone(), config).await;
        let (mut from, mut to) = tokio::io::split(hand.0);
        // Less than fills the port, and more than the lines hold.
        let sent = vec![b'X'; 40_000];
        let said = [&sub(&[8])[..], &sent, &sub(&[5, 8]), &sub(&[9])].concat();
        let saying = tokio::spawn(async move { to.write_all(&said).await.map(|()| to) });
        let answer = sub(&[105, 8]);
        let is_in = |told: &[u8]| told.windows(answer.len()).any(|bytes| bytes == answer);
        // It is told of CTS too, with which the lines stop each other.
        let (mut letters, mut told) = (0, Vec::new());
        while letters < sent.len() || !is_in(&told) {
            let mut bytes = [0; 1_000];
            let count = from.read(&mut bytes).await.unwrap();
            let before = told.len();
            told.extend(bytes[..count].iter().filter(|byte| **byte != b'X'));
            letters += count - (told.len() - before);
            if clock.now() < Instant::START + stuck {
                assert_eq!(letters, 0, "it has suspended us, and may yet resume");
            }
        }
        assert_eq!(letters, sent.len());
        assert!(
            clock.now() >= Instant::START + stuck,
            "nothing else moves it"
        );
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

#[test]
fn a_client_that_asks_and_leaves_does_not_hold_a_line_that_takes_nothing() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let hardware = "9600 8N1 hardware".parse().unwrap();
        world.device.configure(hardware).await.unwrap();
        world.device.set_signals(None, Some(false)).unwrap();
        let mut hand = world.by_hand_at(0xA0).await;
        hand.say(&sub(&[5, 3])).await;
        hand.expect(&sub(&[105, 3])).await;
        // More than the line holds, and two changes behind it.
        let changes = [sub(&[2, 7]), sub(&[3, 3])].concat();
        hand.say(&[&[b'x'; 6_000][..], &changes].concat()).await;
        hand.0.shutdown().await.unwrap();
        // Both are answered with what is in effect.
        hand.expect(&[sub(&[102, 8]), sub(&[103, 1])].concat())
            .await;
        let mut rest = Vec::new();
        hand.0.read_to_end(&mut rest).await.unwrap();
        assert!(rest.is_empty());
        assert_eq!(clock.now(), Instant::START + Duration::from_secs(30));
        // Another has the port; what the first sent has not been lost.
        let mut next = world.by_hand_at(0xA0).await;
        world.device.set_signals(None, Some(true)).unwrap();
        assert_eq!(read(&mut world.device, 6_000).await, [b'x'; 6_000]);
        next.expect(&sub(&[107, 0xB1])).await;
        next.say(&sub(&[2, 7])).await;
        next.expect(&sub(&[102, 7])).await;
    });
}
