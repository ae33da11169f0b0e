//! How a server comes to lead: the failure detector, phase 1 for all slots (PMS §3), and what it
//! does when a higher ballot preempts its own (PMS §2.4).

use super::leader::Leadership;
use super::{ELECTION, HEARTBEAT, Message, MultiPaxos, PROMISES, Record, Role, Rule, Turn};
use crate::ballot::Ballot;
use crate::ids::{NodeId, NodeSet};
use crate::log::Entry;
use crate::replica::Gathered;
use crate::units::Span;
use serde::Serialize;
use std::collections::BTreeMap;

/// After how many failures waiting grows no more.
const MOST_DOUBLINGS: u32 = 5;

/// Phase 1 of a ballot, under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Preparation {
    /// The first slot that it prepares.
    pub first: u64,
    pub promised: NodeSet,
    pub refused: NodeSet,
    /// By slot the reported proposal that counts, and who reported it.
    pub reported: BTreeMap<u64, (NodeId, Entry)>,
    /// Up to which slot somebody knows everything to be chosen, and who.
    pub chosen: u64,
    pub teacher: Option<NodeId>,
    /// Whom it has asked to teach it what is chosen, now that it has its promises.
    pub behind: Option<NodeId>,
}

impl MultiPaxos {
    /// PMMC §3: who hears no leader for a while tries to lead; so does a proposer whose ballot came
    /// to nothing, with a higher one.
    pub(super) fn on_election_timeout(&mut self, turn: &mut Turn) {
        if self.leading() {
            return;
        }
        if let Some(left_us) = self.lease_against(self.id, turn.now) {
            turn.note(Rule::WaitsForLease, &[left_us]);
            return turn.out.arm(ELECTION, self.config.election);
        }
        match self.own_ballot() {
            Some(ballot) => turn.note(Rule::CameToNothing, &[ballot.0]),
            None => turn.note(Rule::TimedOut, &[]),
        }
        self.leader = None;
        self.begin(turn);
        self.failures = self.failures.saturating_add(1);
    }

    /// A crash is as good as silence: an oracle's word only ends the waiting sooner.
    pub(super) fn on_peer_down(&mut self, peer: NodeId, turn: &mut Turn) {
        if self.leader == Some(peer) && self.own_ballot().is_none() {
            turn.note(Rule::LeaderReportedDown, &[peer.operand()]);
            self.on_election_timeout(turn);
        }
    }

    /// Phase 1a for every slot that it does not know to be chosen. The ballot is on disk before
    /// anybody hears of it, so that it is never used twice (PMS §2.5).
    pub(super) fn begin(&mut self, turn: &mut Turn) {
        let ballot = self.begun.max(self.seen).max(self.promised).after(self.id);
        self.begun = ballot;
        self.seen = ballot;
        let first = self.chosen + 1;
        self.backing_off = false;
        self.role = Role::Preparing(Box::new(Preparation {
            first,
            chosen: self.chosen,
            ..Preparation::default()
        }));
        let after = turn.out.write(Record::Begun(ballot));
        let need = self.config.promises_needed(NodeSet::EMPTY);
        turn.note(Rule::Prepared, &[ballot.0, first, need]);
        turn.out.cancel(HEARTBEAT);
        turn.out.arm(ELECTION, self.config.patience(self.failures));
        for acceptor in self.everybody().iter() {
            self.tell(acceptor, Message::Prepare { ballot, first }, after, turn);
        }
    }

    pub(super) fn on_promise(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        accepted: Vec<(u64, Entry)>,
        chosen: u64,
        turn: &mut Turn,
    ) {
        let lowest = !self.config.adopt_highest;
        let Role::Preparing(preparation) = &mut self.role else {
            return turn.note(Rule::PromiseLate, &[from.operand(), ballot.0]);
        };
        if ballot != self.begun {
            return turn.note(Rule::PromiseLate, &[from.operand(), ballot.0]);
        }
        preparation.promised.insert(from);
        if chosen > preparation.chosen {
            preparation.chosen = chosen;
            preparation.teacher = Some(from);
        }
        for (slot, entry) in &accepted {
            let known = preparation.reported.get(slot);
            let better = known.is_none_or(|(_, best)| {
                // The mistake: the lowest ballot wins instead of the highest.
                (entry.epoch > best.epoch) != lowest && entry.epoch != best.epoch
            });
            if better {
                preparation.reported.insert(*slot, (from, entry.clone()));
            }
        }
        let have = preparation.promised;
        let need = self.config.promises_needed(have);
        let operands = [from.operand(), ballot.0, have.len() as u64, need];
        turn.note(Rule::PromiseCounted, &operands);
        self.learn_reported(from, accepted, chosen, turn);
        self.lead_if_prepared(turn);
    }

    /// With a quorum of promises it leads, once it holds everything that one of them knows to be
    /// chosen.
    pub(super) fn lead_if_prepared(&mut self, turn: &mut Turn) {
        let Role::Preparing(preparation) = &mut self.role else {
            return;
        };
        let have = preparation.promised;
        if !self.config.promise_quorum.is_quorum(have) {
            return;
        }
        let (chosen, teacher) = (preparation.chosen, preparation.teacher);
        if self.chosen < chosen
            && let Some(teacher) = teacher
        {
            if preparation.behind.replace(teacher) != Some(teacher) {
                turn.note(
                    Rule::PreparedBehind,
                    &[self.begun.0, chosen, teacher.operand()],
                );
                self.ask(teacher, turn);
            }
            return;
        }
        let ballot = self.begun;
        turn.out.gather(Gathered {
            what: PROMISES,
            subject: ballot.0,
            epoch: ballot.0,
            have,
        });
        let (count, need) = (have.len() as u64, self.config.promises_needed(have));
        let operands = [ballot.0, count, need, self.chosen + 1];
        let rule = if self.config.phase_1_per_slot {
            Rule::ElectedOnce
        } else {
            Rule::Elected
        };
        turn.note(rule, &operands);
        let reported = std::mem::take(&mut preparation.reported);
        self.lead(reported, turn);
    }

    /// Takes office: it must propose what was reported, fills gaps with no-ops, and then takes
    /// commands (PMS §3).
    fn lead(&mut self, mut reported: BTreeMap<u64, (NodeId, Entry)>, turn: &mut Turn) {
        reported.retain(|slot, _| *slot > self.chosen);
        self.role = Role::Leader(Box::new(Leadership::new(
            self.config.n,
            self.chosen + 1,
            turn.now,
        )));
        self.leader = Some(self.id);
        self.failures = 0;
        self.backing_off = false;
        turn.out.cancel(ELECTION);
        if self.config.adopt_accepted {
            let last = reported.last_key_value().map_or(0, |(slot, _)| *slot);
            for slot in self.chosen + 1..=last {
                self.propose_again(slot, reported.remove(&slot), turn);
            }
        } else {
            // The mistake: what was reported is disregarded, and every slot taken to be free.
            for (slot, (from, entry)) in reported {
                let operands = [slot, self.begun.0, from.operand(), entry.epoch];
                turn.note(Rule::IgnoredReport, &operands);
            }
        }
        self.beat(turn);
        self.pump(turn);
    }

    /// A rejection tells of a higher ballot, or of a lease. With back-off the server waits for a
    /// random time, and longer each time; without, two of them may preempt each other for ever
    /// (PMS §2.4).
    pub(super) fn on_reject(
        &mut self,
        from: NodeId,
        ballot: Ballot,
        promised: Ballot,
        lease: bool,
        turn: &mut Turn,
    ) {
        self.seen = self.seen.max(promised);
        if self.own_ballot() != Some(ballot) {
            return turn.note(Rule::RejectLate, &[from.operand(), ballot.0]);
        }
        if promised <= ballot && !lease {
            return turn.note(Rule::RejectTwice, &[from.operand(), ballot.0]);
        }
        if let Role::Preparing(preparation) = &mut self.role {
            preparation.refused.insert(from);
        }
        if lease {
            return turn.note(Rule::LeaseDenied, &[from.operand(), ballot.0]);
        }
        if self.holds_lease(turn.now) {
            return self.rise_above(from, promised, turn);
        }
        self.failures = self.failures.saturating_add(1);
        self.leader = None;
        let operands = [from.operand(), ballot.0, promised.0];
        if self.config.back_off {
            turn.note(Rule::Preempted, &operands);
            self.follow(turn);
            self.backing_off = true;
            turn.out.arm(ELECTION, self.config.patience(self.failures));
        } else {
            turn.note(Rule::PreemptedAtOnce, &operands);
            self.begin(turn);
        }
    }
}

impl super::Config {
    /// How long a server waits for a leader or for its own ballot, after so many failures: where
    /// disks or links are slow, phase 1 alone takes longer than a leader may be silent (PMMC §3).
    pub(super) fn patience(&self, failures: u32) -> Span {
        let Span { min_us, max_us } = self.election;
        if failures == 0 || !self.back_off {
            return self.election;
        }
        let doublings = failures.min(MOST_DOUBLINGS);
        Span::new(min_us << (doublings - 1), max_us << doublings)
    }
}
