//! The plant's console: what an operator sees and does there over Telnet.

use std::sync::Arc;

use lineside_io::{Clock, Driver, Limits, Urgent};
use lineside_modbus::net::Shared;
use lineside_telnet::{
    Config as TelnetConfig,
    console::{
        Accounts, Argument, Command, Config, Console, Event, Invocation, Login, Spec, Table,
        TelnetConsole,
    },
    net::console::{Consoles, ConsolesConfig, Origin},
};
use tracing::info;

use crate::{
    plant::{Plant, SETPOINTS},
    scale::{Load, Scale},
};

/// Who may log in, and with what.
pub const OPERATOR: (&str, &str) = ("operator", "plant");

/// What the consoles of a plant share.
#[derive(Clone, Debug)]
pub struct Panel {
    plant: Shared<Plant>,
    load: Load,
    table: Arc<Table>,
    config: Arc<Config>,
    telnet: Arc<TelnetConfig>,
    consoles: Consoles,
    clock: Clock,
}

impl Panel {
    /// The console of this room and this scale.
    #[must_use]
    pub fn new(plant: Shared<Plant>, load: Load, clock: Clock) -> Self {
        let (least, most) = (SETPOINTS.start(), SETPOINTS.end());
        let degrees = f64::from(*least) / 10.0..=f64::from(*most) / 10.0;
        let table = Table::new([
            Spec::new("room", "Shows the room: temperature, setpoint, fan, alarm"),
            Spec::new("fan", "Switches the fan").with(Argument::switch("state")),
            Spec::new("setpoint", "Heats the room to a temperature")
                .with(Argument::number_in("celsius", degrees)),
            Spec::new("weigh", "Shows what lies on the scale"),
        ]);
        let mut config = Config::default();
        config.banner = "The plant of Lineside's examples.".into();
        config.greeting = "help lists the commands; watch room shows how it warms up.".into();
        config.prompt = "plant> ".into();
        config.login = Some(Login::default());
        let (name, password) = OPERATOR;
        let accounts = Accounts::new().with(name, password, 0);
        Self {
            plant,
            load,
            table: Arc::new(table.with_builtins().with_sessions(0)),
            config: Arc::new(config),
            telnet: Arc::new(TelnetConsole::telnet()),
            consoles: Consoles::new(&ConsolesConfig::default(), move |who| {
                accounts.check(&who.user, &who.password)
            }),
            clock,
        }
    }

    /// Serves one operator, until the session ends.
    pub async fn attend<S: Urgent>(self, stream: S, from: impl Into<Origin>) {
        let console = Console::new(self.table.clone(), self.config.clone());
        let machine = TelnetConsole::with(console, self.telnet.clone());
        // An operator reads more than he types: while he does, his console holds no buffers.
        let mut limits = Limits::default();
        limits.lean = true;
        let driver = Driver::on_urgent(machine, stream, self.clock.clone());
        let mut operator = self.consoles.attend(driver.limits(limits), from);
        while let Ok(Some(event)) = operator.next().await {
            for command in self.wanted(&event) {
                if operator.answer(command).is_err() {
                    return;
                }
            }
        }
    }

    fn wanted(&self, event: &Event) -> Vec<Command> {
        match event {
            Event::Run(called) => {
                info!("console: {}", called.name());
                vec![Command::Print(self.run(called)), Command::Done]
            }
            Event::Interrupt => vec![Command::Done],
            _ => Vec::new(),
        }
    }

    fn run(&self, called: &Invocation) -> String {
        let mut plant = self.plant.lock();
        match called.name() {
            "fan" => plant.set_fan(called.switch("state").unwrap_or_default()),
            "setpoint" => {
                let celsius = called.number("celsius").unwrap_or_default();
                // The table allows no other than those of `SETPOINTS`.
                plant.set_setpoint((celsius * 10.0).round() as i16);
            }
            "weigh" => return Scale::new("console", self.load.clone()).answer(b"SI"),
            _ => return plant.to_string(),
        }
        String::new()
    }
}
