//! Connections of Modbus TCP.

use lineside_io::sim::run;
use lineside_modbus::{
    Bank, Framing, ServerConfig,
    net::{Full, Limits, Server, Shared},
    wire::Unit,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::*;

fn server(clock: &lineside_io::Clock) -> Server {
    Server::new(Framing::Tcp).clock(clock.clone())
}

#[test]
fn connections_share_a_bank_and_the_program_reads_it() {
    run(|clock| async move {
        let bank = Shared::new(Bank::new().with_holding_registers(0, [0; 4]));
        let served = served(server(&clock), bank.clone()).await;
        let (mut one, mut other) = (served.client().await, served.client().await);
        ask(&mut one, 1, 0xFF, &[6, 0, 2, 0, 42]).await;
        assert_eq!(heard(&mut one).await, Some((1, 0xFF, vec![6, 0, 2, 0, 42])));
        assert_eq!(bank.lock().holding_registers().get(2), Some(42));
        ask(&mut other, 9, 1, &[3, 0, 2, 0, 1]).await;
        assert_eq!(heard(&mut other).await, Some((9, 1, vec![3, 2, 0, 42])));
    });
}

/// The diagnostic register and the status word of unit 1, as a client of its own connection reads
/// them.
async fn told(stream: &mut lineside_io::sim::MemoryStream) -> (u16, u16) {
    ask(stream, 1, 1, &[8, 0, 2, 0, 0]).await;
    let (_, _, register) = heard(stream).await.unwrap();
    ask(stream, 2, 1, &[0x0B]).await;
    let (_, _, counter) = heard(stream).await.unwrap();
    let word = |word: Option<&[u8; 2]>| u16::from_be_bytes(*word.unwrap());
    (
        word(register.last_chunk()),
        word(counter.split_at(1).1.first_chunk()),
    )
}

#[test]
fn what_a_unit_is_told_holds_on_every_connection_now_and_later() {
    run(|clock| async move {
        let server = server(&clock);
        let control = server.control();
        let served = served(server, Bank::new()).await;
        let (mut one, mut other) = (served.client().await, served.client().await);
        assert_eq!(told(&mut one).await, (0, 0));
        control.set_diagnostic_register(Unit::new(1), 0x0102);
        control.set_processing(Unit::new(1), true);
        assert_eq!(told(&mut one).await, (0x0102, 0xFFFF));
        assert_eq!(told(&mut other).await, (0x0102, 0xFFFF));
        // Clear Counters and Diagnostic Register, on one connection.
        ask(&mut one, 3, 1, &[8, 0, 0x0A, 0, 0]).await;
        heard(&mut one).await.unwrap();
        control.set_processing(Unit::new(1), false);
        assert_eq!(told(&mut one).await, (0, 0));
        assert_eq!(told(&mut other).await, (0x0102, 0));
        assert_eq!(told(&mut served.client().await).await, (0x0102, 0));
    });
}

#[test]
fn a_unit_is_told_while_its_service_is_at_a_request() {
    run(|clock| async move {
        let server = server(&clock);
        let control = server.control();
        let served = served(server, Slow::new(&clock, false)).await;
        let mut client = served.client().await;
        ask(&mut client, 7, 1, &seconds(9)).await;
        clock.sleep(SECOND).await;
        control.set_processing(Unit::new(1), true);
        assert_eq!(told(&mut client).await, (0, 0xFFFF));
        assert_eq!(clock.now().as_micros(), 1_000_000);
    });
}

#[test]
fn sixteen_requests_are_with_a_slow_service_at_once_and_more_are_refused() {
    run(|clock| async move {
        let slow = Slow::new(&clock, true);
        let served = served(server(&clock), slow.clone()).await;
        let mut client = served.client().await;
        // The later they are asked, the sooner they are answered.
        for number in 1..=16 {
            ask(&mut client, number, 1, &seconds(17 - number)).await;
        }
        ask(&mut client, 17, 1, &seconds(1)).await;
        assert_eq!(heard(&mut client).await, Some((17, 1, vec![0x86, 6])));
        for number in (1..=16).rev() {
            let answer = Some((number, 1, seconds(17 - number).to_vec()));
            assert_eq!(heard(&mut client).await, answer);
            assert_eq!(clock.now().as_micros(), u64::from(17 - number) * 1_000_000);
        }
        assert_eq!(
            slow.tally(),
            Tally {
                asked: 16,
                dropped: 0
            }
        );
    });
}

#[test]
fn a_service_without_another_takes_one_request_after_the_other() {
    run(|clock| async move {
        let slow = Slow::new(&clock, false);
        let served = served(server(&clock), slow.clone()).await;
        let mut client = served.client().await;
        for number in 1..=4 {
            ask(&mut client, number, 1, &seconds(1)).await;
        }
        for number in 1..=4 {
            assert_eq!(heard(&mut client).await.unwrap().0, number);
            assert_eq!(clock.now().as_micros(), u64::from(number) * 1_000_000);
        }
    });
}

#[test]
fn a_panic_is_exception_04_and_the_connection_goes_on() {
    for several in [false, true] {
        run(move |clock| async move {
            let served = served(server(&clock), Slow::new(&clock, several)).await;
            let mut client = served.client().await;
            ask(&mut client, 1, 1, &seconds(0xDD)).await;
            assert_eq!(heard(&mut client).await, Some((1, 1, vec![0x86, 4])));
            ask(&mut client, 2, 1, &seconds(0)).await;
            assert_eq!(heard(&mut client).await, Some((2, 1, seconds(0).to_vec())));
        });
    }
}

#[test]
fn requests_of_a_departed_client_are_dropped() {
    run(|clock| async move {
        let slow = Slow::new(&clock, true);
        let served = served(server(&clock), slow.clone()).await;
        let mut client = served.client().await;
        for number in 1..=3 {
            ask(&mut client, number, 1, &seconds(9)).await;
        }
        clock.sleep(SECOND).await;
        assert_eq!(
            slow.tally(),
            Tally {
                asked: 3,
                dropped: 0
            }
        );
        drop(client);
        clock.sleep(SECOND).await;
        assert_eq!(
            slow.tally(),
            Tally {
                asked: 3,
                dropped: 3
            }
        );
    });
}

#[test]
fn a_half_closed_client_is_answered_where_that_is_wanted() {
    for wanted in [false, true] {
        run(move |clock| async move {
            let server = match wanted {
                true => server(&clock).answering_half_closed(),
                false => server(&clock),
            };
            let served = served(server, Slow::new(&clock, true)).await;
            let mut client = served.client().await;
            ask(&mut client, 1, 1, &seconds(2)).await;
            client.shutdown().await.unwrap();
            assert_eq!(heard(&mut client).await.is_some(), wanted);
            assert_eq!(client.read(&mut [0]).await.unwrap_or(0), 0);
        });
    }
}

#[test]
fn an_immediate_service_answers_a_half_closed_client() {
    run(|clock| async move {
        let served = served(server(&clock), Bank::new().with_coils(0, [true])).await;
        let mut client = served.client().await;
        ask(&mut client, 1, 1, &[1, 0, 0, 0, 1]).await;
        client.shutdown().await.unwrap();
        assert_eq!(heard(&mut client).await, Some((1, 1, vec![1, 1, 1])));
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn a_stop_finishes_what_was_begun_and_nothing_else() {
    for several in [false, true] {
        run(move |clock| async move {
            let slow = Slow::new(&clock, several);
            let mut served = served(server(&clock), slow.clone()).await;
            let mut client = served.client().await;
            ask(&mut client, 1, 1, &seconds(3)).await;
            clock.sleep(SECOND).await;
            served.stop = None;
            clock.sleep(SECOND).await;
            // Nobody takes it.
            ask(&mut client, 2, 1, &seconds(0)).await;
            assert_eq!(heard(&mut client).await, Some((1, 1, seconds(3).to_vec())));
            assert_eq!(heard(&mut client).await, None);
            (&mut served.task).await.unwrap();
            assert_eq!(clock.now().as_micros(), 3_000_000);
            assert_eq!(
                slow.tally(),
                Tally {
                    asked: 1,
                    dropped: 0
                }
            );
        });
    }
}

#[test]
fn grace_ends_a_service_that_takes_too_long() {
    run(|clock| async move {
        let slow = Slow::new(&clock, true);
        let mut served = served(server(&clock), slow.clone()).await;
        let mut client = served.client().await;
        ask(&mut client, 1, 1, &seconds(60)).await;
        clock.sleep(SECOND).await;
        served.stop = None;
        assert_eq!(heard(&mut client).await, None);
        (&mut served.task).await.unwrap();
        assert_eq!(clock.now().as_micros(), 6_000_000);
        assert_eq!(
            slow.tally(),
            Tally {
                asked: 1,
                dropped: 1
            }
        );
    });
}

#[test]
fn a_connection_is_idle_from_its_last_answer() {
    run(|clock| async move {
        let mut limits = Limits::default();
        limits.idle = Some(10 * SECOND);
        let served = served(server(&clock).limits(limits), Slow::new(&clock, false)).await;
        let mut client = served.client().await;
        ask(&mut client, 1, 1, &seconds(30)).await;
        assert!(heard(&mut client).await.is_some());
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(clock.now().as_micros(), 40_000_000);
    });
}

#[test]
fn a_further_client_takes_the_place_that_was_unused_for_longest() {
    run(|clock| async move {
        let mut limits = Limits::default();
        (limits.connections, limits.full) = (1, Full::CloseUnused);
        let served = served(server(&clock).limits(limits), Bank::new()).await;
        let mut first = served.client().await;
        ask(&mut first, 1, 1, &[3, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut first).await, Some((1, 1, vec![0x83, 1])));
        let mut second = served.client().await;
        ask(&mut second, 2, 1, &[3, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut second).await, Some((2, 1, vec![0x83, 1])));
        assert_eq!(heard(&mut first).await, None);
    });
}

#[test]
fn what_cannot_be_followed_ends_one_connection() {
    run(|clock| async move {
        let served = served(server(&clock), Bank::new()).await;
        let (mut bad, mut good) = (served.client().await, served.client().await);
        bad.write_all(b"\0\x01\0\0\xFF\xFF\x01\x03").await.unwrap();
        assert_eq!(heard(&mut bad).await, None);
        ask(&mut good, 2, 1, &[3, 0, 0, 0, 1]).await;
        assert!(heard(&mut good).await.is_some());
    });
}

#[test]
fn a_silent_answer_frees_its_transaction() {
    run(|clock| async move {
        let config = ServerConfig::default().transactions(1).direct(false);
        // Unit 2 is none of the server's.
        let served = served(server(&clock).config(config), Bank::new()).await;
        let mut client = served.client().await;
        ask(&mut client, 1, 2, &[3, 0, 0, 0, 1]).await;
        ask(&mut client, 2, 1, &[3, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut client).await, Some((2, 1, vec![0x83, 1])));
    });
}
