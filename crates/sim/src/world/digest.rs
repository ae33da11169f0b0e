//! Two digests: of what has happened, which links carry, and of the whole state, which tests
//! compare.

use super::World;
use super::links::Body;
use super::nodes::{Outgoing, Queued};
use crate::action::Endpoint;
use crate::view::{Event, EventKind, LossReason, MessageInfo};
use std::hash::{Hash, Hasher};
use synod_protocols::kv::Fnv;
use synod_protocols::{Answer, Outcome, Protocol};

/// A chain of digests over events, in neutral terms: an engine that is rewritten and behaves the
/// same keeps it. It is the same on every machine and may never change, since old links carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain(pub u64);

impl Chain {
    /// The chain before the first event.
    pub const START: Chain = Chain(0x5159_4e4f_4431_0001);

    fn add(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn add_text(&mut self, text: &str) {
        self.add(text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn add_message(&mut self, info: &MessageInfo) {
        let end = |end: Endpoint| end.server().map_or(255, |node| u64::from(node.0));
        self.add(info.id);
        let ends = end(info.from) << 16 | end(info.to) << 8 | u64::from(info.kind);
        self.add(ends);
        self.add(info.epoch);
    }

    fn add_outcome(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done => self.add(1),
            Outcome::Value { value: Some(value) } => {
                self.add(2);
                self.add_text(value);
            }
            Outcome::Value { value: None } => self.add(3),
            Outcome::Differs { .. } => self.add(4),
            Outcome::TooLong => self.add(5),
        }
    }

    /// Adds an event that has ended.
    pub fn follow(&mut self, event: &Event) {
        self.add(event.time_us);
        let node = event.node.map_or(255, |node| u64::from(node.0));
        self.add(node << 8 | kind_code(&event.kind));
        match &event.kind {
            EventKind::Lost(info, why) => {
                self.add_message(info);
                self.add(loss_code(*why));
            }
            EventKind::Timer(timer) => self.add(u64::from(timer.0)),
            EventKind::Reported { peer } => self.add(u64::from(peer.0)),
            EventKind::Coin { heads } => self.add(u64::from(*heads)),
            EventKind::Asked { client, seq, retry } => {
                self.add(u64::from(client.0) << 1 | u64::from(*retry));
                self.add(*seq);
            }
            kind => {
                if let Some(info) = kind.message() {
                    self.add_message(info);
                }
            }
        }
        for info in &event.sent {
            self.add_message(info);
        }
        for decided in &event.decided {
            self.add(decided.index);
            self.add(decided.epoch);
            self.add(decided.payload.digest());
        }
        if let Some(ack) = &event.ack {
            self.add(u64::from(ack.client.0));
            self.add(ack.seq);
            match &ack.answer {
                Answer::Applied { outcome } => self.add_outcome(outcome),
                Answer::NotLeader { .. } => self.add(0),
            }
        }
        if event.refused.is_some() {
            self.add(1);
        }
    }
}

/// These numbers may never change.
fn kind_code(kind: &EventKind) -> u64 {
    match kind {
        EventKind::Started => 1,
        EventKind::Delivered(_) => 2,
        EventKind::Lost(..) => 3,
        EventKind::Stalled(_) => 4,
        EventKind::Queued(_) => 5,
        EventKind::Timer(_) => 6,
        EventKind::Coin { .. } => 7,
        EventKind::Durable { .. } => 8,
        EventKind::Flushing { .. } => 9,
        EventKind::Flushed { .. } => 10,
        EventKind::Asked { .. } => 11,
        EventKind::Acted(_) => 12,
        EventKind::Waits(_) => 13,
        EventKind::Reported { .. } => 14,
    }
}

/// These numbers may never change.
fn loss_code(why: LossReason) -> u64 {
    match why {
        LossReason::Loss => 1,
        LossReason::Cut => 2,
        LossReason::Down => 3,
        LossReason::Session => 4,
        LossReason::Full => 5,
        LossReason::Dropped => 6,
        LossReason::Mute => 7,
        LossReason::Deaf => 8,
    }
}

impl<P: Protocol> World<P> {
    /// A digest of everything that decides what happens next.
    pub(super) fn state_digest(&self) -> u64 {
        let mut mixer = Fnv::default();
        (
            self.now,
            self.events,
            self.holding,
            self.quiet,
            self.quiet_at,
            self.oracle,
        )
            .hash(&mut mixer);
        (self.asked, self.think, self.cursor, self.last_message).hash(&mut mixer);
        self.chain.0.hash(&mut mixer);
        for node in &self.nodes {
            node.replica.hash(&mut mixer);
            node.disk.store.hash(&mut mixer);
            node.disk.cache.hash(&mut mixer);
            (node.paused, node.disk.told, node.disk.syncing).hash(&mut mixer);
            for timer in &node.timers {
                (timer.due_us, timer.armed_us).hash(&mut mixer);
            }
            for queued in &node.inbox {
                match queued {
                    Queued::Peer(info, from, message) => (info.id, from, message).hash(&mut mixer),
                    Queued::Request(info, command) => (info.id, command.seq).hash(&mut mixer),
                    Queued::Timer(timer, order) => (timer, order).hash(&mut mixer),
                    Queued::Durable(write) => write.hash(&mut mixer),
                    Queued::Report(peer, crashed_in) => (peer, crashed_in).hash(&mut mixer),
                }
            }
            for (write, outgoing) in &node.waiting {
                write.hash(&mut mixer);
                match outgoing {
                    Outgoing::Peer(to, message) => (to, message).hash(&mut mixer),
                    Outgoing::Client(command, answer) => {
                        (command.client, command.seq, answer).hash(&mut mixer);
                    }
                    Outgoing::Word(pledge) => pledge.hash(&mut mixer),
                }
            }
            node.draws().hash(&mut mixer);
            node.faults.hash_into(&mut mixer);
            (node.offset_us, node.drift_ppm).hash(&mut mixer);
        }
        let mut flights: Vec<_> = self.flights.iter().map(|(_, flight)| flight).collect();
        flights.sort_unstable_by_key(|flight| flight.info.id);
        for flight in flights {
            (flight.info.id, flight.info.sent_in, flight.due_us).hash(&mut mixer);
            match &flight.body {
                Body::Peer(message) => message.hash(&mut mixer),
                Body::Request(command) => (command.client, command.seq).hash(&mut mixer),
                Body::Reply(command, answer) => {
                    (command.client, command.seq, answer).hash(&mut mixer);
                }
            }
        }
        for link in &self.links {
            (link.cut, link.draws()).hash(&mut mixer);
        }
        for session in &self.sessions {
            (session.target, session.turn, session.answered).hash(&mut mixer);
            let pending = session.pending.as_ref();
            pending
                .map(|pending| (pending.command.seq, pending.since_us))
                .hash(&mut mixer);
            session.queue.len().hash(&mut mixer);
        }
        mixer.finish()
    }
}
