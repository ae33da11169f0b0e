//! A protocol's switches and tunables, named, with defaults written as people write them.

use crate::ids::{NodeId, NodeSet};
use crate::quorum::{Quorum, QuorumSpec};
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
    /// A quorum system, such as `majority` or `3`.
    Quorum,
    /// A set of servers: `all`, or for example `S1 S2`.
    Nodes,
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OptionValue {
    Switch(bool),
    Count(u64),
    Span(Span),
    Quorum(QuorumSpec),
    /// `None` stands for every server.
    Nodes(Option<NodeSet>),
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionValue::Switch(on) => write!(f, "{on}"),
            OptionValue::Count(count) => write!(f, "{count}"),
            OptionValue::Span(span) => write!(f, "{span}"),
            OptionValue::Quorum(spec) => write!(f, "{spec}"),
            OptionValue::Nodes(None) => f.write_str("all"),
            OptionValue::Nodes(Some(nodes)) => f.write_str(&nodes.to_string().replace(',', "")),
        }
    }
}

impl OptionSpec {
    pub const fn new(
        name: &'static str,
        kind: OptionKind,
        default: &'static str,
        draw: &'static [&'static str],
    ) -> OptionSpec {
        OptionSpec {
            name,
            kind,
            default,
            draw,
        }
    }

    /// A rule, which is kept unless it is set otherwise.
    pub const fn rule(name: &'static str) -> OptionSpec {
        OptionSpec::new(name, OptionKind::Rule, "true", &[])
    }

    /// A switch that a sweep turns on and off.
    pub const fn switch(name: &'static str, default: &'static str) -> OptionSpec {
        OptionSpec::new(name, OptionKind::Switch, default, &["true", "false"])
    }

    /// A quorum system, a majority unless it is set otherwise.
    pub const fn quorum(name: &'static str) -> OptionSpec {
        OptionSpec::new(name, OptionKind::Quorum, "majority", &[])
    }

    /// A set of servers, all of them unless it is set otherwise.
    pub const fn nodes(name: &'static str) -> OptionSpec {
        OptionSpec::new(name, OptionKind::Nodes, "all", &[])
    }

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
            OptionKind::Quorum => QuorumSpec::parse(text).map(OptionValue::Quorum),
            OptionKind::Nodes => parse_nodes(text).map(OptionValue::Nodes),
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

/// Reads `all`, or servers such as `S1 S2`.
fn parse_nodes(text: &str) -> Result<Option<NodeSet>, String> {
    if text.trim() == "all" {
        return Ok(None);
    }
    let mut nodes = NodeSet::EMPTY;
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let number = word
            .strip_prefix('S')
            .and_then(|digits| digits.parse().ok());
        match number {
            Some(number) if (1..=NodeId::MAX).contains(&number) => {
                nodes.insert(NodeId::at(number - 1));
            }
            _ => return Err(format!("`{word}` is no server; write `all`, or `S1 S2`")),
        }
    }
    if nodes.is_empty() {
        return Err("it names at least one server; write `all`, or `S1 S2`".into());
    }
    Ok(Some(nodes))
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
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OptionValue)> {
        self.set.iter().map(|(name, value)| (name.as_str(), value))
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
            return value.clone();
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

    /// The quorum system of an option, over these members.
    ///
    /// # Errors
    /// A sentence that names the option, if the system does not fit their number.
    pub fn quorum(
        &self,
        specs: &[OptionSpec],
        name: &str,
        members: NodeSet,
    ) -> Result<Quorum, String> {
        match self.get(specs, name) {
            OptionValue::Quorum(spec) => {
                spec.over(members).map_err(|why| format!("`{name}`: {why}"))
            }
            _ => Ok(Quorum::Majority { members }),
        }
    }

    /// The servers of an option, in a run of n.
    ///
    /// # Errors
    /// A sentence that names the option, if the run has no such server.
    pub fn nodes(&self, specs: &[OptionSpec], name: &str, n: usize) -> Result<NodeSet, String> {
        let all = NodeSet::first(n);
        match self.get(specs, name) {
            OptionValue::Nodes(Some(nodes)) => match nodes.minus(all).iter().next() {
                None => Ok(nodes),
                Some(stranger) => Err(format!(
                    "`{name}`: {stranger} is no server of this run; they are S1 to S{n}"
                )),
            },
            _ => Ok(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[OptionSpec] = &[
        OptionSpec::new("on", OptionKind::Switch, "true", &[]),
        OptionSpec::new("many", OptionKind::Count { min: 1, max: 9 }, "3", &[]),
        OptionSpec::new("wait", OptionKind::Range { min_us: 1_000 }, "1ms..2ms", &[]),
        OptionSpec::quorum("quorum"),
        OptionSpec::nodes("who"),
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
            ("quorum", "most"),
            ("who", "S0"),
            ("who", ""),
        ] {
            assert!(options.set(SPECS, name, text).is_err(), "{name}={text}");
        }
        options.set(SPECS, "wait", "4ms").expect("a range");
        assert_eq!(options.span(SPECS, "wait"), Span::fixed(4_000));
        options.set(SPECS, "who", "S1, S4").expect("servers");
        assert_eq!(options.get(SPECS, "who").to_string(), "S1 S4");
        assert!(options.nodes(SPECS, "who", 3).is_err());
        let four = options.nodes(SPECS, "who", 4).expect("four servers");
        options.set(SPECS, "quorum", "2").expect("a size");
        let quorum = options.quorum(SPECS, "quorum", four).expect("two of two");
        assert_eq!(quorum.smallest(), Some(2));
    }
}
