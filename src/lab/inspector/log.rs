//! A server's log as a table, a page at a time, so that any length costs the same.

use crate::hooks::use_value;
use crate::lab::icon::icon;
use crate::model::{Handle, Model};
use crate::palette;
use crate::text::{epoch_name, t, tf};
use crate::view::classes;
use synod_protocols::{Log, NodeId};
use yew::prelude::*;

/// Rows on a page.
const PAGE: u64 = 8;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub node: NodeId,
}

/// The log in memory, or on disk while the server is down. It follows the end until the reader
/// turns back.
#[component]
pub fn LogTable(props: &Props) -> Html {
    crate::model::use_model(&props.handle);
    // The last index of the page; nothing while the end is followed.
    let until = use_value(|| None::<u64>);
    let model = props.handle.read();
    let last = model.run().log(props.node).map_or(0, Log::last_index);
    let end = until.map_or(last, |until| until.clamp(PAGE.min(last), last));
    let start = end.saturating_sub(PAGE) + 1;
    let turn = |to: u64| {
        let until = until.clone();
        Callback::from(move |_: MouseEvent| until.set((to < last).then_some(to)))
    };
    let range = if last == 0 {
        t("log.nothing").to_string()
    } else {
        let number = |n: u64| n.to_string();
        tf(
            "log.range",
            &[
                ("from", number(start)),
                ("to", number(end)),
                ("of", number(last)),
            ],
        )
    };
    view! {
        <section class="log">
            <div class="row">
                <h3 class="kick">{ t("log.title") }</h3>
                <span class="muted num grow">{ range }</span>
                <button class="plain" aria-label={t("log.older")} title={t("log.older")}
                    disabled={start <= 1} onclick={turn(end.saturating_sub(PAGE).max(PAGE))}>
                    { icon("older") }
                </button>
                <button class="plain" aria-label={t("log.newer")} title={t("log.newer")}
                    disabled={end >= last} onclick={turn(end + PAGE)}>
                    { icon("newer") }
                </button>
            </div>
            <table class="table num" hidden={last == 0}>
                <thead>
                    <tr>
                        <th scope="col">{ t("log.index") }</th>
                        <th scope="col">{ epoch_name(model.run().about()) }</th>
                        <th scope="col">{ t("log.command") }</th>
                        <th scope="col">{ t("log.decided") }</th>
                        <th scope="col">{ t("log.on_disk") }</th>
                    </tr>
                </thead>
                <tbody>
                    { for (start..=end).rev().map(|index| row(&model, props.node, index)) }
                </tbody>
            </table>
        </section>
    }
}

fn row(model: &Model, node: NodeId, index: u64) -> Html {
    let entry = model.run().log(node).and_then(|log| log.get(index));
    let Some(entry) = entry.filter(|entry| !entry.is_gap()) else {
        // A slot in which nothing was accepted yet, or one that a snapshot stands for.
        let why = entry.map_or("log.gone", |_| "log.gap");
        return view! {
            <tr key={index}>
                <th scope="row">{ index }</th>
                <td></td>
                <td class="command muted" colspan="3">{ t(why) }</td>
            </tr>
        };
    };
    let decided = model.run().probe(node).map_or(0, |probe| probe.decided) >= index;
    let on_disk = model.run().disk_log(node).and_then(|log| log.get(index)) == Some(entry);
    let command = match entry.payload.words() {
        Some(words) => words,
        None => t("log.noop").to_string(),
    };
    let class = classes(&[
        palette::slot(entry.epoch),
        if decided { "decided" } else { "" },
    ]);
    view! {
        <tr key={index} {class}>
            <th scope="row">{ index }</th>
            <td><span class="epoch">{ model.run().about().show_epoch(entry.epoch) }</span></td>
            <td class="command">{ command }</td>
            <td>{ yes_or_no(decided) }</td>
            <td>{ yes_or_no(on_disk) }</td>
        </tr>
    }
}

fn yes_or_no(yes: bool) -> Html {
    let (symbol, word) = if yes {
        ("check", t("value.yes"))
    } else {
        ("none", t("value.no"))
    };
    let drawn = if yes {
        icon(symbol)
    } else {
        view! { <span aria-hidden="true">{ "–" }</span> }
    };
    view! { <>{ drawn }<span class="hush">{ word }</span></> }
}
