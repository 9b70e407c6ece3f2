use core::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use lineside_io::{DataBits, FlowControl, Parity, Queue, StopBits};
use rustix::termios::InputModes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

use super::*;
use crate::{ByCallback, ByRts, Marks, Pty, pty, pty::PtyOptions};

mod machine;

fn open(pty: &Pty, options: &Options) -> io::Result<Tty> {
    Tty::open(pty.path(), Settings::default(), options)
}

fn new_pty() -> Pty {
    Pty::open(&PtyOptions::default()).unwrap()
}

fn with(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = Options::default();
    change(&mut options);
    options
}

/// Makes the kernel hand marks through that a test writes into the other side.
fn let_marks_through(tty: &Tty) {
    let mut termios = rustix::termios::tcgetattr(tty.raw()).unwrap();
    termios.input_modes -= InputModes::PARMRK;
    rustix::termios::tcsetattr(tty.raw(), OptionalActions::Now, &termios).unwrap();
}

#[tokio::test]
async fn every_byte_passes_both_ways_whether_marks_are_looked_for_or_not() {
    let all: Vec<u8> = (0..=255).chain([255, 255, 0, 0, 255]).collect();
    for marks in [Marks::Auto, Marks::On, Marks::Off] {
        let mut device = new_pty();
        let mut tty = open(&device, &with(|o| o.marks = marks)).unwrap();
        let mut got = vec![0; all.len()];
        device.write_all(&all).await.unwrap();
        tty.read_exact(&mut got).await.unwrap();
        assert_eq!(got, all, "{marks:?}");
        tty.write_all(&all).await.unwrap();
        device.read_exact(&mut got).await.unwrap();
        assert_eq!(got, all, "{marks:?}");
    }
}

#[tokio::test]
async fn a_read_ends_before_a_mark_and_the_mark_can_be_taken() {
    let mut device = new_pty();
    let mut tty = open(&device, &with(|o| o.marks = Marks::On)).unwrap();
    let_marks_through(&tty);
    let raw = b"ab\xFF\x00\x00cd\xFF\x00xe";
    device.write_all(raw).await.unwrap();
    let mut buf = [0; 64];
    let mut read = Vec::new();
    for mark in [Some(Mark::Break), Some(Mark::Parity(b'x')), None] {
        let count = tty.read(&mut buf).await.unwrap();
        read.push(String::from_utf8(buf[..count].to_vec()).unwrap());
        assert_eq!(tty.take_mark(), mark);
        assert_eq!(tty.take_mark(), None);
    }
    assert_eq!(read, ["ab", "cd", "e"]);
}

#[tokio::test]
async fn a_reader_that_takes_no_marks_reads_on_over_them() {
    let mut device = new_pty();
    let mut tty = open(&device, &with(|o| o.marks = Marks::On)).unwrap();
    let_marks_through(&tty);
    device
        .write_all(b"\xFF\x00\x00\xFF\x00\x00ab\xFF\x00xcd")
        .await
        .unwrap();
    let mut got = [0; 4];
    tty.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"abcd");
}

#[tokio::test]
async fn discarding_the_input_discards_what_stood_behind_a_mark() {
    let mut device = new_pty();
    let mut tty = open(&device, &with(|o| o.marks = Marks::On)).unwrap();
    let_marks_through(&tty);
    device.write_all(b"a\xFF\x00\x00stale").await.unwrap();
    assert_eq!(tty.read_u8().await.unwrap(), b'a');
    assert!(
        tty.input.mark.is_none(),
        "one byte of room is one byte read"
    );
    let mut room = [0; 16];
    let mut buf = ReadBuf::new(&mut room);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut tty).poll_read(&mut cx, &mut buf).is_pending());
    assert!(!tty.input.stash.is_empty());
    tty.discard(Queue::Input).unwrap();
    assert_eq!(tty.take_mark(), None);
    device.write_all(b"fresh").await.unwrap();
    let mut got = [0; 5];
    tty.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"fresh");
}

#[tokio::test]
async fn a_pty_says_what_it_has_not() {
    let (mut device, mut tty) = pty::pair(Settings::default()).unwrap();
    assert_eq!(tty.capabilities(), Capabilities::default());
    let lines: [&mut dyn Line; 2] = [&mut tty, &mut device];
    for line in lines {
        let mut cx = Context::from_waker(Waker::noop());
        let mut line = Pin::new(line);
        let Poll::Ready(changed) = line.as_mut().poll_signals(&mut cx) else {
            panic!("waits for a change that cannot come");
        };
        let errors = [
            line.signals().unwrap_err(),
            line.set_signals(Some(true), None).unwrap_err(),
            line.set_signals(None, Some(true)).unwrap_err(),
            changed.unwrap_err(),
            line.set_break(true).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().contains("pseudo-terminal"), "{error}");
        }
    }
    let unbroken = tty.send_break(Duration::from_millis(1)).await.unwrap_err();
    assert_eq!(unbroken.kind(), io::ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_pty_keeps_settings_for_timing_and_the_other_side_sees_the_speed() {
    let (device, mut tty) = pty::pair(Settings::default()).unwrap();
    let asked = Settings {
        baud: 12_345,
        data_bits: DataBits::Seven,
        parity: Parity::Even,
        stop_bits: StopBits::Two,
        flow: FlowControl::Software,
    };
    assert_eq!(tty.configure(asked).await.unwrap(), asked);
    assert_eq!(tty.settings(), asked);
    let kernel = device.asked().unwrap();
    assert_eq!((kernel.baud, kernel.flow), (12_345, FlowControl::Software));
    assert_eq!(kernel.data_bits, DataBits::Eight, "a PTY has no other");
}

#[tokio::test]
async fn a_refused_setting_is_named_and_the_old_ones_stay() {
    let device = new_pty();
    let mut tty = open(&device, &with(|o| o.strict = true)).unwrap();
    let good = Settings {
        baud: 250_000,
        stop_bits: StopBits::Two,
        ..Settings::default()
    };
    assert_eq!(tty.configure(good).await.unwrap(), good);
    let parity = Settings {
        baud: 300,
        parity: Parity::Mark,
        ..good
    };
    let error = tty.configure(parity).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    assert!(
        error
            .to_string()
            .contains("parity = mark; it would be none"),
        "{error}"
    );
    assert_eq!(tty.settings(), good);
    assert_eq!(device.asked().unwrap(), good);
    let none = Settings { baud: 0, ..good };
    let error = tty.configure(none).await.unwrap_err();
    assert!(error.to_string().contains("baud"), "{error}");
}

#[tokio::test]
async fn a_second_open_fails_until_the_first_is_dropped() {
    let device = new_pty();
    let first = open(&device, &Options::default()).unwrap();
    let error = open(&device, &Options::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    assert!(matches!(Error::of(&error), Some(Error::InUse { .. })));
    assert!(error.to_string().contains("another program"), "{error}");
    drop(first);
    open(&device, &Options::default()).unwrap();
}

#[tokio::test]
async fn two_programs_may_share_a_tty_when_both_want_to() {
    let device = new_pty();
    let shared = with(|o| o.exclusive = false);
    let _first = open(&device, &shared).unwrap();
    open(&device, &shared).unwrap();
}

const HELD: &str = "LINESIDE_TEST_HELD_TTY";

/// The other half of the next test, in a process of its own; alone it has nothing to hold.
#[tokio::test]
async fn a_child_holds_a_tty_until_it_is_killed() {
    let Some(path) = std::env::var_os(HELD) else {
        return;
    };
    let _tty = Tty::open(path, Settings::default(), &Options::default()).unwrap();
    println!("\nheld");
    core::future::pending::<()>().await;
}

#[tokio::test]
async fn a_crash_releases_the_lock() {
    let device = new_pty();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("tty::tests::a_child_holds_a_tty_until_it_is_killed")
        .env(HELD, device.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "held"));
    let error = open(&device, &Options::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    child.kill().unwrap();
    child.wait().unwrap();
    open(&device, &Options::default()).unwrap();
}

#[tokio::test]
async fn what_is_no_tty_is_refused_by_name() {
    let at = |path| Tty::open(path, Settings::default(), &Options::default()).unwrap_err();
    let null = at("/dev/null");
    assert_eq!(null.to_string(), "/dev/null: not a tty");
    let missing = at("/dev/ttyLineside");
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    assert!(missing.to_string().starts_with("/dev/ttyLineside: "));
}

#[tokio::test]
async fn options_that_a_pty_cannot_have_are_refused() {
    let device = new_pty();
    let kernel = with(|o| o.rs485 = Rs485::Kernel(ByKernel::default()));
    let rts = with(|o| o.rs485 = Rs485::Rts(ByRts::default()));
    let latency = with(|o| (o.low_latency, o.strict) = (true, true));
    let finer = Rs485::Kernel(ByKernel {
        after: Duration::from_micros(1_500),
        ..ByKernel::default()
    });
    for (options, names) in [
        (kernel, "RS-485"),
        (with(|o| o.rs485 = finer), "rs485-after = 1.5ms"),
        (rts, "modem lines"),
        (with(|o| o.dtr = Some(false)), "modem lines"),
        (latency, "low latency"),
    ] {
        let error = open(&device, &options).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        assert!(error.to_string().contains(names), "{error}");
    }
}

#[tokio::test]
async fn the_end_of_the_other_side_ends_reads_and_fails_writes() {
    let (device, mut tty) = pty::pair(Settings::default()).unwrap();
    drop(device);
    assert_eq!(tty.read(&mut [0; 8]).await.unwrap(), 0);
    let error = tty.write_all(b"x").await.unwrap_err();
    assert!(Error::is_hang_up(&error), "{error}");
}

#[tokio::test]
async fn a_dropped_read_loses_nothing() {
    let (mut device, mut tty) = pty::pair(Settings::default()).unwrap();
    let mut got = Vec::new();
    for byte in 0..50 {
        let mut buf = [0; 1];
        {
            let mut read = pin!(tty.read(&mut buf));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(read.as_mut().poll(&mut cx).is_pending());
        }
        device.write_all(&[byte]).await.unwrap();
        tty.read_exact(&mut buf).await.unwrap();
        got.extend(buf);
    }
    assert!(got.into_iter().eq(0..50));
}

#[tokio::test]
async fn back_pressure_loses_nothing() {
    let (mut device, mut tty) = pty::pair(Settings::default()).unwrap();
    transfer(&mut device, &mut tty).await;
    transfer(&mut tty, &mut device).await;
}

/// Sends a megabyte, far more than a PTY holds.
async fn transfer(from: &mut impl Line, to: &mut impl Line) {
    let sent: Vec<u8> = (0..=250).cycle().take(1_000_000).collect();
    let sending = async {
        from.write_all(&sent).await.unwrap();
        from.drain().await.unwrap();
    };
    let mut got = vec![0; sent.len()];
    let ((), received) = tokio::join!(sending, to.read_exact(&mut got));
    received.unwrap();
    assert!(got == sent, "the bytes differ");
}

type Turns = Arc<Mutex<Vec<bool>>>;

fn noted() -> (Turns, Options) {
    let turns = Turns::default();
    let noted = Arc::clone(&turns);
    let drive = ByCallback::new(move |send| {
        noted.lock().unwrap().push(send);
        Ok(())
    });
    (turns, with(|o| o.rs485 = Rs485::Callback(drive)))
}

#[tokio::test]
async fn a_callback_turns_the_transceiver_round_each_write() {
    let (turns, options) = noted();
    let mut device = new_pty();
    let mut tty = open(&device, &options).unwrap();
    assert_eq!(*turns.lock().unwrap(), [false], "listens from the start");
    tty.write_all(b"one").await.unwrap();
    assert_eq!(*turns.lock().unwrap(), [false, true]);
    tty.flush().await.unwrap();
    assert_eq!(*turns.lock().unwrap(), [false, true, false]);
    // A reader that waits turns it round too.
    tty.write_all(b"two").await.unwrap();
    device.write_all(b"x").await.unwrap();
    tty.read_u8().await.unwrap();
    assert_eq!(*turns.lock().unwrap(), [false, true, false, true, false]);
}

#[tokio::test]
async fn a_dropped_port_releases_the_bus() {
    let (turns, options) = noted();
    let device = new_pty();
    let mut tty = open(&device, &options).unwrap();
    tty.write_all(b"one").await.unwrap();
    drop(tty);
    assert_eq!(*turns.lock().unwrap(), [false, true, false]);
}

#[tokio::test]
async fn a_transceiver_that_does_not_turn_fails_the_write() {
    let device = new_pty();
    let drive = ByCallback::new(|send| match send {
        true => Err(io::Error::other("the expander is gone")),
        false => Ok(()),
    });
    let options = with(|o| o.rs485 = Rs485::Callback(drive));
    let mut tty = open(&device, &options).unwrap();
    for _ in 0..2 {
        let error = tty.write_all(b"x").await.unwrap_err();
        assert_eq!(error.to_string(), "the expander is gone");
    }
}
