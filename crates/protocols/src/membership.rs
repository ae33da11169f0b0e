//! Who belongs to a cluster, as a log entry says it.

use crate::ids::NodeSet;
use crate::kv::Fnv;
use serde::Serialize;
use std::fmt;
use std::hash::Hasher;

/// The voters of a cluster; two sets of them while one takes the other's place (Raft §6: joint
/// consensus).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Membership {
    /// The set that is given up, while both decide.
    pub old: Option<NodeSet>,
    pub new: NodeSet,
}

impl Membership {
    /// One set of voters.
    pub fn of(new: NodeSet) -> Membership {
        Membership { old: None, new }
    }

    /// Everyone who votes in either set.
    pub fn voters(&self) -> NodeSet {
        self.old.map_or(self.new, |old| old.union(self.new))
    }

    /// A stable digest: equal memberships have equal digests on every machine.
    pub fn digest(&self) -> u64 {
        let mut digest = Fnv::default();
        digest.write(b"members");
        for set in [self.old.unwrap_or(NodeSet::EMPTY), self.new] {
            digest.write(&set.0.to_le_bytes());
        }
        digest.finish()
    }
}

/// `members S1 S2 S3`, or `members S1 S2 + S2 S3` while both sets decide.
impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("members")?;
        for node in self.old.unwrap_or(NodeSet::EMPTY).iter() {
            write!(f, " {node}")?;
        }
        if self.old.is_some() {
            f.write_str(" +")?;
        }
        for node in self.new.iter() {
            write!(f, " {node}")?;
        }
        Ok(())
    }
}
