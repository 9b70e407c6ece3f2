//! Requests as they stand on the wire.

use core::time::Duration;

use lineside_modbus::answer;

use super::*;

/// What `plant` answers to a PDU.
fn ask(plant: &mut Plant, pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; 253];
    let length = answer(plant, pdu, &mut room);
    room[..length].to_vec()
}

#[test]
fn the_temperature_is_there_as_tenths_and_as_a_float() {
    let mut plant = Plant::new();
    plant.temperature = 21.5;
    assert_eq!(
        ask(&mut plant, b"\x04\x00\x00\x00\x04"),
        b"\x04\x08\x00\xD7\x00\x00\x41\xAC\x00\x00"
    );
}

#[test]
fn a_setpoint_is_taken_in_its_bounds_and_refused_beyond() {
    let mut plant = Plant::new();
    let good = b"\x06\x00\x00\x01\x90";
    assert_eq!(ask(&mut plant, good), good);
    assert_eq!(plant.setpoint, 400);
    assert_eq!(ask(&mut plant, b"\x06\x00\x00\x03\x85"), b"\x86\x03");
    assert_eq!(ask(&mut plant, b"\x06\x00\x00\xFF\xFF"), b"\x86\x03");
    // The limit would do, the setpoint beside it not: neither is taken.
    let both = b"\x10\x00\x00\x00\x02\x04\x00\x00\x01\xF4";
    assert_eq!(ask(&mut plant, both), b"\x90\x03");
    assert_eq!((plant.setpoint, plant.limit), (400, 600));
}

#[test]
fn a_name_is_text() {
    let mut plant = Plant::new();
    let text = b"\x10\x00\x02\x00\x02\x04Hall";
    assert_eq!(ask(&mut plant, text), b"\x10\x00\x02\x00\x02");
    assert_eq!(
        ask(&mut plant, b"\x03\x00\x02\x00\x04"),
        b"\x03\x08Hall 1\0\0"
    );
    assert_eq!(ask(&mut plant, b"\x06\x00\x02\xFF\x00"), b"\x86\x03");
}

#[test]
fn coils_switch_the_fan_and_the_heater() {
    let mut plant = Plant::new();
    assert_eq!(ask(&mut plant, b"\x01\x00\x00\x00\x02"), b"\x01\x01\x02");
    ask(&mut plant, b"\x05\x00\x00\xFF\x00");
    assert!(plant.fan && plant.heater);
    ask(&mut plant, b"\x0F\x00\x00\x00\x02\x01\x00");
    assert!(!plant.fan && !plant.heater);
    assert_eq!(ask(&mut plant, b"\x05\x00\x02\xFF\x00"), b"\x85\x02");
    assert_eq!(
        ask(&mut plant, b"\x0F\x00\x01\x00\x02\x01\x03"),
        b"\x8F\x02"
    );
    assert!(!plant.heater);
}

#[test]
fn an_alarm_shows_in_the_discrete_inputs_and_in_the_exception_status() {
    let mut plant = Plant::new();
    assert_eq!(ask(&mut plant, b"\x02\x00\x00\x00\x03"), b"\x02\x01\x00");
    plant.limit = 100;
    plant.fan = true;
    plant.advance(Duration::from_secs(1));
    assert_eq!(ask(&mut plant, b"\x02\x00\x00\x00\x03"), b"\x02\x01\x07");
    assert_eq!(ask(&mut plant, b"\x07"), b"\x07\x07");
}

#[test]
fn the_log_is_a_file_and_the_trend_a_queue() {
    let mut plant = Plant::new();
    plant.setpoint = 50;
    plant.advance(Duration::from_secs(2));
    plant.set_fan(true);
    // Two entries: the start at 20.0 °C, and the fan at the second second.
    let log = ask(&mut plant, b"\x14\x07\x06\x00\x01\x00\x00\x00\x09");
    let tenths = plant.tenths().to_be_bytes();
    let start =
        *b"\x14\x14\x13\x06\x00\x02\x00\x00\x00\x00\x00\x01\x00\xC8\x00\x00\x00\x02\x00\x02";
    assert_eq!(log, [&start[..], &tenths].concat());
    let queue = ask(&mut plant, b"\x18\x00\x00");
    assert_eq!(queue[..5], *b"\x18\x00\x06\x00\x02");
    assert_eq!(queue[7..], tenths);
    // No such file, no such record, no such queue.
    assert_eq!(
        ask(&mut plant, b"\x14\x07\x06\x00\x02\x00\x00\x00\x01"),
        b"\x94\x02"
    );
    assert_eq!(
        ask(&mut plant, b"\x14\x07\x06\x00\x01\x01\x01\x00\x01"),
        b"\x94\x02"
    );
    assert_eq!(ask(&mut plant, b"\x18\x00\x01"), b"\x98\x02");
}

#[test]
fn a_plant_says_what_it_is() {
    let mut plant = Plant::new();
    let basic = ask(&mut plant, b"\x2B\x0E\x01\x00");
    assert!(basic.starts_with(b"\x2B\x0E\x01\x82\x00\x00\x03\x00\x08Lineside\x01\x07LS-ROOM"));
    assert_eq!(ask(&mut plant, b"\x11"), b"\x11\x08LS-ROOM\xFF");
    // The log cannot be written.
    let write = b"\x15\x09\x06\x00\x01\x00\x00\x00\x01\x00\x00";
    assert_eq!(ask(&mut plant, write), b"\x95\x01");
}
