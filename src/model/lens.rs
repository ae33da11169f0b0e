//! What the quorum lens looks at: which two quorums, and what was found where they meet.

use super::Model;
use std::cell::RefCell;
use std::rc::Rc;
use synod_protocols::quorum::Meets;
use synod_protocols::{NodeSet, Purpose, Quorums};
use synod_sim::cost::Meter;
use synod_sim::history::BranchId;
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
type Sought = (Collected, Collected, u64, BranchId, u64);

/// What the reader has set.
#[derive(Default)]
pub struct Lens {
    pub aspect: Aspect,
    /// The quorums to compare; `None` for the last commit and the election after it.
    pub picked: [Option<Key>; 2],
    /// What had been spent when counting began, if the reader has begun it anew.
    counted_from: Option<(BranchId, Meter)>,
    found: RefCell<Option<(Sought, Meeting)>>,
    systems: RefCell<Option<(u64, Rc<Systems>)>>,
}

/// The quorum systems of a run.
pub struct Systems {
    pub quorums: Quorums,
    /// Which of them must meet, and what is known of that.
    pub meets: Vec<(u8, u8, Meets)>,
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
        let branch = self.history().branch();
        let sought = (one, other, self.generation, branch, here);
        let mut found = self.lens.found.borrow_mut();
        if let Some((old, meeting)) = &*found {
            let same = (old.0, old.1, old.2, old.3) == (one, other, self.generation, branch);
            // What had shown by an earlier moment of this branch has shown.
            let settled = old.4 < here && meeting.outcome != Outcome::Open;
            if same && (old.4 == here || settled) {
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
            .map(|(one, other)| (*one, *other, of(*one).meets(of(*other))))
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

    /// Where counting began anew, as long as this moment comes after it on the same branch.
    pub fn counted_from(&self) -> Option<&Meter> {
        let (branch, meter) = self.lens.counted_from.as_ref()?;
        let here = *branch == self.history().branch() && meter.event <= self.history().position();
        here.then_some(meter)
    }

    /// What was spent since counting began: with the run, or where the reader began anew.
    pub fn spent(&self) -> Meter {
        let now = Meter::read(self.run().as_view(), self.chronicle());
        match self.counted_from() {
            Some(earlier) => now.since(earlier),
            None => now,
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
        let branch = self.history().branch();
        self.lens.counted_from = here.then_some((branch, now));
    }
}
