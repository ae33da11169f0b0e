//! What the quorum lens looks at: which two quorums, and what was found where they meet.

use super::Model;
use std::cell::RefCell;
use std::rc::Rc;
use synod_protocols::{NodeSet, Purpose, Quorums};
use synod_sim::cost::Meter;
use synod_sim::lens::{Collected, Meeting, Outcome, meet};

/// How many of the last quorums of each purpose are offered.
const MOST_OFFERED: usize = 24;
/// How many of the last quorums are looked through for them.
const LOOKED_THROUGH: usize = 4_000;

/// What the inspector shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aspect {
    /// Whatever is chosen.
    #[default]
    Chosen,
    Quorums,
    Costs,
}

impl Aspect {
    pub const ALL: [Aspect; 3] = [Aspect::Chosen, Aspect::Quorums, Aspect::Costs];
}

/// Which quorum: its tally, its subject and its epoch, whatever moment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub what: u8,
    pub subject: u64,
    pub epoch: u64,
}

impl Key {
    pub fn of(collected: &Collected) -> Key {
        Key {
            what: collected.what,
            subject: collected.subject,
            epoch: collected.epoch,
        }
    }
}

/// The two quorums that meet, and the moment for which that was looked into.
type Sought = (Collected, Collected, u64, u64);

/// What the reader has set.
#[derive(Default)]
pub struct Lens {
    pub aspect: Aspect,
    /// The quorums to compare; `None` for the last commit and the election after it.
    pub picked: [Option<Key>; 2],
    /// What had been spent when counting began, if the reader has begun it anew.
    pub counted_from: Option<Meter>,
    found: RefCell<Option<(Sought, Meeting)>>,
    systems: RefCell<Option<(u64, Rc<Systems>)>>,
}

/// The quorum systems of a run.
pub struct Systems {
    pub quorums: Quorums,
    /// Which of them must meet, and in how many servers at least they do; `None` if either has no
    /// quorum at all.
    pub meets: Vec<(u8, u8, Option<usize>)>,
}

impl Lens {
    /// For another run: the same aspect, and nothing picked.
    pub(super) fn afresh(&self) -> Lens {
        Lens {
            aspect: self.aspect,
            ..Lens::default()
        }
    }
}

impl Model {
    /// The quorums that can be compared, the latest first, each once.
    pub fn offered(&self) -> Vec<Collected> {
        let chronicle = self.chronicle();
        let mut offered: Vec<Collected> = chronicle.open();
        offered.reverse();
        let closed = chronicle.closed();
        for collected in closed.iter().rev().take(LOOKED_THROUGH) {
            let same = |old: &Collected| Key::of(old) == Key::of(collected);
            let purpose = chronicle.purpose(collected);
            let alike = |old: &&Collected| chronicle.purpose(old) == purpose;
            let full = offered.iter().filter(alike).count() >= MOST_OFFERED;
            if !full && !offered.iter().any(same) {
                offered.push(*collected);
            }
        }
        offered.sort_by_key(|collected| std::cmp::Reverse(collected.event));
        offered
    }

    /// The two quorums that the lens compares: those that were picked, else the last decision and
    /// the election after it, or before it if there was none since.
    pub fn compared(&self) -> Option<[Collected; 2]> {
        let chronicle = self.chronicle();
        let picked = |key: Option<Key>| {
            let Key {
                what,
                subject,
                epoch,
            } = key?;
            chronicle.find((what, subject, epoch), LOOKED_THROUGH)
        };
        let [one, other] = self.lens.picked.map(picked);
        let elected = chronicle.last(Purpose::Elect, usize::MAX);
        let other = other.or_else(|| elected.map(|(_, elected)| elected))?;
        let before = elected.map_or(usize::MAX, |(position, _)| position);
        let one = one.or_else(|| self.usual_decision(before, other.event))?;
        Some([one, other])
    }

    /// The last decision at a position before `before`; else what some have accepted by that event,
    /// else the last decision of all.
    fn usual_decision(&self, before: usize, event: u64) -> Option<Collected> {
        let chronicle = self.chronicle();
        let closed = |before| {
            chronicle
                .last(Purpose::Decide, before)
                .map(|(_, found)| found)
        };
        let open = || {
            let open = chronicle.open().into_iter();
            open.filter(|open| open.event <= event)
                .max_by_key(|open| open.event)
        };
        closed(before).or_else(open).or_else(|| closed(usize::MAX))
    }

    /// What is found where the two quorums meet; looked into once, and again while it is open.
    pub fn meeting(&self) -> Option<Meeting> {
        let [one, other] = self.compared()?;
        let here = self.history().position();
        let sought = (one, other, self.generation, here);
        let mut found = self.lens.found.borrow_mut();
        if let Some((old, meeting)) = &*found {
            let same = (old.0, old.1, old.2) == (one, other, self.generation);
            if same && (old.3 == here || meeting.outcome != Outcome::Open) {
                return Some(meeting.clone());
            }
        }
        let meeting = meet(self.history(), one, other);
        *found = Some((sought, meeting.clone()));
        Some(meeting)
    }

    /// The quorum systems of this run, looked into once.
    pub fn systems(&self) -> Rc<Systems> {
        let mut kept = self.lens.systems.borrow_mut();
        if let Some((generation, systems)) = &*kept
            && *generation == self.generation
        {
            return Rc::clone(systems);
        }
        let quorums = self.run().quorums();
        let of = |what: u8| &quorums.of[usize::from(what)];
        let meets = quorums.must_meet.iter();
        let meets = meets
            .map(|(one, other)| (*one, *other, of(*one).fewest_in_common(of(*other))))
            .collect();
        let systems = Rc::new(Systems { quorums, meets });
        *kept = Some((self.generation, Rc::clone(&systems)));
        systems
    }

    /// The two quorums as the stage draws them, while the lens is open.
    pub fn overlay(&self) -> Option<[NodeSet; 2]> {
        if self.lens.aspect != Aspect::Quorums {
            return None;
        }
        self.compared().map(|pair| pair.map(|of| of.have))
    }

    /// What was spent since counting began: with the run, or where the reader began anew.
    pub fn spent(&self) -> Meter {
        let now = Meter::read(self.run().as_view(), self.chronicle());
        match &self.lens.counted_from {
            // Gone back to before that moment, the whole run counts again.
            Some(earlier) if earlier.event <= now.event => now.since(earlier),
            _ => now,
        }
    }

    /// Opens the quorum lens, or shows again what is chosen.
    pub fn toggle_lens(&mut self) {
        self.lens.aspect = match self.lens.aspect {
            Aspect::Quorums => Aspect::Chosen,
            _ => Aspect::Quorums,
        };
    }

    /// Counts from this moment on, or from the beginning again.
    pub fn count_from(&mut self, here: bool) {
        let now = Meter::read(self.run().as_view(), self.chronicle());
        self.lens.counted_from = here.then_some(now);
    }
}
