//! From runs to results: who is to blame, and what is worth a second look.

use super::{CaseResult, Grade, Group, Instance, Job, Run};
use crate::{Check, Direction, Entry, What, report::Again};

/// A case that was not run, and why.
pub(super) fn not_run(
    group: &Group,
    instance: Instance,
    grade: Grade,
    message: String,
) -> CaseResult {
    let case = instance.case;
    CaseResult {
        id: instance.id(),
        group: group.id.to_owned(),
        title: case.title.to_owned(),
        refs: case.refs.iter().map(|&clause| clause.to_owned()).collect(),
        level: case.level,
        side: case.side,
        speaks: instance.speaks(),
        grade,
        message,
        checks: Vec::new(),
        took_us: 0,
        transcript: Vec::new(),
        decoded: Vec::new(),
        again: None,
        excused: None,
        unexpected_pass: None,
    }
}

/// What a run says.
pub(super) fn of(job: &Job, run: &Run) -> CaseResult {
    let outcome = &run.outcome;
    let nothing = outcome.checks.is_empty() && outcome.halt.is_none();
    let message = match &outcome.halt {
        Some(halt) => halt.to_string(),
        None if nothing => "the suite's own fault: the case checked nothing".to_owned(),
        None => String::new(),
    };
    let grade = outcome.grade(job.instance.case.level);
    let mut result = not_run(job.group, job.instance, grade, message);
    result.checks.clone_from(&outcome.checks);
    result.speaks = job.dialect.to_string();
    result.took_us = u64::try_from(run.took.as_micros()).unwrap_or(u64::MAX);
    result.decoded = decoded(job, &run.transcript);
    result.transcript.clone_from(&run.transcript);
    result
}

/// Blames the last case that heard the target, or the last of all, for a target that is dead.
pub(super) fn blame(results: &mut [CaseResult], why: &str) {
    let heard = |result: &CaseResult| result.transcript.iter().any(from_subject);
    let at = results
        .iter()
        .rposition(heard)
        .unwrap_or(results.len().saturating_sub(1));
    let others: Vec<String> = results.iter().map(|result| result.id.clone()).collect();
    let Some(result) = results.get_mut(at) else {
        return;
    };
    let mut message = format!("the target no longer answers after this case: {why}");
    if others.len() > 1 {
        message += &format!("; run since it last answered: {}", others.join(", "));
    }
    result.grade = Grade::Fail;
    result.checks.push(Check {
        name: "alive".into(),
        grade: Grade::Fail,
        message,
    });
    for late in results.iter_mut().skip(at + 1) {
        late.grade = Grade::Blocked;
        late.message = "the target had stopped answering before".to_owned();
        late.checks.clear();
    }
}

fn from_subject(entry: &Entry) -> bool {
    matches!(
        entry.what,
        What::Bytes {
            direction: Direction::FromSubject,
            ..
        }
    )
}

/// Whether a result must be seen twice to be believed.
pub(super) fn worth_again(result: &CaseResult) -> bool {
    let blamed = result.checks.iter().any(|check| check.name == "alive");
    result.notable() && result.grade != Grade::Info && !blamed
}

/// Compares a second run, made alone, with the first.
pub(super) fn judge_again(result: &mut CaseResult, job: &Job, run: &Run) {
    let second = of(job, run);
    if second.grade == result.grade {
        return;
    }
    result.message = format!(
        "first {}, then {} when run again alone",
        result.grade, second.grade
    );
    result.again = Some(Again {
        first: result.grade,
        second: second.grade,
        checks: second.checks,
        transcript: second.transcript,
    });
    result.grade = Grade::Flaky;
}

/// What the frames of each wire and direction say, by the group's own observer.
fn decoded(job: &Job, transcript: &[Entry]) -> Vec<String> {
    let Some(decode) = job.group.decode else {
        return Vec::new();
    };
    let dialect = job.dialect.to_string();
    let wires = transcript
        .iter()
        .map(|entry| entry.wire)
        .max()
        .map_or(0, |last| last + 1);
    let mut lines = Vec::new();
    for wire in 0..wires.min(16) {
        for (way, name) in [
            (Direction::ToSubject, "to the subject"),
            (Direction::FromSubject, "from the subject"),
        ] {
            let bytes = all(transcript, wire, way);
            let said = decode(&dialect, &bytes);
            lines.extend(
                said.into_iter()
                    .map(|line| format!("wire {wire}, {name}: {line}")),
            );
        }
    }
    lines
}

pub(super) fn all(transcript: &[Entry], wire: usize, way: Direction) -> Vec<u8> {
    let of_way = transcript
        .iter()
        .filter(|entry| entry.wire == wire)
        .filter_map(|entry| match &entry.what {
            What::Bytes { direction, bytes } if *direction == way => Some(bytes.as_slice()),
            _ => None,
        });
    of_way.flatten().copied().collect()
}
