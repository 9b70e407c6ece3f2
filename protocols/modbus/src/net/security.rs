//! Modbus Security: who may do what, by the role in the peer's certificate.
//!
//! The transport proves the certificate (TLS, both ends); here the role that it names is looked up
//! in a table of [`Rights`], request by request. What the role may not do is answered with
//! exception 01 and nothing else (X04), and the session stays up.
//!
//! ```
//! use lineside_modbus::{net::security::{Right, Rights, Role}, wire::{Pdu, Request, Span, Unit}};
//!
//! let reads = Right::default().functions([3, 4]);
//! let rights = Rights::default().allow("operator", reads);
//!
//! let ask = |request| Pdu::of(&request).unwrap();
//! let read = ask(Request::ReadHoldingRegisters(Span::new(0, 10)));
//! let write = ask(Request::WriteSingleRegister { address: 0, value: 1 });
//! let operator = Role::new("operator");
//! assert!(rights.allows(&operator, Unit::new(1), &read));
//! assert!(!rights.allows(&operator, Unit::new(1), &write));
//! assert!(!rights.allows(&Role::NULL, Unit::new(1), &read));
//! ```

mod access;
#[cfg(feature = "security")]
mod certificate;
mod rights;

use core::fmt;
use std::sync::Arc;

#[cfg(feature = "security")]
pub use certificate::role_of_certificate;
pub use rights::{Elements, Kind, Right, Rights, Units};

use crate::{
    Functions,
    net::Service,
    wire::{Exception, Pdu, Unit},
};

/// The port of Modbus Security (X01).
pub const SECURE_PORT: u16 = 802;

/// What a peer is, as its certificate says: a name, or [`NULL`](Self::NULL).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Role(Option<Arc<str>>);

impl Role {
    /// No role: the certificate names none, several, or one that is no text (X02). It may do nothing.
    pub const NULL: Self = Self(None);

    /// The role of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Some(name.into()))
    }

    /// What the certificate of `stream`'s peer says it is; without one, nothing.
    #[cfg(feature = "security")]
    #[must_use]
    pub fn of_peer<S: lineside_io::Identified>(stream: &S) -> Self {
        stream
            .peer_certificate()
            .map_or(Self::NULL, role_of_certificate)
    }

    /// Its name; `None` for the NULL role.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// The name, or `NULL`.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or("NULL"))
    }
}

/// A service behind a table of rights: one per connection, since the role is the connection's.
#[derive(Clone, Debug)]
pub struct Guard<S> {
    service: S,
    role: Role,
    rights: Arc<Rights>,
}

impl<S> Guard<S> {
    /// `service`, for a peer that is `role` and has these rights.
    pub const fn new(service: S, role: Role, rights: Arc<Rights>) -> Self {
        Self {
            service,
            role,
            rights,
        }
    }

    /// What the peer is.
    pub const fn role(&self) -> &Role {
        &self.role
    }
}

impl<S: Service> Service for Guard<S> {
    async fn call(&mut self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        if !self.rights.allows(&self.role, unit, request) {
            return Err(Exception::ILLEGAL_FUNCTION);
        }
        self.service.call(unit, request).await
    }

    fn served(&self) -> Functions {
        self.service.served()
    }

    fn another(&self) -> Option<Self> {
        let service = self.service.another()?;
        Some(Self::new(service, self.role.clone(), self.rights.clone()))
    }

    fn restarted(&mut self, unit: Unit) {
        self.service.restarted(unit);
    }
}
