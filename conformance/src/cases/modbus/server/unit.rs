//! The suite's end of a wire to a Modbus server: asks in whatever framing the case is carried, and
//! reads with the suite's own eyes.

use core::time::Duration;

use lineside_core::Instant;

use super::row::{Fill, Reply, Request, To};
use crate::{
    Context, Halt, Heard, Modbus, Profile, Wire, hex,
    reference::modbus::adu::{Adu, Framing, Read},
};

/// A wire to the unit under test.
pub(crate) struct Unit<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) wire: Wire,
    pub(crate) framing: Framing,
    pub(crate) unit: u8,
    modbus: Modbus,
    transaction: u16,
    asked: usize,
}

impl<'a> Unit<'a> {
    /// Opens a wire, and leaves a line silent for long enough that the unit listens.
    pub(crate) async fn connect(cx: &'a Context) -> Result<Self, Halt> {
        let mut unit = Self::connect_at_once(cx).await?;
        unit.pause().await;
        Ok(unit)
    }

    /// Opens a wire as a peer with this certificate.
    pub(crate) async fn connect_as(cx: &'a Context, certificate: Vec<u8>) -> Result<Self, Halt> {
        Self::on(cx, cx.connect_as(certificate).await?)
    }

    /// Opens a wire, and does not wait.
    pub(crate) async fn connect_at_once(cx: &'a Context) -> Result<Self, Halt> {
        Self::on(cx, cx.connect().await?)
    }

    fn on(cx: &'a Context, wire: Wire) -> Result<Self, Halt> {
        let framing = Framing::of(cx.dialect());
        let framing =
            framing.ok_or_else(|| Halt::Harness(format!("{} is no Modbus", cx.dialect())))?;
        let modbus = cx.profile().modbus.clone().unwrap_or_default();
        Ok(Self {
            cx,
            wire,
            framing,
            unit: modbus.unit,
            modbus,
            transaction: 0x5a00,
            asked: 0,
        })
    }

    /// Leaves the wire idle for ten characters: more than t3.5 at any speed.
    pub(crate) async fn pause(&mut self) {
        // A task that reads a real line may be late by some milliseconds.
        let exact = self.cx.profile().has(Profile::EXACT);
        let floor = if self.is_line() && !exact { 20 } else { 5 };
        self.wire.pause(100, Duration::from_millis(floor)).await;
    }

    pub(crate) fn is_line(&mut self) -> bool {
        self.wire.line().is_some()
    }

    /// How long a character takes; zero on a stream.
    pub(crate) fn character(&mut self) -> Duration {
        self.wire
            .line()
            .map_or(Duration::ZERO, |line| line.settings().time_of(1))
    }

    /// The profile's answers to a template's names.
    pub(crate) fn fill(&self) -> Fill<'_> {
        Fill(&self.modbus)
    }

    pub(crate) const fn modbus(&self) -> &Modbus {
        &self.modbus
    }

    /// A PDU from a template.
    pub(crate) fn pdu(&self, template: &str) -> Result<Vec<u8>, Halt> {
        let request = Request::parse(template, &self.fill()).map_err(Halt::Harness)?;
        Ok(request.pdu)
    }

    /// The frame of a PDU to the unit under test.
    pub(crate) fn frame(&mut self, pdu: &[u8]) -> Vec<u8> {
        self.frame_to(self.unit, pdu)
    }

    /// The frame of a PDU to some unit.
    pub(crate) fn frame_to(&mut self, unit: u8, pdu: &[u8]) -> Vec<u8> {
        self.transaction = self.transaction.wrapping_add(1);
        self.framing.frame(self.transaction, unit, pdu)
    }

    /// Sends bytes, and hears what comes until it is quiet again.
    pub(crate) async fn exchange(&mut self, bytes: &[u8]) -> Result<Heard, Halt> {
        self.wire.send(bytes).await?;
        Ok(self.answer().await)
    }

    /// Waits for an answer, then until it is quiet.
    pub(crate) async fn answer(&mut self) -> Heard {
        let mut heard = self.wire.receive_at_least(1).await;
        if !heard.is_empty() {
            let rest = self.wire.receive_until_quiet().await;
            heard.bytes.extend_from_slice(&rest);
            heard.last = rest.last.or(heard.last);
            heard.marks.extend(rest.marks);
            heard.ended = rest.ended;
        }
        heard
    }

    /// Hears nothing for the whole time in which an answer may come; what comes all the same.
    pub(crate) async fn silence(&mut self) -> Heard {
        self.wire.receive_until_closed().await
    }

    /// Asks, and gives whatever comes, as it is.
    pub(crate) async fn raw(&mut self, asked: &str) -> Result<Vec<u8>, Halt> {
        let request = Request::parse(asked, &self.fill()).map_err(Halt::Harness)?;
        let frame = self.frame_to(self.address(request.to), &request.pdu);
        Ok(self.exchange(&frame).await?.bytes)
    }

    /// The unit of whom a request is for.
    fn address(&self, to: To) -> u8 {
        match to {
            To::Own | To::Damaged => self.unit,
            To::All => 0,
            To::Absent => self.modbus.absent_unit(),
            To::Unit(unit) => unit,
        }
    }

    /// One row of a table: what is sent, and what must come back.
    pub(crate) async fn row(&mut self, asked: &str, want: &str) -> Result<(), Halt> {
        self.asked += 1;
        let name = format!("{} {asked}", self.asked);
        let request = Request::parse(asked, &self.fill()).map_err(Halt::Harness)?;
        let want = Reply::parse(want, &self.fill()).map_err(Halt::Harness)?;
        let unit = self.address(request.to);
        let mut frame = self.frame_to(unit, &request.pdu);
        if request.to == To::Damaged {
            self.spoil(&mut frame);
        }
        self.wire.send(&frame).await?;
        if want.is_silence() {
            let heard = self.silence().await;
            self.cx.check(name).nothing(&heard);
            return Ok(());
        }
        let heard = self.answer().await;
        self.judge(name, unit, &heard, &want);
        self.pause().await;
        Ok(())
    }

    /// Makes the check of a frame wrong.
    fn spoil(&self, frame: &mut [u8]) {
        let at = match self.framing {
            Framing::Rtu => frame.len().saturating_sub(1),
            Framing::Ascii => frame.len().saturating_sub(3),
            Framing::Tcp => return,
        };
        if let Some(byte) = frame.get_mut(at) {
            *byte ^= 1;
        }
    }

    /// Judges that one frame came, from the unit that was asked, and says what is wanted.
    pub(crate) fn judge(&self, name: String, unit: u8, heard: &[u8], want: &Reply) {
        let check = self.cx.check(name);
        match self.one(unit, heard) {
            Err(why) if want.may_be_silent() && heard.is_empty() => check.pass(why),
            Err(why) => check.fail(format!("{why}; wanted {want}")),
            Ok(pdu) if want.takes(&pdu) => check.pass(format!("got {}", hex::short(&pdu))),
            Ok(pdu) => check.fail(format!("got {}; wanted {want}", hex::short(&pdu))),
        }
    }

    /// The PDU of the only frame, from this unit, that answers the last request.
    pub(crate) fn one(&self, unit: u8, heard: &[u8]) -> Result<Vec<u8>, String> {
        let read = self.framing.read(heard);
        let [Read::Frame(adu)] = &*read else {
            return Err(match &*read {
                [] => "nothing came".to_owned(),
                [Read::Damaged(why, bytes)] => format!("{why}: {}", hex::short(bytes)),
                _ => format!("{} frames came: {}", read.len(), hex::short(heard)),
            });
        };
        self.fits(unit, adu)?;
        Ok(adu.pdu.clone())
    }

    fn fits(&self, unit: u8, adu: &Adu) -> Result<(), String> {
        if adu.unit != unit {
            return Err(format!("unit {} answers for unit {unit}", adu.unit));
        }
        if self.framing == Framing::Tcp && adu.transaction != self.transaction {
            return Err(format!(
                "transaction {:04x} answers {:04x}",
                adu.transaction, self.transaction
            ));
        }
        Ok(())
    }

    /// Asks, and gives the reply's PDU.
    ///
    /// # Errors
    /// [`Halt::Untestable`]: no reply, or no good one; what the case presumes is not there.
    pub(crate) async fn ask(&mut self, template: &str) -> Result<Vec<u8>, Halt> {
        let pdu = self.pdu(template)?;
        let frame = self.frame(&pdu);
        let heard = self.exchange(&frame).await?;
        self.pause().await;
        let short = hex::short(&pdu);
        self.one(self.unit, &heard)
            .map_err(|why| Halt::Untestable(format!("{short} is not answered: {why}")))
    }

    /// The unit answers a harmless question.
    pub(crate) async fn alive(&mut self, name: &str) -> Result<(), Halt> {
        let (asked, want) = self.question();
        let pdu = self.pdu(&asked)?;
        let want = Reply::parse(&want, &self.fill()).map_err(Halt::Harness)?;
        let frame = self.frame(&pdu);
        let heard = self.exchange(&frame).await?;
        self.judge(name.to_owned(), self.unit, &heard, &want);
        self.pause().await;
        Ok(())
    }

    /// A question that any unit answers, and what it may answer.
    pub(crate) fn question(&self) -> (String, String) {
        for (need, asked, want) in [
            ("holding", "03 {holding.first} 0001", "03 02 ????"),
            ("input", "04 {input.first} 0001", "04 02 ????"),
            ("coils", "01 {coil.first} 0001", "01 01 ??"),
            ("discrete", "02 {discrete.first} 0001", "02 01 ??"),
            ("diag00", "08 0000 A537", "08 0000 A537"),
        ] {
            if self.modbus.has(need) {
                return (asked.to_owned(), want.to_owned());
            }
        }
        ("03 0000 0001".to_owned(), "03 02 ???? | 83 ??".to_owned())
    }

    /// The frame of a harmless question.
    pub(crate) fn harmless(&mut self) -> Result<Vec<u8>, Halt> {
        let (asked, _) = self.question();
        let pdu = self.pdu(&asked)?;
        Ok(self.frame(&pdu))
    }

    /// Judges that what came is one answer, or nothing.
    pub(crate) fn judge_answered(&self, name: &str, heard: &[u8], answered: bool) {
        let check = self.cx.check(name);
        if !answered {
            return check.nothing(heard);
        }
        match self.one(self.unit, heard) {
            Ok(pdu) => check.pass(format!("got {}", hex::short(&pdu))),
            Err(why) => check.fail(why),
        }
    }

    /// How long after `since` the first bit of what came was sent, when each byte is heard at the end of
    /// its stop bit.
    pub(crate) fn began_after(&mut self, since: Instant, heard: &Heard) -> Option<Duration> {
        let character = self.character();
        let first = heard.first?.since(since);
        Some(first.saturating_sub(character))
    }
}

/// The standard's t1.5 and t3.5 at a line's speed (Serial line 2.5.1.1): 11 bits to the character, fixed
/// above 19200 baud.
pub(crate) fn silences(wire: &mut Wire) -> (Duration, Duration) {
    let baud = wire.line().map_or(19_200, |line| line.settings().baud);
    if baud > 19_200 {
        return (Duration::from_micros(750), Duration::from_micros(1750));
    }
    let bits = |half_bits: u64| {
        let nanos = half_bits * 500_000_000 / u64::from(baud);
        Duration::from_nanos(nanos)
    };
    (bits(33), bits(77))
}
