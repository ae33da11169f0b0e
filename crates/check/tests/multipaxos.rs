//! What Multi-Paxos costs in messages, how who was away comes back, and that it goes on.

mod common;

use common::{scenario, share};
use std::fmt::Write;
use std::sync::Arc;
use synod_check::Monitor;
use synod_check::sweep::Sweep;

use synod_protocols::units::{Chance, Span};
use synod_protocols::{Micros, NodeId, NodeSet};
use synod_sim::{Action, Endpoint, LinkPatch, Pair, Run, Scenario, ScriptItem, Status, open};

const S1: NodeId = NodeId(0);

fn run_to_end(text: &str) -> Box<dyn Run> {
    let scenario = scenario(text);
    let mut run = open(&scenario).expect("a good scenario");
    let mut monitor = Monitor::new(run.as_view(), false);
    run.run_until(scenario.until_us, 1_000_000, &mut monitor);
    assert_eq!(monitor.violations(), [], "{text}");
    run
}

fn count(run: &dyn Run, kind: &str) -> u64 {
    let kinds = run.about().kinds;
    let position = kinds.iter().position(|known| known.name == kind);
    run.counters().sent[position.expect("a kind")]
}

/// S1 leads from the beginning; then so many commands, one after another.
fn steady(n: u64, commands: u64, options: &str) -> Box<dyn Run> {
    let mut text = format!(
        "protocol = \"multipaxos\"\nnodes = {n}\nuntil = \"3s\"\nmultipaxos = {{ {options} }}\n\
         [[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n"
    );
    for k in 0..commands {
        let at = 1_000 + 150 * k;
        writeln!(text, "[[do]]\nat = \"{at}ms\"\ncommand = \"put x {k}\"").expect("a string");
    }
    let run = run_to_end(&text);
    assert_eq!(run.leader(), Some(S1));
    assert_eq!(run.counters().acknowledged, commands);
    run
}

/// PMS §3: in the steady state a command costs one round trip, 2(n−1) messages, heartbeats apart;
/// and ten commands cost phase 1 once.
#[test]
fn a_command_costs_one_round_trip_and_phase_1_is_paid_once() {
    for n in [3, 5, 7, 9] {
        let run = steady(n, 10, "");
        for (kind, expect) in [
            ("Prepare", n - 1),
            ("Promise", n - 1),
            ("Accept", 10 * (n - 1)),
            ("Accepted", 10 * (n - 1)),
            ("Reject", 0),
            ("CatchUp", 0),
            ("Learn", 0),
            ("Snapshot", 0),
        ] {
            assert_eq!(count(run.as_ref(), kind), expect, "{kind}, n={n}");
        }
    }
}

/// With phase 1 for each slot a command costs two round trips, 4(n−1) messages.
#[test]
fn phase_1_for_each_slot_doubles_the_cost() {
    for n in [3, 5, 7, 9] {
        let run = steady(n, 10, "phase_1_per_slot = true");
        for kind in ["Prepare", "Promise", "Accept", "Accepted"] {
            assert_eq!(count(run.as_ref(), kind), 10 * (n - 1), "{kind}, n={n}");
        }
        for kind in ["Reject", "CatchUp", "Learn", "Snapshot"] {
            assert_eq!(count(run.as_ref(), kind), 0, "{kind}, n={n}");
        }
    }
}

/// Forty commands while S3 is away in one way or another, and more after it is back.
fn away(stop: &str, go: &str, options: &str) -> Box<dyn Run> {
    let text = format!(
        "protocol = \"multipaxos\"\nnodes = 3\nuntil = \"6s\"\n\
         multipaxos = {{ {options} }}\nclients = {{ load = \"20ms\" }}\n\
         [[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n[[do]]\nat = \"500ms\"\n{stop}\n\
         [[do]]\nat = \"4s\"\n{go}\n[[do]]\nat = \"5s\"\nload = \"off\"\n"
    );
    run_to_end(&text)
}

/// A replica that was down, paused or cut off catches up: with values, and with a snapshot where
/// the log is forgotten.
#[test]
fn a_replica_that_was_away_catches_up() {
    for (options, kind) in [("", "Learn"), ("snapshot_every = 10", "Snapshot")] {
        for (stop, go) in [
            ("crash = \"S3\"", "restart = \"S3\""),
            ("pause = \"S3\"", "resume = \"S3\""),
            ("isolate = \"S3\"", "heal = \"all\""),
        ] {
            let run = away(stop, go, options);
            let acknowledged = run.counters().acknowledged;
            assert!(acknowledged > 60, "{stop}: {acknowledged}");
            // What a paused process is sent waits for it; the others have to ask.
            let asked = count(run.as_ref(), "CatchUp") > 0;
            assert_eq!(asked, go != "resume = \"S3\"", "{stop}");
            assert_eq!(asked, count(run.as_ref(), kind) > 0, "{stop}, {options}");
            let decided = NodeSet::first(3).iter().map(|node| {
                let probe = run.probe(node).expect("it runs");
                let store: Vec<_> = run.store(node).expect("a store").iter().collect();
                (probe.decided, format!("{store:?}"))
            });
            let decided: Vec<(u64, String)> = decided.collect();
            assert!(
                decided.iter().all(|one| *one == decided[0]),
                "{stop}: {decided:?}"
            );
            assert!(decided[0].0 >= acknowledged);
        }
    }
}

/// A server that was cut off has begun ballots meanwhile. It deposes the leader when it comes back,
/// unless acceptors have leased their promises to that one.
#[test]
fn with_a_lease_who_comes_back_does_not_depose_the_leader() {
    let after = |lease: bool| {
        let text = format!(
            "protocol = \"multipaxos\"\nnodes = 5\nuntil = \"4s\"\n\
             multipaxos = {{ leader_lease = {lease} }}\n\
             [[do]]\nat = \"200ms\"\ntimeout = \"S1\"\n\
             [[do]]\nat = \"1s\"\nisolate = \"S5\"\n[[do]]\nat = \"2500ms\"\nheal = \"all\"\n\
             [[do]]\nat = \"3500ms\"\ncommand = \"put x 1\"\n"
        );
        let mut steps = scenario(&text);
        steps.until_us = 2_500_000;
        let mut run = open(&steps).expect("a good scenario");
        let mut deposed = false;
        while run.now() < 3_500_000 {
            let until = run.now() + 1_000;
            run.run_until(until, 100_000, &mut ());
            let others = (1..5).map(NodeId);
            deposed |= others.clone().any(|node| {
                let probe = run.probe(node);
                run.now() > 500_000 && probe.is_some_and(|probe| probe.leading)
            });
        }
        run.run_until(4_000_000, 100_000, &mut ());
        assert_eq!(run.counters().acknowledged, 1);
        let s5 = run.probe(NodeId(4)).expect("it runs").decided;
        assert_eq!(s5, 1, "S5 is part of it again");
        deposed
    };
    assert!(after(false), "nothing keeps S5 from leading");
    assert!(!after(true));
}

/// PMS §2.4: who is preempted and tries again at once may go on so for ever, with another that
/// does the same; back-off ends it.
#[test]
fn two_leaders_preempt_each_other_until_one_backs_off() {
    let mut duel = String::from(
        "protocol = \"multipaxos\"\nnodes = 5\nnetwork.latency = \"40ms\"\n\
         multipaxos = { back_off = false, election_timeout = \"800ms..1600ms\" }\n",
    );
    for k in 1..=5 {
        writeln!(duel, "[node.S{k}]\ndisk = {{ fsync = \"120ms\" }}").expect("a string");
    }
    for (k, at) in [(1, 20), (2, 130)] {
        writeln!(duel, "[[do]]\nat = \"{at}ms\"\ntimeout = \"S{k}\"").expect("a string");
    }
    duel.push_str("[[do]]\nat = \"300ms\"\ncommand = \"put x 1\"\n");
    let decided = |text: &str| {
        let mut run = open(&scenario(text)).expect("a good scenario");
        run.run_until(60_000_000, 1_000_000, &mut ());
        let decided = run.probe(S1).expect("it runs").decided;
        (decided, count(run.as_ref(), "Prepare") / 4)
    };
    let (nothing, ballots) = decided(&duel);
    assert!(
        nothing == 0 && ballots > 200,
        "{nothing}, {ballots} ballots"
    );
    let (done, _) = decided(&duel.replace("back_off = false", "back_off = true"));
    assert_eq!(done, 1);
}

/// How long after the last fault of a sweep a command must have been answered.
const RECOVERED_US: Micros = 5_000_000;

/// The same scenario, with every link fast and whole from then on.
fn with_good_links_from(mut scenario: Scenario, at_us: Micros) -> Scenario {
    let patch = LinkPatch {
        latency: Some(Span::new(1_000, 3_000)),
        loss: Some(Chance::NEVER),
        ..LinkPatch::default()
    };
    for from in (0..scenario.nodes).map(NodeId::at) {
        for to in (0..scenario.nodes).map(NodeId::at).filter(|to| *to != from) {
            let link = Pair {
                from: Endpoint::Server(from),
                to: Endpoint::Server(to),
                both: false,
            };
            let action = Arc::new(Action::Link { link, patch });
            scenario.script.push(ScriptItem {
                at_us,
                after: None,
                action,
            });
        }
    }
    scenario
}

/// After the faults have ended commands are answered again, whatever options, disks and load the
/// seed drew.
#[test]
fn after_the_faults_commands_are_answered_again() {
    let until_us = 6_000_000;
    for nodes in [3, 5] {
        let text = format!("protocol = \"multipaxos\"\nnodes = {nodes}\n");
        let sweep = Sweep {
            base: scenario(&text),
            fixed: Vec::new(),
            until_us,
        };
        for seed in 0..share(300, 5_000) {
            let scenario = with_good_links_from(sweep.scenario(seed), until_us);
            let mut run = open(&scenario).expect("good options");
            run.run_until(until_us, 2_000_000, &mut ());
            assert!(
                NodeSet::first(nodes)
                    .iter()
                    .all(|node| run.status(node) == Status::Up)
            );
            let before = run.counters().acknowledged;
            run.run_until(until_us + RECOVERED_US, 2_000_000, &mut ());
            assert!(
                run.counters().acknowledged > before,
                "{nodes} servers, seed {seed}: nothing is answered after the faults"
            );
        }
    }
}
