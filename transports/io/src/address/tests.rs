use core::time::Duration;

use super::*;
use crate::{FlowControl, Parity, Settings, StopBits};

fn read(text: &str) -> Address {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    text.parse::<Address>().expect_err(text).to_string()
}

#[test]
fn every_kind_of_address_survives_a_round_trip() {
    for text in [
        "tcp://127.0.0.1:502",
        "tcp://[::1]:502",
        "tcp://:502",
        "tcp://device.local",
        "unix:/run/x.sock",
        "serial:///dev/ttyUSB0?baud=19200&parity=even&rs485=rts",
        "serial:COM3",
        "pty:",
        "pty:/tmp/link",
        "mem:name",
        "slip+tcp://10.0.0.7:4001",
        "modbus-rtu+serial:///dev/ttyUSB0?baud=19200&unit=1",
        "ftp://user:p%40ss@host:21/dir/a%20b",
        "raw+pty:exec=cat%20-u?low-latency&name=a=b",
        "unix:/%2Fodd",
        "http://h:80/caf%C3%A9?q=%26%3D%23%25",
    ] {
        let address = read(text);
        assert_eq!(address.to_string(), text.replace("%3D", "="));
        assert_eq!(read(&address.to_string()), address);
    }
}

#[test]
fn what_is_read_from_damaged_addresses_survives_a_round_trip_too() {
    let (mut read, mut refused) = (0, 0);
    for text in [
        "slip+tcp://us:p@10.0.0.7:4001/a?b=c&d",
        "x://[::1]:5//p/?q",
        "serial:///dev/tty%41?baud=1",
    ] {
        for at in 0..text.len() {
            for damage in "/:?#[]@!$&'()*+,;=%-._~ aZ09é\u{0}\n%2F%00//".split_inclusive(|_| true)
            {
                for keep in [at, at + 1] {
                    let damaged = format!("{}{damage}{}", &text[..at], &text[keep..]);
                    let Ok(address) = damaged.parse::<Address>() else {
                        refused += 1;
                        continue;
                    };
                    assert_eq!(
                        address.to_string().parse().as_ref(),
                        Ok(&address),
                        "{damaged}"
                    );
                    read += 1;
                }
            }
        }
    }
    assert!(
        read > 1_000 && refused > 1_000,
        "{read} read, {refused} refused"
    );
}

#[test]
fn the_parts_are_decoded() {
    let address = read("slip+FTP://us%65r:p%3Aw@[fe80::1]:2121/a%2Fb?x=%C3%A9&flag");
    assert_eq!(address.layers(), ["slip"]);
    assert_eq!(address.scheme(), "ftp");
    assert_eq!(
        (address.user(), address.password()),
        (Some("user"), Some("p:w"))
    );
    assert_eq!(
        address.host_and_port(None).unwrap(),
        ("fe80::1".to_owned(), 2121)
    );
    assert_eq!(address.path(), "/a/b");
    let mut params = address.params();
    assert_eq!(params.take::<String>("x").unwrap().as_deref(), Some("é"));
    assert_eq!(params.take::<bool>("flag").unwrap(), Some(true));
    params.finish().unwrap();
}

#[test]
fn a_bad_address_says_which_part_where_and_what_is_allowed() {
    for (text, want) in [
        ("", "scheme at column 1 is missing"),
        ("tcp", "scheme at column 4 is missing"),
        ("9p://h", "scheme at column 1: found `9p:`"),
        ("slip+://h", "scheme at column 5: found `+:`"),
        (
            "tcp://h:70000",
            "port at column 9: found `70000`; allowed: a number from 0 to 65535",
        ),
        (
            "tcp://h:",
            "port at column 9 is missing; allowed: a number from 0 to 65535",
        ),
        ("tcp://h:5x/", "host at column 10: found `x`"),
        (
            "tcp://1.2.3.400:1",
            "host at column 7: found `1.2.3.400:1`; allowed: an IPv4 address",
        ),
        (
            "tcp://[::1:5",
            "host at column 7: found `[::1:5`; allowed: [an IPv6 address]",
        ),
        ("tcp://::1:5", "port at column 8: found `:1:5`"),
        ("unix:/a b", "path at column 8: found ` b`; allowed:"),
        ("unix:/a b", "write %20"),
        ("unix:/é", "write %C3%A9"),
        ("unix:/a#b", "write %23"),
        (
            "unix:/a%2",
            "path at column 8: found `%2`; allowed: % and two hexadecimal digits",
        ),
        ("unix:/%FF", "percent-encoded UTF-8"),
        (
            "pty:?a=1&",
            "query at column 10 is missing; allowed: name=value",
        ),
        (
            "pty:?=1",
            "query at column 6: found `=1`; allowed: name=value",
        ),
        (
            "pty:?a=1&a=2",
            "parameter `a` at column 10: found `a=2`; allowed: each parameter once",
        ),
        ("pty:?a=%zz", "parameter `a` at column 8: found `%zz`"),
    ] {
        let said = refusal(text);
        assert!(said.contains(want), "{text}: {said}");
    }
}

#[test]
fn an_endless_address_is_refused_and_not_repeated() {
    let said = refusal(&format!("tcp:{}", "x".repeat(MAX_ADDRESS_LEN)));
    assert_eq!(
        said,
        "address: length: found `2052 bytes`; allowed: at most 2048 bytes"
    );
    let said = refusal(&format!("tcp://h:{}", "x".repeat(1000)));
    assert!(said.len() < 200, "{said}");
}

#[test]
fn parameters_are_typed_and_the_unknown_refused() {
    let mut params = read("mem:x?unit=7&gap=20ms&parity=Even&spare=1").params();
    assert_eq!(params.take_in("unit", 1..=247).unwrap(), Some(7));
    assert_eq!(params.take("gap").unwrap(), Some(Duration::from_millis(20)));
    let words = &[("even", 'E'), ("odd", 'O')];
    assert_eq!(params.take_one_of("parity", words).unwrap(), Some('E'));
    assert_eq!(params.take::<u8>("absent").unwrap(), None);
    let said = params.finish().unwrap_err().to_string();
    let want = "address: query at column 35: found `spare`; allowed: unit, gap, parity, absent";
    assert_eq!(said, want);
}

#[test]
fn a_bad_parameter_says_what_is_allowed() {
    let mut params = read("mem:x?unit=248&parity=evn&gap=20&on=maybe").params();
    let said = params.take_in("unit", 1..=247).unwrap_err().to_string();
    let want = "address: parameter `unit` at column 12: found `248`; allowed: a whole number from 1 to 247";
    assert_eq!(said, want);
    let said = params
        .take_one_of("parity", &[("even", 0), ("odd", 1)])
        .unwrap_err()
        .to_string();
    assert!(said.ends_with("found `evn`; allowed: even, odd"), "{said}");
    assert!(params.take::<Duration>("gap").is_err());
    assert!(params.take::<bool>("on").is_err());
    assert!(params.is_empty());
}

#[test]
fn a_layer_takes_its_parameters_and_leaves_the_wire_its_own() {
    let address = read("modbus-rtu+serial:///dev/ttyUSB0?baud=19200&unit=1");
    let (layer, rest) = address.peel().unwrap();
    let (mut mine, rest) = rest.split(&["unit"]);
    assert_eq!(layer, "modbus-rtu");
    assert_eq!(mine.take::<u8>("unit").unwrap(), Some(1));
    assert_eq!(rest.to_string(), "serial:///dev/ttyUSB0?baud=19200");
    assert_eq!(rest.peel(), None);
}

#[test]
fn addresses_can_be_built() {
    let built = Address::new("tcp")
        .with_socket_addr("[::1]:502".parse().unwrap())
        .with_path("x")
        .with_param("nodelay", "")
        .with_layer("slip");
    assert_eq!(built.to_string(), "slip+tcp://[::1]:502/x?nodelay");
    assert_eq!(read("slip+tcp://[::1]:502/x?nodelay"), built);
    assert_eq!(
        Address::new("unix").with_path("//x").to_string(),
        "unix:/%2Fx"
    );
}

#[test]
fn a_password_stays_out_of_logs() {
    let address = read("ftp://user:secret@h/");
    assert_eq!(format!("{address:?}"), "Address(ftp://user:***@h/)");
}

#[test]
fn a_wire_without_its_host_or_path_is_refused() {
    let said = read("tcp:502").host_and_port(None).unwrap_err().to_string();
    assert_eq!(
        said,
        "address: host at column 5 is missing; allowed: tcp://host:port"
    );
    let said = read("tcp://h").host_and_port(None).unwrap_err().to_string();
    assert!(said.contains("port at column 7 is missing"), "{said}");
    assert!(read("tcp://h:1").socket_addr(None).is_err());
    let said = read("unix://run/x").path_only().unwrap_err().to_string();
    assert!(said.contains("host at column 8: found `run`"), "{said}");
    assert!(read("unix:").path_only().is_err());
    for (text, wrong) in [("serial://me@/x", "user"), ("serial://:1/x", "port")] {
        let said = read(text).path_only().unwrap_err().to_string();
        assert!(
            said.contains(&format!("{wrong} at column 10: found")),
            "{said}"
        );
    }
    for (text, wrong) in [("mem://me@h:1", "user"), ("mem://h:1/x", "path")] {
        let said = read(text).host_and_port_only().unwrap_err().to_string();
        assert!(said.contains(wrong), "{said}");
    }
    assert!(read("mem://h:1/").host_and_port_only().is_ok());
}

#[test]
fn settings_are_read_from_parameters_and_printed() {
    let take = |text: &str| {
        let mut params = read(text).params();
        let settings = Settings::take_from(&mut params)?;
        params.finish().map(|()| settings)
    };
    let settings = take("serial:///x?baud=19200&parity=e&stop=1.5&data=5&flow=rtscts").unwrap();
    assert_eq!(settings.to_string(), "19200 5E1.5 hardware");
    assert_eq!(settings.stop_bits, StopBits::OneAndHalf);
    assert_eq!(settings.flow, FlowControl::Hardware);
    let printed = Address::new("serial")
        .with_path("/x")
        .with_settings(&settings)
        .to_string();
    assert_eq!(printed, "serial:/x?baud=19200&format=5E1.5&flow=hardware");
    assert_eq!(take(&printed).unwrap(), settings);
    assert_eq!(take("serial:///x?format=8e1").unwrap().parity, Parity::Even);
    assert_eq!(take("serial:///x").unwrap(), Settings::default());
    for bad in [
        "baud=0",
        "baud=fast",
        "format=9N1",
        "format=8E1&parity=odd",
        "parity=x",
        "spede=1",
    ] {
        take(&format!("serial:///x?{bad}")).expect_err(bad);
    }
}

#[test]
fn settings_have_a_short_form() {
    for text in [
        "9600 8N1",
        "19200 8E1 hardware",
        "115200 7O2 software",
        "300 5S1.5",
    ] {
        assert_eq!(text.parse::<Settings>().unwrap().to_string(), text);
    }
    assert_eq!("8M2".parse::<Settings>().unwrap().to_string(), "9600 8M2");
    assert_eq!("2400,8N1".parse::<Settings>().unwrap().baud, 2_400);
    for bad in [
        "",
        "9600",
        "8X1",
        "0 8N1",
        "9600 8N1 none more",
        "9600 8N1 fast",
        "8É1",
    ] {
        bad.parse::<Settings>().expect_err(bad);
    }
}
