//! Every click is an action in the script: a run that somebody disturbed by hand replays from its
//! scenario to the same bytes, also after it was written as a file and read again.

use std::sync::Arc;
use synod_protocols::units::{Chance, Span};
use synod_protocols::{ClientId, NodeId, NodeSet, Op};
use synod_sim::export::to_toml;
use synod_sim::random::{Purpose, Stream};
use synod_sim::trace::{Tracer, event_json};
use synod_sim::{
    Action, ClockPatch, DiskPatch, DiskPolicy, Endpoint, LinkKind, LinkPatch, Match, Pair, Run,
    Scenario, Who, open, parse_scenario,
};

fn base(seed: u64) -> Scenario {
    let text = "protocol = \"raft\"\n[clients]\nsessions = 2\nload = \"30ms\"\n";
    let mut scenario = parse_scenario(text, "base.toml").expect("a good scenario");
    scenario.seed = seed;
    if seed.is_multiple_of(3) {
        scenario.network.kind = LinkKind::Stream;
    }
    scenario.disk.manual = seed.is_multiple_of(7);
    if seed.is_multiple_of(5) {
        scenario.disk.policy = DiskPolicy::Group;
    }
    scenario.network.loss = Chance((seed % 4) as u32 * 20_000);
    scenario
}

/// Any action that a learner could take.
fn some_action(draw: &mut Stream) -> Action {
    let node = Who::Node(NodeId::at(draw.below(5) as usize));
    let end = |k: u64| {
        if k == 5 {
            Endpoint::Clients
        } else {
            Endpoint::Server(NodeId(k as u8))
        }
    };
    let from = draw.below(6);
    let to = (from + 1 + draw.below(5)) % 6;
    let link = Pair {
        from: end(from),
        to: end(to),
        both: draw.below(2) == 0,
    };
    let what = Match {
        to: Some(end(draw.below(6))),
        ..Match::default()
    };
    match draw.below(32) {
        22..=31 => some_fault(draw, node, end(to)),
        0 => Action::Crash { node },
        1..=3 => Action::Restart { node },
        4 => Action::Pause { node },
        5 | 6 => Action::Resume { node },
        7 => Action::Timeout { node },
        8 => Action::Isolate { node },
        9 => Action::Rejoin { node },
        10 => Action::Lead { node },
        11 => Action::Cut { links: vec![link] },
        12 => Action::Heal { links: Vec::new() },
        13 => {
            let patch = LinkPatch {
                latency: Some(Span::new(1_000, 90_000)),
                ..Default::default()
            };
            Action::Link { link, patch }
        }
        14 => Action::KillSession { link },
        15 => Action::Command {
            client: ClientId(0),
            op: Op::Get { key: "x".into() },
        },
        16 => Action::Hold,
        17 | 18 => Action::Release,
        19 => Action::Deliver { what },
        20 => Action::Drop {
            what: Match {
                all: draw.below(2) == 0,
                ..what
            },
        },
        _ => match draw.below(8) {
            5 => Action::Fire {
                node,
                timer: "heartbeat".into(),
            },
            6 => Action::Sync { node },
            7 => Action::Wait { us: 30_000 },
            0 => Action::Duplicate { what },
            1 => Action::Delay {
                what,
                by_us: 50_000,
            },
            2 => Action::Quiet,
            3 => {
                let odd: NodeSet = [NodeId(0), NodeId(2)].into_iter().collect();
                Action::Partition {
                    groups: vec![odd, NodeSet::first(5).minus(odd)],
                }
            }
            _ => Action::Load {
                pause_us: Some(5_000),
            },
        },
    }
}

/// A fault of a process, a clock or a disk, or its end, or the oracle.
fn some_fault(draw: &mut Stream, node: Who, end: Endpoint) -> Action {
    let chance = [0, 500_000, 1_000_000][draw.below(3) as usize];
    let peer = (draw.below(2) == 0).then_some(end);
    match draw.below(9) {
        0 => Action::Wipe { node },
        1 | 2 => Action::Slow {
            node,
            takes: [Span::fixed(0), Span::new(1_000, 40_000)][draw.below(2) as usize],
        },
        3 => Action::Deaf {
            node,
            chance: Chance(chance),
            peer,
        },
        4 => Action::Mute {
            node,
            chance: Chance(chance),
            peer,
        },
        5 => Action::Clock {
            node,
            patch: ClockPatch {
                jump_us: draw.below(2_000_000) as i64 - 1_000_000,
                drift_ppm: (draw.below(2) == 0).then_some(draw.below(2_000) as i32 - 1_000),
            },
        },
        6 | 7 => Action::Disk {
            node,
            patch: DiskPatch {
                policy: Some(
                    [DiskPolicy::Each, DiskPolicy::Group, DiskPolicy::Lying]
                        [draw.below(3) as usize],
                ),
                fsync_before_reply: Some(draw.below(3) > 0),
                fsync: (draw.below(2) == 0).then_some(Span::new(0, 40_000)),
                ..DiskPatch::default()
            },
        },
        _ => Action::Oracle {
            delay_us: (draw.below(2) == 0).then_some(20_000),
        },
    }
}

/// Runs while somebody clicks, and returns the trace and what was disturbed.
fn by_hand(seed: u64) -> (String, Box<dyn Run>) {
    let mut run = open(&base(seed)).expect("a good scenario");
    let mut tracer = Tracer::default();
    let mut draw = Stream::new(seed, Purpose::Sweep, 99);
    let mut clicks = String::new();
    for _ in 0..120 {
        let until = run.now() + draw.below(40_000);
        run.run_until(until, 10_000, &mut tracer);
        clicks.push_str(&tracer.take());
        let action = some_action(&mut draw);
        let before = run.events();
        let done = run.act(action.clone());
        assert_eq!(
            run.events(),
            before + u64::from(done.is_ok()),
            "{action:?}: {done:?}"
        );
        if done.is_ok() {
            clicks.push_str(&event_json(run.as_view(), run.event()).to_string());
            clicks.push('\n');
        }
    }
    let _ = run.act(Action::Release);
    let until = run.now() + 200_000;
    let release = event_json(run.as_view(), run.event()).to_string();
    if !clicks.ends_with(&format!("{release}\n")) {
        clicks.push_str(&release);
        clicks.push('\n');
    }
    run.run_until(until, 100_000, &mut tracer);
    clicks.push_str(&tracer.take());
    (clicks, run)
}

fn replay(scenario: &Scenario, until: u64) -> (String, Box<dyn Run>) {
    let mut run = open(scenario).expect("a good scenario");
    let mut tracer = Tracer::default();
    run.run_until(until, 10_000_000, &mut tracer);
    (tracer.take(), run)
}

#[test]
fn what_was_done_by_hand_replays_from_the_scenario_and_from_its_file() {
    let mut actions = 0;
    for seed in 0..150 {
        let (lived, run) = by_hand(seed);
        let scenario = run.scenario().clone();
        actions += scenario.script.len();
        let (again, end) = replay(&scenario, run.now());
        for (k, (a, b)) in lived.lines().zip(again.lines()).enumerate() {
            if a != b {
                let before: Vec<&str> = lived.lines().skip(k.saturating_sub(8)).take(9).collect();
                panic!("seed {seed}, line {k}:\n{}\n=>\n{b}", before.join("\n"));
            }
        }
        assert_eq!(lived.lines().count(), again.lines().count(), "seed {seed}");
        assert_eq!(end.events(), run.events(), "seed {seed}");
        let read = parse_scenario(&to_toml(&scenario), "again.toml").expect("what was written");
        assert_eq!(read, scenario, "seed {seed}");
    }
    assert!(actions > 2_000, "only {actions} clicks were taken");
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut run = open(&base(4)).expect("a good scenario");
    run.run_until(1_000_000, 100_000, &mut ());
    let mut fork = run.fork();
    fork.act(Action::Crash { node: Who::Leader })
        .expect("a leader to crash");
    fork.run_until(2_000_000, 100_000, &mut ());
    assert!(run.scenario().script.is_empty());
    let mut straight = open(&base(4)).expect("a good scenario");
    run.run_until(2_000_000, 100_000, &mut ());
    straight.run_until(2_000_000, 100_000, &mut ());
    assert_eq!(run.events(), straight.events());
    assert_ne!(run.events(), fork.events());
}

#[test]
fn a_refused_click_changes_nothing() {
    let mut run = open(&base(5)).expect("a good scenario");
    run.run_until(500_000, 100_000, &mut ());
    let (events, now) = (run.events(), run.now());
    let node = Who::Node(NodeId(0));
    for action in [
        Action::Restart { node },
        Action::Resume { node },
        Action::Release,
        Action::Deliver {
            what: Match {
                id: Some(u64::MAX),
                ..Match::default()
            },
        },
        Action::Crash {
            node: Who::Node(NodeId(77)),
        },
    ] {
        assert!(run.act(action.clone()).is_err(), "{action:?}");
        assert!(!run.act(action).expect_err("refused").english().is_empty());
    }
    assert_eq!(
        (run.events(), run.now(), run.scenario().script.len()),
        (events, now, 0)
    );
    let scenario = Arc::new(run.scenario().clone());
    assert_eq!(scenario.script.len(), 0);
}
