//! The blocks of the pcapng format (draft-ietf-opsawg-pcapng), little-endian.

use core::time::Duration;

use super::{Interface, LinkType};
use crate::tap::Direction;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const LENGTH_UNKNOWN: u64 = u64::MAX;

const OPT_ENDOFOPT: u16 = 0;
const OPT_COMMENT: u16 = 1;
const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_SPEED: u16 = 8;
const IF_TSRESOL: u16 = 9;
const EPB_FLAGS: u16 = 2;
const EPB_DROPCOUNT: u16 = 4;
const ISB_IFRECV: u16 = 4;
const ISB_IFDROP: u16 = 5;

/// Time stamps are in units of 10 to the power of minus this.
const NANOSECONDS: u8 = 9;
/// Our texts are shorter; the format allows 65,535.
const LONGEST_TEXT: usize = 1_024;

/// Upper-PDU tags (Wireshark's `exported_pdu_tlvs.h`), big-endian.
const EXP_PDU_TAG_END_OF_OPT: u16 = 0;
const EXP_PDU_TAG_DISSECTOR_NAME: u16 = 12;

/// What one packet block says.
pub(super) struct Packet<'a> {
    pub(super) interface: u32,
    /// Since the Unix epoch.
    pub(super) at: Duration,
    pub(super) direction: Option<Direction>,
    /// What stands before the data; by the link type.
    pub(super) header: &'a [u8],
    pub(super) data: &'a [u8],
    pub(super) comment: Option<&'a str>,
    /// Packets of this interface lost since the one before.
    pub(super) lost: u64,
}

/// More than any packet block needs beside its data: fields, flags, drop count and comment.
pub(super) const PACKET_OVERHEAD: usize = 64 + LONGEST_TEXT;

pub(super) fn section_header(out: &mut Vec<u8>) {
    block(out, SECTION_HEADER, |out| {
        out.extend(BYTE_ORDER_MAGIC.to_le_bytes());
        out.extend(1_u16.to_le_bytes());
        out.extend(0_u16.to_le_bytes());
        out.extend(LENGTH_UNKNOWN.to_le_bytes());
        option(out, SHB_USERAPPL, b"lineside");
        option(out, OPT_ENDOFOPT, b"");
    });
}

pub(super) fn interface_description(out: &mut Vec<u8>, of: &Interface) {
    block(out, INTERFACE_DESCRIPTION, |out| {
        out.extend(of.link.code().to_le_bytes());
        out.extend(0_u16.to_le_bytes());
        // No snapshot length: packets are whole.
        out.extend(0_u32.to_le_bytes());
        text(out, IF_NAME, &of.name);
        if !of.description.is_empty() {
            text(out, IF_DESCRIPTION, &of.description);
        }
        if let Some(speed) = of.bits_per_second {
            option(out, IF_SPEED, &speed.to_le_bytes());
        }
        option(out, IF_TSRESOL, &[NANOSECONDS]);
        option(out, OPT_ENDOFOPT, b"");
    });
}

pub(super) fn enhanced_packet(out: &mut Vec<u8>, packet: &Packet<'_>) {
    block(out, ENHANCED_PACKET, |out| {
        let length = packet.header.len() + packet.data.len();
        out.extend(packet.interface.to_le_bytes());
        timestamp(out, packet.at);
        out.extend(saturate(length).to_le_bytes());
        out.extend(saturate(length).to_le_bytes());
        out.extend(packet.header);
        out.extend(packet.data);
        pad(out, length);
        if let Some(direction) = packet.direction {
            let flags: u32 = match direction {
                Direction::In => 1,
                Direction::Out => 2,
            };
            option(out, EPB_FLAGS, &flags.to_le_bytes());
        }
        if packet.lost > 0 {
            option(out, EPB_DROPCOUNT, &packet.lost.to_le_bytes());
        }
        if let Some(comment) = packet.comment {
            text(out, OPT_COMMENT, comment);
        }
        option(out, OPT_ENDOFOPT, b"");
    });
}

pub(super) fn interface_statistics(
    out: &mut Vec<u8>,
    interface: u32,
    at: Duration,
    received: u64,
    lost: u64,
) {
    block(out, INTERFACE_STATISTICS, |out| {
        out.extend(interface.to_le_bytes());
        timestamp(out, at);
        option(out, ISB_IFRECV, &received.to_le_bytes());
        option(out, ISB_IFDROP, &lost.to_le_bytes());
        option(out, OPT_ENDOFOPT, b"");
    });
}

/// What stands before every packet of this link type.
pub(super) fn packet_header(link: &LinkType) -> Vec<u8> {
    let mut out = Vec::new();
    if let LinkType::Dissector(name) = link {
        let name = shortened(name, LONGEST_TEXT).as_bytes();
        // Wireshark pads values to four bytes and counts the padding in.
        let padded = name.len().next_multiple_of(4);
        out.extend(EXP_PDU_TAG_DISSECTOR_NAME.to_be_bytes());
        out.extend((padded as u16).to_be_bytes());
        out.extend(name);
        pad(&mut out, name.len());
        out.extend(EXP_PDU_TAG_END_OF_OPT.to_be_bytes());
        out.extend(0_u16.to_be_bytes());
    }
    out
}

/// A block with its type and its length before and after the body.
fn block(out: &mut Vec<u8>, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend(kind.to_le_bytes());
    out.extend([0; 4]);
    body(out);
    let length = saturate(out.len() - start + 4).to_le_bytes();
    out.extend(length);
    if let Some(place) = out.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&length);
    }
}

fn timestamp(out: &mut Vec<u8>, at: Duration) {
    let nanos = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
    out.extend(((nanos >> 32) as u32).to_le_bytes());
    out.extend((nanos as u32).to_le_bytes());
}

fn text(out: &mut Vec<u8>, code: u16, value: &str) {
    option(out, code, shortened(value, LONGEST_TEXT).as_bytes());
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    pad(out, value.len());
}

fn pad(out: &mut Vec<u8>, length: usize) {
    out.resize(out.len() + length.next_multiple_of(4) - length, 0);
}

fn shortened(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

fn saturate(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
