//! Roles and rights (X02 to X04).

use std::sync::Arc;

use lineside_io::{Socket, sim::run};
use lineside_modbus::{
    Bank, Framing,
    net::{
        Server, Shared,
        security::{Kind, Right, Rights, Role},
    },
};

use crate::world::*;

/// A server whose peers are engineer, operator and nobody, in the order of their ports.
async fn secure(clock: &lineside_io::Clock) -> Served {
    let bank = Shared::new(Bank::new().with_holding_registers(0, [1, 2, 3]));
    let server = Server::new(Framing::Tcp).clock(clock.clone());
    let operator = Right::default().functions([3, 8, 0x41]).only(Kind::Read);
    let rights = Rights::default()
        .allow("engineer", Right::default())
        .allow("operator", operator);
    let mut first = None;
    served_by(move |listener, stopped| async move {
        let role = move |stream: &lineside_io::sim::MemoryStream| {
            let port = stream.peer_addr().unwrap().port();
            match port - *first.get_or_insert(port) {
                0 => Role::new("engineer"),
                1 => Role::new("operator"),
                _ => Role::NULL,
            }
        };
        let rights = Arc::new(rights);
        let service = || bank.clone();
        server
            .serve_secure(listener, rights, role, service, stopped)
            .await;
    })
    .await
}

#[test]
fn each_role_may_do_what_the_table_says() {
    run(|clock| async move {
        let served = secure(&clock).await;
        let mut engineer = served.client().await;
        ask(&mut engineer, 1, 1, &[6, 0, 0, 0, 9]).await;
        assert_eq!(
            heard(&mut engineer).await,
            Some((1, 1, vec![6, 0, 0, 0, 9]))
        );
        let mut operator = served.client().await;
        ask(&mut operator, 2, 1, &[3, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut operator).await, Some((2, 1, vec![3, 2, 0, 9])));
        ask(&mut operator, 3, 1, &[6, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut operator).await, Some((3, 1, vec![0x86, 1])));
        ask(&mut operator, 4, 1, &[3, 0, 0, 0, 1]).await;
        assert_eq!(heard(&mut operator).await, Some((4, 1, vec![3, 2, 0, 9])));
    });
}

#[test]
fn every_request_of_the_null_role_is_exception_01_and_the_session_stays() {
    run(|clock| async move {
        let served = secure(&clock).await;
        let (_engineer, _operator) = (served.client().await, served.client().await);
        let mut nobody = served.client().await;
        for function in 1..=127 {
            // Well-formed or not: reads, writes, diagnostics, what is not public.
            for body in [&[][..], &[0, 0, 0, 1], &[0, 1, 0, 0]] {
                let pdu = [&[function], body].concat();
                ask(&mut nobody, function, 1, &pdu).await;
                let refused = vec![function | 0x80, 1];
                assert_eq!(heard(&mut nobody).await, Some((function, 1, refused)));
            }
        }
    });
}

#[test]
fn a_right_to_read_does_not_restart_a_server() {
    run(|clock| async move {
        let served = secure(&clock).await;
        let _engineer = served.client().await;
        let mut operator = served.client().await;
        // Restart communications, force listen only mode, clear counters: also where they are
        // malformed. The echo and a counter change nothing.
        for (number, sub) in [1, 4, 10].into_iter().enumerate() {
            let number = u8::try_from(number).unwrap();
            for data in [&[0, 0][..], &[9, 9], &[]] {
                ask(&mut operator, number, 1, &[&[8, 0, sub], data].concat()).await;
                assert_eq!(heard(&mut operator).await, Some((number, 1, vec![0x88, 1])));
            }
        }
        ask(&mut operator, 7, 1, &[8, 0, 0, 1, 2]).await;
        assert_eq!(
            heard(&mut operator).await,
            Some((7, 1, vec![8, 0, 0, 1, 2]))
        );
        ask(&mut operator, 8, 1, &[8, 0, 0x0E, 0, 0]).await;
        assert_eq!(
            heard(&mut operator).await,
            Some((8, 1, vec![8, 0, 0x0E, 0, 11]))
        );
    });
}

#[test]
fn diagnostics_are_answered_as_on_a_plain_server() {
    run(|clock| async move {
        let bank = Shared::new(Bank::new().with_holding_registers(0, [1, 2, 3]));
        let plain = served(Server::new(Framing::Tcp).clock(clock.clone()), bank).await;
        let secure = secure(&clock).await;
        let mut dialogues = Vec::new();
        for served in [&plain, &secure] {
            let mut engineer = served.client().await;
            let mut answers = Vec::new();
            // The echo, a counter, a sub-function that is none; the event counter and log.
            let requests: [&[u8]; 5] = [
                &[8, 0, 0, 0xA5, 0x37],
                &[8, 0, 0x0B, 0, 0],
                &[8, 0, 0x13, 0, 0],
                &[0x0B],
                &[0x0C],
            ];
            for request in requests {
                ask(&mut engineer, 1, 1, request).await;
                answers.push(heard(&mut engineer).await);
            }
            dialogues.push(answers);
        }
        assert_eq!(dialogues[0], dialogues[1]);
        assert_eq!(
            dialogues[1][0],
            Some((1, 1, vec![8, 0, 0, 0xA5, 0x37])),
            "the echo"
        );
        let mut operator = secure.client().await;
        ask(&mut operator, 1, 1, &[0x0B]).await;
        assert_eq!(heard(&mut operator).await, Some((1, 1, vec![0x8B, 1])));
    });
}
