//! Scenarios written as the TOML that [`crate::parse_scenario`] reads.

use crate::action::{Action, ClockPatch, DiskPatch};
use crate::scenario::{DiskSettings, LinkKind, Load, NodeSettings, Scenario, Schedule, ScriptItem};
use std::fmt::{Display, Write};
use synod_protocols::units::show_duration;
use synod_protocols::{OptionValue, Payload, Preload};

/// A scenario as text; what is at its default is left out.
pub fn to_toml(scenario: &Scenario) -> String {
    let plain = Scenario::new(scenario.protocol, 5);
    let mut head = Lines::default();
    if !scenario.title.is_empty() {
        head.text("title", &scenario.title);
    }
    head.text("protocol", &scenario.protocol);
    head.bare("nodes", &scenario.nodes);
    head.bare("seed", &scenario.seed);
    if scenario.schedule == Schedule::Manual {
        head.text("schedule", &"manual");
    }
    head.duration("until", scenario.until_us);
    if scenario.show_from_us > 0 {
        head.duration("show_from", scenario.show_from_us);
    }
    let mut out = head.plain();
    add_table(&mut out, "network", network(scenario, &plain));
    add_table(&mut out, "disk", disk(&scenario.disk, &plain.disk));
    add_table(&mut out, "clients", clients(scenario, &plain));
    if let Some(delay_us) = scenario.oracle_us {
        let mut oracle = Lines::default();
        oracle.duration("delay", delay_us);
        add_table(&mut out, "oracle", oracle);
    }
    add_table(&mut out, scenario.protocol, options(scenario));
    for (node, settings) in &scenario.node {
        let lines = node_lines(settings, &scenario.disk);
        add_table(&mut out, &format!("node.{node}"), lines);
    }
    for item in &scenario.script {
        out.push_str("\n[[do]]\n");
        out.push_str(&script_item(item).plain());
    }
    out
}

/// A table's keys and values, the values as TOML writes them.
#[derive(Default)]
struct Lines<'a>(Vec<(&'a str, String)>);

impl<'a> Lines<'a> {
    fn bare(&mut self, key: &'a str, value: &dyn Display) {
        self.0.push((key, value.to_string()));
    }

    fn text(&mut self, key: &'a str, value: &dyn Display) {
        self.0.push((key, quote(&value.to_string())));
    }

    fn duration(&mut self, key: &'a str, us: u64) {
        self.text(key, &show_duration(us));
    }

    fn signed_duration(&mut self, key: &'a str, us: i64) {
        let sign = if us < 0 { "-" } else { "" };
        let size = show_duration(us.unsigned_abs());
        self.text(key, &format_args!("{sign}{size}"));
    }

    /// A line each.
    fn plain(&self) -> String {
        let mut out = String::new();
        for (key, value) in &self.0 {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{key} = {value}");
        }
        out
    }

    /// In one line.
    fn inline(&self) -> String {
        let mut out = String::new();
        let mut before = "{ ";
        for (key, value) in &self.0 {
            let _ = write!(out, "{before}{key} = {value}");
            before = ", ";
        }
        out + " }"
    }
}

fn add_table(out: &mut String, name: &str, lines: Lines<'_>) {
    if !lines.0.is_empty() {
        let _ = write!(out, "\n[{name}]\n{}", lines.plain());
    }
}

/// Text as a TOML string.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c.is_control() {
            let _ = write!(out, "\\u{:04X}", c as u32);
            continue;
        }
        if c == '"' || c == '\\' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

fn network(scenario: &Scenario, plain: &Scenario) -> Lines<'static> {
    let (now, default) = (&scenario.network, &plain.network);
    let mut lines = Lines::default();
    if now.kind == LinkKind::Stream {
        lines.text("kind", &"stream");
    }
    if now.latency != default.latency {
        lines.text("latency", &now.latency);
    }
    for (name, chance, default) in [
        ("loss", now.loss, default.loss),
        ("duplicate", now.duplicate, default.duplicate),
        ("reorder", now.reorder, default.reorder),
    ] {
        if chance != default {
            lines.text(name, &chance);
        }
    }
    lines
}

fn disk(now: &DiskSettings, default: &DiskSettings) -> Lines<'static> {
    let mut lines = Lines::default();
    if now.policy != default.policy {
        lines.text("policy", &now.policy.name());
    }
    if now.fsync_before_reply != default.fsync_before_reply {
        lines.bare("fsync_before_reply", &now.fsync_before_reply);
    }
    if now.fsync != default.fsync {
        lines.text("fsync", &now.fsync);
    }
    if now.window_us != default.window_us {
        lines.duration("window", now.window_us);
    }
    if now.flush_us != default.flush_us {
        lines.duration("flush", now.flush_us);
    }
    if now.manual != default.manual {
        lines.bare("manual", &now.manual);
    }
    lines
}

fn clients(scenario: &Scenario, plain: &Scenario) -> Lines<'static> {
    let (now, default) = (&scenario.clients, &plain.clients);
    let mut lines = Lines::default();
    if now.sessions != default.sessions {
        lines.bare("sessions", &now.sessions);
    }
    if let Load::Think { pause_us } = now.load {
        lines.duration("load", pause_us);
    }
    if now.timeout_us != default.timeout_us {
        lines.duration("timeout", now.timeout_us);
    }
    if now.keys != default.keys {
        lines.bare("keys", &now.keys);
    }
    lines
}

fn options(scenario: &Scenario) -> Lines<'_> {
    let mut lines = Lines::default();
    for (name, value) in scenario.options.iter() {
        match value {
            OptionValue::Switch(_) | OptionValue::Count(_) => lines.bare(name, value),
            _ => lines.text(name, value),
        }
    }
    lines
}

fn node_lines(settings: &NodeSettings, shared: &DiskSettings) -> Lines<'static> {
    let mut lines = Lines::default();
    if settings.clock_offset_us != 0 {
        lines.signed_duration("clock_offset", settings.clock_offset_us);
    }
    if settings.clock_drift_ppm != 0 {
        lines.bare("clock_drift_ppm", &settings.clock_drift_ppm);
    }
    if let Some(own) = &settings.disk {
        lines.bare("disk", &disk(own, shared).inline());
    }
    if let Some(preload) = &settings.preload {
        lines.bare("preload", &preload_lines(preload).inline());
    }
    lines
}

fn preload_lines(preload: &Preload) -> Lines<'static> {
    let mut lines = Lines::default();
    if preload.epoch > 0 {
        lines.bare("term", &preload.epoch);
    }
    if let Some(vote) = preload.vote {
        lines.text("vote", &vote);
    }
    let mut log = String::new();
    for entry in &preload.log {
        let gap = if log.is_empty() { "" } else { " " };
        let _ = write!(log, "{gap}{}", entry.epoch);
        if let Payload::Command(command) = &entry.payload {
            let _ = write!(log, ":{}", command.op.to_string().replace(' ', ","));
        }
    }
    lines.text("log", &log);
    lines
}

fn script_item(item: &ScriptItem) -> Lines<'static> {
    let mut lines = Lines::default();
    lines.duration("at", item.at_us);
    if let Some(after) = item.after {
        lines.bare("after", &after);
    }
    action(&mut lines, &item.action);
    lines
}

fn joined(parts: &[impl ToString], between: &str) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    parts.join(between)
}

fn action(lines: &mut Lines<'static>, action: &Action) {
    match action {
        Action::Crash { node } => lines.text("crash", node),
        Action::Restart { node } => lines.text("restart", node),
        Action::Pause { node } => lines.text("pause", node),
        Action::Resume { node } => lines.text("resume", node),
        Action::Timeout { node } => lines.text("timeout", node),
        Action::Isolate { node } => lines.text("isolate", node),
        Action::Rejoin { node } => lines.text("rejoin", node),
        Action::Lead { node } => lines.text("lead", node),
        Action::Sync { node } => lines.text("sync", node),
        Action::Reconfigure { members } => {
            lines.text("reconfigure", &members.to_string().replace(',', ""));
        }
        Action::Fire { node, timer } => {
            lines.text("fire", node);
            lines.text("timer", timer);
        }
        Action::Cut { links } => lines.text("cut", &joined(links, ", ")),
        Action::Partition { groups } => {
            // A set shows itself with commas, which a partition reads as spaces.
            lines.text("partition", &joined(groups, " | ").replace(", ", " "));
        }
        Action::Heal { links } if links.is_empty() => lines.text("heal", &"all"),
        Action::Heal { links } => lines.text("heal", &joined(links, ", ")),
        Action::Link { link, patch } => {
            lines.text("link", link);
            if let Some(span) = patch.latency {
                lines.text("latency", &span);
            }
            for (name, chance) in [
                ("loss", patch.loss),
                ("duplicate", patch.duplicate),
                ("reorder", patch.reorder),
            ] {
                if let Some(chance) = chance {
                    lines.text(name, &chance);
                }
            }
        }
        Action::KillSession { link } => lines.text("kill_session", link),
        Action::Command { client, op } => {
            lines.text("command", op);
            lines.text("client", client);
        }
        Action::Load { pause_us: None } => lines.text("load", &"off"),
        Action::Load { pause_us: Some(us) } => lines.duration("load", *us),
        Action::Hold => lines.bare("hold", &true),
        Action::Release => lines.bare("release", &true),
        Action::Quiet => lines.bare("quiet", &true),
        Action::Deliver { what } => lines.text("deliver", what),
        Action::Drop { what } => lines.text("drop", what),
        Action::Duplicate { what } => lines.text("duplicate", what),
        Action::Delay { what, by_us } => {
            lines.text("delay", what);
            lines.duration("by", *by_us);
        }
        Action::Wait { us } => lines.duration("wait", *us),
        _ => fault(lines, action),
    }
}

/// The faults of processes, clocks and disks, and the oracle.
fn fault(lines: &mut Lines<'static>, action: &Action) {
    match action {
        Action::Wipe { node } => lines.text("wipe", node),
        Action::Slow { node, takes } => {
            lines.text("slow", node);
            lines.text("takes", takes);
        }
        Action::Deaf { node, chance, peer } => {
            lines.text("deaf", node);
            lines.text("chance", chance);
            if let Some(peer) = peer {
                lines.text("from", peer);
            }
        }
        Action::Mute { node, chance, peer } => {
            lines.text("mute", node);
            lines.text("chance", chance);
            if let Some(peer) = peer {
                lines.text("to", peer);
            }
        }
        Action::Clock { node, patch } => {
            lines.text("clock", node);
            clock_patch(lines, patch);
        }
        Action::Disk { node, patch } => {
            lines.text("disk", node);
            disk_patch(lines, patch);
        }
        Action::Oracle { delay_us: None } => lines.text("oracle", &"off"),
        Action::Oracle { delay_us: Some(us) } => lines.duration("oracle", *us),
        _ => {}
    }
}

fn clock_patch(lines: &mut Lines<'static>, patch: &ClockPatch) {
    // A drift alone needs no jump, but a patch of nothing is still one.
    if patch.jump_us != 0 || patch.drift_ppm.is_none() {
        lines.signed_duration("jump", patch.jump_us);
    }
    if let Some(ppm) = patch.drift_ppm {
        lines.bare("drift_ppm", &ppm);
    }
}

fn disk_patch(lines: &mut Lines<'static>, patch: &DiskPatch) {
    if let Some(policy) = patch.policy {
        lines.text("policy", &policy.name());
    }
    if let Some(flag) = patch.fsync_before_reply {
        lines.bare("fsync_before_reply", &flag);
    }
    if let Some(fsync) = patch.fsync {
        lines.text("fsync", &fsync);
    }
    if let Some(us) = patch.window_us {
        lines.duration("window", us);
    }
    if let Some(us) = patch.flush_us {
        lines.duration("flush", us);
    }
}
