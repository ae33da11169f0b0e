//! The acceptor: PMS §2.2, P1 and P1a.

use super::{ACCEPTS, Message, Out, PROMISES, Paxos, Proposal, Record, Rule, SLOT, proposed_by};
use crate::ballot::Ballot;
use crate::ids::{NodeId, WriteId};
use crate::log::Payload;
use crate::replica::Pledge;

impl Paxos {
    /// Phase 1b: a ballot above every one that it promised itself to gets its promise, and with it
    /// the proposal that it accepted last.
    pub(super) fn on_prepare(&mut self, from: NodeId, ballot: Ballot, out: &mut Out) {
        if !self.config.acceptors.contains(self.id) {
            return self.note(out, Rule::NotAcceptor, &[from.operand(), ballot.0]);
        }
        if ballot <= self.promised {
            let operands = [from.operand(), ballot.0, self.promised.0];
            self.note(out, Rule::PrepareRefused, &operands);
            return self.reject(from, ballot, out);
        }
        let before = self.promised;
        self.promised = ballot;
        if self.config.persist_promise {
            self.promise_write = out.write(Record::Promised(ballot));
        }
        match &self.accepted {
            None if before == Ballot::NONE => {
                self.note(out, Rule::PromisedFirst, &[from.operand(), ballot.0]);
            }
            None => self.note(out, Rule::Promised, &[from.operand(), ballot.0, before.0]),
            Some(last) => {
                let [client, seq] = proposed_by(&last.value);
                let operands = [from.operand(), ballot.0, last.ballot.0, client, seq];
                self.note(out, Rule::PromisedReporting, &operands);
            }
        }
        let after = self.after_promise();
        self.pledge(PROMISES, ballot.0, ballot, 0, after, out);
        let promise = Message::Promise {
            ballot,
            accepted: self.accepted.clone(),
        };
        self.tell(from, promise, after, out);
    }

    /// Phase 2b: a proposal is accepted unless a higher ballot was promised (P1a).
    pub(super) fn on_accept(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        value: Payload,
        out: &mut Out,
    ) {
        if !self.config.acceptors.contains(self.id) {
            return self.note(out, Rule::NotAcceptor, &[from.operand(), ballot.0]);
        }
        if ballot < self.promised {
            let operands = [from.operand(), ballot.0, self.promised.0];
            self.note(out, Rule::AcceptRefused, &operands);
            return self.reject(from, ballot, out);
        }
        let [client, seq] = proposed_by(&value);
        let operands = [from.operand(), ballot.0, client, seq];
        let proposal = Proposal { ballot, value };
        if self.accepted.as_ref() == Some(&proposal) {
            self.note(out, Rule::AcceptedAgain, &operands);
        } else {
            self.promised = ballot;
            self.show(ballot, &proposal.value);
            self.accepted = Some(proposal.clone());
            self.accept_write = out.write(Record::Accepted(proposal.clone()));
            self.note(out, Rule::Accepted, &operands);
        }
        let (value, after) = (proposal.value, self.accept_write);
        self.pledge(ACCEPTS, SLOT, ballot, value.digest(), after, out);
        for learner in self.config.told_of(ballot).iter() {
            let accepted = Message::Accepted {
                ballot,
                value: value.clone(),
            };
            self.tell(learner, accepted, after, out);
        }
    }

    /// The write that must be durable before a promise may be told. Without that rule it still
    /// waits for the acceptance that it may report, and so never overtakes it.
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
        out: &mut Out,
    ) {
        let pledge = Pledge {
            what,
            subject,
            epoch: ballot.0,
            digest,
        };
        out.pledge(pledge, self.pending(after));
    }

    /// An acceptor may stay silent; a rejection only saves the proposer time (PMS §2.5). It
    /// promises nothing, so it waits for no write.
    fn reject(&mut self, to: NodeId, ballot: Ballot, out: &mut Out) {
        if self.config.rejections {
            let promised = self.promised;
            let reject = Message::Reject { ballot, promised };
            self.tell(to, reject, WriteId(0), out);
        }
    }
}
