//! What a client asks for, and how: R6 to R14, R29, R32, R39, R40.

use crate::{
    Case, Context, Halt, case,
    cases::com_port::{
        desk::{Desk, opened, served, set, settings, told, usual},
        work::{hear, judge, messages},
    },
    reference::{
        com_port::HAS_MODEM,
        telnet::seen::{Seen, data, shown},
    },
    script::{Step, com_port::Act},
};

group! {
    /// What it asks for.
    pub(in crate::cases::com_port) static GROUP = "asks", "RFC 2217 client: what it asks for", cases MORE
}

group! {
    /// Its settings.
    pub(in crate::cases::com_port) static SETTINGS = "sets", "RFC 2217 client: the numbers of its settings", cases SETS
}

/// A table of settings: `"name" Level ["clause", …] "title" { "settings" => [message, …] } kills ["mutant", …]`.
/// The client opens the port with these settings, and exactly these messages set them.
macro_rules! sets {
    ($($name:literal $level:ident $refs:tt $title:literal { $to:literal => $want:expr } kills $kills:tt)*) => {
        static SETS: &[Case] = &[$(
            case! {
                id: (concat!("com-port.sets.client.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Client,
                speaks: "com-port",
                killed_by: $kills,
                => |cx| { sets(cx, $to, &$want).await? }
            },
        )*];
    };
}

sets! {
    "baud-rate" Must ["R6", "RFC 2217 3, SET-BAUDRATE"]
        "a baud rate is four octets, highest first"
        { "115200 8N1" => [&[1, 0, 1, 0xc2, 0], &[2, 8], &[3, 1], &[4, 1]] }
        kills ["com-port.lowest-octet-first", "com-port.speaks-in-the-servers-numbers"]
    "seven-even-two" Must ["R8", "R9", "R10", "RFC 2217 3"]
        "seven bits are 7, even parity is 3, two stop bits are 2"
        { "9600 7E2" => [&[1, 0, 0, 0x25, 0x80], &[2, 7], &[3, 3], &[4, 2]] }
        kills ["com-port.even-as-odd", "com-port.stop-sizes-in-order", "com-port.speaks-in-the-servers-numbers"]
    "odd" Must ["R9", "RFC 2217 3, SET-PARITY"]
        "odd parity is 2"
        { "1200 6O1" => [&[1, 0, 0, 4, 0xb0], &[2, 6], &[3, 2], &[4, 1]] }
        kills ["com-port.even-as-odd"]
    "mark" Must ["R9", "RFC 2217 3, SET-PARITY"]
        "mark parity is 4"
        { "2400 7M1" => [&[1, 0, 0, 9, 0x60], &[2, 7], &[3, 4], &[4, 1]] }
        kills ["com-port.speaks-in-the-servers-numbers"]
    "space" Must ["R9", "RFC 2217 3, SET-PARITY"]
        "space parity is 5"
        { "2400 7S1" => [&[1, 0, 0, 9, 0x60], &[2, 7], &[3, 5], &[4, 1]] }
        kills ["com-port.speaks-in-the-servers-numbers"]
    "one-and-a-half" Must ["R8", "R10", "RFC 2217 3, SET-STOPSIZE"]
        "five bits are 5, one and a half stop bits are 3"
        { "300 5N1.5" => [&[1, 0, 0, 1, 0x2c], &[2, 5], &[3, 1], &[4, 3]] }
        kills ["com-port.stop-sizes-in-order"]
    "software-flow" Must ["R12", "RFC 2217 3, SET-CONTROL"]
        "flow control by XON and XOFF is 2"
        { "9600 8N1 software" => [&[1, 0, 0, 0x25, 0x80], &[2, 8], &[3, 1], &[4, 1], &[5, 2]] }
        kills ["com-port.speaks-in-the-servers-numbers"]
    "hardware-flow" Must ["R12", "RFC 2217 3, SET-CONTROL"]
        "flow control by RTS and CTS is 3"
        { "9600 8N1 hardware" => [&[1, 0, 0, 0x25, 0x80], &[2, 8], &[3, 1], &[4, 1], &[5, 3]] }
        kills ["com-port.speaks-in-the-servers-numbers"]
    "baud-rate-with-255" Must ["R6", "R20", "RFC 855"]
        "an octet 255 in a rate is doubled, and its answer is understood"
        { "65280 8N1" => [&[1, 0, 0, 0xff, 0], &[2, 8], &[3, 1], &[4, 1]] }
        kills ["com-port.value-255-single", "com-port.keeps-both-iacs-of-a-value"]
    "baud-rate-with-240" Must ["R6", "RFC 855"]
        "an octet 240 in an answer is no end"
        { "61440 8N1" => [&[1, 0, 0, 0xf0, 0], &[2, 8], &[3, 1], &[4, 1]] }
        kills ["com-port.bare-se-ends-a-message"]
}

async fn sets(cx: &Context, to: &str, want: &[&[u8]]) -> Result<(), Halt> {
    let (seen, report) = served(cx, Desk::default(), vec![set(to)?]).await?;
    let mut said = settings(&seen);
    // Their order is the matter of another case.
    said.sort();
    judge(cx, "asked", &said, want);
    cx.check("in-effect")
        .same(&told(&report), &format!("settings {to}"));
    Ok(())
}

/// What a client says that does these steps on an open port.
async fn acts(cx: &Context, steps: &[Act]) -> Result<Vec<Seen>, Halt> {
    let mut script: Vec<Step> = steps.iter().copied().map(Step::Port).collect();
    script.push(Step::recv(1));
    let mut client = opened(cx, script).await?;
    client.wire.send(b"x").await?;
    let seen = hear(&mut client.wire).await;
    client.wire.send(b"x").await?;
    let _ = client.finish().await?;
    Ok(seen)
}

static MORE: &[Case] = &[
    case! {
        id: "com-port.asks.client.order",
        title: "baud rate, data size, parity and stop size are asked for in this order",
        refs: ["R32"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.sets-the-stop-size-first"],
        => |cx| {
            let (seen, _) = served(cx, Desk::default(), vec![set("19200 7E2")?]).await?;
            let want: &[&[u8]] = &[&[1, 0, 0, 0x4b, 0], &[2, 7], &[3, 3], &[4, 2]];
            judge(cx, "order", &settings(&seen), want);
        }
    },
    case! {
        id: "com-port.asks.client.one-round-trip",
        title: "all settings are asked for before the first is answered",
        refs: ["R40", "R4"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.asks-one-at-a-time"],
        => |cx| {
            let mut client = cx.client_with(vec![set("19200 7E2")?]).await?;
            let mut mute = Desk::answering(|message| match message {
                [1..=4, ..] => Vec::new(),
                other => usual(other).into_iter().collect(),
            });
            let seen = mute.serve(cx, &mut client.wire).await?;
            let asked = settings(&seen).len();
            cx.check("all").that(asked == 4, format!("{asked} of 4 without an answer"));
            let _ = client.close_and_finish().await?;
        }
    },
    case! {
        id: "com-port.asks.client.unchanged",
        title: "settings that are in effect are not asked for again",
        refs: ["R39"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.sets-what-is-set"],
        => |cx| {
            let mut client = opened(cx, vec![set("9600 8N1")?]).await?;
            client.wire.send(b"x").await?;
            let seen = Desk::default().serve(cx, &mut client.wire).await?;
            judge(cx, "nothing", &messages(&seen), &[]);
            let report = client.finish().await?;
            cx.check("in-effect").same(&told(&report), &"settings 9600 8N1, settings 9600 8N1".to_owned());
        }
    },
    case! {
        id: "com-port.asks.client.only-what-changes",
        title: "of settings only those are asked for that change",
        refs: ["R39", "R40"],
        level: Should,
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.sets-what-is-set"],
        => |cx| {
            let mut client = opened(cx, vec![set("19200 8N1")?, set("19200 8E1")?]).await?;
            client.wire.send(b"x").await?;
            let seen = Desk::default().serve(cx, &mut client.wire).await?;
            judge(cx, "changes", &settings(&seen), &[&[1, 0, 0, 0x4b, 0], &[3, 3]]);
            let report = client.finish().await?;
            let want = "settings 9600 8N1, settings 19200 8N1, settings 19200 8E1";
            cx.check("in-effect").same(&told(&report), &want.to_owned());
        }
    },
    case! {
        id: "com-port.asks.client.in-order-with-data",
        title: "a setting stands between the data before it and the data behind it",
        refs: ["R29", "RFC 2217 3"],
        side: Client,
        speaks: "com-port",
        killed_by: ["com-port.settings-overtake-data"],
        => |cx| {
            let steps = vec![Step::send(b"old"), set("19200 8N1")?, Step::send(b"new")];
            let mut client = opened(cx, steps).await?;
            client.wire.send(b"x").await?;
            let seen = Desk::default().serve(cx, &mut client.wire).await?;
            let at = seen.iter().position(|one| matches!(one, Seen::Subnegotiation(_))).unwrap_or_default();
            let (before, behind) = seen.split_at(at);
            cx.check("order").that(data(before) == b"old" && data(behind) == b"new", shown(&seen));
            let _ = client.finish().await?;
        }
    },
    case! {
        id: "com-port.asks.client.dtr-and-rts",
        title: "DTR on is 8, off 9; RTS on is 11, off 12",
        refs: ["R14", "RFC 2217 3, SET-CONTROL"],
        side: Client,
        speaks: "com-port",
        needs: [HAS_MODEM],
        killed_by: ["com-port.dtr-as-rts", "com-port.speaks-in-the-servers-numbers"],
        => |cx| {
            let seen = acts(cx, &[Act::Dtr(false), Act::Rts(false), Act::Dtr(true), Act::Rts(true)]).await?;
            judge(cx, "asked", &messages(&seen), &[&[5, 9], &[5, 12], &[5, 8], &[5, 11]]);
        }
    },
    case! {
        id: "com-port.asks.client.pulses",
        title: "short pulses of DTR and RTS, as a boot loader wants them, are all said, in order",
        refs: ["R14", "R29", "RFC 2217 3, SET-CONTROL"],
        side: Client,
        speaks: "com-port",
        needs: [HAS_MODEM],
        killed_by: ["com-port.merges-pulses"],
        => |cx| {
            let steps = [Act::Dtr(false), Act::Dtr(true), Act::Rts(true), Act::Rts(false), Act::Dtr(false)];
            let seen = acts(cx, &steps).await?;
            judge(cx, "asked", &messages(&seen), &[&[5, 9], &[5, 8], &[5, 11], &[5, 12], &[5, 9]]);
        }
    },
    case! {
        id: "com-port.asks.client.break",
        title: "a break begins with 5 and ends with 6",
        refs: ["R13", "RFC 2217 3, SET-CONTROL"],
        side: Client,
        speaks: "com-port",
        needs: [HAS_MODEM],
        killed_by: ["com-port.break-goes-on", "com-port.speaks-in-the-servers-numbers"],
        => |cx| {
            let seen = acts(cx, &[Act::Break(true), Act::Break(false)]).await?;
            judge(cx, "asked", &messages(&seen), &[&[5, 5], &[5, 6]]);
        }
    },
    case! {
        id: "com-port.asks.client.purge",
        title: "what the server has received is purged with 1, what it is to send with 2, both with 3",
        refs: ["R21", "RFC 2217 3, PURGE-DATA"],
        side: Client,
        speaks: "com-port",
        params: ["1", "2", "3"],
        killed_by: ["com-port.purges-something-else"],
        => |cx| {
            let what: u8 = cx.param().parse().unwrap_or_default();
            let mut client = opened(cx, vec![Step::Port(Act::Purge(what)), Step::recv(1)]).await?;
            client.wire.send(b"x").await?;
            let seen = Desk::default().serve(cx, &mut client.wire).await?;
            judge(cx, "asked", &messages(&seen), &[&[12, what]]);
            client.wire.send(b"x").await?;
            let _ = client.finish().await?;
        }
    },
];
