//! The quorum lens: which quorums closed, where two of them meet, and what that brought about.
//!
//! It knows no protocol: tallies, words and quorums are what every protocol says of itself.

mod chronicle;
mod meeting;

pub use chronicle::{Answered, Chronicle, Collected};
pub use meeting::{Meeting, Outcome, Witness, meet};
