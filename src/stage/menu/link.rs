//! A link's menu.

use super::buttons;
use crate::model::{Handle, Model};
use crate::stage::items::link_items;
use crate::stage::words;
use crate::text::t;
use synod_scene::link_figure;
use synod_sim::Endpoint;
use yew::prelude::*;

/// What can be done to a link.
pub fn link_menu(handle: &Handle, model: &Model, from: Endpoint, to: Endpoint) -> Html {
    let state = words::link_state(&link_figure(model.run().as_view(), from, to));
    let state = if state.is_empty() {
        t("stage.link.sound").to_string()
    } else {
        state
    };
    let name = words::link(from, to);
    view! {
        <>
            <p class="menu-head">{ name.clone() }<span class="menu-state">{ state }</span></p>
            <div class="menu-list" role="menu" aria-label={name}>
                { buttons(handle, link_items(model, from, to), "menuitem") }
            </div>
        </>
    }
}
