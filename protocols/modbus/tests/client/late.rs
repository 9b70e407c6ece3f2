//! A late response never answers a later request: M04.

use core::time::Duration;

use lineside_core::Instant;
use lineside_modbus::client::{Event, Failure};

use crate::world::*;

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);

/// The first request is answered so late; the others soundly.
fn late(delay: Duration, unit: u8) -> World {
    let mut is_first = true;
    World::rtu(serial()).answering(move |request| {
        let mut answers = sound(request);
        if core::mem::replace(&mut is_first, false) {
            assert_eq!(asked(request).0, unit);
            answers[0].0 = delay;
        }
        answers
    })
}

/// Response delays around the time-out: by the millisecond, and by the nanosecond where things change.
fn delays() -> impl Iterator<Item = Duration> {
    let edges = [Duration::from_secs(1), Duration::from_secs(2)];
    let fine = edges.into_iter().flat_map(|edge| {
        let around = [T3_5, 7 * CHARACTER, CHARACTER, Duration::ZERO];
        around.into_iter().flat_map(move |part| {
            let near = [edge - part, edge + part];
            near.into_iter().flat_map(|at| [at - NS, at, at + NS])
        })
    });
    (900..2_050).map(|ms| ms * MS).chain(fine)
}

#[test]
fn a_late_response_does_not_answer_another_request_of_its_function() {
    for delay in delays().filter(|delay| *delay < Duration::from_secs(2)) {
        let mut world = late(delay, 1);
        world.call(1, 1, &read(0x11, 1));
        world.call(2, 1, &read(0x22, 1));
        world.run();
        let second = world.outcome(2).unwrap().1;
        assert_eq!(second, ok(&[3, 2, 0, 0x22]), "after {delay:?}");
        let (_, first) = world.outcome(1).unwrap();
        assert!(
            first == ok(&[3, 2, 0, 0x11]) || first == Err(Failure::Timeout),
            "{first:?} after {delay:?}"
        );
    }
}

#[test]
fn a_late_response_does_not_answer_another_function_nor_another_unit() {
    for delay in delays() {
        for (unit, pdu) in [(1, [4, 0, 0x22, 0, 1]), (2, read(0x22, 1))] {
            let mut world = late(delay, 1);
            world.call(1, 1, &read(0x11, 1));
            world.call(2, unit, &pdu);
            world.run();
            let second = world.outcome(2).unwrap().1;
            // It may collide with the late response, but never be taken for it.
            let right = ok(&[pdu[0], 2, 0, 0x22]);
            assert!(
                second == right || matches!(second, Err(Failure::Damaged(_))),
                "{second:?} after {delay:?}"
            );
        }
    }
}

/// A unit that works at one request after another, each for so long.
fn slow(work: Duration, retries: u8) -> World {
    let mut idle_at = Instant::START;
    World::rtu(serial().retries(retries)).answering_at(move |now, request| {
        let (unit, pdu) = asked(request);
        idle_at = idle_at.max(now) + work;
        vec![(idle_at.since(now), rtu(unit, &answer(pdu)))]
    })
}

#[test]
fn a_unit_that_is_slower_than_the_time_out_is_never_misunderstood() {
    for retries in 0..4 {
        for work in (300..2_000).step_by(50).map(|ms| ms * MS) {
            let mut world = slow(work, retries);
            for id in 0..6 {
                world.call(id, 1, &read(u8::try_from(id).unwrap(), 1));
            }
            world.run();
            for id in 0..6 {
                let (_, outcome) = world.outcome(id).unwrap();
                let own = ok(&[3, 2, 0, u8::try_from(id).unwrap()]);
                assert!(
                    outcome == own || outcome.is_err(),
                    "{id}: {outcome:?}, {work:?}"
                );
            }
        }
    }
}

#[test]
fn the_next_request_goes_out_when_the_late_response_has_come() {
    let mut world = late(1_300 * MS, 1);
    world.call(1, 1, &read(0x11, 1));
    world.call(2, 1, &read(0x22, 1));
    world.run();
    let came = world.sent[0].ended + 1_300 * MS + 7 * CHARACTER;
    assert_eq!(world.sent[1].began, came + T3_5);
    assert!(matches!(world.events[1].1, Event::Stray { .. }));
}

#[test]
fn what_cannot_be_confused_does_not_wait() {
    let mut world = World::rtu(serial()).answering(|request| match asked(request) {
        (1, [3, ..]) => Vec::new(),
        _ => sound(request),
    });
    world.call(1, 1, &read(0x11, 1));
    world.call(2, 1, &read(0x22, 1));
    world.call(3, 2, &read(0x33, 1));
    world.call(4, 1, &[4, 0, 0x44, 0, 1]);
    world.run();
    let order: Vec<u8> = world.sent.iter().map(|sent| sent.bytes[3]).collect();
    // Unit 2 does not wait; unit 1's calls keep their order.
    assert_eq!(order, [0x11, 0x33, 0x22, 0x44]);
    let given_up = world.sent[0].ended + Duration::from_secs(2);
    assert_eq!(world.sent[2].began, given_up);
    assert!(world.outcome(3).unwrap().1.is_ok());
    assert!(world.outcome(4).unwrap().1.is_ok());
}

#[test]
fn a_broadcast_overtakes_nothing() {
    let mut world = World::rtu(serial()).answering(|_| Vec::new());
    world.call(1, 1, &read(0x11, 1));
    world.call(2, 1, &read(0x22, 1));
    world.call(3, 0, &[6, 0, 0x33, 0, 0]);
    world.call(4, 2, &read(0x44, 1));
    world.run();
    let order: Vec<u8> = world.sent.iter().map(|sent| sent.bytes[3]).collect();
    assert_eq!(order, [0x11, 0x22, 0x33, 0x44]);
}

#[test]
fn the_same_request_may_follow_and_then_one_response_is_still_owed() {
    // The first response comes while the second request of the same waits, and the second after it.
    let mut count = 0;
    let mut world = World::rtu(serial()).answering(move |request| {
        count += 1;
        let mut answers = sound(request);
        answers[0].0 = [1_200 * MS, 1_200 * MS, 5 * MS][count - 1];
        answers
    });
    world.call(1, 1, &read(0x11, 1));
    world.call(2, 1, &read(0x11, 1));
    world.call(3, 1, &read(0x22, 1));
    world.run();
    assert_eq!(world.outcome(1).unwrap().1, Err(Failure::Timeout));
    assert_eq!(world.outcome(2).unwrap().1, ok(&[3, 2, 0, 0x11]));
    assert_eq!(world.outcome(3).unwrap().1, ok(&[3, 2, 0, 0x22]));
}

#[test]
fn what_began_before_the_request_had_left_is_not_its_response() {
    // A full duplex line, and a unit that sends whenever it likes: at every nanosecond that matters.
    let response = rtu(1, &[3, 2, 0xBA, 0xD0]);
    let ends = Instant::START + T3_5 + 8 * CHARACTER;
    for earliest in [Duration::ZERO, T3_5] {
        // The first character is seen when it has ended.
        let bound = ends + earliest;
        for (seen, is_response) in [
            (ends - 3 * CHARACTER, false),
            (bound - NS, false),
            (bound, true),
            (bound + NS, true),
        ] {
            let mut world = World::rtu(serial().earliest(earliest));
            world.call(1, 1, &read(0x11, 1));
            let began = seen - CHARACTER;
            world.run_for(began.since(Instant::START));
            world.arrive(Duration::ZERO, &response);
            world.run();
            let (_, outcome) = world.outcome(1).unwrap();
            assert_eq!(outcome.is_ok(), is_response, "{seen}, {earliest:?}");
        }
    }
}

#[test]
fn a_response_that_lies_unread_is_not_the_next_one_s() {
    // What a driver does: it reads before it asks.
    let mut world = World::rtu(serial()).answering(sound);
    world.now = world.now + Duration::from_secs(3_600);
    world
        .try_call(2, 1, &read(0x22, 1), Default::default())
        .unwrap();
    world
        .link
        .rx
        .extend_from_slice(&rtu(1, &[3, 2, 0xBA, 0xD0]));
    world.link.received = Some(world.now);
    world.run_for(Duration::ZERO);
    assert_eq!(world.sent, []);
    world.run();
    assert_eq!(world.outcome(2).unwrap().1, ok(&[3, 2, 0, 0x22]));
}
