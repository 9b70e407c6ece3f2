//! The hex log.

use core::time::Duration;
use std::{
    io,
    sync::{Arc, Mutex},
};

use lineside_core::Mark;
use lineside_io::{
    Clock, Line, Parity, Settings, sim,
    tap::{Hex, HexFormat, HexLog, to_writer},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::line;

const MILLISECOND: Duration = Duration::from_millis(1);

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn hex(&self, clock: &Clock) -> Hex {
        let lines = self.clone();
        Hex::new("scale", clock, move |line: &str| {
            lines.0.lock().unwrap().push(line.to_owned());
        })
    }

    fn take(&self) -> Vec<String> {
        core::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn both_directions_are_lines_with_time_name_and_arrow() {
    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(64);
        let lines = Lines::default();
        let mut near = HexLog::new(near, lines.hex(&clock));
        near.write_all(b"SI\r\n").await.unwrap();
        clock.sleep(Duration::from_micros(1_500_001)).await;
        far.write_all(b"S S      1.50 g\r").await.unwrap();
        far.shutdown().await.unwrap();
        near.read_to_end(&mut Vec::new()).await.unwrap();
        near.shutdown().await.unwrap();
        assert_eq!(
            lines.take(),
            [
                "0.000000 scale -> 53 49 0d 0a                                     |SI..|",
                "1.500001 scale <- 53 20 53 20 20 20 20 20 20 31 2e 35 30 20 67 0d |S S      1.50 g.|",
                "1.500001 scale <- [end]",
                "1.500001 scale -> [end]",
            ]
        );
    });
}

#[test]
fn bytes_that_follow_each_other_share_a_line_until_a_pause() {
    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(64);
        let lines = Lines::default();
        let mut near = HexLog::new(near, lines.hex(&clock));
        for pause in [1, 1, 4, 5, 1] {
            far.write_all(b"x").await.unwrap();
            near.read_u8().await.unwrap();
            clock.sleep(pause * MILLISECOND).await;
        }
        drop(near);
        let lines = lines.take();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("0.000000 scale <- 78 78 78 78  "));
        assert!(lines[1].starts_with("0.011000 scale <- 78  "));
    });
}

#[test]
fn a_line_is_written_while_its_owner_waits_for_the_next() {
    sim::run(|clock| async move {
        let (near, _far) = tokio::io::duplex(64);
        let lines = Lines::default();
        let mut near = HexLog::new(near, lines.hex(&clock));
        near.write_all(b"?").await.unwrap();
        assert_eq!(lines.take().len(), 0);
        let read = near.read_u8();
        assert!(clock.timeout(6 * MILLISECOND, read).await.is_err());
        assert_eq!(lines.take().len(), 1);
    });
}

#[test]
fn no_line_is_longer_than_the_width() {
    sim::run(|clock| async move {
        let (near, _far) = tokio::io::duplex(64);
        let lines = Lines::default();
        let mut format = HexFormat::default();
        format.width = 4;
        let mut near = HexLog::new(near, lines.hex(&clock).format(format));
        near.write_all(b"123456789").await.unwrap();
        drop(near);
        assert_eq!(
            lines.take(),
            [
                "0.000000 scale -> 31 32 33 34 |1234|",
                "0.000000 scale -> 35 36 37 38 |5678|",
                "0.000000 scale -> 39          |9|",
            ]
        );
    });
}

#[test]
fn a_logged_line_is_a_line_and_its_marks_and_changes_are_notes() {
    sim::run(|clock| async move {
        let (near, far) = line::pair();
        let lines = Lines::default();
        let mut near = HexLog::on_line(near, lines.hex(&clock));
        far.mark(Mark::Break);
        far.send(b"a");
        far.mark(Mark::Parity(0xff));
        // This reader reads on over the first mark and takes the second.
        assert_eq!(near.read_u8().await.unwrap(), b'a');
        assert_eq!(near.take_mark(), Some(Mark::Parity(0xff)));
        let even = Settings {
            baud: 19_200,
            parity: Parity::Even,
            ..Settings::default()
        };
        assert_eq!(near.configure(even).await.unwrap(), even);
        assert_eq!(near.settings(), even);
        near.set_signals(Some(true), None).unwrap();
        assert!(near.signals().unwrap().dtr);
        assert!(near.capabilities().marks);
        near.set_break(true).unwrap();
        near.write_all(b"b").await.unwrap();
        near.drain().await.unwrap();
        assert_eq!(far.drained(), 1);
        drop(near);
        let lines = lines.take();
        let notes: Vec<_> = lines.iter().map(|line| &line[15..]).collect();
        assert_eq!(
            notes,
            [
                "<- [break]",
                "<- 61                                              |a|",
                "<- [parity error in 0xff]",
                "-- [19200 baud 8E1]",
                "-- [modem lines DTR on]",
                "-> [break begins]",
                "-> 62                                              |b|",
            ]
        );
    });
}

#[test]
fn a_vectored_write_is_logged_as_far_as_it_was_taken() {
    sim::run(|clock| async move {
        let (near, _far) = tokio::io::duplex(4);
        let lines = Lines::default();
        let mut near = HexLog::new(near, lines.hex(&clock));
        let bufs = [io::IoSlice::new(b"abc"), io::IoSlice::new(b"def")];
        let count = near.write_vectored(&bufs).await.unwrap();
        drop(near);
        let lines = lines.take();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].ends_with(&format!("|{}|", &"abcdef"[..count])));
    });
}

#[test]
fn a_log_that_cannot_be_written_does_not_disturb_the_stream() {
    struct Full;

    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = HexLog::new(near, Hex::new("scale", &clock, to_writer(Full)));
        for _ in 0..100 {
            near.write_all(&[b'x'; 32]).await.unwrap();
            far.read_exact(&mut [0; 32]).await.unwrap();
        }
    });
}
