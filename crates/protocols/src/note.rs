//! Notes: which rule of the paper a transition applied, as an id and its operands.
//!
//! An engine records numbers only. Sentences come from a catalogue, a text file of
//! `id = template` lines, when somebody reads them; another language is another file.
//!
//! A template names its operands in braces: `{candidate}`. `{n|vote|votes}` chooses the first word
//! if the operand `n` is 1 and the second otherwise. `{node}` is the node that acted.

use crate::ballot::Ballot;
use crate::ids::{ClientId, NodeId, NodeSet};
use crate::units::show_duration;
use serde::Serialize;
use std::collections::BTreeMap;

/// The greatest number of operands in a note.
pub const OPERANDS: usize = 6;

/// What an operand is, and so how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A server: `S3`.
    Node,
    /// A client session: `C1`.
    Client,
    /// A plain number: a term, an index, a count.
    Number,
    /// Microseconds: `150ms`.
    Time,
    /// A ballot: `2.3`.
    Ballot,
    /// Servers among the first 64, as bits: `S1, S3`.
    Nodes,
}

impl Unit {
    /// The operand as people read it.
    pub fn show(self, operand: u64) -> String {
        match self {
            Unit::Node => NodeId(operand as u8).to_string(),
            Unit::Client => ClientId(operand as u16).to_string(),
            Unit::Number => operand.to_string(),
            Unit::Time => show_duration(operand),
            Unit::Ballot => Ballot(operand).to_string(),
            Unit::Nodes => NodeSet(u128::from(operand)).to_string(),
        }
    }
}

/// What a note marks on a timeline, in terms that every protocol shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// An ordinary step.
    Step,
    /// The rule refused something.
    Refusal,
    /// A node sets out to lead.
    Campaign,
    /// A leader was chosen.
    Election,
    /// Something was decided for good.
    Decision,
}

/// A rule of a protocol: its identity, its source and what its operands mean.
#[derive(Debug)]
pub struct RuleDef {
    /// The id in the catalogue, below the protocol's name.
    pub id: &'static str,
    /// Paper and section.
    pub cite: &'static str,
    pub mark: Mark,
    pub operands: &'static [(&'static str, Unit)],
}

/// One applied rule: a position in the protocol's rule table, and operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Note {
    pub rule: u16,
    pub operands: [u64; OPERANDS],
}

impl Note {
    /// # Panics
    /// In debug builds, if there are more than [`OPERANDS`] operands.
    pub fn new(rule: u16, operands: &[u64]) -> Note {
        debug_assert!(operands.len() <= OPERANDS);
        let mut all = [0; OPERANDS];
        for (slot, operand) in all.iter_mut().zip(operands) {
            *slot = *operand;
        }
        Note {
            rule,
            operands: all,
        }
    }
}

/// Declares a protocol's rules: an enum, and the table that describes them.
///
/// ```
/// use synod_protocols::{rules, Mark, Unit};
/// rules! {
///     /// Rules of an example.
///     pub enum Rule {
///         Granted = "vote.granted", "Raft §5.2", Step, (candidate: Node, term: Number);
///     }
/// }
/// assert_eq!(Rule::TABLE[Rule::Granted as usize].id, "vote.granted");
/// assert_eq!(Rule::Granted.note(&[2, 7]).operands[..2], [2, 7]);
/// ```
#[macro_export]
macro_rules! rules {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($rule:ident = $id:literal, $cite:literal, $mark:ident,
            ($($operand:ident : $unit:ident),* $(,)?);)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        $vis enum $name { $(#[doc = $cite] $rule),* }

        impl $name {
            /// Every rule, in the order of the enum.
            $vis const TABLE: &'static [$crate::RuleDef] = &[$($crate::RuleDef {
                id: $id,
                cite: $cite,
                mark: $crate::Mark::$mark,
                operands: &[$((stringify!($operand), $crate::Unit::$unit)),*],
            }),*];

            /// That it was applied, with its operands in the order of the table.
            ///
            /// # Panics
            /// In debug builds, if there are more or fewer of them than the table says.
            $vis fn note(self, operands: &[u64]) -> $crate::Note {
                let named = Self::TABLE[self as usize].operands.len();
                debug_assert_eq!(operands.len(), named, "{self:?}");
                $crate::Note::new(self as u16, operands)
            }
        }
    };
}

/// Sentences by id, in one language.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    sentences: BTreeMap<&'static str, &'static str>,
}

impl Catalogue {
    /// Reads `id = template` lines; blank lines and those that begin with `#` are passed over.
    pub fn new(texts: &[&'static str]) -> Catalogue {
        let mut sentences = BTreeMap::new();
        for line in texts.iter().flat_map(|text| text.lines()) {
            if line.starts_with('#') {
                continue;
            }
            if let Some((id, template)) = line.split_once(" = ") {
                sentences.insert(id.trim(), template.trim());
            }
        }
        Catalogue { sentences }
    }

    /// The template of an id, if there is one.
    pub fn template(&self, id: &str) -> Option<&'static str> {
        self.sentences.get(id).copied()
    }

    /// The sentence of an id with its operands put in; the id itself if it has none.
    pub fn say(&self, id: &str, operands: &[(&str, String)]) -> String {
        match self.template(id) {
            Some(template) => fill(template, operands),
            None => id.to_string(),
        }
    }

    /// The sentence of a note, without its source.
    pub fn note(&self, protocol: &str, rule: &RuleDef, note: &Note, node: NodeId) -> String {
        self.say(
            &format!("{protocol}.{}", rule.id),
            &operands(rule, note, node),
        )
    }

    /// What would have happened otherwise, where the protocol knows it: for every refusal.
    pub fn otherwise(
        &self,
        protocol: &str,
        rule: &RuleDef,
        note: &Note,
        node: NodeId,
    ) -> Option<String> {
        let id = format!("{protocol}.{}.else", rule.id);
        let template = self.template(&id)?;
        Some(fill(template, &operands(rule, note, node)))
    }

    /// Every id, in order.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.sentences.keys().copied()
    }
}

/// A note's operands with their names, as people read them.
fn operands(rule: &RuleDef, note: &Note, node: NodeId) -> Vec<(&'static str, String)> {
    let own = ("node", node.to_string());
    let named = rule.operands.iter().zip(note.operands);
    let shown = named.map(|((name, unit), operand)| (*name, unit.show(operand)));
    std::iter::once(own).chain(shown).collect()
}

/// Puts operands into a template; a name without an operand stays as it is written.
pub fn fill(template: &str, operands: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(length) = rest.find('}') else { break };
        let inside = &rest[1..length];
        let mut parts = inside.split('|');
        let name = parts.next().unwrap_or("");
        match operands.iter().find(|(known, _)| *known == name) {
            None => out.push_str(&rest[..=length]),
            Some((_, value)) => match (parts.next(), parts.next()) {
                (Some(one), Some(many)) => out.push_str(if value == "1" { one } else { many }),
                _ => out.push_str(value),
            },
        }
        rest = &rest[length + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        let check = |template: &str, expect: &str| {
            let operands = [("n", "1".to_string()), ("m", "2".to_string())];
            assert_eq!(fill(template, &operands), expect);
        };
        check("{n} {n|vote|votes}, {m} {m|vote|votes}", "1 vote, 2 votes");
        check("nothing", "nothing");
        check("{unknown} {", "{unknown} {");
    }

    #[test]
    fn a_catalogue_reads_lines() {
        let catalogue = Catalogue::new(&["# comment\na.b = It is {x}.\n\nc = d = e\n"]);
        assert_eq!(catalogue.say("a.b", &[("x", "so".into())]), "It is so.");
        assert_eq!(catalogue.say("c", &[]), "d = e");
        assert_eq!(catalogue.say("none", &[]), "none");
    }
}
