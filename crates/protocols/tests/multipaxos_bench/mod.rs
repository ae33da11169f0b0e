//! A server of Multi-Paxos on the bench, and its messages in short.

#![allow(dead_code)] // Not every test file needs every helper.

pub use crate::bench::{S2, S3};

use std::sync::Arc;
use synod_protocols::multipaxos::{Message, MultiPaxos, Told};
use synod_protocols::{
    Ballot, ClientId, Command, Entry, Input, LocalTime, NodeId, Op, Payload, TimerId,
};

pub const ELECTION: TimerId = TimerId(0);
pub const HEARTBEAT: TimerId = TimerId(1);

pub type Bench = crate::bench::Bench<MultiPaxos>;
pub type Got = crate::bench::Got<MultiPaxos>;

/// S1 of three.
pub fn bench(set: &[(&str, &str)]) -> Bench {
    Bench::new(3, set)
}

/// S1 leads in ballot 1.1, for which S2 has promised.
pub fn leader(set: &[(&str, &str)]) -> Bench {
    let mut bench = bench(set);
    bench.now_ms = 1_000;
    bench.feed(Input::Timer(ELECTION));
    let got = bench.hear(S2, promise("1.1", &[], 0));
    assert!(got.rules.iter().any(|rule| rule.starts_with("elected")));
    bench
}

impl Bench {
    pub fn ask(&mut self, client: u16, text: &str) -> Got {
        self.request(command(client, text))
    }
}

impl Got {
    /// What S2 was asked to accept.
    pub fn accepts(&self) -> Vec<(u64, Payload)> {
        let accept = |(to, message): &(NodeId, Message)| match message {
            Message::Accept { slot, value, .. } if *to == S2 => Some((*slot, value.clone())),
            _ => None,
        };
        self.sent.iter().filter_map(accept).collect()
    }
}

pub fn ballot(text: &str) -> Ballot {
    Ballot::parse(text).expect(text)
}

pub fn command(client: u16, text: &str) -> Arc<Command> {
    let op = Op::parse(text).expect("a command");
    Arc::new(Command::new(ClientId(client), 1, op))
}

pub fn value(client: u16, text: &str) -> Payload {
    Payload::Command(command(client, text))
}

pub fn entry(of: &str, client: u16, text: &str) -> Entry {
    Entry {
        epoch: ballot(of).0,
        payload: value(client, text),
    }
}

pub fn prepare(of: &str, first: u64) -> Message {
    let ballot = ballot(of);
    Message::Prepare { ballot, first }
}

pub fn promise(of: &str, accepted: &[(u64, Entry)], chosen: u64) -> Message {
    Message::Promise {
        ballot: ballot(of),
        accepted: accepted.to_vec(),
        chosen,
    }
}

pub fn told(chosen: u64, of: &str) -> Told {
    Told {
        chosen,
        proposed_in: ballot(of),
    }
}

pub fn accept(of: &str, slot: u64, client: u16, told: Told) -> Message {
    Message::Accept {
        ballot: ballot(of),
        slot,
        value: value(client, &format!("put x {client}")),
        told,
    }
}

pub fn accepted(of: &str, slot: u64) -> Message {
    let ballot = ballot(of);
    Message::Accepted { ballot, slot }
}

pub fn heartbeat(of: &str, told: Told) -> Message {
    Message::Heartbeat {
        ballot: ballot(of),
        told,
        sent: LocalTime(7),
    }
}
