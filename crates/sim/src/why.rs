//! Why is it not leader? Why is this entry not committed yet? The protocol answers from its own
//! state, and the world adds what has become of those for whom it waits.

use crate::action::Endpoint;
use crate::trace::Teller;
use crate::view::{Fate, Flight, Status, View};
use synod_protocols::replica::{Question, Reason};
use synod_protocols::units::show_duration;
use synod_protocols::{NodeId, NodeSet, Tally};

/// How many of the missing are told about one by one.
const MOST_MISSING: usize = 9;

/// A sentence of an answer, and the source of its rule; the world's sentences have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub cite: Option<&'static str>,
}

/// An answer: the protocol's reason first, then what keeps those who are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Because {
    pub said: Vec<Said>,
    /// Whom it waits for.
    pub missing: NodeSet,
}

/// Answers a question to a server at this moment.
pub fn why(view: &dyn View, teller: &Teller, node: NodeId, question: Question) -> Because {
    let mut because = Because::default();
    let world = |id: &str, operands: &[(&str, String)]| Said {
        text: teller.catalogue.say(id, operands),
        cite: None,
    };
    let name = || ("node", node.to_string());
    match view.status(node) {
        Status::Crashed => {
            because.said.push(world("why.crashed", &[name()]));
            return because;
        }
        Status::Paused => because.said.push(world("why.paused", &[name()])),
        Status::Up => {}
    }
    let about = view.about();
    for Reason { note, tally } in view.reasons(node, question) {
        let rule = &about.rules[usize::from(note.rule)];
        because.said.push(Said {
            text: teller.catalogue.note(about.name, rule, &note, node),
            cite: Some(rule.cite),
        });
        if let Some(tally) = tally {
            missing(view, teller, node, &tally, &mut because);
        }
    }
    if question == Question::NotLeading
        && let Some((timer, left)) = suspicion(view, node)
    {
        let timer = teller
            .catalogue
            .say(&format!("{}.timer.{timer}", about.name), &[]);
        let operands = [name(), ("timer", timer), ("left", show_duration(left))];
        let id = if view.holding() {
            "why.timer.held"
        } else {
            "why.timer"
        };
        because.said.push(world(id, &operands));
    }
    because
}

/// The timer by which a server would stand for election, and how long it still runs.
fn suspicion(view: &dyn View, node: NodeId) -> Option<(&'static str, u64)> {
    let timers = view.about().timers;
    view.timers(node)
        .iter()
        .filter_map(|timer| {
            let def = timers.get(usize::from(timer.timer.0))?;
            let left = timer.due_us.saturating_sub(view.now());
            // To a tenth of a millisecond, as a reader takes it in.
            def.suspects.then_some((def.name, left / 100 * 100))
        })
        .next()
}

/// What has become of each server that a quorum still lacks.
fn missing(view: &dyn View, teller: &Teller, node: NodeId, tally: &Tally, because: &mut Because) {
    let absent = tally.quorum.members().minus(tally.have);
    because.missing = because.missing.union(absent);
    let mut flights = Vec::new();
    view.flights(&mut flights);
    for other in absent.iter().take(MOST_MISSING) {
        let (id, left) = state(view, node, other, tally, &flights);
        let operands = [
            ("node", node.to_string()),
            ("other", other.to_string()),
            ("left", show_duration(left)),
        ];
        because.said.push(Said {
            text: teller.catalogue.say(id, &operands),
            cite: None,
        });
    }
}

/// The sentence for a server that is missing, and the time until something arrives.
fn state(
    view: &dyn View,
    node: NodeId,
    other: NodeId,
    tally: &Tally,
    flights: &[Flight],
) -> (&'static str, u64) {
    let (here, there) = (Endpoint::Server(node), Endpoint::Server(other));
    let on_way = |from: Endpoint, to: Endpoint| {
        let fits = |flight: &&Flight| {
            flight.info.from == from && flight.info.to == to && flight.fate == Fate::Arrives
        };
        let due = flights
            .iter()
            .filter(fits)
            .map(|flight| flight.due_us)
            .min()?;
        Some(due.saturating_sub(view.now()) / 100 * 100)
    };
    if other == node {
        return ("why.own_disk", 0);
    }
    if tally.refused.contains(other) {
        return ("why.refused", 0);
    }
    match view.status(other) {
        Status::Crashed => return ("why.other.crashed", 0),
        Status::Paused => return ("why.other.paused", 0),
        Status::Up => {}
    }
    match (view.link(here, there).cut, view.link(there, here).cut) {
        (true, true) => return ("why.other.cut", 0),
        (true, false) => return ("why.other.cut_forth", 0),
        (false, true) => return ("why.other.cut_back", 0),
        (false, false) => {}
    }
    if view.holding() && on_way(there, here).is_some() {
        return ("why.other.held", 0);
    }
    if let Some(left) = on_way(there, here) {
        return ("why.other.answers", left);
    }
    let disk = view.disk(other);
    if disk.waiting > 0 || disk.syncing {
        return ("why.other.writes", 0);
    }
    match on_way(here, there) {
        Some(_) if view.holding() => ("why.other.held_forth", 0),
        Some(left) => ("why.other.asked", left),
        None => ("why.other.silent", 0),
    }
}
