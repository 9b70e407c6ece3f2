//! How a row becomes a case for each side.

/// A table of cases from rows:
/// `how "name" Level "dialect" ["clause", …] "title" { bytes => [record, …] } kills ["mutant", …]`.
///
/// `how` is a function of [`work`](super::work) for each side: `hears` (these bytes mean these
/// records), `hears_silently` (and no damage is reported), `hears_at_end` (the stream then ends), `sends`
/// (this record makes these bytes), `survives` (damage at every place), `breaks` (the line breaks
/// between two pieces), `paced` (silences between pieces).
macro_rules! rows {
    ($(#[$doc:meta])* $visible:vis static $table:ident in $group:literal;
     $($how:ident $name:literal $level:ident $speaks:literal $refs:tt $title:literal
       { $bytes:expr => [$($record:expr),* $(,)?] } kills $kills:tt)*) => {
        $(#[$doc])*
        $visible static $table: &[$crate::Case] = &[$(
            $crate::case! {
                id: (concat!("framing.", $group, ".server.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Server,
                speaks: $speaks,
                needs: (needs!(server $how)),
                hazard: (hazard!($how)),
                killed_by: $kills,
                => |cx| {
                    let records: &[&dyn super::work::Bytes] = &[$(&$record),*];
                    super::work::server::$how(cx, &$bytes, records).await?
                }
            },
            $crate::case! {
                id: (concat!("framing.", $group, ".client.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Client,
                speaks: $speaks,
                needs: (needs!(client $how)),
                hazard: (hazard!($how)),
                killed_by: $kills,
                => |cx| {
                    let records: &[&dyn super::work::Bytes] = &[$(&$record),*];
                    super::work::client::$how(cx, &$bytes, records).await?
                }
            },
        )*];
    };
}

/// What a row may do to a real device: a break resets some, and ends the session of others.
macro_rules! hazard {
    (breaks) => {
        $crate::Hazard::DropsLink
    };
    ($how:ident) => {
        $crate::Hazard::None
    };
}

/// What a row needs of the subject.
macro_rules! needs {
    (server breaks) => {
        ["echo", "line"]
    };
    (server paced) => {
        ["echo", "line"]
    };
    (server $how:ident) => {
        ["echo"]
    };
    (client breaks) => {
        ["line"]
    };
    (client paced) => {
        ["line"]
    };
    (client $how:ident) => {
        []
    };
}

/// A group of rows, with an exchange that shows that the subject is alive.
macro_rules! group {
    ($(#[$doc:meta])* $visible:vis static $group:ident = $id:literal, $title:literal, speaks $speaks:literal,
     alive $how:ident { $bytes:expr => $record:expr }, cases $cases:expr) => {
        $(#[$doc])*
        $visible static $group: $crate::Group = $crate::Group {
            id: concat!("framing.", $id),
            title: $title,
            speaks: $speaks,
            sanity: &[
                $crate::case! {
                    id: (concat!("framing.", $id, ".server.sanity")),
                    title: "a record is answered",
                    side: Server,
                    speaks: $speaks,
                    needs: (alive_needs!($how)),
                    => |cx| { super::work::server::alive(cx, &$bytes, &$record).await? }
                },
                $crate::case! {
                    id: (concat!("framing.", $id, ".client.sanity")),
                    title: "a record is received",
                    side: Client,
                    speaks: $speaks,
                    needs: (alive_needs!($how)),
                    => |cx| { super::work::client::alive(cx, &$bytes, &$record).await? }
                },
            ],
            cases: $cases,
            probes: super::work::PROBES,
            decode: Some(super::work::decode),
            ..$crate::Group::DEFAULT
        };
    };
}

/// A framing whose frames end by silence needs a line to be tested on at all.
macro_rules! alive_needs {
    (line) => {
        ["line"]
    };
    (stream) => {
        []
    };
}
