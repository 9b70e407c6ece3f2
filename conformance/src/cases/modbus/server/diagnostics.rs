//! What only serial lines have: functions 7, 8, 11, 12 and 17; P40 to P52.

server_group! {
    /// Diagnostics.
    pub(super) static GROUP = "diagnostics", "diagnostics, exception status and server id", cases ROWS
}

exchanges! {
    static ROWS in "diagnostics";
    "status" Must on SERIAL ["P40", "Application protocol 6.7"] needs ["fc07"] None
        "the exception status is one byte"
        { "07" => "07 ??" }
        kills ["serial.status-of-two-bytes"]
    "status-plant" Must on SERIAL ["P40", "Application protocol 6.7"] needs ["plant", "fc07"] None
        "the exception status of the specification's example is 6D"
        { "07" => "07 6D" }
        kills ["serial.status-of-two-bytes"]
    "loopback" Must on SERIAL ["P41", "Application protocol 6.8"] needs ["diag00"] None
        "any number of words comes back as it went"
        {
            "08 0000 A537" => "08 0000 A537",
            "08 0000 0000" => "08 0000 0000",
            "08 0000 0102 0304" => "08 0000 0102 0304",
            "08 0000 1234*50" => "08 0000 1234*50",
            "08 0000 A55A*125" => "08 0000 A55A*125",
        }
        kills ["diagnostics.loops-one-word"]
    "restart" Must on SERIAL ["P42", "Application protocol 6.8"] needs ["diag01"] Reboots
        "a restart is answered before it is done, and takes 0000 and FF00 only"
        {
            "08 0001 0000" => "08 0001 0000",
            "08 0001 FF00" => "08 0001 FF00",
            "08 0001 1234" => "88 03",
            "08 0001 00FF" => "88 03",
        }
        kills ["diagnostics.restart-is-silent", "diagnostics.any-data"]
    "register" Must on SERIAL ["P43", "Application protocol 6.8"] needs ["diag02"] None
        "the diagnostic register is one word, asked for with 0000"
        {
            "08 0002 0000" => "08 0002 ????",
            "08 0002 0001" => "88 03",
        }
        kills ["diagnostics.any-data"]
    "register-cleared" Must on SERIAL ["P43", "P46", "Application protocol 6.8"] needs ["plant", "fresh", "diag02", "diag0a"] Writes
        "the diagnostic register is zero once it has been cleared"
        {
            "08 0002 0000" => "08 0002 2A5C",
            "08 000A 0000" => "08 000A 0000",
            "08 0002 0000" => "08 0002 0000",
        }
        kills ["diagnostics.keeps-its-register"]
    "delimiter" Must on SERIAL ["P44", "A02", "Application protocol 6.8"] needs ["diag03"] Writes
        "a delimiter comes with 00 behind it, and the request comes back"
        {
            "08 0003 0A01" => "88 03",
            "08 0003 0A00" => "08 0003 0A00",
        }
        kills ["diagnostics.any-data"]
    "listen-only" Must on SERIAL ["P45", "Application protocol 6.8"] needs ["fc01", "fc05", "coils.write.1", "diag04", "diag01"] Reboots
        "a unit that only listens neither answers nor executes, a broadcast neither, until it is restarted, without an answer"
        {
            "05 {coil} 0000" => "05 {coil} 0000",
            "08 0004 0000" => "silence",
            "01 {coil} 0001" => "silence",
            "05 {coil} FF00" => "silence",
            "all:05 {coil} FF00" => "silence",
            "08 0000 A537" => "silence",
            "6F" => "silence",
            "08 0001 0000" => "silence",
            "01 {coil} 0001" => "01 01 00",
        }
        kills [
            "diagnostics.never-listens-only", "diagnostics.answers-listen-only", "diagnostics.executes-while-listening",
            "diagnostics.listens-to-broadcasts", "diagnostics.answers-the-wake-up", "diagnostics.never-wakes",
        ]
    "listen-only-data" Must on SERIAL ["P45", "Application protocol 6.8"] needs ["diag04"] None
        "listen-only mode is asked for with 0000, else refused with 03"
        { "08 0004 0001" => "88 03" }
        kills ["diagnostics.any-data"]
    "counters-data" Should on SERIAL ["P47", "P46", "Application protocol 6.8, figure 18"] needs ["diag0a", "diag0b", "diag12"] None
        "counters are asked for, and cleared, with 0000, else refused with 03"
        {
            "08 000A 0001" => "88 03",
            "08 000B 0001" => "88 03",
            "08 000C FF00" => "88 03",
            "08 000F 1234" => "88 03",
            "08 0012 0001" => "88 03",
        }
        kills ["diagnostics.any-data"]
    "overrun" Must on SERIAL ["P48", "Application protocol 6.8"] needs ["diag14"] Writes
        "the overrun counter is cleared, and the request comes back"
        {
            "08 0014 0000" => "08 0014 0000",
            "08 0014 0001" => "88 03",
        }
        kills ["diagnostics.overrun-clear-is-silent"]
    "reserved" Must on SERIAL ["P49", "Application protocol 6.8.1"] needs ["fc08"] None
        "a reserved sub-function is refused, with 01 or 03"
        {
            "08 0005 0000" => "88 01 | 88 03",
            "08 0006 0000" => "88 01 | 88 03",
            "08 0009 0000" => "88 01 | 88 03",
            "08 0013 0000" => "88 01 | 88 03",
            "08 0015 0000" => "88 01 | 88 03",
            "08 0100 0000" => "88 01 | 88 03",
            "08 FFFF 0000" => "88 01 | 88 03",
        }
        kills ["diagnostics.reserved-are-echoed"]
    "short" Must on LINES ["P04", "Application protocol 6.8"] needs ["diag00", "diag02"] None
        "a diagnostic request without a whole sub-function is refused with 03"
        {
            "08" => "88 03",
            "08 00" => "88 03",
            "08 0002" => "88 03",
            "08 0002 00" => "88 03",
        }
        kills ["diagnostics.any-data", "diagnostics.short-is-ignored"]
    "event-counter" Must on SERIAL ["P50", "Application protocol 6.9"] needs ["fc0b"] None
        "the status is 0000 or FFFF"
        { "0B" => "0B 0000 ???? | 0B FFFF ????" }
        kills ["counters.always-busy"]
    "server-id" Must on SERIAL ["P52", "Application protocol 6.13"] needs ["plant", "fc11"] None
        "the server id has a byte count, and says whether the device runs with 00 or FF"
        { "11" => "11 0B 4C53 FF 4C696E6573696465" }
        kills ["serial.runs-a-little", "serial.server-id-miscounted"]
    "nothing-behind" Should on LINES ["P05", "Application protocol 6.7"] needs ["fc07", "fc0b", "fc0c", "fc11"] None
        "functions without data take none"
        {
            "07 00" => "87 03",
            "0B 0000" => "8B 03",
            "0C 00" => "8C 03",
            "11 00" => "91 03",
        }
        kills ["pdu.ignores-the-rest"]
}
