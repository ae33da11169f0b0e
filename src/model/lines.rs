//! The past events, as ids and operands; sentences are made when somebody reads them.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use synod_protocols::{Micros, NodeId, Note};
use synod_sim::{Ack, Event, EventKind, Observer, Refusal, View};

/// How many events are kept.
pub const MOST_LINES: usize = 5_000;

/// One past event.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Counted from 1 within the run.
    pub event: u64,
    pub time_us: Micros,
    pub node: Option<NodeId>,
    pub kind: EventKind,
    /// The earlier event that brought it about.
    pub cause: Option<u64>,
    pub notes: Box<[Note]>,
    /// The answer that reached a client.
    pub acked: Option<Box<Ack>>,
    /// Why an action of the script could not be done.
    pub refused: Option<Box<Refusal>>,
}

impl Line {
    pub fn of(event: &Event) -> Line {
        Line {
            event: event.index,
            time_us: event.time_us,
            node: event.node,
            kind: event.kind.clone(),
            cause: event.cause,
            notes: event.notes.as_slice().into(),
            acked: event.ack.clone().map(Box::new),
            refused: event.refused.clone().map(Box::new),
        }
    }
}

/// The last few thousand events, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    ring: VecDeque<Line>,
}

impl Lines {
    pub fn push(&mut self, line: Line) {
        if self.ring.len() == MOST_LINES {
            self.ring.pop_front();
        }
        self.ring.push_back(line);
    }

    pub fn clear(&mut self) {
        self.ring.clear();
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.ring.iter()
    }

    pub fn last(&self) -> Option<&Line> {
        self.ring.back()
    }

    /// The lines after an event, oldest first.
    pub fn since(&self, event: u64) -> impl DoubleEndedIterator<Item = &Line> {
        let from = self.ring.partition_point(|line| line.event <= event);
        self.ring.range(from..)
    }
}

impl Observer for Lines {
    fn after(&mut self, _: &dyn View, event: &Event) -> ControlFlow<()> {
        self.push(Line::of(event));
        ControlFlow::Continue(())
    }
}
