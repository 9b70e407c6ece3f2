//! TCP frames and transactions (Messaging on TCP/IP 3.1.3, 4.4.1), as a client sends and receives them.

use core::time::Duration;
use std::collections::BTreeSet;

use crate::{
    Carrier, Case, Context, Halt, case, hex,
    script::{
        Step,
        modbus::{Answer, Call, Failure, Request},
    },
};

use super::{
    super::{STREAMS, TCP},
    work::{
        AFTERWARDS, Asked, Slave, TIMEOUT, UNIT, pdu, read, read_pdu, shown, value, value_pdu,
        wrong_reply,
    },
};

/// Modbus TCP.
pub(super) static CARRIERS: &[&Carrier] = &[&TCP];

/// A client may have as many transactions out (Messaging on TCP/IP 4.4.1.3).
const OUTSTANDING: usize = 16;

/// Calls in one step: more than may be out.
const CALLS: u16 = 20;

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.tcp.header",
        title: "a request has protocol 0, a length that counts the unit, and the unit",
        refs: ["Messaging on TCP/IP 3.1.3", "T01"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        params: ["read", "longest", "shortest"],
        killed_by: ["modbus.client.tcp-protocol-one", "modbus.client.tcp-length-without-unit"],
        => |cx| {
            let request = match cx.param() {
                "longest" => [vec![0x41], vec![7; 252]].concat(),
                "shortest" => vec![0x41],
                _ => read_pdu(1),
            };
            let call = Request::Pdu { pdu: request.clone() }.to(UNIT, TIMEOUT);
            let mut slave = Slave::start(cx, vec![call]).await?;
            let heard = slave.client.wire.receive_at_least(7 + request.len()).await;
            let length = u16::try_from(request.len() + 1).unwrap_or_default();
            let [high, low] = length.to_be_bytes();
            let wanted = [&[0, 0, high, low, UNIT][..], &request].concat();
            cx.check("header").equal(heard.get(2..).unwrap_or_default(), &wanted);
            cx.check("alone").nothing(&slave.rest().await);
        }
    },
    case! {
        id: "modbus.client.tcp.segments",
        title: "a request goes out in one piece and alone, also when sixteen are made at once",
        refs: ["Messaging on TCP/IP 4.2.1", "T03"],
        level: Should,
        side: Client,
        carriers: (CARRIERS),
        needs: ["segments"],
        killed_by: ["modbus.client.tcp-joins-requests"],
        => |cx| { segments(cx).await? }
    },
    case! {
        id: "modbus.client.tcp.protocol",
        title: "a frame of another protocol answers nothing, and the reply behind it is taken",
        refs: ["Messaging on TCP/IP 3.1.3", "Messaging on TCP/IP 4.4.1.3", "T01"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        params: ["0001", "0100", "ffff"],
        killed_by: ["modbus.client.tcp-ignores-protocol"],
        => |cx| {
            let protocol = pdu(cx.param());
            let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            let mut other = slave.frame(&asked, &value_pdu(0x1111));
            if let (Some(field), [high, low]) = (other.get_mut(2..4), &*protocol) {
                field.copy_from_slice(&[*high, *low]);
            }
            slave.send(&other).await?;
            slave.reply(&asked, &value_pdu(0x2222)).await?;
            slave.afterwards().await?;
            slave.says("reported", &[Answer::Words(vec![0x2222]), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.tcp.length",
        title: "a length that no frame has is noticed at once, and not waited for",
        refs: ["Messaging on TCP/IP 3.1.3", "T01", "T11"],
        level: Should,
        side: Client,
        carriers: (CARRIERS),
        params: ["0000", "00ff", "0100", "ffff"],
        killed_by: ["modbus.client.tcp-takes-any-length"],
        => |cx| {
            let length = pdu(cx.param());
            let call = Call { timeout_ms: Some(30_000), ..read(1) };
            let mut slave = Slave::start(cx, vec![call]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            let mut frame = slave.frame(&asked, &value_pdu(0x1111));
            if let (Some(field), [high, low]) = (frame.get_mut(4..6), &*length) {
                field.copy_from_slice(&[*high, *low]);
            }
            slave.send(&frame).await?;
            let noticed = slave.client.wire.receive_until_closed().await;
            let seen = format!("after it: {:?}", noticed.ended);
            cx.check("closed").that(noticed.closed(), seen);
            let answers = slave.answers().await?;
            let seen = format!("the client reports {}", shown(&answers));
            cx.check("failed").that(matches!(&*answers, [Answer::Failed(_)]), seen);
        }
    },
    case! {
        id: "modbus.client.tcp.overlong",
        title: "a frame of more than 260 bytes is not taken, though its length is right",
        refs: ["Application protocol 4.1", "Messaging on TCP/IP 3.1.3", "T01"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        params: ["254", "300", "2000"],
        killed_by: ["modbus.client.tcp-takes-any-length"],
        => |cx| {
            let length = cx.param().parse().unwrap_or(254);
            let call = Request::Pdu { pdu: vec![0x41] }.to(UNIT, TIMEOUT);
            let mut slave = Slave::start(cx, vec![call]).await?;
            let asked = slave.asked(UNIT, &[0x41]).await?;
            slave.reply(&asked, &vec![0x41; length]).await?;
            let answers = slave.answers().await?;
            let seen = format!("the client reports {}", shown(&answers));
            cx.check("not-taken").that(matches!(&*answers, [Answer::Failed(_)]), seen);
        }
    },
    case! {
        id: "modbus.client.tcp.unknown-transaction",
        title: "a reply to a transaction that is not pending is dropped, and is no error",
        refs: ["Messaging on TCP/IP 4.4.1.3", "T04"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        params: ["next", "before", "swapped", "complement", "many", "exception"],
        killed_by: ["modbus.client.tcp-fails-on-unknown-transaction", "modbus.client.tcp-ignores-transaction"],
        => |cx| { unknown_transaction(cx).await? }
    },
    case! {
        id: "modbus.client.tcp.fresh-transactions",
        title: "a request has another transaction identifier than the one before",
        refs: ["Messaging on TCP/IP 4.4.1.2", "T04"],
        level: Should,
        side: Client,
        carriers: (CARRIERS),
        params: ["answered", "timed-out", "retried"],
        killed_by: ["modbus.client.tcp-always-transaction-one"],
        => |cx| { fresh_transactions(cx).await? }
    },
    case! {
        id: "modbus.client.tcp.outstanding",
        title: "at most sixteen transactions are out, each with an identifier of its own, and each reply finds its request",
        refs: ["Messaging on TCP/IP 4.4.1.3", "T05", "T02"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        params: ["in-order", "reversed", "shuffled", "in-one-piece"],
        killed_by: ["modbus.client.tcp-has-no-window", "modbus.client.tcp-always-transaction-one"],
        => |cx| { outstanding(cx).await? }
    },
    case! {
        id: "modbus.client.tcp.coalesced",
        title: "replies that arrive in one piece are all taken",
        refs: ["T02", "T05"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        killed_by: ["modbus.client.drops-coalesced-frames"],
        => |cx| {
            let calls: Vec<Call> = (0..4).map(read).collect();
            let mut slave = Slave::follow(cx, vec![Step::Calls(calls)]).await?;
            let mut all = Vec::new();
            // A client that has but one transaction out at a time is answered one at a time.
            for _ in 0..4 {
                if !all.is_empty() && slave.is_silent_for(Duration::from_millis(50)).await {
                    slave.send(&core::mem::take(&mut all)).await?;
                }
                let asked = slave.hear(5).await?;
                all.extend(slave.frame(&asked, &value_pdu(register_of(&asked))));
            }
            slave.send(&all).await?;
            let wanted: Vec<Answer> = (0..4).map(|register| Answer::Words(vec![register])).collect();
            slave.says("answers", &wanted).await?;
        }
    },
    case! {
        id: "modbus.client.tcp.device-units",
        title: "a device is asked as unit 255 or 0, and answers as that",
        refs: ["Messaging on TCP/IP 4.4.2.1", "T06"],
        level: Must,
        side: Client,
        carriers: (CARRIERS),
        params: ["255", "0", "248"],
        killed_by: ["modbus.client.tcp-refuses-unit-255"],
        => |cx| {
            let unit = cx.param().parse().unwrap_or(255);
            let mut slave = Slave::start(cx, vec![Call { unit, ..read(1) }]).await?;
            let asked = slave.asked(unit, &read_pdu(1)).await?;
            slave.reply(&asked, &value_pdu(0x2222)).await?;
            slave.says("answered", &[Answer::Words(vec![0x2222])]).await?;
        }
    },
    case! {
        id: "modbus.client.tcp.other-unit",
        title: "a reply of another unit than the one that was asked is not taken",
        refs: ["Messaging on TCP/IP 4.4.1.3", "T01"],
        level: Should,
        side: Client,
        carriers: (CARRIERS),
        params: ["18", "0", "255"],
        killed_by: ["modbus.client.accepts-any-unit"],
        => |cx| {
            let unit = cx.param().parse().unwrap_or(18);
            wrong_reply(cx, "not-taken", read(1), &read_pdu(1), async |slave, asked| {
                let frame = slave.frame_of(asked, unit, &value_pdu(0x1111));
                slave.send(&frame).await
            })
            .await?;
        }
    },
    case! {
        id: "modbus.client.tcp.trickle",
        title: "a reply that trickles in does not hold the call beyond its time-out",
        refs: ["T11", "M04"],
        level: Should,
        side: Client,
        carriers: (STREAMS),
        killed_by: ["modbus.client.trickle-restarts-the-time"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![read(1)]).await?;
            let asked = slave.asked(UNIT, &read_pdu(1)).await?;
            let frame = slave.frame(&asked, &value_pdu(0x1111));
            for byte in frame.chunks(1) {
                // A client that has given up may have closed its end.
                if slave.client.wire.send(byte).await.is_err() {
                    break;
                }
                cx.clock().sleep(Duration::from_millis(TIMEOUT / 2)).await;
            }
            let answers = slave.answers().await?;
            let seen = format!("the client reports {}", shown(&answers));
            cx.check("given-up").that(matches!(&*answers, [Answer::Failed(_)]), seen);
        }
    },
];

/// The register that a [`read`] asks for.
fn register_of(asked: &Asked) -> u16 {
    let field = asked.adu.pdu.get(1..3).unwrap_or_default();
    field.try_into().map_or(0, u16::from_be_bytes)
}

/// A client that has fewer out at a time shows as many; one alone shows nothing.
async fn segments(cx: &Context) -> Result<(), Halt> {
    let calls = (1..=16).map(read).collect();
    let mut slave = Slave::follow(cx, vec![Step::Calls(calls)]).await?;
    let mut count = 0;
    loop {
        let piece = slave.client.wire.receive_at_least(1).await;
        if piece.is_empty() {
            break;
        }
        count += 1;
        let frames = slave.framing.read(&piece);
        let alone = matches!(&*frames, [crate::reference::modbus::adu::Read::Frame(_)]);
        cx.check(format!("piece-{count}"))
            .that(alone, hex::short(&piece));
    }
    cx.check("some")
        .that(count > 0, format!("{count} requests"));
    Ok(())
}

async fn unknown_transaction(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    let own = asked.adu.transaction;
    let others: Vec<u16> = match cx.param() {
        "next" => vec![own.wrapping_add(1)],
        "before" => vec![own.wrapping_sub(1)],
        "swapped" if own.swap_bytes() != own => vec![own.swap_bytes()],
        "many" => (1..200).map(|more| own.wrapping_add(more)).collect(),
        _ => vec![!own],
    };
    let said = match cx.param() {
        "exception" => pdu("83 02"),
        _ => value_pdu(0x1111),
    };
    for transaction in others {
        let frame = slave.framing.frame(transaction, UNIT, &said);
        slave.send(&frame).await?;
    }
    slave.reply(&asked, &value_pdu(0x2222)).await?;
    slave.afterwards().await?;
    let wanted = [Answer::Words(vec![0x2222]), value()];
    slave.says("reported", &wanted).await
}

async fn fresh_transactions(cx: &Context) -> Result<(), Halt> {
    let answered = cx.param() == "answered";
    let calls = if cx.param() == "retried" {
        vec![read(1).retries(2)]
    } else {
        vec![read(1); 3]
    };
    let mut slave = Slave::start(cx, calls).await?;
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let asked = slave.asked(UNIT, &read_pdu(1)).await?;
        seen.insert(asked.adu.transaction);
        if answered {
            slave.reply(&asked, &value_pdu(1)).await?;
        }
    }
    let count = seen.len();
    cx.check("fresh").that(
        count == 3,
        format!("three requests had {count} identifiers: {seen:04x?}"),
    );
    slave.answers().await?;
    Ok(())
}

async fn outstanding(cx: &Context) -> Result<(), Halt> {
    let long = |register| Call {
        timeout_ms: Some(1_900),
        ..read(register)
    };
    let calls: Vec<Call> = (0..CALLS).map(long).collect();
    let mut slave = Slave::follow(cx, vec![Step::Calls(calls)]).await?;
    let mut rng = cx.rng();
    let mut served = 0;
    while served < CALLS {
        let mut out = vec![slave.hear(5).await?];
        while !slave.is_silent_for(Duration::from_millis(50)).await {
            out.push(slave.hear(5).await?);
        }
        let identifiers: BTreeSet<u16> = out.iter().map(|it| it.adu.transaction).collect();
        let seen = format!("{} out, {} identifiers", out.len(), identifiers.len());
        let fine = out.len() <= OUTSTANDING && identifiers.len() == out.len();
        cx.check(format!("after-{served}")).that(fine, seen);
        served += u16::try_from(out.len()).unwrap_or(CALLS);
        match cx.param() {
            "reversed" => out.reverse(),
            "shuffled" => rng.shuffle(&mut out),
            _ => {}
        }
        let framing = slave.framing;
        let reply = |asked: &Asked| {
            let value = value_pdu(register_of(asked));
            framing.frame(asked.adu.transaction, asked.adu.unit, &value)
        };
        let replies: Vec<Vec<u8>> = out.iter().map(reply).collect();
        if cx.param() == "in-one-piece" {
            slave.send(&replies.concat()).await?;
            continue;
        }
        for reply in replies {
            slave.send(&reply).await?;
        }
    }
    let answers = slave.answers().await?;
    let wanted: Vec<Answer> = (0..CALLS).map(|at| Answer::Words(vec![at])).collect();
    let wrong = answers
        .iter()
        .zip(&wanted)
        .filter(|(got, want)| got != want);
    let timed_out = answers
        .iter()
        .filter(|it| **it == Answer::Failed(Failure::Timeout));
    let seen = format!(
        "{} answers, {} wrong, {} of them too late",
        answers.len(),
        wrong.count(),
        timed_out.count()
    );
    cx.check("answers").that(answers == wanted, seen);
    Ok(())
}
