//! What a client tells by options.

use super::{SECURITY, agree, ask, client, judge, judge_security, judge_that, payloads, tell};
use crate::{
    Context, Halt,
    cases::telnet::work::{attentive, exchange, listener, start, told},
    reference::telnet::{
        DO, WILL,
        typed::{CHARSET, LFLOW, NAWS, NEW_ENVIRON, TSPEED, TTYPE, XDISPLOC},
    },
    script::{Step, telnet::Act},
};

group! {
    /// What a client tells by options.
    pub(in crate::cases::telnet) static GROUP = "tells", "Telnet client: what it tells by options", cases CASES
}

typed! { "tells";
    "client.ttype" Client Must ["T58", "RFC 1091"] needs ["telnet.ttype"]
        "each SEND is answered by a name of the terminal, from 1 to 40 characters; none is told unasked"
        names, kills ["telnet.ttype-unasked"]
    "client.ttype-cycle" Client Must ["T58", "RFC 1091"] needs ["telnet.ttype"]
        "the last name is told twice, and then the first again"
        cycle, kills ["telnet.ttype-sticks", "telnet.ttype-repeats-nothing"]
    "client.mtts" Client Should ["T58", "MTTS"] needs ["telnet.ttype", "telnet.mtts"]
        "what the terminal can do is the third name"
        mtts, kills ["telnet.mtts-second"]
    "client.naws" Client Must ["T59", "RFC 1073"] needs ["telnet.naws"]
        "the size of the window is told as soon as NAWS is agreed on, in four bytes"
        naws, kills ["telnet.naws-silent"]
    "client.naws-value" Client Must ["T59", "RFC 1073", "RFC 855"] needs ["telnet.naws", "telnet.tells"]
        "columns and rows are sent high byte first, each 255 doubled"
        naws_value, kills ["telnet.naws-little-endian", "telnet.subnegotiates-iac-single"]
    "client.naws-change" Client Must ["T59", "RFC 1073"] needs ["telnet.naws", "telnet.tells"]
        "the size of the window is told each time that it changes, and not once NAWS is off"
        naws_change, kills ["telnet.naws-once", "telnet.naws-although-off"]
    "client.tspeed" Client Must ["T60", "RFC 1079"] needs ["telnet.tspeed"]
        "SEND is answered by both speeds in digits with a comma between them"
        tspeed, kills ["telnet.tspeed-with-a-blank"]
    "client.xdisploc" Client Must ["T62", "RFC 1096"] needs ["telnet.xdisploc"]
        "SEND is answered by a host, a colon and a number"
        xdisploc, kills ["telnet.xdisploc-nowhere"]
    "client.lflow" Client Must ["T61", "RFC 1372"] needs ["telnet.lflow"]
        "codes of flow control are not answered"
        lflow, kills ["telnet.lflow-answers"]
    "client.lflow-told" Client Must ["T61", "RFC 1372"] needs ["telnet.lflow", "telnet.tells"]
        "each code of flow control is minded"
        lflow_told, kills ["telnet.lflow-ignored"]
    "client.environ" Client Must ["T63", "RFC 1572"] needs ["telnet.new-environ"]
        "SEND without a list is answered by all variables"
        environ, kills ["telnet.environ-tells-nothing"]
    "client.environ-list" Client Must ["T63", "RFC 1572"] needs ["telnet.new-environ"]
        "SEND with a list is answered by what is on it, a variable that there is not without a value"
        environ_list, kills ["telnet.environ-tells-all", "telnet.environ-undefined-is-empty"]
    "client.environ-info" Client Should ["T63", "RFC 1572"] needs ["telnet.new-environ", "telnet.tells"]
        "a variable that changes is told by INFO, its bytes 0 to 3 escaped"
        environ_info, kills ["telnet.environ-keeps-changes", "telnet.environ-escapes-nothing"]
    "client.charset" Client Must ["T66", "RFC 2066"] needs ["telnet.charset"]
        "a request for character sets is answered by one of them, or refused"
        charset, kills ["telnet.charset-silent"]
    "client.charset-unknown" Client Must ["T66", "RFC 2066"] needs ["telnet.charset"]
        "a request for a character set that does not exist is refused"
        charset_unknown, kills ["telnet.charset-accepts-anything", "telnet.charset-silent"]
    "client.charset-table" Client Must ["T66", "RFC 2066"] needs ["telnet.charset"]
        "a translation table that is not understood is refused"
        charset_table, kills ["telnet.charset-ignores-tables"]
    "client.off" Client Must ["T26", "T58", "T60", "T62", "T63", "RFC 855"] needs []
        "questions of options that are off are not answered"
        off, kills ["telnet.hears-options-that-are-off"]
    "client.security" Client Must ["T69", "RFC 854, General considerations"] needs []
        "START_TLS, AUTHENTICATION and ENCRYPT are answered in both directions"
        security, kills ["telnet.refuses-in-silence"]
}

/// Up to 12 names in their order.
async fn all_names(cx: &Context) -> Result<Vec<Vec<u8>>, Halt> {
    let (mut client, unasked) = client(cx, DO, TTYPE).await?;
    judge(cx, "unasked", &unasked, &[]);
    let mut names = Vec::new();
    for _ in 0..12 {
        let mut said = ask(cx, &mut client.wire, &[TTYPE, 1]).await?;
        if let Some([TTYPE, 0, name @ ..]) = said.pop().as_deref() {
            names.push(name.to_vec());
        }
    }
    let _ = client.close_and_finish().await?;
    Ok(names)
}

async fn names(cx: &Context) -> Result<(), Halt> {
    let names = all_names(cx).await?;
    let fine = |name: &Vec<u8>| (1..=40).contains(&name.len()) && name.iter().all(is_visible);
    let all = names.len() == 12 && names.iter().all(fine);
    judge_that(cx, "names", all, &names);
    Ok(())
}

const fn is_visible(byte: &u8) -> bool {
    byte.is_ascii_graphic() || *byte == b' '
}

async fn cycle(cx: &Context) -> Result<(), Halt> {
    let names = all_names(cx).await?;
    let last = names
        .windows(2)
        .position(|two| matches!(two, [one, next] if one == next));
    let begins = last.and_then(|last| names.get(last + 2));
    // Of one name alone each is the last and the first.
    let cycles = last.is_some() && (begins.is_none() || begins == names.first());
    judge_that(cx, "cycle", cycles, &names);
    Ok(())
}

async fn mtts(cx: &Context) -> Result<(), Halt> {
    let names = all_names(cx).await?;
    let is_bits = |name: &Vec<u8>| {
        let bits = name.strip_prefix(b"MTTS ").unwrap_or_default();
        !bits.is_empty() && bits.iter().all(u8::is_ascii_digit)
    };
    let third = names.iter().take(4).position(is_bits) == Some(2);
    judge_that(cx, "third", third, &names);
    Ok(())
}

async fn naws(cx: &Context) -> Result<(), Halt> {
    let (client, said) = client(cx, DO, NAWS).await?;
    let told = matches!(said.as_slice(), [size] if size.len() == 5 && size.first() == Some(&NAWS));
    judge_that(cx, "size", told, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

fn window(columns: u16, rows: u16) -> Step {
    Step::Telnet(Act::Window(columns, rows))
}

async fn naws_value(cx: &Context) -> Result<(), Halt> {
    let script = vec![Step::recv(1), window(767, 258), Step::recv(1)];
    let mut client = start(cx, script).await?;
    exchange(cx, &mut client.wire, b"x").await?;
    let heard = exchange(cx, &mut client.wire, b"\xff\xfd\x1f").await?;
    let want = b"\xff\xfb\x1f\xff\xfa\x1f\x02\xff\xff\x01\x02\xff\xf0";
    cx.check("bytes").equal(&heard, want);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn naws_change(cx: &Context) -> Result<(), Halt> {
    let script = vec![
        Step::recv(1),
        window(132, 50),
        Step::recv(1),
        window(40, 12),
        Step::recv(1),
    ];
    let mut client = start(cx, script).await?;
    agree(cx, &mut client.wire, DO, NAWS).await?;
    let said = payloads(&exchange(cx, &mut client.wire, b"x").await?);
    judge(cx, "change", &said, &[b"\x1f\x00\x84\x00\x32"]);
    let said = payloads(&exchange(cx, &mut client.wire, b"\xff\xfe\x1fx").await?);
    judge(cx, "off", &said, &[]);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn tspeed(cx: &Context) -> Result<(), Halt> {
    let (mut client, unasked) = client(cx, DO, TSPEED).await?;
    judge(cx, "unasked", &unasked, &[]);
    let said = ask(cx, &mut client.wire, &[TSPEED, 1]).await?;
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let fine = matches!(said.as_slice(), [told] if told.strip_prefix(&[TSPEED, 0]).is_some_and(|speeds| {
        let speeds: Vec<&[u8]> = speeds.split(|byte| *byte == b',').collect();
        speeds.len() == 2 && speeds.into_iter().all(is_number)
    }));
    judge_that(cx, "speeds", fine, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn xdisploc(cx: &Context) -> Result<(), Halt> {
    let (mut client, unasked) = client(cx, DO, XDISPLOC).await?;
    judge(cx, "unasked", &unasked, &[]);
    let said = ask(cx, &mut client.wire, &[XDISPLOC, 1]).await?;
    let fine = matches!(said.as_slice(), [told] if told.strip_prefix(&[XDISPLOC, 0]).is_some_and(|at| {
        let colon = at.iter().rposition(|byte| *byte == b':');
        colon.and_then(|colon| at.get(colon + 1)).is_some_and(u8::is_ascii_digit)
    }));
    judge_that(cx, "display", fine, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn lflow(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LFLOW).await?;
    for code in 0..=3 {
        let said = ask(cx, &mut client.wire, &[LFLOW, code]).await?;
        judge(cx, &format!("silent-{code}"), &said, &[]);
    }
    attentive(cx, &mut client.wire).await?;
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn lflow_told(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LFLOW).await?;
    for code in [1, 0, 3, 2] {
        tell(cx, &mut client.wire, &[LFLOW, code]).await?;
    }
    let report = client.close_and_finish().await?;
    let codes: Vec<&str> = told(&report)
        .into_iter()
        .filter(|line| line.starts_with("flow"))
        .collect();
    let want = "flow 1, flow 0, flow 3, flow 2";
    cx.check("told").same(&codes.join(", "), &want.to_owned());
    Ok(())
}

async fn environ(cx: &Context) -> Result<(), Halt> {
    let (mut client, unasked) = client(cx, DO, NEW_ENVIRON).await?;
    judge(cx, "unasked", &unasked, &[]);
    let said = ask(cx, &mut client.wire, &[NEW_ENVIRON, 1]).await?;
    let some =
        matches!(said.as_slice(), [told] if matches!(told.as_slice(), [NEW_ENVIRON, 0, 0 | 3, ..]));
    judge_that(cx, "all", some, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn environ_list(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, NEW_ENVIRON).await?;
    let said = ask(cx, &mut client.wire, b"\x27\x01\x03NOSUCH").await?;
    judge(cx, "undefined", &said, &[b"\x27\x00\x03NOSUCH"]);
    let said = ask(cx, &mut client.wire, b"\x27\x01\x00USER").await?;
    let one = matches!(said.as_slice(), [told] if told.starts_with(b"\x27\x00\x00USER")
        && told.iter().skip(3).all(|byte| !matches!(byte, 0 | 3)));
    judge_that(cx, "one", one, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn environ_info(cx: &Context) -> Result<(), Halt> {
    let odd = Act::Variable("ODD".to_owned(), b"a\x01b\x02".to_vec());
    let script = vec![Step::recv(1), Step::Telnet(odd), Step::recv(1)];
    let mut client = start(cx, script).await?;
    agree(cx, &mut client.wire, DO, NEW_ENVIRON).await?;
    ask(cx, &mut client.wire, &[NEW_ENVIRON, 1]).await?;
    let said = payloads(&exchange(cx, &mut client.wire, b"x").await?);
    judge(
        cx,
        "info",
        &said,
        &[b"\x27\x02\x03ODD\x01a\x02\x01b\x02\x02"],
    );
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn charset(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, WILL, CHARSET).await?;
    let said = ask(cx, &mut client.wire, b"\x2a\x01;X-NOSUCH;UTF-8;US-ASCII").await?;
    let wanted: [&[u8]; 3] = [b"\x2a\x02UTF-8", b"\x2a\x02US-ASCII", b"\x2a\x03"];
    let one = matches!(said.as_slice(), [one] if wanted.contains(&one.as_slice()));
    judge_that(cx, "answered", one, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn charset_unknown(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, WILL, CHARSET).await?;
    let said = ask(cx, &mut client.wire, b"\x2a\x01 X-NOSUCH X-NEITHER").await?;
    judge(cx, "rejected", &said, &[b"\x2a\x03"]);
    let _ = client.close_and_finish().await?;
    Ok(())
}

/// A table of version 1 whose names are those of sets that do not exist, of no characters.
const TABLE: &[u8] = b"\x2a\x04\x01;X-NOSUCH;\x08\x00\x00\x00X-NEITHER;\x08\x00\x00\x00";

async fn charset_table(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, WILL, CHARSET).await?;
    let said = ask(cx, &mut client.wire, TABLE).await?;
    judge(cx, "rejected", &said, &[b"\x2a\x05"]);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn off(cx: &Context) -> Result<(), Halt> {
    let mut client = listener(cx).await?;
    for option in [TTYPE, TSPEED, XDISPLOC, NEW_ENVIRON] {
        let said = ask(cx, &mut client.wire, &[option, 1]).await?;
        judge(cx, &format!("silent-{option}"), &said, &[]);
    }
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn security(cx: &Context) -> Result<(), Halt> {
    let mut client = listener(cx).await?;
    judge_security(cx, &exchange(cx, &mut client.wire, SECURITY).await?);
    let _ = client.close_and_finish().await?;
    Ok(())
}
