//! The bounds of a scenario that did not come from a file: a link may say anything.
//!
//! What holds here is what the reader of scenario files demands, so that nothing that opens can
//! overflow a clock, fill the memory or name a server that is not there.

use crate::action::{Action, ClockPatch, DiskPatch, Endpoint, LinkPatch, Match, Pair, Who};
use crate::scenario::{
    DiskSettings, Load, MOST_ACTIONS, MOST_CLIENTS, MOST_NODES, NodeSettings, Scenario,
};
use std::ops::RangeInclusive;
use synod_protocols::kv::LONGEST_TEXT;
use synod_protocols::units::{Chance, LONGEST_US, Span};
use synod_protocols::{Micros, NodeId, NodeSet, Op, registry};

/// The longest title, in bytes.
pub const LONGEST_TITLE: usize = 300;
/// The longest name of a message's kind or of a timer, in bytes.
const LONGEST_NAME: usize = 64;
/// The most servers of a run whose members may change; notes name them as bits.
pub const MOST_RECONFIGURED: usize = 64;
/// The most links or groups that one action names.
const MOST_LINKS: usize = 1_000;
/// The most entries of a preloaded log.
pub const LONGEST_LOG: usize = 10_000;
/// The highest term of a preloaded disk.
pub const HIGHEST_EPOCH: u64 = 1 << 40;
/// The latest moment of an action.
pub const LATEST_US: Micros = 1 << 50;

/// How much faster a clock may run, in millionths.
pub const DRIFTS: RangeInclusive<i32> = -500_000..=500_000;

type Checked = Result<(), String>;

fn within(holds: bool, what: &str) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(format!("{what} is out of bounds"))
    }
}

impl Scenario {
    /// Whether every value lies within its bounds, and the protocol takes the options together.
    ///
    /// # Errors
    /// What is out of bounds, in a sentence without its full stop.
    pub fn check(&self) -> Result<(), String> {
        within(registry::about(self.protocol).is_some(), "the protocol")?;
        within(
            (1..=MOST_NODES).contains(&self.nodes),
            "the number of servers",
        )?;
        within(self.seed <= i64::MAX as u64, "the seed")?;
        within(self.title.len() <= LONGEST_TITLE, "the title")?;
        within((1..=LATEST_US).contains(&self.until_us), "`until`")?;
        within(self.show_from_us <= LATEST_US, "`show_from`")?;
        let network = &self.network;
        span(network.latency, "the latency")?;
        for rate in [network.loss, network.duplicate, network.reorder] {
            chance(rate)?;
        }
        disk(&self.disk)?;
        let clients = &self.clients;
        within(clients.sessions <= MOST_CLIENTS, "the number of sessions")?;
        within(
            (1_000..=LONGEST_US).contains(&clients.timeout_us),
            "the timeout",
        )?;
        within((1..=1_000).contains(&clients.keys), "the number of keys")?;
        if let Load::Think { pause_us } = clients.load {
            within(pause_us <= LONGEST_US, "the load")?;
        }
        oracle(self.oracle_us)?;
        for (node, settings) in &self.node {
            self.node(*node)?;
            self.node_settings(settings)?;
        }
        self.script()
    }

    fn script(&self) -> Checked {
        within(self.script.len() <= MOST_ACTIONS, "the number of actions")?;
        let mut last_us = 0;
        for item in &self.script {
            let in_order = (last_us..=LATEST_US).contains(&item.at_us);
            within(in_order, "the time of an action")?;
            last_us = item.at_us;
            self.action(&item.action)?;
        }
        Ok(())
    }

    fn node(&self, node: NodeId) -> Checked {
        within(node.index() < self.nodes, "a server")
    }

    fn who(&self, who: &Who) -> Checked {
        match who {
            Who::Node(node) => self.node(*node),
            Who::Leader => Ok(()),
        }
    }

    fn end(&self, end: Endpoint) -> Checked {
        end.server().map_or(Ok(()), |node| self.node(node))
    }

    fn pair(&self, pair: &Pair) -> Checked {
        self.end(pair.from)?;
        self.end(pair.to)?;
        within(pair.from != pair.to, "a link")
    }

    fn pairs(&self, pairs: &[Pair]) -> Checked {
        within(pairs.len() <= MOST_LINKS, "the number of links")?;
        pairs.iter().try_for_each(|pair| self.pair(pair))
    }

    fn what(&self, what: &Match) -> Checked {
        what.from.map_or(Ok(()), |end| self.end(end))?;
        what.to.map_or(Ok(()), |end| self.end(end))?;
        let kind = what.kind.as_ref();
        within(
            kind.is_none_or(|kind| kind.len() <= LONGEST_NAME),
            "a message",
        )
    }

    fn action(&self, action: &Action) -> Checked {
        match action {
            Action::Crash { node }
            | Action::Restart { node }
            | Action::Pause { node }
            | Action::Resume { node }
            | Action::Timeout { node }
            | Action::Isolate { node }
            | Action::Rejoin { node }
            | Action::Lead { node }
            | Action::Sync { node } => self.who(node),
            Action::Fire { node, timer } => {
                self.who(node)?;
                within(timer.len() <= LONGEST_NAME, "a timer")
            }
            Action::Cut { links } | Action::Heal { links } => self.pairs(links),
            Action::Partition { groups } => {
                within(groups.len() <= MOST_LINKS, "the number of groups")?;
                let all = NodeSet::first(self.nodes);
                let known = groups.iter().all(|group| group.minus(all).is_empty());
                within(known, "a server")
            }
            Action::Link { link, patch } => {
                self.pair(link)?;
                check_patch(patch)
            }
            Action::KillSession { link } => self.pair(link),
            Action::Command { client, op } => {
                within(usize::from(client.0) < self.clients.sessions, "a session")?;
                check_op(op)
            }
            Action::Load { pause_us } => {
                within(pause_us.is_none_or(|pause| pause <= LONGEST_US), "the load")
            }
            Action::Deliver { what } | Action::Drop { what } | Action::Duplicate { what } => {
                self.what(what)
            }
            Action::Delay { what, by_us } => {
                self.what(what)?;
                within(*by_us <= LONGEST_US, "a delay")
            }
            Action::Wait { us } => within(*us <= LONGEST_US, "a wait"),
            Action::Hold | Action::Release | Action::Quiet => Ok(()),
            Action::Reconfigure { members } => {
                let known = members.minus(NodeSet::first(self.nodes)).is_empty();
                within(known && !members.is_empty(), "a server")?;
                within(self.nodes <= MOST_RECONFIGURED, "the number of servers")
            }
            Action::Wipe { node } => self.who(node),
            Action::Slow { node, takes } => {
                self.who(node)?;
                span(*takes, "the time that an input takes")
            }
            Action::Deaf {
                node,
                chance: rate,
                peer,
            }
            | Action::Mute {
                node,
                chance: rate,
                peer,
            } => {
                self.who(node)?;
                chance(*rate)?;
                peer.map_or(Ok(()), |peer| self.end(peer))
            }
            Action::Clock { node, patch } => {
                self.who(node)?;
                check_clock(patch)
            }
            Action::Disk { node, patch } => {
                self.who(node)?;
                check_disk_patch(patch)
            }
            Action::Oracle { delay_us } => oracle(*delay_us),
        }
    }

    fn node_settings(&self, settings: &NodeSettings) -> Checked {
        let offset = settings.clock_offset_us.unsigned_abs();
        within(offset <= LONGEST_US, "a clock's offset")?;
        let drift = settings.clock_drift_ppm;
        within(DRIFTS.contains(&drift), "a clock's drift")?;
        settings.disk.as_ref().map_or(Ok(()), disk)?;
        let Some(preload) = &settings.preload else {
            return Ok(());
        };
        within(preload.epoch <= HIGHEST_EPOCH, "a preloaded term")?;
        preload.vote.map_or(Ok(()), |vote| self.node(vote))?;
        within(preload.log.len() <= LONGEST_LOG, "a preloaded log")?;
        for entry in &preload.log {
            within(entry.epoch <= HIGHEST_EPOCH, "a preloaded term")?;
            if let Some(command) = entry.payload.command() {
                check_op(&command.op)?;
            }
        }
        Ok(())
    }
}

fn span(span: Span, what: &str) -> Checked {
    within(
        span.min_us <= span.max_us && span.max_us <= LONGEST_US,
        what,
    )
}

fn chance(chance: Chance) -> Checked {
    within(chance.0 <= Chance::ALWAYS.0, "a chance")
}

fn disk(disk: &DiskSettings) -> Checked {
    span(disk.fsync, "`fsync`")?;
    within(
        (1..=LONGEST_US).contains(&disk.window_us),
        "a disk's window",
    )?;
    within(
        (1_000..=LONGEST_US).contains(&disk.flush_us),
        "a disk's flush",
    )
}

fn oracle(delay_us: Option<Micros>) -> Checked {
    within(
        delay_us.is_none_or(|delay| delay <= LONGEST_US),
        "the oracle's delay",
    )
}

fn check_clock(patch: &ClockPatch) -> Checked {
    within(patch.jump_us.unsigned_abs() <= LONGEST_US, "a clock's jump")?;
    let drift = patch.drift_ppm.unwrap_or(0);
    within(DRIFTS.contains(&drift), "a clock's drift")
}

fn check_disk_patch(patch: &DiskPatch) -> Checked {
    disk(&patch.over(DiskSettings::default()))
}

fn check_patch(patch: &LinkPatch) -> Checked {
    patch
        .latency
        .map_or(Ok(()), |latency| span(latency, "the latency"))?;
    let rates = [patch.loss, patch.duplicate, patch.reorder];
    rates.into_iter().flatten().try_for_each(chance)
}

fn check_op(op: &Op) -> Checked {
    let words: [&str; 3] = match op {
        Op::Get { key } => [key, "", ""],
        Op::Put { key, value } | Op::Append { key, value } => [key, value, ""],
        Op::Cas { key, expect, value } => [key, expect, value],
    };
    let fits = words.iter().all(|word| word.len() <= LONGEST_TEXT);
    within(fits, "a command")
}
