//! The program as its users run it: every exit code, every kind of target, every report.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use lineside_conformance::report::Report;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lineside-conform");

fn conform(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

/// Exit code, standard output, standard error.
fn ended(arguments: &[&str]) -> (i32, String, String) {
    let output = conform(arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// An endpoint of the suite on a real wire; ended when dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn new(name: &str, listen: &str) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["serve", name, listen])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        Self {
            child,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn report(folder: &Path) -> Report {
    Report::from_json(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap()
}

#[test]
fn a_sound_endpoint_in_memory_is_as_expected() {
    let (code, out, _) = ended(&["mem:loopback"]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("pass          suite.server.echo[one]"),
        "{out}"
    );
    assert!(out.contains("skip          suite.server.wide"), "{out}");
}

#[test]
fn a_failure_ends_with_1() {
    let (code, out, err) = ended(&["mem:loopback-flips", "--quiet"]);
    assert_eq!(code, 1, "{out}");
    assert!(
        out.contains("fail          suite.server.echo[many]"),
        "{out}"
    );
    assert!(!out.contains("pass          "), "{out}");
    assert!(err.is_empty(), "{err}");
}

#[test]
fn a_warning_ends_with_0_unless_it_counts_as_a_failure() {
    let quiet = ["mem:loopback-chatty", "--id", "suite.server.quiet"];
    assert_eq!(ended(&quiet).0, 0);
    assert_eq!(ended(&[&quiet[..], &["--warn-as-fail"]].concat()).0, 1);
}

#[test]
fn a_case_that_changes_its_mind_is_flaky_and_not_green() {
    let (code, out, _) = ended(&["mem:loopback-flaky", "--jobs", "1"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("flaky         suite.server."), "{out}");
    assert!(out.contains("when run again alone"), "{out}");
}

#[test]
fn a_panic_of_the_endpoint_is_a_finding_and_not_our_end() {
    let (code, out, err) = ended(&["mem:loopback-panics", "--id", "suite.server.random"]);
    assert_eq!(code, 1);
    assert!(out.contains("suite.server.random"), "{out}");
    assert!(!err.contains("panicked"), "{err}");
}

#[test]
fn a_target_that_stops_answering_is_the_last_cases_finding_and_blocks_the_rest() {
    let served = Served::new("loopback-stops", "loopback+tcp://127.0.0.1:0");
    let profile = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        &profile,
        "capabilities = ['echo']\n[timing]\nanswer-ms = 200\nquiet-ms = 50\n",
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (profile, out) = (
        profile.path().to_str().unwrap(),
        folder.path().to_str().unwrap(),
    );
    let (code, said, _) = ended(&[
        &served.url,
        "--profile",
        profile,
        "--jobs",
        "1",
        "--out",
        out,
    ]);
    assert_eq!(code, 1, "{said}");
    let words: Vec<(String, &str)> = report(folder.path())
        .results
        .iter()
        .map(|one| (one.id.clone(), one.word()))
        .collect();
    let dead = words.iter().position(|(_, word)| *word == "fail").unwrap();
    assert!(
        said.contains("the target no longer answers after this case"),
        "{said}"
    );
    assert!(
        words[dead + 1..]
            .iter()
            .all(|(_, word)| ["blocked", "skip"].contains(word)),
        "{words:?}"
    );
    assert!(
        words[dead + 1..].iter().any(|(_, word)| *word == "blocked"),
        "{words:?}"
    );
}

#[test]
fn an_excused_failure_is_expected_and_an_excuse_too_many_ends_with_2() {
    let excuses = tempfile::NamedTempFile::new().unwrap();
    let file = excuses.path().to_str().unwrap();
    let one = |id: &str| format!("[[excuse]]\nid = '{id}'\nreason = 'bug 7'\n");
    let both = one("suite.server.echo[many]") + &one("suite.server.random");
    fs::write(&excuses, &both).unwrap();
    let (code, out, _) = ended(&["mem:loopback-flips", "--excuses", file]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("2 excused"), "{out}");
    let (code, out, _) = ended(&["mem:loopback", "--excuses", file]);
    assert_eq!(code, 2, "{out}");
    assert!(
        out.contains("stale excuse `suite.server.random`: the case passes"),
        "{out}"
    );
    fs::write(&excuses, both + &one("suite.server.ecko")).unwrap();
    let (code, out, _) = ended(&["mem:loopback-flips", "--excuses", file]);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("no case has this identifier"), "{out}");
}

#[test]
fn a_target_that_is_not_there_ends_with_3() {
    let (code, out, _) = ended(&["loopback+tcp://127.0.0.1:1", "--quiet"]);
    assert_eq!(code, 3);
    let (first, rest) = out.split_once('\n').unwrap();
    assert!(
        first.contains(" blocked: the target cannot be reached: tcp://127.0.0.1:1: "),
        "{out}"
    );
    assert!(!first.contains("cannot reach"), "{out}");
    assert_eq!(rest.lines().count(), 1, "more than the counts: {out}");
}

#[test]
fn a_target_that_answers_otherwise_was_reached_and_is_told_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("slip+tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut heard = [0; 64];
            if stream.read(&mut heard).is_ok_and(|count| count > 0) {
                stream.write_all(b"\xc0no\xc0").unwrap();
            }
        }
    });
    let (code, out, _) = ended(&[&url, "--quiet", "--id", "framing.slip"]);
    assert_eq!(code, 1, "{out}");
    assert!(!out.contains("cannot be reached"), "{out}");
    for wanted in [
        "blocked: the target was reached, but does not answer the opening exchange of `framing.slip`",
        "sent c0 6f 6b c0, came c0 6e 6f c0",
        "says what it answers in its profile, [[exchange]]",
    ] {
        assert!(out.contains(wanted), "{wanted}: {out}");
    }
    assert_eq!(out.lines().count(), 2, "{out}");
}

#[test]
fn what_cannot_be_understood_ends_with_4_and_says_what_is_allowed() {
    for (arguments, wanted) in [
        (&["--frobnicate"][..], "--frobnicate"),
        (&["mem:nobody"], "there are"),
        (&["tcp://127.0.0.1:9"], "as in `slip+tcp://127.0.0.1:9`"),
        (&["stx+tcp://127.0.0.1:9?bcc=crc-16/arc"], "none, xor, lrc"),
        (&["loopback+carrier-pigeon://x"], "carrier-pigeon"),
        (&["mem:loopback", "--edition", "1999"], "2026.1"),
        (&["mem:loopback", "--profile", "/nowhere"], "/nowhere"),
        (&["mem:loopback", "--jobs", "0"], "1..=256"),
        (&["--client-cmd", "x {prot}"], "{port}"),
        (&["matrix", "/nowhere"], "/nowhere"),
        (&["matrix"], "REPORT.json"),
    ] {
        let (code, _, err) = ended(arguments);
        assert_eq!(code, 4, "{arguments:?}: {err}");
        assert!(err.contains(wanted), "{arguments:?}: {err}");
    }
}

#[test]
fn nothing_ran_ends_with_5() {
    for arguments in [
        &["mem:loopback", "--id", "no.such.case"][..],
        &["mem:loopback", "--clause", "F999"],
        &["mem:loopback", "--id", "suite.server.wide"],
        &["--list", "--id", "no.such.case"],
    ] {
        let (code, _, err) = ended(arguments);
        assert_eq!(code, 5, "{arguments:?}: {err}");
    }
}

#[test]
fn a_server_over_tcp_is_tested_and_a_hazard_is_opt_in() {
    let served = Served::new("loopback", "loopback+tcp://127.0.0.1:0");
    let (code, out, _) = ended(&[&served.url]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("pass          suite.server.random"), "{out}");
    assert!(out.contains("--allow writes runs it"), "{out}");
    let (_, out, _) = ended(&[
        &served.url,
        "--allow",
        "writes",
        "--id",
        "suite.server.writes",
    ]);
    assert!(out.contains("pass          suite.server.writes"), "{out}");
}

#[test]
fn a_break_disturbs_no_device_that_was_not_offered_for_it() {
    let (code, out, _) = ended(&["slip+pty:", "--id", "framing.slip.server.break"]);
    assert_eq!(code, 5, "{out}");
    assert!(out.contains("--allow drops-link runs it"), "{out}");
    let memory = ["mem:lineside-framing", "--id", "framing.slip.server.break"];
    let (code, out, _) = ended(&memory);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 pass"), "{out}");
}

#[test]
fn a_client_over_tcp_and_over_a_tty_is_tested() {
    for place in ["{url}", "loopback+serial://{tty}"] {
        let command = format!("{PROGRAM} act loopback {place}");
        let (code, out, _) = ended(&["--client-cmd", &command, "--id", "suite"]);
        assert_eq!(code, 0, "{place}: {out}");
        assert!(
            out.contains("pass          suite.client.script"),
            "{place}: {out}"
        );
    }
}

#[test]
fn a_client_that_cannot_is_skipped_and_one_that_fails_is_not_green() {
    let (code, out, _) = ended(&["--client-cmd", "sh -c 'exit 89'", "--id", "suite"]);
    assert_eq!(code, 5, "{out}");
    assert!(out.contains("skip          suite.client.script"), "{out}");
    let (code, out, _) = ended(&["--client-cmd", "sh -c 'exit 1'", "--id", "suite"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("ended without connecting"), "{out}");
}

#[test]
fn a_live_target_is_detected_and_its_profile_can_be_used() {
    let served = Served::new("loopback", "loopback+tcp://127.0.0.1:0");
    let wire = served.url.strip_prefix("loopback+").unwrap();
    let (code, profile, err) = ended(&["detect", &served.url]);
    assert_eq!(code, 0, "{err}");
    assert!(profile.contains("\"echo\", # echo: got"), "{profile}");
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, profile).unwrap();
    let arguments = [
        &*served.url,
        "--profile",
        file.path().to_str().unwrap(),
        "--id",
        "suite.server.echo",
    ];
    assert_eq!(ended(&arguments).0, 0);
    assert_eq!(
        ended(&["detect", "loopback+tcp://127.0.0.1:1"]).0,
        3,
        "{wire}"
    );
}

#[test]
fn a_profile_that_claims_too_much_fails_and_one_that_claims_too_little_informs() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    fs::write(&file, "capabilities = ['echo']").unwrap();
    let (code, out, _) = ended(&["mem:loopback", "--profile", path]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("pass          suite.server.claims[echo]"),
        "{out}"
    );
    let (_, out, _) = ended(&["mem:loopback-shy", "--profile", path]);
    assert!(
        out.contains("fail          suite.server.claims[echo]"),
        "{out}"
    );
    fs::write(&file, "").unwrap();
    let (code, out, _) = ended(&["mem:loopback", "--profile", path]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("info          suite.server.claims[echo]"),
        "{out}"
    );
}

#[test]
fn every_report_is_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    assert_eq!(
        ended(&["mem:loopback-flips", "--out", out, "--seed", "9"]).0,
        1
    );
    let report = report(folder.path());
    assert_eq!(report.seed, 9);
    let failed = folder.path().join("suite.server.echo_many_");
    for file in ["case.txt", "case.pcapng", "repro.sh"] {
        assert!(fs::metadata(failed.join(file)).unwrap().len() > 0, "{file}");
    }
    let junit = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    assert!(junit.contains("<failure type=\"fail\""), "{junit}");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("id=\"suite.server.echo[many]\""));
    let json = folder.path().join("report.json");
    let (code, matrix, _) = ended(&["matrix", json.to_str().unwrap(), json.to_str().unwrap()]);
    assert_eq!(code, 0);
    assert!(
        matrix.contains("| `suite.server.echo[many]` | suite 1 | fail | fail |"),
        "{matrix}"
    );
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let results = |seed: &str| {
        let folder = tempfile::tempdir().unwrap();
        conform(&[
            "mem:loopback-flips",
            "--seed",
            seed,
            "--out",
            folder.path().to_str().unwrap(),
        ]);
        report(folder.path()).results
    };
    assert_eq!(results("3"), results("3"));
    assert_ne!(results("3"), results("4"));
}

#[test]
fn a_reader_that_goes_away_is_no_disaster() {
    let mut list = Command::new(PROGRAM)
        .arg("--list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(list.stdout.take());
    let output = list.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn help_tells_all_that_is_needed() {
    let (code, help, _) = ended(&["--help"]);
    assert_eq!(code, 0);
    for word in [
        "Targets:",
        "Clients:",
        "Exit codes:",
        "LINESIDE_SCRIPT",
        "--excuses",
        "detect",
        "matrix",
    ] {
        assert!(help.contains(word), "{word}");
    }
    assert_eq!(ended(&["--version"]).0, 0);
}
