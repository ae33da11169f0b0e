//! The box of a menu: beside what it belongs to, inside the window; on a phone, a sheet below.

use crate::hooks::use_after;
use crate::model::Selection;
use crate::stage::Painted;
use gloo::utils::{document, window};
use synod_scene::{Layout, Point};
use synod_sim::Endpoint;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// Up to this width of the window, menus are sheets at its foot.
const PHONE: f64 = 700.0;
/// The least distance from the window's edge.
const EDGE: f64 = 8.0;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub painter: Painted,
    pub target: Option<Selection>,
    pub close: Callback<()>,
    pub children: Html,
}

/// The box, its keys and its focus.
#[component]
pub fn Popover(props: &Props) -> Html {
    let node = use_node_ref();
    use_after(&[], {
        let (node, painter, target) = (node.clone(), props.painter.clone(), props.target);
        move || {
            if let Some(popover) = node.cast::<HtmlElement>() {
                put(&popover, &painter, target);
                focus(&items(&popover), 0);
            }
        }
    });
    let onkeydown = {
        let (node, close) = (node.clone(), props.close.clone());
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            let Some(popover) = node.cast::<HtmlElement>() else {
                return;
            };
            let key = event.key();
            if matches!(key.as_str(), "Escape" | "Tab") {
                event.prevent_default();
                close.emit(());
            } else if let Some(place) = next_place(&items(&popover), &key) {
                event.prevent_default();
                focus(&items(&popover), place);
            }
        })
    };
    view! {
        <div class="popover" ref={node} {onkeydown}>{ props.children.clone() }</div>
    }
}

/// What in the box can take the focus.
pub fn items(popover: &Element) -> Vec<HtmlElement> {
    let Ok(list) = popover.query_selector_all("button") else {
        return Vec::new();
    };
    (0..list.length())
        .filter_map(|k| list.item(k)?.dyn_into().ok())
        .collect()
}

pub fn focus(items: &[HtmlElement], place: usize) {
    if let Some(item) = items.get(place) {
        let _ = item.focus();
    }
}

/// Where a key moves the focus.
fn next_place(items: &[HtmlElement], key: &str) -> Option<usize> {
    let count = items.len();
    if count == 0 {
        return None;
    }
    let active = document().active_element();
    let here = items
        .iter()
        .position(|item| Some(item.as_ref()) == active.as_ref());
    match (key, here) {
        ("ArrowDown", Some(here)) => Some((here + 1) % count),
        ("ArrowUp", Some(here)) => Some((here + count - 1) % count),
        ("ArrowDown" | "Home", _) => Some(0),
        ("ArrowUp" | "End", _) => Some(count - 1),
        _ => None,
    }
}

/// Where the target is on the stage, and how far the box keeps from it.
fn anchor(layout: &Layout, painted: &Painted, target: Option<Selection>) -> (Point, f64) {
    match target {
        Some(Selection::Node(node)) => (layout.node(node), layout.timer_r + 8.0),
        Some(Selection::Link(Endpoint::Clients, to)) => (layout.at(to), layout.timer_r + 8.0),
        Some(Selection::Link(from, to)) => (layout.path(from, to).at(0.5), 14.0),
        Some(Selection::Message(id)) => (
            painted.0.tile_place(id).unwrap_or(layout.centre),
            layout.tile(),
        ),
        Some(Selection::Event(_)) | None => (layout.centre, 0.0),
    }
}

/// Puts the box to the right of its target, or to the left where there is more room.
fn put(popover: &HtmlElement, painted: &Painted, target: Option<Selection>) {
    let size = |value: Result<wasm_bindgen::JsValue, _>| {
        value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
    };
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let stage = popover.closest(".stage").ok().flatten();
    let (Some(layout), Some(stage)) = (painted.0.layout(), stage) else {
        return;
    };
    if width <= PHONE {
        return;
    }
    let (at, away) = anchor(&layout, painted, target);
    let corner = stage.get_bounding_client_rect();
    let (x, y) = (corner.left() + at.x, corner.top() + at.y);
    let own = popover.get_bounding_client_rect();
    let right = x + away;
    let left = if right + own.width() + EDGE <= width {
        right
    } else {
        x - away - own.width()
    };
    let top = (y - own.height() / 3.0)
        .min(height - own.height() - EDGE)
        .max(EDGE);
    let pixels = |value: f64| [&crate::stage::svg::number(value), "px"].concat();
    let style = popover.style();
    let _ = style.set_property("left", &pixels(left.max(EDGE)));
    let _ = style.set_property("top", &pixels(top));
}
