//! Modbus: both sides, each framing, over lines and streams.

use crate::{Carrier, Profile, case::Group};

mod client;
mod server;

/// RTU on a serial line.
pub static RTU: Carrier = Carrier {
    name: "rtu",
    speaks: "modbus-rtu",
    needs: &[Profile::LINE],
};
/// ASCII on a serial line.
pub static ASCII: Carrier = Carrier {
    name: "ascii",
    speaks: "modbus-ascii",
    needs: &[Profile::LINE],
};
/// Modbus TCP.
pub static TCP: Carrier = Carrier {
    name: "tcp",
    speaks: "modbus-tcp",
    needs: &[Profile::STREAM],
};
/// RTU frames on a stream.
pub static RTU_OVER_TCP: Carrier = Carrier {
    name: "rtu-over-tcp",
    speaks: "modbus-rtu",
    needs: &[Profile::STREAM],
};
/// ASCII frames on a stream.
pub static ASCII_OVER_TCP: Carrier = Carrier {
    name: "ascii-over-tcp",
    speaks: "modbus-ascii",
    needs: &[Profile::STREAM],
};

/// Every way in which Modbus travels.
pub static ALL: &[&Carrier] = &[&RTU, &ASCII, &TCP, &RTU_OVER_TCP, &ASCII_OVER_TCP];
/// Those with a frame check and addresses of stations: what serial lines have.
pub static SERIAL: &[&Carrier] = &[&RTU, &ASCII, &RTU_OVER_TCP, &ASCII_OVER_TCP];
/// Those on a wire with a speed.
pub static LINES: &[&Carrier] = &[&RTU, &ASCII];

/// The groups of both sides.
pub fn groups() -> impl Iterator<Item = &'static Group> {
    server::GROUPS.iter().chain(client::GROUPS).copied()
}
