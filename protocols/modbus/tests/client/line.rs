//! The dialogue on a serial line: Serial line 2.4.1 and 2.5.1.1.

use core::time::Duration;

use lineside_core::Mark;
use lineside_modbus::{
    Damage, Line,
    client::{CallOptions, Event, Failure, Refusal, Repeat},
    wire::{Pdu, Unit},
};

use crate::world::*;

const MS: Duration = Duration::from_millis(1);

#[test]
fn one_request_is_out_at_a_time() {
    let mut world = World::rtu(serial()).answering(sound);
    for id in 0..4 {
        world.call(id, 1, &read(u8::try_from(id).unwrap(), 1));
    }
    world.run();
    let ids = world.done().into_iter().map(|(id, outcome)| {
        assert!(outcome.is_ok());
        id
    });
    assert!(ids.eq(0..4));
    // M01: each request begins after the response to the one before.
    for (sent, (at, _)) in world.sent[1..].iter().zip(&world.events) {
        assert!(sent.began >= *at);
    }
}

#[test]
fn a_silence_of_t3_5_stands_before_each_request() {
    let mut world = World::rtu(serial()).answering(sound);
    world.call(1, 1, &read(0, 1));
    world.call(2, 1, &read(0, 1));
    world.run();
    // F06: before the first, t3.5 from the opening of the line.
    assert_eq!(world.sent[0].began.as_nanos(), T3_5.as_nanos() as u64);
    // M18: the response to the first is 7 characters, 5 ms after it.
    let answered = world.sent[0].ended + 5 * MS + 7 * CHARACTER;
    assert_eq!(world.sent[1].began, answered + T3_5);
}

#[test]
fn a_response_is_awaited_from_the_last_stop_bit() {
    let mut world = World::rtu(serial());
    world.call(1, 1, &read(0, 1));
    world.run();
    let (at, outcome) = world.outcome(1).unwrap();
    assert_eq!(outcome, Err(Failure::Timeout));
    assert_eq!(at, world.sent[0].ended + Duration::from_secs(1));
}

#[test]
fn a_response_that_has_begun_in_time_is_taken() {
    let mut world = World::rtu(serial()).answering(|request| {
        let (unit, pdu) = asked(request);
        vec![(999 * MS, rtu(unit, &answer(pdu)))]
    });
    world.call(1, 1, &read(0, 4));
    world.run();
    let words = [3, 8, 0, 0, 0, 1, 0, 2, 0, 3];
    assert_eq!(world.done(), [(1, ok(&words))]);
}

#[test]
fn an_unexpected_unit_is_not_answered_for_and_the_time_goes_on() {
    // M02: unit 2 answers in place of unit 1, and unit 1 after it.
    let mut world = World::rtu(serial()).answering(|_| {
        vec![
            (100 * MS, rtu(2, &[3, 2, 0xBA, 0xD0])),
            (300 * MS, rtu(1, &[3, 2, 0, 7])),
        ]
    });
    world.call(1, 1, &read(7, 1));
    world.run();
    assert_eq!(world.done(), [(1, ok(&[3, 2, 0, 7]))]);
    let stray = world.events[0].1;
    let pdu = Pdu::new(&[3, 2, 0xBA, 0xD0]).unwrap();
    let unit = Unit::new(2);
    assert_eq!(stray, Event::Stray { unit, pdu });

    let mut world = World::rtu(serial()).answering(|_| vec![(900 * MS, rtu(2, &[3, 2, 0, 0]))]);
    world.call(1, 1, &read(7, 1));
    world.run();
    let (at, outcome) = world.outcome(1).unwrap();
    assert_eq!(outcome, Err(Failure::Timeout));
    assert_eq!(at, world.sent[0].ended + Duration::from_secs(1));
}

#[test]
fn a_bad_check_is_tried_again_as_often_as_configured() {
    for retries in 0..4 {
        let mut world = World::rtu(serial().retries(retries)).answering(|request| {
            let mut answers = sound(request);
            answers[0].1[3] ^= 1;
            answers
        });
        world.call(1, 1, &read(0, 1));
        world.run();
        assert_eq!(world.sent.len(), usize::from(retries) + 1);
        let failure = Failure::Damaged(Damage::Check);
        assert_eq!(world.done(), [(1, Err(failure))]);
    }
}

#[test]
fn a_truncated_response_is_damage() {
    for length in 1..7 {
        let mut world = World::rtu(serial()).answering(move |request| {
            let mut answers = sound(request);
            answers[0].1.truncate(length);
            answers
        });
        world.call(1, 1, &read(0, 1));
        world.run();
        let (_, outcome) = world.outcome(1).unwrap();
        assert!(matches!(outcome, Err(Failure::Damaged(_))), "{length}");
    }
}

#[test]
fn noise_and_a_gap_before_a_response_do_no_harm() {
    // M15, in both ways of reception.
    for config in [serial(), tolerant()] {
        for noise in [1, 2, 3, 8, 100, 256, 300] {
            let mut world = World::rtu(config).answering(move |request| {
                let bytes: Vec<u8> = (0..noise).map(|at| at as u8 ^ 0x5A).collect();
                let gap = CHARACTER * noise + 60 * MS;
                let mut answers = sound(request);
                answers[0].0 += gap;
                answers.insert(0, (MS, bytes));
                answers
            });
            world.call(1, 1, &read(9, 1));
            world.run();
            assert_eq!(world.done(), [(1, ok(&[3, 2, 0, 9]))], "{noise} bytes");
        }
    }
}

#[test]
fn a_parity_error_spoils_a_response() {
    let mut world = World::rtu(serial());
    world.call(1, 1, &read(0, 1));
    world.run_for(20 * MS);
    world.link.mark = Some(Mark::Parity(0x55));
    world.link.received = Some(world.now);
    world.run();
    let failure = Failure::Damaged(Damage::Line);
    assert_eq!(world.done(), [(1, Err(failure))]);
}

#[test]
fn a_broadcast_is_not_waited_for_and_a_turnaround_delay_follows() {
    // M06.
    let mut world = World::rtu(serial()).answering(|request| match asked(request).0 {
        0 => Vec::new(),
        _ => sound(request),
    });
    world.call(1, 0, &[6, 0, 1, 0, 3]);
    world.call(2, 1, &read(0, 1));
    world.run();
    let left = world.sent[0].ended;
    assert_eq!(world.outcome(1), Some((left, Ok(Pdu::EMPTY))));
    assert_eq!(world.sent[1].began, left + 100 * MS);
    assert!(world.outcome(2).unwrap().1.is_ok());
}

#[test]
fn a_broadcast_read_is_refused_before_it_is_sent() {
    // M07. Application protocol 6: functions that need an answer.
    let reads: [&[u8]; 8] = [
        &[1, 0, 0, 0, 1],
        &[2, 0, 0, 0, 1],
        &read(0, 1),
        &[4, 0, 0, 0, 1],
        &[7],
        &[0x0B],
        &[0x18, 0, 0],
        &[0x2B, 0x0E, 1, 0],
    ];
    let mut world = World::rtu(serial());
    for pdu in reads {
        world.call(1, 0, pdu);
        let refused = Err(Failure::Refused(Refusal::Broadcast));
        assert_eq!(world.done(), [(1, refused)], "{pdu:02x?}");
        world.events.clear();
    }
    world.run();
    assert_eq!(world.sent, []);
}

#[test]
fn reserved_units_are_refused_before_anything_is_sent() {
    // M08.
    let mut world = World::rtu(serial()).answering(sound);
    for unit in 248..=255 {
        world.call(1, unit, &read(0, 1));
        let refusal = Refusal::Reserved(Unit::new(unit));
        assert_eq!(world.done(), [(1, Err(Failure::Refused(refusal)))]);
        world.events.clear();
    }
    assert_eq!(world.sent, []);
    world.call(2, 247, &read(0, 1));
    world.run();
    assert!(world.outcome(2).unwrap().1.is_ok());
}

#[test]
fn only_idempotent_functions_are_tried_again_unless_asked() {
    // M21.
    let requests: [(&[u8], usize); 8] = [
        (&[1, 0, 0, 0, 1], 4),
        (&read(0, 1), 4),
        (&[0x2B, 0x0E, 1, 0], 4),
        (&[5, 0, 0, 0xFF, 0], 1),
        (&[6, 0, 0, 0, 1], 1),
        (&[0x10, 0, 0, 0, 1, 2, 0, 0], 1),
        (&[0x17, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0], 1),
        (&[0x41, 1, 2], 1),
    ];
    for (pdu, times) in requests {
        let mut world = World::rtu(serial().retries(3));
        world.call(1, 1, pdu);
        world.run();
        assert_eq!(world.sent.len(), times, "{pdu:02x?}");
        assert_eq!(world.done(), [(1, Err(Failure::Timeout))]);
        let mut world = World::rtu(serial().retries(3));
        let options = CallOptions::default().repeat(Repeat::Always).retries(2);
        world.call_with(1, 1, pdu, options);
        world.run();
        assert_eq!(world.sent.len(), 3, "{pdu:02x?}");
    }
}

#[test]
fn an_exception_is_not_tried_again() {
    let mut world = World::rtu(serial().retries(3)).answering(|_| vec![(MS, rtu(1, &[0x83, 6]))]);
    world.call(1, 1, &read(0, 1));
    world.run();
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn our_own_echo_is_removed_and_a_collision_is_noticed() {
    // F23: the echo arrives as it leaves.
    let mut line = Line::default();
    line.echo = true;
    let config = serial().line(line);
    let run = |flip: u8| {
        let mut world = World::rtu(config).answering(sound);
        world.call(1, 1, &read(0, 1));
        world.run_for(T3_5);
        let mut echo = rtu(1, &read(0, 1));
        echo[3] ^= flip;
        world.arrive(Duration::ZERO, &echo);
        world.run();
        world
    };
    assert_eq!(run(0).done(), [(1, ok(&[3, 2, 0, 0]))]);
    let world = run(1);
    let (at, outcome) = world.outcome(1).unwrap();
    assert_eq!(outcome, Err(Failure::Collision));
    assert!(at < world.sent[0].ended + 5 * MS, "it is known at once");
}

#[test]
fn a_line_that_is_never_silent_fails_a_call_in_bounded_time() {
    let mut world = World::rtu(serial());
    world.run_for(10 * MS);
    world.arrive(Duration::ZERO, &[0x55; 8_000]);
    world.run_for(10 * MS);
    let called = world.now;
    world.call(1, 1, &read(0, 1));
    world.run_for(Duration::from_secs(3));
    let (at, outcome) = world.outcome(1).unwrap();
    assert_eq!(outcome, Err(Failure::NoSilence));
    assert_eq!(at, called + Duration::from_secs(1));
    assert_eq!(world.sent, []);
}

#[test]
fn force_listen_only_mode_has_no_response() {
    let mut world = World::rtu(serial());
    world.call(1, 9, &[8, 0, 4, 0, 0]);
    world.run();
    assert_eq!(world.done(), [(1, Ok(Pdu::EMPTY))]);
}

#[test]
fn the_end_of_the_wire_fails_every_open_call() {
    let mut world = World::rtu(serial());
    world.call(1, 1, &read(0, 1));
    world.run_for(10 * MS);
    world.call(2, 1, &read(0, 1));
    world.close();
    let closed = Err(Failure::Closed);
    assert_eq!(world.done(), [(1, closed), (2, closed)]);
    assert_eq!(world.end, Some(Ok(())));
    assert!(
        world
            .try_call(3, 1, &read(0, 1), CallOptions::default())
            .is_err()
    );
}

#[test]
fn the_queue_is_bounded() {
    let mut world = World::rtu(serial().queued(2));
    world.call(0, 1, &read(0, 1));
    world.call(1, 1, &read(0, 1));
    let options = CallOptions::default();
    assert!(world.try_call(2, 1, &read(0, 1), options).is_err());
    world.run_for(5 * MS);
    assert!(world.try_call(2, 1, &read(0, 1), options).is_ok());
}
