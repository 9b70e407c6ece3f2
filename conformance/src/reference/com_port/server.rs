//! The textbook access server: one port, and whoever comes.

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use lineside_core::Mark;
use lineside_io::{Clock, Line as _};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::mpsc::UnboundedReceiver,
};

use super::{
    ANSWER, COM_PORT,
    ports::Port,
    settings,
    talk::{Heard, Talk},
};
use crate::{
    reference::{
        Mutation,
        telnet::{AYT, BINARY, DO, IAC, NOP, SGA, WILL},
    },
    subject::{Guest, Setup},
    wire::End,
};

/// More than this waits for the port: its clients are told to stop; at half of it, to go on.
const MUCH: usize = 32 * 1024;
/// A break that `IAC BRK` asks for.
const PULSE: Duration = Duration::from_millis(250);

/// Serves the port to all who come.
pub(super) async fn run(
    guests: UnboundedReceiver<Guest>,
    lines: Vec<End>,
    setup: Setup,
    broken: Mutation,
) {
    let Some(End::Line(line)) = lines.into_iter().next() else {
        return;
    };
    let option = |name: &str, usual: &str| setup.dialect.get(name).unwrap_or(usual).to_owned();
    let mut server = Server {
        guests,
        port: Port::new(line, broken.clone()),
        clock: setup.clock.clone(),
        users: Vec::new(),
        inputs: None,
        is_full: false,
        is_gone: false,
        second: option("second", "refuse"),
        leave: option("leave", "hold"),
        answered: 0,
        kept: None,
        was_suspended: false,
        broken,
    };
    server.inputs = server.port.inputs();
    loop {
        let what = poll_fn(|cx| server.poll(cx)).await;
        server.what(what).await;
        server.tell_full();
        server.flush().await;
    }
}

/// What happens next.
enum What {
    Guest(Guest),
    /// From the client at this place.
    Heard(usize, Vec<u8>),
    Ended(usize),
    Line(Vec<u8>),
    Mark(Mark),
    Inputs,
    Wrote(usize),
}

struct User {
    end: End,
    talk: Talk,
    line_mask: u8,
    modem_mask: u8,
    is_suspended: bool,
    /// What the port received while it was suspended.
    backlog: Vec<u8>,
    is_over: bool,
}

struct Server {
    guests: UnboundedReceiver<Guest>,
    port: Port,
    clock: Clock,
    users: Vec<User>,
    inputs: Option<u8>,
    is_full: bool,
    /// The other end of the line is gone.
    is_gone: bool,
    second: String,
    leave: String,
    /// How many commands were answered since the last read, for a mutant.
    answered: usize,
    /// The masks of the one before, for a mutant.
    kept: Option<(u8, u8)>,
    was_suspended: bool,
    broken: Mutation,
}

impl Server {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<What> {
        if let Poll::Ready(Some(guest)) = self.guests.poll_recv(cx) {
            return Poll::Ready(What::Guest(guest));
        }
        let mut chunk = [0; 2_048];
        for at in 0..self.users.len() {
            let Some(user) = self.users.get_mut(at) else {
                break;
            };
            if self.port.pending.len() > 2 * MUCH {
                break;
            }
            if user.is_over {
                continue;
            }
            let mut into = ReadBuf::new(&mut chunk);
            match Pin::new(&mut user.end).poll_read(cx, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {
                    return Poll::Ready(What::Heard(at, into.filled().to_vec()));
                }
                Poll::Ready(_) => return Poll::Ready(What::Ended(at)),
                Poll::Pending => {}
            }
        }
        self.poll_line(cx, &mut chunk)
    }

    fn poll_line(&mut self, cx: &mut Context<'_>, chunk: &mut [u8]) -> Poll<What> {
        let line = &mut self.port.line;
        if !self.port.pending.is_empty()
            && let Poll::Ready(wrote) = Pin::new(&mut *line).poll_write(cx, &self.port.pending)
        {
            // What a line that has gone is given is lost.
            return Poll::Ready(What::Wrote(wrote.unwrap_or(self.port.pending.len())));
        }
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(What::Mark(mark));
        }
        let mut into = ReadBuf::new(chunk);
        if !self.is_gone && Pin::new(&mut *line).poll_read(cx, &mut into).is_ready() {
            self.is_gone = into.filled().is_empty();
            return Poll::Ready(What::Line(into.filled().to_vec()));
        }
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(What::Mark(mark));
        }
        Pin::new(line).poll_signals(cx).map(|_| What::Inputs)
    }

    async fn what(&mut self, what: What) {
        match what {
            What::Guest(guest) => self.admit(guest).await,
            What::Heard(at, bytes) => self.heard(at, &bytes).await,
            What::Ended(at) => self.ended(at).await,
            What::Line(data) => self.received(&data),
            What::Mark(mark) => self.mark(mark),
            What::Inputs => self.modem(),
            What::Wrote(count) => drop(self.port.pending.drain(..count)),
        }
        self.sweep().await;
    }

    async fn ended(&mut self, at: usize) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        let rest = user.talk.unfinished();
        if let Some(message) = rest.filter(|_| self.broken.is("com-port.obeys-what-is-cut-off")) {
            self.message(at, &message).await;
        }
        self.end(at);
    }

    async fn admit(&mut self, guest: Guest) {
        let mut user = User {
            end: guest.end,
            talk: Talk::new(true, self.broken.clone()),
            line_mask: 0,
            modem_mask: if self.broken.is("com-port.begins-with-no-modem-mask") {
                0
            } else {
                255
            },
            is_suspended: false,
            backlog: Vec::new(),
            is_over: false,
        };
        if let Some(kept) = self.kept.filter(|_| self.broken.is("com-port.keeps-masks")) {
            (user.line_mask, user.modem_mask) = kept;
        }
        user.is_suspended = self.was_suspended && self.broken.is("com-port.keeps-suspensions");
        if !self.users.is_empty() {
            let refuses = self.second == "refuse" && !self.broken.is("com-port.never-refuses")
                || self.broken.is("com-port.always-refuses");
            if refuses {
                // It is told why, and closed.
                let _ = user.end.write_all(b"in use\r\n").await;
                return;
            }
            if self.second == "kick" && !self.broken.is("com-port.never-kicks") {
                self.users.clear();
                self.port.pending.clear();
            }
        }
        if self.users.is_empty() {
            self.port.taken(&self.leave);
        }
        let refuses = self.broken.is("com-port.refuses-binary");
        let options: &[u8] = if refuses { &[SGA] } else { &[BINARY, SGA] };
        for &option in options {
            user.talk.ask(WILL, option);
            user.talk.ask(DO, option);
        }
        self.users.push(user);
    }

    /// Lets go of those that are over, and of the port when it was the last.
    async fn sweep(&mut self) {
        let before = self.users.len();
        if self.broken.is("com-port.never-lets-go") {
            return;
        }
        self.users.retain(|user| {
            if user.is_over {
                self.kept = Some((user.line_mask, user.modem_mask));
                self.was_suspended = user.is_suspended;
            }
            !user.is_over
        });
        if before > 0 && self.users.is_empty() {
            self.port.left(&self.leave).await;
        }
    }

    async fn heard(&mut self, at: usize, bytes: &[u8]) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        let mut found = user.talk.hear(bytes);
        if self.broken.is("com-port.answers-the-last-first") {
            found.reverse();
        }
        self.answered = 0;
        for one in found {
            match one {
                Heard::Data(data) => self.data(at, data),
                Heard::Message(message) => self.message(at, &message).await,
                Heard::Command(243) if !self.broken.is("com-port.ignores-brk") => {
                    self.pulse().await;
                }
                Heard::Command(AYT) if !self.broken.is("com-port.ignores-ayt") => {
                    self.say(at, |talk| talk.out.extend([IAC, NOP]));
                }
                Heard::Command(_) => {}
                Heard::Option(_, COM_PORT, true) => self.tell_modem(at),
                Heard::Option(..) => {}
            }
        }
    }

    fn data(&mut self, at: usize, data: Vec<u8>) {
        let has_port = self.users.get(at).is_some_and(|user| user.talk.has_port());
        if !has_port && self.broken.is("com-port.wants-the-option-for-data") {
            return;
        }
        if self.answered > 0 && self.broken.is("com-port.loses-data-behind-commands") {
            return;
        }
        self.port.pending.extend(data);
    }

    async fn pulse(&mut self) {
        self.port.settle().await;
        let _ = self.port.line.set_break(true);
        self.clock.sleep(PULSE).await;
        let _ = self.port.line.set_break(self.port.is_break);
    }

    /// A command of RFC 2217, section 3.
    async fn message(&mut self, at: usize, message: &[u8]) {
        let has_port = self.users.get(at).is_some_and(|user| user.talk.has_port());
        if !has_port && !self.broken.is("com-port.answers-when-off") {
            return;
        }
        self.answered += 1;
        if self.answered > 25 && self.broken.is("com-port.loses-what-is-pipelined") {
            return;
        }
        let Some((&command, value)) = message.split_first() else {
            if self.broken.is("com-port.ends-at-an-empty-message") {
                self.end(at);
            }
            return;
        };
        let is_suspended = self.users.get(at).is_some_and(|user| user.is_suspended);
        if is_suspended && command != 9 && self.broken.is("com-port.suspend-loses-commands") {
            return;
        }
        match (command, value) {
            (0, []) if self.broken.is("com-port.has-no-signature") => {}
            (0, []) => self.answer(at, 0, b"textbook"),
            (0, _) if self.broken.is("com-port.ends-at-a-signature") => self.end(at),
            (0, _) => {}
            (1, &[code]) => self.cisco(at, code).await,
            (1..=5, value) => self.setting(at, command, value).await,
            (8, []) => self.suspend(at, true),
            (9, []) => self.suspend(at, false),
            (10 | 11, &[mask]) => self.mask(at, command, mask),
            (12, &[what]) => {
                if !matches!(what, 1..=3) && self.broken.is("com-port.falls-over-odd-values") {
                    self.end(at);
                }
                self.port.purge(what);
                if matches!(what, 1 | 3)
                    && !self.broken.is("com-port.purges-no-backlog")
                    && let Some(user) = self.users.get_mut(at)
                {
                    user.backlog.clear();
                }
                let says = if self.broken.is("com-port.purges-answered-as-both") {
                    3
                } else {
                    what
                };
                if !self.broken.is("com-port.purges-unanswered") {
                    self.answer(at, 12, &[says]);
                }
            }
            (101..=112, value) if self.broken.is("com-port.obeys-answers") => {
                self.setting(at, command - ANSWER, value).await;
            }
            (13..=99, _) if self.broken.is("com-port.ends-at-what-it-does-not-know") => {
                self.end(at);
            }
            (13..=99 | 113.., _) if self.broken.is("com-port.answers-what-it-does-not-know") => {
                self.answer(at, command, value);
            }
            (6 | 7, _) if self.broken.is("com-port.answers-notifications") => {
                self.answer(at, command, value);
            }
            _ => self.malformed(at, command, value).await,
        }
    }

    /// SET-BAUDRATE to SET-CONTROL.
    async fn setting(&mut self, at: usize, command: u8, value: &[u8]) {
        let little = command == 1 && self.broken.is("com-port.lowest-octet-first");
        let number = match (command, value) {
            (1, value) if little => value.try_into().ok().map(u32::from_le_bytes),
            (1, value) => settings::rate_of(value),
            (_, &[byte]) => Some(u32::from(byte)),
            _ => None,
        };
        let Some(number) = number else {
            return self.malformed(at, command, value).await;
        };
        let asked = u8::try_from(number).unwrap_or(u8::MAX);
        if command == 3 && self.broken.is("com-port.never-answers-parity") {
            return;
        }
        if command == 5 && asked > 19 && self.broken.is("com-port.falls-over-odd-values") {
            return self.end(at);
        }
        let is_odd = command == 1 && number % 150 != 0;
        if is_odd && self.broken.is("com-port.refuses-odd-rates-in-silence") {
            return;
        }
        let silent = command == 5 && self.broken.is("com-port.never-answers-control");
        let no_reply = command == 5
            && matches!(asked, 17..=19)
            && self.broken.is("com-port.refuses-dcd-in-silence");
        if silent || no_reply {
            return;
        }
        if number == 0 && command != 5 && self.broken.is("com-port.answers-questions-with-zero") {
            let zeros: &[u8] = if command == 1 { &[0; 4] } else { &[0] };
            return self.answer(at, command, zeros);
        }
        if command == 5
            && matches!(asked, 0 | 4 | 7 | 10 | 13)
            && self.broken.is("com-port.answers-questions-with-themselves")
        {
            return self.answer(at, command, &[asked]);
        }
        self.port.set(command, number).await;
        let mut effect = self.port.in_effect(command, asked);
        if number != 0 && self.broken.is("com-port.answers-what-was-asked") {
            effect = number;
        }
        let is_rounded = (command, number) == (4, 3);
        if is_rounded && self.broken.is("com-port.rounds-stop-sizes-in-silence") {
            effect = 3;
        }
        if command == 4 && self.broken.is("com-port.stop-sizes-in-order") {
            effect = [0, 1, 3, 2].get(effect as usize).copied().unwrap_or(effect);
        }
        if command == 3 && self.broken.is("com-port.even-as-odd") {
            effect = [0, 1, 3, 2].get(effect as usize).copied().unwrap_or(effect);
        }
        if command == 2 && self.broken.is("com-port.always-eight-bits") {
            effect = 8;
        }
        let octets = match (command, little) {
            (1, true) => effect.to_le_bytes(),
            _ => effect.to_be_bytes(),
        };
        match octets {
            octets if command == 1 => self.answer(at, command, &octets),
            [.., byte] => self.answer(at, command, &[byte]),
        }
    }

    /// A baud rate in Cisco's form is answered in it.
    async fn cisco(&mut self, at: usize, code: u8) {
        if self.broken.is("com-port.knows-no-short-rates") {
            return;
        }
        self.port
            .set(1, settings::of_cisco(code).unwrap_or(0))
            .await;
        let rate = self.port.in_effect(1, 0);
        if self.broken.is("com-port.answers-short-rates-at-length") {
            return self.answer(at, 1, &rate.to_be_bytes());
        }
        self.answer(at, 1, &[settings::cisco(rate)]);
    }

    /// A command without its value, or with too much of one, is ignored.
    async fn malformed(&mut self, at: usize, command: u8, value: &[u8]) {
        if self.broken.is("com-port.ends-at-a-short-command") && command <= 12 {
            self.end(at);
        }
        if self.broken.is("com-port.fills-short-commands") && command == 1 && value.len() < 4 {
            let mut octets = [0; 4];
            for (to, from) in octets.iter_mut().zip(value) {
                *to = *from;
            }
            self.port.set(1, u32::from_be_bytes(octets).max(300)).await;
        }
    }

    fn mask(&mut self, at: usize, command: u8, mask: u8) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        if command == 10 {
            user.line_mask = mask;
        } else {
            user.modem_mask = mask;
        }
        if self.broken.is("com-port.masks-unanswered") {
            return;
        }
        let says = if self.broken.is("com-port.answers-masks-with-zero") {
            0
        } else {
            mask
        };
        self.answer(at, command, &[says]);
        if command == 11 {
            self.tell_modem(at);
        }
    }

    fn suspend(&mut self, at: usize, on: bool) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        user.is_suspended = on && !self.broken.is("com-port.ignores-suspend");
        if !on && !self.broken.is("com-port.loses-what-waits") {
            let backlog = core::mem::take(&mut user.backlog);
            user.talk.data(&backlog);
        }
        if !on && self.broken.is("com-port.never-goes-on") {
            user.is_suspended = true;
        }
    }

    /// What the port received goes to every client.
    fn received(&mut self, data: &[u8]) {
        let one = self.broken.is("com-port.shares-with-the-first-alone");
        let count = if one { 1 } else { usize::MAX };
        for user in self.users.iter_mut().take(count) {
            if user.is_suspended {
                user.backlog.extend(data);
            } else {
                user.talk.data(data);
            }
        }
        if self.broken.is("com-port.notifies-again-and-again") {
            for at in 0..self.users.len() {
                self.tell_modem(at);
            }
        }
    }

    /// NOTIFY-LINESTATE, as far as the mask has it.
    fn mark(&mut self, mark: Mark) {
        let swapped = self.broken.is("com-port.parity-as-framing");
        let state = match mark {
            Mark::Overrun => 2,
            Mark::Parity(_) if swapped => 8,
            Mark::Parity(_) => 4,
            Mark::Framing(_) if swapped => 4,
            Mark::Framing(_) => 8,
            Mark::Break => 16,
        };
        let ignores = self.broken.is("com-port.notifies-the-line-unasked");
        if self.broken.is("com-port.never-notifies-the-line") {
            return;
        }
        for at in 0..self.users.len() {
            let mask = self.users.get(at).map_or(0, |user| user.line_mask);
            let masked = if ignores { state } else { state & mask };
            if masked != 0 {
                self.answer(at, 6, &[masked]);
            }
        }
    }

    /// NOTIFY-MODEMSTATE of what has changed, as far as the mask has it.
    fn modem(&mut self) {
        let (Some(now), before) = (self.port.inputs(), self.inputs) else {
            return;
        };
        self.inputs = Some(now);
        let before = before.unwrap_or(now);
        let changed = (now ^ before) >> 4;
        let rose = (now & !before) >> 4;
        let mut deltas = changed & !(rose & 4);
        if self.broken.is("com-port.tells-no-changes") {
            deltas = 0;
        }
        if self.broken.is("com-port.never-notifies-modem-lines") {
            return;
        }
        let ignores = self.broken.is("com-port.ignores-the-modem-mask");
        for at in 0..self.users.len() {
            let mask = self.users.get(at).map_or(0, |user| user.modem_mask);
            let mask = if ignores { 255 } else { mask };
            if (now ^ before) & mask != 0 || deltas & mask != 0 {
                self.answer(at, 7, &[(now | deltas) & mask]);
            }
        }
    }

    /// Once after notification was turned on.
    fn tell_modem(&mut self, at: usize) {
        let mask = self.users.get(at).map_or(0, |user| user.modem_mask);
        if let Some(inputs) = self.inputs
            && mask != 0
            && !self.broken.is("com-port.never-tells-at-first")
        {
            self.answer(at, 7, &[inputs & mask]);
        }
    }

    /// FLOWCONTROL-SUSPEND and -RESUME of our own.
    fn tell_full(&mut self) {
        let waiting = self.port.pending.len();
        let is_full = if self.is_full {
            waiting > MUCH / 2
        } else {
            waiting > MUCH && !self.broken.is("com-port.never-suspends")
        };
        if is_full == self.is_full || self.is_full && self.broken.is("com-port.never-resumes") {
            return;
        }
        self.is_full = is_full;
        for at in 0..self.users.len() {
            self.answer(at, if is_full { 8 } else { 9 }, &[]);
        }
    }

    fn answer(&mut self, at: usize, command: u8, value: &[u8]) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        if !user.talk.has_port() && !self.broken.is("com-port.answers-when-off") {
            return;
        }
        let code = if self.broken.is("com-port.answers-in-the-clients-numbers") {
            command
        } else {
            command.saturating_add(ANSWER)
        };
        user.talk.message(&[&[code], value].concat());
    }

    fn say(&mut self, at: usize, what: impl FnOnce(&mut Talk)) {
        if let Some(user) = self.users.get_mut(at) {
            what(&mut user.talk);
        }
    }

    /// For a mutant: closes a connection.
    fn end(&mut self, at: usize) {
        if let Some(user) = self.users.get_mut(at) {
            user.is_over = true;
        }
    }

    async fn flush(&mut self) {
        for user in &mut self.users {
            let out = core::mem::take(&mut user.talk.out);
            let gone = !out.is_empty() && user.end.write_all(&out).await.is_err();
            user.is_over |= gone || user.end.flush().await.is_err();
        }
    }
}
