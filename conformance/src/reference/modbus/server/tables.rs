//! Bits and registers: functions 1 to 6, 15, 16, 22, 23 and 24, each as its clause reads.

use super::{
    ADDRESS, Answer, SILENT, VALUE,
    pdu::{counted, echo, word},
};
use crate::reference::{Mutation, modbus::plant};

/// The tables of the test device.
pub(super) struct Tables {
    coils: Vec<bool>,
    inputs: Vec<bool>,
    holding: Vec<u16>,
    input: Vec<u16>,
    fifo_read: bool,
    broken: Mutation,
}

impl Tables {
    pub(super) fn new(broken: Mutation) -> Self {
        Self {
            coils: (0..plant::COILS).map(plant::coil).collect(),
            inputs: (0..plant::DISCRETE_INPUTS)
                .map(plant::discrete_input)
                .collect(),
            holding: (0..plant::HOLDING_REGISTERS)
                .map(plant::holding_register)
                .collect(),
            input: (0..plant::INPUT_REGISTERS)
                .map(plant::input_register)
                .collect(),
            fifo_read: false,
            broken,
        }
    }

    /// 6.1, 6.2.
    pub(super) fn read_bits(&self, code: u8, data: &[u8]) -> Answer {
        let [a1, a2, q1, q2] = self.fields(data)?;
        let count = word(q1, q2);
        let most = if self.is("pdu.bits-2001") { 2001 } else { 2000 };
        let table = match code {
            1 => &self.coils,
            _ if self.is("pdu.inputs-are-coils") => &self.coils,
            _ => &self.inputs,
        };
        let at = self.checked(word(a1, a2), count, most, "pdu.bits-none", table.len())?;
        let mut bits = Vec::new();
        for at in at {
            let at = if self.is("pdu.bits-aligned") {
                at & !7
            } else {
                at
            };
            bits.push(table.get(at).copied().unwrap_or_default());
        }
        Ok(counted(code, self.pack(&bits)))
    }

    fn pack(&self, bits: &[bool]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for eight in bits.chunks(8) {
            let mut byte = 0_u8;
            for (at, _) in eight.iter().enumerate().filter(|(_, bit)| **bit) {
                byte |= if self.is("pdu.bits-high-first") {
                    0x80 >> at
                } else {
                    1 << at
                };
            }
            if eight.len() < 8 && self.is("pdu.bits-dirty-pad") {
                byte |= 0x80;
            }
            bytes.push(byte);
        }
        bytes
    }

    /// 6.3, 6.4.
    pub(super) fn read_registers(&self, code: u8, data: &[u8]) -> Answer {
        let [a1, a2, q1, q2] = self.fields(data)?;
        let most = if self.is("pdu.registers-126") {
            126
        } else {
            125
        };
        let table = match code {
            3 => &self.holding,
            _ if self.is("pdu.input-is-holding") => &self.holding,
            _ => &self.input,
        };
        let none = "pdu.registers-none";
        let at = self.checked(word(a1, a2), word(q1, q2), most, none, table.len())?;
        Ok(counted(code, self.registers(table, &at)))
    }

    fn registers(&self, table: &[u16], at: &[usize]) -> Vec<u8> {
        let value = |at: &usize| table.get(*at).copied().unwrap_or_default();
        let bytes = |value: u16| {
            if self.is("pdu.registers-low-first") {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            }
        };
        at.iter().map(value).flat_map(bytes).collect()
    }

    /// 6.5: the value is judged before the address.
    pub(super) fn write_coil(&mut self, data: &[u8]) -> Answer {
        let [a1, a2, v1, v2] = self.fields(data)?;
        let address = usize::from(word(a1, a2));
        if address >= self.coils.len() && self.is("pdu.coil-address-first") {
            return Err(ADDRESS);
        }
        let on = match word(v1, v2) {
            0xff00 => true,
            0x0000 => false,
            1 if self.is("pdu.coil-takes-one") => true,
            _ => return Err(VALUE),
        };
        *self.coils.get_mut(address).ok_or(ADDRESS)? = on;
        if self.is("pdu.coil-not-echoed") {
            return Ok(vec![5, a1, a2, 0, u8::from(on)]);
        }
        Ok(echo(5, data))
    }

    /// 6.6.
    pub(super) fn write_register(&mut self, data: &[u8]) -> Answer {
        let [a1, a2, v1, v2] = self.fields(data)?;
        let mut address = word(a1, a2);
        self.refused(address, 1)?;
        if self.is("pdu.register-wraps") {
            address %= plant::HOLDING_REGISTERS;
        }
        let cell = self.holding.get_mut(usize::from(address)).ok_or(ADDRESS)?;
        let value = word(v1, v2);
        *cell = value;
        if self.is("pdu.register-off-by-one") {
            return Ok(vec![6, a1, a2, v1, v2.wrapping_add(1)]);
        }
        Ok(echo(6, data))
    }

    /// 6.11.
    pub(super) fn write_coils(&mut self, data: &[u8]) -> Answer {
        let ([a1, a2, q1, q2], bytes) = self.counted_data(data, "pdu.coils-any-count")?;
        let count = word(q1, q2);
        let truncated = self.is("pdu.takes-truncated-data");
        let fits = truncated || bytes.len() == usize::from(count).div_ceil(8);
        if !fits && !self.is("pdu.coils-any-count") {
            return Err(VALUE);
        }
        let most = if self.is("pdu.coils-1969") {
            1969
        } else {
            1968
        };
        let none = "pdu.coils-none";
        let at = self.written(word(a1, a2), count, most, none, self.coils.len())?;
        let mut at: Vec<usize> = at;
        if self.is("pdu.coils-write-pad") {
            let first = at.first().copied().unwrap_or_default();
            at = (first..first + bytes.len() * 8).collect();
        }
        for (nth, at) in at.into_iter().enumerate() {
            let byte = bytes.get(nth / 8).copied().unwrap_or_default();
            if let Some(coil) = self.coils.get_mut(at) {
                *coil = byte >> (nth % 8) & 1 == 1;
            }
        }
        Ok(vec![15, a1, a2, q1, q2])
    }

    /// 6.12.
    pub(super) fn write_registers(&mut self, data: &[u8]) -> Answer {
        let ([a1, a2, q1, q2], bytes) = self.counted_data(data, "pdu.registers-any-count")?;
        let mut count = word(q1, q2);
        if self.is("pdu.registers-any-quantity") {
            count = u16::try_from(bytes.len() / 2).unwrap_or(u16::MAX);
        }
        let truncated = self.is("pdu.takes-truncated-data");
        let fits = truncated || bytes.len() == usize::from(count) * 2;
        if !fits && !self.is("pdu.registers-any-count") {
            return Err(VALUE);
        }
        let none = "pdu.registers-write-none";
        let first = word(a1, a2);
        let at = self.written(first, count, 123, none, self.holding.len())?;
        self.refused(first, count)?;
        self.store(&at, bytes);
        Ok(vec![16, a1, a2, q1, q2])
    }

    /// 6.16.
    pub(super) fn mask_register(&mut self, data: &[u8]) -> Answer {
        let [a1, a2, n1, n2, o1, o2] = self.fields(data)?;
        let (and, or) = (word(n1, n2), word(o1, o2));
        self.refused(word(a1, a2), 1)?;
        let wrong = self.is("pdu.mask-ors-everything");
        let address = usize::from(word(a1, a2));
        let cell = self.holding.get_mut(address).ok_or(ADDRESS)?;
        *cell = (*cell & and) | if wrong { or } else { or & !and };
        if self.is("pdu.mask-answers-short") {
            return Ok(vec![22, a1, a2]);
        }
        Ok(echo(22, data))
    }

    /// 6.17: the write comes before the read.
    pub(super) fn read_write(&mut self, data: &[u8]) -> Answer {
        let Some(([r1, r2, n1, n2, w1, w2, m1, m2, bytes], rest)) = data.split_first_chunk() else {
            return Err(self.too_short());
        };
        let (read, written) = (word(*n1, *n2), word(*m1, *m2));
        let all = usize::from(*bytes) == rest.len() && rest.len() == usize::from(written) * 2;
        if !all && !self.is("pdu.rw-any-count") {
            return Err(VALUE);
        }
        let (many_read, many_written) = if self.is("pdu.rw-reads-126") {
            (126, 121)
        } else {
            (125, 121)
        };
        let size = self.holding.len();
        let (to, from) = (word(*w1, *w2), word(*r1, *r2));
        let to_at = self.checked(to, written, many_written, "pdu.rw-none", size);
        if self.is("pdu.rw-writes-before-it-checks")
            && let Ok(at) = &to_at
        {
            self.store(at, rest);
        }
        // Both quantities come before either address.
        let from_at = self.checked(from, read, many_read, "pdu.rw-none", size);
        if [&to_at, &from_at].contains(&&Err(VALUE)) {
            return Err(VALUE);
        }
        let (to_at, from_at) = (to_at?, from_at?);
        self.refused(to, written)?;
        let before = self.registers(&self.holding, &from_at);
        self.store(&to_at, rest);
        if self.is("pdu.rw-reads-first") {
            return Ok(counted(23, before));
        }
        Ok(counted(23, self.registers(&self.holding, &from_at)))
    }

    /// 6.18.
    pub(super) fn read_fifo(&mut self, data: &[u8]) -> Answer {
        let [p1, p2] = self.fields(data)?;
        let mut queue = plant::fifo(word(p1, p2)).ok_or(ADDRESS)?;
        if queue.len() > 31 && !self.is("pdu.fifo-of-32") {
            return Err(VALUE);
        }
        if self.fifo_read && self.is("pdu.fifo-drains") {
            queue.clear();
        }
        self.fifo_read = true;
        let count = u16::try_from(queue.len()).unwrap_or(u16::MAX);
        let mut reply = vec![24];
        let bytes = if self.is("pdu.fifo-miscounts") {
            count * 2
        } else {
            2 + count * 2
        };
        reply.extend_from_slice(&bytes.to_be_bytes());
        reply.extend_from_slice(&count.to_be_bytes());
        reply.extend(queue.into_iter().flat_map(u16::to_be_bytes));
        Ok(reply)
    }

    fn store(&mut self, at: &[usize], bytes: &[u8]) {
        for (at, pair) in at.iter().zip(bytes.chunks(2)) {
            if let (Some(cell), [high, low]) = (self.holding.get_mut(*at), pair) {
                *cell = word(*high, *low);
            }
        }
    }

    /// Registers that refuse to be written do so when all else is right.
    fn refused(&self, first: u16, count: u16) -> Result<(), u8> {
        let first = u32::from(first);
        let covered = first..first + u32::from(count);
        let hit = |(at, _): &&(u16, u8)| covered.contains(&u32::from(*at));
        match plant::REFUSALS.iter().find(hit) {
            Some(_) if self.is("pdu.never-refuses") => Ok(()),
            Some((_, 5 | 6)) if self.is("pdu.busy-is-failure") => Err(4),
            Some((_, code)) => Err(*code),
            None => Ok(()),
        }
    }

    /// Quantity, then addresses: the places of the elements.
    fn checked(
        &self,
        first: u16,
        count: u16,
        most: u16,
        none: &str,
        size: usize,
    ) -> Result<Vec<usize>, u8> {
        let many = count > most || (count == 0 && !self.is(none));
        let first = usize::from(first);
        let end = first + usize::from(count);
        let outside = |size: usize| {
            if self.is("pdu.wraps-addresses") && end > 65_536 {
                return false;
            }
            end > size
        };
        let size = if self.is("pdu.last-is-absent") {
            size - 1
        } else if self.is("pdu.one-past-the-end") {
            size + 1
        } else {
            size
        };
        if many && outside(size) && self.is("pdu.address-before-quantity") {
            return Err(ADDRESS);
        }
        if many {
            return Err(VALUE);
        }
        if outside(size) {
            return Err(ADDRESS);
        }
        Ok((first..end).map(|at| at % 65_536).collect())
    }

    /// The same for a write, which must change nothing when it fails.
    fn written(
        &mut self,
        first: u16,
        count: u16,
        most: u16,
        none: &str,
        size: usize,
    ) -> Result<Vec<usize>, u8> {
        let at = self.checked(first, count, most, none, size);
        if at == Err(ADDRESS) && self.is("pdu.writes-what-fits") {
            for at in usize::from(first)..size {
                if let Some(coil) = self.coils.get_mut(at) {
                    *coil = !*coil;
                }
                if let Some(register) = self.holding.get_mut(at) {
                    *register = !*register;
                }
            }
        }
        at
    }

    /// Four bytes, a byte count, and as many bytes as it says.
    fn counted_data<'a>(&self, data: &'a [u8], any: &str) -> Result<([u8; 4], &'a [u8]), u8> {
        let Some(([a, b, c, d, count], rest)) = data.split_first_chunk() else {
            return Err(self.too_short());
        };
        if rest.len() < usize::from(*count) && self.is("pdu.takes-truncated-data") {
            return Ok(([*a, *b, *c, *d], rest));
        }
        if usize::from(*count) != rest.len() && !self.is(any) {
            return Err(VALUE);
        }
        Ok(([*a, *b, *c, *d], rest))
    }

    /// Data of exactly this length.
    pub(super) fn fields<const N: usize>(&self, data: &[u8]) -> Result<[u8; N], u8> {
        if let Ok(fields) = data.try_into() {
            return Ok(fields);
        }
        if let Some((fields, _)) = data.split_first_chunk() {
            return if self.is("pdu.ignores-the-rest") {
                Ok(*fields)
            } else {
                Err(VALUE)
            };
        }
        if self.is("pdu.short-is-zeros") {
            let mut fields = [0; N];
            fields
                .iter_mut()
                .zip(data)
                .for_each(|(to, from)| *to = *from);
            return Ok(fields);
        }
        Err(self.too_short())
    }

    fn too_short(&self) -> u8 {
        if self.is("pdu.short-is-ignored") {
            SILENT
        } else {
            VALUE
        }
    }

    fn is(&self, id: &str) -> bool {
        self.broken.is(id)
    }
}
