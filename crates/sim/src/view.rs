//! What can be seen of a run from outside, whatever its protocol.

use crate::action::{Action, Endpoint, Refusal};
use crate::scenario::{DiskSettings, LinkKind, Scenario};
use serde::Serialize;
use std::sync::Arc;
use synod_protocols::replica::{Question, Reason};
use synod_protocols::units::{Chance, Span};
use synod_protocols::{
    About, Answer, ClientId, Command, Cost, Field, Gathered, LocalTime, Log, Micros, NodeId,
    NodeSet, NodeView, Note, Op, Payload, Pledge, Probe, Quorums, Store, TimerId,
};

/// Whether a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Up,
    Paused,
    Crashed,
}

/// A message's outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MessageInfo {
    /// Counted from 1 within the run; a duplicate has its own.
    pub id: u64,
    pub from: Endpoint,
    pub to: Endpoint,
    /// Position in the protocol's kinds, or [`MessageInfo::REQUEST`] or [`MessageInfo::REPLY`].
    pub kind: u8,
    /// Its term, ballot or view; 0 for clients' messages.
    pub epoch: u64,
    pub sent_us: Micros,
    /// The event with which it left.
    pub sent_in: u64,
}

impl MessageInfo {
    /// The kind of a client's request.
    pub const REQUEST: u8 = 254;
    /// The kind of a server's reply to a client.
    pub const REPLY: u8 = 255;

    /// The kind's name, an id for the catalogue's `message.` or the protocol's own.
    pub fn kind_name(&self, about: &About) -> &'static str {
        match self.kind {
            MessageInfo::REQUEST => "request",
            MessageInfo::REPLY => "reply",
            kind => about.kinds[usize::from(kind)].name,
        }
    }
}

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossReason {
    /// The link lost it by chance.
    Loss,
    /// The link is cut.
    Cut,
    /// Nobody runs at the other end.
    Down,
    /// The stream's session was killed.
    Session,
    /// A queue was full.
    Full,
    /// An action dropped it.
    Dropped,
    /// The process omitted to send it.
    Mute,
    /// The process omitted to receive it.
    Deaf,
}

/// What becomes of a message in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives when due.
    Arrives,
    /// It is lost on the way, when due.
    Dies(LossReason),
    /// It waits: at a cut stream.
    Stalled,
}

/// A message in flight. Under a manual schedule it waits at the receiver's door, whatever `due_us`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    pub info: MessageInfo,
    pub due_us: Micros,
    pub fate: Fate,
}

/// A message with its content.
#[derive(Clone, Debug)]
pub struct MessageView {
    pub info: MessageInfo,
    pub fields: Vec<Field>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A process started at the beginning of the run.
    Started,
    /// A message arrived, at a server or at the clients.
    Delivered(MessageInfo),
    /// A message was lost.
    Lost(MessageInfo, LossReason),
    /// A message on a stream came to a cut and waits there.
    Stalled(MessageInfo),
    /// A message came to a paused process and waits in its queue.
    Queued(MessageInfo),
    Timer(TimerId),
    /// A coin was flipped for it.
    Coin {
        heads: bool,
    },
    /// Writes became durable.
    Durable {
        writes: u64,
    },
    /// A group commit's window closed; its flush begins.
    Flushing {
        writes: u64,
    },
    /// A cache was flushed in the background.
    Flushed {
        writes: u64,
    },
    /// A client session sent a command, for the first time or again.
    Asked {
        client: ClientId,
        seq: u64,
        retry: bool,
    },
    /// An action of the script or of the learner.
    Acted(Arc<Action>),
    /// A message came to a slow process and waits for its turn.
    Waits(MessageInfo),
    /// The oracle reported a crash to a server.
    Reported {
        peer: NodeId,
    },
}

impl EventKind {
    /// The message that arrived, was lost or waits, if it was about one.
    pub fn message(&self) -> Option<&MessageInfo> {
        match self {
            EventKind::Delivered(info)
            | EventKind::Lost(info, _)
            | EventKind::Stalled(info)
            | EventKind::Queued(info)
            | EventKind::Waits(info) => Some(info),
            _ => None,
        }
    }
}

/// An answer that reached a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    pub client: ClientId,
    pub seq: u64,
    pub op: Op,
    pub answer: Answer,
    pub asked_us: Micros,
}

/// A decision, as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedView {
    pub index: u64,
    pub epoch: u64,
    pub payload: Payload,
    pub fresh: bool,
}

/// One event of a run. The world reuses it: copy what must last.
#[derive(Clone, Debug)]
pub struct Event {
    /// Counted from 1.
    pub index: u64,
    pub time_us: Micros,
    /// Where it happened; `None` for the clients and for actions on no one server.
    pub node: Option<NodeId>,
    pub kind: EventKind,
    /// The earlier event that brought it about, besides the last one of the same server: that with
    /// which the message left, the timer was armed, the write was written, the command was planned.
    pub cause: Option<u64>,
    pub notes: Vec<Note>,
    /// Messages that left, of whichever server (a `Quiet` action moves several).
    pub sent: Vec<MessageInfo>,
    pub decided: Vec<DecidedView>,
    /// Words that were given, each as soon as what it depends on was durable.
    pub pledged: Vec<(NodeId, Pledge)>,
    /// Quorums that closed.
    pub gathered: Vec<(NodeId, Gathered)>,
    /// The answer that reached a client with this event.
    pub ack: Option<Ack>,
    /// Why a scripted action could not be done, if it could not.
    pub refused: Option<Refusal>,
}

impl Event {
    /// Where it is drawn: its server, or the clients' machine; `None` for an action on no one
    /// server. What is lost is drawn where it would have arrived.
    pub fn place(&self) -> Option<Endpoint> {
        if let Some(node) = self.node {
            return Some(Endpoint::Server(node));
        }
        match &self.kind {
            EventKind::Asked { .. } => Some(Endpoint::Clients),
            EventKind::Acted(action) => match **action {
                Action::Command { .. } | Action::Load { .. } => Some(Endpoint::Clients),
                _ => None,
            },
            kind => kind.message().map(|info| info.to),
        }
    }

    /// The process that took part in it: what is lost, or waits outside, reached none.
    pub fn process(&self) -> Option<Endpoint> {
        match self.kind {
            EventKind::Lost(..)
            | EventKind::Stalled(_)
            | EventKind::Queued(_)
            | EventKind::Waits(_) => None,
            _ => self.place(),
        }
    }
}

/// A timer that is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerView {
    pub timer: TimerId,
    pub armed_us: Micros,
    pub due_us: Micros,
}

/// A disk.
#[derive(Clone, Debug)]
pub struct DiskView {
    pub fields: Vec<Field>,
    pub settings: DiskSettings,
    /// Writes in the page cache that a crash would lose.
    pub pending: usize,
    /// Whether a flush is under way.
    pub syncing: bool,
    /// Messages and replies that wait for a write.
    pub waiting: usize,
}

/// What an action made wrong with a server, besides its status, its links and its disk's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFaults {
    /// How long each input takes it; zero if no time at all, as ever.
    pub takes: Span,
    /// The chances with which it loses what comes, from whom; nobody stands there with none.
    pub deaf: Vec<(Endpoint, Chance)>,
    /// The chances with which it loses what it sends, to whom.
    pub mute: Vec<(Endpoint, Chance)>,
    /// How far its clock is ahead of true time, in microseconds.
    pub ahead_us: i64,
    /// How much faster its clock runs, in millionths.
    pub drift_ppm: i32,
    /// Its disk was wiped, and it has not started since.
    pub wiped: bool,
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkView {
    pub cut: bool,
    pub kind: LinkKind,
    pub latency: Span,
    pub loss: Chance,
    pub duplicate: Chance,
    pub reorder: Chance,
    /// Whether an action changed its settings.
    pub changed: bool,
}

/// A client session.
#[derive(Clone, Debug)]
pub struct ClientView {
    pub id: ClientId,
    /// The command under way, its number, when it was first sent and to whom last.
    pub waiting: Option<(Op, u64, Micros, NodeId)>,
    /// Commands that wait for the one under way.
    pub queued: usize,
    /// Commands answered so far.
    pub answered: u64,
    /// The last answered command and its outcome.
    pub last: Option<(Op, Answer)>,
}

/// What a run has counted. Messages to oneself do not exist, so none is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Per kind of the protocol, in its order.
    pub sent: Vec<u64>,
    pub delivered: Vec<u64>,
    pub lost: Vec<u64>,
    pub requests: u64,
    pub replies: u64,
    /// Every message that arrived, clients' included.
    pub arrived: u64,
    pub syncs: u64,
    pub acknowledged: u64,
    /// The sum of the latencies of acknowledged commands, in microseconds.
    pub latency_sum_us: u64,
}

/// A run, seen from outside.
pub trait View {
    fn about(&self) -> &'static About;
    /// The quorums that the run counts by.
    fn quorums(&self) -> Quorums;
    /// What the protocol's phases cost in messages.
    fn costs(&self) -> Vec<Cost>;
    /// The scenario, with every action so far in its script.
    fn scenario(&self) -> &Scenario;
    fn now(&self) -> Micros;
    /// How many events have happened.
    fn events(&self) -> u64;
    /// Whether the schedule is manual at this moment.
    fn holding(&self) -> bool;
    fn status(&self, node: NodeId) -> Status;
    /// `None` while crashed.
    fn probe(&self, node: NodeId) -> Option<Probe>;
    /// The log in memory; while crashed, the one on disk.
    fn log(&self, node: NodeId) -> Option<&Log>;
    fn disk_log(&self, node: NodeId) -> Option<&Log>;
    /// `None` while crashed.
    fn describe(&self, node: NodeId) -> Option<NodeView>;
    /// Why a server does not lead, or has not decided an entry; empty while it is crashed.
    fn reasons(&self, node: NodeId, question: Question) -> Vec<Reason>;
    fn disk(&self, node: NodeId) -> DiskView;
    fn store(&self, node: NodeId) -> Option<&Store>;
    /// Whom a live server counts among the members of the cluster, where that may change.
    fn members(&self, node: NodeId) -> Option<NodeSet>;
    fn timers(&self, node: NodeId) -> Vec<TimerView>;
    /// The node's own clock.
    fn clock(&self, node: NodeId) -> LocalTime;
    /// Inputs that wait for a paused process.
    fn queued(&self, node: NodeId) -> usize;
    /// Adds the messages in flight, oldest first.
    fn flights(&self, out: &mut Vec<Flight>);
    /// A message in flight by its number.
    fn message(&self, id: u64) -> Option<MessageView>;
    fn link(&self, from: Endpoint, to: Endpoint) -> LinkView;
    fn faults(&self, node: NodeId) -> NodeFaults;
    /// After how long the oracle reports a crash, if there is one.
    fn oracle(&self) -> Option<Micros>;
    fn clients(&self) -> Vec<ClientView>;
    /// The command that a session has under way.
    fn asking(&self, client: ClientId) -> Option<&Command>;
    /// The pause between commands while the sessions send commands of their own.
    fn load(&self) -> Option<Micros>;
    fn counters(&self) -> &Counters;
    /// A digest of everything that has happened, the same on every machine and for ever: times,
    /// messages, decisions and answers. Two runs with the same one had the same history.
    fn chain(&self) -> u64;

    /// The live leader of the highest epoch.
    fn leader(&self) -> Option<NodeId> {
        (0..self.scenario().nodes)
            .map(NodeId::at)
            .filter(|node| self.status(*node) == Status::Up)
            .filter_map(|node| self.probe(node).map(|probe| (node, probe)))
            .filter(|(_, probe)| probe.leading)
            .max_by_key(|(_, probe)| probe.epoch)
            .map(|(node, _)| node)
    }
}
