//! Multi-Paxos, after Lamport, "Paxos Made Simple" (2001), §3 (cited as "PMS §…"): a sequence of
//! slots, each of which chooses one command by Paxos; a leader runs phase 1 once for all of them.
//!
//! Where that is silent: van Renesse and Altinbuken, "Paxos Made Moderately Complex" (2015; "PMMC
//! §…"), and Chandra, Griesemer and Redstone, "Paxos Made Live" (2007; "PML §…").
//!
//! ```text
//!  leader                        followers: acceptors and learners
//!     │ ── Prepare(b, first) ──────►│   once, for every slot from `first` on
//!     │ ◄── Promise(b, accepted…) ──│
//!     │ ── Accept(b, s, v, c) ─────►│   a round trip for each slot s;
//!     │ ◄── Accepted(b, s) ─────────│   c: all up to slot c is chosen
//!     │ ── Heartbeat(b, c) ────────►│
//! ```
//!
//! Every server plays every role, and its roles talk to one another as they talk to others', but
//! without the network. A promise or an acceptance counts once it is durable.

mod acceptor;
mod client;
mod config;
mod describe;
mod election;
mod leader;
mod learner;
mod lease;
mod message;
mod reasons;
mod rules;

pub use config::Config;
pub use message::{Message, Told};
pub use rules::Rule;

use crate::ballot::Ballot;
use crate::ids::{LocalTime, NodeId, NodeSet, TimerId, WriteId};
use crate::kv::{Command, Store};
use crate::log::{Entries, Entry, Log, Payload};
use crate::replica::{Input, Outbox};
use election::Preparation;
use leader::Leadership;
use lease::Lease;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// The failure detector: its firing means that no leader was heard, or that a ballot came to
/// nothing.
pub const ELECTION: TimerId = TimerId(0);
/// The leader's heartbeat timer.
pub const HEARTBEAT: TimerId = TimerId(1);

/// The tallies, by position in [`crate::About::tallies`].
const PROMISES: u8 = 0;
const ACCEPTS: u8 = 1;
/// The most chosen values in one message; who lacks more asks again.
const MOST_TAUGHT: u64 = 64;

type Out = Outbox<Message, Record>;

/// What a server writes to disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Record {
    /// The highest ballot to which it has promised itself.
    Promised(Ballot),
    /// The highest ballot that it has begun as a proposer.
    Begun(Ballot),
    /// An accepted proposal, whose ballot is a promise too; and up to which slot everything is
    /// known to be chosen, for which alone it would not be worth a write.
    Accepted {
        slot: u64,
        entry: Entry,
        chosen: u64,
    },
    /// Values that it was taught to be chosen.
    Learned { first: u64, values: Entries },
    /// The store after everything up to a slot, in place of the log up to there.
    Snapshot { slot: u64, store: Store },
}

/// What a disk holds (PMS §2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Disk {
    pub promised: Ballot,
    pub begun: Ballot,
    /// Accepted proposals and learned values by slot; what is gone is in `store`.
    pub log: Log,
    /// Everything up to this slot is known to be chosen.
    pub chosen: u64,
    /// The last snapshot.
    pub store: Store,
}

/// What a server is at the moment, besides acceptor and learner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Role {
    Follower,
    /// In phase 1.
    Preparing(Box<Preparation>),
    Leader(Box<Leadership>),
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct MultiPaxos {
    #[serde(skip)]
    config: Arc<Config>,
    id: NodeId,
    /// The acceptor: no ballot below this is accepted, in whatever slot.
    promised: Ballot,
    /// The acceptor's last accepted proposals by slot; up to `chosen`, what is chosen.
    log: Log,
    /// The learner: everything up to this slot is known to be chosen, and is applied.
    chosen: u64,
    /// The ballot of what it has there; none if it was taught a store.
    chosen_in: Ballot,
    store: Store,
    role: Role,
    /// The last ballot that it began, and the highest of which it heard.
    begun: Ballot,
    seen: Ballot,
    /// Whom it hears as leader.
    leader: Option<NodeId>,
    /// How often it waited for a leader or a ballot in vain, or was preempted, since it last heard
    /// a leader or led; so much longer it waits.
    failures: u32,
    /// Whether it was preempted and waits before its next ballot.
    backing_off: bool,
    /// To whom its acceptor has granted a lease.
    lease: Option<Lease>,
    /// Commands that wait for a slot, while it leads or prepares to.
    waiting: VecDeque<Arc<Command>>,
    /// The last write of each kind, and the last that is durable.
    promise_write: WriteId,
    accept_write: WriteId,
    durable: WriteId,
    /// What its roles have to tell one another, each after a write.
    own: VecDeque<(WriteId, Message)>,
}

/// One input's turn: its clock reading, and where the effects go.
struct Turn<'a> {
    now: LocalTime,
    out: &'a mut Out,
}

impl Turn<'_> {
    fn note(&mut self, rule: Rule, operands: &[u64]) {
        self.out.note(rule.note(operands));
    }
}

impl MultiPaxos {
    fn new(config: Arc<Config>, id: NodeId, disk: &Disk) -> MultiPaxos {
        let mut server = MultiPaxos {
            config,
            id,
            promised: disk.promised,
            log: disk.log.clone(),
            chosen: disk.log.gone(),
            chosen_in: Ballot::NONE,
            store: disk.store.clone(),
            role: Role::Follower,
            begun: disk.begun,
            seen: disk.begun.max(disk.promised),
            leader: None,
            failures: 0,
            backing_off: false,
            lease: None,
            waiting: VecDeque::new(),
            promise_write: WriteId(0),
            accept_write: WriteId(0),
            durable: WriteId(0),
            own: VecDeque::new(),
        };
        server.replay(disk.chosen);
        server
    }

    fn take(&mut self, input: Input<Message>, now: LocalTime, out: &mut Out) {
        let turn = &mut Turn { now, out };
        match input {
            Input::Start => self.on_start(turn),
            Input::Message { from, message } => self.on_message(from, message, turn),
            Input::Timer(ELECTION) => self.on_election_timeout(turn),
            Input::Timer(HEARTBEAT) => self.on_heartbeat_timer(turn),
            Input::Request(command) => self.on_request(command, turn),
            Input::Durable(write) => self.durable = self.durable.max(write),
            Input::PeerDown(peer) => self.on_peer_down(peer, turn),
            Input::Timer(_) | Input::Operator(_) | Input::Coin(_) => {}
        }
        self.hear_own(turn);
    }

    fn on_start(&mut self, turn: &mut Turn) {
        let held = self.log.iter().filter(|(_, entry)| !entry.is_gap()).count() as u64;
        let (gone, promised, chosen) = (self.log.gone(), self.promised.0, self.chosen);
        if gone > 0 {
            turn.note(Rule::StartedSnapshot, &[promised, gone, held, chosen]);
        } else if self.promised == Ballot::NONE {
            turn.note(Rule::StartedAfresh, &[]);
        } else {
            turn.note(Rule::Started, &[promised, held, chosen]);
        }
        self.keep_lease_after_start(turn);
        turn.out.arm(ELECTION, self.config.election);
    }

    fn on_message(&mut self, from: NodeId, message: Message, turn: &mut Turn) {
        self.seen = self.seen.max(message.ballot());
        match message {
            Message::Prepare { ballot, first } => self.on_prepare(from, ballot, first, turn),
            Message::Promise {
                ballot,
                accepted,
                chosen,
            } => self.on_promise(from, ballot, accepted, chosen, turn),
            Message::Accept {
                ballot,
                slot,
                value,
                told,
            } => {
                if self.on_accept(from, ballot, slot, value, told, turn) {
                    self.learn_chosen(from, ballot, told, turn);
                }
            }
            Message::Accepted { ballot, slot } => self.on_accepted(from, ballot, slot, turn),
            Message::Reject {
                ballot,
                promised,
                lease,
            } => self.on_reject(from, ballot, promised, lease, turn),
            Message::Heartbeat { ballot, told, sent } => {
                self.on_heartbeat(from, ballot, told, sent, turn);
            }
            Message::HeartbeatReply {
                ballot,
                chosen,
                sent,
            } => self.on_heartbeat_reply(from, ballot, chosen, sent, turn),
            Message::CatchUp { first, .. } => self.on_catch_up(from, first, turn),
            Message::Learn {
                first,
                values,
                chosen,
                ..
            } => self.on_learn(from, first, values, chosen, turn),
            Message::Snapshot { slot, store, .. } => self.on_snapshot(from, slot, store, turn),
        }
    }

    /// Tells another server, or a role of its own, once a write is durable.
    fn tell(&mut self, to: NodeId, message: Message, after: WriteId, turn: &mut Turn) {
        if to == self.id {
            self.own.push_back((after, message));
        } else {
            let after = self.pending(after);
            turn.out.send(to, message, after);
        }
    }

    /// The write, if it is not durable yet.
    fn pending(&self, write: WriteId) -> Option<WriteId> {
        (write > self.durable).then_some(write)
    }

    /// Its roles hear one another, in order but for what still waits for a write.
    fn hear_own(&mut self, turn: &mut Turn) {
        let due = |(after, _): &(WriteId, Message), durable| *after <= durable;
        while let Some(at) = self.own.iter().position(|told| due(told, self.durable)) {
            if let Some((_, message)) = self.own.remove(at) {
                self.on_message(self.id, message, turn);
            }
        }
    }

    fn leading(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// The ballot that it leads or prepares to lead, if any.
    fn own_ballot(&self) -> Option<Ballot> {
        (!matches!(self.role, Role::Follower)).then_some(self.begun)
    }

    fn everybody(&self) -> NodeSet {
        NodeSet::first(self.config.n)
    }

    fn peers(&self) -> NodeSet {
        self.everybody().minus(NodeSet::only(self.id))
    }
}

/// A value as it stands in notes, unless it is a no-op: the session and number of its command.
fn asked_by(value: &Payload) -> Option<[u64; 2]> {
    value.command().map(|command| command.operands())
}
