//! What a PTY pair carries through our two lines, and how long one byte takes there and back.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to tell"
)]

use std::{os::fd::OwnedFd, sync::mpsc, thread};

use divan::{Bencher, counter::BytesCount};
use lineside_io::Settings;
use lineside_serial::{Pty, Tty, pty};
use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::{Builder, Runtime},
};

const CHUNK: usize = 1_024;
const CHUNKS: usize = 4_096;

fn main() {
    divan::main();
}

fn wire() -> (Runtime, Pty, Tty) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (device, program) = runtime
        .block_on(async { pty::pair(Settings::default()) })
        .unwrap();
    (runtime, device, program)
}

/// A PTY pair without us: blocking, raw.
fn kernels() -> (OwnedFd, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let slave = open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut termios = tcgetattr(&slave).unwrap();
    termios.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &termios).unwrap();
    (master, slave)
}

/// 4 MiB in writes of 1 KiB, from the device to the program.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn throughput(bencher: Bencher<'_, '_>) {
    let (runtime, mut device, mut program) = wire();
    let chunk = [0x55; CHUNK];
    let mut got = vec![0; CHUNK * CHUNKS];
    bencher
        .counter(BytesCount::new(CHUNK * CHUNKS))
        .bench_local(|| {
            runtime.block_on(async {
                let sending = async {
                    for _ in 0..CHUNKS {
                        device.write_all(&chunk).await.unwrap();
                    }
                };
                let (received, ()) = tokio::join!(program.read_exact(&mut got), sending);
                received.unwrap();
            });
        });
}

/// The kernel's own, with a blocking thread at each end.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn throughput_kernel(bencher: Bencher<'_, '_>) {
    let (master, slave) = kernels();
    let (start, started) = mpsc::channel::<()>();
    let mut got = vec![0; 64 * CHUNK];
    thread::scope(|scope| {
        scope.spawn(move || {
            let chunk = [0x55; CHUNK];
            while started.recv().is_ok() {
                for _ in 0..CHUNKS {
                    let wrote = rustix::io::write(&master, &chunk).unwrap();
                    assert_eq!(wrote, CHUNK);
                }
            }
        });
        bencher
            .counter(BytesCount::new(CHUNK * CHUNKS))
            .bench_local(|| {
                start.send(()).unwrap();
                let mut left = CHUNK * CHUNKS;
                while left > 0 {
                    left -= rustix::io::read(&slave, &mut got).unwrap();
                }
            });
        drop(start);
    });
}

/// Ours on two threads.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn throughput_two_threads(bencher: Bencher<'_, '_>) {
    let (runtime, mut device, mut program) = wire();
    let (start, started) = mpsc::channel::<()>();
    let mut got = vec![0; CHUNK * CHUNKS];
    thread::scope(|scope| {
        scope.spawn(move || {
            let chunk = [0x55; CHUNK];
            let handle = Builder::new_current_thread().enable_all().build().unwrap();
            while started.recv().is_ok() {
                handle.block_on(async {
                    for _ in 0..CHUNKS {
                        device.write_all(&chunk).await.unwrap();
                    }
                });
            }
        });
        bencher
            .counter(BytesCount::new(CHUNK * CHUNKS))
            .bench_local(|| {
                start.send(()).unwrap();
                runtime.block_on(program.read_exact(&mut got)).unwrap();
            });
        drop(start);
    });
}

/// A byte to the device and its echo back.
#[divan::bench(sample_count = 200, sample_size = 100)]
fn round_trip(bencher: Bencher<'_, '_>) {
    let (runtime, mut device, mut program) = wire();
    bencher.bench_local(|| {
        runtime.block_on(async {
            program.write_all(b"?").await.unwrap();
            let byte = device.read_u8().await.unwrap();
            device.write_all(&[byte]).await.unwrap();
            program.read_u8().await.unwrap();
        });
    });
}

/// The kernel's own, with blocking reads and writes.
#[divan::bench(sample_count = 200, sample_size = 100)]
fn round_trip_kernel(bencher: Bencher<'_, '_>) {
    let (master, slave) = kernels();
    let mut byte = [0; 1];
    bencher.bench_local(|| {
        rustix::io::write(&slave, b"?").unwrap();
        rustix::io::read(&master, &mut byte).unwrap();
        rustix::io::write(&master, &byte).unwrap();
        rustix::io::read(&slave, &mut byte).unwrap();
    });
}
