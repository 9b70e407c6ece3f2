//! RFC 3986, a function per rule, with two departures: no fragment, and a scheme that is split at
//! its `+` signs.

use core::fmt;

use nom::{
    AsChar, IResult, Parser,
    bytes::complete::{tag, take_while, take_while1},
    character::complete::{char, digit0},
    combinator::{opt, recognize, verify},
    error::ParseError,
    multi::{many0_count, separated_list1},
    sequence::{delimited, pair, preceded, terminated},
};

use super::{
    Address, Authority, Host, MAX_ADDRESS_LEN,
    error::{AddressError, Column, Part},
    params::Pair,
};

/// `URI = scheme ":" [ "//" authority ] path [ "?" query ]`
pub(super) fn address(text: &str) -> Result<Address, AddressError> {
    if text.len() > MAX_ADDRESS_LEN {
        let found = format!("{} bytes", text.len());
        let allowed = format!("at most {MAX_ADDRESS_LEN} bytes");
        return Err(AddressError::new(
            Part::Whole,
            Column::default(),
            &found,
            allowed,
        ));
    }
    uri(text)
        .map(|(_, address)| address)
        .map_err(|error| match error {
            nom::Err::Error(wrong) | nom::Err::Failure(wrong) => wrong.into_error(text),
            nom::Err::Incomplete(_) => Wrong::at(text, Part::Scheme, SCHEME).into_error(text),
        })
}

type Parsed<'a, T> = IResult<&'a str, T, Wrong<'a>>;

const SCHEME: &str = "a scheme such as tcp: or slip+tcp: (letters, digits, `-`, `.`)";
const HEX: &str = "% and two hexadecimal digits";

fn uri(text: &str) -> Parsed<'_, Address> {
    let column = |rest: &str| Column(Some(text.len() - rest.len() + 1));
    let (scheme_end, mut layers) = scheme(text)?;
    let (rest, _) = wanted(char(':'), Part::Scheme, SCHEME).parse(scheme_end)?;
    let scheme = layers.pop().unwrap_or_default();
    let scheme_at = Column(Some(text.len() - scheme_end.len() - scheme.len() + 1));
    let authority_at = column(rest.strip_prefix("//").unwrap_or(rest));
    let (rest, authority) = opt(preceded(tag("//"), authority)).parse(rest)?;
    let path_at = column(rest);
    let (rest, path) = path(rest)?;
    let (rest, query) = opt(preceded(char('?'), query)).parse(rest)?;
    let query = query.unwrap_or_default();
    let part = if query.is_empty() {
        Part::Path
    } else {
        Part::Query
    };
    let (rest, ()) = end(rest, part)?;
    let mut pairs: Vec<Pair> = Vec::with_capacity(query.len());
    for (key, value, key_text, value_text) in query {
        if pairs.iter().any(|pair| pair.key == key) {
            let part = Part::Parameter(key);
            return fail(key_text, part, "each parameter once");
        }
        pairs.push(Pair {
            key,
            value,
            key_at: column(key_text),
            value_at: column(value_text),
        });
    }
    let address = Address {
        layers,
        scheme,
        authority: authority.map(|authority| Authority {
            at: authority_at,
            ..authority
        }),
        path,
        query: pairs,
        scheme_at,
        path_at,
    };
    Ok((rest, address))
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`, in lower case, its layers apart.
fn scheme(text: &str) -> Parsed<'_, Vec<String>> {
    let word = recognize(pair(
        verify(nom::character::complete::anychar, char::is_ascii_alphabetic),
        take_while(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')),
    ));
    let (rest, words) =
        wanted(separated_list1(char('+'), word), Part::Scheme, SCHEME).parse(text)?;
    Ok((
        rest,
        words.into_iter().map(str::to_ascii_lowercase).collect(),
    ))
}

/// `authority = [ userinfo "@" ] host [ ":" port ]`
fn authority(text: &str) -> Parsed<'_, Authority> {
    let (rest, userinfo) = opt(terminated(userinfo, char('@'))).parse(text)?;
    let (user, password) = userinfo.unzip();
    let (rest, host) = host(rest)?;
    let (rest, port) = opt(preceded(char(':'), port)).parse(rest)?;
    if !(rest.is_empty() || rest.starts_with(['/', '?'])) {
        let allowed = "letters, digits, `-._~`, `:` before a port, `/` before a path; \
                       an IPv6 address stands in [ ]";
        return fail(rest, Part::Host, allowed);
    }
    let authority = Authority {
        user,
        password: password.flatten(),
        host,
        port,
        at: Column::default(),
    };
    Ok((rest, authority))
}

/// `userinfo = *( unreserved / pct-encoded / sub-delims / ":" )`, apart at the first colon.
fn userinfo(text: &str) -> Parsed<'_, (String, Option<String>)> {
    pair(
        |rest| encoded(rest, is_user, Part::User),
        opt(preceded(char(':'), |rest| {
            encoded(rest, is_password, Part::User)
        })),
    )
    .parse(text)
}

/// `host = IP-literal / IPv4address / reg-name`, or nothing.
fn host(text: &str) -> Parsed<'_, Option<Host>> {
    if text.starts_with('[') {
        let (rest, host) = ip_literal(text)?;
        return Ok((rest, Some(host)));
    }
    let (rest, name) = encoded(text, is_name, Part::Host)?;
    if name.is_empty() {
        return Ok((rest, None));
    }
    if let Ok(ip) = name.parse() {
        return Ok((rest, Some(Host::V4(ip))));
    }
    if name.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return fail(
            text,
            Part::Host,
            "an IPv4 address: four numbers from 0 to 255",
        );
    }
    Ok((rest, Some(Host::Name(name))))
}

/// `IP-literal = "[" IPv6address "]"`
fn ip_literal(text: &str) -> Parsed<'_, Host> {
    let inner = take_while1(|c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
    let allowed = "[an IPv6 address], as in [::1]";
    let (rest, ip) =
        wanted(delimited(char('['), inner, char(']')), Part::Host, allowed).parse(text)?;
    match ip.parse() {
        Ok(ip) => Ok((rest, Host::V6(ip))),
        Err(_) => fail(text, Part::Host, allowed),
    }
}

/// `port = *DIGIT`, here at least one, and at most 65535.
fn port(text: &str) -> Parsed<'_, u16> {
    let (rest, digits) = digit0(text)?;
    match digits.parse() {
        Ok(port) => Ok((rest, port)),
        Err(_) => fail(text, Part::Port, "a number from 0 to 65535"),
    }
}

/// `path = *( pchar / "/" )`
fn path(text: &str) -> Parsed<'_, String> {
    encoded(text, is_path, Part::Path)
}

/// A parameter: its key, its value, and where each stands.
type Parameter<'a> = (String, String, &'a str, &'a str);

/// `query = *( pchar / "/" / "?" )`, apart at its `&` and the first `=` of each parameter.
fn query(text: &str) -> Parsed<'_, Vec<Parameter<'_>>> {
    if text.is_empty() {
        return Ok((text, Vec::new()));
    }
    separated_list1(char('&'), parameter).parse(text)
}

fn parameter(text: &str) -> Parsed<'_, Parameter<'_>> {
    let (rest, key) = encoded(text, is_key, Part::Query)?;
    if key.is_empty() {
        return fail(text, Part::Query, "name=value");
    }
    let Some(value_text) = rest.strip_prefix('=') else {
        return Ok((rest, (key, String::new(), text, rest)));
    };
    let (rest, value) = encoded(value_text, is_value, Part::Parameter(key.clone()))?;
    Ok((rest, (key, value, text, value_text)))
}

/// Nothing may follow.
fn end(rest: &str, part: Part) -> Parsed<'_, ()> {
    let Some(next) = rest.chars().next() else {
        return Ok((rest, ()));
    };
    let mut buffer = [0; 4];
    let escaped = Encoded(next.encode_utf8(&mut buffer), |_| false).to_string();
    fail(
        rest,
        part,
        &format!("letters, digits and `-._~!$&'()*+,;=:@/`; write {escaped}"),
    )
}

/// `*( allowed / pct-encoded )`, decoded. Bytes that are not UTF-8 are refused.
fn encoded(text: &str, allowed: fn(char) -> bool, part: Part) -> Parsed<'_, String> {
    let plain = take_while1(allowed).map(|_: &str| ());
    let (rest, _) = many0_count(nom::branch::alt((plain, pct_encoded))).parse(text)?;
    if rest.starts_with('%') {
        return fail(rest, part, HEX);
    }
    let raw = text.strip_suffix(rest).unwrap_or(text);
    match decode(raw) {
        Some(decoded) => Ok((rest, decoded)),
        None => fail(text, part, "percent-encoded UTF-8"),
    }
}

/// `pct-encoded = "%" HEXDIG HEXDIG`
fn pct_encoded(text: &str) -> Parsed<'_, ()> {
    let hex = || {
        verify(nom::character::complete::anychar, |c: &char| {
            c.is_hex_digit()
        })
    };
    (char('%'), hex(), hex()).map(|_| ()).parse(text)
}

fn decode(raw: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// `unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"`
const fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')
}

/// `sub-delims = "!" / "$" / "&" / "'" / "(" / ")" / "*" / "+" / "," / ";" / "="`
const fn is_sub_delim(c: char) -> bool {
    matches!(
        c,
        '!' | '$' | '&' | '\'' | '(' | ')' | '*' | '+' | ',' | ';' | '='
    )
}

/// What a host's name may hold unencoded.
pub(super) const fn is_name(c: char) -> bool {
    is_unreserved(c) || is_sub_delim(c)
}

/// What a user may hold unencoded: no colon, which begins the password.
pub(super) const fn is_user(c: char) -> bool {
    is_name(c)
}

/// What a password may hold unencoded.
pub(super) const fn is_password(c: char) -> bool {
    is_name(c) || c == ':'
}

/// What a path may hold unencoded: `pchar` and `/`.
pub(super) const fn is_path(c: char) -> bool {
    is_name(c) || matches!(c, ':' | '@' | '/')
}

/// What a parameter's name may hold unencoded.
pub(super) const fn is_key(c: char) -> bool {
    is_value(c) && c != '='
}

/// What a parameter's value may hold unencoded.
pub(super) const fn is_value(c: char) -> bool {
    (is_path(c) || c == '?') && c != '&'
}

/// Text with everything but the allowed percent-encoded.
pub(super) struct Encoded<'a>(pub(super) &'a str, pub(super) fn(char) -> bool);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, allowed) = self;
        for c in text.chars() {
            if allowed(c) {
                write!(f, "{c}")?;
                continue;
            }
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

/// Where parsing stopped, and what was wanted there.
struct Wrong<'a> {
    rest: &'a str,
    part: Part,
    allowed: String,
}

impl<'a> Wrong<'a> {
    fn at(rest: &'a str, part: Part, allowed: &str) -> Self {
        Self {
            rest,
            part,
            allowed: allowed.to_owned(),
        }
    }

    fn into_error(self, text: &str) -> AddressError {
        // Everything before the rest was accepted, and is thus ASCII.
        let at = Column(Some(text.len() - self.rest.len() + 1));
        let end = self.rest.find(['/', '?', '&', '@']).filter(|end| *end > 0);
        let found = end
            .and_then(|end| self.rest.get(..end))
            .unwrap_or(self.rest);
        AddressError::new(self.part, at, found, self.allowed)
    }
}

impl<'a> ParseError<&'a str> for Wrong<'a> {
    fn from_error_kind(rest: &'a str, _: nom::error::ErrorKind) -> Self {
        Self::at(rest, Part::Whole, "")
    }

    fn append(_: &'a str, _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

/// The parser, with its own error in place of nom's.
fn wanted<'a, T>(
    mut parser: impl Parser<&'a str, Output = T, Error = Wrong<'a>>,
    part: Part,
    allowed: &str,
) -> impl Parser<&'a str, Output = T, Error = Wrong<'a>> {
    move |text: &'a str| {
        parser.parse(text).or_else(|error| match error {
            failure @ nom::Err::Failure(_) => Err(failure),
            _ => fail(text, part.clone(), allowed),
        })
    }
}

/// The end of all tries.
fn fail<'a, T>(rest: &'a str, part: Part, allowed: &str) -> Parsed<'a, T> {
    Err(nom::Err::Failure(Wrong::at(rest, part, allowed)))
}
