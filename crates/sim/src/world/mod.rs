//! The world itself, for one protocol.
//!
//! Events wait in a heap ordered by time, then by the order in which they were planned. A timer
//! that is armed again leaves its old entry in the heap; the entry finds the later deadline when
//! it comes up and goes back. Entries of messages that were delivered, dropped or delayed by hand
//! find nothing and vanish.

mod actions;
mod clients;
mod digest;
mod disk;
mod faults;
mod links;
mod nodes;
mod seen;

use crate::action::{Action, Endpoint, Refusal};
use crate::run::{Observer, Run, Step, Stop};
use crate::scenario::{Scenario, Schedule, ScriptItem};
use crate::view::{Counters, Event, EventKind, Fate, LossReason, MessageInfo, View};
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

    /// The script's next item, if its turn has come: at its time, after the event that it
    /// followed when it was taken by hand, or, under a manual schedule, in its order.
    fn script_due(&self, next: Option<Micros>) -> Option<&ScriptItem> {
        let item = self.scenario.script.get(self.cursor)?;
        if self.starting < self.nodes.len() {
            return None;
        }
        let due = match item.after {
            Some(after) => after <= self.events || next.is_none(),
            None if self.holding => {
                let manual = self.scenario.schedule == Schedule::Manual;
                next.is_none() && (manual || item.at_us <= self.now)
            }
            None => next.is_none_or(|next| item.at_us <= next),
        };
        due.then_some(item)
    }

    /// The time of the earliest entry that still means something; others are dropped on the way.
    fn heap_time(&mut self) -> Option<Micros> {
        if self.starting < self.nodes.len() {
            return Some(self.now);
        }
        if !self.urgent.is_empty() {
            return Some(self.now);
        }
        if self.quiet > 0 && self.oldest_moving().is_some() {
            return Some(self.quiet_at.max(self.now));
        }
        if self.holding {
            return None;
        }
        while let Some(Reverse((at, _, what))) = self.queue.peek().copied() {
            if self.is_live(at, what) {
                return Some(at.max(self.now));
            }
            self.queue.pop();
            if let What::Timer { node, timer } = what {
                self.requeue_timer(usize::from(node), usize::from(timer), at);
            }
        }
        None
    }

    fn is_live(&self, at: Micros, what: What) -> bool {
        match what {
            What::Message { slot, id } => self.flights.get(slot as usize).is_some_and(|flight| {
                flight.info.id as u32 == id && flight.due_us == at && flight.fate != Fate::Stalled
            }),
            What::Timer { node, timer } => {
                self.nodes[usize::from(node)].timer_is_due(usize::from(timer), at)
            }
            What::Synced { node, sync }
            | What::Window { node, sync }
            | What::Flush { node, sync } => self.nodes[usize::from(node)].disk.expects(what, sync),
            What::Client { client, turn } => self.sessions[usize::from(client)].turn == turn,
            What::Work { node, turn } => self.nodes[usize::from(node)].works_at(turn),
            What::Report { node, peer, crash } => {
                self.may_report(usize::from(node), usize::from(peer), crash)
            }
        }
    }

    /// Lets one event happen, given the time of the earliest planned thing. `None` if that had
    /// become void, so that the time of the next one has to be looked at first.
    fn try_step(&mut self, next: Option<Micros>) -> Option<Step> {
        self.begin_event();
        if self.script_due(next).is_some() {
            self.run_script_item();
            return Some(Step::Event);
        }
        if next.is_none() {
            return Some(Step::Quiet);
        }
        self.happen().then_some(Step::Event)
    }

    /// Lets the earliest planned thing happen. False if it was no event.
    fn happen(&mut self) -> bool {
        if self.starting < self.nodes.len() {
            let node = self.starting;
            self.starting += 1;
            self.start_node(node);
            self.end_event(Some(node), EventKind::Started);
            return true;
        }
        if let Some(urgent) = self.urgent.pop_front() {
            return match urgent {
                Urgent::Inbox(node) => self.take_queued(node),
                Urgent::Deliver(id) => self.slot_of(id).is_some_and(|slot| {
                    self.now += MANUAL_STEP_US;
                    self.arrive(slot);
                    true
                }),
                Urgent::Coin(node, heads) => self.give_coin(node, heads),
                Urgent::Overflow(info) => {
                    self.lose(info, LossReason::Full);
                    true
                }
                Urgent::Sync(node) => self.sync_held(node),
            };
        }
        if self.quiet > 0
            && let Some(slot) = self.oldest_moving()
        {
            self.quiet -= 1;
            self.now = self.now.max(self.quiet_at);
            self.quiet_at = self.now + MANUAL_STEP_US;
            self.arrive(slot);
            return true;
        }
        self.quiet = 0;
        let Some(Reverse((at, _, what))) = self.queue.pop() else {
            return false;
        };
        self.now = self.now.max(at);
        match what {
            What::Message { slot, .. } => {
                self.arrive(slot as usize);
                true
            }
            What::Timer { node, timer } => {
                self.fire(usize::from(node), usize::from(timer));
                true
            }
            What::Synced { node, .. } => self.synced(usize::from(node)),
            What::Window { node, .. } => self.close_window(usize::from(node)),
            What::Flush { node, .. } => self.flush(usize::from(node)),
            What::Client { client, .. } => self.client_turn(usize::from(client)),
            What::Work { node, .. } => self.work(usize::from(node)),
            What::Report { node, peer, .. } => {
                self.report(usize::from(node), NodeId(peer));
                true
            }
        }
    }

    /// "Run until quiet": the message that was sent first arrives next, whatever the time.
    fn oldest_moving(&self) -> Option<usize> {
        let moving = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.fate != Fate::Stalled);
        moving
            .min_by_key(|(_, flight)| flight.info.id)
            .map(|(slot, _)| slot)
    }

    fn run_script_item(&mut self) {
        let item = self.scenario.script[self.cursor].clone();
        self.cursor += 1;
        self.now = self.now.max(item.at_us);
        if let Err(refusal) = self.perform(&item.action) {
            self.event.refused = Some(refusal);
            self.end_event(None, EventKind::Acted(item.action));
        }
    }
}

impl<P: Protocol> Run for World<P> {
    fn event(&self) -> &Event {
        &self.event
    }

    fn next_time(&mut self) -> Option<Micros> {
        let next = self.heap_time();
        match self.script_due(next) {
            Some(item) => Some(item.at_us.max(self.now)),
            None => next,
        }
    }

    fn step(&mut self) -> Step {
        loop {
            let next = self.heap_time();
            if let Some(step) = self.try_step(next) {
                return step;
            }
        }
    }

    fn run_until(&mut self, until: Micros, events: u64, observer: &mut dyn Observer) -> Stop {
        let until = until.min(LATEST_US);
        let mut left = events;
        while left > 0 {
            let planned = self.heap_time();
            let next = match self.script_due(planned) {
                Some(item) => Some(item.at_us.max(self.now)),
                None => planned,
            };
            match next {
                None => {
                    if !self.holding {
                        self.now = self.now.max(until);
                    }
                    return Stop::Quiet;
                }
                Some(next) if next > until => {
                    self.now = self.now.max(until);
                    return Stop::Time;
                }
                Some(_) => {}
            }
            match self.try_step(planned) {
                None => continue,
                Some(Step::Quiet) => return Stop::Quiet,
                Some(Step::Event) => left -= 1,
            }
            if observer.after(self, &self.event).is_break() {
                return Stop::Observer;
            }
        }
        Stop::Events
    }

    fn act(&mut self, action: Action) -> Result<(), Refusal> {
        if self.scenario.script.len() >= crate::scenario::MOST_ACTIONS {
            return Err(Refusal::new("refuse.script_full", &[]));
        }
        if self.starting < self.nodes.len() {
            return Err(Refusal::new("refuse.starting", &[]));
        }
        let action = Arc::new(action);
        self.check(&action)?;
        let item = ScriptItem {
            at_us: self.now,
            after: Some(self.events),
            action,
        };
        Arc::make_mut(&mut self.scenario)
            .script
            .insert(self.cursor, item);
        self.begin_event();
        let chain = self.chain;
        self.run_script_item();
        match self.event.refused.take() {
            None => Ok(()),
            // Checked beforehand, so nothing has happened; the item goes again.
            Some(refusal) => {
                self.cursor -= 1;
                Arc::make_mut(&mut self.scenario).script.remove(self.cursor);
                self.events -= 1;
                self.chain = chain;
                Err(refusal)
            }
        }
    }

    fn fork(&self) -> Box<dyn Run> {
        Box::new(self.clone())
    }

    fn scenario_shared(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    fn follow(&mut self, scenario: Arc<Scenario>) {
        self.scenario = scenario;
    }

    fn forget_future(&mut self) {
        let cursor = self.cursor;
        let by_hand = |item: &ScriptItem| item.after.is_some();
        if self.scenario.script[cursor..].iter().any(by_hand) {
            let script = &mut Arc::make_mut(&mut self.scenario).script;
            let mut position = 0;
            script.retain(|item| {
                position += 1;
                position <= cursor || !by_hand(item)
            });
        }
    }

    fn digest(&self) -> u64 {
        self.state_digest()
    }

    fn weight(&self) -> usize {
        let link = size_of::<Link>() * self.links.len();
        let node = size_of::<Node<P>>() * self.nodes.len();
        let waiting =
            |node: &Node<P>| node.inbox.len() + node.waiting.len() + node.disk.cache.len();
        let queued: usize = self.nodes.iter().map(waiting).sum();
        let moving = self.flights.len() * size_of::<InFlight<P::Message>>() + queued * 128;
        let planned = self.queue.len() * size_of::<Due>();
        let clients = self.sessions.len() * size_of::<Session>();
        // Logs and stores share their chunks with the run; the last ones are copied.
        link + node + moving + planned + clients + self.nodes.len() * 8_192
    }

    fn as_view(&self) -> &dyn View {
        self
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
