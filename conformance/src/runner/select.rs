//! Which cases are run.

use super::{Group, Instance, Side, Target};
use crate::{Dialect, Level, suite};

/// What narrows a run down. Everything that is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Identifiers: of an instance, of a case, of a group of them up to a dot, or with `*` in them.
    pub ids: Vec<String>,
    /// Clauses: `F3`, `RFC 1055`. Spaces and capitals do not matter.
    pub clauses: Vec<String>,
    /// Levels.
    pub levels: Vec<Level>,
    /// Sides.
    pub sides: Vec<Side>,
    /// The edition that the run is frozen to; none is the newest.
    pub edition: Option<String>,
}

/// The cases of one group that are to be run.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The group.
    pub group: &'static Group,
    /// Its cases.
    pub instances: Vec<Instance>,
}

impl Selection {
    /// The edition of the run.
    #[must_use]
    pub fn edition(&self) -> &str {
        let newest = suite::EDITIONS.last().copied().unwrap_or_default();
        self.edition.as_deref().unwrap_or(newest)
    }

    /// Whether it takes an instance.
    #[must_use]
    pub fn takes(&self, instance: &Instance) -> bool {
        let case = instance.case;
        let id = instance.id();
        (self.ids.is_empty() || self.ids.iter().any(|wanted| names(wanted, &id)))
            && (self.clauses.is_empty()
                || self.clauses.iter().any(|wanted| refers(case.refs, wanted)))
            && (self.levels.is_empty() || self.levels.contains(&case.level))
            && (self.sides.is_empty() || self.sides.contains(&case.side))
            && suite::edition_number(case.since) <= suite::edition_number(self.edition())
    }

    /// What it takes of the groups, for a target: cases of a side that the target does not have, or
    /// of a dialect that does not concern it, are not selected at all.
    #[must_use]
    pub fn of(&self, groups: &[&'static Group], target: &Target) -> Vec<Selected> {
        let concerns = |instance: &Instance| {
            let dialect = instance.speaks().parse::<Dialect>();
            target.is(instance.case.side) && dialect.is_ok_and(|dialect| target.concerns(&dialect))
        };
        let selected = groups.iter().map(|group| {
            let all = group.cases.iter().flat_map(crate::Case::instances);
            let instances = all.filter(|one| self.takes(one) && concerns(one)).collect();
            Selected { group, instances }
        });
        selected
            .filter(|selected| !selected.instances.is_empty())
            .collect()
    }

    /// The identifiers and clauses that name no case of the groups at all.
    #[must_use]
    pub fn unknown(&self, groups: &[&'static Group]) -> Vec<String> {
        let all = suite::instances(groups);
        let known_id = |wanted: &&String| all.iter().any(|(_, one)| names(wanted, &one.id()));
        let known_clause =
            |wanted: &&String| all.iter().any(|(_, one)| refers(one.case.refs, wanted));
        let ids = self.ids.iter().filter(|wanted| !known_id(wanted));
        let clauses = self.clauses.iter().filter(|wanted| !known_clause(wanted));
        ids.chain(clauses).cloned().collect()
    }
}

fn refers(refs: &[&str], wanted: &str) -> bool {
    refs.iter()
        .any(|clause| squeezed(clause) == squeezed(wanted))
}

fn squeezed(clause: &str) -> String {
    clause
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether what the user wrote names an instance.
fn names(wanted: &str, id: &str) -> bool {
    if wanted.contains('*') {
        return glob(wanted.as_bytes(), id.as_bytes());
    }
    let rest = id.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// `*` stands for anything. In time and memory of the product of the lengths at worst.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let mut reachable = vec![false; text.len() + 1];
    if let Some(start) = reachable.first_mut() {
        *start = true;
    }
    for &p in pattern {
        let mut next = vec![false; text.len() + 1];
        let mut any = false;
        for (at, here) in reachable.iter().enumerate() {
            any |= *here;
            let (to, set) = match p {
                b'*' => (at, any),
                _ => (at + 1, *here && text.get(at) == Some(&p)),
            };
            if set && let Some(slot) = next.get_mut(to) {
                *slot = true;
            }
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_names_an_instance_a_case_or_a_branch() {
        for wanted in ["a.b[x]", "a.b", "a", "*b[*", "a.*", "*"] {
            assert!(names(wanted, "a.b[x]"), "{wanted}");
        }
        for wanted in ["a.", "b", "a.b[", "*c", "a.b[y]", ""] {
            assert!(!names(wanted, "a.b[x]"), "{wanted}");
        }
    }

    #[test]
    fn a_clause_is_found_however_it_is_spaced() {
        assert!(refers(&["RFC 1055", "F1"], "rfc1055"));
        assert!(!refers(&["F12"], "F1"));
    }
}
