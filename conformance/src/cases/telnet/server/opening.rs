//! How a connection begins and ends: T10, T18, T20, T25, T31, T32, T35, T38, T43, T51.

use core::time::Duration;

use crate::{
    Case, Context, Ended, Halt, case,
    cases::telnet::work::{alive, connect, hear, settle, settle_as},
    hex,
    reference::telnet::{
        DO, DONT, ECHO, GA, HAS_LIMIT, SGA, WILL, WONT,
        seen::{Seen, controls, data, observe, shown},
    },
};

group! {
    /// Beginning and end.
    pub(in crate::cases::telnet) static GROUP = "opening", "Telnet server: how a connection begins and ends", cases CASES
}

/// What a server may say at most before it waits: a dozen options with their subnegotiations.
const MOST: usize = 512;

static CASES: &[Case] = &[
    case! {
        id: "telnet.opening.server.sga",
        title: "a server that sends no go-aheads offers SGA",
        refs: ["T51", "RFC 1123 3.2.2"],
        speaks: "telnet",
        killed_by: ["telnet.never-offers-sga"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let opening = settle(&mut wire).await?;
            wire.send(b"go\r\n").await?;
            let goes_ahead = observe(&hear(&mut wire).await).contains(&Seen::Command(GA));
            let offers = opening.has(WILL, SGA) || opening.seen.contains(&Seen::Command(GA));
            let seen = format!("at the beginning: {}", shown(&controls(&opening.seen)));
            cx.check("offered").that(offers || goes_ahead, seen);
        }
    },
    case! {
        id: "telnet.opening.server.rests",
        title: "the negotiation at the beginning comes to rest, within four answers and 512 bytes",
        refs: ["T32", "T25", "RFC 854, General considerations", "RFC 1143 7"],
        level: Should,
        speaks: "telnet",
        params: ["refuses", "agrees"],
        killed_by: ["telnet.offers-everything"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let opening = settle_as(&mut wire, policy(cx.param())).await?;
            let seen = format!("{} bytes, answered {} times", opening.bytes, opening.rounds);
            let fine = opening.rests && opening.bytes <= MOST && opening.rounds <= 4;
            cx.check("rests").that(fine, seen);
            alive(cx, &mut wire).await?;
        }
    },
    case! {
        id: "telnet.opening.server.loop",
        title: "a server does not go on for ever with an end that asks for what is on, and answers answers",
        refs: ["T25", "T32", "RFC 854, General considerations", "RFC 1143 7"],
        speaks: "telnet",
        killed_by: ["telnet.acknowledges-again"],
        => |cx| { loops(cx).await? }
    },
    case! {
        id: "telnet.opening.server.answers",
        title: "the answers to a server's offers are not acknowledged",
        refs: ["T25", "T27", "RFC 854, General considerations", "RFC 1143 7"],
        speaks: "telnet",
        params: ["refuses", "agrees"],
        killed_by: ["telnet.answers-answers"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let first = observe(&hear(&mut wire).await);
            let answer = policy(cx.param());
            let mut answers = Vec::new();
            for seen in &first {
                if let Seen::Negotiation(verb, option) = seen && let Some(say) = answer(*verb, *option) {
                    answers.extend([255, say, *option]);
                }
            }
            wire.send(&answers).await?;
            let then = controls(&observe(&hear(&mut wire).await));
            let again: Vec<Seen> = then.into_iter().filter(|one| {
                let Seen::Negotiation(_, option) = one else { return false };
                first.iter().any(|before| matches!(before, Seen::Negotiation(_, of) if of == option))
            }).collect();
            cx.check("silent").that(again.is_empty(), format!("said of what was answered: {}", shown(&again)));
        }
    },
    case! {
        id: "telnet.opening.server.crossing",
        title: "a request that crosses the same offer is answered by the offer",
        refs: ["T31", "RFC 1143 7"],
        speaks: "telnet",
        killed_by: ["telnet.answers-answers", "telnet.refuses-sga"],
        => |cx| {
            let mut wire = cx.connect().await?;
            wire.send(b"\xff\xfd\x03").await?;
            let opening = settle(&mut wire).await?;
            let sga = controls(&opening.seen);
            let sga: Vec<Seen> = sga.into_iter().filter(|one| matches!(one, Seen::Negotiation(WILL | WONT, SGA))).collect();
            let once = sga == [Seen::Negotiation(WILL, SGA)];
            cx.check("once").that(once, format!("said {}", shown(&sga)));
        }
    },
    case! {
        id: "telnet.opening.server.refused",
        title: "with an end that refuses everything the network virtual terminal works",
        refs: ["T35", "RFC 1123 3.2.1", "RFC 854, General considerations"],
        speaks: "telnet",
        needs: ["echo"],
        killed_by: ["telnet.ends-when-refused"],
        => |cx| {
            let mut wire = cx.connect().await?;
            settle_as(&mut wire, policy("refuses")).await?;
            wire.send(b"plain\r\n").await?;
            let heard = data(&observe(&hear(&mut wire).await));
            let whole = heard.windows(5).any(|five| five == b"plain");
            cx.check("data").that(whole, format!("came {}", hex::short(&heard)));
        }
    },
    case! {
        id: "telnet.opening.server.seven-bits",
        title: "what is said at the beginning has seven bits",
        refs: ["T43", "RFC 1123 3.2.5", "RFC 854, The Network Virtual Terminal"],
        level: Should,
        speaks: "telnet",
        killed_by: ["telnet.greets-in-latin-1"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let said = data(&settle(&mut wire).await?.seen);
            cx.check("seven").that(said.is_ascii(), format!("said {}", hex::short(&said)));
        }
    },
    case! {
        id: "telnet.opening.server.line-ends",
        title: "behind each CR of a server stands LF or NUL",
        refs: ["T38", "RFC 854, The NVT printer and keyboard", "RFC 1123 3.3.1"],
        speaks: "telnet",
        killed_by: ["telnet.greets-with-bare-cr", "telnet.sends-cr-alone", "telnet.ends-lines-with-cr"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let mut said = data(&settle(&mut wire).await?.seen);
            wire.send(b"one\r\ntwo\r\0\xff\xf6three\r\n").await?;
            said.extend(data(&observe(&hear(&mut wire).await)));
            let bare = said.windows(2).any(|two| matches!(two, [b'\r', next] if !matches!(next, 0 | b'\n')));
            let bare = bare || said.ends_with(b"\r");
            cx.check("paired").that(!bare, format!("said {}", hex::short(&said)));
        }
    },
    case! {
        id: "telnet.opening.server.end",
        title: "when the client ends its direction, the server ends its own",
        refs: ["T10", "RFC 854"],
        level: Should,
        speaks: "telnet",
        killed_by: ["telnet.lingers"],
        => |cx| {
            let mut wire = connect(cx).await?;
            alive(cx, &mut wire).await?;
            wire.finish().await?;
            let rest = wire.receive_until_closed().await;
            cx.check("ended").that(rest.ended != Ended::Limit, format!("after our end: {:?}", rest.ended));
        }
    },
    case! {
        id: "telnet.opening.server.cut-iac",
        title: "an IAC at the end of the stream is no data",
        refs: ["T10", "RFC 854, Command structure"],
        speaks: "telnet",
        needs: ["echo"],
        killed_by: ["telnet.delivers-iac-at-the-end"],
        => |cx| {
            let mut wire = connect(cx).await?;
            wire.send(b"last\xff").await?;
            wire.finish().await?;
            let heard = data(&observe(&wire.receive_until_closed().await));
            cx.check("no-iac").that(!heard.contains(&255), format!("came {}", hex::short(&heard)));
            let mut next = connect(cx).await?;
            alive(cx, &mut next).await?;
        }
    },
    case! {
        id: "telnet.opening.server.unfinished",
        title: "a subnegotiation that does not end ends the connection within a minute, or is given up",
        refs: ["T18", "RFC 855"],
        level: Should,
        speaks: "telnet",
        needs: [HAS_LIMIT],
        killed_by: ["telnet.waits-for-ever"],
        => |cx| {
            let mut wire = connect(cx).await?;
            wire.send(b"\xff\xfa\x18abc").await?;
            cx.clock().sleep(Duration::from_secs(60)).await;
            let lost = wire.send(b"still").await.is_err();
            let heard = wire.receive_until_quiet().await;
            let over = lost || heard.closed() || data(&observe(&heard)).ends_with(b"still");
            cx.check("over").that(over, format!("after a minute: {:?}, {}", heard.ended, hex::short(&heard)));
        }
    },
    case! {
        id: "telnet.opening.server.storm",
        title: "100 kB of requests from an end that does not read do no harm",
        refs: ["T20", "RFC 855"],
        speaks: "telnet",
        hazard: DropsLink,
        killed_by: ["telnet.agrees-to-everything", "telnet.refuses-in-silence"],
        => |cx| { storm(cx).await? }
    },
];

/// What an end answers.
fn policy(name: &str) -> impl Fn(u8, u8) -> Option<u8> {
    let agrees = name == "agrees";
    move |verb, option| match verb {
        WILL => Some(if agrees { DO } else { DONT }),
        // A server that echoes has no use for a client that does.
        DO => Some(if agrees && option != ECHO { WILL } else { WONT }),
        _ => None,
    }
}

/// Asks for SGA once more than it should, and answers whatever is said each time: DO to WILL, DONT to WONT, WILL to DO, WONT to DONT.
async fn loops(cx: &Context) -> Result<(), Halt> {
    let mut wire = cx.connect().await?;
    settle(&mut wire).await?;
    wire.send(b"\xff\xfd\x03\xff\xfb\x03\xff\xfd\x03\xff\xfb\x03")
        .await?;
    let mut rounds = 0;
    let mut last = Vec::new();
    while rounds < 10 {
        last = controls(&observe(&hear(&mut wire).await));
        let mut answers = Vec::new();
        for seen in &last {
            if let Seen::Negotiation(verb, option) = seen {
                let say = match *verb {
                    WILL => DO,
                    WONT => DONT,
                    DO => WILL,
                    _ => WONT,
                };
                answers.extend([255, say, *option]);
            }
        }
        if answers.is_empty() {
            break;
        }
        wire.send(&answers).await?;
        rounds += 1;
    }
    let seen = format!("answered {rounds} times; last said: {}", shown(&last));
    cx.check("rests").that(rounds < 5, seen);
    Ok(())
}

async fn storm(cx: &Context) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    for _ in 0..50 {
        // A server that waits until we read, or ends the connection, is in its right.
        if wire.send(&b"\xff\xfd\x63".repeat(667)).await.is_err() {
            break;
        }
    }
    let heard = controls(&observe(&hear(&mut wire).await));
    let refusals = heard
        .iter()
        .filter(|one| **one == Seen::Negotiation(WONT, 0x63))
        .count();
    let others = heard.len() - refusals - usize::from(matches!(heard.last(), Some(Seen::Cut(_))));
    cx.check("refused").that(
        refusals > 0 && others == 0,
        format!("{refusals} refusals, {others} others"),
    );
    drop(wire);
    let mut next = connect(cx).await?;
    alive(cx, &mut next).await
}
