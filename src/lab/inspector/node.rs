//! One server: what it is, what it knows, what its disk holds, and what can be done to it.

use super::facts::{self, Fact};
use super::log::{self, LogTable};
use super::{questions, why};
use crate::lab::icon::icon;
use crate::model::{Handle, Model};
use crate::palette;
use crate::stage::items::node_items;
use crate::text::{
    epoch_name, field_name, field_text, role_name, show_span, show_time, t, tally_count,
    tally_name, tf, timer_name,
};
use crate::view::{classes, part};
use synod_protocols::{NodeId, NodeView, Place};
use synod_sim::{DiskView, Status};
use yew::prelude::*;

pub fn view(handle: &Handle, node: NodeId) -> Html {
    let model = handle.read();
    if node.index() >= model.run().scenario().nodes {
        return view! {};
    }
    let view = model.run().describe(node);
    let disk = model.run().disk(node);
    view! {
        <article class="inspect-node" key={node.to_string()}>
            { head(&model, node, view.as_ref()) }
            { memory_and_disk(&model, node, view.as_ref(), &disk) }
            { gathering(&model, view.as_ref()) }
            { questions::view(&model, node) }
            { why::view(&model, node) }
            { part::<LogTable>("log-table", log::Props { handle: handle.clone(), node }) }
            { peers(&model, view.as_ref()) }
            { actions(handle, &model, node) }
        </article>
    }
}

/// Its name, role and epoch; below, whether it runs, whom it follows and when its timers end.
fn head(model: &Model, node: NodeId, view: Option<&NodeView>) -> Html {
    let about = model.run().about();
    let title = match view {
        Some(view) => tf(
            "inspector.node.title",
            &[
                ("node", node.to_string()),
                ("role", role_name(about, view.role)),
                ("epoch_name", epoch_name(about)),
                ("epoch", about.show_epoch(view.epoch)),
            ],
        ),
        None => tf("inspector.node.crashed", &[("node", node.to_string())]),
    };
    let epoch = view.map_or(0, |view| view.epoch);
    view! {
        <div class={classes(&["inspect-head", palette::slot(epoch)])}>
            <h2>{ title }</h2>
            <p class="muted num">{ condition(model, node, view) }</p>
        </div>
    }
}

fn condition(model: &Model, node: NodeId, view: Option<&NodeView>) -> String {
    let mut parts: Vec<String> = Vec::new();
    match model.run().status(node) {
        Status::Up => {}
        Status::Paused => {
            let waiting = model.run().queued(node).to_string();
            parts.push(tf("inspector.node.paused", &[("n", waiting)]));
        }
        Status::Crashed => parts.push(t("inspector.node.down").to_string()),
    }
    if let Some(leader) = view
        .and_then(|view| view.leader)
        .filter(|leader| *leader != node)
    {
        parts.push(tf(
            "inspector.node.follows",
            &[("leader", leader.to_string())],
        ));
    }
    let (about, now) = (model.run().about(), model.run().now());
    for timer in model.run().timers(node) {
        let name = about
            .timers
            .get(usize::from(timer.timer.0))
            .map_or("", |timer| timer.name);
        let left = show_time(timer.due_us.saturating_sub(now));
        let name = timer_name(about, name);
        parts.push(tf(
            "inspector.node.timer",
            &[("timer", name), ("left", left)],
        ));
    }
    parts.join(" · ")
}

fn memory_and_disk(model: &Model, node: NodeId, view: Option<&NodeView>, disk: &DiskView) -> Html {
    let memory = match view {
        Some(view) => facts::list(&memory_facts(model, node, view)),
        None => view! { <p class="muted gone">{ t("inspector.node.memory_gone") }</p> },
    };
    view! {
        <div class="two">
            <section>
                <h3 class="kick">{ t("inspector.memory") }</h3>
                { memory }
            </section>
            <section>
                <h3 class="kick">{ t("inspector.disk") }</h3>
                { facts::list(&disk_facts(model, view, disk)) }
            </section>
        </div>
    }
}

fn memory_facts(model: &Model, node: NodeId, view: &NodeView) -> Vec<Fact> {
    let about = model.run().about();
    let fields = view
        .fields
        .iter()
        .filter(|field| field.place == Place::Memory);
    let mut facts: Vec<Fact> = fields
        .map(|field| Fact::new(field_name(about, field.name), field_text(about, field)))
        .collect();
    if let Some(store) = model.run().store(node) {
        const SHOWN: usize = 4;
        let pairs: Vec<String> = store
            .iter()
            .take(SHOWN)
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let more = if store.iter().nth(SHOWN).is_some() {
            " …"
        } else {
            ""
        };
        let text = if pairs.is_empty() {
            t("value.none").to_string()
        } else {
            pairs.join(" ")
        };
        facts.push(Fact::new(t("inspector.store"), text + more));
    }
    facts
}

/// What is on the disk; where the memory is ahead of it, the row says so.
fn disk_facts(model: &Model, view: Option<&NodeView>, disk: &DiskView) -> Vec<Fact> {
    let about = model.run().about();
    let mut facts: Vec<Fact> = Vec::new();
    for field in &disk.fields {
        let ahead = view
            .and_then(|view| view.fields.iter().find(|other| other.name == field.name))
            .filter(|other| other.value != field.value);
        facts.push(Fact {
            name: field_name(about, field.name),
            value: field_text(about, field),
            remark: ahead.map(|_| t("inspector.disk.behind").to_string()),
        });
    }
    let unsaved = if disk.pending == 0 && !disk.syncing {
        t("inspector.disk.settled").to_string()
    } else if disk.syncing {
        tf("inspector.disk.syncing", &[("n", disk.pending.to_string())])
    } else {
        tf("inspector.disk.pending", &[("n", disk.pending.to_string())])
    };
    facts.push(Fact::new(t("inspector.disk.writes"), unsaved));
    facts.push(Fact::new(
        t("inspector.disk.waiting"),
        disk.waiting.to_string(),
    ));
    facts.push(Fact::new(
        t("inspector.disk.fsync"),
        show_span(disk.settings.fsync),
    ));
    facts
}

/// The quorums that are gathering.
fn gathering(model: &Model, view: Option<&NodeView>) -> Html {
    let about = model.run().about();
    let tallies = view.map_or(&[][..], |view| &view.tallies);
    let rows = tallies.iter().map(|tally| {
        let mut who = tf("tally.have", &[("nodes", tally.have.to_string())]);
        if !tally.refused.is_empty() {
            who += &tf("tally.refused", &[("nodes", tally.refused.to_string())]);
        }
        view! {
            <li key={format!("{}{}", tally.what, tally.subject)}>
                <b>{ tally_name(about, tally.what, tally.subject) }</b>
                <span class="num">{ tally_count(tally) }</span>
                <small>{ who }</small>
            </li>
        }
    });
    view! { <ul class="gathering" hidden={tallies.is_empty()}>{ for rows }</ul> }
}

/// What the leader knows of the others.
fn peers(model: &Model, view: Option<&NodeView>) -> Html {
    let Some((first, view)) = view.and_then(|view| Some((view.peers.first()?, view))) else {
        return view! { <section hidden=true></section> };
    };
    let about = model.run().about();
    let heads = first.1.iter().map(|field| {
        view! { <th key={field.name} scope="col">{ field_name(about, field.name) }</th> }
    });
    let rows = view.peers.iter().map(|(peer, fields)| {
        let cells = fields.iter().map(|field| {
            view! { <td key={field.name}>{ field_text(about, field) }</td> }
        });
        view! {
            <tr key={peer.to_string()}>
                <th key="peer" scope="row">{ peer.to_string() }</th>
                { for cells }
            </tr>
        }
    });
    view! {
        <section>
            <h3 class="kick">{ t("inspector.peers") }</h3>
            <table class="table num">
                <thead>
                    <tr>
                        <th key="peer" scope="col">{ t("inspector.peers.server") }</th>
                        { for heads }
                    </tr>
                </thead>
                <tbody>{ for rows }</tbody>
            </table>
        </section>
    }
}

/// The buttons of the server's menu.
fn actions(handle: &Handle, model: &Model, node: NodeId) -> Html {
    let buttons = node_items(model, node).into_iter().map(|item| {
        let onclick = {
            let (handle, action) = (handle.clone(), item.action);
            Callback::from(move |_: MouseEvent| {
                let action = action.clone();
                handle.update(|model| model.act(action));
            })
        };
        view! {
            <button key={item.id} class={item.danger.then_some("danger")} {onclick}>
                { icon(item.icon) }
                <span>{ item.label }</span>
            </button>
        }
    });
    view! {
        <section>
            <h3 class="kick">{ tf("inspector.actions", &[("node", node.to_string())]) }</h3>
            <div class="actions">{ for buttons }</div>
        </section>
    }
}
