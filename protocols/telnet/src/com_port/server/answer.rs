//! What a client's command asks for, and which value in effect answers it.

use super::{Action, Port};
use crate::wire::com_port::{Control, Message};

/// What is to be done for `message`. A request, and a value that does not exist, change nothing (R11).
pub(super) fn action(message: &Message<'_>) -> Action {
    match *message {
        Message::BaudRate(rate) => rate.rate().map_or(Action::Report, Action::Baud),
        Message::DataSize(size) if size.is_valid() => Action::DataSize(size),
        Message::Parity(parity) if parity.is_valid() => Action::Parity(parity),
        Message::StopSize(size) if size.is_valid() => Action::StopSize(size),
        Message::Control(value) => control(value),
        Message::Purge(purge) if purge.is_valid() => Action::Purge(purge),
        _ => Action::Report,
    }
}

fn control(value: Control) -> Action {
    match value.request() {
        Some(request) if request == value => Action::Report,
        Some(Control::FLOW_REQUEST) => Action::Flow(value),
        Some(Control::INBOUND_REQUEST) => Action::Inbound(value),
        Some(Control::BREAK_REQUEST) => Action::Break(value == Control::BREAK_ON),
        Some(Control::DTR_REQUEST) => Action::Dtr(value == Control::DTR_ON),
        Some(Control::RTS_REQUEST) => Action::Rts(value == Control::RTS_ON),
        _ => Action::Report,
    }
}

/// The answer to `message`: the value in effect (R3), a state and never the question (R14).
pub(super) fn answer(message: &Message<'_>, port: &Port) -> Message<'static> {
    let settings = &port.settings;
    match *message {
        Message::BaudRate(asked) => Message::BaudRate(asked.answer(settings.baud)),
        Message::DataSize(_) => Message::DataSize(settings.data_size),
        Message::Parity(_) => Message::Parity(settings.parity),
        Message::StopSize(_) => Message::StopSize(settings.stop_size),
        Message::Purge(purge) => Message::Purge(purge),
        Message::Control(value) => Message::Control(match value.request() {
            Some(Control::BREAK_REQUEST) if port.is_break => Control::BREAK_ON,
            Some(Control::BREAK_REQUEST) => Control::BREAK_OFF,
            Some(Control::DTR_REQUEST) if port.dtr => Control::DTR_ON,
            Some(Control::DTR_REQUEST) => Control::DTR_OFF,
            Some(Control::RTS_REQUEST) if port.rts => Control::RTS_ON,
            Some(Control::RTS_REQUEST) => Control::RTS_OFF,
            Some(Control::INBOUND_REQUEST) => port.inbound,
            // Also for a number that the specification reserves.
            _ => settings.flow,
        }),
        // Nothing else is asked of the application.
        _ => Message::Control(settings.flow),
    }
}
