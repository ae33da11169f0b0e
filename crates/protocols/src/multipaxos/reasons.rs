//! What a server answers when it is asked why it does not lead, or why a slot is not chosen.

use super::leader::Proposal;
use super::{MultiPaxos, Role, Rule, node};
use crate::log::Entry;
use crate::note::Note;
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
            (Role::Leader(_), _) => bare(Rule::WhyLeads, &[ballot]),
            (Role::Preparing(preparation), _) if preparation.behind.is_some() => {
                bare(Rule::WhyBehind, &[ballot, preparation.chosen, self.chosen])
            }
            (Role::Preparing(preparation), _) => {
                let have = preparation.promised;
                let need = self.config.promises_needed(have);
                let operands = [ballot, have.len() as u64, need];
                Reason {
                    note: Note::new(Rule::WhyShortOfPromises as u16, &operands),
                    tally: Some(self.promise_tally(preparation)),
                }
            }
            (Role::Follower, Some(leader)) => bare(Rule::WhyFollows, &[node(leader)]),
            (Role::Follower, None) if self.backing_off => {
                bare(Rule::WhyBacksOff, &[ballot, self.seen.0])
            }
            (Role::Follower, None) if self.lease.is_some() => bare(Rule::WhyLease, &[]),
            (Role::Follower, None) => bare(Rule::WhyWaits, &[]),
        }
    }

    fn why_not_chosen(&self, slot: u64) -> Reason {
        let first = self.chosen + 1;
        if slot <= self.chosen {
            return bare(Rule::WhyChosen, &[slot]);
        }
        if let Role::Leader(leadership) = &self.role {
            return match leadership.proposals.get(&slot) {
                None => bare(Rule::WhyNotProposed, &[slot, self.begun.0]),
                Some(proposal) if proposal.chosen => bare(Rule::WhyGap, &[slot, first]),
                Some(proposal) => self.why_short(slot, proposal),
            };
        }
        let holds = |slot: u64| self.log.get(slot).filter(|entry| !entry.is_gap());
        match (holds(slot), holds(first)) {
            (None, _) => bare(Rule::WhyNothingThere, &[slot]),
            (Some(_), None) => bare(Rule::WhyNotTaught, &[slot, first]),
            (Some(Entry { epoch, .. }), Some(_)) => bare(Rule::WhyNotTold, &[slot, *epoch]),
        }
    }

    fn why_short(&self, slot: u64, proposal: &Proposal) -> Reason {
        let have = proposal.have;
        let need = self.config.acceptances_needed(have);
        let operands = [slot, self.begun.0, have.len() as u64, need];
        Reason {
            note: Note::new(Rule::WhyShortOfAcceptances as u16, &operands),
            tally: Some(self.accept_tally(slot, proposal)),
        }
    }
}

fn bare(rule: Rule, operands: &[u64]) -> Reason {
    Reason {
        note: Note::new(rule as u16, operands),
        tally: None,
    }
}
