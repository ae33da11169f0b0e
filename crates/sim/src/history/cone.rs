//! What an event can have known of, and what can know of it (Lamport 1978, happened before).

use super::{Index, Row, What};
use crate::action::Endpoint;
use std::ops::Range;

/// The causal past and future of an event, as far as a window shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cone {
    /// The event whose past and future they are.
    event: u64,
    /// The number of the first event that `inside` tells of.
    first: u64,
    /// Whether each event from there on happened before the event, or after it.
    inside: Vec<bool>,
}

impl Cone {
    /// Whether an event of the window happened before the chosen one.
    pub fn is_past(&self, event: u64) -> bool {
        event < self.event && self.holds(event)
    }

    /// Whether the chosen event happened before this one of the window.
    pub fn is_future(&self, event: u64) -> bool {
        event > self.event && self.holds(event)
    }

    fn holds(&self, event: u64) -> bool {
        let position = event.checked_sub(self.first);
        position.is_some_and(|position| {
            let inside = usize::try_from(position)
                .ok()
                .and_then(|k| self.inside.get(k));
            inside.copied().unwrap_or(false)
        })
    }

    fn add(&mut self, event: u64) {
        let position = event.checked_sub(self.first).map(|k| k as usize);
        if let Some(slot) = position.and_then(|k| self.inside.get_mut(k)) {
            *slot = true;
        }
    }
}

impl Index {
    /// The causal past and future of an event within a window of events, in one pass each way.
    ///
    /// An event happened before another if it is an earlier one of the same lane, or its cause, or
    /// happened before one that did. What lies between the window and the event is passed as well,
    /// so that a cone is as long as that.
    pub fn cone(&self, event: u64, window: Range<u64>) -> Cone {
        let first = window.start.min(event).max(1);
        let last = window.end.max(event + 1).min(self.len() + 1);
        let mut cone = Cone {
            event,
            first,
            inside: vec![false; last.saturating_sub(first) as usize],
        };
        let Some(chosen) = self.get(event) else {
            return cone;
        };
        let mut lanes: Vec<Endpoint> = process(&chosen).into_iter().collect();
        cone.add(chosen.cause.unwrap_or(0));
        for row in self.rows(first..event).rev() {
            let known = process(&row).is_some_and(|lane| lanes.contains(&lane));
            if known || cone.holds(row.event) {
                note_lane(&mut lanes, &row);
                cone.add(row.event);
                cone.add(row.cause.unwrap_or(0));
            }
        }
        let mut lanes: Vec<Endpoint> = process(&chosen).into_iter().collect();
        for row in self.rows(event + 1..last) {
            let knows = process(&row).is_some_and(|lane| lanes.contains(&lane));
            let cause = row.cause.unwrap_or(0);
            if knows || cause == event || cone.is_future(cause) {
                note_lane(&mut lanes, &row);
                cone.add(row.event);
            }
        }
        cone
    }

    /// The event of the same process before this one, if there is one.
    pub fn previous(&self, event: u64) -> Option<Row> {
        let lane = process(&self.get(event)?)?;
        self.rows(1..event)
            .rev()
            .find(|row| process(row) == Some(lane))
    }
}

/// The process that took part in an event. What is lost or waits reached none.
fn process(row: &Row) -> Option<Endpoint> {
    match row.what {
        What::Lost | What::Stalled | What::Queued => None,
        _ => row.lane,
    }
}

fn note_lane(lanes: &mut Vec<Endpoint>, row: &Row) {
    if let Some(lane) = process(row)
        && !lanes.contains(&lane)
    {
        lanes.push(lane);
    }
}
