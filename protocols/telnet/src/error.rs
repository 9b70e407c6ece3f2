//! Why a connection ends, and what the application must not ask for: a
//! [`lineside_core::Error`], whose variant says who is to blame.

use lineside_core::Error;

/// The peer has made us say more than it may.
pub(crate) const fn too_much_negotiation(max: u32) -> Error {
    Error::Limit {
        what: "Config::negotiation",
        max: max as u64,
    }
}

/// The peer has not ended what it has begun.
pub(crate) const UNFINISHED: Error = Error::Timeout("Config::unfinished");

/// We have said more than is kept until the peer has answered.
pub(crate) const TOO_MUCH_HELD: Error =
    Error::Misuse("Config::held bytes wait for the answer to WILL BINARY");

/// We end a record that the peer does not know of (RFC 885 section 2; T67).
pub(crate) const NO_EOR: Error = Error::Misuse("EOR before WILL EOR is agreed on");

/// What we want to tell by an option has nobody to hear it.
pub(crate) const NOT_TOLD: Error =
    Error::Misuse("an option not in use, or not in ServerOptions or ClientOptions");

/// We speak of an option that is not in use.
pub(crate) const NOT_IN_USE: Error = Error::Misuse("a subnegotiation of an option not in use");
