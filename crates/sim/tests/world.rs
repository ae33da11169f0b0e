//! The world's parts: links, disks, clocks, pauses, schedules.

use std::ops::ControlFlow;
use synod_protocols::NodeId;
use synod_sim::{
    Action, Event, EventKind, Fate, Flight, LossReason, Observer, Run, Status, View, Who, open,
    parse_scenario,
};

const S1: NodeId = NodeId(0);
const S2: NodeId = NodeId(1);

fn start(text: &str) -> Box<dyn Run> {
    let text = format!("protocol = \"raft\"\n{text}");
    let scenario = parse_scenario(&text, "test.toml").unwrap_or_else(|errors| {
        panic!(
            "{}",
            errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    open(&scenario).expect("good options")
}

fn played(text: &str, until_ms: u64) -> Box<dyn Run> {
    let mut run = start(text);
    run.run_until(until_ms * 1_000, 1_000_000, &mut ());
    run
}

/// Counts events by a word of their trace line.
fn count(text: &str, until_ms: u64, word: &str) -> usize {
    let mut run = start(text);
    let mut tracer = synod_sim::trace::Tracer::default();
    run.run_until(until_ms * 1_000, 1_000_000, &mut tracer);
    tracer
        .text()
        .lines()
        .filter(|line| line.contains(word))
        .count()
}

/// Counts messages that found a queue full.
fn overflows(text: &str, until_ms: u64) -> u64 {
    struct Count(u64);
    impl Observer for Count {
        fn after(&mut self, _: &dyn View, event: &Event) -> ControlFlow<()> {
            self.0 += u64::from(matches!(event.kind, EventKind::Lost(_, LossReason::Full)));
            ControlFlow::Continue(())
        }
    }
    let mut count = Count(0);
    start(text).run_until(until_ms * 1_000, 1_000_000, &mut count);
    count.0
}

fn flights(run: &dyn View) -> Vec<Flight> {
    let mut all = Vec::new();
    run.flights(&mut all);
    all
}

#[test]
fn a_one_way_cut_lets_the_other_way_through() {
    // S1 leads and its messages to S2 are lost, but not S2's to S1: S2 calls elections that S1
    // hears.
    let text = "nodes = 3\n[[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n\
                [[do]]\nat = \"300ms\"\ncut = \"S1->S2\"\n";
    let run = played(text, 1_500);
    assert!(run.link(end(S1), end(S2)).cut);
    assert!(!run.link(end(S2), end(S1)).cut);
    assert!(
        run.probe(S1).is_some_and(|probe| probe.epoch > 1),
        "S1 heard of a later term"
    );
}

fn end(node: NodeId) -> synod_sim::Endpoint {
    synod_sim::Endpoint::Server(node)
}

#[test]
fn chances_lose_and_double_datagrams() {
    let text = "seed = 3\n[clients]\nload = \"10ms\"\n[network]\n";
    assert_eq!(count(text, 3_000, "\"why\":\"loss\""), 0);
    let lost = count(
        &format!("{text}loss = \"10%\"\n"),
        3_000,
        "\"why\":\"loss\"",
    );
    let sent = played(&format!("{text}loss = \"10%\"\n"), 3_000);
    let sent: u64 = sent.counters().sent.iter().sum::<u64>() + sent.counters().requests;
    assert!(
        (lost as u64 * 10).abs_diff(sent) < sent / 3,
        "{lost} of {sent}"
    );
    let double = played(&format!("{text}duplicate = \"100%\"\n"), 3_000);
    assert_eq!(double.counters().requests % 2, 0);
    assert!(double.counters().acknowledged > 10);
}

/// A stream keeps order and loses nothing: a loss is a delay.
#[test]
fn a_stream_turns_loss_into_delay() {
    let text = "[network]\nkind = \"stream\"\nloss = \"20%\"\n[clients]\nload = \"10ms\"\n";
    assert_eq!(count(text, 4_000, "\"event\":\"lost\""), 0);
    let lossy = played(text, 4_000);
    assert!(lossy.counters().acknowledged > 0);
}

/// What a cut holds back on a stream goes on after the heal; a killed session takes it.
#[test]
fn a_cut_stream_stalls_and_a_killed_session_loses() {
    let text = "nodes = 3\nnetwork.kind = \"stream\"\n\
                [[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n[[do]]\nat = \"200ms\"\ncut = \"S1->S2\"\n";
    let mut run = played(text, 320);
    let stalled = |run: &dyn View| {
        flights(run)
            .iter()
            .filter(|flight| flight.fate == Fate::Stalled)
            .count()
    };
    assert!(stalled(run.as_view()) >= 2, "{:?}", flights(run.as_view()));
    let mut killed = run.fork();
    let what = synod_sim::Match {
        from: Some(end(S1)),
        to: Some(end(S2)),
        ..Default::default()
    };
    run.act(Action::Deliver { what }).expect("tried");
    assert!(
        stalled(run.as_view()) >= 2,
        "a hand cannot carry a message over a cut"
    );
    run.act(Action::Heal { links: Vec::new() }).expect("healed");
    assert_eq!(stalled(run.as_view()), 0);
    assert!(
        flights(run.as_view())
            .iter()
            .any(|flight| flight.info.to == end(S2))
    );
    let link = synod_sim::Pair {
        from: end(S1),
        to: end(S2),
        both: true,
    };
    killed.act(Action::KillSession { link }).expect("killed");
    assert_eq!(stalled(killed.as_view()), 0);
    assert_eq!(killed.status(S2), Status::Up);
}

#[test]
fn what_comes_to_a_crashed_process_is_lost_and_to_a_paused_one_waits() {
    let text = |stop: &str| {
        format!(
            "nodes = 3\n[[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n\
             [[do]]\nat = \"200ms\"\n{stop} = \"S2\"\n"
        )
    };
    assert!(count(&text("crash"), 500, "\"why\":\"down\"") > 3);
    let mut run = played(&text("pause"), 500);
    let waiting = run.queued(S2);
    assert!(waiting > 3, "{waiting}");
    let events = run.events();
    run.act(Action::Resume {
        node: Who::Node(S2),
    })
    .expect("resumed");
    let now = run.now();
    run.run_until(now, 1_000, &mut ());
    assert_eq!(run.queued(S2), 0);
    assert_eq!(
        run.events(),
        events + waiting as u64,
        "one event each, but for the timer that the first of them armed again"
    );
}

#[test]
fn disks_keep_what_their_policy_promises() {
    // A write is acknowledged; all lose power a moment later; what is on the disks?
    let on_disk = |disk: &str| -> u64 {
        let crashes: String = (1..=5)
            .map(|k| format!("[[do]]\nat = \"1100ms\"\ncrash = \"S{k}\"\n"))
            .collect();
        let text = format!(
            "disk = {{ {disk} }}\n[[do]]\nat = \"900ms\"\ncommand = \"put x 1\"\n{crashes}"
        );
        let run = played(&text, 1_200);
        assert_eq!(run.counters().acknowledged, 1, "{disk}");
        (0..5)
            .filter_map(|k| run.disk_log(NodeId(k)).map(|log| log.last_index()))
            .max()
            .unwrap_or(0)
    };
    assert_eq!(on_disk("policy = \"each\""), 2);
    assert_eq!(on_disk("policy = \"group\", window = \"5ms\""), 2);
    assert_eq!(on_disk("policy = \"lying\""), 0);
    assert_eq!(on_disk("fsync_before_reply = false"), 0);
    assert_eq!(on_disk("fsync_before_reply = false, flush = \"50ms\""), 2);
}

/// Group commit trades latency for flushes.
#[test]
fn a_group_commit_flushes_less_and_answers_later() {
    let text = |disk: &str| format!("disk = {{ {disk} }}\n[clients]\nsessions = 8\nload = \"0\"\n");
    let each = played(&text("policy = \"each\", fsync = \"1ms\""), 3_000);
    let group = played(
        &text("policy = \"group\", fsync = \"1ms\", window = \"20ms\""),
        3_000,
    );
    let latency = |run: &dyn Run| run.counters().latency_sum_us / run.counters().acknowledged;
    let per_write = |run: &dyn Run| run.counters().syncs * 100 / run.counters().acknowledged;
    assert!(per_write(group.as_ref()) < per_write(each.as_ref()));
    assert!(latency(group.as_ref()) > latency(each.as_ref()) + 10_000);
}

#[test]
fn clocks_run_apart_and_timers_with_them() {
    let run = played(
        "nodes = 3\n[node.S1]\nclock_offset = \"-2s\"\n[node.S2]\nclock_drift_ppm = 100000\n",
        1_000,
    );
    assert_eq!(run.clock(S1).0, 1_000_000 - 2_000_000);
    assert_eq!(run.clock(S2).0, 1_100_000);
    // A clock twice as fast waits half as long, and calls the first election every time.
    for seed in 0..20 {
        let text = format!(
            "nodes = 3\nseed = {seed}\n[node.S3]\nclock_drift_ppm = 500000\n\
             [node.S1]\nclock_drift_ppm = -400000\n[node.S2]\nclock_drift_ppm = -400000\n"
        );
        let run = played(&text, 1_000);
        assert_eq!(run.leader(), Some(NodeId(2)), "seed {seed}");
    }
}

#[test]
fn nothing_moves_under_a_manual_schedule_until_it_is_told_to() {
    let mut run = start("schedule = \"manual\"\n");
    run.run_until(60_000_000, 1_000, &mut ());
    assert_eq!(run.events(), 5, "the five starts alone");
    run.act(Action::Timeout {
        node: Who::Node(S1),
    })
    .expect("S1 times out");
    let asked = flights(run.as_view());
    assert_eq!(asked.len(), 4);
    run.run_until(120_000_000, 1_000, &mut ());
    assert_eq!(flights(run.as_view()).len(), 4);
    let to = |node: NodeId| synod_sim::Match {
        to: Some(end(node)),
        ..Default::default()
    };
    run.act(Action::Drop {
        what: to(NodeId(4)),
    })
    .expect("dropped");
    run.act(Action::Deliver { what: to(S2) })
        .expect("delivered");
    assert_eq!(run.probe(S2).map(|probe| probe.epoch), Some(1));
    run.act(Action::Duplicate { what: to(S1) })
        .expect("a doubled vote");
    assert_eq!(
        flights(run.as_view())
            .iter()
            .filter(|f| f.info.to == end(S1))
            .count(),
        2
    );
    run.act(Action::Quiet).expect("quiet");
    run.run_until(u64::MAX, 1_000, &mut ());
    assert_eq!(run.leader(), Some(S1));
    assert!(flights(run.as_view()).is_empty());
}

#[test]
fn manual_disks_finish_when_told() {
    let mut run = start("schedule = \"manual\"\ndisk.manual = true\n");
    run.run_until(1, 100, &mut ());
    run.act(Action::Timeout {
        node: Who::Node(S1),
    })
    .expect("S1 times out");
    assert!(
        flights(run.as_view()).is_empty(),
        "the vote for itself is not on disk yet"
    );
    assert_eq!(run.disk(S1).pending, 1);
    assert_eq!(run.disk(S1).waiting, 4);
    run.act(Action::Sync {
        node: Who::Node(S1),
    })
    .expect("synced");
    assert_eq!(flights(run.as_view()).len(), 4);
    assert_eq!(run.disk(S1).pending, 0);
}

#[test]
fn holding_stops_time_and_releasing_goes_on() {
    let mut run = played("[clients]\nload = \"20ms\"\n", 1_000);
    run.act(Action::Hold).expect("held");
    run.run_until(9_000_000, 10_000, &mut ());
    assert_eq!(run.now(), 1_000_000);
    assert!(run.act(Action::Hold).is_err());
    run.act(Action::Release).expect("released");
    run.run_until(2_000_000, 100_000, &mut ());
    assert_eq!(run.now(), 2_000_000);
    assert!(run.counters().acknowledged > 5);
}

#[test]
fn a_message_can_be_delayed_and_a_leader_asked_to_hand_over() {
    let mut run = played("seed = 4\n[clients]\nload = \"20ms\"\n", 1_000);
    let first = flights(run.as_view())
        .first()
        .copied()
        .expect("a message in flight");
    let what = synod_sim::Match {
        id: Some(first.info.id),
        ..Default::default()
    };
    run.act(Action::Delay {
        what,
        by_us: 100_000,
    })
    .expect("delayed");
    let later = flights(run.as_view());
    let moved = later
        .iter()
        .find(|flight| flight.info.id == first.info.id)
        .expect("still there");
    assert_eq!(moved.due_us, first.due_us + 100_000);
    let old = run.leader().expect("a leader");
    let next = NodeId::at((old.index() + 1) % 5);
    run.act(Action::Lead {
        node: Who::Node(next),
    })
    .expect("handed over");
    run.run_until(1_400_000, 100_000, &mut ());
    assert_eq!(run.leader(), Some(next));
}

/// A command that a scenario put on the disks is answered to nobody.
#[test]
fn a_preloaded_command_is_applied() {
    let run = played(
        "nodes = 1\n[node.S1]\npreload = { log = \"1:put,x,7\" }\n",
        1_000,
    );
    assert!(
        run.store(S1)
            .is_some_and(|store| store.get("x").is_some_and(|x| x == "7"))
    );
}

/// A firing that waited for a paused process is void once the timer is armed again.
#[test]
fn a_resumed_follower_does_not_depose_a_leader_that_it_hears() {
    let text = "nodes = 3\n[[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n\
                [[do]]\nat = \"500ms\"\npause = \"S2\"\n\
                [[do]]\nat = \"1500ms\"\nresume = \"S2\"\n";
    let run = played(text, 2_000);
    assert_eq!(run.leader(), Some(S1));
    assert_eq!(run.probe(S1).map(|probe| probe.epoch), Some(1));
}

/// What a stream held back at a cut arrives in order, before what was sent after the heal.
#[test]
fn a_healed_stream_keeps_its_order() {
    let text = "nodes = 2\nnetwork = { kind = \"stream\", latency = \"100ms\" }\n\
                raft = { election_timeout = \"2s..3s\", heartbeat = \"10ms\" }\n\
                [[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n\
                [[do]]\nat = \"595ms\"\ncut = \"S1-S2\"\n\
                [[do]]\nat = \"625ms\"\nheal = \"all\"\n";
    let mut run = start(text);
    let mut arrived: Vec<u64> = Vec::new();
    while run.now() < 1_500_000 {
        run.step();
        if let EventKind::Delivered(info) = run.event().kind
            && (info.from, info.to) == (end(S1), end(S2))
        {
            arrived.push(info.id);
        }
    }
    assert!(arrived.len() > 50);
    assert!(arrived.is_sorted(), "{arrived:?}");
}

#[test]
fn time_does_not_jump_in_a_timed_schedule() {
    let mut run = played("", 100);
    assert!(run.act(Action::Wait { us: 1_000 }).is_err());
    let mut early = start("");
    assert!(
        early
            .act(Action::Crash {
                node: Who::Node(S1)
            })
            .is_err(),
        "nobody has started"
    );
}

#[test]
fn every_queue_has_a_bound() {
    let mut run = start("nodes = 1\nclients.sessions = 1\nclients.timeout = \"1s\"\n");
    run.run_until(1, 100, &mut ());
    let command = || Action::Command {
        client: synod_protocols::ClientId(0),
        op: synod_protocols::Op::Get { key: "x".into() },
    };
    let refused = (0..3_000)
        .find(|_| run.act(command()).is_err())
        .expect("a bound");
    assert!(refused >= 1_000, "{refused}");
    // Two paused servers and clients that never tire: the queues fill, and say so.
    let text = "nodes = 2\nclients.sessions = 64\nclients.load = \"0\"\n\
                clients.timeout = \"1ms\"\n\
                [[do]]\nat = \"1ms\"\npause = \"S1\"\n[[do]]\nat = \"1ms\"\npause = \"S2\"\n";
    let mut long = start(text);
    long.run_until(2_000_000, 900_000, &mut ());
    assert!(
        (10_000..10_010).contains(&long.queued(S1)),
        "{}",
        long.queued(S1)
    );
    assert!(overflows(text, 2_000) > 1_000);
    // A network that takes a day: messages in flight are bounded, and what exceeds it is lost.
    let text = "nodes = 2\nnetwork.latency = \"24h\"\nclients.sessions = 64\n\
                clients.load = \"0\"\nclients.timeout = \"1ms\"\n";
    let mut slow = start(text);
    slow.run_until(5_000_000, 900_000, &mut ());
    assert_eq!(flights(slow.as_view()).len(), 200_000);
    assert!(overflows(text, 3_500) > 1_000);
}
