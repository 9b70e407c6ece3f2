//! The textbook client.

use core::time::Duration;

use lineside_io::{Line as _, Parity, Settings};

use super::adu::Framing;
use crate::{
    reference::Mutation,
    script::{
        Exit, Line, Report, Step,
        modbus::{Answer, Call, Failure, Request},
    },
    subject::Setup,
    wire::End,
};

mod pdu;
mod port;
mod receiver;
mod serial;
mod tcp;

use port::Port;
use serial::Serial;
use tcp::Tcp;

/// Follows a script.
pub(super) async fn run(mut end: End, script: Vec<Step>, setup: Setup, broken: Mutation) -> Report {
    let mut lines = Vec::new();
    if let End::Line(line) = &mut end
        && broken.is("modbus.client.without-parity")
    {
        let parity = Parity::None;
        let settings = line.settings();
        let _ = line.configure(Settings { parity, ..settings }).await;
    }
    let Some(framing) = Framing::of(&setup.dialect) else {
        let exit = Exit::Failed("no such dialect".to_owned());
        return Report { lines, exit };
    };
    let mut client = Client::new(end, framing, &setup, broken);
    for step in script {
        match step {
            Step::Calls(calls) => {
                let answers = client.calls(calls).await;
                lines.extend(answers.into_iter().map(Line::Answer));
            }
            Step::Wait(ms) => setup.clock.sleep(Duration::from_millis(ms)).await,
            Step::Send(_) | Step::Recv(_) | Step::Telnet(_) | Step::Port(_) => {
                let exit = Exit::Failed("Modbus has no records".to_owned());
                return Report { lines, exit };
            }
        }
    }
    Report {
        lines,
        exit: Exit::Did,
    }
}

/// The master of a line behind a gateway.
pub(super) struct Master(Serial);

impl Master {
    pub(super) fn new(end: End, setup: &Setup, broken: &Mutation) -> Self {
        let port = Port::new(end, setup.clock.clone());
        Self(Serial::new(port, Framing::Rtu, broken))
    }

    /// What a unit answers: nothing to a broadcast, `None` when it does not.
    pub(super) async fn ask(&mut self, unit: u8, pdu: &[u8]) -> Option<Option<Vec<u8>>> {
        self.0.ask(&behind(unit, pdu), pdu).await.ok()
    }

    /// Asks everything at once.
    pub(super) async fn flood(&mut self, all: &[(u8, &[u8])]) {
        let calls: Vec<_> = all.iter().map(|(unit, pdu)| behind(*unit, pdu)).collect();
        let _ = self.0.flood(&calls).await;
    }
}

fn behind(unit: u8, pdu: &[u8]) -> Call {
    Request::Pdu { pdu: pdu.to_vec() }.to(unit, super::plant::BEHIND_MS)
}

struct Client {
    bus: Bus,
    setup: Setup,
    broken: Mutation,
    /// A mutant does nothing any more.
    stopped: bool,
}

enum Bus {
    Serial(Box<Serial>),
    Tcp(Tcp),
}

impl Client {
    fn new(end: End, framing: Framing, setup: &Setup, broken: Mutation) -> Self {
        let port = Port::new(end, setup.clock.clone());
        let bus = match framing {
            Framing::Tcp => Bus::Tcp(Tcp::new(port, &broken)),
            _ => {
                let mut serial = Serial::new(port, framing, &broken);
                serial.echoes = setup.dialect.get("echo") == Some("yes");
                Bus::Serial(Box::new(serial))
            }
        };
        Self {
            bus,
            setup: setup.clone(),
            broken,
            stopped: false,
        }
    }

    async fn calls(&mut self, calls: Vec<Call>) -> Vec<Answer> {
        if let (Bus::Tcp(tcp), 2..) = (&mut self.bus, calls.len()) {
            let answers = tcp.ask(&calls).await.into_iter();
            return answers.map(|(answer, _)| answer).collect();
        }
        if let (Bus::Serial(serial), 2..) = (&mut self.bus, calls.len())
            && self.broken.is("modbus.client.sends-all-at-once")
        {
            return serial.flood(&calls).await;
        }
        let mut answers = Vec::new();
        for call in calls {
            let gave_up = answers.last() == Some(&Answer::Failed(Failure::Timeout));
            if gave_up && self.broken.is("modbus.client.gives-up-after-a-time-out") {
                answers.push(Answer::Failed(Failure::Timeout));
                continue;
            }
            answers.push(self.call(&call).await);
        }
        answers
    }

    async fn call(&mut self, call: &Call) -> Answer {
        let Some(us) = call.cancel_us else {
            return self.complete(call).await;
        };
        let clock = self.setup.clock.clone();
        let done = clock.timeout(Duration::from_micros(us), self.complete(call));
        let done = done.await;
        if done.is_err() && self.broken.is("modbus.client.stops-when-cancelled") {
            self.stopped = true;
        }
        done.unwrap_or(Answer::Cancelled)
    }

    async fn complete(&mut self, call: &Call) -> Answer {
        if self.stopped {
            return Answer::Failed(Failure::Closed);
        }
        match call.request {
            Request::ReadAllDeviceIdentification { code } => self.walk(call, code).await,
            _ => self.one(call).await.0,
        }
    }

    /// Page after page, as long as the objects rise: what goes round has no end (M19).
    async fn walk(&mut self, call: &Call, code: u8) -> Answer {
        let mut all: Vec<(u8, Vec<u8>)> = Vec::new();
        let mut object = 0;
        loop {
            let page = Call {
                request: Request::ReadDeviceIdentification { code, object },
                ..call.clone()
            };
            let (answer, reply) = self.one(&page).await;
            let Answer::Objects(objects) = answer else {
                return answer;
            };
            let rises = all.last().zip(objects.first());
            let rises = rises.is_none_or(|((last, _), (first, _))| first > last);
            if !rises && !self.broken.is("modbus.client.walks-in-circles") {
                return Answer::Failed(Failure::Malformed);
            }
            all.extend(objects);
            let last = all.last().map(|(id, _)| *id);
            match pdu::next_object(&reply) {
                None => return Answer::Objects(all),
                Some(_) if self.broken.is("modbus.client.reads-one-page") => {
                    return Answer::Objects(all);
                }
                Some(_) if self.broken.is("modbus.client.goes-on-at-the-last-object") => {
                    object = last.unwrap_or_default();
                }
                Some(next) if last.is_none_or(|last| next > last) && next > object => object = next,
                Some(next) if self.broken.is("modbus.client.walks-in-circles") => object = next,
                Some(_) => return Answer::Failed(Failure::Malformed),
            }
        }
    }

    /// One transaction with its retries, and the PDU that answered it.
    async fn one(&mut self, call: &Call) -> (Answer, Vec<u8>) {
        let serial = match &mut self.bus {
            Bus::Tcp(tcp) => {
                let answers = tcp.ask(core::slice::from_ref(call)).await;
                let none = (Answer::Failed(Failure::Closed), Vec::new());
                return answers.into_iter().next().unwrap_or(none);
            }
            Bus::Serial(serial) => serial,
        };
        let failed = |why| (Answer::Failed(why), Vec::new());
        let end = self.broken.clone();
        let closed = || {
            if end.is("modbus.client.takes-the-end-for-success") {
                return (Answer::Words(vec![0]), Vec::new());
            }
            failed(Failure::Closed)
        };
        let Some(pdu) = pdu::encode(&call.request, &self.broken) else {
            return failed(Failure::Refused);
        };
        let function = pdu.first().copied().unwrap_or_default();
        if !serial.may_ask(call.unit, function) {
            return failed(Failure::Refused);
        }
        let mut why = Failure::Timeout;
        for _ in 0..=retries(call, &self.broken) {
            why = match serial.ask(call, &pdu).await {
                Ok(None) => return (Answer::Done, Vec::new()),
                Ok(Some(reply)) => match pdu::decode(&call.request, &pdu, &reply, &self.broken) {
                    Answer::Failed(why) => why,
                    answer => return (answer, reply),
                },
                Err(Failure::Closed) => return closed(),
                Err(why) => why,
            };
        }
        if why == Failure::Malformed && self.broken.is("modbus.client.ends-at-damage") {
            self.stopped = true;
        }
        failed(why)
    }
}

/// How long to wait for a reply: a second unless the call says otherwise.
fn timeout(call: &Call, broken: &Mutation) -> Duration {
    let timeout = Duration::from_millis(call.timeout_ms.unwrap_or(1000));
    if broken.is("modbus.client.waits-half-the-time") {
        return timeout / 2;
    }
    if broken.is("modbus.client.waits-twice-the-time") {
        return timeout * 2 + Duration::from_millis(200);
    }
    timeout
}

fn retries(call: &Call, broken: &Mutation) -> u32 {
    let by_itself = call.retries.is_none() && broken.is("modbus.client.retries-by-itself");
    let retries = call.retries.unwrap_or(u32::from(by_itself));
    if broken.is("modbus.client.retries-once-more") {
        return retries + 1;
    }
    if retries > 0 && broken.is("modbus.client.never-retries") {
        return 0;
    }
    retries
}
