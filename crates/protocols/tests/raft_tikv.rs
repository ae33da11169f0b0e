//! Our Raft beside tikv's `raft` crate, which nobody here wrote: the same timeouts, proposals, cuts
//! and heals, each followed by "deliver until quiet" and rounds of heartbeats, leave the same
//! roles, terms, votes, logs and commit indices on every server.
//!
//! Both deliver first in, first out; disks are done at once; leases have run out before each
//! timeout. What a lost election leaves behind differs in name alone: tikv's candidate becomes a
//! follower when a majority has refused, ours waits for its timer as the paper has it.
//!
//! tikv's servers leave some messages of an older term without an answer, which costs no safety;
//! Raft §5.1 has them refuse with their own term. The harness adds that refusal on their side.
//! A pre-vote for a term in which the asked server is already, and has not voted, is granted by
//! tikv and refused by ours, which costs no safety either; the harness has both refuse.
//! With pre-vote and without check-quorum the two differ on purpose, and are not compared: tikv
//! grants a pre-vote though it hears from a leader, and Ongaro §9.6 refuses it.

use raft::eraftpb::{ConfState, Message as TheirMessage, MessageType};
use raft::storage::MemStorage;
use raft::{Config as TheirConfig, RawNode, StateRole};
use std::collections::VecDeque;
use std::sync::Arc;
use synod_protocols::raft::{Config, Disk, Message, Raft, Record};
use synod_protocols::{
    ClientId, Command, Effect, Input, LocalTime, NodeId, Op, Options, Outbox, Protocol, TimerId,
    Value, WriteId,
};

const ELECTION: TimerId = TimerId(0);
const HEARTBEAT: TimerId = TimerId(1);
/// How many rounds of heartbeats settle everything that a heal can bring about.
const ROUNDS: usize = 4;
/// The most messages of one "deliver until quiet".
const MOST_MESSAGES: usize = 20_000;

/// What one server is, in terms that both share.
#[derive(Debug, PartialEq, Eq)]
struct State {
    role: &'static str,
    term: u64,
    /// Counted from 1; 0 for none.
    vote: u64,
    commit: u64,
    /// The terms of the log's entries.
    log: Vec<u64>,
}

/// Which links are cut, both ways.
type Cuts = Vec<Vec<bool>>;

/// A cluster of one of the two implementations.
trait Cluster {
    fn time_out(&mut self, node: usize);
    fn propose(&mut self, node: usize, number: u64);
    fn beat(&mut self, node: usize);
    /// Delivers until nothing is left; what meets a cut is lost. If `lately` is set, so is what
    /// comes from an older term.
    fn settle(&mut self, cuts: &Cuts, lately: bool);
    fn state(&self, node: usize) -> State;
    fn leads(&self, node: usize) -> bool {
        self.state(node).role == "leader"
    }
}

struct Ours {
    replicas: Vec<Raft>,
    writes: Vec<WriteId>,
    network: VecDeque<(usize, usize, Message)>,
    now: i64,
}

impl Ours {
    fn new(n: usize, pre_vote: bool, check_quorum: bool) -> Ours {
        let mut options = Options::default();
        for (name, on) in [("pre_vote", pre_vote), ("check_quorum", check_quorum)] {
            let set = options.set(Raft::ABOUT.options, name, &on.to_string());
            set.expect("an option");
        }
        let config: Arc<Config> = Arc::new(Raft::configure(&options, n).expect("good"));
        let start = |k| Raft::start(&config, NodeId::at(k), &Disk::default());
        let mut ours = Ours {
            replicas: (0..n).map(start).collect(),
            writes: vec![WriteId(0); n],
            network: VecDeque::new(),
            now: 0,
        };
        for node in 0..n {
            ours.feed(node, Input::Start);
        }
        ours
    }

    fn feed(&mut self, node: usize, input: Input<Message>) {
        let mut out: Outbox<Message, Record> = Outbox {
            last_write: self.writes[node],
            ..Outbox::default()
        };
        let replica = &mut self.replicas[node];
        replica.mark_clean();
        replica.step(input, LocalTime(self.now), &mut out);
        while out.last_write > self.writes[node] {
            self.writes[node] = out.last_write;
            replica.step(
                Input::Durable(out.last_write),
                LocalTime(self.now),
                &mut out,
            );
        }
        for effect in out.effects {
            if let Effect::Send { to, message, .. } = effect {
                self.network.push_back((node, to.index(), message));
            }
        }
    }
}

impl Cluster for Ours {
    fn time_out(&mut self, node: usize) {
        // Whoever has heard from a leader has long forgotten it.
        self.now += 10_000_000;
        self.feed(node, Input::Timer(ELECTION));
    }

    fn propose(&mut self, node: usize, number: u64) {
        let op = Op::parse(&format!("put x {number}")).expect("a command");
        let command = Arc::new(Command::new(ClientId(0), number, op));
        self.feed(node, Input::Request(command));
    }

    fn beat(&mut self, node: usize) {
        self.feed(node, Input::Timer(HEARTBEAT));
    }

    fn settle(&mut self, cuts: &Cuts, lately: bool) {
        for _ in 0..MOST_MESSAGES {
            let Some((from, to, message)) = self.network.pop_front() else {
                return;
            };
            let old = lately && Raft::epoch_of(&message) < self.replicas[to].probe().epoch;
            if !cuts[from][to] && !old {
                let from = NodeId::at(from);
                self.feed(to, Input::Message { from, message });
            }
        }
        panic!("ours never becomes quiet");
    }

    fn state(&self, node: usize) -> State {
        let replica = &self.replicas[node];
        let view = replica.describe();
        let lost = view.tallies.iter().any(|tally| {
            let rest = tally.quorum.members().minus(tally.refused);
            !tally.quorum.is_quorum(rest)
        });
        let role = match view.role {
            "candidate" | "pre_candidate" if lost => "follower",
            role => role,
        };
        let vote = view.fields.iter().find(|field| field.name == "vote");
        let vote = match vote.map(|field| &field.value) {
            Some(Value::Node(node)) => node.index() as u64 + 1,
            _ => 0,
        };
        let log = replica.log().expect("it has one");
        State {
            role,
            term: view.epoch,
            vote,
            commit: view.decided,
            log: log.iter().map(|(_, entry)| entry.epoch).collect(),
        }
    }
}

struct Theirs {
    nodes: Vec<RawNode<MemStorage>>,
    network: VecDeque<TheirMessage>,
}

/// Of how many ticks their election timeout is; nothing here ticks.
const TICKS: usize = 10;

impl Theirs {
    fn new(n: usize, pre_vote: bool, check_quorum: bool) -> Theirs {
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let voters: Vec<u64> = (1..=n as u64).collect();
        let node = |id: u64| {
            let config = TheirConfig {
                id,
                election_tick: TICKS,
                heartbeat_tick: 1,
                max_inflight_msgs: 256,
                max_size_per_msg: u64::MAX,
                pre_vote,
                check_quorum,
                ..TheirConfig::default()
            };
            let voters = ConfState::from((voters.clone(), Vec::new()));
            let storage = MemStorage::new_with_conf_state(voters);
            RawNode::new(&config, storage, &logger).expect("a node")
        };
        Theirs {
            nodes: voters.iter().map(|id| node(*id)).collect(),
            network: VecDeque::new(),
        }
    }

    /// The refusal of an older term's message that tikv's server would leave unanswered.
    fn refusal(&self, to: usize, message: &TheirMessage) -> Option<TheirMessage> {
        let raft = &self.nodes[to].raft;
        let mut refusal = TheirMessage::default();
        (refusal.from, refusal.to, refusal.term) = (message.to, message.from, raft.term);
        let asks = match message.get_msg_type() {
            MessageType::MsgRequestPreVote if message.term == raft.term => {
                refusal.set_msg_type(MessageType::MsgRequestPreVoteResponse);
                refusal.reject = true;
                return Some(refusal);
            }
            MessageType::MsgRequestVote => true,
            MessageType::MsgAppend | MessageType::MsgHeartbeat => {
                !raft.check_quorum && !raft.pre_vote
            }
            _ => false,
        };
        if !asks || message.term >= raft.term {
            return None;
        }
        refusal.set_msg_type(MessageType::MsgAppendResponse);
        Some(refusal)
    }

    /// Persists and sends whatever a node has ready.
    fn drain(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        while node.has_ready() {
            let mut ready = node.ready();
            self.network.extend(ready.take_messages());
            let store = node.raft.raft_log.store.clone();
            if !ready.entries().is_empty() {
                store.wl().append(ready.entries()).expect("appended");
            }
            if let Some(hard) = ready.hs() {
                store.wl().set_hardstate(hard.clone());
            }
            self.network.extend(ready.take_persisted_messages());
            let mut light = node.advance(ready);
            self.network.extend(light.take_messages());
            node.advance_apply();
        }
    }
}

impl Cluster for Theirs {
    fn time_out(&mut self, node: usize) {
        // A leader checks its quorum once an election timeout, and its lease never runs out before.
        for node in &mut self.nodes {
            let leads = node.raft.state == StateRole::Leader;
            node.raft.election_elapsed = if leads { 0 } else { TICKS };
        }
        self.nodes[node].campaign().expect("it may stand");
        self.drain(node);
    }

    fn propose(&mut self, node: usize, number: u64) {
        let data = number.to_string().into_bytes();
        self.nodes[node]
            .propose(Vec::new(), data)
            .expect("it leads");
        self.drain(node);
    }

    fn beat(&mut self, node: usize) {
        self.nodes[node].ping();
        self.drain(node);
    }

    fn settle(&mut self, cuts: &Cuts, lately: bool) {
        for _ in 0..MOST_MESSAGES {
            let Some(message) = self.network.pop_front() else {
                return;
            };
            let (from, to) = (message.from as usize - 1, message.to as usize - 1);
            let old = lately && message.term < self.nodes[to].raft.term;
            if cuts[from][to] || old {
                continue;
            }
            if let Some(refusal) = self.refusal(to, &message) {
                self.network.push_back(refusal);
                if message.get_msg_type() == MessageType::MsgRequestPreVote {
                    continue;
                }
            }
            // What it cannot use it says so, and drops.
            let _ = self.nodes[to].step(message);
            self.drain(to);
        }
        panic!("theirs never becomes quiet");
    }

    fn state(&self, node: usize) -> State {
        let raft = &self.nodes[node].raft;
        let log = &raft.raft_log;
        let term = |index: u64| log.term(index).expect("it is there");
        State {
            role: match raft.state {
                StateRole::Leader => "leader",
                StateRole::Candidate => "candidate",
                StateRole::PreCandidate => "pre_candidate",
                StateRole::Follower => "follower",
            },
            term: raft.term,
            vote: raft.vote,
            commit: log.committed,
            log: (log.first_index()..=log.last_index()).map(term).collect(),
        }
    }
}

/// A small generator with a fixed algorithm (splitmix64), so that a seed means the same for ever.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// One step of a schedule.
#[derive(Clone, Copy, Debug)]
enum Step {
    TimeOut(usize),
    Propose(usize, u64),
    Cut(usize, usize),
    Heal(usize, usize),
    HealAll,
}

fn apply(cluster: &mut dyn Cluster, n: usize, step: Step, cuts: &Cuts, pre_vote: bool) {
    match step {
        Step::TimeOut(node) => cluster.time_out(node),
        Step::Propose(node, number) => cluster.propose(node, number),
        Step::Cut(..) | Step::Heal(..) | Step::HealAll => {}
    }
    // A pre-vote finds a newer term out before any vote is asked for.
    cluster.settle(cuts, !pre_vote);
    // Followers are repaired before a newer term deposes who repairs them: which of the two comes
    // first is a matter of how many round trips a repair takes, and no rule of Raft's.
    for round in 0..2 * ROUNDS {
        for node in 0..n {
            if cluster.leads(node) {
                cluster.beat(node);
            }
        }
        cluster.settle(cuts, round < ROUNDS);
    }
}

/// How much of a schedule was worth something: elections won, and entries committed.
#[derive(Default)]
struct Worth {
    terms: u64,
    committed: u64,
    split: u64,
}

fn run(seed: u64, worth: &mut Worth) {
    let mut draw = Draw(seed);
    let n = [3, 5][draw.below(2)];
    let (pre_vote, check_quorum) = [(true, true), (false, true), (false, false)][draw.below(3)];
    let mut ours = Ours::new(n, pre_vote, check_quorum);
    let mut theirs = Theirs::new(n, pre_vote, check_quorum);
    let mut cuts: Cuts = vec![vec![false; n]; n];
    let mut told: Vec<Step> = Vec::new();
    for number in 1..=40 {
        let (a, b) = (draw.below(n), draw.below(n));
        let leaders: Vec<usize> = (0..n).filter(|node| ours.leads(*node)).collect();
        let step = match draw.below(10) {
            0..=2 => Step::TimeOut(a),
            3..=6 if !leaders.is_empty() => {
                Step::Propose(leaders[draw.below(leaders.len())], number)
            }
            7 | 8 if a != b => Step::Cut(a, b),
            9 if draw.below(3) == 0 => Step::HealAll,
            _ => Step::Heal(a, b),
        };
        match step {
            Step::Cut(a, b) => (cuts[a][b], cuts[b][a]) = (true, true),
            Step::Heal(a, b) => (cuts[a][b], cuts[b][a]) = (false, false),
            Step::HealAll => cuts.iter_mut().for_each(|row| row.fill(false)),
            _ => {}
        }
        told.push(step);
        apply(&mut ours, n, step, &cuts, pre_vote);
        apply(&mut theirs, n, step, &cuts, pre_vote);
        for node in 0..n {
            assert_eq!(
                ours.state(node),
                theirs.state(node),
                "S{} of {n}, pre-vote {pre_vote}, check-quorum {check_quorum}, seed {seed}: \
                 {told:?}",
                node + 1
            );
        }
        let leaders = (0..n).filter(|node| ours.leads(*node)).count();
        worth.split += u64::from(leaders > 1);
    }
    let states = (0..n).map(|node| ours.state(node));
    for state in states {
        worth.terms = worth.terms.max(state.term);
        worth.committed += state.commit;
    }
}

/// A thousand random schedules of forty steps.
#[test]
fn a_thousand_schedules_leave_both_in_the_same_state() {
    let mut worth = Worth::default();
    for seed in 0..1_000 {
        run(seed, &mut worth);
    }
    // A comparison in which nothing happens proves nothing.
    assert!(worth.terms > 8, "{} terms", worth.terms);
    assert!(worth.committed > 20_000, "{} commits", worth.committed);
    assert!(
        worth.split > 300,
        "{} moments with two leaders",
        worth.split
    );
}
