//! The world as a run: stepped, acted on, copied.

use super::clients::Session;
use super::links::{InFlight, Link};
use super::nodes::Node;
use super::{Due, LATEST_US, World};
use crate::action::{Action, Refusal};
use crate::run::{Observer, Run, Step, Stop};
use crate::scenario::{Scenario, ScriptItem};
use crate::view::{Event, View};
use std::sync::Arc;
use synod_protocols::{Micros, Protocol};

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
