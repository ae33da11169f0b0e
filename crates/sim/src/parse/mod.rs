//! Scenarios as TOML files. docs/scenario-format.md describes them for their authors.
//!
//! Reading gives the scenario or every error, each with its line and column.

mod actions;
mod settings;

pub use actions::parse_match;

use crate::scenario::{MOST_ACTIONS, Scenario, Schedule, ScriptItem};
use settings::{Raw, set, set_disk};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use synod_protocols::units::parse_duration;
use synod_protocols::{NodeId, Preload, registry};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The longest scenario file, in bytes.
pub const LONGEST_FILE: usize = 1 << 20;

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub file: String,
    /// Counted from 1; 0 for an override from a command line.
    pub line: usize,
    pub column: usize,
    /// A sentence without its full stop.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(
                f,
                "{}:{}:{}: {}",
                self.file, self.line, self.column, self.message
            )
        }
    }
}

impl std::error::Error for ParseError {}

/// Reads a scenario; `name` is the file's name in errors.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn parse_scenario(text: &str, name: &str) -> Result<Scenario, Vec<ParseError>> {
    parse_with(text, name, &[])
}

/// Reads a scenario and sets values over it, as `--set key=value` does.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file, then of the overrides.
pub fn parse_with(
    text: &str,
    name: &str,
    overrides: &[(String, String)],
) -> Result<Scenario, Vec<ParseError>> {
    let mut reader = Reader {
        text,
        name,
        errors: Vec::new(),
    };
    if text.len() > LONGEST_FILE {
        let message = format!("the file is longer than {LONGEST_FILE} bytes");
        return Err(vec![ParseError {
            file: name.into(),
            line: 1,
            column: 1,
            message,
        }]);
    }
    let (table, syntax) = DeTable::parse_recoverable(text);
    for error in syntax {
        reader.error(error.span().unwrap_or(0..0), error.message().to_string());
    }
    let scenario = if reader.errors.is_empty() {
        reader.scenario(table.get_ref(), overrides)
    } else {
        None
    };
    reader
        .errors
        .sort_by_key(|error| (error.line == 0, error.line, error.column));
    match scenario {
        Some(scenario) if reader.errors.is_empty() => Ok(scenario),
        _ => Err(reader.errors),
    }
}

/// Collects errors while a file is read.
struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    errors: Vec<ParseError>,
}

impl Reader<'_> {
    fn error(&mut self, span: Range<usize>, message: String) {
        let before = self
            .text
            .get(..span.start.min(self.text.len()))
            .unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        self.errors.push(ParseError {
            file: self.name.to_string(),
            line,
            column,
            message,
        });
    }

    fn override_error(&mut self, key: &str, message: String) {
        let file = format!("--set {key}");
        self.errors.push(ParseError {
            file,
            line: 0,
            column: 0,
            message,
        });
    }

    /// The protocol and the number of servers come first: all else depends on them.
    fn scenario(
        &mut self,
        table: &DeTable<'_>,
        overrides: &[(String, String)],
    ) -> Option<Scenario> {
        let protocol = self.protocol(table, overrides)?;
        let mut scenario = Scenario::new(protocol, 5);
        let first = |key: &str| key == "nodes" || key == "schedule";
        for (key, value) in table {
            if first(key.get_ref()) {
                self.scalar(&mut scenario, key.get_ref(), value);
            }
        }
        for (key, value) in overrides.iter().filter(|(key, _)| first(key)) {
            self.set_override(&mut scenario, key, value);
        }
        for (key, value) in table {
            let name: &str = key.get_ref();
            match name {
                "protocol" | "nodes" | "schedule" => {}
                "do" => self.script(&mut scenario, value),
                "node" => self.nodes(&mut scenario, value),
                _ => match value.get_ref() {
                    DeValue::Table(inner) => {
                        for (inner_key, inner_value) in inner {
                            let path = format!("{name}.{}", inner_key.get_ref());
                            self.leaf(&mut scenario, &path, inner_key, inner_value);
                        }
                    }
                    _ => self.leaf(&mut scenario, name, key, value),
                },
            }
        }
        for (key, value) in overrides
            .iter()
            .filter(|(key, _)| !first(key) && key != "protocol")
        {
            self.set_override(&mut scenario, key, value);
        }
        self.whole(&scenario, table);
        Some(scenario)
    }

    fn protocol(
        &mut self,
        table: &DeTable<'_>,
        overrides: &[(String, String)],
    ) -> Option<&'static str> {
        let known: Vec<&str> = registry::ALL.iter().map(|about| about.name).collect();
        let unknown = |name: &str| {
            format!(
                "there is no protocol `{name}`; there is {}",
                known.join(", ")
            )
        };
        if let Some((key, name)) = overrides.iter().rev().find(|(key, _)| key == "protocol") {
            let about = registry::about(name);
            if about.is_none() {
                self.override_error(key, unknown(name));
            }
            return about.map(|about| about.name);
        }
        let Some(value) = table.get("protocol") else {
            self.error(
                0..0,
                "a scenario names its `protocol`; write `protocol = \"…\"`".into(),
            );
            return None;
        };
        let Some(name) = value.get_ref().as_str() else {
            self.error(value.span(), "`protocol` is a name in quotes".into());
            return None;
        };
        let about = registry::about(name);
        if about.is_none() {
            self.error(value.span(), unknown(name));
        }
        about.map(|about| about.name)
    }

    /// Sets a value; an unknown key is shown at the key, a wrong value at the value.
    fn leaf(
        &mut self,
        scenario: &mut Scenario,
        path: &str,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        match set(scenario, path, &Raw::of(value.get_ref())) {
            Ok(()) => {}
            Err(settings::Wrong::Key(message)) => self.error(key.span(), message),
            Err(settings::Wrong::Value(message)) => self.error(value.span(), message),
        }
    }

    fn scalar(&mut self, scenario: &mut Scenario, path: &str, value: &Spanned<DeValue<'_>>) {
        if let Err(wrong) = set(scenario, path, &Raw::of(value.get_ref())) {
            self.error(value.span(), wrong.into_message());
        }
    }

    fn set_override(&mut self, scenario: &mut Scenario, key: &str, value: &str) {
        if let Err(wrong) = set(scenario, key, &Raw::Typed(value.to_string())) {
            self.override_error(key, wrong.into_message());
        }
    }

    /// What only the whole can say: whether the protocol takes the options together.
    fn whole(&mut self, scenario: &Scenario, table: &DeTable<'_>) {
        if !self.errors.is_empty() {
            return;
        }
        if let Err(crate::run::OpenError::Options(message)) = crate::run::open(scenario).map(|_| ())
        {
            let at = table
                .get_key_value(scenario.protocol)
                .map_or(0..0, |(key, _)| key.span());
            self.error(at, message);
        }
    }

    fn nodes(&mut self, scenario: &mut Scenario, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            return self.error(
                value.span(),
                "write `[node.S1]` for a server's settings".into(),
            );
        };
        for (key, value) in table {
            let node = match actions::parse_node(key.get_ref(), scenario.nodes) {
                Ok(node) => node,
                Err(message) => {
                    self.error(key.span(), message);
                    continue;
                }
            };
            let DeValue::Table(fields) = value.get_ref() else {
                self.error(value.span(), "a server's settings are a table".into());
                continue;
            };
            for (name, value) in fields {
                self.node_field(scenario, node, name, value);
            }
        }
    }

    fn node_field(
        &mut self,
        scenario: &mut Scenario,
        node: NodeId,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let default_disk = scenario.disk;
        let settings = scenario.node.entry(node).or_default();
        let raw = Raw::of(value.get_ref());
        let result = match name.get_ref().as_ref() {
            "clock_offset" => raw
                .signed_duration()
                .map(|us| settings.clock_offset_us = us),
            "clock_drift_ppm" => raw
                .integer(-500_000, 500_000)
                .map(|ppm| settings.clock_drift_ppm = ppm as i32),
            "disk" | "preload" => {
                let DeValue::Table(table) = value.get_ref() else {
                    let message = format!("`{}` is a table", name.get_ref());
                    return self.error(value.span(), message);
                };
                if name.get_ref() == "preload" {
                    return self.preload(scenario, node, table);
                }
                for (key, value) in table {
                    let disk = settings.disk.get_or_insert(default_disk);
                    let raw = Raw::of(value.get_ref());
                    match set_disk(disk, key.get_ref(), &raw) {
                        Ok(()) => {}
                        Err(settings::Wrong::Key(message)) => self.error(key.span(), message),
                        Err(settings::Wrong::Value(message)) => self.error(value.span(), message),
                    }
                }
                Ok(())
            }
            other => {
                let known = "clock_offset, clock_drift_ppm, disk, preload";
                let message = format!("there is no key `{other}` here; there are {known}");
                return self.error(name.span(), message);
            }
        };
        if let Err(message) = result {
            self.error(value.span(), format!("`{}`: {message}", name.get_ref()));
        }
    }

    /// `preload = { term = 4, vote = "S2", log = "1 1 1 4" }`.
    fn preload(&mut self, scenario: &mut Scenario, node: NodeId, table: &DeTable<'_>) {
        let mut preload = Preload::default();
        let nodes = scenario.nodes;
        for (key, value) in table {
            let raw = Raw::of(value.get_ref());
            let result = match key.get_ref().as_ref() {
                "term" | "epoch" | "view" | "ballot" => raw
                    .integer(0, 1 << 40)
                    .map(|epoch| preload.epoch = epoch as u64),
                "vote" => raw
                    .text()
                    .and_then(|text| actions::parse_node(text, nodes))
                    .map(|vote| preload.vote = Some(vote)),
                "log" => raw
                    .text()
                    .and_then(|text| actions::parse_log(text, node))
                    .map(|log| preload.log = log),
                other => {
                    let message =
                        format!("there is no key `{other}` here; there are term, vote, log");
                    self.error(key.span(), message);
                    continue;
                }
            };
            if let Err(message) = result {
                self.error(value.span(), format!("`{}`: {message}", key.get_ref()));
            }
        }
        scenario.node.entry(node).or_default().preload = Some(preload);
    }

    fn script(&mut self, scenario: &mut Scenario, value: &Spanned<DeValue<'_>>) {
        let DeValue::Array(items) = value.get_ref() else {
            return self.error(
                value.span(),
                "write each action under its own `[[do]]`".into(),
            );
        };
        if items.len() > MOST_ACTIONS {
            let message = format!("a script has at most {MOST_ACTIONS} actions");
            return self.error(value.span(), message);
        }
        let mut last_us = 0;
        for item in items {
            let DeValue::Table(table) = item.get_ref() else {
                self.error(item.span(), "an action is a table under `[[do]]`".into());
                continue;
            };
            if let Some(parsed) = self.script_item(scenario, item.span(), table, last_us) {
                last_us = parsed.at_us;
                scenario.script.push(parsed);
            }
        }
    }

    fn script_item(
        &mut self,
        scenario: &Scenario,
        span: Range<usize>,
        table: &DeTable<'_>,
        last_us: u64,
    ) -> Option<ScriptItem> {
        const PACE_US: u64 = 20_000;
        let mut after = None;
        let mut at_us = match scenario.schedule {
            Schedule::Manual => Some(last_us + PACE_US),
            Schedule::Timed => None,
        };
        if let Some(value) = table.get("at") {
            match Raw::of(value.get_ref()).text().and_then(parse_duration) {
                Ok(us) if us < last_us => {
                    let message = "actions stand in the order of their times".to_string();
                    self.error(value.span(), message);
                }
                Ok(us) => at_us = Some(us),
                Err(message) => self.error(value.span(), format!("`at`: {message}")),
            }
        }
        if let Some(value) = table.get("after") {
            match Raw::of(value.get_ref()).integer(0, i64::MAX) {
                Ok(events) => after = Some(events as u64),
                Err(message) => self.error(value.span(), format!("`after`: {message}")),
            }
        }
        let reader = actions::ActionReader {
            nodes: scenario.nodes,
            sessions: scenario.clients,
        };
        match reader.read(table) {
            Ok(action) => {
                let Some(at_us) = at_us else {
                    if table.get("at").is_none() {
                        self.error(span, "an action has a time: `at = \"1s\"`".into());
                    }
                    return None;
                };
                Some(ScriptItem {
                    at_us,
                    after,
                    action: Arc::new(action),
                })
            }
            Err((at, message)) => {
                self.error(at.unwrap_or(span), message);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
