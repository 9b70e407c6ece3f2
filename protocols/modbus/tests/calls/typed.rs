//! Every public function as a method: the examples of the specification, byte for byte.

use core::time::Duration;
use std::collections::VecDeque;

use lineside_io::{Clock, sim::run};
use lineside_modbus::{
    ClientConfig, Framing,
    client::{Failure, Refusal},
    net::{CallError, Calls, Client, EventLog},
    wire::{
        Exception, FileRead, FileWrite, Misfit, Mismatch, ReadCode, Span, SubFunction, Words,
        value::Order,
    },
};
use tokio::io::DuplexStream;

use crate::peer::{duplex, serve_tcp};

type Script = &'static [(&'static [u8], &'static [u8])];

/// A client whose server is asked exactly this, and answers so.
fn scripted(clock: &Clock, script: Script) -> Client<DuplexStream> {
    let (near, far) = duplex();
    let mut script: VecDeque<_> = script.iter().copied().collect();
    let answer = move |unit, pdu: &[u8]| {
        let (asked, answer) = script.pop_front().unwrap();
        assert_eq!((unit, pdu), (17, asked));
        Some((Duration::ZERO, answer.to_vec()))
    };
    tokio::spawn(serve_tcp(far, clock.clone(), answer));
    let config = ClientConfig::default().retries(0);
    Client::new(Framing::Tcp, config, near, clock.clone())
}

#[test]
fn bits_and_registers_are_read() {
    run(|clock| async move {
        let mut client = scripted(
            &clock,
            &[
                (&[1, 0, 0x13, 0, 0x13], &[1, 3, 0xCD, 0x6B, 0x05]),
                (&[2, 0, 0xC4, 0, 0x16], &[2, 3, 0xAC, 0xDB, 0x35]),
                (&[3, 0, 0x6B, 0, 3], &[3, 6, 2, 0x2B, 0, 0, 0, 0x64]),
                (&[4, 0, 8, 0, 1], &[4, 2, 0, 0x0A]),
                (
                    &[0x18, 0x04, 0xDE],
                    &[0x18, 0, 6, 0, 2, 1, 0xB8, 0x12, 0x84],
                ),
            ],
        );
        let mut unit = client.unit(17);
        let coils = unit.read_coils(19, 19).await.unwrap();
        let on: Vec<usize> = (0..19).filter(|at| coils[*at]).collect();
        assert_eq!(on, [0, 2, 3, 6, 7, 8, 9, 11, 13, 14, 16, 18]);
        let inputs = unit.read_discrete_inputs(196, 22).await.unwrap();
        assert_eq!((inputs.len(), inputs[2], inputs[21]), (22, true, true));
        let holding = unit.read_holding_registers(107, 3).await.unwrap();
        assert_eq!(holding, [555, 0, 100]);
        assert_eq!(unit.read_input_registers(8, 1).await.unwrap(), [10]);
        assert_eq!(unit.read_fifo_queue(0x04DE).await.unwrap(), [440, 4740]);
    });
}

#[test]
fn bits_and_registers_are_written() {
    run(|clock| async move {
        let mut client = scripted(
            &clock,
            &[
                (&[5, 0, 0xAC, 0xFF, 0], &[5, 0, 0xAC, 0xFF, 0]),
                (&[6, 0, 1, 0, 3], &[6, 0, 1, 0, 3]),
                (
                    &[0x0F, 0, 0x13, 0, 0x0A, 2, 0xCD, 1],
                    &[0x0F, 0, 0x13, 0, 0x0A],
                ),
                (&[0x10, 0, 1, 0, 2, 4, 0, 0x0A, 1, 2], &[0x10, 0, 1, 0, 2]),
                (
                    &[0x16, 0, 4, 0, 0xF2, 0, 0x25],
                    &[0x16, 0, 4, 0, 0xF2, 0, 0x25],
                ),
                (
                    &[0x17, 0, 3, 0, 2, 0, 0x0E, 0, 1, 2, 0, 0xFF],
                    &[0x17, 4, 0, 0xFE, 0x0A, 0xCD],
                ),
            ],
        );
        let mut unit = client.unit(17);
        unit.write_single_coil(172, true).await.unwrap();
        unit.write_single_register(1, 3).await.unwrap();
        let coils = [
            true, false, true, true, false, false, true, true, true, false,
        ];
        unit.write_multiple_coils(19, &coils).await.unwrap();
        unit.write_multiple_registers(1, &[10, 0x0102])
            .await
            .unwrap();
        unit.mask_write_register(4, 0xF2, 0x25).await.unwrap();
        let read = Span::new(3, 2);
        let read = unit.read_write_multiple_registers(read, 14, &[0xFF]);
        assert_eq!(read.await.unwrap(), [0xFE, 0x0ACD]);
    });
}

#[test]
fn files_are_read_and_written() {
    run(|clock| async move {
        let mut client = scripted(
            &clock,
            &[
                (
                    &[0x14, 0x0E, 6, 0, 4, 0, 1, 0, 2, 6, 0, 3, 0, 9, 0, 2],
                    &[
                        0x14, 0x0C, 5, 6, 0x0D, 0xFE, 0, 0x20, 5, 6, 0x33, 0xCD, 0, 0x40,
                    ],
                ),
                (
                    &[0x15, 0x0B, 6, 0, 4, 0, 7, 0, 2, 6, 0xAF, 4, 0xBE],
                    &[0x15, 0x0B, 6, 0, 4, 0, 7, 0, 2, 6, 0xAF, 4, 0xBE],
                ),
            ],
        );
        let mut unit = client.unit(17);
        let group = |file, record| FileRead {
            file,
            record,
            length: 2,
        };
        let records = unit.read_file_record(&[group(4, 1), group(3, 9)]).await;
        assert_eq!(records.unwrap(), [[0x0DFE, 0x20], [0x33CD, 0x40]]);
        let write = FileWrite {
            file: 4,
            record: 7,
            values: Words::new(&[6, 0xAF, 4, 0xBE]).unwrap(),
        };
        unit.write_file_record(&[write]).await.unwrap();
        let too_many = unit.write_file_record(&[write; 30]).await.unwrap_err();
        let misfit = Failure::Refused(Refusal::Misfit(Misfit::TooLong));
        assert!(matches!(too_many, CallError::Failed(failure) if failure == misfit));
    });
}

#[test]
fn a_serial_unit_is_diagnosed() {
    run(|clock| async move {
        let mut client = scripted(
            &clock,
            &[
                (&[7], &[7, 0x6D]),
                (&[8, 0, 0, 0xA5, 0x37], &[8, 0, 0, 0xA5, 0x37]),
                (&[8, 0, 0x0B, 0, 0], &[8, 0, 0x0B, 0x12, 0x34]),
                (&[0x0B], &[0x0B, 0xFF, 0xFF, 1, 8]),
                (&[0x0C], &[0x0C, 8, 0, 0, 1, 8, 1, 0x21, 4, 0]),
                (&[0x11], &[0x11, 2, 0x2A, 0xFF]),
            ],
        );
        let mut unit = client.unit(17);
        assert_eq!(unit.read_exception_status().await.unwrap(), 0x6D);
        let echo = unit.diagnostics(SubFunction::RETURN_QUERY_DATA, 0xA537);
        assert_eq!(echo.await.unwrap(), 0xA537);
        let messages = unit.diagnostics(SubFunction::BUS_MESSAGES, 0);
        assert_eq!(messages.await.unwrap(), 0x1234);
        assert_eq!(unit.get_comm_event_counter().await.unwrap(), (0xFFFF, 264));
        let log = EventLog {
            status: 0,
            events: 264,
            messages: 289,
            log: vec![4, 0],
        };
        assert_eq!(unit.get_comm_event_log().await.unwrap(), log);
        assert_eq!(unit.report_server_id().await.unwrap(), [0x2A, 0xFF]);
    });
}

#[test]
fn a_device_is_identified_page_after_page() {
    run(|clock| async move {
        let mut client = scripted(
            &clock,
            &[
                (
                    &[0x2B, 0x0E, 1, 0],
                    b"\x2B\x0E\x01\x01\xFF\x02\x02\x00\x04Line\x01\x02XY",
                ),
                (
                    &[0x2B, 0x0E, 1, 2],
                    b"\x2B\x0E\x01\x01\x00\x00\x01\x02\x041.00",
                ),
                (
                    &[0x2B, 0x0E, 4, 1],
                    b"\x2B\x0E\x04\x81\x00\x00\x01\x01\x02XY",
                ),
            ],
        );
        let mut unit = client.unit(17);
        let identity = unit.read_device_identification(ReadCode::Basic).await;
        let identity = identity.unwrap();
        assert_eq!(identity.text(2).as_deref(), Some("1.00"));
        assert_eq!((identity.objects.len(), identity.get(3)), (3, None));
        assert_eq!(unit.read_device_object(1).await.unwrap(), b"XY");
    });
}

#[test]
fn a_device_that_goes_round_in_circles_is_left() {
    // M19: the next object is the same, or an earlier one; and a device that counts up for ever.
    for page in [
        &b"\x2B\x0E\x03\x03\xFF\x00\x01\x00\x01a"[..],
        b"\x2B\x0E\x03\x03\xFF\x80\x01\x80\x01a",
    ] {
        run(|clock| async move {
            let (near, far) = duplex();
            let answer = move |_, _: &[u8]| Some((Duration::ZERO, page.to_vec()));
            tokio::spawn(serve_tcp(far, clock.clone(), answer));
            let mut client = Client::new(Framing::Tcp, ClientConfig::default(), near, clock);
            let walk = client
                .unit(1)
                .read_device_identification(ReadCode::Extended)
                .await;
            let mismatch = Mismatch::Value("next object");
            assert!(matches!(
                walk,
                Err(CallError::Failed(Failure::Mismatch(found))) if found == mismatch
            ));
        });
    }
    run(|clock| async move {
        let (near, far) = duplex();
        let answer = |_, pdu: &[u8]| {
            let object = pdu[3];
            let page = [
                0x2B,
                0x0E,
                3,
                3,
                0xFF,
                object.saturating_add(1),
                1,
                object,
                0,
            ];
            Some((Duration::ZERO, page.to_vec()))
        };
        tokio::spawn(serve_tcp(far, clock.clone(), answer));
        let mut client = Client::new(Framing::Tcp, ClientConfig::default(), near, clock);
        let walk = client
            .unit(1)
            .read_device_identification(ReadCode::Extended)
            .await;
        assert!(walk.is_err());
    });
}

#[test]
fn values_have_types_and_orders() {
    run(|clock| async move {
        let mut client = scripted(
            &clock,
            &[
                (
                    &[3, 0, 0, 0, 4],
                    &[3, 8, 0, 0, 0x41, 0x48, 0, 0, 0xC1, 0x48],
                ),
                (&[4, 0, 9, 0, 1], &[4, 2, 0xFF, 0xFE]),
                (
                    &[0x10, 0, 0, 0, 2, 4, 0x12, 0x34, 0x56, 0x78],
                    &[0x10, 0, 0, 0, 2],
                ),
            ],
        );
        let mut unit = client.unit(17);
        let floats = unit.read_holding_values::<f32>(0, 2, Order::Cdab).await;
        assert_eq!(floats.unwrap(), [12.5, -12.5]);
        let signed = unit.read_input_values::<i16>(9, 1, Order::Abcd).await;
        assert_eq!(signed.unwrap(), [-2]);
        let written = unit.write_values(0, &[0x1234_5678_u32], Order::Abcd);
        written.await.unwrap();
    });
}

#[test]
fn what_is_wrong_says_who_is_to_blame() {
    run(|clock| async move {
        let mut client = scripted(
            &clock,
            &[
                (&[3, 0, 0, 0, 1], &[0x83, 2]),
                (&[3, 0, 0, 0, 1], &[3, 4, 0, 0, 0, 0]),
            ],
        );
        let mut unit = client.unit(17);
        let refused = unit.read_holding_registers(0, 1).await.unwrap_err();
        assert_eq!(refused.exception(), Some(Exception::ILLEGAL_DATA_ADDRESS));
        let wrong = unit.read_holding_registers(0, 1).await.unwrap_err();
        assert!(matches!(
            wrong,
            CallError::Failed(Failure::Mismatch(Mismatch::Count))
        ));
        let ours = unit.read_holding_registers(0, 126).await.unwrap_err();
        let misfit = Failure::Refused(Refusal::Misfit(Misfit::Value));
        assert!(matches!(ours, CallError::Failed(failure) if failure == misfit));
        let ours = unit.read_coils(0xFFFF, 2).await.unwrap_err();
        let misfit = Failure::Refused(Refusal::Misfit(Misfit::Address));
        assert!(matches!(ours, CallError::Failed(failure) if failure == misfit));
    });
}

#[test]
fn a_peer_that_is_gone_fails_this_call_and_the_next() {
    run(|clock| async move {
        let (near, far) = duplex();
        drop(far);
        let mut client = Client::new(Framing::Tcp, ClientConfig::default(), near, clock);
        for _ in 0..2 {
            let failed = client.unit(1).read_coils(0, 1).await;
            assert!(failed.is_err());
        }
    });
}

#[test]
fn every_call_has_its_own_time_however_long_the_client_was_idle() {
    run(|clock| async move {
        let (near, far) = duplex();
        let config = ClientConfig::default().retries(0);
        let mut client = Client::new(Framing::Tcp, config, near, clock.clone());
        for _ in 0..3 {
            clock.sleep(Duration::from_secs(3_600)).await;
            let asked = clock.now();
            let answer = client.unit(1).read_coils(0, 1).await;
            let failure = CallError::Failed(Failure::Timeout);
            assert_eq!(answer.unwrap_err().to_string(), failure.to_string());
            assert_eq!(clock.now().since(asked), config.response);
        }
        drop(far);
    });
}
