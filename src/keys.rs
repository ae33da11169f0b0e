//! Keys that work wherever the reader is, except while writing.

use crate::lab::transport::toggle_hold;
use crate::model::{Handle, Model, Selection};
use crate::share::dialog::copy_link;
use crate::stage;
use crate::stage::items::node_items;
use crate::text::t;
use crate::timeline::{Target, jump};
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
pub fn listen(handle: &Handle, on_help: Callback<()>, on_setup: Callback<()>) -> EventListener {
    let handle = handle.clone();
    let options = EventListenerOptions::enable_prevent_default();
    let window = gloo::utils::window();
    EventListener::new_with_options(&window, "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>()
            && (undoes(&handle, event)
                || (may_act(event) && act(&handle, event, &on_help, &on_setup)))
        {
            event.prevent_default();
        }
    })
}

fn may_act(event: &KeyboardEvent) -> bool {
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    !modified && !event.default_prevented() && !is_within(event, WRITING)
}

/// Ctrl+Z takes back what was done by hand; with Shift, or Ctrl+Y, it is done again.
fn undoes(handle: &Handle, event: &KeyboardEvent) -> bool {
    let command = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
    if !command || event.default_prevented() || is_within(event, WRITING) {
        return false;
    }
    match (event.key().to_ascii_lowercase().as_str(), event.shift_key()) {
        ("z", false) => handle.update(Model::undo),
        ("z", true) | ("y", false) => handle.update(Model::redo),
        _ => return false,
    }
    true
}

fn is_within(event: &KeyboardEvent, selector: &str) -> bool {
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// Does what the key says; false if it says nothing.
fn act(
    handle: &Handle,
    event: &KeyboardEvent,
    on_help: &Callback<()>,
    on_setup: &Callback<()>,
) -> bool {
    let key = event.key();
    match key.as_str() {
        " " if !is_within(event, PRESSED) && !event.repeat() => {
            handle.update(|model| {
                let playing = model.playing;
                model.set_playing(!playing);
            });
        }
        "ArrowRight" if event.shift_key() && !is_within(event, MOVED) => {
            handle.update(|model| jump(model, Target::Server, false));
        }
        "ArrowRight" if !is_within(event, MOVED) => {
            handle.update(Model::step_event);
        }
        "ArrowLeft" if event.shift_key() && !is_within(event, MOVED) => {
            handle.update(|model| jump(model, Target::Server, true));
        }
        "ArrowLeft" if !is_within(event, MOVED) => handle.update(Model::step_back),
        "?" => on_help.emit(()),
        "Escape" => {
            if !stage::close_menu(handle) {
                handle.update(|model| model.selection = None);
            }
        }
        _ if event.repeat() => return false,
        "s" | "S" => on_setup.emit(()),
        "h" | "H" => handle.update(toggle_hold),
        "w" | "W" => handle.update(|model| model.choose_event(model.history().position())),
        "l" | "L" => copy_link(handle),
        "q" | "Q" => handle.update(Model::toggle_lens),
        "t" | "T" => handle.update(|model| model.diagram = !model.diagram),
        key if jump_target(key).is_some() => {
            if let Some(target) = jump_target(key) {
                // With Shift forward, without it back.
                handle.update(|model| jump(model, target, !event.shift_key()));
            }
        }
        "c" | "C" => on_chosen(handle, &["crash", "restart"]),
        "p" | "P" => on_chosen(handle, &["resume", "pause"]),
        "x" | "X" => on_chosen(handle, &["rejoin", "isolate"]),
        digit => return choose(handle, digit),
    }
    true
}

/// What a letter jumps to.
fn jump_target(key: &str) -> Option<Target> {
    match key.to_ascii_lowercase().as_str() {
        "e" => Some(Target::Election),
        "d" => Some(Target::Decision),
        "r" => Some(Target::Refusal),
        "f" => Some(Target::Fault),
        "v" => Some(Target::Violation),
        _ => None,
    }
}

/// Opens the menu of the server with that number.
fn choose(handle: &Handle, digit: &str) -> bool {
    let Ok(number @ 1..=9) = digit.parse::<usize>() else {
        return false;
    };
    if number > handle.read().run().scenario().nodes {
        return false;
    }
    stage::open_menu(handle, Selection::Node(NodeId::at(number - 1)));
    true
}

/// Does the first of these things that makes sense to the chosen server.
fn on_chosen(handle: &Handle, ids: &[&str]) {
    handle.update(|model| {
        let Some(node) = model.chosen_node() else {
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
