use super::*;
use crate::export::to_toml;

fn errors(text: &str) -> Vec<String> {
    match parse_scenario(text, "a.toml") {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

/// The place of the first error, and a word that its sentence must contain.
fn check(text: &str, place: &str, word: &str) {
    let found = errors(text);
    let first = found
        .first()
        .unwrap_or_else(|| panic!("no error in {text:?}"));
    assert!(
        first.starts_with(&format!("a.toml:{place}: ")),
        "{first} for {text:?}"
    );
    assert!(first.contains(word), "{first} lacks {word}");
}

#[test]
fn errors_have_their_place_and_a_sentence() {
    check("", "1:1", "protocol");
    check(
        "protocol = \"raft\"\nnodes = \"five\"",
        "2:9",
        "whole number",
    );
    check("protocol = \"raft\"\nnodes = 0", "2:9", "1 to 100");
    check("protocol = \"raft\"\nspeed = 3", "2:1", "no key `speed`");
    check("protocol = \"tcp\"", "1:12", "no protocol");
    check(
        "protocol = \"raft\"\n[network]\nloss = \"150%\"",
        "3:8",
        "more than always",
    );
    check(
        "protocol = \"raft\"\n[network]\nlos = \"1%\"",
        "3:1",
        "latency",
    );
    check(
        "protocol = \"raft\"\n[net]\nloss = \"1%\"",
        "3:1",
        "[network]",
    );
    check(
        "protocol = \"raft\"\n[raft]\npre_vot = true",
        "3:1",
        "pre_vote",
    );
    check("protocol = \"raft\"\n[raft]\npre_vote = 3", "3:12", "true");
    check(
        "protocol = \"raft\"\n[raft]\nheartbeat = \"1s\"",
        "2:2",
        "shorter",
    );
    check(
        "protocol = \"raft\"\n[[do]]\nat = \"1s\"\ncrash = \"S9\"",
        "4:9",
        "S1 to S5",
    );
    check(
        "protocol = \"raft\"\n[[do]]\nat = \"1s\"\nexplode = \"S1\"",
        "2:1",
        "crash",
    );
    check("protocol = \"raft\"\n[[do]]\ncrash = \"S1\"", "2:1", "time");
    check(
        "protocol = \"raft\"\n[[do]]\nat = \"1s\"\ncrash = \"S1\"\nby = \"1s\"",
        "5:1",
        "`by`",
    );
    check(
        "protocol = \"raft\"\n[node.S1]\npreload = { log = \"2 1\" }",
        "3:19",
        "never fall",
    );
    check("protocol = \"raft\"\nseed = -1", "2:8", "whole number");
    check("protocol = \"raft\"\nseed = 1979-05-27", "2:8", "datetime");
    check("protocol = \"raft\nnodes = 5", "1:17", "");
}

#[test]
fn values_that_would_do_nothing_are_errors() {
    let action = |line: &str| format!("protocol = \"raft\"\n[[do]]\nat = \"1s\"\n{line}");
    check(
        &action("fire = \"S1\"\ntimer = \"elektion\""),
        "5:9",
        "check_quorum",
    );
    check(
        &action("deliver = \"RequestVot S1->S2\""),
        "4:11",
        "RequestVoteReply",
    );
    check(&action("quiet = false"), "4:9", "quiet = true");
    check(&action("hold = \"yes\""), "4:8", "hold = true");
    check("protocol = \"raft\"\nseed = {}", "2:8", "table");
    check("protocol = \"raft\"\n[nett]", "2:2", "no key `nett`");
    let silent = "protocol = \"raft\"\n[clients]\nsessions = 0\n";
    check(
        &format!("{silent}[[do]]\nat = \"1s\"\ncommand = \"get x\""),
        "6:11",
        "no session",
    );
}

/// A server's disk starts from the shared one as it was set, wherever that stands.
#[test]
fn servers_own_settings_come_after_the_shared_ones() {
    let text = "protocol = \"raft\"\n[node.S1]\ndisk = { fsync = \"3ms\" }\n\
                [disk]\nwindow = \"9ms\"\n";
    let set = |pairs: &[(&str, &str)]| {
        let owned = |(a, b): &(&str, &str)| (a.to_string(), b.to_string());
        let pairs: Vec<(String, String)> = pairs.iter().map(owned).collect();
        parse_with(text, "a.toml", &pairs).expect("good values")
    };
    let scenario = set(&[
        ("disk.fsync_before_reply", "false"),
        ("node.S2.clock_offset", "-1ms"),
    ]);
    let disk = scenario.node[&synod_protocols::NodeId(0)]
        .disk
        .expect("its own disk");
    assert!(!disk.fsync_before_reply);
    assert_eq!((disk.window_us, disk.fsync.min_us), (9_000, 3_000));
    assert_eq!(
        scenario.node[&synod_protocols::NodeId(1)].clock_offset_us,
        -1_000
    );
    assert_eq!(set(&[("node.S1.preload.log", "1 2")]).node.len(), 1);
}

#[test]
fn every_error_is_told() {
    let found = errors("protocol = \"raft\"\nnodes = 0\nspeed = 1\n[network]\nloss = \"x\"");
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn a_scenario_survives_being_written_and_read() {
    let text = r##"
        title = "All \"kinds\" of things"
        protocol = "raft"
        nodes = 7
        seed = 99
        schedule = "timed"
        until = "2.5s"
        show_from = "100ms"
        network = { kind = "stream", latency = "1ms..2ms", loss = "0.5%", reorder = "1/4" }
        disk = { policy = "group", fsync = "3ms", window = "4ms", flush = "9s" }
        clients = { sessions = 3, load = "20ms", timeout = "1s", keys = 9 }
        raft = { pre_vote = true, max_entries = 1, election_timeout = "100ms..120ms" }
        [node.S2]
        clock_offset = "-5ms"
        clock_drift_ppm = 200
        disk = { fsync_before_reply = false }
        preload = { term = 5, vote = "S3", log = "1 1 4:put,x,1" }
        [[do]]
        at = "1ms"
        crash = "leader"
        [[do]]
        at = "2ms"
        after = 12
        cut = "S1-S2, S3->S4, S1-clients"
        [[do]]
        at = "3ms"
        partition = "S1 S2 | S3 S4 S5 | S6 S7"
        [[do]]
        at = "3ms"
        heal = "all"
        [[do]]
        at = "4ms"
        link = "S1->S2"
        latency = "5ms"
        duplicate = "10%"
        [[do]]
        at = "5ms"
        command = "cas x 1 2"
        client = "C3"
        [[do]]
        at = "5ms"
        load = "off"
        [[do]]
        at = "6ms"
        fire = "S1"
        timer = "election"
        [[do]]
        at = "7ms"
        deliver = "all RequestVote S1->*"
        [[do]]
        at = "8ms"
        delay = "#4"
        by = "100ms"
        [[do]]
        at = "9ms"
        hold = true
        [[do]]
        at = "9ms"
        wait = "1s"
    "##;
    let scenario = parse_scenario(text, "a.toml").expect("a good scenario");
    assert_eq!(scenario.script.len(), 12);
    let again = parse_scenario(&to_toml(&scenario), "b.toml").expect("what was written");
    assert_eq!(scenario, again);
}

#[test]
fn overrides_reach_every_setting() {
    let set = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect();
        parse_with("protocol = \"raft\"", "a.toml", &pairs)
    };
    let scenario = set(&[
        ("nodes", "3"),
        ("raft.commit_only_current_term", "false"),
        ("disk.fsync_before_reply", "false"),
        ("network.loss", "5%"),
    ])
    .expect("good overrides");
    assert_eq!(scenario.nodes, 3);
    assert!(!scenario.disk.fsync_before_reply);
    let errors = set(&[("raft.nothing", "1")]).expect_err("an unknown option");
    assert!(
        errors[0].to_string().starts_with("--set raft.nothing: "),
        "{}",
        errors[0]
    );
}

/// Whatever the text, there are errors or a run; neither panics.
#[test]
fn nonsense_never_panics() {
    const LINES: &[&str] = &[
        "nodes = 1",
        "nodes = 9",
        "nodes = 100",
        "seed = 9223372036854775807",
        "[network]",
        "[disk]",
        "[clients]",
        "[raft]",
        "[node.S1]",
        "[[do]]",
        "schedule = \"manual\"",
        "latency = \"0\"",
        "latency = \"24h\"",
        "loss = \"100%\"",
        "duplicate = \"100%\"",
        "reorder = \"1/3\"",
        "kind = \"stream\"",
        "policy = \"group\"",
        "policy = \"lying\"",
        "fsync = \"0\"",
        "window = \"24h\"",
        "flush = \"1ms\"",
        "manual = true",
        "fsync_before_reply = false",
        "sessions = 0",
        "sessions = 64",
        "load = \"0\"",
        "timeout = \"1ms\"",
        "timeout = \"S1\"",
        "clock_offset = \"-24h\"",
        "keys = 1000",
        "clock_drift_ppm = -500000",
        "clock_drift_ppm = 500000",
        "preload = { term = 1099511627776, log = \"1 2:put,x,1 2\" }",
        "at = \"1ms\"",
        "at = \"900ms\"",
        "after = 3",
        "crash = \"leader\"",
        "restart = \"S1\"",
        "wait = \"24h\"",
        "quiet = true",
        "hold = true",
        "release = true",
        "deliver = \"all\"",
        "drop = \"all\"",
        "duplicate = \"all\"",
        "delay = \"all\"",
        "by = \"24h\"",
        "fire = \"S1\"",
        "timer = \"election\"",
        "partition = \"S1 | S2\"",
        "cut = \"S1->S2\"",
        "command = \"append x y\"",
        "election_timeout = \"1ms\"",
        "heartbeat = \"24h\"",
        "max_entries = 1",
        "window = 1",
        "é = ",
        "[",
        "= 3",
        "\u{0}",
    ];
    let mut stream = crate::random::Stream::new(1, crate::random::Purpose::Sweep, 0);
    let mut ran = 0;
    for _ in 0..30_000 {
        let mut text = String::from("protocol = \"raft\"\n");
        for _ in 0..stream.below(12) {
            text.push_str(LINES[stream.below(LINES.len() as u64) as usize]);
            text.push('\n');
        }
        if let Ok(scenario) = parse_scenario(&text, "a.toml") {
            let mut run = crate::open(&scenario).expect("what was parsed can be opened");
            run.run_until(1_500_000, 2_000, &mut ());
            ran += 1;
        }
    }
    assert!(ran > 300, "only {ran} of the texts were scenarios");
}

/// The examples of the documentation are scenarios that can be run.
#[test]
fn the_documentation_is_true() {
    let pages = [
        include_str!("../../../../docs/scenario-format.md"),
        include_str!("../../../../README.md"),
    ];
    for page in pages {
        let (_, rest) = page.split_once("```toml\n").expect("an example");
        let (example, _) = rest.split_once("\n```").expect("its end");
        assert_eq!(errors(example), Vec::<String>::new());
    }
    for verb in actions::VERBS {
        assert!(
            pages[0].contains(&format!("`{}`", verb.0)),
            "{} is not documented",
            verb.0
        );
    }
}
