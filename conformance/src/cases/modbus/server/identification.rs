//! Encapsulated interface transport: function 43 with 14, device identification; P60 to P68.

use crate::{Case, Context, Halt, case, hex};

use super::unit::Unit;

server_group! {
    /// Identification.
    pub(super) static GROUP = "identification", "device identification", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.identification.mei",
        title: "an interface other than 13 and 14 is refused with 01",
        refs: ["P60", "Application protocol 6.19"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.any-mei"],
        => |cx| {
            super::rows::table(cx, &[
                ("2B 00 01 00", "AB 01"),
                ("2B 0C 01 00", "AB 01"),
                ("2B 0F 01 00", "AB 01"),
                ("2B FF 01 00", "AB 01"),
            ]).await?
        }
    },
    case! {
        id: "modbus.server.identification.canopen",
        title: "interface 13 is refused with 01, or answered as interface 13",
        refs: ["P69", "Application protocol 6.20"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.any-mei"],
        => |cx| {
            super::rows::table(cx, &[
                ("2B 0D 00 00 00", "AB 01 | AB 02 | AB 03 | AB 04 | 2B 0D ..."),
            ]).await?
        }
    },
    case! {
        id: "modbus.server.identification.code",
        title: "an access code other than 1 to 4 is refused with 03",
        refs: ["P61", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.identification-any-code"],
        => |cx| {
            super::rows::table(cx, &[
                ("2B 0E 00 00", "AB 03"),
                ("2B 0E 05 00", "AB 03"),
                ("2B 0E 7F 00", "AB 03"),
                ("2B 0E FF 00", "AB 03"),
            ]).await?
        }
    },
    case! {
        id: "modbus.server.identification.length",
        title: "a request that is too short or too long is refused with 03",
        refs: ["P04", "P05", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::FRAMED),
        needs: ["fc2b"],
        killed_by: ["pdu.identification-any-length"],
        => |cx| {
            super::rows::table(cx, &[
                ("2B 0E", "AB 03"),
                ("2B 0E 01", "AB 03"),
                ("2B 0E 01 00 00", "AB 03"),
            ]).await?
        }
    },
    case! {
        id: "modbus.server.identification.basic",
        title: "the basic identification is the objects 0, 1 and 2, all of them",
        refs: ["P65", "P66", "P67", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.no-revision", "pdu.conformity-of-its-own", "pdu.objects-miscounted"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let objects = walk(&mut unit, 1).await?;
            let ids: Vec<u8> = objects.iter().map(|(id, _)| *id).collect();
            cx.check("objects").equal(&ids, &[0, 1, 2]);
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.identification.pages",
        title: "the extended identification comes whole, in pages, and each object in one piece",
        refs: ["P62", "P66", "P67", "P68", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.pages-end-early", "pdu.pages-repeat", "pdu.object-cut", "pdu.objects-miscounted"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let basic = walk(&mut unit, 1).await?;
            let all = walk(&mut unit, 3).await?;
            let begins = all.get(..basic.len()) == Some(&basic);
            cx.check("begins-with-the-basic").that(begins, format!("{} objects", all.len()));
            if cx.profile().has(crate::Modbus::PLANT) {
                let plant = crate::reference::modbus::plant::identification();
                let same = plant == all;
                cx.check("all").that(same, format!("{} objects of {}", all.len(), plant.len()));
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.identification.level",
        title: "asked for more than it has, a device answers what it has",
        refs: ["P64", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.identification-is-basic"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let conformity = unit.ask("2B 0E 01 00").await?.get(3).copied().unwrap_or_default();
            for code in 1..=3_u8 {
                let objects = walk(&mut unit, code).await?;
                let last = objects.last().map_or(0, |(id, _)| *id);
                let most = match code.min(conformity & 0x7f) { 1 => 0x02, 2 => 0x7f, _ => 0xff };
                let check = cx.check(format!("code-{code}"));
                check.that(last <= most, format!("conformity {conformity:02x}, the last object is {last:02x}"));
            }
            if cx.profile().has(crate::Modbus::PLANT) {
                let last = walk(&mut unit, 3).await?.last().map_or(0, |(id, _)| *id);
                cx.check("extended").that(last >= 0x80, format!("the last object is {last:02x}"));
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.identification.restart",
        title: "a stream that is asked for from an object that does not exist begins anew",
        refs: ["P62", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.unknown-object-is-an-error"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let first = unit.ask("2B 0E 01 00").await?;
            for (name, asked) in [("7f", "2B 0E 01 7F"), ("behind", "2B 0E 01 03"), ("ff", "2B 0E 01 FF")] {
                let got = unit.ask(asked).await?;
                cx.check(name).equal(&got, &first);
            }
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.identification.from-the-middle",
        title: "a stream begins with the object that is asked for",
        refs: ["P62", "P66", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.stream-always-from-0"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let objects = page(&mut unit, 1, 1).await?.objects;
            let ids: Vec<u8> = objects.iter().map(|(id, _)| *id).collect();
            cx.check("from-1").that(ids.starts_with(&[1]), format!("objects {}", hex::short(&ids)));
            unit.alive("alive").await?
        }
    },
    case! {
        id: "modbus.server.identification.one",
        title: "a single object comes alone, with nothing to follow, and an unknown one is refused with 02",
        refs: ["P63", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["plant", "fc2b"],
        killed_by: ["pdu.object-more-follows", "pdu.object-any"],
        => |cx| {
            super::rows::table(cx, &[
                ("2B 0E 04 02", "2B 0E 04 83 00 00 01 02 06 56312E316233"),
                ("2B 0E 04 00", "2B 0E 04 83 00 00 01 00 10 ??*16"),
                ("2B 0E 04 F0", "2B 0E 04 83 00 00 01 F0 F4 64*244"),
                ("2B 0E 04 07", "AB 02"),
                ("2B 0E 04 7F", "AB 02"),
                ("2B 0E 04 FF", "AB 02"),
            ]).await?
        }
    },
    case! {
        id: "modbus.server.identification.individual",
        title: "a device with individual access gives each basic object alone, as the stream has it",
        refs: ["P63", "P65", "Application protocol 6.21"],
        carriers: (crate::cases::modbus::ALL),
        needs: ["fc2b"],
        killed_by: ["pdu.object-any", "pdu.object-more-follows"],
        => |cx| {
            let mut unit = Unit::connect(cx).await?;
            let basic = walk(&mut unit, 1).await?;
            let conformity = unit.ask("2B 0E 01 00").await?.get(3).copied().unwrap_or_default();
            if conformity & 0x80 == 0 {
                return Err(Halt::Wire("the device has no individual access".to_owned()));
            }
            for (id, value) in basic {
                let got = unit.ask(&format!("2B 0E 04 {id:02X}")).await?;
                let mut want = vec![0x2b, 0x0e, 4, conformity, 0, 0, 1, id, u8::try_from(value.len()).unwrap_or(255)];
                want.extend(value);
                cx.check(format!("object-{id}")).equal(&got, &want);
            }
            unit.alive("alive").await?
        }
    },
];

type Object = (u8, Vec<u8>);

/// One answer to a stream.
struct Page {
    more: bool,
    next: u8,
    objects: Vec<Object>,
}

/// All objects of a stream, over as many pages as it takes; each page is judged.
async fn walk(unit: &mut Unit<'_>, code: u8) -> Result<Vec<Object>, Halt> {
    let mut all: Vec<Object> = Vec::new();
    let mut from = 0;
    for _ in 0..64 {
        let page = page(unit, code, from).await?;
        let rising = page.objects.iter().map(|(id, _)| *id);
        let first = rising.clone().next();
        let rises = all
            .last()
            .is_none_or(|(last, _)| first.is_some_and(|first| first > *last));
        let check = unit.cx.check(format!("code-{code}-from-{from:02x}-rises"));
        check.that(
            rises,
            format!(
                "object {first:02x?} behind {:02x?}",
                all.last().map(|(id, _)| id)
            ),
        );
        all.extend(page.objects);
        if !page.more || !rises {
            return Ok(all);
        }
        from = page.next;
    }
    unit.cx
        .check(format!("code-{code}-ends"))
        .fail("64 pages, and more to follow");
    Ok(all)
}

/// One page, judged.
async fn page(unit: &mut Unit<'_>, code: u8, from: u8) -> Result<Page, Halt> {
    let pdu = unit.ask(&format!("2B 0E {code:02X} {from:02X}")).await?;
    let cx = unit.cx;
    let name = |what: &str| format!("code-{code}-from-{from:02x}-{what}");
    let [0x2b, 0x0e, echoed, conformity, more, next, count, rest @ ..] = &*pdu else {
        cx.check(name("answer"))
            .fail(format!("got {}", hex::short(&pdu)));
        return Err(Halt::Untestable("there is no identification".to_owned()));
    };
    let fits = *echoed == code && matches!(conformity, 1..=3 | 0x81..=0x83);
    let seen = format!("code {echoed:02x}, conformity {conformity:02x}");
    cx.check(name("head")).that(fits, seen);
    let follows = matches!((more, next), (0, 0) | (0xff, _));
    cx.check(name("more"))
        .that(follows, format!("more {more:02x}, next {next:02x}"));
    let objects = objects(cx, &name("objects"), rest, *count);
    cx.check(name("size"))
        .that(pdu.len() <= 253, format!("{} bytes", pdu.len()));
    Ok(Page {
        more: *more == 0xff,
        next: *next,
        objects,
    })
}

/// As many objects as it says, each whole, and nothing behind them.
fn objects(cx: &Context, name: &str, mut rest: &[u8], count: u8) -> Vec<Object> {
    let mut objects = Vec::new();
    while let [id, length, behind @ ..] = rest {
        let Some((value, after)) = behind.split_at_checked(usize::from(*length)) else {
            break;
        };
        objects.push((*id, value.to_vec()));
        rest = after;
    }
    let whole = rest.is_empty() && objects.len() == usize::from(count);
    let seen = format!(
        "{} objects, {count} said, {} bytes left",
        objects.len(),
        rest.len()
    );
    cx.check(name).that(whole, seen);
    objects
}
