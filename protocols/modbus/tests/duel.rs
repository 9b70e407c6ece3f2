//! Client against server on a simulated line, in virtual time.

#![cfg(feature = "net")]

use core::time::Duration;

use lineside_io::{
    Clock, Parity, Settings,
    sim::{
        Bus, BusConfig, Delivery, Noise, NullModem, NullModemConfig, SimLine, StationConfig, run,
    },
};
use lineside_modbus::{
    Bank, ClientConfig, Framing, Line, Reception, ServerConfig,
    client::{CallOptions, Failure, Repeat},
    net::{CallError, Calls, Client, Server, Shared, Stations},
    wire::{Exception, Unit},
};

/// 19,200 baud, 8E1: eleven bits a character, 572,917 ns.
fn settings() -> Settings {
    Settings {
        baud: 19_200,
        parity: Parity::Even,
        ..Settings::default()
    }
}

fn bank() -> Bank {
    Bank::new()
        .with_coils(0, [true; 64])
        .with_holding_registers(0, 0..125)
}

/// A server on one end, in a task of its own, and the bank that it serves.
fn serve(framing: Framing, line: SimLine, clock: &Clock, config: Line) -> Shared<Bank> {
    let bank = Shared::new(bank());
    let config = ServerConfig::default().line(config);
    let server = Server::new(framing).clock(clock.clone()).config(config);
    let mut served = server.on_line(line);
    let mut service = bank.clone();
    tokio::spawn(async move { served.run(&mut service).await });
    bank
}

#[test]
fn an_exchange_takes_its_bytes_and_its_silences_and_nothing_else() {
    run(|clock| async move {
        let (a, b) = NullModem::pair(&clock, NullModemConfig::new(settings()));
        serve(Framing::Rtu, a, &clock, Line::default());
        let config = ClientConfig::default();
        let mut client = Client::on_line(Framing::Rtu, config, b, clock.clone());
        client.unit(1).read_holding_registers(0, 1).await.unwrap();
        let start = clock.now();
        client.unit(1).read_holding_registers(0, 125).await.unwrap();
        let taken = clock.now().since(start);
        // 8 bytes out, t3.5, 255 bytes back, t3.5: strict reception ends a frame by silence.
        let bytes = Duration::from_nanos((8 + 255) * 11_000_000_000 / 19_200);
        let silences = 2 * Line::default().t3_5();
        let difference = taken.abs_diff(bytes + silences);
        assert!(difference < Duration::from_micros(2), "{taken:?}");
    });
}

/// Reads and writes by turns for a while. Every answer must be right; gives how many there were, and
/// how many calls failed.
async fn exchange(client: &mut Client<SimLine>, bank: &Shared<Bank>, rounds: u16) -> (u32, u32) {
    let (mut answered, mut failed) = (0, 0);
    let mut count = |is_answered: bool| match is_answered {
        true => answered += 1,
        false => failed += 1,
    };
    let always = CallOptions::default().repeat(Repeat::Always);
    for round in 0..rounds {
        let mut unit = client.unit(1).options(always);
        match unit.write_single_register(0, round).await {
            Ok(()) => {
                assert_eq!(bank.lock().holding_registers().get(0), Some(round));
                count(true);
            }
            Err(error) => count(is_of_the_line(&error)),
        }
        let quantity = 1 + round % 60;
        match unit.read_holding_registers(1, quantity).await {
            Ok(words) => {
                assert!(words.into_iter().eq(1..=quantity), "round {round}");
                count(true);
            }
            Err(error) => count(is_of_the_line(&error)),
        }
    }
    (answered, failed)
}

/// `false` for what a bad line may do to a call; anything else is a fault.
fn is_of_the_line(error: &CallError) -> bool {
    match error {
        CallError::Failed(Failure::Timeout | Failure::Damaged(_)) => false,
        other => panic!("{other}"),
    }
}

#[test]
fn noise_costs_time_and_never_truth() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        for seed in 0..2 {
            run(move |clock| async move {
                let mut config = NullModemConfig::new(settings());
                let noise = |seed| Noise {
                    seed,
                    bit_error_rate: 2e-4,
                    drop_rate: 1e-3,
                    insert_rate: 1e-3,
                    ..Noise::default()
                };
                (config.a.noise, config.b.noise) = (noise(2 * seed), noise(2 * seed + 1));
                let (a, b) = NullModem::pair(&clock, config);
                let bank = serve(framing, a, &clock, Line::default());
                let config = ClientConfig::default().response(Duration::from_millis(300));
                let mut client = Client::on_line(framing, config.retries(8), b, clock);
                let (answered, failed) = exchange(&mut client, &bank, 60).await;
                assert!(
                    answered >= 118,
                    "{framing} {seed}: {answered}, {failed} failed"
                );
            });
        }
    }
}

#[test]
fn adapters_that_deliver_in_lumps_are_tolerated() {
    run(|clock| async move {
        let mut config = NullModemConfig::new(settings());
        let lumps = Delivery::USB;
        (config.a.delivery, config.b.delivery) = (lumps, lumps);
        let (a, b) = NullModem::pair(&clock, config);
        let line = Line::default().reception(Reception::Tolerant);
        let bank = serve(Framing::Rtu, a, &clock, line);
        let config = ClientConfig::default().line(line).retries(0);
        let mut client = Client::on_line(Framing::Rtu, config, b, clock);
        assert_eq!(exchange(&mut client, &bank, 200).await, (400, 0));
    });
}

#[test]
fn two_servers_on_a_pair_hear_each_other_and_answer_for_themselves_alone() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        run(move |clock| async move {
            let pair = Bus::new(&clock, BusConfig::default());
            let mut banks = Vec::new();
            for unit in [1, 2] {
                let stations = Stations::new().with(Unit::new(unit), bank());
                let stations = Shared::new(stations);
                let config = ServerConfig::default().units(Unit::new(unit).into());
                let server = Server::new(framing).clock(clock.clone()).config(config);
                let mut served = server.on_line(pair.station(settings()));
                let mut service = stations.clone();
                tokio::spawn(async move { served.run(&mut service).await });
                banks.push(stations);
            }
            let line = pair.station(settings());
            let config = ClientConfig::default().retries(0);
            let mut client = Client::on_line(framing, config, line, clock);
            for round in 0..100 {
                let unit = 1 + round % 2;
                // A response of 125 registers is no request, whatever stands in it.
                let words = client.unit(unit).read_holding_registers(0, 125).await;
                assert_eq!(words.unwrap().len(), 125);
                let value = u16::from(round);
                client
                    .unit(unit)
                    .write_single_register(9, value)
                    .await
                    .unwrap();
                let refused = client.unit(unit).read_input_registers(0, 1).await;
                let code = refused.unwrap_err().exception();
                assert_eq!(code, Some(Exception::ILLEGAL_FUNCTION));
            }
            for (bank, (unit, last)) in banks.iter().zip([(1, 98), (2, 99)]) {
                let mut bank = bank.lock();
                let bank = bank.get_mut(Unit::new(unit)).unwrap();
                assert_eq!(bank.holding_registers().get(9), Some(last));
            }
        });
    }
}

#[test]
fn stations_that_hear_themselves_take_their_echo_away() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        run(move |clock| async move {
            let pair = Bus::new(&clock, BusConfig::default());
            let echoing = || {
                let mut config = StationConfig::new(settings());
                config.echo = true;
                pair.station_with(&config)
            };
            let mut line = Line::default();
            line.echo = true;
            let bank = serve(framing, echoing(), &clock, line);
            let config = ClientConfig::default().line(line).retries(0);
            let mut client = Client::on_line(framing, config, echoing(), clock);
            assert_eq!(
                exchange(&mut client, &bank, 50).await,
                (100, 0),
                "{framing}"
            );
        });
    }
}
