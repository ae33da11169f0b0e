//! Invariants watched while a run goes on.
//!
//! `logs.rs` has Raft's of figure 3, which speak of any replicated log with leaders and epochs;
//! `words.rs` those of Paxos, which speak of promises and acceptances; `decisions.rs` those that
//! every protocol shares: nobody decides otherwise, no acknowledged write is lost, and none is
//! applied twice. Each protocol names those that it shall be held to.
//!
//! The monitor looks at what changed with each event, so that its cost does not grow
//! with the logs. It keeps a chain of digests for every log: two logs agree up to an index exactly
//! if their chains are equal there.

mod decisions;
mod logs;
mod words;

use crate::chains::Chains;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use synod_protocols::{About, Answer, Micros, NodeId, NodeSet, Probe};
use synod_sim::chunked::Chunked;
use synod_sim::{Event, Observer, View};
use words::Words;

/// The most commands of one session that are followed; a run has no more.
const MOST_COMMANDS: usize = 1_000_000;
/// The most violations that are kept of one invariant.
const MOST_OF_ONE: usize = 8;

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

/// A committed index: what is there, and in which epoch it was first committed.
#[derive(Clone, Copy, Debug)]
struct Committed {
    chain: u64,
    entry_epoch: u64,
    digest: u64,
    commit_epoch: u64,
    by: NodeId,
    /// Whether a client was told that this write is done.
    acknowledged: bool,
}

/// Watches the invariants of the papers. Take the observer's seat of a run with it.
#[derive(Clone, Debug)]
pub struct Monitor {
    stop: bool,
    about: &'static About,
    violations: Vec<Violation>,
    /// What each server was after its last event.
    probes: Vec<Option<Probe>>,
    chains: Chains,
    /// Who was seen to lead in each epoch.
    leaders: BTreeMap<u64, NodeId>,
    /// By index − 1.
    committed: Chunked<Committed>,
    /// Where a client's commands were decided: by client, then by number − 1; 0 where not yet.
    decided_at: Vec<Chunked<u64>>,
    words: Words,
    /// Whether logs are chained, for invariants that compare whole logs.
    chained: bool,
    /// Whether values and words are followed.
    worded: bool,
}

impl Monitor {
    /// A monitor for a run that has not begun. With `stop` the run stops at a violation.
    pub fn new(run: &dyn View, stop: bool) -> Monitor {
        let nodes = run.scenario().nodes;
        let about = run.about();
        let watches = |invariant| about.invariants.contains(&invariant);
        Monitor {
            stop,
            about,
            words: Words::new(run),
            chained: watches("log_matching"),
            worded: watches("chosen_stays_chosen"),
            violations: Vec::new(),
            probes: vec![None; nodes],
            chains: Chains::new(nodes),
            leaders: BTreeMap::new(),
            committed: Chunked::default(),
            decided_at: vec![Chunked::default(); run.scenario().clients.sessions],
        }
    }

    /// What was broken so far, first the first; at most a few of each invariant.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Adds what another checker found at the end of a run.
    pub fn add(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Every invariant that is watched for this protocol, and whether it still holds.
    pub fn invariants(&self) -> Vec<Invariant> {
        let holds = |id: &str| {
            self.violations
                .iter()
                .all(|violation| violation.invariant != id)
        };
        self.about
            .invariants
            .iter()
            .map(|id| Invariant {
                id,
                holds: holds(id),
            })
            .collect()
    }

    fn look_at(&mut self, run: &dyn View, event: &Event, node: NodeId) {
        let Some(probe) = run.probe(node) else {
            self.probes[node.index()] = None;
            return;
        };
        let before = self.probes[node.index()].replace(probe);
        if self.chained {
            self.look_at_log(run, event, node, before, probe);
        }
        let led = |old: Probe| old.leading && old.epoch == probe.epoch;
        if probe.leading && !before.is_some_and(led) {
            self.look_at_election(event, node, probe.epoch);
        }
        for decided in &event.decided {
            self.look_at_decision(event, node, probe, decided);
            if self.worded {
                self.look_at_validity(event, node, decided);
            }
        }
    }

    fn report(
        &mut self,
        invariant: &'static str,
        event: &Event,
        nodes: NodeSet,
        sentence: &'static str,
        operands: &[(&'static str, String)],
    ) {
        let same = self
            .violations
            .iter()
            .filter(|old| old.invariant == invariant)
            .count();
        if same >= MOST_OF_ONE || !self.about.invariants.contains(&invariant) {
            return;
        }
        self.violations.push(Violation {
            invariant,
            event: event.index,
            time_us: event.time_us,
            nodes,
            sentence,
            operands: operands.to_vec(),
        });
    }
}

impl Observer for Monitor {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let before = self.violations.len();
        if self.worded {
            self.follow_clients(run, event);
            for (node, pledge) in &event.pledged {
                self.look_at_word(event, *node, pledge);
            }
        }
        if let Some(node) = event.node {
            self.look_at(run, event, node);
        }
        if let Some(ack) = &event.ack
            && ack.op.is_write()
            && matches!(ack.answer, Answer::Applied { .. })
            && let Some(index) = self.decided_at(ack.client, ack.seq)
        {
            self.look_at_ack(event, index);
        }
        if self.stop && self.violations.len() > before {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
