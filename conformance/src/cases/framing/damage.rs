//! What is reported as damage, which only a client shows: F5, F20.

use super::work::client;
use crate::{Group, case};

/// Damage as a client reports it.
pub(super) static GROUP: Group = Group {
    id: "framing.damage",
    title: "damage as it is reported, in any options",
    speaks: "slip",
    cases: CASES,
    decode: Some(super::work::decode),
    ..Group::DEFAULT
};

static CASES: &[crate::Case] = &[case! {
    id: "framing.damage.client.overlong-once",
    title: "a record that is far too long is one error, and then silence up to its end",
    refs: ["F5", "F20", "F35"],
    side: Client,
    speaks: "{param}",
    any_options: true,
    needs: ["reports"],
    params: ["line", "delimiter?bytes=3b3b", "stx", "dle", "slip", "cobs", "cobsr", "hdlc"],
    killed_by: ["endpoint.reports-twice"],
    => |cx| { client::reports_once(cx).await? }
}];
