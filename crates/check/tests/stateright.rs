//! A second explorer agrees: our replicas as actors of stateright (Jonathan Nadal), whose network
//! and search are other people's, reach as many states as our own search.
//!
//! Stateright's states hold more than ours (its duplicating network hashes the message that was
//! delivered last, and choices of the environment are states of their own), so both are compared
//! by what they share: the replicas and the set of messages sent.

use stateright::actor::{Actor, ActorModel, ActorModelState, Id, Network, Out};
use stateright::{Checker, Expectation, Model};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use synod_check::search::{Found, Search, twice};
use synod_protocols::paxos::{Message, Paxos};
use synod_protocols::replica::{Bounds, Small};
use synod_protocols::{
    Command, Effect, Input, LocalTime, NodeId, Options, Outbox, Protocol, WriteId,
};

/// A server, and what it has written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Server {
    replica: Paxos,
    written: WriteId,
    decided: Option<u64>,
}

struct Place {
    node: NodeId,
    config: Arc<<Paxos as Protocol>::Config>,
    asks: Vec<Choice>,
}

/// A command that the environment may choose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Choice(Arc<Command>);

impl Ord for Choice {
    fn cmp(&self, other: &Choice) -> std::cmp::Ordering {
        self.0.digest().cmp(&other.0.digest())
    }
}

impl PartialOrd for Choice {
    fn partial_cmp(&self, other: &Choice) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A message, in an order of its own, as stateright's network wants it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wire(Message);

impl Ord for Wire {
    fn cmp(&self, other: &Wire) -> std::cmp::Ordering {
        twice(&self.0).cmp(&twice(&other.0))
    }
}

impl PartialOrd for Wire {
    fn partial_cmp(&self, other: &Wire) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Feeds an input; what is written is durable at once. True if anything has changed.
fn feed(server: &mut Server, input: Input<Message>, o: &mut Out<Place>) -> bool {
    let before = server.clone();
    let mut out = Outbox {
        last_write: server.written,
        ..Outbox::default()
    };
    server.replica.mark_clean();
    server.replica.step(input, LocalTime(0), &mut out);
    if out.last_write > server.written {
        server.written = out.last_write;
        let durable = Input::Durable(out.last_write);
        server.replica.step(durable, LocalTime(0), &mut out);
    }
    let mut sent = false;
    for effect in out.effects {
        match effect {
            Effect::Send { to, message, .. } => {
                sent = true;
                o.send(Id::from(to.index()), Wire(message));
            }
            Effect::Decide(decided) => server.decided = Some(decided.payload.digest()),
            _ => {}
        }
    }
    sent || before != *server
}

impl Actor for Place {
    type Msg = Wire;
    type Timer = ();
    type State = Server;
    type Storage = ();
    type Random = Choice;

    fn on_start(&self, _: Id, _: &Option<()>, o: &mut Out<Place>) -> Server {
        let disk = <Paxos as Protocol>::Disk::default();
        let mut server = Server {
            replica: Paxos::start(&self.config, self.node, &disk),
            written: WriteId(0),
            decided: None,
        };
        feed(&mut server, Input::Start, o);
        if !self.asks.is_empty() {
            o.choose_random("ask", self.asks.clone());
        }
        server
    }

    fn on_msg(
        &self,
        _: Id,
        state: &mut Cow<'_, Server>,
        src: Id,
        Wire(message): Wire,
        o: &mut Out<Place>,
    ) {
        let from = NodeId::at(usize::from(src));
        let mut server = state.as_ref().clone();
        if feed(&mut server, Input::Message { from, message }, o) {
            *state = Cow::Owned(server);
        }
    }

    fn on_random(&self, _: Id, state: &mut Cow<'_, Server>, ask: &Choice, o: &mut Out<Place>) {
        feed(state.to_mut(), Input::Request(Arc::clone(&ask.0)), o);
    }
}

/// What both explorers share of a state.
type Shared = Arc<Mutex<BTreeSet<u128>>>;

fn shared(state: &ActorModelState<Place>) -> u128 {
    let replicas: Vec<&Paxos> = state
        .actor_states
        .iter()
        .map(|server| &server.replica)
        .collect();
    let sent = state.network.iter_all().map(|envelope| {
        let (from, to) = (usize::from(envelope.src), usize::from(envelope.dst));
        twice(&(NodeId::at(from), NodeId::at(to), &envelope.msg.0))
    });
    let sent: BTreeSet<u128> = sent.collect();
    twice(&(replicas, sent))
}

/// How many states stateright reaches, and whether two servers decide differently.
fn stateright(small: &Small, options: &Options) -> (usize, bool) {
    let config = Paxos::configure(options, small.nodes).expect("good options");
    let config = Arc::new(config);
    let seen: Shared = Shared::default();
    let place = |node: usize| {
        let node = NodeId::at(node);
        let asks = small.asks.iter().filter(|(asked, _)| *asked == node);
        Place {
            node,
            config: Arc::clone(&config),
            asks: asks
                .flat_map(|(_, commands)| commands)
                .cloned()
                .map(Choice)
                .collect(),
        }
    };
    let checker = ActorModel::<Place, Shared>::new(Arc::clone(&seen), ())
        .actors((0..small.nodes).map(place))
        .init_network(Network::new_unordered_duplicating([]))
        .property(Expectation::Always, "agreement", |model, state| {
            let mut seen = model.cfg.lock().expect("one thread panics, all do");
            seen.insert(shared(state));
            let mut decided = state
                .actor_states
                .iter()
                .filter_map(|server| server.decided);
            let first = decided.next();
            decided.all(|digest| Some(digest) == first)
        })
        .checker()
        .spawn_bfs()
        .join();
    let found = checker.discovery("agreement").is_some();
    let states = seen.lock().expect("all threads have ended").len();
    (states, found)
}

fn ours(bounds: Bounds, options: Options) -> Found {
    let search = Search {
        protocol: "paxos".into(),
        bounds,
        options,
        most_states: 2_000_000,
    };
    search.run().expect("bounds that fit")
}

#[test]
fn stateright_reaches_as_many_states_and_finds_no_disagreement() {
    for (acceptors, values, ballots) in [(1, 1, 2), (3, 2, 1), (3, 1, 2)] {
        let bounds = Bounds {
            acceptors,
            values,
            ballots,
        };
        let small = Paxos::small(&bounds)
            .expect("it offers some")
            .expect("they fit");
        let (states, disagreement) = stateright(&small, &small.options);
        let found = ours(bounds, Options::default());
        assert!(found.complete && found.disagreement.is_none() && !disagreement);
        assert_eq!(states, found.states, "{bounds:?}");
    }
}

/// Both find what a dropped rule breaks.
#[test]
fn both_find_the_mistake() {
    let bounds = Bounds {
        acceptors: 3,
        values: 2,
        ballots: 2,
    };
    let mut small = Paxos::small(&bounds)
        .expect("it offers some")
        .expect("they fit");
    let specs = Paxos::ABOUT.options;
    let mistake = |options: &mut Options| options.set(specs, "adopt_accepted", "false");
    mistake(&mut small.options).expect("an option");
    assert!(stateright(&small, &small.options).1);
    let mut options = Options::default();
    mistake(&mut options).expect("an option");
    assert!(ours(bounds, options).disagreement.is_some());
}
