//! The side that asks: a client is told what to ask, the suite is the station that answers it, rightly
//! and wrongly, and the client reports what came of each call.

use crate::{case, case::Group};

use super::ALL;

mod ascii;
mod functions;
mod identification;
mod master;
mod reply;
mod request;
mod rtu;
mod tcp;
mod work;

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
    /// Device identification over several replies.
    IDENTIFICATION = "modbus.client.identification", "Modbus client: device identification", "modbus-tcp", ALL,
    identification::CASES
}

group! {
    /// Who may ask when.
    MASTER = "modbus.client.master", "Modbus client: time-outs, retries, broadcasts", "modbus-tcp", ALL,
    master::CASES
}

group! {
    /// RTU frames.
    RTU = "modbus.client.rtu", "Modbus client: RTU frames", "modbus-rtu", rtu::CARRIERS, rtu::CASES
}

group! {
    /// ASCII frames.
    ASCII = "modbus.client.ascii", "Modbus client: ASCII frames", "modbus-ascii", ascii::CARRIERS, ascii::CASES
}

group! {
    /// TCP frames and transactions.
    TCP = "modbus.client.tcp", "Modbus client: TCP frames and transactions", "modbus-tcp", tcp::CARRIERS, tcp::CASES
}

/// The groups.
pub(super) static GROUPS: &[&Group] = &[
    &REQUEST,
    &REPLY,
    &IDENTIFICATION,
    &MASTER,
    &RTU,
    &ASCII,
    &TCP,
];
