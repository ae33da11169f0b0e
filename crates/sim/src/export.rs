//! Scenarios written as the TOML that [`crate::parse_scenario`] reads.

use crate::action::{Action, Pair, Who};
use crate::parse::{show_match, show_pair};
use crate::scenario::{
    DiskPolicy, DiskSettings, LinkKind, Load, NodeSettings, Scenario, Schedule, ScriptItem,
};
use std::fmt::Write;
use synod_protocols::units::show_duration;
use synod_protocols::{OptionValue, Payload};

/// A scenario as text; what is at its default is left out.
pub fn to_toml(scenario: &Scenario) -> String {
    let plain = Scenario::new(scenario.protocol, 5);
    let mut out = Toml(String::new());
    if !scenario.title.is_empty() {
        out.text("title", &scenario.title);
    }
    out.text("protocol", scenario.protocol);
    out.bare("nodes", scenario.nodes);
    out.bare("seed", scenario.seed);
    if scenario.schedule == Schedule::Manual {
        out.text("schedule", "manual");
    }
    out.text("until", &show_duration(scenario.until_us));
    if scenario.show_from_us > 0 {
        out.text("show_from", &show_duration(scenario.show_from_us));
    }
    network(&mut out, scenario, &plain);
    let disk = disk_lines(&scenario.disk, &plain.disk);
    out.table("disk", &disk);
    clients(&mut out, scenario, &plain);
    let options: Vec<(String, String)> = scenario
        .options
        .iter()
        .map(|(name, value)| {
            let text = match value {
                OptionValue::Span(span) => quote(&span.to_string()),
                other => other.to_string(),
            };
            (name.to_string(), text)
        })
        .collect();
    out.table(scenario.protocol, &options);
    for (node, settings) in &scenario.node {
        out.table(
            &format!("node.{node}"),
            &node_lines(settings, &scenario.disk),
        );
    }
    for item in &scenario.script {
        script_item(&mut out, item);
    }
    out.0
}

/// Text in the making. Writing to a string cannot fail.
struct Toml(String);

impl Toml {
    fn text(&mut self, key: &str, value: &str) {
        self.bare(key, quote(value));
    }

    fn bare(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn table(&mut self, name: &str, lines: &[(String, String)]) {
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(self.0, "\n[{name}]");
        for (key, value) in lines {
            self.bare(key, value);
        }
    }
}

/// Text as a TOML string.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn line(key: &str, value: impl ToString) -> (String, String) {
    (key.to_string(), value.to_string())
}

fn text_line(key: &str, value: impl ToString) -> (String, String) {
    (key.to_string(), quote(&value.to_string()))
}

fn network(out: &mut Toml, scenario: &Scenario, plain: &Scenario) {
    let (now, default) = (&scenario.network, &plain.network);
    let mut lines = Vec::new();
    if now.kind == LinkKind::Stream {
        lines.push(text_line("kind", "stream"));
    }
    if now.latency != default.latency {
        lines.push(text_line("latency", now.latency));
    }
    for (name, chance, default) in [
        ("loss", now.loss, default.loss),
        ("duplicate", now.duplicate, default.duplicate),
        ("reorder", now.reorder, default.reorder),
    ] {
        if chance != default {
            lines.push(text_line(name, chance));
        }
    }
    out.table("network", &lines);
}

fn disk_lines(now: &DiskSettings, default: &DiskSettings) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if now.policy != default.policy {
        let name = match now.policy {
            DiskPolicy::Each => "each",
            DiskPolicy::Group => "group",
            DiskPolicy::Lying => "lying",
        };
        lines.push(text_line("policy", name));
    }
    if now.fsync_before_reply != default.fsync_before_reply {
        lines.push(line("fsync_before_reply", now.fsync_before_reply));
    }
    if now.fsync != default.fsync {
        lines.push(text_line("fsync", now.fsync));
    }
    if now.window_us != default.window_us {
        lines.push(text_line("window", show_duration(now.window_us)));
    }
    if now.flush_us != default.flush_us {
        lines.push(text_line("flush", show_duration(now.flush_us)));
    }
    if now.manual != default.manual {
        lines.push(line("manual", now.manual));
    }
    lines
}

fn clients(out: &mut Toml, scenario: &Scenario, plain: &Scenario) {
    let (now, default) = (&scenario.clients, &plain.clients);
    let mut lines = Vec::new();
    if now.sessions != default.sessions {
        lines.push(line("sessions", now.sessions));
    }
    if let Load::Think { pause_us } = now.load {
        lines.push(text_line("load", show_duration(pause_us)));
    }
    if now.timeout_us != default.timeout_us {
        lines.push(text_line("timeout", show_duration(now.timeout_us)));
    }
    if now.keys != default.keys {
        lines.push(line("keys", now.keys));
    }
    out.table("clients", &lines);
}

fn node_lines(settings: &NodeSettings, shared: &DiskSettings) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if settings.clock_offset_us != 0 {
        let sign = if settings.clock_offset_us < 0 {
            "-"
        } else {
            ""
        };
        let size = show_duration(settings.clock_offset_us.unsigned_abs());
        lines.push(text_line("clock_offset", format!("{sign}{size}")));
    }
    if settings.clock_drift_ppm != 0 {
        lines.push(line("clock_drift_ppm", settings.clock_drift_ppm));
    }
    if let Some(disk) = &settings.disk {
        lines.push(line("disk", inline(&disk_lines(disk, shared))));
    }
    if let Some(preload) = &settings.preload {
        let mut fields = Vec::new();
        if preload.epoch > 0 {
            fields.push(line("term", preload.epoch));
        }
        if let Some(vote) = preload.vote {
            fields.push(text_line("vote", vote));
        }
        let entry = |entry: &synod_protocols::replica::PreloadEntry| match &entry.payload {
            Payload::Noop => entry.epoch.to_string(),
            Payload::Command(command) => {
                format!(
                    "{}:{}",
                    entry.epoch,
                    command.op.to_string().replace(' ', ",")
                )
            }
        };
        let log: Vec<String> = preload.log.iter().map(entry).collect();
        fields.push(text_line("log", log.join(" ")));
        lines.push(line("preload", inline(&fields)));
    }
    lines
}

fn inline(fields: &[(String, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}

fn script_item(out: &mut Toml, item: &ScriptItem) {
    let mut lines = vec![text_line("at", show_duration(item.at_us))];
    if let Some(after) = item.after {
        lines.push(line("after", after));
    }
    lines.extend(action_lines(&item.action));
    let _ = writeln!(out.0, "\n[[do]]");
    for (key, value) in lines {
        out.bare(&key, value);
    }
}

fn who(who: Who) -> String {
    match who {
        Who::Node(node) => node.to_string(),
        Who::Leader => "leader".to_string(),
    }
}

fn pairs(links: &[Pair]) -> String {
    links.iter().map(show_pair).collect::<Vec<_>>().join(", ")
}

/// An action as the keys of its table.
pub fn action_lines(action: &Action) -> Vec<(String, String)> {
    let one = |verb: &str, value: String| vec![text_line(verb, value)];
    match action {
        Action::Crash { node } => one("crash", who(*node)),
        Action::Restart { node } => one("restart", who(*node)),
        Action::Pause { node } => one("pause", who(*node)),
        Action::Resume { node } => one("resume", who(*node)),
        Action::Timeout { node } => one("timeout", who(*node)),
        Action::Isolate { node } => one("isolate", who(*node)),
        Action::Rejoin { node } => one("rejoin", who(*node)),
        Action::Lead { node } => one("lead", who(*node)),
        Action::Sync { node } => one("sync", who(*node)),
        Action::Fire { node, timer } => {
            vec![text_line("fire", who(*node)), text_line("timer", timer)]
        }
        Action::Cut { links } => one("cut", pairs(links)),
        Action::Partition { groups } => {
            let group = |set: &synod_protocols::NodeSet| {
                set.iter()
                    .map(|node| node.to_string())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            one(
                "partition",
                groups.iter().map(group).collect::<Vec<_>>().join(" | "),
            )
        }
        Action::Heal { links } if links.is_empty() => one("heal", "all".into()),
        Action::Heal { links } => one("heal", pairs(links)),
        Action::Link { link, patch } => {
            let mut lines = one("link", show_pair(link));
            lines.extend(patch.latency.map(|span| text_line("latency", span)));
            lines.extend(patch.loss.map(|chance| text_line("loss", chance)));
            lines.extend(patch.duplicate.map(|chance| text_line("duplicate", chance)));
            lines.extend(patch.reorder.map(|chance| text_line("reorder", chance)));
            lines
        }
        Action::KillSession { link } => one("kill_session", show_pair(link)),
        Action::Command { client, op } => {
            vec![text_line("command", op), text_line("client", client)]
        }
        Action::Load { pause_us: None } => one("load", "off".into()),
        Action::Load { pause_us: Some(us) } => one("load", show_duration(*us)),
        Action::Hold => vec![line("hold", true)],
        Action::Release => vec![line("release", true)],
        Action::Quiet => vec![line("quiet", true)],
        Action::Deliver { what } => one("deliver", show_match(what)),
        Action::Drop { what } => one("drop", show_match(what)),
        Action::Duplicate { what } => one("duplicate", show_match(what)),
        Action::Delay { what, by_us } => {
            vec![
                text_line("delay", show_match(what)),
                text_line("by", show_duration(*by_us)),
            ]
        }
        Action::Wait { us } => one("wait", show_duration(*us)),
    }
}
