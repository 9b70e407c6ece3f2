//! The open port: data, flow control and notifications: R18 to R20, R22, R27, R28, R35, R36.

use core::time::Duration;

use crate::{
    Case, Context, Halt, case,
    cases::com_port::{
        desk::{Desk, opened, received, say, set, told, usual},
        work::{framed, hear, judge_data, messages, send},
    },
    hex,
    reference::{
        com_port::{HAS_MODEM, SUSPENDS},
        telnet::seen::data,
    },
    script::{Exit, Step, com_port::Act},
};

group! {
    /// The open port.
    pub(in crate::cases::com_port) static GROUP = "port", "RFC 2217 client: the open port", cases CASES
}

/// More than any case sends: a client that is to receive so much receives until the wire ends.
const ALL: usize = 1 << 20;

/// What a client receives of these bytes.
async fn receives(cx: &Context, bytes: &[u8], want: &[u8]) -> Result<(), Halt> {
    let mut client = opened(cx, vec![Step::Recv(ALL)]).await?;
    client.wire.send(b"x").await?;
    send(cx, &mut client.wire, bytes).await?;
    cx.clock().sleep(Duration::from_millis(50)).await;
    let report = client.close_and_finish().await?;
    let heard = received(&report);
    cx.check("data")
        .equal(heard.strip_prefix(b"x").unwrap_or(&heard), want);
    Ok(())
}

/// What stands on the wire of this data.
async fn sends(cx: &Context, sent: &[u8], want: &[u8]) -> Result<(), Halt> {
    let mut client = opened(cx, vec![Step::Send(sent.to_vec().into()), Step::recv(1)]).await?;
    let heard = {
        client.wire.send(b"x").await?;
        client.wire.receive_until_quiet().await
    };
    cx.check("sent").equal(&heard, want);
    client.wire.send(b"x").await?;
    let report = client.finish().await?;
    cx.check("ended")
        .that(report.exit == Exit::Did, format!("{:?}", report.exit));
    Ok(())
}

/// What a client tells of the modem lines after these notifications.
async fn inputs(cx: &Context, said: &[&[u8]], want: &str) -> Result<(), Halt> {
    let mut client = opened(cx, vec![Step::Port(Act::Inputs)]).await?;
    let bytes = [&*framed(said), b"x"].concat();
    send(cx, &mut client.wire, &bytes).await?;
    let report = client.finish().await?;
    let told = told(&report);
    let told = told.strip_prefix("settings 9600 8N1, ").unwrap_or(&told);
    cx.check("lines").same(&told.to_owned(), &want.to_owned());
    let heard = received(&report);
    cx.check("data").equal(&heard, b"x");
    Ok(())
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.port.client.sends-every-byte",
        title: "every byte is sent as it is, but for 255, which is doubled",
        refs: ["R27", "R28", "RFC 856"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.sends-iac-single", "com-port.maps-what-it-sends"],
        => |cx| {
            let every: Vec<u8> = (0..=255).collect();
            let want = [&every[..], &[255]].concat();
            sends(cx, &every, &want).await?
        }
    },
    case! {
        id: "com-port.port.client.sends-line-ends",
        title: "in BINARY a CR is sent as it is",
        refs: ["R27", "RFC 856"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.maps-what-it-sends"],
        => |cx| { sends(cx, b"a\rb\r\nc\nd\r", b"a\rb\r\nc\nd\r").await? }
    },
    case! {
        id: "com-port.port.client.sends-iacs",
        title: "each of several bytes 255 is doubled",
        refs: ["R28", "RFC 854, Command structure"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.sends-iac-single"],
        => |cx| { sends(cx, b"\xff\xff\xffz\xff", b"\xff\xff\xff\xff\xff\xffz\xff\xff").await? }
    },
    case! {
        id: "com-port.port.client.receives-every-byte",
        title: "every byte is received as it is",
        refs: ["R27", "R28", "RFC 856"],
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.keeps-both-iacs", "com-port.loses-zeros", "com-port.maps-what-it-receives"],
        => |cx| {
            let every: Vec<u8> = (0..=255).collect();
            receives(cx, &[&every[..], &[255]].concat(), &every).await?
        }
    },
    case! {
        id: "com-port.port.client.receives-line-ends",
        title: "in BINARY a CR is a byte like any other, and so is the NUL behind one",
        refs: ["R27", "RFC 856"],
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.maps-what-it-receives"],
        => |cx| { receives(cx, b"a\rb\r\0c\r\nd\n\r", b"a\rb\r\0c\r\nd\n\r").await? }
    },
    case! {
        id: "com-port.port.client.between-messages",
        title: "data before, between and behind messages is received, and nothing of them",
        refs: ["R28", "R35", "RFC 855"],
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.forgets-a-message-at-a-cut", "com-port.leaks-commands"],
        => |cx| {
            let bytes = [b"one ", &*framed(&[&[107, 0xb1]]), b"two ", &*framed(&[&[100, 65], &[110, 30]]), b"\xff\xf1three"].concat();
            receives(cx, &bytes, b"one two three").await?
        }
    },
    case! {
        id: "com-port.port.client.suspended",
        title: "while the server has suspended it a client sends no data; behind RESUME it sends all of it",
        refs: ["R36", "R23", "RFC 2217 3, FLOWCONTROL-SUSPEND"],
        side: Client,
        speaks: "com-port",
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.ignores-suspend", "com-port.never-goes-on"],
        => |cx| {
            let mut client = opened(cx, vec![Step::send(b"waits\xff"), Step::recv(1)]).await?;
            send(cx, &mut client.wire, &[&*framed(&[&[108]]), b"x"].concat()).await?;
            let heard = hear(&mut client.wire).await;
            cx.check("silent").nothing(&data(&heard));
            let heard = say(cx, &mut client.wire, &[&[109]]).await?;
            judge_data(cx, "all", &heard, b"waits\xff");
            client.wire.send(b"x").await?;
            let _ = client.finish().await?;
        }
    },
    case! {
        id: "com-port.port.client.suspended-twice",
        title: "a client that is suspended again and again loses nothing, and sends nothing twice",
        refs: ["R36", "RFC 2217 3, FLOWCONTROL-SUSPEND"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.ignores-suspend", "com-port.never-goes-on"],
        => |cx| {
            let script = vec![Step::send(b"one"), Step::recv(1), Step::send(b"two"), Step::recv(1)];
            let mut client = opened(cx, script).await?;
            for (name, want) in [("one", b"one"), ("two", b"two")] {
                client.wire.send(&[&*framed(&[&[108], &[108]]), b"x"].concat()).await?;
                let heard = hear(&mut client.wire).await;
                cx.check(format!("{name}-silent")).nothing(&data(&heard));
                let heard = say(cx, &mut client.wire, &[&[109], &[109]]).await?;
                judge_data(cx, name, &heard, want);
            }
            client.wire.send(b"x").await?;
            let _ = client.finish().await?;
        }
    },
    case! {
        id: "com-port.port.client.suspends",
        title: "a client that cannot follow tells the server to stop, and to go on; nothing is lost",
        refs: ["R22", "RFC 2217 3, FLOWCONTROL-SUSPEND"],
        level: May,
        side: Client,
        speaks: "com-port",
        needs: ["reports", SUSPENDS],
        killed_by: ["com-port.never-suspends", "com-port.never-resumes"],
        => |cx| {
            let mut client = opened(cx, vec![set("19200 8N1")?, Step::Recv(100_000), Step::recv(1)]).await?;
            client.wire.send(b"x").await?;
            let mut seen = hear(&mut client.wire).await;
            // The client waits for the answer, and the port is faster.
            let all: Vec<u8> = (0..100_000_u32).map(|at| b'a' + (at % 23) as u8).collect();
            for piece in all.chunks(10_000) {
                client.wire.send(piece).await?;
                cx.clock().sleep(Duration::from_millis(10)).await;
            }
            seen.extend(hear(&mut client.wire).await);
            say(cx, &mut client.wire, &[&usual(&[1, 0, 0, 0x4b, 0]).unwrap_or_default()]).await?;
            let stop = messages(&seen).contains(&vec![8]);
            cx.check("stop").that(stop, format!("said {}", crate::cases::com_port::work::told(&messages(&seen))));
            client.wire.send(b"x").await?;
            let report = client.finish().await?;
            let heard = received(&report);
            let whole = heard.len() == 100_002 && heard.get(1..100_001) == Some(&*all);
            cx.check("all").that(whole, format!("{} bytes were received", heard.len()));
        }
    },
    case! {
        id: "com-port.port.client.resumes",
        title: "a client that has stopped the server lets it go on when it has read",
        refs: ["R22", "RFC 2217 3, FLOWCONTROL-RESUME"],
        level: May,
        side: Client,
        speaks: "com-port",
        needs: ["reports", SUSPENDS],
        killed_by: ["com-port.never-resumes", "com-port.never-suspends"],
        => |cx| {
            let mut client = opened(cx, vec![set("19200 8N1")?, Step::Recv(100_000), Step::recv(1)]).await?;
            client.wire.send(b"x").await?;
            let mut seen = hear(&mut client.wire).await;
            for _ in 0..10 {
                client.wire.send(&b"r".repeat(10_000)).await?;
                cx.clock().sleep(Duration::from_millis(10)).await;
            }
            seen.extend(hear(&mut client.wire).await);
            seen.extend(say(cx, &mut client.wire, &[&[101, 0, 0, 0x4b, 0]]).await?);
            let flow: Vec<_> = messages(&seen).into_iter().filter(|one| matches!(one.as_slice(), [8 | 9])).collect();
            cx.check("stop-and-go").that(flow == [[8], [9]], format!("said {}", crate::cases::com_port::work::told(&flow)));
            client.wire.send(b"x").await?;
            let _ = client.finish().await?;
        }
    },
    case! {
        id: "com-port.port.client.inputs",
        title: "the modem lines are those that were notified last",
        refs: ["R18", "R35", "RFC 2217 3, NOTIFY-MODEMSTATE"],
        side: Client,
        speaks: "com-port",
        needs: ["reports", HAS_MODEM],
        params: ["none", "cts", "dsr", "ri", "dcd", "cts dsr dcd"],
        killed_by: ["com-port.cts-as-dsr", "com-port.keeps-the-first-modem-state"],
        => |cx| {
            let (state, want) = match cx.param() {
                "none" => (0x0b, "inputs"),
                "cts" => (0x11, "inputs cts"),
                "dsr" => (0x22, "inputs dsr"),
                "ri" => (0x40, "inputs ri"),
                "dcd" => (0x88, "inputs dcd"),
                _ => (0xb0, "inputs cts dsr dcd"),
            };
            inputs(cx, &[&[107, 0xf0], &[107, state]], want).await?
        }
    },
    case! {
        id: "com-port.port.client.inputs-of-255",
        title: "a notification of 255 is doubled, and the data behind it is data",
        refs: ["R20", "R18", "RFC 2217 3, NOTIFY-MODEMSTATE", "RFC 855"],
        side: Client,
        speaks: "com-port",
        needs: ["reports", HAS_MODEM],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.keeps-both-iacs-of-a-value", "com-port.forgets-a-message-at-a-cut"],
        => |cx| { inputs(cx, &[&[107, 255]], "inputs cts dsr ri dcd").await? }
    },
    case! {
        id: "com-port.port.client.asks-for-notifications",
        title: "a client that tells of breaks and modem lines asks for them",
        refs: ["R16", "R17", "RFC 2217 3, SET-LINESTATE-MASK"],
        level: Should,
        side: Client,
        speaks: "com-port",
        needs: ["reports", HAS_MODEM],
        killed_by: ["com-port.asks-for-no-line-states"],
        => |cx| {
            let mut client = cx.client_with(vec![set("9600 8N1")?]).await?;
            let said = messages(&Desk::default().serve(cx, &mut client.wire).await?);
            let line = said.iter().any(|one| matches!(one.as_slice(), [10, mask] if mask & 16 != 0));
            cx.check("line").that(line, format!("said {}", crate::cases::com_port::work::told(&said)));
            // The mask of the modem lines is 255 from the beginning.
            let no_modem = said.iter().any(|one| matches!(one.as_slice(), [11, mask] if mask & 0xf0 != 0xf0));
            cx.check("modem").that(!no_modem, format!("said {}", crate::cases::com_port::work::told(&said)));
            let _ = client.finish().await?;
        }
    },
    case! {
        id: "com-port.port.client.line-states",
        title: "overruns, parity errors, framing errors and breaks that are notified are told",
        refs: ["R19", "RFC 2217 3, NOTIFY-LINESTATE"],
        side: Client,
        speaks: "com-port",
        needs: ["reports", HAS_MODEM],
        params: ["overrun", "parity", "framing", "break"],
        killed_by: ["com-port.parity-as-framing", "com-port.hears-no-line-states"],
        => |cx| {
            let bit = match cx.param() {
                "overrun" => 2,
                "parity" => 4,
                "framing" => 8,
                _ => 16,
            };
            let mut client = opened(cx, vec![Step::recv(1)]).await?;
            client.wire.send(b"x").await?;
            send(cx, &mut client.wire, &[&*framed(&[&[106, bit]]), b"y"].concat()).await?;
            let report = client.finish().await?;
            let want = format!("settings 9600 8N1, mark {}", cx.param());
            cx.check("told").same(&told(&report), &want);
            let heard = received(&report);
            cx.check("data").that(heard == b"xy", hex::short(&heard));
        }
    },
    case! {
        id: "com-port.port.client.other-line-states",
        title: "what else is notified of the line is no error",
        refs: ["R19", "RFC 2217 3, NOTIFY-LINESTATE"],
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        killed_by: ["com-port.takes-any-line-state-for-a-break"],
        => |cx| {
            let mut client = opened(cx, vec![Step::recv(1)]).await?;
            client.wire.send(b"x").await?;
            client.wire.send(&[&*framed(&[&[106, 1], &[106, 0x60], &[106, 0x80], &[106, 0]]), b"y"].concat()).await?;
            let report = client.finish().await?;
            cx.check("told").same(&told(&report), &"settings 9600 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.port.client.end",
        title: "a client whose server has closed ends, and keeps what has come",
        refs: ["R28", "RFC 854"],
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        killed_by: ["com-port.lingers"],
        => |cx| {
            let mut client = opened(cx, vec![Step::Recv(ALL)]).await?;
            client.wire.send(b"xlast").await?;
            cx.clock().sleep(Duration::from_millis(50)).await;
            let report = client.close_and_finish().await?;
            cx.check("ended").that(report.exit != Exit::Hung, format!("{:?}", report.exit));
            let heard = received(&report);
            cx.check("data").that(heard == b"xlast", hex::short(&heard));
        }
    },
];
