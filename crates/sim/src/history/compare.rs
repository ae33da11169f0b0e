//! What differs between two moments, server by server.

use crate::view::{Status, View};
use synod_protocols::{Field, Log, NodeId, Value};

/// What of a server differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// Up, paused or crashed.
    Status,
    /// An id of the protocol's catalogue.
    Role,
    Epoch,
    Decided,
    /// The logs differ from this index on; the values are the last indices.
    Log {
        from: u64,
    },
    /// A field of its memory, by name.
    Memory(&'static str),
    /// A field of its disk, by name.
    Disk(&'static str),
}

/// One difference: what it is here, and what there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub aspect: Aspect,
    pub here: Value,
    pub there: Value,
}

/// What differs on each server between two runs of as many servers; servers that are alike in
/// every respect have an empty list.
pub fn compare(here: &dyn View, there: &dyn View) -> Vec<(NodeId, Vec<Difference>)> {
    let nodes = here.scenario().nodes.min(there.scenario().nodes);
    (0..nodes)
        .map(NodeId::at)
        .map(|node| (node, compare_node(here, there, node)))
        .collect()
}

fn compare_node(here: &dyn View, there: &dyn View, node: NodeId) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut put = |aspect: Aspect, here: Value, there: Value| {
        if here != there {
            found.push(Difference {
                aspect,
                here,
                there,
            });
        }
    };
    put(
        Aspect::Status,
        status(here.status(node)),
        status(there.status(node)),
    );
    let views = here.describe(node).zip(there.describe(node));
    // A process that does not run has no memory to compare.
    if let Some((one, other)) = &views {
        put(Aspect::Role, Value::Word(one.role), Value::Word(other.role));
        let epoch = |epoch: u64| Value::Text(here.about().show_epoch(epoch));
        put(Aspect::Epoch, epoch(one.epoch), epoch(other.epoch));
        let (ours, theirs) = (Value::Number(one.decided), Value::Number(other.decided));
        put(Aspect::Decided, ours, theirs);
    }
    if let Some(from) = logs_part(here.log(node), there.log(node)) {
        let last = |log: Option<&Log>| Value::Number(log.map_or(0, Log::last_index));
        let (ours, theirs) = (last(here.log(node)), last(there.log(node)));
        found.push(Difference {
            aspect: Aspect::Log { from },
            here: ours,
            there: theirs,
        });
    }
    if let Some((one, other)) = &views {
        compare_fields(&one.fields, &other.fields, Aspect::Memory, &mut found);
    }
    let (disk, disk_there) = (here.disk(node).fields, there.disk(node).fields);
    compare_fields(&disk, &disk_there, Aspect::Disk, &mut found);
    found
}

fn status(status: Status) -> Value {
    Value::Word(match status {
        Status::Up => "status.up",
        Status::Paused => "status.paused",
        Status::Crashed => "status.crashed",
    })
}

/// The first index at which two logs differ.
fn logs_part(one: Option<&Log>, other: Option<&Log>) -> Option<u64> {
    let entries = |log: Option<&Log>| log.into_iter().flat_map(Log::iter).count();
    let pairs = one
        .into_iter()
        .flat_map(Log::iter)
        .zip(other.into_iter().flat_map(Log::iter));
    // From the start, since a broken protocol may differ anywhere.
    let equal = pairs.take_while(|(ours, theirs)| ours == theirs).count();
    let longest = entries(one).max(entries(other));
    (equal < longest).then_some(equal as u64 + 1)
}

fn compare_fields(
    here: &[Field],
    there: &[Field],
    aspect: fn(&'static str) -> Aspect,
    found: &mut Vec<Difference>,
) {
    let value = |fields: &[Field], name: &str| {
        let field = fields.iter().find(|field| field.name == name);
        field.map_or(Value::Nothing, |field| field.value.clone())
    };
    let mut names: Vec<&'static str> = here.iter().map(|field| field.name).collect();
    for field in there {
        if !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    for name in names {
        let (ours, theirs) = (value(here, name), value(there, name));
        // The epoch and what is decided are fields too; once is enough.
        let told = found.iter().any(|known| {
            let neutral = matches!(known.aspect, Aspect::Epoch | Aspect::Decided);
            neutral && (&known.here, &known.there) == (&ours, &theirs)
        });
        if ours != theirs && !told {
            found.push(Difference {
                aspect: aspect(name),
                here: ours,
                there: theirs,
            });
        }
    }
}
