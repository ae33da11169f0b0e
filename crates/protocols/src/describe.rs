//! How a protocol describes itself in neutral terms, so that nothing else need know it.

use crate::ballot::Ballot;
use crate::ids::{NodeId, NodeSet};
use crate::quorum::Quorum;

/// How a node's ring is drawn: the shape that tells its role without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingStyle {
    /// An ordinary member.
    Single,
    /// Trying to lead.
    Dashed,
    /// Leading.
    Double,
}

/// Where a field lives, and so what a crash does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Memory,
    Disk,
}

/// A value in a neutral form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Number(u64),
    Ballot(Ballot),
    Node(NodeId),
    Nodes(NodeSet),
    Flag(bool),
    Text(String),
    /// An id in the catalogue.
    Word(&'static str),
    Nothing,
}

impl Value {
    /// A node, or nothing.
    pub fn node(node: Option<NodeId>) -> Value {
        node.map_or(Value::Nothing, Value::Node)
    }

    /// Several things in words: the first three, and how many more there are.
    pub fn listed(all: impl ExactSizeIterator<Item = String>) -> Value {
        const SHOWN: usize = 3;
        let more = all.len().saturating_sub(SHOWN);
        let mut text = all.take(SHOWN).collect::<Vec<_>>().join(", ");
        if text.is_empty() {
            return Value::Nothing;
        }
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        Value::Text(text)
    }
}

/// A named field of a node or a message; `name` is an id in the catalogue below the protocol's
/// `field.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub value: Value,
    pub place: Place,
}

impl Field {
    pub fn memory(name: &'static str, value: Value) -> Field {
        Field {
            name,
            value,
            place: Place::Memory,
        }
    }

    pub fn disk(name: &'static str, value: Value) -> Field {
        Field {
            name,
            value,
            place: Place::Disk,
        }
    }
}

/// What closing a quorum brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody may lead, or propose, in an epoch; the subject is that epoch.
    Elect,
    /// Something is decided; the subject is its slot or log index.
    Decide,
}

/// A kind of tally.
#[derive(Debug)]
pub struct TallyDef {
    /// An id in the catalogue below the protocol's `tally.`.
    pub name: &'static str,
    pub purpose: Purpose,
    /// Whether an answer for a subject also stands for every subject before it, as Raft's
    /// acknowledgement of an index does.
    pub up_to: bool,
}

impl TallyDef {
    /// One whose answers each stand for one subject.
    pub const fn new(name: &'static str, purpose: Purpose) -> TallyDef {
        TallyDef {
            name,
            purpose,
            up_to: false,
        }
    }
}

/// A quorum that is gathering, or has gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// An id in the catalogue below the protocol's `tally.`: votes, acknowledgements.
    pub what: &'static str,
    /// The epoch, slot or log index that it is for.
    pub subject: u64,
    /// The epoch in which it is gathered.
    pub epoch: u64,
    pub have: NodeSet,
    /// Those who refused.
    pub refused: NodeSet,
    pub quorum: Quorum,
}

/// A node, as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// An id in the catalogue below the protocol's `role.`.
    pub role: &'static str,
    pub ring: RingStyle,
    /// Term, ballot or view.
    pub epoch: u64,
    /// The highest log index known to be decided.
    pub decided: u64,
    /// Whom it follows, if it knows.
    pub leader: Option<NodeId>,
    pub fields: Vec<Field>,
    pub tallies: Vec<Tally>,
    /// What the leader knows of each other node, one row of fields a node.
    pub peers: Vec<(NodeId, Vec<Field>)>,
}

/// How often a phase of a protocol is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    Decision,
    Election,
}

/// What a phase costs in messages as long as nothing fails. Nobody's messages to itself count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// An id in the catalogue below the protocol's `cost.`
    pub name: &'static str,
    /// The kinds of message that belong to it: positions in [`crate::About::kinds`].
    pub kinds: &'static [u8],
    pub per: Per,
    pub exact: u64,
    /// How the exact count depends on n.
    pub formula: &'static str,
    /// What textbooks round it to, and how that depends on n.
    pub rounded: (u64, &'static str),
}

/// What a message is for, when messages are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Part of reaching a decision.
    Normal,
    /// Part of choosing a leader.
    Election,
    /// Sent to show life.
    Heartbeat,
}

/// A kind of message.
#[derive(Debug)]
pub struct MessageKind {
    /// The paper's name, such as `RequestVote`.
    pub name: &'static str,
    /// One or two letters for its tile.
    pub letter: &'static str,
    /// Whether it answers another message.
    pub reply: bool,
    pub traffic: Traffic,
}

impl MessageKind {
    pub const fn new(
        name: &'static str,
        letter: &'static str,
        reply: bool,
        traffic: Traffic,
    ) -> MessageKind {
        MessageKind {
            name,
            letter,
            reply,
            traffic,
        }
    }
}
