//! Lines and length-delimited records, beside tokio-util's codecs, in records per second.
//!
//! `cargo bench -p lineside-framing --bench wire`
//!
//! Every decoder begins with the same 64 KiB or so in a fresh `BytesMut`, as they come from a
//! stream; making that is not timed. `owned` gives records that outlive the buffer, `borrowed` those
//! that do not.

#![expect(clippy::expect_used, reason = "a benchmark fails loudly")]

use bytes::{Buf, BufMut, Bytes, BytesMut};
use divan::{Bencher, black_box, counter::ItemsCount};
use lineside_core::{Instant, Link, Machine, Step};
use lineside_framing::{
    AnyFraming, Command, Config, Event, Records,
    wire::{Cause, Find, Framing, delimiter::Delimiter, length::Length},
};
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec, LinesCodec};

fn main() {
    divan::main();
}

/// Records in a buffer.
const COUNT: usize = 800;

/// Lines of 81 bytes, LF included.
fn lines() -> BytesMut {
    let mut rng = fastrand::Rng::with_seed(81);
    let mut bytes = BytesMut::new();
    for _ in 0..COUNT {
        (0..80).for_each(|_| bytes.put_u8(rng.u8(b' '..=b'~')));
        bytes.put_u8(b'\n');
    }
    bytes
}

/// Records of 64 bytes behind four bytes of length.
fn lengths() -> BytesMut {
    let mut rng = fastrand::Rng::with_seed(64);
    let mut bytes = BytesMut::new();
    for _ in 0..COUNT {
        bytes.put_u32(64);
        (0..64).for_each(|_| bytes.put_u8(rng.u8(..)));
    }
    bytes
}

/// Four bytes of length, high byte first, as `LengthDelimitedCodec` has it.
fn length() -> Length {
    use lineside_framing::wire::length::{Config, Width};
    Length::new(Config {
        width: Width::U32,
        ..Config::default()
    })
}

fn bench<T>(bencher: Bencher<'_, '_>, bytes: &BytesMut, decode: impl Fn(BytesMut) -> T + Sync) {
    bencher
        .counter(ItemsCount::new(COUNT))
        .with_inputs(|| BytesMut::from(&bytes[..]))
        .bench_local_values(|rx| black_box(decode(rx)));
}

/// Reads all of `rx` through a machine.
fn machine<F: Framing>(framing: F, rx: BytesMut) -> usize {
    let mut machine = Records::new(framing, Config::default());
    let mut link = Link::default();
    link.rx = rx;
    let mut records = 0;
    while let Ok(Step::Event(event)) = machine.poll(Instant::START, &mut link) {
        let Event::Record(record) = event else {
            panic!("damaged");
        };
        black_box(record);
        records += 1;
    }
    assert_eq!(records, COUNT);
    records
}

/// Reads all of `rx` without a machine, as records that outlive it.
fn owned<F: Framing>(mut framing: F, mut rx: BytesMut) -> usize {
    let mut records = 0;
    while let Find::Frame(n) = framing.find(&rx, Cause::Bytes) {
        let mut frame = rx.split_to(n);
        let record = framing.decode(&mut frame).expect("sound");
        frame.truncate(record.end);
        frame.advance(record.start);
        black_box(frame.freeze());
        records += 1;
    }
    assert_eq!(records, COUNT);
    records
}

/// Reads all of `rx` without a machine, in place.
fn borrowed<F: Framing>(mut framing: F, mut rx: BytesMut) -> usize {
    let mut rest: &mut [u8] = &mut rx;
    let mut records = 0;
    while let Find::Frame(n) = framing.find(rest, Cause::Bytes) {
        let (frame, after) = rest.split_at_mut_checked(n).expect("found");
        let record = framing.decode(frame).expect("sound");
        black_box(frame.get(record));
        rest = after;
        records += 1;
    }
    assert_eq!(records, COUNT);
    records
}

/// Reads all of `rx` with one of tokio-util's codecs.
fn codec<D: Decoder>(mut codec: D, mut rx: BytesMut) -> usize {
    let mut records = 0;
    while let Ok(Some(record)) = codec.decode(&mut rx) {
        black_box(record);
        records += 1;
    }
    assert_eq!(records, COUNT);
    records
}

mod lines_of_81 {
    use super::*;

    #[divan::bench]
    fn tokio_util_owned(bencher: Bencher<'_, '_>) {
        bench(bencher, &lines(), |rx| codec(LinesCodec::new(), rx));
    }

    #[divan::bench]
    fn machine_owned(bencher: Bencher<'_, '_>) {
        bench(bencher, &lines(), |rx| machine(Delimiter::lf(), rx));
    }

    #[divan::bench]
    fn any_machine_owned(bencher: Bencher<'_, '_>) {
        let framing: AnyFraming = "line".parse().expect("known");
        bench(bencher, &lines(), |rx| machine(framing.clone(), rx));
    }

    #[divan::bench]
    fn wire_owned(bencher: Bencher<'_, '_>) {
        bench(bencher, &lines(), |rx| owned(Delimiter::lf(), rx));
    }

    #[divan::bench]
    fn wire_borrowed(bencher: Bencher<'_, '_>) {
        bench(bencher, &lines(), |rx| borrowed(Delimiter::lf(), rx));
    }
}

mod length_and_64 {
    use super::*;

    #[divan::bench]
    fn tokio_util_owned(bencher: Bencher<'_, '_>) {
        bench(bencher, &lengths(), |rx| {
            codec(LengthDelimitedCodec::new(), rx)
        });
    }

    #[divan::bench]
    fn machine_owned(bencher: Bencher<'_, '_>) {
        bench(bencher, &lengths(), |rx| machine(length(), rx));
    }

    #[divan::bench]
    fn wire_owned(bencher: Bencher<'_, '_>) {
        bench(bencher, &lengths(), |rx| owned(length(), rx));
    }

    #[divan::bench]
    fn wire_borrowed(bencher: Bencher<'_, '_>) {
        bench(bencher, &lengths(), |rx| borrowed(length(), rx));
    }
}

mod send_lines_of_81 {
    use super::*;

    #[divan::bench]
    fn tokio_util(bencher: Bencher<'_, '_>) {
        let line = "x".repeat(80);
        bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
            let mut tx = BytesMut::with_capacity(COUNT * 81);
            let mut codec = LinesCodec::new();
            for _ in 0..COUNT {
                codec.encode(black_box(&line), &mut tx).expect("sound");
            }
            tx
        });
    }

    #[divan::bench]
    fn machine(bencher: Bencher<'_, '_>) {
        let line = Bytes::from("x".repeat(80));
        bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
            let mut link = Link::default();
            link.tx.reserve(COUNT * 81);
            let mut machine = Records::new(Delimiter::lf(), Config::default());
            for _ in 0..COUNT {
                let record = Command::Record(black_box(&line).clone());
                machine
                    .send(Instant::START, record, &mut link)
                    .expect("sound");
            }
            link.tx
        });
    }

    #[divan::bench]
    fn any_machine(bencher: Bencher<'_, '_>) {
        let line = Bytes::from("x".repeat(80));
        let framing: AnyFraming = "line".parse().expect("known");
        bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
            let mut link = Link::default();
            link.tx.reserve(COUNT * 81);
            let mut machine = Records::new(framing.clone(), Config::default());
            for _ in 0..COUNT {
                let record = Command::Record(black_box(&line).clone());
                machine
                    .send(Instant::START, record, &mut link)
                    .expect("sound");
            }
            link.tx
        });
    }

    #[divan::bench]
    fn wire_borrowed(bencher: Bencher<'_, '_>) {
        let line = "x".repeat(80);
        let framing = Delimiter::lf();
        bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
            let mut tx = BytesMut::with_capacity(COUNT * 81);
            for _ in 0..COUNT {
                let record = black_box(&line).as_bytes();
                framing.append(&[record], &mut tx).expect("sound");
            }
            tx
        });
    }
}
