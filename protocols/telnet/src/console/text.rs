//! How wide text is on a terminal, and what of it is shown.

use alloc::string::String;

use unicode_width::UnicodeWidthChar;

/// The columns of a character: 0 for one that combines with the one before it, 2 for a wide one.
#[inline]
pub(super) fn width(c: char) -> usize {
    match c {
        ' '..='~' => 1,
        _ if joins(c) => 0,
        _ => c.width().unwrap_or(0),
    }
}

/// Whether a character has a terminal make one picture of several, or another picture of one. Old and
/// new terminals disagree on how wide that is; where places count it is not sent, and all of them show
/// the parts.
pub(super) fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// The columns of a text in one row.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Whether a character may stand in a line: no control character, nothing that turns the direction of
/// what follows or hides it, nothing wider than a terminal's two columns.
pub(super) fn is_shown(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    !c.is_control() && !turns && width(c) <= 2
}

/// What a terminal shows as one: a character and those that combine with it.
pub(super) fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (cluster, behind) = rest.split_at_checked(next(rest, 0))?;
        rest = behind;
        (!cluster.is_empty()).then_some(cluster)
    })
}

/// Where the cluster that begins at `at` ends.
pub(super) fn next(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    // Nothing combines across two ASCII characters.
    if let [b' '..=b'~', b' '..=b'~', ..] = rest.as_bytes() {
        return at + 1;
    }
    let mut chars = rest.char_indices().skip(1);
    chars
        .find(|(_, c)| width(*c) > 0)
        .map_or(text.len(), |(len, _)| at + len)
}

/// Where the cluster that ends at `at` begins.
pub(super) fn before(text: &str, at: usize) -> usize {
    let head = text.get(..at).unwrap_or_default();
    let mut chars = head.char_indices().rev();
    chars.find(|(_, c)| width(*c) > 0).map_or(0, |(at, _)| at)
}

/// `text` with what cannot be shown as `^X` or U+FFFD; line feeds stay, tabs become spaces to the next
/// eighth column.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut column = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before = shown.len();
        match c {
            '\n' => {
                shown.push('\n');
                column = 0;
                continue;
            }
            '\r' if rest.peek() == Some(&'\n') => {}
            '\t' => shown.extend(core::iter::repeat_n(' ', 8 - column % 8)),
            '\0'..='\x1f' | '\x7f' => {
                shown.push('^');
                shown.push(char::from((c as u8) ^ 0x40));
            }
            _ if is_shown(c) => shown.push(c),
            _ => shown.push('\u{fffd}'),
        }
        column += columns(shown.get(before..).unwrap_or_default());
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_cluster_is_what_a_terminal_shows_as_one() {
        let text = "ae\u{301}漢\u{302}\u{303}b";
        let all: Vec<_> = clusters(text).collect();
        assert_eq!(all, ["a", "e\u{301}", "漢\u{302}\u{303}", "b"]);
        assert_eq!(columns(text), 5);
        assert_eq!(before(text, text.len() - 1), 4);
        assert_eq!(next(text, 1), 4);
    }

    #[test]
    fn what_would_steer_the_terminal_is_made_visible() {
        assert_eq!(
            visible("a\x1b[2J\r\nb\u{202e}c\x7f\u{9b}"),
            "a^[[2J\nb\u{fffd}c^?\u{fffd}"
        );
        assert_eq!(visible("a\tb\n\tc"), "a       b\n        c");
    }
}
