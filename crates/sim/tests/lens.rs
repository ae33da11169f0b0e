//! Where quorums meet, and what that brought about: whole sentences of whole runs.

use expect_test::{Expect, expect};
use synod_protocols::{Catalogue, Purpose};
use synod_sim::history::History;
use synod_sim::lens::{Chronicle, Collected, meet};
use synod_sim::{ENGLISH, parse_scenario};

fn history(text: &str, until_us: u64) -> History<Chronicle> {
    let scenario = parse_scenario(text, "test.toml").expect("a good scenario");
    let mut history = History::open(&scenario, Chronicle::new).expect("it runs");
    history.run_until(until_us, 1_000_000, &mut ());
    while history.position() < 5_000 && history.step() == synod_sim::Step::Event {}
    history
}

/// A run of so long.
fn timed(text: &str, until_us: u64) -> History<Chronicle> {
    let scenario = parse_scenario(text, "test.toml").expect("a good scenario");
    let mut history = History::open(&scenario, Chronicle::new).expect("it runs");
    history.run_until(until_us, 1_000_000, &mut ());
    history
}

fn told(history: &History<Chronicle>, one: Collected, other: Collected) -> String {
    let about = history.run().about();
    let catalogue = Catalogue::new(&[about.english, ENGLISH]);
    let meeting = meet(history, one, other);
    let (first, second) = (meeting.first.have, meeting.second.have);
    let both = match meeting.both.is_empty() {
        true => "nobody".to_string(),
        false => meeting.both.to_string(),
    };
    let mut text = format!("{first} | {second} meet in {both}\n");
    for sentence in meeting.tell(about, &catalogue) {
        text.push_str(&sentence);
        text.push('\n');
    }
    text
}

/// The last decision before the last election, and that election.
fn last_pair(history: &History<Chronicle>) -> (Collected, Collected) {
    let chronicle = history.watch();
    let (position, elected) = chronicle.last(Purpose::Elect, usize::MAX).expect("one");
    let (_, decided) = chronicle.last(Purpose::Decide, position).expect("one");
    (decided, elected)
}

fn check(history: &History<Chronicle>, expect: &Expect) {
    let (decided, elected) = last_pair(history);
    expect.assert_eq(&told(history, decided, elected));
    assert_eq!(
        told(history, decided, elected),
        told(history, elected, decided)
    );
}

const FAILOVER: &str = include_str!("../../../tests/scenarios/raft/failover.toml");
const FORCED: &str = include_str!("../../../tests/scenarios/paxos/forced-value.toml");
const APART: &str = include_str!("../../../tests/scenarios/paxos/quorums-apart.toml");

#[test]
fn a_commit_and_the_election_after_it_meet_in_whoever_holds_the_entry() {
    check(
        &timed(FAILOVER, 5_000_000),
        &expect![[r#"
            S2, S3, S5 | S1, S4, S5 meet in S5
            S5, elected in term 2, stored put x 1 at index 2 itself. Without such a server in both there would be nobody to refuse a candidate that lacks it.
        "#]],
    );
}

/// "Paxos Made Simple" §2.2: the value that a majority has accepted is in some promise.
#[test]
fn a_chosen_value_is_carried_to_the_next_ballot() {
    let text = |then: &str| {
        format!(
            "protocol = \"paxos\"\nnodes = 5\n[clients]\nsessions = 2\n\
             [[do]]\nat = \"5ms\"\ncommand = \"put color blue\"\nclient = \"C1\"\n{then}\
             [[do]]\nat = \"200ms\"\ntimeout = \"S2\"\n"
        )
    };
    // Taught what was chosen, S2 begins no ballot.
    assert_eq!(timed(&text(""), 900_000).watch().closed().len(), 2);
    // S1 is cut off when it knows, and before anybody else does.
    let unlearned = text("[[do]]\nat = \"62ms\"\nisolate = \"S1\"\n");
    check(
        &timed(&unlearned, 900_000),
        &expect![[r#"
        S1, S3, S4 | S2, S3, S4 meet in S3, S4
        S3 and S4 accepted put color blue in ballot 1.1 and said so in their promises for ballot 1.2. So ballot 1.2 must propose put color blue, and it does.
    "#]],
    );
}

#[test]
fn quorums_that_are_apart_tell_each_other_nothing() {
    let history = timed(APART, 250_000);
    let closed: Vec<Collected> = history.watch().closed().iter().copied().collect();
    let apart = |pair: &&(Collected, Collected)| pair.0.have.intersection(pair.1.have).is_empty();
    let pairs: Vec<(Collected, Collected)> = closed
        .iter()
        .flat_map(|one| closed.iter().map(|other| (*one, *other)))
        .collect();
    let (one, other) = pairs.iter().find(apart).expect("they need not meet");
    expect![[r#"
        S1, S4 | S2, S3 meet in nobody
        Nobody is in both. What the one quorum knows, nobody can tell the other.
    "#]]
    .assert_eq(&told(&history, *one, *other));
}

/// What only few have accepted is carried too, if one of them promises.
#[test]
fn the_forced_value_is_carried_by_the_one_server_in_both() {
    let mut history = history(FORCED, 2_000_000);
    let prepared = history.watch().closed()[1];
    history.seek(prepared.event);
    let accepted = history.watch().open();
    assert_eq!(
        accepted.len(),
        2,
        "S1's ballot and S2's own acceptance: {accepted:?}"
    );
    expect![[r#"
        S1, S3 | S2, S3, S4 meet in S3
        S3 accepted put color blue in ballot 1.1 and said so in its promise for ballot 1.2. So ballot 1.2 must propose put color blue, and it does.
    "#]].assert_eq(&told(&history, accepted[0], prepared));
}

/// With the mistake of ignoring what promises report, the sentence says what went wrong.
#[test]
fn a_report_that_is_ignored_is_told() {
    let text = FORCED.replace(
        "[[do]]\ncommand = \"put color blue\"",
        "[paxos]\nadopt_accepted = false\n[[do]]\ncommand = \"put color blue\"",
    );
    let history = history(&text, 2_000_000);
    let all: Vec<Collected> = history.watch().closed().iter().copied().collect();
    let pairs = all
        .iter()
        .flat_map(|one| all.iter().map(move |other| (*one, *other)));
    let mut lines: Vec<String> = Vec::new();
    for (one, other) in pairs.filter(|(one, other)| one.event < other.event) {
        lines.push(told(&history, one, other));
    }
    expect![[r#"
        S1, S2, S3 | S2, S3, S4 meet in S2, S3
        S2 and S3 promised ballot 1.1 to S1, then ballot 1.2 to S2. From then on they accept nothing more in ballot 1.1.
        S1, S2, S3 | S2, S3, S4 meet in S2, S3
        S2 and S3 promised ballot 1.1 and accepted put color green in ballot 1.2. From their promises on they accept nothing below ballot 1.1.
        S2, S3, S4 | S2, S3, S4 meet in S2, S3, S4
        S2, S3 and S4 promised ballot 1.2 and accepted put color green in ballot 1.2. From their promises on they accept nothing below ballot 1.2.
    "#]].assert_eq(&lines.join(""));
}

/// The longest chain of waits of the last answered command.
#[test]
fn the_critical_path_is_followed_back_to_the_client() {
    let history = timed(FAILOVER, 5_000_000);
    let answered = history.watch().answered().expect("a command was answered");
    let path = synod_sim::cost::critical_path(history.index(), answered);
    let lines: Vec<String> = path
        .hops
        .iter()
        .map(|hop| format!("{:?} {}us", hop.wait, hop.took_us))
        .collect();
    expect![[r#"
        Patience 500000us
        Message { from: Clients, to: Server(NodeId(3)), kind: 254 } 8482us
        Message { from: Server(NodeId(3)), to: Clients, kind: 255 } 9650us
        Message { from: Clients, to: Server(NodeId(4)), kind: 254 } 9520us
        Message { from: Server(NodeId(4)), to: Server(NodeId(0)), kind: 4 } 9332us
        Disk(Server(NodeId(0))) 1278us
        Message { from: Server(NodeId(0)), to: Server(NodeId(4)), kind: 5 } 10318us
        Message { from: Server(NodeId(4)), to: Clients, kind: 255 } 9921us"#]]
    .assert_eq(&lines.join("\n"));
    assert_eq!(path.server_delays(), 2);
    // The client was sent from one server to another first: two delays of the six.
    assert_eq!(path.message_delays(), 6);
    assert_eq!(path.disk_syncs(), 1);
    let sum: u64 = path.hops.iter().map(|hop| hop.took_us).sum();
    assert_eq!(sum, path.took_us);
}

/// A leader of a log asks about the slots alone that it does not know to be chosen.
#[test]
fn a_new_leader_proposes_what_promises_report_and_knows_the_rest() {
    let text = "protocol = \"multipaxos\"\nnodes = 5\nseed = 3\n[clients]\nsessions = 2\n\
                load = \"30ms\"\n[[do]]\nat = \"700ms\"\ncrash = \"leader\"\n";
    let history = timed(text, 2_000_000);
    let chronicle = history.watch();
    let (position, elected) = chronicle.last(Purpose::Elect, usize::MAX).expect("one");
    let (last, decided) = chronicle.last(Purpose::Decide, position).expect("one");
    let (_, before) = chronicle.last(Purpose::Decide, last - 4).expect("one");
    let both = [
        told(&history, decided, elected),
        told(&history, before, elected),
    ];
    expect![[r#"
        S2, S3, S4 | S1, S3, S5 meet in S3
        S3 accepted put x 7 in slot 14, ballot 1.4, and said so in its promise for ballot 1.5. So ballot 1.5 must propose put x 7 there, and it does.
        S2, S4, S5 | S1, S3, S5 meet in S5
        S5 knows by the time it leads in ballot 1.5 that put x 5 is chosen in slot 9, and proposes nothing there. S5 accepted it in ballot 1.4: through a server in both a new leader learns of it.
    "#]].assert_eq(&both.join(""));
}
