//! Addresses of endpoints.

use lineside_io::{
    Settings,
    address::{Address, AddressError, MAX_ADDRESS_LEN},
};

use crate::Dice;

/// The input is the address.
pub(super) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let text = String::from_utf8_lossy(data);
    match text.parse::<Address>() {
        Ok(address) => {
            assert!(
                text.len() <= MAX_ADDRESS_LEN,
                "an address of {} bytes",
                text.len()
            );
            survives_a_round_trip(&address);
            hides_its_password(&address);
            layers_come_off_and_go_on(&address);
            settings_survive_a_round_trip(&address, &text);
            splits_without_loss(&address, &mut dice);
            let _ = address
                .host_and_port(Some(1))
                .map_err(|error| is_clear(&error, &text));
            let _ = address.path_only().map_err(|error| is_clear(&error, &text));
        }
        Err(error) => is_clear(&error, &text),
    }
}

fn survives_a_round_trip(address: &Address) {
    let text = address.to_string();
    if text.len() > MAX_ADDRESS_LEN {
        return; // Percent-encoding made it too long to be read again.
    }
    match text.parse::<Address>() {
        Ok(again) => {
            assert_eq!(&again, address, "{text}");
            assert_eq!(again.to_string(), text, "written twice");
        }
        Err(error) => panic!("{text:?} was written and cannot be read: {error}"),
    }
}

fn hides_its_password(address: &Address) {
    if address.password().is_some() {
        assert_eq!(address.redacted().password(), Some("***"));
        assert_eq!(format!("{address:?}"), format!("{:?}", address.redacted()));
    }
}

fn layers_come_off_and_go_on(address: &Address) {
    if let Some((layer, rest)) = address.peel() {
        assert_eq!(rest.layers().len() + 1, address.layers().len());
        assert_eq!(&rest.with_layer(&layer), address);
    } else {
        assert!(address.layers().is_empty());
    }
}

fn settings_survive_a_round_trip(address: &Address, text: &str) {
    let mut params = address.params();
    match Settings::take_from(&mut params) {
        Ok(settings) => {
            let mut again = Address::new("serial").with_settings(&settings).params();
            assert_eq!(Settings::take_from(&mut again), Ok(settings));
            assert_eq!(again.finish(), Ok(()));
            assert_eq!(
                settings.to_string().parse::<Settings>().as_ref().ok(),
                Some(&settings)
            );
        }
        Err(error) => is_clear(&error, text),
    }
    let _ = params.finish().map_err(|error| is_clear(&error, text));
}

fn splits_without_loss(address: &Address, dice: &mut Dice) {
    const KEYS: &[&str] = &["baud", "unit", "name"];
    let keys = KEYS.get(..dice.below(KEYS.len() + 1)).unwrap_or_default();
    let (mine, rest) = address.split(keys);
    assert_eq!(rest.path(), address.path());
    if mine.is_empty() {
        assert_eq!(&rest, address);
    }
    let (none, same) = rest.split(keys);
    assert!(none.is_empty());
    assert_eq!(same, rest);
}

/// An error names what is allowed, repeats little of what it found, and points into the text.
fn is_clear(error: &AddressError, text: &str) {
    let said = error.to_string();
    assert!(!error.allowed.is_empty(), "{said}");
    assert!(!said.chars().any(char::is_control), "{said:?}");
    assert!(error.found.chars().count() <= 41, "{said}");
    if let Some(column) = error.column.filter(|_| !text.is_empty()) {
        assert!((1..=text.len() + 1).contains(&column), "{said}: {text:?}");
    }
}
