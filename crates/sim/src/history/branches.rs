//! The branches of a run: what was done otherwise, and where.

use super::History;
use super::line::Line;
use crate::action::Action;
use crate::run::{Observer, Run};
use crate::scenario::{Scenario, ScriptItem};
use crate::view::{Event, EventKind};
use std::sync::Arc;
use synod_protocols::{Micros, NodeId};

/// The most branches of one run. One more lets go of that which was not visited for longest.
pub const MOST_BRANCHES: usize = 24;

/// A branch of a run; the first is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BranchId(pub u32);

/// What makes a branch differ from the one that it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is the first: the run as it was opened, and what was done to it.
    First,
    /// The first thing done on it by hand, and the server that it concerned.
    Did(Arc<Action>, Option<NodeId>),
    /// An action was taken back, and nothing else was done since.
    Without(Arc<Action>),
}

/// A branch, as a list of branches shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub id: BranchId,
    pub parent: Option<BranchId>,
    /// The last event that it shares with its parent.
    pub fork: u64,
    /// The time of that event.
    pub fork_us: Micros,
    pub change: Change,
    /// How many events it has.
    pub events: u64,
    pub end_us: Micros,
    pub current: bool,
}

struct Slot<W> {
    id: BranchId,
    parent: Option<BranchId>,
    fork: u64,
    change: Option<Change>,
    /// Its line; `None` while it is the current one.
    line: Option<Line<W>>,
    /// When it was last visited, counted in visits.
    visited: u64,
}

impl<W> Slot<W> {
    /// Whether it is only the moment before an action that was taken back.
    fn is_bare(&self, events: u64) -> bool {
        !matches!(self.change, Some(Change::First | Change::Did(..))) && events <= self.fork
    }
}

/// All branches; the line of the current one is with the history.
pub(super) struct Tree<W> {
    slots: Vec<Slot<W>>,
    current: BranchId,
    next: u32,
    visits: u64,
    /// Where redoing leads: branches, and positions on them.
    redo: Vec<(BranchId, u64)>,
    let_go: u64,
}

impl<W> Default for Tree<W> {
    fn default() -> Self {
        Tree {
            slots: vec![Slot {
                id: BranchId(0),
                parent: None,
                fork: 0,
                change: Some(Change::First),
                line: None,
                visited: 0,
            }],
            current: BranchId(0),
            next: 1,
            visits: 0,
            redo: Vec::new(),
            let_go: 0,
        }
    }
}

impl<W: Observer + Clone> Tree<W> {
    fn position(&self, id: BranchId) -> Option<usize> {
        self.slots.iter().position(|slot| slot.id == id)
    }

    fn current(&mut self) -> &mut Slot<W> {
        let at = self.position(self.current).unwrap_or(0);
        &mut self.slots[at]
    }

    /// Leaves the current branch's line behind, and goes on along a new branch from an event.
    pub fn leave(&mut self, line: Line<W>, fork: u64) {
        self.current().line = Some(line);
        let parent = self.current;
        self.current = BranchId(self.next);
        self.next += 1;
        self.visits += 1;
        self.slots.push(Slot {
            id: self.current,
            parent: Some(parent),
            fork,
            change: None,
            line: None,
            visited: self.visits,
        });
        if self.slots.len() > MOST_BRANCHES {
            self.let_one_go();
        }
    }

    /// Something was done by hand on the current branch: a new one is named by it, and what was
    /// taken back cannot be done again any more.
    pub fn name_current(&mut self, event: &Event) {
        let EventKind::Acted(action) = &event.kind else {
            // Deliveries and firings by hand are events of their own kind; any name will do.
            if matches!(self.current().change, None | Some(Change::Without(_))) {
                self.current().change = Some(Change::Did(Arc::new(Action::Quiet), event.node));
            }
            return self.forget_redo();
        };
        if matches!(self.current().change, None | Some(Change::Without(_))) {
            self.current().change = Some(Change::Did(Arc::clone(action), event.node));
        }
        self.forget_redo();
    }

    fn forget_redo(&mut self) {
        for (id, _) in std::mem::take(&mut self.redo) {
            self.remove_if_bare(id);
        }
    }

    fn remove_if_bare(&mut self, id: BranchId) {
        let Some(at) = self.position(id) else { return };
        let slot = &self.slots[at];
        let events = slot.line.as_ref().map_or(u64::MAX, |line| line.index.len());
        if id != self.current && slot.is_bare(events) {
            self.remove(at);
        }
    }

    fn remove(&mut self, at: usize) {
        let gone = self.slots.remove(at);
        for slot in &mut self.slots {
            if slot.parent == Some(gone.id) {
                slot.parent = gone.parent;
                slot.fork = slot.fork.min(gone.fork);
            }
        }
    }

    fn let_one_go(&mut self) {
        let others = self.slots.iter().enumerate();
        let oldest = others
            .filter(|(_, slot)| slot.id != self.current && slot.parent.is_some())
            .min_by_key(|(_, slot)| slot.visited)
            .map(|(at, _)| at);
        if let Some(at) = oldest {
            let id = self.slots[at].id;
            self.redo.retain(|(branch, _)| *branch != id);
            self.remove(at);
            self.let_go += 1;
        }
    }

    /// The last event that two branches share.
    fn parted(&self, one: BranchId, other: BranchId) -> u64 {
        let path = |mut id: BranchId| {
            let mut path = vec![(id, u64::MAX)];
            let mut fork = u64::MAX;
            while let Some(slot) = self.position(id).map(|at| &self.slots[at])
                && let Some(parent) = slot.parent
            {
                fork = fork.min(slot.fork);
                path.push((parent, fork));
                id = parent;
            }
            path
        };
        let ours = path(one);
        path(other)
            .iter()
            .find_map(|(id, theirs)| {
                let met = ours.iter().find(|(known, _)| known == id)?;
                Some((*theirs).min(met.1))
            })
            .unwrap_or(0)
    }
}

impl<W: Observer + Clone> History<W> {
    /// The branches, each after the one that it left. Moments before an action that was taken back
    /// are not shown until something happens there.
    pub fn branches(&self) -> Vec<Branch> {
        let mut shown = Vec::new();
        self.list_children(None, &mut shown);
        shown
    }

    fn list_children(&self, parent: Option<BranchId>, shown: &mut Vec<Branch>) {
        for slot in self.tree.slots.iter().filter(|slot| slot.parent == parent) {
            let line = slot.line.as_ref().unwrap_or(&self.line);
            let current = slot.id == self.tree.current;
            if current || !slot.is_bare(line.index.len()) {
                shown.push(Branch {
                    id: slot.id,
                    parent: slot.parent,
                    fork: slot.fork,
                    fork_us: line.index.get(slot.fork).map_or(0, |row| row.time_us),
                    change: slot.change.clone().unwrap_or(Change::First),
                    events: line.index.len(),
                    end_us: line.end_us,
                    current,
                });
            }
            self.list_children(Some(slot.id), shown);
        }
    }

    /// The current branch.
    pub fn branch(&self) -> BranchId {
        self.tree.current
    }

    /// How many branches were let go because there were too many.
    pub fn let_go(&self) -> u64 {
        self.tree.let_go
    }

    /// Goes to another branch: to the same event if both have it, else to the same time. False if
    /// there is no such branch.
    pub fn switch(&mut self, id: BranchId) -> bool {
        if id == self.tree.current {
            return true;
        }
        let (event, now) = (self.position(), self.run.now());
        let shared = self.tree.parted(self.tree.current, id);
        if !self.take_line(id) {
            return false;
        }
        if event <= shared {
            (self.run, self.watch) = self.line.at(event);
            self.wait_until(now);
        } else {
            let event = self.line.index.at_time(now);
            (self.run, self.watch) = self.line.at(event);
            self.wait_until(now.min(self.line.end_us));
        }
        true
    }

    /// Puts the current line away and takes another; the run is still the old one.
    fn take_line(&mut self, id: BranchId) -> bool {
        let Some(at) = self.tree.position(id) else {
            return false;
        };
        let Some(line) = self.tree.slots[at].line.take() else {
            return false;
        };
        let old = std::mem::replace(&mut self.line, line);
        self.tree.current().line = Some(old);
        self.tree.current = id;
        self.tree.visits += 1;
        self.tree.slots[at].visited = self.tree.visits;
        true
    }

    fn wait_until(&mut self, time_us: Micros) {
        if self.run.next_time().is_none_or(|next| next > time_us) && self.run.now() < time_us {
            self.run.run_until(time_us, 1, &mut ());
        }
    }

    /// Forgets a branch other than the current one. False if there is no such branch.
    pub fn forget(&mut self, id: BranchId) -> bool {
        match self.tree.position(id) {
            Some(at) if id != self.tree.current => {
                if self.tree.slots[at].parent.is_none() {
                    return false;
                }
                self.tree.redo.retain(|(branch, _)| *branch != id);
                self.tree.remove(at);
                true
            }
            _ => false,
        }
    }

    /// A branch's scenario with its whole script, and how many events it has.
    pub fn branch_run(&self, id: BranchId) -> Option<(Arc<Scenario>, u64)> {
        let line = self.line_of(id)?;
        Some((Arc::clone(&line.scenario), line.index.len()))
    }

    /// Takes another history of the same run, in which something else was done by hand, as a branch
    /// of this one. False if it is another run, or as many branches are kept as may be.
    pub fn adopt(&mut self, other: History<W>) -> bool {
        let (ours, theirs) = (&self.line.scenario, &other.line.scenario);
        let base = |scenario: &Scenario| {
            let mut base = scenario.clone();
            base.script.retain(|item| item.after.is_none());
            base
        };
        if base(ours) != base(theirs) || self.tree.slots.len() >= MOST_BRANCHES {
            return false;
        }
        let by_hand = |scenario: &Scenario| -> Vec<ScriptItem> {
            let script = scenario.script.iter();
            script
                .filter(|item| item.after.is_some())
                .cloned()
                .collect()
        };
        let (ours, theirs) = (by_hand(ours), by_hand(theirs));
        let alike = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        let (our, their) = (ours.get(alike), theirs.get(alike));
        let parted = [our, their]
            .into_iter()
            .flatten()
            .filter_map(|item| item.after)
            .min();
        let action = their.map(|item| Arc::clone(&item.action));
        let gone = || our.map(|item| Arc::clone(&item.action));
        let change = match action {
            Some(action) => Change::Did(action, None),
            None => gone().map_or(Change::First, Change::Without),
        };
        let id = BranchId(self.tree.next);
        self.tree.next += 1;
        self.tree.slots.push(Slot {
            id,
            parent: Some(self.tree.current),
            fork: parted.unwrap_or(0).min(self.len()).min(other.len()),
            change: Some(change),
            line: Some(other.line),
            visited: 0,
        });
        true
    }

    /// The run of some branch at a time, to be compared with this one.
    pub fn peek_time(&self, id: BranchId, time_us: Micros) -> Option<Box<dyn Run>> {
        let line = self.line_of(id)?;
        let time_us = time_us.min(line.end_us.max(line.index.end_us()));
        let (mut run, _) = line.at(line.index.at_time(time_us));
        if run.next_time().is_none_or(|next| next > time_us) && run.now() < time_us {
            run.run_until(time_us, 1, &mut ());
        }
        Some(run)
    }

    /// The run of some branch right after an event, to be compared with this one.
    pub fn peek(&self, id: BranchId, event: u64) -> Option<Box<dyn Run>> {
        let line = self.line_of(id)?;
        Some(line.at(event.min(line.index.len())).0)
    }

    /// The last event that this branch shares with another.
    pub fn shared_with(&self, id: BranchId) -> u64 {
        self.tree.parted(self.tree.current, id)
    }

    fn line_of(&self, id: BranchId) -> Option<&Line<W>> {
        if id == self.tree.current {
            return Some(&self.line);
        }
        let at = self.tree.position(id)?;
        self.tree.slots[at].line.as_ref()
    }

    /// The last thing done by hand before this position: its place in the script.
    fn last_done(&self) -> Option<usize> {
        let here = self.position();
        let done = |after: u64| after < here;
        self.line
            .scenario
            .script
            .iter()
            .rposition(|item| item.after.is_some_and(done))
    }

    /// What undoing would take back.
    pub fn undoable(&self) -> Option<Arc<Action>> {
        let at = self.last_done()?;
        Some(Arc::clone(&self.line.scenario.script[at].action))
    }

    /// Whether something that was taken back can be done again.
    pub fn can_redo(&self) -> bool {
        !self.tree.redo.is_empty()
    }

    /// Takes back the last thing done by hand: goes to the moment before it, on a branch on which
    /// it was not done. Returns what was taken back.
    pub fn undo(&mut self) -> Option<Arc<Action>> {
        let at = self.last_done()?;
        let item = self.line.scenario.script[at].clone();
        let fork = item.after?;
        let mut scenario = (*self.line.scenario).clone();
        let mut position = 0;
        scenario.script.retain(|item| {
            position += 1;
            position <= at || item.after.is_none()
        });
        let from = (self.tree.current, self.position());
        let line = self.line.fork(fork, Arc::new(scenario));
        let old = std::mem::replace(&mut self.line, line);
        self.tree.redo.push(from);
        self.tree.leave(old, fork);
        self.tree.current().change = Some(Change::Without(Arc::clone(&item.action)));
        (self.run, self.watch) = self.line.at(fork);
        self.wait_until(item.at_us);
        Some(item.action)
    }

    /// Does again what was taken back last. False if there is nothing.
    pub fn redo(&mut self) -> bool {
        let Some((id, event)) = self.tree.redo.pop() else {
            return false;
        };
        let left = self.tree.current;
        if !self.take_line(id) {
            return false;
        }
        (self.run, self.watch) = self.line.at(event);
        self.tree.remove_if_bare(left);
        true
    }
}
