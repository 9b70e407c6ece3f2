//! The ready register bank: a device whose data is memory.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    handler::{Functions, Handler, LONGEST_OBJECT, Room},
    wire::{Bits, BitsMut, Exception, FileRead, FileWrites, Span, Words, WordsMut},
};

mod blocks;
mod files;
mod table;
#[cfg(test)]
mod tests;

pub use blocks::Blocks;
pub use table::{Table, UnknownTable};

use files::Files;

/// Four tables of coils and registers, files, queues and the device's identity, in memory.
///
/// What is not there is refused: an address outside a table with exception 02, a function of which the
/// bank has nothing at all with exception 01. A write is done whole or not at all (P25).
///
/// ```
/// use lineside_modbus::{Bank, answer, wire::value::Order};
///
/// let mut bank = Bank::new().with_holding_registers(107, [555, 0, 100]);
/// bank.holding_registers_mut().write(107, Order::Cdab, 21.5_f32).unwrap();
///
/// let mut room = [0; 253];
/// let length = answer(&mut bank, b"\x03\x00\x6B\x00\x02", &mut room);
/// assert_eq!(room[..length], *b"\x03\x04\x00\x00\x41\xAC");
/// let length = answer(&mut bank, b"\x03\x00\x6B\x00\x04", &mut room);
/// assert_eq!(room[..length], *b"\x83\x02");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Bank {
    coils: Blocks<bool>,
    discrete_inputs: Blocks<bool>,
    holding_registers: Blocks<u16>,
    input_registers: Blocks<u16>,
    files: Files,
    queues: BTreeMap<u16, Vec<u16>>,
    objects: BTreeMap<u8, Vec<u8>>,
    server_id: Option<ServerId>,
    exception_status: Option<u8>,
    functions: Option<Functions>,
    writes: u64,
}

#[derive(Clone, Debug)]
struct ServerId {
    id: Vec<u8>,
    is_running: bool,
    additional: Vec<u8>,
}

impl Bank {
    /// A bank with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with coils from address `first` on. What is there already is replaced, blocks that
    /// touch become one, and what is beyond address 65,535 is dropped: so for all four tables.
    #[must_use]
    pub fn with_coils(mut self, first: u16, values: impl IntoIterator<Item = bool>) -> Self {
        self.coils.add(first, values);
        self.served()
    }

    /// The same with discrete inputs from address `first` on.
    #[must_use]
    pub fn with_discrete_inputs(
        mut self,
        first: u16,
        values: impl IntoIterator<Item = bool>,
    ) -> Self {
        self.discrete_inputs.add(first, values);
        self.served()
    }

    /// The same with holding registers from address `first` on.
    #[must_use]
    pub fn with_holding_registers(
        mut self,
        first: u16,
        values: impl IntoIterator<Item = u16>,
    ) -> Self {
        self.holding_registers.add(first, values);
        self.served()
    }

    /// The same with input registers from address `first` on.
    #[must_use]
    pub fn with_input_registers(
        mut self,
        first: u16,
        values: impl IntoIterator<Item = u16>,
    ) -> Self {
        self.input_registers.add(first, values);
        self.served()
    }

    /// The same with coils or holding registers that can be read and not written: a write that
    /// includes one is refused with exception 02.
    #[must_use]
    pub fn read_only(self, table: Table, span: Span) -> Self {
        self.refusing(table, span, Exception::ILLEGAL_DATA_ADDRESS)
    }

    /// The same with coils or holding registers of which every write is refused with `exception`.
    /// Tables that no function writes are left as they are.
    #[must_use]
    pub fn refusing(mut self, table: Table, span: Span, exception: Exception) -> Self {
        match table {
            Table::Coils => self.coils.refuse(span, exception),
            Table::HoldingRegisters => self.holding_registers.refuse(span, exception),
            Table::DiscreteInputs | Table::InputRegisters => {}
        }
        self
    }

    /// The same with a file of these records, from record 0; at most 10,000 are kept.
    #[must_use]
    pub fn with_file(mut self, number: u16, records: impl IntoIterator<Item = u16>) -> Self {
        self.files.add(number, records);
        self.served()
    }

    /// The same with a file that answers everything with `exception`: 08 for a memory parity error.
    #[must_use]
    pub fn with_refusing_file(mut self, number: u16, exception: Exception) -> Self {
        self.files.refuse(number, exception);
        self.served()
    }

    /// The same with a queue at `pointer`, the oldest register first. One of more than 31 registers
    /// cannot be read: exception 03.
    #[must_use]
    pub fn with_queue(mut self, pointer: u16, registers: impl IntoIterator<Item = u16>) -> Self {
        let registers = registers.into_iter().collect();
        self.queues.insert(pointer, registers);
        self.served()
    }

    /// The same with an object of the device's identification, cut to the 244 bytes that fit one response. Objects
    /// 0 to 2 (vendor name, product code, revision) are empty until they are given.
    #[must_use]
    pub fn with_object(mut self, id: u8, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref().iter().copied().take(LONGEST_OBJECT);
        self.objects.insert(id, value.collect());
        self.served()
    }

    /// The same with an answer to Report Server ID: the identifier, whether the device runs
    /// ([`set_running`](Self::set_running), at first it does), and additional data. Together at most 250
    /// bytes: longer ones are answered with exception 04.
    #[must_use]
    pub fn with_server_id(mut self, id: &[u8], additional: &[u8]) -> Self {
        self.server_id = Some(ServerId {
            id: id.into(),
            is_running: true,
            additional: additional.into(),
        });
        self.served()
    }

    /// The same with an answer to Read Exception Status.
    #[must_use]
    pub fn with_exception_status(mut self, status: u8) -> Self {
        self.exception_status = Some(status);
        self.served()
    }

    /// Sets the run indicator of Report Server ID.
    pub fn set_running(&mut self, is_running: bool) {
        if let Some(id) = &mut self.server_id {
            id.is_running = is_running;
        }
    }

    /// Sets the eight exception status outputs, where the bank has them.
    pub fn set_exception_status(&mut self, status: u8) {
        self.exception_status = self.exception_status.map(|_| status);
    }

    /// The coils.
    #[must_use]
    pub const fn coils(&self) -> &Blocks<bool> {
        &self.coils
    }

    /// The coils, to change: no refusal holds here, nor for the other tables.
    pub const fn coils_mut(&mut self) -> &mut Blocks<bool> {
        &mut self.coils
    }

    /// The discrete inputs.
    #[must_use]
    pub const fn discrete_inputs(&self) -> &Blocks<bool> {
        &self.discrete_inputs
    }

    /// The discrete inputs, to change.
    pub const fn discrete_inputs_mut(&mut self) -> &mut Blocks<bool> {
        &mut self.discrete_inputs
    }

    /// The holding registers.
    #[must_use]
    pub const fn holding_registers(&self) -> &Blocks<u16> {
        &self.holding_registers
    }

    /// The holding registers, to change.
    pub const fn holding_registers_mut(&mut self) -> &mut Blocks<u16> {
        &mut self.holding_registers
    }

    /// The input registers.
    #[must_use]
    pub const fn input_registers(&self) -> &Blocks<u16> {
        &self.input_registers
    }

    /// The input registers, to change.
    pub const fn input_registers_mut(&mut self) -> &mut Blocks<u16> {
        &mut self.input_registers
    }

    /// The records of a file, where there is one that can be read.
    #[must_use]
    pub fn file(&self, number: u16) -> Option<&[u16]> {
        self.files.records(number).ok()
    }

    /// The queue at a pointer, the oldest register first.
    #[must_use]
    pub fn queue(&self, pointer: u16) -> Option<&[u16]> {
        self.queues.get(&pointer).map(Vec::as_slice)
    }

    /// The queue at a pointer, to add to and to take from.
    pub fn queue_mut(&mut self, pointer: u16) -> Option<&mut Vec<u16>> {
        self.queues.get_mut(&pointer)
    }

    /// How many writes clients have made: changes whenever one may have changed something.
    #[must_use]
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// Notes which functions the bank now has something for.
    fn served(mut self) -> Self {
        let has: [(bool, &[u8]); 9] = [
            (!self.coils.is_empty(), &[0x01, 0x05, 0x0F]),
            (!self.discrete_inputs.is_empty(), &[0x02]),
            (
                !self.holding_registers.is_empty(),
                &[0x03, 0x06, 0x10, 0x16, 0x17],
            ),
            (!self.input_registers.is_empty(), &[0x04]),
            (self.exception_status.is_some(), &[0x07]),
            (self.server_id.is_some(), &[0x11]),
            (!self.files.is_empty(), &[0x14, 0x15]),
            (!self.queues.is_empty(), &[0x18]),
            (!self.objects.is_empty(), &[0x2B]),
        ];
        let codes = has.iter().filter(|(is, _)| *is);
        let codes = codes.flat_map(|(_, codes)| codes.iter().copied());
        self.functions = Some(codes.fold(MACHINES, Functions::with));
        self
    }

    const fn wrote(&mut self) -> Result<(), Exception> {
        self.writes = self.writes.wrapping_add(1);
        Ok(())
    }
}

/// What the machine answers by itself, and a bank has no say in.
const MACHINES: Functions = Functions::NONE.with(0x08).with(0x0B).with(0x0C);

const ABSENT: Exception = Exception::ILLEGAL_DATA_ADDRESS;

impl Handler for Bank {
    #[inline]
    fn functions(&self) -> Functions {
        self.functions.unwrap_or(MACHINES)
    }

    fn read_coils(&mut self, span: Span, out: &mut BitsMut<'_>) -> Result<(), Exception> {
        let values = self.coils.slice(span).ok_or(ABSENT)?;
        out.fill(values.iter().copied());
        Ok(())
    }

    fn read_discrete_inputs(&mut self, span: Span, out: &mut BitsMut<'_>) -> Result<(), Exception> {
        let values = self.discrete_inputs.slice(span).ok_or(ABSENT)?;
        out.fill(values.iter().copied());
        Ok(())
    }

    #[inline]
    fn read_holding_registers(
        &mut self,
        span: Span,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        let values = self.holding_registers.slice(span).ok_or(ABSENT)?;
        out.fill(values.iter().copied());
        Ok(())
    }

    #[inline]
    fn read_input_registers(
        &mut self,
        span: Span,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        let values = self.input_registers.slice(span).ok_or(ABSENT)?;
        out.fill(values.iter().copied());
        Ok(())
    }

    fn write_single_coil(&mut self, address: u16, on: bool) -> Result<(), Exception> {
        self.coils.writable(Span::new(address, 1))?.fill(on);
        self.wrote()
    }

    fn write_single_register(&mut self, address: u16, value: u16) -> Result<(), Exception> {
        let register = self.holding_registers.writable(Span::new(address, 1))?;
        register.fill(value);
        self.wrote()
    }

    fn read_exception_status(&mut self) -> Result<u8, Exception> {
        self.exception_status.ok_or(Exception::ILLEGAL_FUNCTION)
    }

    fn write_multiple_coils(&mut self, address: u16, values: Bits<'_>) -> Result<(), Exception> {
        let coils = self.coils.writable(Span::new(address, values.len()))?;
        for (coil, value) in coils.iter_mut().zip(values.iter()) {
            *coil = value;
        }
        self.wrote()
    }

    fn write_multiple_registers(
        &mut self,
        address: u16,
        values: Words<'_>,
    ) -> Result<(), Exception> {
        let quantity = u16::try_from(values.len()).map_err(|_| ABSENT)?;
        let registers = self
            .holding_registers
            .writable(Span::new(address, quantity))?;
        for (register, value) in registers.iter_mut().zip(values.iter()) {
            *register = value;
        }
        self.wrote()
    }

    fn report_server_id(&mut self, out: &mut Room<'_>) -> Result<(), Exception> {
        let server = self.server_id.as_ref();
        let server = server.ok_or(Exception::ILLEGAL_FUNCTION)?;
        out.put(&server.id)?;
        out.put(&[if server.is_running { 0xFF } else { 0x00 }])?;
        out.put(&server.additional)
    }

    fn read_file_record(
        &mut self,
        read: FileRead,
        out: &mut WordsMut<'_>,
    ) -> Result<(), Exception> {
        out.fill(self.files.read(read)?.iter().copied());
        Ok(())
    }

    fn write_file_record(&mut self, writes: FileWrites<'_>) -> Result<(), Exception> {
        self.files.write(writes)?;
        self.wrote()
    }

    fn read_fifo_queue(
        &mut self,
        address: u16,
        out: &mut WordsMut<'_>,
    ) -> Result<usize, Exception> {
        let queue = self.queues.get(&address).ok_or(ABSENT)?;
        out.fill(queue.iter().copied());
        Ok(queue.len())
    }

    fn object(&mut self, id: u8, out: &mut Room<'_>) -> Result<(), Exception> {
        out.put(self.objects.get(&id).ok_or(ABSENT)?)
    }
}
