//! Quorum systems as values: who must answer before a step counts.

mod analysis;
mod spec;

pub use analysis::{Analysis, ENUMERATED, Meets, Minimal};
pub use spec::QuorumSpec;

use crate::ids::{NodeId, NodeSet};
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;

/// A quorum system over servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Quorum {
    /// More than half of the members.
    Majority { members: NodeSet },
    /// At least `size` members (Howard, Malkhi and Spiegelman, "Flexible Paxos", OPODIS 2016, §4).
    Threshold { members: NodeSet, size: usize },
    /// Members whose weights exceed half of the sum (Gifford, "Weighted Voting for Replicated
    /// Data", SOSP 1979); `weights[k]` belongs to the k-th member in ascending order.
    Weighted { members: NodeSet, weights: Vec<u32> },
    /// A full row of the grid and one member of every other row; members fill rows in order.
    Grid { members: NodeSet, columns: usize },
    /// A full row of the grid.
    Row { members: NodeSet, columns: usize },
    /// One member of every row, all in one column (Flexible Paxos §5.2: rows and columns meet).
    Column { members: NodeSet, columns: usize },
    /// 2f+1 of n = 3f+1 members; for other n, ⌈(n+f+1)/2⌉ with f = ⌊(n−1)/3⌋.
    Byzantine { members: NodeSet },
    /// A quorum of both systems (Raft's joint consensus).
    Joint { old: Box<Quorum>, new: Box<Quorum> },
}

/// The quorums of a protocol's tallies, and which of them must meet for it to be safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorums {
    /// By position in [`crate::About::tallies`].
    pub of: Vec<Quorum>,
    /// Pairs of positions.
    pub must_meet: &'static [(u8, u8)],
}

impl Quorums {
    /// The pairs of which two quorums need not meet, and so the safety that is gone.
    pub fn unsafe_pairs(&self) -> Vec<(u8, u8)> {
        let fails = |(a, b): &(u8, u8)| {
            let (a, b) = (&self.of[usize::from(*a)], &self.of[usize::from(*b)]);
            a.fewest_in_common(b) == Some(0)
        };
        self.must_meet.iter().copied().filter(fails).collect()
    }
}

impl Quorum {
    /// A majority of n servers.
    pub fn majority(n: usize) -> Quorum {
        Quorum::Majority {
            members: NodeSet::first(n),
        }
    }

    /// Everyone who counts.
    pub fn members(&self) -> NodeSet {
        match self {
            Quorum::Majority { members }
            | Quorum::Threshold { members, .. }
            | Quorum::Byzantine { members }
            | Quorum::Weighted { members, .. }
            | Quorum::Grid { members, .. }
            | Quorum::Row { members, .. }
            | Quorum::Column { members, .. } => *members,
            Quorum::Joint { old, new } => old.members().union(new.members()),
        }
    }

    /// The size of every minimal quorum, for systems in which size alone counts.
    pub fn threshold(&self) -> Option<usize> {
        match self {
            Quorum::Majority { members } => Some(members.len() / 2 + 1),
            Quorum::Threshold { size, .. } => Some(*size),
            Quorum::Byzantine { members } => Some(byzantine_size(members.len())),
            _ => None,
        }
    }

    /// Whether the set contains a quorum.
    pub fn is_quorum(&self, set: NodeSet) -> bool {
        if let Some(size) = self.threshold() {
            return set.intersection(self.members()).len() >= size;
        }
        match self {
            Quorum::Weighted { members, weights } => {
                let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
                2 * weight_of(*members, weights, set) > all
            }
            Quorum::Grid { .. } => {
                let full = self.lines().any(|row| row.minus(set).is_empty());
                full && self.lines().all(|row| !row.intersection(set).is_empty())
            }
            Quorum::Row { .. } | Quorum::Column { .. } => {
                self.lines().any(|line| line.minus(set).is_empty())
            }
            Quorum::Joint { old, new } => old.is_quorum(set) && new.is_quorum(set),
            _ => false,
        }
    }

    /// The fewest further members that would make the set a quorum; `None` if all do not.
    ///
    /// Of joint systems whose halves are more than thresholds it is a lower bound.
    pub fn missing(&self, set: NodeSet) -> Option<usize> {
        self.missing_among(set, self.members())
    }

    /// The same, where only the servers of `from` may be added.
    pub fn missing_among(&self, set: NodeSet, from: NodeSet) -> Option<usize> {
        if self.is_quorum(set) {
            return Some(0);
        }
        let reach = set.union(from);
        if !self.is_quorum(reach) {
            return None;
        }
        if let Some(size) = self.threshold() {
            return Some(size - set.intersection(self.members()).len());
        }
        match self {
            Quorum::Weighted { members, weights } => {
                let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
                let mut have = weight_of(*members, weights, set);
                let free = |node: &NodeId| from.contains(*node) && !set.contains(*node);
                let mut left: BinaryHeap<u64> = members
                    .iter()
                    .zip(weights)
                    .filter(|(node, _)| free(node))
                    .map(|(_, weight)| u64::from(*weight))
                    .collect();
                let mut added = 0;
                while 2 * have <= all {
                    have += left.pop()?;
                    added += 1;
                }
                Some(added)
            }
            Quorum::Grid { .. } => {
                let empty = |row: &NodeSet| row.intersection(set).is_empty();
                let full = |row: NodeSet| {
                    let others = self.lines().filter(|other| *other != row && empty(other));
                    row.minus(set).len() + others.count()
                };
                let reachable = |row: &NodeSet| row.minus(reach).is_empty();
                self.lines().filter(reachable).map(full).min()
            }
            Quorum::Row { .. } | Quorum::Column { .. } => self
                .lines()
                .filter(|line| line.minus(reach).is_empty())
                .map(|line| line.minus(set).len())
                .min(),
            Quorum::Joint { old, new } => {
                let (one, other) = (old.missing_among(set, from)?, new.missing_among(set, from)?);
                let both = old.members().intersection(new.members());
                let shared = both.intersection(from).minus(set).len();
                Some(one + other - shared.min(one).min(other))
            }
            _ => None,
        }
    }

    /// The size of the smallest quorum; `None` if there is no quorum at all.
    pub fn smallest(&self) -> Option<usize> {
        self.missing(NodeSet::EMPTY)
    }

    /// How many servers the set must at least grow to before it is a quorum; its own size once it
    /// is one.
    pub fn need(&self, set: NodeSet) -> usize {
        let have = set.intersection(self.members()).len();
        match self.threshold() {
            Some(size) => size,
            None => have + self.missing(set).unwrap_or(0),
        }
    }

    /// The rows of a grid, or its columns where a column is the quorum.
    fn lines(&self) -> impl Iterator<Item = NodeSet> + '_ {
        let (members, columns, across) = match self {
            Quorum::Grid { members, columns } | Quorum::Row { members, columns } => {
                (*members, *columns, true)
            }
            Quorum::Column { members, columns } => (*members, *columns, false),
            _ => (NodeSet::EMPTY, 1, true),
        };
        let columns = columns.max(1);
        let rows = members.len().div_ceil(columns);
        let count = if across { rows } else { columns };
        (0..count).map(move |line| {
            let of_line = |(position, _): &(usize, NodeId)| {
                let (row, column) = (position / columns, position % columns);
                line == if across { row } else { column }
            };
            let cells = members.iter().enumerate().filter(of_line);
            cells.map(|(_, node)| node).collect()
        })
    }

    /// The highest value that a quorum has reached, where `reached[i]` is server i's.
    ///
    /// Raft's commit index is this over the match indices.
    pub fn reached(&self, reached: &[u64]) -> u64 {
        if let Some(size) = self.threshold()
            && self.members().len() == reached.len()
            && reached.len() <= 16
        {
            if size == 0 || size > reached.len() {
                return 0;
            }
            let mut sorted = [0; 16];
            let sorted = &mut sorted[..reached.len()];
            sorted.copy_from_slice(reached);
            sorted.sort_unstable();
            return sorted[reached.len() - size];
        }
        let mut best = 0;
        for &value in reached {
            let at_least = |node: &NodeId| reached[node.index()] >= value;
            let set = NodeSet::first(reached.len())
                .iter()
                .filter(at_least)
                .collect();
            if value > best && self.is_quorum(set) {
                best = value;
            }
        }
        best
    }
}

/// The weight of a set among weighted members.
fn weight_of(members: NodeSet, weights: &[u32], set: NodeSet) -> u64 {
    let inside = members.iter().zip(weights);
    inside
        .filter(|(node, _)| set.contains(*node))
        .map(|(_, weight)| u64::from(*weight))
        .sum()
}

/// The size of a Byzantine quorum among n: 2f+1 when n = 3f+1.
fn byzantine_size(n: usize) -> usize {
    let f = n.saturating_sub(1) / 3;
    (n + f + 1).div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_that_a_quorum_reached() {
        let check = |reached: &[u64], expect: u64| {
            let n = reached.len();
            let members = NodeSet::first(n);
            assert_eq!(Quorum::majority(n).reached(reached), expect, "{reached:?}");
            let size = n / 2 + 1;
            let threshold = Quorum::Threshold { members, size };
            assert_eq!(threshold.reached(reached), expect, "{reached:?}");
            let weights = vec![1; n];
            let weighted = Quorum::Weighted { members, weights };
            assert_eq!(weighted.reached(reached), expect, "{reached:?}");
        };
        check(&[7], 7);
        check(&[5, 5, 3, 2, 1], 3);
        check(&[9, 4, 4, 0], 4);
        check(&[1, 2], 1);
    }

    #[test]
    fn flexible_sizes_reach_what_so_many_have() {
        let of = |size| Quorum::Threshold {
            members: NodeSet::first(5),
            size,
        };
        let reached = [9, 8, 7, 6, 5];
        assert_eq!(of(1).reached(&reached), 9);
        assert_eq!(of(2).reached(&reached), 8);
        assert_eq!(of(5).reached(&reached), 5);
        assert_eq!(of(6).reached(&reached), 0);
    }
}
