//! The grammar of RFC 854 and 855, rule by rule: the executable specification.
//!
//! [`after_iac`] is what the [`Scanner`](super::Scanner) uses; [`item`] reads a stream byte by byte
//! as the text says, and is what the scanner is compared with.

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::tag,
    combinator::{map, value, verify},
    multi::fold_many0,
    number::complete::u8 as byte,
};

use super::{Command, IAC, TelnetOption, Verb};

/// What follows an IAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterIac {
    /// IAC again: one byte of data.
    Data,
    /// `DO option` and its like.
    Negotiation(Verb, TelnetOption),
    /// `SB`: a subnegotiation begins.
    Begin,
    /// A command of one byte, known or not.
    Command(Command),
}

/// One element of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// One byte of data.
    Data(u8),
    /// A command.
    Command(Command),
    /// A negotiation.
    Negotiation(Verb, TelnetOption),
    /// A subnegotiation: what stands between `SB` and `SE`, with every IAC still doubled. What follows
    /// an IAC there and is neither IAC nor SE belongs to nothing.
    Subnegotiation(&'a [u8]),
}

/// `after-iac = IAC / (WILL / WONT / DO / DONT) option / SB / command`; and how many bytes that are.
/// `None` while more are needed.
#[must_use]
#[inline]
pub fn after_iac(input: &[u8]) -> Option<(AfterIac, usize)> {
    let (rest, what) = rule(input).ok()?;
    Some((what, input.len() - rest.len()))
}

#[inline]
fn rule(input: &[u8]) -> IResult<&[u8], AfterIac> {
    let (rest, first) = byte(input)?;
    if let Some(verb) = Verb::of(first) {
        let (rest, option) = byte(rest)?;
        let said = AfterIac::Negotiation(verb, TelnetOption(option));
        return Ok((rest, said));
    }
    Ok((
        rest,
        match first {
            IAC => AfterIac::Data,
            _ if first == Command::SB.0 => AfterIac::Begin,
            _ => AfterIac::Command(Command(first)),
        },
    ))
}

/// `item = data / IAC after-iac / IAC SB *element IAC SE`; and how many bytes that are. `None` while
/// more are needed.
#[must_use]
pub fn item(input: &[u8]) -> Option<(Item<'_>, usize)> {
    let (rest, item) = alt((subnegotiation, command, data)).parse(input).ok()?;
    Some((item, input.len() - rest.len()))
}

fn data(input: &[u8]) -> IResult<&[u8], Item<'_>> {
    map(verify(byte, |byte| *byte != IAC), Item::Data).parse(input)
}

fn command(input: &[u8]) -> IResult<&[u8], Item<'_>> {
    let (rest, _) = tag(&[IAC][..]).parse(input)?;
    let (rest, what) = verify(rule, |what| *what != AfterIac::Begin).parse(rest)?;
    Ok((
        rest,
        match what {
            AfterIac::Negotiation(verb, option) => Item::Negotiation(verb, option),
            AfterIac::Command(command) => Item::Command(command),
            AfterIac::Data | AfterIac::Begin => Item::Data(IAC),
        },
    ))
}

fn subnegotiation(input: &[u8]) -> IResult<&[u8], Item<'_>> {
    let (body, _) = tag(&[IAC, Command::SB.0][..]).parse(input)?;
    let (rest, length) = fold_many0(element, || 0, |length, more| length + more).parse(body)?;
    let (rest, _) = tag(&[IAC, Command::SE.0][..]).parse(rest)?;
    let body = body.get(..length).unwrap_or_default();
    Ok((rest, Item::Subnegotiation(body)))
}

/// `element = data / IAC (anything but SE)`, and its length.
fn element(input: &[u8]) -> IResult<&[u8], usize> {
    let escaped = (tag(&[IAC][..]), verify(byte, |byte| *byte != Command::SE.0));
    alt((
        value(1, verify(byte, |byte| *byte != IAC)),
        value(2, escaped),
    ))
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_tells_data_from_commands() {
        assert_eq!(item(b"a"), Some((Item::Data(b'a'), 1)));
        assert_eq!(item(b"\xff\xff"), Some((Item::Data(255), 2)));
        assert_eq!(item(b"\xff\xf6x"), Some((Item::Command(Command::AYT), 2)));
        let will = Item::Negotiation(Verb::Will, TelnetOption::ECHO);
        assert_eq!(item(b"\xff\xfb\x01"), Some((will, 3)));
        assert_eq!(item(b"\xff\xfb"), None);
        assert_eq!(item(b"\xff"), None);
        // A lone SE is a command like any other (T9).
        assert_eq!(item(b"\xff\xf0"), Some((Item::Command(Command::SE), 2)));
    }

    #[test]
    fn a_doubled_iac_before_se_ends_nothing() {
        let body = b"\x18\x00\xff\xff\xf0";
        let sent = [b"\xff\xfa", &body[..], b"\xff\xf0"].concat();
        assert_eq!(item(&sent), Some((Item::Subnegotiation(body), sent.len())));
        for cut in 1..sent.len() {
            assert_eq!(item(&sent[..cut]), None, "{cut}");
        }
    }
}
