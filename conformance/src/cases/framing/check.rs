//! A check behind the record, inside a framing; F31.

group! {
    /// Checks.
    pub(super) static GROUP = "check", "checks behind a record", speaks "slip?check=modbus",
    alive stream { b"\xc0123456789\x37\x4b\xc0" => b"123456789" }, cases CASES
}

rows! {
    static CASES in "check";

    hears "modbus" Must "slip?check=modbus" ["F31", "MODBUS serial line 6.2.2"] "CRC-16/MODBUS, low byte first; a wrong one is not delivered"
        { b"\xc0123456789\x37\x4b\xc0123456789\x4b\x37\xc0okm\xaf\xc0" => [b"123456789", b"ok"] }
        kills ["check.never-verified", "endpoint.closes-on-damage"]
    hears "xmodem" Must "slip?check=xmodem" ["F31"] "CRC-16/XMODEM, high byte first"
        { b"\xc0123456789\x31\xc3\xc0123456789\x31\xc2\xc0ok\xc6\xd9\xc0" => [b"123456789", b"ok"] }
        kills ["check.never-verified"]
    hears "ccitt-false" Must "slip?check=ccitt-false" ["F31"] "CRC-16/IBM-3740, high byte first"
        { b"\xc0123456789\x29\xb1\xc0123456788\x29\xb1\xc0" => [b"123456789"] }
        kills ["check.never-verified"]
    hears "kermit" Must "slip?check=kermit" ["F31"] "CRC-16/KERMIT, low byte first"
        { b"\xc0123456789\x89\x21\xc0123456789\x21\x89\xc0" => [b"123456789"] }
        kills ["check.never-verified"]
    hears "x-25" Must "slip?check=x-25" ["F31"] "CRC-16/IBM-SDLC, low byte first"
        { b"\xc0123456789\x6e\x90\xc0123456789\x6e\x91\xc0ok\x0f\x34\xc0" => [b"123456789", b"ok"] }
        kills ["check.never-verified"]
    hears "crc-32" Must "slip?check=crc-32" ["F31"] "CRC-32/ISO-HDLC, low byte first"
        { b"\xc0123456789\x26\x39\xf4\xcb\xc0123456789\x26\x39\xf4\xca\xc0" => [b"123456789"] }
        kills ["check.never-verified"]
    hears "crc-32c" Must "slip?check=crc-32c" ["F31"] "CRC-32/ISCSI, low byte first"
        { b"\xc0123456789\x83\x92\x06\xe3\xc0123456789\x83\x92\x06\xe2\xc0" => [b"123456789"] }
        kills ["check.never-verified"]
    hears "lrc" Must "slip?check=lrc" ["F30"] "the LRC, two's complement of the sum"
        { b"\xc0123456789\x23\xc0123456789\x24\xc0" => [b"123456789"] }
        kills ["check.never-verified"]
    hears "xor" Must "slip?check=xor" ["F26"] "the exclusive or of all bytes"
        { b"\xc0123456789\x31\xc0123456789\x32\xc0" => [b"123456789"] }
        kills ["check.never-verified"]
    hears "short" Must "slip?check=crc-32" ["F31", "F35"] "a frame that is shorter than its check is none, and costs no other"
        { b"\xc0\x01\x02\x03\xc0123456789\x26\x39\xf4\xcb\xc0" => [b"123456789"] }
        kills ["endpoint.closes-on-damage"]
    sends "sends-modbus" Must "slip?check=modbus" ["F31"] "CRC-16/MODBUS goes low byte first"
        { b"123456789" => [b"\xc0123456789\x37\x4b\xc0"] }
        kills ["check.other-order-out"]
    sends "sends-xmodem" Must "slip?check=xmodem" ["F31"] "CRC-16/XMODEM goes high byte first"
        { b"123456789" => [b"\xc0123456789\x31\xc3\xc0"] }
        kills ["check.other-order-out"]
    sends "sends-crc-32" Must "slip?check=crc-32" ["F31"] "CRC-32/ISO-HDLC goes low byte first"
        { b"123456789" => [b"\xc0123456789\x26\x39\xf4\xcb\xc0"] }
        kills ["check.other-order-out"]
    sends "sends-ccitt-false" Must "slip?check=ccitt-false" ["F31"] "CRC-16/IBM-3740 goes high byte first"
        { b"123456789" => [b"\xc0123456789\x29\xb1\xc0"] }
        kills ["check.other-order-out"]
    sends "sends-kermit" Must "slip?check=kermit" ["F31"] "CRC-16/KERMIT goes low byte first"
        { b"123456789" => [b"\xc0123456789\x89\x21\xc0"] }
        kills ["check.other-order-out"]
    sends "sends-x-25" Must "slip?check=x-25" ["F31"] "CRC-16/IBM-SDLC goes low byte first"
        { b"123456789" => [b"\xc0123456789\x6e\x90\xc0"] }
        kills ["check.other-order-out"]
    sends "sends-crc-32c" Must "slip?check=crc-32c" ["F31"] "CRC-32/ISCSI goes low byte first"
        { b"123456789" => [b"\xc0123456789\x83\x92\x06\xe3\xc0"] }
        kills ["check.other-order-out"]
    hears "join" Must "slip?check=modbus" ["F31", "F32"] "who joins in mid-frame loses that frame and no other"
        { b"56789\x37\x4b\xc0okm\xaf\xc0" => [b"ok"] }
        kills ["check.never-verified", "slip.needs-leading-end", "endpoint.closes-on-damage"]
    survives "damage" Must "slip?check=modbus" ["F31", "F32"] "damage costs at most one good record, and nothing false comes"
        { b"\x01\x01" => [b"one", b"\xc0two\xdb and a half", b"three", b"four"] }
        kills ["check.never-verified", "endpoint.closes-on-damage"]
}
