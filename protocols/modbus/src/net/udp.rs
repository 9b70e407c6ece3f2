//! Modbus over UDP: each datagram holds one Modbus TCP frame, header and all.
//!
//! No specification describes it, and many devices speak it. A datagram may be lost, doubled or
//! late: the client asks again where that is harmless, and takes only the answer to the transaction
//! that it waits for. Anyone can write any sender on a datagram: a server answers short requests with
//! up to 260 bytes, so do not leave one open to the internet.
//!
//! This is the framing of Modbus TCP and no other: neither RTU nor ASCII is spoken over UDP here.
//! Behind it stands the service alone, for every unit, and no [`server::Server`](crate::server::Server):
//! there are no counters, no event log and no listen-only mode. Diagnostics and the communication
//! event counter and log (functions 08, 0B and 0C) are the service's like any other request: a
//! [`Gateway`](crate::net::Gateway) passes them on, a [`Handler`](crate::Handler) refuses them with
//! exception 01.
//!
//! ```
//! use lineside_io::{Datagrams, sim::MemoryMail};
//! use lineside_modbus::{Bank, net::{Calls, udp::{UdpClient, UdpServer}}};
//!
//! lineside_io::sim::run(|clock| async move {
//!     let mail = MemoryMail::new();
//!     let (device, client) = (mail.socket(), mail.socket());
//!     let at = device.local_addr().unwrap();
//!     let bank = Bank::new().with_holding_registers(0, [7, 8]);
//!     let server = UdpServer::default();
//!     let serving = server.serve(&device, bank, core::future::pending());
//!
//!     let mut client = UdpClient::new(client, at, clock);
//!     let asking = async { client.unit(255).read_holding_registers(0, 2).await };
//!     tokio::select! {
//!         answer = asking => assert_eq!(answer.unwrap(), [7, 8]),
//!         () = serving => unreachable!(),
//!     }
//! });
//! ```

mod client;
mod server;

pub use client::{UdpClient, UdpUnit};
pub use server::UdpServer;

use crate::wire::{Misfit, Pdu, mbap};

/// The frame of a PDU.
fn frame(header: mbap::Header, pdu: &Pdu, room: &mut [u8; mbap::MAX_ADU]) -> Result<usize, Misfit> {
    mbap::encode(header, pdu, room)
}

/// The one frame of a datagram.
fn open(datagram: &[u8]) -> Option<(mbap::Header, Pdu)> {
    let (header, pdu) = mbap::decode(datagram).ok()?;
    Some((header, Pdu::new(pdu)?))
}

#[cfg(test)]
mod tests;
