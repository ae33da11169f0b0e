//! What happened, in sentences, newest last.

mod feed;

pub use feed::{is_fault, is_heartbeat};

use crate::hooks::{use_after, use_once};
use crate::lab::icon::icon;
use crate::model::{Handle, Selection, use_model};
use crate::text::t;
use crate::view::classes;
use feed::{Feed, Filter, Row, Topic};
use std::cell::RefCell;
use std::rc::Rc;
use synod_protocols::NodeId;
use yew::prelude::*;

/// How near to the end still counts as the end, in pixels.
const END_PX: i32 = 40;
/// Further down than any list is long.
const FAR_DOWN_PX: i32 = 10_000_000;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    /// Whether the panel can be seen; otherwise nothing is drawn.
    pub shown: bool,
}

#[component]
pub fn Events(props: &Props) -> Html {
    let revision = use_model(&props.handle);
    let feed = use_once(|| RefCell::new(Feed::default()));
    let scroller = use_node_ref();
    let trigger = use_force_update();
    if props.shown {
        feed.borrow_mut().catch_up(&props.handle.read());
    }
    let following = feed.borrow().following;
    let numbers = [revision, u64::from(following), u64::from(props.shown)];
    use_after(&numbers, {
        let scroller = scroller.clone();
        move || {
            if following && let Some(element) = scroller.cast::<web_sys::Element>() {
                element.set_scroll_top(FAR_DOWN_PX);
            }
        }
    });
    let onscroll = {
        let (feed, scroller, trigger) = (feed.clone(), scroller.clone(), trigger.clone());
        Callback::from(move |_: Event| {
            let Some(element) = scroller.cast::<web_sys::Element>() else {
                return;
            };
            let below = element.scroll_height() - element.client_height() - element.scroll_top();
            let at_end = below <= END_PX;
            let mut feed = feed.borrow_mut();
            if !at_end && feed.following {
                feed.stay();
            } else if at_end && !feed.following {
                feed.follow();
            } else {
                return;
            }
            drop(feed);
            trigger.force_update();
        })
    };
    let change = {
        let (feed, trigger) = (feed.clone(), trigger.clone());
        Callback::from(move |change: Change| {
            match change {
                Change::Filter(filter) => feed.borrow_mut().set_filter(filter),
                Change::Follow => feed.borrow_mut().follow(),
            }
            trigger.force_update();
        })
    };
    let chosen = props.handle.read().chosen_node();
    let event = match props.handle.read().selection {
        Some(Selection::Event(event)) => Some(event),
        _ => None,
    };
    let onkeydown = {
        let (feed, handle) = (feed.clone(), props.handle.clone());
        Callback::from(move |key: KeyboardEvent| {
            let down = match key.key().as_str() {
                "ArrowDown" => true,
                "ArrowUp" => false,
                _ => return,
            };
            if let Some(event) = neighbour(&feed.borrow(), event, down) {
                key.prevent_default();
                handle.update(|model| model.choose_event(event));
                show_picked();
            }
        })
    };
    let feed = feed.borrow();
    view! {
        <>
            <div key="head" class="panel-head">
                <h2 class="kick">{ t("events.title") }</h2>
                { heartbeats(feed.filter, &change) }
                { chips(feed.filter, &change) }
            </div>
            <div key="list" class="event-scroll scroller" ref={scroller} tabindex="0"
                role="region" aria-label={t("events.title")} {onscroll} {onkeydown}>
                <p class="muted empty" hidden={!feed.rows.is_empty()}>{ t("events.empty") }</p>
                <ol class="event-list">
                    { for feed.rows.iter().map(|row| row_html(&props.handle, row, chosen, event)) }
                </ol>
            </div>
            { pill(&feed, change) }
        </>
    }
}

/// The listed event after the chosen one, or before it; the last one if none is chosen.
fn neighbour(feed: &Feed, chosen: Option<u64>, down: bool) -> Option<u64> {
    let mut rows = feed.rows.iter().map(|row| row.event);
    match chosen {
        None => rows.next_back(),
        Some(chosen) if down => rows.find(|event| *event > chosen),
        Some(chosen) => rows.rev().find(|event| *event < chosen),
    }
}

/// Brings the chosen row into sight once it is drawn.
fn show_picked() {
    gloo::timers::callback::Timeout::new(0, || {
        let picked = gloo::utils::document().query_selector(".event.picked");
        if let Some(row) = picked.ok().flatten() {
            row.scroll_into_view_with_bool(false);
        }
    })
    .forget();
}

/// What the reader wants of the list.
enum Change {
    Filter(Filter),
    Follow,
}

fn row_html(handle: &Handle, row: &Rc<Row>, chosen: Option<NodeId>, event: Option<u64>) -> Html {
    let picked = event == Some(row.event);
    let onclick = {
        let (handle, event) = (handle.clone(), row.event);
        Callback::from(move |_: MouseEvent| handle.update(|model| model.choose_event(event)))
    };
    let own = row.node.is_some() && row.node == chosen;
    let class = classes(&[
        "event",
        row.tone.class(),
        if own { "own" } else { "" },
        if picked { "picked" } else { "" },
    ]);
    view! {
        <li key={row.event} {class}>
            <button class="plain when num" tabindex="-1" title={t("events.choose")} {onclick}>
                { row.time.clone() }
            </button>
            <span class="what">
                { row.text.clone() }
                <small>{ row.cite.clone() }</small>
            </span>
        </li>
    }
}

/// The way back to the newest, while the reader reads older rows.
fn pill(feed: &Feed, change: Callback<Change>) -> Html {
    let onclick = change.reform(|_: MouseEvent| Change::Follow);
    let text = feed.waiting_sentence();
    view! {
        <button key="pill" class="pill" hidden={text.is_none()} {onclick}>
            { icon("down") }
            <span>{ text.unwrap_or_default() }</span>
        </button>
    }
}

/// The filters.
fn chips(filter: Filter, change: &Callback<Change>) -> Html {
    let topics = Topic::ALL.map(|topic| {
        let label = match topic {
            Topic::All => t("events.topic.all"),
            Topic::Leadership => t("events.topic.leadership"),
            Topic::Decisions => t("events.topic.decisions"),
            Topic::Faults => t("events.topic.faults"),
        };
        let onclick =
            change.reform(move |_: MouseEvent| Change::Filter(Filter { topic, ..filter }));
        chip(label, filter.topic == topic, onclick)
    });
    view! {
        <div class="chips" role="group" aria-label={t("events.filter")}>{ for topics }</div>
    }
}

/// Whether signs of life are listed too.
fn heartbeats(filter: Filter, change: &Callback<Change>) -> Html {
    let on = filter.heartbeats;
    let filter = Filter {
        heartbeats: !on,
        ..filter
    };
    let onclick = change.reform(move |_: MouseEvent| Change::Filter(filter));
    view! {
        <button key="heartbeats" class="chip switch" role="switch" aria-checked={on.to_string()}
            {onclick}>
            { t("events.heartbeats") }
        </button>
    }
}

fn chip(label: &'static str, on: bool, onclick: Callback<MouseEvent>) -> Html {
    view! {
        <button key={label} class="chip" aria-pressed={on.to_string()} {onclick}>{ label }</button>
    }
}
