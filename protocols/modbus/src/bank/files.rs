//! Files of records: Application protocol 6.14 and 6.15.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::wire::{Exception, FileRead, FileWrites};

/// The most records that a file can have.
const RECORDS: usize = 10_000;

/// Files by number: their records, or the exception that everything is answered with.
#[derive(Clone, Debug, Default)]
pub(super) struct Files(BTreeMap<u16, Result<Vec<u16>, Exception>>);

impl Files {
    pub(super) fn add(&mut self, number: u16, records: impl IntoIterator<Item = u16>) {
        let records = records.into_iter().take(RECORDS).collect();
        self.0.insert(number, Ok(records));
    }

    pub(super) fn refuse(&mut self, number: u16, exception: Exception) {
        self.0.insert(number, Err(exception));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn records(&self, number: u16) -> Result<&[u16], Exception> {
        match self.0.get(&number) {
            None => Err(Exception::ILLEGAL_DATA_ADDRESS),
            Some(file) => file.as_deref().map_err(|exception| *exception),
        }
    }

    pub(super) fn read(&self, read: FileRead) -> Result<&[u16], Exception> {
        let from = usize::from(read.record);
        let records = self.records(read.file)?;
        records
            .get(from..from + usize::from(read.length))
            .ok_or(Exception::ILLEGAL_DATA_ADDRESS)
    }

    /// All groups or none.
    pub(super) fn write(&mut self, writes: FileWrites<'_>) -> Result<(), Exception> {
        for write in writes.iter() {
            self.read(FileRead {
                file: write.file,
                record: write.record,
                length: u16::try_from(write.values.len()).unwrap_or(u16::MAX),
            })?;
        }
        for write in writes.iter() {
            if let Some(Ok(records)) = self.0.get_mut(&write.file) {
                let records = records.iter_mut().skip(write.record.into());
                records
                    .zip(write.values.iter())
                    .for_each(|(record, value)| *record = value);
            }
        }
        Ok(())
    }
}
