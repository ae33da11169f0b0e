//! Ways to jump: to the last election, decision, fault or violation, to the last event of a server
//! or of a kind, and to the next of each.

use super::Props;
use crate::hooks::use_once;
use crate::lab::chooser::{self, Choice, Chooser};
use crate::model::{Model, use_model};
use crate::text::{t, tf};
use crate::view::part;
use synod_protocols::NodeId;
use synod_sim::Endpoint;
use synod_sim::history::{Filter, Marks, What};
use yew::prelude::*;

/// What one can jump to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An election, a fault, a repair or a violation.
    Milestone,
    Election,
    Decision,
    Refusal,
    Fault,
    Violation,
    /// An event of the chosen server.
    Server,
}

/// The targets with a place in the menu, by the ends of their ids.
const LISTED: [(Target, &str); 6] = [
    (Target::Election, "election"),
    (Target::Decision, "decision"),
    (Target::Refusal, "refusal"),
    (Target::Fault, "fault"),
    (Target::Violation, "violation"),
    (Target::Server, "server"),
];

/// Jumps to the last event of a sort before this moment, or to the first after it.
pub fn jump(model: &mut Model, target: Target, back: bool) {
    let marks = match target {
        Target::Milestone => Marks::ELECTION
            .with(Marks::FAULT)
            .with(Marks::REPAIR)
            .with(Marks::VIOLATION),
        Target::Election => Marks::ELECTION,
        Target::Decision => Marks::DECISION,
        Target::Refusal => Marks::REFUSAL,
        Target::Fault => Marks::FAULT.with(Marks::REPAIR),
        Target::Violation => Marks::VIOLATION,
        Target::Server => {
            let Some(node) = model.chosen_node() else {
                return model.say(t("notice.choose_first").to_string());
            };
            return jump_lane(model, node, back);
        }
    };
    model.seek_to(&Filter::marked(marks), back);
}

fn jump_lane(model: &mut Model, node: NodeId, back: bool) {
    let filter = Filter {
        lane: Some(Endpoint::Server(node)),
        ..Filter::default()
    };
    model.seek_to(&filter, back);
}

/// A menu of ways back and forth.
#[component]
pub fn Jump(props: &Props) -> Html {
    use_model(&props.handle);
    let on_choose = use_once(|| {
        let handle = props.handle.clone();
        Callback::from(move |value: String| {
            handle.update(|model| follow(model, &value));
        })
    });
    part::<Chooser>(
        "chooser",
        chooser::Props {
            id: "jump",
            label: t("jump.label"),
            value: "".into(),
            choices: choices(&props.handle.read()),
            on_choose: (*on_choose).clone(),
        },
    )
}

/// Does what a choice says: `back:election`, `on:kind:3`.
fn follow(model: &mut Model, value: &str) {
    let Some((way, rest)) = value.split_once(':') else {
        return;
    };
    let back = way == "back";
    if let Some(kind) = rest.strip_prefix("kind:") {
        let filter = Filter {
            what: Some(What::Delivered),
            detail: kind.parse().ok(),
            ..Filter::default()
        };
        return model.seek_to(&filter, back);
    }
    match rest {
        "start" => model.seek(0),
        "end" => model.seek_end(),
        name => {
            if let Some((target, _)) = LISTED.iter().find(|(_, known)| *known == name) {
                jump(model, *target, back);
            }
        }
    }
}

fn choices(model: &Model) -> Vec<Choice> {
    let mut choices = vec![Choice {
        value: "".into(),
        label: t("jump.label").into(),
        group: "",
    }];
    let about = model.run().about();
    for (way, group) in [("back", t("jump.back")), ("on", t("jump.on"))] {
        let mut put = |name: &str, label: String| {
            choices.push(Choice {
                value: [way, ":", name].concat().into(),
                label: label.into(),
                group,
            });
        };
        for (target, name) in LISTED {
            match (target, model.chosen_node()) {
                (Target::Server, None) => {}
                (Target::Server, Some(node)) => {
                    put(name, tf("jump.server", &[("node", node.to_string())]));
                }
                _ => put(name, tf(&["jump.", name].concat(), &[])),
            }
        }
        for (position, kind) in about.kinds.iter().enumerate() {
            let operands = [("kind", kind.name.to_string())];
            put(&format!("kind:{position}"), tf("jump.kind", &operands));
        }
        let end = if way == "back" { "start" } else { "end" };
        put(end, tf(&["jump.", end].concat(), &[]));
    }
    choices
}
