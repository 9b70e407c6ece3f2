//! Faults of time: delay, jitter, stall.

use core::time::Duration;

use lineside_io::{
    sim,
    tap::{Disturbance, Fault, FaultPlan, Stall},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::faults::{MILLISECOND, input, output, pair};

#[test]
fn a_delay_is_exact_and_does_not_slow_the_stream() {
    sim::run(|clock| async move {
        let late = Disturbance {
            delay: 100 * MILLISECOND,
            ..Disturbance::default()
        };
        let (mut near, mut far) = pair(&clock, input(late));
        let sender = tokio::spawn({
            let clock = clock.clone();
            async move {
                for byte in 0..50 {
                    far.write_all(&[byte]).await.unwrap();
                    clock.sleep(10 * MILLISECOND).await;
                }
                far
            }
        });
        for byte in 0..50 {
            assert_eq!(near.read_u8().await.unwrap(), byte);
            assert_eq!(clock.now().as_micros(), 100_000 + 10_000 * u64::from(byte));
        }
        drop(sender.await.unwrap());
    });
}

#[test]
fn jitter_is_bounded_and_keeps_the_order() {
    sim::run(|clock| async move {
        let late = Disturbance {
            jitter: 10 * MILLISECOND,
            cut: Some(1),
            ..Disturbance::default()
        };
        let (mut near, mut far) = pair(&clock, output(late));
        near.write_all(&(0..100).collect::<Vec<u8>>())
            .await
            .unwrap();
        let flushed = tokio::spawn(async move {
            near.flush().await.unwrap();
            near
        });
        let mut times = Vec::new();
        for byte in 0..100 {
            assert_eq!(far.read_u8().await.unwrap(), byte);
            times.push(clock.now());
        }
        assert!(times[0] < times[99] && times[99].as_micros() <= 10_000);
        drop(flushed.await.unwrap());
    });
}

#[test]
fn a_stalled_reader_gets_the_rest_later() {
    sim::run(|clock| async move {
        let stall = Stall {
            at: 2,
            time: Some(Duration::from_secs(3)),
        };
        let stalls = Disturbance {
            stall: vec![stall],
            ..Disturbance::default()
        };
        let (mut near, mut far) = pair(&clock, input(stalls));
        far.write_all(b"abcd").await.unwrap();
        let mut got = [0; 8];
        assert_eq!(near.read(&mut got).await.unwrap(), 2);
        assert_eq!(clock.now().as_micros(), 0);
        assert_eq!(near.read(&mut got).await.unwrap(), 2);
        assert_eq!(clock.now().as_micros(), 3_000_000);
    });
}

#[test]
fn a_stall_for_ever_is_for_ever() {
    sim::run(|clock| async move {
        let stall = Stall { at: 0, time: None };
        let stalls = Disturbance {
            stall: vec![stall],
            ..Disturbance::default()
        };
        let (mut near, mut far) = pair(&clock, input(stalls));
        far.write_all(b"x").await.unwrap();
        let year = Duration::from_secs(365 * 86_400);
        assert!(clock.timeout(year, near.read_u8()).await.is_err());
        assert_eq!(near.record().events()[0].fault, Fault::Stalled(None));
    });
}

#[test]
fn a_stalled_writer_is_held_up_when_the_buffer_is_full() {
    sim::run(|clock| async move {
        let stall = Stall {
            at: 10,
            time: Some(Duration::from_secs(1)),
        };
        let plan = FaultPlan {
            buffer: 100,
            ..output(Disturbance {
                stall: vec![stall],
                ..Disturbance::default()
            })
        };
        let (mut near, mut far) = pair(&clock, plan);
        near.write_all(&[7; 110]).await.unwrap();
        assert_eq!(clock.now().as_micros(), 0);
        assert!(clock.timeout(MILLISECOND, near.write_u8(8)).await.is_err());
        near.write_u8(9).await.unwrap();
        assert_eq!(clock.now().as_micros(), 1_000_000);
        near.shutdown().await.unwrap();
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        assert_eq!((got.len(), got[110]), (111, 9));
    });
}
