//! Raft, after Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm"
//! (extended version, 2014; cited as "Raft §…"), and Ongaro's dissertation, "Consensus: Bridging
//! Theory and Practice" (Stanford, 2014; cited as "Ongaro §…").
//!
//! ```text
//!              times out,                  receives votes
//!              starts election             of a majority
//!  follower ─────────────────► candidate ─────────────────► leader
//!     ▲  ▲                         │                          │
//!     │  └─────────────────────────┘                          │
//!     │     discovers the leader or a higher term             │
//!     └───────────────────────────────────────────────────────┘
//!           discovers a server with a higher term
//! ```
//!
//! Messages that name a term wait until that term and vote are durable; the
//! leader alone sends entries in parallel with its own disk write and counts itself once that is
//! durable (Ongaro §10.2.1).

mod client;
mod commit;
mod config;
mod describe;
mod election;
mod membership;
mod message;
mod reasons;
mod replication;
mod rules;
mod snapshot;
mod transfer;

pub use config::Config;
pub use message::{AppendResult, Appended, Message};
pub use rules::Rule;

use crate::ids::{LocalTime, NodeId, NodeSet, TimerId, WriteId};
use crate::kv::Store;
use crate::log::{Entries, Log};
use crate::membership::Membership;
use crate::replica::{Input, Operator, Outbox};
use crate::units::Span;
use membership::{Change, Members};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// The election timer: its firing means that no leader was heard.
pub const ELECTION: TimerId = TimerId(0);
/// The leader's heartbeat timer.
pub const HEARTBEAT: TimerId = TimerId(1);
/// The leader's check that a quorum still answers (Ongaro §6.2).
pub const CHECK_QUORUM: TimerId = TimerId(2);
/// The bound on a leadership transfer (Ongaro §3.10).
pub const TRANSFER: TimerId = TimerId(3);

/// The tallies, by position in [`crate::About::tallies`].
const VOTES: u8 = 0;
const ACKS: u8 = 1;

type Out = Outbox<Message, Record>;

/// What a server writes to disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Record {
    /// The current term and the vote in it.
    Hard { term: u64, vote: Option<NodeId> },
    /// The log after `prev` is replaced by these entries.
    Append { prev: u64, entries: Entries },
    /// The store after everything up to `index`, whose entry is of `term`, in place of the log up
    /// to there (Raft §7).
    Snapshot {
        index: u64,
        term: u64,
        store: Store,
        members: Arc<Membership>,
    },
}

/// What a disk holds: Raft figure 2, "persistent state on all servers".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Disk {
    pub term: u64,
    pub vote: Option<NodeId>,
    /// What is gone from it is in `store`.
    pub log: Log,
    /// The last snapshot.
    pub store: Store,
    /// The configuration there (Raft §7); nothing if there is no snapshot.
    pub members: Option<Arc<Membership>>,
}

/// What a server is at the moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Role {
    Follower,
    /// Asks whether it could win before it raises its term (Ongaro §9.6).
    PreCandidate(Votes),
    Candidate {
        votes: Votes,
        /// The write of its own vote, while that is not durable and so not counted.
        own_vote: Option<WriteId>,
        /// Whether the old leader asked for this election.
        transfer: bool,
    },
    Leader(Box<Leadership>),
}

/// Votes as they come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Votes {
    pub granted: NodeSet,
    pub refused: NodeSet,
}

/// What a leader keeps: Raft figure 2, "volatile state on leaders".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Leadership {
    /// The highest index known to be durable on each server, itself included.
    pub matched: Vec<u64>,
    pub progress: Vec<Progress>,
    /// Who answered since the last check of the quorum.
    pub active: NodeSet,
    /// The index that was last refused because its entry is of an older term.
    pub blocked: u64,
    pub transfer: Option<NodeId>,
    /// A change of the cluster that waits for new servers to catch up.
    pub change: Option<Change>,
}

/// How replication to one follower stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Progress {
    /// The index of the next entry to send.
    pub next: u64,
    /// Whether the logs' common point is still sought, one message at a time.
    pub probing: bool,
    /// The last index of each message with entries that is not answered.
    pub inflight: VecDeque<u64>,
}

/// A Raft server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Raft {
    #[serde(skip)]
    config: Arc<Config>,
    id: NodeId,
    term: u64,
    vote: Option<NodeId>,
    log: Log,
    members: Members,
    role: Role,
    leader: Option<NodeId>,
    /// When a message of the current leader last came, by its own clock.
    heard_at: Option<LocalTime>,
    commit: u64,
    store: Store,
    /// The store as it was after the last entry that is gone from the log.
    snapshot: Store,
    /// The last write of term and vote, of the log, and the last that is durable.
    hard_write: WriteId,
    log_write: WriteId,
    durable_write: WriteId,
    /// Log writes that are not durable yet, with the last index that each covers.
    unsynced: VecDeque<(WriteId, u64)>,
    /// The last index that is durable here.
    durable_index: u64,
}

impl Raft {
    fn new(config: Arc<Config>, id: NodeId, disk: &Disk) -> Raft {
        Raft {
            members: Members::new(&config, disk.members.as_ref(), &disk.log),
            config,
            id,
            term: disk.term,
            vote: disk.vote,
            log: disk.log.clone(),
            role: Role::Follower,
            leader: None,
            heard_at: None,
            commit: disk.log.gone(),
            store: disk.store.clone(),
            snapshot: disk.store.clone(),
            hard_write: WriteId(0),
            log_write: WriteId(0),
            durable_write: WriteId(0),
            unsynced: VecDeque::new(),
            durable_index: disk.log.last_index(),
        }
    }

    fn take(&mut self, input: Input<Message>, now: LocalTime, out: &mut Out) {
        match input {
            Input::Start => self.on_start(out),
            Input::Message { from, message } => self.on_message(from, message, now, out),
            Input::Timer(timer) => self.on_timer(timer, out),
            Input::Request(command) => self.on_request(command, out),
            Input::Durable(write) => self.on_durable(write, out),
            Input::Operator(Operator::Transfer(to)) => self.on_transfer(to, out),
            Input::Operator(Operator::Reconfigure { members }) => {
                self.on_reconfigure(members, out);
            }
            Input::PeerDown(node) => self.on_peer_down(node, out),
            Input::Coin(_) => {}
        }
    }

    fn on_start(&mut self, out: &mut Out) {
        let (gone, last) = (self.log.gone(), self.log.last_index());
        if gone > 0 {
            self.note(out, Rule::StartedSnapshot, &[self.term, gone, last - gone]);
        } else {
            self.note(out, Rule::Started, &[self.term, last]);
        }
        out.arm(ELECTION, self.config.election);
    }

    fn on_timer(&mut self, timer: TimerId, out: &mut Out) {
        match timer {
            ELECTION => self.on_election_timeout(out),
            HEARTBEAT => self.on_heartbeat_timer(out),
            CHECK_QUORUM => self.on_check_quorum(out),
            TRANSFER => self.on_transfer_timeout(out),
            _ => {}
        }
    }

    /// Raft §5.1: a server that learns of a later term becomes a follower in it; one that is sent
    /// an earlier term refuses the message.
    fn on_message(&mut self, from: NodeId, message: Message, now: LocalTime, out: &mut Out) {
        if self.ignores_for_lease(from, &message, now, out) {
            return;
        }
        let term = message.term();
        if term > self.term && message.raises_term() {
            self.note(out, Rule::HigherTerm, &[from.operand(), term, self.term]);
            self.follow(term, out);
        }
        match message {
            Message::RequestVote {
                term,
                last_index,
                last_term,
                ..
            } => {
                self.on_request_vote(from, term, last_index, last_term, out);
            }
            Message::Vote { term, granted } => self.on_vote(from, term, granted, out),
            Message::PreVote {
                term,
                last_index,
                last_term,
            } => {
                self.on_pre_vote(from, term, last_index, last_term, now, out);
            }
            Message::PreVoteReply {
                proposed, granted, ..
            } => {
                self.on_pre_vote_reply(from, proposed, granted, out);
            }
            Message::Append {
                term,
                prev_index,
                prev_term,
                entries,
                commit,
            } => {
                if term < self.term {
                    self.refuse_stale_append(from, term, prev_index, entries.is_empty(), out);
                } else {
                    self.recognise_leader(from, now, out);
                    self.on_append(from, prev_index, prev_term, entries, commit, out);
                }
            }
            Message::Appended(reply) => self.on_appended(from, reply, out),
            Message::TimeoutNow { term } => self.on_timeout_now(from, term, out),
            message @ (Message::InstallSnapshot { .. } | Message::Installed { .. }) => {
                self.on_snapshot_message(from, message, now, out);
            }
        }
    }

    /// Becomes a follower in this term or a later one, whose leader is not known.
    fn follow(&mut self, term: u64, out: &mut Out) {
        let was = std::mem::replace(&mut self.role, Role::Follower);
        self.leader = None;
        self.heard_at = None;
        if term > self.term {
            self.term = term;
            self.vote = None;
            self.persist_hard(out);
        } else if !self.config.keep_vote_within_term && self.vote.is_some() {
            // The mistake: within a term a vote is final (Raft §5.2).
            self.vote = None;
            self.persist_hard(out);
        }
        if let Role::Leader(_) = was {
            out.cancel(HEARTBEAT);
            out.cancel(CHECK_QUORUM);
            out.cancel(TRANSFER);
            out.arm(ELECTION, self.config.election);
        }
    }

    fn persist_hard(&mut self, out: &mut Out) {
        self.hard_write = out.write(Record::Hard {
            term: self.term,
            vote: self.vote,
        });
    }

    /// The write that must be durable before the current term and vote may be told to others
    /// (Raft figure 2: "updated on stable storage before responding to RPCs").
    fn after_hard(&self) -> Option<WriteId> {
        let wait = self.config.persist_vote_before_reply && self.hard_write > self.durable_write;
        wait.then_some(self.hard_write)
    }

    /// The write that must be durable before log entries may be acknowledged.
    fn after_log(&self) -> Option<WriteId> {
        let log = (self.log_write > self.durable_write).then_some(self.log_write);
        log.max(self.after_hard())
    }

    fn on_durable(&mut self, write: WriteId, out: &mut Out) {
        self.durable_write = self.durable_write.max(write);
        let before = self.durable_index;
        while let Some((id, index)) = self.unsynced.front().copied() {
            if id > write {
                break;
            }
            self.unsynced.pop_front();
            self.durable_index = index;
        }
        if self.durable_index > before {
            self.count_own_disk(out);
        }
        self.count_own_vote(out);
    }

    /// A crash is as good as silence to Raft: an oracle's word only starts the election sooner.
    fn on_peer_down(&mut self, node: NodeId, out: &mut Out) {
        if self.leader == Some(node) {
            self.note(out, Rule::LeaderReportedDown, &[node.operand()]);
            self.stand(out);
        }
    }

    fn leading(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    fn note(&self, out: &mut Out, rule: Rule, operands: &[u64]) {
        out.note(rule.note(operands));
    }

    fn arm_election(&self, out: &mut Out) {
        out.arm(ELECTION, self.config.election);
    }

    fn election_min(&self) -> Span {
        Span::fixed(self.config.election.min_us)
    }
}
