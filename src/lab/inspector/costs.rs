//! What decisions cost: messages by phase beside the formula and the textbook, disk syncs, and the
//! waits of the last command.

use super::compare;
use crate::lab::transport::group;
use crate::model::{Handle, Model};
use crate::text::{cost_name, endpoint_text, kind_text, show_time, t, tf};
use synod_protocols::{Cost, Per};
use synod_sim::cost::{Hop, Meter, Wait, critical_path};
use yew::prelude::*;

pub fn view(handle: &Handle, model: &Model) -> Html {
    let spent = model.spent();
    view! {
        <article class="costs" key="costs">
            { compare::view(handle, model) }
            { messages(handle, model, &spent) }
            { disks(&spent) }
            { path(handle, model) }
        </article>
    }
}

/// A share with one decimal, in whole numbers throughout.
pub fn each(sum: u64, times: u64) -> String {
    match (sum * 10 + times / 2).checked_div(times) {
        None => t("value.none").to_string(),
        Some(tenths) => format!("{}.{}", group(tenths / 10), tenths % 10),
    }
}

fn messages(handle: &Handle, model: &Model, spent: &Meter) -> Html {
    let about = model.run().about();
    let costs = model.run().costs();
    let rows = costs.iter().map(|cost| phase(model, spent, cost));
    let counted = |kind: usize| costs.iter().any(|cost| cost.kinds.contains(&(kind as u8)));
    let others = spent.sent.iter().enumerate();
    let others: Vec<Html> = others
        .filter(|(kind, sent)| **sent > 0 && !counted(*kind))
        .map(|(kind, sent)| {
            let name = about.kinds.get(kind).map_or("", |kind| kind.name);
            view! {
                <tr key={name} class="muted">
                    <th scope="row">{ name }</th>
                    <td>{ group(*sent) }</td>
                    <td colspan="3"></td>
                </tr>
            }
        })
        .collect();
    let from = model.counted_from();
    let caption = tf(
        if from.is_some() {
            "cost.since"
        } else {
            "cost.whole"
        },
        &[
            (
                "event",
                from.map_or_else(String::new, |from| group(from.event)),
            ),
            ("n", spent.decisions.to_string()),
            ("m", spent.elections.to_string()),
        ],
    );
    let count = |here: bool| {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.update(|model| model.count_from(here)))
    };
    view! {
        <section key="messages">
            <h2 class="kick">{ t("cost.messages") }</h2>
            <p key="caption" id="cost-caption">{ caption }</p>
            <table key="table" class="table num" id="costs">
                <thead>
                    <tr>
                        <th key="phase" scope="col">{ t("cost.phase") }</th>
                        <th key="sent" scope="col">{ t("cost.sent") }</th>
                        <th key="each" scope="col">{ t("cost.each") }</th>
                        <th key="exact" scope="col">{ t("cost.exact") }</th>
                        <th key="rounded" scope="col">{ t("cost.rounded") }</th>
                    </tr>
                </thead>
                <tbody>{ for rows }{ for others }</tbody>
            </table>
            <p key="note" class="muted foot">{ t("cost.note") }</p>
            <div key="from" class="row">
                <button id="count-here" onclick={count(true)}>{ t("cost.here") }</button>
                <button id="count-all" hidden={from.is_none()} onclick={count(false)}>
                    { t("cost.all") }
                </button>
            </div>
        </section>
    }
}

fn phase(model: &Model, spent: &Meter, cost: &Cost) -> Html {
    let (sent, times) = (spent.of(cost), spent.times(cost));
    let per = match cost.per {
        Per::Decision => t("cost.per.decision"),
        Per::Election => t("cost.per.election"),
    };
    let formula = |count: u64, formula: &'static str| {
        view! { <>{ group(count) }<small>{ formula }</small></> }
    };
    view! {
        <tr key={cost.name}>
            <th scope="row">
                { cost_name(model.run().about(), cost.name) }
                <small>{ per }</small>
            </th>
            <td>{ group(sent) }</td>
            <td>{ each(sent, times) }</td>
            <td>{ formula(cost.exact, cost.formula) }</td>
            <td class="muted">{ formula(cost.rounded.0, cost.rounded.1) }</td>
        </tr>
    }
}

fn disks(spent: &Meter) -> Html {
    let facts = [
        (t("cost.syncs"), group(spent.syncs)),
        (t("cost.syncs.each"), each(spent.syncs, spent.decisions)),
        (
            t("cost.latency"),
            spent
                .latency_us
                .checked_div(spent.answered)
                .map_or_else(|| t("value.none").to_string(), show_time),
        ),
    ];
    let rows = facts.into_iter().map(|(name, value)| {
        view! { <div key={name} class="fact"><dt>{ name }</dt><dd class="num">{ value }</dd></div> }
    });
    view! {
        <section key="disks">
            <h2 class="kick">{ t("cost.disks") }</h2>
            <dl class="facts-list">{ for rows }</dl>
        </section>
    }
}

/// The longest chain of waits of the command that was answered last.
fn path(handle: &Handle, model: &Model) -> Html {
    let answered = model.chronicle().answered();
    let Some(answered) = answered else {
        return view! { <section key="path" hidden=true></section> };
    };
    let path = critical_path(model.history().index(), answered);
    let summary = tf(
        "cost.path.sum",
        &[
            ("time", show_time(path.took_us)),
            ("n", path.message_delays().to_string()),
            ("m", path.server_delays().to_string()),
            ("k", path.disk_syncs().to_string()),
        ],
    );
    let hops = path.hops.iter().map(|hop| hop_row(handle, model, hop));
    view! {
        <section key="path">
            <h2 class="kick">{ t("cost.path") }</h2>
            <p key="sum" class="told" id="critical-path">{ summary }</p>
            <ol key="hops" class="hops">{ for hops }</ol>
        </section>
    }
}

fn hop_row(handle: &Handle, model: &Model, hop: &Hop) -> Html {
    let text = match hop.wait {
        Wait::Message { from, to, kind } => tf(
            "cost.hop.message",
            &[
                ("what", kind_text(model.run().about(), kind).to_string()),
                ("from", endpoint_text(from)),
                ("to", endpoint_text(to)),
            ],
        ),
        Wait::Disk(at) => tf("cost.hop.disk", &[("at", endpoint_text(at))]),
        Wait::Turn(at) => {
            let at = at.map(endpoint_text).unwrap_or_default();
            tf("cost.hop.turn", &[("at", at)])
        }
        Wait::Patience => t("cost.hop.patience").to_string(),
        Wait::Other(at) => {
            let at = at.map(endpoint_text).unwrap_or_default();
            tf("cost.hop.other", &[("at", at)])
        }
    };
    let event = hop.event;
    let onclick = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.update(|model| model.show_event(event)))
    };
    view! {
        <li key={event.to_string()}>
            <button class="plain event-link" {onclick}>
                <span class="num">{ show_time(hop.took_us) }</span>
                <span>{ text }</span>
            </button>
        </li>
    }
}
