//! A client and an access server whose port takes its time, on a line that stalls: in the end both know
//! the same settings, whatever was said again, and no data is lost.

use core::time::Duration;

use lineside_core::Instant;
use lineside_telnet::{
    com_port::{Settings, client, server},
    wire::com_port::{Control, LineState, ModemState, Purge},
};

use super::{
    super::by_byte::ByByte,
    access::{Access, Served},
    settings,
    user::User,
};
use crate::{
    Dice,
    laws::{Bounds, End, LONG, Player},
};

/// The longest time that a piece stays on the line.
const STALL: [u64; 4] = [0, 40, 900, 7_000];

pub(in crate::targets) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let (head, tail) = data.split_at(dice.below(data.len() + 1));
    let mut duel = Duel::new(&mut dice);
    duel.wants(head, tail, &mut dice);
    duel.goes_on(&mut dice);
    duel.ends();
}

struct Duel {
    client: Player<ByByte<User>>,
    server: Player<ByByte<Access>>,
    /// What is still to be wanted, the last first.
    wishes: Vec<client::Command>,
    replies: Vec<server::Command>,
    sent: Vec<u8>,
    told: Vec<u8>,
    controls: Vec<Control>,
    wanted: Option<Settings>,
    heard: Vec<client::Event>,
    /// No answer is ever late.
    is_timely: bool,
    /// What is told to be in effect must be what was asked for last.
    is_strict: bool,
    stall: u64,
}

impl Duel {
    fn new(dice: &mut Dice) -> Self {
        let mut config = client::Config::default();
        let is_timely = dice.once_in(3);
        config.answer = match is_timely {
            true => LONG,
            false => Duration::from_millis(dice.pick([2, 50, 3_000])),
        };
        config.tries = dice.pick([1, 2, 3, 5]);
        if is_timely {
            config.purge = LONG;
        }
        // That form has no number for most rates.
        let is_cisco = dice.once_in(8);
        config.cisco = is_cisco;
        config.probe.idle = None;
        // Neither is an answer to an option late.
        config.telnet.answer = LONG;
        let mut access = server::Config::default();
        (access.telnet.answer, access.probe.idle) = (LONG, None);
        let lag = Duration::from_millis(dice.pick([0, 1, 30, 2_000]));
        let bounds = Bounds {
            unread: 20_000,
            unsent: 20_000,
            own: 40,
        };
        Self {
            client: Player::new(ByByte::new(User::new(config, vec![])), bounds),
            server: Player::new(ByByte::new(Access::new(access, lag)), bounds),
            wishes: vec![],
            replies: vec![],
            sent: vec![],
            told: vec![],
            controls: vec![],
            wanted: None,
            heard: vec![],
            is_timely,
            is_strict: is_timely && !is_cisco,
            stall: dice.pick(STALL),
        }
    }

    /// What both want, made of some bytes.
    fn wants(&mut self, head: &[u8], tail: &[u8], dice: &mut Dice) {
        use client::Command as Say;
        for piece in dice.cut(head, 20).into_iter().take(12) {
            let wish = match dice.below(8) {
                0..=2 => Say::Configure(settings(dice)),
                3 => Say::Control(Control(dice.pick([4, 5, 6, 8, 9, 11, 12, 13, 15]))),
                4 => Say::Purge(Purge(dice.pick([1, 2, 3]))),
                5 => Say::Suspend(true),
                _ => Say::Data(piece.to_vec().into()),
            };
            match &wish {
                Say::Control(control) => self.controls.push(*control),
                Say::Data(data) => self.sent.extend_from_slice(data),
                _ => {}
            }
            self.wishes.push(wish);
        }
        for piece in dice.cut(tail, 20).into_iter().take(12) {
            let reply = match dice.below(6) {
                0 => server::Command::ModemState(ModemState(dice.byte())),
                1 => server::Command::LineState(LineState(dice.byte())),
                2 => server::Command::Full(true),
                _ => server::Command::Data(piece.to_vec().into()),
            };
            if let server::Command::Data(data) = &reply {
                self.told.extend_from_slice(data);
            }
            self.replies.push(reply);
        }
        // In the end both take data.
        self.wishes.push(Say::Suspend(false));
        self.replies.push(server::Command::Full(false));
        self.wishes.reverse();
        self.replies.reverse();
    }

    fn goes_on(&mut self, dice: &mut Dice) {
        let (mut there, mut back) = (Pipe::default(), Pipe::default());
        for _ in 0..20_000 {
            let is_ready = self.client.machine().inner().client().is_ready();
            if dice.once_in(4)
                && let Some(wish) = self.wishes.pop()
            {
                if let client::Command::Configure(settings) = &wish {
                    self.wanted = Some(*settings);
                    // One that is refused is answered as another may have been asked for.
                    self.is_strict &= settings.baud <= 115_200
                        && settings.data_size.is_valid()
                        && settings.parity.0 <= 3;
                }
                let done = self.client.send(wish);
                assert_eq!(done, Ok(()));
            }
            self.listen();
            if dice.once_in(4)
                && let Some(reply) = self.replies.pop_if(|_| is_ready)
            {
                let done = self.server.send(reply);
                assert_eq!(done, Ok(()));
            }
            let now = self.client.now();
            there.put(
                self.client.take(1 + dice.below(60)).to_vec(),
                now,
                self.stall,
                dice,
            );
            back.put(
                self.server.take(1 + dice.below(60)).to_vec(),
                now,
                self.stall,
                dice,
            );
            let due = [
                there.due(),
                back.due(),
                self.client.wake(),
                self.server.wake(),
            ];
            let next = due.into_iter().flatten().min();
            let is_silent = self.client.unsent() + self.server.unsent() == 0;
            let wants_more = !self.wishes.is_empty() || !self.replies.is_empty();
            let until = match next {
                Some(next) if is_silent && (!wants_more || dice.once_in(8)) => next,
                Some(_) => now + Duration::from_micros(500),
                None if is_silent && !wants_more => return,
                None => now + Duration::from_micros(500),
            };
            // Both are where the line is before anything arrives.
            self.client.pass(until.since(now));
            self.server.pass(until.since(now));
            self.server.feed(&there.take(until));
            self.client.feed(&back.take(until));
            self.listen();
        }
        panic!("the two do not come to rest");
    }

    /// What was asked for last is in effect where every answer has come: the port grants it.
    fn listen(&mut self) {
        for event in self.client.take_events() {
            if let client::Event::Configured {
                settings,
                is_answered: true,
            } = &event
                && self.is_strict
            {
                let granted = self.wanted.unwrap_or_default();
                assert_eq!(*settings, granted, "left: in effect; right: granted");
            }
            self.heard.push(event);
        }
    }

    fn ends(mut self) {
        assert_eq!(*self.client.story_end(), End::Waits);
        assert_eq!(*self.server.story_end(), End::Waits);
        let client = self.client.machine().inner().client();
        assert!(client.is_ready());
        if self.wanted.is_some() {
            let port = self.server.machine().inner().port;
            let effect = port.settings;
            assert_eq!(client.settings(), effect, "left: known; right: in effect");
        }
        let served: Vec<Served> = self.server.take_events();
        let read: Vec<u8> = self.heard.iter().flat_map(data_of_user).collect();
        assert_eq!(read, self.told, "left: received; right: sent");
        let written: Vec<u8> = served.iter().flat_map(data_of_access).collect();
        assert_eq!(written, self.sent, "left: received; right: sent");
        self.is_answered();
    }

    /// What was asked for is answered, or given up where answers may be late.
    fn is_answered(&self) {
        let last = self.heard.iter().filter_map(|event| match event {
            client::Event::Configured {
                settings,
                is_answered,
            } => Some((settings, is_answered)),
            _ => None,
        });
        assert_eq!(last.clone().count() > 0, self.wanted.is_some());
        if !self.is_timely {
            return;
        }
        let asks = |control: &Control| control.request();
        let answers = self.heard.iter().filter_map(|event| match event {
            client::Event::Control(control) => Some(asks(control)),
            client::Event::Unanswered(message) => panic!("{message:?} is given up"),
            _ => None,
        });
        assert!(
            answers.eq(self.controls.iter().map(asks)),
            "an answer for each"
        );
        if let Some((settings, is_answered)) = last.last()
            && self.is_strict
        {
            let port = self.server.machine().inner().port;
            assert_eq!((settings, is_answered), (&port.settings, &true));
        }
    }
}

fn data_of_user(event: &client::Event) -> Vec<u8> {
    match event {
        client::Event::Data(data) => data.to_vec(),
        _ => vec![],
    }
}

fn data_of_access(served: &Served) -> Vec<u8> {
    match served {
        Served::Told(server::Event::Data(data)) => data.to_vec(),
        _ => vec![],
    }
}

/// Bytes on their way, in their order, each piece until its time.
#[derive(Default)]
struct Pipe(Vec<(Instant, Vec<u8>)>);

impl Pipe {
    fn put(&mut self, bytes: Vec<u8>, now: Instant, stall: u64, dice: &mut Dice) {
        if bytes.is_empty() {
            return;
        }
        let stall = if dice.once_in(3) { stall } else { 0 };
        let at = now + Duration::from_millis(stall);
        let last = self.0.last().map_or(at, |last| last.0);
        self.0.push((at.max(last), bytes));
    }

    fn due(&self) -> Option<Instant> {
        self.0.first().map(|first| first.0)
    }

    fn take(&mut self, now: Instant) -> Vec<u8> {
        let due = self.0.iter().take_while(|piece| piece.0 <= now).count();
        self.0.drain(..due).flat_map(|piece| piece.1).collect()
    }
}
