//! Why does it not propose, and why does it not know what was chosen?

use super::proposer::Phase;
use super::{Paxos, Rule};
use crate::ids::NodeSet;
use crate::replica::{Question, Reason};

impl Paxos {
    pub(super) fn reasons_for(&self, question: Question) -> Vec<Reason> {
        if let Some((ballot, _)) = &self.learner.chosen {
            return vec![Reason::bare(Rule::WhyDone.note(&[ballot.0]))];
        }
        match question {
            Question::NotLeading => vec![self.why_not_proposing()],
            Question::NotDecided { .. } => vec![self.why_not_learned()],
        }
    }

    fn why_not_proposing(&self) -> Reason {
        let proposer = &self.proposer;
        if !self.config.proposers.contains(self.id) {
            return Reason::bare(Rule::WhyNotProposer.note(&[]));
        }
        match &proposer.phase {
            Phase::Accepting { .. } => Reason::bare(Rule::WhyProposes.note(&[proposer.ballot.0])),
            Phase::Preparing { promised, .. } => {
                let need = self.config.promise_quorum.need(*promised) as u64;
                let operands = [proposer.ballot.0, promised.len() as u64, need];
                Reason {
                    note: Rule::WhyShortOfPromises.note(&operands),
                    tally: self.promise_tally(),
                }
            }
            Phase::Idle if proposer.preempted > 0 => {
                Reason::bare(Rule::WhyBacksOff.note(&[proposer.ballot.0, proposer.seen.0]))
            }
            Phase::Idle => Reason::bare(Rule::WhyNoValue.note(&[])),
        }
    }

    fn why_not_learned(&self) -> Reason {
        if matches!(self.proposer.phase, Phase::Accepting { .. }) {
            let ballot = self.proposer.ballot;
            let tally = self.learner.accepted.get(&ballot);
            let have = tally.map_or(NodeSet::EMPTY, |(_, have)| *have);
            let need = self.config.accept_quorum.need(have) as u64;
            let operands = [ballot.0, have.len() as u64, need];
            return Reason {
                note: Rule::WhyShortOfAcceptances.note(&operands),
                tally: Some(self.accept_tally(ballot, have)),
            };
        }
        match &self.accepted {
            Some(last) => Reason::bare(Rule::WhyNotTold.note(&[last.ballot.0])),
            None => Reason::bare(Rule::WhyKnowsNothing.note(&[])),
        }
    }
}
