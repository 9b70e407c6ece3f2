//! What a peer can make the driver keep.

use core::time::Duration;

use bytes::Bytes;
use lineside_io::{Driver, Limits, sim::run};

use crate::{
    connected, hear,
    machine::{Command, Echo, Event},
    polled, record,
    script::Script,
    still,
};

#[test]
fn a_request_with_the_handler_stops_the_reading_at_the_limit() {
    let input = record(b"request").repeat(1_000);
    let mut limits = Limits::default();
    limits.unread = 100;
    limits.read_chunk = 30;
    let mut driver = Driver::new(Echo::default(), Script::of(&input), still()).limits(limits);
    assert_eq!(polled(1, hear(&mut driver)).unwrap(), "request");
    assert!(polled(50, driver.next()).is_none());
    let left = driver.stream_mut().reads.len();
    assert_eq!(left, input.len() - 8 - 100);
    driver
        .submit(Command::Answer(Bytes::from_static(b"yes")))
        .unwrap();
    assert_eq!(polled(1, hear(&mut driver)).unwrap(), "request");
}

#[test]
fn a_peer_that_never_listens_is_not_answered_without_end() {
    let mut stream = Script::of(&record(b"?").repeat(10_000));
    stream.writes_nothing = true;
    let mut limits = Limits::default();
    limits.unsent = 1_000;
    let mut driver = Driver::new(Echo::default(), stream, still()).limits(limits);
    let mut answers = 0;
    while let Some(next) = polled(3, driver.next()) {
        assert_eq!(next.unwrap(), Some(Event::Record(Bytes::from_static(b"?"))));
        driver
            .submit(Command::Answer(Bytes::from(vec![0; 99])))
            .unwrap();
        answers += 1;
    }
    assert_eq!(answers, 11);
    // It listens at last, and is answered at last.
    driver.stream_mut().writes_nothing = false;
    assert_eq!(polled(1, hear(&mut driver)).unwrap(), "?");
}

#[test]
fn a_peer_that_never_listens_does_not_stop_the_machines_time() {
    run(|clock| async move {
        let mut stream = Script::of(&[9, 1]);
        stream.writes_nothing = true;
        let mut limits = Limits::default();
        limits.unsent = 10;
        let machine = Echo {
            silence: Some(Duration::from_millis(5)),
            ..Echo::default()
        };
        let mut driver = Driver::new(machine, stream, clock.clone()).limits(limits);
        assert!(polled(1, driver.next()).is_none());
        driver
            .submit(Command::Say(Bytes::from(vec![0; 99])))
            .unwrap();
        assert_eq!(driver.next().await.unwrap(), Some(Event::Silence));
        assert_eq!(clock.now().as_micros(), 5_000);
        // Told once, it is left alone until the peer listens.
        let polls = driver.machine().polls;
        assert!(polled(9, driver.next()).is_none());
        assert_eq!(driver.machine().polls, polls);
    });
}

#[test]
fn bulk_flows_both_ways_at_once() {
    run(|clock| async move {
        let (left, right) = connected(16).await;
        let talk = |stream, clock| async move {
            let mut driver = Driver::new(Echo::default(), stream, clock);
            for _ in 0..200 {
                driver
                    .submit(Command::Say(Bytes::from(vec![5; 200])))
                    .unwrap();
            }
            for _ in 0..200 {
                assert_eq!(hear(&mut driver).await.len(), 200);
                driver.submit(Command::Taken).unwrap();
            }
            driver.flush().await.unwrap();
        };
        let other = tokio::spawn(talk(right, clock.clone()));
        talk(left, clock).await;
        other.await.unwrap();
    });
}
