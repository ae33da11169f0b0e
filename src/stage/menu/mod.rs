//! The menus of nodes and links, and the card of a message. While one is open, time stands still.

mod card;
mod link;
mod node;
mod popover;

use super::Painted;
use super::items::Item;
use crate::hooks::{use_after, use_once};
use crate::lab::icon::icon;
use crate::model::{Handle, Selection, use_model};
use crate::view::part;
use card::message_card;
use gloo::events::EventListener;
use gloo::utils::document;
use link::link_menu;
use node::NodeMenu;
use popover::Popover;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, SvgElement};
use yew::prelude::*;
use yew::virtual_dom::VComp;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub painter: Painted,
}

/// Whichever menu is open.
#[component]
pub fn StageMenu(props: &Props) -> Html {
    use_model(&props.handle);
    let target = props.handle.read().menu;
    let origin = use_once(|| RefCell::new(None::<Element>));
    let letters: Vec<u64> = key(target).bytes().map(u64::from).collect();
    let shared = props.handle.clone();
    use_after(&letters, move || {
        match target {
            Some(target) => remember(&mut origin.borrow_mut(), target),
            None => give_back(origin.borrow_mut().take()),
        }
        target.is_some().then(|| close_from_outside(shared))
    });
    let handle = &props.handle;
    let model = handle.read();
    let inside = match target {
        Some(Selection::Event(_)) | None => return view! { <div class="menus"></div> },
        Some(Selection::Node(node)) => part::<NodeMenu>(
            "node",
            node::Props {
                handle: handle.clone(),
                node,
            },
        ),
        Some(Selection::Link(from, to)) => link_menu(handle, &model, from, to),
        Some(Selection::Message(id)) => message_card(handle, &model, id),
    };
    let close = {
        let handle = handle.clone();
        Callback::from(move |()| handle.update(|model| model.close_menu()))
    };
    let scrim = close.reform(|_: MouseEvent| ());
    let popover = popover::Props {
        painter: props.painter.clone(),
        target,
        close,
        children: inside,
    };
    let popover = VComp::new::<Popover>(Rc::new(popover), Some(key(target).into()));
    view! {
        <div class="menus">
            <div key="scrim" class="scrim" onclick={scrim}></div>
            { Html::VComp(Rc::new(popover)) }
        </div>
    }
}

fn key(target: Option<Selection>) -> String {
    match target {
        Some(Selection::Event(_)) | None => String::new(),
        Some(Selection::Node(node)) => node.to_string(),
        Some(Selection::Link(from, to)) => super::words::link(from, to),
        Some(Selection::Message(id)) => id.to_string(),
    }
}

/// Keeps in mind where the focus goes when all menus are closed.
fn remember(origin: &mut Option<Element>, target: Selection) {
    if origin.is_some() {
        return;
    }
    *origin = match target {
        Selection::Node(node) => document().get_element_by_id(&node.to_string()),
        Selection::Link(..) | Selection::Message(_) | Selection::Event(_) => {
            document().active_element()
        }
    };
}

/// Gives the focus back, unless the reader has put it elsewhere.
fn give_back(origin: Option<Element>) {
    let lost = document()
        .active_element()
        .is_none_or(|active| active.tag_name() == "BODY");
    let Some(origin) = origin.filter(|_| lost) else {
        return;
    };
    if let Some(origin) = origin.dyn_ref::<SvgElement>() {
        let _ = origin.focus();
    } else if let Some(origin) = origin.dyn_ref::<HtmlElement>() {
        let _ = origin.focus();
    }
}

/// Closes the menu when something else is pressed. Presses on the stage are the stage's own.
fn close_from_outside(handle: Handle) -> EventListener {
    EventListener::new(&document(), "pointerdown", move |event| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let inside = |what: &str| {
            target
                .as_ref()
                .is_some_and(|target| target.closest(what).ok().flatten().is_some())
        };
        if !inside(".menus") && !inside(".front") {
            handle.update(|model| model.close_menu());
        }
    })
}

/// The buttons of some items. Doing one closes the menu.
fn buttons(handle: &Handle, items: Vec<Item>, role: &'static str) -> Html {
    items
        .into_iter()
        .map(|item| {
            let Item {
                id,
                label,
                icon: name,
                action,
                danger,
            } = item;
            let handle = handle.clone();
            let onclick = Callback::from(move |_: MouseEvent| {
                let action = action.clone();
                handle.update(|model| {
                    model.close_menu();
                    model.act(action)
                });
            });
            let class = if danger {
                "menu-item danger"
            } else {
                "menu-item"
            };
            view! {
                <button key={label.clone()} {class} {role} data-do={id} tabindex="-1" {onclick}>
                    { icon(name) }<span>{ label }</span>
                </button>
            }
        })
        .collect()
}

/// A button that leads to another menu.
fn further(label: String, name: &'static str, onclick: Callback<MouseEvent>) -> Html {
    view! {
        <button key={label.clone()} class="menu-item" role="menuitem" tabindex="-1" {onclick}>
            { icon(name) }<span>{ label }</span>
        </button>
    }
}
