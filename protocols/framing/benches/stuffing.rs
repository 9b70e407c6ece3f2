//! SLIP, COBS and HDLC-like framing beside the peers' crates, in bytes of record per second.
//!
//! `cargo bench -p lineside-framing --bench stuffing`
//!
//! Each decoder begins with a frame as it came from the line, delimiters included. Those that work
//! in place get a fresh copy, which is not timed.

#![expect(clippy::expect_used, reason = "a benchmark fails loudly")]

use divan::{Bencher, black_box, counter::BytesCount};
use lineside_framing::wire::{Cause, Find, Framing, hdlc::Config};

fn main() {
    divan::main();
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
enum Load {
    /// This many random bytes.
    Random(usize),
    /// This many bytes that each need the most work.
    Worst(usize),
}

const LOADS: [Load; 4] = [
    Load::Random(64),
    Load::Random(254),
    Load::Random(1500),
    Load::Worst(1500),
];

impl Load {
    fn record(self, worst: u8) -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(0x1662);
        match self {
            Self::Random(len) => (0..len).map(|_| rng.u8(..)).collect(),
            Self::Worst(len) => vec![worst; len],
        }
    }
}

fn framed(framing: &impl Framing, record: &[u8]) -> Vec<u8> {
    let mut out = vec![0; framing.max_encoded_len(record.len())];
    let len = framing.encode(&[record], &mut out).expect("room");
    out.truncate(len);
    out
}

fn encodes(bencher: Bencher, framing: &impl Framing, record: &[u8]) {
    let mut out = vec![0; framing.max_encoded_len(record.len())];
    bencher
        .counter(BytesCount::new(record.len()))
        .bench_local(|| framing.encode(black_box(&[record]), &mut out));
}

fn decodes(bencher: Bencher, mut framing: impl Framing, record: &[u8]) {
    let frame = framed(&framing, record);
    bencher
        .counter(BytesCount::new(record.len()))
        .with_inputs(|| frame.clone())
        .bench_local_refs(|rx| {
            let Find::Frame(len) = framing.find(rx, Cause::Bytes) else {
                unreachable!("a frame stands there");
            };
            framing
                .decode(rx.get_mut(..len).expect("a frame"))
                .expect("good")
        });
}

mod slip {
    use super::*;
    use lineside_framing::wire::slip::{END, Slip};

    #[divan::bench(args = LOADS)]
    fn encode_lineside(bencher: Bencher, load: Load) {
        encodes(bencher, &Slip::default(), &load.record(END));
    }

    #[divan::bench(args = LOADS)]
    fn encode_slip_codec(bencher: Bencher, load: Load) {
        let record = load.record(END);
        // A Vec is the fastest sink that it takes.
        let mut out = Vec::with_capacity(2 * record.len() + 2);
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| {
                out.clear();
                slip_codec::SlipEncoder::new(true).encode(black_box(&record), &mut out)
            });
    }

    #[divan::bench(args = LOADS)]
    fn encode_serial_line_ip(bencher: Bencher, load: Load) {
        let record = load.record(END);
        let mut out = vec![0; 2 * record.len() + 2];
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| {
                let mut encoder = serial_line_ip::Encoder::new();
                let mut totals = encoder.encode(black_box(&record), &mut out)?;
                let rest = out.get_mut(totals.written..).unwrap_or_default();
                totals += encoder.finish(rest)?;
                Ok::<_, serial_line_ip::Error>(totals.written)
            });
    }

    #[divan::bench(args = LOADS)]
    fn decode_lineside(bencher: Bencher, load: Load) {
        decodes(bencher, Slip::default(), &load.record(END));
    }

    #[divan::bench(args = LOADS)]
    fn decode_slip_codec(bencher: Bencher, load: Load) {
        let record = load.record(END);
        let frame = framed(&Slip::default(), &record);
        let frame = frame.strip_prefix(&[END]).expect("a leading END").to_vec();
        let mut out = Vec::with_capacity(record.len());
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| {
                out.clear();
                let mut source = black_box(frame.as_slice());
                let decoded = slip_codec::SlipDecoder::new().decode(&mut source, &mut out);
                decoded.map_err(drop).expect("a whole frame")
            });
    }

    #[divan::bench(args = LOADS)]
    fn decode_serial_line_ip(bencher: Bencher, load: Load) {
        let record = load.record(END);
        let frame = framed(&Slip::default(), &record);
        let mut out = vec![0; record.len() + 1];
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| {
                let mut decoder = serial_line_ip::Decoder::new();
                let (_, decoded, end) = decoder
                    .decode(black_box(&frame), &mut out)
                    .expect("a whole frame");
                assert!(end && decoded.len() == record.len());
            });
    }
}

mod cobs {
    use super::*;
    use lineside_framing::wire::cobs::Cobs;

    #[divan::bench(args = LOADS)]
    fn encode_lineside(bencher: Bencher, load: Load) {
        encodes(bencher, &Cobs::default(), &load.record(0));
    }

    #[divan::bench(args = LOADS)]
    fn encode_corncobs(bencher: Bencher, load: Load) {
        let record = load.record(0);
        let mut out = vec![0; corncobs::max_encoded_len(record.len())];
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| corncobs::encode_buf(black_box(&record), &mut out));
    }

    #[divan::bench(args = LOADS)]
    fn encode_cobs(bencher: Bencher, load: Load) {
        let record = load.record(0);
        let mut out = vec![0; ::cobs::max_encoding_length(record.len())];
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| ::cobs::encode(black_box(&record), &mut out));
    }

    #[divan::bench(args = LOADS)]
    fn decode_lineside(bencher: Bencher, load: Load) {
        decodes(bencher, Cobs::default(), &load.record(0));
    }

    #[divan::bench(args = LOADS)]
    fn decode_corncobs_in_place(bencher: Bencher, load: Load) {
        let record = load.record(0);
        let frame = framed(&Cobs::default(), &record);
        bencher
            .counter(BytesCount::new(record.len()))
            .with_inputs(|| frame.clone())
            .bench_local_refs(|rx| corncobs::decode_in_place(rx).expect("a whole frame"));
    }

    #[divan::bench(args = LOADS)]
    fn decode_corncobs_copy(bencher: Bencher, load: Load) {
        let record = load.record(0);
        let frame = framed(&Cobs::default(), &record);
        let mut out = vec![0; record.len()];
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| {
                corncobs::decode_buf(black_box(&frame), &mut out).expect("a whole frame")
            });
    }

    #[divan::bench(args = LOADS)]
    fn decode_cobs(bencher: Bencher, load: Load) {
        let record = load.record(0);
        let frame = framed(&Cobs::default(), &record);
        let mut out = vec![0; record.len() + 1];
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| ::cobs::decode(black_box(&frame), &mut out).expect("a whole frame"));
    }
}

mod hdlc {
    use super::*;
    use lineside_framing::wire::hdlc::{Accm, AddressControl, FLAG, Fcs, Hdlc};

    /// What the `hdlc` crate does: flag and escape alone, no fields, no check.
    fn bare(fcs: Fcs) -> Hdlc {
        Hdlc::new(Config {
            fcs,
            tx_accm: Accm::NONE,
            rx_accm: 0,
            address_control: AddressControl::Absent,
            ..Config::default()
        })
    }

    #[divan::bench(args = LOADS)]
    fn encode_lineside_no_fcs(bencher: Bencher, load: Load) {
        encodes(bencher, &bare(Fcs::None), &load.record(FLAG));
    }

    #[divan::bench(args = LOADS)]
    fn encode_lineside_fcs16(bencher: Bencher, load: Load) {
        encodes(bencher, &bare(Fcs::Bits16), &load.record(FLAG));
    }

    #[divan::bench(args = LOADS)]
    fn encode_lineside_fcs16_accm(bencher: Bencher, load: Load) {
        encodes(bencher, &Hdlc::default(), &load.record(FLAG));
    }

    #[divan::bench(args = LOADS)]
    fn encode_hdlc(bencher: Bencher, load: Load) {
        let record = load.record(FLAG);
        let special = ::hdlc::SpecialChars::default();
        bencher
            .counter(BytesCount::new(record.len()))
            .bench_local(|| ::hdlc::encode(black_box(&record), special));
    }

    #[divan::bench(args = LOADS)]
    fn decode_lineside_no_fcs(bencher: Bencher, load: Load) {
        decodes(bencher, bare(Fcs::None), &load.record(FLAG));
    }

    #[divan::bench(args = LOADS)]
    fn decode_lineside_fcs16(bencher: Bencher, load: Load) {
        decodes(bencher, bare(Fcs::Bits16), &load.record(FLAG));
    }

    #[divan::bench(args = LOADS)]
    fn decode_lineside_fcs16_accm(bencher: Bencher, load: Load) {
        decodes(bencher, Hdlc::default(), &load.record(FLAG));
    }

    #[divan::bench(args = LOADS)]
    fn decode_hdlc(bencher: Bencher, load: Load) {
        let record = load.record(FLAG);
        let frame = framed(&bare(Fcs::None), &record);
        let special = ::hdlc::SpecialChars::default();
        bencher
            .counter(BytesCount::new(record.len()))
            .with_inputs(|| frame.clone())
            .bench_local_refs(|rx| {
                ::hdlc::decode_slice(rx, special)
                    .map(<[u8]>::len)
                    .expect("a whole frame")
            });
    }
}
