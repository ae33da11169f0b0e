//! Which quorums have closed, and which words were given of late.

use crate::chunked::Chunked;
use crate::run::Observer;
use crate::view::{Event, View};
use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use synod_protocols::{Answer, Micros, NodeId, NodeSet, Pledge, Purpose, TallyDef};

/// Of how many subjects the words are remembered: the latest.
const MOST_OPEN: usize = 64;
/// The most slots that are remembered to have been passed over.
const MOST_GAPS: usize = 4_096;

/// Words that were collected for one subject in one epoch: usually a quorum that closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The tally: a position in [`synod_protocols::About::tallies`].
    pub what: u8,
    /// The epoch, slot or log index that it was for.
    pub subject: u64,
    pub epoch: u64,
    /// The server that counted; of what has not closed, the first that gave its word.
    pub node: NodeId,
    /// The event at which it closed, or else of the last word.
    pub event: u64,
    pub time_us: Micros,
    /// Who had answered when it closed, or has given its word so far.
    pub have: NodeSet,
    /// Whether they make a quorum, and whoever counts them knows.
    pub closed: bool,
}

/// The answer to a command that took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The event with which it reached the client.
    pub event: u64,
    /// When the client first asked.
    pub asked_us: Micros,
}

/// An observer that remembers every quorum that closed. Copies share what has not changed.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    tallies: &'static [TallyDef],
    closed: Chunked<Collected>,
    /// The positions of those that elected somebody, which are few.
    elected: Chunked<usize>,
    /// The positions of the others.
    decided: Chunked<usize>,
    /// Words that are given one by one, whether or not a quorum has closed; the latest last.
    given: VecDeque<Collected>,
    /// By tally, then by server: the last word of a kind that stands for all before it.
    reached: Vec<Vec<(u64, u64)>>,
    /// The event at which a client last heard that its command took effect.
    answered: Option<Answered>,
    /// The highest slot or index that was decided, and those below it that were not.
    highest: u64,
    gaps: BTreeSet<u64>,
}

impl Chronicle {
    /// A chronicle of a run that has not begun.
    pub fn new(run: &dyn View) -> Chronicle {
        let tallies = run.about().tallies;
        let nobody = vec![(0, 0); run.scenario().nodes];
        Chronicle {
            tallies,
            reached: vec![nobody; tallies.len()],
            ..Chronicle::default()
        }
    }

    /// Every quorum that closed, in order.
    pub fn closed(&self) -> &Chunked<Collected> {
        &self.closed
    }

    /// The last quorum that closed for a purpose, at a position below `before`; and its position.
    pub fn last(&self, purpose: Purpose, before: usize) -> Option<(usize, Collected)> {
        let end = before.min(self.closed.len());
        let positions = match purpose {
            Purpose::Elect => &self.elected,
            Purpose::Decide => &self.decided,
        };
        let earlier = positions.partition_point(|position| *position < end);
        let found = positions[earlier.checked_sub(1)?];
        Some((found, self.closed[found]))
    }

    /// What a quorum brings about.
    pub fn purpose(&self, collected: &Collected) -> Purpose {
        let tally = self.tallies.get(usize::from(collected.what));
        tally.map_or(Purpose::Decide, |tally| tally.purpose)
    }

    /// How many slots or indices were decided, each counted once.
    pub fn decisions(&self) -> u64 {
        self.highest - self.gaps.len() as u64
    }

    /// How many quorums elected somebody.
    pub fn elections(&self) -> u64 {
        self.elected.len() as u64
    }

    fn count(&mut self, collected: &Collected) {
        let tally = self.tallies.get(usize::from(collected.what));
        let up_to = tally.is_some_and(|tally| tally.up_to);
        let subject = collected.subject;
        if !up_to {
            let passed_over = self.highest + 1..subject;
            self.gaps.extend(passed_over.take(MOST_GAPS));
            while self.gaps.len() > MOST_GAPS {
                self.gaps.pop_first();
            }
            self.gaps.remove(&subject);
        }
        self.highest = self.highest.max(subject);
    }

    /// A quorum, or words for one, by its tally, subject and epoch, among the last so many.
    pub fn find(&self, key: (u8, u64, u64), among: usize) -> Option<Collected> {
        let same = |of: &&Collected| (of.what, of.subject, of.epoch) == key;
        let elected = self
            .elected
            .iter()
            .rev()
            .take(among)
            .map(|position| &self.closed[*position]);
        let latest = self.closed.iter().rev().take(among);
        let open = self.given.iter().rev();
        latest.chain(elected).chain(open).find(same).copied()
    }

    /// Who has given a word for a subject in an epoch, whether or not it has arrived anywhere.
    pub fn given(&self, what: u8, subject: u64, epoch: u64) -> NodeSet {
        let tally = usize::from(what);
        if self.tallies.get(tally).is_some_and(|tally| tally.up_to) {
            let reached = self.reached[tally].iter().enumerate();
            let holds =
                |(_, (last, upto)): &(usize, &(u64, u64))| *last == epoch && *upto >= subject;
            return reached.filter(holds).map(|(k, _)| NodeId::at(k)).collect();
        }
        let same =
            |given: &&Collected| (given.what, given.subject, given.epoch) == (what, subject, epoch);
        let found = self.given.iter().rev().find(same);
        found.map_or(NodeSet::EMPTY, |given| given.have)
    }

    /// The event at which a client last heard that its command took effect.
    pub fn answered(&self) -> Option<Answered> {
        self.answered
    }

    /// Decisions for which some have given their word, but no quorum has closed.
    pub fn open(&self) -> Vec<Collected> {
        let decides = |given: &&Collected| self.purpose(given) == Purpose::Decide;
        let open = self.given.iter().filter(|given| !given.closed);
        open.filter(decides).copied().collect()
    }

    fn note(&mut self, event: &Event, node: NodeId, pledge: &Pledge) {
        let Pledge {
            what,
            subject,
            epoch,
            ..
        } = *pledge;
        let tally = usize::from(what);
        if self.tallies.get(tally).is_some_and(|tally| tally.up_to) {
            self.reached[tally][node.index()] = (epoch, subject);
            return;
        }
        let key = (what, subject, epoch);
        let same = |given: &&mut Collected| (given.what, given.subject, given.epoch) == key;
        let (event, time_us) = (event.index, event.time_us);
        if let Some(given) = self.given.iter_mut().rev().find(same) {
            given.have.insert(node);
            (given.event, given.time_us) = (event, time_us);
            return;
        }
        if self.given.len() == MOST_OPEN {
            self.given.pop_front();
        }
        self.given.push_back(Collected {
            what,
            subject,
            epoch,
            node,
            event,
            time_us,
            have: NodeSet::only(node),
            closed: false,
        });
    }
}

impl Observer for Chronicle {
    fn after(&mut self, _: &dyn View, event: &Event) -> ControlFlow<()> {
        for (node, pledge) in &event.pledged {
            self.note(event, *node, pledge);
        }
        for (node, gathered) in &event.gathered {
            let key = (gathered.what, gathered.subject, gathered.epoch);
            let same = |given: &&mut Collected| (given.what, given.subject, given.epoch) == key;
            if let Some(given) = self.given.iter_mut().rev().find(same) {
                given.closed = true;
            }
            let collected = Collected {
                closed: true,
                what: gathered.what,
                subject: gathered.subject,
                epoch: gathered.epoch,
                node: *node,
                event: event.index,
                time_us: event.time_us,
                have: gathered.have,
            };
            match self.purpose(&collected) {
                Purpose::Elect => self.elected.push(self.closed.len()),
                Purpose::Decide => {
                    self.decided.push(self.closed.len());
                    self.count(&collected);
                }
            }
            self.closed.push(collected);
        }
        if let Some(ack) = &event.ack
            && matches!(ack.answer, Answer::Applied { .. })
        {
            self.answered = Some(Answered {
                event: event.index,
                asked_us: ack.asked_us,
            });
        }
        ControlFlow::Continue(())
    }
}
