//! Units described in TOML: what `slave` serves, and what `poll` reads by name.
//!
//! ```toml
//! [[unit]]
//! address = 17                 # 1 to 247
//! objects = ["Acme", "TC-3"]   # device identification: vendor, product code, revision, …
//!
//! [[unit.point]]
//! name = "temperature"
//! table = "input"              # coil, discrete, input, holding
//! address = 0                  # as on the wire, from 0
//! type = "f32"                 # u16 unless told; text:N for N bytes
//! order = "cdab"               # abcd unless told
//! value = 21.5                 # 0, false or "" unless told; a list for several, one behind the other
//! read-only = true             # a coil or a holding register that clients cannot write
//!
//! [[unit.file]]
//! number = 1
//! records = [1, 2, 3]
//!
//! [[unit.queue]]
//! pointer = 100
//! registers = [7, 8]
//! ```

use core::fmt;

use lineside_modbus::{
    Bank, Table,
    net::Stations,
    wire::{
        Span, Unit,
        value::{Number, Order, Text, Type},
    },
};
use serde::Deserialize;

use crate::points;

/// A file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    unit: Vec<UnitMap>,
}

/// A unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct UnitMap {
    address: u8,
    /// The objects of its identification, from number 0.
    #[serde(default)]
    objects: Vec<String>,
    #[serde(default)]
    point: Vec<Point>,
    #[serde(default)]
    file: Vec<FileMap>,
    #[serde(default)]
    queue: Vec<QueueMap>,
}

/// A value, or several of a type one behind the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Point {
    name: String,
    table: Table,
    address: u16,
    #[serde(default = "u16_type", rename = "type", deserialize_with = "word")]
    kind: Type,
    #[serde(default, deserialize_with = "word")]
    order: Order,
    value: Option<Values>,
    #[serde(default)]
    read_only: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMap {
    number: u16,
    records: Vec<u16>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueMap {
    pointer: u16,
    registers: Vec<u16>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    Several(Vec<Value>),
    One(Value),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Value {
    Bit(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

const fn u16_type() -> Type {
    Type::U16
}

/// A word that the library reads.
fn word<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: core::str::FromStr<Err: fmt::Display>,
{
    let word = String::deserialize(from)?;
    word.parse().map_err(serde::de::Error::custom)
}

/// Why a map cannot be used: where, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMap(String);

impl Map {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or says what cannot be: the file, what and where.
    pub fn open(file: &str) -> Result<Self, BadMap> {
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|error| BadMap(format!("{file}: {error}")))?;
        Self::read(&text).map_err(|BadMap(why)| BadMap(format!("{file}: {why}")))
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// Says what is wrong, and where.
    pub fn read(text: &str) -> Result<Self, BadMap> {
        let map: Self = toml::from_str(text).map_err(|error| BadMap(error.to_string()))?;
        map.stations()?;
        Ok(map)
    }

    /// The points of a unit, to be read from elsewhere.
    ///
    /// # Errors
    /// There is no such unit.
    pub fn points(&self, unit: u8) -> Result<Vec<points::Point>, BadMap> {
        let known = self.unit.iter().find(|known| known.address == unit);
        let known = known.ok_or_else(|| BadMap(format!("the map has no unit {unit}")))?;
        let points = known.point.iter().map(Point::to_point);
        Ok(points.collect::<Result<_, _>>()?)
    }

    /// The units, ready to be served.
    ///
    /// # Errors
    /// Says which point of which unit cannot be, and why.
    pub fn stations(&self) -> Result<Stations<Bank>, BadMap> {
        let mut stations = Stations::new();
        if self.unit.is_empty() {
            return Err(BadMap("no unit".to_owned()));
        }
        for unit in &self.unit {
            let address = unit.address;
            let bad = |why: &str| Err(BadMap(format!("unit {address}: {why}")));
            if !(1..=247).contains(&address) {
                return bad("a unit's address is 1 to 247");
            }
            if stations.get_mut(Unit::new(address)).is_some() {
                return bad("is there twice");
            }
            stations = stations.with(Unit::new(address), unit.bank()?);
        }
        Ok(stations)
    }
}

impl UnitMap {
    fn bank(&self) -> Result<Bank, BadMap> {
        let mut bank = Bank::new();
        for (id, object) in (0..=u8::MAX).zip(&self.objects) {
            bank = bank.with_object(id, object);
        }
        for file in &self.file {
            bank = bank.with_file(file.number, file.records.iter().copied());
        }
        for queue in &self.queue {
            bank = bank.with_queue(queue.pointer, queue.registers.iter().copied());
        }
        for point in &self.point {
            let at = |why| {
                BadMap(format!(
                    "unit {}, point {:?}: {why}",
                    self.address, point.name
                ))
            };
            bank = point.add_to(bank).map_err(at)?;
        }
        Ok(bank)
    }
}

impl Point {
    fn to_point(&self) -> Result<points::Point, points::BadPoint> {
        let (place, kind) = ((self.table, self.address), (self.kind, self.order));
        points::Point::named(&self.name, place, kind, self.values().len())
    }

    fn add_to(&self, bank: Bank) -> Result<Bank, String> {
        let Self { table, address, .. } = *self;
        let (bank, quantity) = if table.is_bits() {
            let bits = self.bits()?;
            let quantity = bits.len();
            let bank = match table {
                Table::Coils => bank.with_coils(address, bits),
                _ => bank.with_discrete_inputs(address, bits),
            };
            (bank, quantity)
        } else {
            let registers = self.registers()?;
            let quantity = registers.len();
            let bank = match table {
                Table::HoldingRegisters => bank.with_holding_registers(address, registers),
                _ => bank.with_input_registers(address, registers),
            };
            (bank, quantity)
        };
        let quantity = u16::try_from(quantity).unwrap_or(u16::MAX);
        let span = Span::new(address, quantity);
        if !span.is_addressable() {
            return Err("goes beyond address 65535".to_owned());
        }
        Ok(match self.read_only {
            true if !table.is_writable() => return Err(format!("{table} is read-only anyway")),
            true => bank.read_only(table, span),
            false => bank,
        })
    }

    /// The values that are given, or one of nothing.
    fn values(&self) -> Vec<Value> {
        match &self.value {
            Some(Values::Several(values)) => values.clone(),
            Some(Values::One(value)) => vec![value.clone()],
            None if self.table.is_bits() => vec![Value::Bit(false)],
            None if matches!(self.kind, Type::Text(_)) => vec![Value::Text(String::new())],
            None => vec![Value::Integer(0)],
        }
    }

    fn bits(&self) -> Result<Vec<bool>, String> {
        let bit = |value| match value {
            Value::Bit(bit) => Ok(bit),
            other => Err(format!("{other}: a {} is true or false", self.table)),
        };
        self.values().into_iter().map(bit).collect()
    }

    fn registers(&self) -> Result<Vec<u16>, String> {
        let mut all = Vec::new();
        for value in self.values() {
            let mut registers = vec![0; usize::from(self.kind.registers())];
            let said = value.to_string();
            let written = match (&value, self.kind) {
                (Value::Text(text), Type::Text(bytes)) if text.len() <= bytes.into() => {
                    Text(text).write(&mut registers, self.order)
                }
                (Value::Integer(_) | Value::Float(_), kind) => Number::parse(kind, &said)
                    .ok()
                    .and_then(|number| number.write(&mut registers, self.order))
                    .map(drop),
                _ => None,
            };
            written.ok_or_else(|| format!("{said} is no {}", self.kind))?;
            all.extend(registers);
        }
        Ok(all)
    }
}

/// As TOML has it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bit(bit) => bit.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl fmt::Display for BadMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for BadMap {}

impl From<points::BadPoint> for BadMap {
    fn from(error: points::BadPoint) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests;
