//! Digests along a run, by which a link knows whether it replays as its author saw it.

use crate::Shared;
use synod_sim::{RULES, View};

/// How many marks a link carries at most.
pub const MARKS: u64 = 8;

/// What a history's digest was after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub event: u64,
    /// The lower bits of [`View::chain`]: 32 of the last mark, 16 of the others.
    pub digest: u32,
}

impl Mark {
    /// The mark of a run as it is; the last one of a link carries more.
    pub fn of(run: &dyn View, last: bool) -> Mark {
        let digest = run.chain() as u32;
        Mark {
            event: run.events(),
            digest: if last { digest } else { digest & 0xffff },
        }
    }
}

/// Where a run departs from what the link's author saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Up to this event it agrees.
    pub agrees: u64,
    /// At this event, or between the two, it differs.
    pub differs: u64,
}

impl Departure {
    /// What to say of it: a sentence of the catalogue, and its operands. `rules` is the version of
    /// the engine's rules under which the link was made.
    pub fn sentence(&self, rules: u32) -> (&'static str, [(&'static str, String); 3]) {
        let id = if rules == RULES {
            "link.differs"
        } else {
            "link.departs"
        };
        let operands = [
            ("event", (self.agrees + 1).to_string()),
            ("theirs", rules.to_string()),
            ("ours", RULES.to_string()),
        ];
        (id, operands)
    }
}

/// Which events of a run to mark, and which marks to look at while it is replayed.
#[derive(Clone, Debug)]
pub struct Trail {
    marks: Vec<Mark>,
    agrees: u64,
}

impl Trail {
    /// The events to mark on a run up to a position: evenly spread, the position last.
    pub fn events(position: u64) -> Vec<u64> {
        let parts = MARKS.min(position);
        (1..=parts).map(|k| position * k / parts).collect()
    }

    /// The trail of a link that is about to be replayed.
    pub fn of(shared: &Shared) -> Trail {
        Trail {
            marks: shared.marks.clone(),
            agrees: 0,
        }
    }

    /// The next event at which [`Trail::look`] wants to see the run.
    pub fn next(&self) -> Option<u64> {
        self.marks
            .iter()
            .map(|mark| mark.event)
            .find(|event| *event > self.agrees)
    }

    /// Looks at the run if it stands at a mark; tells the first departure.
    pub fn look(&mut self, run: &dyn View) -> Option<Departure> {
        let place = self
            .marks
            .iter()
            .position(|mark| mark.event == run.events())?;
        let here = self.marks[place];
        if here != Mark::of(run, place + 1 == self.marks.len()) {
            return Some(Departure {
                agrees: self.agrees,
                differs: here.event,
            });
        }
        self.agrees = here.event;
        None
    }
}
