//! Those who come while another has the port, and what is left when the last one goes: R16, R17, R30, R31.

use core::time::Duration;

use super::line::inputs;
use crate::{
    Case, Context, Halt, Wire, case,
    cases::com_port::work::{
        alive, answers, ask, connect, hear, heard, judge, judge_data, notified,
    },
    reference::com_port::{HAS_LINE, HAS_MODEM},
};

group! {
    /// Sharing.
    pub(in crate::cases::com_port) static GROUP = "sharing", "RFC 2217 server: several clients, and the end of the last", cases CASES
}

/// What a server has to notice that a client has left.
async fn leave(cx: &Context, wire: Wire) {
    drop(wire);
    cx.clock().sleep(Duration::from_millis(300)).await;
}

/// Sets the port to 19200 baud, leaves, and comes again.
async fn again(cx: &Context) -> Result<Wire, Halt> {
    let mut wire = connect(cx).await?;
    let said = ask(cx, &mut wire, &[&[1, 0, 0, 0x4b, 0]]).await?;
    judge(cx, "set", &answers(&said), &[&[101, 0, 0, 0x4b, 0]]);
    leave(cx, wire).await;
    connect(cx).await
}

/// Leaves while DTR and RTS are on, and tells what the other end of the port sees of them.
async fn left(cx: &Context) -> Result<((bool, bool), Wire), Halt> {
    let mut wire = connect(cx).await?;
    let mut device = cx.line_behind(0)?;
    ask(cx, &mut wire, &[&[5, 8], &[5, 11]]).await?;
    leave(cx, wire).await;
    let seen = inputs(&mut device)?;
    Ok(((seen.dsr, seen.cts), device))
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.sharing.server.again",
        title: "when a client has left, the port is free for the next",
        refs: ["R31", "R30"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.never-lets-go"],
        => |cx| {
            let first = connect(cx).await?;
            leave(cx, first).await;
            let mut second = connect(cx).await?;
            alive(cx, &mut second).await?
        }
    },
    case! {
        id: "com-port.sharing.server.masks",
        title: "masks are those of a connection: the next one begins with 255 and 0",
        refs: ["R16", "R17", "RFC 2217 3, SET-MODEMSTATE-MASK"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.keeps-masks"],
        => |cx| {
            let mut first = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            ask(cx, &mut first, &[&[11, 0], &[10, 16]]).await?;
            leave(cx, first).await;
            let mut second = connect(cx).await?;
            let none = || Halt::Wire("it has no modem lines".to_owned());
            device.line().ok_or_else(none)?.set_signals(None, Some(false)).map_err(|_| none())?;
            cx.check("modem").equal(&notified(&hear(&mut second).await, 107), &[0xa1]);
            device.send_break(Duration::from_millis(100)).await?;
            cx.check("line").nothing(&notified(&hear(&mut second).await, 106));
        }
    },
    case! {
        id: "com-port.sharing.server.suspend",
        title: "a suspension ends with the connection that asked for it",
        refs: ["R22", "R31"],
        speaks: "com-port",
        any_options: true,
        needs: ["echo"],
        killed_by: ["com-port.keeps-suspensions"],
        => |cx| {
            let mut first = connect(cx).await?;
            ask(cx, &mut first, &[&[8]]).await?;
            leave(cx, first).await;
            let mut second = connect(cx).await?;
            second.send(b"on").await?;
            judge_data(cx, "data", &hear(&mut second).await, b"on");
        }
    },
    case! {
        id: "com-port.sharing.server.break",
        title: "a break ends with the connection that asked for it",
        refs: ["R13", "R30"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        needs: [HAS_MODEM],
        killed_by: ["com-port.break-outlives-its-client"],
        => |cx| {
            let mut first = connect(cx).await?;
            let said = ask(cx, &mut first, &[&[5, 5]]).await?;
            judge(cx, "on", &answers(&said), &[&[105, 5]]);
            leave(cx, first).await;
            let mut second = connect(cx).await?;
            let said = ask(cx, &mut second, &[&[5, 4]]).await?;
            judge(cx, "off", &answers(&said), &[&[105, 6]]);
        }
    },
    case! {
        id: "com-port.sharing.server.refuse",
        title: "a second client is closed, and the first keeps the port",
        refs: ["R31"],
        speaks: "com-port?second=refuse",
        killed_by: ["com-port.never-refuses"],
        => |cx| {
            let mut first = connect(cx).await?;
            let mut second = cx.connect().await?;
            let said = second.receive_until_closed().await;
            cx.check("closed").that(said.closed(), format!("{:?}", said.ended));
            alive(cx, &mut first).await?;
            leave(cx, first).await;
            let mut third = connect(cx).await?;
            let said = answers(&ask(cx, &mut third, &[&[10, 0]]).await?);
            judge(cx, "third", &said, &[&[110, 0]]);
        }
    },
    case! {
        id: "com-port.sharing.server.kick",
        title: "a second client has the port, and the first is closed",
        refs: ["R31"],
        speaks: "com-port?second=kick",
        killed_by: ["com-port.never-kicks", "com-port.always-refuses"],
        => |cx| {
            let mut first = connect(cx).await?;
            let mut second = connect(cx).await?;
            alive(cx, &mut second).await?;
            let said = first.receive_until_closed().await;
            cx.check("closed").that(said.closed(), format!("{:?}", said.ended));
        }
    },
    case! {
        id: "com-port.sharing.server.share",
        title: "two clients have the port: each hears everything, and is answered for itself",
        refs: ["R31"],
        speaks: "com-port?second=share",
        needs: ["echo"],
        killed_by: ["com-port.shares-with-the-first-alone", "com-port.always-refuses"],
        => |cx| {
            let mut first = connect(cx).await?;
            let mut second = connect(cx).await?;
            let said = answers(&ask(cx, &mut second, &[&[10, 0]]).await?);
            judge(cx, "second", &said, &[&[110, 0]]);
            judge(cx, "not-the-first", &answers(&hear(&mut first).await), &[]);
            first.send(b"one").await?;
            judge_data(cx, "one-to-the-first", &hear(&mut first).await, b"one");
            judge_data(cx, "one-to-the-second", &hear(&mut second).await, b"one");
            second.send(b"two").await?;
            judge_data(cx, "two-to-the-first", &hear(&mut first).await, b"two");
            judge_data(cx, "two-to-the-second", &hear(&mut second).await, b"two");
        }
    },
    case! {
        id: "com-port.sharing.server.share-one-leaves",
        title: "when one of two clients leaves, the other keeps the port",
        refs: ["R31", "R30"],
        speaks: "com-port?second=share",
        needs: ["echo"],
        killed_by: ["com-port.always-refuses", "com-port.shares-with-the-first-alone"],
        => |cx| {
            let first = connect(cx).await?;
            let mut second = connect(cx).await?;
            let mut third = connect(cx).await?;
            leave(cx, first).await;
            third.send(b"on").await?;
            judge_data(cx, "second", &hear(&mut second).await, b"on");
            judge_data(cx, "third", &hear(&mut third).await, b"on");
        }
    },
    case! {
        id: "com-port.sharing.server.hold",
        title: "DTR and RTS stay as they are when the last client has left",
        refs: ["R30"],
        speaks: "com-port?leave=hold",
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.always-hangs-up"],
        => |cx| {
            let (seen, _device) = left(cx).await?;
            cx.check("on").that(seen == (true, true), format!("DTR and RTS: {seen:?}"));
        }
    },
    case! {
        id: "com-port.sharing.server.hang-up",
        title: "DTR and RTS drop when the last client has left, and rise with the next",
        refs: ["R30"],
        speaks: "com-port?leave=hang-up",
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.never-hangs-up"],
        => |cx| {
            let (seen, mut device) = left(cx).await?;
            cx.check("off").that(seen == (false, false), format!("DTR and RTS: {seen:?}"));
            let mut next = connect(cx).await?;
            let seen = inputs(&mut device)?;
            cx.check("on").that(seen.dsr && seen.cts, format!("{seen:?}"));
            alive(cx, &mut next).await?;
            next.send(b"data").await?;
            cx.check("data").equal(&heard(&mut device).await, b"data");
        }
    },
    case! {
        id: "com-port.sharing.server.restore",
        title: "the settings are again those of the beginning when the last client has left",
        refs: ["R30"],
        speaks: "com-port?leave=restore",
        killed_by: ["com-port.never-restores"],
        => |cx| {
            let mut next = again(cx).await?;
            let said = answers(&ask(cx, &mut next, &[&[1, 0, 0, 0, 0]]).await?);
            let kept = said == [[101, 0, 0, 0x4b, 0]];
            cx.check("restored").that(!kept && said.len() == 1, format!("{said:?}"));
        }
    },
    case! {
        id: "com-port.sharing.server.keep",
        title: "the settings stay as they are when the last client has left",
        refs: ["R30"],
        level: May,
        speaks: "com-port?leave=hold",
        killed_by: ["com-port.always-restores"],
        => |cx| {
            let mut next = again(cx).await?;
            let said = answers(&ask(cx, &mut next, &[&[1, 0, 0, 0, 0]]).await?);
            judge(cx, "kept", &said, &[&[101, 0, 0, 0x4b, 0]]);
        }
    },
];
