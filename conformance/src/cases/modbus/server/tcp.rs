//! Modbus TCP, and serial frames on a stream: T01, T02, T05, T06, T09, T11, T12, F22, P73.

use core::time::Duration;

use super::{row::Reply, unit::Unit};
use crate::{
    Case, Context, Ended, Halt, Heard, case, hex,
    reference::modbus::adu::{Framing, Read},
};

server_group! {
    /// Streams.
    pub(super) static GROUP = "stream", "frames on a stream, and the header of Modbus TCP", cases CASES
}

exchanges! {
    static ROWS in "tcp";
    "any-unit" Should on TCP_ONLY ["T06", "Messaging on TCP/IP 4.4.2.2"] needs ["fc03", "holding"] None
        "a device that is addressed directly takes the units 255 and 0, and answers as such"
        {
            "unit 255:03 {holding.first} 0001" => "03 02 ????",
            "unit 0:03 {holding.first} 0001" => "03 02 ????",
        }
        kills ["tcp.only-its-unit"]
    "length" Must on TCP_ONLY ["T01", "P52", "Messaging on TCP/IP 3.1.3"] needs ["fc03", "holding"] None
        "the length in an answer counts the unit and the PDU, and the protocol is 0"
        {
            "03 {holding.first} 0001" => "03 02 ????",
            "03 {holding.first} 0000" => "83 03",
            "6F" => "EF 01",
        }
        kills ["tcp.length-one-short", "tcp.protocol-of-its-own"]
    "serial-functions" Must on TCP_ONLY ["P73", "P52", "Application protocol 6.7 to 6.13"] needs ["modbus"] None
        "functions of serial lines are served over TCP, or refused with 01"
        {
            "07" => "07 ?? | 87 01",
            "08 0000 A537" => "08 0000 A537 | 88 01",
            "0B" => "0B 0000 ???? | 0B FFFF ???? | 8B 01",
        }
        kills ["tcp.serial-functions-by-halves"]
}

server_group! {
    /// Modbus TCP.
    pub(super) static TCP = "tcp", "Modbus TCP", cases ROWS
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.stream.server-id",
        title: "the server id over TCP, where it is served, is as long as it says",
        refs: ["P52", "P73", "Application protocol 6.13"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus"],
        killed_by: ["tcp.serial-functions-by-halves"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = unit.frame(b"\x11");
            let heard = unit.exchange(&frame).await?;
            let one = unit.one(unit.unit, &heard);
            let fits = match one.as_deref() {
                Ok([0x91, 1]) => true,
                Ok([0x11, count, rest @ ..]) => usize::from(*count) == rest.len() && rest.len() >= 2,
                _ => false,
            };
            cx.check("count").that(fits, one.map_or_else(|why| why, |pdu| hex::short(&pdu)));
        }
    },
    case! {
        id: "modbus.server.stream.transactions",
        title: "an answer has the transaction of its request, whatever it is",
        refs: ["T01", "Messaging on TCP/IP 3.1.3"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus"],
        killed_by: ["tcp.counts-transactions-itself"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let own = unit.unit;
            for transaction in [0_u16, 1, 0xffff, 0x0100, 0x1234, 0, 0xffff] {
                let pdu = unit.pdu(&unit.question().0)?;
                let frame = Framing::Tcp.frame(transaction, own, &pdu);
                let heard = unit.exchange(&frame).await?;
                let head = heard.get(..4).unwrap_or_default();
                let [high, low] = transaction.to_be_bytes();
                cx.check(format!("{transaction:04x}-{}", hex::plain(head))).equal(head, &[high, low, 0, 0]);
            }
        }
    },
    case! {
        id: "modbus.server.stream.protocol",
        title: "a frame of another protocol is not answered, and where the wire stays the next is",
        refs: ["T01", "Messaging on TCP/IP 3.1.3"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus"],
        killed_by: ["tcp.ignores-the-protocol"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            for (name, protocol) in PROTOCOLS {
                let heard = other_protocol(&mut unit, protocol).await?;
                cx.check(name).nothing(&heard);
                if heard.closed() {
                    unit = Unit::connect(cx).await?;
                }
                unit.alive(&format!("after-{name}")).await?;
            }
        }
    },
    case! {
        id: "modbus.server.stream.protocol-stays",
        title: "a frame of another protocol does not cost the connection",
        refs: ["T01", "Messaging on TCP/IP 3.1.3"],
        level: Should,
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus"],
        killed_by: ["tcp.protocol-ends-the-wire"],
        => |cx| {
            for (name, protocol) in PROTOCOLS {
                let mut unit = Unit::connect(cx).await?;
                let heard = other_protocol(&mut unit, protocol).await?;
                cx.check(name).that(!heard.closed(), format!("the wire: {:?}", heard.ended));
            }
        }
    },
    case! {
        id: "modbus.server.stream.bad-length",
        title: "a length that cannot be is not answered, and the server goes on with others",
        refs: ["T01", "T11", "P06", "Messaging on TCP/IP 3.1.3"],
        level: Should,
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus"],
        killed_by: ["tcp.takes-any-length"],
        => |cx| {
            for length in [0_u16, 1, 255, 256, 300, 0xffff] {
                let mut unit = Unit::connect(cx).await?;
                let mut pdu = unit.pdu(&unit.question().0)?;
                pdu.resize(usize::from(length.clamp(1, 600)) - 1, 0);
                let mut frame = unit.frame(&pdu);
                let [high, low] = length.to_be_bytes();
                if let Some(field) = frame.get_mut(4..6) {
                    field.copy_from_slice(&[high, low]);
                }
                unit.wire.send(&frame).await?;
                let heard = unit.silence().await;
                cx.check(format!("length-{length}")).nothing(&heard);
                let mut next = Unit::connect(cx).await?;
                next.alive(&format!("after-{length}")).await?;
            }
        }
    },
    case! {
        id: "modbus.server.stream.cuts",
        title: "a request that comes in two pieces, cut anywhere, or a byte at a time, is answered",
        refs: ["T02", "F22", "Messaging on TCP/IP 4.2.1"],
        carriers: (crate::cases::modbus::STREAMS),
        needs: ["modbus"],
        killed_by: ["any.forgets-at-a-cut"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = unit.harmless()?;
            let moment = Duration::from_millis(2);
            for cut in 1..frame.len() {
                let frame = unit.harmless()?;
                let (one, two) = frame.split_at_checked(cut).unwrap_or((&frame, &[]));
                unit.wire.send_pieces(&[one, two], moment).await?;
                answered(&mut unit, &format!("cut-at-{cut}")).await;
            }
            let frame = unit.harmless()?;
            let bytes: Vec<&[u8]> = frame.chunks(1).collect();
            unit.wire.send_pieces(&bytes, moment).await?;
            answered(&mut unit, "bytewise").await;
        }
    },
    case! {
        id: "modbus.server.stream.together",
        title: "sixteen requests in one piece get sixteen answers",
        refs: ["T02", "T05", "T12", "Messaging on TCP/IP 4.2.1"],
        carriers: (crate::cases::modbus::STREAMS),
        needs: ["fc03", "holding.read.16"],
        killed_by: ["any.one-frame-a-read", "ascii.wants-a-pause"],
        => |cx| { together(cx).await? }
    },
    case! {
        id: "modbus.server.stream.slow",
        title: "a request that comes a byte in half a second is answered, or the wire is closed",
        refs: ["T11", "Messaging on TCP/IP 4.2.1"],
        level: Should,
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["modbus"],
        killed_by: ["any.forgets-at-a-cut"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let frame = unit.harmless()?;
            let mut closed = false;
            for byte in frame.chunks(1) {
                closed |= unit.wire.send(byte).await.is_err();
                cx.clock().sleep(Duration::from_millis(500)).await;
            }
            let heard = unit.answer().await;
            let fine = closed || heard.closed() && heard.is_empty() || unit.one(unit.unit, &heard).is_ok();
            cx.check("slow").that(fine, format!("{} {:?}", hex::short(&heard), heard.ended));
            let mut next = Unit::connect(cx).await?;
            next.alive("alive").await?;
        }
    },
    case! {
        id: "modbus.server.stream.end",
        title: "when the client ends its direction, the server ends its own",
        refs: ["T09", "Messaging on TCP/IP 4.3.1"],
        carriers: (crate::cases::modbus::STREAMS),
        needs: ["modbus"],
        killed_by: ["tcp.lingers"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            unit.alive("alive").await?;
            unit.wire.finish().await?;
            let rest = unit.wire.receive_until_closed().await;
            cx.check("ended").that(rest.ended != Ended::Limit, format!("after our end: {:?}", rest.ended));
            cx.check("nothing").nothing(&rest);
        }
    },
    case! {
        id: "modbus.server.stream.half-a-request",
        title: "a client that goes in the middle of a request does not keep the server from others",
        refs: ["T09", "T11", "Messaging on TCP/IP 4.3.1"],
        carriers: (crate::cases::modbus::STREAMS),
        needs: ["modbus"],
        killed_by: ["tcp.lingers"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let mut frame = unit.harmless()?;
            frame.truncate(5);
            unit.wire.send(&frame).await?;
            unit.wire.finish().await?;
            let rest = unit.wire.receive_until_closed().await;
            cx.check("ended").that(rest.ended != Ended::Limit, format!("after our end: {:?}", rest.ended));
            cx.check("nothing").nothing(&rest);
            let mut next = Unit::connect(cx).await?;
            next.alive("alive").await?;
        }
    },
    case! {
        id: "modbus.server.stream.check",
        title: "RTU frames on a stream keep their CRC, and one that does not fit is not answered",
        refs: ["T12", "S01", "F10"],
        carriers: (crate::cases::modbus::RTU_ON_A_STREAM),
        needs: ["fc03", "fc06", "holding.write.1"],
        hazard: Writes,
        killed_by: ["serial.ignores-the-check", "rtu.crc-high-byte-first"],
        => |cx| {
            super::rows::table(cx, &[
                ("06 {holding} 1111", "06 {holding} 1111"),
                ("damaged:06 {holding} 2222", "silence"),
                ("03 {holding} 0001", "03 02 1111"),
            ]).await?
        }
    },
];

const PROTOCOLS: [(&str, [u8; 2]); 3] = [("one", [0, 1]), ("256", [1, 0]), ("all", [0xff, 0xff])];

/// A harmless question in a frame of another protocol: what comes.
async fn other_protocol(unit: &mut Unit<'_>, protocol: [u8; 2]) -> Result<Heard, Halt> {
    let mut frame = unit.harmless()?;
    if let Some(field) = frame.get_mut(2..4) {
        field.copy_from_slice(&protocol);
    }
    unit.wire.send(&frame).await?;
    Ok(unit.silence().await)
}

async fn answered(unit: &mut Unit<'_>, name: &str) {
    let heard = unit.answer().await;
    let got = unit.one(unit.unit, &heard);
    let seen = got
        .as_ref()
        .map_or_else(Clone::clone, |pdu| hex::short(pdu));
    unit.cx.check(name).that(got.is_ok(), seen);
}

/// Each answer is told by its length: the first request asks for one register, the last for sixteen.
async fn together(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let own = unit.unit;
    let mut bytes = Vec::new();
    for count in 1..=16_u16 {
        let pdu = unit.pdu(&format!("03 {{holding.first}} {count:04X}"))?;
        bytes.extend(unit.framing.frame(0x7700 + count, own, &pdu));
    }
    let heard = unit.exchange(&bytes).await?;
    let mut read = unit.framing.read(&heard);
    cx.check("answers").same(&read.len(), &16);
    // Over TCP they may come in any order; the transaction tells which is which.
    if unit.framing == Framing::Tcp {
        read.sort_by_key(|read| match read {
            Read::Frame(adu) => adu.transaction,
            Read::Damaged(..) => 0,
        });
    }
    for (count, read) in (1..=16_u16).zip(read) {
        let want = format!("03 {:02X} ...", count * 2);
        let want = Reply::parse(&want, &unit.fill()).map_err(Halt::Harness)?;
        let fits = match &read {
            Read::Frame(adu) => {
                let ours = unit.framing != Framing::Tcp || adu.transaction == 0x7700 + count;
                ours && adu.unit == own && want.takes(&adu.pdu)
            }
            Read::Damaged(..) => false,
        };
        cx.check(format!("answer-{count}"))
            .that(fits, format!("{read:02x?}"));
    }
    Ok(())
}
