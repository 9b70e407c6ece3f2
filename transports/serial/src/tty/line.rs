//! A tty as a line.

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::io;

use libc::c_int;
use lineside_core::Mark;
use lineside_io::{BoxFuture, Capabilities, Line, Queue, Settings, Signals};
use rustix::termios::QueueSelector;

use super::Tty;
use crate::{Error, ioctl, ioctl::Counters};

/// The modem lines that we receive.
pub(super) const INPUTS: c_int =
    libc::TIOCM_CTS | libc::TIOCM_DSR | libc::TIOCM_CD | libc::TIOCM_RI;

const NO_MODEM_LINES: &str = "no modem lines (a pseudo-terminal has none)";

impl Line for Tty {
    fn settings(&self) -> Settings {
        self.settings
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            self.drain().await?;
            self.apply(to)
        })
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn take_mark(&mut self) -> Option<Mark> {
        self.input.mark.take()
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_all_left(cx)
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        let selector = match queue {
            Queue::Input => QueueSelector::IFlush,
            Queue::Output => QueueSelector::OFlush,
            Queue::Both => QueueSelector::IOFlush,
        };
        rustix::termios::tcflush(self.raw(), selector).map_err(|errno| self.fail(errno))?;
        if queue != Queue::Output {
            self.input.stash.clear();
            self.input.mark = None;
            self.input.overrun = false;
            self.input.decoder = self.input.decoder.map(|_| crate::marks::Decoder::default());
        }
        Ok(())
    }

    fn signals(&mut self) -> io::Result<Signals> {
        self.modem_lines().map(signals)
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        if let Some(on) = dtr {
            self.raise(libc::TIOCM_DTR, on)?;
        }
        if let Some(on) = rts {
            self.raise(libc::TIOCM_RTS, on)?;
        }
        Ok(())
    }

    /// The kernel can only block until a change, so this looks every
    /// [`Options::signals_interval`](crate::Options::signals_interval).
    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        let this = self.get_mut();
        loop {
            let lines = this.modem_lines()?;
            let counters = ioctl::counters(this.raw()).ok();
            let inputs = lines & INPUTS;
            if inputs != this.seen.inputs || changes(counters) != changes(this.seen.counters) {
                this.seen.inputs = inputs;
                this.seen.counters = counters;
                this.signals_timer.set(None);
                return Poll::Ready(Ok(signals(lines)));
            }
            if !this.signals_timer.is_set() {
                let at = this.clock.now() + this.options.signals_interval;
                this.signals_timer.set(Some(at));
            }
            ready!(this.signals_timer.poll(cx));
            this.signals_timer.set(None);
        }
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        let what = "no break (a pseudo-terminal has none)";
        if self.pty {
            // The kernel says yes to it and does nothing.
            let path = self.path.clone();
            return Err(Error::Unsupported { path, what }.into());
        }
        ioctl::set_break(self.raw(), on)
            .map_err(|errno| Error::lacking(&self.path, errno, what))?;
        self.breaking = on;
        Ok(())
    }
}

impl Tty {
    /// Raises or lowers our own modem lines in `bits`.
    pub(super) fn raise(&self, bits: c_int, on: bool) -> io::Result<()> {
        ioctl::set_modem_lines(self.raw(), bits, on)
            .map_err(|errno| Error::lacking(&self.path, errno, NO_MODEM_LINES))
    }

    fn modem_lines(&self) -> io::Result<c_int> {
        ioctl::modem_lines(self.raw())
            .map_err(|errno| Error::lacking(&self.path, errno, NO_MODEM_LINES))
    }
}

const fn signals(lines: c_int) -> Signals {
    Signals {
        dtr: lines & libc::TIOCM_DTR != 0,
        rts: lines & libc::TIOCM_RTS != 0,
        cts: lines & libc::TIOCM_CTS != 0,
        dsr: lines & libc::TIOCM_DSR != 0,
        dcd: lines & libc::TIOCM_CD != 0,
        ri: lines & libc::TIOCM_RI != 0,
    }
}

/// How often each input has changed.
fn changes(counters: Option<Counters>) -> Option<[c_int; 4]> {
    counters.map(|c| [c.cts, c.dsr, c.dcd, c.rng])
}
