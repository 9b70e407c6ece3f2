//! Runs a plan: groups one after the other between their sanity exchanges, cases side by side where
//! the target allows it, failures once more alone.

use core::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use crate::{
    Excuses, Grade, Group, Hazard, Instance, Profile, Run, Side,
    report::{CaseResult, Report, SCHEMA, Suite, TargetInfo},
    suite,
    target::{Job, Target},
};

mod batch;
pub(crate) mod claims;
mod opening;
mod result;
mod select;

use opening::Alive;
pub use select::{Selected, Selection};

/// What to run, and against what.
pub struct Plan<'a> {
    /// The cases that there are.
    pub groups: &'a [&'static Group],
    /// What is tested.
    pub target: Target,
    /// Which cases.
    pub selection: Selection,
    /// The hazards that the target may be exposed to.
    pub allow: Vec<Hazard>,
    /// Of everything that is left to chance.
    pub seed: u64,
    /// How many cases run at a time. Default the target's [`Target::jobs`].
    pub jobs: Option<usize>,
    /// Known failures.
    pub excuses: Excuses,
    /// Try out what the profile claims, and what it does not.
    pub check_claims: bool,
    /// Brings a target that no longer answers back. `None`: the rest is blocked.
    pub restart: Option<&'a (dyn Fn() -> Result<(), String> + Sync)>,
}

/// What a run tells while it goes on.
#[derive(Debug)]
pub enum Progress<'a> {
    /// So many cases concern the target.
    Total(usize),
    /// One more is decided.
    Case(&'a CaseResult),
    /// Something else worth a line.
    Note(String),
}

/// Runs a plan to its report.
pub fn run(plan: &Plan<'_>, tell: &dyn Fn(Progress<'_>)) -> Report {
    let began = Instant::now();
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let selected = plan.selection.of(plan.groups, &plan.target);
    tell(Progress::Total(
        selected.iter().map(|one| one.instances.len()).sum(),
    ));
    let mut runner = Runner {
        plan,
        tell,
        results: Vec::new(),
        unreachable: None,
        reached: false,
    };
    for group in &selected {
        runner.group(group);
    }
    let Runner {
        mut results,
        unreachable,
        ..
    } = runner;
    in_order(&mut results, &selected);
    let mut report = Report {
        schema: SCHEMA,
        suite: Suite {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            edition: plan.selection.edition().to_owned(),
            hash: format!("{:016x}", suite::hash(plan.groups)),
        },
        target: TargetInfo {
            address: plan.target.address(),
            about: plan.target.about(),
            profile: (*plan.target.profile).clone(),
        },
        seed: plan.seed,
        began: since.as_secs(),
        took_ms: millis(began.elapsed()),
        results,
        stale_excuses: Vec::new(),
        unreachable,
    };
    let mut known: Vec<String> = report
        .results
        .iter()
        .map(|result| result.id.clone())
        .collect();
    known.extend(
        suite::instances(plan.groups)
            .iter()
            .map(|(_, instance)| instance.id()),
    );
    plan.excuses.apply(&mut report, &known);
    report
}

/// In the order of the tables, whatever the order in which they were decided.
fn in_order(results: &mut [CaseResult], selected: &[Selected]) {
    let ids = selected
        .iter()
        .flat_map(|group| group.instances.iter().map(Instance::id));
    let places: BTreeMap<String, usize> = ids.enumerate().map(|(at, id)| (id, at)).collect();
    results.sort_by_key(|result| places.get(&result.id).copied());
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

struct Runner<'a, 'p> {
    plan: &'a Plan<'p>,
    tell: &'a dyn Fn(Progress<'_>),
    results: Vec<CaseResult>,
    unreachable: Option<String>,
    /// Any opening exchange got through to the target: from then on, its silence is a finding.
    reached: bool,
}

impl Runner<'_, '_> {
    fn group(&mut self, selected: &Selected) {
        for side in [Side::Server, Side::Client] {
            let of_side = selected
                .instances
                .iter()
                .filter(|one| one.case.side == side);
            let (run, skipped): (Vec<_>, Vec<_>) =
                of_side.partition(|one| self.skip(one).is_none());
            for instance in skipped {
                let why = self.skip(instance).unwrap_or_default();
                self.push(result::not_run(selected.group, *instance, Grade::Skip, why));
            }
            if !run.is_empty() {
                let jobs: Vec<Job> = run
                    .into_iter()
                    .filter_map(|one| self.job(selected.group, *one))
                    .collect();
                self.side(selected.group, side, &jobs);
            }
        }
    }

    /// Why an instance is not for this target, if it is not.
    fn skip(&self, instance: &Instance) -> Option<String> {
        let (target, profile) = (&self.plan.target, &self.plan.target.profile);
        let Ok(dialect) = target.dialect_of(instance) else {
            return None;
        };
        if !target.speaks(&dialect) {
            return Some(format!("needs a target that speaks `{dialect}`"));
        }
        if let Some(need) = instance.needs().iter().find(|need| !profile.has(need)) {
            let mut why = format!("the profile does not claim `{need}`");
            if need == Profile::EXCHANGE {
                why += ": it has no [[exchange]], a record that the target answers";
            }
            return Some(why);
        }
        let hazard = instance.case.hazard;
        let harmless =
            hazard == Hazard::None || !target.is_real() || self.plan.allow.contains(&hazard);
        (!harmless).then(|| format!("may harm a device: --allow {} runs it", hazard.word()))
    }

    fn job(&mut self, group: &'static Group, instance: Instance) -> Option<Job> {
        match self.plan.target.dialect_of(&instance) {
            Ok(dialect) => Some(Job {
                group,
                instance,
                dialect,
                seed: self.plan.seed,
            }),
            Err(error) => {
                let why = format!("the case's dialect: {error}");
                self.push(result::not_run(group, instance, Grade::HarnessError, why));
                None
            }
        }
    }

    /// The sanity exchange, the cases, the sanity exchange.
    fn side(&mut self, group: &'static Group, side: Side, jobs: &[Job]) {
        let sanity = self.sanity(group, side, jobs);
        if let Alive::No(silence) = self.check(sanity.as_ref()) {
            let why = self.not_opened(group, side, silence);
            return self.block(jobs, &why);
        }
        if side == Side::Server {
            self.claims(group, jobs);
        }
        let mut rest = jobs;
        while !rest.is_empty() {
            let size = self.batch_size().min(rest.len());
            let (batch, later) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            rest = later;
            if self.plan.target.is_line() && side == Side::Server {
                // What one case leaves unfinished on the only wire must not be the next one's.
                let _ = self.check(sanity.as_ref());
            }
            let runs = batch::run(&self.plan.target, batch, self.jobs());
            let closing = rest.is_empty();
            if !self.settle(batch, runs, sanity.as_ref(), closing) {
                return self.block(rest, "the target had stopped answering before");
            }
        }
    }

    /// Takes a batch's runs. `false`: the target is dead and stays so.
    fn settle(
        &mut self,
        batch: &[Job],
        runs: Vec<Run>,
        sanity: Option<&Job>,
        closing: bool,
    ) -> bool {
        let mut results: Vec<CaseResult> = batch
            .iter()
            .zip(&runs)
            .map(|(job, run)| result::of(job, run))
            .collect();
        let bad = results.iter().any(|result| result.notable());
        let alive = if bad || closing {
            self.check(sanity)
        } else {
            Alive::Yes
        };
        let dead = match alive {
            Alive::Yes => false,
            Alive::No(silence) => {
                result::blame(&mut results, &silence.headline);
                !self.restart(sanity)
            }
        };
        if !dead {
            for (job, result) in batch.iter().zip(&mut results) {
                if result::worth_again(result) {
                    let run = self.plan.target.run(job);
                    result::judge_again(result, job, &run);
                }
            }
        }
        results.into_iter().for_each(|result| self.push(result));
        !dead
    }

    fn restart(&self, sanity: Option<&Job>) -> bool {
        let Some(restart) = self.plan.restart else {
            return false;
        };
        (self.tell)(Progress::Note(
            "the target no longer answers: restarting it".to_owned(),
        ));
        match restart() {
            Ok(()) => (0..5).any(|_| matches!(self.ask(sanity), Alive::Yes)),
            Err(why) => {
                (self.tell)(Progress::Note(format!("the restart command failed: {why}")));
                false
            }
        }
    }

    fn block(&mut self, jobs: &[Job], why: &str) {
        for job in jobs {
            self.push(result::not_run(
                job.group,
                job.instance,
                Grade::Blocked,
                why.to_owned(),
            ));
        }
    }

    /// A green case's transcript is of no more use.
    fn push(&mut self, mut result: CaseResult) {
        if !result.notable() {
            result.transcript.clear();
            result.decoded.clear();
        }
        (self.tell)(Progress::Case(&result));
        self.results.push(result);
    }

    fn jobs(&self) -> usize {
        self.plan
            .jobs
            .unwrap_or_else(|| self.plan.target.jobs())
            .max(1)
    }

    /// In memory a whole group at once; elsewhere no more than what can be blamed together.
    fn batch_size(&self) -> usize {
        if self.plan.target.is_real() || self.plan.target.is_line() {
            self.jobs()
        } else {
            usize::MAX
        }
    }
}
