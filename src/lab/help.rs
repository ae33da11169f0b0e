//! The help sheet: what this is, how to read it, and what keys and gestures there are.

use crate::hooks::use_modal;
use crate::lab::icon::icon;
use crate::text::t;
use yew::prelude::*;

/// Keys, and the sentence that says what they do.
const KEYS: [(&[&str], &str); 18] = [
    (&["Space"], "help.key.play"),
    (&["→", "←"], "help.key.step"),
    (&["Shift", "→"], "help.key.server"),
    (&["E", "D", "R", "F", "V"], "help.key.jump"),
    (&["W"], "help.key.why"),
    (&["T"], "help.key.diagram"),
    (&["Q"], "help.key.quorums"),
    (&["S"], "help.key.setup"),
    (&["L"], "help.key.link"),
    (&["Ctrl", "Z"], "help.key.undo"),
    (&["1", "…", "9"], "help.key.node"),
    (&["C"], "help.key.crash"),
    (&["P"], "help.key.pause"),
    (&["X"], "help.key.cut"),
    (&["H"], "help.key.hold"),
    (&["?"], "help.key.help"),
    (&["Esc"], "help.key.escape"),
    (&["Tab"], "help.key.tab"),
];

const GESTURES: [&str; 5] = [
    "help.gesture.node",
    "help.gesture.link",
    "help.gesture.cut",
    "help.gesture.message",
    "help.gesture.hold",
];

const READING: [&str; 5] = [
    "help.read.fill",
    "help.read.ring",
    "help.read.timer",
    "help.read.log",
    "help.read.band",
];

#[derive(Properties, PartialEq)]
pub struct Props {
    pub open: bool,
    pub on_close: Callback<()>,
}

#[component]
pub fn Help(props: &Props) -> Html {
    let node = use_node_ref();
    use_modal(&node, props.open);
    let onclose = props.on_close.reform(|_: Event| ());
    let onclick = props.on_close.reform(|_: MouseEvent| ());
    view! {
        <dialog class="help" ref={node} aria-labelledby="help-title" {onclose}>
            { if props.open { sheet(onclick) } else { view! { <div></div> } } }
        </dialog>
    }
}

fn sheet(onclick: Callback<MouseEvent>) -> Html {
    let keys = KEYS.map(|(caps, id)| {
        let caps = caps.iter().map(|cap| match *cap {
            "…" => view! { <span key="to">{ "…" }</span> },
            cap => view! { <kbd key={cap}>{ cap }</kbd> },
        });
        view! {
            <div key={id} class="key">
                <dt>{ for caps }</dt>
                <dd>{ t(id) }</dd>
            </div>
        }
    });
    view! {
        <div class="help-body">
            <div class="row">
                <h2 id="help-title" class="grow">{ t("help.title") }</h2>
                <button class="plain" aria-label={t("help.close")} {onclick}>
                    { icon("close") }
                </button>
            </div>
            <p class="lead">{ t("help.about") }</p>
            <p>{ t("help.trust") }</p>
            <div class="help-columns">
                <section>
                    <h3 class="kick">{ t("help.keys") }</h3>
                    <dl class="keys">{ for keys }</dl>
                </section>
                <section>
                    <h3 class="kick">{ t("help.gestures") }</h3>
                    { sentences(&GESTURES) }
                    <h3 class="kick">{ t("help.reading") }</h3>
                    { sentences(&READING) }
                </section>
            </div>
        </div>
    }
}

fn sentences(ids: &[&'static str]) -> Html {
    let items = ids.iter().map(|id| view! { <li key={*id}>{ t(id) }</li> });
    view! { <ul class="sentences">{ for items }</ul> }
}
