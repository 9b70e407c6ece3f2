//! The role in a certificate (X02).

use x509_cert::{
    Certificate,
    der::{Decode, asn1::Utf8StringRef, oid::ObjectIdentifier},
};

use super::Role;

/// The extension that holds the role.
const ROLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.50316.802.1");

/// The role that an X.509 certificate in DER names: the one UTF8String of the one extension
/// 1.3.6.1.4.1.50316.802.1. Anything else, also a certificate that does not parse, is the NULL role.
///
/// Who issued the certificate, and whether it is valid, the transport has verified before.
#[must_use]
pub fn role_of_certificate(der: &[u8]) -> Role {
    name_of(der).unwrap_or(Role::NULL)
}

fn name_of(der: &[u8]) -> Option<Role> {
    let certificate = Certificate::from_der(der).ok()?;
    let extensions = certificate.tbs_certificate().extensions()?;
    let mut roles = extensions.iter().filter(|one| one.extn_id == ROLE);
    let (Some(role), None) = (roles.next(), roles.next()) else {
        return None;
    };
    let name = Utf8StringRef::from_der(role.extn_value.as_bytes()).ok()?;
    Some(Role::new(name.as_str()))
}

#[cfg(test)]
mod tests;
