//! Raft's messages: the RPCs of figure 2 as requests and replies.

use crate::describe::{MessageKind, Traffic};
use crate::kv::Store;
use crate::log::Entries;
use crate::membership::Membership;
use serde::Serialize;
use std::sync::Arc;

/// What servers send one another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Message {
    /// Raft §5.2. `transfer`: the old leader asked for this election (Ongaro §3.10).
    RequestVote {
        term: u64,
        last_index: u64,
        last_term: u64,
        transfer: bool,
    },
    Vote {
        term: u64,
        granted: bool,
    },
    /// Ongaro §9.6: would you vote for me in this term, which I have not entered?
    PreVote {
        term: u64,
        last_index: u64,
        last_term: u64,
    },
    PreVoteReply {
        term: u64,
        proposed: u64,
        granted: bool,
    },
    /// Raft §5.3; a heartbeat if it has no entries.
    Append {
        term: u64,
        prev_index: u64,
        prev_term: u64,
        entries: Entries,
        commit: u64,
    },
    Appended(Appended),
    /// Ongaro §3.10: start an election at once.
    TimeoutNow {
        term: u64,
    },
    /// Raft §7: the store after everything up to `last_index`, whose entry is of `last_term`.
    InstallSnapshot {
        term: u64,
        last_index: u64,
        last_term: u64,
        store: Store,
        /// The latest configuration up to there.
        members: Arc<Membership>,
    },
    /// The sender holds everything up to `index`; 0 if the request's term was over.
    Installed {
        term: u64,
        index: u64,
    },
}

/// The answer to AppendEntries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Appended {
    pub term: u64,
    /// The `prev_index` of the request that is answered.
    pub prev_index: u64,
    /// Whether the request carried no entries.
    pub heartbeat: bool,
    pub result: AppendResult,
}

impl Appended {
    /// The answer to entries after `prev_index` that are stored up to `index`.
    pub fn matched(term: u64, prev_index: u64, index: u64) -> Appended {
        let result = AppendResult::Matched(index);
        Appended {
            term,
            prev_index,
            heartbeat: index == prev_index,
            result,
        }
    }
}

/// Whether the logs agreed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum AppendResult {
    /// The logs agree up to this index.
    Matched(u64),
    /// There is no entry at `prev_index` of the request's term. If hints are on: the term that is
    /// there instead (0 if the log is too short) and the first index worth trying.
    Refused {
        conflict_term: u64,
        conflict_index: u64,
    },
    /// The request's term is over.
    Stale,
}

/// The kinds, in the order of [`Message::kind`].
pub const KINDS: &[MessageKind] = &[
    MessageKind::new("RequestVote", "V", false, Traffic::Election),
    MessageKind::new("RequestVoteReply", "v", true, Traffic::Election),
    MessageKind::new("PreVote", "P", false, Traffic::Election),
    MessageKind::new("PreVoteReply", "p", true, Traffic::Election),
    MessageKind::new("AppendEntries", "A", false, Traffic::Normal),
    MessageKind::new("AppendEntriesReply", "a", true, Traffic::Normal),
    MessageKind::new("Heartbeat", "H", false, Traffic::Heartbeat),
    MessageKind::new("HeartbeatReply", "h", true, Traffic::Heartbeat),
    MessageKind::new("TimeoutNow", "T", false, Traffic::Election),
    MessageKind::new("InstallSnapshot", "S", false, Traffic::Normal),
    MessageKind::new("InstallSnapshotReply", "s", true, Traffic::Normal),
];

impl Message {
    /// Its position in [`KINDS`].
    pub fn kind(&self) -> usize {
        match self {
            Message::RequestVote { .. } => 0,
            Message::Vote { .. } => 1,
            Message::PreVote { .. } => 2,
            Message::PreVoteReply { .. } => 3,
            Message::Append { entries, .. } => {
                if entries.is_empty() {
                    6
                } else {
                    4
                }
            }
            Message::Appended(reply) => {
                if reply.heartbeat {
                    7
                } else {
                    5
                }
            }
            Message::TimeoutNow { .. } => 8,
            Message::InstallSnapshot { .. } => 9,
            Message::Installed { .. } => 10,
        }
    }

    /// The term that it carries.
    pub fn term(&self) -> u64 {
        match self {
            Message::RequestVote { term, .. }
            | Message::Vote { term, .. }
            | Message::PreVote { term, .. }
            | Message::PreVoteReply { term, .. }
            | Message::Append { term, .. }
            | Message::TimeoutNow { term }
            | Message::InstallSnapshot { term, .. }
            | Message::Installed { term, .. } => *term,
            Message::Appended(reply) => reply.term,
        }
    }

    /// Whether its term is one that somebody has entered: a pre-vote only proposes one.
    pub fn raises_term(&self) -> bool {
        !matches!(self, Message::PreVote { .. })
    }
}
