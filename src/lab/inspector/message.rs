//! One message in flight: where it goes, what becomes of it, and what it says.

use super::facts::{self, Fact};
use crate::model::Model;
use crate::text::{
    endpoint_text, epoch_name, field_name, field_text, message_name, show_time, t, tf,
};
use synod_sim::{Fate, Flight};
use yew::prelude::*;

pub fn view(model: &Model, id: u64) -> Html {
    let Some(message) = model.run().message(id) else {
        return view! {
            <div class="inspect-empty"><p>{ t("inspector.message.gone") }</p></div>
        };
    };
    let about = model.run().about();
    let info = message.info;
    let mut facts = vec![
        Fact::new(t("message.from"), endpoint_text(info.from)),
        Fact::new(t("message.to"), endpoint_text(info.to)),
        Fact::new(t("message.sent"), show_time(info.sent_us)),
    ];
    let mut flights = Vec::new();
    model.run().flights(&mut flights);
    if let Some(flight) = flights.iter().find(|flight| flight.info.id == id) {
        facts.push(Fact::new(t("message.fate"), fate(model, flight)));
    }
    let fields: Vec<Fact> = message
        .fields
        .iter()
        .map(|field| Fact::new(field_name(about, field.name), field_text(about, field)))
        .collect();
    let title = match info.epoch {
        0 => message_name(about, &info).to_string(),
        epoch => tf(
            "inspector.message.title",
            &[
                ("message", message_name(about, &info).to_string()),
                ("epoch_name", epoch_name(about)),
                ("epoch", about.show_epoch(epoch)),
            ],
        ),
    };
    view! {
        <article class="inspect-message">
            <div class="inspect-head"><h2>{ title }</h2></div>
            <section class="card" key="way">
                <h3 class="kick">{ t("message.way") }</h3>
                { facts::list(&facts) }
            </section>
            <section class="card" key="content" hidden={fields.is_empty()}>
                <h3 class="kick">{ t("message.content") }</h3>
                { facts::list(&fields) }
            </section>
        </article>
    }
}

fn fate(model: &Model, flight: &Flight) -> String {
    if model.run().holding() {
        return t("message.fate.held").to_string();
    }
    let left = show_time(flight.due_us.saturating_sub(model.run().now()));
    match flight.fate {
        Fate::Arrives => tf("message.fate.arrives", &[("left", left)]),
        Fate::Dies(_) => tf("message.fate.dies", &[("left", left)]),
        Fate::Stalled => t("message.fate.stalled").to_string(),
    }
}
