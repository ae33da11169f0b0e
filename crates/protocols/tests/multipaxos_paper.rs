//! The rules of "Paxos Made Simple" §3, one by one.

mod bench;
mod multipaxos_bench;

use multipaxos_bench::*;
use synod_protocols::multipaxos::{Message, Told};
use synod_protocols::replica::{Pledge, Question};
use synod_protocols::{Answer, Input, Payload, Protocol, WriteId};

/// PMS §2.2, P1a; §3: one promise binds in every slot.
#[test]
fn a_promise_holds_for_every_slot() {
    let mut bench = bench(&[]);
    assert_eq!(bench.hear(S2, prepare("2.2", 1)).rules, ["promised.first"]);
    assert_eq!(bench.hear(S3, prepare("1.3", 9)).rules, ["prepare.refused"]);
    for slot in [1, 7] {
        let got = bench.hear(S3, accept("1.3", slot, 0, Told::default()));
        assert_eq!(got.rules, ["accept.refused"]);
        assert_eq!(got.kinds(S3), ["Reject"]);
    }
    assert_eq!(bench.hear(S3, prepare("2.3", 1)).rules, ["promised"]);
}

/// PMS §3: the promise reports what was accepted from the asked slot on, and what is chosen.
#[test]
fn a_promise_reports_the_slots_from_the_first_on() {
    let mut bench = bench(&[]);
    for slot in [1, 2, 4] {
        bench.hear(S2, accept("1.2", slot, slot as u16, told(0, "1.2")));
    }
    bench.hear(S2, heartbeat("1.2", told(1, "1.2")));
    assert_eq!(bench.decided(), 1);
    let got = bench.hear(S3, prepare("1.3", 2));
    let report = [
        (2, entry("1.2", 2, "put x 2")),
        (4, entry("1.2", 4, "put x 4")),
    ];
    assert_eq!(got.sent, [(S3, promise("1.3", &report, 1))]);
}

/// PMS §2.5: promises and acceptances are durable before they are told, and survive a restart.
#[test]
fn nothing_is_told_before_it_is_durable() {
    let mut bench = bench(&[]);
    assert_eq!(bench.hear(S2, prepare("3.2", 1)).after, [Some(WriteId(1))]);
    let got = bench.hear(S2, accept("3.2", 1, 0, Told::default()));
    assert_eq!(got.after, [Some(WriteId(2))]);
    bench.restart();
    let low = accept("2.3", 2, 1, Told::default());
    assert_eq!(bench.hear(S3, low).rules, ["accept.refused"]);
    let report = [(1, entry("3.2", 0, "put x 0"))];
    let got = bench.hear(S3, prepare("4.3", 1));
    assert_eq!(got.sent, [(S3, promise("4.3", &report, 0))]);
}

/// PMS §2.5: a ballot is never begun twice.
#[test]
fn a_ballot_is_begun_once() {
    let mut bench = bench(&[]);
    let got = bench.feed(Input::Timer(ELECTION));
    assert_eq!(got.sent.first(), Some(&(S2, prepare("1.1", 1))));
    bench.restart();
    let got = bench.feed(Input::Timer(ELECTION));
    assert_eq!(got.sent.first(), Some(&(S2, prepare("2.1", 1))));
}

/// PMS §3: phase 1 once; then a round trip for each command.
#[test]
fn a_leader_proposes_without_asking_again() {
    let mut bench = leader(&[]);
    for slot in 1..=3 {
        let got = bench.ask(slot as u16, "put x 1");
        assert_eq!(got.accepts(), [(slot, value(slot as u16, "put x 1"))]);
        assert_eq!(got.kinds(S3), ["Accept"]);
        let got = bench.hear(S3, accepted("1.1", slot));
        assert_eq!(got.decided, [slot]);
        assert!(matches!(got.replies[..], [Answer::Applied { .. }]));
        assert!(got.sent.is_empty(), "what is chosen is told with the next");
    }
}

/// The same with phase 1 for every slot.
#[test]
fn phase_1_per_slot_asks_again() {
    let mut bench = leader(&[("phase_1_per_slot", "true")]);
    assert_eq!(bench.ask(0, "put x 1").kinds(S2), ["Accept"]);
    assert_eq!(bench.ask(1, "put x 2").kinds(S2), Vec::<&str>::new());
    let got = bench.hear(S2, accepted("1.1", 1));
    assert_eq!(got.sent.first(), Some(&(S2, prepare("2.1", 2))));
    let got = bench.hear(S2, promise("2.1", &[], 0));
    assert_eq!(got.accepts(), [(2, value(1, "put x 2"))]);
}

/// P2c in each slot: the value of the highest-numbered proposal that the promises report.
#[test]
fn the_highest_reported_proposal_binds_in_its_slot() {
    let run = |set: &[(&str, &str)]| {
        let mut bench = bench(&[&[("promise_quorum", "3")], set].concat());
        bench.feed(Input::Timer(ELECTION));
        bench.hear(S2, promise("1.1", &[(1, entry("3.2", 1, "put x high"))], 0));
        bench.ask(3, "put x own");
        bench
            .hear(S3, promise("1.1", &[(1, entry("2.3", 2, "put x low"))], 0))
            .accepts()
    };
    let own = |slot| (slot, value(3, "put x own"));
    assert_eq!(run(&[]), [(1, value(1, "put x high")), own(2)]);
    let low = run(&[("adopt_highest", "false")]);
    assert_eq!(low, [(1, value(2, "put x low")), own(2)]);
    assert_eq!(run(&[("adopt_accepted", "false")]), [own(1)]);
}

/// PMS §3: "fills the gap by proposing … a special no-op command".
#[test]
fn gaps_are_filled_with_no_ops() {
    let mut bench = bench(&[]);
    bench.feed(Input::Timer(ELECTION));
    let got = bench.hear(S2, promise("1.1", &[(3, entry("1.2", 1, "put x 1"))], 0));
    let expect = [
        (1, Payload::Noop),
        (2, Payload::Noop),
        (3, value(1, "put x 1")),
    ];
    assert_eq!(got.accepts(), expect);
    // Chosen out of order, they are applied in order.
    assert_eq!(
        bench.hear(S2, accepted("1.1", 3)).decided,
        Vec::<u64>::new()
    );
    assert_eq!(bench.reason(Question::NotDecided { index: 3 }), "why.gap");
    assert_eq!(bench.hear(S2, accepted("1.1", 1)).decided, [1]);
    assert_eq!(bench.hear(S2, accepted("1.1", 2)).decided, [2, 3]);
}

/// A leader first learns what a promise knows to be chosen.
#[test]
fn who_is_behind_learns_before_it_leads() {
    let mut bench = bench(&[]);
    bench.feed(Input::Timer(ELECTION));
    let got = bench.hear(S2, promise("1.1", &[], 2));
    assert_eq!(got.kinds(S2), ["CatchUp"]);
    assert!(!bench.server.probe().leading);
    assert_eq!(bench.reason(Question::NotLeading), "why.behind");
    let learn = Message::Learn {
        ballot: ballot("1.1"),
        first: 1,
        values: [entry("1.2", 1, "put x 1"), entry("1.2", 2, "put x 2")]
            .into_iter()
            .collect(),
        chosen: 2,
    };
    let got = bench.hear(S2, learn);
    assert!(bench.server.probe().leading && got.decided == [1, 2]);
}

/// PMS §2.3: of what is chosen a follower learns with the leader's next message, if it has accepted
/// that in the leader's ballot, or in the one that the leader names; otherwise it asks.
#[test]
fn a_follower_knows_the_value_only_from_its_ballot() {
    let mut bench = bench(&[]);
    bench.hear(S2, accept("1.2", 1, 1, Told::default()));
    let got = bench.hear(S2, accept("1.2", 2, 2, told(1, "1.2")));
    assert_eq!(got.decided, [1]);
    let got = bench.hear(S3, heartbeat("2.3", told(2, "2.3")));
    assert!(got.decided.is_empty(), "S3 may have proposed otherwise");
    assert_eq!(got.kinds(S3), ["HeartbeatReply", "CatchUp"]);
    let got = bench.hear(S3, heartbeat("2.3", told(2, "1.2")));
    assert_eq!(got.decided, [2]);
    assert_eq!(got.kinds(S3), ["HeartbeatReply"]);
}

/// PMS §2.4: who is preempted waits; without back-off it begins again at once.
#[test]
fn a_preempted_leader_backs_off() {
    let reject = Message::Reject {
        ballot: ballot("1.1"),
        promised: ballot("4.3"),
        lease: false,
    };
    let mut patient = leader(&[]);
    let got = patient.hear(S2, reject.clone());
    assert!(got.sent.is_empty() && got.rules == ["preempted"]);
    assert_eq!(patient.reason(Question::NotLeading), "why.backs_off");
    let retry = patient.feed(Input::Timer(ELECTION));
    assert_eq!(retry.sent.first(), Some(&(S2, prepare("5.1", 1))));
    let mut hasty = leader(&[("back_off", "false")]);
    let got = hasty.hear(S2, reject);
    assert_eq!(got.sent.first(), Some(&(S2, prepare("5.1", 1))));
}

/// PMMC §3: what was lost is sent again, to those who have not answered, after a heartbeat.
#[test]
fn unanswered_proposals_are_sent_again() {
    let mut bench = leader(&[("accept_quorum", "3")]);
    bench.ask(0, "put x 1");
    bench.hear(S2, accepted("1.1", 1));
    let first = bench.feed(Input::Timer(HEARTBEAT));
    assert_eq!(first.kinds(S3), ["Heartbeat"], "not a whole heartbeat ago");
    let second = bench.feed(Input::Timer(HEARTBEAT));
    assert_eq!(second.kinds(S3), ["Accept", "Heartbeat"]);
    assert_eq!(second.kinds(S2), ["Heartbeat"], "it has answered");
}

/// PMS §2.2: its word is given once for each promise and each slot.
#[test]
fn its_word_names_ballot_slot_and_value() {
    let mut bench = bench(&[]);
    let got = bench.hear(S2, prepare("1.2", 1));
    let of = ballot("1.2").0;
    let pledge = |what, subject, digest| Pledge {
        what,
        subject,
        epoch: of,
        digest,
    };
    assert_eq!(got.pledges, [pledge(0, of, 0)]);
    let accept = accept("1.2", 4, 1, Told::default());
    let digest = value(1, "put x 1").digest();
    assert_eq!(
        bench.hear(S2, accept.clone()).pledges,
        [pledge(1, 4, digest)]
    );
    let again = bench.hear(S2, accept);
    assert_eq!((again.rules[0], again.pledges.len()), ("accepted.again", 0));
    assert_eq!(again.kinds(S2), ["Accepted"]);
}
