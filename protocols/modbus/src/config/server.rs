//! What a server allows and assumes.

use core::{fmt, time::Duration};

use super::Line;
use crate::{
    handler::Functions,
    wire::{Exception, SubFunctions, Unit},
};

/// Which units answer on a port, what they serve, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The wire's times and habits.
    pub line: Line,
    /// The units on this port. On a serial line nobody else is answered, and never the reserved
    /// addresses 248 to 255 (F14). Default: unit 1.
    pub units: Units,
    /// Whether on TCP the units 0 and 255 are accepted too: the device itself, where there is no
    /// serial line behind it (T06). Default: yes.
    pub direct: bool,
    /// Whether unit 0 on TCP is everyone, executed and not answered: what a gateway to a serial line
    /// wants (T13). Goes before [`direct`](Self::direct). Default: no.
    pub broadcasts_over_tcp: bool,
    /// What a unit that is not here is answered with on TCP; `None` for silence. A gateway says
    /// [`GATEWAY_PATH_UNAVAILABLE`](Exception::GATEWAY_PATH_UNAVAILABLE). Default: silence.
    pub absent: Option<Exception>,
    /// The functions that are served. Any other is refused with exception 01 whatever follows it,
    /// so that 01 goes before 03 and 02 (the figures of Application protocol 6). Default: all; a
    /// handler's are in [`Handler::functions`](crate::Handler::functions).
    pub functions: Functions,
    /// Whether functions that the specification has for serial lines only are served on TCP (P73).
    /// Default: yes.
    pub serial_functions: SerialFunctions,
    /// Who answers Diagnostics and the communication event counter and log. Default: the machine.
    pub diagnostics: Diagnostics,
    /// The sub-functions of Diagnostics that are served, whoever answers them. Any other is refused
    /// with exception 01, as a reserved one is. Default: all.
    pub sub_functions: SubFunctions,
    /// What the diagnostic register holds at first (Application protocol 6.8.1). Default 0.
    pub diagnostic_register: u16,
    /// Requests that may be with the application at once on TCP (Messaging on TCP/IP 4.4.2.2, P70);
    /// on a serial line it is always one. Default 16.
    pub transactions: usize,
    /// What becomes of a request beyond that.
    pub when_full: WhenFull,
    /// Whether several TCP responses may go out in one write: while more whole requests have been
    /// received, responses wait for theirs. The specification advises against it (4.2.1.1, rule 6,
    /// T03), and every receiver must accept it. Default: no.
    pub coalesce: bool,
    /// The least time from the end of a request to its response on a serial line, for clients that
    /// are slow to listen; t3.5 is kept in any case. Default zero.
    pub turnaround: Duration,
}

/// What becomes of a TCP request that finds [`ServerConfig::transactions`] others with the
/// application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WhenFull {
    /// It is answered with exception 06, server device busy.
    #[default]
    Busy,
    /// It waits, and everything behind it.
    Wait,
}

/// Whether functions for serial lines only are served on TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SerialFunctions {
    /// Like any other.
    #[default]
    Serve,
    /// Refused with exception 01.
    Refuse,
}

/// Who answers functions 08, 0B and 0C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Diagnostics {
    /// The machine, of the port's counters and each unit's log.
    #[default]
    Own,
    /// The application: a gateway passes them to the unit they are for.
    Pass,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            line: Line::default(),
            units: Units::NONE.with(Unit::new(1)),
            direct: true,
            broadcasts_over_tcp: false,
            absent: None,
            functions: Functions::ALL,
            serial_functions: SerialFunctions::Serve,
            diagnostics: Diagnostics::Own,
            sub_functions: SubFunctions::ALL,
            diagnostic_register: 0,
            transactions: 16,
            when_full: WhenFull::Busy,
            coalesce: false,
            turnaround: Duration::ZERO,
        }
    }
}

impl ServerConfig {
    /// The same on another wire.
    #[must_use]
    pub const fn line(mut self, line: Line) -> Self {
        self.line = line;
        self
    }

    /// The same for other units.
    #[must_use]
    pub const fn units(mut self, units: Units) -> Self {
        self.units = units;
        self
    }

    /// The same, with or without the units 0 and 255 on TCP.
    #[must_use]
    pub const fn direct(mut self, direct: bool) -> Self {
        self.direct = direct;
        self
    }

    /// The same, with or without broadcasts on TCP.
    #[must_use]
    pub const fn broadcasts_over_tcp(mut self, broadcasts: bool) -> Self {
        self.broadcasts_over_tcp = broadcasts;
        self
    }

    /// The same with another answer for units that are not here.
    #[must_use]
    pub const fn absent(mut self, absent: Option<Exception>) -> Self {
        self.absent = absent;
        self
    }

    /// The same with other functions.
    #[must_use]
    pub const fn functions(mut self, functions: Functions) -> Self {
        self.functions = functions;
        self
    }

    /// The same with functions for serial lines served on TCP, or refused.
    #[must_use]
    pub const fn serial_functions(mut self, serial: SerialFunctions) -> Self {
        self.serial_functions = serial;
        self
    }

    /// The same with diagnostics answered by another.
    #[must_use]
    pub const fn diagnostics(mut self, diagnostics: Diagnostics) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// The same with other sub-functions of Diagnostics.
    #[must_use]
    pub const fn sub_functions(mut self, sub_functions: SubFunctions) -> Self {
        self.sub_functions = sub_functions;
        self
    }

    /// The same with another diagnostic register.
    #[must_use]
    pub const fn diagnostic_register(mut self, register: u16) -> Self {
        self.diagnostic_register = register;
        self
    }

    /// The same with another number of requests at once on TCP, at least one.
    #[must_use]
    pub const fn transactions(mut self, transactions: usize) -> Self {
        self.transactions = transactions;
        self
    }

    /// The same with another fate of requests beyond that.
    #[must_use]
    pub const fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// The same, with or without several TCP responses in one write.
    #[must_use]
    pub const fn coalesce(mut self, coalesce: bool) -> Self {
        self.coalesce = coalesce;
        self
    }

    /// The same with another least time before a response.
    #[must_use]
    pub const fn turnaround(mut self, turnaround: Duration) -> Self {
        self.turnaround = turnaround;
        self
    }
}

/// A set of unit addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Units([u128; 2]);

impl Units {
    /// None.
    pub const NONE: Self = Self([0; 2]);
    /// All of 0 to 255. On a serial line that means 1 to 247.
    pub const ALL: Self = Self([u128::MAX; 2]);

    /// The same with `unit`.
    #[must_use]
    pub const fn with(mut self, unit: Unit) -> Self {
        let [low, high] = &mut self.0;
        let half = if unit.get() < 128 { low } else { high };
        *half |= 1 << (unit.get() % 128);
        self
    }

    /// Whether `unit` is one of them.
    #[inline]
    #[must_use]
    pub const fn contains(self, unit: Unit) -> bool {
        let [low, high] = self.0;
        let half = if unit.get() < 128 { low } else { high };
        half >> (unit.get() % 128) & 1 == 1
    }

    /// Each, in order.
    pub fn iter(self) -> impl Iterator<Item = Unit> {
        let all = (0..=u8::MAX).map(Unit::new);
        all.filter(move |unit| self.contains(*unit))
    }
}

impl From<Unit> for Units {
    fn from(unit: Unit) -> Self {
        Self::NONE.with(unit)
    }
}

impl FromIterator<Unit> for Units {
    fn from_iter<I: IntoIterator<Item = Unit>>(units: I) -> Self {
        units.into_iter().fold(Self::NONE, Self::with)
    }
}

/// The addresses in decimal.
impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Unit::get)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_the_units_that_were_put_in() {
        let set: Units = [1, 127, 128, 255, 0].map(Unit::new).into_iter().collect();
        assert!(set.iter().map(Unit::get).eq([0, 1, 127, 128, 255]));
        assert!(!set.contains(Unit::new(129)));
        assert_eq!(Units::ALL.iter().count(), 256);
    }
}
