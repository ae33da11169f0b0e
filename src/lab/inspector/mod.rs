//! What the reader has chosen, looked into.

mod cluster;
mod compare;
mod costs;
mod event;
mod facts;
mod link;
mod log;
mod meeting;
mod message;
mod node;
mod questions;
mod quorums;
mod why;

use crate::model::{Aspect, Handle, Selection, use_model};
use crate::text::t;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    /// Whether the panel can be seen; otherwise nothing is drawn.
    pub shown: bool,
    pub on_setup: Callback<()>,
}

#[component]
pub fn Inspector(props: &Props) -> Html {
    use_model(&props.handle);
    let handle = &props.handle;
    let model = handle.read();
    let body = match (model.lens.aspect, model.selection) {
        _ if !props.shown => view! {},
        (Aspect::Quorums, _) => quorums::view(handle, &model, &props.on_setup),
        (Aspect::Costs, _) => costs::view(handle, &model),
        (Aspect::Chosen, None) => cluster::view(handle),
        (Aspect::Chosen, Some(Selection::Node(node))) => node::view(handle, node),
        (Aspect::Chosen, Some(Selection::Link(from, to))) => link::view(&model, from, to),
        (Aspect::Chosen, Some(Selection::Message(id))) => message::view(&model, id),
        (Aspect::Chosen, Some(Selection::Event(_))) => event::view(handle),
    };
    view! {
        <>
            { aspects(handle, model.lens.aspect) }
            <div key="body" class="inspect scroller" tabindex="0" role="region"
                aria-label={t("inspector.region")}>
                { body }
            </div>
        </>
    }
}

/// What to look into: what is chosen, the quorums, or the costs.
fn aspects(handle: &Handle, shown: Aspect) -> Html {
    let buttons = Aspect::ALL.map(|aspect| {
        let (id, label) = match aspect {
            Aspect::Chosen => ("aspect-chosen", t("aspect.chosen")),
            Aspect::Quorums => ("aspect-quorums", t("aspect.quorums")),
            Aspect::Costs => ("aspect-costs", t("aspect.costs")),
        };
        let handle = handle.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            handle.update(|model| model.lens.aspect = aspect);
        });
        let pressed = (aspect == shown).to_string();
        view! { <button key={id} {id} aria-pressed={pressed} {onclick}>{ label }</button> }
    });
    view! {
        <div key="aspects" class="aspects" role="group" aria-label={t("aspect.label")}>
            { for buttons }
        </div>
    }
}
