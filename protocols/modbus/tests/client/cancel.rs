//! A cancelled call leaves the line sound: M17.

use core::time::Duration;

use lineside_modbus::{
    client::{Event, Failure},
    wire::Unit,
};

use crate::world::*;

const NS: Duration = Duration::from_nanos(1);

/// Every time at which something changes in an undisturbed call, and a nanosecond to either side.
fn moments() -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..280).map(|step| step * CHARACTER / 4).collect();
    // The request's characters, the response's, and the silence behind it.
    let out = T3_5 + 8 * CHARACTER;
    let back = out + Duration::from_millis(5);
    let edges = (0..=8)
        .map(|n| T3_5 + n * CHARACTER)
        .chain((0..=9).map(|n| back + n * CHARACTER))
        .chain([back + 9 * CHARACTER + T3_5]);
    for edge in edges {
        times.extend([edge.saturating_sub(NS), edge, edge + NS]);
    }
    for edge in [out + Duration::from_secs(1), out + Duration::from_secs(2)] {
        times.extend([edge - NS, edge, edge + NS]);
    }
    times
}

/// Cancels at `at`, then asks for another register at once, and another unit after it.
fn cancelled(mut world: World, at: Duration) -> World {
    world.call(1, 1, &read(0x11, 2));
    world.run_for(at);
    world.cancel(1);
    world.call(2, 1, &read(0x22, 2));
    world.call(3, 2, &read(0x33, 2));
    world.run();
    world
}

#[test]
fn after_a_call_is_cancelled_at_any_time_the_next_is_answered_by_its_own_response() {
    let answering = || World::rtu(serial().retries(2)).answering(sound);
    for at in moments() {
        let world = cancelled(answering(), at);
        assert_eq!(
            world.outcome(2).unwrap().1,
            ok(&[3, 4, 0, 0x22, 0, 0x23]),
            "cancelled at {at:?}"
        );
        assert_eq!(world.outcome(3).unwrap().1, ok(&[3, 4, 0, 0x33, 0, 0x34]));
        // It was sent once or never, and ended before it was cancelled or not at all.
        let times = world.sent.iter().filter(|sent| sent.bytes[3] == 0x11);
        assert!(times.count() <= 1, "cancelled at {at:?}");
        if let Some((ended, _)) = world.outcome(1) {
            assert!(ended.as_nanos() <= at.as_nanos() as u64);
        }
    }
}

#[test]
fn a_call_cancelled_before_it_was_sent_is_never_sent() {
    for at in 0..T3_5.as_micros() as u64 {
        let at = Duration::from_micros(at);
        let world = cancelled(World::rtu(serial()).answering(sound), at);
        assert!(world.sent.iter().all(|sent| sent.bytes[3] != 0x11));
        assert_eq!(world.outcome(1), None);
    }
}

#[test]
fn a_late_response_to_a_cancelled_call_answers_nothing() {
    let late = |delay: Duration| {
        move || {
            World::rtu(serial()).answering(move |request| {
                let mut answers = sound(request);
                if request[3] == 0x11 {
                    answers[0].0 = delay;
                }
                answers
            })
        }
    };
    for delay in [900, 995, 1_001, 1_200, 1_900] {
        let world = late(Duration::from_millis(delay));
        for at in moments() {
            let world = cancelled(world(), at);
            let second = world.outcome(2).unwrap().1;
            assert_eq!(second, ok(&[3, 4, 0, 0x22, 0, 0x23]), "{delay}, {at:?}");
            let third = world.outcome(3).unwrap().1;
            assert!(
                third == ok(&[3, 4, 0, 0x33, 0, 0x34]) || matches!(third, Err(Failure::Damaged(_))),
                "{third:?}: {delay}, {at:?}"
            );
        }
    }
}

#[test]
fn a_cancelled_call_is_not_tried_again() {
    let told = |world: &World| {
        world
            .events
            .iter()
            .map(|(_, event)| *event)
            .collect::<Vec<_>>()
    };
    let unanswered = Event::Unanswered { unit: Unit::new(1) };
    let mut world = World::rtu(serial().retries(3));
    world.call(1, 1, &read(0, 1));
    world.run_for(Duration::from_millis(500));
    world.cancel(1);
    world.run();
    assert_eq!((world.sent.len(), told(&world)), (1, vec![unanswered]));
    // Between two tries too.
    let mut world = World::rtu(serial().retries(3));
    world.call(1, 1, &read(0, 1));
    world.run_for(Duration::from_millis(1_500));
    world.cancel(1);
    world.run();
    assert_eq!((world.sent.len(), told(&world)), (2, vec![unanswered]));
}

#[test]
fn a_call_that_is_not_open_can_be_cancelled() {
    let mut world = World::rtu(serial()).answering(sound);
    world.cancel(7);
    world.call(1, 1, &read(0, 1));
    world.run();
    world.cancel(1);
    world.call(2, 1, &read(1, 1));
    world.run();
    assert_eq!(world.done().len(), 2);
}
