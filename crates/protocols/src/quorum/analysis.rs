//! What a quorum system is worth: its minimal quorums, where they meet, and what it survives.

use super::{Quorum, weight_of};
use crate::ids::{NodeId, NodeSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The largest universe whose subsets are looked at one by one.
pub const ENUMERATED: usize = 16;
/// The most minimal quorums that are listed.
const MOST_LISTED: usize = 20_000;

/// The minimal quorums of a system: those of which no proper subset is a quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimal {
    pub quorums: Vec<NodeSet>,
    /// Whether these are all of them.
    pub complete: bool,
}

/// What a pair of quorum systems is worth; a protocol whose quorums are all alike has a pair of
/// the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// The fewest nodes in which a quorum of the one meets a quorum of the other. When they all
    /// forget or lie, safety is gone, so it is also the number of failures that break safety.
    pub fewest_in_common: usize,
    /// Two minimal quorums that meet in so few.
    pub pair: (NodeSet, NodeSet),
    /// The smallest number of crashes after which one of the two has no quorum left.
    pub crashes_that_stop: usize,
    /// Whether every quorum of the one was looked at, or only [`Minimal::quorums`]' first.
    pub exact: bool,
}

/// What is known of where two quorum systems meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meets {
    /// Every two quorums share at least so many nodes, and some no more.
    In(usize),
    /// One of the two has no quorum.
    NoQuorum,
    /// Neither has few enough minimal quorums to look at each.
    Unknown,
}

impl Quorum {
    /// The minimal quorums, at most 20,000 of them, in ascending order of their sets.
    ///
    /// Each system makes its own directly; none looks at all subsets.
    pub fn minimal(&self) -> Minimal {
        let mut quorums = Vec::new();
        let complete = self.make(&mut quorums);
        // A heap sorts with a twentieth of a quicksort's code, and the page carries it.
        let mut quorums = BinaryHeap::from(quorums).into_sorted_vec();
        quorums.dedup();
        Minimal { quorums, complete }
    }

    /// Adds the minimal quorums; false if there are more than are listed.
    fn make(&self, out: &mut Vec<NodeSet>) -> bool {
        let members: Vec<NodeId> = self.members().iter().collect();
        if let Some(size) = self.threshold() {
            return size > members.len() || combinations(&members, size, NodeSet::EMPTY, out);
        }
        match self {
            Quorum::Weighted { members, weights } => {
                // Heaviest first: a quorum is minimal if it falls short without its lightest.
                let order: BinaryHeap<(Reverse<u32>, NodeId)> = weights
                    .iter()
                    .copied()
                    .map(Reverse)
                    .zip(members.iter())
                    .collect();
                let order = order.into_sorted_vec();
                let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
                weighted(&order, all, 0, NodeSet::EMPTY, out)
            }
            Quorum::Grid { .. } => {
                let rows: Vec<NodeSet> = self.lines().collect();
                for (position, full) in rows.iter().enumerate() {
                    let others: Vec<NodeSet> = rows
                        .iter()
                        .enumerate()
                        .filter(|(other, _)| *other != position)
                        .map(|(_, row)| *row)
                        .collect();
                    if !one_of_each(&others, *full, out) {
                        return false;
                    }
                }
                // Where a last row is short, one quorum may hold another.
                keep_minimal(self, out);
                true
            }
            Quorum::Row { .. } | Quorum::Column { .. } => {
                out.extend(self.lines());
                keep_minimal(self, out);
                true
            }
            Quorum::Joint { old, new } => {
                let (old, new) = (old.minimal(), new.minimal());
                for one in &old.quorums {
                    for other in &new.quorums {
                        if out.len() >= MOST_LISTED {
                            keep_minimal(self, out);
                            return false;
                        }
                        out.push(one.union(*other));
                    }
                }
                keep_minimal(self, out);
                old.complete && new.complete
            }
            _ => true,
        }
    }

    /// In how many nodes at least a quorum of this system meets one of the other.
    pub fn meets(&self, other: &Quorum) -> Meets {
        let (all, others) = (self.members(), other.members());
        if !self.is_quorum(all) || !other.is_quorum(others) {
            return Meets::NoQuorum;
        }
        if let (Some(one), Some(two)) = (self.threshold(), other.threshold())
            && all == others
        {
            return Meets::In((one + two).saturating_sub(all.len()));
        }
        // One side is listed; where that list is cut short, the other may be shorter.
        for (one, two) in [(self, other), (other, self)] {
            match one.analyse(two) {
                Some(found) if found.exact || found.fewest_in_common == 0 => {
                    return Meets::In(found.fewest_in_common);
                }
                _ => {}
            }
        }
        Meets::Unknown
    }

    /// The fewest nodes in which a quorum of this system meets one of the other; `None` if either
    /// has none, or if there are too many to look at each.
    pub fn fewest_in_common(&self, other: &Quorum) -> Option<usize> {
        match self.meets(other) {
            Meets::In(nodes) => Some(nodes),
            Meets::NoQuorum | Meets::Unknown => None,
        }
    }

    /// What this system and another are worth together; `None` if either has no quorum.
    pub fn analyse(&self, other: &Quorum) -> Option<Analysis> {
        let minimal = self.minimal();
        let everyone = other.members();
        let closest = |quorum: &NodeSet| {
            // The other's quorum is completed from outside first; what it still lacks is shared.
            let outside = everyone.minus(*quorum);
            let lacks = other.missing_among(outside, *quorum)?;
            Some((lacks, *quorum))
        };
        let (fewest_in_common, one) = minimal.quorums.iter().filter_map(closest).min()?;
        let two = shrink(other, everyone.minus(one), one)?;
        let stop = |quorum: &Quorum| quorum.crashes_that_stop();
        Some(Analysis {
            fewest_in_common,
            pair: (one, two),
            crashes_that_stop: stop(self)?.min(stop(other)?),
            exact: minimal.complete,
        })
    }

    /// The smallest number of crashes after which no quorum is left; `None` if there is none
    /// anyway, or the universe is too large to look at its subsets.
    pub fn crashes_that_stop(&self) -> Option<usize> {
        let members: Vec<NodeId> = self.members().iter().collect();
        let n = members.len();
        if !self.is_quorum(self.members()) {
            return None;
        }
        if let Some(size) = self.threshold() {
            return Some(n + 1 - size.max(1));
        }
        match self {
            Quorum::Weighted { members, weights } => {
                let mut heaviest = BinaryHeap::from(weights.clone());
                let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
                let mut left = weight_of(*members, weights, *members);
                let mut crashes = 0;
                while 2 * left > all {
                    left -= u64::from(heaviest.pop()?);
                    crashes += 1;
                }
                Some(crashes)
            }
            // A whole line gone, or one of each.
            Quorum::Grid { .. } => {
                let count = self.lines().count();
                self.lines().map(NodeSet::len).chain([count]).min()
            }
            Quorum::Row { .. } | Quorum::Column { .. } => Some(self.lines().count()),
            _ if n > ENUMERATED => None,
            _ => {
                let subset = |bits: u32| pick(&members, bits);
                let stops = |gone: &NodeSet| !self.is_quorum(self.members().minus(*gone));
                (0..1u32 << n)
                    .map(subset)
                    .filter(stops)
                    .map(NodeSet::len)
                    .min()
            }
        }
    }
}

/// The members that a number's bits name.
fn pick(members: &[NodeId], bits: u32) -> NodeSet {
    let named = members.iter().enumerate();
    named
        .filter(|(position, _)| bits >> position & 1 == 1)
        .map(|(_, node)| *node)
        .collect()
}

/// A minimal quorum of `all` and as few of `more` as it takes.
fn shrink(quorum: &Quorum, all: NodeSet, more: NodeSet) -> Option<NodeSet> {
    let mut set = all;
    let mut lacks = quorum.missing_among(set, more)?;
    // Each step adds a member after which one fewer is missing.
    while lacks > 0 {
        let with = |node: NodeId| set.union(NodeSet::only(node));
        let helps = |node: &NodeId| quorum.missing_among(with(*node), more) == Some(lacks - 1);
        set = with(more.minus(set).iter().find(helps)?);
        lacks -= 1;
    }
    for node in all.iter() {
        let without = set.minus(NodeSet::only(node));
        if quorum.is_quorum(without) {
            set = without;
        }
    }
    Some(set)
}

/// Leaves only quorums of which no proper subset is one.
fn keep_minimal(quorum: &Quorum, sets: &mut Vec<NodeSet>) {
    let minimal = |set: &NodeSet| {
        set.iter().all(|node| {
            let mut without = *set;
            without.remove(node);
            !quorum.is_quorum(without)
        })
    };
    sets.retain(minimal);
}

/// Every choice of `size` of the members, added to `with`; false if there are too many.
fn combinations(members: &[NodeId], size: usize, with: NodeSet, out: &mut Vec<NodeSet>) -> bool {
    if size == 0 {
        if out.len() >= MOST_LISTED {
            return false;
        }
        out.push(with);
        return true;
    }
    for (position, node) in members.iter().enumerate() {
        if members.len() - position < size {
            break;
        }
        let mut with = with;
        with.insert(*node);
        if !combinations(&members[position + 1..], size - 1, with, out) {
            return false;
        }
    }
    true
}

/// Minimal weighted quorums, by taking or leaving each member from the heaviest on.
fn weighted(
    order: &[(Reverse<u32>, NodeId)],
    all: u64,
    have: u64,
    with: NodeSet,
    out: &mut Vec<NodeSet>,
) -> bool {
    if 2 * have > all {
        if out.len() >= MOST_LISTED {
            return false;
        }
        out.push(with);
        return true;
    }
    let Some(((Reverse(weight), node), rest)) = order.split_first() else {
        return true;
    };
    let left: u64 = order.iter().map(|(weight, _)| u64::from(weight.0)).sum();
    if 2 * (have + left) <= all {
        return true;
    }
    let mut taken = with;
    taken.insert(*node);
    weighted(rest, all, have + u64::from(*weight), taken, out)
        && weighted(rest, all, have, with, out)
}

/// Every choice of one member of each row, added to `with`.
fn one_of_each(rows: &[NodeSet], with: NodeSet, out: &mut Vec<NodeSet>) -> bool {
    let Some((row, rest)) = rows.split_first() else {
        if out.len() >= MOST_LISTED {
            return false;
        }
        out.push(with);
        return true;
    };
    row.iter().all(|node| {
        let mut with = with;
        with.insert(node);
        one_of_each(rest, with, out)
    })
}
