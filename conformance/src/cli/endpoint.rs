//! `serve` and `act`: the suite's endpoints on real wires.

use std::{io::Write as _, sync::Arc};

use lineside_conformance::{
    Setup, Subject,
    report::ExitCode,
    script::{self, Exit, Step},
    target::{find_subject, join, schemes, split},
};
use lineside_io::{Clock, address::Address};

use super::{Stop, args, say};

/// What a client that cannot do something ends with.
const CANNOT: i32 = 89;

/// Accepts wires and serves each.
pub(super) fn serve(args: &args::Serve) -> Result<ExitCode, Stop> {
    let (subject, address, setup) = endpoint(&args.name, &args.listen)?;
    let serve = async move {
        let mut acceptor = schemes(&setup.clock)
            .listen(&address)
            .await
            .map_err(Stop::harness)?;
        say(format_args!(
            "{}\n",
            join(&acceptor.local(), &setup.dialect)
        ));
        std::io::stdout().flush().map_err(Stop::harness)?;
        loop {
            let accepted = acceptor.accept().await.map_err(Stop::harness)?;
            tokio::spawn(subject.server(accepted.wire, setup.clone()));
        }
    };
    runtime()?.block_on(serve)
}

/// Does what the script says.
pub(super) fn act(args: &args::Act) -> Result<ExitCode, Stop> {
    let script = script()?;
    let (subject, address, setup) = endpoint(&args.name, &args.url)?;
    let act = async move {
        let wire = schemes(&setup.clock)
            .open(&address)
            .await
            .map_err(Stop::harness)?;
        Ok(subject.client(wire, script, setup).await)
    };
    let report = runtime()?.block_on(act)?;
    for line in &report.lines {
        say(format_args!("{line}\n"));
    }
    match report.exit {
        Exit::Did => Ok(ExitCode::AsExpected),
        Exit::Failed(why) => Err(Stop::harness(why)),
        Exit::Cannot(why) => cannot(&why),
        Exit::Hung => Err(Stop::harness("it did not end")),
    }
}

/// What a client is asked to do.
pub(super) fn script() -> Result<Vec<Step>, Stop> {
    let script = std::env::var("LINESIDE_SCRIPT").map_err(|_| {
        Stop::usage(
            "LINESIDE_SCRIPT is not set: wanted JSON such as [{\"send\":\"c001\"},{\"recv\":1}]",
        )
    })?;
    script::from_json(&script).map_err(Stop::usage)
}

/// Ends the process as a client does that cannot do what it is asked.
pub(super) fn cannot(why: &str) -> ! {
    eprintln!("lineside-conform: {why}");
    std::process::exit(CANNOT)
}

/// The endpoint, its wire and what it is told. Ends the process when it does not speak what is asked.
fn endpoint(name: &str, address: &str) -> Result<(Arc<dyn Subject>, Address, Setup), Stop> {
    let subject = find_subject(name).map_err(Stop::usage)?;
    let (address, dialect) = split(address).map_err(Stop::usage)?;
    let Some(dialect) = dialect else {
        return Err(Stop::usage(format!(
            "{address} does not say what is spoken: put it first, as in slip+{address}"
        )));
    };
    if !subject.speaks(&dialect) {
        cannot(&format!("{name} does not speak {dialect}"));
    }
    let profile = Arc::new(subject.profile());
    let setup = Setup {
        dialect,
        profile,
        clock: Clock::precise(),
        seed: 1,
    };
    Ok((subject, address, setup))
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.map_err(Stop::harness)
}
