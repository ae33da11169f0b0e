//! What a server answers when it is asked why it does not lead, or why a slot is not chosen.

use super::leader::Proposal;
use super::{MultiPaxos, Role, Rule};
use crate::log::Entry;
use crate::replica::{Question, Reason};

impl MultiPaxos {
    pub(super) fn reasons_for(&self, question: Question) -> Vec<Reason> {
        match question {
            Question::NotLeading => vec![self.why_not_leading()],
            Question::NotDecided { index } => vec![self.why_not_chosen(index)],
        }
    }

    fn why_not_leading(&self) -> Reason {
        let ballot = self.begun.0;
        match (&self.role, self.leader) {
            (Role::Leader(_), _) => Reason::bare(Rule::WhyLeads.note(&[ballot])),
            (Role::Preparing(preparation), _) if preparation.behind.is_some() => {
                Reason::bare(Rule::WhyBehind.note(&[ballot, preparation.chosen, self.chosen]))
            }
            (Role::Preparing(preparation), _) => {
                let have = preparation.promised;
                let need = self.config.promises_needed(have);
                let operands = [ballot, have.len() as u64, need];
                Reason {
                    note: Rule::WhyShortOfPromises.note(&operands),
                    tally: Some(self.promise_tally(preparation)),
                }
            }
            (Role::Follower, Some(leader)) => {
                Reason::bare(Rule::WhyFollows.note(&[leader.operand()]))
            }
            (Role::Follower, None) if self.backing_off => {
                Reason::bare(Rule::WhyBacksOff.note(&[ballot, self.seen.0]))
            }
            (Role::Follower, None) if self.lease.is_some() => {
                Reason::bare(Rule::WhyLease.note(&[]))
            }
            (Role::Follower, None) => Reason::bare(Rule::WhyWaits.note(&[])),
        }
    }

    fn why_not_chosen(&self, slot: u64) -> Reason {
        let first = self.chosen + 1;
        if slot <= self.chosen {
            return Reason::bare(Rule::WhyChosen.note(&[slot]));
        }
        if let Role::Leader(leadership) = &self.role {
            return match leadership.proposals.get(&slot) {
                None => Reason::bare(Rule::WhyNotProposed.note(&[slot, self.begun.0])),
                Some(proposal) if proposal.chosen => {
                    Reason::bare(Rule::WhyGap.note(&[slot, first]))
                }
                Some(proposal) => self.why_short(slot, proposal),
            };
        }
        let holds = |slot: u64| self.log.get(slot).filter(|entry| !entry.is_gap());
        match (holds(slot), holds(first)) {
            (None, _) => Reason::bare(Rule::WhyNothingThere.note(&[slot])),
            (Some(_), None) => Reason::bare(Rule::WhyNotTaught.note(&[slot, first])),
            (Some(Entry { epoch, .. }), Some(_)) => {
                Reason::bare(Rule::WhyNotTold.note(&[slot, *epoch]))
            }
        }
    }

    fn why_short(&self, slot: u64, proposal: &Proposal) -> Reason {
        let have = proposal.have;
        let need = self.config.acceptances_needed(have);
        let operands = [slot, self.begun.0, have.len() as u64, need];
        Reason {
            note: Rule::WhyShortOfAcceptances.note(&operands),
            tally: Some(self.accept_tally(slot, proposal)),
        }
    }
}
