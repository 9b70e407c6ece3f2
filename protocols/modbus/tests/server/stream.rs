//! On streams: cuts, back-pressure, several requests at once.

use super::*;

#[test]
fn on_a_stream_cuts_do_not_matter() {
    let stream = Line::default().reception(Reception::Stream);
    let stream = stream.speed(19_200, Duration::ZERO);
    let mut rng = fastrand::Rng::with_seed(7);
    for (framing, config) in [
        (Framing::Tcp, config()),
        (Framing::Tcp, config().coalesce(true)),
        (
            Framing::Tcp,
            config().when_full(WhenFull::Wait).transactions(1),
        ),
        (Framing::Rtu, config().line(stream)),
    ] {
        // What only its silence ends is no matter of a stream.
        let is_known = |pdu: &Vec<u8>| framing == Framing::Tcp || is_whole(pdu);
        let frames: Vec<u8> = requests()
            .iter()
            .filter(|pdu| is_known(pdu))
            .flat_map(|pdu| frame(framing, UNIT, pdu))
            .collect();
        let mut whole = Bench::new(framing, config.clone());
        whole.arrive(&frames);
        assert!(whole.sent.len() > 500, "{framing}");
        for _ in 0..20 {
            let mut cut = Bench::new(framing, config.clone());
            let mut rest = &frames[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rng.usize(1..=rest.len().min(40)));
                cut.arrive(now);
                rest = later;
            }
            assert_eq!(cut.sent, whole.sent, "{framing}");
            assert_eq!(cut.events, whole.events, "{framing}");
        }
        let is_one = whole.writes <= mbap::MAX_ADU;
        assert_eq!(is_one, !config.coalesce, "{} at once", whole.writes);
    }
}

/// Whether the grammar tells where a request ends.
fn is_whole(pdu: &[u8]) -> bool {
    lineside_modbus::wire::request_length(pdu) == lineside_modbus::wire::Length::Is(pdu.len())
}

#[test]
fn what_is_not_read_back_is_bounded() {
    // A client that asks and does not take the answers: the machine stops listening.
    for config in [config(), config().coalesce(true)] {
        let mut bench = Bench::new(Framing::Tcp, config);
        bench.drains = false;
        let mut asked = 0;
        for _ in 0..2_000 {
            let frames = frame(Framing::Tcp, UNIT, b"\x03\0\0\0\x7D").repeat(4);
            if bench.link.rx.len() < 4096 {
                bench.arrive(&frames);
                asked += 4;
            }
            // The driver bounds `tx`; here nobody takes it.
            assert!(bench.link.tx.len() <= 17 * mbap::MAX_ADU + frames.len());
        }
        assert!(asked < 1_000, "{asked} were taken");
        bench.drains = true;
        bench.pass(Duration::from_millis(1));
        assert_eq!(bench.sent.len(), asked * 259);
    }
}

#[test]
fn a_reply_to_another_function_is_misuse() {
    let mut bench = Bench::new(Framing::Tcp, config());
    bench
        .link
        .rx
        .extend(frame(Framing::Tcp, UNIT, b"\x03\0\0\0\x01"));
    let Ok(Step::Event(Event::Request(asked))) = bench.machine.poll(bench.now, &mut bench.link)
    else {
        panic!("a request");
    };
    let mut reply = |pdu: &[u8]| {
        let (ticket, pdu) = (asked.ticket, Pdu::new(pdu).unwrap());
        let reply = Command::Reply { ticket, pdu };
        bench.machine.send(bench.now, reply, &mut bench.link)
    };
    assert!(reply(b"\x04\x02\0\0").is_err());
    assert!(reply(b"\x84\x02").is_err());
    // The machine is as it was: the right one is taken.
    assert!(reply(b"\x83\x04").is_ok());
    assert_eq!(bench.link.tx, frame(Framing::Tcp, UNIT, b"\x83\x04"));
}

#[test]
fn a_unit_that_was_told_to_listen_only_says_nothing_more() {
    // P45: also of what was asked before.
    let mut bench = Bench::new(Framing::Tcp, config());
    let ask = |bench: &mut Bench, pdu: &[u8]| {
        bench.link.rx.extend(frame(Framing::Tcp, UNIT, pdu));
        bench.machine.poll(bench.now, &mut bench.link).unwrap()
    };
    let Step::Event(Event::Request(asked)) = ask(&mut bench, b"\x03\0\0\0\x01") else {
        panic!("a request");
    };
    assert_eq!(ask(&mut bench, b"\x08\0\x04\0\0"), Step::Wait(None));
    let pdu = Pdu::new(b"\x03\x02\0\0").unwrap();
    let reply = Command::Reply {
        ticket: asked.ticket,
        pdu,
    };
    bench
        .machine
        .send(bench.now, reply, &mut bench.link)
        .unwrap();
    assert_eq!(bench.machine.outstanding(), 0);
    assert_eq!(bench.link.tx, [0; 0][..]);
}

#[test]
fn a_server_that_has_nothing_left_to_hold_back_listens_again() {
    // RTU over TCP, answers held to go out together: the first goes out in the poll that hears it,
    // and so the second request is heard there too.
    let line = Line::default().reception(Reception::Stream);
    let mut bench = Bench::new(Framing::Rtu, config().line(line).coalesce(true));
    let loopback = frame(Framing::Rtu, UNIT, b"\x08\0\0\xA5\x37");
    let read = frame(Framing::Rtu, UNIT, b"\x03\0\0\0\x01");
    bench.link.rx.extend([loopback.as_slice(), &read].concat());
    let step = bench.machine.poll(bench.now, &mut bench.link).unwrap();
    assert!(matches!(step, Step::Event(Event::Request(_))), "{step:?}");
    assert_eq!(bench.link.tx, loopback);
}

#[test]
fn every_restart_of_one_read_is_told() {
    let stream = Line::default().reception(Reception::Stream);
    let rtu = config().line(stream.speed(19_200, Duration::ZERO));
    let units = [UNIT, Unit::new(2)];
    for (framing, config) in [
        (Framing::Tcp, config()),
        (Framing::Tcp, config().coalesce(true)),
        (Framing::Rtu, rtu),
    ] {
        let mut bench = Bench::new(framing, config.units(units.into_iter().collect()));
        let restart = |unit| frame(framing, unit, b"\x08\0\x01\0\0");
        bench.arrive(&units.map(restart).concat());
        bench.pass(Duration::from_millis(1));
        let told = units.map(|unit| Event::Restart { unit });
        assert_eq!(bench.events, told, "{framing}");
        assert_eq!(bench.sent, units.map(restart).concat(), "{framing}");
    }
}
