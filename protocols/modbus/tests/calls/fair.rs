//! 247 units, 32 callers, one unit dead: M20, by counting in virtual time.

use core::time::Duration;
use std::sync::{Arc, Mutex};

use lineside_io::{Clock, sim::run};
use lineside_modbus::{
    ClientConfig, Framing,
    client::Failure,
    net::{Bus, BusConfig, CallError, Calls, Client},
};

use crate::peer::*;

const UNITS: u8 = 247;
const DEAD: u8 = 100;
const CALLERS: u8 = 32;

/// How often each unit answered, and each caller was answered, in `time`: a request and its response
/// take 5 ms of the line, the response time-out is 100 ms, and there are 3 retries.
fn counts(time: Duration, has_dead: bool) -> (Vec<u64>, Vec<u64>) {
    run(move |clock| async move {
        let (near, far) = duplex();
        let answer = move |unit, pdu: &[u8]| {
            let is_dead = has_dead && unit == DEAD;
            (!is_dead).then(|| (Duration::from_millis(5), registers(pdu)))
        };
        tokio::spawn(serve_rtu(far, clock.clone(), answer));
        let config = ClientConfig::default().response(Duration::from_millis(100));
        let mut client = Some(Client::new(Framing::Rtu, config, near, clock.clone()));
        let dial = move || core::future::ready(Ok(client.take().unwrap()));
        let bus = Bus::spawn(BusConfig::default(), clock.clone(), dial);
        let counts = Arc::new(Mutex::new((
            vec![0; usize::from(UNITS) + 1],
            vec![0; usize::from(CALLERS)],
        )));
        for caller in 0..CALLERS {
            let (bus, counts, clock) = (bus.clone(), Arc::clone(&counts), clock.clone());
            tokio::spawn(async move {
                // Round and round all units, from one of its own on.
                let from = usize::from(caller) * 7;
                for unit in (1..=UNITS).cycle().skip(from) {
                    if bus.unit(unit).read_holding_registers(0, 1).await.is_ok() {
                        let (units, callers) = &mut *counts.lock().unwrap();
                        units[usize::from(unit)] += 1;
                        callers[usize::from(caller)] += 1;
                    } else {
                        // Nobody asks a dead unit again without a pause.
                        clock.sleep(Duration::from_nanos(1)).await;
                    }
                }
            });
        }
        clock.sleep(time).await;
        let counts = counts.lock().unwrap();
        counts.clone()
    })
}

#[test]
fn a_dead_unit_costs_the_others_at_most_two_in_a_hundred() {
    let time = Duration::from_secs(200);
    let (all, all_callers) = counts(time, false);
    let (rest, rest_callers) = counts(time, true);
    let alive = |units: &[u64]| {
        let others = units.iter().enumerate().skip(1);
        others
            .filter(|(unit, _)| *unit != usize::from(DEAD))
            .map(|(_, count)| count)
            .sum::<u64>()
    };
    let (before, after) = (alive(&all), alive(&rest));
    assert_eq!(rest[usize::from(DEAD)], 0);
    assert!(100 * after >= 98 * before, "{after} of {before}");
    // Nobody is starved: units and callers alike have their shares.
    for (name, counts) in [
        ("unit", &rest[..]),
        ("caller", &rest_callers),
        ("", &all_callers),
    ] {
        let counts = counts.iter().filter(|count| **count > 0);
        let (least, most) = (counts.clone().min().unwrap(), counts.max().unwrap());
        assert!(100 * least >= 90 * most, "{name}: {least} to {most}");
    }
}

/// A bus whose units all answer, after 5 ms.
fn sound(clock: &Clock) -> Bus {
    let (near, far) = duplex();
    let answer = |_, pdu: &[u8]| Some((Duration::from_millis(5), registers(pdu)));
    tokio::spawn(serve_rtu(far, clock.clone(), answer));
    let config = ClientConfig::default();
    let mut client = Some(Client::new(Framing::Rtu, config, near, clock.clone()));
    let dial = move || core::future::ready(Ok(client.take().unwrap()));
    Bus::spawn(BusConfig::default(), clock.clone(), dial)
}

#[test]
fn a_caller_that_floods_the_bus_takes_no_more_than_its_share() {
    let (flood, single) = run(|clock| async move {
        let bus = sound(&clock);
        let counts = Arc::new(Mutex::new((0_u64, 0_u64)));
        let flooding = bus.clone();
        for unit in 1..=100 {
            let (mut unit, counts) = (flooding.unit(unit), Arc::clone(&counts));
            tokio::spawn(async move {
                while unit.read_holding_registers(0, 1).await.is_ok() {
                    counts.lock().unwrap().0 += 1;
                }
            });
        }
        let (mut unit, single) = (bus.unit(200), Arc::clone(&counts));
        tokio::spawn(async move {
            while unit.read_holding_registers(0, 1).await.is_ok() {
                single.lock().unwrap().1 += 1;
            }
        });
        clock.sleep(Duration::from_secs(20)).await;
        *counts.lock().unwrap()
    });
    assert!(single * 10 >= flood * 9, "{flood} and {single}");
}

#[test]
fn a_caller_that_fills_the_queue_keeps_nobody_out() {
    run(|clock| async move {
        let bus = sound(&clock);
        let (flooding, places) = (bus.clone(), BusConfig::default().queued);
        let counts = Arc::new(Mutex::new((0, 0)));
        let mut flood = tokio::task::JoinSet::new();
        for number in 0..600 {
            let (mut unit, counts) = (flooding.unit(1 + (number % 200) as u8), Arc::clone(&counts));
            flood.spawn(async move {
                let outcome = unit.read_holding_registers(number, 1).await;
                let (answered, busy) = &mut *counts.lock().unwrap();
                match outcome {
                    Ok(_) => *answered += 1,
                    Err(CallError::Failed(Failure::Busy)) => *busy += 1,
                    Err(other) => panic!("{other}"),
                }
            });
        }
        // Every one of them has asked, and the line is at the first.
        clock.sleep(Duration::from_micros(1)).await;
        let waiting = bus.queued();
        let (_, busy) = *counts.lock().unwrap();
        assert!(places - waiting <= 1, "{waiting} wait");
        assert!(busy >= 600 - places - 1, "{busy} were refused");

        let mut others = tokio::task::JoinSet::new();
        for number in 0..16 {
            let mut unit = bus.clone().unit(220 + number);
            others.spawn(async move { unit.read_holding_registers(0, 1).await });
        }
        let outcomes = others.join_all().await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let (answered, after) = *counts.lock().unwrap();
        assert!(answered <= 4, "{answered} of the flood went before");
        // Each took a place of the flood, but for one that may have been free.
        assert!((busy + 15..=busy + 16).contains(&after), "{busy}, {after}");
        flood.join_all().await;
        let (answered, refused) = *counts.lock().unwrap();
        assert_eq!((answered + refused, refused), (600, after));
    });
}
