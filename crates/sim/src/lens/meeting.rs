//! Where two quorums meet, and what the servers in both carried from the one to the other.
//!
//! ```text
//!   accepted in ballot 1.1 by   S1  S2  S3
//!   promised ballot 1.2 by              S3  S4  S5
//!                                       ▲
//!                     S3 says in its promise what it had accepted
//! ```
//!
//! Nothing here is taken from a rule: who gave which word when, what it held at that moment and
//! what came of it are read from the run, which is replayed around the two events.

use super::Collected;
use crate::history::History;
use crate::run::Observer;
use crate::view::{Event, View};
use std::ops::{ControlFlow, RangeInclusive};
use synod_protocols::{About, Catalogue, NodeId, NodeSet, Payload, Pledge, Purpose, TallyDef};

/// How many events around a quorum are replayed in search of the words that closed it.
const REPLAYED: u64 = 4_096;

/// A server in both quorums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    pub node: NodeId,
    /// The event with which it gave its word to the first quorum, if it lies near enough.
    pub first: Option<u64>,
    /// The same of the second.
    pub second: Option<u64>,
    /// Whether it still held what the first quorum decided when it gave its second word.
    pub held: bool,
}

impl Witness {
    /// Whether the first word came after the second, which could not tell of it.
    fn is_late(&self) -> bool {
        self.first
            .zip(self.second)
            .is_some_and(|(first, second)| first > second)
    }
}

/// What came of a decision in what was gathered after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing had to be carried from the one to the other.
    Free,
    /// The later one goes on with what was decided.
    Kept,
    /// The later one has something else in its place.
    Changed,
    /// Whoever was elected knew it already, and had nothing to ask.
    Known,
    /// It was not decided, and the later one goes on with something of a higher epoch.
    Outbid,
    /// It has not shown yet.
    Open,
    /// Two different servers were elected in one epoch.
    Twice,
}

/// Two quorums, the earlier epoch first, and where they meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub first: Collected,
    pub second: Collected,
    /// Everyone in both.
    pub both: NodeSet,
    pub witnesses: Vec<Witness>,
    pub outcome: Outcome,
    /// What the first and the second decided, in words; `None` for a no-op, or for an election.
    values: [Option<String>; 2],
}

fn purpose(tallies: &[TallyDef], closed: &Collected) -> Purpose {
    let tally = tallies.get(usize::from(closed.what));
    tally.map_or(Purpose::Decide, |tally| tally.purpose)
}

/// Looks into two quorums that closed along this branch, up to the present position.
pub fn meet<W: Observer + Clone>(
    history: &History<W>,
    one: Collected,
    other: Collected,
) -> Meeting {
    let tallies = history.run().about().tallies;
    let order = |closed: &Collected| {
        let decides = purpose(tallies, closed) == Purpose::Decide;
        (closed.epoch, decides, closed.subject, closed.event)
    };
    let (first, second) = match order(&one) <= order(&other) {
        true => (one, other),
        false => (other, one),
    };
    let up_to = |closed: &Collected| {
        let tally = tallies.get(usize::from(closed.what));
        tally.is_some_and(|tally| tally.up_to)
    };
    let around = |closed: &Collected| closed.event.saturating_sub(REPLAYED).max(1)..=closed.event;
    let mut earlier = Search::new(first, up_to(&first), None);
    history.replay(around(&first), &mut earlier);
    let decided = earlier.value.clone();
    let mut later = Search::new(second, up_to(&second), decided.clone());
    later.slot = first.subject;
    history.replay(around(&second), &mut later);
    let both = first.have.intersection(second.have);
    let witness = |node: NodeId| Witness {
        node,
        first: earlier.word(node),
        second: later.word(node),
        held: later.held.contains(node),
    };
    let witnesses = both.iter().map(witness).collect();
    let mut found = later.value;
    let outcome = match (purpose(tallies, &first), purpose(tallies, &second)) {
        (Purpose::Elect, Purpose::Elect) => {
            let twice = first.epoch == second.epoch && first.node != second.node;
            if twice { Outcome::Twice } else { Outcome::Free }
        }
        (Purpose::Decide, Purpose::Decide) if first.subject == second.subject && first.closed => {
            kept_if(digest(&decided) == digest(&found))
        }
        (Purpose::Decide, Purpose::Elect) if up_to(&first) => kept_if(later.led_with),
        (Purpose::Decide, Purpose::Elect) => {
            let until = (second.event + REPLAYED).min(history.position());
            let proposal = proposal(history, first, second.epoch, second.event..=until);
            found = proposal.accepted;
            match proposal.first_digest {
                None if later.knew => Outcome::Known,
                None => Outcome::Open,
                proposed if proposed == digest(&decided) => Outcome::Kept,
                // What few have accepted binds only if nobody reports anything higher.
                _ if !first.closed && later.highest > first.epoch => Outcome::Outbid,
                _ => Outcome::Changed,
            }
        }
        _ => Outcome::Free,
    };
    let words = |payload: &Option<Payload>| payload.as_ref().and_then(Payload::words);
    Meeting {
        first,
        second,
        both,
        witnesses,
        outcome,
        values: [words(&decided), words(&found)],
    }
}

fn digest(payload: &Option<Payload>) -> Option<u64> {
    payload.as_ref().map(Payload::digest)
}

fn kept_if(kept: bool) -> Outcome {
    if kept {
        Outcome::Kept
    } else {
        Outcome::Changed
    }
}

/// What is first accepted in a slot in another epoch.
fn proposal<W: Observer + Clone>(
    history: &History<W>,
    slot: Collected,
    epoch: u64,
    events: RangeInclusive<u64>,
) -> Search {
    let mut accepted = Search::new(Collected { epoch, ..slot }, false, None);
    history.replay(events, &mut accepted);
    accepted
}

/// Looks for the words that closed a quorum.
struct Search {
    closed: Collected,
    up_to: bool,
    /// What an earlier quorum decided, and in which slot.
    carried: Option<Payload>,
    slot: u64,
    words: Vec<(NodeId, u64)>,
    /// Who held what was decided earlier when it gave its word.
    held: NodeSet,
    /// Whether the server that counted had it in its log when the quorum closed.
    led_with: bool,
    /// Whether it knew by then that it was decided.
    knew: bool,
    /// The highest epoch of which a server that gave its word held anything in the slot.
    highest: u64,
    /// What the quorum decided.
    value: Option<Payload>,
    /// The first value for which a word was given, and its digest.
    accepted: Option<Payload>,
    first_digest: Option<u64>,
}

impl Search {
    fn new(closed: Collected, up_to: bool, carried: Option<Payload>) -> Search {
        Search {
            closed,
            up_to,
            carried,
            slot: closed.subject,
            words: Vec::new(),
            held: NodeSet::EMPTY,
            led_with: false,
            knew: false,
            highest: 0,
            value: None,
            accepted: None,
            first_digest: None,
        }
    }

    fn word(&self, node: NodeId) -> Option<u64> {
        let found = self.words.iter().find(|(of, _)| *of == node);
        found.map(|(_, event)| *event)
    }

    fn counts(&self, pledge: &Pledge) -> bool {
        let covers = pledge.subject == self.closed.subject
            || (self.up_to && pledge.subject > self.closed.subject);
        pledge.what == self.closed.what && pledge.epoch == self.closed.epoch && covers
    }

    /// Whether a server's log has at the slot what was decided earlier. What is gone into a
    /// snapshot was decided and applied there; the monitor holds servers to applying the same.
    fn has(&self, run: &dyn View, node: NodeId) -> bool {
        let log = run.log(node);
        if log.is_some_and(|log| self.slot <= log.gone()) {
            return self.carried.is_some();
        }
        let entry = log.and_then(|log| log.get(self.slot));
        let decided = self.carried.as_ref();
        entry.zip(decided).is_some_and(|(entry, decided)| {
            !entry.is_gap() && entry.payload.digest() == decided.digest()
        })
    }
}

impl Observer for Search {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        for (node, pledge) in &event.pledged {
            if !self.counts(pledge) || self.word(*node).is_some() {
                continue;
            }
            self.words.push((*node, event.index));
            if self.has(run, *node) {
                self.held.insert(*node);
            }
            let log = run.log(*node);
            let held = log.and_then(|log| log.epoch_at(self.slot));
            self.highest = self.highest.max(held.unwrap_or(0));
            if self.first_digest.is_none() && pledge.subject == self.closed.subject {
                self.first_digest = Some(pledge.digest);
                let log = run.log(*node);
                let entry = log.and_then(|log| log.get(pledge.subject));
                self.accepted = entry.map(|entry| entry.payload.clone());
            }
        }
        if event.index == self.closed.event {
            let (node, subject) = (self.closed.node, self.closed.subject);
            self.led_with = self.has(run, node);
            let decided = run.probe(node).map_or(0, |probe| probe.decided);
            self.knew = self.led_with && decided >= self.slot;
            let decided = event.decided.iter().find(|of| of.index == subject);
            let entry = run.log(node).and_then(|log| log.get(subject));
            self.value = decided
                .map(|decided| decided.payload.clone())
                .or_else(|| self.accepted.clone())
                .or_else(|| entry.map(|entry| entry.payload.clone()));
        }
        ControlFlow::Continue(())
    }
}

impl Meeting {
    /// What the meeting means, in sentences: the protocol's own, or the world's where a quorum
    /// forgot.
    pub fn tell(&self, about: &About, catalogue: &Catalogue) -> Vec<String> {
        if self.both.is_empty() {
            return vec![catalogue.say("lens.apart", &[])];
        }
        let decided = |closed: &Collected| purpose(about.tallies, closed) == Purpose::Decide;
        let known = self.outcome == Outcome::Known;
        let carries = decided(&self.first) && !decided(&self.second) && !known;
        let of = |fits: &dyn Fn(&Witness) -> bool| -> NodeSet {
            let found = self.witnesses.iter().filter(|witness| fits(witness));
            found.map(|witness| witness.node).collect()
        };
        let late = of(&|witness| carries && witness.is_late());
        // Of a word that lies too far back to be found nothing is said.
        let found = |witness: &Witness| witness.second.is_some() && !witness.is_late();
        let forgot = of(&|witness| carries && found(witness) && !witness.held);
        let rest = self.both.minus(late).minus(forgot);
        let mut sentences = Vec::new();
        if !rest.is_empty() {
            let mut id = self.sentence(about);
            let own = [&*id, ".own"].concat();
            if rest == NodeSet::only(self.second.node) && catalogue.template(&own).is_some() {
                id = own;
            }
            sentences.push(catalogue.say(&id, &self.operands(about, catalogue, rest)));
        }
        for (nodes, id) in [(late, "lens.late"), (forgot, "lens.forgot")] {
            if !nodes.is_empty() {
                sentences.push(catalogue.say(id, &self.operands(about, catalogue, nodes)));
            }
        }
        sentences
    }

    fn sentence(&self, about: &About) -> String {
        let name = |closed: &Collected| about.tallies[usize::from(closed.what)].name;
        let (first, second) = (name(&self.first), name(&self.second));
        let outcome = match self.outcome {
            Outcome::Free => "",
            Outcome::Kept => ".kept",
            Outcome::Known => ".known",
            Outcome::Outbid => return "lens.outbid".to_string(),
            Outcome::Changed => ".changed",
            Outcome::Open => ".open",
            Outcome::Twice => ".twice",
        };
        [about.name, ".lens.", first, ".", second, outcome].concat()
    }

    fn operands(
        &self,
        about: &About,
        catalogue: &Catalogue,
        nodes: NodeSet,
    ) -> Vec<(&'static str, String)> {
        let (first, second) = (&self.first, &self.second);
        let value = |value: &Option<String>| match value {
            Some(text) => text.clone(),
            None => catalogue.say("lens.noop", &[]),
        };
        vec![
            ("nodes", list(nodes, catalogue)),
            ("n", nodes.len().to_string()),
            ("index", first.subject.to_string()),
            ("epoch", about.show_epoch(first.epoch)),
            ("leader", first.node.to_string()),
            ("value", value(&self.values[0])),
            ("later_index", second.subject.to_string()),
            ("later", about.show_epoch(second.epoch)),
            ("later_leader", second.node.to_string()),
            ("other", value(&self.values[1])),
        ]
    }
}

/// Servers as they stand in a sentence: `S1, S2 and S3`.
fn list(nodes: NodeSet, catalogue: &Catalogue) -> String {
    let mut names: Vec<String> = nodes.iter().map(|node| node.to_string()).collect();
    match names.pop() {
        Some(last) if !names.is_empty() => {
            let operands = [("these", names.join(", ")), ("last", last)];
            catalogue.say("lens.and", &operands)
        }
        last => last.unwrap_or_default(),
    }
}
