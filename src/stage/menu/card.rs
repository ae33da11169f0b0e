//! The card of a message in flight: what it says, and what can be done to it.

use super::buttons;
use crate::lab::icon::icon;
use crate::model::{Handle, Model};
use crate::palette;
use crate::stage::items::{flight, message_items};
use crate::stage::words;
use crate::text::{field_name, message_name, t, value_text};
use crate::view::classes;
use synod_sim::Flight;
use yew::prelude::*;

/// What a message says, and what can be done to it.
pub fn message_card(handle: &Handle, model: &Model, id: u64) -> Html {
    match flight(model, id) {
        Some(flight) => card(handle, model, &flight),
        None => gone(handle),
    }
}

fn card(handle: &Handle, model: &Model, flight: &Flight) -> Html {
    let view = model.run().as_view();
    let about = view.about();
    let info = flight.info;
    let name = message_name(about, &info);
    let left = flight.due_us.saturating_sub(view.now());
    let fields = view
        .message(info.id)
        .map(|message| message.fields)
        .unwrap_or_default();
    let fields = fields.into_iter().map(|field| {
        view! {
            <div key={field.name}>
                <dt>{ field_name(about, field.name) }</dt>
                <dd>{ value_text(about, &field.value) }</dd>
            </div>
        }
    });
    let class = classes(&["card-letter", palette::slot(info.epoch)]);
    view! {
        <div class="message-card" role="dialog" aria-label={name}>
            <p class="menu-head">
                <span {class} aria-hidden="true">{ words::letter(about, info.kind) }</span>
                { name }
                <span class="menu-state">{ words::way(info.from, info.to) }</span>
            </p>
            <p class="card-fate">{ words::fate(flight.fate, left, view.holding()) }</p>
            <dl>{ for fields }</dl>
            <div class="menu-list">
                { buttons(handle, message_items(model, flight), "button") }
            </div>
        </div>
    }
}

/// The message has arrived or was lost meanwhile.
fn gone(handle: &Handle) -> Html {
    let handle = handle.clone();
    let onclick = Callback::from(move |_: MouseEvent| handle.update(|model| model.close_menu()));
    view! {
        <div class="message-card" role="dialog" aria-label={t("stage.gone")}>
            <p class="menu-head">{ t("stage.gone") }</p>
            <div class="menu-list">
                <button class="menu-item" {onclick}>{ icon("close") }{ t("stage.close") }</button>
            </div>
        </div>
    }
}
