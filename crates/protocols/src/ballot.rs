//! Ballot numbers: a counter and the proposer that owns it, so that no two proposers share one
//! ("Paxos Made Simple" §2.5: "different proposers choose their numbers from disjoint sets").

use crate::ids::NodeId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How far apart two ballots of one proposer are; more than there are servers. An odd step lets
/// neighbouring ballots differ in colour.
const STEP: u64 = 131;

/// A ballot, ordered by counter, then by owner; the number 0 is below every ballot. People see
/// `2.3` for the second ballot of S3.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Ballot(pub u64);

impl Ballot {
    /// Below every ballot.
    pub const NONE: Ballot = Ballot(0);

    /// A proposer's ballot with this counter, from 1.
    pub fn new(counter: u64, owner: NodeId) -> Ballot {
        Ballot(
            counter
                .saturating_mul(STEP)
                .saturating_add(u64::from(owner.0)),
        )
    }

    pub fn counter(self) -> u64 {
        self.0 / STEP
    }

    /// The proposer that owns it.
    pub fn owner(self) -> NodeId {
        NodeId((self.0 % STEP) as u8)
    }

    /// The owner's lowest ballot above every one that it knows of.
    pub fn after(self, owner: NodeId) -> Ballot {
        let same = Ballot::new(self.counter(), owner);
        if same > self && self.counter() > 0 {
            same
        } else {
            Ballot::new(self.counter() + 1, owner)
        }
    }

    /// Reads `2.3`.
    ///
    /// # Errors
    /// A sentence, if the text is no ballot.
    pub fn parse(text: &str) -> Result<Ballot, String> {
        let wrong = || format!("`{text}` is no ballot; write `2.3` for the second one of S3");
        let (counter, owner) = text.split_once('.').ok_or_else(wrong)?;
        let counter: u64 = counter.parse().map_err(|_| wrong())?;
        let owner: usize = owner.parse().map_err(|_| wrong())?;
        let fits = (1..=1 << 32).contains(&counter) && (1..=NodeId::MAX).contains(&owner);
        if fits {
            Ok(Ballot::new(counter, NodeId::at(owner - 1)))
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.counter() == 0 {
            return f.write_str("0");
        }
        write!(f, "{}.{}", self.counter(), self.owner().index() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballots_are_ordered_and_owned() {
        let ballot = |text: &str| Ballot::parse(text).expect(text);
        assert!(ballot("1.2") > ballot("1.1") && ballot("2.1") > ballot("1.100"));
        assert_eq!(ballot("7.3").owner(), NodeId(2));
        assert_eq!(ballot("7.3").to_string(), "7.3");
        for bad in ["0.1", "1", "1.0", "1.129", "x.1", "-1.2"] {
            assert!(Ballot::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_next_ballot_is_the_lowest_above() {
        let ballot = |text: &str| Ballot::parse(text).expect(text);
        assert_eq!(Ballot::NONE.after(NodeId(3)), ballot("1.4"));
        assert_eq!(ballot("1.2").after(NodeId(3)), ballot("1.4"));
        assert_eq!(ballot("1.2").after(NodeId(1)), ballot("2.2"));
        assert_eq!(ballot("1.2").after(NodeId(0)), ballot("2.1"));
    }
}
