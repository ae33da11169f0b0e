//! The numbers of states that tlaplus/Examples and a breadth-first check of the same specification
//! give for Lamport's Paxos.tla, reached by our replicas.

mod common;

use synod_check::search::{Found, Search};
use synod_protocols::replica::Bounds;
use synod_protocols::{Options, registry};

fn search(acceptors: usize, values: usize, ballots: usize, set: &[(&str, &str)]) -> Found {
    let about = registry::about("paxos").expect("it is registered");
    let mut options = Options::default();
    for (name, value) in set {
        options.set(about.options, name, value).expect("an option");
    }
    let search = Search {
        protocol: "paxos".into(),
        bounds: Bounds {
            acceptors,
            values,
            ballots,
        },
        options,
        most_states: 40_000_000,
    };
    search.run().expect("bounds that fit")
}

#[test]
fn the_specification_s_states_are_reached_and_no_other() {
    let check = |acceptors, values, ballots, states| {
        let found = search(acceptors, values, ballots, &[]);
        let what = format!("{acceptors} acceptors, {values} values, {ballots} ballots");
        assert!(found.complete, "{what}");
        assert_eq!(found.specified, states, "{what}: {found:?}");
        assert_eq!(found.disagreement, None, "{what}");
    };
    check(1, 1, 2, 25);
    check(3, 2, 1, 73);
    check(3, 1, 2, 1_681);
    check(3, 2, 2, 3_921);
}

/// A promise that reports a value binds: without that rule, two values are chosen.
#[test]
fn the_mistake_of_ignoring_what_is_reported_has_a_shortest_counterexample() {
    let found = search(3, 2, 2, &[("adopt_accepted", "false")]);
    let way = found.disagreement.expect("two values are chosen");
    assert_eq!(way.len(), 18, "{way:#?}");
}

/// Quorums of two sizes that need not meet: 1 promise and 1 acceptance are enough for two values.
#[test]
fn quorums_that_do_not_meet_have_a_shortest_counterexample() {
    let set = [("promise_quorum", "1"), ("accept_quorum", "2")];
    let found = search(3, 2, 2, &set);
    assert!(found.disagreement.is_some());
    let set = [("promise_quorum", "2"), ("accept_quorum", "2")];
    assert_eq!(search(3, 2, 2, &set).disagreement, None);
    let set = [("promise_quorum", "3"), ("accept_quorum", "1")];
    assert_eq!(search(3, 2, 2, &set).disagreement, None);
}

/// The largest that is known: two and a half million states of ours, in the whole sweep only.
#[test]
fn three_ballots() {
    if common::share(0, 1) == 1 {
        assert_eq!(search(3, 1, 3, &[]).specified, 68_921);
    }
}
