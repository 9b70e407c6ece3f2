//! Modbus: both sides, each framing, over lines and streams.

use crate::{Carrier, Profile, case::Group};

mod client;
mod server;

/// RTU on a serial line.
pub static RTU: Carrier = Carrier {
    name: "rtu",
    speaks: "modbus-rtu",
    baud: None,
    needs: &[Profile::LINE],
};
/// ASCII on a serial line.
pub static ASCII: Carrier = Carrier {
    name: "ascii",
    speaks: "modbus-ascii",
    baud: None,
    needs: &[Profile::LINE],
};
/// Modbus TCP.
pub static TCP: Carrier = Carrier {
    name: "tcp",
    speaks: "modbus-tcp",
    baud: None,
    needs: &[Profile::STREAM],
};
/// RTU frames on a stream.
pub static RTU_OVER_TCP: Carrier = Carrier {
    name: "rtu-over-tcp",
    speaks: "modbus-rtu",
    baud: None,
    needs: &[Profile::STREAM],
};
/// ASCII frames on a stream.
pub static ASCII_OVER_TCP: Carrier = Carrier {
    name: "ascii-over-tcp",
    speaks: "modbus-ascii",
    baud: None,
    needs: &[Profile::STREAM],
};

macro_rules! at_speed {
    ($($carrier:ident $name:literal $baud:literal),* $(,)?) => {
        $(
            /// RTU on a line of another speed.
            pub static $carrier: Carrier = Carrier {
                name: $name,
                baud: Some($baud),
                needs: &[Profile::LINE, Profile::EXACT],
                ..RTU
            };
        )*
    };
}

at_speed! {
    RTU_1200 "rtu-1200" 1200,
    RTU_2400 "rtu-2400" 2400,
    RTU_4800 "rtu-4800" 4800,
    RTU_9600 "rtu-9600" 9600,
    RTU_38400 "rtu-38400" 38_400,
    RTU_57600 "rtu-57600" 57_600,
    RTU_115200 "rtu-115200" 115_200,
    RTU_230400 "rtu-230400" 230_400,
    RTU_921600 "rtu-921600" 921_600,
}
/// RTU at its default speed, where times are exact.
pub static RTU_19200: Carrier = Carrier {
    needs: &[Profile::LINE, Profile::EXACT],
    ..RTU
};

/// RTU up to 19200 baud, where silences are counted in characters.
pub static SLOW: &[&Carrier] = &[&RTU_1200, &RTU_2400, &RTU_4800, &RTU_9600, &RTU_19200];
/// RTU above, where silences are fixed.
pub static FAST: &[&Carrier] = &[
    &RTU_38400,
    &RTU_57600,
    &RTU_115200,
    &RTU_230400,
    &RTU_921600,
];
/// RTU at every speed.
pub static SPEEDS: &[&Carrier] = &[
    &RTU,
    &RTU_1200,
    &RTU_2400,
    &RTU_4800,
    &RTU_9600,
    &RTU_38400,
    &RTU_57600,
    &RTU_115200,
    &RTU_230400,
    &RTU_921600,
];

/// Every way in which Modbus travels.
pub static ALL: &[&Carrier] = &[&RTU, &ASCII, &TCP, &RTU_OVER_TCP, &ASCII_OVER_TCP];
/// Those whose frames end where the framing says so, whatever the function.
pub static FRAMED: &[&Carrier] = &[&RTU, &ASCII, &TCP, &ASCII_OVER_TCP];
/// Those with a frame check and addresses of stations: what serial lines have.
pub static SERIAL: &[&Carrier] = &[&RTU, &ASCII, &RTU_OVER_TCP, &ASCII_OVER_TCP];
/// Those of RTU frames.
pub static RTUS: &[&Carrier] = &[&RTU, &RTU_OVER_TCP];
/// Those of ASCII frames.
pub static ASCIIS: &[&Carrier] = &[&ASCII, &ASCII_OVER_TCP];
/// Those on a stream.
pub static STREAMS: &[&Carrier] = &[&TCP, &RTU_OVER_TCP, &ASCII_OVER_TCP];
/// Modbus TCP alone.
pub static TCP_ONLY: &[&Carrier] = &[&TCP];
/// RTU on a stream alone.
pub static RTU_ON_A_STREAM: &[&Carrier] = &[&RTU_OVER_TCP];
/// RTU on a line alone.
pub static RTU_ONLY: &[&Carrier] = &[&RTU];
/// Those on a wire with a speed.
pub static LINES: &[&Carrier] = &[&RTU, &ASCII];

/// The groups of both sides.
pub fn groups() -> impl Iterator<Item = &'static Group> {
    server::GROUPS.iter().chain(client::GROUPS).copied()
}
