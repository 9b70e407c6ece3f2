//! The page of what foreign crates do otherwise.

use core::fmt::Write as _;
use std::{collections::BTreeMap, sync::Arc};

use super::{ALL, FINDINGS, Finding, Foreign, Verdict};
use crate::{
    Direction, Excuses, Level, Side, What, hex,
    report::{CaseResult, Report},
    runner::{self, Plan, Selection},
    suite,
    target::Target,
};

/// Runs the suite against every crate.
#[must_use]
pub fn reports() -> Vec<Report> {
    let groups = suite::groups();
    let run = |foreign: &Foreign| {
        let plan = Plan {
            groups: &groups,
            target: Target::memory(Arc::new(*foreign)),
            selection: Selection::default(),
            allow: Vec::new(),
            seed: 1,
            jobs: None,
            excuses: Excuses::default(),
            restart: None,
            check_claims: false,
        };
        runner::run(&plan, &|_| {})
    };
    ALL.iter().map(run).collect()
}

/// What a crate did otherwise in one case, whichever side.
struct Row<'a> {
    sides: Vec<&'a CaseResult>,
}

/// The page in Markdown.
#[must_use]
pub fn page(reports: &[Report]) -> String {
    let mut page = HEAD.to_owned();
    totals(&mut page, reports);
    for (foreign, report) in ALL.iter().zip(reports) {
        subject(&mut page, foreign, report);
    }
    page.push_str(TAIL);
    page
}

fn totals(page: &mut String, reports: &[Report]) {
    page.push_str(
        "| subject | crate | cases | pass | faults | by design |\n|---|---|---|---|---|---|\n",
    );
    for (foreign, report) in ALL.iter().zip(reports) {
        let ran = report.results.iter().filter(|result| result.ran()).count();
        let rows = rows(report);
        let count = |verdict| {
            let of =
                |case: &&String| finding(foreign, case).is_some_and(|one| one.verdict == verdict);
            rows.iter()
                .filter(|(case, _)| of(case))
                .map(|(_, row)| row.sides.len())
                .sum::<usize>()
        };
        let _ = writeln!(
            page,
            "| [{}](#{}) | {} {} | {ran} | {} | {} | {} |",
            foreign.name,
            foreign.name,
            foreign.package,
            foreign.version,
            report.counts().get("pass").copied().unwrap_or_default(),
            count(Verdict::Fault),
            count(Verdict::ByDesign),
        );
    }
}

fn subject(page: &mut String, foreign: &Foreign, report: &Report) {
    let _ = writeln!(
        page,
        "\n## {}\n\n{} {}. Used: {}.",
        foreign.name, foreign.package, foreign.version, foreign.used
    );
    let rows = rows(report);
    if rows.is_empty() {
        page.push_str("\nIt passes every case that concerns it.\n");
    }
    for (case, row) in &rows {
        line(page, case, row, finding(foreign, case));
    }
}

fn line(page: &mut String, case: &str, row: &Row<'_>, finding: Option<&Finding>) {
    let Some(result) = row.sides.last() else {
        return;
    };
    let sides: Vec<&str> = row.sides.iter().map(|one| side(one.side)).collect();
    let verdict = match finding.map(|finding| finding.verdict) {
        Some(Verdict::Fault) => "fault",
        Some(Verdict::ByDesign) => "by design",
        None => "not checked",
    };
    let _ = writeln!(
        page,
        "\n- **{verdict}** `{case}` ({}; {}; {}): {}.",
        sides.join(" and "),
        level(result.level),
        result.refs.join(", "),
        result.title,
    );
    if let Some(sent) = sent(result) {
        let _ = writeln!(page, "  Sent: {sent}.");
    }
    let _ = writeln!(page, "  Seen: {}.", code(&result.headline()));
    if let Some(finding) = finding {
        let _ = writeln!(page, "  By hand: {}.", finding.because);
    }
}

/// What went to the subject on the case's first wire; none where the case has a wire for each damage.
fn sent(result: &CaseResult) -> Option<String> {
    let bytes: Vec<u8> = result
        .transcript
        .iter()
        .filter(|entry| entry.wire == 0)
        .filter_map(|entry| match &entry.what {
            What::Bytes {
                direction: Direction::ToSubject,
                bytes,
            } => Some(bytes.as_slice()),
            _ => None,
        })
        .flatten()
        .copied()
        .collect();
    let many = result.transcript.iter().any(|entry| entry.wire > 1);
    (!many && !bytes.is_empty()).then(|| code(&hex::short(&bytes)))
}

fn finding(foreign: &Foreign, case: &str) -> Option<&'static Finding> {
    FINDINGS
        .iter()
        .find(|one| one.subject == foreign.name && one.case == case)
}

/// What is not green, by the case's identifier without the side, in the order of the suite.
fn rows(report: &Report) -> BTreeMap<String, Row<'_>> {
    let mut rows: BTreeMap<String, Row<'_>> = BTreeMap::new();
    for result in report.results.iter().filter(|result| result.notable()) {
        let row = rows.entry(sideless(&result.id));
        row.or_insert(Row { sides: Vec::new() }).sides.push(result);
    }
    rows
}

/// A case's identifier without its side: `framing.slip.server.empty` as `framing.slip.empty`.
#[must_use]
pub fn sideless(id: &str) -> String {
    id.replacen(".server.", ".", 1).replacen(".client.", ".", 1)
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Server => "server",
        Side::Client => "client",
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
        Level::May => "MAY",
    }
}

/// A text that no markup is looked for in.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

const HEAD: &str = "\
# What other people's framing crates do otherwise

Made by `cargo conform foreign > conformance/FOREIGN.md`, with the versions that this workspace links;
`cargo test -p lineside-conformance --test foreign` holds the page to the crates and to `Cargo.lock`.
One case again, with its bytes: `cargo conform mem:slip-codec --id framing.slip.client.overlong --out DIR`.

Servers of Modbus TCP, which take real sockets, have [a page of their own](FOREIGN-MODBUS.md).

Every crate is a server (it sends each record back) and a client (it reports each record) in memory, on a
stream without errors of its own, with a longest record of 256 bytes. A case concerns a crate only when
the crate claims to speak the case's dialect; cases on a serial line's breaks and silences are not run,
since none of them knows a line. `whole` is the stream in one piece, `bytewise` a byte at a time;
`<nothing>` is an empty record. The figures count cases, each side by itself.

Each finding was read in the crate's source and documentation by hand, and is one of two things:

- a **fault**: the crate breaks the specification or its own documentation. A record is lost, a
  false one is delivered, or what a sender may send is not taken.
- **by design**: the crate does otherwise than the case demands, and its documentation, its types or
  its own tests show that it means to, or the specification leaves it open.

";

const TAIL: &str = "
## What else was looked for

- A panic of `cobs` on decoding (jamesmunns/cobs.rs#12): no case makes 0.5.1 panic, nor any other crate here.
- `LinesCodec` repeating its error on an overlong line (tokio-rs/tokio#3555): not so in 0.7.20 when `decode` is
  called again. A `Framed` around it ends its stream after the error, and, asked again, looks at what it
  has buffered only when more bytes come (`codec/framed_impl.rs`: `is_readable` is cleared; read, not run).
- `LengthDelimitedCodec` after a length beyond its limit: `decode_head` returns the error without consuming
  the header, so every later call returns it again (read, not run). That is no failed case: behind a bare
  length nothing but closing is left (F24), and with a magic in front, where one can recover, the crate
  makes no claim.
- `hdlc` has neither an FCS nor a control character map: cases that need them do not concern it.
";
