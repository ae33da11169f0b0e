//! Leader election: Raft §5.2 and §5.4.1, pre-vote (Ongaro §9.6), check-quorum (§6.2).

use super::message::Message;
use super::{
    CHECK_QUORUM, ELECTION, HEARTBEAT, Leadership, Out, Progress, Raft, Role, Rule, VOTES, Votes,
};
use crate::ids::{LocalTime, NodeId, NodeSet};
use crate::log::Entry;
use crate::replica::{Gathered, Pledge};
use std::collections::VecDeque;

impl Raft {
    /// Raft §5.2: a follower or candidate that hears of no leader starts an election.
    pub(super) fn on_election_timeout(&mut self, out: &mut Out) {
        if self.leading() {
            return;
        }
        self.note(out, Rule::TimedOut, &[self.term]);
        self.stand(out);
    }

    /// Starts an election, with a pre-vote if that is on.
    pub(super) fn stand(&mut self, out: &mut Out) {
        self.leader = None;
        if self.may_not_stand(out) {
            return;
        }
        if self.config.pre_vote {
            self.pre_campaign(out);
        } else {
            self.campaign(false, out);
        }
    }

    /// Ongaro §9.6: asks whether a majority would vote for it, without raising its term.
    fn pre_campaign(&mut self, out: &mut Out) {
        let granted = NodeSet::only(self.id);
        self.role = Role::PreCandidate(Votes {
            granted,
            refused: NodeSet::EMPTY,
        });
        let proposed = self.term + 1;
        let need = self.votes_needed(granted);
        self.note(out, Rule::PreCampaigned, &[proposed, need]);
        self.arm_election(out);
        if self.members.vote.is_quorum(granted) {
            return self.campaign(false, out);
        }
        let (last_index, last_term) = (self.log.last_index(), self.log.last_epoch());
        for peer in self.peers() {
            let ask = Message::PreVote {
                term: proposed,
                last_index,
                last_term,
            };
            out.send(peer, ask, self.after_hard());
        }
    }

    /// Raft §5.2: raises the term, votes for itself, asks all others.
    pub(super) fn campaign(&mut self, transfer: bool, out: &mut Out) {
        self.term += 1;
        self.vote = Some(self.id);
        self.leader = None;
        self.heard_at = None;
        self.persist_hard(out);
        let need = self.votes_needed(NodeSet::EMPTY);
        self.note(out, Rule::Campaigned, &[self.term, need]);
        let own_vote = self.after_hard();
        self.role = Role::Candidate {
            votes: Votes::default(),
            own_vote,
            transfer,
        };
        self.arm_election(out);
        let (last_index, last_term) = (self.log.last_index(), self.log.last_epoch());
        for peer in self.peers() {
            let ask = Message::RequestVote {
                term: self.term,
                last_index,
                last_term,
                transfer,
            };
            out.send(peer, ask, own_vote);
        }
        self.pledge_vote(out);
        if own_vote.is_none() {
            self.add_own_vote(out);
        }
    }

    /// Its vote is given, once it is durable.
    fn pledge_vote(&self, out: &mut Out) {
        let pledge = Pledge {
            what: VOTES,
            subject: self.term,
            epoch: self.term,
            digest: 0,
        };
        out.pledge(pledge, self.after_hard());
    }

    /// A candidate's own vote counts once it is durable, as any other vote is before it is sent.
    pub(super) fn count_own_vote(&mut self, out: &mut Out) {
        let durable = self.durable_write;
        if let Role::Candidate { own_vote, .. } = &mut self.role
            && own_vote.is_some_and(|write| write <= durable)
        {
            *own_vote = None;
            self.add_own_vote(out);
        }
    }

    fn add_own_vote(&mut self, out: &mut Out) {
        let own = self.id;
        if let Role::Candidate { votes, .. } = &mut self.role {
            votes.granted.insert(own);
            let granted = votes.granted;
            let (have, need) = (granted.len() as u64, self.votes_needed(granted));
            self.note(out, Rule::OwnVoteCounted, &[self.term, have, need]);
            self.win_if_elected(out);
        }
    }

    /// Raft §5.4.1: the later last term wins; with equal terms, the longer log.
    fn up_to_date(&self, last_index: u64, last_term: u64) -> bool {
        !self.config.election_restriction
            || (last_term, last_index) >= (self.log.last_epoch(), self.log.last_index())
    }

    /// Whether a leader was heard within the shortest election timeout (Ongaro §4.2.3).
    fn leader_is_near(&self, now: LocalTime) -> bool {
        let near = |heard: LocalTime| now.since(heard) < self.config.election.min_us as i64;
        self.leading() || (self.leader.is_some() && self.heard_at.is_some_and(near))
    }

    /// With check-quorum, a server that hears a leader does not even look at a candidate's term.
    pub(super) fn ignores_for_lease(
        &mut self,
        from: NodeId,
        message: &Message,
        now: LocalTime,
        out: &mut Out,
    ) -> bool {
        let Message::RequestVote {
            term,
            transfer: false,
            ..
        } = message
        else {
            return false;
        };
        let ignores = self.config.check_quorum && *term > self.term && self.leader_is_near(now);
        if ignores {
            let leading = self.leading();
            let rule = if leading {
                Rule::VoteIgnoredLeading
            } else {
                Rule::VoteIgnoredLease
            };
            self.note(out, rule, &[from.operand(), *term]);
        }
        ignores
    }

    pub(super) fn on_request_vote(
        &mut self,
        from: NodeId,
        term: u64,
        last_index: u64,
        last_term: u64,
        out: &mut Out,
    ) {
        let candidate = from.operand();
        let (own_term, own_index) = (self.log.last_epoch(), self.log.last_index());
        let logs = [candidate, term, last_term, last_index, own_term, own_index];
        let mut granted = false;
        if term < self.term {
            self.note(out, Rule::VoteRefusedTerm, &[candidate, term, self.term]);
        } else if let Some(voted) = self.vote.filter(|voted| *voted != from) {
            let operands = [candidate, term, voted.operand()];
            self.note(out, Rule::VoteRefusedVoted, &operands);
        } else if self.vote == Some(from) {
            granted = true;
            self.note(out, Rule::VoteRepeated, &[candidate, term]);
        } else if !self.up_to_date(last_index, last_term) {
            self.note(out, Rule::VoteRefusedLog, &logs);
        } else {
            granted = true;
            self.vote = Some(from);
            self.persist_hard(out);
            self.note(out, Rule::VoteGranted, &logs);
            self.pledge_vote(out);
        }
        let resets = granted || !self.config.reset_timer_only_on_grant;
        if resets && !self.leading() {
            self.arm_election(out);
        }
        out.send(
            from,
            Message::Vote {
                term: self.term,
                granted,
            },
            self.after_hard(),
        );
    }

    pub(super) fn on_vote(&mut self, from: NodeId, term: u64, granted: bool, out: &mut Out) {
        let own_term = self.term;
        let Role::Candidate { votes, .. } = &mut self.role else {
            return self.note(out, Rule::VoteLate, &[from.operand(), term]);
        };
        if term != own_term {
            return self.note(out, Rule::VoteLate, &[from.operand(), term]);
        }
        if granted {
            votes.granted.insert(from);
        } else {
            votes.refused.insert(from);
        }
        let all = votes.granted;
        let need = self.votes_needed(all);
        let operands = [from.operand(), term, all.len() as u64, need];
        if granted {
            self.note(out, Rule::VoteCounted, &operands);
            self.win_if_elected(out);
        } else {
            self.note(out, Rule::VoteDenied, &operands);
        }
    }

    fn win_if_elected(&mut self, out: &mut Out) {
        let Role::Candidate { votes, .. } = &self.role else {
            return;
        };
        let have = votes.granted;
        if !self.members.vote.is_quorum(have) {
            return;
        }
        let (count, need) = (have.len() as u64, self.votes_needed(have));
        self.note(out, Rule::Elected, &[self.term, count, need]);
        out.gather(Gathered {
            what: VOTES,
            subject: self.term,
            epoch: self.term,
            have,
        });
        self.lead(out);
    }

    /// Takes office. nextIndex is set before the no-op is appended (Raft figure 2: "initialized
    /// to leader last log index + 1"), so the first message carries the no-op.
    fn lead(&mut self, out: &mut Out) {
        let next = self.log.last_index() + 1;
        let progress = Progress {
            next,
            probing: true,
            inflight: VecDeque::new(),
        };
        let mut leadership = Leadership {
            matched: vec![0; self.config.n],
            progress: vec![progress; self.config.n],
            active: NodeSet::only(self.id),
            blocked: 0,
            transfer: None,
            change: None,
        };
        leadership.matched[self.id.index()] = self.durable_index;
        self.role = Role::Leader(Box::new(leadership));
        self.leader = Some(self.id);
        out.cancel(ELECTION);
        out.arm(HEARTBEAT, self.config.heartbeat);
        if self.config.check_quorum {
            out.arm(CHECK_QUORUM, self.election_min());
        }
        if self.config.noop_on_election {
            let index = self.append_own(Entry::noop(self.term), out);
            self.note(out, Rule::NoopAppended, &[index, self.term]);
        }
        for peer in self.peers() {
            self.send_append(peer, out);
        }
        self.advance_commit(out);
    }

    pub(super) fn on_pre_vote(
        &mut self,
        from: NodeId,
        term: u64,
        last_index: u64,
        last_term: u64,
        now: LocalTime,
        out: &mut Out,
    ) {
        let candidate = from.operand();
        let (own_term, own_index) = (self.log.last_epoch(), self.log.last_index());
        let open = term > self.term || (term == self.term && self.vote.is_none_or(|v| v == from));
        let mut granted = false;
        if !open {
            self.note(out, Rule::PreVoteRefusedTerm, &[candidate, term, self.term]);
        } else if self.leader_is_near(now) {
            let leading = self.leading();
            let rule = if leading {
                Rule::PreVoteRefusedLeading
            } else {
                Rule::PreVoteRefusedLeader
            };
            self.note(out, rule, &[candidate, term]);
        } else if !self.up_to_date(last_index, last_term) {
            let logs = [candidate, term, last_term, last_index, own_term, own_index];
            self.note(out, Rule::PreVoteRefusedLog, &logs);
        } else {
            granted = true;
            self.note(out, Rule::PreVoteGranted, &[candidate, term]);
        }
        let reply = Message::PreVoteReply {
            term: self.term,
            proposed: term,
            granted,
        };
        out.send(from, reply, self.after_hard());
    }

    pub(super) fn on_pre_vote_reply(
        &mut self,
        from: NodeId,
        proposed: u64,
        granted: bool,
        out: &mut Out,
    ) {
        let own_term = self.term;
        let Role::PreCandidate(votes) = &mut self.role else {
            return self.note(out, Rule::PreVoteLate, &[from.operand(), proposed]);
        };
        if proposed != own_term + 1 {
            return self.note(out, Rule::PreVoteLate, &[from.operand(), proposed]);
        }
        if !granted {
            votes.refused.insert(from);
            return self.note(out, Rule::PreVoteDenied, &[from.operand(), proposed]);
        }
        votes.granted.insert(from);
        let granted = votes.granted;
        let need = self.votes_needed(granted);
        let operands = [from.operand(), proposed, granted.len() as u64, need];
        self.note(out, Rule::PreVoteCounted, &operands);
        if self.members.vote.is_quorum(granted) {
            self.campaign(false, out);
        }
    }

    /// Ongaro §6.2: a leader that no majority answers for an election timeout steps down. It
    /// stays in its term and keeps its vote.
    pub(super) fn on_check_quorum(&mut self, out: &mut Out) {
        let own = self.id;
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        let active = std::mem::replace(&mut leadership.active, NodeSet::only(own));
        let (have, need) = (active.len() as u64, self.copies_needed(active));
        if self.members.commit.is_quorum(active) {
            self.note(out, Rule::QuorumHeard, &[have, need]);
            out.arm(CHECK_QUORUM, self.election_min());
        } else {
            self.note(out, Rule::QuorumLost, &[have, need, self.term]);
            self.follow(self.term, out);
        }
    }
}
