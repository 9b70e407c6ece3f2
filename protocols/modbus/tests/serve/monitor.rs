//! What a third station hears, and what tshark makes of it.

use core::time::Duration;
use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use lineside_io::{
    Settings,
    sim::{Bus, BusConfig, run},
    tap::CaptureFile,
};
use lineside_modbus::{
    Bank, ClientConfig, Direction, Framing, Line, Overheard, ServerConfig,
    net::{Calls, Client, Monitor, Recorder, Server, Stations},
    wire::{Exception, ReadCode, Span, Unit},
};
use tokio::io::AsyncWriteExt;

use crate::world::SECOND;

fn bank() -> Bank {
    Bank::new()
        .with_coils(0, [true, false, true])
        .with_discrete_inputs(0, [true])
        .with_holding_registers(0, [1, 2, 3])
        .with_input_registers(0, [9])
        .with_object(0, "Lineside")
        .with_object(1, "bank")
        .with_object(2, "1")
        .with_server_id(&[7], b"x")
}

fn code(pdu: &[u8]) -> u8 {
    *pdu.first().unwrap()
}

/// Every function once, and a broadcast, an exception and a unit that is not there: what a
/// monitor's events say of it, one word each.
async fn talk(framing: Framing, clock: &lineside_io::Clock, file: &CaptureFile) -> Vec<String> {
    let pair = Bus::new(clock, BusConfig::default());
    let [a, b, ours] = [(); 3].map(|()| pair.station(Settings::default()));
    let stations = Stations::new().with(Unit::new(1), bank());
    let config = ServerConfig::default().units(stations.units().collect());
    let server = Server::new(framing).clock(clock.clone()).config(config);
    let mut served = server.on_line(a);
    let serving = tokio::spawn(async move { served.run(&mut { stations }).await });
    let recorder = Recorder::new(file, "line");
    let monitor = Monitor::on_line(framing, Line::default(), ours, clock.clone());
    let mut monitor = monitor.recording(recorder);
    let listening = tokio::spawn(async move {
        let mut words = Vec::new();
        while let Some(heard) = monitor.next().await.unwrap() {
            words.push(match heard {
                Overheard::Request(frame) => format!("?{:02x}", code(&frame.pdu)),
                Overheard::Response { frame, request, .. } => {
                    let asked = request.map_or(0, |request| code(&request));
                    format!("!{:02x}/{asked:02x}", code(&frame.pdu))
                }
                other => format!("{other:?}"),
            });
        }
        words
    });
    let config = ClientConfig::default().retries(0).response(SECOND);
    let mut client = Client::on_line(framing, config, b, clock.clone());
    let mut unit = client.unit(1);
    assert_eq!(unit.read_coils(0, 3).await.unwrap(), [true, false, true]);
    unit.read_discrete_inputs(0, 1).await.unwrap();
    unit.read_holding_registers(0, 3).await.unwrap();
    unit.read_input_registers(0, 1).await.unwrap();
    unit.write_single_coil(0, false).await.unwrap();
    unit.write_single_register(0, 5).await.unwrap();
    unit.write_multiple_coils(0, &[true, true]).await.unwrap();
    unit.write_multiple_registers(0, &[4, 5]).await.unwrap();
    unit.mask_write_register(0, 0xF2, 0x25).await.unwrap();
    let span = Span::new(0, 2);
    unit.read_write_multiple_registers(span, 1, &[8])
        .await
        .unwrap();
    unit.read_device_identification(ReadCode::Basic)
        .await
        .unwrap();
    let refused = unit.read_coils(9, 1).await.unwrap_err();
    assert_eq!(refused.exception(), Some(Exception::ILLEGAL_DATA_ADDRESS));
    client.unit(0).write_single_register(2, 6).await.unwrap();
    client.unit(2).read_coils(0, 1).await.unwrap_err();
    clock.sleep(SECOND).await;
    drop(client);
    serving.abort();
    let _ = serving.await;
    drop(pair);
    listening.await.unwrap()
}

const HEARD: &str = "?01 !01/01 ?02 !02/02 ?03 !03/03 ?04 !04/04 ?05 !05/05 ?06 !06/06 ?0f !0f/0f \
                     ?10 !10/10 ?16 !16/16 ?17 !17/17 ?2b !2b/2b ?01 !81/01 ?06 ?01";

#[test]
fn a_third_station_hears_both_directions_and_tshark_reads_what_it_recorded() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        let name = format!("lineside-monitor-{}-{framing}.pcapng", std::process::id());
        let path = std::env::temp_dir().join(name);
        let sink = std::fs::File::create(&path).unwrap();
        run(move |clock| async move {
            let file = CaptureFile::new(sink, &clock, Duration::ZERO);
            let words = talk(framing, &clock, &file).await;
            assert_eq!(words.join(" "), HEARD, "{framing}");
            file.flush().unwrap();
        });
        let read = tshark(&path);
        std::fs::remove_file(&path).unwrap();
        let Some((rows, warnings)) = read else {
            return;
        };
        // Whether it is a request, its function, and the transaction, for every frame.
        let told: Vec<_> = rows.lines().map(str::to_owned).collect();
        let mut number = 0;
        let expected: Vec<_> = HEARD
            .split(' ')
            .map(|word| {
                number += u32::from(word.starts_with('?'));
                let function = u8::from_str_radix(&word[1..3], 16).unwrap() & 0x7F;
                let port = if word.starts_with('?') { 502 } else { 49_152 };
                format!("{port},{function},{number}")
            })
            .collect();
        assert_eq!(told, expected, "{framing}");
        assert_eq!(warnings, "", "{framing}");
    }
}

/// The Modbus frames of a capture, and what tshark finds wrong with it; nothing when it is not
/// installed.
fn tshark(path: &std::path::Path) -> Option<(String, String)> {
    let read = |arguments: &[&str]| {
        let mut command = Command::new("tshark");
        let output = command.arg("-r").arg(path).args(arguments).output().ok()?;
        assert!(output.status.success(), "{output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    };
    let fields = ["-T", "fields", "-E", "separator=,", "-Y", "modbus"];
    let names = [
        "-e",
        "tcp.dstport",
        "-e",
        "modbus.func_code",
        "-e",
        "mbtcp.trans_id",
    ];
    let rows = read(&[&fields[..], &names].concat())?;
    let wrong = "_ws.malformed || _ws.expert.severity >= note || tcp.analysis.flags";
    // An exception response is one that tshark notes.
    let wrong = format!("({wrong}) && !modbus.exception_code");
    Some((rows, read(&["-Y", &wrong])?))
}

#[test]
fn one_direction_of_a_stream_is_heard() {
    run(|clock| async move {
        for way in [Direction::Request, Direction::Response] {
            let (near, mut far) = tokio::io::duplex(64);
            let line = Line::default();
            let mut monitor = Monitor::new(Framing::Tcp, line, way, near, clock.clone());
            let frame = b"\x12\x34\0\0\0\x06\x09\x03\0\x01\0\x01";
            far.write_all(frame).await.unwrap();
            drop(far);
            let heard = match monitor.next().await.unwrap() {
                Some(Overheard::Request(frame)) if way == Direction::Request => frame,
                Some(Overheard::Response { frame, .. }) if way == Direction::Response => frame,
                other => panic!("{way:?}: {other:?}"),
            };
            assert_eq!((heard.transaction, heard.unit), (0x1234, Unit::new(9)));
            assert_eq!(monitor.next().await.unwrap(), None);
        }
    });
}

/// The numbers of the recorded frames: of `asked` requests to addresses 0, 1, 2…, recorded before
/// their responses, each with the identifier 0.
async fn numbers(asked: u8, most_open: usize, clock: &lineside_io::Clock) -> Vec<[u8; 2]> {
    let sink = Kept::default();
    let file = CaptureFile::new(sink.clone(), clock, Duration::ZERO);
    let mut recorder = Recorder::new(&file, "plc").most_open(most_open);
    for way in [Direction::Request, Direction::Response] {
        let (near, mut far) = tokio::io::duplex(256);
        for address in 0..asked {
            let frame = [0, 0, 0, 0, 0, 6, 9, 6, 0, address, 0, 0];
            far.write_all(&frame).await.unwrap();
        }
        drop(far);
        let mut monitor = Monitor::new(Framing::Tcp, Line::default(), way, near, clock.clone());
        while let Some(heard) = monitor.next().await.unwrap() {
            recorder.record(&heard);
        }
    }
    file.flush().unwrap();
    let bytes = sink.0.lock().unwrap();
    let frame = |bytes: &[u8]| match bytes[..] {
        [_, number, 0, 0, 0, 6, 9, 6, 0, address] => Some([number, address]),
        _ => None,
    };
    bytes.windows(10).filter_map(frame).collect()
}

/// A sink whose bytes can be looked at.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn pipelined_transactions_without_identifiers_are_numbered_in_their_order() {
    run(|clock| async move {
        let paired = [[1, 0], [2, 1], [3, 2], [1, 0], [2, 1], [3, 2]];
        assert_eq!(numbers(3, 16, &clock).await, paired);
        // The oldest of too many is given up, and a response to no request is number 0.
        let bounded = [[1, 0], [2, 1], [3, 2], [2, 0], [3, 1], [0, 2]];
        assert_eq!(numbers(3, 2, &clock).await, bounded);
    });
}
