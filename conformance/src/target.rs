//! Where a case's wires come from, and the three kinds of targets.

use std::sync::Arc;

use lineside_io::{BoxFuture, address::Address};

use crate::{
    Dialect, DialectError, Group, Instance, Profile, Run, Side, Subject,
    context::Context,
    judge::Halt,
    script::{Report, Step},
    wire::End,
};

mod address;
mod client;
pub mod memory;
mod template;
mod url;

pub use address::{TargetError, candidates, find_subject, join, schemes, split};
pub use template::Template;

/// What is tested.
#[derive(Clone)]
pub struct Target {
    kind: Kind,
    /// What it is taken to have.
    pub profile: Arc<Profile>,
}

#[derive(Clone)]
enum Kind {
    Memory {
        subject: Arc<dyn Subject>,
        dialect: Option<Dialect>,
    },
    Url {
        address: Address,
        dialect: Dialect,
    },
    Client {
        listen: Address,
        dialect: Option<Dialect>,
        template: Template,
    },
}

/// One run of one instance: what it needs to know of the plan.
#[derive(Clone, Debug)]
pub struct Job {
    /// The instance's group.
    pub group: &'static Group,
    /// The instance.
    pub instance: Instance,
    /// What is spoken.
    pub dialect: Dialect,
    /// The seed of the whole run.
    pub seed: u64,
}

impl Target {
    /// An endpoint in memory.
    #[must_use]
    pub fn memory(subject: Arc<dyn Subject>) -> Self {
        let profile = Arc::new(subject.profile());
        Self {
            kind: Kind::Memory {
                subject,
                dialect: None,
            },
            profile,
        }
    }

    /// A server at an address: `slip+tcp://10.0.0.7:4001`, `mem:NAME`. Without a profile of its own it
    /// is taken to be an echo of records of up to 256 bytes.
    ///
    /// # Errors
    /// Says which part is wrong and what is allowed.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        address::parse(text)
    }

    /// A client program that connects to where the suite listens.
    ///
    /// `listen` is an address such as `slip+tcp://127.0.0.1:0`; without a dialect, the client is
    /// given each case's.
    ///
    /// # Errors
    /// Says which part is wrong and what is allowed.
    pub fn client(listen: &str, command: &str) -> Result<Self, TargetError> {
        let (listen, dialect) = address::parse_listen(listen)?;
        let template = Template::parse(command).map_err(TargetError::Command)?;
        let profile = address::default_profile(&listen);
        Ok(Self {
            kind: Kind::Client {
                listen,
                dialect,
                template,
            },
            profile: Arc::new(profile),
        })
    }

    /// An endpoint in memory that is held to one dialect.
    fn in_dialect(mut self, only: Dialect) -> Self {
        if let Kind::Memory { dialect, .. } = &mut self.kind {
            *dialect = Some(only);
        }
        self
    }

    /// Its address, without a password.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.kind {
            Kind::Memory { subject, .. } => format!("mem:{}", subject.name()),
            Kind::Url { address, dialect } => address::join(&address.redacted(), dialect),
            Kind::Client { template, .. } => template.to_string(),
        }
    }

    /// What it is known to be.
    #[must_use]
    pub fn about(&self) -> String {
        match &self.kind {
            Kind::Memory { subject, .. } => subject.about(),
            Kind::Url { .. } | Kind::Client { .. } => self.profile.name.clone(),
        }
    }

    /// Whether it can be tested as this side.
    #[must_use]
    pub const fn is(&self, side: Side) -> bool {
        match (&self.kind, side) {
            (Kind::Memory { .. }, _)
            | (Kind::Url { .. }, Side::Server)
            | (Kind::Client { .. }, Side::Client) => true,
            (Kind::Url { .. }, Side::Client) | (Kind::Client { .. }, Side::Server) => false,
        }
    }

    /// The dialect that its address fixes.
    #[must_use]
    pub const fn dialect(&self) -> Option<&Dialect> {
        match &self.kind {
            Kind::Url { dialect, .. } => Some(dialect),
            Kind::Memory { dialect, .. } | Kind::Client { dialect, .. } => dialect.as_ref(),
        }
    }

    /// What an instance is run in: its own dialect, or, for a case of any options, this target's.
    ///
    /// # Errors
    /// The case's dialect does not parse.
    pub fn dialect_of(&self, instance: &Instance) -> Result<Dialect, DialectError> {
        let own: Dialect = instance.speaks().parse()?;
        let fixed = self
            .dialect()
            .filter(|fixed| instance.case.any_options && fixed.name == own.name);
        Ok(fixed.cloned().unwrap_or(own))
    }

    /// Whether it speaks this dialect, options and all.
    #[must_use]
    pub fn speaks(&self, dialect: &Dialect) -> bool {
        match (&self.kind, self.dialect()) {
            (Kind::Memory { subject, .. }, None) => subject.speaks(dialect),
            (_, Some(fixed)) => fixed.means(dialect),
            (_, None) => true,
        }
    }

    /// Whether cases of this dialect concern it at all, whatever the options.
    #[must_use]
    pub fn concerns(&self, dialect: &Dialect) -> bool {
        match self.dialect() {
            Some(fixed) => fixed.name == dialect.name,
            None => self.speaks(dialect),
        }
    }

    /// Whether hazards matter: an endpoint in memory has nothing to lose.
    #[must_use]
    pub const fn is_real(&self) -> bool {
        matches!(self.kind, Kind::Url { .. })
    }

    /// How many cases run at a time unless the user says otherwise: two in memory, four over a
    /// network, one on a serial line and where all connections see the same registers or the same port.
    #[must_use]
    pub fn jobs(&self) -> usize {
        match &self.kind {
            Kind::Memory { .. } => 2,
            _ if self.is_line() => 1,
            Kind::Url { dialect, .. }
                if dialect.name.starts_with("modbus-") || dialect.name == "com-port" =>
            {
                1
            }
            Kind::Url { .. } | Kind::Client { .. } => 4,
        }
    }

    /// Whether there is but one wire, with a speed.
    #[must_use]
    pub fn is_line(&self) -> bool {
        match &self.kind {
            Kind::Memory { .. } => false,
            Kind::Url { address, .. }
            | Kind::Client {
                listen: address, ..
            } => address::is_line(address),
        }
    }

    /// Takes a profile for what it has; what its wire is, its address says.
    pub fn take_profile(&mut self, mut profile: Profile) {
        if let Kind::Url { address, .. }
        | Kind::Client {
            listen: address, ..
        } = &self.kind
        {
            let wire = address::wire_of(address);
            profile.capabilities.insert(wire.to_owned());
        }
        self.profile = Arc::new(profile);
    }

    /// Runs one instance, and waits for it.
    #[must_use]
    pub fn run(&self, job: &Job) -> Run {
        match &self.kind {
            Kind::Memory { subject, .. } => {
                memory::run(job.instance, &job.dialect, subject, &self.profile, job.seed)
            }
            Kind::Url { address, .. } => url::run(address, &self.profile, job),
            Kind::Client {
                listen, template, ..
            } => client::run(listen, template, &self.profile, job),
        }
    }
}

/// A client's end of the bargain: what it did, once it has ended.
pub type Done = BoxFuture<'static, Result<Report, Halt>>;

/// Gives a case its wires. One per run of a case.
pub trait Plug: Send + Sync {
    /// A new wire to the server under test.
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<End, Halt>>;

    /// Starts the client under test, and gives the wire that it opens.
    fn client<'a>(
        &'a self,
        cx: &'a Context,
        script: Vec<Step>,
    ) -> BoxFuture<'a, Result<(End, Done), Halt>>;

    /// A new wire to the server under test, which is shown this certificate (X.509 in DER).
    fn connect_as<'a>(
        &'a self,
        _: &'a Context,
        _certificate: Vec<u8>,
    ) -> BoxFuture<'a, Result<End, Halt>> {
        Box::pin(async { Err(Halt::Wire("nobody is asked for a certificate".to_owned())) })
    }

    /// The other end of a line behind the gateway under test. Each may be taken once.
    fn line_behind(&self, _: &Context, _number: usize) -> Result<End, Halt> {
        Err(Halt::Wire(
            "the suite has no end of the lines behind it".to_owned(),
        ))
    }

    /// The case is over: ends what was started, and says what went wrong there.
    fn over(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async { Vec::new() })
    }
}

/// What a plug says that does not offer one of the two sides.
#[must_use]
pub fn wrong_side<'a, T>(what: &'static str) -> BoxFuture<'a, Result<T, Halt>>
where
    T: Send + 'a,
{
    Box::pin(async move { Err(Halt::Harness(format!("this target is no {what}"))) })
}
