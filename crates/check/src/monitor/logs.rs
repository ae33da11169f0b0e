//! Invariants of a log with leaders: Raft's of figure 3 (Ongaro and Ousterhout 2014).

use super::{Committed, Monitor};
use crate::chains::Conflict;
use synod_protocols::{NodeId, NodeSet, Probe};
use synod_sim::{Event, View};

impl Monitor {
    /// Leader Append-Only and Log Matching.
    pub(super) fn look_at_log(
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
    pub(super) fn look_at_election(&mut self, event: &Event, node: NodeId, epoch: u64) {
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
        if !self.chained {
            return;
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
    pub(super) fn look_at_ack(&mut self, event: &Event, index: u64) {
        let Some(committed) = self.committed.get_mut(index as usize - 1) else {
            return;
        };
        committed.acknowledged = true;
        if !self.chained {
            return;
        }
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
    pub(super) fn look_at_completeness(
        &mut self,
        event: &Event,
        node: NodeId,
        epoch: u64,
        last: u64,
    ) {
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
}
