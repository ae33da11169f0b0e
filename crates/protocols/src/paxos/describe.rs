//! Single-decree Paxos, described to the outside.

use super::config::OPTIONS;
use super::message::KINDS;
use super::proposer::Phase;
use super::{ACCEPTS, Config, Disk, Message, PROMISES, Paxos, Proposal, Record, Rule, SLOT, small};
use crate::ballot::Ballot;
use crate::describe::{Cost, Field, NodeView, Purpose, RingStyle, Tally, TallyDef, Value};
use crate::ids::{LocalTime, NodeId, NodeSet};
use crate::kv::Store;
use crate::log::{Entry, Log, Payload};
use crate::options::Options;
use crate::quorum::Quorums;
use crate::replica::{
    About, Bounds, Input, Numbering, Outbox, Preload, Probe, Protocol, Question, Reason, Small,
    TimerDef,
};
use std::sync::Arc;

static ABOUT: About = About {
    name: "paxos",
    title: "Paxos",
    epoch: "ballot",
    numbering: Numbering::Ballots,
    rules: Rule::TABLE,
    kinds: KINDS,
    timers: &[TimerDef {
        name: "retry",
        suspects: true,
        at_will: true,
    }],
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
    ],
    sweep_us: 1_000_000,
    can_transfer: false,
    can_reconfigure: false,
    english: include_str!("en.txt"),
};

impl Protocol for Paxos {
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
            Record::Promised(ballot) => disk.promised = *ballot,
            Record::Begun(ballot) => disk.begun = *ballot,
            Record::Accepted(proposal) => {
                let entry = Entry {
                    epoch: proposal.ballot.0,
                    payload: proposal.value.clone(),
                };
                disk.accepted.put(SLOT, entry);
            }
        }
    }

    fn preload(preload: &Preload) -> Disk {
        let mut accepted = Log::new();
        if let Some(entry) = preload.log.first() {
            let (epoch, payload) = (entry.epoch, entry.payload.clone());
            accepted.put(SLOT, Entry { epoch, payload });
        }
        Disk {
            promised: Ballot(preload.epoch),
            begun: Ballot::NONE,
            accepted,
        }
    }

    fn start(config: &Arc<Config>, id: NodeId, disk: &Disk) -> Paxos {
        Paxos::new(Arc::clone(config), id, disk)
    }

    fn step(&mut self, input: Input<Message>, now: LocalTime, out: &mut Outbox<Message, Record>) {
        self.take(input, now, out);
    }

    fn probe(&self) -> Probe {
        Probe {
            leading: matches!(self.proposer.phase, Phase::Accepting { .. }),
            epoch: self.epoch().0,
            decided: u64::from(self.learner.chosen.is_some()),
        }
    }

    fn log(&self) -> Option<&Log> {
        Some(&self.log)
    }

    fn disk_log(disk: &Disk) -> Option<&Log> {
        Some(&disk.accepted)
    }

    fn mark_clean(&mut self) {
        self.log.mark_clean();
    }

    fn describe(&self) -> NodeView {
        let (role, ring) = self.role();
        let proposer = &self.proposer;
        let accepted = self.accepted.as_ref();
        let leading = matches!(proposer.phase, Phase::Accepting { .. });
        NodeView {
            role,
            ring,
            epoch: self.epoch().0,
            decided: u64::from(self.learner.chosen.is_some()),
            leader: leading.then_some(self.id),
            fields: vec![
                Field::memory("promised", Value::Ballot(self.promised)),
                Field::memory(
                    "accepted",
                    accepted.map_or(Value::Nothing, |last| Value::Ballot(last.ballot)),
                ),
                Field::memory("value", value(accepted.map(|last| &last.value))),
                Field::memory("begun", Value::Ballot(proposer.ballot)),
                Field::memory("wanted", self.wanted()),
                Field::memory(
                    "chosen",
                    value(self.learner.chosen.as_ref().map(|(_, value)| value)),
                ),
            ],
            tallies: self.tallies(),
            peers: Vec::new(),
        }
    }

    fn describe_disk(disk: &Disk) -> Vec<Field> {
        let entry = disk.accepted.get(SLOT);
        let ballot = entry.map_or(Value::Nothing, |entry| Value::Ballot(Ballot(entry.epoch)));
        vec![
            Field::disk("promised", Value::Ballot(disk.promised)),
            Field::disk("accepted", ballot),
            Field::disk("value", value(entry.map(|entry| &entry.payload))),
            Field::disk("begun", Value::Ballot(disk.begun)),
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
        let mut fields = vec![Field::memory("ballot", Value::Ballot(message.ballot()))];
        match message {
            Message::Prepare { .. } => {}
            Message::Promise { accepted, .. } => {
                let last: Option<&Proposal> = accepted.as_ref();
                let ballot = last.map_or(Value::Nothing, |last| Value::Ballot(last.ballot));
                fields.push(Field::memory("accepted", ballot));
                fields.push(Field::memory("value", value(last.map(|last| &last.value))));
            }
            Message::Accept { value: of, .. }
            | Message::Accepted { value: of, .. }
            | Message::Learn { value: of, .. } => {
                fields.push(Field::memory("value", value(Some(of))));
            }
            Message::Reject { promised, .. } => {
                fields.push(Field::memory("promised", Value::Ballot(*promised)));
            }
        }
        fields
    }

    fn small(bounds: &Bounds) -> Option<Result<Small, String>> {
        Some(small::small(bounds))
    }

    fn specified(&self) -> Vec<u64> {
        small::acceptor(self)
    }

    fn specified_message(from: NodeId, message: &Message) -> Vec<u64> {
        small::message(from, message)
    }
}

/// A value in words.
fn value(payload: Option<&Payload>) -> Value {
    let command = payload.and_then(Payload::command);
    command.map_or(Value::Nothing, |command| {
        Value::Text(command.op.to_string())
    })
}

impl Paxos {
    /// The ballot that it shows: the highest of which its acceptor or its proposer is part.
    fn epoch(&self) -> Ballot {
        self.promised.max(self.proposer.ballot)
    }

    fn role(&self) -> (&'static str, RingStyle) {
        let config = &self.config;
        match self.proposer.phase {
            Phase::Preparing { .. } => return ("preparing", RingStyle::Dashed),
            Phase::Accepting { .. } => return ("proposing", RingStyle::Double),
            Phase::Idle if self.proposer.preempted > 0 => {
                return ("backing_off", RingStyle::Dashed);
            }
            Phase::Idle => {}
        }
        let role = match (
            config.proposers.contains(self.id),
            config.acceptors.contains(self.id),
            config.learners.contains(self.id),
        ) {
            (true, true, _) => "member",
            (true, false, _) => "proposer",
            (false, true, _) => "acceptor",
            (false, false, _) => "learner",
        };
        (role, RingStyle::Single)
    }

    /// The value that it would propose if it may choose.
    fn wanted(&self) -> Value {
        let wanted = self.proposer.waiting.first();
        wanted.map_or(Value::Nothing, |command| {
            Value::Text(command.op.to_string())
        })
    }

    fn tallies(&self) -> Vec<Tally> {
        if self.learner.chosen.is_some() {
            return Vec::new();
        }
        match &self.proposer.phase {
            Phase::Idle => {
                // A learner that the acceptors tell counts without proposing.
                let last = self.learner.accepted.last_key_value();
                let tally = last.map(|(ballot, (_, have))| self.accept_tally(*ballot, *have));
                tally.into_iter().collect()
            }
            Phase::Preparing { .. } => self.promise_tally().into_iter().collect(),
            Phase::Accepting { refused, .. } => {
                let ballot = self.proposer.ballot;
                let counted = self.learner.accepted.get(&ballot);
                let have = counted.map_or(NodeSet::EMPTY, |(_, have)| *have);
                let mut tally = self.accept_tally(ballot, have);
                tally.refused = *refused;
                vec![tally]
            }
        }
    }

    pub(super) fn promise_tally(&self) -> Option<Tally> {
        let Phase::Preparing {
            promised, refused, ..
        } = &self.proposer.phase
        else {
            return None;
        };
        Some(Tally {
            what: "promises",
            subject: self.proposer.ballot.0,
            epoch: self.proposer.ballot.0,
            have: *promised,
            refused: *refused,
            quorum: self.config.promise_quorum.clone(),
        })
    }

    pub(super) fn accept_tally(&self, ballot: Ballot, have: NodeSet) -> Tally {
        Tally {
            what: "accepts",
            subject: SLOT,
            epoch: ballot.0,
            have,
            refused: NodeSet::EMPTY,
            quorum: self.config.accept_quorum.clone(),
        }
    }
}
