//! Modbus TCP: the length stands before the frame.

use bytes::Buf;
use lineside_core::{Instant, Link};

use super::Heard;
use crate::{
    machine::frame::{Damage, Frame},
    wire::mbap,
};

/// Hears a frame into `frame`.
#[inline]
pub(super) fn poll(now: Instant, link: &mut Link, frame: &mut Frame) -> Heard<()> {
    let length = match mbap::length(&link.rx) {
        Ok(length) => length.filter(|length| *length <= link.rx.len()),
        Err(mbap::Bad::Length(length) | mbap::Bad::Protocol(length)) => return Heard::Lost(length),
    };
    let Some(length) = length else {
        return rest(link);
    };
    let bytes = link.rx.get(..length).unwrap_or_default();
    let is_frame = mbap::decode(bytes).is_ok_and(|(header, pdu)| {
        (frame.unit, frame.transaction) = (header.unit, header.transaction);
        frame.pdu.set(pdu)
    });
    // Not split off: that would share the buffer, and make the next read allocate.
    link.rx.advance(length);
    if is_frame {
        frame.began = link.received.unwrap_or(now);
        frame.ended = frame.began;
        return Heard::Frame(());
    }
    Heard::Damaged {
        reason: Damage::Protocol,
        bytes: length,
    }
}

/// The beginning of a frame, or nothing.
fn rest(link: &mut Link) -> Heard<()> {
    let bytes = link.rx.len();
    if link.eof && bytes > 0 {
        link.rx.clear();
        let reason = Damage::Cut;
        return Heard::Damaged { reason, bytes };
    }
    Heard::Wait(None)
}
