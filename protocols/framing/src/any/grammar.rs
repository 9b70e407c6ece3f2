//! The words that name framings.

use lineside_check::{Algorithm, Order, Trailer};

use super::{AnyFraming, Base, Unknown};
use crate::wire::{
    MAX_RECORD, Silence,
    checked::{Check, Checked, Form},
    cobs::{self, Cobs},
    delimiter::{self, Delimiter, Ends, MAX_DELIMITER, Sequence, Tail},
    fixed::{self, Fixed},
    gap::{self, Gap},
    hdlc::{self, Accm, AddressControl, Fcs, Hdlc},
    length::{self, Length, Width},
    slip::{self, Slip},
    stx::{self, Covers, Stx},
};

impl AnyFraming {
    /// What [`FromStr`](core::str::FromStr) takes.
    pub const HELP: &str = "\
FRAMING[:OPTION...][+CHECK[:le|be|hex]]

line[:lf|cr|crlf|any]  lines, lf unless it says otherwise; any: whichever ending comes, CRLF is sent
delimiter:HEX[,HEX...] the bytes in order that end a record (0d0a), or any one of a list (0d,0a)
  keep                 the delimiter stays on the record
  eof=record|error     what stands after the last delimiter (line: record, delimiter: error)
fixed:N                every record is N bytes, a check counted
  gap=T                a silence of T tenths of a character begins a new record
length:WIDTH           a length before the record: 1, 2be, 2le, 3be, 3le, 4be, 4le, 8be, 8le, varint
  magic=HEX            bytes that begin every frame
  offset=N             bytes before the length, the magic counted; the others are the record's first
  incl                 the length counts the whole frame
  adjust=N             is added to the length
  gap=T                a silence of T tenths of a character begins a new frame
  believe=N            the longest illegal length that is believed (16777216; with a check 0)
gap[:T]                a silence of T tenths of a character ends a record (35)
  pause=T              the longest silence inside a record
  min=N                the shortest record
stx, dle               STX record ETX; DLE STX record DLE ETX with each DLE doubled
  bcc=CHECK            a block check after ETX: xor, lrc, crc-16/arc, ...
  covers=record|etx|all what it is taken of: the record, ETX too (default), STX too
slip                   RFC 1055
  strict, nolead       a bad escape is an error; no END before a frame
cobs, cobsr            consistent overhead byte stuffing, reduced
  lead                 a zero before each frame
hdlc[:fcs16|fcs32|nofcs] RFC 1662 framing, fcs16 unless it says otherwise
  accm=HEX             the control characters that are escaped and dropped, 32 bits (ffffffff)
  acfc, noac           address and control left out; not a part of frames
  nolead               one flag between frames
all but fixed          max=N: the longest record, a check not counted (4096)
all with gap or pause  floor=US: no silence is shorter, in microseconds (50 for each tenth)
CHECK                  a name or alias of the CRC catalogue, or lrc, xor, sum-8, sum-16";
}

type Parsed<T> = Result<T, Unknown>;

pub(super) fn parse(text: &str) -> Parsed<AnyFraming> {
    let (base, check) = match text.split_once('+') {
        Some((base, check)) => (base, Some(self::check(check)?)),
        None => (text, None),
    };
    let (name, words) = base
        .split_once(':')
        .map_or((base, None), |(name, words)| (name, Some(words)));
    let words = words.into_iter().flat_map(|words| words.split(':'));
    let base = match name {
        "line" => line(words)?,
        "delimiter" => delimiter(words)?,
        "fixed" => fixed(words)?,
        "length" => length(words, check.is_some())?,
        "gap" => gap(words)?,
        "stx" => stx(words, false)?,
        "dle" => stx(words, true)?,
        "slip" => slip(words)?,
        "cobs" => cobs(words, false)?,
        "cobsr" => cobs(words, true)?,
        "hdlc" => hdlc(words)?,
        _ => return Err(Unknown::new(name, NAMES)),
    };
    let Some(check) = check else {
        return Ok(AnyFraming::Plain(base));
    };
    let max = base.max();
    let framing = AnyFraming::Checked(Checked::new(base, check));
    Ok(framing.max_record(max))
}

const NAMES: &str = "line, delimiter, fixed, length, gap, stx, dle, slip, cobs, cobsr or hdlc";

fn check(text: &str) -> Parsed<Check> {
    let (name, form) = text
        .split_once(':')
        .map_or((text, None), |(name, form)| (name, Some(form)));
    let mut check = Check::new(algorithm(name).ok_or_else(|| Unknown::new(name, CHECKS))?);
    check.form = match form {
        None => check.form,
        Some("le") => Form::Bytes(Order::Little),
        Some("be") => Form::Bytes(Order::Big),
        Some("hex") => Form::Hex,
        Some(form) => return Err(Unknown::new(form, "le, be or hex")),
    };
    Ok(check)
}

const CHECKS: &str =
    "a check of the catalogue, such as crc-16/modbus, crc-32/iso-hdlc, lrc, xor or sum-8";

fn algorithm(name: &str) -> Option<Algorithm> {
    Algorithm::by_name(name)
}

fn line<'a>(words: impl Iterator<Item = &'a str>) -> Parsed<Base> {
    const ALLOWED: &str = "lf, cr, crlf or any, and then keep, eof=record, eof=error or max=N";
    let mut config = delimiter::Config::default();
    for (at, word) in words.enumerate() {
        match (at, word) {
            (0, "lf") => {}
            (0, "cr") => config = Delimiter::cr().config().clone(),
            (0, "crlf") => config = Delimiter::crlf().config().clone(),
            (0, "any") => config = Delimiter::lines().config().clone(),
            _ => delimiter_option(&mut config, word).ok_or_else(|| Unknown::new(word, ALLOWED))?,
        }
    }
    Ok(Base::Delimiter(Delimiter::new(config)))
}

fn delimiter<'a>(mut words: impl Iterator<Item = &'a str>) -> Parsed<Base> {
    const WANT: &str = "a delimiter in hexadecimal, such as 03, 0d0a or 0d,0a";
    const ALLOWED: &str = "keep, eof=record, eof=error or max=N";
    let word = words.next().unwrap_or_default();
    let ends = if word.contains(',') {
        any_of(word)
    } else {
        in_order(word).and_then(|end| Ends::sequence(end.as_slice()))
    };
    let mut config = delimiter::Config {
        ends: ends.ok_or_else(|| Unknown::new(word, WANT))?,
        tail: Tail::Truncated,
        ..delimiter::Config::default()
    };
    for word in words {
        delimiter_option(&mut config, word).ok_or_else(|| Unknown::new(word, ALLOWED))?;
    }
    Ok(Base::Delimiter(Delimiter::new(config)))
}

fn any_of(word: &str) -> Option<Ends> {
    let mut bytes = [0; 256];
    let mut count = 0;
    for end in word.split(',') {
        *bytes.get_mut(count)? = u8::from_str_radix(end, 16)
            .ok()
            .filter(|_| end.len() == 2)?;
        count += 1;
    }
    Ends::any_of(bytes.get(..count)?)
}

fn in_order(word: &str) -> Option<Sequence> {
    let mut bytes = [0; MAX_DELIMITER];
    let (pairs, rest) = word.as_bytes().as_chunks::<2>();
    let digit = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    for (at, [high, low]) in pairs.iter().enumerate() {
        *bytes.get_mut(at)? = digit(*high)? << 4 | digit(*low)?;
    }
    Sequence::new(bytes.get(..pairs.len()).filter(|_| rest.is_empty())?)
}

fn delimiter_option(config: &mut delimiter::Config, word: &str) -> Option<()> {
    match word {
        "keep" => config.keep = true,
        "eof=record" => config.tail = Tail::Record,
        "eof=error" => config.tail = Tail::Truncated,
        _ => config.max_record = number(word, "max=")?,
    }
    Some(())
}

fn fixed<'a>(mut words: impl Iterator<Item = &'a str>) -> Parsed<Base> {
    let word = words.next().unwrap_or_default();
    let len = word.parse().ok().filter(|len| *len > 0);
    let mut config = fixed::Config {
        len: len.ok_or_else(|| Unknown::new(word, "a length in bytes, such as 8"))?,
        silence: None,
    };
    for word in words {
        let known = silence(&mut config.silence, word, "gap=");
        known.ok_or_else(|| Unknown::new(word, "gap=T or, after it, floor=US"))?;
    }
    Ok(Base::Fixed(Fixed::new(config)))
}

fn length<'a>(mut words: impl Iterator<Item = &'a str>, checked: bool) -> Parsed<Base> {
    const WIDTHS: &str = "a length's width: 1, 2be, 2le, 3be, 3le, 4be, 4le, 8be, 8le or varint";
    const ALLOWED: &str =
        "magic=HEX, offset=N, incl, adjust=N, gap=T, floor=US, believe=N or max=N";
    let word = words.next().unwrap_or_default();
    let (width, order) = width(word).ok_or_else(|| Unknown::new(word, WIDTHS))?;
    let mut config = length::Config {
        width,
        order,
        ..length::Config::default()
    };
    if checked {
        config.believe = 0;
    }
    for word in words {
        length_option(&mut config, word).ok_or_else(|| Unknown::new(word, ALLOWED))?;
    }
    Ok(Base::Length(Length::new(config)))
}

fn width(word: &str) -> Option<(Width, Order)> {
    Some(match word {
        "1" => (Width::U8, Order::Big),
        "2be" => (Width::U16, Order::Big),
        "2le" => (Width::U16, Order::Little),
        "3be" => (Width::U24, Order::Big),
        "3le" => (Width::U24, Order::Little),
        "4be" => (Width::U32, Order::Big),
        "4le" => (Width::U32, Order::Little),
        "8be" => (Width::U64, Order::Big),
        "8le" => (Width::U64, Order::Little),
        "varint" => (Width::Varint, Order::Little),
        _ => return None,
    })
}

fn length_option(config: &mut length::Config, word: &str) -> Option<()> {
    if let Some(magic) = word.strip_prefix("magic=") {
        config.magic = Some(in_order(magic)?);
    } else if word.starts_with("offset=") {
        // Longer headers have a length elsewhere.
        config.offset = number(word, "offset=").filter(|offset| *offset <= MAX_RECORD)?;
    } else if word == "incl" {
        config.includes_header = true;
    } else if word.starts_with("adjust=") {
        config.adjust = number(word, "adjust=")?;
    } else if word.starts_with("believe=") {
        config.believe = number(word, "believe=")?;
    } else if word.starts_with("max=") {
        config.max_record = number(word, "max=")?;
    } else {
        silence(&mut config.silence, word, "gap=")?;
    }
    Some(())
}

fn gap<'a>(words: impl Iterator<Item = &'a str>) -> Parsed<Base> {
    const ALLOWED: &str = "a silence in tenths of a character, pause=T, floor=US, min=N or max=N";
    let mut config = gap::Config::default();
    for (at, word) in words.enumerate() {
        gap_option(&mut config, at, word).ok_or_else(|| Unknown::new(word, ALLOWED))?;
    }
    Ok(Base::Gap(Gap::new(config)))
}

fn gap_option(config: &mut gap::Config, at: usize, word: &str) -> Option<()> {
    if at == 0 && word.starts_with(|first: char| first.is_ascii_digit()) {
        config.silence = tenths(word.parse().ok()?)?;
    } else if word.starts_with("pause=") {
        silence(&mut config.pause, word, "pause=")?;
    } else if let (Some(pause), true) = (&mut config.pause, word.starts_with("floor=")) {
        pause.floor_us = number(word, "floor=")?;
    } else if word.starts_with("floor=") {
        config.silence.floor_us = number(word, "floor=")?;
    } else if word.starts_with("min=") {
        config.min_record = number(word, "min=")?;
    } else {
        config.max_record = number(word, "max=")?;
    }
    Some(())
}

/// A silence after `prefix`, or the floor of one that is there already.
fn silence(silence: &mut Option<Silence>, word: &str, prefix: &str) -> Option<()> {
    match silence {
        Some(silence) if word.starts_with("floor=") => silence.floor_us = number(word, "floor=")?,
        _ => *silence = Some(tenths(number(word, prefix)?)?),
    }
    Some(())
}

/// A silence with the floor that Modbus's have: 50 µs for each tenth of a character.
fn tenths(tenths: u32) -> Option<Silence> {
    (tenths > 0).then(|| Silence {
        tenths,
        floor_us: tenths.saturating_mul(50),
    })
}

fn stx<'a>(words: impl Iterator<Item = &'a str>, transparent: bool) -> Parsed<Base> {
    const ALLOWED: &str = "bcc=CHECK, covers=record, covers=etx, covers=all or max=N";
    let mut config = stx::Config {
        transparent,
        ..stx::Config::default()
    };
    for word in words {
        match word {
            "covers=record" => config.covers = Covers::Record,
            "covers=etx" => config.covers = Covers::RecordEtx,
            "covers=all" => config.covers = Covers::StxRecordEtx,
            _ => match word.strip_prefix("bcc=") {
                Some(name) => {
                    let bcc = algorithm(name).ok_or_else(|| Unknown::new(name, CHECKS))?;
                    config.bcc = Some(Trailer::new(bcc, bcc.natural_order()));
                }
                None => config.max_record = max(word, ALLOWED)?,
            },
        }
    }
    Ok(Base::Stx(Stx::new(config)))
}

fn slip<'a>(words: impl Iterator<Item = &'a str>) -> Parsed<Base> {
    let mut config = slip::Config::default();
    for word in words {
        match word {
            "strict" => config.strict = true,
            "nolead" => config.lead = false,
            _ => config.max_record = max(word, "strict, nolead or max=N")?,
        }
    }
    Ok(Base::Slip(Slip::new(config)))
}

fn cobs<'a>(words: impl Iterator<Item = &'a str>, reduced: bool) -> Parsed<Base> {
    let mut config = cobs::Config {
        reduced,
        ..cobs::Config::default()
    };
    for word in words {
        match word {
            "lead" => config.lead = true,
            _ => config.max_record = max(word, "lead or max=N")?,
        }
    }
    Ok(Base::Cobs(Cobs::new(config)))
}

fn hdlc<'a>(words: impl Iterator<Item = &'a str>) -> Parsed<Base> {
    const ALLOWED: &str = "fcs16, fcs32, nofcs, accm=HEX, acfc, noac, nolead or max=N";
    let mut config = hdlc::Config::default();
    for word in words {
        match word {
            "fcs16" => config.fcs = Fcs::Bits16,
            "fcs32" => config.fcs = Fcs::Bits32,
            "nofcs" => config.fcs = Fcs::None,
            "acfc" => config.address_control = AddressControl::Compressed,
            "noac" => config.address_control = AddressControl::Absent,
            "nolead" => config.lead = false,
            _ => match word.strip_prefix("accm=") {
                Some(map) => {
                    let map = u32::from_str_radix(map, 16);
                    config.rx_accm = map.map_err(|_| Unknown::new(word, ALLOWED))?;
                    config.tx_accm = Accm::new(config.rx_accm);
                }
                None => config.max_record = max(word, ALLOWED)?,
            },
        }
    }
    Ok(Base::Hdlc(Hdlc::new(config)))
}

fn max(word: &str, allowed: &'static str) -> Parsed<usize> {
    number(word, "max=").ok_or_else(|| Unknown::new(word, allowed))
}

fn number<T: core::str::FromStr>(word: &str, prefix: &str) -> Option<T> {
    word.strip_prefix(prefix)?.parse().ok()
}
