//! Back-pressure, overruns, hang-up, settings.

use core::time::Duration;
use std::io::ErrorKind;

use lineside_core::{Instant, Mark};
use lineside_io::{
    DataBits, Line, Queue, Settings, StopBits,
    sim::{EndConfig, NullModem, NullModemConfig, run},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{at, end_of, pair, read_some};

#[test]
fn a_full_transmit_queue_makes_the_writer_wait_until_half_of_it_has_left() {
    run(|clock| async move {
        let mut config = NullModemConfig::new(at(9_600));
        config.a.transmit_queue = 10;
        let (mut a, _b) = NullModem::pair(&clock, config);
        assert_eq!(a.write(&[0; 100]).await.unwrap(), 10);
        assert_eq!(
            a.write(&[0; 100]).await.unwrap(),
            1,
            "the first has left for the wire"
        );
        assert_eq!(clock.now(), Instant::START);
        assert_eq!(a.write(&[0; 100]).await.unwrap(), 5);
        assert_eq!(clock.now(), end_of(at(9_600), 5));
    });
}

#[test]
fn who_does_not_read_loses_what_does_not_fit_and_learns_where() {
    run(|clock| async move {
        let mut config = NullModemConfig::new(at(115_200));
        config.b.receive_queue = 8;
        let (mut a, mut b) = NullModem::pair(&clock, config);
        a.write_all(b"0123456789").await.unwrap();
        a.drain().await.unwrap();
        assert_eq!(b.take_mark(), None, "the data comes first");
        assert_eq!(read_some(&mut b).await, b"0123456");
        assert_eq!(b.take_mark(), Some(Mark::Overrun));
        a.write_all(b"ab").await.unwrap();
        a.drain().await.unwrap();
        assert_eq!(read_some(&mut b).await, b"ab");
        assert_eq!(b.take_mark(), None);
    });
}

#[test]
fn memory_stays_bounded_when_nobody_reads() {
    run(|clock| async move {
        let small = EndConfig {
            transmit_queue: 64,
            receive_queue: 64,
            ..EndConfig::new(at(1_000_000))
        };
        let config = NullModemConfig {
            a: small.clone(),
            b: small,
            ..NullModemConfig::default()
        };
        let (mut a, mut b) = NullModem::pair(&clock, config);
        for _ in 0..1_000 {
            a.write_all(&[1; 100]).await.unwrap();
        }
        a.drain().await.unwrap();
        drop(a);
        let mut all = Vec::new();
        b.read_to_end(&mut all).await.unwrap();
        assert_eq!(
            all.len(),
            63,
            "of a hundred thousand; the last place is the mark's"
        );
    });
}

#[test]
fn the_end_of_the_stream_follows_the_last_character_when_the_other_end_is_dropped() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.write_all(b"bye").await.unwrap();
        drop(a);
        let mut all = Vec::new();
        b.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"bye");
        assert_eq!(clock.now(), end_of(at(9_600), 3));
        assert_eq!(
            b.write(b"?").await.unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
        assert_eq!(b.drain().await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_hang_up_wakes_who_waits() {
    run(|clock| async move {
        let mut config = NullModemConfig::new(at(1_200));
        config.a.transmit_queue = 1;
        let (a, b) = NullModem::pair(&clock, config);
        let (mut from_a, mut to_b) = tokio::io::split(a);
        let writer = tokio::spawn(async move { to_b.write_all(&[0; 64]).await });
        let reader = tokio::spawn(async move { from_a.read(&mut [0]).await });
        clock.sleep(Duration::from_millis(1)).await;
        drop(b);
        let error = writer.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(reader.await.unwrap().unwrap(), 0);
        assert_eq!(clock.now().as_micros(), 1_000);
    });
}

#[test]
fn discard_empties_the_queues_but_not_the_wire() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.write_all(b"gone").await.unwrap();
        a.discard(Queue::Output).unwrap();
        a.drain().await.unwrap();
        assert_eq!(read_some(&mut b).await, b"g");
        a.write_all(b"also").await.unwrap();
        a.drain().await.unwrap();
        b.discard(Queue::Input).unwrap();
        a.write_all(b".").await.unwrap();
        assert_eq!(read_some(&mut b).await, b".");
    });
}

#[test]
fn new_settings_take_effect_after_what_is_queued() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.write_all(b"old").await.unwrap();
        let now = a.configure(at(38_400)).await.unwrap();
        assert_eq!((now, a.settings()), (at(38_400), at(38_400)));
        assert_eq!(clock.now(), end_of(at(9_600), 3));
        let mut old = [0; 3];
        b.read_exact(&mut old).await.unwrap();
        assert_eq!(&old, b"old");
        b.configure(at(38_400)).await.unwrap();
        let before = clock.now();
        a.write_all(b"new").await.unwrap();
        let mut new = [0; 3];
        b.read_exact(&mut new).await.unwrap();
        assert_eq!(&new, b"new");
        assert_eq!(clock.now().since(before), at(38_400).time_of(3));
    });
}

#[test]
fn a_speed_of_nothing_is_refused_by_name_and_changes_nothing() {
    run(|clock| async move {
        let (mut a, _b) = pair(&clock, at(38_400));
        let refused = a.configure(at(0)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        assert!(refused.to_string().contains("baud"), "{refused}");
        assert_eq!(a.settings(), at(38_400));
    });
}

#[test]
fn five_data_bits_carry_five_bits() {
    run(|clock| async move {
        let settings = Settings {
            data_bits: DataBits::Five,
            stop_bits: StopBits::OneAndHalf,
            ..at(300)
        };
        let (mut a, mut b) = pair(&clock, settings);
        a.write_all(&[0xFF]).await.unwrap();
        assert_eq!(read_some(&mut b).await, [0x1F]);
    });
}

#[test]
fn a_cancelled_read_loses_nothing() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        let sent: Vec<u8> = (0..100).collect();
        a.write_all(&sent).await.unwrap();
        let mut all = Vec::new();
        let half = at(9_600).time_of(1) / 2;
        while all.len() < 100 {
            if let Ok(piece) = clock.timeout(half, read_some(&mut b)).await {
                all.extend(piece);
            }
        }
        assert_eq!(all, sent);
    });
}
