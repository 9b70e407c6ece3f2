//! Data through the port, with commands between: R2, R20, R22, R27, R28.

use crate::{
    Case, Context, Halt, case,
    cases::com_port::work::{
        alive, answers, connect, exchange, framed, hear, heard, judge, judge_data, send,
    },
    reference::{com_port::HAS_LINE, telnet::seen::data},
};

group! {
    /// Data.
    pub(in crate::cases::com_port) static GROUP = "data", "RFC 2217 server: data", cases CASES
}

/// All bytes, as they stand on the wire.
fn every() -> Vec<u8> {
    let mut all: Vec<u8> = (0..=254).collect();
    all.extend([255, 255]);
    all
}

/// Sends bytes, and wants this data from a port that sends everything back.
async fn echoes(cx: &Context, sent: &[u8], want: &[u8]) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let seen = exchange(cx, &mut wire, sent).await?;
    judge_data(cx, "data", &seen, want);
    alive(cx, &mut wire).await
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.data.server.every-byte",
        title: "every byte passes to the port and back",
        refs: ["R27", "R28", "RFC 856"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.sends-iac-single", "com-port.keeps-both-iacs", "com-port.loses-zeros", "com-port.maps-what-it-sends"],
        => |cx| {
            let all: Vec<u8> = (0..=255).collect();
            echoes(cx, &every(), &all).await?
        }
    },
    case! {
        id: "com-port.data.server.iacs",
        title: "several bytes 255 in a row are several bytes",
        refs: ["R20", "R28", "RFC 854, Command structure"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.sends-iac-single", "com-port.keeps-both-iacs"],
        => |cx| { echoes(cx, b"\xff\xff\xff\xff\xff\xff", b"\xff\xff\xff").await? }
    },
    case! {
        id: "com-port.data.server.line-ends",
        title: "in BINARY a CR is a byte like any other, and so is the NUL behind one",
        refs: ["R27", "RFC 856"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.maps-what-it-receives", "com-port.maps-what-it-sends"],
        => |cx| { echoes(cx, b"a\rb\r\0c\r\nd\n\re\r", b"a\rb\r\0c\r\nd\n\re\r").await? }
    },
    case! {
        id: "com-port.data.server.between-commands",
        title: "data before, between and behind commands passes, and all are answered",
        refs: ["R3", "R28", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.loses-data-behind-commands", "com-port.forgets-a-message-at-a-cut"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let bytes = [b"one ", &*framed(&[&[3, 1]]), b"two ", &*framed(&[&[10, 0], &[3, 0]]), b"three"].concat();
            let seen = exchange(cx, &mut wire, &bytes).await?;
            judge_data(cx, "data", &seen, b"one two three");
            judge(cx, "answers", &answers(&seen), &[&[103, 1], &[110, 0], &[103, 1]]);
        }
    },
    case! {
        id: "com-port.data.server.nothing-added",
        title: "an agreement and commands bring no byte to the port",
        refs: ["R28", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        killed_by: ["com-port.leaks-overlong-messages", "com-port.leaks-commands"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, &framed(&[&[1, 0, 0, 0, 0], &[2, 0], &[0], &[200, 65]])).await?;
            cx.check("no-data").nothing(&data(&seen));
            let seen = exchange(cx, &mut wire, b"\xff\xf1\xff\xf9").await?;
            cx.check("commands").nothing(&data(&seen));
        }
    },
    case! {
        id: "com-port.data.server.suspend",
        title: "while the client has suspended it, no data comes from the server; behind RESUME all of it does",
        refs: ["R22", "RFC 2217 3, FLOWCONTROL-SUSPEND"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.ignores-suspend", "com-port.loses-what-waits", "com-port.never-goes-on"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, &[&*framed(&[&[8]]), b"waits\xff\xff"].concat()).await?;
            cx.check("silent").nothing(&data(&seen));
            let seen = exchange(cx, &mut wire, &framed(&[&[9]])).await?;
            judge_data(cx, "all", &seen, b"waits\xff");
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.data.server.resume-again",
        title: "RESUME that was not preceded by SUSPEND is nothing",
        refs: ["R22", "RFC 2217 3, FLOWCONTROL-RESUME"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        killed_by: ["com-port.never-goes-on"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, &[&*framed(&[&[9], &[9]]), b"on"].concat()).await?;
            judge_data(cx, "data", &seen, b"on");
        }
    },
    case! {
        id: "com-port.data.server.suspended-commands",
        title: "a command while the server is suspended is answered, at the latest behind RESUME",
        refs: ["R3", "R22", "RFC 2217 3, FLOWCONTROL-SUSPEND"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.suspend-loses-commands"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut seen = exchange(cx, &mut wire, &framed(&[&[8], &[10, 0]])).await?;
            seen.extend(exchange(cx, &mut wire, &framed(&[&[9]])).await?);
            judge(cx, "answered", &answers(&seen), &[&[110, 0]]);
        }
    },
    case! {
        id: "com-port.data.server.to-the-port",
        title: "what a client sends leaves the port as it is",
        refs: ["R27", "R28", "RFC 856"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.keeps-both-iacs", "com-port.maps-what-it-receives", "com-port.loses-zeros"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            send(cx, &mut wire, b"\xff\xff\0\r\0\x11\x13\r\n\xff\xff").await?;
            cx.check("port").equal(&heard(&mut device).await, b"\xff\0\r\0\x11\x13\r\n\xff");
        }
    },
    case! {
        id: "com-port.data.server.from-the-port",
        title: "what the port receives comes to the client, each 255 doubled and nothing else changed",
        refs: ["R27", "R28", "RFC 854, Command structure", "RFC 856"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        killed_by: ["com-port.sends-iac-single", "com-port.maps-what-it-sends"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            device.send(b"\xff\r\0\x11\r\n\xff").await?;
            let came = wire.receive_until_quiet().await;
            cx.check("client").equal(&came, b"\xff\xff\r\0\x11\r\n\xff\xff");
        }
    },
    case! {
        id: "com-port.data.server.virtual-terminal",
        title: "a client that refuses BINARY is sent CR NUL for a CR, and sends it",
        refs: ["R27", "RFC 854, The NVT printer and keyboard", "RFC 856"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        killed_by: ["com-port.takes-binary-for-granted"],
        => |cx| {
            let mut wire = cx.connect().await?;
            hear(&mut wire).await;
            exchange(cx, &mut wire, b"\xff\xfb\x2c\xff\xfe\x00\xff\xfc\x00").await?;
            let mut device = cx.line_behind(0)?;
            device.send(b"a\rb").await?;
            cx.check("client").equal(&wire.receive_until_quiet().await, b"a\r\0b");
            wire.send(b"c\r\0d").await?;
            cx.check("port").equal(&heard(&mut device).await, b"c\rd");
        }
    },
];
