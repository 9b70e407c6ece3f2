//! A future that is dropped anywhere leaves the wire sound: M17.

use core::{pin::pin, time::Duration};

use lineside_io::{
    Clock, Parity, Settings,
    sim::{NullModem, NullModemConfig, run},
};
use lineside_modbus::{
    ClientConfig, Framing,
    net::{Bus, BusConfig, Calls, Client},
};

use crate::peer::*;

fn settings() -> Settings {
    Settings {
        baud: 19_200,
        parity: Parity::Even,
        ..Settings::default()
    }
}

const CONFIG: fn() -> ClientConfig = || ClientConfig::default().retries(0);

/// A client and a unit on a simulated line. The unit's answer to address 0x11 is so late.
fn line(clock: &Clock, late: Duration) -> Client<lineside_io::sim::SimLine> {
    let (near, far) = NullModem::pair(clock, NullModemConfig::new(settings()));
    let answer = move |_, pdu: &[u8]| {
        let delay = match pdu[2] {
            0x11 => late,
            _ => Duration::from_millis(5),
        };
        Some((delay, registers(pdu)))
    };
    tokio::spawn(serve_rtu(far, clock.clone(), answer));
    Client::on_line(Framing::Rtu, CONFIG(), near, clock.clone())
}

#[test]
fn a_call_dropped_at_any_poll_leaves_the_line_sound() {
    for late in [5, 400, 1_200, 1_800] {
        let mut polls = 0;
        loop {
            let finished = run(move |clock| async move {
                let mut client = line(&clock, Duration::from_millis(late));
                let first = within(polls, client.unit(1).read_holding_registers(0x11, 2)).await;
                let second = client.unit(1).read_holding_registers(0x22, 2).await;
                assert_eq!(second.unwrap(), [0x22, 0x23], "{late} ms, {polls} polls");
                first.is_some()
            });
            if finished {
                break;
            }
            polls += 1;
        }
        assert!(polls > 3, "{polls} polls are no test");
    }
}

#[test]
fn a_call_dropped_at_any_time_leaves_the_line_sound() {
    // The line is idle until the next call, which comes at once or later.
    for pause in [0, 10, 2_000] {
        for micros in (0..30_000).step_by(293) {
            run(move |clock| async move {
                let mut client = line(&clock, Duration::from_millis(5));
                let limit = Duration::from_micros(micros);
                let mut unit = client.unit(1);
                let first = clock.timeout(limit, unit.read_holding_registers(0x11, 2));
                let _ = first.await;
                clock.sleep(Duration::from_millis(pause)).await;
                let second = client.unit(1).read_holding_registers(0x22, 2).await;
                assert_eq!(second.unwrap(), [0x22, 0x23], "{micros} us, {pause} ms");
            });
        }
    }
}

#[test]
fn a_bus_call_dropped_at_any_time_leaves_the_line_sound() {
    for late in [5, 1_200] {
        for micros in (0..30_000).step_by(977) {
            run(move |clock| async move {
                let mut client = Some(line(&clock, Duration::from_millis(late)));
                let dial = move || core::future::ready(Ok(client.take().unwrap()));
                let bus = Bus::spawn(BusConfig::default(), clock.clone(), dial);
                let limit = Duration::from_micros(micros);
                let mut unit = bus.unit(1);
                let first = clock.timeout(limit, unit.read_holding_registers(0x11, 2));
                let _ = first.await;
                let second = bus.unit(1).read_holding_registers(0x22, 2).await;
                assert_eq!(second.unwrap(), [0x22, 0x23], "{micros} us, {late} ms");
            });
        }
    }
}

#[test]
fn a_call_that_was_never_polled_asks_nothing() {
    run(|clock| async move {
        let mut client = line(&clock, Duration::from_millis(5));
        drop(client.unit(1).read_holding_registers(0x11, 2));
        assert_eq!(client.driver_mut().machine().queued(), 0);
        {
            let mut unit = client.unit(1);
            let mut call = pin!(unit.read_holding_registers(0x11, 2));
            assert!(poll_once(call.as_mut()).is_pending());
        }
        let second = client.unit(1).read_holding_registers(0x22, 1).await;
        assert_eq!(second.unwrap(), [0x22]);
    });
}
