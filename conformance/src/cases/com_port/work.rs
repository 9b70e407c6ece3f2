//! What the cases of a server share: the suite as a client, and how it judges what it hears.

use core::time::Duration;

use crate::{
    Context, Halt, Wire, hex,
    reference::{
        com_port::{COM_PORT, sub},
        telnet::{
            BINARY, DO, DONT, SGA, WILL, WONT,
            seen::{Seen, data, observe, shown},
        },
    },
};

/// How often the server may say something at the beginning.
const ROUNDS: usize = 8;

/// A message or an answer without its frame.
pub(super) type Message<'a> = &'a [u8];

/// A wire on which COM-PORT and BINARY are agreed on, and everything that is said at the beginning was
/// said.
pub(super) async fn connect(cx: &Context) -> Result<Wire, Halt> {
    let mut wire = cx.connect().await?;
    let seen = agree(&mut wire).await?;
    if !seen.contains(&Seen::Negotiation(DO, COM_PORT)) {
        cx.check("agreed")
            .fail(format!("to WILL 44: {}", shown(&seen)));
        return Err(Halt::Judged);
    }
    Ok(wire)
}

/// Offers COM-PORT, asks for BINARY both ways, and answers what is asked until it is quiet.
pub(super) async fn agree(wire: &mut Wire) -> Result<Vec<Seen>, Halt> {
    wire.send(b"\xff\xfb\x2c\xff\xfb\x00\xff\xfd\x00").await?;
    settle(wire, &[(DO, COM_PORT), (DO, BINARY), (WILL, BINARY)]).await
}

/// Answers what is asked until it is quiet; what answers us, `known`, is not answered.
pub(super) async fn settle(wire: &mut Wire, known: &[(u8, u8)]) -> Result<Vec<Seen>, Halt> {
    let mut known = known.to_vec();
    let mut bytes = Vec::new();
    for _ in 0..ROUNDS {
        let heard = wire.receive_until_quiet().await;
        bytes.extend_from_slice(&heard);
        let mut answers = Vec::new();
        for seen in observe(&bytes) {
            let Seen::Negotiation(verb, option) = seen else {
                continue;
            };
            if known.contains(&(verb, option)) {
                continue;
            }
            known.push((verb, option));
            let ours = matches!(option, BINARY | SGA | COM_PORT);
            answers.extend(match verb {
                WILL => [255, if ours { DO } else { DONT }, option],
                DO => [255, if ours { WILL } else { WONT }, option],
                _ => continue,
            });
        }
        if answers.is_empty() || heard.closed() {
            break;
        }
        wire.send(&answers).await?;
    }
    Ok(observe(&bytes))
}

/// Messages, each in its frame.
pub(super) fn framed(messages: &[Message<'_>]) -> Vec<u8> {
    messages.iter().flat_map(|message| sub(message)).collect()
}

/// Sends bytes as the case's parameter says: whole, a byte at a time, or in halves.
pub(super) async fn send(cx: &Context, wire: &mut Wire, bytes: &[u8]) -> Result<(), Halt> {
    let size = match cx.param() {
        "bytewise" => 1,
        "halves" => bytes.len().div_ceil(2),
        _ => bytes.len(),
    };
    for piece in bytes.chunks(size.max(1)) {
        wire.send(piece).await?;
        cx.clock().sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Sends messages, and hears everything until it is quiet.
pub(super) async fn ask(
    cx: &Context,
    wire: &mut Wire,
    messages: &[Message<'_>],
) -> Result<Vec<Seen>, Halt> {
    exchange(cx, wire, &framed(messages)).await
}

/// Sends bytes, and hears everything until it is quiet.
pub(super) async fn exchange(
    cx: &Context,
    wire: &mut Wire,
    bytes: &[u8],
) -> Result<Vec<Seen>, Halt> {
    send(cx, wire, bytes).await?;
    Ok(hear(wire).await)
}

/// What comes until it is quiet.
pub(super) async fn hear(wire: &mut Wire) -> Vec<Seen> {
    observe(&wire.receive_until_quiet().await)
}

/// Everything of COM-PORT that was said, notifications too.
pub(super) fn messages(seen: &[Seen]) -> Vec<Vec<u8>> {
    let messages = seen.iter().filter_map(|one| match one {
        Seen::Subnegotiation(payload) => payload.strip_prefix(&[COM_PORT]),
        _ => None,
    });
    messages.map(<[u8]>::to_vec).collect()
}

/// The answers: neither notifications nor flow control.
pub(super) fn answers(seen: &[Seen]) -> Vec<Vec<u8>> {
    let is_answer = |message: &Vec<u8>| !matches!(message.first(), Some(106..=109));
    messages(seen).into_iter().filter(is_answer).collect()
}

/// The notifications of one kind: 106 of the line, 107 of the modem lines.
pub(super) fn notified(seen: &[Seen], code: u8) -> Vec<u8> {
    let of_kind = messages(seen)
        .into_iter()
        .filter(|message| message.first() == Some(&code));
    of_kind
        .filter_map(|message| message.get(1).copied())
        .collect()
}

/// Messages in one line.
pub(super) fn told<M: AsRef<[u8]>>(messages: &[M]) -> String {
    if messages.is_empty() {
        return "nothing".to_owned();
    }
    let all = messages.iter().take(20);
    let words: Vec<_> = all.map(|one| hex::short(one.as_ref())).collect();
    let more = if messages.len() > 20 { ", …" } else { "" };
    format!("{}{more}", words.join(", "))
}

/// Judges a list of messages.
pub(super) fn judge<M: AsRef<[u8]>>(cx: &Context, name: &str, got: &[M], want: &[Message<'_>]) {
    let same = got.iter().map(AsRef::as_ref).eq(want.iter().copied());
    let (got, want) = (told(got), told(want));
    if same {
        return cx.check(name).pass(format!("said {got}"));
    }
    cx.check(name).fail(format!("said {got}; wanted {want}"));
}

/// Whether the server answers a question: for the data size, with one that there is.
pub(super) async fn alive(cx: &Context, wire: &mut Wire) -> Result<(), Halt> {
    wire.send(&sub(&[2, 0])).await?;
    let said = answers(&hear(wire).await);
    let fine = matches!(said.as_slice(), [size] if matches!(size.as_slice(), [102, 5..=8]));
    cx.check("alive")
        .that(fine, format!("to SET-DATASIZE 0: {}", told(&said)));
    Ok(())
}

/// A row of a table: these messages are answered by those, in order, and the next question is too.
pub(super) async fn row(
    cx: &Context,
    sent: &[Message<'_>],
    want: &[Message<'_>],
) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let said = ask(cx, &mut wire, sent).await?;
    judge(cx, "answers", &answers(&said), want);
    alive(cx, &mut wire).await
}

/// A row of which only counts that it is over, and that nothing but these answers came, if anything; `[100]`
/// stands for any signature.
pub(super) async fn goes_on(
    cx: &Context,
    sent: &[Message<'_>],
    allowed: &[Message<'_>],
) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let before = answers(&ask(cx, &mut wire, &[&[1, 0, 0, 0, 0], &[4, 0]]).await?);
    let said = ask(cx, &mut wire, sent).await?;
    let odd: Vec<_> = answers(&said)
        .into_iter()
        .filter(|one| !allowed.contains(&one.as_slice()) && !before.contains(one))
        .filter(|one| !(one.first() == Some(&100) && allowed.contains(&&[100][..])))
        .collect();
    cx.check("nothing-else")
        .that(odd.is_empty(), format!("said {}", told(&odd)));
    let after = answers(&ask(cx, &mut wire, &[&[1, 0, 0, 0, 0], &[4, 0]]).await?);
    let fine = after == before && !before.is_empty();
    cx.check("unchanged").that(
        fine,
        format!("before {}, behind it {}", told(&before), told(&after)),
    );
    alive(cx, &mut wire).await
}

/// Asks for a value that the port may not have: the answer is of the right kind, and so is in effect.
pub(super) async fn consistent(
    cx: &Context,
    asked: Message<'_>,
    question: Message<'_>,
    is_answer: impl Fn(&[u8]) -> bool,
) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let said = answers(&ask(cx, &mut wire, &[asked]).await?);
    let [first] = said.as_slice() else {
        cx.check("answered")
            .fail(format!("to {}: {}", hex::short(asked), told(&said)));
        return Ok(());
    };
    cx.check("answered")
        .that(is_answer(first), format!("said {}", told(&said)));
    let said = answers(&ask(cx, &mut wire, &[question]).await?);
    judge(cx, "in-effect", &said, &[first]);
    alive(cx, &mut wire).await
}

/// The data alone must be this.
pub(super) fn judge_data(cx: &Context, name: &str, seen: &[Seen], want: &[u8]) {
    cx.check(name).equal(&data(seen), want);
}

/// What the suite's end of the port hears until it is quiet.
pub(super) async fn heard(device: &mut Wire) -> Vec<u8> {
    device.receive_until_quiet().await.bytes
}
