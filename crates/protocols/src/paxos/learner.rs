//! The learner: PMS §2.3.

use super::{ACCEPTS, Message, Out, Paxos, RETRY, Rule, SLOT, proposed_by};
use crate::ballot::Ballot;
use crate::ids::{NodeId, NodeSet, WriteId};
use crate::kv::{Answer, Command, Op, Outcome};
use crate::log::Payload;
use crate::replica::{Decided, Gathered};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::proposer::Phase;

/// Of how many ballots a learner counts acceptances: the highest.
const MOST_BALLOTS: usize = 64;

/// The learner of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Learner {
    /// Who accepted, by ballot.
    pub accepted: BTreeMap<Ballot, (Payload, NodeSet)>,
    /// What was chosen, and in which ballot it learned so.
    pub chosen: Option<(Ballot, Payload)>,
}

impl Paxos {
    /// A value is chosen once a quorum of acceptors has accepted it in one ballot.
    pub(super) fn on_accepted(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        value: Payload,
        out: &mut Out,
    ) {
        let known = self.learner.chosen.as_ref();
        if known.is_some_and(|(_, chosen)| *chosen == value) {
            return self.note(out, Rule::AcceptanceLate, &[from.operand(), ballot.0]);
        }
        let tallies = &mut self.learner.accepted;
        let (value, have) = {
            let slot = tallies.entry(ballot).or_insert((value, NodeSet::EMPTY));
            slot.1.insert(from);
            slot.clone()
        };
        if tallies.len() > MOST_BALLOTS {
            tallies.pop_first();
        }
        let need = self.config.accept_quorum.need(have) as u64;
        let operands = [from.operand(), ballot.0, have.len() as u64, need];
        self.note(out, Rule::AcceptanceCounted, &operands);
        if !self.config.accept_quorum.is_quorum(have) {
            return;
        }
        out.gather(Gathered {
            what: ACCEPTS,
            subject: SLOT,
            epoch: ballot.0,
            have,
        });
        let [client, seq] = proposed_by(&value);
        let operands = [ballot.0, client, seq, have.len() as u64, need];
        self.note(out, Rule::Chosen, &operands);
        self.learn(ballot, value, out);
        if self.config.distinguished_learner {
            self.teach(out);
        }
    }

    /// The distinguished learner tells the others.
    fn teach(&mut self, out: &mut Out) {
        let Some((ballot, value)) = self.learner.chosen.clone() else {
            return;
        };
        let others = self.config.learners.minus(NodeSet::only(self.id));
        for learner in others.iter() {
            let learn = Message::Learn {
                ballot,
                value: value.clone(),
            };
            self.tell(learner, learn, WriteId(0), out);
        }
    }

    pub(super) fn on_learn(&mut self, from: NodeId, ballot: Ballot, value: Payload, out: &mut Out) {
        let [client, seq] = proposed_by(&value);
        let operands = [from.operand(), ballot.0, client, seq];
        match &self.learner.chosen {
            Some((_, chosen)) if *chosen == value => self.note(out, Rule::KnewAlready, &operands),
            _ => {
                self.note(out, Rule::Learned, &operands);
                self.learn(ballot, value, out);
            }
        }
    }

    /// Knows what was chosen, and tells the clients that wait.
    fn learn(&mut self, ballot: Ballot, value: Payload, out: &mut Out) {
        if self.accepted.is_none() {
            self.show(ballot, &value);
        }
        let fresh = match value.command() {
            Some(command) => self.store.apply(command, true).1,
            None => true,
        };
        self.learner.chosen = Some((ballot, value.clone()));
        out.decide(Decided {
            index: SLOT,
            epoch: ballot.0,
            payload: value,
            fresh,
        });
        self.proposer.phase = Phase::Idle;
        self.proposer.preempted = 0;
        out.cancel(RETRY);
        for command in std::mem::take(&mut self.proposer.waiting) {
            self.answer(&command, out);
        }
    }

    /// Tells a client what became of its value: the register is written once.
    pub(super) fn answer(&mut self, command: &Arc<Command>, out: &mut Out) {
        let Some((_, chosen)) = &self.learner.chosen else {
            return;
        };
        let chosen = chosen.clone();
        let [client, seq] = command.operands();
        let outcome = match chosen.command() {
            Some(winner) if winner == command => {
                self.note(out, Rule::AnsweredChosen, &[client, seq]);
                let answered = self.store.answered(command.client, command.seq);
                answered.cloned().unwrap_or(Outcome::Done)
            }
            other => {
                let [winner, number] = proposed_by(&chosen);
                let operands = [client, seq, winner, number];
                self.note(out, Rule::AnsweredOther, &operands);
                let value = other.map(|other| match &other.op {
                    Op::Put { value, .. } => value.clone(),
                    op => op.to_string().into(),
                });
                match &command.op {
                    Op::Get { .. } => Outcome::Value { value },
                    _ => Outcome::Differs { value },
                }
            }
        };
        out.reply(command.clone(), Answer::Applied { outcome }, None);
    }
}
