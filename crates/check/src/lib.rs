//! Checkers that watch a run from outside.

pub mod chains;
pub mod linear;
pub mod monitor;
pub mod search;
pub mod sweep;

pub use monitor::{Invariant, Monitor, Violation};

/// The sentences in English that the checkers can say.
pub const ENGLISH: &str = include_str!("en.txt");
