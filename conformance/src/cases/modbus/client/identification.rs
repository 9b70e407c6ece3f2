//! Device identification that takes several replies (Application protocol 6.21).

use crate::{
    Case, Context, Halt, case,
    script::modbus::{Answer, Call, Request},
};

use super::{
    super::ALL,
    work::{AFTERWARDS, Slave, TIMEOUT, UNIT, pdu, read, read_pdu, shown, value, value_pdu},
};

/// How many pages an honest identification can have: one for each object.
const PAGES: usize = 256;

fn walk() -> Call {
    Request::ReadAllDeviceIdentification { code: 3 }.to(UNIT, TIMEOUT)
}

/// A page: `more` and the object to go on with, then the objects.
fn page(more: u8, next: u8, objects: &[(u8, &[u8])]) -> Vec<u8> {
    let mut page = vec![0x2b, 0x0e, 0x03, 0x83, more, next];
    page.push(u8::try_from(objects.len()).unwrap_or(u8::MAX));
    for (id, value) in objects {
        page.extend_from_slice(&[*id, u8::try_from(value.len()).unwrap_or(u8::MAX)]);
        page.extend_from_slice(value);
    }
    page
}

/// What a malicious server answers to the request for an object.
fn malice(kind: &str, object: u8, count: usize) -> Vec<u8> {
    let next = object.wrapping_add(1);
    match kind {
        // The same object again and again.
        "same-object" => page(0xff, object, &[(object, b"x")]),
        "first-object" => page(0xff, 0, &[(0, b"x")]),
        "two-in-turn" => page(0xff, u8::from(object == 0), &[(object, b"x")]),
        "backwards" => page(0xff, object.wrapping_sub(1), &[(object, b"x")]),
        "no-objects" => page(0xff, object, &[]),
        // It counts on, and from 255 begins anew.
        _ if count < 2 * PAGES => page(0xff, next, &[(object, b"x")]),
        _ => page(0, 0, &[]),
    }
}

pub(super) static CASES: &[Case] = &[
    case! {
        id: "modbus.client.identification.pages",
        title: "objects that take several replies are asked for until no more follow",
        refs: ["Application protocol 6.21", "P66", "M19"],
        level: Must,
        side: Client,
        carriers: (ALL),
        killed_by: ["modbus.client.reads-one-page", "modbus.client.goes-on-at-the-last-object"],
        => |cx| {
            let mut slave = Slave::start(cx, vec![walk(), read(AFTERWARDS)]).await?;
            let first = slave.asked(UNIT, &pdu("2b 0e 03 00")).await?;
            slave.reply(&first, &page(0xff, 2, &[(0, b"Li"), (1, b"P")])).await?;
            let second = slave.asked(UNIT, &pdu("2b 0e 03 02")).await?;
            slave.reply(&second, &page(0xff, 0x80, &[(2, b"V1")])).await?;
            let third = slave.asked(UNIT, &pdu("2b 0e 03 80")).await?;
            slave.reply(&third, &page(0, 0, &[(0x80, b""), (0xff, b"z")])).await?;
            slave.afterwards().await?;
            let objects = [(0, "Li"), (1, "P"), (2, "V1"), (0x80, ""), (0xff, "z")];
            let objects = objects.map(|(id, text)| (id, text.as_bytes().to_vec()));
            slave.says("objects", &[Answer::Objects(objects.to_vec()), value()]).await?;
        }
    },
    case! {
        id: "modbus.client.identification.loop",
        title: "a server that never comes to an end is asked no more often than there are objects",
        refs: ["Application protocol 6.21", "M19"],
        level: Should,
        side: Client,
        carriers: (ALL),
        params: ["same-object", "first-object", "two-in-turn", "backwards", "no-objects", "round"],
        killed_by: ["modbus.client.walks-in-circles"],
        => |cx| { walks(cx).await? }
    },
];

async fn walks(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![walk(), read(AFTERWARDS)]).await?;
    let mut count = 0;
    let after = loop {
        // The walk's requests are shorter than the one afterwards: told apart by their first bytes.
        let asked = slave.hear_any(&[4, 5]).await?;
        match &*asked.adu.pdu {
            [0x2b, 0x0e, 3, object] if count <= 2 * PAGES => {
                let reply = malice(cx.param(), *object, count);
                count += 1;
                slave.reply(&asked, &reply).await?;
            }
            other => break (other == read_pdu(AFTERWARDS)).then(|| asked.clone()),
        }
    };
    let seen = format!("asked {count} times");
    cx.check("an-end")
        .that(after.is_some() && count <= PAGES, seen);
    let Some(after) = after else {
        return Err(Halt::Judged);
    };
    slave.reply(&after, &value_pdu(super::work::VALUE)).await?;
    let answers = slave.answers().await?;
    let seen = format!("the client reports {}", shown(&answers));
    let fine =
        matches!(&*answers, [Answer::Objects(_) | Answer::Failed(_), after] if *after == value());
    cx.check("reported").that(fine, seen);
    Ok(())
}
