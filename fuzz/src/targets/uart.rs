//! The simulated UART: a null modem with any settings, pace and noise.

use core::{pin::Pin, task::Poll, time::Duration};

use lineside_core::{Instant, Mark};
use lineside_io::{
    Clock, DataBits, FlowControl, Line, Parity, Settings, StopBits,
    sim::{self, Delivery, EndConfig, Gap, Noise, NullModem, NullModemConfig, SimLine},
};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

use crate::Dice;

/// What a line reports, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Got {
    Byte(u8),
    Mark(Mark),
    End,
}

type Log = Vec<(Instant, Got)>;

/// The input is what one end sends.
pub(super) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    match dice.below(3) {
        0 => ends_that_agree_lose_nothing(data, &mut dice),
        1 => flow_control_loses_nothing(data, &mut dice),
        _ => the_same_world_twice(data, &mut dice),
    }
}

/// Every character arrives, exactly when its last stop bit ends.
fn ends_that_agree_lose_nothing(data: &[u8], dice: &mut Dice) {
    let settings = settings(dice);
    let mut config = NullModemConfig::new(settings);
    config.a.transmit_queue = 1 + dice.below(20);
    config.a.gap = gap(dice);
    config.b.delivery = delivery(dice);
    let on_time = config.a.gap == Gap::None && config.b.delivery == Delivery::EachCharacter;
    let log = played(config, data, None);

    let sent: Vec<u8> = data.iter().map(|byte| byte & mask(settings)).collect();
    assert_eq!(bytes(&log), sent, "{settings:?}");
    assert!(
        !log.iter().any(|(_, got)| matches!(got, Got::Mark(_))),
        "{log:?}"
    );
    for (n, (at, _)) in (1..).zip(&log).take(sent.len()) {
        let end = Instant::START + settings.time_of(n);
        let right = if on_time { *at == end } else { *at >= end };
        assert!(right, "character {n} at {at}, not {end}, with {settings:?}");
    }
}

/// A reader that dawdles behind a short queue loses nothing.
fn flow_control_loses_nothing(data: &[u8], dice: &mut Dice) {
    let mut settings = settings(dice);
    let hardware = dice.once_in(2);
    settings.flow = if hardware {
        FlowControl::Hardware
    } else {
        FlowControl::Software
    };
    let mut config = NullModemConfig::new(settings);
    config.a.transmit_queue = 1 + dice.below(20);
    // A quarter of it, less one for a mark, takes the two characters that XOFF comes too late for.
    config.b.receive_queue = 12 + dice.below(40);
    let dawdle = settings.time_of(dice.below(30) as u64);
    // XON and XOFF are not data.
    let controls = [0x11, 0x13];
    let data: Vec<u8> = (data.iter().map(|byte| byte & mask(settings)))
        .filter(|byte| hardware || !controls.contains(byte))
        .collect();
    let log = played(config, &data, Some(dawdle));
    assert_eq!(bytes(&log), data, "{settings:?}");
}

/// Whatever the settings and the noise: the same every time, no more than fits into the time, and
/// what is sent correctly afterwards arrives.
fn the_same_world_twice(data: &[u8], dice: &mut Dice) {
    let mut config = NullModemConfig {
        a: EndConfig::new(settings(dice)),
        b: EndConfig::new(settings(dice)),
        ..NullModemConfig::default()
    };
    config.a.gap = gap(dice);
    config.a.noise = noise(dice);
    config.b.delivery = delivery(dice);
    let log = played(config.clone(), data, None);
    assert_eq!(
        played(config.clone(), data, None),
        log,
        "the same world again"
    );

    let told = log.len() as u64;
    let (last, end) = log.last().copied().unwrap_or((Instant::START, Got::End));
    assert_eq!(end, Got::End);
    // A character has at least seven bits, and no more than one mark stands before it.
    let fits = last.since(Instant::START).as_nanos() * u128::from(config.b.settings.baud);
    let most = 4 + 2 * fits.div_ceil(7 * 1_000_000_000);
    assert!(u128::from(told) <= most, "{told} reports in {last} s");
    if config.a.noise == Noise::default() && config.a.settings != config.b.settings {
        let bytes = bytes(&log);
        assert_eq!(
            bytes.last(),
            Some(&(LAST & mask(config.b.settings))),
            "{log:?}"
        );
    }
}

/// Sent when all is quiet, at the receiver's settings.
const LAST: u8 = 0x55;

/// Sends `data` from one end, then a last byte at the other's settings if they differ, and hangs up.
/// Gives what the other end reports.
fn played(config: NullModemConfig, data: &[u8], dawdle: Option<Duration>) -> Log {
    let data = data.to_vec();
    sim::run(|clock| async move {
        let differ = dawdle.is_none() && config.a.settings != config.b.settings;
        let to = config.b.settings;
        let quiet = config.a.settings.time_of(100) + to.time_of(100);
        let (mut a, mut b) = NullModem::pair(&clock, config);
        let sender = clock.clone();
        let sending = tokio::spawn(async move {
            a.write_all(&data).await?;
            a.drain().await?;
            if differ {
                sender.sleep(quiet).await;
                a.configure(to).await?;
                a.write_all(&[LAST]).await?;
                a.drain().await?;
            }
            std::io::Result::Ok(())
        });
        let log = listened(&clock, &mut b, dawdle).await;
        match sending.await {
            Ok(Ok(())) => log,
            failed => panic!("the sender failed: {failed:?}"),
        }
    })
}

async fn listened(clock: &Clock, line: &mut SimLine, dawdle: Option<Duration>) -> Log {
    let mut log = Log::new();
    loop {
        let got = next(line).await;
        log.push((clock.now(), got));
        if got == Got::End {
            return log;
        }
        if let Some(dawdle) = dawdle {
            clock.sleep(dawdle).await;
        }
    }
}

/// The next byte or mark, as a driver takes it.
async fn next(line: &mut SimLine) -> Got {
    core::future::poll_fn(|cx| {
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(Got::Mark(mark));
        }
        let mut byte = [0];
        let mut into = ReadBuf::new(&mut byte);
        match Pin::new(&mut *line).poll_read(cx, &mut into) {
            Poll::Ready(Ok(())) => Poll::Ready(
                into.filled()
                    .first()
                    .map_or(Got::End, |byte| Got::Byte(*byte)),
            ),
            Poll::Ready(Err(error)) => panic!("a simulated line cannot fail: {error}"),
            Poll::Pending => line
                .take_mark()
                .map_or(Poll::Pending, |mark| Poll::Ready(Got::Mark(mark))),
        }
    })
    .await
}

fn bytes(log: &Log) -> Vec<u8> {
    let byte = |(_, got): &(Instant, Got)| match got {
        Got::Byte(byte) => Some(*byte),
        Got::Mark(_) | Got::End => None,
    };
    log.iter().filter_map(byte).collect()
}

/// The bits that a character carries.
const fn mask(settings: Settings) -> u8 {
    0xFF >> (8 - settings.data_bits.count())
}

fn settings(dice: &mut Dice) -> Settings {
    let bauds = [50, 300, 9_600, 19_200, 115_200, 921_600, 4_000_000];
    let any = u32::try_from(1 + dice.below(1_000_000)).unwrap_or(1);
    Settings {
        baud: bauds.get(dice.below(9)).copied().unwrap_or(any),
        data_bits: match dice.below(6) {
            0 => DataBits::Five,
            1 => DataBits::Six,
            2 => DataBits::Seven,
            _ => DataBits::Eight,
        },
        parity: match dice.below(6) {
            0 => Parity::Odd,
            1 => Parity::Even,
            2 => Parity::Mark,
            3 => Parity::Space,
            _ => Parity::None,
        },
        stop_bits: match dice.below(4) {
            0 => StopBits::OneAndHalf,
            1 => StopBits::Two,
            _ => StopBits::One,
        },
        flow: FlowControl::None,
    }
}

fn gap(dice: &mut Dice) -> Gap {
    let micros = |dice: &mut Dice| Duration::from_micros(dice.below(5_000) as u64);
    match dice.below(4) {
        0 => Gap::Fixed(micros(dice)),
        1 => {
            let min = micros(dice);
            Gap::Random {
                min,
                max: min + micros(dice),
                seed: dice.below(1_000) as u64,
            }
        }
        _ => Gap::None,
    }
}

fn delivery(dice: &mut Dice) -> Delivery {
    match dice.below(4) {
        0 => Delivery::USB,
        1 => Delivery::Lumps {
            characters: dice.below(10),
            latency: Duration::from_micros(dice.below(20_000) as u64),
        },
        _ => Delivery::EachCharacter,
    }
}

fn noise(dice: &mut Dice) -> Noise {
    if dice.once_in(3) {
        return Noise::default();
    }
    let rate = |dice: &mut Dice| {
        let rates = [0.0, 0.01, 0.1, 0.5, 1.0, f64::NAN, -1.0, 2.0];
        rates.get(dice.below(16)).copied().unwrap_or(0.0)
    };
    Noise {
        seed: dice.below(1_000) as u64,
        bit_error_rate: rate(dice),
        drop_rate: rate(dice),
        duplicate_rate: rate(dice),
        insert_rate: rate(dice),
    }
}
