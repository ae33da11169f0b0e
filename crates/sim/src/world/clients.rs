//! Client sessions: one command under way each, sent again until it is answered.

use super::links::Body;
use super::{MOST_ASKED, MOST_COMMANDS, What, World};
use crate::random::{Purpose, Stream};
use crate::scenario::{Load, Scenario};
use crate::view::{Ack, EventKind, MessageInfo};
use smol_str::{SmolStr, format_smolstr};
use std::collections::VecDeque;
use std::sync::Arc;
use synod_protocols::{Answer, ClientId, Command, Micros, NodeId, Op, Protocol};

/// How long a session waits before it asks elsewhere, if it was told of no leader.
const BACK_OFF_US: Micros = 50_000;

/// A command under way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub command: Arc<Command>,
    pub since_us: Micros,
}

/// A client session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub id: ClientId,
    pub pending: Option<Pending>,
    pub queue: VecDeque<Op>,
    /// Whom it asked last, and asks first.
    pub target: usize,
    /// Counts what it has planned, so that only the latest plan holds.
    pub turn: u32,
    last_seq: u64,
    /// The event with which its turn was planned.
    planned_in: u64,
    pub answered: u64,
    pub last: Option<(Op, Answer)>,
    stream: Stream,
}

/// The sessions of a scenario.
pub(super) fn all(scenario: &Scenario) -> Vec<Session> {
    (0..scenario.clients.sessions)
        .map(|k| Session {
            id: ClientId(k as u16),
            pending: None,
            queue: VecDeque::new(),
            target: k % scenario.nodes,
            turn: 0,
            last_seq: 0,
            planned_in: 0,
            answered: 0,
            last: None,
            stream: Stream::new(scenario.seed, Purpose::Client, k as u64),
        })
        .collect()
}

impl Session {
    /// An operation of the load: mostly writes, some reads.
    fn invent(&mut self, keys: u64) -> Op {
        const NAMES: [&str; 8] = ["x", "y", "z", "a", "b", "c", "d", "e"];
        let pick = self.stream.below(keys.max(1));
        let key = match NAMES.get(pick as usize) {
            Some(name) => SmolStr::new_static(name),
            None => format_smolstr!("k{pick}"),
        };
        let value = format_smolstr!("{}", self.last_seq + 1);
        match self.stream.below(10) {
            0..=6 => Op::Put { key, value },
            7 => Op::Cas {
                key,
                expect: format_smolstr!("{}", self.last_seq),
                value,
            },
            _ => Op::Get { key },
        }
    }
}

impl<P: Protocol> World<P> {
    /// Starts the load that the scenario asks for from the beginning.
    pub(super) fn begin_load(&mut self) {
        if let Load::Think { pause_us } = self.scenario.clients.load {
            self.set_load(Some(pause_us));
        }
        for session in &mut self.sessions {
            session.planned_in = 0;
        }
    }

    /// Every idle session will send commands, the first after a moment of its own.
    pub(super) fn set_load(&mut self, think: Option<Micros>) {
        self.think = think;
        let Some(pause_us) = think else { return };
        for client in 0..self.sessions.len() {
            if self.sessions[client].pending.is_none() {
                let first = self.sessions[client].stream.below(pause_us.max(1_000));
                self.plan_client(client, first);
            }
        }
    }

    fn plan_client(&mut self, client: usize, after_us: Micros) {
        let planned_in = self.current();
        let session = &mut self.sessions[client];
        session.turn = session.turn.wrapping_add(1);
        session.planned_in = planned_in;
        let turn = session.turn;
        self.plan(
            self.now + after_us,
            What::Client {
                client: client as u16,
                turn,
            },
        );
    }

    /// Adds a command; false if the session's queue is full.
    pub(super) fn command(&mut self, client: usize, op: Op) -> bool {
        if self.sessions[client].queue.len() >= MOST_COMMANDS {
            return false;
        }
        self.sessions[client].queue.push_back(op);
        if self.sessions[client].pending.is_none() {
            self.next_command(client);
        }
        true
    }

    /// Sends the next command, if there is one.
    fn next_command(&mut self, client: usize) {
        let keys = self.scenario.clients.keys;
        if self.asked >= MOST_ASKED {
            self.think = None;
            return;
        }
        let session = &mut self.sessions[client];
        let op = match session.queue.pop_front() {
            Some(op) => op,
            None if self.think.is_some() => session.invent(keys),
            None => return,
        };
        self.asked += 1;
        session.last_seq += 1;
        let command = Arc::new(Command::new(session.id, session.last_seq, op));
        session.pending = Some(Pending {
            command,
            since_us: self.now,
        });
        self.ask(client);
    }

    fn ask(&mut self, client: usize) {
        let session = &self.sessions[client];
        let Some(pending) = &session.pending else {
            return;
        };
        let (command, target) = (Arc::clone(&pending.command), session.target);
        let clients = self.nodes.len();
        self.send(clients, target, Body::Request(command));
        self.plan_client(client, self.scenario.clients.timeout_us);
    }

    /// A session's planned moment: the next command, or the one under way to another server.
    pub(super) fn client_turn(&mut self, client: usize) -> bool {
        let retry = self.sessions[client].pending.is_some();
        let planned_in = self.sessions[client].planned_in;
        self.blame(planned_in);
        if retry {
            let nodes = self.nodes.len();
            let session = &mut self.sessions[client];
            session.target = (session.target + 1) % nodes;
            self.ask(client);
        } else {
            self.next_command(client);
        }
        let session = &self.sessions[client];
        let Some(pending) = &session.pending else {
            return false;
        };
        let (client, seq) = (session.id, pending.command.seq);
        self.end_event(None, EventKind::Asked { client, seq, retry });
        true
    }

    /// A reply arrives. Only the answer to the command under way counts.
    pub(super) fn client_hears(&mut self, info: MessageInfo, command: &Command, answer: Answer) {
        self.counters.arrived += 1;
        let client = usize::from(command.client.0);
        let from = info.from.server();
        let waits = |pending: &Pending| pending.command.seq == command.seq;
        let session = self.sessions.get(client);
        if session.is_some_and(|session| session.pending.as_ref().is_some_and(waits)) {
            match answer {
                Answer::Applied { .. } => self.acknowledge(client, from, answer),
                Answer::NotLeader { hint } => self.redirect(client, from, hint),
            }
        }
        self.end_event(None, EventKind::Delivered(info));
    }

    fn acknowledge(&mut self, client: usize, from: Option<NodeId>, answer: Answer) {
        let session = &mut self.sessions[client];
        let Some(pending) = session.pending.take() else {
            return;
        };
        session.answered += 1;
        session.target = from.map_or(session.target, NodeId::index);
        session.last = Some((pending.command.op.clone(), answer.clone()));
        self.counters.acknowledged += 1;
        self.counters.latency_sum_us += self.now - pending.since_us;
        self.event.ack = Some(Ack {
            client: session.id,
            seq: pending.command.seq,
            op: pending.command.op.clone(),
            answer,
            asked_us: pending.since_us,
        });
        session.turn = session.turn.wrapping_add(1);
        if !session.queue.is_empty() {
            self.next_command(client);
        } else if let Some(pause_us) = self.think {
            if pause_us == 0 {
                self.next_command(client);
            } else {
                self.plan_client(client, pause_us);
            }
        }
    }

    /// Told of a leader, it asks there at once; otherwise elsewhere after a moment.
    fn redirect(&mut self, client: usize, from: Option<NodeId>, hint: Option<NodeId>) {
        match hint.filter(|hint| Some(*hint) != from) {
            Some(leader) => {
                self.sessions[client].target = leader.index();
                self.ask(client);
            }
            None => self.plan_client(client, BACK_OFF_US),
        }
    }
}
