//! What a server notifies: R16 to R19. The suite has the other end of the port.

use core::time::Duration;

use super::line::set;
use crate::{
    Case, Context, Halt, Wire, case,
    cases::com_port::work::{agree, ask, connect, hear, heard, notified},
    hex,
    reference::com_port::{HAS_LINE, HAS_MODEM, HAS_UART},
};

group! {
    /// Notifications.
    pub(in crate::cases::com_port) static GROUP = "notify", "RFC 2217 server: notifications", cases CASES
}

/// Sets the modem lines that the port sees: RTS of ours is its CTS, DTR its DSR and DCD.
fn drive(device: &mut Wire, dtr: bool, rts: bool) -> Result<(), Halt> {
    let none = || Halt::Wire("it has no modem lines".to_owned());
    let line = device.line().ok_or_else(none)?;
    line.set_signals(Some(dtr), Some(rts)).map_err(|_| none())
}

/// With this mask, the modem lines change, and exactly these bits under `look` are notified.
async fn modem(
    cx: &Context,
    mask: u8,
    dtr: bool,
    rts: bool,
    look: u8,
    want: &[u8],
) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let mut device = cx.line_behind(0)?;
    ask(cx, &mut wire, &[&[11, mask]]).await?;
    drive(&mut device, dtr, rts)?;
    let said = notified(&hear(&mut wire).await, 107);
    let seen: Vec<u8> = said.iter().map(|state| state & look).collect();
    cx.check("notified").equal(&seen, want);
    Ok(())
}

/// What is notified of the line's state with this mask after something was done on the line.
async fn after_break(cx: &Context, mask: Option<u8>) -> Result<Vec<u8>, Halt> {
    let mut wire = connect(cx).await?;
    let mut device = cx.line_behind(0)?;
    if let Some(mask) = mask {
        ask(cx, &mut wire, &[&[10, mask]]).await?;
    }
    device.send_break(Duration::from_millis(100)).await?;
    Ok(notified(&hear(&mut wire).await, 106))
}

static CASES: &[Case] = &[
    case! {
        id: "com-port.notify.server.at-first",
        title: "behind the agreement the modem lines are notified once, with nothing changed",
        refs: ["R17", "R18", "RFC 2217 3, NOTIFY-MODEMSTATE"],
        level: Should,
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.never-tells-at-first", "com-port.cts-as-dsr"],
        => |cx| {
            let mut wire = cx.connect().await?;
            let mut device = cx.line_behind(0)?;
            drive(&mut device, true, false)?;
            let said = notified(&agree(&mut wire).await?, 107);
            cx.check("once").equal(&said, &[0xa0]);
        }
    },
    case! {
        id: "com-port.notify.server.cts",
        title: "a change of CTS is notified with all levels and the change",
        refs: ["R18", "R17", "RFC 2217 3, NOTIFY-MODEMSTATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.tells-no-changes", "com-port.never-notifies-modem-lines", "com-port.cts-as-dsr"],
        => |cx| { modem(cx, 255, true, false, 255, &[0xa1]).await? }
    },
    case! {
        id: "com-port.notify.server.dsr-and-dcd",
        title: "a change of DSR and DCD is notified with all levels and the changes",
        refs: ["R18", "R17", "RFC 2217 3, NOTIFY-MODEMSTATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.tells-no-changes", "com-port.never-notifies-modem-lines", "com-port.cts-as-dsr"],
        => |cx| { modem(cx, 255, false, true, 255, &[0x1a]).await? }
    },
    case! {
        id: "com-port.notify.server.each-change",
        title: "each change is notified, with what has changed since the one before",
        refs: ["R18", "RFC 2217 3, NOTIFY-MODEMSTATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.tells-no-changes", "com-port.never-notifies-modem-lines"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            for (name, dtr, rts, want) in [("off", true, false, 0xa1), ("dsr", false, false, 0x0a), ("on", false, true, 0x11), ("both", true, true, 0xba)] {
                drive(&mut device, dtr, rts)?;
                cx.check(name).equal(&notified(&hear(&mut wire).await, 107), &[want]);
            }
        }
    },
    case! {
        id: "com-port.notify.server.mask-of-the-initial",
        title: "the mask of the modem lines is 255 at the beginning",
        refs: ["R17", "RFC 2217 3, SET-MODEMSTATE-MASK"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.begins-with-no-modem-mask"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            drive(&mut device, true, false)?;
            cx.check("notified").equal(&notified(&hear(&mut wire).await, 107), &[0xa1]);
        }
    },
    case! {
        id: "com-port.notify.server.masked-off",
        title: "with a mask of 0 no change of the modem lines is notified",
        refs: ["R17", "R18", "RFC 2217 3, SET-MODEMSTATE-MASK"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.ignores-the-modem-mask"],
        => |cx| { modem(cx, 0, false, false, 255, &[]).await? }
    },
    case! {
        id: "com-port.notify.server.other-lines",
        title: "a change of lines that are not in the mask is not notified",
        refs: ["R17", "R18", "RFC 2217 3, SET-MODEMSTATE-MASK"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.ignores-the-modem-mask"],
        => |cx| { modem(cx, 0x11, false, true, 255, &[]).await? }
    },
    case! {
        id: "com-port.notify.server.masked-line",
        title: "a change of the line that is in the mask is notified",
        refs: ["R17", "R18", "RFC 2217 3, SET-MODEMSTATE-MASK"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        params: ["16", "17"],
        killed_by: ["com-port.never-notifies-modem-lines"],
        => |cx| {
            let mask: u8 = cx.param().parse().unwrap_or_default();
            modem(cx, mask, true, false, 0x10, &[0]).await?
        }
    },
    case! {
        id: "com-port.notify.server.nothing",
        title: "where nothing changes, nothing is notified",
        refs: ["R18", "R16", "RFC 2217 3, NOTIFY-MODEMSTATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.notifies-again-and-again"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            wire.send(b"a").await?;
            heard(&mut device).await;
            device.send(b"b").await?;
            let seen = hear(&mut wire).await;
            cx.check("silent").nothing(&[notified(&seen, 107), notified(&seen, 106)].concat());
        }
    },
    case! {
        id: "com-port.notify.server.break-unasked",
        title: "the mask of the line's state is 0 at the beginning: a break is not notified",
        refs: ["R16", "R19", "RFC 2217 3, SET-LINESTATE-MASK"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.notifies-the-line-unasked"],
        => |cx| { cx.check("silent").nothing(&after_break(cx, None).await?) }
    },
    case! {
        id: "com-port.notify.server.break",
        title: "a break is notified when it is in the mask",
        refs: ["R16", "R19", "RFC 2217 3, NOTIFY-LINESTATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        params: ["16", "30"],
        killed_by: ["com-port.never-notifies-the-line"],
        => |cx| {
            let mask: u8 = cx.param().parse().unwrap_or_default();
            let said = after_break(cx, Some(mask)).await?;
            let fine = said.first().is_some_and(|state| state & 16 != 0 && state & !mask == 0);
            cx.check("notified").that(fine, format!("notified {}", hex::short(&said)));
        }
    },
    case! {
        id: "com-port.notify.server.break-not-in-the-mask",
        title: "a break is not notified when only parity errors are in the mask",
        refs: ["R16", "R19", "RFC 2217 3, SET-LINESTATE-MASK"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_MODEM],
        killed_by: ["com-port.notifies-the-line-unasked"],
        => |cx| { cx.check("silent").nothing(&after_break(cx, Some(4)).await?) }
    },
    case! {
        id: "com-port.notify.server.parity-error",
        title: "a parity error is notified when it is in the mask",
        refs: ["R19", "R16", "RFC 2217 3, NOTIFY-LINESTATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_UART],
        killed_by: ["com-port.never-notifies-the-line", "com-port.parity-as-framing"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            ask(cx, &mut wire, &[&[3, 3], &[10, 12]]).await?;
            set(&mut device, "9600 8O1").await?;
            device.send(b"a").await?;
            cx.check("notified").equal(&notified(&hear(&mut wire).await, 106), &[4]);
        }
    },
    case! {
        id: "com-port.notify.server.framing-error",
        title: "a framing error is notified when it is in the mask",
        refs: ["R19", "R16", "RFC 2217 3, NOTIFY-LINESTATE"],
        speaks: "com-port",
        any_options: true,
        needs: [HAS_LINE, HAS_UART],
        killed_by: ["com-port.never-notifies-the-line", "com-port.parity-as-framing"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let mut device = cx.line_behind(0)?;
            ask(cx, &mut wire, &[&[10, 12]]).await?;
            set(&mut device, "4800 8N1").await?;
            device.send(b"\x01").await?;
            let said = notified(&hear(&mut wire).await, 106);
            let fine = !said.is_empty() && said.iter().all(|state| *state == 8);
            cx.check("notified").that(fine, format!("notified {}", hex::short(&said)));
        }
    },
];
