//! What nodes look like: role, epoch, timer, log tail, faults, and the quorum that they gather.

use crate::links::Share;
use crate::links::link_figure;
use synod_protocols::{Log, Micros, NodeId, NodeSet, RingStyle};
use synod_sim::{DiskPolicy, Endpoint, Status, TimerView, View};

/// How many log entries a node shows.
const TAIL: u64 = 6;
/// In how many steps the timer's ring shrinks; a finer one would be written more often than seen.
pub const TIMER_STEPS: f64 = 240.0;

/// A mark on a node's shoulder for something that is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    Crashed,
    /// Paused, with so many inputs waiting.
    Paused(usize),
    /// Every link to other servers is cut.
    CutOff,
    /// Its disk is slower than the others'.
    SlowDisk,
    /// Its disk says "done" too early.
    LyingDisk,
}

/// One log entry, or a gap: a slot in which nothing was accepted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Square {
    /// 0 for a gap.
    pub epoch: u64,
    /// Known here to be decided.
    pub decided: bool,
    /// Durable on this server's disk.
    pub durable: bool,
}

/// The end of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogTail {
    /// How many entries come before those shown.
    pub hidden: u64,
    /// How many are known here to be decided; `None` while crashed.
    pub decided: Option<u64>,
    pub squares: Vec<Square>,
}

/// A quorum that a node is gathering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathering {
    /// An id in the catalogue below the protocol's `tally.`.
    pub what: &'static str,
    pub subject: u64,
    pub have: NodeSet,
    pub needed: usize,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFigure {
    pub node: NodeId,
    /// An id in the catalogue below the protocol's `role.`; `None` while crashed.
    pub role: Option<&'static str>,
    pub ring: RingStyle,
    pub epoch: u64,
    pub status: Status,
    pub badges: Vec<Badge>,
    pub log: LogTail,
    pub gathering: Option<Gathering>,
}

/// A timer as a ring that shrinks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimerArc {
    /// What is left, from 1 down to 0, in steps of 1/[`TIMER_STEPS`].
    pub left: f64,
    /// Whether its end means that the node suspects the leader.
    pub suspects: bool,
}

/// What a node looks like, but for its timer.
pub fn node_figure(view: &dyn View, node: NodeId) -> NodeFigure {
    let status = view.status(node);
    let described = view.describe(node);
    let decided = described.as_ref().map(|described| described.decided);
    let gathering = described.as_ref().and_then(|described| {
        let open = |tally: &&synod_protocols::Tally| !tally.quorum.is_quorum(tally.have);
        let tally = described
            .tallies
            .iter()
            .filter(open)
            .min_by_key(|tally| tally.subject)?;
        let missing = tally.quorum.missing(tally.have)?;
        Some(Gathering {
            what: tally.what,
            subject: tally.subject,
            have: tally.have,
            needed: tally.have.len() + missing,
        })
    });
    NodeFigure {
        node,
        role: described.as_ref().map(|described| described.role),
        ring: described
            .as_ref()
            .map_or(RingStyle::Single, |described| described.ring),
        epoch: described.as_ref().map_or(0, |described| described.epoch),
        status,
        badges: badges(view, node, status),
        log: log_tail(view.log(node), view.disk_log(node), decided),
        gathering,
    }
}

/// The ring of a node's timer: that by which it suspects the leader, or else whichever ends first.
pub fn timer_arc(view: &dyn View, node: NodeId) -> Option<TimerArc> {
    if view.status(node) == Status::Crashed {
        return None;
    }
    let defs = view.about().timers;
    let suspects = |timer: &TimerView| {
        defs.get(usize::from(timer.timer.0))
            .is_some_and(|def| def.suspects)
    };
    let timers = view.timers(node);
    let first = timers
        .iter()
        .min_by_key(|timer| (!suspects(timer), timer.due_us))?;
    Some(TimerArc {
        left: left(first, view.now()),
        suspects: suspects(first),
    })
}

fn left(timer: &TimerView, now: Micros) -> f64 {
    let whole = timer.due_us.saturating_sub(timer.armed_us).max(1) as f64;
    let left = timer.due_us.saturating_sub(now) as f64 / whole;
    (left.min(1.0) * TIMER_STEPS).ceil() / TIMER_STEPS
}

fn log_tail(log: Option<&Log>, disk: Option<&Log>, decided: Option<u64>) -> LogTail {
    let Some(log) = log else {
        return LogTail::default();
    };
    let last = log.last_index();
    let hidden = last.saturating_sub(TAIL).max(log.gone());
    let squares = (hidden + 1..=last)
        .filter_map(|index| {
            let epoch = log.epoch_at(index)?;
            let durable = epoch > 0 && disk.is_some_and(|disk| disk.epoch_at(index) == Some(epoch));
            Some(Square {
                epoch,
                decided: decided.is_some_and(|decided| index <= decided),
                durable,
            })
        })
        .collect();
    LogTail {
        hidden,
        decided,
        squares,
    }
}

fn badges(view: &dyn View, node: NodeId, status: Status) -> Vec<Badge> {
    let mut badges = Vec::new();
    match status {
        Status::Crashed => badges.push(Badge::Crashed),
        Status::Paused => badges.push(Badge::Paused(view.queued(node))),
        Status::Up => {}
    }
    if is_cut_off(view, node) {
        badges.push(Badge::CutOff);
    }
    let usual = view.scenario().disk;
    let disk = view.scenario().disk_of(node);
    if disk.policy == DiskPolicy::Lying {
        badges.push(Badge::LyingDisk);
    } else if disk.fsync.max_us > usual.fsync.max_us {
        badges.push(Badge::SlowDisk);
    }
    badges
}

/// Whether every link of a server to other servers is cut, both ways.
fn is_cut_off(view: &dyn View, node: NodeId) -> bool {
    let mut others = (0..view.scenario().nodes)
        .map(NodeId::at)
        .filter(|other| *other != node);
    let cut = |other: NodeId| {
        link_figure(view, Endpoint::Server(node), Endpoint::Server(other)).cut == Share::Both
    };
    view.scenario().nodes > 1 && others.all(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use synod_protocols::{Entry, TimerId};

    fn log(epochs: &[u64]) -> Log {
        epochs.iter().map(|epoch| Entry::noop(*epoch)).collect()
    }

    #[test]
    fn a_tail_shows_the_end_of_the_log() {
        let memory = log(&[1, 1, 1, 2, 2, 3, 3, 3]);
        let tail = log_tail(Some(&memory), Some(&log(&[1, 1, 1, 2, 2, 2])), Some(4));
        assert_eq!((tail.hidden, tail.squares.len()), (2, 6));
        assert_eq!(
            tail.squares[1],
            Square {
                epoch: 2,
                decided: true,
                durable: true
            }
        );
        assert_eq!(
            tail.squares[2],
            Square {
                epoch: 2,
                decided: false,
                durable: true
            }
        );
        assert!(!tail.squares[3].durable && !tail.squares[5].durable);
        let mut gappy = log(&[1, 1]);
        gappy.put(5, Entry::noop(3));
        gappy.forget_to(1);
        let tail = log_tail(Some(&gappy), Some(&gappy), Some(2));
        let epochs: Vec<u64> = tail.squares.iter().map(|square| square.epoch).collect();
        assert_eq!((tail.hidden, epochs), (1, vec![1, 0, 0, 3]));
        assert!(tail.squares[0].durable && !tail.squares[1].durable);
        assert_eq!(log_tail(None, None, None), LogTail::default());
        assert_eq!(log_tail(Some(&log(&[1])), None, Some(0)).hidden, 0);
    }

    #[test]
    fn timers_shrink_from_whole_to_nothing() {
        let timer = TimerView {
            timer: TimerId(0),
            armed_us: 1_000,
            due_us: 3_000,
        };
        assert_eq!(left(&timer, 1_000), 1.0);
        assert_eq!(left(&timer, 2_000), 0.5);
        assert_eq!(left(&timer, 3_000), 0.0);
        assert_eq!(left(&timer, 9_000), 0.0);
        assert_eq!(left(&timer, 0), 1.0);
    }
}
