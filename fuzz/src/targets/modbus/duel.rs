//! A client and servers on one line, with other stations, a slow unit, noise, losses, collisions,
//! echoes and callers that change their minds: every response says what was asked, so that one which
//! reaches another request is seen; and after a silence all is well again.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lineside_core::{Instant, Machine};
use lineside_modbus::{
    ClientConfig, Framing, Line, Reception, ServerConfig,
    client::{self, CallOptions, Client, Repeat},
    server::{self, Server},
    wire::{Pdu, Request, Unit},
};

use super::{
    book, tcp_duel,
    traffic::{self, Piece},
};
use crate::{
    Dice,
    laws::{Bounds, Player},
};

mod line;

/// Units 1 and 2 are one server's, 3 another's; 5 is slow, and knows nothing of the line's manners.
const SLOW: u8 = 5;
/// Units of others.
const FOREIGN: u8 = 20;
const RESPONSE: Duration = Duration::from_millis(500);

/// Runs an input: its bytes are foreign, and the dice do the rest.
pub(in crate::targets) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    if dice.once_in(4) {
        return tcp_duel::run(data, &mut dice);
    }
    let mut bus = Bus::choose(data, dice);
    for _ in 0..3 {
        bus.calls();
        bus.runs_until_all_is_quiet();
    }
    bus.everything_is_well_again();
}

/// What a unit answers: data that tell the unit, the function and the address.
pub(super) fn expected(unit: u8, asked: &[u8]) -> Pdu {
    let code = asked.first().copied().unwrap_or_default();
    let told = |address: u16| {
        let [high, low] = address.to_be_bytes();
        [unit ^ high ^ code, low]
    };
    let data = match Request::parse(asked) {
        Ok(Request::ReadCoils(span) | Request::ReadDiscreteInputs(span)) => {
            let count = usize::from(span.quantity).div_ceil(8);
            let bytes = told(span.address).into_iter().cycle().take(count);
            counted(bytes.collect())
        }
        Ok(
            Request::ReadHoldingRegisters(span)
            | Request::ReadInputRegisters(span)
            | Request::ReadWriteMultipleRegisters { read: span, .. },
        ) => {
            let addresses = (0..span.quantity).map(|at| span.address.wrapping_add(at));
            counted(addresses.flat_map(told).collect())
        }
        Ok(Request::WriteMultipleCoils { .. } | Request::WriteMultipleRegisters { .. }) => {
            asked.get(1..5).unwrap_or_default().to_vec()
        }
        Ok(_) => asked.get(1..).unwrap_or_default().to_vec(),
        Err(exception) => return Pdu::exception(code, exception),
    };
    Pdu::new(&[&[code], data.as_slice()].concat()).unwrap_or_default()
}

fn counted(bytes: Vec<u8>) -> Vec<u8> {
    let count = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    [vec![count], bytes].concat()
}

/// A request whose response tells it from any other.
pub(super) fn telling(dice: &mut Dice) -> Pdu {
    loop {
        let pdu = book::request(dice);
        let tells = matches!(pdu.first(), Some(1..=6 | 15 | 16 | 22 | 23));
        if tells
            && Request::parse(&pdu).is_ok()
            && let Some(pdu) = Pdu::new(&pdu)
        {
            return pdu;
        }
    }
}

/// Who can send: the client, the servers, the slow unit, the others.
const SENDERS: usize = 5;
const SLOW_SENDER: usize = 3;
const OTHERS: usize = 4;

/// Characters on their way: when the next is complete, and what comes behind it.
type Leaving = Option<(Instant, VecDeque<u8>)>;

struct Bus<'d> {
    client: Player<Client>,
    servers: [Player<Server>; 2],
    dice: Dice,
    data: &'d [u8],
    now: Instant,
    character: Duration,
    echo: bool,
    /// One character in so many is damaged; none when 0.
    noise: usize,
    leaving: [Leaving; SENDERS],
    /// What the client is sending.
    request: Vec<u8>,
    replies: BTreeMap<(Instant, usize), (usize, server::Command)>,
    /// What the slow unit and the others will send.
    injections: BTreeMap<(Instant, usize), (usize, Vec<u8>)>,
    count: usize,
    calls: BTreeMap<u64, (u8, Pdu)>,
    cancelled: BTreeSet<u64>,
    done: BTreeSet<u64>,
    /// All that was heard on the line, and the frames that were truly sent.
    log: Vec<u8>,
    frames: BTreeSet<Vec<u8>>,
}

impl<'d> Bus<'d> {
    fn choose(data: &'d [u8], mut dice: Dice) -> Self {
        let reception = |dice: &mut Dice| dice.pick([Reception::Strict, Reception::Tolerant]);
        let mut line = Line::default();
        line.echo = dice.once_in(3);
        let bounds = Bounds {
            unread: 256,
            unsent: 512,
            own: 0,
        };
        let config = ClientConfig::default()
            .line(line.reception(reception(&mut dice)))
            .response(RESPONSE)
            .retries(u8::try_from(dice.below(3)).unwrap_or(0));
        let servers = [&[1, 2][..], &[3]].map(|units| {
            let units = units.iter().copied().map(Unit::new).collect();
            let config = ServerConfig::default()
                .line(line.reception(reception(&mut dice)))
                .units(units);
            Player::new(Server::new(Framing::Rtu, config), bounds)
        });
        Self {
            client: Player::new(Client::new(Framing::Rtu, config), bounds),
            servers,
            data,
            now: Instant::START,
            character: line.char_time,
            echo: line.echo,
            noise: dice.pick([0, 0, 2_000, 200, 40]),
            leaving: [const { None }; SENDERS],
            request: Vec::new(),
            replies: BTreeMap::new(),
            injections: BTreeMap::new(),
            count: 0,
            calls: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            done: BTreeSet::new(),
            log: Vec::new(),
            frames: BTreeSet::new(),
            dice,
        }
    }

    /// Some calls at once, some of them taken back later; and what others will send meanwhile.
    fn calls(&mut self) {
        for _ in 0..1 + self.dice.below(6) {
            let unit = self.dice.pick([1, 1, 2, 3, SLOW, SLOW, 7]);
            let pdu = telling(&mut self.dice);
            self.call(unit, pdu);
        }
        for _ in 0..self.dice.below(4) {
            let after = Duration::from_micros(self.dice.below(900_000) as u64);
            let mut at = self.now + after;
            let mut pieces = traffic::foreign(FOREIGN, &mut self.dice);
            if self.dice.once_in(3) && !self.data.is_empty() {
                let (head, rest) = self.data.split_at(1 + self.dice.below(self.data.len()));
                self.data = rest;
                pieces = vec![Piece::Bytes(head.to_vec())];
            }
            for piece in pieces {
                match piece {
                    Piece::Bytes(bytes) => {
                        let time = self.character * u32::try_from(bytes.len()).unwrap_or(0);
                        self.inject(at, OTHERS, bytes);
                        at = at + time;
                    }
                    Piece::Silence(tenths) => at = at + self.character * tenths / 10,
                }
            }
        }
    }

    fn call(&mut self, unit: u8, pdu: Pdu) {
        let id = self.calls.len() as u64;
        self.calls.insert(id, (unit, pdu));
        let repeat = self.dice.pick([Repeat::Idempotent, Repeat::Always]);
        let call = client::Command::Call {
            id,
            unit: Unit::new(unit),
            pdu,
            options: CallOptions::default().repeat(repeat),
        };
        assert!(self.client.send(call).is_ok(), "the queue is full");
        self.react();
    }

    fn inject(&mut self, at: Instant, who: usize, bytes: Vec<u8>) {
        self.count += 1;
        self.injections.insert((at, self.count), (who, bytes));
    }

    /// Until nothing happens any more, and a long silence after that.
    fn runs_until_all_is_quiet(&mut self) {
        for _ in 0..200_000 {
            self.react();
            let Some(next) = self.next() else {
                self.pass_to(self.now + RESPONSE * 3);
                if self.next().is_none() {
                    return;
                }
                continue;
            };
            self.pass_to(next);
            if self.dice.once_in(2_000) {
                let id = self.dice.below(self.calls.len()) as u64;
                if !self.done.contains(&id) {
                    self.cancelled.insert(id);
                    let cancelled = self.client.send(client::Command::Cancel { id });
                    assert!(cancelled.is_ok(), "nothing is wrong with a cancel");
                }
            }
        }
        panic!("the bus does not come to rest");
    }

    /// When something happens next.
    fn next(&self) -> Option<Instant> {
        let wakes = [
            self.client.wake(),
            self.servers[0].wake(),
            self.servers[1].wake(),
        ];
        let characters = self.leaving.iter().map(|one| one.as_ref().map(|one| one.0));
        let replies = self.replies.keys().next().map(|key| key.0);
        let injections = self.injections.keys().next().map(|key| key.0);
        wakes
            .into_iter()
            .chain(characters)
            .chain([replies, injections])
            .flatten()
            .min()
    }

    /// Time passes, and what is due at its end is done. Nothing is due before.
    fn pass_to(&mut self, at: Instant) {
        let time = at.since(self.now);
        self.now = self.now.max(at);
        self.client.pass(time);
        self.servers.iter_mut().for_each(|server| server.pass(time));
        self.react();
        for sender in 0..SENDERS {
            self.character_of(sender);
        }
        while let Some(entry) = self.injections.first_entry()
            && entry.key().0 <= self.now
        {
            let (who, bytes) = entry.remove();
            self.begin(who, bytes);
        }
        while let Some(entry) = self.replies.first_entry()
            && entry.key().0 <= self.now
        {
            let (which, reply) = entry.remove();
            if let Some(server) = self.servers.get_mut(which) {
                let taken = server.send(reply);
                assert!(taken.is_ok(), "a reply to what was asked");
            }
        }
        self.react();
    }

    /// The slow unit answers what it was asked some time, one thing after the other, or not; but
    /// no later than a client has to reckon with.
    fn slow_unit_is_asked(&mut self) {
        let request = core::mem::take(&mut self.request);
        let Some((&SLOW, [pdu @ .., _, _])) = request.split_first() else {
            return;
        };
        let longest = 2 * RESPONSE.as_micros() - 300_000;
        let after = match self.dice.below(4) {
            0 => return,
            1 => 5_000,
            _ => self.dice.below(usize::try_from(longest).unwrap_or(0)) as u64,
        };
        let answer = book::rtu(SLOW, &expected(SLOW, pdu));
        let last = self.injections.iter().rev();
        let last = last.map(|((at, _), (who, _))| (*at, *who));
        let last = last
            .filter(|(_, who)| *who == SLOW_SENDER)
            .map(|(at, _)| at)
            .next();
        let at = self.now + Duration::from_micros(after);
        if last.is_some_and(|last| last + self.character * 260 > at) {
            // It would have to answer before it has answered what was asked first.
            return;
        }
        self.frames.insert(answer.clone());
        self.inject(at, SLOW_SENDER, answer);
    }

    /// What the machines told, and what they have to say.
    fn react(&mut self) {
        for event in self.client.take_events() {
            if let client::Event::Done { id, outcome } = event {
                self.is_done(id, outcome);
            }
        }
        for which in 0..self.servers.len() {
            let events = self.servers.get_mut(which).map(Player::take_events);
            for event in events.unwrap_or_default() {
                self.is_asked(which, &event);
            }
        }
        if let Some(bytes) = speech(&mut self.client, self.leaving[0].is_some()) {
            self.frames.insert(bytes.clone());
            self.request.clone_from(&bytes);
            self.begin(0, bytes);
        }
        for which in 0..self.servers.len() {
            let is_busy = self.leaving.get(which + 1).is_some_and(Option::is_some);
            let server = self.servers.get_mut(which);
            if let Some(bytes) = server.and_then(|server| speech(server, is_busy)) {
                self.frames.insert(bytes.clone());
                self.begin(which + 1, bytes);
            }
        }
    }

    fn is_asked(&mut self, which: usize, event: &server::Event) {
        let server::Event::Request(asked) = event else {
            return;
        };
        let was_asked = book::rtu(asked.unit.get(), &asked.pdu);
        assert!(
            self.frames.contains(&was_asked) || self.had_accident(),
            "nobody has asked {was_asked:02x?}"
        );
        let pdu = expected(asked.unit.get(), &asked.pdu);
        let ticket = asked.ticket;
        let reply = match self.dice.below(8) {
            0 => server::Command::Abandon { ticket },
            _ => server::Command::Reply { ticket, pdu },
        };
        let micros = self
            .dice
            .pick([1, 1, 900, 20_000, 499_000, 600_000, 800_000]);
        let at = self.now + Duration::from_micros(micros);
        self.count += 1;
        self.replies.insert((at, self.count), (which, reply));
    }

    fn is_done(&mut self, id: u64, outcome: Result<Pdu, client::Failure>) {
        assert!(self.done.insert(id), "call {id} is done twice");
        let Some((unit, asked)) = self.calls.get(&id) else {
            panic!("call {id} was never made");
        };
        let is_right = match outcome {
            Ok(pdu) => pdu == expected(*unit, asked),
            Err(client::Failure::Exception(_) | client::Failure::Mismatch(_)) => false,
            Err(_) => true,
        };
        assert!(
            is_right || self.had_accident(),
            "unit {unit} was asked {asked:?} and answered {outcome:?}"
        );
    }

    /// By chance damage has made a good frame that nobody sent: nobody can tell.
    fn had_accident(&self) -> bool {
        (0..self.log.len()).any(|from| {
            let rest = self.log.get(from..).unwrap_or_default();
            rest.first().is_some_and(|unit| *unit <= 7)
                && book::prefixes_that_are_rtu(rest).any(|length| {
                    let frame = rest.get(..length).unwrap_or_default();
                    // With a byte 00 at its end a good frame is one without it too.
                    !self.frames.iter().any(|sent| sent.starts_with(frame))
                })
        })
    }

    /// Without noise, after a silence, every unit answers at once.
    fn everything_is_well_again(&mut self) {
        self.noise = 0;
        let open: Vec<u64> = self.calls.keys().copied().collect();
        assert!(
            open.iter()
                .all(|id| self.done.contains(id) || self.cancelled.contains(id)),
            "a call is open for ever"
        );
        for unit in [1, 2, 3] {
            let pdu = telling(&mut self.dice);
            let id = self.calls.len() as u64;
            self.call(unit, pdu);
            for _ in 0..20_000 {
                let Some(next) = self.next() else {
                    break;
                };
                self.pass_to(next);
                // At once.
                let now: Vec<_> = core::mem::take(&mut self.replies).into_iter().collect();
                for ((_, count), (which, reply)) in now {
                    let reply = match reply {
                        server::Command::Abandon { ticket } => {
                            let pdu = expected(unit, &pdu);
                            server::Command::Reply { ticket, pdu }
                        }
                        other => other,
                    };
                    self.replies.insert((self.now, count), (which, reply));
                }
            }
            assert!(self.done.contains(&id), "unit {unit} is lost");
        }
    }
}

/// What a machine has to say, when it is not speaking.
fn speech<M>(player: &mut Player<M>, is_speaking: bool) -> Option<Vec<u8>>
where
    M: Machine<Error: core::fmt::Display, Event: core::fmt::Debug>,
{
    let is_silent = is_speaking || player.unsent() == 0;
    (!is_silent).then(|| player.take(usize::MAX).to_vec())
}
