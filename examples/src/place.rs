//! Where Modbus is spoken, and how: `modbus-rtu+serial:///dev/ttyUSB0?baud=19200&parity=even`.

use core::{error::Error, fmt, str::FromStr};

use lineside_io::{
    Clock,
    address::{Address, AddressError, Context, Schemes},
};
use lineside_modbus::{Framing, Line, Reception, net::PORT};
use lineside_telnet::net::com_port;

use crate::loopback;

const HELP: &str = "\
modbus-rtu+serial:///dev/ttyUSB0     19200 baud, 8E1 unless told (baud=9600&parity=none)
modbus-ascii+serial:///dev/ttyS0     19200 baud, 7E1 unless told
modbus-rtu+tcp://10.0.0.7:4001       RTU frames over TCP; modbus-ascii+tcp: too
modbus-tcp://10.0.0.7                Modbus TCP, at port 502 unless told
modbus-rtu+rfc2217://10.0.0.7:4001   a serial port on an access server
modbus-rtu+pty:/tmp/plc              a new PTY, for another program to open

?reception=strict    RTU frames are found by silence alone, as the specification has it; else
                     their lengths count too, which suits USB adapters
?echo                the line sends back what we send (two-wire RS-485)

An address with ? or & in it needs quotes in a shell. What each wire knows beside:
";

/// How addresses are written, for a program's help.
#[must_use]
pub fn help(schemes: &Schemes) -> String {
    format!("{HELP}{}", schemes.help())
}

/// Every wire that an example can open.
#[must_use]
pub fn schemes(clock: &Clock) -> Schemes {
    let schemes = Schemes::new(Context::new(clock.clone())).with(loopback::scheme());
    let schemes = lineside_serial::address::register(lineside_tcp::address::register(schemes));
    schemes.clone().with(com_port::scheme(schemes, "tcp"))
}

/// A wire and what is spoken on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// How requests and responses are framed.
    pub framing: Framing,
    /// Habits of the line.
    pub line: Line,
    /// What opens the wire.
    pub wire: Address,
}

/// An address that is none of Modbus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// It is no address at all, or a part of it is wrong.
    Address(AddressError),
    /// It begins with another protocol, or none.
    Framing(String),
}

/// The registered port, where none is given: Messaging on TCP/IP 3.1.1.
fn with_port(wire: Address) -> Address {
    match (wire.host().cloned(), wire.port()) {
        (Some(host), None) => wire.with_host(host, Some(PORT)),
        _ => wire,
    }
}

/// 19200 baud, 8E1 and for ASCII 7E1, where none are given: Serial line 2.5.1, 2.5.2 (F15, A09).
fn with_settings(wire: Address, framing: Framing) -> Result<Address, AddressError> {
    let mut params = wire.params();
    let mut gives = |key| Ok(params.take::<String>(key)?.is_some());
    let baud = gives("baud")?;
    let format = gives("format")? || gives("data")? || gives("parity")? || gives("stop")?;
    let wire = match baud {
        true => wire,
        false => wire.with_param("baud", "19200"),
    };
    Ok(match framing {
        _ if format => wire,
        Framing::Ascii => wire.with_param("format", "7E1"),
        _ => wire.with_param("format", "8E1"),
    })
}

const RECEPTIONS: &[(&str, Reception)] = &[
    ("strict", Reception::Strict),
    ("tolerant", Reception::Tolerant),
];

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let mut address: Address = text.parse()?;
        if address.scheme() == "modbus-tcp" && address.layers().is_empty() {
            address = text.replacen("modbus-tcp:", "modbus-tcp+tcp:", 1).parse()?;
        }
        let Some((layer, wire)) = address.peel() else {
            return Err(NoPlace::Framing(format!("{}:", address.scheme())));
        };
        let framing = match layer.as_str() {
            "modbus-rtu" => Framing::Rtu,
            "modbus-ascii" => Framing::Ascii,
            "modbus-tcp" => Framing::Tcp,
            other => return Err(NoPlace::Framing(format!("{other}+"))),
        };
        let (mut mine, mut wire) = wire.split(&["reception", "echo"]);
        let reception = mine.take_one_of("reception", RECEPTIONS)?;
        let mut line = Line::default().reception(reception.unwrap_or(Reception::Tolerant));
        line.echo = mine.take("echo")?.unwrap_or(false);
        wire = match wire.scheme() {
            "tcp" => with_port(wire),
            "serial" | "pty" | "rfc2217" | "loopback" => with_settings(wire, framing)?,
            _ => wire,
        };
        Ok(Self {
            framing,
            line,
            wire,
        })
    }
}

/// What others write to reach it; without a password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wire = self.wire.redacted();
        match (self.framing, self.wire.scheme()) {
            (Framing::Tcp, "tcp") => write!(f, "modbus-{wire}"),
            (framing, _) => write!(f, "{}", wire.with_layer(&format!("modbus-{framing}"))),
        }
    }
}

impl From<AddressError> for NoPlace {
    fn from(error: AddressError) -> Self {
        Self::Address(error)
    }
}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(error) => error.fmt(f),
            Self::Framing(found) => write!(
                f,
                "address: begins with `{found}`; allowed: modbus-tcp:, or modbus-rtu+, modbus-ascii+ or \
                 modbus-tcp+ and what opens the wire"
            ),
        }
    }
}

impl Error for NoPlace {}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_says_the_framing_and_the_wire() {
        let rtu = place("modbus-rtu+serial:///dev/ttyUSB0?baud=9600&reception=strict&parity=e");
        assert_eq!(
            (rtu.framing, rtu.line.reception),
            (Framing::Rtu, Reception::Strict)
        );
        assert_eq!(
            rtu.wire.to_string(),
            "serial:///dev/ttyUSB0?baud=9600&parity=e"
        );
        let ascii = place("modbus-ascii+tcp://10.0.0.7:4001?echo");
        assert_eq!((ascii.framing, ascii.line.echo), (Framing::Ascii, true));
        assert_eq!(ascii.to_string(), "modbus-ascii+tcp://10.0.0.7:4001");
    }

    #[test]
    fn modbus_tcp_is_at_port_502_unless_told() {
        // T10.
        for text in ["modbus-tcp://plc", "modbus-tcp+tcp://plc:502"] {
            assert_eq!(place(text).to_string(), "modbus-tcp://plc:502");
        }
        assert_eq!(place("modbus-tcp://[::1]:5020").wire.port(), Some(5020));
        let unix = place("modbus-tcp+unix:/run/plc");
        assert_eq!(unix.to_string(), "modbus-tcp+unix:/run/plc");
    }

    #[test]
    fn a_line_is_set_as_the_specification_has_it_unless_told() {
        for (text, wire) in [
            (
                "modbus-rtu+serial:/dev/a",
                "serial:/dev/a?baud=19200&format=8E1",
            ),
            ("modbus-ascii+pty:?baud=9600", "pty:?baud=9600&format=7E1"),
            (
                "modbus-rtu+serial:/dev/a?parity=n",
                "serial:/dev/a?parity=n&baud=19200",
            ),
        ] {
            assert_eq!(place(text).wire.to_string(), wire);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_allowed() {
        for (text, found) in [
            ("tcp://plc:502", "`tcp:`"),
            ("slip+tcp://plc:502", "`slip+`"),
            ("modbus-rtu+serial:///dev/ttyS0?reception=lax", "`lax`"),
            ("modbus-tcp://plc:70000", "70000"),
        ] {
            let error = text.parse::<Place>().unwrap_err().to_string();
            assert!(
                error.contains(found) && error.contains("allowed"),
                "{error}"
            );
        }
    }
}
