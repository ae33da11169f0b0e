//! Each event names the earlier one that brought it about.

use std::collections::BTreeMap;
use synod_protocols::NodeId;
use synod_sim::{EventKind, Scenario, Step, open, parse_scenario};

const BUSY: &str = r#"
protocol = "raft"
nodes = 5
seed = 7
[network]
loss = "5%"
duplicate = "5%"
reorder = "20%"
[clients]
sessions = 3
load = "20ms"
[[do]]
at = "1s"
crash = "leader"
[[do]]
at = "3s"
pause = "leader"
[[do]]
at = "4s"
partition = "S1 S2 | S3 S4 S5"
[[do]]
at = "6s"
heal = "all"
"#;

fn busy(more: &str) -> Scenario {
    let text = BUSY.replace("[network]", &format!("{more}[network]"));
    parse_scenario(&text, "busy.toml").unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// What is remembered of an event, by its number.
struct Past {
    node: Option<NodeId>,
    sent: Vec<u64>,
}

fn check(scenario: &Scenario) -> BTreeMap<&'static str, u64> {
    let mut run = open(scenario).expect("a run");
    let mut past: Vec<Past> = Vec::new();
    let mut seen = BTreeMap::new();
    while run.events() < 20_000 && run.step() == Step::Event {
        let event = run.event();
        let cause = event.cause.map(|cause| {
            assert!(cause >= 1 && cause < event.index, "{event:?}");
            &past[cause as usize - 1]
        });
        let kind = match &event.kind {
            kind if kind.message().is_some() => {
                let info = kind.message().expect("a message");
                let cause = cause.expect("what sent it");
                assert!(cause.sent.contains(&info.id), "{event:?}");
                "message"
            }
            EventKind::Timer(_) => {
                assert_eq!(cause.expect("what armed it").node, event.node);
                "timer"
            }
            EventKind::Durable { .. } | EventKind::Flushing { .. } => {
                assert_eq!(cause.expect("what wrote").node, event.node);
                "disk"
            }
            EventKind::Asked { .. } => {
                assert!(event.index < 50 || cause.is_some(), "{event:?}");
                "asked"
            }
            EventKind::Acted(_) | EventKind::Started => {
                assert!(cause.is_none());
                "none"
            }
            _ => "other",
        };
        *seen.entry(kind).or_insert(0) += 1;
        past.push(Past {
            node: event.node,
            sent: event.sent.iter().map(|info| info.id).collect(),
        });
    }
    seen
}

#[test]
fn every_message_timer_and_flush_names_what_brought_it_about() {
    for disk in ["", "[disk]\npolicy = \"group\"\nwindow = \"3ms\"\n"] {
        let seen = check(&busy(disk));
        for kind in ["message", "timer", "disk", "asked", "none"] {
            assert!(seen.get(kind).is_some_and(|count| *count > 0), "{seen:?}");
        }
    }
}
