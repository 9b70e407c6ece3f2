use super::*;
use crate::{
    Handler,
    wire::{Request, Span, WordsMut},
};

/// One register.
#[derive(Default)]
struct Register(u16);

impl Handler for Register {
    fn read_holding_registers(&mut self, _: Span, out: &mut WordsMut<'_>) -> Result<(), Exception> {
        out.fill([self.0]);
        Ok(())
    }

    fn write_single_register(&mut self, _: u16, value: u16) -> Result<(), Exception> {
        assert_ne!(value, 0xDEAD, "asked to");
        self.0 = value;
        Ok(())
    }
}

fn read() -> Pdu {
    Pdu::of(&Request::ReadHoldingRegisters(Span::new(0, 1))).unwrap()
}

fn write(value: u16) -> Pdu {
    Pdu::of(&Request::WriteSingleRegister { address: 0, value }).unwrap()
}

fn two() -> Stations<Register> {
    let stations = Stations::new().with(Unit::new(3), Register(30));
    stations.with(Unit::new(7), Register(70))
}

#[test]
fn each_unit_is_a_station_of_its_own() {
    let mut stations = two();
    assert_eq!(*stations.answer(Unit::new(3), &read()), [3, 2, 0, 30]);
    assert_eq!(stations.answer(Unit::new(7), &write(71)), write(71));
    assert_eq!(stations.get_mut(Unit::new(7)).unwrap().0, 71);
    assert_eq!(*stations.answer(Unit::new(4), &read()), [0x83, 0x0A]);
    assert!(stations.units().eq([Unit::new(3), Unit::new(7)]));
}

#[test]
fn a_broadcast_reaches_all_stations_and_is_not_answered() {
    let mut stations = two();
    assert_eq!(stations.answer(Unit::BROADCAST, &write(5)), Pdu::EMPTY);
    for unit in [3, 7] {
        assert_eq!(*stations.answer(Unit::new(unit), &read()), [3, 2, 0, 5]);
    }
}

#[test]
fn a_shared_device_survives_a_panic() {
    let mut shared = Shared::new(Register(1));
    let mut other = shared.clone();
    let broken = std::panic::catch_unwind(move || shared.answer(Unit::new(1), &write(0xDEAD)));
    assert!(broken.is_err());
    assert_eq!(*other.answer(Unit::new(1), &read()), [3, 2, 0, 1]);
    other.lock().0 = 2;
    assert_eq!(*other.answer(Unit::new(9), &read()), [3, 2, 0, 2]);
}
