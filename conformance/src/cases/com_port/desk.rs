//! What the cases of a client share: the suite as the access server.

use core::time::Duration;

use crate::{
    Client, Context, Halt, Wire,
    cases::com_port::work::{Message, framed, hear, messages, send},
    reference::{
        com_port::{COM_PORT, sub},
        telnet::{
            BINARY, DO, DONT, SGA, WILL, WONT,
            seen::{Seen, observe, shown},
        },
    },
    script::{Line, Report, Step, com_port::Act},
};

/// How often the client may be answered before it counts as one that does not come to rest.
const ROUNDS: usize = 40;
/// A client that has not settled after so long has given up.
const PATIENCE: Duration = Duration::from_secs(60);

type Answers<'a> = Box<dyn Fn(&[u8]) -> Vec<Vec<u8>> + Send + Sync + 'a>;
type Agrees<'a> = Box<dyn Fn(u8, u8) -> bool + Send + Sync + 'a>;

/// An access server that answers a client.
pub(super) struct Desk<'a> {
    answers: Answers<'a>,
    agrees: Agrees<'a>,
    /// What was said already, for once is enough.
    known: Vec<(u8, u8)>,
    /// The client has closed.
    is_over: bool,
}

impl Default for Desk<'_> {
    /// One that agrees to COM-PORT, BINARY and SGA, and to every value.
    fn default() -> Self {
        Self {
            answers: Box::new(|message| usual(message).into_iter().collect()),
            agrees: Box::new(|_, option| matches!(option, BINARY | SGA | COM_PORT)),
            known: Vec::new(),
            is_over: false,
        }
    }
}

impl<'a> Desk<'a> {
    /// One with other answers: each message gives the messages that are said.
    pub(super) fn answering(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + Sync + 'a) -> Self {
        Self {
            answers: Box::new(answers),
            ..Self::default()
        }
    }

    /// One that agrees to other options.
    pub(super) fn agreeing(agrees: impl Fn(u8, u8) -> bool + Send + Sync + 'a) -> Self {
        Self {
            agrees: Box::new(agrees),
            ..Self::default()
        }
    }

    /// The same where these were said already.
    pub(super) fn having_said(mut self, known: &[(u8, u8)]) -> Self {
        self.known.extend(known);
        self
    }

    /// Answers what the client says until it is quiet, and gives all of it.
    pub(super) async fn serve(&mut self, cx: &Context, wire: &mut Wire) -> Result<Vec<Seen>, Halt> {
        let mut bytes = Vec::new();
        let mut done = 0;
        for _ in 0..ROUNDS {
            let heard = wire.receive_until_quiet().await;
            bytes.extend_from_slice(&heard);
            let seen = observe(&bytes);
            let whole = seen.len() - usize::from(matches!(seen.last(), Some(Seen::Cut(_))));
            let mut say = Vec::new();
            for one in seen.get(done..whole).unwrap_or_default() {
                say.extend(self.reply(one));
            }
            done = done.max(whole);
            self.is_over = heard.closed();
            if say.is_empty() || self.is_over {
                break;
            }
            // A client that is content may leave before it has heard everything.
            if send(cx, wire, &say).await.is_err() {
                self.is_over = true;
                break;
            }
        }
        Ok(observe(&bytes))
    }

    /// The same for as long as a client may take to be content, or to give up.
    pub(super) async fn serve_long(
        &mut self,
        cx: &Context,
        wire: &mut Wire,
    ) -> Result<Vec<Seen>, Halt> {
        let mut all = Vec::new();
        let until = cx.clock().now() + PATIENCE;
        while cx.clock().now() < until && !self.is_over {
            all.extend(self.serve(cx, wire).await?);
        }
        Ok(all)
    }

    fn reply(&mut self, seen: &Seen) -> Vec<u8> {
        match seen {
            Seen::Negotiation(verb, option) => self.option(*verb, *option),
            Seen::Subnegotiation(payload) => match payload.split_first() {
                Some((&COM_PORT, message)) => {
                    let answers = (self.answers)(message);
                    answers.iter().flat_map(|answer| sub(answer)).collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn option(&mut self, verb: u8, option: u8) -> Vec<u8> {
        let yes = (self.agrees)(verb, option);
        let has_offered = self.known.contains(&(WILL, COM_PORT));
        let say = match (verb, yes) {
            (WILL, true) => DO,
            (WILL, false) => DONT,
            (DO, true) if option != COM_PORT || has_offered => WILL,
            (DO, _) => WONT,
            _ => return Vec::new(),
        };
        if self.known.contains(&(say, option)) {
            return Vec::new();
        }
        self.known.push((say, option));
        vec![255, say, option]
    }
}

/// What a server with every value answers, if anything.
pub(super) fn usual(message: &[u8]) -> Option<Vec<u8>> {
    Some(match message {
        [0] => b"\x64suite".to_vec(),
        [1, 0, 0, 0, 0] => vec![101, 0, 0, 0x25, 0x80],
        [2, 0] => vec![102, 8],
        [3, 0] => vec![103, 1],
        [4, 0] => vec![104, 1],
        [5, question @ (0 | 7 | 10 | 13)] => vec![105, question + 1],
        [5, 4] => vec![105, 6],
        [code @ (1..=5 | 10..=12), value @ ..] => [&[code + 100], value].concat(),
        _ => return None,
    })
}

/// A step that opens the port, or sets it: `19200 8E1`.
pub(super) fn set(text: &str) -> Result<Step, Halt> {
    let settings = text.parse();
    let wrong = |why| Halt::Harness(format!("{text}: {why}"));
    settings
        .map(|settings| Step::Port(Act::Set(settings)))
        .map_err(wrong)
}

/// A client that has opened the port with 9600 8N1, and then does these steps, once it has received a byte.
pub(super) async fn opened(cx: &Context, steps: Vec<Step>) -> Result<Client, Halt> {
    let mut script = vec![set("9600 8N1")?, Step::recv(1)];
    script.extend(steps);
    let mut client = cx.client_with(script).await?;
    Desk::default().serve(cx, &mut client.wire).await?;
    Ok(client)
}

/// What of the messages sets a value of the line; that there is no flow control need not be said.
pub(super) fn settings(seen: &[Seen]) -> Vec<Vec<u8>> {
    let is_set = |message: &Vec<u8>| match message.as_slice() {
        [1, 0, 0, 0, 0] | [2..=4, 0] => false,
        [1..=4, ..] | [5, 2 | 3 | 17 | 19] => true,
        _ => false,
    };
    messages(seen).into_iter().filter(is_set).collect()
}

/// What else the client reports, without the marks.
pub(super) fn told(report: &Report) -> String {
    let told = report.lines.iter().filter_map(|line| match line {
        Line::Other(line) => Some(line.as_str()),
        _ => None,
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The data that the client reports.
pub(super) fn received(report: &Report) -> Vec<u8> {
    report.records().flatten().copied().collect()
}

/// Whether a client offers the option.
pub(super) async fn offers(cx: &Context) -> Result<(), Halt> {
    let mut client = cx.client_with(vec![set("9600 8N1")?]).await?;
    let seen = hear(&mut client.wire).await;
    let offers = seen.contains(&Seen::Negotiation(WILL, COM_PORT));
    cx.check("will")
        .that(offers, format!("said {}", shown(&seen)));
    let _ = client.close_and_finish().await?;
    Ok(())
}

/// A client sets the port and is served by `desk`; what it has said and what it reports.
pub(super) async fn served(
    cx: &Context,
    mut desk: Desk<'_>,
    steps: Vec<Step>,
) -> Result<(Vec<Seen>, Report), Halt> {
    let mut client = cx.client_with(steps).await?;
    let seen = desk.serve(cx, &mut client.wire).await?;
    Ok((seen, client.finish().await?))
}

/// The same where it may take long until the client is content, or gives up.
pub(super) async fn served_long(
    cx: &Context,
    mut desk: Desk<'_>,
    steps: Vec<Step>,
) -> Result<(Vec<Seen>, Report), Halt> {
    let mut client = cx.client_with(steps).await?;
    let seen = desk.serve_long(cx, &mut client.wire).await?;
    Ok((seen, client.finish().await?))
}

/// Says messages to a client, and hears what it says to them.
pub(super) async fn say(
    cx: &Context,
    wire: &mut Wire,
    messages: &[Message<'_>],
) -> Result<Vec<Seen>, Halt> {
    send(cx, wire, &framed(messages)).await?;
    Ok(hear(wire).await)
}
