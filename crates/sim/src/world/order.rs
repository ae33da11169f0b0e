//! What comes next, and making it happen.
//!
//! Events wait in a heap ordered by time, then by the order in which they were planned. A timer
//! that is armed again leaves its old entry in the heap; the entry finds the later deadline when
//! it comes up and goes back. Entries of messages that were delivered, dropped or delayed by hand
//! find nothing and vanish.

use super::{MANUAL_STEP_US, Urgent, What, World};
use crate::run::Step;
use crate::scenario::{Schedule, ScriptItem};
use crate::view::{EventKind, Fate, LossReason};
use std::cmp::Reverse;
use synod_protocols::{Micros, NodeId, Protocol};

impl<P: Protocol> World<P> {
    /// The script's next item, if its turn has come: at its time, after the event that it
    /// followed when it was taken by hand, or, under a manual schedule, in its order.
    pub(super) fn script_due(&self, next: Option<Micros>) -> Option<&ScriptItem> {
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
    pub(super) fn heap_time(&mut self) -> Option<Micros> {
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
    pub(super) fn try_step(&mut self, next: Option<Micros>) -> Option<Step> {
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

    pub(super) fn run_script_item(&mut self) {
        let item = self.scenario.script[self.cursor].clone();
        self.cursor += 1;
        self.now = self.now.max(item.at_us);
        if let Err(refusal) = self.perform(&item.action) {
            self.event.refused = Some(refusal);
            self.end_event(None, EventKind::Acted(item.action));
        }
    }
}
