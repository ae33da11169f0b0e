//! Sweeps: each protocol stands random faults within its model, and each mistake is caught.

mod common;

use common::{scenario, share};
use std::collections::BTreeSet;
use synod_check::sweep::Sweep;
use synod_protocols::registry;

fn sweep(protocol: &str, nodes: usize, set: &[(&str, &str)]) -> Sweep {
    let mut text = format!("protocol = \"{protocol}\"\nnodes = {nodes}\n");
    for (key, value) in set {
        text.push_str(&format!("{key} = {value}\n"));
    }
    let fixed = set.iter().map(|(key, _)| (*key).to_string()).collect();
    Sweep {
        base: scenario(&text),
        fixed,
        until_us: registry::about(protocol)
            .expect("it is registered")
            .sweep_us,
    }
}

/// Every invariant that these seeds break.
fn broken(sweep: &Sweep, seeds: std::ops::Range<u64>) -> BTreeSet<&'static str> {
    seeds
        .flat_map(|seed| sweep.run(seed).expect("good options").violations)
        .map(|violation| violation.invariant)
        .collect()
}

/// No seed breaks anything; of each, so many elections and acknowledgements on average.
fn clean(sweep: &Sweep, seeds: u64, (won, done): (u64, u64)) {
    let (mut elections, mut acknowledged) = (0, 0);
    for seed in 0..seeds {
        let outcome = sweep.run(seed).expect("good options");
        assert!(
            outcome.violations.is_empty(),
            "seed {seed}: {:#?}",
            outcome.violations
        );
        elections += outcome.elections;
        acknowledged += outcome.acknowledged;
    }
    // A sweep in which nothing happens proves nothing.
    assert!(
        elections > won * seeds / 10 && acknowledged > done * seeds / 10,
        "{elections}, {acknowledged}"
    );
}

#[test]
fn five_servers_stand_every_fault() {
    clean(&sweep("raft", 5, &[]), share(3_000, 10_000), (30, 200));
}

#[test]
fn three_servers_stand_every_fault() {
    clean(&sweep("raft", 3, &[]), share(2_000, 10_000), (30, 200));
}

#[test]
fn seven_servers_stand_every_fault() {
    clean(&sweep("raft", 7, &[]), share(1_000, 10_000), (30, 200));
}

fn caught(option: &str, invariants: &[&str], seeds: std::ops::Range<u64>) {
    let protocol = match option.split_once('.') {
        Some((table, _)) if registry::about(table).is_some() => table,
        _ => "raft",
    };
    let found = broken(&sweep(protocol, 5, &[(option, "false")]), seeds);
    for invariant in invariants {
        assert!(
            found.contains(invariant),
            "{option} breaks {found:?}, not {invariant}"
        );
    }
}

/// Raft §5.4.2, figure 8.
#[test]
fn committing_by_counting_old_entries_is_caught() {
    caught(
        "raft.commit_only_current_term",
        &["leader_completeness", "state_machine_safety"],
        OLD_ENTRY_SEEDS,
    );
}

/// A range in which a sweep of the first 10,000 seeds found the mistake.
const OLD_ENTRY_SEEDS: std::ops::Range<u64> = 0..100;

/// Raft figure 2: persistent state is updated before responding.
#[test]
fn an_answer_before_the_vote_is_durable_is_caught() {
    caught(
        "raft.persist_vote_before_reply",
        &["election_safety"],
        0..300,
    );
}

/// Raft §5.4.1.
#[test]
fn electing_anyone_is_caught() {
    caught("raft.election_restriction", &["leader_completeness"], 0..50);
}

/// Raft §5.2: a vote is final within its term, also for a server that steps down in it.
#[test]
fn a_vote_forgotten_on_stepping_down_is_caught() {
    let off = ("raft.keep_vote_within_term", "false");
    assert!(broken(&sweep("raft", 3, &[off]), 740..760).contains("election_safety"));
}

/// An acknowledgement that rests on a page cache is a promise that a crash breaks.
#[test]
fn acknowledging_before_fsync_is_caught() {
    caught(
        "disk.fsync_before_reply",
        &["no_acknowledged_write_lost"],
        0..50,
    );
}

/// Ongaro §6.3.
#[test]
fn a_retried_command_without_sessions_is_caught() {
    caught("raft.client_sessions", &["applied_at_most_once"], 0..50);
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    let sweep = sweep("raft", 5, &[]);
    for seed in 0..20 {
        let (a, b) = (
            sweep.run(seed).expect("good"),
            sweep.run(seed).expect("good"),
        );
        assert_eq!(
            (a.events, a.delivered, a.acknowledged),
            (b.events, b.delivered, b.acknowledged)
        );
    }
}

/// Flexible quorums that meet keep Raft safe: a smaller commit quorum, a larger vote quorum.
#[test]
fn raft_stands_flexible_quorums_that_meet() {
    for (vote, commit) in [
        ("\"3\"", "\"3\""),
        ("\"4\"", "\"2\""),
        ("\"weights 2 1 1 1 1\"", "\"weights 2 1 1 1 1\""),
    ] {
        let set = [("raft.vote_quorum", vote), ("raft.commit_quorum", commit)];
        clean(&sweep("raft", 5, &set), share(100, 2_000), (10, 100));
    }
}

/// Raft's election quorums must meet one another, as a term has no owner before its election.
#[test]
fn raft_s_vote_quorums_that_need_not_meet_are_caught() {
    let set = [
        ("raft.vote_quorum", "\"2\""),
        ("raft.commit_quorum", "\"4\""),
    ];
    let found = broken(&sweep("raft", 5, &set), 0..50);
    assert!(found.contains("election_safety"), "{found:?}");
}

#[test]
fn single_decree_paxos_stands_every_fault() {
    for nodes in [3, 5] {
        clean(&sweep("paxos", nodes, &[]), 10_000, (7, 50));
    }
}

/// Roles apart, and quorums of unequal sizes: an accept quorum of one of three, and grids.
#[test]
fn single_decree_paxos_stands_flexible_quorums_that_meet() {
    let quorums = [
        ("\"3\"", "\"1\""),
        ("\"2\"", "\"2\""),
        ("\"weights 2 1 1\"", "\"weights 2 1 1\""),
        ("\"row 1x3\"", "\"column 1x3\""),
    ];
    for (promise, accept) in quorums {
        let set = [
            ("paxos.acceptors", "\"S1 S2 S3\""),
            ("paxos.proposers", "\"S3 S4\""),
            ("paxos.promise_quorum", promise),
            ("paxos.accept_quorum", accept),
        ];
        clean(&sweep("paxos", 5, &set), 2_000, (2, 20));
    }
}

/// PMS §2.5: "an acceptor must remember its promises even if it fails".
#[test]
fn a_promise_that_is_not_persisted_is_caught() {
    let off = ("paxos.persist_promise", "false");
    let found = broken(&sweep("paxos", 3, &[off]), 5_560..5_580);
    for invariant in ["agreement", "chosen_stays_chosen", "promise_monotonicity"] {
        assert!(found.contains(invariant), "{found:?}");
    }
}

/// PMS §2.2, P2c.
#[test]
fn a_reported_value_that_is_ignored_is_caught() {
    caught(
        "paxos.adopt_accepted",
        &["agreement", "chosen_stays_chosen"],
        0..100,
    );
}

/// PMS §2.2, P2c: "the value of the highest-numbered proposal".
#[test]
fn adopting_the_lowest_ballot_is_caught() {
    caught(
        "paxos.adopt_highest",
        &["agreement", "chosen_stays_chosen"],
        200..300,
    );
}

/// Flexible Paxos §4: sizes whose quorums need not meet are unsafe.
#[test]
fn quorums_that_need_not_meet_are_caught() {
    let set = [
        ("paxos.promise_quorum", "\"2\""),
        ("paxos.accept_quorum", "\"2\""),
    ];
    let found = broken(&sweep("paxos", 5, &set), 0..300);
    assert!(found.contains("agreement"), "{found:?}");
}

#[test]
fn multi_paxos_stands_every_fault() {
    for nodes in [3, 5] {
        let sweep = sweep("multipaxos", nodes, &[]);
        clean(&sweep, share(1_500, 10_000), (50, 400));
    }
}

/// Seeds that once found a mistake: a value that was taught, told as accepted before it was on
/// disk; a leader that applied what its own acceptor held in place of what it had proposed.
#[test]
fn multi_paxos_stands_the_seeds_that_found_mistakes() {
    for (nodes, seed) in [(3, 6_550), (5, 5_050), (5, 6_149), (5, 9_064)] {
        let outcome = sweep("multipaxos", nodes, &[]).run(seed).expect("good");
        assert!(
            outcome.violations.is_empty(),
            "{nodes} servers, seed {seed}"
        );
    }
}

/// The same with more promises and fewer acceptances, and the other way round; with weights, and
/// with rows and columns, which meet in one server.
#[test]
fn multi_paxos_stands_flexible_quorums_that_meet() {
    let quorums = [
        (5, "\"4\"", "\"2\""),
        (5, "\"2\"", "\"4\""),
        (5, "\"weights 2 1 1 1 1\"", "\"weights 2 1 1 1 1\""),
        (6, "\"row 2x3\"", "\"column 2x3\""),
    ];
    for (nodes, promise, accept) in quorums {
        let set = [
            ("multipaxos.promise_quorum", promise),
            ("multipaxos.accept_quorum", accept),
        ];
        clean(
            &sweep("multipaxos", nodes, &set),
            share(200, 2_000),
            (40, 300),
        );
    }
}

/// PMS §2.5: "an acceptor must remember its promises even if it fails".
#[test]
fn a_promise_for_all_slots_that_is_not_persisted_is_caught() {
    let off = ("multipaxos.persist_promise", "false");
    let found = broken(&sweep("multipaxos", 3, &[off]), 1_870..1_880);
    for invariant in [
        "agreement",
        "chosen_stays_chosen",
        "promise_monotonicity",
        "no_acknowledged_write_lost",
    ] {
        assert!(found.contains(invariant), "{found:?}");
    }
    // The evidence speaks of ballots, and not of the numbers in which they are kept.
    let outcomes = (1_870..1_880).map(|seed| sweep("multipaxos", 3, &[off]).run(seed));
    let lost = outcomes
        .flat_map(|outcome| outcome.expect("good options").violations)
        .find(|violation| violation.invariant == "no_acknowledged_write_lost")
        .expect("found above");
    assert_eq!(lost.sentence, "evidence.write_lost.ballot");
    let (_, ballot) = &lost.operands[1];
    assert!(synod_protocols::Ballot::parse(ballot).is_ok(), "{ballot}");
}

/// PMS §3 and §2.2, P2c: a new leader proposes again what the promises report.
#[test]
fn a_leader_that_takes_reported_slots_to_be_free_is_caught() {
    caught(
        "multipaxos.adopt_accepted",
        &[
            "agreement",
            "chosen_stays_chosen",
            "state_machine_safety",
            "no_acknowledged_write_lost",
        ],
        0..30,
    );
}

/// PMS §2.2, P2c: "the value of the highest-numbered proposal".
#[test]
fn adopting_the_lowest_ballot_of_a_slot_is_caught() {
    caught(
        "multipaxos.adopt_highest",
        &["agreement", "chosen_stays_chosen", "state_machine_safety"],
        150..165,
    );
}

/// PMMC §2: a client's retry may be chosen for a second slot.
#[test]
fn a_command_of_two_slots_that_is_applied_twice_is_caught() {
    caught(
        "multipaxos.client_sessions",
        &["applied_at_most_once"],
        0..20,
    );
}

/// Flexible Paxos §4: promise quorums that need not meet the accept quorums.
#[test]
fn multi_paxos_quorums_that_need_not_meet_are_caught() {
    let set = [
        ("multipaxos.promise_quorum", "\"2\""),
        ("multipaxos.accept_quorum", "\"2\""),
    ];
    let found = broken(&sweep("multipaxos", 5, &set), 0..30);
    for invariant in ["agreement", "chosen_stays_chosen"] {
        assert!(found.contains(invariant), "{found:?}");
    }
}

/// An acceptance that rests on a page cache is forgotten in a crash, and the write with it.
#[test]
fn accepting_before_fsync_is_caught() {
    let off = ("disk.fsync_before_reply", "false");
    let found = broken(&sweep("multipaxos", 5, &[off]), 0..20);
    assert!(found.contains("no_acknowledged_write_lost"), "{found:?}");
}

/// Raft §7: snapshots every few entries, and those that are sent, lose nothing and hide nothing.
#[test]
fn raft_stands_every_fault_with_snapshots() {
    for nodes in [3, 5] {
        let sweep = sweep("raft", nodes, &[("raft.snapshot_every", "5")]);
        clean(&sweep, share(1_000, 10_000), (30, 200));
    }
}

/// A mistake shows behind snapshots too: what they hold is still compared.
#[test]
fn electing_anyone_is_caught_behind_snapshots() {
    let set = [
        ("raft.election_restriction", "false"),
        ("raft.snapshot_every", "3"),
    ];
    let found = broken(&sweep("raft", 5, &set), 0..60);
    for invariant in [
        "leader_completeness",
        "state_machine_safety",
        "no_acknowledged_write_lost",
    ] {
        assert!(found.contains(invariant), "{found:?}");
    }
}
