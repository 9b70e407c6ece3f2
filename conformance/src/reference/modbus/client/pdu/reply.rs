//! What a reply says, held against its request.

use crate::{
    reference::Mutation,
    script::modbus::{Answer, FileRead, Request},
};

use Answer::{Bits, Bytes, Done, Exception, Failed, Objects, Words};

const MALFORMED: Answer = Failed(crate::script::modbus::Failure::Malformed);
const MISMATCH: Answer = Failed(crate::script::modbus::Failure::Mismatch);

/// What a reply says to a request.
pub(crate) fn decode(request: &Request, asked: &[u8], reply: &[u8], broken: &Mutation) -> Answer {
    let (Some((&wanted, _)), Some((&function, data))) = (asked.split_first(), reply.split_first())
    else {
        if broken.is("modbus.client.takes-empty-frames") {
            return Done;
        }
        return MALFORMED;
    };
    if broken.is("modbus.client.misses-replies")
        || reply.len() > 200 && broken.is("modbus.client.has-room-for-200")
    {
        return MISMATCH;
    }
    if function & 0x80 != 0 {
        return exception(wanted, function, data, broken);
    }
    if function != wanted && !broken.is("modbus.client.ignores-function") {
        return MISMATCH;
    }
    if let Request::Pdu { .. } = request {
        return Bytes(reply.to_vec());
    }
    let data = match exact(asked, data) {
        Fit::Exact => data,
        Fit::Short if broken.is("modbus.client.accepts-short-replies") => data,
        Fit::Long(used) if broken.is("modbus.client.accepts-long-replies") => {
            data.get(..used).unwrap_or(data)
        }
        Fit::Short | Fit::Long(_) if broken.is("modbus.client.ignores-byte-count") => data,
        Fit::Short | Fit::Long(_) if broken.is("modbus.client.ignores-object-count") => data,
        Fit::Short | Fit::Long(_) => return MALFORMED,
    };
    said(request, asked, data, broken)
}

/// 7: the function code plus 80, and one byte.
fn exception(wanted: u8, function: u8, data: &[u8], broken: &Mutation) -> Answer {
    if function != wanted | 0x80 && !broken.is("modbus.client.accepts-any-exception") {
        return MISMATCH;
    }
    match data {
        [code] if broken.is("modbus.client.miscounts-exceptions") => {
            Exception(code.wrapping_add(1))
        }
        [code @ (1..=8 | 0x0a | 0x0b)] => Exception(*code),
        [_] if broken.is("modbus.client.hides-unknown-exceptions") => MALFORMED,
        [code] => Exception(*code),
        [code, ..] if broken.is("modbus.client.accepts-long-exceptions") => Exception(*code),
        [] if broken.is("modbus.client.accepts-empty-exceptions") => Exception(0),
        _ => MALFORMED,
    }
}

enum Fit {
    Exact,
    Short,
    /// So many of its bytes belong to the reply.
    Long(usize),
}

/// Whether the data behind the function code has the length that its own fields say.
fn exact(asked: &[u8], data: &[u8]) -> Fit {
    let function = asked.first().copied().unwrap_or_default();
    let counted = |behind: usize| data.first().map(|count| usize::from(*count) + behind);
    let wanted = match function {
        0x01..=0x04 | 0x0c | 0x11 | 0x14 | 0x15 | 0x17 => counted(1),
        0x05 | 0x06 | 0x0b | 0x0f | 0x10 => Some(4),
        0x07 => Some(1),
        // Loopback data has any length; of all others the data field has two bytes.
        0x08 if data.starts_with(&[0, 0]) => Some(asked.len() - 1),
        0x08 => Some(4),
        0x16 => Some(6),
        0x18 => word(data, 0).map(|count| usize::from(count) + 2),
        0x2b => objects(data, &Mutation::none()).map(|(_, used)| used),
        _ => Some(data.len()),
    };
    match wanted {
        Some(wanted) if wanted == data.len() => Fit::Exact,
        Some(wanted) if wanted < data.len() => Fit::Long(wanted),
        _ => Fit::Short,
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes(pair.try_into().ok()?))
}

fn words(bytes: &[u8], broken: &Mutation) -> Answer {
    let of = |pair: &[u8]| {
        let pair = [
            pair.first().copied().unwrap_or_default(),
            pair.get(1).copied().unwrap_or_default(),
        ];
        if broken.is("modbus.client.swaps-bytes") {
            return u16::from_le_bytes(pair);
        }
        u16::from_be_bytes(pair)
    };
    Words(bytes.chunks(2).map(of).collect())
}

/// What the data of a reply of the right function says.
fn said(request: &Request, asked: &[u8], data: &[u8], broken: &Mutation) -> Answer {
    let behind = data.get(1..).unwrap_or_default();
    let counts = |bytes: usize| {
        let fits = behind.len() == bytes && data.first().is_some_and(|&n| usize::from(n) == bytes);
        let lenient = !fits && behind.len() < bytes;
        fits || lenient && broken.is("modbus.client.accepts-short-replies")
            || broken.is("modbus.client.ignores-byte-count")
    };
    // Any field of the request may come back: the first `count` bytes behind the function code.
    let echoes = |count: usize| {
        let same = asked.get(1..=count) == Some(data);
        let begins = asked.get(1..).is_some_and(|all| all.starts_with(data));
        same || begins && broken.is("modbus.client.accepts-short-replies")
            || broken.is("modbus.client.ignores-echo")
    };
    let done = |fine: bool| if fine { Done } else { MISMATCH };
    match request {
        Request::ReadCoils { count, .. } | Request::ReadDiscreteInputs { count, .. } => {
            if !counts(usize::from(*count).div_ceil(8)) {
                return MISMATCH;
            }
            bits(behind, *count, broken)
        }
        Request::ReadHoldingRegisters { count, .. }
        | Request::ReadInputRegisters { count, .. }
        | Request::ReadWriteMultipleRegisters { count, .. } => {
            if !counts(2 * usize::from(*count)) {
                return MISMATCH;
            }
            words(behind, broken)
        }
        Request::WriteSingleCoil { .. } | Request::WriteSingleRegister { .. } => done(echoes(4)),
        Request::WriteMultipleCoils { .. } | Request::WriteMultipleRegisters { .. } => {
            done(echoes(4))
        }
        Request::MaskWriteRegister { .. } => done(echoes(6)),
        Request::WriteFileRecord { .. } => done(echoes(asked.len() - 1)),
        Request::ReadExceptionStatus => Bytes(data.to_vec()),
        Request::Diagnostics { sub, .. } => diagnostics(*sub, asked, data, broken),
        Request::GetCommEventCounter => words(data, broken),
        Request::GetCommEventLog => {
            let fits = (6..=70).contains(&behind.len());
            if fits || broken.is("modbus.client.ignores-byte-count") {
                Bytes(behind.to_vec())
            } else {
                MALFORMED
            }
        }
        Request::ReportServerId => Bytes(behind.to_vec()),
        Request::ReadFileRecord { records } => file(records, behind, broken),
        Request::ReadFifoQueue { .. } => fifo(data, broken),
        Request::ReadDeviceIdentification { .. } | Request::ReadAllDeviceIdentification { .. } => {
            identification(asked, data, broken)
        }
        Request::Pdu { .. } => Bytes(data.to_vec()),
    }
}

fn bits(bytes: &[u8], count: u16, broken: &Mutation) -> Answer {
    let unused = u32::from(count % 8);
    let beyond = bytes
        .last()
        .is_some_and(|&last| unused > 0 && last >> unused != 0);
    if beyond && broken.is("modbus.client.minds-unused-bits") {
        return MALFORMED;
    }
    let high_first = broken.is("modbus.client.reads-high-bit-first");
    let bit = |at: u16| {
        let byte = bytes.get(usize::from(at / 8)).copied().unwrap_or_default();
        let place = if high_first { 7 - at % 8 } else { at % 8 };
        byte >> place & 1 == 1
    };
    Bits((0..count).map(bit).collect())
}

/// 6.8: the sub-function comes back always, the data field where nothing is read.
fn diagnostics(sub: u16, asked: &[u8], data: &[u8], broken: &Mutation) -> Answer {
    let (Some(head), Some(field)) = (data.get(..2), data.get(2..)) else {
        return MALFORMED;
    };
    if field.len() < 2 {
        // Only the mutant that takes short replies comes here.
        return Bytes(field.to_vec());
    }
    let echo = matches!(sub, 0x00 | 0x01 | 0x03 | 0x0a | 0x14);
    let same = head == sub.to_be_bytes() && (!echo || asked.get(3..) == Some(field));
    if same || broken.is("modbus.client.ignores-echo") {
        Bytes(field.to_vec())
    } else {
        MISMATCH
    }
}

/// 6.14: a sub-response for each sub-request, each with its length and the reference type.
fn file(records: &[FileRead], mut data: &[u8], broken: &Mutation) -> Answer {
    let mut registers = Vec::new();
    let short = broken.is("modbus.client.accepts-short-replies");
    for group in records {
        let wanted = 2 * usize::from(group.count);
        let Some(([length, kind], rest)) = data.split_first_chunk() else {
            if short || broken.is("modbus.client.ignores-group-length") {
                break;
            }
            return MISMATCH;
        };
        let length = usize::from(*length);
        if length != wanted + 1 && !broken.is("modbus.client.ignores-group-length") {
            return MISMATCH;
        }
        if *kind != 6 && !broken.is("modbus.client.ignores-reference-type") {
            return MALFORMED;
        }
        let used = length.saturating_sub(1).min(rest.len());
        let (group, behind) = rest.split_at_checked(used).unwrap_or((rest, &[]));
        registers.extend_from_slice(group);
        data = behind;
    }
    if data.is_empty() || broken.is("modbus.client.ignores-group-length") {
        words(&registers, broken)
    } else {
        MISMATCH
    }
}

/// 6.18: byte count, then a count of registers, at most 31, that fits it.
fn fifo(data: &[u8], broken: &Mutation) -> Answer {
    let (Some(bytes), Some(count)) = (word(data, 0), word(data, 2)) else {
        return MALFORMED;
    };
    let fits = bytes == count.wrapping_mul(2).wrapping_add(2) && count <= 31;
    if fits || broken.is("modbus.client.ignores-fifo-count") {
        words(data.get(4..).unwrap_or_default(), broken)
    } else {
        MALFORMED
    }
}

/// 6.21: MEI type and code come back, then the conformity level and so on.
fn identification(asked: &[u8], data: &[u8], broken: &Mutation) -> Answer {
    let same = asked.get(1..3) == data.get(..2);
    if !same && !broken.is("modbus.client.ignores-echo") {
        return MISMATCH;
    }
    let level = data.get(2).copied().unwrap_or_default();
    let known = matches!(level, 0x01..=0x03 | 0x81..=0x83);
    if !known && !broken.is("modbus.client.ignores-conformity") {
        return MALFORMED;
    }
    if !matches!(data.get(3), Some(0 | 0xff)) && !broken.is("modbus.client.ignores-more-follows") {
        return MALFORMED;
    }
    let Some((found, _)) = objects(data, broken) else {
        let short = broken.is("modbus.client.accepts-short-replies");
        return if short {
            Objects(Vec::new())
        } else {
            MALFORMED
        };
    };
    // Individual access: the one that was asked for, and none to follow.
    let one = asked.get(2) == Some(&4);
    let wanted = asked.get(3).copied().unwrap_or_default();
    let alone = matches!(&*found, [(id, _)] if *id == wanted) && data.get(3) == Some(&0);
    if one && !alone && !broken.is("modbus.client.ignores-object-id") {
        return MISMATCH;
    }
    Objects(found)
}

/// Where an identification goes on, if it does.
pub(crate) fn next_object(reply: &[u8]) -> Option<u8> {
    match reply {
        [0x2b, 0x0e, _, _, 0xff, next, ..] => Some(*next),
        _ => None,
    }
}

type Object = (u8, Vec<u8>);

/// The objects of a reply, and how many bytes behind the function code they take.
fn objects(data: &[u8], broken: &Mutation) -> Option<(Vec<Object>, usize)> {
    let ([_mei, _code, _level, _more, _next, count], mut rest) = data.split_first_chunk()?;
    let mut found = Vec::new();
    let all_that_is_there = broken.is("modbus.client.ignores-object-count");
    while all_that_is_there || found.len() < usize::from(*count) {
        let Some(([id, length], behind)) = rest.split_first_chunk() else {
            if all_that_is_there {
                break;
            }
            return None;
        };
        let length = usize::from(*length);
        let here = if all_that_is_there {
            length.min(behind.len())
        } else {
            length
        };
        let (value, behind) = behind.split_at_checked(here)?;
        found.push((*id, value.to_vec()));
        rest = behind;
    }
    Some((found, data.len() - rest.len()))
}
