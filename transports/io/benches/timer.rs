//! How late a gap timer rings: 1.75 ms, which is Modbus RTU's t3.5 above 19,200 baud.
//!
//! `cargo bench -p lineside-io --bench timer`

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use core::{hint::black_box, time::Duration};

use lineside_io::Clock;

const GAP: Duration = Duration::from_micros(1_750);
const ROUNDS: usize = 2_000;

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!("lateness of a timer of 1.75 ms, {ROUNDS} rounds, µs:");
    println!(
        "{:<10} {:>9} {:>9} {:>9} {:>9}",
        "clock", "p50", "p90", "p99", "max"
    );
    runtime.block_on(async {
        report("tokio", Clock::tokio()).await;
        report("precise", Clock::precise()).await;
    });
    Ok(())
}

async fn report(name: &str, clock: Clock) {
    let mut late = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let at = clock.now() + GAP;
        clock.sleep_until(at).await;
        late.push(black_box(clock.now()).since(at));
    }
    late.sort_unstable();
    let at = |share: usize| {
        let late = late.get((late.len() - 1) * share / 1_000);
        late.copied().unwrap_or_default().as_nanos() as f64 / 1e3
    };
    println!(
        "{name:<10} {:>9.1} {:>9.1} {:>9.1} {:>9.1}",
        at(500),
        at(900),
        at(990),
        at(1_000)
    );
}
