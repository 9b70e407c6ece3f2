//! The table of rights (X03).

use core::ops::RangeInclusive;
use std::collections::BTreeMap;

use super::{
    Role,
    access::{Access, accesses},
};
use crate::{
    Diagnostics, Functions, ServerConfig, Table,
    wire::{Request, Span, Unit},
};

/// For each role what it may do. A role that is not listed, and the NULL role, may do nothing.
///
/// With feature `serde` it is read from TOML:
///
/// ```toml
/// [[operator]]
/// kind = "read"
///
/// [[operator]]
/// functions = [6, 16]
/// units = [{ first = 1, last = 10 }]
/// elements = [{ table = "holding", first = 100, last = 199 }]
///
/// [[engineer]]
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Rights {
    roles: BTreeMap<String, Vec<Right>>,
}

/// Something that a role may do: all that every field allows. The default allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
#[non_exhaustive]
pub struct Right {
    /// These function codes; none listed: any.
    pub functions: Vec<u8>,
    /// These units; none listed: any, broadcasts included.
    pub units: Vec<Units>,
    /// Only reading, or only writing; `None`: both.
    pub kind: Option<Kind>,
    /// These elements; none listed: any, and also what is not about elements (files, diagnostics,
    /// identification, functions that are not public).
    pub elements: Vec<Elements>,
}

/// Reading or writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Kind {
    /// Changes nothing.
    Read,
    /// Changes something, or may: CANopen and functions that are not public count as this.
    Write,
}

/// Consecutive units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Units {
    /// The first.
    pub first: u8,
    /// The last, which is one of them.
    pub last: u8,
}

/// Consecutive elements of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Elements {
    /// Which table.
    pub table: Table,
    /// The first, as addressed on the wire: from 0.
    pub first: u16,
    /// The last, which is one of them.
    pub last: u16,
}

impl Rights {
    /// The same, and `role` may do `right` too.
    #[must_use]
    pub fn allow(mut self, role: &str, right: Right) -> Self {
        self.roles.entry(role.to_owned()).or_default().push(right);
        self
    }

    /// Whether `role` may send the request in `pdu` to `unit`. A request that reads and writes at
    /// once needs the right to either.
    ///
    /// What does not parse touches nothing: a role that may use the function may hear what is wrong
    /// with it.
    #[must_use]
    pub fn allows(&self, role: &Role, unit: Unit, pdu: &[u8]) -> bool {
        let rights = role.name().and_then(|name| self.roles.get(name));
        let (Some(rights), Some(&function)) = (rights, pdu.first()) else {
            return false;
        };
        let mut fitting = rights.iter().filter(|right| right.is_for(function, unit));
        let Ok(request) = Request::parse(pdu) else {
            return fitting.next().is_some();
        };
        let (one, other) = accesses(&request);
        let allowed = |access: &Access| fitting.clone().any(|right| right.covers(access));
        allowed(&one) && other.as_ref().is_none_or(allowed)
    }
}

impl Rights {
    /// `config` for a connection whose peer is `role`: functions that it may not use at all are
    /// refused before their form is looked at.
    ///
    /// Of functions 08, 0B and 0C, which the machine answers unless they are
    /// [passed](Diagnostics::Pass), nothing is asked request by request. So they are refused, too,
    /// unless the role may use all of them: any sub-function, the restart and the listen-only mode
    /// included, at every unit that the server answers for. A right to read alone is none to 08.
    #[must_use]
    pub fn confine(&self, role: &Role, config: &ServerConfig) -> ServerConfig {
        let rights = role.name().and_then(|name| self.roles.get(name));
        let of = |right: &Right| match right.functions[..] {
            [] => Functions::ALL,
            ref codes => codes.iter().copied().collect(),
        };
        let mine = rights.into_iter().flatten().map(of);
        let mine = mine.fold(Functions::NONE, Functions::union);
        let mut both = mine.intersection(config.functions);
        if config.diagnostics == Diagnostics::Own {
            let is_partial = |pdu: &&[u8]| !self.allows_everywhere(role, config, pdu);
            let partial = OF_THE_MACHINE.into_iter().filter(is_partial);
            both = partial
                .filter_map(|pdu| pdu.first().copied())
                .fold(both, Functions::without);
        }
        config.clone().functions(both)
    }

    /// Whether `role` may send the request in `pdu` to whomever the server answers for.
    fn allows_everywhere(&self, role: &Role, config: &ServerConfig, pdu: &[u8]) -> bool {
        let mut units = config.units;
        if config.direct {
            units = units.with(Unit::BROADCAST).with(Unit::DIRECT);
        }
        if config.broadcasts_over_tcp {
            units = units.with(Unit::BROADCAST);
        }
        units.iter().all(|unit| self.allows(role, unit, pdu))
    }
}

/// What the machine answers, by what it needs: Diagnostics that read (Return Query Data) and that
/// write (Restart Communications Option), the communication event counter and log.
const OF_THE_MACHINE: [&[u8]; 4] = [&[8, 0, 0, 0, 0], &[8, 0, 1, 0, 0], &[0x0B], &[0x0C]];

impl Right {
    /// The same, for these function codes only.
    #[must_use]
    pub fn functions(mut self, codes: impl IntoIterator<Item = u8>) -> Self {
        self.functions.extend(codes);
        self
    }

    /// The same, for these units only, beside those that were named before.
    #[must_use]
    pub fn units(mut self, units: RangeInclusive<u8>) -> Self {
        let (first, last) = units.into_inner();
        self.units.push(Units { first, last });
        self
    }

    /// The same, for reading or for writing only.
    #[must_use]
    pub const fn only(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The same, for these elements only, beside those that were named before.
    #[must_use]
    pub fn elements(mut self, table: Table, elements: RangeInclusive<u16>) -> Self {
        let (first, last) = elements.into_inner();
        self.elements.push(Elements { table, first, last });
        self
    }

    fn is_for(&self, function: u8, unit: Unit) -> bool {
        let functions = &self.functions;
        let of_units = |units: &Units| (units.first..=units.last).contains(&unit.get());
        (functions.is_empty() || functions.contains(&function))
            && (self.units.is_empty() || self.units.iter().any(of_units))
    }

    fn covers(&self, access: &Access) -> bool {
        if self.kind.is_some_and(|kind| kind != access.kind) {
            return false;
        }
        if self.elements.is_empty() {
            return true;
        }
        let Some((table, span)) = access.elements else {
            return false;
        };
        let mut of_table = self.elements.iter().filter(|e| e.table == table);
        of_table.any(|elements| elements.hold(span))
    }
}

impl Elements {
    fn hold(self, span: Span) -> bool {
        self.first <= span.address && span.end() <= u32::from(self.last) + 1
    }
}

#[cfg(test)]
mod tests;
