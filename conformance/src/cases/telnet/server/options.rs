//! Options that a server has: T51 to T57.

use crate::{
    Case, Context, Halt, case,
    cases::telnet::work::{connect, exchange, judge_controls, settle},
    reference::telnet::{
        DO, DONT, ECHO, GA, HAS_BINARY, HAS_ECHO, HAS_STATUS, SGA, STATUS, TIMING_MARK, WILL, WONT,
        seen::{Seen, controls, data, observe, shown},
    },
};

group! {
    /// Options.
    pub(in crate::cases::telnet) static GROUP = "options", "Telnet server: options", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "telnet.options.server.sga",
        title: "a server agrees to SGA for itself",
        refs: ["T51", "RFC 858", "RFC 1123 3.2.2"],
        speaks: "telnet",
        killed_by: ["telnet.refuses-sga"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let opening = settle(&mut wire).await?;
            let said = controls(&observe(&exchange(cx, &mut wire, b"\xff\xfd\x03").await?));
            let on = opening.has(WILL, SGA) && said.is_empty() || said == [Seen::Negotiation(WILL, SGA)];
            cx.check("on").that(on, format!("to DO SGA: {}", shown(&said)));
        }
    },
    case! {
        id: "telnet.options.server.sga-of-the-client",
        title: "a server agrees to SGA for the client",
        refs: ["T51", "RFC 858", "RFC 1123 3.2.2"],
        speaks: "telnet",
        killed_by: ["telnet.refuses-sga"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let opening = settle(&mut wire).await?;
            let said = controls(&observe(&exchange(cx, &mut wire, b"\xff\xfb\x03").await?));
            let on = opening.has(DO, SGA) && said.is_empty() || said == [Seen::Negotiation(DO, SGA)];
            cx.check("on").that(on, format!("to WILL SGA: {}", shown(&said)));
        }
    },
    case! {
        id: "telnet.options.server.no-go-ahead",
        title: "while SGA is on no go-ahead is sent",
        refs: ["T52", "RFC 858"],
        speaks: "telnet",
        killed_by: ["telnet.goes-ahead-although-suppressed"],
        => |cx| {
            let mut wire = cx.connect().await?;
            settle(&mut wire).await?;
            let mut said = exchange(cx, &mut wire, b"\xff\xfd\x03").await?;
            said.extend(exchange(cx, &mut wire, b"one\r\ntwo\r\n\xff\xf6").await?);
            let said = controls(&observe(&said));
            let none = !said.contains(&Seen::Command(GA));
            cx.check("none").that(none, format!("said {}", shown(&said)));
        }
    },
    case! {
        id: "telnet.options.server.echo",
        title: "a server that was refused ECHO begins it when asked, and ends it when told",
        refs: ["T24", "T54", "RFC 857"],
        speaks: "telnet",
        needs: [HAS_ECHO],
        killed_by: ["telnet.never-stops", "telnet.stops-silently"],
        => |cx| {
            let mut wire = connect(cx).await?;
            for (name, asked, want) in [("on", DO, WILL), ("off", DONT, WONT), ("again", DO, WILL)] {
                let said = exchange(cx, &mut wire, &[255, asked, ECHO]).await?;
                let want = [Seen::Negotiation(want, ECHO)];
                judge_controls(cx, name, &controls(&observe(&said)), &want);
            }
        }
    },
    case! {
        id: "telnet.options.server.echo-again",
        title: "DO ECHO is not acknowledged again",
        refs: ["T23", "RFC 857", "RFC 1143 7"],
        speaks: "telnet",
        needs: [HAS_ECHO],
        killed_by: ["telnet.acknowledges-again"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let said = exchange(cx, &mut wire, b"\xff\xfd\x01\xff\xfd\x01\xff\xfd\x01").await?;
            judge_controls(cx, "once", &controls(&observe(&said)), &[Seen::Negotiation(WILL, ECHO)]);
        }
    },
    case! {
        id: "telnet.options.server.both-echo",
        title: "a server does not let the client echo too",
        refs: ["T53", "RFC 857"],
        level: Should,
        speaks: "telnet",
        killed_by: ["telnet.both-echo"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let said = exchange(cx, &mut wire, b"\xff\xfd\x01\xff\xfb\x01").await?;
            let said = controls(&observe(&said));
            let both = said.contains(&Seen::Negotiation(WILL, ECHO)) && said.contains(&Seen::Negotiation(DO, ECHO));
            cx.check("one").that(!both, format!("said {}", shown(&said)));
        }
    },
    case! {
        id: "telnet.options.server.timing-mark-order",
        title: "a timing mark is answered behind what came before it",
        refs: ["T57", "T34", "RFC 860"],
        level: Should,
        speaks: "telnet",
        needs: ["echo"],
        killed_by: ["telnet.marks-early"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = observe(&exchange(cx, &mut wire, b"before\r\n\xff\xfd\x06").await?);
            let mark = seen.iter().position(|one| matches!(one, Seen::Negotiation(WILL | WONT, TIMING_MARK)));
            let before = data(seen.get(..mark.unwrap_or_default()).unwrap_or_default());
            cx.check("behind").that(before.starts_with(b"before"), shown(&seen));
        }
    },
    case! {
        id: "telnet.options.server.status",
        title: "STATUS tells of the options that are on, in both directions",
        refs: ["T56", "RFC 859"],
        speaks: "telnet",
        needs: [HAS_STATUS, HAS_BINARY],
        killed_by: ["telnet.status-is-stale", "telnet.status-of-one-side"],
        => |cx| { status(cx).await? }
    },
    case! {
        id: "telnet.options.server.status-off",
        title: "STATUS tells nothing before it was agreed on",
        refs: ["T56", "T26", "RFC 859", "RFC 855"],
        speaks: "telnet",
        killed_by: ["telnet.status-when-off"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let said = exchange(cx, &mut wire, b"\xff\xfa\x05\x01\xff\xf0").await?;
            judge_controls(cx, "silent", &controls(&observe(&said)), &[]);
        }
    },
];

async fn status(cx: &Context) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    exchange(cx, &mut wire, b"\xff\xfd\x05\xff\xfd\x00\xff\xfb\x00").await?;
    let said = controls(&observe(
        &exchange(cx, &mut wire, b"\xff\xfa\x05\x01\xff\xf0").await?,
    ));
    let [Seen::Subnegotiation(payload)] = said.as_slice() else {
        cx.check("told").fail(format!("said {}", shown(&said)));
        return Ok(());
    };
    let [STATUS, 0, list @ ..] = payload.as_slice() else {
        cx.check("told").fail(format!("said {}", shown(&said)));
        return Ok(());
    };
    let has = |verb: u8, option: u8| list.chunks(2).any(|pair| pair == [verb, option]);
    let all = has(WILL, STATUS) && has(WILL, 0) && has(DO, 0);
    cx.check("told").that(all, format!("said {}", shown(&said)));
    let odd = list.chunks(2).any(|pair| !matches!(pair, [WILL | DO, _]));
    cx.check("only-what-is-on")
        .that(!odd, format!("said {}", shown(&said)));
    Ok(())
}
