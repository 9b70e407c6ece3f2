//! Where an operator comes from.

use core::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

/// Where an operator comes from: as `who` shows it, and as failed logins are counted.
///
/// A peer's port is another one each time, so failures are counted by its host; for IPv6 by the first 64
/// bits, within which a host has any address it likes. A text that is such an address is taken for one; any
/// other, the name of a line or a path, is counted as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub(super) shown: String,
    pub(super) counted: String,
}

impl From<SocketAddr> for Origin {
    fn from(peer: SocketAddr) -> Self {
        let counted = match peer.ip().to_canonical() {
            IpAddr::V4(host) => host.to_string(),
            IpAddr::V6(host) => {
                let net = Ipv6Addr::from_bits(host.to_bits() & (u128::MAX << 64));
                format!("{net}/64")
            }
        };
        Self {
            shown: peer.to_string(),
            counted,
        }
    }
}

impl From<&str> for Origin {
    fn from(text: &str) -> Self {
        text.parse::<SocketAddr>().map_or_else(
            |_| Self {
                shown: text.into(),
                counted: text.into(),
            },
            Self::from,
        )
    }
}

impl From<String> for Origin {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_host() {
        for (text, counted) in [
            ("10.0.0.7:4711", "10.0.0.7"),
            ("[::ffff:10.0.0.7]:4711", "10.0.0.7"),
            ("[2001:db8::1:2:3:4]:4711", "2001:db8::/64"),
            ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ] {
            let origin = Origin::from(text);
            assert_eq!((&*origin.shown, &*origin.counted), (text, counted));
        }
    }
}
