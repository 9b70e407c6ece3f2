//! What the cases share: the suite as the other end, and how it judges what it hears.

use core::time::Duration;
use std::collections::BTreeSet;

use crate::{
    Client, Context, Halt, Wire, hex,
    reference::telnet::{
        DO, DONT, SGA, TIMING_MARK, WILL, WONT,
        seen::{Seen, controls, data, observe, shown, text},
    },
    script::{Line, Report, Step},
};

/// More than any case sends: a client that is to receive so much receives until the wire ends.
const ALL: usize = 1 << 20;

/// How often the other end may ask before it counts as one that does not come to rest.
const ROUNDS: usize = 8;

/// What was said before the case began.
pub(super) struct Opening {
    pub(super) seen: Vec<Seen>,
    /// Bytes in all.
    pub(super) bytes: usize,
    /// Whether it came to rest.
    pub(super) rests: bool,
    /// How often it was answered.
    pub(super) rounds: usize,
}

impl Opening {
    /// Whether this was said.
    pub(super) fn has(&self, verb: u8, option: u8) -> bool {
        self.seen.contains(&Seen::Negotiation(verb, option))
    }
}

/// Lets the other end say what it says at the beginning, and answers: yes to SGA, no to all else.
pub(super) async fn settle(wire: &mut Wire) -> Result<Opening, Halt> {
    settle_as(wire, |verb, option| {
        Some(match verb {
            WILL if option == SGA => DO,
            WILL => DONT,
            DO if option == SGA => WILL,
            DO => WONT,
            _ => return None,
        })
    })
    .await
}

/// The same with other answers; each thing that is said is answered the first time.
pub(super) async fn settle_as(
    wire: &mut Wire,
    answer: impl Fn(u8, u8) -> Option<u8>,
) -> Result<Opening, Halt> {
    let mut bytes = Vec::new();
    let mut known = BTreeSet::new();
    for rounds in 0..ROUNDS {
        let heard = wire.receive_until_quiet().await;
        bytes.extend_from_slice(&heard);
        let mut answers = Vec::new();
        for seen in observe(&bytes) {
            if let Seen::Negotiation(verb, option) = seen
                && known.insert((verb, option))
                && let Some(say) = answer(verb, option)
            {
                answers.extend([255, say, option]);
            }
        }
        if answers.is_empty() || heard.closed() {
            return Ok(Opening {
                seen: observe(&bytes),
                bytes: bytes.len(),
                rests: true,
                rounds,
            });
        }
        wire.send(&answers).await?;
    }
    Ok(Opening {
        seen: observe(&bytes),
        bytes: bytes.len(),
        rests: false,
        rounds: ROUNDS,
    })
}

/// Sends bytes as the case's parameter says: whole, a byte at a time, or in halves. Each piece is
/// read by itself where the other end reads at once.
pub(super) async fn send(cx: &Context, wire: &mut Wire, bytes: &[u8]) -> Result<(), Halt> {
    let size = match cx.param() {
        "bytewise" => 1,
        "halves" => bytes.len().div_ceil(2),
        _ => bytes.len(),
    };
    let pieces: Vec<&[u8]> = bytes.chunks(size.max(1)).collect();
    // What is long takes its time in fewer pauses.
    for some in pieces.chunks(pieces.len().div_ceil(64).max(1)) {
        for piece in some {
            wire.send(piece).await?;
        }
        cx.clock().sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Sends bytes, and hears what comes until it is quiet.
pub(super) async fn exchange(cx: &Context, wire: &mut Wire, bytes: &[u8]) -> Result<Vec<u8>, Halt> {
    send(cx, wire, bytes).await?;
    Ok(hear(wire).await)
}

/// What comes until it is quiet.
pub(super) async fn hear(wire: &mut Wire) -> Vec<u8> {
    wire.receive_until_quiet().await.bytes
}

/// How data is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    /// Every line end counts as one, whatever it is made of.
    Means,
    /// Byte by byte.
    Exactly,
    /// Byte by byte, but for LF: a line end may come back as CR LF or as CR.
    ButForLf,
}

impl Compare {
    /// Data that was on the wire.
    fn of_wire(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Means => lines(&text(data)),
            Self::Exactly | Self::ButForLf => self.of_client(data),
        }
    }

    /// Data that a client reports: a NUL behind a CR should not be there any more.
    fn of_client(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Means => lines(data),
            Self::Exactly => data.to_vec(),
            Self::ButForLf => data.iter().copied().filter(|byte| *byte != b'\n').collect(),
        }
    }
}

/// Each CR LF, CR and LF as one LF.
fn lines(data: &[u8]) -> Vec<u8> {
    let mut behind_cr = false;
    let mut all = Vec::with_capacity(data.len());
    for &byte in data {
        let was = core::mem::replace(&mut behind_cr, byte == b'\r');
        match byte {
            b'\n' if was => {}
            b'\r' => all.push(b'\n'),
            _ => all.push(byte),
        }
    }
    all
}

/// Judges data. The network virtual terminal has seven bits (RFC 854): the eighth may be gone.
fn judge_data(cx: &Context, how: Compare, came: &[u8], wanted: &[u8]) {
    let seven: Vec<u8> = wanted.iter().map(|byte| byte & 0x7f).collect();
    if how == Compare::Means && came != wanted && came == seven {
        return cx
            .check("data")
            .pass(format!("got {}: seven bits of each", hex::short(came)));
    }
    cx.check("data").equal(came, wanted);
}

/// Judges what is no data.
///
/// A timing mark may be refused: that too is an answer (RFC 860).
pub(super) fn judge_controls(cx: &Context, name: &str, got: &[Seen], want: &[Seen]) {
    let answered = |one: &Seen| match one {
        Seen::Negotiation(WONT, TIMING_MARK) => Seen::Negotiation(WILL, TIMING_MARK),
        other => other.clone(),
    };
    let got: Vec<Seen> = got.iter().map(answered).collect();
    let (got, want) = (shown(&got), shown(want));
    if got == want {
        return cx.check(name).pass(format!("said {got}"));
    }
    cx.check(name).fail(format!("said {got}; wanted {want}"));
}

/// Whether a server is alive: it answers a request for an option, rightly or not, or an Enter.
pub(super) async fn alive(cx: &Context, wire: &mut Wire) -> Result<(), Halt> {
    answers(cx, wire, b"\xff\xfd\x77\r\n").await
}

/// Whether a client is alive: it answers a request for an option, rightly or not.
pub(super) async fn attentive(cx: &Context, wire: &mut Wire) -> Result<(), Halt> {
    answers(cx, wire, b"\xff\xfd\x77").await
}

async fn answers(cx: &Context, wire: &mut Wire, asked: &[u8]) -> Result<(), Halt> {
    wire.send(asked).await?;
    let mut heard = wire.receive_at_least(1).await.bytes;
    heard.extend(hear(wire).await);
    let seen = shown(&observe(&heard));
    cx.check("alive")
        .that(!heard.is_empty(), format!("to DO 119: {seen}"));
    Ok(())
}

/// A wire to a server that has said what it says at the beginning.
pub(super) async fn connect(cx: &Context) -> Result<Wire, Halt> {
    let mut wire = cx.connect().await?;
    settle(&mut wire).await?;
    Ok(wire)
}

/// A client with this script whose beginning is over.
pub(super) async fn start(cx: &Context, script: Vec<Step>) -> Result<Client, Halt> {
    Ok(start_settled(cx, script).await?.0)
}

/// The same, with what was said at the beginning. Some begin only when they have heard anything of an option: that
/// one that nobody has is not to be used is nothing that is answered.
pub(super) async fn start_settled(
    cx: &Context,
    script: Vec<Step>,
) -> Result<(Client, Opening), Halt> {
    let mut client = cx.client_with(script).await?;
    client.wire.send(b"\xff\xfe\x78").await?;
    let opening = settle(&mut client.wire).await?;
    Ok((client, opening))
}

/// A client that receives until the wire ends.
pub(super) async fn listener(cx: &Context) -> Result<Client, Halt> {
    start(cx, vec![Step::Recv(ALL)]).await
}

/// The data that a client reports.
pub(super) fn received(report: &Report) -> Vec<u8> {
    report.records().flatten().copied().collect()
}

/// What else it reports.
pub(super) fn told(report: &Report) -> Vec<&str> {
    let told = report.lines.iter().filter_map(|line| match line {
        Line::Other(line) => Some(line.as_str()),
        _ => None,
    });
    told.collect()
}

/// A row of a table, to a server: these bytes are answered by those, and data comes back.
pub(super) async fn server_row(
    cx: &Context,
    sent: &[u8],
    want: &[u8],
    how: Compare,
) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let heard = exchange(cx, &mut wire, sent).await?;
    let (got, want) = (observe(&heard), observe(want));
    let (came, wanted) = (how.of_wire(&data(&got)), how.of_wire(&data(&want)));
    judge_data(cx, how, &came, &wanted);
    judge_controls(cx, "said", &controls(&got), &controls(&want));
    alive(cx, &mut wire).await
}

/// The same to a client: data is reported.
pub(super) async fn client_row(
    cx: &Context,
    sent: &[u8],
    want: &[u8],
    how: Compare,
) -> Result<(), Halt> {
    let mut client = listener(cx).await?;
    let heard = observe(&exchange(cx, &mut client.wire, sent).await?);
    let want = observe(want);
    judge_controls(cx, "said", &controls(&heard), &controls(&want));
    cx.check("silent").nothing(&data(&heard));
    attentive(cx, &mut client.wire).await?;
    let report = client.close_and_finish().await?;
    let (came, wanted) = (how.of_client(&received(&report)), how.of_wire(&data(&want)));
    judge_data(cx, how, &came, &wanted);
    Ok(())
}

/// Only that it goes on behind what was sent, and with what.
pub(super) async fn server_goes_on(cx: &Context, sent: &[u8], want: &[u8]) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let heard = data(&observe(&exchange(cx, &mut wire, sent).await?));
    cx.check("end").that(
        heard.ends_with(want),
        format!("came {}", hex::short(&heard)),
    );
    alive(cx, &mut wire).await
}

/// The same of a client.
pub(super) async fn client_goes_on(cx: &Context, sent: &[u8], want: &[u8]) -> Result<(), Halt> {
    let mut client = listener(cx).await?;
    exchange(cx, &mut client.wire, sent).await?;
    attentive(cx, &mut client.wire).await?;
    let heard = received(&client.close_and_finish().await?);
    cx.check("end").that(
        heard.ends_with(want),
        format!("reported {}", hex::short(&heard)),
    );
    Ok(())
}
