//! Search: every schedule of a small run, breadth first, with the replicas that the page runs.
//!
//! The network is a growing set of messages: nothing is removed from it, so that loss, delay,
//! duplication and reordering come free. A disk write is durable with the step that wrote it, no
//! timer fires, and no server crashes. The environment asks each proposer for one of some values,
//! whenever it likes.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use synod_protocols::kv::Fnv;
use synod_protocols::replica::{Bounds, Small};
use synod_protocols::{
    Command, Effect, Input, LocalTime, NodeId, Options, Outbox, Protocol, WriteId, registry,
};

/// What is searched.
#[derive(Clone, Debug)]
pub struct Search {
    /// The protocol's name.
    pub protocol: String,
    pub bounds: Bounds,
    /// Options beside those that the bounds demand.
    pub options: Options,
    /// Stop after so many states.
    pub most_states: usize,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Distinct states: replicas, and the set of messages sent.
    pub states: usize,
    /// Distinct states as the protocol's published specification sees them.
    pub specified: usize,
    /// The longest shortest path to a state, in steps.
    pub depth: usize,
    /// Whether every state was visited.
    pub complete: bool,
    /// A shortest way to two servers that decide differently, a line a step.
    pub disagreement: Option<Vec<String>>,
}

impl Search {
    /// Searches.
    ///
    /// # Errors
    /// A sentence, if there is no such protocol, it offers no small runs, or the bounds do not fit.
    pub fn run(&self) -> Result<Found, String> {
        struct Visit<'a>(&'a Search);
        impl registry::Visitor for Visit<'_> {
            type Output = Result<Found, String>;

            fn visit<P: Protocol>(self) -> Result<Found, String> {
                let small = P::small(&self.0.bounds)
                    .ok_or_else(|| format!("{} offers no runs to search", P::ABOUT.title))??;
                let mut options = small.options.clone();
                for (name, value) in self.0.options.iter() {
                    options.set(P::ABOUT.options, name, &value.to_string())?;
                }
                let config = P::configure(&options, small.nodes)?;
                Ok(search::<P>(&small, &Arc::new(config), self.0.most_states))
            }
        }
        registry::visit(&self.protocol, Visit(self))
            .unwrap_or_else(|| Err(format!("there is no protocol `{}`", self.protocol)))
    }
}

/// A message in the network, with what is asked of it in every state.
#[derive(Debug)]
pub struct Sent<P: Protocol> {
    pub from: NodeId,
    pub to: NodeId,
    pub message: P::Message,
    digest: u128,
    specified: Vec<u64>,
}

/// One state.
#[derive(Clone)]
pub struct State<P: Protocol> {
    pub replicas: Vec<P>,
    /// Of the replicas.
    digests: Vec<u128>,
    /// In the order of sending; each once.
    pub network: Vec<Arc<Sent<P>>>,
    /// Which servers were asked already, by position in [`Small::asks`].
    asked: Vec<bool>,
    writes: Vec<WriteId>,
    /// What was decided, by index: a digest.
    decided: BTreeMap<u64, u64>,
    pub disagrees: bool,
}

impl<P: Protocol> State<P> {
    /// The beginning: every server has started.
    pub fn first(small: &Small, config: &Arc<P::Config>) -> State<P> {
        let replica = |node| P::start(config, NodeId::at(node), &P::Disk::default());
        let mut state = State {
            replicas: (0..small.nodes).map(replica).collect(),
            digests: vec![0; small.nodes],
            network: Vec::new(),
            asked: vec![false; small.asks.len()],
            writes: vec![WriteId(0); small.nodes],
            decided: BTreeMap::new(),
            disagrees: false,
        };
        for node in 0..small.nodes {
            state.feed(NodeId::at(node), Input::Start);
        }
        state
    }

    /// The state after a server took an input; `None` if nothing has changed.
    fn after(&self, node: NodeId, input: Input<P::Message>) -> Option<State<P>> {
        let (replica, out) = self.step(node, input);
        let sends = |effect: &Effect<P::Message, P::Record>| matches!(effect, Effect::Send { .. });
        let digest = twice(&replica);
        if digest == self.digests[node.index()] && !out.effects.iter().any(sends) {
            return None;
        }
        let mut after = self.clone();
        after.put(node, replica, digest, out);
        Some(after)
    }

    /// Feeds an input to a server; what it writes is durable at once.
    fn feed(&mut self, node: NodeId, input: Input<P::Message>) {
        let (replica, out) = self.step(node, input);
        let digest = twice(&replica);
        self.put(node, replica, digest, out);
    }

    /// A server after an input, and what it asks of the world.
    fn step(&self, node: NodeId, input: Input<P::Message>) -> (P, Outbox<P::Message, P::Record>) {
        let written = self.writes[node.index()];
        let mut out = Outbox {
            last_write: written,
            ..Outbox::default()
        };
        let mut replica = self.replicas[node.index()].clone();
        replica.mark_clean();
        replica.step(input, LocalTime(0), &mut out);
        if out.last_write > written {
            replica.step(Input::Durable(out.last_write), LocalTime(0), &mut out);
        }
        (replica, out)
    }

    fn put(&mut self, node: NodeId, replica: P, digest: u128, out: Outbox<P::Message, P::Record>) {
        self.replicas[node.index()] = replica;
        self.digests[node.index()] = digest;
        self.writes[node.index()] = out.last_write;
        for effect in out.effects {
            match effect {
                Effect::Send { to, message, .. } => self.send(node, to, message),
                Effect::Decide(decided) => {
                    let digest = decided.payload.digest();
                    let first = *self.decided.entry(decided.index).or_insert(digest);
                    self.disagrees |= first != digest;
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: P::Message) {
        let digest = twice(&(from, to, &message));
        if !self.network.iter().any(|old| old.digest == digest) {
            self.network.push(Arc::new(Sent {
                from,
                to,
                specified: P::specified_message(from, &message),
                message,
                digest,
            }));
        }
    }

    /// A digest of the replicas and of the set of messages: two states are one if it is equal.
    pub fn digest(&self) -> u128 {
        // The order of sending does not count, so the messages' digests are added up.
        let add = |sum: u128, sent: &Arc<Sent<P>>| sum.wrapping_add(sent.digest);
        twice(&(&self.digests, self.network.iter().fold(0, add)))
    }

    /// A digest of what the published specification keeps.
    pub fn specified(&self) -> u128 {
        let replicas: Vec<Vec<u64>> = self.replicas.iter().map(P::specified).collect();
        let messages = self.network.iter().map(|sent| &sent.specified);
        let kept: BTreeSet<&Vec<u64>> = messages.filter(|kept| !kept.is_empty()).collect();
        twice(&(replicas, kept))
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = Fnv::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Two digests in one, so that a chance meeting of two states is out of the question.
pub fn twice(value: &impl Hash) -> u128 {
    let mut again = Fnv::default();
    again.write_u64(0x9e37_79b9_7f4a_7c15);
    value.hash(&mut again);
    u128::from(hash(value)) << 64 | u128::from(again.finish())
}

/// A step from one state to the next.
#[derive(Debug)]
enum Step<P: Protocol> {
    Ask(NodeId, Arc<Command>),
    Deliver(Arc<Sent<P>>),
}

impl<P: Protocol> Step<P> {
    fn tell(&self) -> String {
        match self {
            Step::Ask(node, command) => format!("{node} is asked for `{}`", command.op),
            Step::Deliver(sent) => {
                let kind = P::ABOUT.kinds[P::kind(&sent.message)].name;
                let epoch = P::ABOUT.show_epoch(P::epoch_of(&sent.message));
                format!("{kind} {epoch} of {} arrives at {}", sent.from, sent.to)
            }
        }
    }
}

/// How a state was first reached.
struct Way<P: Protocol> {
    from: usize,
    depth: usize,
    step: Option<Step<P>>,
}

fn search<P: Protocol>(small: &Small, config: &Arc<P::Config>, most: usize) -> Found {
    let first = State::<P>::first(small, config);
    let mut seen = BTreeSet::from([first.digest()]);
    let mut specified = BTreeSet::from([first.specified()]);
    let mut ways = vec![Way {
        from: 0,
        depth: 0,
        step: None,
    }];
    let mut disagreement = None;
    let mut layer = vec![(0, first)];
    let mut complete = true;
    while !layer.is_empty() && complete {
        let mut next_layer = Vec::new();
        for (number, state) in layer {
            for (step, next) in successors(small, &state) {
                // What was decided is no part of the digest, so it is looked at first.
                if next.disagrees && disagreement.is_none() {
                    let mut steps = path(&ways, number);
                    steps.push(step.tell());
                    disagreement = Some(steps);
                }
                if !seen.insert(next.digest()) {
                    continue;
                }
                specified.insert(next.specified());
                let depth = ways[number].depth + 1;
                ways.push(Way {
                    from: number,
                    depth,
                    step: Some(step),
                });
                let reached = ways.len() - 1;
                next_layer.push((reached, next));
            }
            if seen.len() >= most {
                complete = false;
                break;
            }
        }
        layer = next_layer;
    }
    Found {
        states: seen.len(),
        specified: specified.len(),
        depth: ways.last().map_or(0, |way| way.depth),
        complete,
        disagreement,
    }
}

/// Every state that one step leads to.
fn successors<P: Protocol>(small: &Small, state: &State<P>) -> Vec<(Step<P>, State<P>)> {
    let mut next = Vec::new();
    for (position, (node, commands)) in small.asks.iter().enumerate() {
        if state.asked[position] {
            continue;
        }
        for command in commands {
            let mut after = state.clone();
            after.asked[position] = true;
            after.feed(*node, Input::Request(Arc::clone(command)));
            next.push((Step::Ask(*node, Arc::clone(command)), after));
        }
    }
    for sent in &state.network {
        let input = Input::Message {
            from: sent.from,
            message: sent.message.clone(),
        };
        if let Some(after) = state.after(sent.to, input) {
            next.push((Step::Deliver(Arc::clone(sent)), after));
        }
    }
    next
}

/// The steps that led to a state.
fn path<P: Protocol>(ways: &[Way<P>], to: usize) -> Vec<String> {
    let mut steps = Vec::new();
    let mut at = to;
    while let Some(step) = &ways[at].step {
        steps.push(step.tell());
        at = ways[at].from;
    }
    steps.reverse();
    steps
}
