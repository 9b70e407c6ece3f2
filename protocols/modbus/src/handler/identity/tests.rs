//! Read Device Identification, P62 to P68.

use std::{string::String, vec, vec::Vec};

use super::{
    super::{
        respond,
        tests::{ask, bytes},
    },
    *,
};
use crate::{
    Bank,
    wire::{Pdu, Request, Response},
};

/// A device with the objects that a test gives.
struct Identified(Vec<(u8, String)>);

impl Handler for Identified {
    fn object(&mut self, id: u8, out: &mut Room<'_>) -> Result<(), Exception> {
        let object = self.0.iter().find(|(number, _)| *number == id);
        let (_, value) = object.ok_or(Exception::ILLEGAL_DATA_ADDRESS)?;
        out.put(value.as_bytes())
    }
}

impl Identified {
    fn new(objects: &[(u8, &str)]) -> Self {
        Self(
            objects
                .iter()
                .map(|(id, value)| (*id, (*value).into()))
                .collect(),
        )
    }
}

#[test]
fn an_identification_holds_the_objects_of_its_category() {
    let all = &[(0, "v"), (1, "p"), (2, "r"), (4, "n"), (0x80, "x")];
    for (objects, request, response) in [
        // P62, P64, P65: the level is what the device has.
        (
            &all[..],
            "2B 0E 01 00",
            "2B 0E 01 83 00 00 03 00 01 76 01 01 70 02 01 72",
        ),
        (
            &all[..3],
            "2B 0E 03 00",
            "2B 0E 03 81 00 00 03 00 01 76 01 01 70 02 01 72",
        ),
        (
            &all[..4],
            "2B 0E 02 02",
            "2B 0E 02 82 00 00 02 02 01 72 04 01 6E",
        ),
        (
            &all[..],
            "2B 0E 03 04",
            "2B 0E 03 83 00 00 02 04 01 6E 80 01 78",
        ),
        // P62: an object that is not there, or not in the category, begins again at 0.
        (
            &all[..],
            "2B 0E 01 07",
            "2B 0E 01 83 00 00 03 00 01 76 01 01 70 02 01 72",
        ),
        (
            &all[..],
            "2B 0E 01 80",
            "2B 0E 01 83 00 00 03 00 01 76 01 01 70 02 01 72",
        ),
        // P63
        (&all[..], "2B 0E 04 80", "2B 0E 04 83 00 00 01 80 01 78"),
        (&all[..], "2B 0E 04 03", "AB 02"),
        // P67: the mandatory ones are there, if empty.
        (
            &all[..1],
            "2B 0E 01 00",
            "2B 0E 01 81 00 00 03 00 01 76 01 00 02 00",
        ),
        (&all[..0], "2B 0E 01 00", "AB 01"),
    ] {
        let mut device = Identified::new(objects);
        assert_eq!(
            ask(&mut device, &bytes(request)),
            bytes(response),
            "{request}"
        );
    }
}

#[test]
fn pages_together_are_the_whole_identification() {
    // P66: objects are whole, and the count is this page's.
    let long = |letter: char, count: usize| String::from_iter(vec![letter; count]);
    let objects = vec![
        (0, long('a', 100)),
        (1, long('b', 100)),
        (2, long('c', 44)),
        (3, long('d', 244)),
        (0x90, long('e', 200)),
        (0xFF, long('f', 1)),
    ];
    let mut device = Identified(objects.clone());
    let (mut seen, mut pages, mut next) = (Vec::new(), Vec::new(), 0);
    loop {
        let request = Request::ReadDeviceIdentification {
            code: ReadCode::Extended,
            object: next,
        };
        let pdu = respond(&mut device, &Pdu::of(&request).unwrap());
        let parsed = Response::parse(&pdu, &request).unwrap().unwrap();
        let Response::ReadDeviceIdentification(page) = parsed else {
            panic!("{parsed:?}");
        };
        pages.push(page.count());
        seen.extend(
            page.objects()
                .map(|object| (object.id, object.value.to_vec())),
        );
        match page.next {
            Some(object) => next = object,
            None => break,
        }
    }
    assert_eq!(pages, [2, 1, 1, 2]);
    assert!(
        seen.into_iter().eq(objects
            .into_iter()
            .map(|(id, value)| (id, value.into_bytes())))
    );
}

#[test]
fn an_object_that_fits_no_page_is_a_failure() {
    // P68: a bank cuts it; a handler that has it is told.
    let mut device = Identified(vec![(0, String::from_iter(vec!['x'; 245]))]);
    assert_eq!(ask(&mut device, &bytes("2B 0E 01 00")), [0xAB, 4]);
    let mut cut = Bank::new().with_object(0, [b'x'; 300]);
    assert_eq!(ask(&mut cut, &bytes("2B 0E 04 00")).len(), MAX_PDU);
}
