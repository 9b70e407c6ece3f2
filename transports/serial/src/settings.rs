//! Settings as the kernel's `termios`, and back.

use lineside_io::{DataBits, FlowControl, Parity, Settings, StopBits};
use rustix::{
    io::Errno,
    termios::{ControlModes, InputModes, SpecialCodeIndex, Termios},
};

/// XON and XOFF.
const XON: u8 = 0x11;
const XOFF: u8 = 0x13;

#[cfg(target_os = "linux")]
const STICK_PARITY: ControlModes = ControlModes::CMSPAR;
/// There is no mark or space parity without CMSPAR: reading back shows it.
#[cfg(not(target_os = "linux"))]
const STICK_PARITY: ControlModes = ControlModes::empty();

/// A setting that is not as it was asked for: its name in an address, what was asked, what it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) setting: &'static str,
    pub(crate) asked: String,
    pub(crate) got: String,
}

/// Puts `settings` into `termios`, raw, with or without marks for errors and breaks.
pub(crate) fn write(termios: &mut Termios, settings: Settings, marks: bool) -> Result<(), Errno> {
    termios.make_raw();
    let input = &mut termios.input_modes;
    *input -= InputModes::IXON | InputModes::IXOFF | InputModes::IXANY | InputModes::IGNPAR;
    // Without marks a break leaves no trace, and a damaged character is data as it came.
    input.set(InputModes::IGNBRK, !marks);
    input.set(InputModes::PARMRK | InputModes::INPCK, marks);
    let software = settings.flow == FlowControl::Software;
    input.set(InputModes::IXON | InputModes::IXOFF, software);
    termios.special_codes[SpecialCodeIndex::VSTART] = XON;
    termios.special_codes[SpecialCodeIndex::VSTOP] = XOFF;

    let control = &mut termios.control_modes;
    *control -= ControlModes::CSIZE | ControlModes::PARENB | ControlModes::PARODD | STICK_PARITY;
    *control |= ControlModes::CLOCAL | ControlModes::CREAD;
    *control |= match settings.data_bits {
        DataBits::Five => ControlModes::CS5,
        DataBits::Six => ControlModes::CS6,
        DataBits::Seven => ControlModes::CS7,
        DataBits::Eight => ControlModes::CS8,
    };
    *control |= match settings.parity {
        Parity::None => ControlModes::empty(),
        Parity::Even => ControlModes::PARENB,
        Parity::Odd => ControlModes::PARENB | ControlModes::PARODD,
        Parity::Mark => ControlModes::PARENB | ControlModes::PARODD | STICK_PARITY,
        Parity::Space => ControlModes::PARENB | STICK_PARITY,
    };
    control.set(ControlModes::CSTOPB, settings.stop_bits != StopBits::One);
    control.set(
        ControlModes::CRTSCTS,
        settings.flow == FlowControl::Hardware,
    );
    termios.set_speed(settings.baud)
}

/// The settings in `termios`. CSTOPB with five data bits is one and a half stop bits, as the 16550
/// has it.
pub(crate) fn read(termios: &Termios) -> Settings {
    let control = termios.control_modes;
    let size = control & ControlModes::CSIZE;
    let data_bits = if size == ControlModes::CS5 {
        DataBits::Five
    } else if size == ControlModes::CS6 {
        DataBits::Six
    } else if size == ControlModes::CS7 {
        DataBits::Seven
    } else {
        DataBits::Eight
    };
    let stick = !STICK_PARITY.is_empty() && control.contains(STICK_PARITY);
    let odd = control.contains(ControlModes::PARODD);
    let parity = match (control.contains(ControlModes::PARENB), stick, odd) {
        (false, _, _) => Parity::None,
        (true, false, false) => Parity::Even,
        (true, false, true) => Parity::Odd,
        (true, true, true) => Parity::Mark,
        (true, true, false) => Parity::Space,
    };
    let stop_bits = match (control.contains(ControlModes::CSTOPB), data_bits) {
        (false, _) => StopBits::One,
        (true, DataBits::Five) => StopBits::OneAndHalf,
        (true, _) => StopBits::Two,
    };
    let flow = if control.contains(ControlModes::CRTSCTS) {
        FlowControl::Hardware
    } else if termios.input_modes.contains(InputModes::IXON) {
        FlowControl::Software
    } else {
        FlowControl::None
    };
    Settings {
        baud: termios.output_speed(),
        data_bits,
        parity,
        stop_bits,
        flow,
    }
}

/// The first setting that `got` has otherwise than `asked`. A baud rate within `tolerance` per
/// mille is as asked: dividers are whole numbers.
pub(crate) fn difference(asked: Settings, got: Settings, tolerance: u32) -> Option<Difference> {
    let off = u64::from(asked.baud.abs_diff(got.baud)) * 1_000;
    if off > u64::from(asked.baud) * u64::from(tolerance) {
        return Some(Difference {
            setting: "baud",
            asked: asked.baud.to_string(),
            got: got.baud.to_string(),
        });
    }
    differ("data", asked.data_bits, got.data_bits)
        .or_else(|| differ("parity", asked.parity, got.parity))
        .or_else(|| differ("stop", asked.stop_bits, got.stop_bits))
        .or_else(|| differ("flow", asked.flow, got.flow))
}

fn differ<T: PartialEq + core::fmt::Debug>(
    setting: &'static str,
    asked: T,
    got: T,
) -> Option<Difference> {
    (asked != got).then(|| Difference {
        setting,
        asked: format!("{asked:?}").to_lowercase(),
        got: format!("{got:?}").to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use rustix::pty::{OpenptFlags, openpt};

    use super::*;

    fn any_termios() -> Termios {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::termios::tcgetattr(master).unwrap()
    }

    #[test]
    fn every_combination_of_settings_round_trips() {
        use DataBits::{Eight, Five, Seven, Six};
        let mut termios = any_termios();
        let mut combinations = 0;
        for baud in [50, 9_600, 12_345, 250_000, 921_600, 4_000_000] {
            for data_bits in [Five, Six, Seven, Eight] {
                for parity in [
                    Parity::None,
                    Parity::Odd,
                    Parity::Even,
                    Parity::Mark,
                    Parity::Space,
                ] {
                    for flow in [
                        FlowControl::None,
                        FlowControl::Software,
                        FlowControl::Hardware,
                    ] {
                        let long = if data_bits == Five {
                            StopBits::OneAndHalf
                        } else {
                            StopBits::Two
                        };
                        for stop_bits in [StopBits::One, long] {
                            let asked = Settings {
                                baud,
                                data_bits,
                                parity,
                                stop_bits,
                                flow,
                            };
                            write(&mut termios, asked, combinations % 2 == 0).unwrap();
                            assert_eq!(read(&termios), asked);
                            combinations += 1;
                        }
                    }
                }
            }
        }
        assert_eq!(combinations, 6 * 4 * 5 * 3 * 2);
    }

    #[test]
    fn one_and_a_half_stop_bits_exist_with_five_data_bits_only() {
        let mut termios = any_termios();
        let asked = Settings {
            stop_bits: StopBits::OneAndHalf,
            ..Settings::default()
        };
        write(&mut termios, asked, true).unwrap();
        let different = difference(asked, read(&termios), 0).unwrap();
        assert_eq!(different.setting, "stop");
        assert_eq!(
            (different.asked.as_str(), different.got.as_str()),
            ("oneandhalf", "two")
        );
    }

    #[test]
    fn a_baud_rate_may_be_off_by_what_a_divider_rounds() {
        let asked = Settings {
            baud: 115_200,
            ..Settings::default()
        };
        let got = Settings {
            baud: 115_384,
            ..asked
        };
        assert_eq!(difference(asked, got, 25), None);
        assert_eq!(difference(asked, got, 1).unwrap().setting, "baud");
    }
}
