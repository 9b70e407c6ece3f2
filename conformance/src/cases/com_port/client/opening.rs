//! How a client begins: R1, R2, R27, R37.

use core::time::Duration;

use crate::{
    Case, Context, Halt, case,
    cases::com_port::{
        desk::{Desk, served, served_long, set, settings, told},
        work::{hear, messages},
    },
    hex,
    reference::{
        com_port::COM_PORT,
        telnet::{
            BINARY, DO, SGA, WILL,
            seen::{Seen, data, shown},
        },
    },
    script::Step,
};

group! {
    /// How a client begins.
    pub(in crate::cases::com_port) static GROUP = "opening", "RFC 2217 client: how it begins", cases CASES
}

/// What a client says to a server that says nothing.
async fn first_words(cx: &Context) -> Result<Vec<Seen>, Halt> {
    let mut client = cx
        .client_with(vec![set("19200 7E2")?, Step::send(b"data")])
        .await?;
    let seen = hear(&mut client.wire).await;
    let _ = client.close_and_finish().await?;
    Ok(seen)
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.opening.client.will",
        title: "a client offers COM-PORT, once",
        refs: ["R1", "RFC 2217 3"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.never-offers-the-option"],
        => |cx| {
            let seen = first_words(cx).await?;
            let said = seen.iter().filter(|one| **one == Seen::Negotiation(WILL, COM_PORT)).count();
            cx.check("will").that(said == 1, format!("said {}", shown(&seen)));
        }
    },
    case! {
        id: "com-port.opening.client.nothing-before",
        title: "before the server has agreed a client says nothing of COM-PORT",
        refs: ["R2", "RFC 855"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.asks-before-it-is-agreed"],
        => |cx| {
            let seen = first_words(cx).await?;
            let said = messages(&seen);
            cx.check("silent").that(said.is_empty(), format!("said {}", shown(&seen)));
        }
    },
    case! {
        id: "com-port.opening.client.no-data-before",
        title: "before the port is set a client sends it no data",
        refs: ["R2", "R29"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.greets-the-port"],
        => |cx| { cx.check("silent").nothing(&data(&first_words(cx).await?)) }
    },
    case! {
        id: "com-port.opening.client.binary",
        title: "a client asks for BINARY in both directions",
        refs: ["R27", "RFC 856"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.never-asks-for-binary"],
        => |cx| {
            let seen = first_words(cx).await?;
            let both = [Seen::Negotiation(WILL, BINARY), Seen::Negotiation(DO, BINARY)];
            let fine = both.iter().all(|one| seen.contains(one));
            cx.check("both").that(fine, format!("said {}", shown(&seen)));
        }
    },
    case! {
        id: "com-port.opening.client.opens",
        title: "a client whose offers are accepted opens the port",
        refs: ["R1", "R3", "RFC 2217 3"],
        side: Client,
        speaks: "com-port",
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.never-offers-the-option", "com-port.lowest-octet-first"],
        => |cx| {
            let (seen, report) = served(cx, Desk::default(), vec![set("19200 8N1")?]).await?;
            let rate = settings(&seen).into_iter().find(|one| one.first() == Some(&1)).unwrap_or_default();
            cx.check("asked").equal(&rate, &[1, 0, 0, 0x4b, 0]);
            cx.check("open").same(&told(&report), &"settings 19200 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.opening.client.server-first",
        title: "a server that asks for COM-PORT first is answered once, and the port opens",
        refs: ["R1", "RFC 1143 7"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.acknowledges-again"],
        => |cx| {
            let mut client = cx.client_with(vec![set("19200 8N1")?]).await?;
            client.wire.send(b"\xff\xfd\x2c\xff\xfb\x00\xff\xfd\x00\xff\xfb\x03").await?;
            let known = [(DO, COM_PORT), (WILL, BINARY), (DO, BINARY), (WILL, SGA)];
            let seen = Desk::default().having_said(&known).serve(cx, &mut client.wire).await?;
            let said = seen.iter().filter(|one| **one == Seen::Negotiation(WILL, COM_PORT)).count();
            cx.check("once").that(said == 1, format!("said {}", shown(&seen)));
            let report = client.finish().await?;
            cx.check("open").same(&told(&report), &"settings 19200 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.opening.client.offers-too",
        title: "a server that offers COM-PORT itself is answered, and the port opens",
        refs: ["R1", "RFC 854, General considerations"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.agrees-in-silence"],
        => |cx| {
            let mut client = cx.client_with(vec![set("19200 8N1")?]).await?;
            client.wire.send(b"\xff\xfb\x2c").await?;
            let mut desk = Desk::default().having_said(&[(WILL, COM_PORT)]);
            let seen = desk.serve(cx, &mut client.wire).await?;
            let answers = seen.iter().filter(|one| matches!(one, Seen::Negotiation(253 | 254, COM_PORT))).count();
            cx.check("answered").that(answers == 1, format!("said {}", shown(&seen)));
            let report = client.finish().await?;
            cx.check("open").same(&told(&report), &"settings 19200 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.opening.client.refused",
        title: "a client whose COM-PORT is refused says so at once",
        refs: ["R37", "RFC 855"],
        side: Client,
        speaks: "com-port",
        params: ["alone", "with-all"],
        killed_by: ["com-port.waits-for-who-refuses"],
        => |cx| {
            let all = cx.param() == "with-all";
            let mut client = cx.client_with(vec![set("19200 8N1")?]).await?;
            let mut desk = Desk::agreeing(move |_, option| !all && option != COM_PORT);
            let since = cx.clock().now();
            let seen = desk.serve(cx, &mut client.wire).await?;
            let report = client.finish().await?;
            let took = cx.clock().now().since(since);
            cx.check("failed").same(&told(&report), &"failed refused".to_owned());
            cx.check("soon").that(took < Duration::from_secs(2), format!("after {took:?}"));
            cx.check("silent").that(messages(&seen).is_empty(), format!("said {}", shown(&seen)));
        }
    },
    case! {
        id: "com-port.opening.client.silent-server",
        title: "a client of a server that says nothing gives up within a minute",
        refs: ["R34", "R37"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.waits-for-ever"],
        => |cx| {
            let client = cx.client_with(vec![set("19200 8N1")?]).await?;
            cx.clock().sleep(Duration::from_secs(60)).await;
            let since = cx.clock().now();
            let report = client.finish().await?;
            let took = cx.clock().now().since(since);
            let fine = told(&report).starts_with("failed") && took < Duration::from_secs(1);
            cx.check("failed").that(fine, format!("{} after a minute and {took:?}", told(&report)));
        }
    },
    case! {
        id: "com-port.opening.client.no-binary",
        title: "a server that refuses BINARY can be used",
        refs: ["R27", "RFC 854, General considerations"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.wants-binary"],
        => |cx| {
            let desk = Desk::agreeing(|_, option| matches!(option, COM_PORT | SGA));
            let (_, report) = served_long(cx, desk, vec![set("19200 8N1")?]).await?;
            cx.check("open").same(&told(&report), &"settings 19200 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.opening.client.closed",
        title: "a client whose server closes at the beginning says that it failed",
        refs: ["R37"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.takes-no-end"],
        => |cx| {
            let mut client = cx.client_with(vec![set("19200 8N1")?]).await?;
            hear(&mut client.wire).await;
            let report = client.close_and_finish().await?;
            cx.check("failed").that(told(&report).starts_with("failed"), told(&report));
        }
    },
    case! {
        id: "com-port.opening.client.greeting",
        title: "what a server sends before the agreement is data",
        refs: ["R2", "RFC 854"],
        level: Should,
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        killed_by: ["com-port.loses-the-greeting"],
        => |cx| {
            let mut client = cx.client_with(vec![set("19200 8N1")?, Step::Recv(2)]).await?;
            client.wire.send(b"hi").await?;
            Desk::default().serve(cx, &mut client.wire).await?;
            let heard = crate::cases::com_port::desk::received(&client.finish().await?);
            cx.check("data").that(heard == b"hi", hex::short(&heard));
        }
    },
];
