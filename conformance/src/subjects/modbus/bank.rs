//! The standard test device on our own register bank.

use lineside_modbus::{
    Bank, Table,
    wire::{Exception, Span},
};

use crate::reference::modbus::plant;

/// The device of [`plant`] at power-up.
pub(super) fn standard() -> Bank {
    let bank = Bank::new()
        .with_coils(0, (0..plant::COILS).map(plant::coil))
        .with_discrete_inputs(0, (0..plant::DISCRETE_INPUTS).map(plant::discrete_input))
        .with_holding_registers(
            0,
            (0..plant::HOLDING_REGISTERS).map(plant::holding_register),
        )
        .with_input_registers(0, (0..plant::INPUT_REGISTERS).map(plant::input_register))
        .with_exception_status(plant::EXCEPTION_STATUS)
        .with_refusing_file(plant::DAMAGED_FILE, Exception::MEMORY_PARITY_ERROR);
    let bank = server_id(bank);
    let bank = plant::REFUSALS
        .into_iter()
        .fold(bank, |bank, (address, code)| {
            bank.refusing(
                Table::HoldingRegisters,
                Span::new(address, 1),
                Exception(code),
            )
        });
    let queues = (0..=u16::MAX).filter_map(|pointer| Some((pointer, plant::fifo(pointer)?)));
    let bank = queues.fold(bank, |bank, (pointer, queue)| {
        bank.with_queue(pointer, queue)
    });
    let files = (1..=5).filter_map(|number| Some((number, plant::file(number)?)));
    let bank = files.fold(bank, |bank, (number, file)| bank.with_file(number, file));
    let objects = plant::identification().into_iter();
    objects.fold(bank, |bank, (id, value)| bank.with_object(id, value))
}

/// The identifier, the run indicator (on, as a bank begins), and the rest.
fn server_id(bank: Bank) -> Bank {
    match plant::SERVER_ID {
        [id @ .., 0xFF] => bank.with_server_id(id, &[]),
        all => {
            let run = all
                .iter()
                .position(|byte| *byte == 0xFF)
                .unwrap_or(all.len());
            let (id, rest) = all.split_at(run);
            bank.with_server_id(id, rest.get(1..).unwrap_or_default())
        }
    }
}
