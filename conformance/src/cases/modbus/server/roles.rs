//! Modbus Security behind the handshake: the role in the peer's certificate, and what it may do; X02, X03,
//! X04, X07. The handshake itself is the transport's.

use super::{row::Request, unit::Unit};
use crate::{
    Case, Context, Halt, case, hex,
    reference::modbus::certificate::{IA5, OCTETS, PRINTABLE, UTF8, certificate},
};

server_group! {
    /// Roles and rights.
    pub(super) static GROUP = "roles", "roles and their rights", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "modbus.server.roles.none",
        title: "a certificate that does not hold exactly one role, as a UTF8String, has no right: every request is answered with 01",
        refs: ["X02", "X04", "Modbus/TCP Security"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["plant", "roles"],
        params: ["missing", "twice", "two", "printable", "ia5", "octets", "no-utf8"],
        killed_by: ["roles.nobody-may-read", "roles.takes-the-first-of-two", "roles.takes-any-text",
            "roles.judges-the-form-first"],
        => |cx| { without_role(cx).await? }
    },
    case! {
        id: "modbus.server.roles.rights",
        title: "a role may do what its rights say of functions, units and registers, and nothing else",
        refs: ["X03", "X04", "Modbus/TCP Security"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["plant", "roles"],
        params: ["engineer", "reader", "operator", "visitor", "stranger"],
        killed_by: ["roles.ignores-functions", "roles.ignores-units", "roles.ignores-registers",
            "roles.looks-at-the-first-register", "roles.strangers-are-engineers",
            "roles.engineers-are-refused-by-halves"],
        => |cx| {
            let mut unit = visit(cx, cx.param()).await?;
            for (asked, want) in rows(cx.param()) {
                unit.row(asked, want).await?;
            }
        }
    },
    case! {
        id: "modbus.server.roles.denial",
        title: "what a role may not do is answered with exception 01, two bytes, and the wire stays",
        refs: ["X04", "X02", "Modbus/TCP Security"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["plant", "roles"],
        params: ["function", "unit", "register", "role"],
        killed_by: ["roles.denial-ends-the-wire", "roles.denial-is-silent", "roles.denial-is-an-address",
            "roles.denial-says-why"],
        => |cx| { denial(cx).await? }
    },
    case! {
        id: "modbus.server.roles.same-as-plain",
        title: "whoever may do everything is answered as without roles, byte for byte",
        refs: ["X07", "Modbus/TCP Security"],
        carriers: (crate::cases::modbus::TCP_ONLY),
        needs: ["plant", "roles"],
        killed_by: ["roles.engineers-are-refused-by-halves"],
        => |cx| { same_as_plain(cx).await? }
    },
];

/// A wire to the unit for this role.
async fn visit<'a>(cx: &'a Context, role: &str) -> Result<Unit<'a>, Halt> {
    Unit::connect_as(cx, certificate(&[(UTF8, role.as_bytes())])).await
}

async fn without_role(cx: &Context) -> Result<(), Halt> {
    let engineer: &[u8] = b"engineer";
    let roles: &[(u8, &[u8])] = match cx.param() {
        "missing" => &[],
        "twice" => &[(UTF8, engineer), (UTF8, engineer)],
        "two" => &[(UTF8, engineer), (UTF8, b"reader")],
        "printable" => &[(PRINTABLE, engineer)],
        "ia5" => &[(IA5, engineer)],
        "octets" => &[(OCTETS, engineer)],
        _ => &[(UTF8, b"engineer\xff\xfe")],
    };
    let mut unit = Unit::connect_as(cx, certificate(roles)).await?;
    for asked in [
        "01 {coil.first} 0001",
        "03 {holding.first} 0001",
        "04 {input.first} 0001",
        "06 {holding} 1234",
        "10 {holding} 0001 02 1234",
        "07",
        "08 0000 A537",
        "0B",
        "11",
        "2B 0E 01 00",
        // Neither the form nor the function is looked at before the role.
        "03",
        "03 {holding.first} 0000",
        "10 {holding} 0002 02 1234",
        "6F",
    ] {
        let pdu = unit.pdu(asked)?;
        let code = pdu.first().copied().unwrap_or_default();
        let denied = format!("{:02X} 01", code | 0x80);
        unit.row(asked, &denied).await?;
    }
    Ok(())
}

/// What each role asks, and what comes of it.
fn rows(role: &str) -> &'static [(&'static str, &'static str)] {
    match role {
        "engineer" => &[
            ("06 {holding} 1234", "06 {holding} 1234"),
            ("03 {holding} 0001", "03 02 1234"),
            ("unit 255:01 {coil.first} 0001", "01 01 ??"),
            ("05 {coil} FF00", "05 {coil} FF00"),
            ("07", "07 ?? | 87 01"),
            ("16 {holding} FFFF 0000", "16 {holding} FFFF 0000"),
            ("2B 0E 04 00", "2B 0E 04 ..."),
            ("03 {holding.end} 0001", "83 02"),
        ],
        "reader" => &[
            ("01 {coil.first} 0001", "01 01 ??"),
            ("02 {discrete.first} 0001", "02 01 ??"),
            ("03 {holding.first} 0001", "03 02 ????"),
            ("04 {input.first} 0001", "04 02 ????"),
            ("05 {coil} FF00", "85 01"),
            ("06 {holding} 1234", "86 01"),
            ("0F {coil} 0001 01 01", "8F 01"),
            ("10 {holding} 0001 02 1234", "90 01"),
            ("16 {holding} 0000 1234", "96 01"),
            ("2B 0E 01 00", "AB 01"),
            ("03 {holding} 0001", "03 02 ????"),
            ("04 {input.end} 0001", "84 02"),
        ],
        "operator" => &[
            ("03 0000 0001", "03 02 ????"),
            ("06 0010 1234", "06 0010 1234"),
            ("06 001F 1234", "06 001F 1234"),
            ("06 000F 1234", "86 01"),
            ("06 0020 1234", "86 01"),
            ("10 001E 0002 04 1111 2222", "10 001E 0002"),
            ("10 001F 0002 04 3333 4444", "90 01"),
            ("10 000F 0002 04 3333 4444", "90 01"),
            ("17 0010 0001 0011 0001 02 5555", "17 02 1234"),
            ("17 0020 0001 0011 0001 02 6666", "97 01"),
            ("17 0010 0001 0020 0001 02 6666", "97 01"),
            ("05 {coil} FF00", "85 01"),
            ("04 {input.first} 0001", "84 01"),
            // Nothing of what was denied has been done.
            ("03 000F 0001", "03 02 ????"),
            ("03 0011 0001", "03 02 5555"),
            ("03 001F 0001", "03 02 2222"),
        ],
        "visitor" => &[
            ("03 {holding.first} 0001", "03 02 ????"),
            ("unit 255:03 {holding.first} 0001", "83 01"),
            ("unit 0:03 {holding.first} 0001", "83 01"),
            ("06 {holding} 1234", "86 01"),
            ("03 {holding.first} 0001", "03 02 ????"),
        ],
        _ => &[
            ("03 {holding.first} 0001", "83 01"),
            ("06 {holding} 1234", "86 01"),
            ("2B 0E 01 00", "AB 01"),
        ],
    }
}

async fn denial(cx: &Context) -> Result<(), Halt> {
    let (role, asked, allowed) = match cx.param() {
        "function" => ("reader", "06 {holding} 1234", true),
        "unit" => ("visitor", "unit 255:03 {holding.first} 0001", true),
        "register" => ("operator", "06 0020 1234", true),
        _ => ("stranger", "03 {holding.first} 0001", false),
    };
    let mut unit = visit(cx, role).await?;
    for _ in 0..3 {
        let request = Request::parse(asked, &unit.fill()).map_err(Halt::Harness)?;
        let code = request.pdu.first().copied().unwrap_or_default();
        unit.row(asked, &format!("{:02X} 01", code | 0x80)).await?;
    }
    if allowed {
        unit.row("03 {holding.first} 0001", "03 02 ????").await?;
    }
    Ok(())
}

/// Asked alike with and without roles: reads, writes, serial functions, identification; what is wrong in
/// its form, its values, its addresses.
const ASKED: &[&str] = &[
    "01 {coil.first} 0013",
    "01 {coil.first} 0000",
    "01 {coil.end-1} 0002",
    "02 {discrete.first} 0016",
    "03 {holding.first} 0003",
    "03 {holding.first} 007E",
    "03",
    "04 {input.first} 007D",
    "05 {coil} FF00",
    "05 {coil} 0001",
    "06 {holding} 1234",
    "06 {holding.end} 1234",
    "07",
    "08 0000 A537",
    "08 000B 0000",
    "08 0013 0000",
    "0B",
    "0C",
    "0F {coil} 000A 02 CD01",
    "0F {coil} 000A 01 CD",
    "10 {holding} 0002 04 000A 0102",
    "10 {holding} 0002 02 000A",
    "11",
    "14 07 06 0004 0001 0002",
    "14 00",
    "15 09 06 0004 0007 0001 06AF",
    "16 {holding} 00F2 0025",
    "17 {holding} 0002 {holding} 0001 02 ABCD",
    "18 {fifo}",
    "18 0601",
    "2B 0E 01 00",
    "2B 0E 04 80",
    "2B 0E 05 00",
    "2B 0D 00 00",
    "41 01 02",
    "6F",
    "unit 255:03 {holding} 0002",
    "unit 0:01 {coil} 000A",
    "unit 99:03 {holding} 0001",
];

async fn same_as_plain(cx: &Context) -> Result<(), Halt> {
    let mut plain = Unit::connect(cx).await?;
    let mut secure = visit(cx, "engineer").await?;
    for (number, asked) in ASKED.iter().enumerate() {
        let mut answers = Vec::new();
        for unit in [&mut plain, &mut secure] {
            answers.push(unit.raw(asked).await?);
        }
        let [without, with] = &*answers else {
            return Err(Halt::Harness("two were asked".to_owned()));
        };
        let seen = format!(
            "plain {}; with roles {}",
            hex::short(without),
            hex::short(with)
        );
        cx.check(format!("{} {asked}", number + 1))
            .that(without == with, seen);
    }
    Ok(())
}
