//! Raft's rules one by one, each beside its section: a single replica is fed inputs, and its
//! effects and notes are read.

use std::sync::Arc;
use synod_protocols::raft::{Appended, Config, Disk, Message, Raft, Record};
use synod_protocols::{
    Answer, ClientId, Command, Effect, Entry, Input, LocalTime, NodeId, Op, Operator, Options,
    Outbox, Protocol, TimerId, WriteId,
};

const S1: NodeId = NodeId(0);
const S2: NodeId = NodeId(1);
const S3: NodeId = NodeId(2);
const ELECTION: TimerId = TimerId(0);
const CHECK_QUORUM: TimerId = TimerId(2);

/// A replica with a clock and a disk that is always done.
struct Bench {
    raft: Raft,
    out: Outbox<Message, Record>,
    now: i64,
    done: WriteId,
}

/// What one input brought about.
struct Got {
    sent: Vec<(NodeId, Message, Option<WriteId>)>,
    replies: Vec<Answer>,
    rules: Vec<&'static str>,
    writes: Vec<Record>,
    armed: Vec<TimerId>,
}

impl Got {
    fn says(&self, rule: &str) -> bool {
        self.rules.contains(&rule)
    }
}

fn bench(set: &[(&str, &str)], n: usize, epochs: &[u64]) -> Bench {
    let mut options = Options::default();
    for (name, value) in set {
        options
            .set(Raft::ABOUT.options, name, value)
            .expect("an option");
    }
    let config: Arc<Config> = Arc::new(Raft::configure(&options, n).expect("a configuration"));
    let log = epochs.iter().map(|epoch| Entry::noop(*epoch)).collect();
    let term = epochs.last().copied().unwrap_or(0);
    let raft = Raft::start(
        &config,
        S1,
        &Disk {
            term,
            vote: None,
            log,
            ..Disk::default()
        },
    );
    let mut bench = Bench {
        raft,
        out: Outbox::default(),
        now: 0,
        done: WriteId(0),
    };
    bench.feed(Input::Start);
    bench
}

impl Bench {
    fn feed(&mut self, input: Input<Message>) -> Got {
        self.raft.mark_clean();
        self.raft.step(input, LocalTime(self.now), &mut self.out);
        let mut got = Got {
            sent: Vec::new(),
            replies: Vec::new(),
            rules: Vec::new(),
            writes: Vec::new(),
            armed: Vec::new(),
        };
        for note in self.out.notes.drain(..) {
            got.rules.push(Raft::ABOUT.rules[usize::from(note.rule)].id);
        }
        for effect in self.out.effects.drain(..) {
            match effect {
                Effect::Send { to, message, after } => got.sent.push((to, message, after)),
                Effect::Reply { answer, .. } => got.replies.push(answer),
                Effect::Write { record, .. } => got.writes.push(record),
                Effect::Arm { timer, .. } => got.armed.push(timer),
                _ => {}
            }
        }
        got
    }

    /// Feeds an input, and then that everything written is durable.
    fn settle(&mut self, input: Input<Message>) -> Got {
        let mut got = self.feed(input);
        if self.out.last_write > self.done {
            self.done = self.out.last_write;
            let more = self.feed(Input::Durable(self.done));
            got.sent.extend(more.sent);
            got.rules.extend(more.rules);
            got.replies.extend(more.replies);
        }
        got
    }

    fn hears(&mut self, from: NodeId, message: Message) -> Got {
        self.settle(Input::Message { from, message })
    }

    fn vote_request(&mut self, from: NodeId, term: u64, last_term: u64, last_index: u64) -> Got {
        self.hears(
            from,
            Message::RequestVote {
                term,
                last_index,
                last_term,
                transfer: false,
            },
        )
    }

    fn heartbeat(&mut self, from: NodeId, term: u64) -> Got {
        let append = Message::Append {
            term,
            prev_index: 0,
            prev_term: 0,
            entries: Default::default(),
            commit: 0,
        };
        self.hears(from, append)
    }

    /// Makes S1 the leader of the next term, with S2's vote.
    fn elect(&mut self) -> Got {
        self.settle(Input::Timer(ELECTION));
        let term = self.raft.probe().epoch;
        self.hears(
            S2,
            Message::Vote {
                term,
                granted: true,
            },
        )
    }
}

fn granted(got: &Got) -> bool {
    got.sent
        .iter()
        .any(|(_, message, _)| matches!(message, Message::Vote { granted: true, .. }))
}

/// §5.2: "each server will vote for at most one candidate in a given term".
#[test]
fn one_vote_a_term() {
    let mut s1 = bench(&[], 5, &[]);
    assert!(granted(&s1.vote_request(S2, 1, 0, 0)));
    let again = s1.vote_request(S3, 1, 0, 0);
    assert!(!granted(&again) && again.says("vote.refused.voted"));
    assert!(
        granted(&s1.vote_request(S2, 1, 0, 0)),
        "a repeated request gets the same answer"
    );
    assert!(
        granted(&s1.vote_request(S3, 2, 0, 0)),
        "a later term is a new vote"
    );
}

/// Figure 2: a vote is on stable storage before its answer leaves.
#[test]
fn an_answer_waits_for_the_vote_to_be_durable() {
    let mut s1 = bench(&[], 5, &[]);
    let ask = Message::RequestVote {
        term: 1,
        last_index: 0,
        last_term: 0,
        transfer: false,
    };
    let got = s1.feed(Input::Message {
        from: S2,
        message: ask.clone(),
    });
    let last = s1.out.last_write;
    assert_eq!(
        got.writes.last(),
        Some(&Record::Hard {
            term: 1,
            vote: Some(S2)
        })
    );
    assert_eq!(got.sent[0].2, Some(last));
    let mut hasty = bench(&[("persist_vote_before_reply", "false")], 5, &[]);
    let got = hasty.feed(Input::Message {
        from: S2,
        message: ask,
    });
    assert_eq!(got.sent[0].2, None);
}

/// §5.4.1: the later last term is more up to date; with equal terms, the longer log.
#[test]
fn votes_go_to_logs_that_are_up_to_date() {
    let check = |own: &[u64], last_term: u64, last_index: u64, expect: bool| {
        let got = bench(&[], 5, own).vote_request(S2, 9, last_term, last_index);
        assert_eq!(
            granted(&got),
            expect,
            "{own:?} against ({last_term},{last_index})"
        );
        assert_eq!(got.says("vote.refused.log"), !expect);
    };
    check(&[], 0, 0, true);
    check(&[1], 1, 1, true);
    check(&[1], 1, 2, true);
    check(&[1, 1], 1, 1, false);
    check(&[1, 2], 1, 9, false);
    check(&[1, 1, 1], 2, 1, true);
    let mut careless = bench(&[("election_restriction", "false")], 5, &[1, 2]);
    assert!(granted(&careless.vote_request(S2, 9, 1, 1)));
}

/// §5.1: a message of an earlier term is refused, one of a later term makes a follower.
#[test]
fn terms_are_a_logical_clock() {
    let mut s1 = bench(&[], 5, &[1, 2]);
    let stale = s1.vote_request(S2, 1, 9, 9);
    assert!(!granted(&stale) && stale.says("vote.refused.term"));
    assert!(s1.heartbeat(S2, 1).says("append.refused.stale"));
    s1.settle(Input::Timer(ELECTION));
    assert_eq!(s1.raft.describe().role, "candidate");
    assert!(s1.heartbeat(S3, 7).says("higher_term"));
    assert_eq!(
        (s1.raft.describe().role, s1.raft.probe().epoch),
        ("follower", 7)
    );
}

/// §5.2: a candidate that hears from the leader of its term returns to follower.
#[test]
fn a_candidate_yields_to_the_leader_of_its_term() {
    let mut s1 = bench(&[], 5, &[]);
    s1.settle(Input::Timer(ELECTION));
    let got = s1.heartbeat(S2, 1);
    assert!(got.says("leader_found"));
    assert_eq!(s1.raft.describe().leader, Some(S2));
    assert!(
        !granted(&s1.vote_request(S3, 1, 0, 0)),
        "its vote in this term was for itself"
    );
}

/// §5.2: a vote is final within its term; the mistake forgets it on stepping down.
#[test]
fn a_vote_outlives_the_candidacy_that_it_was_for() {
    let second_vote = |set: &[(&str, &str)]| {
        let mut s1 = bench(set, 5, &[]);
        s1.settle(Input::Timer(ELECTION));
        s1.heartbeat(S2, 1);
        granted(&s1.vote_request(S3, 1, 0, 0))
    };
    assert!(!second_vote(&[]));
    assert!(second_vote(&[("keep_vote_within_term", "false")]));
}

/// §5.2: a refused vote does not put off the voter's own election; a granted one does.
#[test]
fn only_a_granted_vote_restarts_the_timer() {
    let mut s1 = bench(&[], 5, &[1, 2]);
    assert!(!s1.vote_request(S2, 3, 1, 1).armed.contains(&ELECTION));
    assert!(s1.vote_request(S3, 3, 2, 2).armed.contains(&ELECTION));
    let mut lazy = bench(&[("reset_timer_only_on_grant", "false")], 5, &[1, 2]);
    assert!(lazy.vote_request(S2, 3, 1, 1).armed.contains(&ELECTION));
}

/// §5.3: nextIndex starts after the leader's last entry, before the no-op is added, so the first
/// message carries the no-op. With no_op off it is an empty message.
#[test]
fn a_leader_begins_after_its_last_entry() {
    let mut s1 = bench(&[], 3, &[1, 1]);
    let got = s1.elect();
    assert!(got.says("elected") && got.says("noop_appended"));
    for (_, message, _) in &got.sent {
        let Message::Append {
            prev_index,
            prev_term,
            entries,
            ..
        } = message
        else {
            panic!("{message:?}")
        };
        assert_eq!((*prev_index, *prev_term, entries.len()), (2, 1, 1));
    }
    let mut bare = bench(&[("noop_on_election", "false")], 3, &[1, 1]);
    let got = bare.elect();
    assert!(
        got.sent
            .iter()
            .all(|(_, message, _)| Raft::kind(message) == 6),
        "heartbeats"
    );
}

/// §5.3: the leader never overwrites its log; a follower removes what conflicts, and only that.
#[test]
fn entries_that_conflict_go_and_old_messages_harm_nothing() {
    let append = |prev_index: u64, prev_term: u64, epochs: &[u64]| Message::Append {
        term: 9,
        prev_index,
        prev_term,
        entries: epochs.iter().map(|epoch| Entry::noop(*epoch)).collect(),
        commit: 0,
    };
    let epochs = |s1: &Bench| -> Vec<u64> {
        s1.raft
            .log()
            .expect("a log")
            .iter()
            .map(|(_, entry)| entry.epoch)
            .collect()
    };
    let mut s1 = bench(&[], 5, &[1, 1, 2, 2, 2]);
    assert!(s1.hears(S2, append(2, 1, &[3, 3])).says("conflict_removed"));
    assert_eq!(epochs(&s1), [1, 1, 3, 3]);
    let old = s1.hears(S2, append(2, 1, &[3]));
    assert!(
        old.says("append.held"),
        "a shorter, older message removes nothing"
    );
    assert_eq!(epochs(&s1), [1, 1, 3, 3]);
    assert!(
        s1.hears(S2, append(9, 3, &[4]))
            .says("append.refused.missing")
    );
    assert!(
        s1.hears(S2, append(4, 2, &[4]))
            .says("append.refused.conflict")
    );
    assert_eq!(epochs(&s1), [1, 1, 3, 3]);
}

/// §5.4.2: an entry of an older term is not committed by counting, but with one of its own term.
#[test]
fn only_entries_of_the_current_term_commit_by_counting() {
    let acknowledged = |set: &[(&str, &str)]| {
        let mut s1 = bench(
            &[&[("noop_on_election", "false")], set].concat(),
            3,
            &[1, 2],
        );
        s1.elect();
        let reply = |prev_index, index| Message::Appended(Appended::matched(3, prev_index, index));
        let got = s1.hears(S2, reply(2, 2));
        let counted = s1.raft.probe().decided;
        let op = Op::Put {
            key: "x".into(),
            value: "1".into(),
        };
        s1.settle(Input::Request(Arc::new(Command::new(ClientId(0), 1, op))));
        let last = s1.hears(S2, reply(2, 3));
        (
            got.says("commit.blocked"),
            counted,
            last.says("committed"),
            s1.raft.probe().decided,
        )
    };
    assert_eq!(acknowledged(&[]), (true, 0, true, 3));
    assert_eq!(
        acknowledged(&[("commit_only_current_term", "false")]),
        (false, 2, true, 3)
    );
}

/// Ongaro §9.6: a pre-vote changes neither term nor vote, and is refused while a leader is near.
#[test]
fn a_pre_vote_disturbs_nobody() {
    let mut s1 = bench(&[("pre_vote", "true")], 3, &[1]);
    let asked = s1.settle(Input::Timer(ELECTION));
    assert!(asked.says("pre_campaigned"));
    assert_eq!(
        (s1.raft.probe().epoch, s1.raft.describe().role),
        (1, "pre_candidate")
    );
    let yes = Message::PreVoteReply {
        term: 1,
        proposed: 2,
        granted: true,
    };
    assert!(s1.hears(S2, yes).says("campaigned"));
    assert_eq!(s1.raft.probe().epoch, 2);

    let ask = Message::PreVote {
        term: 8,
        last_index: 9,
        last_term: 9,
    };
    let mut s1 = bench(&[("pre_vote", "true")], 3, &[1]);
    s1.heartbeat(S2, 1);
    s1.now += 100_000;
    assert!(s1.hears(S3, ask.clone()).says("pre_vote.refused.leader"));
    s1.now += 100_000;
    assert!(s1.hears(S3, ask).says("pre_vote.granted"));
    assert_eq!(s1.raft.probe().epoch, 1);
}

/// Ongaro §6.2, §4.2.3: a leader without a quorum steps down within its term and keeps its vote; a
/// server that hears its leader does not look at a candidate's term, unless the leader asked.
#[test]
fn check_quorum_steps_down_within_the_term() {
    let mut s1 = bench(&[("check_quorum", "true")], 3, &[]);
    s1.elect();
    assert!(s1.settle(Input::Timer(CHECK_QUORUM)).says("quorum.lost"));
    assert_eq!(
        (s1.raft.describe().role, s1.raft.probe().epoch),
        ("follower", 1)
    );
    assert!(
        !granted(&s1.vote_request(S3, 1, 9, 9)),
        "its vote in term 1 stands"
    );

    let mut s1 = bench(&[("check_quorum", "true")], 3, &[]);
    s1.heartbeat(S2, 1);
    assert!(s1.vote_request(S3, 5, 9, 9).says("vote.ignored.lease"));
    assert_eq!(s1.raft.probe().epoch, 1);
    let asked = Message::RequestVote {
        term: 5,
        last_index: 9,
        last_term: 9,
        transfer: true,
    };
    assert!(granted(&s1.hears(S3, asked)));
}

/// Ongaro §3.10: the target is told to time out once it holds the log; commands wait elsewhere.
#[test]
fn leadership_is_handed_over() {
    let mut s1 = bench(&[], 3, &[]);
    s1.elect();
    let started = s1.settle(Input::Operator(Operator::Transfer(S3)));
    assert!(started.says("transfer.started") && !started.says("transfer.sent"));
    let op = Op::Get { key: "x".into() };
    let busy = s1.settle(Input::Request(Arc::new(Command::new(ClientId(0), 1, op))));
    assert!(busy.says("transfer.busy"));
    let matched = Message::Appended(Appended::matched(1, 0, 1));
    let sent = s1.hears(S3, matched);
    assert!(sent.says("transfer.sent"));
    assert!(
        sent.sent
            .iter()
            .any(|(to, m, _)| *to == S3 && *m == Message::TimeoutNow { term: 1 })
    );
    let mut target = bench(&[("pre_vote", "true")], 3, &[]);
    let got = target.hears(S2, Message::TimeoutNow { term: 0 });
    assert!(
        got.says("transfer.taken") && got.says("campaigned"),
        "it asks no pre-vote"
    );
}

/// Ongaro §6.2, §6.3: others name the leader; a repeated command gets its first answer.
#[test]
fn clients_are_sent_to_the_leader_and_answered_once() {
    let op = Op::Append {
        key: "x".into(),
        value: "a".into(),
    };
    let command = Arc::new(Command::new(ClientId(0), 1, op));
    let mut s1 = bench(&[], 3, &[]);
    let lost = s1.settle(Input::Request(command.clone()));
    assert_eq!(lost.replies, [Answer::NotLeader { hint: None }]);
    s1.heartbeat(S2, 1);
    let sent = s1.settle(Input::Request(command.clone()));
    assert_eq!(sent.replies, [Answer::NotLeader { hint: Some(S2) }]);

    let mut s1 = bench(&[], 1, &[]);
    s1.settle(Input::Timer(ELECTION));
    let first = s1.settle(Input::Request(command.clone()));
    let again = s1.settle(Input::Request(command));
    assert!(matches!(first.replies[..], [Answer::Applied { .. }]));
    assert!(again.says("answered_again"));
    assert_eq!(first.replies, again.replies);
    assert_eq!(
        s1.raft.store().and_then(|store| store.get("x").cloned()),
        Some("a".into())
    );
}
