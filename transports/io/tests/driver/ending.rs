//! How a dialogue ends: last words first, then the error, and again.

use core::time::Duration;
use std::io;

use bytes::Bytes;
use lineside_core::{Clause, Error as Fault};
use lineside_io::{Driver, Error, Limits, sim::run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    connected, hear,
    machine::{Command, Echo, LAST_WORDS},
    polled, record,
    script::{Script, Step},
    still,
};

const EMPTY: Fault = Fault::Violation(Clause("echo.empty"));

fn fault(next: lineside_io::Next<Echo>) -> Fault {
    match next {
        Err(Error::Machine(fault)) => fault,
        other => panic!("wanted the machine's error, got {other:?}"),
    }
}

fn kind(next: lineside_io::Next<Echo>) -> io::ErrorKind {
    match next {
        Err(Error::Io(error)) => error.kind(),
        other => panic!("wanted the wire's error, got {other:?}"),
    }
}

#[test]
fn the_last_words_go_first_and_the_error_is_for_ever() {
    let mut driver = Driver::new(Echo::default(), Script::drip(&[0], 2), still());
    for _ in 0..3 {
        assert_eq!(fault(polled(100, driver.next()).unwrap()), EMPTY);
        assert_eq!(driver.stream_mut().written, LAST_WORDS);
        assert!(driver.stream_mut().is_shut);
    }
}

#[test]
fn a_peer_that_is_still_sending_hears_the_last_words() {
    run(|clock| async move {
        let (mut client, server) = connected(64).await;
        let serving = tokio::spawn(async move {
            let mut server = Driver::new(Echo::default(), server, clock);
            fault(server.next().await)
        });
        let (mut reader, mut writer) = tokio::io::split(client);
        let sending = tokio::spawn(async move {
            writer.write_all(&[0; 10_000]).await.unwrap();
            writer.shutdown().await.unwrap();
            writer
        });
        let mut heard = Vec::new();
        reader.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, LAST_WORDS);
        assert_eq!(serving.await.unwrap(), EMPTY);
        client = reader.unsplit(sending.await.unwrap());
        drop(client);
    });
}

#[test]
fn nobody_is_heard_out_longer_than_the_linger() {
    run(|clock| async move {
        let (mut client, server) = connected(64).await;
        let mut server = Driver::new(Echo::default(), server, clock.clone());
        client.write_all(&[0]).await.unwrap();
        assert_eq!(fault(server.next().await), EMPTY);
        assert_eq!(clock.now().as_micros(), 1_000_000);
        drop(client);
    });
}

#[test]
fn a_peer_that_takes_nothing_is_given_up_to_the_nanosecond() {
    run(|clock| async move {
        let (client, server) = connected(4).await;
        let mut server = Driver::new(Echo::default(), server, clock.clone());
        server
            .submit(Command::Say(Bytes::from(vec![1; 200])))
            .unwrap();
        for _ in 0..2 {
            assert_eq!(kind(server.next().await), io::ErrorKind::TimedOut);
            assert_eq!(clock.now().as_nanos(), 30_000_000_000);
        }
        let Err(Error::Io(error)) = server.flush().await else {
            panic!("flushed");
        };
        assert_eq!(
            error.to_string(),
            "the peer takes no bytes (Limits::write_stall)"
        );
        drop(client);
    });
}

#[test]
fn a_peer_that_takes_a_byte_in_time_is_not_given_up() {
    run(|clock| async move {
        let (mut client, server) = connected(1).await;
        let slow = tokio::spawn({
            let clock = clock.clone();
            async move {
                for _ in 0..10 {
                    clock.sleep(Duration::from_secs(29)).await;
                    client.read_u8().await.unwrap();
                }
                client
            }
        });
        let mut server = Driver::new(Echo::default(), server, clock.clone());
        server
            .send(Command::Say(Bytes::from_static(b"nine byte")))
            .await
            .unwrap();
        assert_eq!(clock.now().as_micros(), 9 * 29_000_000);
        slow.await.unwrap();
    });
}

#[test]
fn closing_has_a_limit_of_its_own() {
    run(|clock| async move {
        let (client, server) = connected(4).await;
        let mut limits = Limits::default();
        limits.close = Some(Duration::from_secs(5));
        let mut server = Driver::new(Echo::default(), server, clock.clone()).limits(limits);
        server
            .submit(Command::Say(Bytes::from_static(b"last words")))
            .unwrap();
        server.submit(Command::Bye).unwrap();
        assert_eq!(server.next().await.unwrap(), None);
        assert_eq!(clock.now().as_micros(), 5_000_000);
        assert_eq!(server.next().await.unwrap(), None);
        drop(client);
    });
}

#[test]
fn a_write_error_waits_until_all_that_came_is_read() {
    let mut input = record(b"one");
    input.extend(record(b"two"));
    let mut stream = Script::of(&input);
    stream.write_fails = Some(io::ErrorKind::BrokenPipe);
    let mut driver = Driver::new(Echo::default(), stream, still());
    for words in ["one", "two"] {
        assert_eq!(polled(9, hear(&mut driver)).unwrap(), words);
        driver
            .submit(Command::Answer(Bytes::from_static(b".")))
            .unwrap();
    }
    for _ in 0..2 {
        assert_eq!(
            kind(polled(9, driver.next()).unwrap()),
            io::ErrorKind::BrokenPipe
        );
    }
}

#[test]
fn a_read_error_waits_until_all_that_came_before_is_handled() {
    let mut steps: Vec<_> = [record(b"one"), record(b"two")]
        .concat()
        .into_iter()
        .map(Step::Byte)
        .collect();
    steps.push(Step::Fail(io::ErrorKind::ConnectionReset));
    let mut driver = Driver::new(Echo::default(), Script::new(steps), still());
    for words in ["one", "two"] {
        assert_eq!(polled(9, hear(&mut driver)).unwrap(), words);
        driver
            .submit(Command::Answer(Bytes::from_static(b".")))
            .unwrap();
    }
    // The script has but one error; the driver gives it again.
    for _ in 0..2 {
        assert_eq!(
            kind(polled(9, driver.next()).unwrap()),
            io::ErrorKind::ConnectionReset
        );
    }
    assert_eq!(driver.stream_mut().written, record(b".").repeat(2));
}

#[test]
fn nothing_is_read_after_a_read_error() {
    let steps = [Step::Fail(io::ErrorKind::Other)].into_iter();
    let steps = steps.chain(record(b"late").into_iter().map(Step::Byte));
    let mut driver = Driver::new(Echo::default(), Script::new(steps), still());
    for _ in 0..3 {
        assert_eq!(
            kind(polled(9, driver.next()).unwrap()),
            io::ErrorKind::Other
        );
    }
}

#[test]
fn an_end_inside_a_record_is_the_machines_to_judge() {
    let steps = [Step::Byte(9), Step::Byte(1), Step::End];
    let mut driver = Driver::new(Echo::default(), Script::new(steps), still());
    assert_eq!(
        fault(polled(9, driver.next()).unwrap()),
        Fault::Timeout("the rest of a record")
    );
}

#[test]
fn a_wire_that_fails_under_the_last_words_does_not_hide_the_verdict() {
    let mut stream = Script::of(&[0]);
    stream.write_fails = Some(io::ErrorKind::BrokenPipe);
    let mut driver = Driver::new(Echo::default(), stream, still());
    assert_eq!(fault(polled(9, driver.next()).unwrap()), EMPTY);
}
