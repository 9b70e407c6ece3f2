//! Coils and discrete inputs: functions 1, 2, 5 and 15; P10 to P14, P20, P23, P25, P26.

server_group! {
    /// Bits.
    pub(super) static GROUP = "bits", "coils and discrete inputs", cases CASES
}

exchanges! {
    static CASES in "bits";
    "example" Must on ALL ["P13", "Application protocol 6.1"] needs ["fc01", "fc0f", "coils.write.40"] Writes
        "the coils 20 to 38 of the specification's example come as CD 6B 05"
        {
            "0F {coil+19} 0013 03 CD6B05" => "0F {coil+19} 0013",
            "01 {coil+19} 0013" => "01 03 CD6B05",
        }
        kills ["pdu.bits-high-first"]
    "padding" Must on ALL ["P13", "Application protocol 6.1"] needs ["fc01", "fc0f", "coils.write.40"] Writes
        "the bits behind the last coil are zeros"
        {
            "0F {coil} 0010 02 FFFF" => "0F {coil} 0010",
            "01 {coil} 0001" => "01 01 01",
            "01 {coil} 0007" => "01 01 7F",
            "01 {coil} 0009" => "01 02 FF01",
            "01 {coil+3} 000C" => "01 02 FF0F",
        }
        kills ["pdu.bits-dirty-pad"]
    "unaligned" Must on ALL ["P14", "Application protocol 6.1"] needs ["fc01", "fc0f", "coils.write.40"] Writes
        "a read may start at any coil"
        {
            "0F {coil} 0018 03 A5C35A" => "0F {coil} 0018",
            "01 {coil} 0018" => "01 03 A5C35A",
            "01 {coil+1} 0010" => "01 02 D261",
            "01 {coil+5} 000B" => "01 02 1D06",
            "01 {coil+7} 0001" => "01 01 01",
            "01 {coil+15} 0008" => "01 01 B5",
        }
        kills ["pdu.bits-aligned", "pdu.bits-high-first"]
    "write-one" Must on ALL ["P20", "Application protocol 6.5"] needs ["fc01", "fc05", "coils.write.40"] Writes
        "a coil is written with FF00 and 0000, and the request comes back"
        {
            "05 {coil+3} FF00" => "05 {coil+3} FF00",
            "01 {coil+3} 0001" => "01 01 01",
            "05 {coil+3} 0000" => "05 {coil+3} 0000",
            "01 {coil+3} 0001" => "01 01 00",
            "05 {coil+3} 0000" => "05 {coil+3} 0000",
            "05 {coil+3} FF00" => "05 {coil+3} FF00",
            "05 {coil+3} FF00" => "05 {coil+3} FF00",
            "01 {coil+3} 0001" => "01 01 01",
        }
        kills ["pdu.coil-not-echoed"]
    "write-one-value" Must on ALL ["P20", "Application protocol 6.5"] needs ["fc01", "fc05", "coils.write.40"] Writes
        "any other value is refused with 03, and the coil stays as it is"
        {
            "05 {coil+3} 0000" => "05 {coil+3} 0000",
            "05 {coil+3} 0001" => "85 03",
            "05 {coil+3} 00FF" => "85 03",
            "05 {coil+3} FF01" => "85 03",
            "05 {coil+3} FFFF" => "85 03",
            "05 {coil+3} 0100" => "85 03",
            "01 {coil+3} 0001" => "01 01 00",
        }
        kills ["pdu.coil-takes-one"]
    "write-one-absent" Must on ALL ["P12", "P20", "Application protocol 6.5, 7"] needs ["fc05", "coils.write.1", "coils.end"] Writes
        "a coil that is not there is refused, whatever is written"
        {
            // Figure 15 judges the value first, and figure 9 the address.
            "05 {coil.end} 0002" => "85 03 | 85 02",
            "05 {coil.end} FF00" => "85 02",
            "05 {coil.end} 0000" => "85 02",
        }
        kills ["pdu.one-past-the-end", "any.silent-on-errors"]
    "write-one-order" Should on ALL ["P20", "Application protocol 6.5, figure 15"] needs ["fc05", "coils.write.1", "coils.end"] Writes
        "the value is judged before the address"
        {
            "05 {coil.end} 0002" => "85 03",
        }
        kills ["pdu.coil-address-first"]
    "write-many" Must on ALL ["P23", "Application protocol 6.11"] needs ["fc01", "fc0f", "coils.write.40"] Writes
        "the ten coils of the specification's example are written as CD 01"
        {
            "0F {coil+16} 0010 02 0000" => "0F {coil+16} 0010",
            "0F {coil+19} 000A 02 CD01" => "0F {coil+19} 000A",
            "01 {coil+16} 0010" => "01 02 680E",
        }
        kills ["pdu.bits-high-first"]
    "write-many-padding" Must on ALL ["P23", "Application protocol 6.11"] needs ["fc01", "fc0f", "coils.write.40"] Writes
        "the bits behind the last coil of a write do not count"
        {
            "0F {coil} 0018 03 000000" => "0F {coil} 0018",
            "0F {coil} 000A 02 FFFF" => "0F {coil} 000A",
            "01 {coil} 0018" => "01 03 FF0300",
            "0F {coil} 000A 02 00FC" => "0F {coil} 000A",
            "01 {coil} 0018" => "01 03 000000",
        }
        kills ["pdu.coils-write-pad"]
    "write-many-count" Must on FRAMED ["P23", "Application protocol 6.11"] needs ["fc01", "fc0f", "coils.write.40"] Writes
        "a byte count other than the quantity needs is refused with 03, and nothing is written"
        {
            "0F {coil} 0018 03 000000" => "0F {coil} 0018",
            "0F {coil} 000A 01 FF" => "8F 03",
            "0F {coil} 000A 03 FFFFFF" => "8F 03",
            "0F {coil} 0008 02 FFFF" => "8F 03",
            "0F {coil} 0010 01 FF" => "8F 03",
            "01 {coil} 0018" => "01 03 000000",
        }
        kills ["pdu.coils-any-count"]
    "write-many-truncated" Must on FRAMED ["P26", "Application protocol 6.11"] needs ["fc01", "fc0f", "coils.write.40"] Writes
        "less data than the byte count says is refused with 03, and nothing is written"
        {
            "0F {coil} 0018 03 000000" => "0F {coil} 0018",
            "0F {coil} 0018 03 FFFF" => "8F 03",
            "0F {coil} 0018 03" => "8F 03",
            "0F {coil} 0010 02 FF" => "8F 03",
            "01 {coil} 0018" => "01 03 000000",
        }
        kills ["pdu.takes-truncated-data"]
    "write-many-zero" Must on FRAMED ["P23", "Application protocol 6.11"] needs ["fc0f", "coils.write.1"] Writes
        "no coils at all are refused with 03"
        {
            "0F {coil} 0000 00" => "8F 03",
            "0F {coil} 0000 01 FF" => "8F 03",
        }
        kills ["pdu.coils-none"]
    "write-many-most" Must on ALL ["P23", "Application protocol 6.11"] needs ["fc01", "fc0f", "coils.write.1968"] Writes
        "1968 coils are written at once, and not one more"
        {
            "0F {coil} 07B0 F6 00*246" => "0F {coil} 07B0",
            "01 {coil} 07B0" => "01 F6 00*246",
            "0F {coil} 07B0 F6 A5*246" => "0F {coil} 07B0",
            "01 {coil} 07B0" => "01 F6 A5*246",
            "0F {coil} 07B1 F7 FF*247" => "8F 03",
            "01 {coil} 07B0" => "01 F6 A5*246",
        }
        kills ["pdu.coils-1969", "pdu.bits-high-first"]
    "write-many-quantity" Must on FRAMED ["P23", "P08", "Application protocol 6.11"] needs ["fc0f", "coils.write.1969"] Writes
        "a quantity above 1968 is refused with 03, whatever the byte count"
        {
            "0F {coil} 07B1 F7 FF*247" => "8F 03",
            "0F {coil} 07B1 01 FF" => "8F 03",
            "0F {coil} 0800 00" => "8F 03",
            "0F {coil} FFFF FF" => "8F 03",
            "0F {coil} FFFF 01 FF" => "8F 03",
        }
        kills ["pdu.coils-1969"]
    "partial-write" Must on ALL ["P25", "P12", "Application protocol 6.11"] needs ["plant", "fc01", "fc0f"] Writes
        "a write that runs past the end is refused with 02 and writes nothing"
        {
            "0F 07F8 0008 01 5A" => "0F 07F8 0008",
            "0F 07F8 0009 02 FFFF" => "8F 02",
            "0F 07FF 0002 01 03" => "8F 02",
            "0F 0051 07B0 F6 FF*246" => "8F 02",
            "01 07F8 0008" => "01 01 5A",
            "0F 0800 0001 01 01" => "8F 02",
        }
        kills ["pdu.writes-what-fits", "pdu.one-past-the-end"]
    "quantity" Must on ALL ["P10", "Application protocol 6.1"] needs ["fc01", "coils"] None
        "1 to 2000 coils can be read, and none and 2001 are refused with 03"
        {
            "01 {coil.first} 0000" => "81 03",
            "01 {coil.first} 07D1" => "81 03",
            "01 {coil.first} 8000" => "81 03",
            "01 {coil.first} FFFF" => "81 03",
            "01 {coil.first} 0001" => "01 01 0?",
        }
        kills ["pdu.bits-none", "pdu.bits-2001"]
    "most" Must on ALL ["P10", "Application protocol 6.1"] needs ["fc01", "coils.read.2000"] None
        "2000 coils are 250 bytes, and 2001 are refused"
        {
            "01 {coil.first} 07D0" => "01 FA ??*250",
            "01 {coil.first} 07CF" => "01 FA ??*250",
            "01 {coil.first} 07D1" => "81 03",
        }
        kills ["pdu.bits-2001"]
    "inputs-quantity" Must on ALL ["P10", "Application protocol 6.2"] needs ["fc02", "discrete"] None
        "1 to 2000 discrete inputs can be read, and none and 2001 are refused with 03"
        {
            "02 {discrete.first} 0000" => "82 03",
            "02 {discrete.first} 07D1" => "82 03",
            "02 {discrete.first} FFFF" => "82 03",
            "02 {discrete.first} 0001" => "02 01 0?",
        }
        kills ["pdu.bits-none", "pdu.bits-2001"]
    "inputs-most" Must on ALL ["P10", "Application protocol 6.2"] needs ["fc02", "discrete.read.2000"] None
        "2000 discrete inputs are 250 bytes, and 2001 are refused"
        {
            "02 {discrete.first} 07D0" => "02 FA ??*250",
            "02 {discrete.first} 07D1" => "82 03",
        }
        kills ["pdu.bits-2001"]
    "end" Must on ALL ["P12", "Application protocol 6.1"] needs ["fc01", "coils.read.8", "coils.end"] None
        "the last coil can be read, and the one behind it is refused with 02"
        {
            "01 {coil.end-1} 0001" => "01 01 0?",
            "01 {coil.end-8} 0008" => "01 01 ??",
            "01 {coil.end} 0001" => "81 02",
            "01 {coil.end-1} 0002" => "81 02",
            "01 {coil.end-8} 0009" => "81 02",
        }
        kills ["pdu.one-past-the-end", "pdu.last-is-absent"]
    "inputs-end" Must on ALL ["P12", "Application protocol 6.2"] needs ["fc02", "discrete.read.8", "discrete.end"] None
        "the last discrete input can be read, and the one behind it is refused with 02"
        {
            "02 {discrete.end-1} 0001" => "02 01 0?",
            "02 {discrete.end} 0001" => "82 02",
            "02 {discrete.end-1} 0002" => "82 02",
        }
        kills ["pdu.one-past-the-end", "pdu.last-is-absent"]
    "wrap" Must on ALL ["P11", "Application protocol 6.1"] needs ["fc01", "coils.end"] None
        "addresses do not run over 65535 into 0"
        {
            "01 FFFF 0002" => "81 02",
            "01 FFFF 0010" => "81 02",
            "01 FF00 07D0" => "81 02",
        }
        kills ["pdu.wraps-addresses"]
    "inputs-wrap" Must on ALL ["P11", "Application protocol 6.2"] needs ["fc02", "discrete.end"] None
        "addresses of inputs do not run over 65535 into 0"
        {
            "02 FFFF 0002" => "82 02",
            "02 FFF0 07D0" => "82 02",
        }
        kills ["pdu.wraps-addresses"]
    "order" Should on ALL ["P08", "Application protocol 6.1, figure 11"] needs ["fc01", "coils.end"] None
        "where quantity and address are both wrong, the quantity is judged first"
        {
            "01 {coil.end} 0000" => "81 03",
            "01 {coil.end} 07D1" => "81 03",
            "01 FFFF FFFF" => "81 03",
        }
        kills ["pdu.address-before-quantity"]
    "inputs-order" Should on ALL ["P08", "Application protocol 6.2, figure 12"] needs ["fc02", "discrete.end"] None
        "where quantity and address are both wrong, the quantity is judged first"
        {
            "02 {discrete.end} 07D1" => "82 03",
            "02 FFFF FFFF" => "82 03",
        }
        kills ["pdu.address-before-quantity"]
    "inputs-plant" Must on ALL ["P13", "P14", "Application protocol 6.2"] needs ["plant", "fc02"] None
        "discrete inputs are a table of their own, packed as coils are"
        {
            "02 0000 0010" => "02 02 9313",
            "02 0007 0009" => "02 02 2700",
            "02 07F8 0008" => "02 01 14",
        }
        kills ["pdu.inputs-are-coils", "pdu.bits-aligned"]
    "coils-plant" Must on ALL ["P13", "P14", "Application protocol 6.1"] needs ["plant", "fresh", "fc01"] None
        "coils come as the test device has them"
        {
            "01 0000 0010" => "01 02 9218",
            "01 000B 0008" => "01 01 C3",
        }
        kills ["pdu.bits-aligned", "pdu.bits-high-first"]
}
