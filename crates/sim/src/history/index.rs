//! Every event of a line of history, in order, and the stretches of what each server was.
//!
//! Rows lie in chunks that branches share; each chunk knows which marks occur in it, so that "the
//! last election" is found without a look at every row.

use super::row::{Marks, Packed, Row};
use crate::action::Endpoint;
use crate::chunked::Chunked;
use crate::view::{Event, Status, View};
use std::ops::Range;
use std::sync::Arc;
use synod_protocols::{Micros, NodeId};

/// How many rows a chunk holds.
const CHUNK: usize = 2_048;

#[derive(Clone, Debug)]
struct Chunk {
    /// The number of its first event.
    first: u64,
    base_us: Micros,
    rows: Vec<Packed>,
    /// Every mark that occurs in it.
    marks: Marks,
}

impl Chunk {
    fn row(&self, position: usize) -> Row {
        self.rows[position].unpack(self.first + position as u64, self.base_us)
    }

    fn end(&self) -> u64 {
        self.first + self.rows.len() as u64
    }
}

/// What a server was from an event on, until its next stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub node: NodeId,
    /// The event with which it began.
    pub event: u64,
    pub time_us: Micros,
    pub status: Status,
    /// Its term, ballot or view; 0 while it is crashed.
    pub epoch: u64,
    pub leading: bool,
}

/// Which events are looked for; what is `None` fits everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub lane: Option<Endpoint>,
    /// Any of these marks.
    pub marks: Option<Marks>,
    pub what: Option<super::What>,
    /// The message's kind, or the timer's number.
    pub detail: Option<u8>,
}

impl Filter {
    /// Events with any of these marks.
    pub fn marked(marks: Marks) -> Filter {
        Filter {
            marks: Some(marks),
            ..Filter::default()
        }
    }

    /// Whether an event is one of those looked for.
    pub fn fits(&self, row: &Row) -> bool {
        self.lane.is_none_or(|lane| row.lane == Some(lane))
            && self.marks.is_none_or(|marks| row.marks.any(marks))
            && self.what.is_none_or(|what| row.what == what)
            && self.detail.is_none_or(|detail| row.detail == detail)
    }
}

/// The events of a run so far, in 16 bytes each.
#[derive(Clone, Debug, Default)]
pub struct Index {
    chunks: Vec<Arc<Chunk>>,
    /// In the order of events.
    stretches: Chunked<Stretch>,
    /// Each server's last stretch, by its position among the stretches plus 1.
    latest: Vec<usize>,
}

impl Index {
    /// An index of a run of so many servers that has not begun.
    pub fn new(nodes: usize) -> Index {
        Index {
            latest: vec![0; nodes],
            ..Index::default()
        }
    }

    /// How many events there are.
    pub fn len(&self) -> u64 {
        self.chunks.last().map_or(0, |chunk| chunk.end() - 1)
    }

    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The time of the last event.
    pub fn end_us(&self) -> Micros {
        self.get(self.len()).map_or(0, |row| row.time_us)
    }

    fn chunk_of(&self, event: u64) -> usize {
        self.chunks
            .partition_point(|chunk| chunk.first <= event)
            .saturating_sub(1)
    }

    /// An event by its number.
    pub fn get(&self, event: u64) -> Option<Row> {
        if event == 0 || event > self.len() {
            return None;
        }
        let chunk = &self.chunks[self.chunk_of(event)];
        Some(chunk.row((event - chunk.first) as usize))
    }

    /// The last event at or before a time; 0 if there is none.
    pub fn at_time(&self, time_us: Micros) -> u64 {
        let after = self
            .chunks
            .partition_point(|chunk| chunk.base_us <= time_us);
        let Some(chunk) = after.checked_sub(1).map(|position| &self.chunks[position]) else {
            return 0;
        };
        let passed = time_us - chunk.base_us;
        let upto = chunk
            .rows
            .partition_point(|row| u64::from(row.after_us) <= passed);
        chunk.first + upto as u64 - 1
    }

    /// Events by their numbers, in order.
    pub fn rows(&self, events: Range<u64>) -> impl DoubleEndedIterator<Item = Row> + '_ {
        let (from, to) = (events.start.max(1), events.end.min(self.len() + 1));
        let chunks = if from < to {
            self.chunk_of(from)..self.chunk_of(to - 1) + 1
        } else {
            0..0
        };
        self.chunks[chunks].iter().flat_map(move |chunk| {
            let start = from.max(chunk.first) - chunk.first;
            let end = to.min(chunk.end()) - chunk.first;
            (start as usize..end as usize).map(|position| chunk.row(position))
        })
    }

    /// The last event before this one that fits.
    pub fn before(&self, event: u64, filter: &Filter) -> Option<Row> {
        let last = event.min(self.len() + 1).checked_sub(1)?;
        if last == 0 {
            return None;
        }
        for chunk in self.chunks[..=self.chunk_of(last)].iter().rev() {
            if filter.marks.is_some_and(|marks| !chunk.marks.any(marks)) {
                continue;
            }
            let end = (last + 1).min(chunk.end()) - chunk.first;
            let mut rows = (0..end as usize).rev().map(|position| chunk.row(position));
            if let Some(found) = rows.find(|row| filter.fits(row)) {
                return Some(found);
            }
        }
        None
    }

    /// The first event after this one that fits.
    pub fn after(&self, event: u64, filter: &Filter) -> Option<Row> {
        if event >= self.len() {
            return None;
        }
        let first = event + 1;
        for chunk in &self.chunks[self.chunk_of(first)..] {
            if filter.marks.is_some_and(|marks| !chunk.marks.any(marks)) {
                continue;
            }
            let start = first.max(chunk.first) - chunk.first;
            let mut rows = (start as usize..chunk.rows.len()).map(|position| chunk.row(position));
            if let Some(found) = rows.find(|row| filter.fits(row)) {
                return Some(found);
            }
        }
        None
    }

    /// The marked events among these, in order; chunks without such a mark are passed over.
    pub fn marked(&self, events: Range<u64>, marks: Marks) -> impl Iterator<Item = Row> + '_ {
        let (from, to) = (events.start.max(1), events.end.min(self.len() + 1));
        self.chunks
            .iter()
            .filter(move |chunk| chunk.end() > from && chunk.first < to && chunk.marks.any(marks))
            .flat_map(move |chunk| {
                let start = from.max(chunk.first) - chunk.first;
                let end = to.min(chunk.end()).max(chunk.first) - chunk.first;
                (start as usize..end as usize)
                    .filter(move |position| chunk.rows[*position].marks().any(marks))
                    .map(|position| chunk.row(position))
            })
    }

    /// Every stretch, in the order of events.
    pub fn stretches(&self) -> impl DoubleEndedIterator<Item = &Stretch> + '_ {
        self.stretches.iter()
    }

    /// Adds an event. False if it is not the next one.
    pub(super) fn push(&mut self, run: &dyn View, event: &Event, broke: bool) -> bool {
        if event.index != self.len() + 1 {
            return false;
        }
        let fits = self.chunks.last().is_some_and(|chunk| {
            chunk.rows.len() < CHUNK && event.time_us - chunk.base_us <= u64::from(u32::MAX)
        });
        if !fits {
            self.chunks.push(Arc::new(Chunk {
                first: event.index,
                base_us: event.time_us,
                rows: Vec::with_capacity(CHUNK),
                marks: Marks::NONE,
            }));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            let chunk = Arc::make_mut(chunk);
            let after_us = (event.time_us - chunk.base_us) as u32;
            let mut row = Packed::new(event, run, after_us);
            if broke {
                row.add(Marks::VIOLATION);
            }
            chunk.marks.add(row.marks());
            chunk.rows.push(row);
        }
        if let Some(node) = event.node {
            self.stretch(run, event, node);
        }
        true
    }

    /// Whether a replayed event is the one that is kept here.
    pub(super) fn agrees(&self, run: &dyn View, event: &Event) -> bool {
        let Some(kept) = self.get(event.index) else {
            return false;
        };
        let chunk = &self.chunks[self.chunk_of(event.index)];
        let row = &chunk.rows[(event.index - chunk.first) as usize];
        kept.time_us == event.time_us && row.agrees(&Packed::new(event, run, row.after_us))
    }

    fn stretch(&mut self, run: &dyn View, event: &Event, node: NodeId) {
        let status = run.status(node);
        let probe = run.probe(node).unwrap_or_default();
        let fresh = Stretch {
            node,
            event: event.index,
            time_us: event.time_us,
            status,
            epoch: probe.epoch,
            leading: probe.leading,
        };
        let same = |old: &Stretch| {
            (old.status, old.epoch, old.leading) == (fresh.status, fresh.epoch, fresh.leading)
        };
        let latest = self.latest[node.index()];
        let old = latest.checked_sub(1).and_then(|at| self.stretches.get(at));
        if !old.is_some_and(same) {
            self.stretches.push(fresh);
            self.latest[node.index()] = self.stretches.len();
        }
    }

    /// Forgets every event after this one.
    pub(super) fn truncate(&mut self, event: u64) {
        self.chunks.retain(|chunk| chunk.first <= event);
        if let Some(chunk) = self.chunks.last_mut()
            && chunk.end() > event + 1
        {
            let chunk = Arc::make_mut(chunk);
            chunk.rows.truncate((event + 1 - chunk.first) as usize);
            chunk.marks = Marks::NONE;
            for row in &chunk.rows {
                chunk.marks.add(row.marks());
            }
        }
        let kept = self.stretches.rposition(|stretch| stretch.event <= event);
        self.stretches.truncate(kept.map_or(0, |last| last + 1));
        self.latest.fill(0);
        for (position, stretch) in self.stretches.iter().enumerate() {
            self.latest[stretch.node.index()] = position + 1;
        }
    }
}
