//! A tank farm: what operators see and do at its consoles, however they reach it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lineside_io::Clock;
use lineside_telnet::{
    console::{
        Accounts, Argument, Command, Config, Entry, Event, Hints, Invocation, Login, Spec, Style,
        Table, Value,
    },
    net::console::{Consoles, ConsolesConfig},
};

/// Who may log in, with what.
pub const OPERATOR: (&str, &str) = ("operator", "guest");
/// The same, of one who may kick and reset.
pub const ENGINEER: (&str, &str) = ("engineer", "hush");
/// An engineer's level.
pub const ENGINEERS: u8 = 10;

/// What all consoles of a farm share.
pub struct Farm {
    points: Mutex<BTreeMap<String, f64>>,
    consoles: Consoles,
    clock: Clock,
}

/// The lock, whoever panicked with it.
fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Farm {
    /// A farm whose points are all 0.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let names = [
            "tank1.level",
            "tank1.temperature",
            "tank2.level",
            "pump1",
            "pump2",
        ];
        let mut accounts = Accounts::new();
        for ((name, password), level) in [(OPERATOR, 0), (ENGINEER, ENGINEERS)] {
            accounts = accounts.with(name, password, level);
        }
        Self {
            points: Mutex::new(names.map(|name| (name.to_owned(), 0.0)).into()),
            consoles: Consoles::new(&ConsolesConfig::default(), move |who| {
                accounts.check(&who.user, &who.password)
            }),
            clock,
        }
    }

    /// The commands.
    #[must_use]
    pub fn table() -> Table {
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
            Spec::new("reset", "Sets every point to 0").level(ENGINEERS),
        ])
    }

    /// How its consoles greet, with a login.
    #[must_use]
    pub fn config() -> Config {
        let mut config = Config::default();
        config.banner = "This is tank farm 7.".into();
        config.greeting = "Tank farm 7. help lists the commands.".into();
        config.prompt = "farm> ".into();
        config.login = Some(Login::default());
        config
    }

    /// The time of its consoles.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Who is at its consoles.
    pub const fn consoles(&self) -> &Consoles {
        &self.consoles
    }

    /// What is answered to an operator.
    pub fn wanted(&self, event: Event) -> Vec<Command> {
        match event {
            Event::Run(called) if called.name() == "reset" => vec![Command::Ask {
                prompt: "Set every point to 0? (yes) ".into(),
                entry: Entry::Answer,
            }],
            Event::Answer(answer) if answer == "yes" => {
                let mut points = held(&self.points);
                points.values_mut().for_each(|value| *value = 0.0);
                let done = Command::Styled(Style::Good, "All points are 0.".into());
                vec![done, Command::Done]
            }
            Event::Run(called) => match self.run(&called) {
                Ok(answer) => vec![Command::Print(answer), Command::Done],
                Err(message) => vec![Command::Failed(message)],
            },
            Event::Interrupt | Event::Answer(_) => vec![Command::Done],
            Event::Complete(query) => {
                let is_set = query.command == "set";
                let points = held(&self.points);
                let names = points
                    .keys()
                    .filter(|name| !is_set || name.starts_with("tank"));
                vec![Command::Completions(names.cloned().collect())]
            }
            _ => Vec::new(),
        }
    }

    /// What a command answers at once.
    ///
    /// # Errors
    /// It cannot be done; in words.
    pub fn run(&self, called: &Invocation) -> Result<String, String> {
        let mut points = held(&self.points);
        let no = |name: &str| format!("There is no point {name}.");
        match called.name() {
            "get" => get(&points, called),
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
}

/// The points that are named, or all of them.
fn get(points: &BTreeMap<String, f64>, called: &Invocation) -> Result<String, String> {
    let line = |name: &str, value: &f64| format!("{name:20}{value:10.2}\n");
    let mut named = called
        .values("point")
        .filter_map(|value| match value {
            Value::Text(name) => Some(name.as_str()),
            _ => None,
        })
        .peekable();
    if named.peek().is_none() {
        return Ok(points
            .iter()
            .map(|(name, value)| line(name, value))
            .collect());
    }
    named
        .map(|name| {
            let value = points.get(name);
            value
                .map(|value| line(name, value))
                .ok_or_else(|| format!("There is no point {name}."))
        })
        .collect()
}
