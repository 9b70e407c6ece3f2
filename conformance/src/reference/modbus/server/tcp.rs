//! Modbus TCP: a header that says how long a frame is (Messaging on TCP/IP 3.1.3).

use super::{
    Event,
    port::{Port, Sign},
};

/// What has come of a frame.
#[derive(Default)]
pub(super) struct Tcp {
    bytes: Vec<u8>,
}

impl Tcp {
    /// The next frame. A length that cannot be ends the connection: nothing shows where the next
    /// frame begins.
    pub(super) async fn next(&mut self, port: &mut Port) -> Event {
        loop {
            if let Some(event) = self.frame(port).await {
                return event;
            }
            if !self.bytes.is_empty() && port.at_a_cut() && port.broken.is("any.forgets-at-a-cut") {
                self.bytes.clear();
            }
            match port.next(None).await {
                Sign::Byte(byte) => self.bytes.push(byte),
                Sign::Mark(_) | Sign::Silence => {}
                Sign::End => return Event::End,
            }
        }
    }

    async fn frame(&mut self, port: &mut Port) -> Option<Event> {
        let ([t1, t2, p1, p2, l1, l2], rest) = self.bytes.split_first_chunk()?;
        let length = u16::from_be_bytes([*l1, *l2]);
        let foreign = [*p1, *p2] != [0, 0];
        if !(2..=254).contains(&length) && !port.broken.is("tcp.takes-any-length") {
            return Some(Event::End);
        }
        if rest.len() < usize::from(length) {
            return None;
        }
        let transaction = u16::from_be_bytes([*t1, *t2]);
        let [unit, pdu @ ..] = rest else {
            self.bytes.clear();
            return None;
        };
        let (unit, pdu) = (*unit, pdu.to_vec());
        self.bytes.clear();
        if port.broken.is("any.one-frame-a-read") {
            while !port.at_a_cut() {
                let _ = port.next(None).await;
            }
        }
        if foreign && !port.broken.is("tcp.ignores-the-protocol") {
            let ends = port.broken.is("tcp.protocol-ends-the-wire");
            return ends.then_some(Event::End);
        }
        Some(Event::Frame {
            transaction,
            unit,
            pdu,
        })
    }
}
