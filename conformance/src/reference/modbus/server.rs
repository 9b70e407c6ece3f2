//! The textbook server.

use core::time::Duration;

use tokio::io::AsyncWriteExt;

use super::adu::Framing;
use crate::{
    reference::Mutation,
    subject::Setup,
    wire::{End, character},
};

mod ascii;
mod diagnostics;
mod files;
mod gateway;
pub(super) mod host;
mod pdu;
mod port;
mod roles;
mod rtu;
mod station;
mod tables;
mod tcp;

use port::Port;
use station::Station;

/// A reply's PDU, or the code of an exception.
type Answer = Result<Vec<u8>, u8>;

/// Illegal function.
const FUNCTION: u8 = 1;
/// Illegal data address.
const ADDRESS: u8 = 2;
/// Illegal data value.
const VALUE: u8 = 3;
/// No answer at all.
const SILENT: u8 = 0xff;
/// Exceptions that say "later".
const ACKNOWLEDGE_AND_BUSY: &[u8] = &[5, 6];

/// What a port hears.
#[derive(Debug)]
enum Event {
    Frame {
        transaction: u16,
        unit: u8,
        pdu: Vec<u8>,
    },
    Damaged {
        overrun: bool,
    },
    End,
}

/// Serves the test device on one wire.
pub(super) async fn run(end: End, setup: Setup, broken: Mutation) {
    run_for(end, setup, broken, Visitor::default()).await;
}

/// Who is at the other end of one wire of many.
#[derive(Default)]
struct Visitor {
    /// What it may do, where that depends on who it is.
    rights: Option<roles::Rights>,
    /// When it was last heard, on the host's own count.
    used: host::Used,
}

async fn run_for(mut end: End, setup: Setup, broken: Mutation, visitor: Visitor) {
    let Some(framing) = Framing::of(&setup.dialect) else {
        return;
    };
    if broken.is("line.without-parity")
        && let End::Line(line) = &mut end
    {
        let mut settings = line.settings();
        settings.parity = lineside_io::Parity::None;
        let _ = line.configure(settings).await;
    }
    if broken.is("any.greets") {
        let _ = end.write_all(b"\x11\x07").await;
    }
    let serial = framing != Framing::Tcp;
    let mut port = Port::new(end, setup.clock, broken.clone());
    port.echoes = setup.dialect.get("echo") == Some("yes");
    let mut server = Server {
        station: Station::new(serial, broken.clone()),
        port,
        framing,
        visitor,
        held: Vec::new(),
        broken,
    };
    server.serve().await;
}

struct Server {
    station: Station,
    port: Port,
    framing: Framing,
    visitor: Visitor,
    /// Answers that a mutant keeps until it can send several at once.
    held: Vec<u8>,
    broken: Mutation,
}

impl Server {
    async fn serve(&mut self) {
        let mut rtu = rtu::Rtu::new(&self.port);
        let mut ascii = ascii::Ascii::default();
        let mut tcp = tcp::Tcp::default();
        loop {
            let event = match self.framing {
                Framing::Rtu if self.port.is_line() => rtu.on_line(&mut self.port).await,
                Framing::Rtu => rtu.on_stream(&mut self.port).await,
                Framing::Ascii => ascii.next(&mut self.port, self.station.delimiter).await,
                Framing::Tcp => tcp.next(&mut self.port).await,
            };
            let gone = match event {
                Event::End => true,
                Event::Damaged { overrun } => {
                    self.station.damaged(overrun);
                    self.broken.is("any.ends-on-damage")
                }
                Event::Frame {
                    transaction,
                    unit,
                    pdu,
                } => self.frame(transaction, unit, &pdu).await.is_err(),
            };
            if gone {
                break;
            }
        }
        if self.broken.is("tcp.lingers") {
            self.port.clock.sleep(Duration::from_secs(600)).await;
        }
    }

    async fn frame(&mut self, transaction: u16, unit: u8, pdu: &[u8]) -> std::io::Result<()> {
        let (short, long) = (pdu.len() < 3, pdu.len() > 200);
        assert!(
            !short || !self.broken.is("any.panics-on-short-requests"),
            "a mutant on purpose"
        );
        assert!(
            !long || !self.broken.is("any.panics-on-long-requests"),
            "a mutant on purpose"
        );
        self.visitor.used.now();
        if let Some(rights) = &self.visitor.rights
            && !rights.allow(unit, pdu, &self.broken)
        {
            return self.deny(transaction, unit, pdu).await;
        }
        let Some((unit, reply)) = self.station.take(unit, pdu) else {
            return Ok(());
        };
        if self.broken.is("any.answers-late") {
            self.port.clock.sleep(Duration::from_secs(3)).await;
        }
        let transaction = if self.broken.is("tcp.counts-transactions-itself") {
            transaction.wrapping_add(1)
        } else {
            transaction
        };
        let mut frame = self.framing.frame(transaction, unit, &reply);
        self.spoil(&mut frame);
        if self.framing == Framing::Tcp && self.broken.is("tcp.joins-answers") {
            self.held.append(&mut frame);
            if !self.port.at_a_cut() {
                return Ok(());
            }
            frame = core::mem::take(&mut self.held);
        }
        self.port.send(&frame).await?;
        if self.broken.is("any.says-it-twice") {
            self.port.clock.sleep(Duration::from_millis(500)).await;
            self.port.send(&frame).await?;
        }
        Ok(())
    }

    /// Exception 01, and nothing else; the wire stays.
    async fn deny(&mut self, transaction: u16, unit: u8, pdu: &[u8]) -> std::io::Result<()> {
        if self.broken.is("roles.denial-ends-the-wire") {
            return Err(std::io::ErrorKind::PermissionDenied.into());
        }
        if self.broken.is("roles.denial-is-silent") {
            return Ok(());
        }
        let address = self.broken.is("roles.denial-is-an-address");
        let code = pdu.first().copied().unwrap_or_default();
        let mut reply = vec![code | 0x80, if address { ADDRESS } else { FUNCTION }];
        if self.broken.is("roles.denial-says-why") {
            reply.extend_from_slice(b"role");
        }
        let frame = self.framing.frame(transaction, unit, &reply);
        self.port.send(&frame).await
    }

    /// What is wrong with a frame that is otherwise right.
    fn spoil(&self, frame: &mut [u8]) {
        let len = frame.len();
        match self.framing {
            Framing::Rtu if self.broken.is("rtu.crc-high-byte-first") => {
                frame.swap(len - 1, len - 2);
            }
            Framing::Ascii if self.broken.is("ascii.small-letters") => {
                frame.make_ascii_lowercase();
            }
            Framing::Ascii if self.broken.is("ascii.lrc-low-digit-first") => {
                frame.swap(len - 3, len - 4);
            }
            Framing::Ascii if self.broken.is("ascii.ends-with-lf-cr") => {
                frame.swap(len - 1, len - 2);
            }
            Framing::Tcp if self.broken.is("tcp.length-one-short") => {
                if let Some(length) = frame.get_mut(5) {
                    *length = length.wrapping_sub(1);
                }
            }
            Framing::Tcp if self.broken.is("tcp.protocol-of-its-own") => {
                if let Some(protocol) = frame.get_mut(3) {
                    *protocol = 1;
                }
            }
            _ => {}
        }
    }
}

/// Silences of a line: t1.5 and t3.5 (Serial line 2.5.1.1).
#[derive(Clone, Copy, Debug)]
struct Silences {
    character: Duration,
    inner: Duration,
    outer: Duration,
}

impl Silences {
    fn of(end: &End, broken: &Mutation) -> Self {
        let character = character(end);
        let baud = match end {
            End::Line(line) => line.settings().baud,
            End::Stream(_) | End::Urgent(_) => 19_200,
        };
        let bits = if broken.is("rtu.times-of-ten-bits") {
            10
        } else {
            11
        };
        // In tenths of a bit: 1.5 and 3.5 characters.
        let tenths = |tenths: u64| {
            let nanos = tenths * bits * 1_000_000_000;
            Duration::from_nanos(nanos.div_ceil(10 * u64::from(baud)))
        };
        let fixed = baud > 19_200 && !broken.is("rtu.times-never-fixed");
        let (mut inner, mut outer) = if fixed {
            (Duration::from_micros(750), Duration::from_micros(1750))
        } else {
            (tenths(15), tenths(35))
        };
        if broken.is("rtu.answers-early") {
            outer = outer * 3 / 4;
        }
        if broken.is("rtu.wants-a-long-silence") {
            outer *= 4;
        }
        if broken.is("rtu.joins-over-silences") {
            inner *= 8;
            outer *= 4;
        }
        if broken.is("rtu.ends-at-a-character") {
            inner = character;
            outer = character;
        }
        Self {
            character,
            inner,
            outer,
        }
    }
}

/// For what a stream cannot tell otherwise: a silence that ends what is no frame.
const IDLE: Duration = Duration::from_millis(100);
