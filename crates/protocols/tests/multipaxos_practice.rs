//! What "Paxos Made Live" and practice add to the paper: leases, snapshots and bounds; and what a
//! server answers when it is asked why.

mod bench;
mod multipaxos_bench;

use multipaxos_bench::*;
use synod_protocols::multipaxos::{Message, Told};
use synod_protocols::replica::Question;
use synod_protocols::{Input, LocalTime, Protocol};

/// The leader's window bounds what is under way; the rest waits, and then goes out.
#[test]
fn the_window_bounds_what_is_under_way() {
    let mut bench = leader(&[("window", "2")]);
    for client in 0..3 {
        let got = bench.ask(client, "put x 1");
        assert_eq!(got.accepts().len(), usize::from(client < 2));
    }
    let got = bench.hear(S2, accepted("1.1", 1));
    assert_eq!(got.accepts(), [(3, value(2, "put x 1"))]);
    assert_eq!(bench.ask(2, "put x 1").rules, ["under_way"]);
}

/// PML §5.5: the store goes to disk, the log is forgotten, and a restart begins from there.
#[test]
fn a_snapshot_stands_for_the_log() {
    let mut bench = bench(&[("snapshot_every", "2")]);
    for slot in 1..=3 {
        bench.hear(S2, accept("1.2", slot, slot as u16, told(slot - 1, "1.2")));
    }
    let log = bench.server.log().expect("a log");
    assert_eq!((log.gone(), log.last_index()), (2, 3));
    let got = bench.restart();
    assert_eq!(got.rules, ["started.snapshot"]);
    assert_eq!(bench.decided(), 2);
    let store = bench.server.store().expect("a store");
    assert_eq!(store.get("x").map(|x| x.as_str()), Some("2"));
    let ask = |first| Message::CatchUp {
        ballot: ballot("1.2"),
        first,
    };
    assert_eq!(bench.hear(S3, ask(1)).kinds(S3), ["Snapshot"]);
    assert_eq!(bench.hear(S3, ask(3)).rules, ["nothing_to_teach"]);
    let mut other = self::bench(&[]);
    let got = other.hear(S2, bench.hear(S3, ask(2)).sent.remove(0).1);
    assert_eq!((got.rules[0], other.decided()), ("snapshot.learned", 2));
    assert_eq!(other.disk.log.gone(), 2);
}

/// PML §5.2: who hears the leader promises nobody else; after a restart it promises nobody at all.
#[test]
fn a_lease_keeps_an_acceptor_from_its_promise() {
    let mut bench = bench(&[("leader_lease", "true"), ("lease", "100ms")]);
    let got = bench.hear(S2, prepare("1.2", 1));
    assert_eq!(got.rules, ["prepare.refused.restart"]);
    bench.now_ms = 100;
    assert_eq!(bench.hear(S2, prepare("1.2", 1)).rules, ["promised.first"]);
    bench.hear(S2, heartbeat("1.2", Told::default()));
    bench.now_ms = 199;
    let got = bench.hear(S3, prepare("1.3", 1));
    assert_eq!(got.rules, ["prepare.refused.lease"]);
    let refused = Message::Reject {
        ballot: ballot("1.3"),
        promised: ballot("1.2"),
        lease: true,
    };
    assert_eq!(got.sent, [(S3, refused)]);
    assert_eq!(bench.feed(Input::Timer(ELECTION)).rules, ["lease.waits"]);
    let own = bench.hear(S2, prepare("2.2", 1));
    assert_eq!(own.rules, ["promised"], "the holder itself may");
    bench.now_ms = 200;
    assert_eq!(bench.hear(S3, prepare("2.3", 1)).rules, ["promised"]);
}

/// PML §5.2: the lease counts from when the heartbeat was sent, and a little less than it lasts.
#[test]
fn a_leader_gives_way_when_its_lease_has_run_out() {
    let set = [
        ("leader_lease", "true"),
        ("lease", "100ms"),
        ("drift_permille", "100"),
    ];
    let mut bench = leader(&set);
    let reply = |sent_ms: i64| Message::HeartbeatReply {
        ballot: ballot("1.1"),
        chosen: 0,
        sent: LocalTime(sent_ms * 1_000),
    };
    bench.now_ms = 1_050;
    bench.feed(Input::Timer(HEARTBEAT));
    bench.now_ms = 1_080;
    assert!(
        bench
            .hear(S2, reply(1_050))
            .rules
            .contains(&"lease.renewed")
    );
    bench.now_ms = 1_139;
    assert_eq!(bench.ask(0, "put x 1").accepts().len(), 1);
    bench.now_ms = 1_140;
    let got = bench.ask(1, "put x 1");
    assert_eq!(got.rules[0], "lease.lost");
    assert!(got.accepts().is_empty() && !bench.server.probe().leading);
}

/// A leader that holds its lease answers a higher ballot with one above it; a quorum has to have
/// granted that lease, which taking office alone does not.
#[test]
fn the_lease_s_holder_rises_above_a_higher_ballot() {
    let mut bench = leader(&[("leader_lease", "true")]);
    let got = bench.hear(S3, prepare("5.3", 1));
    assert_eq!(got.rules, ["prepare.refused.lease"]);
    let answer = Message::HeartbeatReply {
        ballot: ballot("1.1"),
        chosen: 0,
        sent: LocalTime(1_000_000),
    };
    assert!(bench.hear(S2, answer).says("lease.renewed"));
    let got = bench.hear(S3, prepare("5.3", 1));
    assert_eq!(
        got.rules[..2],
        ["prepare.refused.lease", "lease.rose_above"]
    );
    assert!(got.sent.contains(&(S2, prepare("6.1", 1))));
    let got = bench.hear(S2, promise("6.1", &[], 0));
    assert!(got.rules.contains(&"elected"));
}

/// Bounds: so far ahead, and not further; so many commands, and not more.
#[test]
fn what_exceeds_a_bound_is_refused() {
    let mut bench = bench(&[]);
    let got = bench.hear(S2, accept("1.2", 1_025, 1, Told::default()));
    assert_eq!(got.rules.last(), Some(&"accept.refused.ahead"));
    let got = bench.hear(S2, accept("1.2", 1_024, 1, Told::default()));
    assert_eq!(got.rules, ["accepted"]);
    let mut full = leader(&[("window", "1")]);
    for client in 0..257 {
        full.ask(client, "put x 1");
    }
    assert_eq!(full.ask(257, "put x 1").rules, ["queue_full"]);
}

/// Who does not lead says why.
#[test]
fn why_a_server_does_not_lead() {
    let mut server = bench(&[]);
    let why = |server: &Bench| server.reason(Question::NotLeading);
    assert_eq!(why(&server), "why.waits");
    server.hear(S2, heartbeat("1.2", Told::default()));
    assert_eq!(why(&server), "why.follows");
    server.feed(Input::Timer(ELECTION));
    assert_eq!(why(&server), "why.short_of_promises");
    server.hear(S3, promise("2.1", &[], 0));
    assert_eq!(why(&server), "why.leads");
    assert_eq!(why(&bench(&[("leader_lease", "true")])), "why.lease");
}

/// And why a slot is not known to be chosen: who is missing, a gap before it, or no word of it.
#[test]
fn why_a_slot_is_not_chosen() {
    let why = |server: &Bench, index| server.reason(Question::NotDecided { index });
    let mut leader = leader(&[]);
    assert_eq!(why(&leader, 1), "why.not_proposed");
    leader.ask(0, "put x 1");
    assert_eq!(why(&leader, 1), "why.short_of_acceptances");
    leader.hear(S3, accepted("1.1", 1));
    assert_eq!(why(&leader, 1), "why.chosen");
    let mut follower = bench(&[]);
    assert_eq!(why(&follower, 2), "why.nothing_there");
    follower.hear(S2, accept("1.2", 2, 2, Told::default()));
    assert_eq!(why(&follower, 2), "why.not_taught");
    follower.hear(S2, accept("1.2", 1, 1, Told::default()));
    assert_eq!(why(&follower, 2), "why.not_told");
}
