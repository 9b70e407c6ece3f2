//! Holding and input registers: functions 3, 4, 6, 16, 22 and 23; P10 to P12, P15, P21, P22, P24 to P26,
//! P30, P31, P72.

server_group! {
    /// Registers.
    pub(super) static GROUP = "registers", "holding and input registers", cases CASES
}

exchanges! {
    static CASES in "registers";
    "example" Must on ALL ["P15", "P72", "Application protocol 6.3"] needs ["fc03", "fc10", "holding.write.3"] Writes
        "the registers 108 to 110 of the specification's example come high byte first"
        {
            "10 {holding} 0003 06 022B 0000 0064" => "10 {holding} 0003",
            "03 {holding} 0003" => "03 06 022B 0000 0064",
            "03 {holding+1} 0002" => "03 04 0000 0064",
            "03 {holding+2} 0001" => "03 02 0064",
        }
        kills ["pdu.registers-low-first"]
    "plant" Must on ALL ["P15", "P72", "Application protocol 6.3"] needs ["plant", "fresh", "fc03"] None
        "holding registers come as the test device has them, the last one too"
        {
            "03 0000 0003" => "03 06 A5C3 3BF4 99AD",
            "03 006B 0003" => "03 06 853E 1AF7 F8A8",
            "03 01FF 0001" => "03 02 6A0A",
        }
        kills ["pdu.registers-low-first", "pdu.last-is-absent"]
    "input-plant" Must on ALL ["P15", "P72", "Application protocol 6.4"] needs ["plant", "fc04"] None
        "input registers are a table of their own"
        {
            "04 0000 0003" => "04 06 0102 6B51 D5A0",
            "04 006B 0003" => "04 06 7007 DA56 44A5",
            "04 01FF 0001" => "04 02 34B3",
        }
        kills ["pdu.input-is-holding"]
    "quantity" Must on ALL ["P15", "Application protocol 6.3"] needs ["fc03", "holding"] None
        "1 to 125 holding registers can be read, and none and 126 are refused with 03"
        {
            "03 {holding.first} 0000" => "83 03",
            "03 {holding.first} 007E" => "83 03",
            "03 {holding.first} 0100" => "83 03",
            "03 {holding.first} 8001" => "83 03",
            "03 {holding.first} FFFF" => "83 03",
            "03 {holding.first} 0001" => "03 02 ????",
        }
        kills ["pdu.registers-none", "pdu.registers-126"]
    "most" Must on ALL ["P15", "Application protocol 6.3"] needs ["fc03", "holding.read.125"] None
        "125 holding registers are 250 bytes, and 126 are refused"
        {
            "03 {holding.first} 007D" => "03 FA ??*250",
            "03 {holding.first} 007C" => "03 F8 ??*248",
            "03 {holding.first} 007E" => "83 03",
        }
        kills ["pdu.registers-126"]
    "input-quantity" Must on ALL ["P15", "Application protocol 6.4"] needs ["fc04", "input"] None
        "1 to 125 input registers can be read, and none and 126 are refused with 03"
        {
            "04 {input.first} 0000" => "84 03",
            "04 {input.first} 007E" => "84 03",
            "04 {input.first} FFFF" => "84 03",
            "04 {input.first} 0001" => "04 02 ????",
        }
        kills ["pdu.registers-none", "pdu.registers-126"]
    "input-most" Must on ALL ["P15", "Application protocol 6.4"] needs ["fc04", "input.read.125"] None
        "125 input registers are 250 bytes, and 126 are refused"
        {
            "04 {input.first} 007D" => "04 FA ??*250",
            "04 {input.first} 007E" => "84 03",
        }
        kills ["pdu.registers-126"]
    "end" Must on ALL ["P12", "Application protocol 6.3"] needs ["fc03", "holding.read.2", "holding.end"] None
        "the last holding register can be read, and the one behind it is refused with 02"
        {
            "03 {holding.end-1} 0001" => "03 02 ????",
            "03 {holding.end-2} 0002" => "03 04 ????????",
            "03 {holding.end} 0001" => "83 02",
            "03 {holding.end-1} 0002" => "83 02",
        }
        kills ["pdu.one-past-the-end", "pdu.last-is-absent"]
    "input-end" Must on ALL ["P12", "Application protocol 6.4"] needs ["fc04", "input.read.2", "input.end"] None
        "the last input register can be read, and the one behind it is refused with 02"
        {
            "04 {input.end-1} 0001" => "04 02 ????",
            "04 {input.end} 0001" => "84 02",
            "04 {input.end-1} 0002" => "84 02",
        }
        kills ["pdu.one-past-the-end", "pdu.last-is-absent"]
    "wrap" Must on ALL ["P11", "Application protocol 6.3"] needs ["fc03", "holding.end"] None
        "addresses do not run over 65535 into 0"
        {
            "03 FFFF 0002" => "83 02",
            "03 FFF0 007D" => "83 02",
        }
        kills ["pdu.wraps-addresses"]
    "input-wrap" Must on ALL ["P11", "Application protocol 6.4"] needs ["fc04", "input.end"] None
        "addresses of input registers do not run over 65535 into 0"
        {
            "04 FFFF 0002" => "84 02",
            "04 FFF0 007D" => "84 02",
        }
        kills ["pdu.wraps-addresses"]
    "order" Should on ALL ["P08", "Application protocol 6.3, figure 13"] needs ["fc03", "holding.end"] None
        "where quantity and address are both wrong, the quantity is judged first"
        {
            "03 {holding.end} 0000" => "83 03",
            "03 {holding.end} 007E" => "83 03",
            "03 FFFF FFFF" => "83 03",
        }
        kills ["pdu.address-before-quantity"]
    "input-order" Should on ALL ["P08", "Application protocol 6.4, figure 14"] needs ["fc04", "input.end"] None
        "where quantity and address are both wrong, the quantity is judged first"
        {
            "04 {input.end} 007E" => "84 03",
            "04 FFFF FFFF" => "84 03",
        }
        kills ["pdu.address-before-quantity"]
    "write-one" Must on ALL ["P21", "Application protocol 6.6"] needs ["fc03", "fc06", "holding.write.2"] Writes
        "a register takes any value, and the request comes back"
        {
            "06 {holding+1} 0003" => "06 {holding+1} 0003",
            "03 {holding+1} 0001" => "03 02 0003",
            "06 {holding+1} FFFF" => "06 {holding+1} FFFF",
            "03 {holding+1} 0001" => "03 02 FFFF",
            "06 {holding+1} 0000" => "06 {holding+1} 0000",
            "06 {holding+1} 8001" => "06 {holding+1} 8001",
            "03 {holding+1} 0001" => "03 02 8001",
        }
        kills ["pdu.register-off-by-one"]
    "write-one-end" Must on ALL ["P22", "P12", "Application protocol 6.6"] needs ["fc03", "fc06", "holding.write.1", "holding.end"] Writes
        "a register that does not exist is refused with 02, and no other is written"
        {
            "06 {holding} 1234" => "06 {holding} 1234",
            "06 {holding.end} 4321" => "86 02",
            "06 FFFF 4321" => "86 02 | 06 FFFF 4321",
            "03 {holding} 0001" => "03 02 1234",
        }
        kills ["pdu.register-wraps"]
    "write-many" Must on ALL ["P24", "Application protocol 6.12"] needs ["fc03", "fc10", "holding.write.4"] Writes
        "the two registers of the specification's example are written, and no other"
        {
            "10 {holding} 0004 08 1111 2222 3333 4444" => "10 {holding} 0004",
            "10 {holding+1} 0002 04 000A 0102" => "10 {holding+1} 0002",
            "03 {holding} 0004" => "03 08 1111 000A 0102 4444",
        }
        kills ["pdu.registers-low-first"]
    "write-many-count" Must on FRAMED ["P24", "Application protocol 6.12"] needs ["fc03", "fc10", "holding.write.4"] Writes
        "a byte count other than twice the quantity is refused with 03, and nothing is written"
        {
            "10 {holding} 0002 04 1111 2222" => "10 {holding} 0002",
            "10 {holding} 0002 02 ABCD" => "90 03",
            "10 {holding} 0001 04 ABCD ABCD" => "90 03",
            "10 {holding} 0002 03 ABCD AB" => "90 03",
            "10 {holding} 0002 05 ABCD ABCD AB" => "90 03",
            "10 {holding} 0002 06 ABCD ABCD ABCD" => "90 03",
            "03 {holding} 0002" => "03 04 1111 2222",
        }
        kills ["pdu.registers-any-count"]
    "write-many-truncated" Must on FRAMED ["P26", "Application protocol 6.12"] needs ["fc03", "fc10", "holding.write.4"] Writes
        "less data than the byte count says is refused with 03, and nothing is written"
        {
            "10 {holding} 0002 04 1111 2222" => "10 {holding} 0002",
            "10 {holding} 0002 04 ABCD AB" => "90 03",
            "10 {holding} 0002 04 ABCD" => "90 03",
            "10 {holding} 0002 04" => "90 03",
            "03 {holding} 0002" => "03 04 1111 2222",
        }
        kills ["pdu.takes-truncated-data"]
    "write-many-zero" Must on FRAMED ["P24", "Application protocol 6.12"] needs ["fc10", "holding.write.1"] Writes
        "no registers at all are refused with 03"
        {
            "10 {holding} 0000 00" => "90 03",
            "10 {holding} 0000 02 1234" => "90 03",
        }
        kills ["pdu.registers-write-none"]
    "write-many-most" Must on ALL ["P24", "Application protocol 6.12"] needs ["fc03", "fc10", "holding.write.123"] Writes
        "123 registers are written at once"
        {
            "10 {holding} 007B F6 A55A*123" => "10 {holding} 007B",
            "03 {holding} 007B" => "03 F6 A55A*123",
        }
        kills ["pdu.registers-low-first"]
    "write-many-quantity" Must on FRAMED ["P24", "P08", "Application protocol 6.12"] needs ["fc10", "holding.write.1"] Writes
        "a quantity above 123 is refused with 03"
        {
            "10 {holding} 007C F6 A5*246" => "90 03",
            "10 {holding} 007C F7 A5*247" => "90 03",
            "10 {holding} 007C 00" => "90 03",
            "10 {holding} 0100 02 1234" => "90 03",
            "10 {holding} FFFF FF" => "90 03",
        }
        kills ["pdu.registers-any-quantity"]
    "partial-write" Must on ALL ["P25", "P12", "Application protocol 6.12"] needs ["plant", "fc03", "fc10"] Writes
        "a write that runs past the end is refused with 02 and writes nothing"
        {
            "10 0000 0001 02 5A5A" => "10 0000 0001",
            "10 01FE 0003 06 1111 2222 3333" => "90 02",
            "10 01FF 0002 04 1111 2222" => "90 02",
            "03 01FE 0002" => "03 04 9451 6A0A",
            "10 0200 0001 02 1111" => "90 02",
            "10 FFFF 0002 04 1111 2222" => "90 02",
            "03 0000 0001" => "03 02 5A5A",
        }
        kills ["pdu.writes-what-fits", "pdu.wraps-addresses"]
    "mask" Must on ALL ["P30", "Application protocol 6.16"] needs ["fc03", "fc06", "fc16", "holding.write.1"] Writes
        "a masked write is (current AND and) OR (or AND NOT and): the example's 12, F2, 25 make 17"
        {
            "06 {holding} 0012" => "06 {holding} 0012",
            "16 {holding} 00F2 0025" => "16 {holding} 00F2 0025",
            "03 {holding} 0001" => "03 02 0017",
            "16 {holding} FFFF FFFF" => "16 {holding} FFFF FFFF",
            "03 {holding} 0001" => "03 02 0017",
            "16 {holding} 0000 A55A" => "16 {holding} 0000 A55A",
            "03 {holding} 0001" => "03 02 A55A",
            "16 {holding} FF00 0000" => "16 {holding} FF00 0000",
            "03 {holding} 0001" => "03 02 A500",
        }
        kills ["pdu.mask-ors-everything", "pdu.mask-answers-short"]
    "mask-end" Must on ALL ["P30", "P12", "Application protocol 6.16"] needs ["fc16", "holding.end"] Writes
        "a masked write to a register that does not exist is refused with 02"
        { "16 {holding.end} 0000 0000" => "96 02" }
        kills ["pdu.exception-without-its-bit"]
    "read-write" Must on ALL ["P31", "Application protocol 6.17"] needs ["fc03", "fc17", "holding.write.8"] Writes
        "the write comes before the read"
        {
            "17 {holding} 0004 {holding} 0004 08 0001 0002 0003 0004" => "17 08 0001 0002 0003 0004",
            "17 {holding} 0006 {holding+1} 0002 04 00FF 00FE" => "17 0C 0001 00FF 00FE 0004 ???? ????",
            "17 {holding+3} 0001 {holding} 0001 02 ABCD" => "17 02 0004",
            "03 {holding} 0002" => "03 04 ABCD 00FF",
        }
        kills ["pdu.rw-reads-first"]
    "read-write-quantity" Must on FRAMED ["P31", "P08", "Application protocol 6.17"] needs ["fc03", "fc17", "holding.write.2"] Writes
        "read 1 to 125, write 1 to 121, byte count twice the quantity: else 03, and nothing is written"
        {
            "17 {holding} 0001 {holding} 0001 02 5555" => "17 02 5555",
            "17 {holding} 0000 {holding} 0001 02 1234" => "97 03",
            "17 {holding} 007E {holding} 0001 02 1234" => "97 03",
            "17 {holding} 0001 {holding} 0000 00" => "97 03",
            "17 {holding} 0001 {holding} 0001 01 12" => "97 03",
            "17 {holding} 0001 {holding} 0001 04 1234 1234" => "97 03",
            "17 {holding} 0001 {holding} 0002 02 1234" => "97 03",
            "17 {holding} 0001 {holding} 0001 02 12" => "97 03",
            "03 {holding} 0001" => "03 02 5555",
        }
        kills ["pdu.rw-any-count", "pdu.rw-none", "pdu.rw-reads-126"]
    "read-write-most" Must on ALL ["P31", "Application protocol 6.17"] needs ["fc17", "holding.write.125"] Writes
        "121 registers are written and 125 read at once"
        {
            "17 {holding} 007D {holding} 0079 F2 C33C*121" => "17 FA C33C*121 ??*8",
            "17 {holding} 007E {holding} 0001 02 0000" => "97 03",
        }
        kills ["pdu.rw-reads-126"]
    "read-write-addresses" Must on ALL ["P31", "P25", "Application protocol 6.17"] needs ["fc03", "fc17", "holding.write.2", "holding.end"] Writes
        "either address bad is 02, and then nothing is written"
        {
            "17 {holding} 0001 {holding} 0001 02 5555" => "17 02 5555",
            "17 {holding.end} 0001 {holding} 0001 02 1234" => "97 02",
            "03 {holding} 0001" => "03 02 5555",
            "17 {holding.end-1} 0002 {holding} 0001 02 1234" => "97 02",
            "03 {holding} 0001" => "03 02 5555",
            "17 {holding} 0001 {holding.end} 0001 02 1234" => "97 02",
            "17 FFFF 0002 {holding} 0001 02 1234" => "97 02",
            "03 {holding} 0001" => "03 02 5555",
        }
        kills ["pdu.rw-writes-before-it-checks"]
    "refusals" Must on ALL ["P70", "P71", "Application protocol 7"] needs ["plant", "fc03", "fc06", "fc10", "fc16", "fc17"] Writes
        "what the device refuses when all else is right is answered with the device's own code, and not done"
        {
            "06 01F0 1234" => "86 04",
            "06 01F1 1234" => "86 05",
            "06 01F2 1234" => "86 06",
            "06 01F3 1234" => "86 07",
            "10 01EF 0002 04 1111 2222" => "90 04",
            "16 01F2 0000 FFFF" => "96 06",
            "17 0000 0001 01F1 0001 02 ABCD" => "97 05",
            "03 01EF 0005" => "03 0A 499A 2F53 8D04 633D C0F6",
        }
        kills ["pdu.never-refuses", "pdu.busy-is-failure"]
    "refusals-order" Must on FRAMED ["P71", "P08", "Application protocol 7"] needs ["plant", "fc10"] Writes
        "a device failure is told only of a request that is right in itself"
        {
            "10 01F0 0001 01 12" => "90 03",
            "10 01F0 0000 00" => "90 03",
            "10 01F0 0011 22 ABCD*17" => "90 02",
            "10 01F0 0001 02 ABCD" => "90 04",
        }
        kills ["pdu.registers-any-count", "pdu.registers-write-none"]
}
