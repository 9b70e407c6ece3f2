//! What an address of RFC 2217 leaves out.

use std::borrow::Cow;

const SHORT: &str = "com-port://";
const LONG: &str = "com-port+tcp://";

/// `com-port://HOST:PORT` is `com-port+tcp://HOST:PORT`. There is no registered port.
pub(super) fn long(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.strip_prefix(SHORT) {
        Some(rest) => format!("{LONG}{rest}").into(),
        None => text,
    }
}

/// The other way round.
pub(super) fn short(text: String) -> String {
    match text.strip_prefix(LONG) {
        Some(rest) => format!("{SHORT}{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::target::{Target, join, split};

    #[test]
    fn how_a_port_is_shared_is_part_of_what_is_spoken() {
        let (address, dialect) = split("com-port://10.0.0.7:4001?second=share").unwrap();
        let dialect = dialect.unwrap();
        assert_eq!(dialect.get("second"), Some("share"));
        assert_eq!(
            join(&address, &dialect),
            "com-port://10.0.0.7:4001?second=share"
        );
    }

    #[test]
    fn one_port_means_one_case_at_a_time() {
        let target = Target::parse("com-port://127.0.0.1:9").unwrap();
        assert_eq!(target.jobs(), 1);
    }
}
