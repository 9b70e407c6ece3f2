//! A client machine on a wire of exact times: characters leave and arrive one by one, and what the
//! other stations send is a script.

use core::time::Duration;
use std::collections::BTreeMap;

use lineside_core::{Error, Instant, Link, Machine, Step};
use lineside_modbus::{
    ClientConfig, Framing, Line, Reception,
    client::{CallOptions, Client, Command, Event, Failure},
    wire::{Pdu, Unit, mbap, rtu},
};

/// 11 bits at 19,200 baud.
pub(crate) const CHARACTER: Duration = Duration::from_nanos(572_917);
pub(crate) const T3_5: Duration = Duration::from_nanos(2_005_209);

/// What a request is answered with: bytes, and how long after its end each begins to arrive.
pub(crate) type Answers = Vec<(Duration, Vec<u8>)>;
type Peer = Box<dyn FnMut(Instant, &[u8]) -> Answers>;

/// A request as it stood on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) link: Link,
    pub(crate) now: Instant,
    pub(crate) sent: Vec<Sent>,
    pub(crate) events: Vec<(Instant, Event)>,
    /// How the machine ended.
    pub(crate) end: Option<Result<(), Error>>,
    peer: Peer,
    arrivals: BTreeMap<(Instant, u64), Vec<u8>>,
    count: u64,
    wake: Option<Instant>,
    character: Duration,
    /// What is on its way out, and when it will have left.
    leaving: Option<(Instant, Instant, Vec<u8>)>,
}

pub(crate) fn serial() -> ClientConfig {
    ClientConfig::default().retries(0)
}

impl World {
    /// An RTU line at 19,200 baud.
    pub(crate) fn rtu(config: ClientConfig) -> Self {
        Self::new(Framing::Rtu, config, config.line.char_time)
    }

    /// A TCP connection that takes no time.
    pub(crate) fn tcp(config: ClientConfig) -> Self {
        Self::new(Framing::Tcp, config, Duration::ZERO)
    }

    pub(crate) fn new(framing: Framing, config: ClientConfig, character: Duration) -> Self {
        let mut world = Self {
            client: Client::new(framing, config),
            link: Link::default(),
            now: Instant::START,
            sent: Vec::new(),
            events: Vec::new(),
            end: None,
            peer: Box::new(|_, _| Vec::new()),
            arrivals: BTreeMap::new(),
            count: 0,
            wake: None,
            character,
            leaving: None,
        };
        world.settle();
        world
    }

    /// Every request is answered as `peer` says.
    pub(crate) fn answering(self, mut peer: impl FnMut(&[u8]) -> Answers + 'static) -> Self {
        self.answering_at(move |_, request| peer(request))
    }

    /// The same for a peer that knows when the request had arrived.
    pub(crate) fn answering_at(
        mut self,
        peer: impl FnMut(Instant, &[u8]) -> Answers + 'static,
    ) -> Self {
        self.peer = Box::new(peer);
        self
    }

    pub(crate) fn call(&mut self, id: u64, unit: u8, pdu: &[u8]) {
        self.call_with(id, unit, pdu, CallOptions::default());
    }

    pub(crate) fn call_with(&mut self, id: u64, unit: u8, pdu: &[u8], options: CallOptions) {
        self.try_call(id, unit, pdu, options).unwrap();
        self.settle();
    }

    pub(crate) fn try_call(
        &mut self,
        id: u64,
        unit: u8,
        pdu: &[u8],
        options: CallOptions,
    ) -> Result<(), Error> {
        let command = Command::Call {
            id,
            unit: Unit::new(unit),
            pdu: Pdu::new(pdu).unwrap(),
            options,
        };
        self.client.send(self.now, command, &mut self.link)
    }

    pub(crate) fn cancel(&mut self, id: u64) {
        let command = Command::Cancel { id };
        self.client.send(self.now, command, &mut self.link).unwrap();
        self.settle();
    }

    /// These bytes begin to arrive so long from now.
    pub(crate) fn arrive(&mut self, after: Duration, bytes: &[u8]) {
        let mut at = self.now + after;
        if self.character.is_zero() {
            self.count += 1;
            self.arrivals.insert((at, self.count), bytes.to_vec());
            return;
        }
        for byte in bytes {
            at = at + self.character;
            self.count += 1;
            self.arrivals.insert((at, self.count), vec![*byte]);
        }
    }

    pub(crate) fn close(&mut self) {
        self.link.eof = true;
        self.settle();
    }

    /// Lets time pass until nothing happens any more.
    pub(crate) fn run(&mut self) {
        self.settle();
        while let Some(next) = self.next() {
            self.go_to(next);
        }
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.go_to(next);
        }
        self.now = end;
        self.settle();
    }

    /// How the calls went, in the order in which they ended.
    pub(crate) fn done(&self) -> Vec<(u64, Result<Pdu, Failure>)> {
        let done = self.events.iter().filter_map(|(_, event)| match event {
            Event::Done { id, outcome } => Some((*id, *outcome)),
            _ => None,
        });
        done.collect()
    }

    /// How one call went, and when.
    pub(crate) fn outcome(&self, id: u64) -> Option<(Instant, Result<Pdu, Failure>)> {
        let mut found = self.events.iter().filter_map(|(at, event)| match event {
            Event::Done { id: other, outcome } if *other == id => Some((*at, *outcome)),
            _ => None,
        });
        let first = found.next();
        assert_eq!(found.next(), None, "call {id} ended twice");
        first
    }

    fn next(&self) -> Option<Instant> {
        let arrival = self.arrivals.first_key_value().map(|((at, _), _)| *at);
        let left = self.leaving.as_ref().map(|(_, ended, _)| *ended);
        [self.wake, arrival, left].into_iter().flatten().min()
    }

    fn go_to(&mut self, at: Instant) {
        assert!(at >= self.now, "the machine wants a time that is over");
        self.now = at;
        if let Some((began, ended, bytes)) = self.leaving.take_if(|(_, ended, _)| *ended <= at) {
            if self.link.tx.is_empty() {
                self.link.sent = Some(ended);
            }
            for (after, answer) in (self.peer)(at, &bytes) {
                self.arrive(after, &answer);
            }
            self.sent.push(Sent {
                began,
                ended,
                bytes,
            });
        }
        while let Some(entry) = self
            .arrivals
            .first_entry()
            .filter(|next| next.key().0 <= at)
        {
            let bytes = entry.remove();
            self.link.rx.extend_from_slice(&bytes);
            self.link.received = Some(at);
        }
        self.settle();
    }

    /// Polls until there is nothing to do now.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            if self.end.is_some() {
                return;
            }
            match self.client.poll(self.now, &mut self.link) {
                Ok(Step::Event(event)) => self.events.push((self.now, event)),
                Ok(Step::Wait(wake)) => {
                    let again = self.client.poll(self.now, &mut self.link);
                    assert_eq!(
                        again,
                        Ok(Step::Wait(wake)),
                        "another poll changes something"
                    );
                    self.wake = wake;
                    self.depart();
                    return;
                }
                Ok(Step::Close) => self.over(Ok(())),
                Err(error) => self.over(Err(error)),
            }
        }
        panic!("the machine does not come to rest");
    }

    fn over(&mut self, end: Result<(), Error>) {
        self.end = Some(end);
        self.wake = None;
        self.arrivals.clear();
    }

    fn depart(&mut self) {
        if self.leaving.is_none() && !self.link.tx.is_empty() {
            let bytes = self.link.tx.split().to_vec();
            self.link.sent = None;
            let time = self.character * u32::try_from(bytes.len()).unwrap();
            self.leaving = Some((self.now, self.now + time, bytes));
        }
    }
}

/// A frame with a good CRC.
pub(crate) fn rtu(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; rtu::MAX_ADU];
    let length = rtu::encode(Unit::new(unit), pdu, &mut room).unwrap();
    room[..length].to_vec()
}

/// The unit and the PDU of a request.
pub(crate) fn asked(frame: &[u8]) -> (u8, &[u8]) {
    let (unit, pdu) = rtu::decode(frame).unwrap();
    (unit.get(), pdu)
}

/// A TCP frame.
pub(crate) fn tcp(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; mbap::MAX_ADU];
    let header = mbap::Header {
        transaction,
        unit: Unit::new(unit),
    };
    let length = mbap::encode(header, pdu, &mut room).unwrap();
    room[..length].to_vec()
}

/// A unit that has at each address the register `address`, and answers after 5 ms.
pub(crate) fn sound(frame: &[u8]) -> Answers {
    let (unit, pdu) = asked(frame);
    vec![(Duration::from_millis(5), rtu(unit, &answer(pdu)))]
}

/// The sound answer to a request.
pub(crate) fn answer(pdu: &[u8]) -> Vec<u8> {
    match *pdu {
        [code @ (3 | 4), high, low, _, count] => {
            let first = u16::from_be_bytes([high, low]);
            let words = (first..first + u16::from(count)).flat_map(u16::to_be_bytes);
            [code, 2 * count].into_iter().chain(words).collect()
        }
        [0x0F | 0x10, ..] => pdu[..5].to_vec(),
        _ => pdu.to_vec(),
    }
}

/// Read Holding Registers.
pub(crate) fn read(address: u8, count: u8) -> [u8; 5] {
    [3, 0, address, 0, count]
}

pub(crate) fn ok(pdu: &[u8]) -> Result<Pdu, Failure> {
    Ok(Pdu::new(pdu).unwrap())
}

/// A line whose receiver does not trust silences.
pub(crate) fn tolerant() -> ClientConfig {
    serial().line(Line::default().reception(Reception::Tolerant))
}
