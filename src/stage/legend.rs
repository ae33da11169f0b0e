//! What the tiles mean.

use super::svg::number;
use super::words;
use crate::model::Model;
use crate::text::t;
use synod_protocols::{About, MessageKind, Traffic};
use synod_sim::MessageInfo;
use yew::prelude::*;

/// A kind of message, and the kind that answers it.
struct Pair {
    name: &'static str,
    request: Option<&'static str>,
    reply: Option<&'static str>,
    quiet: bool,
}

/// One tile as the canvas draws it, or two, and their name.
fn entry(pair: Pair) -> Html {
    let size = if pair.quiet { 6.4 } else { 8.0 };
    let square = pair.request.map(|letter| {
        let (corner, side) = (number(-size), number(2.0 * size));
        view! {
            <svg class="tile" viewBox="-9 -9 18 18" aria-hidden="true">
                <rect x={corner.clone()} y={corner} width={side.clone()} height={side} rx="4" />
                <text y="3.7">{ letter }</text>
            </svg>
        }
    });
    let disc = pair.reply.map(|letter| {
        view! {
            <svg class="tile is-reply" viewBox="-9 -9 18 18" aria-hidden="true">
                <circle r={number(size - 0.7)} />
                <text y="3.7">{ letter }</text>
            </svg>
        }
    });
    view! { <li key={pair.name}>{ for square }{ for disc }{ pair.name }</li> }
}

/// The kinds that the run has sent so far.
fn pairs(about: &'static About, model: &Model) -> Vec<Pair> {
    let counters = model.run().counters();
    let sent = |k: usize| counters.sent.get(k).is_some_and(|sent| *sent > 0);
    let mut pairs: Vec<Pair> = Vec::new();
    for (k, kind) in about.kinds.iter().enumerate().filter(|(k, _)| sent(*k)) {
        let MessageKind {
            name,
            letter,
            reply,
            traffic,
        } = *kind;
        let quiet = traffic == Traffic::Heartbeat;
        match pairs.last_mut() {
            // A reply's name begins with that of what it answers.
            Some(last) if reply && last.reply.is_none() && name.starts_with(last.name) => {
                last.reply = Some(letter);
            }
            _ if reply => pairs.push(Pair {
                name,
                request: None,
                reply: Some(letter),
                quiet,
            }),
            _ => pairs.push(Pair {
                name,
                request: Some(letter),
                reply: None,
                quiet,
            }),
        }
        debug_assert!(k < usize::from(MessageInfo::REQUEST));
    }
    if counters.requests > 0 {
        let letter = |kind| Some(words::letter(about, kind));
        pairs.push(Pair {
            name: t("stage.client_messages"),
            request: letter(MessageInfo::REQUEST),
            reply: letter(MessageInfo::REPLY).filter(|_| counters.replies > 0),
            quiet: false,
        });
    }
    pairs
}

/// The foot of the stage.
pub fn legend(model: &Model) -> Html {
    let pairs = pairs(model.run().about(), model);
    view! {
        <ul key="legend" class="legend" aria-label={t("stage.legend")}>
            { for pairs.into_iter().map(entry) }
        </ul>
    }
}
