//! Who is woken, and how little is done then.

use core::{
    future::poll_fn,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use lineside_io::{Driver, sim::run};
use tokio::io::AsyncWriteExt;

use crate::{
    connected, hear,
    machine::{ACK, Command, Echo, Event, IDLE},
    polled, record,
    script::{Script, Step},
    serve, still,
};

#[test]
fn both_wakers_are_left_when_neither_way_is_ready() {
    let mut stream = Script::of(b"");
    stream.writes_nothing = true;
    let mut driver = Driver::new(Echo::default(), stream, still());
    driver
        .submit(Command::Say(Bytes::from_static(b"x")))
        .unwrap();
    assert!(polled(1, driver.next()).is_none());
    assert!(driver.stream_mut().reader.is_some());
    assert!(driver.stream_mut().writer.is_some());
}

#[test]
fn a_spurious_wake_up_asks_the_machine_nothing_and_the_wire_once() {
    let mut driver = Driver::new(Echo::default(), Script::of(b""), still());
    assert!(polled(1, driver.next()).is_none());
    let polls = driver.machine().polls;
    let reads = driver.stream_mut().read_calls;
    assert!(polled(1_000, driver.next()).is_none());
    assert_eq!(driver.machine().polls, polls);
    assert_eq!(driver.stream_mut().read_calls, reads + 1_000);
}

#[test]
fn a_storm_of_refusals_costs_no_more_than_itself() {
    let input = record(&[7; 100]);
    let storm = 9;
    let mut driver = Driver::new(Echo::default(), Script::drip(&input, storm), still());
    assert!(polled(10_000, driver.next()).is_some());
    // One for each byte, and one when it is asked first.
    assert!(
        driver.machine().polls <= input.len() + 2,
        "{}",
        driver.machine().polls
    );
    let reads = driver.stream_mut().read_calls;
    assert!(reads <= input.len() * (storm + 2), "{reads}");
}

#[test]
fn a_dialogue_over_one_byte_wires_needs_two_polls_a_wake_at_most() {
    run(|clock| async move {
        let (client, server) = connected(1).await;
        let mut server = Driver::new(Echo::default(), server, clock.clone());
        let mut client = Driver::new(Echo::default(), client, clock);
        let serving = tokio::spawn(async move {
            serve(&mut server).await;
            server.machine().polls
        });
        let mut wakes = 0;
        for len in 1..50 {
            let words = Bytes::from(vec![len; usize::from(len)]);
            client.submit(Command::Say(words.clone())).unwrap();
            let heard = poll_fn(|cx| {
                wakes += 1;
                client.poll_next(cx)
            });
            let Some(Event::Record(heard)) = heard.await.unwrap() else {
                panic!("no record");
            };
            assert_eq!(heard, words);
            client.submit(Command::Taken).unwrap();
        }
        client.submit(Command::Bye).unwrap();
        assert_eq!(client.next().await.unwrap(), None);
        let served = serving.await.unwrap();
        let bytes: usize = (1..50).map(|len| len + 1).sum();
        assert!(
            served <= 2 * bytes + 200,
            "{served} polls for {bytes} bytes"
        );
        assert!(client.machine().polls <= 2 * wakes + 200);
    });
}

#[test]
fn words_before_an_event_are_on_the_wire_when_it_is_handed_out() {
    let machine = Echo {
        acks: true,
        ..Echo::default()
    };
    let mut driver = Driver::new(machine, Script::of(&record(b"hello")), still());
    assert_eq!(polled(1, hear(&mut driver)).unwrap(), "hello");
    assert_eq!(driver.stream_mut().written, ACK);
}

#[test]
fn a_source_that_never_ends_lets_others_run() {
    let mut driver = Driver::new(Echo::default(), Script::new([Step::Always(IDLE)]), still());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(driver.poll_next(&mut cx), Poll::Pending));
    assert!(driver.stream_mut().read_calls < 1_000);
}

#[test]
fn the_machines_time_comes_to_the_nanosecond_and_once() {
    run(|clock| async move {
        let (mut client, server) = connected(100).await;
        let machine = Echo {
            silence: Some(Duration::from_micros(1_750)),
            ..Echo::default()
        };
        let mut server = Driver::new(machine, server, clock.clone());
        client.write_all(&[9, 1, 2]).await.unwrap();
        assert_eq!(server.next().await.unwrap(), Some(Event::Silence));
        assert_eq!(clock.now().as_nanos(), 1_750_000);
        client.write_all(&record(b"next")).await.unwrap();
        assert_eq!(hear(&mut server).await, "next");
    });
}

#[test]
fn a_machine_that_needs_no_time_is_told_when_its_own_has_come() {
    run(|clock| async move {
        let (mut client, server) = connected(100).await;
        let machine = Echo {
            silence: Some(Duration::from_micros(1_750)),
            is_timeless: true,
            ..Echo::default()
        };
        let mut server = Driver::new(machine, server, clock.clone());
        client.write_all(&[9, 1, 2]).await.unwrap();
        assert_eq!(server.next().await.unwrap(), Some(Event::Silence));
        assert_eq!(clock.now().as_nanos(), 1_750_000);
        // The time that it was told last serves for what comes until it needs one again.
        clock.sleep(Duration::from_millis(1)).await;
        client.write_all(&record(b"next")).await.unwrap();
        assert_eq!(hear(&mut server).await, "next");
        assert_eq!(server.last_activity(), None);
    });
}

#[test]
fn a_silence_of_the_application_is_none_on_the_wire() {
    run(|clock| async move {
        let (mut client, server) = connected(100).await;
        let machine = Echo {
            silence: Some(Duration::from_millis(2)),
            ..Echo::default()
        };
        let mut server = Driver::new(machine, server, clock.clone());
        client.write_all(&[4, b'h', b'a']).await.unwrap();
        assert!(polled(1, server.next()).is_none());
        // The rest comes in time, but the application looks late.
        clock.sleep(Duration::from_millis(1)).await;
        client.write_all(b"lf").await.unwrap();
        clock.sleep(Duration::from_millis(50)).await;
        assert_eq!(hear(&mut server).await, "half");
    });
}
