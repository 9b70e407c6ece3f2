//! Commands in a row, in pieces, too short, too long, and unknown: R3, R4, R24, R25.

use crate::{
    Case, case,
    cases::com_port::work::{
        alive, answers, connect, exchange, framed, judge, messages, send, told,
    },
    reference::{
        com_port::sub,
        telnet::seen::{data, observe, shown},
    },
};

group! {
    /// Grammar.
    pub(in crate::cases::com_port) static GROUP = "grammar", "RFC 2217 server: commands in order, short, long and unknown", cases ROWS
}

group! {
    /// Many commands, and what stands between them.
    pub(in crate::cases::com_port) static STREAM = "stream", "RFC 2217 server: many commands, and what stands between them", cases MORE
}

rows! {
    static ROWS in "grammar";
    pieces "in-order" Must ["R3", "R4", "RFC 2217 3"] needs []
        "commands that follow one another are answered in their order"
        { [&[1, 0, 0, 0x25, 0x80], &[3, 1], &[10, 0], &[12, 3], &[11, 240], &[5, 1], &[1, 0, 0, 0, 0]]
          => [&[101, 0, 0, 0x25, 0x80], &[103, 1], &[110, 0], &[112, 3], &[111, 240], &[105, 1], &[101, 0, 0, 0x25, 0x80]] }
        kills ["com-port.answers-the-last-first", "com-port.forgets-a-message-at-a-cut"]
    goes_on "empty" Must ["R24", "RFC 855"] needs []
        "a message without a command is ignored"
        { [&[]] => [] } kills ["com-port.ends-at-an-empty-message"]
    goes_on "short-baud-rate" Must ["R24", "RFC 2217 3, SET-BAUDRATE"] needs []
        "a rate of no, two or three octets is ignored, or answered with the one in effect"
        { [&[1], &[1, 0, 0], &[1, 0, 0x4b, 0]] => [&[101, 8], &[101, 10]] } kills ["com-port.fills-short-commands", "com-port.ends-at-a-short-command"]
    goes_on "long-baud-rate" Must ["R24", "RFC 2217 3, SET-BAUDRATE"] needs []
        "a rate of five or eight octets is ignored, or answered with the one in effect"
        { [&[1, 0, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 0, 0, 0, 0]] => [] } kills ["com-port.ends-at-a-short-command"]
    goes_on "without-values" Must ["R24", "RFC 2217 3"] needs []
        "commands without their values are ignored, or answered with what is in effect"
        { [&[2], &[3], &[4], &[5], &[10], &[11], &[12]]
          => [&[102, 5], &[102, 6], &[102, 7], &[102, 8], &[103, 1], &[103, 2], &[103, 3], &[103, 4], &[103, 5], &[105, 1], &[105, 2], &[105, 3], &[110, 0], &[111, 255], &[111, 0], &[112, 3]] }
        kills ["com-port.ends-at-a-short-command"]
    goes_on "with-too-many-values" Must ["R24", "RFC 2217 3"] needs []
        "behind commands with more octets than they have the next one is answered"
        { [&[10, 0, 0], &[11, 240, 0], &[4, 9, 9]] => [&[110, 0], &[111, 240]] }
        kills ["com-port.ends-at-a-short-command"]
    goes_on "unknown" Must ["R25", "RFC 2217 3"] needs []
        "a command that does not exist is ignored"
        { [&[13], &[50, 1, 2], &[99, 0], &[200], &[255, 255]] => [] }
        kills ["com-port.answers-what-it-does-not-know", "com-port.ends-at-what-it-does-not-know"]
    goes_on "answers-of-its-own" Must ["R25", "RFC 2217 2"] needs []
        "what only a server says is ignored when a client says it"
        { [&[101, 0, 0, 0x01, 0x2c], &[104, 2], &[104, 1], &[104, 2]] => [] } kills ["com-port.obeys-answers"]
}

/// 1,000 masks, and their answers.
fn thousand() -> (Vec<u8>, Vec<Vec<u8>>) {
    let masks = (0..=240).map(|mask| vec![10, mask]);
    let asked: Vec<Vec<u8>> = masks.cycle().take(1_000).collect();
    let bytes = asked.iter().flat_map(|message| sub(message)).collect();
    let answers = asked
        .iter()
        .map(|message| [&[110], message.get(1..).unwrap_or_default()].concat());
    (bytes, answers.collect())
}

static MORE: &[Case] = &[
    case! {
        id: "com-port.stream.server.pipelined-rates",
        title: "100 SET-BAUDRATE in one piece have 100 answers",
        refs: ["R3", "R4", "RFC 2217 3"],
        speaks: "com-port",
        any_options: true,
        hazard: Writes,
        killed_by: ["com-port.loses-what-is-pipelined", "com-port.answers-the-last-first"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut bytes = Vec::new();
            let mut want: Vec<&[u8]> = Vec::new();
            for _ in 0..50 {
                bytes.extend(framed(&[&[1, 0, 0, 0x4b, 0], &[1, 0, 0, 0x25, 0x80]]));
                want.push(&[101, 0, 0, 0x4b, 0]);
                want.push(&[101, 0, 0, 0x25, 0x80]);
            }
            let said = answers(&exchange(cx, &mut wire, &bytes).await?);
            judge(cx, "all", &said, &want);
        }
    },
    case! {
        id: "com-port.stream.server.notifications",
        title: "a notification from a client is ignored",
        refs: ["R25", "RFC 2217 3, NOTIFY-LINESTATE"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.answers-notifications"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let said = messages(&exchange(cx, &mut wire, &framed(&[&[6, 16], &[7, 176]])).await?);
            judge(cx, "silent", &said, &[]);
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.stream.server.thousand",
        title: "1,000 commands at once have 1,000 answers, in order",
        refs: ["R3", "R4", "R16", "RFC 2217 3"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.loses-what-is-pipelined", "com-port.answers-the-last-first"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let (bytes, want) = thousand();
            let said = answers(&exchange(cx, &mut wire, &bytes).await?);
            let right = said.iter().zip(&want).take_while(|(said, want)| said == want).count();
            cx.check("all").that(said == want, format!("{} answers, the first {right} as they should be", said.len()));
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.stream.server.long",
        title: "nothing of a message of 9,000 octets reaches the port, and the next question is answered",
        refs: ["R24", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        killed_by: ["com-port.leaks-overlong-messages"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let long = [&[0], &*b"xyz".repeat(3_000)].concat();
            let seen = exchange(cx, &mut wire, &framed(&[&long])).await?;
            cx.check("no-data").nothing(&data(&seen));
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.stream.server.other-options",
        title: "a subnegotiation of another option is no command",
        refs: ["R25", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.takes-any-option-for-its-own"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, b"\xff\xfa\x63\x02\x00\xff\xf0\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0").await?;
            judge(cx, "silent", &answers(&seen), &[]);
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.stream.server.are-you-there",
        title: "a client with the port is shown that the server is there, without a byte of data",
        refs: ["R25", "RFC 854, Are You There"],
        level: May,
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.ignores-ayt"],
        => |cx| {
            let mut wire = connect(cx).await?;
            wire.send(b"\xff\xf6").await?;
            let heard = wire.receive_until_quiet().await;
            cx.check("there").that(!heard.is_empty(), shown(&observe(&heard)));
            cx.check("no-data").nothing(&data(&observe(&heard)));
        }
    },
    case! {
        id: "com-port.stream.server.cut-off",
        title: "a command that the end of the connection cuts off is not obeyed",
        refs: ["R24", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        hazard: Writes,
        killed_by: ["com-port.obeys-what-is-cut-off"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let said = exchange(cx, &mut wire, &framed(&[&[1, 0, 0, 0x25, 0x80]])).await?;
            judge(cx, "before", &answers(&said), &[&[101, 0, 0, 0x25, 0x80]]);
            send(cx, &mut wire, b"\xff\xfa\x2c\x01\x00\x00\x4b\x00").await?;
            drop(wire);
            cx.clock().sleep(core::time::Duration::from_millis(300)).await;
            let mut next = connect(cx).await?;
            let said = answers(&exchange(cx, &mut next, &framed(&[&[1, 0, 0, 0, 0]])).await?);
            let fine = said == [[101, 0, 0, 0x25, 0x80]];
            cx.check("as-before").that(fine, format!("said {}", told(&said)));
        }
    },
];
