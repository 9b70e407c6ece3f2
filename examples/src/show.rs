//! What `poll` prints: for people, and for programs.

use lineside_modbus::net::Identity;

use crate::points::printable;

/// Names of the objects from 0: Application protocol 6.21.
const OBJECTS: [&str; 7] = [
    "vendor",
    "product code",
    "revision",
    "vendor URL",
    "product name",
    "model",
    "application",
];

/// What a device says it is, an object a line.
#[must_use]
pub fn identity(identity: &Identity) -> String {
    let line = |(id, value): &(u8, Vec<u8>)| {
        let value = printable(value.iter().copied());
        match OBJECTS.get(usize::from(*id)) {
            Some(name) => format!("{name:12}  {value}\n"),
            None => format!("object {id:#04x}   {value}\n"),
        }
    };
    identity.objects.iter().map(line).collect()
}

/// Values and what they are called, a line each; what could not be read is `-`.
#[must_use]
pub fn table(labels: &[String], values: &[String]) -> String {
    let widest = labels.iter().map(|label| label.chars().count()).max();
    let width = widest.unwrap_or(0);
    let lines = labels.iter().zip(values).map(|(label, value)| {
        let value = if value.is_empty() { "-" } else { value };
        format!("{label:width$}  {value}\n")
    });
    lines.collect()
}

/// A line of a CSV file (RFC 4180).
#[must_use]
pub fn row(cells: &[String]) -> String {
    let cell = |cell: &String| match cell.contains([',', '"']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
        words.map(str::to_owned).into()
    }

    #[test]
    fn objects_have_names_and_cannot_act_on_a_terminal() {
        let objects = vec![(0, b"Acme".to_vec()), (0x80, b"a\x07".to_vec())];
        let device = Identity {
            objects,
            ..Identity::default()
        };
        assert_eq!(
            identity(&device),
            "vendor        Acme\nobject 0x80   a\\u{7}\n"
        );
    }

    #[test]
    fn a_table_is_aligned() {
        let said = table(&words(["a", "long"]), &words(["1", ""]));
        assert_eq!(said, "a     1\nlong  -\n");
    }

    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        let said = row(&words(["1.5", "a,b", "a\"b", ""]));
        assert_eq!(said, "1.5,\"a,b\",\"a\"\"b\",");
    }
}
