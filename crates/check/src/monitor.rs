//! Invariants watched while a run goes on.
//!
//! They are Raft's of figure 3 (Ongaro and Ousterhout 2014), which speak of any replicated log with
//! leaders and epochs, and two on clients' commands: no acknowledged write is lost, and none is
//! applied twice. The monitor looks at what changed with each event, so that its cost does not grow
//! with the logs. It keeps a chain of digests for every log: two logs agree up to an index exactly
//! if their chains are equal there.

use crate::chains::{Chains, Conflict};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use synod_protocols::{Answer, ClientId, Command, Micros, NodeId, NodeSet, Probe};
use synod_sim::chunked::Chunked;
use synod_sim::{DecidedView, Event, Observer, View};

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
    watched: &'static [&'static str],
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
}

impl Monitor {
    /// A monitor for a run that has not begun. With `stop` the run stops at a violation.
    pub fn new(run: &dyn View, stop: bool) -> Monitor {
        let nodes = run.scenario().nodes;
        Monitor {
            stop,
            watched: run.about().invariants,
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

    /// Every invariant that is watched for this protocol, and whether it still holds.
    pub fn invariants(&self) -> Vec<Invariant> {
        let holds = |id: &str| {
            self.violations
                .iter()
                .all(|violation| violation.invariant != id)
        };
        self.watched
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
        self.look_at_log(run, event, node, before, probe);
        let led = |old: Probe| old.leading && old.epoch == probe.epoch;
        if probe.leading && !before.is_some_and(led) {
            self.look_at_election(event, node, probe.epoch);
        }
        for decided in &event.decided {
            self.look_at_decision(event, node, probe, decided);
        }
    }

    /// Leader Append-Only and Log Matching.
    fn look_at_log(
        &mut self,
        run: &dyn View,
        event: &Event,
        node: NodeId,
        before: Option<Probe>,
        probe: Probe,
    ) {
        let Some(log) = run.log(node) else { return };
        let from = match before {
            None => 1,
            Some(_) => match log.changed_from() {
                None => return,
                Some(index) => index,
            },
        };
        let old_last = self.chains.last(node);
        let still_leads = |old: Probe| old.leading && probe.leading && old.epoch == probe.epoch;
        if before.is_some_and(still_leads) && from <= old_last {
            self.report(
                "leader_append_only",
                event,
                NodeSet::only(node),
                "evidence.append_only",
                &[
                    ("node", node.to_string()),
                    ("term", probe.epoch.to_string()),
                    ("index", from.to_string()),
                ],
            );
        }
        if let Some(conflict) = self.chains.follow(node, log, from) {
            self.report_conflict(event, conflict);
        }
    }

    fn report_conflict(&mut self, event: &Event, conflict: Conflict) {
        let nodes = [conflict.node, conflict.other].into_iter().collect();
        self.report(
            "log_matching",
            event,
            nodes,
            "evidence.log_matching",
            &[
                ("node", conflict.node.to_string()),
                ("other", conflict.other.to_string()),
                ("index", conflict.index.to_string()),
                ("term", conflict.epoch.to_string()),
            ],
        );
    }

    /// Election Safety; and Leader Completeness for what was committed in earlier epochs.
    fn look_at_election(&mut self, event: &Event, node: NodeId, epoch: u64) {
        let first = *self.leaders.entry(epoch).or_insert(node);
        if first != node {
            let nodes = [node, first].into_iter().collect();
            self.report(
                "election_safety",
                event,
                nodes,
                "evidence.election_safety",
                &[
                    ("node", node.to_string()),
                    ("other", first.to_string()),
                    ("term", epoch.to_string()),
                ],
            );
        }
        let earlier = |committed: &Committed| committed.commit_epoch < epoch;
        if let Some(last) = self.committed.rposition(earlier) {
            self.look_at_completeness(event, node, epoch, last as u64 + 1);
        }
        self.look_for_lost_writes(event, node, epoch);
    }

    /// Whether a leader holds every acknowledged write that was committed in its epoch or before.
    /// Its own epoch counts too: a server that forgot its term can win it a second time.
    fn look_for_lost_writes(&mut self, event: &Event, node: NodeId, epoch: u64) {
        let due = |committed: &Committed| committed.acknowledged && committed.commit_epoch <= epoch;
        let Some(last) = self.committed.rposition(due) else {
            return;
        };
        if self.chains.at(node, last as u64 + 1) == Some(self.committed[last].chain) {
            return;
        }
        let lost = |position: &usize| {
            let committed = &self.committed[*position];
            due(committed) && self.chains.at(node, *position as u64 + 1) != Some(committed.chain)
        };
        if let Some(first) = (0..=last).find(lost) {
            self.report_lost_write(event, node, epoch, first as u64 + 1, last as u64 + 1);
        }
    }

    /// An acknowledgement arrived: leaders who are there already must hold the write.
    fn look_at_ack(&mut self, event: &Event, index: u64) {
        let Some(committed) = self.committed.get_mut(index as usize - 1) else {
            return;
        };
        committed.acknowledged = true;
        let (chain, commit_epoch) = (committed.chain, committed.commit_epoch);
        for node in (0..self.probes.len()).map(NodeId::at) {
            let later = |probe: &Probe| probe.leading && probe.epoch >= commit_epoch;
            let Some(probe) = self.probes[node.index()].filter(later) else {
                continue;
            };
            if self.chains.at(node, index) != Some(chain) {
                self.report_lost_write(event, node, probe.epoch, index, index);
            }
        }
    }

    /// Whether a leader holds everything up to an index that was committed before its epoch.
    fn look_at_completeness(&mut self, event: &Event, node: NodeId, epoch: u64, last: u64) {
        let holds = |index: u64| {
            self.chains.at(node, index) == Some(self.committed[index as usize - 1].chain)
        };
        if holds(last) {
            return;
        }
        // Chains agree up to a point and differ from there on.
        let mut index = last;
        while index > 1 && !holds(index - 1) {
            index -= 1;
        }
        let lost = self.committed[index as usize - 1];
        let nodes = [node, lost.by].into_iter().collect();
        let operands = [
            ("node", node.to_string()),
            ("term", epoch.to_string()),
            ("index", index.to_string()),
            ("entry_term", lost.entry_epoch.to_string()),
            ("commit_term", lost.commit_epoch.to_string()),
            ("by", lost.by.to_string()),
        ];
        self.report(
            "leader_completeness",
            event,
            nodes,
            "evidence.leader_completeness",
            &operands,
        );
        self.report_lost_write(event, node, epoch, index, last);
    }

    fn report_lost_write(
        &mut self,
        event: &Event,
        node: NodeId,
        epoch: u64,
        first: u64,
        last: u64,
    ) {
        let acknowledged = |index: &u64| self.committed[*index as usize - 1].acknowledged;
        let Some(index) = (first..=last).find(acknowledged) else {
            return;
        };
        let operand = ("index", index.to_string());
        let told = |old: &Violation| {
            old.invariant == "no_acknowledged_write_lost" && old.operands.contains(&operand)
        };
        if self.violations.iter().any(told) {
            return;
        }
        let nodes = NodeSet::only(node);
        self.report(
            "no_acknowledged_write_lost",
            event,
            nodes,
            "evidence.write_lost",
            &[
                ("node", node.to_string()),
                ("term", epoch.to_string()),
                ("index", index.to_string()),
            ],
        );
    }

    /// State Machine Safety; and Leader Completeness for leaders of later epochs that live already.
    fn look_at_decision(
        &mut self,
        event: &Event,
        node: NodeId,
        probe: Probe,
        decided: &DecidedView,
    ) {
        let index = decided.index;
        let digest = decided.payload.digest();
        let Some(position) = index.checked_sub(1).map(|position| position as usize) else {
            return;
        };
        if let Some(known) = self.committed.get(position).copied() {
            if (known.digest, known.entry_epoch) != (digest, decided.epoch) {
                self.report_divergence(event, node, probe.epoch, index, known);
            }
            return;
        }
        if position > self.committed.len() {
            return;
        }
        if let Some(command) = decided.payload.command()
            && decided.fresh
        {
            let first = self.decided_first(command.client, command.seq, index);
            if first != index {
                self.report_twice(event, node, command, (first, index));
            }
        }
        let chain = self.chains.at(node, index).unwrap_or(digest);
        self.committed.push(Committed {
            chain,
            entry_epoch: decided.epoch,
            digest,
            commit_epoch: probe.epoch,
            by: node,
            acknowledged: false,
        });
        for other in 0..self.probes.len() {
            let later = |seen: &Probe| seen.leading && seen.epoch > probe.epoch;
            if let Some(seen) = self.probes[other].filter(later) {
                self.look_at_completeness(event, NodeId::at(other), seen.epoch, index);
            }
        }
    }

    /// Where a client's command was decided, if it was.
    fn decided_at(&self, client: ClientId, seq: u64) -> Option<u64> {
        let seqs = self.decided_at.get(usize::from(client.0))?;
        let index = seqs.get(seq.checked_sub(1)? as usize).copied()?;
        (index > 0).then_some(index)
    }

    /// Where a client's command was decided first, which may be here.
    fn decided_first(&mut self, client: ClientId, seq: u64, index: u64) -> u64 {
        if let Some(first) = self.decided_at(client, seq) {
            return first;
        }
        let client = usize::from(client.0);
        if let (Some(seqs), Some(position)) = (self.decided_at.get_mut(client), seq.checked_sub(1))
        {
            let position = position as usize;
            // Sessions number their commands one by one, so the gap is what is still undecided.
            while seqs.len() <= position && seqs.len() < MOST_COMMANDS {
                seqs.push(0);
            }
            if let Some(slot) = seqs.get_mut(position) {
                *slot = index;
            }
        }
        index
    }

    /// A retried command took effect at two indices.
    fn report_twice(
        &mut self,
        event: &Event,
        node: NodeId,
        command: &Command,
        (first, second): (u64, u64),
    ) {
        self.report(
            "applied_at_most_once",
            event,
            NodeSet::only(node),
            "evidence.twice",
            &[
                ("node", node.to_string()),
                ("client", command.client.to_string()),
                ("seq", command.seq.to_string()),
                ("first", first.to_string()),
                ("second", second.to_string()),
            ],
        );
    }

    fn report_divergence(
        &mut self,
        event: &Event,
        node: NodeId,
        epoch: u64,
        index: u64,
        known: Committed,
    ) {
        let nodes = [node, known.by].into_iter().collect();
        self.report(
            "state_machine_safety",
            event,
            nodes,
            "evidence.state_machine_safety",
            &[
                ("node", node.to_string()),
                ("other", known.by.to_string()),
                ("index", index.to_string()),
            ],
        );
        self.report_lost_write(event, node, epoch, index, index);
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
        if same >= MOST_OF_ONE || !self.watched.contains(&invariant) {
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
