//! The conformance suite: what a specification demands of either end of a wire, as cases that are
//! data; the subjects that they are run against; judges, grades and reports.
//!
//! A case is declared with [`case!`] in a table `pub static CASES: &[Case]`, and works with a
//! [`Context`]. A subject in memory is a [`Subject`].

mod case;
pub mod cases;
mod context;
pub mod detect;
mod dialect;
pub mod evidence;
mod excuses;
pub mod foreign;
pub mod hex;
mod judge;
mod profile;
pub mod reference;
pub mod report;
mod run;
pub mod runner;
pub mod script;
pub mod selftest;
mod subject;
pub mod subjects;
pub mod suite;
pub mod target;
mod transcript;
mod wire;

pub use case::{Carrier, Case, Decode, Group, Hazard, Instance, Level, Probe, Side};
pub use context::{Client, Context, Judgement};
pub use dialect::{Dialect, DialectError};
pub use excuses::Excuses;
pub use judge::{Check, Grade, Halt, Limit, Outcome};
pub use profile::{Exchange, Files, Modbus, Profile, Record, Table, Timing};
pub use run::{Run, quiet_panics};
pub use subject::{Guest, Setup, Subject};
pub use transcript::{Direction, Entry, Transcript, What};
pub use wire::{End, Ended, Heard, Wire, character};
