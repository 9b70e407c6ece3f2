//! The null modem and the bus, against a UART's own rules.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail loudly"
)]

mod bus;
mod marks;
mod noise;
mod queues;
mod signals;
mod times;
mod worlds;

use core::{pin::Pin, task::Poll};

use lineside_core::{Instant, Mark};
use lineside_io::{
    Clock, Line, Settings,
    sim::{NullModem, NullModemConfig, SimLine},
};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

fn at(baud: u32) -> Settings {
    Settings {
        baud,
        ..Settings::default()
    }
}

fn pair(clock: &Clock, settings: Settings) -> (SimLine, SimLine) {
    NullModem::pair(clock, NullModemConfig::new(settings))
}

/// When `characters` back to back from the start have ended.
fn end_of(settings: Settings, characters: u64) -> Instant {
    Instant::START + settings.time_of(characters)
}

/// Reads one piece, at most 64 bytes.
async fn read_some(line: &mut SimLine) -> Vec<u8> {
    let mut buffer = [0; 64];
    let count = line.read(&mut buffer).await.unwrap();
    buffer[..count].to_vec()
}

/// What a line reports, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Got {
    Byte(u8),
    Mark(Mark),
    End,
}

/// Waits for the next byte or mark, as a driver does.
async fn next(line: &mut SimLine) -> Got {
    core::future::poll_fn(|cx| {
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(Got::Mark(mark));
        }
        let mut byte = [0];
        let mut into = ReadBuf::new(&mut byte);
        match Pin::new(&mut *line).poll_read(cx, &mut into) {
            Poll::Ready(Ok(())) => {
                let got = into
                    .filled()
                    .first()
                    .map_or(Got::End, |byte| Got::Byte(*byte));
                Poll::Ready(got)
            }
            Poll::Ready(Err(error)) => unreachable!("a simulated line cannot fail: {error}"),
            Poll::Pending => match line.take_mark() {
                Some(mark) => Poll::Ready(Got::Mark(mark)),
                None => Poll::Pending,
            },
        }
    })
    .await
}

/// All that comes within `characters` character times of silence.
async fn rest(clock: &Clock, line: &mut SimLine) -> Vec<Got> {
    let mut all = Vec::new();
    let silence = line.settings().time_of(100);
    while let Ok(got) = clock.timeout(silence, next(line)).await {
        all.push(got);
    }
    all
}
