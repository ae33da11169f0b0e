//! The acceptor: PMS §2.2, P1 and P1a, for every slot at once (§3).

use super::{
    ACCEPTS, ELECTION, MOST_TAUGHT, Message, MultiPaxos, PROMISES, Record, Role, Rule, Told, Turn,
    asked_by,
};
use crate::ballot::Ballot;
use crate::ids::{NodeId, WriteId};
use crate::log::{Entry, Payload};
use crate::replica::Pledge;

/// How far above what it knows to be chosen an acceptor accepts; who is further behind has to
/// catch up first. It bounds what a promise reports.
pub(super) const MOST_AHEAD: u64 = 1_024;

impl MultiPaxos {
    /// Phase 1b for every slot: a ballot above every one that it promised itself to gets its
    /// promise, unless somebody else holds its lease.
    pub(super) fn on_prepare(&mut self, from: NodeId, ballot: Ballot, first: u64, turn: &mut Turn) {
        if ballot <= self.promised {
            let operands = [from.operand(), ballot.0, self.promised.0];
            turn.note(Rule::PrepareRefused, &operands);
            return self.reject(from, ballot, false, turn);
        }
        if self.refuses_for_lease(from, ballot, turn) {
            self.reject(from, ballot, true, turn);
            return self.rise_above(from, ballot, turn);
        }
        let before = std::mem::replace(&mut self.promised, ballot);
        if self.config.persist_promise {
            self.promise_write = turn.out.write(Record::Promised(ballot));
        }
        let accepted = self.report(first);
        let count = accepted.len() as u64;
        if before == Ballot::NONE {
            let operands = [from.operand(), ballot.0, first, count, self.chosen];
            turn.note(Rule::PromisedFirst, &operands);
        } else {
            let operands = [
                from.operand(),
                ballot.0,
                before.0,
                first,
                count,
                self.chosen,
            ];
            turn.note(Rule::Promised, &operands);
        }
        let after = self.after_promise();
        self.pledge(PROMISES, ballot.0, ballot, 0, after, turn);
        if from != self.id {
            self.yield_to(from, ballot, turn);
        }
        let promise = Message::Promise {
            ballot,
            accepted,
            chosen: self.chosen,
        };
        self.tell(from, promise, after, turn);
    }

    /// What it has accepted from a slot on. Of what is chosen a bounded number; there is no other
    /// bound, as it accepts only so far ahead.
    fn report(&self, first: u64) -> Vec<(u64, Entry)> {
        let open = self.log.iter().filter(|(_, entry)| !entry.is_gap());
        let told = |slot: u64| {
            slot >= first && (slot > self.chosen || slot < first.saturating_add(MOST_TAUGHT))
        };
        open.filter(|(slot, _)| told(*slot))
            .map(|(slot, entry)| (slot, entry.clone()))
            .collect()
    }

    /// Who promises a higher ballot gives up its own, and gives the other time to lead; without
    /// back-off it does not (PMS §2.4).
    fn yield_to(&mut self, from: NodeId, ballot: Ballot, turn: &mut Turn) {
        match self.own_ballot() {
            Some(own) if own > ballot => return,
            Some(own) if !self.config.back_off => {
                turn.note(Rule::PreemptedAtOnce, &[from.operand(), own.0, ballot.0]);
                return self.begin(turn);
            }
            Some(own) => {
                turn.note(Rule::GaveWay, &[own.0, from.operand(), ballot.0]);
                self.leader = None;
                self.follow(turn);
            }
            None if self.leader != Some(from) => self.leader = None,
            None => {}
        }
        self.backing_off = false;
        turn.out.arm(ELECTION, self.config.patience(self.failures));
    }

    /// Phase 2b: a proposal is accepted unless a higher ballot was promised (P1a). Returns whether
    /// the ballot is one that it obeys.
    pub(super) fn on_accept(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        slot: u64,
        value: Payload,
        told: Told,
        turn: &mut Turn,
    ) -> bool {
        if ballot < self.promised {
            let operands = [from.operand(), slot, ballot.0, self.promised.0];
            turn.note(Rule::AcceptRefused, &operands);
            self.reject(from, ballot, false, turn);
            return false;
        }
        self.recognise(from, ballot, turn);
        if slot <= self.chosen {
            turn.note(Rule::AcceptKnown, &[from.operand(), slot, ballot.0]);
            if told.chosen < slot {
                self.teach(from, slot, turn);
            }
            return true;
        }
        if slot > self.chosen.saturating_add(MOST_AHEAD) {
            let operands = [from.operand(), slot, ballot.0, self.chosen, MOST_AHEAD];
            turn.note(Rule::AcceptRefusedAhead, &operands);
            return true;
        }
        if self.log.epoch_at(slot) == Some(ballot.0) {
            turn.note(Rule::AcceptedAgain, &[from.operand(), slot, ballot.0]);
        } else {
            self.accept(from, slot, ballot, value, turn);
        }
        let after = self.accept_write;
        self.tell(from, Message::Accepted { ballot, slot }, after, turn);
        true
    }

    fn accept(&mut self, from: NodeId, slot: u64, ballot: Ballot, value: Payload, turn: &mut Turn) {
        match asked_by(&value) {
            Some([client, seq]) => {
                let operands = [from.operand(), slot, ballot.0, client, seq];
                turn.note(Rule::Accepted, &operands);
            }
            None => turn.note(Rule::AcceptedNoop, &[from.operand(), slot, ballot.0]),
        }
        self.promised = ballot;
        let digest = value.digest();
        let entry = Entry {
            epoch: ballot.0,
            payload: value,
        };
        self.log.put(slot, entry.clone());
        let after = turn.out.write(Record::Accepted {
            slot,
            entry,
            chosen: self.chosen,
        });
        self.accept_write = after;
        self.pledge(ACCEPTS, slot, ballot, digest, after, turn);
    }

    /// A message of a ballot that is not below its promise shows who leads. Returns whether it
    /// follows: who prepares a higher ballot does not.
    pub(super) fn recognise(&mut self, from: NodeId, ballot: Ballot, turn: &mut Turn) -> bool {
        if from == self.id {
            return true;
        }
        match self.own_ballot() {
            Some(own) if own > ballot => return false,
            Some(own) => {
                turn.note(Rule::GaveWay, &[own.0, from.operand(), ballot.0]);
                self.leader = Some(from);
                self.follow(turn);
            }
            None => {}
        }
        if self.leader != Some(from) || self.backing_off {
            self.leader = Some(from);
            turn.note(Rule::LeaderFound, &[from.operand(), ballot.0]);
        }
        self.failures = 0;
        self.backing_off = false;
        turn.out.arm(ELECTION, self.config.election);
        true
    }

    /// Becomes a follower; whoever waits here with a command is sent elsewhere.
    pub(super) fn follow(&mut self, turn: &mut Turn) {
        self.role = Role::Follower;
        turn.out.cancel(super::HEARTBEAT);
        turn.out.arm(ELECTION, self.config.election);
        for command in std::mem::take(&mut self.waiting) {
            self.redirect(command, turn);
        }
    }

    /// The write that must be durable before a promise may be told.
    fn after_promise(&self) -> WriteId {
        if self.config.persist_promise {
            self.promise_write
        } else {
            self.accept_write
        }
    }

    fn pledge(
        &self,
        what: u8,
        subject: u64,
        ballot: Ballot,
        digest: u64,
        after: WriteId,
        turn: &mut Turn,
    ) {
        let pledge = Pledge {
            what,
            subject,
            epoch: ballot.0,
            digest,
        };
        turn.out.pledge(pledge, self.pending(after));
    }

    /// An acceptor may stay silent; a rejection only saves the leader time (PMS §2.3). It promises
    /// nothing, so it waits for no write. Its own roles need none: they see what it promises.
    pub(super) fn reject(&mut self, to: NodeId, ballot: Ballot, lease: bool, turn: &mut Turn) {
        if self.config.rejections && to != self.id {
            let promised = self.promised;
            let reject = Message::Reject {
                ballot,
                promised,
                lease,
            };
            self.tell(to, reject, WriteId(0), turn);
        }
    }
}
