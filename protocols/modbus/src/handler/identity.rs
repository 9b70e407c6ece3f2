//! Read Device Identification, served from single objects: Application protocol 6.21.

use super::{Handler, Room, answer::Answered};
use crate::wire::{Exception, MAX_PDU, ReadCode};

/// Bytes before the first object of a page.
const HEAD: usize = 7;

/// The longest value that an object can have: it may not be divided (P68).
pub(crate) const LONGEST: usize = MAX_PDU - HEAD - 2;

/// Single objects can be asked for, beside streams.
const INDIVIDUAL: u8 = 0x80;

/// Answers with one object, or with as many of a stream as fit.
pub(super) fn read<H: Handler + ?Sized>(
    handler: &mut H,
    code: ReadCode,
    object: u8,
    room: &mut [u8],
) -> Answered {
    let objects = Objects::of(handler)?;
    let mut out = Room::new(room);
    out.put(&[0; HEAD])?;
    let (count, next) = match code {
        ReadCode::Specific if !objects.has(object) => {
            return Err(Exception::ILLEGAL_DATA_ADDRESS);
        }
        ReadCode::Specific => {
            put(handler, object, &mut out)?;
            (1, None)
        }
        _ => page(handler, &objects, code.last_object(), object, &mut out)?,
    };
    let length = out.len();
    let more = if next.is_some() { 0xFF } else { 0 };
    if let Some(head) = room.first_chunk_mut() {
        *head = [
            0x2B,
            0x0E,
            code as u8,
            objects.conformity(),
            more,
            next.unwrap_or(0),
            count,
        ];
    }
    Ok(length)
}

/// The objects from `first` to `last` that fit, and the one after them. A stream that begins at an
/// object it does not have begins at 0 (P62).
fn page<H: Handler + ?Sized>(
    handler: &mut H,
    objects: &Objects,
    last: u8,
    first: u8,
    out: &mut Room<'_>,
) -> Result<(u8, Option<u8>), Exception> {
    let known = first <= last && objects.has(first);
    let first = if known { first } else { 0 };
    let mut count = 0;
    for id in (first..=last).filter(|&id| objects.has(id)) {
        if !put(handler, id, out)? {
            // One that does not fit a page of its own would be asked for again and again.
            let next = (count > 0).then_some(id);
            return Ok((count, Some(next.ok_or(Exception::SERVER_DEVICE_FAILURE)?)));
        }
        count += 1;
    }
    Ok((count, None))
}

/// Appends an object; `false`, and nothing appended, when there is no room for it.
fn put<H: Handler + ?Sized>(
    handler: &mut H,
    id: u8,
    out: &mut Room<'_>,
) -> Result<bool, Exception> {
    let mut value = [0; LONGEST];
    let mut object = Room::new(&mut value);
    match handler.object(id, &mut object) {
        // The mandatory ones that the device lacks are empty (P67).
        Ok(()) | Err(Exception::ILLEGAL_DATA_ADDRESS) => {}
        Err(other) => return Err(other),
    }
    let length = object.len();
    if out.left() < 2 + length {
        return Ok(false);
    }
    out.put(&[id, u8::try_from(length).unwrap_or(u8::MAX)])?;
    out.put(value.get(..length).unwrap_or_default())?;
    Ok(true)
}

/// Which objects a device has.
struct Objects([u128; 2]);

impl Objects {
    /// Asks for each. The mandatory ones count as there when any is.
    fn of<H: Handler + ?Sized>(handler: &mut H) -> Result<Self, Exception> {
        let mut known = Self([0; 2]);
        let mut value = [0; LONGEST];
        for id in 0..=u8::MAX {
            match handler.object(id, &mut Room::new(&mut value)) {
                Ok(()) => known.add(id),
                Err(Exception::ILLEGAL_DATA_ADDRESS) => {}
                Err(other) => return Err(other),
            }
        }
        if known.0 == [0; 2] {
            return Err(Exception::ILLEGAL_FUNCTION);
        }
        (0..=2).for_each(|id| known.add(id));
        Ok(known)
    }

    const fn add(&mut self, id: u8) {
        let [low, high] = &mut self.0;
        let half = if id < 128 { low } else { high };
        *half |= 1 << (id % 128);
    }

    const fn has(&self, id: u8) -> bool {
        let [low, high] = self.0;
        let half = if id < 128 { low } else { high };
        half >> (id % 128) & 1 == 1
    }

    /// The highest category with an object in it (P65).
    const fn conformity(&self) -> u8 {
        INDIVIDUAL
            | match self.0 {
                [0..=0b111, 0] => 1,
                [_, 0] => 2,
                _ => 3,
            }
    }
}

#[cfg(test)]
mod tests;
