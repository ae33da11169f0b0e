//! Links: what goes in comes out, no text panics, and old links open for ever.

use std::sync::Arc;
use synod_check::sweep::Sweep;
use synod_protocols::units::{Chance, Span};
use synod_protocols::{ClientId, NodeId, NodeSet, Op, registry};
use synod_share::{LONGEST_LINK, Mark, Shared, Trail, decode, encode, fuzz};
use synod_sim::random::{Purpose, Stream};
use synod_sim::{
    Action, Contrast, Endpoint, LinkPatch, Match, Pair, Run, Scenario, ScriptItem, Step, Who, open,
    parse_scenario,
};

/// Any action that a page or a file can hold.
fn some_action(draw: &mut Stream, nodes: usize) -> Action {
    let n = nodes as u64;
    let node = Who::Node(NodeId::at(draw.below(n) as usize));
    let from = Endpoint::Server(NodeId::at(draw.below(n) as usize));
    let link = Pair {
        from,
        to: Endpoint::Clients,
        both: draw.below(2) == 0,
    };
    let what = Match {
        id: (draw.below(2) == 0).then_some(draw.below(900)),
        ..Match::default()
    };
    match draw.below(20) {
        0..=2 => Action::Crash { node },
        3..=5 => Action::Restart { node },
        6 => Action::Pause { node },
        7 => Action::Resume { node: Who::Leader },
        8 => Action::Isolate { node },
        9 => Action::Cut {
            links: vec![link; 2],
        },
        10 => Action::Partition {
            groups: vec![NodeSet::only(NodeId(0)), NodeSet::first(nodes)],
        },
        11 => Action::Heal { links: Vec::new() },
        12 => Action::Link {
            link,
            patch: LinkPatch {
                latency: Some(Span::new(1_000, 90_000)),
                loss: Some(Chance(200_000)),
                ..LinkPatch::default()
            },
        },
        13 => Action::Command {
            client: ClientId(0),
            op: Op::parse("cas x 1 2").expect("a command"),
        },
        14 => Action::Load {
            pause_us: Some(draw.below(90_000)),
        },
        15 => Action::Hold,
        16 => Action::Deliver { what },
        17 => Action::Delay {
            what: Match {
                kind: Some("RequestVote".into()),
                to: Some(Endpoint::Server(NodeId(1))),
                all: true,
                ..Match::default()
            },
            by_us: draw.below(1 << 40) % 1_000_000,
        },
        18 => Action::Fire {
            node,
            timer: "election".into(),
        },
        _ => Action::Release,
    }
}

/// Runs a scenario for a while, with so many clicks on the way.
fn clicked(scenario: &Scenario, clicks: u64) -> Box<dyn Run> {
    let mut run = open(scenario).expect("a good scenario");
    let mut draw = Stream::new(scenario.seed, Purpose::Sweep, 5);
    for _ in 0..clicks {
        let until = run.now() + 1 + draw.below(300_000);
        run.run_until(until, 20_000, &mut ());
        let action = some_action(&mut draw, scenario.nodes);
        // What makes no sense now is refused, as a click would be.
        let _ = run.act(action);
    }
    run.run_until(run.now() + 100_000, 20_000, &mut ());
    run
}

/// The link of a run as it is.
fn shared(run: &dyn Run) -> Shared {
    let mut again = open(run.scenario()).expect("a good scenario");
    let mut marks = Vec::new();
    for event in Trail::events(run.events()) {
        while again.events() < event && again.step() == Step::Event {}
        marks.push(Mark::of(again.as_view(), event == run.events()));
    }
    assert_eq!(again.chain(), run.chain(), "the script replays the run");
    Shared::new(run.scenario().clone(), run.events(), marks)
}

/// Every golden scenario.
fn golden() -> Vec<Scenario> {
    golden_below(&["", "/raft", "/paxos", "/multipaxos"])
}

/// The golden scenarios in these folders.
fn golden_below(folders: &[&str]) -> Vec<Scenario> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios");
    let mut found = Vec::new();
    for below in folders {
        let folder = format!("{folder}{below}");
        let entries = std::fs::read_dir(&folder).expect("the scenarios");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
        paths.sort();
        for path in paths
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        {
            let text = std::fs::read_to_string(path).expect("a scenario");
            found.push(parse_scenario(&text, "golden").expect("a good scenario"));
        }
    }
    assert!(found.len() >= 8, "{folders:?}");
    found
}

/// Replays a link to its position and holds every mark against the run.
fn check_replay(link: &str) -> Box<dyn Run> {
    let shared = decode(link).unwrap_or_else(|why| panic!("{why}: {link}"));
    let mut run = open(&shared.scenario).expect("it was checked");
    let mut trail = Trail::of(&shared);
    while run.events() < shared.position {
        assert_eq!(run.step(), Step::Event, "{link}");
        assert_eq!(trail.look(run.as_view()), None, "{link}");
    }
    assert_eq!(trail.next(), None, "every mark was looked at");
    run
}

#[test]
fn a_run_with_a_dozen_clicks_fits_in_300_characters() {
    let mut lengths = Vec::new();
    for scenario in golden_below(&["", "/raft"]) {
        let run = clicked(&scenario, 12);
        let link = encode(&shared(run.as_ref())).expect("a link");
        assert_eq!(check_replay(&link).chain(), run.chain());
        lengths.push((link.len(), scenario.title.clone()));
    }
    lengths.sort();
    println!("lengths: {lengths:#?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 300, "{lengths:?}");
}

#[test]
fn what_goes_in_comes_out() {
    for seed in 0..200 {
        let sweep = Sweep {
            base: Scenario::new("raft", 3 + seed as usize % 5),
            fixed: Vec::new(),
            until_us: 3_000_000,
        };
        let run = clicked(&sweep.scenario(seed), seed % 40);
        let shared = shared(run.as_ref());
        let link = encode(&shared).expect("a link");
        assert_eq!(decode(&link).as_ref(), Ok(&shared));
        let address = format!("https://example.org/synod/#run={link}\n");
        assert_eq!(decode(&address).as_ref(), Ok(&shared));
    }
    for scenario in golden() {
        let shared = Shared::new(scenario, 0, Vec::new());
        assert_eq!(decode(&encode(&shared).expect("a link")), Ok(shared));
    }
}

#[test]
fn a_departure_is_told_between_the_marks() {
    let run = clicked(&golden()[0], 3);
    let mut shared = shared(run.as_ref());
    shared.marks[3].digest ^= 1;
    let mut again = open(&shared.scenario).expect("a run");
    let mut trail = Trail::of(&shared);
    let mut found = None;
    while found.is_none() && again.step() == Step::Event {
        found = trail.look(again.as_view());
    }
    let found = found.expect("a departure");
    assert_eq!(found.agrees, shared.marks[2].event);
    assert_eq!(found.differs, shared.marks[3].event);
}

#[test]
fn what_is_wrong_with_a_link_is_said() {
    let check = |link: &str, expect: &str| {
        let why = decode(link).expect_err(link);
        assert_eq!(why.id, expect, "{link}");
        assert!(!why.to_string().contains('{'), "{why}");
    };
    let good = encode(&Shared::new(golden()[0].clone(), 9, Vec::new())).expect("a link");
    check("", "link.empty");
    check("https://example.org/#run=", "link.empty");
    check("AQ/B", "link.letters");
    check("é", "link.letters");
    check(&"A".repeat(LONGEST_LINK + 1), "link.too_long");
    check("A", "link.damaged");
    check(&good[..good.len() - 4], "link.damaged");
    check(&format!("{good}AAAA"), "link.damaged");
    let mut scenario = golden()[0].clone();
    scenario.node.entry(NodeId(77)).or_default();
    let bad = encode(&Shared::new(scenario, 0, Vec::new())).expect("a link");
    check(&bad, "link.bounds");
    let far = Shared::new(golden()[0].clone(), u64::MAX, Vec::new());
    check(&encode(&far).expect("a link"), "link.bounds");
}

/// Bounds are held by hand-made scenarios too, whatever their numbers.
#[test]
fn numbers_out_of_bounds_are_refused() {
    let check = |change: fn(&mut Scenario)| {
        let mut scenario = golden()[0].clone();
        change(&mut scenario);
        let link = encode(&Shared::new(scenario, 0, Vec::new())).expect("a link");
        assert_eq!(
            decode(&link).expect_err("it is out of bounds").id,
            "link.bounds"
        );
    };
    check(|s| s.nodes = 0);
    check(|s| s.nodes = 101);
    check(|s| s.clients.sessions = 200);
    check(|s| s.clients.timeout_us = 0);
    check(|s| s.clients.keys = 0);
    check(|s| s.network.latency.max_us = u64::MAX);
    check(|s| {
        s.network.latency = Span {
            min_us: 9,
            max_us: 3,
        }
    });
    check(|s| s.network.loss = Chance(1_000_001));
    check(|s| s.disk.flush_us = 0);
    check(|s| s.until_us = u64::MAX);
    check(|s| s.title = "x".repeat(1_000));
    check(|s| s.node.entry(NodeId(0)).or_default().clock_drift_ppm = -1_000_000);
    check(|s| s.node.entry(NodeId(0)).or_default().clock_offset_us = i64::MIN);
    check(|s| {
        s.script.push(synod_sim::ScriptItem {
            at_us: u64::MAX,
            after: None,
            action: Arc::new(Action::Hold),
        });
    });
}

/// Another protocol beside a scenario.
fn beside(scenario: &Scenario) -> Contrast {
    let other = registry::ALL
        .iter()
        .find(|about| about.name != scenario.protocol)
        .expect("there are several");
    Contrast {
        protocol: other.name,
        options: Default::default(),
        nodes: scenario.nodes,
    }
}

/// A scenario in which every action that version 1 lacks stands among others.
fn faulty() -> Scenario {
    let text = r#"protocol = "raft"
do = [
    { at = "1s", crash = "leader" },
    { at = "1s", wipe = "S1" },
    { at = "1.5s", slow = "S2", takes = "1ms..40ms" },
    { at = "2s", deaf = "leader", chance = "50%", from = "clients" },
    { at = "2s", mute = "S3", to = "S1" },
    { at = "2s", pause = "S3" },
    { at = "3s", clock = "S4", jump = "-1h", drift_ppm = 200 },
    { at = "3s", disk = "S4", policy = "lying", fsync_before_reply = false, window = "3ms" },
    { at = "4s", oracle = "50ms" },
    { at = "5s", oracle = "off" },
    { at = "6s", heal = "all" },
]
"#;
    let mut scenario = parse_scenario(text, "faulty").expect("a good scenario");
    for place in [2, 5, 7] {
        scenario.script[place].after = Some(40 + place as u64);
    }
    scenario
}

#[test]
fn faults_come_back() {
    let shared = Shared::new(faulty(), 0, Vec::new());
    let link = encode(&shared).expect("a link");
    assert_eq!(decode(&link), Ok(shared));
}

/// What version 1 can say, it says; a change of the members, an oracle and the later actions
/// need version 3.
#[test]
fn a_link_is_of_the_lowest_version_that_says_it_all() {
    let version = |shared: &Shared| synod_share::fuzz::content(shared).0;
    for scenario in golden_below(&["/raft", "/paxos", "/multipaxos"]) {
        let later = |item: &ScriptItem| matches!(*item.action, Action::Reconfigure { .. });
        if scenario.script.iter().any(later) {
            continue;
        }
        let mut run = Shared::new(scenario.clone(), 0, Vec::new());
        assert_eq!(version(&run), 1);
        run.beside = Some(beside(&scenario));
        assert_eq!(version(&run), 2);
        run.scenario.oracle_us = Some(50_000);
        assert_eq!(version(&run), 3);
        assert_eq!(decode(&encode(&run).expect("a link")), Ok(run));
    }
}

/// A second run travels in a link of version 2, and only then.
#[test]
fn a_second_run_beside_the_first_comes_back() {
    for scenario in golden() {
        let mut run = Shared::new(scenario.clone(), 0, Vec::new());
        let plain = encode(&run).expect("a link");
        run.beside = Some(beside(&scenario));
        let link = encode(&run).expect("a link");
        assert_ne!(plain, link);
        assert_eq!(decode(&link), Ok(run.clone()));
        // One that cannot be run is refused.
        run.beside.as_mut().expect("one").nodes = 0;
        let bad = encode(&run).expect("a link");
        assert_eq!(decode(&bad).expect_err("no servers").id, "link.bounds");
    }
}

/// Damaged and invented links: none panics, and what opens runs.
#[test]
fn no_text_panics() {
    let runs: Vec<Shared> = golden()
        .iter()
        .map(|scenario| shared(clicked(scenario, 6).as_ref()))
        .collect();
    let links: Vec<String> = runs
        .iter()
        .map(|run| encode(run).expect("a link"))
        .collect();
    let mut draw = Stream::new(1, Purpose::Sweep, 7);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut opened = 0;
    for _ in 0..60_000 {
        let mut link = links[draw.below(links.len() as u64) as usize]
            .clone()
            .into_bytes();
        for _ in 0..=draw.below(4) {
            let place = draw.below(link.len().max(1) as u64) as usize;
            match draw.below(4) {
                0 => link.truncate(place),
                1 => link.insert(place.min(link.len()), letters[draw.below(64) as usize]),
                _ if place < link.len() => link[place] = letters[draw.below(64) as usize],
                _ => {}
            }
        }
        let text = String::from_utf8(link).expect("letters");
        // A letter may have been replaced by itself, or by one that differs in unused bits.
        if let Ok(found) = decode(&text) {
            opened += 1;
            assert!(runs.contains(&found), "{text}");
        }
    }
    println!("{opened} links were hardly damaged");
}

/// Contents that carry a right checksum, yet say anything.
#[test]
fn no_content_panics() {
    let content = |(k, scenario): (usize, &Scenario)| {
        let mut shared = shared(clicked(scenario, 6).as_ref());
        shared.beside = (k % 2 == 0).then(|| beside(scenario));
        synod_share::fuzz::content(&shared)
    };
    let mut contents: Vec<(u8, Vec<u8>)> = golden().iter().enumerate().map(content).collect();
    contents.push(synod_share::fuzz::content(&Shared::new(
        faulty(),
        0,
        Vec::new(),
    )));
    let mut draw = Stream::new(2, Purpose::Sweep, 7);
    let mut opened = 0;
    for _ in 0..60_000 {
        let (version, mut content) = contents[draw.below(contents.len() as u64) as usize].clone();
        for _ in 0..=draw.below(3) {
            let place = draw.below(content.len().max(1) as u64) as usize;
            match draw.below(4) {
                0 => content.truncate(place),
                1 => content.insert(place, draw.below(256) as u8),
                _ if place < content.len() => content[place] = draw.below(256) as u8,
                _ => {}
            }
        }
        let Ok(shared) = decode(&synod_share::fuzz::link(version, &content)) else {
            continue;
        };
        opened += 1;
        if opened % 20 == 0 {
            let mut run = open(&shared.scenario).expect("it was checked");
            run.run_until(2_000_000, 400, &mut ());
            if let Some(contrast) = &shared.beside {
                let mut other =
                    open(&contrast.applied_to(&shared.scenario)).expect("it was checked");
                other.run_until(2_000_000, 400, &mut ());
            }
        }
    }
    println!("{opened} altered contents are good scenarios");
    assert!(
        opened > 1_000,
        "most of what is tried must get past the checksum"
    );
}

/// The corpus is only ever added to: each link opens and replays as on the day it was made.
#[test]
fn old_links_open_for_ever() {
    let corpus = include_str!("../../../tests/links/v1.txt");
    let mut count = 0;
    for line in corpus
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, chain, link] = words[..] else {
            panic!("{line}");
        };
        let run = check_replay(link);
        assert_eq!(format!("{:016x}", run.chain()), chain, "{name}");
        count += 1;
    }
    assert!(count >= 8, "the corpus is missing");
}

/// Prints lines for the corpus; for the day on which a version is born.
#[test]
#[ignore = "prints new lines for tests/links"]
fn print_corpus() {
    let all = golden();
    for (k, scenario) in all.iter().enumerate() {
        let run = clicked(scenario, 8 + k as u64);
        let link = encode(&shared(run.as_ref())).expect("a link");
        let name = scenario.title.replace(' ', "_");
        println!("{name} {:016x} {link}", run.chain());
    }
    for (name, protocol, seeds) in [
        ("sweep", "raft", 12),
        ("paxos_sweep", "paxos", 4),
        ("multipaxos_sweep", "multipaxos", 6),
    ] {
        for seed in 0..seeds {
            let sweep = Sweep {
                base: Scenario::new(protocol, 3 + seed as usize % 3 * 2),
                fixed: Vec::new(),
                until_us: 3_000_000,
            };
            let run = clicked(&sweep.scenario(seed), 10);
            let link = encode(&shared(run.as_ref())).expect("a link");
            println!("{name}_{seed} {:016x} {link}", run.chain());
        }
    }
}

/// Version 3 carries what version 1 lacks, also beside a second run; nothing else is of version 3.
#[test]
fn a_change_of_the_members_makes_a_link_of_version_3() {
    let change = include_str!("../../../tests/scenarios/raft/joint.toml");
    let scenario = parse_scenario(change, "joint").expect("a good scenario");
    let mut shared = Shared::new(scenario.clone(), 0, Vec::new());
    for beside in [None, Some(Contrast::of(&scenario))] {
        shared.beside = beside;
        let (version, content) = fuzz::content(&shared);
        assert_eq!(version, 3);
        assert_eq!(decode(&fuzz::link(3, &content)).as_ref(), Ok(&shared));
        // Cut off anywhere, it is refused.
        for length in 0..content.len() {
            assert!(
                decode(&fuzz::link(3, &content[..length])).is_err(),
                "{length}"
            );
        }
    }
    shared.beside = None;
    let other = |item: &ScriptItem| !matches!(*item.action, Action::Reconfigure { .. });
    shared.scenario.script.retain(other);
    assert_eq!(fuzz::content(&shared).0, 1);
}
