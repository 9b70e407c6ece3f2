//! Verdicts: named checks, the grade of a case, and why a case could not go on.

use core::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::Level;

/// The grade of a case, or of one of its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// As the clause demands.
    Pass,
    /// The subject does not have what the case needs, and does not claim to.
    Skip,
    /// A MAY that the subject does not follow, or something worth knowing.
    Info,
    /// A SHOULD that the subject does not follow.
    Warn,
    /// What the case presumes could not be brought about. Counts as a failure for a MUST.
    Untestable,
    /// Not run: the target had stopped answering before.
    Blocked,
    /// A MUST that the subject does not follow.
    Fail,
    /// Run again alone, the case gave another grade.
    Flaky,
    /// The suite's own fault.
    HarnessError,
}

impl Grade {
    /// Every grade, from the best to the worst.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Skip,
        Self::Info,
        Self::Warn,
        Self::Untestable,
        Self::Blocked,
        Self::Fail,
        Self::Flaky,
        Self::HarnessError,
    ];

    /// The word that reports use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Untestable => "untestable",
            Self::Blocked => "blocked",
            Self::Fail => "fail",
            Self::Flaky => "flaky",
            Self::HarnessError => "harness-error",
        }
    }

    /// The same, but no worse than `level` allows: a broken SHOULD warns, a broken MAY informs.
    #[must_use]
    pub fn capped(self, level: Level) -> Self {
        match (self, level) {
            (Self::Fail, Level::Should) => Self::Warn,
            (Self::Fail | Self::Warn, Level::May) => Self::Info,
            (other, _) => other,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One named judgement of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name in the case: `id:name` in an excuses file.
    pub name: String,
    /// The verdict, capped by the case's level.
    pub grade: Grade,
    /// What was seen, and what was wanted.
    pub message: String,
}

/// What a case found: its checks, and what kept it from going on.
#[derive(Debug)]
pub struct Outcome {
    /// In the order in which they were judged.
    pub checks: Vec<Check>,
    /// Why it ended early.
    pub halt: Option<Halt>,
    /// Limits that a probe measured.
    pub limits: Vec<Limit>,
}

/// A limit that a probe measured on a live target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name in a profile.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// What showed it.
    pub evidence: String,
}

impl Outcome {
    /// The worst of its checks, and its grade when it ended early. A case that checked nothing is
    /// the suite's own fault: it could not have failed.
    #[must_use]
    pub fn grade(&self, level: Level) -> Grade {
        let checks = self.checks.iter().map(|check| check.grade).max();
        let halt = self.halt.as_ref().map(|halt| halt.grade().capped(level));
        checks.max(halt).unwrap_or(Grade::HarnessError)
    }
}

/// Why a case cannot go on. A case's `?` ends it with one of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Halt {
    /// The wire broke under the case, which is a finding.
    #[error("the wire broke: {0}")]
    Lost(#[from] io::Error),
    /// The subject could not be reached at all.
    #[error("cannot reach the target: {0}")]
    Unreachable(String),
    /// The profile claims a capability that the target turns out not to have: a failure.
    #[error("the profile claims `{0}`, and the target does not have it")]
    Absent(String),
    /// What the case presumes could not be brought about.
    #[error("cannot be tested: {0}")]
    Untestable(String),
    /// The wire to this subject cannot carry what the case is about: a PTY has no break.
    #[error("this wire cannot carry it: {0}")]
    Wire(String),
    /// The client says that it cannot do this (exit code 89).
    #[error("not supported by the subject: {0}")]
    Cannot(String),
    /// The suite's own fault.
    #[error("the suite's own fault: {0}")]
    Harness(String),
    /// A check has failed already, and the rest of the case would be about something else.
    #[error("what came is not what the rest of the case is about")]
    Judged,
}

impl Halt {
    /// The grade of a case that ends so, before its level caps it.
    #[must_use]
    pub const fn grade(&self) -> Grade {
        match self {
            Self::Lost(_) | Self::Absent(_) => Grade::Fail,
            Self::Unreachable(_) => Grade::Blocked,
            Self::Untestable(_) => Grade::Untestable,
            Self::Cannot(_) | Self::Wire(_) => Grade::Skip,
            Self::Harness(_) => Grade::HarnessError,
            Self::Judged => Grade::Pass,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_checks_nothing_is_our_own_fault() {
        let nothing = Outcome {
            checks: Vec::new(),
            halt: None,
            limits: Vec::new(),
        };
        assert_eq!(nothing.grade(Level::Must), Grade::HarnessError);
    }

    #[test]
    fn a_broken_should_warns_and_a_broken_may_informs() {
        assert_eq!(Grade::Fail.capped(Level::Must), Grade::Fail);
        assert_eq!(Grade::Fail.capped(Level::Should), Grade::Warn);
        assert_eq!(Grade::Fail.capped(Level::May), Grade::Info);
        assert_eq!(Grade::HarnessError.capped(Level::May), Grade::HarnessError);
    }
}
