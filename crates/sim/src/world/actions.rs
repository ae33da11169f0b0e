//! What actions do.

use super::{MANUAL_STEP_US, MOST_QUIET, Urgent, World};
use crate::action::{Action, Endpoint, Match, Pair, Refusal, Who};
use crate::limits::MOST_RECONFIGURED;
use crate::view::{EventKind, LossReason, Status, View};
use std::sync::Arc;
use synod_protocols::{Input, NodeId, NodeSet, Operator, Protocol};

impl<P: Protocol> World<P> {
    /// Does an action and ends its event.
    ///
    /// # Errors
    /// Why it cannot be done; then nothing has happened.
    pub(super) fn perform(&mut self, action: &Arc<Action>) -> Result<(), Refusal> {
        self.check(action)?;
        if self.holding && !matches!(**action, Action::Hold | Action::Release) {
            self.now += MANUAL_STEP_US;
        }
        let node = self.perform_checked(action)?;
        if let Some(end) = node {
            self.end_event(end, EventKind::Acted(Arc::clone(action)));
        }
        Ok(())
    }

    /// Returns where it happened; `None` if the event has ended already, as one of another kind.
    fn perform_checked(&mut self, action: &Action) -> Result<Option<Option<usize>>, Refusal> {
        match action {
            Action::Crash { node } => self.on_node(*node, |world, at| world.crash(at)),
            Action::Restart { node } => self.on_node(*node, World::start_node),
            Action::Pause { node } => self.on_node(*node, World::pause),
            Action::Resume { node } => self.on_node(*node, World::resume),
            Action::Isolate { node } => self.on_node(*node, |world, at| world.around(at, true)),
            Action::Rejoin { node } => self.on_node(*node, |world, at| world.around(at, false)),
            Action::Sync { node } => self.on_node(*node, World::sync_by_hand),
            Action::Lead { node } => {
                let target = self.who(*node)?;
                let leader = self.leader().ok_or_else(|| refusal("refuse.no_leader"))?;
                let ask = Operator::Transfer(NodeId::at(target));
                self.feed(leader.index(), Input::Operator(ask));
                Ok(Some(Some(leader.index())))
            }
            Action::Reconfigure { members } => {
                let leader = self.leader().ok_or_else(|| refusal("refuse.no_leader"))?;
                let members = *members;
                let ask = Operator::Reconfigure { members };
                self.feed(leader.index(), Input::Operator(ask));
                Ok(Some(Some(leader.index())))
            }
            Action::Timeout { node } => {
                let at = self.who(*node)?;
                let timer = self.suspicion(at).ok_or_else(|| refusal("refuse.timer"))?;
                self.fire_within(at, timer);
                Ok(Some(Some(at)))
            }
            Action::Fire { node, timer } => {
                let at = self.who(*node)?;
                let named = P::ABOUT
                    .timers
                    .iter()
                    .position(|known| known.name == *timer);
                self.fire(at, named.ok_or_else(|| refusal("refuse.timer"))?);
                Ok(None)
            }
            Action::Deliver { what } => self.deliver_by_hand(what),
            Action::Drop { what } => self.drop_by_hand(what),
            Action::Wipe { node } => self.on_node(*node, World::wipe),
            Action::Slow { node, takes } => {
                self.on_node(*node, |world, at| world.slow_down(at, *takes))
            }
            Action::Deaf { node, chance, peer } | Action::Mute { node, chance, peer } => {
                let mute = matches!(action, Action::Mute { .. });
                self.on_node(*node, |world, at| world.omit(at, mute, *chance, *peer))
            }
            Action::Clock { node, patch } => {
                self.on_node(*node, |world, at| world.set_clock(at, patch))
            }
            Action::Disk { node, patch } => {
                self.on_node(*node, |world, at| world.set_disk(at, patch))
            }
            _ => {
                self.perform_on_world(action);
                Ok(Some(None))
            }
        }
    }

    /// Actions on links, clients and the schedule, which cannot fail once checked.
    fn perform_on_world(&mut self, action: &Action) {
        match action {
            Action::Cut { links } => self.each_direction(links, |world, from, to| {
                world.set_cut(from, to, true);
            }),
            Action::Partition { groups } => self.partition(groups),
            Action::Heal { links } if links.is_empty() => {
                for from in 0..=self.nodes.len() {
                    for to in 0..=self.nodes.len() {
                        self.set_cut(from, to, false);
                    }
                }
            }
            Action::Heal { links } => self.each_direction(links, |world, from, to| {
                world.set_cut(from, to, false);
            }),
            Action::Link { link, patch } => {
                self.each_direction(&[*link], |world, from, to| {
                    let at = world.link_at(from, to);
                    world.links[at].patch(patch);
                });
            }
            Action::KillSession { link } => self.kill_session(link.from, link.to),
            Action::Command { client, op } => {
                self.command(usize::from(client.0), op.clone());
            }
            Action::Load { pause_us } => self.set_load(*pause_us),
            Action::Hold => {
                self.holding = true;
                self.urgent.extend((0..self.nodes.len()).map(Urgent::Sync));
                self.finish_work();
            }
            Action::Release => self.holding = false,
            Action::Quiet => {
                self.quiet = MOST_QUIET;
                self.quiet_at = self.now + MANUAL_STEP_US;
            }
            Action::Wait { us } => self.now += us,
            Action::Oracle { delay_us } => self.set_oracle(*delay_us),
            Action::Duplicate { what } => {
                for slot in self.matching(what) {
                    self.duplicate(slot);
                }
            }
            Action::Delay { what, by_us } => {
                for slot in self.matching(what) {
                    self.delay(slot, *by_us);
                }
            }
            _ => {}
        }
    }

    fn check_members(&self, members: NodeSet) -> Result<(), Refusal> {
        let all = NodeSet::first(self.nodes.len());
        if !P::ABOUT.can_reconfigure {
            return Err(refusal("refuse.no_reconfiguration"));
        }
        if self.nodes.len() > MOST_RECONFIGURED {
            let most = [("most", MOST_RECONFIGURED.to_string())];
            return Err(Refusal::new("refuse.too_many_members", &most));
        }
        if members.is_empty() || !members.minus(all).is_empty() {
            return Err(refusal("refuse.unknown_node"));
        }
        let leader = self.leader().map(|_| ());
        leader.ok_or_else(|| refusal("refuse.no_leader"))
    }

    /// Whether an action can be done now.
    ///
    /// # Errors
    /// The sentence that says why not.
    pub(super) fn check(&self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Crash { node } => self.needs(*node, &[Status::Up, Status::Paused]),
            Action::Restart { node } => self.needs(*node, &[Status::Crashed]),
            Action::Pause { node } | Action::Timeout { node } => self.needs(*node, &[Status::Up]),
            Action::Resume { node } => self.needs(*node, &[Status::Paused]),
            Action::Lead { node } => {
                self.needs(*node, &[Status::Up])?;
                if !P::ABOUT.can_transfer {
                    return Err(refusal("refuse.no_transfer"));
                }
                match self.leader() {
                    None => Err(refusal("refuse.no_leader")),
                    Some(leader) if Some(leader.index()) == self.who(*node).ok() => {
                        Err(node_refusal("refuse.leads_already", leader))
                    }
                    Some(_) => Ok(()),
                }
            }
            Action::Reconfigure { members } => self.check_members(*members),
            Action::Fire { node, .. } => self.needs(*node, &[Status::Up]),
            Action::Isolate { node } | Action::Rejoin { node } => self.who(*node).map(|_| ()),
            Action::Sync { node } => self.needs(*node, &[Status::Up, Status::Paused]),
            Action::Cut { links } | Action::Heal { links } => {
                links.iter().try_for_each(|link| self.check_pair(link))
            }
            Action::Link { link, .. } | Action::KillSession { link } => self.check_pair(link),
            Action::Partition { groups } => {
                let all = NodeSet::first(self.nodes.len());
                let known = groups.iter().all(|group| group.minus(all).is_empty());
                if known {
                    Ok(())
                } else {
                    Err(refusal("refuse.unknown_node"))
                }
            }
            Action::Command { client, .. } => self.check_client(usize::from(client.0)),
            Action::Deliver { what }
            | Action::Drop { what }
            | Action::Duplicate { what }
            | Action::Delay { what, .. } => {
                if self
                    .flights
                    .iter()
                    .any(|(_, flight)| self.fits(flight, what))
                {
                    Ok(())
                } else {
                    Err(refusal("refuse.no_message"))
                }
            }
            Action::Wipe { node }
            | Action::Slow { node, .. }
            | Action::Clock { node, .. }
            | Action::Disk { node, .. } => self.who(*node).map(|_| ()),
            Action::Deaf { node, peer, .. } | Action::Mute { node, peer, .. } => {
                self.who(*node)?;
                self.check_peer(*peer)
            }
            Action::Wait { .. } if !self.holding => Err(refusal("refuse.not_holding")),
            Action::Hold if self.holding => Err(refusal("refuse.holding")),
            Action::Release if !self.holding => Err(refusal("refuse.not_holding")),
            _ => Ok(()),
        }?;
        self.check_timer(action)
    }

    fn check_timer(&self, action: &Action) -> Result<(), Refusal> {
        let (at, timer) = match action {
            Action::Timeout { node } => {
                let at = self.who(*node)?;
                (at, self.suspicion(at))
            }
            Action::Fire { node, timer } => {
                let timers = P::ABOUT.timers;
                (
                    self.who(*node)?,
                    timers.iter().position(|known| known.name == *timer),
                )
            }
            _ => return Ok(()),
        };
        let armed = timer.is_some_and(|timer| self.may_fire(at, timer));
        if armed {
            Ok(())
        } else {
            Err(node_refusal("refuse.timer", NodeId::at(at)))
        }
    }

    fn check_client(&self, client: usize) -> Result<(), Refusal> {
        match self.sessions.get(client) {
            None => Err(refusal("refuse.unknown_client")),
            Some(_) if self.asked >= super::MOST_ASKED => Err(refusal("refuse.commands_full")),
            Some(session) if session.queue.len() >= super::MOST_COMMANDS => {
                Err(refusal("refuse.queue_full"))
            }
            Some(_) => Ok(()),
        }
    }

    fn check_peer(&self, peer: Option<Endpoint>) -> Result<(), Refusal> {
        let known = peer.is_none_or(|peer| self.position(peer) <= self.nodes.len());
        if known {
            Ok(())
        } else {
            Err(refusal("refuse.unknown_node"))
        }
    }

    fn check_pair(&self, link: &Pair) -> Result<(), Refusal> {
        let known = |end: Endpoint| self.position(end) <= self.nodes.len();
        if known(link.from) && known(link.to) && link.from != link.to {
            Ok(())
        } else {
            Err(refusal("refuse.unknown_node"))
        }
    }

    fn needs(&self, who: Who, allowed: &[Status]) -> Result<(), Refusal> {
        let at = self.who(who)?;
        let status = self.nodes[at].status();
        if allowed.contains(&status) {
            return Ok(());
        }
        let id = match status {
            Status::Up => "refuse.up",
            Status::Paused => "refuse.paused",
            Status::Crashed => "refuse.crashed",
        };
        Err(node_refusal(id, NodeId::at(at)))
    }

    fn who(&self, who: Who) -> Result<usize, Refusal> {
        match who {
            Who::Node(node) if node.index() < self.nodes.len() => Ok(node.index()),
            Who::Node(_) => Err(refusal("refuse.unknown_node")),
            Who::Leader => self
                .leader()
                .map(NodeId::index)
                .ok_or_else(|| refusal("refuse.no_leader")),
        }
    }

    /// Whether a timer runs, or may be made to fire at any time.
    fn may_fire(&self, at: usize, timer: usize) -> bool {
        P::ABOUT.timers[timer].at_will || self.nodes[at].timers[timer].due_us.is_some()
    }

    /// The timer by which a node suspects its leader, if it may fire.
    fn suspicion(&self, at: usize) -> Option<usize> {
        let timers = P::ABOUT.timers.iter().enumerate();
        timers
            .filter(|(_, timer)| timer.suspects)
            .map(|(k, _)| k)
            .find(|k| self.may_fire(at, *k))
    }

    fn on_node(
        &mut self,
        who: Who,
        act: impl FnOnce(&mut World<P>, usize),
    ) -> Result<Option<Option<usize>>, Refusal> {
        let at = self.who(who)?;
        act(self, at);
        Ok(Some(Some(at)))
    }

    /// Cuts or heals every link of a server.
    fn around(&mut self, at: usize, cut: bool) {
        for other in 0..=self.nodes.len() {
            if other != at {
                self.set_cut(at, other, cut);
                self.set_cut(other, at, cut);
            }
        }
    }

    fn partition(&mut self, groups: &[NodeSet]) {
        for (k, group) in groups.iter().enumerate() {
            for other in &groups[k + 1..] {
                for (from, to) in group.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                    self.set_cut(from.index(), to.index(), true);
                    self.set_cut(to.index(), from.index(), true);
                }
            }
        }
    }

    fn each_direction(&mut self, links: &[Pair], mut act: impl FnMut(&mut World<P>, usize, usize)) {
        for link in links {
            let (from, to) = (self.position(link.from), self.position(link.to));
            act(self, from, to);
            if link.both {
                act(self, to, from);
            }
        }
    }

    /// The first message arrives with this event; with `all`, the others with the next ones.
    fn deliver_by_hand(&mut self, what: &Match) -> Result<Option<Option<usize>>, Refusal> {
        let slots = self.matching(what);
        let ids: Vec<u64> = slots
            .iter()
            .map(|slot| self.flights[*slot].info.id)
            .collect();
        let first = *slots.first().ok_or_else(|| refusal("refuse.no_message"))?;
        self.arrive(first);
        self.urgent
            .extend(ids.into_iter().skip(1).map(Urgent::Deliver));
        Ok(None)
    }

    fn drop_by_hand(&mut self, what: &Match) -> Result<Option<Option<usize>>, Refusal> {
        let slots = self.matching(what);
        let Some((last, others)) = slots.split_last() else {
            return Err(refusal("refuse.no_message"));
        };
        for slot in others {
            let flight = self.flights.remove(*slot);
            self.lose(flight.info, LossReason::Dropped);
        }
        // One event for all of them; it names the last.
        self.events -= others.len() as u64;
        let flight = self.flights.remove(*last);
        self.lose(flight.info, LossReason::Dropped);
        Ok(None)
    }
}

fn refusal(id: &'static str) -> Refusal {
    Refusal::new(id, &[])
}

fn node_refusal(id: &'static str, node: NodeId) -> Refusal {
    Refusal::new(id, &[("node", node.to_string())])
}
