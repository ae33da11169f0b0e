//! The faults of processes, clocks and disks, and the oracle: one claim a test.

use std::ops::ControlFlow;
use synod_protocols::NodeId;
use synod_sim::{
    Action, DiskPatch, DiskPolicy, Endpoint, Event, EventKind, LossReason, Observer, Run, Status,
    View, Who, open, parse_scenario,
};

const S1: NodeId = NodeId(0);
const S2: NodeId = NodeId(1);
const S3: NodeId = NodeId(2);

/// S1 of three leads from the first second on; the clients keep it busy.
const CALM: &str = "nodes = 3\n[clients]\nload = \"20ms\"\n\
                    [[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n";

fn started(text: &str) -> Box<dyn Run> {
    let text = format!("protocol = \"raft\"\n{text}");
    let scenario = parse_scenario(&text, "test.toml").unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    });
    open(&scenario).expect("good options")
}

/// The run a second after S1 was made leader, after these further actions of its script.
fn calm(more: &str, until_ms: u64) -> Box<dyn Run> {
    let mut run = started(&format!("{CALM}{more}"));
    run.run_until(until_ms * 1_000, 1_000_000, &mut ());
    run
}

/// Keeps the events that a test asks for.
struct Kept<F>(Vec<Event>, F);

impl<F: Fn(&Event) -> bool> Observer for Kept<F> {
    fn after(&mut self, _: &dyn View, event: &Event) -> ControlFlow<()> {
        if (self.1)(event) {
            self.0.push(event.clone());
        }
        ControlFlow::Continue(())
    }
}

fn kept(run: &mut dyn Run, until_ms: u64, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut kept = Kept(Vec::new(), wanted);
    run.run_until(until_ms * 1_000, 1_000_000, &mut kept);
    kept.0
}

fn act(run: &mut dyn Run, text: &str) {
    let all = format!("protocol = \"raft\"\nnodes = 3\n[[do]]\nat = \"0\"\n{text}\n");
    let scenario = parse_scenario(&all, "act.toml").expect("a good action");
    let action = Action::clone(&scenario.script[0].action);
    run.act(action.clone())
        .unwrap_or_else(|why| panic!("{action:?}: {}", why.english()));
}

fn lost(event: &Event, why: LossReason) -> bool {
    matches!(event.kind, EventKind::Lost(_, reason) if reason == why)
}

fn acknowledged(run: &dyn View) -> u64 {
    run.counters().acknowledged
}

#[test]
fn a_wiped_server_forgets_its_log_and_its_vote() {
    let mut run = calm("", 1_000);
    assert!(run.disk_log(S2).expect("a log").last_index() > 5);
    act(&mut *run, "wipe = \"S2\"");
    assert_eq!(run.status(S2), Status::Crashed);
    assert!(run.faults(S2).wiped);
    assert_eq!(run.disk_log(S2).expect("a log").last_index(), 0);
    act(&mut *run, "restart = \"S2\"");
    assert!(!run.faults(S2).wiped);
    assert_eq!(run.probe(S2).expect("it runs").epoch, 0);
}

#[test]
fn a_crashed_server_can_be_wiped() {
    let mut run = calm("[[do]]\nat = \"900ms\"\ncrash = \"S3\"\n", 1_000);
    assert!(run.disk_log(S3).expect("a log").last_index() > 5);
    act(&mut *run, "wipe = \"S3\"");
    assert_eq!(run.disk_log(S3).expect("a log").last_index(), 0);
}

#[test]
fn a_slow_server_takes_its_inputs_one_after_another() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\nslow = \"S2\"\ntakes = \"40ms\"\n",
        1_000,
    );
    let here = |event: &Event| event.node == Some(S2);
    let events = kept(&mut *run, 1_400, here);
    let waits = |event: &&Event| matches!(event.kind, EventKind::Waits(_));
    let took: Vec<u64> = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Delivered(_)))
        .map(|event| event.time_us)
        .collect();
    assert!(events.iter().filter(waits).count() > took.len());
    assert!(took.len() >= 4, "{took:?}");
    assert!(took.windows(2).all(|pair| pair[1] - pair[0] >= 40_000));
    assert!(run.queued(S2) > 0);
}

#[test]
fn a_server_that_is_no_longer_slow_catches_up() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\nslow = \"S2\"\ntakes = \"40ms\"\n",
        1_500,
    );
    let waiting = run.queued(S2);
    assert!(waiting > 3);
    act(&mut *run, "slow = \"S2\"\ntakes = \"0\"");
    let now = run.now();
    for _ in 0..waiting {
        run.step();
    }
    assert_eq!((run.queued(S2), run.now()), (0, now));
}

#[test]
fn a_slow_server_that_is_paused_takes_nothing_until_it_goes_on() {
    let slow = "[[do]]\nat = \"1s\"\nslow = \"S2\"\ntakes = \"10ms\"\n\
                [[do]]\nat = \"1.1s\"\npause = \"S2\"\n";
    let mut run = calm(slow, 1_100);
    let taken =
        |event: &Event| event.node == Some(S2) && matches!(event.kind, EventKind::Delivered(_));
    assert!(kept(&mut *run, 1_300, taken).is_empty());
    act(&mut *run, "resume = \"S2\"");
    assert!(kept(&mut *run, 1_500, taken).len() > 5);
}

#[test]
fn while_the_network_is_held_a_slow_server_handles_everything_at_once() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\nslow = \"S2\"\ntakes = \"40ms\"\n",
        1_300,
    );
    assert!(run.queued(S2) > 0);
    act(&mut *run, "hold = true");
    run.run_until(2_000_000, 1_000, &mut ());
    assert_eq!(run.queued(S2), 0);
    act(&mut *run, "fire = \"S1\"\ntimer = \"heartbeat\"");
    act(&mut *run, "deliver = \"*->S2\"");
    assert_eq!(run.queued(S2), 0);
}

#[test]
fn a_crash_and_a_restart_leave_a_machine_as_slow_as_it_was() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\nslow = \"S2\"\ntakes = \"40ms\"\n",
        1_200,
    );
    act(&mut *run, "crash = \"S2\"");
    assert_eq!(run.queued(S2), 0);
    act(&mut *run, "restart = \"S2\"");
    let waits = |event: &Event| matches!(event.kind, EventKind::Waits(_));
    assert!(!kept(&mut *run, 1_500, waits).is_empty());
}

#[test]
fn a_deaf_server_hears_nothing_and_still_speaks() {
    let mut run = calm("[[do]]\nat = \"1s\"\ndeaf = \"S2\"\n", 1_000);
    let to_it = |event: &Event| event.node == Some(S2);
    let events = kept(&mut *run, 2_000, to_it);
    assert!(events.iter().any(|event| lost(event, LossReason::Deaf)));
    let delivered = |event: &&Event| matches!(event.kind, EventKind::Delivered(_));
    assert_eq!(events.iter().filter(delivered).count(), 0);
    assert!(events.iter().any(|event| !event.sent.is_empty()));
}

#[test]
fn a_mute_server_hears_and_sends_nothing() {
    let mut run = calm("[[do]]\nat = \"1s\"\nmute = \"S2\"\n", 1_000);
    let mut run_events = kept(&mut *run, 2_000, |_| true);
    run_events.retain(|event| event.kind.message().is_some());
    let from_it =
        |event: &&Event| event.kind.message().map(|info| info.from) == Some(Endpoint::Server(S2));
    let of_it: Vec<&Event> = run_events.iter().filter(from_it).skip(3).collect();
    assert!(of_it.len() > 5);
    assert!(of_it.iter().all(|event| lost(event, LossReason::Mute)));
    assert!(
        run_events
            .iter()
            .any(|event| event.node == Some(S2) && matches!(event.kind, EventKind::Delivered(_)))
    );
}

#[test]
fn an_omission_towards_one_peer_leaves_the_others_alone() {
    let text = "[[do]]\nat = \"1s\"\nmute = \"S1\"\nto = \"S3\"\n\
                [[do]]\nat = \"1s\"\ndeaf = \"S1\"\nfrom = \"S3\"\n";
    let mut run = calm(text, 1_000);
    let events = kept(&mut *run, 1_200, |event| {
        lost(event, LossReason::Mute) || lost(event, LossReason::Deaf)
    });
    let third = Endpoint::Server(S3);
    let with_it = |event: &Event| {
        let info = event.kind.message().expect("a message");
        info.from == third || info.to == third
    };
    assert!(!events.is_empty() && events.iter().all(with_it));
}

#[test]
fn an_omission_by_chance_loses_some() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\ndeaf = \"S2\"\nchance = \"50%\"\n",
        1_000,
    );
    let events = kept(&mut *run, 3_000, |event| event.node == Some(S2));
    let lost = events
        .iter()
        .filter(|event| lost(event, LossReason::Deaf))
        .count();
    let got = |event: &&Event| matches!(event.kind, EventKind::Delivered(_));
    let got = events.iter().filter(got).count();
    assert!(
        lost > 20 && got > 20 && lost.abs_diff(got) < (lost + got) / 3,
        "{lost}, {got}"
    );
}

#[test]
fn an_omission_ends_when_its_chance_is_none() {
    let text = "[[do]]\nat = \"1s\"\nmute = \"S1\"\n[[do]]\nat = \"1s\"\ndeaf = \"S1\"\n";
    let mut run = calm(text, 1_100);
    assert_eq!(run.faults(S1).mute.len(), 3, "two servers and the clients");
    act(&mut *run, "mute = \"S1\"\nchance = \"0\"");
    act(&mut *run, "deaf = \"S1\"\nchance = \"0\"");
    assert!(run.faults(S1).mute.is_empty() && run.faults(S1).deaf.is_empty());
    let before = acknowledged(run.as_view());
    run.run_until(3_000_000, 1_000_000, &mut ());
    assert!(acknowledged(run.as_view()) > before + 10);
}

#[test]
fn a_clock_jumps_and_no_timer_moves() {
    let mut run = calm("", 1_000);
    let timers = run.timers(S2);
    act(&mut *run, "clock = \"S2\"\njump = \"-1h\"");
    assert_eq!(run.faults(S2).ahead_us, -3_600_000_000);
    assert_eq!(run.timers(S2), timers);
    act(&mut *run, "clock = \"S2\"\njump = \"2h\"");
    assert_eq!(run.faults(S2).ahead_us, 3_600_000_000);
}

#[test]
fn a_clock_drifts_from_now_on() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\nclock = \"S2\"\ndrift_ppm = 200\n",
        1_000,
    );
    assert_eq!(run.faults(S2).ahead_us, 0);
    run.run_until(11_000_000, 1_000_000, &mut ());
    assert_eq!(run.faults(S2).ahead_us, 2_000);
    act(&mut *run, "clock = \"S2\"\ndrift_ppm = 0");
    assert_eq!(run.faults(S2).ahead_us, 2_000, "what it gained stays");
    run.run_until(12_000_000, 1_000_000, &mut ());
    assert_eq!(run.faults(S2).ahead_us, 2_000);
}

#[test]
fn a_clock_that_runs_fast_ends_the_timers_under_way_early() {
    let mut run = calm("", 1_000);
    let due = |run: &dyn View| run.timers(S2).iter().map(|timer| timer.due_us).max();
    let (now, before) = (run.now(), due(run.as_view()).expect("a timer"));
    act(&mut *run, "clock = \"S2\"\ndrift_ppm = 500000");
    let after = due(run.as_view()).expect("a timer");
    assert_eq!((after - now) / 100, (before - now) * 2 / 3 / 100);
}

#[test]
fn a_disk_that_begins_to_lie_loses_what_it_called_durable() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\ndisk = \"S2\"\npolicy = \"lying\"\n",
        1_500,
    );
    assert_eq!(run.disk(S2).settings.policy, DiskPolicy::Lying);
    let held = run.log(S2).expect("a log").last_index();
    act(&mut *run, "crash = \"S2\"");
    assert!(run.disk_log(S2).expect("a log").last_index() + 5 < held);
}

#[test]
fn a_disk_that_is_mended_stores_what_it_had_only_promised() {
    let mut run = calm(
        "[[do]]\nat = \"1s\"\ndisk = \"S2\"\npolicy = \"lying\"\n",
        1_500,
    );
    let patch = DiskPatch::to(&run.scenario().disk_of(S2));
    run.act(Action::Disk {
        node: Who::Node(S2),
        patch,
    })
    .expect("a disk");
    run.run_until(1_600_000, 1_000_000, &mut ());
    let held = run.log(S2).expect("a log").last_index();
    act(&mut *run, "crash = \"S2\"");
    assert!(run.disk_log(S2).expect("a log").last_index() + 1 >= held);
}

#[test]
fn messages_that_need_not_wait_for_the_disk_leave_at_once() {
    let slow = "[[do]]\nat = \"1s\"\ndisk = \"S2\"\nfsync = \"300ms\"\n";
    let mut run = calm(slow, 1_150);
    assert!(run.disk(S2).waiting > 0);
    act(&mut *run, "disk = \"S2\"\nfsync_before_reply = false");
    assert_eq!(run.disk(S2).waiting, 0);
    assert!(run.disk(S2).pending > 0, "and a crash would lose them");
    run.run_until(3_000_000, 1_000_000, &mut ());
    assert!(run.probe(S2).is_some());
}

#[test]
fn an_oracle_reports_a_crash_to_every_live_server() {
    let mut run = calm("[oracle]\ndelay = \"50ms\"\n", 1_000);
    act(&mut *run, "crash = \"S1\"");
    let crashed = (run.now(), run.events());
    let told = kept(
        &mut *run,
        1_200,
        |event| matches!(event.kind, EventKind::Reported { peer } if peer == S1),
    );
    let who: Vec<Option<NodeId>> = told.iter().map(|event| event.node).collect();
    assert_eq!(who, [Some(S2), Some(S3)]);
    for event in &told {
        assert_eq!(event.time_us, crashed.0 + 50_000);
        assert_eq!(event.cause, Some(crashed.1));
    }
    assert!(!told[0].notes.is_empty(), "its leader is reported down");
}

#[test]
fn nobody_is_reported_who_runs_again() {
    let mut run = calm("[[do]]\nat = \"1s\"\noracle = \"50ms\"\n", 1_010);
    act(&mut *run, "crash = \"S1\"");
    act(&mut *run, "restart = \"S1\"");
    let told = |event: &Event| matches!(event.kind, EventKind::Reported { .. });
    assert!(kept(&mut *run, 2_000, told).is_empty());
}

#[test]
fn an_oracle_tells_of_those_that_were_down_before_and_whoever_starts_later() {
    let text = "[[do]]\nat = \"1s\"\ncrash = \"S3\"\n[[do]]\nat = \"1s\"\ncrash = \"S2\"\n\
                [[do]]\nat = \"1.1s\"\noracle = \"10ms\"\n[[do]]\nat = \"1.2s\"\nrestart = \"S2\"\n";
    let mut run = calm(text, 1_050);
    let told = kept(&mut *run, 1_500, |event| {
        matches!(event.kind, EventKind::Reported { .. })
    });
    let told: Vec<_> = told
        .iter()
        .map(|event| (event.time_us / 1_000, event.node))
        .collect();
    let expected = [(1_110, Some(S1)), (1_110, Some(S1)), (1_210, Some(S2))];
    assert_eq!(told, expected);
}

#[test]
fn without_an_oracle_nobody_hears_of_a_crash() {
    let text = "[[do]]\nat = \"900ms\"\noracle = \"50ms\"\n[[do]]\nat = \"1s\"\ncrash = \"S1\"\n\
                [[do]]\nat = \"1.01s\"\noracle = \"off\"\n";
    let mut run = calm(text, 950);
    let told = |event: &Event| matches!(event.kind, EventKind::Reported { .. });
    assert!(kept(&mut *run, 2_000, told).is_empty());
}

#[test]
fn a_paused_server_handles_a_report_when_it_goes_on() {
    let text = "[[do]]\nat = \"1s\"\noracle = \"50ms\"\n[[do]]\nat = \"1s\"\npause = \"S2\"\n\
                [[do]]\nat = \"1s\"\ncrash = \"S1\"\n";
    let mut run = calm(text, 1_100);
    assert!(run.queued(S2) > 0);
    act(&mut *run, "resume = \"S2\"");
    let told = kept(&mut *run, 1_101, |event| {
        event.node == Some(S2) && matches!(event.kind, EventKind::Reported { .. })
    });
    assert_eq!(told.len(), 1);
    assert!(!told[0].notes.is_empty());
}
