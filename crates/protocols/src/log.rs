//! The replicated log: entries in order, sharing structure between copies.

use crate::kv::Command;
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
}

impl Payload {
    /// A stable digest: equal payloads have equal digests on every machine.
    pub fn digest(&self) -> u64 {
        match self {
            Payload::Noop => 0x6e6f_6f70,
            Payload::Command(command) => command.digest(),
        }
    }

    /// The command, if this is one.
    pub fn command(&self) -> Option<&Arc<Command>> {
        match self {
            Payload::Noop => None,
            Payload::Command(command) => Some(command),
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
}

/// A log whose first entry has index 1. A clone costs O(1); both copies share their chunks.
///
/// The log also remembers the lowest index that was written since [`Log::mark_clean`], so that an
/// observer can look at changes alone. That mark is no part of its value.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: Vector<Entry>,
    changed_from: Option<u64>,
}

impl Log {
    pub fn new() -> Log {
        Log::default()
    }

    /// The index of the last entry; 0 if there is none.
    pub fn last_index(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The epoch of the last entry; 0 if there is none.
    pub fn last_epoch(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.epoch)
    }

    /// The entry at an index, counted from 1.
    pub fn get(&self, index: u64) -> Option<&Entry> {
        let position = index.checked_sub(1)?;
        self.entries.get(usize::try_from(position).ok()?)
    }

    /// The epoch at an index; 0 at index 0, `None` past the end.
    pub fn epoch_at(&self, index: u64) -> Option<u64> {
        if index == 0 {
            Some(0)
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

    /// Removes every entry after `index`.
    pub fn truncate(&mut self, index: u64) {
        if index < self.last_index() {
            self.entries.truncate(index as usize);
            self.touch(index + 1);
        }
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
            .map(|(k, entry)| (k as u64 + 1, entry))
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
        self.entries == other.entries
    }
}

impl Eq for Log {}

impl Hash for Log {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries.len().hash(state);
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
    fn epochs_are_found_from_either_side() {
        let log: Log = [1, 1, 4, 4, 5].into_iter().map(Entry::noop).collect();
        assert_eq!(log.first_of_epoch(4), 3);
        assert_eq!(log.last_of_epoch(4, 5), Some(4));
        assert_eq!(log.last_of_epoch(3, 5), None);
        assert_eq!(log.epoch_at(0), Some(0));
        assert_eq!(log.epoch_at(6), None);
    }
}
