//! Why is it not leader, and why is this entry not committed: whole answers at known moments.

use synod_protocols::replica::Question;
use synod_protocols::{ClientId, NodeId, Op};
use synod_sim::trace::Teller;
use synod_sim::why::why;
use synod_sim::{Action, Endpoint, Pair, Run, Status, Who, open, parse_scenario};

const S: [NodeId; 5] = [NodeId(0), NodeId(1), NodeId(2), NodeId(3), NodeId(4)];

fn start(text: &str) -> Box<dyn Run> {
    let scenario = parse_scenario(text, "why.toml").expect("a good scenario");
    open(&scenario).expect("a run")
}

/// Five servers with a leader.
fn led() -> (Box<dyn Run>, NodeId) {
    let mut run = start("protocol = \"raft\"\nnodes = 5\nseed = 7\n");
    while run.leader().is_none() {
        run.run_until(run.now() + 10_000, 10_000, &mut ());
    }
    run.run_until(run.now() + 100_000, 10_000, &mut ());
    let leader = run.leader().expect("a leader");
    (run, leader)
}

fn said(run: &dyn Run, node: NodeId, question: Question) -> Vec<String> {
    let teller = Teller::english(run.about());
    let because = why(run.as_view(), &teller, node, question);
    because.said.into_iter().map(|said| said.text).collect()
}

fn other_than(nodes: &[NodeId]) -> NodeId {
    *S.iter()
        .find(|node| !nodes.contains(node))
        .expect("another")
}

fn crash(run: &mut dyn Run, node: NodeId) {
    run.act(Action::Crash {
        node: Who::Node(node),
    })
    .expect("it runs");
}

#[test]
fn followers_and_leaders_say_what_they_are() {
    let (mut run, leader) = led();
    assert_eq!(
        said(run.as_ref(), leader, Question::NotLeading),
        [format!("{leader} leads term 1.")]
    );
    let follower = other_than(&[leader]);
    let answer = said(run.as_ref(), follower, Question::NotLeading);
    assert_eq!(answer.len(), 2, "{answer:?}");
    assert_eq!(
        answer[0],
        format!("{follower} does not lead: it follows {leader}, the leader of term 1.")
    );
    assert!(answer[1].starts_with(&format!(
        "{follower} stands for election when its election timer fires, in "
    )));
    crash(run.as_mut(), follower);
    assert_eq!(
        said(run.as_ref(), follower, Question::NotLeading),
        [format!("{follower} does not run: it is crashed.")]
    );
}

#[test]
fn a_candidate_without_a_majority_names_whom_it_lacks() {
    let (mut run, leader) = led();
    let candidate = other_than(&[leader]);
    let cut_off = other_than(&[leader, candidate]);
    let paused = other_than(&[leader, candidate, cut_off]);
    crash(run.as_mut(), leader);
    let link = Pair {
        from: Endpoint::Server(cut_off),
        to: Endpoint::Server(candidate),
        both: true,
    };
    run.act(Action::Cut { links: vec![link] }).expect("a link");
    run.act(Action::Pause {
        node: Who::Node(paused),
    })
    .expect("it runs");
    // Its timer has to fire twice at most: once to ask, once to stand.
    let mut answer = Vec::new();
    for _ in 0..400 {
        run.run_until(run.now() + 5_000, 10_000, &mut ());
        answer = said(run.as_ref(), candidate, Question::NotLeading);
        if answer[0].contains("of the 3") {
            break;
        }
        let _ = run.act(Action::Timeout {
            node: Who::Node(candidate),
        });
    }
    assert!(answer[0].contains("of the 3"), "{answer:?}");
    assert!(
        answer.contains(&format!("{leader} is crashed.")),
        "{answer:?}"
    );
    assert!(
        answer.contains(&format!("{paused} is paused.")),
        "{answer:?}"
    );
    assert!(
        answer.contains(&format!("{cut_off} is cut off from {candidate}.")),
        "{answer:?}"
    );
}

#[test]
fn an_entry_that_waits_names_its_missing_copies() {
    let (mut run, leader) = led();
    let down: Vec<NodeId> = S
        .iter()
        .copied()
        .filter(|node| *node != leader)
        .take(3)
        .collect();
    for node in &down {
        crash(run.as_mut(), *node);
    }
    run.act(Action::Command {
        client: ClientId(0),
        op: Op::parse("put x 1").expect("a command"),
    })
    .expect("a session");
    let before = run.log(leader).expect("a log").last_index();
    while run.log(leader).expect("a log").last_index() == before {
        run.run_until(run.now() + 1_000, 1_000, &mut ());
    }
    run.run_until(run.now() + 60_000, 1_000, &mut ());
    let index = run.log(leader).expect("a log").last_index();
    let answer = said(run.as_ref(), leader, Question::NotDecided { index });
    assert_eq!(
        answer[0],
        format!(
            "Index {index} is not committed: as far as {leader} knows, 2 of the 3 servers that \
             must hold it do."
        )
    );
    for node in down {
        assert!(
            answer.contains(&format!("{node} is crashed.")),
            "{answer:?}"
        );
    }
    assert_eq!(answer.len(), 4);
}

/// Figure 8: on a majority, and not committed.
#[test]
fn an_entry_of_an_older_term_is_not_counted() {
    let text = include_str!("../../../tests/scenarios/raft/figure-8.toml");
    let mut run = start(text);
    let expect = "Index 2 is on a majority, and S1 does not commit it: its entry is of term 2, and \
                  only an entry of the current term 4 may be committed by counting. It commits \
                  with the first of those.";
    let mut found = false;
    while !found && run.step() == synod_sim::Step::Event {
        let asked = |leader: NodeId| said(run.as_ref(), leader, Question::NotDecided { index: 2 });
        found = run
            .leader()
            .is_some_and(|leader| asked(leader)[0] == expect);
    }
    assert!(found, "figure 8 comes to that");
}

/// At any moment of a troubled run every question has an answer, and it agrees with the state.
#[test]
fn every_question_has_a_true_answer() {
    for seed in 0..12 {
        let mut run = start(&format!(
            "protocol = \"raft\"\nnodes = 5\nseed = {seed}\n[clients]\nload = \"20ms\"\n"
        ));
        for turn in 0..60_u64 {
            run.run_until(run.now() + 40_000, 5_000, &mut ());
            let node = Who::Node(S[(turn * 7 + seed) as usize % 5]);
            let action = match turn % 4 {
                0 => Action::Crash { node },
                1 => Action::Isolate { node },
                2 => Action::Heal { links: Vec::new() },
                _ => Action::Restart { node },
            };
            let _ = run.act(action);
            for node in S {
                let teller = Teller::english(run.about());
                let because = why(run.as_view(), &teller, node, Question::NotLeading);
                assert!(!because.said.is_empty());
                assert!(because.said.iter().all(|said| !said.text.contains('{')));
                let up = run.status(node) == Status::Up;
                let leads = run.probe(node).is_some_and(|probe| probe.leading);
                let says = because.said[0].text
                    == format!("{node} leads term {}.", {
                        run.probe(node).map_or(0, |probe| probe.epoch)
                    });
                assert_eq!(says, up && leads, "{because:?}");
                let view = run.describe(node);
                for tally in view.into_iter().flat_map(|view| view.tallies) {
                    if tally.what == "votes" {
                        assert!(because.missing.intersection(tally.have).is_empty());
                    }
                }
                for index in 1..=run.log(node).map_or(0, |log| log.last_index()) + 1 {
                    let question = Question::NotDecided { index };
                    let because = why(run.as_view(), &teller, node, question);
                    assert!(!because.said.is_empty());
                }
            }
        }
    }
}
