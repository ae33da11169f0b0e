//! Consensus protocols as pure state machines.
//!
//! A replica is fed one [`Input`] at a time and answers with effects in an [`Outbox`]. It has no
//! clock, no randomness, no I/O and no floating point, so the same inputs give the same bytes on
//! every machine, natively and in WebAssembly. The contract is told in [`replica`].
//!
//! Adding a protocol means adding one folder here and one line in [`registry`].

pub mod ballot;
pub mod describe;
pub mod ids;
pub mod kv;
pub mod log;
pub mod membership;
pub mod note;
pub mod options;
pub mod quorum;
pub mod registry;
pub mod replica;
pub mod units;

pub mod multipaxos;
pub mod paxos;
pub mod raft;

pub use ballot::Ballot;
pub use describe::{
    Cost, Field, MessageKind, NodeView, Per, Place, Purpose, RingStyle, Tally, TallyDef, Traffic,
    Value,
};
pub use ids::{ClientId, LocalTime, Micros, NodeId, NodeSet, TimerId, WriteId};
pub use kv::{Answer, Command, Op, Outcome, Store};
pub use log::{Entries, Entry, Log, Payload};
pub use membership::Membership;
pub use note::{Catalogue, Mark, Note, RuleDef, Unit};
pub use options::{OptionKind, OptionSpec, OptionValue, Options};
pub use quorum::{Quorum, QuorumSpec, Quorums};
pub use replica::{
    About, Decided, Effect, Gathered, Input, Numbering, Operator, Outbox, Pledge, Preload, Probe,
    Protocol, TimerDef,
};
