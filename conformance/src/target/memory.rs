//! Subjects in memory, in virtual time.

use core::{panic::AssertUnwindSafe, time::Duration};
use std::{
    panic::catch_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lineside_io::{
    BoxFuture, DataBits, FlowControl, Line, Parity, Settings, StopBits,
    sim::{Bus, BusConfig, Contention, NullModem, NullModemConfig, StationConfig},
};
use tokio::{
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

use crate::{
    case::Instance,
    context::Context,
    dialect::Dialect,
    judge::Halt,
    profile::{Modbus, Profile},
    reference::{com_port, telnet},
    run::{Run, in_case, words},
    script::{Exit, Report, Step},
    subject::{Guest, Setup, Subject},
    target::{Done, Plug},
    wire::End,
};

mod segments;
mod urgent;

/// No case lasts longer than this, in virtual time.
const CASE_LIMIT: Duration = Duration::from_secs(3_600);

/// How many bytes a stream in memory holds before its writer waits.
const STREAM_ROOM: usize = 64 * 1024;

/// Serial line 2.5.1 and 3.2.
const MODBUS: Settings = Settings {
    baud: 19_200,
    data_bits: DataBits::Eight,
    parity: Parity::Even,
    stop_bits: StopBits::One,
    flow: FlowControl::None,
};

/// Runs one instance against a subject, in a world and a virtual time of its own.
#[must_use]
pub fn run(
    instance: Instance,
    dialect: &Dialect,
    subject: &Arc<dyn Subject>,
    profile: &Arc<Profile>,
    seed: u64,
) -> Run {
    let (dialect, subject, profile) = (dialect.clone(), Arc::clone(subject), Arc::clone(profile));
    let world = move || {
        lineside_io::sim::run(move |clock| async move {
            let plug = Arc::new(MemoryPlug::new(subject));
            let cx = Context::new(instance, dialect, profile, clock, seed, plug.clone());
            crate::run::once(&cx, plug.as_ref(), CASE_LIMIT).await
        })
    };
    let run = in_case(|| catch_unwind(AssertUnwindSafe(world)));
    run.unwrap_or_else(|panic| Run::of_panic(&words(&*panic)))
}

struct MemoryPlug {
    subject: Arc<dyn Subject>,
    servers: Mutex<Vec<JoinHandle<()>>>,
    host: Mutex<Option<Host>>,
}

/// A server that has many connections.
struct Host {
    guests: UnboundedSender<Guest>,
    /// Our ends of the lines behind it.
    lines: Vec<Option<End>>,
}

/// How many lines a gateway has behind it.
const LINES_BEHIND: usize = 2;

impl MemoryPlug {
    const fn new(subject: Arc<dyn Subject>) -> Self {
        Self {
            subject,
            servers: Mutex::new(Vec::new()),
            host: Mutex::new(None),
        }
    }

    /// What the server with many connections gives, which is started by the first who wants it.
    fn host<T>(&self, cx: &Context, get: impl FnOnce(&mut Host) -> T) -> T {
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        get(host.get_or_insert_with(|| self.start_host(cx)))
    }

    fn start_host(&self, cx: &Context) -> Host {
        if com_port::speaks(cx.dialect()) {
            return self.start_port(cx);
        }
        let lines = if needs(cx, Modbus::GATEWAY) {
            LINES_BEHIND
        } else {
            0
        };
        let pair = |_| NullModem::pair(cx.clock(), NullModemConfig::new(MODBUS));
        let boxed = |(ours, theirs)| {
            let theirs = End::Line(Box::new(theirs) as Box<dyn Line>);
            (Some(End::Line(Box::new(ours))), theirs)
        };
        let (lines, theirs) = (0..lines).map(pair).map(boxed).unzip();
        let (guests, coming) = unbounded_channel();
        let host = tokio::spawn(self.subject.host(coming, theirs, setup(cx)));
        self.servers().push(host);
        Host { guests, lines }
    }

    /// An access server's port: we have the other end of it where the case needs that, else a device that
    /// sends everything back.
    fn start_port(&self, cx: &Context) -> Host {
        let (near, far) = com_port::port(cx.clock());
        let (guests, coming) = unbounded_channel();
        let host = tokio::spawn(self.subject.host(coming, vec![near], setup(cx)));
        self.servers().push(host);
        let lines = if needs(cx, com_port::HAS_LINE) {
            vec![Some(End::Line(far))]
        } else {
            self.servers().push(tokio::spawn(com_port::echo(far)));
            Vec::new()
        };
        Host { guests, lines }
    }

    /// A stream to the server with many connections.
    fn visit(&self, cx: &Context, certificate: Option<Vec<u8>>) -> Result<End, Halt> {
        let (end, theirs) = wire(cx);
        let guest = Guest {
            end: theirs,
            certificate,
        };
        let gone = |_| Halt::Unreachable("it takes nobody in any more".to_owned());
        self.host(cx, |host| host.guests.send(guest))
            .map_err(gone)?;
        Ok(end)
    }

    fn servers(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn setup(cx: &Context) -> Setup {
    Setup {
        dialect: cx.dialect().clone(),
        profile: Arc::clone(cx.profile()),
        clock: cx.clock().clone(),
        seed: cx.seed(),
    }
}

fn needs(cx: &Context, capability: &str) -> bool {
    cx.instance().needs().iter().any(|need| need == capability)
}

/// Both ends of a new wire, ours and theirs: a line where the case needs one.
fn wire(cx: &Context) -> (End, End) {
    if needs(cx, Profile::LINE) && cx.dialect().get("echo") == Some("yes") {
        return echoing(cx);
    }
    if needs(cx, Profile::LINE) {
        let (ours, theirs) = NullModem::pair(cx.clock(), NullModemConfig::new(settings(cx)));
        return (End::Line(Box::new(ours)), End::Line(Box::new(theirs)));
    }
    if telnet::speaks(cx.dialect()) {
        let (ours, theirs) = urgent::pair(STREAM_ROOM);
        return (End::Urgent(Box::new(ours)), End::Urgent(Box::new(theirs)));
    }
    let (ours, theirs) = tokio::io::duplex(STREAM_ROOM);
    if needs(cx, Profile::SEGMENTS) {
        let (ours, theirs) = segments::keep(ours, theirs);
        return (End::Stream(Box::new(ours)), End::Stream(Box::new(theirs)));
    }
    (End::Stream(Box::new(ours)), End::Stream(Box::new(theirs)))
}

/// A pair of wires on which the subject hears itself, and we do not. A one goes under in a zero.
fn echoing(cx: &Context) -> (End, End) {
    let config = BusConfig {
        contention: Contention::Low,
        ..BusConfig::default()
    };
    let bus = Bus::new(cx.clock(), config);
    let ours = bus.station(settings(cx));
    let config = StationConfig {
        echo: true,
        ..StationConfig::new(settings(cx))
    };
    let theirs = bus.station_with(&config);
    (End::Line(Box::new(ours)), End::Line(Box::new(theirs)))
}

/// 9600 baud, 8N1; for Modbus its default, 19200 baud and even parity; with the carrier's speed, or the
/// profile's `baud`.
fn settings(cx: &Context) -> Settings {
    let default = match cx.dialect().name.as_str() {
        "modbus-rtu" => MODBUS,
        "modbus-ascii" => Settings {
            data_bits: DataBits::Seven,
            ..MODBUS
        },
        _ => Settings::default(),
    };
    let carrier = cx.instance().carrier.and_then(|carrier| carrier.baud);
    let usual = u64::from(carrier.unwrap_or(default.baud));
    let baud = if carrier.is_some() {
        usual
    } else {
        cx.profile().limit("baud", usual)
    };
    Settings {
        baud: u32::try_from(baud).unwrap_or(default.baud),
        ..default
    }
}

impl Plug for MemoryPlug {
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<End, Halt>> {
        Box::pin(async move {
            let is_of_many = [Modbus::GATEWAY, Modbus::CONNECTIONS]
                .iter()
                .any(|need| needs(cx, need));
            if is_of_many || com_port::speaks(cx.dialect()) {
                return self.visit(cx, None);
            }
            let (ours, theirs) = wire(cx);
            let server = tokio::spawn(self.subject.server(theirs, setup(cx)));
            self.servers().push(server);
            Ok(ours)
        })
    }

    fn client<'a>(
        &'a self,
        cx: &'a Context,
        script: Vec<Step>,
    ) -> BoxFuture<'a, Result<(End, Done), Halt>> {
        Box::pin(async move {
            let (ours, theirs) = wire(cx);
            let client = tokio::spawn(self.subject.client(theirs, script, setup(cx)));
            Ok((ours, Box::pin(client_done(client)) as Done))
        })
    }

    fn connect_as<'a>(
        &'a self,
        cx: &'a Context,
        certificate: Vec<u8>,
    ) -> BoxFuture<'a, Result<End, Halt>> {
        Box::pin(async move { self.visit(cx, Some(certificate)) })
    }

    fn line_behind(&self, cx: &Context, number: usize) -> Result<End, Halt> {
        let line = self.host(cx, |host| host.lines.get_mut(number).and_then(Option::take));
        line.ok_or_else(|| Halt::Harness(format!("there is no line {number}")))
    }

    fn over(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async {
            let mut wrong = Vec::new();
            let servers = core::mem::take(&mut *self.servers());
            for server in servers {
                server.abort();
                if let Err(error) = server.await
                    && let Ok(panic) = error.try_into_panic()
                {
                    wrong.push(format!("the endpoint panicked: {}", words(&*panic)));
                }
            }
            wrong
        })
    }
}

async fn client_done(client: JoinHandle<Report>) -> Result<Report, Halt> {
    let _end = AbortOnDrop(client.abort_handle());
    let report = client.await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => Halt::Lost(std::io::Error::other(format!(
            "the endpoint panicked: {}",
            words(&*panic)
        ))),
        Err(_) => Halt::Harness("the client was ended".to_owned()),
    })?;
    match report.exit {
        Exit::Cannot(why) => Err(Halt::Cannot(why)),
        _ => Ok(report),
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grade, selftest};

    fn grade(id: &str, subject: &str) -> Grade {
        let mut subjects = selftest::subjects().into_iter();
        let subject = subjects.find(|one| one.name() == subject).unwrap();
        let instances = crate::suite::instances(&[&selftest::GROUP]);
        let (_, instance) = *instances.iter().find(|(_, one)| one.id() == id).unwrap();
        let dialect = "loopback".parse().unwrap();
        let profile = Arc::new(subject.profile());
        let run = run(instance, &dialect, &subject, &profile, 1);
        run.outcome.grade(instance.case.level)
    }

    #[test]
    fn every_case_passes_on_the_sound_subject() {
        for (_, instance) in crate::suite::instances(&[&selftest::GROUP]) {
            if !instance.needs().contains(&"wide".to_owned()) {
                assert_eq!(
                    grade(&instance.id(), "loopback"),
                    Grade::Pass,
                    "{}",
                    instance.id()
                );
            }
        }
    }

    #[test]
    fn a_broken_subject_is_caught_and_the_level_caps_the_grade() {
        assert_eq!(
            grade("suite.server.echo[many]", "loopback-flips"),
            Grade::Fail
        );
        assert_eq!(grade("suite.server.quiet", "loopback-chatty"), Grade::Warn);
        assert_eq!(grade("suite.server.writes", "loopback-deaf"), Grade::Info);
        assert_eq!(
            grade("suite.server.random", "loopback-lingers"),
            Grade::Fail
        );
    }

    #[test]
    fn a_panic_of_the_subject_is_the_cases_finding() {
        assert_eq!(grade("suite.server.random", "loopback-panics"), Grade::Fail);
        assert_eq!(grade("suite.client.script", "loopback-panics"), Grade::Fail);
    }
}
