//! What a request is as bytes, and what its reply must be: Application protocol 6, function by
//! function.

use crate::{
    reference::Mutation,
    script::modbus::{Answer, FileRead, FileWrite, Request},
};

use Answer::{Bits, Bytes, Done, Exception, Failed, Objects, Words};

/// A request that may be sent; `None` for one that breaks its function's limits (M14).
pub(super) fn encode(request: &Request, broken: &Mutation) -> Option<Vec<u8>> {
    let less = usize::from(broken.is("modbus.client.limits-are-short"));
    let legal = is_legal(request, less) || broken.is("modbus.client.sends-any-quantity");
    let mut pdu = legal.then(|| bytes(request, broken))?;
    if broken.is("modbus.client.pads-requests") {
        pdu.push(0);
    }
    let fits = (1..=253 - less).contains(&pdu.len());
    let any = broken.is("modbus.client.sends-any-length")
        || broken.is("modbus.client.sends-any-quantity");
    (fits || any).then_some(pdu)
}

/// Whether everybody may be asked at once: what is written is not answered (Serial line 2.1).
pub(super) const fn is_broadcast(function: u8) -> bool {
    !matches!(
        function,
        0x01..=0x04 | 0x07 | 0x0b | 0x0c | 0x11 | 0x14 | 0x18 | 0x2b
    )
}

/// Whether its quantities are legal, where the greatest is so much less than it should be.
fn is_legal(request: &Request, less: usize) -> bool {
    let of = |count: u16, most: usize| (1..=most - less).contains(&usize::from(count));
    match request {
        Request::ReadCoils { count, .. } | Request::ReadDiscreteInputs { count, .. } => {
            of(*count, 2000)
        }
        Request::ReadHoldingRegisters { count, .. } | Request::ReadInputRegisters { count, .. } => {
            of(*count, 125)
        }
        Request::WriteMultipleCoils { bits, .. } => (1..=1968 - less).contains(&bits.len()),
        Request::WriteMultipleRegisters { words, .. } => (1..=123 - less).contains(&words.len()),
        Request::ReadWriteMultipleRegisters { count, words, .. } => {
            of(*count, 125) && (1..=121 - less).contains(&words.len())
        }
        Request::ReadFileRecord { records } => may_read(records),
        Request::WriteFileRecord { records } => may_write(records),
        Request::ReadDeviceIdentification { code, .. } => (1..=4).contains(code),
        Request::ReadAllDeviceIdentification { code } => (1..=3).contains(code),
        _ => true,
    }
}

/// 6.14: byte count 07 to F5, records 0000 to 270F, a reply that fits.
fn may_read(records: &[FileRead]) -> bool {
    let reply: usize = records
        .iter()
        .map(|group| 2 + 2 * usize::from(group.count))
        .sum();
    let fine = |group: &FileRead| group.file > 0 && group.count > 0 && group.record <= 9999;
    (1..=35).contains(&records.len()) && reply <= 0xf5 && records.iter().all(fine)
}

/// 6.15: data length 09 to FB.
fn may_write(records: &[FileWrite]) -> bool {
    let length: usize = records.iter().map(|group| 7 + 2 * group.words.len()).sum();
    let fine =
        |group: &FileWrite| group.file > 0 && !group.words.is_empty() && group.record <= 9999;
    (9..=0xfb).contains(&length) && records.iter().all(fine)
}

fn bytes(request: &Request, broken: &Mutation) -> Vec<u8> {
    let w = |word: u16| {
        if broken.is("modbus.client.little-endian") {
            word.to_le_bytes().to_vec()
        } else {
            word.to_be_bytes().to_vec()
        }
    };
    let all = |words: &[u16]| words.iter().flat_map(|&word| w(word)).collect::<Vec<u8>>();
    let two = |function: u8, a: u16, b: u16| [vec![function], w(a), w(b)].concat();
    match request {
        Request::ReadCoils { address, count } => two(0x01, *address, *count),
        Request::ReadDiscreteInputs { address, count } => two(0x02, *address, *count),
        Request::ReadHoldingRegisters { address, count } => two(0x03, *address, *count),
        Request::ReadInputRegisters { address, count } => two(0x04, *address, *count),
        Request::WriteSingleCoil { address, on } => {
            let value = match on {
                true if broken.is("modbus.client.coil-on-is-one") => 1,
                true => 0xff00,
                false => 0,
            };
            two(0x05, *address, value)
        }
        Request::WriteSingleRegister { address, value } => two(0x06, *address, *value),
        Request::ReadExceptionStatus => vec![0x07],
        Request::Diagnostics { sub, data } => [vec![0x08], w(*sub), data.clone()].concat(),
        Request::GetCommEventCounter => vec![0x0b],
        Request::GetCommEventLog => vec![0x0c],
        Request::WriteMultipleCoils { address, bits } => {
            let count = low16(bits.len());
            let packed = packed(bits, broken);
            let head = two(0x0f, *address, count);
            [head, vec![low8(packed.len())], packed].concat()
        }
        Request::WriteMultipleRegisters { address, words } => {
            let head = two(0x10, *address, low16(words.len()));
            [head, vec![low8(2 * words.len())], all(words)].concat()
        }
        Request::ReportServerId => vec![0x11],
        Request::ReadFileRecord { records } => {
            let group = |it: &FileRead| [vec![6], all(&[it.file, it.record, it.count])].concat();
            let groups: Vec<u8> = records.iter().flat_map(group).collect();
            [vec![0x14, low8(groups.len())], groups].concat()
        }
        Request::WriteFileRecord { records } => {
            let group = |it: &FileWrite| {
                let head = all(&[it.file, it.record, low16(it.words.len())]);
                [vec![6], head, all(&it.words)].concat()
            };
            let groups: Vec<u8> = records.iter().flat_map(group).collect();
            [vec![0x15, low8(groups.len())], groups].concat()
        }
        Request::MaskWriteRegister { address, and, or } => {
            [vec![0x16], all(&[*address, *and, *or])].concat()
        }
        Request::ReadWriteMultipleRegisters {
            address,
            count,
            write_address,
            words,
        } => {
            let head = all(&[*address, *count, *write_address, low16(words.len())]);
            let data = all(words);
            [vec![0x17], head, vec![low8(data.len())], data].concat()
        }
        Request::ReadFifoQueue { address } => [vec![0x18], w(*address)].concat(),
        Request::ReadDeviceIdentification { code, object } => vec![0x2b, 0x0e, *code, *object],
        Request::ReadAllDeviceIdentification { code } => vec![0x2b, 0x0e, *code, 0],
        Request::Pdu { pdu } => pdu.clone(),
    }
}

fn low16(count: usize) -> u16 {
    u16::try_from(count & 0xffff).unwrap_or_default()
}

fn low8(count: usize) -> u8 {
    u8::try_from(count & 0xff).unwrap_or_default()
}

/// The first coil in the lowest bit of the first byte, unused bits zero (6.11).
fn packed(bits: &str, broken: &Mutation) -> Vec<u8> {
    let bits: Vec<u8> = bits.bytes().map(|bit| u8::from(bit == b'1')).collect();
    let byte = |eight: &[u8]| {
        let low_first = eight.iter().enumerate();
        if broken.is("modbus.client.packs-high-bit-first") {
            return low_first.fold(0, |byte, (at, bit)| byte | bit << (7 - at));
        }
        low_first.fold(0, |byte, (at, bit)| byte | bit << at)
    };
    bits.chunks(8).map(byte).collect()
}

const MALFORMED: Answer = Failed(crate::script::modbus::Failure::Malformed);
const MISMATCH: Answer = Failed(crate::script::modbus::Failure::Mismatch);

/// What a reply says to a request.
pub(super) fn decode(request: &Request, asked: &[u8], reply: &[u8], broken: &Mutation) -> Answer {
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
pub(super) fn next_object(reply: &[u8]) -> Option<u8> {
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
