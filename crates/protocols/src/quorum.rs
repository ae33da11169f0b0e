//! Quorum systems as values: who must answer before a step counts.

use crate::ids::{NodeId, NodeSet};
use serde::{Deserialize, Serialize};

/// The largest universe whose quorums are enumerated one by one.
pub const ENUMERATED: usize = 16;

/// A quorum system over servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Quorum {
    /// More than half of the members.
    Majority { members: NodeSet },
    /// At least `size` members (Flexible Paxos: one size a phase).
    Threshold { members: NodeSet, size: usize },
    /// Members whose weights exceed half of the sum; `weights[i]` belongs to server i.
    Weighted { weights: Vec<u32> },
    /// A full row of the grid and one member of every other row; servers fill rows in order.
    Grid { rows: usize, columns: usize },
    /// 2f+1 of n = 3f+1 members; for other n, ⌈(n+f+1)/2⌉ with f = ⌊(n−1)/3⌋.
    Byzantine { members: NodeSet },
    /// A quorum of both systems (Raft's joint consensus).
    Joint { old: Box<Quorum>, new: Box<Quorum> },
}

/// What intersections of a system's quorums are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The fewest nodes in which two quorums meet.
    pub fewest: usize,
    /// A pair of minimal quorums that meets in so few.
    pub pair: (NodeSet, NodeSet),
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
            | Quorum::Byzantine { members } => *members,
            Quorum::Weighted { weights } => NodeSet::first(weights.len()),
            Quorum::Grid { rows, columns } => NodeSet::first(rows * columns),
            Quorum::Joint { old, new } => old.members().union(new.members()),
        }
    }

    /// Whether the set contains a quorum.
    pub fn is_quorum(&self, set: NodeSet) -> bool {
        match self {
            Quorum::Majority { members } => 2 * set.intersection(*members).len() > members.len(),
            Quorum::Threshold { members, size } => set.intersection(*members).len() >= *size,
            Quorum::Byzantine { members } => {
                let n = members.len();
                set.intersection(*members).len() >= byzantine_size(n)
            }
            Quorum::Weighted { weights } => {
                let weight = |node: NodeId| u64::from(weights[node.index()]);
                let all: u64 = weights.iter().map(|w| u64::from(*w)).sum();
                let have: u64 = set.intersection(self.members()).iter().map(weight).sum();
                2 * have > all
            }
            Quorum::Grid { rows, columns } => {
                let row =
                    |r: usize| NodeSet::first((r + 1) * columns).minus(NodeSet::first(r * columns));
                let full = (0..*rows).any(|r| row(r).minus(set).is_empty());
                full && (0..*rows).all(|r| !row(r).intersection(set).is_empty())
            }
            Quorum::Joint { old, new } => old.is_quorum(set) && new.is_quorum(set),
        }
    }

    /// The fewest further members that would make the set a quorum; `None` if all do not.
    pub fn missing(&self, set: NodeSet) -> Option<usize> {
        if self.is_quorum(set) {
            return Some(0);
        }
        let have = set.intersection(self.members()).len();
        match self {
            Quorum::Majority { members } => Some(members.len() / 2 + 1 - have),
            Quorum::Threshold { members, size } => (*size <= members.len()).then(|| size - have),
            Quorum::Byzantine { members } => Some(byzantine_size(members.len()) - have),
            _ => self
                .minimal()
                .into_iter()
                .map(|quorum| quorum.minus(set).len())
                .min(),
        }
    }

    /// The size of the smallest quorum; `None` if there is no quorum at all.
    pub fn smallest(&self) -> Option<usize> {
        self.missing(NodeSet::EMPTY)
    }

    /// Every quorum of which no proper subset is one, for universes up to [`ENUMERATED`] nodes;
    /// empty beyond.
    pub fn minimal(&self) -> Vec<NodeSet> {
        let members: Vec<NodeId> = self.members().iter().collect();
        if members.len() > ENUMERATED {
            return Vec::new();
        }
        let pick = |bits: u32| -> NodeSet {
            (0..members.len())
                .filter(|k| bits >> k & 1 == 1)
                .map(|k| members[k])
                .collect()
        };
        (0..1u32 << members.len())
            .map(pick)
            .filter(|set| {
                let without = |node| set.minus(NodeSet::only(node));
                self.is_quorum(*set) && set.iter().all(|node| !self.is_quorum(without(node)))
            })
            .collect()
    }

    /// Where quorums of this system meet those of another, at worst; `None` if either has none or
    /// is too large to enumerate.
    pub fn meets(&self, other: &Quorum) -> Option<Meeting> {
        let (ours, theirs) = (self.minimal(), other.minimal());
        let pairs = ours
            .iter()
            .flat_map(|a| theirs.iter().map(move |b| (*a, *b)));
        pairs
            .map(|pair| Meeting {
                fewest: pair.0.intersection(pair.1).len(),
                pair,
            })
            .min_by_key(|meeting| meeting.fewest)
    }

    /// The highest value that a quorum has reached, where `reached[i]` is server i's.
    ///
    /// Raft's commit index is this over the match indices.
    pub fn reached(&self, reached: &[u64]) -> u64 {
        if let Quorum::Majority { members } = self
            && members.len() == reached.len()
            && reached.len() <= 16
        {
            let mut sorted = [0; 16];
            let sorted = &mut sorted[..reached.len()];
            sorted.copy_from_slice(reached);
            sorted.sort_unstable();
            return sorted[(reached.len() - 1) / 2];
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

/// The size of a Byzantine quorum among n: 2f+1 when n = 3f+1.
fn byzantine_size(n: usize) -> usize {
    let f = n.saturating_sub(1) / 3;
    (n + f + 1).div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(nodes: &[u8]) -> NodeSet {
        nodes.iter().map(|node| NodeId(*node)).collect()
    }

    /// n=2f+1 with quorum f+1; four servers tolerate one failure, as three do (Raft §5.1).
    #[test]
    fn majorities_meet() {
        for n in 1..=9 {
            let majority = Quorum::majority(n);
            assert_eq!(majority.smallest(), Some(n / 2 + 1));
            let meeting = majority.meets(&majority).expect("small enough");
            assert_eq!(meeting.fewest, if n % 2 == 1 { 1 } else { 2 });
        }
    }

    /// n=3f+1 with quorum 2f+1: two quorums share at least f+1 (PBFT, OSDI 1999, §4).
    #[test]
    fn byzantine_quorums_share_an_honest_node() {
        for f in 1..=3 {
            let quorum = Quorum::Byzantine {
                members: NodeSet::first(3 * f + 1),
            };
            assert_eq!(quorum.smallest(), Some(2 * f + 1));
            assert_eq!(quorum.meets(&quorum).expect("small").fewest, f + 1);
        }
    }

    #[test]
    fn grids_weights_and_joints() {
        let grid = Quorum::Grid {
            rows: 2,
            columns: 3,
        };
        assert!(grid.is_quorum(set(&[0, 1, 2, 4])));
        assert!(!grid.is_quorum(set(&[0, 1, 2])));
        assert!(!grid.is_quorum(set(&[0, 1, 3, 4])));
        assert_eq!(grid.missing(set(&[0, 1])), Some(2));
        let weighted = Quorum::Weighted {
            weights: vec![3, 1, 1],
        };
        assert_eq!(weighted.minimal(), vec![set(&[0])]);
        let joint = Quorum::Joint {
            old: Box::new(Quorum::majority(3)),
            new: Box::new(Quorum::Majority {
                members: set(&[2, 3, 4]),
            }),
        };
        assert!(joint.is_quorum(set(&[1, 2, 3])));
        assert!(!joint.is_quorum(set(&[0, 1, 3])));
    }

    #[test]
    fn flexible_sizes_meet_when_their_sum_exceeds_n() {
        let of = |size| Quorum::Threshold {
            members: NodeSet::first(5),
            size,
        };
        for (a, b) in [(5, 1), (4, 2), (3, 3), (2, 4)] {
            assert!(of(a).meets(&of(b)).expect("small").fewest >= 1, "{a}+{b}");
        }
        assert_eq!(of(2).meets(&of(3)).expect("small").fewest, 0);
        assert_eq!(of(6).missing(NodeSet::EMPTY), None);
    }

    #[test]
    fn the_value_that_a_quorum_reached() {
        let check = |reached: &[u64], expect: u64| {
            let n = reached.len();
            assert_eq!(Quorum::majority(n).reached(reached), expect, "{reached:?}");
            let threshold = Quorum::Threshold {
                members: NodeSet::first(n),
                size: n / 2 + 1,
            };
            assert_eq!(threshold.reached(reached), expect, "{reached:?}");
        };
        check(&[7], 7);
        check(&[5, 5, 3, 2, 1], 3);
        check(&[9, 4, 4, 0], 4);
        check(&[1, 2], 1);
    }
}
