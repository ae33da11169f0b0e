//! A protocol's switches and tunables, named, with defaults written as people write them.

use crate::units::{Span, parse_duration, parse_span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What an option may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// `true` or `false`.
    Switch,
    /// A rule that keeps the protocol correct: `true`, or `false` to make the famous mistake.
    Rule,
    /// A whole number between two bounds, both included.
    Count { min: u64, max: u64 },
    /// A duration of at least the bound, in microseconds.
    Duration { min_us: u64 },
    /// A range of durations, of which the smaller is at least the bound, in microseconds.
    Range { min_us: u64 },
}

/// One option of a protocol.
#[derive(Debug)]
pub struct OptionSpec {
    /// The name below the protocol's, such as `pre_vote`.
    pub name: &'static str,
    pub kind: OptionKind,
    pub default: &'static str,
    /// Correct values from which a sweep draws; none for what a sweep leaves at its default.
    pub draw: &'static [&'static str],
}

/// An option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OptionValue {
    Switch(bool),
    Count(u64),
    Span(Span),
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionValue::Switch(on) => write!(f, "{on}"),
            OptionValue::Count(count) => write!(f, "{count}"),
            OptionValue::Span(span) => write!(f, "{span}"),
        }
    }
}

impl OptionSpec {
    /// Reads a value of this option's kind.
    ///
    /// # Errors
    /// A sentence, if the text is of another kind or out of bounds.
    pub fn parse(&self, text: &str) -> Result<OptionValue, String> {
        match self.kind {
            OptionKind::Switch | OptionKind::Rule => match text {
                "true" => Ok(OptionValue::Switch(true)),
                "false" => Ok(OptionValue::Switch(false)),
                _ => Err(format!(
                    "`{}` is `true` or `false`, not `{text}`",
                    self.name
                )),
            },
            OptionKind::Count { min, max } => match text.parse::<u64>() {
                Ok(count) if (min..=max).contains(&count) => Ok(OptionValue::Count(count)),
                _ => Err(format!(
                    "`{}` is a whole number from {min} to {max}",
                    self.name
                )),
            },
            OptionKind::Duration { min_us } => {
                let span = Span::fixed(parse_duration(text)?);
                self.at_least(span, min_us)
            }
            OptionKind::Range { min_us } => self.at_least(parse_span(text)?, min_us),
        }
    }

    /// The default value.
    ///
    /// # Panics
    /// If the protocol's own table is wrong; a test reads every table.
    pub fn default_value(&self) -> OptionValue {
        match self.parse(self.default) {
            Ok(value) => value,
            Err(why) => panic!("the default of {} is wrong: {why}", self.name),
        }
    }

    fn at_least(&self, span: Span, min_us: u64) -> Result<OptionValue, String> {
        if span.min_us < min_us {
            let least = crate::units::show_duration(min_us);
            return Err(format!("`{}` is at least {least}", self.name));
        }
        Ok(OptionValue::Span(span))
    }
}

/// The options of a run: defaults, and what was set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Options {
    set: BTreeMap<String, OptionValue>,
}

impl Options {
    /// Sets an option from text.
    ///
    /// # Errors
    /// A sentence, if there is no such option or the value does not fit.
    pub fn set(&mut self, specs: &[OptionSpec], name: &str, text: &str) -> Result<(), String> {
        let spec = specs.iter().find(|spec| spec.name == name).ok_or_else(|| {
            let known: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
            format!(
                "there is no option `{name}`; there are {}",
                known.join(", ")
            )
        })?;
        self.set.insert(name.to_string(), spec.parse(text)?);
        Ok(())
    }

    /// What was set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, OptionValue)> {
        self.set.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Whether the option was set rather than left at its default.
    pub fn is_set(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// The value that holds: what was set, or the default.
    ///
    /// # Panics
    /// If the protocol asks for an option that is not in its own table; a test configures each.
    pub fn get(&self, specs: &[OptionSpec], name: &str) -> OptionValue {
        if let Some(value) = self.set.get(name) {
            return *value;
        }
        match specs.iter().find(|spec| spec.name == name) {
            Some(spec) => spec.default_value(),
            None => panic!("no option {name} in the table"),
        }
    }

    /// The value of a switch or rule.
    pub fn switch(&self, specs: &[OptionSpec], name: &str) -> bool {
        self.get(specs, name) == OptionValue::Switch(true)
    }

    /// The value of a count; 0 if the option is of another kind.
    pub fn count(&self, specs: &[OptionSpec], name: &str) -> u64 {
        match self.get(specs, name) {
            OptionValue::Count(count) => count,
            _ => 0,
        }
    }

    /// The value of a duration or range.
    pub fn span(&self, specs: &[OptionSpec], name: &str) -> Span {
        match self.get(specs, name) {
            OptionValue::Span(span) => span,
            _ => Span::fixed(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[OptionSpec] = &[
        OptionSpec {
            name: "on",
            kind: OptionKind::Switch,
            default: "true",
            draw: &[],
        },
        OptionSpec {
            name: "many",
            kind: OptionKind::Count { min: 1, max: 9 },
            default: "3",
            draw: &[],
        },
        OptionSpec {
            name: "wait",
            kind: OptionKind::Range { min_us: 1_000 },
            default: "1ms..2ms",
            draw: &[],
        },
    ];

    #[test]
    fn values_are_checked_and_defaulted() {
        let mut options = Options::default();
        assert!(options.switch(SPECS, "on"));
        assert_eq!(options.count(SPECS, "many"), 3);
        for (name, text) in [
            ("on", "yes"),
            ("many", "10"),
            ("wait", "5us..2ms"),
            ("no", "1"),
        ] {
            assert!(options.set(SPECS, name, text).is_err(), "{name}={text}");
        }
        options.set(SPECS, "wait", "4ms").expect("a range");
        assert_eq!(options.span(SPECS, "wait"), Span::fixed(4_000));
    }
}
