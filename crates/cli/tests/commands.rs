//! The command line from outside: output and exit codes.

use std::process::{Command, Output};

fn synod(args: &[&str]) -> Output {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    Command::new(env!("CARGO_BIN_EXE_synod"))
        .args(args)
        .current_dir(root)
        .output()
        .expect("synod runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

const FAILOVER: &str = "tests/scenarios/raft/failover.toml";
const RULE_OFF: &str = "tests/scenarios/raft/figure-8-rule-off.toml";

#[test]
fn exit_codes_tell_clean_violated_and_bad_input_apart() {
    assert_eq!(code(&synod(&["run", FAILOVER])), 0);
    assert_eq!(code(&synod(&["run", RULE_OFF])), 1);
    assert_eq!(code(&synod(&["run", "no-such-file.toml"])), 2);
    assert_eq!(
        code(&synod(&["run", FAILOVER, "--set", "raft.nothing=1"])),
        2
    );
    assert_eq!(code(&synod(&["run", FAILOVER, "--until", "soon"])), 2);
    assert_eq!(code(&synod(&["sweep", "--seeds", "9..1"])), 2);
    assert_eq!(code(&synod(&["sweep", "--protocol", "tcp"])), 2);
    assert_eq!(code(&synod(&["nonsense"])), 2);
}

#[test]
fn a_rule_switched_off_on_the_command_line_is_the_same_as_in_the_file() {
    let off = "raft.commit_only_current_term=false";
    let figure8 = synod(&["run", "tests/scenarios/raft/figure-8.toml", "--set", off]);
    assert_eq!(code(&figure8), 1);
    assert_eq!(figure8.stdout, synod(&["run", RULE_OFF]).stdout);
}

#[test]
fn the_summary_is_json() {
    let output = synod(&["run", FAILOVER, "--json"]);
    let summary: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("a JSON summary");
    assert_eq!(summary["protocol"], "raft");
    let nodes = summary["nodes"].as_array().expect("nodes");
    assert_eq!(nodes.len(), 5);
    assert_eq!(
        nodes.iter().filter(|node| node["role"] == "leader").count(),
        1
    );
    assert!(nodes.iter().all(|node| node["commit"] == 4), "{summary:#}");
    assert_eq!(summary["invariants"]["election_safety"], true);
    assert!(summary["messages"]["RequestVote"]["sent"].as_u64() >= Some(8));
}

#[test]
fn a_trace_has_one_line_an_event() {
    let path = std::env::temp_dir().join(format!("synod-trace-{}.ndjson", std::process::id()));
    let file = path.to_str().expect("a path");
    let output = synod(&["run", FAILOVER, "--json", "--trace", file]);
    assert_eq!(code(&output), 0);
    let text = std::fs::read_to_string(&path).expect("the trace");
    std::fs::remove_file(&path).expect("removed");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["synod_trace"], 1);
    assert_eq!(
        lines.len() as u64 - 1,
        summary["events"].as_u64().expect("events")
    );
    let elected = |line: &&serde_json::Value| {
        line["notes"]
            .as_array()
            .is_some_and(|notes| notes.iter().any(|n| n["rule"] == "elected"))
    };
    assert_eq!(lines.iter().filter(elected).count(), 2);
}

/// The line that a sweep prints is a command that shows the same violation.
#[test]
fn a_seed_of_a_sweep_replays_as_it_is_printed() {
    for until in ["10s", "2s"] {
        let off = ["--until", until, "--set", "raft.election_restriction=false"];
        let sweep = synod(&[&["sweep", "--seeds", "0..200"], &off[..]].concat());
        assert_eq!(code(&sweep), 1);
        let text = String::from_utf8_lossy(&sweep.stdout).into_owned();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("Replay: synod "));
        let args: Vec<&str> = line.expect("a replay line").split(' ').collect();
        let replay = synod(&args);
        assert_eq!(code(&replay), 1, "{args:?}");
        let told = String::from_utf8_lossy(&replay.stdout).into_owned();
        assert!(told.contains("Leader Completeness is violated"), "{told}");
    }
}

#[test]
fn a_printed_scenario_runs_like_its_seed() {
    for (seed, nodes) in [("0", "1"), ("1", "2"), ("3", "5"), ("4", "9")] {
        let of = ["--sweep-seed", seed, "--nodes", nodes];
        let printed = synod(&[&["run", "--print-scenario"], &of[..]].concat()).stdout;
        let name = format!("synod-seed-{seed}-{}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, printed).expect("written");
        let from_file = synod(&["run", path.to_str().expect("a path"), "--json"]);
        std::fs::remove_file(&path).expect("removed");
        let from_seed = synod(&[&["run", "--json"], &of[..]].concat());
        assert!(!from_seed.stdout.is_empty());
        assert_eq!(
            from_file.stdout, from_seed.stdout,
            "seed {seed}, {nodes} servers"
        );
    }
}

/// A value that the caller fixes need not fit what a seed would draw beside it.
#[test]
fn a_sweep_takes_every_value_that_a_run_takes() {
    let set = "raft.heartbeat=110ms";
    assert_eq!(
        code(&synod(&["sweep", "--seeds", "0..20", "--set", set])),
        0
    );
    let set = "raft.election_timeout=20ms..40ms";
    assert_eq!(
        code(&synod(&["sweep", "--seeds", "0..20", "--set", set])),
        2,
        "50ms > 20ms"
    );
}

/// A link replays to the very trace of the scenario that it was made from.
#[test]
fn a_link_runs_as_its_scenario_does() {
    let folder = std::env::temp_dir().join(format!("synod-link-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (one, two) = (path("file.ndjson"), path("link.ndjson"));
    let made = synod(&[
        "link",
        RULE_OFF,
        "--at",
        "40",
        "--base",
        "https://example.org/synod/",
    ]);
    assert_eq!(code(&made), 0);
    let link = String::from_utf8(made.stdout).expect("text");
    assert!(
        link.starts_with("https://example.org/synod/#run="),
        "{link}"
    );
    assert!(link.trim().len() < 700, "{}", link.len());
    assert_eq!(code(&synod(&["run", RULE_OFF, "--trace", &one])), 1);
    let run = synod(&["run", "--link", link.trim(), "--trace", &two]);
    assert_eq!(code(&run), 1);
    assert!(run.stderr.is_empty(), "it departs nowhere");
    let read = |path: &str| std::fs::read(path).expect("a trace");
    assert!(read(&one) == read(&two), "the traces differ");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    let damaged = synod(&["run", "--link", &link.trim()[..60]]);
    assert_eq!(code(&damaged), 2);
    assert!(String::from_utf8_lossy(&damaged.stderr).contains("damaged"));
    assert_eq!(code(&synod(&["link", FAILOVER, "--at", "99999999"])), 2);
}

#[test]
fn a_run_is_printed_in_every_form() {
    for format in [
        "toml",
        "picture",
        "spacetime",
        "mermaid",
        "ndjson",
        "shiviz",
    ] {
        let made = synod(&["export", FAILOVER, "--format", format, "--at", "1s"]);
        assert_eq!(code(&made), 0, "{format}");
        assert!(made.stdout.len() > 200, "{format}");
    }
    assert_eq!(code(&synod(&["export", FAILOVER, "--format", "gif"])), 2);
}

/// tlaplus/Examples, Paxos.tla with three acceptors, two values and ballots 0 and 1.
#[test]
fn explore_counts_the_states_of_the_specification() {
    let out = synod(&[
        "explore",
        "--protocol",
        "paxos",
        "--acceptors",
        "1",
        "--values",
        "1",
        "--ballots",
        "2",
        "--network",
        "set",
        "--json",
    ]);
    let found: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(found["projected_states"], 25);
    assert_eq!(found["complete"], true);
    assert_eq!(out.status.code(), Some(0));
    let wrong = synod(&["explore", "--set", "adopt_accepted=false"]);
    assert_eq!(wrong.status.code(), Some(1));
    let none = synod(&["explore", "--protocol", "raft"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("Raft offers no runs to search"));
}

/// A run's history is written, read back and found to have an order; a read of what nobody wrote,
/// or of what was overwritten before it began, is not.
#[test]
fn histories_are_written_and_checked() {
    let folder = std::env::temp_dir().join(format!("synod-history-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = |name: &str| folder.join(name).display().to_string();
    let written = file("run.ndjson");
    let lab = FAILOVER.replace("raft/failover", "lab");
    let run = synod(&[
        "run",
        &lab,
        "--json",
        "--until",
        "4s",
        "--history",
        &written,
    ]);
    assert_eq!(code(&run), 0);
    assert!(
        std::fs::read_to_string(&written)
            .expect("it is there")
            .lines()
            .count()
            > 4
    );
    assert_eq!(code(&synod(&["check-history", &written])), 0);
    let check = |name: &str, lines: &[&str], expect: i32, says: &str| {
        let path = file(name);
        std::fs::write(&path, lines.join("\n")).expect("written");
        let out = synod(&["check-history", &path]);
        assert_eq!(code(&out), expect, "{name}: {out:?}");
        let said = [out.stdout, out.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains(says), "{name}: {said}");
    };
    let event = |kind: &str, process: u8, f: &str, value: &str| {
        format!(
            "{{\"type\":\"{kind}\",\"process\":{process},\"f\":\"{f}\",\"key\":\"x\",\"value\":{value}}}"
        )
    };
    let stale = [
        event("invoke", 0, "write", "1"),
        event("ok", 0, "write", "1"),
        event("invoke", 1, "read", "null"),
        event("ok", 1, "read", "null"),
    ];
    let stale: Vec<&str> = stale.iter().map(String::as_str).collect();
    check("stale", &stale, 1, "> C2 get x");
    check("unanswered", &stale[..3], 0, "linearizable");
    check("bad", &["{}"], 2, "bad:1:1: `process`");
    check("worse", &["", "{\"type\""], 2, "worse:2:");
    check("early", &stale[1..2], 2, "nothing under way");
    std::fs::remove_dir_all(folder).expect("removed");
}
