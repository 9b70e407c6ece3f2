//! Several reports side by side.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use crate::report::{CaseResult, Report, html, one_line, xml::Xml};

/// What each target gave for each case: by group, then by case.
struct Matrix<'a> {
    reports: &'a [Report],
    rows: BTreeMap<(&'a str, &'a str), Vec<Option<&'a CaseResult>>>,
}

impl<'a> Matrix<'a> {
    fn of(reports: &'a [Report]) -> Self {
        let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, report) in reports.iter().enumerate() {
            for result in &report.results {
                let row = rows
                    .entry((result.group.as_str(), result.id.as_str()))
                    .or_default();
                row.resize(reports.len(), None);
                if let Some(cell) = row.get_mut(at) {
                    *cell = Some(result);
                }
            }
        }
        Self { reports, rows }
    }

    /// What at least one target did otherwise than demanded.
    fn differing(
        &self,
    ) -> impl Iterator<Item = (&(&'a str, &'a str), &Vec<Option<&'a CaseResult>>)> {
        self.rows
            .iter()
            .filter(|(_, row)| row.iter().flatten().any(|result| result.notable()))
    }
}

fn name(report: &Report) -> &str {
    let address = report.target.address.as_str();
    address.strip_prefix("mem:").unwrap_or(address)
}

/// The word of a cell; what was not run or does not concern a target is left empty.
fn word(cell: Option<&CaseResult>) -> &'static str {
    cell.map_or("", |result| match result.word() {
        "skip" => "",
        word => word,
    })
}

/// A page in Markdown: totals, then every case that not all targets pass, then what each failed.
#[must_use]
pub fn markdown(reports: &[Report]) -> String {
    let matrix = Matrix::of(reports);
    let mut page = String::from("# Conformance of several implementations\n\n");
    for report in reports {
        let _ = writeln!(
            page,
            "- **{}**: {} (suite {}, edition {}, seed {})",
            cell(name(report)),
            cell(&report.target.about),
            report.suite.version,
            report.suite.edition,
            report.seed
        );
    }
    page.push_str("\n## Totals\n\n| implementation | ran | pass | fail | warn | info | other |\n|---|---|---|---|---|---|---|\n");
    for report in reports {
        let counts = report.counts();
        let of = |word: &str| counts.get(word).copied().unwrap_or_default();
        let ran = report.results.iter().filter(|result| result.ran()).count();
        let (pass, fail, warn, info) = (of("pass"), of("fail"), of("warn"), of("info"));
        let other = ran.saturating_sub(pass + fail + warn + info);
        let _ = writeln!(
            page,
            "| {} | {ran} | {pass} | {fail} | {warn} | {info} | {other} |",
            cell(name(report))
        );
    }
    page.push_str(
        "\n## Where they differ\n\nEmpty: the case does not concern the implementation.\n\n",
    );
    let heads: Vec<String> = reports.iter().map(|report| cell(name(report))).collect();
    let _ = writeln!(
        page,
        "| case | clauses | {} |\n|---|---|{}",
        heads.join(" | "),
        "---|".repeat(reports.len())
    );
    for ((_, id), row) in matrix.differing() {
        let refs = row
            .iter()
            .flatten()
            .next()
            .map(|result| result.refs.join(", "))
            .unwrap_or_default();
        let cells: Vec<&str> = row.iter().map(|result| word(*result)).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            code(id),
            cell(&refs),
            cells.join(" | ")
        );
    }
    for report in matrix.reports {
        findings(&mut page, report);
    }
    page
}

fn findings(page: &mut String, report: &Report) {
    let mut notable = report
        .results
        .iter()
        .filter(|result| result.notable())
        .peekable();
    if notable.peek().is_none() {
        return;
    }
    let _ = writeln!(page, "\n## What {} does otherwise\n", cell(name(report)));
    for result in notable {
        let _ = writeln!(
            page,
            "- **{}** {} ({}): {}. {}",
            result.word(),
            code(&result.id),
            cell(&result.refs.join(", ")),
            cell(&result.title),
            cell(&result.headline()),
        );
    }
}

/// Text that stays in its cell of a Markdown table, and is not taken for markup.
fn cell(text: &str) -> String {
    let mut safe = String::new();
    for c in one_line(text).chars() {
        match c {
            '|' | '<' | '>' | '*' | '_' | '`' | '[' | ']' | '\\' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

/// An identifier as code, in a table too.
fn code(id: &str) -> String {
    format!("`{}`", one_line(id).replace('`', "'").replace('|', "\\|"))
}

/// The same as one HTML page.
#[must_use]
pub fn html_page(reports: &[Report]) -> String {
    let matrix = Matrix::of(reports);
    let mut page = html::head("Conformance of several implementations");
    page.push_str("<p class=\"legend\">Empty: the case does not concern the implementation. A mark's title says what was seen.</p>\n");
    page.push_str("<div class=\"wide\"><table>\n<thead><tr><th>Case</th><th>Clauses</th>");
    for report in reports {
        let _ = write!(
            page,
            "<th title=\"{}\">{}</th>",
            Xml(&report.target.about),
            Xml(name(report))
        );
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for ((_, id), row) in &matrix.rows {
        let refs = row
            .iter()
            .flatten()
            .next()
            .map(|result| result.refs.join(", "))
            .unwrap_or_default();
        let _ = write!(
            page,
            "<tr><th><code>{}</code></th><td>{}</td>",
            Xml(id),
            Xml(&refs)
        );
        for result in row {
            let seen = result.map(|result| result.headline()).unwrap_or_default();
            let word = word(*result);
            let _ = write!(
                page,
                "<td><span class=\"{word}\" title=\"{}\">{word}</span></td>",
                Xml(&seen)
            );
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table></div>\n</main>\n</body>\n</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Grade,
        report::{tests::sample, wellformed},
    };

    fn two() -> [Report; 2] {
        let mut good = sample();
        good.target.address = "mem:own".into();
        good.results[0].grade = Grade::Pass;
        [good, sample()]
    }

    #[test]
    fn the_matrix_shows_where_targets_differ() {
        let page = markdown(&two());
        assert!(page.contains("| pass | fail |"), "{page}");
        assert!(page.contains("| own | 1 | 1 | 0 |"), "{page}");
        assert!(!page.contains('\u{1b}'));
    }

    #[test]
    fn a_hostile_message_stays_in_its_cell() {
        assert_eq!(cell("a|b\n<c>"), "a\\|b\u{fffd}\\<c\\>");
        wellformed::check(&html_page(&two())).unwrap();
    }
}
