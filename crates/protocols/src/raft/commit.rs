//! Commitment and application: Raft §5.3 and §5.4.2.

use super::{ACKS, Out, Raft, Role, Rule};
use crate::ids::{NodeId, NodeSet, WriteId};
use crate::kv::Answer;
use crate::log::Payload;
use crate::replica::{Decided, Gathered, Pledge};

impl Raft {
    /// Ongaro §10.2.1: the leader counts itself once its own write is durable.
    pub(super) fn count_own_disk(&mut self, out: &mut Out) {
        let (own, durable) = (self.id, self.durable_index);
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        leadership.matched[own.index()] = durable;
        self.note(out, Rule::MatchOwnDisk, &[durable]);
        self.pledge_copies(durable, None, out);
        self.advance_commit(out);
    }

    /// Its word is given that it holds the leader's log up to an index, once that is durable.
    pub(super) fn pledge_copies(&self, index: u64, after: Option<WriteId>, out: &mut Out) {
        let pledge = Pledge {
            what: ACKS,
            subject: index,
            epoch: self.term,
            digest: 0,
        };
        out.pledge(pledge, after);
    }

    /// Raft §5.4.2: an index commits when a majority holds it *and* its entry is of the current
    /// term; older entries commit with it, never by counting alone (figure 8).
    pub(super) fn advance_commit(&mut self, out: &mut Out) {
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        let index = self.members.commit.reached(&leadership.matched);
        if index <= self.commit {
            return;
        }
        let entry_term = self.log.epoch_at(index).unwrap_or(0);
        if self.config.commit_only_current_term && entry_term != self.term {
            if leadership.blocked != index {
                leadership.blocked = index;
                self.note(out, Rule::CommitBlocked, &[index, entry_term, self.term]);
            }
            return;
        }
        let holds = |node: &NodeId| leadership.matched[node.index()] >= index;
        let have: NodeSet = NodeSet::first(self.config.n).iter().filter(holds).collect();
        let (count, need) = (have.len() as u64, self.copies_needed(have));
        self.note(out, Rule::Committed, &[index, self.term, count, need]);
        out.gather(Gathered {
            what: ACKS,
            subject: index,
            epoch: self.term,
            have,
        });
        self.apply_to(index, out);
        self.continue_change(out);
    }

    /// Raft figure 2, AppendEntries, step 5: the leader's commit index, as far as the logs are
    /// known to agree.
    pub(super) fn learn_commit(&mut self, from: NodeId, index: u64, out: &mut Out) {
        if index > self.commit {
            self.note(out, Rule::CommitLearned, &[index, from.operand()]);
            self.apply_to(index, out);
        }
    }

    fn apply_to(&mut self, index: u64, out: &mut Out) {
        while self.commit < index {
            let at = self.commit + 1;
            let Some(entry) = self.log.get(at).cloned() else {
                break;
            };
            self.commit = at;
            let mut fresh = true;
            if let Payload::Command(command) = &entry.payload {
                let (outcome, new) = self.store.apply(command, self.config.client_sessions);
                fresh = new;
                if !new {
                    let [client, seq] = command.operands();
                    let operands = [client, seq, at];
                    self.note(out, Rule::AppliedAgain, &operands);
                }
                if self.leading() {
                    out.reply(command.clone(), Answer::Applied { outcome }, None);
                }
            }
            out.decide(Decided {
                index: at,
                epoch: entry.epoch,
                payload: entry.payload,
                fresh,
            });
        }
        self.snapshot_if_due(out);
    }
}
