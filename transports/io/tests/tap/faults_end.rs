//! Faults that end a stream before its time.

use std::io;

use lineside_io::{sim, tap::Disturbance};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::faults::{input, output, pair, received};

#[test]
fn a_reset_comes_after_its_bytes_and_takes_both_directions() {
    sim::run(|clock| async move {
        let reset = Disturbance {
            reset_at: Some(3),
            ..Disturbance::default()
        };
        let (mut near, mut far) = pair(&clock, input(reset));
        far.write_all(b"abcdef").await.unwrap();
        let mut got = Vec::new();
        let error = near.read_to_end(&mut got).await.unwrap_err();
        assert_eq!(
            (error.kind(), &got[..]),
            (io::ErrorKind::ConnectionReset, &b"abc"[..])
        );
        let error = near.write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let error = near.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_reset_at_byte_0_needs_no_byte() {
    sim::run(|clock| async move {
        let reset = Disturbance {
            reset_at: Some(0),
            ..Disturbance::default()
        };
        let (mut near, _far) = pair(&clock, input(reset.clone()));
        assert_eq!(
            near.read_u8().await.unwrap_err().kind(),
            io::ErrorKind::ConnectionReset
        );
        let (mut near, _far) = pair(&clock, output(reset));
        assert_eq!(
            near.write_u8(0).await.unwrap_err().kind(),
            io::ErrorKind::ConnectionReset
        );
    });
}

#[test]
fn a_reset_of_the_output_lets_the_bytes_before_it_pass() {
    sim::run(|clock| async move {
        let reset = Disturbance {
            reset_at: Some(3),
            ..Disturbance::default()
        };
        let (mut near, mut far) = pair(&clock, output(reset));
        let error = near.write_all(b"abcdef").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        drop(near);
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"abc");
    });
}

#[test]
fn an_early_end_is_the_end_for_whoever_reads() {
    let end = Disturbance {
        eof_at: Some(3),
        ..Disturbance::default()
    };
    assert_eq!(received(input(end.clone()), b"abcdef", 6), b"abc");
    sim::run(|clock| async move {
        let (mut near, mut far) = pair(&clock, output(end));
        let error = near.write_all(b"abcdef").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"abc");
        // Only this direction has ended.
        far.write_all(b"late").await.unwrap();
        near.read_exact(&mut [0; 4]).await.unwrap();
    });
}
