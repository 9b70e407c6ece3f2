//! Somebody else's program opens our captures.

use core::time::Duration;
use std::{path::Path, process::Command};

use lineside_core::Mark;
use lineside_io::{
    Clock, sim,
    tap::{Capture, CaptureFile, Interface, LinkType, Segments, Side, Watched},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{capture::EPOCH, line};

/// What tshark says of the file, or nothing when it is not installed.
fn tshark(file: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("tshark");
    let Ok(output) = command.arg("-r").arg(file).args(arguments).output() else {
        eprintln!("skipped: tshark is not installed");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("cut short"), "{errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn fields(file: &Path, names: &[&str]) -> Option<Vec<String>> {
    let mut arguments = vec!["-T", "fields", "-E", "separator=,"];
    for name in names {
        arguments.extend(["-e", name]);
    }
    let text = tshark(file, &arguments)?;
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn tshark_reads_times_directions_interfaces_and_comments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.pcapng");
    let sink = std::fs::File::create(&path).unwrap();
    sim::run(|clock| async move {
        let file = CaptureFile::new(sink, &clock, EPOCH);
        let (near, mut far) = tokio::io::duplex(64);
        let mut tcp = Capture::new(near, file.probe(&Interface::named("net")));
        let (near, line) = line::pair();
        let interface = Interface::named("bus").link(LinkType::user(3));
        let mut bus = Capture::on_line(near, file.probe(&interface));
        tcp.write_all(b"one").await.unwrap();
        clock.sleep(Duration::from_nanos(1_500_000_001)).await;
        line.send(b"two");
        bus.read_exact(&mut [0; 3]).await.unwrap();
        line.mark(Mark::Break);
        line.send(b"!");
        bus.read_u8().await.unwrap();
        far.shutdown().await.unwrap();
        assert_eq!(tcp.read(&mut [0; 8]).await.unwrap(), 0);
    });
    let names = [
        "frame.time_epoch",
        "frame.interface_name",
        "frame.packet_flags_direction",
        "frame.encap_type",
        "data.data",
        "frame.comment",
    ];
    let Some(rows) = fields(&path, &names) else {
        return;
    };
    assert_eq!(
        rows,
        [
            "1795305600.000000000,net,0x00000002,45,6f6e65,",
            "1795305601.500000001,bus,0x00000001,48,74776f,",
            "1795305601.500000001,bus,0x00000001,48,,break",
            "1795305601.500000001,bus,0x00000001,48,21,",
            "1795305601.500000001,net,0x00000001,45,,end",
        ]
    );
}

#[test]
fn tshark_dissects_what_names_its_dissector() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modbus.pcapng");
    let sink = std::fs::File::create(&path).unwrap();
    sim::run(|clock| async move {
        let file = CaptureFile::new(sink, &clock, EPOCH);
        let (near, line) = line::pair();
        let interface = Interface::named("bus").link(LinkType::Dissector("mbrtu"));
        let mut bus = Capture::on_line(near, file.probe(&interface));
        bus.write_all(b"\x01\x03\x00\x00\x00\x01\x84\x0a")
            .await
            .unwrap();
        line.mark(Mark::Break);
        line.send(b"\x01\x03\x02\x00\x07\xf9\x86");
        bus.read_exact(&mut [0; 7]).await.unwrap();
    });
    let Some(rows) = fields(
        &path,
        &["_ws.col.Protocol", "mbrtu.unit_id", "frame.comment"],
    ) else {
        return;
    };
    let [query, mark, response] = &rows[..] else {
        unreachable!("three packets: {rows:?}");
    };
    assert_eq!(query, "Modbus RTU,1,");
    assert!(mark.ends_with(",,break"), "{mark}");
    assert_eq!(response, "Modbus RTU,1,");
}

#[test]
fn a_created_file_carries_the_time_of_day() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("now.pcapng");
    let clock = Clock::tokio();
    let file = CaptureFile::create(&path, &clock).unwrap();
    let seconds = || {
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    };
    let before = seconds();
    sim::run(|_| async move {
        let (near, _far) = tokio::io::duplex(64);
        let mut near = Capture::new(near, file.probe(&Interface::named("now")));
        near.write_all(b"now").await.unwrap();
    });
    let after = seconds();
    let Some(rows) = fields(&path, &["frame.time_epoch"]) else {
        return;
    };
    let at: f64 = rows[0].parse().unwrap();
    // The system may set its clock by a little meanwhile.
    assert!(at > before as f64 - 2.0 && at < after as f64 + 2.0, "{at}");
}

#[test]
fn a_file_that_cannot_be_made_is_an_error_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/such/folder.pcapng");
    assert!(CaptureFile::create(missing, &Clock::tokio()).is_err());
}

#[test]
fn tshark_reads_a_stream_as_the_tcp_connection_that_it_was_not() {
    const REQUEST: &[u8] = b"\x15\x01\0\0\0\x06\xff\x06\0\x04\0\x07";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segments.pcapng");
    let sink = std::fs::File::create(&path).unwrap();
    sim::run(|clock| async move {
        let file = CaptureFile::new(sink, &clock, EPOCH);
        let (near, mut far) = tokio::io::duplex(64);
        let watch = Segments::new(&file, "device", 502, Side::Client);
        let mut near = Watched::new(near, watch);
        // In two pieces, and answered, twice.
        for _ in 0..2 {
            let (one, two) = REQUEST.split_at(8);
            far.write_all(one).await.unwrap();
            near.read_exact(&mut [0; 8]).await.unwrap();
            far.write_all(two).await.unwrap();
            near.read_exact(&mut [0; 4]).await.unwrap();
            near.write_all(REQUEST).await.unwrap();
        }
        far.shutdown().await.unwrap();
        assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 0);
        near.shutdown().await.unwrap();
    });
    let checked = [
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "ip.check_checksum:TRUE",
    ];
    let columns = ["-T", "fields", "-E", "separator=,", "-Y", "modbus"];
    let names = [
        "-e",
        "tcp.dstport",
        "-e",
        "mbtcp.trans_id",
        "-e",
        "modbus.func_code",
    ];
    let Some(rows) = tshark(&path, &[&checked[..], &columns, &names].concat()) else {
        return;
    };
    assert_eq!(rows, "502,5377,6\n49152,5377,6\n".repeat(2));
    let wrong = "tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status == 0 \
                 || _ws.malformed || _ws.expert.severity >= warning";
    let rows = tshark(&path, &[&checked[..], &["-Y", wrong]].concat());
    assert_eq!(rows.as_deref(), Some(""));
    let rows = tshark(
        &path,
        &[&checked[..], &["-Y", "tcp.checksum.status == 1"]].concat(),
    );
    assert_eq!(rows.unwrap_or_default().lines().count(), 11);
}
