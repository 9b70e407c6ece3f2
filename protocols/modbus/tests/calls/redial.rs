//! A wire that is lost is opened again: M23.

use core::time::Duration;
use std::{
    io,
    sync::{Arc, Mutex},
};

use lineside_io::{
    Clock,
    sim::{MemoryLimits, MemoryNet, MemoryStream, run},
};
use lineside_io::{Listener, Net};
use lineside_modbus::{
    ClientConfig, Framing,
    client::Failure,
    net::{Bus, BusConfig, CallError, Calls, Client, Lost},
};

use crate::peer::*;

const MS: Duration = Duration::from_millis(1);

/// A server that closes its first connection at 50 ms, is gone for a second, and comes again.
async fn restarting(net: MemoryNet, clock: Clock) {
    let at = "127.0.0.1:502".parse().unwrap();
    let sound = |_, pdu: &[u8]| Some((20 * MS, registers(pdu)));
    let mut listener = net.listen(at).await.unwrap();
    let stream = listener.accept().await.unwrap();
    drop(listener);
    let serving = serve_tcp(stream, clock.clone(), sound);
    let _ = clock.timeout(50 * MS, serving).await;
    clock.sleep(Duration::from_secs(1)).await;
    let mut listener = net.listen(at).await.unwrap();
    while let Ok(stream) = listener.accept().await {
        serve_tcp(stream, clock.clone(), sound).await;
    }
}

fn bus(net: &MemoryNet, clock: &Clock, lost: Lost) -> (Bus, Arc<Mutex<Vec<u64>>>) {
    let dialled = Arc::new(Mutex::new(Vec::new()));
    let (times, net, at) = (Arc::clone(&dialled), net.clone(), clock.clone());
    let dial = move || {
        times.lock().unwrap().push(at.now().as_micros() / 1_000);
        dial(net.clone(), at.clone())
    };
    let bus = Bus::spawn(BusConfig::default().lost(lost), clock.clone(), dial);
    (bus, dialled)
}

async fn dial(net: MemoryNet, clock: Clock) -> io::Result<Client<MemoryStream>> {
    let stream = net.dial("127.0.0.1:502".parse().unwrap()).await?;
    // One at a time, so that calls wait in the bus.
    let config = ClientConfig::default().transactions(1);
    Ok(Client::new(Framing::Tcp, config, stream, clock))
}

/// Five calls at 40 ms; the wire is lost at 50 ms.
async fn five(bus: &Bus) -> Vec<Result<Vec<u16>, CallError>> {
    let mut callers = Vec::new();
    for address in 0..5 {
        let mut unit = bus.unit(1);
        callers.push(tokio::spawn(async move {
            unit.read_holding_registers(address, 1).await
        }));
    }
    let mut outcomes = Vec::new();
    for caller in callers {
        outcomes.push(caller.await.unwrap());
    }
    outcomes
}

fn is_closed(outcome: &Result<Vec<u16>, CallError>) -> bool {
    matches!(outcome, Err(CallError::Failed(Failure::Closed)))
}

#[test]
fn queued_calls_fail_when_the_wire_is_lost_and_later_ones_are_answered() {
    run(|clock| async move {
        let net = MemoryNet::with_limits(MemoryLimits::default());
        tokio::spawn(restarting(net.clone(), clock.clone()));
        clock.sleep(MS).await;
        let (bus, dialled) = bus(&net, &clock, Lost::Fail);
        clock.sleep(40 * MS).await;
        let outcomes = five(&bus).await;
        assert!(outcomes.iter().all(is_closed));
        // While the wire is gone, calls fail at once.
        let before = clock.now();
        assert!(is_closed(&bus.unit(1).read_holding_registers(9, 1).await));
        assert_eq!(clock.now(), before);
        clock.sleep(Duration::from_secs(5)).await;
        assert_eq!(bus.unit(1).read_holding_registers(9, 1).await.unwrap(), [9]);
        // Again after 100 ms, then with doubled pauses.
        let times = dialled.lock().unwrap().clone();
        let pauses: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses[1..], [200, 400, 800]);
    });
}

#[test]
fn queued_calls_are_kept_when_that_is_wanted() {
    run(|clock| async move {
        let net = MemoryNet::with_limits(MemoryLimits::default());
        tokio::spawn(restarting(net.clone(), clock.clone()));
        clock.sleep(MS).await;
        let (bus, _) = bus(&net, &clock, Lost::Keep);
        clock.sleep(40 * MS).await;
        let outcomes = five(&bus).await;
        // The one that had been sent fails; the others are answered by the next connection.
        assert!(is_closed(&outcomes[0]));
        for (address, outcome) in (0..).zip(outcomes).skip(1) {
            assert_eq!(outcome.unwrap(), [address]);
        }
    });
}

#[test]
fn a_wire_that_never_opens_is_tried_again_and_again_in_bounded_measure() {
    // M23: the way back.
    run(|clock| async move {
        let net = MemoryNet::with_limits(MemoryLimits::default());
        let (bus, dialled) = bus(&net, &clock, Lost::Keep);
        clock.sleep(Duration::from_secs(100)).await;
        let tries = dialled.lock().unwrap().len();
        assert!((10..=20).contains(&tries), "{tries}");
        drop(bus);
    });
}
