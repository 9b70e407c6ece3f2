//! A gateway: requests come over TCP, and units are behind serial lines; T13. The suite is the client in
//! front and the stations behind.

use core::time::Duration;

use super::unit::Unit;
use crate::{
    Case, Context, Halt, Wire, case, hex,
    reference::modbus::adu::{Adu, Framing, Read},
};

server_group! {
    /// Gateways.
    pub(super) static GROUP = "gateway", "a gateway to serial lines", cases CASES
}

/// A unit of the first line, and one of the second.
const NEAR: u8 = 5;
const FAR: u8 = 12;

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.gateway.forwarded",
        title: "a request goes out on the line of its unit as it is, and the answer comes back with its transaction",
        refs: ["T13", "T01", "Messaging on TCP/IP 4.4.2.2"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["gateway"],
        params: ["first-line", "second-line"],
        killed_by: ["gateway.has-one-line", "gateway.counts-transactions-itself"],
        => |cx| { forwarded(cx).await? }
    },
    case! {
        id: "modbus.server.gateway.exception",
        title: "an exception of a unit comes back as it is",
        refs: ["T13", "Application protocol 7"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["gateway"],
        params: ["01", "02", "03", "04", "05", "06", "08", "7f"],
        killed_by: ["gateway.makes-its-own-exceptions"],
        => |cx| {
            let mut bench = Bench::new(cx).await?;
            let code = u8::from_str_radix(cx.param(), 16).unwrap_or_default();
            bench.transact("exception", NEAR, &[3, 0, 7, 0, 1], &[0x83, code]).await?;
            bench.transact("afterwards", NEAR, &[3, 0, 8, 0, 1], &[3, 2, 0xbe, 0xef]).await?;
        }
    },
    case! {
        id: "modbus.server.gateway.no-path",
        title: "a request to a unit that is on no line is answered with 0A, and nothing goes out",
        refs: ["T13", "Application protocol 7"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["gateway"],
        killed_by: ["gateway.no-path-is-no-answer", "gateway.asks-anybody"],
        => |cx| {
            let mut bench = Bench::new(cx).await?;
            for unit in [10, 20, 100, 247] {
                bench.ask(unit, &[3, 0, 0, 0, 1]).await?;
                bench.answered(&format!("unit-{unit}"), unit, &[0x83, 0x0a]).await;
            }
            bench.silent("nothing-goes-out").await;
            bench.transact("afterwards", NEAR, &[3, 0, 8, 0, 1], &[3, 2, 0xbe, 0xef]).await?;
        }
    },
    case! {
        id: "modbus.server.gateway.no-answer",
        title: "a request to a unit that does not answer is answered with 0B, and the next goes out",
        refs: ["T13", "Application protocol 7"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["gateway"],
        killed_by: ["gateway.no-answer-is-no-path", "gateway.says-nothing-without-an-answer"],
        => |cx| {
            let mut bench = Bench::new(cx).await?;
            let asked = [3, 0, 7, 0, 1];
            bench.ask(NEAR, &asked).await?;
            bench.heard("asked", NEAR, &asked).await?;
            bench.answered("given-up", NEAR, &[0x83, 0x0b]).await;
            bench.transact("afterwards", NEAR, &[3, 0, 8, 0, 1], &[3, 2, 0xbe, 0xef]).await?;
        }
    },
    case! {
        id: "modbus.server.gateway.broadcast",
        title: "what is written to unit 0 goes to address 0 of every line, and no unit is waited for",
        refs: ["T13", "S04", "Serial line 2.1"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["gateway"],
        killed_by: ["gateway.keeps-broadcasts", "gateway.broadcasts-on-one-line"],
        => |cx| { broadcast(cx).await? }
    },
    case! {
        id: "modbus.server.gateway.one-at-a-time",
        title: "sixteen requests at once go out one after the other, each behind the answer to the last",
        refs: ["T13", "M01", "T05"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["gateway"],
        killed_by: ["gateway.sends-all-at-once"],
        => |cx| { one_at_a_time(cx).await? }
    },
    case! {
        id: "modbus.server.gateway.departed",
        title: "what a client asked that has gone does not go out any more",
        refs: ["T13"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["gateway"],
        killed_by: ["gateway.asks-for-the-departed"],
        => |cx| { departed(cx).await? }
    },
];

/// What a unit that is asked twice in 20 ms has been asked too early.
const MOMENT: Duration = Duration::from_millis(20);

/// A client in front, and the stations of both lines behind.
struct Bench<'a> {
    cx: &'a Context,
    client: Unit<'a>,
    lines: [Wire; 2],
}

impl<'a> Bench<'a> {
    async fn new(cx: &'a Context) -> Result<Self, Halt> {
        let client = Unit::connect(cx).await?;
        let lines = [cx.line_behind(0)?, cx.line_behind(1)?];
        Ok(Self { cx, client, lines })
    }

    /// The line that a unit is on.
    fn line(&mut self, unit: u8) -> &mut Wire {
        let [first, second] = &mut self.lines;
        if unit < 10 { first } else { second }
    }

    /// The client asks.
    async fn ask(&mut self, unit: u8, pdu: &[u8]) -> Result<(), Halt> {
        let frame = self.client.frame_to(unit, pdu);
        self.client.wire.send(&frame).await
    }

    /// The unit hears this request, and nothing else; what else it hears ends the case.
    async fn heard(&mut self, name: &str, unit: u8, pdu: &[u8]) -> Result<(), Halt> {
        let cx = self.cx;
        let adu = self.next(name, unit, pdu.len()).await?;
        let fits = adu.unit == unit && adu.pdu == pdu;
        let seen = format!("unit {} is asked {}", adu.unit, hex::short(&adu.pdu));
        cx.check(name).that(fits, seen);
        if fits { Ok(()) } else { Err(Halt::Judged) }
    }

    /// The next request on the line of a unit, of so many bytes.
    async fn next(&mut self, name: &str, unit: u8, length: usize) -> Result<Adu, Halt> {
        let cx = self.cx;
        let heard = self.line(unit).receive_at_least(length + 3).await;
        match <[Read; 1]>::try_from(Framing::Rtu.read(&heard)) {
            Ok([Read::Frame(adu)]) => Ok(adu),
            _ => {
                let seen = format!("no request on the line: {}", hex::short(&heard));
                cx.check(name).fail(seen);
                Err(Halt::Judged)
            }
        }
    }

    /// The unit answers, ten characters later.
    async fn reply(&mut self, unit: u8, pdu: &[u8]) -> Result<(), Halt> {
        let frame = Framing::Rtu.frame(0, unit, pdu);
        let line = self.line(unit);
        line.pause(100, Duration::ZERO).await;
        line.send(&frame).await
    }

    /// The client hears this answer, and nothing else.
    async fn answered(&mut self, name: &str, unit: u8, pdu: &[u8]) {
        let heard = self.client.answer().await;
        let got = self.client.one(unit, &heard);
        let fits = got.as_deref() == Ok(pdu);
        let seen = got.map_or_else(|why| why, |pdu| format!("got {}", hex::short(&pdu)));
        self.cx.check(name).that(fits, seen);
    }

    /// A whole transaction.
    async fn transact(&mut self, name: &str, unit: u8, ask: &[u8], say: &[u8]) -> Result<(), Halt> {
        self.ask(unit, ask).await?;
        self.heard(&format!("{name}-asked"), unit, ask).await?;
        self.reply(unit, say).await?;
        self.answered(&format!("{name}-answered"), unit, say).await;
        Ok(())
    }

    /// Nothing has come on either line.
    async fn silent(&mut self, name: &str) {
        for (number, line) in self.lines.iter_mut().enumerate() {
            let heard = line.receive_until_quiet().await;
            self.cx.check(format!("{name}-{number}")).nothing(&heard);
        }
    }
}

async fn forwarded(cx: &Context) -> Result<(), Halt> {
    let mut bench = Bench::new(cx).await?;
    let unit = if cx.param() == "first-line" {
        NEAR
    } else {
        FAR
    };
    let longest = [&[3, 0xfa][..], &[0x5a; 250]].concat();
    let many = [&[16, 0, 1, 0, 0x7b, 0xf6][..], &[0xa5; 246]].concat();
    for (name, ask, say) in [
        ("read", &[3, 0, 0x6b, 0, 1][..], &[3, 2, 2, 0x2b][..]),
        ("longest-answer", &[3, 0, 0, 0, 125], &longest),
        ("longest-request", &many, &[16, 0, 1, 0, 0x7b]),
        ("unknown-function", &[0x65, 1, 2], &[0xe5, 1]),
    ] {
        bench.transact(name, unit, ask, say).await?;
    }
    bench.silent("no-more").await;
    Ok(())
}

async fn broadcast(cx: &Context) -> Result<(), Halt> {
    let mut bench = Bench::new(cx).await?;
    let write = [6, 0, 1, 0, 3];
    bench.ask(0, &write).await?;
    for unit in [NEAR, FAR] {
        let adu = bench
            .next(&format!("sent-{unit}"), unit, write.len())
            .await?;
        let seen = format!("unit {} is told {}", adu.unit, hex::short(&adu.pdu));
        cx.check(format!("line-of-{unit}"))
            .that(adu.unit == 0 && adu.pdu == write, seen);
    }
    // Whether the client hears that it went out is not said; never that it did not.
    let heard = bench.client.answer().await;
    let said = bench.client.one(0, &heard);
    let fine = heard.is_empty() || said.as_deref() == Ok(&write);
    cx.check("no-failure").that(fine, hex::short(&heard));
    bench.silent("once").await;
    bench
        .transact("afterwards", NEAR, &[3, 0, 8, 0, 1], &[3, 2, 0xbe, 0xef])
        .await
}

async fn one_at_a_time(cx: &Context) -> Result<(), Halt> {
    let mut bench = Bench::new(cx).await?;
    let mut bytes = Vec::new();
    for number in 1..=16 {
        bytes.extend(Framing::Tcp.frame(number, NEAR, &[3, 0, number as u8, 0, 1]));
    }
    bench.client.wire.send(&bytes).await?;
    for number in 1..=16 {
        let name = format!("request-{number}");
        let adu = bench.next(&name, NEAR, 5).await?;
        let clock = cx.clock().clone();
        let early = clock.timeout(MOMENT, bench.line(NEAR).receive_at_least(1));
        let alone = early.await.is_err();
        cx.check(&name).that(alone, "what comes before its answer");
        if !alone {
            return Err(Halt::Judged);
        }
        let register = adu.pdu.get(2).copied().unwrap_or_default();
        bench.reply(NEAR, &[3, 2, 0x77, register]).await?;
    }
    let length = 16 * Framing::Tcp.frame(0, 0, &[0; 4]).len();
    let heard = bench.client.wire.receive_at_least(length).await;
    let mut answers = Framing::Tcp.read(&heard);
    answers.sort_by_key(|read| match read {
        Read::Frame(adu) => adu.transaction,
        Read::Damaged(..) => u16::MAX,
    });
    let wanted: Vec<Read> = (1..=16_u16)
        .map(|transaction| {
            Read::Frame(Adu {
                transaction,
                unit: NEAR,
                pdu: vec![3, 2, 0x77, transaction as u8],
            })
        })
        .collect();
    cx.check("answers")
        .that(answers == wanted, format!("{answers:02x?}"));
    Ok(())
}

async fn departed(cx: &Context) -> Result<(), Halt> {
    let mut bench = Bench::new(cx).await?;
    let mut other = Unit::connect(cx).await?;
    for register in 1..=8 {
        bench.ask(NEAR, &[3, 0, register, 0, 1]).await?;
    }
    bench.heard("first", NEAR, &[3, 0, 1, 0, 1]).await?;
    // The first of them holds the line; its client goes, and another comes.
    core::mem::swap(&mut bench.client, &mut other);
    drop(other);
    cx.clock().sleep(MOMENT).await;
    let asked = [3, 0, 0x99, 0, 1];
    bench.ask(NEAR, &asked).await?;
    bench.reply(NEAR, &[3, 2, 0, 1]).await?;
    bench.heard("next", NEAR, &asked).await?;
    bench.reply(NEAR, &[3, 2, 0xbe, 0xef]).await?;
    bench.answered("answered", NEAR, &[3, 2, 0xbe, 0xef]).await;
    bench.silent("no-more").await;
    Ok(())
}
