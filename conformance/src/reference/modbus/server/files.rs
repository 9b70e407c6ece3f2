//! File records and device identification: functions 20, 21 and 43/14.

use std::collections::BTreeMap;

use super::{ADDRESS, Answer, FUNCTION, VALUE, pdu::word};
use crate::reference::{Mutation, modbus::plant};

/// The files of the test device.
pub(super) struct Files {
    files: BTreeMap<u16, Vec<u16>>,
    broken: Mutation,
}

/// One group of references.
struct Group<'a> {
    file: u16,
    from: usize,
    count: usize,
    data: &'a [u8],
}

impl Files {
    pub(super) fn new(broken: Mutation) -> Self {
        let all = (0..=9).filter_map(|number| Some((number, plant::file(number)?)));
        Self {
            files: all.collect(),
            broken,
        }
    }

    /// 6.14.
    pub(super) fn read(&self, data: &[u8]) -> Answer {
        let Some((&count, groups)) = data.split_first() else {
            return Err(VALUE);
        };
        let fits = usize::from(count) == groups.len();
        let whole = (7..=0xf5).contains(&count) && count.is_multiple_of(7);
        if !(fits && whole || self.broken.is("pdu.file-any-count")) {
            return Err(VALUE);
        }
        let groups = groups.chunks(7).map(|group| self.group(group, false));
        let mut groups = groups.collect::<Result<Vec<_>, _>>()?;
        let length: usize = groups.iter().map(|group| 2 + group.count * 2).sum();
        if length + 2 > 253 && !self.broken.is("pdu.file-answers-too-much") {
            return Err(VALUE);
        }
        if self.broken.is("pdu.file-groups-reversed") {
            groups.reverse();
        }
        let mut reply = vec![20, (length & 0xff) as u8];
        for group in groups {
            let length = u8::try_from(1 + group.count * 2).unwrap_or(u8::MAX);
            if self.broken.is("pdu.file-length-in-registers") {
                reply.extend_from_slice(&[length / 2, 6]);
            } else {
                reply.extend_from_slice(&[length, 6]);
            }
            let file = self.files.get(&group.file);
            let records = file.and_then(|file| file.get(group.from..group.from + group.count));
            let bytes = records.unwrap_or_default().iter();
            reply.extend(bytes.flat_map(|record| record.to_be_bytes()));
        }
        Ok(reply)
    }

    /// 6.15: all groups or none.
    pub(super) fn write(&mut self, data: &[u8]) -> Answer {
        let Some((&count, mut rest)) = data.split_first() else {
            return Err(VALUE);
        };
        let fits = usize::from(count) == rest.len() && (9..=0xfb).contains(&count);
        if !(fits || self.broken.is("pdu.file-any-count")) {
            return Err(VALUE);
        }
        let mut groups = Vec::new();
        while !rest.is_empty() {
            let [_, _, _, _, _, n1, n2, data @ ..] = rest else {
                return Err(VALUE);
            };
            let length = 7 + usize::from(word(*n1, *n2)) * 2;
            let Some((group, behind)) = rest.split_at_checked(length) else {
                return Err(VALUE);
            };
            if data.is_empty() {
                return Err(VALUE);
            }
            let group = self.group(group, true);
            if self.broken.is("pdu.file-writes-what-fits")
                && let Ok(group) = &group
            {
                Self::store(&mut self.files, group);
            }
            groups.push(group);
            rest = behind;
        }
        for group in groups.into_iter().collect::<Result<Vec<_>, _>>()? {
            Self::store(&mut self.files, &group);
        }
        let mut reply = vec![21];
        reply.extend_from_slice(data);
        if self.broken.is("pdu.file-write-answers-short") {
            reply.truncate(9);
        }
        Ok(reply)
    }

    fn store(files: &mut BTreeMap<u16, Vec<u16>>, group: &Group<'_>) {
        let records = files.get_mut(&group.file);
        let records = records.and_then(|file| file.get_mut(group.from..group.from + group.count));
        let values = group.data.chunks(2);
        for (record, value) in records.unwrap_or_default().iter_mut().zip(values) {
            if let [high, low] = value {
                *record = word(*high, *low);
            }
        }
    }

    fn group<'a>(&self, group: &'a [u8], write: bool) -> Result<Group<'a>, u8> {
        let [kind, f1, f2, r1, r2, n1, n2, data @ ..] = group else {
            return Err(VALUE);
        };
        if *kind != 6 && !self.broken.is("pdu.file-any-type") {
            return Err(ADDRESS);
        }
        let (file, from) = (word(*f1, *f2), usize::from(word(*r1, *r2)));
        let count = usize::from(word(*n1, *n2));
        if file == plant::DAMAGED_FILE {
            return Err(if self.broken.is("pdu.parity-is-failure") {
                4
            } else {
                8
            });
        }
        let file_or_first =
            if self.broken.is("pdu.file-any-number") && !self.files.contains_key(&file) {
                4
            } else {
                file
            };
        let records = self.files.get(&file_or_first).ok_or(ADDRESS)?;
        let past = from > 0x270f || from + count > records.len();
        let allowed = !write && self.broken.is("pdu.file-any-record");
        if past && !allowed {
            return Err(ADDRESS);
        }
        Ok(Group {
            file: file_or_first,
            from,
            count,
            data,
        })
    }
}

/// 6.19 and 6.21.
pub(super) fn identify(data: &[u8], broken: &Mutation) -> Answer {
    let (code, object) = match data {
        [0x0e, code, object] => (*code, *object),
        [0x0e, rest @ ..] if broken.is("pdu.identification-any-length") => {
            (rest.first().copied().unwrap_or(1), 0)
        }
        [0x0e, ..] => return Err(VALUE),
        [_, ..] if broken.is("pdu.any-mei") => (1, 0),
        [_, ..] => return Err(FUNCTION),
        [] => return Err(VALUE),
    };
    let objects = plant::identification();
    match code {
        1..=3 => {
            let level = if broken.is("pdu.identification-is-basic") {
                1
            } else {
                code
            };
            Ok(page(code, level, object, &objects, broken))
        }
        4 => {
            let found = objects.iter().find(|(id, _)| *id == object);
            let other = objects.first().filter(|_| broken.is("pdu.object-any"));
            let found = found.or(other).ok_or(ADDRESS)?;
            let more = if broken.is("pdu.object-more-follows") {
                0xff
            } else {
                0
            };
            Ok(stream(code, more, 0, &[found], broken))
        }
        _ if broken.is("pdu.identification-any-code") => {
            Ok(page(code, 1, object, &objects, broken))
        }
        _ => Err(VALUE),
    }
}

type Object = (u8, Vec<u8>);

/// Objects from `object` on, as many as fit whole.
fn page(code: u8, level: u8, object: u8, all: &[Object], broken: &Mutation) -> Vec<u8> {
    let last = match level {
        1 => 0x02,
        2 => 0x7f,
        _ => 0xff,
    };
    let of_level: Vec<&Object> = all.iter().filter(|(id, _)| *id <= last).collect();
    let from = of_level.iter().position(|(id, _)| *id == object);
    if from.is_none() && broken.is("pdu.unknown-object-is-an-error") {
        return vec![0xab, 2];
    }
    let from = if broken.is("pdu.stream-always-from-0") {
        0
    } else {
        from.unwrap_or(0)
    };
    let mut room: usize = 253 - 7;
    let mut here = Vec::new();
    for object in of_level.iter().skip(from) {
        let size = object.1.len() + 2;
        if size > room {
            break;
        }
        room -= size;
        here.push(*object);
    }
    let next = of_level.get(from + here.len()).map(|(id, _)| *id);
    match next {
        Some(_) if broken.is("pdu.pages-end-early") => stream(code, 0, 0, &here, broken),
        Some(next) if broken.is("pdu.pages-repeat") => {
            let again = here.last().map_or(next, |(id, _)| *id);
            stream(code, 0xff, again, &here, broken)
        }
        Some(next) => stream(code, 0xff, next, &here, broken),
        None => stream(code, 0, 0, &here, broken),
    }
}

fn stream(code: u8, more: u8, next: u8, objects: &[&Object], broken: &Mutation) -> Vec<u8> {
    let mut count = u8::try_from(objects.len()).unwrap_or(u8::MAX);
    if broken.is("pdu.objects-miscounted") {
        count += 1;
    }
    let conformity = if broken.is("pdu.conformity-of-its-own") {
        0x04
    } else {
        plant::CONFORMITY
    };
    let mut reply = vec![0x2b, 0x0e, code, conformity, more, next, count];
    for (id, value) in objects {
        if *id == 2 && broken.is("pdu.no-revision") {
            reply.extend_from_slice(&[3, 1, b'x']);
            continue;
        }
        reply.push(*id);
        reply.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
        reply.extend_from_slice(value);
    }
    if broken.is("pdu.object-cut") && reply.len() > 250 {
        reply.truncate(250);
    }
    reply
}
