//! Damage on the wire, always the same for the same seed.

use lineside_core::Mark;
use lineside_io::sim::{Gap, Noise, NullModem, NullModemConfig, run};
use tokio::io::AsyncWriteExt;

use crate::{Got, at, next};

/// What arrives of `sent` through this noise, with a bit time between characters.
fn through(noise: Noise, sent: Vec<u8>) -> Vec<Got> {
    run(|clock| async move {
        let mut config = NullModemConfig::new(at(9_600));
        config.a.noise = noise;
        config.a.gap = Gap::Fixed(at(9_600).time_of(1) / 10);
        let (mut a, mut b) = NullModem::pair(&clock, config);
        let writer = tokio::spawn(async move { a.write_all(&sent).await.unwrap() });
        let mut all = Vec::new();
        loop {
            match next(&mut b).await {
                Got::End => break,
                got => all.push(got),
            }
        }
        writer.await.unwrap();
        all
    })
}

fn counting() -> Vec<u8> {
    (0..10_000_u32).map(|n| n.to_le_bytes()[0]).collect()
}

fn bytes(sent: &[u8]) -> Vec<Got> {
    sent.iter().copied().map(Got::Byte).collect()
}

#[test]
fn without_noise_everything_arrives() {
    assert_eq!(through(Noise::default(), counting()), bytes(&counting()));
}

#[test]
fn the_same_seed_does_the_same_damage_and_another_seed_another() {
    let noise = |seed| Noise {
        seed,
        bit_error_rate: 1e-3,
        drop_rate: 0.01,
        duplicate_rate: 0.01,
        insert_rate: 0.01,
    };
    assert_eq!(through(noise(5), counting()), through(noise(5), counting()));
    assert_ne!(through(noise(5), counting()), through(noise(6), counting()));
}

#[test]
fn inverted_bits_make_wrong_bytes_and_framing_errors() {
    let noise = Noise {
        seed: 1,
        bit_error_rate: 1e-3,
        ..Noise::default()
    };
    let got = through(noise, counting());
    let framing = got
        .iter()
        .filter(|got| matches!(got, Got::Mark(Mark::Framing(_))))
        .count();
    assert!(framing > 0, "stop bits are hit too");
    // A character has ten bits: about one in a hundred is hit, and most of them are data bits.
    let wrong = 10_000
        - got
            .iter()
            .zip(bytes(&counting()))
            .filter(|(a, b)| *a == b)
            .count();
    assert!(wrong > 50, "{wrong}");
}

#[test]
fn a_certain_inversion_inverts_every_bit() {
    let noise = Noise {
        bit_error_rate: 1.0,
        ..Noise::default()
    };
    // The start bit is gone, and eight ones and a stop bit make a start bit and eight zeros.
    assert_eq!(through(noise, vec![0xFF]), [Got::Byte(0)]);
}

#[test]
fn dropped_characters_are_missing_and_no_other() {
    let noise = Noise {
        seed: 2,
        drop_rate: 0.1,
        ..Noise::default()
    };
    let sent = counting();
    let got = through(noise, sent.clone());
    assert!((8_700..9_300).contains(&got.len()), "{}", got.len());
    let mut rest = sent.iter();
    let in_order = |got: &Got| rest.any(|byte| Got::Byte(*byte) == *got);
    assert!(got.iter().all(in_order));
}

#[test]
fn duplicated_characters_come_twice_in_a_row() {
    let noise = Noise {
        seed: 3,
        duplicate_rate: 0.1,
        ..Noise::default()
    };
    let mut got = through(noise, counting());
    assert!((10_700..11_300).contains(&got.len()), "{}", got.len());
    got.dedup();
    assert_eq!(got, bytes(&counting()));
}

#[test]
fn inserted_characters_stand_between_the_others() {
    let noise = Noise {
        seed: 4,
        insert_rate: 0.1,
        ..Noise::default()
    };
    let got = through(noise, counting());
    assert!((10_700..11_300).contains(&got.len()), "{}", got.len());
    let mut rest = got.iter();
    assert!(
        bytes(&counting())
            .iter()
            .all(|byte| rest.any(|got| got == byte))
    );
}
