//! One link: both of its directions, and what is under way on it.

use super::facts::{self, Fact};
use crate::model::Model;
use crate::text::{endpoint_text, message_name, show_span, t, tf};
use synod_sim::{Endpoint, Flight, LinkKind};
use yew::prelude::*;

pub fn view(model: &Model, from: Endpoint, to: Endpoint) -> Html {
    let title = tf(
        "inspector.link",
        &[("from", endpoint_text(from)), ("to", endpoint_text(to))],
    );
    let mut flights = Vec::new();
    model.run().flights(&mut flights);
    view! {
        <article class="inspect-link">
            <div class="inspect-head"><h2>{ title }</h2></div>
            { direction(model, from, to, &flights) }
            { direction(model, to, from, &flights) }
        </article>
    }
}

fn direction(model: &Model, from: Endpoint, to: Endpoint, flights: &[Flight]) -> Html {
    let link = model.run().link(from, to);
    let state = if link.cut {
        t("link.state.cut")
    } else {
        t("link.state.whole")
    };
    let kind = match link.kind {
        LinkKind::Datagram => t("link.kind.datagram"),
        LinkKind::Stream => t("link.kind.stream"),
    };
    let under_way: Vec<&str> = flights
        .iter()
        .filter(|flight| flight.info.from == from && flight.info.to == to)
        .map(|flight| message_name(model.run().about(), &flight.info))
        .collect();
    let under_way = match under_way.len() {
        0 => t("value.none").to_string(),
        1..=3 => under_way.join(", "),
        n => tf("link.under_way", &[("n", n.to_string())]),
    };
    let facts = [
        Fact::new(t("link.state"), state),
        Fact::new(t("link.kind"), kind),
        Fact::new(t("link.latency"), show_span(link.latency)),
        Fact::new(t("link.loss"), link.loss.to_string()),
        Fact::new(t("link.duplicate"), link.duplicate.to_string()),
        Fact::new(t("link.reorder"), link.reorder.to_string()),
        Fact::new(t("link.messages"), under_way),
    ];
    let title = tf(
        "link.one_way",
        &[("from", endpoint_text(from)), ("to", endpoint_text(to))],
    );
    view! {
        <section class="card" key={title.clone()}>
            <h3 class="kick">{ title }</h3>
            { facts::list(&facts) }
        </section>
    }
}
