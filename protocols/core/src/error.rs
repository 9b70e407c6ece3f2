//! Errors that say who is to blame.

/// Where a parser stopped, and which rule it wanted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("byte {at}: wanted {want}")]
pub struct Syntax {
    /// Offset of the first byte that does not fit, from the start of the frame.
    pub at: usize,
    /// The grammar rule that was wanted there, by the specification's name.
    pub want: &'static str,
}

/// A clause of a specification, by the identifier that the conformance suite uses too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{0}")]
pub struct Clause(pub &'static str);

/// Why a protocol cannot go on. The variant says who is to blame: the peer's bytes
/// ([`Malformed`](Self::Malformed)), the peer's order ([`Violation`](Self::Violation),
/// [`Limit`](Self::Limit), [`Timeout`](Self::Timeout)), the peer's will
/// ([`Refused`](Self::Refused)), or us ([`Misuse`](Self::Misuse)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer's bytes do not parse.
    #[error("the peer sent bytes that do not parse: {0}")]
    Malformed(#[from] Syntax),
    /// The peer's bytes parse, but may not come now.
    #[error("the peer broke {0}")]
    Violation(Clause),
    /// The peer sent more than a limit allows.
    #[error("the peer exceeded {what}: at most {max} allowed")]
    Limit {
        /// The configuration field that holds the limit.
        what: &'static str,
        /// Its value.
        max: u64,
    },
    /// The peer refused, with its protocol's own code.
    #[error("the peer refused with code {code}")]
    Refused {
        /// The code, as the protocol numbers it.
        code: u32,
    },
    /// The peer did not answer in time.
    #[error("the peer let {0} pass")]
    Timeout(&'static str),
    /// The application asked for what the protocol does not allow now.
    #[error("misuse: {0}")]
    Misuse(&'static str),
}
