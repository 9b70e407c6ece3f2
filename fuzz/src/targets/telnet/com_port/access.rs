//! An access server and its port.

use core::time::Duration;

use lineside_core::{Error, Instant, Link, Machine, Step};
use lineside_telnet::com_port::{
    Port, Server,
    server::{Action, Command, Config, Event},
};

use super::super::by_byte::Tells;

/// What an [`Access`] tells: an action is followed by what is in effect when it is done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Served {
    Told(Event),
    Done(Port),
}

impl Tells for Served {
    fn into_data(self) -> Result<bytes::Bytes, Self> {
        match self {
            Self::Told(event) => event.into_data().map_err(Self::Told),
            done => Err(done),
        }
    }

    fn of_data(data: bytes::Bytes) -> Self {
        Self::Told(Event::of_data(data))
    }
}

/// An access server with a port, which takes its time.
#[derive(Clone, Debug)]
pub(super) struct Access {
    server: Server,
    pub(super) port: Port,
    lag: Duration,
    doing: Option<(Action, Instant)>,
    /// Data from the port while the client takes none.
    held: Vec<bytes::Bytes>,
}

impl Access {
    pub(super) fn new(config: Config, lag: Duration) -> Self {
        Self {
            server: Server::new(config),
            port: Port::default(),
            lag,
            doing: None,
            held: Vec::new(),
        }
    }

    fn act(&mut self, action: Action) {
        let settings = &mut self.port.settings;
        match action {
            Action::Baud(rate) => settings.baud = rate.min(115_200),
            Action::DataSize(size) => settings.data_size = size,
            // This line has no mark and no space.
            Action::Parity(parity) if parity.0 < 4 => settings.parity = parity,
            Action::StopSize(size) => settings.stop_size = size,
            Action::Flow(flow) => settings.flow = flow,
            Action::Inbound(flow) => self.port.inbound = flow,
            Action::Break(on) => self.port.is_break = on,
            Action::Dtr(on) => self.port.dtr = on,
            Action::Rts(on) => self.port.rts = on,
            _ => {}
        }
    }
}

impl Machine for Access {
    type Event = Served;
    type Command = Command;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Served>, Error> {
        if let Some((action, until)) = self.doing {
            if now < until {
                return Ok(Step::Wait(Some(until)));
            }
            self.doing = None;
            self.act(action);
            self.server.send(now, Command::Done(self.port), link)?;
            return Ok(Step::Event(Served::Done(self.port)));
        }
        let step = self.server.poll(now, link)?;
        if let Step::Event(Event::Act(action)) = &step {
            self.doing = Some((*action, now + self.lag));
        }
        if !self.server.is_suspended() {
            for data in self.held.drain(..) {
                self.server.send(now, Command::Data(data), link)?;
            }
        }
        Ok(step.map(Served::Told))
    }

    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        match command {
            Command::Data(data) if self.server.is_suspended() => {
                self.held.push(data);
                Ok(())
            }
            command => self.server.send(now, command, link),
        }
    }
}
