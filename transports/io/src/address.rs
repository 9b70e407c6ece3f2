//! Addresses of endpoints: one grammar for the whole project, and a registry of the schemes that
//! can be opened.
//!
//! ```text
//! tcp://127.0.0.1:502        unix:/run/scale.sock
//! tcp://[::1]:502            serial:///dev/ttyUSB0?baud=19200&parity=even&rs485=rts
//! mem:scale                  pty:/tmp/scale
//! slip+tcp://10.0.0.7:4001   modbus-rtu+serial:///dev/ttyUSB0?baud=19200&unit=1
//! ```
//!
//! The grammar is RFC 3986 without fragments. A scheme may be layered: in `slip+tcp`, `slip` is a
//! protocol on top ([`Address::layers`]) and `tcp` is what opens the wire ([`Address::scheme`]).
//! [`Schemes`] opens and listens by scheme; a crate adds one of its own with [`Schemes::with`].

use core::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

mod error;
mod grammar;
mod host;
mod params;
mod schemes;
mod settings;
mod wire;

pub use error::{AddressError, Part};
pub use host::Host;
pub use params::{FromParam, Params};
pub use schemes::{Accepted, Acceptor, Context, Scheme, Schemes, acceptor, acceptor_urgent};
pub use wire::Wire;

use error::Column;
use params::Pair;

/// The longest address that is read, in bytes.
pub const MAX_ADDRESS_LEN: usize = 2_048;

/// Where an endpoint is, and how to reach it. Every part is percent-decoded.
///
/// `Display` gives an address that parses to an equal one; it holds the password
/// ([`redacted`](Self::redacted) is for logs).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    layers: Vec<String>,
    scheme: String,
    authority: Option<Authority>,
    path: String,
    query: Vec<Pair>,
    scheme_at: Column,
    path_at: Column,
}

/// What follows `//`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Authority {
    user: Option<String>,
    password: Option<String>,
    host: Option<Host>,
    port: Option<u16>,
    at: Column,
}

impl Address {
    /// The address `scheme:`. A scheme is lower-case letters, digits, `-` and `.`, after a letter;
    /// anything else gives an address that nothing opens.
    #[must_use]
    pub fn new(scheme: &str) -> Self {
        Self {
            layers: Vec::new(),
            scheme: scheme.to_owned(),
            authority: None,
            path: String::new(),
            query: Vec::new(),
            scheme_at: Column::default(),
            path_at: Column::default(),
        }
    }

    /// The protocols on top of the wire, outermost first: `["slip"]` in `slip+tcp://…`.
    #[must_use]
    pub fn layers(&self) -> &[String] {
        &self.layers
    }

    /// What opens the wire: `tcp` in `slip+tcp://…`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The user before `@`.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.authority.as_ref()?.user.as_deref()
    }

    /// The password before `@`.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.authority.as_ref()?.password.as_deref()
    }

    /// The host after `//`; `None` also for an empty one, as in `serial:///dev/ttyS0`.
    #[must_use]
    pub fn host(&self) -> Option<&Host> {
        self.authority.as_ref()?.host.as_ref()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.authority.as_ref()?.port
    }

    /// The path: `/dev/ttyUSB0`, `/run/x.sock`, or the name after `mem:`. May be empty.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query's parameters, to be taken one by one.
    pub fn params(&self) -> Params {
        Params::new(self.query.clone())
    }

    /// The address without its outermost layer, and that layer.
    #[must_use]
    pub fn peel(&self) -> Option<(String, Self)> {
        let mut rest = self.clone();
        if rest.layers.is_empty() {
            return None;
        }
        let layer = rest.layers.remove(0);
        Some((layer, rest))
    }

    /// Takes the parameters in `keys` out, for a layer that owns them; the rest is the wire's.
    pub fn split(&self, keys: &[&str]) -> (Params, Self) {
        let mut rest = self.clone();
        let (mine, theirs) =
            (self.query.iter().cloned()).partition(|pair| keys.contains(&pair.key.as_str()));
        rest.query = theirs;
        (Params::new(mine), rest)
    }

    /// The path, which must be there and be all there is.
    ///
    /// # Errors
    /// It is empty, or a user, a host or a port stands before it.
    pub fn path_only(&self) -> Result<&str, AddressError> {
        let (user, host) = (self.user(), self.host().map(Host::to_string));
        let (part, found) = match (user, host, self.port()) {
            (Some(user), _, _) => (Part::User, format!("{user}@")),
            (_, Some(host), _) => (Part::Host, host),
            (_, _, Some(port)) => (Part::Port, port.to_string()),
            (None, None, None) => (Part::Path, String::new()),
        };
        if part != Part::Path {
            let allowed = format!(
                "nothing before the path: {}:/path or {0}:///path",
                self.scheme
            );
            return Err(AddressError::new(
                part,
                self.authority_at(),
                &found,
                allowed,
            ));
        }
        if self.path.is_empty() {
            return Err(AddressError::new(Part::Path, self.path_at, "", "a path"));
        }
        Ok(&self.path)
    }

    /// The host and port, as [`host_and_port`](Self::host_and_port) gives them, which must be all
    /// there is: for a wire that has no users and no paths.
    ///
    /// # Errors
    /// As `host_and_port`; and a user stands before the host, or a path other than `/` after it.
    pub fn host_and_port_only(&self) -> Result<(String, u16), AddressError> {
        let parts = self.host_and_port(None)?;
        let allowed = || format!("{}://host:port alone", self.scheme);
        if let Some(user) = self.user() {
            let (at, found) = (self.authority_at(), format!("{user}@"));
            return Err(AddressError::new(Part::User, at, &found, allowed()));
        }
        if !matches!(self.path(), "" | "/") {
            let (at, found) = (self.path_at, self.path());
            return Err(AddressError::new(Part::Path, at, found, allowed()));
        }
        Ok(parts)
    }

    /// The host, as a resolver takes it (an IPv6 address without brackets), and the port.
    ///
    /// # Errors
    /// There is no host, or no port and no `default_port`.
    pub fn host_and_port(&self, default_port: Option<u16>) -> Result<(String, u16), AddressError> {
        let at = self.authority.as_ref().map_or(self.path_at, |a| a.at);
        let Some(host) = self.host() else {
            let allowed = format!("{}://host:port", self.scheme);
            return Err(AddressError::new(Part::Host, at, "", allowed));
        };
        let Some(port) = self.port().or(default_port) else {
            return Err(AddressError::new(
                Part::Port,
                at,
                "",
                "a number from 0 to 65535",
            ));
        };
        Ok((host.to_unbracketed(), port))
    }

    /// The host and port as a socket's address, without asking a resolver.
    ///
    /// # Errors
    /// As [`host_and_port`](Self::host_and_port), and when the host is a name.
    pub fn socket_addr(&self, default_port: Option<u16>) -> Result<SocketAddr, AddressError> {
        let (host, port) = self.host_and_port(default_port)?;
        match self.host().and_then(Host::ip) {
            Some(ip) => Ok(SocketAddr::new(ip, port)),
            None => Err(AddressError::new(
                Part::Host,
                self.authority_at(),
                &host,
                "an IPv4 address or [an IPv6 address]",
            )),
        }
    }

    /// The same with one more layer, outermost.
    #[must_use]
    pub fn with_layer(mut self, layer: &str) -> Self {
        self.layers.insert(0, layer.to_owned());
        self
    }

    /// The same at a socket's address.
    #[must_use]
    pub fn with_socket_addr(self, to: SocketAddr) -> Self {
        let host = match to.ip() {
            IpAddr::V4(ip) => Host::V4(ip),
            IpAddr::V6(ip) => Host::V6(ip),
        };
        self.with_host(host, Some(to.port()))
    }

    /// The same at a host.
    #[must_use]
    pub fn with_host(mut self, host: Host, port: Option<u16>) -> Self {
        let authority = self.authority.get_or_insert_default();
        authority.host = Some(host);
        authority.port = port;
        self.root_path();
        self
    }

    /// The same with another path. After a host it begins with `/`, which is added where missing.
    #[must_use]
    pub fn with_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self.root_path();
        self
    }

    /// The same with a parameter set.
    #[must_use]
    pub fn with_param(mut self, key: &str, value: &str) -> Self {
        self.query.retain(|pair| pair.key != key);
        self.query.push(Pair::new(key, value));
        self
    }

    /// The same with a password replaced by `***`: for logs and reports.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut copy = self.clone();
        if let Some(password) = copy.authority.as_mut().and_then(|a| a.password.as_mut()) {
            "***".clone_into(password);
        }
        copy
    }

    /// Where the outermost layer stood.
    fn layer_at(&self) -> Column {
        let layers: usize = self.layers.iter().map(|layer| layer.len() + 1).sum();
        Column(self.scheme_at.0.map(|at| at.saturating_sub(layers)))
    }

    fn authority_at(&self) -> Column {
        self.authority.as_ref().map_or(Column::default(), |a| a.at)
    }

    fn root_path(&mut self) {
        if self.authority.is_some() && !self.path.is_empty() && !self.path.starts_with('/') {
            self.path.insert(0, '/');
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        grammar::address(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for layer in &self.layers {
            write!(f, "{layer}+")?;
        }
        write!(f, "{}:", self.scheme)?;
        if let Some(authority) = &self.authority {
            write!(f, "//{authority}")?;
        } else if let Some(rest) = self.path.strip_prefix("//") {
            // Two slashes here would be read as the start of a host.
            write!(f, "/%2F{}", grammar::Encoded(rest, grammar::is_path))?;
            return self.fmt_query(f);
        }
        write!(f, "{}", grammar::Encoded(&self.path, grammar::is_path))?;
        self.fmt_query(f)
    }
}

impl Address {
    fn fmt_query(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, pair) in self.query.iter().enumerate() {
            write!(f, "{}{pair}", if i == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{}", grammar::Encoded(user, grammar::is_user))?;
            if let Some(password) = &self.password {
                write!(f, ":{}", grammar::Encoded(password, grammar::is_password))?;
            }
            f.write_str("@")?;
        }
        if let Some(host) = &self.host {
            write!(f, "{host}")?;
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// As `Display`, with the password hidden.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.redacted())
    }
}

#[cfg(test)]
mod tests;
