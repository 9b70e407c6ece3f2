//! What an address of Telnet leaves out.

use std::borrow::Cow;

use lineside_io::address::Address;

/// The registered port (RFC 854).
const PORT: u16 = 23;

const SHORT: &str = "telnet://";
const LONG: &str = "telnet+tcp://";

/// `telnet://HOST` is `telnet+tcp://HOST`.
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

/// With port 23 where a TCP address has none.
pub(super) fn filled(address: Address) -> Address {
    match (address.scheme(), address.host().cloned(), address.port()) {
        ("tcp", Some(host), None) => address.with_host(host, Some(PORT)),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use crate::target::{join, split};

    #[test]
    fn what_an_address_leaves_out_is_the_registered_port() {
        for (given, meant) in [
            ("telnet://10.0.0.7", "telnet://10.0.0.7:23"),
            ("telnet+tcp://10.0.0.7:2323", "telnet://10.0.0.7:2323"),
        ] {
            let (address, dialect) = split(given).unwrap();
            assert_eq!(join(&address, &dialect.unwrap()), meant, "{given}");
        }
    }
}
