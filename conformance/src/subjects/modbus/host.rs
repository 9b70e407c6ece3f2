//! Our own servers with many connections: plain, with rights by role, and a gateway.

use core::{
    future::pending,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::{io, sync::Arc};

use lineside_io::{Identified, Listener, Stream};
use lineside_modbus::{
    ClientConfig, Framing, ServerConfig, Table,
    net::{
        Bus, BusConfig, Client, Full, Gateway, Limits, Server,
        gateway::Routes,
        security::{Elements, Right, Rights, Role},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc::UnboundedReceiver,
};

use super::bank;
use crate::{
    Modbus,
    reference::modbus::plant,
    subject::{Guest, Setup},
    wire::End,
};

/// Serves whoever comes.
pub(super) async fn run(mut guests: UnboundedReceiver<Guest>, lines: Vec<End>, setup: Setup) {
    let first = guests.recv().await;
    let has_roles = first
        .as_ref()
        .is_some_and(|guest| guest.certificate.is_some());
    let guests = Guests { first, guests };
    let mut limits = Limits::default();
    let most = setup.profile.limit(Modbus::CONNECTIONS, 64);
    limits.connections = usize::try_from(most).unwrap_or(usize::MAX);
    limits.full = Full::CloseUnused;
    let server = Server::new(Framing::Tcp)
        .limits(limits)
        .clock(setup.clock.clone());
    if !lines.is_empty() {
        let gateway = gateway(lines, &setup);
        let config = gateway.config(ServerConfig::default());
        let each = || gateway.clone();
        return server.config(config).serve(guests, each, pending()).await;
    }
    let server = server.config(super::config());
    if !has_roles {
        return server.serve(guests, bank::standard, pending()).await;
    }
    server
        .serve_secure(
            guests,
            Arc::new(rights()),
            Role::of_peer,
            bank::standard,
            pending(),
        )
        .await;
}

fn rights() -> Rights {
    let right = |listed: plant::Right| {
        let mut right = Right::default().functions(listed.functions.iter().copied());
        if let Some(units) = listed.units {
            right = right.units(units);
        }
        right.elements = listed.registers.map_or_else(Vec::new, |registers| {
            vec![Elements {
                table: Table::HoldingRegisters,
                first: *registers.start(),
                last: *registers.end(),
            }]
        });
        (listed.role, right)
    };
    let all = plant::RIGHTS.into_iter().map(right);
    all.fold(Rights::default(), |rights, (role, right)| {
        rights.allow(role, right)
    })
}

fn gateway(lines: Vec<End>, setup: &Setup) -> Gateway<Bus> {
    let mut routes = Routes::new();
    let config = ClientConfig::default()
        .retries(0)
        .response(Duration::from_millis(plant::BEHIND_MS));
    for (line, units) in lines.into_iter().zip(plant::BEHIND) {
        let clock = setup.clock.clone();
        let mut line = Some(line);
        let dial = move || {
            let line = line.take().ok_or_else(|| io::ErrorKind::NotFound.into());
            let open = |line| Client::on_wire(Framing::Rtu, config, line, clock.clone());
            core::future::ready(line.map(open))
        };
        let config = BusConfig::default().rest(0);
        let bus = routes.bus(Bus::spawn(config, setup.clock.clone(), dial));
        // Units 1 to 247 are such as a line has.
        let _ = routes.units(units, bus);
    }
    Gateway::new(routes)
}

/// Who comes, the first among them.
struct Guests {
    first: Option<Guest>,
    guests: UnboundedReceiver<Guest>,
}

impl Listener for Guests {
    type Addr = &'static str;
    type Stream = Visitor;

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok("memory")
    }

    async fn accept(&mut self) -> io::Result<Visitor> {
        let guest = match self.first.take() {
            Some(first) => Some(first),
            None => self.guests.recv().await,
        };
        let Some(guest) = guest else {
            return pending().await;
        };
        Ok(Visitor {
            stream: guest.end.into_stream(),
            certificate: guest.certificate,
        })
    }
}

/// A stream that says who the peer is.
struct Visitor {
    stream: Box<dyn Stream>,
    certificate: Option<Vec<u8>>,
}

impl Identified for Visitor {
    fn peer_certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }
}

impl AsyncRead for Visitor {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Visitor {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
