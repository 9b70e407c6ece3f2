//! The operator's console of a device.
//!
//! [`Editor`] edits lines at a terminal that is somewhere else.

mod editor;
#[cfg(test)]
mod grid;
mod history;
mod keys;
mod line;
mod paint;
mod terminal;
mod text;
mod view;

pub use editor::{Edit, Editor, Entry, Limits};
pub use keys::{Key, Keys};
pub use terminal::{Terminal, Window};
