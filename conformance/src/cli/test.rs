//! The main job: running cases.

use std::{path::Path, process::Command};

use lineside_conformance::{
    evidence,
    report::{ExitCode, Report, html, junit, text},
    runner::{self, Plan, Selection},
    subjects, suite,
    target::{Target, Template},
};

use super::{Args, Stop, excuses, profile, progress::Progress, say};

/// Runs what the options select, and writes the reports.
pub(super) fn run(args: &Args) -> Result<ExitCode, Stop> {
    let groups = suite::groups();
    let target = target(args)?;
    let selection = selection(args);
    let unknown = selection.unknown(&groups);
    if !unknown.is_empty() {
        eprintln!(
            "lineside-conform: no case is called or refers to {}; --list shows them all",
            unknown.join(", ")
        );
        return Ok(ExitCode::NothingRan);
    }
    let restart = args.restart_cmd.as_deref().map(restart).transpose()?;
    let jobs = args.jobs.filter(|_| !target.is_line()).map(usize::from);
    let plan = Plan {
        groups: &groups,
        target,
        selection,
        allow: args.allow.iter().copied().map(Into::into).collect(),
        seed: args.seed,
        jobs,
        check_claims: args.profile.is_some() && args.id.is_empty() && args.clause.is_empty(),
        excuses: excuses(args.excuses.as_ref())?,
        restart: restart
            .as_ref()
            .map(|restart| restart as &(dyn Fn() -> Result<(), String> + Sync)),
    };
    let progress = Progress::new(args.quiet);
    let report = runner::run(&plan, &|what| progress.tell(&what));
    progress.wipe();
    say(format_args!("{}", text::summary(&report)));
    write(args, &report)?;
    let code = report.exit(args.warn_as_fail);
    if code == ExitCode::NothingRan {
        eprintln!("lineside-conform: {}", nothing_ran(&report));
    }
    Ok(code)
}

/// What the options select.
pub(super) fn selection(args: &Args) -> Selection {
    Selection {
        ids: args.id.clone(),
        clauses: args.clause.clone(),
        levels: args.level.iter().copied().map(Into::into).collect(),
        sides: args.side.iter().copied().map(Into::into).collect(),
        edition: args.edition.clone(),
    }
}

fn target(args: &Args) -> Result<Target, Stop> {
    let mut target = match (&args.client_cmd, &args.target) {
        (Some(command), listen) => Target::client(&listen_at(command, listen.as_deref()), command),
        (None, Some(target)) => Target::parse(target),
        (None, None) => Ok(own()?),
    }
    .map_err(Stop::usage)?;
    if let Some(profile) = profile(args.profile.as_ref())? {
        target.take_profile(profile);
    }
    Ok(target)
}

/// A client that asks for a tty gets one; any other, a port of this machine.
fn listen_at(command: &str, listen: Option<&str>) -> String {
    let wants_tty = Template::parse(command).is_ok_and(|template| template.uses("tty"));
    let default = if wants_tty {
        "pty:"
    } else {
        "tcp://127.0.0.1:0"
    };
    listen.unwrap_or(default).to_owned()
}

/// Our own endpoint, the first of the subjects in memory.
fn own() -> Result<Target, Stop> {
    let own = subjects::all().into_iter().next();
    own.map(Target::memory)
        .ok_or_else(|| Stop::harness("there is no endpoint in memory"))
}

/// A restart command, split as a shell splits it.
fn restart(command: &str) -> Result<impl Fn() -> Result<(), String> + Sync + use<>, Stop> {
    let template =
        Template::parse(command).map_err(|error| Stop::usage(format!("--restart-cmd: {error}")))?;
    let words = template.fill(|name| format!("{{{name}}}"));
    Ok(move || {
        let Some((program, arguments)) = words.split_first() else {
            return Ok(());
        };
        let status = Command::new(program).args(arguments).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{program}: {status}")),
            Err(error) => Err(format!("{program}: {error}")),
        }
    })
}

fn write(args: &Args, report: &Report) -> Result<(), Stop> {
    let json = report.to_json().map_err(Stop::harness)?;
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder)
            .map_err(|error| Stop::harness(format!("cannot make {}: {error}", folder.display())))?;
        file(&folder.join("report.json"), &json)?;
        file(&folder.join("junit.xml"), &junit::render(report))?;
        file(&folder.join("report.html"), &html::render(report))?;
        let command = command(args);
        let count = evidence::write(folder, report, &command).map_err(Stop::harness)?;
        say(format_args!(
            "wrote {} and the evidence of {count} cases\n",
            folder.display()
        ));
    }
    for (path, text) in [
        (&args.json, &json),
        (&args.junit, &junit::render(report)),
        (&args.html, &html::render(report)),
    ] {
        if let Some(path) = path {
            file(path, text)?;
        }
    }
    Ok(())
}

fn file(path: &Path, text: &str) -> Result<(), Stop> {
    evidence::write_file(path, text).map_err(Stop::harness)
}

/// This command line without what selects cases and names reports.
fn command(args: &Args) -> Vec<String> {
    let program = std::env::current_exe().map(|path| path.display().to_string());
    let mut words = vec![program.unwrap_or_else(|_| "lineside-conform".to_owned())];
    words.extend(args.target.clone());
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([name.to_owned(), value]);
        }
    };
    option("--client-cmd", args.client_cmd.clone());
    option(
        "--profile",
        args.profile.as_ref().map(|path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            path.display().to_string()
        }),
    );
    let allow: Vec<_> = args
        .allow
        .iter()
        .map(|&hazard| lineside_conformance::Hazard::from(hazard).word())
        .collect();
    option("--allow", (!allow.is_empty()).then(|| allow.join(",")));
    words
}

/// Why nothing ran, and what to do.
fn nothing_ran(report: &Report) -> String {
    match report.results.first() {
        None => "nothing ran: no case fits the options and the target; --list with the same options shows what they select".to_owned(),
        Some(first) => format!(
            "nothing ran: every case was skipped, the first since {}; --list shows what each case speaks and needs",
            first.message
        ),
    }
}
