//! The world, seen from outside.

use super::World;
use super::links::Body;
use crate::action::Endpoint;
use crate::scenario::Scenario;
use crate::view::{
    ClientView, Counters, DiskView, Flight, LinkView, MessageView, NodeFaults, Status, TimerView,
    View,
};
use synod_protocols::replica::{Question, Reason};
use synod_protocols::{
    About, Answer, ClientId, Command, Cost, Field, LocalTime, Log, Micros, NodeId, NodeSet,
    NodeView, Probe, Protocol, Quorums, Store, TimerId, Value,
};

impl<P: Protocol> View for World<P> {
    fn about(&self) -> &'static About {
        P::ABOUT
    }

    fn quorums(&self) -> Quorums {
        P::quorums(&self.config)
    }

    fn costs(&self) -> Vec<Cost> {
        P::costs(&self.config)
    }

    fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    fn now(&self) -> Micros {
        self.now
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn holding(&self) -> bool {
        self.holding
    }

    fn status(&self, node: NodeId) -> Status {
        self.nodes[node.index()].status()
    }

    fn probe(&self, node: NodeId) -> Option<Probe> {
        self.nodes[node.index()].replica.as_ref().map(P::probe)
    }

    fn log(&self, node: NodeId) -> Option<&Log> {
        match &self.nodes[node.index()].replica {
            Some(replica) => replica.log(),
            None => self.disk_log(node),
        }
    }

    fn disk_log(&self, node: NodeId) -> Option<&Log> {
        P::disk_log(&self.nodes[node.index()].disk.store)
    }

    fn describe(&self, node: NodeId) -> Option<NodeView> {
        self.nodes[node.index()].replica.as_ref().map(P::describe)
    }

    fn reasons(&self, node: NodeId, question: Question) -> Vec<Reason> {
        let replica = self.nodes[node.index()].replica.as_ref();
        replica.map_or(Vec::new(), |replica| replica.reasons(question))
    }

    fn disk(&self, node: NodeId) -> DiskView {
        let node = &self.nodes[node.index()];
        DiskView {
            fields: P::describe_disk(&node.disk.store),
            settings: node.disk.settings,
            pending: node.disk.cache.len(),
            syncing: node.disk.syncing.is_some(),
            waiting: node.waits(),
        }
    }

    fn store(&self, node: NodeId) -> Option<&Store> {
        self.nodes[node.index()].replica.as_ref().and_then(P::store)
    }

    fn members(&self, node: NodeId) -> Option<NodeSet> {
        self.nodes[node.index()]
            .replica
            .as_ref()
            .and_then(P::members)
    }

    fn timers(&self, node: NodeId) -> Vec<TimerView> {
        let timers = self.nodes[node.index()].timers.iter().enumerate();
        timers
            .filter_map(|(k, timer)| {
                let due_us = timer.due_us?;
                Some(TimerView {
                    timer: TimerId(k as u8),
                    armed_us: timer.armed_us,
                    due_us,
                })
            })
            .collect()
    }

    fn clock(&self, node: NodeId) -> LocalTime {
        self.nodes[node.index()].clock(self.now)
    }

    fn queued(&self, node: NodeId) -> usize {
        self.nodes[node.index()].inbox.len()
    }

    fn flights(&self, out: &mut Vec<Flight>) {
        let mut slots: Vec<(u64, usize)> = self
            .flights
            .iter()
            .map(|(slot, flight)| (flight.info.id, slot))
            .collect();
        slots.sort_unstable();
        out.extend(slots.into_iter().map(|(_, slot)| {
            let flight = &self.flights[slot];
            Flight {
                info: flight.info,
                due_us: flight.due_us,
                fate: flight.fate,
            }
        }));
    }

    fn message(&self, id: u64) -> Option<MessageView> {
        let flight = self.slot_of(id).map(|slot| &self.flights[slot])?;
        let fields = match &flight.body {
            Body::Peer(message) => P::describe_message(message),
            Body::Request(command) => vec![
                Field::memory("client", Value::Text(command.client.to_string())),
                Field::memory("seq", Value::Number(command.seq)),
                Field::memory("command", Value::Text(command.op.to_string())),
            ],
            Body::Reply(command, answer) => {
                let mut fields = vec![
                    Field::memory("client", Value::Text(command.client.to_string())),
                    Field::memory("seq", Value::Number(command.seq)),
                ];
                fields.push(match answer {
                    Answer::Applied { outcome } => Field::memory("outcome", outcome_value(outcome)),
                    Answer::NotLeader { hint } => Field::memory("ask", Value::node(*hint)),
                });
                fields
            }
        };
        Some(MessageView {
            info: flight.info,
            fields,
        })
    }

    fn link(&self, from: Endpoint, to: Endpoint) -> LinkView {
        let link = &self.links[self.link_at(self.position(from), self.position(to))];
        LinkView {
            cut: link.cut,
            kind: link.settings.kind,
            latency: link.settings.latency,
            loss: link.settings.loss,
            duplicate: link.settings.duplicate,
            reorder: link.settings.reorder,
            changed: link.settings != self.scenario.network,
        }
    }

    fn faults(&self, node: NodeId) -> NodeFaults {
        let server = &self.nodes[node.index()];
        NodeFaults {
            takes: server.faults.takes,
            deaf: server.faults.deaf.seen(self.nodes.len()),
            mute: server.faults.mute.seen(self.nodes.len()),
            ahead_us: server.clock(self.now).0 - self.now as i64,
            drift_ppm: server.drift_ppm as i32,
            wiped: server.faults.wiped,
        }
    }

    fn oracle(&self) -> Option<Micros> {
        self.oracle
    }

    fn clients(&self) -> Vec<ClientView> {
        let view = |session: &super::Session| ClientView {
            id: session.id,
            waiting: session.pending.as_ref().map(|pending| {
                let command = &pending.command;
                let target = NodeId::at(session.target);
                (command.op.clone(), command.seq, pending.since_us, target)
            }),
            queued: session.queue.len(),
            answered: session.answered,
            last: session.last.clone(),
        };
        self.sessions.iter().map(view).collect()
    }

    fn asking(&self, client: ClientId) -> Option<&Command> {
        let session = self.sessions.get(usize::from(client.0))?;
        session.pending.as_ref().map(|pending| &*pending.command)
    }

    fn load(&self) -> Option<Micros> {
        self.think
    }

    fn chain(&self) -> u64 {
        self.chain.0
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }
}

/// What the store answered, in a few words of the catalogue or as the value itself.
fn outcome_value(outcome: &synod_protocols::Outcome) -> Value {
    use synod_protocols::Outcome;
    match outcome {
        Outcome::Done => Value::Word("outcome.done"),
        Outcome::Value { value: Some(value) } => Value::Text(value.to_string()),
        Outcome::Value { value: None } => Value::Nothing,
        Outcome::Differs { .. } => Value::Word("outcome.differs"),
        Outcome::TooLong => Value::Word("outcome.too_long"),
    }
}
