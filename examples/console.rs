//! A device's console: one table of commands, over Telnet, raw TCP, a serial line, and at this terminal.
//!
//! ```text
//! cargo run --example console                                     at this terminal
//! cargo run --example console -- telnet tcp://127.0.0.1:2323      then: telnet 127.0.0.1 2323
//! cargo run --example console -- raw 'serial:///dev/ttyUSB0?baud=115200' tcp://127.0.0.1:2324
//! cargo run --example console -- plain tcp://127.0.0.1:5025       command lines for programs
//! ```
//!
//! Over a network one logs in: `operator` and `guest`, or `engineer` and `hush`, who may do more.

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::time::Duration;
use std::{
    collections::BTreeMap,
    process::{Command as Program, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use lineside_core::{Error, Machine};
use lineside_examples::{place, program};
use lineside_io::{Clock, Driver, Stream, address::Wire};
use lineside_telnet::console::{
    Accounts, Argument, Command, Config, Console, Credentials, Entry, Event, Hints, Invocation,
    Login, Plain, PlainCommand, PlainConfig, Roster, Second, Spec, Style, Table, TelnetConsole,
    Terminal, Throttle, ThrottleLimits, Window,
};
use tokio::sync::mpsc;

type Failure = Box<dyn core::error::Error + Send + Sync>;

/// Who may kick and reset.
const ENGINEER: u8 = 10;

fn table() -> Table {
    let point = || {
        Argument::word("point")
            .hints(Hints::Asked)
            .help("Its name, as Tab offers it")
    };
    Table::new([
        Spec::new("get", "Reads points; all of them unless they are named")
            .with(point().optional().repeated()),
        Spec::new("set", "Writes a point")
            .with(point())
            .with(Argument::number("value")),
        Spec::new("pump", "Turns a pump on or off")
            .with(Argument::integer("pump", 1..=2))
            .with(Argument::switch("state")),
        Spec::new("log", "Shows the last lines of the log")
            .with(Argument::integer("lines", 1..=10_000).optional()),
        Spec::new("wait", "Does nothing for some seconds; Ctrl-C ends it")
            .with(Argument::number_in("seconds", 0.0..=3_600.0)),
        Spec::new("reset", "Sets every point to 0").level(ENGINEER),
    ])
}

/// What all consoles share.
struct Site {
    points: Mutex<BTreeMap<String, f64>>,
    roster: Mutex<Roster<mpsc::Sender<String>>>,
    throttle: Mutex<Throttle<String>>,
    accounts: Accounts,
    clock: Clock,
}

/// The lock, whoever panicked with it.
fn held<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let clock = Clock::precise();
    let names = [
        "tank1.level",
        "tank1.temperature",
        "tank2.level",
        "pump1",
        "pump2",
    ];
    let site = Arc::new(Site {
        points: Mutex::new(names.map(|name| (name.to_owned(), 0.0)).into()),
        roster: Mutex::new(Roster::new(8, Second::Shared)),
        throttle: Mutex::new(Throttle::new(ThrottleLimits::default())),
        accounts: Accounts::new()
            .with("operator", "guest", 0)
            .with("engineer", "hush", ENGINEER),
        clock: clock.clone(),
    });
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => here(site).await,
        [how @ ("telnet" | "raw" | "plain"), ref addresses @ ..] if !addresses.is_empty() => {
            let schemes = place::schemes(&clock);
            let interrupted = program::interrupted();
            for address in addresses {
                let mut acceptor = schemes.listen(&address.parse()?).await?;
                println!("{how} at {}", acceptor.local());
                let (site, how) = (site.clone(), how.to_owned());
                tokio::spawn(async move {
                    while let Ok(accepted) = acceptor.accept().await {
                        let (site, how) = (site.clone(), how.clone());
                        tokio::spawn(async move {
                            serve(&how, accepted.wire, accepted.peer, &site).await
                        });
                    }
                });
            }
            Ok(interrupted.await?)
        }
        _ => Err("usage: console [telnet | raw | plain <address>...]".into()),
    }
}

/// The console at this terminal, whose own editing is off meanwhile.
async fn here(site: Arc<Site>) -> Result<(), Failure> {
    let stty = |words: &[&str]| {
        Program::new("stty")
            .args(words)
            .stdin(Stdio::inherit())
            .output()
    };
    let before = String::from_utf8(stty(&["-g"])?.stdout)?;
    let size = String::from_utf8(stty(&["size"])?.stdout)?;
    let mut size = size
        .split_whitespace()
        .map(|number| number.parse().unwrap_or(0));
    let (rows, columns) = (size.next().unwrap_or(0), size.next().unwrap_or(0));
    stty(&["raw", "-echo"])?;

    let mut config = config();
    (config.level, config.idle) = (ENGINEER, None);
    let mut console = console(config);
    let mut begin = bytes::BytesMut::new();
    console.resize(Window::of(columns, rows), &mut begin);
    console.set_terminal(
        Terminal::named(&std::env::var("TERM").unwrap_or_default()),
        &mut begin,
    );
    let terminal = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
    let driver = Driver::new(console, terminal, site.clock.clone());
    let ended = attend(driver, "this terminal".into(), &site).await;

    stty(&[before.trim()])?;
    // A thread of tokio's still reads the standard input.
    std::process::exit(match ended {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("console: {error}");
            1
        }
    })
}

fn config() -> Config {
    let mut config = Config::default();
    config.greeting = "Tank farm 7. help lists the commands.".into();
    config.prompt = "farm> ".into();
    config
}

fn console(config: Config) -> Console {
    let table = table().with_builtins().with_sessions(ENGINEER);
    Console::new(Arc::new(table), Arc::new(config))
}

async fn serve(how: &str, wire: Wire, peer: String, site: &Site) {
    let mut config = config();
    config.banner = "This is tank farm 7.".into();
    config.login = Some(Login::default());
    let (peer, clock) = (address_of(peer), site.clock.clone());
    let ended = match how {
        "telnet" => {
            let console = TelnetConsole::new(console(config));
            attend(Driver::on_wire(console, wire, clock), peer, site).await
        }
        "raw" => attend(Driver::on_wire(console(config), wire, clock), peer, site).await,
        _ => {
            let plain = Plain::new(Arc::new(table()), PlainConfig::default());
            answer(Driver::on_wire(plain, wire, clock), site).await
        }
    };
    if let Err(error) = ended {
        eprintln!("console: {error}");
    }
}

/// A peer without its port, which is another one each time.
fn address_of(peer: String) -> String {
    peer.rsplit_once(':')
        .map_or(peer.clone(), |(address, _)| address.to_owned())
}

/// Does what an operator wants, until the console ends.
async fn attend<M, S>(mut driver: Driver<M, S>, from: String, site: &Site) -> Result<(), Failure>
where
    M: Machine<Event: Into<Option<Event>>, Command: From<Command>, Error = Error>,
    S: Stream,
{
    let (sender, mut inbox) = mpsc::channel(1);
    let Some(number) = held(&site.roster).enter(site.clock.now(), &from, sender) else {
        driver
            .send(Command::Close("Too many sessions.".into()).into())
            .await?;
        return Ok(());
    };
    let ended = loop {
        let event = tokio::select! {
            event = driver.next() => event,
            Some(message) = inbox.recv() => {
                driver.submit(Command::Close(message).into())?;
                continue;
            }
        };
        let event = match event {
            Ok(Some(event)) => event,
            ended => break ended.map(drop),
        };
        held(&site.roster).used(site.clock.now(), number);
        match event.into() {
            Some(Event::Run(called)) if called.name() == "wait" => {
                wait(&mut driver, &called, site).await?;
            }
            Some(event) => {
                for command in wanted(event, number, &from, site) {
                    driver.submit(command.into())?;
                }
            }
            None => {}
        }
    };
    held(&site.roster).leave(number);
    Ok(ended?)
}

/// What is answered to an operator.
fn wanted(event: Event, number: u32, from: &str, site: &Site) -> Vec<Command> {
    match event {
        Event::Login(who) => vec![login(&who, number, from, site)],
        Event::Run(called) if called.name() == "reset" => vec![Command::Ask {
            prompt: "Set every point to 0? (yes) ".into(),
            entry: Entry::Answer,
        }],
        Event::Answer(answer) if answer == "yes" => {
            held(&site.points)
                .values_mut()
                .for_each(|value| *value = 0.0);
            let done = Command::Styled(Style::Good, "All points are 0.".into());
            vec![done, Command::Done]
        }
        Event::Run(called) => match run(&called, site) {
            Ok(answer) => vec![Command::Print(answer), Command::Done],
            Err(message) => vec![Command::Failed(message)],
        },
        Event::Who => {
            let who = held(&site.roster).who(site.clock.now(), number);
            vec![Command::Print(who), Command::Done]
        }
        Event::Kick(other) => match held(&site.roster).find(other) {
            Some(kicked) => {
                // One who is being put out already is not put out twice.
                let _ = kicked.try_send("Your session was ended.".into());
                vec![Command::Done]
            }
            None => vec![Command::Failed("There is no such session.".into())],
        },
        Event::Interrupt | Event::Answer(_) => vec![Command::Done],
        Event::Complete(query) => {
            let is_set = query.command == "set";
            let points = held(&site.points);
            let names = points
                .keys()
                .filter(|name| !is_set || name.starts_with("tank"));
            vec![Command::Completions(names.cloned().collect())]
        }
        _ => Vec::new(),
    }
}

fn login(who: &Credentials, number: u32, from: &str, site: &Site) -> Command {
    let now = site.clock.now();
    let level = site.accounts.check(&who.user, &who.password);
    let mut throttle = held(&site.throttle);
    let level = level.filter(|_| throttle.locked(now, &from.to_owned()).is_none());
    let Some(level) = level else {
        throttle.failed(now, from.to_owned());
        return Command::Refuse;
    };
    throttle.succeeded(&from.to_owned());
    match held(&site.roster).admit(number, &*who.user) {
        Ok(_) => Command::Admit { level },
        Err(_) => Command::Refuse,
    }
}

/// A command that takes its time, and hears an interrupt meanwhile.
async fn wait<M, S>(
    driver: &mut Driver<M, S>,
    called: &Invocation,
    site: &Site,
) -> Result<(), Failure>
where
    M: Machine<Event: Into<Option<Event>>, Command: From<Command>, Error = Error>,
    S: Stream,
{
    let seconds = Duration::from_secs_f64(called.number("seconds").unwrap_or_default());
    let over = site.clock.sleep(seconds);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => break,
            event = driver.next() => match event?.map(Into::into) {
                Some(Some(Event::Interrupt)) | None => break,
                _ => {}
            }
        }
    }
    Ok(driver.submit(Command::Done.into())?)
}

/// The same commands for a program.
async fn answer<S: Stream>(mut driver: Driver<Plain, S>, site: &Site) -> Result<(), Failure> {
    while let Some(called) = driver.next().await? {
        let done = match run(&called, site) {
            Ok(answer) => {
                driver.submit(PlainCommand::Print(answer))?;
                PlainCommand::Done
            }
            Err(message) => PlainCommand::Failed(message),
        };
        driver.submit(done)?;
    }
    Ok(())
}

fn run(called: &Invocation, site: &Site) -> Result<String, String> {
    let mut points = held(&site.points);
    let no = |name: &str| format!("There is no point {name}.");
    match called.name() {
        "get" => {
            let named: Vec<_> = called.values("point").collect();
            let mut answer = String::new();
            if named.is_empty() {
                for (name, value) in &*points {
                    answer.push_str(&format!("{name:20}{value:10.2}\n"));
                }
            }
            for name in named {
                let lineside_telnet::console::Value::Text(name) = name else {
                    continue;
                };
                let value = points.get(name).ok_or_else(|| no(name))?;
                answer.push_str(&format!("{name:20}{value:10.2}\n"));
            }
            Ok(answer)
        }
        "set" => {
            let name = called.text("point").unwrap_or_default();
            let point = points.get_mut(name).ok_or_else(|| no(name))?;
            *point = called.number("value").unwrap_or_default();
            Ok(String::new())
        }
        "pump" => {
            let name = format!("pump{}", called.integer("pump").unwrap_or_default());
            let on = called.switch("state").unwrap_or_default();
            points.insert(name, f64::from(u8::from(on)));
            Ok(String::new())
        }
        "log" => {
            let lines = called.integer("lines").unwrap_or(20);
            Ok((1..=lines)
                .map(|line| format!("{line:5}  nothing happened\n"))
                .collect())
        }
        other => Err(format!("{other} is for a terminal.")),
    }
}
