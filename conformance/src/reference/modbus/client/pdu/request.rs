//! A request as bytes, within the limits of its function.

use crate::{
    reference::Mutation,
    script::modbus::{FileRead, FileWrite, Request},
};

/// A request that may be sent; `None` for one that breaks its function's limits (M14).
pub(crate) fn encode(request: &Request, broken: &Mutation) -> Option<Vec<u8>> {
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
pub(crate) const fn is_broadcast(function: u8) -> bool {
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
