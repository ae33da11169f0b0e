//! Version 1 of a link's content. These types are frozen: links of this version open for ever.
//!
//! Only what differs from the defaults is written, in sections. The defaults are frozen here too,
//! apart from those of a protocol's options (see the crate's head).

mod actions;

use crate::{FURTHEST, LinkError, MARKS, Mark, Shared, bounds};
use actions::Act;
pub use actions::{end, read_end, read_who, who};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use synod_protocols::replica::PreloadEntry;
use synod_protocols::units::{Chance, Span};
use synod_protocols::{ClientId, Command, NodeId, Op, Payload, Preload, registry};
use synod_sim::{
    ClientSettings, DiskPolicy, DiskSettings, LinkKind, Load, NetworkSettings, NodeSettings,
    Scenario, Schedule, ScriptItem,
};

pub const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Content {
    protocol: String,
    nodes: u8,
    seed: u64,
    sections: Vec<Section>,
    script: Vec<Item>,
    position: u64,
    rules: u32,
    /// Events as steps from the last one, with their digests.
    marks: Vec<(u64, u32)>,
}

#[derive(Serialize, Deserialize)]
enum Section {
    Title(String),
    Options(Vec<(String, String)>),
    Manual,
    Until(u64),
    ShowFrom(u64),
    Network(Network),
    Disk(Disk),
    Clients(Clients),
    Node(u8, Node),
}

#[derive(Serialize, Deserialize)]
struct Network {
    stream: bool,
    latency: (u64, u64),
    loss: u32,
    duplicate: u32,
    reorder: u32,
}

#[derive(Serialize, Deserialize)]
struct Disk {
    /// 0 each, 1 group, 2 lying.
    policy: u8,
    fsync_before_reply: bool,
    fsync: (u64, u64),
    window_us: u64,
    flush_us: u64,
    manual: bool,
}

#[derive(Serialize, Deserialize)]
struct Clients {
    sessions: u8,
    load: Option<u64>,
    timeout_us: u64,
    keys: u64,
}

#[derive(Serialize, Deserialize)]
struct Node {
    clock_offset_us: i64,
    clock_drift_ppm: i32,
    disk: Option<Disk>,
    preload: Option<Load1>,
}

/// An entry's epoch, and its command: session, number and words.
type Entry1 = (u64, Option<(u16, u64, String)>);

/// What a disk holds before the run.
#[derive(Serialize, Deserialize)]
struct Load1 {
    epoch: u64,
    vote: Option<u8>,
    log: Vec<Entry1>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    /// Microseconds since the item before.
    wait_us: u64,
    /// For an action by hand: how many events after the one that the last such action followed.
    after: Option<i64>,
    act: Act,
}

/// The content's bytes.
pub fn write(shared: &Shared) -> Vec<u8> {
    let content = Content::of(shared);
    // Writing to memory does not fail, as every length is known.
    postcard::to_allocvec(&content).unwrap_or_default()
}

/// Reads a content.
///
/// # Errors
/// If it is damaged or out of bounds.
pub fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let damaged = |_| LinkError::new("link.damaged");
    let (content, rest): (Content, &[u8]) = postcard::take_from_bytes(bytes).map_err(damaged)?;
    if !rest.is_empty() {
        return Err(LinkError::new("link.damaged"));
    }
    content.into_shared()
}

impl Content {
    fn of(shared: &Shared) -> Content {
        let scenario = &shared.scenario;
        let mut marked = 0;
        let mark = |mark: &Mark| {
            let step = mark.event.saturating_sub(marked);
            marked = mark.event;
            (step, mark.digest)
        };
        Content {
            protocol: scenario.protocol.to_string(),
            nodes: scenario.nodes as u8,
            seed: scenario.seed,
            sections: sections(scenario),
            script: script(scenario),
            position: shared.position,
            rules: shared.rules,
            marks: shared.marks.iter().map(mark).collect(),
        }
    }

    fn into_shared(self) -> Result<Shared, LinkError> {
        let about = registry::about(&self.protocol).ok_or_else(|| {
            let name: String = self.protocol.chars().take(40).collect();
            LinkError::new("link.protocol").with("name", name)
        })?;
        if self.position > FURTHEST {
            return Err(bounds("its position is further than a run can go"));
        }
        if self.marks.len() as u64 > MARKS {
            return Err(bounds("it has too many marks"));
        }
        let mut scenario = Scenario::new(about.name, usize::from(self.nodes));
        scenario.seed = self.seed;
        scenario.network = network_default();
        scenario.disk = disk_default();
        scenario.clients = clients_default();
        scenario.until_us = UNTIL_US;
        for section in self.sections {
            section.read(&mut scenario)?;
        }
        let (mut at_us, mut after_last) = (0_u64, 0_i64);
        for item in self.script {
            at_us = at_us.saturating_add(item.wait_us);
            let after = item.after.map(|step| {
                after_last = after_last.saturating_add(step);
                after_last.max(0) as u64
            });
            scenario.script.push(ScriptItem {
                at_us,
                after,
                action: Arc::new(item.act.read()),
            });
        }
        let mut event = 0_u64;
        let mark = |(step, digest): (u64, u32)| {
            event = event.saturating_add(step);
            Mark { event, digest }
        };
        let marks = self.marks.into_iter().map(mark).collect();
        scenario.check().map_err(bounds)?;
        synod_sim::open(&scenario).map_err(|why| bounds(why.to_string()))?;
        Ok(Shared {
            scenario,
            position: self.position,
            rules: self.rules,
            marks,
            beside: None,
        })
    }
}

/// The script as far as this version can say it; a later version says the rest.
fn script(scenario: &Scenario) -> Vec<Item> {
    let (mut at_us, mut after_last) = (0, 0_i64);
    let item = |item: &ScriptItem| {
        let act = Act::of(&item.action)?;
        let wait_us = item.at_us.saturating_sub(at_us);
        at_us = item.at_us;
        let after = item.after.map(|after| {
            let step = after as i64 - after_last;
            after_last = after as i64;
            step
        });
        Some(Item {
            wait_us,
            after,
            act,
        })
    };
    scenario.script.iter().filter_map(item).collect()
}

/// The defaults of version 1.
const UNTIL_US: u64 = 10_000_000;

fn network_default() -> NetworkSettings {
    NetworkSettings {
        kind: LinkKind::Datagram,
        latency: Span::new(8_000, 12_000),
        loss: Chance::NEVER,
        duplicate: Chance::NEVER,
        reorder: Chance::NEVER,
    }
}

fn disk_default() -> DiskSettings {
    DiskSettings {
        policy: DiskPolicy::Each,
        fsync_before_reply: true,
        fsync: Span::new(500, 1_500),
        window_us: 2_000,
        flush_us: 5_000_000,
        manual: false,
    }
}

fn clients_default() -> ClientSettings {
    ClientSettings {
        sessions: 1,
        load: Load::Off,
        timeout_us: 500_000,
        keys: 3,
    }
}

fn sections(scenario: &Scenario) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut put = |differs: bool, section: &dyn Fn() -> Section| {
        if differs {
            sections.push(section());
        }
    };
    put(!scenario.title.is_empty(), &|| {
        Section::Title(scenario.title.clone())
    });
    let options: Vec<(String, String)> = scenario
        .options
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    put(!options.is_empty(), &|| Section::Options(options.clone()));
    put(scenario.schedule == Schedule::Manual, &|| Section::Manual);
    put(scenario.until_us != UNTIL_US, &|| {
        Section::Until(scenario.until_us)
    });
    put(scenario.show_from_us != 0, &|| {
        Section::ShowFrom(scenario.show_from_us)
    });
    put(scenario.network != network_default(), &|| {
        Section::Network(Network::of(&scenario.network))
    });
    put(scenario.disk != disk_default(), &|| {
        Section::Disk(Disk::of(&scenario.disk))
    });
    put(scenario.clients != clients_default(), &|| {
        Section::Clients(Clients::of(&scenario.clients))
    });
    for (node, settings) in &scenario.node {
        put(true, &|| Section::Node(node.0, Node::of(settings)));
    }
    sections
}

impl Section {
    fn read(self, scenario: &mut Scenario) -> Result<(), LinkError> {
        match self {
            Section::Title(title) => scenario.title = title,
            Section::Options(options) => {
                let about = registry::about(scenario.protocol);
                let specs = about.map_or(&[][..], |about| about.options);
                for (name, value) in options {
                    scenario.options.set(specs, &name, &value).map_err(bounds)?;
                }
            }
            Section::Manual => scenario.schedule = Schedule::Manual,
            Section::Until(us) => scenario.until_us = us,
            Section::ShowFrom(us) => scenario.show_from_us = us,
            Section::Network(network) => scenario.network = network.read(),
            Section::Disk(disk) => scenario.disk = disk.read()?,
            Section::Clients(clients) => scenario.clients = clients.read(),
            Section::Node(node, settings) => {
                scenario.node.insert(NodeId(node), settings.read()?);
            }
        }
        Ok(())
    }
}

fn pair(span: Span) -> (u64, u64) {
    (span.min_us, span.max_us)
}

/// A span without any check; [`Scenario::check`] follows.
fn span((min_us, max_us): (u64, u64)) -> Span {
    Span { min_us, max_us }
}

impl Network {
    fn of(network: &NetworkSettings) -> Network {
        Network {
            stream: network.kind == LinkKind::Stream,
            latency: pair(network.latency),
            loss: network.loss.0,
            duplicate: network.duplicate.0,
            reorder: network.reorder.0,
        }
    }

    fn read(self) -> NetworkSettings {
        NetworkSettings {
            kind: if self.stream {
                LinkKind::Stream
            } else {
                LinkKind::Datagram
            },
            latency: span(self.latency),
            loss: Chance(self.loss),
            duplicate: Chance(self.duplicate),
            reorder: Chance(self.reorder),
        }
    }
}

impl Disk {
    fn of(disk: &DiskSettings) -> Disk {
        Disk {
            policy: match disk.policy {
                DiskPolicy::Each => 0,
                DiskPolicy::Group => 1,
                DiskPolicy::Lying => 2,
            },
            fsync_before_reply: disk.fsync_before_reply,
            fsync: pair(disk.fsync),
            window_us: disk.window_us,
            flush_us: disk.flush_us,
            manual: disk.manual,
        }
    }

    fn read(self) -> Result<DiskSettings, LinkError> {
        Ok(DiskSettings {
            policy: match self.policy {
                0 => DiskPolicy::Each,
                1 => DiskPolicy::Group,
                2 => DiskPolicy::Lying,
                _ => return Err(LinkError::new("link.damaged")),
            },
            fsync_before_reply: self.fsync_before_reply,
            fsync: span(self.fsync),
            window_us: self.window_us,
            flush_us: self.flush_us,
            manual: self.manual,
        })
    }
}

impl Clients {
    fn of(clients: &ClientSettings) -> Clients {
        Clients {
            sessions: clients.sessions as u8,
            load: match clients.load {
                Load::Off => None,
                Load::Think { pause_us } => Some(pause_us),
            },
            timeout_us: clients.timeout_us,
            keys: clients.keys,
        }
    }

    fn read(self) -> ClientSettings {
        ClientSettings {
            sessions: usize::from(self.sessions),
            load: match self.load {
                None => Load::Off,
                Some(pause_us) => Load::Think { pause_us },
            },
            timeout_us: self.timeout_us,
            keys: self.keys,
        }
    }
}

impl Node {
    fn of(settings: &NodeSettings) -> Node {
        let preload = |preload: &Preload| Load1 {
            epoch: preload.epoch,
            vote: preload.vote.map(|vote| vote.0),
            log: preload.log.iter().map(entry).collect(),
        };
        Node {
            clock_offset_us: settings.clock_offset_us,
            clock_drift_ppm: settings.clock_drift_ppm,
            disk: settings.disk.as_ref().map(Disk::of),
            preload: settings.preload.as_ref().map(preload),
        }
    }

    fn read(self) -> Result<NodeSettings, LinkError> {
        Ok(NodeSettings {
            clock_offset_us: self.clock_offset_us,
            clock_drift_ppm: self.clock_drift_ppm,
            disk: self.disk.map(Disk::read).transpose()?,
            preload: self.preload.map(Load1::read).transpose()?,
        })
    }
}

fn entry(entry: &PreloadEntry) -> Entry1 {
    let command = entry.payload.command();
    let command = command.map(|command| (command.client.0, command.seq, command.op.to_string()));
    (entry.epoch, command)
}

impl Load1 {
    fn read(self) -> Result<Preload, LinkError> {
        let entry = |(epoch, command): Entry1| {
            let payload = match command {
                None => Payload::Noop,
                Some((client, seq, op)) => {
                    let op = Op::parse(&op).map_err(bounds)?;
                    Payload::Command(Arc::new(Command::new(ClientId(client), seq, op)))
                }
            };
            Ok(PreloadEntry { epoch, payload })
        };
        Ok(Preload {
            epoch: self.epoch,
            vote: self.vote.map(NodeId),
            log: self.log.into_iter().map(entry).collect::<Result<_, _>>()?,
        })
    }
}
