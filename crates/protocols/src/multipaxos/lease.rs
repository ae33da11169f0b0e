//! The leader's lease (PML §5.2): acceptors that hear the leader promise nobody else for a while,
//! so that a server that was cut off cannot depose it. Safety rests on ballots alone.
//!
//! ```text
//!  leader    ──┬─ sends a heartbeat                    ┌─ counts on its lease no longer
//!              │◄────── lease, less the drift bound ──►│
//!  acceptor  ────┬─ hears it                                ┌─ promises to others again
//!                │◄──────────────── lease ─────────────────►│
//! ```

use super::{MultiPaxos, Role, Rule, Turn};
use crate::ballot::Ballot;
use crate::ids::{LocalTime, Micros, NodeId, NodeSet};
use serde::Serialize;

/// A lease that an acceptor has granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Lease {
    /// To whom; a restarted acceptor does not know any more.
    pub holder: Option<NodeId>,
    /// When it runs out, by the acceptor's clock.
    pub until: LocalTime,
}

impl MultiPaxos {
    /// An acceptor that has just started may have granted a lease before: it keeps that, as if it
    /// had been granted last.
    pub(super) fn keep_lease_after_start(&mut self, turn: &mut Turn) {
        if !self.config.leader_lease {
            return;
        }
        let lease_us = self.config.lease_us;
        self.lease = Some(Lease {
            holder: None,
            until: LocalTime(turn.now.0.saturating_add(lease_us as i64)),
        });
        turn.note(Rule::KeepsOldLease, &[lease_us]);
    }

    /// The leader was heard.
    pub(super) fn grant_lease(&mut self, holder: NodeId, turn: &mut Turn) {
        if self.config.leader_lease {
            let lease_us = self.config.lease_us as i64;
            self.lease = Some(Lease {
                holder: Some(holder),
                until: LocalTime(turn.now.0.saturating_add(lease_us)),
            });
        }
    }

    /// How long a lease still keeps a server from its promise, in microseconds.
    pub(super) fn lease_against(&self, server: NodeId, now: LocalTime) -> Option<Micros> {
        let lease = self.lease.filter(|lease| lease.holder != Some(server))?;
        let left = Micros::try_from(lease.until.since(now)).ok()?;
        // A clock that was set back does not make it longer.
        (1..=self.config.lease_us).contains(&left).then_some(left)
    }

    /// Whether the acceptor refuses a ballot for the sake of its lease.
    pub(super) fn refuses_for_lease(&self, from: NodeId, ballot: Ballot, turn: &mut Turn) -> bool {
        let Some(left_us) = self.lease_against(from, turn.now) else {
            return false;
        };
        match self.lease.and_then(|lease| lease.holder) {
            Some(holder) => {
                let operands = [from.operand(), ballot.0, holder.operand(), left_us];
                turn.note(Rule::PrepareRefusedLease, &operands);
            }
            None => {
                let operands = [from.operand(), ballot.0, left_us];
                turn.note(Rule::PrepareRefusedRestart, &operands);
            }
        }
        true
    }

    /// Whether it leads and may count on its lease.
    pub(super) fn holds_lease(&self, now: LocalTime) -> bool {
        let Role::Leader(leadership) = &self.role else {
            return false;
        };
        let granted = leadership.leased_at;
        self.config.leader_lease && granted.is_some_and(|since| self.lasts(since, now))
    }

    /// Whether a lease's time, less the drift bound, has not passed yet.
    fn lasts(&self, since: LocalTime, now: LocalTime) -> bool {
        (0..self.config.leader_lease_us() as i64).contains(&now.since(since))
    }

    /// Of a higher ballot a leader that holds its lease hears from somebody who was cut off. It
    /// takes a ballot above that one, which its acceptors do not refuse to the holder, and so goes
    /// on leading.
    pub(super) fn rise_above(&mut self, from: NodeId, ballot: Ballot, turn: &mut Turn) {
        if self.holds_lease(turn.now) && ballot > self.begun {
            turn.note(Rule::RoseAbove, &[from.operand(), ballot.0, self.begun.0]);
            self.begin(turn);
        }
    }

    /// The lease counts from when the heartbeat was *sent* that an accept quorum has answered:
    /// each of them granted it later.
    pub(super) fn renew_lease(&mut self, turn: &mut Turn) {
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        let since = |sent: LocalTime| -> NodeSet {
            let answered = leadership.answered.iter().enumerate();
            let late = answered.filter(|(_, answered)| **answered >= Some(sent));
            late.map(|(at, _)| NodeId::at(at)).collect()
        };
        let sent = leadership.answered.iter().flatten().copied();
        let renewing = sent.filter(|sent| self.config.accept_quorum.is_quorum(since(*sent)));
        let Some(sent) = renewing.max() else {
            return;
        };
        let have = since(sent);
        if self.config.leader_lease && Some(sent) > leadership.leased_at {
            leadership.leased_at = Some(sent);
            let left = sent.since(turn.now) + self.config.leader_lease_us() as i64;
            let operands = [have.len() as u64, left.max(0) as u64];
            turn.note(Rule::LeaseRenewed, &operands);
        }
    }

    /// A leader that has not renewed its lease in time, or was not granted one as long after it
    /// took office, proposes no more, and gives way.
    pub(super) fn loses_lease(&mut self, turn: &mut Turn) -> bool {
        let Role::Leader(leadership) = &self.role else {
            return false;
        };
        let since = leadership.leased_at.unwrap_or(leadership.began);
        if !self.config.leader_lease || self.lasts(since, turn.now) {
            return false;
        }
        turn.note(
            Rule::LeaseLost,
            &[self.begun.0, self.config.leader_lease_us()],
        );
        self.leader = None;
        self.follow(turn);
        true
    }
}
