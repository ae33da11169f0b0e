//! The proposer: PMS §2.2 (phases 1a and 2a, P2c) and §2.4 (progress).

use super::{Message, Out, PROMISES, Paxos, Proposal, RETRY, Record, Rule, proposed_by};
use crate::ballot::Ballot;
use crate::ids::{NodeId, NodeSet, WriteId};
use crate::kv::{Answer, Command};
use crate::log::Payload;
use crate::replica::Gathered;
use crate::units::Span;
use serde::Serialize;
use std::sync::Arc;

/// The most clients that wait at one proposer; others ask again.
const MOST_WAITING: usize = 256;
/// After how many preemptions waiting grows no more.
const MOST_DOUBLINGS: u32 = 5;

/// Where a proposer's ballot stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub enum Phase {
    /// No ballot of its own is under way.
    #[default]
    Idle,
    Preparing {
        promised: NodeSet,
        refused: NodeSet,
        /// The reported proposal that counts, and who reported it.
        reported: Option<(NodeId, Proposal)>,
    },
    Accepting {
        value: Payload,
        refused: NodeSet,
    },
}

/// The proposer of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Proposer {
    /// The last ballot that it began.
    pub ballot: Ballot,
    /// The highest ballot of which it heard.
    pub seen: Ballot,
    pub phase: Phase,
    /// Commands whose clients wait here; the first is the value that it wants.
    pub waiting: Vec<Arc<Command>>,
    /// How often it was preempted since something was learned.
    pub preempted: u32,
}

impl Proposer {
    pub fn new(begun: Ballot) -> Proposer {
        Proposer {
            ballot: begun,
            seen: begun,
            ..Proposer::default()
        }
    }
}

impl Paxos {
    pub(super) fn on_request(&mut self, command: Arc<Command>, out: &mut Out) {
        let [client, seq] = command.operands();
        if self.learner.chosen.is_some() {
            return self.answer(&command, out);
        }
        if !self.config.proposers.contains(self.id) {
            let hint = self.config.proposers.iter().next();
            let proposer = hint.map_or(0, NodeId::operand);
            self.note(out, Rule::Redirected, &[client, seq, proposer]);
            return out.reply(command, Answer::NotLeader { hint }, None);
        }
        let waits = self.proposer.waiting.contains(&command);
        if !waits && self.proposer.waiting.len() < MOST_WAITING {
            self.proposer.waiting.push(command);
        }
        match self.proposer.phase {
            Phase::Idle if !out_of_turn(&self.proposer) => self.begin(out),
            _ => self.note(out, Rule::Queued, &[client, seq]),
        }
    }

    /// Phase 1a: a ballot above every one that it knows of. Its number is on disk before anybody
    /// hears of it, so that it is never used twice (PMS §2.5).
    pub(super) fn begin(&mut self, out: &mut Out) {
        let ballot = self
            .proposer
            .ballot
            .max(self.proposer.seen)
            .max(self.promised);
        let ballot = ballot.after(self.id);
        self.proposer.ballot = ballot;
        self.proposer.seen = ballot;
        self.proposer.phase = Phase::Preparing {
            promised: NodeSet::EMPTY,
            refused: NodeSet::EMPTY,
            reported: None,
        };
        let after = out.write(Record::Begun(ballot));
        let need = self.config.promise_quorum.need(NodeSet::EMPTY) as u64;
        self.note(out, Rule::Prepared, &[ballot.0, need]);
        out.arm(RETRY, self.config.patience(self.proposer.preempted));
        for acceptor in self.config.acceptors.iter() {
            self.tell(acceptor, Message::Prepare { ballot }, after, out);
        }
    }

    /// Its patience is at an end, or its back-off: it tries with a higher ballot.
    pub(super) fn on_retry(&mut self, out: &mut Out) {
        if !self.config.proposers.contains(self.id) {
            return self.note(out, Rule::NotProposer, &[]);
        }
        if self.learner.chosen.is_some() {
            return self.note(out, Rule::Content, &[]);
        }
        if self.proposer.ballot == Ballot::NONE {
            self.note(out, Rule::Told, &[]);
        } else {
            self.note(out, Rule::TimedOut, &[self.proposer.ballot.0]);
        }
        self.begin(out);
    }

    pub(super) fn on_promise(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        accepted: Option<Proposal>,
        out: &mut Out,
    ) {
        let current = self.proposer.ballot == ballot;
        let (lowest, config) = (!self.config.adopt_highest, Arc::clone(&self.config));
        let Phase::Preparing {
            promised, reported, ..
        } = &mut self.proposer.phase
        else {
            return self.note(out, Rule::PromiseLate, &[from.operand(), ballot.0]);
        };
        if !current {
            return self.note(out, Rule::PromiseLate, &[from.operand(), ballot.0]);
        }
        promised.insert(from);
        if let Some(accepted) = accepted {
            let better = reported.as_ref().is_none_or(|(_, best)| {
                // The mistake: the lowest ballot wins instead of the highest.
                (accepted.ballot > best.ballot) != lowest && accepted.ballot != best.ballot
            });
            if better {
                *reported = Some((from, accepted));
            }
        }
        let have = *promised;
        let need = config.promise_quorum.need(have) as u64;
        let operands = [from.operand(), ballot.0, have.len() as u64, need];
        self.note(out, Rule::PromiseCounted, &operands);
        if config.promise_quorum.is_quorum(have) {
            out.gather(Gathered {
                what: PROMISES,
                subject: ballot.0,
                epoch: ballot.0,
                have,
            });
            self.propose(out);
        }
    }

    /// Phase 2a: the value is that of the highest-numbered proposal among the promises, or any
    /// value if they report none (P2c).
    fn propose(&mut self, out: &mut Out) {
        let ballot = self.proposer.ballot;
        let Phase::Preparing { reported, .. } = std::mem::take(&mut self.proposer.phase) else {
            return;
        };
        let wanted = self.proposer.waiting.first().cloned();
        let value = match (reported, wanted) {
            (Some((from, proposal)), _) if self.config.adopt_accepted => {
                let [client, seq] = proposed_by(&proposal.value);
                let operands = [ballot.0, from.operand(), proposal.ballot.0, client, seq];
                self.note(out, Rule::Adopted, &operands);
                proposal.value
            }
            (reported, Some(command)) => {
                let [client, seq] = command.operands();
                match reported {
                    None => self.note(out, Rule::ProposedFreely, &[ballot.0, client, seq]),
                    Some((from, proposal)) => {
                        let operands = [ballot.0, client, seq, from.operand(), proposal.ballot.0];
                        self.note(out, Rule::IgnoredReport, &operands);
                    }
                }
                Payload::Command(command)
            }
            (_, None) => {
                self.proposer.preempted = 0;
                out.cancel(RETRY);
                return self.note(out, Rule::NothingToPropose, &[ballot.0]);
            }
        };
        self.proposer.phase = Phase::Accepting {
            value: value.clone(),
            refused: NodeSet::EMPTY,
        };
        for acceptor in self.config.acceptors.iter() {
            let accept = Message::Accept {
                ballot,
                value: value.clone(),
            };
            self.tell(acceptor, accept, WriteId(0), out);
        }
    }

    /// A rejection tells of a higher ballot. With back-off the proposer waits for a random time,
    /// and longer each time; without, two of them may preempt each other for ever (PMS §2.4).
    pub(super) fn on_reject(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        promised: Ballot,
        out: &mut Out,
    ) {
        self.proposer.seen = self.proposer.seen.max(promised);
        let current = self.proposer.ballot == ballot;
        let (Phase::Preparing { refused, .. } | Phase::Accepting { refused, .. }) =
            &mut self.proposer.phase
        else {
            return self.note(out, Rule::RejectLate, &[from.operand(), ballot.0]);
        };
        if !current {
            return self.note(out, Rule::RejectLate, &[from.operand(), ballot.0]);
        }
        if promised <= ballot {
            return self.note(out, Rule::RejectTwice, &[from.operand(), ballot.0]);
        }
        refused.insert(from);
        self.proposer.phase = Phase::Idle;
        self.proposer.preempted = self.proposer.preempted.saturating_add(1);
        let operands = [from.operand(), ballot.0, promised.0];
        if self.config.back_off {
            self.note(out, Rule::Preempted, &operands);
            out.arm(RETRY, self.config.patience(self.proposer.preempted));
        } else {
            self.note(out, Rule::PreemptedAtOnce, &operands);
            self.begin(out);
        }
    }
}

/// Whether the proposer was preempted and waits; its timer begins the next ballot.
fn out_of_turn(proposer: &Proposer) -> bool {
    proposer.preempted > 0
}

impl super::Config {
    /// How long a proposer waits for its ballot, or after it was preempted so often.
    fn patience(&self, preempted: u32) -> Span {
        let Span { min_us, max_us } = self.retry;
        if !self.back_off {
            return Span::fixed(min_us);
        }
        Span::new(min_us, max_us << preempted.min(MOST_DOUBLINGS))
    }
}
