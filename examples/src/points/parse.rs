//! How points are written on a command line.

use core::{error::Error, fmt, str::FromStr};

use lineside_modbus::{
    Table,
    wire::value::{Number, Order, Text, Type},
};

use super::{Elements, Point};

/// Text that says no point: what is wrong, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPoint(String);

impl BadPoint {
    pub(super) fn new(why: &(impl fmt::Display + ?Sized)) -> Self {
        Self(why.to_string())
    }
}

impl FromStr for Point {
    type Err = BadPoint;

    fn from_str(said: &str) -> Result<Self, BadPoint> {
        read(said).map_err(|BadPoint(why)| BadPoint(format!("{said:?}: {why}")))
    }
}

fn read(said: &str) -> Result<Point, BadPoint> {
    let (place, values) = split(said, '=');
    let mut words = place.split('/');
    let place = words.next().unwrap_or_default();
    let Some((table, place)) = place.split_once(':') else {
        return Err(BadPoint::new(
            "a point begins with TABLE:ADDRESS, as in input:0",
        ));
    };
    let table: Table = table.parse().map_err(|error| BadPoint::new(&error))?;
    let (address, count) = split(place, '+');
    let address = number(address).ok_or(BadPoint::new("an address is 0 to 65535"))?;
    let (kind, order) = (words.next(), words.next());
    if words.next().is_some() || table.is_bits() && kind.is_some() {
        return Err(BadPoint::new(
            "a register has /TYPE/ORDER behind it, a bit has nothing",
        ));
    }
    let kind = kind.map_or(Ok(Type::U16), str::parse);
    let kind = kind.map_err(|error| BadPoint::new(&error))?;
    let order = order.map_or(Ok(Order::Abcd), str::parse);
    let order = order.map_err(|error| BadPoint::new(&error))?;
    match (count, values) {
        (None, None) => Point::new(table, address, kind, order, 1),
        (Some(count), None) => {
            let count = number(count).ok_or(BadPoint::new("a count is 1 to 65535"))?;
            Point::new(table, address, kind, order, count.into())
        }
        (None, Some(values)) => {
            let (count, write) = elements(table, kind, order, values)?;
            let point = Point::new(table, address, kind, order, count)?;
            let write = Some(write);
            Ok(Point { write, ..point })
        }
        (Some(_), Some(_)) => Err(BadPoint::new("what is written says itself how many it is")),
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

/// A number in decimal or hexadecimal.
fn number(digits: &str) -> Option<u16> {
    match digits.strip_prefix("0x") {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// How many values are written, and the elements that hold them.
fn elements(
    table: Table,
    kind: Type,
    order: Order,
    values: &str,
) -> Result<(usize, Elements), BadPoint> {
    if !table.is_writable() {
        return Err(BadPoint::new("only coil and holding can be written"));
    }
    if table.is_bits() {
        let bits: Vec<bool> = values.split(',').map(bit).collect::<Result<_, _>>()?;
        return Ok((bits.len(), Elements::Bits(bits)));
    }
    let size = usize::from(kind.registers());
    if let Type::Text(bytes) = kind {
        let mut registers = vec![0; size];
        let fits = Some(Text(values)).filter(|_| values.len() <= bytes.into());
        fits.and_then(|text| text.write(&mut registers, order))
            .ok_or_else(|| BadPoint(format!("longer than {bytes} bytes")))?;
        return Ok((1, Elements::Registers(registers)));
    }
    let mut registers = Vec::new();
    for value in values.split(',') {
        let number = Number::parse(kind, value);
        let number = number.map_err(|error| BadPoint(format!("{value:?} is {error}")))?;
        let mut words = vec![0; size];
        let _ = number.write(&mut words, order);
        registers.extend(words);
    }
    Ok((registers.len() / size, Elements::Registers(registers)))
}

fn bit(value: &str) -> Result<bool, BadPoint> {
    match value {
        "on" | "1" | "true" => Ok(true),
        "off" | "0" | "false" => Ok(false),
        _ => Err(BadPoint(format!("{value:?}: a coil is on or off"))),
    }
}

impl fmt::Display for BadPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for BadPoint {}
