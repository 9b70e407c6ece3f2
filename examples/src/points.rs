//! What `poll` reads and writes: `input:2/f32`, `coil:0+8`, `holding:0/i16=215`.

use lineside_modbus::{
    Table,
    net::{CallError, Calls},
    wire::{
        Span,
        value::{Number, Order, Type, text},
    },
};

mod parse;

pub use parse::BadPoint;

/// How points are written, for a program's help.
pub const HELP: &str = "TABLE:ADDRESS[+COUNT][/TYPE[/ORDER]][=VALUE[,VALUE]…]
  TABLE    coil, discrete, input, holding
  ADDRESS  of the first value as it stands on the wire, from 0 (40001 in old manuals is holding:0)
  COUNT    of values, 1 unless told
  TYPE     u16 (unless told), i16, u32, i32, u64, i64, f32, f64, text:BYTES
  ORDER    abcd (unless told), cdab, badc, dcba: where the bytes of a long value are
  =VALUE   writes: coils on or off, numbers in decimal or 0x…, text as it is
";

/// The most bits that a request can ask for: Application protocol 6.1.
const BITS: u16 = 2_000;
/// The most registers: Application protocol 6.3.
const REGISTERS: u16 = 125;

/// Values of a type, one behind the other, to be read or written.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    table: Table,
    /// All of its elements: registers for numbers and text.
    span: Span,
    kind: Type,
    order: Order,
    write: Option<Elements>,
    name: Option<String>,
}

/// What the elements of a table hold.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Elements {
    Bits(Vec<bool>),
    Registers(Vec<u16>),
}

impl Point {
    /// `count` values of a type, called `name`.
    ///
    /// # Errors
    /// There are none, or they go beyond address 65,535.
    pub fn named(
        name: &str,
        (table, address): (Table, u16),
        (kind, order): (Type, Order),
        count: usize,
    ) -> Result<Self, BadPoint> {
        let name = Some(name.to_owned());
        let point = Self::new(table, address, kind, order, count)?;
        Ok(Self { name, ..point })
    }

    fn new(
        table: Table,
        address: u16,
        kind: Type,
        order: Order,
        count: usize,
    ) -> Result<Self, BadPoint> {
        let quantity = count.checked_mul(elements(table, kind).into());
        let quantity = quantity.and_then(|quantity| u16::try_from(quantity).ok());
        let span = quantity.map(|quantity| Span::new(address, quantity));
        let span = span.filter(|span| span.quantity > 0 && span.is_addressable());
        let span = span.ok_or_else(|| {
            BadPoint::new(&format!(
                "{count} values from address {address}: there must be one, and 65535 is the last"
            ))
        })?;
        Ok(Self {
            table,
            span,
            kind,
            order,
            write: None,
            name: None,
        })
    }

    /// Whether it is to be written.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        self.write.is_some()
    }

    /// What its values are called, one by one.
    pub fn labels(&self) -> impl Iterator<Item = String> {
        let size = elements(self.table, self.kind);
        (0..self.span.quantity / size).map(move |at| {
            let address = self.span.address + at * size;
            match (&self.name, self.table.is_bits()) {
                (Some(name), _) if self.span.quantity == size => name.clone(),
                (Some(name), _) => format!("{name} {at}"),
                (None, true) => format!("{}:{address}", self.table),
                (None, false) => format!("{}:{address}/{}", self.table, self.kind),
            }
        })
    }

    /// Reads its values, as text.
    ///
    /// # Errors
    /// Why not, and who is to blame.
    pub async fn read(&self, unit: &mut impl Calls) -> Result<Vec<String>, CallError> {
        let mut words = Vec::new();
        for Span { address, quantity } in self.requests() {
            match self.table {
                Table::Coils => words.extend(on_off(unit.read_coils(address, quantity).await?)),
                Table::DiscreteInputs => {
                    words.extend(on_off(unit.read_discrete_inputs(address, quantity).await?));
                }
                Table::HoldingRegisters => {
                    let registers = unit.read_holding_registers(address, quantity).await?;
                    words.extend(self.values(&registers));
                }
                Table::InputRegisters => {
                    let registers = unit.read_input_registers(address, quantity).await?;
                    words.extend(self.values(&registers));
                }
            }
        }
        Ok(words)
    }

    /// Writes its values, in one request.
    ///
    /// # Errors
    /// Why not, and who is to blame.
    pub async fn write(&self, unit: &mut impl Calls) -> Result<(), CallError> {
        let address = self.span.address;
        match &self.write {
            None => Ok(()),
            Some(Elements::Bits(bits)) => match bits[..] {
                [on] => unit.write_single_coil(address, on).await,
                _ => unit.write_multiple_coils(address, bits).await,
            },
            Some(Elements::Registers(registers)) => match registers[..] {
                [value] => unit.write_single_register(address, value).await,
                _ => unit.write_multiple_registers(address, registers).await,
            },
        }
    }

    /// The spans of the requests that read it: no value is cut where a request can hold it.
    fn requests(&self) -> impl Iterator<Item = Span> {
        let size = elements(self.table, self.kind);
        let most = if self.table.is_bits() {
            BITS
        } else {
            REGISTERS
        };
        let step = most.checked_div(size).map_or(most, |values| values * size);
        let step = if step == 0 { most } else { step };
        let end = self.span.quantity;
        (0..end).step_by(step.into()).map(move |from| {
            let address = self.span.address + from;
            Span::new(address, step.min(end - from))
        })
    }

    /// The values in registers, as text.
    fn values(&self, registers: &[u16]) -> Vec<String> {
        let size = usize::from(self.kind.registers());
        let value = |words: &[u16]| match Number::read(self.kind, words.iter().copied(), self.order)
        {
            Some(number) => number.to_string(),
            None => printable(text(words.iter().copied(), self.order)),
        };
        registers.chunks(size.max(1)).map(value).collect()
    }
}

/// How many elements of the table a value takes.
const fn elements(table: Table, kind: Type) -> u16 {
    if table.is_bits() { 1 } else { kind.registers() }
}

fn on_off(bits: Vec<bool>) -> impl Iterator<Item = String> {
    bits.into_iter()
        .map(|on| if on { "on" } else { "off" }.to_owned())
}

/// Text up to its end, with nothing in it that a terminal would act on.
#[must_use]
pub fn printable(bytes: impl IntoIterator<Item = u8>) -> String {
    let mut bytes: Vec<u8> = bytes.into_iter().collect();
    while bytes.pop_if(|last| *last == 0).is_some() {}
    let text = String::from_utf8_lossy(&bytes);
    let shown = text.chars().map(|letter| match letter {
        letter if letter.is_control() => letter.escape_default().to_string(),
        letter => letter.to_string(),
    });
    shown.collect()
}

#[cfg(test)]
mod tests;
