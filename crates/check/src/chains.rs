//! Chains of digests over logs, by which two logs are compared at a glance.

use std::collections::BTreeMap;
use synod_protocols::{Entry, Log, NodeId};
use synod_sim::chunked::Chunked;

/// Two logs that hold an entry of the same index and epoch, yet differ at or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub node: NodeId,
    pub other: NodeId,
    pub index: u64,
    pub epoch: u64,
}

/// What was first seen at an index and epoch.
#[derive(Clone, Copy, Debug)]
struct Seen {
    epoch: u64,
    chain: u64,
    by: NodeId,
}

/// Every server's log as a chain, and what each index was ever seen to hold. A copy shares what
/// has not changed since.
#[derive(Clone, Debug)]
pub struct Chains {
    /// By server, then by index − 1.
    logs: Vec<Chunked<u64>>,
    /// By index − 1: the first epoch seen there; others are in `later`.
    first: Chunked<Seen>,
    later: BTreeMap<(u64, u64), Seen>,
}

impl Chains {
    /// Chains of logs of which nothing is known.
    pub fn new(nodes: usize) -> Chains {
        Chains {
            logs: vec![Chunked::default(); nodes],
            first: Chunked::default(),
            later: BTreeMap::new(),
        }
    }

    /// The last index of a server's log when it was last followed.
    pub fn last(&self, node: NodeId) -> u64 {
        self.logs[node.index()].len() as u64
    }

    /// The chain of a server's log up to an index; 0 for the empty log, `None` past its end.
    pub fn at(&self, node: NodeId, index: u64) -> Option<u64> {
        match index.checked_sub(1) {
            None => Some(0),
            Some(position) => self.logs[node.index()].get(position as usize).copied(),
        }
    }

    /// Follows a log that changed from an index on. Returns the first breach of Log Matching.
    pub fn follow(&mut self, node: NodeId, log: &Log, from: u64) -> Option<Conflict> {
        let mut conflict = None;
        let gone = log.gone();
        if from <= gone {
            self.anchor(node, gone, log.epoch_at(gone).unwrap_or(0));
        }
        let kept = gone.max(from.saturating_sub(1));
        self.logs[node.index()].truncate(kept as usize);
        let mut chain = self.logs[node.index()].last().copied().unwrap_or(0);
        for index in self.last(node) + 1..=log.last_index() {
            let Some(entry) = log.get(index) else { break };
            chain = link(chain, entry);
            self.logs[node.index()].push(chain);
            let other = self.compare(node, index, entry.epoch, chain);
            conflict = conflict.or(other);
        }
        conflict
    }

    /// The chain up to the last entry that is gone into a snapshot. The index and epoch of that
    /// entry tell which log it was taken from: the one that was first seen with them.
    fn anchor(&mut self, node: NodeId, gone: u64, epoch: u64) {
        let known = self.seen(gone, epoch).map(|seen| seen.chain);
        let fits = |chain: Option<u64>| chain.is_some() && (known.is_none() || chain == known);
        if fits(self.at(node, gone)) {
            return;
        }
        let holder = (0..self.logs.len()).map(NodeId::at);
        let holder = known.and_then(|_| holder.into_iter().find(|of| fits(self.at(*of, gone))));
        if let Some(holder) = holder {
            self.logs[node.index()] = self.logs[holder.index()].clone();
            return;
        }
        // Nobody has it any longer, or it was written and forgotten in one event.
        let log = &mut self.logs[node.index()];
        log.truncate(gone as usize - 1);
        while (log.len() as u64) < gone {
            let before = log.last().copied().unwrap_or(0);
            log.push(known.unwrap_or_else(|| link(before, &Entry::noop(epoch))));
        }
    }

    /// What was first seen at an index with an epoch.
    fn seen(&self, index: u64, epoch: u64) -> Option<&Seen> {
        let first = self.first.get((index as usize).checked_sub(1)?);
        first
            .filter(|first| first.epoch == epoch)
            .or_else(|| self.later.get(&(index, epoch)))
    }

    fn compare(&mut self, node: NodeId, index: u64, epoch: u64, chain: u64) -> Option<Conflict> {
        let seen = Seen {
            epoch,
            chain,
            by: node,
        };
        let position = index as usize - 1;
        if position == self.first.len() {
            self.first.push(seen);
            return None;
        }
        let known = match self.first.get(position) {
            Some(first) if first.epoch == epoch => *first,
            _ => *self.later.entry((index, epoch)).or_insert(seen),
        };
        let conflict = Conflict {
            node,
            other: known.by,
            index,
            epoch,
        };
        (known.chain != chain).then_some(conflict)
    }
}

/// The chain after one more entry.
fn link(chain: u64, entry: &Entry) -> u64 {
    let mixed = chain ^ entry.payload.digest().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 32) ^ entry.epoch).wrapping_mul(0x94d0_49bb_1331_11eb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(epochs: &[u64]) -> Log {
        epochs.iter().map(|epoch| Entry::noop(*epoch)).collect()
    }

    #[test]
    fn equal_logs_match_and_a_hidden_difference_is_found() {
        let mut chains = Chains::new(3);
        let (a, b, c) = (NodeId(0), NodeId(1), NodeId(2));
        assert_eq!(chains.follow(a, &log(&[1, 1, 2]), 1), None);
        assert_eq!(chains.follow(b, &log(&[1, 1, 2]), 1), None);
        // Another entry of the same index and epoch, on a different past.
        let conflict = chains
            .follow(c, &log(&[1, 2, 2]), 1)
            .expect("a conflict at index 3");
        assert_eq!((conflict.node, conflict.other, conflict.index), (c, a, 3));
    }

    #[test]
    fn what_is_gone_into_a_snapshot_is_still_compared() {
        let mut chains = Chains::new(3);
        let (a, b, c) = (NodeId(0), NodeId(1), NodeId(2));
        chains.follow(a, &log(&[1, 1, 2, 3]), 1);
        // Its own log goes into a snapshot, and the process starts again from there.
        let mut short = log(&[1, 1, 2, 3]);
        short.forget_to(3);
        assert_eq!(chains.follow(a, &short, 1), None);
        assert_eq!((chains.last(a), chains.at(a, 4).is_some()), (4, true));
        // Another server's log is replaced by that snapshot, and goes on.
        chains.follow(b, &log(&[1]), 1);
        let mut taken = log(&[1]);
        taken.replace(3, 2);
        taken.push(Entry::noop(3));
        assert_eq!(chains.follow(b, &taken, 3), None);
        assert_eq!(chains.at(b, 2), chains.at(a, 2));
        assert_eq!(chains.at(b, 4), chains.at(a, 4));
        // After the same entry, a different past.
        chains.follow(c, &log(&[2, 2, 2, 3]), 1);
        let mut other = log(&[1, 1]);
        other.replace(2, 2);
        other.push(Entry::noop(2));
        let conflict = chains.follow(c, &other, 2);
        assert!(conflict.is_some_and(|conflict| conflict.index == 3));
    }

    #[test]
    fn a_rewritten_tail_is_followed() {
        let mut chains = Chains::new(2);
        chains.follow(NodeId(0), &log(&[1, 1, 1]), 1);
        chains.follow(NodeId(0), &log(&[1, 3]), 2);
        chains.follow(NodeId(1), &log(&[1, 3]), 1);
        assert_eq!(chains.last(NodeId(0)), 2);
        assert_eq!(chains.at(NodeId(0), 2), chains.at(NodeId(1), 2));
        assert_eq!(chains.at(NodeId(0), 3), None);
    }
}
