//! Breaks, parity and framing errors, and where they stand.

use core::time::Duration;

use lineside_core::{Instant, Mark};
use lineside_io::{
    DataBits, Line, Parity, Settings,
    sim::{Delivery, Gap, NullModem, NullModemConfig, run},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Got, at, end_of, next, pair, read_some, rest};

#[test]
fn a_read_ends_before_a_mark_and_the_mark_can_be_taken_in_its_place() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.write_all(b"12").await.unwrap();
        a.send_break(Duration::from_millis(5)).await.unwrap();
        a.write_all(b"34").await.unwrap();
        a.drain().await.unwrap();
        assert_eq!(b.take_mark(), None, "data comes first");
        assert_eq!(read_some(&mut b).await, b"12");
        assert_eq!(b.take_mark(), Some(Mark::Break));
        assert_eq!(b.take_mark(), None, "one mark for one break");
        assert_eq!(read_some(&mut b).await, b"34");
    });
}

#[test]
fn a_reader_that_does_not_care_reads_past_marks() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.send_break(Duration::from_millis(5)).await.unwrap();
        a.write_all(b"12").await.unwrap();
        a.send_break(Duration::from_millis(5)).await.unwrap();
        a.write_all(b"34").await.unwrap();
        let mut all = [0; 4];
        b.read_exact(&mut all).await.unwrap();
        assert_eq!(&all, b"1234");
        assert_eq!(b.take_mark(), None);
    });
}

#[test]
fn a_mark_that_comes_in_a_lump_with_data_behind_it_is_offered_first() {
    run(|clock| async move {
        let mut config = NullModemConfig::new(at(9_600));
        config.b.delivery = Delivery::USB;
        let (mut a, mut b) = NullModem::pair(&clock, config);
        let waiting = tokio::spawn(async move { (next(&mut b).await, next(&mut b).await) });
        a.send_break(Duration::from_millis(2)).await.unwrap();
        a.write_all(b"x").await.unwrap();
        let got = waiting.await.unwrap();
        assert_eq!(got, (Got::Mark(Mark::Break), Got::Byte(b'x')));
    });
}

#[test]
fn a_break_wakes_a_waiting_reader_and_its_length_is_known_when_it_ends() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.set_break(true).unwrap();
        assert_eq!(next(&mut b).await, Got::Mark(Mark::Break));
        assert_eq!(clock.now(), end_of(at(9_600), 1));
        assert_eq!(b.last_break(), None, "it has not ended");
        clock.sleep(Duration::from_millis(250)).await;
        a.set_break(false).unwrap();
        assert_eq!(b.last_break(), Some(clock.now().since(Instant::START)));
        b.send_break(Duration::from_millis(100)).await.unwrap();
        assert_eq!(next(&mut a).await, Got::Mark(Mark::Break));
        assert_eq!(a.last_break(), Some(Duration::from_millis(100)));
    });
}

#[test]
fn a_dropped_send_break_ends_the_break() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        let limit = Duration::from_millis(20);
        let hour = Duration::from_secs(3_600);
        assert!(clock.timeout(limit, a.send_break(hour)).await.is_err());
        a.write_all(b"x").await.unwrap();
        assert_eq!(next(&mut b).await, Got::Mark(Mark::Break));
        assert_eq!(next(&mut b).await, Got::Byte(b'x'));
        assert_eq!(b.last_break(), Some(limit));
    });
}

#[test]
fn a_low_shorter_than_a_character_is_no_break() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.send_break(Duration::from_micros(900)).await.unwrap();
        // 8.64 bits low: start and all data bits, and mark again where the stop bit is.
        assert_eq!(rest(&clock, &mut b).await, [Got::Byte(0)]);
    });
}

#[test]
fn what_is_written_during_a_break_follows_it() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.set_break(true).unwrap();
        a.write_all(b"ok").await.unwrap();
        clock.sleep(Duration::from_millis(10)).await;
        a.set_break(false).unwrap();
        let all = rest(&clock, &mut b).await;
        assert_eq!(
            all,
            [Got::Mark(Mark::Break), Got::Byte(b'o'), Got::Byte(b'k')]
        );
    });
}

#[test]
fn half_the_sender_s_speed_gives_errors_and_the_next_correct_frame_is_whole() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(19_200));
        b.configure(at(9_600)).await.unwrap();
        // Back to back, the slow receiver would look for its stop bit exactly where every second
        // character has its own.
        a.set_gap(Gap::Fixed(at(19_200).time_of(1) / 5));
        a.write_all(&(0..=255).collect::<Vec<u8>>()).await.unwrap();
        let all = rest(&clock, &mut b).await;
        assert!(
            all.iter()
                .any(|got| matches!(got, Got::Mark(Mark::Framing(_)))),
            "{all:02x?}"
        );
        a.configure(at(9_600)).await.unwrap();
        a.write_all(b"sound").await.unwrap();
        assert_eq!(rest(&clock, &mut b).await, b"sound".map(Got::Byte));
    });
}

#[test]
fn twice_the_sender_s_speed_gives_errors_and_the_next_correct_frame_is_whole() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        b.configure(at(19_200)).await.unwrap();
        // Seen twice as fast: 00 1100110 0 is a character without its stop bit, then, from the next
        // falling edge on, 0 01100111 1.
        a.write_all(b"U").await.unwrap();
        let all = rest(&clock, &mut b).await;
        assert_eq!(all, [Got::Mark(Mark::Framing(0x66)), Got::Byte(0xE6)]);
        a.write_all(b"\x80").await.unwrap();
        let all = rest(&clock, &mut b).await;
        assert_eq!(all, [Got::Mark(Mark::Break)], "sixteen bit times low");
        a.configure(at(19_200)).await.unwrap();
        a.write_all(b"sound").await.unwrap();
        assert_eq!(rest(&clock, &mut b).await, b"sound".map(Got::Byte));
    });
}

#[test]
fn a_speed_that_is_off_by_two_percent_does_no_harm_and_by_seven_it_does() {
    let heard_at = |baud| {
        run(move |clock| async move {
            let (mut a, mut b) = pair(&clock, at(10_000));
            b.configure(at(baud)).await.unwrap();
            a.write_all(&[0x55, 0xAA, 0x00, 0x7F]).await.unwrap();
            rest(&clock, &mut b).await
        })
    };
    let sound = [0x55, 0xAA, 0x00, 0x7F].map(Got::Byte);
    assert_eq!(heard_at(10_200), sound);
    assert_eq!(heard_at(9_800), sound);
    assert_ne!(heard_at(10_700), sound);
    assert_ne!(heard_at(9_300), sound);
}

#[test]
fn the_other_parity_is_a_parity_error_with_the_character() {
    let with = |parity| Settings {
        parity,
        ..at(9_600)
    };
    for (sent, expected) in [(Parity::Even, Parity::Odd), (Parity::Mark, Parity::Space)] {
        run(move |clock| async move {
            let (mut a, mut b) = pair(&clock, with(sent));
            b.configure(with(expected)).await.unwrap();
            a.write_all(b"A").await.unwrap();
            assert_eq!(next(&mut b).await, Got::Mark(Mark::Parity(b'A')));
            assert_eq!(clock.now(), end_of(with(sent), 1));
        });
    }
}

#[test]
fn seven_bits_and_even_parity_read_as_eight_bits_carry_the_parity_on_top() {
    run(|clock| async move {
        let seven_even = Settings {
            data_bits: DataBits::Seven,
            parity: Parity::Even,
            ..at(9_600)
        };
        let (mut a, mut b) = pair(&clock, seven_even);
        b.configure(at(9_600)).await.unwrap();
        a.write_all(b"AC").await.unwrap();
        // A has two ones, C three.
        assert_eq!(
            rest(&clock, &mut b).await,
            [Got::Byte(b'A'), Got::Byte(b'C' | 0x80)]
        );
    });
}

#[test]
fn a_receiver_that_is_configured_in_mid_character_finds_its_place_by_the_next_silence() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        a.write_all(b"\x0F").await.unwrap();
        clock.sleep(at(9_600).time_of(1) * 7 / 10).await;
        b.configure(at(9_600)).await.unwrap();
        clock.sleep(at(9_600).time_of(2)).await;
        a.write_all(b"ok").await.unwrap();
        assert_eq!(rest(&clock, &mut b).await, b"ok".map(Got::Byte));
    });
}
