//! The sender's half.

use super::{
    Escape,
    block::{BLOCK, Padded, RUN, copy_run, mask, pad},
};

/// A gap between escapes that a search for the next one is worth.
const SPARSE: usize = 24;

/// A part that nothing pays for.
const SHORT: usize = 8;

/// Escapes in a block beyond which copying the runs between them does not pay.
const DENSE: u32 = 24;

/// What a block may become, and as much behind it as the copy of a run may touch.
type Window = [u8; 2 * BLOCK + RUN];

/// Stuffs `part` to the front of `out`; gives the length, or `None` when there is no room.
pub(in crate::wire) fn stuff<E: Escape>(escape: &E, part: &[u8], out: &mut [u8]) -> Option<usize> {
    if part.len() < SHORT {
        return bytes(escape, part, out);
    }
    let (mut part, mut at, mut search) = (part, 0, true);
    while !part.is_empty() {
        if let (Some(needles), true) = (E::NEEDLES, search) {
            at += sparse(escape, needles, &mut part, out.get_mut(at..)?)?;
            search = false;
            continue;
        }
        let made = block(escape, part, out.get_mut(at..)?)?;
        search = made < BLOCK + BLOCK / SPARSE;
        at += made;
        part = part.get(BLOCK..).unwrap_or_default();
    }
    Some(at)
}

/// Stuffs `part` a byte at a time.
fn bytes<E: Escape>(escape: &E, part: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    for &byte in part {
        let room = out.get_mut(at..)?;
        if escape.needs(byte) {
            *room.first_chunk_mut()? = escape.pair(byte).to_le_bytes();
            at += 2;
        } else {
            *room.first_mut()? = byte;
            at += 1;
        }
    }
    Some(at)
}

/// Searches for escapes and copies what is between, until that is short twice in a row.
fn sparse<E: Escape>(
    escape: &E,
    (one, other): (u8, u8),
    part: &mut &[u8],
    out: &mut [u8],
) -> Option<usize> {
    let (mut at, mut short) = (0, false);
    loop {
        let found = memchr::memchr2(one, other, part);
        let run = found.unwrap_or(part.len());
        let (head, tail) = part.split_at_checked(run)?;
        out.get_mut(at..)?.get_mut(..run)?.copy_from_slice(head);
        at += run;
        let Some((&byte, rest)) = tail.split_first() else {
            *part = tail;
            return Some(at);
        };
        *out.get_mut(at..)?.first_chunk_mut()? = escape.pair(byte).to_le_bytes();
        at += 2;
        *part = rest;
        if run < SPARSE && short {
            return Some(at);
        }
        short = run < SPARSE;
    }
}

/// Stuffs the first [`BLOCK`] bytes of `part`.
#[inline(always)]
fn block<E: Escape>(escape: &E, part: &[u8], out: &mut [u8]) -> Option<usize> {
    match (part.first_chunk(), out.first_chunk_mut()) {
        (Some(padded), Some(window)) => Some(fill(escape, padded, BLOCK, window)),
        _ => last(escape, part.get(..BLOCK).unwrap_or(part), out),
    }
}

/// Stuffs a block near the end of the part or of the room.
fn last<E: Escape>(escape: &E, part: &[u8], out: &mut [u8]) -> Option<usize> {
    let padded = pad(part);
    if let Some(window) = out.first_chunk_mut() {
        return Some(fill(escape, &padded, part.len(), window));
    }
    let mut window = [0; 2 * BLOCK + RUN];
    let written = fill(escape, &padded, part.len(), &mut window);
    out.get_mut(..written)?
        .copy_from_slice(window.get(..written)?);
    Some(written)
}

/// Stuffs the first `len` bytes of `padded`; gives how many bytes of `window` are theirs.
///
/// Each escape moves what follows it by one: what follows is copied again from the escaped byte
/// on, a run at a time, without a look at where the next escape is.
#[inline(always)]
fn fill<E: Escape>(escape: &E, padded: &Padded, len: usize, window: &mut Window) -> usize {
    let mut mask = mask(padded, len, |byte| escape.needs(byte));
    let escapes = mask.count_ones();
    if escapes > DENSE {
        return fill_dense(escape, padded, len, window);
    }
    copy_run(padded, 0, window, 0);
    let (mut from, mut moved) = (0, 0);
    while mask != 0 {
        let at = mask.trailing_zeros() as usize & (BLOCK - 1);
        mask &= mask - 1;
        if at - from > RUN {
            copy_run(padded, RUN + from, window, RUN + from + moved);
        }
        // The mask tells the compiler that it is always within the window.
        let to = (at + moved) & (2 * BLOCK - 1);
        moved += 1;
        copy_run(padded, at, window, to + 1);
        let pair = window.get_mut(to..).and_then(<[u8]>::first_chunk_mut);
        if let (Some(pair), Some(&byte)) = (pair, padded.get(at)) {
            *pair = escape.pair(byte).to_le_bytes();
        }
        from = at;
    }
    if len > from + RUN {
        copy_run(padded, RUN + from, window, RUN + from + moved);
    }
    len + moved
}

/// Does the same a byte at a time, without a branch on what it is.
fn fill_dense<E: Escape>(escape: &E, padded: &Padded, len: usize, window: &mut Window) -> usize {
    let mut to = 0;
    for byte in padded.iter().take(len.min(BLOCK)) {
        let step = escape.step(*byte);
        let room = window.get_mut(to & (2 * BLOCK - 1)..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut) {
            *room = (step as u16).to_le_bytes();
        }
        to += (step >> 16) as usize;
    }
    to
}
