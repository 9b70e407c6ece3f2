//! The capture, byte for byte and under bad disks.

use core::time::Duration;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use lineside_core::Mark;
use lineside_io::{
    sim,
    tap::{Capture, CaptureFile, CaptureLimits, Interface, LinkType},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::line;

/// 2026-11-22 00:00:00 UTC.
pub(crate) const EPOCH: Duration = Duration::from_secs(1_795_305_600);

/// A disk in memory, with what it answers next.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<DiskState>>);

#[derive(Default)]
struct DiskState {
    bytes: Vec<u8>,
    answer: Option<io::ErrorKind>,
    refusals: usize,
}

impl Disk {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    fn answer(&self, kind: Option<io::ErrorKind>) {
        self.0.lock().unwrap().answer = kind;
    }

    fn refusals(&self) -> usize {
        self.0.lock().unwrap().refusals
    }
}

impl Write for Disk {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap();
        if let Some(kind) = state.answer {
            state.refusals += 1;
            return Err(kind.into());
        }
        // Short writes are legal.
        let count = buf.len().min(100);
        state.bytes.extend(&buf[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_capture_is_what_the_format_says_byte_for_byte() {
    let disk = Disk::default();
    let sink = disk.clone();
    sim::run(|clock| async move {
        let file = CaptureFile::new(sink, &clock, EPOCH);
        let (near, far) = line::pair();
        let interface = Interface::named("scale")
            .description("a line")
            .bits_per_second(9_600);
        let mut near = Capture::on_line(near, file.probe(&interface));
        near.write_all(b"SI\r\n\x05").await.unwrap();
        clock.sleep(Duration::from_nanos(1_000_000_007)).await;
        far.send(b"\xff");
        far.mark(Mark::Parity(0xfe));
        far.send(b"g");
        near.read_u8().await.unwrap();
        near.read_u8().await.unwrap();
    });
    // Time stamps: 1795305600 s and 1795305601.000000007 s, in nanoseconds.
    let first = 1_795_305_600_000_000_000_u64;
    let second = first + 1_000_000_007;
    let [first, second] = [first, second].map(|at| {
        let high = ((at >> 32) as u32).to_le_bytes();
        let low = (at as u32).to_le_bytes();
        [high, low].concat()
    });
    let want: Vec<&[u8]> = vec![
        // Section header block: magic, 1.0, length unknown, shb_userappl.
        b"\x0a\x0d\x0d\x0a\x2c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x04\0\x08\0lineside\0\0\0\0\x2c\0\0\0",
        // Interface description block: USER0, if_name, if_description, if_speed, if_tsresol.
        b"\x01\0\0\0\x44\0\0\0\x93\0\0\0\0\0\0\0",
        b"\x02\0\x05\0scale\0\0\0\x03\0\x06\0a line\0\0",
        b"\x08\0\x08\0\x80\x25\0\0\0\0\0\0\x09\0\x01\0\x09\0\0\0\0\0\0\0\x44\0\0\0",
        // Enhanced packet block: outbound, five bytes.
        b"\x06\0\0\0\x34\0\0\0\0\0\0\0",
        &first,
        b"\x05\0\0\0\x05\0\0\0SI\r\n\x05\0\0\0\x02\0\x04\0\x02\0\0\0\0\0\0\0\x34\0\0\0",
        // Inbound, one byte.
        b"\x06\0\0\0\x30\0\0\0\0\0\0\0",
        &second,
        b"\x01\0\0\0\x01\0\0\0\xff\0\0\0\x02\0\x04\0\x01\0\0\0\0\0\0\0\x30\0\0\0",
        // Inbound, a mark: no bytes, a comment.
        b"\x06\0\0\0\x44\0\0\0\0\0\0\0",
        &second,
        b"\0\0\0\0\0\0\0\0\x02\0\x04\0\x01\0\0\0\x01\0\x14\0parity error in 0xfe",
        b"\0\0\0\0\x44\0\0\0",
        b"\x06\0\0\0\x30\0\0\0\0\0\0\0",
        &second,
        b"\x01\0\0\0\x01\0\0\0g\0\0\0\x02\0\x04\0\x01\0\0\0\0\0\0\0\x30\0\0\0",
        // Interface statistics block: four packets, none lost.
        b"\x05\0\0\0\x34\0\0\0\0\0\0\0",
        &second,
        b"\x04\0\x08\0\x04\0\0\0\0\0\0\0\x05\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\x34\0\0\0",
    ];
    assert_eq!(
        disk.bytes().escape_ascii().to_string(),
        want.concat().escape_ascii().to_string()
    );
}

#[test]
fn a_full_disk_ends_the_capture_and_not_the_stream() {
    sim::run(|clock| async move {
        let disk = Disk::default();
        disk.answer(Some(io::ErrorKind::StorageFull));
        let file = CaptureFile::new(disk.clone(), &clock, EPOCH);
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Capture::new(near, file.probe(&Interface::named("scale")));
        assert!(file.error().is_none());
        for _ in 0..10_000 {
            near.write_all(&[b'x'; 32]).await.unwrap();
            far.read_exact(&mut [0; 32]).await.unwrap();
        }
        assert_eq!(file.error().unwrap().kind(), io::ErrorKind::StorageFull);
        assert_eq!(file.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(disk.refusals(), 1, "a disk that failed is left alone");
    });
}

#[test]
fn a_disk_that_takes_nothing_costs_packets_and_they_are_counted() {
    let disk = Disk::default();
    let sink = disk.clone();
    sim::run(|clock| async move {
        let mut limits = CaptureLimits::default();
        limits.buffer = 4_096;
        let file = CaptureFile::with_limits(sink.clone(), &clock, EPOCH, limits);
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Capture::new(near, file.probe(&Interface::named("scale")));
        sink.answer(Some(io::ErrorKind::WouldBlock));
        for _ in 0..1_000 {
            near.write_all(&[b'x'; 32]).await.unwrap();
            far.read_exact(&mut [0; 32]).await.unwrap();
        }
        assert_eq!(file.flush().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let lost = file.lost();
        assert!((900..1_000).contains(&lost), "{lost} lost");
        sink.answer(None);
        near.write_all(b"again").await.unwrap();
        file.flush().unwrap();
        assert_eq!(file.lost(), lost);
        let bytes = sink.bytes();
        let drop_count = [&b"\x04\0\x08\0"[..], &lost.to_le_bytes()].concat();
        assert!(bytes.windows(12).any(|window| window == drop_count));
        assert!(bytes.len() < 2 * 4_096);
    });
}

#[test]
fn packets_go_out_after_a_while_though_nobody_flushes() {
    sim::run(|clock| async move {
        let disk = Disk::default();
        let file = CaptureFile::new(disk.clone(), &clock, EPOCH);
        let (near, _far) = tokio::io::duplex(64);
        let mut near = Capture::new(near, file.probe(&Interface::named("scale")));
        near.write_all(b"still here").await.unwrap();
        assert_eq!(disk.bytes().len(), 0);
        let read = near.read_u8();
        let wait = clock.timeout(Duration::from_millis(1_001), read).await;
        assert!(wait.is_err());
        assert!(disk.bytes().windows(10).any(|bytes| bytes == b"still here"));
    });
}

#[test]
fn a_long_write_makes_several_packets_and_loses_nothing() {
    let disk = Disk::default();
    let sink = disk.clone();
    sim::run(|clock| async move {
        let mut limits = CaptureLimits::default();
        limits.packet = 1_000;
        let file = CaptureFile::with_limits(sink, &clock, EPOCH, limits);
        let (near, _far) = tokio::io::duplex(4_096);
        let mut near = Capture::new(near, file.probe(&Interface::named("scale")));
        near.write_all(&[b'x'; 2_500]).await.unwrap();
    });
    let bytes = disk.bytes();
    let count = bytes.iter().filter(|byte| **byte == b'x').count();
    assert_eq!(count, 2_500);
    // Three packets in the interface statistics.
    let received = [&b"\x04\0\x08\0"[..], &3_u64.to_le_bytes()].concat();
    assert!(bytes.windows(12).any(|window| window == received));
}

#[test]
fn texts_of_any_length_make_a_sound_block() {
    let disk = Disk::default();
    let sink = disk.clone();
    sim::run(|clock| async move {
        let file = CaptureFile::new(sink, &clock, EPOCH);
        let long = "\u{e4}".repeat(100_000);
        let _probe = file.probe(&Interface::named(long).link(LinkType::user(200)));
    });
    let bytes = disk.bytes();
    // The interface follows the section header of 44 bytes; its length stands at both ends.
    let length = u32::from_le_bytes(bytes[48..52].try_into().unwrap()) as usize;
    assert_eq!(bytes[44 + length - 4..][..4], bytes[48..52]);
    assert_eq!(bytes[52..54], 162_u16.to_le_bytes());
    assert_eq!(bytes[62..64], 1_024_u16.to_le_bytes());
}
