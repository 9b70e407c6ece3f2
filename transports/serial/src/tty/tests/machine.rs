//! Machines on ttys.

use lineside_core::{Instant, Link, Machine, Step};
use lineside_io::Driver;

use super::*;

/// Answers each line with its length, and each mark with its name.
struct Meter;

impl Machine for Meter {
    type Event = String;
    type Command = ();
    type Error = core::convert::Infallible;

    fn poll(&mut self, _: Instant, link: &mut Link) -> Result<Step<String>, Self::Error> {
        if let Some(mark) = link.mark.take() {
            let before = String::from_utf8_lossy(&link.rx).into_owned();
            return Ok(Step::Event(format!("{before}|{mark:?}")));
        }
        let Some(end) = memchr::memchr(b'\n', &link.rx) else {
            return Ok(if link.eof {
                Step::Close
            } else {
                Step::Wait(None)
            });
        };
        let line = link.rx.split_to(end + 1);
        link.tx.extend_from_slice(format!("{end}\n").as_bytes());
        let line = String::from_utf8_lossy(line.get(..end).unwrap_or_default());
        Ok(Step::Event(line.into_owned()))
    }

    fn send(&mut self, _: Instant, (): (), _: &mut Link) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[tokio::test]
async fn a_machine_runs_over_a_tty_and_sees_marks_in_their_place() {
    let mut device = new_pty();
    let tty = open(&device, &with(|o| o.marks = Marks::On)).unwrap();
    let_marks_through(&tty);
    let mut driver = Driver::on_line(Meter, tty, Clock::precise());
    device
        .write_all(b"weigh\nta\xFF\x00\x00re\n\xFF\x00\x00\xFF\x00y")
        .await
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(driver.next().await.unwrap().unwrap());
    }
    assert_eq!(
        seen,
        ["weigh", "ta|Break", "tare", "|Break", "|Parity(121)"]
    );
    driver.flush().await.unwrap();
    let mut answer = [0; 4];
    device.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"5\n4\n");
    drop(device);
    assert_eq!(driver.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_machine_answers_a_program_on_a_pty() {
    let (device, mut program) = pty::pair(Settings::default()).unwrap();
    let mut driver = Driver::on_line(Meter, device, Clock::precise());
    let asking = async {
        program.write_all(b"hello\n").await.unwrap();
        let mut answer = [0; 2];
        program.read_exact(&mut answer).await.unwrap();
        answer
    };
    let serving = async {
        let event = driver.next().await.unwrap().unwrap();
        let _ = driver.next().await;
        event
    };
    tokio::select! {
        answer = asking => assert_eq!(&answer, b"5\n"),
        event = serving => panic!("the wire ended after {event}"),
    }
}
