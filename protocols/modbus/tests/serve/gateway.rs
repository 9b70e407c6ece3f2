//! TCP clients in front, serial lines behind (T13).

use core::time::Duration;

use lineside_io::{
    Clock, Parity, Settings,
    sim::{self, run},
};
use lineside_modbus::{
    Bank, ClientConfig, Framing, ServerConfig,
    net::{Bus, BusConfig, Client, Gateway, Server, Shared, Stations, gateway::Routes},
    wire::Unit,
};

use crate::world::*;

fn line() -> Settings {
    Settings {
        baud: 19_200,
        parity: Parity::Even,
        ..Settings::default()
    }
}

/// An RS-485 pair with these units, each a bank of its own, and the bus object that owns it.
fn bus(clock: &Clock, units: &[u8]) -> (Bus, Shared<Stations<Bank>>, sim::Tap) {
    let wire = sim::Bus::new(clock, sim::BusConfig::default());
    let tap = wire.tap(100_000);
    let bank = |unit: u8| Bank::new().with_holding_registers(0, [u16::from(unit); 8]);
    let stations = units.iter().fold(Stations::new(), |all, unit| {
        all.with(Unit::new(*unit), bank(*unit))
    });
    let config = ServerConfig::default().units(stations.units().collect());
    let stations = Shared::new(stations);
    let server = Server::new(Framing::Rtu)
        .clock(clock.clone())
        .config(config);
    let mut served = server.on_line(wire.station(line()));
    let mut service = stations.clone();
    tokio::spawn(async move { served.run(&mut service).await });
    let config = ClientConfig::default().retries(0).response(SECOND);
    let mut line = Some(wire.station(line()));
    let on = clock.clone();
    let dial = move || {
        let opened = line.take().ok_or(std::io::ErrorKind::NotFound.into());
        let client = opened.map(|line| Client::on_line(Framing::Rtu, config, line, on.clone()));
        core::future::ready(client)
    };
    let bus = Bus::spawn(BusConfig::default().rest(0), clock.clone(), dial);
    (bus, stations, tap)
}

async fn gateway(clock: &Clock, gateway: Gateway<Bus>) -> Served {
    let config = gateway.config(ServerConfig::default());
    let server = Server::new(Framing::Tcp)
        .clock(clock.clone())
        .config(config);
    served(server, gateway).await
}

#[test]
fn requests_find_their_units_and_failures_their_exceptions() {
    run(|clock| async move {
        let ((north, ..), (south, ..)) = (bus(&clock, &[1, 2]), bus(&clock, &[1]));
        let mut routes = Routes::new();
        let (north, south) = (routes.bus(north), routes.bus(south));
        routes.units(1..=9, north).unwrap();
        routes.renumbered(101..=109, south, 1).unwrap();
        let served = gateway(&clock, Gateway::new(routes)).await;
        let mut client = served.client().await;
        for (unit, value) in [(1, 1), (2, 2), (101, 1)] {
            ask(&mut client, unit, unit, &[3, 0, 0, 0, 1]).await;
            let answer = Some((unit, unit, vec![3, 2, 0, value]));
            assert_eq!(heard(&mut client).await, answer);
        }
        // The unit's own exception; a unit that is not there; a unit without a bus.
        for (unit, code, wait) in [
            (1, 2, 0),
            (3, 0x0B, 1),
            (102, 0x0B, 1),
            (50, 0x0A, 0),
            (255, 0x0A, 0),
        ] {
            let before = clock.now();
            ask(&mut client, 7, unit, &[3, 0, 99, 0, 1]).await;
            assert_eq!(heard(&mut client).await, Some((7, unit, vec![0x83, code])));
            assert_eq!(clock.now().since(before).as_secs(), wait, "unit {unit}");
        }
    });
}

#[test]
fn a_broadcast_is_executed_by_every_unit_of_every_bus() {
    run(|clock| async move {
        let ((north, one, _), (south, other, _)) = (bus(&clock, &[1, 2]), bus(&clock, &[5]));
        let mut routes = Routes::new();
        let north = routes.bus(north);
        routes.units(1..=9, north).unwrap();
        routes.bus(south);
        let served = gateway(&clock, Gateway::new(routes)).await;
        let mut client = served.client().await;
        ask(&mut client, 1, 0, &[6, 0, 3, 0, 77]).await;
        ask(&mut client, 2, 1, &[3, 0, 3, 0, 1]).await;
        // No answer to the broadcast; behind it the read finds it done.
        assert_eq!(heard(&mut client).await, Some((2, 1, vec![3, 2, 0, 77])));
        for (stations, unit) in [(&one, 1), (&one, 2), (&other, 5)] {
            let mut stations = stations.lock();
            let bank = stations.get_mut(Unit::new(unit)).unwrap();
            assert_eq!(bank.holding_registers().get(3), Some(77), "unit {unit}");
        }
    });
}

#[test]
fn sixteen_pipelined_requests_go_out_one_after_the_other() {
    run(|clock| async move {
        let (north, ..) = bus(&clock, &[1]);
        let mut routes = Routes::new();
        let north = routes.bus(north);
        routes.units(1..=1, north).unwrap();
        let served = gateway(&clock, Gateway::new(routes)).await;
        let mut client = served.client().await;
        for number in 1..=16 {
            ask(&mut client, number, 1, &[3, 0, 0, 0, 1]).await;
        }
        for number in 1..=16 {
            assert_eq!(
                heard(&mut client).await,
                Some((number, 1, vec![3, 2, 0, 1]))
            );
        }
        // 8 bytes, t3.5, 7 bytes, t3.5, of 572,917 ns a byte.
        let each = Duration::from_nanos(15 * 572_917 + 2 * 2_005_209);
        let all = clock.now().since(lineside_core::Instant::START);
        assert!(all > each * 15 && all < each * 17, "{all:?}");
    });
}

#[test]
fn requests_of_a_departed_client_leave_the_queue() {
    run(|clock| async move {
        let (north, _, tap) = bus(&clock, &[1]);
        let waiting = north.clone();
        let mut routes = Routes::new();
        let north = routes.bus(north);
        routes.units(1..=2, north).unwrap();
        let served = gateway(&clock, Gateway::new(routes)).await;
        let (mut gone, mut client) = (served.client().await, served.client().await);
        // Unit 2 is not there: the first holds the line for a second.
        for number in 1..=16 {
            ask(&mut gone, number, 2, &[3, 0, 0, 0, 1]).await;
        }
        clock.sleep(SECOND / 2).await;
        assert_eq!(waiting.queued(), 15);
        drop(gone);
        ask(&mut client, 1, 1, &[3, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut client).await, Some((1, 1, vec![3, 2, 0, 1])));
        assert!(clock.now().as_micros() < 1_100_000, "{}", clock.now());
        clock.sleep(20 * SECOND).await;
        // Two requests of 8 bytes and an answer of 7.
        assert_eq!(tap.take().len(), 8 + 8 + 7);
    });
}

#[test]
fn a_full_bus_is_busy() {
    run(|clock| async move {
        let (_silent, stream) = tokio::io::duplex(64);
        let mut stream = Some(stream);
        let on = clock.clone();
        let dial = move || {
            let opened = stream.take().ok_or(std::io::ErrorKind::NotFound.into());
            let config = ClientConfig::default().retries(0);
            let client = opened.map(|s| Client::new(Framing::Rtu, config, s, on.clone()));
            core::future::ready(client)
        };
        let bus = Bus::spawn(BusConfig::default().queued(1), clock.clone(), dial);
        let mut routes = Routes::new();
        let north = routes.bus(bus);
        routes.units(1..=1, north).unwrap();
        let served = gateway(&clock, Gateway::new(routes)).await;
        let mut client = served.client().await;
        for number in 1..=16 {
            ask(&mut client, number, 1, &[3, 0, 0, 0, 1]).await;
        }
        let answer = heard(&mut client).await.unwrap();
        assert_eq!(answer.2, [0x83, 6]);
        assert_eq!(clock.now().as_micros(), 0);
    });
}

#[test]
fn a_bus_whose_wire_is_gone_is_no_path() {
    run(|clock| async move {
        let dial = || {
            core::future::ready(Err::<Client<tokio::io::DuplexStream>, _>(
                std::io::ErrorKind::NotFound.into(),
            ))
        };
        let bus = Bus::spawn(BusConfig::default(), clock.clone(), dial);
        let mut routes = Routes::new();
        let north = routes.bus(bus);
        routes.units(1..=1, north).unwrap();
        let served = gateway(&clock, Gateway::new(routes)).await;
        let mut client = served.client().await;
        clock.sleep(SECOND).await;
        ask(&mut client, 1, 1, &[3, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut client).await, Some((1, 1, vec![0x83, 0x0A])));
    });
}
