//! Changes of the cluster: they stand random faults, and their famous mistakes are caught.

mod common;

use common::{scenario, share};
use std::collections::BTreeSet;
use std::sync::Arc;
use synod_check::monitor::Monitor;
use synod_check::sweep::Sweep;
use synod_protocols::{NodeId, NodeSet};
use synod_sim::export::to_toml;
use synod_sim::{Action, Scenario, ScriptItem, open, parse_scenario};

/// What a run breaks.
fn run(scenario: &Scenario) -> BTreeSet<&'static str> {
    let mut run = open(scenario).expect("a good scenario");
    let mut monitor = Monitor::new(run.as_view(), false);
    run.run_until(scenario.until_us, 2_000_000, &mut monitor);
    let violations = monitor.violations().iter();
    violations.map(|violation| violation.invariant).collect()
}

const ONE_STEP: &str = include_str!("../../../tests/scenarios/raft/one-step.toml");
const JOINT: &str = include_str!("../../../tests/scenarios/raft/joint.toml");

/// Raft §6, figure 10: in one step from three to five, two leaders are elected in one term.
#[test]
fn a_change_in_one_step_is_caught() {
    assert!(run(&scenario(ONE_STEP)).contains("election_safety"));
    assert!(run(&scenario(JOINT)).is_empty());
}

/// Ongaro, raft-dev, 10 July 2015: S1 adds S5 in term 1 and fails; S2, elected in term 2, removes
/// S1 before an entry of its own term is committed; S1, S4 and S5 then elect S1, which lacks what
/// S2 and S3 have committed.
#[test]
fn a_change_before_an_entry_of_the_own_term_is_caught() {
    let text = |rule: &str| {
        format!(
            r#"
            protocol = "raft"
            nodes = 5
            until = "2s"
            network.latency = "10ms"
            [raft]
            members = "S1 S2 S3 S4"
            joint_consensus = false
            own_term_before_change = {rule}
            [[do]]
            at = "1ms"
            timeout = "S1"
            [[do]]
            at = "100ms"
            partition = "S1 S5 | S2 S3 S4"
            [[do]]
            at = "100ms"
            reconfigure = "S1 S2 S3 S4 S5"
            [[do]]
            at = "160ms"
            crash = "S1"
            [[do]]
            at = "200ms"
            timeout = "S2"
            [[do]]
            at = "226ms"
            partition = "S2 S3 | S4 | S1 S5"
            [[do]]
            at = "227ms"
            reconfigure = "S2 S3 S4"
            [[do]]
            at = "300ms"
            restart = "S1"
            [[do]]
            at = "300ms"
            heal = "all"
            [[do]]
            at = "300ms"
            partition = "S2 S3 | S1 S4 S5"
            [[do]]
            at = "301ms"
            timeout = "S1"
            [[do]]
            at = "380ms"
            timeout = "S1"
            "#
        )
    };
    let found = run(&scenario(&text("false")));
    assert!(found.contains("leader_completeness"), "{found:?}");
    assert!(run(&scenario(&text("true"))).is_empty());
}

/// A seed's run with changes of the cluster among its faults.
fn changing(sweep: &Sweep, seed: u64, members: &[NodeSet]) -> Scenario {
    let mut scenario = sweep.scenario(seed);
    let step_us = 150_000 + seed % 7 * 40_000;
    let times = (1..).map(|k| k * step_us);
    for (k, at_us) in times.take_while(|at| *at < sweep.until_us).enumerate() {
        let members = members[(seed as usize + k) % members.len()];
        scenario.script.push(ScriptItem {
            at_us,
            after: None,
            action: Arc::new(Action::Reconfigure { members }),
        });
    }
    scenario.script.sort_by_key(|item| item.at_us);
    scenario
}

fn stands(joint: bool, members: &[NodeSet]) {
    let base = format!("protocol = \"raft\"\nnodes = 5\n[raft]\njoint_consensus = {joint}\n");
    let sweep = Sweep {
        base: scenario(&base),
        fixed: Vec::new(),
        until_us: 5_000_000,
    };
    let mut changes = 0;
    let seeds = share(300, 5_000);
    for seed in 0..seeds {
        let scenario = changing(&sweep, seed, members);
        let mut run = open(&scenario).expect("good options");
        let mut monitor = Monitor::new(run.as_view(), false);
        run.run_until(scenario.until_us, 2_000_000, &mut monitor);
        let broken = monitor.violations();
        assert!(broken.is_empty(), "seed {seed}: {broken:#?}");
        let fields = run.describe(NodeId(0)).map(|view| view.fields);
        let changed = |field: &synod_protocols::Field| field.name == "members";
        changes += u64::from(fields.is_some_and(|fields| fields.iter().any(changed)));
    }
    // A sweep in which nothing changes proves nothing.
    assert!(changes > seeds / 10, "{changes} of {seeds}");
}

fn set(nodes: &[usize]) -> NodeSet {
    nodes.iter().map(|node| NodeId::at(node - 1)).collect()
}

/// Raft §6.
#[test]
fn joint_changes_stand_every_fault() {
    let all = NodeSet::first(5);
    stands(true, &[set(&[1, 2, 3]), all, set(&[3, 4, 5]), set(&[2])]);
}

/// Ongaro §4.1.
#[test]
fn single_changes_stand_every_fault() {
    let four = [1, 2, 3, 4];
    stands(
        false,
        &[set(&four), NodeSet::first(5), set(&four), set(&[1, 2, 3])],
    );
}

/// A file holds the change as it was asked for.
#[test]
fn a_change_is_written_and_read_again() {
    let joint = scenario(JOINT);
    assert_eq!(scenario(&to_toml(&joint)), joint);
    let wrong = JOINT.replace(
        "reconfigure = \"S1 S2 S3 S4 S5\"",
        "reconfigure = \"S1 S9\"",
    );
    assert!(parse_scenario(&wrong, "joint").is_err());
}
