//! Where the plant's values are for Modbus. Addresses are as they stand on the wire, from 0.
//!
//! | table | address | type | what |
//! |---|---|---|---|
//! | coil | 0 | | fan |
//! | coil | 1 | | heater allowed |
//! | discrete | 0 | | alarm: the temperature is above its limit |
//! | discrete | 1 | | heating |
//! | discrete | 2 | | the fan turns |
//! | input | 0 | i16 | temperature, 0.1 °C |
//! | input | 1 | u16 | speed of the fan, 1/min |
//! | input | 2 | f32 | temperature, °C |
//! | input | 4 | u32 | time since the start, s |
//! | input | 6 | u32 | how often the fan was started |
//! | input | 8 | u32 | how often there was an alarm |
//! | holding | 0 | i16 | setpoint, 0.1 °C, 50 to 900 |
//! | holding | 1 | i16 | limit of the temperature, 0.1 °C, 0 to 1200 |
//! | holding | 2 | text:16 | name |
//! | queue | 0 | i16 | the last 31 temperatures, one a second, 0.1 °C |
//! | file 1 | 0 | u16 | how many entries the log has |
//! | file 1 | 1 | | the log: each entry the second (u32), what (below) and the temperature (i16, 0.1 °C), the oldest first |
//!
//! Values of several registers begin with the most significant word (order `abcd`). In the log, 1 is
//! the start, 2 and 3 the fan on and off, 4 and 5 the alarm and its end, 6 a new setpoint, 7 a new
//! limit, 8 and 9 the heater allowed and not. The exception status has the discrete inputs in its low
//! bits. A setpoint, a limit or a name that cannot be is refused with exception 03, and nothing of
//! that request is done.

use lineside_modbus::{
    Functions, Handler, Room,
    wire::{
        Bits, BitsMut, Exception, FileRead, Span, Words, WordsMut,
        value::{Order, Scalar, Text},
    },
};

use super::{FULL_SPEED, LIMITS, LOG, Plant, SETPOINTS};

/// Input registers.
const INPUTS: usize = 10;
/// Holding registers: setpoint, limit and name.
const HOLDINGS: usize = 2 + 8;
/// Records of the log's file.
const RECORDS: usize = 1 + 4 * LOG;

const ABSENT: Exception = Exception::ILLEGAL_DATA_ADDRESS;
const REFUSED: Exception = Exception::ILLEGAL_DATA_VALUE;

/// The functions that reach what is above, and diagnostics with the communication events.
const FUNCTIONS: [u8; 18] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0B, 0x0C, 0x0F, 0x10, 0x11, 0x14, 0x16, 0x17,
    0x18, 0x2B,
];

/// Device identification: Application protocol 6.21.
const OBJECTS: [&str; 7] = [
    "Lineside",
    "LS-ROOM",
    env!("CARGO_PKG_VERSION"),
    env!("CARGO_PKG_REPOSITORY"),
    "Heated room",
    "Room with a fan",
    "device example",
];

impl Plant {
    const fn coils(&self) -> [bool; 2] {
        [self.fan, self.heater]
    }

    fn discrete_inputs(&self) -> [bool; 3] {
        [self.alarm, self.heating, self.speed > FULL_SPEED / 100.0]
    }

    fn inputs(&self) -> [u16; INPUTS] {
        let mut registers = [0; INPUTS];
        put(&mut registers, 0, self.tenths());
        put(&mut registers, 1, self.speed.round() as u16);
        put(&mut registers, 2, self.temperature);
        put(&mut registers, 4, self.seconds());
        put(&mut registers, 6, self.fan_starts);
        put(&mut registers, 8, self.alarms);
        registers
    }

    fn holdings(&self) -> [u16; HOLDINGS] {
        let mut registers = [0; HOLDINGS];
        put(&mut registers, 0, self.setpoint);
        put(&mut registers, 1, self.limit);
        for (register, word) in registers.iter_mut().skip(2).zip(self.name) {
            *register = word;
        }
        registers
    }

    /// Takes all of the holding registers, or none.
    fn set_holdings(&mut self, registers: [u16; HOLDINGS]) -> Result<(), Exception> {
        let [setpoint, limit, name @ ..] = registers;
        let [setpoint, limit] = [setpoint, limit].map(u16::cast_signed);
        let bytes = name.iter().flat_map(|word| word.to_be_bytes());
        let is_text = bytes.into_iter().all(|byte| byte < 0x7F);
        if !SETPOINTS.contains(&setpoint) || !LIMITS.contains(&limit) || !is_text {
            return Err(REFUSED);
        }
        self.set_setpoint(setpoint);
        self.set_limit(limit);
        self.name = name;
        Ok(())
    }

    /// The log, as a file has it.
    fn records(&self) -> [u16; RECORDS] {
        let mut records = [0; RECORDS];
        let entries = self.log.iter().flat_map(|entry| {
            let [high, low] = [entry.at >> 16, entry.at & 0xFFFF].map(|word| word as u16);
            [
                high,
                low,
                entry.what as u16,
                entry.temperature.cast_unsigned(),
            ]
        });
        let count = u16::try_from(self.log.len()).unwrap_or(u16::MAX);
        let all = core::iter::once(count).chain(entries);
        for (record, word) in records.iter_mut().zip(all) {
            *record = word;
        }
        records
    }
}

/// The registers of a name, which has sixteen bytes at most.
pub(super) fn name(text: &str) -> [u16; 8] {
    let mut registers = [0; 8];
    let _ = Text(text).write(&mut registers, Order::Abcd);
    registers
}

/// Writes a value into `registers`, which have room for it.
fn put<T: Scalar>(registers: &mut [u16], at: usize, value: T) {
    let room = registers.get_mut(at..).unwrap_or_default();
    let _ = value.write(room, Order::Abcd);
}

/// The elements of `span`.
fn part<T>(all: &[T], span: Span) -> Result<&[T], Exception> {
    let from = usize::from(span.address);
    all.get(from..from + usize::from(span.quantity))
        .ok_or(ABSENT)
}

/// The elements of `span`, to change.
fn part_mut<T>(all: &mut [T], address: u16, quantity: usize) -> Result<&mut [T], Exception> {
    let from = usize::from(address);
    all.get_mut(from..from + quantity).ok_or(ABSENT)
}

impl Handler for Plant {
    fn functions(&self) -> Functions {
        FUNCTIONS.into_iter().collect()
    }

    fn read_coils(&mut self, span: Span, out: &mut BitsMut<'_>) -> Result<(), Exception> {
        out.fill(part(&self.coils(), span)?.iter().copied());
        Ok(())
    }

    fn read_discrete_inputs(&mut self, span: Span, out: &mut BitsMut<'_>) -> Result<(), Exception> {
        out.fill(part(&self.discrete_inputs(), span)?.iter().copied());
        Ok(())
    }

    fn read_holding_registers(
        &mut self,
        span: Span,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        out.fill(part(&self.holdings(), span)?.iter().copied());
        Ok(())
    }

    fn read_input_registers(
        &mut self,
        span: Span,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        out.fill(part(&self.inputs(), span)?.iter().copied());
        Ok(())
    }

    fn write_single_coil(&mut self, address: u16, on: bool) -> Result<(), Exception> {
        match address {
            0 => self.set_fan(on),
            1 => self.set_heater(on),
            _ => return Err(ABSENT),
        }
        Ok(())
    }

    fn write_single_register(&mut self, address: u16, value: u16) -> Result<(), Exception> {
        let mut registers = self.holdings();
        part_mut(&mut registers, address, 1)?.fill(value);
        self.set_holdings(registers)
    }

    fn read_exception_status(&mut self) -> Result<u8, Exception> {
        let bits = (0..).zip(self.discrete_inputs());
        Ok(bits.fold(0, |status, (at, on)| status | u8::from(on) << at))
    }

    fn write_multiple_coils(&mut self, address: u16, values: Bits<'_>) -> Result<(), Exception> {
        let mut coils = self.coils();
        let part = part_mut(&mut coils, address, usize::from(values.len()))?;
        for (coil, value) in part.iter_mut().zip(values.iter()) {
            *coil = value;
        }
        let [fan, heater] = coils;
        self.set_fan(fan);
        self.set_heater(heater);
        Ok(())
    }

    fn write_multiple_registers(
        &mut self,
        address: u16,
        values: Words<'_>,
    ) -> Result<(), Exception> {
        let mut registers = self.holdings();
        let part = part_mut(&mut registers, address, values.len())?;
        for (register, value) in part.iter_mut().zip(values.iter()) {
            *register = value;
        }
        self.set_holdings(registers)
    }

    fn report_server_id(&mut self, out: &mut Room<'_>) -> Result<(), Exception> {
        out.put(b"LS-ROOM\xFF")
    }

    fn read_file_record(
        &mut self,
        read: FileRead,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        if read.file != 1 {
            return Err(ABSENT);
        }
        let span = Span::new(read.record, read.length);
        out.fill(part(&self.records(), span)?.iter().copied());
        Ok(())
    }

    fn read_fifo_queue(
        &mut self,
        address: u16,
        out: &mut WordsMut<'_>,
    ) -> Result<usize, Exception> {
        if address != 0 {
            return Err(ABSENT);
        }
        out.fill(self.trend.iter().map(|tenths| tenths.cast_unsigned()));
        Ok(self.trend.len())
    }

    fn object(&mut self, id: u8, out: &mut Room<'_>) -> Result<(), Exception> {
        let text = OBJECTS.get(usize::from(id)).ok_or(ABSENT)?;
        out.put(text.as_bytes())
    }
}

#[cfg(test)]
mod tests;
