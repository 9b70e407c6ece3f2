//! Finds out what a live target speaks and has.

use crate::{
    Check, Dialect, Direction, Entry, Grade, Group, Probe, Profile, Run, Side, What,
    runner::claims::as_case,
    suite,
    target::{Job, Target, TargetError, candidates},
};
use core::fmt::Write as _;

/// Asks a target in every dialect that its address leaves open, and probes what it has in the first
/// that it answers in. Gives a profile as TOML, with the evidence for each line as a comment; `None`
/// when it answers in none. `start` is what is known already.
///
/// # Errors
/// The address cannot be read.
pub fn run(
    address: &str,
    start: Option<Profile>,
    seed: u64,
    tell: &dyn Fn(String),
) -> Result<Option<String>, TargetError> {
    for mut target in candidates(address)? {
        if let Some(start) = &start {
            target.take_profile(start.clone());
        }
        if let Some(found) = examine(&target, seed, tell) {
            return Ok(Some(found.render(&target)));
        }
    }
    Ok(None)
}

/// What was found out, and what shows it.
struct Found {
    dialect: Dialect,
    alive: String,
    took_ms: u64,
    capabilities: Vec<(&'static str, String)>,
    absent: Vec<(&'static str, String)>,
    limits: Vec<(&'static str, u64, String)>,
}

fn examine(target: &Target, seed: u64, tell: &dyn Fn(String)) -> Option<Found> {
    let dialect = target.dialect()?.clone();
    let is_ours = |spoken: &str| {
        let spoken = spoken.parse::<Dialect>();
        spoken.is_ok_and(|spoken| spoken.name == dialect.name)
    };
    let of_dialect = |group: &&&'static Group| group.dialects().any(is_ours);
    let groups = suite::groups();
    let groups: Vec<_> = groups.iter().filter(of_dialect).copied().collect();
    let (group, sanity) = groups.iter().find_map(|group| {
        let mut all = group.sanity_of(Side::Server);
        Some((*group, all.find(|one| is_ours(&one.speaks()))?))
    })?;
    tell(format!("asking in {dialect}: {}", sanity.case.title));
    let job = |instance| Job {
        group,
        instance,
        dialect: dialect.clone(),
        seed,
    };
    let alive = target.run(&job(sanity));
    if alive.outcome.grade(sanity.case.level) > Grade::Info {
        tell(format!("  no: {}", words(&alive)));
        return None;
    }
    tell(format!("  yes: {}", words(&alive)));
    let took_ms = answered_after(&alive).div_ceil(1_000_000);
    let mut found = Found {
        alive: words(&alive),
        dialect: dialect.clone(),
        took_ms,
        capabilities: Vec::new(),
        absent: Vec::new(),
        limits: Vec::new(),
    };
    for probe in groups.iter().flat_map(|group| group.probes) {
        found.try_one(probe, target, &job(as_case(probe)), tell);
    }
    Some(found)
}

impl Found {
    fn try_one(&mut self, probe: &Probe, target: &Target, job: &Job, tell: &dyn Fn(String)) {
        let mut known = self.capabilities.iter().chain(&self.absent);
        if known.any(|(capability, _)| *capability == probe.capability) {
            return;
        }
        tell(format!("trying {}: {}", probe.capability, probe.title));
        let run = target.run(job);
        let has = run.outcome.grade(job.instance.case.level) <= Grade::Info;
        let evidence = words(&run);
        tell(format!("  {}: {evidence}", if has { "yes" } else { "no" }));
        let list = if has {
            &mut self.capabilities
        } else {
            &mut self.absent
        };
        list.push((probe.capability, evidence));
        let limits = run.outcome.limits.into_iter();
        self.limits
            .extend(limits.map(|limit| (limit.name, limit.value, limit.evidence)));
    }

    fn render(&self, target: &Target) -> String {
        let profile = &target.profile;
        let address = target.address();
        let name = if profile.name.is_empty() {
            &address
        } else {
            &profile.name
        };
        let mut text = format!(
            "# What `lineside-conform detect` found at {}.\n# It speaks {}: {}\nname = {}\n\ncapabilities = [\n",
            comment(&address),
            self.dialect,
            comment(&self.alive),
            quoted(name),
        );
        for (capability, evidence) in &self.capabilities {
            let _ = writeln!(text, "    {}, # {}", quoted(capability), comment(evidence));
        }
        if target.is_line() {
            let _ = writeln!(
                text,
                "    {}, # its address is that of a serial line",
                quoted(Profile::LINE)
            );
        }
        for (capability, evidence) in &self.absent {
            let _ = writeln!(
                text,
                "    # {} is absent: {}",
                quoted(capability),
                comment(evidence)
            );
        }
        text.push_str("]\n\n[limits]\n");
        for (name, value, evidence) in &self.limits {
            let _ = writeln!(text, "{name} = {value} # {}", comment(evidence));
        }
        for (name, value) in profile
            .limits
            .iter()
            .filter(|(name, _)| !self.measured(name))
        {
            let _ = writeln!(text, "{} = {value} # as given", quoted(name));
        }
        let timing = profile.timing;
        let _ = writeln!(
            text,
            "\n[timing]\n# The first exchange took {} ms.\nanswer-ms = {}\nquiet-ms = {}\nconnect-ms = {}\nopen-ms = {}\ncharacters = {}",
            self.took_ms,
            timing.answer_ms.max(self.took_ms.saturating_mul(10)),
            timing.quiet_ms.max(self.took_ms.saturating_mul(4)),
            timing.connect_ms,
            timing.open_ms,
            timing.characters,
        );
        for exchange in &profile.exchanges {
            let side = |record: &crate::Record| quoted(&String::from(record.clone()));
            let _ = writeln!(
                text,
                "\n[[exchange]] # as given\nsend = {}\nexpect = {}",
                side(&exchange.send),
                side(&exchange.expect)
            );
        }
        if let Some(modbus) = profile.modbus.as_ref().map(toml::Value::try_from) {
            let section =
                modbus.map(|modbus| toml::Table::from_iter([("modbus".to_owned(), modbus)]));
            let section = section.and_then(|section| toml::to_string(&section));
            let _ = write!(text, "\n# As given.\n{}", section.unwrap_or_default());
        }
        text
    }

    fn measured(&self, name: &str) -> bool {
        self.limits.iter().any(|(measured, ..)| *measured == name)
    }
}

/// Nanoseconds from what was sent first to what came back first.
fn answered_after(run: &Run) -> u64 {
    let first = |wanted: Direction| {
        let mut entries = run.transcript.iter();
        let of_way = |entry: &&Entry| matches!(&entry.what, What::Bytes { direction, .. } if *direction == wanted);
        entries.find(of_way).map_or(0, |entry| entry.at)
    };
    first(Direction::FromSubject).saturating_sub(first(Direction::ToSubject))
}

/// What a run saw, in one line.
fn words(run: &Run) -> String {
    let said: Vec<String> = (run.outcome.checks.iter())
        .map(|Check { name, message, .. }| format!("{name}: {message}"))
        .chain(run.outcome.halt.iter().map(ToString::to_string))
        .collect();
    said.join("; ")
}

fn comment(text: &str) -> String {
    crate::report::one_line(text)
}

/// A TOML string, whatever is in it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_target_gives_a_profile_that_can_be_read_back() {
        let text = run("mem:loopback", None, 1, &|_| {}).unwrap().unwrap();
        let profile = Profile::from_toml(&text).unwrap();
        assert!(profile.has(Profile::ECHO), "{text}");
        assert!(text.contains("\"echo\", # echo: got 6c 69 6e 65"), "{text}");
        assert!(text.contains("It speaks loopback"), "{text}");
    }

    #[test]
    fn what_a_modbus_server_was_said_to_have_is_kept() {
        let start = crate::reference::Reference::sound();
        let start = crate::Subject::profile(&start);
        let text = run("mem:reference", Some(start.clone()), 1, &|_| {})
            .unwrap()
            .unwrap();
        assert_eq!(Profile::from_toml(&text).unwrap().modbus, start.modbus);
    }

    #[test]
    fn a_dead_target_gives_none() {
        assert_eq!(run("mem:loopback-deaf", None, 1, &|_| {}).unwrap(), None);
    }
}
