//! NEW-ENVIRON and OLD-ENVIRON (RFC 1572, RFC 1408; T63 to T65): which variables pass.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{ServerOptions, Told};
use crate::wire::{
    TelnetOption,
    options::{Dialect, Environ, Escaped, Kind, Requests, Variables},
};

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Whether it is one of the well known.
    pub kind: Kind,
    /// Its name.
    pub name: Bytes,
    /// Its value, which may be empty; `None` when it is undefined.
    pub value: Option<Bytes>,
}

/// Those that change how programs load, read or run others: never let in (T64).
const DENIED: [&str; 22] = [
    "IFS",
    "ENV",
    "PATH",
    "HOME",
    "SHELL",
    "CDPATH",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "CREDENTIALS_DIRECTORY",
    "TERMCAP",
    "TERMINFO",
    "TERMINFO_DIRS",
    "TERMPATH",
    "NLSPATH",
    "LOCPATH",
    "LOCALDOMAIN",
    "HOSTALIASES",
    "RES_OPTIONS",
    "RESOLV_HOST_CONF",
    "GCONV_PATH",
];
/// The same by how they begin.
const DENIED_PREFIXES: [&str; 8] = [
    "LD_", "DYLD_", "BASH_", "_RLD_", "MALLOC_", "GLIBC_", "PYTHON", "PERL",
];
/// Those that programs are given as an argument: one that begins with `-` would be an option of theirs.
const ACCOUNTS: [&str; 4] = ["USER", "LOGNAME", "ACCT", "JOB"];
/// The longest name that is let in, in bytes.
const LONGEST_NAME: usize = 64;

impl Variable {
    /// Whether it can do no harm in an environment that a program is started with: its name is a
    /// name and not one of those that change how programs run, its value has no control characters,
    /// and an account does not begin with `-` (T64).
    #[must_use]
    pub fn is_safe(&self) -> bool {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let is_one_of = |list: &[&str]| {
            list.iter()
                .any(|it| self.name.eq_ignore_ascii_case(it.as_bytes()))
        };
        let begins = |it: &&str| {
            let head = self.name.get(..it.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(it.as_bytes()))
        };
        let value = self.value.as_deref().unwrap_or_default();
        let is_dangerous = is_one_of(&DENIED)
            || DENIED_PREFIXES.iter().any(begins)
            || is_one_of(&ACCOUNTS) && value.starts_with(b"-");
        let is_text = self.name.iter().all(is_name) && !value.iter().any(u8::is_ascii_control);
        is_text && !self.name.is_empty() && !is_dangerous
    }
}

/// How a payload of `option` is to be read.
pub(super) fn dialect(option: TelnetOption, payload: &[u8]) -> Dialect {
    match option {
        TelnetOption::OLD_ENVIRON => Dialect::of(payload).unwrap_or(Dialect::Reversed),
        _ => Dialect::Standard,
    }
}

/// What of these is let in.
pub(super) fn admit(told: Variables<'_>, options: &ServerOptions) -> Told {
    let (mut variables, mut refused) = (Vec::<Variable>::new(), 0);
    for it in told {
        let fits = |text: Escaped<'_>, most| text.take(most + 1).count() <= most;
        let listed = options
            .environment
            .iter()
            .find(|(_, name)| it.name.is(name));
        let is_short = it.value.is_none_or(|value| fits(value, options.value));
        let variable = listed
            .filter(|(_, name)| is_short && name.len() <= LONGEST_NAME)
            .map(|(_, name)| Variable {
                kind: it.kind,
                name: name.clone(),
                value: it.value.map(Iterator::collect),
            })
            .filter(Variable::is_safe);
        match variable {
            Some(variable) => set(&mut variables, variable),
            None => refused += 1,
        }
    }
    Told::Environment { variables, refused }
}

/// The last word on a variable counts.
pub(super) fn set(variables: &mut Vec<Variable>, variable: Variable) {
    let known = variables
        .iter_mut()
        .find(|it| (it.kind, &it.name) == (variable.kind, &variable.name));
    match known {
        Some(known) => *known = variable,
        None => variables.push(variable),
    }
}

/// The payload of an `IS`, of at most about `most` bytes: a short request may ask for everything many
/// times.
pub(super) fn answer(
    dialect: Dialect,
    requests: Requests<'_>,
    variables: &[Variable],
    most: usize,
) -> Vec<u8> {
    let mut said = Environ::head(false).to_vec();
    let all = |said: &mut Vec<u8>, kind: Option<Kind>| {
        let of_kind =
            |it: &&Variable| it.value.is_some() && kind.is_none_or(|kind| it.kind == kind);
        for it in variables.iter().filter(of_kind) {
            put(dialect, it.kind, &it.name, it.value.as_deref(), said);
        }
    };
    let mut is_any_asked = false;
    for request in requests {
        is_any_asked = true;
        if said.len() >= most {
            break;
        }
        if request.name.is_empty() {
            all(&mut said, Some(request.kind));
            continue;
        }
        let name: Vec<u8> = request.name.collect();
        let known = variables
            .iter()
            .find(|it| it.kind == request.kind && it.name == name);
        let value = known.and_then(|it| it.value.as_deref());
        put(dialect, request.kind, &name, value, &mut said);
    }
    if !is_any_asked {
        all(&mut said, None);
    }
    said
}

/// A variable as it is told.
pub(super) fn put(
    dialect: Dialect,
    kind: Kind,
    name: &[u8],
    value: Option<&[u8]>,
    said: &mut Vec<u8>,
) {
    Environ::variable(dialect, kind, name, value, |piece| {
        said.extend_from_slice(piece);
    });
}
