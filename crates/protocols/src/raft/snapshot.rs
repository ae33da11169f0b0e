//! Snapshots: Raft §7, figure 13; Ongaro §5.

use super::membership::Members;
use super::message::Message;
use super::{Out, Raft, Record, Role, Rule};
use crate::ids::{LocalTime, NodeId};
use crate::kv::Store;
use crate::membership::Membership;
use std::sync::Arc;

impl Raft {
    /// Raft §7: the store goes to disk, and the log is forgotten up to there. The records before
    /// it are durable before it is, so that the log on disk reaches as far.
    pub(super) fn snapshot_if_due(&mut self, out: &mut Out) {
        let every = self.config.snapshot_every;
        if every == 0 || self.commit - self.log.gone() < every {
            return;
        }
        let index = self.commit;
        self.log.forget_to(index);
        self.snapshot = self.store.clone();
        let term = self.log.epoch_at(index).unwrap_or(0);
        self.note(out, Rule::SnapshotTaken, &[index, term]);
        let members = self.members.forget_to(index);
        out.write(Record::Snapshot {
            index,
            term,
            store: self.snapshot.clone(),
            members,
        });
    }

    /// To a follower whose next entry is gone. Nothing else is sent to it until it answers, or
    /// until a heartbeat is refused and so shows that the snapshot was lost.
    pub(super) fn send_snapshot(&mut self, to: NodeId, out: &mut Out) {
        let index = self.log.gone();
        let last_term = self.log.epoch_at(index).unwrap_or(0);
        let Role::Leader(leadership) = &mut self.role else {
            return;
        };
        let progress = &mut leadership.progress[to.index()];
        let next = progress.next;
        progress.next = index + 1;
        progress.probing = true;
        progress.inflight.clear();
        progress.inflight.push_back(index);
        let operands = [to.operand(), next, index, last_term];
        self.note(out, Rule::SnapshotSent, &operands);
        let message = Message::InstallSnapshot {
            term: self.term,
            last_index: index,
            last_term,
            store: self.snapshot.clone(),
            members: self.members.at_snapshot(),
        };
        out.send(to, message, self.after_hard());
    }

    /// A snapshot, or the answer to one.
    pub(super) fn on_snapshot_message(
        &mut self,
        from: NodeId,
        message: Message,
        now: LocalTime,
        out: &mut Out,
    ) {
        match message {
            Message::InstallSnapshot {
                term,
                last_index,
                last_term,
                store,
                members,
            } => {
                if term < self.term {
                    self.refuse_stale_snapshot(from, term, out);
                } else {
                    self.recognise_leader(from, now, out);
                    self.on_install_snapshot(from, last_index, last_term, (store, members), out);
                }
            }
            Message::Installed { term, index } => self.on_installed(from, term, index, out),
            _ => {}
        }
    }

    /// Raft figure 13, step 1: the sender's term is over; the answer tells it so.
    fn refuse_stale_snapshot(&mut self, from: NodeId, term: u64, out: &mut Out) {
        let operands = [from.operand(), term, self.term];
        self.note(out, Rule::SnapshotRefusedStale, &operands);
        let reply = Message::Installed {
            term: self.term,
            index: 0,
        };
        out.send(from, reply, self.after_hard());
    }

    /// Raft figure 13, steps 5 to 8. The copies that it acknowledges wait for the disk, as
    /// entries do.
    fn on_install_snapshot(
        &mut self,
        from: NodeId,
        index: u64,
        term: u64,
        (store, members): (Store, Arc<Membership>),
        out: &mut Out,
    ) {
        let leader = from.operand();
        if index <= self.commit {
            self.note(out, Rule::SnapshotHeld, &[leader, index, self.commit]);
        } else {
            if self.log.epoch_at(index) == Some(term) {
                self.log.forget_to(index);
                self.members.forget_to(index);
                let count = self.log.last_index() - index;
                let operands = [leader, index, term, count];
                self.note(out, Rule::SnapshotKeptSuffix, &operands);
            } else {
                self.note(out, Rule::SnapshotInstalled, &[leader, index, term]);
                self.log.replace(index, term);
                self.members = Members::new(&self.config, Some(&members), &self.log);
                self.forget_durable_after(self.commit);
            }
            self.commit = index;
            self.store = store.clone();
            self.snapshot = store.clone();
            self.log_write = out.write(Record::Snapshot {
                index,
                term,
                store,
                members,
            });
            let last = self.log.last_index();
            self.unsynced.push_back((self.log_write, last));
        }
        let after = self.after_log();
        self.pledge_copies(index, after, out);
        let term = self.term;
        out.send(from, Message::Installed { term, index }, after);
    }

    /// The answer to a snapshot counts as an answer to entries does.
    fn on_installed(&mut self, from: NodeId, term: u64, index: u64, out: &mut Out) {
        if !self.leading() || term != self.term {
            return self.note(out, Rule::ReplyLate, &[from.operand()]);
        }
        self.on_matched(from, index, out);
    }
}
