//! What all stations on a serial line do: checks, addresses, broadcasts; S01 to S09, F10 to F12, F14.

use crate::{Case, Context, Halt, case, hex};

use super::unit::Unit;

server_group! {
    /// Stations.
    pub(super) static GROUP = "station", "checks, addresses and broadcasts", cases CASES
}

server_group! {
    /// Stations, by tables of exchanges.
    pub(super) static TABLES = "serial", "what is for whom, and what is not done", cases ROWS
}

exchanges! {
    static ROWS in "serial";
    "bad-check" Must on SERIAL ["S01", "F10", "A04", "Serial line 2.4.2"] needs ["fc03", "fc06", "fc10", "holding.write.2"] Writes
        "a frame whose check does not fit is neither answered nor executed"
        {
            "10 {holding} 0002 04 1111 2222" => "10 {holding} 0002",
            "damaged:06 {holding} 3333" => "silence",
            "damaged:10 {holding} 0002 04 3333 4444" => "silence",
            "damaged:03 {holding} 0001" => "silence",
            "03 {holding} 0002" => "03 04 1111 2222",
        }
        kills ["serial.ignores-the-check", "serial.executes-before-the-check"]
    "bad-check-coil" Must on SERIAL ["S01", "Serial line 2.4.2"] needs ["fc01", "fc05", "coils.write.1"] Writes
        "a coil whose write is damaged stays as it is"
        {
            "05 {coil} 0000" => "05 {coil} 0000",
            "damaged:05 {coil} FF00" => "silence",
            "01 {coil} 0001" => "01 01 00",
        }
        kills ["serial.ignores-the-check", "serial.executes-before-the-check"]
    "bad-check-unknown" Must on SERIAL ["S07", "S01", "Serial line 2.4.2"] needs ["modbus"] None
        "an unknown function is refused only in a frame whose check fits"
        {
            "damaged:6F" => "silence",
            "damaged:7E 0000 0001" => "silence",
            "damaged:66 00" => "silence",
        }
        kills ["serial.refuses-before-the-check"]
    "foreign" Must on SERIAL ["S02", "Serial line 2.2"] needs ["fc03", "fc06", "holding.write.1"] Writes
        "a request to another unit is neither answered nor executed"
        {
            "06 {holding} 1111" => "06 {holding} 1111",
            "other:03 {holding} 0001" => "silence",
            "other:06 {holding} 2222" => "silence",
            "other:6F" => "silence",
            "other:03 {holding} 0000" => "silence",
            "03 {holding} 0001" => "03 02 1111",
        }
        kills ["serial.answers-foreign"]
    "reserved" Must on SERIAL ["F14", "S02", "Serial line 2.2"] needs ["fc03", "fc06", "holding.write.1"] Writes
        "the reserved addresses 248 to 255 are nobody's"
        {
            "06 {holding} 1111" => "06 {holding} 1111",
            "unit 248:03 {holding} 0001" => "silence",
            "unit 250:06 {holding} 2222" => "silence",
            "unit 254:03 {holding} 0001" => "silence",
            "unit 255:06 {holding} 2222" => "silence",
            "03 {holding} 0001" => "03 02 1111",
        }
        kills ["serial.answers-reserved"]
    "broadcast-registers" Must on SERIAL ["S04", "F14", "Serial line 2.1"] needs ["fc03", "fc06", "fc10", "holding.write.4"] Writes
        "writes of registers that go to all are executed and not answered"
        {
            "10 {holding} 0004 08 0000 0000 0000 0000" => "10 {holding} 0004",
            "all:06 {holding} 1234" => "silence",
            "03 {holding} 0001" => "03 02 1234",
            "all:10 {holding+1} 0002 04 5555 6666" => "silence",
            "03 {holding} 0004" => "03 08 1234 5555 6666 0000",
        }
        kills ["serial.ignores-broadcasts", "serial.answers-broadcasts"]
    "broadcast-coils" Must on SERIAL ["S04", "F14", "Serial line 2.1"] needs ["fc01", "fc05", "fc0f", "coils.write.16"] Writes
        "writes of coils that go to all are executed and not answered"
        {
            "0F {coil} 0010 02 0000" => "0F {coil} 0010",
            "all:05 {coil+2} FF00" => "silence",
            "01 {coil} 0008" => "01 01 04",
            "all:0F {coil+4} 0004 01 0F" => "silence",
            "01 {coil} 0010" => "01 02 F400",
        }
        kills ["serial.ignores-broadcasts", "serial.answers-broadcasts"]
    "broadcast-mask" Must on SERIAL ["S04", "P30", "Serial line 2.1"] needs ["fc03", "fc06", "fc16", "holding.write.1"] Writes
        "a masked write that goes to all is executed and not answered"
        {
            "06 {holding} 0012" => "06 {holding} 0012",
            "all:16 {holding} 00F2 0025" => "silence",
            "03 {holding} 0001" => "03 02 0017",
        }
        kills ["serial.ignores-broadcasts", "serial.answers-broadcasts"]
    "broadcast-file" Must on SERIAL ["S04", "P34", "Serial line 2.1"] needs ["fc14", "fc15", "file.write"] Writes
        "a write of a file that goes to all is executed and not answered"
        {
            "15 09 06 {file} 0007 0001 1111" => "15 09 06 {file} 0007 0001 1111",
            "all:15 09 06 {file} 0007 0001 2222" => "silence",
            "14 07 06 {file} 0007 0001" => "14 04 03 06 2222",
        }
        kills ["serial.ignores-broadcasts", "serial.answers-broadcasts"]
    "broadcast-errors" Must on SERIAL ["S04", "S05", "Serial line 2.1"] needs ["fc03", "fc06", "fc10", "holding.write.1"] Writes
        "a write that goes to all and is wrong is neither executed nor refused"
        {
            "06 {holding} 1111" => "06 {holding} 1111",
            "all:10 {holding} 0000 00" => "silence",
            "all:10 FFFF 0002 04 1234 1234" => "silence",
            "all:05 {holding} 1234" => "silence",
            "03 {holding} 0001" => "03 02 1111",
        }
        kills ["serial.answers-broadcasts"]
    "broadcast-reads" Must on SERIAL ["S05", "Serial line 2.1"] needs ["modbus"] None
        "what cannot be asked of all is not answered, and not refused"
        {
            "all:01 0000 0001" => "silence",
            "all:02 0000 0001" => "silence",
            "all:03 0000 0001" => "silence",
            "all:04 0000 0001" => "silence",
            "all:07" => "silence",
            "all:11" => "silence",
            "all:18 0000" => "silence",
            "all:2B 0E 01 00" => "silence",
            "all:6F" => "silence",
        }
        kills ["serial.refuses-broadcasts", "serial.answers-broadcasts"]
    "own-address" Must on ALL ["S06", "Serial line 2.2"] needs ["modbus"] None
        "an answer bears the address of the unit that gives it, an exception too"
        {
            "03 0000 0000" => "83 03 | 83 01",
            "6F" => "EF 01",
        }
        kills ["any.replies-as-unit-one"]
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.station.unasked",
        title: "a unit says nothing of its own accord: not at first, and not behind an answer",
        refs: ["S08", "F06", "Serial line 2.1"],
        carriers: (crate::cases::modbus::ALL),
        killed_by: ["any.greets", "any.says-it-twice"],
        needs: ["modbus"],
        => |cx| {
            let mut unit = Unit::connect_at_once(cx).await?;
            cx.check("at-first").nothing(&unit.silence().await);
            for nth in 0..2 {
                let frame = unit.harmless()?;
                unit.wire.send(&frame).await?;
                let heard = unit.silence().await;
                let one = unit.one(unit.unit, &heard);
                let seen = one.as_ref().map_or_else(Clone::clone, |pdu| hex::short(pdu));
                cx.check(format!("one-answer-{nth}")).that(one.is_ok(), seen);
            }
        }
    },
    case! {
        id: "modbus.server.station.in-time",
        title: "an answer comes within the time that is given for it",
        refs: ["S09", "Serial line 2.4.1"],
        carriers: (crate::cases::modbus::ALL),
        killed_by: ["any.answers-late"],
        needs: ["modbus"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for nth in 0..3 {
                unit.alive(&format!("answer-{nth}")).await?;
            }
        }
    },
    case! {
        id: "modbus.server.station.one-bit",
        title: "a frame in which any one bit is wrong is not a frame",
        refs: ["F11", "F10", "S01", "Serial line 2.5.1.2"],
        carriers: (crate::cases::modbus::RTUS),
        needs: ["fc03", "fc06", "holding.write.1"],
        hazard: Writes,
        killed_by: ["rtu.ignores-half-the-crc"],
        => |cx| {
            let flips: Vec<Vec<usize>> = (0..64).map(|bit| vec![bit]).collect();
            flipped(cx, &flips).await?
        }
    },
    case! {
        id: "modbus.server.station.two-bits",
        title: "a frame in which any two bits are wrong is not a frame",
        refs: ["F12", "F10", "S01", "Serial line 2.5.1.2"],
        carriers: (crate::cases::modbus::RTUS),
        needs: ["fc03", "fc06", "holding.write.1"],
        hazard: Writes,
        killed_by: ["serial.ignores-the-check"],
        => |cx| {
            let mut rng = cx.rng();
            let two = || {
                let one = rng.usize(0..64);
                vec![one, (one + rng.usize(1..64)) % 64]
            };
            let flips: Vec<Vec<usize>> = core::iter::repeat_with(two).take(60).collect();
            flipped(cx, &flips).await?
        }
    },
    case! {
        id: "modbus.server.station.check-order",
        title: "the CRC goes low byte first, in requests and in answers",
        refs: ["F10", "Serial line 2.5.1.2"],
        carriers: (crate::cases::modbus::RTUS),
        needs: ["fc03", "fc06", "holding.write.1"],
        hazard: Writes,
        killed_by: ["rtu.crc-high-byte-first"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            unit.row("06 {holding} 1111", "06 {holding} 1111").await?;
            let pdu = unit.pdu("06 {holding} 2222")?;
            let mut frame = unit.frame(&pdu);
            frame.swap(6, 7);
            unit.wire.send(&frame).await?;
            cx.check("high-first").nothing(&unit.silence().await);
            unit.row("03 {holding} 0001", "03 02 1111").await?;
        }
    },
];

/// A write of 3333 with bits of its frame turned over: no answer, and the register stays 1111.
async fn flipped(cx: &Context, flips: &[Vec<usize>]) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    unit.row("06 {holding} 1111", "06 {holding} 1111").await?;
    let pdu = unit.pdu("06 {holding} 3333")?;
    for bits in flips {
        let mut frame = unit.frame(&pdu);
        for bit in bits {
            if let Some(byte) = frame.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
        }
        unit.wire.send(&frame).await?;
        let heard = unit.wire.receive_until_quiet().await;
        cx.check(format!("bits-{bits:?}")).nothing(&heard);
    }
    unit.row("03 {holding} 0001", "03 02 1111").await?;
    unit.alive("alive").await
}
