//! What an address of Modbus leaves out.

use std::borrow::Cow;

use lineside_io::address::{Address, AddressError};

use crate::Dialect;

/// The registered port (Messaging on TCP/IP 3.1.1).
const PORT: u16 = 502;

const SHORT: &str = "modbus-tcp://";
const LONG: &str = "modbus-tcp+tcp://";

/// `modbus-tcp://HOST` is `modbus-tcp+tcp://HOST`.
pub(super) fn long(text: &str) -> Cow<'_, str> {
    match text.strip_prefix(SHORT) {
        Some(rest) => format!("{LONG}{rest}").into(),
        None => text.into(),
    }
}

/// The other way round.
pub(super) fn short(text: String) -> String {
    match text.strip_prefix(LONG) {
        Some(rest) => format!("{SHORT}{rest}"),
        None => text,
    }
}

/// An address of Modbus with what it leaves out: port 502; 19200 baud and 8E1, for ASCII 7E1 (Serial line
/// 2.5.1, 2.5.2). Any other as it is.
///
/// # Errors
/// A parameter is no text.
pub(super) fn filled(address: Address, dialect: &Dialect) -> Result<Address, AddressError> {
    let format = match dialect.name.as_str() {
        "modbus-rtu" => "8E1",
        "modbus-ascii" => "7E1",
        "modbus-tcp" => return Ok(with_port(address)),
        _ => return Ok(address),
    };
    if !super::is_line(&address) {
        return Ok(with_port(address));
    }
    let mut address = address;
    if !gives(&address, &["baud"])? {
        address = address.with_param("baud", "19200");
    }
    if !gives(&address, &["format", "data", "parity", "stop"])? {
        address = address.with_param("format", format);
    }
    Ok(address)
}

fn gives(address: &Address, keys: &[&'static str]) -> Result<bool, AddressError> {
    let mut params = address.params();
    for key in keys {
        if params.take::<String>(key)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn with_port(address: Address) -> Address {
    match (address.scheme(), address.host().cloned(), address.port()) {
        ("tcp", Some(host), None) => address.with_host(host, Some(PORT)),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use crate::target::{join, split};

    #[test]
    fn what_an_address_leaves_out_is_what_the_specification_says() {
        for (given, meant) in [
            ("modbus-tcp://10.0.0.7", "modbus-tcp://10.0.0.7:502"),
            (
                "modbus-tcp+tcp://10.0.0.7:1502",
                "modbus-tcp://10.0.0.7:1502",
            ),
            ("modbus-rtu+tcp://10.0.0.7", "modbus-rtu+tcp://10.0.0.7:502"),
            (
                "modbus-rtu+serial:///dev/ttyS9",
                "modbus-rtu+serial:///dev/ttyS9?baud=19200&format=8E1",
            ),
            (
                "modbus-ascii+serial:///dev/ttyS9?baud=9600",
                "modbus-ascii+serial:///dev/ttyS9?baud=9600&format=7E1",
            ),
            (
                "modbus-rtu+serial:///dev/ttyS9?parity=none&baud=300",
                "modbus-rtu+serial:///dev/ttyS9?parity=none&baud=300",
            ),
            ("slip+tcp://10.0.0.7:1", "slip+tcp://10.0.0.7:1"),
        ] {
            let (address, dialect) = split(given).unwrap();
            assert_eq!(join(&address, &dialect.unwrap()), meant, "{given}");
        }
    }
}
