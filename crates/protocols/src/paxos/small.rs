//! Small runs whose every schedule is searched, and what the published specification keeps of
//! them: Lamport's Paxos.tla (tlaplus/Examples), whose state is each acceptor's maxBal, maxVBal
//! and maxVal, and the set of messages sent.

use super::{Message, Paxos};
use crate::ids::{ClientId, NodeId, NodeSet};
use crate::kv::{Command, Op};
use crate::log::Payload;
use crate::options::Options;
use crate::replica::{Bounds, Small};
use std::sync::Arc;

/// The acceptors first, then a proposer a ballot. The environment chooses each proposer's value;
/// refusals are silent, and no proposer tries twice.
pub fn small(bounds: &Bounds) -> Result<Small, String> {
    let Bounds {
        acceptors,
        ballots,
        values,
    } = *bounds;
    let nodes = acceptors + ballots;
    let named = |set: NodeSet| set.to_string().replace(',', "");
    let proposers = NodeSet::first(nodes).minus(NodeSet::first(acceptors));
    let mut options = Options::default();
    let specs = super::config::OPTIONS;
    options.set(specs, "acceptors", &named(NodeSet::first(acceptors)))?;
    options.set(specs, "proposers", &named(proposers))?;
    options.set(
        specs,
        "learners",
        &named(NodeSet::only(NodeId::at(acceptors))),
    )?;
    options.set(specs, "rejections", "false")?;
    let value = |k: usize| -> Result<Arc<Command>, String> {
        let op = Op::parse(&format!("put x v{}", k + 1))?;
        Ok(Arc::new(Command::new(ClientId(k as u16), 1, op)))
    };
    let mut asks = Vec::new();
    for proposer in proposers.iter() {
        let choices = (0..values).map(value).collect::<Result<Vec<_>, _>>()?;
        asks.push((proposer, choices));
    }
    Ok(Small {
        nodes,
        options,
        asks,
    })
}

/// An acceptor's maxBal, maxVBal and maxVal; nothing of the other roles.
pub fn acceptor(server: &Paxos) -> Vec<u64> {
    if !server.config.acceptors.contains(server.id) {
        return Vec::new();
    }
    let accepted = server.accepted.as_ref();
    let (ballot, value) = accepted.map_or((0, 0), |last| (last.ballot.0, last.value.digest()));
    vec![server.promised.0, ballot, value]
}

/// The specification's message; a broadcast is one.
pub fn message(from: NodeId, message: &Message) -> Vec<u64> {
    let from = u64::from(from.0);
    let digest = |value: &Payload| value.digest();
    match message {
        Message::Prepare { ballot } => vec![1, ballot.0],
        Message::Promise { ballot, accepted } => {
            let last = accepted.as_ref();
            let (accepted, value) =
                last.map_or((0, 0), |last| (last.ballot.0, digest(&last.value)));
            vec![2, from, ballot.0, accepted, value]
        }
        Message::Accept { ballot, value } => vec![3, ballot.0, digest(value)],
        Message::Accepted { ballot, value } => vec![4, from, ballot.0, digest(value)],
        Message::Reject { .. } | Message::Learn { .. } => Vec::new(),
    }
}
