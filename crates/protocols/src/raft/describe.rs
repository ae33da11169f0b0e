//! Raft, described to the outside.

use super::config::OPTIONS;
use super::message::{AppendResult, KINDS};
use super::{ACKS, Config, Disk, Leadership, Message, Raft, Record, Role, Rule, VOTES, Votes};
use crate::describe::{Cost, Field, NodeView, Purpose, RingStyle, Tally, TallyDef, Value};
use crate::ids::{LocalTime, NodeId, NodeSet};
use crate::kv::Store;
use crate::log::{Entry, Log};
use crate::options::Options;
use crate::quorum::Quorums;
use crate::replica::{
    About, Input, Numbering, Outbox, Preload, Probe, Protocol, Question, Reason, TimerDef,
};
use std::sync::Arc;

static ABOUT: About = About {
    name: "raft",
    title: "Raft",
    epoch: "term",
    numbering: Numbering::Plain,
    rules: Rule::TABLE,
    kinds: KINDS,
    timers: &[
        TimerDef {
            suspects: true,
            ..TimerDef::new("election")
        },
        TimerDef::new("heartbeat"),
        TimerDef::new("check_quorum"),
        TimerDef::new("transfer"),
    ],
    tallies: &[
        TallyDef::new("votes", Purpose::Elect),
        TallyDef {
            up_to: true,
            ..TallyDef::new("acks", Purpose::Decide)
        },
    ],
    options: OPTIONS,
    invariants: &[
        "election_safety",
        "leader_append_only",
        "log_matching",
        "leader_completeness",
        "state_machine_safety",
        "no_acknowledged_write_lost",
        "applied_at_most_once",
    ],
    sweep_us: 10_000_000,
    can_transfer: true,
    can_reconfigure: true,
    english: include_str!("en.txt"),
};

impl Protocol for Raft {
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
            of: vec![config.vote_quorum.clone(), config.commit_quorum.clone()],
            must_meet: &[(VOTES, VOTES), (VOTES, ACKS)],
        }
    }

    fn costs(config: &Config) -> Vec<Cost> {
        config.costs()
    }

    fn write(disk: &mut Disk, record: &Record) {
        match record {
            Record::Hard { term, vote } => {
                disk.term = *term;
                disk.vote = *vote;
            }
            Record::Append { prev, entries } => {
                disk.log.truncate(*prev);
                for entry in entries {
                    disk.log.push(entry.clone());
                }
            }
            Record::Snapshot {
                index,
                term,
                store,
                members,
            } => {
                if disk.log.epoch_at(*index) == Some(*term) {
                    disk.log.forget_to(*index);
                } else {
                    disk.log.replace(*index, *term);
                }
                disk.store = store.clone();
                disk.members = Some(Arc::clone(members));
            }
        }
    }

    fn preload(preload: &Preload) -> Disk {
        let entry = |entry: &crate::replica::PreloadEntry| Entry {
            epoch: entry.epoch,
            payload: entry.payload.clone(),
        };
        let log: Log = preload.log.iter().map(entry).collect();
        Disk {
            term: preload.epoch.max(log.last_epoch()),
            vote: preload.vote,
            log,
            ..Disk::default()
        }
    }

    fn start(config: &Arc<Config>, id: NodeId, disk: &Disk) -> Raft {
        Raft::new(Arc::clone(config), id, disk)
    }

    fn step(&mut self, input: Input<Message>, now: LocalTime, out: &mut Outbox<Message, Record>) {
        self.take(input, now, out);
    }

    fn probe(&self) -> Probe {
        Probe {
            leading: self.leading(),
            epoch: self.term,
            decided: self.commit,
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
        let (role, ring) = match &self.role {
            Role::Follower => ("follower", RingStyle::Single),
            Role::PreCandidate(_) => ("pre_candidate", RingStyle::Dashed),
            Role::Candidate { .. } => ("candidate", RingStyle::Dashed),
            Role::Leader(_) => ("leader", RingStyle::Double),
        };
        let mut fields = vec![
            Field::memory("term", Value::Number(self.term)),
            Field::memory("vote", Value::node(self.vote)),
            Field::memory("leader", Value::node(self.leader)),
            Field::memory("commit", Value::Number(self.commit)),
            Field::memory("last", Value::Number(self.log.last_index())),
            Field::memory("durable", Value::Number(self.durable_index)),
        ];
        fields.extend(in_snapshot(&self.log).map(|(name, value)| Field::memory(name, value)));
        let (_, latest) = self.members.latest();
        if latest.old.is_some() || latest.new != NodeSet::first(self.config.n) {
            let members = latest.to_string();
            let members = members.trim_start_matches("members ").to_string();
            fields.push(Field::memory("members", Value::Text(members)));
        }
        NodeView {
            role,
            ring,
            epoch: self.term,
            decided: self.commit,
            leader: self.leader,
            fields,
            tallies: self.tallies(),
            peers: self.peer_rows(),
        }
    }

    fn describe_disk(disk: &Disk) -> Vec<Field> {
        let mut fields = vec![
            Field::disk("term", Value::Number(disk.term)),
            Field::disk("vote", Value::node(disk.vote)),
            Field::disk("last", Value::Number(disk.log.last_index())),
        ];
        fields.extend(in_snapshot(&disk.log).map(|(name, value)| Field::disk(name, value)));
        fields
    }

    fn reasons(&self, question: Question) -> Vec<Reason> {
        self.reasons_for(question)
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }

    fn members(&self) -> Option<NodeSet> {
        Some(self.members.latest().1.new)
    }

    fn kind(message: &Message) -> usize {
        message.kind()
    }

    fn epoch_of(message: &Message) -> u64 {
        message.term()
    }

    fn describe_message(message: &Message) -> Vec<Field> {
        let number = |name, value| Field::memory(name, Value::Number(value));
        let flag = |name, value| Field::memory(name, Value::Flag(value));
        let mut fields = vec![number("term", message.term())];
        match message {
            Message::RequestVote {
                last_index,
                last_term,
                transfer,
                ..
            } => {
                fields.push(number("last_index", *last_index));
                fields.push(number("last_term", *last_term));
                if *transfer {
                    fields.push(flag("transfer", true));
                }
            }
            Message::PreVote {
                last_index,
                last_term,
                ..
            } => {
                fields.push(number("last_index", *last_index));
                fields.push(number("last_term", *last_term));
            }
            Message::Vote { granted, .. } => fields.push(flag("granted", *granted)),
            Message::PreVoteReply {
                proposed, granted, ..
            } => {
                fields.push(number("proposed", *proposed));
                fields.push(flag("granted", *granted));
            }
            Message::Append {
                prev_index,
                prev_term,
                entries,
                commit,
                ..
            } => {
                fields.push(number("prev_index", *prev_index));
                fields.push(number("prev_term", *prev_term));
                fields.push(Field::memory("entries", entries_value(entries)));
                fields.push(number("leader_commit", *commit));
            }
            Message::Appended(reply) => {
                fields.push(number("prev_index", reply.prev_index));
                match &reply.result {
                    AppendResult::Matched(index) => fields.push(number("match_index", *index)),
                    AppendResult::Refused {
                        conflict_term,
                        conflict_index,
                    } => {
                        fields.push(flag("success", false));
                        fields.push(number("conflict_term", *conflict_term));
                        fields.push(number("conflict_index", *conflict_index));
                    }
                    AppendResult::Stale => fields.push(flag("success", false)),
                }
            }
            Message::TimeoutNow { .. } => {}
            Message::InstallSnapshot {
                last_index,
                last_term,
                ..
            } => {
                fields.push(number("included_index", *last_index));
                fields.push(number("included_term", *last_term));
            }
            Message::Installed { index, .. } => fields.push(number("match_index", *index)),
        }
        fields
    }
}

impl Raft {
    fn tallies(&self) -> Vec<Tally> {
        match &self.role {
            Role::Follower => Vec::new(),
            Role::PreCandidate(pre) => vec![self.vote_tally("pre_votes", self.term + 1, pre)],
            Role::Candidate { votes, .. } => vec![self.vote_tally("votes", self.term, votes)],
            Role::Leader(leadership) => {
                let open = self.commit + 1..=self.log.last_index();
                open.take(3)
                    .map(|index| self.copy_tally(leadership, index))
                    .collect()
            }
        }
    }

    /// Votes, or what a pre-vote gathers, in an epoch.
    pub(super) fn vote_tally(&self, what: &'static str, epoch: u64, votes: &Votes) -> Tally {
        Tally {
            what,
            subject: epoch,
            epoch,
            have: votes.granted,
            refused: votes.refused,
            quorum: self.members.vote.clone(),
        }
    }

    /// Who holds a copy of the log up to an index, as its leader knows.
    pub(super) fn copy_tally(&self, leadership: &Leadership, index: u64) -> Tally {
        let holds = |node: &NodeId| leadership.matched[node.index()] >= index;
        Tally {
            what: "acks",
            subject: index,
            epoch: self.term,
            have: NodeSet::first(self.config.n).iter().filter(holds).collect(),
            refused: NodeSet::EMPTY,
            quorum: self.members.commit.clone(),
        }
    }

    fn peer_rows(&self) -> Vec<(NodeId, Vec<Field>)> {
        let Role::Leader(leadership) = &self.role else {
            return Vec::new();
        };
        self.peers()
            .map(|peer| {
                let progress = &leadership.progress[peer.index()];
                let matched = leadership.matched[peer.index()];
                let fields = vec![
                    Field::memory("next_index", Value::Number(progress.next)),
                    Field::memory("match_index", Value::Number(matched)),
                    Field::memory("in_flight", Value::Number(progress.inflight.len() as u64)),
                ];
                (peer, fields)
            })
            .collect()
    }
}

/// Up to which index the log is in a snapshot, if it is.
fn in_snapshot(log: &Log) -> Option<(&'static str, Value)> {
    (log.gone() > 0).then(|| ("snapshot", Value::Number(log.gone())))
}

/// Entries as `term:command`.
fn entries_value(entries: &[Entry]) -> Value {
    Value::listed(entries.iter().map(|entry| {
        let words = entry.payload.words();
        format!("{}:{}", entry.epoch, words.as_deref().unwrap_or("no-op"))
    }))
}
