//! The leader: phase 2 for one slot after another (PMS §3), what it sends again, and heartbeats.

use super::{ACCEPTS, HEARTBEAT, Message, MultiPaxos, Role, Rule, Told, Turn, asked_by};
use crate::ballot::Ballot;
use crate::ids::{LocalTime, NodeId, NodeSet, WriteId};
use crate::log::{Entry, Payload};
use crate::replica::Gathered;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most slots that are sent again at one heartbeat.
const MOST_RESENT: usize = 64;

/// What a leader keeps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Leadership {
    /// The next slot that is free.
    pub next: u64,
    /// By slot what it has proposed and does not know to be chosen with all before it.
    pub proposals: BTreeMap<u64, Proposal>,
    /// Whether it has proposed anything in this ballot.
    pub spent: bool,
    /// By server the last slot that it accepted, and up to which it knows everything to be chosen.
    pub accepted: Vec<u64>,
    pub known: Vec<u64>,
    /// When it took office; and by server when the last heartbeat that it answered was sent, and
    /// since when an accept quorum grants the lease, if it does; by its own clock.
    pub began: LocalTime,
    pub answered: Vec<Option<LocalTime>>,
    pub leased_at: Option<LocalTime>,
    /// How many heartbeats it has sent.
    pub beats: u64,
}

/// A proposal under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Proposal {
    pub value: Payload,
    /// Who has accepted it.
    pub have: NodeSet,
    pub chosen: bool,
    /// How many heartbeats had been sent when it was last sent.
    pub sent_beat: u64,
}

impl Leadership {
    /// A leader that takes office. It holds no lease yet.
    pub fn new(n: usize, next: u64, now: LocalTime) -> Leadership {
        Leadership {
            next,
            proposals: BTreeMap::new(),
            spent: false,
            accepted: vec![0; n],
            known: vec![0; n],
            began: now,
            answered: vec![None; n],
            leased_at: None,
            beats: 0,
        }
    }
}

impl MultiPaxos {
    /// A slot that others may have gone far with: what was reported there, or a no-op (PMS §3).
    pub(super) fn propose_again(
        &mut self,
        slot: u64,
        reported: Option<(NodeId, Entry)>,
        turn: &mut Turn,
    ) {
        let ballot = self.begun;
        let Some((from, entry)) = reported else {
            turn.note(Rule::FilledGap, &[slot, ballot.0]);
            return self.propose(slot, Payload::Noop, turn);
        };
        match asked_by(&entry.payload) {
            Some([client, seq]) => {
                let operands = [slot, ballot.0, from.operand(), entry.epoch, client, seq];
                turn.note(Rule::Adopted, &operands);
            }
            None => {
                let operands = [slot, ballot.0, from.operand(), entry.epoch];
                turn.note(Rule::AdoptedNoop, &operands);
            }
        }
        self.propose(slot, entry.payload, turn);
    }

    /// Phase 2a.
    fn propose(&mut self, slot: u64, value: Payload, turn: &mut Turn) {
        let ballot = self.begun;
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        leadership.spent = true;
        leadership.next = leadership.next.max(slot + 1);
        leadership.proposals.insert(
            slot,
            Proposal {
                value: value.clone(),
                have: NodeSet::EMPTY,
                chosen: false,
                sent_beat: leadership.beats,
            },
        );
        self.send_accept(self.everybody(), ballot, slot, &value, turn);
    }

    fn send_accept(
        &mut self,
        to: NodeSet,
        ballot: Ballot,
        slot: u64,
        value: &Payload,
        turn: &mut Turn,
    ) {
        for acceptor in to.iter() {
            let accept = Message::Accept {
                ballot,
                slot,
                value: value.clone(),
                told: self.told(),
            };
            self.tell(acceptor, accept, WriteId(0), turn);
        }
    }

    /// Proposes what waits, as far as the window allows. If phase 1 is run for each slot, one
    /// command a ballot.
    pub(super) fn pump(&mut self, turn: &mut Turn) {
        while let Role::Leader(leadership) = &self.role {
            let open = (leadership.next - 1).saturating_sub(self.chosen);
            let used = self.config.phase_1_per_slot && leadership.spent;
            if self.waiting.is_empty() || open >= self.config.window || (used && open > 0) {
                return;
            }
            let slot = leadership.next;
            if self.loses_lease(turn) {
                return;
            }
            if used {
                return self.begin(turn);
            }
            let Some(command) = self.waiting.pop_front() else {
                return;
            };
            let [client, seq] = command.operands();
            turn.note(Rule::Proposed, &[client, seq, slot, self.begun.0]);
            self.propose(slot, Payload::Command(command), turn);
        }
    }

    /// A value is chosen once a quorum of acceptors has accepted it in one ballot (PMS §2.3).
    pub(super) fn on_accepted(&mut self, from: NodeId, ballot: Ballot, slot: u64, turn: &mut Turn) {
        let late = [from.operand(), slot, ballot.0];
        let Role::Leader(leadership) = &mut self.role else {
            return turn.note(Rule::AcceptanceLate, &late);
        };
        if ballot != self.begun {
            return turn.note(Rule::AcceptanceLate, &late);
        }
        let last = &mut leadership.accepted[from.index()];
        *last = slot.max(*last);
        let proposal = leadership.proposals.get_mut(&slot);
        let Some(proposal) = proposal.filter(|proposal| !proposal.chosen) else {
            return turn.note(Rule::AcceptanceKnown, &late);
        };
        proposal.have.insert(from);
        let have = proposal.have;
        let (count, need) = (have.len() as u64, self.config.acceptances_needed(have));
        let operands = [from.operand(), slot, ballot.0, count, need];
        turn.note(Rule::AcceptanceCounted, &operands);
        if !self.config.accept_quorum.is_quorum(have) {
            return;
        }
        proposal.chosen = true;
        turn.out.gather(Gathered {
            what: ACCEPTS,
            subject: slot,
            epoch: ballot.0,
            have,
        });
        turn.note(Rule::Chosen, &[slot, ballot.0, count, need]);
        if slot > self.chosen + 1 {
            turn.note(Rule::ChosenAhead, &[slot, self.chosen + 1]);
        }
        self.settle(turn);
    }

    /// Applies what is chosen without a gap, and proposes what the window then has room for.
    pub(super) fn settle(&mut self, turn: &mut Turn) {
        let Role::Leader(leadership) = &self.role else {
            return;
        };
        let is_chosen = |slot: &u64| {
            let proposal = leadership.proposals.get(slot);
            let held = self.log.epoch_at(*slot) == Some(self.begun.0);
            held && proposal.is_some_and(|proposal| proposal.chosen)
        };
        let run = (self.chosen + 1..).take_while(is_chosen).count() as u64;
        self.apply_to(self.chosen + run, turn);
        let chosen = self.chosen;
        if let Role::Leader(leadership) = &mut self.role {
            leadership.proposals = leadership.proposals.split_off(&(chosen + 1));
            leadership.next = leadership.next.max(chosen + 1);
        }
        self.pump(turn);
    }

    /// What it tells its followers of what is chosen.
    fn told(&self) -> Told {
        Told {
            chosen: self.chosen,
            proposed_in: self.chosen_in,
        }
    }

    pub(super) fn on_heartbeat_timer(&mut self, turn: &mut Turn) {
        if !self.leading() || self.loses_lease(turn) {
            return;
        }
        self.send_again(turn);
        self.beat(turn);
    }

    /// Shows life, and tells what is chosen.
    pub(super) fn beat(&mut self, turn: &mut Turn) {
        let (ballot, told, sent) = (self.begun, self.told(), turn.now);
        turn.note(Rule::HeartbeatSent, &[ballot.0, told.chosen]);
        turn.out.arm(HEARTBEAT, self.config.heartbeat);
        if let Role::Leader(leadership) = &mut self.role {
            leadership.beats += 1;
            leadership.answered[self.id.index()] = Some(sent);
        }
        self.grant_lease(self.id, turn);
        for peer in self.peers().iter() {
            let heartbeat = Message::Heartbeat { ballot, told, sent };
            self.tell(peer, heartbeat, WriteId(0), turn);
        }
    }

    /// PMMC §3: what was lost has to be sent again. An acceptor that has not answered for a whole
    /// heartbeat gets the proposal once more; of what is chosen it hears otherwise.
    fn send_again(&mut self, turn: &mut Turn) {
        let (everybody, own) = (self.everybody(), NodeSet::only(self.id));
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        let beats = leadership.beats;
        let due = |proposal: &&mut Proposal| !proposal.chosen && proposal.sent_beat < beats;
        let mut again = Vec::new();
        for (slot, proposal) in &mut leadership.proposals {
            if again.len() < MOST_RESENT && due(&proposal) {
                proposal.sent_beat = beats;
                let missing = everybody.minus(proposal.have).minus(own);
                again.push((*slot, proposal.value.clone(), missing));
            }
        }
        let Some((first, _, _)) = again.first() else {
            return;
        };
        turn.note(Rule::SentAgain, &[again.len() as u64, *first]);
        for (slot, value, missing) in again {
            self.send_accept(missing, self.begun, slot, &value, turn);
        }
    }

    pub(super) fn on_heartbeat_reply(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        chosen: u64,
        sent: LocalTime,
        turn: &mut Turn,
    ) {
        let Role::Leader(leadership) = &mut self.role else {
            return turn.note(Rule::ReplyLate, &[from.operand(), ballot.0]);
        };
        if ballot != self.begun {
            return turn.note(Rule::ReplyLate, &[from.operand(), ballot.0]);
        }
        let known = &mut leadership.known[from.index()];
        *known = chosen.max(*known);
        let answered = &mut leadership.answered[from.index()];
        *answered = Some(sent).max(*answered);
        turn.note(Rule::HeartbeatAnswered, &[from.operand(), chosen]);
        self.renew_lease(turn);
    }
}
