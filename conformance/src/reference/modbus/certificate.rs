//! Certificates with a role, written and read octet by octet: what Modbus Security needs of X.509 and no
//! more. Nobody verifies their signatures; a transport would have done that.

/// The extension 1.3.6.1.4.1.50316.802.1, RoleOID.
const ROLE: &[u8] = &[
    0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0x89, 0x0c, 0x86, 0x22, 0x01,
];

/// Tags of ASN.1.
pub const OCTETS: u8 = 0x04;
/// Text in UTF-8: what a role is.
pub const UTF8: u8 = 0x0c;
/// Text of few letters.
pub const PRINTABLE: u8 = 0x13;
/// Text in ASCII.
pub const IA5: u8 = 0x16;

const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const EXTENSIONS: u8 = 0xa3;

/// A certificate with a role extension for each of these values: its tag and its octets.
#[must_use]
pub fn certificate(roles: &[(u8, &[u8])]) -> Vec<u8> {
    let algorithm = tlv(
        SEQUENCE,
        &tlv(OBJECT, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]),
    );
    let common_name = [tlv(OBJECT, &[0x55, 0x04, 0x03]), tlv(UTF8, b"peer")].concat();
    let name = tlv(SEQUENCE, &tlv(0x31, &tlv(SEQUENCE, &common_name)));
    let from_to = [tlv(0x17, b"260101000000Z"), tlv(0x17, b"460101000000Z")].concat();
    let curve = [
        tlv(OBJECT, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
        tlv(OBJECT, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
    ];
    let point = [&[0, 4][..], &[0x5a; 64]].concat();
    let key = [tlv(SEQUENCE, &curve.concat()), tlv(0x03, &point)].concat();
    let mut body = vec![
        tlv(0xa0, &tlv(0x02, &[2])),
        tlv(0x02, &[1]),
        algorithm.clone(),
        name.clone(),
        tlv(SEQUENCE, &from_to),
        name,
        tlv(SEQUENCE, &key),
    ];
    let role = |(tag, octets): &(u8, &[u8])| {
        let value = tlv(OCTETS, &tlv(*tag, octets));
        tlv(SEQUENCE, &[tlv(OBJECT, ROLE), value].concat())
    };
    let extensions: Vec<u8> = roles.iter().flat_map(role).collect();
    if !extensions.is_empty() {
        body.push(tlv(EXTENSIONS, &tlv(SEQUENCE, &extensions)));
    }
    let signature = tlv(SEQUENCE, &[tlv(0x02, &[1]), tlv(0x02, &[1])].concat());
    let signature = tlv(0x03, &[&[0][..], &signature].concat());
    let all = [tlv(SEQUENCE, &body.concat()), algorithm, signature].concat();
    tlv(SEQUENCE, &all)
}

/// The values of its role extensions: tag and octets of each.
#[must_use]
pub fn roles(certificate: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let inner = |tag: u8, bytes: &[u8]| {
        let mut all = items(bytes).into_iter();
        all.find(|(one, _)| *one == tag).map(|(_, value)| value)
    };
    let extensions = inner(SEQUENCE, certificate)
        .and_then(|all| inner(SEQUENCE, &all))
        .and_then(|body| inner(EXTENSIONS, &body))
        .and_then(|list| inner(SEQUENCE, &list));
    let extensions = items(&extensions.unwrap_or_default());
    let role = |(_, extension): (u8, Vec<u8>)| {
        let is_role = inner(OBJECT, &extension)? == ROLE;
        let value = inner(OCTETS, &extension).filter(|_| is_role)?;
        items(&value).into_iter().next()
    };
    extensions.into_iter().filter_map(role).collect()
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut all = vec![tag];
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => all.push(short),
        Ok(byte) => all.extend([0x81, byte]),
        Err(_) => all.extend([0x82, (length >> 8) as u8, (length & 0xff) as u8]),
    }
    all.extend_from_slice(value);
    all
}

/// What stands one behind the other: tags and values, up to where it makes no sense.
fn items(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut all = Vec::new();
    while let [tag, length, rest @ ..] = bytes {
        let (length, rest) = match (length, rest) {
            (0..=0x7f, rest) => (usize::from(*length), rest),
            (0x81, [length, rest @ ..]) => (usize::from(*length), rest),
            (0x82, [high, low, rest @ ..]) => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            _ => break,
        };
        let Some((value, rest)) = rest.split_at_checked(length) else {
            break;
        };
        all.push((*tag, value.to_vec()));
        bytes = rest;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_they_were_written() {
        for wanted in [
            &[][..],
            &[(UTF8, &b"operator"[..])],
            &[(UTF8, b"operator"), (IA5, b"engineer")],
        ] {
            let read = roles(&certificate(wanted));
            let read: Vec<_> = read.iter().map(|(tag, text)| (*tag, &**text)).collect();
            assert_eq!(read, wanted);
        }
        assert_eq!(roles(b"\x30\x82\xff"), []);
    }

    #[test]
    fn another_reader_finds_the_same_role() {
        use lineside_modbus::net::security::{Role, role_of_certificate};
        let one = certificate(&[(UTF8, b"operator")]);
        assert_eq!(role_of_certificate(&one), Role::new("operator"));
        let two = certificate(&[(UTF8, b"operator"), (UTF8, b"operator")]);
        assert_eq!(role_of_certificate(&two), Role::NULL);
    }
}
