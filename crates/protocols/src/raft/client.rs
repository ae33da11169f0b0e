//! Client requests: Raft §8, Ongaro §6.2 and §6.3.

use super::{Out, Raft, Role, Rule};
use crate::kv::{Answer, Command};
use crate::log::{Entry, Payload};
use std::sync::Arc;

impl Raft {
    pub(super) fn on_request(&mut self, command: Arc<Command>, out: &mut Out) {
        let who = command.operands();
        let Role::Leader(leadership) = &self.role else {
            return self.redirect(command, out);
        };
        if let Some(target) = leadership.transfer {
            self.note(out, Rule::TransferBusy, &[who[0], who[1], target.operand()]);
            return out.reply(command, Answer::NotLeader { hint: None }, self.after_hard());
        }
        if self.config.client_sessions
            && let Some(outcome) = self.store.answered(command.client, command.seq)
        {
            let outcome = outcome.clone();
            self.note(out, Rule::AnsweredAgain, &who);
            return out.reply(command, Answer::Applied { outcome }, None);
        }
        let entry = Entry {
            epoch: self.term,
            payload: Payload::Command(command),
        };
        let index = self.append_own(entry, out);
        self.note(
            out,
            Rule::CommandAppended,
            &[who[0], who[1], index, self.term],
        );
        for peer in self.peers() {
            self.pump(peer, out);
        }
    }

    /// Only the leader takes commands; others name it if they know it.
    fn redirect(&mut self, command: Arc<Command>, out: &mut Out) {
        let who = command.operands();
        match self.leader {
            Some(leader) => {
                let operands = [who[0], who[1], leader.operand()];
                self.note(out, Rule::Redirected, &operands);
            }
            None => self.note(out, Rule::RefusedClient, &who),
        }
        out.reply(
            command,
            Answer::NotLeader { hint: self.leader },
            self.after_hard(),
        );
    }
}
