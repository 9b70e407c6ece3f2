//! Faults on a line: its marks stay where they are.

use core::{future::poll_fn, pin::Pin, task::Poll, time::Duration};

use lineside_core::Mark;
use lineside_io::{
    Line, Parity, Queue, Settings, Stream, sim,
    tap::{Disturbance, FaultPlan, Faults, Stall},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadBuf};

use super::line;

#[derive(Debug, PartialEq)]
enum Got {
    Byte(u8),
    Mark(Mark),
}

/// The next byte or mark, the way a driver reads.
async fn next<L: Line + Stream>(line: &mut L) -> Got {
    poll_fn(|cx| {
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(Got::Mark(mark));
        }
        let mut byte = [0];
        let mut buf = ReadBuf::new(&mut byte);
        match Pin::new(&mut *line).poll_read(cx, &mut buf) {
            Poll::Ready(done) => {
                done.unwrap();
                Poll::Ready(Got::Byte(buf.filled()[0]))
            }
            Poll::Pending => line
                .take_mark()
                .map_or(Poll::Pending, |mark| Poll::Ready(Got::Mark(mark))),
        }
    })
    .await
}

fn plans() -> [FaultPlan; 3] {
    let none = Disturbance::default();
    let cut = Disturbance {
        cut: Some(2),
        ..none.clone()
    };
    let late = Disturbance {
        delay: Duration::from_millis(3),
        jitter: Duration::from_millis(2),
        refuse: 0.3,
        ..cut.clone()
    };
    [none, cut, late].map(|input| FaultPlan {
        seed: 5,
        input,
        ..FaultPlan::default()
    })
}

#[test]
fn marks_stay_between_the_bytes_they_came_between() {
    for plan in plans() {
        sim::run(|clock| async move {
            let (near, far) = line::pair();
            let mut near = Faults::on_line(near, &clock, plan);
            far.send(b"ab");
            far.mark(Mark::Parity(0xfe));
            far.mark(Mark::Overrun);
            far.send(b"c");
            let mut got = Vec::new();
            for _ in 0..5 {
                got.push(next(&mut near).await);
            }
            let later = tokio::spawn({
                let clock = clock.clone();
                async move {
                    clock.sleep(Duration::from_secs(1)).await;
                    far.mark(Mark::Break);
                }
            });
            got.push(next(&mut near).await);
            later.await.unwrap();
            let want = [
                Got::Byte(b'a'),
                Got::Byte(b'b'),
                Got::Mark(Mark::Parity(0xfe)),
                Got::Mark(Mark::Overrun),
                Got::Byte(b'c'),
                Got::Mark(Mark::Break),
            ];
            assert_eq!(got, want);
        });
    }
}

#[test]
fn marks_behind_a_stall_are_back_pressure_too() {
    sim::run(|clock| async move {
        let (near, far) = line::pair();
        let stall = Stall {
            at: 1,
            time: Some(Duration::from_secs(1)),
        };
        let plan = FaultPlan {
            input: Disturbance {
                stall: vec![stall],
                ..Disturbance::default()
            },
            buffer: 8,
            ..FaultPlan::default()
        };
        let mut near = Faults::on_line(near, &clock, plan);
        far.send(b"ab");
        (0..100).for_each(|_| far.mark(Mark::Break));
        assert_eq!(next(&mut near).await, Got::Byte(b'a'));
        for _ in 0..100 {
            let late = clock.timeout(Duration::from_millis(1), next(&mut near));
            assert!(late.await.is_err(), "nothing comes before its time");
        }
        assert!(far.unread() >= 92, "{} are left", far.unread());
        assert_eq!(next(&mut near).await, Got::Byte(b'b'));
        for _ in 0..100 {
            assert_eq!(next(&mut near).await, Got::Mark(Mark::Break));
        }
    });
}

#[test]
fn a_reader_that_takes_no_marks_reads_on_over_them() {
    for plan in plans() {
        sim::run(|clock| async move {
            let (near, far) = line::pair();
            let mut near = Faults::on_line(near, &clock, plan);
            far.mark(Mark::Break);
            far.send(b"ab");
            far.mark(Mark::Parity(0xfe));
            far.send(b"c");
            let mut got = [0; 3];
            near.read_exact(&mut got).await.unwrap();
            assert_eq!(&got, b"abc");
        });
    }
}

#[test]
fn drain_and_new_settings_wait_for_delayed_bytes() {
    sim::run(|clock| async move {
        let (near, far) = line::pair();
        let plan = FaultPlan {
            output: Disturbance {
                delay: Duration::from_millis(10),
                ..Disturbance::default()
            },
            ..FaultPlan::default()
        };
        let mut near = Faults::on_line(near, &clock, plan);
        near.write_all(b"one").await.unwrap();
        assert_eq!(far.written(), b"");
        near.drain().await.unwrap();
        assert_eq!((clock.now().as_micros(), far.drained()), (10_000, 3));
        near.write_all(b"two").await.unwrap();
        let odd = Settings {
            parity: Parity::Odd,
            ..Settings::default()
        };
        near.configure(odd).await.unwrap();
        assert_eq!((clock.now().as_micros(), near.settings()), (20_000, odd));
        assert_eq!(far.written(), b"onetwo");
    });
}

#[test]
fn discarded_bytes_do_not_come_later() {
    sim::run(|clock| async move {
        let (near, far) = line::pair();
        let late = Disturbance {
            delay: Duration::from_millis(10),
            ..Disturbance::default()
        };
        let plan = FaultPlan {
            input: late.clone(),
            output: late,
            ..FaultPlan::default()
        };
        let mut near = Faults::on_line(near, &clock, plan);
        far.send(b"stale");
        near.write_all(b"stale").await.unwrap();
        let wait = clock.timeout(Duration::from_millis(1), near.read_u8());
        assert!(wait.await.is_err());
        near.discard(Queue::Both).unwrap();
        near.write_all(b"new").await.unwrap();
        near.flush().await.unwrap();
        assert_eq!(far.written(), b"new");
        far.send(b"n");
        assert_eq!(near.read_u8().await.unwrap(), b'n');
    });
}
