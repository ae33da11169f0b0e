//! Invariants of what is decided, applied and acknowledged.

use super::{Committed, MOST_COMMANDS, Monitor, Violation};
use synod_protocols::{ClientId, Command, NodeId, NodeSet, Numbering, Probe};
use synod_sim::{DecidedView, Event};

impl Monitor {
    pub(super) fn report_lost_write(
        &mut self,
        event: &Event,
        node: NodeId,
        epoch: u64,
        first: u64,
        last: u64,
    ) {
        let acknowledged = |index: &u64| {
            let committed = self.committed.get(*index as usize - 1);
            committed.is_some_and(|committed| committed.acknowledged)
        };
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
        let sentence = match self.about.numbering {
            Numbering::Plain => "evidence.write_lost",
            Numbering::Ballots => "evidence.write_lost.ballot",
        };
        self.report(
            "no_acknowledged_write_lost",
            event,
            nodes,
            sentence,
            &[
                ("node", node.to_string()),
                ("term", self.about.show_epoch(epoch)),
                ("index", index.to_string()),
            ],
        );
    }

    /// State Machine Safety; and Leader Completeness for leaders of later epochs that live already.
    pub(super) fn look_at_decision(
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
            // A slot may be decided again in a later ballot, with the same value; a log's entry
            // keeps its epoch.
            let same_epoch = known.entry_epoch == decided.epoch || !self.chained;
            if known.digest != digest || !same_epoch {
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
        if !self.chained {
            return;
        }
        for other in 0..self.probes.len() {
            let later = |seen: &Probe| seen.leading && seen.epoch > probe.epoch;
            if let Some(seen) = self.probes[other].filter(later) {
                self.look_at_completeness(event, NodeId::at(other), seen.epoch, index);
            }
        }
    }

    /// Where a client's command was decided, if it was.
    pub(super) fn decided_at(&self, client: ClientId, seq: u64) -> Option<u64> {
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
        let operands = [
            ("node", node.to_string()),
            ("other", known.by.to_string()),
            ("index", index.to_string()),
        ];
        for (invariant, sentence) in [
            ("state_machine_safety", "evidence.state_machine_safety"),
            ("agreement", "evidence.agreement"),
        ] {
            self.report(invariant, event, nodes, sentence, &operands);
        }
        self.report_lost_write(event, node, epoch, index, index);
    }
}
