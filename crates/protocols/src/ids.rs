//! Names of nodes, clients, timers and writes, and sets of nodes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Simulated time or a duration, in microseconds.
pub type Micros = u64;

/// A reading of a node's own clock, in microseconds; it may run apart from everyone else's.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct LocalTime(pub i64);

impl LocalTime {
    /// Microseconds from `earlier` to this reading; negative if the clock went back.
    pub fn since(self, earlier: LocalTime) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A server, counted from 0; people see `S1` for 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u8);

impl NodeId {
    /// The greatest number of servers in one cluster.
    pub const MAX: usize = 128;

    /// Its position in arrays over all servers.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// As it stands in notes.
    pub fn operand(self) -> u64 {
        u64::from(self.0)
    }

    /// The server at a position.
    pub fn at(index: usize) -> NodeId {
        debug_assert!(index < NodeId::MAX);
        NodeId(index as u8)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S{}", u32::from(self.0) + 1)
    }
}

/// A client session, counted from 0; people see `C1` for 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientId(pub u16);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C{}", u32::from(self.0) + 1)
    }
}

/// One of a protocol's timers: its position in [`crate::About::timers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerId(pub u8);

/// A write to disk, numbered upwards within one node; 0 stands for "nothing written yet".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct WriteId(pub u64);

/// A set of servers, as bits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeSet(pub u128);

impl NodeSet {
    pub const EMPTY: NodeSet = NodeSet(0);

    /// The servers 0 to n−1.
    pub fn first(n: usize) -> NodeSet {
        debug_assert!(n <= NodeId::MAX);
        if n >= 128 {
            NodeSet(u128::MAX)
        } else {
            NodeSet((1 << n) - 1)
        }
    }

    pub fn only(node: NodeId) -> NodeSet {
        NodeSet(1 << node.0)
    }

    pub fn contains(self, node: NodeId) -> bool {
        self.0 >> node.0 & 1 == 1
    }

    pub fn insert(&mut self, node: NodeId) {
        self.0 |= 1 << node.0;
    }

    pub fn remove(&mut self, node: NodeId) {
        self.0 &= !(1 << node.0);
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn union(self, other: NodeSet) -> NodeSet {
        NodeSet(self.0 | other.0)
    }

    pub fn intersection(self, other: NodeSet) -> NodeSet {
        NodeSet(self.0 & other.0)
    }

    pub fn minus(self, other: NodeSet) -> NodeSet {
        NodeSet(self.0 & !other.0)
    }

    /// The members, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let node = NodeId(rest.trailing_zeros() as u8);
            rest &= rest - 1;
            Some(node)
        })
    }
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> NodeSet {
        let mut set = NodeSet::EMPTY;
        for node in nodes {
            set.insert(node);
        }
        set
    }
}

impl fmt::Display for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, node) in self.iter().enumerate() {
            if k > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{node}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_up_to_128_servers() {
        let all = NodeSet::first(128);
        assert_eq!(all.len(), 128);
        assert!(all.contains(NodeId(127)));
        let mut set: NodeSet = [NodeId(2), NodeId(0)].into_iter().collect();
        assert_eq!(set.to_string(), "S1, S3");
        set.remove(NodeId(0));
        assert_eq!(all.minus(set).len(), 127);
    }
}
