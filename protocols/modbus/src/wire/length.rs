//! How long a PDU is, as far as its first bytes tell.
//!
//! An RTU frame has no length field: a receiver that shall find its end before the silence after
//! it, or tell a request from a response on a bus, works it out from the grammar.

use super::{
    function::{Shape, function},
    identity,
};

/// What the bytes at hand say of a PDU's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// The PDU has this many bytes.
    Is(usize),
    /// It has at least this many, and needs so many to be told.
    AtLeast(usize),
    /// Only the end of its frame tells: an unknown function, or one with open data.
    Open,
}

/// The length of the request that begins with `pdu`.
#[must_use]
pub fn request_length(pdu: &[u8]) -> Length {
    let Some(&code) = pdu.first() else {
        return Length::AtLeast(1);
    };
    match function(code) {
        None => Length::Open,
        Some(function) => length(function.request, pdu, Side::Request),
    }
}

/// The length of the response, normal or exception, that begins with `pdu`.
#[must_use]
pub fn response_length(pdu: &[u8]) -> Length {
    match pdu.first() {
        None => Length::AtLeast(1),
        Some(0x80..) => Length::Is(2),
        Some(&code) => match function(code) {
            None => Length::Open,
            Some(function) => length(function.response, pdu, Side::Response),
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

fn length(shape: Shape, pdu: &[u8], side: Side) -> Length {
    match shape {
        Shape::Fixed(length) => Length::Is(length),
        Shape::Counted { at } => match pdu.get(at) {
            Some(&count) => Length::Is(at + 1 + usize::from(count)),
            None => Length::AtLeast(at + 1),
        },
        Shape::Counted16 { at } => match pdu.get(at..).and_then(<[u8]>::first_chunk) {
            Some(count) => Length::Is(at + 2 + usize::from(u16::from_be_bytes(*count))),
            None => Length::AtLeast(at + 2),
        },
        // Return Query Data has as many words as the client likes, in all practice one: a longer
        // one is found by the silence behind it.
        Shape::Diagnostics => Length::Is(5),
        Shape::Encapsulated => match (pdu.get(1), side) {
            (None, _) => Length::AtLeast(2),
            (Some(&identity::MEI), Side::Request) => Length::Is(4),
            (Some(&identity::MEI), Side::Response) => identity::response_length(pdu),
            _ => Length::Open,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_as_soon_as_it_can_be() {
        assert_eq!(request_length(&[]), Length::AtLeast(1));
        assert_eq!(request_length(&[0x03]), Length::Is(5));
        assert_eq!(request_length(&[0x10, 0, 0, 0, 2]), Length::AtLeast(6));
        assert_eq!(request_length(&[0x10, 0, 0, 0, 2, 4]), Length::Is(10));
        assert_eq!(request_length(&[0x17]), Length::AtLeast(10));
        assert_eq!(response_length(&[0x03, 250]), Length::Is(252));
        assert_eq!(response_length(&[0x18, 0, 6]), Length::Is(9));
        assert_eq!(response_length(&[0x83]), Length::Is(2));
        assert_eq!(request_length(&[0x41, 1, 2]), Length::Open);
        assert_eq!(request_length(&[0x83]), Length::Open);
        assert_eq!(request_length(&[0x08, 0, 1]), Length::Is(5));
        assert_eq!(request_length(&[0x2B, 0x0E]), Length::Is(4));
        assert_eq!(request_length(&[0x2B, 0x0D]), Length::Open);
    }
}
