//! Servers by address, in real time.

use core::time::Duration;
use std::{io, sync::Arc};

use lineside_io::{BoxFuture, Clock, Queue, address::Address};
use tokio::io::AsyncWriteExt;

use super::{Done, Job, Plug, address, wrong_side};
use crate::{End, Halt, Profile, Run, context::Context, script::Step};

/// No case lasts longer than this.
pub(super) const CASE_LIMIT: Duration = Duration::from_secs(120);

/// Runs a case in a runtime of its own, so that nothing of it is left over when it is done.
pub(super) fn in_runtime(
    job: &Job,
    profile: &Arc<Profile>,
    plug: impl FnOnce(&Clock) -> Arc<dyn Plug>,
) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Run::of_harness(&format!("no runtime: {error}")),
    };
    let case = async {
        let clock = Clock::precise();
        let plug = plug(&clock);
        let (dialect, profile) = (job.dialect.clone(), Arc::clone(profile));
        let cx = Context::new(
            job.instance,
            dialect,
            profile,
            clock,
            job.seed,
            Arc::clone(&plug),
        );
        crate::run::once(&cx, plug.as_ref(), CASE_LIMIT).await
    };
    let run = crate::run::in_case(|| runtime.block_on(case));
    runtime.shutdown_timeout(Duration::from_millis(200));
    run
}

pub(super) fn run(address: &Address, profile: &Arc<Profile>, job: &Job) -> Run {
    let resync = job.group.resync;
    in_runtime(job, profile, |clock| {
        Arc::new(UrlPlug {
            address: address.clone(),
            clock: clock.clone(),
            resync,
        })
    })
}

struct UrlPlug {
    address: Address,
    clock: Clock,
    resync: &'static [u8],
}

impl Plug for UrlPlug {
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<End, Halt>> {
        Box::pin(async move {
            let schemes = address::schemes(&self.clock);
            let limit = cx.profile().timing.connect();
            let unreachable =
                |why: String| Halt::Unreachable(format!("{}: {why}", self.address.redacted()));
            let opened = self.clock.timeout(limit, schemes.open(&self.address)).await;
            let opened =
                opened.map_err(|_| unreachable(format!("no connection within {limit:?}")))?;
            let mut end = opened.map_err(|error| unreachable(error.to_string()))?;
            self.settle(&mut end, cx)
                .await
                .map_err(|error| unreachable(error.to_string()))?;
            Ok(end)
        })
    }

    fn client<'a>(
        &'a self,
        _: &'a Context,
        _: Vec<Step>,
    ) -> BoxFuture<'a, Result<(End, Done), Halt>> {
        wrong_side("client")
    }
}

impl UrlPlug {
    /// A line is the same wire for every case: ends what the last one left on it.
    async fn settle(&self, end: &mut End, cx: &Context) -> io::Result<()> {
        if !matches!(end, End::Line(_)) {
            return Ok(());
        }
        if !self.resync.is_empty() {
            end.write_all(self.resync).await?;
            let quiet = cx.profile().timing.quiet(crate::character(end));
            self.clock.sleep(quiet).await;
        }
        match end {
            End::Line(line) => line.discard(Queue::Both),
            End::Stream(_) | End::Urgent(_) => Ok(()),
        }
    }
}
