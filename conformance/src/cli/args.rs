//! What can be asked for, and the text of `--help`.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use lineside_conformance::{Hazard, Level, Side, suite};

/// Tests either end of a wire against what its specification demands.
///
/// Without arguments it tests Lineside's own endpoints in memory. With a TARGET it tests whatever
/// answers there; with --client-cmd, a program that connects to the suite.
#[derive(Debug, Parser)]
#[command(
    name = "lineside-conform",
    version,
    after_long_help = AFTER,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// What to test: SPOKEN+WIRE, such as slip+tcp://10.0.0.7:4001, or mem:NAME for an endpoint in
    /// memory. With --client-cmd: where the suite listens. See "Targets" below.
    pub(crate) target: Option<String>,

    /// Test a client: run this command for each case. Placeholders: {url} {host} {port} {tty} {case}
    /// {script} {workdir}. See "Clients" below.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) client_cmd: Option<String>,

    /// What the target has, in TOML. `lineside-conform detect TARGET` writes one. What it claims is
    /// tried out: a capability that is absent is a failure.
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,

    /// Known failures, in TOML: tables `excuse` with id, reason, and optionally grade, message, until.
    #[arg(long, value_name = "FILE")]
    pub(crate) excuses: Option<PathBuf>,

    /// Only these cases: an identifier, the beginning of one up to a dot, or a pattern with *. May be repeated.
    #[arg(long, value_name = "ID", help_heading = "Which cases")]
    pub(crate) id: Vec<String>,

    /// Only cases of this clause, such as F3 or "RFC 1055". May be repeated.
    #[arg(long, value_name = "CLAUSE", help_heading = "Which cases")]
    pub(crate) clause: Vec<String>,

    /// Only cases of this level. May be repeated.
    #[arg(long, value_enum, help_heading = "Which cases")]
    pub(crate) level: Vec<LevelArg>,

    /// Only cases for this side.
    #[arg(long, value_enum, help_heading = "Which cases")]
    pub(crate) side: Vec<SideArg>,

    /// Only cases that the suite had in this edition, so that a newer suite turns nothing red.
    #[arg(long, value_name = "EDITION", value_parser = edition, help_heading = "Which cases")]
    pub(crate) edition: Option<String>,

    /// Also run cases that may do this to a real device: writes, drops-link, reboots.
    #[arg(long, value_enum, value_delimiter = ',', help_heading = "Which cases")]
    pub(crate) allow: Vec<HazardArg>,

    /// List the cases instead of running them, with their clauses, needs and tasks.
    #[arg(long, help_heading = "Which cases")]
    pub(crate) list: bool,

    /// The seed of everything that is left to chance.
    #[arg(long, default_value_t = 1, help_heading = "How")]
    pub(crate) seed: u64,

    /// Cases at a time. Default 2 in memory, 4 over a network, always 1 on a serial line.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "How")]
    pub(crate) jobs: Option<u16>,

    /// Run this command when the target no longer answers, and go on when it does again.
    #[arg(long, value_name = "COMMAND", help_heading = "How")]
    pub(crate) restart_cmd: Option<String>,

    /// A broken SHOULD turns the run red too.
    #[arg(long, help_heading = "How")]
    pub(crate) warn_as_fail: bool,

    /// Write report.json.
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub(crate) json: Option<PathBuf>,

    /// Write JUnit XML.
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub(crate) junit: Option<PathBuf>,

    /// Write one HTML page that needs no network.
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub(crate) html: Option<PathBuf>,

    /// Write everything into this folder: report.json, junit.xml, report.html, and for each case that is
    /// not green case.pcapng (Wireshark opens it), case.txt and repro.sh.
    #[arg(long, value_name = "FOLDER", help_heading = "Reports")]
    pub(crate) out: Option<PathBuf>,

    /// Print only cases that are not green, and the summary.
    #[arg(long, short, help_heading = "Reports")]
    pub(crate) quiet: bool,
}

const AFTER: &str = "\
Targets:
  slip+tcp://10.0.0.7:4001             SLIP over TCP
  hdlc+serial:///dev/ttyUSB0?baud=19200&parity=even
                                       HDLC-like framing on a serial port, one case at a time
  raw+tcp://10.0.0.7:4001?framing=cobs the same as cobs+tcp://…
  mem:NAME                             an endpoint in memory; a wrong name lists them all
  `--list` shows what can be spoken, with its options (hdlc?fcs=32 is hdlc+tcp://…?fcs=32).
  A server under test sends every good record back in the same framing, and nothing for a damaged one.
  One that answers otherwise says so in its profile ([[exchange]]).

Clients:
  lineside-conform slip+tcp://127.0.0.1:0 --client-cmd 'my-client {url} {script}'
  lineside-conform slip+pty: --client-cmd 'my-client --tty {tty}'
  The command is run once for each case, with LINESIDE_CASE, LINESIDE_URL and LINESIDE_SCRIPT in its
  environment. The script is JSON: [{\"send\":\"c001\"},{\"recv\":1}]. `send` sends a record, given in
  hex; `recv` receives until so many good records have come or the wire has ended, and prints a line
  for each: `record HEX`, and `damaged REASON` for bytes that are no record.
  Exit code 0: did it. 89: cannot do this (the case is skipped). Anything else: failed.

Exit codes:
  0  as expected
  1  a failure or a flaky case that nothing excuses (with --warn-as-fail, a warning too)
  2  an excuse that does not hold any more
  3  the target cannot be reached, or the suite's own fault
  4  the command line, the profile or the excuses cannot be understood
  5  nothing ran: nothing was selected, or everything was skipped";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find out what a live target speaks and has, and print a profile with the evidence for each line
    Detect(Detect),
    /// Print several report.json side by side, as Markdown
    Matrix(Matrix),
    /// Test other people's framing crates, and print what they do otherwise, as Markdown
    Foreign,
    /// Put one of the suite's endpoints on a real wire, as a server, until it is stopped
    Serve(Serve),
    /// Be one of the suite's endpoints as a client: what --client-cmd can run to try it out
    Act(Act),
    /// Play LINESIDE_SCRIPT at a program that a user would sit at: what --client-cmd runs to test a telnet(1)
    Drive(Drive),
}

/// Prints the address that it is reached by as its first line.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Its name: a wrong one lists them all.
    pub(crate) name: String,
    /// What it speaks, and where it listens: slip+tcp://127.0.0.1:0, slip+pty:
    pub(crate) listen: String,
}

/// Does what LINESIDE_SCRIPT says, and prints what it receives.
#[derive(Debug, clap::Args)]
pub(crate) struct Act {
    /// Its name: a wrong one lists them all.
    pub(crate) name: String,
    /// What it speaks, and where it connects: slip+tcp://127.0.0.1:4001
    pub(crate) url: String,
}

/// Types what the script sends or types into the program's standard input, an Enter as LF, and reports what comes
/// on its standard output. A step that nobody can type skips the case.
#[derive(Debug, clap::Args)]
pub(crate) struct Drive {
    /// Begin behind this text of the program's own, such as "Escape character is '^]'."
    #[arg(long, value_name = "TEXT")]
    pub(crate) after: Option<String>,
    /// Leave out this text of the program's own, with which it ends, and what follows: "Connection closed"
    #[arg(long, value_name = "TEXT")]
    pub(crate) before: Option<String>,
    /// Give the program an empty input, as one needs that hears nothing while it waits for a key; cases that
    /// type are skipped
    #[arg(long)]
    pub(crate) no_input: bool,
    /// The program and its arguments: telnet {host} {port}
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub(crate) command: Vec<String>,
}

/// Writes the profile to standard output, and what it does to standard error.
#[derive(Debug, clap::Args)]
pub(crate) struct Detect {
    /// The target: SPOKEN+WIRE, or a WIRE alone, such as tcp://10.0.0.7:4001, to find out what is spoken.
    pub(crate) target: String,
    /// A profile to start from: its exchanges and times are kept.
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// The seed of everything that is left to chance.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Matrix {
    /// The reports, in the order of the columns.
    #[arg(required = true, value_name = "REPORT.json")]
    pub(crate) reports: Vec<PathBuf>,
    /// Print an HTML page instead.
    #[arg(long)]
    pub(crate) html: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LevelArg {
    Must,
    Should,
    May,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Must => Self::Must,
            LevelArg::Should => Self::Should,
            LevelArg::May => Self::May,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SideArg {
    Server,
    Client,
}

impl From<SideArg> for Side {
    fn from(side: SideArg) -> Self {
        match side {
            SideArg::Server => Self::Server,
            SideArg::Client => Self::Client,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum HazardArg {
    Writes,
    DropsLink,
    Reboots,
}

impl From<HazardArg> for Hazard {
    fn from(hazard: HazardArg) -> Self {
        match hazard {
            HazardArg::Writes => Self::Writes,
            HazardArg::DropsLink => Self::DropsLink,
            HazardArg::Reboots => Self::Reboots,
        }
    }
}

fn edition(text: &str) -> Result<String, String> {
    if suite::EDITIONS.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "there is no such edition: there are {}",
        suite::EDITIONS.join(", ")
    ))
}
