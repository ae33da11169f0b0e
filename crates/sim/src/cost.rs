//! What a command cost: the longest chain of waits between its request and its answer.

use crate::action::Endpoint;
use crate::history::{Index, Row, What};
use synod_protocols::Micros;

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
    /// A timer, a pause, or a client's own patience.
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

/// The path to an event, followed back from cause to cause until a client asked.
///
/// Each event has one cause, that which came last of all for which it waited: an answer leaves with
/// the event that closes the quorum, so that the path runs through the slowest server of the
/// fastest quorum and not through those that came too late to count.
pub fn critical_path(index: &Index, event: u64) -> CriticalPath {
    let mut path = CriticalPath::default();
    let Some(last) = index.get(event) else {
        return path;
    };
    let mut row = last;
    while path.hops.len() < MOST_HOPS && row.what != What::Asked {
        let Some(cause) = row.cause.and_then(|cause| index.get(cause)) else {
            break;
        };
        path.hops.push(Hop {
            wait: wait(&row),
            event: row.event,
            took_us: row.time_us - cause.time_us,
        });
        row = cause;
    }
    path.hops.reverse();
    path.took_us = last.time_us - row.time_us;
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
