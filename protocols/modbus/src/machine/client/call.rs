//! Calls: what a client is asked to do, and how it went.

use core::time::Duration;

use crate::{
    config::ClientConfig,
    error::{Failure, Refusal},
    machine::frame::Damage,
    wire::{Pdu, Request, SubFunction, Unit},
};

/// What a client machine is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a PDU travels by value: no call allocates"
)]
pub enum Command {
    /// Send a request. [`Event::Done`] with the same `id` says how it went.
    Call {
        /// The caller's name for it: no two open calls should have the same.
        id: u64,
        /// Who is asked.
        unit: Unit,
        /// The request.
        pdu: Pdu,
        /// What is special about this one.
        options: CallOptions,
    },
    /// Forget a call. One that was not sent is not sent any more; the response of one that was is
    /// awaited, so that it answers nothing else: it is an [`Event::Stray`], or [`Event::Unanswered`].
    Cancel {
        /// The call.
        id: u64,
    },
}

/// What is special about one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallOptions {
    /// Its response time-out, when other than [`ClientConfig::response`].
    pub response: Option<Duration>,
    /// How often it is sent again, when other than [`ClientConfig::retries`].
    pub retries: Option<u8>,
    /// What may be sent again.
    pub repeat: Repeat,
}

impl CallOptions {
    /// The same with a response time-out of its own.
    #[must_use]
    pub const fn response(mut self, response: Duration) -> Self {
        self.response = Some(response);
        self
    }

    /// The same with a number of retries of its own.
    #[must_use]
    pub const fn retries(mut self, retries: u8) -> Self {
        self.retries = Some(retries);
        self
    }

    /// The same, with another choice of what may be sent again.
    #[must_use]
    pub const fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }
}

/// Which requests may be sent again when no good response came (M21). A server may have executed a
/// request whose response was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Those that do the same twice as once, and lose nothing: reads.
    #[default]
    Idempotent,
    /// All.
    Always,
}

/// What a client machine tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call is over.
    Done {
        /// Which.
        id: u64,
        /// The response, checked against the request; [`Pdu::EMPTY`] for a request that is not
        /// answered (a broadcast, Force Listen Only Mode) and has been sent.
        outcome: Result<Pdu, Failure>,
    },
    /// A cancelled call's request, which had been sent, got no response in time.
    Unanswered {
        /// Whose.
        unit: Unit,
    },
    /// A good frame that answers nothing which waits: of another unit, too late, to a cancelled call,
    /// or with a transaction that is not open (M02, M04, T04).
    Stray {
        /// Whose.
        unit: Unit,
        /// What it says.
        pdu: Pdu,
    },
    /// Bytes that are no frame. A request that waits goes on waiting (M15), and fails with this
    /// reason when nothing else comes.
    Damaged {
        /// Why.
        reason: Damage,
        /// How many.
        bytes: usize,
    },
}

/// An [`Event`] whose PDU is in a place of the caller's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told {
    Done {
        id: u64,
        outcome: Result<(), Failure>,
    },
    Unanswered {
        unit: Unit,
    },
    Stray {
        unit: Unit,
    },
    Damaged {
        reason: Damage,
        bytes: usize,
    },
}

impl Told {
    pub(super) const fn failed(id: u64, failure: Failure) -> Self {
        let outcome = Err(failure);
        Self::Done { id, outcome }
    }

    pub(super) fn event(self, pdu: Pdu) -> Event {
        match self {
            Self::Done { id, outcome } => Event::Done {
                id,
                outcome: outcome.map(|()| pdu),
            },
            Self::Unanswered { unit } => Event::Unanswered { unit },
            Self::Stray { unit } => Event::Stray { unit, pdu },
            Self::Damaged { reason, bytes } => Event::Damaged { reason, bytes },
        }
    }
}

/// A call that is not over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) id: u64,
    pub(super) unit: Unit,
    pub(super) pdu: Pdu,
    /// Its response time-out.
    pub(super) response: Duration,
    /// How often it may still be sent again.
    pub(super) retries: u8,
    /// Whether no response comes.
    pub(super) is_silent: bool,
    /// Whether it does the same twice as once.
    pub(super) is_idempotent: bool,
}

/// What a call amounts to, without its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    response: Duration,
    retries: u8,
    is_silent: bool,
    is_idempotent: bool,
}

impl Terms {
    /// Checks a request before anything of it is sent.
    pub(super) fn of(
        unit: Unit,
        pdu: &Pdu,
        options: CallOptions,
        config: &ClientConfig,
        is_serial: bool,
    ) -> Result<Self, Refusal> {
        let request = Request::parse(pdu).map_err(Refusal::Malformed)?;
        let is_broadcast = is_serial && unit.is_broadcast();
        if is_broadcast && !request.is_broadcast() {
            return Err(Refusal::Broadcast);
        }
        if is_serial && unit.is_reserved() {
            return Err(Refusal::Reserved(unit));
        }
        Ok(Self {
            response: options.response.unwrap_or(config.response),
            retries: retries(&request, options, config),
            is_silent: is_broadcast || forces_listen_only(&request),
            is_idempotent: request.is_idempotent(),
        })
    }

    #[inline]
    pub(super) const fn call(self, id: u64, unit: Unit, pdu: Pdu) -> Call {
        Call {
            id,
            unit,
            pdu,
            response: self.response,
            retries: self.retries,
            is_silent: self.is_silent,
            is_idempotent: self.is_idempotent,
        }
    }
}

/// How often `request` may be sent again (M21).
pub(super) fn retries(request: &Request<'_>, options: CallOptions, config: &ClientConfig) -> u8 {
    if options.repeat == Repeat::Always || request.is_idempotent() {
        options.retries.unwrap_or(config.retries)
    } else {
        0
    }
}

/// Application protocol 6.8.1, sub-function 4: no response is returned.
fn forces_listen_only(request: &Request<'_>) -> bool {
    matches!(
        request,
        Request::Diagnostics {
            sub: SubFunction::FORCE_LISTEN_ONLY,
            ..
        }
    )
}
