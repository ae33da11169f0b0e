//! A scenario as the Rust text of a constant, in the terms of src/lab/scenarios/table.rs.
//!
//! Plain settings are written as `Debug` shows them, which for them is Rust.

use std::fmt::Write;
use synod_protocols::Preload;
use synod_sim::{Action, Match, NodeSettings, Scenario, Who};

/// The constant of one scenario; `name` is its path below tests/scenarios.
pub fn offer(name: &str, scenario: &Scenario) -> String {
    let mut options = String::new();
    for (option, value) in scenario.options.iter() {
        let _ = write!(options, "({option:?}, {:?}), ", value.to_string());
    }
    let mut nodes = String::new();
    for (node, settings) in &scenario.node {
        let _ = write!(nodes, "({node:?}, {}), ", node_settings(settings));
    }
    let mut script = String::new();
    for item in &scenario.script {
        let _ = write!(script, "({}, {}), ", item.at_us, step(&item.action));
    }
    format!(
        "Offer {{ name: {name:?}, title: {:?}, protocol: {:?}, options: &[{options}], \
         nodes: {}, seed: {}, schedule: {:?}, until_us: {}, show_from_us: {}, network: {:?}, disk: {:?}, \
         clients: {:?}, oracle_us: {:?}, node: &[{nodes}], script: &[{script}] }},\n",
        scenario.title,
        scenario.protocol,
        scenario.nodes,
        scenario.seed,
        scenario.schedule,
        scenario.until_us,
        scenario.show_from_us,
        scenario.network,
        scenario.disk,
        scenario.clients,
        scenario.oracle_us,
    )
}

fn node_settings(settings: &NodeSettings) -> String {
    let preload = match &settings.preload {
        None => "None".to_string(),
        Some(preload) => format!("Some({})", loaded(preload)),
    };
    format!(
        "Different {{ clock_offset_us: {}, clock_drift_ppm: {}, disk: {:?}, preload: {preload} }}",
        settings.clock_offset_us, settings.clock_drift_ppm, settings.disk,
    )
}

fn loaded(preload: &Preload) -> String {
    let mut log = String::new();
    for entry in &preload.log {
        let _ = match entry.payload.command() {
            None => write!(log, "({}, None), ", entry.epoch),
            Some(command) => write!(
                log,
                "({}, Some(({:?}, {}, {:?}))), ",
                entry.epoch,
                command.client,
                command.seq,
                command.op.to_string(),
            ),
        };
    }
    format!(
        "Loaded {{ epoch: {}, vote: {:?}, log: &[{log}] }}",
        preload.epoch, preload.vote
    )
}

fn step(action: &Action) -> String {
    let on = |verb: &str, node: &Who| format!("Step::{verb}({node:?})");
    match action {
        Action::Crash { node } => on("Crash", node),
        Action::Restart { node } => on("Restart", node),
        Action::Pause { node } => on("Pause", node),
        Action::Resume { node } => on("Resume", node),
        Action::Timeout { node } => on("Timeout", node),
        Action::Isolate { node } => on("Isolate", node),
        Action::Rejoin { node } => on("Rejoin", node),
        Action::Lead { node } => on("Lead", node),
        Action::Sync { node } => on("Sync", node),
        Action::Fire { node, timer } => format!("Step::Fire({node:?}, {timer:?})"),
        Action::Cut { links } => format!("Step::Cut(&{links:?})"),
        Action::Heal { links } => format!("Step::Heal(&{links:?})"),
        Action::Partition { groups } => {
            let groups: Vec<u128> = groups.iter().map(|group| group.0).collect();
            format!("Step::Partition(&{groups:?})")
        }
        Action::Reconfigure { members } => format!("Step::Reconfigure({})", members.0),
        Action::Link { link, patch } => format!("Step::Link({link:?}, {patch:?})"),
        Action::KillSession { link } => format!("Step::KillSession({link:?})"),
        Action::Command { client, op } => {
            format!("Step::Command({client:?}, {:?})", op.to_string())
        }
        Action::Load { pause_us } => format!("Step::Load({pause_us:?})"),
        Action::Hold => "Step::Hold".to_string(),
        Action::Release => "Step::Release".to_string(),
        Action::Deliver { what } => format!("Step::Deliver({})", matching(what)),
        Action::Drop { what } => format!("Step::Drop({})", matching(what)),
        Action::Duplicate { what } => format!("Step::Duplicate({})", matching(what)),
        Action::Delay { what, by_us } => format!("Step::Delay({}, {by_us})", matching(what)),
        Action::Quiet => "Step::Quiet".to_string(),
        Action::Wait { us } => format!("Step::Wait({us})"),
        Action::Wipe { node } => on("Wipe", node),
        Action::Slow { node, takes } => format!("Step::Slow({node:?}, {takes:?})"),
        Action::Deaf { node, chance, peer } => {
            format!("Step::Deaf({node:?}, {chance:?}, {peer:?})")
        }
        Action::Mute { node, chance, peer } => {
            format!("Step::Mute({node:?}, {chance:?}, {peer:?})")
        }
        Action::Clock { node, patch } => format!("Step::Clock({node:?}, {patch:?})"),
        Action::Disk { node, patch } => format!("Step::Disk({node:?}, {patch:?})"),
        Action::Oracle { delay_us } => format!("Step::Oracle({delay_us:?})"),
    }
}

fn matching(what: &Match) -> String {
    format!(
        "Which {{ id: {:?}, from: {:?}, to: {:?}, kind: {:?}, all: {} }}",
        what.id, what.from, what.to, what.kind, what.all,
    )
}
