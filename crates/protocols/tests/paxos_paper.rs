//! The rules of "Paxos Made Simple" one by one: a single server is fed inputs, and its effects and
//! notes are read.

mod bench;

use bench::{S2, S3};
use std::sync::Arc;
use synod_protocols::paxos::{Message, Paxos, Proposal};
use synod_protocols::{
    Answer, Ballot, ClientId, Command, Input, Op, Outcome, Payload, TimerId, WriteId,
};

const RETRY: TimerId = TimerId(0);

/// S1 of three, all with every role.
fn bench(set: &[(&str, &str)]) -> bench::Bench<Paxos> {
    bench::Bench::new(3, set)
}

fn ballot(text: &str) -> Ballot {
    Ballot::parse(text).expect(text)
}

fn command(client: u16, text: &str) -> Arc<Command> {
    let op = Op::parse(text).expect("a command");
    Arc::new(Command::new(ClientId(client), 1, op))
}

fn value(client: u16, text: &str) -> Payload {
    Payload::Command(command(client, text))
}

fn promise(of: &str, accepted: Option<(&str, Payload)>) -> Message {
    Message::Promise {
        ballot: ballot(of),
        accepted: accepted.map(|(of, value)| Proposal {
            ballot: ballot(of),
            value,
        }),
    }
}

/// P1: an acceptor accepts the first proposal that it receives; P1a: unless it has promised.
#[test]
fn an_acceptor_accepts_unless_it_promised_a_higher_ballot() {
    let mut bench = bench(&[]);
    let accept = |of: &str, text: &str| Message::Accept {
        ballot: ballot(of),
        value: value(0, text),
    };
    assert_eq!(bench.hear(S2, accept("1.2", "put x a")).rules, ["accepted"]);
    let got = bench.hear(
        S3,
        Message::Prepare {
            ballot: ballot("2.3"),
        },
    );
    assert_eq!(
        got.sent,
        [(S3, promise("2.3", Some(("1.2", value(0, "put x a")))))]
    );
    let got = bench.hear(S2, accept("1.2", "put x a"));
    assert_eq!(got.rules, ["accept.refused"]);
    let (ballot_1, promised) = (ballot("1.2"), ballot("2.3"));
    let reject = Message::Reject {
        ballot: ballot_1,
        promised,
    };
    assert_eq!(got.sent, [(S2, reject)]);
    assert_eq!(bench.hear(S3, accept("2.3", "put x b")).rules, ["accepted"]);
}

/// PMS §2.2, phase 1b: only a number *greater* than any before gets a promise.
#[test]
fn a_promise_needs_a_strictly_greater_ballot() {
    let mut bench = bench(&[]);
    let prepare = |of: &str| Message::Prepare { ballot: ballot(of) };
    assert_eq!(bench.hear(S2, prepare("2.2")).rules, ["promised.first"]);
    assert_eq!(bench.hear(S2, prepare("2.2")).rules, ["prepare.refused"]);
    assert_eq!(bench.hear(S3, prepare("1.3")).rules, ["prepare.refused"]);
    assert_eq!(bench.hear(S3, prepare("2.3")).rules, ["promised"]);
}

/// PMS §2.5: an acceptor remembers its promises and acceptances even if it fails.
#[test]
fn promises_and_acceptances_survive_a_restart() {
    let mut bench = bench(&[]);
    bench.hear(
        S2,
        Message::Prepare {
            ballot: ballot("3.2"),
        },
    );
    bench.restart();
    let low = Message::Accept {
        ballot: ballot("2.3"),
        value: value(0, "put x a"),
    };
    assert_eq!(bench.hear(S3, low).rules, ["accept.refused"]);
    let high = Message::Accept {
        ballot: ballot("3.2"),
        value: value(0, "put x b"),
    };
    bench.hear(S2, high);
    bench.restart();
    let got = bench.hear(
        S3,
        Message::Prepare {
            ballot: ballot("4.3"),
        },
    );
    assert_eq!(
        got.sent,
        [(S3, promise("4.3", Some(("3.2", value(0, "put x b")))))]
    );
}

/// PMS §2.5: a proposer never uses a number twice, not even after a failure.
#[test]
fn a_ballot_is_never_begun_twice() {
    let mut bench = bench(&[]);
    bench.request(command(0, "put x a"));
    bench.restart();
    let got = bench.request(command(0, "put x a"));
    let prepare = Message::Prepare {
        ballot: ballot("2.1"),
    };
    assert_eq!(got.sent, [(S2, prepare.clone()), (S3, prepare)]);
    assert!(got.armed.contains(&RETRY));
}

/// P2c: the value of the highest-numbered proposal that the promises report, if any.
#[test]
fn the_highest_reported_proposal_binds() {
    let run = |set: &[(&str, &str)]| {
        let mut bench = bench(&[&[("promise_quorum", "3")], set].concat());
        bench.request(command(0, "put x own"));
        let reported = Some(("3.2", value(1, "put x high")));
        bench.hear(S2, promise("1.1", reported));
        let got = bench.hear(S3, promise("1.1", Some(("2.3", value(2, "put x low")))));
        let accept = got.sent.into_iter().next();
        match accept {
            Some((_, Message::Accept { value, .. })) => value,
            other => panic!("no proposal but {other:?}"),
        }
    };
    assert_eq!(run(&[]), value(1, "put x high"));
    assert_eq!(run(&[("adopt_highest", "false")]), value(2, "put x low"));
    assert_eq!(run(&[("adopt_accepted", "false")]), value(0, "put x own"));
}

#[test]
fn a_value_is_free_if_no_promise_reports_one() {
    let mut bench = bench(&[]);
    bench.request(command(0, "put x own"));
    let got = bench.hear(S2, promise("1.1", None));
    assert!(got.rules.contains(&"proposed.freely"), "{:?}", got.rules);
    let late = bench.hear(S3, promise("1.1", None));
    assert_eq!(late.rules, ["promise.late"]);
}

/// PMS §2.3: chosen once a majority of acceptors has accepted; the distinguished learner teaches.
#[test]
fn a_majority_of_acceptances_chooses_and_is_taught() {
    let mut bench = bench(&[]);
    bench.request(command(0, "put x own"));
    bench.hear(S2, promise("1.1", None));
    let accepted = Message::Accepted {
        ballot: ballot("1.1"),
        value: value(0, "put x own"),
    };
    let got = bench.hear(S3, accepted);
    assert!(got.rules.contains(&"chosen"), "{:?}", got.rules);
    let done = Answer::Applied {
        outcome: Outcome::Done,
    };
    assert_eq!(got.replies, [done]);
    assert_eq!(got.to(), [S2, S3]);
    // The register is written once: another client hears what was chosen instead.
    let other = bench.request(command(1, "put x other"));
    let differs = Answer::Applied {
        outcome: Outcome::Differs {
            value: Some("own".into()),
        },
    };
    assert_eq!(other.replies, [differs]);
}

/// PMS §2.4 and §2.5: who is told of a higher ballot abandons its own; and waits, with back-off.
#[test]
fn a_preempted_proposer_backs_off() {
    let reject = Message::Reject {
        ballot: ballot("1.1"),
        promised: ballot("4.3"),
    };
    let mut patient = bench(&[]);
    patient.request(command(0, "put x own"));
    let got = patient.hear(S2, reject.clone());
    assert!(got.sent.is_empty() && got.armed.contains(&RETRY));
    assert_eq!(got.rules, ["preempted"]);
    let retry = patient.feed(Input::Timer(RETRY));
    let prepare = Message::Prepare {
        ballot: ballot("5.1"),
    };
    assert_eq!(retry.sent.first(), Some(&(S2, prepare.clone())));
    let mut hasty = bench(&[("back_off", "false")]);
    hasty.request(command(0, "put x own"));
    assert_eq!(hasty.hear(S2, reject).sent.first(), Some(&(S2, prepare)));
}

/// A promise waits for the write of the promise, an acceptance for that of the proposal.
#[test]
fn nothing_is_told_before_it_is_durable() {
    let mut bench = bench(&[]);
    let got = bench.hear(
        S2,
        Message::Prepare {
            ballot: ballot("1.2"),
        },
    );
    assert_eq!(got.after, [Some(WriteId(1))]);
    let accept = Message::Accept {
        ballot: ballot("1.2"),
        value: value(0, "put x a"),
    };
    assert_eq!(bench.hear(S2, accept).after, [Some(WriteId(2))]);
}
