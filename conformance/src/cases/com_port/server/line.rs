//! What commands do to the line: R13, R14, R21, R23, R26, R29, R30. The suite has its other end.

use core::time::Duration;

use lineside_core::Mark;
use lineside_io::{Settings, Signals};

use crate::{
    Case, Context, Halt, Wire, case,
    cases::com_port::work::{
        answers, ask, connect, framed, hear, heard, judge, judge_data, messages, send, told,
    },
    reference::com_port::{HAS_LINE, HAS_MODEM, HAS_UART, SUSPENDS},
};

group! {
    /// The line.
    pub(in crate::cases::com_port) static GROUP = "line", "RFC 2217 server: what commands do to the line", cases CASES
}

/// Sets the suite's end of the port: `19200 8E1`.
pub(super) async fn set(device: &mut Wire, to: &str) -> Result<(), Halt> {
    let wrong = |why: String| Halt::Harness(format!("{to}: {why}"));
    let settings: Settings = to.parse().map_err(|why| wrong(format!("{why}")))?;
    let line = device.line().ok_or_else(|| wrong("no line".to_owned()))?;
    line.configure(settings)
        .await
        .map_err(|why| wrong(why.to_string()))?;
    Ok(())
}

/// The modem lines that the suite's end of the port sees.
pub(super) fn inputs(device: &mut Wire) -> Result<Signals, Halt> {
    let none = || Halt::Wire("it has no modem lines".to_owned());
    let line = device.line().ok_or_else(none)?;
    line.signals().map_err(|_| none())
}

/// A setting acts on the line: both ends understand each other with it, both ways.
async fn acts(cx: &Context, asked: &[&[u8]], want: &[&[u8]], device_to: &str) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let mut device = cx.line_behind(0)?;
    let said = ask(cx, &mut wire, asked).await?;
    judge(cx, "answers", &answers(&said), want);
    set(&mut device, device_to).await?;
    wire.send(b"Az09").await?;
    let came = device.receive_until_quiet().await;
    cx.check("to-the-port").equal(&came, b"Az09");
    cx.check("undamaged")
        .that(came.marks.is_empty(), format!("{:?}", came.marks));
    device.send(b"Q!x").await?;
    judge_data(cx, "from-the-port", &hear(&mut wire).await, b"Q!x");
    Ok(())
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.line.server.baud-rate",
        title: "a baud rate acts on the line",
        refs: ["R6", "RFC 2217 3, SET-BAUDRATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        killed_by: ["com-port.sets-nothing", "com-port.lowest-octet-first"],
        => |cx| { acts(cx, &[&[1, 0, 0, 0x4b, 0]], &[&[101, 0, 0, 0x4b, 0]], "19200 8N1").await? }
    },
    case! {
        id: "com-port.line.server.format",
        title: "data size, parity and stop size act on the line",
        refs: ["R8", "R9", "R10", "RFC 2217 3"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_UART],
        killed_by: ["com-port.sets-nothing", "com-port.even-as-odd", "com-port.stop-sizes-in-order"],
        => |cx| {
            let asked: &[&[u8]] = &[&[2, 7], &[3, 3], &[4, 2]];
            acts(cx, asked, &[&[102, 7], &[103, 3], &[104, 2]], "9600 7E2").await?
        }
    },
    case! {
        id: "com-port.line.server.data-then-setting",
        title: "data before a setting leaves at the old baud rate, and the answer comes when it has left",
        refs: ["R29", "R3", "RFC 2217 3"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        params: ["whole", "halves"],
        killed_by: ["com-port.settings-overtake-data"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            let since = cx.clock().now();
            send(cx, &mut wire, &[&*b"o".repeat(48), &*framed(&[&[1, 0, 0, 0x4b, 0]])].concat()).await?;
            let answer = wire.receive_at_least(13).await;
            let took = answer.last.map_or(Duration::ZERO, |at| at.since(since));
            cx.check("then").that(took >= Duration::from_millis(50), format!("answered after {took:?}; 48 characters take 50 ms"));
            cx.check("before").equal(&heard(&mut device).await, &b"o".repeat(48));
            set(&mut device, "19200 8N1").await?;
            wire.send(b"new").await?;
            cx.check("behind").equal(&heard(&mut device).await, b"new");
        }
    },
    case! {
        id: "com-port.line.server.setting-then-data",
        title: "data behind a setting leaves at the new baud rate",
        refs: ["R29", "RFC 2217 3"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.sets-nothing", "com-port.answers-the-last-first"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            set(&mut device, "19200 8N1").await?;
            send(cx, &mut wire, &[&*framed(&[&[1, 0, 0, 0x4b, 0]]), b"new"].concat()).await?;
            cx.check("new").equal(&heard(&mut device).await, b"new");
        }
    },
    case! {
        id: "com-port.line.server.data-then-dtr",
        title: "data before a change of DTR leaves before it",
        refs: ["R29", "R14", "RFC 2217 3, SET-CONTROL"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.settings-overtake-data"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            let since = cx.clock().now();
            wire.send(&[&*b"o".repeat(48), &*framed(&[&[5, 9]])].concat()).await?;
            let answer = wire.receive_at_least(8).await;
            let took = answer.last.map_or(Duration::ZERO, |at| at.since(since));
            cx.check("then").that(took >= Duration::from_millis(50), format!("answered after {took:?}; 48 characters take 50 ms"));
            cx.check("off").that(!inputs(&mut device)?.dsr, format!("{:?}", inputs(&mut device)?));
        }
    },
    case! {
        id: "com-port.line.server.dtr-and-rts",
        title: "DTR and RTS act on the line, each for itself and in order",
        refs: ["R14", "RFC 2217 3, SET-CONTROL"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.dtr-as-rts", "com-port.leaves-dtr-and-rts"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            for (value, dsr, cts) in [(9, false, true), (12, false, false), (8, true, false), (11, true, true)] {
                let said = ask(cx, &mut wire, &[&[5, value]]).await?;
                judge(cx, &format!("answer-{value}"), &answers(&said), &[&[105, value]]);
                let seen = inputs(&mut device)?;
                cx.check(format!("lines-{value}")).that((seen.dsr, seen.cts) == (dsr, cts), format!("{seen:?}"));
            }
        }
    },
    case! {
        id: "com-port.line.server.break",
        title: "a break lasts from 5 to 6, and data passes behind it",
        refs: ["R13", "RFC 2217 3, SET-CONTROL"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.break-is-a-pulse", "com-port.break-goes-on"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            let said = ask(cx, &mut wire, &[&[5, 5]]).await?;
            judge(cx, "on", &answers(&said), &[&[105, 5]]);
            let marks = device.receive_until_quiet().await.marks;
            cx.check("break").that(marks.contains(&Mark::Break), format!("{marks:?}"));
            let said = ask(cx, &mut wire, &[&[5, 6]]).await?;
            judge(cx, "off", &answers(&said), &[&[105, 6]]);
            wire.send(b"on").await?;
            cx.check("data").equal(&heard(&mut device).await, b"on");
        }
    },
    case! {
        id: "com-port.line.server.brk",
        title: "the Telnet command BRK is a break on the line, and data passes behind it",
        refs: ["R26", "RFC 2217 3, SET-CONTROL", "RFC 854, The NVT printer and keyboard"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["com-port.ignores-brk"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            send(cx, &mut wire, b"\xff\xf3").await?;
            // A break may last as long as a silence that ends a wait.
            cx.clock().sleep(Duration::from_secs(1)).await;
            let marks = device.receive_until_quiet().await.marks;
            cx.check("break").that(marks.contains(&Mark::Break), format!("{marks:?}"));
            wire.send(b"on").await?;
            cx.check("data").equal(&heard(&mut device).await, b"on");
        }
    },
    case! {
        id: "com-port.line.server.purge-unsent",
        title: "PURGE-DATA 2 throws away what has not left yet",
        refs: ["R21", "RFC 2217 3, PURGE-DATA"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        params: ["2", "3"],
        killed_by: ["com-port.purges-nothing"],
        => |cx| {
            let what: u8 = cx.param().parse().unwrap_or_default();
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            wire.send(&b"u".repeat(2_000)).await?;
            cx.clock().sleep(Duration::from_millis(100)).await;
            wire.send(&framed(&[&[12, what]])).await?;
            let came = heard(&mut device).await;
            cx.check("few").that(came.len() < 1_000, format!("{} of 2000 bytes left, 96 had time to", came.len()));
            judge(cx, "answer", &answers(&hear(&mut wire).await), &[&[112, what]]);
            wire.send(b"new").await?;
            cx.check("behind").equal(&heard(&mut device).await, b"new");
        }
    },
    case! {
        id: "com-port.line.server.purge-received",
        title: "PURGE-DATA 1 throws away what was received and not sent yet",
        refs: ["R21", "R22", "RFC 2217 3, PURGE-DATA"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE],
        params: ["1", "3"],
        killed_by: ["com-port.purges-no-backlog"],
        => |cx| {
            let what: u8 = cx.param().parse().unwrap_or_default();
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            ask(cx, &mut wire, &[&[8]]).await?;
            device.send(&b"r".repeat(500)).await?;
            let mut seen = ask(cx, &mut wire, &[&[12, what], &[9]]).await?;
            device.send(b"new").await?;
            seen.extend(hear(&mut wire).await);
            judge_data(cx, "new", &seen, b"new");
            judge(cx, "answer", &answers(&seen), &[&[112, what]]);
        }
    },
    case! {
        id: "com-port.line.server.full",
        title: "a client that is faster than the line is told to stop, and to go on; nothing is lost",
        refs: ["R23", "R28", "RFC 2217 3, FLOWCONTROL-SUSPEND"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, SUSPENDS],
        killed_by: ["com-port.never-suspends", "com-port.never-resumes"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            let all: Vec<u8> = (0..100_000_u32).map(|at| b'a' + (at % 23) as u8).collect();
            wire.send(&all).await?;
            let came = heard(&mut device).await;
            let right = came.iter().zip(&all).take_while(|(came, sent)| came == sent).count();
            cx.check("all").that(came == all, format!("{} bytes came, the first {right} as they should be", came.len()));
            let said = messages(&hear(&mut wire).await);
            let flow: Vec<_> = said.iter().filter(|one| matches!(one.as_slice(), [108 | 109])).collect();
            cx.check("stop-and-go").that(flow == [&[108], &[109]], format!("said {}", told(&flow)));
        }
    },
];
