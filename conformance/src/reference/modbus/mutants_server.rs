//! The ways in which the textbook server can be broken.

use crate::reference::mutants::mutants;

mutants! {
    /// Every mutant of the server.
}
