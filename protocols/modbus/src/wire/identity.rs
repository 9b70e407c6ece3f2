//! Read Device Identification: Application protocol 6.21.

use super::length::Length;

/// The MEI type of Read Device Identification.
pub(super) const MEI: u8 = 0x0E;

/// The MEI type of the CANopen general reference, whose data is not Modbus's: Application protocol 6.20.
pub(super) const MEI_CANOPEN: u8 = 0x0D;

/// Bytes before the first object of a response: function, MEI type, code, conformity level, more
/// follows, next object, number of objects.
pub(super) const HEAD: usize = 7;

/// Which objects are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadCode {
    /// The mandatory objects 0 to 2, as a stream.
    Basic = 1,
    /// Those, and the objects up to 0x7F, as a stream.
    Regular = 2,
    /// All, private ones from 0x80 included, as a stream.
    Extended = 3,
    /// One object.
    Specific = 4,
}

impl ReadCode {
    /// The code with this number.
    #[must_use]
    pub const fn new(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Basic,
            2 => Self::Regular,
            3 => Self::Extended,
            4 => Self::Specific,
            _ => return None,
        })
    }

    /// The highest object that a stream of this code can hold.
    #[must_use]
    pub const fn last_object(self) -> u8 {
        match self {
            Self::Basic => 0x02,
            Self::Regular => 0x7F,
            Self::Extended | Self::Specific => 0xFF,
        }
    }
}

/// One object of a device's identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object<'a> {
    /// Its number: 0 vendor name, 1 product code, 2 revision, 3 vendor URL, 4 product name, 5 model
    /// name, 6 application name; from 0x80 private.
    pub id: u8,
    /// Its value, ASCII text for the numbers up to 0x7F.
    pub value: &'a [u8],
}

/// A response of Read Device Identification: as many objects as fit one PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityPage<'a> {
    /// Which objects were asked for.
    pub code: ReadCode,
    /// What the device has: 0x01 basic, 0x02 regular, 0x03 extended; with 0x80 single objects too.
    pub conformity: u8,
    /// The object to ask for next, when there are more.
    pub next: Option<u8>,
    pub(super) count: u8,
    pub(super) objects: &'a [u8],
}

impl<'a> IdentityPage<'a> {
    /// A page of `objects`: for each its number, the length of its value, and its value. `None` when
    /// they are not that, or the conformity level is none.
    #[must_use]
    pub fn new(
        code: ReadCode,
        conformity: u8,
        next: Option<u8>,
        objects: &'a [u8],
    ) -> Option<Self> {
        let mut rest = objects;
        let mut count = 0_u8;
        while !rest.is_empty() {
            rest = split(rest)?.1;
            count = count.checked_add(1)?;
        }
        matches!(conformity, 0x01..=0x03 | 0x81..=0x83).then_some(Self {
            code,
            conformity,
            next,
            count,
            objects,
        })
    }

    /// The objects on this page.
    pub fn objects(self) -> impl Iterator<Item = Object<'a>> {
        let mut rest = self.objects;
        core::iter::from_fn(move || {
            let (object, behind) = split(rest)?;
            rest = behind;
            Some(object)
        })
    }

    /// How many objects this page has. The number on the wire counts this page's, and not all
    /// that follow (the specification's example prints another number than it has objects).
    #[must_use]
    pub const fn count(self) -> u8 {
        self.count
    }

    /// Parses what follows the MEI type.
    pub(super) fn parse(data: &'a [u8]) -> Option<Self> {
        let (&[code, conformity, more, next, count], objects) = data.split_first_chunk()?;
        let next = match more {
            0x00 => None,
            0xFF => Some(next),
            _ => return None,
        };
        Self::new(ReadCode::new(code)?, conformity, next, objects)
            .filter(|page| page.count == count)
    }
}

/// The length of a response, which only walking its objects tells.
pub(super) fn response_length(pdu: &[u8]) -> Length {
    let Some((head, mut rest)) = pdu.split_first_chunk::<HEAD>() else {
        return Length::AtLeast(HEAD);
    };
    let [.., count] = *head;
    let mut length = HEAD;
    for _ in 0..count {
        let Some(&size) = rest.get(1) else {
            return Length::AtLeast(length + 2);
        };
        let object = 2 + usize::from(size);
        length += object;
        rest = rest.get(object..).unwrap_or_default();
    }
    Length::Is(length)
}

fn split(objects: &[u8]) -> Option<(Object<'_>, &[u8])> {
    let (&[id, length], rest) = objects.split_first_chunk()?;
    let (value, rest) = rest.split_at_checked(usize::from(length))?;
    Some((Object { id, value }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_and_measured() {
        let pdu = *b"\x2B\x0E\x01\x01\xFF\x02\x02\x00\x04Line\x01\x02XY";
        let page = IdentityPage::parse(&pdu[2..]).unwrap();
        assert_eq!((page.next, page.count()), (Some(2), 2));
        let values = page.objects().map(|object| (object.id, object.value));
        assert!(values.eq([(0, &b"Line"[..]), (1, b"XY")]));
        assert_eq!(response_length(&pdu), Length::Is(pdu.len()));
        assert_eq!(response_length(&pdu[..8]), Length::AtLeast(9));
        assert_eq!(response_length(&pdu[..13]), Length::AtLeast(15));
    }

    #[test]
    fn a_wrong_number_of_objects_is_no_page() {
        assert!(IdentityPage::parse(b"\x01\x01\x00\x00\x03\x00\x01a\x01\x01b").is_none());
        assert!(IdentityPage::parse(b"\x01\x01\x00\x00\x01\x00\x02a").is_none());
        assert!(IdentityPage::parse(b"\x01\x04\x00\x00\x00").is_none());
        assert!(IdentityPage::parse(b"\x01\x01\x01\x00\x00").is_none());
    }
}
