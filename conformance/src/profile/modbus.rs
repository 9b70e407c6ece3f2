//! What a Modbus server has: the section `[modbus]` of a profile.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A Modbus server, as a profile has it. What is absent makes cases skip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Modbus {
    /// The unit that answers. Default 1.
    pub unit: u8,
    /// A unit that nobody on the line answers for. Default 247, or 246 where that is the one that
    /// answers.
    pub absent_unit: Option<u8>,
    /// The function codes that it serves.
    pub functions: BTreeSet<u8>,
    /// The sub-functions of Diagnostics (08) that it serves.
    pub diagnostics: BTreeSet<u16>,
    /// Its coils.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coils: Option<Table>,
    /// Its discrete inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discrete_inputs: Option<Table>,
    /// Its holding registers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holding_registers: Option<Table>,
    /// Its input registers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_registers: Option<Table>,
    /// A file of which records may be read, and written where `write` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Files>,
    /// The pointer of a FIFO queue that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fifo: Option<u16>,
}

impl Default for Modbus {
    fn default() -> Self {
        Self {
            unit: 1,
            absent_unit: None,
            functions: BTreeSet::new(),
            diagnostics: BTreeSet::new(),
            coils: None,
            discrete_inputs: None,
            holding_registers: None,
            input_registers: None,
            file: None,
            fifo: None,
        }
    }
}

/// Consecutive addresses of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Table {
    /// The first that can be read. Default 0.
    #[serde(default)]
    pub first: u16,
    /// How many can be read from there on. The address behind them is absent.
    pub count: u32,
    /// The first that may be written, whatever its value. Default the first of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_first: Option<u16>,
    /// How many may be written from there on. Default none.
    #[serde(default)]
    pub write: u32,
}

impl Table {
    /// The first address that may be written.
    #[must_use]
    pub fn scratch(&self) -> u16 {
        self.write_first.unwrap_or(self.first)
    }

    /// The address behind the last; `None` when the table fills the address space.
    #[must_use]
    pub fn end(&self) -> Option<u16> {
        u16::try_from(u32::from(self.first) + self.count).ok()
    }
}

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Files {
    /// Its number.
    pub number: u16,
    /// How many records it has, from record 0.
    pub records: u16,
    /// Whether they may be written.
    #[serde(default)]
    pub write: bool,
}

impl Modbus {
    /// The capability that the standard test device is served: `reference/modbus/plant.rs`.
    pub const PLANT: &str = "plant";

    /// A unit that nobody answers for.
    #[must_use]
    pub fn absent_unit(&self) -> u8 {
        let default = if self.unit == 247 { 246 } else { 247 };
        self.absent_unit.unwrap_or(default)
    }

    /// The capability that every wire finds the device as it is at power-up.
    pub const FRESH: &str = "fresh";

    /// The capability that the server has no more connections at a time than its limit `connections`,
    /// which is the name of that limit, too.
    pub const CONNECTIONS: &str = "connections";
    /// The capability that the server is a gateway, and the suite has the lines behind it: units 1 to 9
    /// are on the first, 11 to 19 on the second, and there are no others.
    pub const GATEWAY: &str = "gateway";
    /// The capability that the server has rights by the role in a peer's certificate, as
    /// `reference/modbus/plant.rs` lists them.
    pub const ROLES: &str = "roles";

    /// Whether it has a capability by name: `modbus`, `fc03` (a function, in hex), `diag0a` (a sub-function), `coils`,
    /// `discrete`, `holding`, `input`, each also with `.end` (it does not fill the address space), `.read.N` and
    /// `.write.N` (so many addresses), `file`, `file.write`, `fifo`.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        if let Some(code) = hex_after("fc", capability) {
            return u8::try_from(code).is_ok_and(|code| self.functions.contains(&code));
        }
        if let Some(code) = hex_after("diag", capability) {
            return self.functions.contains(&8) && self.diagnostics.contains(&code);
        }
        match capability {
            "modbus" => true,
            "file" => self.file.is_some(),
            "file.write" => self.file.is_some_and(|file| file.write),
            "fifo" => self.fifo.is_some(),
            _ => self.has_table(capability),
        }
    }

    fn has_table(&self, capability: &str) -> bool {
        let (name, what) = capability.split_once('.').unwrap_or((capability, ""));
        let Some(table) = self.table(name) else {
            return false;
        };
        let (what, least) = what.split_once('.').unwrap_or((what, "1"));
        let Ok(least) = least.parse::<u32>() else {
            return false;
        };
        match what {
            "" => true,
            "end" => table.end().is_some(),
            "read" => table.count >= least,
            "write" => table.write >= least,
            _ => false,
        }
    }

    /// A table by the name that capabilities have for it.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        let table = match name {
            "coils" => &self.coils,
            "discrete" => &self.discrete_inputs,
            "holding" => &self.holding_registers,
            "input" => &self.input_registers,
            _ => return None,
        };
        table.as_ref()
    }
}

fn hex_after(prefix: &str, capability: &str) -> Option<u16> {
    u16::from_str_radix(capability.strip_prefix(prefix)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    const METER: &str = "[modbus]\nunit = 5\nfunctions = [3, 8, 16]\ndiagnostics = [0]\n\
        holding-registers = { first = 100, count = 50, write-first = 120, write = 8 }\n";

    #[test]
    fn what_a_device_has_is_told_by_name() {
        let profile = Profile::from_toml(METER).unwrap();
        for has in [
            "fc03",
            "fc10",
            "diag00",
            "holding",
            "holding.end",
            "holding.read.50",
        ] {
            assert!(profile.has(has), "{has}");
        }
        for lacks in [
            "fc01",
            "diag0a",
            "coils",
            "holding.write.9",
            "holding.x",
            "file",
            "fcx",
        ] {
            assert!(!profile.has(lacks), "{lacks}");
        }
        let modbus = profile.modbus.unwrap();
        assert_eq!(modbus.holding_registers.unwrap().end(), Some(150));
        assert_eq!(modbus.absent_unit(), 247);
    }

    #[test]
    fn a_table_may_fill_the_address_space() {
        let table = Table {
            first: 0,
            count: 65_536,
            write_first: None,
            write: 0,
        };
        assert_eq!((table.end(), table.scratch()), (None, 0));
    }
}
