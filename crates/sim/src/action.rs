//! What a script, or a learner, can do to a run. Every click is one of these.

use crate::scenario::{DiskPolicy, DiskSettings};
use serde::Serialize;
use std::fmt;
use synod_protocols::units::{Chance, Span};
use synod_protocols::{ClientId, Micros, NodeId, NodeSet, Op};

/// An end of a link: a server, or the machine on which all client sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub enum Endpoint {
    Server(NodeId),
    Clients,
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> String {
        endpoint.to_string()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Server(node) => write!(f, "{node}"),
            Endpoint::Clients => f.write_str("clients"),
        }
    }
}

impl Endpoint {
    /// The server, if it is one.
    pub fn server(self) -> Option<NodeId> {
        match self {
            Endpoint::Server(node) => Some(node),
            Endpoint::Clients => None,
        }
    }
}

/// A server named, or whoever leads at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Node(NodeId),
    /// The live leader of the highest epoch.
    Leader,
}

/// As a scenario writes it: `S1`, or `leader`.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Node(node) => write!(f, "{node}"),
            Who::Leader => f.write_str("leader"),
        }
    }
}

/// A link, one way or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    pub from: Endpoint,
    pub to: Endpoint,
    pub both: bool,
}

/// As a scenario writes it: `S1-S2`, or `S1->S2` for one way.
impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = if self.both { "-" } else { "->" };
        write!(f, "{}{arrow}{}", self.from, self.to)
    }
}

/// New settings for a link; what is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkPatch {
    pub latency: Option<Span>,
    pub loss: Option<Chance>,
    pub duplicate: Option<Chance>,
    pub reorder: Option<Chance>,
}

/// What happens to a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClockPatch {
    /// How far it jumps forward, in microseconds; back if negative.
    pub jump_us: i64,
    /// How much faster it runs from now on, in millionths; what is `None` stays as it is.
    pub drift_ppm: Option<i32>,
}

/// New settings for a disk; what is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiskPatch {
    pub policy: Option<DiskPolicy>,
    pub fsync_before_reply: Option<bool>,
    pub fsync: Option<Span>,
    pub window_us: Option<Micros>,
    pub flush_us: Option<Micros>,
}

impl DiskPatch {
    /// The patch that brings a disk to these settings.
    pub fn to(settings: &DiskSettings) -> DiskPatch {
        DiskPatch {
            policy: Some(settings.policy),
            fsync_before_reply: Some(settings.fsync_before_reply),
            fsync: Some(settings.fsync),
            window_us: Some(settings.window_us),
            flush_us: Some(settings.flush_us),
        }
    }

    /// The settings after it.
    pub fn over(&self, settings: DiskSettings) -> DiskSettings {
        DiskSettings {
            policy: self.policy.unwrap_or(settings.policy),
            fsync_before_reply: self
                .fsync_before_reply
                .unwrap_or(settings.fsync_before_reply),
            fsync: self.fsync.unwrap_or(settings.fsync),
            window_us: self.window_us.unwrap_or(settings.window_us),
            flush_us: self.flush_us.unwrap_or(settings.flush_us),
            manual: settings.manual,
        }
    }
}

/// Which message in flight is meant: the oldest that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The message's own number; it alone decides if given.
    pub id: Option<u64>,
    pub from: Option<Endpoint>,
    pub to: Option<Endpoint>,
    /// The kind's name, such as `RequestVote`, or `request` or `reply` for clients' messages.
    pub kind: Option<String>,
    /// Every message that fits, oldest first, rather than the oldest alone.
    pub all: bool,
}

/// As a scenario writes it: `#12`, or `all RequestVote S1->*`.
impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.id {
            return write!(f, "#{id}");
        }
        let mut gap = "";
        if self.all {
            f.write_str("all")?;
            gap = " ";
        }
        if let Some(kind) = &self.kind {
            write!(f, "{gap}{kind}")?;
            gap = " ";
        }
        if self.from.is_none() && self.to.is_none() {
            return Ok(());
        }
        for (before, end) in [(gap, self.from), ("->", self.to)] {
            f.write_str(before)?;
            match end {
                Some(end) => write!(f, "{end}")?,
                None => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

/// Something done to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// The process ends; memory and unflushed writes are gone.
    Crash { node: Who },
    /// The process starts again from its disk.
    Restart { node: Who },
    /// The process stands still; its inputs queue.
    Pause { node: Who },
    /// It goes on, with all inputs at once.
    Resume { node: Who },
    /// The timer by which it suspects the leader fires now.
    Timeout { node: Who },
    /// A named timer fires now.
    Fire { node: Who, timer: String },
    /// Every link of the server is cut, both ways.
    Isolate { node: Who },
    /// Every link of the server is whole again.
    Rejoin { node: Who },
    /// The leader hands its office to this server.
    Lead { node: Who },
    /// Links are cut.
    Cut { links: Vec<Pair> },
    /// Every link between different groups is cut, both ways.
    Partition { groups: Vec<NodeSet> },
    /// Links are whole again; all of them if none is named.
    Heal { links: Vec<Pair> },
    /// A link's settings change.
    Link { link: Pair, patch: LinkPatch },
    /// What is under way on a stream is lost; both processes live on.
    KillSession { link: Pair },
    /// A client session sends a command after those it has already been given.
    Command { client: ClientId, op: Op },
    /// All sessions start or stop sending commands of their own.
    Load { pause_us: Option<Micros> },
    /// The schedule becomes manual.
    Hold,
    /// The schedule becomes timed.
    Release,
    /// A message arrives now.
    Deliver { what: Match },
    /// A message is lost now.
    Drop { what: Match },
    /// A message is doubled.
    Duplicate { what: Match },
    /// A message arrives so much later.
    Delay { what: Match, by_us: Micros },
    /// Every message under way arrives, and what these bring about, until none is left.
    Quiet,
    /// The disk finishes what was written (a manual schedule with manual disks).
    Sync { node: Who },
    /// Time passes while nothing happens (a manual schedule).
    Wait { us: Micros },
    /// The leader is asked to make these servers the members of the cluster.
    Reconfigure { members: NodeSet },
    /// The process ends and its disk is blank; it will start from nothing, under its old name.
    Wipe { node: Who },
    /// Each input takes the process so long, one after another; zero ends it.
    Slow { node: Who, takes: Span },
    /// The process loses what comes to it with this chance, from everybody or from one peer.
    Deaf {
        node: Who,
        chance: Chance,
        peer: Option<Endpoint>,
    },
    /// The process loses what it sends with this chance, to everybody or to one peer.
    Mute {
        node: Who,
        chance: Chance,
        peer: Option<Endpoint>,
    },
    /// Its clock jumps, or runs faster or slower from now on.
    Clock { node: Who, patch: ClockPatch },
    /// Its disk's settings change.
    Disk { node: Who, patch: DiskPatch },
    /// An oracle reports each crash to every other live server after this delay, or no longer.
    Oracle { delay_us: Option<Micros> },
}

/// What an action is to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// It makes something worse: a crash, a cut, a lost message.
    Fault,
    /// It makes something whole again.
    Repair,
    /// Neither: a command, a delivery by hand.
    Other,
}

fn repairs(repairs: bool) -> Touch {
    if repairs { Touch::Repair } else { Touch::Fault }
}

impl Action {
    /// Whether it harms, mends, or neither.
    pub fn touch(&self) -> Touch {
        match self {
            Action::Crash { .. }
            | Action::Pause { .. }
            | Action::Isolate { .. }
            | Action::Cut { .. }
            | Action::Partition { .. }
            | Action::Link { .. }
            | Action::KillSession { .. }
            | Action::Drop { .. }
            | Action::Duplicate { .. }
            | Action::Delay { .. }
            | Action::Wipe { .. } => Touch::Fault,
            Action::Restart { .. }
            | Action::Resume { .. }
            | Action::Rejoin { .. }
            | Action::Heal { .. } => Touch::Repair,
            Action::Slow { takes, .. } => repairs(takes.max_us == 0),
            Action::Deaf { chance, .. } | Action::Mute { chance, .. } => {
                repairs(*chance == Chance::NEVER)
            }
            Action::Clock { patch, .. } => repairs(patch.drift_ppm == Some(0)),
            Action::Disk { patch, .. } => {
                let honest = patch
                    .policy
                    .is_some_and(|policy| policy != DiskPolicy::Lying);
                repairs(honest && patch.fsync_before_reply == Some(true))
            }
            _ => Touch::Other,
        }
    }
}

/// Why an action could not be done: a sentence in the catalogue, and its operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub id: &'static str,
    pub operands: Vec<(&'static str, String)>,
}

impl Refusal {
    pub fn new(id: &'static str, operands: &[(&'static str, String)]) -> Refusal {
        Refusal {
            id,
            operands: operands.to_vec(),
        }
    }

    /// The sentence in English.
    pub fn english(&self) -> String {
        let catalogue = synod_protocols::Catalogue::new(&[crate::ENGLISH]);
        catalogue.say(self.id, &self.operands)
    }
}
