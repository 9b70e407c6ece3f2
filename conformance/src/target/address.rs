//! Targets by address: what is spoken, and the wire under it.

use std::collections::BTreeSet;

use lineside_io::{
    Clock,
    address::{Address, AddressError, Context, Schemes},
};

use super::{Kind, Target};
use crate::{Dialect, DialectError, Profile, Subject, dialect::options, subjects, suite};

mod com_port;
mod modbus;
mod telnet;

/// Why a text is no target.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The address does not parse.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// What it speaks does not parse.
    #[error("{0}")]
    Dialect(#[from] DialectError),
    /// No subject in memory has this name.
    #[error("no endpoint in memory is called `{name}`: there are {known}")]
    Subject {
        /// The name that was given.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// It does not say what is spoken.
    #[error(
        "`{address}` does not say what is spoken: put it first, as in `slip+{address}`; the suite knows {known}"
    )]
    Silent {
        /// The address.
        address: String,
        /// The dialects that the suite has cases for.
        known: String,
    },
    /// The suite has no cases for what is spoken.
    #[error("the suite has no cases for `{spoken}`: it knows {known}")]
    Unknown {
        /// What was asked for.
        spoken: String,
        /// What there is.
        known: String,
    },
    /// The suite has no textbook for an option of what is spoken.
    #[error("the suite has no cases for `{spoken}`: {why}")]
    Option {
        /// What was asked for.
        spoken: String,
        /// Which option, and what is allowed.
        why: String,
    },
    /// Nothing opens such a wire.
    #[error("nothing opens `{scheme}:`; there are {known}, and mem:NAME")]
    Wire {
        /// The scheme that was given.
        scheme: String,
        /// The schemes that there are.
        known: String,
    },
    /// The client's command cannot be understood.
    #[error("the client's command: {0}")]
    Command(String),
}

/// What the suite can open and listen on.
#[must_use]
pub fn schemes(clock: &Clock) -> Schemes {
    let schemes = lineside_tcp::address::register(Schemes::new(Context::new(clock.clone())));
    lineside_serial::address::register(schemes)
}

pub(super) fn parse(text: &str) -> Result<Target, TargetError> {
    if let Some(name) = text.strip_prefix("mem:") {
        return subject(name);
    }
    let (address, dialect) = split(text)?;
    let dialect = dialect.ok_or_else(|| TargetError::Silent {
        address: address.redacted().to_string(),
        known: known_dialects(),
    })?;
    known(&dialect)?;
    let profile = std::sync::Arc::new(default_profile(&address));
    Ok(Target {
        kind: Kind::Url { address, dialect },
        profile,
    })
}

/// What `detect` asks: the target as it is addressed, or, where the address does not say what is
/// spoken, one target for each dialect that the suite knows.
///
/// # Errors
/// The address cannot be read.
pub fn candidates(text: &str) -> Result<Vec<Target>, TargetError> {
    if let Some(name) = text.strip_prefix("mem:") {
        let subject = subject(name)?;
        let speaks = |dialect: &Dialect| subject.speaks(dialect);
        return Ok(dialects()
            .into_iter()
            .filter(speaks)
            .map(|dialect| subject.clone().in_dialect(dialect))
            .collect());
    }
    let (address, dialect) = split(text)?;
    let profile = std::sync::Arc::new(default_profile(&address));
    let of = |dialect| Target {
        kind: Kind::Url {
            address: address.clone(),
            dialect,
        },
        profile: std::sync::Arc::clone(&profile),
    };
    let Some(dialect) = dialect else {
        return Ok(dialects().into_iter().map(of).collect());
    };
    known(&dialect)?;
    Ok(vec![of(dialect)])
}

/// What the groups speak, each once.
fn dialects() -> Vec<Dialect> {
    let mut all: Vec<Dialect> = Vec::new();
    for dialect in suite::groups()
        .iter()
        .flat_map(|group| group.dialects())
        .filter_map(|spoken| spoken.parse().ok())
    {
        if !all.contains(&dialect) {
            all.push(dialect);
        }
    }
    all
}

pub(super) fn parse_listen(text: &str) -> Result<(Address, Option<Dialect>), TargetError> {
    let (address, dialect) = split(text)?;
    if let Some(dialect) = &dialect {
        known(dialect)?;
    }
    Ok((address, dialect))
}

fn subject(name: &str) -> Result<Target, TargetError> {
    find_subject(name).map(Target::memory)
}

/// The endpoint in memory with this name.
///
/// # Errors
/// There is none; the error names all that there are.
pub fn find_subject(name: &str) -> Result<std::sync::Arc<dyn Subject>, TargetError> {
    let all = subjects::all();
    let found = all.iter().find(|subject| subject.name() == name);
    found.cloned().ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|subject| subject.name()).collect();
        TargetError::Subject {
            name: name.to_owned(),
            known: known.join(", "),
        }
    })
}

/// Takes what is spoken off an address: its layers, `framing=` in place of the layer `raw`, and the
/// options that dialects of that name have.
///
/// # Errors
/// Says which part of the address is wrong.
pub fn split(text: &str) -> Result<(Address, Option<Dialect>), TargetError> {
    let text = modbus::long(text);
    let text = com_port::long(telnet::long(&text));
    let mut address: Address = text.parse()?;
    openable(&address)?;
    let mut layers = Vec::new();
    while let Some((layer, rest)) = address.peel() {
        layers.push(layer);
        address = rest;
    }
    if layers.is_empty() {
        return Ok((address, None));
    }
    let mut name = layers.join("+");
    if name == "raw" {
        let (mut params, rest) = address.split(&["framing"]);
        let any = |value: &str| Some(value.to_owned());
        name = params
            .take_with("framing", any, known_dialects)?
            .unwrap_or(name);
        address = rest;
    }
    let mut dialect: Dialect = name.parse()?;
    for key in options::names_of(&dialect.name) {
        let (mut params, rest) = address.split(&[key]);
        let value = params.take_with(key, |value| Some(value.to_owned()), String::new)?;
        dialect
            .options
            .extend(value.map(|value| (key.to_owned(), value)));
        address = rest;
    }
    let address = match dialect.name.as_str() {
        "telnet" => telnet::filled(address),
        _ => modbus::filled(address, &dialect)?,
    };
    Ok((address, Some(dialect)))
}

fn openable(address: &Address) -> Result<(), TargetError> {
    let schemes = schemes(&Clock::tokio());
    let names: Vec<_> = schemes.names().collect();
    if names.contains(&address.scheme()) {
        return Ok(());
    }
    Err(TargetError::Wire {
        scheme: address.scheme().to_owned(),
        known: names.join(", "),
    })
}

/// An address with what is spoken put back on.
#[must_use]
pub fn join(address: &Address, dialect: &Dialect) -> String {
    let layered = address.clone().with_layer(&dialect.name);
    let with = |address: Address, (key, value): (&String, &String)| address.with_param(key, value);
    let whole = dialect.options.iter().fold(layered, with).to_string();
    com_port::short(telnet::short(modbus::short(whole)))
}

/// Whether an address is that of a wire with a speed.
pub(super) fn is_line(address: &Address) -> bool {
    matches!(address.scheme(), "serial" | "pty" | "rfc2217")
}

/// The capability that the wire of an address is.
pub(super) fn wire_of(address: &Address) -> &'static str {
    if is_line(address) {
        Profile::LINE
    } else {
        Profile::STREAM
    }
}

/// What a target is taken to have that has no profile.
pub(super) fn default_profile(address: &Address) -> Profile {
    let mut profile = Profile::default();
    let echo = [Profile::ECHO, Profile::EXCHANGE, Profile::REPORTS];
    profile.capabilities.extend(echo.map(str::to_owned));
    profile.capabilities.insert(wire_of(address).to_owned());
    profile
}

fn known(dialect: &Dialect) -> Result<(), TargetError> {
    if !names().contains(dialect.name.as_str()) {
        return Err(TargetError::Unknown {
            spoken: dialect.to_string(),
            known: known_dialects(),
        });
    }
    match options::unknown(dialect) {
        None => Ok(()),
        Some(why) => Err(TargetError::Option {
            spoken: dialect.to_string(),
            why,
        }),
    }
}

fn known_dialects() -> String {
    names().into_iter().collect::<Vec<_>>().join(", ")
}

fn names() -> BTreeSet<&'static str> {
    let name = |spoken: &'static str| spoken.split('?').next().unwrap_or_default();
    suite::groups()
        .iter()
        .flat_map(|group| group.dialects())
        .map(name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Target::parse(text).err().unwrap().to_string()
    }

    #[test]
    fn a_target_says_what_is_spoken_and_where() {
        let target = Target::parse("loopback+tcp://127.0.0.1:9").unwrap();
        assert_eq!(target.address(), "loopback+tcp://127.0.0.1:9");
        assert_eq!(target.dialect().unwrap().to_string(), "loopback");
        let raw = Target::parse("raw+tcp://127.0.0.1:9?framing=loopback").unwrap();
        assert_eq!(raw.address(), "loopback+tcp://127.0.0.1:9");
    }

    #[test]
    fn a_bad_target_says_what_is_allowed() {
        assert!(error("tcp://127.0.0.1:9").contains("as in `slip+tcp://127.0.0.1:9`"));
        assert!(error("klingon+tcp://127.0.0.1:9").contains("it knows"));
        let arc = error("stx+tcp://127.0.0.1:9?bcc=crc-16/arc");
        assert!(arc.contains("`bcc` is `crc-16/arc`") && arc.contains("none, xor, lrc"));
        assert!(error("fixed+tcp://127.0.0.1:9").contains("option `size` is missing"));
        assert!(error("mem:nobody").contains("there are"));
        assert!(error("raw+tcp://127.0.0.1:9?framing=x").contains("no cases for `x`"));
    }

    #[test]
    fn one_wire_means_one_case_at_a_time() {
        assert_eq!(
            Target::parse("loopback+serial:///dev/ttyS9")
                .unwrap()
                .jobs(),
            1
        );
        assert!(Target::parse("loopback+tcp://127.0.0.1:9").unwrap().jobs() > 1);
    }
}
