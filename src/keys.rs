//! Keys that work wherever the reader is, except while writing.

use crate::lab::transport::toggle_hold;
use crate::model::{Handle, Model, Selection};
use crate::stage;
use crate::stage::items::node_items;
use crate::text::t;
use gloo::events::{EventListener, EventListenerOptions};
use synod_protocols::NodeId;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::Callback;

/// Elements in which keys are text or have a meaning of their own.
const WRITING: &str = "input, textarea, select, [contenteditable], dialog";
/// Elements that a space presses.
const PRESSED: &str = "button, a, summary, [role=button], [role^=menuitem], [role=tab]";
/// Elements in which arrows move something.
const MOVED: &str = "[role=tablist], [role=menu], .scroller";

/// Listens as long as what is returned lives.
pub fn listen(handle: &Handle, on_help: Callback<()>) -> EventListener {
    let handle = handle.clone();
    let options = EventListenerOptions::enable_prevent_default();
    let window = gloo::utils::window();
    EventListener::new_with_options(&window, "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>()
            && may_act(event)
            && act(&handle, event, &on_help)
        {
            event.prevent_default();
        }
    })
}

fn may_act(event: &KeyboardEvent) -> bool {
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    !modified && !event.default_prevented() && !is_within(event, WRITING)
}

fn is_within(event: &KeyboardEvent, selector: &str) -> bool {
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// Does what the key says; false if it says nothing.
fn act(handle: &Handle, event: &KeyboardEvent, on_help: &Callback<()>) -> bool {
    let key = event.key();
    match key.as_str() {
        " " if !is_within(event, PRESSED) && !event.repeat() => {
            handle.update(|model| {
                let playing = model.playing;
                model.set_playing(!playing);
            });
        }
        "ArrowRight" if !is_within(event, MOVED) => {
            handle.update(Model::step_event);
        }
        "?" => on_help.emit(()),
        "Escape" => {
            if !stage::close_menu(handle) {
                handle.update(|model| model.selection = None);
            }
        }
        _ if event.repeat() => return false,
        "h" | "H" => handle.update(toggle_hold),
        "c" | "C" => on_chosen(handle, &["crash", "restart"]),
        "p" | "P" => on_chosen(handle, &["resume", "pause"]),
        "x" | "X" => on_chosen(handle, &["rejoin", "isolate"]),
        digit => return choose(handle, digit),
    }
    true
}

/// Opens the menu of the server with that number.
fn choose(handle: &Handle, digit: &str) -> bool {
    let Ok(number @ 1..=9) = digit.parse::<usize>() else {
        return false;
    };
    if number > handle.read().run.scenario().nodes {
        return false;
    }
    stage::open_menu(handle, Selection::Node(NodeId::at(number - 1)));
    true
}

/// Does the first of these things that makes sense to the chosen server.
fn on_chosen(handle: &Handle, ids: &[&str]) {
    handle.update(|model| {
        let Some(Selection::Node(node)) = model.selection else {
            model.say(t("notice.choose_first").to_string());
            return;
        };
        let items = node_items(model, node);
        let found = ids
            .iter()
            .find_map(|id| items.iter().find(|item| item.id == *id));
        match found {
            Some(item) => {
                let action = item.action.clone();
                model.act(action);
            }
            None => model.say(t("notice.not_now").to_string()),
        }
    });
}
