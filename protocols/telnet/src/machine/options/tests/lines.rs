//! LINEMODE.

use super::*;

fn value(function: Function, value: u8) -> Triplet {
    Triplet {
        function,
        level: Level::Value,
        flags: SlcFlags::default(),
        is_ack: false,
        value,
    }
}

fn lines(payload: &[u8]) -> Vec<u8> {
    sub(TelnetOption::LINEMODE, payload)
}

/// A client that edits lines, with these characters.
fn editing(characters: Vec<Triplet>) -> End {
    let options = ClientOptions {
        linemode: true,
        characters,
        ..ClientOptions::default()
    };
    let mut end = asked(TelnetOption::LINEMODE, options);
    end.says();
    end
}

/// A server that wants EDIT, with these characters.
fn serving(characters: Vec<Triplet>) -> End {
    let options = ServerOptions {
        mode: Mode::EDIT,
        characters,
        ..ServerOptions::default()
    };
    let mut end = asking(TelnetOption::LINEMODE, options);
    assert_eq!(end.says()[3..], lines(&[1, 1]));
    end
}

#[test]
fn a_mode_is_confirmed_once_and_a_confirmation_never() {
    let mut client = editing(vec![]);
    assert_eq!(client.hear(&lines(&[1, 3])), [Told::Mode(Mode(3))]);
    assert_eq!(client.says(), lines(&[1, 7]));
    for silent in [3, 7, 5] {
        assert_eq!(client.hear(&lines(&[1, silent])), []);
        assert_eq!(client.says(), b"", "{silent}");
    }
    let mut server = serving(vec![]);
    assert_eq!(server.hear(&lines(&[1, 5])), [Told::Mode(Mode(1))]);
    assert_eq!(server.says(), b"");
    assert_eq!(server.hear(&lines(&[1, 3])), [Told::Mode(Mode(3))]);
    assert_eq!(server.says(), lines(&[1, 7]));
    server.tell(Tell::Mode(Mode::TRAPSIG));
    assert_eq!(server.says(), lines(&[1, 2]));
    server.tell(Tell::Mode(Mode::TRAPSIG));
    assert_eq!(server.says(), b"");
}

#[test]
fn characters_settle_as_the_levels_say() {
    let fixed = Triplet {
        level: Level::CantChange,
        ..value(Function::EL, 21)
    };
    let none = Triplet {
        level: Level::NoSupport,
        ..value(Function::AO, 0)
    };
    let mut server = serving(vec![value(Function::IP, 3), fixed, none]);
    for (wanted, answered) in [
        // Agreed, with the flags as they were; and once.
        ([3, 0x62, 4], Some([3, 0xe2, 4])),
        ([3, 0x62, 4], None),
        // Another character for what cannot be changed: the one that it has.
        ([11, 2, 22], Some([11, 1, 21])),
        ([11, 0x81, 21], None),
        // What is not supported, and not known.
        ([4, 2, 15], Some([4, 0, 0])),
        ([31, 2, 1], Some([31, 0, 0])),
        ([31, 0x80, 0], None),
        // What the server has no opinion on.
        ([10, 2, 127], Some([10, 0x82, 127])),
        ([10, 3, 0], Some([10, 0, 0])),
        ([3, 3, 0], Some([3, 2, 3])),
        ([3, 0, 0], Some([3, 0x80, 0])),
    ] {
        server.hear(&lines(&[&[3][..], &wanted].concat()));
        let said = answered.map(|it| lines(&[&[3][..], &it].concat()));
        assert_eq!(server.says(), said.unwrap_or_default(), "{wanted:?}");
    }
}

#[test]
fn a_client_without_characters_takes_the_servers() {
    let options = ClientOptions {
        linemode: true,
        ..ClientOptions::default()
    };
    let mut client = asked(TelnetOption::LINEMODE, options);
    let wanted = client.says();
    assert_eq!(wanted[3..], lines(&[3, 0, 3, 0]));
    let mut server = serving(vec![value(Function::EC, 127)]);
    server.hear(&wanted[3..]);
    let table = server.says();
    assert_eq!(table.len(), 6 + 30 * 3);
    let told = client.hear(&table);
    assert_eq!(told, [Told::Characters(vec![value(Function::EC, 127)])]);
    server.hear(&client.says());
    let last = server.says();
    assert_eq!(client.hear(&last), []);
    assert_eq!(client.says(), b"");
}

#[test]
fn of_two_characters_asked_for_at_once_the_clients_counts() {
    let mut client = editing(vec![value(Function::EC, 127)]);
    let mut server = serving(vec![]);
    server.hear(&lines(&[3, 10, 2, 127]));
    server.says();
    client.tell(Tell::Characters(vec![value(Function::EC, 8)]));
    server.tell(Tell::Characters(vec![value(Function::EC, 9)]));
    let (from_client, from_server) = (client.says(), server.says());
    server.hear(&from_client);
    client.hear(&from_server);
    let (from_client, from_server) = (client.says(), server.says());
    server.hear(&from_client);
    client.hear(&from_server);
    assert!(client.says().is_empty() && server.says().is_empty());
    // Both have the client's: asking for it again is not answered.
    for end in [&mut client, &mut server] {
        end.hear(&lines(&[3, 10, 2, 8]));
        assert_eq!(end.says(), b"");
    }
}

#[test]
fn the_whole_table_is_told_once_in_an_answer() {
    let mut server = serving(vec![value(Function::EC, 127)]);
    server.hear(&lines(&[&[3][..], &[0, 3, 0].repeat(300)].concat()));
    assert_eq!(server.says().len(), 6 + 30 * 3);
    server.hear(&lines(&[3, 0, 2, 0]));
    assert_eq!(server.says().len(), 6 + 30 * 3);
}

#[test]
fn lines_are_edited_and_sent_whole() {
    let characters = [
        (Function::EC, 127),
        (Function::EL, 21),
        (Function::EW, 23),
        (Function::LNEXT, 22),
        (Function::IP, 3),
        (Function::FORW1, b';'),
    ];
    let mut client = editing(
        characters
            .map(|(function, key)| value(function, key))
            .to_vec(),
    );
    client.hear(&lines(&[1, 3]));
    client.says();
    for (typed, said) in [
        (&b"lx\x7fs\r"[..], &b"ls\r\n"[..]),
        ("aä\x7fb\r\n".as_bytes(), b"ab\r\n"),
        (b"nothing\x15one two \x17three\n", b"one three\r\n"),
        (b"a\x16\x7f\x16\x03\r", b"a\x7f\x03\r\n"),
        (b"kept", b""),
        (b" on;", b"kept on;"),
        (b"half\x03", b"half\xff\xf4"),
        (b"\x7f\x7f\r", b"\r\n"),
    ] {
        client.tell(Tell::Typed(Bytes::from_static(typed)));
        assert_eq!(client.says(), said, "{typed:?}");
    }
    // Without EDIT all goes at once.
    client.tell(Tell::Typed(text("left")));
    client.hear(&lines(&[1, 0]));
    assert_eq!(
        client.says(),
        [&b"left"[..], &lines(&[1, 4])].concat().as_slice()
    );
}

#[test]
fn a_signal_that_flushes_goes_with_a_synch() {
    let interrupt = Triplet {
        flags: SlcFlags {
            flush_in: true,
            flush_out: false,
        },
        ..value(Function::IP, 3)
    };
    let mut client = editing(vec![interrupt, value(Function::SYNCH, 20)]);
    client.tell(Tell::Mode(Mode::TRAPSIG));
    client.says();
    client.tell(Tell::Typed(text("a\x03b")));
    assert_eq!(client.says(), b"a\xff\xf4\xff\xf2b");
    assert_eq!(client.link.tx_urgent, Some(5));
    client.tell(Tell::Typed(text("\x14")));
    assert_eq!(client.says(), b"\xff\xf2");
}

#[test]
fn without_edit_what_is_typed_waits_for_the_forward_mask_alone() {
    let mut client = editing(vec![value(Function::EC, 127)]);
    client.tell(Tell::Typed(text("a\x7f\x03")));
    assert_eq!(client.says(), b"a\x7f\x03");
    let mask = ForwardMask::of(b"!\xf0");
    let mut server = serving(vec![]);
    server.tell(Tell::ForwardMask(Some(mask)));
    let told = client.hear(&server.says());
    assert_eq!(told, [Told::ForwardMask(Some(mask))]);
    let said = client.says();
    assert_eq!(said, lines(&[251, 2]));
    assert_eq!(server.hear(&said), [Told::Forwards(true)]);
    client.tell(Tell::Typed(Bytes::from_static(b"ab\xf0c")));
    assert_eq!(client.says(), b"", "only ASCII counts without BINARY");
    client.tell(Tell::Typed(text("d!e")));
    assert_eq!(client.says(), b"ab\xf0cd!");
    server.tell(Tell::ForwardMask(None));
    assert_eq!(client.hear(&server.says()), [Told::ForwardMask(None)]);
    assert_eq!(client.says(), [&b"e"[..], &lines(&[252, 2])].concat());
}

#[test]
fn a_line_that_grows_too_long_is_sent_on() {
    let options = ClientOptions {
        linemode: true,
        line: 10,
        ..ClientOptions::default()
    };
    let mut client = asked(TelnetOption::LINEMODE, options);
    client.hear(&lines(&[1, 1]));
    client.says();
    client.tell(Tell::Typed(text("0123456789abc")));
    assert_eq!(client.says(), b"0123456789");
    // What is kept when LINEMODE ends is not lost.
    client.hear(&dont(TelnetOption::LINEMODE));
    assert_eq!(client.says(), [&[IAC, 252, 34][..], b"abc"].concat());
}
