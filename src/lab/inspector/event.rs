//! One event: what happened, by which rule, what would have happened otherwise, and which events
//! it depends on.

use crate::lab::icon::icon;
use crate::model::{Handle, Line, Model};
use crate::text::{
    event_kind_sentence, lane_text, note_sentence, otherwise, row_text, rule, show_clock, t, tf,
};
use synod_protocols::Note;
use synod_sim::history::Row;
use yew::prelude::*;

/// How many of the events that it brought about are listed.
const MOST_EFFECTS: usize = 6;
/// How many events after it they are looked for.
const LOOKED_AHEAD: u64 = 4_000;

pub fn view(handle: &Handle) -> Html {
    let model = handle.read();
    let Some(line) = &model.chosen_event else {
        return view! {};
    };
    let title = tf(
        "event.title",
        &[
            ("event", crate::lab::transport::group(line.event)),
            ("time", show_clock(line.time_us)),
        ],
    );
    let rules = line.notes.iter().enumerate();
    let rules = rules.map(|(position, note)| rule_html(&model, line, position, note));
    let index = model.history().index();
    let cause = line.cause.and_then(|cause| index.get(cause));
    let previous = index.previous(line.event);
    let since = previous.filter(|row| cause.is_none_or(|cause| cause.event != row.event));
    let effects: Vec<Row> = index
        .rows(line.event + 1..line.event + LOOKED_AHEAD)
        .filter(|row| row.cause == Some(line.event))
        .take(MOST_EFFECTS)
        .collect();
    view! {
        <article class="inspect-event" key={line.event.to_string()}>
            <div key="head" class="inspect-head">
                <h2 id="event-title" tabindex="-1">{ title }</h2>
                <p key="what" class="told">{ event_kind_sentence(model.run().about(), line) }</p>
            </div>
            <section key="why" hidden={line.notes.is_empty()}>
                <h3 class="kick">{ t("why.title") }</h3>
                <ul class="why">{ for rules }</ul>
            </section>
            { links(handle, &model, "because", t("event.because"), cause.into_iter().chain(since)) }
            { links(handle, &model, "effects", t("event.effects"), effects.into_iter()) }
            { ways(handle, &model, line) }
        </article>
    }
}

fn rule_html(model: &Model, line: &Line, position: usize, note: &Note) -> Html {
    let about = model.run().about();
    let node = line.node.unwrap_or(synod_protocols::NodeId(0));
    let cite = rule(about, note).map_or("", |rule| rule.cite);
    let other = otherwise(about, note, node);
    view! {
        <li key={position.to_string()}>
            { note_sentence(about, note, node) }
            <small>{ cite }</small>
            <p class="otherwise" hidden={other.is_none()}>{ other.unwrap_or_default() }</p>
        </li>
    }
}

/// Events, each a button that goes there.
fn links(
    handle: &Handle,
    model: &Model,
    key: &'static str,
    title: &'static str,
    rows: impl Iterator<Item = Row>,
) -> Html {
    let about = model.run().about();
    let items: Vec<Html> = rows
        .map(|row| {
            let handle = handle.clone();
            let onclick = Callback::from(move |_: MouseEvent| {
                handle.update(|model| model.show_event(row.event));
            });
            view! {
                <li key={row.event.to_string()}>
                    <button class="plain event-link" {onclick}>
                        <span class="num">{ show_clock(row.time_us) }</span>
                        <span>{ row_text(about, &row) }</span>
                    </button>
                </li>
            }
        })
        .collect();
    view! {
        <section {key} hidden={items.is_empty()}>
            <h3 class="kick">{ title }</h3>
            <ul class="event-links">{ for items }</ul>
        </section>
    }
}

/// Going there, and to the neighbours on the same lane.
fn ways(handle: &Handle, model: &Model, line: &Line) -> Html {
    let (event, lane) = (line.event, model.history().index().get(line.event));
    let go = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.update(|model| model.seek(event)))
    };
    let here = model.history().position() == event;
    let lane = lane.and_then(|row| row.lane);
    let neighbour = |back: bool| {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| {
            handle.update(|model| {
                let filter = synod_sim::history::Filter {
                    lane,
                    ..Default::default()
                };
                model.seek(event);
                model.seek_to(&filter, back);
            });
        })
    };
    let name = lane.map(lane_text).unwrap_or_default();
    let label = |id: &str| tf(id, &[("lane", name.clone())]);
    view! {
        <div key="ways" class="row ways">
            <button key="go" disabled={here} onclick={go}>{ t("event.go") }</button>
            <button key="back" hidden={lane.is_none()} onclick={neighbour(true)}>
                { icon("older") }{ label("event.previous") }
            </button>
            <button key="on" hidden={lane.is_none()} onclick={neighbour(false)}>
                { label("event.next") }{ icon("newer") }
            </button>
        </div>
    }
}
