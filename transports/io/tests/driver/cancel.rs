//! Any future of the driver may be dropped at any await.

use bytes::Bytes;
use lineside_io::{Driver, sim::run};
use tokio::io::AsyncReadExt;

use crate::{
    connected,
    machine::{Command, Echo, Event},
    polled, record,
    script::Script,
    serve, still,
};

/// Twenty records of every length from 1 to 20, each with words of its own.
fn dialogue() -> Vec<u8> {
    (1..=20u8)
        .flat_map(|len| record(&vec![b'a' + len; usize::from(len)]))
        .collect()
}

/// Every future is dropped after `polls` polls and made anew, until the dialogue is over.
fn echoes(storm: usize, polls: usize) -> (Vec<Bytes>, Script) {
    let mut driver = Driver::new(Echo::default(), Script::drip(&dialogue(), storm), still());
    let mut heard = Vec::new();
    for _ in 0..100_000 {
        match polled(polls, driver.next()).transpose().unwrap() {
            None => {}
            Some(None) => return (heard, driver.into_parts().1),
            Some(Some(Event::Record(words))) => {
                heard.push(words.clone());
                // Dropped at whichever await it has come to; the command is taken all the same.
                let _ = polled(polls, driver.send(Command::Answer(words)));
                let _ = polled(polls, driver.flush());
            }
            Some(Some(other)) => panic!("{other:?}"),
        }
    }
    panic!("no end after {} records", heard.len());
}

#[test]
fn a_next_send_or_flush_dropped_at_any_await_loses_and_doubles_nothing() {
    for storm in 0..4 {
        for polls in 1..12 {
            let (heard, stream) = echoes(storm, polls);
            let heard: Vec<u8> = heard.iter().flat_map(|words| record(words)).collect();
            assert_eq!(
                heard,
                dialogue(),
                "heard, storm {storm}, dropped after {polls} polls"
            );
            assert_eq!(
                stream.written,
                dialogue(),
                "said, storm {storm}, after {polls} polls"
            );
            assert!(stream.is_shut);
        }
    }
}

#[test]
fn a_send_that_was_never_polled_did_nothing() {
    let mut driver = Driver::new(Echo::default(), Script::of(b""), still());
    drop(driver.send(Command::Say(Bytes::from_static(b"x"))));
    polled(1, driver.flush()).unwrap().unwrap();
    assert_eq!(driver.stream_mut().written, b"");
}

#[test]
fn another_protocol_takes_over_with_what_was_read_too_much() {
    let mut input = record(b"switch");
    input.extend(record(b"first of the next"));
    let mut driver = Driver::new(Echo::default(), Script::of(&input), still());
    let Some(Ok(Some(Event::Record(words)))) = polled(3, driver.next()) else {
        panic!("no record");
    };
    polled(3, driver.send(Command::Answer(words)))
        .unwrap()
        .unwrap();
    let (_, stream, unread) = driver.into_parts();
    assert_eq!(stream.written, record(b"switch"));

    let mut driver = Driver::new(Echo::default(), stream, still()).unread(&unread);
    let next = polled(3, driver.next()).unwrap().unwrap();
    assert_eq!(
        next,
        Some(Event::Record(Bytes::from_static(b"first of the next")))
    );
}

#[test]
fn a_peer_that_closes_its_half_still_gets_its_answers() {
    run(|clock| async move {
        let (client, server) = connected(8).await;
        let mut client = Driver::new(Echo::default(), client, clock.clone());
        let mut server = Driver::new(Echo::default(), server, clock);
        let serving = tokio::spawn(async move { serve(&mut server).await });
        for _ in 0..3 {
            client
                .send(Command::Say(Bytes::from_static(b"question")))
                .await
                .unwrap();
        }
        client.submit(Command::Bye).unwrap();
        assert_eq!(client.next().await.unwrap(), None);
        let (_, mut stream, mut heard) = client.into_parts();
        stream.read_buf(&mut heard).await.unwrap();
        while stream.read_buf(&mut heard).await.unwrap() > 0 {}
        assert_eq!(heard, record(b"question").repeat(3));
        serving.await.unwrap();
    });
}
