//! The suite tests itself: cases and subjects of a dialect of its own, `loopback`, where every byte
//! comes back.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use lineside_io::{BoxFuture, Clock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    Case, Dialect, End, Group, Probe, Profile, Setup, Subject, case, hex, run,
    script::{Exit, Line, Report, Step},
};

/// Cases against a loopback.
pub static GROUP: Group = Group {
    id: "suite",
    title: "the suite's own engine, on a loopback",
    speaks: "loopback",
    sanity: SANITY,
    cases: CASES,
    probes: PROBES,
    ..Group::DEFAULT
};

static SANITY: &[Case] = &[
    case! {
        id: "suite.server.sanity",
        title: "a byte comes back",
        speaks: "loopback",
        => |cx| {
            let mut wire = cx.connect().await?;
            wire.send(b"?").await?;
            let heard = wire.receive_until_quiet().await;
            cx.check("echo").that(heard.ends_with(b"?"), format!("got {}", hex::short(&heard)));
        }
    },
    case! {
        id: "suite.client.sanity",
        title: "a byte is sent",
        side: Client,
        speaks: "loopback",
        task: [Step::send(b"?")],
        => |cx| {
            let mut client = cx.client().await?;
            let heard = client.wire.receive_at_least(1).await;
            cx.check("sent").equal(&heard, b"?");
            client.close_and_finish().await?;
        }
    },
];

static CASES: &[Case] = &[
    case! {
        id: "suite.server.echo",
        title: "what is sent comes back",
        refs: ["suite 1"],
        level: Must,
        side: Server,
        speaks: "loopback",
        params: ["one", "many"],
        killed_by: ["loopback-deaf", "loopback-flips", "loopback-stops"],
        => |cx| {
            let sent: &[u8] = if cx.param() == "one" { b"\x00" } else { &[0xa5; 3000] };
            let mut wire = cx.connect().await?;
            wire.send(sent).await?;
            let heard = wire.receive_at_least(sent.len()).await;
            cx.check("echo").equal(&heard, sent);
        }
    },
    case! {
        id: "suite.server.quiet",
        title: "a loopback says nothing by itself",
        refs: ["suite 2"],
        level: Should,
        speaks: "loopback",
        killed_by: ["loopback-chatty"],
        => |cx| {
            let mut wire = cx.connect().await?;
            cx.check("silence").nothing(&wire.receive_until_quiet().await);
            wire.send(b"x").await?;
            let heard = wire.receive_until_quiet().await;
            cx.check("one-answer").equal(&heard, b"x");
        }
    },
    case! {
        id: "suite.server.random",
        title: "random bytes come back, and the end of the stream is answered by an end",
        refs: ["suite 1", "suite 3"],
        level: Must,
        speaks: "loopback",
        killed_by: ["loopback-flips", "loopback-panics", "loopback-lingers"],
        => |cx| {
            let mut rng = cx.rng();
            let sent: Vec<u8> = (0..200).map(|_| rng.u8(..)).collect();
            let mut wire = cx.connect().await?;
            wire.send(&sent).await?;
            let heard = wire.receive_at_least(sent.len()).await;
            cx.check("echo").equal(&heard, &sent);
            wire.finish().await?;
            let rest = wire.receive_until_closed().await;
            cx.check("end").that(rest.closed(), format!("after our end: {:?}", rest.ended));
        }
    },
    case! {
        id: "suite.server.writes",
        title: "a case that writes runs only where it may",
        refs: ["suite 4"],
        level: May,
        speaks: "loopback",
        hazard: Writes,
        killed_by: ["loopback-deaf"],
        => |cx| {
            let mut wire = cx.connect().await?;
            wire.send(b"w").await?;
            cx.check("echo").equal(&wire.receive_at_least(1).await, b"w");
        }
    },
    case! {
        id: "suite.server.wide",
        title: "a case whose need the target lacks is skipped",
        refs: ["suite 5"],
        speaks: "loopback",
        needs: ["wide"],
        => |cx| {
            let wire = cx.connect().await?;
            cx.check("never").fail(format!("{wire:?} should not have been opened"));
        }
    },
    case! {
        id: "suite.client.script",
        title: "a client does what its script says, and reports what it received",
        refs: ["suite 6"],
        side: Client,
        speaks: "loopback",
        task: [Step::send(b"ask"), Step::recv(1)],
        killed_by: ["loopback-deaf", "loopback-panics"],
        => |cx| {
            let mut client = cx.client().await?;
            let heard = client.wire.receive_at_least(3).await;
            cx.check("asked").equal(&heard, b"ask");
            client.wire.send(b"told").await?;
            let report = client.finish().await?;
            cx.check("reported").equal(report.records().next().unwrap_or_default(), b"told");
            cx.check("ended").that(report.exit == Exit::Did, format!("{:?}", report.exit));
        }
    },
];

static PROBES: &[Probe] = &[Probe {
    capability: "echo",
    title: "every byte comes back",
    run: run!(|cx| {
        let mut wire = cx.connect().await?;
        wire.send(b"lineside").await?;
        cx.check("echo")
            .equal(&wire.receive_at_least(8).await, b"lineside");
    }),
}];

/// A loopback, sound or with a fault.
pub struct Loopback {
    name: &'static str,
    fault: Fault,
    wires: AtomicUsize,
}

/// What is wrong with a loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Deaf,
    Flips,
    Chatty,
    Panics,
    Lingers,
    /// Sends back no more than four bytes at a time.
    Shy,
    /// Every second wire is deaf: what a flaky target looks like.
    Flaky,
    /// Answers nothing any more after its third wire.
    Stops,
}

/// The sound one, `mem:loopback`, and its broken siblings.
#[must_use]
pub fn subjects() -> Vec<Arc<dyn Subject>> {
    let all = [
        ("loopback", Fault::None),
        ("loopback-deaf", Fault::Deaf),
        ("loopback-flips", Fault::Flips),
        ("loopback-chatty", Fault::Chatty),
        ("loopback-panics", Fault::Panics),
        ("loopback-lingers", Fault::Lingers),
        ("loopback-shy", Fault::Shy),
        ("loopback-flaky", Fault::Flaky),
        ("loopback-stops", Fault::Stops),
    ];
    let make = |(name, fault)| Loopback {
        name,
        fault,
        wires: AtomicUsize::new(0),
    };
    all.into_iter()
        .map(|one| Arc::new(make(one)) as Arc<dyn Subject>)
        .collect()
}

impl Loopback {
    /// The fault as it shows on the next wire.
    fn next_fault(&self) -> Fault {
        let wire = self.wires.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            Fault::Flaky if wire % 2 == 1 => Fault::Deaf,
            Fault::Stops if wire >= 3 => Fault::Deaf,
            Fault::Flaky | Fault::Stops => Fault::None,
            other => other,
        }
    }
}

impl Subject for Loopback {
    fn name(&self) -> &str {
        self.name
    }

    fn about(&self) -> String {
        format!("the suite's loopback, fault: {:?}", self.fault)
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name);
        profile.capabilities.insert(Profile::ECHO.to_owned());
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        dialect.name == "loopback"
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        Box::pin(serve(end, setup.clock, self.next_fault()))
    }

    fn client(&self, end: End, script: Vec<Step>, _: Setup) -> BoxFuture<'static, Report> {
        Box::pin(act(end, script, self.next_fault()))
    }
}

async fn serve(mut end: End, clock: Clock, fault: Fault) {
    if fault == Fault::Chatty {
        let _ = end.write_all(b"hello?").await;
    }
    let mut chunk = [0; 1024];
    while let Ok(count @ 1..) = end.read(&mut chunk).await {
        let Some(bytes) = chunk.get_mut(..count) else {
            return;
        };
        assert!(
            fault != Fault::Panics || count < 100,
            "a loopback's fault on purpose"
        );
        let all = bytes.len();
        let bytes = bytes.get_mut(..if fault == Fault::Shy { all.min(4) } else { all });
        let Some(bytes) = bytes else { return };
        if fault == Fault::Flips && count > 100 {
            bytes.iter_mut().for_each(|byte| *byte ^= 1);
        }
        if fault != Fault::Deaf && end.write_all(bytes).await.is_err() {
            return;
        }
    }
    if fault == Fault::Lingers {
        clock.sleep(core::time::Duration::from_secs(600)).await;
    }
}

async fn act(mut end: End, script: Vec<Step>, fault: Fault) -> Report {
    let mut lines = Vec::new();
    for step in script {
        match step {
            Step::Send(_) if fault == Fault::Deaf => {}
            Step::Send(record) if end.write_all(&record).await.is_err() => {}
            Step::Calls(_) | Step::Wait(_) | Step::Telnet(_) | Step::Port(_) => {}
            Step::Send(record) => assert!(fault != Fault::Panics, "asked to send {record:?}"),
            Step::Recv(count) => {
                for _ in 0..count {
                    let mut chunk = [0; 1024];
                    let heard = end.read(&mut chunk).await.unwrap_or_default();
                    let heard = chunk.get(..heard).unwrap_or_default();
                    lines.push(Line::Record(heard.to_vec()));
                }
            }
        }
    }
    Report {
        lines,
        exit: Exit::Did,
    }
}
