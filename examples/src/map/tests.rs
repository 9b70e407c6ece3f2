//! Maps that can be, and maps that cannot.

use lineside_modbus::answer;

use super::*;

/// The only unit of a map with this point in it.
fn unit(point: &str) -> Result<Bank, String> {
    let text = format!("[[unit]]\naddress = 1\n[[unit.point]]\nname = 'x'\n{point}");
    let map = Map::read(&text).map_err(|error| error.to_string())?;
    Ok(map
        .stations()
        .unwrap()
        .get_mut(Unit::new(1))
        .unwrap()
        .clone())
}

fn ask(bank: &mut Bank, pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; 253];
    let length = answer(bank, pdu, &mut room);
    room[..length].to_vec()
}

#[test]
fn the_example_map_can_be_served() {
    let map = Map::read(include_str!("../../slave.toml")).unwrap();
    assert!(map.stations().unwrap().units().count() >= 2);
}

#[test]
fn values_stand_in_their_type_and_order() {
    let mut bank = unit("table='input'\naddress=4\ntype='f32'\norder='cdab'\nvalue=21.5").unwrap();
    assert_eq!(
        ask(&mut bank, b"\x04\x00\x04\x00\x02"),
        b"\x04\x04\x00\x00\x41\xAC"
    );
    let mut bank = unit("table='holding'\naddress=0\ntype='i16'\nvalue=[-1, 2]").unwrap();
    assert_eq!(
        ask(&mut bank, b"\x03\x00\x00\x00\x02"),
        b"\x03\x04\xFF\xFF\x00\x02"
    );
    let mut bank = unit("table='holding'\naddress=0\ntype='text:3'\nvalue='abc'").unwrap();
    assert_eq!(ask(&mut bank, b"\x03\x00\x00\x00\x02"), b"\x03\x04abc\0");
    let mut bank = unit("table='coil'\naddress=0\nvalue=[true, false, true]").unwrap();
    assert_eq!(ask(&mut bank, b"\x01\x00\x00\x00\x03"), b"\x01\x01\x05");
    // Of any type, 0 is what is there unless told.
    let mut bank = unit("table='input'\naddress=0\ntype='u64'").unwrap();
    assert_eq!(ask(&mut bank, b"\x04\x00\x00\x00\x04")[1], 8);
}

#[test]
fn what_is_read_only_cannot_be_written() {
    let mut bank = unit("table='holding'\naddress=0\nread-only=true").unwrap();
    assert_eq!(ask(&mut bank, b"\x06\x00\x00\x00\x01"), b"\x86\x02");
    let error = unit("table='input'\naddress=0\nread-only=true").unwrap_err();
    assert!(error.contains("read-only anyway"), "{error}");
}

#[test]
fn files_queues_and_objects_are_served() {
    let map = "[[unit]]\naddress = 1\nobjects = ['Acme']\n[[unit.file]]\nnumber = 4\nrecords = [7]\n\
               [[unit.queue]]\npointer = 9\nregisters = [3]\n";
    let mut stations = Map::read(map).unwrap().stations().unwrap();
    let bank = stations.get_mut(Unit::new(1)).unwrap();
    assert_eq!(bank.file(4), Some(&[7][..]));
    assert_eq!(bank.queue(9), Some(&[3][..]));
    assert_eq!(ask(bank, b"\x2B\x0E\x04\x00")[9..], *b"Acme");
}

#[test]
fn what_cannot_be_is_named() {
    for (point, said) in [
        ("table='input'\naddress=0\nvalue=70000", "70000 is no u16"),
        ("table='input'\naddress=0\nvalue=true", "true is no u16"),
        (
            "table='coil'\naddress=0\nvalue=1",
            "1: a coil is true or false",
        ),
        (
            "table='input'\naddress=65535\ntype='u32'",
            "beyond address 65535",
        ),
        ("table='input'\naddress=0\ntype='u8'", "no such type"),
        ("table='input'\naddress=0\norder='abdc'", "no such order"),
        ("table='inputs'\naddress=0", "unknown variant"),
        ("table='input'\naddress=0\ntpye='u32'", "unknown field"),
        (
            "table='holding'\naddress=0\ntype='text:2'\nvalue='abc'",
            "is no text:2",
        ),
    ] {
        let error = unit(point).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
    let two = "[[unit]]\naddress = 1\n[[unit]]\naddress = 1\n";
    assert_eq!(
        Map::read(two).unwrap_err().to_string(),
        "unit 1: is there twice"
    );
    let none = Map::read("[[unit]]\naddress = 248\n")
        .unwrap_err()
        .to_string();
    assert!(none.contains("1 to 247"), "{none}");
}
