//! Two machines on a line in virtual time, under random cuts and delays.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use core::time::Duration;
use std::collections::VecDeque;

use bytes::Bytes;
use lineside_core::{Instant, Link, Machine, Step};
use lineside_framing::{AnyFraming, Command, Config, Event, Records, wire::Framing};

const CHARACTER: Duration = Duration::from_micros(100);

const FRAMINGS: [&str; 12] = [
    "line:crlf",
    "line:any",
    "delimiter:aabb",
    "fixed:16:gap=35",
    "length:2be:gap=35",
    "length:varint:magic=aa55+crc-16/modbus",
    "gap:35:pause=15",
    "stx:bcc=xor",
    "dle:bcc=crc-16/arc",
    "slip+crc-16/modbus",
    "cobsr",
    "hdlc:fcs32",
];

/// One machine, what it is still to send and what it has received.
struct End {
    machine: Records<AnyFraming>,
    link: Link,
    send: VecDeque<Bytes>,
    received: VecDeque<Bytes>,
    wake: Option<Instant>,
}

impl End {
    fn new(framing: &AnyFraming, send: VecDeque<Bytes>) -> Self {
        Self {
            machine: Records::new(framing.clone(), Config::default().char_time(CHARACTER)),
            link: Link::default(),
            send,
            received: VecDeque::new(),
            wake: None,
        }
    }

    fn poll(&mut self, now: Instant) {
        loop {
            match self.machine.poll(now, &mut self.link).unwrap() {
                Step::Event(Event::Record(record)) => self.received.push_back(record),
                Step::Event(damaged) => panic!("{damaged:?} on a sound line"),
                Step::Wait(wake) => return self.wake = wake,
                Step::Close => panic!("closed before the end"),
            }
        }
    }

    fn submit(&mut self, now: Instant) {
        if let Some(record) = self.send.pop_front()
            && self
                .machine
                .send(now, Command::Record(record.clone()), &mut self.link)
                .is_err()
        {
            self.send.push_front(record);
        }
        self.poll(now);
    }

    /// Some of what stands to be sent arrives at `to`, at the pace of the line.
    fn carry(&mut self, to: &mut Self, now: Instant, count: usize) -> Instant {
        let bytes = self.link.tx.split_to(count.min(self.link.tx.len()));
        if bytes.is_empty() {
            return now;
        }
        let now = now + CHARACTER * u32::try_from(bytes.len()).unwrap();
        self.link.sent = self.link.tx.is_empty().then_some(now);
        to.link.rx.extend_from_slice(&bytes);
        to.link.received = Some(now);
        to.poll(now);
        self.poll(now);
        now
    }

    fn idle(&self) -> bool {
        self.send.is_empty() && self.link.tx.is_empty() && self.machine.queued() == 0
    }
}

fn records(framing: &AnyFraming, random: &mut fastrand::Rng) -> VecDeque<Bytes> {
    let mut out = vec![0; 1_000];
    let mut records = VecDeque::new();
    while records.len() < 20 {
        let len = if framing.to_string().starts_with("fixed") {
            16
        } else {
            random.usize(1..200)
        };
        let record: Vec<u8> = (0..len).map(|_| random.u8(..)).collect();
        let text: Vec<u8> = (0..len).map(|_| random.u8(b' '..=b'z')).collect();
        let fits = framing.encode(&[&record], &mut out).is_ok();
        records.push_back(Bytes::from(if fits { record } else { text }));
    }
    records
}

#[test]
fn all_records_arrive_both_ways_whatever_the_cuts() {
    for (seed, text) in (0..).zip(FRAMINGS.iter().cycle().take(60)) {
        let framing: AnyFraming = text.parse().unwrap();
        let mut random = fastrand::Rng::with_seed(seed);
        let sent = [
            records(&framing, &mut random),
            records(&framing, &mut random),
        ];
        let [mut a, mut b] = sent.clone().map(|sent| End::new(&framing, sent));
        // Within a frame the line may pause for less than any framing minds.
        let pause = framing.pause().or(framing.silence());
        let pause = pause.map_or(10_000, |pause| pause.floor_us.min(pause.tenths * 10));
        let mut now = Instant::START;
        let mut turns = 0;
        while !(a.idle() && b.idle()) {
            let end = if random.bool() { &mut a } else { &mut b };
            end.submit(now);
            let (from, to) = if random.bool() {
                (&mut a, &mut b)
            } else {
                (&mut b, &mut a)
            };
            loop {
                now = from.carry(to, now, random.usize(1..40));
                now = now + Duration::from_micros(random.u64(..u64::from(pause) / 4));
                // What silence would end is not left half-way.
                if from.link.tx.is_empty() || framing.silence().is_none() {
                    break;
                }
            }
            turns += 1;
            assert!(turns < 100_000, "{text} does not end");
        }
        // The last silence.
        now = now + Duration::from_secs(1);
        for (end, sent) in [(&mut a, &sent[1]), (&mut b, &sent[0])] {
            end.poll(now);
            assert_eq!(end.received, *sent, "{text}, seed {seed}");
            assert_eq!((end.wake, end.link.rx.len()), (None, 0), "{text}");
        }
    }
}
