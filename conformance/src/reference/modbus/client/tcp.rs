//! The client of Modbus TCP: transactions are told apart by their identifiers, and sixteen may be out.

use lineside_core::Instant;

use super::{
    pdu,
    port::{Got, Port},
};
use crate::{
    reference::{Mutation, modbus::adu::Framing},
    script::modbus::{Answer, Call, Failure},
};

/// NumberMaxOfClientTransaction.
const OUTSTANDING: usize = 16;

pub(super) struct Tcp {
    port: Port,
    bytes: Vec<u8>,
    next: u16,
    closed: bool,
    broken: Mutation,
}

/// A call on its way.
struct Job<'a> {
    call: &'a Call,
    pdu: Vec<u8>,
    out: Option<Out>,
    sent: u32,
    answer: Option<Answer>,
    /// The reply that was decoded.
    reply: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Out {
    transaction: u16,
    until: Instant,
}

impl Tcp {
    pub(super) fn new(port: Port, broken: &Mutation) -> Self {
        Self {
            port,
            bytes: Vec::new(),
            next: 0,
            closed: false,
            broken: broken.clone(),
        }
    }

    /// Makes calls all at once; the answers, and the PDUs of the replies, in their order.
    pub(super) async fn ask(&mut self, calls: &[Call]) -> Vec<(Answer, Vec<u8>)> {
        let refused = Some(Answer::Failed(Failure::Refused));
        let job = |call| {
            let pdu = self
                .may_ask(call)
                .then(|| pdu::encode(&call.request, &self.broken));
            let pdu = pdu.flatten();
            Job {
                call,
                answer: if pdu.is_some() { None } else { refused.clone() },
                pdu: pdu.unwrap_or_default(),
                out: None,
                sent: 0,
                reply: Vec::new(),
            }
        };
        let mut jobs: Vec<Job<'_>> = calls.iter().map(job).collect();
        while jobs.iter().any(|job| job.answer.is_none()) {
            self.fill(&mut jobs).await;
            self.listen(&mut jobs).await;
        }
        let answer = |job: Job<'_>| {
            let none = Answer::Failed(Failure::Closed);
            (job.answer.unwrap_or(none), job.reply)
        };
        jobs.into_iter().map(answer).collect()
    }

    /// Every unit may be asked: 255 and 0 are the device itself (guide 4.4.2.1).
    fn may_ask(&self, call: &Call) -> bool {
        matches!(call.unit, 1..=247) || !self.broken.is("modbus.client.tcp-refuses-unit-255")
    }

    /// Sends what may be sent, each in a piece of its own.
    async fn fill(&mut self, jobs: &mut [Job<'_>]) {
        let most = if self.broken.is("modbus.client.tcp-has-no-window") {
            usize::MAX
        } else {
            OUTSTANDING
        };
        for at in 0..jobs.len() {
            let out = jobs.iter().filter(|job| job.out.is_some()).count();
            let Some(job) = jobs.get_mut(at) else { return };
            if job.answer.is_some() || job.out.is_some() || out >= most {
                continue;
            }
            let transaction = self.transaction();
            let mut frame = Framing::Tcp.frame(transaction, job.call.unit, &job.pdu);
            if self.broken.is("modbus.client.asks-another-unit")
                && let Some(unit) = frame.get_mut(6)
            {
                *unit = unit.wrapping_add(1);
            }
            if self.broken.is("modbus.client.tcp-length-without-unit")
                && let Some(length) = frame.get_mut(5)
            {
                *length -= 1;
            }
            if self.broken.is("modbus.client.tcp-protocol-one")
                && let Some(protocol) = frame.get_mut(3)
            {
                *protocol = 1;
            }
            self.port.queue(&frame);
            let timeout = super::timeout(job.call, &self.broken);
            job.out = Some(Out {
                transaction,
                until: self.port.now() + timeout,
            });
            job.sent += 1;
            if at + 1 < jobs.len() && self.broken.is("modbus.client.tcp-joins-requests") {
                continue;
            }
            if self.closed || self.port.drain().await.is_err() {
                self.close(jobs);
            }
        }
    }

    fn transaction(&mut self) -> u16 {
        if self.broken.is("modbus.client.tcp-always-transaction-one") {
            return 1;
        }
        self.next = self.next.wrapping_add(1);
        self.next
    }

    fn close(&mut self, jobs: &mut [Job<'_>]) {
        self.closed = true;
        for job in jobs {
            job.out = None;
            let lost = if self.broken.is("modbus.client.takes-the-end-for-success") {
                Answer::Words(vec![0])
            } else {
                Answer::Failed(Failure::Closed)
            };
            job.answer.get_or_insert(lost);
        }
    }

    /// Waits for the next bytes, or for the first time-out.
    async fn listen(&mut self, jobs: &mut [Job<'_>]) {
        let first = jobs.iter().filter_map(|job| Some(job.out?.until)).min();
        let Some(first) = first else { return };
        match self.port.read_until(first).await {
            Some(Got::Bytes(bytes)) => {
                self.bytes.extend_from_slice(&bytes);
                if self.broken.is("modbus.client.trickle-restarts-the-time") {
                    let now = self.port.now();
                    for job in jobs.iter_mut() {
                        let until = now + super::timeout(job.call, &self.broken);
                        job.out = job.out.map(|out| Out { until, ..out });
                    }
                }
                self.frames(jobs);
                if self.broken.is("modbus.client.frame-per-read") {
                    self.bytes.clear();
                }
            }
            Some(Got::Mark) => {}
            Some(Got::End) => self.close(jobs),
            None => self.expire(jobs),
        }
    }

    fn expire(&self, jobs: &mut [Job<'_>]) {
        let now = self.port.now();
        for job in jobs {
            if job.out.is_some_and(|out| out.until <= now) {
                job.out = None;
                fail(job, Failure::Timeout, &self.broken);
            }
        }
    }

    /// Every frame that is whole.
    fn frames(&mut self, jobs: &mut [Job<'_>]) {
        while let Some((&[t1, t2, p1, p2, l1, l2], after)) = self.bytes.split_first_chunk() {
            let length = usize::from(u16::from_be_bytes([l1, l2]));
            let sane = (2..=254).contains(&length);
            if !sane && !self.broken.is("modbus.client.tcp-takes-any-length") {
                // Nobody can tell where the next frame begins.
                return self.close(jobs);
            }
            let Some((body, rest)) = after.split_at_checked(length) else {
                return;
            };
            let (body, rest) = (body.to_vec(), rest.to_vec());
            self.bytes = rest;
            let ours = [p1, p2] == [0, 0] || self.broken.is("modbus.client.tcp-ignores-protocol");
            if ours {
                self.reply(u16::from_be_bytes([t1, t2]), &body, jobs);
            }
            if self.broken.is("modbus.client.drops-coalesced-frames") {
                self.bytes.clear();
            }
        }
    }

    /// What is answered is told by the transaction; anything else is nobody's (guide 4.4.1.3).
    fn reply(&self, transaction: u16, body: &[u8], jobs: &mut [Job<'_>]) {
        let known = |job: &&mut Job<'_>| job.out.is_some_and(|out| out.transaction == transaction);
        let out = |job: &&mut Job<'_>| job.out.is_some();
        let job = if self.broken.is("modbus.client.tcp-ignores-transaction") {
            jobs.iter_mut().find(out)
        } else {
            jobs.iter_mut().find(known)
        };
        let Some(job) = job else {
            if self
                .broken
                .is("modbus.client.tcp-fails-on-unknown-transaction")
                && let Some(job) = jobs.iter_mut().find(out)
            {
                job.out = None;
                fail(job, Failure::Mismatch, &self.broken);
            }
            return;
        };
        let Some((&unit, pdu)) = body.split_first() else {
            return;
        };
        job.out = None;
        if unit != job.call.unit && !self.broken.is("modbus.client.accepts-any-unit") {
            return fail(job, Failure::Mismatch, &self.broken);
        }
        match pdu::decode(&job.call.request, &job.pdu, pdu, &self.broken) {
            Answer::Failed(why) => fail(job, why, &self.broken),
            answer => {
                job.reply = pdu.to_vec();
                job.answer = Some(answer);
            }
        }
    }
}

/// Once more, or the end.
fn fail(job: &mut Job<'_>, why: Failure, broken: &Mutation) {
    if job.sent > super::retries(job.call, broken) {
        job.answer = Some(Answer::Failed(why));
    }
}
