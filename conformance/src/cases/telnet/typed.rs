//! Options with parameters of their own: T58 to T77.

use super::work::{connect, exchange, listener};
use crate::{
    Client, Context, Halt, Wire,
    reference::telnet::{
        DO, WILL,
        seen::{Seen, controls, observe, shown},
    },
};

/// A table of cases: `"side.name" Side Level ["clause", …] needs ["capability", …] "title" function, kills ["mutant", …]`.
macro_rules! typed {
    ($group:literal; $($name:literal $side:ident $level:ident $refs:tt needs $needs:tt $title:literal
       $function:path, kills $kills:tt)*) => {
        static CASES: &[$crate::Case] = &[$(
            $crate::case! {
                id: (concat!("telnet.", $group, ".", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: $side,
                speaks: "telnet",
                needs: $needs,
                killed_by: $kills,
                => |cx| { $function(cx).await? }
            },
        )*];
    };
}

mod client;
mod linemode;
mod server;

pub(super) use client::GROUP as CLIENT;
pub(super) use linemode::GROUP as LINEMODE;
pub(super) use server::GROUP as SERVER;

/// A payload, the option first.
type Payload = Vec<u8>;

/// What stands in subnegotiations, in order.
fn payloads(bytes: &[u8]) -> Vec<Payload> {
    let payload = |seen| match seen {
        Seen::Subnegotiation(payload) => Some(payload),
        _ => None,
    };
    observe(bytes).into_iter().filter_map(payload).collect()
}

/// Asks the other end for an option, which it must agree to; what it subnegotiates then.
async fn agree(cx: &Context, wire: &mut Wire, verb: u8, option: u8) -> Result<Vec<Payload>, Halt> {
    let heard = exchange(cx, wire, &[255, verb, option]).await?;
    let want = Seen::Negotiation(if verb == DO { WILL } else { DO }, option);
    let said = controls(&observe(&heard));
    let agreed = said.contains(&want);
    cx.check("agreed")
        .that(agreed, format!("said {}", shown(&said)));
    Ok(payloads(&heard))
}

/// Sends a subnegotiation, in which each 255 is to be doubled already; what comes then.
async fn tell(cx: &Context, wire: &mut Wire, payload: &[u8]) -> Result<Vec<u8>, Halt> {
    exchange(cx, wire, &[b"\xff\xfa", payload, b"\xff\xf0"].concat()).await
}

/// The same; what it subnegotiates then.
async fn ask(cx: &Context, wire: &mut Wire, payload: &[u8]) -> Result<Vec<Payload>, Halt> {
    Ok(payloads(&tell(cx, wire, payload).await?))
}

/// A client that uses an option, and what it has subnegotiated then.
async fn client(cx: &Context, verb: u8, option: u8) -> Result<(Client, Vec<Payload>), Halt> {
    let mut client = listener(cx).await?;
    let said = agree(cx, &mut client.wire, verb, option).await?;
    Ok((client, said))
}

/// The same of a server.
async fn server(cx: &Context, verb: u8, option: u8) -> Result<(Wire, Vec<Payload>), Halt> {
    let mut wire = connect(cx).await?;
    let said = agree(cx, &mut wire, verb, option).await?;
    Ok((wire, said))
}

/// Judges payloads.
fn judge(cx: &Context, name: &str, got: &[Payload], want: &[&[u8]]) {
    let show = |payload: &[u8]| Seen::Subnegotiation(payload.to_vec());
    let got: Vec<Seen> = got.iter().map(|payload| show(payload)).collect();
    let want: Vec<Seen> = want.iter().map(|payload| show(payload)).collect();
    let seen = format!("said {}; wanted {}", shown(&got), shown(&want));
    cx.check(name).that(got == want, seen);
}

/// Judges that it is one of these, or says what came.
fn judge_that(cx: &Context, name: &str, holds: bool, got: &[Payload]) {
    let got = got.iter().cloned().map(Seen::Subnegotiation);
    let got: Vec<Seen> = got.collect();
    cx.check(name).that(holds, format!("said {}", shown(&got)));
}

/// START_TLS, AUTHENTICATION and ENCRYPT are answered each once: refused, or agreed to by who has them.
fn judge_security(cx: &Context, heard: &[u8]) {
    let said = controls(&observe(heard));
    let about = |option: u8| {
        let of = |one: &&Seen| matches!(one, Seen::Negotiation(_, of) if *of == option);
        said.iter().filter(of).count()
    };
    let each = [46, 37, 38].map(about);
    cx.check("answered")
        .that(each == [2, 2, 2], format!("said {}", shown(&said)));
}

/// Both directions of each.
const SECURITY: &[u8] = b"\xff\xfd\x2e\xff\xfb\x2e\xff\xfd\x25\xff\xfb\x25\xff\xfd\x26\xff\xfb\x26";
