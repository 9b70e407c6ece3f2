//! A serial port as a line.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use core::time::Duration;

use bytes::BytesMut;
use lineside_core::Mark;
use lineside_io::{Capabilities, Clock, Line, Settings, Timer};
use rustix::{
    fs::{FlockOperation, Mode, OFlags, fstat},
    io::Errno,
    termios::{ControlModes, OptionalActions, QueueSelector, Termios},
};
use tokio::io::{Interest, unix::AsyncFd};

use crate::{
    Error, Options, Rs485, ioctl,
    ioctl::{Counters, SerialRs485},
    marks::Decoder,
    rs485::{ByKernel, Direction},
    settings,
};

mod line;
mod output;
mod stream;

/// A serial port, or the path of a PTY.
///
/// Reading and writing may happen in two tasks (`tokio::io::split`). Every future is cancel-safe.
/// When the device is unplugged, reads and writes give [`Error::HungUp`]; when the other end of a
/// PTY closes, reads give the end of the stream and writes `HungUp`.
///
/// Dropping a port discards what has not left it yet, because the kernel would block in `close`
/// otherwise; drain or shut it down before.
#[derive(Debug)]
pub struct Tty {
    fd: AsyncFd<OwnedFd>,
    path: PathBuf,
    options: Options,
    settings: Settings,
    capabilities: Capabilities,
    pty: bool,
    clock: Clock,
    input: Input,
    output: output::Output,
    /// One timer per side, so that a reader and a writer in two tasks do not take each other's waker.
    read_timer: Timer,
    signals_timer: Timer,
    seen: Seen,
    breaking: bool,
}

/// What has been read from the kernel and not by the application.
#[derive(Debug, Default)]
struct Input {
    /// `None` where there are no marks.
    decoder: Option<Decoder>,
    /// Raw bytes behind a mark.
    stash: BytesMut,
    /// The mark at the reading position.
    mark: Option<Mark>,
    /// Characters lost so far, where the driver counts them.
    lost: Option<i32>,
    /// More were lost, and no mark has told it yet.
    overrun: bool,
}

/// What was last told about the modem lines.
#[derive(Debug, Default)]
struct Seen {
    inputs: libc::c_int,
    counters: Option<Counters>,
}

impl Tty {
    /// Opens the tty at `path`. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::NotATty`], [`Error::Refused`] with the setting that the device does
    /// not do, [`Error::Unsupported`] with the option that it does not have, and what `open` gives.
    pub fn open(path: impl AsRef<Path>, settings: Settings, options: &Options) -> io::Result<Self> {
        let path = path.as_ref();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fail = |errno| Error::from_errno(path, errno);
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(fail)?;
        // Before anything else is asked of it: what is no tty must not be locked.
        rustix::termios::tcgetattr(&fd).map_err(fail)?;
        let pty = is_pty(fd.as_fd());
        if options.exclusive {
            lock(fd.as_fd(), path, pty)?;
        }
        let clock = Clock::precise();
        let mut tty = Self {
            capabilities: capabilities(fd.as_fd(), options, pty),
            fd: lineside_io::fd::watch(fd, Interest::READABLE | Interest::WRITABLE)?,
            path: path.to_owned(),
            options: options.clone(),
            settings,
            pty,
            input: Input::default(),
            output: output::Output::new(&clock),
            read_timer: clock.timer(),
            signals_timer: clock.timer(),
            clock,
            seen: Seen::default(),
            breaking: false,
        };
        tty.apply(settings)?;
        tty.apply_options()?;
        Ok(tty)
    }

    /// Where it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Holds the line low for `length`, then lets it go; also when the future is dropped before.
    /// What was written before leaves first.
    ///
    /// # Errors
    /// `Unsupported` where the line has no break; the device is gone.
    pub async fn send_break(&mut self, length: Duration) -> io::Result<()> {
        self.drain().await?;
        let clock = self.clock.clone();
        let held = HeldBreak::start(self)?;
        clock.sleep(length).await;
        held.end()
    }

    fn raw(&self) -> BorrowedFd<'_> {
        self.fd.get_ref().as_fd()
    }

    fn fail(&self, errno: Errno) -> io::Error {
        Error::from_errno(&self.path, errno)
    }

    /// Sets `to` at once, and reads back what the device made of it.
    fn apply(&mut self, to: Settings) -> io::Result<Settings> {
        if to.baud == 0 {
            let what = format!("{}: baud = 0 would hang up", self.path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let old = rustix::termios::tcgetattr(self.raw()).map_err(|e| self.fail(e))?;
        let marks = self.options.marks.on(self.pty);
        let mut new = old.clone();
        settings::write(&mut new, to, marks).map_err(|e| self.fail(e))?;
        if let Some(on) = self.options.hang_up_on_close {
            new.control_modes.set(ControlModes::HUPCL, on);
        }
        let got = self.set_attributes(&new)?;
        if self.pty && !self.options.strict {
            self.settings = to;
        } else if let Some(refused) = settings::difference(to, got, self.options.baud_tolerance) {
            self.set_attributes(&old)?;
            return Err(Error::Refused {
                path: self.path.clone(),
                setting: refused.setting,
                asked: refused.asked,
                got: refused.got,
            }
            .into());
        } else {
            self.settings = got;
        }
        if marks != self.input.decoder.is_some() {
            self.input.decoder = marks.then(Decoder::default);
        }
        Ok(self.settings)
    }

    fn set_attributes(&self, to: &Termios) -> io::Result<Settings> {
        let fail = |errno| self.fail(errno);
        rustix::termios::tcsetattr(self.raw(), OptionalActions::Now, to).map_err(fail)?;
        let got = rustix::termios::tcgetattr(self.raw()).map_err(fail)?;
        Ok(settings::read(&got))
    }

    fn apply_options(&mut self) -> io::Result<()> {
        if self.options.low_latency && (!self.pty || self.options.strict) {
            ioctl::set_low_latency(self.raw(), true)
                .map_err(|e| Error::lacking(&self.path, e, "low latency: the driver has none"))?;
        }
        if let Rs485::Kernel(mode) = &self.options.rs485 {
            self.set_kernel_rs485(mode)?;
        }
        self.output.direction = match &self.options.rs485 {
            Rs485::Off | Rs485::Kernel(_) => None,
            Rs485::Rts(mode) => Some(Direction::new(mode.before, mode.after)),
            Rs485::Callback(mode) => Some(Direction::new(mode.before, mode.after)),
        };
        if self.options.dtr.is_some() || self.options.rts.is_some() {
            self.set_signals(self.options.dtr, self.options.rts)?;
        }
        if self.output.direction.is_some() {
            self.drive(false)?;
        }
        if self.capabilities.signals {
            self.seen.inputs = ioctl::modem_lines(self.raw()).unwrap_or(0) & line::INPUTS;
        }
        self.seen.counters = ioctl::counters(self.raw()).ok();
        self.input.lost = self
            .seen
            .counters
            .map(|c| c.overrun.wrapping_add(c.buf_overrun));
        Ok(())
    }

    fn set_kernel_rs485(&self, mode: &ByKernel) -> io::Result<()> {
        let what = "rs485 = kernel: the driver has no RS-485 mode";
        let refused = |setting, asked: String, got: String| Error::Refused {
            path: self.path.clone(),
            setting,
            asked,
            got,
        };
        for (setting, time) in [("rs485-before", mode.before), ("rs485-after", mode.after)] {
            if time.subsec_nanos() % 1_000_000 != 0 {
                let got = "whole milliseconds in the kernel".to_owned();
                return Err(refused(setting, format!("{time:?}"), got).into());
            }
        }
        let asked = kernel_rs485(mode);
        let got = ioctl::set_rs485(self.raw(), asked)
            .map_err(|errno| Error::lacking(&self.path, errno, what))?;
        let delays = |mode: SerialRs485| (mode.delay_rts_before_send, mode.delay_rts_after_send);
        if got.flags & asked.flags != asked.flags || delays(got) != delays(asked) {
            return Err(refused("rs485", format!("{asked:?}"), format!("{got:?}")).into());
        }
        Ok(())
    }
}

/// Never blocks: what has not left is discarded on a real port. A PTY's queue is the other
/// program's input, and stays.
impl Drop for Tty {
    fn drop(&mut self) {
        if self.breaking {
            let _ = ioctl::set_break(self.raw(), false);
        }
        if !self.pty && ioctl::output_queue(self.raw()).unwrap_or(0) > 0 {
            let _ = rustix::termios::tcflush(self.raw(), QueueSelector::OFlush);
        }
        if self.output.sends() {
            let _ = self.drive(false);
        }
        if self.options.exclusive {
            // A child that this process is just starting may still hold the descriptor, and another
            // program may have had the port open before us: the locks would outlive us.
            let _ = rustix::fs::flock(self.raw(), FlockOperation::Unlock);
            if !self.pty {
                let _ = rustix::termios::ioctl_tiocnxcl(self.raw());
            }
        }
    }
}

/// A break that ends when it is dropped.
struct HeldBreak<'a>(&'a mut Tty);

impl<'a> HeldBreak<'a> {
    fn start(tty: &'a mut Tty) -> io::Result<Self> {
        tty.set_break(true)?;
        Ok(Self(tty))
    }

    fn end(self) -> io::Result<()> {
        self.0.set_break(false)
    }
}

impl Drop for HeldBreak<'_> {
    fn drop(&mut self) {
        if self.0.breaking {
            let _ = self.0.set_break(false);
        }
    }
}

/// Whether this is the program's side of a Unix 98 PTY, by its device number.
#[cfg(target_os = "linux")]
fn is_pty(fd: BorrowedFd<'_>) -> bool {
    let major = fstat(fd).map(|stat| rustix::fs::major(stat.st_rdev));
    matches!(major, Ok(136..=143))
}

/// Elsewhere a terminal without modem lines is taken for a PTY.
#[cfg(not(target_os = "linux"))]
fn is_pty(fd: BorrowedFd<'_>) -> bool {
    fstat(fd).is_ok() && ioctl::modem_lines(fd).is_err()
}

/// Locks the tty for us alone. A PTY keeps exclusive mode while its master lives, also when the
/// program that set it has crashed: there `flock` alone has to do.
fn lock(fd: BorrowedFd<'_>, path: &Path, pty: bool) -> io::Result<()> {
    let in_use = |by| Error::InUse {
        path: path.to_owned(),
        by,
    };
    match rustix::fs::flock(fd, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Err(in_use("flock").into()),
        locked => locked.map_err(|errno| Error::from_errno(path, errno))?,
    }
    if pty {
        return Ok(());
    }
    // Root is let in by the kernel, so we have to ask.
    if ioctl::is_exclusive(fd).unwrap_or(false) {
        return Err(in_use("TIOCEXCL").into());
    }
    rustix::termios::ioctl_tiocexcl(fd).map_err(|errno| Error::from_errno(path, errno))
}

fn capabilities(fd: BorrowedFd<'_>, options: &Options, pty: bool) -> Capabilities {
    let marks = !pty && options.marks.on(pty);
    Capabilities {
        speed: !pty,
        signals: ioctl::modem_lines(fd).is_ok(),
        break_received: marks,
        break_sent: !pty,
        marks,
        exact_drain: !pty && ioctl::transmitter_empty(fd).is_ok(),
    }
}

fn kernel_rs485(mode: &ByKernel) -> SerialRs485 {
    let level = if mode.send_level {
        ioctl::SER_RS485_RTS_ON_SEND
    } else {
        ioctl::SER_RS485_RTS_AFTER_SEND
    };
    let mut asked = SerialRs485::default();
    asked.flags = ioctl::SER_RS485_ENABLED | level;
    if mode.receive_while_sending {
        asked.flags |= ioctl::SER_RS485_RX_DURING_TX;
    }
    if mode.terminate {
        asked.flags |= ioctl::SER_RS485_TERMINATE_BUS;
    }
    let millis = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    asked.delay_rts_before_send = millis(mode.before);
    asked.delay_rts_after_send = millis(mode.after);
    asked
}

#[cfg(test)]
mod tests;
