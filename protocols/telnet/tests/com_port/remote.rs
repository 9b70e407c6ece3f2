//! A remote port as a line: the access server and the client against each other.

use core::time::Duration;

use lineside_core::Mark;
use lineside_io::{
    Line, Net, Queue, Settings,
    sim::{self, EndConfig, MemoryLimits, MemoryNet, NullModem, NullModemConfig},
};
use lineside_telnet::net::com_port::{AccessConfig, AccessServer, Remote, RemoteConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{World, read};

const MODBUS: &[u8] = &[1, 3, 0, 0, 0, 2, 0xC4, 0x0B];

fn settings(text: &str) -> Settings {
    text.parse().unwrap()
}

#[test]
fn a_remote_port_carries_frames_at_the_speed_it_was_given() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let fast = settings("19200 8E1");
        world.device.configure(fast).await.unwrap();
        let mut port = world.remote(fast).await;
        assert_eq!(port.settings(), fast);
        let begun = clock.now();
        port.write_all(MODBUS).await.unwrap();
        port.drain().await.unwrap();
        assert_eq!(clock.now().since(begun), fast.time_of(8));
        assert_eq!(read(&mut world.device, 8).await, MODBUS);
        world.device.write_all(MODBUS).await.unwrap();
        let mut heard = [0; 8];
        port.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, MODBUS);
        // Another speed, with data before it at the old one.
        port.write_all(b"slow").await.unwrap();
        let slow = settings("1200 7O2");
        assert_eq!(port.configure(slow).await.unwrap(), slow);
        assert_eq!(read(&mut world.device, 4).await, b"slow");
        world.device.configure(slow).await.unwrap();
        port.write_all(b"er").await.unwrap();
        assert_eq!(read(&mut world.device, 2).await, b"er");
    });
}

#[test]
fn every_byte_passes_both_ways() {
    sim::run(|clock| async move {
        let modem = NullModemConfig::new(settings("115200 8N1"));
        let mut world = World::with(clock, AccessConfig::default(), modem).await;
        let mut port = world.remote(settings("115200 8N1")).await;
        let all: Vec<u8> = (0..=255).chain([255, 255, 13, 0, 13, 10, 10, 13]).collect();
        port.write_all(&all).await.unwrap();
        assert_eq!(read(&mut world.device, all.len()).await, all);
        world.device.write_all(&all).await.unwrap();
        let mut heard = vec![0; all.len()];
        port.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, all);
    });
}

#[test]
fn settings_cost_one_round_trip_and_nothing_where_they_are_in_effect() {
    sim::run(|clock| async move {
        let latency = Duration::from_millis(10);
        let mut limits = MemoryLimits::default();
        limits.latency = Some((clock.clone(), latency));
        let net = MemoryNet::with_limits(limits);
        let (near, _device) = NullModem::pair(&clock, NullModemConfig::default());
        let at = "127.0.0.1:2217".parse().unwrap();
        let listener = net.listen(at).await.unwrap();
        let server = AccessServer::new(near).clock(clock.clone());
        tokio::spawn(server.serve(listener, core::future::pending()));
        let stream = Box::new(net.dial(at).await.unwrap());
        let begun = clock.now();
        let even = settings("19200 8E1");
        let config = RemoteConfig::default();
        let mut port = Remote::connect(stream, even, config, clock.clone())
            .await
            .unwrap();
        // The server's offers were under way: ours need no answer but theirs.
        assert!(clock.now().since(begun) <= 4 * latency);
        let begun = clock.now();
        port.configure(settings("38400 7O2")).await.unwrap();
        assert_eq!(clock.now().since(begun), 2 * latency);
        let begun = clock.now();
        port.configure(settings("38400 7O2")).await.unwrap();
        assert_eq!(clock.now(), begun);
    });
}

#[test]
fn a_change_of_settings_waits_as_long_as_the_data_before_it_takes() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let slow = settings("9600 8N1");
        let fast = settings("57600 8N1");
        let mut port = world.remote(slow).await;
        let begun = clock.now();
        port.write_all(&[b'x'; 20_000]).await.unwrap();
        let heard =
            tokio::spawn(async move { (read(&mut world.device, 20_000).await, world.device) });
        let granted = port.configure(fast).await.unwrap();
        assert_eq!(clock.now().since(begun), slow.time_of(20_000));
        assert_eq!(granted, fast);
        assert_eq!(port.settings(), fast);
        assert_eq!(heard.await.unwrap().0, [b'x'; 20_000]);
    });
}

#[test]
fn what_comes_while_a_setting_is_open_can_be_read() {
    sim::run(|clock| async move {
        let world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut port = world.remote(settings("9600 8N1")).await;
        let (mut from, mut to) = tokio::io::split(world.device);
        tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
        port.write_all(&[b'x'; 2_000]).await.unwrap();
        let (fast, step) = (settings("57600 8N1"), Duration::from_millis(100));
        let mut heard = 0;
        let granted = loop {
            if let Ok(granted) = clock.timeout(step, port.configure(fast)).await {
                break granted.unwrap();
            }
            let mut echo = [0; 4_096];
            while let Ok(read) = clock.timeout(Duration::ZERO, port.read(&mut echo)).await {
                heard += read.unwrap();
            }
            assert_eq!(port.settings(), settings("9600 8N1"));
        };
        assert_eq!(granted, fast);
        assert!(heard > 1_800, "{heard}");
    });
}

#[test]
fn breaks_and_damaged_characters_are_marks_in_their_place() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut port = world.remote(settings("9600 8E1")).await;
        world.device.configure(settings("9600 8E1")).await.unwrap();
        world.device.write_all(b"a").await.unwrap();
        world
            .device
            .send_break(Duration::from_millis(10))
            .await
            .unwrap();
        world.device.write_all(b"b").await.unwrap();
        world.device.configure(settings("9600 8O1")).await.unwrap();
        world.device.write_all(b"c").await.unwrap();
        clock.sleep(Duration::from_millis(50)).await;
        let mut heard = [0; 8];
        assert_eq!(port.read(&mut heard).await.unwrap(), 1);
        assert_eq!((heard[0], port.take_mark()), (b'a', Some(Mark::Break)));
        assert_eq!(port.read(&mut heard).await.unwrap(), 1);
        assert_eq!((heard[0], port.take_mark()), (b'b', Some(Mark::Parity(0))));
        assert_eq!(port.take_mark(), None);
        // And outwards.
        port.set_break(true).unwrap();
        clock.sleep(Duration::from_millis(20)).await;
        port.set_break(false).unwrap();
        clock.sleep(Duration::from_millis(20)).await;
        assert_eq!(world.device.take_mark(), Some(Mark::Break));
        assert_eq!(world.device.last_break(), Some(Duration::from_millis(20)));
    });
}

#[test]
fn modem_lines_are_seen_and_driven() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut port = world.remote(Settings::default()).await;
        assert!(port.capabilities().signals);
        let signals = port.signals_changed().await.unwrap();
        assert!(signals.cts && signals.dsr && signals.dcd && signals.dtr);
        world.device.set_signals(Some(false), None).unwrap();
        let signals = port.signals_changed().await.unwrap();
        assert!(signals.cts && !signals.dsr && !signals.dcd);
        // A pulse as a boot loader wants it, in order.
        port.set_signals(Some(false), Some(false)).unwrap();
        let seen = world.device.signals_changed().await.unwrap();
        assert!(!seen.dsr);
        clock.sleep(Duration::from_millis(50)).await;
        assert!(!world.device.signals().unwrap().cts);
        port.set_signals(Some(true), Some(true)).unwrap();
        clock.sleep(Duration::from_millis(1)).await;
        let seen = world.device.signals().unwrap();
        assert!(seen.dsr && seen.cts);
    });
}

#[test]
fn a_purge_drops_what_is_under_way() {
    sim::run(|clock| async move {
        let mut world = World::new(clock.clone(), AccessConfig::default()).await;
        let mut port = world.remote(Settings::default()).await;
        world.device.write_all(b"stale").await.unwrap();
        clock.sleep(Duration::from_millis(10)).await;
        port.discard(Queue::Input).unwrap();
        clock.sleep(Duration::from_millis(10)).await;
        world.device.write_all(b"fresh").await.unwrap();
        let mut heard = [0; 5];
        port.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"fresh");
    });
}

#[test]
fn a_reader_that_is_slow_stops_the_port_and_loses_nothing() {
    sim::run(|clock| async move {
        let mut modem = NullModemConfig::new(settings("115200 8N1 hardware"));
        modem.a = EndConfig {
            receive_queue: 100,
            ..modem.a
        };
        let mut world = World::with(clock.clone(), AccessConfig::default(), modem).await;
        let mut config = RemoteConfig::default();
        config.inbox = 500;
        let stream = Box::new(world.dial().await);
        let wanted = settings("115200 8N1 hardware");
        let mut port = Remote::connect(stream, wanted, config, clock.clone())
            .await
            .unwrap();
        let sent: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let copy = sent.clone();
        let writing = tokio::spawn(async move {
            world.device.write_all(&copy).await.unwrap();
            world
        });
        let mut heard = Vec::new();
        while heard.len() < sent.len() {
            clock.sleep(Duration::from_millis(20)).await;
            let mut some = [0; 300];
            let count = port.read(&mut some).await.unwrap();
            heard.extend_from_slice(&some[..count]);
        }
        assert!(heard == sent);
        drop(writing.await.unwrap());
    });
}

#[test]
fn a_writer_waits_for_a_port_that_is_full() {
    sim::run(|clock| async move {
        let mut config = AccessConfig::default();
        config.buffer = 500;
        let mut world = World::new(clock.clone(), config).await;
        let mut port = world.remote(Settings::default()).await;
        let sent: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let copy = sent.clone();
        let writing = tokio::spawn(async move {
            for piece in copy.chunks(100) {
                port.write_all(piece).await.unwrap();
            }
            port
        });
        assert!(read(&mut world.device, sent.len()).await == sent);
        drop(writing.await.unwrap());
    });
}

/// What an echoing device gives back, through a server and a client of such buffers, to a slow reader. Its
/// line holds little.
async fn echoed(clock: lineside_io::Clock, buffer: usize, inbox: usize) {
    let fast = settings("1000000 8N1 hardware");
    let mut config = AccessConfig::default();
    config.buffer = buffer;
    let mut modem = NullModemConfig::new(fast);
    for end in [&mut modem.a, &mut modem.b] {
        (end.transmit_queue, end.receive_queue) = (64, 64);
    }
    let mut limits = MemoryLimits::default();
    limits.latency = Some((clock.clone(), Duration::from_millis(10)));
    let net = MemoryNet::with_limits(limits);
    let world = World::over(net, clock.clone(), config, modem).await;
    let mut config = RemoteConfig::default();
    config.inbox = inbox;
    let stream = Box::new(world.dial().await);
    let port = Remote::connect(stream, fast, config, clock.clone()).await;
    let port = port.unwrap();
    let (mut from_device, mut to_device) = tokio::io::split(world.device);
    tokio::spawn(async move { tokio::io::copy(&mut from_device, &mut to_device).await });
    let sent: Vec<u8> = (0..12_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let copy = sent.clone();
    let (mut from, mut to) = tokio::io::split(port);
    let writing = tokio::spawn(async move { to.write_all(&copy).await });
    let mut heard = vec![0; sent.len()];
    for some in heard.chunks_mut(3_000) {
        clock.sleep(Duration::from_millis(100)).await;
        from.read_exact(some).await.unwrap();
    }
    assert!(heard == sent, "{buffer}, {inbox}");
    writing.await.unwrap().unwrap();
}

#[test]
fn a_device_that_echoes_gives_everything_back_whatever_is_full() {
    for buffer in [100, 5_000] {
        for inbox in [1, 500, 64 * 1024] {
            sim::run(move |clock| echoed(clock, buffer, inbox));
        }
    }
}
