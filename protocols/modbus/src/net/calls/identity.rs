//! Device identification, page after page.

use std::borrow::Cow;

use super::Calls;
use crate::{
    client::Failure,
    net::CallError,
    wire::{IdentityPage, Mismatch, Pdu, ReadCode, Request, Response},
};

/// What a device says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// What it has: 0x01 basic, 0x02 regular, 0x03 extended; with 0x80 single objects too.
    pub conformity: u8,
    /// Its objects, by number: 0 vendor name, 1 product code, 2 revision, 3 vendor URL, 4 product
    /// name, 5 model name, 6 application name; from 0x80 private.
    pub objects: Vec<(u8, Vec<u8>)>,
}

impl Identity {
    /// The value of an object.
    #[must_use]
    pub fn get(&self, object: u8) -> Option<&[u8]> {
        let found = self.objects.iter().find(|(id, _)| *id == object);
        found.map(|(_, value)| &**value)
    }

    /// The same as text; what is none is replaced.
    #[must_use]
    pub fn text(&self, object: u8) -> Option<Cow<'_, str>> {
        self.get(object).map(String::from_utf8_lossy)
    }

    fn add(&mut self, page: IdentityPage<'_>) {
        self.conformity = page.conformity;
        for object in page.objects() {
            self.objects.push((object.id, object.value.to_vec()));
        }
    }
}

/// All pages. Each must go on behind the objects before it, so that no device keeps us for ever.
pub(super) async fn walk<C: Calls + ?Sized>(
    calls: &mut C,
    code: ReadCode,
) -> Result<Identity, CallError> {
    let mut identity = Identity::default();
    let mut from = 0;
    loop {
        let next = ask(calls, code, from, |page| {
            let first = page.objects().next().map(|object| object.id);
            if first.is_some_and(|first| first < from) {
                return Err(Mismatch::Value("object"));
            }
            identity.add(page);
            Ok(page.next)
        })
        .await?;
        match next {
            None => return Ok(identity),
            Some(next) if next > from => from = next,
            Some(_) => return Err(Mismatch::Value("next object").into()),
        }
    }
}

/// One object.
pub(super) async fn object<C: Calls + ?Sized>(
    calls: &mut C,
    object: u8,
) -> Result<Vec<u8>, CallError> {
    ask(calls, ReadCode::Specific, object, |page| {
        let object = page.objects().next().ok_or(Mismatch::Count)?;
        Ok(object.value.to_vec())
    })
    .await
}

async fn ask<C: Calls + ?Sized, T>(
    calls: &mut C,
    code: ReadCode,
    object: u8,
    read: impl FnOnce(IdentityPage<'_>) -> Result<T, Mismatch>,
) -> Result<T, CallError> {
    let request = Request::ReadDeviceIdentification { code, object };
    let answer = calls.call(Pdu::of(&request)?).await?;
    match Response::parse(&answer, &request)? {
        Ok(Response::ReadDeviceIdentification(page)) => Ok(read(page)?),
        Ok(_) => Err(Mismatch::Length.into()),
        Err(exception) => Err(Failure::Exception(exception).into()),
    }
}
