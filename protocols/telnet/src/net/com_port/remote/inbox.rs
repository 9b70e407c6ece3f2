//! What came from the port and was not read yet: data, and marks in their places.

use core::task::{Context, Poll};
use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};
use lineside_core::Mark;
use tokio::io::ReadBuf;

use crate::wire::com_port::LineState;

/// Data of so many bytes is joined by no more.
const WHOLE: usize = 4_096;

#[derive(Debug)]
pub(super) struct Inbox {
    pieces: VecDeque<Piece>,
    /// Bytes in it, and how many are many.
    bytes: usize,
    most: usize,
    /// The marks at the reading position were there for the taking.
    is_offered: bool,
}

#[derive(Debug)]
enum Piece {
    Data(BytesMut),
    Mark(Mark),
}

impl Inbox {
    pub(super) fn new(most: usize) -> Self {
        Self {
            pieces: VecDeque::new(),
            bytes: 0,
            most: most.max(1),
            is_offered: false,
        }
    }

    /// More than enough: the server is to stop.
    pub(super) const fn is_high(&self) -> bool {
        self.bytes >= self.most
    }

    /// Little: the server may go on.
    pub(super) const fn is_low(&self) -> bool {
        self.bytes <= self.most / 2
    }

    /// So much that nothing is heard any more.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes >= self.most.saturating_mul(2)
    }

    /// Data that does not fit is lost, and a mark stands in its place. Little is copied: it would keep
    /// all of the buffer that it was read into, and only its own bytes count.
    pub(super) fn data(&mut self, data: Bytes) {
        if self.bytes < self.most.saturating_mul(4) {
            self.bytes += data.len();
            match self.pieces.back_mut() {
                Some(Piece::Data(last)) if last.len() < WHOLE => last.extend_from_slice(&data),
                _ if data.len() < WHOLE => {
                    let copy = BytesMut::from(&*data);
                    self.pieces.push_back(Piece::Data(copy));
                }
                _ => self.pieces.push_back(Piece::Data(data.into())),
            }
        } else if !matches!(self.pieces.back(), Some(Piece::Mark(Mark::Overrun))) {
            self.pieces.push_back(Piece::Mark(Mark::Overrun));
        }
    }

    /// The server does not tell which character it was.
    pub(super) fn line_state(&mut self, state: LineState) {
        for (bit, mark) in [
            (LineState::OVERRUN, Mark::Overrun),
            (LineState::PARITY, Mark::Parity(0)),
            (LineState::FRAMING, Mark::Framing(0)),
            (LineState::BREAK, Mark::Break),
        ] {
            // Marks that nobody takes are as many as bytes at the most.
            if state.has(bit) && self.pieces.len() < self.most {
                self.pieces.push_back(Piece::Mark(mark));
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.bytes = 0;
        self.is_offered = false;
    }

    pub(super) fn take_mark(&mut self) -> Option<Mark> {
        let Some(&Piece::Mark(mark)) = self.pieces.front() else {
            return None;
        };
        self.pieces.pop_front();
        self.is_offered &= matches!(self.pieces.front(), Some(Piece::Mark(_)));
        Some(mark)
    }

    /// Takes data for a reader, up to the next mark. `false` at the end; `has_ended` says that nothing
    /// more will come.
    pub(super) fn poll_take(
        &mut self,
        cx: &Context<'_>,
        into: &mut ReadBuf<'_>,
        has_ended: bool,
    ) -> Poll<bool> {
        if let Some(Piece::Mark(_)) = self.pieces.front() {
            let was_offered = core::mem::replace(&mut self.is_offered, true);
            if self.bytes == 0 && !has_ended {
                return Poll::Pending;
            }
            if !was_offered {
                // The mark can be taken; who reads on, reads past it.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            while self.take_mark().is_some() {}
        }
        let before = into.remaining();
        while into.remaining() > 0
            && let Some(Piece::Data(data)) = self.pieces.front_mut()
        {
            let count = data.len().min(into.remaining());
            into.put_slice(data.get(..count).unwrap_or_default());
            data.advance(count);
            if data.is_empty() {
                self.pieces.pop_front();
            }
        }
        let count = before - into.remaining();
        if count == 0 {
            return match has_ended {
                true => Poll::Ready(false),
                false => Poll::Pending,
            };
        }
        self.is_offered = false;
        self.bytes = self.bytes.saturating_sub(count);
        Poll::Ready(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pieces_do_not_keep_the_buffers_they_were_read_into() {
        let mut inbox = Inbox::new(1_000);
        let mut blocks = Vec::new();
        for turn in 0..500 {
            let block = Bytes::from(vec![b'x'; 4_096]);
            inbox.data(block.slice(..1));
            // Nor do those that marks keep apart.
            if turn % 2 == 0 {
                inbox.line_state(LineState::PARITY);
            }
            blocks.push(block);
        }
        assert_eq!(inbox.bytes, 500);
        assert!(blocks.iter().all(Bytes::is_unique));
        for _ in 0..500 {
            inbox.data(Bytes::from_static(b"x"));
        }
        assert_eq!(inbox.pieces.len(), 501, "250 marks, and data around them");
    }
}
