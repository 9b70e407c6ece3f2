//! Captures that Wireshark and tshark open.

use core::{fmt, task::Context, time::Duration};
use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Direction, Sight, Watch, Watched};
use crate::{Clock, Timer};

mod interface;
mod pcapng;

pub use interface::{Interface, LinkType};

/// A captured stream: `Capture::new(stream, file.probe(&Interface::named("scale")))`.
pub type Capture<S> = Watched<S, Probe>;

/// What a capture may use up.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CaptureLimits {
    /// Bytes that wait to be written. A sink that takes none (`WouldBlock`) loses the packets that
    /// do not fit, and the capture counts them. Default 64 KiB; one packet fits in any case.
    pub buffer: usize,
    /// Most bytes in one packet; a longer read or write makes several. Default 65,535, and at least
    /// one.
    pub packet: usize,
    /// Packets go to the sink at the latest after this time, while the stream's owner waits on it.
    /// Default 1 s.
    pub flush_after: Duration,
}

impl Default for CaptureLimits {
    fn default() -> Self {
        Self {
            buffer: 64 * 1024,
            packet: 65_535,
            flush_after: Duration::from_secs(1),
        }
    }
}

/// A pcapng capture that several streams share, each as an interface of its own.
///
/// A handle: clones write to the same capture. When the last handle and the last [`Probe`] are
/// dropped, statistics are added and everything is written out.
///
/// What the capture's sink does never disturbs a stream: when it fails, the capture ends, the error
/// is told to [`tracing`] once, and [`flush`](Self::flush) and [`error`](Self::error) give it. A
/// sink that blocks holds up whoever uses the stream, as any file does.
#[derive(Clone)]
pub struct CaptureFile(Arc<Mutex<State>>);

impl CaptureFile {
    /// Makes a file at `path`, or empties the one there. Time stamps are those of the system.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: impl AsRef<Path>, clock: &Clock) -> io::Result<Self> {
        let file = File::create(path)?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let epoch = now.saturating_sub(Duration::from_nanos(clock.now().as_nanos()));
        Ok(Self::new(file, clock, epoch))
    }

    /// Captures to `sink`. `epoch` is the time of `clock`'s start, since the Unix epoch: the first
    /// of 1970.
    pub fn new(sink: impl Write + Send + 'static, clock: &Clock, epoch: Duration) -> Self {
        Self::with_limits(sink, clock, epoch, CaptureLimits::default())
    }

    /// The same with limits.
    pub fn with_limits(
        sink: impl Write + Send + 'static,
        clock: &Clock,
        epoch: Duration,
        limits: CaptureLimits,
    ) -> Self {
        let mut buffer = Vec::new();
        pcapng::section_header(&mut buffer);
        Self(Arc::new(Mutex::new(State {
            sink: Some(Box::new(sink)),
            error: None,
            buffer,
            interfaces: Vec::new(),
            clock: clock.clone(),
            epoch,
            limits,
        })))
    }

    /// Adds an interface; gives the watch of its stream.
    #[must_use]
    pub fn probe(&self, interface: &Interface) -> Probe {
        let mut state = self.lock();
        Probe {
            interface: state.add(interface),
            header: pcapng::packet_header(&interface.link),
            timer: state.clock.timer(),
            clock: state.clock.clone(),
            limits: state.limits,
            file: self.clone(),
        }
    }

    /// Writes out what waits.
    ///
    /// # Errors
    /// The sink failed, now or before, or takes nothing now (`WouldBlock`).
    pub fn flush(&self) -> io::Result<()> {
        self.lock().flush()
    }

    /// Why the capture has ended before its time, if it has.
    #[must_use]
    pub fn error(&self) -> Option<io::Error> {
        self.lock().error()
    }

    /// Packets that were lost since the sink did not take them in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let state = self.lock();
        state.interfaces.iter().map(|of| of.lost_in_all).sum()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CaptureFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("CaptureFile")
            .field("interfaces", &state.interfaces.len())
            .field("error", &state.error)
            .finish_non_exhaustive()
    }
}

/// Puts one stream into a [`CaptureFile`]. Every read and every write is a packet, with its time,
/// its direction and its bytes; marks, ends, errors and changes of the line are packets without
/// bytes that say in their comment what happened.
#[derive(Debug)]
pub struct Probe {
    file: CaptureFile,
    interface: u32,
    header: Vec<u8>,
    clock: Clock,
    limits: CaptureLimits,
    timer: Timer,
}

impl Watch for Probe {
    fn saw(&mut self, sight: Sight<'_>) {
        let mut state = self.file.lock();
        let direction = sight.direction();
        if let Sight::Data(_, bytes) = sight {
            for piece in bytes.chunks(self.limits.packet.max(1)) {
                state.packet(self.interface, direction, &self.header, piece, None);
            }
        } else {
            // A dissector is not to see an empty record, so the comment stands alone.
            let note = sight.to_string();
            state.packet(self.interface, direction, &self.header, b"", Some(&note));
        }
        if state.waiting() && !self.timer.is_set() {
            let due = self.clock.now() + self.limits.flush_after;
            self.timer.set(Some(due));
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        if self.timer.poll(cx).is_ready() {
            self.timer.set(None);
            self.file.lock().write_out();
        }
    }
}

/// What the handles share.
struct State {
    /// Gone once it has failed.
    sink: Option<Box<dyn Write + Send>>,
    error: Option<(io::ErrorKind, String)>,
    /// Blocks that the sink has not taken yet.
    buffer: Vec<u8>,
    interfaces: Vec<Counts>,
    clock: Clock,
    epoch: Duration,
    limits: CaptureLimits,
}

#[derive(Default)]
struct Counts {
    written: u64,
    /// Since the last packet that was written.
    lost: u64,
    lost_in_all: u64,
}

impl State {
    fn add(&mut self, interface: &Interface) -> u32 {
        let id = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces.push(Counts::default());
        if self.sink.is_some() {
            pcapng::interface_description(&mut self.buffer, interface);
        }
        id
    }

    fn packet(
        &mut self,
        interface: u32,
        direction: Option<Direction>,
        header: &[u8],
        data: &[u8],
        comment: Option<&str>,
    ) {
        if self.sink.is_none() {
            return;
        }
        let size = header.len() + data.len() + pcapng::PACKET_OVERHEAD;
        if !self.has_room(size) {
            self.write_out();
        }
        let (room, at) = (self.has_room(size), self.now());
        let Some(counts) = self.interfaces.get_mut(interface as usize) else {
            return;
        };
        if !room {
            counts.lost += 1;
            counts.lost_in_all += 1;
            return;
        }
        counts.written += 1;
        let packet = pcapng::Packet {
            interface,
            at,
            direction,
            header,
            data,
            comment,
            lost: core::mem::take(&mut counts.lost),
        };
        pcapng::enhanced_packet(&mut self.buffer, &packet);
    }

    fn has_room(&self, size: usize) -> bool {
        self.buffer.is_empty() || self.buffer.len() + size <= self.limits.buffer
    }

    fn waiting(&self) -> bool {
        !self.buffer.is_empty()
    }

    fn now(&self) -> Duration {
        self.epoch + Duration::from_nanos(self.clock.now().as_nanos())
    }

    /// Gives the sink what it takes.
    fn write_out(&mut self) {
        let mut taken = 0;
        while let (Some(sink), Some(rest)) = (&mut self.sink, self.buffer.get(taken..))
            && !rest.is_empty()
        {
            match sink.write(rest) {
                Ok(0) => self.fail(&io::ErrorKind::WriteZero.into()),
                Ok(count) => taken += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => self.fail(&error),
            }
        }
        self.buffer.drain(..taken.min(self.buffer.len()));
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out();
        if let Some(error) = self.error() {
            return Err(error);
        }
        if self.waiting() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let flushed = self.sink.as_mut().map_or(Ok(()), |sink| sink.flush());
        if let Err(error) = &flushed {
            self.fail(error);
        }
        flushed
    }

    fn fail(&mut self, error: &io::Error) {
        tracing::warn!(%error, "the capture ends: its sink failed");
        self.error = Some((error.kind(), error.to_string()));
        self.sink = None;
        self.buffer = Vec::new();
    }

    fn error(&self) -> Option<io::Error> {
        let (kind, text) = self.error.as_ref()?;
        Some(io::Error::new(*kind, format!("the capture ended: {text}")))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if self.sink.is_none() {
            return;
        }
        let at = self.now();
        for (id, of) in (0..).zip(&self.interfaces) {
            let received = of.written + of.lost_in_all;
            pcapng::interface_statistics(&mut self.buffer, id, at, received, of.lost_in_all);
        }
        // There is nobody left to tell but the log, which `fail` tells.
        let _ = self.flush();
    }
}
