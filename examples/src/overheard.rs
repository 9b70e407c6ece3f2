//! What a monitor makes of the frames that it hears: lines, and packets of a capture.

use core::{fmt, task::Context};
use std::collections::VecDeque;

use lineside_core::{Instant, Link, Machine, Step};
use lineside_io::{
    Clock, Timer,
    tap::{CaptureFile, Direction, Sight, Watch},
};
use lineside_modbus::{
    Direction as Way, Frame, Framing, Monitor, Overheard,
    net::Recorder,
    wire::{Exception, Pdu, Request, Response},
};

use crate::place::Place;

/// Requests that may wait for their responses; the oldest is forgotten.
const fn most_open(framing: Framing) -> usize {
    match framing {
        // Who asks again has given up what was asked before.
        Framing::Rtu | Framing::Ascii => 1,
        // A client may have 16 open (Messaging on TCP/IP 4.2).
        Framing::Tcp => 64,
    }
}

/// Writes down requests and responses, each with the request that it answers.
pub struct Scribe {
    name: String,
    sink: Box<dyn FnMut(&str) + Send>,
    recorder: Option<Recorder>,
    /// Requests that were not answered yet.
    open: VecDeque<Frame>,
    most_open: usize,
}

impl Scribe {
    /// Of what goes on at `name` in `framing`: lines to `sink`, frames into `capture`.
    pub fn new(
        name: String,
        framing: Framing,
        sink: impl FnMut(&str) + Send + 'static,
        capture: Option<&CaptureFile>,
    ) -> Self {
        let most_open = most_open(framing);
        Self {
            recorder: capture.map(|capture| Recorder::new(capture, &name).most_open(most_open)),
            name,
            sink: Box::new(sink),
            open: VecDeque::new(),
            most_open,
        }
    }

    /// Writes down what was heard.
    pub fn heard(&mut self, heard: &Overheard) {
        if let Some(recorder) = &mut self.recorder {
            recorder.record(heard);
        }
        match heard {
            Overheard::Request(frame) => self.request(frame),
            Overheard::Response { frame, .. } => self.response(frame),
            Overheard::Damaged { reason, bytes } => {
                let line = format!("{:>12} {}  -- {bytes} bytes: {reason}", "", self.name);
                (self.sink)(&line);
            }
            _ => {}
        }
    }

    fn request(&mut self, frame: &Frame) {
        if self.open.len() == self.most_open {
            self.open.pop_front();
        }
        self.open.push_back(*frame);
        self.say(frame, "->", &asked(&frame.pdu));
    }

    fn response(&mut self, frame: &Frame) {
        // On a serial line the last one; on TCP the one of this transaction, or the oldest of those
        // that are numbered alike.
        let of = |frame: &Frame| (frame.transaction, frame.unit, frame.pdu.function());
        let at = self.open.iter().position(|asked| of(asked) == of(frame));
        let said = match at.and_then(|at| self.open.remove(at)) {
            Some(request) => {
                let delay = frame.began.since(request.ended).as_secs_f64() * 1e3;
                let said = answered(&request.pdu, &frame.pdu);
                format!("{said}  ({delay:.1} ms)")
            }
            None => format!("{}  (to no request)", hex(&frame.pdu)),
        };
        self.say(frame, "<-", &said);
    }

    fn say(&mut self, frame: &Frame, way: &str, said: &str) {
        let (at, name, unit) = (seconds(frame.ended), &self.name, frame.unit);
        (self.sink)(&format!("{at} {name}  unit {unit} {way} {said}"));
    }
}

impl fmt::Debug for Scribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scribe")
            .field("name", &self.name)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

/// A watch of the wire to a server, which hears each direction by itself.
#[derive(Debug)]
pub struct Overhearing {
    clock: Clock,
    /// What is sent to the server.
    to: Ear,
    /// What it answers.
    from: Ear,
    scribe: Scribe,
    timer: Timer,
}

#[derive(Debug)]
struct Ear {
    monitor: Monitor,
    link: Link,
    /// When it is to be polled again.
    due: Option<Instant>,
    /// A stream that cannot be followed any more.
    lost: bool,
}

impl Overhearing {
    /// Of the wire to `place`.
    #[must_use]
    pub fn new(place: &Place, clock: &Clock, scribe: Scribe) -> Self {
        let ear = |way| Ear {
            // Bytes come through this program, which makes and takes away silences.
            monitor: Monitor::one_way(place.framing, place.line.of_stream(), way),
            link: Link::default(),
            due: None,
            lost: false,
        };
        Self {
            clock: clock.clone(),
            to: ear(Way::Request),
            from: ear(Way::Response),
            scribe,
            timer: clock.timer(),
        }
    }

    /// Has one direction's bytes heard.
    fn hear(&mut self, direction: Direction, bytes: &[u8]) {
        let now = self.clock.now();
        let ear = match direction {
            Direction::Out => &mut self.to,
            Direction::In => &mut self.from,
        };
        // What was to be done before these bytes came is done without them.
        for bytes in [&[], bytes] {
            if !bytes.is_empty() && !ear.lost {
                ear.link.rx.extend_from_slice(bytes);
                ear.link.received = Some(now);
            }
            ear.due = None;
            while !ear.lost {
                match ear.monitor.poll(now, &mut ear.link) {
                    Ok(Step::Event(heard)) => self.scribe.heard(&heard),
                    Ok(Step::Wait(due)) => {
                        ear.due = due;
                        break;
                    }
                    Ok(Step::Close) | Err(_) => ear.lost = true,
                }
            }
        }
        let dues = [self.to.due, self.from.due];
        self.timer.set(dues.into_iter().flatten().min());
    }
}

impl Watch for Overhearing {
    fn saw(&mut self, sight: Sight<'_>) {
        if let Sight::Data(direction, bytes) = sight {
            self.hear(direction, bytes);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        while self.timer.is_set() && self.timer.poll(cx).is_ready() {
            self.hear(Direction::Out, &[]);
            self.hear(Direction::In, &[]);
        }
    }
}

fn seconds(at: Instant) -> String {
    let micros = at.as_micros();
    format!("{:5}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// A request in words.
#[must_use]
pub fn asked(request: &Pdu) -> String {
    Request::parse(request).map_or_else(|_| hex(request), |request| request.to_string())
}

/// A response in words.
#[must_use]
pub fn answered(request: &Pdu, response: &Pdu) -> String {
    if let [code, exception] = response[..]
        && code & 0x80 != 0
    {
        return Exception(exception).to_string();
    }
    let Ok(request) = Request::parse(request) else {
        return hex(response);
    };
    match Response::parse(response, &request) {
        Ok(Ok(response)) => response.to_string(),
        Ok(Err(exception)) => exception.to_string(),
        Err(mismatch) => format!("{}  ({mismatch})", hex(response)),
    }
}

fn hex(pdu: &Pdu) -> String {
    let bytes: Vec<_> = pdu.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::sync::{Arc, Mutex};

    use lineside_io::{sim, tap::Watched};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;

    type Lines = Arc<Mutex<Vec<String>>>;

    /// A stream that is overheard, its other end, and what is said of it.
    fn overheard(
        clock: &Clock,
        place: &str,
    ) -> (Watched<DuplexStream, Overhearing>, DuplexStream, Lines) {
        let (near, far) = tokio::io::duplex(512);
        let lines = Lines::default();
        let kept = lines.clone();
        let sink = move |line: &str| kept.lock().unwrap().push(line.to_owned());
        let place: Place = place.parse().unwrap();
        let scribe = Scribe::new("plc".to_owned(), place.framing, sink, None);
        let near = Watched::new(near, Overhearing::new(&place, clock, scribe));
        (near, far, lines)
    }

    #[test]
    fn pipelined_responses_are_told_with_their_own_requests() {
        sim::run(|clock| async move {
            let (mut near, mut far, lines) = overheard(&clock, "modbus-tcp://plc");
            near.write_all(b"\0\x01\0\0\0\x06\x05\x03\0\x6B\0\x01")
                .await
                .unwrap();
            near.write_all(b"\0\x02\0\0\0\x06\x05\x03\0\x00\0\x09")
                .await
                .unwrap();
            clock.sleep(Duration::from_millis(2)).await;
            far.write_all(b"\0\x02\0\0\0\x03\x05\x83\x02")
                .await
                .unwrap();
            far.write_all(b"\0\x01\0\0\0\x05\x05\x03\x02\x02\x2B")
                .await
                .unwrap();
            near.read_exact(&mut [0; 20]).await.unwrap();
            assert_eq!(
                *lines.lock().unwrap(),
                [
                    "    0.000000 plc  unit 5 -> Read Holding Registers 107..108",
                    "    0.000000 plc  unit 5 -> Read Holding Registers 0..9",
                    "    0.002000 plc  unit 5 <- exception 02 (illegal data address)  (2.0 ms)",
                    "    0.002000 plc  unit 5 <- Read Holding Registers: 555  (2.0 ms)",
                ]
            );
        });
    }

    #[test]
    fn of_transactions_that_are_numbered_alike_the_oldest_is_answered_first() {
        sim::run(|clock| async move {
            let (mut near, mut far, lines) = overheard(&clock, "modbus-tcp://plc");
            for address in [1, 2] {
                let request = [0, 0, 0, 0, 0, 6, 5, 3, 0, address, 0, address];
                near.write_all(&request).await.unwrap();
            }
            far.write_all(b"\0\0\0\0\0\x05\x05\x03\x02\0\x07")
                .await
                .unwrap();
            far.write_all(b"\0\0\0\0\0\x07\x05\x03\x04\0\x08\0\x09")
                .await
                .unwrap();
            near.read_exact(&mut [0; 24]).await.unwrap();
            let lines = lines.lock().unwrap();
            let [_, _, one, other] = &lines[..] else {
                panic!("{lines:?}");
            };
            assert!(one.contains("<- Read Holding Registers: 7"), "{one}");
            assert!(other.contains("<- Read Holding Registers: 8 9"), "{other}");
        });
    }

    #[test]
    fn an_echoed_write_and_a_stray_response_are_told_apart_on_a_serial_wire() {
        sim::run(|clock| async move {
            let (mut near, mut far, lines) = overheard(&clock, "modbus-ascii+tcp://plc:1");
            let write = b":110600010003E5\r\n";
            near.write_all(write).await.unwrap();
            far.write_all(write).await.unwrap();
            far.write_all(write).await.unwrap();
            // What stands outside a frame is told when one begins behind it.
            far.write_all(b"oops:").await.unwrap();
            near.read_exact(&mut [0; 2 * 17 + 5]).await.unwrap();
            let lines = lines.lock().unwrap();
            let [request, response, stray, damage] = &lines[..] else {
                panic!("{lines:?}");
            };
            assert!(request.ends_with("-> Write Single Register 1: 3"));
            assert!(response.contains("<- Write Single Register: done"));
            assert!(stray.ends_with("<- 06 00 01 00 03  (to no request)"));
            assert!(damage.ends_with("-- 4 bytes: characters outside a frame"));
        });
    }
}
