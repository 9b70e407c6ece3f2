//! The suite as the station that is asked.

use core::time::Duration;

use lineside_core::Instant;

use crate::{
    Client, Context, Halt, Heard, hex,
    reference::modbus::adu::{Adu, Framing, Read},
    script::{
        Exit, Step,
        modbus::{Answer, Call, Request},
    },
};

/// Whom the client asks.
pub(super) const UNIT: u8 = 17;

/// How long it waits for a reply, in milliseconds.
pub(super) const TIMEOUT: u64 = 400;

/// A parameter that no table has.
pub(super) fn no_row(name: &str) -> Halt {
    Halt::Harness(format!("there is no row `{name}`"))
}

/// How late a client may be on top of what it is told, for its own work: a program, on any machine.
pub(super) const SLACK: Duration = Duration::from_millis(250);

/// [`TIMEOUT`].
pub(super) const TIME: Duration = Duration::from_millis(TIMEOUT);

/// Hex digits of a table as bytes.
pub(super) fn pdu(digits: &str) -> Vec<u8> {
    hex::parse(digits).unwrap_or_default()
}

/// A read of one holding register: `03 AAAA 0001`, answered by `03 02 VVVV`.
pub(super) fn read(address: u16) -> Call {
    let request = Request::ReadHoldingRegisters { address, count: 1 };
    request.to(UNIT, TIMEOUT)
}

/// The request PDU of [`read`].
pub(super) fn read_pdu(address: u16) -> Vec<u8> {
    let [high, low] = address.to_be_bytes();
    vec![3, high, low, 0, 1]
}

/// The reply PDU of [`read`].
pub(super) fn value_pdu(value: u16) -> Vec<u8> {
    let [high, low] = value.to_be_bytes();
    vec![3, 2, high, low]
}

/// The call that comes after what a case is about, and must be answered.
pub(super) const AFTERWARDS: u16 = 0x0200;
/// What it is answered with.
pub(super) const VALUE: u16 = 0xbeef;

/// What shows that the client is alive: one transaction.
pub(super) async fn alive(cx: &Context) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![read(AFTERWARDS)]).await?;
    slave.afterwards().await?;
    let answers = slave.answers().await?;
    cx.check("answered").that(
        answers == [Answer::Words(vec![VALUE])],
        format!("the client reports {}", shown(&answers)),
    );
    Ok(())
}

/// The station.
pub(super) struct Slave<'a> {
    pub(super) cx: &'a Context,
    pub(super) client: Client,
    pub(super) framing: Framing,
    /// Read, and not yet looked at.
    ahead: Vec<u8>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) adu: Adu,
    /// When its first character began.
    pub(super) began: Instant,
    /// When its last character ended.
    pub(super) ended: Instant,
}

impl<'a> Slave<'a> {
    /// Starts the client with these calls, one after the other.
    pub(super) async fn start(cx: &'a Context, calls: Vec<Call>) -> Result<Self, Halt> {
        Self::follow(cx, calls.into_iter().map(Step::call).collect()).await
    }

    /// Starts the client with a script.
    pub(super) async fn follow(cx: &'a Context, script: Vec<Step>) -> Result<Self, Halt> {
        let framing = Framing::of(cx.dialect());
        let framing = framing.ok_or_else(|| Halt::Harness("a case of Modbus".to_owned()))?;
        Ok(Self {
            client: cx.client_with(script).await?,
            cx,
            framing,
            ahead: Vec::new(),
        })
    }

    /// How long a character takes: nothing on a stream.
    pub(super) fn character(&mut self) -> Duration {
        let line = self.client.wire.line();
        line.map_or(Duration::ZERO, |line| line.settings().time_of(1))
    }

    /// The silence between frames (Serial line 2.5.1.1): nothing on a stream.
    pub(super) fn t3_5(&mut self) -> Duration {
        let baud = self.client.wire.line().map(|line| line.settings().baud);
        match baud {
            Some(19_201..) => Duration::from_micros(1750),
            Some(_) => self.character() * 7 / 2,
            None => Duration::ZERO,
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.cx.clock().now()
    }

    /// Waits for a request of this many bytes of PDU; a failure when what comes is none.
    pub(super) async fn hear(&mut self, pdu_length: usize) -> Result<Asked, Halt> {
        self.hear_any(&[pdu_length]).await
    }

    /// Waits for a request of one of these lengths of PDU, given the shortest first.
    pub(super) async fn hear_any(&mut self, pdu_lengths: &[usize]) -> Result<Asked, Halt> {
        let mut began = None;
        let mut ended = self.now();
        let character = self.character();
        for &length in pdu_lengths {
            let wanted = self.framing.frame(0, 0, &vec![0; length]).len();
            let missing = wanted.saturating_sub(self.ahead.len());
            let heard = self.client.wire.receive_at_least(missing).await;
            began = began.or(heard.first);
            ended = heard.last.unwrap_or(ended);
            self.ahead.extend_from_slice(&heard);
            let frame = self.ahead.get(..wanted).unwrap_or_default();
            if let Ok([Read::Frame(adu)]) = <[Read; 1]>::try_from(self.framing.read(frame)) {
                self.ahead.drain(..wanted);
                return Ok(Asked {
                    adu,
                    began: began.unwrap_or(ended) - character,
                    ended,
                });
            }
        }
        if let Some(halt) = self.client.gave_up().await {
            return Err(halt);
        }
        let seen = format!("no request: {}", hex::short(&self.ahead));
        self.cx.check("request").fail(seen);
        Err(Halt::Judged)
    }

    /// Waits for this request; anything else is a failure that ends the case.
    pub(super) async fn asked(&mut self, unit: u8, pdu: &[u8]) -> Result<Asked, Halt> {
        let asked = self.hear(pdu.len()).await?;
        if asked.adu.unit != unit || asked.adu.pdu != pdu {
            let check = self.cx.check("request");
            check.fail(format!(
                "unit {} is asked {}; wanted unit {unit}, {}",
                asked.adu.unit,
                hex::short(&asked.adu.pdu),
                hex::short(pdu)
            ));
            return Err(Halt::Judged);
        }
        Ok(asked)
    }

    /// A frame of the unit that was asked.
    pub(super) fn frame(&self, asked: &Asked, pdu: &[u8]) -> Vec<u8> {
        self.frame_of(asked, asked.adu.unit, pdu)
    }

    /// A frame of any unit.
    pub(super) fn frame_of(&self, asked: &Asked, unit: u8, pdu: &[u8]) -> Vec<u8> {
        self.framing.frame(asked.adu.transaction, unit, pdu)
    }

    /// The silence that a station keeps before it answers: t3.5, and more, so that nobody's clock has
    /// to be exact.
    pub(super) async fn pause(&mut self) {
        if self.is_line() {
            let silence = self.t3_5() + self.character() + Duration::from_millis(2);
            self.cx.clock().sleep(silence).await;
        }
    }

    /// Answers in the right form.
    pub(super) async fn reply(&mut self, asked: &Asked, pdu: &[u8]) -> Result<(), Halt> {
        self.send(&self.frame(asked, pdu)).await
    }

    /// Sends bytes, after the silence that belongs before a frame.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        self.pause().await;
        self.client.wire.send(bytes).await
    }

    /// The transaction after what the case is about.
    pub(super) async fn afterwards(&mut self) -> Result<Asked, Halt> {
        let asked = self.asked(UNIT, &read_pdu(AFTERWARDS)).await?;
        self.reply(&asked, &value_pdu(VALUE)).await?;
        Ok(asked)
    }

    /// Whether nothing comes for so long.
    pub(super) async fn is_silent_for(&mut self, time: Duration) -> bool {
        if !self.ahead.is_empty() {
            return false;
        }
        let clock = self.cx.clock().clone();
        let heard = clock
            .timeout(time, self.client.wire.receive_at_least(1))
            .await;
        if let Ok(heard) = &heard {
            self.ahead.extend_from_slice(heard);
        }
        heard.is_err()
    }

    /// Whether the wire has a speed.
    pub(super) fn is_line(&mut self) -> bool {
        self.client.wire.line().is_some()
    }

    /// Waits until nothing more comes: what came.
    pub(super) async fn rest(&mut self) -> Heard {
        self.client.wire.receive_until_quiet().await
    }

    /// What the client reports in the end.
    pub(super) async fn answers(self) -> Result<Vec<Answer>, Halt> {
        let cx = self.cx;
        let report = self.client.finish().await?;
        if report.exit != Exit::Did {
            let seen = format!("the client ended: {:?}", report.exit);
            cx.check("did").fail(seen);
        }
        Ok(report.answers().cloned().collect())
    }

    /// Judges what the client reports: the first call has no answer, and the one afterwards has.
    pub(super) async fn refused_and_afterwards(self, name: &str) -> Result<(), Halt> {
        let cx = self.cx;
        let answers = self.answers().await?;
        let fine = matches!(&*answers, [Answer::Failed(_), after] if is_value(after));
        let seen = format!("the client reports {}", shown(&answers));
        cx.check(name).that(fine, seen);
        Ok(())
    }

    /// The same when the client is to report this.
    pub(super) async fn says(self, name: &str, wanted: &[Answer]) -> Result<(), Halt> {
        let cx = self.cx;
        let answers = self.answers().await?;
        let seen = format!("reported {}; wanted {}", shown(&answers), shown(wanted));
        cx.check(name).that(answers == wanted, seen);
        Ok(())
    }
}

/// Whether it is the answer to the call afterwards.
pub(super) fn is_value(answer: &Answer) -> bool {
    *answer == Answer::Words(vec![VALUE])
}

/// The answer to the call afterwards.
pub(super) fn value() -> Answer {
    Answer::Words(vec![VALUE])
}

/// Answers for a message.
pub(super) fn shown(answers: &[Answer]) -> String {
    let all: Vec<_> = answers.iter().map(|one| format!("<{one}>")).collect();
    if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(" ")
    }
}

/// One call is answered wrongly, the next one rightly: the first has no answer, the second has.
pub(super) async fn wrong_reply(
    cx: &Context,
    name: &str,
    call: Call,
    asks: &[u8],
    reply: impl AsyncFnOnce(&mut Slave<'_>, &Asked) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let mut slave = Slave::start(cx, vec![call, read(AFTERWARDS)]).await?;
    let asked = slave.asked(UNIT, asks).await?;
    reply(&mut slave, &asked).await?;
    slave.afterwards().await?;
    slave.refused_and_afterwards(name).await
}

/// Something came after `wanted` of waiting: not earlier, but for what a program's clock may be off, and
/// not much later.
pub(super) fn judge_time(cx: &Context, waited: Duration, wanted: Duration) {
    let seen = format!("after {waited:?}; wanted {wanted:?}");
    let early = Duration::from_millis(3);
    cx.check("not-earlier")
        .that(waited + early >= wanted, seen.clone());
    cx.check("not-later").that(waited <= wanted + SLACK, seen);
}
