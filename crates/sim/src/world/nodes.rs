//! Servers: process, clock, timers, and the queue of a process that is paused.

use super::disk::Disk;
use super::faults::Faults;
use super::links::Body;
use super::{MOST_QUEUED, Urgent, What, World};
use crate::random::{Purpose, Stream};
use crate::scenario::Scenario;
use crate::view::{DecidedView, EventKind, MessageInfo, Status};
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;
use synod_protocols::{
    Answer, Command, Effect, Input, LocalTime, Micros, NodeId, Pledge, Protocol, TimerId, WriteId,
};

/// What a server sends, or answers, once a write is durable.
#[derive(Clone, Debug)]
pub(super) enum Outgoing<M> {
    Peer(NodeId, M),
    Client(Arc<Command>, Answer),
    /// Its word, of which observers alone hear.
    Word(Pledge),
}

/// An input that waits for a paused process.
#[derive(Clone, Debug)]
pub(super) enum Queued<M> {
    Peer(MessageInfo, NodeId, M),
    Request(MessageInfo, Arc<Command>),
    /// A timer that fired, and its place in the order of planning: armed again since, it is void.
    Timer(TimerId, u64),
    Durable(WriteId),
    /// A crash that the oracle reported, and its event.
    Report(NodeId, u64),
}

/// A timer: when it is due, and when the heap will look at it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timer {
    pub due_us: Option<Micros>,
    pub armed_us: Micros,
    /// The event that armed it.
    pub armed_in: u64,
    queued_us: Option<Micros>,
    /// Its place in the order of planning, which it keeps however often the heap looks at it.
    order: u64,
}

/// A server.
#[derive(Clone)]
pub(super) struct Node<P: Protocol> {
    /// The process; `None` while it is crashed.
    pub replica: Option<P>,
    pub paused: bool,
    pub disk: Disk<P>,
    pub timers: Vec<Timer>,
    /// Messages and replies that wait for a write.
    pub waiting: VecDeque<(WriteId, Outgoing<P::Message>)>,
    pub inbox: VecDeque<Queued<P::Message>>,
    pub faults: Faults,
    last_write: WriteId,
    pub offset_us: i64,
    pub drift_ppm: i64,
    timer_stream: Stream,
    pub coin_stream: Stream,
}

impl<P: Protocol> Node<P> {
    pub fn new(scenario: &Scenario, id: NodeId) -> Node<P> {
        let settings = scenario.node.get(&id).cloned().unwrap_or_default();
        let owner = u64::from(id.0);
        Node {
            replica: None,
            paused: false,
            disk: Disk::new(scenario, id),
            timers: vec![Timer::default(); P::ABOUT.timers.len()],
            waiting: VecDeque::new(),
            inbox: VecDeque::new(),
            faults: Faults::new(scenario.seed, owner),
            last_write: WriteId(0),
            offset_us: settings.clock_offset_us,
            drift_ppm: i64::from(settings.clock_drift_ppm),
            timer_stream: Stream::new(scenario.seed, Purpose::Timers, owner),
            coin_stream: Stream::new(scenario.seed, Purpose::Coin, owner),
        }
    }

    /// What its streams would give next.
    pub fn draws(&self) -> [u64; 3] {
        [
            self.timer_stream.peek(),
            self.coin_stream.peek(),
            self.disk.draws(),
        ]
    }

    /// How many messages and replies wait for a write.
    pub fn waits(&self) -> usize {
        let leaves = |outgoing: &Outgoing<P::Message>| !matches!(outgoing, Outgoing::Word(_));
        let waiting = self.waiting.iter();
        waiting.filter(|(_, outgoing)| leaves(outgoing)).count()
    }

    pub fn status(&self) -> Status {
        match (&self.replica, self.paused) {
            (None, _) => Status::Crashed,
            (Some(_), true) => Status::Paused,
            (Some(_), false) => Status::Up,
        }
    }

    /// Its own clock at a moment of true time.
    pub fn clock(&self, now: Micros) -> LocalTime {
        let now = now as i64;
        LocalTime(
            self.offset_us
                + now
                + now / 1_000_000 * self.drift_ppm
                + now % 1_000_000 * self.drift_ppm / 1_000_000,
        )
    }

    /// How long a local duration truly lasts.
    fn true_duration(&self, local_us: Micros) -> Micros {
        (local_us as i64 * 1_000_000 / (1_000_000 + self.drift_ppm)) as Micros
    }

    /// Whether a heap entry is the one at which this timer fires.
    pub fn timer_is_due(&self, timer: usize, at: Micros) -> bool {
        let timer = &self.timers[timer];
        timer.queued_us == Some(at) && timer.due_us == Some(at)
    }
}

impl<P: Protocol> World<P> {
    pub(super) fn start_node(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        let replica = P::start(&self.config, NodeId::at(at), &node.disk.store);
        node.replica = Some(replica);
        node.paused = false;
        node.faults.wiped = false;
        self.feed(at, Input::Start);
        self.plan_reports_to(at);
    }

    /// Feeds an input to a running process, drains its effects, and tells it of writes that are
    /// durable at once.
    pub(super) fn feed(&mut self, at: usize, input: Input<P::Message>) {
        self.feed_once(at, input);
        while let Some(write) = self.settle_disk(at) {
            self.release(at);
            self.feed_once(at, Input::Durable(write));
        }
    }

    fn feed_once(&mut self, at: usize, input: Input<P::Message>) {
        let node = &mut self.nodes[at];
        let clock = node.clock(self.now);
        let Some(replica) = &mut node.replica else {
            return;
        };
        self.out.last_write = node.last_write;
        replica.step(input, clock, &mut self.out);
        node.last_write = self.out.last_write;
        self.event.notes.append(&mut self.out.notes);
        let mut effects = std::mem::take(&mut self.out.effects);
        for effect in effects.drain(..) {
            self.do_effect(at, effect);
        }
        self.out.effects = effects;
    }

    fn do_effect(&mut self, at: usize, effect: Effect<P::Message, P::Record>) {
        match effect {
            Effect::Send { to, message, after } => {
                self.let_out(at, after, Outgoing::Peer(to, message));
            }
            Effect::Reply { to, answer, after } => {
                self.let_out(at, after, Outgoing::Client(to, answer));
            }
            Effect::Arm { timer, span } => self.arm(at, timer, span),
            Effect::Cancel { timer } => {
                let slot = &mut self.nodes[at].timers[usize::from(timer.0)];
                slot.due_us = None;
                slot.order = 0;
            }
            Effect::Write { id, record } => {
                let wrote_in = self.current();
                let disk = &mut self.nodes[at].disk;
                disk.wrote_in = wrote_in;
                disk.cache.push_back((id, record));
            }
            Effect::Pledge { pledge, after } => self.let_out(at, after, Outgoing::Word(pledge)),
            Effect::Gather(gathered) => self.event.gathered.push((NodeId::at(at), gathered)),
            Effect::Flip => {
                let heads = self.nodes[at].coin_stream.below(2) == 1;
                self.urgent.push_back(Urgent::Coin(at, heads));
            }
            Effect::Decide(decided) => self.event.decided.push(DecidedView {
                index: decided.index,
                epoch: decided.epoch,
                payload: decided.payload,
                fresh: decided.fresh,
            }),
        }
    }

    fn arm(&mut self, at: usize, timer: TimerId, span: synod_protocols::units::Span) {
        let armed_in = self.current();
        let node = &mut self.nodes[at];
        let local = node.timer_stream.span(span);
        let due = self.now + node.true_duration(local).max(1);
        let slot = &mut node.timers[usize::from(timer.0)];
        self.planned += 1;
        slot.order = self.planned;
        slot.due_us = Some(due);
        slot.armed_us = self.now;
        slot.armed_in = armed_in;
        if slot.queued_us.is_none_or(|queued| queued > due) {
            slot.queued_us = Some(due);
            self.queue_timer(at, timer.0, due);
        }
    }

    /// A clock runs at another pace: what its timers still have to run is counted anew.
    pub(super) fn set_drift(&mut self, at: usize, drift_ppm: i32) {
        let before = 1_000_000 + self.nodes[at].drift_ppm;
        self.nodes[at].drift_ppm = i64::from(drift_ppm);
        for timer in 0..self.nodes[at].timers.len() {
            let node = &mut self.nodes[at];
            let Some(left) = node.timers[timer]
                .due_us
                .and_then(|due| due.checked_sub(self.now))
            else {
                continue;
            };
            let local = (left as i64 * before / 1_000_000) as Micros;
            let due = self.now + node.true_duration(local).max(1);
            let slot = &mut node.timers[timer];
            slot.due_us = Some(due);
            if slot.queued_us.is_none_or(|queued| queued > due) {
                slot.queued_us = Some(due);
                self.queue_timer(at, timer as u8, due);
            }
        }
    }

    /// A heap entry came up that is not the timer's deadline. If it is the one that stands for the
    /// timer, another is planned at the deadline; otherwise it was superseded.
    pub(super) fn requeue_timer(&mut self, at: usize, timer: usize, came_up: Micros) {
        let slot = &mut self.nodes[at].timers[timer];
        if slot.queued_us != Some(came_up) {
            return;
        }
        slot.queued_us = slot.due_us;
        if let Some(due) = slot.due_us {
            self.queue_timer(at, timer as u8, due);
        }
    }

    fn queue_timer(&mut self, at: usize, timer: u8, due: Micros) {
        let order = self.nodes[at].timers[usize::from(timer)].order;
        let node = at as u8;
        self.queue
            .push(Reverse((due, order, What::Timer { node, timer })));
    }

    /// A timer is due, or somebody fires it.
    pub(super) fn fire(&mut self, at: usize, timer: usize) {
        self.fire_within(at, timer);
        self.end_event(Some(at), EventKind::Timer(TimerId(timer as u8)));
    }

    /// A timer fires as part of another event.
    pub(super) fn fire_within(&mut self, at: usize, timer: usize) {
        let id = TimerId(timer as u8);
        let slot = &mut self.nodes[at].timers[timer];
        // One that is made to fire though it was not armed has no cause but the action.
        let armed_in = slot.due_us.map_or(0, |_| slot.armed_in);
        slot.due_us = None;
        if slot.queued_us.is_some_and(|queued| queued <= self.now) {
            slot.queued_us = None;
        }
        self.blame(armed_in);
        let order = self.nodes[at].timers[timer].order;
        if !self.keep_back(at, Queued::Timer(id, order)) {
            self.feed(at, Input::Timer(id));
        }
    }

    /// Keeps what no message brings for a process that is paused or slow; false if it can be
    /// handled now.
    pub(super) fn keep_back(&mut self, at: usize, queued: Queued<P::Message>) -> bool {
        let (paused, busy) = (self.nodes[at].paused, self.is_busy(at));
        if paused {
            self.enqueue(at, queued);
        } else if busy {
            self.wait_turn(at, queued);
        }
        paused || busy
    }

    /// Keeps an input for a paused process; false if its queue is full. What its own clock and disk
    /// say is few and always kept.
    pub(super) fn enqueue(&mut self, at: usize, queued: Queued<P::Message>) -> bool {
        let inbox = &mut self.nodes[at].inbox;
        let own = !matches!(queued, Queued::Peer(..) | Queued::Request(..));
        if inbox.len() >= MOST_QUEUED && !own {
            return false;
        }
        inbox.push_back(queued);
        true
    }

    /// The next queued input of a process that was resumed.
    pub(super) fn take_queued(&mut self, at: usize) -> bool {
        if self.nodes[at].status() != Status::Up {
            return false;
        }
        let Some(queued) = self.nodes[at].inbox.pop_front() else {
            return false;
        };
        let kind = match queued {
            Queued::Peer(info, from, message) => {
                self.feed(at, Input::Message { from, message });
                EventKind::Delivered(info)
            }
            Queued::Request(info, command) => {
                self.feed(at, Input::Request(command));
                EventKind::Delivered(info)
            }
            Queued::Timer(timer, order) => {
                let slot = &self.nodes[at].timers[usize::from(timer.0)];
                if slot.order != order || slot.due_us.is_some() {
                    return false;
                }
                let armed_in = slot.armed_in;
                self.blame(armed_in);
                self.feed(at, Input::Timer(timer));
                EventKind::Timer(timer)
            }
            Queued::Durable(write) => {
                let covers_in = self.nodes[at].disk.covers_in;
                self.blame(covers_in);
                self.release(at);
                self.feed(at, Input::Durable(write));
                EventKind::Durable { writes: 0 }
            }
            Queued::Report(peer, crashed_in) => {
                self.blame(crashed_in);
                self.feed(at, Input::PeerDown(peer));
                EventKind::Reported { peer }
            }
        };
        self.end_event(Some(at), kind);
        true
    }

    pub(super) fn give_coin(&mut self, at: usize, heads: bool) -> bool {
        if self.nodes[at].status() != Status::Up {
            return false;
        }
        self.feed(at, Input::Coin(heads));
        self.end_event(Some(at), EventKind::Coin { heads });
        true
    }

    /// Sends what need not wait for the disk; keeps the rest.
    fn let_out(&mut self, at: usize, after: Option<WriteId>, outgoing: Outgoing<P::Message>) {
        let node = &mut self.nodes[at];
        match after {
            Some(write) if write > node.disk.told && node.disk.settings.fsync_before_reply => {
                node.waiting.push_back((write, outgoing));
            }
            _ => self.go_out(at, outgoing),
        }
    }

    /// Sends what waited for writes that are durable now.
    pub(super) fn release(&mut self, at: usize) {
        let told = self.nodes[at].disk.told;
        for _ in 0..self.nodes[at].waiting.len() {
            let Some((write, outgoing)) = self.nodes[at].waiting.pop_front() else {
                return;
            };
            if write <= told {
                self.go_out(at, outgoing);
            } else {
                self.nodes[at].waiting.push_back((write, outgoing));
            }
        }
    }

    fn go_out(&mut self, at: usize, outgoing: Outgoing<P::Message>) {
        match outgoing {
            Outgoing::Peer(to, message) => self.send(at, to.index(), Body::Peer(message)),
            Outgoing::Client(command, answer) => {
                let clients = self.nodes.len();
                self.send(at, clients, Body::Reply(command, answer));
            }
            Outgoing::Word(pledge) => self.event.pledged.push((NodeId::at(at), pledge)),
        }
    }

    /// The process ends: memory, queues and unflushed writes are gone.
    pub(super) fn crash(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        node.replica = None;
        node.paused = false;
        node.waiting.clear();
        node.inbox.clear();
        for timer in &mut node.timers {
            timer.due_us = None;
        }
        node.disk.lose_cache(node.last_write);
        self.note_crash(at);
    }

    pub(super) fn resume(&mut self, at: usize) {
        self.nodes[at].paused = false;
        if self.is_slow(at) && !self.holding {
            return self.begin_work(at);
        }
        for _ in 0..self.nodes[at].inbox.len() {
            self.urgent.push_back(Urgent::Inbox(at));
        }
    }
}
