//! RFC 1143 section 7, each transition of each state, in a client that is told what to want: T27 to T30,
//! T33.

use super::work::{exchange, judge_controls, start};
use crate::{
    Case, Context, Halt, case,
    reference::telnet::{
        ASKS, DO, DONT, WILL, WONT,
        seen::{Seen, controls, observe},
    },
    script::{
        Step,
        telnet::{Act, Verb},
    },
};

group! {
    /// The queue.
    pub(super) static GROUP = "queue", "Telnet: RFC 1143, every transition", cases CASES
}

/// What happens, in order: `+` and `-`, the client comes to want the option on or off; `1` and `0`, it is
/// told on or off. Behind `>` what it must then say; nothing where no `>` follows. The last step
/// shows the state that it came to.
macro_rules! transitions {
    ($($name:literal $play:literal $kills:tt)*) => {
        static CASES: &[Case] = &[$(
            case! {
                id: (concat!("telnet.queue.client.", $name)),
                title: (concat!("RFC 1143 7: ", $name, " (", $play, ")")),
                refs: ["T25", "T27", "RFC 1143 7"],
                level: Must,
                side: Client,
                speaks: "telnet",
                needs: [ASKS],
                params: ["us", "him"],
                killed_by: $kills,
                => |cx| { play(cx, $play).await? }
            },
        )*];
    };
}

transitions! {
    "no-on" "1>1 0>0" ["telnet.answers-no-request", "telnet.stops-silently"]
    "no-off" "0 1>1" ["telnet.answers-refusals"]
    "no-enable" "+>1 1 0>0" ["telnet.never-asks"]
    "no-disable" "- 1>1" ["telnet.asks-needlessly"]
    "yes-on" "1>1 1 0>0" ["telnet.acknowledges-again"]
    "yes-off" "1>1 0>0 0" ["telnet.stops-silently", "telnet.never-stops"]
    "yes-enable" "1>1 + 0>0" ["telnet.asks-needlessly"]
    "yes-disable" "1>1 ->0 0 1>1" ["telnet.never-asks"]
    "want-no-on" "1>1 ->0 1 0" ["telnet.answers-answers"]
    "want-no-off" "1>1 ->0 0 1>1" ["telnet.answers-answers"]
    "want-no-enable" "1>1 ->0 + 0>1 1 0>0" ["telnet.has-no-queue", "telnet.forgets-the-queue"]
    "want-no-disable" "1>1 ->0 - 0 1>1" ["telnet.asks-needlessly"]
    "want-no-opposite-on" "1>1 ->0 + 1 0>0" ["telnet.answers-answers"]
    "want-no-opposite-off" "1>1 ->0 + 0>1 0 0" ["telnet.forgets-the-queue"]
    "want-no-opposite-enable" "1>1 ->0 + + 0>1 1 0>0" ["telnet.asks-needlessly"]
    "want-no-opposite-disable" "1>1 ->0 + - 0 1>1" ["telnet.never-unqueues"]
    "want-yes-on" "+>1 1 1 0>0" ["telnet.answers-answers"]
    "want-yes-off" "+>1 0 0 1>1" ["telnet.answers-answers"]
    "want-yes-enable" "+>1 + 1 0>0" ["telnet.asks-needlessly"]
    "want-yes-disable" "+>1 - 1>0 0 1>1" ["telnet.has-no-queue", "telnet.forgets-the-queue"]
    "want-yes-opposite-on" "+>1 - 1>0 0 0" ["telnet.forgets-the-queue"]
    "want-yes-opposite-off" "+>1 - 0 1>1" ["telnet.answers-answers"]
    "want-yes-opposite-enable" "+>1 - + 1 0>0" ["telnet.never-unqueues"]
    "want-yes-opposite-disable" "+>1 - - 1>0 0 1>1" ["telnet.asks-needlessly"]
}

/// The verbs of one direction: what the client wants, what it says, what it is told, each on and off.
struct Direction {
    want: [Verb; 2],
    says: [u8; 2],
    told: [u8; 2],
}

const US: Direction = Direction {
    want: [Verb::Will, Verb::Wont],
    says: [WILL, WONT],
    told: [DO, DONT],
};

const HIM: Direction = Direction {
    want: [Verb::Do, Verb::Dont],
    says: [DO, DONT],
    told: [WILL, WONT],
};

/// The option of these cases: both ends of a client agree to it.
const OPTION: u8 = 0;

async fn play(cx: &Context, steps: &str) -> Result<(), Halt> {
    let Direction { want, says, told } = if cx.param() == "us" { US } else { HIM };
    let [enable, disable] = want.map(|verb| Step::Telnet(Act::Want(verb, OPTION)));
    // Before each wish the client waits for a byte: all that was said before it has come then.
    let mut script = Vec::new();
    for step in steps.split(' ') {
        let wish = match step.as_bytes().first() {
            Some(b'+') => &enable,
            Some(b'-') => &disable,
            _ => continue,
        };
        script.extend([Step::recv(1), wish.clone()]);
    }
    script.push(Step::recv(1));
    let mut client = start(cx, script).await?;
    let pick = |[on, off]: [u8; 2], word: &str| if word == "1" { on } else { off };
    for (at, step) in steps.split(' ').enumerate() {
        let (does, answer) = step.split_once('>').unwrap_or((step, ""));
        let heard = match does {
            "+" | "-" => exchange(cx, &mut client.wire, b"x").await?,
            word => {
                let said = [255, pick(told, word), OPTION];
                exchange(cx, &mut client.wire, &said).await?
            }
        };
        let want: Vec<Seen> = match answer {
            "" => Vec::new(),
            word => vec![Seen::Negotiation(pick(says, word), OPTION)],
        };
        let said = controls(&observe(&heard));
        judge_controls(cx, &format!("{}-{does}", at + 1), &said, &want);
    }
    client.wire.send(b"x").await?;
    let _ = client.finish().await?;
    Ok(())
}
