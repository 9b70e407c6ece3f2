//! The ways in which the textbook client can be broken.

use crate::reference::mutants::mutants;

mutants! {
    /// Every mutant of the client.
}
