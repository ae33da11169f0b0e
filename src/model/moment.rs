//! Going to another moment of the run, or to another branch of it.

use super::{Aspect, Lines, Model, Selection};
use crate::text::{t, tf};
use synod_sim::Endpoint;
use synod_sim::history::{BranchId, Filter, Row};
use synod_sim::trace::Teller;

/// How many past events are told again after a jump.
const RETOLD: u64 = 600;

impl Model {
    /// Goes to the moment right after an event of this branch, and pauses there.
    pub fn seek(&mut self, event: u64) {
        self.set_playing(false);
        // Before the servers have started there is nothing to see.
        let first = self.run().scenario().nodes as u64;
        self.history.seek(event.max(first));
        self.arrive();
    }

    /// Goes to a time of this branch, and pauses there.
    pub fn seek_time(&mut self, time_us: u64) {
        self.set_playing(false);
        self.history.seek_time(time_us);
        if self.history.position() < self.run().scenario().nodes as u64 {
            return self.seek(0);
        }
        self.arrive();
    }

    /// One event back.
    pub fn step_back(&mut self) {
        self.seek(self.history.position().saturating_sub(1));
    }

    /// Goes to the latest moment of this branch.
    pub fn seek_end(&mut self) {
        self.seek(self.history.len());
        self.seek_time(self.history.end_us());
    }

    /// Goes to the last event before this moment that fits, or to the first after it, and chooses
    /// it. Says so if there is none.
    pub fn seek_to(&mut self, filter: &Filter, back: bool) {
        match self.find(filter, back) {
            Some(row) => self.show_event(row.event),
            None if back => self.say(t("notice.none_before").to_string()),
            None => self.say(t("notice.none_after").to_string()),
        }
    }

    /// The last event before this moment that fits, or the first after it.
    pub fn find(&self, filter: &Filter, back: bool) -> Option<Row> {
        let (index, here) = (self.history.index(), self.history.position());
        if back {
            index.before(here, filter)
        } else {
            index.after(here, filter)
        }
    }

    /// Goes to another branch, at the same event if it has it, else at the same time.
    pub fn switch_branch(&mut self, id: BranchId) {
        self.set_playing(false);
        if self.history.switch(id) {
            self.chosen_event = None;
            if matches!(self.selection, Some(Selection::Event(_))) {
                self.selection = None;
            }
            self.arrive();
            self.renew_twin();
        }
    }

    /// Takes back the last thing that was done by hand.
    pub fn undo(&mut self) {
        self.set_playing(false);
        match self.history.undo() {
            Some(action) => {
                self.arrive();
                self.renew_twin();
                let said = Teller::english(self.run().about()).action(&action);
                self.say(tf("notice.undone", &[("action", said)]));
            }
            None => self.say(t("notice.nothing_to_undo").to_string()),
        }
    }

    /// Does again what was taken back.
    pub fn redo(&mut self) {
        self.set_playing(false);
        if self.history.redo() {
            self.arrive();
            self.renew_twin();
            self.say(t("notice.redone").to_string());
        } else {
            self.say(t("notice.nothing_to_redo").to_string());
        }
    }

    /// Goes to an event of this branch, and shows it in full.
    pub fn show_event(&mut self, event: u64) {
        self.seek(event);
        self.choose_event(event);
    }

    /// Chooses an event of this branch, which is then shown in full.
    pub fn choose_event(&mut self, event: u64) {
        let mut found = Lines::default();
        self.history.replay(event..=event, &mut found);
        if let Some(line) = found.last() {
            self.chosen_event = Some(Box::new(line.clone()));
            self.selection = Some(Selection::Event(event));
            self.lens.aspect = Aspect::Chosen;
        }
    }

    /// The server whose actions the keys mean: the chosen one, or that of the chosen event.
    pub fn chosen_node(&self) -> Option<synod_protocols::NodeId> {
        match self.selection {
            Some(Selection::Node(node)) => Some(node),
            Some(Selection::Event(event)) => {
                let row = self.history.index().get(event)?;
                row.lane.and_then(Endpoint::server)
            }
            _ => None,
        }
    }

    /// Looks around at a new moment.
    pub(super) fn arrive(&mut self) {
        self.jumps += 1;
        self.waited_us = 0;
        self.remainder = 0;
        self.stopped_at = None;
        self.menu = None;
        self.known = self.monitor().violations().len();
        self.take_twin_along();
        if let Some(Selection::Message(id)) = self.selection
            && self.run().message(id).is_none()
        {
            self.selection = None;
        }
        let here = self.history.position();
        self.lines.clear();
        let first = here.saturating_sub(RETOLD) + 1;
        self.history.replay(first..=here, &mut self.lines);
        self.look_ahead();
        if let Some(event) = self.history.diverged() {
            self.say(tf("notice.diverged", &[("event", event.to_string())]));
        }
    }
}
