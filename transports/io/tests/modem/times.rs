//! When things happen.

use core::time::Duration;

use lineside_core::Instant;
use lineside_io::{
    DataBits, Line, Parity, Settings, StopBits,
    sim::{Delivery, Gap, NullModem, NullModemConfig, run},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{at, end_of, pair, read_some};

fn every_format() -> Vec<Settings> {
    use DataBits::{Eight, Five, Seven, Six};
    let parities = [
        Parity::None,
        Parity::Odd,
        Parity::Even,
        Parity::Mark,
        Parity::Space,
    ];
    let mut all = Vec::new();
    for baud in [1_200, 9_600, 19_200, 115_200, 921_600] {
        for data_bits in [Five, Six, Seven, Eight] {
            for parity in parities {
                for stop_bits in [StopBits::One, StopBits::OneAndHalf, StopBits::Two] {
                    all.push(Settings {
                        data_bits,
                        parity,
                        stop_bits,
                        ..at(baud)
                    });
                }
            }
        }
    }
    all
}

#[test]
fn a_character_arrives_when_its_last_stop_bit_ends_in_every_format_at_every_speed() {
    for settings in every_format() {
        run(move |clock| async move {
            let (mut a, mut b) = pair(&clock, settings);
            a.write_all(&[0x15; 50]).await.unwrap();
            for count in 1..=50 {
                assert_eq!(read_some(&mut b).await, [0x15]);
                assert_eq!(clock.now(), end_of(settings, count), "{settings:?}");
            }
        });
    }
}

#[test]
fn five_seconds_of_characters_add_up_no_rounding() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(921_600));
        let characters = 92_160 * 5;
        let sender = tokio::spawn(async move {
            let mut left = characters;
            while left > 0 {
                let piece = left.min(4096);
                a.write_all(&[0x55; 4096][..piece]).await.unwrap();
                left -= piece;
            }
            a
        });
        let mut left = characters;
        let mut buffer = vec![0; 3000];
        while left > 0 {
            // Sleeps, so that one look brings the line up to many characters.
            let piece = left.min(buffer.len());
            clock.sleep(at(921_600).time_of(piece as u64 / 2)).await;
            b.read_exact(&mut buffer[..piece]).await.unwrap();
            left -= piece;
        }
        assert_eq!(clock.now(), Instant::START + Duration::from_secs(5));
        drop(sender.await.unwrap());
    });
}

#[test]
fn data_flows_both_ways_at_once() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.write_all(b"ping").await.unwrap();
        b.write_all(b"pong").await.unwrap();
        let (mut at_a, mut at_b) = ([0; 4], [0; 4]);
        b.read_exact(&mut at_b).await.unwrap();
        a.read_exact(&mut at_a).await.unwrap();
        assert_eq!((&at_b, &at_a), (b"ping", b"pong"));
        assert_eq!(clock.now(), end_of(at(9_600), 4));
    });
}

#[test]
fn drain_ends_with_the_last_stop_bit() {
    run(|clock| async move {
        let (mut a, _b) = pair(&clock, at(19_200));
        a.drain().await.unwrap();
        assert_eq!(clock.now(), Instant::START, "nothing to drain");
        a.write_all(&[0; 7]).await.unwrap();
        a.drain().await.unwrap();
        assert_eq!(clock.now(), end_of(at(19_200), 7));
    });
}

#[test]
fn a_silence_of_t3_5_is_as_long_where_it_is_heard() {
    run(|clock| async move {
        let line = at(19_200);
        let (mut a, mut b) = pair(&clock, line);
        let t3_5 = line.time_of(7) / 2;
        a.write_all(b"x").await.unwrap();
        a.drain().await.unwrap();
        let receiver = tokio::spawn({
            let clock = clock.clone();
            async move {
                assert_eq!(read_some(&mut b).await, b"x");
                let x = clock.now();
                assert_eq!(read_some(&mut b).await, b"y");
                clock.now().since(x)
            }
        });
        clock.sleep(t3_5).await;
        a.write_all(b"y").await.unwrap();
        assert_eq!(receiver.await.unwrap(), t3_5 + line.time_of(1));
    });
}

#[test]
fn a_writer_that_comes_late_makes_a_gap_of_its_own() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.write_all(b"1").await.unwrap();
        clock.sleep(Duration::from_millis(5)).await;
        a.write_all(b"2").await.unwrap();
        let mut two = [0; 2];
        b.read_exact(&mut two).await.unwrap();
        assert_eq!(clock.now(), end_of(at(9_600), 1) + Duration::from_millis(5));
    });
}

#[test]
fn a_fixed_gap_stands_between_characters() {
    run(|clock| async move {
        let gap = Duration::from_millis(3);
        let mut config = NullModemConfig::new(at(1_200));
        config.a.gap = Gap::Fixed(gap);
        let (mut a, mut b) = NullModem::pair(&clock, config);
        a.write_all(b"1234").await.unwrap();
        for count in 1..=4 {
            read_some(&mut b).await;
            assert_eq!(
                clock.now(),
                end_of(at(1_200), count) + gap * (count as u32 - 1)
            );
        }
        a.set_gap(Gap::None);
        a.write_all(b"5678").await.unwrap();
        let mut four = [0; 4];
        b.read_exact(&mut four).await.unwrap();
        assert_eq!(
            clock.now(),
            end_of(at(1_200), 8) + gap * 4,
            "one more was under way"
        );
    });
}

#[test]
fn random_gaps_are_the_same_for_the_same_seed_and_keep_their_bounds() {
    let least = Duration::from_micros(10);
    let most = Duration::from_millis(2);
    let gaps = |seed| {
        run(move |clock| async move {
            let mut config = NullModemConfig::new(at(9_600));
            config.a.gap = Gap::Random {
                min: least,
                max: most,
                seed,
            };
            let (mut a, mut b) = NullModem::pair(&clock, config);
            a.write_all(&[0; 50]).await.unwrap();
            let mut gaps = Vec::new();
            let mut last = clock.now();
            for _ in 0..50 {
                read_some(&mut b).await;
                gaps.push(clock.now().since(last).saturating_sub(at(9_600).time_of(1)));
                last = clock.now();
            }
            gaps
        })
    };
    assert_eq!(gaps(1), gaps(1));
    assert_ne!(gaps(1), gaps(2));
    let nanosecond = Duration::from_nanos(1);
    let bounds = least - nanosecond..=most + nanosecond;
    assert!(gaps(1).iter().skip(1).all(|gap| bounds.contains(gap)));
}

#[test]
fn a_usb_adapter_delivers_full_lumps_at_once_and_the_rest_by_its_latency_timer() {
    run(|clock| async move {
        let mut config = NullModemConfig::new(at(115_200));
        config.b.delivery = Delivery::USB;
        let (mut a, mut b) = NullModem::pair(&clock, config);
        a.write_all(&[7; 70]).await.unwrap();
        assert_eq!(read_some(&mut b).await.len(), 62);
        assert_eq!(clock.now(), end_of(at(115_200), 62));
        assert_eq!(read_some(&mut b).await.len(), 8);
        assert_eq!(
            clock.now(),
            end_of(at(115_200), 63) + Duration::from_millis(16)
        );
    });
}
