//! A line's settings in the numbers of RFC 2217 section 3.

use lineside_io::{DataBits, FlowControl, Parity, StopBits};

/// SET-DATASIZE.
pub(super) const fn size(bits: DataBits) -> u8 {
    match bits {
        DataBits::Five => 5,
        DataBits::Six => 6,
        DataBits::Seven => 7,
        DataBits::Eight => 8,
    }
}

pub(super) const fn size_of(value: u8) -> Option<DataBits> {
    Some(match value {
        5 => DataBits::Five,
        6 => DataBits::Six,
        7 => DataBits::Seven,
        8 => DataBits::Eight,
        _ => return None,
    })
}

/// SET-PARITY.
pub(super) const fn parity(parity: Parity) -> u8 {
    match parity {
        Parity::None => 1,
        Parity::Odd => 2,
        Parity::Even => 3,
        Parity::Mark => 4,
        Parity::Space => 5,
    }
}

pub(super) const fn parity_of(value: u8) -> Option<Parity> {
    Some(match value {
        1 => Parity::None,
        2 => Parity::Odd,
        3 => Parity::Even,
        4 => Parity::Mark,
        5 => Parity::Space,
        _ => return None,
    })
}

/// SET-STOPSIZE: two is 2, one and a half is 3.
pub(super) const fn stop(bits: StopBits) -> u8 {
    match bits {
        StopBits::One => 1,
        StopBits::Two => 2,
        StopBits::OneAndHalf => 3,
    }
}

pub(super) const fn stop_of(value: u8) -> Option<StopBits> {
    Some(match value {
        1 => StopBits::One,
        2 => StopBits::Two,
        3 => StopBits::OneAndHalf,
        _ => return None,
    })
}

/// SET-CONTROL, outbound or both ways.
pub(super) const fn flow(flow: FlowControl) -> u8 {
    match flow {
        FlowControl::None => 1,
        FlowControl::Software => 2,
        FlowControl::Hardware => 3,
    }
}

/// Outbound or inbound: a line has but one for both.
pub(super) const fn flow_of(value: u8) -> Option<FlowControl> {
    Some(match value {
        1 | 14 => FlowControl::None,
        2 | 15 => FlowControl::Software,
        3 | 16 => FlowControl::Hardware,
        _ => return None,
    })
}

/// The rates of Cisco's form, from its number 3 on.
const CISCO: [u32; 14] = [
    300, 600, 1_200, 2_400, 4_800, 9_600, 14_400, 19_200, 28_800, 38_400, 57_600, 115_200, 230_400,
    460_800,
];

pub(super) fn cisco(rate: u32) -> u8 {
    let all = (3..).zip(CISCO);
    all.into_iter()
        .find(|(_, known)| *known == rate)
        .map_or(0, |(code, _)| code)
}

pub(super) fn of_cisco(code: u8) -> Option<u32> {
    CISCO.get(usize::from(code.checked_sub(3)?)).copied()
}

/// The four octets of a rate, highest first.
pub(super) fn rate_of(value: &[u8]) -> Option<u32> {
    let octets: [u8; 4] = value.try_into().ok()?;
    Some(u32::from_be_bytes(octets))
}
