//! The replica contract.
//!
//! A replica is a pure state machine. Its driver keeps this rule: **feed one input, drain every
//! effect, only then the next input.**
//!
//! ```text
//!            input                                effects
//!   world ───────────►  Protocol::step  ───────────────────►  Outbox
//!     ▲                                                          │
//!     └── messages delivered, timers fired, writes durable  ◄────┘
//! ```
//!
//! - A **write** gets a number at once and becomes durable later; the driver then feeds
//!   [`Input::Durable`]. A **send** or **reply** may name the write on which it depends; it leaves
//!   only when that write is durable. A crash loses what was not.
//! - A **timer** is armed with a range; the driver draws from it. Arming it again replaces it.
//! - A **note** names the rule of the paper that was applied. Every transition emits one, and so
//!   does every refusal.

use crate::ballot::Ballot;
use crate::describe::{Cost, Field, MessageKind, NodeView, Tally, TallyDef};
use crate::ids::{LocalTime, Micros, NodeId, NodeSet, TimerId, WriteId};
use crate::kv::{Answer, Command};
use crate::log::{Log, Payload};
use crate::note::{Note, RuleDef};
use crate::options::{OptionSpec, Options};
use crate::quorum::Quorums;
use crate::units::Span;
use serde::Serialize;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

/// What a replica is fed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input<M> {
    /// The process has started, with what its disk held.
    Start,
    /// A message from another server, whose identity the world vouches for.
    Message { from: NodeId, message: M },
    /// A timer that was armed has fired.
    Timer(TimerId),
    /// A client asks for a command.
    Request(Arc<Command>),
    /// Every write up to this one is durable.
    Durable(WriteId),
    /// A coin that was asked for.
    Coin(bool),
    /// An oracle reports a crash (only where the world grants one).
    PeerDown(NodeId),
    /// The operator asks for something.
    Operator(Operator),
}

/// What an operator may ask of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Hand leadership to another server.
    Transfer(NodeId),
    /// Make these servers the members of the cluster.
    Reconfigure { members: NodeSet },
}

/// What a replica asks of the world.
#[derive(Clone, Debug)]
pub enum Effect<M, R> {
    /// Send, once the named write (if any) is durable.
    Send {
        to: NodeId,
        message: M,
        after: Option<WriteId>,
    },
    /// Answer a client, once the named write (if any) is durable.
    Reply {
        to: Arc<Command>,
        answer: Answer,
        after: Option<WriteId>,
    },
    /// Arm a timer, for a local duration that the world draws from the range.
    Arm {
        timer: TimerId,
        span: Span,
    },
    Cancel {
        timer: TimerId,
    },
    Write {
        id: WriteId,
        record: R,
    },
    /// Flip a coin; the answer comes as [`Input::Coin`].
    Flip,
    /// Its word is given, once the named write (if any) is durable. Observers alone hear of it.
    Pledge {
        pledge: Pledge,
        after: Option<WriteId>,
    },
    /// A quorum closed here. Observers alone hear of it.
    Gather(Gathered),
    /// A log entry is decided and was applied to the state machine.
    Decide(Decided),
}

/// A server's word, on which others may build from then on: a vote, a promise, an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Pledge {
    /// The tally that it counts for: a position in [`About::tallies`].
    pub what: u8,
    /// The epoch, slot or log index that it is for.
    pub subject: u64,
    /// The epoch in which it was given.
    pub epoch: u64,
    /// What was accepted: [`Payload::digest`]; 0 where the pledge names no value.
    pub digest: u64,
}

/// A quorum that closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Gathered {
    /// The tally: a position in [`About::tallies`].
    pub what: u8,
    pub subject: u64,
    pub epoch: u64,
    /// Who had answered when it closed.
    pub have: NodeSet,
}

/// A decided log entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The slot or log index.
    pub index: u64,
    pub epoch: u64,
    pub payload: Payload,
    /// False if a session had applied the command before.
    pub fresh: bool,
}

/// Where a replica puts its effects; the driver drains it after each input.
#[derive(Clone, Debug)]
pub struct Outbox<M, R> {
    pub effects: Vec<Effect<M, R>>,
    pub notes: Vec<Note>,
    /// The number of the last write of this node.
    pub last_write: WriteId,
}

impl<M, R> Default for Outbox<M, R> {
    fn default() -> Self {
        Outbox {
            effects: Vec::new(),
            notes: Vec::new(),
            last_write: WriteId(0),
        }
    }
}

impl<M, R> Outbox<M, R> {
    pub fn send(&mut self, to: NodeId, message: M, after: Option<WriteId>) {
        self.effects.push(Effect::Send { to, message, after });
    }

    pub fn reply(&mut self, to: Arc<Command>, answer: Answer, after: Option<WriteId>) {
        self.effects.push(Effect::Reply { to, answer, after });
    }

    pub fn arm(&mut self, timer: TimerId, span: Span) {
        self.effects.push(Effect::Arm { timer, span });
    }

    pub fn cancel(&mut self, timer: TimerId) {
        self.effects.push(Effect::Cancel { timer });
    }

    /// Writes a record and returns its number.
    pub fn write(&mut self, record: R) -> WriteId {
        self.last_write.0 += 1;
        self.effects.push(Effect::Write {
            id: self.last_write,
            record,
        });
        self.last_write
    }

    pub fn pledge(&mut self, pledge: Pledge, after: Option<WriteId>) {
        self.effects.push(Effect::Pledge { pledge, after });
    }

    pub fn gather(&mut self, gathered: Gathered) {
        self.effects.push(Effect::Gather(gathered));
    }

    pub fn decide(&mut self, decided: Decided) {
        self.effects.push(Effect::Decide(decided));
    }

    /// Notes that a rule was applied.
    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

/// One of a protocol's timers.
#[derive(Debug)]
pub struct TimerDef {
    /// An id in the catalogue below the protocol's `timer.`, and its name in scripts.
    pub name: &'static str,
    /// Whether its firing means that the node suspects the leader ("time out now").
    pub suspects: bool,
    /// Whether it may be made to fire though it is not armed.
    pub at_will: bool,
}

impl TimerDef {
    /// One that fires only when it is armed, and suspects nobody.
    pub const fn new(name: &'static str) -> TimerDef {
        TimerDef {
            name,
            suspects: false,
            at_will: false,
        }
    }
}

/// Everything that a protocol says about itself that does not change.
#[derive(Debug)]
pub struct About {
    /// Its name in scenarios and in the catalogue, such as `raft`.
    pub name: &'static str,
    /// Its name for people, such as `Raft`.
    pub title: &'static str,
    /// Term, ballot or view: an id in the catalogue below the protocol's `epoch.`.
    pub epoch: &'static str,
    pub numbering: Numbering,
    pub rules: &'static [RuleDef],
    pub kinds: &'static [MessageKind],
    pub timers: &'static [TimerDef],
    pub tallies: &'static [TallyDef],
    pub options: &'static [OptionSpec],
    /// Invariants of the log that the checkers shall hold it to.
    pub invariants: &'static [&'static str],
    /// How long a run of a sweep lasts if nothing else is said, in microseconds: a protocol that
    /// decides once is soon done.
    pub sweep_us: Micros,
    /// Whether an operator can hand leadership to a chosen server.
    pub can_transfer: bool,
    /// Whether an operator can change which servers are members.
    pub can_reconfigure: bool,
    /// The sentences in English.
    pub english: &'static str,
}

/// How epochs are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// One by one: terms, views.
    Plain,
    /// As [`Ballot`]s, each with its owner.
    Ballots,
}

impl About {
    /// An epoch as people read it.
    pub fn show_epoch(&self, epoch: u64) -> String {
        match self.numbering {
            Numbering::Plain => epoch.to_string(),
            Numbering::Ballots => Ballot(epoch).to_string(),
        }
    }
}

/// What a reader may ask a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Why is it not leader?
    NotLeading,
    /// Why is the entry at this index of its log not decided, as far as it knows?
    NotDecided { index: u64 },
}

/// An answer from a server's own state: a rule with its operands, and the quorum that it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub note: Note,
    pub tally: Option<Tally>,
}

impl Reason {
    /// One without a quorum.
    pub fn bare(note: Note) -> Reason {
        Reason { note, tally: None }
    }
}

/// What an observer compares after every step; cheap to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    pub leading: bool,
    pub epoch: u64,
    /// The highest index known to be decided.
    pub decided: u64,
}

/// What a scenario may put on a server's disk before the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Preload {
    /// Term, ballot or view; at least the last entry's.
    pub epoch: u64,
    pub vote: Option<NodeId>,
    /// The log.
    pub log: Vec<PreloadEntry>,
}

/// A log entry that a scenario puts on a disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct PreloadEntry {
    pub epoch: u64,
    pub payload: Payload,
}

/// A consensus protocol: the implementing type is a replica's whole state.
pub trait Protocol: Clone + Eq + Hash + Debug + Serialize + 'static {
    /// What replicas send one another.
    type Message: Clone + Eq + Hash + Debug + Serialize + 'static;
    /// What a replica writes to disk.
    type Record: Clone + Eq + Hash + Debug + Serialize + 'static;
    /// What a disk holds.
    type Disk: Clone + Eq + Hash + Debug + Default + Serialize + 'static;
    /// The options of a run, read once.
    type Config: Clone + Debug + 'static;

    /// What never changes about the protocol.
    const ABOUT: &'static About;

    /// Reads the options of a run of n servers.
    ///
    /// # Errors
    /// A sentence, if options contradict one another.
    fn configure(options: &Options, n: usize) -> Result<Self::Config, String>;

    /// The quorums that a run counts by.
    fn quorums(config: &Self::Config) -> Quorums;

    /// What its phases cost in messages, in the order in which they follow one another.
    fn costs(config: &Self::Config) -> Vec<Cost>;

    /// Puts a written record onto the disk.
    fn write(disk: &mut Self::Disk, record: &Self::Record);

    /// A disk that holds what a scenario says.
    fn preload(preload: &Preload) -> Self::Disk;

    /// A process that finds this on its disk. [`Input::Start`] follows.
    fn start(config: &Arc<Self::Config>, id: NodeId, disk: &Self::Disk) -> Self;

    /// Takes one input at a reading of the node's own clock.
    fn step(
        &mut self,
        input: Input<Self::Message>,
        now: LocalTime,
        out: &mut Outbox<Self::Message, Self::Record>,
    );

    fn probe(&self) -> Probe;

    /// The log in memory, for protocols that have one.
    fn log(&self) -> Option<&Log>;

    /// The log on a disk.
    fn disk_log(disk: &Self::Disk) -> Option<&Log>;

    /// Forgets which log entries changed; the driver calls it before each event.
    fn mark_clean(&mut self);

    fn describe(&self) -> NodeView;

    fn describe_disk(disk: &Self::Disk) -> Vec<Field>;

    /// Answers a question; never empty.
    fn reasons(&self, question: Question) -> Vec<Reason>;

    /// The state machine's keys and values.
    fn store(&self) -> Option<&crate::kv::Store>;

    /// Who belongs to the cluster as this server counts now, where that may change.
    fn members(&self) -> Option<NodeSet> {
        None
    }

    /// The message's position in [`About::kinds`].
    fn kind(message: &Self::Message) -> usize;

    /// The message's term, ballot or view.
    fn epoch_of(message: &Self::Message) -> u64;

    fn describe_message(message: &Self::Message) -> Vec<Field>;

    /// A run so small that every schedule of it can be searched; `None` if the protocol offers
    /// none.
    ///
    /// # Errors
    /// A sentence, if the bounds do not fit the protocol.
    fn small(_bounds: &Bounds) -> Option<Result<Small, String>> {
        None
    }

    /// What the protocol's published specification keeps of a replica, for comparing numbers of
    /// states; empty if nothing.
    fn specified(&self) -> Vec<u64> {
        Vec::new()
    }

    /// What it keeps of a message that was sent; empty if nothing.
    fn specified_message(_from: NodeId, _message: &Self::Message) -> Vec<u64> {
        Vec::new()
    }
}

/// How small a run is to be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub acceptors: usize,
    pub values: usize,
    pub ballots: usize,
}

/// A run whose every schedule is searched.
#[derive(Clone, Debug)]
pub struct Small {
    pub nodes: usize,
    pub options: Options,
    /// The environment asks each of these servers for at most one of these commands.
    pub asks: Vec<(NodeId, Vec<Arc<Command>>)>,
}
