//! Whether a profile tells the truth: a capability that is claimed and absent is a failure, one that
//! is found and not claimed is worth knowing.

use super::{CaseResult, Grade, Group, Instance, Job, Runner, Side, result};
use crate::{Case, Check, Hazard, Probe};

/// The end of the identifier of a claim: `framing.slip.server.claims[echo]`.
const NAME: &str = "server.claims";

impl Runner<'_, '_> {
    /// Tries every capability that the group can look for, once in a run.
    pub(super) fn claims(&mut self, group: &'static Group, jobs: &[Job]) {
        let Some(first) = jobs.first().filter(|_| self.plan.check_claims) else {
            return;
        };
        for probe in group.probes {
            let end = format!(".{NAME}[{}]", probe.capability);
            if self.results.iter().any(|result| result.id.ends_with(&end)) {
                continue;
            }
            if let Some(result) = self.claim(group, probe, first) {
                self.push(result);
            }
        }
    }

    fn claim(
        &self,
        group: &'static Group,
        probe: &'static Probe,
        like: &Job,
    ) -> Option<CaseResult> {
        let job = Job {
            instance: as_case(probe),
            dialect: group.speaks.parse().ok()?,
            ..like.clone()
        };
        if !self.plan.target.speaks(&job.dialect) {
            return None;
        }
        let mut found = result::of(&job, &self.plan.target.run(&job));
        let has = found.grade <= Grade::Info;
        let claimed = self.plan.target.profile.has(probe.capability);
        let (grade, message) = match (claimed, has) {
            (true, true) => (Grade::Pass, "claimed, and there"),
            (true, false) => (
                Grade::Fail,
                "the profile claims it, and the target does not have it",
            ),
            (false, true) => (
                Grade::Info,
                "the target has it, and the profile does not claim it",
            ),
            (false, false) => return None,
        };
        found.id = format!("{}.{NAME}[{}]", group.id, probe.capability);
        found.grade = grade;
        let seen = found
            .checks
            .iter()
            .map(|check| format!("; {}: {}", check.name, check.message));
        let message = message.to_owned() + &seen.collect::<String>();
        found.checks = vec![Check {
            name: "claim".into(),
            grade,
            message,
        }];
        Some(found)
    }
}

/// A probe runs as a case does.
pub(crate) fn as_case(probe: &'static Probe) -> Instance {
    let case = Case {
        id: probe.capability,
        title: probe.title,
        side: Side::Server,
        hazard: Hazard::None,
        run: probe.run,
        ..Case::DEFAULT
    };
    // One for each probe of a run: a handful of bytes that live as long as it does.
    Instance {
        case: Box::leak(Box::new(case)),
        param: None,
        carrier: None,
    }
}
