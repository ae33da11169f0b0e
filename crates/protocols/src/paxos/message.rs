//! The messages of PMS §2.2 and §2.3.

use super::Proposal;
use crate::ballot::Ballot;
use crate::describe::{MessageKind, Traffic};
use crate::log::Payload;
use serde::Serialize;

/// What servers send one another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Message {
    /// Phase 1a.
    Prepare { ballot: Ballot },
    /// Phase 1b, with the proposal of the highest ballot that the acceptor has accepted.
    Promise {
        ballot: Ballot,
        accepted: Option<Proposal>,
    },
    /// Phase 2a.
    Accept { ballot: Ballot, value: Payload },
    /// Phase 2b, to the learners.
    Accepted { ballot: Ballot, value: Payload },
    /// The ballot is refused: a higher one was promised.
    Reject { ballot: Ballot, promised: Ballot },
    /// What was chosen, from the distinguished learner.
    Learn { ballot: Ballot, value: Payload },
}

/// The kinds, in the order of [`Message::kind`].
pub const KINDS: &[MessageKind] = &[
    MessageKind::new("Prepare", "P", false, Traffic::Election),
    MessageKind::new("Promise", "p", true, Traffic::Election),
    MessageKind::new("Accept", "A", false, Traffic::Normal),
    MessageKind::new("Accepted", "a", true, Traffic::Normal),
    MessageKind::new("Reject", "r", true, Traffic::Election),
    MessageKind::new("Learn", "L", false, Traffic::Normal),
];

impl Message {
    /// Its position in [`KINDS`].
    pub fn kind(&self) -> usize {
        match self {
            Message::Prepare { .. } => 0,
            Message::Promise { .. } => 1,
            Message::Accept { .. } => 2,
            Message::Accepted { .. } => 3,
            Message::Reject { .. } => 4,
            Message::Learn { .. } => 5,
        }
    }

    /// The ballot that it is about.
    pub fn ballot(&self) -> Ballot {
        match self {
            Message::Prepare { ballot }
            | Message::Promise { ballot, .. }
            | Message::Accept { ballot, .. }
            | Message::Accepted { ballot, .. }
            | Message::Reject { ballot, .. }
            | Message::Learn { ballot, .. } => *ballot,
        }
    }
}
