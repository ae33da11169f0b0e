//! A run as a link: scenario, script and position in a few hundred characters.
//!
//! docs/link-format.md describes the format. A link of any version always opens: each version has
//! its own frozen types, and nothing of them may ever change. An option that a link does not name
//! takes its default, so a new option's default must be the behaviour before it.

mod text;
mod trail;
mod v1;
mod v2;
mod v3;

pub use trail::{Departure, MARKS, Mark, Trail};

use std::fmt;
use synod_sim::history::History;
use synod_sim::{Contrast, Observer, RULES, Scenario};

/// The sentences in English that this crate can say.
pub const ENGLISH: &str = include_str!("en.txt");
/// The longest link, in characters.
pub const LONGEST_LINK: usize = 60_000;
/// The furthest position that a link may point to; a history is no longer.
pub const FURTHEST: u64 = synod_sim::history::MOST_EVENTS;

/// What stands before a run in an address: `…/index.html#run=…`.
pub const KEY: &str = "run=";

/// A run, as a link carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Everything that influences the run, with its whole script.
    pub scenario: Scenario,
    /// How many events have happened at the moment that the link points to.
    pub position: u64,
    /// The version of the engine's rules under which it was made.
    pub rules: u32,
    /// Digests of the history at some events up to the position, in order.
    pub marks: Vec<Mark>,
    /// A second run that is shown beside it.
    pub beside: Option<Contrast>,
}

impl Shared {
    /// A run that points to an event, made by this engine.
    pub fn new(scenario: Scenario, position: u64, marks: Vec<Mark>) -> Shared {
        Shared {
            scenario,
            position,
            rules: RULES,
            marks,
            beside: None,
        }
    }
}

/// The run of a history at its present position, along its present branch.
pub fn share<W: Observer + Clone>(history: &History<W>) -> Shared {
    let position = history.position();
    let mark = |event: u64| {
        let (run, _) = history.at(event);
        Mark::of(run.as_view(), event == position)
    };
    let marks = Trail::events(position).into_iter().map(mark).collect();
    Shared::new(history.run().scenario().clone(), position, marks)
}

/// Why a link cannot be opened, or a run not be made one: a sentence, and its operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    pub id: &'static str,
    pub operands: Vec<(&'static str, String)>,
}

impl LinkError {
    fn new(id: &'static str) -> LinkError {
        LinkError {
            id,
            operands: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> LinkError {
        self.operands.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let catalogue = synod_protocols::Catalogue::new(&[ENGLISH]);
        f.write_str(&catalogue.say(self.id, &self.operands))
    }
}

impl std::error::Error for LinkError {}

/// The run as the text behind `#run=`.
///
/// # Errors
/// If it is longer than a link may be.
pub fn encode(shared: &Shared) -> Result<String, LinkError> {
    let (version, content) = content(shared);
    let link = text::wrap(version, &content);
    if link.len() > LONGEST_LINK {
        return Err(LinkError::new("link.unshareable")
            .with("length", link.len())
            .with("most", LONGEST_LINK));
    }
    Ok(link)
}

/// The lowest version that can say all of it, and its content.
fn content(shared: &Shared) -> (u8, Vec<u8>) {
    match &shared.beside {
        _ if v3::needed(shared) => (v3::VERSION, v3::write(shared)),
        None => (v1::VERSION, v1::write(shared)),
        Some(contrast) => (v2::VERSION, v2::write(shared, contrast)),
    }
}

/// Reads a link: a whole address, or what stands behind `#run=` alone.
///
/// # Errors
/// What is wrong with it. Whatever the text says, nothing panics, and the scenario that comes back
/// lies within every bound.
pub fn decode(link: &str) -> Result<Shared, LinkError> {
    let link = link.trim();
    let payload = link.rsplit_once(KEY).map_or(link, |(_, payload)| payload);
    let (version, bytes) = text::unwrap(payload)?;
    match version {
        v1::VERSION => v1::read(&bytes),
        v2::VERSION => v2::read(&bytes),
        v3::VERSION => v3::read(&bytes),
        version => Err(LinkError::new("link.newer").with("version", version)),
    }
}

fn bounds(why: impl ToString) -> LinkError {
    LinkError::new("link.bounds").with("why", why)
}

/// For tests that alter a link's content behind its checksum.
#[doc(hidden)]
pub mod fuzz {
    use super::{Shared, text};

    /// The version and the content of a link.
    pub fn content(shared: &Shared) -> (u8, Vec<u8>) {
        super::content(shared)
    }

    /// A link with any content.
    pub fn link(version: u8, content: &[u8]) -> String {
        text::wrap(version, content)
    }
}
