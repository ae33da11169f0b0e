//! Disks: a page cache, flushes, and what a process is told of them.
//!
//! ```text
//!  write ──► cache ──── flush (takes a while) ────► store
//!              │                    │
//!              │                    └─► "durable up to w" told to the process
//!              └─ lost by a crash
//! ```
//! A lying device tells and does not store. Without fsync the process is told at once.

use super::nodes::Queued;
use super::{What, World};
use crate::action::DiskPatch;
use crate::random::{Purpose, Stream};
use crate::scenario::{DiskPolicy, DiskSettings, Scenario};
use crate::view::EventKind;
use std::collections::VecDeque;
use synod_protocols::{Input, NodeId, Protocol, WriteId};

/// A server's disk.
#[derive(Clone)]
pub(super) struct Disk<P: Protocol> {
    pub settings: DiskSettings,
    /// What a crash leaves.
    pub store: P::Disk,
    /// What a crash loses.
    pub cache: VecDeque<(WriteId, P::Record)>,
    /// The last write of which the process was told that it is durable.
    pub told: WriteId,
    /// The last write that the flush under way covers.
    pub syncing: Option<WriteId>,
    /// The event of the last write.
    pub wrote_in: u64,
    /// The event of the last write that the flush under way covers.
    pub covers_in: u64,
    window_open: bool,
    flush_planned: bool,
    /// Counts flushes, windows and crashes, so that old heap entries mean nothing.
    sync: u32,
    flush: u32,
    stream: Stream,
}

impl<P: Protocol> Disk<P> {
    pub fn new(scenario: &Scenario, id: NodeId) -> Disk<P> {
        let preload = scenario
            .node
            .get(&id)
            .and_then(|node| node.preload.as_ref());
        Disk {
            settings: scenario.disk_of(id),
            store: preload.map(P::preload).unwrap_or_default(),
            cache: VecDeque::new(),
            told: WriteId(0),
            syncing: None,
            wrote_in: 0,
            covers_in: 0,
            window_open: false,
            flush_planned: false,
            sync: 0,
            flush: 0,
            stream: Stream::new(scenario.seed, Purpose::Disk, u64::from(id.0)),
        }
    }

    /// Whether a heap entry of this kind and number still means something.
    pub fn expects(&self, what: What, number: u32) -> bool {
        match what {
            What::Synced { .. } => self.syncing.is_some() && self.sync == number,
            What::Window { .. } => self.window_open && self.sync == number,
            What::Flush { .. } => self.flush_planned && self.flush == number,
            _ => false,
        }
    }

    /// A crash: the cache is gone, and nobody is told of its writes any more.
    pub fn lose_cache(&mut self, last_write: WriteId) {
        self.cache.clear();
        self.told = last_write;
        self.syncing = None;
        self.window_open = false;
        self.flush_planned = false;
        self.sync = self.sync.wrapping_add(1);
        self.flush = self.flush.wrapping_add(1);
    }

    /// What its stream would give next.
    pub fn draws(&self) -> u64 {
        self.stream.peek()
    }

    fn last_cached(&self) -> WriteId {
        self.cache.back().map_or(WriteId(0), |(id, _)| *id)
    }

    /// Moves writes up to this one from the cache to the store; returns how many.
    fn persist(&mut self, up_to: WriteId) -> u64 {
        let mut count = 0;
        while let Some((id, _)) = self.cache.front() {
            if *id > up_to {
                break;
            }
            if let Some((_, record)) = self.cache.pop_front() {
                P::write(&mut self.store, &record);
                count += 1;
            }
        }
        count
    }
}

impl<P: Protocol> World<P> {
    /// Begins what new writes need. Returns the last write that is durable at once, if any is.
    pub(super) fn settle_disk(&mut self, at: usize) -> Option<WriteId> {
        let disk = &mut self.nodes[at].disk;
        let last = disk.last_cached();
        if last <= disk.told {
            return None;
        }
        if !disk.settings.fsync_before_reply {
            disk.told = last;
            self.plan_flush(at);
            return Some(last);
        }
        if self.holding {
            if disk.settings.manual {
                return None;
            }
            return Some(self.finish_now(at, last));
        }
        if disk.syncing.is_some() || disk.window_open {
            return None;
        }
        if disk.settings.policy == DiskPolicy::Group {
            disk.window_open = true;
            disk.sync = disk.sync.wrapping_add(1);
            let (sync, window) = (disk.sync, disk.settings.window_us);
            self.plan(
                self.now + window,
                What::Window {
                    node: at as u8,
                    sync,
                },
            );
            return None;
        }
        self.begin_sync(at)
    }

    fn finish_now(&mut self, at: usize, last: WriteId) -> WriteId {
        let disk = &mut self.nodes[at].disk;
        // Told at once meanwhile, a process may know of later writes than this flush covers.
        disk.told = disk.told.max(last);
        disk.syncing = None;
        disk.window_open = false;
        if disk.settings.policy == DiskPolicy::Lying {
            self.plan_flush(at);
        } else {
            self.counters.syncs += 1;
            disk.persist(last);
        }
        last
    }

    fn begin_sync(&mut self, at: usize) -> Option<WriteId> {
        let disk = &mut self.nodes[at].disk;
        let last = disk.last_cached();
        disk.covers_in = disk.wrote_in;
        let took = disk.stream.span(disk.settings.fsync);
        if took == 0 {
            return Some(self.finish_now(at, last));
        }
        disk.syncing = Some(last);
        disk.sync = disk.sync.wrapping_add(1);
        let sync = disk.sync;
        self.plan(
            self.now + took,
            What::Synced {
                node: at as u8,
                sync,
            },
        );
        None
    }

    /// A group commit's window closes and its flush begins.
    pub(super) fn close_window(&mut self, at: usize) -> bool {
        let disk = &mut self.nodes[at].disk;
        disk.window_open = false;
        let (wrote_in, writes) = (disk.wrote_in, disk.cache.len() as u64);
        self.blame(wrote_in);
        let Some(write) = self.begin_sync(at) else {
            self.end_event(Some(at), EventKind::Flushing { writes });
            return true;
        };
        self.tell(at, write);
        self.end_event(Some(at), EventKind::Durable { writes: 0 });
        true
    }

    fn plan_flush(&mut self, at: usize) {
        let disk = &mut self.nodes[at].disk;
        if disk.flush_planned {
            return;
        }
        disk.flush_planned = true;
        disk.flush = disk.flush.wrapping_add(1);
        let (sync, flush_us) = (disk.flush, disk.settings.flush_us);
        self.plan(
            self.now + flush_us,
            What::Flush {
                node: at as u8,
                sync,
            },
        );
    }

    /// A flush has ended.
    pub(super) fn synced(&mut self, at: usize) -> bool {
        let Some(write) = self.nodes[at].disk.syncing else {
            return false;
        };
        let before = self.nodes[at].disk.cache.len();
        let covers_in = self.nodes[at].disk.covers_in;
        self.blame(covers_in);
        self.finish_now(at, write);
        let writes = (before - self.nodes[at].disk.cache.len()) as u64;
        self.tell(at, write);
        self.end_event(Some(at), EventKind::Durable { writes });
        true
    }

    fn tell(&mut self, at: usize, write: WriteId) {
        if !self.keep_back(at, Queued::Durable(write)) {
            self.release(at);
            self.feed(at, Input::Durable(write));
        }
    }

    /// Its settings change. Who need not wait for the disk any more is told of all writes at once.
    pub(super) fn set_disk(&mut self, at: usize, patch: &DiskPatch) {
        let disk = &mut self.nodes[at].disk;
        disk.settings = patch.over(disk.settings);
        if disk.settings.fsync_before_reply {
            return;
        }
        while let Some(write) = self.settle_disk(at) {
            self.tell(at, write);
        }
    }

    /// The cache goes to the platter in the background, as far as it was told durable.
    pub(super) fn flush(&mut self, at: usize) -> bool {
        let disk = &mut self.nodes[at].disk;
        disk.flush_planned = false;
        let wrote_in = disk.wrote_in;
        let writes = disk.persist(disk.told);
        self.counters.syncs += 1;
        self.blame(wrote_in);
        self.end_event(Some(at), EventKind::Flushed { writes });
        true
    }

    /// Under a manual schedule: everything written is durable now.
    pub(super) fn sync_by_hand(&mut self, at: usize) {
        let last = self.nodes[at].disk.last_cached();
        if last > self.nodes[at].disk.told {
            self.finish_now(at, last);
            self.tell(at, last);
        }
    }

    /// Holding began: a flush under way ends at once, unless completions are actions too.
    pub(super) fn sync_held(&mut self, at: usize) -> bool {
        let disk = &self.nodes[at].disk;
        if !self.holding || disk.settings.manual || disk.last_cached() <= disk.told {
            return false;
        }
        let (before, wrote_in) = (disk.cache.len(), disk.wrote_in);
        self.blame(wrote_in);
        self.sync_by_hand(at);
        let writes = (before - self.nodes[at].disk.cache.len().min(before)) as u64;
        self.end_event(Some(at), EventKind::Durable { writes });
        true
    }
}
