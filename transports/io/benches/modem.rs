//! How fast simulated characters go, in bytes a second of real time. 115200 baud are 11,520 of them,
//! so 11.52 MB/s are a thousand times faster.
//!
//! `cargo bench -p lineside-io --bench modem`

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]

use divan::{Bencher, counter::BytesCount};
use lineside_io::{
    FlowControl, Line, Settings,
    sim::{Bus, BusConfig, Delivery, Gap, Noise, NullModem, NullModemConfig, SimLine, run},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const BYTES: usize = 1 << 20;

fn main() {
    divan::main();
}

fn settings() -> Settings {
    Settings {
        baud: 115_200,
        ..Settings::default()
    }
}

/// A writer and a reader at work, until `BYTES` have been read or the writer is gone.
async fn pump(mut from: SimLine, mut to: SimLine) -> usize {
    let writer = tokio::spawn(async move {
        let piece = [0x5A; 4096];
        for _ in 0..BYTES / piece.len() {
            from.write_all(&piece).await.unwrap();
        }
        // The reader may have enough, and be gone.
        let _ = from.drain().await;
    });
    let mut buffer = [0; 4096];
    let mut all = 0;
    loop {
        let count = to.read(&mut buffer).await.unwrap();
        all += count;
        if count == 0 || all >= BYTES {
            break;
        }
    }
    drop(to);
    let _ = writer.await;
    all
}

fn bench(bencher: Bencher<'_, '_>, config: &NullModemConfig) {
    bencher.counter(BytesCount::new(BYTES)).bench(|| {
        let config = config.clone();
        run(move |clock| async move {
            let (a, b) = NullModem::pair(&clock, config);
            pump(a, b).await
        })
    });
}

#[divan::bench(sample_count = 5)]
fn each_character_wakes_the_reader(bencher: Bencher<'_, '_>) {
    bench(bencher, &NullModemConfig::new(settings()));
}

#[divan::bench(sample_count = 5)]
fn lumps_of_a_usb_adapter(bencher: Bencher<'_, '_>) {
    let mut config = NullModemConfig::new(settings());
    config.b.delivery = Delivery::USB;
    bench(bencher, &config);
}

/// Looks once in a hundred character times, as a task with other work does.
#[divan::bench(sample_count = 5)]
fn a_reader_that_sleeps(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::new(BYTES)).bench(|| {
        run(|clock| async move {
            let (mut a, mut b) = NullModem::pair(&clock, NullModemConfig::new(settings()));
            let writer = tokio::spawn(async move {
                let piece = [0x5A; 4096];
                for _ in 0..BYTES / piece.len() {
                    a.write_all(&piece).await.unwrap();
                }
                a.drain().await.unwrap();
            });
            let mut buffer = [0; 4096];
            let mut all = 0;
            while all < BYTES {
                clock.sleep(settings().time_of(100)).await;
                all += b.read(&mut buffer).await.unwrap();
            }
            writer.await.unwrap();
        });
    });
}

#[divan::bench(sample_count = 5)]
fn noise_of_1e_4(bencher: Bencher<'_, '_>) {
    let mut config = NullModemConfig::new(settings());
    config.b.delivery = Delivery::USB;
    // Without gaps a receiver that lost its place in a stream of one character never finds it.
    config.a.gap = Gap::Fixed(settings().time_of(1) / 20);
    config.a.noise = Noise {
        bit_error_rate: 1e-4,
        ..Noise::default()
    };
    bench(bencher, &config);
}

#[divan::bench(sample_count = 5)]
fn rts_and_cts(bencher: Bencher<'_, '_>) {
    let hardware = Settings {
        flow: FlowControl::Hardware,
        ..settings()
    };
    bench(bencher, &NullModemConfig::new(hardware));
}

#[divan::bench(sample_count = 5)]
fn bit_by_bit_at_two_percent_more_speed(bencher: Bencher<'_, '_>) {
    let mut config = NullModemConfig::new(settings());
    config.b.settings.baud = 117_500;
    bench(bencher, &config);
}

#[divan::bench(sample_count = 5)]
fn a_bus_of_two(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::new(BYTES)).bench(|| {
        run(|clock| async move {
            let bus = Bus::new(&clock, BusConfig::default());
            let (a, b) = (bus.station(settings()), bus.station(settings()));
            drop(bus);
            pump(a, b).await
        })
    });
}
