//! The settings of a scenario by their dotted names, as in a file and after `--set`.

use super::actions::{parse_log, parse_node};
use crate::scenario::{
    DiskPolicy, DiskSettings, LinkKind, Load, MOST_CLIENTS, MOST_NODES, Scenario, Schedule,
};
use synod_protocols::registry;
use synod_protocols::units::{Chance, Span, parse_chance, parse_duration, parse_span};
use toml::de::DeValue;

/// A value as it was written.
pub(super) enum Raw {
    Text(String),
    Integer(i64),
    Flag(bool),
    /// Something that no setting takes: a date, a list.
    Other(&'static str),
    /// From a command line, where everything is text.
    Typed(String),
}

/// What is wrong: the key or the value.
#[derive(Debug)]
pub(super) enum Wrong {
    Key(String),
    Value(String),
}

impl Wrong {
    pub fn into_message(self) -> String {
        match self {
            Wrong::Key(message) | Wrong::Value(message) => message,
        }
    }
}

impl Raw {
    pub fn of(value: &DeValue<'_>) -> Raw {
        match value {
            DeValue::String(text) => Raw::Text(text.to_string()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Raw::Integer(number),
                    Err(_) => Raw::Other("number of that size"),
                }
            }
            DeValue::Boolean(flag) => Raw::Flag(*flag),
            other => Raw::Other(other.type_str()),
        }
    }

    pub fn text(&self) -> Result<&str, String> {
        match self {
            Raw::Text(text) | Raw::Typed(text) => Ok(text),
            _ => Err(format!("expected text in quotes, found {}", self.kind())),
        }
    }

    pub fn integer(&self, min: i64, max: i64) -> Result<i64, String> {
        let wanted = || format!("expected a whole number from {min} to {max}");
        let number = match self {
            Raw::Integer(number) => *number,
            Raw::Typed(text) => text.parse().map_err(|_| wanted())?,
            _ => return Err(format!("{}, found {}", wanted(), self.kind())),
        };
        if (min..=max).contains(&number) {
            Ok(number)
        } else {
            Err(format!("{}, found {number}", wanted()))
        }
    }

    pub fn flag(&self) -> Result<bool, String> {
        match self {
            Raw::Flag(flag) => Ok(*flag),
            Raw::Typed(text) if text == "true" => Ok(true),
            Raw::Typed(text) if text == "false" => Ok(false),
            _ => Err(format!("expected true or false, found {}", self.kind())),
        }
    }

    fn span(&self) -> Result<Span, String> {
        self.text().and_then(parse_span)
    }

    fn duration(&self, min_us: u64) -> Result<u64, String> {
        let us = self.text().and_then(parse_duration)?;
        if us < min_us {
            let least = synod_protocols::units::show_duration(min_us);
            return Err(format!("expected at least {least}"));
        }
        Ok(us)
    }

    pub fn signed_duration(&self) -> Result<i64, String> {
        let text = self.text()?;
        match text.strip_prefix('-') {
            Some(rest) => parse_duration(rest).map(|us| -(us as i64)),
            None => parse_duration(text).map(|us| us as i64),
        }
    }

    fn chance(&self) -> Result<Chance, String> {
        self.text().and_then(parse_chance)
    }

    /// The text from which a protocol's option is read.
    fn option_text(&self) -> Result<String, String> {
        match self {
            Raw::Text(text) | Raw::Typed(text) => Ok(text.clone()),
            Raw::Integer(number) => Ok(number.to_string()),
            Raw::Flag(flag) => Ok(flag.to_string()),
            Raw::Other(kind) => Err(format!("expected a value, found a {kind}")),
        }
    }

    fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, String> {
        let text = self.text()?;
        let known = choices.iter().find(|(name, _)| *name == text);
        known.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<String> = choices
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            format!("expected {}, found `{text}`", names.join(" or "))
        })
    }

    fn kind(&self) -> String {
        match self {
            Raw::Text(text) | Raw::Typed(text) => format!("`{text}`"),
            Raw::Integer(number) => format!("the number {number}"),
            Raw::Flag(flag) => flag.to_string(),
            Raw::Other(kind) => format!("a {kind}"),
        }
    }
}

/// The keys outside protocols' tables.
const KEYS: &[&str] = &[
    "title",
    "nodes",
    "seed",
    "schedule",
    "until",
    "show_from",
    "network.kind",
    "network.latency",
    "network.loss",
    "network.duplicate",
    "network.reorder",
    "disk.policy",
    "disk.fsync_before_reply",
    "disk.fsync",
    "disk.window",
    "disk.flush",
    "disk.manual",
    "clients.sessions",
    "clients.load",
    "clients.timeout",
    "clients.keys",
    "oracle.delay",
];

/// Sets the value of a dotted key.
pub(super) fn set(scenario: &mut Scenario, key: &str, raw: &Raw) -> Result<(), Wrong> {
    if let Some((table, name)) = key.split_once('.') {
        if table == "node" {
            return set_node(scenario, name, raw);
        }
        if table == scenario.protocol {
            return set_option(scenario, name, raw);
        }
        if table == "disk" {
            return set_disk(&mut scenario.disk, name, raw);
        }
    }
    let value = |message: String| Wrong::Value(format!("`{key}`: {message}"));
    set_plain(scenario, key, raw)
        .unwrap_or_else(|| Err(unknown(scenario, key)))
        .map_err(|wrong| match wrong {
            Wrong::Value(message) => value(message),
            key => key,
        })
}

fn set_plain(scenario: &mut Scenario, key: &str, raw: &Raw) -> Option<Result<(), Wrong>> {
    let network = &mut scenario.network;
    let clients = &mut scenario.clients;
    let result = match key {
        "title" => raw.text().map(|text| scenario.title = text.to_string()),
        "nodes" => raw
            .integer(1, MOST_NODES as i64)
            .map(|nodes| scenario.nodes = nodes as usize),
        "seed" => raw
            .integer(0, i64::MAX)
            .map(|seed| scenario.seed = seed as u64),
        "schedule" => raw
            .choice(&[("timed", Schedule::Timed), ("manual", Schedule::Manual)])
            .map(|schedule| scenario.schedule = schedule),
        "show_from" => raw.duration(0).map(|us| scenario.show_from_us = us),
        "until" => raw.duration(1).map(|us| scenario.until_us = us),
        "network.kind" => raw
            .choice(&[
                ("datagram", LinkKind::Datagram),
                ("stream", LinkKind::Stream),
            ])
            .map(|kind| network.kind = kind),
        "network.latency" => raw.span().map(|span| network.latency = span),
        "network.loss" => raw.chance().map(|chance| network.loss = chance),
        "network.duplicate" => raw.chance().map(|chance| network.duplicate = chance),
        "network.reorder" => raw.chance().map(|chance| network.reorder = chance),
        "clients.sessions" => raw
            .integer(0, MOST_CLIENTS as i64)
            .map(|count| clients.sessions = count as usize),
        "clients.load" => match raw.text() {
            Ok("off") => {
                clients.load = Load::Off;
                Ok(())
            }
            Ok(text) => parse_duration(text)
                .map(|pause_us| clients.load = Load::Think { pause_us })
                .map_err(|why| format!("expected `off` or the pause between commands; {why}")),
            Err(why) => Err(why),
        },
        "oracle.delay" => match raw.text() {
            Ok("off") => {
                scenario.oracle_us = None;
                Ok(())
            }
            _ => raw.duration(0).map(|us| scenario.oracle_us = Some(us)),
        },
        "clients.timeout" => raw.duration(1_000).map(|us| clients.timeout_us = us),
        "clients.keys" => raw.integer(1, 1_000).map(|keys| clients.keys = keys as u64),
        _ => return None,
    };
    Some(result.map_err(Wrong::Value))
}

fn set_option(scenario: &mut Scenario, name: &str, raw: &Raw) -> Result<(), Wrong> {
    let Some(about) = registry::about(scenario.protocol) else {
        return Ok(());
    };
    if !about.options.iter().any(|spec| spec.name == name) {
        let known: Vec<&str> = about.options.iter().map(|spec| spec.name).collect();
        let message = format!(
            "{} has no option `{name}`; it has {}",
            about.title,
            known.join(", ")
        );
        return Err(Wrong::Key(message));
    }
    let text = raw.option_text().map_err(Wrong::Value)?;
    scenario
        .options
        .set(about.options, name, &text)
        .map_err(Wrong::Value)
}

/// Sets one of a disk's settings.
pub(super) fn set_disk(disk: &mut DiskSettings, name: &str, raw: &Raw) -> Result<(), Wrong> {
    let result = match name {
        "policy" => raw
            .choice(&[
                ("each", DiskPolicy::Each),
                ("group", DiskPolicy::Group),
                ("lying", DiskPolicy::Lying),
            ])
            .map(|policy| disk.policy = policy),
        "fsync_before_reply" => raw.flag().map(|flag| disk.fsync_before_reply = flag),
        "fsync" => raw.span().map(|span| disk.fsync = span),
        "window" => raw.duration(1).map(|us| disk.window_us = us),
        "flush" => raw.duration(1_000).map(|us| disk.flush_us = us),
        "manual" => raw.flag().map(|flag| disk.manual = flag),
        other => {
            let known: Vec<&str> = KEYS
                .iter()
                .filter_map(|key| key.strip_prefix("disk."))
                .collect();
            let message = format!(
                "a disk has no setting `{other}`; it has {}",
                known.join(", ")
            );
            return Err(Wrong::Key(message));
        }
    };
    result.map_err(|message| Wrong::Value(format!("`disk.{name}`: {message}")))
}

/// Whether a dotted name is one of a table, which may be empty.
pub(super) fn is_table(path: &str) -> bool {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        [name] => {
            matches!(name, "network" | "disk" | "clients" | "oracle" | "node")
                || registry::about(name).is_some()
        }
        ["node", _] | ["node", _, "disk" | "preload"] => true,
        _ => false,
    }
}

/// Sets a server's own value, named below `node.`: `S1.disk.fsync`.
fn set_node(scenario: &mut Scenario, path: &str, raw: &Raw) -> Result<(), Wrong> {
    let (server, field) = path.split_once('.').unwrap_or((path, ""));
    let node = parse_node(server, scenario.nodes).map_err(Wrong::Key)?;
    let shared = scenario.disk;
    let nodes = scenario.nodes;
    let settings = scenario.node.entry(node).or_default();
    if let Some(name) = field.strip_prefix("disk.") {
        return set_disk(settings.disk.get_or_insert(shared), name, raw);
    }
    let result = match field {
        "clock_offset" => raw
            .signed_duration()
            .map(|us| settings.clock_offset_us = us),
        "clock_drift_ppm" => raw
            .integer(-500_000, 500_000)
            .map(|ppm| settings.clock_drift_ppm = ppm as i32),
        "preload.term" | "preload.epoch" | "preload.view" | "preload.ballot" => raw
            .integer(0, 1 << 40)
            .map(|epoch| settings.preload.get_or_insert_default().epoch = epoch as u64),
        "preload.vote" => raw
            .text()
            .and_then(|text| parse_node(text, nodes))
            .map(|vote| settings.preload.get_or_insert_default().vote = Some(vote)),
        "preload.log" => raw
            .text()
            .and_then(parse_log)
            .map(|log| settings.preload.get_or_insert_default().log = log),
        _ => {
            return Err(Wrong::Key(format!(
                "a server has no setting `{field}`; it has clock_offset, clock_drift_ppm, disk.…, \
                 preload.term, preload.vote and preload.log"
            )));
        }
    };
    result.map_err(|message| Wrong::Value(format!("`{field}`: {message}")))
}

/// The sentence for an unknown key: its table's keys, or where the option of another belongs.
fn unknown(scenario: &Scenario, key: &str) -> Wrong {
    let (table, name) = key.split_once('.').unwrap_or(("", key));
    if registry::about(table).is_some() {
        return Wrong::Key(format!(
            "`{key}` is an option of {table}, but the protocol of this scenario is {}",
            scenario.protocol
        ));
    }
    let within: Vec<&str> = KEYS
        .iter()
        .filter(|known| known.split_once('.').map_or("", |(table, _)| table) == table)
        .copied()
        .collect();
    let place = if table.is_empty() {
        "a scenario".into()
    } else {
        format!("`[{table}]`")
    };
    if within.is_empty() {
        return Wrong::Key(format!(
            "there is no table `[{table}]`; there are [network], [disk], [clients], [oracle], \
             [{}], [node.S1] and [[do]]",
            scenario.protocol
        ));
    }
    let names: Vec<&str> = within
        .iter()
        .map(|known| known.rsplit('.').next().unwrap_or(known))
        .collect();
    Wrong::Key(format!(
        "{place} has no key `{name}`; it has {}",
        names.join(", ")
    ))
}
