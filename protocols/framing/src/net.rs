//! Endpoints: records over any stream or line, with a handler.
//!
//! ```
//! use lineside_framing::{AnyFraming, Event, net::Endpoint};
//!
//! # lineside_io::sim::run(|clock| async move {
//! let framing: AnyFraming = "line:crlf".parse().unwrap();
//! let endpoint = Endpoint::new(framing).clock(clock);
//! let (near, far) = tokio::io::duplex(64);
//! let mut near = endpoint.over(near);
//! let mut far = endpoint.over(far);
//!
//! near.send("weigh").await.unwrap();
//! assert_eq!(far.next().await.unwrap(), Some(Event::Record("weigh".into())));
//! # });
//! ```

mod connection;
mod endpoint;
mod handler;

pub use connection::{Connection, Error};
pub use endpoint::{Endpoint, Limits};
pub use handler::{Echo, Handler};
