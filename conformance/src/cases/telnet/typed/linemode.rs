//! LINEMODE: T70 to T77.

use super::{Payload, agree, ask, client, judge, judge_that, server};
use crate::{
    Context, Halt, Wire,
    cases::telnet::work::{exchange, start},
    reference::telnet::{
        DO, WILL,
        seen::{data, observe, text},
        typed::LINEMODE,
    },
    script::{Step, telnet::Act},
};

group! {
    /// LINEMODE.
    pub(in crate::cases::telnet) static GROUP = "linemode", "Telnet: LINEMODE", cases CASES
}

typed! { "linemode";
    "client.mode" Client Must ["T70", "T71", "RFC 1184 2.2"] needs ["telnet.linemode"]
        "a mode is answered by the same with MODE_ACK, which may leave out what the client has not"
        client_mode, kills ["telnet.mode-silent", "telnet.mode-without-ack"]
    "client.mode-so-already" Client Must ["T70", "RFC 1184 2.2"] needs ["telnet.linemode"]
        "a mode that is so already is not answered"
        client_mode_again, kills ["telnet.mode-acks-what-is-so"]
    "client.mode-ack" Client Must ["T70", "RFC 1184 2.2"] needs ["telnet.linemode"]
        "the acknowledgement of a mode is not answered"
        client_mode_ack, kills ["telnet.mode-acks-acks"]
    "client.forward-mask" Client Must ["T74", "RFC 1184 2.3"] needs ["telnet.linemode"]
        "DO FORWARDMASK is answered by WILL or WONT, DONT FORWARDMASK by WONT or nothing"
        forward_mask, kills ["telnet.mask-unanswered"]
    "client.characters" Client Must ["T72", "RFC 1184 5.5"] needs ["telnet.linemode"]
        "the characters that a client begins with are whole, and no acknowledgements"
        client_characters, kills ["telnet.slc-begins-with-acks"]
    "client.character" Client Must ["T72", "RFC 1184 5.5"] needs ["telnet.linemode"]
        "a character for IP is acknowledged, or answered by what the client has"
        client_character, kills ["telnet.slc-never-acks"]
    "client.character-ack" Client Must ["T72", "RFC 1184 5.5"] needs ["telnet.linemode"]
        "the acknowledgement of a character is not answered"
        client_character_ack, kills ["telnet.slc-acks-acks"]
    "client.character-255" Client Must ["T75", "RFC 1184 2.4", "RFC 855"] needs ["telnet.linemode"]
        "a character 255 is doubled in the answer"
        client_character_255, kills ["telnet.subnegotiates-iac-single", "telnet.slc-never-acks"]
    "client.edits" Client Must ["T77", "RFC 1184 2.2"] needs ["telnet.linemode", "telnet.tells"]
        "in the mode EDIT a line is sent at its end, and not before"
        edits, kills ["telnet.edit-sends-each-key"]
    "server.mode-ack" Server Must ["T70", "RFC 1184 2.2"] needs ["telnet.linemode"]
        "the acknowledgement of a mode is not answered"
        server_mode_ack, kills ["telnet.mode-acks-acks"]
    "server.mode" Server Must ["T70", "RFC 1184 2.2"] needs ["telnet.linemode"]
        "a mode that the client wants is answered, and that comes to rest"
        server_mode, kills ["telnet.mode-silent"]
    "server.forward-mask" Server Must ["T74", "RFC 1184 2.3"] needs ["telnet.linemode"]
        "while BINARY is off a forward mask has at most 16 bytes"
        mask_size, kills ["telnet.mask-too-long"]
    "server.default-characters" Server Must ["T73", "RFC 1184 5.5"] needs ["telnet.linemode"]
        "a client that asks for the server's characters is told some, none of them as acknowledged"
        default_characters, kills ["telnet.slc-default-unanswered"]
    "server.character" Server Must ["T72", "RFC 1184 5.5"] needs ["telnet.linemode"]
        "a character for IP is acknowledged, or answered by what the server has"
        server_character, kills ["telnet.slc-never-acks"]
    "server.character-ack" Server Must ["T72", "RFC 1184 5.5"] needs ["telnet.linemode"]
        "the acknowledgement of a character is not answered"
        server_character_ack, kills ["telnet.slc-acks-acks"]
    "server.character-255" Server Must ["T75", "RFC 1184 2.4", "RFC 855"] needs ["telnet.linemode"]
        "a character 255 is doubled in the answer"
        server_character_255, kills ["telnet.subnegotiates-iac-single", "telnet.slc-never-acks"]
}

/// EDIT, TRAPSIG and the acknowledgement.
const EDIT: u8 = 1;
const TRAPSIG: u8 = 2;
const ACK: u8 = 4;

/// What was said of modes.
fn modes(said: &[Payload]) -> Vec<u8> {
    let mode = |one: &Payload| match one.as_slice() {
        [LINEMODE, 1, mode] => Some(*mode),
        _ => None,
    };
    said.iter().filter_map(mode).collect()
}

/// What was said of characters: function, modifiers, value.
fn triplets(said: &[Payload]) -> Option<Vec<[u8; 3]>> {
    let mut all = Vec::new();
    for one in said {
        if let [LINEMODE, 3, rest @ ..] = one.as_slice() {
            let (triplets, []) = rest.as_chunks::<3>() else {
                return None;
            };
            all.extend_from_slice(triplets);
        }
    }
    Some(all)
}

async fn client_mode(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LINEMODE).await?;
    let said = ask(cx, &mut client.wire, b"\x22\x01\x03").await?;
    let fine =
        matches!(modes(&said).as_slice(), [mode] if mode & ACK != 0 && mode & !ACK & !3 == 0);
    judge_that(cx, "acknowledged", fine, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn client_mode_again(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LINEMODE).await?;
    ask(cx, &mut client.wire, b"\x22\x01\x01").await?;
    let said = ask(cx, &mut client.wire, b"\x22\x01\x01").await?;
    judge(cx, "silent", &said, &[]);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn client_mode_ack(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LINEMODE).await?;
    ask(cx, &mut client.wire, b"\x22\x01\x01").await?;
    let said = ask(cx, &mut client.wire, b"\x22\x01\x05").await?;
    judge(cx, "silent", &said, &[]);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn forward_mask(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LINEMODE).await?;
    let said = ask(cx, &mut client.wire, b"\x22\xfd\x02\x00\x00\x00\x10").await?;
    let answered = |one: &Payload| matches!(one.as_slice(), [LINEMODE, 251 | 252, 2]);
    judge_that(
        cx,
        "do",
        said.len() == 1 && said.iter().all(answered),
        &said,
    );
    let said = ask(cx, &mut client.wire, b"\x22\xfe\x02").await?;
    let answered = |one: &Payload| one.as_slice() == [LINEMODE, 252, 2];
    judge_that(cx, "dont", said.iter().all(answered), &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn client_characters(cx: &Context) -> Result<(), Halt> {
    let (client, said) = client(cx, DO, LINEMODE).await?;
    let plain = triplets(&said).is_some_and(|all| all.iter().all(|[_, how, _]| how & 0x80 == 0));
    judge_that(cx, "plain", plain, &said);
    let _ = client.close_and_finish().await?;
    Ok(())
}

/// A character for IP, which is 3, that nobody has: `^E`. It is acknowledged as it is, or the level falls, or the other
/// end has a character of its own.
async fn settles(cx: &Context, wire: &mut Wire) -> Result<(), Halt> {
    let said = ask(cx, wire, b"\x22\x03\x03\x02\x05").await?;
    let fine = match triplets(&said).as_deref() {
        Some([[3, how, value]]) if how & 0x80 != 0 => (how & 3, *value) == (2, 5),
        Some([[3, how, value]]) => how & 3 < 2 || *value != 5,
        _ => false,
    };
    judge_that(cx, "answered", fine, &said);
    Ok(())
}

async fn acknowledged(cx: &Context, wire: &mut Wire) -> Result<(), Halt> {
    settles(cx, wire).await?;
    let said = ask(cx, wire, b"\x22\x03\x03\x82\x05").await?;
    judge(cx, "silent", &said, &[]);
    Ok(())
}

/// Acknowledged as it is, or not a character of that value at all.
async fn doubled(cx: &Context, wire: &mut Wire) -> Result<(), Halt> {
    let said = ask(cx, wire, b"\x22\x03\x03\x02\xff\xff").await?;
    let fine = matches!(triplets(&said).as_deref(), Some([[3, how, value]])
        if how & 0x80 == 0 || (how & 3, *value) == (2, 255));
    judge_that(cx, "doubled", fine, &said);
    Ok(())
}

async fn client_character(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LINEMODE).await?;
    settles(cx, &mut client.wire).await?;
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn client_character_ack(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LINEMODE).await?;
    acknowledged(cx, &mut client.wire).await?;
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn client_character_255(cx: &Context) -> Result<(), Halt> {
    let (mut client, _) = client(cx, DO, LINEMODE).await?;
    doubled(cx, &mut client.wire).await?;
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn edits(cx: &Context) -> Result<(), Halt> {
    let keys = |keys: &[u8]| Step::Telnet(Act::Type(keys.to_vec()));
    let script = vec![
        Step::recv(1),
        keys(b"ab"),
        Step::recv(1),
        keys(b"c\rd"),
        Step::recv(1),
    ];
    let mut client = start(cx, script).await?;
    agree(cx, &mut client.wire, DO, LINEMODE).await?;
    ask(cx, &mut client.wire, &[LINEMODE, 1, EDIT]).await?;
    let heard = data(&observe(&exchange(cx, &mut client.wire, b"x").await?));
    cx.check("waits").nothing(&heard);
    let heard = data(&observe(&exchange(cx, &mut client.wire, b"x").await?));
    cx.check("line").equal(&text(&heard), b"abc\n");
    let _ = client.close_and_finish().await?;
    Ok(())
}

async fn server_mode_ack(cx: &Context) -> Result<(), Halt> {
    let (mut wire, said) = server(cx, WILL, LINEMODE).await?;
    let mode = modes(&said).last().copied().unwrap_or_default();
    let said = ask(cx, &mut wire, &[LINEMODE, 1, mode | ACK]).await?;
    judge(cx, "silent", &said, &[]);
    Ok(())
}

/// The client wants another mode than the server; whatever the server then wants is acknowledged.
async fn server_mode(cx: &Context) -> Result<(), Halt> {
    let (mut wire, said) = server(cx, WILL, LINEMODE).await?;
    let mode = modes(&said).last().copied().unwrap_or_default();
    ask(cx, &mut wire, &[LINEMODE, 1, mode | ACK]).await?;
    let mut said = ask(cx, &mut wire, &[LINEMODE, 1, mode ^ TRAPSIG]).await?;
    judge_that(cx, "answered", !modes(&said).is_empty(), &said);
    for _ in 0..4 {
        let Some(mode) = modes(&said).last().copied().filter(|mode| mode & ACK == 0) else {
            break;
        };
        said = ask(cx, &mut wire, &[LINEMODE, 1, mode | ACK]).await?;
    }
    let rests = modes(&said).last().is_none_or(|mode| mode & ACK != 0);
    judge_that(cx, "rests", rests, &said);
    Ok(())
}

async fn mask_size(cx: &Context) -> Result<(), Halt> {
    let (_, said) = server(cx, WILL, LINEMODE).await?;
    let short = |one: &Payload| match one.as_slice() {
        [LINEMODE, DO, 2, mask @ ..] => mask.len() <= 16,
        _ => true,
    };
    judge_that(cx, "short", said.iter().all(short), &said);
    Ok(())
}

async fn default_characters(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, LINEMODE).await?;
    let said = ask(cx, &mut wire, b"\x22\x03\x00\x03\x00").await?;
    let some = triplets(&said).is_some_and(|all| {
        !all.is_empty()
            && all
                .iter()
                .all(|[function, how, _]| *function > 0 && how & 0x80 == 0)
    });
    judge_that(cx, "told", some, &said);
    Ok(())
}

async fn server_character(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, LINEMODE).await?;
    settles(cx, &mut wire).await
}

async fn server_character_ack(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, LINEMODE).await?;
    acknowledged(cx, &mut wire).await
}

async fn server_character_255(cx: &Context) -> Result<(), Halt> {
    let (mut wire, _) = server(cx, WILL, LINEMODE).await?;
    doubled(cx, &mut wire).await
}
