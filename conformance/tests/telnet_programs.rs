//! Telnet on real sockets: our own ends where urgent data is needed, and other people's clients as the page of
//! them says.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use lineside_conformance::{Grade, report::Report};

const PROGRAM: &str = env!("CARGO_BIN_EXE_lineside-conform");

/// Runs the suite: what did not pass, each case once, and how many cases ran.
fn run(
    folder: &Path,
    target: &[&str],
    capabilities: &str,
    ids: &[&str],
) -> (BTreeSet<String>, usize) {
    let (profile, json) = (folder.join("profile.toml"), folder.join("report.json"));
    let text = format!(
        "name = \"it\"\ncapabilities = [{capabilities}]\n[timing]\nanswer-ms = 20000\nconnect-ms = 20000\nquiet-ms = 400\n"
    );
    std::fs::write(&profile, text).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(target).arg("--profile").arg(&profile);
    command
        .arg("--json")
        .arg(&json)
        .args(["--jobs", "8", "--quiet"]);
    for id in ids {
        command.args(["--id", id]);
    }
    let output = command.output().unwrap();
    let report = std::fs::read_to_string(&json);
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let report: Report = serde_json::from_str(&report).unwrap();
    let ran = report.results.iter().filter(|one| one.grade != Grade::Skip);
    let fell = ran.clone().filter(|one| one.grade != Grade::Pass);
    let case = |id: &str| id.split('[').next().unwrap_or_default().to_owned();
    (fell.map(|one| case(&one.id)).collect(), ran.count())
}

#[test]
fn our_own_ends_mind_urgent_data_on_tcp() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Command::new(PROGRAM)
        .args(["serve", "lineside-telnet", "telnet+tcp://127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    let said = served.stdout.take().unwrap();
    BufReader::new(said).read_line(&mut url).unwrap();
    // Of an urgent byte that is no data mark nobody may have heard before it is read: that case is left to
    // memory, where it is certain.
    let of = |side: &str, names: &[&str]| -> Vec<String> {
        let id = |name: &&str| format!("telnet.synch.{side}.{name}");
        names.iter().map(id).collect()
    };
    let both = ["discards", "commands", "twice", "escaped"];
    let ids = of("server", &[&both[..], &["abort-output"]].concat());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let server = run(
        folder.path(),
        &[url.trim()],
        r#""echo", "telnet.synch""#,
        &ids,
    );
    served.kill().unwrap();
    served.wait().unwrap();
    assert_eq!(server, (BTreeSet::new(), 5));
    let act = format!("{PROGRAM} act lineside-telnet {{url}}");
    let target = ["telnet+tcp://127.0.0.1:0", "--client-cmd", &act];
    let ids = of("client", &[&both[..], &["interrupt"]].concat());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let client = run(folder.path(), &target, r#""reports", "telnet.synch""#, &ids);
    assert_eq!(client, (BTreeSet::new(), 7));
}

/// A client, and how it is started: its section of the page has its profile and what it does otherwise.
struct Client {
    section: &'static str,
    program: &'static str,
    command: &'static str,
}

const CLIENTS: &[Client] = &[
    Client {
        section: "inetutils telnet",
        program: "inetutils-telnet",
        command: "drive --after \"Escape character is '^]'.\n\" inetutils-telnet {host} {port}",
    },
    Client {
        section: "PuTTY plink",
        program: "plink",
        command: "drive plink -batch -telnet -P {port} {host}",
    },
    Client {
        section: "curl",
        program: "curl",
        command: "drive --no-input curl -sN telnet://{host}:{port}",
    },
    Client {
        section: "BusyBox telnet",
        program: "busybox",
        command: "drive --before \"Connection closed by\" busybox telnet {host} {port}",
    },
];

#[test]
fn other_peoples_clients_do_what_the_page_says() {
    let page = include_str!("../FOREIGN-TELNET.md");
    let folder = tempfile::tempdir().unwrap();
    for client in CLIENTS {
        if !is_installed(client.program) {
            println!("skipped: {} is not installed", client.program);
            continue;
        }
        let (_, section) = page
            .split_once(&format!("\n## {}\n", client.section))
            .unwrap();
        let section = section.split("\n## ").next().unwrap();
        let capabilities = section.lines().find_map(|line| {
            let (_, list) = line.split_once("capabilities = [")?;
            list.split(']').next()
        });
        let command = format!("{PROGRAM} {}", client.command);
        let target = ["telnet+tcp://127.0.0.1:0", "--client-cmd", &command];
        let ids = ["telnet.tells.client", "telnet.client.client"];
        let (fell, ran) = run(folder.path(), &target, capabilities.unwrap(), &ids);
        assert_eq!(fell, told(section, &ids), "{}", client.section);
        assert!(ran >= 5, "{}: {ran} cases", client.section);
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The cases of these groups in a section's table.
fn told(section: &str, groups: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cell = line.split('|').nth(1).unwrap_or_default();
        let mut group = "";
        for name in cell.split('`').skip(1).step_by(2) {
            let (first, case) = name.split_once('.').unwrap_or_default();
            group = if first.is_empty() { group } else { first };
            all.insert(format!("telnet.{group}.client.{case}"));
        }
    }
    all.retain(|id| groups.iter().any(|group| id.starts_with(group)));
    all
}
