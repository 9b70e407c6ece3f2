//! A pseudo-terminal: our side a line, the other side a path that any program opens as its serial
//! port.
//!
//! The kernel ignores baud rate and parity on a PTY, forces eight data bits, and has no modem lines
//! and no break. [`Pty`]'s capabilities say so.

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::{
    ffi::OsString,
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStringExt,
    },
    path::{Path, PathBuf},
};

use lineside_io::Settings;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    io::Errno,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, QueueSelector},
};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, unix::AsyncFd};

use self::{arrival::Arrivals, link::Link, requests::Requests};
use crate::{Error, Options, Tty, settings};

mod arrival;
mod line;
mod link;
mod requests;

pub use requests::Heard;

/// How a PTY is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PtyOptions {
    /// A symbolic link to make to the other side, removed again when the PTY is dropped. One that
    /// leads nowhere, as a crash leaves behind, is replaced; anything else there is an error.
    pub link: Option<PathBuf>,
    /// What happens while no program has the other side open.
    pub absent: Absent,
    /// How often to look whether a program has opened the other side, where the system does not tell
    /// (Linux does, by inotify, up to its limit of instances). Default 10 ms.
    pub absent_interval: Duration,
    /// The settings that [`Line::settings`](lineside_io::Line::settings) gives until they are changed: for timing alone.
    pub settings: Settings,
    /// Whether [`Pty::heard`] tells what programs ask their serial port for. Linux only. Default no.
    pub requests: bool,
}

impl Default for PtyOptions {
    fn default() -> Self {
        Self {
            link: None,
            absent: Absent::default(),
            absent_interval: Duration::from_millis(10),
            settings: Settings::default(),
            requests: false,
        }
    }
}

/// What happens while no program has the other side open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// As on a wire with nothing at the other end: reads wait, writes are lost, and what the last
    /// program left unread is gone before the next one comes.
    #[default]
    Lose,
    /// As on a socket: a read gives the end of the stream each time the last program has closed.
    /// The next read waits for the next program. Writes are lost meanwhile.
    End,
    /// What is written waits for the next program, about 4 KiB of it; then writes wait. That a
    /// program has closed is not noticed: we hold the other side open ourselves.
    Hold,
}

/// Our side of a pseudo-terminal. Reading and writing may happen in two tasks; every future is
/// cancel-safe. Dropping it hangs the other side up.
#[derive(Debug)]
pub struct Pty {
    fd: AsyncFd<OwnedFd>,
    path: PathBuf,
    link: Option<Link>,
    absent: Absent,
    arrivals: Arrivals,
    /// Keeps the other side open.
    _held: Option<OwnedFd>,
    /// A program had the other side open when we last looked.
    present: bool,
    /// The last program has closed, and no read has told it yet.
    owes_end: bool,
    settings: Settings,
    requests: Option<Requests>,
}

/// A PTY and its other side, both open: the two ends of a wire in one program.
///
/// # Errors
/// As [`Pty::open`] and [`Tty::open`].
pub fn pair(settings: Settings) -> io::Result<(Pty, Tty)> {
    let options = PtyOptions {
        settings,
        ..PtyOptions::default()
    };
    let pty = Pty::open(&options)?;
    let tty = Tty::open(pty.path(), settings, &Options::default())?;
    Ok((pty, tty))
}

impl Pty {
    /// Makes a pseudo-terminal, raw. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// The system has no more of them; the link's place is taken.
    pub fn open(options: &PtyOptions) -> io::Result<Self> {
        let fd = open_master()?;
        grantpt(&fd)?;
        unlockpt(&fd)?;
        let name = ptsname(&fd, Vec::new())?.into_bytes();
        let path = PathBuf::from(OsString::from_vec(name));
        let flags = rustix::fs::fcntl_getfl(&fd)?;
        rustix::fs::fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?;
        // Opened at least once, so that its absence is a hang-up from the start.
        let other = open_other(fd.as_fd(), &path)?;
        make_raw(other.as_fd(), options.settings)?;
        let requests = match options.requests {
            true => Some(Requests::of(fd.as_fd(), options.settings)?),
            false => None,
        };
        let link = options.link.as_deref();
        Ok(Self {
            link: link.map(|at| Link::make(at, &path)).transpose()?,
            _held: (options.absent == Absent::Hold).then_some(other),
            fd: watch(fd)?,
            arrivals: Arrivals::at(&path, options.absent_interval),
            path,
            absent: options.absent,
            present: options.absent == Absent::Hold,
            owes_end: false,
            settings: options.settings,
            requests,
        })
    }

    /// Where another program opens the other side: the link if there is one, else the terminal.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.link.as_ref().map_or(&*self.path, Link::path)
    }

    /// Whether a program has the other side open. With [`Absent::Hold`] there is always one: we.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.hung_up()
    }

    /// The settings that the program at the other side has asked its serial port for.
    ///
    /// # Errors
    /// The kernel's.
    pub fn asked(&self) -> io::Result<Settings> {
        let termios = rustix::termios::tcgetattr(self.raw()).map_err(|e| self.fail(e))?;
        Ok(settings::read(&termios))
    }

    fn raw(&self) -> BorrowedFd<'_> {
        self.fd.get_ref().as_fd()
    }

    fn fail(&self, errno: Errno) -> io::Error {
        Error::from_errno(&self.path, errno)
    }

    /// Whether no program has the other side open.
    fn hung_up(&self) -> bool {
        let mut fds = [PollFd::new(self.fd.get_ref(), PollFlags::empty())];
        let at_once = Timespec::default();
        let polled = poll(&mut fds, Some(&at_once));
        polled.is_ok() && fds.iter().any(|fd| fd.revents().contains(PollFlags::HUP))
    }

    /// Looks whether a program has come, and watches for its bytes if so.
    fn notice_program(&mut self) -> io::Result<bool> {
        if !self.present && !self.hung_up() {
            self.arrived()?;
        }
        Ok(self.present)
    }

    /// A program has come, and may have made its settings already.
    fn arrived(&mut self) -> io::Result<()> {
        self.watch_anew()?;
        self.present = true;
        if let Some(requests) = &mut self.requests {
            requests.arrived();
        }
        Ok(())
    }

    /// Forgets a hang-up, which tokio remembers for as long as it watches a descriptor.
    fn watch_anew(&mut self) -> io::Result<()> {
        let fresh = self.fd.get_ref().try_clone()?;
        self.fd = watch(fresh)?;
        Ok(())
    }

    /// The last program has closed: makes the other side as new for the next.
    fn lose_program(&mut self) -> io::Result<()> {
        self.present = false;
        self.owes_end = self.absent == Absent::End;
        let other = open_other(self.raw(), &self.path)?;
        let _ = rustix::termios::tcflush(&other, QueueSelector::IFlush);
        make_raw(other.as_fd(), self.settings)?;
        match &mut self.requests {
            Some(requests) => Ok(requests.begin_anew(self.fd.get_ref().as_fd(), self.settings)?),
            None => Ok(()),
        }
    }

    /// Reads what programs have written; 0 when the last has closed and that is to be told.
    fn poll_raw(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            if !self.present {
                match self.look_for_program(into)? {
                    None if core::mem::take(&mut self.owes_end) => return Poll::Ready(Ok(0)),
                    None => ready!(self.arrivals.poll(cx)),
                    Some(0) => {}
                    Some(count) => return Poll::Ready(Ok(count)),
                }
                continue;
            }
            let mut guard = ready!(self.fd.poll_read_ready(cx))?;
            let stale = guard.ready().is_read_closed();
            match guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut *into)?)) {
                // One program went and the next came before we looked.
                Err(_would_block) if stale => self.watch_anew()?,
                Err(_would_block) => {}
                Ok(Ok(count)) if count > 0 => return Poll::Ready(Ok(count)),
                Ok(Err(error)) if Errno::from_io_error(&error) != Some(Errno::IO) => {
                    return Poll::Ready(Err(error));
                }
                Ok(_closed) => self.lose_program()?,
            }
        }
    }

    /// Whether a program is there, and what it has written; it may have gone again since.
    fn look_for_program(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        let count = loop {
            match rustix::io::read(self.fd.get_ref(), &mut *into) {
                Ok(0) | Err(Errno::IO) => return Ok(None),
                Err(Errno::AGAIN) => break 0,
                // That settings have changed is told without a program, too: it was ourselves.
                Ok(1) if self.requests.is_some() && self.hung_up() => {}
                read => break read?,
            }
        };
        self.arrived()?;
        Ok(Some(count))
    }
}

impl AsyncRead for Pty {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let into = buf.initialize_unfilled();
        loop {
            // Who reads bytes alone does not care what else is heard.
            if let Heard::Data(count) = ready!(this.poll_heard(cx, into))? {
                buf.advance(count);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Pty {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            if bytes.is_empty() || !this.notice_program()? {
                return Poll::Ready(Ok(bytes.len()));
            }
            let mut guard = ready!(this.fd.poll_write_ready(cx))?;
            let stale = guard.ready().is_write_closed();
            match guard.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?)) {
                Ok(Ok(count)) if count > 0 => return Poll::Ready(Ok(count)),
                Ok(Err(error)) if Errno::from_io_error(&error) != Some(Errno::IO) => {
                    return Poll::Ready(Err(error));
                }
                Ok(Ok(_)) => guard.clear_ready(),
                _ => {}
            }
            // Full because nobody reads.
            if this.hung_up() {
                this.lose_program()?;
            }
            if stale && this.present {
                this.watch_anew()?;
            }
        }
    }

    /// Ready at once: what was written is the other side's.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Ready at once: a serial line has no end to send. Drop the PTY to hang up.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn watch(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    lineside_io::fd::watch(fd, Interest::READABLE | Interest::WRITABLE)
}

#[cfg(target_os = "linux")]
fn open_master() -> io::Result<OwnedFd> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    Ok(openpt(flags)?)
}

#[cfg(not(target_os = "linux"))]
fn open_master() -> io::Result<OwnedFd> {
    let fd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
    Ok(fd)
}

/// Opens the other side.
#[cfg(target_os = "linux")]
fn open_other(master: BorrowedFd<'_>, _: &Path) -> io::Result<OwnedFd> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    Ok(rustix::pty::ioctl_tiocgptpeer(master, flags)?)
}

/// Opens the other side.
#[cfg(not(target_os = "linux"))]
fn open_other(_: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?)
}

fn make_raw(other: BorrowedFd<'_>, to: Settings) -> io::Result<()> {
    let mut termios = rustix::termios::tcgetattr(other)?;
    settings::write(&mut termios, to, false)?;
    Ok(rustix::termios::tcsetattr(
        other,
        OptionalActions::Now,
        &termios,
    )?)
}

#[cfg(test)]
mod tests;
