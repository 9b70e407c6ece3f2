//! A weighing scale: commands and responses, a line each, in the manner of MT-SICS level 0.
//!
//! `SI` weighs at once, `S` when the load is stable, `Z` sets zero, `T` tares and `TA` tells the
//! tare, `@` resets and gives the serial number. What it does not know it answers with `ES`.

use core::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use std::sync::Arc;

use bytes::Bytes;
use lineside_framing::{net::Handler, wire::Reason};
use tracing::{info, warn};

/// What lies on the scale, in hundredths of a gram. Copies are the same load.
#[derive(Clone, Debug, Default)]
pub struct Load(Arc<AtomicI64>);

impl Load {
    /// Puts so many hundredths of a gram on the scale.
    pub fn set(&self, hundredths: i64) {
        self.0.store(hundredths, Ordering::Relaxed);
    }

    /// Pours something onto the scale and takes it off again, for ever.
    pub async fn pour(&self) {
        let mut beat = tokio::time::interval(Duration::from_millis(200));
        for step in (0..500).chain((0..500).rev()).cycle() {
            beat.tick().await;
            self.set(step * 25);
        }
    }

    fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One scale as one port sees it.
#[derive(Clone, Debug)]
pub struct Scale {
    port: &'static str,
    load: Load,
    zero: i64,
    tare: i64,
}

impl Scale {
    /// A scale under `load`; `port` is its name in the log.
    #[must_use]
    pub const fn new(port: &'static str, load: Load) -> Self {
        Self {
            port,
            load,
            zero: 0,
            tare: 0,
        }
    }

    /// What it answers to a line.
    pub fn answer(&mut self, line: &[u8]) -> String {
        let gross = self.load.get() - self.zero;
        match line {
            b"SI" | b"S" => format!("S S {} g", grams(gross - self.tare)),
            b"Z" => {
                self.zero = self.load.get();
                "Z A".to_owned()
            }
            b"T" => {
                self.tare = gross;
                format!("T S {} g", grams(self.tare))
            }
            b"TA" => format!("TA A {} g", grams(self.tare)),
            b"@" => {
                (self.zero, self.tare) = (0, 0);
                "I4 A \"LS-0001\"".to_owned()
            }
            _ => "ES".to_owned(),
        }
    }
}

impl Handler for Scale {
    async fn record(&mut self, line: Bytes) -> Option<Bytes> {
        let answer = self.answer(&line);
        info!(
            "{}: {:?} -> {answer:?}",
            self.port,
            line.escape_ascii().to_string()
        );
        Some(answer.into())
    }

    fn damaged(&mut self, reason: Reason, bytes: usize) {
        warn!("{}: {bytes} bytes are no line: {reason}", self.port);
    }
}

/// Hundredths as grams, in ten columns.
fn grams(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, part) = (
        hundredths.unsigned_abs() / 100,
        hundredths.unsigned_abs() % 100,
    );
    format!("{:>10}", format!("{sign}{whole}.{part:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_weighs_tares_and_refuses_what_it_does_not_know() {
        let load = Load::default();
        let mut scale = Scale::new("test", load.clone());
        load.set(12_345);
        assert_eq!(scale.answer(b"SI"), "S S     123.45 g");
        assert_eq!(scale.answer(b"T"), "T S     123.45 g");
        load.set(12_340);
        assert_eq!(scale.answer(b"S"), "S S      -0.05 g");
        assert_eq!(scale.answer(b"@"), "I4 A \"LS-0001\"");
        assert_eq!(scale.answer(b"si"), "ES");
        assert_eq!(scale.answer(b"\xff\x00"), "ES");
    }
}
