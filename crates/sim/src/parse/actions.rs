//! Actions as tables: `{ at = "1s", crash = "S1" }`.

use super::settings::Raw;
use crate::action::{Action, Endpoint, LinkPatch, Match, Pair, Who};
use crate::scenario::{MOST_NODES, Scenario};
use std::ops::Range;
use std::sync::Arc;
use synod_protocols::replica::PreloadEntry;
use synod_protocols::units::{parse_chance, parse_duration, parse_span};
use synod_protocols::{About, ClientId, Command, NodeId, NodeSet, Op, Payload, registry};
use toml::de::DeTable;

/// The longest log that a scenario may put on a disk.
const LONGEST_LOG: usize = 10_000;

/// Each verb, and the further keys that it takes.
pub(super) const VERBS: &[(&str, &[&str])] = &[
    ("crash", &[]),
    ("restart", &[]),
    ("pause", &[]),
    ("resume", &[]),
    ("timeout", &[]),
    ("fire", &["timer"]),
    ("isolate", &[]),
    ("rejoin", &[]),
    ("lead", &[]),
    ("cut", &[]),
    ("partition", &[]),
    ("reconfigure", &[]),
    ("heal", &[]),
    ("link", &["latency", "loss", "duplicate", "reorder"]),
    ("kill_session", &[]),
    ("command", &["client"]),
    ("load", &[]),
    ("hold", &[]),
    ("release", &[]),
    ("deliver", &[]),
    ("drop", &[]),
    ("duplicate", &[]),
    ("delay", &["by"]),
    ("quiet", &[]),
    ("sync", &[]),
    ("wait", &[]),
    ("wipe", &[]),
    ("slow", &["takes"]),
    ("deaf", &["chance", "from"]),
    ("mute", &["chance", "to"]),
    ("clock", &["jump", "drift_ppm"]),
    (
        "disk",
        &["policy", "fsync_before_reply", "fsync", "window", "flush"],
    ),
    ("oracle", &[]),
];

/// Where an error is (the action's own place if `None`), and its sentence.
pub(super) type Wrong = (Option<Range<usize>>, String);

/// Reads actions for a scenario.
pub(super) struct ActionReader {
    pub nodes: usize,
    sessions: usize,
    about: &'static About,
}

impl ActionReader {
    /// A reader for a scenario's servers, sessions, timers and kinds of messages.
    pub fn new(scenario: &Scenario) -> Option<ActionReader> {
        let about = registry::about(scenario.protocol)?;
        Some(ActionReader {
            nodes: scenario.nodes,
            sessions: scenario.clients.sessions,
            about,
        })
    }

    pub fn read(&self, table: &DeTable<'_>) -> Result<Action, Wrong> {
        let has = |name: &str| table.get(name).is_some();
        // `duplicate` is a verb and a key of `link`; the latter only stands beside it.
        let verb = VERBS
            .iter()
            .find(|(verb, _)| has(verb) && !(*verb == "duplicate" && has("link")));
        let Some((verb, keys)) = verb else {
            let names: Vec<&str> = VERBS.iter().map(|(name, _)| *name).collect();
            return Err((None, format!("an action does one of: {}", names.join(", "))));
        };
        for (key, _) in table {
            let name: &str = key.get_ref();
            if name != *verb && name != "at" && name != "after" && !keys.contains(&name) {
                let message = format!("`{verb}` has no key `{name}`");
                return Err((Some(key.span()), message));
            }
        }
        let value = |name: &str| {
            table
                .get(name)
                .map(|value| (value.span(), Raw::of(value.get_ref())))
        };
        let text_of = |name: &str| -> Result<Option<String>, Wrong> {
            value(name)
                .map(|(span, raw)| match raw.text() {
                    Ok(text) => Ok(text.to_string()),
                    Err(why) => Err((Some(span), format!("`{name}`: {why}"))),
                })
                .transpose()
        };
        let at = |message: String| (value(verb).map(|(span, _)| span), message);
        if let "hold" | "release" | "quiet" = *verb {
            return match value(verb).map(|(_, raw)| raw.flag()) {
                Some(Ok(true)) => Ok(self.bare(verb)),
                _ => Err(at(format!(
                    "write `{verb} = true`, or leave the action out"
                ))),
            };
        }
        if super::faults::is_one(verb) {
            return super::faults::Reader::new(self, verb, table).read();
        }
        let text = text_of(verb)?.unwrap_or_default();
        let place = |name: &str, why: String| (value(name).map(|(span, _)| span), why);
        match *verb {
            "fire" => {
                let node = self.who(&text).map_err(at)?;
                let timer = text_of("timer")?
                    .ok_or_else(|| at("say which timer: `timer = \"election\"`".into()))?;
                let timer = self.timer(timer).map_err(|why| place("timer", why))?;
                Ok(Action::Fire { node, timer })
            }
            "link" => {
                let link = self.pair(&text).map_err(at)?;
                let mut patch = LinkPatch::default();
                for (name, value) in [
                    ("latency", text_of("latency")?),
                    ("loss", text_of("loss")?),
                    ("duplicate", text_of("duplicate")?),
                    ("reorder", text_of("reorder")?),
                ] {
                    let Some(value) = value else { continue };
                    patch_link(&mut patch, name, &value).map_err(|why| place(name, why))?;
                }
                Ok(Action::Link { link, patch })
            }
            "command" => {
                let op = Op::parse(&text).map_err(at)?;
                let client = match text_of("client")? {
                    None => self.client("C1").map_err(at)?,
                    Some(name) => self.client(&name).map_err(|why| place("client", why))?,
                };
                Ok(Action::Command { client, op })
            }
            "delay" => {
                let by =
                    text_of("by")?.ok_or_else(|| at("say by how much: `by = \"100ms\"`".into()))?;
                let by_us = parse_duration(&by).map_err(|why| place("by", why))?;
                let what = self.message(&text).map_err(at)?;
                Ok(Action::Delay { what, by_us })
            }
            _ => self.plain(verb, &text).map_err(at),
        }
    }

    fn bare(&self, verb: &str) -> Action {
        match verb {
            "hold" => Action::Hold,
            "release" => Action::Release,
            _ => Action::Quiet,
        }
    }

    /// Which messages are meant, if their kind exists.
    fn message(&self, text: &str) -> Result<Match, String> {
        let what = parse_match(text, self.nodes)?;
        let mut kinds: Vec<&str> = self.about.kinds.iter().map(|kind| kind.name).collect();
        kinds.extend(["request", "reply"]);
        match what.kind.as_deref() {
            Some(kind) if !kinds.contains(&kind) => Err(format!(
                "there is no kind of message `{kind}`; there are {}",
                kinds.join(", ")
            )),
            _ => Ok(what),
        }
    }

    /// A timer's name, if the protocol has it.
    fn timer(&self, name: String) -> Result<String, String> {
        let timers: Vec<&str> = self.about.timers.iter().map(|timer| timer.name).collect();
        if timers.contains(&name.as_str()) {
            Ok(name)
        } else {
            Err(format!(
                "there is no timer `{name}`; there are {}",
                timers.join(", ")
            ))
        }
    }

    /// Verbs that take one text.
    fn plain(&self, verb: &str, text: &str) -> Result<Action, String> {
        let node = || self.who(text);
        let matched = || self.message(text);
        Ok(match verb {
            "crash" => Action::Crash { node: node()? },
            "restart" => Action::Restart { node: node()? },
            "pause" => Action::Pause { node: node()? },
            "resume" => Action::Resume { node: node()? },
            "timeout" => Action::Timeout { node: node()? },
            "isolate" => Action::Isolate { node: node()? },
            "rejoin" => Action::Rejoin { node: node()? },
            "lead" => Action::Lead { node: node()? },
            "sync" => Action::Sync { node: node()? },
            "cut" => Action::Cut {
                links: self.pairs(text)?,
            },
            "reconfigure" => Action::Reconfigure {
                members: self.members(text)?,
            },
            "partition" => Action::Partition {
                groups: self.groups(text)?,
            },
            "heal" if text == "all" => Action::Heal { links: Vec::new() },
            "heal" => Action::Heal {
                links: self.pairs(text)?,
            },
            "kill_session" => Action::KillSession {
                link: self.pair(text)?,
            },
            "load" if text == "off" => Action::Load { pause_us: None },
            "load" => Action::Load {
                pause_us: Some(parse_duration(text)?),
            },
            "deliver" => Action::Deliver { what: matched()? },
            "drop" => Action::Drop { what: matched()? },
            "duplicate" => Action::Duplicate { what: matched()? },
            _ => Action::Wait {
                us: parse_duration(text)?,
            },
        })
    }

    pub fn who(&self, text: &str) -> Result<Who, String> {
        if text == "leader" {
            Ok(Who::Leader)
        } else {
            parse_node(text, self.nodes).map(Who::Node)
        }
    }

    fn client(&self, text: &str) -> Result<ClientId, String> {
        let number = text
            .strip_prefix('C')
            .and_then(|digits| digits.parse::<usize>().ok());
        match number {
            Some(number) if (1..=self.sessions).contains(&number) => {
                Ok(ClientId(number as u16 - 1))
            }
            _ => Err(format!(
                "`{text}` is no session; they are C1 to C{}",
                self.sessions
            )),
        }
    }

    fn pair(&self, text: &str) -> Result<Pair, String> {
        let wrong = || format!("`{text}` is no link; write `S1-S2`, or `S1->S2` for one way");
        let (from, to, both) = match text.split_once("->") {
            Some((from, to)) => (from, to, false),
            None => {
                let (from, to) = text.split_once('-').ok_or_else(wrong)?;
                (from, to, true)
            }
        };
        let from = parse_endpoint(from.trim(), self.nodes)?;
        let to = parse_endpoint(to.trim(), self.nodes)?;
        if from == to {
            return Err(format!("`{text}` leads from a server to itself"));
        }
        Ok(Pair { from, to, both })
    }

    fn pairs(&self, text: &str) -> Result<Vec<Pair>, String> {
        text.split(',').map(|pair| self.pair(pair.trim())).collect()
    }

    /// `S1 S2 S3`.
    fn members(&self, text: &str) -> Result<NodeSet, String> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let members: NodeSet = words
            .map(|word| parse_node(word, self.nodes))
            .collect::<Result<_, _>>()?;
        if members.is_empty() {
            return Err("it names the members, such as `S1 S2 S3`".into());
        }
        Ok(members)
    }

    /// `S1 S2 | S3 S4 S5`.
    fn groups(&self, text: &str) -> Result<Vec<NodeSet>, String> {
        let mut seen = NodeSet::EMPTY;
        let mut groups = Vec::new();
        for part in text.split('|') {
            let mut group = NodeSet::EMPTY;
            for word in part.split([' ', ',']).filter(|word| !word.is_empty()) {
                let node = parse_node(word, self.nodes)?;
                if seen.contains(node) {
                    return Err(format!("{node} stands in two groups"));
                }
                seen.insert(node);
                group.insert(node);
            }
            groups.push(group);
        }
        if groups.len() < 2 {
            return Err("a partition has groups, such as `S1 S2 | S3 S4 S5`".into());
        }
        Ok(groups)
    }
}

fn patch_link(patch: &mut LinkPatch, name: &str, value: &str) -> Result<(), String> {
    match name {
        "latency" => patch.latency = Some(parse_span(value)?),
        "loss" => patch.loss = Some(parse_chance(value)?),
        "duplicate" => patch.duplicate = Some(parse_chance(value)?),
        _ => patch.reorder = Some(parse_chance(value)?),
    }
    Ok(())
}

/// Reads `S3`, if there is such a server.
pub(super) fn parse_node(text: &str, nodes: usize) -> Result<NodeId, String> {
    let number = text
        .strip_prefix('S')
        .and_then(|digits| digits.parse::<usize>().ok());
    match number {
        Some(number) if (1..=nodes.min(MOST_NODES)).contains(&number) => Ok(NodeId::at(number - 1)),
        _ => Err(format!(
            "`{text}` is no server of this run; they are S1 to S{nodes}"
        )),
    }
}

pub(super) fn parse_endpoint(text: &str, nodes: usize) -> Result<Endpoint, String> {
    match text {
        "clients" => Ok(Endpoint::Clients),
        _ => parse_node(text, nodes).map(Endpoint::Server),
    }
}

/// Reads a preloaded log: terms, each perhaps with a command, as `1 1 4 5:put,x,1`.
pub(super) fn parse_log(text: &str) -> Result<Vec<PreloadEntry>, String> {
    let mut log = Vec::new();
    for word in text.split_whitespace() {
        if log.len() >= LONGEST_LOG {
            return Err(format!("a preloaded log has at most {LONGEST_LOG} entries"));
        }
        let (epoch, op) = word
            .split_once(':')
            .map_or((word, None), |(a, b)| (a, Some(b)));
        let wrong = || format!("`{word}` is no entry; write its term, or `term:put,x,1`");
        let epoch: u64 = epoch.parse().map_err(|_| wrong())?;
        let last = log.last().map_or(0, |entry: &PreloadEntry| entry.epoch);
        if epoch == 0 || epoch < last || epoch > 1 << 40 {
            return Err(format!(
                "`{word}`: terms start at 1 and never fall along a log"
            ));
        }
        let payload = match op {
            None => Payload::Noop,
            Some(op) => {
                let op = Op::parse(&op.replace(',', " "))?;
                // A session of its own, so that it meets none of the run's.
                let client = ClientId(u16::MAX - log.len() as u16);
                Payload::Command(Arc::new(Command::new(client, epoch, op)))
            }
        };
        log.push(PreloadEntry { epoch, payload });
    }
    Ok(log)
}

/// Reads which messages are meant: `#12`, or any of a kind, a route and `all`, such as
/// `all RequestVote S1->*`.
///
/// # Errors
/// A sentence, if the text is none of these.
pub fn parse_match(text: &str, nodes: usize) -> Result<Match, String> {
    let mut what = Match::default();
    for word in text.split_whitespace() {
        if let Some(id) = word.strip_prefix('#') {
            let id = id
                .parse()
                .map_err(|_| format!("`{word}` is no message's number"))?;
            what.id = Some(id);
        } else if word == "all" {
            what.all = true;
        } else if let Some((from, to)) = word.split_once("->") {
            let end = |text: &str| match text {
                "*" => Ok(None),
                _ => parse_endpoint(text, nodes).map(Some),
            };
            what.from = end(from)?;
            what.to = end(to)?;
        } else if what.kind.is_none() {
            what.kind = Some(word.to_string());
        } else {
            return Err(format!(
                "`{text}` describes no message; write `#12`, or `RequestVote S1->S2`"
            ));
        }
    }
    Ok(what)
}
