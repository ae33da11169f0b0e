//! What a server answers when it is asked why it does not lead, or why an entry is not committed.

use super::{Raft, Role, Rule, Votes};
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
            let note = rule.note(&[subject, have, need]);
            Reason {
                note,
                tally: Some(self.vote_tally(what, subject, votes)),
            }
        };
        let reason = match (&self.role, self.leader) {
            (Role::Leader(_), _) => Reason::bare(Rule::WhyLeads.note(&[self.term])),
            (Role::Candidate { votes, .. }, _) => {
                short(Rule::WhyShortOfVotes, "votes", self.term, votes)
            }
            (Role::PreCandidate(votes), _) => {
                short(Rule::WhyShortOfYes, "pre_votes", self.term + 1, votes)
            }
            (Role::Follower, Some(leader)) => {
                Reason::bare(Rule::WhyFollows.note(&[leader.operand(), self.term]))
            }
            (Role::Follower, None) => Reason::bare(Rule::WhyWaits.note(&[self.term])),
        };
        vec![reason]
    }

    /// Raft §5.3 and §5.4.2.
    fn why_not_committed(&self, index: u64) -> Vec<Reason> {
        if index <= self.commit {
            return vec![Reason::bare(Rule::WhyCommitted.note(&[index]))];
        }
        let Some(entry_term) = self.log.epoch_at(index) else {
            return vec![Reason::bare(
                Rule::WhyMissing.note(&[index, self.log.last_index()]),
            )];
        };
        let Role::Leader(leadership) = &self.role else {
            return vec![match self.leader {
                Some(leader) => Reason::bare(Rule::WhyNotTold.note(&[index, leader.operand()])),
                None => Reason::bare(Rule::WhyNobodyTells.note(&[index])),
            }];
        };
        let tally = self.copy_tally(leadership, index);
        let have = tally.have;
        if self.members.commit.is_quorum(have) {
            return vec![Reason::bare(
                Rule::WhyOlderTerm.note(&[index, entry_term, self.term]),
            )];
        }
        let operands = [index, have.len() as u64, self.copies_needed(have)];
        vec![Reason {
            note: Rule::WhyShortOfCopies.note(&operands),
            tally: Some(tally),
        }]
    }
}
