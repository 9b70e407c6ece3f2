//! What a run leaves on disk for each case that is not green: the capture, the transcript, and a
//! command that does it again.

use core::{
    task::{Context, Waker},
    time::Duration,
};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use lineside_core::Instant;
use lineside_io::{
    Clock,
    sim::VirtualTime,
    tap::{self, CaptureFile, Interface, Sight, Watch as _},
};

use crate::{
    Direction, Entry, What,
    report::{CaseResult, Report, transcript},
};

/// Writes `NAME/case.pcapng`, `NAME/case.txt` and `NAME/repro.sh` into `folder` for each case that is
/// not green, and gives how many. `command` is the command line of this run, without what selects cases.
///
/// # Errors
/// A file cannot be written; the error names it.
pub fn write(folder: &Path, report: &Report, command: &[String]) -> io::Result<usize> {
    let notable = report.results.iter().filter(|result| result.notable());
    let mut count = 0;
    for result in notable {
        let at = folder.join(file_name(&result.id));
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", at.display()));
        write_case(&at, report, result, command).map_err(named)?;
        count += 1;
    }
    Ok(count)
}

fn write_case(
    at: &Path,
    report: &Report,
    result: &CaseResult,
    command: &[String],
) -> io::Result<()> {
    fs::create_dir_all(at)?;
    fs::write(at.join("case.txt"), text(report, result))?;
    let script = at.join("repro.sh");
    fs::write(&script, repro(report, result, command))?;
    make_executable(&script)?;
    let began = Duration::from_secs(report.began);
    capture(
        File::create(at.join("case.pcapng"))?,
        &result.id,
        began,
        &result.transcript,
    )
}

/// The transcript as a capture, each wire an interface. `began` is since 1970.
///
/// # Errors
/// The sink's.
pub fn capture(
    sink: impl io::Write + Send + 'static,
    name: &str,
    began: Duration,
    entries: &[Entry],
) -> io::Result<()> {
    let time = VirtualTime::new();
    let file = CaptureFile::new(sink, &Clock::of(time.clone()), began);
    let wires = entries
        .iter()
        .map(|entry| entry.wire + 1)
        .max()
        .unwrap_or(1);
    let interface = |wire: usize| Interface::named(format!("wire {wire}")).description(name);
    let mut probes: Vec<_> = (0..wires.min(64))
        .map(|wire| file.probe(&interface(wire)))
        .collect();
    for entry in entries {
        advance(&time, Instant::from_nanos(entry.at));
        let (Some(probe), What::Bytes { direction, bytes }) =
            (probes.get_mut(entry.wire), &entry.what)
        else {
            continue;
        };
        let way = match direction {
            Direction::ToSubject => tap::Direction::Out,
            Direction::FromSubject => tap::Direction::In,
        };
        if !bytes.is_empty() {
            probe.saw(Sight::Data(way, bytes));
        }
    }
    file.flush()
}

fn advance(time: &VirtualTime, to: Instant) {
    let mut alarm = time.alarm();
    if alarm
        .poll(&mut Context::from_waker(Waker::noop()), to)
        .is_pending()
    {
        time.advance();
    }
}

fn text(report: &Report, result: &CaseResult) -> String {
    let mut text = format!(
        "{}: {}\n{}\nclauses: {}\ntarget: {}\nspeaks: {}\nseed: {}\n\n",
        result.id,
        result.word(),
        result.title,
        result.refs.join(", "),
        report.target.address,
        result.speaks,
        report.seed,
    );
    if !result.message.is_empty() {
        text += &format!("{}\n", crate::report::one_line(&result.message));
    }
    for check in &result.checks {
        text += &format!(
            "{:<13} {}: {}\n",
            check.grade,
            check.name,
            crate::report::one_line(&check.message)
        );
    }
    text += &format!("\n{}", transcript::text(&result.transcript));
    if let Some(again) = &result.again {
        text += &format!(
            "\nrun again alone: {}\n{}",
            again.second,
            transcript::text(&again.transcript)
        );
    }
    if !result.decoded.is_empty() {
        text += &format!("\ndecoded:\n{}\n", result.decoded.join("\n"));
    }
    text
}

fn repro(report: &Report, result: &CaseResult, command: &[String]) -> String {
    let own = ["--id", &result.id, "--edition", &report.suite.edition];
    let seed = report.seed.to_string();
    let words = command
        .iter()
        .map(String::as_str)
        .chain(own)
        .chain(["--seed", &seed]);
    let quoted: Vec<String> = words.map(quote).collect();
    format!(
        "#!/bin/sh\n# {}\n{}\n",
        crate::report::one_line(&result.title),
        quoted.join(" ")
    )
}

/// A word as a shell takes it literally.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// An identifier as a file's name.
fn file_name(id: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    id.chars().map(safe).collect()
}

/// For its owner alone: the command line in it may hold a password.
#[cfg(unix)]
fn make_executable(script: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(script, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes a file whole, and names it in the error.
///
/// # Errors
/// It cannot be written.
pub fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let named = |error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("cannot write {}: {error}", path.display()),
        )
    };
    let write = || File::create(path)?.write_all(text.as_bytes());
    write().map_err(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample;

    #[test]
    fn a_failing_case_leaves_what_it_takes_to_see_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let command = [
            "lineside-conform".to_owned(),
            "slip+tcp://x:1?a='b'".to_owned(),
        ];
        assert_eq!(write(folder.path(), &sample(), &command).unwrap(), 1);
        let case = folder.path().join("demo.server.echo_a_b_");
        let script = fs::read_to_string(case.join("repro.sh")).unwrap();
        let line = "lineside-conform 'slip+tcp://x:1?a='\\''b'\\''' --id 'demo.server.echo[a&b]' --edition 2026.1 --seed 7";
        assert!(script.contains(line), "{script}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(case.join("repro.sh")).unwrap().permissions();
            assert_eq!(mode.mode() & 0o777, 0o700);
        }
        assert!(
            fs::read_to_string(case.join("case.txt"))
                .unwrap()
                .contains("c0 3c 73")
        );
        let pcapng = fs::read(case.join("case.pcapng")).unwrap();
        assert!(pcapng.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]));
        let data = b"\xc0<script>alert(1)</script>";
        assert!(pcapng.windows(data.len()).any(|window| window == data));
    }
}
