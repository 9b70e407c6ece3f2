//! Text made safe for XML and HTML.

use core::fmt;

/// Escapes what has a meaning in XML, and replaces what XML cannot hold at all.
pub(crate) struct Xml<'a>(pub(crate) &'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(c)?,
                c if c.is_control() || deceives(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                    f.write_str("\u{fffd}")?
                }
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Marks of writing direction: what follows them is shown in another order than it stands.
pub(crate) const fn deceives(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_means_something_gets_through() {
        let hostile = "</a>&\"'\u{0}\u{1b}\u{7f}\u{ffff}\u{202e}\n";
        let safe = Xml(hostile).to_string();
        assert_eq!(
            safe,
            "&lt;/a&gt;&amp;&quot;&#39;\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\n"
        );
    }
}
