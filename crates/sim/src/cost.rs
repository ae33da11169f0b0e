//! What a decision costs: messages by phase, disk syncs, and the longest chain of waits between a
//! command's request and its answer.

use crate::action::Endpoint;
use crate::history::{Index, Row, What};
use crate::lens::{Answered, Chronicle};
use crate::view::View;
use synod_protocols::{Cost, Micros, Per};

/// Everything that was spent by a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// The last event before the moment.
    pub event: u64,
    /// Messages by the protocol's kinds.
    pub sent: Vec<u64>,
    pub syncs: u64,
    pub decisions: u64,
    pub elections: u64,
    /// Commands answered, and the sum of their latencies.
    pub answered: u64,
    pub latency_us: Micros,
}

impl Meter {
    /// What a run has spent by now.
    pub fn read(run: &dyn View, chronicle: &Chronicle) -> Meter {
        let counters = run.counters();
        Meter {
            event: run.events(),
            sent: counters.sent.clone(),
            syncs: counters.syncs,
            decisions: chronicle.decisions(),
            elections: chronicle.elections(),
            answered: counters.acknowledged,
            latency_us: counters.latency_sum_us,
        }
    }

    /// What was spent since another moment of the same run.
    pub fn since(&self, earlier: &Meter) -> Meter {
        let before = |kind: usize| earlier.sent.get(kind).copied().unwrap_or(0);
        let sent = self.sent.iter().enumerate();
        Meter {
            event: self.event,
            sent: sent
                .map(|(kind, sent)| sent.saturating_sub(before(kind)))
                .collect(),
            syncs: self.syncs.saturating_sub(earlier.syncs),
            decisions: self.decisions.saturating_sub(earlier.decisions),
            elections: self.elections.saturating_sub(earlier.elections),
            answered: self.answered.saturating_sub(earlier.answered),
            latency_us: self.latency_us.saturating_sub(earlier.latency_us),
        }
    }

    /// The messages of a phase.
    pub fn of(&self, cost: &Cost) -> u64 {
        let kinds = cost.kinds.iter();
        kinds
            .filter_map(|kind| self.sent.get(usize::from(*kind)))
            .sum()
    }

    /// How often a phase was gone through.
    pub fn times(&self, cost: &Cost) -> u64 {
        match cost.per {
            Per::Decision => self.decisions,
            Per::Election => self.elections,
        }
    }
}

/// The most hops that are followed back.
const MOST_HOPS: usize = 64;

/// What one hop of a critical path waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A message of this kind, between these two.
    Message {
        from: Endpoint,
        to: Endpoint,
        /// As in [`crate::MessageInfo::kind`].
        kind: u8,
    },
    /// A disk.
    Disk(Endpoint),
    /// Its turn, behind other commands.
    Turn(Option<Endpoint>),
    /// The client's own patience, at whose end it asked again.
    Patience,
    /// A timer, or a pause.
    Other(Option<Endpoint>),
}

/// One hop of a critical path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    pub wait: Wait,
    /// The event that ended it.
    pub event: u64,
    pub took_us: Micros,
}

/// The waits that led to an event, first the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalPath {
    pub hops: Vec<Hop>,
    pub took_us: Micros,
}

impl CriticalPath {
    /// How many messages one after another.
    pub fn message_delays(&self) -> usize {
        let message = |hop: &&Hop| matches!(hop.wait, Wait::Message { .. });
        self.hops.iter().filter(message).count()
    }

    /// How many of them between servers.
    pub fn server_delays(&self) -> usize {
        let inner = |hop: &&Hop| {
            matches!(hop.wait, Wait::Message { from, to, .. }
                if from != Endpoint::Clients && to != Endpoint::Clients)
        };
        self.hops.iter().filter(inner).count()
    }

    /// How many waits for a disk.
    pub fn disk_syncs(&self) -> usize {
        let disk = |hop: &&Hop| matches!(hop.wait, Wait::Disk(_));
        self.hops.iter().filter(disk).count()
    }
}

/// The path to an answer, followed back from cause to cause until its client asked.
///
/// Each event has one cause, that which came last of all for which it waited: an answer leaves with
/// the event that closes the quorum, so that the path runs through the slowest server of the
/// fastest quorum and not through those that came too late to count. Where it leads into what was
/// done for an earlier command, the rest of the time was spent waiting for a turn.
pub fn critical_path(index: &Index, answered: Answered) -> CriticalPath {
    let mut path = CriticalPath::default();
    let Some(last) = index.get(answered.event) else {
        return path;
    };
    path.took_us = last.time_us.saturating_sub(answered.asked_us);
    let mut row = last;
    while row.what != What::Asked && row.time_us > answered.asked_us {
        let cause = row.cause.and_then(|cause| index.get(cause));
        let cause = cause.filter(|cause| cause.time_us >= answered.asked_us);
        let (Some(cause), true) = (cause, path.hops.len() < MOST_HOPS) else {
            path.hops.push(Hop {
                wait: Wait::Turn(row.lane),
                event: row.event,
                took_us: row.time_us - answered.asked_us,
            });
            break;
        };
        path.hops.push(Hop {
            wait: wait(&row),
            event: row.event,
            took_us: row.time_us - cause.time_us,
        });
        row = cause;
    }
    if row.what == What::Asked && row.time_us > answered.asked_us {
        path.hops.push(Hop {
            wait: Wait::Patience,
            event: row.event,
            took_us: row.time_us - answered.asked_us,
        });
    }
    path.hops.reverse();
    path
}

fn wait(row: &Row) -> Wait {
    match (row.what, row.peer, row.lane) {
        (What::Delivered, Some(from), Some(to)) => Wait::Message {
            from,
            to,
            kind: row.detail,
        },
        (What::Durable | What::Flushing | What::Flushed, _, Some(lane)) => Wait::Disk(lane),
        (_, _, lane) => Wait::Other(lane),
    }
}
