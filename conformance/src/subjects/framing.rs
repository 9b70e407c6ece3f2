//! Our own framing endpoint, from the crate that applications use.

use lineside_framing::{
    AnyFraming, Config, Event,
    net::{Connection, Echo},
};
use lineside_io::BoxFuture;

use crate::{
    dialect::Dialect,
    profile::Profile,
    script::{Exit, Line, Report, Step},
    subject::{Setup, Subject},
    wire::End,
};

/// `lineside-framing`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Framing;

impl Subject for Framing {
    fn name(&self) -> &str {
        "lineside-framing"
    }

    fn about(&self) -> String {
        concat!("lineside-framing ", env!("CARGO_PKG_VERSION")).to_owned()
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name());
        let has = [
            Profile::ECHO,
            Profile::EXCHANGE,
            Profile::LINE,
            Profile::REPORTS,
        ];
        profile.capabilities.extend(has.map(str::to_owned));
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        framing(dialect, 256).is_some()
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            if let Some(mut connection) = connection(end, &setup) {
                // A wire that fails ends the endpoint; what the peer did shows on the wire.
                let _ = connection.run(&mut Echo).await;
            }
        })
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        Box::pin(async move {
            let mut lines = Vec::new();
            let exit = match connection(end, &setup) {
                None => Exit::Failed(format!("no framing for {}", setup.dialect)),
                Some(mut connection) => follow(&mut connection, script, &mut lines).await,
            };
            Report { lines, exit }
        })
    }
}

type Port = Connection<AnyFraming, End>;

fn connection(end: End, setup: &Setup) -> Option<Port> {
    let max = usize::try_from(setup.profile.limit("max-record", 256)).ok()?;
    let framing = framing(&setup.dialect, max)?;
    let clock = setup.clock.clone();
    Some(Connection::on_wire(framing, Config::default(), end, clock))
}

async fn follow(port: &mut Port, script: Vec<Step>, lines: &mut Vec<Line>) -> Exit {
    for step in script {
        let done = match step {
            Step::Send(record) => port.send(record.into_owned()).await,
            Step::Recv(count) => receive(port, count, lines).await,
            Step::Calls(_) | Step::Wait(_) | Step::Telnet(_) | Step::Port(_) => {
                return Exit::Failed("a framing has no calls".to_owned());
            }
        };
        if let Err(error) = done {
            return Exit::Failed(error.to_string());
        }
    }
    Exit::Did
}

async fn receive(
    port: &mut Port,
    count: usize,
    lines: &mut Vec<Line>,
) -> Result<(), lineside_framing::net::Error> {
    let mut good = 0;
    while good < count {
        match port.next().await? {
            Some(Event::Record(record)) => {
                good += 1;
                lines.push(Line::Record(record.to_vec()));
            }
            Some(Event::Damaged { reason, .. }) => lines.push(Line::Damaged(reason.to_string())),
            None => break,
        }
    }
    Ok(())
}

/// The library's framing of a dialect.
fn framing(dialect: &Dialect, max: usize) -> Option<AnyFraming> {
    let mut words = vec![dialect.name.clone()];
    let mut check = None;
    let wanted = |option: &str| dialect.get(option).is_some_and(|value| value == "yes");
    match dialect.name.as_str() {
        "length" => words.push(length(dialect)),
        "hdlc" if !wanted("header") => words.push("noac".to_owned()),
        _ => {}
    }
    for (option, value) in &dialect.options {
        match (option.as_str(), value.as_str()) {
            ("check", name) => check = Some(check_of(name)?),
            ("ends" | "bytes" | "size", value) => words.insert(1, value.to_owned()),
            ("escape", "strict") => words.push("strict".to_owned()),
            ("escape", "lenient") | ("width" | "order" | "header", _) => {}
            ("fcs", "16" | "32") => words.push(format!("fcs{value}")),
            ("fcs", "none") => words.push("nofcs".to_owned()),
            ("whole", "yes") => words.push("incl".to_owned()),
            ("accm" | "bcc" | "magic" | "eof" | "pause", value) => {
                words.push(format!("{option}={value}"))
            }
            _ => return None,
        }
    }
    if dialect.name != "fixed" {
        words.push(format!("max={max}"));
    }
    let text = words.join(":") + &check.map(|check| format!("+{check}")).unwrap_or_default();
    text.parse().ok()
}

fn length(dialect: &Dialect) -> String {
    let width = dialect.get("width").unwrap_or("2");
    match width {
        "1" | "varint" => width.to_owned(),
        _ => format!("{width}{}", dialect.get("order").unwrap_or("be")),
    }
}

/// The catalogue's name of a check, and the order in which its bytes are sent.
fn check_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "modbus" => "crc-16/modbus:le",
        "xmodem" => "crc-16/xmodem:be",
        "ccitt-false" => "crc-16/ibm-3740:be",
        "kermit" => "crc-16/kermit:le",
        "x-25" => "crc-16/ibm-sdlc:le",
        "crc-32" => "crc-32/iso-hdlc:le",
        "crc-32c" => "crc-32/iscsi:le",
        "lrc" => "lrc",
        "xor" => "xor",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cases::framing::GROUPS, suite::instances};

    #[test]
    fn it_speaks_every_dialect_of_the_suite() {
        for (_, instance) in instances(GROUPS) {
            let speaks = instance.speaks();
            assert!(framing(&speaks.parse().unwrap(), 256).is_some(), "{speaks}");
        }
    }
}
