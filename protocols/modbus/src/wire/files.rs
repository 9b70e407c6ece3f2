//! The groups of Read File Record and Write File Record: Application protocol 6.14 and 6.15.

use super::{exception::Exception, views::Words};

/// What a group's first byte must be.
const REFERENCE_TYPE: u8 = 6;

/// The highest record of a file.
const LAST_RECORD: u32 = 0x270F;

/// The most bytes that the groups of a response may have.
const MAX_RESPONSE: usize = 0xF5;

/// One group of a Read File Record request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileRead {
    /// The file, 1 to 65,535.
    pub file: u16,
    /// The first record, 0 to 9,999. A record is one register.
    pub record: u16,
    /// How many records.
    pub length: u16,
}

/// The groups of a Read File Record request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileReads<'a>(&'a [u8]);

impl FileRead {
    /// The group, as a request has it.
    #[must_use]
    pub fn group(self) -> [u8; 7] {
        head(self.file, self.record, self.length)
    }

    const fn parse(
        &[file_hi, file_lo, record_hi, record_lo, length_hi, length_lo]: &[u8; 6],
    ) -> Self {
        Self {
            file: u16::from_be_bytes([file_hi, file_lo]),
            record: u16::from_be_bytes([record_hi, record_lo]),
            length: u16::from_be_bytes([length_hi, length_lo]),
        }
    }
}

/// What a group of either request begins with.
fn head(file: u16, record: u16, length: u16) -> [u8; 7] {
    let [[a, b], [c, d], [e, f]] = [file, record, length].map(u16::to_be_bytes);
    [REFERENCE_TYPE, a, b, c, d, e, f]
}

impl<'a> FileReads<'a> {
    /// Checks the groups behind a byte count in the order of figure 24.
    pub(super) fn parse(groups: &'a [u8]) -> Result<Self, Exception> {
        if !matches!(groups.len(), 7..=0xF5) || !groups.len().is_multiple_of(7) {
            return Err(Exception::ILLEGAL_DATA_VALUE);
        }
        for group in groups.as_chunks::<7>().0 {
            let [kind, rest @ ..] = *group;
            let read = FileRead::parse(&rest);
            check(kind, read.file, read.record, read.length)?;
        }
        let response: usize = Self(groups)
            .iter()
            .map(|read| 2 + 2 * usize::from(read.length))
            .sum();
        if response > MAX_RESPONSE {
            return Err(Exception::ILLEGAL_DATA_VALUE);
        }
        Ok(Self(groups))
    }

    /// The groups as bytes: what stands behind the byte count.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Each group, in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = FileRead> + 'a {
        let (groups, _) = self.0.as_chunks();
        groups
            .iter()
            .map(|[_, rest @ ..]: &[u8; 7]| FileRead::parse(rest))
    }
}

/// One group of a Write File Record request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileWrite<'a> {
    /// The file, 1 to 65,535.
    pub file: u16,
    /// The first record, 0 to 9,999. A record is one register.
    pub record: u16,
    /// What to write there.
    pub values: Words<'a>,
}

impl FileWrite<'_> {
    /// What stands before the values in a request.
    #[must_use]
    pub fn head(self) -> [u8; 7] {
        let length = u16::try_from(self.values.len()).unwrap_or(u16::MAX);
        head(self.file, self.record, length)
    }
}

/// The groups of a Write File Record request, which its response repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileWrites<'a>(&'a [u8]);

impl<'a> FileWrites<'a> {
    /// Checks the groups behind a byte count in the order of figure 25.
    pub(super) fn parse(groups: &'a [u8]) -> Result<Self, Exception> {
        if !matches!(groups.len(), 9..=0xFB) {
            return Err(Exception::ILLEGAL_DATA_VALUE);
        }
        let mut rest = groups;
        while let Some((_, behind)) = split(rest) {
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(Exception::ILLEGAL_DATA_VALUE);
        }
        let mut rest = groups;
        while let Some(((kind, write), behind)) = split(rest) {
            let length = u16::try_from(write.values.len()).unwrap_or(u16::MAX);
            check(kind, write.file, write.record, length)?;
            rest = behind;
        }
        Ok(Self(groups))
    }

    /// The groups as bytes: what stands behind the byte count.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Each group, in order.
    pub fn iter(self) -> impl Iterator<Item = FileWrite<'a>> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let ((_, write), behind) = split(rest)?;
            rest = behind;
            Some(write)
        })
    }
}

/// A group's reference type, the group, and what stands behind it.
fn split(bytes: &[u8]) -> Option<((u8, FileWrite<'_>), &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<7>()?;
    let [
        kind,
        file_hi,
        file_lo,
        record_hi,
        record_lo,
        length_hi,
        length_lo,
    ] = *head;
    let length = u16::from_be_bytes([length_hi, length_lo]);
    let (values, rest) = rest.split_at_checked(2 * usize::from(length))?;
    let write = FileWrite {
        file: u16::from_be_bytes([file_hi, file_lo]),
        record: u16::from_be_bytes([record_hi, record_lo]),
        values: Words::new(values)?,
    };
    Some(((kind, write), rest))
}

/// What figures 24 and 25 check of every group.
fn check(kind: u8, file: u16, record: u16, length: u16) -> Result<(), Exception> {
    let end = u32::from(record) + u32::from(length);
    let fits = u32::from(record) <= LAST_RECORD && end <= LAST_RECORD + 1;
    if kind == REFERENCE_TYPE && file != 0 && length != 0 && fits {
        Ok(())
    } else {
        Err(Exception::ILLEGAL_DATA_ADDRESS)
    }
}

/// The groups of a Read File Record response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileData<'a>(&'a [u8]);

impl<'a> FileData<'a> {
    /// The groups behind a byte count; `None` when they are not groups.
    #[must_use]
    pub fn new(groups: &'a [u8]) -> Option<Self> {
        let mut rest = groups;
        while !rest.is_empty() {
            rest = Self::split(rest)?.1;
        }
        Some(Self(groups))
    }

    /// The groups as bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The records of each group, in the order in which they were asked for.
    pub fn iter(self) -> impl Iterator<Item = Words<'a>> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (words, behind) = Self::split(rest)?;
            rest = behind;
            Some(words)
        })
    }

    /// Whether these are the groups that were asked for.
    pub(super) fn answers(self, asked: FileReads<'_>) -> bool {
        self.iter()
            .map(Words::len)
            .eq(asked.iter().map(|read| usize::from(read.length)))
    }

    /// A group is its length, the reference type, and that many bytes less one.
    fn split(groups: &'a [u8]) -> Option<(Words<'a>, &'a [u8])> {
        let (&[length, kind], rest) = groups.split_first_chunk()?;
        let (words, rest) = rest.split_at_checked(usize::from(length).checked_sub(1)?)?;
        let words = Words::new(words).filter(|_| kind == REFERENCE_TYPE)?;
        Some((words, rest))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    const VALUE: Exception = Exception::ILLEGAL_DATA_VALUE;
    const ADDRESS: Exception = Exception::ILLEGAL_DATA_ADDRESS;

    #[test]
    fn groups_are_read_in_order() {
        // The example of Application protocol 6.14.
        let asked = [6, 0, 4, 0, 1, 0, 2, 6, 0, 3, 0, 9, 0, 2];
        let reads = FileReads::parse(&asked).unwrap();
        let read = |file, record, length| FileRead {
            file,
            record,
            length,
        };
        assert!(reads.iter().eq([read(4, 1, 2), read(3, 9, 2)]));
        let data = FileData::new(&[5, 6, 0x0D, 0xFE, 0, 0x20, 5, 6, 0x33, 0xCD, 0, 0x40]).unwrap();
        let groups: Vec<Vec<u16>> = data.iter().map(|group| group.iter().collect()).collect();
        assert_eq!(groups, [[0x0DFE, 0x20], [0x33CD, 0x40]]);
        assert!(data.answers(reads));
        assert!(FileData::new(&[5, 6, 1, 2, 3]).is_none());
        assert!(FileData::new(&[0, 6]).is_none());
    }

    #[test]
    fn what_the_figures_check_is_checked_in_their_order() {
        assert_eq!(FileReads::parse(&[6, 0, 4, 0, 1, 0]), Err(VALUE));
        assert_eq!(FileReads::parse(&[5, 0, 4, 0, 1, 0, 2]), Err(ADDRESS));
        assert_eq!(FileReads::parse(&[6, 0, 0, 0, 1, 0, 2]), Err(ADDRESS));
        assert_eq!(FileReads::parse(&[6, 0, 1, 0x27, 0x10, 0, 1]), Err(ADDRESS));
        assert_eq!(FileReads::parse(&[6, 0, 1, 0x27, 0x0F, 0, 2]), Err(ADDRESS));
        assert!(FileReads::parse(&[6, 0, 1, 0x27, 0x0F, 0, 1]).is_ok());
        assert!(FileReads::parse(&[6, 0, 1, 0, 0, 0, 121]).is_ok());
        assert_eq!(FileReads::parse(&[6, 0, 1, 0, 0, 0, 122]), Err(VALUE));
    }

    #[test]
    fn a_write_is_whole_or_refused() {
        // The example of Application protocol 6.15.
        let groups = [6, 0, 4, 0, 7, 0, 3, 0x06, 0xAF, 0x04, 0xBE, 0x10, 0x0D];
        let writes = FileWrites::parse(&groups).unwrap();
        let write = writes.iter().next().unwrap();
        assert_eq!((write.file, write.record), (4, 7));
        assert!(write.values.iter().eq([0x06AF, 0x04BE, 0x100D]));
        for cut in 0..groups.len() {
            assert_eq!(FileWrites::parse(&groups[..cut]), Err(VALUE), "{cut}");
        }
    }
}
