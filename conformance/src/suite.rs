//! The whole of the cases: groups, editions, and their hash.

use crate::{
    case::{Case, Group, Instance},
    cases, selftest,
};

/// The editions of the suite, oldest first. `--edition` freezes a run to one of them, so that a
/// newer suite turns nobody's build red.
pub const EDITIONS: &[&str] = &["2026.1"];

/// Every group: the suite's own test of itself, then all others.
#[must_use]
pub fn groups() -> Vec<&'static Group> {
    let own = core::iter::once(&selftest::GROUP);
    own.chain(cases::groups()).collect()
}

/// An edition's place among the editions; a case of an edition that does not exist belongs to none.
#[must_use]
pub fn edition_number(edition: &str) -> usize {
    EDITIONS
        .iter()
        .position(|known| *known == edition)
        .unwrap_or(usize::MAX)
}

/// A 64-bit FNV-1a hash: for seeds and for telling suites apart, not for secrets.
#[must_use]
pub const fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = tail;
    }
    hash
}

/// Every instance of every case of the groups, in order.
pub fn instances(groups: &[&'static Group]) -> Vec<(&'static Group, Instance)> {
    let of_group = |group: &&'static Group| {
        let group = *group;
        let cases: &'static [Case] = group.cases;
        cases
            .iter()
            .flat_map(Case::instances)
            .map(move |instance| (group, instance))
    };
    groups.iter().flat_map(of_group).collect()
}

/// Tells this set of cases from every other: a hash of all that declares them.
#[must_use]
pub fn hash(groups: &[&'static Group]) -> u64 {
    let declared = |(_, instance): &(&Group, Instance)| {
        let case = instance.case;
        format!(
            "{}|{:?}|{:?}|{}|{:?}|{:?}|{}\n",
            instance.id(),
            case.level,
            case.side,
            case.speaks,
            case.refs,
            case.needs,
            case.title
        )
    };
    let all: String = instances(groups).iter().map(declared).collect();
    fingerprint(all.as_bytes())
}
