//! One HTML page that holds everything: no network, no other file.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use crate::{
    Check, Direction, Entry, Side, What, hex,
    report::{CaseResult, Report, transcript, xml::Xml},
};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The page: summary, a matrix by clause, filters, and every case; what is not green opens its
/// transcript.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut page = head(&format!("Conformance of {}", report.target.address));
    summary(&mut page, report);
    matrix(&mut page, report);
    filters(&mut page, report);
    let (notable, rest): (Vec<_>, Vec<_>) = report.results.iter().partition(|one| one.notable());
    for (heading, results) in [
        ("Not as demanded", notable),
        ("As demanded, or skipped", rest),
    ] {
        if !results.is_empty() {
            let _ = writeln!(page, "<section>\n<h2>{heading}</h2>");
            results
                .into_iter()
                .for_each(|result| case(&mut page, result));
            page.push_str("</section>\n");
        }
    }
    let _ = write!(
        page,
        "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    page
}

/// A page's beginning, up to its content.
pub(crate) fn head(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>{0}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n",
        Xml(title)
    )
}

fn summary(page: &mut String, report: &Report) {
    let (suite, target) = (&report.suite, &report.target);
    let _ = writeln!(page, "<p class=\"chips\">");
    for (word, count) in report.counts() {
        let _ = writeln!(page, "<span class=\"chip {word}\">{count} {word}</span>");
    }
    let checks: usize = report
        .results
        .iter()
        .map(|result| result.checks.len())
        .sum();
    let _ = writeln!(
        page,
        "</p>\n<p>{} cases, {checks} checks in {} ms.</p>",
        report.results.len(),
        report.took_ms
    );
    let capabilities: Vec<&str> = target
        .profile
        .capabilities
        .iter()
        .map(String::as_str)
        .collect();
    let rows = [
        ("Target", target.address.clone()),
        ("About", target.about.clone()),
        ("Profile", target.profile.name.clone()),
        ("Capabilities", capabilities.join(", ")),
        (
            "Suite",
            format!(
                "{}, edition {}, hash {}",
                suite.version, suite.edition, suite.hash
            ),
        ),
        ("Seed", report.seed.to_string()),
    ];
    page.push_str("<dl>\n");
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", Xml(value));
    }
    page.push_str("</dl>\n");
    for alarm in report.alarms() {
        let _ = writeln!(page, "<p class=\"alarm\">{}</p>", Xml(&alarm));
    }
}

/// A row for each clause, a mark for each of its cases.
fn matrix(page: &mut String, report: &Report) {
    let mut clauses: BTreeMap<(String, u64, &str), Vec<&CaseResult>> = BTreeMap::new();
    for result in &report.results {
        for clause in &result.refs {
            clauses.entry(natural(clause)).or_default().push(result);
        }
    }
    if clauses.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>By clause</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Clause</th><th>Server</th><th>Client</th><th>Passed</th></tr></thead>\n<tbody>\n");
    for ((_, _, clause), results) in clauses {
        let ran = results.iter().filter(|result| result.ran()).count();
        let passed = results
            .iter()
            .filter(|result| result.word() == "pass")
            .count();
        let _ = write!(page, "<tr><th>{}</th>", Xml(clause));
        for side in [Side::Server, Side::Client] {
            page.push_str("<td>");
            results
                .iter()
                .filter(|result| result.side == side)
                .for_each(|result| mark(page, result));
            page.push_str("</td>");
        }
        let _ = writeln!(page, "<td class=\"count\">{passed} of {ran}</td></tr>");
    }
    page.push_str("</tbody>\n</table></div>\n</section>\n");
}

/// `F2` before `F10`.
fn natural(clause: &str) -> (String, u64, &str) {
    let digits = clause.trim_start_matches(|c: char| !c.is_ascii_digit());
    let word = clause.strip_suffix(digits).unwrap_or(clause).to_owned();
    let number: String = digits.chars().take_while(char::is_ascii_digit).collect();
    (word, number.parse().unwrap_or_default(), clause)
}

fn mark(page: &mut String, result: &CaseResult) {
    let (word, id) = (result.word(), Xml(&result.id));
    let sign = match word {
        "pass" => "✓",
        "skip" => "–",
        "fail" | "flaky" => "✗",
        "warn" | "info" | "excused" => "!",
        _ => "?",
    };
    let _ = write!(
        page,
        "<a class=\"mark {word}\" href=\"#{id}\" title=\"{id}: {word}\">{sign}</a>"
    );
}

fn filters(page: &mut String, report: &Report) {
    page.push_str(
        "<section class=\"filters\">\n<label>Find <input id=\"find\" type=\"search\"></label>\n",
    );
    for word in report.counts().keys() {
        let _ = writeln!(
            page,
            "<label><input type=\"checkbox\" data-word=\"{word}\" checked=\"checked\"> {word}</label>"
        );
    }
    for (what, values) in [
        ("side", ["server", "client", ""]),
        ("level", ["must", "should", "may"]),
    ] {
        let _ = write!(
            page,
            "<label>{what} <select data-filter=\"{what}\"><option value=\"\">all</option>"
        );
        for value in values.iter().filter(|value| !value.is_empty()) {
            let _ = write!(page, "<option value=\"{value}\">{value}</option>");
        }
        page.push_str("</select></label>\n");
    }
    page.push_str("</section>\n");
}

fn case(page: &mut String, result: &CaseResult) {
    let (word, id) = (result.word(), Xml(&result.id));
    let (side, level) = (
        format!("{:?}", result.side).to_lowercase(),
        format!("{:?}", result.level).to_lowercase(),
    );
    let _ = writeln!(
        page,
        "<details class=\"case\" id=\"{id}\" data-word=\"{word}\" data-side=\"{side}\" data-level=\"{level}\">\n\
         <summary><span class=\"chip {word}\">{word}</span> <code>{id}</code> <span class=\"title\">{}</span></summary>\n\
         <p class=\"meta\">{} &middot; {level} &middot; {side} &middot; speaks <code>{}</code> &middot; {} µs</p>",
        Xml(&result.title),
        Xml(&result.refs.join(", ")),
        Xml(&result.speaks),
        result.took_us,
    );
    for (label, text) in [
        ("", Some(&result.message)),
        ("Excused: ", result.excused.as_ref()),
        ("Passes, though excused: ", result.unexpected_pass.as_ref()),
    ] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let _ = writeln!(page, "<p class=\"message\">{label}{}</p>", Xml(text));
        }
    }
    checks(page, &result.checks);
    if !result.decoded.is_empty() {
        let _ = writeln!(
            page,
            "<h3>Decoded</h3>\n<pre>{}</pre>",
            Xml(&result.decoded.join("\n"))
        );
    }
    entries(page, "Transcript", &result.transcript);
    if let Some(again) = &result.again {
        let _ = writeln!(page, "<h3>Run again alone: {}</h3>", again.second);
        checks(page, &again.checks);
        entries(page, "Transcript of the second run", &again.transcript);
    }
    page.push_str("</details>\n");
}

fn checks(page: &mut String, checks: &[Check]) {
    if checks.is_empty() {
        return;
    }
    page.push_str("<div class=\"wide\"><table class=\"checks\">\n");
    for Check {
        name,
        grade,
        message,
    } in checks
    {
        let _ = writeln!(
            page,
            "<tr><td><span class=\"chip {grade}\">{grade}</span></td><td>{}</td><td>{}</td></tr>",
            Xml(name),
            Xml(message)
        );
    }
    page.push_str("</table></div>\n");
}

fn entries(page: &mut String, heading: &str, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "<h3>{heading}</h3>\n<div class=\"wide\"><table class=\"wire\">"
    );
    for entry in entries {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td>",
            transcript::time(entry.at),
            entry.wire
        );
        match &entry.what {
            What::Note(note) => {
                let _ = writeln!(
                    page,
                    "<td colspan=\"2\" class=\"note\">{}</td></tr>",
                    Xml(note)
                );
            }
            What::Bytes { direction, bytes } => {
                let way = if *direction == Direction::ToSubject {
                    "out"
                } else {
                    "in"
                };
                let _ = writeln!(
                    page,
                    "<td class=\"{way}\">{}</td><td><pre>{}</pre></td></tr>",
                    Xml(transcript::arrow(*direction)),
                    Xml(&hex::dump(bytes))
                );
            }
        }
    }
    page.push_str("</table></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{tests::sample, wellformed};

    #[test]
    fn the_page_is_well_formed_whatever_the_target_says() {
        let page = render(&sample());
        wellformed::check(&page).unwrap();
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains('\u{1b}') && !page.contains('\0'));
    }

    #[test]
    fn the_page_needs_nothing_but_itself() {
        let page = render(&sample());
        assert!(
            page.contains("default-src 'none'"),
            "a browser is not told so"
        );
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn a_failing_case_opens_its_transcript() {
        let page = render(&sample());
        assert!(page.contains("<h3>Transcript</h3>"));
        assert!(page.contains("c0 3c 73 63 72 69 70 74"));
        assert!(page.contains("<h3>Decoded</h3>"));
    }

    #[test]
    fn clauses_stand_in_their_natural_order() {
        assert!(natural("F2") < natural("F10"));
        assert!(natural("F43") < natural("RFC 1055"));
    }
}
