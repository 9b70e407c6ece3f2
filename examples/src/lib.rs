//! The plant that the examples share: what the devices do, apart from how they are reached.

use std::io;

use lineside_framing::{
    net::{Connection, Endpoint, Error},
    wire::Framing,
};
use lineside_io::{Line, Queue};
use lineside_modbus::net::{self as modbus, Server, Service};
use tracing::warn;

pub mod arguments;
pub mod logged;
pub mod map;
pub mod overheard;
pub mod place;
pub mod plant;
pub mod points;
pub mod probe;
pub mod routes;
pub mod scale;
pub mod show;

/// Serves a line for as long as it lasts. A program at its other end that does not read loses what
/// was meant for it, and nobody else anything: the line is served on.
///
/// # Errors
/// The line failed.
pub async fn on_line<F: Framing + Clone, L: Line>(
    endpoint: &Endpoint<F>,
    mut line: L,
    mut serve: impl AsyncFnMut(&mut Connection<F, L>) -> Result<(), Error>,
) -> Result<(), Error> {
    loop {
        let mut connection = endpoint.on_line(line);
        match serve(&mut connection).await {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::TimedOut => warn!("{error}"),
            ended => return ended,
        }
        line = connection.into_stream();
        line.discard(Queue::Output)?;
    }
}

/// The same for Modbus.
///
/// # Errors
/// The line failed.
pub async fn answer_on_line<L: Line>(
    server: &Server,
    mut line: L,
    service: &mut impl Service,
) -> Result<(), modbus::Error> {
    loop {
        let mut connection = server.on_line(line);
        match connection.run(service).await {
            Err(modbus::Error::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
                warn!("{error}")
            }
            ended => return ended,
        }
        line = connection.into_stream();
        line.discard(Queue::Output)?;
    }
}

#[cfg(test)]
mod tests {
    use lineside_framing::AnyFraming;
    use lineside_io::{
        Clock, FlowControl, Settings,
        sim::{NullModem, NullModemConfig},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_program_that_does_not_read_does_not_end_the_device() {
        let clock = Clock::tokio();
        let settings = Settings {
            flow: FlowControl::Hardware,
            ..Settings::default()
        };
        let mut config = NullModemConfig::new(settings);
        config.a.transmit_queue = 16;
        let (near, mut far) = NullModem::pair(&clock, config);
        far.set_signals(None, Some(false)).unwrap();
        let framing: AnyFraming = "line:any".parse().unwrap();
        let endpoint = Endpoint::new(framing).clock(clock);
        let mut served = 0;
        let ended = on_line(&endpoint, near, async |connection| {
            served += 1;
            match served {
                1 => connection.send(vec![b'x'; 100]).await,
                _ => Ok(()),
            }
        });
        ended.await.unwrap();
        assert_eq!(served, 2);
    }
}
