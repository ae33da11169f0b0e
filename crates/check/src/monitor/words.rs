//! Invariants of Paxos, from the words that servers give: promises and acceptances
//! ("Paxos Made Simple", 2001, §2.2: P1a, P2, P2b).

use super::Monitor;
use std::collections::BTreeMap;
use synod_protocols::{ClientId, Command, NodeId, NodeSet, Payload, Pledge, Purpose, Quorums};
use synod_sim::chunked::Chunked;
use synod_sim::{DecidedView, Event, EventKind, View, action::Action};

/// Of how many proposals acceptances are counted: the highest slots and ballots.
const MOST_COUNTED: usize = 4_096;

/// A chosen value: its digest, the lowest ballot in which it was seen to be chosen, and who had
/// accepted it. Ballot 0 stands for "nothing yet".
#[derive(Clone, Copy, Debug, Default)]
struct Chosen {
    epoch: u64,
    digest: u64,
    by: NodeSet,
}

/// What the servers have given their word on.
#[derive(Clone, Debug)]
pub(super) struct Words {
    quorums: Quorums,
    /// The highest promise that each server has told.
    promised: Vec<u64>,
    /// Who accepted, by slot, ballot and value.
    accepted: BTreeMap<(u64, u64, u64), NodeSet>,
    /// By slot − 1.
    chosen: Chunked<Chosen>,
    /// What the clients have asked for: digests by client, then by number − 1.
    asked: Vec<Chunked<u64>>,
    /// Digests of what lay on the disks at the beginning.
    preloaded: Vec<u64>,
}

impl Words {
    pub fn new(run: &dyn View) -> Words {
        let scenario = run.scenario();
        let preload = scenario
            .node
            .values()
            .filter_map(|node| node.preload.as_ref());
        let entries = preload.flat_map(|preload| &preload.log);
        Words {
            quorums: run.quorums(),
            promised: vec![0; scenario.nodes],
            accepted: BTreeMap::new(),
            chosen: Chunked::default(),
            asked: vec![Chunked::default(); scenario.clients.sessions],
            preloaded: entries.map(|entry| entry.payload.digest()).collect(),
        }
    }

    /// Remembers what a client asks for now.
    fn ask(&mut self, command: &Command) {
        let Some(asked) = self.asked.get_mut(usize::from(command.client.0)) else {
            return;
        };
        // Sessions number their commands one by one, so there is never a gap.
        if command.seq == asked.len() as u64 + 1 {
            asked.push(command.digest());
        }
    }

    /// Whether somebody has asked for a command.
    fn was_asked(&self, command: &Command) -> bool {
        let asked = self.asked.get(usize::from(command.client.0));
        let position = command.seq.saturating_sub(1) as usize;
        let found = asked.and_then(|asked| asked.get(position));
        found == Some(&command.digest()) || self.preloaded.contains(&command.digest())
    }
}

impl Monitor {
    /// Follows what clients ask for: with this event they may have asked for more.
    pub(super) fn follow_clients(&mut self, run: &dyn View, event: &Event) {
        let asked = match &event.kind {
            EventKind::Asked { client, .. } => Some(*client),
            EventKind::Acted(action) => match **action {
                Action::Command { client, .. } => Some(client),
                _ => None,
            },
            _ => event.ack.as_ref().map(|ack| ack.client),
        };
        let asking = |client: ClientId| run.asking(client);
        if let Some(command) = asked.and_then(asking) {
            self.words.ask(command);
        }
    }

    /// Validity: only a value that somebody proposed is decided (PMS §2.1).
    pub(super) fn look_at_validity(&mut self, event: &Event, node: NodeId, decided: &DecidedView) {
        let Payload::Command(command) = &decided.payload else {
            return;
        };
        if self.words.was_asked(command) {
            return;
        }
        self.report(
            "validity",
            event,
            NodeSet::only(node),
            "evidence.validity",
            &[
                ("node", node.to_string()),
                ("index", decided.index.to_string()),
                ("command", command.op.to_string()),
            ],
        );
    }

    pub(super) fn look_at_word(&mut self, event: &Event, node: NodeId, pledge: &Pledge) {
        let Some(tally) = self.about.tallies.get(usize::from(pledge.what)) else {
            return;
        };
        let promised = self.words.promised[node.index()];
        if pledge.epoch < promised {
            let show = |epoch| self.about.show_epoch(epoch);
            self.report(
                "promise_monotonicity",
                event,
                NodeSet::only(node),
                "evidence.promise_monotonicity",
                &[
                    ("node", node.to_string()),
                    ("ballot", show(pledge.epoch)),
                    ("promised", show(promised)),
                ],
            );
        }
        self.words.promised[node.index()] = promised.max(pledge.epoch);
        if tally.purpose == Purpose::Decide && !tally.up_to {
            self.look_at_acceptance(event, node, pledge);
        }
    }

    /// P2b: once a value is chosen, no acceptor accepts another in a higher ballot; and so no two
    /// values are ever chosen.
    fn look_at_acceptance(&mut self, event: &Event, node: NodeId, pledge: &Pledge) {
        let Pledge {
            subject: slot,
            epoch,
            digest,
            ..
        } = *pledge;
        let Some(position) = slot.checked_sub(1).map(|slot| slot as usize) else {
            return;
        };
        let words = &mut self.words;
        let have = words.accepted.entry((slot, epoch, digest)).or_default();
        have.insert(node);
        let have = *have;
        if words.accepted.len() > MOST_COUNTED {
            words.accepted.pop_first();
        }
        let quorum = &words.quorums.of[usize::from(pledge.what)];
        let known = words.chosen.get(position).copied().unwrap_or_default();
        let is_chosen = quorum.is_quorum(have);
        if known.epoch > 0 {
            let another = known.digest != digest && (epoch > known.epoch || is_chosen);
            if another {
                self.report_changed(event, node, (slot, epoch), known);
            }
            return;
        }
        if is_chosen {
            while words.chosen.len() <= position {
                words.chosen.push(Chosen::default());
            }
            if let Some(chosen) = words.chosen.get_mut(position) {
                *chosen = Chosen {
                    epoch,
                    digest,
                    by: have,
                };
            }
        }
    }

    fn report_changed(
        &mut self,
        event: &Event,
        node: NodeId,
        (slot, epoch): (u64, u64),
        known: Chosen,
    ) {
        let show = |epoch| self.about.show_epoch(epoch);
        let mut nodes = known.by;
        nodes.insert(node);
        self.report(
            "chosen_stays_chosen",
            event,
            nodes,
            "evidence.chosen_stays_chosen",
            &[
                ("node", node.to_string()),
                ("index", slot.to_string()),
                ("ballot", show(epoch)),
                ("by", known.by.to_string()),
                ("chosen", show(known.epoch)),
            ],
        );
        self.report_lost_write(event, node, epoch, slot, slot);
    }
}
