//! A machine driven by hand, with `std::net` and no tokio: bytes into `rx`, `poll`, bytes out of `tx`.
//!
//! ```text
//! cargo run --example by_hand -- 127.0.0.1:4001     asks a scale once (see the `device` example)
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::time::Duration;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Instant as Now,
};

use lineside_core::{Instant, Link, Machine, Step};
use lineside_framing::{Command, Config, Event, Records, wire::delimiter::Delimiter};

fn main() -> io::Result<()> {
    let Some(address) = std::env::args()
        .nth(1)
        .filter(|argument| !argument.starts_with('-'))
    else {
        println!("usage: by_hand <host:port>   asks a scale for its weight");
        return Ok(());
    };
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    let mut scale = ByHand {
        machine: Records::new(Delimiter::lines(), Config::default()),
        link: Link::default(),
        stream,
        start: Now::now(),
    };
    let now = scale.now();
    let question = Command::from("SI");
    scale
        .machine
        .send(now, question, &mut scale.link)
        .map_err(io::Error::other)?;
    match scale.next()? {
        Some(Event::Record(line)) => println!("{}", line.escape_ascii()),
        other => println!("no answer: {other:?}"),
    }
    Ok(())
}

/// All that a driver is.
struct ByHand {
    machine: Records<Delimiter>,
    link: Link,
    stream: TcpStream,
    start: Now,
}

impl ByHand {
    fn now(&self) -> Instant {
        Instant::START + self.start.elapsed()
    }

    /// The next event; `None` when the machine has closed the dialogue.
    fn next(&mut self) -> io::Result<Option<Event>> {
        loop {
            let now = self.now();
            let step = self.machine.poll(now, &mut self.link);
            // Whatever stands in `tx` after any call is the peer's.
            if !self.link.tx.is_empty() {
                self.stream.write_all(&self.link.tx)?;
                self.link.tx.clear();
                self.link.sent = Some(self.now());
                continue;
            }
            match step.map_err(io::Error::other)? {
                Step::Event(event) => return Ok(Some(event)),
                Step::Close => return Ok(None),
                // Lines are not ended by silence, so there is no time to wake at.
                Step::Wait(_) => self.read()?,
            }
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let mut chunk = [0; 512];
        match self.stream.read(&mut chunk)? {
            0 => self.link.eof = true,
            count => self
                .link
                .rx
                .extend_from_slice(chunk.get(..count).unwrap_or_default()),
        }
        self.link.received = Some(self.now());
        Ok(())
    }
}
