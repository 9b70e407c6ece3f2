//! The dialogue on TCP: Messaging on TCP/IP 4.

use core::time::Duration;

use lineside_core::Error;
use lineside_modbus::{
    ClientConfig, Damage,
    client::{CallOptions, Event, Failure},
    wire::Pdu,
};

use crate::world::*;

const MS: Duration = Duration::from_millis(1);

/// A server that answers each request as it comes, after 5 ms.
fn server(request: &[u8]) -> Answers {
    let mut rest = request;
    let mut answers = Vec::new();
    while rest.len() >= 12 {
        let (frame, behind) = rest.split_at(12);
        let transaction = u16::from_be_bytes([frame[0], frame[1]]);
        let reply = tcp(transaction, frame[6], &answer(&frame[7..]));
        answers.push((5 * MS, reply));
        rest = behind;
    }
    answers
}

fn transactions(world: &World) -> Vec<u16> {
    let frames = world.sent.iter().flat_map(|sent| sent.bytes.chunks(12));
    frames
        .map(|frame| u16::from_be_bytes([frame[0], frame[1]]))
        .collect()
}

#[test]
fn sixteen_requests_are_out_at_once_and_no_more() {
    // T05.
    let mut world = World::tcp(ClientConfig::default());
    for id in 0..20 {
        world.call(id, 1, &read(0, 1));
    }
    world.run_for(MS);
    assert_eq!(world.client.outstanding(), 16);
    assert_eq!(world.client.queued(), 4);
    // T03: one request per write.
    assert!(world.sent.iter().all(|sent| sent.bytes.len() == 12));
    let mut ids = transactions(&world);
    ids.dedup();
    assert_eq!(ids.len(), 16);
}

#[test]
fn several_requests_share_a_write_when_it_is_allowed() {
    let mut world = World::tcp(ClientConfig::default().coalesce(true)).answering(server);
    for id in 0..16 {
        world
            .try_call(id, 1, &read(id as u8, 1), CallOptions::default())
            .unwrap();
    }
    world.run();
    assert_eq!(world.sent.len(), 1);
    assert_eq!(world.done().len(), 16);
}

#[test]
fn responses_come_in_any_order() {
    let mut world = World::tcp(ClientConfig::default());
    for id in 0..16 {
        world.call(id, 1, &read(id as u8, 1));
    }
    world.run_for(MS);
    let sent: Vec<Vec<u8>> = world.sent.iter().map(|sent| sent.bytes.clone()).collect();
    for request in sent.iter().rev() {
        let (_, reply) = server(request).remove(0);
        world.arrive(Duration::ZERO, &reply);
    }
    world.run_for(MS);
    let done = world.done();
    assert!(done.iter().map(|(id, _)| *id).eq((0..16).rev()));
    for (id, outcome) in done {
        assert_eq!(outcome, ok(&[3, 2, 0, id as u8]));
    }
}

#[test]
fn a_transaction_that_is_not_open_is_discarded() {
    // T04, and the unit too must be the request's.
    let mut world = World::tcp(ClientConfig::default());
    world.call(1, 9, &read(0, 1));
    world.run_for(MS);
    let id = transactions(&world)[0];
    world.arrive(Duration::ZERO, &tcp(id.wrapping_add(1), 9, &[3, 2, 0, 1]));
    world.arrive(Duration::ZERO, &tcp(id, 8, &[3, 2, 0, 2]));
    world.arrive(MS, &tcp(id, 9, &[3, 2, 0, 3]));
    world.run();
    assert_eq!(world.outcome(1).unwrap().1, ok(&[3, 2, 0, 3]));
    let strays = world
        .events
        .iter()
        .filter(|(_, event)| matches!(event, Event::Stray { .. }));
    assert_eq!(strays.count(), 2);
}

#[test]
fn a_late_response_does_not_answer_the_retry() {
    let mut world = World::tcp(ClientConfig::default().retries(1)).answering(|request| {
        let mut answers = server(request);
        answers[0].0 = 1_500 * MS;
        answers
    });
    world.call(1, 1, &read(0, 1));
    world.run();
    let [first, second] = transactions(&world)[..] else {
        panic!("two tries");
    };
    assert_ne!(first, second);
    assert_eq!(world.done(), [(1, Err(Failure::Timeout))]);
}

#[test]
fn a_dead_transaction_does_not_hold_up_the_others() {
    let mut world =
        World::tcp(ClientConfig::default().retries(0)).answering(|request| match request[6] {
            1 => Vec::new(),
            _ => server(request),
        });
    for id in 0..4 {
        world.call(id, id as u8, &read(0, 1));
    }
    world.run();
    for id in [0, 2, 3] {
        let (at, outcome) = world.outcome(id).unwrap();
        assert!(outcome.is_ok() && at.as_micros() == 5_000);
    }
    assert_eq!(world.outcome(1).unwrap().1, Err(Failure::Timeout));
}

#[test]
fn another_protocol_is_skipped_and_a_bad_length_ends_the_connection() {
    // T01.
    let mut world = World::tcp(ClientConfig::default());
    world.call(1, 1, &read(0, 1));
    world.call(2, 1, &read(1, 1));
    world.run_for(MS);
    let id = transactions(&world)[0];
    let mut other = tcp(id, 1, &[3, 2, 0, 1]);
    other[3] = 1;
    world.arrive(Duration::ZERO, &other);
    world.arrive(Duration::ZERO, &tcp(id, 1, &[3, 2, 0, 2]));
    world.arrive(MS, &[0, 2, 0, 0, 1, 0, 1]);
    world.run_for(2 * MS);
    assert!(matches!(
        world.events[0].1,
        Event::Damaged {
            reason: Damage::Protocol,
            ..
        }
    ));
    assert_eq!(world.outcome(1).unwrap().1, ok(&[3, 2, 0, 2]));
    assert_eq!(world.outcome(2).unwrap().1, Err(Failure::Closed));
    assert!(matches!(world.end, Some(Err(Error::Malformed(_)))));
}

#[test]
fn every_unit_is_asked_and_none_is_a_broadcast() {
    // T06: 0 and 255 are the device itself.
    for unit in [0, 1, 247, 248, 255] {
        let mut world = World::tcp(ClientConfig::default()).answering(server);
        world.call(1, unit, &read(5, 1));
        world.run();
        assert_eq!(world.done(), [(1, ok(&[3, 2, 0, 5]))], "unit {unit}");
    }
}

#[test]
fn a_cancelled_call_leaves_the_connection_sound_at_any_time() {
    for at in 0..=6 {
        let mut world = World::tcp(ClientConfig::default().transactions(1)).answering(server);
        world.call(1, 1, &read(1, 1));
        world.run_for(at * MS);
        world.cancel(1);
        world.call(2, 1, &read(2, 1));
        world.run();
        assert_eq!(world.outcome(2).unwrap().1, ok(&[3, 2, 0, 2]));
    }
}

#[test]
fn a_force_to_listen_only_is_done_when_it_has_left() {
    let mut world = World::tcp(ClientConfig::default());
    world.call(1, 1, &[8, 0, 4, 0, 0]);
    world.run();
    assert_eq!(world.done(), [(1, Ok(Pdu::EMPTY))]);
}
