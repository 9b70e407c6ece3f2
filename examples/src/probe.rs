//! A telemetry probe: it says by itself, once a second, what it measures, in HDLC-like frames.
//!
//! A report is eight bytes, high byte first: a number that counts up (u16), the temperature in
//! hundredths of a degree Celsius (i16), the relative humidity in per mille (u16), and the supply in
//! millivolts (u16).

use core::time::Duration;

use lineside_framing::{
    Event,
    net::{Connection, Endpoint, Error},
    wire::Framing,
};
use lineside_io::{Listener, Stream};
use tokio::task::JoinSet;
use tracing::{info, warn};

/// What a probe reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Counts up; a gap is a lost report.
    pub number: u16,
    /// Hundredths of a degree Celsius.
    pub temperature: i16,
    /// Per mille of relative humidity.
    pub humidity: u16,
    /// Millivolts.
    pub supply: u16,
}

impl Report {
    /// What a probe in a quiet room measures the `number`th time.
    #[must_use]
    pub fn measure(number: u16) -> Self {
        let wave = i16::try_from(number % 40).unwrap_or(0) - 20;
        Self {
            number,
            temperature: 2_150 + wave.abs() * 3,
            humidity: 455 + number % 7,
            supply: 3_300 - number % 5,
        }
    }

    /// The eight bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        let [a, b] = self.number.to_be_bytes();
        let [c, d] = self.temperature.to_be_bytes();
        let [e, f] = self.humidity.to_be_bytes();
        let [g, h] = self.supply.to_be_bytes();
        [a, b, c, d, e, f, g, h]
    }

    /// A report from its bytes; `None` when there are not eight.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let &[a, b, c, d, e, f, g, h] = bytes else {
            return None;
        };
        Some(Self {
            number: u16::from_be_bytes([a, b]),
            temperature: i16::from_be_bytes([c, d]),
            humidity: u16::from_be_bytes([e, f]),
            supply: u16::from_be_bytes([g, h]),
        })
    }
}

/// Reports every second until the peer closes; what the peer says is only logged.
///
/// # Errors
/// The wire failed.
pub async fn run<F: Framing, S: Stream>(
    port: &str,
    connection: &mut Connection<F, S>,
) -> Result<(), Error> {
    let mut beat = tokio::time::interval(Duration::from_secs(1));
    let mut number = 0;
    loop {
        tokio::select! {
            _ = beat.tick() => {
                connection.send(Report::measure(number).to_bytes().to_vec()).await?;
                number = number.wrapping_add(1);
            }
            heard = connection.next() => match heard? {
                Some(Event::Record(record)) => info!("{port}: {} bytes, which a probe does not answer", record.len()),
                Some(Event::Damaged { reason, bytes }) => warn!("{port}: {bytes} bytes are no frame: {reason}"),
                None => return Ok(()),
            },
        }
    }
}

/// So many peers at once; a further one waits to be accepted.
const PEERS: usize = 64;

/// Is a probe to everyone who connects.
///
/// # Errors
/// The listener failed.
pub async fn serve<F, L>(
    port: &'static str,
    endpoint: &Endpoint<F>,
    mut listener: L,
) -> Result<(), Error>
where
    F: Framing + Clone + Send + 'static,
    L: Listener<Stream: Stream>,
{
    let mut open = JoinSet::new();
    loop {
        let stream = listener.accept().await?;
        let mut connection = endpoint.over(stream);
        open.spawn(async move { run(port, &mut connection).await });
        while let Some(ended) = open.try_join_next() {
            info!("{port}: ended: {ended:?}");
        }
        while open.len() >= PEERS {
            open.join_next().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_its_bytes() {
        let report = Report::measure(700);
        assert_eq!(Report::from_bytes(&report.to_bytes()), Some(report));
        assert_eq!(Report::from_bytes(b"seven b"), None);
    }
}
