//! Leadership transfer: Ongaro §3.10.

use super::message::Message;
use super::{Out, Raft, Role, Rule, TRANSFER};
use crate::ids::NodeId;

impl Raft {
    /// The leader stops taking commands, brings the target up to date, and lets it time out.
    pub(super) fn on_transfer(&mut self, target: NodeId, out: &mut Out) {
        let may_take_over = self.may_take_over(target);
        let timeout = self.election_min();
        let Role::Leader(leadership) = &mut self.role else {
            return self.note(out, Rule::TransferRefused, &[target.operand()]);
        };
        if !may_take_over {
            return self.note(out, Rule::TransferRefused, &[target.operand()]);
        }
        leadership.transfer = Some(target);
        self.note(out, Rule::TransferStarted, &[target.operand()]);
        out.arm(TRANSFER, timeout);
        self.continue_transfer(target, out);
        self.pump(target, out);
    }

    /// Once the target holds the whole log, it is told to start an election.
    pub(super) fn continue_transfer(&mut self, from: NodeId, out: &mut Out) {
        let last = self.log.last_index();
        let Role::Leader(leadership) = &self.role else {
            return;
        };
        if leadership.transfer != Some(from) || leadership.matched[from.index()] < last {
            return;
        }
        self.note(out, Rule::TransferSent, &[from.operand(), last]);
        out.send(
            from,
            Message::TimeoutNow { term: self.term },
            self.after_hard(),
        );
    }

    pub(super) fn on_timeout_now(&mut self, from: NodeId, term: u64, out: &mut Out) {
        if term < self.term || self.leading() {
            return self.note(out, Rule::TransferLate, &[from.operand(), term]);
        }
        self.note(out, Rule::TransferTaken, &[from.operand(), term]);
        self.campaign(true, out);
    }

    /// After an election timeout without a new leader the old one takes commands again.
    pub(super) fn on_transfer_timeout(&mut self, out: &mut Out) {
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        if let Some(target) = leadership.transfer.take() {
            self.note(out, Rule::TransferAborted, &[target.operand()]);
        }
    }
}
