//! What `detect` looks for in an access server.

use super::work::{answers, ask, connect, exchange, judge, judge_data};
use crate::{
    Probe, Profile,
    reference::com_port::{HAS_CISCO, HAS_MODEM, HAS_UART},
    run,
};

pub(super) static PROBES: &[Probe] = &[
    Probe {
        capability: Profile::ECHO,
        title: "data comes back from the port",
        run: run!(|cx| {
            let mut wire = connect(cx).await?;
            let seen = exchange(cx, &mut wire, b"ping").await?;
            judge_data(cx, "echo", &seen, b"ping");
        }),
    },
    Probe {
        capability: HAS_UART,
        title: "seven bits, even parity and two stop bits are in effect when they are asked for",
        run: run!(|cx| {
            let mut wire = connect(cx).await?;
            let said = ask(cx, &mut wire, &[&[2, 7], &[3, 3], &[4, 2]]).await?;
            judge(
                cx,
                "in-effect",
                &answers(&said),
                &[&[102, 7], &[103, 3], &[104, 2]],
            );
            ask(cx, &mut wire, &[&[2, 8], &[3, 1], &[4, 1]]).await?;
        }),
    },
    Probe {
        capability: HAS_MODEM,
        title: "DTR goes off and on",
        run: run!(|cx| {
            let mut wire = connect(cx).await?;
            let said = ask(cx, &mut wire, &[&[5, 9], &[5, 7], &[5, 8], &[5, 7]]).await?;
            let want: &[&[u8]] = &[&[105, 9], &[105, 9], &[105, 8], &[105, 8]];
            judge(cx, "in-effect", &answers(&said), want);
        }),
    },
    Probe {
        capability: HAS_CISCO,
        title: "a baud rate of one octet is answered in one",
        run: run!(|cx| {
            let mut wire = connect(cx).await?;
            let said = ask(cx, &mut wire, &[&[1, 8]]).await?;
            judge(cx, "answered", &answers(&said), &[&[101, 8]]);
        }),
    },
];
