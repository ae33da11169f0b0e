//! The rules of "Paxos Made Simple" §3 and of what its successors add, one by one: a single server
//! is fed inputs, and its effects and notes are read.

use std::sync::Arc;
use synod_protocols::multipaxos::{Disk, Message, MultiPaxos, Record, Told};
use synod_protocols::replica::{Pledge, Question};
use synod_protocols::{
    Answer, Ballot, ClientId, Command, Effect, Entry, Input, LocalTime, NodeId, Op, Options,
    Outbox, Payload, Protocol, TimerId, WriteId,
};

const S1: NodeId = NodeId(0);
const S2: NodeId = NodeId(1);
const S3: NodeId = NodeId(2);
const ELECTION: TimerId = TimerId(0);
const HEARTBEAT: TimerId = TimerId(1);

/// S1 of three, on a disk that is always done.
struct Bench {
    server: MultiPaxos,
    disk: Disk,
    config: Arc<<MultiPaxos as Protocol>::Config>,
    out: Outbox<Message, Record>,
    now_ms: i64,
}

/// What one input brought about.
#[derive(Default)]
struct Got {
    sent: Vec<(NodeId, Message)>,
    /// What each message waited for, in the same order.
    after: Vec<Option<WriteId>>,
    replies: Vec<Answer>,
    pledges: Vec<Pledge>,
    rules: Vec<&'static str>,
    decided: Vec<u64>,
}

fn bench(set: &[(&str, &str)]) -> Bench {
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
fn leader(set: &[(&str, &str)]) -> Bench {
    let mut bench = bench(set);
    bench.now_ms = 1_000;
    bench.feed(Input::Timer(ELECTION));
    let got = bench.hear(S2, promise("1.1", &[], 0));
    assert!(got.rules.iter().any(|rule| rule.starts_with("elected")));
    bench
}

impl Bench {
    fn feed(&mut self, input: Input<Message>) -> Got {
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

    fn hear(&mut self, from: NodeId, message: Message) -> Got {
        self.feed(Input::Message { from, message })
    }

    fn ask(&mut self, client: u16, text: &str) -> Got {
        self.feed(Input::Request(command(client, text)))
    }

    fn restart(&mut self) -> Got {
        self.server = MultiPaxos::start(&self.config, S1, &self.disk);
        self.out = Outbox::default();
        self.feed(Input::Start)
    }

    fn decided(&self) -> u64 {
        self.server.probe().decided
    }

    fn reason(&self, question: Question) -> &'static str {
        let reasons = self.server.reasons(question);
        MultiPaxos::ABOUT.rules[usize::from(reasons[0].note.rule)].id
    }
}

impl Got {
    /// The kinds of what was sent to a server.
    fn kinds(&self, to: NodeId) -> Vec<&'static str> {
        let to_it = self.sent.iter().filter(|(peer, _)| *peer == to);
        to_it
            .map(|(_, message)| MultiPaxos::ABOUT.kinds[MultiPaxos::kind(message)].name)
            .collect()
    }

    /// What S2 was asked to accept.
    fn accepts(&self) -> Vec<(u64, Payload)> {
        let accept = |(to, message): &(NodeId, Message)| match message {
            Message::Accept { slot, value, .. } if *to == S2 => Some((*slot, value.clone())),
            _ => None,
        };
        self.sent.iter().filter_map(accept).collect()
    }
}

fn ballot(text: &str) -> Ballot {
    Ballot::parse(text).expect(text)
}

fn command(client: u16, text: &str) -> Arc<Command> {
    let op = Op::parse(text).expect("a command");
    Arc::new(Command::new(ClientId(client), 1, op))
}

fn value(client: u16, text: &str) -> Payload {
    Payload::Command(command(client, text))
}

fn entry(of: &str, client: u16, text: &str) -> Entry {
    Entry {
        epoch: ballot(of).0,
        payload: value(client, text),
    }
}

fn prepare(of: &str, first: u64) -> Message {
    let ballot = ballot(of);
    Message::Prepare { ballot, first }
}

fn promise(of: &str, accepted: &[(u64, Entry)], chosen: u64) -> Message {
    Message::Promise {
        ballot: ballot(of),
        accepted: accepted.to_vec(),
        chosen,
    }
}

fn told(chosen: u64, of: &str) -> Told {
    Told {
        chosen,
        proposed_in: ballot(of),
    }
}

fn accept(of: &str, slot: u64, client: u16, told: Told) -> Message {
    Message::Accept {
        ballot: ballot(of),
        slot,
        value: value(client, &format!("put x {client}")),
        told,
    }
}

fn accepted(of: &str, slot: u64) -> Message {
    let ballot = ballot(of);
    Message::Accepted { ballot, slot }
}

fn heartbeat(of: &str, told: Told) -> Message {
    Message::Heartbeat {
        ballot: ballot(of),
        told,
        sent: LocalTime(7),
    }
}

/// PMS §2.2, P1a; §3: one promise binds in every slot.
#[test]
fn a_promise_holds_for_every_slot() {
    let mut bench = bench(&[]);
    assert_eq!(bench.hear(S2, prepare("2.2", 1)).rules, ["promised.first"]);
    assert_eq!(bench.hear(S3, prepare("1.3", 9)).rules, ["prepare.refused"]);
    for slot in [1, 7] {
        let got = bench.hear(S3, accept("1.3", slot, 0, Told::default()));
        assert_eq!(got.rules, ["accept.refused"]);
        assert_eq!(got.kinds(S3), ["Reject"]);
    }
    assert_eq!(bench.hear(S3, prepare("2.3", 1)).rules, ["promised"]);
}

/// PMS §3: the promise reports what was accepted from the asked slot on, and what is chosen.
#[test]
fn a_promise_reports_the_slots_from_the_first_on() {
    let mut bench = bench(&[]);
    for slot in [1, 2, 4] {
        bench.hear(S2, accept("1.2", slot, slot as u16, told(0, "1.2")));
    }
    bench.hear(S2, heartbeat("1.2", told(1, "1.2")));
    assert_eq!(bench.decided(), 1);
    let got = bench.hear(S3, prepare("1.3", 2));
    let report = [
        (2, entry("1.2", 2, "put x 2")),
        (4, entry("1.2", 4, "put x 4")),
    ];
    assert_eq!(got.sent, [(S3, promise("1.3", &report, 1))]);
}

/// PMS §2.5: promises and acceptances are durable before they are told, and survive a restart.
#[test]
fn nothing_is_told_before_it_is_durable() {
    let mut bench = bench(&[]);
    assert_eq!(bench.hear(S2, prepare("3.2", 1)).after, [Some(WriteId(1))]);
    let got = bench.hear(S2, accept("3.2", 1, 0, Told::default()));
    assert_eq!(got.after, [Some(WriteId(2))]);
    bench.restart();
    let low = accept("2.3", 2, 1, Told::default());
    assert_eq!(bench.hear(S3, low).rules, ["accept.refused"]);
    let report = [(1, entry("3.2", 0, "put x 0"))];
    let got = bench.hear(S3, prepare("4.3", 1));
    assert_eq!(got.sent, [(S3, promise("4.3", &report, 0))]);
}

/// PMS §2.5: a ballot is never begun twice.
#[test]
fn a_ballot_is_begun_once() {
    let mut bench = bench(&[]);
    let got = bench.feed(Input::Timer(ELECTION));
    assert_eq!(got.sent.first(), Some(&(S2, prepare("1.1", 1))));
    bench.restart();
    let got = bench.feed(Input::Timer(ELECTION));
    assert_eq!(got.sent.first(), Some(&(S2, prepare("2.1", 1))));
}

/// PMS §3: phase 1 once; then a round trip for each command.
#[test]
fn a_leader_proposes_without_asking_again() {
    let mut bench = leader(&[]);
    for slot in 1..=3 {
        let got = bench.ask(slot as u16, "put x 1");
        assert_eq!(got.accepts(), [(slot, value(slot as u16, "put x 1"))]);
        assert_eq!(got.kinds(S3), ["Accept"]);
        let got = bench.hear(S3, accepted("1.1", slot));
        assert_eq!(got.decided, [slot]);
        assert!(matches!(got.replies[..], [Answer::Applied { .. }]));
        assert!(got.sent.is_empty(), "what is chosen is told with the next");
    }
}

/// The same with phase 1 for every slot.
#[test]
fn phase_1_per_slot_asks_again() {
    let mut bench = leader(&[("phase_1_per_slot", "true")]);
    assert_eq!(bench.ask(0, "put x 1").kinds(S2), ["Accept"]);
    assert_eq!(bench.ask(1, "put x 2").kinds(S2), Vec::<&str>::new());
    let got = bench.hear(S2, accepted("1.1", 1));
    assert_eq!(got.sent.first(), Some(&(S2, prepare("2.1", 2))));
    let got = bench.hear(S2, promise("2.1", &[], 0));
    assert_eq!(got.accepts(), [(2, value(1, "put x 2"))]);
}

/// P2c in each slot: the value of the highest-numbered proposal that the promises report.
#[test]
fn the_highest_reported_proposal_binds_in_its_slot() {
    let run = |set: &[(&str, &str)]| {
        let mut bench = bench(&[&[("promise_quorum", "3")], set].concat());
        bench.feed(Input::Timer(ELECTION));
        bench.hear(S2, promise("1.1", &[(1, entry("3.2", 1, "put x high"))], 0));
        bench.ask(3, "put x own");
        bench
            .hear(S3, promise("1.1", &[(1, entry("2.3", 2, "put x low"))], 0))
            .accepts()
    };
    let own = |slot| (slot, value(3, "put x own"));
    assert_eq!(run(&[]), [(1, value(1, "put x high")), own(2)]);
    let low = run(&[("adopt_highest", "false")]);
    assert_eq!(low, [(1, value(2, "put x low")), own(2)]);
    assert_eq!(run(&[("adopt_accepted", "false")]), [own(1)]);
}

/// PMS §3: "fills the gap by proposing … a special no-op command".
#[test]
fn gaps_are_filled_with_no_ops() {
    let mut bench = bench(&[]);
    bench.feed(Input::Timer(ELECTION));
    let got = bench.hear(S2, promise("1.1", &[(3, entry("1.2", 1, "put x 1"))], 0));
    let expect = [
        (1, Payload::Noop),
        (2, Payload::Noop),
        (3, value(1, "put x 1")),
    ];
    assert_eq!(got.accepts(), expect);
    // Chosen out of order, they are applied in order.
    assert_eq!(
        bench.hear(S2, accepted("1.1", 3)).decided,
        Vec::<u64>::new()
    );
    assert_eq!(bench.reason(Question::NotDecided { index: 3 }), "why.gap");
    assert_eq!(bench.hear(S2, accepted("1.1", 1)).decided, [1]);
    assert_eq!(bench.hear(S2, accepted("1.1", 2)).decided, [2, 3]);
}

/// A leader first learns what a promise knows to be chosen.
#[test]
fn who_is_behind_learns_before_it_leads() {
    let mut bench = bench(&[]);
    bench.feed(Input::Timer(ELECTION));
    let got = bench.hear(S2, promise("1.1", &[], 2));
    assert_eq!(got.kinds(S2), ["CatchUp"]);
    assert!(!bench.server.probe().leading);
    assert_eq!(bench.reason(Question::NotLeading), "why.behind");
    let learn = Message::Learn {
        ballot: ballot("1.1"),
        first: 1,
        values: [entry("1.2", 1, "put x 1"), entry("1.2", 2, "put x 2")]
            .into_iter()
            .collect(),
        chosen: 2,
    };
    let got = bench.hear(S2, learn);
    assert!(bench.server.probe().leading && got.decided == [1, 2]);
}

/// PMS §2.3: of what is chosen a follower learns with the leader's next message, if it has accepted
/// that in the leader's ballot, or in the one that the leader names; otherwise it asks.
#[test]
fn a_follower_knows_the_value_only_from_its_ballot() {
    let mut bench = bench(&[]);
    bench.hear(S2, accept("1.2", 1, 1, Told::default()));
    let got = bench.hear(S2, accept("1.2", 2, 2, told(1, "1.2")));
    assert_eq!(got.decided, [1]);
    let got = bench.hear(S3, heartbeat("2.3", told(2, "2.3")));
    assert!(got.decided.is_empty(), "S3 may have proposed otherwise");
    assert_eq!(got.kinds(S3), ["HeartbeatReply", "CatchUp"]);
    let got = bench.hear(S3, heartbeat("2.3", told(2, "1.2")));
    assert_eq!(got.decided, [2]);
    assert_eq!(got.kinds(S3), ["HeartbeatReply"]);
}

/// PMS §2.4: who is preempted waits; without back-off it begins again at once.
#[test]
fn a_preempted_leader_backs_off() {
    let reject = Message::Reject {
        ballot: ballot("1.1"),
        promised: ballot("4.3"),
        lease: false,
    };
    let mut patient = leader(&[]);
    let got = patient.hear(S2, reject.clone());
    assert!(got.sent.is_empty() && got.rules == ["preempted"]);
    assert_eq!(patient.reason(Question::NotLeading), "why.backs_off");
    let retry = patient.feed(Input::Timer(ELECTION));
    assert_eq!(retry.sent.first(), Some(&(S2, prepare("5.1", 1))));
    let mut hasty = leader(&[("back_off", "false")]);
    let got = hasty.hear(S2, reject);
    assert_eq!(got.sent.first(), Some(&(S2, prepare("5.1", 1))));
}

/// PMMC §3: what was lost is sent again, to those who have not answered, after a heartbeat.
#[test]
fn unanswered_proposals_are_sent_again() {
    let mut bench = leader(&[("accept_quorum", "3")]);
    bench.ask(0, "put x 1");
    bench.hear(S2, accepted("1.1", 1));
    let first = bench.feed(Input::Timer(HEARTBEAT));
    assert_eq!(first.kinds(S3), ["Heartbeat"], "not a whole heartbeat ago");
    let second = bench.feed(Input::Timer(HEARTBEAT));
    assert_eq!(second.kinds(S3), ["Accept", "Heartbeat"]);
    assert_eq!(second.kinds(S2), ["Heartbeat"], "it has answered");
}

/// The leader's window bounds what is under way; the rest waits, and then goes out.
#[test]
fn the_window_bounds_what_is_under_way() {
    let mut bench = leader(&[("window", "2")]);
    for client in 0..3 {
        let got = bench.ask(client, "put x 1");
        assert_eq!(got.accepts().len(), usize::from(client < 2));
    }
    let got = bench.hear(S2, accepted("1.1", 1));
    assert_eq!(got.accepts(), [(3, value(2, "put x 1"))]);
    assert_eq!(bench.ask(2, "put x 1").rules, ["under_way"]);
}

/// PML §5.5: the store goes to disk, the log is forgotten, and a restart begins from there.
#[test]
fn a_snapshot_stands_for_the_log() {
    let mut bench = bench(&[("snapshot_every", "2")]);
    for slot in 1..=3 {
        bench.hear(S2, accept("1.2", slot, slot as u16, told(slot - 1, "1.2")));
    }
    let log = bench.server.log().expect("a log");
    assert_eq!((log.gone(), log.last_index()), (2, 3));
    let got = bench.restart();
    assert_eq!(got.rules, ["started.snapshot"]);
    assert_eq!(bench.decided(), 2);
    let store = bench.server.store().expect("a store");
    assert_eq!(store.get("x").map(|x| x.as_str()), Some("2"));
    let ask = |first| Message::CatchUp {
        ballot: ballot("1.2"),
        first,
    };
    assert_eq!(bench.hear(S3, ask(1)).kinds(S3), ["Snapshot"]);
    assert_eq!(bench.hear(S3, ask(3)).rules, ["nothing_to_teach"]);
    let mut other = self::bench(&[]);
    let got = other.hear(S2, bench.hear(S3, ask(2)).sent.remove(0).1);
    assert_eq!((got.rules[0], other.decided()), ("snapshot.learned", 2));
    assert_eq!(other.disk.log.gone(), 2);
}

/// PML §5.2: who hears the leader promises nobody else; after a restart it promises nobody at all.
#[test]
fn a_lease_keeps_an_acceptor_from_its_promise() {
    let mut bench = bench(&[("leader_lease", "true"), ("lease", "100ms")]);
    let got = bench.hear(S2, prepare("1.2", 1));
    assert_eq!(got.rules, ["prepare.refused.restart"]);
    bench.now_ms = 100;
    assert_eq!(bench.hear(S2, prepare("1.2", 1)).rules, ["promised.first"]);
    bench.hear(S2, heartbeat("1.2", Told::default()));
    bench.now_ms = 199;
    let got = bench.hear(S3, prepare("1.3", 1));
    assert_eq!(got.rules, ["prepare.refused.lease"]);
    let refused = Message::Reject {
        ballot: ballot("1.3"),
        promised: ballot("1.2"),
        lease: true,
    };
    assert_eq!(got.sent, [(S3, refused)]);
    assert_eq!(bench.feed(Input::Timer(ELECTION)).rules, ["lease.waits"]);
    let own = bench.hear(S2, prepare("2.2", 1));
    assert_eq!(own.rules, ["promised"], "the holder itself may");
    bench.now_ms = 200;
    assert_eq!(bench.hear(S3, prepare("2.3", 1)).rules, ["promised"]);
}

/// PML §5.2: the lease counts from when the heartbeat was sent, and a little less than it lasts.
#[test]
fn a_leader_gives_way_when_its_lease_has_run_out() {
    let set = [
        ("leader_lease", "true"),
        ("lease", "100ms"),
        ("drift_permille", "100"),
    ];
    let mut bench = leader(&set);
    let reply = |sent_ms: i64| Message::HeartbeatReply {
        ballot: ballot("1.1"),
        chosen: 0,
        sent: LocalTime(sent_ms * 1_000),
    };
    bench.now_ms = 1_050;
    bench.feed(Input::Timer(HEARTBEAT));
    bench.now_ms = 1_080;
    assert!(
        bench
            .hear(S2, reply(1_050))
            .rules
            .contains(&"lease.renewed")
    );
    bench.now_ms = 1_139;
    assert_eq!(bench.ask(0, "put x 1").accepts().len(), 1);
    bench.now_ms = 1_140;
    let got = bench.ask(1, "put x 1");
    assert_eq!(got.rules[0], "lease.lost");
    assert!(got.accepts().is_empty() && !bench.server.probe().leading);
}

/// A leader that holds its lease answers a higher ballot with one above it.
#[test]
fn the_lease_s_holder_rises_above_a_higher_ballot() {
    let mut bench = leader(&[("leader_lease", "true")]);
    let got = bench.hear(S3, prepare("5.3", 1));
    assert_eq!(
        got.rules[..2],
        ["prepare.refused.lease", "lease.rose_above"]
    );
    assert!(got.sent.contains(&(S2, prepare("6.1", 1))));
    let got = bench.hear(S2, promise("6.1", &[], 0));
    assert!(got.rules.contains(&"elected"));
}

/// PMS §2.2: its word is given once for each promise and each slot.
#[test]
fn its_word_names_ballot_slot_and_value() {
    let mut bench = bench(&[]);
    let got = bench.hear(S2, prepare("1.2", 1));
    let of = ballot("1.2").0;
    let pledge = |what, subject, digest| Pledge {
        what,
        subject,
        epoch: of,
        digest,
    };
    assert_eq!(got.pledges, [pledge(0, of, 0)]);
    let accept = accept("1.2", 4, 1, Told::default());
    let digest = value(1, "put x 1").digest();
    assert_eq!(
        bench.hear(S2, accept.clone()).pledges,
        [pledge(1, 4, digest)]
    );
    let again = bench.hear(S2, accept);
    assert_eq!((again.rules[0], again.pledges.len()), ("accepted.again", 0));
    assert_eq!(again.kinds(S2), ["Accepted"]);
}

/// Bounds: so far ahead, and not further; so many commands, and not more.
#[test]
fn what_exceeds_a_bound_is_refused() {
    let mut bench = bench(&[]);
    let got = bench.hear(S2, accept("1.2", 1_025, 1, Told::default()));
    assert_eq!(got.rules.last(), Some(&"accept.refused.ahead"));
    let got = bench.hear(S2, accept("1.2", 1_024, 1, Told::default()));
    assert_eq!(got.rules, ["accepted"]);
    let mut full = leader(&[("window", "1")]);
    for client in 0..257 {
        full.ask(client, "put x 1");
    }
    assert_eq!(full.ask(257, "put x 1").rules, ["queue_full"]);
}
