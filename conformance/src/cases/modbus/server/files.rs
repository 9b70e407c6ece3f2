//! File records and queues: functions 20, 21 and 24; P32 to P34.

server_group! {
    /// Files and queues.
    pub(super) static GROUP = "files", "file records and FIFO queues", cases CASES
}

exchanges! {
    static CASES in "files";
    "fifo-example" Must on ALL ["P32", "Application protocol 6.18"] needs ["plant", "fc18"] None
        "the queue of the specification's example comes with its count, and reading does not empty it"
        {
            "18 04DE" => "18 0006 0002 01B8 1284",
            "18 04DE" => "18 0006 0002 01B8 1284",
        }
        kills ["pdu.fifo-drains", "pdu.fifo-miscounts"]
    "fifo-full" Must on ALL ["P32", "Application protocol 6.18"] needs ["plant", "fc18"] None
        "31 registers are read at once, 32 are refused with 03, and none are no error"
        {
            "18 0600" => "18 0040 001F 0F00 0F11 ????*27 10ED 10FE",
            "18 0601" => "98 03",
            "18 0602" => "18 0002 0000",
        }
        kills ["pdu.fifo-of-32", "pdu.fifo-miscounts"]
    "fifo-pointer" Must on ALL ["P32", "Application protocol 6.18"] needs ["plant", "fc18"] None
        "where there is no queue, the answer is 02"
        {
            "18 0000" => "98 02",
            "18 04DF" => "98 02",
            "18 FFFF" => "98 02",
        }
        kills ["pdu.exception-without-its-bit"]
    "fifo-counts" Must on ALL ["P32", "Application protocol 6.18"] needs ["fc18", "fifo"] None
        "reading a queue twice gives the same"
        {
            "18 {fifo}" => "18 00?? 00?? ...",
            "18 {fifo}" => "18 00?? 00?? ...",
        }
        kills ["pdu.exception-without-its-bit", "any.replies-as-unit-one"]
    "read-example" Must on ALL ["P33", "Application protocol 6.14"] needs ["plant", "fc14"] None
        "two groups of the specification's example come in the order in which they were asked for"
        {
            "14 0E 06 0004 0001 0002 06 0003 0009 0002" => "14 0C 05 06 0DFE 0020 05 06 33CD 0040",
            "14 0E 06 0003 0009 0002 06 0004 0001 0002" => "14 0C 05 06 33CD 0040 05 06 0DFE 0020",
            "14 07 06 0004 0001 0001" => "14 04 03 06 0DFE",
        }
        kills ["pdu.file-groups-reversed", "pdu.file-length-in-registers"]
    "read-count" Must on FRAMED ["P33", "Application protocol 6.14, figure 24"] needs ["fc14", "file"] None
        "a byte count below 7, above F5, of no whole groups or of other data than there is is refused with 03"
        {
            "14 00" => "94 03",
            "14 06 06 {file} 0000 00" => "94 03",
            "14 08 06 {file} 0000 0001 00" => "94 03",
            "14 0E 06 {file} 0000 0001" => "94 03",
            "14 07 06 {file} 0000 0001 06 {file} 0000 0001" => "94 03",
            "14 FB 06*251" => "94 03",
        }
        kills ["pdu.file-any-count"]
    "read-type" Must on ALL ["P33", "Application protocol 6.14, figure 24"] needs ["fc14", "file"] None
        "a reference type other than 6 is refused"
        {
            "14 07 05 {file} 0000 0001" => "94 02 | 94 03",
            "14 07 00 {file} 0000 0001" => "94 02 | 94 03",
            "14 0E 06 {file} 0000 0001 07 {file} 0000 0001" => "94 02 | 94 03",
        }
        kills ["pdu.file-any-type"]
    "read-file" Must on ALL ["P33", "Application protocol 6.14"] needs ["fc14", "file"] None
        "file 0, and one that does not exist, are refused with 02"
        { "14 07 06 0000 0000 0001" => "94 02" }
        kills ["pdu.file-any-number"]
    "read-record" Must on ALL ["P33", "Application protocol 6.14"] needs ["plant", "fc14"] None
        "records go to 9999, and no group runs past the last record of its file"
        {
            "14 07 06 0005 270F 0001" => "14 04 03 06 93 4B",
            "14 07 06 0005 2710 0001" => "94 02",
            "14 07 06 0005 270F 0002" => "94 02",
            "14 07 06 0005 FFFF 0001" => "94 02",
            "14 07 06 0004 007F 0001" => "14 04 03 06 ????",
            "14 07 06 0004 0080 0001" => "94 02",
            "14 07 06 0004 007E 0003" => "94 02",
            "14 0E 06 0004 0000 0001 06 0004 0080 0001" => "94 02",
            "14 07 06 0007 0000 0001" => "94 02",
        }
        kills ["pdu.file-any-record"]
    "read-most" Must on ALL ["P33", "Application protocol 6.14"] needs ["plant", "fc14"] None
        "what fits into a PDU is read, and more is refused with 03"
        {
            "14 07 06 0005 0000 0079" => "14 F4 F3 06 ????*121",
            "14 07 06 0005 0000 007F" => "94 03",
            "14 07 06 0005 0000 0400" => "94 03",
            "14 0E 06 0005 0000 0050 06 0005 0100 0050" => "94 03",
        }
        kills ["pdu.file-answers-too-much"]
    "parity" Must on ALL ["P33", "P34", "Application protocol 7"] needs ["plant", "fc14", "fc15"] Writes
        "a file that cannot be read is answered with 08, memory parity error"
        {
            "14 07 06 0006 0000 0001" => "94 08",
            "15 09 06 0006 0000 0001 1234" => "95 08",
        }
        kills ["pdu.parity-is-failure"]
    "write" Must on ALL ["P34", "Application protocol 6.15"] needs ["fc14", "fc15", "file.write"] Writes
        "the three records of the specification's example are written, and the request comes back"
        {
            "15 0D 06 {file} 0007 0003 06AF 04BE 100D" => "15 0D 06 {file} 0007 0003 06AF 04BE 100D",
            "14 07 06 {file} 0007 0003" => "14 08 07 06 06AF 04BE 100D",
            "15 12 06 {file} 0007 0001 1111 06 {file} 0009 0001 3333" => "15 12 06 {file} 0007 0001 1111 06 {file} 0009 0001 3333",
            "14 07 06 {file} 0007 0003" => "14 08 07 06 1111 04BE 3333",
        }
        kills ["pdu.file-write-answers-short"]
    "write-all-or-nothing" Must on ALL ["P34", "P25", "Application protocol 6.15"] needs ["plant", "fc14", "fc15"] Writes
        "a write with one bad group writes nothing"
        {
            "15 09 06 0004 0007 0001 0000" => "15 09 06 0004 0007 0001 0000",
            "15 12 06 0004 0007 0001 1111 06 0004 0080 0001 2222" => "95 02",
            "15 12 06 0004 0007 0001 1111 06 0000 0000 0001 2222" => "95 02",
            "15 12 06 0004 0007 0001 1111 05 0004 0000 0001 2222" => "95 02 | 95 03",
            "15 12 06 0004 0007 0001 1111 06 0006 0000 0001 2222" => "95 08",
            "14 07 06 0004 0007 0001" => "14 04 03 06 0000",
        }
        kills ["pdu.file-writes-what-fits"]
    "write-count" Must on FRAMED ["P34", "P26", "Application protocol 6.15, figure 25"] needs ["fc14", "fc15", "file.write"] Writes
        "a byte count below 9 or of other data than there is, and a group cut short, are refused with 03"
        {
            "15 09 06 {file} 0007 0001 5555" => "15 09 06 {file} 0007 0001 5555",
            "15 00" => "95 03",
            "15 08 06 {file} 0007 0001 12" => "95 03",
            "15 0A 06 {file} 0007 0001 1234" => "95 03",
            "15 09 06 {file} 0007 0001 1234 5678" => "95 03",
            "15 0B 06 {file} 0007 0003 1234 5678" => "95 03",
            "14 07 06 {file} 0007 0001" => "14 04 03 06 5555",
        }
        kills ["pdu.file-any-count"]
    "write-places" Must on ALL ["P34", "Application protocol 6.15"] needs ["plant", "fc15"] Writes
        "the same reference types, files and records are refused as for reading"
        {
            "15 09 05 0004 0000 0001 1234" => "95 02 | 95 03",
            "15 09 06 0000 0000 0001 1234" => "95 02",
            "15 09 06 0007 0000 0001 1234" => "95 02",
            "15 09 06 0005 2710 0001 1234" => "95 02",
            "15 0B 06 0005 270F 0002 1234 1234" => "95 02",
        }
        kills ["pdu.file-any-type", "pdu.file-any-number"]
}
