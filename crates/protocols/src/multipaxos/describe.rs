//! Multi-Paxos, described to the outside.

use super::config::OPTIONS;
use super::election::Preparation;
use super::leader::Proposal;
use super::message::KINDS;
use super::{ACCEPTS, Config, Disk, Message, MultiPaxos, PROMISES, Record, Role, Rule};
use crate::ballot::Ballot;
use crate::describe::{Cost, Field, NodeView, Purpose, RingStyle, Tally, TallyDef, Value};
use crate::ids::{LocalTime, NodeId, NodeSet};
use crate::kv::Store;
use crate::log::{Entry, Log, Payload};
use crate::options::Options;
use crate::quorum::Quorums;
use crate::replica::{
    About, Input, Numbering, Outbox, Preload, Probe, Protocol, Question, Reason, TimerDef,
};
use std::sync::Arc;

/// Of how many open slots the leader shows who has accepted.
const TALLIES: usize = 3;

static ABOUT: About = About {
    name: "multipaxos",
    title: "Multi-Paxos",
    epoch: "ballot",
    numbering: Numbering::Ballots,
    rules: Rule::TABLE,
    kinds: KINDS,
    timers: &[
        TimerDef {
            suspects: true,
            ..TimerDef::new("election")
        },
        TimerDef::new("heartbeat"),
    ],
    tallies: &[
        TallyDef::new("promises", Purpose::Elect),
        TallyDef::new("accepts", Purpose::Decide),
    ],
    options: OPTIONS,
    invariants: &[
        "agreement",
        "validity",
        "chosen_stays_chosen",
        "promise_monotonicity",
        "state_machine_safety",
        "no_acknowledged_write_lost",
        "applied_at_most_once",
    ],
    sweep_us: 10_000_000,
    can_transfer: false,
    can_reconfigure: false,
    english: include_str!("en.txt"),
};

impl Protocol for MultiPaxos {
    type Message = Message;
    type Record = Record;
    type Disk = Disk;
    type Config = Config;

    const ABOUT: &'static About = &ABOUT;

    fn configure(options: &Options, n: usize) -> Result<Config, String> {
        Config::read(options, n)
    }

    fn quorums(config: &Config) -> Quorums {
        Quorums {
            of: vec![config.promise_quorum.clone(), config.accept_quorum.clone()],
            must_meet: &[(PROMISES, ACCEPTS)],
        }
    }

    fn costs(config: &Config) -> Vec<Cost> {
        config.costs()
    }

    fn write(disk: &mut Disk, record: &Record) {
        match record {
            Record::Promised(ballot) => disk.promised = disk.promised.max(*ballot),
            Record::Begun(ballot) => disk.begun = *ballot,
            Record::Accepted {
                slot,
                entry,
                chosen,
            } => {
                disk.promised = disk.promised.max(Ballot(entry.epoch));
                disk.chosen = disk.chosen.max(*chosen);
                disk.log.put(*slot, entry.clone());
            }
            Record::Learned { first, values } => {
                for (slot, entry) in (*first..).zip(values) {
                    disk.log.put(slot, entry.clone());
                }
                let last = (*first + values.len() as u64).saturating_sub(1);
                disk.chosen = disk.chosen.max(last);
            }
            Record::Snapshot { slot, store } => {
                disk.log.forget_to(*slot);
                disk.chosen = disk.chosen.max(*slot);
                disk.store = store.clone();
            }
        }
    }

    fn preload(preload: &Preload) -> Disk {
        let mut disk = Disk::default();
        for (slot, entry) in (1..).zip(&preload.log) {
            let (epoch, payload) = (entry.epoch, entry.payload.clone());
            disk.log.put(slot, Entry { epoch, payload });
        }
        let accepted = preload.log.iter().map(|entry| entry.epoch).max();
        disk.promised = Ballot(preload.epoch.max(accepted.unwrap_or(0)));
        disk
    }

    fn start(config: &Arc<Config>, id: NodeId, disk: &Disk) -> MultiPaxos {
        MultiPaxos::new(Arc::clone(config), id, disk)
    }

    fn step(&mut self, input: Input<Message>, now: LocalTime, out: &mut Outbox<Message, Record>) {
        self.take(input, now, out);
    }

    fn probe(&self) -> Probe {
        Probe {
            leading: self.leading(),
            epoch: self.epoch().0,
            decided: self.chosen,
        }
    }

    fn log(&self) -> Option<&Log> {
        Some(&self.log)
    }

    fn disk_log(disk: &Disk) -> Option<&Log> {
        Some(&disk.log)
    }

    fn mark_clean(&mut self) {
        self.log.mark_clean();
    }

    fn describe(&self) -> NodeView {
        let (role, ring) = self.role_shown();
        NodeView {
            role,
            ring,
            epoch: self.epoch().0,
            decided: self.chosen,
            leader: self.leader,
            fields: self.fields(),
            tallies: self.tallies(),
            peers: self.peer_rows(),
        }
    }

    fn describe_disk(disk: &Disk) -> Vec<Field> {
        vec![
            Field::disk("promised", Value::Ballot(disk.promised)),
            Field::disk("begun", Value::Ballot(disk.begun)),
            Field::disk("chosen", Value::Number(disk.chosen)),
            Field::disk("last", Value::Number(disk.log.last_index())),
            Field::disk("snapshot", snapshot(&disk.log)),
        ]
    }

    fn reasons(&self, question: Question) -> Vec<Reason> {
        self.reasons_for(question)
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }

    fn kind(message: &Message) -> usize {
        message.kind()
    }

    fn epoch_of(message: &Message) -> u64 {
        message.ballot().0
    }

    fn describe_message(message: &Message) -> Vec<Field> {
        let number = |name, value: &u64| Field::memory(name, Value::Number(*value));
        let ballot = Field::memory("ballot", Value::Ballot(message.ballot()));
        let mut fields = vec![ballot];
        fields.extend(match message {
            Message::Prepare { first, .. } | Message::CatchUp { first, .. } => {
                vec![number("first", first)]
            }
            Message::Promise {
                accepted, chosen, ..
            } => vec![
                Field::memory("reported", reported(accepted)),
                number("chosen", chosen),
            ],
            Message::Accept {
                slot, value, told, ..
            } => vec![
                number("slot", slot),
                Field::memory("value", Value::Text(words(value))),
                number("chosen", &told.chosen),
            ],
            Message::Accepted { slot, .. } => vec![number("slot", slot)],
            Message::Reject {
                promised, lease, ..
            } => vec![
                Field::memory("promised", Value::Ballot(*promised)),
                Field::memory("for_lease", Value::Flag(*lease)),
            ],
            Message::Heartbeat { told, .. } => vec![number("chosen", &told.chosen)],
            Message::HeartbeatReply { chosen, .. } => vec![number("chosen", chosen)],
            Message::Learn {
                first,
                values,
                chosen,
                ..
            } => vec![
                number("first", first),
                Field::memory(
                    "values",
                    Value::listed(values.iter().map(|e| words(&e.payload))),
                ),
                number("chosen", chosen),
            ],
            Message::Snapshot { slot, .. } => vec![number("snapshot", slot)],
        });
        fields
    }
}

impl MultiPaxos {
    /// The ballot that it shows: the highest of which its acceptor or its proposer is part.
    fn epoch(&self) -> Ballot {
        self.promised.max(self.own_ballot().unwrap_or(Ballot::NONE))
    }

    fn role_shown(&self) -> (&'static str, RingStyle) {
        match self.role {
            Role::Leader(_) => ("leader", RingStyle::Double),
            Role::Preparing(_) => ("preparing", RingStyle::Dashed),
            Role::Follower if self.backing_off => ("backing_off", RingStyle::Dashed),
            Role::Follower => ("follower", RingStyle::Single),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![
            Field::memory("promised", Value::Ballot(self.promised)),
            Field::memory("begun", Value::Ballot(self.begun)),
            Field::memory("leader", Value::node(self.leader)),
            Field::memory("chosen", Value::Number(self.chosen)),
            Field::memory("last", Value::Number(self.log.last_index())),
            Field::memory("snapshot", snapshot(&self.log)),
            Field::memory("waiting", Value::Number(self.waiting.len() as u64)),
        ];
        if self.config.leader_lease {
            let holder = self.lease.and_then(|lease| lease.holder);
            fields.push(Field::memory("lease", Value::node(holder)));
        }
        fields
    }

    fn tallies(&self) -> Vec<Tally> {
        match &self.role {
            Role::Follower => Vec::new(),
            Role::Preparing(preparation) => vec![self.promise_tally(preparation)],
            Role::Leader(leadership) => {
                let proposals = leadership.proposals.iter();
                let open = proposals.filter(|(_, proposal)| !proposal.chosen);
                open.take(TALLIES)
                    .map(|(slot, proposal)| self.accept_tally(*slot, proposal))
                    .collect()
            }
        }
    }

    pub(super) fn promise_tally(&self, preparation: &Preparation) -> Tally {
        Tally {
            what: "promises",
            subject: self.begun.0,
            epoch: self.begun.0,
            have: preparation.promised,
            refused: preparation.refused,
            quorum: self.config.promise_quorum.clone(),
        }
    }

    pub(super) fn accept_tally(&self, slot: u64, proposal: &Proposal) -> Tally {
        Tally {
            what: "accepts",
            subject: slot,
            epoch: self.begun.0,
            have: proposal.have,
            refused: NodeSet::EMPTY,
            quorum: self.config.accept_quorum.clone(),
        }
    }

    fn peer_rows(&self) -> Vec<(NodeId, Vec<Field>)> {
        let Role::Leader(leadership) = &self.role else {
            return Vec::new();
        };
        let row = |peer: NodeId| {
            let lacks = |proposal: &&Proposal| !proposal.have.contains(peer);
            let open = leadership.proposals.values().filter(lacks).count();
            let number = |name, value| Field::memory(name, Value::Number(value));
            let fields = vec![
                number("accepted", leadership.accepted[peer.index()]),
                number("open", open as u64),
                number("chosen", leadership.known[peer.index()]),
            ];
            (peer, fields)
        };
        self.peers().iter().map(row).collect()
    }
}

/// Up to which slot the log is in a snapshot.
fn snapshot(log: &Log) -> Value {
    match log.gone() {
        0 => Value::Nothing,
        gone => Value::Number(gone),
    }
}

/// A value in words.
fn words(value: &Payload) -> String {
    value.words().unwrap_or_else(|| "no-op".to_string())
}

/// Reported proposals as `slot: value (ballot)`.
fn reported(accepted: &[(u64, Entry)]) -> Value {
    let show = |(slot, entry): &(u64, Entry)| {
        format!(
            "{slot}: {} ({})",
            words(&entry.payload),
            Ballot(entry.epoch)
        )
    };
    Value::listed(accepted.iter().map(show))
}
