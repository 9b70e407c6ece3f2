//! Commands: T6 to T8.

use crate::{
    Case, Context, Halt, case,
    cases::telnet::work::{alive, connect, exchange, hear},
    hex,
    reference::telnet::seen::{data, observe},
};

group! {
    /// Commands.
    pub(in crate::cases::telnet) static GROUP = "commands", "Telnet server: commands", cases CASES
}

static CASES: &[Case] = &[
    case! {
        id: "telnet.commands.server.are-you-there",
        title: "AYT is answered by something that can be seen",
        refs: ["T6", "T7", "RFC 854, Are You There", "RFC 1123 3.2.3"],
        level: Should,
        speaks: "telnet",
        params: ["whole", "bytewise"],
        killed_by: ["telnet.ignores-ayt"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let heard = data(&observe(&exchange(cx, &mut wire, b"\xff\xf6").await?));
            let seen = heard.iter().any(u8::is_ascii_graphic);
            cx.check("seen").that(seen, format!("came {}", hex::short(&heard)));
            alive(cx, &mut wire).await?;
        }
    },
    case! {
        id: "telnet.commands.server.between-data",
        title: "data on both sides of AYT passes whole",
        refs: ["T3", "T6", "RFC 854, Command structure"],
        speaks: "telnet",
        needs: ["echo"],
        params: ["whole", "bytewise", "halves"],
        killed_by: ["telnet.command-eats-a-byte"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let heard = data(&observe(&exchange(cx, &mut wire, b"before\xff\xf6after").await?));
            // The answer may come before what a slower echo still sends.
            let mut rest = b"beforeafter".iter().peekable();
            for byte in &heard {
                rest.next_if(|next| *next == byte);
            }
            cx.check("whole").that(rest.peek().is_none(), format!("came {}", hex::short(&heard)));
        }
    },
    case! {
        id: "telnet.commands.server.taken",
        title: "a command is taken out of the data, and what follows is data",
        refs: ["T6", "T8", "T67", "T76", "RFC 854, Standard representation of control functions"],
        speaks: "telnet",
        needs: ["echo"],
        params: ["239", "241", "242", "245", "247", "248", "249"],
        killed_by: ["telnet.command-eats-a-byte", "telnet.delivers-nop"],
        => |cx| { taken(cx).await? }
    },
    case! {
        id: "telnet.commands.server.interrupts",
        title: "a command that interrupts what the server does is taken out of the data, and what follows is data",
        refs: ["T6", "T8", "T76", "RFC 854, Standard representation of control functions", "RFC 1184 2.1"],
        speaks: "telnet",
        needs: ["echo"],
        hazard: DropsLink,
        params: ["236", "237", "238", "243", "244"],
        killed_by: ["telnet.command-eats-a-byte", "telnet.commands-end-the-wire"],
        => |cx| { taken(cx).await? }
    },
    case! {
        id: "telnet.commands.server.all",
        title: "all commands of RFC 854 in one piece leave the server alive",
        refs: ["T6", "RFC 1123 3.2.3"],
        speaks: "telnet",
        hazard: DropsLink,
        killed_by: ["telnet.commands-end-the-wire"],
        => |cx| {
            let mut wire = connect(cx).await?;
            wire.send(b"\xff\xf1\xff\xf2\xff\xf3\xff\xf4\xff\xf5\xff\xf6\xff\xf7\xff\xf8\xff\xf9").await?;
            hear(&mut wire).await;
            alive(cx, &mut wire).await?;
        }
    },
];

/// What a server does at a command is its own affair; the line behind it is a line.
async fn taken(cx: &Context) -> Result<(), Halt> {
    let command: u8 = cx.param().parse().unwrap_or_default();
    let mut wire = connect(cx).await?;
    let sent = [b"\r\n\xff".as_slice(), &[command], b"after\r\n"].concat();
    let heard = data(&observe(&exchange(cx, &mut wire, &sent).await?));
    let whole = heard.windows(5).any(|window| window == b"after");
    cx.check("after")
        .that(whole, format!("came {}", hex::short(&heard)));
    let leaked = heard.contains(&command);
    cx.check("taken")
        .that(!leaked, format!("came {}", hex::short(&heard)));
    alive(cx, &mut wire).await
}
