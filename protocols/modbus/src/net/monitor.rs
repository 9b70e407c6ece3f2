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

use lineside_core::Error;
use lineside_io::{
    Clock, Driver, Error as WireError, Stream,
    address::Wire,
    tap::{CaptureFile, Segments, Side},
};

use crate::{
    Frame, Framing, Line, Monitor as Machine, Overheard,
    net::PORT,
    wire::{Pdu, mbap},
};

/// Listens to a serial line, or to one direction of a stream, and sends nothing. It has to be polled
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
    /// A monitor of what an address opened. Where that is a line, its settings give the times.
    pub fn on_wire(framing: Framing, line: Line, mut wire: Wire, clock: Clock) -> Self {
        let machine = Machine::new(framing, line.of_wire(&mut wire));
        Self::with(Driver::on_wire(machine, wire, clock))
    }
}

impl<S: Stream> Monitor<S> {
    /// A monitor of a stream of bytes that goes one way.
    pub fn new(framing: Framing, line: Line, stream: S, clock: Clock) -> Self {
        let machine = Machine::new(framing, line.of_stream());
        Self::with(Driver::new(machine, stream, clock))
    }

    /// A monitor on a serial line, whose settings give the times. The clock should be
    /// [`Clock::precise`].
    pub fn on_line(framing: Framing, line: Line, wire: S, clock: Clock) -> Self
    where
        S: lineside_io::Line,
    {
        let machine = Machine::new(framing, line.of_line(&wire));
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
/// Of serial frames the address is kept and the check is not; requests are numbered, and a response
/// has its request's number. Damaged bytes leave no trace.
#[derive(Debug)]
pub struct Recorder {
    segments: Segments,
    number: u16,
    /// The request on a serial line that is not answered yet.
    open: Option<(Frame, u16)>,
}

impl Recorder {
    /// Records to `file`, under this name.
    #[must_use]
    pub fn new(file: &CaptureFile, name: &str) -> Self {
        Self {
            segments: Segments::new(file, name, PORT, Side::Server),
            number: 0,
            open: None,
        }
    }

    /// Adds a frame.
    pub fn record(&mut self, heard: &Overheard) {
        match heard {
            Overheard::Request(frame) => {
                self.number = self.number.wrapping_add(1);
                let number = transaction(frame).unwrap_or(self.number);
                self.open = Some((*frame, number));
                self.put(Side::Client, frame, number);
            }
            Overheard::Response { frame, .. } => {
                let open = self
                    .open
                    .take()
                    .filter(|(asked, _)| is_answer(asked, frame));
                let number = open.map(|(_, number)| number);
                let number = transaction(frame).or(number).unwrap_or(0);
                self.put(Side::Server, frame, number);
            }
            Overheard::Damaged { .. } => {}
        }
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

/// What a Modbus TCP frame was numbered; serial frames have no number.
fn transaction(frame: &Frame) -> Option<u16> {
    Some(frame.transaction).filter(|number| *number != 0)
}

fn is_answer(asked: &Frame, answer: &Frame) -> bool {
    let of = |frame: &Frame| (frame.unit, Pdu::function(&frame.pdu));
    of(asked) == of(answer)
}
