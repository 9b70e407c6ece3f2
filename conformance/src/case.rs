//! What a case is: data, the same type for both sides of a wire.

use lineside_io::BoxFuture;

use crate::{context::Context, judge::Outcome, script::Step};

/// One thing that a specification demands of one side of a wire, and how to find out.
///
/// Declare one with [`case!`](crate::case!), in a table `pub static CASES: &[Case]`.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Words with dots, permanent: `framing.slip.server.escaped-end`. Never reused, never renumbered.
    pub id: &'static str,
    /// What holds when the case passes, as a sentence.
    pub title: &'static str,
    /// The clauses that demand it: `RFC 1055`, `F3`.
    pub refs: &'static [&'static str],
    /// How much the clause demands, which is also the worst grade that the case can give.
    pub level: Level,
    /// The side under test.
    pub side: Side,
    /// The dialect that the subject must speak: `slip`, `hdlc?fcs=32`. See [`Dialect`](crate::Dialect).
    /// `{param}` stands for the instance's parameter. Empty for a case with carriers.
    pub speaks: &'static str,
    /// The ways to carry what the case says, where there are several: each is an instance of its own.
    pub carriers: &'static [&'static Carrier],
    /// Whether the case holds in any options of that dialect: where the target's address fixes other
    /// ones, it runs in those.
    pub any_options: bool,
    /// Capabilities that the subject must have, by the names that a profile uses. `line` means a wire
    /// with a speed, `echo` that any record may be sent. `{param}` as above.
    pub needs: &'static [&'static str],
    /// What the case may do to a real device.
    pub hazard: Hazard,
    /// What a client under test is asked to do. Empty on the server side.
    pub task: &'static [Step],
    /// One instance, `id[param]`, for each of these; one plain instance when there are none. With
    /// carriers, one for each of these on each carrier: `id[carrier,param]`.
    pub params: &'static [&'static str],
    /// The edition of the suite that brought the case.
    pub since: &'static str,
    /// The mutants that this case must catch.
    pub killed_by: &'static [&'static str],
    /// Finds out.
    pub run: fn(Context) -> BoxFuture<'static, Outcome>,
}

impl Case {
    /// What [`case!`](crate::case!) starts from: a MUST of the server side without conditions,
    /// of the first edition.
    pub const DEFAULT: Self = Self {
        id: "",
        title: "",
        refs: &[],
        level: Level::Must,
        side: Side::Server,
        speaks: "",
        carriers: &[],
        any_options: false,
        needs: &[],
        hazard: Hazard::None,
        task: &[],
        params: &[],
        since: "2026.1",
        killed_by: &[],
        run: |cx| Box::pin(async move { cx.finish(Ok(())) }),
    };

    /// The case's instances: itself, or one for each parameter on each carrier.
    pub fn instances(&'static self) -> impl Iterator<Item = Instance> {
        one_or_each(self.carriers).flat_map(move |carrier| {
            one_or_each(self.params).map(move |param| Instance {
                case: self,
                param,
                carrier,
            })
        })
    }
}

/// Each of `all`, or once nothing when there are none.
fn one_or_each<T: Copy>(all: &'static [T]) -> impl Iterator<Item = Option<T>> {
    let none = all.is_empty().then_some(None);
    none.into_iter().chain(all.iter().copied().map(Some))
}

/// A way to carry a protocol: what is spoken, and over what wire.
#[derive(Debug)]
pub struct Carrier {
    /// Its word in an instance's identifier: `rtu`, `rtu-over-tcp`.
    pub name: &'static str,
    /// The dialect.
    pub speaks: &'static str,
    /// The speed of a line in memory, where it is not the dialect's default.
    pub baud: Option<u32>,
    /// Capabilities that the subject must have beside the case's own: `line`, `stream`.
    pub needs: &'static [&'static str],
}

/// A case with its parameter and its carrier.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    /// The case.
    pub case: &'static Case,
    /// One of its parameters, or none where it has none.
    pub param: Option<&'static str>,
    /// One of its carriers, or none where it has none.
    pub carrier: Option<&'static Carrier>,
}

impl Instance {
    /// `id`, `id[param]`, `id[carrier]` or `id[carrier,param]`.
    #[must_use]
    pub fn id(&self) -> String {
        let carrier = self.carrier.map(|carrier| carrier.name);
        let words: Vec<_> = carrier.into_iter().chain(self.param).collect();
        if words.is_empty() {
            return self.case.id.to_owned();
        }
        format!("{}[{}]", self.case.id, words.join(","))
    }

    /// The dialect: the carrier's, or the case's with the parameter filled in.
    #[must_use]
    pub fn speaks(&self) -> String {
        match self.carrier {
            Some(carrier) => carrier.speaks.to_owned(),
            None => self.fill(self.case.speaks),
        }
    }

    /// The capabilities, with the parameter filled in, the carrier's included.
    #[must_use]
    pub fn needs(&self) -> Vec<String> {
        let of_carrier = self.carrier.map_or(&[][..], |carrier| carrier.needs);
        let needs = self.case.needs.iter().chain(of_carrier);
        needs.map(|need| self.fill(need)).collect()
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{param}", self.param.unwrap_or_default())
    }
}

/// A table of cases with the exchange that shows that the subject is alive.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The common beginning of its cases' identifiers.
    pub id: &'static str,
    /// What the group is about.
    pub title: &'static str,
    /// The dialect of the sanity exchange where the target does not fix one. Its name without
    /// options is the dialect of all of the group's cases, but for those that have carriers.
    pub speaks: &'static str,
    /// Opens and closes the group. A [`Case`] for each side that the group has cases for; of one with
    /// carriers, the first instance that the target can do.
    pub sanity: &'static [Case],
    /// The cases.
    pub cases: &'static [Case],
    /// What `detect` tries on a live target. See [`Probe`].
    pub probes: &'static [Probe],
    /// What ends whatever an earlier case has left unfinished: sent first on every wire that is one
    /// and the same for all cases (a serial line), and what it provokes is thrown away.
    pub resync: &'static [u8],
    /// What a run of bytes of this dialect says, a line for each frame, for reports: written with
    /// the suite's own tolerant observer.
    pub decode: Option<Decode>,
}

impl Group {
    /// What a table may start from: nothing.
    pub const DEFAULT: Self = Self {
        id: "",
        title: "",
        speaks: "",
        sanity: &[],
        cases: &[],
        probes: &[],
        resync: &[],
        decode: None,
    };

    /// The sanity exchanges of a side: one for each carrier.
    pub fn sanity_of(&self, side: Side) -> impl Iterator<Item = Instance> {
        let of_side = self.sanity.iter().filter(move |case| case.side == side);
        of_side.flat_map(Case::instances)
    }

    /// The dialects of its sanity exchanges beside its own.
    pub fn dialects(&self) -> impl Iterator<Item = &'static str> {
        let carriers = self.sanity.iter().flat_map(|case| case.carriers);
        core::iter::once(self.speaks).chain(carriers.map(|carrier| carrier.speaks))
    }
}

/// Says what bytes of a dialect hold, a line for each frame.
pub type Decode = fn(dialect: &str, bytes: &[u8]) -> Vec<String>;

/// A capability that `detect` looks for.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Its name in a profile.
    pub capability: &'static str,
    /// What it means.
    pub title: &'static str,
    /// Finds out; the target has it when the outcome has no failed check, and the passed checks'
    /// messages are the evidence.
    pub run: fn(Context) -> BoxFuture<'static, Outcome>,
}

/// How much a clause demands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Broken, the case fails.
    Must,
    /// Broken, the case warns.
    Should,
    /// Broken, the report informs.
    May,
}

/// A side of a wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Answers; the suite connects to it.
    Server,
    /// Asks; the suite answers it.
    Client,
}

/// What a case may do to a real device. All but `None` run on a device only when allowed
/// (`--allow writes,drops-link`); an endpoint in memory has nothing to lose.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Nothing that outlasts the case.
    None,
    /// Changes values, files or outputs.
    Writes,
    /// May leave the device without its connection for a while: resets, breaks, floods.
    DropsLink,
    /// May restart it.
    Reboots,
}

impl Hazard {
    /// Every hazard that can be allowed.
    pub const ALL: [Self; 3] = [Self::Writes, Self::DropsLink, Self::Reboots];

    /// The word that `--allow` takes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Writes => "writes",
            Self::DropsLink => "drops-link",
            Self::Reboots => "reboots",
        }
    }
}

/// Declares a [`Case`]. Fields stand for [`Case`]'s own; what is left out is [`Case::DEFAULT`]'s.
/// The body may use `?` on a [`Halt`](crate::Halt).
///
/// ```
/// use lineside_conformance::{Case, case};
///
/// pub static CASES: &[Case] = &[case! {
///     id: "demo.server.echo",
///     title: "a line comes back",
///     refs: ["F19"],
///     level: Must,
///     side: Server,
///     speaks: "lines",
///     needs: ["echo"],
///     killed_by: ["lines.swallows"],
///     => |cx| {
///         let mut wire = cx.connect().await?;
///         wire.send(b"ping\n").await?;
///         let heard = wire.receive_at_least(5).await;
///         cx.check("echo").equal(&heard, b"ping\n");
///     }
/// }];
/// ```
#[macro_export]
macro_rules! case {
    (@value level $value:tt) => { $crate::Level::$value };
    (@value side $value:tt) => { $crate::Side::$value };
    (@value hazard ($value:expr)) => { $value };
    (@value hazard $value:tt) => { $crate::Hazard::$value };
    (@value refs $value:tt) => { &$value };
    (@value needs $value:tt) => { &$value };
    (@value task $value:tt) => { &$value };
    (@value params $value:tt) => { &$value };
    (@value carriers ($value:expr)) => { $value };
    (@value carriers $value:tt) => { &$value };
    (@value killed_by $value:tt) => { &$value };
    (@value $field:ident $value:tt) => { $value };
    ( $( $field:ident : $value:tt ),* $(,)? => |$cx:ident| $body:block $(,)? ) => {
        $crate::Case {
            $( $field: $crate::case!(@value $field $value), )*
            run: $crate::run!(|$cx| $body),
            ..$crate::Case::DEFAULT
        }
    };
}

/// The `run` of a [`Case`] or a [`Probe`]: a body that may use `?` on a [`Halt`](crate::Halt).
#[macro_export]
macro_rules! run {
    (|$cx:ident| $body:block) => {
        |context: $crate::Context| {
            ::std::boxed::Box::pin(async move {
                let result: ::core::result::Result<(), $crate::Halt> = async {
                    let $cx = &context;
                    let () = $body;
                    Ok(())
                }
                .await;
                context.finish(result)
            })
        }
    };
}
