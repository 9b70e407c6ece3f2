//! Modbus TCP: the length stands before the frame.

use bytes::Buf;
use lineside_core::{Instant, Link};

use super::Heard;
use crate::{
    machine::frame::{Damage, Frame},
    wire::{Pdu, mbap},
};

pub(super) fn poll(now: Instant, link: &mut Link) -> Heard {
    let length = match mbap::length(&link.rx) {
        Ok(length) => length.filter(|length| *length <= link.rx.len()),
        Err(mbap::Bad::Length(length) | mbap::Bad::Protocol(length)) => return Heard::Lost(length),
    };
    let Some(length) = length else {
        return rest(link);
    };
    let at = link.received.unwrap_or(now);
    let bytes = link.rx.get(..length).unwrap_or_default();
    let decoded = mbap::decode(bytes).map(|(header, pdu)| (header, Pdu::new(pdu)));
    // Not split off: that would share the buffer, and make the next read allocate.
    link.rx.advance(length);
    match decoded {
        Ok((header, Some(pdu))) => {
            let mut frame = Frame::new(header.unit, pdu, at, at);
            frame.transaction = header.transaction;
            Heard::Frame(frame)
        }
        Ok((_, None)) | Err(_) => Heard::Damaged {
            reason: Damage::Protocol,
            bytes: length,
        },
    }
}

/// The beginning of a frame, or nothing.
fn rest(link: &mut Link) -> Heard {
    let bytes = link.rx.len();
    if link.eof && bytes > 0 {
        link.rx.clear();
        let reason = Damage::Cut;
        return Heard::Damaged { reason, bytes };
    }
    Heard::Wait(None)
}
