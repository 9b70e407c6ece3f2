//! Serial lines.

use lineside_io::{
    DataBits, Line as _, Parity, Settings, StopBits,
    address::Wire,
    sim::{Bus, BusConfig, NullModem, NullModemConfig, run},
};
use lineside_modbus::{
    Bank, ClientConfig, Framing, ServerConfig,
    net::{Calls, Client, Server, Shared, Stations},
    wire::Unit,
};

use crate::world::{SECOND, Slow, seconds};

fn settings() -> Settings {
    Settings {
        baud: 19_200,
        parity: Parity::Even,
        ..Settings::default()
    }
}

#[test]
fn many_units_answer_on_one_line_and_a_broadcast_reaches_all() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        run(move |clock| async move {
            let config = BusConfig::default();
            let wire = Bus::new(&clock, config);
            let bank = |value| Bank::new().with_holding_registers(0, [value; 4]);
            let stations = (1..=247).fold(Stations::new(), |all, unit| {
                all.with(Unit::new(unit), bank(unit.into()))
            });
            let units = stations.units().collect();
            let stations = Shared::new(stations);
            let server = Server::new(framing)
                .clock(clock.clone())
                .config(ServerConfig::default().units(units));
            let mut served = server.on_line(wire.station(settings()));
            let mut service = stations.clone();
            let serving = tokio::spawn(async move { served.run(&mut service).await });

            let line = wire.station(settings());
            let client = ClientConfig::default();
            let mut client = Client::on_line(framing, client, line, clock.clone());
            for unit in [1, 100, 247] {
                let words = client.unit(unit).read_holding_registers(0, 1).await;
                assert_eq!(words.unwrap(), [u16::from(unit)]);
            }
            client.unit(0).write_single_register(1, 7).await.unwrap();
            for unit in [1, 100, 247] {
                let words = client.unit(unit).read_holding_registers(0, 2).await;
                assert_eq!(words.unwrap(), [u16::from(unit), 7]);
            }
            serving.abort();
        });
    }
}

#[test]
fn a_line_that_an_address_opened_is_served_at_its_speed() {
    run(|clock| async move {
        let (near, far) = NullModem::pair(&clock, NullModemConfig::new(settings()));
        assert_eq!(near.settings().baud, 19_200);
        let server = Server::new(Framing::Rtu).clock(clock.clone());
        let mut served = server.on_wire(Wire::Line(Box::new(near)));
        let line = served.machine().config().line;
        assert_eq!(line.baud, 19_200);
        assert_eq!(line.char_time, settings().time_of(1));
        let bank = Bank::new().with_input_registers(0, [5]);
        let serving = tokio::spawn(async move { served.run(&mut { bank }).await });
        let config = ClientConfig::default();
        let mut client = Client::on_line(Framing::Rtu, config, far, clock);
        let words = client.unit(1).read_input_registers(0, 1).await;
        assert_eq!(words.unwrap(), [5]);
        drop(client);
        serving.await.unwrap().unwrap();
    });
}

#[test]
fn a_request_that_was_given_up_is_not_executed_once_another_came() {
    run(|clock| async move {
        let (near, far) = NullModem::pair(&clock, NullModemConfig::new(settings()));
        let slow = Slow::new(&clock, false);
        let mut served = Server::new(Framing::Rtu).clock(clock.clone()).on_line(near);
        let mut service = slow.clone();
        let serving = tokio::spawn(async move { served.run(&mut service).await });
        let config = ClientConfig::default().response(SECOND / 2).retries(0);
        let config = config.late(core::time::Duration::ZERO);
        let mut client = Client::on_line(Framing::Rtu, config, far, clock.clone());
        // Three seconds for the first; the second and third are asked meanwhile.
        for value in [3, 1, 2] {
            let request = lineside_modbus::wire::Pdu::new(&seconds(value)).unwrap();
            let failed = client.unit(1).call(request).await.unwrap_err();
            assert!(failed.to_string().contains("in time"), "{failed}");
        }
        clock.sleep(10 * SECOND).await;
        assert_eq!(slow.tally().asked, 2);
        serving.abort();
    });
}

#[test]
fn the_regular_class_can_be_configured() {
    // F16, Serial line 5: any address, broadcast, 9600 and 19200 baud and more, even, odd and no parity, RTU and
    // ASCII; 19200 baud, even parity and RTU are what is there unless another is wanted.
    let standard = lineside_modbus::Line::default();
    assert_eq!(standard.baud, 19_200);
    assert_eq!(standard.char_time, settings().time_of(1));
    for framing in [Framing::Rtu, Framing::Ascii] {
        for parity in [Parity::Even, Parity::Odd, Parity::None] {
            for baud in [1_200, 9_600, 19_200, 115_200] {
                // Ten bits after the start bit whatever the parity (2.5.1); seven of data in ASCII (2.5.2).
                let stop_bits = match parity {
                    Parity::None => StopBits::Two,
                    _ => StopBits::One,
                };
                let data_bits = match framing {
                    Framing::Ascii => DataBits::Seven,
                    _ => DataBits::Eight,
                };
                let settings = Settings {
                    baud,
                    parity,
                    stop_bits,
                    data_bits,
                    ..Settings::default()
                };
                transacts(framing, settings);
            }
        }
    }
}

/// The first and the last unit answer on such a line, and both do what a broadcast says.
fn transacts(framing: Framing, settings: Settings) {
    run(move |clock| async move {
        let bank = || Bank::new().with_holding_registers(0, [3; 2]);
        let mut stations = Stations::new()
            .with(Unit::new(1), bank())
            .with(Unit::new(247), bank());
        let units = stations.units().collect();
        let (ours, theirs) = NullModem::pair(&clock, NullModemConfig::new(settings));
        let server = Server::new(framing)
            .clock(clock.clone())
            .config(ServerConfig::default().units(units));
        let mut served = server.on_line(theirs);
        let serving = tokio::spawn(async move { served.run(&mut stations).await });
        let config = ClientConfig::default();
        let mut client = Client::on_line(framing, config, ours, clock.clone());
        client.unit(0).write_single_register(1, 7).await.unwrap();
        for unit in [1, 247] {
            let words = client.unit(unit).read_holding_registers(0, 2).await;
            assert_eq!(words.unwrap(), [3, 7], "{framing:?} {settings:?}");
        }
        serving.abort();
    });
}
