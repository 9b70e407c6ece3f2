//! What a client alone shows: what it sends, and the options that it has.

use super::work::{
    attentive, exchange, hear, judge_controls, listener, received, settle_as, start, start_settled,
    told,
};
use crate::{
    Case, Context, Halt, case, hex,
    reference::telnet::{
        ASKS, DO, DONT, ECHO, HAS_BINARY, HAS_ECHO, SGA, WILL, WONT,
        seen::{Seen, controls, data, observe, shown},
    },
    script::{
        Exit, Step,
        telnet::{Act, Verb},
    },
};

group! {
    /// What it sends.
    pub(super) static SENDS = "sends", "Telnet client: what it sends", cases SENT
}

group! {
    /// Its options.
    pub(super) static OPTIONS = "client", "Telnet client: options, beginning and end", cases AGREED
}

/// A table of cases: `"name" Level ["clause", …] needs […] "title" told { bytes } does [step, …] => bytes`.
/// The client is told the bytes, does the steps, and then exactly the bytes come from it.
macro_rules! sends {
    ($($name:literal $level:ident $refs:tt needs $needs:tt $title:literal
       told { $told:expr } does [$($step:expr),*] => $want:expr, kills $kills:tt)*) => {
        static SENT: &[Case] = &[$(
            case! {
                id: (concat!("telnet.sends.client.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Client,
                speaks: "telnet",
                needs: $needs,
                killed_by: $kills,
                => |cx| { sends(cx, &$told[..], vec![$($step),*], &$want[..]).await? }
            },
        )*];
    };
}

fn line(text: &[u8]) -> Step {
    Step::Telnet(Act::Line(text.to_vec()))
}

const fn command(command: u8) -> Step {
    Step::Telnet(Act::Command(command))
}

const fn want(verb: Verb, option: u8) -> Step {
    Step::Telnet(Act::Want(verb, option))
}

sends! {
    "iac" Must ["T1", "RFC 854, Command structure"] needs []
        "a byte 255 of data is doubled"
        told { b"" } does [Step::send(b"a\xffb")] => b"a\xff\xffb", kills ["telnet.sends-iac-single"]
    "iacs" Must ["T1", "RFC 854, Command structure"] needs []
        "each of several bytes 255 is doubled"
        told { b"" } does [Step::send(b"\xff\xff\xffz\xff")] => b"\xff\xff\xff\xff\xff\xffz\xff\xff", kills ["telnet.sends-iac-single"]
    "iac-in-binary" Must ["T1", "RFC 856"] needs [HAS_BINARY]
        "a byte 255 is doubled while BINARY is on too"
        told { b"\xff\xfd\x00" } does [Step::send(b"\xff\xf0\xff")] => b"\xff\xff\xf0\xff\xff", kills ["telnet.binary-sends-iac-single"]
    "iac-in-a-line" Must ["T1", "T37", "RFC 854, Command structure"] needs []
        "a byte 255 is doubled in a line too"
        told { b"" } does [line(b"\xff")] => b"\xff\xff\r\n", kills ["telnet.sends-iac-single"]
    "line" Should ["T37", "RFC 1123 3.3.1"] needs []
        "Enter is CR LF"
        told { b"" } does [line(b"ls")] => b"ls\r\n", kills ["telnet.sends-lf-alone", "telnet.ends-lines-with-cr"]
    "empty-line" Should ["T37", "RFC 1123 3.3.1"] needs []
        "Enter alone is CR LF"
        told { b"" } does [line(b""), line(b"")] => b"\r\n\r\n", kills ["telnet.sends-lf-alone", "telnet.ends-lines-with-cr"]
    "line-after-echo" Should ["T37", "T54", "RFC 1123 3.3.1"] needs [HAS_ECHO]
        "Enter is CR LF while the server echoes, as it does for a password"
        told { b"\xff\xfb\x01" } does [line(b"secret")] => b"secret\r\n", kills ["telnet.sends-lf-alone", "telnet.ends-lines-with-cr"]
    "cr" Must ["T38", "RFC 854, The NVT printer and keyboard", "RFC 1123 3.3.1"] needs []
        "a CR alone is followed by NUL"
        told { b"" } does [Step::send(b"a\rb")] => b"a\r\0b", kills ["telnet.sends-cr-alone"]
    "cr-at-the-end" Must ["T38", "RFC 854, The NVT printer and keyboard"] needs []
        "a CR at the end of what is sent is followed by NUL"
        told { b"" } does [Step::send(b"a\r")] => b"a\r\0", kills ["telnet.sends-cr-alone"]
    "crs" Must ["T38", "RFC 854, The NVT printer and keyboard"] needs []
        "each of several CRs is followed by NUL, the last by its LF"
        told { b"" } does [Step::send(b"\r\r\r\n")] => b"\r\0\r\0\r\n", kills ["telnet.sends-cr-alone"]
    "cr-in-binary" Must ["T41", "RFC 856"] needs [HAS_BINARY]
        "in BINARY a CR is sent as it is"
        told { b"\xff\xfd\x00" } does [Step::send(b"a\rb\nc\r\nd\r")] => b"a\rb\nc\r\nd\r", kills ["telnet.binary-maps-what-it-sends"]
    "cr-in-binary-of-the-server" Must ["T41", "T55", "RFC 856"] needs [HAS_BINARY]
        "BINARY of the server alone does not change what a client sends"
        told { b"\xff\xfb\x00" } does [Step::send(b"a\rb")] => b"a\r\0b", kills ["telnet.asks-for-the-other-direction", "telnet.sends-cr-alone"]
    "cr-behind-binary" Must ["T41", "T42", "RFC 856"] needs [HAS_BINARY]
        "after BINARY a CR is followed by NUL again"
        told { b"\xff\xfd\x00\xff\xfe\x00" } does [Step::send(b"a\rb")] => b"a\r\0b", kills ["telnet.never-stops"]
    "controls" Should ["T44", "RFC 854, The NVT printer and keyboard"] needs []
        "what a user types of controls is sent, each a byte"
        told { b"" } does [Step::send(b"\x03\x07\x08\x09\x0b\x0c\x7f\xff")] => b"\x03\x07\x08\x09\x0b\x0c\x7f\xff\xff", kills ["telnet.sends-iac-single"]
    "in-order" Must ["T33", "T34", "RFC 1143 7"] needs [ASKS]
        "a request stands between the data before it and the data behind it"
        told { b"" } does [Step::send(b"a"), want(Verb::Will, 3), Step::send(b"b"), want(Verb::Do, 3), Step::send(b"c")]
        => b"a\xff\xfb\x03b\xff\xfd\x03c", kills ["telnet.never-asks"]
    "ends" Must ["T24", "T26", "RFC 855", "RFC 856"] needs [ASKS]
        "an option that the client itself ends has no effect behind its WONT"
        told { b"\xff\xfd\x00" } does [Step::send(b"a\rb"), want(Verb::Wont, 0), Step::send(b"c\rd")]
        => b"a\rb\xff\xfc\x00c\r\0d", kills ["telnet.uses-until-the-answer"]
    "nop" Must ["T6", "RFC 854"] needs []
        "NOP is sent as a command"
        told { b"" } does [Step::send(b"a"), command(241), Step::send(b"b")] => b"a\xff\xf1b", kills ["telnet.sends-commands-bare"]
    "break" Must ["T6", "RFC 854", "RFC 1123 3.4.2"] needs []
        "BRK is sent as a command"
        told { b"" } does [command(243)] => b"\xff\xf3", kills ["telnet.sends-commands-bare"]
    "interrupt-process" Must ["T6", "RFC 854", "RFC 1123 3.4.2"] needs []
        "IP is sent as a command"
        told { b"" } does [command(244)] => b"\xff\xf4", kills ["telnet.sends-commands-bare"]
    "abort-output" Must ["T6", "RFC 854", "RFC 1123 3.4.2"] needs []
        "AO is sent as a command"
        told { b"" } does [command(245)] => b"\xff\xf5", kills ["telnet.sends-commands-bare"]
    "are-you-there" Must ["T6", "RFC 854", "RFC 1123 3.4.2"] needs []
        "AYT is sent as a command"
        told { b"" } does [command(246)] => b"\xff\xf6", kills ["telnet.sends-commands-bare"]
    "erase-character" Must ["T6", "RFC 854", "RFC 1123 3.4.2"] needs []
        "EC is sent as a command"
        told { b"" } does [command(247)] => b"\xff\xf7", kills ["telnet.sends-commands-bare"]
    "erase-line" Must ["T6", "RFC 854", "RFC 1123 3.4.2"] needs []
        "EL is sent as a command"
        told { b"" } does [command(248)] => b"\xff\xf8", kills ["telnet.sends-commands-bare"]
}

/// Begins when the client is told to, so that its beginning is over.
async fn sends(cx: &Context, said: &[u8], steps: Vec<Step>, want: &[u8]) -> Result<(), Halt> {
    let mut script = vec![Step::recv(1)];
    script.extend(steps);
    script.push(Step::recv(1));
    let mut client = start(cx, script).await?;
    exchange(cx, &mut client.wire, said).await?;
    let heard = exchange(cx, &mut client.wire, b"x").await?;
    cx.check("sent").equal(&heard, want);
    client.wire.send(b"x").await?;
    let report = client.finish().await?;
    cx.check("ended")
        .that(report.exit == Exit::Did, format!("{:?}", report.exit));
    Ok(())
}

static AGREED: &[Case] = &[
    case! {
        id: "telnet.client.client.rests",
        title: "the negotiation at the beginning comes to rest, within four answers and 512 bytes",
        refs: ["T32", "T25", "RFC 854, General considerations"],
        level: Should,
        side: Client,
        speaks: "telnet",
        task: [Step::recv(1)],
        params: ["refuses", "agrees"],
        killed_by: ["telnet.offers-everything"],
        => |cx| {
            let agrees = cx.param() == "agrees";
            let mut client = cx.client().await?;
            let opening = settle_as(&mut client.wire, |verb, _| match verb {
                WILL if agrees => Some(DO),
                WILL => Some(DONT),
                DO if agrees => Some(WILL),
                DO => Some(WONT),
                _ => None,
            }).await?;
            let fine = opening.rests && opening.bytes <= 512 && opening.rounds <= 4;
            cx.check("rests").that(fine, format!("{} bytes, answered {} times", opening.bytes, opening.rounds));
            attentive(cx, &mut client.wire).await?;
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "telnet.client.client.echo",
        title: "a client lets the server echo, and takes it back when the server ends it",
        refs: ["T24", "T53", "T54", "RFC 857"],
        side: Client,
        speaks: "telnet",
        needs: [HAS_ECHO],
        killed_by: ["telnet.never-stops", "telnet.stops-silently"],
        => |cx| {
            let steps: &[(u8, u8)] = &[(WILL, DO), (WONT, DONT), (WILL, DO)];
            agrees(cx, ECHO, steps).await?
        }
    },
    case! {
        id: "telnet.client.client.both-echo",
        title: "a client does not echo what the server sends",
        refs: ["T53", "RFC 857"],
        level: Should,
        side: Client,
        speaks: "telnet",
        needs: [HAS_ECHO],
        killed_by: ["telnet.both-echo"],
        => |cx| { agrees(cx, ECHO, &[(WILL, DO), (DO, WONT)]).await? }
    },
    case! {
        id: "telnet.client.client.sga",
        title: "a client agrees to SGA in both directions",
        refs: ["T51", "RFC 858", "RFC 1123 3.2.2"],
        side: Client,
        speaks: "telnet",
        params: ["server", "client"],
        killed_by: ["telnet.refuses-sga"],
        => |cx| {
            let (told, wanted) = if cx.param() == "server" { (WILL, DO) } else { (DO, WILL) };
            let (mut client, opening) = start_settled(cx, vec![Step::recv(1)]).await?;
            let said = controls(&observe(&exchange(cx, &mut client.wire, &[255, told, SGA]).await?));
            let on = opening.has(wanted, SGA) && said.is_empty() || said == [Seen::Negotiation(wanted, SGA)];
            cx.check("on").that(on, shown(&said));
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "telnet.client.client.reports",
        title: "a client tells where options begin and end",
        refs: ["T26", "T42", "RFC 855"],
        side: Client,
        speaks: "telnet",
        needs: ["reports", HAS_BINARY, ASKS],
        killed_by: ["telnet.client-reports-the-contrary"],
        => |cx| {
            let mut client = listener(cx).await?;
            exchange(cx, &mut client.wire, b"\xff\xfb\x00\xff\xfd\x00\xff\xfc\x00").await?;
            let report = client.close_and_finish().await?;
            let binary: Vec<_> = told(&report).into_iter().filter(|line| line.contains(" 0 ")).collect();
            let want = "option peer 0 on, option us 0 on, option peer 0 off";
            cx.check("told").same(&binary.join(", "), &want.to_owned());
        }
    },
    case! {
        id: "telnet.client.client.before-agreement",
        title: "BINARY that is asked for has no effect before it is agreed on: data waits, or is of the network virtual terminal",
        refs: ["T26", "T42", "RFC 855", "RFC 856"],
        side: Client,
        speaks: "telnet",
        needs: [ASKS],
        killed_by: ["telnet.uses-before-it-is-agreed"],
        => |cx| {
            let script = vec![Step::recv(1), want(Verb::Will, 0), Step::send(b"a\rb"), Step::recv(1)];
            let mut client = start(cx, script).await?;
            let mut heard = exchange(cx, &mut client.wire, b"x").await?;
            let waits = heard == b"\xff\xfb\x00" || heard == b"\xff\xfb\x00a\r\0b";
            cx.check("not-yet").that(waits, format!("sent {}", hex::short(&heard)));
            heard.extend(exchange(cx, &mut client.wire, b"\xff\xfe\x00").await?);
            cx.check("refused").equal(&heard, b"\xff\xfb\x00a\r\0b");
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "telnet.client.client.refused",
        title: "a client whose requests are refused goes on on the network virtual terminal",
        refs: ["T35", "T26", "RFC 1123 3.2.1"],
        side: Client,
        speaks: "telnet",
        needs: [ASKS],
        killed_by: ["telnet.takes-no-for-yes"],
        => |cx| {
            let script = vec![Step::recv(1), want(Verb::Will, 0), Step::recv(1), Step::send(b"a\rb"), Step::recv(1)];
            let mut client = start(cx, script).await?;
            let said = controls(&observe(&exchange(cx, &mut client.wire, b"x").await?));
            judge_controls(cx, "asked", &said, &[Seen::Negotiation(WILL, 0)]);
            let heard = exchange(cx, &mut client.wire, b"\xff\xfe\x00x").await?;
            cx.check("sent").equal(&heard, b"a\r\0b");
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "telnet.client.client.cut-iac",
        title: "an IAC at the end of the stream is no data",
        refs: ["T10", "RFC 854, Command structure"],
        side: Client,
        speaks: "telnet",
        needs: ["reports"],
        killed_by: ["telnet.delivers-iac-at-the-end"],
        => |cx| {
            let mut client = listener(cx).await?;
            client.wire.send(b"last\xff").await?;
            let heard = received(&client.close_and_finish().await?);
            cx.check("data").equal(&heard, b"last");
        }
    },
    case! {
        id: "telnet.client.client.end",
        title: "a client whose server has closed ends",
        refs: ["T10", "RFC 854"],
        level: Should,
        side: Client,
        speaks: "telnet",
        killed_by: ["telnet.lingers"],
        => |cx| {
            let mut client = listener(cx).await?;
            client.wire.send(b"bye\r\n").await?;
            let report = client.close_and_finish().await?;
            cx.check("ended").that(report.exit == Exit::Did, format!("{:?}", report.exit));
        }
    },
    case! {
        id: "telnet.client.client.storm",
        title: "1,000 requests in one piece are answered, or end the connection",
        refs: ["T20", "RFC 855"],
        side: Client,
        speaks: "telnet",
        killed_by: ["telnet.agrees-to-everything", "telnet.refuses-in-silence"],
        => |cx| {
            let mut client = listener(cx).await?;
            client.wire.send(&b"\xff\xfb\x63".repeat(1_000)).await?;
            let heard = controls(&observe(&hear(&mut client.wire).await));
            let refusals = heard.iter().filter(|one| **one == Seen::Negotiation(DONT, 0x63)).count();
            let fine = refusals > 0 && refusals == heard.len() && refusals <= 1_000;
            cx.check("refused").that(fine, format!("{refusals} refusals of {}", heard.len()));
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "telnet.client.client.silent",
        title: "a client does not send back what it receives",
        refs: ["T53", "RFC 857"],
        side: Client,
        speaks: "telnet",
        needs: ["reports"],
        killed_by: ["telnet.client-echoes"],
        => |cx| {
            let mut client = listener(cx).await?;
            let heard = data(&observe(&exchange(cx, &mut client.wire, b"login: ").await?));
            cx.check("silent").nothing(&heard);
            let report = client.close_and_finish().await?;
            let all = received(&report);
            cx.check("data").that(all == b"login: ", format!("reported {}", hex::short(&all)));
        }
    },
];

/// Tells a client each first verb, and wants the second for it.
async fn agrees(cx: &Context, option: u8, steps: &[(u8, u8)]) -> Result<(), Halt> {
    let mut client = start(cx, vec![Step::recv(1)]).await?;
    for (at, (told, want)) in steps.iter().enumerate() {
        let said = exchange(cx, &mut client.wire, &[255, *told, option]).await?;
        let want = [Seen::Negotiation(*want, option)];
        judge_controls(
            cx,
            &format!("{}", at + 1),
            &controls(&observe(&said)),
            &want,
        );
    }
    let _ = client.close_and_finish().await?;
    Ok(())
}
