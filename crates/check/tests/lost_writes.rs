//! An acknowledged write that is gone is told, however it went.

mod common;

use common::scenario;
use synod_check::Monitor;
use synod_sim::open;

fn broken(text: &str) -> Vec<&'static str> {
    let scenario = scenario(text);
    let mut run = open(&scenario).expect("a good scenario");
    let mut monitor = Monitor::new(run.as_view(), false);
    run.run_until(scenario.until_us, 1_000_000, &mut monitor);
    assert!(run.counters().acknowledged > 0, "nothing was promised");
    monitor
        .violations()
        .iter()
        .map(|violation| violation.invariant)
        .collect()
}

/// Everyone loses power; the term is forgotten with the write, and the same server wins it again.
#[test]
fn a_term_that_was_forgotten_hides_nothing() {
    for nodes in [1, 3] {
        let all = |verb: &str, at: u64| -> String {
            (1..=nodes)
                .map(|k| format!("[[do]]\nat = \"{at}ms\"\n{verb} = \"S{k}\"\n"))
                .collect()
        };
        let text = format!(
            "protocol = \"raft\"\nnodes = {nodes}\nuntil = \"3s\"\n\
             disk.fsync_before_reply = false\n[[do]]\nat = \"1ms\"\ntimeout = \"S1\"\n\
             [[do]]\nat = \"500ms\"\ncommand = \"put x 1\"\n{}{}\
             [[do]]\nat = \"1001ms\"\ntimeout = \"S1\"\n",
            all("crash", 900),
            all("restart", 1_000)
        );
        let found = broken(&text);
        assert!(
            found.contains(&"no_acknowledged_write_lost"),
            "{nodes}: {found:?}"
        );
        let kept = text.replace("disk.fsync_before_reply = false\n", "");
        assert_eq!(
            broken(&kept),
            Vec::<&str>::new(),
            "{nodes} servers with fsync"
        );
    }
}
