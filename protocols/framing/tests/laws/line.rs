//! A machine at the end of a line in virtual time, a receiver that notes everything.

use core::time::Duration;

use bytes::Bytes;
use lineside_core::{Instant, Link, Machine, Step};
use lineside_framing::{AnyFraming, Config, Counters, Event, Records, wire::Framing};

/// The time of a character, which every byte here takes.
const CHARACTER: Duration = Duration::from_micros(100);

/// A receiver and what it heard.
pub(crate) struct Line {
    machine: Records<AnyFraming>,
    link: Link,
    now: Instant,
    silence: Duration,
    closed: bool,
    pub(crate) events: Vec<Event>,
    /// The most bytes that ever waited.
    pub(crate) held: usize,
}

impl Line {
    pub(crate) fn new(framing: &AnyFraming) -> Self {
        let config = Config::default().char_time(CHARACTER);
        let silence = framing
            .silence()
            .map_or(Duration::ZERO, |silence| config.time_of(silence));
        Self {
            machine: Records::new(framing.clone(), config),
            link: Link::default(),
            now: Instant::START,
            silence,
            closed: false,
            events: Vec::new(),
            held: 0,
        }
    }

    /// `bytes` arrive in one read, at the pace of the line.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        let count = u32::try_from(bytes.len()).unwrap();
        self.now = self.now + CHARACTER * count;
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.now);
        self.poll();
    }

    /// The silence between frames, where the framing knows one.
    pub(crate) fn rest(&mut self) {
        self.now = self.now + self.silence;
        self.poll();
    }

    /// The end of the stream.
    pub(crate) fn end(&mut self) {
        self.link.eof = true;
        self.poll();
        assert!(self.closed, "the end of the stream closes");
        assert!(self.link.rx.is_empty(), "nothing is left after the end");
    }

    fn poll(&mut self) {
        loop {
            match self.machine.poll(self.now, &mut self.link).unwrap() {
                Step::Event(event) => self.events.push(event),
                Step::Wait(until) => {
                    assert_ne!(until, Some(self.now), "a wait for what has passed");
                    break;
                }
                Step::Close => {
                    self.closed = true;
                    break;
                }
            }
        }
        self.held = self.held.max(self.link.rx.len());
    }

    pub(crate) fn counters(&self) -> &Counters {
        self.machine.counters()
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Bytes> {
        self.events.iter().filter_map(|event| match event {
            Event::Record(record) => Some(record),
            Event::Damaged { .. } => None,
        })
    }
}

/// The frame that holds `record`, if the framing can carry it.
pub(crate) fn frame(framing: &AnyFraming, record: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0xEE; framing.max_encoded_len(record.len())];
    let n = framing.encode(&[record], &mut out).ok()?;
    out.truncate(n);
    Some(out)
}

/// What a line brings after `frames`, each followed by a silence.
pub(crate) fn receive<'a>(
    framing: &AnyFraming,
    frames: impl IntoIterator<Item = &'a [u8]>,
) -> Line {
    let mut line = Line::new(framing);
    for frame in frames {
        line.hear(frame);
        line.rest();
    }
    line.end();
    line
}
