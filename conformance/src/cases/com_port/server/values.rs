//! What is asked of the port is answered with what is in effect: R3, R5 to R17, R21.

use crate::{
    Case, case,
    cases::com_port::work::{alive, answers, ask, connect, consistent, told},
    reference::com_port::{HAS_CISCO, HAS_MODEM, HAS_UART},
};

group! {
    /// Values.
    pub(in crate::cases::com_port) static GROUP = "values", "RFC 2217 server: values and their answers", cases ROWS
}

group! {
    /// Values that are the server's choice.
    pub(in crate::cases::com_port) static CHOICES = "choices", "RFC 2217 server: values that are its choice", cases MORE
}

rows! {
    static ROWS in "values";
    pieces "baud-rate" Must ["R3", "R6", "RFC 2217 3, SET-BAUDRATE"] needs []
        "SET-BAUDRATE is answered with the rate in effect, four octets, highest first"
        { [&[1, 0, 0, 0x4b, 0], &[1, 0, 0, 0x25, 0x80]] => [&[101, 0, 0, 0x4b, 0], &[101, 0, 0, 0x25, 0x80]] }
        kills ["com-port.lowest-octet-first", "com-port.answers-in-the-clients-numbers", "com-port.forgets-a-message-at-a-cut"]
    answers "baud-rate-question" Must ["R3", "R6", "RFC 2217 3, SET-BAUDRATE"] needs []
        "a baud rate of 0 asks for the one in effect"
        { [&[1, 0, 0, 0x12, 0xc0], &[1, 0, 0, 0, 0], &[1, 0, 0, 0x25, 0x80], &[1, 0, 0, 0, 0]]
          => [&[101, 0, 0, 0x12, 0xc0], &[101, 0, 0, 0x12, 0xc0], &[101, 0, 0, 0x25, 0x80], &[101, 0, 0, 0x25, 0x80]] }
        kills ["com-port.answers-questions-with-zero", "com-port.sets-nothing"]
    answers "baud-rates" Must ["R3", "R6", "RFC 2217 3, SET-BAUDRATE"] needs []
        "the usual rates are in effect when they are asked for"
        { [&[1, 0, 0, 0x04, 0xb0], &[1, 0, 0, 0x09, 0x60], &[1, 0, 0, 0x96, 0], &[1, 0, 0, 0xe1, 0], &[1, 0, 1, 0xc2, 0], &[1, 0, 0, 0x25, 0x80]]
          => [&[101, 0, 0, 0x04, 0xb0], &[101, 0, 0, 0x09, 0x60], &[101, 0, 0, 0x96, 0], &[101, 0, 0, 0xe1, 0], &[101, 0, 1, 0xc2, 0], &[101, 0, 0, 0x25, 0x80]] }
        kills ["com-port.lowest-octet-first", "com-port.sets-nothing"]
    answers "baud-rate-short" May ["R7"] needs [HAS_CISCO]
        "a rate of one octet, as Cisco's first servers have them, is answered in one: 9600 is 8, 19200 is 10"
        { [&[1, 10], &[1, 0, 0, 0, 0], &[1, 8], &[1, 0, 0, 0, 0]]
          => [&[101, 10], &[101, 0, 0, 0x4b, 0], &[101, 8], &[101, 0, 0, 0x25, 0x80]] }
        kills ["com-port.knows-no-short-rates", "com-port.answers-short-rates-at-length"]
    pieces "data-sizes" Must ["R3", "R8", "RFC 2217 3, SET-DATASIZE"] needs [HAS_UART]
        "SET-DATASIZE knows 5 to 8 bits"
        { [&[2, 7], &[2, 5], &[2, 6], &[2, 8]] => [&[102, 7], &[102, 5], &[102, 6], &[102, 8]] }
        kills ["com-port.always-eight-bits", "com-port.sets-nothing"]
    answers "data-size-question" Must ["R3", "R8", "RFC 2217 3, SET-DATASIZE"] needs [HAS_UART]
        "a data size of 0 asks for the one in effect"
        { [&[2, 7], &[2, 0], &[2, 8], &[2, 0]] => [&[102, 7], &[102, 7], &[102, 8], &[102, 8]] }
        kills ["com-port.answers-questions-with-zero"]
    pieces "parities" Must ["R3", "R9", "RFC 2217 3, SET-PARITY"] needs [HAS_UART]
        "SET-PARITY knows odd as 2, even as 3, mark as 4 and space as 5"
        { [&[3, 2], &[3, 3], &[3, 4], &[3, 5], &[3, 1]] => [&[103, 2], &[103, 3], &[103, 4], &[103, 5], &[103, 1]] }
        kills ["com-port.even-as-odd", "com-port.never-answers-parity"]
    answers "parity-question" Must ["R3", "R9", "RFC 2217 3, SET-PARITY"] needs [HAS_UART]
        "a parity of 0 asks for the one in effect"
        { [&[3, 3], &[3, 0], &[3, 1], &[3, 0]] => [&[103, 3], &[103, 3], &[103, 1], &[103, 1]] }
        kills ["com-port.answers-questions-with-zero", "com-port.never-answers-parity"]
    answers "no-parity" Must ["R3", "R9", "RFC 2217 3, SET-PARITY"] needs []
        "no parity is 1, and answered"
        { [&[3, 1], &[3, 0]] => [&[103, 1], &[103, 1]] }
        kills ["com-port.never-answers-parity", "com-port.answers-questions-with-zero"]
    pieces "stop-sizes" Must ["R3", "R10", "RFC 2217 3, SET-STOPSIZE"] needs [HAS_UART]
        "two stop bits are 2"
        { [&[4, 2], &[4, 1]] => [&[104, 2], &[104, 1]] }
        kills ["com-port.stop-sizes-in-order", "com-port.sets-nothing"]
    answers "stop-size-question" Must ["R3", "R10", "RFC 2217 3, SET-STOPSIZE"] needs [HAS_UART]
        "a stop size of 0 asks for the one in effect"
        { [&[4, 2], &[4, 0], &[4, 1], &[4, 0]] => [&[104, 2], &[104, 2], &[104, 1], &[104, 1]] }
        kills ["com-port.answers-questions-with-zero", "com-port.stop-sizes-in-order"]
    pieces "flow-control" Must ["R3", "R12", "RFC 2217 3, SET-CONTROL"] needs []
        "SET-CONTROL knows XON and XOFF as 2, none as 1"
        { [&[5, 2], &[5, 1]] => [&[105, 2], &[105, 1]] }
        kills ["com-port.never-answers-control", "com-port.never-sets-flow"]
    answers "flow-control-hardware" Must ["R3", "R12", "RFC 2217 3, SET-CONTROL"] needs [HAS_MODEM]
        "SET-CONTROL knows RTS and CTS as 3"
        { [&[5, 3], &[5, 0], &[5, 1]] => [&[105, 3], &[105, 3], &[105, 1]] }
        kills ["com-port.never-answers-control", "com-port.never-sets-flow"]
    answers "flow-control-question" Must ["R12", "R14", "RFC 2217 3, SET-CONTROL"] needs []
        "the question 0 is answered with the flow control in effect, and never with 0"
        { [&[5, 2], &[5, 0], &[5, 1], &[5, 0]] => [&[105, 2], &[105, 2], &[105, 1], &[105, 1]] }
        kills ["com-port.answers-questions-with-themselves", "com-port.never-sets-flow"]
    answers "flow-control-inbound" Must ["R12", "R14", "RFC 2217 3, SET-CONTROL"] needs []
        "flow control inbound has numbers of its own: 14 for none, 15 for XON and XOFF; 13 asks"
        { [&[5, 15], &[5, 13], &[5, 14], &[5, 13]] => [&[105, 15], &[105, 15], &[105, 14], &[105, 14]] }
        kills ["com-port.inbound-as-outbound", "com-port.answers-questions-with-themselves"]
    answers "dtr" Must ["R3", "R14", "RFC 2217 3, SET-CONTROL"] needs [HAS_MODEM]
        "DTR goes off and on, and 7 asks for its state"
        { [&[5, 9], &[5, 7], &[5, 8], &[5, 7]] => [&[105, 9], &[105, 9], &[105, 8], &[105, 8]] }
        kills ["com-port.answers-questions-with-themselves", "com-port.leaves-dtr-and-rts"]
    answers "rts" Must ["R3", "R14", "RFC 2217 3, SET-CONTROL"] needs [HAS_MODEM]
        "RTS goes off and on, and 10 asks for its state"
        { [&[5, 12], &[5, 10], &[5, 11], &[5, 10]] => [&[105, 12], &[105, 12], &[105, 11], &[105, 11]] }
        kills ["com-port.answers-questions-with-themselves", "com-port.leaves-dtr-and-rts"]
    answers "break" Must ["R3", "R13", "R14", "RFC 2217 3, SET-CONTROL"] needs [HAS_MODEM]
        "a break begins and ends, and 4 asks for its state"
        { [&[5, 4], &[5, 5], &[5, 4], &[5, 6], &[5, 4]] => [&[105, 6], &[105, 5], &[105, 5], &[105, 6], &[105, 6]] }
        kills ["com-port.break-is-always-on", "com-port.answers-questions-with-themselves"]
    answers "line-mask" Must ["R3", "R16", "RFC 2217 3, SET-LINESTATE-MASK"] needs []
        "SET-LINESTATE-MASK is answered with the mask"
        { [&[10, 16], &[10, 0], &[10, 30]] => [&[110, 16], &[110, 0], &[110, 30]] }
        kills ["com-port.masks-unanswered", "com-port.answers-masks-with-zero"]
    pieces "line-mask-255" Must ["R16", "R20", "RFC 2217 3, SET-LINESTATE-MASK", "RFC 855"] needs []
        "a mask of 255 is doubled in the question and in the answer"
        { [&[10, 255]] => [&[110, 255]] }
        kills ["com-port.value-255-single", "com-port.keeps-both-iacs-of-a-value"]
    answers "modem-mask" Must ["R3", "R17", "RFC 2217 3, SET-MODEMSTATE-MASK"] needs []
        "SET-MODEMSTATE-MASK is answered with the mask"
        { [&[11, 16], &[11, 0], &[11, 240]] => [&[111, 16], &[111, 0], &[111, 240]] }
        kills ["com-port.masks-unanswered", "com-port.answers-masks-with-zero"]
    pieces "modem-mask-255" Must ["R17", "R20", "RFC 2217 3, SET-MODEMSTATE-MASK", "RFC 855"] needs []
        "a modem mask of 255 is doubled in the question and in the answer"
        { [&[11, 255]] => [&[111, 255]] }
        kills ["com-port.value-255-single", "com-port.keeps-both-iacs-of-a-value"]
    answers "purges" Must ["R3", "R21", "RFC 2217 3, PURGE-DATA"] needs []
        "PURGE-DATA is answered with what was purged"
        { [&[12, 1], &[12, 2], &[12, 3]] => [&[112, 1], &[112, 2], &[112, 3]] }
        kills ["com-port.purges-unanswered", "com-port.purges-answered-as-both"]
    goes_on "purge-of-nothing" Must ["R11", "R24", "RFC 2217 3, PURGE-DATA"] needs []
        "a purge of what does not exist does no harm"
        { [&[12, 0], &[12, 4], &[12, 255]] => [&[112, 0], &[112, 4], &[112, 255]] }
        kills ["com-port.falls-over-odd-values"]
    goes_on "control-reserved" Must ["R11", "RFC 2217 3, SET-CONTROL"] needs []
        "a control value that is reserved does no harm, and is never confirmed"
        { [&[5, 20], &[5, 127], &[5, 255]] => [&[105, 1], &[105, 2], &[105, 3]] }
        kills ["com-port.answers-what-was-asked", "com-port.falls-over-odd-values"]
    goes_on "signature-of-the-client" Must ["R5", "RFC 2217 3, SIGNATURE"] needs []
        "the client's signature is taken, and may have any bytes"
        { [b"\x00suite\xff\xf0\x00\xff"] => [&[100]] }
        kills ["com-port.ends-at-a-signature"]
}

static MORE: &[Case] = &[
    case! {
        id: "com-port.choices.server.signature",
        title: "a signature without a text asks for the server's",
        refs: ["R3", "R5", "RFC 2217 3, SIGNATURE"],
        speaks: "com-port",
        any_options: true,
        killed_by: ["com-port.has-no-signature", "com-port.answers-in-the-clients-numbers"],
        => |cx| {
            let mut wire = connect(cx).await?;
            let said = answers(&ask(cx, &mut wire, &[&[0]]).await?);
            let fine = matches!(said.as_slice(), [text] if text.first() == Some(&100));
            cx.check("answered").that(fine, format!("said {}", told(&said)));
            alive(cx, &mut wire).await?
        }
    },
    case! {
        id: "com-port.choices.server.odd-baud-rate",
        title: "a rate that few ports have is answered with the one in effect, whatever that is",
        refs: ["R3", "R6", "R11", "RFC 2217 3, SET-BAUDRATE"],
        speaks: "com-port",
        any_options: true,
        hazard: Writes,
        params: ["12345", "1", "4294967294"],
        killed_by: ["com-port.refuses-odd-rates-in-silence"],
        => |cx| {
            let rate: u32 = cx.param().parse().unwrap_or_default();
            let asked = [&[1], &rate.to_be_bytes()[..]].concat();
            let is_rate = |said: &[u8]| matches!(said, [101, _, _, _, _]);
            consistent(cx, &asked, &[1, 0, 0, 0, 0], is_rate).await?
        }
    },
    case! {
        id: "com-port.choices.server.baud-rate-with-255",
        title: "an octet 255 in a rate is doubled, in the question and in the answer",
        refs: ["R6", "R20", "RFC 2217 3, SET-BAUDRATE", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        hazard: Writes,
        params: ["65280", "4294967295"],
        killed_by: ["com-port.value-255-single", "com-port.keeps-both-iacs-of-a-value"],
        => |cx| {
            let rate: u32 = cx.param().parse().unwrap_or_default();
            let asked = [&[1], &rate.to_be_bytes()[..]].concat();
            let is_rate = |said: &[u8]| matches!(said, [101, _, _, _, _]);
            consistent(cx, &asked, &[1, 0, 0, 0, 0], is_rate).await?
        }
    },
    case! {
        id: "com-port.choices.server.baud-rate-with-240",
        title: "an octet 240 in a rate is no end",
        refs: ["R6", "RFC 855"],
        speaks: "com-port",
        any_options: true,
        hazard: Writes,
        killed_by: ["com-port.bare-se-ends-a-message"],
        => |cx| {
            let is_rate = |said: &[u8]| matches!(said, [101, _, _, _, _]);
            consistent(cx, &[1, 0, 0, 0xf0, 0], &[1, 0, 0, 0, 0], is_rate).await?
        }
    },
    case! {
        id: "com-port.choices.server.bad-data-size",
        title: "a data size that does not exist is answered with the one in effect",
        refs: ["R8", "R11", "RFC 2217 3, SET-DATASIZE"],
        speaks: "com-port",
        any_options: true,
        params: ["1", "4", "9", "255"],
        killed_by: ["com-port.answers-what-was-asked"],
        => |cx| {
            let asked = [2, cx.param().parse().unwrap_or_default()];
            consistent(cx, &asked, &[2, 0], |said| matches!(said, [102, 5..=8])).await?
        }
    },
    case! {
        id: "com-port.choices.server.bad-parity",
        title: "a parity that does not exist is answered with the one in effect",
        refs: ["R9", "R11", "RFC 2217 3, SET-PARITY"],
        speaks: "com-port",
        any_options: true,
        params: ["6", "255"],
        killed_by: ["com-port.answers-what-was-asked", "com-port.never-answers-parity"],
        => |cx| {
            let asked = [3, cx.param().parse().unwrap_or_default()];
            consistent(cx, &asked, &[3, 0], |said| matches!(said, [103, 1..=5])).await?
        }
    },
    case! {
        id: "com-port.choices.server.bad-stop-size",
        title: "a stop size that does not exist is answered with the one in effect",
        refs: ["R10", "R11", "RFC 2217 3, SET-STOPSIZE"],
        speaks: "com-port",
        any_options: true,
        params: ["4", "255"],
        killed_by: ["com-port.answers-what-was-asked"],
        => |cx| {
            let asked = [4, cx.param().parse().unwrap_or_default()];
            consistent(cx, &asked, &[4, 0], |said| matches!(said, [104, 1..=3])).await?
        }
    },
    case! {
        id: "com-port.choices.server.stop-size-of-one-and-a-half",
        title: "one and a half stop bits are asked for, and what is answered is in effect",
        refs: ["R10", "R11", "RFC 2217 3, SET-STOPSIZE"],
        speaks: "com-port",
        any_options: true,
        hazard: Writes,
        killed_by: ["com-port.rounds-stop-sizes-in-silence"],
        => |cx| { consistent(cx, &[4, 3], &[4, 0], |said| matches!(said, [104, 1..=3])).await? }
    },
    case! {
        id: "com-port.choices.server.flow-control-by-other-lines",
        title: "flow control by DCD, DSR or DTR is answered with what is in effect in that direction",
        refs: ["R12", "R14", "RFC 2217 3, SET-CONTROL"],
        speaks: "com-port",
        any_options: true,
        hazard: Writes,
        params: ["17", "18", "19"],
        killed_by: ["com-port.refuses-dcd-in-silence"],
        => |cx| {
            let asked: u8 = cx.param().parse().unwrap_or_default();
            let outbound = |said: &[u8]| matches!(said, [105, 1..=3 | 17 | 19]);
            let inbound = |said: &[u8]| matches!(said, [105, 14..=16 | 18]);
            if asked == 18 {
                consistent(cx, &[5, asked], &[5, 13], inbound).await?
            } else {
                consistent(cx, &[5, asked], &[5, 0], outbound).await?
            }
        }
    },
    case! {
        id: "com-port.choices.server.states",
        title: "a question about a break, DTR or RTS is answered with a state, on a port without them too",
        refs: ["R14", "R15", "RFC 2217 3, SET-CONTROL"],
        speaks: "com-port",
        any_options: true,
        params: ["4", "7", "10"],
        killed_by: ["com-port.answers-questions-with-themselves", "com-port.never-answers-control"],
        => |cx| {
            let asked: u8 = cx.param().parse().unwrap_or_default();
            let mut wire = connect(cx).await?;
            let said = answers(&ask(cx, &mut wire, &[&[5, asked]]).await?);
            let fine = matches!(said.as_slice(), [one] if matches!(one.as_slice(), [105, state] if [asked + 1, asked + 2].contains(state)));
            cx.check("state").that(fine, format!("said {}", told(&said)));
            alive(cx, &mut wire).await?
        }
    },
];
