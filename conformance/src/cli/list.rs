//! `--list`.

use lineside_conformance::{
    Hazard, Instance,
    report::ExitCode,
    script,
    suite::{self},
};

use super::{Args, Stop, say, test};

/// Prints every case that the options select, whatever the target.
pub(super) fn run(args: &Args) -> Result<ExitCode, Stop> {
    let selection = test::selection(args);
    let all = suite::instances(&suite::groups());
    let mut count = 0;
    let mut group_before = "";
    for (group, instance) in all.iter().filter(|(_, instance)| selection.takes(instance)) {
        if group.id != group_before {
            say(format_args!("{}: {}\n", group.id, group.title));
            group_before = group.id;
        }
        show(instance);
        count += 1;
    }
    say(format_args!("{count} cases\n"));
    Ok(if count == 0 {
        ExitCode::NothingRan
    } else {
        ExitCode::AsExpected
    })
}

fn show(instance: &Instance) {
    let case = instance.case;
    say(format_args!("  {}\n", instance.id()));
    say(format_args!("      {}\n", case.title));
    let mut facts = vec![
        format!("{:?}", case.level).to_uppercase(),
        format!("{:?}", case.side).to_lowercase(),
        case.refs.join(", "),
        format!("speaks {}", instance.speaks()),
    ];
    if !case.needs.is_empty() {
        facts.push(format!("needs {}", instance.needs().join(", ")));
    }
    if case.hazard != Hazard::None {
        facts.push(format!(
            "runs on a device only with --allow {}",
            case.hazard.word()
        ));
    }
    say(format_args!("      {}\n", facts.join("; ")));
    if !case.task.is_empty() {
        say(format_args!("      task: {}\n", script::to_json(case.task)));
    }
}
