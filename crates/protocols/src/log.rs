//! The replicated log: entries in order, sharing structure between copies.

use crate::kv::Command;
use crate::membership::Membership;
use imbl::Vector;
use serde::{Serialize, Serializer};
use smallvec::SmallVec;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What an entry asks of the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Payload {
    /// Changes nothing; a leader's first entry, or a filled gap.
    Noop,
    /// A client's command.
    Command(Arc<Command>),
    /// Who belongs to the cluster from here on.
    Members(Arc<Membership>),
}

impl Payload {
    /// A stable digest: equal payloads have equal digests on every machine.
    pub fn digest(&self) -> u64 {
        match self {
            Payload::Noop => 0x6e6f_6f70,
            Payload::Command(command) => command.digest(),
            Payload::Members(membership) => membership.digest(),
        }
    }

    /// The command, if this is one.
    pub fn command(&self) -> Option<&Arc<Command>> {
        match self {
            Payload::Noop | Payload::Members(_) => None,
            Payload::Command(command) => Some(command),
        }
    }

    /// What it says as people read it; `None` for a no-op.
    pub fn words(&self) -> Option<String> {
        match self {
            Payload::Noop => None,
            Payload::Command(command) => Some(command.op.to_string()),
            Payload::Members(membership) => Some(membership.to_string()),
        }
    }
}

/// One log entry with the epoch (Raft: term) in which it was first written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Entry {
    pub epoch: u64,
    pub payload: Payload,
}

/// Entries on their way; one alone needs no allocation.
pub type Entries = SmallVec<[Entry; 1]>;

impl Entry {
    pub fn noop(epoch: u64) -> Entry {
        Entry {
            epoch,
            payload: Payload::Noop,
        }
    }

    /// Whether this only stands for a slot in which nothing was accepted yet.
    pub fn is_gap(&self) -> bool {
        self.epoch == 0
    }
}

/// A log whose first entry has index 1. A clone costs O(1); both copies share their chunks.
///
/// Entries up to a point may be gone into a snapshot; and protocols that fill slots out of order
/// leave gaps, which hold an entry of epoch 0.
///
/// The log also remembers the lowest index that was written since [`Log::mark_clean`], so that an
/// observer can look at changes alone. That mark is no part of its value.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// How many entries, from the first, are gone.
    gone: u64,
    /// The epoch of the last that is gone; 0 if none is.
    edge: u64,
    entries: Vector<Entry>,
    changed_from: Option<u64>,
}

impl Log {
    pub fn new() -> Log {
        Log::default()
    }

    /// The index of the last entry; 0 if there is none.
    pub fn last_index(&self) -> u64 {
        self.gone + self.entries.len() as u64
    }

    /// How many entries, from the first, are gone into a snapshot.
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// The epoch of the last entry, be it in a snapshot; 0 if there is none.
    pub fn last_epoch(&self) -> u64 {
        self.entries.last().map_or(self.edge, |entry| entry.epoch)
    }

    /// The entry at an index, counted from 1.
    pub fn get(&self, index: u64) -> Option<&Entry> {
        let position = index.checked_sub(self.gone + 1)?;
        self.entries.get(usize::try_from(position).ok()?)
    }

    /// The epoch at an index; 0 at index 0, `None` past the end and before the last that is gone.
    pub fn epoch_at(&self, index: u64) -> Option<u64> {
        if index == self.gone {
            Some(self.edge)
        } else {
            self.get(index).map(|entry| entry.epoch)
        }
    }

    /// Adds an entry at the end and returns its index.
    pub fn push(&mut self, entry: Entry) -> u64 {
        self.entries.push_back(entry);
        let index = self.last_index();
        self.touch(index);
        index
    }

    /// Puts an entry at an index after what is gone, with gaps before it where nothing is yet.
    pub fn put(&mut self, index: u64, entry: Entry) {
        let Some(position) = index.checked_sub(self.gone + 1) else {
            return;
        };
        while self.last_index() + 1 < index {
            self.entries.push_back(Entry::noop(0));
        }
        if index > self.last_index() {
            self.entries.push_back(entry);
        } else {
            self.entries.set(position as usize, entry);
        }
        self.touch(index);
    }

    /// Removes every entry after `index`.
    pub fn truncate(&mut self, index: u64) {
        if index < self.last_index() {
            self.entries
                .truncate(index.saturating_sub(self.gone) as usize);
            self.touch(index + 1);
        }
    }

    /// Forgets every entry up to `index`, which a snapshot holds instead.
    pub fn forget_to(&mut self, index: u64) {
        if index <= self.gone {
            return;
        }
        self.edge = self.epoch_at(index).unwrap_or(0);
        let count = (index - self.gone).min(self.entries.len() as u64);
        self.entries = self.entries.skip(count as usize);
        self.gone = index;
    }

    /// Puts a snapshot of another log in place of this one: everything up to `index`, whose entry
    /// is of this epoch, and nothing after it.
    pub fn replace(&mut self, index: u64, epoch: u64) {
        self.entries = Vector::new();
        self.gone = index;
        self.edge = epoch;
        self.touch(index);
    }

    /// The first index that holds the given epoch, searching back from `from`, which does.
    pub fn first_of_epoch(&self, from: u64) -> u64 {
        let Some(epoch) = self.epoch_at(from) else {
            return from;
        };
        let mut index = from;
        while index > 1 && self.epoch_at(index - 1) == Some(epoch) {
            index -= 1;
        }
        index
    }

    /// The last index at or before `from` whose epoch is `epoch`.
    pub fn last_of_epoch(&self, epoch: u64, from: u64) -> Option<u64> {
        let mut index = from.min(self.last_index());
        while index > 0 {
            let here = self.epoch_at(index)?;
            if here == epoch {
                return Some(index);
            }
            if here < epoch {
                return None;
            }
            index -= 1;
        }
        None
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .map(|(k, entry)| (self.gone + k as u64 + 1, entry))
    }

    /// Forgets which indices were written.
    pub fn mark_clean(&mut self) {
        self.changed_from = None;
    }

    /// The lowest index that was written or cut off since [`Log::mark_clean`].
    pub fn changed_from(&self) -> Option<u64> {
        self.changed_from
    }

    fn touch(&mut self, index: u64) {
        self.changed_from = Some(self.changed_from.map_or(index, |old| old.min(index)));
    }
}

impl PartialEq for Log {
    fn eq(&self, other: &Log) -> bool {
        self.gone == other.gone && self.edge == other.edge && self.entries == other.entries
    }
}

impl Eq for Log {}

impl Hash for Log {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.last_index().hash(state);
        for entry in &self.entries {
            entry.hash(state);
        }
    }
}

impl Serialize for Log {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries.iter())
    }
}

impl FromIterator<Entry> for Log {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Log {
        let mut log = Log::new();
        for entry in entries {
            log.push(entry);
        }
        log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_remembered_until_marked_clean() {
        let mut log: Log = [1, 1, 4, 4].into_iter().map(Entry::noop).collect();
        assert_eq!(log.changed_from(), Some(1));
        log.mark_clean();
        log.push(Entry::noop(5));
        log.truncate(3);
        assert_eq!(log.changed_from(), Some(4));
        assert_eq!((log.last_index(), log.last_epoch()), (3, 4));
    }

    #[test]
    fn slots_fill_out_of_order_and_go_into_a_snapshot() {
        let mut log = Log::new();
        log.put(3, Entry::noop(7));
        assert_eq!(log.last_index(), 3);
        assert!(log.get(1).is_some_and(Entry::is_gap));
        log.put(1, Entry::noop(8));
        assert_eq!((log.epoch_at(1), log.epoch_at(3)), (Some(8), Some(7)));
        log.forget_to(2);
        assert_eq!((log.gone(), log.last_index()), (2, 3));
        assert_eq!((log.get(2), log.epoch_at(3)), (None, Some(7)));
        log.put(2, Entry::noop(9));
        assert_eq!(log.get(2), None);
        assert_eq!(log.push(Entry::noop(9)), 4);
        let indices: Vec<u64> = log.iter().map(|(index, _)| index).collect();
        assert_eq!(indices, [3, 4]);
        assert_eq!((log.epoch_at(1), log.epoch_at(2)), (None, Some(0)));
        log.forget_to(3);
        assert_eq!(log.epoch_at(3), Some(7));
        log.forget_to(10);
        assert_eq!((log.last_index(), log.iter().count()), (10, 0));
        log.replace(5, 9);
        assert_eq!((log.last_index(), log.last_epoch()), (5, 9));
    }

    #[test]
    fn epochs_are_found_from_either_side() {
        let log: Log = [1, 1, 4, 4, 5].into_iter().map(Entry::noop).collect();
        assert_eq!(log.first_of_epoch(4), 3);
        assert_eq!(log.last_of_epoch(4, 5), Some(4));
        assert_eq!(log.last_of_epoch(3, 5), None);
        assert_eq!(log.epoch_at(0), Some(0));
        assert_eq!(log.epoch_at(6), None);
    }
}
