//! A pair of wires for both directions: our own echo (F23), and the turn of the direction (M22).
//!
//! On the carriers that echo, the client hears itself; the suite does not, and hears nothing while it
//! sends. When both send, a zero goes over a one.

use crate::{
    Carrier, Case, Context, Halt, Profile, case,
    script::modbus::{Answer, Request},
};

use super::{
    super::{ASCII, RTU, SPEEDS},
    work::{
        AFTERWARDS, Slave, TIME, TIMEOUT, UNIT, VALUE, is_value, read, read_pdu, shown, value,
        value_pdu,
    },
};

/// RTU on a line that echoes.
static RTU_ECHO: Carrier = Carrier {
    name: "rtu-echo",
    speaks: "modbus-rtu?echo=yes",
    needs: &[Profile::LINE, Profile::EXACT],
    ..RTU
};
/// ASCII on a line that echoes.
static ASCII_ECHO: Carrier = Carrier {
    name: "ascii-echo",
    speaks: "modbus-ascii?echo=yes",
    needs: &[Profile::LINE, Profile::EXACT],
    ..ASCII
};
static ECHOES: &[&Carrier] = &[&RTU_ECHO, &ASCII_ECHO];

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.two-wire.echo-is-no-reply",
        title: "a write whose reply would be the same frame is not answered by its own echo",
        refs: ["F23", "Serial line 3.3.2"],
        level: Must,
        side: Client,
        carriers: (ECHOES),
        killed_by: ["modbus.client.takes-its-echo-for-the-reply"],
        => |cx| {
            let write = Request::WriteSingleRegister { address: 1, value: 3 }.to(UNIT, TIMEOUT);
            let mut slave = Slave::start(cx, vec![write, read(AFTERWARDS)]).await?;
            slave.asked(UNIT, &[6, 0, 1, 0, 3]).await?;
            cx.check("alone").that(slave.is_silent_for(TIME / 2).await, "what comes behind the request");
            slave.afterwards().await?;
            slave.refused_and_afterwards("not-written").await?;
        }
    },
    case! {
        id: "modbus.client.two-wire.reply-behind-the-echo",
        title: "the reply is taken behind the echo, also where both are the same, byte for byte",
        refs: ["F23", "Serial line 3.3.2"],
        level: Must,
        side: Client,
        carriers: (ECHOES),
        params: ["read", "write", "longest", "loopback"],
        killed_by: ["modbus.client.takes-its-echo-for-the-reply", "modbus.client.removes-whatever-looks-like-its-echo"],
        => |cx| { behind_the_echo(cx).await? }
    },
    case! {
        id: "modbus.client.two-wire.collision",
        title: "an echo that differs from what was sent is a collision: the call fails, and the next is answered",
        refs: ["F23", "Serial line 2.4.1"],
        level: Should,
        side: Client,
        carriers: (ECHOES),
        params: ["first", "middle", "last"],
        killed_by: ["modbus.client.ignores-collisions"],
        => |cx| { collision(cx).await? }
    },
    case! {
        id: "modbus.client.two-wire.direction",
        title: "a request is whole to its last bit, and so is a reply that begins t3.5 after it",
        refs: ["M22", "F01", "Serial line 2.5.1.1, 3.3"],
        level: Must,
        side: Client,
        carriers: (SPEEDS),
        needs: ["exact"],
        params: ["short", "longest"],
        killed_by: ["modbus.client.lets-go-early", "modbus.client.lets-go-late"],
        => |cx| { direction(cx).await? }
    },
];

/// 123 registers, the most that one request writes: the call, the request and the reply.
fn longest() -> (Request, Vec<u8>, Vec<u8>) {
    let words = vec![0x5aa5; 123];
    let request = Request::WriteMultipleRegisters { address: 1, words };
    let asked = [&[16, 0, 1, 0, 123, 246][..], &[0x5a, 0xa5].repeat(123)].concat();
    (request, asked, vec![16, 0, 1, 0, 123])
}

async fn behind_the_echo(cx: &Context) -> Result<(), Halt> {
    let write = Request::WriteSingleRegister {
        address: 1,
        value: 3,
    };
    let (request, asked, reply, answer) = match cx.param() {
        "read" => {
            let request = Request::ReadHoldingRegisters {
                address: 1,
                count: 1,
            };
            (request, read_pdu(1), value_pdu(7), Answer::Words(vec![7]))
        }
        "write" => (
            write,
            vec![6, 0, 1, 0, 3],
            vec![6, 0, 1, 0, 3],
            Answer::Done,
        ),
        "loopback" => {
            let data = vec![0xa5, 0x37];
            let pdu = vec![8, 0, 0, 0xa5, 0x37];
            let request = Request::Diagnostics {
                sub: 0,
                data: data.clone(),
            };
            (request, pdu.clone(), pdu, Answer::Bytes(data))
        }
        _ => {
            let (request, asked, reply) = longest();
            (request, asked, reply, Answer::Done)
        }
    };
    let calls = vec![request.to(UNIT, TIMEOUT), read(AFTERWARDS)];
    let mut slave = Slave::start(cx, calls).await?;
    let heard = slave.asked(UNIT, &asked).await?;
    slave.reply(&heard, &reply).await?;
    slave.afterwards().await?;
    slave.says("answers", &[answer, value()]).await
}

async fn collision(cx: &Context) -> Result<(), Halt> {
    // Another unit, whom no reply of the first can answer.
    let next = Request::ReadHoldingRegisters {
        address: AFTERWARDS,
        count: 1,
    }
    .to(18, TIMEOUT);
    let mut slave = Slave::start(cx, vec![read(1), next]).await?;
    let length = slave.framing.frame(0, UNIT, &read_pdu(1)).len();
    let before = match cx.param() {
        "first" => 1,
        "middle" => length / 2,
        _ => length - 1,
    };
    slave.client.wire.receive_at_least(before).await;
    // Zeros over what is being sent, to its last character but one, so that the line is free behind it.
    let zeros = (length - before - 1).max(1);
    slave.client.wire.send(&vec![0; zeros]).await?;
    let collided = slave.now();
    if before + zeros < length {
        // Its last character, which nobody spoiled.
        slave.client.wire.receive_at_least(1).await;
    }
    let asked = slave.asked(18, &read_pdu(AFTERWARDS)).await?;
    slave.reply(&asked, &value_pdu(VALUE)).await?;
    let after = asked.began.since(collided);
    cx.check("noticed").that(
        after < TIME / 2,
        format!("the next request comes after {after:?}"),
    );
    let answers = slave.answers().await?;
    let fine = matches!(&*answers, [Answer::Failed(_), after] if is_value(after));
    let seen = format!("the client reports {}", shown(&answers));
    cx.check("failed").that(fine, seen);
    Ok(())
}

async fn direction(cx: &Context) -> Result<(), Halt> {
    let (request, pdu, reply) = match cx.param() {
        "short" => {
            let write = Request::WriteSingleRegister {
                address: 1,
                value: 3,
            };
            (write, vec![6, 0, 1, 0, 3], vec![6, 0, 1, 0, 3])
        }
        _ => longest(),
    };
    let time = TIMEOUT + 8000;
    let calls = vec![request.to(UNIT, time), read(AFTERWARDS)];
    let mut slave = Slave::start(cx, calls).await?;
    let asked = slave.asked(UNIT, &pdu).await?;
    let half = slave.character() / 2;
    let at = asked.ended + slave.t3_5() + half;
    cx.clock().sleep(at.since(slave.now())).await;
    let frame = slave.frame(&asked, &reply);
    slave.client.wire.send(&frame).await?;
    slave.afterwards().await?;
    slave.says("answers", &[Answer::Done, value()]).await
}
