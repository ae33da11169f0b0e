//! Changes of the cluster: joint consensus (Raft §6), and one server at a time (Ongaro §4.1); new
//! servers catch up first, without a vote (Ongaro §4.2.1).

use super::config::Config;
use super::{Out, Raft, Role, Rule};
use crate::ids::{NodeId, NodeSet};
use crate::log::{Entry, Log, Payload};
use crate::membership::Membership;
use crate::quorum::Quorum;
use serde::Serialize;
use std::sync::Arc;

/// The configurations of a log, and the quorums of the last: "a server always uses the latest
/// configuration in its log, regardless of whether the entry is committed" (Raft §6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Members {
    /// With their indices, in order. The first is that of the snapshot, or of the run's options.
    known: Vec<(u64, Arc<Membership>)>,
    pub vote: Quorum,
    pub commit: Quorum,
}

/// A change that waits for new servers to catch up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Change {
    pub to: NodeSet,
    /// Who catches up, without a vote.
    pub learners: NodeSet,
    /// They have caught up once they hold the log up to here.
    until: u64,
}

impl Members {
    /// What a disk knows: the configuration of its snapshot, or of the options, and its log's.
    pub fn new(config: &Config, snapshot: Option<&Arc<Membership>>, log: &Log) -> Members {
        let first = snapshot.cloned();
        let first = first.unwrap_or_else(|| Arc::new(Membership::of(config.members)));
        let mut members = Members {
            known: vec![(log.gone(), first)],
            vote: config.vote_quorum.clone(),
            commit: config.commit_quorum.clone(),
        };
        for (index, entry) in log.iter() {
            if let Payload::Members(membership) = &entry.payload {
                members.known.push((index, Arc::clone(membership)));
            }
        }
        members.settle(config);
        members
    }

    /// The last configuration and its index.
    pub fn latest(&self) -> (u64, &Arc<Membership>) {
        let (index, membership) = &self.known[self.known.len() - 1];
        (*index, membership)
    }

    /// The configuration of the snapshot, or of the options.
    pub fn at_snapshot(&self) -> Arc<Membership> {
        Arc::clone(&self.known[0].1)
    }

    pub fn voters(&self) -> NodeSet {
        self.latest().1.voters()
    }

    /// An entry came into the log.
    pub fn adopt(&mut self, index: u64, entry: &Entry, config: &Config) {
        if let Payload::Members(membership) = &entry.payload {
            self.known.push((index, Arc::clone(membership)));
            self.settle(config);
        }
    }

    /// The entries after an index were removed.
    pub fn forget_after(&mut self, index: u64, config: &Config) {
        let before = self.known.len();
        while self.known.len() > 1 && self.latest().0 > index {
            self.known.pop();
        }
        if self.known.len() < before {
            self.settle(config);
        }
    }

    /// The log up to an index is in a snapshot; the configuration there begins what is known.
    pub fn forget_to(&mut self, index: u64) -> Arc<Membership> {
        let later = self.known.iter().skip(1);
        let gone = later.take_while(|(at, _)| *at <= index).count();
        self.known.drain(..gone);
        self.known[0].0 = index;
        Arc::clone(&self.known[0].1)
    }

    /// Counts by the last configuration from now on.
    fn settle(&mut self, config: &Config) {
        let membership = Arc::clone(self.latest().1);
        let [new_vote, new_commit] = config.quorums_over(membership.new);
        (self.vote, self.commit) = match membership.old {
            None => (new_vote, new_commit),
            Some(old) => {
                let [old_vote, old_commit] = config.quorums_over(old);
                (joint(old_vote, new_vote), joint(old_commit, new_commit))
            }
        };
    }
}

fn joint(old: Quorum, new: Quorum) -> Quorum {
    let (old, new) = (Box::new(old), Box::new(new));
    Quorum::Joint { old, new }
}

/// A set of servers as it stands in notes; runs in which it may change have at most 64.
fn nodes(set: NodeSet) -> u64 {
    set.0 as u64
}

impl Raft {
    /// An operator asks for another membership.
    pub(super) fn on_reconfigure(&mut self, to: NodeSet, out: &mut Out) {
        // A change that only waits for new servers gives way to the next, as they may never come.
        if let Role::Leader(leadership) = &mut self.role {
            leadership.change = None;
        }
        if let Some((rule, operands)) = self.refuses_change(to) {
            return self.note(out, rule, &operands);
        }
        let learners = to.minus(self.members.voters());
        if learners.is_empty() {
            return self.begin_change(to, out);
        }
        let (until, next) = (self.log.last_index(), self.log.last_index() + 1);
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        leadership.change = Some(Change {
            to,
            learners,
            until,
        });
        for learner in learners.iter() {
            let progress = &mut leadership.progress[learner.index()];
            progress.next = next;
            progress.probing = true;
            progress.inflight.clear();
            leadership.matched[learner.index()] = 0;
        }
        self.note(out, Rule::LearnersAdded, &[nodes(learners), until]);
        for learner in learners.iter() {
            self.send_append(learner, out);
        }
    }

    /// Why the leader does not begin a change; nothing if it does.
    fn refuses_change(&self, to: NodeSet) -> Option<(Rule, Vec<u64>)> {
        if !self.leading() {
            return Some((Rule::ChangeRefusedFollower, vec![nodes(to)]));
        }
        let (index, latest) = self.members.latest();
        if to == latest.new && latest.old.is_none() {
            return Some((Rule::ChangeRefusedSame, vec![nodes(to)]));
        }
        if latest.old.is_some() || index > self.commit {
            return Some((Rule::ChangeRefusedBusy, vec![nodes(to)]));
        }
        if !self.config.can_count_over(to) {
            return Some((Rule::ChangeRefusedQuorum, vec![nodes(to)]));
        }
        if !self.config.change_one_at_a_time_or_jointly || self.config.joint_consensus {
            return None;
        }
        let differ = to.minus(latest.new).union(latest.new.minus(to)).len() as u64;
        if differ > 1 {
            return Some((Rule::ChangeRefusedMany, vec![nodes(to), differ]));
        }
        let own_term = self.log.epoch_at(self.commit) == Some(self.term);
        if self.config.own_term_before_change && !own_term {
            return Some((Rule::ChangeRefusedTerm, vec![nodes(to), self.term]));
        }
        None
    }

    /// Whoever learns has come as far as the log was when it began.
    pub(super) fn change_if_caught_up(&mut self, out: &mut Out) {
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        let Some(change) = leadership.change else {
            return;
        };
        let behind = |node: &NodeId| leadership.matched[node.index()] < change.until;
        if change.learners.iter().any(|node| behind(&node)) {
            return;
        }
        leadership.change = None;
        let operands = [nodes(change.learners), change.until];
        self.note(out, Rule::LearnersCaughtUp, &operands);
        self.begin_change(change.to, out);
    }

    fn begin_change(&mut self, to: NodeSet, out: &mut Out) {
        let old = self.members.latest().1.new;
        let jointly = self.config.joint_consensus && self.config.change_one_at_a_time_or_jointly;
        if !jointly {
            let index = self.append_members(Membership::of(to), out);
            let rule = if self.config.change_one_at_a_time_or_jointly {
                Rule::MembersAppended
            } else {
                Rule::MembersAppendedAtOnce
            };
            self.note(out, rule, &[index, nodes(old), nodes(to)]);
        } else {
            let both = Membership {
                old: Some(old),
                new: to,
            };
            let index = self.append_members(both, out);
            self.note(out, Rule::JointAppended, &[index, nodes(old), nodes(to)]);
        }
        self.pump_all(out);
    }

    fn append_members(&mut self, membership: Membership, out: &mut Out) -> u64 {
        let entry = Entry {
            epoch: self.term,
            payload: Payload::Members(Arc::new(membership)),
        };
        self.append_own(entry, out)
    }

    fn pump_all(&mut self, out: &mut Out) {
        for peer in self.peers() {
            self.pump(peer, out);
        }
    }

    /// Raft §6: once the joint configuration is committed, the new one alone follows; a leader
    /// that is not in it steps down once that is committed (Ongaro §4.2.2).
    pub(super) fn continue_change(&mut self, out: &mut Out) {
        let (index, latest) = self.members.latest();
        if !self.leading() || index > self.commit {
            return;
        }
        let new = latest.new;
        if let Some(old) = latest.old {
            let after = self.append_members(Membership::of(new), out);
            self.note(
                out,
                Rule::NewAppended,
                &[after, index, nodes(old), nodes(new)],
            );
            self.pump_all(out);
        } else if !new.contains(self.id) {
            self.note(out, Rule::LeaderLeft, &[index, nodes(new)]);
            self.follow(self.term, out);
        }
    }

    /// Ongaro §4.2.2, §4.2.3: who has no vote in its own latest configuration does not stand.
    pub(super) fn may_not_stand(&mut self, out: &mut Out) -> bool {
        let outside = !self.members.voters().contains(self.id);
        if outside {
            let (index, latest) = self.members.latest();
            self.note(out, Rule::NotAMember, &[index, nodes(latest.voters())]);
        }
        outside
    }

    /// Whether leadership can be handed to this server.
    pub(super) fn may_take_over(&self, target: NodeId) -> bool {
        target != self.id && self.members.voters().contains(target)
    }

    /// Every other voter of its latest configuration, and whoever it brings up to date.
    pub(super) fn peers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let learners = match &self.role {
            Role::Leader(leadership) => leadership.change.map(|change| change.learners),
            _ => None,
        };
        let all = self
            .members
            .voters()
            .union(learners.unwrap_or(NodeSet::EMPTY));
        all.minus(NodeSet::only(self.id)).iter()
    }

    /// How many votes it takes, given those that are there.
    pub(super) fn votes_needed(&self, have: NodeSet) -> u64 {
        self.members.vote.need(have) as u64
    }

    /// How many copies it takes, given those that are there.
    pub(super) fn copies_needed(&self, have: NodeSet) -> u64 {
        self.members.commit.need(have) as u64
    }
}
