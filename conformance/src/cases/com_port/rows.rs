//! What the groups of RFC 2217 have in common, and how a row becomes a case.

/// A group of cases, with the exchange that shows that the side is alive.
macro_rules! group {
    ($(#[$doc:meta])* $visible:vis static $group:ident = $id:literal, $title:literal, cases $cases:expr) => {
        $(#[$doc])*
        $visible static $group: $crate::Group = $crate::Group {
            id: concat!("com-port.", $id),
            title: $title,
            speaks: "com-port",
            sanity: &[
                $crate::case! {
                    id: (concat!("com-port.", $id, ".server.sanity")),
                    title: "a question about the data size is answered",
                    side: Server,
                    speaks: "com-port",
                    any_options: true,
                    => |cx| {
                        let mut wire = $crate::cases::com_port::work::connect(cx).await?;
                        $crate::cases::com_port::work::alive(cx, &mut wire).await?
                    }
                },
                $crate::case! {
                    id: (concat!("com-port.", $id, ".client.sanity")),
                    title: "the option is offered",
                    side: Client,
                    speaks: "com-port",
                    any_options: true,
                    => |cx| { $crate::cases::com_port::desk::offers(cx).await? }
                },
            ],
            cases: $cases,
            probes: $crate::cases::com_port::probes::PROBES,
            decode: Some($crate::reference::telnet::seen::decode),
            ..$crate::Group::DEFAULT
        };
    };
}

/// A table of cases of a server:
/// `how "name" Level ["clause", …] needs ["capability", …] "title" { [message, …] => [answer, …] } kills ["mutant", …]`.
///
/// The messages are sent one behind another, in one piece; `how` is `answers` where exactly these answers must
/// come, `pieces` where they are also sent a byte at a time and in halves, and `goes_on` where nothing
/// else counts but that the server answers the next question, and that nothing but these answers came.
macro_rules! rows {
    ($(#[$doc:meta])* $visible:vis static $table:ident in $group:literal;
     $($how:ident $name:literal $level:ident $refs:tt needs $needs:tt $title:literal
       { $sent:expr => $want:expr } kills $kills:tt)*) => {
        $(#[$doc])*
        $visible static $table: &[$crate::Case] = &[$(
            row!($how $group $name $level $refs needs $needs $title { $sent => $want } kills $kills),
        )*];
    };
}

macro_rules! row {
    (answers $group:literal $name:literal $level:ident $refs:tt needs $needs:tt $title:literal
       { $sent:expr => $want:expr } kills $kills:tt) => {
        $crate::case! {
            id: (concat!("com-port.", $group, ".server.", $name)),
            title: $title,
            refs: $refs,
            level: $level,
            speaks: "com-port",
            any_options: true,
            needs: $needs,
            hazard: Writes,
            killed_by: $kills,
            => |cx| { $crate::cases::com_port::work::row(cx, &$sent, &$want).await? }
        }
    };
    (pieces $group:literal $name:literal $level:ident $refs:tt needs $needs:tt $title:literal
       { $sent:expr => $want:expr } kills $kills:tt) => {
        $crate::case! {
            id: (concat!("com-port.", $group, ".server.", $name)),
            title: $title,
            refs: $refs,
            level: $level,
            speaks: "com-port",
            any_options: true,
            needs: $needs,
            hazard: Writes,
            params: ["whole", "bytewise", "halves"],
            killed_by: $kills,
            => |cx| { $crate::cases::com_port::work::row(cx, &$sent, &$want).await? }
        }
    };
    (goes_on $group:literal $name:literal $level:ident $refs:tt needs $needs:tt $title:literal
       { $sent:expr => $want:expr } kills $kills:tt) => {
        $crate::case! {
            id: (concat!("com-port.", $group, ".server.", $name)),
            title: $title,
            refs: $refs,
            level: $level,
            speaks: "com-port",
            any_options: true,
            needs: $needs,
            killed_by: $kills,
            => |cx| { $crate::cases::com_port::work::goes_on(cx, &$sent, &$want).await? }
        }
    };
}
