//! What is to be done to the line, in the order in which it came.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

use crate::com_port::server::Action;

/// Data, or something to be done once the data before it has left.
#[derive(Debug)]
pub(super) enum Item {
    Data { user: u64, bytes: BytesMut },
    Act { user: u64, action: Action },
}

/// Who asked for what nobody waits for.
pub(super) const NOBODY: u64 = 0;

/// Data of so many bytes is joined by no more.
const WHOLE: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Queue {
    items: VecDeque<Item>,
    /// Bytes of data in it.
    bytes: usize,
    /// Actions in it.
    actions: usize,
}

impl Queue {
    /// More of one user's data joins what is there: it comes in pieces, as many as there are escapes in it, and
    /// each item costs the line a write.
    pub(super) fn data(&mut self, user: u64, more: Bytes) {
        self.bytes += more.len();
        if let Some(Item::Data { user: last, bytes }) = self.items.back_mut()
            && *last == user
            && bytes.len() < WHOLE
        {
            bytes.extend_from_slice(&more);
            return;
        }
        let bytes = more.into();
        self.items.push_back(Item::Data { user, bytes });
    }

    pub(super) fn act(&mut self, user: u64, action: Action) {
        self.actions += 1;
        self.items.push_back(Item::Act { user, action });
    }

    /// The data at its front.
    pub(super) fn front(&self) -> Option<&[u8]> {
        match self.items.front() {
            Some(Item::Data { bytes, .. }) => Some(bytes),
            _ => None,
        }
    }

    /// So many bytes of the data at its front have gone.
    pub(super) fn advance(&mut self, count: usize) {
        if let Some(Item::Data { bytes, .. }) = self.items.front_mut() {
            let count = count.min(bytes.len());
            bytes.advance(count);
            self.bytes -= count;
            if bytes.is_empty() {
                self.items.pop_front();
            }
        }
    }

    /// The data before the next action is lost: so many bytes.
    pub(super) fn lose(&mut self) -> usize {
        let before = self.bytes;
        while let Some(Item::Data { bytes, .. }) = self.items.front() {
            self.bytes -= bytes.len();
            self.items.pop_front();
        }
        before - self.bytes
    }

    /// The action at its front.
    pub(super) fn next_action(&mut self) -> Option<(u64, Action)> {
        let Some(&Item::Act { user, action }) = self.items.front() else {
            return None;
        };
        self.items.pop_front();
        self.actions -= 1;
        Some((user, action))
    }

    /// Takes out what clients have asked for: who asked. What nobody waits for stays.
    pub(super) fn give_up(&mut self) -> Vec<u64> {
        let mut asked = Vec::new();
        self.items.retain(|item| match item {
            Item::Act { user, .. } if *user != NOBODY => {
                asked.push(*user);
                false
            }
            _ => true,
        });
        self.actions -= asked.len();
        asked
    }

    /// Throws all data away.
    pub(super) fn purge(&mut self) {
        self.items.retain(|item| matches!(item, Item::Act { .. }));
        self.bytes = 0;
    }

    /// Throws away all that one user has sent and asked for.
    pub(super) fn forget(&mut self, whose: u64) {
        self.items.retain(|item| match item {
            Item::Data { user, .. } | Item::Act { user, .. } => *user != whose,
        });
        self.bytes = self.items.iter().map(Item::bytes).sum();
        let is_action = |item: &&Item| matches!(item, Item::Act { .. });
        self.actions = self.items.iter().filter(is_action).count();
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) const fn has_actions(&self) -> bool {
        self.actions > 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Item {
    fn bytes(&self) -> usize {
        match self {
            Self::Data { bytes, .. } => bytes.len(),
            Self::Act { .. } => 0,
        }
    }
}
