//! One line of history: what happened along one branch, and copies of the run on the way.

use super::Index;
use crate::run::{Observer, Run, Step};
use crate::scenario::Scenario;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use synod_protocols::Micros;

/// The fewest events between two keyframes, and so what a seek replays at most in a small run.
const GAP: u64 = 4_096;
/// How many bytes of keyframes an event may cost; a heavy run has fewer of them.
const KEYFRAME_BYTES_PER_EVENT: u64 = 12;

/// A run at one moment, with what watches it.
pub(super) struct Keyframe<W> {
    pub event: u64,
    pub run: Box<dyn Run>,
    pub watch: W,
}

/// What happened along one branch. Branches share keyframes and rows up to where they part.
pub(super) struct Line<W> {
    pub keyframes: Vec<Rc<Keyframe<W>>>,
    pub index: Index,
    /// The scenario with every action along this branch.
    pub scenario: Arc<Scenario>,
    /// The latest moment that was reached.
    pub end_us: Micros,
}

impl<W> Clone for Line<W> {
    fn clone(&self) -> Self {
        Line {
            keyframes: self.keyframes.clone(),
            index: self.index.clone(),
            scenario: Arc::clone(&self.scenario),
            end_us: self.end_us,
        }
    }
}

impl<W: Observer + Clone> Line<W> {
    /// A line that begins with a run before its first event.
    pub fn new(run: &dyn Run, watch: &W) -> Line<W> {
        let mut line = Line {
            keyframes: Vec::new(),
            index: Index::new(run.scenario().nodes),
            scenario: Arc::clone(run.scenario_shared()),
            end_us: 0,
        };
        line.keep(run, watch);
        line
    }

    /// After how many more events the next keyframe is due.
    pub fn room(&self, run: &dyn Run) -> u64 {
        let last = self.keyframes.last().map_or(0, |keyframe| keyframe.event);
        let gap = GAP.max(run.weight() as u64 / KEYFRAME_BYTES_PER_EVENT);
        (last + gap).saturating_sub(run.events())
    }

    /// Keeps a copy of the run as it is.
    pub fn keep(&mut self, run: &dyn Run, watch: &W) {
        let mut copy = run.fork();
        // The script is put back when the copy is used; until then it shares the first one.
        if let Some(first) = self.keyframes.first() {
            copy.follow(Arc::clone(first.run.scenario_shared()));
        }
        self.keyframes.push(Rc::new(Keyframe {
            event: run.events(),
            run: copy,
            watch: watch.clone(),
        }));
    }

    /// The run right after an event, replayed from the last keyframe before it.
    pub fn at(&self, event: u64) -> (Box<dyn Run>, W) {
        let after = self
            .keyframes
            .partition_point(|keyframe| keyframe.event <= event);
        let keyframe = &self.keyframes[after.saturating_sub(1)];
        let mut run = keyframe.run.fork();
        run.follow(Arc::clone(&self.scenario));
        let mut watch = keyframe.watch.clone();
        replay(run.as_mut(), event, &mut watch);
        (run, watch)
    }

    /// The same line up to an event, with another script from there on.
    pub fn fork(&self, event: u64, scenario: Arc<Scenario>) -> Line<W> {
        let mut line = self.clone();
        line.keyframes.retain(|keyframe| keyframe.event <= event);
        line.index.truncate(event);
        line.end_us = line.index.end_us();
        line.scenario = scenario;
        line
    }
}

/// Lets a run come to an event; whoever watches stops nothing.
pub(super) fn replay<W: Observer>(run: &mut dyn Run, event: u64, watch: &mut W) {
    struct All<'a, W>(&'a mut W);
    impl<W: Observer> Observer for All<'_, W> {
        fn after(
            &mut self,
            run: &dyn crate::view::View,
            event: &crate::view::Event,
        ) -> ControlFlow<()> {
            let _ = self.0.after(run, event);
            ControlFlow::Continue(())
        }
    }
    while run.events() < event {
        let left = event - run.events();
        let before = run.events();
        run.run_until(Micros::MAX, left, &mut All(watch));
        if run.events() == before {
            // Only what a person must bring about is left: the script says what.
            if run.step() == Step::Quiet {
                return;
            }
            let _ = watch.after(run.as_view(), run.event());
        }
    }
}
