//! One server on a bench: it is fed inputs, and its effects and notes are read.

#![allow(dead_code)] // Not every test file needs every helper.

use std::sync::Arc;
use synod_protocols::replica::{Pledge, Question};
use synod_protocols::{
    Answer, Command, Effect, Input, LocalTime, NodeId, Options, Outbox, Payload, Protocol, TimerId,
    WriteId,
};

pub const S1: NodeId = NodeId(0);
pub const S2: NodeId = NodeId(1);
pub const S3: NodeId = NodeId(2);

/// S1 on a disk that is always done.
pub struct Bench<P: Protocol> {
    pub server: P,
    pub disk: P::Disk,
    pub config: Arc<P::Config>,
    pub out: Outbox<P::Message, P::Record>,
    pub now_ms: i64,
}

/// What one input brought about.
pub struct Got<P: Protocol> {
    pub sent: Vec<(NodeId, P::Message)>,
    /// What each message waited for, in the same order.
    pub after: Vec<Option<WriteId>>,
    pub replies: Vec<Answer>,
    pub pledges: Vec<Pledge>,
    pub armed: Vec<TimerId>,
    pub decided: Vec<u64>,
    pub rules: Vec<&'static str>,
}

impl<P: Protocol> Bench<P> {
    /// S1 of n servers, started.
    pub fn new(n: usize, set: &[(&str, &str)]) -> Bench<P> {
        let mut options = Options::default();
        for (name, value) in set {
            options
                .set(P::ABOUT.options, name, value)
                .expect("an option");
        }
        let config = Arc::new(P::configure(&options, n).expect("a configuration"));
        let disk = P::Disk::default();
        let mut bench = Bench {
            server: P::start(&config, S1, &disk),
            disk,
            config,
            out: Outbox::default(),
            now_ms: 0,
        };
        bench.feed(Input::Start);
        bench
    }

    /// Feeds an input, and then that everything written is durable.
    pub fn feed(&mut self, input: Input<P::Message>) -> Got<P> {
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
                    Effect::Arm { timer, .. } => got.armed.push(timer),
                    Effect::Decide(decided) => got.decided.push(decided.index),
                    Effect::Write { record, .. } => {
                        P::write(&mut self.disk, &record);
                        inputs = vec![Input::Durable(last)];
                    }
                    _ => {}
                }
            }
            let notes = self.out.notes.drain(..);
            got.rules
                .extend(notes.map(|note| P::ABOUT.rules[usize::from(note.rule)].id));
        }
        got
    }

    pub fn hear(&mut self, from: NodeId, message: P::Message) -> Got<P> {
        self.feed(Input::Message { from, message })
    }

    pub fn request(&mut self, command: Arc<Command>) -> Got<P> {
        self.feed(Input::Request(command))
    }

    /// Starts it anew from its disk.
    pub fn restart(&mut self) -> Got<P> {
        self.server = P::start(&self.config, S1, &self.disk);
        self.out = Outbox::default();
        self.feed(Input::Start)
    }

    pub fn decided(&self) -> u64 {
        self.server.probe().decided
    }

    /// How many entries of its log are gone, and the last index.
    pub fn log(&self) -> (u64, u64) {
        let log = self.server.log().expect("a log");
        (log.gone(), log.last_index())
    }

    /// The last entry of its log.
    pub fn last(&self) -> Option<Payload> {
        let log = self.server.log().expect("a log");
        log.get(log.last_index()).map(|entry| entry.payload.clone())
    }

    /// What its store holds at the key `x`.
    pub fn x(&self) -> Option<String> {
        let store = self.server.store().expect("a store");
        store.get("x").map(|value| value.to_string())
    }

    /// The rule that it gives for an answer.
    pub fn reason(&self, question: Question) -> &'static str {
        let reasons = self.server.reasons(question);
        P::ABOUT.rules[usize::from(reasons[0].note.rule)].id
    }
}

impl<P: Protocol> Default for Got<P> {
    fn default() -> Got<P> {
        Got {
            sent: Vec::new(),
            after: Vec::new(),
            replies: Vec::new(),
            pledges: Vec::new(),
            armed: Vec::new(),
            decided: Vec::new(),
            rules: Vec::new(),
        }
    }
}

impl<P: Protocol> Got<P> {
    pub fn says(&self, rule: &str) -> bool {
        self.rules.contains(&rule)
    }

    /// To whom something was sent, in order.
    pub fn to(&self) -> Vec<NodeId> {
        self.sent.iter().map(|(to, _)| *to).collect()
    }

    /// The kinds of what was sent to a server.
    pub fn kinds(&self, to: NodeId) -> Vec<&'static str> {
        let to_it = self.sent.iter().filter(|(peer, _)| *peer == to);
        to_it
            .map(|(_, message)| P::ABOUT.kinds[P::kind(message)].name)
            .collect()
    }
}
