//! What a case works with: wires to the subject, time, chance, the profile, and its judgements.

use core::{
    fmt::Display,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lineside_io::{BoxFuture, Clock};

use crate::{
    case::{Instance, Level},
    dialect::Dialect,
    hex,
    judge::{Check, Grade, Halt, Limit, Outcome},
    profile::Profile,
    script::{Exit, Line, Report, Step},
    target::Plug,
    transcript::{Entry, Transcript},
    wire::{End, Wire},
};

/// Everything that a case may use. Copies share it.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    instance: Instance,
    dialect: Dialect,
    profile: Arc<Profile>,
    clock: Clock,
    seed: u64,
    rng: Mutex<fastrand::Rng>,
    plug: Arc<dyn Plug>,
    wires: AtomicUsize,
    transcript: Transcript,
    checks: Mutex<Vec<Check>>,
    limits: Mutex<Vec<Limit>>,
}

/// A client under test that is at work.
pub struct Client {
    /// Our end of its wire.
    pub wire: Wire,
    done: BoxFuture<'static, Result<Report, Halt>>,
    limit: Duration,
    clock: Clock,
}

/// What a client takes at most to end, once it has given up.
const MOMENT: Duration = Duration::from_millis(50);

impl Context {
    /// For one run of one instance. `seed` is the run's; each instance makes its own of it.
    #[must_use]
    pub fn new(
        instance: Instance,
        dialect: Dialect,
        profile: Arc<Profile>,
        clock: Clock,
        seed: u64,
        plug: Arc<dyn Plug>,
    ) -> Self {
        let seed = seed ^ crate::suite::fingerprint(instance.id().as_bytes());
        let transcript = Transcript::starting(clock.now());
        Self(Arc::new(Inner {
            instance,
            dialect,
            profile,
            clock,
            seed,
            rng: Mutex::new(fastrand::Rng::with_seed(seed)),
            plug,
            wires: AtomicUsize::new(0),
            transcript,
            checks: Mutex::new(Vec::new()),
            limits: Mutex::new(Vec::new()),
        }))
    }

    /// The case that runs.
    #[must_use]
    pub fn instance(&self) -> Instance {
        self.0.instance
    }

    /// The instance's parameter, or an empty text.
    #[must_use]
    pub fn param(&self) -> &'static str {
        self.0.instance.param.unwrap_or_default()
    }

    /// What the subject speaks here.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.0.dialect
    }

    /// What the subject claims to have.
    #[must_use]
    pub fn profile(&self) -> &Arc<Profile> {
        &self.0.profile
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// This instance's seed: the same for the same `--seed`.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.0.seed
    }

    /// A generator of its own, made from the seed; each call gives the next one.
    #[must_use]
    pub fn rng(&self) -> fastrand::Rng {
        lock(&self.0.rng).fork()
    }

    /// The longest record that the subject takes: its profile's `max-record`, or 256.
    #[must_use]
    pub fn max_record(&self) -> usize {
        usize::try_from(self.0.profile.limit("max-record", 256)).unwrap_or(usize::MAX)
    }

    /// A wire to the server under test.
    ///
    /// # Errors
    /// The target cannot be reached.
    pub async fn connect(&self) -> Result<Wire, Halt> {
        Ok(self.wire(self.0.plug.connect(self).await?))
    }

    /// A wire to the server under test, which is shown this certificate (X.509 in DER).
    ///
    /// # Errors
    /// The target cannot be reached; the wire cannot carry a certificate.
    pub async fn connect_as(&self, certificate: Vec<u8>) -> Result<Wire, Halt> {
        let end = self.0.plug.connect_as(self, certificate).await?;
        Ok(self.wire(end))
    }

    /// The other end of a line behind the gateway under test, counted from 0. Each may be taken once.
    ///
    /// # Errors
    /// The suite has no end of it.
    pub fn line_behind(&self, number: usize) -> Result<Wire, Halt> {
        Ok(self.wire(self.0.plug.line_behind(self, number)?))
    }

    /// Starts the client under test with the case's task, and gives the wire that it opens.
    ///
    /// # Errors
    /// It cannot be started, or opens no wire.
    pub async fn client(&self) -> Result<Client, Halt> {
        self.client_with(self.0.instance.case.task.to_vec()).await
    }

    /// The same with a task that the case has made up.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub async fn client_with(&self, script: Vec<Step>) -> Result<Client, Halt> {
        let (end, done) = self.0.plug.client(self, script).await?;
        let wire = self.wire(end);
        let limit = self.0.profile.timing.answer(0, Duration::ZERO);
        Ok(Client {
            wire,
            done,
            limit,
            clock: self.0.clock.clone(),
        })
    }

    fn wire(&self, end: End) -> Wire {
        let number = self.0.wires.fetch_add(1, Ordering::Relaxed);
        let clock = self.0.clock.clone();
        Wire::new(
            end,
            number,
            clock,
            self.0.profile.timing,
            self.0.transcript.clone(),
        )
    }

    /// Begins a judgement by its name in the case. Name it once.
    pub fn check(&self, name: impl Into<String>) -> Judgement<'_> {
        Judgement {
            cx: self,
            name: name.into(),
        }
    }

    /// In a probe: reports a limit of the target, for its profile.
    pub fn found_limit(&self, name: &'static str, value: u64, evidence: impl Into<String>) {
        let evidence = evidence.into();
        lock(&self.0.limits).push(Limit {
            name,
            value,
            evidence,
        });
    }

    /// Adds a line to the transcript.
    pub fn note(&self, note: impl Into<String>) {
        self.0.transcript.note(self.0.clock.now(), 0, note);
    }

    /// What has passed so far.
    #[must_use]
    pub fn transcript(&self) -> Vec<Entry> {
        self.0.transcript.entries()
    }

    /// Closes the books: what [`case!`](crate::case!) calls last.
    #[must_use]
    pub fn finish(&self, result: Result<(), Halt>) -> Outcome {
        let checks = core::mem::take(&mut *lock(&self.0.checks));
        let limits = core::mem::take(&mut *lock(&self.0.limits));
        Outcome {
            checks,
            halt: result.err(),
            limits,
        }
    }

    fn judge(&self, name: String, grade: Grade, message: String) {
        let level: Level = self.0.instance.case.level;
        let grade = grade.capped(level);
        lock(&self.0.checks).push(Check {
            name,
            grade,
            message,
        });
    }
}

impl Client {
    /// Why it has ended without doing what it is asked, if so: it cannot, or it panicked. For a case that
    /// waits for what does not come.
    pub async fn gave_up(&mut self) -> Option<Halt> {
        let ended = self.clock.timeout(MOMENT, &mut self.done).await.ok()?;
        let (halt, again) = match ended {
            Err(halt) => (Some(halt), Err(Halt::Judged)),
            report => (None, report),
        };
        self.done = Box::pin(core::future::ready(again));
        halt
    }

    /// Waits until the client has ended; when that takes longer than the answer time, closes the
    /// wire, waits once more, and gives up with [`Exit::Hung`].
    ///
    /// # Errors
    /// It says that it cannot do this, or could not be run.
    pub async fn finish(self) -> Result<Report, Halt> {
        let Self {
            wire,
            mut done,
            limit,
            clock,
        } = self;
        if let Ok(report) = clock.timeout(limit, &mut done).await {
            return noted(&wire, report);
        }
        wire.note("the client is still at work: we close the wire");
        let (number, transcript) = wire.close();
        let Ok(report) = clock.timeout(limit, done).await else {
            transcript.note(clock.now(), number, "the client did not end");
            return Ok(Report {
                lines: Vec::new(),
                exit: Exit::Hung,
            });
        };
        note_report(&transcript, &clock, number, &report);
        report
    }

    /// Closes the wire, then waits until the client has ended.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub async fn close_and_finish(self) -> Result<Report, Halt> {
        let Self {
            wire,
            done,
            limit,
            clock,
        } = self;
        wire.note("we close the wire");
        let (number, transcript) = wire.close();
        let report = clock.timeout(limit, done).await;
        let hung = || {
            Ok(Report {
                lines: Vec::new(),
                exit: Exit::Hung,
            })
        };
        let report = report.unwrap_or_else(|_| hung());
        note_report(&transcript, &clock, number, &report);
        report
    }
}

fn noted(wire: &Wire, report: Result<Report, Halt>) -> Result<Report, Halt> {
    if let Ok(report) = &report {
        report_lines(report).for_each(|line| wire.note(line));
    }
    report
}

fn note_report(to: &Transcript, clock: &Clock, number: usize, report: &Result<Report, Halt>) {
    if let Ok(report) = report {
        report_lines(report).for_each(|line| to.note(clock.now(), number, line));
    }
}

fn report_lines(report: &Report) -> impl Iterator<Item = String> {
    let lines = report.lines.iter().map(|line| match line {
        Line::Record(record) => format!("the client reports: record {}", hex::short(record)),
        Line::Damaged(reason) => format!("the client reports: damaged {reason}"),
        Line::Answer(answer) => format!("the client reports: {answer}"),
        Line::Other(line) => format!("the client says: {line}"),
    });
    lines.chain(core::iter::once(format!(
        "the client ended: {:?}",
        report.exit
    )))
}

/// A named judgement that is about to be made.
#[must_use = "a check without a verdict says nothing"]
pub struct Judgement<'a> {
    cx: &'a Context,
    name: String,
}

impl Judgement<'_> {
    /// As demanded.
    pub fn pass(self, message: impl Into<String>) {
        self.cx.judge(self.name, Grade::Pass, message.into());
    }

    /// Worth knowing.
    pub fn info(self, message: impl Into<String>) {
        self.cx.judge(self.name, Grade::Info, message.into());
    }

    /// Not as it should be.
    pub fn warn(self, message: impl Into<String>) {
        self.cx.judge(self.name, Grade::Warn, message.into());
    }

    /// Not as demanded. The case's level caps it: a SHOULD warns, a MAY informs.
    pub fn fail(self, message: impl Into<String>) {
        self.cx.judge(self.name, Grade::Fail, message.into());
    }

    /// Passes when `holds`, else fails; either way with the same words about what was seen.
    pub fn that(self, holds: bool, seen: impl Into<String>) {
        if holds {
            self.pass(seen)
        } else {
            self.fail(seen)
        }
    }

    /// Passes when the bytes are the same, else fails and shows both.
    pub fn equal(self, got: &[u8], want: &[u8]) {
        if got == want {
            return self.pass(format!("got {}", hex::short(got)));
        }
        self.fail(format!(
            "got {}; wanted {}",
            hex::short(got),
            hex::short(want)
        ));
    }

    /// Passes when there is nothing, else fails and shows what there is.
    pub fn nothing(self, got: &[u8]) {
        self.equal(got, b"");
    }

    /// Passes when two values are the same, else fails and shows both.
    pub fn same<T: PartialEq + Display>(self, got: &T, want: &T) {
        if got == want {
            return self.pass(format!("got {got}"));
        }
        self.fail(format!("got {got}; wanted {want}"));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
