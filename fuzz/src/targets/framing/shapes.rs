//! The framings with small limits, in every setting.

use lineside_check::{Algorithm, Order, Trailer};
use lineside_framing::wire::{
    Silence,
    checked::{Check, Checked, Form},
    cobs::{self, Cobs},
    delimiter::{self, Delimiter, Ends, Sequence, Tail},
    fixed::{self, Fixed},
    gap::{self, Gap},
    hdlc::{self, Accm, AddressControl, Fcs, Hdlc},
    length::{self, Length, Width},
    slip::{self, Slip},
    stx::{self, Covers, Stx},
};

use super::{Arrives, Resync, Shape};
use crate::Dice;

/// The longest record in all but the length-prefixed framing.
const MAX: usize = 12;

pub(in crate::targets) fn delimiter(dice: &mut Dice) -> Shape<Delimiter> {
    let (ends, sent): (_, &'static [u8]) = match dice.below(6) {
        0 => (Some(Ends::byte(b'\n')), b"\n"),
        1 => (Some(Ends::Lines), b"\r\n"),
        2 => (Ends::any_of(b";\r\n,|"), b";"),
        3 => (Ends::sequence(b"\r\n"), b"\r\n"),
        // They overlap with themselves.
        4 => (Ends::sequence(b"aab"), b"aab"),
        _ => (Ends::sequence(b"aba"), b"aba"),
    };
    let ends = ends.unwrap_or(Ends::Lines);
    let keep = dice.once_in(3);
    let tail = if dice.once_in(2) {
        Tail::Record
    } else {
        Tail::Truncated
    };
    let config = delimiter::Config {
        max_record: MAX,
        ends: ends.clone(),
        keep,
        tail,
    };
    let kept: &[u8] = match ends {
        _ if !keep => b"",
        Ends::Lines => b"\r",
        Ends::Set(_) | Ends::Sequence(_) => sent,
    };
    let arrives = move |record: &[u8]| {
        let whole = [record, sent].concat();
        let first = match &ends {
            Ends::Lines => whole.iter().position(|byte| b"\r\n".contains(byte)),
            Ends::Set(set) => {
                let ends: Vec<u8> = set.members().collect();
                whole.iter().position(|byte| ends.contains(byte))
            }
            Ends::Sequence(_) => whole.windows(sent.len()).position(|window| window == sent),
        };
        let can = record.len() <= MAX && first == Some(record.len());
        can.then(|| [record, kept].concat())
    };
    Shape {
        framing: Delimiter::new(config),
        max: MAX,
        arrives: Box::new(arrives),
        // What garbage ends with may make a delimiter with the first byte of the separator.
        resync: Resync::Bytes(sent, usize::from(sent == b"aba")),
        // One that overlaps itself may be found too early once more.
        loss: Some(if sent == b"aba" { 3 } else { 2 }),
        passes_on: None,
    }
}

pub(in crate::targets) fn slip(dice: &mut Dice) -> Shape<Slip> {
    let config = slip::Config {
        max_record: MAX,
        lead: dice.once_in(2),
        strict: dice.once_in(2),
    };
    Shape {
        framing: Slip::new(config),
        max: MAX,
        arrives: Box::new(|record| (1..=MAX).contains(&record.len()).then(|| record.to_vec())),
        resync: Resync::Bytes(&[slip::END], 0),
        loss: Some(if config.lead { 1 } else { 2 }),
        passes_on: None,
    }
}

pub(in crate::targets) fn cobs(dice: &mut Dice) -> Shape<Cobs> {
    chained(false, dice)
}

pub(in crate::targets) fn cobs_r(dice: &mut Dice) -> Shape<Cobs> {
    chained(true, dice)
}

fn chained(reduced: bool, dice: &mut Dice) -> Shape<Cobs> {
    // Beyond the length of a block too.
    let max = if dice.once_in(4) { 300 } else { MAX };
    let config = cobs::Config {
        max_record: max,
        lead: dice.once_in(2),
        reduced,
    };
    Shape {
        framing: Cobs::new(config),
        max,
        arrives: Box::new(move |record| (record.len() <= max).then(|| record.to_vec())),
        resync: Resync::Bytes(&[0], 0),
        loss: Some(if config.lead { 1 } else { 2 }),
        passes_on: None,
    }
}

pub(in crate::targets) fn hdlc(dice: &mut Dice) -> Shape<Hdlc> {
    let fcs = match dice.below(3) {
        0 => Fcs::None,
        1 => Fcs::Bits16,
        _ => Fcs::Bits32,
    };
    let tx_accm = match dice.below(4) {
        0 => Accm::NONE,
        1 => Accm::new(0x000A_0000),
        _ => Accm::ALL,
    };
    // What the receiver drops, the sender must escape.
    let [rx_accm, ..] = tx_accm.words();
    let address_control = match dice.below(3) {
        0 => AddressControl::Sent,
        1 => AddressControl::Compressed,
        _ => AddressControl::Absent,
    };
    let config = hdlc::Config {
        max_record: MAX,
        fcs,
        tx_accm,
        rx_accm,
        address_control,
        lead: dice.once_in(2),
    };
    let shortest = fcs.min_octets() - fcs.len();
    let arrives = move |record: &[u8]| {
        let header = match address_control {
            AddressControl::Sent => true,
            AddressControl::Compressed => record.starts_with(&hdlc::ADDRESS_CONTROL),
            AddressControl::Absent => false,
        };
        let can = record.len() <= MAX && (header || record.len() >= shortest);
        can.then(|| record.to_vec())
    };
    Shape {
        framing: Hdlc::new(config),
        max: MAX,
        arrives: Box::new(arrives),
        resync: Resync::Bytes(&[hdlc::FLAG], 0),
        loss: Some(if config.lead { 1 } else { 2 }),
        passes_on: None,
    }
}

/// With a silence, or without.
fn silence(dice: &mut Dice) -> Option<Silence> {
    dice.once_in(2).then_some(gap::T3_5)
}

/// A check that no input fits by chance.
fn strong(dice: &mut Dice) -> Check {
    let form = match dice.below(3) {
        0 => Form::Hex,
        1 => Form::Bytes(Order::Big),
        _ => Form::Bytes(Order::Little),
    };
    Check {
        algorithm: Algorithm::CRC_32_ISO_HDLC,
        form,
    }
}

pub(in crate::targets) fn fixed(dice: &mut Dice) -> Shape<Fixed> {
    let silence = silence(dice);
    let len = 1 + dice.below(MAX);
    Shape {
        framing: Fixed::new(fixed::Config { len, silence }),
        max: len,
        arrives: Box::new(move |record| (record.len() == len).then(|| record.to_vec())),
        resync: if silence.is_some() {
            Resync::Silence
        } else {
            Resync::Never
        },
        loss: silence.map(|_| 1),
        passes_on: None,
    }
}

pub(in crate::targets) fn fixed_checked(dice: &mut Dice) -> Shape<Checked<Fixed>> {
    let check = strong(dice);
    let len = dice.below(5);
    let silence = silence(dice);
    let inner = Fixed::new(fixed::Config {
        len: len + check.len(),
        silence,
    });
    Shape {
        framing: Checked::new(inner, check),
        max: len,
        arrives: Box::new(move |record| (record.len() == len).then(|| record.to_vec())),
        resync: after_any(silence),
        loss: Some(1),
        passes_on: None,
    }
}

fn after_any(silence: Option<Silence>) -> Resync {
    match silence {
        Some(_) => Resync::Silence,
        None => Resync::Bytes(b"", 0),
    }
}

pub(in crate::targets) fn length(dice: &mut Dice) -> Shape<Length> {
    let config = header(dice);
    let silence = config.silence;
    let arrives = arrives_counted(&config, 0);
    Shape {
        framing: Length::new(config),
        max: COUNTED,
        arrives,
        resync: if silence.is_some() {
            Resync::Silence
        } else {
            Resync::Never
        },
        loss: silence.map(|_| 1),
        passes_on: None,
    }
}

pub(in crate::targets) fn length_checked(dice: &mut Dice) -> Shape<Checked<Length>> {
    let check = strong(dice);
    let mut config = header(dice);
    config.max_record += check.len();
    config.believe = 0;
    let silence = config.silence;
    let arrives = arrives_counted(&config, check.len());
    Shape {
        framing: Checked::new(Length::new(config), check),
        max: COUNTED,
        arrives,
        resync: after_any(silence),
        loss: Some(1),
        passes_on: None,
    }
}

/// The longest record of the length-prefixed framing: a varint of one byte and of two.
const COUNTED: usize = 130;

fn header(dice: &mut Dice) -> length::Config {
    let widths = [
        Width::U8,
        Width::U16,
        Width::U24,
        Width::U32,
        Width::U64,
        Width::Varint,
    ];
    let magics: [&[u8]; 3] = [b"\xA5", b"\xA5\x5A", b"aab"];
    let magic = if dice.once_in(2) {
        magics.get(dice.below(3))
    } else {
        None
    };
    let adjusts = [0, 0, 0, -2, 1, 200];
    length::Config {
        max_record: COUNTED,
        width: widths.get(dice.below(6)).copied().unwrap_or(Width::U8),
        order: if dice.once_in(2) {
            Order::Little
        } else {
            Order::Big
        },
        magic: magic.and_then(|magic| Sequence::new(magic)),
        offset: if dice.once_in(2) { 0 } else { dice.below(5) },
        includes_header: dice.once_in(3),
        adjust: adjusts.get(dice.below(6)).copied().unwrap_or(0),
        silence: silence(dice),
        believe: if dice.once_in(2) { 0 } else { 64 },
    }
}

/// A record arrives when the length of what follows the header, with `check` bytes of it a check,
/// can be written.
fn arrives_counted(config: &length::Config, check: usize) -> Arrives {
    let config = config.clone();
    Box::new(move |record| {
        let magic = config
            .magic
            .as_ref()
            .map_or(0, |magic| magic.as_slice().len());
        let offset = config.offset.max(magic);
        let body = (record.len() + check).checked_sub(offset - magic)?;
        let field = |len: usize| {
            let header = if config.includes_header {
                offset + len
            } else {
                0
            };
            i64::try_from(body + header)
                .ok()
                .map(|sum| sum - i64::from(config.adjust))
        };
        let fits = match config.width {
            Width::U8 => (0..256).contains(&field(1)?),
            Width::U16 => field(2)? >= 0,
            Width::U24 => field(3)? >= 0,
            Width::U32 => field(4)? >= 0,
            Width::U64 => field(8)? >= 0,
            Width::Varint => (0..128).contains(&field(1)?) || (128..16_384).contains(&field(2)?),
        };
        (fits && record.len() <= COUNTED).then(|| record.to_vec())
    })
}

pub(in crate::targets) fn gap(dice: &mut Dice) -> Shape<Gap> {
    let min = 1 + dice.below(3);
    let config = gap::Config {
        max_record: MAX,
        min_record: min,
        silence: gap::T3_5,
        pause: dice.once_in(2).then_some(gap::T1_5),
    };
    Shape {
        framing: Gap::new(config),
        max: MAX,
        arrives: Box::new(move |record| {
            (min..=MAX).contains(&record.len()).then(|| record.to_vec())
        }),
        resync: Resync::Silence,
        loss: Some(1),
        passes_on: None,
    }
}

pub(in crate::targets) fn stx(dice: &mut Dice) -> Shape<Stx> {
    let transparent = dice.once_in(2);
    let algorithms = [
        Algorithm::XOR,
        Algorithm::LRC,
        Algorithm::CRC_16_ARC,
        Algorithm::CRC_32_ISO_HDLC,
    ];
    let algorithm = algorithms.get(dice.below(8)).copied();
    let config = stx::Config {
        max_record: MAX,
        transparent,
        bcc: algorithm.map(|algorithm| Trailer::new(algorithm, Order::Big)),
        covers: match dice.below(3) {
            0 => Covers::Record,
            1 => Covers::RecordEtx,
            _ => Covers::StxRecordEtx,
        },
    };
    let arrives = move |record: &[u8]| {
        let marks = !transparent
            && record
                .iter()
                .any(|byte| [stx::STX, stx::ETX].contains(byte));
        (record.len() <= MAX && !marks).then(|| record.to_vec())
    };
    Shape {
        framing: Stx::new(config),
        max: MAX,
        arrives: Box::new(arrives),
        resync: Resync::Bytes(b"", 1),
        loss: Some(2),
        passes_on: (transparent && config.bcc.is_some()).then_some(stx::DLE),
    }
}
