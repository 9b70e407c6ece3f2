//! What `detect` looks for in a server.

use super::work::{connect, hear};
use crate::{
    Context, Halt, Probe, Profile,
    reference::telnet::{
        HAS_BINARY, HAS_ECHO, HAS_STATUS,
        seen::{Seen, controls, data, observe, shown},
    },
    run,
};

pub(super) static PROBES: &[Probe] = &[
    Probe {
        capability: Profile::ECHO,
        title: "data comes back",
        run: run!(|cx| {
            let mut wire = connect(cx).await?;
            wire.send(b"ping\r\n").await?;
            let heard = data(&observe(&hear(&mut wire).await));
            cx.check("echo")
                .equal(heard.get(..4).unwrap_or_default(), b"ping");
        }),
    },
    Probe {
        capability: HAS_BINARY,
        title: "it agrees to BINARY in both directions",
        run: run!(|cx| {
            agrees(
                cx,
                b"\xff\xfd\x00\xff\xfb\x00",
                &[Seen::Negotiation(251, 0), Seen::Negotiation(253, 0)],
            )
            .await?
        }),
    },
    Probe {
        capability: HAS_ECHO,
        title: "it agrees to echo",
        run: run!(|cx| { agrees(cx, b"\xff\xfd\x01", &[Seen::Negotiation(251, 1)]).await? }),
    },
    Probe {
        capability: HAS_STATUS,
        title: "it agrees to tell its STATUS",
        run: run!(|cx| { agrees(cx, b"\xff\xfd\x05", &[Seen::Negotiation(251, 5)]).await? }),
    },
];

async fn agrees(cx: &Context, asked: &[u8], wanted: &[Seen]) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    wire.send(asked).await?;
    let said = controls(&observe(&hear(&mut wire).await));
    let agreed = wanted.iter().all(|one| said.contains(one));
    cx.check("agreed")
        .that(agreed, format!("said {}", shown(&said)));
    Ok(())
}
