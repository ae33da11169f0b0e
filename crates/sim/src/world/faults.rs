//! Faults of processes and clocks: a blank disk, slowness, omissions; and the oracle.
//!
//! A slow process takes its inputs one after another, each so long:
//!
//! ```text
//!  arrives ──► queue ──── takes 40 ms ────► handled, the next one begins
//! ```
//! While the network is held time stands still, and it takes none. What a process omits to send
//! never reaches a link; what it omits to receive was carried there in vain.

use super::links::Body;
use super::nodes::{Node, Queued};
use super::{Urgent, What, World, endpoint};
use crate::action::{ClockPatch, Endpoint};
use crate::random::{Purpose, Stream};
use crate::view::{EventKind, Fate, LossReason, Status};
use std::hash::{Hash, Hasher};
use synod_protocols::units::{Chance, Span};
use synod_protocols::{Input, Micros, NodeId, Protocol};

/// The chances with which a process loses messages, by the position of the other end. Whoever is
/// not there loses none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Omission(Vec<(u8, Chance)>);

impl Omission {
    fn set(&mut self, position: usize, chance: Chance) {
        self.0.retain(|(other, _)| usize::from(*other) != position);
        if chance != Chance::NEVER {
            self.0.push((position as u8, chance));
            self.0.sort_unstable_by_key(|(other, _)| *other);
        }
    }

    fn towards(&self, position: usize) -> Chance {
        let mut all = self.0.iter();
        all.find(|(other, _)| usize::from(*other) == position)
            .map_or(Chance::NEVER, |(_, chance)| *chance)
    }

    /// As an observer sees it.
    pub fn seen(&self, nodes: usize) -> Vec<(Endpoint, Chance)> {
        let all = self.0.iter();
        all.map(|(other, chance)| (endpoint(usize::from(*other), nodes), *chance))
            .collect()
    }
}

/// What is wrong with a server.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    /// How long each input takes.
    pub takes: Span,
    pub deaf: Omission,
    pub mute: Omission,
    /// Its disk was wiped, and it has not started since.
    pub wiped: bool,
    /// Whether it is at an input, and how many it has begun, so that only the last plan holds.
    working: bool,
    turn: u32,
    /// How often it crashed, and the event of the last time.
    crashes: u32,
    crashed_in: u64,
    work_stream: Stream,
    omission_stream: Stream,
}

impl Faults {
    pub fn new(seed: u64, owner: u64) -> Faults {
        Faults {
            takes: Span::fixed(0),
            deaf: Omission::default(),
            mute: Omission::default(),
            wiped: false,
            working: false,
            turn: 0,
            crashes: 0,
            crashed_in: 0,
            work_stream: Stream::new(seed, Purpose::Work, owner),
            omission_stream: Stream::new(seed, Purpose::Omission, owner),
        }
    }

    pub fn hash_into(&self, mixer: &mut impl Hasher) {
        (self.takes, &self.deaf, &self.mute, self.wiped).hash(mixer);
        (self.working, self.crashes).hash(mixer);
        (self.work_stream.peek(), self.omission_stream.peek()).hash(mixer);
    }
}

impl<P: Protocol> Node<P> {
    /// Whether a heap entry is the one at which it takes its next input.
    pub fn works_at(&self, turn: u32) -> bool {
        self.faults.working && self.faults.turn == turn
    }
}

impl<P: Protocol> World<P> {
    /// The process ends, if it runs, and its disk is blank.
    pub(super) fn wipe(&mut self, at: usize) {
        if self.nodes[at].status() != Status::Crashed {
            self.crash(at);
        }
        self.nodes[at].disk.store = P::Disk::default();
        self.nodes[at].faults.wiped = true;
    }

    pub(super) fn pause(&mut self, at: usize) {
        self.nodes[at].paused = true;
        self.nodes[at].faults.working = false;
    }

    /// From now on each input takes so long; with zero it handles at once what waits.
    pub(super) fn slow_down(&mut self, at: usize, takes: Span) {
        self.nodes[at].faults.takes = takes;
        if takes.max_us == 0 {
            self.catch_up(at);
        }
    }

    pub(super) fn is_slow(&self, at: usize) -> bool {
        self.nodes[at].faults.takes.max_us > 0
    }

    /// Whether an input that comes now has to wait for its turn.
    pub(super) fn is_busy(&self, at: usize) -> bool {
        self.is_slow(at) && !(self.holding && self.nodes[at].inbox.is_empty())
    }

    /// Keeps an input for a slow process; false if its queue is full.
    pub(super) fn wait_turn(&mut self, at: usize, queued: Queued<P::Message>) -> bool {
        if !self.enqueue(at, queued) {
            return false;
        }
        if self.holding {
            self.urgent.push_back(Urgent::Inbox(at));
        } else {
            self.begin_work(at);
        }
        true
    }

    /// Begins the next input that waits, unless it is at one.
    pub(super) fn begin_work(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        if node.faults.working || node.inbox.is_empty() || node.status() != Status::Up {
            return;
        }
        let faults = &mut node.faults;
        faults.working = true;
        faults.turn = faults.turn.wrapping_add(1);
        let (turn, took) = (faults.turn, faults.work_stream.span(faults.takes));
        let node = at as u8;
        self.plan(self.now + took, What::Work { node, turn });
    }

    /// A slow process is done with an input. False if it had become void meanwhile.
    pub(super) fn work(&mut self, at: usize) -> bool {
        self.nodes[at].faults.working = false;
        let mut happened = false;
        while !happened && !self.nodes[at].inbox.is_empty() {
            happened = self.take_queued(at);
        }
        self.begin_work(at);
        happened
    }

    /// What waits for a running process is handled at once.
    fn catch_up(&mut self, at: usize) {
        self.nodes[at].faults.working = false;
        if self.nodes[at].status() == Status::Up {
            let waiting = self.nodes[at].inbox.len();
            let next = std::iter::repeat_n(at, waiting).map(Urgent::Inbox);
            self.urgent.extend(next);
        }
    }

    /// Holding began: time stands still, so that slow processes take none.
    pub(super) fn finish_work(&mut self) {
        for at in 0..self.nodes.len() {
            if self.is_slow(at) {
                self.catch_up(at);
            }
        }
    }

    /// Sets what a process omits to send (mute) or to receive, towards one end or all.
    pub(super) fn omit(&mut self, at: usize, mute: bool, chance: Chance, peer: Option<Endpoint>) {
        let ends = match peer {
            Some(peer) => {
                let position = self.position(peer);
                position..position + 1
            }
            None => 0..self.nodes.len() + 1,
        };
        let faults = &mut self.nodes[at].faults;
        let omission = if mute {
            &mut faults.mute
        } else {
            &mut faults.deaf
        };
        for end in ends.filter(|end| *end != at) {
            omission.set(end, chance);
        }
    }

    pub(super) fn omits_to_send(&mut self, from: usize, to: usize) -> bool {
        let Some(node) = self.nodes.get_mut(from) else {
            return false;
        };
        let chance = node.faults.mute.towards(to);
        node.faults.omission_stream.hits(chance)
    }

    pub(super) fn omits_to_receive(&mut self, at: usize, from: Endpoint) -> bool {
        let from = self.position(from);
        let faults = &mut self.nodes[at].faults;
        let chance = faults.deaf.towards(from);
        faults.omission_stream.hits(chance)
    }

    /// A message that its sender omits to send: it is lost where it would have begun.
    pub(super) fn leave_unsent(&mut self, from: usize, to: usize, body: Body<P::Message>) {
        let end = (self.now, Fate::Dies(LossReason::Mute));
        self.put_out(from, to, body, end);
    }

    /// A clock jumps, or runs at another pace from now on. Timers count durations: a jump leaves
    /// them alone, a new pace does not.
    pub(super) fn set_clock(&mut self, at: usize, patch: &ClockPatch) {
        let reads = self.nodes[at].clock(self.now).0 + patch.jump_us;
        if let Some(ppm) = patch.drift_ppm {
            self.set_drift(at, ppm);
        }
        let node = &mut self.nodes[at];
        node.offset_us += reads - node.clock(self.now).0;
    }

    /// The oracle is granted, or taken away. It tells of those that are crashed already.
    pub(super) fn set_oracle(&mut self, delay_us: Option<Micros>) {
        self.oracle = delay_us;
        for at in 0..self.nodes.len() {
            self.plan_reports_to(at);
        }
    }

    /// Remembers a crash and plans its reports to the others.
    pub(super) fn note_crash(&mut self, at: usize) {
        let crashed_in = self.current();
        let faults = &mut self.nodes[at].faults;
        faults.crashes = faults.crashes.wrapping_add(1);
        faults.crashed_in = crashed_in;
        faults.working = false;
        for other in 0..self.nodes.len() {
            self.plan_report(other, at);
        }
    }

    /// A server that starts will hear of those that are crashed.
    pub(super) fn plan_reports_to(&mut self, at: usize) {
        for peer in 0..self.nodes.len() {
            self.plan_report(at, peer);
        }
    }

    fn plan_report(&mut self, at: usize, peer: usize) {
        let crash = self.nodes[peer].faults.crashes;
        let Some(delay_us) = self.oracle else { return };
        if self.may_report(at, peer, crash) {
            let (node, peer) = (at as u8, peer as u8);
            self.plan(self.now + delay_us, What::Report { node, peer, crash });
        }
    }

    /// Whether a server that runs can be told of a crash after which the other has not started.
    pub(super) fn may_report(&self, at: usize, peer: usize, crash: u32) -> bool {
        let crashed = &self.nodes[peer];
        self.oracle.is_some()
            && crash > 0
            && crashed.faults.crashes == crash
            && crashed.status() == Status::Crashed
            && self.nodes[at].status() != Status::Crashed
    }

    /// The oracle reports a crash.
    pub(super) fn report(&mut self, at: usize, peer: NodeId) {
        let crashed_in = self.nodes[peer.index()].faults.crashed_in;
        self.blame(crashed_in);
        if !self.keep_back(at, Queued::Report(peer, crashed_in)) {
            self.feed(at, Input::PeerDown(peer));
        }
        self.end_event(Some(at), EventKind::Reported { peer });
    }
}
