//! Why a server did what it did last: its notes, with the rule's source.

use crate::lab::events::is_heartbeat;
use crate::model::Model;
use crate::text::{note_sentence, rule, t, tf};
use synod_protocols::{Mark, NodeId, Note};
use yew::prelude::*;

/// How many of the last notes are told.
const SHOWN: usize = 3;
/// How many events back they are looked for.
const LOOKED_BACK: usize = 2_000;

/// The last things that a server did, newest first. Signs of life count only if nothing else does.
pub fn view(model: &Model, node: NodeId) -> Html {
    let about = model.run().about();
    let mut notes: Vec<(u64, usize, Note)> = Vec::new();
    let own = model
        .lines
        .iter()
        .rev()
        .take(LOOKED_BACK)
        .filter(|line| line.node == Some(node));
    for line in own {
        let quiet = is_heartbeat(about, &line.kind) && line.notes.len() <= 1;
        for (position, note) in line.notes.iter().enumerate().rev() {
            let step = rule(about, note).is_none_or(|rule| rule.mark == Mark::Step);
            if notes.len() < SHOWN && !(quiet && step) {
                notes.push((line.event, position, *note));
            }
        }
        if notes.len() == SHOWN {
            break;
        }
    }
    let rows = notes.iter().map(|(event, position, note)| {
        let cite = rule(about, note).map_or("", |rule| rule.cite);
        let source = tf(
            "why.source",
            &[("cite", cite.into()), ("event", event.to_string())],
        );
        view! {
            <li key={format!("{event}.{position}")}>
                { note_sentence(about, note, node) }
                <small>{ source }</small>
            </li>
        }
    });
    view! {
        <section hidden={notes.is_empty()}>
            <h3 class="kick">{ t("why.title") }</h3>
            <ul class="why">{ for rows }</ul>
        </section>
    }
}
