//! The throttle.

use core::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use lineside_core::Mark;
use lineside_io::{
    Line, sim,
    tap::{Rate, Throttle, ThrottleLimits},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::line;

#[test]
fn output_keeps_its_rate_to_the_nanosecond_after_a_burst() {
    sim::run(|clock| async move {
        let (near, _far) = tokio::io::duplex(4_096);
        let limits = ThrottleLimits {
            output: Some(Rate::per_second(960).burst(16)),
            input: None,
        };
        let mut near = Throttle::new(near, &clock, limits);
        near.write_all(&[0; 16]).await.unwrap();
        assert_eq!(clock.now().as_nanos(), 0);
        near.write_all(&[0; 961]).await.unwrap();
        assert_eq!(
            clock.now().as_nanos(),
            (961 * 1_000_000_000_u64).div_ceil(960)
        );
    });
}

#[test]
fn input_keeps_its_rate_and_leaves_the_rest_with_the_peer() {
    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(8);
        let limits = ThrottleLimits {
            input: Some(Rate::per_second(100).burst(1)),
            output: None,
        };
        let mut near = Throttle::new(near, &clock, limits);
        let sender = tokio::spawn({
            let clock = clock.clone();
            async move {
                far.write_all(&[7; 101]).await.unwrap();
                clock.now()
            }
        });
        let mut got = Vec::new();
        near.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, [7; 101]);
        // The last eight bytes stood in the peer's buffer when the peer had done.
        let sent = sender.await.unwrap();
        assert_eq!(sent.as_micros(), 920_000);
    });
}

#[test]
fn a_pause_earns_no_more_than_the_burst() {
    sim::run(|clock| async move {
        let (near, _far) = tokio::io::duplex(4_096);
        let limits = ThrottleLimits::both(Rate::per_second(1_000).burst(10));
        let mut near = Throttle::new(near, &clock, limits);
        clock.sleep(Duration::from_secs(3_600)).await;
        let before = clock.now();
        near.write_all(&[0; 15]).await.unwrap();
        assert_eq!(clock.now().since(before), Duration::from_millis(5));
    });
}

#[test]
fn a_wait_at_a_high_rate_passes_a_milliseconds_worth() {
    sim::run(|clock| async move {
        let (near, _far) = tokio::io::duplex(1 << 20);
        let limits = ThrottleLimits::both(Rate::per_second(1_000_000).burst(10_000));
        let mut near = Throttle::new(near, &clock, limits);
        near.write_all(&[0; 10_000]).await.unwrap();
        assert_eq!(near.write(&[0; 10_000]).await.unwrap(), 1_000);
        assert_eq!(clock.now().as_micros(), 1_000);
    });
}

#[test]
fn a_rate_of_nothing_is_a_byte_per_second() {
    sim::run(|clock| async move {
        let (near, _far) = tokio::io::duplex(64);
        let limits = ThrottleLimits::both(Rate::per_second(0).burst(0));
        let mut near = Throttle::new(near, &clock, limits);
        near.write_all(b"ab").await.unwrap();
        assert_eq!(clock.now().as_micros(), 1_000_000);
    });
}

#[test]
fn a_dropped_wait_loses_nothing_and_earns_nothing() {
    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(4_096);
        let limits = ThrottleLimits::both(Rate::per_second(1_000).burst(1));
        let mut near = Throttle::new(near, &clock, limits);
        let sent: Vec<u8> = (0..100).collect();
        let mut at = 0;
        while at < sent.len() {
            let mut write = pin!(near.write(&sent[at..]));
            let once = poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx))).await;
            match once {
                Poll::Ready(count) => at += count.unwrap(),
                Poll::Pending => clock.sleep(Duration::from_micros(250)).await,
            }
        }
        assert_eq!(clock.now().as_micros(), 99_000);
        near.shutdown().await.unwrap();
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, sent);
    });
}

#[test]
fn half_close_passes_through() {
    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(64);
        let limits = ThrottleLimits::both(Rate::per_second(1_000));
        let mut near = Throttle::new(near, &clock, limits);
        near.shutdown().await.unwrap();
        assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0);
        far.write_all(b"late").await.unwrap();
        let mut got = [0; 4];
        near.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"late");
    });
}

#[test]
fn a_throttled_line_is_a_line() {
    sim::run(|clock| async move {
        let (near, far) = line::pair();
        let limits = ThrottleLimits::both(Rate::per_second(1_000).burst(2));
        let mut near = Throttle::new(near, &clock, limits);
        far.send(b"abcd");
        far.mark(Mark::Break);
        far.send(b"e");
        let mut got = [0; 4];
        near.read_exact(&mut got).await.unwrap();
        assert_eq!(near.take_mark(), Some(Mark::Break));
        assert_eq!(near.read_u8().await.unwrap(), b'e');
        near.write_all(b"xyz").await.unwrap();
        near.drain().await.unwrap();
        assert_eq!(far.drained(), 3);
    });
}
