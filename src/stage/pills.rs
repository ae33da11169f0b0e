//! The pills at the top of the stage: heal what is cut, and what a held network waits for.

use super::twin::caption;
use crate::lab::icon::icon;
use crate::model::{Handle, Model};
use crate::text::{closed_text, t};
use crate::view::classes;
use synod_sim::Action;
use yew::prelude::*;

/// What the lens has drawn on the stage; empty while it is closed.
fn lens(model: &Model) -> Html {
    let pair = model.overlay().and_then(|_| model.compared());
    let looks = ["first", "second"].into_iter();
    let lines = pair.iter().flatten().zip(looks).map(|(collected, look)| {
        view! {
            <p key={look} class="lens-note">
                <svg class="look" viewBox="0 0 34 10" aria-hidden="true">
                    <path class={classes(&["lens-outline", look])} d="M2 5H32" />
                </svg>
                { closed_text(model.run().about(), collected) }
            </p>
        }
    });
    view! { <div key="lens" class="lens-notes" hidden={pair.is_none()}>{ for lines }</div> }
}

/// The pills.
pub fn pills(handle: &Handle, model: &Model) -> Html {
    let (any_cut, held) = (model.any_cut(), model.run().holding());
    let still = model.playing && !held && model.menu.is_some();
    let heal = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| {
            handle.update(|model| model.act(Action::Heal { links: Vec::new() }));
        })
    };
    view! {
        <div key="pills" class="stage-pills">
            <p key="caption" class="twin-caption" hidden={model.twin.is_none()}>
                { caption(model).unwrap_or_default() }
            </p>
            { lens(model) }
            <button key="heal" id="heal" class="stage-pill" hidden={!any_cut} onclick={heal}>
                { icon("heal") }
                <span class="wide">{ t("stage.heal") }</span>
                <span class="narrow">{ t("stage.heal_short") }</span>
            </button>
            <p key="held" class="stage-note" hidden={!held}>{ t("stage.held") }</p>
            <p key="still" class="stage-note" hidden={!still}>{ t("stage.still") }</p>
        </div>
    }
}
