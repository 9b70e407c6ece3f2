//! Who may do what: Modbus Security.

use crate::reference::{
    Mutation,
    modbus::{
        certificate::{self, UTF8},
        plant::{RIGHTS, Right},
    },
};

/// What one visitor may do.
pub(super) struct Rights(Vec<Right>);

impl Rights {
    /// Those of the one role in a certificate; without one, with several, or with one that is no text in
    /// UTF-8, there is no right at all.
    pub(super) fn of(certificate: &[u8], broken: &Mutation) -> Self {
        let mut roles = certificate::roles(certificate);
        if roles.len() > 1 && broken.is("roles.takes-the-first-of-two") {
            roles.truncate(1);
        }
        let name = match &*roles {
            [(UTF8, octets)] => str::from_utf8(octets).ok(),
            [(_, octets)] if broken.is("roles.takes-any-text") => str::from_utf8(octets).ok(),
            [] if broken.is("roles.nobody-may-read") => Some("reader"),
            _ => None,
        };
        let name = match name {
            Some(other) if !known(other) && broken.is("roles.strangers-are-engineers") => {
                Some("engineer")
            }
            name => name,
        };
        let own = RIGHTS.into_iter().filter(|right| Some(right.role) == name);
        Self(own.collect())
    }

    pub(super) fn allow(&self, unit: u8, pdu: &[u8], broken: &Mutation) -> bool {
        let Some(code) = pdu.first() else {
            return false;
        };
        if broken.is("roles.judges-the-form-first") && pdu.len() < 5 {
            return true;
        }
        if (20..=24).contains(code) && broken.is("roles.engineers-are-refused-by-halves") {
            return false;
        }
        let touched = registers(pdu);
        self.0.iter().any(|right| {
            let function = right.functions.is_empty() || right.functions.contains(code);
            let of_unit = right
                .units
                .as_ref()
                .is_none_or(|units| units.contains(&unit));
            let ours = |(first, count): &(u16, u16)| {
                let last = u32::from(*first) + u32::from(*count).max(1) - 1;
                let last = if broken.is("roles.looks-at-the-first-register") {
                    u32::from(*first)
                } else {
                    last
                };
                let range = right.registers.as_ref();
                range.is_none_or(|range| range.contains(first) && last <= u32::from(*range.end()))
            };
            (function || broken.is("roles.ignores-functions"))
                && (of_unit || broken.is("roles.ignores-units"))
                && (touched.iter().all(ours) || broken.is("roles.ignores-registers"))
        })
    }
}

fn known(role: &str) -> bool {
    RIGHTS.iter().any(|right| right.role == role)
}

/// The holding registers that a request touches: where, and how many.
fn registers(pdu: &[u8]) -> Vec<(u16, u16)> {
    let word = |at: usize| match pdu.get(at..) {
        Some([high, low, ..]) => u16::from_be_bytes([*high, *low]),
        _ => 0,
    };
    match pdu.first() {
        Some(3 | 16) => vec![(word(1), word(3))],
        Some(6 | 22) => vec![(word(1), 1)],
        Some(23) => vec![(word(1), word(3)), (word(5), word(7))],
        _ => Vec::new(),
    }
}
