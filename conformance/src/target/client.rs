//! Client programs under test: the suite listens, starts one for each case, and answers it.

use core::sync::atomic::{AtomicU64, Ordering};
use std::{
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use lineside_io::{
    BoxFuture, Clock,
    address::{Acceptor, Address},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
};

use super::{Done, Job, Plug, Template, address, wrong_side};
use crate::{
    End, Halt, Profile, Run, Timing,
    context::Context,
    script::{self, Exit, Line, Report, Step},
};

/// A client that cannot do what it is asked ends with this.
const CANNOT: i32 = 89;

/// How much of a client's output is kept.
const MAX_OUTPUT: u64 = 1 << 20;

pub(super) fn run(listen: &Address, template: &Template, profile: &Arc<Profile>, job: &Job) -> Run {
    super::url::in_runtime(job, profile, |clock| {
        Arc::new(ClientPlug {
            listen: listen.clone(),
            template: template.clone(),
            clock: clock.clone(),
        })
    })
}

struct ClientPlug {
    listen: Address,
    template: Template,
    clock: Clock,
}

impl Plug for ClientPlug {
    fn connect<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<End, Halt>> {
        wrong_side("server")
    }

    fn client<'a>(
        &'a self,
        cx: &'a Context,
        script: Vec<Step>,
    ) -> BoxFuture<'a, Result<(End, Done), Halt>> {
        Box::pin(async move {
            let cannot =
                |error| Halt::Harness(format!("cannot listen at {}: {error}", self.listen));
            let schemes = address::schemes(&self.clock);
            let mut acceptor = schemes.listen(&held(&self.listen)).await.map_err(cannot)?;
            let workdir = Workdir::new()?;
            let running = self.start(cx, &acceptor.local(), &script, workdir)?;
            let mut done: Done = Box::pin(running.done());
            let timing = cx.profile().timing;
            if address::is_line(&self.listen) {
                let asks_first = matches!(script.first(), Some(Step::Calls(_)));
                return self
                    .on_line(acceptor.as_mut(), done, timing, asks_first)
                    .await;
            }
            let limit = timing.connect();
            let ended = tokio::select! {
                biased;
                end = accept(acceptor.as_mut(), &self.clock, limit) => return Ok((end?, done)),
                ended = &mut done => ended,
            };
            // It is over already; but it may have connected before.
            let moment = core::time::Duration::from_millis(20);
            match accept(acceptor.as_mut(), &self.clock, moment).await {
                Ok(end) => Ok((end, Box::pin(core::future::ready(ended)))),
                Err(_) => Err(early(ended)),
            }
        })
    }
}

async fn accept(
    from: &mut dyn Acceptor,
    clock: &Clock,
    limit: core::time::Duration,
) -> Result<End, Halt> {
    let accepted = clock.timeout(limit, from.accept()).await;
    let late = |_| Halt::Untestable(format!("the client did not connect within {limit:?}"));
    let accepted = accepted.map_err(late)?;
    let failed = |error| Halt::Harness(format!("accepting the client failed: {error}"));
    Ok(accepted.map_err(failed)?.wire)
}

/// A PTY whose other side stays open, so that a client which comes and goes at once loses nothing.
fn held(listen: &Address) -> Address {
    let silent = listen
        .params()
        .take::<String>("absent")
        .is_ok_and(|given| given.is_none());
    if listen.scheme() == "pty" && silent {
        return listen.clone().with_param("absent", "hold");
    }
    listen.clone()
}

/// The client ended before it had connected.
fn early(ended: Result<Report, Halt>) -> Halt {
    match ended {
        Ok(report) => Halt::Untestable(format!(
            "the client ended without connecting: {:?}",
            report.exit
        )),
        Err(halt) => halt,
    }
}

impl ClientPlug {
    /// A tty says nothing when it is opened: gives the client its time, which it may also use up. One
    /// that asks first shows by its request that it is there, and waits for the answer.
    async fn on_line(
        &self,
        acceptor: &mut dyn Acceptor,
        mut done: Done,
        timing: Timing,
        asks_first: bool,
    ) -> Result<(End, Done), Halt> {
        let end = accept(acceptor, &self.clock, timing.connect()).await?;
        if asks_first {
            return Ok((end, done));
        }
        let open = core::time::Duration::from_millis(timing.open_ms);
        Ok(match self.clock.timeout(open, &mut done).await {
            Ok(ended) => (end, Box::pin(core::future::ready(ended))),
            Err(_) => (end, done),
        })
    }

    fn start(
        &self,
        cx: &Context,
        local: &Address,
        script: &[Step],
        workdir: Workdir,
    ) -> Result<Running, Halt> {
        let script = script::to_json(script);
        let case = cx.instance().id();
        let value = |name: &str| match name {
            "url" => address::join(local, cx.dialect()),
            "host" => local.host().map(ToString::to_string).unwrap_or_default(),
            "port" => local
                .port()
                .map(|port| port.to_string())
                .unwrap_or_default(),
            "tty" => local.path().to_owned(),
            "case" => case.clone(),
            "script" => script.clone(),
            _ => workdir.0.display().to_string(),
        };
        let words = self.template.fill(value);
        let Some((program, arguments)) = words.split_first() else {
            return Err(Halt::Harness("the client's command is empty".to_owned()));
        };
        cx.note(format!("started: {}", words.join(" ")));
        let child = Command::new(program)
            .args(arguments)
            .env("LINESIDE_CASE", &case)
            .env("LINESIDE_SCRIPT", &script)
            .env("LINESIDE_URL", value("url"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let failed = |error| Halt::Harness(format!("cannot start `{program}`: {error}"));
        Ok(Running {
            child: child.map_err(failed)?,
            _workdir: workdir,
        })
    }
}

/// A client at work. Dropped, it is ended, and its folder removed.
struct Running {
    child: Child,
    _workdir: Workdir,
}

impl Running {
    async fn done(mut self) -> Result<Report, Halt> {
        let out = read(self.child.stdout.take());
        let complaints = read(self.child.stderr.take());
        let (out, complaints, status) = tokio::join!(out, complaints, self.child.wait());
        let failed = |error| Halt::Harness(format!("waiting for the client failed: {error}"));
        report(&out, &complaints, status.map_err(failed)?)
    }
}

/// All that a client says on one of its outputs; the rest of an endless one is left unread.
async fn read(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let _ = from.take(MAX_OUTPUT).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn report(out: &str, complaints: &str, status: ExitStatus) -> Result<Report, Halt> {
    let last = complaints.trim().lines().last().unwrap_or_default();
    let exit = match status.code() {
        Some(0) => Exit::Did,
        Some(CANNOT) => {
            return Err(Halt::Cannot(format!(
                "the client ended with {CANNOT}: {last}"
            )));
        }
        _ if last.is_empty() => Exit::Failed(status.to_string()),
        _ => Exit::Failed(format!("{status}: {last}")),
    };
    Ok(Report {
        lines: out.lines().map(Line::parse).collect(),
        exit,
    })
}

/// A folder of its own for each case.
struct Workdir(PathBuf);

impl Workdir {
    fn new() -> Result<Self, Halt> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lineside-conform-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let failed = |error| Halt::Harness(format!("cannot make {}: {error}", path.display()));
        std::fs::create_dir(&path).map_err(failed)?;
        Ok(Self(path))
    }
}

impl Drop for Workdir {
    fn drop(&mut self) {
        // What is left in the temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
