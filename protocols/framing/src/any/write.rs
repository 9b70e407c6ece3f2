//! The words that [`grammar`](super::grammar) reads, written so that reading gives the same again.

use core::fmt::{self, Formatter, Result};

use lineside_check::Order;

use super::{AnyFraming, Base};
use crate::wire::{
    MAX_RECORD, Silence,
    checked::{Check, Form},
    cobs,
    delimiter::{self, Delimiter, Ends, Tail},
    fixed, gap,
    hdlc::{self, Accm, AddressControl, Fcs},
    length::{self, Width},
    slip,
    stx::{self, Covers},
};

pub(super) fn any(framing: &AnyFraming, f: &mut Formatter<'_>) -> Result {
    let check = framing.check();
    match framing.base() {
        Base::Delimiter(framing) => delimiter(framing.config(), f),
        Base::Fixed(framing) => return fixed(framing.config(), check, f),
        Base::Length(framing) => length(framing.config(), check.is_some(), f),
        Base::Gap(framing) => gap(framing.config(), f),
        Base::Stx(framing) => stx(framing.config(), f),
        Base::Slip(framing) => slip(framing.config(), f),
        Base::Cobs(framing) => cobs(framing.config(), f),
        Base::Hdlc(framing) => hdlc(framing.config(), f),
    }?;
    let max = framing
        .base()
        .max()
        .saturating_sub(check.map_or(0, Check::len));
    if max != MAX_RECORD {
        write!(f, ":max={max}")?;
    }
    suffix(check, f)
}

fn suffix(check: Option<Check>, f: &mut Formatter<'_>) -> Result {
    let Some(check) = check else {
        return Ok(());
    };
    write!(f, "+{}", Lower(check.algorithm.name()))?;
    match check.form {
        form if form == Check::new(check.algorithm).form => Ok(()),
        Form::Bytes(Order::Little) => f.write_str(":le"),
        Form::Bytes(Order::Big) => f.write_str(":be"),
        Form::Hex => f.write_str(":hex"),
    }
}

fn delimiter(config: &delimiter::Config, f: &mut Formatter<'_>) -> Result {
    let lines = ["line", "line:cr", "line:crlf", "line:any"];
    let endings = [
        Delimiter::lf(),
        Delimiter::cr(),
        Delimiter::crlf(),
        Delimiter::lines(),
    ];
    let mut lines = lines.iter().zip(endings);
    let line = lines.find(|(_, like)| like.config().ends == config.ends);
    match (&line, &config.ends) {
        (Some((word, _)), _) => f.write_str(word)?,
        (None, Ends::Sequence(sequence)) => {
            f.write_str("delimiter:")?;
            hex(sequence.as_slice(), f)?;
        }
        (None, Ends::Set(set)) => {
            f.write_str("delimiter")?;
            for (at, byte) in set.members().enumerate() {
                write!(f, "{}{byte:02x}", if at == 0 { ":" } else { "," })?;
            }
        }
        (None, Ends::Lines) => {}
    }
    option(config.keep, ":keep", f)?;
    option(
        line.is_some() && config.tail == Tail::Truncated,
        ":eof=error",
        f,
    )?;
    option(
        line.is_none() && config.tail == Tail::Record,
        ":eof=record",
        f,
    )
}

fn fixed(config: &fixed::Config, check: Option<Check>, f: &mut Formatter<'_>) -> Result {
    write!(f, "fixed:{}", config.len)?;
    silence(":gap=", config.silence, f)?;
    suffix(check, f)
}

fn length(config: &length::Config, checked: bool, f: &mut Formatter<'_>) -> Result {
    f.write_str(match (config.width, config.order) {
        (Width::U8, _) => "length:1",
        (Width::U16, Order::Big) => "length:2be",
        (Width::U16, Order::Little) => "length:2le",
        (Width::U24, Order::Big) => "length:3be",
        (Width::U24, Order::Little) => "length:3le",
        (Width::U32, Order::Big) => "length:4be",
        (Width::U32, Order::Little) => "length:4le",
        (Width::U64, Order::Big) => "length:8be",
        (Width::U64, Order::Little) => "length:8le",
        (Width::Varint, _) => "length:varint",
    })?;
    if let Some(magic) = &config.magic {
        f.write_str(":magic=")?;
        hex(magic.as_slice(), f)?;
    }
    if config.offset > 0 {
        write!(f, ":offset={}", config.offset)?;
    }
    option(config.includes_header, ":incl", f)?;
    if config.adjust != 0 {
        write!(f, ":adjust={}", config.adjust)?;
    }
    silence(":gap=", config.silence, f)?;
    let usual = if checked {
        0
    } else {
        length::Config::default().believe
    };
    if config.believe != usual {
        write!(f, ":believe={}", config.believe)?;
    }
    Ok(())
}

fn gap(config: &gap::Config, f: &mut Formatter<'_>) -> Result {
    f.write_str("gap")?;
    silence(":", Some(config.silence), f)?;
    silence(":pause=", config.pause, f)?;
    if config.min_record != gap::Config::default().min_record {
        write!(f, ":min={}", config.min_record)?;
    }
    Ok(())
}

fn silence(prefix: &str, silence: Option<Silence>, f: &mut Formatter<'_>) -> Result {
    let Some(Silence { tenths, floor_us }) = silence else {
        return Ok(());
    };
    write!(f, "{prefix}{tenths}")?;
    if floor_us != tenths.saturating_mul(50) {
        write!(f, ":floor={floor_us}")?;
    }
    Ok(())
}

fn stx(config: &stx::Config, f: &mut Formatter<'_>) -> Result {
    f.write_str(if config.transparent { "dle" } else { "stx" })?;
    if let Some(bcc) = config.bcc {
        write!(f, ":bcc={}", Lower(bcc.algorithm.name()))?;
    }
    f.write_str(match config.covers {
        Covers::Record => ":covers=record",
        Covers::RecordEtx => "",
        Covers::StxRecordEtx => ":covers=all",
    })
}

fn slip(config: &slip::Config, f: &mut Formatter<'_>) -> Result {
    f.write_str("slip")?;
    option(config.strict, ":strict", f)?;
    option(!config.lead, ":nolead", f)
}

fn cobs(config: &cobs::Config, f: &mut Formatter<'_>) -> Result {
    f.write_str(if config.reduced { "cobsr" } else { "cobs" })?;
    option(config.lead, ":lead", f)
}

/// A sender's map that the words cannot tell from the receiver's is left out.
fn hdlc(config: &hdlc::Config, f: &mut Formatter<'_>) -> Result {
    f.write_str(match config.fcs {
        Fcs::None => "hdlc:nofcs",
        Fcs::Bits16 => "hdlc",
        Fcs::Bits32 => "hdlc:fcs32",
    })?;
    if config.rx_accm != u32::MAX || config.tx_accm != Accm::ALL {
        write!(f, ":accm={:x}", config.rx_accm)?;
    }
    f.write_str(match config.address_control {
        AddressControl::Sent => "",
        AddressControl::Compressed => ":acfc",
        AddressControl::Absent => ":noac",
    })?;
    option(!config.lead, ":nolead", f)
}

fn option(on: bool, word: &str, f: &mut Formatter<'_>) -> Result {
    if on { f.write_str(word) } else { Ok(()) }
}

fn hex(bytes: &[u8], f: &mut Formatter<'_>) -> Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Writes in small letters.
struct Lower(&'static str);

impl fmt::Display for Lower {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.0
            .chars()
            .try_for_each(|c| write!(f, "{}", c.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use crate::AnyFraming;

    #[test]
    fn what_is_written_reads_as_the_same() {
        for text in [
            "line",
            "line:cr",
            "line:crlf:keep",
            "line:any:eof=error:max=80",
            "delimiter:03",
            "delimiter:0d0a0d0a",
            "delimiter:0d,09,0a,1b:eof=record",
            "fixed:8",
            "fixed:8:gap=35",
            "fixed:10:gap=15:floor=0+crc-16/modbus:be",
            "length:2be",
            "length:varint:incl",
            "length:1:magic=aa55:offset=3:incl:adjust=-1:max=32",
            "length:4le:gap=35:believe=0",
            "length:2be:believe=100+crc-32/iso-hdlc",
            "length:3be+crc-16/xmodem:hex",
            "gap:35",
            "gap:35:pause=15:min=4:max=256",
            "gap:20:floor=7:pause=15:floor=0",
            "stx",
            "stx:bcc=xor",
            "dle:bcc=crc-16/arc:covers=record",
            "dle:bcc=lrc:covers=all:max=9+crc-8/smbus",
            "slip",
            "slip:strict:nolead",
            "cobs",
            "cobs:lead+lrc",
            "cobsr",
            "hdlc",
            "hdlc:nofcs",
            "hdlc:fcs32:accm=a0000:acfc:nolead:max=1500",
            "hdlc:accm=0:noac",
        ] {
            let framing = text.parse::<AnyFraming>().unwrap();
            assert_eq!(framing.to_string(), text);
        }
    }

    #[test]
    fn other_ways_to_say_it_are_read_too() {
        for (text, canonical) in [
            ("line:lf", "line"),
            ("delimiter:0A:eof=record", "line"),
            ("gap", "gap:35"),
            ("hdlc:fcs16", "hdlc"),
            ("slip+MODBUS:le", "slip+crc-16/modbus"),
            ("stx:covers=etx", "stx"),
        ] {
            assert_eq!(text.parse::<AnyFraming>().unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn an_error_names_the_part_and_what_is_allowed() {
        for (text, part, allowed) in [
            ("", "", "line, delimiter"),
            ("lines", "lines", "line, delimiter"),
            ("line:crfl", "crfl", "crlf"),
            ("line:keep:cr", "cr", "keep"),
            ("delimiter", "", "hexadecimal"),
            ("delimiter:0", "0", "hexadecimal"),
            ("delimiter:0d,xy", "0d,xy", "hexadecimal"),
            ("fixed:0", "0", "a length"),
            ("fixed:8:max=9", "max=9", "gap=T"),
            ("length:2", "2", "2be"),
            ("length:2be:magic=", "magic=", "magic=HEX"),
            ("gap:0", "0", "tenths"),
            ("gap:35:wait=3", "wait=3", "pause=T"),
            ("stx:bcc=crc", "crc", "crc-16/modbus"),
            ("cobs+", "", "lrc"),
            ("cobs+lrc:up", "up", "hex"),
            ("slip:max=-1", "max=-1", "max=N"),
            ("hdlc:accm=xyz", "accm=xyz", "accm=HEX"),
        ] {
            let unknown = text.parse::<AnyFraming>().unwrap_err();
            assert_eq!(unknown.part(), part, "{text}");
            assert!(unknown.allowed().contains(allowed), "{text}: {unknown}");
        }
        let long = "é".repeat(40).parse::<AnyFraming>().unwrap_err();
        assert_eq!(long.part(), "é".repeat(16));
    }
}
