//! The whole cluster at a glance, as long as nothing in it is chosen.

use super::questions;
use crate::lab::transport::group;
use crate::model::{Handle, Model, Selection};
use crate::palette;
use crate::text::{epoch_name, role_name, show_time, t, tf};
use crate::view::classes;
use synod_protocols::{Log, NodeId};
use synod_sim::Status;
use yew::prelude::*;

pub fn view(handle: &Handle) -> Html {
    let model = handle.read();
    view! {
        <article class="inspect-cluster">
            <p key="hint" class="hint">{ t("inspector.empty") }</p>
            <section key="servers">
                <h2 class="kick">{ t("cluster.title") }</h2>
                { servers(handle, &model) }
            </section>
            { questions::no_leader(&model) }
            <section key="counts">
                <h2 class="kick">{ t("cluster.counts") }</h2>
                { counts(&model) }
            </section>
            <p key="more" class="muted hint">{ t("inspector.empty.more") }</p>
        </article>
    }
}

fn servers(handle: &Handle, model: &Model) -> Html {
    view! {
        <table class="table num">
            <thead>
                <tr>
                    <th scope="col">{ t("inspector.peers.server") }</th>
                    <th scope="col">{ t("cluster.role") }</th>
                    <th scope="col">{ epoch_name(model.run().about()) }</th>
                    <th scope="col">{ t("cluster.log") }</th>
                    <th scope="col">{ t("log.decided") }</th>
                </tr>
            </thead>
            <tbody>{ for model.nodes().map(|node| row(handle, model, node)) }</tbody>
        </table>
    }
}

fn row(handle: &Handle, model: &Model, node: NodeId) -> Html {
    let view = model.run().describe(node);
    let about = model.run().about();
    let role = match (&view, model.run().status(node)) {
        (Some(view), Status::Up) => role_name(about, view.role),
        (_, Status::Crashed) => t("cluster.crashed").to_string(),
        (_, _) => t("cluster.paused").to_string(),
    };
    let epoch = view.as_ref().map_or(0, |view| view.epoch);
    let known = |number: Option<u64>| number.map_or(t("value.none").to_string(), |n| n.to_string());
    let onclick = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| {
            handle.update(|model| model.selection = Some(Selection::Node(node)));
        })
    };
    let none = || t("value.none").to_string();
    let shown = view
        .as_ref()
        .map_or_else(none, |view| about.show_epoch(view.epoch));
    let label = tf("matrix.choose", &[("node", node.to_string())]);
    view! {
        <tr key={node.to_string()} class={classes(&[palette::slot(epoch), "decided"])}>
            <th scope="row">
                <button class="plain name" aria-label={label} {onclick}>
                    { node.to_string() }
                </button>
            </th>
            <td>{ role }</td>
            <td><span class="epoch">{ shown }</span></td>
            <td>{ model.run().log(node).map_or(0, Log::last_index) }</td>
            <td>{ known(view.map(|view| view.decided)) }</td>
        </tr>
    }
}

/// What has gone over the network so far, and how clients fared.
fn counts(model: &Model) -> Html {
    let counters = model.run().counters();
    let kinds = model.run().about().kinds.iter().zip(&counters.sent);
    let mut rows: Vec<(&str, String)> = kinds
        .filter(|(_, sent)| **sent > 0)
        .map(|(kind, sent)| (kind.name, group(*sent)))
        .collect();
    rows.push((t("cluster.acknowledged"), group(counters.acknowledged)));
    if let Some(mean) = counters.latency_sum_us.checked_div(counters.acknowledged) {
        rows.push((t("cluster.latency"), show_time(mean)));
    }
    let rows = rows.into_iter().map(|(name, value)| {
        view! { <div key={name} class="fact"><dt>{ name }</dt><dd class="num">{ value }</dd></div> }
    });
    view! { <dl class="facts-list">{ for rows }</dl> }
}
