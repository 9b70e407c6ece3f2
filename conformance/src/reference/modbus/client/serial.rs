//! The master of a serial line (Serial line 2.4.1): RTU and ASCII, also over a stream.

use core::time::Duration;
use std::collections::VecDeque;

use lineside_core::Instant;

use super::{
    pdu,
    port::{Got, Port},
    receiver::{Frame, Receiver, Times},
};
use crate::{
    reference::{Mutation, modbus::adu::Framing},
    script::modbus::{Answer, Call, Failure},
};

/// A broadcast is followed by this much silence, unless the call says otherwise.
const TURNAROUND: Duration = Duration::from_millis(150);

pub(super) struct Serial {
    port: Port,
    framing: Framing,
    times: Option<Times>,
    receiver: Receiver,
    frames: VecDeque<Frame>,
    /// No request goes out before.
    ready: Instant,
    /// A request is out, or on its way, and nothing has come of it yet.
    waiting: Option<Waiting>,
    /// Whether the line brings back what we send, and what it has not brought back yet.
    pub(super) echoes: bool,
    echo: VecDeque<u8>,
    broken: Mutation,
}

#[derive(Clone, Copy)]
struct Waiting {
    unit: u8,
    timeout: Duration,
    /// When the request had left: until then, `None`.
    sent: Option<Instant>,
}

impl Serial {
    pub(super) fn new(port: Port, framing: Framing, broken: &Mutation) -> Self {
        let line = port.character();
        let times = line.map(|(baud, character)| Times::of(baud, character, broken));
        let now = port.now();
        Self {
            receiver: Receiver::new(framing, times, now, broken.clone()),
            port,
            framing,
            times,
            frames: VecDeque::new(),
            ready: now,
            waiting: None,
            echoes: false,
            echo: VecDeque::new(),
            broken: broken.clone(),
        }
    }

    /// Whether a station may be asked at all (Serial line 2.2).
    pub(super) fn may_ask(&self, unit: u8, function: u8) -> bool {
        match unit {
            0 => pdu::is_broadcast(function) || self.broken.is("modbus.client.broadcasts-anything"),
            1..=247 => true,
            _ => self.broken.is("modbus.client.asks-reserved-units"),
        }
    }

    /// Sends a request, and gives the PDU of the reply; none for a broadcast.
    pub(super) async fn ask(
        &mut self,
        call: &Call,
        pdu: &[u8],
    ) -> Result<Option<Vec<u8>>, Failure> {
        self.settle().await?;
        let timeout = super::timeout(call, &self.broken);
        self.idle(timeout).await?;
        let frame = self.frame(call.unit, pdu);
        self.waiting = Some(Waiting {
            unit: call.unit,
            timeout,
            sent: None,
        });
        self.send(frame).await?;
        if call.unit == 0 && !self.broken.is("modbus.client.waits-after-broadcast") {
            self.waiting = None;
            let turnaround = call.turnaround_ms.map(Duration::from_millis);
            self.ready = self.port.now() + turnaround.unwrap_or(TURNAROUND);
            if self.broken.is("modbus.client.has-no-turnaround") {
                self.ready = self.port.now();
            }
            return Ok(None);
        }
        self.reply().await.map(Some)
    }

    /// All requests at once, as on TCP: what no master does (M01).
    pub(super) async fn flood(&mut self, calls: &[Call]) -> Vec<Answer> {
        for call in calls {
            let pdu = pdu::encode(&call.request, &self.broken).unwrap_or_default();
            let frame = self.frame(call.unit, &pdu);
            self.port.queue(&frame);
        }
        let _ = self.port.drain().await;
        vec![Answer::Failed(Failure::Timeout); calls.len()]
    }

    fn frame(&self, unit: u8, pdu: &[u8]) -> Vec<u8> {
        let unit = if self.broken.is("modbus.client.asks-another-unit") {
            unit.wrapping_add(1)
        } else {
            unit
        };
        let mut frame = self.framing.frame(0, unit, pdu);
        if self.broken.is("modbus.client.swaps-check") {
            let end = match self.framing {
                Framing::Ascii => frame.len() - 2,
                Framing::Rtu | Framing::Tcp => frame.len(),
            };
            frame.swap(end - 1, end - 2);
        }
        if self.framing == Framing::Ascii {
            if self.broken.is("modbus.client.ascii-sends-lower-case") {
                frame.make_ascii_lowercase();
            }
            if self.broken.is("modbus.client.ascii-ends-with-lf") {
                frame.truncate(frame.len() - 2);
                frame.push(b'\n');
            }
        }
        frame
    }

    async fn send(&mut self, frame: Vec<u8>) -> Result<(), Failure> {
        let closed = |_| Failure::Closed;
        if self.echoes {
            self.echo.clear();
            self.echo.extend(&frame);
        }
        if let Some(times) = self.times
            && self.broken.is("modbus.client.lets-go-early")
        {
            self.port.queue(&frame);
            let whole = u32::try_from(frame.len()).unwrap_or(u32::MAX);
            let cut = times.character * (2 * whole).saturating_sub(3) / 2;
            self.port.send_for(cut).await.map_err(closed)?;
            return self.finish_sending().await;
        }
        let halves = frame.split_at_checked(frame.len() / 2);
        if let (Some((head, tail)), Some(times)) = (halves, self.times)
            && self.broken.is("modbus.client.sends-in-two-pieces")
        {
            self.port.queue(head);
            self.port.drain().await.map_err(closed)?;
            self.port.clock.sleep(times.t3_5 / 2).await;
            self.port.queue(tail);
        } else {
            self.port.queue(&frame);
        }
        self.finish_sending().await
    }

    /// The rest of a request leaves; what came meanwhile answers none.
    async fn finish_sending(&mut self) -> Result<(), Failure> {
        self.port.drain().await.map_err(|_| Failure::Closed)?;
        let now = self.port.now();
        self.receiver.last = self.receiver.last.max(now);
        if let Some(waiting) = &mut self.waiting {
            waiting.sent = Some(now);
        }
        if let Some(times) = self.times
            && self.broken.is("modbus.client.lets-go-late")
        {
            let late = self.port.hear_nothing_for(times.t3_5 * 2).await;
            late.map_err(|_| Failure::Closed)?;
        }
        Ok(())
    }

    /// What came, without our own echo. What differs from it is a collision, and ends the call.
    fn without_echo(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
        if self.broken.is("modbus.client.takes-its-echo-for-the-reply") {
            return Ok(bytes);
        }
        let again = self
            .broken
            .is("modbus.client.removes-whatever-looks-like-its-echo");
        for (at, byte) in bytes.iter().enumerate() {
            let Some(ours) = self.echo.pop_front() else {
                return Ok(bytes.get(at..).unwrap_or_default().to_vec());
            };
            if ours == *byte {
                if again {
                    self.echo.push_back(ours);
                }
                continue;
            }
            self.echo.clear();
            if again || self.broken.is("modbus.client.ignores-collisions") {
                return Ok(bytes.get(at..).unwrap_or_default().to_vec());
            }
            // Whoever sent, too, may be at it still.
            let silence = self.times.map_or(Duration::ZERO, |times| times.t3_5);
            self.ready = self.ready.max(self.port.now() + silence);
            self.waiting = None;
            return Err(Failure::Malformed);
        }
        Ok(Vec::new())
    }

    /// What a call that was given up has begun is brought to its end: there is never a second
    /// request while a first is out (M01).
    async fn settle(&mut self) -> Result<(), Failure> {
        let Some(waiting) = self.waiting else {
            return Ok(());
        };
        if self.broken.is("modbus.client.forgets-what-was-cancelled") {
            self.waiting = None;
            return Ok(());
        }
        if waiting.sent.is_none() {
            self.finish_sending().await?;
        }
        match self.reply().await {
            Err(Failure::Closed) => Err(Failure::Closed),
            _ => Ok(()),
        }
    }

    /// Waits until the line has been silent for t3.5, and the turnaround delay is over; what comes
    /// meanwhile answers nothing.
    async fn idle(&mut self, limit: Duration) -> Result<(), Failure> {
        let give_up = self.port.now() + limit + Duration::from_secs(1);
        let keep = self.broken.is("modbus.client.keeps-late-replies");
        loop {
            let silence = self.silence();
            let at = self.ready.max(self.receiver.last + silence);
            // Even when it is time already, a look at what has come.
            match self.port.read_until(at).await {
                None => break,
                Some(got) => self.got(got)?,
            }
            if self.port.now() > give_up {
                return Err(Failure::Timeout);
            }
        }
        if !keep {
            self.frames.clear();
            self.receiver.clear();
        }
        Ok(())
    }

    fn silence(&self) -> Duration {
        let first = self.receiver.last == self.ready;
        match (self.framing, self.times) {
            (Framing::Rtu, Some(_)) if first && self.broken.is("modbus.client.sends-at-once") => {
                Duration::ZERO
            }
            (Framing::Rtu, Some(_)) if !first && self.broken.is("modbus.client.no-silence") => {
                Duration::ZERO
            }
            (Framing::Rtu, Some(times)) => times.t3_5,
            _ => Duration::ZERO,
        }
    }

    /// The reply to what was sent, or why there is none. The response time-out runs from the end of
    /// the request, whatever else comes (M02).
    async fn reply(&mut self) -> Result<Vec<u8>, Failure> {
        let Some(Waiting {
            unit,
            timeout,
            sent: Some(sent),
        }) = self.waiting
        else {
            return Err(Failure::Timeout);
        };
        let mut until = sent + timeout;
        let mut seen = Failure::Timeout;
        let reply = loop {
            match self.next(until).await? {
                None => break Err(seen),
                Some(frame) if self.is_stale(&frame, sent) => {}
                Some(frame) => match frame.unit_and_pdu.as_deref() {
                    None if self.broken.is("modbus.client.noise-ends-the-wait") => {
                        break Err(Failure::Malformed);
                    }
                    None => seen = Failure::Malformed,
                    Some([from, pdu @ ..]) => {
                        if *from == unit || self.broken.is("modbus.client.accepts-any-unit") {
                            break Ok(pdu.to_vec());
                        }
                        if self.broken.is("modbus.client.foreign-reply-ends-the-wait") {
                            break Err(Failure::Mismatch);
                        }
                        if self
                            .broken
                            .is("modbus.client.foreign-reply-restarts-the-time")
                        {
                            until = self.port.now() + timeout;
                        }
                    }
                    Some([]) if self.broken.is("modbus.client.takes-empty-frames") => {
                        break Ok(Vec::new());
                    }
                    Some([]) => {}
                },
            }
        };
        self.waiting = None;
        reply
    }

    /// A frame that began before the request had ended, or with no silence after it, answers an earlier
    /// one (M04).
    fn is_stale(&self, frame: &Frame, sent: Instant) -> bool {
        let Some(times) = self.times else {
            return false;
        };
        let earliest = match self.framing {
            Framing::Rtu if !times.character.is_zero() => sent + times.t3_5,
            _ => sent,
        };
        frame.began < earliest
            && !self.broken.is("modbus.client.keeps-late-replies")
            && !self.broken.is("modbus.client.takes-its-echo-for-the-reply")
    }

    /// The next frame, good or not, unless none has begun by then.
    async fn next(&mut self, mut until: Instant) -> Result<Option<Frame>, Failure> {
        let longest = self.times.map_or(Duration::from_millis(100), |times| {
            times.character * 600 + times.t3_5 + Duration::from_millis(50)
        });
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Ok(Some(frame));
            }
            // What has begun on a line is heard to its end, if it has one.
            let begun = self.times.is_some() && self.receiver.began().is_some();
            let end = if begun { until + longest } else { until };
            let due = self.receiver.due();
            let wake = due.map_or(end, |due| due.min(end));
            match self.port.read_until(wake).await {
                Some(got) => {
                    self.got(got)?;
                    if let Some(waiting) = self.waiting
                        && self.broken.is("modbus.client.trickle-restarts-the-time")
                    {
                        until = self.port.now() + waiting.timeout;
                    }
                }
                None if due.is_some_and(|due| due <= end) => self.silent(),
                None if self.receiver.began().is_some()
                    && self.broken.is("modbus.client.makes-up-what-is-cut") =>
                {
                    let mut found = Vec::new();
                    self.receiver.cut_off(&mut found);
                    self.frames.extend(found);
                }
                None => return Ok(None),
            }
        }
    }

    fn silent(&mut self) {
        let mut found = Vec::new();
        self.receiver.silence(&mut found);
        self.frames.extend(found);
    }

    fn got(&mut self, got: Got) -> Result<(), Failure> {
        let now = self.port.now();
        // Silence may have ended a frame before this came.
        if self.receiver.due().is_some_and(|due| due <= now) && !matches!(got, Got::End) {
            let late = self.times.map_or(Duration::ZERO, |times| times.character);
            if self.receiver.due().is_some_and(|due| due + late <= now) {
                self.silent();
            }
        }
        let mut found = Vec::new();
        match got {
            Got::Bytes(bytes) => {
                let bytes = self.without_echo(bytes)?;
                if !bytes.is_empty() {
                    self.receiver.take(now, &bytes, &mut found);
                }
            }
            Got::Mark => self.receiver.mark(now),
            Got::End => return Err(Failure::Closed),
        }
        self.frames.extend(found);
        Ok(())
    }
}
