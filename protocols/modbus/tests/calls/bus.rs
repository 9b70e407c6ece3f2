//! A bus: one wire, many callers.

use core::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::sync::Arc;

use lineside_io::{Clock, sim::run};
use lineside_modbus::{
    ClientConfig, Framing,
    client::{CallOptions, Failure},
    net::{Bus, BusConfig, CallError, Calls, Client, Gateway, Priority, Service, gateway::Routes},
    wire::{Exception, Pdu, Unit},
};

use crate::peer::*;

const MS: Duration = Duration::from_millis(1);

/// A bus to units behind a stream.
fn bus(clock: &Clock, framing: Framing, config: BusConfig, answer: impl Answer) -> Bus {
    let (near, far) = duplex();
    match framing {
        Framing::Tcp => tokio::spawn(serve_tcp(far, clock.clone(), answer)),
        _ => tokio::spawn(serve_rtu(far, clock.clone(), answer)),
    };
    let client_config = ClientConfig::default().retries(0);
    let mut client = Some(Client::new(framing, client_config, near, clock.clone()));
    let dial = move || {
        let client = client.take().ok_or(std::io::ErrorKind::NotFound.into());
        core::future::ready(client)
    };
    Bus::spawn(config, clock.clone(), dial)
}

fn sound(_: u8, pdu: &[u8]) -> Option<(Duration, Vec<u8>)> {
    Some((5 * MS, registers(pdu)))
}

fn failure<T: core::fmt::Debug>(outcome: Result<T, CallError>) -> Failure {
    match outcome.unwrap_err() {
        CallError::Failed(failure) => failure,
        other => panic!("{other}"),
    }
}

#[test]
fn many_callers_share_a_line() {
    for framing in [Framing::Rtu, Framing::Tcp] {
        run(move |clock| async move {
            let bus = bus(&clock, framing, BusConfig::default(), sound);
            let mut callers = tokio::task::JoinSet::new();
            for caller in 0..32 {
                let bus = bus.clone();
                callers.spawn(async move {
                    for at in 0..10 {
                        let address = caller * 16 + at;
                        let words = bus.unit(1).read_holding_registers(address, 2).await;
                        assert_eq!(words.unwrap(), [address, address + 1]);
                    }
                });
            }
            while let Some(caller) = callers.join_next().await {
                caller.unwrap();
            }
        });
    }
}

#[test]
fn a_dropped_call_leaves_the_queue_and_is_never_sent() {
    run(|clock| async move {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let answer = move |unit, pdu: &[u8]| {
            count.fetch_add(1, Ordering::Relaxed);
            sound(unit, pdu)
        };
        let bus = bus(&clock, Framing::Rtu, BusConfig::default(), answer);
        let mut first = bus.unit(1);
        let mut second = bus.unit(1);
        let first = first.read_holding_registers(1, 1);
        let second = clock.timeout(MS, second.read_holding_registers(2, 1));
        let (first, second) = tokio::join!(first, second);
        assert!(first.is_ok() && second.is_err());
        clock.sleep(100 * MS).await;
        assert_eq!((asked.load(Ordering::Relaxed), bus.queued()), (1, 0));
    });
}

#[test]
fn the_queue_is_bounded() {
    run(|clock| async move {
        let config = BusConfig::default().queued(4);
        let bus = bus(&clock, Framing::Rtu, config, sound);
        let mut callers = tokio::task::JoinSet::new();
        for address in 0..10 {
            let mut unit = bus.unit(1);
            callers.spawn(async move { unit.read_holding_registers(address, 1).await });
        }
        let outcomes = callers.join_all().await;
        let busy = outcomes
            .into_iter()
            .filter(|outcome| matches!(outcome, Err(CallError::Failed(Failure::Busy))));
        assert_eq!(busy.count(), 6);
    });
}

#[test]
fn a_priority_goes_first() {
    run(|clock| async move {
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let asked = Arc::clone(&order);
        let answer = move |unit, pdu: &[u8]| {
            asked.lock().unwrap().push(unit);
            sound(unit, pdu)
        };
        let bus = bus(&clock, Framing::Rtu, BusConfig::default(), answer);
        let mut callers = tokio::task::JoinSet::new();
        let priorities = [Priority::Low, Priority::Normal, Priority::High];
        for (unit, priority) in (1..).zip(priorities) {
            let mut unit = bus.clone().unit(unit).priority(priority);
            callers.spawn(async move { unit.read_holding_registers(0, 1).await.unwrap() });
        }
        callers.join_all().await;
        assert_eq!(*order.lock().unwrap(), [3, 2, 1]);
    });
}

#[test]
fn a_unit_that_does_not_answer_is_left_alone_and_found_again() {
    run(|clock| async move {
        let is_alive = Arc::new(core::sync::atomic::AtomicBool::new(false));
        let alive = Arc::clone(&is_alive);
        let answer = move |unit, pdu: &[u8]| {
            let answers = alive.load(Ordering::Relaxed);
            sound(unit, pdu).filter(|_| answers)
        };
        let bus = bus(&clock, Framing::Rtu, BusConfig::default(), answer);
        let mut unit = bus.unit(9);
        assert_eq!(
            failure(unit.read_holding_registers(0, 1).await),
            Failure::Timeout
        );
        assert_eq!(
            failure(unit.read_holding_registers(0, 1).await),
            Failure::Timeout
        );
        // It cost 1 s, and rests for 1 s.
        assert_eq!(
            failure(unit.read_holding_registers(0, 1).await),
            Failure::Resting
        );
        is_alive.store(true, Ordering::Relaxed);
        clock.sleep(Duration::from_secs(1)).await;
        assert!(unit.read_holding_registers(0, 1).await.is_ok());
    });
}

#[test]
fn a_unit_that_answers_nobody_who_waits_is_left_alone_too() {
    // Callers that give up before the response time-out.
    run(|clock| async move {
        let bus = bus(&clock, Framing::Rtu, BusConfig::default(), |_, _: &[u8]| {
            None
        });
        for _ in 0..4 {
            let mut unit = bus.unit(9);
            let call = unit.read_holding_registers(0, 1);
            let _ = clock.timeout(600 * MS, call).await;
        }
        let mut unit = bus.unit(9);
        assert_eq!(
            failure(unit.read_holding_registers(0, 1).await),
            Failure::Resting
        );
    });
}

#[test]
fn a_broadcast_is_done_when_it_has_left() {
    run(|clock| async move {
        let bus = bus(
            &clock,
            Framing::Rtu,
            BusConfig::default(),
            |unit, _: &[u8]| {
                assert_eq!(unit, 0);
                None
            },
        );
        bus.unit(0).write_single_register(1, 2).await.unwrap();
        let asked = Pdu::new(&[3, 0, 0, 0, 1]).unwrap();
        let options = CallOptions::default();
        let read = bus.call(Unit::BROADCAST, asked, options, Priority::Normal);
        assert!(matches!(read.await, Err(Failure::Refused(_))));
    });
}

#[test]
fn a_gateway_tells_its_clients_what_became_of_their_requests() {
    // T13.
    run(|clock| async move {
        let answer = |unit, pdu: &[u8]| sound(unit, pdu).filter(|_| unit != 9);
        let bus = bus(&clock, Framing::Rtu, BusConfig::default(), answer);
        let mut routes = Routes::new();
        let id = routes.bus(bus);
        routes.units(1..=20, id).unwrap();
        let mut gateway = Gateway::new(routes);
        let mut ask = async |unit, pdu: &[u8]| {
            let request = Pdu::new(pdu).unwrap();
            gateway.call(Unit::new(unit), &request).await
        };
        let read = [3, 0, 7, 0, 1];
        let answer = Pdu::new(&[3, 2, 0, 7]).unwrap();
        assert_eq!(ask(1, &read).await, Ok(answer));
        let illegal = Exception::ILLEGAL_FUNCTION;
        assert_eq!(ask(1, &[6, 0, 0, 0, 0]).await, Err(illegal));
        for _ in 0..4 {
            let failed = Exception::GATEWAY_TARGET_FAILED;
            assert_eq!(ask(9, &read).await, Err(failed));
        }
        let no_path = Exception::GATEWAY_PATH_UNAVAILABLE;
        assert_eq!(ask(21, &read).await, Err(no_path));
    });
}

#[test]
fn the_last_handle_closes_the_wire() {
    use tokio::io::AsyncReadExt;
    run(|clock| async move {
        let (near, mut far) = duplex();
        let mut client = Some(Client::new(
            Framing::Tcp,
            ClientConfig::default(),
            near,
            clock.clone(),
        ));
        let dial = move || core::future::ready(Ok(client.take().unwrap()));
        let (bus, task) = Bus::new(BusConfig::default(), clock.clone(), dial);
        let task = tokio::spawn(task);
        let unit = bus.clone().unit(1);
        drop(bus);
        clock.sleep(MS).await;
        assert!(!task.is_finished());
        drop(unit);
        task.await.unwrap();
        assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn a_bus_that_nobody_runs_fails_its_calls() {
    run(|clock| async move {
        let dial = || core::future::pending::<std::io::Result<Client<tokio::io::DuplexStream>>>();
        let (bus, task) = Bus::new(BusConfig::default(), clock, dial);
        drop(task);
        let failed = bus.unit(1).read_holding_registers(0, 1).await;
        assert_eq!(failure(failed), Failure::Closed);
    });
}
