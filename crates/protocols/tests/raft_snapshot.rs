//! Raft's snapshots, each test beside its section: a single server is fed inputs, and its effects
//! and notes are read.

mod bench;

use bench::{S2, S3};
use std::sync::Arc;
use synod_protocols::raft::{AppendResult, Appended, Message, Raft};
use synod_protocols::{
    ClientId, Command, Entry, Input, Membership, NodeSet, Op, Payload, Store, TimerId,
};

const ELECTION: TimerId = TimerId(0);
const HEARTBEAT: TimerId = TimerId(1);

type Bench = bench::Bench<Raft>;

/// S1 of three, with a snapshot after so many entries.
fn bench(every: &str) -> Bench {
    Bench::new(3, &[("snapshot_every", every)])
}

impl Bench {
    /// S1 leads term 1 with S2's vote, and S2 has stored its no-op and so many commands.
    fn lead(&mut self, commands: u64) {
        self.feed(Input::Timer(ELECTION));
        let granted = true;
        self.hear(S2, Message::Vote { term: 1, granted });
        self.hear(S2, Message::Appended(Appended::matched(1, 0, 1)));
        for seq in 1..=commands {
            self.request(put(seq));
            let reply = Appended::matched(1, seq, seq + 1);
            self.hear(S2, Message::Appended(reply));
        }
    }
}

fn put(seq: u64) -> Arc<Command> {
    let op = Op::Put {
        key: "x".into(),
        value: seq.to_string().into(),
    };
    Arc::new(Command::new(ClientId(0), seq, op))
}

/// Entries of term 1 after `prev`, up to and with `last`.
fn append(prev: u64, last: u64, commit: u64) -> Message {
    let entry = |index| Entry {
        epoch: 1,
        payload: Payload::Command(put(index)),
    };
    Message::Append {
        term: 1,
        prev_index: prev,
        prev_term: u64::from(prev > 0),
        entries: (prev + 1..=last).map(entry).collect(),
        commit,
    }
}

fn snapshot(term: u64, index: u64, last_term: u64, value: u64) -> Message {
    let mut store = Store::default();
    store.apply(&put(value), true);
    Message::InstallSnapshot {
        term,
        last_index: index,
        last_term,
        store,
        members: Arc::new(Membership::of(NodeSet::first(3))),
    }
}

/// §7: the snapshot stands for the log up to an index, and is where a restart begins. Its last
/// index and term are kept for the consistency check.
#[test]
fn a_snapshot_stands_for_the_log() {
    let mut s1 = bench("2");
    let got = s1.hear(S2, append(0, 3, 2));
    assert!(got.says("snapshot.taken"));
    assert_eq!((got.decided.as_slice(), s1.log()), (&[1, 2][..], (2, 3)));
    let got = s1.restart();
    assert_eq!(got.rules, ["started.snapshot"]);
    assert_eq!((s1.decided(), s1.x().as_deref()), (2, Some("2")));
    assert!(s1.hear(S2, append(2, 4, 2)).says("append.accepted"));
    let got = s1.hear(
        S2,
        Message::Vote {
            term: 1,
            granted: true,
        },
    );
    assert!(got.says("vote.late"));
    let mut other = bench("0");
    assert!(!other.hear(S2, append(0, 3, 3)).says("snapshot.taken"));
    assert_eq!(other.log(), (0, 3));
}

/// §5.3 at the snapshot's edge: what is in the snapshot agrees with every leader's log, and what
/// follows it is compared with its last term.
#[test]
fn the_consistency_check_holds_at_the_edge() {
    let mut s1 = bench("2");
    s1.hear(S2, append(0, 2, 2));
    assert_eq!(s1.log(), (2, 2));
    let got = s1.hear(S2, append(0, 1, 1));
    assert!(got.says("append.held"));
    assert!(
        got.sent
            .contains(&(S2, Message::Appended(Appended::matched(1, 0, 1))))
    );
    assert!(s1.hear(S2, append(1, 3, 2)).says("append.accepted"));
    assert_eq!(s1.log(), (2, 3));
    let wrong = Message::Append {
        term: 3,
        prev_index: 3,
        prev_term: 2,
        entries: Default::default(),
        commit: 2,
    };
    assert!(s1.hear(S2, wrong).says("append.refused.conflict"));
}

/// §7: the leader sends its snapshot once it has discarded the next entry that a follower needs;
/// and nothing else until that is answered, or a later heartbeat is refused.
#[test]
fn a_follower_whose_entries_are_gone_is_sent_a_snapshot() {
    let mut s1 = bench("4");
    s1.lead(3);
    assert_eq!(s1.log(), (4, 4));
    let late = Message::Appended(Appended {
        term: 1,
        prev_index: 0,
        heartbeat: false,
        result: AppendResult::Matched(1),
    });
    let got = s1.hear(S3, late);
    assert!(got.says("snapshot.sent"));
    assert_eq!(got.kinds(S3), ["InstallSnapshot"]);
    let got = s1.request(put(4));
    assert_eq!(got.kinds(S3), [""; 0]);
    // A heartbeat's time: it asks from behind the snapshot on.
    let got = s1.feed(Input::Timer(HEARTBEAT));
    assert_eq!(got.kinds(S3), ["AppendEntries"]);
    let refused = Message::Appended(Appended {
        term: 1,
        prev_index: 4,
        heartbeat: false,
        result: AppendResult::Refused {
            conflict_term: 0,
            conflict_index: 2,
        },
    });
    assert_eq!(s1.hear(S3, refused).kinds(S3), ["InstallSnapshot"]);
    let got = s1.hear(S3, Message::Installed { term: 1, index: 4 });
    assert!(got.says("match.counted"));
    assert_eq!(got.kinds(S3), ["AppendEntries"]);
    let got = s1.hear(S3, Message::Installed { term: 0, index: 4 });
    assert_eq!(got.rules, ["reply.late"]);
}

/// Figure 13, steps 6 to 8: a log that lacks the snapshot's last entry goes as a whole; a suffix
/// behind the same entry stays.
#[test]
fn a_snapshot_replaces_a_log_or_its_beginning() {
    let mut s1 = bench("0");
    s1.hear(S2, append(0, 2, 1));
    let got = s1.hear(S3, snapshot(2, 5, 2, 9));
    assert!(got.says("snapshot.installed"));
    assert_eq!((s1.log(), s1.x().as_deref()), ((5, 5), Some("9")));
    assert_eq!((s1.disk.log.gone(), s1.decided()), (5, 5));
    let at = got
        .kinds(S3)
        .iter()
        .position(|kind| *kind == "InstallSnapshotReply");
    let at = at.expect("an answer");
    assert!(got.after[at].is_some(), "it waits for the disk");

    let mut s1 = bench("0");
    s1.hear(S2, append(0, 4, 1));
    let got = s1.hear(S2, snapshot(1, 3, 1, 3));
    assert!(got.says("snapshot.kept_suffix"));
    assert_eq!((s1.log(), s1.decided()), ((3, 4), 3));
    assert_eq!((s1.disk.log.gone(), s1.disk.log.last_index()), (3, 4));

    // The same index of another term is another entry.
    let mut s1 = bench("0");
    s1.hear(S2, append(0, 4, 1));
    let got = s1.hear(S3, snapshot(2, 3, 2, 3));
    assert!(got.says("snapshot.installed"));
    assert_eq!(s1.log(), (3, 3));
}

/// §5.1 and §7: an old term is refused, and an old snapshot changes nothing.
#[test]
fn old_snapshots_change_nothing() {
    let mut s1 = bench("0");
    s1.hear(S2, append(0, 3, 3));
    let got = s1.hear(S2, snapshot(1, 2, 1, 9));
    assert!(got.says("snapshot.held"));
    assert_eq!((s1.log(), s1.x().as_deref()), ((0, 3), Some("3")));
    let answer = Message::Installed { term: 1, index: 2 };
    assert!(got.sent.contains(&(S2, answer)));
    let got = s1.hear(S3, snapshot(0, 7, 0, 9));
    assert_eq!(got.rules, ["snapshot.refused.stale"]);
    assert_eq!(got.sent, [(S3, Message::Installed { term: 1, index: 0 })]);
}

/// §8 with §7: sessions are in the snapshot, so that a retry is not applied again after it.
#[test]
fn a_snapshot_remembers_what_was_answered() {
    let mut s1 = bench("2");
    s1.hear(S2, append(0, 2, 2));
    s1.restart();
    let mut again = append(2, 3, 3);
    if let Message::Append { entries, .. } = &mut again {
        entries[0].payload = Payload::Command(put(2));
    }
    assert!(s1.hear(S2, again).says("applied.again"));
}
