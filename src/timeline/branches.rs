//! The branches of the run: which there are, switching between them, and what differs.

use super::{Props, press};
use crate::hooks::{use_once, use_value};
use crate::lab::chooser::{self, Choice, Chooser};
use crate::lab::icon::icon;
use crate::model::{Handle, Model, use_model};
use crate::text::{action_text, epoch_name, field_name, show_clock, t, tf, value_text};
use crate::view::part;
use synod_protocols::{NodeId, Value};
use synod_sim::history::{Aspect, Branch, BranchId, Change, Difference, compare};
use yew::prelude::*;

/// Where other branches leave this one, or this one another.
pub fn forks(model: &Model) -> Vec<u64> {
    let branches = model.history().branches();
    let here = model.history().branch();
    let own = |branch: &&Branch| branch.id == here || branch.parent == Some(here);
    branches
        .iter()
        .filter(own)
        .filter(|branch| branch.parent.is_some())
        .map(|branch| branch.fork_us)
        .collect()
}

/// What a branch is called: by what was done on it that was not done on the one it left.
fn name(branch: &Branch) -> String {
    let at = ("time", show_clock(branch.fork_us));
    match &branch.change {
        Change::First => t("branch.first").to_string(),
        Change::Did(action, node) => {
            tf("branch.did", &[("action", action_text(action, *node)), at])
        }
        Change::Without(action) => tf(
            "branch.without",
            &[("action", action_text(action, None)), at],
        ),
    }
}

/// A menu of branches, and a button that compares; nothing while there is only one.
#[component]
pub fn Branches(props: &Props) -> Html {
    use_model(&props.handle);
    let handle = &props.handle;
    let open = use_value(|| false);
    let on_choose = use_once(|| {
        let handle = handle.clone();
        Callback::from(move |value: String| {
            if let Ok(id) = value.parse() {
                handle.update(|model| model.switch_branch(BranchId(id)));
            }
        })
    });
    let model = handle.read();
    let branches = model.history().branches();
    if branches.len() < 2 {
        return view! { <span key="branches" hidden=true></span> };
    }
    let depth = |branch: &Branch| {
        let mut depth = 0;
        let mut parent = branch.parent;
        while let Some(id) = parent {
            depth += 1;
            parent = branches
                .iter()
                .find(|other| other.id == id)
                .and_then(|other| other.parent);
        }
        depth
    };
    let choice = |branch: &Branch| Choice {
        value: branch.id.0.to_string().into(),
        label: ["\u{a0}\u{a0}".repeat(depth(branch)), name(branch)]
            .concat()
            .into(),
        group: "",
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let chooser = chooser::Props {
        id: "branch",
        label: t("branch.label"),
        value: model.history().branch().0.to_string().into(),
        choices: branches.iter().map(choice).collect(),
        on_choose: (*on_choose).clone(),
    };
    view! {
        <span key="branches" class="branches">
            { icon("branch") }
            { part::<Chooser>("chooser", chooser) }
            <button key="compare" id="compare" aria-pressed={open.to_string()}
                aria-expanded={open.to_string()} onclick={toggle}>{ t("branch.compare") }</button>
            { if *open { comparison(handle, &model, &branches) } else { view! {} } }
        </span>
    }
}

/// What differs at this moment between this branch and each other.
fn comparison(handle: &Handle, model: &Model, branches: &[Branch]) -> Html {
    let here = model.history().branch();
    let now = model.run().now();
    let others = branches.iter().filter(|branch| branch.id != here);
    let blocks = others.map(|branch| {
        let there = if model.compare_events {
            model.history().peek(branch.id, model.history().position())
        } else {
            model.history().peek_time(branch.id, now)
        };
        let rows: Vec<Html> = there.map_or(Vec::new(), |there| {
            let differing = compare(model.run().as_view(), there.as_view());
            differing
                .into_iter()
                .filter(|(_, differences)| !differences.is_empty())
                .map(|(node, differences)| row(model, node, &differences))
                .collect()
        });
        let alike = rows.is_empty();
        view! {
            <section key={branch.id.0.to_string()}>
                <h3 class="kick">{ name(branch) }</h3>
                <p class="muted" hidden={!alike}>{ t("branch.alike") }</p>
                <ul class="differences">{ for rows }</ul>
            </section>
        }
    });
    let by_event = press(handle, |model| model.compare_events = !model.compare_events);
    let events = model.compare_events;
    view! {
        <div key="comparison" class="comparison card" role="region" aria-label={t("branch.compare")}>
            <div key="head" class="row">
                <h2 class="kick">{ t("branch.differs") }</h2>
                <button key="by" class="chip" aria-pressed={events.to_string()} onclick={by_event}>
                    { t("branch.same_event") }
                </button>
            </div>
            { for blocks }
        </div>
    }
}

fn row(model: &Model, node: NodeId, differences: &[Difference]) -> Html {
    let about = model.run().about();
    let say = |difference: &Difference| {
        let show = |value: &Value| match (&difference.aspect, value) {
            (Aspect::Role, Value::Word(role)) => crate::text::role_name(about, role),
            _ => value_text(about, value),
        };
        let what = match &difference.aspect {
            Aspect::Status => t("branch.status").to_string(),
            Aspect::Role => t("cluster.role").to_string(),
            Aspect::Epoch => epoch_name(about),
            Aspect::Decided => t("log.decided").to_string(),
            Aspect::Log { from } => tf("branch.log", &[("from", from.to_string())]),
            Aspect::Memory(field) => field_name(about, field),
            Aspect::Disk(field) => tf("branch.disk", &[("field", field_name(about, field))]),
        };
        let operands = [
            ("what", what),
            ("here", show(&difference.here)),
            ("there", show(&difference.there)),
        ];
        tf("branch.difference", &operands)
    };
    let said: Vec<String> = differences.iter().map(say).collect();
    view! {
        <li key={node.to_string()}>
            <b>{ node.to_string() }</b>
            <span>{ said.join(" · ") }</span>
        </li>
    }
}
