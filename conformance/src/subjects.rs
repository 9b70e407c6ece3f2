//! The endpoints that live in this process: targets `mem:NAME`.

use std::sync::Arc;

use crate::{Subject, reference::Reference, selftest};

mod com_port;
mod framing;
mod lineside;
mod modbus;
mod telnet;

pub use com_port::ComPort;
pub use framing::Framing;
pub use lineside::Lineside;
pub use modbus::Modbus;
pub use telnet::Telnet;

/// Every subject in memory. The first is what `cargo conform` tests without arguments.
#[must_use]
pub fn all() -> Vec<Arc<dyn Subject>> {
    let mut all: Vec<Arc<dyn Subject>> = vec![
        Arc::new(Lineside),
        Arc::new(Framing),
        Arc::new(Modbus),
        Arc::new(Telnet),
        Arc::new(ComPort),
        Arc::new(Reference::sound()),
    ];
    all.extend(crate::foreign::subjects());
    all.push(Arc::new(crate::foreign::TokioModbusClient));
    all.extend(selftest::subjects());
    all
}
