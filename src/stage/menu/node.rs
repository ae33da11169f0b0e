//! A node's menu: what can be done to it, and the way by keyboard to its links and messages.

use super::popover::{focus, items as focusable};
use super::{buttons, further};
use crate::hooks::{use_after, use_value};
use crate::model::{Handle, Model, Selection, use_model};
use crate::stage::items::{links_of, messages_to, node_items, timer_items};
use crate::stage::words;
use crate::text::{message_name, role_name, t, tf};
use synod_protocols::NodeId;
use synod_scene::{link_figure, node_figure};
use web_sys::Element;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub node: NodeId,
}

/// Which list of the menu is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Main,
    Links,
    Messages,
}

#[component]
pub fn NodeMenu(props: &Props) -> Html {
    use_model(&props.handle);
    let page = use_value(|| Page::Main);
    let list = use_node_ref();
    use_after(&[*page as u64], {
        let list = list.clone();
        move || {
            if let Some(list) = list.cast::<Element>() {
                focus(&focusable(&list), 0);
            }
        }
    });
    let turn = |to: Page| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.set(to))
    };
    let onkeydown = {
        let page = page.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "ArrowLeft" && *page != Page::Main {
                page.set(Page::Main);
            }
        })
    };
    let model = props.handle.read();
    let (handle, node) = (&props.handle, props.node);
    let inside = match *page {
        Page::Main => {
            let messages = messages_to(&model, node).len();
            view! {
                <>
                    { buttons(handle, node_items(&model, node), "menuitem") }
                    { buttons(handle, timer_items(&model, node), "menuitem") }
                    <hr />
                    { further(t("stage.menu.links").to_string(), "link", turn(Page::Links)) }
                    { for (messages > 0).then(|| {
                        let numbers = [("n", messages.to_string())];
                        let label = tf("stage.menu.messages", &numbers);
                        further(label, "message", turn(Page::Messages))
                    }) }
                </>
            }
        }
        Page::Links => links(handle, &model, node),
        Page::Messages => messages(handle, &model, node),
    };
    let back = match *page {
        Page::Main => Html::default(),
        _ => further(t("stage.menu.back").to_string(), "older", turn(Page::Main)),
    };
    view! {
        <>
            <p class="menu-head">{ head(&model, node) }</p>
            <div class="menu-list" role="menu" aria-label={node.to_string()} ref={list}
                {onkeydown}>
                { back }
                { inside }
            </div>
        </>
    }
}

/// `S3 · follower · term 2`.
fn head(model: &Model, node: NodeId) -> String {
    let view = model.run().as_view();
    let figure = node_figure(view, node);
    let mut parts = vec![node.to_string()];
    match figure.role {
        Some(role) => {
            parts.push(role_name(view.about(), role));
            parts.push(words::epoch(view.about(), figure.epoch));
        }
        None => parts.push(t("stage.crashed").to_string()),
    }
    parts.join(" · ")
}

fn open(handle: &Handle, target: Selection) -> Callback<MouseEvent> {
    let handle = handle.clone();
    Callback::from(move |_: MouseEvent| handle.update(|model| model.open_menu(target)))
}

fn links(handle: &Handle, model: &Model, node: NodeId) -> Html {
    let view = model.run().as_view();
    links_of(model, node)
        .into_iter()
        .map(|(from, to)| {
            let state = words::link_state(&link_figure(view, from, to));
            let mut label = words::link(from, to);
            if !state.is_empty() {
                label = [&label, ": ", &state].concat();
            }
            further(label, "link", open(handle, Selection::Link(from, to)))
        })
        .collect()
}

fn messages(handle: &Handle, model: &Model, node: NodeId) -> Html {
    let view = model.run().as_view();
    messages_to(model, node)
        .into_iter()
        .map(|flight| {
            let operands = [
                ("kind", message_name(view.about(), &flight.info).to_string()),
                ("from", words::endpoint(flight.info.from)),
                ("number", flight.info.id.to_string()),
            ];
            let label = tf("stage.menu.message", &operands);
            further(
                label,
                "message",
                open(handle, Selection::Message(flight.info.id)),
            )
        })
        .collect()
}
