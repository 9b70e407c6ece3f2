//! A serial line's settings as parameters (`baud=19200&parity=even`), and in short (`19200 8E1`).

use core::{fmt, str::FromStr};

use super::{
    Address, AddressError, Params,
    error::{Column, Part},
};
use crate::{DataBits, FlowControl, Parity, Settings, StopBits};

const DATA: &[(&str, DataBits)] = &[
    ("5", DataBits::Five),
    ("6", DataBits::Six),
    ("7", DataBits::Seven),
    ("8", DataBits::Eight),
];
const PARITY: &[(&str, Parity)] = &[
    ("none", Parity::None),
    ("odd", Parity::Odd),
    ("even", Parity::Even),
    ("mark", Parity::Mark),
    ("space", Parity::Space),
    ("n", Parity::None),
    ("o", Parity::Odd),
    ("e", Parity::Even),
    ("m", Parity::Mark),
    ("s", Parity::Space),
];
const STOP: &[(&str, StopBits)] = &[
    ("1", StopBits::One),
    ("1.5", StopBits::OneAndHalf),
    ("2", StopBits::Two),
];
const FLOW: &[(&str, FlowControl)] = &[
    ("none", FlowControl::None),
    ("software", FlowControl::Software),
    ("hardware", FlowControl::Hardware),
    ("xonxoff", FlowControl::Software),
    ("rtscts", FlowControl::Hardware),
];
const FORMAT: &str = "data bits 5 to 8, parity N, O, E, M or S, stop bits 1, 1.5 or 2, as in 8E1";

impl Settings {
    /// Takes the settings out of an address: `baud`, then `format` (`8E1`) or `data`, `parity` and
    /// `stop`, then `flow`. What is not given is as in [`Settings::default`].
    ///
    /// # Errors
    /// A value is not allowed, or `format` stands beside one of its parts.
    pub fn take_from(params: &mut Params) -> Result<Self, AddressError> {
        let mut settings = Self::default();
        if let Some(baud) = params.take_in("baud", 1..=u32::MAX)? {
            settings.baud = baud;
        }
        if let Some(format) = params.take_with("format", Format::read, || FORMAT.to_owned())? {
            for key in ["data", "parity", "stop"] {
                params.refuse(key, "either format, or data, parity and stop")?;
            }
            settings = format.on(settings);
        }
        if let Some(data_bits) = params.take_one_of("data", DATA)? {
            settings.data_bits = data_bits;
        }
        if let Some(parity) = params.take_one_of("parity", PARITY)? {
            settings.parity = parity;
        }
        if let Some(stop_bits) = params.take_one_of("stop", STOP)? {
            settings.stop_bits = stop_bits;
        }
        if let Some(flow) = params.take_one_of("flow", FLOW)? {
            settings.flow = flow;
        }
        Ok(settings)
    }

    /// The character format in short: `8E1`, `5N1.5`.
    #[must_use]
    pub fn format(&self) -> String {
        Format(self.data_bits, self.parity, self.stop_bits).to_string()
    }
}

impl Address {
    /// The same with a line's settings as its parameters.
    #[must_use]
    pub fn with_settings(mut self, settings: &Settings) -> Self {
        self.query
            .retain(|pair| !matches!(pair.key.as_str(), "data" | "parity" | "stop" | "flow"));
        let address = self
            .with_param("baud", &settings.baud.to_string())
            .with_param("format", &settings.format());
        match settings.flow {
            FlowControl::None => address,
            flow => address.with_param("flow", word(FLOW, flow)),
        }
    }
}

/// `19200 8E1`, and the flow control where there is one: `19200 8E1 hardware`.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.baud, self.format())?;
        match self.flow {
            FlowControl::None => Ok(()),
            flow => write!(f, " {}", word(FLOW, flow)),
        }
    }
}

/// Reads what `Display` gives; the baud rate may be left out, and a comma may stand for a space.
impl FromStr for Settings {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut settings = Self::default();
        let wrong = || {
            let allowed = format!("[baud] format [flow], as in 19200 8E1 hardware ({FORMAT})");
            AddressError::new(
                Part::Parameter("settings".to_owned()),
                Column(None),
                text,
                allowed,
            )
        };
        let mut words = text
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .peekable();
        let is_baud = |word: &&str| word.parse::<u32>().is_ok();
        if let Some(baud) = words.next_if(is_baud).and_then(|word| word.parse().ok()) {
            settings.baud = baud;
        }
        let format = words.next().and_then(Format::read).ok_or_else(wrong)?;
        if let Some(flow) = words.next() {
            let found = FLOW
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(flow));
            settings.flow = found.ok_or_else(wrong)?.1;
        }
        if words.next().is_some() || settings.baud == 0 {
            return Err(wrong());
        }
        Ok(format.on(settings))
    }
}

/// `8E1`.
struct Format(DataBits, Parity, StopBits);

impl Format {
    fn read(text: &str) -> Option<Self> {
        let (data, rest) = text.split_at_checked(1)?;
        let (parity, stop) = rest.split_at_checked(1)?;
        Some(Self(
            meaning(DATA, data)?,
            meaning(PARITY, parity)?,
            meaning(STOP, stop)?,
        ))
    }

    const fn on(self, settings: Settings) -> Settings {
        Settings {
            data_bits: self.0,
            parity: self.1,
            stop_bits: self.2,
            ..settings
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.1 {
            Parity::None => 'N',
            Parity::Odd => 'O',
            Parity::Even => 'E',
            Parity::Mark => 'M',
            Parity::Space => 'S',
        };
        write!(f, "{}{parity}{}", word(DATA, self.0), word(STOP, self.2))
    }
}

fn meaning<T: Copy>(words: &[(&str, T)], of: &str) -> Option<T> {
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(of));
    found.map(|(_, meaning)| *meaning)
}

/// The first word of this meaning.
fn word<T: PartialEq>(words: &[(&'static str, T)], of: T) -> &'static str {
    let found = words.iter().find(|(_, meaning)| *meaning == of);
    found.map_or("", |(word, _)| word)
}
