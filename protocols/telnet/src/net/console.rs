//! The consoles of a device: who gets in, who is there, and who is put out.
//!
//! [`Consoles`] is what the sessions share: a roster of them, and who has failed to log in. An
//! [`Operator`] is one session: it answers logins, `who` and `kick` by that, and gives the application what
//! is left, which is the device's own commands. However it ends, its place is free again.
//!
//! ```
//! use std::sync::Arc;
//! use lineside_io::{Driver, Net, Socket, sim::MemoryNet};
//! use lineside_telnet::{
//!     console::{Accounts, Command, Config, Console, Event, Login, Spec, Table, TelnetConsole},
//!     net::console::{Consoles, ConsolesConfig},
//! };
//! # use lineside_io::Listener;
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! lineside_io::sim::run(|clock| async move {
//!     let table = Table::new([Spec::new("level", "Shows the tank's level")]);
//!     let table = Arc::new(table.with_builtins().with_sessions(10));
//!     let mut config = Config::default();
//!     config.login = Some(Login::default());
//!     let config = Arc::new(config);
//!     let accounts = Accounts::new().with("ann", "hush", 10);
//!     let consoles = Consoles::new(&ConsolesConfig::default(), move |who| {
//!         accounts.check(&who.user, &who.password)
//!     });
//!
//!     # let net = MemoryNet::new();
//!     # let mut listener = net.listen("127.0.0.1:23".parse().unwrap()).await.unwrap();
//!     # let mut ann = net.dial("127.0.0.1:23".parse().unwrap()).await.unwrap();
//!     # ann.write_all(b"\xff\xfe\x01ann\r\nhush\r\nlevel\r\nexit\r\n").await.unwrap();
//!     // For each connection:
//!     let stream = listener.accept().await.unwrap();
//!     let from = stream.peer_addr().unwrap();
//!     let console = TelnetConsole::new(Console::new(table.clone(), config.clone()));
//!     let driver = Driver::new(console, stream, clock.clone());
//!     let mut operator = consoles.attend(driver, from);
//!     while let Some(event) = operator.next().await.unwrap() {
//!         if let Event::Run(_) = event {
//!             operator.answer(Command::Print("7.5 m".into())).unwrap();
//!             operator.answer(Command::Done).unwrap();
//!         }
//!     }
//!     # drop(operator);
//!     # let mut said = String::new();
//!     # ann.read_to_string(&mut said).await.unwrap_or_default();
//! });
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lineside_core::Instant;
use lineside_io::{Driver, Stream};
use tokio::sync::mpsc;

use crate::console::{
    Attended, Command, Credentials, Denied, Roster, Second, Throttle, ThrottleLimits,
};

mod operator;
mod origin;
#[cfg(test)]
mod tests;

pub use operator::Operator;
pub use origin::Origin;

/// How many may be at the consoles of a device, and what becomes of those who fail to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsolesConfig {
    /// Sessions at once, those before their login included; a further one is told so and ends. Default 8.
    pub sessions: usize,
    /// What becomes of an operator who logs in while another one is in. Default [`Second::Shared`].
    pub second: Second,
    /// When those who fail to log in are locked out (T79).
    pub throttle: ThrottleLimits,
}

impl Default for ConsolesConfig {
    fn default() -> Self {
        Self {
            sessions: 8,
            second: Second::default(),
            throttle: ThrottleLimits::default(),
        }
    }
}

/// What all consoles of a device share, over whatever wires they are reached. Clones are the same.
///
/// The clocks of all their drivers are clones of one.
#[derive(Clone)]
pub struct Consoles(Arc<Shared>);

struct Shared {
    roster: Mutex<Roster<mpsc::Sender<String>>>,
    throttle: Mutex<Throttle<String>>,
    check: Box<Check>,
}

type Check = dyn Fn(&Credentials) -> Option<u8> + Send + Sync;

impl Consoles {
    /// Consoles at which nobody is. `check` gives the level of an operator who may log in, as
    /// [`Accounts::check`](crate::console::Accounts::check) does in constant time; it must not block.
    #[must_use]
    pub fn new(
        config: &ConsolesConfig,
        check: impl Fn(&Credentials) -> Option<u8> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Shared {
            roster: Mutex::new(Roster::new(config.sessions, config.second)),
            throttle: Mutex::new(Throttle::new(config.throttle.clone())),
            check: Box::new(check),
        }))
    }

    /// An operator comes, from somewhere: the address of a peer, or the name of a line.
    ///
    /// Where too many are there already, the session says so and ends.
    pub fn attend<M: Attended, S: Stream>(
        &self,
        mut driver: Driver<M, S>,
        from: impl Into<Origin>,
    ) -> Operator<M, S> {
        let seat = self.enter(driver.clock().now(), from.into());
        if seat.is_none() {
            // A machine that has failed says so at its next call.
            let _ = driver.submit(Command::Close("Too many sessions.".into()).into());
        }
        Operator::new(driver, seat)
    }

    /// How many sessions there are.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.roster().len()
    }

    fn enter(&self, now: Instant, from: Origin) -> Option<Seat> {
        // One word puts a session out; a second one changes nothing.
        let (sender, inbox) = mpsc::channel(1);
        let number = self.roster().enter(now, from.shown, sender)?;
        Some(Seat {
            consoles: self.clone(),
            number,
            counted: from.counted,
            inbox,
        })
    }

    fn roster(&self) -> MutexGuard<'_, Roster<mpsc::Sender<String>>> {
        held(&self.0.roster)
    }
}

/// The lock, whoever panicked with it: every call leaves what is behind it whole.
fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A session's place in the roster. Dropping it leaves.
#[derive(Debug)]
struct Seat {
    consoles: Consoles,
    number: u32,
    /// By what its failures are counted.
    counted: String,
    inbox: mpsc::Receiver<String>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.consoles.roster().leave(self.number);
    }
}

impl Seat {
    /// What is to be said to an operator who is put out.
    async fn put_out(&mut self) -> String {
        match self.inbox.recv().await {
            Some(message) => message,
            // The roster keeps the sender for as long as there is a seat.
            None => core::future::pending().await,
        }
    }

    fn used(&self, when: Instant) {
        self.consoles.roster().used(when, self.number);
    }

    fn who(&self, now: Instant) -> Vec<Command> {
        let who = self.consoles.roster().who(now, self.number);
        vec![Command::Print(who), Command::Done]
    }

    fn kick(&self, number: u32) -> Vec<Command> {
        let roster = self.consoles.roster();
        let Some(kicked) = roster.find(number) else {
            return vec![Command::Failed("There is no such session.".into())];
        };
        let _ = kicked.try_send("Your session was ended.".into());
        vec![Command::Done]
    }

    fn login(&self, now: Instant, who: &Credentials) -> Command {
        // One who is locked out is checked too, so that the time is the same.
        let level = (self.consoles.0.check)(who);
        let mut throttle = held(&self.consoles.0.throttle);
        let level = level.filter(|_| throttle.locked(now, &self.counted).is_none());
        let Some(level) = level else {
            throttle.failed(now, self.counted.clone());
            tracing::debug!(user = ?who.user, from = self.counted, "a login has failed");
            return Command::Refuse;
        };
        throttle.succeeded(&self.counted);
        drop(throttle);
        self.admit(who, level)
    }

    fn admit(&self, who: &Credentials, level: u8) -> Command {
        match self.consoles.roster().admit(self.number, &*who.user) {
            Ok(others) => {
                for other in others {
                    let _ = other.try_send("Another operator has logged in.".into());
                }
                Command::Admit { level }
            }
            Err(Denied) => Command::Close("Another operator is in.".into()),
        }
    }
}

impl core::fmt::Debug for Consoles {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Consoles")
            .field("sessions", &self.sessions())
            .finish_non_exhaustive()
    }
}
