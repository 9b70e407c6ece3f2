//! Noise around replies, replies that break off, characters that are damaged.

use core::time::Duration;

use lineside_io::{Parity, Settings};

use crate::{
    Case, Context, Halt, case,
    reference::modbus::adu::Framing,
    script::modbus::{Answer, Request},
};

use super::{
    super::{ASCII, ASCII_OVER_TCP, LINES, RTU, RTU_OVER_TCP, SERIAL},
    work::{
        AFTERWARDS, Slave, TIMEOUT, UNIT, is_value, read, read_pdu, shown, value, value_pdu,
        wrong_reply,
    },
};

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.noise.before",
        title: "noise before the reply, and a silence, do no harm",
        refs: ["Serial line 2.5.1.1", "F17", "M15"],
        level: Should,
        side: Client,
        carriers: (LINES),
        params: ["1", "2", "3", "4", "8", "50", "255", "256", "257", "300"],
        killed_by: ["modbus.client.noise-ends-the-wait", "modbus.client.ascii-noise-hides-the-colon"],
        => |cx| { noise_before(cx).await? }
    },
    case! {
        id: "modbus.client.noise.around",
        title: "noise that touches a reply never makes it another one, and does not reach the next",
        refs: ["Serial line 2.5.1.1", "F18", "F20", "F21", "M15"],
        level: Must,
        side: Client,
        carriers: (&[&RTU, &ASCII, &RTU_OVER_TCP]),
        params: ["before-1", "before-2", "before-5", "behind-1", "behind-2", "behind-3", "twice"],
        killed_by: ["modbus.client.frame-per-read", "modbus.client.keeps-late-replies",
            "modbus.client.ends-at-damage", "modbus.client.ascii-noise-hides-the-colon"],
        => |cx| { noise_around(cx).await? }
    },
    case! {
        id: "modbus.client.noise.cut",
        title: "a reply that breaks off is not taken, wherever it does",
        refs: ["Serial line 2.5.1.1", "M05", "F19"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        killed_by: ["modbus.client.makes-up-what-is-cut"],
        => |cx| {
            let framing = Framing::of(cx.dialect()).unwrap_or(Framing::Rtu);
            let frame = framing.frame(0, UNIT, &value_pdu(0x1111));
            for length in 1..frame.len() {
                let part = frame.get(..length).unwrap_or_default();
                let name = format!("{length}-of-{}", frame.len());
                wrong_reply(cx, &name, read(1), &read_pdu(1), async |slave, _| {
                    slave.send(part).await
                })
                .await?;
            }
        }
    },
    case! {
        id: "modbus.client.noise.cut-and-whole",
        title: "a reply that broke off and then came whole is taken",
        refs: ["Serial line 2.5.1.1", "F19", "M15"],
        level: Should,
        side: Client,
        carriers: (&[&RTU, &ASCII, &ASCII_OVER_TCP]),
        killed_by: ["modbus.client.noise-ends-the-wait", "modbus.client.ascii-keeps-on-at-a-colon"],
        => |cx| {
            for length in 1..7 {
                let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
                let asked = slave.asked(UNIT, &read_pdu(1)).await?;
                let frame = slave.frame(&asked, &value_pdu(0x2222));
                slave.send(frame.get(..length).unwrap_or_default()).await?;
                slave.send(&frame).await?;
                slave.afterwards().await?;
                let wanted = [Answer::Words(vec![0x2222]), value()];
                slave.says(&format!("after-{length}"), &wanted).await?;
            }
        }
    },
    case! {
        id: "modbus.client.noise.damaged-character",
        title: "a reply in which the line reported a damaged character is not taken",
        refs: ["Serial line 2.6.1", "F13"],
        level: Must,
        side: Client,
        hazard: DropsLink,
        carriers: (LINES),
        params: ["parity", "break"],
        killed_by: ["modbus.client.ignores-line-damage"],
        => |cx| { damaged_character(cx).await? }
    },
    case! {
        id: "modbus.client.noise.overlong",
        title: "a frame of more than 256 bytes, or 513 characters, is not taken, whatever its check says",
        refs: ["Serial line 2.5.1", "Serial line 2.5.2.1", "F08", "A07"],
        level: Must,
        side: Client,
        carriers: (SERIAL),
        params: ["254", "255", "300"],
        killed_by: ["modbus.client.takes-overlong-frames"],
        => |cx| {
            let length = cx.param().parse().unwrap_or(254);
            let call = Request::Pdu { pdu: vec![0x41, 1] }.to(UNIT, 2 * TIMEOUT);
            wrong_reply(cx, "not-taken", call, &[0x41, 1], async |slave, asked| {
                slave.reply(asked, &vec![0x41; length]).await
            })
            .await?;
        }
    },
];

/// A frame of which no check fits.
pub(super) fn damaged(mut frame: Vec<u8>) -> Vec<u8> {
    if let Some(byte) = frame.get_mut(4) {
        *byte ^= 1;
    }
    frame
}

async fn noise_before(cx: &Context) -> Result<(), Halt> {
    let count = cx.param().parse().unwrap_or(1);
    let mut rng = cx.rng();
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    // No colon, and no end of a line.
    let noise: Vec<u8> = (0..count).map(|_| rng.u8(0x40..0x7f)).collect();
    slave.send(&noise).await?;
    slave.client.wire.pause(40, Duration::from_millis(3)).await;
    slave.reply(&asked, &value_pdu(0x2222)).await?;
    slave.afterwards().await?;
    let wanted = [Answer::Words(vec![0x2222]), value()];
    slave.says("taken", &wanted).await
}

async fn noise_around(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(1), read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, &read_pdu(1)).await?;
    let frame = slave.frame(&asked, &value_pdu(0x2222));
    let noise: &[u8] = match cx.param() {
        "before-1" | "behind-1" => b"\x00",
        "before-2" | "behind-2" => b"\x7f\x00",
        "behind-3" => b"\x11\x03\x02",
        "before-5" => b"\x11\x03\x02\x11\x11",
        _ => &frame,
    };
    let touching = if cx.param().starts_with("before") {
        [noise, &frame].concat()
    } else {
        [&frame, noise].concat()
    };
    slave.send(&touching).await?;
    slave.afterwards().await?;
    let answers = slave.answers().await?;
    let seen = format!("the client reports {}", shown(&answers));
    let own = Answer::Words(vec![0x2222]);
    let fine = matches!(&*answers, [first, after]
        if is_value(after) && (*first == own || matches!(first, Answer::Failed(_))));
    cx.check("right-or-none").that(fine, seen);
    Ok(())
}

/// A damaged character in the middle of a reply all of whose own bytes arrive.
async fn damaged_character(cx: &Context) -> Result<(), Halt> {
    let parity = cx.param() == "parity";
    wrong_reply(
        cx,
        "not-taken",
        read(1),
        &read_pdu(1),
        async |slave, asked| {
            let frame = slave.frame(asked, &value_pdu(0x1111));
            let (head, tail) = frame.split_at_checked(4).unwrap_or((&frame, &[]));
            slave.send(head).await?;
            if parity {
                with_wrong_parity(slave, b"\x55").await?;
            } else {
                let character = slave.character();
                slave.client.wire.send_break(character * 2).await?;
            }
            slave.client.wire.send(tail).await
        },
    )
    .await
}

async fn with_wrong_parity(slave: &mut Slave<'_>, character: &[u8]) -> Result<(), Halt> {
    let own = set(slave, |own| Settings {
        parity: match own.parity {
            Parity::Even => Parity::Odd,
            Parity::Odd => Parity::Even,
            other => other,
        },
        ..own
    })
    .await?;
    slave.client.wire.note("a character with the wrong parity");
    slave.client.wire.send(character).await?;
    set(slave, |_| own).await?;
    Ok(())
}

/// Changes the line's settings, and gives those that it had.
async fn set(slave: &mut Slave<'_>, to: impl Fn(Settings) -> Settings) -> Result<Settings, Halt> {
    let none = || Halt::Wire("it has no parity".to_owned());
    let line = slave.client.wire.line().ok_or_else(none)?;
    let own = line.settings();
    if own.parity == Parity::None || !line.capabilities().speed {
        return Err(none());
    }
    line.configure(to(own)).await.map_err(|_| none())?;
    Ok(own)
}
