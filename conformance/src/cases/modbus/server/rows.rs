//! How a table of exchanges becomes a case.

use super::unit::Unit;
use crate::{Context, Halt};

/// A table of cases from rows:
/// `"name" Level on CARRIERS ["clause", …] needs ["capability", …] Hazard "title" { "asked" => "want", … }
/// kills ["mutant", …]`. What is asked and wanted, [`row`](super::row) tells.
macro_rules! exchanges {
    ($(#[$doc:meta])* $visible:vis static $table:ident in $group:literal;
     $($name:literal $level:ident on $carriers:ident $refs:tt needs $needs:tt $hazard:ident $title:literal
       { $($asked:expr => $want:expr),* $(,)? } kills $kills:tt)*) => {
        $(#[$doc])*
        $visible static $table: &[$crate::Case] = &[$(
            $crate::case! {
                id: (concat!("modbus.server.", $group, ".", $name)),
                title: $title,
                refs: $refs,
                level: $level,
                side: Server,
                carriers: (crate::cases::modbus::$carriers),
                needs: $needs,
                hazard: $hazard,
                killed_by: $kills,
                => |cx| { super::rows::table(cx, &[$(($asked, $want)),*]).await? }
            },
        )*];
    };
}

/// A group of Modbus cases, with the question that shows that the unit is alive.
macro_rules! server_group {
    ($(#[$doc:meta])* $visible:vis static $group:ident = $id:literal, $title:literal, cases $cases:expr) => {
        $(#[$doc])*
        $visible static $group: $crate::Group = $crate::Group {
            id: concat!("modbus.server.", $id),
            title: $title,
            speaks: "modbus-tcp",
            sanity: &[$crate::case! {
                id: (concat!("modbus.server.", $id, ".sanity")),
                title: "a question is answered",
                side: Server,
                carriers: (crate::cases::modbus::ALL),
                => |cx| { super::rows::sanity(cx).await? }
            }],
            cases: $cases,
            decode: Some($crate::reference::modbus::adu::decode),
            ..$crate::Group::DEFAULT
        };
    };
}

/// Plays a table, then asks whether the unit is alive.
pub(super) async fn table(cx: &Context, rows: &[(&str, &str)]) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    for (asked, want) in rows {
        unit.row(asked, want).await?;
    }
    unit.alive("alive").await
}

/// A harmless question.
pub(super) async fn sanity(cx: &Context) -> Result<(), Halt> {
    let mut unit = Unit::connect(cx).await?;
    unit.alive("alive").await
}
