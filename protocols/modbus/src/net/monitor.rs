//! Passive listeners: who asks what on a line, and what is answered, for programs and for Wireshark.
//!
//! ```
//! use core::time::Duration;
//! use lineside_io::{Settings, sim::{Bus, BusConfig}, tap::CaptureFile};
//! use lineside_modbus::{Bank, ClientConfig, Framing, Line, Overheard, net::{Calls, Client, Monitor, Recorder, Server}};
//!
//! lineside_io::sim::run(|clock| async move {
//!     let pair = Bus::new(&clock, BusConfig::default());
//!     let [a, b, ours] = [(); 3].map(|()| pair.station(Settings::default()));
//!     let file = CaptureFile::new(Vec::new(), &clock, Duration::ZERO);
//!     let mut monitor = Monitor::on_line(Framing::Rtu, Line::default(), ours, clock.clone())
//!         .recording(Recorder::new(&file, "line 1"));
//!
//!     let mut slave = Server::new(Framing::Rtu).clock(clock.clone()).on_line(a);
//!     tokio::spawn(async move { slave.run(&mut Bank::new().with_coils(0, [true])).await });
//!     let mut master = Client::on_line(Framing::Rtu, ClientConfig::default(), b, clock);
//!     tokio::spawn(async move { master.unit(1).read_coils(0, 1).await });
//!
//!     let Some(Overheard::Request(request)) = monitor.next().await.unwrap() else { panic!() };
//!     assert_eq!(*request.pdu, [1, 0, 0, 0, 1]);
//!     let Some(Overheard::Response { frame, .. }) = monitor.next().await.unwrap() else { panic!() };
//!     assert_eq!(*frame.pdu, [1, 1, 1]);
//! });
//! ```

use std::collections::VecDeque;

use lineside_core::Error;
use lineside_io::{
    Clock, Driver, Error as WireError, Stream,
    address::Wire,
    tap::{CaptureFile, Segments, Side},
};

use crate::{
    Direction, Frame, Framing, Line, Monitor as Machine, Overheard,
    net::PORT,
    wire::{Pdu, mbap},
};

/// Listens to a serial line, or to one direction of a connection, and sends nothing. It has to be polled
/// while it listens: silences that nobody waited for are not heard, and frames run together.
///
/// # Cancellation
/// [`next`](Self::next) can be dropped at any await: nothing is lost.
#[derive(Debug)]
pub struct Monitor<S> {
    driver: Driver<Machine, S>,
    recorder: Option<Recorder>,
}

impl Monitor<Wire> {
    /// A monitor of what an address opened, where requests and responses take turns. Where that is a
    /// line, its settings give the times.
    pub fn on_wire(framing: Framing, line: Line, mut wire: Wire, clock: Clock) -> Self {
        let machine = Machine::new(framing, line.of_wire(&mut wire));
        Self::with(Driver::on_wire(machine, wire, clock))
    }
}

impl<S: Stream> Monitor<S> {
    /// A monitor of a stream of bytes that all go one way: what clients send, or what servers
    /// answer.
    pub fn new(framing: Framing, line: Line, way: Direction, stream: S, clock: Clock) -> Self {
        let machine = Machine::one_way(framing, line.of_stream(), way);
        Self::with(Driver::new(machine, stream, clock))
    }

    /// A monitor on a serial line that both directions share, whose settings give the times. The
    /// clock should be [`Clock::precise`].
    pub fn on_line(framing: Framing, line: Line, wire: S, clock: Clock) -> Self
    where
        S: lineside_io::Line,
    {
        let machine = Machine::new(framing, line.of_line(&wire));
        Self::with(Driver::on_line(machine, wire, clock))
    }

    /// A monitor on that wire of a full-duplex line (RS-422, RS-232, four-wire RS-485) which this
    /// direction has to itself; otherwise like [`on_line`](Self::on_line).
    pub fn on_one_wire(framing: Framing, line: Line, way: Direction, wire: S, clock: Clock) -> Self
    where
        S: lineside_io::Line,
    {
        let machine = Machine::one_way(framing, line.of_line(&wire), way);
        Self::with(Driver::on_line(machine, wire, clock))
    }

    const fn with(driver: Driver<Machine, S>) -> Self {
        Self {
            driver,
            recorder: None,
        }
    }

    /// The same, putting every frame into a capture.
    #[must_use]
    pub fn recording(mut self, recorder: Recorder) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// What is heard next; `None` when the wire has ended.
    ///
    /// # Errors
    /// The wire failed, or a Modbus TCP stream cannot be followed any more (T01).
    pub async fn next(&mut self) -> Result<Option<Overheard>, WireError<Error>> {
        let heard = self.driver.next().await?;
        if let (Some(recorder), Some(heard)) = (&mut self.recorder, &heard) {
            recorder.record(heard);
        }
        Ok(heard)
    }

    /// The wire, for what only it can do.
    pub const fn stream_mut(&mut self) -> &mut S {
        self.driver.stream_mut()
    }
}

/// Writes frames to a pcapng capture as a Modbus TCP conversation, whatever wire they were heard on:
/// Wireshark and tshark then tell requests from responses, and need no setting.
///
/// Of serial frames the address is kept and the check is not. Frames without a transaction
/// identifier, and those whose identifier is 0, are numbered: requests in their order, a response
/// as its request. Damaged bytes leave no trace.
#[derive(Debug)]
pub struct Recorder {
    segments: Segments,
    number: u16,
    /// Requests without an identifier that are not answered yet, each with its number.
    open: VecDeque<(Frame, u16)>,
    most_open: usize,
}

impl Recorder {
    /// Records to `file`, under this name, what goes on where one request is open at a time.
    #[must_use]
    pub fn new(file: &CaptureFile, name: &str) -> Self {
        Self {
            segments: Segments::new(file, name, PORT, Side::Server),
            number: 0,
            open: VecDeque::new(),
            most_open: 1,
        }
    }

    /// The same for a wire where up to `requests` may be open at once: pipelined transactions of
    /// Modbus TCP whose identifiers are all 0. A response is taken for one to the oldest that it may
    /// answer; when there are more, the oldest of all is given up. Default 1: on a serial line a
    /// request is the end of the one before.
    #[must_use]
    pub const fn most_open(mut self, requests: usize) -> Self {
        self.most_open = requests;
        self
    }

    /// Adds a frame.
    pub fn record(&mut self, heard: &Overheard) {
        match heard {
            Overheard::Request(frame) => {
                let number = transaction(frame).unwrap_or_else(|| self.open(frame));
                self.put(Side::Client, frame, number);
            }
            Overheard::Response { frame, .. } => {
                let number = transaction(frame).or_else(|| self.close(frame));
                self.put(Side::Server, frame, number.unwrap_or(0));
            }
            Overheard::Damaged { .. } => {}
        }
    }

    /// Numbers a request that has no number of its own.
    fn open(&mut self, frame: &Frame) -> u16 {
        // 0 is the number of a response to no request.
        self.number = self.number.checked_add(1).unwrap_or(1);
        while self.open.len() >= self.most_open.max(1) {
            self.open.pop_front();
        }
        self.open.push_back((*frame, self.number));
        self.number
    }

    /// The number of the request that `answer` is to.
    fn close(&mut self, answer: &Frame) -> Option<u16> {
        let mut open = self.open.iter();
        let at = open.position(|(asked, _)| is_answer(asked, answer))?;
        self.open.remove(at).map(|(_, number)| number)
    }

    fn put(&mut self, from: Side, frame: &Frame, transaction: u16) {
        let header = mbap::Header {
            transaction,
            unit: frame.unit,
        };
        let mut room = [0; mbap::MAX_ADU];
        if let Ok(length) = mbap::encode(header, &frame.pdu, &mut room) {
            self.segments
                .put(from, room.get(..length).unwrap_or_default());
        }
    }
}

/// How a Modbus TCP frame is numbered by its client; serial frames have no number.
fn transaction(frame: &Frame) -> Option<u16> {
    Some(frame.transaction).filter(|number| *number != 0)
}

fn is_answer(asked: &Frame, answer: &Frame) -> bool {
    let of = |frame: &Frame| (frame.unit, Pdu::function(&frame.pdu));
    of(asked) == of(answer)
}
