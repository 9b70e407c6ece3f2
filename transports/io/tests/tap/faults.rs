//! Faults on a stream.

use core::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use lineside_io::{
    Clock, sim,
    tap::{Direction, Disturbance, Fault, FaultPlan, Faults, Odds},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

pub(crate) fn output(output: Disturbance) -> FaultPlan {
    FaultPlan {
        seed: 1,
        output,
        ..FaultPlan::default()
    }
}

pub(crate) fn input(input: Disturbance) -> FaultPlan {
    FaultPlan {
        seed: 1,
        input,
        ..FaultPlan::default()
    }
}

pub(crate) fn pair(clock: &Clock, plan: FaultPlan) -> (Faults<DuplexStream>, DuplexStream) {
    let (near, far) = tokio::io::duplex(1 << 16);
    (Faults::new(near, clock, plan), far)
}

/// What comes of `bytes`, sent in chunks of `size`.
fn sent(plan: FaultPlan, bytes: &[u8], size: usize) -> Vec<u8> {
    let bytes = bytes.to_vec();
    sim::run(move |clock| async move {
        let (mut near, mut far) = pair(&clock, plan);
        for chunk in bytes.chunks(size) {
            near.write_all(chunk).await.unwrap();
        }
        near.shutdown().await.unwrap();
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        got
    })
}

/// What comes of `bytes`, received after they were sent in chunks of `size`.
pub(crate) fn received(plan: FaultPlan, bytes: &[u8], size: usize) -> Vec<u8> {
    let bytes = bytes.to_vec();
    sim::run(move |clock| async move {
        let (mut near, mut far) = pair(&clock, plan);
        let sender = tokio::spawn(async move {
            for chunk in bytes.chunks(size) {
                far.write_all(chunk).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut got = Vec::new();
        near.read_to_end(&mut got).await.unwrap();
        sender.await.unwrap();
        got
    })
}

fn noisy() -> Disturbance {
    Disturbance {
        drop: Odds::Chance(0.02),
        duplicate: Odds::Chance(0.02),
        insert: Odds::Chance(0.02),
        flip: Odds::Chance(0.02),
        ..Disturbance::default()
    }
}

#[test]
fn the_default_plan_changes_nothing() {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(sent(FaultPlan::default(), &bytes, 7), bytes);
    assert_eq!(received(FaultPlan::default(), &bytes, 7), bytes);
}

#[test]
fn each_fault_does_what_it_is_called_at_its_offset() {
    let at = |offset| Odds::at([offset]);
    let none = Disturbance::default;
    let dropped = Disturbance {
        drop: at(1),
        ..none()
    };
    assert_eq!(sent(output(dropped), b"abc", 3), b"ac");
    let duplicated = Disturbance {
        duplicate: at(1),
        ..none()
    };
    assert_eq!(sent(output(duplicated), b"abc", 3), b"abbc");
    let inserted = sent(
        output(Disturbance {
            insert: at(1),
            ..none()
        }),
        b"abc",
        3,
    );
    assert_eq!(
        (inserted.len(), inserted[0], &inserted[2..]),
        (4, b'a', &b"bc"[..])
    );
    let flipped = sent(
        output(Disturbance {
            flip: at(1),
            ..none()
        }),
        b"abc",
        3,
    );
    assert_eq!((flipped[0], flipped[2]), (b'a', b'c'));
    assert_eq!((flipped[1] ^ b'b').count_ones(), 1);
}

#[test]
fn the_same_seed_does_the_same_and_another_does_not() {
    let bytes = [0x55; 4_096];
    let plan = output(noisy());
    let other = FaultPlan {
        seed: 2,
        ..plan.clone()
    };
    let once = sent(plan.clone(), &bytes, 100);
    assert_ne!(once, bytes);
    assert_eq!(once, sent(plan, &bytes, 100));
    assert_ne!(once, sent(other, &bytes, 100));
}

#[test]
fn the_damage_does_not_depend_on_the_sizes_of_reads_and_writes() {
    let bytes: Vec<u8> = (0..4_096_u32).map(|n| n as u8).collect();
    let whole = sent(output(noisy()), &bytes, bytes.len());
    let whole_in = received(input(noisy()), &bytes, bytes.len());
    for size in [1, 7, 1_000] {
        let cut = Disturbance {
            cut: Some(5),
            ..noisy()
        };
        assert_eq!(sent(output(cut.clone()), &bytes, size), whole);
        assert_eq!(received(input(cut), &bytes, size), whole_in);
    }
}

#[test]
fn directions_do_not_share_their_chance() {
    let bytes = [0x55; 1_024];
    let sent = sent(output(noisy()), &bytes, 64);
    let received = received(input(noisy()), &bytes, 64);
    assert_ne!(sent, received);
}

#[test]
fn cut_reads_are_no_longer_than_a_piece_and_lose_nothing() {
    sim::run(|clock| async move {
        let cut = Disturbance {
            cut: Some(3),
            ..Disturbance::default()
        };
        let (mut near, mut far) = pair(&clock, input(cut));
        let bytes: Vec<u8> = (0..200).collect();
        far.write_all(&bytes).await.unwrap();
        drop(far);
        let (mut got, mut sizes) = (Vec::<u8>::new(), [0; 4]);
        loop {
            let mut chunk = [0; 64];
            let count = near.read(&mut chunk).await.unwrap();
            sizes[count] += 1;
            if count == 0 {
                break;
            }
            got.extend(&chunk[..count]);
        }
        assert_eq!(got, bytes);
        assert!(sizes.iter().all(|count| *count > 0), "{sizes:?}");
        assert_eq!(near.record().pieces(), sizes[1..].iter().sum::<u64>());
    });
}

#[test]
fn a_peer_that_takes_nothing_holds_the_writer_up() {
    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(10);
        let mut near = Faults::new(near, &clock, FaultPlan::default());
        let bytes: Vec<u8> = (0..200).collect();
        let mut taken = 0;
        while let Ok(count) = clock
            .timeout(MILLISECOND, near.write(&bytes[taken..taken + 8]))
            .await
        {
            taken += count.unwrap();
        }
        assert!(taken < 24, "{taken} bytes were taken");
        let writer = tokio::spawn(async move {
            near.write_all(&bytes[taken..]).await.unwrap();
            near.shutdown().await.unwrap();
        });
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, (0..200).collect::<Vec<u8>>());
        writer.await.unwrap();
    });
}

#[test]
fn refusals_and_idle_wakes_lose_nothing_and_end() {
    let storm = Disturbance {
        refuse: 1.0,
        wake: 1.0,
        cut: Some(4),
        jitter: MILLISECOND,
        ..Disturbance::default()
    };
    let bytes: Vec<u8> = (0..=255).collect();
    sim::run(|clock| async move {
        let plan = FaultPlan {
            output: storm.clone(),
            ..input(storm)
        };
        let (near, mut far) = pair(&clock, plan);
        let record = near.record();
        let (mut reader, mut writer) = tokio::io::split(near);
        let want = bytes.clone();
        let writing = tokio::spawn(async move {
            writer.write_all(&bytes).await.unwrap();
            writer.shutdown().await.unwrap();
        });
        let mut got = vec![0; want.len()];
        far.read_exact(&mut got).await.unwrap();
        assert_eq!(got, want);
        far.write_all(&got).await.unwrap();
        drop(far);
        let mut back = Vec::new();
        reader.read_to_end(&mut back).await.unwrap();
        assert_eq!(back, want);
        writing.await.unwrap();
        assert!(record.refusals() > 100 && record.wakes() > 10, "{record:?}");
    });
}

#[test]
fn a_writer_without_room_is_woken_though_the_reader_moves_its_bytes() {
    let late = Disturbance {
        delay: MILLISECOND,
        ..Disturbance::default()
    };
    for output in [Disturbance::default(), late] {
        sim::run(|clock| async move {
            let plan = FaultPlan {
                buffer: 16,
                output,
                ..FaultPlan::default()
            };
            let (near, mut far) = tokio::io::duplex(8);
            let near = Faults::new(near, &clock, plan);
            let (mut reader, mut writer) = tokio::io::split(near);
            let writing = tokio::spawn(async move {
                writer.write_all(&[5; 200]).await.unwrap();
                writer.shutdown().await.unwrap();
            });
            // Polled after the writer, so that the stream below knows the reader's task alone.
            let reading = tokio::spawn(async move { reader.read_u8().await });
            clock.sleep(10 * MILLISECOND).await;
            let mut got = Vec::new();
            far.read_to_end(&mut got).await.unwrap();
            assert_eq!(got, [5; 200]);
            writing.await.unwrap();
            drop(far);
            assert!(reading.await.unwrap().is_err());
        });
    }
}

#[test]
fn dropped_reads_and_writes_lose_nothing() {
    sim::run(|clock| async move {
        let shaken = Disturbance {
            cut: Some(3),
            jitter: MILLISECOND,
            refuse: 0.5,
            wake: 0.2,
            ..Disturbance::default()
        };
        let plan = FaultPlan {
            output: shaken.clone(),
            ..input(shaken)
        };
        let (near, far) = tokio::io::duplex(16);
        let mut near = Faults::new(near, &clock, plan);
        let echo = tokio::spawn(async move {
            let (mut reader, mut writer) = tokio::io::split(far);
            tokio::io::copy(&mut reader, &mut writer).await.unwrap();
        });
        let bytes: Vec<u8> = (0..=255).collect();
        let (mut at, mut got) = (0, Vec::<u8>::new());
        while got.len() < bytes.len() {
            // Each future is polled once and dropped.
            let end = bytes.len().min(at + 16);
            if let Poll::Ready(count) = once(near.write(&bytes[at..end])).await {
                at += count.unwrap();
            }
            let mut chunk = [0; 16];
            if let Poll::Ready(count) = once(near.read(&mut chunk)).await {
                got.extend(&chunk[..count.unwrap()]);
            }
            clock.sleep(MILLISECOND / 3).await;
        }
        assert_eq!(got, bytes);
        drop(near);
        echo.await.unwrap();
    });
}

async fn once<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

#[test]
fn half_close_passes_through() {
    sim::run(|clock| async move {
        let (mut near, mut far) = pair(&clock, FaultPlan::default());
        near.write_all(b"bye").await.unwrap();
        near.shutdown().await.unwrap();
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"bye");
        far.write_all(b"late").await.unwrap();
        near.read_exact(&mut [0; 4]).await.unwrap();
    });
}

#[test]
fn losing_all_of_an_endless_stream_starves_no_other_task() {
    sim::run(|clock| async move {
        let plan = input(Disturbance {
            drop: Odds::Chance(1.0),
            ..Disturbance::default()
        });
        let endless = tokio::io::join(tokio::io::repeat(1), tokio::io::sink());
        let mut near = Faults::new(endless, &clock, plan);
        let reading = tokio::spawn(async move { near.read_u8().await.map(|_| ()) });
        let other = tokio::spawn(core::future::ready(7));
        assert_eq!(other.await.unwrap(), 7);
        reading.abort();
        assert!(reading.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn the_record_says_what_happened_and_is_bounded() {
    sim::run(|clock| async move {
        let plan = FaultPlan {
            events: 2,
            seed: 99,
            ..output(Disturbance {
                drop: Odds::Chance(1.0),
                ..Disturbance::default()
            })
        };
        let (mut near, _far) = pair(&clock, plan);
        assert!(format!("{near:?}").contains("seed: 99"));
        clock.sleep(MILLISECOND).await;
        near.write_all(b"abc").await.unwrap();
        let record = near.record();
        drop(near);
        assert_eq!(record.count(), 3);
        let events = record.events();
        assert_eq!(events.len(), 2);
        assert_eq!((events[1].direction, events[1].offset), (Direction::Out, 1));
        assert_eq!(events[1].fault, Fault::Dropped(b'b'));
        let text = "seed 99: 3 faults\n\
                    0.001000 sent byte 0: 0x61 dropped\n\
                    0.001000 sent byte 1: 0x62 dropped\n";
        assert_eq!(record.to_string(), text);
    });
}
