//! The protocol's options besides its quorums: roles, rules, choices, counts and times.

use super::Desk;
use super::controls::value_of;
use crate::lab::icon::icon;
use crate::text::{option_name, t, tf};
use crate::view::{Held, classes};
use synod_protocols::{NodeId, OptionKind, OptionSpec, OptionValue};
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// A group of options: its id in the catalogue, whether a sentence stands below its title, and
/// which options belong to it.
type Group = (&'static str, bool, fn(&OptionKind) -> bool);

const GROUPS: [Group; 4] = [
    ("setup.roles", false, |kind| *kind == OptionKind::Nodes),
    ("setup.rules", true, |kind| *kind == OptionKind::Rule),
    ("setup.switches", false, |kind| *kind == OptionKind::Switch),
    ("setup.tunables", false, |kind| {
        matches!(
            kind,
            OptionKind::Count { .. } | OptionKind::Duration { .. } | OptionKind::Range { .. }
        )
    }),
];

/// Every group of options that the protocol has.
pub fn sections(desk: &Desk) -> Html {
    let groups = GROUPS.iter().map(|(id, explained, belongs)| {
        let of_group = desk.draft.options().filter(|(_, spec)| belongs(&spec.kind));
        let rows: Vec<Html> = of_group
            .map(|(option, spec)| row(desk, option, spec))
            .collect();
        let about = if *explained {
            tf(&[id, ".about"].concat(), &[])
        } else {
            String::new()
        };
        view! {
            <section key={*id} class="setup-section" hidden={rows.is_empty()}>
                <h3 class="kick">{ t(id) }</h3>
                <p class="setup-about" hidden={!explained}>{ about }</p>
                <ul class="setup-options">{ for rows }</ul>
            </section>
        }
    });
    view! { <div key="options">{ for groups }</div> }
}

/// One option: its control, what it demands, and what is to be said of its value.
fn row(desk: &Desk, option: usize, spec: &'static OptionSpec) -> Html {
    let draft = &desk.draft;
    let about = draft.about();
    let said = [about.name, "-", spec.name].concat();
    let control = match spec.kind {
        OptionKind::Switch | OptionKind::Rule => switch(desk, option, &said),
        OptionKind::Nodes => nodes(desk, option, &said),
        _ => field(desk, option, &said),
    };
    let wrong = draft.wrong(option);
    let mistake = draft.is_mistake(option);
    let words = match &wrong {
        Some(why) => tf("setup.wrong", &[("why", why.clone())]),
        None if mistake => t("setup.mistake").to_string(),
        None => String::new(),
    };
    let changed = if draft.is_changed(option) {
        "changed"
    } else {
        ""
    };
    let kind = match spec.kind {
        OptionKind::Switch | OptionKind::Rule => "has-switch",
        OptionKind::Nodes => "has-nodes",
        _ => "has-field",
    };
    view! {
        <li key={said.clone()} class={classes(&["setup-option", kind, changed])}>
            { control }
            <div>
                <p class="says">
                    { sentence(&said, kind, option_name(about, spec.name)) }
                    <code>{ spec.name }</code>
                </p>
                <p id={[&said, "-wrong"].concat()} class="wrong" hidden={words.is_empty()}
                    role={wrong.is_some().then_some("alert")}>
                    { if mistake { icon("warn") } else { view! { <></> } } }
                    <span>{ words }</span>
                </p>
                { reset(desk, option) }
            </div>
        </li>
    }
}

/// What an option demands, as the label of its control.
fn sentence(said: &str, kind: &str, words: String) -> Html {
    let id = said.to_string();
    if kind == "has-field" {
        let field = ["field-", said].concat();
        view! { <label id={id} for={field}>{ words }</label> }
    } else {
        view! { <span id={id}>{ words }</span> }
    }
}

/// The mark of what is changed, and the way back to the default.
pub fn reset(desk: &Desk, option: usize) -> Html {
    let spec = desk.draft.spec(option);
    let name = spec.name.to_string();
    let default = match spec.kind {
        OptionKind::Switch | OptionKind::Rule => on_off(spec.default == "true").to_string(),
        _ => spec.default.to_string(),
    };
    let label = tf(
        "setup.reset.label",
        &[("name", name), ("default", default.clone())],
    );
    view! {
        <p class="setup-reset" hidden={!desk.draft.is_changed(option)}>
            <span class="changed-mark">{ t("setup.changed") }</span>
            <button class="plain small" aria-label={label}
                onclick={desk.on_click(move |draft| draft.reset(option))}>
                { icon("undo") }
                <span>{ tf("setup.reset", &[("default", default)]) }</span>
            </button>
        </p>
    }
}

fn on_off(on: bool) -> &'static str {
    t(if on { "setup.on" } else { "setup.off" })
}

fn switch(desk: &Desk, option: usize, said: &str) -> Html {
    let on = desk.draft.value(option) == Some(OptionValue::Switch(true));
    view! {
        <button class="switch" role="switch" aria-checked={on.to_string()}
            aria-labelledby={said.to_string()}
            onclick={desk.on_click(move |draft| draft.switch(option))}>
            { on_off(on) }
        </button>
    }
}

fn field(desk: &Desk, option: usize, said: &str) -> Html {
    let wrong = desk.draft.wrong(option).is_some();
    let value = Held(JsValue::from_str(desk.draft.text(option)));
    let oninput = desk
        .change(move |draft, text| draft.write(option, text))
        .reform(|event: InputEvent| value_of(&event));
    view! {
        <input type="text" id={["field-", said].concat()}
            aria-describedby={[said, "-wrong"].concat()} aria-invalid={wrong.to_string()}
            autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="40"
            value={value} {oninput} />
    }
}

/// A chip for each server, pressed if the set has it.
fn nodes(desk: &Desk, option: usize, said: &str) -> Html {
    let chosen = desk.draft.servers(option);
    let chip = |node: NodeId| {
        let pressed = chosen.contains(node).to_string();
        let onclick = desk.on_click(move |draft| draft.toggle(option, node));
        view! {
            <button key={node.to_string()} class="chip" aria-pressed={pressed} {onclick}>
                { node.to_string() }
            </button>
        }
    };
    let chips = (0..desk.draft.nodes()).map(NodeId::at).map(chip);
    view! {
        <div class="chips" role="group" aria-labelledby={said.to_string()}>{ for chips }</div>
    }
}
