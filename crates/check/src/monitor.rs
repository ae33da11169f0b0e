//! Invariants watched while a run goes on.

use std::ops::ControlFlow;
use synod_protocols::{Micros, NodeSet};
use synod_sim::{Event, Observer, View};

/// An invariant that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// An id such as `election_safety`; the catalogue names it under `invariant.` and explains it
    /// under `invariant.<id>.means`.
    pub id: &'static str,
    pub holds: bool,
}

/// An invariant that was broken, where, and by what evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub invariant: &'static str,
    /// The event at which it broke.
    pub event: u64,
    pub time_us: Micros,
    /// The servers that the evidence names.
    pub nodes: NodeSet,
    /// The evidence: a sentence of the catalogue, and its operands.
    pub sentence: &'static str,
    pub operands: Vec<(&'static str, String)>,
}

/// Watches the invariants of the papers. Take the observer's seat of a run with it.
#[derive(Clone, Debug)]
pub struct Monitor {
    stop: bool,
    violations: Vec<Violation>,
}

impl Monitor {
    /// A monitor for a run that has not begun. With `stop` the run stops at a violation.
    pub fn new(run: &dyn View, stop: bool) -> Monitor {
        let _ = run;
        Monitor {
            stop,
            violations: Vec::new(),
        }
    }

    /// What was broken so far, first the first.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Every invariant that is watched for this protocol, and whether it still holds.
    pub fn invariants(&self) -> Vec<Invariant> {
        Vec::new()
    }
}

impl Observer for Monitor {
    fn after(&mut self, _run: &dyn View, _event: &Event) -> ControlFlow<()> {
        if self.stop && !self.violations.is_empty() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
