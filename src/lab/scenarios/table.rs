//! Scenarios as constants. build/table.rs writes them from the files below tests/scenarios.

use std::sync::Arc;
use synod_protocols::replica::PreloadEntry;
use synod_protocols::{
    ClientId, Command, Micros, NodeId, NodeSet, Op, Options, Payload, Preload, registry,
};
use synod_sim::{
    Action, ClientSettings, ClockPatch, DiskPatch, DiskSettings, Endpoint, LinkPatch, Match,
    NetworkSettings, NodeSettings, Pair, Scenario, Schedule, ScriptItem, Who,
};

/// A scenario that is part of the page.
pub struct Offer {
    /// Its path below tests/scenarios.
    pub name: &'static str,
    pub title: &'static str,
    pub protocol: &'static str,
    /// Names and values, as a scenario's file writes them.
    pub options: &'static [(&'static str, &'static str)],
    pub nodes: usize,
    pub seed: u64,
    pub schedule: Schedule,
    pub until_us: Micros,
    pub show_from_us: Micros,
    pub network: NetworkSettings,
    pub disk: DiskSettings,
    pub clients: ClientSettings,
    pub oracle_us: Option<Micros>,
    pub node: &'static [(NodeId, Different)],
    /// When, and what.
    pub script: &'static [(Micros, Step)],
}

/// What differs on one server.
pub struct Different {
    pub clock_offset_us: i64,
    pub clock_drift_ppm: i32,
    pub disk: Option<DiskSettings>,
    pub preload: Option<Loaded>,
}

/// A client's session, its number, and the command as a client writes it.
type Asked = (ClientId, u64, &'static str);

/// What a disk holds before the run; an entry is a no-op or a client's command.
pub struct Loaded {
    pub epoch: u64,
    pub vote: Option<NodeId>,
    pub log: &'static [(u64, Option<Asked>)],
}

/// Which message is meant.
pub struct Which {
    pub id: Option<u64>,
    pub from: Option<Endpoint>,
    pub to: Option<Endpoint>,
    pub kind: Option<&'static str>,
    pub all: bool,
}

/// An [`Action`] without anything that must be allocated.
#[allow(dead_code)] // Not every scenario does everything.
pub enum Step {
    Crash(Who),
    Restart(Who),
    Pause(Who),
    Resume(Who),
    Timeout(Who),
    Isolate(Who),
    Rejoin(Who),
    Lead(Who),
    Sync(Who),
    Fire(Who, &'static str),
    Cut(&'static [Pair]),
    Heal(&'static [Pair]),
    Partition(&'static [u128]),
    Reconfigure(u128),
    Link(Pair, LinkPatch),
    KillSession(Pair),
    Command(ClientId, &'static str),
    Load(Option<Micros>),
    Hold,
    Release,
    Deliver(Which),
    Drop(Which),
    Duplicate(Which),
    Delay(Which, Micros),
    Quiet,
    Wait(Micros),
    Wipe(Who),
    Slow(Who, Span),
    Deaf(Who, Chance, Option<Endpoint>),
    Mute(Who, Chance, Option<Endpoint>),
    Clock(Who, ClockPatch),
    Disk(Who, DiskPatch),
    Oracle(Option<Micros>),
}

/// The words in which the constants are written.
#[allow(unused_imports)] // Not every scenario needs every one.
mod words {
    pub use synod_sim::DiskPolicy::{Each, Group, Lying};
    pub use synod_sim::Endpoint::{Clients, Server};
    pub use synod_sim::LinkKind::{Datagram, Stream};
    pub use synod_sim::Load::{Off, Think};
    pub use synod_sim::Schedule::{Manual, Timed};
    pub use synod_sim::Who::{Leader, Node};
}

#[allow(unused_imports)]
use {
    synod_protocols::units::{Chance, Span},
    words::*,
};

include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

impl Offer {
    /// The scenario itself.
    ///
    /// # Errors
    /// A sentence, if it does not fit this page's protocols; the build has made sure that it does.
    pub fn read(&self) -> Result<Scenario, String> {
        let specs = registry::about(self.protocol).map_or(&[][..], |about| about.options);
        let mut options = Options::default();
        for (name, value) in self.options {
            options.set(specs, name, value)?;
        }
        let mut script = Vec::with_capacity(self.script.len());
        for (at_us, step) in self.script {
            let action = Arc::new(step.action()?);
            script.push(ScriptItem {
                at_us: *at_us,
                after: None,
                action,
            });
        }
        let mut scenario = Scenario::new(self.protocol, self.nodes);
        for (node, settings) in self.node {
            scenario.node.insert(*node, settings.settings()?);
        }
        scenario.title = self.title.to_string();
        scenario.options = options;
        scenario.seed = self.seed;
        scenario.schedule = self.schedule;
        scenario.until_us = self.until_us;
        scenario.show_from_us = self.show_from_us;
        scenario.network = self.network;
        scenario.disk = self.disk;
        scenario.clients = self.clients;
        scenario.oracle_us = self.oracle_us;
        scenario.script = script;
        Ok(scenario)
    }
}

impl Different {
    fn settings(&self) -> Result<NodeSettings, String> {
        let preload = match &self.preload {
            None => None,
            Some(loaded) => Some(loaded.preload()?),
        };
        Ok(NodeSettings {
            clock_offset_us: self.clock_offset_us,
            clock_drift_ppm: self.clock_drift_ppm,
            disk: self.disk,
            preload,
        })
    }
}

impl Loaded {
    fn preload(&self) -> Result<Preload, String> {
        let mut log = Vec::with_capacity(self.log.len());
        for (epoch, command) in self.log {
            let payload = match command {
                None => Payload::Noop,
                Some((client, seq, op)) => {
                    Payload::Command(Arc::new(Command::new(*client, *seq, Op::parse(op)?)))
                }
            };
            log.push(PreloadEntry {
                epoch: *epoch,
                payload,
            });
        }
        Ok(Preload {
            epoch: self.epoch,
            vote: self.vote,
            log,
        })
    }
}

impl Which {
    fn matching(&self) -> Match {
        Match {
            id: self.id,
            from: self.from,
            to: self.to,
            kind: self.kind.map(str::to_string),
            all: self.all,
        }
    }
}

impl Step {
    fn action(&self) -> Result<Action, String> {
        Ok(match *self {
            Step::Crash(node) => Action::Crash { node },
            Step::Restart(node) => Action::Restart { node },
            Step::Pause(node) => Action::Pause { node },
            Step::Resume(node) => Action::Resume { node },
            Step::Timeout(node) => Action::Timeout { node },
            Step::Isolate(node) => Action::Isolate { node },
            Step::Rejoin(node) => Action::Rejoin { node },
            Step::Lead(node) => Action::Lead { node },
            Step::Sync(node) => Action::Sync { node },
            Step::Fire(node, timer) => Action::Fire {
                node,
                timer: timer.to_string(),
            },
            Step::Cut(links) => Action::Cut {
                links: links.to_vec(),
            },
            Step::Heal(links) => Action::Heal {
                links: links.to_vec(),
            },
            Step::Partition(groups) => Action::Partition {
                groups: groups.iter().copied().map(NodeSet).collect(),
            },
            Step::Link(link, patch) => Action::Link { link, patch },
            Step::KillSession(link) => Action::KillSession { link },
            Step::Command(client, op) => Action::Command {
                client,
                op: Op::parse(op)?,
            },
            Step::Reconfigure(members) => Action::Reconfigure {
                members: NodeSet(members),
            },
            Step::Load(pause_us) => Action::Load { pause_us },
            Step::Hold => Action::Hold,
            Step::Release => Action::Release,
            Step::Deliver(ref what) => Action::Deliver {
                what: what.matching(),
            },
            Step::Drop(ref what) => Action::Drop {
                what: what.matching(),
            },
            Step::Duplicate(ref what) => Action::Duplicate {
                what: what.matching(),
            },
            Step::Delay(ref what, by_us) => Action::Delay {
                what: what.matching(),
                by_us,
            },
            Step::Quiet => Action::Quiet,
            Step::Wait(us) => Action::Wait { us },
            Step::Wipe(node) => Action::Wipe { node },
            Step::Slow(node, takes) => Action::Slow { node, takes },
            Step::Deaf(node, chance, peer) => Action::Deaf { node, chance, peer },
            Step::Mute(node, chance, peer) => Action::Mute { node, chance, peer },
            Step::Clock(node, patch) => Action::Clock { node, patch },
            Step::Disk(node, patch) => Action::Disk { node, patch },
            Step::Oracle(delay_us) => Action::Oracle { delay_us },
        })
    }
}
