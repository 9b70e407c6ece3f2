//! File records.

use super::Calls;
use crate::{
    client::Failure,
    net::CallError,
    wire::{FileRead, FileWrite, MAX_PDU, Misfit, Mismatch, Pdu, Request, Response},
};

/// The PDU of Read File Record.
pub(super) fn read(groups: &[FileRead]) -> Result<Pdu, Misfit> {
    counted(0x14, groups.iter().flat_map(|group| group.group()))
}

/// The PDU of Write File Record.
pub(super) fn write(groups: &[FileWrite<'_>]) -> Result<Pdu, Misfit> {
    let group = |group: &FileWrite<'_>| {
        group
            .head()
            .into_iter()
            .chain(group.values.bytes().to_vec())
    };
    counted(0x15, groups.iter().flat_map(group))
}

/// A function code, a byte count and the bytes.
fn counted(code: u8, groups: impl Iterator<Item = u8>) -> Result<Pdu, Misfit> {
    let mut bytes = vec![code, 0];
    bytes.extend(groups.take(MAX_PDU));
    let count = u8::try_from(bytes.len() - 2).map_err(|_| Misfit::TooLong)?;
    if let Some(room) = bytes.get_mut(1) {
        *room = count;
    }
    Pdu::new(&bytes).ok_or(Misfit::TooLong)
}

/// The registers of each group.
pub(super) async fn records<C: Calls + ?Sized>(
    calls: &mut C,
    request: Pdu,
) -> Result<Vec<Vec<u16>>, CallError> {
    let answer = calls.call(request).await?;
    let asked = Request::parse(&request).map_err(Failure::Exception)?;
    match Response::parse(&answer, &asked)? {
        Ok(Response::ReadFileRecord(groups)) => {
            Ok(groups.iter().map(|words| words.iter().collect()).collect())
        }
        Ok(_) => Err(Mismatch::Length.into()),
        Err(exception) => Err(Failure::Exception(exception).into()),
    }
}
