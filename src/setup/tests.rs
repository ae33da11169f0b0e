//! Tests of the draft: what it keeps of the run from which it started, and what it changes.

use super::draft::Draft;
use std::collections::BTreeMap;
use std::sync::Arc;
use synod_protocols::{NodeId, Options, Preload, registry};
use synod_sim::{Action, NodeSettings, Scenario, ScriptItem, Who};

fn item(at_us: u64, after: Option<u64>, node: usize) -> ScriptItem {
    let node = Who::Node(NodeId::at(node));
    ScriptItem {
        at_us,
        after,
        action: Arc::new(Action::Crash { node }),
    }
}

/// A run of five with an action of its own, and one by hand.
fn base() -> Arc<Scenario> {
    let preload = Some(Preload::default());
    let settings = NodeSettings {
        clock_offset_us: 7,
        preload,
        ..NodeSettings::default()
    };
    let mut base = Scenario {
        title: "as it was".into(),
        seed: 42,
        show_from_us: 600_000,
        script: vec![item(100, None, 4), item(200, Some(31), 1)],
        node: BTreeMap::from([(NodeId::at(0), settings.clone()), (NodeId::at(4), settings)]),
        ..Scenario::new("raft", 5)
    };
    let specs = registry::about("raft").expect("known").options;
    base.options.set(specs, "window", "4").expect("a window");
    Arc::new(base)
}

fn at(draft: &Draft, name: &str) -> usize {
    let found = draft.options().find(|(_, spec)| spec.name == name);
    found.expect("an option").0
}

fn write(draft: &mut Draft, name: &str, text: &str) {
    let option = at(draft, name);
    draft.write(option, text.into());
}

#[test]
fn what_is_left_alone_is_the_same_run() {
    let base = base();
    let draft = Draft::of(Arc::clone(&base));
    let scenario = draft.scenario().expect("a scenario");
    assert_eq!(scenario.options, base.options);
    assert_eq!(scenario.node, base.node);
    assert_eq!((scenario.seed, &*scenario.title), (42, "as it was"));
    // What was done by hand keeps its time, and is shown.
    assert_eq!(scenario.script, [item(100, None, 4), item(200, None, 1)]);
    assert_eq!(scenario.show_from_us, 200);
}

#[test]
fn changes_are_marked_and_taken_back() {
    let mut draft = Draft::of(base());
    let changed = |draft: &Draft| {
        let changed = draft
            .options()
            .filter(|(option, _)| draft.is_changed(*option));
        changed.map(|(_, spec)| spec.name).collect::<Vec<_>>()
    };
    assert_eq!(changed(&draft), ["window"]);
    let rule = at(&draft, "election_restriction");
    draft.switch(rule);
    assert!(draft.is_mistake(rule));
    write(&mut draft, "heartbeat", "20ms");
    assert_eq!(
        changed(&draft),
        ["heartbeat", "window", "election_restriction"]
    );
    let scenario = draft.scenario().expect("a scenario");
    let specs = draft.about().options;
    assert!(!scenario.options.switch(specs, "election_restriction"));
    assert_ne!(scenario.title, "as it was");
    for option in [rule, at(&draft, "heartbeat"), at(&draft, "window")] {
        draft.reset(option);
    }
    assert_eq!(changed(&draft), [""; 0]);
    assert_eq!(
        draft.scenario().expect("a scenario").options,
        Options::default()
    );
}

#[test]
fn what_is_written_wrongly_is_told_and_is_no_scenario() {
    let mut draft = Draft::of(base());
    write(&mut draft, "window", "many");
    let option = at(&draft, "window");
    assert!(draft.is_changed(option));
    assert!(
        draft
            .wrong(option)
            .expect("wrong")
            .contains("from 1 to 256")
    );
    assert!(draft.scenario().is_err());
    write(&mut draft, "window", " 9 ");
    assert_eq!(draft.wrong(option), None);
    assert!(draft.scenario().is_ok());
}

#[test]
fn other_servers_take_what_fits_them() {
    let mut draft = Draft::of(base());
    assert_eq!(draft.sizes(), 3..=9);
    let many = Draft::of(Arc::new(Scenario::new("raft", 12)));
    assert_eq!(many.sizes(), 3..=12);
    write(&mut draft, "vote_quorum", "5");
    write(&mut draft, "commit_quorum", "weights 3 1 1 1 1");
    draft.choose_nodes(4);
    assert!(!draft.keeps());
    assert_eq!(draft.text(at(&draft, "vote_quorum")), "4");
    assert_eq!(draft.text(at(&draft, "commit_quorum")), "weights 3 1 1 1");
    draft.keep(true);
    let scenario = draft.scenario().expect("a scenario");
    assert_eq!(scenario.check(), Ok(()));
    // The fifth server is gone, and what happened to it; disks of the old cluster too.
    assert_eq!(scenario.script, [item(200, None, 1)]);
    let left: Vec<&NodeSettings> = scenario.node.values().collect();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].clock_offset_us, &left[0].preload), (7, &None));
}

#[test]
fn another_protocol_begins_with_its_defaults_and_the_first_comes_back_as_it_was() {
    let mut draft = Draft::of(base());
    draft.choose_protocol("paxos");
    assert!(draft.options().all(|(option, _)| !draft.is_changed(option)));
    let scenario = draft.scenario().expect("a scenario");
    assert_eq!((scenario.protocol, scenario.seed), ("paxos", 42));
    assert!(scenario.script.is_empty());
    draft.choose_protocol("raft");
    assert_eq!(draft.text(at(&draft, "window")), "4");
    assert!(draft.keeps());
}

#[test]
fn quorums_follow_the_servers_that_count() {
    let mut draft = Draft::of(base());
    draft.choose_protocol("paxos");
    write(&mut draft, "promise_quorum", "5");
    let acceptors = at(&draft, "acceptors");
    draft.toggle(acceptors, NodeId::at(4));
    assert_eq!(draft.text(acceptors), "S1 S2 S3 S4");
    assert_eq!(draft.text(at(&draft, "promise_quorum")), "4");
    draft.toggle(acceptors, NodeId::at(4));
    assert_eq!(draft.text(acceptors), "all");
    for node in 0..5 {
        draft.toggle(acceptors, NodeId::at(node));
    }
    assert!(
        draft
            .wrong(acceptors)
            .expect("wrong")
            .contains("at least one")
    );
    draft.toggle(acceptors, NodeId::at(4));
    draft.choose_nodes(3);
    assert_eq!(draft.text(acceptors), "all");
}
