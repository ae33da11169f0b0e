//! The messages of Multi-Paxos: the phases of PMS §2.2 for many slots at once (§3), and what keeps
//! learners up to date.

use crate::ballot::Ballot;
use crate::describe::{MessageKind, Traffic};
use crate::ids::LocalTime;
use crate::kv::Store;
use crate::log::{Entries, Entry, Payload};
use serde::Serialize;

/// What a leader says of what is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Told {
    /// Everything up to this slot is chosen.
    pub chosen: u64,
    /// At that slot it is what was proposed in this ballot, which may be older than the leader's.
    pub proposed_in: Ballot,
}

/// What servers send one another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Message {
    /// Phase 1a for every slot from `first` on, the first that the sender does not know to be
    /// chosen.
    Prepare { ballot: Ballot, first: u64 },
    /// Phase 1b.
    Promise {
        ballot: Ballot,
        /// What the acceptor has accepted, by slot: all above `chosen`, and some of what is chosen
        /// from the Prepare's `first` on.
        accepted: Vec<(u64, Entry)>,
        /// The acceptor knows everything up to this slot to be chosen.
        chosen: u64,
    },
    /// Phase 2a, and what the leader knows to be chosen.
    Accept {
        ballot: Ballot,
        slot: u64,
        value: Payload,
        told: Told,
    },
    /// Phase 2b, to the leader.
    Accepted { ballot: Ballot, slot: u64 },
    /// The ballot is refused: a higher one was promised, or another server holds a lease.
    Reject {
        ballot: Ballot,
        promised: Ballot,
        lease: bool,
    },
    /// The leader shows life, and tells what is chosen.
    Heartbeat {
        ballot: Ballot,
        told: Told,
        /// When it was sent, by the leader's own clock; the answer repeats it.
        sent: LocalTime,
    },
    HeartbeatReply {
        ballot: Ballot,
        /// The sender knows everything up to this slot to be chosen.
        chosen: u64,
        sent: LocalTime,
    },
    /// Asks for what is chosen from `first` on.
    CatchUp { ballot: Ballot, first: u64 },
    /// Chosen values from slot `first` on; the sender knows all up to `chosen`.
    Learn {
        ballot: Ballot,
        first: u64,
        values: Entries,
        chosen: u64,
    },
    /// The store after everything up to `slot`, which is chosen.
    Snapshot {
        ballot: Ballot,
        slot: u64,
        store: Store,
    },
}

/// The kinds, in the order of [`Message::kind`].
pub const KINDS: &[MessageKind] = &[
    MessageKind::new("Prepare", "P", false, Traffic::Election),
    MessageKind::new("Promise", "p", true, Traffic::Election),
    MessageKind::new("Accept", "A", false, Traffic::Normal),
    MessageKind::new("Accepted", "a", true, Traffic::Normal),
    MessageKind::new("Reject", "r", true, Traffic::Election),
    MessageKind::new("Heartbeat", "H", false, Traffic::Heartbeat),
    MessageKind::new("HeartbeatReply", "h", true, Traffic::Heartbeat),
    MessageKind::new("CatchUp", "C", false, Traffic::Normal),
    MessageKind::new("Learn", "L", true, Traffic::Normal),
    MessageKind::new("Snapshot", "S", true, Traffic::Normal),
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
            Message::Heartbeat { .. } => 5,
            Message::HeartbeatReply { .. } => 6,
            Message::CatchUp { .. } => 7,
            Message::Learn { .. } => 8,
            Message::Snapshot { .. } => 9,
        }
    }

    /// The ballot that it is about, or, between learners, the highest that its sender knows.
    pub fn ballot(&self) -> Ballot {
        match self {
            Message::Prepare { ballot, .. }
            | Message::Promise { ballot, .. }
            | Message::Accept { ballot, .. }
            | Message::Accepted { ballot, .. }
            | Message::Reject { ballot, .. }
            | Message::Heartbeat { ballot, .. }
            | Message::HeartbeatReply { ballot, .. }
            | Message::CatchUp { ballot, .. }
            | Message::Learn { ballot, .. }
            | Message::Snapshot { ballot, .. } => *ballot,
        }
    }
}
