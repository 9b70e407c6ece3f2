use core::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{sync::Arc, task::Wake};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::{Pty, pty::PtyOptions};

#[test]
fn the_wait_doubles_up_to_its_bound() {
    let backoff = Backoff::default();
    let waits: Vec<_> = (0..8).map(|n| backoff.before(n).as_millis()).collect();
    assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    assert_eq!(backoff.before(u32::MAX), backoff.longest);
}

/// A device that can be plugged in at a path, again and again.
struct Socket(tempfile::TempDir);

impl Socket {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("ttyUSB0")
    }

    fn plug_in(&self) -> Pty {
        Pty::open(&PtyOptions {
            link: Some(self.path()),
            ..PtyOptions::default()
        })
        .unwrap()
    }

    fn open(&self, attempts: Option<u32>) -> Reconnecting {
        let mut backoff = Backoff::default();
        backoff.first = Duration::from_millis(1);
        backoff.longest = Duration::from_millis(4);
        backoff.attempts = attempts;
        let settings = Settings::default();
        Reconnecting::open(self.path(), settings, &Options::default(), backoff).unwrap()
    }
}

#[tokio::test]
async fn a_hang_up_is_told_once_and_then_the_port_comes_back() {
    let socket = Socket::new();
    let device = socket.plug_in();
    let mut line = socket.open(None);
    let fast = Settings {
        baud: 57_600,
        ..Settings::default()
    };
    line.configure(fast).await.unwrap();
    for _ in 0..2 {
        assert_eq!(line.take_event(), None);
    }
    drop(device);
    let error = line.read(&mut [0; 8]).await.unwrap_err();
    assert!(Error::is_hang_up(&error), "{error}");
    assert_eq!(line.take_event(), Some(Event::HungUp));
    assert!(!line.is_up());
    assert!(Error::is_hang_up(&line.discard(Queue::Both).unwrap_err()));

    let mut device = socket.plug_in();
    let both = async {
        let mut got = [0; 5];
        line.read_exact(&mut got).await.unwrap();
        line.write_all(&got).await.unwrap();
    };
    let hello = async {
        while !device.is_open() {
            tokio::task::yield_now().await;
        }
        device.write_all(b"hello").await.unwrap();
        let mut got = [0; 5];
        device.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"hello");
    };
    tokio::join!(both, hello);
    let Some(Event::Reopened { attempts, .. }) = line.take_event() else {
        panic!("no event for the return");
    };
    assert!(attempts >= 1);
    assert_eq!(line.settings(), fast);
    assert_eq!(device.asked().unwrap().baud, 57_600);
}

#[tokio::test]
async fn a_write_that_fails_is_told_once_too() {
    let socket = Socket::new();
    let device = socket.plug_in();
    let mut line = socket.open(None);
    drop(device);
    let error = line.write_all(b"x").await.unwrap_err();
    assert!(Error::is_hang_up(&error), "{error}");
    let _device = socket.plug_in();
    line.write_all(b"y").await.unwrap();
    assert!(line.is_up());
}

/// Remembers that it was woken.
#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_hang_up_that_one_half_finds_wakes_the_other() {
    let socket = Socket::new();
    let device = socket.plug_in();
    let (mut reader, mut writer) = tokio::io::split(socket.open(None));
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    // tokio knows now that the port can be written to, and will not look again.
    writer.write_all(b"w").await.unwrap();
    let mut byte = [0];
    let mut reading = core::pin::pin!(reader.read(&mut byte));
    let mut cx = Context::from_waker(&waker);
    assert!(reading.as_mut().poll(&mut cx).is_pending());
    drop(device);
    // The runtime has had no turn since: only the writer knows.
    writer.write_all(b"x").await.unwrap_err();
    assert!(bell.0.load(Ordering::Relaxed));

    let mut device = socket.plug_in();
    let speak = async {
        while !device.is_open() {
            tokio::task::yield_now().await;
        }
        device.write_all(b"y").await.unwrap();
    };
    let (read, ()) = tokio::join!(reading, speak);
    assert_eq!((read.unwrap(), byte), (1, *b"y"));
}

#[tokio::test]
async fn waiting_for_the_return_can_be_given_up_and_begun_again() {
    let socket = Socket::new();
    drop(socket.plug_in());
    let device = socket.plug_in();
    let mut line = socket.open(None);
    drop(device);
    line.read_u8().await.unwrap_err();
    let short = tokio::time::timeout(Duration::from_millis(5), line.reopened());
    short.await.unwrap_err();
    let _device = socket.plug_in();
    line.reopened().await.unwrap();
    assert!(line.is_up());
}

#[tokio::test]
async fn after_its_attempts_it_gives_up() {
    let socket = Socket::new();
    let device = socket.plug_in();
    let mut line = socket.open(Some(3));
    drop(device);
    line.read_u8().await.unwrap_err();
    for _ in 0..2 {
        let error = line.reopened().await.unwrap_err();
        assert!(Error::is_hang_up(&error), "{error}");
    }
    let _device = socket.plug_in();
    line.reopened().await.unwrap_err();
}
