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

#[test]
fn nonsense_never_panics() {
    let pieces = [
        "protocol = \"raft\"",
        "[[do]]",
        "at = ",
        "\"1s\"",
        "crash",
        "=",
        "[",
        "é",
        "\n",
    ];
    let mut stream = crate::random::Stream::new(1, crate::random::Purpose::Sweep, 0);
    for _ in 0..5_000 {
        let words = stream.below(9);
        let text: String = (0..words)
            .map(|_| pieces[stream.below(pieces.len() as u64) as usize])
            .collect::<Vec<_>>()
            .join(if stream.below(2) == 0 { " " } else { "\n" });
        let _ = parse_scenario(&text, "a.toml");
    }
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
