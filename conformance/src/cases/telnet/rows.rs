//! How a row becomes a case for each side.

/// A table of cases from rows:
/// `how "name" Level ["clause", …] needs ["capability", …] "title" { sent => want } kills ["mutant", …]`.
///
/// A server is sent the bytes, and sends data back; a client is sent them, and reports data. What
/// else is said must be that of `want`. `how` is a [`Compare`](super::work::Compare) for the data, or
/// `goes_on` where only the end of the data counts.
macro_rules! rows {
    ($(#[$doc:meta])* $visible:vis static $table:ident in $group:literal;
     $($how:ident $name:literal $level:ident $refs:tt needs [$($need:expr),*] $title:literal
       { $sent:expr => $want:expr } kills $kills:tt)*) => {
        $(#[$doc])*
        $visible static $table: &[$crate::Case] = &[$(
            $crate::case! {
                id: (concat!("telnet.", $group, ".server.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Server,
                speaks: "telnet",
                needs: ["echo" $(, $need)*],
                params: ["whole", "bytewise", "halves"],
                killed_by: $kills,
                => |cx| { row!(server $how cx, &$sent[..], &$want[..]) }
            },
            $crate::case! {
                id: (concat!("telnet.", $group, ".client.", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Client,
                speaks: "telnet",
                needs: ["reports" $(, $need)*],
                params: ["whole", "bytewise", "halves"],
                killed_by: $kills,
                => |cx| { row!(client $how cx, &$sent[..], &$want[..]) }
            },
        )*];
    };
}

macro_rules! row {
    (server goes_on $cx:ident, $sent:expr, $want:expr) => {
        $crate::cases::telnet::work::server_goes_on($cx, $sent, $want).await?
    };
    (client goes_on $cx:ident, $sent:expr, $want:expr) => {
        $crate::cases::telnet::work::client_goes_on($cx, $sent, $want).await?
    };
    (server $how:ident $cx:ident, $sent:expr, $want:expr) => {
        $crate::cases::telnet::work::server_row($cx, $sent, $want, compare!($how)).await?
    };
    (client $how:ident $cx:ident, $sent:expr, $want:expr) => {
        $crate::cases::telnet::work::client_row($cx, $sent, $want, compare!($how)).await?
    };
}

macro_rules! compare {
    (means) => {
        $crate::cases::telnet::work::Compare::Means
    };
    (exactly) => {
        $crate::cases::telnet::work::Compare::Exactly
    };
    (but_for_lf) => {
        $crate::cases::telnet::work::Compare::ButForLf
    };
}

/// A group of Telnet cases, with the exchange that shows that each side is alive.
macro_rules! group {
    ($(#[$doc:meta])* $visible:vis static $group:ident = $id:literal, $title:literal, cases $cases:expr) => {
        $(#[$doc])*
        $visible static $group: $crate::Group = $crate::Group {
            id: concat!("telnet.", $id),
            title: $title,
            speaks: "telnet",
            sanity: &[
                $crate::case! {
                    id: (concat!("telnet.", $id, ".server.sanity")),
                    title: "a request for an option is answered",
                    side: Server,
                    speaks: "telnet",
                    => |cx| {
                        let mut wire = $crate::cases::telnet::work::connect(cx).await?;
                        $crate::cases::telnet::work::alive(cx, &mut wire).await?
                    }
                },
                $crate::case! {
                    id: (concat!("telnet.", $id, ".client.sanity")),
                    title: "a request for an option is answered",
                    side: Client,
                    speaks: "telnet",
                    => |cx| {
                        let mut client = $crate::cases::telnet::work::listener(cx).await?;
                        $crate::cases::telnet::work::attentive(cx, &mut client.wire).await?;
                        let _ = client.close_and_finish().await?;
                    }
                },
            ],
            cases: $cases,
            probes: $crate::cases::telnet::probes::PROBES,
            decode: Some($crate::reference::telnet::seen::decode),
            ..$crate::Group::DEFAULT
        };
    };
}
