//! Known failures, each with its reason; and those that no longer hold.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use crate::{
    Grade,
    report::{CaseResult, Report},
};

/// An excuses file.
///
/// ```toml
/// [[excuse]]
/// id = "framing.slip.server.escape[strict]:silent"   # a case, an instance, or a check of one
/// grade = "fail"                                      # optional: only this grade
/// message = "wanted nothing"                          # optional: only with this in its message
/// reason = "https://example.org/issues/7"
/// until = "2027-01-31"                                # optional: not after this day
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excuses {
    #[serde(default, rename = "excuse")]
    all: Vec<Excuse>,
}

/// One known failure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Excuse {
    id: String,
    grade: Option<Grade>,
    message: Option<String>,
    reason: String,
    until: Option<Day>,
}

/// A day as `2027-01-31`, which compares as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Day(String);

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bytes = text.as_bytes();
        let fits = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if fits {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is no day: wanted YYYY-MM-DD"))
        }
    }
}

impl Excuses {
    /// Reads an excuses file.
    ///
    /// # Errors
    /// Says the line and the field that is wrong. An excuse without a reason is wrong.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let this: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        match this
            .all
            .iter()
            .find(|excuse| excuse.reason.trim().is_empty())
        {
            Some(excuse) => Err(format!(
                "the excuse for `{}` needs a reason: say why, or where it is tracked",
                excuse.id
            )),
            None => Ok(this),
        }
    }

    /// Marks what is excused in a report, and notes the excuses that do not hold. `known` is the
    /// identifier of every instance of the suite, run or not.
    pub fn apply(&self, report: &mut Report, known: &[String]) {
        self.apply_on(report, known, &today());
    }

    fn apply_on(&self, report: &mut Report, known: &[String], today: &str) {
        let mut stale = Vec::new();
        let mut used = vec![false; self.all.len()];
        let live = |excuse: &Excuse| {
            excuse
                .until
                .as_ref()
                .is_none_or(|until| until.0.as_str() >= today)
        };
        for result in &mut report.results {
            let covers = |(_, excuse): &(usize, &Excuse)| live(excuse) && excuse.names(result);
            let of_it: Vec<_> = self.all.iter().enumerate().filter(covers).collect();
            let hits: Vec<_> = of_it
                .iter()
                .filter(|(_, excuse)| excuse.matches(result))
                .collect();
            for (at, _) in &hits {
                if let Some(used) = used.get_mut(*at) {
                    *used = true;
                }
            }
            result.excused = covered(result, hits.iter().map(|(_, excuse)| *excuse));
            if result.grade == Grade::Pass {
                result.unexpected_pass = of_it.first().map(|(_, excuse)| excuse.reason.clone());
            }
        }
        for (excuse, used) in self.all.iter().zip(used) {
            stale.extend(excuse.stale(report, known, used, live(excuse)));
        }
        report.stale_excuses = stale;
    }
}

impl Excuse {
    /// The case or instance, and the check.
    fn parts(&self) -> (&str, Option<&str>) {
        // A check's name follows the last colon outside of brackets.
        let after = self.id.rfind(']').unwrap_or_default();
        match self.id.get(after..).and_then(|tail| tail.rfind(':')) {
            Some(colon) => {
                let (case, check) = self.id.split_at(after + colon);
                (case, check.strip_prefix(':'))
            }
            None => (&self.id, None),
        }
    }

    fn names(&self, result: &CaseResult) -> bool {
        names(self.parts().0, &result.id)
    }

    /// Whether anything that is wrong in the result is what this excuses.
    fn matches(&self, result: &CaseResult) -> bool {
        let said = self.message.as_deref().unwrap_or_default();
        let wrong =
            |grade: Grade| grade > Grade::Info && self.grade.is_none_or(|only| only == grade);
        match self.parts().1 {
            Some(name) => (result.checks.iter()).any(|check| {
                check.name == name && wrong(check.grade) && check.message.contains(said)
            }),
            None => {
                let in_checks = result
                    .checks
                    .iter()
                    .any(|check| check.message.contains(said));
                wrong(result.grade) && (in_checks || result.message.contains(said))
            }
        }
    }

    fn stale(&self, report: &Report, known: &[String], used: bool, live: bool) -> Option<String> {
        let case = self.parts().0;
        let say = |what: &str| Some(format!("`{}`: {what}", self.id));
        if !known.iter().any(|id| names(case, id)) {
            return say("no case has this identifier; correct it, or remove the excuse");
        }
        if used {
            return None;
        }
        let mut judged = report
            .results
            .iter()
            .filter(|result| self.names(result) && result.ran());
        let first = judged.next()?;
        if !live {
            let until = self.until.as_ref().map_or("", |day| &day.0);
            return say(&format!(
                "it ended on {until}; renew it with a reason, or remove it"
            ));
        }
        match first.grade {
            Grade::Pass => say("the case passes; remove the excuse"),
            _ => say(
                "nothing that went wrong fits it; correct its check, grade or message, or remove it",
            ),
        }
    }
}

fn names(excused: &str, id: &str) -> bool {
    let plain = id.split_once('[').map_or(id, |(plain, _)| plain);
    excused == id || excused == plain
}

/// The reasons, when the excuses cover all that is wrong.
fn covered<'a>(result: &CaseResult, hits: impl Iterator<Item = &'a Excuse>) -> Option<String> {
    let hits: Vec<_> = hits.collect();
    let first = hits.first()?;
    let whole = hits.iter().any(|excuse| excuse.parts().1.is_none());
    let check_covered = |name: &str| hits.iter().any(|excuse| excuse.parts().1 == Some(name));
    let mut wrong = result
        .checks
        .iter()
        .filter(|check| check.grade > Grade::Info);
    let all = whole || wrong.all(|check| check_covered(&check.name));
    all.then(|| first.reason.clone())
}

/// Today in UTC, as `2026-11-22`.
fn today() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    day_of(since.as_secs() / 86_400)
}

/// The civil day of a count of days since 1970-01-01, by Hinnant's algorithm.
fn day_of(days: u64) -> String {
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests;
