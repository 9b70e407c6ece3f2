use core::task::Waker;
use std::{
    io::{Read, Write},
    process::{Command, Stdio},
};

use lineside_io::{Line, Queue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn open(absent: Absent) -> Pty {
    let options = PtyOptions {
        absent,
        absent_interval: Duration::from_millis(1),
        ..PtyOptions::default()
    };
    Pty::open(&options).unwrap()
}

fn program(pty: &Pty) -> Tty {
    Tty::open(pty.path(), Settings::default(), &Options::default()).unwrap()
}

async fn exchange(pty: &mut Pty, tty: &mut Tty) {
    let mut got = [0; 5];
    tty.write_all(b"query").await.unwrap();
    pty.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"query");
    pty.write_all(b"reply").await.unwrap();
    tty.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"reply");
}

#[tokio::test]
async fn programs_come_and_go() {
    for absent in [Absent::Lose, Absent::Hold] {
        let mut pty = open(absent);
        for _ in 0..3 {
            let mut tty = program(&pty);
            assert!(pty.is_open());
            exchange(&mut pty, &mut tty).await;
        }
    }
}

#[tokio::test]
async fn with_end_the_last_close_is_the_end_of_the_stream() {
    let mut pty = open(Absent::End);
    for _ in 0..3 {
        let mut tty = program(&pty);
        exchange(&mut pty, &mut tty).await;
        tty.write_all(b"last").await.unwrap();
        drop(tty);
        let mut rest = Vec::new();
        pty.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"last", "what came before the end is not lost");
        assert!(!pty.is_open());
    }
}

#[tokio::test]
async fn writes_that_nobody_hears_are_lost_and_do_not_wait() {
    let mut pty = open(Absent::Lose);
    pty.write_all(&[b'x'; 1_000_000]).await.unwrap();
    let mut tty = program(&pty);
    exchange(&mut pty, &mut tty).await;
}

#[tokio::test]
async fn a_full_pty_whose_program_ends_does_not_hold_the_writer() {
    let mut pty = open(Absent::Lose);
    let tty = program(&pty);
    let mut cx = Context::from_waker(Waker::noop());
    let full = [b'x'; 4_096];
    while Pin::new(&mut pty).poll_write(&mut cx, &full).is_ready() {}
    drop(tty);
    pty.write_all(&[b'x'; 1_000_000]).await.unwrap();
}

#[tokio::test]
async fn what_a_program_left_unread_is_not_the_next_ones() {
    let mut pty = open(Absent::End);
    let first = program(&pty);
    pty.write_all(b"stale").await.unwrap();
    drop(first);
    assert_eq!(pty.read(&mut [0; 8]).await.unwrap(), 0);
    let mut second = program(&pty);
    exchange(&mut pty, &mut second).await;
}

#[tokio::test]
async fn with_hold_what_is_written_waits_for_the_program() {
    let mut pty = open(Absent::Hold);
    pty.write_all(b"early").await.unwrap();
    let mut got = [0; 5];
    program(&pty).read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"early");
}

#[tokio::test]
async fn a_program_that_follows_at_once_is_not_taken_for_the_end() {
    let mut pty = open(Absent::Lose);
    let mut first = program(&pty);
    exchange(&mut pty, &mut first).await;
    drop(first);
    let mut second = program(&pty);
    exchange(&mut pty, &mut second).await;
    // The hang-up between them must not make the reader spin.
    let mut room = [0; 8];
    let mut buf = ReadBuf::new(&mut room);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut pty).poll_read(&mut cx, &mut buf).is_pending());
    exchange(&mut pty, &mut second).await;
}

#[tokio::test]
async fn a_program_that_was_gone_before_we_looked_is_heard() {
    let mut pty = open(Absent::End);
    program(&pty).write_all(b"brief").await.unwrap();
    let mut got = Vec::new();
    pty.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, b"brief");
}

#[tokio::test]
async fn a_program_may_leave_the_terminal_cooked() {
    let mut pty = open(Absent::End);
    let mut tty = program(&pty);
    exchange(&mut pty, &mut tty).await;
    let mut termios = rustix::termios::tcgetattr(pty.raw()).unwrap();
    termios.local_modes |= rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ICANON;
    rustix::termios::tcsetattr(pty.raw(), OptionalActions::Now, &termios).unwrap();
    drop(tty);
    assert_eq!(pty.read(&mut [0; 8]).await.unwrap(), 0);
    let termios = rustix::termios::tcgetattr(pty.raw()).unwrap();
    let cooked = rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ICANON;
    assert!(!termios.local_modes.intersects(cooked));
}

#[tokio::test]
async fn discarding_empties_the_queues_of_both_sides() {
    let (mut pty, mut tty) = pair(Settings::default()).unwrap();
    tty.write_all(b"stale").await.unwrap();
    pty.write_all(b"stale").await.unwrap();
    pty.discard(Queue::Both).unwrap();
    exchange(&mut pty, &mut tty).await;
}

#[tokio::test]
async fn the_link_lives_as_long_as_the_pty() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("scale");
    let options = PtyOptions {
        link: Some(at.clone()),
        ..PtyOptions::default()
    };
    let mut pty = Pty::open(&options).unwrap();
    assert_eq!(pty.path(), at);
    let mut tty = Tty::open(&at, Settings::default(), &Options::default()).unwrap();
    exchange(&mut pty, &mut tty).await;
    let taken = Pty::open(&options).unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    drop(pty);
    assert!(!at.is_symlink());
}

/// Whether a program is here to be tested with; says so when it is not.
fn installed(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// Answers `weigh` with `3.5 kg`, as often as asked.
async fn serve(mut pty: Pty) {
    let mut line = Vec::new();
    loop {
        match pty.read_u8().await.unwrap() {
            b'\r' | b'\n' if line == b"weigh" => {
                pty.write_all(b"3.5 kg\r\n").await.unwrap();
                line.clear();
            }
            b'\r' | b'\n' => line.clear(),
            byte => line.push(byte),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn socat_reads_the_scale() {
    if !installed("socat") {
        return;
    }
    let pty = open(Absent::Lose);
    let other = format!("OPEN:{},rawer", pty.path().display());
    let device = tokio::spawn(serve(pty));
    for _ in 0..2 {
        let mut socat = Command::new("socat")
            .args(["-", &other])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = socat.stdin.take().unwrap();
        stdin.write_all(b"weigh\n").unwrap();
        let mut answer = [0; 8];
        socat
            .stdout
            .take()
            .unwrap()
            .read_exact(&mut answer)
            .unwrap();
        assert_eq!(&answer, b"3.5 kg\r\n");
        socat.kill().unwrap();
        socat.wait().unwrap();
    }
    device.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn picocom_reads_the_scale() {
    if !installed("picocom") {
        return;
    }
    let pty = open(Absent::Lose);
    let scale = pty.path().to_owned();
    let device = tokio::spawn(serve(pty));
    // picocom wants a terminal of its own: another PTY.
    let mut keyboard = open(Absent::Hold);
    let terminal = || open_other(keyboard.raw(), keyboard.path()).unwrap();
    let mut picocom = Command::new("picocom")
        .args(["--baud", "19200", "--parity", "e"])
        .arg(&scale)
        .stdin(terminal())
        .stdout(terminal())
        .spawn()
        .unwrap();
    // It throws away what was typed before it was ready.
    see(&mut keyboard, "Terminal ready").await;
    keyboard.write_all(b"weigh\r").await.unwrap();
    see(&mut keyboard, "3.5 kg").await;
    // Ctrl-A Ctrl-X leaves.
    keyboard.write_all(b"\x01\x18").await.unwrap();
    assert!(picocom.wait().unwrap().success());
    device.abort();
}

/// Reads the screen until `text` stands on it.
async fn see(screen: &mut Pty, text: &str) {
    let mut seen = String::new();
    let reading = async {
        while !seen.contains(text) {
            seen.push(char::from(screen.read_u8().await.unwrap()));
        }
    };
    // Only so that a failure is one, and not a test that hangs.
    let read = tokio::time::timeout(Duration::from_secs(30), reading).await;
    assert!(read.is_ok(), "no {text:?} in {seen:?}");
}

#[cfg(target_os = "linux")]
mod requests {
    use lineside_io::{Line, Queue, StopBits};

    use super::*;
    use crate::pty::Heard;

    fn open() -> Pty {
        Pty::open(&PtyOptions {
            requests: true,
            ..PtyOptions::default()
        })
        .unwrap()
    }

    async fn heard(pty: &mut Pty) -> (Heard, Vec<u8>) {
        let mut bytes = [0; 4];
        let heard = pty.heard(&mut bytes).await.unwrap();
        let count = match heard {
            Heard::Data(count) => count,
            _ => 0,
        };
        (heard, bytes[..count].to_vec())
    }

    #[tokio::test]
    async fn what_a_program_asks_for_is_heard_among_its_data() {
        let mut pty = open();
        let options = Options::default();
        let mut tty = Tty::open(pty.path(), Settings::default(), &options).unwrap();
        tty.write_all(b"longer").await.unwrap();
        assert_eq!(heard(&mut pty).await.1, b"long");
        assert_eq!(heard(&mut pty).await.1, b"er");
        for (baud, stop_bits) in [
            (57_600, StopBits::One),
            (12_345, StopBits::Two),
            (9_600, StopBits::One),
        ] {
            let settings = Settings {
                baud,
                stop_bits,
                ..Settings::default()
            };
            tty.configure(settings).await.unwrap();
            assert_eq!(heard(&mut pty).await.0, Heard::Settings(settings));
            tty.write_all(b"data").await.unwrap();
            assert_eq!(heard(&mut pty).await.1, b"data");
        }
        tty.discard(Queue::Input).unwrap();
        assert_eq!(heard(&mut pty).await.0, Heard::Discard(Queue::Input));
        tty.discard(Queue::Output).unwrap();
        assert_eq!(heard(&mut pty).await.0, Heard::Discard(Queue::Output));
    }

    #[tokio::test]
    async fn a_program_that_clears_the_flag_is_heard_all_the_same() {
        let mut pty = open();
        let path = pty.path().to_owned();
        let _tty = Tty::open(&path, Settings::default(), &Options::default()).unwrap();
        for baud in ["19200", "38400", "4800"] {
            let mut stty = std::process::Command::new("stty");
            let set = stty.arg("-F").arg(&path).args([baud, "-extproc"]).status();
            assert!(set.unwrap().success());
            let wanted: u32 = baud.parse().unwrap();
            loop {
                if let (Heard::Settings(settings), _) = heard(&mut pty).await {
                    assert_eq!(settings.baud, wanted);
                    break;
                }
            }
        }
    }

    #[tokio::test]
    async fn who_reads_bytes_gets_bytes_and_the_next_program_the_first_settings() {
        let mut pty = open();
        let fast = Settings {
            baud: 115_200,
            ..Settings::default()
        };
        for _ in 0..2 {
            let mut tty = Tty::open(pty.path(), fast, &Options::default()).unwrap();
            tty.write_all(b"\0data").await.unwrap();
            let mut bytes = [0; 5];
            pty.read_exact(&mut bytes).await.unwrap();
            assert_eq!(&bytes, b"\0data");
            pty.write_all(b"back").await.unwrap();
            let mut bytes = [0; 4];
            tty.read_exact(&mut bytes).await.unwrap();
            assert_eq!(&bytes, b"back");
        }
    }
}

#[tokio::test]
async fn requests_of_nobody_cost_nothing() {
    let options = PtyOptions {
        requests: true,
        ..PtyOptions::default()
    };
    let mut pty = Pty::open(&options).unwrap();
    // Our own settings are told by the kernel too, and made again when a program has gone.
    for _ in 0..2 {
        let mut polls = 0;
        let mut bytes = [0; 16];
        let heard = core::future::poll_fn(|cx| {
            polls += 1;
            pty.poll_heard(cx, &mut bytes)
        });
        let heard = tokio::time::timeout(Duration::from_millis(20), heard).await;
        assert!(heard.is_err(), "{heard:?}");
        assert!(polls < 10, "{polls}");
        drop(Tty::open(pty.path(), Settings::default(), &Options::default()).unwrap());
    }
}

#[tokio::test]
async fn a_program_that_has_made_its_settings_before_we_look_is_heard() {
    let options = PtyOptions {
        requests: true,
        ..PtyOptions::default()
    };
    let mut pty = Pty::open(&options).unwrap();
    let fast = Settings {
        baud: 57_600,
        ..Settings::default()
    };
    let _program = Tty::open(pty.path(), fast, &Options::default()).unwrap();
    let heard = pty.heard(&mut [0; 16]).await.unwrap();
    assert_eq!(heard, Heard::Settings(fast));
}
