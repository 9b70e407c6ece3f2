//! What a PTY pair carries through our two lines, and how long one byte takes there and back.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to tell"
)]

use divan::{Bencher, counter::BytesCount};
use lineside_io::Settings;
use lineside_serial::{Pty, Tty, pty};
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

/// The same on two threads.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn throughput_two_threads(bencher: Bencher<'_, '_>) {
    let (runtime, mut device, mut program) = wire();
    let (start, started) = std::sync::mpsc::channel::<()>();
    let mut got = vec![0; CHUNK * CHUNKS];
    std::thread::scope(|scope| {
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
