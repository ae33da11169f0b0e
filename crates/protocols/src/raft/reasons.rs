//! What a server answers when it is asked why it does not lead, or why an entry is not committed.

use super::{IntoOperand, Raft, Role, Rule, Votes};
use crate::describe::Tally;
use crate::ids::NodeSet;
use crate::note::Note;
use crate::replica::{Question, Reason};

impl Raft {
    pub(super) fn reasons_for(&self, question: Question) -> Vec<Reason> {
        match question {
            Question::NotLeading => self.why_not_leading(),
            Question::NotDecided { index } => self.why_not_committed(index),
        }
    }

    /// Raft §5.2.
    fn why_not_leading(&self) -> Vec<Reason> {
        let short = |rule: Rule, what: &'static str, subject: u64, votes: &Votes| {
            let have = votes.granted.len() as u64;
            let need = self.votes_needed(votes.granted);
            let note = Note::new(rule as u16, &[subject, have, need]);
            Reason {
                note,
                tally: Some(self.tally(what, subject, votes)),
            }
        };
        let reason = match (&self.role, self.leader) {
            (Role::Leader(_), _) => bare(Rule::WhyLeads, &[self.term]),
            (Role::Candidate { votes, .. }, _) => {
                short(Rule::WhyShortOfVotes, "votes", self.term, votes)
            }
            (Role::PreCandidate(votes), _) => {
                short(Rule::WhyShortOfYes, "pre_votes", self.term + 1, votes)
            }
            (Role::Follower, Some(leader)) => {
                bare(Rule::WhyFollows, &[leader.into_operand(), self.term])
            }
            (Role::Follower, None) => bare(Rule::WhyWaits, &[self.term]),
        };
        vec![reason]
    }

    /// Raft §5.3 and §5.4.2.
    fn why_not_committed(&self, index: u64) -> Vec<Reason> {
        if index <= self.commit {
            return vec![bare(Rule::WhyCommitted, &[index])];
        }
        let Some(entry_term) = self.log.epoch_at(index) else {
            return vec![bare(Rule::WhyMissing, &[index, self.log.last_index()])];
        };
        let Role::Leader(leadership) = &self.role else {
            return vec![match self.leader {
                Some(leader) => bare(Rule::WhyNotTold, &[index, leader.into_operand()]),
                None => bare(Rule::WhyNobodyTells, &[index]),
            }];
        };
        let held = leadership.matched.iter().enumerate();
        let have: NodeSet = held
            .filter(|(_, matched)| **matched >= index)
            .map(|(node, _)| crate::ids::NodeId::at(node))
            .collect();
        if self.members.commit.is_quorum(have) {
            return vec![bare(Rule::WhyOlderTerm, &[index, entry_term, self.term])];
        }
        let operands = [index, have.len() as u64, self.copies_needed(have)];
        vec![Reason {
            note: Note::new(Rule::WhyShortOfCopies as u16, &operands),
            tally: Some(Tally {
                what: "acks",
                subject: index,
                epoch: self.term,
                have,
                refused: NodeSet::EMPTY,
                quorum: self.members.commit.clone(),
            }),
        }]
    }

    fn tally(&self, what: &'static str, subject: u64, votes: &Votes) -> Tally {
        Tally {
            what,
            subject,
            epoch: subject,
            have: votes.granted,
            refused: votes.refused,
            quorum: self.members.vote.clone(),
        }
    }
}

fn bare(rule: Rule, operands: &[u64]) -> Reason {
    Reason {
        note: Note::new(rule as u16, operands),
        tally: None,
    }
}
