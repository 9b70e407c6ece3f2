//! The table of rights (X03).

use core::ops::RangeInclusive;
use std::collections::BTreeMap;

use super::{
    Role,
    access::{Access, accesses},
};
use crate::{
    Diagnostics, Functions, ServerConfig, Table,
    wire::{Request, Span, SubFunction, SubFunctions, Unit},
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
/// [[operator]]
/// functions = [8]
/// sub-functions = [0x00, 0x0A]
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
    /// These sub-functions of Diagnostics (function 08); none listed: any. It says nothing of other
    /// functions.
    pub sub_functions: Vec<u16>,
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
        let fitting = fitting.filter(|right| right.is_for_sub_function_of(&request));
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
    /// [passed](Diagnostics::Pass), nothing is asked request by request. So each of them, and each
    /// sub-function of 08 by itself, is refused, too, unless the role may use it at every unit that
    /// the server answers for. Who may only read has the sub-functions that only tell: the echo (00),
    /// the register (02) and the counters (0B to 12), and no restart, listen-only mode or clearing.
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
        if config.diagnostics == Diagnostics::Pass {
            return config.clone().functions(both);
        }
        let may = |pdu: &[u8]| self.allows_everywhere(role, config, pdu);
        let subs = config.sub_functions.iter().filter(|sub| {
            let [high, low] = sub.0.to_be_bytes();
            may(&[0x08, high, low, 0, 0])
        });
        let subs = SubFunctions::from_iter(subs);
        if subs == SubFunctions::NONE {
            both = both.without(0x08);
        }
        for code in [0x0B, 0x0C] {
            if !may(&[code]) {
                both = both.without(code);
            }
        }
        config.clone().functions(both).sub_functions(subs)
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

impl Right {
    /// The same, for these function codes only.
    #[must_use]
    pub fn functions(mut self, codes: impl IntoIterator<Item = u8>) -> Self {
        self.functions.extend(codes);
        self
    }

    /// The same, of Diagnostics for these sub-functions only, beside those that were named before.
    #[must_use]
    pub fn sub_functions(mut self, subs: impl IntoIterator<Item = SubFunction>) -> Self {
        self.sub_functions.extend(subs.into_iter().map(|sub| sub.0));
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

    fn is_for_sub_function_of(&self, request: &Request<'_>) -> bool {
        match request {
            Request::Diagnostics { sub, .. } => {
                self.sub_functions.is_empty() || self.sub_functions.contains(&sub.0)
            }
            _ => true,
        }
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
