//! Links and the messages on them.

use super::nodes::Queued;
use super::{MOST_FLIGHTS, Urgent, What, World, endpoint, kind_of};
use crate::action::{Endpoint, LinkPatch, Match};
use crate::random::{Purpose, Stream};
use crate::scenario::{LinkKind, NetworkSettings, Scenario};
use crate::view::{EventKind, Fate, LossReason, MessageInfo, Status};
use std::sync::Arc;
use synod_protocols::{Answer, Command, Input, Micros, NodeId, Protocol};

/// How long a stream waits before it sends a lost segment again.
const RETRANSMIT_US: Micros = 200_000;
/// After how many losses in a row a stream's segment gets through all the same.
const MOST_RETRANSMITS: u32 = 6;

/// A message's content.
#[derive(Clone, Debug)]
pub(super) enum Body<M> {
    Peer(M),
    Request(Arc<Command>),
    Reply(Arc<Command>, Answer),
}

/// A message under way.
#[derive(Clone, Debug)]
pub(super) struct InFlight<M> {
    pub info: MessageInfo,
    pub due_us: Micros,
    pub fate: Fate,
    pub body: Body<M>,
}

/// One direction of a link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub settings: NetworkSettings,
    pub cut: bool,
    /// When the last message in order is due.
    last_due_us: Micros,
    stream: Stream,
}

/// Every direction of every link, servers first, then the clients' machine.
pub(super) fn all(scenario: &Scenario) -> Vec<Link> {
    let ends = scenario.nodes + 1;
    (0..ends * ends)
        .map(|k| {
            let owner = (k / ends * 1_000 + k % ends) as u64;
            Link {
                settings: scenario.network,
                cut: false,
                last_due_us: 0,
                stream: Stream::new(scenario.seed, Purpose::Link, owner),
            }
        })
        .collect()
}

impl Link {
    /// What its stream would give next.
    pub fn draws(&self) -> u64 {
        self.stream.peek()
    }

    pub fn patch(&mut self, patch: &LinkPatch) {
        let settings = &mut self.settings;
        settings.latency = patch.latency.unwrap_or(settings.latency);
        settings.loss = patch.loss.unwrap_or(settings.loss);
        settings.duplicate = patch.duplicate.unwrap_or(settings.duplicate);
        settings.reorder = patch.reorder.unwrap_or(settings.reorder);
    }

    /// Draws what becomes of a message sent now.
    fn draw(&mut self, now: Micros) -> (Micros, Fate) {
        let latency = self.stream.span(self.settings.latency);
        match self.settings.kind {
            LinkKind::Datagram => self.draw_datagram(now, latency),
            LinkKind::Stream => {
                let mut due = now + latency;
                for _ in 0..MOST_RETRANSMITS {
                    if !self.stream.hits(self.settings.loss) {
                        break;
                    }
                    due += RETRANSMIT_US;
                }
                due = due.max(self.last_due_us);
                self.last_due_us = due;
                (
                    due,
                    if self.cut {
                        Fate::Stalled
                    } else {
                        Fate::Arrives
                    },
                )
            }
        }
    }

    fn draw_datagram(&mut self, now: Micros, latency: Micros) -> (Micros, Fate) {
        let lost = self.stream.hits(self.settings.loss);
        let overtakes = self.stream.hits(self.settings.reorder);
        if self.cut || lost {
            let why = if self.cut {
                LossReason::Cut
            } else {
                LossReason::Loss
            };
            return (now + latency / 2, Fate::Dies(why));
        }
        let mut due = now + latency;
        if !overtakes {
            due = due.max(self.last_due_us);
            self.last_due_us = due;
        }
        (due, Fate::Arrives)
    }
}

impl<P: Protocol> World<P> {
    pub(super) fn link_at(&self, from: usize, to: usize) -> usize {
        from * (self.nodes.len() + 1) + to
    }

    pub(super) fn position(&self, end: Endpoint) -> usize {
        end.server().map_or(self.nodes.len(), NodeId::index)
    }

    /// Sends a message over a link, and perhaps its double.
    pub(super) fn send(&mut self, from: usize, to: usize, body: Body<P::Message>) {
        if self.omits_to_send(from, to) {
            return self.leave_unsent(from, to, body);
        }
        let at = self.link_at(from, to);
        let doubled = {
            let link = &mut self.links[at];
            let chance = link.settings.duplicate;
            link.settings.kind == LinkKind::Datagram && link.stream.hits(chance)
        };
        if doubled {
            self.send_once(from, to, body.clone());
        }
        self.send_once(from, to, body);
    }

    fn send_once(&mut self, from: usize, to: usize, body: Body<P::Message>) {
        let at = self.link_at(from, to);
        let (due_us, fate) = self.links[at].draw(self.now);
        self.put_out(from, to, body, (due_us, fate));
    }

    /// Counts a message and puts it under way, with its end as it was drawn.
    pub(super) fn put_out(
        &mut self,
        from: usize,
        to: usize,
        body: Body<P::Message>,
        (due_us, fate): (Micros, Fate),
    ) {
        let (kind, epoch) = kind_of::<P>(&body);
        self.last_message += 1;
        let nodes = self.nodes.len();
        let info = MessageInfo {
            id: self.last_message,
            from: endpoint(from, nodes),
            to: endpoint(to, nodes),
            kind,
            epoch,
            sent_us: self.now,
            sent_in: self.current(),
        };
        match kind {
            MessageInfo::REQUEST => self.counters.requests += 1,
            MessageInfo::REPLY => self.counters.replies += 1,
            kind => self.counters.sent[usize::from(kind)] += 1,
        }
        self.event.sent.push(info);
        if self.flights.len() >= MOST_FLIGHTS {
            return self.urgent.push_back(Urgent::Overflow(info));
        }
        self.launch(InFlight {
            info,
            due_us,
            fate,
            body,
        });
    }

    fn launch(&mut self, flight: InFlight<P::Message>) {
        let (due, id, fate) = (flight.due_us, flight.info.id as u32, flight.fate);
        let slot = self.flights.insert(flight) as u32;
        self.launched.push((id, slot));
        if fate != Fate::Stalled {
            self.plan(due, What::Message { slot, id });
        }
    }

    fn count_loss(&mut self, kind: u8) {
        if let Some(lost) = self.counters.lost.get_mut(usize::from(kind)) {
            *lost += 1;
        }
    }

    /// Where a message in flight is kept. Those of the last event are found at once.
    pub(super) fn slot_of(&self, id: u64) -> Option<usize> {
        let recent = self
            .launched
            .iter()
            .find(|(known, _)| u64::from(*known) == id);
        let holds = |slot: &usize| self.flights.get(*slot).is_some_and(|f| f.info.id == id);
        recent
            .map(|(_, slot)| *slot as usize)
            .filter(holds)
            .or_else(|| {
                let mut all = self.flights.iter();
                all.find(|(_, flight)| flight.info.id == id)
                    .map(|(slot, _)| slot)
            })
    }

    /// A message's journey ends, or stops at a cut stream.
    pub(super) fn arrive(&mut self, slot: usize) {
        let info = self.flights[slot].info;
        let (from, to) = (self.position(info.from), self.position(info.to));
        let link = &self.links[self.link_at(from, to)];
        let mut fate = self.flights[slot].fate;
        if link.cut && matches!(fate, Fate::Arrives | Fate::Stalled) {
            if link.settings.kind == LinkKind::Stream {
                self.flights[slot].fate = Fate::Stalled;
                let at = info.to.server().map(NodeId::index);
                self.end_event(at, EventKind::Stalled(info));
                return;
            }
            fate = Fate::Dies(LossReason::Cut);
        }
        let flight = self.flights.remove(slot);
        if let Fate::Dies(why) = fate {
            return self.lose(info, why);
        }
        match flight.body {
            Body::Reply(command, answer) => self.client_hears(info, &command, answer),
            Body::Peer(message) => {
                self.server_hears(to, info, Queued::Peer(info, NodeId::at(from), message));
            }
            Body::Request(command) => self.server_hears(to, info, Queued::Request(info, command)),
        }
    }

    pub(super) fn lose(&mut self, info: MessageInfo, why: LossReason) {
        self.count_loss(info.kind);
        let at = info.to.server().map(NodeId::index);
        self.end_event(at, EventKind::Lost(info, why));
    }

    fn server_hears(&mut self, at: usize, info: MessageInfo, input: Queued<P::Message>) {
        let status = self.nodes[at].status();
        if status != Status::Crashed && self.omits_to_receive(at, info.from) {
            return self.lose(info, LossReason::Deaf);
        }
        match status {
            Status::Crashed => return self.lose(info, LossReason::Down),
            Status::Paused => {
                return if self.enqueue(at, input) {
                    self.end_event(Some(at), EventKind::Queued(info));
                } else {
                    self.lose(info, LossReason::Full);
                };
            }
            Status::Up if self.is_busy(at) => {
                return if self.wait_turn(at, input) {
                    self.end_event(Some(at), EventKind::Waits(info));
                } else {
                    self.lose(info, LossReason::Full);
                };
            }
            Status::Up => {}
        }
        self.counters.arrived += 1;
        if let Some(delivered) = self.counters.delivered.get_mut(usize::from(info.kind)) {
            *delivered += 1;
        }
        match input {
            Queued::Peer(_, from, message) => self.feed(at, Input::Message { from, message }),
            Queued::Request(_, command) => self.feed(at, Input::Request(command)),
            Queued::Timer(..) | Queued::Durable(_) | Queued::Report(..) => {}
        }
        self.end_event(Some(at), EventKind::Delivered(info));
    }

    /// Cuts or heals one direction. A stream holds back what is under way when it is cut, and sends
    /// it on in order when it is healed.
    pub(super) fn set_cut(&mut self, from: usize, to: usize, cut: bool) {
        let at = self.link_at(from, to);
        self.links[at].cut = cut;
        if self.links[at].settings.kind == LinkKind::Datagram {
            return;
        }
        let nodes = self.nodes.len();
        let (from, to) = (endpoint(from, nodes), endpoint(to, nodes));
        let (old, new) = if cut {
            (Fate::Arrives, Fate::Stalled)
        } else {
            (Fate::Stalled, Fate::Arrives)
        };
        let mut held: Vec<(u64, usize)> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.fate == old)
            .filter(|(_, flight)| flight.info.from == from && flight.info.to == to)
            .map(|(slot, flight)| (flight.info.id, slot))
            .collect();
        held.sort_unstable();
        for (id, slot) in held {
            self.flights[slot].fate = new;
            if !cut {
                let due = self.links[at].draw(self.now).0;
                self.flights[slot].due_us = due;
                self.plan(
                    due,
                    What::Message {
                        slot: slot as u32,
                        id: id as u32,
                    },
                );
            }
        }
    }

    /// Whether a message is one of those meant.
    pub(super) fn fits(&self, flight: &InFlight<P::Message>, what: &Match) -> bool {
        let info = &flight.info;
        if let Some(id) = what.id {
            return info.id == id;
        }
        what.from.is_none_or(|from| from == info.from)
            && what.to.is_none_or(|to| to == info.to)
            && what
                .kind
                .as_ref()
                .is_none_or(|kind| kind == info.kind_name(P::ABOUT))
    }

    /// The slots of the messages that are meant, oldest first.
    pub(super) fn matching(&self, what: &Match) -> Vec<usize> {
        let mut found: Vec<(u64, usize)> = self
            .flights
            .iter()
            .filter(|(_, flight)| self.fits(flight, what))
            .map(|(slot, flight)| (flight.info.id, slot))
            .collect();
        found.sort_unstable();
        if !what.all {
            found.truncate(1);
        }
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    pub(super) fn duplicate(&mut self, slot: usize) {
        let mut copy = self.flights[slot].clone();
        self.last_message += 1;
        copy.info.id = self.last_message;
        self.event.sent.push(copy.info);
        if self.flights.len() < MOST_FLIGHTS {
            self.launch(copy);
        }
    }

    pub(super) fn delay(&mut self, slot: usize, by_us: Micros) {
        let flight = &mut self.flights[slot];
        flight.due_us = flight.due_us.max(self.now) + by_us;
        let (due, id) = (flight.due_us, flight.info.id as u32);
        self.plan(
            due,
            What::Message {
                slot: slot as u32,
                id,
            },
        );
    }

    /// Everything under way between two ends is lost, both ways.
    pub(super) fn kill_session(&mut self, a: Endpoint, b: Endpoint) {
        let between = |info: &MessageInfo| {
            (info.from == a && info.to == b) || (info.from == b && info.to == a)
        };
        let gone: Vec<usize> = self
            .flights
            .iter()
            .filter(|(_, flight)| between(&flight.info))
            .map(|(slot, _)| slot)
            .collect();
        for slot in gone {
            let flight = self.flights.remove(slot);
            self.count_loss(flight.info.kind);
        }
    }
}
