//! Several stations on one pair.

use core::time::Duration;
use std::io::ErrorKind;

use lineside_core::{Instant, Mark};
use lineside_io::{
    Clock, Line,
    sim::{Bus, BusConfig, Contention, Heard, Idle, SimLine, StationConfig, TurnOff, run},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Got, at, end_of, read_some, rest};

fn bit() -> Duration {
    at(9_600).time_of(1) / 10
}

fn station(bus: &Bus, change: impl FnOnce(&mut StationConfig)) -> SimLine {
    let mut config = StationConfig::new(at(9_600));
    change(&mut config);
    bus.station_with(&config)
}

/// Lets `second` begin after this many tenths of `first`'s bit, and gives what `ear` hears.
async fn both(
    clock: &Clock,
    (first, bytes): (&mut SimLine, &[u8]),
    (second, others): (&mut SimLine, &[u8]),
    tenths: u32,
    ear: &mut SimLine,
) -> Vec<Got> {
    first.write_all(bytes).await.unwrap();
    clock.sleep(bit() * tenths / 10).await;
    second.write_all(others).await.unwrap();
    first.drain().await.unwrap();
    second.drain().await.unwrap();
    rest(clock, ear).await
}

#[test]
fn all_others_hear_a_station_at_the_same_time_and_it_does_not_hear_itself() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let [mut a, mut b, mut c] = [(); 3].map(|()| bus.station(at(9_600)));
        a.write_all(b"hello").await.unwrap();
        for ear in [&mut b, &mut c] {
            let mut five = [0; 5];
            ear.read_exact(&mut five).await.unwrap();
            assert_eq!(&five, b"hello");
            assert_eq!(clock.now(), end_of(at(9_600), 5));
        }
        assert_eq!(rest(&clock, &mut a).await, []);
    });
}

#[test]
fn a_station_with_local_echo_hears_what_it_sends() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let mut a = station(&bus, |config| config.echo = true);
        let mut b = bus.station(at(9_600));
        a.write_all(b"echo").await.unwrap();
        assert_eq!(rest(&clock, &mut a).await, b"echo".map(Got::Byte));
        assert_eq!(rest(&clock, &mut b).await, b"echo".map(Got::Byte));
    });
}

#[test]
fn overlapping_drivers_corrupt_each_other_whatever_wins() {
    for contention in [
        Contention::Low,
        Contention::High,
        Contention::Undefined { seed: 3 },
    ] {
        run(move |clock| async move {
            let config = BusConfig {
                contention,
                ..BusConfig::default()
            };
            let bus = Bus::new(&clock, config);
            let mut a = station(&bus, |config| config.echo = true);
            let [mut b, mut ear] = [(); 2].map(|()| bus.station(at(9_600)));
            let sent = (&mut a, &b"\x5A\x5A"[..]);
            let heard = both(&clock, sent, (&mut b, b"\x33\x33"), 37, &mut ear).await;
            for sound in [0x5A, 0x33] {
                let whole = heard.iter().filter(|got| **got == Got::Byte(sound)).count();
                assert!(whole < 2, "{contention:?}: {heard:02x?}");
            }
            assert_ne!(
                rest(&clock, &mut a).await,
                [Got::Byte(0x5A); 2],
                "its echo tells"
            );
            // And the wire is sound again.
            a.write_all(b"next").await.unwrap();
            assert_eq!(rest(&clock, &mut ear).await, b"next".map(Got::Byte));
        });
    }
}

#[test]
fn in_a_collision_in_step_the_winning_level_combines_the_bits() {
    for (contention, combined) in [
        (Contention::Low, 0x0F & 0x3C),
        (Contention::High, 0x0F | 0x3C),
    ] {
        run(move |clock| async move {
            let config = BusConfig {
                contention,
                ..BusConfig::default()
            };
            let bus = Bus::new(&clock, config);
            let [mut a, mut b, mut ear] = [(); 3].map(|()| bus.station(at(9_600)));
            let heard = both(&clock, (&mut a, b"\x0F"), (&mut b, b"\x3C"), 0, &mut ear).await;
            assert_eq!(heard, [Got::Byte(combined)]);
        });
    }
}

#[test]
fn a_driver_that_turns_off_late_damages_an_early_answer_only() {
    let heard_after = |silence: u32| {
        run(move |clock| async move {
            let config = BusConfig {
                contention: Contention::High,
                ..BusConfig::default()
            };
            let bus = Bus::new(&clock, config);
            let late = TurnOff::Late { half_bits: 20 };
            let mut master = station(&bus, |config| config.turn_off = late);
            let [mut slave, mut ear] = [(); 2].map(|()| bus.station(at(9_600)));
            master.write_all(b"?").await.unwrap();
            master.drain().await.unwrap();
            clock.sleep(bit() * silence).await;
            slave.write_all(b"\x55").await.unwrap();
            slave.drain().await.unwrap();
            rest(&clock, &mut ear).await
        })
    };
    assert_eq!(heard_after(11), [Got::Byte(b'?'), Got::Byte(0x55)]);
    assert_ne!(heard_after(5), [Got::Byte(b'?'), Got::Byte(0x55)]);
    assert_eq!(
        heard_after(0),
        [Got::Byte(b'?')],
        "all of it is under the tail"
    );
}

#[test]
fn a_driver_that_turns_off_early_cuts_the_last_character_only() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let early = TurnOff::Early { half_bits: 4 };
        let mut a = station(&bus, |config| config.turn_off = early);
        let mut ear = bus.station(at(9_600));
        a.write_all(&[0x00, 0x00]).await.unwrap();
        let heard = rest(&clock, &mut ear).await;
        assert_eq!(
            heard,
            [Got::Byte(0), Got::Byte(0x80)],
            "the bias pulls its last bit up"
        );
    });
}

#[test]
fn a_floating_pair_makes_garbage_after_a_driver_turns_off_the_same_for_the_same_seed() {
    let heard = |seed| {
        run(move |clock| async move {
            let config = BusConfig {
                idle: Idle::Floating { seed, bits: 40 },
                ..BusConfig::default()
            };
            let bus = Bus::new(&clock, config);
            let [mut a, mut ear] = [(); 2].map(|()| bus.station(at(9_600)));
            a.write_all(b"x").await.unwrap();
            let first = rest(&clock, &mut ear).await;
            a.write_all(b"y").await.unwrap();
            let second = rest(&clock, &mut ear).await;
            (first, second)
        })
    };
    let (first, second) = heard(1);
    assert_eq!((first[0], second[0]), (Got::Byte(b'x'), Got::Byte(b'y')));
    assert!(first.len() > 1, "{first:02x?}");
    assert_eq!(heard(1), heard(1));
    assert_ne!(heard(1), heard(2));
}

#[test]
fn a_station_at_another_speed_hears_errors_and_disturbs_nobody() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let [mut a, mut b] = [(); 2].map(|()| bus.station(at(9_600)));
        let mut odd = bus.station(at(19_200));
        a.write_all(b"\x80\xF8").await.unwrap();
        assert_eq!(rest(&clock, &mut b).await, b"\x80\xF8".map(Got::Byte));
        assert_eq!(rest(&clock, &mut odd).await[0], Got::Mark(Mark::Break));
    });
}

#[test]
fn a_break_reaches_all_stations() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let [mut a, mut b, mut c] = [(); 3].map(|()| bus.station(at(9_600)));
        a.send_break(Duration::from_millis(3)).await.unwrap();
        for ear in [&mut b, &mut c] {
            assert_eq!(rest(&clock, ear).await, [Got::Mark(Mark::Break)]);
            assert_eq!(ear.last_break(), Some(Duration::from_millis(3)));
        }
    });
}

#[test]
fn a_bus_has_no_modem_lines_and_says_so() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let mut a = bus.station(at(9_600));
        assert!(!a.capabilities().signals);
        assert_eq!(a.signals().unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(
            a.signals_changed().await.unwrap_err().kind(),
            ErrorKind::Unsupported
        );
        assert_eq!(
            a.set_signals(None, None).unwrap_err().kind(),
            ErrorKind::Unsupported
        );
    });
}

#[test]
fn the_last_station_of_a_dropped_bus_finds_the_end() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let [mut a, mut b] = [(); 2].map(|()| bus.station(at(9_600)));
        drop(bus);
        a.write_all(b"last").await.unwrap();
        drop(a);
        let mut all = Vec::new();
        b.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"last");
    });
}

#[test]
fn stations_that_come_and_go_leave_no_trace() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let mut ear = bus.station(at(9_600));
        for _ in 0..100 {
            let mut passing = bus.station(at(9_600));
            assert_eq!(passing.station(), 1, "its number is free again");
            passing.write_all(b"!").await.unwrap();
            assert_eq!(read_some(&mut ear).await, b"!");
        }
    });
}

#[test]
fn a_tap_tells_who_sent_what_to_a_nanosecond() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let tap = bus.tap(16);
        let [mut a, mut b] = [(); 2].map(|()| bus.station(at(9_600)));
        a.write_all(b"?").await.unwrap();
        assert_eq!(read_some(&mut b).await, b"?");
        clock.sleep(Duration::from_millis(4)).await;
        let answered = clock.now();
        b.write_all(b"!").await.unwrap();
        assert_eq!(read_some(&mut a).await, b"!");
        let heard = |station, byte, start| Heard::Character {
            station,
            byte,
            start,
            end: start + at(9_600).time_of(1),
        };
        let expected = [heard(0, b'?', Instant::START), heard(1, b'!', answered)];
        assert_eq!(tap.take(), expected);
        assert_eq!(tap.take(), [], "what was taken is gone");
    });
}

#[test]
fn a_tap_of_levels_shows_every_edge() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let tap = bus.tap_levels(16);
        let mut a = bus.station(at(10_000));
        a.write_all(b"\x0F").await.unwrap();
        a.drain().await.unwrap();
        let levels: Vec<_> = tap
            .take()
            .into_iter()
            .filter_map(|heard| match heard {
                Heard::Level { at, high, .. } => Some((at.as_micros(), high)),
                _ => None,
            })
            .collect();
        // Start bit, four ones, four zeros, and the stop bit's mark from then on.
        assert_eq!(levels, [(0, false), (100, true), (500, false), (900, true)]);
    });
}

#[test]
fn a_tap_is_bounded_and_counts_what_it_lost() {
    run(|clock| async move {
        let bus = Bus::new(&clock, BusConfig::default());
        let tap = bus.tap(3);
        let mut a = bus.station(at(9_600));
        a.write_all(b"12345").await.unwrap();
        a.drain().await.unwrap();
        assert_eq!((tap.take().len(), tap.lost()), (3, 2));
    });
}
