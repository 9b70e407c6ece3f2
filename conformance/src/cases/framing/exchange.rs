//! What holds for any device that answers some record, whatever its options: F32, F33, F35.
//!
//! The record and its answer are the first exchange of the profile; an echo needs none. These are the
//! cases for a device that is no echo: of all other cases of its side it can be asked nothing.

use super::work::server;
use crate::{Group, case};

/// Records that are answered.
pub(super) static GROUP: Group = Group {
    id: "framing.exchange",
    title: "a record that is answered, in any options",
    speaks: "slip",
    cases: CASES,
    decode: Some(super::work::decode),
    ..Group::DEFAULT
};

static CASES: &[crate::Case] = &[
    case! {
        id: "framing.exchange.server.bytewise",
        title: "a record is answered however it is cut",
        refs: ["F33"],
        speaks: "{param}",
        any_options: true,
        needs: ["exchange"],
        params: ["line", "delimiter?bytes=3b3b", "fixed?size=4", "length?width=2", "stx", "dle", "slip",
                 "cobs", "cobsr", "hdlc"],
        killed_by: ["line.forgets-at-a-cut", "fixed.forgets-at-a-cut", "length.forgets-at-a-cut",
                    "stx.forgets-frame-at-a-cut", "slip.forgets-frame-at-a-cut",
                    "cobs.forgets-frame-at-a-cut", "hdlc.forgets-frame-at-a-cut"],
        => |cx| { server::answers_bytewise(cx).await? }
    },
    case! {
        id: "framing.exchange.server.together",
        title: "records that come in one piece are each answered",
        refs: ["F33"],
        level: Should,
        speaks: "{param}",
        any_options: true,
        needs: ["exchange"],
        params: ["line", "delimiter?bytes=3b3b", "fixed?size=4", "length?width=2", "stx", "dle", "slip",
                 "cobs", "cobsr", "hdlc"],
        killed_by: ["endpoint.deaf-after-three"],
        => |cx| { server::answers_together(cx).await? }
    },
    case! {
        id: "framing.exchange.server.after-overlong",
        title: "behind a record that is far too long, a record is answered",
        refs: ["F32", "F35"],
        speaks: "{param}",
        any_options: true,
        needs: ["exchange"],
        // Behind a length that is a lie, and among records of one length, nothing can be found again.
        params: ["line", "delimiter?bytes=3b3b", "stx", "dle", "slip", "cobs", "cobsr", "hdlc"],
        killed_by: ["endpoint.closes-on-damage"],
        => |cx| { server::answers_after_overlong(cx).await? }
    },
];
