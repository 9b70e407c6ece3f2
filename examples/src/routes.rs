//! Which units are on which bus of a gateway: `1-10,17=modbus-rtu+serial:///dev/ttyUSB0`.

use core::{error::Error, fmt, ops::RangeInclusive, str::FromStr};

use lineside_modbus::net::{
    Bus,
    gateway::{BusId, NoSuchUnit, Routes},
};

use crate::place::Place;

/// Units, and the bus that they are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The units as clients name them.
    pub units: Units,
    /// Their bus.
    pub bus: Place,
}

/// Ranges of units, each with the unit of the bus that its first one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units(Vec<(RangeInclusive<u8>, u8)>);

impl Units {
    /// Routes them to a bus.
    ///
    /// # Errors
    /// One of them cannot be on a serial line.
    pub fn add_to(&self, routes: &mut Routes<Bus>, bus: BusId) -> Result<(), NoSuchUnit> {
        let mut ranges = self.0.iter();
        ranges.try_for_each(|(range, first)| routes.renumbered(range.clone(), bus, *first))
    }
}

/// Text that says no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRoute(String);

impl FromStr for Route {
    type Err = BadRoute;

    fn from_str(said: &str) -> Result<Self, BadRoute> {
        let Some((units, bus)) = said.split_once('=') else {
            return Err(BadRoute(format!(
                "{said}: a route is UNITS=ADDRESS, as in 1-10=…"
            )));
        };
        let bad = |error: &dyn fmt::Display| BadRoute(format!("{said}: {error}"));
        let bus: Place = bus.parse().map_err(|error| bad(&error))?;
        if !bus.framing.is_serial() {
            return Err(bad(&"a bus is modbus-rtu+… or modbus-ascii+…"));
        }
        let ranges: Option<Vec<_>> = units.split(',').map(range).collect();
        let ranges =
            ranges.ok_or_else(|| bad(&"units are 1 to 247, as in 1-10,17 or 101-110:1"))?;
        let units = Units(ranges);
        Ok(Self { units, bus })
    }
}

/// `1-10`, `17`, `101-110:1`.
fn range(word: &str) -> Option<(RangeInclusive<u8>, u8)> {
    let (range, there) = match word.split_once(':') {
        Some((range, there)) => (range, Some(there)),
        None => (word, None),
    };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let range: RangeInclusive<u8> = first.parse().ok()?..=last.parse().ok()?;
    let there = match there {
        Some(there) => there.parse().ok()?,
        None => *range.start(),
    };
    let end = u16::from(there) + u16::from(range.end().checked_sub(*range.start())?);
    (there > 0 && end <= 247 && *range.start() > 0).then_some((range, there))
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (range, there)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let (first, last) = (range.start(), range.end());
            match first == last {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}-{last}")?,
            }
            if first != there {
                write!(f, " (there {there} on)")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for BadRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for BadRoute {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_ranges_that_may_be_numbered_anew() {
        for (said, shown) in [
            ("1-10,17", "1-10, 17"),
            ("101-110:1", "101-110 (there 1 on)"),
            ("200:5", "200 (there 5 on)"),
        ] {
            let route: Route = format!("{said}=modbus-rtu+serial:/dev/a").parse().unwrap();
            assert_eq!(route.units.to_string(), shown);
            assert_eq!(route.bus.wire.path(), "/dev/a");
        }
    }

    #[test]
    fn what_is_no_route_is_named() {
        for (said, why) in [
            ("1-10", "UNITS=ADDRESS"),
            ("0=modbus-rtu+serial:/dev/a", "1 to 247"),
            ("10-1=modbus-rtu+serial:/dev/a", "1 to 247"),
            ("1-248=modbus-rtu+serial:/dev/a", "1 to 247"),
            ("1-10:240=modbus-rtu+serial:/dev/a", "1 to 247"),
            ("one=modbus-rtu+serial:/dev/a", "1 to 247"),
            ("1=modbus-tcp://plc", "modbus-rtu+"),
            ("1=serial:/dev/a", "`serial:`"),
        ] {
            let error = said.parse::<Route>().unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(said), "{error}");
        }
    }
}
