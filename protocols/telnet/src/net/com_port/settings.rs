//! A line's settings in the specification's numbers, and back.

use lineside_io::{DataBits, FlowControl, Parity, Settings, StopBits};

use crate::{com_port, wire::com_port as wire};

/// A line's settings in the specification's numbers.
#[must_use]
pub const fn from_line(settings: Settings) -> com_port::Settings {
    com_port::Settings {
        baud: settings.baud,
        data_size: wire::DataSize(match settings.data_bits {
            DataBits::Five => 5,
            DataBits::Six => 6,
            DataBits::Seven => 7,
            DataBits::Eight => 8,
        }),
        parity: match settings.parity {
            Parity::None => wire::Parity::NONE,
            Parity::Odd => wire::Parity::ODD,
            Parity::Even => wire::Parity::EVEN,
            Parity::Mark => wire::Parity::MARK,
            Parity::Space => wire::Parity::SPACE,
        },
        stop_size: match settings.stop_bits {
            StopBits::One => wire::StopSize::ONE,
            StopBits::OneAndHalf => wire::StopSize::ONE_AND_HALF,
            StopBits::Two => wire::StopSize::TWO,
        },
        flow: match settings.flow {
            FlowControl::None => wire::Control::FLOW_NONE,
            FlowControl::Software => wire::Control::FLOW_XON_XOFF,
            FlowControl::Hardware => wire::Control::FLOW_HARDWARE,
        },
    }
}

/// `settings` as a line has them; what a line cannot name is as in `otherwise`.
#[must_use]
pub fn to_line(settings: &com_port::Settings, otherwise: Settings) -> Settings {
    Settings {
        baud: match settings.baud {
            0 => otherwise.baud,
            baud => baud,
        },
        data_bits: data_bits(settings.data_size).unwrap_or(otherwise.data_bits),
        parity: parity(settings.parity).unwrap_or(otherwise.parity),
        stop_bits: stop_bits(settings.stop_size).unwrap_or(otherwise.stop_bits),
        flow: flow(settings.flow).unwrap_or(otherwise.flow),
    }
}

const fn data_bits(size: wire::DataSize) -> Option<DataBits> {
    Some(match size.0 {
        5 => DataBits::Five,
        6 => DataBits::Six,
        7 => DataBits::Seven,
        8 => DataBits::Eight,
        _ => return None,
    })
}

const fn parity(parity: wire::Parity) -> Option<Parity> {
    Some(match parity {
        wire::Parity::NONE => Parity::None,
        wire::Parity::ODD => Parity::Odd,
        wire::Parity::EVEN => Parity::Even,
        wire::Parity::MARK => Parity::Mark,
        wire::Parity::SPACE => Parity::Space,
        _ => return None,
    })
}

const fn stop_bits(size: wire::StopSize) -> Option<StopBits> {
    Some(match size {
        wire::StopSize::ONE => StopBits::One,
        wire::StopSize::TWO => StopBits::Two,
        wire::StopSize::ONE_AND_HALF => StopBits::OneAndHalf,
        _ => return None,
    })
}

/// A line has one flow control for both directions; DCD and DSR are none of its own.
const fn flow(control: wire::Control) -> Option<FlowControl> {
    Some(match control {
        wire::Control::FLOW_NONE | wire::Control::INBOUND_NONE => FlowControl::None,
        wire::Control::FLOW_XON_XOFF | wire::Control::INBOUND_XON_XOFF => FlowControl::Software,
        wire::Control::FLOW_HARDWARE | wire::Control::INBOUND_HARDWARE => FlowControl::Hardware,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_line_comes_back() {
        let all = [
            "300 5N1.5",
            "9600 6O1",
            "19200 7E2",
            "115200 8M1",
            "50 8S2 hardware",
            "75 8N1 software",
        ];
        for text in all {
            let settings: Settings = text.parse().unwrap();
            let back = to_line(&from_line(settings), Settings::default());
            assert_eq!(back, settings, "{text}");
        }
    }

    #[test]
    fn what_a_line_cannot_name_stays_as_it_was() {
        let was: Settings = "19200 7E2 hardware".parse().unwrap();
        let odd = com_port::Settings {
            baud: 0,
            data_size: wire::DataSize(9),
            parity: wire::Parity(9),
            stop_size: wire::StopSize(0),
            flow: wire::Control::FLOW_DCD,
        };
        assert_eq!(to_line(&odd, was), was);
    }
}
