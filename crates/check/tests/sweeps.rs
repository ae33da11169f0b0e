//! Sweeps: Raft stands random faults within its model, and each mistake is caught.

mod common;

use common::{scenario, share};
use std::collections::BTreeSet;
use synod_check::sweep::Sweep;

fn sweep(nodes: usize, set: &[(&str, &str)]) -> Sweep {
    let mut text = format!("protocol = \"raft\"\nnodes = {nodes}\n");
    for (key, value) in set {
        let (table, name) = key.split_once('.').expect("a dotted key");
        text.push_str(&format!("[{table}]\n{name} = {value}\n"));
    }
    let fixed = set.iter().map(|(key, _)| (*key).to_string()).collect();
    Sweep {
        base: scenario(&text),
        fixed,
        until_us: 10_000_000,
    }
}

/// Every invariant that these seeds break.
fn broken(sweep: &Sweep, seeds: std::ops::Range<u64>) -> BTreeSet<&'static str> {
    seeds
        .flat_map(|seed| sweep.run(seed).expect("good options").violations)
        .map(|violation| violation.invariant)
        .collect()
}

fn clean(nodes: usize, seeds: u64) {
    let sweep = sweep(nodes, &[]);
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
        elections > 3 * seeds && acknowledged > 20 * seeds,
        "{elections}, {acknowledged}"
    );
}

#[test]
fn five_servers_stand_every_fault() {
    clean(5, share(3_000, 10_000));
}

#[test]
fn three_servers_stand_every_fault() {
    clean(3, share(2_000, 10_000));
}

#[test]
fn seven_servers_stand_every_fault() {
    clean(7, share(1_000, 10_000));
}

fn caught(option: &str, invariants: &[&str], seeds: std::ops::Range<u64>) {
    let found = broken(&sweep(5, &[(option, "false")]), seeds);
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
    assert!(broken(&sweep(3, &[off]), 740..760).contains("election_safety"));
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
    let sweep = sweep(5, &[]);
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
