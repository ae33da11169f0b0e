//! A link's menu.

use super::buttons;
use crate::model::{Handle, use_model};
use crate::stage::items::link_items;
use crate::stage::words;
use crate::text::t;
use synod_scene::link_figure;
use synod_sim::Endpoint;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub from: Endpoint,
    pub to: Endpoint,
}

#[component]
pub fn LinkMenu(props: &Props) -> Html {
    use_model(&props.handle);
    let model = props.handle.read();
    let (from, to) = (props.from, props.to);
    let state = words::link_state(&link_figure(model.run.as_view(), from, to));
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
                { buttons(&props.handle, link_items(&model, from, to), "menuitem") }
            </div>
        </>
    }
}
