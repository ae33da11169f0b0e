//! Scenarios as TOML files. docs/scenario-format.md describes them for their authors.
//!
//! Reading gives the scenario or every error, each with its line and column.

mod actions;
mod faults;
mod settings;

pub use actions::parse_match;

use crate::scenario::{MOST_ACTIONS, Scenario, Schedule, ScriptItem};
use settings::{Raw, Wrong, set};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use synod_protocols::registry;
use synod_protocols::units::parse_duration;
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

/// A value with its dotted name, and where both stand.
struct Leaf {
    path: String,
    key: Range<usize>,
    value: Range<usize>,
    raw: Raw,
}

/// When a value is set: those on which others depend come first, servers' own last.
fn turn(path: &str) -> usize {
    match path {
        "nodes" | "schedule" => 0,
        _ if path.starts_with("node.") => 2,
        _ => 1,
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

    /// The protocol and the number of servers come first, servers' own settings after those that
    /// all share, and the script last: each depends on what went before.
    fn scenario(
        &mut self,
        table: &DeTable<'_>,
        overrides: &[(String, String)],
    ) -> Option<Scenario> {
        let protocol = self.protocol(table, overrides)?;
        let mut scenario = Scenario::new(protocol, 5);
        let mut leaves = Vec::new();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "protocol" | "do" => {}
                name => self.collect(name.to_string(), key.span(), value, &mut leaves),
            }
        }
        for step in 0..3 {
            for leaf in leaves.iter().filter(|leaf| turn(&leaf.path) == step) {
                match set(&mut scenario, &leaf.path, &leaf.raw) {
                    Ok(()) => {}
                    Err(Wrong::Key(message)) => self.error(leaf.key.clone(), message),
                    Err(Wrong::Value(message)) => self.error(leaf.value.clone(), message),
                }
            }
            let now = |key: &str| key != "protocol" && turn(key) == step;
            for (key, value) in overrides.iter().filter(|(key, _)| now(key)) {
                if let Err(wrong) = set(&mut scenario, key, &Raw::Typed(value.to_string())) {
                    self.override_error(key, wrong.into_message());
                }
            }
        }
        if let Some(script) = table.get("do") {
            self.script(&mut scenario, script);
        }
        self.whole(&scenario, table);
        Some(scenario)
    }

    /// Adds every value of a table, and of the tables in it, under its dotted name.
    fn collect(
        &mut self,
        path: String,
        key: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        leaves: &mut Vec<Leaf>,
    ) {
        let raw = Raw::of(value.get_ref());
        match value.get_ref() {
            DeValue::Table(table) if !table.is_empty() => {
                for (inner, value) in table {
                    let path = format!("{path}.{}", inner.get_ref());
                    self.collect(path, inner.span(), value, leaves);
                }
            }
            DeValue::Table(_) if settings::is_table(&path) => {}
            _ => leaves.push(Leaf {
                path,
                key,
                value: value.span(),
                raw,
            }),
        }
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
        let reader = actions::ActionReader::new(scenario)?;
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
