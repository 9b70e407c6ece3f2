//! The scanner and the encoder beside the peers' crates, in bytes per second.
//!
//! `cargo bench -p lineside-telnet --bench wire`
//!
//! Every parser is handed the same stream in reads of 4 KiB, and what it finds is looked at and thrown
//! away; making the stream is not timed. `Limit` looks for IACs and does nothing else (`memchr`), or
//! copies (`memcpy`).

use divan::{Bencher, black_box, counter::BytesCount};
use lineside_telnet::wire::{Found, IAC, Scanner, encode};

fn main() {
    divan::main();
}

/// Bytes of a stream, and of a read.
const STREAM: usize = 256 * 1024;
const READ: usize = 4 * 1024;

/// Who parses.
#[derive(Clone, Copy, Debug)]
enum Who {
    Lineside,
    Libmudtelnet,
    Nectar,
    Limit,
}

/// Lines of 80 characters.
fn text() -> Vec<u8> {
    let line: Vec<u8> = (b' '..b' ' + 78).chain(*b"\r\n").collect();
    line.into_iter().cycle().take(STREAM).collect()
}

/// Any bytes, every IAC doubled.
fn random() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut stream = Vec::new();
    while stream.len() < STREAM {
        let byte = random.u8(..);
        stream.extend(core::iter::repeat_n(byte, 1 + usize::from(byte == IAC)));
    }
    stream
}

/// Requests for options and the refusals of them.
fn storm() -> Vec<u8> {
    let both = [IAC, 253, 99, IAC, 252, 99];
    both.into_iter().cycle().take(STREAM / 6 * 6).collect()
}

/// One subnegotiation.
fn subnegotiation() -> Vec<u8> {
    let mut stream = vec![IAC, 250, 24];
    stream.resize(STREAM, b'x');
    stream.extend([IAC, 240]);
    stream
}

#[divan::bench(args = [Who::Lineside, Who::Libmudtelnet, Who::Nectar, Who::Limit])]
fn parse_text(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &text(), READ);
}

#[divan::bench(args = [Who::Lineside, Who::Libmudtelnet, Who::Nectar, Who::Limit])]
fn parse_random(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &random(), READ);
}

#[divan::bench(args = [Who::Lineside, Who::Libmudtelnet, Who::Nectar])]
fn parse_doubled_iacs(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &[IAC; STREAM], READ);
}

#[divan::bench(args = [Who::Lineside, Who::Libmudtelnet, Who::Nectar])]
fn parse_negotiation(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &storm(), READ);
}

/// In reads of 1 KiB. nectar panics where one is split.
#[divan::bench(args = [Who::Lineside, Who::Libmudtelnet], sample_count = 20)]
fn parse_long_subnegotiation(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &subnegotiation(), 1024);
}

fn parse(bencher: Bencher<'_, '_>, who: Who, stream: &[u8], read: usize) {
    let bencher = bencher.counter(BytesCount::of_slice(stream));
    match who {
        Who::Lineside => bencher
            .with_inputs(|| stream.to_vec())
            .bench_local_refs(|stream| ours(stream, read)),
        Who::Libmudtelnet => bencher.bench_local(|| {
            let mut parser = libmudtelnet::Parser::new();
            for piece in stream.chunks(read) {
                black_box(parser.receive(piece));
            }
        }),
        Who::Nectar => bencher
            .with_inputs(|| bytes::BytesMut::from(stream))
            .bench_local_values(|mut stream| {
                use tokio_util::codec::Decoder as _;
                let mut codec = nectar::TelnetCodec::new(READ);
                while let Ok(Some(event)) = codec.decode(&mut stream) {
                    black_box(event);
                }
            }),
        Who::Limit => bencher.bench_local(|| {
            for piece in stream.chunks(read) {
                memchr::memchr_iter(IAC, piece).for_each(|at| {
                    black_box(at);
                });
            }
        }),
    }
}

/// What is not taken of a read stands before the next one: of these streams only a subnegotiation.
fn ours(stream: &mut [u8], read: usize) {
    let mut scanner = Scanner::new();
    let (mut from, mut until) = (0, 0);
    while until < stream.len() {
        until = stream.len().min(until + read);
        while let Some(rx) = stream.get_mut(from..until) {
            let found = scanner.look(rx, |_| STREAM);
            // By reference: to copy it would cost more than to make it.
            from += match black_box(&found) {
                Found::More => break,
                Found::Data { take, .. }
                | Found::Command { take, .. }
                | Found::Negotiation { take, .. }
                | Found::Subnegotiation { take, .. }
                | Found::Absorbed { take, .. } => take,
            };
        }
    }
}

#[divan::bench(args = [Who::Lineside, Who::Libmudtelnet, Who::Limit])]
fn escape_text(bencher: Bencher<'_, '_>, who: Who) {
    escape(bencher, who, &text());
}

#[divan::bench(args = [Who::Lineside, Who::Libmudtelnet, Who::Limit])]
fn escape_iacs(bencher: Bencher<'_, '_>, who: Who) {
    escape(bencher, who, &[IAC; STREAM]);
}

fn escape(bencher: Bencher<'_, '_>, who: Who, data: &[u8]) {
    let bencher = bencher.counter(BytesCount::of_slice(data));
    match who {
        Who::Libmudtelnet => {
            bencher.bench_local(|| libmudtelnet::Parser::escape_iac(data.to_vec()));
        }
        _ => bencher
            .with_inputs(|| vec![0; 2 * data.len()])
            .bench_local_refs(|out| {
                out.clear();
                match who {
                    Who::Lineside => encode::binary(data, |bytes| out.extend_from_slice(bytes)),
                    _ => out.extend_from_slice(data),
                }
            }),
    }
}
