//! COM-PORT is agreed on before anything of it is said: R1, R2, R27.

use crate::{
    Case, case,
    cases::com_port::work::{
        agree, alive, answers, ask, connect, exchange, framed, hear, judge, judge_data, messages,
        settle, told,
    },
    reference::{
        com_port::COM_PORT,
        telnet::{
            BINARY, DO, DONT, SGA, WILL, WONT,
            seen::{Seen, shown},
        },
    },
};

group! {
    /// How a server begins.
    pub(in crate::cases::com_port) static GROUP = "agreement", "RFC 2217 server: agreement", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.agreement.server.will",
        title: "WILL COM-PORT is answered by DO, once",
        refs: ["R1", "RFC 2217 3", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.refuses-the-option", "com-port.agrees-in-silence"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let mut seen = hear(&mut wire).await;
            seen.extend(exchange(cx, &mut wire, b"\xff\xfb\x2c").await?);
            let said: Vec<Seen> = seen.into_iter().filter(|one| matches!(one, Seen::Negotiation(DO | DONT, COM_PORT))).collect();
            cx.check("do").that(said == [Seen::Negotiation(DO, COM_PORT)], format!("said {}", shown(&said)));
        }
    },
    case! {
        id: "com-port.agreement.server.will-again",
        title: "WILL COM-PORT is not acknowledged again",
        refs: ["R1", "RFC 854, General considerations"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.acknowledges-again"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, b"\xff\xfb\x2c\xff\xfb\x2c").await?;
            let again = seen.contains(&Seen::Negotiation(DO, COM_PORT));
            cx.check("silent").that(!again, format!("said {}", shown(&seen)));
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.agreement.server.do",
        title: "DO COM-PORT is answered: a server may have the option for itself too, or not",
        refs: ["R1", "RFC 854, General considerations"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.agrees-in-silence"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let mut seen = hear(&mut wire).await;
            seen.extend(exchange(cx, &mut wire, b"\xff\xfd\x2c").await?);
            let said: Vec<Seen> = seen.into_iter().filter(|one| matches!(one, Seen::Negotiation(WILL | WONT, COM_PORT))).collect();
            cx.check("answered").that(said.len() == 1, format!("said {}", shown(&said)));
        }
    },
    case! {
        id: "com-port.agreement.server.before",
        title: "a command before the agreement is neither answered nor obeyed",
        refs: ["R2", "RFC 2217 3", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.answers-when-off"],
        => |cx| {
            let mut first = connect(cx).await?;
            let before = answers(&ask(cx, &mut first, &[&[4, 0]]).await?);
            drop(first);
            cx.clock().sleep(core::time::Duration::from_millis(300)).await;
            let mut wire = cx.connect().await?;
            hear(&mut wire).await;
            let other: &[u8] = if before.first().is_some_and(|one| one == &[104, 2]) { &[4, 1] } else { &[4, 2] };
            let said = messages(&ask(cx, &mut wire, &[other, &[4, 0], &[10, 255]]).await?);
            judge(cx, "silent", &said, &[]);
            agree(&mut wire).await?;
            let said = answers(&ask(cx, &mut wire, &[&[4, 0]]).await?);
            cx.check("unchanged").that(said == before, format!("before {}, then {}", told(&before), told(&said)));
        }
    },
    case! {
        id: "com-port.agreement.server.ends",
        title: "WONT COM-PORT is acknowledged, and ends it",
        refs: ["R1", "R2", "RFC 854, General considerations"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.answers-when-off", "com-port.agrees-in-silence"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, b"\xff\xfc\x2c").await?;
            let said = seen.contains(&Seen::Negotiation(DONT, COM_PORT));
            cx.check("acknowledged").that(said, format!("said {}", shown(&seen)));
            let said = messages(&ask(cx, &mut wire, &[&[2, 0], &[4, 0]]).await?);
            judge(cx, "silent", &said, &[]);
        }
    },
    case! {
        id: "com-port.agreement.server.ends-and-begins",
        title: "behind WONT and another WILL commands are answered again",
        refs: ["R1", "R2", "RFC 854, General considerations"],
        speaks: "com-port",
        any_options: true,
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.agrees-in-silence"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, b"\xff\xfc\x2c\xff\xfb\x2c").await?;
            let said: Vec<Seen> = seen.into_iter().filter(|one| matches!(one, Seen::Negotiation(_, COM_PORT))).collect();
            let want = [Seen::Negotiation(DONT, COM_PORT), Seen::Negotiation(DO, COM_PORT)];
            cx.check("both").that(said == want, format!("said {}", shown(&said)));
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.agreement.server.at-once",
        title: "commands that come in one piece with WILL COM-PORT are answered",
        refs: ["R1", "R4", "RFC 1143 7"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.refuses-the-option", "com-port.forgets-a-message-at-a-cut"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let bytes = [b"\xff\xfb\x2c", &*framed(&[&[2, 0]])].concat();
            let said = answers(&exchange(cx, &mut wire, &bytes).await?);
            let fine = matches!(said.as_slice(), [size] if matches!(size.as_slice(), [102, 5..=8]));
            cx.check("answered").that(fine, format!("said {}", told(&said)));
        }
    },
    case! {
        id: "com-port.agreement.server.binary",
        title: "BINARY is agreed on in both directions",
        refs: ["R27", "RFC 856"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.refuses-binary"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let seen = agree(&mut wire).await?;
            let both = [Seen::Negotiation(WILL, BINARY), Seen::Negotiation(DO, BINARY)];
            let fine = both.iter().all(|one| seen.contains(one));
            cx.check("both").that(fine, format!("said {}", shown(&seen)));
        }
    },
    case! {
        id: "com-port.agreement.server.sga",
        title: "go-aheads are suppressed",
        refs: ["R27", "RFC 858", "RFC 1123 3.2.2"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.wants-go-aheads"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, b"\xff\xfe\x03\xff\xfd\x03").await?;
            let fine = seen.contains(&Seen::Negotiation(WILL, SGA));
            cx.check("will").that(fine, format!("to DO SGA: {}", shown(&seen)));
        }
    },
    case! {
        id: "com-port.agreement.server.without",
        title: "a client that knows no COM-PORT has the port's data",
        refs: ["R2", "RFC 854, General considerations"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.wants-the-option-for-data"],
        => |cx| {
            let mut wire = cx.connect().await?;
            settle(&mut wire, &[(WILL, COM_PORT), (DO, COM_PORT)]).await?;
            let seen = exchange(cx, &mut wire, b"plain").await?;
            judge_data(cx, "echo", &seen, b"plain");
        }
    },
];
