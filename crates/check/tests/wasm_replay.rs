//! The same scenario gives the same bytes natively and in WebAssembly.
//!
//! This file is run both ways. Both compare the traces of the golden scenarios and of some seeds of
//! a sweep with the digests in replay.txt, which the native run writes if `UPDATE_EXPECT` is set.
//! A digest changes only if replay does, and then old links no longer mean what they meant.

mod common;

use common::scenario;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use synod_check::sweep::Sweep;
use synod_sim::trace::Tracer;
use synod_sim::{Scenario, open};

const DIGESTS: &str = include_str!("replay.txt");

const GOLDEN: &[(&str, &str)] = &[
    ("lab", include_str!("../../../tests/scenarios/lab.toml")),
    (
        "first-election",
        include_str!("../../../tests/scenarios/raft/first-election.toml"),
    ),
    (
        "split-vote",
        include_str!("../../../tests/scenarios/raft/split-vote.toml"),
    ),
    (
        "failover",
        include_str!("../../../tests/scenarios/raft/failover.toml"),
    ),
    (
        "fenced-leader",
        include_str!("../../../tests/scenarios/raft/fenced-leader.toml"),
    ),
    (
        "log-repair",
        include_str!("../../../tests/scenarios/raft/log-repair.toml"),
    ),
    (
        "figure-8",
        include_str!("../../../tests/scenarios/raft/figure-8.toml"),
    ),
];

/// The same of other protocols, after the lines that were recorded before there were any.
const OTHERS: &[(&str, &str)] = &[
    (
        "forced-value",
        include_str!("../../../tests/scenarios/paxos/forced-value.toml"),
    ),
    (
        "duel-back-off",
        include_str!("../../../tests/scenarios/paxos/duel-back-off.toml"),
    ),
    (
        "gap",
        include_str!("../../../tests/scenarios/multipaxos/gap.toml"),
    ),
    (
        "catch-up-snapshot",
        include_str!("../../../tests/scenarios/multipaxos/catch-up-snapshot.toml"),
    ),
    (
        "lease",
        include_str!("../../../tests/scenarios/multipaxos/lease.toml"),
    ),
];

/// The trace of a run's first two seconds, as a digest of all its bytes.
fn digest(scenario: &Scenario) -> String {
    let mut run = open(scenario).expect("a good scenario");
    let mut tracer = Tracer::new(run.as_view());
    run.run_until(2_000_000, 100_000, &mut tracer);
    let mut text = String::new();
    for byte in Sha256::digest(tracer.text().as_bytes()) {
        write!(text, "{byte:02x}").expect("writing to a string");
    }
    text
}

/// A line for each of these scenarios.
fn golden(scenarios: &[(&str, &str)], text: &mut String) {
    for (name, toml) in scenarios {
        writeln!(text, "{name} {}", digest(&scenario(toml))).expect("writing to a string");
    }
}

/// Options that came after the first links; the first seeds leave them at their defaults.
const LATER: &[&str] = &["raft.snapshot_every"];

/// A line for each of the first seeds of a sweep over five servers.
fn seeds(protocol: &str, set: &str, prefix: &str, count: u64, text: &mut String) {
    let base = scenario(&format!("protocol = \"{protocol}\"\nnodes = 5\n{set}"));
    let sweep = Sweep {
        base,
        fixed: LATER.iter().map(|name| (*name).to_string()).collect(),
        until_us: 2_000_000,
    };
    for seed in 0..count {
        let digest = digest(&sweep.scenario(seed));
        writeln!(text, "{prefix}seed-{seed} {digest}").expect("writing to a string");
    }
}

fn digests() -> String {
    let mut text = String::new();
    golden(GOLDEN, &mut text);
    seeds("raft", "", "", 40, &mut text);
    golden(OTHERS, &mut text);
    seeds("paxos", "", "paxos-", 10, &mut text);
    seeds("multipaxos", "", "multipaxos-", 20, &mut text);
    seeds(
        "raft",
        "raft.snapshot_every = 5",
        "raft-snapshot-",
        5,
        &mut text,
    );
    text
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn native_replay_gives_the_recorded_bytes() {
    let now = digests();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replay.txt");
        std::fs::write(path, now).expect("written");
        return;
    }
    assert_eq!(now, DIGESTS);
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen_test::wasm_bindgen_test]
fn wasm_replay_gives_the_recorded_bytes() {
    assert_eq!(digests(), DIGESTS);
}
