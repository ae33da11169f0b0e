//! Log replication: Raft §5.3.

use super::message::{AppendResult, Appended, Message};
use super::{HEARTBEAT, Out, Raft, Record, Role, Rule};
use crate::ids::{LocalTime, NodeId};
use crate::log::{Entries, Entry};
use smallvec::smallvec;

impl Raft {
    /// Appends an entry of one's own as leader; the write runs while the entry is sent.
    pub(super) fn append_own(&mut self, entry: Entry, out: &mut Out) -> u64 {
        let prev = self.log.last_index();
        let index = self.log.push(entry.clone());
        self.members.adopt(index, &entry, &self.config);
        self.log_write = out.write(Record::Append {
            prev,
            entries: smallvec![entry],
        });
        self.unsynced.push_back((self.log_write, index));
        index
    }

    /// Sends the next entries to a follower, or an empty message if there are none; a snapshot if
    /// they are gone into one.
    pub(super) fn send_append(&mut self, to: NodeId, out: &mut Out) {
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        let progress = &mut leadership.progress[to.index()];
        if progress.next <= self.log.gone() {
            return self.send_snapshot(to, out);
        }
        let first = progress.next;
        let last = self
            .log
            .last_index()
            .min(first + self.config.max_entries - 1);
        let entries: Entries = (first..=last)
            .filter_map(|index| self.log.get(index).cloned())
            .collect();
        if !entries.is_empty() {
            progress.inflight.push_back(last);
            if !progress.probing {
                progress.next = last + 1;
            }
        }
        let message = Message::Append {
            term: self.term,
            prev_index: first - 1,
            prev_term: self.log.epoch_at(first - 1).unwrap_or(0),
            entries,
            commit: self.commit,
        };
        // The term is durable since the vote that won it; the entries need not be.
        out.send(to, message, self.after_hard());
    }

    /// Sends all that the window allows.
    pub(super) fn pump(&mut self, to: NodeId, out: &mut Out) {
        loop {
            let last = self.log.last_index();
            let Role::Leader(leadership) = &self.role else {
                return;
            };
            let progress = &leadership.progress[to.index()];
            let window = if progress.probing {
                1
            } else {
                self.config.window
            };
            if progress.next > last || progress.inflight.len() >= window {
                return;
            }
            self.send_append(to, out);
        }
    }

    /// Raft §5.2: heartbeats keep followers from starting elections; they also find what was lost.
    pub(super) fn on_heartbeat_timer(&mut self, out: &mut Out) {
        if !self.leading() {
            return;
        }
        self.note(out, Rule::HeartbeatSent, &[self.term]);
        out.arm(HEARTBEAT, self.config.heartbeat);
        for peer in self.peers() {
            let Role::Leader(leadership) = &mut self.role else {
                return;
            };
            let progress = &mut leadership.progress[peer.index()];
            if progress.probing || progress.next <= self.log.gone() {
                progress.inflight.clear();
                self.send_append(peer, out);
                continue;
            }
            let prev_index = progress.next - 1;
            let message = Message::Append {
                term: self.term,
                prev_index,
                prev_term: self.log.epoch_at(prev_index).unwrap_or(0),
                entries: Entries::new(),
                commit: self.commit,
            };
            out.send(peer, message, self.after_hard());
        }
    }

    /// Raft §5.1: the sender's term is over; the answer tells it so.
    pub(super) fn refuse_stale_append(
        &mut self,
        from: NodeId,
        term: u64,
        prev_index: u64,
        heartbeat: bool,
        out: &mut Out,
    ) {
        self.note(
            out,
            Rule::AppendRefusedStale,
            &[from.operand(), term, self.term],
        );
        let result = AppendResult::Stale;
        let reply = Appended {
            term: self.term,
            prev_index,
            heartbeat,
            result,
        };
        out.send(from, Message::Appended(reply), self.after_hard());
    }

    /// Raft §5.2: a message of the term's leader ends any candidacy and restarts the timer.
    pub(super) fn recognise_leader(&mut self, from: NodeId, now: LocalTime, out: &mut Out) {
        if !matches!(self.role, Role::Follower) {
            self.follow(self.term, out);
        }
        if self.leader != Some(from) {
            self.leader = Some(from);
            self.note(out, Rule::LeaderFound, &[from.operand(), self.term]);
        }
        self.heard_at = Some(now);
        self.arm_election(out);
    }

    pub(super) fn on_append(
        &mut self,
        from: NodeId,
        prev_index: u64,
        prev_term: u64,
        entries: Entries,
        commit: u64,
        out: &mut Out,
    ) {
        let heartbeat = entries.is_empty();
        // What is in a snapshot is committed, and so the same in every leader's log.
        let in_snapshot = prev_index < self.log.gone();
        let result = if in_snapshot || self.log.epoch_at(prev_index) == Some(prev_term) {
            let last = prev_index + entries.len() as u64;
            self.store_entries(from, prev_index, entries, out);
            self.learn_commit(from, commit.min(last), out);
            AppendResult::Matched(last)
        } else {
            self.refuse_append(from, prev_index, prev_term, out)
        };
        let after = match result {
            AppendResult::Matched(index) => {
                let after = self.after_log();
                if !heartbeat {
                    self.pledge_copies(index, after, out);
                }
                after
            }
            _ => self.after_hard(),
        };
        let reply = Appended {
            term: self.term,
            prev_index,
            heartbeat,
            result,
        };
        out.send(from, Message::Appended(reply), after);
    }

    /// The consistency check failed (Raft §5.3).
    fn refuse_append(
        &mut self,
        from: NodeId,
        prev: u64,
        prev_term: u64,
        out: &mut Out,
    ) -> AppendResult {
        let leader = from.operand();
        let last = self.log.last_index();
        let hints = self.config.conflict_hints;
        let Some(own_term) = self.log.epoch_at(prev) else {
            let operands = [leader, prev, prev_term, last];
            self.note(out, Rule::AppendRefusedMissing, &operands);
            let conflict_index = if hints { last + 1 } else { prev };
            return AppendResult::Refused {
                conflict_term: 0,
                conflict_index,
            };
        };
        let operands = [leader, prev, prev_term, own_term];
        self.note(out, Rule::AppendRefusedConflict, &operands);
        if !hints {
            return AppendResult::Refused {
                conflict_term: 0,
                conflict_index: prev,
            };
        }
        let conflict_index = self.log.first_of_epoch(prev);
        AppendResult::Refused {
            conflict_term: own_term,
            conflict_index,
        }
    }

    /// Raft figure 2, AppendEntries, steps 3 and 4: entries that conflict go, with all after them;
    /// new ones are added; what is there already stays, for the message may be an old one.
    fn store_entries(&mut self, from: NodeId, prev: u64, mut entries: Entries, out: &mut Out) {
        let leader = from.operand();
        if entries.is_empty() {
            return self.note(out, Rule::HeartbeatAccepted, &[leader, prev]);
        }
        let last = prev + entries.len() as u64;
        let mut keep = prev.max(self.log.gone().min(last));
        while keep < last {
            let arriving = &entries[(keep - prev) as usize];
            if self.log.epoch_at(keep + 1) != Some(arriving.epoch) {
                break;
            }
            keep += 1;
        }
        if keep == last {
            return self.note(out, Rule::AppendHeld, &[leader, last]);
        }
        let removed = self.log.last_index().saturating_sub(keep);
        if removed > 0 {
            self.note(out, Rule::ConflictRemoved, &[keep + 1, removed, leader]);
            self.log.truncate(keep);
            self.members.forget_after(keep, &self.config);
            self.forget_durable_after(keep);
        }
        entries.drain(..(keep - prev) as usize);
        let count = entries.len() as u64;
        for entry in &entries {
            let index = self.log.push(entry.clone());
            self.members.adopt(index, entry, &self.config);
        }
        self.log_write = out.write(Record::Append {
            prev: keep,
            entries,
        });
        self.unsynced.push_back((self.log_write, last));
        self.note(out, Rule::AppendAccepted, &[leader, count, keep, last]);
    }

    /// What was durable after an index is there no longer.
    pub(super) fn forget_durable_after(&mut self, index: u64) {
        self.durable_index = self.durable_index.min(index);
        for (_, covered) in &mut self.unsynced {
            *covered = (*covered).min(index);
        }
    }

    /// A follower's answer. Answers may be late, doubled or out of order.
    pub(super) fn on_appended(&mut self, from: NodeId, reply: Appended, out: &mut Out) {
        if !self.leading() || reply.term != self.term {
            return self.note(out, Rule::ReplyLate, &[from.operand()]);
        }
        match reply.result {
            AppendResult::Matched(index) => self.on_matched(from, index, out),
            AppendResult::Refused {
                conflict_term,
                conflict_index,
            } => {
                self.on_refused(from, reply.prev_index, conflict_term, conflict_index, out);
            }
            AppendResult::Stale => self.note(out, Rule::ReplyLate, &[from.operand()]),
        }
    }

    pub(super) fn on_matched(&mut self, from: NodeId, index: u64, out: &mut Out) {
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        leadership.active.insert(from);
        let news = index > leadership.matched[from.index()];
        if news {
            leadership.matched[from.index()] = index;
        }
        let progress = &mut leadership.progress[from.index()];
        if progress.probing {
            progress.probing = false;
            progress.inflight.clear();
            progress.next = index + 1;
        } else {
            while progress.inflight.front().is_some_and(|sent| *sent <= index) {
                progress.inflight.pop_front();
            }
            progress.next = progress.next.max(index + 1);
        }
        self.note(out, Rule::MatchCounted, &[from.operand(), index]);
        if news {
            self.advance_commit(out);
        }
        self.change_if_caught_up(out);
        self.pump(from, out);
        self.continue_transfer(from, out);
    }

    /// Raft §5.3: after a refusal the leader decrements nextIndex and retries; with hints it passes
    /// over a whole term at once.
    fn on_refused(
        &mut self,
        from: NodeId,
        prev: u64,
        conflict_term: u64,
        conflict_index: u64,
        out: &mut Out,
    ) {
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        leadership.active.insert(from);
        let matched = leadership.matched[from.index()];
        let progress = &mut leadership.progress[from.index()];
        if prev <= matched || (progress.probing && prev + 1 != progress.next) {
            return self.note(out, Rule::ReplyLate, &[from.operand()]);
        }
        let shared = match conflict_term {
            0 => None,
            term => self.log.last_of_epoch(term, prev),
        };
        let next = shared.map_or(conflict_index, |index| index + 1);
        progress.next = next.min(prev).max(matched + 1);
        progress.probing = true;
        progress.inflight.clear();
        let next = progress.next;
        self.note(out, Rule::BackedUp, &[from.operand(), prev, next]);
        self.send_append(from, out);
    }
}
