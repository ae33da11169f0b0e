//! The actions of version 1, in their frozen order.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use synod_protocols::units::{Chance, Span};
use synod_protocols::{ClientId, NodeId, NodeSet, Op};
use synod_sim::{Action, Endpoint, LinkPatch, Match, Pair, Who};

/// The clients' machine among endpoints, and the leader among servers.
const OTHER: u8 = 255;

#[derive(Serialize, Deserialize)]
pub enum Act {
    Crash(u8),
    Restart(u8),
    Pause(u8),
    Resume(u8),
    Timeout(u8),
    Fire(u8, String),
    Isolate(u8),
    Rejoin(u8),
    Lead(u8),
    Cut(Vec<Way>),
    Partition(Vec<Vec<u8>>),
    Heal(Vec<Way>),
    Link(Way, Patch),
    KillSession(Way),
    Command(u16, Operation),
    Load(Option<u64>),
    Hold,
    Release,
    Deliver(Which),
    Drop(Which),
    Duplicate(Which),
    Delay(Which, u64),
    Quiet,
    Sync(u8),
    Wait(u64),
}

/// From, to, and whether both ways.
type Way = (u8, u8, bool);

#[derive(Serialize, Deserialize)]
pub struct Patch {
    latency: Option<(u64, u64)>,
    loss: Option<u32>,
    duplicate: Option<u32>,
    reorder: Option<u32>,
}

#[derive(Serialize, Deserialize)]
pub enum Operation {
    Put(String, String),
    Get(String),
    Append(String, String),
    Cas(String, String, String),
}

#[derive(Serialize, Deserialize)]
pub enum Which {
    Id(u64),
    Like {
        from: Option<u8>,
        to: Option<u8>,
        kind: Option<String>,
        all: bool,
    },
}

pub fn end(end: Endpoint) -> u8 {
    end.server().map_or(OTHER, |node| node.0)
}

pub fn read_end(end: u8) -> Endpoint {
    match end {
        OTHER => Endpoint::Clients,
        node => Endpoint::Server(NodeId(node)),
    }
}

pub fn who(who: &Who) -> u8 {
    match who {
        Who::Node(node) => node.0,
        Who::Leader => OTHER,
    }
}

pub fn read_who(who: u8) -> Who {
    match who {
        OTHER => Who::Leader,
        node => Who::Node(NodeId(node)),
    }
}

fn way(pair: &Pair) -> Way {
    (end(pair.from), end(pair.to), pair.both)
}

fn read_way((from, to, both): Way) -> Pair {
    Pair {
        from: read_end(from),
        to: read_end(to),
        both,
    }
}

impl Act {
    /// The action; `None` if this version lacks it.
    pub fn of(action: &Action) -> Option<Act> {
        let ways = |links: &[Pair]| links.iter().map(way).collect();
        Some(match action {
            Action::Crash { node } => Act::Crash(who(node)),
            Action::Restart { node } => Act::Restart(who(node)),
            Action::Pause { node } => Act::Pause(who(node)),
            Action::Resume { node } => Act::Resume(who(node)),
            Action::Timeout { node } => Act::Timeout(who(node)),
            Action::Fire { node, timer } => Act::Fire(who(node), timer.clone()),
            Action::Isolate { node } => Act::Isolate(who(node)),
            Action::Rejoin { node } => Act::Rejoin(who(node)),
            Action::Lead { node } => Act::Lead(who(node)),
            Action::Cut { links } => Act::Cut(ways(links)),
            Action::Partition { groups } => {
                let group = |group: &NodeSet| group.iter().map(|node| node.0).collect();
                Act::Partition(groups.iter().map(group).collect())
            }
            Action::Heal { links } => Act::Heal(ways(links)),
            Action::Link { link, patch } => Act::Link(way(link), Patch::of(patch)),
            Action::KillSession { link } => Act::KillSession(way(link)),
            Action::Command { client, op } => Act::Command(client.0, Operation::of(op)),
            Action::Load { pause_us } => Act::Load(*pause_us),
            Action::Hold => Act::Hold,
            Action::Release => Act::Release,
            Action::Deliver { what } => Act::Deliver(Which::of(what)),
            Action::Drop { what } => Act::Drop(Which::of(what)),
            Action::Duplicate { what } => Act::Duplicate(Which::of(what)),
            Action::Delay { what, by_us } => Act::Delay(Which::of(what), *by_us),
            Action::Quiet => Act::Quiet,
            Action::Sync { node } => Act::Sync(who(node)),
            Action::Wait { us } => Act::Wait(*us),
            _ => return None,
        })
    }

    pub fn read(self) -> Action {
        let links = |ways: Vec<Way>| ways.into_iter().map(read_way).collect();
        match self {
            Act::Crash(node) => Action::Crash {
                node: read_who(node),
            },
            Act::Restart(node) => Action::Restart {
                node: read_who(node),
            },
            Act::Pause(node) => Action::Pause {
                node: read_who(node),
            },
            Act::Resume(node) => Action::Resume {
                node: read_who(node),
            },
            Act::Timeout(node) => Action::Timeout {
                node: read_who(node),
            },
            Act::Fire(node, timer) => Action::Fire {
                node: read_who(node),
                timer,
            },
            Act::Isolate(node) => Action::Isolate {
                node: read_who(node),
            },
            Act::Rejoin(node) => Action::Rejoin {
                node: read_who(node),
            },
            Act::Lead(node) => Action::Lead {
                node: read_who(node),
            },
            Act::Cut(ways) => Action::Cut { links: links(ways) },
            Act::Partition(groups) => Action::Partition {
                groups: groups.iter().map(|group| read_group(group)).collect(),
            },
            Act::Heal(ways) => Action::Heal { links: links(ways) },
            Act::Link(way, patch) => Action::Link {
                link: read_way(way),
                patch: patch.read(),
            },
            Act::KillSession(way) => Action::KillSession {
                link: read_way(way),
            },
            Act::Command(client, operation) => Action::Command {
                client: ClientId(client),
                op: operation.read(),
            },
            Act::Load(pause_us) => Action::Load { pause_us },
            Act::Hold => Action::Hold,
            Act::Release => Action::Release,
            Act::Deliver(which) => Action::Deliver { what: which.read() },
            Act::Drop(which) => Action::Drop { what: which.read() },
            Act::Duplicate(which) => Action::Duplicate { what: which.read() },
            Act::Delay(which, by_us) => Action::Delay {
                what: which.read(),
                by_us,
            },
            Act::Quiet => Action::Quiet,
            Act::Sync(node) => Action::Sync {
                node: read_who(node),
            },
            Act::Wait(us) => Action::Wait { us },
        }
    }
}

/// The servers of a group; a number that no cluster has becomes the last one, which
/// `Scenario::check` refuses unless it is there.
fn read_group(group: &[u8]) -> NodeSet {
    let most = NodeId::MAX - 1;
    let node = |node: &u8| NodeId::at(usize::from(*node).min(most));
    group.iter().map(node).collect()
}

impl Patch {
    fn of(patch: &LinkPatch) -> Patch {
        let number = |chance: Option<Chance>| chance.map(|chance| chance.0);
        Patch {
            latency: patch.latency.map(|span| (span.min_us, span.max_us)),
            loss: number(patch.loss),
            duplicate: number(patch.duplicate),
            reorder: number(patch.reorder),
        }
    }

    fn read(self) -> LinkPatch {
        let span = |(min_us, max_us)| Span { min_us, max_us };
        LinkPatch {
            latency: self.latency.map(span),
            loss: self.loss.map(Chance),
            duplicate: self.duplicate.map(Chance),
            reorder: self.reorder.map(Chance),
        }
    }
}

impl Operation {
    fn of(op: &Op) -> Operation {
        match op {
            Op::Put { key, value } => Operation::Put(key.to_string(), value.to_string()),
            Op::Get { key } => Operation::Get(key.to_string()),
            Op::Append { key, value } => Operation::Append(key.to_string(), value.to_string()),
            Op::Cas { key, expect, value } => {
                Operation::Cas(key.to_string(), expect.to_string(), value.to_string())
            }
        }
    }

    fn read(self) -> Op {
        let word = SmolStr::from;
        match self {
            Operation::Put(key, value) => Op::Put {
                key: word(key),
                value: word(value),
            },
            Operation::Get(key) => Op::Get { key: word(key) },
            Operation::Append(key, value) => Op::Append {
                key: word(key),
                value: word(value),
            },
            Operation::Cas(key, expect, value) => Op::Cas {
                key: word(key),
                expect: word(expect),
                value: word(value),
            },
        }
    }
}

impl Which {
    fn of(what: &Match) -> Which {
        match what.id {
            Some(id) => Which::Id(id),
            None => Which::Like {
                from: what.from.map(end),
                to: what.to.map(end),
                kind: what.kind.clone(),
                all: what.all,
            },
        }
    }

    fn read(self) -> Match {
        match self {
            Which::Id(id) => Match {
                id: Some(id),
                ..Match::default()
            },
            Which::Like {
                from,
                to,
                kind,
                all,
            } => Match {
                id: None,
                from: from.map(read_end),
                to: to.map(read_end),
                kind,
                all,
            },
        }
    }
}
