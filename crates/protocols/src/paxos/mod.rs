//! Single-decree Paxos, after Lamport, "Paxos Made Simple" (2001; cited as "PMS §…"): one value is
//! chosen, once, by acceptors whose quorums meet.
//!
//! ```text
//!  proposer             acceptors                learners
//!     │ ── Prepare(b) ──────►│   promises to refuse ballots below b,
//!     │ ◄── Promise(b, a) ── │   and reports the proposal a that it accepted last
//!     │ ── Accept(b, v) ────►│   v: that of the highest a, or the proposer's own
//!     │ ◄── Accepted(b, v) ──│ ──────────────────────►│
//! ```
//!
//! Each server plays any of the three roles, and its roles talk to one another as they talk to
//! others', but without the network. A promise or an acceptance counts once it is durable.

mod acceptor;
mod config;
mod describe;
mod learner;
mod message;
mod proposer;
mod reasons;
mod rules;
mod small;

pub use config::Config;
pub use message::Message;
pub use rules::Rule;

use crate::ballot::Ballot;
use crate::ids::{LocalTime, NodeId, TimerId, WriteId};
use crate::kv::Store;
use crate::log::{Entry, Log, Payload};
use crate::replica::{Input, Outbox};
use learner::Learner;
use proposer::Proposer;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// The proposer's timer: its firing starts a ballot.
pub const RETRY: TimerId = TimerId(0);

/// The tallies, by position in [`crate::About::tallies`].
const PROMISES: u8 = 0;
const ACCEPTS: u8 = 1;
/// The one thing to be decided.
const SLOT: u64 = 1;

type Out = Outbox<Message, Record>;

/// A proposal that an acceptor has accepted: its ballot and value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Proposal {
    pub ballot: Ballot,
    pub value: Payload,
}

/// What a server writes to disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Record {
    /// The highest ballot to which it has promised itself.
    Promised(Ballot),
    Accepted(Proposal),
    /// The highest ballot that its proposer has begun.
    Begun(Ballot),
}

/// What a disk holds (PMS §2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Disk {
    pub promised: Ballot,
    pub begun: Ballot,
    /// The accepted proposal, as a log of at most one entry.
    pub accepted: Log,
}

/// A server with any of the three roles.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Paxos {
    #[serde(skip)]
    config: Arc<Config>,
    id: NodeId,
    /// The acceptor: no ballot below this is accepted.
    promised: Ballot,
    /// The acceptor's last accepted proposal; where nothing was accepted, what was learned.
    log: Log,
    accepted: Option<Proposal>,
    proposer: Proposer,
    learner: Learner,
    store: Store,
    /// The last write of each kind, and the last that is durable.
    promise_write: WriteId,
    accept_write: WriteId,
    durable: WriteId,
    /// What its roles have to tell one another, each after a write.
    own: VecDeque<(WriteId, Message)>,
}

impl Paxos {
    fn new(config: Arc<Config>, id: NodeId, disk: &Disk) -> Paxos {
        let accepted = disk.accepted.get(SLOT).map(|entry| Proposal {
            ballot: Ballot(entry.epoch),
            value: entry.payload.clone(),
        });
        // An accepted ballot is a promise too, should that have missed the disk.
        let promised = accepted.as_ref().map_or(Ballot::NONE, |last| last.ballot);
        Paxos {
            config,
            id,
            promised: disk.promised.max(promised),
            log: disk.accepted.clone(),
            accepted,
            proposer: Proposer::new(disk.begun),
            learner: Learner::default(),
            store: Store::default(),
            promise_write: WriteId(0),
            accept_write: WriteId(0),
            durable: WriteId(0),
            own: VecDeque::new(),
        }
    }

    fn take(&mut self, input: Input<Message>, _now: LocalTime, out: &mut Out) {
        match input {
            Input::Start => self.on_start(out),
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Timer(RETRY) => self.on_retry(out),
            Input::Request(command) => self.on_request(command, out),
            Input::Durable(write) => self.durable = self.durable.max(write),
            Input::Timer(_) | Input::Operator(_) | Input::PeerDown(_) | Input::Coin(_) => {}
        }
        self.hear_own(out);
    }

    fn on_start(&mut self, out: &mut Out) {
        match &self.accepted {
            Some(last) => {
                let operands = [self.promised.0, last.ballot.0];
                self.note(out, Rule::StartedAccepted, &operands);
            }
            None if self.promised == Ballot::NONE => self.note(out, Rule::StartedAfresh, &[]),
            None => self.note(out, Rule::Started, &[self.promised.0]),
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out) {
        match message {
            Message::Prepare { ballot } => self.on_prepare(from, ballot, out),
            Message::Promise { ballot, accepted } => self.on_promise(from, ballot, accepted, out),
            Message::Accept { ballot, value } => self.on_accept(from, ballot, value, out),
            Message::Accepted { ballot, value } => self.on_accepted(from, ballot, value, out),
            Message::Reject { ballot, promised } => self.on_reject(from, ballot, promised, out),
            Message::Learn { ballot, value } => self.on_learn(from, ballot, value, out),
        }
    }

    /// Tells another server, or a role of its own, once a write is durable.
    fn tell(&mut self, to: NodeId, message: Message, after: WriteId, out: &mut Out) {
        if to == self.id {
            self.own.push_back((after, message));
        } else {
            out.send(to, message, self.pending(after));
        }
    }

    /// The write, if it is not durable yet.
    fn pending(&self, write: WriteId) -> Option<WriteId> {
        (write > self.durable).then_some(write)
    }

    /// Its roles hear one another.
    fn hear_own(&mut self, out: &mut Out) {
        while let Some((after, _)) = self.own.front() {
            if *after > self.durable {
                return;
            }
            if let Some((_, message)) = self.own.pop_front() {
                self.on_message(self.id, message, out);
            }
        }
    }

    /// Shows a proposal as the log's one entry.
    fn show(&mut self, ballot: Ballot, value: &Payload) {
        let entry = Entry {
            epoch: ballot.0,
            payload: value.clone(),
        };
        self.log.put(SLOT, entry);
    }

    fn note(&self, out: &mut Out, rule: Rule, operands: &[u64]) {
        out.note(rule.note(operands));
    }
}

/// A value as it stands in notes: the session and number of its command.
fn proposed_by(value: &Payload) -> [u64; 2] {
    value.command().map_or([0, 0], |command| command.operands())
}
