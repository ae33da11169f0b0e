//! What the reader has chosen, looked into.

mod cluster;
mod event;
mod facts;
mod link;
mod log;
mod message;
mod node;
mod questions;
mod why;

use crate::model::{Handle, Selection, use_model};
use crate::text::t;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    /// Whether the panel can be seen; otherwise nothing is drawn.
    pub shown: bool,
}

#[component]
pub fn Inspector(props: &Props) -> Html {
    use_model(&props.handle);
    let selection = props.handle.read().selection;
    let body = match selection {
        _ if !props.shown => view! {},
        None => cluster::view(&props.handle),
        Some(Selection::Node(node)) => node::view(&props.handle, node),
        Some(Selection::Link(from, to)) => link::view(&props.handle.read(), from, to),
        Some(Selection::Message(id)) => message::view(&props.handle.read(), id),
        Some(Selection::Event(_)) => event::view(&props.handle),
    };
    view! {
        <div class="inspect scroller" tabindex="0" role="region"
            aria-label={t("inspector.region")}>
            { body }
        </div>
    }
}
