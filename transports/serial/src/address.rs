//! `serial:///dev/ttyUSB0?baud=19200&parity=even&rs485=rts` and `pty:/tmp/scale`.

use core::{future::pending, time::Duration};
use std::{io, path::PathBuf};

use lineside_io::{
    BoxFuture, Clock, Line, Settings,
    address::{Accepted, Acceptor, Address, AddressError, Params, Scheme, Schemes, Wire},
};

use crate::{
    Backoff, ByKernel, ByRts, Marks, Options, Pty, Reconnecting, Rs485, Tty,
    pty::{Absent, PtyOptions},
};

/// Adds `serial:` and `pty:`.
#[must_use]
pub fn register(schemes: Schemes) -> Schemes {
    schemes.with(serial()).with(pty())
}

/// A serial port: `serial:///dev/ttyUSB0`.
///
/// Beside the settings (`baud`, `format` or `data`, `parity` and `stop`, `flow`) its parameters are
/// `rs485` (`none`, `kernel`, `rts`) with `rs485-before`, `rs485-after` and `rs485-level`; `marks`,
/// `exclusive`, `strict`, `low-latency`, `dtr`, `rts`, `hupcl`; and `reconnect`.
///
/// Opened with `reconnect`, the port is a [`Reconnecting`]. Listened at, it is accepted once; with
/// `reconnect` again and again, each time that the line before was dropped and the port can be
/// opened.
#[must_use]
pub fn serial() -> Scheme {
    const EXAMPLES: &[&str] = &[
        "serial:///dev/ttyUSB0?baud=19200&parity=even",
        "serial:///dev/ttyS1?baud=115200&rs485=rts&rs485-after=100us",
        "serial:///dev/ttyACM0?reconnect",
    ];
    Scheme::new(
        "serial",
        "a serial port, or another program's PTY",
        EXAMPLES,
    )
    .on_open(|address, _| async move {
        let port = Port::read(&address)?;
        let line: Box<dyn Line> = if port.reconnect {
            let Port { path, settings, .. } = &port;
            let backoff = Backoff::default();
            Box::new(Reconnecting::open(path, *settings, &port.options, backoff)?)
        } else {
            Box::new(port.open()?)
        };
        Ok(Wire::Line(line))
    })
    .on_listen(|address, context| async move {
        let port = Port::read(&address)?;
        let line: Box<dyn Line> = Box::new(port.open()?);
        if !port.reconnect {
            return Ok(only(line, address));
        }
        if !port.options.exclusive {
            let what = "reconnect while listening needs exclusive: the lock tells when a line ends";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let again: Box<dyn Acceptor> = Box::new(Again {
            line: Some(line),
            port,
            local: address,
            clock: context.clock,
            attempts: 0,
        });
        Ok(again)
    })
}

/// A new PTY: `pty:`, or `pty:/tmp/scale` with a symbolic link to its other side.
///
/// Beside the settings, which serve timing alone, its parameter is `absent` (`lose`, `end`,
/// `hold`): what happens while no program has the other side open.
#[must_use]
pub fn pty() -> Scheme {
    const EXAMPLES: &[&str] = &["pty:/tmp/scale", "pty:?absent=end"];
    Scheme::new("pty", "a new PTY for another program to open", EXAMPLES)
        .on_open(|address, _| async move { Ok(Wire::Line(Box::new(open_pty(&address)?))) })
        .on_listen(|address, _| async move {
            let pty = open_pty(&address)?;
            let local = Address::new("serial").with_path(&pty.path().to_string_lossy());
            Ok(only(Box::new(pty), local))
        })
}

/// What an address says of a port.
struct Port {
    path: PathBuf,
    settings: Settings,
    options: Options,
    reconnect: bool,
}

impl Port {
    fn read(address: &Address) -> Result<Self, AddressError> {
        let path = address.path_only()?.into();
        let mut params = address.params();
        let port = Self {
            path,
            settings: Settings::take_from(&mut params)?,
            options: take_options(&mut params)?,
            reconnect: params.take("reconnect")?.unwrap_or(false),
        };
        params.finish()?;
        Ok(port)
    }

    fn open(&self) -> io::Result<Tty> {
        Tty::open(&self.path, self.settings, &self.options)
    }
}

fn take_options(params: &mut Params) -> Result<Options, AddressError> {
    let defaults = Options::default();
    let marks = params.take_one_of(
        "marks",
        &[
            ("auto", Marks::Auto),
            ("on", Marks::On),
            ("off", Marks::Off),
        ],
    )?;
    Ok(Options {
        rs485: take_rs485(params)?,
        marks: marks.unwrap_or(defaults.marks),
        exclusive: params.take("exclusive")?.unwrap_or(defaults.exclusive),
        strict: params.take("strict")?.unwrap_or(defaults.strict),
        low_latency: params.take("low-latency")?.unwrap_or(defaults.low_latency),
        dtr: params.take("dtr")?,
        rts: params.take("rts")?,
        hang_up_on_close: params.take("hupcl")?,
        ..defaults
    })
}

fn take_rs485(params: &mut Params) -> Result<Rs485, AddressError> {
    #[derive(Clone, Copy)]
    enum Kind {
        Kernel,
        Rts,
    }
    let kinds = &[
        ("none", None),
        ("kernel", Some(Kind::Kernel)),
        ("rts", Some(Kind::Rts)),
    ];
    let Some(kind) = params.take_one_of("rs485", kinds)?.flatten() else {
        for key in ["rs485-before", "rs485-after", "rs485-level"] {
            params.refuse(key, "rs485=kernel or rs485=rts beside it")?;
        }
        return Ok(Rs485::Off);
    };
    let before: Duration = params.take("rs485-before")?.unwrap_or_default();
    let after: Duration = params.take("rs485-after")?.unwrap_or_default();
    let send_level = params.take("rs485-level")?.unwrap_or(true);
    Ok(match kind {
        Kind::Kernel => Rs485::Kernel(ByKernel {
            send_level,
            before,
            after,
            ..ByKernel::default()
        }),
        Kind::Rts => Rs485::Rts(ByRts {
            send_level,
            before,
            after,
        }),
    })
}

fn open_pty(address: &Address) -> io::Result<Pty> {
    let link = if address.path().is_empty() && address.host().is_none() {
        None
    } else {
        Some(PathBuf::from(address.path_only()?))
    };
    let mut params = address.params();
    let settings = Settings::take_from(&mut params)?;
    let absent = params.take_one_of(
        "absent",
        &[
            ("lose", Absent::Lose),
            ("end", Absent::End),
            ("hold", Absent::Hold),
        ],
    )?;
    params.finish()?;
    Pty::open(&PtyOptions {
        link,
        settings,
        absent: absent.unwrap_or_default(),
        ..PtyOptions::default()
    })
}

/// A line as an acceptor: it comes once, since a wire has one other end, and then nothing comes.
fn only(line: Box<dyn Line>, local: Address) -> Box<dyn Acceptor> {
    Box::new(Only {
        line: Some(line),
        local,
    })
}

struct Only {
    line: Option<Box<dyn Line>>,
    local: Address,
}

impl Acceptor for Only {
    fn local(&self) -> Address {
        self.local.clone()
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<Accepted>> {
        Box::pin(async {
            let Some(line) = self.line.take() else {
                return pending().await;
            };
            Ok(Accepted {
                wire: Wire::Line(line),
                peer: self.local.to_string(),
                host: None,
            })
        })
    }
}

/// A port as an acceptor that outlives unplugging. While somebody has the line, the port is locked,
/// and cannot be opened for the next.
struct Again {
    line: Option<Box<dyn Line>>,
    port: Port,
    local: Address,
    clock: Clock,
    /// Since the last line.
    attempts: u32,
}

impl Acceptor for Again {
    fn local(&self) -> Address {
        self.local.clone()
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<Accepted>> {
        Box::pin(async {
            loop {
                if let Some(line) = self.line.take() {
                    self.attempts = 0;
                    return Ok(Accepted {
                        wire: Wire::Line(line),
                        peer: self.local.to_string(),
                        host: None,
                    });
                }
                let wait = Backoff::default().before(self.attempts);
                self.clock.sleep(wait).await;
                self.attempts = self.attempts.saturating_add(1);
                match self.port.open() {
                    Ok(line) => self.line = Some(Box::new(line)),
                    Err(error) => tracing::debug!(%error, "the port cannot be opened yet"),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
