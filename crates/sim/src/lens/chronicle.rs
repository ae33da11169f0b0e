//! Which quorums have closed, and which words were given of late.

use crate::chunked::Chunked;
use crate::run::Observer;
use crate::view::{Event, View};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use synod_protocols::{Answer, Micros, NodeId, NodeSet, Pledge, Purpose, TallyDef};

/// Of how many subjects the words are remembered: the latest.
const MOST_OPEN: usize = 64;

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

/// An observer that remembers every quorum that closed. Copies share what has not changed.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    tallies: &'static [TallyDef],
    closed: Chunked<Collected>,
    /// Words that are given one by one, whether or not a quorum has closed; the latest last.
    given: VecDeque<Collected>,
    /// By tally, then by server: the last word of a kind that stands for all before it.
    reached: Vec<Vec<(u64, u64)>>,
    /// The event at which a client last heard that its command took effect.
    answered: Option<u64>,
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
        let fits = |position: &usize| {
            let tally = self.tallies.get(usize::from(self.closed[*position].what));
            tally.is_some_and(|tally| tally.purpose == purpose)
        };
        let found = (0..end).rev().find(fits)?;
        Some((found, self.closed[found]))
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
    pub fn answered(&self) -> Option<u64> {
        self.answered
    }

    /// Decisions for which some have given their word, but no quorum has closed.
    pub fn open(&self) -> Vec<Collected> {
        let decides = |given: &&Collected| {
            let tally = self.tallies.get(usize::from(given.what));
            tally.is_some_and(|tally| tally.purpose == Purpose::Decide)
        };
        let open = self
            .given
            .iter()
            .filter(decides)
            .filter(|given| !given.closed);
        open.copied().collect()
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
            self.closed.push(Collected {
                closed: true,
                what: gathered.what,
                subject: gathered.subject,
                epoch: gathered.epoch,
                node: *node,
                event: event.index,
                time_us: event.time_us,
                have: gathered.have,
            });
        }
        let ack = event.ack.as_ref();
        if ack.is_some_and(|ack| matches!(ack.answer, Answer::Applied { .. })) {
            self.answered = Some(event.index);
        }
        ControlFlow::Continue(())
    }
}
