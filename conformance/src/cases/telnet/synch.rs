//! The Synch, which needs urgent data: T45 to T50.
//!
//! Urgent data overtakes what was sent before it, but only what was not read yet: where an end was quicker than we
//! were, it is asked again. One that does not mind it at all shows that each time.

use super::work::{attentive, connect, hear, received, start};
use crate::{
    Case, Context, Halt, Heard, Wire, case, hex,
    reference::telnet::{
        DM, HAS_SYNCH, IAC, WONT,
        seen::{Seen, controls, data, observe, shown},
    },
    script::{Step, telnet::Act},
};

group! {
    /// The Synch.
    pub(super) static GROUP = "synch", "Telnet: the Synch", cases CASES
}

/// How often an end is asked that may have read before we were done.
const ATTEMPTS: usize = 4;

/// Urgent bytes: the end of each piece but the last.
type Pieces = &'static [&'static [u8]];

/// What is sent in whole, and what is data of it: what stands before the data mark is not.
const SYNCH: Pieces = &[b"lost\xff\xf2", b"kept"];
/// A command, an unknown one and a negotiation among what is thrown away.
const COMMANDS: Pieces = &[b"lost\xff\xf1\xff\x80\xff\xfd\x77lost\xff\xf2", b"kept"];
/// One Synch behind another.
const TWICE: Pieces = &[b"lost\xff\xf2", b"lost\xff\xf2", b"kept"];
/// Doubled IACs among what is thrown away.
const ESCAPED: Pieces = &[b"\xff\xff\xf2lost\xff\xff\xff\xf2", b"kept"];

/// A case for each side: these pieces are sent, and only `kept` is data.
macro_rules! discards {
    ($($name:literal $level:ident $refs:tt $title:literal $pieces:ident said $said:expr, kills $kills:tt)*) => {
        static CASES: &[Case] = &[
            $(case! {
                id: (concat!("telnet.synch.server.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Server,
                speaks: "telnet",
                needs: ["echo", HAS_SYNCH],
                killed_by: $kills,
                => |cx| { server(cx, $pieces, &$said).await? }
            },
            case! {
                id: (concat!("telnet.synch.client.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Client,
                speaks: "telnet",
                needs: ["reports", HAS_SYNCH],
                killed_by: $kills,
                => |cx| { client(cx, $pieces, &$said).await? }
            },)*
            LATE_AT_A_SERVER,
            LATE_AT_A_CLIENT,
            ABORT_OUTPUT,
            INTERRUPT,
        ];
    };
}

discards! {
    "discards" Must ["T45", "RFC 854, The TELNET Synch signal"]
        "what stands before the data mark of a Synch is thrown away, and what stands behind it is data"
        SYNCH said [], kills ["telnet.ignores-urgency", "telnet.never-ends-a-synch"]
    "commands" Must ["T45", "RFC 854, The TELNET Synch signal"]
        "requests are answered before the data mark of a Synch too"
        COMMANDS said [Seen::Negotiation(WONT, 0x77)], kills ["telnet.urgency-hides-commands", "telnet.ignores-urgency"]
    "twice" Must ["T49", "RFC 854, The TELNET Synch signal"]
        "where more urgent data lies behind a data mark, all is thrown away up to the next one"
        TWICE said [], kills ["telnet.first-mark-ends", "telnet.ignores-urgency"]
    "escaped" Must ["T45", "T2", "RFC 854, The TELNET Synch signal"]
        "a doubled IAC before a byte 242 is no data mark"
        ESCAPED said [], kills ["telnet.ignores-urgency"]
}

const LATE_AT_A_SERVER: Case = case! {
    id: "telnet.synch.server.late-mark",
    title: "where urgent data ends without a data mark, all is thrown away up to the next one",
    refs: ["T45", "RFC 854, The TELNET Synch signal"],
    level: Should,
    speaks: "telnet",
    needs: ["echo", HAS_SYNCH],
    killed_by: ["telnet.synch-ends-with-urgency", "telnet.ignores-urgency"],
    => |cx| {
        let mut wire = connect(cx).await?;
        late(&mut wire).await?;
        cx.check("data").equal(&data(&observe(&hear(&mut wire).await)), b"kept");
    }
};

const LATE_AT_A_CLIENT: Case = case! {
    id: "telnet.synch.client.late-mark",
    title: "where urgent data ends without a data mark, all is thrown away up to the next one",
    refs: ["T45", "RFC 854, The TELNET Synch signal"],
    level: Should,
    side: Client,
    speaks: "telnet",
    needs: ["reports", HAS_SYNCH],
    killed_by: ["telnet.synch-ends-with-urgency", "telnet.ignores-urgency"],
    => |cx| {
        let mut client = super::work::listener(cx).await?;
        late(&mut client.wire).await?;
        attentive(cx, &mut client.wire).await?;
        let report = client.close_and_finish().await?;
        cx.check("data").equal(&received(&report), b"kept");
    }
};

/// An urgent NOP, and much later data and a mark.
async fn late(wire: &mut Wire) -> Result<(), Halt> {
    wire.send_urgent(b"\xff\xf1").await?;
    hear(wire).await;
    wire.send(b"lost").await?;
    hear(wire).await;
    wire.send(b"lost\xff\xf2kept").await
}

const ABORT_OUTPUT: Case = case! {
    id: "telnet.synch.server.abort-output",
    title: "AO is answered by a Synch, so that what is on its way is thrown away",
    refs: ["T48", "RFC 854, Abort Output", "RFC 1123 3.2.4"],
    level: Should,
    speaks: "telnet",
    needs: [HAS_SYNCH],
    killed_by: ["telnet.aborts-no-output", "telnet.mark-without-urgency"],
    => |cx| {
        let mut wire = connect(cx).await?;
        wire.send(b"\xff\xf5").await?;
        judge_synch(cx, &wire.receive_until_quiet().await);
    }
};

const INTERRUPT: Case = case! {
    id: "telnet.synch.client.interrupt",
    title: "behind an interrupt of its user a client sends a Synch",
    refs: ["T47", "RFC 1123 3.2.4"],
    level: Should,
    side: Client,
    speaks: "telnet",
    needs: [HAS_SYNCH],
    params: ["243", "244", "245"],
    killed_by: ["telnet.interrupts-without-synch", "telnet.mark-without-urgency", "telnet.sends-commands-bare"],
    => |cx| {
        let command: u8 = cx.param().parse().unwrap_or_default();
        let script = vec![Step::recv(1), Step::Telnet(Act::Synch(command)), Step::recv(1)];
        let mut client = start(cx, script).await?;
        client.wire.send(b"x").await?;
        let heard = client.wire.receive_until_quiet().await;
        cx.check("said").equal(&heard, &[IAC, command, IAC, DM]);
        judge_synch(cx, &heard);
        let _ = client.close_and_finish().await?;
    }
};

/// The data mark is there, and it is urgent.
fn judge_synch(cx: &Context, heard: &Heard) {
    let marks = heard.windows(2).enumerate();
    let marks: Vec<usize> = marks
        .filter_map(|(at, two)| (two == [IAC, DM]).then_some(at + 1))
        .collect();
    let is_one = !marks.is_empty() && marks == heard.urgent;
    let seen = format!(
        "came {}; data marks at {marks:?}, urgent at {:?}",
        hex::short(heard),
        heard.urgent
    );
    cx.check("synch").that(is_one, seen);
}

/// Sends the pieces, each but the last with its last byte urgent.
async fn send(wire: &mut Wire, pieces: Pieces) -> Result<(), Halt> {
    let Some((last, urgent)) = pieces.split_last() else {
        return Ok(());
    };
    for piece in urgent {
        wire.send_urgent(piece).await?;
    }
    wire.send(last).await
}

async fn server(cx: &Context, pieces: Pieces, said: &[Seen]) -> Result<(), Halt> {
    let mut heard = Vec::new();
    for _ in 0..ATTEMPTS {
        let mut wire = connect(cx).await?;
        send(&mut wire, pieces).await?;
        heard = observe(&hear(&mut wire).await);
        if data(&heard) == b"kept" {
            break;
        }
    }
    judge(cx, &data(&heard), &controls(&heard), said);
    Ok(())
}

async fn client(cx: &Context, pieces: Pieces, said: &[Seen]) -> Result<(), Halt> {
    let (mut came, mut heard) = (Vec::new(), Vec::new());
    for _ in 0..ATTEMPTS {
        let mut client = super::work::listener(cx).await?;
        send(&mut client.wire, pieces).await?;
        heard = controls(&observe(&hear(&mut client.wire).await));
        came = received(&client.close_and_finish().await?);
        if came == b"kept" {
            break;
        }
    }
    judge(cx, &came, &heard, said);
    Ok(())
}

fn judge(cx: &Context, came: &[u8], heard: &[Seen], said: &[Seen]) {
    cx.check("data").equal(came, b"kept");
    let same = heard == said;
    cx.check("said")
        .that(same, format!("said {}", shown(heard)));
}
