//! Time in both directions: a run that can be taken back to any of its events, and forked there.
//!
//! History is the scenario plus keyframes. A keyframe is a copy of the run; copies share their logs
//! and stores, so that one costs what has changed since the last. To come to an event, the last
//! keyframe before it is copied and replayed. What happened is also kept as a row of 16 bytes an
//! event, for timelines and for finding the last election.
//!
//! An action in the past starts a branch. The old future stays, and can be visited again.

mod branches;
mod compare;
mod cone;
mod index;
mod line;
mod row;

pub use branches::{Branch, BranchId, Change, MOST_BRANCHES};
pub use compare::{Aspect, Difference, compare};
pub use cone::Cone;
pub use index::{Filter, Index, Stretch};
pub use row::{Marks, Row, What};

use crate::action::{Action, Refusal};
use crate::run::{Observer, OpenError, Run, Step, Stop, open};
use crate::scenario::Scenario;
use crate::view::{Event, View};
use branches::Tree;
use line::Line;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;
use synod_protocols::Micros;

/// The most events of one branch; a run that reaches it goes no further.
pub const MOST_EVENTS: u64 = 4_000_000;

/// A run with its past. `W` watches it, and is taken back and forth with it.
pub struct History<W> {
    run: Box<dyn Run>,
    watch: W,
    line: Line<W>,
    tree: Tree<W>,
    /// The first replayed event that was not the one that had happened before. It means that the
    /// engine is not deterministic, and must never occur.
    diverged: Option<u64>,
}

impl<W: Observer + Clone> History<W> {
    /// The history of a scenario before its first event.
    ///
    /// # Errors
    /// If the scenario cannot be run.
    pub fn open(
        scenario: &Scenario,
        watch: impl FnOnce(&dyn View) -> W,
    ) -> Result<History<W>, OpenError> {
        let run = open(scenario)?;
        let watch = watch(run.as_view());
        let line = Line::new(run.as_ref(), &watch);
        Ok(History {
            run,
            watch,
            line,
            tree: Tree::default(),
            diverged: None,
        })
    }

    /// The run at the present position.
    pub fn run(&self) -> &dyn Run {
        self.run.as_ref()
    }

    /// What watches it, as of the present position.
    pub fn watch(&self) -> &W {
        &self.watch
    }

    /// The events of this branch, also those after the position.
    pub fn index(&self) -> &Index {
        &self.line.index
    }

    /// How many events had happened at the present position.
    pub fn position(&self) -> u64 {
        self.run.events()
    }

    /// How many events this branch has.
    pub fn len(&self) -> u64 {
        self.line.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The latest moment that this branch has reached.
    pub fn end_us(&self) -> Micros {
        self.line.end_us.max(self.run.now())
    }

    /// Whether the position is before what has already happened.
    pub fn in_past(&self) -> bool {
        self.position() < self.len()
    }

    /// Whether the branch is as long as one may be.
    pub fn is_full(&self) -> bool {
        self.position() >= MOST_EVENTS
    }

    /// The first replayed event that differed from what had happened; always `None`, unless the
    /// engine has a fault.
    pub fn diverged(&self) -> Option<u64> {
        self.diverged
    }

    /// The time of the next event; see [`Run::next_time`].
    pub fn next_time(&mut self) -> Option<Micros> {
        self.run.next_time()
    }

    /// Lets one event happen.
    pub fn step(&mut self) -> Step {
        if self.is_full() {
            return Step::Quiet;
        }
        let step = self.run.step();
        if step == Step::Event {
            self.note_last();
        }
        step
    }

    /// Lets everything up to a time happen, as [`Run::run_until`]; another observer may watch too.
    pub fn run_until(&mut self, until: Micros, events: u64, other: &mut dyn Observer) -> Stop {
        let mut left = events.min(MOST_EVENTS.saturating_sub(self.position()));
        while left > 0 {
            let before = self.run.events();
            let slice = left.min(self.line.room(self.run.as_ref()).max(1));
            let mut seat = Seat {
                watch: &mut self.watch,
                index: &mut self.line.index,
                diverged: &mut self.diverged,
                other: &mut *other,
            };
            let stop = self.run.run_until(until, slice, &mut seat);
            left -= (self.run.events() - before).min(left);
            self.line.end_us = self.line.end_us.max(self.run.now());
            self.keep_if_due();
            if stop != Stop::Events {
                return stop;
            }
        }
        Stop::Events
    }

    /// Does something now, by hand. In the past this starts a branch, and the old future stays.
    ///
    /// # Errors
    /// Why it cannot be done; nothing has changed.
    pub fn act(&mut self, action: Action) -> Result<(), Refusal> {
        if self.is_full() {
            return Err(Refusal::new("refuse.history_full", &[]));
        }
        if !self.in_past() {
            self.run.act(action)?;
            self.line.scenario = Arc::clone(self.run.scenario_shared());
            self.tree.name_current(self.run.event());
            self.note_last();
            return Ok(());
        }
        // Tried on a copy, so that a refusal leaves everything as it was.
        let mut run = self.run.fork();
        run.forget_future();
        run.act(action)?;
        let fork = self.position();
        let scenario = Arc::clone(run.scenario_shared());
        let branch = self.line.fork(fork, scenario);
        self.tree
            .leave(std::mem::replace(&mut self.line, branch), fork);
        self.run = run;
        self.tree.name_current(self.run.event());
        self.note_last();
        Ok(())
    }

    /// Goes to the moment right after an event of this branch; 0 is before the first.
    pub fn seek(&mut self, event: u64) {
        let event = event.min(self.len());
        let here = self.position();
        let keyframes = &self.line.keyframes;
        let nearest = keyframes.partition_point(|keyframe| keyframe.event <= event);
        let from_keyframe = keyframes
            .get(nearest.wrapping_sub(1))
            .map_or(0, |keyframe| keyframe.event);
        let time_us = self.line.index.get(event).map_or(0, |row| row.time_us);
        if event >= here && here >= from_keyframe && self.run.now() <= time_us {
            line::replay(self.run.as_mut(), event, &mut self.watch);
        } else {
            (self.run, self.watch) = self.line.at(event);
        }
    }

    /// Goes to a time of this branch: after every event up to it.
    pub fn seek_time(&mut self, time_us: Micros) {
        let time_us = time_us.min(self.end_us());
        let event = self.line.index.at_time(time_us);
        let reached = event == self.position() && self.run.now() <= time_us;
        if !reached {
            self.seek(event);
        }
        let quiet = self.run.next_time().is_none_or(|next| next > time_us);
        if quiet && self.run.now() < time_us {
            self.run.run_until(time_us, 1, &mut ());
        }
    }

    /// Shows an observer some past events again, with the run as it was after each.
    pub fn replay(&self, events: RangeInclusive<u64>, observer: &mut dyn Observer) {
        let (first, last) = (*events.start(), (*events.end()).min(self.len()));
        if first == 0 || first > last {
            return;
        }
        let (mut run, _) = self.line.at(first - 1);
        line::replay(run.as_mut(), last, &mut Borrowed(observer));
    }

    /// The run, and what watches it, right after an event of this branch.
    pub fn at(&self, event: u64) -> (Box<dyn Run>, W) {
        self.line.at(event.min(self.len()))
    }

    /// How many keyframes are kept along this branch.
    pub fn keyframes(&self) -> usize {
        self.line.keyframes.len()
    }

    fn note_last(&mut self) {
        let mut seat = Seat {
            watch: &mut self.watch,
            index: &mut self.line.index,
            diverged: &mut self.diverged,
            other: &mut (),
        };
        let _ = seat.after(self.run.as_view(), self.run.event());
        self.line.end_us = self.line.end_us.max(self.run.now());
        self.keep_if_due();
    }

    fn keep_if_due(&mut self) {
        if !self.in_past() && self.line.room(self.run.as_ref()) == 0 {
            self.line.keep(self.run.as_ref(), &self.watch);
        }
    }
}

/// The seat from which a history sees what happens: new events are kept, known ones compared.
struct Seat<'a, W> {
    watch: &'a mut W,
    index: &'a mut Index,
    diverged: &'a mut Option<u64>,
    other: &'a mut dyn Observer,
}

impl<W: Observer> Observer for Seat<'_, W> {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let flow = self.watch.after(run, event);
        if event.index <= self.index.len() {
            if self.diverged.is_none() && !self.index.agrees(run, event) {
                *self.diverged = Some(event.index);
            }
        } else {
            self.index.push(run, event, flow.is_break());
        }
        let other = self.other.after(run, event);
        if flow.is_break() { flow } else { other }
    }
}

/// An observer that is borrowed.
struct Borrowed<'a>(&'a mut dyn Observer);

impl Observer for Borrowed<'_> {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        self.0.after(run, event)
    }
}
