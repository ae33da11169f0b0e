//! Quorum systems, against brute force over every subset and against the literature's figures.

use synod_protocols::{NodeId, NodeSet, Quorum};

/// Every subset of the first n servers.
fn subsets(n: usize) -> impl Iterator<Item = NodeSet> {
    (0..1u128 << n).map(NodeSet)
}

fn without(set: NodeSet, node: NodeId) -> NodeSet {
    set.minus(NodeSet::only(node))
}

/// Every system over n servers that is looked at, with a name for messages.
fn systems(n: usize) -> Vec<(String, Quorum)> {
    let members = NodeSet::first(n);
    let mut all = vec![
        ("majority".to_string(), Quorum::Majority { members }),
        ("byzantine".to_string(), Quorum::Byzantine { members }),
    ];
    for size in 1..=n {
        let quorum = Quorum::Threshold { members, size };
        all.push((format!("{size} of {n}"), quorum));
    }
    let shapes: [&dyn Fn(usize) -> u32; 5] = [
        &|_| 1,
        &|k| k as u32 + 1,
        &|k| if k == 0 { n as u32 } else { 1 },
        &|k| [3, 1, 2][k % 3],
        &|k| u32::from(k % 2 == 0),
    ];
    for (number, weight) in shapes.iter().enumerate() {
        let weights = (0..n).map(weight).collect();
        all.push((
            format!("weights {number}"),
            Quorum::Weighted { members, weights },
        ));
    }
    for columns in (1..=n).filter(|columns| n.is_multiple_of(*columns)) {
        all.push((
            format!("grid of {columns} columns"),
            Quorum::Grid { members, columns },
        ));
        all.push((
            format!("rows of {columns} columns"),
            Quorum::Row { members, columns },
        ));
        all.push((
            format!("{columns} columns"),
            Quorum::Column { members, columns },
        ));
    }
    if n >= 3 {
        let old = Quorum::Majority {
            members: NodeSet::first(n - 1),
        };
        let new = Quorum::Majority {
            members: members.minus(NodeSet::only(NodeId(0))),
        };
        all.push((
            "joint".into(),
            Quorum::Joint {
                old: Box::new(old),
                new: Box::new(new),
            },
        ));
    }
    all
}

#[test]
fn the_listed_minimal_quorums_are_those_that_brute_force_finds() {
    for n in 1..=9 {
        for (name, quorum) in systems(n) {
            let minimal = |set: &NodeSet| {
                let fewer = |node| quorum.is_quorum(without(*set, node));
                quorum.is_quorum(*set) && !set.iter().any(fewer)
            };
            let mut brute: Vec<NodeSet> = subsets(n).filter(minimal).collect();
            brute.sort_unstable();
            let listed = quorum.minimal();
            assert!(listed.complete, "{name}");
            assert_eq!(listed.quorums, brute, "{name}, n = {n}");
        }
    }
}

#[test]
fn what_is_missing_is_the_fewest_that_would_do() {
    for n in 1..=7 {
        for (name, quorum) in systems(n) {
            for set in subsets(n) {
                let completes = |more: &NodeSet| quorum.is_quorum(set.union(*more));
                let fewest = subsets(n)
                    .filter(|more| more.intersection(set).is_empty())
                    .filter(completes)
                    .map(NodeSet::len)
                    .min();
                assert_eq!(quorum.missing(set), fewest, "{name}, n = {n}, {set}");
            }
        }
    }
}

#[test]
fn meetings_and_crashes_are_those_that_brute_force_finds() {
    for n in 1..=6 {
        for (name, one) in systems(n) {
            let stops = |gone: &NodeSet| !one.is_quorum(NodeSet::first(n).minus(*gone));
            let crashes = subsets(n).filter(stops).map(NodeSet::len).min();
            assert_eq!(one.crashes_that_stop(), crashes, "{name}, n = {n}");
            for (other_name, other) in systems(n) {
                let pairs = subsets(n)
                    .filter(|set| one.is_quorum(*set))
                    .flat_map(|a| subsets(n).map(move |b| (a, b)))
                    .filter(|(_, b)| other.is_quorum(*b));
                let fewest = pairs.map(|(a, b)| a.intersection(b).len()).min();
                let what = format!("{name} and {other_name}, n = {n}");
                assert_eq!(one.fewest_in_common(&other), fewest, "{what}");
                if let Some(found) = one.analyse(&other) {
                    let (a, b) = found.pair;
                    assert!(one.is_quorum(a) && other.is_quorum(b), "{what}");
                    assert_eq!(Some(a.intersection(b).len()), fewest, "{what}");
                }
            }
        }
    }
}

/// n = 2f+1 with quorum f+1; four servers tolerate one failure, as three do (Raft §5.1).
#[test]
fn majorities_meet() {
    for n in 1..=15 {
        let majority = Quorum::majority(n);
        assert_eq!(majority.smallest(), Some(n / 2 + 1));
        let meeting = if n % 2 == 1 { 1 } else { 2 };
        assert_eq!(majority.fewest_in_common(&majority), Some(meeting));
        assert_eq!(majority.crashes_that_stop(), Some(n.div_ceil(2)));
    }
}

/// n = 3f+1 with quorum 2f+1: two quorums share at least f+1 (PBFT, OSDI 1999, §4).
#[test]
fn byzantine_quorums_share_an_honest_node() {
    for f in 1..=33 {
        let quorum = Quorum::Byzantine {
            members: NodeSet::first(3 * f + 1),
        };
        assert_eq!(quorum.smallest(), Some(2 * f + 1));
        assert_eq!(quorum.fewest_in_common(&quorum), Some(f + 1));
    }
}

/// Flexible Paxos §4: |Q1| + |Q2| > n is enough; and rows meet columns (§5.2).
#[test]
fn flexible_quorums_meet_when_their_sizes_exceed_n() {
    let members = NodeSet::first(5);
    let of = |size| Quorum::Threshold { members, size };
    for (a, b) in [(5, 1), (4, 2), (3, 3), (2, 4)] {
        assert_eq!(of(a).fewest_in_common(&of(b)), Some(1), "{a}+{b}");
    }
    assert_eq!(of(2).fewest_in_common(&of(3)), Some(0));
    let members = NodeSet::first(6);
    let (row, column) = (
        Quorum::Row {
            members,
            columns: 3,
        },
        Quorum::Column {
            members,
            columns: 3,
        },
    );
    assert_eq!(row.fewest_in_common(&column), Some(1));
    assert_eq!(row.fewest_in_common(&row), Some(0));
}

/// With one member that weighs as much as all others together and one more, it decides alone.
#[test]
fn weights_can_make_one_server_a_quorum() {
    let quorum = Quorum::Weighted {
        members: NodeSet::first(3),
        weights: vec![3, 1, 1],
    };
    assert_eq!(quorum.minimal().quorums, [NodeSet::only(NodeId(0))]);
    assert_eq!(quorum.crashes_that_stop(), Some(1));
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let listed = Quorum::majority(40).minimal();
    assert!(!listed.complete && listed.quorums.len() == 20_000);
}
