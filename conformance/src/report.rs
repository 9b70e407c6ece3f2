//! What a run found, as data: the model under every form of report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Check, Entry, Grade, Level, Profile, Side};

pub mod html;
pub mod junit;
pub mod matrix;
pub mod text;
pub mod transcript;
#[cfg(test)]
mod wellformed;
mod xml;

/// The version of `report.json`. It changes when a field changes its meaning.
pub const SCHEMA: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What was run.
    pub suite: Suite,
    /// What it was run against.
    pub target: TargetInfo,
    /// Of everything that is left to chance.
    pub seed: u64,
    /// When it began, in seconds since 1970.
    pub began: u64,
    /// How long it took, in milliseconds of real time.
    pub took_ms: u64,
    /// One for each instance that was selected and applies to the target.
    pub results: Vec<CaseResult>,
    /// Excuses that do not hold.
    pub stale_excuses: Vec<String>,
    /// Why the target could not be reached at all, if so.
    pub unreachable: Option<String>,
}

/// Which suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Suite {
    /// The version of the crate.
    pub version: String,
    /// The edition that the run was frozen to.
    pub edition: String,
    /// A hash of everything that declares the cases.
    pub hash: String,
}

/// Which target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TargetInfo {
    /// Its address, without a password.
    pub address: String,
    /// What it says or is known to be.
    pub about: String,
    /// What it was taken to have.
    pub profile: Profile,
}

/// What one instance of a case gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseResult {
    /// `id` or `id[param]`.
    pub id: String,
    /// The group's identifier.
    pub group: String,
    /// What holds when it passes.
    pub title: String,
    /// The clauses.
    pub refs: Vec<String>,
    /// How much they demand.
    pub level: Level,
    /// The side under test.
    pub side: Side,
    /// What was spoken.
    pub speaks: String,
    /// The verdict.
    pub grade: Grade,
    /// Why it was not run, or ended early; empty otherwise.
    pub message: String,
    /// Its judgements.
    pub checks: Vec<Check>,
    /// How long it took on its own clock, in microseconds.
    pub took_us: u64,
    /// What passed on its wires.
    pub transcript: Vec<Entry>,
    /// What the frames in it say, a line each, where the group can tell.
    pub decoded: Vec<String>,
    /// The other run of a case that was run twice.
    pub again: Option<Again>,
    /// The reason in the excuses file that covers all that is wrong.
    pub excused: Option<String>,
    /// The reason of an excuse for a case that passes all the same.
    pub unexpected_pass: Option<String>,
}

/// The second run of a case, alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Again {
    /// The grade of the first run.
    pub first: Grade,
    /// The grade of the second.
    pub second: Grade,
    /// The second's judgements.
    pub checks: Vec<Check>,
    /// What passed on its wires.
    pub transcript: Vec<Entry>,
}

impl CaseResult {
    /// Whether it was run to a verdict about the target.
    #[must_use]
    pub const fn ran(&self) -> bool {
        !matches!(self.grade, Grade::Skip | Grade::Blocked)
    }

    /// Whether the grade turns a run red by itself.
    #[must_use]
    pub fn unexpected(&self, warn_as_fail: bool) -> bool {
        let red = match self.grade {
            Grade::Fail | Grade::Flaky | Grade::Blocked => true,
            Grade::Untestable => self.level == Level::Must,
            Grade::Warn => warn_as_fail,
            Grade::Pass | Grade::Skip | Grade::Info | Grade::HarnessError => false,
        };
        red && self.excused.is_none()
    }

    /// Whether anything is to be said about it.
    #[must_use]
    pub const fn notable(&self) -> bool {
        !matches!(self.grade, Grade::Pass | Grade::Skip)
    }

    /// The word that reports show: the grade, or `excused` and `xpass` over it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match (&self.excused, &self.unexpected_pass) {
            (Some(_), _) => "excused",
            (None, Some(_)) => "xpass",
            (None, None) => self.grade.word(),
        }
    }

    /// The first thing that is wrong, in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        let worst = self.checks.iter().map(|check| check.grade).max();
        let worst = worst.filter(|grade| *grade != Grade::Pass);
        let mut bad = self
            .checks
            .iter()
            .filter(|check| Some(check.grade) == worst);
        // That a target is dead says more than what it then did not answer.
        let dead = bad.clone().find(|check| check.name == "alive");
        let check = dead.or_else(|| bad.next());
        match check {
            Some(check) if self.grade == Grade::Flaky => {
                format!("{}; {}: {}", self.message, check.name, check.message)
            }
            Some(check) => format!("{}: {}", check.name, check.message),
            None => self.message.clone(),
        }
    }
}

impl Report {
    /// How many results have each word.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for result in &self.results {
            *counts.entry(result.word()).or_default() += 1;
        }
        counts
    }

    /// What is to be said above all results, a line each: what kept cases from being run, and what
    /// excuses do not hold.
    #[must_use]
    pub fn alarms(&self) -> Vec<String> {
        let mut blocked: Vec<(&str, usize)> = Vec::new();
        for result in &self.results {
            if result.grade != Grade::Blocked || result.excused.is_some() {
                continue;
            }
            match blocked.iter_mut().find(|(why, _)| *why == result.message) {
                Some((_, count)) => *count += 1,
                None => blocked.push((&result.message, 1)),
            }
        }
        let told = |why: &String| blocked.iter().any(|(message, _)| message.ends_with(why));
        let untold = self.unreachable.iter().filter(|why| !told(why));
        let unreachable = untold.map(|why| format!("the target cannot be reached: {why}"));
        let blocked = blocked
            .iter()
            .map(|(why, count)| format!("{count} blocked: {why}"));
        let stale = self.stale_excuses.iter();
        let stale = stale.map(|stale| format!("stale excuse {stale}"));
        unreachable.chain(blocked).chain(stale).collect()
    }

    /// What a process that made this report ends with.
    #[must_use]
    pub fn exit(&self, warn_as_fail: bool) -> ExitCode {
        let results = &self.results;
        if self.unreachable.is_some() {
            return ExitCode::Harness;
        }
        if results.iter().any(|result| result.unexpected(warn_as_fail)) {
            return ExitCode::Unexpected;
        }
        if results
            .iter()
            .any(|result| result.grade == Grade::HarnessError)
        {
            return ExitCode::Harness;
        }
        if !self.stale_excuses.is_empty() {
            return ExitCode::StaleExcuse;
        }
        if !results.iter().any(CaseResult::ran) {
            return ExitCode::NothingRan;
        }
        ExitCode::AsExpected
    }

    /// As `report.json` has it.
    ///
    /// # Errors
    /// None that the model can cause.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Reads a `report.json`.
    ///
    /// # Errors
    /// Says what is wrong, or that another version of the suite wrote it.
    pub fn from_json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let version: Version = serde_json::from_str(text)
            .map_err(|error| format!("this is no report of this suite: {error}"))?;
        if version.schema != SCHEMA {
            let schema = version.schema;
            return Err(format!(
                "its schema is {schema}, and this suite reads {SCHEMA}: run the suite again"
            ));
        }
        serde_json::from_str(text).map_err(|error| format!("the report is damaged: {error}"))
    }
}

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All as expected.
    AsExpected = 0,
    /// A failure or a flaky case that nothing excuses.
    Unexpected = 1,
    /// An excuse that does not hold any more.
    StaleExcuse = 2,
    /// The target cannot be reached, or the suite's own fault.
    Harness = 3,
    /// The command line, the profile or the excuses cannot be understood.
    Usage = 4,
    /// Nothing was selected, or everything was skipped.
    NothingRan = 5,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// A message without line breaks and control characters, for places where they would do harm.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || xml::deceives(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
