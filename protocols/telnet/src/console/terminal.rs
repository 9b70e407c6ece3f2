//! What is known of the terminal.

/// The size of a terminal's window, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Columns, at least 2.
    pub columns: usize,
    /// Rows; `None` when that is not known: then nothing is paged.
    pub rows: Option<usize>,
}

impl Window {
    /// A window as it is told by NAWS (RFC 1073), where 0 means unknown. What is unknown or of no use
    /// counts as 80 columns.
    #[must_use]
    pub fn of(columns: u16, rows: u16) -> Self {
        Self {
            columns: if columns < 2 { 80 } else { columns.into() },
            rows: (rows > 0).then_some(rows.into()),
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::of(0, 0)
    }
}

/// What a terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Terminal {
    /// It moves its cursor as an ECMA-48 terminal does. Else it is sent nothing but text, CR, LF, BS
    /// and BEL, and a line stays in one row.
    pub moves: bool,
    /// It shows colours and knows bracketed paste.
    pub colours: bool,
}

impl Terminal {
    /// A terminal of which nothing is known, as at a serial line: it moves its cursor, as they all have
    /// for forty years, and gets no colours.
    pub const UNKNOWN: Self = Self {
        moves: true,
        colours: false,
    };
    /// A printer.
    pub const DUMB: Self = Self {
        moves: false,
        colours: false,
    };
    /// One that has it all.
    pub const COLOUR: Self = Self {
        moves: true,
        colours: true,
    };

    /// The terminal of a type's name, as in TTYPE (RFC 1091) and `TERM`; case does not matter.
    #[must_use]
    pub fn named(name: &str) -> Self {
        /// The beginnings of the names of those that have colours.
        const COLOURED: &[&str] = &[
            "xterm",
            "screen",
            "tmux",
            "rxvt",
            "linux",
            "ansi",
            "vt340",
            "vt525",
            "konsole",
            "gnome",
            "putty",
            "cygwin",
            "alacritty",
            "foot",
            "kitty",
            "st-",
            "wezterm",
            "iterm",
            "eterm",
            "dtterm",
            "cons25",
            "teraterm",
            "mintty",
            "vte",
            "hterm",
            "contour",
            "ghostty",
        ];
        const PRINTERS: &[&str] = &["dumb", "network", "unknown", "tty", "teletype", "glasstty"];
        let begins = |known: &&str| {
            let head = name.get(..known.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(known))
        };
        let is_mono = name.len() > 2 && name.to_ascii_lowercase().ends_with("-m");
        if name.is_empty() || PRINTERS.iter().any(begins) {
            Self::DUMB
        } else if !is_mono && (COLOURED.iter().any(begins) || name.eq_ignore_ascii_case("st")) {
            Self::COLOUR
        } else {
            Self::UNKNOWN
        }
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_have_them() {
        for (name, terminal) in [
            ("xterm-256color", Terminal::COLOUR),
            ("XTERM", Terminal::COLOUR),
            ("xterm-m", Terminal::UNKNOWN),
            ("vt100", Terminal::UNKNOWN),
            ("st", Terminal::COLOUR),
            ("sti", Terminal::UNKNOWN),
            ("dumb", Terminal::DUMB),
            ("NETWORK-VIRTUAL-TERMINAL", Terminal::DUMB),
            ("unknown", Terminal::DUMB),
            ("", Terminal::DUMB),
            ("é", Terminal::UNKNOWN),
        ] {
            assert_eq!(Terminal::named(name), terminal, "{name}");
        }
    }

    #[test]
    fn a_window_of_no_size_is_unknown() {
        assert_eq!(
            Window::of(0, 0),
            Window {
                columns: 80,
                rows: None
            }
        );
        assert_eq!(
            Window::of(1, 5),
            Window {
                columns: 80,
                rows: Some(5)
            }
        );
        assert_eq!(
            Window::of(132, 0),
            Window {
                columns: 132,
                rows: None
            }
        );
    }
}
