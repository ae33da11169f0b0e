//! Client requests: PMS §3, PMMC §2.

use super::{MultiPaxos, Role, Rule, Turn};
use crate::kv::{Answer, Command};
use std::sync::Arc;

/// The most commands that wait at one server; the clients of others ask again.
const MOST_WAITING: usize = 256;

impl MultiPaxos {
    pub(super) fn on_request(&mut self, command: Arc<Command>, turn: &mut Turn) {
        let operands = command.operands();
        if matches!(self.role, Role::Follower) || self.loses_lease(turn) {
            return self.redirect(command, turn);
        }
        if self.config.client_sessions
            && let Some(outcome) = self.store.answered(command.client, command.seq)
        {
            let outcome = outcome.clone();
            turn.note(Rule::AnsweredAgain, &operands);
            return turn.out.reply(command, Answer::Applied { outcome }, None);
        }
        if self.is_under_way(&command) {
            return turn.note(Rule::UnderWay, &operands);
        }
        if self.waiting.len() >= MOST_WAITING {
            return turn.note(
                Rule::QueueFull,
                &[operands[0], operands[1], MOST_WAITING as u64],
            );
        }
        self.waiting.push_back(command);
        self.pump(turn);
        if !self.waiting.is_empty() {
            turn.note(Rule::Queued, &operands);
        }
    }

    /// Whether a client's command waits here or is proposed already: it came before.
    fn is_under_way(&self, command: &Command) -> bool {
        let proposed = match &self.role {
            Role::Leader(leadership) => leadership.proposals.values().any(|proposal| {
                let other = proposal.value.command();
                other.is_some_and(|other| **other == *command)
            }),
            _ => false,
        };
        proposed || self.waiting.iter().any(|other| **other == *command)
    }

    /// Only the leader takes commands; others name it if they know it.
    pub(super) fn redirect(&mut self, command: Arc<Command>, turn: &mut Turn) {
        let [client, seq] = command.operands();
        let hint = self.leader.filter(|leader| *leader != self.id);
        match hint {
            Some(leader) => turn.note(Rule::Redirected, &[client, seq, leader.operand()]),
            None => turn.note(Rule::RefusedClient, &[client, seq]),
        }
        turn.out.reply(command, Answer::NotLeader { hint }, None);
    }
}
