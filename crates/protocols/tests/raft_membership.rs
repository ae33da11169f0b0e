//! Changes of a cluster of Raft, each test beside its section: S1 of five is fed inputs, and its
//! effects and notes are read.

mod bench;

use bench::{S2, S3};
use std::sync::Arc;
use synod_protocols::raft::{Appended, Message, Raft};
use synod_protocols::{
    Entry, Input, Membership, NodeId, NodeSet, Operator, Payload, Protocol, TimerId,
};

const S4: NodeId = NodeId(3);
const ELECTION: TimerId = TimerId(0);

type Bench = bench::Bench<Raft>;
type Got = bench::Got<Raft>;

/// Of five servers the first three are members, unless it is set otherwise.
fn bench(set: &[(&str, &str)]) -> Bench {
    Bench::new(5, &[&[("members", "S1 S2 S3")], set].concat())
}

impl Bench {
    /// A follower stores S1's log up to an index in term 1.
    fn stored(&mut self, from: NodeId, index: u64) -> Got {
        let reply = Appended::matched(1, index - 1, index);
        self.hear(from, Message::Appended(reply))
    }

    /// S1 leads term 1 with S2's vote; its no-op at index 1 is not committed yet.
    fn elect(&mut self) {
        self.feed(Input::Timer(ELECTION));
        let granted = true;
        let got = self.hear(S2, Message::Vote { term: 1, granted });
        assert!(got.says("elected"), "{:?}", got.rules);
    }

    fn change(&mut self, to: &[usize]) -> Got {
        let members = set(to);
        self.feed(Input::Operator(Operator::Reconfigure { members }))
    }
}

fn set(nodes: &[usize]) -> NodeSet {
    nodes.iter().map(|node| NodeId::at(node - 1)).collect()
}

fn members(old: Option<&[usize]>, new: &[usize]) -> Option<Payload> {
    let (old, new) = (old.map(set), set(new));
    Some(Payload::Members(Arc::new(Membership { old, new })))
}

/// §6: the joint configuration needs both majorities; once it is committed, the new one follows.
#[test]
fn a_joint_change_needs_both_majorities() {
    let mut s1 = bench(&[]);
    s1.elect();
    s1.stored(S2, 1);
    assert!(s1.change(&[1, 4, 5]).says("change.learners"));
    s1.stored(S4, 1);
    let got = s1.stored(NodeId(4), 1);
    assert!(got.says("change.caught_up") && got.says("change.joint"));
    assert_eq!(s1.last(), members(Some(&[1, 2, 3]), &[1, 4, 5]));
    s1.stored(S4, 2);
    assert_eq!(s1.decided(), 1, "a majority of the new alone");
    assert!(s1.change(&[1, 2]).says("change.refused.busy"));
    let got = s1.stored(S2, 2);
    assert_eq!(s1.decided(), 2);
    assert!(got.says("change.new"));
    assert_eq!(s1.last(), members(None, &[1, 4, 5]));
    s1.stored(S4, 3);
    assert_eq!(s1.decided(), 3, "the new alone decides");
}

/// Ongaro §4.2.1: a new server has no vote and does not count until it has caught up.
#[test]
fn a_learner_does_not_count() {
    let mut s1 = bench(&[("joint_consensus", "false")]);
    s1.elect();
    s1.stored(S2, 1);
    let got = s1.change(&[1, 2, 3, 4]);
    assert_eq!((got.says("change.learners"), got.to()), (true, vec![S4]));
    assert_eq!(s1.last(), Some(Payload::Noop));
    let got = s1.stored(S4, 1);
    assert!(got.says("change.single"));
    s1.stored(S2, 2);
    assert_eq!(s1.decided(), 1, "two of four are none of their majorities");
    s1.stored(S4, 2);
    assert_eq!(s1.decided(), 2);

    // A change that waits for a server which never comes gives way to the next.
    let mut s1 = bench(&[("joint_consensus", "false")]);
    s1.elect();
    s1.stored(S2, 1);
    s1.change(&[1, 2, 3, 4]);
    assert!(s1.change(&[1, 2]).says("change.single"));
    s1.stored(S4, 1);
    assert_eq!(s1.last(), members(None, &[1, 2]));
}

/// Ongaro §4.1: one server at a time, and not two changes at once; and, as Ongaro found later,
/// not before an entry of the leader's term is committed.
#[test]
fn single_changes_are_refused_until_they_are_safe() {
    let mut s1 = bench(&[("joint_consensus", "false")]);
    assert!(s1.change(&[1, 2]).says("change.refused.follower"));
    s1.elect();
    assert!(s1.change(&[1, 2, 3]).says("change.refused.same"));
    assert!(s1.change(&[1, 2]).says("change.refused.term"));
    s1.stored(S2, 1);
    assert!(s1.change(&[1, 2, 3, 4, 5]).says("change.refused.many"));
    assert!(s1.change(&[1, 2]).says("change.single"));
    assert!(s1.change(&[1, 2, 3]).says("change.refused.busy"));
    let hasty = [
        ("joint_consensus", "false"),
        ("own_term_before_change", "false"),
    ];
    let mut s1 = bench(&hasty);
    s1.elect();
    assert!(s1.change(&[1, 2]).says("change.single"));
    let mut s1 = bench(&[("change_one_at_a_time_or_jointly", "false")]);
    s1.elect();
    assert!(s1.change(&[1]).says("change.at_once"));
}

/// §6, Ongaro §4.2.2: a leader that is removed does not count itself, leads until that is
/// committed, and does not stand again.
#[test]
fn a_leader_that_is_removed_leads_to_the_end() {
    let mut s1 = bench(&[("joint_consensus", "false")]);
    s1.elect();
    s1.stored(S2, 1);
    assert!(s1.change(&[2, 3]).says("change.single"));
    s1.stored(S2, 2);
    assert_eq!(s1.decided(), 1, "it is no member, and does not count");
    let got = s1.stored(S3, 2);
    assert!(got.says("change.leader_left"));
    assert_eq!(s1.server.describe().role, "follower");
    let got = s1.feed(Input::Timer(ELECTION));
    assert!(got.says("change.not_a_member") && got.sent.is_empty());
}

/// §6: the latest configuration in the log counts, committed or not, and goes with its entry.
#[test]
fn a_configuration_goes_with_its_entry() {
    let mut s1 = bench(&[]);
    let append = |term, entry| Message::Append {
        term,
        prev_index: 0,
        prev_term: 0,
        entries: std::iter::once(entry).collect(),
        commit: 0,
    };
    let payload = members(None, &[2, 3]).expect("members");
    s1.hear(S2, append(1, Entry { epoch: 1, payload }));
    assert!(s1.feed(Input::Timer(ELECTION)).says("change.not_a_member"));
    s1.hear(S3, append(2, Entry::noop(2)));
    let got = s1.feed(Input::Timer(ELECTION));
    assert_eq!((got.says("campaigned"), got.to()), (true, vec![S2, S3]));
}

/// §7: a snapshot holds the latest configuration up to its end.
#[test]
fn a_snapshot_holds_the_configuration() {
    let mut s1 = bench(&[("joint_consensus", "false"), ("snapshot_every", "2")]);
    s1.elect();
    s1.stored(S2, 1);
    s1.change(&[1, 2]);
    assert!(s1.stored(S2, 2).says("snapshot.taken"));
    let expected = Some(Arc::new(Membership::of(set(&[1, 2]))));
    assert_eq!((s1.disk.log.gone(), &s1.disk.members), (2, &expected));
}
