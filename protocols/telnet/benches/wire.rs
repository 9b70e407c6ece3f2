//! The scanner, the machine and the encoder beside their peers, in bytes per second.
//!
//! `cargo bench -p lineside-telnet --bench wire`
//!
//! Every parser is handed the same stream in reads of 4 KiB, and what it finds is looked at and thrown
//! away; making the stream is not timed. `Limit` looks for IACs and does nothing else (`memchr`), or
//! copies (`memcpy`).
//!
//! `parse` finds negotiations and answers nothing, but for libmudtelnet, which cannot be kept from it;
//! `answer` is the whole machine, which refuses every option. `Libtelnet` is skipped where there is no C
//! compiler or no libtelnet. Its times are those of four rounds.

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]
#![expect(clippy::print_stdout, reason = "a benchmark says what it leaves out")]

use divan::{Bencher, black_box, counter::BytesCount};
use lineside_core::{Instant, Link, Machine, Step};
use lineside_telnet::{
    Config, OptionSet, Role, Telnet,
    wire::{Found, IAC, Scanner, encode},
};

use libtelnet::{Libtelnet, Work};

// Beside this file it would be a benchmark of its own.
#[path = "wire/libtelnet.rs"]
mod libtelnet;

fn main() {
    if let Err(why) = libtelnet::program() {
        println!("Libtelnet: skipped: {why}");
    }
    divan::main();
}

/// Bytes of a stream, and of a read.
const STREAM: usize = 256 * 1024;
const READ: usize = 4 * 1024;

/// Who parses.
#[derive(Clone, Copy, Debug)]
enum Who {
    Lineside,
    Libtelnet,
    Libmudtelnet,
    Nectar,
    Limit,
}

/// Those of them that are here.
fn present<const N: usize>(all: [Who; N]) -> impl Iterator<Item = Who> {
    all.into_iter()
        .filter(|who| !matches!(who, Who::Libtelnet) || libtelnet::program().is_ok())
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

#[divan::bench(args = present([Who::Lineside, Who::Libtelnet, Who::Libmudtelnet, Who::Nectar, Who::Limit]))]
fn parse_text(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &text(), READ);
}

#[divan::bench(args = present([Who::Lineside, Who::Libtelnet, Who::Libmudtelnet, Who::Nectar, Who::Limit]))]
fn parse_random(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &random(), READ);
}

#[divan::bench(args = present([Who::Lineside, Who::Libtelnet, Who::Libmudtelnet, Who::Nectar]))]
fn parse_doubled_iacs(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &[IAC; STREAM], READ);
}

#[divan::bench(args = present([Who::Lineside, Who::Libtelnet, Who::Libmudtelnet, Who::Nectar]))]
fn parse_negotiation(bencher: Bencher<'_, '_>, who: Who) {
    parse(bencher, who, &storm(), READ);
}

/// In reads of 1 KiB. nectar panics where one is split; libtelnet takes one of more than 16 KiB for data.
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
        Who::Libtelnet => theirs(bencher, Work::Scan, stream, read),
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

/// By the process that does.
fn theirs(bencher: Bencher<'_, '_>, work: Work, stream: &[u8], read: usize) {
    let mut libtelnet = Libtelnet::start(work, stream, read).unwrap();
    bencher
        .counter(BytesCount::new(libtelnet::ROUNDS * stream.len()))
        .bench_local(|| libtelnet.go().unwrap());
}

#[divan::bench(args = present([Who::Lineside, Who::Libtelnet]))]
fn answer_negotiation(bencher: Bencher<'_, '_>, who: Who) {
    let stream = storm();
    match who {
        Who::Libtelnet => theirs(bencher, Work::Answer, &stream, READ),
        _ => bencher
            .counter(BytesCount::of_slice(&stream))
            .bench_local(|| answers(&stream)),
    }
}

/// By the machine, with nothing agreed to.
fn answers(stream: &[u8]) {
    let mut config = Config::default();
    (config.ours, config.theirs) = (OptionSet::NONE, OptionSet::NONE);
    config.negotiation = u32::MAX;
    let mut telnet = Telnet::new(Role::Server, config);
    let mut link = Link::default();
    for piece in stream.chunks(READ) {
        link.rx.extend_from_slice(piece);
        while let Step::Event(event) = telnet.poll(Instant::START, &mut link).unwrap() {
            black_box(event);
        }
        black_box(&link.tx);
        link.tx.clear();
    }
}

#[divan::bench(args = present([Who::Lineside, Who::Libtelnet, Who::Libmudtelnet, Who::Limit]))]
fn escape_text(bencher: Bencher<'_, '_>, who: Who) {
    escape(bencher, who, &text());
}

#[divan::bench(args = present([Who::Lineside, Who::Libtelnet, Who::Libmudtelnet, Who::Limit]))]
fn escape_iacs(bencher: Bencher<'_, '_>, who: Who) {
    escape(bencher, who, &[IAC; STREAM]);
}

fn escape(bencher: Bencher<'_, '_>, who: Who, data: &[u8]) {
    let bencher = bencher.counter(BytesCount::of_slice(data));
    match who {
        Who::Libtelnet => theirs(bencher, Work::Escape, data, data.len()),
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
