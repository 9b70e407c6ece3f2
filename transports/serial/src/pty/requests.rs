//! What programs ask their serial port for, heard in its place among what they write.
//!
//! In packet mode (`TIOCPKT`) each read of the owner begins with a byte that says whether data
//! follows or something has happened; with `EXTPROC` set, also that a program has changed its
//! settings. A program that makes its settings from nothing clears the flag, which is told too, and
//! then it is set again.

use core::task::{Context, Poll, ready};
use std::{io, os::fd::BorrowedFd};

use lineside_io::{Queue, Settings};
use rustix::{
    io::Errno,
    termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr},
};

use super::Pty;
use crate::{ioctl, settings};

/// What a program at the other side does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heard {
    /// It has written so many bytes; 0 is the end, with [`Absent::End`](super::Absent::End).
    Data(usize),
    /// It wants these settings. The kernel keeps baud rate, stop bits and flow control; it makes data
    /// bits eight and parity none, whatever a program asks for.
    Settings(Settings),
    /// It throws away what its port has received (`Queue::Input`), has to send, or both.
    Discard(Queue),
}

/// Bytes of `<asm-generic/ioctls.h>`, `TIOCPKT_`.
const FLUSH_READ: u8 = 1;
const FLUSH_WRITE: u8 = 2;

/// What is known of the program's requests.
#[derive(Debug)]
pub(super) struct Requests {
    /// As they were told last.
    settings: Settings,
    /// Where a packet is read, and what of it was not given yet.
    packet: Vec<u8>,
    from: usize,
    to: usize,
    /// Buffers that were thrown away and not told yet.
    discard: Option<Queue>,
    /// The settings may have changed.
    is_asked: bool,
}

/// A byte, and what the kernel gives at once.
const PACKET: usize = 1 + 4_096;

impl Requests {
    pub(super) fn of(owner: BorrowedFd<'_>, settings: Settings) -> Result<Self, Errno> {
        ioctl::set_packet_mode(owner, true)?;
        watch_settings(owner)?;
        Ok(Self {
            settings,
            packet: vec![0; PACKET],
            from: 0,
            to: 0,
            discard: None,
            is_asked: false,
        })
    }

    /// The next program finds these settings.
    pub(super) fn begin_anew(
        &mut self,
        owner: BorrowedFd<'_>,
        settings: Settings,
    ) -> Result<(), Errno> {
        self.settings = settings;
        watch_settings(owner).map(drop)
    }

    /// A program has come, and may have made its settings already.
    pub(super) const fn arrived(&mut self) {
        self.is_asked = true;
    }

    /// A packet of `count` bytes was read.
    fn packet(&mut self, count: usize) {
        (self.from, self.to) = (1, count.max(1));
        let status = self.packet.first().copied().unwrap_or_default();
        self.is_asked |= status != 0;
        self.discard = match (status & FLUSH_READ != 0, status & FLUSH_WRITE != 0) {
            (true, true) => Some(Queue::Both),
            (true, false) => Some(Queue::Input),
            (false, true) => Some(Queue::Output),
            (false, false) => self.discard,
        };
    }

    fn take_data(&mut self, into: &mut [u8]) -> Option<usize> {
        let data = self.packet.get(self.from..self.to)?;
        let count = data.len().min(into.len());
        let (data, into) = (data.get(..count)?, into.get_mut(..count)?);
        into.copy_from_slice(data);
        self.from += count;
        (count > 0).then_some(count)
    }
}

impl Pty {
    /// What the program at the other side does next. Without
    /// [`PtyOptions::requests`](super::PtyOptions::requests) this is data alone. Cancel-safe.
    ///
    /// A change of settings comes before data that was not read when it was made: a program that writes
    /// and at once changes its settings is heard to have changed them first.
    ///
    /// # Errors
    /// The kernel's.
    pub async fn heard(&mut self, into: &mut [u8]) -> io::Result<Heard> {
        core::future::poll_fn(|cx| self.poll_heard(cx, into)).await
    }

    /// [`heard`](Self::heard) by hand.
    pub fn poll_heard(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<Heard>> {
        if self.requests.is_none() {
            return self.poll_raw(cx, into).map_ok(Heard::Data);
        }
        loop {
            if let Some(heard) = self.request()? {
                return Poll::Ready(Ok(heard));
            }
            let Some(requests) = &mut self.requests else {
                return Poll::Pending;
            };
            if let Some(count) = requests.take_data(into) {
                return Poll::Ready(Ok(Heard::Data(count)));
            }
            let mut packet = core::mem::take(&mut requests.packet);
            let read = self.poll_raw(cx, &mut packet);
            if let Some(requests) = &mut self.requests {
                requests.packet = packet;
            }
            let count = ready!(read)?;
            if count == 0 {
                return Poll::Ready(Ok(Heard::Data(0)));
            }
            if let Some(requests) = &mut self.requests {
                requests.packet(count);
            }
        }
    }

    /// What is asked beside data and was not told yet.
    fn request(&mut self) -> io::Result<Option<Heard>> {
        let owner = self.fd.get_ref();
        let Some(requests) = &mut self.requests else {
            return Ok(None);
        };
        if let Some(queue) = requests.discard.take() {
            return Ok(Some(Heard::Discard(queue)));
        }
        if !core::mem::take(&mut requests.is_asked) {
            return Ok(None);
        }
        let asked = watch_settings(owner)?;
        if asked == requests.settings {
            return Ok(None);
        }
        requests.settings = asked;
        Ok(Some(Heard::Settings(asked)))
    }
}

/// Sees to it that changes of the settings are told, and gives those that are there.
fn watch_settings(owner: impl std::os::fd::AsFd) -> Result<Settings, Errno> {
    let mut termios = tcgetattr(&owner)?;
    if !termios.local_modes.contains(LocalModes::EXTPROC) {
        termios.local_modes |= LocalModes::EXTPROC;
        tcsetattr(&owner, OptionalActions::Now, &termios)?;
    }
    Ok(settings::read(&termios))
}
