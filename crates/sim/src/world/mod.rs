//! The world itself, for one protocol.

mod actions;
mod clients;
mod digest;
mod disk;
mod faults;
mod links;
mod nodes;
mod order;
mod run;
mod seen;

use crate::action::Endpoint;
use crate::scenario::{Scenario, Schedule};
use crate::view::{Counters, Event, EventKind, MessageInfo};
use clients::Session;
use digest::Chain;
use links::{Body, InFlight, Link};
use nodes::Node;
use slab::Slab;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use synod_protocols::{Micros, NodeId, Outbox, Protocol};

/// The most messages in flight.
pub const MOST_FLIGHTS: usize = 200_000;
/// The most inputs that wait for a paused process.
pub const MOST_QUEUED: usize = 10_000;
/// The most commands that wait in a session.
pub const MOST_COMMANDS: usize = 1_000;
/// The most commands of one run; after that the sessions are silent.
pub const MOST_ASKED: u64 = 1_000_000;
/// The latest moment that a run can reach.
const LATEST_US: Micros = 1 << 50;
/// How much time a step of a manual schedule takes, in microseconds.
pub const MANUAL_STEP_US: Micros = 1_000;
/// The most deliveries of one "run until quiet".
const MOST_QUIET: u64 = 100_000;

/// Something planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Message {
        slot: u32,
        id: u32,
    },
    Timer {
        node: u8,
        timer: u8,
    },
    /// A flush ends that was begun as the node's n-th.
    Synced {
        node: u8,
        sync: u32,
    },
    /// A group commit's window closes.
    Window {
        node: u8,
        sync: u32,
    },
    /// The cache is flushed in the background.
    Flush {
        node: u8,
        sync: u32,
    },
    /// A session sends its next command, or the one under way again.
    Client {
        client: u16,
        turn: u32,
    },
    /// A slow process takes its next input.
    Work {
        node: u8,
        turn: u32,
    },
    /// The oracle reports to a server that another crashed, for the n-th time.
    Report {
        node: u8,
        peer: u8,
        crash: u32,
    },
}

/// Something planned, with its time and its place in the order of planning.
type Due = Reverse<(Micros, u64, What)>;

/// Something that happens before time goes on.
#[derive(Clone, Copy, Debug)]
enum Urgent {
    /// The next queued input of a process that was resumed.
    Inbox(usize),
    /// A message, by its number.
    Deliver(u64),
    Coin(usize, bool),
    /// A message found no room on its link.
    Overflow(MessageInfo),
    /// A disk finishes what was written, because the network is held.
    Sync(usize),
}

/// A run of one protocol.
#[derive(Clone)]
pub struct World<P: Protocol> {
    scenario: Arc<Scenario>,
    config: Arc<P::Config>,
    now: Micros,
    events: u64,
    planned: u64,
    holding: bool,
    queue: BinaryHeap<Due>,
    urgent: VecDeque<Urgent>,
    /// Deliveries left of a "run until quiet"; 0 if none is on.
    quiet: u64,
    /// When the next of them happens, whatever else time does in between.
    quiet_at: Micros,
    flights: Slab<InFlight<P::Message>>,
    last_message: u64,
    /// The messages that left with the last event, and where they are kept.
    launched: Vec<(u32, u32)>,
    nodes: Vec<Node<P>>,
    links: Vec<Link>,
    sessions: Vec<Session>,
    think: Option<Micros>,
    /// Commands sent so far, retries not counted.
    asked: u64,
    /// The script's next item.
    cursor: usize,
    /// Servers that have not started yet.
    starting: usize,
    /// After how long the oracle reports a crash.
    oracle: Option<Micros>,
    counters: Counters,
    chain: Chain,
    event: Event,
    out: Outbox<P::Message, P::Record>,
}

impl<P: Protocol> World<P> {
    /// A run before its first event.
    ///
    /// # Errors
    /// If the protocol's options contradict one another.
    pub fn new(scenario: Scenario) -> Result<World<P>, String> {
        let n = scenario.nodes;
        let config = Arc::new(P::configure(&scenario.options, n)?);
        let kinds = P::ABOUT.kinds.len();
        let counters = Counters {
            sent: vec![0; kinds],
            delivered: vec![0; kinds],
            lost: vec![0; kinds],
            ..Counters::default()
        };
        let mut world = World {
            config,
            now: 0,
            events: 0,
            planned: 0,
            holding: scenario.schedule == Schedule::Manual,
            queue: BinaryHeap::new(),
            urgent: VecDeque::new(),
            quiet: 0,
            quiet_at: 0,
            flights: Slab::new(),
            last_message: 0,
            launched: Vec::new(),
            nodes: (0..n)
                .map(|k| Node::new(&scenario, NodeId::at(k)))
                .collect(),
            links: links::all(&scenario),
            sessions: clients::all(&scenario),
            think: None,
            asked: 0,
            cursor: 0,
            starting: 0,
            oracle: scenario.oracle_us,
            counters,
            chain: Chain::START,
            event: empty_event(),
            out: Outbox::default(),
            scenario: Arc::new(scenario),
        };
        world.begin_load();
        Ok(world)
    }

    fn plan(&mut self, at: Micros, what: What) {
        self.planned += 1;
        self.queue.push(Reverse((at, self.planned, what)));
    }

    fn begin_event(&mut self) {
        self.launched.clear();
        let event = &mut self.event;
        if let Some(node) = event.node
            && let Some(replica) = &mut self.nodes[node.index()].replica
        {
            replica.mark_clean();
        }
        event.notes.clear();
        event.sent.clear();
        event.decided.clear();
        event.pledged.clear();
        event.gathered.clear();
        event.ack = None;
        event.refused = None;
        event.node = None;
        event.cause = None;
    }

    fn end_event(&mut self, node: Option<usize>, kind: EventKind) {
        self.events += 1;
        self.event.index = self.events;
        self.event.time_us = self.now;
        self.event.node = node.map(NodeId::at);
        if let Some(info) = kind.message() {
            self.event.cause = Some(info.sent_in);
        }
        self.event.kind = kind;
        self.chain.follow(&self.event);
    }

    /// The number that the event under way will have.
    fn current(&self) -> u64 {
        self.events + 1
    }

    /// Names the event that brought this one about; 0 is the beginning of the run, which is none.
    fn blame(&mut self, cause: u64) {
        self.event.cause = (cause > 0).then_some(cause);
    }
}

fn empty_event() -> Event {
    Event {
        index: 0,
        time_us: 0,
        node: None,
        kind: EventKind::Started,
        cause: None,
        notes: Vec::new(),
        sent: Vec::new(),
        decided: Vec::new(),
        pledged: Vec::new(),
        gathered: Vec::new(),
        ack: None,
        refused: None,
    }
}

/// The endpoint at a position among the links: servers first, then the clients.
fn endpoint(position: usize, nodes: usize) -> Endpoint {
    if position < nodes {
        Endpoint::Server(NodeId::at(position))
    } else {
        Endpoint::Clients
    }
}

/// The kind of a message's body, in [`MessageInfo::kind`]'s numbers.
fn kind_of<P: Protocol>(body: &Body<P::Message>) -> (u8, u64) {
    match body {
        Body::Peer(message) => (P::kind(message) as u8, P::epoch_of(message)),
        Body::Request(_) => (MessageInfo::REQUEST, 0),
        Body::Reply(..) => (MessageInfo::REPLY, 0),
    }
}
