//! The learner: what is chosen, what it means for the store, and how who has missed something
//! catches up (PMS §3; PML §5.5 for snapshots).

use super::{ELECTION, MOST_TAUGHT, Message, MultiPaxos, Record, Role, Rule, Told, Turn};
use crate::ballot::Ballot;
use crate::ids::{LocalTime, NodeId, WriteId};
use crate::kv::{Answer, Store};
use crate::log::{Entries, Entry, Payload};
use crate::replica::Decided;

impl MultiPaxos {
    /// The leader shows life. Who lacks something of what it says is chosen asks for it.
    pub(super) fn on_heartbeat(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        told: Told,
        sent: LocalTime,
        turn: &mut Turn,
    ) {
        if ballot < self.promised {
            let operands = [from.operand(), ballot.0, self.promised.0];
            turn.note(Rule::HeartbeatRefused, &operands);
            return self.reject(from, ballot, false, turn);
        }
        if !self.recognise(from, ballot, turn) {
            // No answer: the leader would count it for its lease.
            let operands = [from.operand(), ballot.0, self.begun.0];
            turn.note(Rule::HeartbeatPassed, &operands);
            return self.learn_chosen(from, ballot, told, turn);
        }
        turn.note(
            Rule::HeartbeatHeard,
            &[from.operand(), ballot.0, told.chosen],
        );
        self.grant_lease(from, turn);
        self.learn_chosen(from, ballot, told, turn);
        let reply = Message::HeartbeatReply {
            ballot,
            chosen: self.chosen,
            sent,
        };
        self.tell(from, reply, WriteId(0), turn);
        if self.chosen < told.chosen {
            self.ask(from, turn);
        }
    }

    /// Of what the leader says is chosen, a follower knows the value if it accepted that in the
    /// leader's own ballot; and at the last slot in the ballot that the leader names. In one ballot
    /// one value is proposed for a slot. Of others it cannot tell, and has to ask.
    pub(super) fn learn_chosen(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        told: Told,
        turn: &mut Turn,
    ) {
        let is_known = |slot: &u64| {
            let accepted = self.log.epoch_at(*slot).filter(|epoch| *epoch > 0);
            let named = *slot == told.chosen && accepted == Some(told.proposed_in.0);
            named || accepted == Some(ballot.0)
        };
        let first = self.chosen + 1;
        let count = (first..=told.chosen).take_while(is_known).count() as u64;
        if from == self.id || count == 0 {
            return;
        }
        let last = self.chosen + count;
        if count == 1 {
            turn.note(Rule::ChosenHeard, &[from.operand(), first]);
        } else {
            turn.note(Rule::ChosenHeardMany, &[from.operand(), first, last]);
        }
        self.apply_to(last, turn);
    }

    /// What the disk says is chosen is applied again when the process starts.
    pub(super) fn replay(&mut self, last: u64) {
        while self.chosen < last
            && let Some(entry) = self.log.get(self.chosen + 1)
        {
            if let Payload::Command(command) = &entry.payload {
                self.store.apply(command, self.config.client_sessions);
            }
            self.chosen_in = Ballot(entry.epoch);
            self.chosen += 1;
        }
    }

    /// Applies what is chosen, in the order of the slots; the leader answers the clients.
    pub(super) fn apply_to(&mut self, last: u64, turn: &mut Turn) {
        while self.chosen < last {
            let slot = self.chosen + 1;
            let Some(entry) = self.log.get(slot).cloned() else {
                break;
            };
            self.chosen = slot;
            self.chosen_in = Ballot(entry.epoch);
            let mut fresh = true;
            if let Payload::Command(command) = &entry.payload {
                let (outcome, new) = self.store.apply(command, self.config.client_sessions);
                fresh = new;
                if !new {
                    let [client, seq] = command.operands();
                    turn.note(Rule::AppliedAgain, &[client, seq, slot]);
                }
                if self.leading() {
                    let answer = Answer::Applied { outcome };
                    turn.out.reply(command.clone(), answer, None);
                }
            }
            turn.out.decide(Decided {
                index: slot,
                epoch: entry.epoch,
                payload: entry.payload,
                fresh,
            });
        }
        self.snapshot_if_due(turn);
    }

    /// PML §5.5: the store goes to disk, and the log up to there is forgotten.
    fn snapshot_if_due(&mut self, turn: &mut Turn) {
        let every = self.config.snapshot_every;
        if every > 0 && self.chosen - self.log.gone() >= every {
            turn.note(Rule::SnapshotTaken, &[self.chosen]);
            self.forget_log(turn);
        }
    }

    fn forget_log(&mut self, turn: &mut Turn) {
        self.log.forget_to(self.chosen);
        turn.out.write(Record::Snapshot {
            slot: self.chosen,
            store: self.store.clone(),
        });
    }

    /// Asks for what is chosen after what it knows.
    pub(super) fn ask(&mut self, teacher: NodeId, turn: &mut Turn) {
        let first = self.chosen + 1;
        turn.note(Rule::Asked, &[teacher.operand(), first]);
        let ballot = self.seen;
        self.tell(
            teacher,
            Message::CatchUp { ballot, first },
            WriteId(0),
            turn,
        );
    }

    pub(super) fn on_catch_up(&mut self, from: NodeId, first: u64, turn: &mut Turn) {
        if first > self.chosen {
            return turn.note(Rule::NothingToTeach, &[from.operand(), first, self.chosen]);
        }
        self.teach(from, first, turn);
    }

    /// Tells what is chosen from a slot on, so much as one message holds; or the store, if the log
    /// is forgotten there.
    pub(super) fn teach(&mut self, to: NodeId, first: u64, turn: &mut Turn) {
        let (ballot, chosen) = (self.seen, self.chosen);
        let message = if first <= self.log.gone() {
            turn.note(Rule::TaughtSnapshot, &[to.operand(), first, chosen]);
            Message::Snapshot {
                ballot,
                slot: chosen,
                store: self.store.clone(),
            }
        } else {
            let last = chosen.min(first + MOST_TAUGHT - 1);
            turn.note(Rule::Taught, &[to.operand(), first, last]);
            let values = (first..=last).filter_map(|slot| self.log.get(slot).cloned());
            Message::Learn {
                ballot,
                first,
                values: values.collect(),
                chosen,
            }
        };
        self.tell(to, message, WriteId(0), turn);
    }

    pub(super) fn on_learn(
        &mut self,
        from: NodeId,
        first: u64,
        values: Entries,
        chosen: u64,
        turn: &mut Turn,
    ) {
        let last = first.saturating_add(values.len() as u64).saturating_sub(1);
        let operands = [from.operand(), first, last];
        if last <= self.chosen {
            return turn.note(Rule::LearnedAgain, &operands);
        }
        if first > self.chosen + 1 {
            return turn.note(Rule::LearnedAhead, &[from.operand(), first, self.chosen]);
        }
        let new = values.into_iter().skip((self.chosen + 1 - first) as usize);
        self.learn(from, new.collect(), turn);
        self.go_on_after_learning(from, chosen, turn);
    }

    /// Of what a promise reports the acceptor knows some to be chosen.
    pub(super) fn learn_reported(
        &mut self,
        from: NodeId,
        reported: Vec<(u64, Entry)>,
        chosen: u64,
        turn: &mut Turn,
    ) {
        let mut values = Entries::new();
        for (slot, entry) in reported {
            if slot == self.chosen + 1 + values.len() as u64 && slot <= chosen {
                values.push(entry);
            }
        }
        if !values.is_empty() {
            self.learn(from, values, turn);
        }
    }

    /// Values that are chosen, for the slots after what it knows.
    fn learn(&mut self, from: NodeId, values: Entries, turn: &mut Turn) {
        let first = self.chosen + 1;
        let last = self.chosen + values.len() as u64;
        turn.note(Rule::Learned, &[from.operand(), first, last]);
        for (slot, entry) in (first..).zip(&values) {
            self.log.put(slot, entry.clone());
        }
        turn.out.write(Record::Learned { first, values });
        self.apply_to(last, turn);
    }

    pub(super) fn on_snapshot(&mut self, from: NodeId, slot: u64, store: Store, turn: &mut Turn) {
        let operands = [from.operand(), slot];
        if slot <= self.chosen {
            return turn.note(Rule::SnapshotLate, &[from.operand(), slot, self.chosen]);
        }
        turn.note(Rule::SnapshotLearned, &operands);
        self.chosen = slot;
        self.chosen_in = Ballot::NONE;
        self.store = store;
        self.forget_log(turn);
        self.go_on_after_learning(from, slot, turn);
    }

    /// It asks on if there is more; and who waited for this to lead, or leads, goes on.
    fn go_on_after_learning(&mut self, from: NodeId, chosen: u64, turn: &mut Turn) {
        if self.chosen < chosen {
            match &self.role {
                Role::Preparing(_) => turn.out.arm(ELECTION, self.config.election),
                Role::Leader(_) => self.settle(turn),
                Role::Follower => {}
            }
            return self.ask(from, turn);
        }
        match &self.role {
            Role::Preparing(_) => self.lead_if_prepared(turn),
            Role::Leader(_) => self.settle(turn),
            Role::Follower => {}
        }
    }
}
