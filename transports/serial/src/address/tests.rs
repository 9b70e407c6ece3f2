use lineside_io::{Clock, Parity, address::Context};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn schemes() -> Schemes {
    register(Schemes::new(Context::new(Clock::precise())))
}

fn read(text: &str) -> Address {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_pty_is_made_and_opened_by_address() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("scale");
    let schemes = schemes();
    let mut acceptor = schemes
        .listen(&read(&format!("pty:{}", at.display())))
        .await
        .unwrap();
    assert_eq!(acceptor.local(), read(&format!("serial:{}", at.display())));
    let mut device = acceptor.accept().await.unwrap().wire;
    let address = format!("serial://{}?baud=19200&parity=even&reconnect", at.display());
    let mut program = schemes.open(&read(&address)).await.unwrap();
    let settings = program.as_line().unwrap().settings();
    assert_eq!((settings.baud, settings.parity), (19_200, Parity::Even));
    program.write_all(b"x").await.unwrap();
    assert_eq!(device.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn an_acceptor_gives_its_line_once() {
    let mut acceptor = schemes().listen(&read("pty:")).await.unwrap();
    let _line = acceptor.accept().await.unwrap();
    let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
    assert!(acceptor.accept().as_mut().poll(&mut cx).is_pending());
}

#[tokio::test]
async fn a_port_that_reconnects_is_accepted_again_after_it_was_unplugged() {
    let folder = tempfile::tempdir().unwrap();
    let pty = format!("pty:{}", folder.path().join("ttyUSB0").display());
    let port = pty.replace("pty:", "serial:") + "?reconnect";
    let schemes = schemes();
    let device = schemes.open(&read(&pty)).await.unwrap();
    let mut acceptor = schemes.listen(&read(&port)).await.unwrap();
    let mut line = acceptor.accept().await.unwrap().wire;
    drop(device);
    assert_eq!(line.read(&mut [0]).await.unwrap(), 0);
    let mut device = schemes.open(&read(&pty)).await.unwrap();
    drop(line);
    let mut line = acceptor.accept().await.unwrap().wire;
    device.write_all(b"x").await.unwrap();
    assert_eq!(line.read_u8().await.unwrap(), b'x');
    // Somebody has it, so there is no other.
    let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
    assert!(acceptor.accept().as_mut().poll(&mut cx).is_pending());
    let shared = schemes.listen(&read(&format!("{port}&exclusive=no"))).await;
    assert!(shared.is_err());
}

#[tokio::test]
async fn a_bad_parameter_is_named_before_anything_is_opened() {
    for (address, names) in [
        ("serial:///dev/ttyNone?bauds=9600", "bauds"),
        ("serial:///dev/ttyNone?baud=0", "baud"),
        ("serial:///dev/ttyNone?rs485=dtr", "rs485"),
        ("serial:///dev/ttyNone?rs485-after=1ms", "rs485-after"),
        (
            "serial:///dev/ttyNone?rs485=rts&rs485-after=1",
            "rs485-after",
        ),
        ("serial:///dev/ttyNone?reconnect=maybe", "reconnect"),
        ("serial:///dev/ttyNone?marks=some", "marks"),
        ("serial://host/dev/ttyNone", "host"),
        ("serial:", "path"),
        ("pty:?absent=never", "absent"),
        ("pty://host", "host"),
    ] {
        let error = schemes().open(&read(address)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{address}");
        assert!(error.to_string().contains(names), "{address}: {error}");
    }
}

#[test]
fn every_parameter_of_a_port_is_read() {
    let address = read(
        "serial:///dev/ttyS1?rs485=rts&rs485-before=50us&rs485-after=1ms&rs485-level=off\
         &marks=off&exclusive=no&strict&low-latency&dtr=on&rts=off&hupcl=no",
    );
    let mut params = address.params();
    let options = take_options(&mut params).unwrap();
    params.finish().unwrap();
    let Rs485::Rts(rts) = &options.rs485 else {
        panic!("{:?}", options.rs485);
    };
    assert_eq!(rts.before, Duration::from_micros(50));
    assert_eq!(rts.after, Duration::from_millis(1));
    assert!(!rts.send_level && !options.exclusive && options.strict && options.low_latency);
    assert_eq!(options.marks, Marks::Off);
    assert_eq!((options.dtr, options.rts), (Some(true), Some(false)));
    assert_eq!(options.hang_up_on_close, Some(false));
}
