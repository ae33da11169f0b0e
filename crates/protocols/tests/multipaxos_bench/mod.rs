//! A server of Multi-Paxos on a bench: it is fed inputs, and its effects and notes are read.

#![allow(dead_code)] // Not every test file needs every helper.

use std::sync::Arc;
use synod_protocols::multipaxos::{Disk, Message, MultiPaxos, Record, Told};
use synod_protocols::replica::{Pledge, Question};
use synod_protocols::{
    Answer, Ballot, ClientId, Command, Effect, Entry, Input, LocalTime, NodeId, Op, Options,
    Outbox, Payload, Protocol, TimerId, WriteId,
};

pub const S1: NodeId = NodeId(0);
pub const S2: NodeId = NodeId(1);
pub const S3: NodeId = NodeId(2);
pub const ELECTION: TimerId = TimerId(0);
pub const HEARTBEAT: TimerId = TimerId(1);

/// S1 of three, on a disk that is always done.
pub struct Bench {
    pub server: MultiPaxos,
    pub disk: Disk,
    pub config: Arc<<MultiPaxos as Protocol>::Config>,
    pub out: Outbox<Message, Record>,
    pub now_ms: i64,
}

/// What one input brought about.
#[derive(Default)]
pub struct Got {
    pub sent: Vec<(NodeId, Message)>,
    /// What each message waited for, in the same order.
    pub after: Vec<Option<WriteId>>,
    pub replies: Vec<Answer>,
    pub pledges: Vec<Pledge>,
    pub rules: Vec<&'static str>,
    pub decided: Vec<u64>,
}

pub fn bench(set: &[(&str, &str)]) -> Bench {
    let specs = MultiPaxos::ABOUT.options;
    let mut options = Options::default();
    for (name, value) in set {
        options.set(specs, name, value).expect("an option");
    }
    let config = Arc::new(MultiPaxos::configure(&options, 3).expect("a configuration"));
    let disk = Disk::default();
    let mut bench = Bench {
        server: MultiPaxos::start(&config, S1, &disk),
        disk,
        config,
        out: Outbox::default(),
        now_ms: 0,
    };
    bench.feed(Input::Start);
    bench
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
    pub fn feed(&mut self, input: Input<Message>) -> Got {
        let mut got = Got::default();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let now = LocalTime(self.now_ms * 1_000);
            self.server.step(input, now, &mut self.out);
            let last = self.out.last_write;
            for effect in std::mem::take(&mut self.out.effects) {
                match effect {
                    Effect::Send { to, message, after } => {
                        got.sent.push((to, message));
                        got.after.push(after);
                    }
                    Effect::Reply { answer, .. } => got.replies.push(answer),
                    Effect::Pledge { pledge, .. } => got.pledges.push(pledge),
                    Effect::Decide(decided) => got.decided.push(decided.index),
                    Effect::Write { record, .. } => {
                        MultiPaxos::write(&mut self.disk, &record);
                        inputs = vec![Input::Durable(last)];
                    }
                    _ => {}
                }
            }
            let rule = |note: synod_protocols::Note| MultiPaxos::ABOUT.rules[note.rule as usize].id;
            got.rules.extend(self.out.notes.drain(..).map(rule));
        }
        got
    }

    pub fn hear(&mut self, from: NodeId, message: Message) -> Got {
        self.feed(Input::Message { from, message })
    }

    pub fn ask(&mut self, client: u16, text: &str) -> Got {
        self.feed(Input::Request(command(client, text)))
    }

    pub fn restart(&mut self) -> Got {
        self.server = MultiPaxos::start(&self.config, S1, &self.disk);
        self.out = Outbox::default();
        self.feed(Input::Start)
    }

    pub fn decided(&self) -> u64 {
        self.server.probe().decided
    }

    pub fn reason(&self, question: Question) -> &'static str {
        let reasons = self.server.reasons(question);
        MultiPaxos::ABOUT.rules[usize::from(reasons[0].note.rule)].id
    }
}

impl Got {
    /// The kinds of what was sent to a server.
    pub fn kinds(&self, to: NodeId) -> Vec<&'static str> {
        let to_it = self.sent.iter().filter(|(peer, _)| *peer == to);
        to_it
            .map(|(_, message)| MultiPaxos::ABOUT.kinds[MultiPaxos::kind(message)].name)
            .collect()
    }

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
