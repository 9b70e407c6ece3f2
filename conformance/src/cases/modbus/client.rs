//! The side that asks: a client is told what to ask, the suite is the station that answers it, rightly
//! and wrongly, and the client reports what came of each call.

use crate::{case, case::Group};

use super::{ALL, ASCIIS, RTUS, SERIAL};

mod ascii;
mod broadcast;
mod check;
mod functions;
mod identification;
mod late;
mod master;
mod noise;
mod pieces;
mod reply;
mod request;
mod retry;
mod rtu;
mod tcp;
mod two_wire;
mod work;
mod wrong;

macro_rules! group {
    ($(#[$doc:meta])* $group:ident = $id:literal, $title:literal, $speaks:literal, $carriers:expr, $cases:expr) => {
        $(#[$doc])*
        static $group: Group = Group {
            id: $id,
            title: $title,
            speaks: $speaks,
            sanity: &[case! {
                id: (concat!($id, ".sanity")),
                title: "a call is answered",
                side: Client,
                carriers: ($carriers),
                => |cx| { work::alive(cx).await? }
            }],
            cases: $cases,
            decode: Some(crate::reference::modbus::adu::decode),
            ..Group::DEFAULT
        };
    };
}

group! {
    /// What is sent.
    REQUEST = "modbus.client.request", "Modbus client: what it asks", "modbus-tcp", ALL, request::CASES
}

group! {
    /// What is taken for a reply.
    REPLY = "modbus.client.reply", "Modbus client: what it takes for a reply", "modbus-tcp", ALL, reply::CASES
}

group! {
    /// Replies that contradict the request.
    WRONG = "modbus.client.wrong", "Modbus client: replies that contradict the request", "modbus-tcp", ALL,
    wrong::CASES
}

group! {
    /// Device identification over several replies.
    IDENTIFICATION = "modbus.client.identification", "Modbus client: device identification", "modbus-tcp", ALL,
    identification::CASES
}

group! {
    /// Who may ask when.
    MASTER = "modbus.client.master", "Modbus client: asking and waiting", "modbus-tcp", ALL, master::CASES
}

group! {
    /// Asking again.
    RETRY = "modbus.client.retry", "Modbus client: asking again", "modbus-tcp", ALL, retry::CASES
}

group! {
    /// Asking everybody.
    BROADCAST = "modbus.client.broadcast", "Modbus client: broadcasts", "modbus-rtu", SERIAL, broadcast::CASES
}

group! {
    /// Late replies, and calls that are given up.
    LATE = "modbus.client.late", "Modbus client: late replies, calls given up", "modbus-tcp", ALL, late::CASES
}

group! {
    /// Checks that do not fit.
    CHECK = "modbus.client.check", "Modbus client: frames whose check does not fit", "modbus-rtu", SERIAL,
    check::CASES
}

group! {
    /// Noise and damage.
    NOISE = "modbus.client.noise", "Modbus client: noise and damage", "modbus-rtu", SERIAL, noise::CASES
}

group! {
    /// Replies in pieces.
    PIECES = "modbus.client.pieces", "Modbus client: replies in pieces", "modbus-tcp", ALL, pieces::CASES
}

group! {
    /// RTU frames.
    RTU = "modbus.client.rtu", "Modbus client: RTU frames", "modbus-rtu", RTUS, rtu::CASES
}

group! {
    /// Both directions on one pair.
    TWO_WIRE = "modbus.client.two-wire", "Modbus client: both directions on one pair of wires", "modbus-rtu",
    SERIAL, two_wire::CASES
}

group! {
    /// ASCII frames.
    ASCII = "modbus.client.ascii", "Modbus client: ASCII frames", "modbus-ascii", ASCIIS, ascii::CASES
}

group! {
    /// TCP frames and transactions.
    TCP = "modbus.client.tcp", "Modbus client: TCP frames and transactions", "modbus-tcp", tcp::CARRIERS, tcp::CASES
}

/// The groups.
pub(super) static GROUPS: &[&Group] = &[
    &REQUEST,
    &REPLY,
    &WRONG,
    &IDENTIFICATION,
    &MASTER,
    &RETRY,
    &BROADCAST,
    &LATE,
    &CHECK,
    &NOISE,
    &PIECES,
    &RTU,
    &TWO_WIRE,
    &ASCII,
    &TCP,
];
