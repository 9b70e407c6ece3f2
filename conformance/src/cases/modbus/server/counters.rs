//! Diagnostic counters (Serial line 6.1), the event counter and the event log: P46, P47, P50, P51, S05.
//!
//! A counter is read, traffic passes, and it is read again: what counts is the difference, so that a
//! device may have counted before.

use super::unit::Unit;
use crate::{Case, Context, Halt, case, hex};

server_group! {
    /// Counters and the event log.
    pub(super) static GROUP = "counters", "diagnostic counters and the event log", cases CASES
}

server_group! {
    /// What clears them.
    pub(super) static CLEARING = "clearing", "clearing counters, and restarts", cases ROWS
}

exchanges! {
    static ROWS in "clearing";
    "counters" Must on SERIAL ["P46", "Application protocol 6.8"] needs ["diag00", "diag0a", "diag0b", "diag0e"] Writes
        "all counters are zero once they have been cleared, but for what has come since"
        {
            "08 0000 A537" => "08 0000 A537",
            "damaged:08 0000 A537" => "silence",
            "all:6F" => "silence",
            "6F" => "EF 01",
            "08 000A 0000" => "08 000A 0000",
            "08 000C 0000" => "08 000C 0000",
            "08 000D 0000" => "08 000D 0000",
            "08 000F 0000" => "08 000F 0000",
            "08 0010 0000" => "08 0010 0000",
            "08 0011 0000" => "08 0011 0000",
            "08 0012 0000" => "08 0012 0000",
            "08 000A 0000" => "08 000A 0000",
            "08 000B 0000" => "08 000B 0000 | 08 000B 0001",
            "08 000A 0000" => "08 000A 0000",
            "08 000E 0000" => "08 000E 0000 | 08 000E 0001",
        }
        kills ["diagnostics.clears-nothing"]
    "events" Must on SERIAL ["P46", "P50", "Application protocol 6.9"] needs ["diag00", "diag0a", "fc0b"] Writes
        "clearing the counters clears the event counter"
        {
            "08 0000 A537" => "08 0000 A537",
            "08 0000 A537" => "08 0000 A537",
            "08 000A 0000" => "08 000A 0000",
            "0B" => "0B 0000 0000 | 0B 0000 0001",
        }
        kills ["diagnostics.clears-nothing"]
    "restart" Must on SERIAL ["P42", "P50", "Application protocol 6.9"] needs ["diag00", "diag01", "fc0b"] Reboots
        "a restart clears the event counter"
        {
            "08 0000 A537" => "08 0000 A537",
            "08 0000 A537" => "08 0000 A537",
            "08 0000 A537" => "08 0000 A537",
            "08 0001 0000" => "08 0001 0000",
            "0B" => "0B 0000 0000 | 0B 0000 0001",
        }
        kills ["diagnostics.restart-keeps-counters"]
}

/// A table of counters: `"name" ["clause", …] needs […] "sub-function" "title" { "traffic", … } => difference
/// kills […]`.
macro_rules! counts {
    ($($name:literal $refs:tt needs $needs:tt $sub:literal $title:literal
       { $($traffic:literal),* } => $difference:literal kills $kills:tt)*) => {
        &[$(
            case! {
                id: (concat!("modbus.server.counters.", $name)),
                title: $title,
                refs: $refs,
                level: Should,
                carriers: (crate::cases::modbus::SERIAL),
                needs: $needs,
                hazard: Writes,
                killed_by: $kills,
                => |cx| { counted(cx, $sub, &[$($traffic),*], $difference).await? }
            },
        )*
        case! {
            id: "modbus.server.counters.log",
            title: "the event log tells what was received and what was sent, newest first",
            refs: ["P51", "Application protocol 6.10"],
            level: Should,
            carriers: (crate::cases::modbus::SERIAL),
            needs: ["diag00", "diag01", "fc0c"],
            hazard: Reboots,
            killed_by: ["log.oldest-first", "log.exceptions-look-fine", "log.never-cleared", "log.miscounted"],
            => |cx| { log(cx).await? }
        },
        case! {
            id: "modbus.server.counters.log-size",
            title: "the event log has 64 events at most",
            refs: ["P51", "Application protocol 6.10"],
            level: Should,
            carriers: (crate::cases::modbus::SERIAL),
            needs: ["diag00", "fc0c"],
            killed_by: ["log.of-100", "log.miscounted"],
            => |cx| {
                let mut unit = Unit::connect(cx).await?;
                for _ in 0..40 {
                    unit.ask("08 0000 A537").await?;
                }
                let events = events(&mut unit, "log").await?;
                cx.check("size").that(events.len() <= 64, format!("{} events", events.len()));
                unit.alive("alive").await?
            }
        },
        case! {
            id: "modbus.server.counters.log-listen-only",
            title: "the event log keeps the entry into listen-only mode (04) and the restart (00)",
            refs: ["P51", "P45", "P42", "Application protocol 6.10"],
            level: Should,
            carriers: (crate::cases::modbus::SERIAL),
            needs: ["diag00", "diag01", "diag04", "fc0c"],
            hazard: Reboots,
            killed_by: ["log.forgets-listen-only", "log.forgets-restart", "log.cleared-unasked"],
            => |cx| {
                let mut unit = Unit::connect(cx).await?;
                unit.row("08 0004 0000", "silence").await?;
                unit.row("08 0001 0000", "silence").await?;
                let events = events(&mut unit, "log").await?;
                let at = |event: u8| events.iter().position(|it| *it == event);
                let order = at(0x00).zip(at(0x04)).is_some_and(|(restart, listen)| restart < listen);
                cx.check("events").that(order, hex::short(&events));
                unit.alive("alive").await?
            }
        },
        case! {
            id: "modbus.server.counters.log-messages",
            title: "the event log has the event counter and the count of messages of their own functions",
            refs: ["P51", "P47", "Application protocol 6.10"],
            level: Should,
            carriers: (crate::cases::modbus::SERIAL),
            needs: ["diag00", "diag0b", "fc0b", "fc0c"],
            killed_by: ["log.counts-events-twice"],
            => |cx| {
                let mut unit = Unit::connect(cx).await?;
                unit.ask("08 0000 A537").await?;
                let count = unit.ask("0B").await?;
                let log = unit.ask("0C").await?;
                cx.check("events").equal(log.get(2..6).unwrap_or_default(), count.get(1..5).unwrap_or_default());
                let messages = unit.ask("08 000B 0000").await?;
                let difference = last_word(&messages).wrapping_sub(word_at(&log, 6));
                cx.check("messages").same(&difference, &1);
                unit.alive("alive").await?
            }
        },
        ]
    };
}

static CASES: &[Case] = counts! {
    "messages" ["P47", "Serial line 6.1.1, counter 1"] needs ["diag00", "diag0b"] "08 000B 0000"
        "every frame whose check fits is counted, for whomever it is"
        { "08 0000 A537", "other:03 0000 0001", "all:6F", "6F", "damaged:08 0000 A537" } => 5
        kills ["counters.only-own-messages"]
    "errors" ["P47", "S01", "Serial line 6.1.1, counter 2"] needs ["diag00", "diag0c"] "08 000C 0000"
        "every frame whose check does not fit is counted, and no other"
        { "damaged:08 0000 A537", "08 0000 A537", "damaged:6F", "6F", "other:03 0000 0001" } => 2
        kills ["counters.errors-not-counted"]
    "exceptions" ["P47", "S05", "Serial line 6.1.1, counter 3"] needs ["diag00", "diag0d"] "08 000D 0000"
        "every exception is counted"
        { "6F", "08 0000 A537", "6E 00", "damaged:6F", "other:6F" } => 2
        kills ["counters.exceptions-not-counted"]
    "broadcast-exceptions" ["P47", "S05", "Serial line 6.1.2, counter 3"] needs ["diag00", "diag0d"] "08 000D 0000"
        "what is wrong in a broadcast is counted although it is not answered"
        { "all:6F", "all:03 0000 0001" } => 2
        kills ["counters.broadcasts-without-exceptions"]
    "addressed" ["P47", "Serial line 6.1.1, counter 4"] needs ["diag00", "diag0e"] "08 000E 0000"
        "what is for this unit or for all is counted, and nothing else"
        { "08 0000 A537", "other:03 0000 0001", "all:6F", "6F", "damaged:08 0000 A537" } => 4
        kills ["counters.addressed-are-all"]
    "no-response" ["P47", "S05", "Serial line 6.1.1, counter 5"] needs ["diag00", "diag0f"] "08 000F 0000"
        "what was not answered is counted: broadcasts are"
        { "all:6F", "08 0000 A537", "all:03 0000 0001", "6F" } => 2
        kills ["counters.broadcasts-answered"]
    "naks" ["P47", "P70", "Serial line 6.1.1, counter 6"] needs ["plant", "diag10", "fc06"] "08 0010 0000"
        "negative acknowledges (07) are counted, and no other exception"
        { "06 01F3 1234", "06 01F2 1234", "06 01F0 1234", "6F" } => 1
        kills ["counters.naks-not-counted"]
    "busy" ["P47", "P70", "Serial line 6.1.1, counter 7"] needs ["plant", "diag11", "fc06"] "08 0011 0000"
        "busy answers (06) are counted, and no other exception"
        { "06 01F2 1234", "06 01F3 1234", "06 01F0 1234", "6F" } => 1
        kills ["counters.busy-not-counted"]
    "overruns" ["P47", "Serial line 6.1.1, counter 8"] needs ["diag00", "diag12"] "08 0012 0000"
        "what is damaged is no overrun"
        { "damaged:08 0000 A537", "6F", "all:6F" } => 0
        kills ["counters.errors-are-overruns"]
    "events" ["P50", "Application protocol 6.9"] needs ["diag00", "fc0b"] "0B"
        "every answer that is no exception is an event, but for reads of this counter"
        { "08 0000 A537", "6F", "0B", "08 0000 0001", "damaged:08 0000 A537", "0B", "other:03 0000 0001" } => 2
        kills ["counters.exceptions-are-events", "counters.fetches-are-events"]
};

/// Reads a counter, lets traffic pass, and reads it again.
async fn counted(cx: &Context, read: &str, traffic: &[&str], difference: u16) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    let before = last_word(&unit.ask(read).await?);
    for asked in traffic {
        pass(&mut unit, asked).await?;
    }
    let after = last_word(&unit.ask(read).await?);
    cx.check("difference")
        .same(&after.wrapping_sub(before), &difference);
    unit.alive("alive").await
}

/// Sends a request, and hears what comes of it, whatever it is.
async fn pass(unit: &mut Unit<'_>, asked: &str) -> Result<(), Halt> {
    let want = if asked.contains(':') {
        "silence"
    } else {
        "?? ..."
    };
    unit.row(asked, want).await
}

async fn log(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    unit.row("08 0001 FF00", "08 0001 FF00").await?;
    unit.row("08 0000 A537", "08 0000 A537").await?;
    unit.row("6F", "EF 01").await?;
    let events = events(&mut unit, "log").await?;
    // The log may have the request for itself already.
    let events = events.strip_prefix(&[0x80]).unwrap_or(&events);
    let want = [0x41, 0x80, 0x40, 0x80];
    let begins = events.get(..4).unwrap_or(events);
    cx.check("events").equal(begins, &want);
    // Behind them the restart alone, or zeros where the log was filled with them.
    let rest = events.get(4..).unwrap_or_default();
    let cleared = rest.iter().all(|event| *event == 0x00 || *event == 0x40);
    cx.check("restart")
        .that(rest.contains(&0) && cleared, hex::short(rest));
    unit.alive("alive").await
}

/// The events of the log; its byte count is judged.
async fn events(unit: &mut Unit<'_>, name: &str) -> Result<Vec<u8>, Halt> {
    let pdu = unit.ask("0C").await?;
    let fits = match &*pdu {
        [0x0c, count, rest @ ..] => usize::from(*count) == rest.len() && rest.len() >= 6,
        _ => false,
    };
    unit.cx
        .check(format!("{name}-count"))
        .that(fits, hex::short(&pdu));
    Ok(pdu.get(8..).unwrap_or_default().to_vec())
}

fn last_word(pdu: &[u8]) -> u16 {
    pdu.last_chunk().map_or(0, |word| u16::from_be_bytes(*word))
}

fn word_at(pdu: &[u8], at: usize) -> u16 {
    let word = pdu.get(at..).and_then(|rest| rest.first_chunk());
    word.map_or(0, |word| u16::from_be_bytes(*word))
}
