//! Version 3 of a link's content: actions that version 1 lacks, and an oracle. These types are
//! frozen.
//!
//! What version 1 can say stays as it says it; the rest stands before it, each action with its
//! place in the whole script.

use crate::{LinkError, Shared, bounds, v1, v2};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use synod_protocols::NodeId;
use synod_protocols::units::{Chance, Span};
use synod_sim::{Action, ClockPatch, DiskPatch, DiskPolicy, ScriptItem};

pub const VERSION: u8 = 3;

#[derive(Serialize, Deserialize)]
struct Head {
    beside: Option<v2::Beside>,
    oracle_us: Option<u64>,
    more: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    /// How many of the script's actions stand between it and the one before it in this list.
    skip: u32,
    /// Microseconds since the action before it in the whole script.
    wait_us: u64,
    /// For an action by hand: how many events after the one that the last such action followed.
    after: Option<i64>,
    act: More,
}

/// How far a script has come: the time of its last action, and the event that the last one by
/// hand followed.
#[derive(Default)]
struct Pace {
    at_us: u64,
    after: u64,
}

impl Pace {
    fn follow(&mut self, item: &ScriptItem) {
        // A manual script may name a time that clicks have long passed; then that one counts.
        self.at_us = self.at_us.max(item.at_us);
        self.after = item.after.unwrap_or(self.after);
    }

    /// Adds actions to a script, none earlier than those before it.
    fn take(&mut self, items: impl Iterator<Item = ScriptItem>, script: &mut Vec<ScriptItem>) {
        for mut item in items {
            self.follow(&item);
            item.at_us = self.at_us;
            script.push(item);
        }
    }
}

/// The actions that version 1 lacks, in their frozen order.
#[derive(Serialize, Deserialize)]
enum More {
    Wipe(u8),
    Slow(u8, (u64, u64)),
    Deaf(u8, u32, Option<u8>),
    Mute(u8, u32, Option<u8>),
    Clock(u8, i64, Option<i32>),
    Disk(u8, Disk),
    Oracle(Option<u64>),
    Reconfigure(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
struct Disk {
    /// 0 each, 1 group, 2 lying.
    policy: Option<u8>,
    fsync_before_reply: Option<bool>,
    fsync: Option<(u64, u64)>,
    window_us: Option<u64>,
    flush_us: Option<u64>,
}

/// Whether a run says something that the versions before cannot.
pub fn needed(shared: &Shared) -> bool {
    let scenario = &shared.scenario;
    let beyond = |item: &ScriptItem| More::of(&item.action).is_some();
    scenario.oracle_us.is_some() || scenario.script.iter().any(beyond)
}

/// The content's bytes.
pub fn write(shared: &Shared) -> Vec<u8> {
    let mut more = Vec::new();
    let mut next = 0;
    let mut pace = Pace::default();
    for (place, item) in shared.scenario.script.iter().enumerate() {
        if let Some(act) = More::of(&item.action) {
            let after = item.after.map(|after| after as i64 - pace.after as i64);
            more.push(Item {
                skip: (place - next) as u32,
                wait_us: item.at_us.saturating_sub(pace.at_us),
                after,
                act,
            });
            next = place + 1;
        }
        pace.follow(item);
    }
    let head = Head {
        beside: shared.beside.as_ref().map(v2::Beside::of),
        oracle_us: shared.scenario.oracle_us,
        more,
    };
    // Writing to memory does not fail, as every length is known.
    let mut bytes = postcard::to_allocvec(&head).unwrap_or_default();
    bytes.extend(v1::write(shared));
    bytes
}

/// Reads a content.
///
/// # Errors
/// If it is damaged or out of bounds, or a run could not be run.
pub fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let damaged = || LinkError::new("link.damaged");
    let (head, rest): (Head, &[u8]) = postcard::take_from_bytes(bytes).map_err(|_| damaged())?;
    let mut shared = v1::read(rest)?;
    let plain = std::mem::take(&mut shared.scenario.script);
    let mut plain = plain.into_iter();
    let script = &mut shared.scenario.script;
    let mut pace = Pace::default();
    for item in head.more {
        let skip = item.skip as usize;
        if skip > plain.len() {
            return Err(damaged());
        }
        pace.take(plain.by_ref().take(skip), script);
        let after = |step: i64| (pace.after as i64).saturating_add(step).max(0) as u64;
        let item = ScriptItem {
            at_us: pace.at_us.saturating_add(item.wait_us),
            after: item.after.map(after),
            action: Arc::new(item.act.read()?),
        };
        pace.follow(&item);
        script.push(item);
    }
    pace.take(plain, script);
    shared.scenario.oracle_us = head.oracle_us;
    shared.scenario.check().map_err(bounds)?;
    if let Some(beside) = head.beside {
        shared.beside = Some(beside.read(&shared)?);
    }
    Ok(shared)
}

impl More {
    /// The action, if version 1 lacks it.
    fn of(action: &Action) -> Option<More> {
        let who = v1::who;
        let end = |peer: &Option<_>| peer.map(v1::end);
        Some(match action {
            Action::Wipe { node } => More::Wipe(who(node)),
            Action::Slow { node, takes } => More::Slow(who(node), (takes.min_us, takes.max_us)),
            Action::Deaf { node, chance, peer } => More::Deaf(who(node), chance.0, end(peer)),
            Action::Mute { node, chance, peer } => More::Mute(who(node), chance.0, end(peer)),
            Action::Clock { node, patch } => More::Clock(who(node), patch.jump_us, patch.drift_ppm),
            Action::Disk { node, patch } => More::Disk(who(node), Disk::of(patch)),
            Action::Oracle { delay_us } => More::Oracle(*delay_us),
            Action::Reconfigure { members } => {
                More::Reconfigure(members.iter().map(|node| node.0).collect())
            }
            _ => return None,
        })
    }

    fn read(self) -> Result<Action, LinkError> {
        let who = v1::read_who;
        let span = |(min_us, max_us)| Span { min_us, max_us };
        let end = |peer: Option<u8>| peer.map(v1::read_end);
        Ok(match self {
            More::Wipe(node) => Action::Wipe { node: who(node) },
            More::Slow(node, takes) => Action::Slow {
                node: who(node),
                takes: span(takes),
            },
            More::Deaf(node, chance, peer) => Action::Deaf {
                node: who(node),
                chance: Chance(chance),
                peer: end(peer),
            },
            More::Mute(node, chance, peer) => Action::Mute {
                node: who(node),
                chance: Chance(chance),
                peer: end(peer),
            },
            More::Clock(node, jump_us, drift_ppm) => Action::Clock {
                node: who(node),
                patch: ClockPatch { jump_us, drift_ppm },
            },
            More::Disk(node, disk) => Action::Disk {
                node: who(node),
                patch: disk.read()?,
            },
            More::Oracle(delay_us) => Action::Oracle { delay_us },
            More::Reconfigure(members) => {
                let most = NodeId::MAX - 1;
                let node = |node: &u8| NodeId::at(usize::from(*node).min(most));
                Action::Reconfigure {
                    members: members.iter().map(node).collect(),
                }
            }
        })
    }
}

impl Disk {
    fn of(patch: &DiskPatch) -> Disk {
        let number = |policy: DiskPolicy| match policy {
            DiskPolicy::Each => 0,
            DiskPolicy::Group => 1,
            DiskPolicy::Lying => 2,
        };
        Disk {
            policy: patch.policy.map(number),
            fsync_before_reply: patch.fsync_before_reply,
            fsync: patch.fsync.map(|span| (span.min_us, span.max_us)),
            window_us: patch.window_us,
            flush_us: patch.flush_us,
        }
    }

    fn read(self) -> Result<DiskPatch, LinkError> {
        let policy = match self.policy {
            None => None,
            Some(0) => Some(DiskPolicy::Each),
            Some(1) => Some(DiskPolicy::Group),
            Some(2) => Some(DiskPolicy::Lying),
            Some(_) => return Err(bounds("a disk's policy is out of bounds")),
        };
        Ok(DiskPatch {
            policy,
            fsync_before_reply: self.fsync_before_reply,
            fsync: self.fsync.map(|(min_us, max_us)| Span { min_us, max_us }),
            window_us: self.window_us,
            flush_us: self.flush_us,
        })
    }
}
