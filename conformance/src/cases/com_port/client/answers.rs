//! What a client makes of the answers, of none, and of others: R3, R7, R24, R25, R33 to R35, R41.

use core::sync::atomic::{AtomicUsize, Ordering};

use crate::{
    Case, case,
    cases::com_port::{
        desk::{Desk, opened, received, say, served, served_long, set, settings, told, usual},
        work::{judge, messages},
    },
    hex,
    reference::com_port::HAS_CISCO,
    script::Step,
};

group! {
    /// What it makes of answers.
    pub(in crate::cases::com_port) static GROUP = "answers", "RFC 2217 client: what it makes of answers", cases CASES
}

/// The usual answers.
fn usually(message: &[u8]) -> Vec<Vec<u8>> {
    usual(message).into_iter().collect()
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.answers.client.in-effect",
        title: "what a server answers is in effect, whatever was asked for",
        refs: ["R3", "R33", "RFC 2217 3"],
        side: Client,
        speaks: "com-port",
        params: ["baud-rate", "data-size", "parity", "stop-size"],
        killed_by: ["com-port.takes-its-wish-for-the-answer"],
        => |cx| {
            let (code, other, want): (u8, &[u8], _) = match cx.param() {
                "baud-rate" => (1, &[101, 0, 0, 0x25, 0x80], "settings 9600 7E2"),
                "data-size" => (2, &[102, 8], "settings 19200 8E2"),
                "parity" => (3, &[103, 1], "settings 19200 7N2"),
                _ => (4, &[104, 1], "settings 19200 7E1"),
            };
            let desk = Desk::answering(move |message| match message {
                [this, ..] if *this == code => vec![other.to_vec()],
                message => usually(message),
            });
            let (_, report) = served(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("in-effect").same(&told(&report), &want.to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.then-known",
        title: "what a server has answered need not be asked for, and what it has refused may be asked for again",
        refs: ["R33", "R39"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.takes-its-wish-for-the-answer", "com-port.sets-what-is-set"],
        => |cx| {
            let mut client = cx.client_with(vec![set("19200 8N1")?, set("9600 8N1")?, set("19200 8N1")?]).await?;
            let mut desk = Desk::answering(|message| match message {
                [1, ..] => vec![vec![101, 0, 0, 0x25, 0x80]],
                message => usually(message),
            });
            let seen = desk.serve(cx, &mut client.wire).await?;
            let rates: Vec<_> = settings(&seen).into_iter().filter(|one| one.first() == Some(&1)).collect();
            judge(cx, "rates", &rates, &[&[1, 0, 0, 0x4b, 0], &[1, 0, 0, 0x4b, 0]]);
            let report = client.finish().await?;
            let want = "settings 9600 8N1, settings 9600 8N1, settings 9600 8N1";
            cx.check("in-effect").same(&told(&report), &want.to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.lost",
        title: "a command that is not answered is said again",
        refs: ["R34"],
        level: Should,
        side: Client,
        speaks: "com-port",
        params: ["1", "2", "3", "4"],
        killed_by: ["com-port.asks-only-once"],
        => |cx| {
            let lost: u8 = cx.param().parse().unwrap_or_default();
            let asked = AtomicUsize::new(0);
            let desk = Desk::answering(|message| {
                let is_lost = message.first() == Some(&lost) && asked.fetch_add(1, Ordering::Relaxed) == 0;
                if is_lost { Vec::new() } else { usually(message) }
            });
            let (_, report) = served_long(cx, desk, vec![set("19200 7E2")?]).await?;
            let times = asked.load(Ordering::Relaxed);
            cx.check("again").that(times >= 2, format!("said {times} times"));
            cx.check("in-effect").same(&told(&report), &"settings 19200 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.never",
        title: "a client whose setting is never answered says so within a minute",
        refs: ["R34"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.takes-silence-for-consent"],
        => |cx| {
            let desk = Desk::answering(|message| match message {
                [3, ..] => Vec::new(),
                message => usually(message),
            });
            let (_, report) = served_long(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("failed").that(told(&report).starts_with("failed"), told(&report));
        }
    },
    case! {
        id: "com-port.answers.client.notifications-between",
        title: "notifications among the answers are none",
        refs: ["R35", "RFC 2217 3, NOTIFY-MODEMSTATE"],
        side: Client,
        speaks: "com-port",
        params: ["before", "behind", "instead-of-one"],
        killed_by: ["com-port.takes-any-message-for-its-answer"],
        => |cx| {
            let how = cx.param();
            let once = AtomicUsize::new(0);
            let desk = Desk::answering(|message| {
                let notes = [vec![107, 0xb1], vec![106, 2]];
                let answers = usually(message);
                match how {
                    "before" => notes.into_iter().chain(answers).collect(),
                    "behind" => answers.into_iter().chain(notes).collect(),
                    // Only a notification comes at first; the command is said again, and answered.
                    _ if message.first() == Some(&3) && once.fetch_add(1, Ordering::Relaxed) == 0 => notes.to_vec(),
                    _ => answers,
                }
            });
            let (_, report) = served_long(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("in-effect").same(&told(&report), &"settings 19200 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.notifications",
        title: "notifications are not answered",
        refs: ["R35", "RFC 2217 3, NOTIFY-LINESTATE"],
        side: Client,
        speaks: "com-port",
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.answers-notifications"],
        => |cx| {
            let mut client = opened(cx, vec![]).await?;
            let seen = say(cx, &mut client.wire, &[&[107, 0xb1], &[106, 16], &[107, 0xb0]]).await?;
            judge(cx, "silent", &messages(&seen), &[]);
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "com-port.answers.client.masks-unanswered",
        title: "a server that answers no masks, as ser2net does, can be used",
        refs: ["R41"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.wants-masks-answered"],
        => |cx| {
            let desk = Desk::answering(|message| match message {
                [10 | 11, ..] => Vec::new(),
                message => usually(message),
            });
            let (_, report) = served_long(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("open").same(&told(&report), &"settings 19200 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.control-unanswered",
        title: "a server that answers no SET-CONTROL, as ser2net does on a line without modem lines, can be used",
        refs: ["R41"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.wants-control-answered"],
        => |cx| {
            let desk = Desk::answering(|message| match message {
                [5, ..] => Vec::new(),
                message => usually(message),
            });
            let (_, report) = served_long(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("open").same(&told(&report), &"settings 19200 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.rate-of-eight-octets",
        title: "an answer to SET-BAUDRATE with four zeros behind it, as sredird gives it, is understood",
        refs: ["R41"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.wants-four-octets"],
        => |cx| {
            let desk = Desk::answering(|message| match message {
                [1, rate @ ..] => vec![[&[101], rate, &[0; 4]].concat()],
                message => usually(message),
            });
            let (_, report) = served_long(cx, desk, vec![set("19200 8N1")?]).await?;
            cx.check("in-effect").same(&told(&report), &"settings 19200 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.rate-of-one-octet",
        title: "a server with rates of one octet, as Cisco's first ones have them, is asked in one",
        refs: ["R7", "R41"],
        level: May,
        side: Client,
        speaks: "com-port",
        needs: [HAS_CISCO],
        killed_by: ["com-port.knows-no-short-rates"],
        => |cx| {
            let desk = Desk::answering(|message| match message {
                [1, code @ 3..=16] => vec![vec![101, *code]],
                // It reads the first octet, which is none of its rates: 9600 stays.
                [1, ..] => vec![vec![101, 8]],
                message => usually(message),
            });
            let (seen, report) = served_long(cx, desk, vec![set("19200 8N1")?]).await?;
            let short = settings(&seen).contains(&vec![1, 10]);
            cx.check("asked").that(short, format!("said {}", crate::cases::com_port::work::told(&settings(&seen))));
            cx.check("in-effect").same(&told(&report), &"settings 19200 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.unknown",
        title: "messages that do not exist are ignored",
        refs: ["R25", "RFC 2217 3"],
        side: Client,
        speaks: "com-port",
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.ends-at-what-it-does-not-know"],
        => |cx| {
            let desk = Desk::answering(|message| {
                let odd = [vec![113], vec![150, 1], vec![255, 255], vec![99, 0]];
                odd.into_iter().chain(usually(message)).collect()
            });
            let (_, report) = served(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("in-effect").same(&told(&report), &"settings 19200 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.of-its-own",
        title: "what only a client says is no answer",
        refs: ["R25", "RFC 2217 2"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.hears-its-own-numbers"],
        => |cx| {
            let desk = Desk::answering(|message| {
                let odd = [vec![2, 5], vec![3, 5], vec![1, 0, 0, 0x25, 0x80]];
                usually(message).into_iter().chain(odd).collect()
            });
            let (_, report) = served(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("in-effect").same(&told(&report), &"settings 19200 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.malformed",
        title: "answers that are too short or too long are ignored",
        refs: ["R24", "RFC 2217 3"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.ends-at-a-short-command"],
        => |cx| {
            let desk = Desk::answering(|message| {
                let odd = [vec![], vec![101], vec![101, 0, 0], vec![102], vec![103, 2, 2], vec![107], vec![105]];
                odd.into_iter().chain(usually(message)).collect()
            });
            let (_, report) = served(cx, desk, vec![set("19200 7E2")?]).await?;
            cx.check("in-effect").same(&told(&report), &"settings 19200 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.long",
        title: "nothing of a message of 9,000 octets is data",
        refs: ["R24", "RFC 855"],
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        killed_by: ["com-port.leaks-overlong-messages"],
        => |cx| {
            let mut client = opened(cx, vec![Step::recv(2)]).await?;
            client.wire.send(b"x").await?;
            let long = [&[100], &*b"xyz".repeat(3_000)].concat();
            say(cx, &mut client.wire, &[&long]).await?;
            client.wire.send(b"on").await?;
            let heard = received(&client.finish().await?);
            cx.check("data").that(heard == b"xon", hex::short(&heard));
        }
    },
    case! {
        id: "com-port.answers.client.pieces",
        title: "answers may come in pieces",
        refs: ["R33", "RFC 855"],
        side: Client,
        speaks: "com-port",
        params: ["bytewise", "halves"],
        killed_by: ["com-port.forgets-a-message-at-a-cut"],
        => |cx| {
            let (_, report) = served(cx, Desk::default(), vec![set("65280 7E2")?]).await?;
            cx.check("in-effect").same(&told(&report), &"settings 65280 7E2".to_owned());
        }
    },
    case! {
        id: "com-port.answers.client.signature",
        title: "a server that asks for the signature is told it",
        refs: ["R5", "RFC 2217 3, SIGNATURE"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.has-no-signature"],
        => |cx| {
            let mut client = opened(cx, vec![]).await?;
            let said = messages(&say(cx, &mut client.wire, &[&[100]]).await?);
            let fine = matches!(said.as_slice(), [text] if text.first() == Some(&0) && text.len() > 1);
            cx.check("told").that(fine, format!("said {}", crate::cases::com_port::work::told(&said)));
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "com-port.answers.client.signature-of-the-server",
        title: "the server's signature may have any bytes, and is no data",
        refs: ["R5", "RFC 2217 3, SIGNATURE"],
        side: Client,
        speaks: "com-port",
        needs: ["reports"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.forgets-a-message-at-a-cut", "com-port.bare-se-ends-a-message"],
        => |cx| {
            let mut client = opened(cx, vec![Step::recv(2)]).await?;
            client.wire.send(b"x").await?;
            say(cx, &mut client.wire, &[b"\x64a\xff\xf0b\xff\xf0\0\xff\xffabcdefghijkl"]).await?;
            client.wire.send(b"on").await?;
            let heard = received(&client.finish().await?);
            cx.check("data").that(heard == b"xon", hex::short(&heard));
        }
    },
];
