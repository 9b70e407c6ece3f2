//! What a server asks by options, and what it takes.

use super::{SECURITY, ask, judge, judge_security, judge_that, payloads, server, tell};
use crate::{
    Context, Ended, Halt, Wire,
    cases::telnet::work::{alive, connect, exchange},
    hex,
    reference::telnet::{
        DO, END_OF_RECORD, WILL,
        seen::{Seen, controls, data, observe, shown},
        typed::{CHARSET, EOR, LFLOW, LOGOUT, NAWS, NEW_ENVIRON, TSPEED, TTYPE, XDISPLOC},
    },
};

group! {
    /// What a server asks by options, and what it takes.
    pub(in crate::cases::telnet) static GROUP = "asks", "Telnet server: what it asks by options", cases CASES
}

typed! { "asks";
    "server.ttype" Server Must ["T58", "RFC 1091"] needs ["telnet.ttype"]
        "a server that lets the client use TTYPE asks for a name"
        ttype, kills ["telnet.ttype-never-asks"]
    "server.ttype-ends" Server Should ["T58", "RFC 1091"] needs ["telnet.ttype"]
        "a server asks no more once a name came twice, nor for ever while each is new"
        ttype_ends, kills ["telnet.ttype-asks-for-ever"]
    "server.naws" Server Must ["T59", "RFC 1073", "RFC 855"] needs ["telnet.naws", "telnet.tells"]
        "a size is columns and rows high byte first, in which a doubled 255 is one"
        naws, kills ["telnet.naws-little-endian"]
    "server.naws-short" Server Must ["T59", "RFC 1073"] needs ["telnet.naws", "telnet.tells"]
        "a size of another length than four bytes is none"
        naws_short, kills ["telnet.naws-takes-half"]
    "server.naws-off" Server Must ["T59", "T26", "RFC 855"] needs ["telnet.tells"]
        "a size is none while NAWS is off"
        naws_off, kills ["telnet.hears-options-that-are-off"]
    "server.tspeed" Server Must ["T60", "RFC 1079"] needs ["telnet.tspeed", "telnet.tells"]
        "a server that lets the client use TSPEED asks for the speeds, and takes them"
        tspeed, kills ["telnet.answers-no-request"]
    "server.xdisploc" Server Must ["T62", "RFC 1096"] needs ["telnet.xdisploc", "telnet.tells"]
        "a server that lets the client use XDISPLOC asks for the display, and takes it"
        xdisploc, kills ["telnet.answers-no-request"]
    "server.lflow" Server Must ["T61", "RFC 1372"] needs ["telnet.lflow"]
        "what a server says of flow control is one of its four codes"
        lflow, kills ["telnet.lflow-out-of-range"]
    "server.environ" Server Must ["T63", "RFC 1572"] needs ["telnet.new-environ"]
        "a server asks for variables by their names, without values"
        environ, kills ["telnet.environ-asks-for-values"]
    "server.environ-escapes" Server Must ["T63", "RFC 1572"] needs ["telnet.new-environ", "telnet.tells"]
        "an escaped byte in a variable stands for itself"
        environ_escapes, kills ["telnet.environ-keeps-escapes"]
    "server.environ-harmful" Server Must ["T64", "RFC 1572"] needs ["telnet.new-environ", "telnet.tells"]
        "variables that change how programs run are not let in, nor an account that looks like an option"
        environ_harmful, kills ["telnet.environ-admits-all"]
    "server.old-environ" Server Must ["T65", "RFC 1408", "RFC 854, General considerations"] needs []
        "WILL OLD-ENVIRON is answered"
        old_environ, kills ["telnet.refuses-in-silence"]
    "server.charset" Server Must ["T66", "RFC 2066"] needs ["telnet.charset"]
        "a server that may ask for a character set names at least one, and takes the refusal of all"
        charset, kills ["telnet.answers-no-request", "telnet.charset-silent"]
    "server.charset-unknown" Server Must ["T66", "RFC 2066"] needs ["telnet.charset"]
        "a request for a character set that does not exist is refused"
        charset_unknown, kills ["telnet.charset-silent", "telnet.charset-accepts-anything"]
    "server.charset-both" Server Must ["T66", "RFC 2066"] needs ["telnet.charset"]
        "while a server's own request is open it refuses the client's"
        charset_both, kills ["telnet.charset-yields"]
    "server.charset-table" Server Must ["T66", "RFC 2066"] needs ["telnet.charset"]
        "a translation table that is not understood is refused"
        charset_table, kills ["telnet.charset-ignores-tables"]
    "server.eor" Server Must ["T67", "RFC 885"] needs ["telnet.eor"]
        "EOR is sent once it is agreed on, and not before"
        eor, kills ["telnet.eor-although-off", "telnet.eor-never"]
    "server.logout" Server Must ["T68", "RFC 727"] needs ["telnet.logout"]
        "a server that agrees to LOGOUT ends the connection"
        logout, kills ["telnet.logout-ignored"]
    "server.security" Server Must ["T69", "RFC 854, General considerations"] needs []
        "START_TLS, AUTHENTICATION and ENCRYPT are answered in both directions"
        security, kills ["telnet.refuses-in-silence"]
}

async fn ttype(cx: &Context) -> Result<(), Halt> {
    let (_, said) = server(cx, WILL, TTYPE).await?;
    judge(cx, "asks", &said, &[&[TTYPE, 1]]);
    Ok(())
}

async fn ttype_ends(cx: &Context) -> Result<(), Halt> {
    for (name, repeats) in [("again", true), ("new", false)] {
        let mut wire = connect(cx).await?;
        let mut said = payloads(&exchange(cx, &mut wire, &[255, WILL, TTYPE]).await?);
        let mut asked = 0;
        while said.contains(&vec![TTYPE, 1]) && asked < 70 {
            asked += 1;
            let number = if repeats { asked.min(2) } else { asked };
            let answer = format!("\x18\0NAME-{number}");
            said = ask(cx, &mut wire, answer.as_bytes()).await?;
        }
        let most = if repeats { 3 } else { 64 };
        cx.check(name)
            .that((1..=most).contains(&asked), format!("asked {asked} times"));
    }
    Ok(())
}

/// Whether a server says this of what it was told.
async fn says(cx: &Context, wire: &mut Wire, payload: &[u8], line: &str) -> Result<(), Halt> {
    let heard = data(&observe(&tell(cx, wire, payload).await?));
    let text = String::from_utf8_lossy(&heard);
    let told = text.lines().any(|one| one == line);
    cx.check(line)
        .that(told, format!("said {}", hex::short(&heard)));
    Ok(())
}

/// Whether it says nothing of it.
async fn ignores(cx: &Context, wire: &mut Wire, name: &str, payload: &[u8]) -> Result<(), Halt> {
    let heard = data(&observe(&tell(cx, wire, payload).await?));
    cx.check(name).nothing(&heard);
    Ok(())
}

async fn naws(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, NAWS).await?;
    says(cx, &mut wire, b"\x1f\x00\x84\x00\x32", "window 132 50").await?;
    says(cx, &mut wire, b"\x1f\x02\xff\xff\x01\x02", "window 767 258").await?;
    says(cx, &mut wire, b"\x1f\x00\x00\x00\x00", "window 0 0").await
}

async fn naws_short(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, NAWS).await?;
    ignores(cx, &mut wire, "short", b"\x1f\x00\x84").await?;
    ignores(cx, &mut wire, "long", b"\x1f\x00\x84\x00\x32\x00").await?;
    says(cx, &mut wire, b"\x1f\x00\x50\x00\x18", "window 80 24").await
}

async fn naws_off(cx: &Context) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    ignores(cx, &mut wire, "off", b"\x1f\x00\x84\x00\x32").await?;
    alive(cx, &mut wire).await
}

async fn tspeed(cx: &Context) -> Result<(), Halt> {
    let (mut wire, said) = server(cx, WILL, TSPEED).await?;
    judge(cx, "asks", &said, &[&[TSPEED, 1]]);
    says(cx, &mut wire, b"\x20\x0019200,1200", "speed 19200 1200").await
}

async fn xdisploc(cx: &Context) -> Result<(), Halt> {
    let (mut wire, said) = server(cx, WILL, XDISPLOC).await?;
    judge(cx, "asks", &said, &[&[XDISPLOC, 1]]);
    says(
        cx,
        &mut wire,
        b"\x23\x00host.example:1.2",
        "display host.example:1.2",
    )
    .await
}

async fn lflow(cx: &Context) -> Result<(), Halt> {
    let (_, said) = server(cx, WILL, LFLOW).await?;
    let fine = |one: &Vec<u8>| matches!(one.as_slice(), [LFLOW, 0..=3]);
    judge_that(cx, "code", said.iter().all(fine), &said);
    Ok(())
}

async fn environ(cx: &Context) -> Result<(), Halt> {
    let (_, said) = server(cx, WILL, NEW_ENVIRON).await?;
    let fine = matches!(said.as_slice(), [one] if matches!(one.as_slice(), [NEW_ENVIRON, 1, rest @ ..]
        if !rest.contains(&1) && matches!(rest.first(), None | Some(0 | 3))));
    judge_that(cx, "asks", fine, &said);
    Ok(())
}

async fn environ_escapes(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, NEW_ENVIRON).await?;
    says(
        cx,
        &mut wire,
        b"\x27\x00\x00USER\x01j\x02oe",
        "variable USER=joe",
    )
    .await?;
    says(
        cx,
        &mut wire,
        b"\x27\x02\x03LANG\x01\x02de",
        "variable LANG=de",
    )
    .await
}

async fn environ_harmful(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, NEW_ENVIRON).await?;
    let harmful: [(&str, &[u8]); 5] = [
        ("loader", b"\x27\x00\x03LD_PRELOAD\x01/tmp/x.so"),
        ("separator", b"\x27\x00\x03IFS\x01x"),
        ("credentials", b"\x27\x00\x03CREDENTIALS_DIRECTORY\x01/tmp"),
        ("account", b"\x27\x00\x00USER\x01-froot"),
        ("later", b"\x27\x02\x00USER\x01-froot"),
    ];
    for (name, payload) in harmful {
        ignores(cx, &mut wire, name, payload).await?;
    }
    alive(cx, &mut wire).await
}

async fn old_environ(cx: &Context) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    let said = controls(&observe(&exchange(cx, &mut wire, b"\xff\xfb\x24").await?));
    let of = |one: &&Seen| matches!(one, Seen::Negotiation(253 | 254, 36));
    let once = said.iter().filter(of).count() == 1;
    cx.check("answered")
        .that(once, format!("said {}", shown(&said)));
    Ok(())
}

/// What a server's request says behind its code: a separator, and names between it.
fn is_request(payload: &[u8]) -> bool {
    matches!(payload, [CHARSET, 1, separator, names @ ..]
        if !names.is_empty() && names.split(|byte| byte == separator).all(|name| !name.is_empty()))
}

async fn charset(cx: &Context) -> Result<(), Halt> {
    let (mut wire, said) = server(cx, DO, CHARSET).await?;
    let one = matches!(said.as_slice(), [one] if is_request(one));
    judge_that(cx, "asks", one, &said);
    let said = ask(cx, &mut wire, &[CHARSET, 3]).await?;
    judge(cx, "refused", &said, &[]);
    alive(cx, &mut wire).await
}

async fn charset_unknown(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, CHARSET).await?;
    let said = ask(cx, &mut wire, b"\x2a\x01;X-NOSUCH;X-NEITHER").await?;
    judge(cx, "rejected", &said, &[&[CHARSET, 3]]);
    Ok(())
}

async fn charset_both(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, DO, CHARSET).await?;
    exchange(cx, &mut wire, &[255, WILL, CHARSET]).await?;
    let said = ask(cx, &mut wire, b"\x2a\x01;UTF-8;US-ASCII").await?;
    judge(cx, "rejected", &said, &[&[CHARSET, 3]]);
    Ok(())
}

async fn charset_table(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, CHARSET).await?;
    let table = b"\x2a\x04\x01;X-NOSUCH;\x08\x00\x00\x00X-NEITHER;\x08\x00\x00\x00";
    let said = ask(cx, &mut wire, table).await?;
    judge(cx, "rejected", &said, &[&[CHARSET, 5]]);
    Ok(())
}

async fn eor(cx: &Context) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    for (name, asked, on) in [
        ("before", &b"\xff\xf6"[..], false),
        ("behind", b"\xff\xfd\x19\xff\xf6", true),
    ] {
        let said = controls(&observe(&exchange(cx, &mut wire, asked).await?));
        let agreed = !on || said.contains(&Seen::Negotiation(WILL, EOR));
        let sent = said.contains(&Seen::Command(END_OF_RECORD));
        cx.check(name)
            .that(agreed && sent == on, format!("said {}", shown(&said)));
    }
    Ok(())
}

async fn logout(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, DO, LOGOUT).await?;
    let rest = wire.receive_until_closed().await;
    cx.check("ended")
        .that(rest.ended != Ended::Limit, format!("{:?}", rest.ended));
    Ok(())
}

async fn security(cx: &Context) -> Result<(), Halt> {
    let mut wire = connect(cx).await?;
    judge_security(cx, &exchange(cx, &mut wire, SECURITY).await?);
    alive(cx, &mut wire).await
}
