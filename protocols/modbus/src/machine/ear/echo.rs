//! Our own bytes, as a two-wire line sends them back (F23).

use bytes::{Buf, BytesMut};
use lineside_core::Link;

/// What was sent and has not come back.
#[derive(Debug, Default)]
pub(super) struct Echo(BytesMut);

impl Echo {
    pub(super) fn expect(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Removes from `rx` what is ours. How many bytes had not come back yet, when what came differs:
    /// somebody else sent too.
    pub(super) fn remove(&mut self, link: &mut Link) -> Option<usize> {
        let ours = self.0.len().min(link.rx.len());
        if ours == 0 {
            return None;
        }
        let same = self
            .0
            .iter()
            .zip(&link.rx)
            .take_while(|(ours, heard)| ours == heard);
        let same = same.count();
        link.rx.advance(same);
        self.0.advance(same);
        if same == ours {
            return None;
        }
        let missing = self.0.len();
        self.0.clear();
        Some(missing)
    }
}
