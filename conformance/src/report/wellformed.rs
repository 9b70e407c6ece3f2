//! A strict little reader that tells whether XML, or our HTML, is well formed. For tests.

/// Elements that HTML never closes.
const VOID: [&str; 4] = ["meta", "input", "br", "link"];

/// Checks that every element is closed in order, every attribute quoted, every entity known.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text.trim_start_matches("<!doctype html>");
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        plain(before)?;
        let end = tag.find('>').ok_or("an open tag at the end")?;
        let inside = &tag[1..end];
        rest = &tag[end + 1..];
        let name = inside
            .trim_start_matches('/')
            .split([' ', '\n', '/'])
            .next()
            .unwrap();
        if inside.starts_with('?') || VOID.contains(&name) || inside.ends_with('/') {
            attributes(inside.trim_end_matches(['/', '?']))?;
        } else if inside.starts_with('/') {
            let expected = open.pop();
            if expected != Some(name) {
                return Err(format!("</{name}> closes {expected:?}"));
            }
        } else {
            attributes(inside)?;
            open.push(name);
            if matches!(name, "script" | "style") {
                let end = rest.find("</").ok_or("a script without an end")?;
                rest = &rest[end..];
            }
        }
    }
    plain(rest)?;
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("never closed: {open:?}"))
    }
}

fn plain(text: &str) -> Result<(), String> {
    if let Some(c) = text
        .chars()
        .find(|c| *c == '>' || (c.is_control() && !"\n\t".contains(*c)))
    {
        return Err(format!("{c:?} stands in text"));
    }
    for after in text.split('&').skip(1) {
        let entity = after.split(';').next().unwrap();
        if !["amp", "lt", "gt", "quot", "#39", "middot"].contains(&entity) {
            return Err(format!("&{entity} is no entity"));
        }
    }
    Ok(())
}

fn attributes(inside: &str) -> Result<(), String> {
    let Some((_, mut rest)) = inside.split_once([' ', '\n']) else {
        return Ok(());
    };
    while !rest.trim().is_empty() {
        let (name, value) = rest
            .split_once("=\"")
            .ok_or(format!("no value in {rest:?}"))?;
        if !name
            .trim()
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            return Err(format!("{name:?} is no attribute"));
        }
        let (value, after) = value
            .split_once('"')
            .ok_or(format!("open quote in {value:?}"))?;
        plain(value)?;
        rest = after;
    }
    Ok(())
}

#[test]
fn the_reader_itself_is_strict() {
    check("<?xml version=\"1.0\"?>\n<a b=\"c\"><d/>x &lt;</a>\n").unwrap();
    for bad in [
        "<a>",
        "<a></b>",
        "<a b=c></a>",
        "a & b",
        "<a>></a>",
        "<a b=\"\u{1b}\"></a>",
    ] {
        check(bad).unwrap_err();
    }
}
