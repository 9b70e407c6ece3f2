//! The certificates are put together by hand: no issuer would make most of them.

use super::*;

/// A value of ASN.1 with this tag, in DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut bytes = match length {
        0..=0x7F => vec![tag, length as u8],
        0x80..=0xFF => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    bytes.extend(content);
    bytes
}

const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const UTF8: u8 = 0x0C;

/// An extension 1.3.6.1.4.1.50316.802.1, or with another last arc.
fn extension(arc: u8, value: &[u8]) -> Vec<u8> {
    let oid = [0x2B, 6, 1, 4, 1, 0x83, 0x89, 0x0C, 0x86, 0x22, arc];
    der(SEQUENCE, &[&der(OID, &[&oid]), &der(OCTETS, &[value])])
}

fn certificate(extensions: &[Vec<u8>]) -> Vec<u8> {
    // Ed25519, whose identifier has no parameters.
    let algorithm = der(SEQUENCE, &[&der(OID, &[&[0x2B, 0x65, 0x70]])]);
    let common_name = der(
        SEQUENCE,
        &[&der(OID, &[&[0x55, 4, 3]]), &der(UTF8, &[b"test"])],
    );
    let name = der(SEQUENCE, &[&der(0x31, &[&common_name])]);
    let validity = der(
        SEQUENCE,
        &[
            &der(0x17, &[b"250101000000Z"]),
            &der(0x17, &[b"350101000000Z"]),
        ],
    );
    let key = der(SEQUENCE, &[&algorithm, &der(0x03, &[&[0], &[7; 32]])]);
    let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let tbs = der(
        SEQUENCE,
        &[
            &der(0xA0, &[&der(0x02, &[&[2]])]),
            &der(0x02, &[&[1]]),
            &algorithm,
            &name,
            &validity,
            &name,
            &key,
            &der(0xA3, &[&der(SEQUENCE, &extensions)]),
        ],
    );
    der(SEQUENCE, &[&tbs, &algorithm, &der(0x03, &[&[0], &[9; 64]])])
}

fn role(extensions: &[Vec<u8>]) -> Role {
    role_of_certificate(&certificate(extensions))
}

#[test]
fn the_role_is_the_text_of_its_extension() {
    let operator = extension(1, &der(UTF8, &[b"operator"]));
    assert_eq!(
        role(core::slice::from_ref(&operator)),
        Role::new("operator")
    );
    let other = extension(2, &der(UTF8, &[b"engineer"]));
    assert_eq!(role(&[other.clone(), operator]), Role::new("operator"));
    assert_eq!(role(&[other]), Role::NULL);
    let umlaut = extension(1, &der(UTF8, &["Wärter".as_bytes()]));
    assert_eq!(role(&[umlaut]), Role::new("Wärter"));
}

#[test]
fn two_roles_are_none() {
    let operator = extension(1, &der(UTF8, &[b"operator"]));
    assert_eq!(role(&[operator.clone(), operator.clone()]), Role::NULL);
    let engineer = extension(1, &der(UTF8, &[b"engineer"]));
    assert_eq!(role(&[operator, engineer]), Role::NULL);
}

#[test]
fn a_role_of_another_type_is_none() {
    for value in [
        // PrintableString, IA5String, INTEGER, not UTF-8, something behind, cut off, nothing.
        der(0x13, &[b"operator"]),
        der(0x16, &[b"operator"]),
        der(0x02, &[&[1]]),
        der(UTF8, &[&[0xFF, 0xFE]]),
        [der(UTF8, &[b"operator"]), vec![0]].concat(),
        vec![UTF8, 9, b'o'],
        vec![],
    ] {
        assert_eq!(role(&[extension(1, &value)]), Role::NULL, "{value:02x?}");
    }
}

#[test]
fn bytes_that_are_no_certificate_give_no_role() {
    let good = certificate(&[extension(1, &der(UTF8, &[b"operator"]))]);
    assert_eq!(role_of_certificate(&good), Role::new("operator"));
    for length in 0..good.len() {
        assert_eq!(role_of_certificate(&good[..length]), Role::NULL);
    }
    assert_eq!(role_of_certificate(&[good, vec![0]].concat()), Role::NULL);
}
