//! A stream in a capture as the TCP connection that it might have been.

use core::{net::Ipv4Addr, task::Context};

use super::{CaptureFile, Direction, Interface, LinkType, Probe, Sight, Watch};

/// LINKTYPE_RAW: a packet begins with its IP header.
const RAW_IP: LinkType = LinkType::Number(101);

/// Bytes of a stream in one packet at most; what is longer becomes several.
const SEGMENT: usize = 32 * 1024;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Puts one stream into a [`CaptureFile`] as a TCP connection to a server's port, made-up headers and
/// all, so that Wireshark and tshark read it as the protocol of that port, requests and
/// responses told apart, and put records together that came in pieces. For streams that no TCP
/// carried, and for those that TLS hides.
///
/// The client is 10.0.0.1, the server 10.0.0.2. A watch for [`Watched`](super::Watched);
/// [`put`](Self::put) is for whoever has the bytes otherwise.
#[derive(Debug)]
pub struct Segments {
    probe: Probe,
    server: End,
    client: End,
    /// Where what we read comes from.
    reads_from: Side,
    is_open: bool,
}

/// An end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who connected.
    Client,
    /// Who was connected to.
    Server,
}

#[derive(Clone, Copy, Debug)]
struct End {
    address: Ipv4Addr,
    port: u16,
    /// The number of its next byte.
    next: u32,
    has_ended: bool,
}

impl End {
    const fn new(last: u8, port: u16) -> Self {
        Self {
            address: Ipv4Addr::new(10, 0, 0, last),
            port,
            next: 0,
            has_ended: false,
        }
    }
}

impl Segments {
    /// A stream of `file` called `name`, with the server at `port`, whose bytes are read from
    /// `reads_from`: the client for a server's stream, the server for a client's.
    #[must_use]
    pub fn new(file: &CaptureFile, name: &str, port: u16, reads_from: Side) -> Self {
        Self {
            probe: file.probe(&Interface::named(name).link(RAW_IP)),
            server: End::new(2, port),
            client: End::new(1, 49_152),
            reads_from,
            is_open: false,
        }
    }

    /// Adds bytes that `from` sent.
    pub fn put(&mut self, from: Side, bytes: &[u8]) {
        self.open();
        for segment in bytes.chunks(SEGMENT) {
            self.packet(from, ACK | PSH, segment);
        }
    }

    /// `from` sends no more.
    fn end(&mut self, from: Side) {
        self.open();
        if !self.ends(from).0.has_ended {
            self.packet(from, ACK | FIN, b"");
            self.ends(from).0.has_ended = true;
        }
    }

    /// The three-way handshake, so that nobody wonders what came before.
    fn open(&mut self) {
        if !self.is_open {
            self.is_open = true;
            self.packet(Side::Client, SYN, b"");
            self.packet(Side::Server, SYN | ACK, b"");
            self.packet(Side::Client, ACK, b"");
        }
    }

    /// This end and the other.
    const fn ends(&mut self, of: Side) -> (&mut End, &mut End) {
        match of {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        }
    }

    fn packet(&mut self, from: Side, flags: u8, data: &[u8]) {
        let (one, other) = self.ends(from);
        let packet = headers_and(one, other, flags, data);
        let is_counted = flags & (SYN | FIN) != 0;
        let taken = data.len() + usize::from(is_counted);
        one.next = one.next.wrapping_add(u32::try_from(taken).unwrap_or(0));
        let direction = if from == self.reads_from {
            Direction::In
        } else {
            Direction::Out
        };
        self.probe.saw(Sight::Data(direction, &packet));
    }

    fn side(&self, direction: Direction) -> Side {
        match (direction, self.reads_from) {
            (Direction::In, side) => side,
            (Direction::Out, Side::Client) => Side::Server,
            (Direction::Out, Side::Server) => Side::Client,
        }
    }
}

impl Watch for Segments {
    fn saw(&mut self, sight: Sight<'_>) {
        match sight {
            Sight::Data(direction, bytes) => self.put(self.side(direction), bytes),
            Sight::End(direction) => self.end(self.side(direction)),
            // TCP has none of the rest.
            _ => {}
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        self.probe.poll(cx);
    }
}

/// A packet with its IPv4 header (RFC 791 3.1) and its TCP header (RFC 9293 3.1).
fn headers_and(from: &End, to: &End, flags: u8, data: &[u8]) -> Vec<u8> {
    let acknowledged = if flags & ACK == 0 { 0 } else { to.next };
    let mut tcp = Vec::with_capacity(20 + data.len());
    tcp.extend(from.port.to_be_bytes());
    tcp.extend(to.port.to_be_bytes());
    tcp.extend(from.next.to_be_bytes());
    tcp.extend(acknowledged.to_be_bytes());
    // Five words of header; the window is open; checksum and urgent pointer.
    tcp.extend([0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
    tcp.extend(data);
    let length = u16::try_from(tcp.len()).unwrap_or(u16::MAX);
    let mut pseudo = [from.address.octets(), to.address.octets()].concat();
    pseudo.extend([0, 6]);
    pseudo.extend(length.to_be_bytes());
    put_checksum(&mut tcp, 16, sum(&pseudo));

    let mut ip = vec![0x45, 0];
    ip.extend(length.saturating_add(20).to_be_bytes());
    // Not a fragment, 64 hops, TCP.
    ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
    ip.extend(from.address.octets());
    ip.extend(to.address.octets());
    put_checksum(&mut ip, 10, 0);
    ip.extend(tcp);
    ip
}

/// Writes the Internet checksum of `bytes` (RFC 1071) at `at`, where two zero bytes stand.
fn put_checksum(bytes: &mut [u8], at: usize, begun: u32) {
    let mut folded = begun + sum(bytes);
    while folded > 0xFFFF {
        folded = (folded & 0xFFFF) + (folded >> 16);
    }
    let complement = !(folded as u16);
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&complement.to_be_bytes());
    }
}

/// The sum of the sixteen-bit words; the last byte of an odd number stands high.
fn sum(bytes: &[u8]) -> u32 {
    let word = |pair: &[u8]| {
        let mut word = [0; 2];
        word.iter_mut().zip(pair).for_each(|(to, byte)| *to = *byte);
        u32::from(u16::from_be_bytes(word))
    };
    bytes.chunks(2).map(word).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_internets() {
        // The example of RFC 1071 section 3: the sum is DDF2.
        let mut bytes = *b"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7\0\0";
        put_checksum(&mut bytes, 8, 0);
        assert_eq!(bytes[8..], [!0xDD, !0xF2]);
        // A header's own checksum makes its sum FFFF.
        let (client, server) = (End::new(1, 49_152), End::new(2, 502));
        let packet = headers_and(&client, &server, ACK | PSH, b"odd");
        assert_eq!(sum(&packet[..20]) % 0xFFFF, 0);
        let mut pseudo = packet[12..20].to_vec();
        pseudo.extend([0, 6, 0, 23]);
        assert_eq!((sum(&pseudo) + sum(&packet[20..])) % 0xFFFF, 0);
    }
}
