//! The plant that the examples share: what the devices do, apart from how they are reached.

use core::time::Duration;
use std::io;

use lineside_framing::{
    net::{Connection, Endpoint, Error},
    wire::Framing,
};
use lineside_io::{Line, Queue, address::Wire};
use lineside_modbus::net::{self as modbus, Server, Service};
use tracing::warn;

pub mod arguments;
pub mod farm;
pub mod logged;
pub mod loopback;
pub mod map;
pub mod overheard;
pub mod panel;
pub mod place;
pub mod plant;
pub mod points;
pub mod probe;
pub mod program;
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

/// How long a line may go on answering when its client sends no more.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Passes everything, until both directions have ended or one has failed. A line has no end: there the
/// end of the client is the end, soon after.
///
/// # Errors
/// Either wire failed.
pub async fn pass(mut client: Wire, mut device: Wire) -> io::Result<()> {
    if device.as_line().is_none() {
        let both = tokio::io::copy_bidirectional(&mut client, &mut device);
        return both.await.map(drop);
    }
    let (mut asks, mut hears) = tokio::io::split(client);
    let (mut answers, mut listens) = tokio::io::split(device);
    let asking = async {
        tokio::io::copy(&mut asks, &mut listens).await?;
        tokio::time::sleep(LAST_WORDS).await;
        Ok(())
    };
    tokio::select! {
        ended = asking => ended,
        ended = tokio::io::copy(&mut answers, &mut hears) => ended.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use lineside_framing::AnyFraming;
    use lineside_io::{
        Clock, FlowControl, Settings,
        sim::{NullModem, NullModemConfig},
    };
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_line_has_a_moment_for_its_last_words_when_its_client_ends() {
        let config = NullModemConfig::new(Settings::default());
        let (device, mut far) = NullModem::pair(&Clock::tokio(), config);
        let (near, mut client) = tokio::io::duplex(64);
        let (near, device) = (Wire::Stream(Box::new(near)), Wire::Line(Box::new(device)));
        let passing = tokio::spawn(pass(near, device));
        client.write_all(b"SI").await.unwrap();
        client.shutdown().await.unwrap();
        far.read_exact(&mut [0; 2]).await.unwrap();
        far.write_all(b"S S 1.5 g").await.unwrap();
        let mut said = String::new();
        client.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "S S 1.5 g");
        passing.await.unwrap().unwrap();
    }

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
