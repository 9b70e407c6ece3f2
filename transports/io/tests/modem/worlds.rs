//! What holds for every world, whatever is done in it.

use core::time::Duration;

use lineside_core::Instant;
use lineside_io::{
    Clock, DataBits, FlowControl, Line, Parity, Queue, Settings, StopBits,
    sim::{
        Bus, BusConfig, Contention, Delivery, EndConfig, Gap, Heard, Idle, Noise, NullModem,
        NullModemConfig, SimLine, StationConfig, TurnOff, Wiring, run,
    },
};
use tokio::{io::AsyncWriteExt, sync::mpsc};

use crate::{Got, at, next, rest};

/// Draws worlds and what happens in them.
struct Dice(fastrand::Rng);

impl Dice {
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())]
    }

    fn settings(&mut self) -> Settings {
        use DataBits::{Eight, Five, Seven};
        Settings {
            baud: self.one(&[9_600, 9_600, 9_600, 9_500, 19_200]),
            data_bits: self.one(&[Eight, Eight, Eight, Seven, Five]),
            parity: self.one(&[Parity::None, Parity::None, Parity::Even]),
            stop_bits: self.one(&[StopBits::One, StopBits::Two]),
            flow: FlowControl::None,
        }
    }

    fn end(&mut self) -> EndConfig {
        let random = Gap::Random {
            min: Duration::ZERO,
            max: Duration::from_millis(2),
            seed: self.0.u64(..),
        };
        EndConfig {
            receive_queue: self.one(&[8, 4096]),
            gap: self.one(&[Gap::None, random]),
            delivery: self.one(&[Delivery::EachCharacter, Delivery::USB]),
            noise: Noise {
                seed: self.0.u64(..),
                bit_error_rate: self.one(&[0.0, 0.0, 0.01]),
                drop_rate: self.one(&[0.0, 0.05]),
                duplicate_rate: self.one(&[0.0, 0.05]),
                insert_rate: self.one(&[0.0, 0.05]),
            },
            ..EndConfig::new(self.settings())
        }
    }

    fn lines(&mut self, clock: &Clock, flow: bool) -> Vec<SimLine> {
        if self.0.bool() {
            let flow = match flow {
                true => self.one(&[FlowControl::Hardware, FlowControl::Software]),
                false => FlowControl::None,
            };
            let (mut a, mut b) = (self.end(), self.end());
            (a.settings.flow, b.settings.flow) = (flow, flow);
            let wiring = Wiring::Full;
            let (a, b) = NullModem::pair(clock, NullModemConfig { a, b, wiring });
            return vec![a, b];
        }
        let seed = self.0.u64(..);
        let config = BusConfig {
            idle: self.one(&[Idle::Biased, Idle::Floating { seed, bits: 30 }]),
            contention: self.one(&[Contention::Low, Contention::Undefined { seed }]),
        };
        let bus = Bus::new(clock, config);
        let station = |_| {
            let half_bits = self.0.u32(..30);
            bus.station_with(&StationConfig {
                end: self.end(),
                echo: self.0.bool(),
                turn_off: self.one(&[
                    TurnOff::OnTime,
                    TurnOff::Late { half_bits },
                    TurnOff::Early { half_bits },
                ]),
            })
        };
        (0..3).map(station).collect()
    }

    async fn act(&mut self, line: &mut SimLine) {
        match self.0.u32(..12) {
            0 => line.set_break(true).unwrap(),
            1 | 2 => line.set_break(false).unwrap(),
            3 => line
                .discard(self.one(&[Queue::Input, Queue::Output]))
                .unwrap(),
            4 => {
                // A bus has none.
                let _ = line.set_signals(Some(self.0.bool()), Some(self.0.bool()));
            }
            _ => {
                let bytes: Vec<u8> = (0..self.0.usize(1..20)).map(|_| self.0.u8(..)).collect();
                line.write_all(&bytes).await.unwrap();
            }
        }
    }
}

/// One world's history, looked at every `look` beside what happens in it.
fn history(seed: u64, look: Option<Duration>) -> (Vec<Vec<Got>>, Vec<Heard>) {
    run(move |clock| async move {
        let mut dice = Dice(fastrand::Rng::with_seed(seed));
        let mut lines = dice.lines(&clock, seed.is_multiple_of(4));
        let tap = lines[0].tap_levels(1 << 16);
        let looker = look.map(|often| {
            let (clock, tap) = (clock.clone(), lines[0].tap(0));
            tokio::spawn(async move {
                loop {
                    clock.sleep(often).await;
                    assert_eq!(tap.take(), []);
                }
            })
        });
        for _ in 0..30 {
            let line = dice.0.usize(..lines.len());
            dice.act(&mut lines[line]).await;
            clock
                .sleep(Duration::from_micros(dice.0.u64(..4_000)))
                .await;
        }
        for line in &mut lines {
            line.set_break(false).unwrap();
            let _ = line.set_signals(Some(true), Some(true));
        }
        clock.sleep(Duration::from_secs(1)).await;
        if let Some(looker) = looker {
            looker.abort();
        }
        let mut heard = tap.take();
        // Ends are noted when somebody looks; edges of the same time, in either order.
        heard.sort_by_key(|heard| format!("{heard:?}"));
        let mut got = Vec::new();
        for line in &mut lines {
            got.push(rest(&clock, line).await);
        }
        (got, heard)
    })
}

#[test]
fn it_does_not_matter_how_often_anybody_looks() {
    let mut marks = 0;
    for seed in 0..100 {
        let alone = history(seed, None);
        let watched = history(seed, Some(Duration::from_nanos(423_457)));
        assert_eq!(alone, watched, "seed {seed}");
        marks += alone
            .0
            .iter()
            .flatten()
            .filter(|got| matches!(got, Got::Mark(_)))
            .count();
    }
    assert!(marks > 500, "the worlds are not dull: {marks}");
}

/// What each line of a world gets, and when: a task waits for it, and looks every `look` besides.
fn arrivals(seed: u64, look: Duration) -> Vec<Vec<(Instant, Got)>> {
    run(move |clock| async move {
        let mut dice = Dice(fastrand::Rng::with_seed(seed));
        let mut tasks = Vec::new();
        for line in dice.lines(&clock, false) {
            let (to, orders) = mpsc::unbounded_channel();
            tasks.push((to, tokio::spawn(obey(clock.clone(), line, orders, look))));
        }
        for _ in 0..20 {
            let line = dice.0.usize(..tasks.len());
            tasks[line].0.send(dice.0.u64(..)).unwrap();
            clock
                .sleep(Duration::from_micros(dice.0.u64(..4_000)))
                .await;
        }
        clock.sleep(Duration::from_millis(300)).await;
        let mut all = Vec::new();
        for (orders, task) in tasks {
            drop(orders);
            all.push(task.await.unwrap());
        }
        all
    })
}

/// Does one thing for each order, and notes what arrives until there are no more orders.
async fn obey(
    clock: Clock,
    mut line: SimLine,
    mut orders: mpsc::UnboundedReceiver<u64>,
    look: Duration,
) -> Vec<(Instant, Got)> {
    let mut all = Vec::new();
    loop {
        let looked = clock.timeout(look, async {
            tokio::select! {
                biased;
                got = next(&mut line) => Ok(got),
                order = orders.recv() => Err(order),
            }
        });
        match looked.await {
            Ok(Ok(Got::End)) => return all,
            Ok(Ok(got)) => all.push((clock.now(), got)),
            Ok(Err(Some(seed))) => Dice(fastrand::Rng::with_seed(seed)).act(&mut line).await,
            Ok(Err(None)) => return all,
            Err(_) => {}
        }
    }
}

#[test]
fn who_waits_is_woken_no_later_than_who_looks_all_the_time() {
    let often = Duration::from_micros(300);
    for seed in 0..30 {
        let waited = arrivals(seed, Duration::from_secs(3_600));
        let looked = arrivals(seed, often);
        let got = |all: &[Vec<(Instant, Got)>]| -> Vec<Vec<Got>> {
            let of_one = |one: &Vec<(Instant, Got)>| one.iter().map(|(_, got)| *got).collect();
            all.iter().map(of_one).collect()
        };
        assert_eq!(got(&waited), got(&looked), "seed {seed}");
        for (waited, looked) in waited.iter().flatten().zip(looked.iter().flatten()) {
            assert!(waited.0 <= looked.0, "seed {seed}: {waited:?} {looked:?}");
        }
    }
}

#[test]
fn settings_at_their_limits_neither_hang_nor_panic() {
    for baud in [0, 1, 99_999_999, 100_000_000, u32::MAX] {
        for gap in [Gap::None, Gap::Fixed(Duration::MAX)] {
            for other in [baud, 9_600] {
                run(move |clock| async move {
                    let end = |baud| EndConfig {
                        transmit_queue: 0,
                        receive_queue: 0,
                        gap,
                        delivery: Delivery::Lumps {
                            characters: 0,
                            latency: Duration::MAX,
                        },
                        ..EndConfig::new(at(baud))
                    };
                    let config = NullModemConfig {
                        a: end(baud),
                        b: end(other),
                        wiring: Wiring::Full,
                    };
                    let (mut a, mut b) = NullModem::pair(&clock, config);
                    let hour = Duration::from_secs(3_600);
                    let _ = clock.timeout(hour, a.write_all(&[0x55; 16])).await;
                    a.set_break(true).unwrap();
                    clock.sleep(hour).await;
                    a.set_break(false).unwrap();
                    let _ = rest(&clock, &mut b).await;
                });
            }
        }
    }
}

#[test]
fn a_tail_and_a_cut_at_their_limits_neither_hang_nor_panic() {
    let half_bits = u32::MAX;
    for turn_off in [TurnOff::Late { half_bits }, TurnOff::Early { half_bits }] {
        run(move |clock| async move {
            let seed = 1;
            let bus = Bus::new(
                &clock,
                BusConfig {
                    idle: Idle::Floating {
                        seed,
                        bits: u32::MAX,
                    },
                    ..BusConfig::default()
                },
            );
            let mut a = bus.station_with(&StationConfig {
                turn_off,
                ..StationConfig::new(at(9_600))
            });
            let mut b = bus.station(at(9_600));
            a.write_all(b"123").await.unwrap();
            let heard = rest(&clock, &mut b).await;
            b.write_all(b"4").await.unwrap();
            let _ = rest(&clock, &mut a).await;
            assert_eq!(heard[..2], [Got::Byte(b'1'), Got::Byte(b'2')]);
        });
    }
}
