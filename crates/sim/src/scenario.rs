//! A scenario: everything that influences a run.

use crate::action::Action;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use synod_protocols::units::{Chance, Span};
use synod_protocols::{Micros, NodeId, Options, Preload};

/// The most servers in a cluster.
pub const MOST_NODES: usize = 100;
/// The most client sessions.
pub const MOST_CLIENTS: usize = 64;
/// The most actions in a script.
pub const MOST_ACTIONS: usize = 10_000;

/// Who decides what happens next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The network and the clocks decide.
    #[default]
    Timed,
    /// Nothing arrives or fires until the script, or the learner, says so.
    Manual,
}

/// What a link is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Each message travels for itself: it may be lost, doubled, overtaken.
    #[default]
    Datagram,
    /// Ordered; a loss becomes a delay; a session can be killed.
    Stream,
}

/// The network's settings, for every direction of every link until an action changes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkSettings {
    pub kind: LinkKind,
    pub latency: Span,
    pub loss: Chance,
    pub duplicate: Chance,
    /// The chance that a datagram may overtake those sent before it.
    pub reorder: Chance,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        NetworkSettings {
            kind: LinkKind::Datagram,
            latency: Span::new(8_000, 12_000),
            loss: Chance::NEVER,
            duplicate: Chance::NEVER,
            reorder: Chance::NEVER,
        }
    }
}

/// When a disk's cache is flushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskPolicy {
    /// As soon as something is written; what is written meanwhile waits for the next flush.
    #[default]
    Each,
    /// After a window that the first write opens, so that one flush serves many.
    Group,
    /// The device says "done" after the latency, yet keeps the data only at its own flushes.
    Lying,
}

impl DiskPolicy {
    /// As a scenario writes it.
    pub fn name(self) -> &'static str {
        match self {
            DiskPolicy::Each => "each",
            DiskPolicy::Group => "group",
            DiskPolicy::Lying => "lying",
        }
    }
}

/// A disk's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DiskSettings {
    pub policy: DiskPolicy,
    /// False: messages and replies leave before the write that they depend on is durable.
    pub fsync_before_reply: bool,
    /// How long a flush takes.
    pub fsync: Span,
    /// How long a group commit gathers.
    pub window_us: Micros,
    /// How often the cache is flushed where nobody waits for it (lying, or no fsync).
    pub flush_us: Micros,
    /// In a manual schedule, completions are actions too.
    pub manual: bool,
}

impl Default for DiskSettings {
    fn default() -> Self {
        DiskSettings {
            policy: DiskPolicy::Each,
            fsync_before_reply: true,
            fsync: Span::new(500, 1_500),
            window_us: 2_000,
            flush_us: 5_000_000,
            manual: false,
        }
    }
}

/// How clients load the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Only the script's commands.
    #[default]
    Off,
    /// Each session sends its next command so long after the answer to the last.
    Think { pause_us: Micros },
}

/// The clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClientSettings {
    /// The number of sessions; each has one command under way.
    pub sessions: usize,
    pub load: Load,
    /// After how long without an answer a command is sent again, to another server.
    pub timeout_us: Micros,
    /// How many keys the load spreads over.
    pub keys: u64,
}

impl Default for ClientSettings {
    fn default() -> Self {
        ClientSettings {
            sessions: 1,
            load: Load::Off,
            timeout_us: 500_000,
            keys: 3,
        }
    }
}

/// What differs on one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NodeSettings {
    /// How far its clock is ahead at the start, in microseconds.
    pub clock_offset_us: i64,
    /// How much faster its clock runs, in millionths.
    pub clock_drift_ppm: i32,
    pub disk: Option<DiskSettings>,
    pub preload: Option<Preload>,
}

/// One action of the script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScriptItem {
    /// When; actions of a manual schedule happen in order, one after another.
    pub at_us: Micros,
    /// For an action by hand: how many events the run had seen when it was taken.
    pub after: Option<u64>,
    pub action: Arc<Action>,
}

/// Everything that influences a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scenario {
    /// A line for menus.
    pub title: String,
    /// The protocol's name in the registry.
    pub protocol: &'static str,
    pub options: Options,
    pub nodes: usize,
    pub seed: u64,
    pub schedule: Schedule,
    /// How long it is meant to be played.
    pub until_us: Micros,
    /// Where a viewer begins to show it; what went before is told, not played.
    pub show_from_us: Micros,
    pub network: NetworkSettings,
    pub disk: DiskSettings,
    pub clients: ClientSettings,
    pub node: BTreeMap<NodeId, NodeSettings>,
    pub script: Vec<ScriptItem>,
    /// After how long an oracle reports a crash to the live servers; `None`: nobody does.
    pub oracle_us: Option<Micros>,
}

impl Scenario {
    /// A quiet run of n servers of a protocol.
    pub fn new(protocol: &'static str, nodes: usize) -> Scenario {
        Scenario {
            title: String::new(),
            protocol,
            options: Options::default(),
            nodes,
            seed: 1,
            schedule: Schedule::Timed,
            until_us: 10_000_000,
            show_from_us: 0,
            network: NetworkSettings::default(),
            disk: DiskSettings::default(),
            clients: ClientSettings::default(),
            node: BTreeMap::new(),
            script: Vec::new(),
            oracle_us: None,
        }
    }

    /// The disk of a server.
    pub fn disk_of(&self, node: NodeId) -> DiskSettings {
        self.node
            .get(&node)
            .and_then(|settings| settings.disk)
            .unwrap_or(self.disk)
    }
}
