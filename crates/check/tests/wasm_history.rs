//! Any moment of any run can be reached again, natively and in WebAssembly: after a thousand
//! seeks back and forth, with branches and undoing among them, each state is the one that a
//! straight replay gives.

mod common;

use common::scenario;
use std::sync::Arc;
use synod_check::Monitor;
use synod_check::sweep::Sweep;
use synod_protocols::NodeId;
use synod_sim::history::{Filter, History, Marks};
use synod_sim::random::{Purpose, Stream};
use synod_sim::{Action, Run, Scenario, Step, Who, open};

fn history(scenario: &Scenario) -> History<Monitor> {
    History::open(scenario, |run| Monitor::new(run, true)).expect("a good scenario")
}

/// A run that was stepped straight from its beginning to an event.
fn straight(scenario: &Scenario, event: u64) -> (Box<dyn Run>, Monitor) {
    let mut run = open(scenario).expect("a good scenario");
    let mut monitor = Monitor::new(run.as_view(), true);
    while run.events() < event {
        assert_eq!(run.step(), Step::Event, "the run ends before event {event}");
        let _ = synod_sim::Observer::after(&mut monitor, run.as_view(), run.event());
    }
    (run, monitor)
}

/// The state here is that of a straight replay of the scenario with its script.
fn check_here(history: &History<Monitor>) {
    let event = history.position();
    let (run, monitor) = straight(history.run().scenario(), event);
    // Time may have passed since the event; then the states differ in that alone.
    let (mut here, watch) = history.at(event);
    assert_eq!(run.digest(), here.digest(), "event {event}");
    assert_eq!(monitor.violations(), watch.violations(), "event {event}");
    assert_eq!(monitor.violations(), history.watch().violations());
    here.run_until(history.run().now(), 0, &mut ());
    assert_eq!(history.diverged(), None);
    if history.run().now() == here.now() {
        assert_eq!(history.run().digest(), here.digest(), "event {event}");
    }
}

fn some_action(draw: &mut Stream, nodes: usize) -> Action {
    let node = Who::Node(NodeId::at(draw.below(nodes as u64) as usize));
    match draw.below(8) {
        0 | 1 => Action::Crash { node },
        2 | 3 => Action::Restart { node },
        4 => Action::Pause { node },
        5 => Action::Resume { node },
        6 => Action::Isolate { node },
        _ => Action::Heal { links: Vec::new() },
    }
}

/// Goes back and forth at random, acts now and then, and compares with straight replays.
fn wander(scenario: &Scenario, seeks: u64, checked_every: u64) {
    let mut history = history(scenario);
    let mut draw = Stream::new(scenario.seed, Purpose::Sweep, 99);
    history.run_until(scenario.until_us, 6_000, &mut ());
    for turn in 0..seeks {
        match draw.below(20) {
            0 => {
                let action = some_action(&mut draw, scenario.nodes);
                let (before, digest) = (history.position(), history.run().digest());
                match history.act(action) {
                    Ok(()) => assert_eq!(history.position(), before + 1),
                    Err(_) => assert_eq!(history.run().digest(), digest),
                }
            }
            1 => {
                let (before, digest) = (history.position(), history.run().digest());
                if history.undo().is_some() {
                    assert!(history.redo());
                    assert_eq!(history.position(), before);
                    assert_eq!(history.at(before).0.digest(), {
                        let (run, _) = straight(history.run().scenario(), before);
                        run.digest()
                    });
                }
                let _ = digest;
            }
            2 => {
                history.undo();
            }
            3 => {
                let branches = history.branches();
                let chosen = draw.below(branches.len() as u64) as usize;
                assert!(history.switch(branches[chosen].id));
            }
            4 => {
                history.step();
            }
            5 => {
                let until = history.run().now() + draw.below(50_000);
                history.run_until(until, 2_000, &mut ());
            }
            6 => history.seek_time(draw.below(history.end_us() + 1)),
            _ => history.seek(draw.below(history.len() + 1)),
        }
        if turn % checked_every == 0 {
            check_here(&history);
        }
    }
    check_here(&history);
}

/// A thousand seeks in all; a run of a handful is compared with a straight replay each time.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_thousand_seeks_agree_with_straight_replay() {
    let sweep = Sweep {
        base: Scenario::new("raft", 5),
        fixed: Vec::new(),
        until_us: 10_000_000,
    };
    for seed in 0..10 {
        wander(&sweep.scenario(seed), 100, 5);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_action_in_the_past_starts_a_branch_and_the_old_future_stays() {
    let lab = include_str!("../../../tests/scenarios/lab.toml");
    let mut history = history(&scenario(lab));
    history.run_until(3_000_000, 20_000, &mut ());
    let (events, digest) = (history.len(), history.run().digest());
    let elected = history
        .index()
        .before(history.len(), &Filter::marked(Marks::ELECTION))
        .expect("an election");
    history.seek(elected.event);
    let leader = Who::Node(history.run().leader().expect("a leader"));
    history
        .act(Action::Crash { node: leader })
        .expect("it can crash");
    assert_eq!(history.position(), elected.event + 1);
    assert_eq!(history.len(), elected.event + 1);
    history.run_until(3_000_000, 20_000, &mut ());
    let branches = history.branches();
    assert_eq!(branches.len(), 2);
    assert_eq!(branches[1].parent, Some(branches[0].id));
    assert_eq!(branches[1].fork, elected.event);
    assert_eq!(branches[0].events, events);
    // The old future is as it was.
    let old = history
        .peek(branches[0].id, events)
        .expect("the first branch");
    assert_eq!(old.event().index, events);
    assert!(history.switch(branches[0].id));
    history.seek(events);
    history.seek_time(3_000_000);
    assert_eq!(history.run().digest(), digest);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_was_done_is_undone_and_done_again() {
    let lab = include_str!("../../../tests/scenarios/lab.toml");
    let mut history = history(&scenario(lab));
    history.run_until(2_000_000, 20_000, &mut ());
    assert!(history.undoable().is_none() && history.undo().is_none());
    let node = |k: usize| Who::Node(NodeId::at(k));
    let mut states = vec![history.run().digest()];
    for k in 0..2 {
        history.act(Action::Crash { node: node(k) }).expect("up");
        states.push(history.run().digest());
    }
    assert_eq!(
        history.undo(),
        Some(Arc::new(Action::Crash { node: node(1) }))
    );
    assert_eq!(history.run().digest(), states[1]);
    assert_eq!(
        history.undo(),
        Some(Arc::new(Action::Crash { node: node(0) }))
    );
    assert_eq!(history.run().digest(), states[0]);
    assert!(history.undo().is_none());
    assert_eq!(history.branches().len(), 2, "bare moments are not shown");
    assert!(history.redo());
    assert_eq!(history.run().digest(), states[1]);
    assert!(history.redo());
    assert_eq!(history.run().digest(), states[2]);
    assert!(!history.redo());
    assert_eq!(history.branches().len(), 1);
    // Something else done instead ends redoing, and is a branch of its own.
    history.undo();
    history.act(Action::Pause { node: node(2) }).expect("up");
    assert!(!history.can_redo());
    let branches = history.branches();
    assert_eq!(branches.len(), 2);
    assert!(branches[1].current);
}

/// What was kept of a run comes back as branches of it.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_kept_branch_is_adopted() {
    let lab = include_str!("../../../tests/scenarios/lab.toml");
    let mut first = history(&scenario(lab));
    first.run_until(1_000_000, 20_000, &mut ());
    let node = |k: usize| Who::Node(NodeId::at(k));
    first.act(Action::Crash { node: node(0) }).expect("up");
    let fork = first.position() - 1;
    first.run_until(2_000_000, 20_000, &mut ());
    first.seek(fork);
    first.act(Action::Crash { node: node(1) }).expect("up");
    first.run_until(2_000_000, 20_000, &mut ());
    first.seek(first.len());
    let (here, digest) = (first.branch(), first.run().digest());
    let again = |id| {
        let (scenario, events) = first.branch_run(id).expect("a branch");
        let mut again = history(&scenario);
        while again.position() < events && again.step() == Step::Event {}
        again
    };
    let other = first.branches()[0].id;
    let mut second = again(here);
    assert_eq!(second.len(), first.len());
    assert!(second.adopt(again(other)));
    let branches = second.branches();
    assert_eq!(branches.len(), 2);
    assert_eq!(branches[1].fork, fork);
    assert_eq!(second.shared_with(branches[1].id), fork);
    assert!(second.switch(branches[1].id));
    second.seek(second.len());
    assert!(second.switch(branches[0].id));
    second.seek(second.len());
    assert_eq!(second.run().digest(), digest);
    let mut stranger = scenario(lab);
    stranger.seed += 1;
    assert!(!second.adopt(history(&stranger)));
}
