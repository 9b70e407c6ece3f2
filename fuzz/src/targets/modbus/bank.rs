//! The register bank against a model of four maps: any requests in any order are answered as the
//! model answers them, and what is refused has changed nothing.

use std::collections::BTreeMap;

use lineside_modbus::{
    Bank, Blocks, Table, answer, respond,
    wire::{Exception, FileRead, MAX_PDU, Pdu, ReadCode, Request, Response, Span},
};

use super::book;
use crate::Dice;

/// A bank with a little of everything.
pub(super) fn small() -> Bank {
    Bank::new()
        .with_coils(0, [true, false, true, true, false, false, true, true, true])
        .with_discrete_inputs(0, [false; 30])
        .with_holding_registers(0, 0..130)
        .with_input_registers(2, [7, 8, 9])
        .with_file(1, 0..60)
        .with_queue(3, [1, 2, 3])
        .with_object(0, "Lineside")
        .with_object(128, "x")
        .with_server_id(b"L", b"1.0")
        .with_exception_status(0x6D)
}

/// Runs an input: its bytes are requests, each behind its length, and others are made up.
pub(in crate::targets) fn run(input: &[u8]) {
    let (mut data, mut dice) = Dice::of(input);
    let (mut bank, mut model) = Model::choose(&mut dice);
    model.holds(&bank);
    for _ in 0..24 {
        let raw = data
            .split_first()
            .filter(|_| dice.once_in(2))
            .map(|(length, rest)| rest.split_at(usize::from(*length).min(rest.len())));
        let asked = match raw {
            Some((pdu, rest)) => {
                data = rest;
                pdu.to_vec()
            }
            None => book::request(&mut dice),
        };
        ask(&mut bank, &mut model, &asked, &mut dice);
    }
    let code = dice.pick([ReadCode::Basic, ReadCode::Regular, ReadCode::Extended]);
    model.pages_hold_every_object(&mut bank, code);
}

fn ask(bank: &mut Bank, model: &mut Model, asked: &[u8], dice: &mut Dice) {
    let Some(pdu) = Pdu::new(asked).filter(|pdu| !pdu.is_empty()) else {
        return;
    };
    if dice.once_in(8) {
        // No room is too short for a bank, but it may say so.
        let mut room = vec![0; dice.below(MAX_PDU)];
        let length = answer(&mut bank.clone(), &pdu, &mut room);
        assert!(length <= room.len(), "{asked:02x?}");
    }
    let answered = respond(bank, &pdu);
    if let Some(expected) = model.answer(&pdu) {
        assert_eq!(*answered, *expected, "to {asked:02x?}");
    }
    if let Ok(request) = Request::parse(&pdu) {
        let read = Response::parse(&answered, &request);
        assert!(
            read.is_ok(),
            "{asked:02x?} is answered {answered:?}: {read:?}"
        );
    }
    model.holds(bank);
}

/// What a bank is: maps.
#[derive(Clone, Debug, Default)]
struct Model {
    coils: BTreeMap<u16, bool>,
    discrete_inputs: BTreeMap<u16, bool>,
    holding_registers: BTreeMap<u16, u16>,
    input_registers: BTreeMap<u16, u16>,
    refusals: Vec<(Table, Span, Exception)>,
    files: BTreeMap<u16, Result<Vec<u16>, Exception>>,
    queues: BTreeMap<u16, Vec<u16>>,
    objects: BTreeMap<u8, Vec<u8>>,
    server: Option<Vec<u8>>,
    status: Option<u8>,
    writes: u64,
}

type Answer = Result<Vec<u8>, Exception>;

const ABSENT: Exception = Exception::ILLEGAL_DATA_ADDRESS;
const VALUE: Exception = Exception::ILLEGAL_DATA_VALUE;

impl Model {
    /// A bank, and what it is.
    fn choose(dice: &mut Dice) -> (Bank, Self) {
        let (mut bank, mut model) = (Bank::new(), Self::default());
        for _ in 0..dice.below(12) {
            bank = model.add(bank, dice);
        }
        (bank, model)
    }

    fn add(&mut self, bank: Bank, dice: &mut Dice) -> Bank {
        let first = dice.pick([0, 0, 1, 3, 9, 12, 100, 65_520, 65_530]);
        let count = dice.pick([0, 1, 2, 3, 9, 20, 130]);
        let addresses = (first..=u16::MAX).take(count);
        let value = u16::from(dice.byte()) << 4;
        let bits = (0..count).map(|at| at % 3 == 0);
        let words = core::iter::repeat_n(value, count);
        let span = Span::new(first, u16::try_from(count).unwrap_or(0));
        match dice.below(12) {
            0 => {
                self.coils.extend(addresses.zip(bits.clone()));
                bank.with_coils(first, bits)
            }
            1 => {
                self.discrete_inputs.extend(addresses.zip(bits.clone()));
                bank.with_discrete_inputs(first, bits)
            }
            2 | 3 => {
                self.holding_registers.extend(addresses.zip(words.clone()));
                bank.with_holding_registers(first, words)
            }
            4 => {
                self.input_registers.extend(addresses.zip(words.clone()));
                bank.with_input_registers(first, words)
            }
            5 => {
                self.refusals.push((Table::HoldingRegisters, span, ABSENT));
                bank.read_only(Table::HoldingRegisters, span)
            }
            6 => {
                let exception = Exception(dice.pick([2, 4, 6]));
                self.refusals.push((Table::Coils, span, exception));
                bank.refusing(Table::Coils, span, exception)
            }
            7 => self.add_file(bank, words.collect(), dice),
            8 => {
                let queue: Vec<u16> = words.collect();
                self.queues.insert(first, queue.clone());
                bank.with_queue(first, queue)
            }
            9 | 10 => self.add_object(bank, dice),
            _ if dice.once_in(2) => {
                let (id, more) = (dice.bytes(2), dice.bytes(count));
                self.server = Some([&*id, &[0xFF], &*more].concat());
                bank.with_server_id(&id, &more)
            }
            _ => {
                self.status = Some(dice.byte());
                bank.with_exception_status(self.status.unwrap_or(0))
            }
        }
    }

    fn add_file(&mut self, bank: Bank, records: Vec<u16>, dice: &mut Dice) -> Bank {
        let file = dice.pick([1, 1, 2]);
        if dice.once_in(4) {
            let exception = Exception::MEMORY_PARITY_ERROR;
            self.files.insert(file, Err(exception));
            return bank.with_refusing_file(file, exception);
        }
        self.files.insert(file, Ok(records.clone()));
        bank.with_file(file, records)
    }

    fn add_object(&mut self, bank: Bank, dice: &mut Dice) -> Bank {
        let id = dice.pick([0, 1, 2, 3, 6, 7, 128, 200, 255]);
        let length = dice.pick([0, 1, 9, 100, 244, 300]);
        let mut value = dice.bytes(length);
        let bank = bank.with_object(id, &value);
        value.truncate(244);
        self.objects.insert(id, value);
        bank
    }

    /// The functions that there is something for.
    fn serves(&self, code: u8) -> bool {
        match code {
            1 | 5 | 15 => !self.coils.is_empty(),
            2 => !self.discrete_inputs.is_empty(),
            3 | 6 | 16 | 22 | 23 => !self.holding_registers.is_empty(),
            4 => !self.input_registers.is_empty(),
            7 => self.status.is_some(),
            17 => self.server.is_some(),
            // These are for the machine to answer, and reach no handler.
            8 | 11 | 12 => true,
            20 | 21 => !self.files.is_empty(),
            24 => !self.queues.is_empty(),
            43 => !self.objects.is_empty(),
            _ => false,
        }
    }

    /// The response; `None` for a page of objects, which have a law of their own.
    fn answer(&mut self, pdu: &Pdu) -> Option<Vec<u8>> {
        let code = pdu.first().copied().unwrap_or_default();
        let answer = match Request::parse(pdu) {
            _ if !self.serves(code) => Err(Exception::ILLEGAL_FUNCTION),
            Err(exception) => Err(exception),
            Ok(Request::ReadDeviceIdentification { code, object }) => {
                return self.refuses_object(code, object);
            }
            Ok(request) => self.data(&request, pdu),
        };
        if answer.is_ok() && matches!(code, 5 | 6 | 15 | 16 | 21 | 22 | 23) {
            self.writes += 1;
        }
        Some(match answer {
            Ok(data) => [&[code], data.as_slice()].concat(),
            Err(exception) => vec![code | 0x80, exception.0],
        })
    }

    fn refuses_object(&self, code: ReadCode, object: u8) -> Option<Vec<u8>> {
        let has = object <= 2 || self.objects.contains_key(&object);
        (code == ReadCode::Specific && !has).then(|| vec![43 | 0x80, ABSENT.0])
    }

    /// What stands behind the function code.
    fn data(&mut self, request: &Request<'_>, pdu: &[u8]) -> Answer {
        let head = || pdu.get(1..5).unwrap_or_default().to_vec();
        let all = || pdu.get(1..).unwrap_or_default().to_vec();
        Ok(match *request {
            Request::ReadCoils(span) => packed(&read(&self.coils, span)?),
            Request::ReadDiscreteInputs(span) => packed(&read(&self.discrete_inputs, span)?),
            Request::ReadHoldingRegisters(span) => words(&read(&self.holding_registers, span)?),
            Request::ReadInputRegisters(span) => words(&read(&self.input_registers, span)?),
            Request::WriteSingleCoil { address, on } => {
                self.write_coils(address, &[on])?;
                all()
            }
            Request::WriteSingleRegister { address, value } => {
                self.write_registers(address, &[value])?;
                all()
            }
            Request::WriteMultipleCoils { address, values } => {
                self.write_coils(address, &values.iter().collect::<Vec<_>>())?;
                head()
            }
            Request::WriteMultipleRegisters { address, values } => {
                self.write_registers(address, &values.iter().collect::<Vec<_>>())?;
                head()
            }
            Request::MaskWriteRegister { address, and, or } => {
                let old = *self.holding_registers.get(&address).ok_or(ABSENT)?;
                self.write_registers(address, &[(old & and) | (or & !and)])?;
                all()
            }
            Request::ReadWriteMultipleRegisters {
                read: span,
                address,
                values,
            } => {
                read(&self.holding_registers, span)?;
                self.write_registers(address, &values.iter().collect::<Vec<_>>())?;
                words(&read(&self.holding_registers, span)?)
            }
            Request::ReadExceptionStatus => vec![self.status.unwrap_or(0)],
            Request::ReportServerId => counted(self.server.clone().unwrap_or_default()),
            Request::ReadFifoQueue { address } => self.queue(address)?,
            Request::ReadFileRecord(groups) => {
                let mut data = Vec::new();
                for group in groups.iter() {
                    let mut records = vec![6];
                    records.extend(words(self.records(group)?).split_off(1));
                    data.extend(counted(records));
                }
                counted(data)
            }
            Request::WriteFileRecord(groups) => {
                let spans = groups.iter().map(|group| FileRead {
                    file: group.file,
                    record: group.record,
                    length: u16::try_from(group.values.len()).unwrap_or(0),
                });
                spans
                    .into_iter()
                    .try_for_each(|span| self.records(span).map(drop))?;
                for group in groups.iter() {
                    if let Some(Ok(records)) = self.files.get_mut(&group.file) {
                        let places = records.iter_mut().skip(group.record.into());
                        places
                            .zip(group.values.iter())
                            .for_each(|(old, new)| *old = new);
                    }
                }
                all()
            }
            _ => return Err(Exception::ILLEGAL_FUNCTION),
        })
    }

    fn records(&self, read: FileRead) -> Result<&[u16], Exception> {
        let file = self.files.get(&read.file).ok_or(ABSENT)?;
        let records = file.as_ref().map_err(|exception| *exception)?;
        let from = usize::from(read.record);
        records
            .get(from..from + usize::from(read.length))
            .ok_or(ABSENT)
    }

    fn queue(&self, pointer: u16) -> Answer {
        let queue = self.queues.get(&pointer).ok_or(ABSENT)?;
        let count = u16::try_from(queue.len()).unwrap_or(0);
        if count > 31 {
            return Err(VALUE);
        }
        let counts = [2 + 2 * count, count].map(u16::to_be_bytes);
        let mut data = counts.as_flattened().to_vec();
        data.extend(words(queue).split_off(1));
        Ok(data)
    }

    /// All of it must be there, then none of it refused.
    fn may_write(&self, table: Table, there: usize, span: Span) -> Result<(), Exception> {
        if there != usize::from(span.quantity) {
            return Err(ABSENT);
        }
        let touches = |other: &Span| {
            u32::from(other.address) < span.end() && u32::from(span.address) < other.end()
        };
        let mut refusals = self.refusals.iter();
        match refusals.find(|(of, other, _)| *of == table && touches(other)) {
            Some((_, _, exception)) => Err(*exception),
            None => Ok(()),
        }
    }

    fn write_coils(&mut self, address: u16, values: &[bool]) -> Result<(), Exception> {
        let span = Span::new(address, u16::try_from(values.len()).unwrap_or(0));
        let there = self.coils.range(range(span)).count();
        self.may_write(Table::Coils, there, span)?;
        let values = values.iter().copied();
        self.coils.extend((address..=u16::MAX).zip(values));
        Ok(())
    }

    fn write_registers(&mut self, address: u16, values: &[u16]) -> Result<(), Exception> {
        let span = Span::new(address, u16::try_from(values.len()).unwrap_or(0));
        let there = self.holding_registers.range(range(span)).count();
        self.may_write(Table::HoldingRegisters, there, span)?;
        let values = values.iter().copied();
        self.holding_registers
            .extend((address..=u16::MAX).zip(values));
        Ok(())
    }

    /// The bank is what the model is.
    fn holds(&self, bank: &Bank) {
        same(bank.coils(), &self.coils);
        same(bank.discrete_inputs(), &self.discrete_inputs);
        same(bank.holding_registers(), &self.holding_registers);
        same(bank.input_registers(), &self.input_registers);
        for (number, records) in &self.files {
            assert_eq!(bank.file(*number), records.as_deref().ok(), "file {number}");
        }
        for (pointer, queue) in &self.queues {
            assert_eq!(bank.queue(*pointer), Some(&**queue), "queue {pointer}");
        }
        assert_eq!(bank.writes(), self.writes);
    }

    /// A client that asks for page after page gets every object once, the mandatory ones too.
    fn pages_hold_every_object(&self, bank: &mut Bank, code: ReadCode) {
        let mut expected = self.objects.clone();
        if !expected.is_empty() {
            for id in 0..3 {
                expected.entry(id).or_default();
            }
        }
        expected.retain(|id, _| *id <= code.last_object());
        let (mut got, mut next) = (Vec::new(), Some(0));
        for _ in 0..=expected.len() {
            let Some(object) = next.take() else {
                break;
            };
            let request = Request::ReadDeviceIdentification { code, object };
            let Ok(pdu) = Pdu::of(&request) else {
                panic!("{request:?} is no PDU");
            };
            let answer = respond(bank, &pdu);
            match Response::parse(&answer, &request) {
                Ok(Ok(Response::ReadDeviceIdentification(page))) => {
                    got.extend(
                        page.objects()
                            .map(|object| (object.id, object.value.to_vec())),
                    );
                    next = page.next;
                }
                Ok(Err(Exception::ILLEGAL_FUNCTION)) if expected.is_empty() => {}
                other => panic!("{answer:?}: {other:?}"),
            }
        }
        assert_eq!(next, None, "pages without end");
        assert!(got.iter().cloned().eq(expected), "{code:?}: {got:?}");
    }
}

fn range(span: Span) -> core::ops::RangeInclusive<u16> {
    span.address..=u16::try_from(span.end().saturating_sub(1)).unwrap_or(u16::MAX)
}

fn read<T: Copy>(table: &BTreeMap<u16, T>, span: Span) -> Result<Vec<T>, Exception> {
    let values: Vec<T> = table.range(range(span)).map(|(_, value)| *value).collect();
    let all = values.len() == usize::from(span.quantity);
    all.then_some(values).ok_or(ABSENT)
}

fn same<T: Copy + PartialEq + core::fmt::Debug>(bank: &Blocks<T>, model: &BTreeMap<u16, T>) {
    for (address, value) in model {
        assert_eq!(bank.get(*address), Some(*value), "at {address}");
        let after = address.wrapping_add(1);
        assert_eq!(bank.get(after), model.get(&after).copied(), "at {after}");
    }
}

fn counted(bytes: Vec<u8>) -> Vec<u8> {
    let count = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    [vec![count], bytes].concat()
}

fn words(values: &[u16]) -> Vec<u8> {
    counted(
        values
            .iter()
            .flat_map(|value| value.to_be_bytes())
            .collect(),
    )
}

fn packed(values: &[bool]) -> Vec<u8> {
    let byte = |eight: &[bool]| {
        let bits = (0..).zip(eight);
        bits.fold(0, |byte, (bit, on)| byte | u8::from(*on) << bit)
    };
    counted(values.chunks(8).map(byte).collect())
}
